"""The precision that flint and mpmath keep for the process: no answer depends on it, and none leaves another behind."""

import json
import random
import sys
import threading

import flint
import mpmath
import numpy as np
import pytest

import propcheck
from propcheck.activation import from_expression
from propcheck.inquiries import questions
from propcheck.inquiries.equality import equality
from propcheck.inquiries.identification import identify
from propcheck.language import parse
from propcheck.meanfield import gains, maps
from propcheck.numeric import compile
from propcheck.processes.lazy import cached_property
from propcheck.processes.precision import alone
from propcheck.verdict import InputError, plain


def fresh(formula):
    """An activation of which nothing is remembered."""
    made = propcheck.load(formula)
    for module in [module for name, module in sys.modules.items() if name.startswith("propcheck.")]:
        for known in list(vars(module).values()):
            if callable(getattr(known, "cache_clear", None)):
                known.cache_clear()
    return made


def analysed(formula):
    analysis = propcheck.analyze(fresh(formula)).to_json()
    return json.dumps({key: analysis[key] for key in ("activation", "facts", "criteria")})


def mapped(formula):
    made = fresh(formula)
    return json.dumps([gains(made).to_json(), maps(made).moments(0.7).tolist(), maps(made).bend(0.7)])


def by_mpmath(formula):
    return [value._mpf_ for value in compile(fresh(formula), "mpmath", order=(0, 1))(0.7)]


def by_numpy(formula):
    return compile(fresh(formula), order=1, fast=False)(np.linspace(-30, 30, 301)).tobytes()


def compared(formula):
    return json.dumps(equality(fresh(formula), propcheck.load("silu")).to_json())


def identified(formula):
    return json.dumps(identify(fresh(formula)).to_json())


ASKED = [
    (analysed, "x*sigmoid(1.3*x)"),
    (analysed, "max(0.2*x, x)"),
    (analysed, "atan(x) + x/3"),
    (mapped, "x*tanh(log(1+exp(x)))"),
    (by_mpmath, "x*exp(-x**2/3)"),
    (by_numpy, "log(1+x**2)"),
    (compared, "x*sigmoid(x)"),
    (identified, "max(0.2*x, x)"),
]


def state():
    return flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec


@pytest.fixture
def own_state():
    before = state()
    yield
    flint.ctx.prec, flint.ctx.cap, mpmath.mp.prec = before


@pytest.fixture(scope="module")
def expected():
    return [ask(formula) for ask, formula in ASKED]


def test_threads_get_what_one_thread_gets(own_state, expected):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for run in range(2):
            flint.ctx.prec, mpmath.mp.prec = ((53, 53), (97, 200))[run]
            before, found = state(), []

            def work(places, found=found):
                for place in places:
                    ask, formula = ASKED[place]
                    found.append((place, ask(formula)))

            orders = [random.Random(run * 6 + k).sample(range(len(ASKED)), 3) for k in range(6)]
            threads = [threading.Thread(target=work, args=(places,)) for places in orders]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(found) == 18
            assert [ASKED[place] for place, answer in found if answer != expected[place]] == []
            assert state() == before
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("bits", [20, 1000])
def test_the_precision_of_the_caller_reaches_into_no_answer(own_state, expected, bits):
    flint.ctx.prec = mpmath.mp.prec = bits
    flint.ctx.cap = 3
    before = state()
    assert [ask(formula) for ask, formula in ASKED] == expected
    assert state() == before


def test_no_answer_depends_on_what_was_asked_before():
    formulas = ["gelu", "x*exp(-x**2/3)", "x/(1+abs(x))", "log(cosh(x))", "sin(x)*tanh(x)"]
    asked = [(key, question) for key, question in questions.QUESTIONS if key != "edge_of_chaos"]
    answers = []
    for order in (1, -1):
        answers.append({})
        for formula in formulas:
            made = fresh(formula)
            for key, question in asked[::order]:
                answers[-1][formula, key] = json.dumps(plain(questions.ask(question, key, made)))
    assert answers[0] == answers[1]


def test_what_raises_leaves_the_precision_as_it_was(own_state):
    flint.ctx.prec = mpmath.mp.prec = 77
    before = state()
    for attempt in (
        lambda: parse("x +"),
        lambda: propcheck.analyze("x*nothing(x)"),
        lambda: from_expression(parse("log(-1 - x**2)")),
        lambda: maps(propcheck.load("exp(x**2)")),
    ):
        with pytest.raises(InputError):
            attempt()
        assert state() == before


def test_it_may_be_entered_again_inside(own_state):
    flint.ctx.prec = 99
    with alone:
        flint.ctx.prec = 300
        with alone:
            assert flint.ctx.prec == 53
        assert flint.ctx.prec == 300
    assert flint.ctx.prec == 99


def test_a_value_that_is_computed_once_keeps_no_other_object_waiting():
    """A thread that holds `alone` may ask one object for what another thread computes of another and waits for it."""
    asked = threading.Event()

    class Slow:
        def __init__(self, wait):
            self.wait = wait

        @cached_property
        def value(self):
            if self.wait:
                asked.set()
                with alone:
                    return 1
            return 2

    first, second = Slow(True), Slow(False)
    with alone:
        waiting = threading.Thread(target=lambda: first.value, daemon=True)
        waiting.start()
        assert asked.wait(10)
        found = []
        other = threading.Thread(target=lambda: found.append(second.value), daemon=True)
        other.start()
        other.join(10)
        assert found == [2]
    waiting.join(10)
    assert first.value == 1 and first.__dict__["value"] == 1

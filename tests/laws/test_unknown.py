"""A ball that tells nothing decides nothing: with NaN slipped in where balls are made, answers stay or become open."""

from __future__ import annotations

import random
import sys

import pytest
from flint import arb

import propcheck
from propcheck import analysis
from propcheck.calculus import Undecided
from propcheck.calculus.ball import is_known
from propcheck.calculus.form import Form
from propcheck.calculus.number import confined, exact_number, to_number
from propcheck.inquiries import questions
from propcheck.language import parse
from propcheck.meanfield import gains
from propcheck.verdict import Number, Standing, plain

FORMULAS = (
    "x*sigmoid(x)",
    "gelu(x)",
    "exp(-x**2)*x + x/3",
    "max(x, tanh(x)/2)",
    "x/(1 + exp(-x)) - x/4",
    "log(1 + x**2)",
    "atan(x) + sin(x)/4",
    "sinh(x)/x",
    "abs(x)**(3/2)/(1 + abs(x))",
    "(exp(x) - 1 if x < 0 else log(1 + x)) + x/10",
    "x**3 - 3*x + exp(-x**2)",
    "erf(x - 1)*softplus(x)",
)
ASKED = [row for row in questions.QUESTIONS if row[0] not in ("edge_of_chaos", "cost", "noise")]
INF = float("inf")


def forget():
    """Empties what the engine remembers."""
    for name in [name for name in sys.modules if name.startswith("propcheck.")]:
        for known in list(vars(sys.modules[name]).values()):
            if callable(getattr(known, "cache_clear", None)):
                known.cache_clear()
    for store in ("_FORMS", "_ROOT_CACHE"):
        getattr(sys.modules["propcheck.calculus.form"], store).clear()


def answers(formula):
    forget()
    made = propcheck.load(formula)
    found = {key: plain(questions.ask(question, key, made)) for key, question in ASKED}
    found["criticality"] = {"exists": found["criticality"].get("exists")}  # another q may be the first that is shown
    found["slope_of_output"] = {"value": found["slope_of_output"].get("value")}  # another witness may be the first
    return found | {"gains": gains(made).to_json()}


def number(value):
    """The ends of a number as floats; None where it is not known."""
    ends = [{"inf": INF, "-inf": -INF}.get(value[end], value[end]) for end in ("lower", "upper")]
    return None if None in ends else ends


def contradictions(path, clean, other):
    """Where two records of one thing cannot both be true."""
    if other is None or clean is None:
        return  # not found, or not known
    if isinstance(clean, dict):
        if "open" in (clean.get("standing"), other.get("standing")):
            return
        if "lower" in clean and "upper" in clean:
            one, two = number(clean), number(other)
            if (one is None) != (two is None) or (one and two and (one[1] < two[0] or two[1] < one[0])):
                yield path, clean, other
            return
        for key in clean:
            if key not in ("note", "standing"):
                yield from contradictions(f"{path}.{key}", clean[key], other.get(key))
    elif isinstance(clean, list):
        if len(clean) != len(other):
            yield path, clean, other
        else:
            for place, pair in enumerate(zip(clean, other, strict=True)):
                yield from contradictions(f"{path}[{place}]", *pair)
    elif clean != other and not isinstance(clean, float):
        yield path, clean, other


@pytest.fixture
def forgetful():
    yield
    forget()


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_answer_turns_where_balls_tell_nothing(monkeypatch, forgetful, formula):
    clean = answers(formula)
    ball, series = Form.ball, Form.series
    for seed, share in enumerate((0.003, 0.03, 0.3, 1.0)):
        chance = random.Random(f"{formula} {seed}")
        monkeypatch.setattr(
            Form,
            "ball",
            lambda self, box: arb.nan() if chance.random() < share else ball(self, box),  # noqa: B023
        )
        monkeypatch.setattr(
            Form,
            "series",
            lambda self, box, order: (
                [arb.nan()] * order if chance.random() < share else series(self, box, order)  # noqa: B023
            ),
        )
        try:
            poisoned = answers(formula)
        except (propcheck.InputError, Undecided):
            continue
        finally:
            monkeypatch.undo()
        found = [place for key in clean for place in contradictions(key, clean[key], poisoned[key])]
        assert found == []


@pytest.mark.parametrize(
    "ball",
    [arb.nan(), arb(0, INF), arb(1, INF), arb("[0 +/- 1e400]"), arb("[1e400 +/- 1e400]")],
    ids=["nan", "all", "all around 1", "wide", "wide and far"],
)
def test_a_ball_that_tells_nothing_is_no_number(ball):
    found = to_number(ball)
    assert found.value is None and found.standing is Standing.OPEN


@pytest.mark.parametrize(
    "ball", [arb(1), arb("[1 +/- 1e-20]"), arb("[5e399 +/- 1e390]"), arb("inf"), arb("-inf"), arb("[1 +/- 3]")]
)
def test_a_ball_that_tells_something_is_a_number_inside_its_ends(ball):
    found = to_number(ball)
    assert is_known(ball) and found.value is not None and found.lower <= found.value <= found.upper


CANCELLING = {
    "1/2 - erf(10*sqrt(2))/2": 2.7536241186062337e-89,
    "sqrt(10**40 + 1) - 10**20": 5e-21,
    "exp(10**(-60)) - 1": 1e-60,
    "(sqrt(2) + sqrt(3))**2 - 5 - 2*sqrt(6)": 0.0,
    "1/(sqrt(10**100 + 1) - 10**50)": 2e50,
}


@pytest.mark.parametrize("text", CANCELLING)
def test_an_exact_constant_is_read_right_however_its_terms_cancel(text):
    found = exact_number(parse(text))
    truth = CANCELLING[text]
    assert found.lower <= truth * (1 + 1e-15) and truth * (1 - 1e-15) <= found.upper
    assert found.value == pytest.approx(truth, rel=1e-15, abs=0)


def test_a_number_is_confined_to_where_it_must_lie():
    assert confined(Number(-1e-50, -1e-40, 1e-40), 0.0) == Number(0.0, 0.0, 1e-40)
    assert confined(Number(1.0, 0.9, 1.1), 0.0, 1.0) == Number(1.0, 0.9, 1.0)
    assert confined(Number.missing("unknown"), 0.0) == Number.missing("unknown")
    assert str(confined(Number(-0.0, -1.0, 0.0), 0.0).value) == "0.0"


def test_analysis_asks_all_that_are_tried_here():
    assert {key for key, _ in ASKED} - {"propagation"} <= {key for key, _ in analysis.QUESTIONS}

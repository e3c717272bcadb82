"""Analyses as a whole: valid against the contract, picked up where a question is stopped, the same here and there."""

import json
import math
import re
import time
from fractions import Fraction

import jsonschema
import pytest

import propcheck
from propcheck import schemas, spec
from propcheck.calculus import Undecided
from propcheck.inquiries import analysis as inquiry
from propcheck.verdict import InputError, Standing

SCHEMA = json.loads(schemas.path("analysis").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)


def of(text, **params):
    return propcheck.analyze(text, **params)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", spec.names())
def test_a_function_of_the_catalogue_gives_valid_json_and_no_question_on_it_ends_in_a_bug(name):
    (analysis,) = inquiry.analyze_all([spec.find(name)], 30)
    VALID.validate(json.loads(json.dumps(analysis.to_json(), allow_nan=False)))
    stopped = re.compile(r"^\w+(Error|Exception|Interrupt)\b|^stopped|^the process|were used up$")
    notes = [(key, answer.note) for key, answer in analysis.facts.items() if stopped.search(answer.note)]
    notes += [(one.claim.key, one.reason) for one in analysis.claims if stopped.search(one.reason)]
    assert notes == []


@pytest.mark.parametrize(
    "text", ["x**3", "exp(x**2)", "1/x", "log(x)", "tan(x)", "x", "2", "sign(x)", "x*heaviside(x - 3)"]
)
def test_an_unusual_function_gives_valid_json(text):
    VALID.validate(json.loads(json.dumps(of(text).to_json(), allow_nan=False)))


def comparable(analysis):
    out = analysis.to_json()
    out["provenance"].pop("seconds")
    return out


def test_an_analysis_is_the_same_with_and_without_a_child_process():
    assert comparable(of("elu", time_limit=30)) == comparable(of("elu"))


def test_an_analysis_is_the_same_from_a_process_that_is_spawned(monkeypatch):
    forked = comparable(of("x*tanh(c*x)", time_limit=30, c="1/3"))
    monkeypatch.setattr("threading.active_count", lambda: 2)
    assert comparable(of("x*tanh(c*x)", time_limit=30, c="1/3")) == forked


def test_an_analysis_reads_well():
    relu = of("relu")
    assert relu.name == "relu"
    assert relu["saturation"]["left"] == "hard"
    assert relu["dead_units"].verdict == "fails"
    with pytest.raises(KeyError):
        relu["nothing"]
    first, *rest = repr(relu).splitlines()
    assert first == "Analysis of ReLU: Piecewise((x, x >= 0), (0, True))"
    assert len(rest) == 9 and rest[2].split()[:2] == ["3", "dead_units"]
    with pytest.raises(AttributeError):
        relu.facts = {}  # type: ignore[misc]


def replaced(monkeypatch, key, question):
    questions = tuple((name, question if name == key else old) for name, old in inquiry.QUESTIONS)
    monkeypatch.setattr(inquiry, "QUESTIONS", questions)


def hang(activation):
    while True:
        pass


def give_up(activation):
    raise Undecided("nothing helped")


@pytest.mark.parametrize(
    ("question", "note"),
    {hang: "stopped after 1 s", give_up: "nothing helped", (lambda activation: 1 // 0): "ZeroDivisionError"}.items(),
    ids=["hangs", "gives up", "has a bug"],
)
@pytest.mark.parametrize("key", ["range", "lipschitz"])
def test_a_question_without_an_answer_leaves_the_others_unharmed(monkeypatch, key, question, note):
    whole = of("tanh")
    replaced(monkeypatch, key, question)
    analysis = of("tanh", time_limit=2)
    assert analysis.facts[key].standing is Standing.OPEN and analysis.facts[key].note.startswith(note)
    for other, fact in whole.facts.items():
        assert other == key or analysis.facts[other] == fact
    assert {verdict.key for verdict in analysis.criteria if verdict.verdict == "open"} < set(spec.CRITERIA)
    VALID.validate(analysis.to_json())


def test_an_activation_that_cannot_be_built_in_time_leaves_all_facts_open(monkeypatch):
    monkeypatch.setattr(inquiry.target, "activation", lambda item, params: hang(item))
    started = time.monotonic()
    analysis = of("leaky_relu", time_limit=1, a="1/3")
    assert time.monotonic() - started < 60
    assert {fact.standing for fact in analysis.facts.values()} == {Standing.OPEN}
    assert {verdict.verdict for verdict in analysis.criteria} == {"open"}
    assert {finding.outcome for finding in analysis.claims} == {"open"}
    described = analysis.to_json()["activation"]
    assert described["name"] == "leaky_relu" and described["parameters"]["a"]["value"] == "1/3"
    VALID.validate(analysis.to_json())


def test_claims_that_hang_are_open_and_the_verdicts_stand(monkeypatch):
    monkeypatch.setattr(inquiry.claims, "check", lambda *arguments: hang(None))
    analysis = of("sigmoid", time_limit=2)
    assert {finding.outcome for finding in analysis.claims} == {"open"}
    assert analysis["differentiability"].verdict == "holds"
    assert analysis.description["derivative"]


def test_what_is_refused_in_the_child_is_refused_here():
    for limit in (None, 10):
        with pytest.raises(InputError, match="not a real number at any x"):
            of("sqrt(-1 - x**2)", time_limit=limit)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_is_a_number_of_seconds(limit):
    with pytest.raises(InputError, match="a time limit is a number of seconds above 0"):
        of("relu", time_limit=limit)


def test_the_public_names_are_there_and_come_late():
    assert set(propcheck.__all__) <= set(dir(propcheck))
    for name in propcheck.__all__:
        assert getattr(propcheck, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = propcheck.nothing


def test_the_example_of_the_front_page_runs():
    import doctest

    assert doctest.testmod(propcheck).attempted > 5
    assert doctest.testmod(propcheck).failed == 0


def test_facts_may_be_left_out_and_what_takes_long_is_asked_last():
    late = ("edge_of_chaos", "propagation")
    whole, short = of("gelu"), of("gelu", without=late)
    assert list(short.facts) == list(whole.facts)
    assert all(short.facts[key].standing is Standing.OPEN for key in late)
    assert all(short.facts[key] == whole.facts[key] for key in whole.facts if key not in late)
    assert short["gradient_flow"].verdict == "open"
    assert tuple(key for key, _ in inquiry.job(spec.find("gelu"), {}, inquiry.scope()).questions[-2:]) == late
    with pytest.raises(InputError, match="no fact 'edge'"):
        of("gelu", without=["edge"])


EXTREME = {  # what ends the process where a number too large or too small is written out, and what is true of it
    "tanh(1e60*x)": ("monotonicity", "value", "increasing"),
    "tanh(x)*1e400": ("parity", "value", "odd"),
    "exp(-exp(x)) if x < 200 else 0": ("range", "inf_attained", True),
    "exp(-exp(exp(x)))": ("monotonicity", "value", "decreasing"),
    "x if x < 1e-400 else 0": ("smoothness", "class", "discontinuous"),
    "24**x if x > 0.7345678901 else 24**0.7345678901": ("smoothness", "class", "C^0"),
    "x*40**0.734": ("affine", "value", True),
}


@pytest.mark.parametrize("text", EXTREME)
def test_extreme_numbers_end_no_process_and_divide_by_nothing(text):
    key, field, value = EXTREME[text]
    activation = propcheck.load(text)
    for question in {key, "smoothness", "range", "zero_region", "gaussian"}:
        fact = inquiry.ask(dict(inquiry.QUESTIONS)[question], question, activation)
        if question == key:
            assert fact[field] == value
        assert not re.search("Error|SIG", fact.note)


def table(entries):
    """tanh as a table of so many entries: constant, and linear, from knot to knot."""
    knots = [Fraction(-4) + Fraction(8 * k, entries - 1) for k in range(entries)]
    heights = [repr(math.tanh(knot)) for knot in knots]
    steps = "".join(f"{height} if x < {float(knot)!r} else (" for height, knot in zip(heights, knots, strict=True))
    ends = zip(heights[:-1], heights[1:], knots[:-1], strict=True)
    slopes = [f"({a}) + (({b}) - ({a}))*{entries - 1}/8*(x - ({u}))" for a, b, u in ends]
    lines = "".join(f"({line}, x < {knot}), " for line, knot in zip(slopes, knots[1:], strict=True))
    return f"{steps}1{')' * entries}", f"Piecewise({lines}({heights[-1]}, True))"


def test_tables_of_256_entries_are_decided():
    for text, smoothness in zip(table(256), ("discontinuous", "C^0"), strict=True):
        began = time.process_time()
        activation = propcheck.load(text)
        left = ("criticality", "edge_of_chaos", "slope_of_output")  # the last is not asked of so many pieces
        asked = [item for item in inquiry.QUESTIONS if item[0] not in left]
        found = {key: inquiry.ask(question, key, activation) for key, question in asked}
        assert found["smoothness"]["class"] == smoothness
        assert found["monotonicity"]["value"] == "non-decreasing"
        assert found["gaussian"]["second_moment"].value == pytest.approx(0.3943, abs=2e-3)  # that of tanh
        assert all(fact.standing is not Standing.OPEN for fact in found.values() if fact is not None)
        assert time.process_time() - began < 30


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), 1e9, 10**400, "2", [], True])
@pytest.mark.parametrize("ask", ["analyze", "identify", "verify", "compare", "probe"])
def test_what_is_no_time_limit_is_told(ask, limit):
    with pytest.raises(InputError, match="a time limit is a number of seconds"):
        getattr(propcheck, ask)(["relu", "x"] if ask == "compare" else "relu", time_limit=limit)


def test_a_time_limit_may_be_longer_than_a_pipe_can_wait():
    assert propcheck.analyze("x", time_limit=9e8, without="edge_of_chaos")["affine"]["value"] is True

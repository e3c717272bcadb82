"""Where a function rises, falls, bends, is 0 or x, and its asymptotes: held against mpmath and by hand."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from mpmath import mp, mpf

import propcheck
from propcheck import Spec, spec
from propcheck.verdict import Fact, Number

KEYS = ("monotone_intervals", "convexity", "zeros", "fixed_points", "asymptotes")


def found(text: str, key: str) -> Fact:
    fact = propcheck.analyze(text, only=[key]).facts[key]
    assert isinstance(fact, Fact)
    return fact


def said(number: Number | None) -> Any:
    """A number by its exact form, or by ten digits where it has none."""
    return None if number is None else number.exact or f"{number.value:.10g}"


def runs(text: str, key: str) -> list[tuple[str, str, str]]:
    return [(said(run["from"]), said(run["to"]), run["value"]) for run in found(text, key)["intervals"]]


UP, DOWN, FLAT = "increasing", "decreasing", "constant"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("relu(x)", [("-oo", "0", FLAT), ("0", "oo", UP)]),
        ("x**3", [("-oo", "oo", UP)]),
        ("x**3 - 3*x", [("-oo", "-1", UP), ("-1", "1", DOWN), ("1", "oo", UP)]),
        ("1/x", [("-oo", "0", DOWN), ("0", "oo", DOWN)]),
        ("x if x < 0 else x + 1", [("-oo", "oo", UP)]),  # a jump upwards is a rise
        ("x if x <= 0 else x - 1", [("-oo", "0", UP), ("0", "oo", UP)]),
        ("heaviside(x)", [("-oo", "0", FLAT), ("0", "oo", FLAT)]),
        ("x if x < 1 else (1 if x < 2 else x - 1)", [("-oo", "1", UP), ("1", "2", FLAT), ("2", "oo", UP)]),
        ("x*exp(-x)", [("-oo", "1", UP), ("1", "oo", DOWN)]),
        ("x + sin(x)", [("-oo", "oo", UP)]),
        ("sin(x)", [("-pi/2", "pi/2", UP), ("pi/2", "3*pi/2", DOWN)]),  # of one period
        ("tanh(1e6*x)**2", [("-oo", "0", DOWN), ("0", "oo", UP)]),
    ],
)
def test_where_it_rises_and_falls(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert runs(text, "monotone_intervals") == expected


VEX, CAVE, LINE = "convex", "concave", "affine"


@pytest.mark.parametrize(
    "text, value, expected",
    [
        ("relu(x)", VEX, [("-oo", "oo", VEX)]),
        ("-abs(x - 1)", CAVE, [("-oo", "oo", CAVE)]),
        ("min(max(x, -1), 1)", "none", [("-oo", "1", VEX), ("-1", "oo", CAVE)]),  # both where it is a line
        ("2*x - 1/3", LINE, [("-oo", "oo", LINE)]),
        ("sqrt(x**2 + 1) - abs(x)/2", "none", [("-oo", "0", VEX), ("0", "oo", VEX)]),  # a kink downwards
        ("log(x)", CAVE, [("0", "oo", CAVE)]),
        ("1/x**2", "none", [("-oo", "0", VEX), ("0", "oo", VEX)]),  # its domain is no interval
        ("x**2 if x != 0 else 1", "none", [("-oo", "0", VEX), ("0", "oo", VEX)]),
        ("heaviside(x)", "none", [("-oo", "0", LINE), ("0", "oo", LINE)]),
        ("exp(-2*x**2)", "none", [("-oo", "-1/2", VEX), ("-1/2", "1/2", CAVE), ("1/2", "oo", VEX)]),
        ("x**4", VEX, [("-oo", "oo", VEX)]),
        ("softplus(x)", VEX, [("-oo", "oo", VEX)]),
        ("max(x, 0)**2 - max(x - 1, 0)**2", VEX, [("-oo", "oo", VEX)]),  # 0, x**2, 2*x - 1
        ("sign(x)*sqrt(abs(x))", "none", [("-oo", "0", VEX), ("0", "oo", CAVE)]),
        ("x + 2*sin(x)", "none", [("-pi", "0", VEX), ("0", "pi", CAVE)]),
    ],
)
def test_where_it_is_convex_and_concave(text: str, value: str, expected: list[tuple[str, str, str]]) -> None:
    fact = found(text, "convexity")
    assert (fact["value"], runs(text, "convexity")) == (value, expected)


@pytest.mark.parametrize(
    "text, key, points, spans",
    [
        ("relu(x)", "zeros", [], [("-oo", "0")]),
        ("relu(x)", "fixed_points", [], [("0", "oo")]),
        ("x**3 - x", "zeros", ["-1", "0", "1"], []),
        ("x**3", "fixed_points", ["-1", "0", "1"], []),
        ("x**2 + 1", "zeros", [], []),
        ("(x - 1)**2", "zeros", ["1"], []),
        ("heaviside(x) - 1/2", "zeros", ["0"], []),
        ("heaviside(x)", "fixed_points", ["1"], []),
        ("abs(x) - 1 if abs(x) > 1 else 0", "zeros", [], [("-1", "1")]),
        ("x**2/x", "zeros", ["0"], []),
        ("sin(x)", "zeros", ["-pi", "0"], []),
        ("exp(x) - 2", "zeros", ["log(2)"], []),
        ("relu(x) + 1/x**2", "zeros", [], []),
        ("tanh(1e6*x)", "zeros", ["0"], []),
        ("2 + sin(x) + cos(sqrt(2)*x)/2", "zeros", [], []),  # seen from its extremes
    ],
)
def test_where_it_is_zero_and_where_it_is_x(text: str, key: str, points: list[str], spans: list[Any]) -> None:
    fact = found(text, key)
    assert [said(point) for point in fact["points"]] == points
    assert [tuple(map(said, span)) for span in fact["intervals"]] == spans


def test_an_end_belongs_to_an_interval_of_zeros_where_the_function_is_zero_there() -> None:
    assert found("relu(x)", "zeros")["closed"] == [[False, True]]
    assert found("heaviside(x)", "zeros")["closed"] == [[False, False]]
    assert found("(x if x > 0 else 0) if x != -1 else 1", "zeros")["closed"] == [[False, False], [False, True]]


@pytest.mark.parametrize(
    "text, left, right",
    [
        ("gelu(x)", ("0", "0"), ("1", "0")),
        ("log(1 + exp(-x)) - x/3 + 2", ("-4/3", "2"), ("-1/3", "2")),
        ("x**2/(1 + x)", ("1", "-1"), ("1", "-1")),
        ("sqrt(x**2 + 2*x)", ("-1", "-1"), ("1", "1")),
        ("x*atan(x)", ("-pi/2", "-1"), ("pi/2", "-1")),
        ("log(x)", None, None),
        ("x**2", None, None),
        ("sin(x)", None, None),
        ("x + sin(x)", None, None),  # it has a direction, and no line
        ("x + log(1 + x**2)", None, None),
        ("sin(x)/x", ("0", "0"), ("0", "0")),
        ("2*x + sin(x)/x", ("2", "0"), ("2", "0")),
        ("asinh(x) + x", None, None),
        ("2/3", ("0", "2/3"), ("0", "2/3")),
    ],
)
def test_which_lines_it_comes_near_to(text: str, left: Any, right: Any) -> None:
    fact = found(text, "asymptotes")
    for side, line in (("left", left), ("right", right)):
        assert (fact[side] and (said(fact[side]["slope"]), said(fact[side]["intercept"]))) == line, side


def _root(function: Any, low: float, high: float) -> mpf:
    with mp.workdps(50):
        return mpmath.findroot(function, (mpf(low), mpf(high)), solver="anderson", tol=mpf(10) ** -60, verify=False)


def _silu(x: mpf) -> mpf:
    return x / (1 + mpmath.exp(-x))


def _mish(x: mpf) -> mpf:
    return x * mpmath.tanh(mpmath.log(1 + mpmath.exp(x)))


@pytest.mark.parametrize(
    "text, key, index, root",
    [
        ("silu", "monotone_intervals", 1, lambda: _root(lambda x: mpmath.diff(_silu, x), -2, -1)),
        ("silu", "convexity", 2, lambda: _root(lambda x: mpmath.diff(_silu, x, 2), 2, 3)),
        ("mish", "monotone_intervals", 1, lambda: _root(lambda x: mpmath.diff(_mish, x), -2, -1)),
        ("mish", "convexity", 1, lambda: _root(lambda x: mpmath.diff(_mish, x, 2), -3, -2)),
    ],
)
def test_turns_and_inflections_lie_where_mpmath_finds_them(text: str, key: str, index: int, root: Any) -> None:
    end = found(text, key)["intervals"][index]["from"]
    with mp.workdps(40):
        assert mpf(end.lower) <= root() <= mpf(end.upper)
    assert end.upper - end.lower < 1e-14 and end.standing == "enclosed"


def test_what_is_only_known_to_bend_both_ways_is_open_and_says_so() -> None:
    fact = found("sin(x)/x", "convexity")
    assert (fact["value"], fact.standing, "intervals" in fact) == ("none", "open", False)


def test_the_facts_are_read_back_from_a_record() -> None:
    analysis = propcheck.analyze("x*sigmoid(x)", only=KEYS)
    assert propcheck.Facts.from_json(analysis.facts.to_json()).to_json() == analysis.facts.to_json()


@pytest.mark.parametrize(
    "key, right, wrong",
    [
        ("zeros", "sqrt(2), 0, -sqrt(2)", "0"),
        ("fixed_points", "-sqrt(3), 0, sqrt(3)", "none"),
        ("convexity", "none", "convex"),
    ],
)
def test_what_is_claimed_of_them_is_checked(key: str, right: str, wrong: str) -> None:
    made = Spec("cubic", "x**3 - 2*x", claims=(spec.claim(key, right), spec.claim(key, wrong)))
    assert propcheck.verify(made).outcomes == ["proved", "refuted"]


def test_a_line_is_convex_and_concave_and_an_enclosed_zero_is_no_short_number() -> None:
    line = Spec("line", "2*x - 1", claims=tuple(spec.claim("convexity", word) for word in (VEX, CAVE, LINE, "none")))
    assert propcheck.verify(line).outcomes == ["proved", "proved", "proved", "refuted"]
    said = ("0.7390851332151607", "0.739", "0, 1")
    wave = Spec("wave", "cos(x) - x", claims=tuple(spec.claim("zeros", text) for text in said))
    assert propcheck.verify(wave).outcomes == ["open", "refuted", "refuted"]
    line = Spec("soft", "softplus(x)", claims=(spec.claim("asymptotes.right.intercept", 0),))
    assert propcheck.verify(line).outcomes == ["proved"]

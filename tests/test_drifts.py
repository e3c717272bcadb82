"""Functions with endless kinks and no period: what a stretch refutes, and the facts of waves that drift."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from mpmath import mp, mpf

from propcheck.activation import from_spec
from propcheck.analysis import QUESTIONS, ask, facts
from propcheck.analysis.gaussian import enclosed
from propcheck.meanfield.absence import bending_of
from propcheck.meanfield.maps import maps
from propcheck.report import phrases
from propcheck.spec import from_text
from propcheck.verdict import plain

WAVY, GATE = "tanh(x) + 0.1*abs(sin(x))", "x*sigmoid(x) + 0.1*abs(sin(x))"
TOOTH = "2*x + tanh(x) + asin(sin(x))/2"
GREATER = "max(sin(x), tanh(x))"

TOLD: dict[tuple[str, str], dict[str, Any] | str] = {
    (WAVY, "smoothness"): {"class": "C^0", "period": "pi", "drifts": True},
    (WAVY, "range"): {"inf": "-1", "sup": "11/10", "inf_attained": False, "sup_attained": False},
    (WAVY, "derivative_range"): {"inf": "-1/10", "sup": "11/10", "inf_attained": False, "argmax": "0"},
    (WAVY, "lipschitz"): "11/10",
    (WAVY, "limits"): {"left": {"value": None, "slope": None}, "right": {"value": None, "slope": None}},
    (WAVY, "zeros"): {"points": ["0"], "intervals": []},
    (WAVY, "monotonicity"): {"value": "none"},
    (WAVY, "asymptotes"): {"left": None, "right": None},
    (WAVY, "saturation"): {"left": "none", "right": "none"},
    (WAVY, "dead_region"): {"intervals": []},
    (GATE, "limits"): {"left": {"value": None, "slope": None}, "right": {"value": "oo", "slope": None}},
    (TOOTH, "monotonicity"): {"value": "increasing"},
    (TOOTH, "parity"): {"value": "odd"},
    (TOOTH, "derivative_range"): {"inf": "3/2", "sup": "7/2", "inf_attained": False, "sup_attained": True},
    (TOOTH, "monotone_intervals"): {"intervals": [{"from": "-oo", "to": "oo", "value": "increasing"}]},
    (TOOTH, "slope_of_output"): {"value": True, "formula": None},
    ("relu(x) + 0.1*abs(sin(x))", "range"): {"inf": "0", "sup": "oo", "inf_attained": True},
    ("relu(x)**3 + 0.1*abs(sin(x))", "smoothness"): {"class": "C^0", "period": "pi"},
    ("sigmoid(x) + 0.1*abs(sin(x))", "zeros"): {"points": [], "intervals": []},
    ("softplus(x) + sign(sin(x))", "lipschitz"): "oo",
    ("softplus(x) + sqrt(abs(sin(x)))", "derivative_range"): {"inf": "-oo", "sup": "oo"},
    (GREATER, "domain"): {"undefined": []},
    (GREATER, "affine"): {"value": False},
    (GREATER, "parity"): {"value": "none"},
    (GREATER, "monotonicity"): {"value": "none"},
    ("abs(sin(x))*exp(-x**2)", "parity"): {"value": "even"},
    ("x*abs(sin(x))", "parity"): {"value": "odd"},
}
OPEN = {
    ("relu(x) + sign(sin(x))", "dead_region"): "flat again and again",
    (WAVY, "monotone_intervals"): "endlessly many intervals",
    (GATE, "zeros"): "whether there are endlessly many zeros far out",
    ("max(-1, min(1, x)) + abs(sin(x))", "smoothness"): "one at -1 that does not",
    ("relu(x) + 0.1*abs(sin(x))", "smoothness"): "one at 0 that does not",
    ("sqrt(sin(x/100) + 1/2) + tanh(x)", "gaussian"): "is not defined on an interval",
    ("log(x - 20)*abs(sin(x))", "affine"): "is not defined on [-8, 8]",
    (GREATER, "range"): "",
    ("abs(sin(x))*exp(-x**2)", "smoothness"): "infinitely many breakpoints",
    ("log(x) + abs(sin(x))", "domain"): "",
}


def told(item: Any) -> Any:
    """A fact in plain words: exact numbers as they are written."""
    if hasattr(item, "exact"):
        return item.exact
    if isinstance(item, dict):
        return {name: told(value) for name, value in item.items()}
    return [told(value) for value in item] if isinstance(item, list | tuple) else item


def asked(text: str, key: str) -> Any:
    return ask(dict(QUESTIONS)[key], key, from_spec(from_text(text)))


@pytest.mark.parametrize(("text", "key"), TOLD, ids=" ".join)
def test_what_is_told_of_a_wave_that_drifts(text: str, key: str) -> None:
    found, wanted = asked(text, key), TOLD[text, key]
    assert found.standing.value in ("proved", "enclosed"), found.note
    if isinstance(wanted, str):
        assert told(found) == wanted
    else:
        assert {name: told(found[name]) for name in wanted} == wanted


@pytest.mark.parametrize(("text", "key"), OPEN, ids=" ".join)
def test_what_is_not_decided_says_why(text: str, key: str) -> None:
    found = asked(text, key)
    assert found.standing.value == "open" and OPEN[text, key] in found.note


def test_the_class_is_told_beside_kinks_that_stand_alone() -> None:
    for text, word in (("relu(x) - abs(sin(x))", "C^0"), ("heaviside(x) + abs(sin(x))", "discontinuous")):
        found = asked(text, "smoothness")
        assert (found.standing.value, found["class"]) == ("open", word)


def test_what_is_not_defined_again_and_again_has_no_moments_however_far_out() -> None:
    found = enclosed(from_spec(from_text("sqrt(sin(x/100) + 1/2)")), sp.S.One)
    assert found.mean.value is None and found.mean.standing.value == "proved" and "not defined" in found.mean.note


@pytest.mark.parametrize(
    ("text", "g"),
    [
        ("abs(sin(x))", lambda x: abs(mp.sin(x))),
        (WAVY, lambda x: mp.tanh(x) + abs(mp.sin(x)) / 10),
        ("x*abs(sin(x))", lambda x: x * abs(mp.sin(x))),
    ],
    ids=["abs(sin)", "tanh + abs(sin)", "x*abs(sin)"],
)
def test_moments_at_another_law_are_those_of_mpmath(text: str, g: Any) -> None:
    law = (sp.Integer(1), sp.Integer(2))
    found = ask(dict(QUESTIONS)["gaussian_at"], "gaussian_at", replace(from_spec(from_text(text)), law=law))
    with mp.workdps(25):
        ends = [mpf(-25), *(mp.pi * k for k in range(-7, 9)), mpf(27)]
        mean = mp.quad(lambda x: g(x) * mp.npdf(x, 1, 2), ends)
        assert found["mean"].standing.value == "enclosed" and abs(found["mean"].value - mean) < 1e-12


def test_a_mean_slope_is_finite_where_slopes_are_not() -> None:
    found = enclosed(from_spec(from_text("sqrt(abs(sin(x - 1)))")), sp.S.One).derivative_mean
    with mp.workdps(25):  # by parts: E[g'(z)] = E[z g(z)]
        ends = [1 + mp.pi * k for k in range(-5, 5)]
        seen = mp.quad(lambda x: x * mp.sqrt(abs(mp.sin(x - 1))) * mp.npdf(x), ends)
    assert found.standing.value == "enclosed" and found.upper - found.lower < 1e-6
    assert found.lower - 1e-12 < seen < found.upper + 1e-12
    assert enclosed(from_spec(from_text("tanh(x) + sqrt(abs(sin(x)))")), sp.S.One).derivative_mean.known


@pytest.mark.parametrize(
    ("text", "g", "cuts"),
    [
        (WAVY, lambda x: mp.tanh(x) + abs(mp.sin(x)) / 10, [mp.pi * k for k in range(-4, 5)]),
        (GREATER, lambda x: max(mp.sin(x), mp.tanh(x)), None),
        ("x*abs(sin(x))", lambda x: x * abs(mp.sin(x)), [mp.pi * k for k in range(-4, 5)]),
        (
            "exp(x/4)*abs(sin(x)) + abs(sin(sqrt(2)*x))",
            lambda x: mp.exp(x / 4) * abs(mp.sin(x)) + abs(mp.sin(mp.sqrt(2) * x)),
            sorted([mp.pi * k for k in range(-4, 5)] + [mp.pi * k / mp.sqrt(2) for k in range(-5, 6)]),
        ),
    ],
    ids=["tanh + abs(sin)", "max(sin, tanh)", "x*abs(sin)", "two waves"],
)
def test_moments_are_those_of_mpmath(text: str, g: Any, cuts: list | None) -> None:
    found = enclosed(from_spec(from_text(text)), sp.S.One)
    with mp.workdps(25):
        if cuts is None:  # where the sine meets the tangent hyperbolicus
            grid = [mpf(k) / 40 for k in range(-520, 521)]
            pairs = zip(grid, grid[1:], strict=False)
            signs = [(a, b) for a, b in pairs if (mp.sin(a) - mp.tanh(a)) * (mp.sin(b) - mp.tanh(b)) < 0]
            cuts = [mpf(0)] + [mp.findroot(lambda x: mp.sin(x) - mp.tanh(x), pair, solver="anderson") for pair in signs]
        ends = sorted([*map(mpf, range(-13, 14)), *cuts])
        density = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)  # noqa: E731
        for name, power in (("mean", 1), ("second_moment", 2)):
            number = getattr(found, name)
            seen = mp.quad(lambda x, power=power: g(x) ** power * density(x), ends)
            assert number.standing.value in ("enclosed", "proved")
            assert abs(seen - number.value) < 1e-13
            assert number.upper - number.lower < 1e-12


def test_the_mean_field_of_what_drifts_is_that_of_its_sums() -> None:
    made = from_spec(from_text(GATE))
    here, found = maps(made), enclosed(made, sp.Integer(2))
    for value, name in zip(here.moments(2.0)[:2], ("second_moment", "derivative_second_moment"), strict=True):
        assert value == pytest.approx(getattr(found, name).value, rel=1e-12)
    x = np.array([-3e3, -1.5, 0.0, 2.0, 500.0])
    with np.errstate(over="ignore"):
        assert here.values(x) == pytest.approx(x / (1 + np.exp(-x)) + 0.1 * np.abs(np.sin(x)), rel=1e-12)
    assert bending_of(made).always is None


def test_the_card_says_that_slopes_beside_kinks_are_not_the_same_later() -> None:
    found = json.loads(json.dumps(plain(dict(facts(from_spec(from_text(WAVY)))))))
    assert phrases.smoothness(found) == "C^0, kink at 0, again every pi"
    assert phrases.conventions(found) == ["at 0, again every pi, the slope jumps, whatever the formula says there"]


@pytest.mark.parametrize("text", [WAVY, GATE, TOOTH, "exp(-x**2) + relu(sin(x))"])
def test_extremes_are_those_of_samples_near_and_far(text: str) -> None:
    low, high = (float(asked(text, "range")[end].value) for end in ("inf", "sup"))
    functions = {
        WAVY: lambda x: np.tanh(x) + 0.1 * np.abs(np.sin(x)),
        GATE: lambda x: x / (1 + np.exp(-x)) + 0.1 * np.abs(np.sin(x)),
        TOOTH: lambda x: 2 * x + np.tanh(x) + np.arcsin(np.sin(x)) / 2,
    }
    g = functions.get(text, lambda x: np.exp(-(x**2)) + np.maximum(np.sin(x), 0))
    y = g(np.linspace(-60, 60, 400_001))
    assert low - 1e-12 <= y.min() and y.max() <= high + 1e-12
    assert all(not np.isfinite(end) or abs(end - near) < 1e-4 for end, near in ((low, y.min()), (high, y.max())))


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("sqrt(1 - cos(x))", "sqrt(2)*abs(sin(x/2))"),
        ("sqrt(2 + 2*cos(3*x))", "2*abs(cos(3*x/2))"),
        ("sqrt(1 - sin(x))", "sqrt(2)*abs(sin(x/2 - pi/4))"),
        ("1/(1 + sqrt(1 + sin(2*x)))", "1/(1 + abs(sin(x) + cos(x)))"),
        ("max(-1/2, min(1/2, asin(sin(x))))", "max(-1/2, min(1/2, -asin(cos(x + pi/2))))"),
        ("relu(acos(cos(x)) - 1)", "relu(abs(asin(sin(x/2)))*2 - 1)"),
    ],
)
def test_what_is_a_wave_in_another_way_has_the_same_facts(text: str, twin: str) -> None:
    one, two = (from_spec(from_text(formula)) for formula in (text, twin))
    assert one.wave is not None and two.wave is not None and sp.simplify(one.wave.length - two.wave.length) == 0
    for key in ("range", "derivative_range", "lipschitz", "parity", "monotonicity", "gaussian"):
        first, second = (plain(ask(dict(QUESTIONS)[key], key, made)) for made in (one, two))
        assert first["standing"] in ("proved", "enclosed")
        for name in ("inf", "sup", "value", "mean", "derivative_second_moment"):
            numbers = [item.get(name) for item in (first, second)]
            values = [item["value"] if isinstance(item, dict) else item for item in numbers]
            assert values[0] == (pytest.approx(values[1], abs=1e-12) if isinstance(values[1], float) else values[1])


@pytest.mark.parametrize("text", ["sin(x) if x < 0 else x", "x if x > 0 else x*cos(x)", "tanh(x) + 0.1*sin(x)"])
def test_a_stretch_refutes_that_the_slope_is_told_by_the_output(text: str) -> None:
    found = asked(text, "slope_of_output")
    assert found.standing.value == "proved" and found["value"] is False
    g = from_spec(from_text(text))
    places, slopes = ([float(item.value) for item in found["witness"][name]] for name in ("x", "slopes"))
    values = g(np.array(places))
    assert values == pytest.approx([found["witness"]["output"].value] * 2, abs=1e-12) and slopes[0] != slopes[1]
    steps = (g(np.array(places) + 1e-6) - g(np.array(places) - 1e-6)) / 2e-6
    assert steps == pytest.approx(slopes, abs=1e-6)

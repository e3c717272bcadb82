"""Curves as data: where they jump, what their points are worth, how far they go."""

from __future__ import annotations

import json
import math

import mpmath
import numpy as np
import pytest

from propcheck import target
from propcheck.curves import error, paper, phase, propagation
from propcheck.curves.graph import graph, graphs
from propcheck.numeric import compile
from propcheck.verdict import InputError


def curve(item, order, **how):
    made = graph(target.activation(item), **how)
    return next(one for one in made["curves"] if one["order"] == order)


def mark(at, left, right, value):
    return {"at": at, "left": left, "right": right, "value": value}


# --- marks -----------------------------------------------------------------------------------------------------------

MARKS = {
    "a smooth function has none": ("tanh(x)", 0, []),
    "a kink is a corner of the function": ("relu(x)", 0, [mark(0.0, 0.0, 0.0, 0.0)]),
    "a kink is a jump of the slope, which has no value": ("relu(x)", 1, [mark(0.0, 0.0, 1.0, None)]),
    "a corner of the slope": ("softsign(x)", 1, [mark(0.0, 1.0, 1.0, 1.0)]),
    "a corner of the slope is none of the function": ("softsign(x)", 0, []),
    "a step has its own value in the middle": ("heaviside(x)", 0, [mark(0.0, 0.0, 1.0, 0.5)]),
    "a step has no slope": ("heaviside(x)", 1, [mark(0.0, 0.0, 0.0, None)]),
    "a step that belongs to the right": ("1 if x >= 2 else 0", 0, [mark(2.0, 0.0, 1.0, 1.0)]),
    "a pole": ("1/x", 0, [mark(0.0, "-inf", "inf", None)]),
    "an end of the domain": ("sqrt(x)", 0, [mark(0.0, None, 0.0, 0.0)]),
    "a vertical slope": ("sqrt(x)", 1, [mark(0.0, None, "inf", None)]),
    "a gap that is filled in": ("sin(x)/x", 0, []),
    "a kink at a number that is no double": ("abs(x - sqrt(2))", 1, [mark(1.41421356237, -1.0, 1.0, None)]),
}


@pytest.mark.parametrize(("item", "order", "expected"), MARKS.values(), ids=MARKS)
def test_breakpoints_are_marked_with_what_is_on_both_sides(item, order, expected):
    assert curve(item, order)["marks"] == expected


@pytest.mark.parametrize("item", ["relu6", "1/x", "sign(x)", "abs(x - sqrt(2))", "hard_sigmoid"])
def test_no_stretch_goes_through_a_breakpoint(item):
    for order in (0, 1):
        made = curve(item, order)
        for stretch in made["stretches"]:
            assert stretch["x"] == sorted(stretch["x"])
            assert not any(stretch["x"][0] < m["at"] < stretch["x"][-1] for m in made["marks"])


# --- points ----------------------------------------------------------------------------------------------------------

EXACT = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "softsign": lambda x: x / (1 + abs(x)),
}


@pytest.mark.parametrize("name", EXACT)
def test_the_points_lie_on_the_function_to_twelve_digits(name):
    with mpmath.workdps(50):
        for stretch in curve(name, 0)["stretches"]:
            for x, y in zip(stretch["x"], stretch["y"], strict=True):
                exact = EXACT[name](mpmath.mpf(x))
                assert abs(y - exact) <= abs(exact) * mpmath.mpf("6e-12") + mpmath.mpf("1e-300")


@pytest.mark.parametrize("item", ["elu", "mish", "exp(x)", "sigmoid(1000*x)", "sin(5*x)", "relu6", "softplus(x - 50)"])
@pytest.mark.parametrize("order", [0, 1])
def test_between_the_points_the_eye_sees_no_difference(item, order):
    made = curve(item, order)
    assert made["resolved"]
    function = compile(target.activation(item), order=order)
    height = made["view"][1] - made["view"][0]
    for stretch in made["stretches"]:
        x = np.random.default_rng(1).uniform(stretch["x"][0], stretch["x"][-1], 2000)
        off = np.abs(np.interp(x, stretch["x"], stretch["y"]) - function(x))
        assert off.max() <= height / 400


def test_what_turns_too_fast_is_said_to():
    assert not curve("sin(300*x)", 0)["resolved"]


def test_past_a_pole_the_view_ends():
    made = curve("1/x", 0)
    assert all(abs(end) < 50 for end in made["view"])
    assert max(abs(y) for stretch in made["stretches"] for y in stretch["y"]) > made["view"][1]


def test_a_random_function_shows_its_deviation():
    made = graph(target.activation("rrelu"), (-4, 4))
    (left, _) = made["deviation"]
    slope = (1 / 3 - 1 / 8) / math.sqrt(12)
    assert np.allclose(left["y"], slope * np.abs(left["x"]), atol=1e-12)
    assert "mean" in made["activation"]["note"]


# --- spans -----------------------------------------------------------------------------------------------------------

SPANS = {
    "a kink at 0": ("relu(x)", (-3, 3)),
    "a kink far out": ("relu6", (-4, 8)),
    "slopes that fall slowly": ("softsign(x)", (-8, 8)),
    "slopes that never settle": ("x**3", (-5, 5)),
    "a shifted function": ("softplus(x - 50)", (-30, 60)),
}


@pytest.mark.parametrize(("item", "expected"), SPANS.values(), ids=SPANS)
def test_a_span_shows_the_features(item, expected):
    assert tuple(graph(target.activation(item))["span"]) == expected


def test_several_graphs_share_a_span():
    first, second = graphs([target.activation("relu"), target.activation("relu6")])
    assert first["span"] == second["span"] == [-4, 8]


WRONG = {
    "no pieces": ("tan(x)*exp(-x**2)", None, "no curve of tan.*no finite pieces"),
    "none near 0": ("sqrt(x - 100)*abs(sin(x))", None, "no curve of sqrt.*infinitely many breakpoints"),
    "nothing there": ("log(x)", (-5, -1), "from -5 to -1.*give another range"),
    "an empty range": ("relu", (1, 1), "from a number to a larger one"),
    "a range backwards": ("relu", (1, -1), "from a number to a larger one"),
    "no number": ("relu", (math.nan, 1), "from a number to a larger one"),
}


@pytest.mark.parametrize(("item", "span", "said"), WRONG.values(), ids=WRONG)
def test_what_has_no_curve_is_told_why(item, span, said):
    with pytest.raises(InputError, match=said):
        graph(target.activation(item), span)


# --- the other curves ------------------------------------------------------------------------------------------------


def test_the_maps_of_relu_are_those_of_the_literature():
    made = propagation.propagation(target.activation("relu"))
    assert (made["sigma_w2"], made["sigma_b2"], made["kind"]) == (2.0, 0.0, "critical")
    assert made["length"] == pytest.approx(made["q"])
    c = np.array(made["c"])
    arc = (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / np.pi  # Cho and Saul 2009
    assert made["correlation"] == pytest.approx(arc, abs=1e-11)


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "softplus has no critical.*give both variances"), ({"sigma_w2": 1.0}, "both variances"),
     ({"sigma_w2": -1.0, "sigma_b2": 0.0}, "above 0")],
)  # fmt: skip
def test_maps_without_variances_are_told_what_would_work(given, said):
    with pytest.raises(InputError, match=said):
        propagation.propagation(target.activation("softplus"), **given)


def test_an_error_is_measured_at_each_input():
    made = error.error(target.activation("relu"), 0, "float16")
    assert set(made["raw"]) == {0.0}
    assert max(made["x"]) > 60000 > 1 > min(abs(x) for x in made["x"])
    with pytest.raises(InputError, match="no backend 'fortran'"):
        error.error(target.activation("relu"), backend="fortran")


def test_the_diagram_is_data():
    made = phase.phase(target.activation("tanh"), size=8)
    assert np.shape(made["q"]) == np.shape(made["chi_1"]) == (8, 8)
    assert made["activation"]["title"] == "tanh"


@pytest.fixture(scope="module")
def made():
    return paper.figures()


def test_the_papers_figures_are_whole_and_the_same_each_time(made):
    again = paper.figures()
    assert [figure["number"] for figure in made["figures"]] == list(range(1, 22))
    assert json.dumps(made, allow_nan=False) == json.dumps(again, allow_nan=False)
    shares = {row["name"]: row["share"] for row in made["figures"][5]["shares"]}
    assert len(shares) == 17 and shares["relu"] == 0.5 and shares["tanh"] == 0
    orders = [panel["order"] for figure in made["figures"] if figure["kind"] == "curves" for panel in figure["panels"]]
    assert orders.count(0) == 12 and orders.count(1) == 9


def test_a_probe_puts_measured_shares_into_figure_6():
    share = {"name": "share of zeros", "mean": 0.47, "spread": 0.01, "count": 3}
    page = {"measurements": [share], "profiles": [{"name": "share of zeros", "mean": [0.5, 0.44]}]}
    probe = {"activation": {"name": "relu", "title": "ReLU"}, "criteria": {"sparsity": page}}
    (row,) = paper.connections([probe])["shares"]
    assert (row["share"], row["layers"], row["standing"]) == (0.47, [0.5, 0.44], "measured")


@pytest.mark.parametrize("text", ["tanh(x) + 0.1*abs(sin(x))", "max(sin(x), tanh(x))", "x*abs(sin(x))"])
def test_endless_kinks_without_a_period_are_drawn(text: str) -> None:
    made = graph(target.activation(text))
    g = {"max": lambda x: max(math.sin(x), math.tanh(x)), "x*a": lambda x: x * abs(math.sin(x))}.get(
        text[:3], lambda x: math.tanh(x) + 0.1 * abs(math.sin(x))
    )
    (value, _), (lower, upper) = made["curves"][:2], made["span"]
    drawn = [point for stretch in value["stretches"] for point in zip(stretch["x"], stretch["y"], strict=True)]
    assert lower < -2 * math.pi / 3 and upper > 2 * math.pi / 3 and len(drawn) > 50
    assert all(y == pytest.approx(g(x), abs=1e-4) for x, y in drawn)

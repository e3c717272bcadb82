"""Where g(-x), -g(x), g(3 x + 1) and g(x) + x rise, bend and vanish follows from where g does."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import sympy as sp
from test_laws import put
from test_mirrors import SHAPES

from propcheck.activation import from_expression
from propcheck.analysis import QUESTIONS, facts
from propcheck.language import X, parse
from propcheck.verdict import Facts, Number

KEYS = ("monotone_intervals", "convexity", "zeros", "fixed_points", "asymptotes")
ASKED = tuple((key, question) for key, question in QUESTIONS if key in KEYS)
TURNED = {"increasing": "decreasing", "decreasing": "increasing", "convex": "concave", "concave": "convex"}


@cache
def of(text: str) -> Facts:
    return facts(from_expression(parse(text)), ASKED)


def moved(expr: sp.Expr) -> Facts:
    return facts(from_expression(expr), ASKED)


def near(one: Number, other: Number, scale: float = 1, shift: float = 0) -> bool:
    """Is one number the other times `scale` plus `shift`?"""
    if not (one.known and other.known):
        return one.known == other.known
    want = float(other) * scale + shift
    return float(one) == want or abs(float(one) - want) < 1e-9 * (1 + abs(want))


def same_runs(one: Facts, other: Facts, key: str, scale: float, shift: float, turned: bool) -> None:
    """The intervals of the one are those of the other, carried by x -> scale x + shift."""
    assert (one[key].standing == "open") == (other[key].standing == "open"), key
    here, there = one[key].get("intervals"), other[key].get("intervals")
    if here is None or there is None or "period" in one[key]:
        return
    ends = ("from", "to") if scale > 0 else ("to", "from")
    assert len(here) == len(there), key
    for run, known in zip(here, there if scale > 0 else there[::-1], strict=True):
        assert run["value"] == (TURNED.get(known["value"], known["value"]) if turned else known["value"]), key
        assert near(run["from"], known[ends[0]], scale, shift) and near(run["to"], known[ends[1]], scale, shift), key


def same_points(one: Facts, other: Facts, key: str, scale: float = 1, shift: float = 0) -> None:
    assert (one[key].standing == "open") == (other[key].standing == "open"), key
    if "points" not in one[key] or "points" not in other[key] or "period" in one[key]:
        return
    here, there = one[key]["points"], other[key]["points"]
    for at, known in zip(here, there if scale > 0 else there[::-1], strict=True):
        assert near(at, known, scale, shift), key
    spans = other[key]["intervals"][:: 1 if scale > 0 else -1]
    for (low, high), known in zip(one[key]["intervals"], spans, strict=True):
        first, last = known if scale > 0 else known[::-1]
        assert near(low, first, scale, shift) and near(high, last, scale, shift), key


def same_line(one: Any, other: Any, slope: float, shift: tuple[float, float]) -> None:
    """Slope and intercept times `slope`, and the intercept plus shift[0] + shift[1] times the slope of the other."""
    assert (one is None) == (other is None)
    if one is not None and one["slope"].known and other["slope"].known:
        assert near(one["slope"], other["slope"], slope)
        assert near(one["intercept"], other["intercept"], shift[0], shift[1])


@pytest.mark.parametrize("text", SHAPES)
def test_the_mirror_image_the_opposite_and_another_scale(text: str) -> None:
    g, mirror, opposite, wide = of(text), moved(put(text, -X)), moved(-parse(text)), moved(put(text, 3 * X + 1))
    same_runs(mirror, g, "monotone_intervals", -1, 0, True)
    same_runs(opposite, g, "monotone_intervals", 1, 0, True)
    same_runs(wide, g, "monotone_intervals", 1 / 3, -1 / 3, False)
    same_runs(mirror, g, "convexity", -1, 0, False)
    same_runs(opposite, g, "convexity", 1, 0, True)
    same_runs(wide, g, "convexity", 1 / 3, -1 / 3, False)
    assert mirror["convexity"].get("value") == g["convexity"].get("value") == wide["convexity"].get("value")
    value = g["convexity"].get("value")
    assert opposite["convexity"].get("value") == TURNED.get(value, value)
    same_points(mirror, g, "zeros", -1)
    same_points(opposite, g, "zeros")
    same_points(wide, g, "zeros", 1 / 3, -1 / 3)
    for side, other in (("left", "right"), ("right", "left")):
        same_line(mirror["asymptotes"].get(side), g["asymptotes"].get(other), -1, (1, 0))
        same_line(opposite["asymptotes"].get(side), g["asymptotes"].get(side), -1, (-1, 0))


@pytest.mark.parametrize("text", SHAPES)
def test_zeros_of_g_are_fixed_points_of_g_plus_x(text: str) -> None:
    same_points_of = moved(parse(text) + X)["fixed_points"], of(text)["zeros"]
    known = [fact for fact in same_points_of if "points" in fact and fact.standing != "open"]
    if len(known) == 2 and "period" not in known[0]:
        for one, other in zip(known[0]["points"], known[1]["points"], strict=True):
            assert near(one, other)
        for spans in zip(known[0]["intervals"], known[1]["intervals"], strict=True):
            assert all(near(one, other) for one, other in zip(*spans, strict=True))

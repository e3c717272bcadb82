"""The facts of g(-x), -g(x) and g(a x + b) follow from those of g: of functions with gaps, jumps and waves too."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
import sympy as sp
from test_laws import SWAPPED, close, kinks, of, put

from propcheck.language import X, parse
from propcheck.verdict import Facts

SHAPES = [
    "2*x + sin(x)", "exp(x) if x != 0 else -1", "exp(x) if x != 1 else e", "sqrt(abs(x))*sign(x)", "abs(x)**1.5 + x",
    "cos(x) if x < 1 else cos(1) - (x - 1)", "sin(3*x) if x > 1 else 0", "x*log(abs(x))", "log(x)", "1/(x - 1)",
    "sqrt(x**2 - 1)", "x if x > 1 else (x**2 if x > -1 else 1)", "exp(-1/x) if x > 0 else 0", "atan(1/x)",
    "x**3 - 3*x if x < 2 else 2", "min(max(x - 1, 0), 2) + min(max(x + 3, 0), 1/2)", "sin(x)*exp(-x**2)", "acosh(x)",
    "1/(1 + exp(-3*x - 1))", "x*sigmoid(x) - 1/4", "x/(x**2 + 1) + heaviside(x - 1/3)", "1/(2 + cos(x))",
]  # fmt: skip
UNTOUCHED = ("mean", "second_moment", "variance", "derivative_second_moment", "elasticity")


@cache
def facts_of(text: str) -> Facts:
    return of(parse(text))


def same_end(one: Any, other: Any, key: str, end: str, other_end: str, scale: float) -> None:
    if end in one[key].fields and other_end in other[key].fields:
        assert close(one[key][end], other[key][other_end], scale), (key, end)
        assert one[key][f"{end}_attained"] == other[key][f"{other_end}_attained"], (key, end)


def same_words(one: Facts, other: Facts, trend: bool) -> None:
    """Class, parity, affinity and trend are the same, or turned round."""
    for key, field in (("smoothness", "class"), ("parity", "value"), ("affine", "value"), ("monotonicity", "value")):
        said, known = one[key].get(field), other[key].get(field)
        if key == "monotonicity" and trend and known is not None:
            known = SWAPPED[known]
        assert said == known, key
    assert close(one["lipschitz"], other["lipschitz"]) and close(one["nonlinearity"], other["nonlinearity"])
    for key in UNTOUCHED:
        if key != "mean":
            assert close(one["gaussian"].get(key), other["gaussian"].get(key)), key
    assert close(one["zero_region"].get("near"), other["zero_region"].get("near"))


@pytest.mark.parametrize("text", SHAPES)
def test_the_mirror_image(text):
    g, m = facts_of(text), of(put(text, -X))
    same_words(m, g, trend=True)
    assert close(m["gaussian"].get("mean"), g["gaussian"].get("mean"))
    assert close(m["gaussian"].get("derivative_mean"), g["gaussian"].get("derivative_mean"), -1)
    for end, other in (("inf", "sup"), ("sup", "inf")):
        same_end(m, g, "range", end, end, 1)
        same_end(m, g, "derivative_range", end, other, -1)
    for place in ("argmin", "argmax"):
        if g["range"].get(place) is not None and g["parity"].get("value") == "none" and "cos" not in text:
            assert close(m["range"][place], g["range"][place], -1), place
    for side, other in (("left", "right"), ("right", "left")):
        for name, scale in (("value", 1), ("slope", -1)):
            here, there = m["limits"].get(side) or {}, g["limits"].get(other) or {}
            assert close(here.get(name), there.get(name), scale), (side, name)
        assert m["saturation"].get(side) == g["saturation"].get(other)
    for key, name in (("domain", "undefined"), ("dead_region", "intervals"), ("zero_region", "intervals")):
        here, there = m[key].get(name) or (), reversed(g[key].get(name) or ())
        for (low, high), (first, last) in zip(here, there, strict=True):
            assert close(low, last, -1) and close(high, first, -1), key
    for (at, order, left, right), (first, n, before, after) in zip(kinks(m), reversed(kinks(g)), strict=True):
        assert order == n and close(at, first, -1)
        assert close(left, after, (-1) ** n) and close(right, before, (-1) ** n)


@pytest.mark.parametrize("text", SHAPES)
def test_the_opposite(text):
    g, m = facts_of(text), of(-parse(text))
    same_words(m, g, trend=True)
    assert close(m["gaussian"].get("mean"), g["gaussian"].get("mean"), -1)
    for end, other in (("inf", "sup"), ("sup", "inf")):
        same_end(m, g, "range", end, other, -1)
        same_end(m, g, "derivative_range", end, other, -1)
    for side in ("left", "right"):
        for name in ("value", "slope"):
            here, there = m["limits"].get(side) or {}, g["limits"].get(side) or {}
            assert close(here.get(name), there.get(name), -1), (side, name)
        assert m["saturation"].get(side) == g["saturation"].get(side)
    for key, name in (("domain", "undefined"), ("dead_region", "intervals"), ("zero_region", "intervals")):
        for (low, high), (first, last) in zip(m[key].get(name) or (), g[key].get(name) or (), strict=True):
            assert close(low, first) and close(high, last), key
    for (at, order, left, right), (first, n, before, after) in zip(kinks(m), kinks(g), strict=True):
        assert order == n and close(at, first) and close(left, before, -1) and close(right, after, -1)


@pytest.mark.parametrize("text", SHAPES)
def test_what_is_stretched_and_moved(text):
    scale, shift = 2.0, 3.0
    g, h = facts_of(text), of(put(text, 2 * X + sp.Integer(3)))
    assert h["smoothness"].get("class") == g["smoothness"].get("class")
    assert h["monotonicity"].get("value") == g["monotonicity"].get("value")
    assert close(h["lipschitz"], g["lipschitz"], scale)
    for end in ("inf", "sup"):
        same_end(h, g, "range", end, end, 1)
        same_end(h, g, "derivative_range", end, end, scale)
    for side in ("left", "right"):
        here, there = h["limits"].get(side) or {}, g["limits"].get(side) or {}
        assert close(here.get("value"), there.get("value")) and close(here.get("slope"), there.get("slope"), scale)
        assert h["saturation"].get(side) == g["saturation"].get(side)
    for key, name in (("domain", "undefined"), ("dead_region", "intervals"), ("zero_region", "intervals")):
        for ends in zip(h[key].get(name) or (), g[key].get(name) or (), strict=True):
            assert all(close(here, there, 1 / scale, -shift / scale) for here, there in zip(*ends, strict=True)), key
    for (at, order, left, right), (first, n, before, after) in zip(kinks(h), kinks(g), strict=True):
        assert order == n and close(at, first, 1 / scale, -shift / scale)
        assert close(left, before, scale**n) and close(right, after, scale**n)
    near = g["zero_region"].get("near")
    assert near is None or near.value is None or 0 <= near.lower <= near.value <= near.upper <= math.nextafter(1, 2)

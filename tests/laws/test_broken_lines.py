"""Broken lines drawn at random, with jumps, lone points and flat parts: each fact against exact arithmetic.

What is true of such a function follows from its slopes, its breaks and its values there, all of them fractions; the
Gaussian numbers are sums of closed forms, by mpmath at 50 digits. Nothing here asks propcheck how.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from mpmath import mp, mpf

from propcheck.activation import from_spec
from propcheck.analysis import facts
from propcheck.spec import from_text
from propcheck.verdict import Facts, Number

INF = math.inf
Line = tuple[Fraction, Fraction]  # slope, value at 0
End = Fraction | float


@dataclass(frozen=True)
class Broken:
    """Lines from left to right, the breaks between them, and the values at the breaks."""

    lines: tuple[Line, ...]
    breaks: tuple[Fraction, ...]
    values: tuple[Fraction, ...]

    @property
    def text(self) -> str:
        """The function in the expression language."""
        out = _spelt(self.lines[-1])
        for line, at, value in reversed([*zip(self.lines, self.breaks, self.values, strict=False)]):
            out = f"{_spelt(line)} if x < {at} else (({value}) if x == {at} else ({out}))"
        return out

    def __call__(self, x: Fraction) -> Fraction:
        if x in self.breaks:
            return self.values[self.breaks.index(x)]
        slope, base = self.lines[sum(1 for at in self.breaks if at < x)]
        return slope * x + base

    @property
    def plain(self) -> Broken:
        """The same without breaks at which nothing breaks."""
        lines, breaks, values = [self.lines[0]], [], []
        for line, at, value in zip(self.lines[1:], self.breaks, self.values, strict=True):
            if line == lines[-1] and value == line[0] * at + line[1]:
                continue
            lines.append(line)
            breaks.append(at)
            values.append(value)
        return Broken(tuple(lines), tuple(breaks), tuple(values))

    @property
    def spans(self) -> list[tuple[End, End, Line]]:
        return [(a, b, line) for (a, b), line in zip(pairwise([-INF, *self.breaks, INF]), self.lines, strict=True)]

    @property
    def sides(self) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
        """Each break, the limits on both sides of it, and the value."""
        rows = zip(self.breaks, pairwise(self.lines), self.values, strict=True)
        return [(at, k * at + m, n * at + c, value) for at, ((k, m), (n, c)), value in rows]


def _spelt(line: Line) -> str:
    return f"(({line[0]})*x + ({line[1]}))"


def drawn(seed: int) -> Broken:
    """A broken line, often continuous, often flat or zero somewhere, sometimes even or odd."""
    rng = Random(seed)
    small = [Fraction(n, d) for n in range(-4, 5) for d in (1, 2, 3)]
    breaks = sorted({rng.choice(small) for _ in range(rng.randrange(1, 4))})
    lines = [(rng.choice(small), rng.choice(small))]
    for at in breaks:
        slope = rng.choice([Fraction(0), rng.choice(small), abs(rng.choice(small))])
        here = lines[-1][0] * at + lines[-1][1]
        base = here - slope * at if rng.random() < 0.6 else rng.choice([Fraction(0), rng.choice(small)])
        lines.append(lines[-1] if rng.random() < 0.1 else (slope, base))
    values = []
    for at, (left, right) in zip(breaks, pairwise(lines), strict=True):
        sides = [line[0] * at + line[1] for line in (left, right)]
        values.append(rng.choice([*sides, *sides, sides[1], (sides[0] + sides[1]) / 2, -sides[0], rng.choice(small)]))
    if seed % 5 == 0:  # a mirror image of the right half on the left
        sign = rng.choice((1, -1))
        half = Broken(tuple(lines), tuple(breaks), tuple(values))
        right = [(a, line) for a, b, line in half.spans if b > 0]
        inner = [at for at in breaks if at > 0]
        after = [half(at) for at in inner]
        left = [(-sign * slope, sign * base) for _, (slope, base) in reversed(right)]
        middle = half(Fraction(0)) if sign > 0 else Fraction(0)
        return Broken(
            (*left, *(line for _, line in right)),
            (*(-at for at in reversed(inner)), Fraction(0), *inner),
            (*(sign * value for value in reversed(after)), middle, *after),
        )
    return Broken(tuple(lines), tuple(breaks), tuple(values))


# ---------------------------------------------------------------------------------------------- what is true of it


def trend(g: Broken) -> str:
    slopes = [slope for slope, _ in g.lines]
    for word, sign in (("creasing", 1), ("creasing", -1)):
        steps = all(sign * left <= sign * value <= sign * right for _, left, right, value in g.sides)
        if steps and all(sign * slope >= 0 for slope in slopes):
            if not any(slopes) and all(left == right == value for _, left, right, value in g.sides):
                return "constant"
            direction = "in" if sign > 0 else "de"
            if all(slopes):
                return direction + word
            return f"non-{'de' if sign > 0 else 'in'}{word}"
    return "none"


def extremes(g: Broken) -> tuple[tuple[End, bool], tuple[End, bool]]:
    """inf and sup, and whether each is attained."""
    reached = {value for *_, value in g.sides} | {base for slope, base in g.lines if slope == 0}
    near: set[End] = {side for _, left, right, _ in g.sides for side in (left, right)}
    for side, (slope, base) in ((-1, g.lines[0]), (1, g.lines[-1])):
        near.add(side * slope * INF if slope else base)
    low, high = min(near | reached), max(near | reached)
    return (low, low in reached), (high, high in reached)


def kinks(g: Broken) -> list[tuple[Fraction, int, Fraction, Fraction]]:
    rows = []
    for (at, left, right, value), ((k, _), (n, _)) in zip(g.sides, pairwise(g.lines), strict=True):
        rows.append((at, 1, k, n) if left == right == value else (at, 0, left, right))
    return rows


def joined(spans: Iterator[tuple[End, End]]) -> list[tuple[End, End]]:
    out: list[tuple[End, End]] = []
    for low, high in spans:
        if out and out[-1][1] == low:
            out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return out


def parity(g: Broken) -> str:
    marks = sorted({0, *g.breaks, *(-at for at in g.breaks)})
    points = [*marks, marks[0] - 1, marks[0] - 2, marks[-1] + 1, marks[-1] + 2]
    points += [a + (b - a) * Fraction(k, 3) for a, b in pairwise(marks) for k in (1, 2)]
    for word, sign in (("even", 1), ("odd", -1)):
        if all(g(Fraction(-x)) == sign * g(Fraction(x)) for x in points):
            return word
    return "none"


def real(end: End) -> mpf:
    return mpf(end.numerator) / end.denominator if isinstance(end, Fraction) else mpf(end)


def powers(a: End, b: End) -> tuple[mpf, mpf, mpf]:
    """E[1], E[z], E[z^2] on (a, b)."""
    (a, fa), (b, fb) = ((real(end), mp.npdf(real(end)) if abs(end) < INF else mpf(0)) for end in (a, b))
    one = mp.ncdf(b) - mp.ncdf(a)
    return one, fa - fb, one + (a * fa if fa else 0) - (b * fb if fb else 0)


def moments(g: Broken) -> dict[str, mpf]:
    found = dict.fromkeys(("mean", "second_moment", "derivative_mean", "derivative_second_moment"), mpf(0))
    cov = pull = mpf(0)
    for a, b, line in g.spans:
        k, m = map(real, line)
        one, z, zz = powers(a, b)
        found["mean"] += k * z + m * one
        found["second_moment"] += k * k * zz + 2 * k * m * z + m * m * one
        found["derivative_mean"] += k * one
        found["derivative_second_moment"] += k * k * one
        cov += k * zz + m * z
        pull += k * k * zz + k * m * z
    found["variance"] = found["second_moment"] - found["mean"] ** 2
    if found["second_moment"]:
        found["elasticity"] = pull / found["second_moment"]
    if found["variance"] > 1e-40:
        found["nonlinearity"] = 1 - cov**2 / found["variance"]
    return found


def near(g: Broken, threshold: mpf) -> mpf:
    total = mpf(0)
    for a, b, line in g.spans:
        k, m = map(real, line)
        if k == 0:
            total += powers(a, b)[0] if abs(m) <= threshold else 0
            continue
        low, high = sorted(((-threshold - m) / k, (threshold - m) / k))
        low, high = max(low, real(a)), min(high, real(b))
        total += mp.ncdf(high) - mp.ncdf(low) if low < high else 0
    return total


# ---------------------------------------------------------------------------------------------- what is said of it


def holds(number: Number | None, value: Any) -> bool:
    if number is None or number.value is None:
        return False
    if isinstance(value, float) and math.isinf(value):
        return number.value == number.lower == number.upper == value
    exactly = real(value) if isinstance(value, Fraction) else value
    room = mpf(10) ** -40 if isinstance(value, Fraction) else mpf(10) ** -30
    return number.lower - room <= exactly <= number.upper + room and number.upper - number.lower < 1e-12 * (
        1 + abs(exactly)
    )


def same_spans(said: Any, true: list[tuple[End, End]]) -> bool:
    return len(said) == len(true) and all(
        holds(low, a) and holds(high, b) for (low, high), (a, b) in zip(said, true, strict=True)
    )


SEEDS = range(30)


@cache
def case(seed: int) -> tuple[Broken, Facts]:
    written = drawn(seed)
    return written.plain, facts(from_spec(from_text(written.text)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_shape_is_that_of_the_lines(seed):
    g, found = case(seed)
    said = [(k["at"], k["order"], k["left"], k["right"]) for k in found["smoothness"]["kinks"]]
    for (at, order, left, right), (place, n, before, after) in zip(said, kinks(g), strict=True):
        assert order == n and holds(at, place) and holds(left, before) and holds(right, after), g.text
    orders = {order for _, order, *_ in kinks(g)}
    name = "discontinuous" if 0 in orders else "C^0" if orders else "C^inf"
    assert found["smoothness"]["class"] == name, g.text
    assert found["affine"]["value"] == (not orders), g.text
    assert found["parity"]["value"] == parity(g), g.text
    assert found["monotonicity"]["value"] == trend(g), g.text


@pytest.mark.parametrize("seed", SEEDS)
def test_the_extent_is_that_of_the_lines(seed):
    g, found = case(seed)
    for key, ((low, least), (high, most)) in (
        ("range", extremes(g)),
        ("derivative_range", ((min(g.lines)[0], True), (max(g.lines)[0], True))),
    ):
        fact = found[key]
        assert holds(fact["inf"], low) and holds(fact["sup"], high), (key, g.text)
        assert (fact["inf_attained"], fact["sup_attained"]) == (least, most), (key, g.text)
        for place, value in (("argmin", low), ("argmax", high)) if key == "range" else ():
            assert fact[place] is None or g(Fraction(fact[place].exact)) == value, (place, g.text)
            assert (fact[place] is not None) == fact["inf_attained" if place == "argmin" else "sup_attained"], g.text
    steepest = max(abs(slope) for slope, _ in g.lines)
    assert holds(found["lipschitz"], INF if any(order == 0 for _, order, *_ in kinks(g)) else steepest), g.text


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ends_and_the_flat_parts_are_those_of_the_lines(seed):
    g, found = case(seed)
    for side, sign, (slope, base) in (("left", -1, g.lines[0]), ("right", 1, g.lines[-1])):
        limit = found["limits"][side]
        assert holds(limit["value"], float(sign * slope * INF) if slope else base), (side, g.text)
        assert holds(limit["slope"], slope), (side, g.text)
        assert found["saturation"][side] == ("none" if slope else "hard"), (side, g.text)
    for key, spans in (
        ("dead_region", joined((a, b) for a, b, (slope, _) in g.spans if slope == 0)),
        ("zero_region", joined((a, b) for a, b, line in g.spans if line == (0, 0))),
    ):
        assert same_spans(found[key]["intervals"], spans), (key, g.text)
        with mp.workdps(50):
            total = sum((powers(a, b)[0] for a, b in spans), start=mpf(0))
            assert holds(found[key]["mass"], total), (key, g.text)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gaussian_numbers_are_those_of_the_lines(seed):
    g, found = case(seed)
    with mp.workdps(50):
        true = moments(g)
        share = true.pop("nonlinearity", None)
        for key, value in true.items():
            assert holds(found["gaussian"][key], value), (key, g.text)
        assert found["nonlinearity"].value is None if share is None else holds(found["nonlinearity"], share), g.text
        if true["second_moment"]:
            threshold = mpf(f"{0.1 * float(mp.sqrt(true['second_moment'])):.6g}")
            assert holds(found["zero_region"]["near"], near(g, threshold)), g.text


def test_of_several_places_the_nearest_to_0_is_told_and_of_two_as_near_the_positive_one():
    for text, at in (
        ("max(-abs(x - 2), -abs(x + 1))", "-1"),
        ("max(-abs(x - 1), -abs(x + 1))", "1"),
        ("max(-abs(x - 1), -abs(x + 1), -abs(x - 3))", "1"),
        ("max(-abs(x + 3), -abs(x - 2), -abs(x - 5))", "2"),
        ("max(-abs(x - 4), -abs(x + 3))", "-3"),
    ):
        high = facts(from_spec(from_text(text)))["range"]
        low = facts(from_spec(from_text(f"-({text})")))["range"]
        assert high["argmax"].exact == low["argmin"].exact == at, text

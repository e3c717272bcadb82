"""A function given by its knots: steps, lines, cubic pieces or splines between them, in exact arithmetic.

step      values[i] from knots[i] on; with one value more than knots, the first is the value before the first knot
linear    straight lines between the points
cubic     the natural cubic spline through the points: two derivatives are continuous, the second is 0 at both ends
hermite   on each interval the cubic with the values and the slopes at its ends
bspline   the sum of values[i] times the B-spline of the degree that the counts tell, len(knots) - len(values) - 1, over
          knots[i], ..., knots[i + degree + 1]; it is 0 outside of all knots (de Boor, A Practical Guide to Splines)

With `plus` a formula is added to all that, as the silu of an edge of a Kolmogorov-Arnold network is to its spline.
Outside of the knots the function is what it is at the outermost knot (`constant`), goes on as a line (`linear`), or is
not defined (`undefined`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from propcheck.processes.lazy import cached_property

KINDS = ("step", "linear", "cubic", "hermite", "bspline")
OUTSIDE = ("constant", "linear", "undefined")
MOST_KNOTS, MOST_DEGREE = 4096, 5
MOST_CHARACTERS = 39_000  # of a formula that is read again
MOST_CUBIC = 256  # knots of a cubic spline: its exact coefficients have digits in proportion to them
Polynomial = tuple[Fraction, ...]  # coefficients of 1, x, x^2, ...


@dataclass(frozen=True)
class Part:
    """A polynomial between two ends, which are None where they are infinite."""

    lower: Fraction | None
    upper: Fraction | None
    polynomial: Polynomial


@dataclass(frozen=True)
class Table:
    """The knots of a function and what it is at them; all numbers are texts, so that they stay exact."""

    kind: str
    knots: tuple[str, ...]
    values: tuple[str, ...]
    slopes: tuple[str, ...] = ()
    outside: str = "constant"
    plus: str = ""  # a formula that is added

    def faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with it: the key, and a sentence."""
        n, m = len(self.knots), len(self.values)
        most = MOST_CUBIC if self.kind == "cubic" else MOST_KNOTS
        least = {"step": 1, "linear": 2, "cubic": 3, "hermite": 2, "bspline": 2}[self.kind]
        if not least <= n <= most:
            yield "knots", f"of the kind {self.kind} are {least} to {most}, here are {n}"
        if self.kind == "bspline":
            if not 0 <= self.degree <= MOST_DEGREE:
                yield "values", f"are as many as knots less degree and 1, for a degree from 0 to {MOST_DEGREE}"
        elif m != n and not (self.kind == "step" and m == n + 1):
            yield "values", f"are {m} for {n} knots"
        if (self.kind == "hermite") != bool(self.slopes) or self.slopes and len(self.slopes) != n:
            yield "slopes", "go with the kind hermite, one for each knot"
        if self.outside == "linear" and self.kind in ("step", "bspline"):
            yield "outside", f"of the kind {self.kind} is constant or undefined"
        at = [Fraction(knot) for knot in self.knots]
        if any(b < a or (b == a and self.kind != "bspline") for a, b in pairwise(at)):
            yield "knots", "must increase"

    @property
    def degree(self) -> int:
        return len(self.knots) - len(self.values) - 1

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.knots[0]), Fraction(self.knots[-1])

    @property
    def told(self) -> str:
        """Its kind, how many knots it has and from where to where, and what it is outside."""
        what = {"step": "steps", "linear": "lines", "cubic": "a natural cubic spline", "hermite": "cubics"}
        kind = f"B-splines of degree {self.degree}" if self.kind == "bspline" else what[self.kind]
        beyond = "0 outside" if self.kind == "bspline" and self.outside == "constant" else f"{self.outside} outside"
        text = f"{kind} on {len(self.knots)} knots from {self.knots[0]} to {self.knots[-1]}, {beyond}"
        return f"{text}; plus {self.plus}" if self.plus else text

    @property
    def formula(self) -> str:
        """The function in the expression language; in words where it is not defined everywhere, or is too long."""
        return f"{self._formula} + ({self.plus})" if self.plus else self._formula

    @property
    def _formula(self) -> str:
        *parts, last = self.parts
        rows = [f"({_spelled(part.polynomial)}, x < {part.upper})" for part in parts]
        text = f"Piecewise({', '.join([*rows, f'({_spelled(last.polynomial)}, True)'])})"
        if self.outside != "undefined" and len(text) <= MOST_CHARACTERS and rows:
            return text
        return f"{self.kind} table of {len(self.knots)} knots from {self.knots[0]} to {self.knots[-1]}"

    def quantized(self, scale: Fraction, zero: int, low: int, high: int) -> Table:
        """A table of steps with its values rounded to scale (q - zero), q whole between low and high."""
        levels = [min(high, max(low, round(Fraction(held) / scale) + zero)) - zero for held in self.values]
        return replace(self, values=tuple(str(scale * level) for level in levels))

    @cached_property
    def parts(self) -> list[Part]:
        """The polynomials from left to right, those that go on as before joined."""
        inside = [*self._inside()]
        first, last = self.ends
        if self.outside != "undefined":
            inside = [Part(None, first, self._beyond(inside, 0)), *inside, Part(last, None, self._beyond(inside, -1))]
        joined: list[Part] = []
        for part in inside:
            if joined and joined[-1].polynomial == part.polynomial:
                joined[-1] = Part(joined[-1].lower, part.upper, part.polynomial)
            else:
                joined.append(part)
        return joined

    def at(self, knot: Fraction, right: Part | None) -> Fraction:
        """The value at a knot: a step has it on its right."""
        if right is not None:
            return value(right.polynomial, knot)
        return Fraction(self.values[-1]) if self.kind != "bspline" else Fraction(0)

    def _beyond(self, inside: Sequence[Part], side: int) -> Polynomial:
        end = self.ends[side]
        if self.kind == "bspline":
            return (Fraction(0),)
        if self.kind == "step":
            return (Fraction(self.values[side]),)
        at = value(inside[side].polynomial, end)
        if self.outside == "constant":
            return (at,)
        slope = value(derivative(inside[side].polynomial), end)
        return trimmed((at - slope * end, slope))

    def _inside(self) -> Iterator[Part]:
        knots, values = [Fraction(k) for k in self.knots], [Fraction(v) for v in self.values]
        if self.kind == "step":
            held = values[len(values) - len(knots) :]
            yield from (Part(a, b, (v,)) for (a, b), v in zip(pairwise(knots), held, strict=False))
        elif self.kind == "bspline":
            yield from _of_bsplines(knots, values, self.degree)
        else:
            if self.kind == "linear":
                slopes = None
            else:
                slopes = [Fraction(s) for s in self.slopes] if self.slopes else _natural(knots, values)
            for i, (a, b) in enumerate(pairwise(knots)):
                ends = None if slopes is None else (slopes[i], slopes[i + 1])
                yield Part(a, b, _between(a, b, values[i], values[i + 1], ends))


def _spelled(polynomial: Polynomial) -> str:
    terms = [f"({c}){'' if not k else '*x' if k == 1 else f'*x**{k}'}" for k, c in enumerate(polynomial) if c]
    return " + ".join(terms) or "0"


def value(polynomial: Polynomial, at: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(polynomial):
        total = total * at + coefficient
    return total


def derivative(polynomial: Polynomial) -> Polynomial:
    return tuple(k * c for k, c in enumerate(polynomial))[1:] or (Fraction(0),)


def trimmed(polynomial: Sequence[Fraction]) -> Polynomial:
    """Without the zeros in front of the highest powers."""
    found = list(polynomial)
    while len(found) > 1 and not found[-1]:
        found.pop()
    return tuple(found)


def _times(one: Sequence[Fraction], two: Sequence[Fraction]) -> list[Fraction]:
    out = [Fraction(0)] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            out[i + j] += a * b
    return out


def _sum(one: Sequence[Fraction], two: Sequence[Fraction]) -> list[Fraction]:
    long, short = (one, two) if len(one) >= len(two) else (two, one)
    return [c + (short[k] if k < len(short) else 0) for k, c in enumerate(long)]


def _between(
    a: Fraction, b: Fraction, u: Fraction, v: Fraction, slopes: tuple[Fraction, Fraction] | None
) -> Polynomial:
    """The line, or the cubic with these slopes, through (a, u) and (b, v)."""
    width = b - a
    mean = (v - u) / width
    line = [u - mean * a, mean]
    if slopes is None:
        return trimmed(line)
    left, right = slopes  # Newton's form with the double knots a, a, b, b
    second = (mean - left) / width
    third = ((right - mean) / width - second) / width
    start = [u - left * a, left]
    square = [a * a, -2 * a, Fraction(1)]
    return trimmed(
        _sum(_sum(start, [second * c for c in square]), _times([third * c for c in square], [-b, Fraction(1)]))
    )


def _natural(knots: Sequence[Fraction], values: Sequence[Fraction]) -> list[Fraction]:
    """The slopes at the knots of the natural cubic spline: a tridiagonal system, solved exactly."""
    n = len(knots)
    widths = [b - a for a, b in pairwise(knots)]
    rises = [(v - u) / h for (u, v), h in zip(pairwise(values), widths, strict=True)]
    lower, middle, upper, right = [], [], [], []
    for i in range(n):
        before, after = (1 / widths[i - 1] if i else Fraction(0)), (1 / widths[i] if i < n - 1 else Fraction(0))
        lower.append(before)
        middle.append(2 * (before + after))
        upper.append(after)
        right.append(3 * ((before * rises[i - 1] if i else 0) + (after * rises[i] if i < n - 1 else 0)))
    for i in range(1, n):
        factor = lower[i] / middle[i - 1]
        middle[i] -= factor * upper[i - 1]
        right[i] -= factor * right[i - 1]
    slopes = [right[-1] / middle[-1]]
    for i in range(n - 2, -1, -1):
        slopes.append((right[i] - upper[i] * slopes[-1]) / middle[i])
    return slopes[::-1]


def _of_bsplines(knots: Sequence[Fraction], values: Sequence[Fraction], degree: int) -> Iterator[Part]:
    """On each interval the sum of the B-splines that are not 0 there, by the recurrence of Cox and de Boor."""
    for j, (a, b) in enumerate(pairwise(knots)):
        if a == b:
            continue
        splines: dict[int, list[Fraction]] = {j: [Fraction(1)]}
        for d in range(1, degree + 1):
            higher: dict[int, list[Fraction]] = {}
            for i in range(j - d, j + 1):
                if not 0 <= i or i + d + 1 >= len(knots):
                    continue
                total: list[Fraction] = [Fraction(0)]
                if i in splines and knots[i + d] > knots[i]:
                    width = knots[i + d] - knots[i]
                    total = _sum(total, _times(splines[i], [-knots[i] / width, 1 / width]))
                if i + 1 in splines and knots[i + d + 1] > knots[i + 1]:
                    width = knots[i + d + 1] - knots[i + 1]
                    total = _sum(total, _times(splines[i + 1], [knots[i + d + 1] / width, -1 / width]))
                higher[i] = total
            splines = higher
        total = [Fraction(0)]
        for i, spline in splines.items():
            if i < len(values):
                total = _sum(total, [values[i] * c for c in spline])
        yield Part(a, b, trimmed(total))

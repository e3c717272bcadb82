"""How wrong may a program be at a point, rounded operation by operation?

Every step is computed with a small relative error of its own; to first order the error of the result is the sum of
these errors, each times the sensitivity of the result to that step. The sensitivities come from one backward sweep in
ball arithmetic, so the estimate sees cancellation, overflow, underflow and inexact constants wherever they happen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.elementary import BALL, FACTOR, NAN
from propcheck.calculus.form import Form, constant_ball
from propcheck.numeric.formats import Format
from propcheck.numeric.functions import OPERATIONS
from propcheck.numeric.steps import Program

BITS = 160
COUNTED = {24: 12, 53: 30, 64: 30}  # bits of the whole numbers by which a constant in short words is multiplied
_WORDS, _BITS_OF_WORDS = 6, 300
_SHARE = 0.75  # of the sum of all errors, which they come near to where one is behind several
_MOST_ALLOWED = 2.0**20  # beyond it the input's rounding is no excuse: the function turns within half an ulp
BOUNDED = 2.0**-10  # what a tail is less than where it is kept
_KNOWN = 1.5  # an error that is no matter of rounding weighs more
MOST_SHARE = 1e150  # of one step's error: its square is finite
_SPREAD = 1.5  # the largest error seen is about this many times the root of the sum of squares


# The error of each operation, in units in the last place, as the kernels in use keep it, and the largest.
_OWN = {
    "x": 0.0, "bounded": 0.0, "neg": 0.0, "add": 0.5, "sub": 0.5, "mul": 0.5, "div": 0.5,
    **{name: row.error for name, row in OPERATIONS.items()},
}  # fmt: skip
_WORST = {**_OWN, **{name: max(row.error, row.worst) for name, row in OPERATIONS.items()}}
_FUNCTION = 0.8
_HALVINGS = 60
_BITS_OF_INPUTS = 53  # at most


def worst(op: str, own: float) -> float:
    """The largest error of an operation whose usual one is given."""
    return _WORST.get(op, own) if op in OPERATIONS else own


def combined(root: Any, total: Any) -> Any:
    """What some errors are likely to come to, from the root of the sum of their squares and from their sum."""
    return np.minimum(total, np.maximum(_SPREAD * root, _SHARE * total))


def magnitude(value: arb) -> int | None:
    """The e with 2**(e - 1) <= abs value < 2**e; None for 0."""
    mantissa, exponent = math.frexp(float(value))  # of the middle; a power of two may have come by rounding
    if 0.5 < abs(mantissa) < 1 and exponent > _NORMAL:
        return exponent
    middle = value.mid()
    if not middle.is_finite() or middle.is_zero():
        return None
    mantissa, exponent = middle.man_exp()
    return int(abs(mantissa)).bit_length() + int(exponent)


@lru_cache(maxsize=1 << 13)
def power(exponent: int) -> arb:
    return arb(2) ** exponent


_NORMAL = -1000  # exponents above it are those of normal doubles
_HUGE = 10**9  # the exponential of more than this is out of every range


def _at_infinity(op: str, positive: bool) -> arb:
    value = OPERATIONS[op].ends[positive]
    return NAN if value is sp.nan else constant_ball(sp.sympify(value))


@dataclass(frozen=True)
class Truth:
    """The exact value and slope of a function at a point, with the units that errors are counted in."""

    point: float
    value: arb
    slope: arb
    allowed: float  # what half a unit in the last place of the input moves the value by, in units of the value
    unit: int  # the exponent of the unit in the last place of the value

    @classmethod
    def at(cls, form: Form, point: float, out: Format) -> Truth | None:
        """None where the form cannot be enclosed at the point."""
        for bits in (BITS, 4 * BITS, 24 * BITS):
            with ctx.workprec(bits):
                value, slope = form.series(arb(point), 2)
                if not value.is_finite():
                    continue
                size = magnitude(value)
                if value.is_zero() or value.rel_accuracy_bits() > 80 or value.abs_upper() < power(out.least - 40):
                    break
        else:
            return None
        unit = out.least if size is None else out.ulp(size)
        if not slope.is_finite():
            return cls(point, value.mid(), arb(0), 0.0, unit)
        input_size = math.frexp(point)[1]
        share = abs(slope.mid()) * power(out.ulp(input_size) - 1 - unit)
        return cls(point, value.mid(), slope.mid(), min(_float(share), _MOST_ALLOWED), unit)


def _float(value: arb) -> float:
    return float(value) if value.is_finite() else math.inf  # of the middle


class Estimator:
    """The error of a program of one output, in units in the last place beyond what the input's rounding explains."""

    def __init__(self, program: Program, work: Format, out: Format):
        self.program, self.work, self.out = program, work, out
        self.divisors = [s.args[1] for s in program.steps if s.op == "div" and program.steps[s.args[1]].op != "const"]
        self._under = self._needed(self.divisors)
        self._whole = range(len(program.steps))
        self._values: dict[float, list[arb]] = {}
        self._excess: dict[float, tuple[float, float]] = {}
        with ctx.workprec(BITS):
            self.constants = {
                k: constant_ball(s.value)
                for k, s in enumerate(program.steps)
                if s.op == "const" and s.value is not None
            }
            self.inexact = {k for k, ball in self.constants.items() if not self._fits(ball)}
            # The step that holds what a product or a sum was rounded by, beside the step that it mends.
            tails = {(s.op, s.args): k for k, s in enumerate(program.steps) if s.op in ("mul_tail", "add_tail")}
            self.tails = {k: tails.get((f"{s.op}_tail", s.args)) for k, s in enumerate(program.steps)}
            self.mended = {tail: k for k, tail in self.tails.items() if tail is not None}
            self.doubling = {k for k, ball in self.constants.items() if self._power_of_two(ball)}
        self._rules = [_rule(k, step.op, step.args, self.constants) for k, step in enumerate(program.steps)]
        self.owned = [self._own(k, step.op, step.args) for k, step in enumerate(program.steps)]
        self.moving = [step.op != "x" for step in program.steps]
        self.leaves = bool(tails) or any(step.op == "bounded" for step in program.steps)

    def _needed(self, wanted: Sequence[int]) -> list[int]:
        """The steps that some steps rest on, these among them, in order."""
        found, todo = set(wanted), list(wanted)
        while todo:
            new = [a for a in self.program.steps[todo.pop()].args if a not in found]
            found.update(new)
            todo += new
        return sorted(found)

    def _fits(self, ball: arb) -> bool:
        """Is a constant a number of the working format?"""
        if ball.is_zero() or not ball.is_finite():
            return True
        if not ball.is_exact():
            return False
        mantissa, exponent = ball.man_exp()
        return int(abs(mantissa)).bit_length() <= self.work.bits and int(exponent) >= self.work.least

    @staticmethod
    def _power_of_two(ball: arb) -> bool:
        return bool(ball.is_exact() and ball.is_finite() and not ball.is_zero() and abs(int(ball.man_exp()[0])) == 1)

    def know(self, found: Mapping[float, tuple[float, float]]) -> None:
        """Takes estimates at some points for known."""
        self._excess |= found

    def knows(self, truth: Truth) -> bool:
        """Is the estimate at a point known?"""
        return truth.point in self._excess

    def excess(self, truth: Truth) -> tuple[float, float]:
        """The estimate at a point, and the same if every error is at its worst and none makes up for another.

        Infinity where a step leaves the range of the working format.
        """
        if truth.point not in self._excess:
            with ctx.workprec(BITS):
                self._excess[truth.point] = self._beyond(truth)
        return self._excess[truth.point]

    def _beyond(self, truth: Truth) -> tuple[float, float]:
        values = self.values(truth.point)
        result = values[self.program.outputs[0]]
        if not abs(truth.value) < power(self.out.most):
            right = result.is_finite() and abs(result) > power(self.out.most - 1) or abs(result) == arb("inf")
            return (0.0, 0.0) if right and (result > 0) == (truth.value > 0) else (math.inf, math.inf)
        if not result.is_finite():
            return math.inf, math.inf
        likely, most = self._backward(values, truth.unit)
        beside = self.beside(truth, result)
        if math.isnan(most) or math.isnan(beside):
            return math.inf, math.inf
        return max(0.0, likely + beside), max(0.0, most + beside)

    @staticmethod
    def beside(truth: Truth, result: arb) -> float:
        """What an error that is no matter of rounding comes to, less what the input's rounding explains."""
        return _KNOWN * _float(abs(result - truth.value) * power(-truth.unit)) - truth.allowed

    def values(self, point: float) -> list[arb]:
        """The exact value of every step, as below, computed once."""
        if point not in self._values:
            self._values[point] = self._forward(point)
        return self._values[point]

    def poles(self, points: Sequence[float]) -> Iterator[float]:
        """Where a divisor changes its sign between two of these points, which are in order."""
        if not self.divisors:
            return
        with ctx.workprec(BITS):
            found = [self._forward(point, self._under) for point in points]
            for (low, high), (first, last) in zip(pairwise(points), pairwise(found), strict=True):
                for k in self.divisors:
                    if first[k] > 0 > last[k] or first[k] < 0 < last[k]:
                        yield self._pole(k, low, high, bool(first[k] > 0))

    def _pole(self, k: int, low: float, high: float, falling: bool) -> float:
        needed = self._needed([k])
        for _ in range(_HALVINGS):
            middle = low / 2 + high / 2
            value = self._forward(middle, needed)[k]
            if middle in (low, high) or not (value > 0 or value < 0):
                return middle
            low, high = (middle, high) if bool(value > 0) == falling else (low, middle)
        return low

    def _forward(self, point: float, needed: Collection[int] | None = None) -> list[arb]:
        """The exact value of every step, infinite where it leaves the range of the working format.

        Of some steps only where some are `needed`: the others are NaN.
        """
        at, values, rules = arb(point), [NAN] * len(self._rules), self._rules
        top, inside = power(self.work.most), 2.0 ** (min(self.work.most, 1023) - 1)
        for k in self._whole if needed is None else needed:
            value = rules[k](values, at)
            if value.is_finite():
                value = value.mid()
                if not -inside < float(value) < inside and not abs(value) < top:
                    value = arb("inf") if value > 0 else arb("-inf")
            values[k] = value
        return values

    def _backward(self, values: list[arb], unit: int) -> tuple[float, float]:
        """What the steps' own errors make of the result, in units of the result: what is likely, and their sum.

        Errors are likely to add up like independent ones.
        """
        output = self.program.outputs[0]
        dropped = self._dropped(values) if self.leaves else ()
        weight: list[arb | None] = [None] * len(values)
        weight[output] = power(-unit)
        squares = total = most = 0.0
        for k in range(len(values) - 1, -1, -1):
            w = weight[k]
            if w is None:
                continue
            step, value = self.program.steps[k], values[k]
            own = self.owned[k]
            if own and (size := magnitude(value)) is not None:
                share = self._share(own, size, value, self._unmended(k, w, weight))
                squares, total = squares + share**2, total + share
                most += share * (worst(step.op, own) / own)
            if not step.args or k in dropped or not value.is_finite():
                continue
            for a, part in zip(step.args, _shares(step.op, [values[a] for a in step.args], value, w), strict=True):
                if part is not None and self.moving[a]:
                    before = weight[a]
                    weight[a] = part if before is None else before + part
        return float(combined(math.sqrt(squares), total)), most

    def _dropped(self, values: list[arb]) -> set[int]:
        """The tails that may be too large to be kept: what rounding left is 0 in exact arithmetic, and told by size."""
        left: dict[int, float] = {}
        dropped: set[int] = set()
        for k, step in enumerate(self.program.steps):
            if step.op in ("mul_tail", "add_tail"):
                size = magnitude(values[self.mended[k]])
                left[k] = _float(power(self.work.ulp(self.work.least if size is None else size) - 1))
            elif step.op == "mul" and (tail := next((a for a in step.args if a in left), None)) is not None:
                left[k] = left[tail] * _float(abs(values[step.args[step.args[0] == tail]]))
            elif step.op == "add" and any(a in left for a in step.args):
                left[k] = sum(left[a] if a in left else _float(abs(values[a])) for a in step.args)
            elif step.op == "bounded" and not left.get(step.args[0], 0.0) < BOUNDED:
                dropped.add(k)
        return dropped

    def _share(self, own: float, size: int, value: arb, w: arb) -> float:
        """What an error of so many units in the last place of a step makes of the result."""
        unit, weight = self.work.ulp(size), float(w)
        if size > self.work.least + self.work.bits and abs(math.frexp(weight)[1] + unit) < -_NORMAL:
            if 2.0**_NORMAL < abs(weight) < 2.0**-_NORMAL:
                return min(math.ldexp(abs(weight) * own, unit), MOST_SHARE)
        # What is far below the least number becomes 0: the error is then the value itself.
        error, whole = own * power(unit), abs(value)
        return min(_float(abs(w) * (error if error < whole else whole)), MOST_SHARE)

    def _unmended(self, k: int, w: arb, weight: list[arb | None]) -> arb:
        """The weight of a step, less that of the step that holds its rounding error."""
        tail = self.tails[k]
        found = None if tail is None else weight[tail]
        return w if found is None else w - found

    def _own(self, k: int, op: str, args: tuple[int, ...]) -> float:
        if op == "const":
            return 0.5 if k in self.inexact else 0.0
        if op in ("mul", "div") and (args[-1] in self.doubling or op == "mul" and args[0] in self.doubling):
            return 0.0
        if op == "add" and args[0] == args[1]:
            return 0.0
        return _OWN.get(op, _FUNCTION)


Rule = Callable[[list[arb], arb], arb]


def _rule(k: int, op: str, args: tuple[int, ...], constants: Mapping[int, arb]) -> Rule:
    """One step as a function of the values so far and of the input; which one it is, is settled once for a program."""
    if op == "x":
        return lambda values, at: at
    if op == "const":
        return lambda values, at: constants[k]
    if op in ("mul_tail", "add_tail"):
        return lambda values, at: arb(0)
    first, last = args[0], args[-1]
    if op == "add":
        return lambda values, at: values[first] + values[last]
    if op == "sub":
        return lambda values, at: values[first] - values[last]
    if op == "mul":
        return lambda values, at: values[first] * values[last]
    if op == "div":
        return lambda values, at: _quotient(values[first], values[last])
    if op == "neg":
        return lambda values, at: -values[first]
    if op == "abs":
        return lambda values, at: abs(values[first])
    if op == "bounded":
        return lambda values, at: values[first] if abs(values[first]) < BOUNDED else arb(0)
    if op == "min":
        return lambda values, at: values[first] if values[first] < values[last] else values[last]
    if op == "max":
        return lambda values, at: values[first] if values[first] > values[last] else values[last]
    return lambda values, at: _applied(op, values[first])


def _quotient(top: arb, bottom: arb) -> arb:
    if bottom.is_zero():
        return NAN
    return arb(0) if not bottom.is_finite() and top.is_finite() else top / bottom


def _applied(op: str, u: arb) -> arb:
    if not u.is_finite() and not u.is_nan() or OPERATIONS[op].steep and abs(u) > _HUGE:
        return _at_infinity(op, bool(u > 0))
    return BALL[op](u)


def _shares(op: str, args: list[arb], value: arb, w: arb) -> Sequence[arb | None]:
    """What of the weight of a step comes to its arguments: the slope by each times the weight, where it is finite."""
    if op == "add":
        return w, w
    if op == "sub":
        return w, -w
    if op == "mul":
        return _times(args[1], w), _times(args[0], w)
    if op == "div":
        return _times(1 / args[1], w), _times(-value / args[1], w)
    if op in ("mul_tail", "add_tail"):
        return None, None
    if op == "bounded":
        return (w,)
    if op == "neg":
        return (-w,)
    if op == "abs":
        return (w if args[0] >= 0 else -w,)
    if op == "min":
        return (w, None) if args[0] < args[1] else (None, w)
    if op == "max":
        return (w, None) if args[0] > args[1] else (None, w)
    return (_times(FACTOR[op](args[0], value), w),)


def _times(slope: arb, w: arb) -> arb | None:
    return slope * w if slope.is_finite() else None


def sides(value: sp.Expr, work: Format) -> tuple[float, float]:
    """The numbers of a format next to a constant, below and above; twice the same where it is one."""
    if value.is_infinite:
        return float(value), float(value)
    with ctx.workprec(200):
        ball = constant_ball(value)
        if not ball.is_finite():
            raise Undecided(f"{value} has no finite value")
        near = work.nearest(float(ball.mid()))
        if ball.contains(arb(near)):
            return near, near
        kind = np.dtype(work.name).type if work.bits <= _BITS_OF_INPUTS else np.float64
        other = float(np.nextafter(kind(near), kind(math.inf if ball.mid() > near else -math.inf)))
        return min(near, other), max(near, other)


def short_words(value: sp.Expr, work: Format) -> tuple[sp.Rational, ...]:
    """A constant in words so short that their products with whole numbers of `COUNTED` bits are exact."""
    size = work.bits - COUNTED[work.bits]
    found: list[sp.Rational] = []
    with ctx.workprec(_BITS_OF_WORDS):
        rest = constant_ball(value)
        for _ in range(_WORDS):
            if rest.contains(0):
                break
            top, exponent = (int(part) for part in rest.mid().man_exp())
            drop = max(abs(top).bit_length() - size, 0)
            word = (abs(top) >> drop << drop) * (1 if top > 0 else -1)
            found.append(sp.Integer(word) * sp.Integer(2) ** exponent)
            rest -= arb((word, exponent))
    return tuple(found)


def fixed(value: sp.Expr) -> float:
    """A constant as the nearest double; an infinity is itself."""
    if value is sp.nan or value.is_infinite:
        return float(value)
    with ctx.workprec(200):
        ball = constant_ball(value)
        if not ball.is_finite():
            raise Undecided(f"{value} has no finite value")
        return float(ball.mid())

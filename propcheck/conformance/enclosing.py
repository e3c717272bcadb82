"""The exact values of a derivative at many inputs, each between two numbers that ball arithmetic proves.

A ball that does not settle which number of the format is the nearest is computed again at three times its precision;
where the value is rational that ends in exact arithmetic, so that ties end too. What then is not settled is said to be
so, and is never filled in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.conformance.patterns import nearest
from propcheck.language import X
from propcheck.numeric.formats import Format
from propcheck.numeric.truth import Oracle, Reference, enclosed
from propcheck.pieces.piece import Piece
from propcheck.processes.precision import alone

_BITS = 24  # beyond those of the format, in the first attempt
_MOST_BITS = 6000
_TINY = 5e-324  # the least double: what stands for a size below it
_MANY = 500  # inputs, of which all lack digits where terms cancel
_RUN = 64  # inputs that are enclosed by one ball, to begin with


@dataclass(frozen=True)
class Enclosed:
    """Exact values, each within `radius` of `high` + `low` (doubles), and `rounded` to the format; the slopes there.

    `rounded` is the proved nearest number where `settled`; NaN where there is none, and where it is not known. At a
    breakpoint the slopes are those of one side or NaN; `slope` is a double without a bound, for what is told of errors.
    """

    high: np.ndarray
    low: np.ndarray
    radius: np.ndarray
    rounded: np.ndarray
    settled: np.ndarray
    slope: np.ndarray


@alone
def enclosed_at(
    activation: Activation, order: int, inputs: np.ndarray, form: Format, kink: str = "catalogue", slopes: bool = True
) -> Enclosed:
    """The derivative of an order at inputs, which are doubles that the format has.

    At a kink a derivative takes the value of the convention `kink`; at an infinity the limit, NaN where there is none.
    The sign of an exact 0 is that of the nearest other value on the side of the input at +0 and -0, else plus.
    """
    reference = Reference(activation, order, form)
    count = len(inputs)
    nan = np.full(count, np.nan)
    zero = np.zeros(count)
    made = Enclosed(nan, zero, zero.copy(), nan.copy(), np.zeros(count, bool), nan.copy())
    if activation.wave is not None:
        _returning(Oracle(activation, order, kink, np.dtype(np.float64), reference), inputs, slopes, made)
        _zeros(inputs, reference, made)
        return made
    _special(activation, order, inputs, reference, kink, made)
    place = _places(inputs, reference)
    for index, piece in enumerate(reference.pieces):
        chosen = np.flatnonzero((place == index) & np.isfinite(inputs))
        if piece is None:
            made.settled[chosen] = True
        elif chosen.size:
            chosen = chosen[np.argsort(inputs[chosen], kind="stable")]
            _Inside(piece, order, form, slopes).fill(inputs, chosen, made)
    _zeros(inputs, reference, made)
    return made


def _places(inputs: np.ndarray, reference: Reference) -> np.ndarray:
    """The piece that each input lies in; -1 at a breakpoint."""
    lows = np.array([low for low, _ in reference.marks])
    made = np.searchsorted(lows, inputs, side="left")
    for low, high in reference.marks:
        if low == high:
            made[inputs == low] = -1
    return made


def _special(
    activation: Activation, order: int, inputs: np.ndarray, reference: Reference, kink: str, made: Enclosed
) -> None:
    """NaN, the infinities and the breakpoints."""
    made.settled[np.isnan(inputs)] = True
    oracle = Oracle(activation, order, kink, np.dtype(np.float64), reference)
    met = {low for low, high in reference.marks if low == high}
    for x in (-math.inf, *sorted(met), math.inf):
        at = np.flatnonzero(inputs == x)
        if at.size:
            value = _limit(reference, x) if math.isinf(x) else oracle.at(x)
            made.rounded[at] = made.high[at] = value
            made.settled[at] = not math.isnan(value) or math.isinf(x) or reference.truth(x).nothing


def _returning(oracle: Oracle, inputs: np.ndarray, slopes: bool, made: Enclosed) -> None:
    """The values of a function that comes back, one after the other: each in its own period."""
    reference = oracle.reference
    for k, x in enumerate(inputs.tolist()):
        here = reference.here(x)
        piece = here.inside(x) if math.isfinite(x) else None
        if piece is None:
            value = math.nan if math.isnan(x) else oracle.at(x)
            made.rounded[k] = made.high[k] = value
            made.settled[k] = not math.isnan(value) or not math.isfinite(x) or reference.truth(x).nothing
            continue
        bits = reference.form.bits + _BITS
        while bits < _MOST_BITS:
            with ctx.workprec(bits):
                ball = here.ball(piece, arb(x))
                below, above = (reference.form.rounded(end) for end in (ball.lower(), ball.upper()))
                if ball.is_finite() and below == above:
                    made.high[k], made.settled[k] = float(ball.mid()), True
                    made.low[k] = float(ball.mid() - arb(made.high[k])) if math.isfinite(made.high[k]) else 0.0
                    made.radius[k] = float(ball.rad()) * (1 + 1e-9) + _TINY
                    made.rounded[k] = below if below else math.copysign(0.0, -1 if ball < 0 else 1)
                    break
            bits *= 3
        if slopes:
            with ctx.workprec(2 * reference.form.bits + _BITS + max(math.frexp(x)[1], 0)):
                made.slope[k] = float(here.slope(piece, arb(x)).mid())


def _limit(reference: Reference, x: float) -> float:
    """The limit at an infinity, correctly rounded; NaN where there is none or none was found."""
    piece = reference.pieces[-1 if x > 0 else 0]
    if piece is None:
        return math.nan
    try:
        value = piece.limit(piece.upper if x > 0 else piece.lower, reference.order)
    except Undecided:
        return math.nan
    return reference.constant(value) if value.is_extended_real else math.nan


def _zeros(inputs: np.ndarray, reference: Reference, made: Enclosed) -> None:
    """The sign of the zeros at +-0 and at the infinities: that of the function beside them."""
    form = reference.form
    for x in (0.0, -0.0, math.inf, -math.inf):
        side = math.copysign(1.0, x)
        at = np.flatnonzero((inputs == x) & (np.signbit(inputs) == (side < 0)) & (made.rounded == 0))
        if at.size:
            beside = side * (2.0**form.least if x == 0 else form.number(form.last))
            made.rounded[at] = math.copysign(0.0, _sign(reference, beside))


def _sign(reference: Reference, x: float) -> int:
    """The sign of the exact value at a number of the format; plus where it is 0 or not found."""
    reference = reference.here(x)
    piece = reference.inside(x)
    bits = reference.form.bits + _BITS
    while piece is not None and bits < _MOST_BITS:
        with ctx.workprec(bits):
            ball = reference.ball(piece, arb(x))
        if ball > 0 or ball < 0:
            return 1 if ball > 0 else -1
        bits *= 3
    return 1


@dataclass(frozen=True)
class _Inside:
    """The values of a derivative inside one piece."""

    piece: Piece
    order: int
    form: Format
    slopes: bool

    def fill(self, inputs: np.ndarray, chosen: np.ndarray, made: Enclosed) -> None:
        """Puts in what is found at the chosen inputs, which rise."""
        form = compile_form(self.piece.derivative(self.order), X, self.piece.removable)
        left = chosen
        bits = self.form.bits + _BITS
        if not self.slopes and chosen.size > 4 * _RUN:
            left = self._runs(form, inputs, chosen, made)
        while left.size and bits < _MOST_BITS:
            left = self._pass(form, bits, inputs, left, made)
            bits *= 9 if left.size > _MANY else 3
            if 0 < left.size < _MANY and bits > 4 * self.form.bits or bits > _MOST_BITS / 2:
                left = self._rational(inputs, left, made)

    def _runs(self, form: Form, inputs: np.ndarray, chosen: np.ndarray, made: Enclosed) -> np.ndarray:
        """Puts in what one ball settles for many inputs, as where a function has reached its limit; what is left."""
        left = []
        with ctx.workprec(self.form.bits + _BITS):
            for run in np.array_split(chosen, chosen.size // _RUN):
                ball = form.ball(arb(float(inputs[run[0]])).union(arb(float(inputs[run[-1]]))))
                value = self._number(ball)
                if value is None or not (ball > 0 or ball < 0):
                    left.append(run)
                else:
                    made.rounded[run] = value if value else math.copysign(0.0, 1 if ball > 0 else -1)
                    made.high[run] = made.rounded[run]
                    made.settled[run] = True
        return np.concatenate(left) if left else chosen[:0]

    def _number(self, ball: arb) -> float | None:
        """The number of the format that every value of a ball rounds to."""
        if not ball.is_finite():
            return None
        low = self.form.rounded(ball.lower())
        return low if low == self.form.rounded(ball.upper()) else None

    def _pass(self, form: Form, bits: int, inputs: np.ndarray, left: np.ndarray, made: Enclosed) -> np.ndarray:
        """One attempt at a precision; what it does not settle."""
        balls: list[arb] = []
        with ctx.workprec(bits):
            for k, x in zip(left.tolist(), inputs[left].tolist(), strict=True):
                ball, slope = self._ball(form, arb(x), k, made)
                balls.append(ball)
                if slope is not None:
                    made.slope[k] = float(slope.mid()) if slope.is_finite() else math.nan
            middles = [ball.mid() for ball in balls]
            high = np.array([float(m) for m in middles])
            radius = np.array([float(ball.rad()) for ball in balls]) * (1 + 1e-9) + _TINY
            small = np.flatnonzero(high == 0)
            high[small] = [_TINY * ((middles[k] > 0) - (middles[k] < 0)) for k in small.tolist()]
            low = np.zeros_like(high)
            if self.form.bits > 24:
                pairs = zip(middles, high.tolist(), strict=True)
                low = np.array([float(middle - arb(h)) if math.isfinite(h) else 0.0 for middle, h in pairs])
            settled = np.zeros(left.size, bool)
            values = np.full(left.size, np.nan)
            if self.form.bits <= 24:  # doubles tell
                with np.errstate(all="ignore"):
                    slack = radius + np.abs(high) * 2.0**-52 + _TINY
                    below, above = nearest(high - slack, self.form), nearest(high + slack, self.form)
                    settled = np.isfinite(high) & (below == above)
                values[settled] = np.where(below == 0, np.copysign(0.0, high), below)[settled]
            for k in np.flatnonzero(~settled).tolist():
                found = self._number(balls[k])
                if found is not None:
                    settled[k], values[k] = True, found if found else math.copysign(0.0, high[k])
        made.high[left], made.low[left], made.radius[left] = high, low, radius
        made.rounded[left], made.settled[left] = values, settled
        return left[~settled]

    def _ball(self, form: Form, x: arb, k: int, made: Enclosed) -> tuple[arb, arb | None]:
        """The ball at a point, and the slope where that is wanted and not there yet."""
        if self.slopes and math.isnan(made.slope[k]):
            ball, slope = form.series(x, 2)
        else:
            ball, slope = form.ball(x), None
        return (ball if ball.is_finite() else enclosed(self.piece, self.order, x)), slope

    def _rational(self, inputs: np.ndarray, left: np.ndarray, made: Enclosed) -> np.ndarray:
        """Settles what is rational by exact arithmetic, and what is next to a tie by its distance; the rest is left."""
        expr = self.piece.derivative(self.order)
        rest = []
        for k in left.tolist():
            value = exactly(expr, Fraction(float(inputs[k])))
            if value is not None:
                made.rounded[k], made.settled[k] = rounded(value, self.form), True
            elif (near := self._beside_tie(expr, float(inputs[k]), float(made.high[k]))) is not None:
                made.rounded[k], made.settled[k] = near, True
            else:
                rest.append(k)
        return np.array(rest, left.dtype)

    def _beside_tie(self, expr: sp.Expr, x: float, high: float) -> float | None:
        """The nearest number where the value is as good as halfway between two: its distance from there has a sign.

        Written as one constant it cancels exactly: x - tanh(x) - 2049 at 2050 is 1 - tanh(2050), which is positive.
        """
        if not math.isfinite(high) or self.form.bits > 24:
            return None
        place = self.form.place(float(nearest(np.array([high]), self.form)[0]))
        if abs(place) >= self.form.last:
            return None
        ends = [self.form.number(place + step) for step in (-1, 0, 1)]
        pair = ends[:2] if high < ends[1] else ends[1:]
        middle = (Fraction(pair[0]) + Fraction(pair[1])) / 2
        point = sp.Rational(*x.as_integer_ratio())
        with ctx.workprec(200):
            ball = constant_ball(expr.xreplace({X: point}) - sp.Rational(middle.numerator, middle.denominator))
            far = abs(ball) > arb(abs(pair[1] - pair[0]))
        return None if far or not (ball > 0 or ball < 0) else pair[1] if ball > 0 else pair[0]


def rounded(value: Fraction, form: Format) -> float:
    """A fraction, correctly rounded."""
    if value == 0:
        return 0.0
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > size
    unit = max(exponent, form.lowest) - form.bits + 1
    whole = round(size / Fraction(2) ** unit)
    if whole * Fraction(2) ** unit >= Fraction(2) ** form.most:
        return math.copysign(math.inf, value)
    return math.copysign(math.ldexp(whole, unit), value)


def exactly(expr: sp.Expr, x: Fraction) -> Fraction | None:
    """The value of an expression at a rational, by rational arithmetic; None where a step has no rational value.

    >>> exactly(X**2 / (1 + sp.sqrt(X)), Fraction(4))
    Fraction(16, 3)
    """
    if expr == X:
        return x
    if isinstance(expr, sp.Rational):
        return Fraction(int(expr.p), int(expr.q))
    parts: list[Fraction] = []
    if not isinstance(expr, sp.Add | sp.Mul | sp.Pow):
        return _known(expr, x)
    if isinstance(expr, sp.Pow):
        return _power(expr, x)
    for arg in expr.args:
        value = exactly(arg, x)
        if value is None:
            return None
        parts.append(value)
    if isinstance(expr, sp.Add):
        return sum(parts, Fraction(0))
    return math.prod(parts, start=Fraction(1))


def _power(expr: sp.Expr, x: Fraction) -> Fraction | None:
    base = exactly(expr.args[0], x)
    exponent = expr.args[1]
    if base is None or not isinstance(exponent, sp.Rational) or (base == 0 and exponent.p < 0):
        return None
    top, bottom = int(exponent.p), int(exponent.q)
    if abs(top) > 64 or bottom > 8 or (base < 0 and bottom > 1):
        return None
    if bottom == 1:
        return base**top
    roots = [_root(part, bottom) for part in (base.numerator, base.denominator)]
    return None if None in roots else Fraction(*roots) ** top  # type: ignore[arg-type]


def _root(value: int, degree: int) -> int | None:
    """The root of a whole number where it is whole."""
    found, exact = sp.integer_nthroot(value, degree)
    return int(found) if exact else None


_AT_ZERO = {head: 0 for head in (sp.sin, sp.tan, sp.tanh, sp.sinh, sp.atan, sp.asinh, sp.erf)}
_AT_ZERO |= {head: 1 for head in (sp.exp, sp.cos, sp.cosh, sp.erfc)}


def _known(expr: sp.Expr, x: Fraction) -> Fraction | None:
    """The value of a function at the one rational where it is known to be rational."""
    if len(expr.args) != 1:
        return None
    inner = exactly(expr.args[0], x)
    if inner is None:
        return None
    if isinstance(expr, sp.log):
        return Fraction(0) if inner == 1 else None
    found = _AT_ZERO.get(type(expr))
    return Fraction(found) if inner == 0 and found is not None else None


def unsettled(made: Enclosed, inputs: np.ndarray, most: int = 3) -> Iterator[str]:
    """The first inputs at which the rounded value is not proved, as texts."""
    for k in np.flatnonzero(~made.settled)[:most].tolist():
        yield repr(float(inputs[k]))

"""The graph of an activation and of its derivatives, sampled piece by piece.

A piece is sampled on its own, from its limit at one end to that at the other, so that no jump is ever joined. Points
are added where the curve between two lies off their chord by more than the eye can see.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import sympy as sp
from flint import ctx

from propcheck.activation import Activation, from_expression
from propcheck.analysis.parts import parts_of
from propcheck.analysis.shape import breakpoints
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.signs import same
from propcheck.curves import described, rounded
from propcheck.numeric import compile, sketched
from propcheck.pieces.piece import Piece
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

SCHEMA = "propcheck.curves/1"
_TRIED, _DIGITS = 24, 20  # places at which a quick form is held against so many digits
ORDERS = (0, 1)
START = 32  # intervals that a piece begins with
VISIBLE = 1 / 1500  # of the height of the picture
# Where the chord of an interval is tested: at one place alone, some chords through inflexions would pass.
TESTED = np.array([1 / 3, 2 / 3])
MOST_PIECES = 64  # of a function that comes back which are drawn
DEEPEST, MOST = 14, 3000  # divisions of an interval, points of a piece
NARROWEST = 1e-9  # pieces that are drawn, as a share of the picture
USUAL, LEAST = 5.0, 3.0  # how far a picture goes to one side, usually and at least
FAR = 1e3  # where features are looked for
ROUND = (3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 400, 500, 800, 1000, 1250)
SETTLED = 0.015  # the share of the slope's variation that may lie outside the picture
SHOWN_BREAKS = 12  # breakpoints that the picture has to reach; of more, the nearest to 0
_BITS = 96

Array = np.ndarray
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Mark:
    """A breakpoint of a curve: its one-sided limits and the value there; None where there is none.

    Where all three are the same the curve has a corner.
    """

    at: float
    left: float | None
    right: float | None
    value: float | None

    def to_json(self) -> dict[str, Any]:
        return {name: rounded(number) for name, number in vars(self).items()}

    @property
    def is_pole(self) -> bool:
        """Does the curve go to infinity here?"""
        return any(side is not None and math.isinf(side) for side in (self.left, self.right))


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a curve without a gap. `resolved`: do its points show every turn of it?"""

    x: Array
    y: Array
    resolved: bool

    def to_json(self) -> dict[str, Any]:
        return {"x": [rounded(x) for x in self.x], "y": [rounded(y) for y in self.y]}


@dataclass(frozen=True)
class View:
    """What is looked at of a curve: from `low` to `high`; a difference of VISIBLE times `height` can be seen."""

    low: float
    high: float
    height: float

    def off(self, first: Array, second: Array) -> Array:
        """Can two values be told apart?"""
        with np.errstate(invalid="ignore", over="ignore"):
            apart = np.abs(np.clip(first, self.low, self.high) - np.clip(second, self.low, self.high))
        return apart > VISIBLE * self.height


@alone
def graph(
    activation: Activation, span: tuple[float, float] | None = None, orders: Sequence[int] = ORDERS
) -> dict[str, Any]:
    """The curves of derivatives of some orders on a span of x; without one, on a span that shows their features.

    A random activation shows its mean function, and `deviation` has the curve of its standard deviation.
    """
    (made,) = graphs([activation], span, orders)
    return made


@alone
def graphs(
    activations: Sequence[Activation], span: tuple[float, float] | None = None, orders: Sequence[int] = ORDERS
) -> list[dict[str, Any]]:
    """The graphs of several activations on one span; without one, on a span that shows the features of all."""
    if span is None:
        spans = [reach(activation) for activation in activations]
        span = min(lower for lower, _ in spans), max(upper for _, upper in spans)
    return [_graph(activation, *_checked(span), orders) for activation in activations]


def _check_pieces(activation: Activation) -> None:
    if not activation.pieces:
        raise InputError(f"there is no curve of {activation.name}: {activation.trouble or 'it has no pieces'}")


def _graph(activation: Activation, lower: float, upper: float, orders: Sequence[int]) -> dict[str, Any]:
    shown = _within(activation, lower, upper)
    _check_pieces(shown)
    curves = [_curve(shown, order, lower, upper) for order in orders]
    if not any(curve["stretches"] or curve["marks"] for curve in curves):
        raise InputError(
            f"there is no curve of {activation.name} from {lower:g} to {upper:g}: it has no values there; "
            "give another range"
        )
    out: dict[str, Any] = {
        "schema": SCHEMA,
        "activation": described(activation),
        "span": [rounded(lower), rounded(upper)],
        "curves": curves,
    }
    return out | ({"deviation": _deviation(activation, lower, upper)} if activation.noise is not None else {})


def _within(activation: Activation, lower: float, upper: float) -> Activation:
    """The function on a span, where it has endless pieces, and comes back if there are poles; else as it is."""
    if not activation.trouble or (activation.wave is None and activation.undefined):
        return activation
    try:
        made = activation.seen(sp.Rational(lower), sp.Rational(upper))
    except Undecided:
        return activation
    if len(made.pieces) > MOST_PIECES:
        raise InputError(
            f"{activation.name} has {len(made.pieces)} pieces from {lower:g} to {upper:g}, and {MOST_PIECES} are drawn "
            "at most; give a shorter range"
        )
    return made


def _checked(span: tuple[float, float]) -> tuple[float, float]:
    lower, upper = span
    if not (-1e15 < lower < upper < 1e15 and upper - lower > 1e-6 * max(1.0, abs(lower), abs(upper))):
        raise InputError(
            f"a range goes from a number to a larger one, such as -6 to 6, not from {lower:g} to {upper:g}"
        )
    return float(lower), float(upper)


def _function(activation: Activation, order: int) -> Function:
    quick, exact = sketched(activation, order), compile(activation, order=order, backend="mpmath", digits=_DIGITS)
    good = [quick is not None]

    def values(x: Array) -> Array:
        """By the form as it is planned, as long as it is right at some of the places; else by that which was tried."""
        with np.errstate(all="ignore"):
            x = np.asarray(x, float)
            if good[0]:
                made = quick(np.ascontiguousarray(x.reshape(-1))).reshape(x.shape)
                good[0] = _right(made.reshape(-1), x.reshape(-1), exact)
                if good[0]:
                    return made
            return np.asarray(compiled()(x), float)

    @cache
    def compiled() -> Any:
        return compile(activation, order=order, fast=False)  # the same numbers whatever else is installed

    return values


def _right(values: Array, x: Array, exact: Any) -> bool:
    """Are values as exact as a picture needs, at places all along it?"""
    places = np.unique(np.linspace(0, len(x) - 1, min(len(x), _TRIED)).astype(int))
    true = np.array([float(exact(float(at))) for at in x[places]])
    known = np.isfinite(true)
    off = np.abs(values[places][known] - true[known])
    scale = np.abs(true[known]) + 1e-6 * np.max(np.abs(true[known]), initial=0.0)
    return bool(np.all(np.isfinite(values[places]) == known) and np.all(off <= 1e-10 * scale + 1e-300))


# --- where to look ---------------------------------------------------------------------------------------------------


def reach(activation: Activation) -> tuple[float, float]:
    """As far to each side as the slope varies and breakpoints lie, and not much less than to the other side.

    Of a function with endless pieces that comes back, or of which a part does so, two periods or more.
    """
    if activation.trouble:
        try:
            wave = activation.wave or parts_of(activation).wave
        except Undecided:
            _check_pieces(_within(activation, -2 * LEAST, 2 * LEAST))
            return -2 * LEAST, 2 * LEAST
        length = float(sp.N(wave.length))
        far = min(_next(max(2 * length, LEAST)), 8 * length)
        return -far, far
    _check_pieces(activation)
    breaks = sorted((at for at in map(number, (p.at for p in activation.points)) if at is not None), key=abs)
    reached = [at for at in breaks[:SHOWN_BREAKS] if abs(at) <= FAR]
    slope, sides = _function(activation, 1), []
    for side in (-1, 1):
        far = max((1.25 * side * at for at in reached), default=0.0)
        sides.append(_next(max(far, _settles(slope, side), LEAST)))
    sides = [max(own, _next(other / 2)) for own, other in (sides, sides[::-1])]
    return _reached(activation, -sides[0], sides[1])


def _reached(activation: Activation, lower: float, upper: float) -> tuple[float, float]:
    """From end to end of the interval in view where it has both; beside one end as far as from 0."""
    first, last = map(number, activation.on or (-sp.oo, sp.oo))
    assert first is not None and last is not None
    if math.isinf(first) and math.isinf(last):
        return lower, upper
    width = upper - lower
    if math.isinf(first):
        return min(lower, last - width), last
    return first, max(upper, first + width) if math.isinf(last) else last


def _settles(slope: Function, side: int) -> float:
    """Where the slope has all but stopped to vary on one side of 0; USUAL where it never does."""
    grid = np.union1d(np.linspace(0, 20, 801)[1:], np.geomspace(1e-3, 10 * FAR, 1200))
    values = slope(side * grid)
    known = np.isfinite(values)
    if not known.all():
        return USUAL
    steps = np.abs(np.diff(values))
    total = float(steps.sum())
    if total == 0:
        return LEAST
    left = total - np.cumsum(steps)
    if left[np.searchsorted(grid, FAR)] > SETTLED * total:
        return USUAL
    return float(grid[1:][left <= SETTLED * total][0])


def _next(reach: float) -> float:
    return float(next((size for size in ROUND if size >= reach), ROUND[-1]))


# --- sampling --------------------------------------------------------------------------------------------------------


def _curve(activation: Activation, order: int, lower: float, upper: float) -> dict[str, Any]:
    marks = tuple(_marks(activation, order, lower, upper))
    view, found = _stretches(activation, order, lower, upper, marks)
    return {
        "order": order,
        "view": [rounded(end) for end in view],
        "stretches": [part.to_json() for part in found],
        "marks": [mark.to_json() for mark in marks],
        "resolved": all(part.resolved for part in found),
    }


def _stretches(
    activation: Activation, order: int, lower: float, upper: float, marks: Sequence[Mark]
) -> tuple[tuple[float, float], list[Stretch]]:
    """The stretches of a curve, and from where to where it is to be looked at: beside poles not all of it."""
    function = _function(activation, order)
    view = _view(function, lower, upper, any(mark.is_pole for mark in marks))
    found = [part for piece in activation.pieces for part in _sampled(piece, order, function, lower, upper, view)]
    ends = [float(end) for part in found for end in (part.y.min(), part.y.max())] or [view.low, view.high]
    return (max(min(ends), view.low), min(max(ends), view.high)), found


def _view(function: Function, lower: float, upper: float, poles: bool) -> View:
    values = function(np.linspace(lower, upper, 501))
    values = values[np.isfinite(values)]
    if not values.size:
        return View(-1.0, 1.0, 1.0)
    height = float(np.ptp(values)) or 1.0
    if not poles:
        return View(-math.inf, math.inf, height)
    low, high = (float(end) for end in np.percentile(values, (5, 95)))
    height = min(2 * (high - low) or 1.0, height)
    return View(low - height / 2, high + height / 2, height)


def _sampled(piece: Piece, order: int, function: Function, lower: float, upper: float, view: View) -> Iterable[Stretch]:
    """The stretches of one piece: several where values overflow in between."""
    ends = (_end(piece.lower), _end(piece.upper))
    start, stop = max(lower, ends[0]), min(upper, ends[1])
    if not stop - start > NARROWEST * (upper - lower):
        return
    x = _short(np.linspace(start, stop, START + 1))
    y = function(x)
    for place, end in ((0, piece.lower), (-1, piece.upper)):
        if ends[place] == (start, stop)[place]:
            y[place] = _limit(piece, end, order, function, start, stop)
    x, y, resolved = _refined(function, x, y, view)
    for part in _unbroken(x, y):
        yield Stretch(x[part], y[part], resolved)


def _refined(function: Function, x: Array, y: Array, view: View) -> tuple[Array, Array, bool]:
    """More points where a chord can be told from the curve, and whether none can be any more."""
    with np.errstate(invalid="ignore", over="ignore"):
        chord = y[0] + (y[-1] - y[0]) * ((x - x[0]) / (x[-1] - x[0]))
    if np.allclose(y, chord, rtol=1e-12, atol=1e-12 * view.height):
        return x[[0, -1]], y[[0, -1]], True
    places = np.arange(len(x) - 1)
    for _ in range(DEEPEST):
        fresh = _short(x[places, None] + TESTED * (x[places + 1] - x[places])[:, None])
        values = function(fresh)
        with np.errstate(invalid="ignore", over="ignore"):
            chords = y[places, None] + TESTED * (y[places + 1] - y[places])[:, None]
        off = (view.off(values, chords) & np.isfinite(values)).any(axis=1)
        if not off.any():
            return x, y, True
        if len(x) + fresh[off].size > MOST:
            return x, y, False
        kept = places[off]
        before = np.repeat(kept + 1, len(TESTED))
        x, y = np.insert(x, before, fresh[off].ravel()), np.insert(y, before, values[off].ravel())
        first = kept + len(TESTED) * np.arange(len(kept))
        places = (first[:, None] + np.arange(len(TESTED) + 1)).ravel()
    return x, y, False


def _unbroken(x: Array, y: Array) -> Iterable[Array]:
    """The places of the points, in runs between values that are no finite numbers."""
    for run in np.split(np.arange(len(x)), np.nonzero(~np.isfinite(y))[0]):
        run = run[np.isfinite(y[run])]
        if len(run) > 1:
            yield run


def _short(x: Array) -> Array:
    """The points as they are written down, so that the values belong to them."""
    return np.array([rounded(point) for point in x.ravel()], float).reshape(x.shape)


# --- breakpoints -----------------------------------------------------------------------------------------------------


def _marks(activation: Activation, order: int, lower: float, upper: float) -> Iterable[Mark]:
    """The breakpoints at which the curve jumps or has a corner."""
    for point, left, right in breakpoints(activation.pieces, activation.points):
        at = number(point.at)
        if at is None or not lower <= at <= upper:
            continue
        sides = [(_exact(left, point.at, k), _exact(right, point.at, k)) for k in range(order + 2)]
        joined = [_agree(*sides[0]) and _agree(sides[0][0], point.value), *(_agree(*pair) for pair in sides[1:])]
        if not all(joined):
            value = point.value if order == 0 else sides[order][0] if all(joined[: order + 1]) else None
            yield Mark(at, number(sides[order][0]), number(sides[order][1]), number(value))


@lru_cache(maxsize=512)
def _exact(piece: Piece | None, at: sp.Expr, order: int) -> sp.Expr | None:
    try:
        return None if piece is None else piece.limit(at, order)
    except Undecided:
        return None


def _agree(left: sp.Expr | None, right: sp.Expr | None) -> bool:
    """Are both limits known, finite and the same?"""
    return left is not None and right is not None and bool(left.is_finite and right.is_finite) and same(left, right)


def _limit(piece: Piece, end: sp.Expr, order: int, function: Function, start: float, stop: float) -> float:
    """The limit at an end of a piece; where none was found, a value beside it."""
    found = number(_exact(piece, end, order))
    if found is not None:
        return found
    inside = (stop - start) * 1e-7
    return float(function(np.array([start + inside if same(end, piece.lower) else stop - inside]))[0])


def _end(value: sp.Expr) -> float:
    found = number(value)
    assert found is not None
    return found


def number(value: sp.Expr | None) -> float | None:
    """An exact number as a double, or as an infinity; None where it is none."""
    if value is None:
        return None
    if value.is_infinite:
        return math.inf if value is sp.oo else -math.inf if value is -sp.oo else None
    with ctx.workprec(_BITS):
        ball = constant_ball(value)
    return float(ball.mid()) if ball.is_finite() else None


# --- noise -----------------------------------------------------------------------------------------------------------


def _deviation(activation: Activation, lower: float, upper: float) -> list[dict[str, Any]]:
    """The standard deviation of a random activation, stretch by stretch."""
    assert activation.noise is not None
    variance = from_expression(activation.noise.variance, activation.name)
    _, found = _stretches(variance, 0, lower, upper, ())
    return [replace(part, y=np.sqrt(np.maximum(part.y, 0.0))).to_json() for part in found]

"""Gaussian integrals of g by quadrature, the nodes laid on the line of x once for every variance q.

E[F(x)] for x ~ N(0, q) is a sum over Gauss-Legendre nodes of F times weight times density, and only the density knows
q: g and g' are evaluated once, in ball arithmetic, right to the last place. Panels end at the breakpoints, double in
width away from 0, so that a density of any width is met by panels of its own size, and are halved where the Legendre
coefficients of F do not die away. At one q the sums of g are held against the enclosures of `analysis.gaussian`, so
that a spike between the nodes does not stay unseen.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.gaussian import enclosed, known_parity, roughly
from propcheck.analysis.parts import parts_of
from propcheck.analysis.window import pieces_near
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

ROWS = ("second_moment", "derivative_second_moment", "pull", "mean")  # E of g^2, g'^2, x g g', g
_PULL, _MEAN = ROWS.index("pull"), ROWS.index("mean")
ORDER, CHECK_ORDER = 20, 28  # nodes a panel; the difference of the two is the estimate of the error
REACHES = (64.0, 1024.0, 20480.0)  # how far the nodes go; the farther ones are laid when a q needs them
NEARER = 544.0  # laid before the second, where g swings often and does not outgrow every power
CHECKED = {REACHES[0]: 1, NEARER: 256, REACHES[1]: 256}  # the q at which each is held against an enclosure
CHECK_PANELS = 400  # of an enclosure; where more are needed it is wide
DEVIATIONS = 11.0  # of the density that are integrated over: past them it is below 1e-26 of its height
FAR_DEVIATIONS = 20.0  # the same where g is so small around 0 that its far parts matter
ALL_DEVIATIONS = 48.0  # the same where all of g lies in them: past 39 the density is 0 in doubles
GROWTH, FINE_GROWTH = 2.0, 2.0**0.25  # of the panels away from 0; the far parts of a density fall steeply
LOWEST_Q = 1e-8
INNERMOST = 2.0**-12
RESOLVED = 1e-11  # Legendre coefficients at the end of a panel, relative; those of the product reach far below
AGREED = 1e-11  # to the enclosures
UNSETTLED = 1e-14  # the share of an integral that its outermost panel may have
PARTS = (1, 8, 64)  # into which panels are cut from the start, where fewer miss a spike
WIDER = 3  # times the panel before
HUGE = 1e280
MANY_PANELS = 400  # of a line: g swings so often that those of the next one would be too many
MOST_PANELS = {REACHES[0]: 2000, NEARER: 4000, REACHES[1]: 4000, REACHES[2]: 20000}
SWINGING, QUIET = 800, 1e10  # panels up to the second reach, and values on the first, where g swings so
_BITS = (96, 256, 1024)
ENOUGH = 53  # bits of a value that is to be rounded to a double


@dataclass(frozen=True, eq=False)
class Line:
    """Nodes x on panels between `edges`, g and g' and the four integrands times the `weights` at them.

    `half` is -x^2/2. `open_ends` tells at which end the nodes stop because g grows out of range. `features` are the
    edges that g itself needs, without those that only a narrow density does.
    """

    order: int
    edges: tuple[float, ...]
    x: np.ndarray
    half: np.ndarray
    rows: np.ndarray
    open_ends: tuple[bool, bool]
    infinite: tuple[int, ...]
    features: tuple[float, ...]
    both: np.ndarray
    weights: np.ndarray

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """g and g' between the nodes, by the polynomial of each panel; beyond the nodes, at the last of them."""
        edges = np.array(self.edges)
        place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
        middle, radius = (edges[1:] + edges[:-1])[place] / 2, (edges[1:] - edges[:-1])[place] / 2
        inside = np.clip((x - middle) / radius, -1.0, 1.0)
        terms = self.both.reshape(2, -1, self.order) @ legendre(self.order)[2].T
        value, slope = (
            np.polynomial.legendre.legval(inside, np.moveaxis(part[place], -1, 0), tensor=False) for part in terms
        )
        return value, slope

    def window(self, reach: float) -> tuple[int, int]:
        """The nodes of the panels that meet [-reach, reach]; all of them towards an end where g outgrows the range."""
        first = 0 if self.open_ends[0] else max(0, bisect_right(self.edges, -reach) - 1)
        last = len(self.edges) - 1 if self.open_ends[1] else min(len(self.edges) - 1, bisect_left(self.edges, reach))
        return first * self.order, last * self.order

    def sums(self, q: float, deviations: float = DEVIATIONS) -> np.ndarray:
        """The four integrals at one q."""
        deviation = math.sqrt(q)
        first, last = self.window(deviations * deviation)
        density = self.half[first:last] * (1.0 / q)
        np.exp(density, out=density)
        found = self.rows[:, first:last] @ density
        found *= _HEIGHT / deviation
        if self.infinite or True in self.open_ends or deviations > DEVIATIONS:
            self._settle(found, density, first, last, q)
        return found

    def _settle(self, found: np.ndarray, density: np.ndarray, first: int, last: int, q: float) -> None:
        """Infinite where the integral is, or where it does not die away before g is out of range; NaN where it does not
        before the density is."""
        size = np.maximum(np.abs(found), [size_of(name, found, q) for name in ROWS])
        here, height = self.rows[:, first:last], _HEIGHT / math.sqrt(q)
        for end, part in ((0, slice(None, self.order)), (1, slice(-self.order, None))):
            rest = np.abs(here[:, part] @ density[part]) * height
            found[rest > UNSETTLED * size] = math.inf if self.open_ends[end] else math.nan
        if found[0] == math.inf:  # nor do the two with terms of both signs die away; E[g] may be finite
            found[_PULL], found[_MEAN] = math.inf, math.nan
        found[list(self.infinite)] = math.inf

    def slopes(self, q: float, deviations: float = DEVIATIONS) -> np.ndarray:
        """The derivatives of the four integrals by q: d/dq E[F] = E[F (x^2/q - 1)] / (2q)."""
        first, last = self.window(deviations * math.sqrt(q))
        square = self.half[first:last] * (-2.0 / q)
        density = np.exp(-square / 2) * (square - 1) * (_HEIGHT / math.sqrt(q) / (2 * q))
        return self.rows[:, first:last] @ density


_HEIGHT = 1.0 / math.sqrt(2 * math.pi)


@alone
@remembered
def line(activation: Activation, reach: float, order: int, fine: bool) -> Line:
    """The nodes for one activation; `InputError` where g has no Gaussian moments to speak of.

    `fine` panels are for the far parts of the density, where g is small around 0.
    """
    infinite = _infinite(activation)
    if reach == NEARER and _grown(line(activation, REACHES[0], ORDER, False), reach) > MOST_PANELS[reach]:
        raise Undecided(_too_many(MOST_PANELS[reach], reach))
    q = CHECKED.get(reach)
    for parts in PARTS:
        made = _Laying(activation, reach, order, infinite, FINE_GROWTH if fine else GROWTH, parts).laid()
        apart = "" if q is None else _apart(made, activation, q)
        if not apart:
            return made
    raise Undecided(apart)


@lru_cache(maxsize=512)
@alone
def reaches(activation: Activation) -> tuple[float, ...]:
    """How far the lines of an activation go, one after the other; those of one with endless pieces not far."""
    if activation.trouble:
        return REACHES[:1]
    made = line(activation, REACHES[0], ORDER, False)
    swings = _grown(made, REACHES[1]) > SWINGING and float(np.abs(made.rows).max()) < QUIET
    return (REACHES[0], NEARER, *REACHES[1:]) if swings else REACHES


def _grown(made: Line, reach: float) -> float:
    """How many panels a line needs that reaches farther than the first, if it has as many as the first's outer half."""
    half = REACHES[0] / 2
    return len(made.edges) + sum(abs(edge) > half for edge in made.edges) * (reach - REACHES[0]) / half


def _too_many(most: int, reach: float) -> str:
    return f"more than {most} panels would be needed to integrate g up to {reach:g}"


def _infinite(activation: Activation) -> tuple[int, ...]:
    """The integrals that are infinite or not known at q = 1; `InputError` where that of g^2 is."""
    if activation.trouble and activation.wave is None:
        parts_of(activation)
    elif not activation.pieces and activation.wave is None:
        raise InputError(f"{activation.name} has no mean field: {activation.trouble or 'it has no pieces'}")
    found = enclosed(activation, sp.S.One)
    out = []
    for k, name in enumerate(ROWS):
        number = getattr(found, name)
        if number.value is None or math.isinf(number.value):
            if k == 0:
                reason = "E[g^2] is infinite at q = 1" if number.known else number.note
                raise InputError(f"{activation.name} has no mean field: {reason}; take one whose E[g^2] is finite")
            out.append(k)
    return tuple(out)


@lru_cache(maxsize=512)
@alone
def needs_far_parts(activation: Activation) -> bool:
    """Do the far parts of the density matter at some q, since g is small around 0 or outgrows every power?"""
    lowest = LOWEST_Q
    for reach in reaches(activation):
        try:
            made = line(activation, reach, ORDER, False)
        except Undecided:
            if reach == REACHES[0]:
                raise
            return False  # a q that needs this line is refused
        if True in made.open_ends:
            return True
        highest = (reach / FAR_DEVIATIONS) ** 2
        if any(_far_parts_matter(made, q) for q in np.geomspace(lowest, highest, 32).tolist()):
            return True
        if reach == NEARER or len(made.edges) >= MANY_PANELS:
            return False
        lowest = highest
    return False


def _far_parts_matter(made: Line, q: float) -> bool:
    near, far = made.sums(q)[:2], made.sums(q, FAR_DEVIATIONS)[:2]
    finite = ~np.isinf(far)
    return not (np.abs(near[finite] - far[finite]) <= 1e-14 * np.abs(far[finite])).all()


def size_of(name: str, sums: np.ndarray, q: float) -> float:
    """What bounds an integral in which terms of both signs cancel, by Cauchy and Schwarz; 0 for the other ones."""
    second, slope = float(sums[0]), float(sums[1])
    if name == "mean":
        return math.sqrt(second)
    return math.sqrt(q * second * slope) if name == "pull" and math.isfinite(slope) else 0.0


def _apart(made: Line, activation: Activation, q: int) -> str:
    """In what the sums differ from the enclosures at q; nothing where they do not."""
    balls = enclosed(activation, sp.S.One).balls if q == 1 else roughly(activation, sp.Integer(q), CHECK_PANELS)
    sums = made.sums(float(q))
    for name, value in zip(ROWS, sums, strict=True):
        ball = balls.get(name)
        if ball is None or not ball.is_finite() or not math.isfinite(value):
            continue
        scale = max(abs(float(ball.mid())), size_of(name, sums, q))
        if abs(value - float(ball.mid())) > AGREED * scale + float(ball.rad()):
            return f"the quadrature of E of {name} at q = {q} gives {value:.17g}, and it lies in {ball}"
    return ""


# --- laying the panels -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def legendre(order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes, weights, and the matrix from the values at the nodes to the Legendre coefficients."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    degrees = np.arange(order)
    vandermonde = np.polynomial.legendre.legvander(nodes, order - 1)
    matrix = (vandermonde * weights[:, None]).T * (degrees[:, None] + 0.5)
    return nodes, weights, matrix


@dataclass(frozen=True)
class _Panel:
    lower: float
    upper: float
    g: np.ndarray
    slope: np.ndarray
    rows: np.ndarray  # times the weights
    tail: np.ndarray  # of the Legendre coefficients, times the width

    @property
    def inner(self) -> float:
        return 0.0 if self.lower < 0 < self.upper else min(abs(self.lower), abs(self.upper))

    @property
    def outer(self) -> float:
        return max(abs(self.lower), abs(self.upper))


class _Laying:
    """Panels from the inside to the outside, halved where they do not resolve g."""

    def __init__(
        self, activation: Activation, reach: float, order: int, infinite: tuple[int, ...], growth: float, parts: int
    ):
        self.order, self.reach, self.infinite, self.growth, self.parts = order, reach, infinite, growth, parts
        self.most = max(MOST_PANELS[reach], 64 * parts)
        self.nodes, self.weights, matrix = legendre(order)
        self.last = matrix[-3:]
        self.pieces = [(*ends(piece), piece) for piece in pieces_near(activation, int(reach))]
        self.breaks = breakpoints(activation)
        self.parity = known_parity(activation)

    def laid(self) -> Line:
        base = self._base()
        panels = [self._panel(lower, upper) for lower, upper in pairwise(base)]
        panels.sort(key=lambda panel: panel.inner)
        stack: list[tuple[float, float, _Panel | None]] = [(p.lower, p.upper, p) for p in panels[::-1]]
        done: list[_Panel] = []
        self.reached: list[float] = []
        self.totals: list[np.ndarray] = []
        self._accumulate(panels)
        cut = [False, False]
        last = [math.inf, math.inf]  # widths: where the panel before was narrow, a much wider one is halved unseen
        while stack:
            lower, upper, panel = stack.pop()
            side, width = lower + upper > 0, upper - lower
            if cut[side]:
                continue
            if panel is None and width < WIDER * last[side]:
                panel = self._panel(lower, upper)
            if panel is not None:
                overflows = not (np.isfinite(panel.rows).all() and np.abs(panel.rows).max() < HUGE)
                if overflows and width < panel.outer / 64:
                    cut[side] = True
                    continue
                if not overflows and (self._resolved(panel) or width <= 1e-15 * panel.inner or width < 1e-60):
                    done.append(panel)
                    last[side] = width
                    continue
            if len(done) + len(stack) > self.most:
                raise Undecided(_too_many(self.most, self.reach))
            middle = (lower + upper) / 2
            halves = [(lower, middle, None), (middle, upper, None)]
            stack += halves[::-1] if side else halves  # the inner one is the next
        done.sort(key=lambda panel: panel.lower)
        return self._line(done, base, (cut[0], cut[1]))

    def _base(self) -> list[float]:
        places = {0.0, self.reach, -self.reach}
        step = INNERMOST
        while step < self.reach:
            places |= {step, -step}
            step *= self.growth
        marks = sorted(places | {b for b in self.breaks if abs(b) < self.reach})
        finer = [a + (b - a) * k / self.parts for a, b in pairwise(marks) for k in range(self.parts)]
        return [*finer, marks[-1]]

    def _accumulate(self, panels: list[_Panel]) -> None:
        """The integrals of |F| without the density over growing intervals around 0, roughly."""
        total = np.zeros(len(ROWS))
        for panel in sorted(panels, key=lambda panel: panel.outer):
            size = np.abs(panel.rows).sum(1)
            if not np.isfinite(size).all():
                break
            total = total + size
            self.reached.append(panel.outer)
            self.totals.append(total)

    def _resolved(self, panel: _Panel) -> bool:
        """Are the Legendre coefficients at the end small beside all that has at least the same density?"""
        size = np.abs(panel.rows).sum(1)
        within = bisect_right(self.reached, max(panel.outer, 2 * INNERMOST))
        if within:
            size = np.maximum(size, self.totals[within - 1])
        good = panel.tail <= RESOLVED * size
        good[list(self.infinite)] = True
        return bool(good.all())

    def _panel(self, lower: float, upper: float) -> _Panel:
        middle, radius = (lower + upper) / 2, (upper - lower) / 2
        x = middle + radius * self.nodes
        g, slope = self._values(lower, upper)
        with np.errstate(all="ignore"):
            plain = np.stack([g * g, slope * slope, x * g * slope, g])
            tail = np.abs(plain @ self.last.T).max(1) * (upper - lower)
            return _Panel(lower, upper, g, slope, plain * (radius * self.weights), tail)

    def _values(self, lower: float, upper: float) -> tuple[np.ndarray, np.ndarray]:
        """g and g' at the nodes; on the left those on the right in reverse, where g is odd or even."""
        if upper <= 0 and self.parity in ("odd", "even"):
            g, slope = (found[::-1] for found in self._values(-upper, -lower))
            return (-g, slope) if self.parity == "odd" else (g, -slope)
        middle = (lower + upper) / 2
        piece = next(piece for low, high, piece in self.pieces if low <= middle <= high)
        return _on_panel(piece, lower, upper, self.order)

    def _line(self, panels: list[_Panel], base: list[float], open_ends: tuple[bool, bool]) -> Line:
        edges = (*[panel.lower for panel in panels], panels[-1].upper)
        x = np.concatenate(
            [(p.lower + p.upper) / 2 + (p.upper - p.lower) / 2 * self.nodes for p in panels]
        )  # as they were evaluated
        rows = np.ascontiguousarray(np.concatenate([panel.rows for panel in panels], axis=1))
        rows[list(self.infinite)] = 0.0
        needless = set(base) - set(self.breaks)
        for side in (1.0, -1.0):
            smooth = self._smooth_from_zero(side)
            needless = {e for e in needless if e * side <= 0 or e * side < smooth}
        features = tuple(e for e in edges if e not in needless)
        both = np.stack([np.concatenate([p.g for p in panels]), np.concatenate([p.slope for p in panels])])
        weights = np.concatenate([(p.upper - p.lower) / 2 * self.weights for p in panels])
        return Line(self.order, edges, x, -x * x / 2, rows, open_ends, self.infinite, features, both, weights)

    def _smooth_from_zero(self, side: float) -> float:
        """How far from 0 to one side one panel resolves g."""
        width = 0.25
        while width > INNERMOST:
            if not any(0 < b * side < width for b in self.breaks):
                panel = self._panel(*sorted((0.0, side * width)))
                if np.isfinite(panel.rows).all() and self._resolved(panel):
                    return width
            width /= 2
        return INNERMOST


@lru_cache(maxsize=2**16)
def _on_panel(piece: Piece, lower: float, upper: float, order: int) -> tuple[np.ndarray, np.ndarray]:
    """g and g' at the nodes of a panel; lines that reach farther have the same panels near 0."""
    x = (lower + upper) / 2 + (upper - lower) / 2 * legendre(order)[0]
    return values(piece, x)


def ends(piece: Piece) -> tuple[float, float]:
    """The ends of a piece as floats."""
    lower, upper = (
        float(end) if end.is_infinite else float(constant_ball(end).mid()) for end in (piece.lower, piece.upper)
    )
    return lower, upper


def breakpoints(activation: Activation) -> tuple[float, ...]:
    """Where pieces meet, and the filled gaps inside them."""
    pieces = pieces_near(activation, int(REACHES[0]))
    places = {ends(piece)[0] for piece in pieces[1:]}
    places |= {float(constant_ball(gap).mid()) for piece in pieces for gap in piece.removable}
    return tuple(sorted(places))


def values(piece: Piece, x: Sequence[float] | np.ndarray, order: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """g (or a derivative) and the derivative next to it at each point, rounded from balls."""
    form = compile_form(piece.derivative(order - 1), X, piece.removable)
    found = np.empty((2, len(x)))
    with ctx.workprec(_BITS[0]):
        for place, point in enumerate(x):
            at = arb(float(point))
            for row, ball in enumerate(_beside(form, at)):
                if not _is_enough(ball):
                    ball = _with_more_bits(piece, at, order - 1 + row)
                found[row, place] = float(ball.mid())
    return found[0], found[1]


def _beside(form: Form, at: arb) -> list[arb]:
    """The value and the slope at a point; NaN where neither is known."""
    try:
        return form.series(at, 2)
    except ValueError:
        return [arb.nan(), arb.nan()]


def _is_enough(ball: arb) -> bool:
    return ball.is_finite() and ball.rel_accuracy_bits() > ENOUGH


def _with_more_bits(piece: Piece, point: arb, order: int) -> arb:
    """The derivative of an order, from its formula or from the Taylor coefficients of g."""
    form = compile_form(piece.derivative(order), X, piece.removable)
    whole = compile_form(piece.expr, X, piece.removable)
    ball = arb.nan()
    for bits in _BITS:
        with ctx.workprec(bits):
            with suppress(ValueError):
                ball = whole.series(point, order + 1)[order] * math.factorial(order)
            if not _is_enough(ball):
                ball = form.ball(point)
            if _is_enough(ball):
                return ball
    return ball

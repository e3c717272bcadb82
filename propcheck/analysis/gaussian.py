"""Gaussian integrals of a piecewise analytic function, enclosed over the whole line.

On a panel g is its Taylor polynomial about the centre plus a remainder, bounded by the Taylor coefficient that ball
arithmetic finds over the whole panel. One such expansion gives g' and every product of x, g and g'; against the
moments of the density on the panel each integral is a short sum. Panels are cut where the error is, until the goal is
met, so a spike narrower than any grid is met too. Beyond the panels, towards infinity or towards a singular end of a
piece, a germ bounds the rest or shows that the integral diverges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from itertools import count, pairwise
from operator import mul
from typing import NamedTuple

import sympy as sp
from flint import arb, arb_poly, ctx, fmpq

from propcheck.activation import Activation, Piece, limit, piece_beside, sample
from propcheck.analysis import closed_form
from propcheck.analysis.scale import at_scale, carried, scale_of
from propcheck.analysis.shape import affine, symmetry
from propcheck.calculus import Undecided
from propcheck.calculus.form import (
    INFINITY,
    MINUS_INFINITY,
    Form,
    accurate_ball,
    compile_form,
    confined,
    constant_ball,
    exact_number,
    to_number,
)
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, precedes
from propcheck.calculus.tail import Exact, Monomial, germ, outward
from propcheck.grammar import X, show
from propcheck.precision import alone
from propcheck.verdict import Fact, Number, Standing, weakest

ORDER = 28  # of the Taylor polynomials
BITS = 128
GOAL = 2e-14  # radius of an integral, relative to max(1, |value|); of a small g relative to its root mean square
SMALLEST = 1e-6  # a root mean square below this is not followed, but raised
SMALL_SQUARE = 1e-10  # of g, below which it is raised
_RAISED = 8  # times at most: each finds about as many digits as a ball has
MOST_PIECES = 24  # of which a closed form can be read: those of a table are sums of hundreds of terms
WIDEST = 1e-12  # a wider enclosure carries a note
MOST_PANELS = 4000
MOST_TURNS = 80  # in which panels are halved
TIDY = 4  # terms that a fraction may have to be written as one
CORE = 8  # standard deviations that are cut into panels from the start
STARTS = (16, 64, 1024, 2**14, 2**20)  # where a germ at infinity is tried
STEP = 1.5  # the ratio of neighbouring distances to a singular end
NEAREST = (20, 60, 100, 150, 250, 400, 600)  # binary digits between a singular end and the panels
# Where criticality is looked for.
SCALES = tuple(map(sp.Rational, ("1", "64", "16", "4", "1/4", "1/16", "1/64", "256", "1024")))
FAR_SCALES = tuple(sp.Integer(2) ** k for k in (12, 21, 36))  # where the lines that g tends to decide
_PROBES = tuple(arb(side * 1.03 * 2.0 ** (k / 2)) for k in range(-12, 13) for side in (1, -1))
NEAR_SCALES = tuple(sp.Rational(1, 2**k) for k in (6, 20, 60))  # where squares are finite, if they ever are

# The six integrands, by their powers of x, g and g'.
POWERS = ((0, 1, 0), (0, 2, 0), (0, 0, 1), (0, 0, 2), (1, 1, 0), (1, 1, 1))
SQUARES = ("second_moment", "derivative_second_moment")
FIELDS = ("mean", "second_moment", "derivative_mean", "derivative_second_moment", "covariance", "pull")
_EVEN_VANISH = frozenset({"derivative_mean", "covariance"})
_ODD_VANISH = frozenset({"mean"})


@dataclass(frozen=True)
class Moments:
    """Gaussian integrals for z ~ N(0, q): E[g], E[g^2], Var g, E[g'], E[g'^2], E[z g] and E[z g g']."""

    mean: Number
    second_moment: Number
    variance: Number
    derivative_mean: Number
    derivative_second_moment: Number
    covariance: Number
    pull: Number
    balls: dict[str, arb]
    exact: dict[str, sp.Expr]


# --- one panel -------------------------------------------------------------------------------------------------------


def _density(x: arb, q: arb) -> arb:
    return (-x * x / (2 * q)).exp() / (2 * arb.pi() * q).sqrt()


def _mass(lower: arb, upper: arb, q: arb) -> arb:
    """P[lower <= z <= upper], without cancellation on a tail."""
    root = (2 * q).sqrt()
    if lower > 0:
        return ((lower / root).erfc() - (upper / root).erfc()) / 2
    if upper < 0:
        return ((-upper / root).erfc() - (-lower / root).erfc()) / 2
    return ((upper / root).erf() - (lower / root).erf()) / 2


def _weights(lower: arb, upper: arb, centre: arb, radius: arb, q: arb) -> list[arb]:
    """The integrals of (x - centre)**k times the density over the panel, k = 0 .. 2 ORDER + 1.

    Integration by parts gives each from the next two; going down, the crude start is forgotten.
    """
    top = 2 * ORDER + 32
    out = [arb(0)] * (top + 1)
    reach = (radius**top * _mass(lower, upper, q)).upper()  # far out the density is small beside what g may be there
    out[top] = arb(0, reach)
    out[top - 1] = arb(0, (reach / radius).upper())
    left, right = lower - centre, upper - centre
    at_left, at_right = _density(lower, q) * left ** (top - 1), _density(upper, q) * right ** (top - 1)
    inverse_left, inverse_right = 1 / left, 1 / right
    for k in range(top, 1, -1):
        out[k - 2] = ((out[k] + centre * out[k - 1]) / q + at_right - at_left) / (k - 1)
        at_left *= inverse_left
        at_right *= inverse_right
    return out[: 2 * ORDER + 2]


_WEIGHTS: dict[tuple[float, float, float, int], list[arb]] = {}
_KEPT = 20_000  # weights of panels
_KEPT_EXPANSIONS = 600  # which are large, and serve one function at a time


def _panel_weights(lower: arb, upper: arb, centre: arb, radius: arb, q: arb) -> list[arb]:
    ends = float(lower), float(upper), float(q)
    if not (lower == ends[0] and upper == ends[1] and q == ends[2]):
        return _weights(lower, upper, centre, radius, q)
    key = (*ends, ctx.prec)
    if key not in _WEIGHTS:
        if len(_WEIGHTS) >= _KEPT:
            _WEIGHTS.clear()
        _WEIGHTS[key] = _weights(lower, upper, centre, radius, q)
    return _WEIGHTS[key]


def _series(form: Form, box: arb, order: int) -> list[arb]:
    """Taylor coefficients over a box, NaN where g is not analytic there."""
    try:
        return form.series(box, order)
    except ValueError:
        return [arb.nan()] * order


@dataclass(frozen=True)
class _Expansion:
    """What one panel knows of g, whatever q is: Taylor polynomials of the six integrands with bounds of their errors.

    `start` holds g and g' over the whole panel. Without `polynomials`, these are all there is.
    """

    box: arb
    start: tuple[arb, arb]
    polynomials: tuple[list[arb], ...]
    errors: tuple[arb, ...]


_EXPANSIONS: dict[tuple[Form, float, float, int], _Expansion] = {}


def _expansion(form: Form, lower: arb, upper: arb) -> _Expansion:
    """The expansion over a panel; variances near each other have the same panels."""
    ends = float(lower), float(upper)
    if not (lower == ends[0] and upper == ends[1]):
        return _expanded(form, lower, upper)
    key = (form, *ends, ctx.prec)
    if key not in _EXPANSIONS:
        if len(_EXPANSIONS) >= _KEPT_EXPANSIONS:
            _EXPANSIONS.clear()
        _EXPANSIONS[key] = _expanded(form, lower, upper)
    return _EXPANSIONS[key]


def _sides(lower: arb, upper: arb) -> tuple[arb, arb]:
    """The centre of a panel, and how far its ends are from it."""
    centre = ((lower + upper) / 2).mid()
    radius, other = abs(upper - centre).upper(), abs(centre - lower).upper()
    return centre, other if other > radius else radius


def _expanded(form: Form, lower: arb, upper: arb) -> _Expansion:
    centre, radius = _sides(lower, upper)
    box = lower.union(upper)
    around = _series(form, box, ORDER + 1)
    sizes, power = [], arb(1)
    for coefficient in around:
        sizes.append((coefficient * power).abs_upper())
        power *= radius
    known = [k for k in range(1, ORDER + 1) if sizes[k].is_finite()]
    h = radius.lower()
    if not known or not h > 0:  # a panel that no number is as narrow as
        return _Expansion(box, (around[0], around[1]), (), ())
    cut = min(known, key=lambda k: k * sizes[k])
    value = arb_poly(_series(form, centre, cut))
    slope = value.derivative()
    moving = arb_poly([centre, 1]) * value
    total = value, value * value, slope, slope * slope, moving, moving * slope
    e, d = sizes[cut], cut * sizes[cut] / h  # errors of g and of g'
    g, s, x = sizes[0], around[1].abs_upper(), box.abs_upper()
    errors = e, e * (2 * g + e), d, d * (2 * s + d), x * e, x * (g * d + s * e + e * d)
    around_zero = tuple(arb(0, error.upper()) for error in errors)
    return _Expansion(box, (around[0], around[1]), tuple(poly.coeffs() for poly in total), around_zero)


def _panel(form: Form, lower: arb, upper: arb, q: arb) -> list[arb]:
    """The six integrals over one panel."""
    centre, radius = _sides(lower, upper)
    if not radius * (abs(centre) + radius) < 6 * q:
        return _crude(form, lower.union(upper), _mass(lower, upper, q))
    found = _expansion(form, lower, upper)
    weights = _panel_weights(lower, upper, centre, radius, q)
    crude = _products(*found.start, found.box, weights[0])
    if not found.polynomials:
        return crude
    fine = [
        sum(map(mul, coefficients, weights), arb(0)) + weights[0] * error
        for coefficients, error in zip(found.polynomials, found.errors, strict=True)
    ]
    return [one if _tighter(one, other) else other for one, other in zip(fine, crude, strict=True)]


def _tighter(one: arb, other: arb) -> bool:
    return one.is_finite() and not (other.is_finite() and other.rad() < one.rad())


def _crude(form: Form, box: arb, mass: arb) -> list[arb]:
    """The six integrals from the ranges of g and g' alone."""
    g, d = _series(form, box, 2)
    return _products(g, d, box, mass)


def _products(g: arb, d: arb, x: arb, mass: arb) -> list[arb]:
    return [mass * v for v in (g, g * g, d, d * d, x * g, x * g * d)]


# --- the rest --------------------------------------------------------------------------------------------------------


class Rate(NamedTuple):
    """x**p * log(x)**r * exp(sum of c*x**m over q), the largest m first."""

    p: Fraction
    r: int
    q: tuple[tuple[Fraction, Exact], ...] = ()

    @classmethod
    def of(cls, monomial: Monomial) -> Rate:
        if monomial.qlog:
            raise Undecided("growth like x**x")
        return cls(monomial.p, monomial.r, monomial.q)

    def times(self, other: Rate) -> Rate:
        if not other.q:
            return Rate(self.p + other.p, self.r + other.r, self.q)
        exponent: dict[Fraction, Exact] = dict(self.q)
        for m, c in other.q:
            exponent[m] = exponent[m] + c if m in exponent else c
        kept = tuple((m, c) for m, c in sorted(exponent.items(), reverse=True) if not (isinstance(c, fmpq) and c == 0))
        return Rate(self.p + other.p, self.r + other.r, kept)

    def at(self, x: arb) -> arb:
        exponent = sum((_ball(c) * x ** _fmpq(m) for m, c in self.q), arb(0))
        return exponent.exp() * x ** _fmpq(self.p) * x.log() ** self.r

    @property
    def converges(self) -> bool:
        """Is the integral up to oo finite?"""
        if self.q:
            return bool(_ball(self.q[0][1]) < 0)
        return self.p < -1 or (self.p == -1 and self.r < -1)

    @property
    def diverges(self) -> bool:
        """Is the integral up to oo infinite? Neither is known where the sign of the exponent is not."""
        return bool(_ball(self.q[0][1]) > 0) if self.q else not self.converges


UNIT = Rate(Fraction(0), 0)
Growth = list[tuple[arb, Rate]]  # a bound: the sum of coefficients times rates


def _product(*factors: Growth) -> Growth:
    out: Growth = [(arb(1), UNIT)]
    for factor in factors:
        out = [(c1 * c2, m1.times(m2)) for c1, m1 in out for c2, m2 in factor]
    return out


def _growth(expr: sp.Expr, start: int, at_infinity: bool) -> Growth:
    """A bound of |expr| for all x >= start, in few terms: one for each exponential that matters.

    Powers and logarithms grow with their exponents, since start > e. Against the density a falling exponential does not
    matter, and is bounded by its value at the start.
    """
    out: dict[tuple, tuple[arb, Fraction, int]] = {}
    for size, (p, r, q) in _bound(expr, start):
        if at_infinity and q and all(_ball(c) < 0 for _, c in q):
            size *= Rate(Fraction(0), 0, q).at(arb(start))
            q = ()
        total, most, logs = out.get(q, (arb(0), p, r))
        out[q] = total + size, max(p, most), max(r, logs)
    return [(total, Rate(p, r, q)) for q, (total, p, r) in out.items()]


def _bound(expr: sp.Expr, start: int) -> Growth:
    """A bound of |expr| for all x >= start: from its germ, or from its parts where the germ is not known."""
    try:
        return [(size, Rate.of(monomial)) for size, monomial in germ(expr, X, start).growth()]
    except Undecided:
        if isinstance(expr, sp.Add):
            return [term for part in expr.args for term in _bound(part, start)]
        if isinstance(expr, sp.Mul):
            return _product(*(_bound(part, start) for part in expr.args))
        if isinstance(expr, sp.Pow) and expr.exp.is_Integer and 0 < expr.exp <= 8:
            return _product(*[_bound(expr.base, start)] * int(expr.exp))
        if isinstance(expr, (sp.sin, sp.cos, sp.tanh, sp.erf)):
            return [(arb(1), UNIT)]
        if isinstance(expr, sp.log) and germ(expr.args[0], X, start).bounds()[0] >= 1:
            return _bound(expr.args[0], start)  # 0 <= log(u) <= u
        if isinstance(expr, sp.Pow) and expr.exp.is_Rational and expr.exp < 0:
            least = _least(expr.base, start)
            if least > 0:
                return [(least ** _fmpq(Fraction(int(expr.exp.p), int(expr.exp.q))), UNIT)]
        raise


def _least(expr: sp.Expr, start: int) -> arb:
    """A number below every value at x >= start."""
    if isinstance(expr, sp.log):
        inner = _least(expr.args[0], start)
        return inner.log() if inner > 0 else arb.neg_inf()
    return germ(expr, X, start).bounds()[0]


def _ball(value: Exact) -> arb:
    return arb(value) if isinstance(value, fmpq) else value.ball


def _fmpq(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _rest(growth: Growth, start: arb) -> arb:
    """A bound of the integral of a growth from `start` to oo; infinite where none is shown.

    In w = log x the integrand is x h(x), and its logarithm falls with a slope of at most -decline from `start` on.
    """
    out = arb(0)
    log = start.log()
    for coefficient, rate in growth:
        slope = [(m, arb(_fmpq(m)) * _ball(c)) for m, c in rate.q] + [(Fraction(0), arb(_fmpq(rate.p + 1)))]
        (top, lead), *lower = slope
        if not lead < 0:
            return arb.pos_inf()
        against = arb(max(rate.r, 0)) / log * start ** _fmpq(-top)
        for m, c in lower:
            if not c < 0:
                against += c.upper() * start ** _fmpq(m - top)
        decline = -lead - against
        if not decline > 0:
            return arb.pos_inf()
        out += coefficient * rate.at(start) * start / (decline * start ** _fmpq(top))
    return out


@dataclass(frozen=True)
class End:
    """An end of a piece towards which panels cannot go: where they stop, and what is known of the rest.

    They stop at `near`, or, before a finite `place` on the side `side`, 2**-digits away from it. `rest` holds for each
    integral the ball of what lies beyond, +-oo where that diverges, None where it is not decided.
    """

    place: sp.Expr
    side: int
    rest: tuple[arb | None, ...]
    near: int = 0
    digits: int = 0

    @property
    def stop(self) -> arb:
        """At the working precision."""
        if self.place.is_infinite:
            return arb(self.side * self.near)
        return constant_ball(self.place) - self.side * arb(2) ** -self.digits

    @property
    def bits(self) -> int:
        """More bits for the working precision: places beside an end that is not 0 are differences."""
        return 0 if self.place.is_infinite or self.place.is_zero else 2 * self.digits


def _verdicts(
    value: sp.Expr, slope: sp.Expr, start: int, extra: Rate, position: Rate, sign: int
) -> tuple[list[Growth | None], list[int]]:
    """For each integrand its growth at the end where it is integrable, and the sign of the infinity where it is not.

    The functions are written in y -> oo; `extra` holds density and Jacobian, `position` and `sign` stand for x.
    """
    growths: list[Growth | None] = [None] * len(POWERS)
    signs = [0] * len(POWERS)
    bounds: list[Growth | None] = []
    leads: list[tuple[Exact, Rate] | None] = []
    for expr in (value, slope):
        try:
            bounds.append(_growth(expr, start, bool(extra.q)))
        except Undecided:
            bounds.append(None)
        leads.append(_lead(expr, start))
    for index, (n, k, m) in enumerate(POWERS):
        if (k and bounds[0] is None) or (m and bounds[1] is None):
            continue
        factors = [bounds[0]] * k + [bounds[1]] * m
        try:
            bound = _product([(arb(1), extra)], *[[(arb(1), position)]] * n, *[f for f in factors if f is not None])
        except Undecided:
            continue
        if all(rate.converges for _, rate in bound):
            growths[index] = bound
            continue
        chosen = [leads[0]] * k + [leads[1]] * m
        if any(lead is None for lead in chosen):
            continue
        rate = extra
        direction = sign**n
        for lead in chosen:
            assert lead is not None
            rate = rate.times(lead[1])
            direction *= _sign(_ball(lead[0]))
        for _ in range(n):
            rate = rate.times(position)
        if rate.diverges:
            signs[index] = direction
    return growths, signs


def _sign(ball: arb) -> int:
    """The sign of what the ball holds; 0 where it is not known."""
    return 1 if ball > 0 else -1 if ball < 0 else 0


def _lead(expr: sp.Expr, start: int) -> tuple[Exact, Rate] | None:
    try:
        found = germ(expr, X, start).leading()
        return None if found is None else (found[0], Rate.of(found[1]))
    except Undecided:
        return None


def _far_end(piece: Piece, side: int, q: sp.Rational) -> End:
    place = side * sp.oo
    shown, slope = (outward(expr, X, side * sp.oo, 0) for expr in (piece.expr, piece.derivative()))
    variance = constant_ball(q)
    density = Rate(Fraction(0), 0, ((Fraction(2), -1 / (2 * fmpq(int(q.p), int(q.q)))),))
    height = 1 / (2 * arb.pi() * variance).sqrt()
    ends = []
    for start in STARTS:
        if start < 2 * float(q) ** 0.5:
            continue
        growths, signs = _verdicts(shown, slope, start, density, Rate(Fraction(1), 0), side)
        for near in (start * 2**k for k in range(8)):
            rest = _rests(growths, signs, arb(near), height)
            ends.append(End(place, side, rest, near=near))
            if _small(rest):
                break
        if None not in ends[-1].rest:
            return ends[-1]
    if not ends:
        raise Undecided(f"q = {q} is beyond the places where a tail may begin")
    return min(ends, key=_doubts)


def _rests(growths: list[Growth | None], signs: list[int], start: arb, height: arb) -> tuple[arb | None, ...]:
    out: list[arb | None] = []
    for growth, sign in zip(growths, signs, strict=True):
        bound = arb.pos_inf() if growth is None else _rest(growth, start) * height
        infinite = arb.pos_inf() if sign > 0 else arb.neg_inf()
        out.append(infinite if sign else arb(0, bound.upper()) if bound.is_finite() else None)
    return tuple(out)


def _small(rest: tuple[arb | None, ...]) -> bool:
    """Is every rest that is finite small enough to be left out?"""
    return all(ball is None or not ball.is_finite() or ball.rad() < GOAL / 16 for ball in rest)


def _doubts(end: End) -> tuple[int, bool]:
    """How much an end leaves undecided, to be compared with another."""
    return end.rest.count(None), not _small(end.rest)


def _singular_end(piece: Piece, place: sp.Expr, side: int, q: sp.Rational) -> End:
    shown, slope = (outward(expr, X, place, -side) for expr in (piece.expr, piece.derivative()))
    b, at_zero = constant_ball(place), place.is_zero
    height = (abs(b) + 2) / (2 * arb.pi() * constant_ball(q)).sqrt()  # of the density, and of x times it
    position = Rate(Fraction(-1 if at_zero else 0), 0)
    sign = -side if at_zero else constant_sign(place)
    ends = []
    for digits in NEAREST:
        growths, signs = _verdicts(shown, slope, 2**digits, Rate(Fraction(-2), 0), position, sign)
        ends.append(End(place, side, _rests(growths, signs, arb(2) ** digits, height), digits=digits))
        if _doubts(ends[-1]) == (0, False):
            break
    return min(ends, key=_doubts)


# --- the whole line --------------------------------------------------------------------------------------------------


def _regular(form: Form, place: arb) -> bool:
    """Is g analytic at this end of its piece?"""
    return all(c.is_finite() for c in _series(form, place + arb(0, 2.0**-40), 3))


def _grid(lower: arb, upper: arb, deviation: float) -> list[arb]:
    """Where a stretch is cut at first: evenly in the core, doubling outside."""
    step = 2.0 ** round(math.log2(deviation))
    core = CORE * step
    marks = [k * step for k in range(-CORE, CORE + 1)]
    far = core
    while far < max(float(lower.abs_upper()), float(upper.abs_upper())):
        far *= 2
        marks += [far, -far]
    inner = [arb(mark) for mark in sorted(marks)]
    return [lower, *[mark for mark in inner if lower < mark < upper], upper]


def _cuts(form: Form, piece: Piece, ends: Sequence[End], deviation: float) -> list[tuple[Form, arb, arb]]:
    """The first panels of a piece, up to its two ends or up to where panels have to stop."""
    stops = {end.side: end.stop for end in ends}
    lower, upper = stops.get(-1, constant_ball(piece.lower)), stops.get(1, constant_ball(piece.upper))
    if not lower < upper:  # what is told of an end is told of all the piece
        return []
    cuts = _grid(lower, upper, deviation)
    for end in ends:
        if end.place.is_finite:
            gap = 2.0**-end.digits
            while gap < deviation / 2:
                gap *= STEP
                cuts.append(constant_ball(end.place) - end.side * arb(gap))
    kept = [lower]
    for cut in sorted(cuts, key=cmp_to_key(lambda one, two: -1 if one.mid() < two.mid() else 1)):
        if kept[-1] < cut < upper:
            kept.append(cut)
    return [(form, *pair) for pair in pairwise([*kept, upper])]


@lru_cache(maxsize=512)
def _integrals(pieces: tuple[Piece, ...], q: sp.Rational, halved: bool, most: int) -> tuple[arb | None, ...]:
    """The six integrals over the pieces: balls, +-oo where they diverge, NaN where they do not exist, None where open.

    `halved` takes the half line x > 0 alone. About `most` panels are laid.
    """
    if halved:
        pieces = tuple(
            Piece(sp.S.Zero, piece.upper, piece.expr, piece.removable) if precedes(piece.lower, sp.S.Zero) else piece
            for piece in pieces
            if precedes(sp.S.Zero, piece.upper)
        )
    forms = [compile_form(piece.expr, X, piece.removable) for piece in pieces]
    with ctx.workprec(BITS):
        ends = [_ends(form, piece, q) for form, piece in zip(forms, pieces, strict=True)]
    rests = [end.rest for pair in ends for end in pair]
    outcome = [_combined([rest[k] for rest in rests]) for k in range(len(POWERS))]
    wanted = {k: ball for k, ball in enumerate(outcome) if ball is not None and ball.is_finite()}
    if not wanted:
        return tuple(outcome)
    with ctx.workprec(BITS + max((end.bits for pair in ends for end in pair), default=0)):
        deviation = float(q) ** 0.5
        todo = [panel for parts in zip(forms, pieces, ends, strict=True) for panel in _cuts(*parts, deviation)]
        sums = _refined(todo, constant_ball(q), wanted, most)
    return tuple((sums[k] if sums[k].is_finite() else None) if k in sums else ball for k, ball in enumerate(outcome))


def _ends(form: Form, piece: Piece, q: sp.Rational) -> list[End]:
    """The ends of a piece that panels cannot reach."""
    out = []
    for place, side in ((piece.lower, -1), (piece.upper, 1)):
        if place.is_infinite:
            out.append(_far_end(piece, side, q))
        elif not _regular(form, constant_ball(place)):
            out.append(_singular_end(piece, place, side, q))
    return out


def _combined(rests: Sequence[arb | None]) -> arb | None:
    """The sum of what lies beyond the panels: finite, infinite, not existing (NaN) or open (None)."""
    decided = [rest for rest in rests if rest is not None]
    up, down = arb.pos_inf() in decided, arb.neg_inf() in decided
    if up and down:
        return arb.nan()
    if len(decided) < len(rests):
        return None
    return arb.pos_inf() if up else arb.neg_inf() if down else sum(decided, arb(0))


def _refined(todo: list[tuple[Form, arb, arb]], q: arb, rest: dict[int, arb], most: int) -> dict[int, arb]:
    """The integrals in `rest`, with what lies beyond the panels, cut until the goal is met or the budget is spent.

    Where a sum is not finite yet, the size to hold errors against is not known: the panels that make it so are cut.
    """
    done: list[tuple[Form, arb, arb, list[arb]]] = []
    for turn in count(1):
        done += [(form, lower, upper, _panel(form, lower, upper, q)) for form, lower, upper in todo]
        sums = {k: sum((found[k] for *_, found in done), start) for k, start in rest.items()}
        goals = _goals(sums)
        late = [k for k, ball in sums.items() if not (ball.is_finite() and ball.rad() <= goals[k])]
        if not late or len(done) > most or turn == MOST_TURNS:
            break
        share = 1.0 / (2 * len(done))
        keep, todo = [], []
        for entry in done:
            form, lower, upper, found = entry
            if all(found[k].is_finite() and found[k].rad() <= share * goals[k] for k in late):
                keep.append(entry)
                continue
            middle = ((lower + upper) / 2).mid()
            todo += [(form, lower, middle), (form, middle, upper)]
        if not todo:
            break
        done = keep
    return sums


def _goals(sums: Mapping[int, arb]) -> dict[int, arb]:
    """The radius to reach for each integral; the moments of a small g are to be divided by its second moment.

    They are no doubles, which end where the squares of exponentials do not.
    """
    sizes = {k: abs(ball.mid()) if ball.is_finite() else arb.pos_inf() for k, ball in sums.items()}
    out = {k: GOAL * (size if size > 1 else arb(1)) for k, size in sizes.items()}
    second = FIELDS.index("second_moment")
    if second in sums:
        size = max(SMALLEST, min(1.0, _middle(sums[second]) ** 0.5))
        for name, power in (("mean", 1), ("covariance", 1), ("second_moment", 2), ("pull", 2)):
            k = FIELDS.index(name)
            if k in out:
                out[k] *= size**power
    return out


def _middle(ball: arb) -> float:
    return abs(float(ball.mid())) if ball.is_finite() else 1.0


def _at_its_size(
    pieces: tuple[Piece, ...], q: sp.Rational, halved: bool, most: int = MOST_PANELS
) -> tuple[arb | None, ...]:
    """The six integrals; of a small g those of 2**up times g, of a size near 1, so that each has digits of its own."""
    found = _integrals(pieces, q, halved, most)
    up = 0
    for _ in range(_RAISED):
        second = found[POWERS.index((0, 2, 0))]
        if second is None or not second.is_finite() or not 0 < second.upper() < SMALL_SQUARE:
            break
        with ctx.workprec(BITS):
            up += max(1, int((-second.upper().log() / arb(2).log() / 2).floor().mid().fmpq().p))
        larger = tuple(replace(piece, expr=2**up * piece.expr) for piece in pieces)
        with ctx.workprec(BITS):
            again = _integrals(larger, q, halved, most)
            found = tuple(
                None if ball is None else ball if not ball.is_finite() else ball * arb(2) ** (-up * (k + m))
                for ball, (_, k, m) in zip(again, POWERS, strict=True)
            )
        second = again[POWERS.index((0, 2, 0))]
        if second is None or not second.upper() < SMALL_SQUARE:
            break
    return found


# --- numbers ---------------------------------------------------------------------------------------------------------


def moments(pieces: Sequence[Piece], q: sp.Expr | int = 1, parity: str = "none") -> Moments:
    """The Gaussian integrals of g for z ~ N(0, q), with q a positive rational; `parity` is that of g, where known."""
    pieces, q = tuple(pieces), sp.Rational(q)
    if not pieces:
        raise Undecided("no pieces to integrate over")
    gap = _gap(pieces)
    if gap:
        return _all_missing(Number.missing(gap, Standing.PROVED))
    try:
        found = _at_its_size(pieces, q, parity in ("odd", "even"))
    except Undecided as reason:
        return _all_missing(Number.missing(str(reason)))
    balls = {name: _unfolded(ball, name, parity) for name, ball in zip(FIELDS, found, strict=True)}
    exact = _exact_forms(pieces, q, parity, balls)
    numbers = {name: _number(balls[name], exact.get(name)) for name in FIELDS}
    numbers |= {name: confined(numbers[name], 0.0) for name in SQUARES}
    with ctx.workprec(BITS):
        variance, spread = _variance(numbers, balls, exact)
    known = {name: ball for name, ball in (balls | {"variance": spread}).items() if ball is not None}
    return Moments(variance=variance, balls=known, exact=exact, **numbers)


def _all_missing(number: Number) -> Moments:
    return Moments(**dict.fromkeys((*FIELDS, "variance"), number), balls={}, exact={})


def _gap(pieces: Sequence[Piece]) -> str:
    """Where g is not defined on an interval, a sentence that says so."""
    ends = [-sp.oo, *[end for piece in pieces for end in (piece.lower, piece.upper)], sp.oo]
    for left, right in zip(ends[::2], ends[1::2], strict=True):
        if left != right:
            return f"g is not defined between {left} and {right}"
    return ""


def _unfolded(ball: arb | None, name: str, parity: str) -> arb | None:
    """The integral over the whole line from that over x > 0, by symmetry."""
    if parity not in ("odd", "even") or ball is None:
        return ball
    if name in (_ODD_VANISH if parity == "odd" else _EVEN_VANISH):
        return arb(0) if ball.is_finite() else arb.nan()
    return 2 * ball


def _number(ball: arb | None, exact: sp.Expr | None = None) -> Number:
    if ball is None:
        return Number.missing("neither enclosed nor shown to diverge")
    if ball.is_nan():
        return Number.missing("the integral does not exist: it diverges with both signs", Standing.PROVED)
    if ball == arb.pos_inf():
        return INFINITY
    if ball == arb.neg_inf():
        return MINUS_INFINITY
    if exact is not None:
        return exact_number(exact)
    number = to_number(ball)
    if not number.known:
        return number
    if 2 * ball.rad() > WIDEST * max(1.0, _middle(ball)):
        return replace(number, note="a wide enclosure")
    return number


def _quotient(above: arb, under: arb) -> Number:
    if under.contains(0):
        return Number.missing(f"the enclosure of the divisor reaches from {under.lower()} to {under.upper()}")
    return _number(above / under)


def _infinite(number: Number) -> bool:
    return number.lower == number.upper and number.lower in (math.inf, -math.inf)


def _exact_forms(
    pieces: Sequence[Piece], q: sp.Rational, parity: str, balls: Mapping[str, arb | None]
) -> dict[str, sp.Expr]:
    """Exact values of the integrals that have a closed form; each lies in the enclosure, or it is left out."""
    found: dict[str, sp.Expr | None] = {}
    if q == 1 and len(pieces) <= MOST_PIECES:
        exact = closed_form.integrals([(piece.lower, piece.upper, piece.expr) for piece in pieces])
        found = {name: getattr(exact, name) for name in FIELDS}
    if parity in ("odd", "even"):
        found |= dict.fromkeys(_ODD_VANISH if parity == "odd" else _EVEN_VANISH, sp.S.Zero)
    elif len(pieces) == 1:
        found |= {name: value for name, value in _by_symmetry(pieces[0], q, balls).items() if found.get(name) is None}
    return {name: value for name, value in found.items() if value is not None and _inside(value, balls[name])}


def _inside(value: sp.Expr, ball: arb | None) -> bool:
    with ctx.workprec(160):
        inner = constant_ball(value)
        return ball is not None and ball.is_finite() and inner.is_finite() and ball.overlaps(inner)


def _by_symmetry(piece: Piece, q: sp.Rational, balls: Mapping[str, arb | None]) -> dict[str, sp.Expr]:
    """Exact means where g or g' is a constant plus an odd function: E[g] = g(0), E[g'] = g'(0), E[z g] = q g'(0)."""
    out: dict[str, sp.Expr] = {}
    for name, expr in (("mean", piece.expr), ("derivative_mean", piece.derivative())):
        if any(point.is_zero for point in piece.removable):
            continue
        middle = expr.subs(X, 0)
        if _inside(middle, balls[name]) and is_zero(expr + expr.subs(X, -X) - 2 * middle):
            out[name] = middle
            if name == "derivative_mean":
                out["covariance"] = q * middle
    return out


def _variance(
    numbers: Mapping[str, Number], balls: Mapping[str, arb | None], exact: dict[str, sp.Expr]
) -> tuple[Number, arb | None]:
    mean, second = numbers["mean"], numbers["second_moment"]
    if not mean.known:
        return mean, None
    if _infinite(mean):
        return Number.missing("the mean is infinite", Standing.PROVED), None
    if not second.known or _infinite(second):
        return second, None
    if "mean" in exact and "second_moment" in exact:
        exact["variance"] = sp.expand(exact["second_moment"] - exact["mean"] ** 2)
        return confined(exact_number(exact["variance"]), 0.0), accurate_ball(exact["variance"])
    above, middle = balls["second_moment"], balls["mean"]
    assert above is not None and middle is not None
    return confined(_number(above - middle**2), 0.0), above - middle**2


# --- facts -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
@alone
def enclosed(activation: Activation, q: sp.Rational) -> Moments:
    """The moments at q in ball arithmetic."""
    if activation.trouble:
        raise Undecided(activation.trouble)
    return moments(activation.pieces, q, known_parity(activation))


def roughly(activation: Activation, q: sp.Rational, panels: int) -> dict[str, arb]:
    """The balls of the integrals at q, without closed forms; wide where more panels than these are needed."""
    parity = known_parity(activation)
    try:
        found = _at_its_size(activation.pieces, q, parity in ("odd", "even"), panels)
    except Undecided:
        return {}
    balls = {name: _unfolded(ball, name, parity) for name, ball in zip(FIELDS, found, strict=True)}
    return {name: ball for name, ball in balls.items() if ball is not None}


def known_parity(activation: Activation) -> str:
    """The parity, `none` where it is not decided."""
    try:
        return symmetry(activation)
    except Undecided:
        return "none"


def find(activation: Activation) -> Fact:
    """Mean, second moment and variance of g(z) and the like of g'(z), z ~ N(0, 1), and the elasticity E[z g g']/E[g^2].

    The moments of g' are those of the pointwise derivative: a jump of g adds nothing to them. Of a random activation
    they are the moments of its mean function.
    """
    found = enclosed(activation, sp.S.One)
    numbers = {name: getattr(found, name) for name in FIELDS[:2]}
    numbers["variance"] = found.variance
    numbers |= {name: getattr(found, name) for name in FIELDS[2:4]}
    numbers["elasticity"] = _elasticity(found)
    return Fact("gaussian", weakest(*(number.standing for number in numbers.values())), numbers)


def _elasticity(found: Moments) -> Number:
    second = found.second_moment
    if _infinite(second):
        return Number.missing("E[g^2] is infinite", Standing.PROVED)
    if second.value == second.upper == 0.0:
        return Number.missing("g is zero", Standing.PROVED)
    if not (second.known and found.pull.known):
        return found.pull if second.known else second
    if _infinite(found.pull):
        return found.pull
    exact = found.exact
    if "pull" in exact and "second_moment" in exact:
        try:
            return exact_number(_ratio(exact["pull"], exact["second_moment"]))
        except Undecided as reason:
            return Number.missing(str(reason))
    with ctx.workprec(BITS):
        return _quotient(found.balls["pull"], found.balls["second_moment"])


def _ratio(above: sp.Expr, under: sp.Expr) -> sp.Expr:
    """The quotient, as one fraction where that is cheap."""
    ratio = above / under
    return sp.together(ratio) if len(sp.Add.make_args(above)) + len(sp.Add.make_args(under)) <= TIDY else ratio


@lru_cache(maxsize=512)
def nonlinearity(activation: Activation) -> Number:
    """1 - Cov(z, g(z))^2 / Var g(z): the share of the output's variance that no line explains."""
    found = enclosed(activation, sp.S.One)
    covariance, variance = found.covariance, found.variance
    if not (covariance.known and variance.known):
        return variance if not variance.known else covariance
    if _infinite(variance) or _infinite(covariance):
        return Number.missing("the variance is infinite", Standing.PROVED)
    exact = found.exact
    with ctx.workprec(BITS):
        explained, spread = found.balls["covariance"] ** 2, found.balls["variance"]
        doubtful, affine_in_doubt = spread.contains(0), (spread - explained).contains(0)
    constant = doubtful and all(piece.is_zero(piece.derivative()) for piece in activation.pieces)
    if exact.get("variance") == 0:
        return Number.missing("a constant has no variance to explain", Standing.PROVED)
    if affine_in_doubt and affine(activation)["value"]:
        return (
            Number.missing("a constant has no variance to explain", Standing.PROVED)
            if constant
            else exact_number(sp.S.Zero)
        )
    if exact.get("covariance") == 0 and (
        not doubtful or any(piece.is_zero(piece.derivative()) is False for piece in activation.pieces)
    ):
        return exact_number(sp.S.One)
    if "covariance" in exact and "variance" in exact:
        return confined(exact_number(1 - _ratio(exact["covariance"] ** 2, exact["variance"])), 0.0, 1.0)
    with ctx.workprec(BITS):
        return confined(_quotient(spread - explained, spread), 0.0, 1.0)


def noise(activation: Activation) -> Fact | None:
    """The mean and variance functions of a random activation, and the variance that is to be expected."""
    if activation.noise is None:
        return None
    expected = moments(activation.noise.variance_pieces).mean
    texts = {"mean": show(activation.noise.mean), "variance": show(activation.noise.variance)}
    return Fact("noise", expected.standing, texts | {"expected_variance": expected})


def criticality(activation: Activation) -> Fact:
    """Is there an initialisation that keeps the mean square of the gradient from layer to layer?

    With weight variance w and bias variance b the mean square q of the pre-activations goes to w E[g^2] + b, and that
    of the gradient is multiplied by chi = w E[g'^2], both with z ~ N(0, q). So chi = 1 at a fixed point q needs
    w = 1/E[g'^2] and b = q - E[g^2]/E[g'^2] >= 0, that is q E[g'^2] >= E[g^2]. In the limit q -> 0 the slopes l and r
    on the two sides of 0 decide, where g(0) = 0: w = 2/(l^2 + r^2), b = 0.
    """
    scale = scale_of(activation)
    if not scale.plain:
        fact = criticality(at_scale(activation, scale))
        factors = {"q": scale.squares, "sigma_b2": scale.squares, "sigma_w2": scale.weights}
        moved = {name: None if fact[name] is None else carried(fact[name], 1 / factors[name]) for name in factors}
        return replace(fact, fields={**fact.fields, **moved})
    note = "of the mean function" if activation.noise is not None else ""
    found = _homogeneous(activation) or _at_scale(activation, SCALES[0])
    if not found and squares_finite(activation):
        found = _at_zero(activation)
    absent = {"q": None, "sigma_w2": None, "sigma_b2": None}
    reason = "" if found else _never(activation)
    if reason:
        return Fact("criticality", Standing.PROVED, {"exists": False, **absent}, reason)
    scales = SCALES[1:] if all(name in enclosed(activation, SCALES[0]).balls for name in SQUARES) else ()
    scales += FAR_SCALES if scales and _grows_like_lines(activation) else ()
    for q in scales:
        found = found or _at_scale(activation, q)
    if found:
        q, weights, biases = found
        standing = weakest(weights.standing, biases.standing)
        fields = {"exists": True, "q": q, "sigma_w2": weights, "sigma_b2": biases}
        return Fact("criticality", standing, fields, note)
    places = ", ".join(map(str, sorted((*SCALES[:1], *scales))))
    tried = f"q E[g'^2] >= E[g^2] was not shown at q = {places}, nor in the limit q -> 0"
    return Fact("criticality", Standing.OPEN, {"exists": None, **absent}, tried)


Initialisation = tuple[Number, Number, Number]  # q and the variances of weights and biases


def squares_finite(activation: Activation) -> bool | None:
    """Are E[g^2] and E[g'^2] finite at every small q (True), or is one of them infinite at every q (False)?

    What is finite at one q is so below it, since there the density is at most a multiple of the one at q. A singular
    place and a growth like exp(x^m), m > 2, make an integral infinite at every q.
    """
    for q in (SCALES[0], *NEAR_SCALES):
        found = enclosed(activation, q)
        if all(name in found.balls and found.balls[name].is_finite() for name in SQUARES):
            return True
        if q == SCALES[0] and (_singular(activation) or _outgrows(activation)):
            return False
    return None


def _singular(activation: Activation) -> bool:
    """Is E[g^2] or E[g'^2] infinite because of a place on the line?"""
    with ctx.workprec(BITS):
        ends = [end for p in activation.pieces for end in _ends(compile_form(p.expr, X, p.removable), p, SCALES[0])]
    squares = [FIELDS.index(name) for name in SQUARES]
    return any(end.place.is_finite and any(end.rest[k] == arb.pos_inf() for k in squares) for end in ends)


def _outgrows(activation: Activation) -> bool:
    """Does g grow at an end faster than the density of any q falls?"""
    with ctx.workprec(BITS):
        for piece, side in ((activation.pieces[0], -1), (activation.pieces[-1], 1)):
            end = piece.lower if side < 0 else piece.upper
            lead = _lead(outward(piece.expr, X, end, 0), STARTS[1]) if end.is_infinite else None
            if lead is not None and (power := next(iter(lead[1].q), None)):
                if power[0] > 2 and _ball(power[1]) > 0 and _sign(_ball(lead[0])):
                    return True
    return False


def _grows_like_lines(activation: Activation) -> bool:
    """Does the slope have finite limits at both ends, not both 0? Then q E[g'^2]/E[g^2] tends to 1 as q grows."""
    try:
        slopes = [activation.pieces[0].limit(-sp.oo, 1), activation.pieces[-1].limit(sp.oo, 1)]
        return all(slope.is_finite for slope in slopes) and not all(slope.is_zero for slope in slopes)
    except Undecided:
        return False


def is_homogeneous(activation: Activation) -> bool:
    """Is g(c x) = c g(x) for every c > 0?"""
    pieces = activation.pieces
    if activation.undefined or any(piece.lower != 0 for piece in pieces[1:]):
        return False
    return all(piece.is_zero(piece.expr - X * piece.derivative()) for piece in pieces)


def _homogeneous(activation: Activation) -> Initialisation | None:
    """Where g is homogeneous, q E[g'^2] = E[g^2] at every q."""
    found = enclosed(activation, sp.S.One).balls
    if not all(name in found for name in SQUARES) or not found[SQUARES[0]].overlaps(found[SQUARES[1]]):
        return None
    if not is_homogeneous(activation):
        return None
    slopes = [piece.derivative().subs(X, sample(piece)) for piece in activation.pieces]
    return _from_slopes(sp.S.One, slopes[0], slopes[-1])


def _from_slopes(q: sp.Expr, left: sp.Expr, right: sp.Expr) -> Initialisation | None:
    square = sp.expand(left**2 + right**2)
    if is_zero(square) is not False:
        return None
    return exact_number(q), exact_number(2 / square), exact_number(sp.S.Zero)


def _at_zero(activation: Activation) -> Initialisation | None:
    if activation.undefined:
        return None
    (g_left, left), (g_right, right) = (_side_of_zero(activation, side) for side in (-1, 1))
    if g_left is None or left is None or g_right is None or right is None:
        return None
    if not (left.is_finite and right.is_finite):
        return None
    if not (is_zero(g_left) and is_zero(g_right)):
        return None
    return _from_slopes(sp.S.Zero, left, right)


def _side_of_zero(activation: Activation, side: int) -> tuple[sp.Expr | None, sp.Expr | None]:
    """The one-sided limits of g and of g' at 0."""
    piece = piece_beside(activation.pieces, sp.S.Zero, side)
    with suppress(Undecided):
        if piece is not None:
            return limit(piece.expr, sp.S.Zero, side), limit(piece.derivative(), sp.S.Zero, side)
    return None, None


def _at_scale(activation: Activation, q: sp.Rational) -> Initialisation | None:
    found = enclosed(activation, q)
    slope, second = found.balls.get("derivative_second_moment"), found.balls.get("second_moment")
    if slope is None or second is None or not (slope.is_finite() and second.is_finite() and slope > 0):
        return None
    exact = found.exact
    if "derivative_second_moment" in exact and "second_moment" in exact:
        square = exact["derivative_second_moment"]
        left = q - _ratio(exact["second_moment"], square)
        if is_zero(left) or constant_sign(left) > 0:
            return exact_number(q), exact_number(1 / square), exact_number(sp.S.Zero if is_zero(left) else left)
        return None
    with ctx.workprec(BITS):
        weights, biases = 1 / slope, constant_ball(q) - second / slope
        return (exact_number(q), to_number(weights), to_number(biases)) if biases > 0 else None


def _never(activation: Activation) -> str:
    """Why no initialisation is critical, where that is shown; else nothing.

    By parts, E[z F] = q E[F'] + q (what F = g g' jumps, weighted by the density). So where g g'' >= 0 and
    g (g - z g') >= 0, and F jumps upwards only, q E[g'^2] <= E[z g g'] <= E[g^2], and one of the two is strict unless
    all of these vanish.
    """
    if _gap(activation.pieces):
        return "g is not defined on an interval"
    if all(piece.is_zero(piece.derivative()) for piece in activation.pieces):
        return "the slope is zero almost everywhere"
    if affine(activation)["value"]:  # through 0 it would have been found homogeneous
        return "g is a x + b with b not 0, so q E[g'^2] = q a^2 < q a^2 + b^2 = E[g^2] at every q"
    if squares_finite(activation) is False:
        return "E[g^2] or E[g'^2] is infinite at every q"
    pieces = activation.pieces
    try:
        if activation.undefined or not _apart_from_zero(activation):
            return ""
        if any(_falls_below(piece) for piece in pieces):
            return ""
        signs = {sign for before, after in pairwise(pieces) for sign in _jump(before, after)}
        for piece in pieces:
            bends = piece.chart(piece.expr * piece.derivative(2))
            lags = piece.chart(piece.expr * (piece.expr - X * piece.derivative()))
            signs |= bends.all_signs | lags.all_signs
    except Undecided:
        return ""
    if signs <= {0, 1} and 1 in signs:
        return "g g'' >= 0 and g (g - z g') >= 0, and g g' never jumps down, so q E[g'^2] < E[g^2] at every q"
    return ""


def _falls_below(piece: Piece) -> bool:
    """Is g g'' or g (g - z g') seen to be negative at one of a few points? Then there is nothing to prove."""
    g, slope, bend = (compile_form(piece.derivative(order), X, piece.removable) for order in (0, 1, 2))
    for at in probes(piece):
        with suppress(ValueError):
            value = g.ball(at)
            if value * bend.ball(at) < 0 or value * (value - at * slope.ball(at)) < 0:
                return True
    return False


def probes(piece: Piece) -> list[arb]:
    """A few points of a piece, of both signs and several sizes, where signs are looked at before they are proved."""
    lower, upper = constant_ball(piece.lower), constant_ball(piece.upper)
    return [at for at in _PROBES if lower < at < upper]


def _jump(before: Piece, after: Piece) -> set[int]:
    """The sign of the jump of g g' between two pieces; g and g' have finite limits on both sides."""
    place = after.lower
    values = [piece.limit(place, order) for piece in (before, after) for order in (0, 1)]
    if not all(value.is_finite for value in values):
        raise Undecided(f"an infinite limit at {place}")
    g_before, before_slope, g_after, after_slope = values
    jump = g_after * after_slope - g_before * before_slope
    return {0} if is_zero(jump) else {1 if constant_ball(jump) > 0 else -1}


def _apart_from_zero(activation: Activation) -> bool:
    """Is no initialisation critical in the limit q -> 0, because g(0) is not 0 or the slopes on both sides are?"""
    (g_left, left), (g_right, right) = (_side_of_zero(activation, side) for side in (-1, 1))
    if g_left is None or left is None or g_right is None or right is None:
        return False
    if not all(value.is_finite for value in (g_left, left, g_right, right)):
        return False
    return False in (is_zero(g_left), is_zero(g_right)) or (is_zero(left) is True and is_zero(right) is True)

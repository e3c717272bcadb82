"""What lies beyond the panels: how integrands grow or fall at an end, and a bound on the rest of the integral."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import sympy as sp
from flint import arb, fmpq

from propcheck.calculus import Undecided
from propcheck.calculus.exact import Exact
from propcheck.calculus.form import constant_ball
from propcheck.calculus.monomial import Monomial
from propcheck.calculus.signs import constant_sign
from propcheck.calculus.tail import germ, outward
from propcheck.language import X
from propcheck.pieces.piece import Piece

GOAL = 2e-14  # radius of an integral, relative to max(1, |value|); of a small g relative to its root mean square
STARTS = (16, 64, 1024, 2**14, 2**20)  # where a germ at infinity is tried
NEAREST = (20, 60, 100, 150, 250, 400, 600)  # binary digits between a singular end and the panels
# The six integrands, by their powers of x, g and g'.
POWERS = ((0, 1, 0), (0, 2, 0), (0, 0, 1), (0, 0, 2), (1, 1, 0), (1, 1, 1))


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
        exponent = sum((exact_ball(c) * x ** _fmpq(m) for m, c in self.q), arb(0))
        return exponent.exp() * x ** _fmpq(self.p) * x.log() ** self.r

    @property
    def converges(self) -> bool:
        """Is the integral up to oo finite?"""
        if self.q:
            return bool(exact_ball(self.q[0][1]) < 0)
        return self.p < -1 or (self.p == -1 and self.r < -1)

    @property
    def diverges(self) -> bool:
        """Is the integral up to oo infinite? Neither is known where the sign of the exponent is not."""
        return bool(exact_ball(self.q[0][1]) > 0) if self.q else not self.converges


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
        if at_infinity and q and all(exact_ball(c) < 0 for _, c in q):
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


def exact_ball(value: Exact) -> arb:
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
        slope = [(m, arb(_fmpq(m)) * exact_ball(c)) for m, c in rate.q] + [(Fraction(0), arb(_fmpq(rate.p + 1)))]
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
        leads.append(lead_of(expr, start))
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
            direction *= sign_of(exact_ball(lead[0]))
        for _ in range(n):
            rate = rate.times(position)
        if rate.diverges:
            signs[index] = direction
    return growths, signs


def sign_of(ball: arb) -> int:
    """The sign of what the ball holds; 0 where it is not known."""
    return 1 if ball > 0 else -1 if ball < 0 else 0


def lead_of(expr: sp.Expr, start: int) -> tuple[Exact, Rate] | None:
    try:
        found = germ(expr, X, start).leading()
        return None if found is None else (found[0], Rate.of(found[1]))
    except Undecided:
        return None


def far_end(piece: Piece, side: int, q: sp.Rational) -> End:
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


def singular_end(piece: Piece, place: sp.Expr, side: int, q: sp.Rational) -> End:
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


def square_beyond(expr: sp.Expr, start: int, near: arb) -> arb:
    """A bound of the integral of expr^2 from `near` >= `start` to oo; infinite where none is shown."""
    try:
        growth = _bound(expr, start)
        return _rest(_product(growth, growth), near)
    except Undecided:
        return arb.pos_inf()


def squares_beyond(piece: Piece, side: int, q: sp.Rational, near: int) -> tuple[arb, arb, arb]:
    """Bounds of the integrals of g^2, g'^2 and (x g)^2 against N(0, q) from `near` on, on this side.

    They are infinite where none is shown.
    """
    density = Rate(Fraction(0), 0, ((Fraction(2), -1 / (2 * fmpq(int(q.p), int(q.q)))),))
    height = 1 / (2 * arb.pi() * constant_ball(q)).sqrt()
    found = []
    for order, power in ((0, 0), (1, 0), (0, 1)):
        try:
            bound = _growth(outward(piece.derivative(order), X, side * sp.oo, 0), near, True)
            whole = _product([(arb(1), density)], bound, bound, [(arb(1), Rate(Fraction(2 * power), 0))])
            found.append(_rest(whole, arb(near)) * height)
        except Undecided:
            found.append(arb.pos_inf())
    return found[0], found[1], found[2]

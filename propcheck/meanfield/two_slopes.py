"""What becomes of signals where g is a line on each side of 0: the measures of `propagation` in closed form, as balls.

Weights of variance 1/E[g'^2] keep every length and the mean square of the gradient, so that all layers are alike. In
units of the steeper slope let the other be t. The measures depend on t alone, and are those of (1, t) as of (t, 1).
With an even and an odd part of (1 - t)/2 and (1 + t)/2 the correlation map is 2/pi (sqrt(1 - c^2) + c asin c) of the
one and c of the other (Cho and Saul 2009, arXiv 1112.3712).

A ball of t may hold many values: each number then holds what it is at every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.any_number import any_ball
from propcheck.calculus.ball import above, below, nearest
from propcheck.meanfield.propagation import DEAD, DEPTH, KEY, NOISE, ONE, SHALLOW
from propcheck.verdict import Fact, Number, Standing

_BITS = 96
_PARTS = 200  # of the values that many outputs may be near, looked at
_CLOSE = 1e-11  # beyond which a share is not enclosed more narrowly


def ratio_of(*quotients: sp.Expr) -> arb:
    """The slope that is less steep in units of the other, of the two quotients of the slopes.

    Undecided where neither has a finite ball.
    """
    with ctx.workprec(_BITS):
        balls = [any_ball(quotient) for quotient in quotients if not quotient.has(sp.zoo, sp.nan)]
    found = [ball for ball in balls if ball.is_finite()]
    if not found:
        raise Undecided("slopes that may both be 0")
    return min(found, key=lambda ball: float(abs(ball).mid()))


def signals(t: arb, shares: Sequence[Fraction] = ()) -> Fact:
    """The fact `propagation`, enclosed, with lengths and slopes in units of the steeper slope.

    Where `shares` are given, `sparse` is enclosed so far that it is known between which of them it lies.
    """
    with ctx.workprec(_BITS):
        square = (1 + t * t) / 2  # E[g^2] and E[g'^2]
        variance = ((1 + t * t) * (1 - 1 / arb.pi()) + 2 * t / arb.pi()) / 2
        if not variance > 0:
            raise Undecided("outputs that may be all alike")
        usual, deviation = square.sqrt(), variance.sqrt()
        contrast, noise = _told_apart(t)
        decades = arb(DEPTH - 1) * arb(2).log() / (2 * arb(10).log())  # of a gradient, by twice the variance
        fourth = 1 - 2 * t * t / (1 + t * t) ** 2  # E[g'^4] over twice E[g'^2]^2
        balls = {
            "q": 1 / square,
            "slope": usual,
            "deviation": deviation / usual,
            "gradient": arb(0),
            "halved": -decades,
            "doubled": decades,
            "spread": 6 * fourth - 1,
            "dead": sum((_positive(1 - abs(s) / (arb(DEAD) * usual)) for s in (t, arb(1))), arb(0)) / 2,
            "mean": abs(1 - t) / (2 * arb.pi() * variance).sqrt(),
            "nonlinear": (1 - t) ** 2 * (arb(1) / 4 - 1 / (2 * arb.pi())) / variance,
            "elasticity": arb(1),
            "contrast": contrast,
            "noise": noise,
            "sparse": _share(t, arb(ONE) * deviation, [float(share) for share in shares]),
        }
        if not all(ball.is_finite() for ball in balls.values()):
            raise Undecided("signals that are not enclosed")
        numbers = {name: number(ball) for name, ball in balls.items()}
    start = {"scheme": "critical", "sigma_w2": numbers["q"].value, "sigma_b2": 0.0, "depth": DEPTH}
    return Fact(KEY, Standing.ENCLOSED, start | numbers)


def bent(t: arb, least: float) -> bool | None:
    """Is the jump of the slope at 0 more than so much of the usual slope?"""
    with ctx.workprec(_BITS):
        jump, bound = abs(1 - t), arb(least) * ((1 + t * t) / 2).sqrt()
        return True if jump > bound else False if jump < bound else None


def _apart(t: arb, away: arb) -> tuple[arb, arb]:
    """1 - the correlation after SHALLOW layers, of inputs of which it is `away`, and the slope of that by t."""
    even, moves = arb(1) / 2 - t / (1 + t * t), (t * t - 1) / (1 + t * t) ** 2
    slope = arb(0)
    for _ in range(SHALLOW):
        c = 1 - away
        lost = away - 1 + 2 / arb.pi() * (_positive(away * (2 - away)).sqrt() + c * c.asin())
        slope = slope * (1 - even * (1 - 2 / arb.pi() * c.asin())) - moves * lost
        away = away - even * lost
    return away, slope


def _told_apart(t: arb) -> tuple[arb, arb]:
    """Contrast and noise: at the middle, and from there by their slopes."""
    disturbed = 1 - 1 / arb(1 + NOISE**2).sqrt()
    contrast, there = _apart(t, arb(1))
    share, here = _apart(t, disturbed)
    middle = arb(t.mid())
    at, beside = _apart(middle, arb(1))[0], _apart(middle, disturbed)[0]
    slope = (here * contrast - share * there) / (contrast * contrast)
    noise = beside / at + slope * (t - middle)
    return at + there * (t - middle), noise / disturbed


def _positive(ball: arb) -> arb:
    return ball.max(arb(0))


def number(ball: arb) -> Number:
    """An enclosed number."""
    return Number(nearest(ball), below(ball), above(ball), None, Standing.ENCLOSED)


# --- the largest share of outputs at one value -----------------------------------------------------------------------


def _share(t: arb, width: arb, between: Sequence[float]) -> arb:
    """The greatest over v of E[(1 - abs(g(z) - v)/width)_+], for z ~ N(0, 1).

    It is at most a width from 0, since the density of the outputs falls on both sides. There the values are divided:
    the share at the middle of a part, and its slope over the part, bound it.
    """
    parts = [(arb(k) / 4, arb(k + 1) / 4) for k in range(-4, 4)]  # of v, in widths
    least, bounds = _share_at(t, width, arb(0)).lower(), []
    for turn in range(_PARTS):
        for low, high in parts:
            middle, whole = (low + high) / 2, low.union(high)
            here = _share_at(t, width, middle)
            moved = here + _slope_at(t, width, whole) * (whole - middle)
            most = moved if moved.is_finite() else _share_at(t, width, whole)
            least = least.max(here.lower())
            bounds.append((above(most), float(here.rad()), low, high))
        most_of_all, blur, low, high = max(bounds, key=lambda bound: bound[0])
        close = most_of_all - float(least) <= max(_CLOSE, (8 if between else 3) * blur)
        told = between and not any(below(least) <= share <= most_of_all for share in between)
        if close or told or turn == _PARTS - 1:
            break
        bounds = [bound for bound in bounds if bound[2] is not low and bound[0] >= below(least)]
        parts = [(low, (low + high) / 2), ((low + high) / 2, high)]
    return least.union(arb(min(1.0, most_of_all)))


def _share_at(t: arb, width: arb, v: arb) -> arb:
    """The share at v widths: of the line of slope 1 above 0, and of that of slope t below."""
    one, other = _one_side(arb(1), width, v), None
    if t > 0:
        other = _one_side(t, width, -v)
    elif t < 0:
        other = _one_side(-t, width, v)
    if other is None or not other.is_finite():  # next to a flat half: what is there lies within a ball of its size
        lost = abs(t).upper() / width / (2 * arb.pi()).sqrt()
        flat = _positive(1 - abs(v)) / 2 + arb(0, lost.upper())
        other = _positive(flat.min(arb(1) / 2))
    return one + other


def _one_side(slope: arb, width: arb, v: arb) -> arb:
    """E[(1 - abs(slope z - v width)/width)_+; z > 0], by second differences of E[(y - unit z)_+; z > 0].

    What that is at many units, the mean value theorem says: its slope by the unit is -E[z; 0 < z < y/unit].
    """
    unit = slope / width
    if not unit > 0:
        return arb.nan()
    middle = unit.mid()
    here = _integral(middle, v + 1) - 2 * _integral(middle, v) + _integral(middle, v - 1)
    falls = _first(unit, v + 1) - 2 * _first(unit, v) + _first(unit, v - 1)
    return _positive(here - falls * (unit - middle)).min(arb(1) / 2)


def _integral(unit: arb, y: arb) -> arb:
    """E[(y - unit z)_+; z > 0]."""
    y = _positive(y)
    return y * _mass(y / unit) - unit * _first(unit, y)


def _first(unit: arb, y: arb) -> arb:
    """E[z; 0 < z < y/unit]."""
    at = _positive(y) / unit
    return (1 - (-at * at / 2).exp()) / (2 * arb.pi()).sqrt()


def _mass(z: arb) -> arb:
    """P[0 < Z < z]."""
    return (z / arb(2).sqrt()).erf() / 2


def _slope_at(t: arb, width: arb, v: arb) -> arb:
    """The slope of the share by v."""
    found = arb(0)
    for slope, sign in ((arb(1), 1), (abs(t), -1 if t > 0 else 1)):
        if not slope > 0:
            return arb.nan()
        unit, at = slope / width, sign * v
        masses = [_mass(_positive(at + k) / unit) for k in (1, 0, -1)]
        found += sign * (masses[0] - 2 * masses[1] + masses[2])
    return found

"""Gaussian integrals of products of functions and powers of x, for x ~ N(0, 1), enclosed.

On a panel each function is its Taylor polynomial about the centre and a remainder, which the Taylor coefficient over
the whole panel bounds; the moments of the density on the panel do the rest. Beyond the panels a Lipschitz constant
bounds a function, and the density leaves next to nothing. Numbers in the functions may be known by their ends alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from flint import arb, arb_poly, ctx

from propcheck.analysis.panels import panel_weights, series
from propcheck.calculus import Undecided
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.language import X

REACH = 12  # deviations; beyond them the density is 2e-32
_WIDTH = 0.5  # of a panel at first
_NARROWEST = 2.0**-6
BITS = 128
FINE, COARSE = 26, 8  # orders of the Taylor polynomials
_SMALL = 1e-26  # remainders that are small enough

Wanted = tuple[int, tuple[str, ...]]  # the power of x, and the factors; "g'" is the slope of "g"


@dataclass(frozen=True)
class Part:
    """The functions on one piece of the line, by name."""

    lower: sp.Expr
    upper: sp.Expr
    forms: Mapping[str, Form]

    @classmethod
    def of(cls, lower: sp.Expr, upper: sp.Expr, exprs: Mapping[str, sp.Expr]) -> Part:
        return cls(lower, upper, {name: compile_form(expr, X) for name, expr in exprs.items()})


@dataclass(frozen=True)
class Bound:
    """abs(f(x)) <= at_zero + slope abs(x), and abs(f') <= slope."""

    at_zero: arb
    slope: arb


def expectations(
    parts: Sequence[Part], wanted: Sequence[Wanted], bounds: Mapping[str, Bound], order: int = FINE
) -> dict[Wanted, arb]:
    """The integrals of the products that are wanted."""
    with ctx.workprec(BITS):
        total = {item: _beyond(item, bounds) for item in wanted}
        for part in parts:
            for lower, upper in _panels(part):
                for item, value in _on_panel(part, lower, upper, wanted, order).items():
                    total[item] += value
        return total


def _beyond(item: Wanted, bounds: Mapping[str, Bound]) -> arb:
    """What lies beyond the panels on both sides: x^j times the density falls from j on, and its integral with it."""
    power, factors = item
    reach = arb(REACH)
    size, degree = arb(1), power
    for name in factors:
        bound = bounds[name.rstrip("'")]
        if name.endswith("'"):
            size *= bound.slope
        else:
            size *= bound.at_zero / reach + bound.slope
            degree += 1
    density = (-reach * reach / 2).exp() / (2 * arb.pi()).sqrt()
    most = (4 * size * reach**degree * density).abs_upper()
    if not most.is_finite():
        raise Undecided("a function that is not bounded by a line")
    return arb(0, most)


def _panels(part: Part) -> list[tuple[arb, arb]]:
    low = max_of(constant_ball(part.lower), arb(-REACH)) if part.lower.is_finite else arb(-REACH)
    high = -max_of(-constant_ball(part.upper), arb(-REACH)) if part.upper.is_finite else arb(REACH)
    if not low < high:
        if low > high or low.overlaps(high):
            return [] if not low.overlaps(high) else [(low, high)]
    cuts = [low]
    mark = -REACH
    while mark < REACH:
        if cuts[-1] < arb(mark) < high:
            cuts.append(arb(mark))
        mark += _WIDTH
    cuts.append(high)
    return list(zip(cuts, cuts[1:], strict=False))


def max_of(one: arb, other: arb) -> arb:
    return one.max(other)


def _on_panel(part: Part, lower: arb, upper: arb, wanted: Sequence[Wanted], order: int) -> dict[Wanted, arb]:
    centre = ((lower + upper) / 2).mid()
    radius = abs(upper - centre).upper().max(abs(centre - lower).upper())
    box = lower.union(upper)
    known: dict[str, tuple[arb_poly, arb, arb]] = {}  # of each function the polynomial, its error, its size
    for name, form in part.forms.items():
        around = series(form, box, order + 1)
        sizes, power = [], arb(1)
        for coefficient in around:
            sizes.append((coefficient * power).abs_upper())
            power *= radius
        cut = next((k for k in range(order, 0, -1) if sizes[k].is_finite()), 0)
        if not cut or not around[0].is_finite():
            raise Undecided("a function without a finite expansion on a panel")
        cut = min((k for k in range(1, cut + 1) if sizes[k].is_finite()), key=lambda k: k * sizes[k])
        value = arb_poly(series(form, centre, cut))
        known[name] = value, sizes[cut], sizes[0]
        known[f"{name}'"] = value.derivative(), cut * sizes[cut] / radius.lower(), around[1].abs_upper()
    if order == FINE and radius > _NARROWEST and any(error > _SMALL for _, error, _ in known.values()):
        left = _on_panel(part, lower, centre, wanted, order)
        right = _on_panel(part, centre, upper, wanted, order)
        return {item: left[item] + right[item] for item in wanted}
    weights = panel_weights(lower, upper, centre, radius, arb(1))
    products: dict[tuple[str, ...], tuple[arb_poly, arb]] = {}
    found: dict[Wanted, arb] = {}
    for power, factors in wanted:
        if factors not in products:
            made, exact, loose = arb_poly([1]), arb(1), arb(1)
            for name in factors:
                poly, error, size = known[name]
                made *= poly
                exact *= size + error
                loose *= size + 2 * error
            products[factors] = made, (loose - exact).abs_upper()
        made, error = products[factors]
        moved = made * arb_poly([centre, 1]) ** power
        coefficients = moved.coeffs()
        total = sum((c * w for c, w in zip(coefficients, weights, strict=False)), arb(0))
        if len(coefficients) > len(weights):
            raise Undecided("a polynomial longer than the moments that are known")
        spread = weights[0] * arb(0, error.upper()) * box.abs_upper() ** power
        found[power, factors] = total + spread
    return found

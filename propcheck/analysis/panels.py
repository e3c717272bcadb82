"""Gaussian integrals on one panel, from the Taylor polynomial about its centre and a bound on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul

from flint import arb, arb_poly, ctx

from propcheck.analysis.growth import End
from propcheck.calculus.form import Form

ORDER = 28  # of the Taylor polynomials


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


def panel_weights(lower: arb, upper: arb, centre: arb, radius: arb, q: arb) -> list[arb]:
    ends = float(lower), float(upper), float(q)
    if not (lower == ends[0] and upper == ends[1] and q == ends[2]):
        return _weights(lower, upper, centre, radius, q)
    key = (*ends, ctx.prec)
    if key not in _WEIGHTS:
        if len(_WEIGHTS) >= _KEPT:
            _WEIGHTS.clear()
        _WEIGHTS[key] = _weights(lower, upper, centre, radius, q)
    return _WEIGHTS[key]


def series(form: Form, box: arb, order: int) -> list[arb]:
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


def more_bits(form: Form, end: End) -> int:
    """What the working precision needs beside an end that is not 0, where places are differences, or gives such."""
    if end.place.is_infinite or (end.place.is_zero and series(form, end.stop, 2)[1].is_finite()):
        return 0
    return 2 * end.digits


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
    around = series(form, box, ORDER + 1)
    sizes, power = [], arb(1)
    for coefficient in around:
        sizes.append((coefficient * power).abs_upper())
        power *= radius
    known = [k for k in range(1, ORDER + 1) if sizes[k].is_finite()]
    h = radius.lower()
    if not known or not h > 0:  # a panel that no number is as narrow as
        return _Expansion(box, (around[0], around[1]), (), ())
    cut = min(known, key=lambda k: k * sizes[k])
    value = arb_poly(series(form, centre, cut))
    slope = value.derivative()
    moving = arb_poly([centre, 1]) * value
    total = value, value * value, slope, slope * slope, moving, moving * slope
    e, d = sizes[cut], cut * sizes[cut] / h  # errors of g and of g'
    g, s, x = sizes[0], around[1].abs_upper(), box.abs_upper()
    errors = e, e * (2 * g + e), d, d * (2 * s + d), x * e, x * (g * d + s * e + e * d)
    around_zero = tuple(arb(0, error.upper()) for error in errors)
    return _Expansion(box, (around[0], around[1]), tuple(poly.coeffs() for poly in total), around_zero)


def on_panel(form: Form, lower: arb, upper: arb, q: arb) -> list[arb]:
    """The six integrals over one panel."""
    centre, radius = _sides(lower, upper)
    if not radius * (abs(centre) + radius) < 6 * q:
        return _crude(form, lower.union(upper), _mass(lower, upper, q))
    found = _expansion(form, lower, upper)
    weights = panel_weights(lower, upper, centre, radius, q)
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
    g, d = series(form, box, 2)
    return _products(g, d, box, mass)


def _products(g: arb, d: arb, x: arb, mass: arb) -> list[arb]:
    return [mass * v for v in (g, g * g, d, d * d, x * g, x * g * d)]

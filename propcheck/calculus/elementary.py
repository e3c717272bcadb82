"""The elementary functions and their Taylor coefficients on balls."""

from __future__ import annotations

from collections.abc import Callable
from operator import mul

from flint import arb, arb_series, fmpq

from propcheck.language.functions import HEADS, Function

NAN = arb("nan")


# --- evaluating ------------------------------------------------------------------------------------------------------


_NARROW, _NARROW_BITS = 1e-9, 40


def _is_narrow(box: arb) -> bool:
    """Is a function of the whole ball hardly wider than what its ends give?"""
    return box.rel_accuracy_bits() > _NARROW_BITS and box.rad() < _NARROW or not box.is_finite()


def _ends(function: Callable[[arb], arb], box: arb) -> arb:
    """The hull of a monotone function over `box`."""
    return function(box) if _is_narrow(box) else _hull(function, box)


def _hull(function: Callable[[arb], arb], box: arb) -> arb:
    """The same where the slope may be infinite, or what FLINT says of a whole ball is no part of a small value."""
    if box.is_exact() or not box.is_finite():
        return function(box)
    return function(box.lower()).union(function(box.upper()))


def _where_real(function: Callable[[arb], arb], box: arb) -> arb:
    """The hull of asin or acos over the part of `box` that lies in [-1, 1]."""
    if not box.is_finite() or abs(box) <= 1:
        return _hull(function, box)
    lower, upper = box.lower(), box.upper()
    if upper < -1 or lower > 1:
        return NAN
    return function(lower if lower > -1 else arb(-1)).union(function(upper if upper < 1 else arb(1)))


def _sigmoid(u: arb) -> arb:
    if not u.is_finite():
        return NAN if u.is_nan() else arb(0.5, 0.5)
    return _ends(lambda v: 1 / (1 + (-v).exp()) if v >= 0 else (e := v.exp()) / (1 + e), u)


def _softplus(u: arb) -> arb:
    if not u.is_finite():
        return NAN
    return _ends(lambda v: v + (-v).exp().log1p() if v >= 0 else v.exp().log1p(), u)


def _acot(u: arb) -> arb:
    """pi/2 - atan(u), without cancellation for large u."""
    if u > 0:
        return (1 / u).atan()
    return arb.pi() / 2 - _ends(arb.atan, u)


def _even_decreasing(function: Callable[[arb], arb], u: arb) -> arb:
    """The hull of an even function that falls on both sides of 0."""
    if _is_narrow(u):
        return function(u)
    far = function(abs(u).upper())
    return far.union(function(arb(0)) if u.contains(0) else function(arb(u.abs_lower())))


def _sech2(u: arb) -> arb:
    return _even_decreasing(lambda v: 4 * (e := (-2 * abs(v)).exp()) / (1 + e) ** 2, u)


def _bell(u: arb) -> arb:
    """sigmoid'(u)."""
    return _even_decreasing(lambda v: (e := (-abs(v)).exp()) / (1 + e) ** 2, u)


def _cosh(u: arb) -> arb:
    if _is_narrow(u):
        return u.cosh()
    far = abs(u).upper().cosh()
    return far.union(arb(1) if u.contains(0) else arb(u.abs_lower()).cosh())


def integer_power(u: arb, n: int) -> arb:
    if n % 2 == 0 and u.contains(0) and u.is_finite():
        return arb(0).union(abs(u).upper() ** n)
    return _ends(lambda v: v**n, u)


def positive_root(u: arb, q: fmpq) -> arb:
    if u.is_zero() and q > 0:
        return arb(0)
    if u > 0:
        return _ends(lambda v: (arb(q) * v.log()).exp(), u)
    if q > 0 and u.upper() > 0:  # the part of the box where the power is real
        return arb(0).union((arb(q) * arb(u.upper()).log()).exp())
    return NAN


def _sqrt(u: arb) -> arb:
    if u.contains(0) and u.is_finite():
        return arb(0).union(arb(u.upper()).sqrt()) if u.upper() > 0 else arb(0)
    return _ends(arb.sqrt, u) if u > 0 else NAN


def _default(row: Function) -> Callable[[arb], arb]:
    function = getattr(arb, row.name)
    return (lambda u: _ends(function, u)) if row.monotone else function


BALL: dict[str, Callable[[arb], arb]] = {
    **{row.name: _default(row) for row in HEADS.values()},
    "expm1": lambda u: _ends(arb.expm1, u), "log": lambda u: _ends(arb.log, u) if u > 0 else NAN,
    "log1p": lambda u: _ends(arb.log1p, u) if u > -1 else NAN,
    "softplus": _softplus, "softplus0": lambda u: _ends(lambda v: (v.expm1() / 2).log1p(), u), "sigmoid": _sigmoid,
    "cosh": _cosh, "sech": lambda u: _even_decreasing(arb.sech, u), "sech2": _sech2,
    "asin": lambda u: _where_real(arb.asin, u), "acos": lambda u: _where_real(arb.acos, u), "acot": _acot,
    "sinpi": arb.sin_pi, "cospi": arb.cos_pi,
    "acosh": lambda u: _hull(arb.acosh, u), "atanh": lambda u: _hull(arb.atanh, u),
    "erfc": lambda u: _hull(arb.erfc, u), "sqrt": _sqrt,
    "rsqrt": lambda u: _ends(arb.rsqrt, u) if u > 0 else NAN,
    "lambertw": lambda u: _ends(arb.lambertw, u),
}  # fmt: skip

FACTOR: dict[str, Callable[[arb, arb], arb]] = {  # by which a slope is multiplied, from u and the value at u
    "exp": lambda u, v: v, "expm1": lambda u, v: BALL["exp"](u), "log": lambda u, v: 1 / u if u > 0 else NAN,
    "log1p": lambda u, v: 1 / (1 + u) if u > -1 else NAN, "softplus0": lambda u, v: _sigmoid(u),
    "softplus": lambda u, v: _sigmoid(u), "sigmoid": lambda u, v: _bell(u), "sin": lambda u, v: u.cos(),
    "sinpi": lambda u, v: arb.pi() * u.cos_pi(), "cospi": lambda u, v: -arb.pi() * u.sin_pi(),
    "cos": lambda u, v: -u.sin(), "tan": lambda u, v: 1 + integer_power(v, 2), "sinh": lambda u, v: _cosh(u),
    "cosh": lambda u, v: BALL["sinh"](u), "tanh": lambda u, v: _sech2(u),
    "sech": lambda u, v: -BALL["tanh"](u) * v, "sech2": lambda u, v: -2 * BALL["tanh"](u) * v,
    "asin": lambda u, v: positive_root(1 - integer_power(u, 2), _MINUS_HALF),
    "acos": lambda u, v: -positive_root(1 - integer_power(u, 2), _MINUS_HALF),
    "atan": lambda u, v: 1 / (1 + integer_power(u, 2)), "acot": lambda u, v: -1 / (1 + integer_power(u, 2)),
    "asinh": lambda u, v: BALL["rsqrt"](1 + integer_power(u, 2)),
    "acosh": lambda u, v: positive_root(integer_power(u, 2) - 1, _MINUS_HALF),
    "atanh": lambda u, v: 1 / (1 - integer_power(u, 2)) if -1 < u < 1 else NAN,
    "erf": lambda u, v: _gauss(u), "erfc": lambda u, v: -_gauss(u),
    "sqrt": lambda u, v: BALL["rsqrt"](u) / 2,
    "rsqrt": lambda u, v: _ends(lambda w: -w.rsqrt() / (2 * w), u) if u > 0 else NAN,
    "lambertw": lambda u, v: 1 / (u + BALL["exp"](v)),
}  # fmt: skip
_MINUS_HALF = fmpq(-1, 2)


def _gauss(u: arb) -> arb:
    """erf'(u)."""
    return _even_decreasing(lambda v: (-v * v).exp(), u) * (2 / arb.const_sqrt_pi())


def coefficients_of(series: arb_series, order: int) -> list[arb]:
    got = series.coeffs()
    return (got + [arb(0)] * (order - len(got)))[:order]


def series_of(coeffs: list[arb]) -> arb_series:
    return arb_series(coeffs, prec=len(coeffs))


def _with_start(start: arb, series: arb_series, order: int) -> arb_series:
    """`series` with its constant coefficient replaced by a tighter enclosure of the same value."""
    coeffs = coefficients_of(series, order)
    coeffs[0] = start
    return series_of(coeffs)


def _integrated(start: arb, slope: arb_series, u: arb_series, order: int) -> arb_series:
    """The series f(u) with f(u0) = start and f'(u) = slope."""
    if order == 1:
        return series_of([start])
    return _with_start(start, (slope * u.derivative()).integral(), order)


def _logistic_family(u: arb_series, order: int, value: arb, slope: arb, total: tuple[int, int]) -> list[arb]:
    """y with y' = w u', w = y (a - b y): the coefficients from tight starts for y and w. total = (a, b)."""
    a, b = total
    du = [k * c for k, c in enumerate(_until_zeros(u))][1:]
    y, w = [value], [slope]
    for k in range(1, order):
        y.append(sum(map(mul, du, reversed(w)), arb(0)) / k)
        square = 2 * sum(map(mul, y[: (k + 1) // 2], reversed(y)), arb(0))
        if k % 2 == 0:
            square += integer_power(y[k // 2], 2)  # a power of a ball around 0 is NaN to FLINT
        w.append(a * y[k] - b * square)
    return y


def _until_zeros(series: arb_series) -> list[arb]:
    """The coefficients up to the last that is not 0."""
    coeffs = series.coeffs()
    while coeffs and coeffs[-1].is_zero():
        coeffs.pop()
    return coeffs


def _logistic(u: arb_series, order: int) -> tuple[arb_series, arb_series]:
    """exp(-abs u) and 1 + exp(-abs u), the sign being that of u at the point."""
    e = (-u if u[0] > 0 else u).exp()
    return e, 1 + e


def _sigmoid_at(u: arb_series, order: int) -> arb_series:
    e, total = _logistic(u, order)
    inverse = _reciprocal(total, order)
    return inverse if u[0] > 0 else e * inverse


def _tanh_at(u: arb_series, order: int) -> arb_series:
    return _with_start(u[0].tanh(), 2 * _sigmoid_at(2 * u, order), order)


def _sech2_at(u: arb_series, order: int) -> arb_series:
    e, total = _logistic(2 * u, order)
    return 4 * e * _reciprocal(total * total, order)


def _sigmoid_series(u: arb_series, order: int) -> arb_series:
    u0 = u[0]
    return series_of(_logistic_family(u, order, _sigmoid(u0), _bell(u0), (1, 1)))


def _tanh_series(u: arb_series, order: int) -> arb_series:
    u0 = u[0]
    return series_of(_logistic_family(u, order, BALL["tanh"](u0), _sech2(u0), (0, 1)))


def _sech2_series(u: arb_series, order: int) -> arb_series:
    t = _tanh_series(u, order)
    return _with_start(_sech2(u[0]), 1 - t * t, order)


def _sech_series(u: arb_series, order: int) -> arb_series:
    """y with y' = -tanh(u) u' y."""
    y = [BALL["sech"](u[0])]
    rate = coefficients_of(-(_tanh_series(u, order) * u.derivative()), order) if order > 1 else []
    for k in range(1, order):
        y.append(sum(map(mul, rate, reversed(y)), arb(0)) / k)
    return series_of(y)


def _exp_series(u: arb_series, order: int) -> arb_series:
    return _with_start(BALL["exp"](u[0]), arb(1) * u.exp(), order)


def _gauss_slope(u: arb_series, order: int) -> arb_series:
    """2/sqrt(pi) exp(-u^2) with a tight start."""
    u0 = u[0]
    start = _even_decreasing(lambda v: (-v * v).exp(), u0)
    inner = _with_start(-(integer_power(u0, 2)), -(u * u), order)
    return _with_start(start, inner.exp(), order) * (2 / arb.const_sqrt_pi())


_SLOPES: dict[str, Callable[[arb_series, int], arb_series]] = {
    "log": lambda u, n: _reciprocal(u, n), "softplus": _sigmoid_series,
    "asin": lambda u, n: (1 - u * u).rsqrt(), "acos": lambda u, n: -((1 - u * u).rsqrt()),
    "atan": lambda u, n: _reciprocal(_one_plus_square(u, n), n),
    "acot": lambda u, n: -_reciprocal(_one_plus_square(u, n), n),
    "asinh": lambda u, n: _one_plus_square(u, n).rsqrt(), "acosh": lambda u, n: (u * u - 1).rsqrt(),
    "atanh": lambda u, n: _reciprocal(1 - u * u, n),
    "erf": _gauss_slope, "erfc": lambda u, n: -_gauss_slope(u, n),
}  # fmt: skip


def _by_slope(name: str) -> Callable[[arb_series, int], arb_series]:
    return lambda u, n: _integrated(BALL[name](u[0]), _SLOPES[name](u, n), u, n)


SERIES: dict[str, Callable[[arb_series, int], arb_series]] = {
    **{name: _by_slope(name) for name in _SLOPES},
    "exp": _exp_series,
    "expm1": lambda u, n: _with_start(BALL["expm1"](u[0]), _exp_series(u, n), n),
    "sigmoid": _sigmoid_series,
    "tanh": _tanh_series,
    "sech": _sech_series,
    "sech2": _sech2_series,
    "sin": lambda u, n: u.sin(),
    "cos": lambda u, n: u.cos(),
    "tan": lambda u, n: u.tan(),
    "sinh": lambda u, n: _with_start(BALL["sinh"](u[0]), (u.exp() - (-u).exp()) / 2, n),
    "cosh": lambda u, n: _with_start(_cosh(u[0]), (u.exp() + (-u).exp()) / 2, n),
    "sqrt": lambda u, n: root_series(u, n, fmpq(1, 2)),
    "rsqrt": lambda u, n: root_series(u, n, fmpq(-1, 2)),
    "lambertw": lambda u, n: u.lambertw(),
}
# The same about a point, where nothing is gained by following a differential equation.
AT_POINT: dict[str, Callable[[arb_series, int], arb_series]] = {
    "sigmoid": _sigmoid_at,
    "tanh": _tanh_at,
    "sech2": _sech2_at,
    "softplus": lambda u, n: _integrated(_softplus(u[0]), _sigmoid_at(u, n), u, n),
    "sqrt": lambda u, n: u.sqrt() if u[0] > 0 else root_series(u, n, fmpq(1, 2)),
    "rsqrt": lambda u, n: u.rsqrt() if u[0] > 0 else root_series(u, n, fmpq(-1, 2)),
}


def _reciprocal(u: arb_series, order: int) -> arb_series:
    start = u[0]
    return 1 / u if start.is_finite() and not start.contains(0) else series_of([NAN] * order)


def _one_plus_square(u: arb_series, order: int) -> arb_series:
    u0 = u[0]
    return _with_start(1 + integer_power(u0, 2), 1 + u * u, order)


def root_series(u: arb_series, order: int, q: fmpq) -> arb_series:
    """u**q for positive u, by p u y' = q u' y."""
    coeffs = coefficients_of(u, order)
    start = _sqrt(coeffs[0]) if q == fmpq(1, 2) else positive_root(coeffs[0], q)
    if not coeffs[0] > 0:
        return series_of([start] + [NAN] * (order - 1))
    if order == 1:
        return series_of([start])
    slope = positive_root(coeffs[0], q - 1) * arb(q)
    out = [start, slope * coeffs[1]]
    used = _until_zeros(u)[1:]
    above, under = int(q.p), int(q.q)
    for k in range(2, order):
        shares = [(above * j - under * (k - j)) * c for j, c in enumerate(used[:k], 1)]
        out.append(sum(map(mul, shares, reversed(out)), arb(0)) / (under * k * coeffs[0]))
    return series_of(out)


def power_series(u: arb_series, order: int, n: int) -> arb_series:
    """u**n with tight first coefficients on wide boxes."""
    coeffs = coefficients_of(u, order)
    out = coefficients_of(u**n if n > 1 else u, order)
    out[0] = integer_power(coeffs[0], n)
    if order > 1 and n > 1:
        out[1] = n * integer_power(coeffs[0], n - 1) * coeffs[1]
    if order > 2 and n > 2:
        out[2] = n * integer_power(coeffs[0], n - 1) * coeffs[2] + (n * (n - 1) // 2) * integer_power(
            coeffs[0], n - 2
        ) * integer_power(coeffs[1], 2)
    return series_of(out)

"""Local forms fitted in ball arithmetic: powers times polynomials, in one word or two."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import sympy as sp
from flint import arb, arb_poly, ctx

from propcheck.calculus.form import constant_ball
from propcheck.language import X
from propcheck.numeric.formats import Format
from propcheck.numeric.functions import Erfc, Expm1, Sech2, Sigmoid, Softplus, Stable
from propcheck.numeric.rewriting import stabilised
from propcheck.numeric.rounding import BITS, fixed, power, sides
from propcheck.numeric.steps import (
    Compensated,
    CompensatedTail,
    Horner,
    Offset,
    Over,
    Times,
)

_NODES = (9, 27, 81)  # points at which a function is asked for; each set holds the one before
_MOST_DEGREE = 28
_DEGREE_IN_TWO_WORDS = 6
ZERO_BITS = 400


def short_number(value: float, bits: int = 12) -> float:
    """A number of few bits near to another one."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 2.0 ** (math.frexp(value)[1] - bits)
    return round(value / unit) * unit if unit else value  # so near 0 that it has few bits already


def between_floats(end: sp.Expr, work: Format) -> bool:
    low, high = sides(end, work)
    return low != high


def mantissa(k: int) -> float:
    """A number from 1 to 2 whose digits are those of no other k."""
    return 1 + (0.0371 + k * 0.6180339887) % 1


def between(a: float, b: float) -> float:
    """Halfway, in size where the sizes are far apart."""
    if a * b > 0 and max(abs(a), abs(b)) > 4 * min(abs(a), abs(b)):
        return math.copysign(2 ** ((math.log2(abs(a)) + math.log2(abs(b))) / 2), a)
    return a / 2 + b / 2


def halfway(low: float, high: float) -> float | None:
    if math.isinf(low) or math.isinf(high):
        near, side = (high, -1) if math.isinf(low) else (low, 1)
        if math.isinf(near):
            return None
        return near * 2 if 1 <= abs(near) < 1e30 and near * side > 0 else 4.0 * side if abs(near) < 1 else None
    near, far = sorted((low, high), key=abs)
    if abs(far) > 4 * max(abs(near), 1.0):  # where functions bend is near 0
        return math.copysign(2 * max(abs(near), 1.0), far)
    return low / 2 + high / 2 if high - low > 2.0**-20 * max(abs(low), abs(high)) else None


def dyadic(value: float) -> sp.Rational:
    """A double as the rational that it is."""
    if math.isinf(value):
        return sp.oo if value > 0 else -sp.oo  # type: ignore[return-value]
    top, bottom = value.as_integer_ratio()
    return sp.Rational(top, bottom)


def polynomial(
    function: Callable[[arb], arb],
    low: arb,
    high: arb,
    bits: int,
    nonzero: bool = False,
    most: int = _MOST_DEGREE,
) -> list[arb] | None:
    """The coefficients of a polynomial of at most a degree that meets the function on [low, high] to `bits` bits.

    It is the Chebyshev series, cut off where the rest is small beside the least value.
    """
    with ctx.workprec(2 * ZERO_BITS):
        middle, half = (low + high) / 2, (high - low) / 2
        if half.is_zero():
            return None
        known: dict[tuple[int, int], arb] = {}
        for count in _NODES:
            values = []
            for k in range(count):
                common = math.gcd(2 * k + 1, count)
                place = ((2 * k + 1) // common, count // common)
                if place not in known:
                    known[place] = function((middle + half * _cosine(2 * k + 1, 2 * count)).mid()).mid()
                values.append(known[place])
            if not all(v.is_finite() for v in values):
                return None
            sizes = [abs(v) for v in values]
            floor = min(sizes) + (0 if nonzero else max(sizes) * power(-60))
            series = _chebyshev(values)
            degree = _degree(series, floor * power(-bits - 4))
            if degree is not None and degree <= most:
                return _monomials(series[: degree + 1], middle, half)
            if not abs(series[count // 2]) < abs(series[0]) * power(-bits * count // 112):
                return None  # it would take too many
    return None


@lru_cache(maxsize=4096)
def _cosine(top: int, bottom: int) -> arb:
    """cos(pi top/bottom)."""
    with ctx.workprec(2 * ZERO_BITS):
        return (arb.pi() * top / bottom).cos()


def _chebyshev(values: Sequence[arb]) -> list[arb]:
    """The coefficients of the Chebyshev series that has these values at the Chebyshev points."""
    count = len(values)
    series = []
    for k in range(count):
        total = arb(0)
        for j, value in enumerate(values):
            total += value * _cosine(k * (2 * j + 1) % (4 * count), 2 * count)
        series.append((total * 2 / count).mid())
    series[0] /= 2
    return series


def _degree(series: Sequence[arb], small: arb) -> int | None:
    """Up to which degree a series is needed if what is left out is to be small; None where all of it is."""
    rest = arb(0)
    for degree in range(len(series) - 1, -1, -1):
        rest += abs(series[degree])
        if not rest < small:
            return degree if degree < len(series) - 3 else None
    return 0


def _monomials(series: Sequence[arb], middle: arb, half: arb) -> list[arb]:
    """The coefficients in powers of t of a Chebyshev series in (t - middle)/half, by Clenshaw's rule."""
    y = arb_poly([-middle / half, 1 / half])
    first, second = arb_poly([0]), arb_poly([0])
    for c in reversed(series[1:]):
        first, second = 2 * y * first - second + c, first
    made = y * first - second + series[0]
    return [made[k].mid() for k in range(len(series))]


def horner(t: sp.Expr, coefficients: list[arb], work: Format) -> sp.Expr | None:
    words = [work.nearest(float(c)) for c in coefficients]
    if not all(map(math.isfinite, words)):
        return None
    kept = [dyadic(word) for word in words]
    while len(kept) > 1 and kept[-1] == 0:
        kept.pop()
    return kept[0] if len(kept) == 1 else Horner(t, *kept)


def spread(factor: sp.Expr, m: int) -> sp.Expr:
    """factor x^m, the power taken in two parts, so that neither leaves the range before the result does."""
    step = Times if m > 0 else Over
    for part in ((abs(m) + 1) // 2, abs(m) // 2):
        if part:
            factor = step(factor, X**part)
    return factor


def powered(t: sp.Expr, m: int, factor: sp.Expr | None) -> sp.Expr | None:
    return factor if m == 0 or factor is None else t**m * factor


def exponents_of(main: sp.Expr, work: Format) -> list[sp.Expr]:
    """What the exponentials in a form may fall like, with coefficients of the working format."""
    found: list[sp.Expr] = []
    for node in sp.preorder_traversal(main):
        if not isinstance(node, (sp.exp, Stable, sp.cosh, sp.sinh)):
            continue
        u = node.args[0]
        if isinstance(node, (sp.exp, Sigmoid, Softplus, Expm1)):
            found.append(u)
        elif isinstance(node, Erfc):
            found.append(-(u**2))
        elif isinstance(node, (Sech2, sp.cosh, sp.sinh)):
            found += [2 * u, -2 * u]
    out: list[sp.Expr] = []
    for u in found:
        u = sp.expand(u)
        if u.is_polynomial(X) and 1 <= sp.degree(u, X) <= _DEGREE_IN_TWO_WORDS:
            rounded = [dyadic(work.nearest(fixed(c))) for c in sp.Poly(u, X).all_coeffs()]
            if not all(c.is_finite for c in rounded):  # a coefficient leaves the range of the format
                continue
            q = sp.Poly(rounded, X).as_expr()
            if q not in out:
                out.append(q)
    return out


def by_zeros(expr: sp.Expr, work: Format) -> sp.Expr | None:
    """A polynomial by its rational zeros, each linear factor as a distance from its zero."""
    if not expr.is_polynomial(X) or not expr.free_symbols:
        return None
    constant, factors = sp.factor_list(expr, X)
    out = sp.sympify(constant)
    for factor, exponent in factors:
        poly = sp.Poly(factor, X)
        if poly.degree() == 1:
            slope, rest = poly.coeff_monomial(X), poly.coeff_monomial(1)
            zero = sp.S.Zero if rest == 0 else -rest / slope
            out *= slope**exponent * (X if zero == 0 else Offset(X, *two_words(zero, work))) ** exponent
        else:
            out *= factor**exponent
    return out


def of_sizes(expr: sp.Expr, lower: float, upper: float) -> sp.Expr:
    """The form with the powers of x put together, where x has one sign."""
    side = 1 if lower >= 0 else -1 if upper <= 0 else 0
    if not side or not any(not power.exp.is_Integer for power in expr.atoms(sp.Pow)):
        return expr
    size = sp.Dummy("t", positive=True)
    return expr.xreplace({X: side * size}).xreplace({size: side * X})


def low_words(expr: sp.Expr, work: Format) -> sp.Expr:
    """Functions that amplify the error of their argument, of polynomials: the argument in two words, to first order.

    Waves, whose arguments may be large, to second order.
    """

    def corrected(node: sp.Expr) -> sp.Expr:
        u = node.args[0]
        if u in (X, -X) or not u.is_polynomial(X) or sp.degree(u, X) > _DEGREE_IN_TWO_WORDS:
            return node
        coefficients = sp.Poly(u, X).all_coeffs()[::-1]
        words = [word for c in coefficients for word in two_words(c, work)]
        if not all(word.is_finite for word in words):
            return node
        exact = len(coefficients) == 2 and words[2].p in (1, -1) and words[3] == 0 == coefficients[0]
        if exact and words[2].q & (words[2].q - 1) == 0:
            return node
        high, low = Compensated(X, *words), CompensatedTail(X, *words)
        if isinstance(node, sp.exp):
            return sp.exp(high) * (1 + low)
        if isinstance(node, Sigmoid):
            return Sigmoid(high) * (1 + Sigmoid(-high) * low)
        if isinstance(node, (sp.sin, sp.cos)):  # whose argument may be so large that the square counts where they turn
            slope = sp.cos(high) if isinstance(node, sp.sin) else -sp.sin(high)
            return node.func(high) + (slope - node.func(high) * low / 2) * low
        t = sp.Dummy("t", real=True)
        return node.func(high) + stabilised(node.func(t).diff(t)).xreplace({t: high}) * low

    amplifying = (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, Stable)
    return expr.replace(lambda node: isinstance(node, amplifying) and node.has(X), corrected)


def two_words(constant: sp.Expr, work: Format) -> tuple[sp.Rational, sp.Rational]:
    """The number of the format nearest to a constant, and the one nearest to the rest."""
    with ctx.workprec(2 * BITS):
        ball = constant_ball(constant)
        first = work.nearest(float(ball.mid()))
        rest = ball - arb(first) if math.isfinite(first) else arb(0)
        second = 0.0 if rest.contains(0) else work.nearest(float(rest.mid()))
    return dyadic(first), dyadic(second)

"""Exact Gaussian integrals, where the class of functions allows them.

The class: sums of c x^n exp(k x + m x^2) on intervals with closed ends, with factors erf(a x + b) on the whole line.
sin, cos, sinh and cosh belong to it through exp. It is closed under sums, products and derivatives, so the moments of g
and of g' come from one pass over the expression. After completing the square every term is a moment of a normal law,
found by integration by parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from propcheck.language import X

LARGEST_SUM = 40
"""Beyond so many terms an exact form tells a reader nothing."""

_FAR = 8  # deviations, beyond which 1 - erf has no digit of a double left

# A term is its key, (n, k, m, erfs), and its coefficient; erfs is a sorted tuple of (a, b) for erf(a x + b).
Key = tuple[int, sp.Expr, sp.Expr, tuple[tuple[sp.Expr, sp.Expr], ...]]
Terms = dict[Key, sp.Expr]

ONE: Key = (0, sp.S.Zero, sp.S.Zero, ())


class NotClosed(Exception):
    """The function is outside the class."""


# --- the class -------------------------------------------------------------------------------------------------------


def _collect(parts: Sequence[tuple[Key, sp.Expr]]) -> Terms:
    out: Terms = {}
    for key, factor in parts:
        out[key] = out[key] + factor if key in out else factor
    out = {key: factor for key, factor in out.items() if factor != 0}
    if len(out) > LARGEST_SUM:
        raise NotClosed
    return out


def _times(left: Terms, right: Terms) -> Terms:
    return _collect(
        [
            ((n1 + n2, sp.expand(k1 + k2), m1 + m2, tuple(sorted(e1 + e2, key=str))), sp.expand(c1 * c2))
            for (n1, k1, m1, e1), c1 in left.items()
            for (n2, k2, m2, e2), c2 in right.items()
        ]
    )


def _linear(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(a, b) when `expr` is a x + b."""
    coefficients = _polynomial(expr, 1)
    return coefficients[1], coefficients[0]


def _polynomial(expr: sp.Expr, degree: int) -> list[sp.Expr]:
    """The coefficients of a polynomial of at most this degree, constant first."""
    out = [sp.S.Zero] * (degree + 1)
    for term in sp.Add.make_args(sp.expand(expr)):
        factor, power = term.as_independent(X, as_Add=False)
        if power == 1:
            n = 0
        elif power == X:
            n = 1
        elif isinstance(power, sp.Pow) and power.base == X and power.exp.is_Integer and power.exp > 0:
            n = int(power.exp)
        else:
            raise NotClosed
        if n > degree:
            raise NotClosed
        out[n] += factor
    return out


def terms(expr: sp.Expr) -> Terms:
    """The expression as a sum of terms of the class; raises NotClosed where it is outside."""
    if not expr.has(X):
        return _collect([(ONE, expr)])
    if expr == X:
        return {(1, *ONE[1:]): sp.S.One}
    if isinstance(expr, sp.Add):
        return _collect([item for part in expr.args for item in terms(part).items()])
    if isinstance(expr, sp.Mul):
        out: Terms = {ONE: sp.S.One}
        for part in expr.args:
            out = _times(out, terms(part))
        return out
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and 0 < expr.exp <= 12:
        base = terms(expr.base)
        out = base
        for _ in range(int(expr.exp) - 1):
            out = _times(out, base)
        return out
    if isinstance(expr, (sp.exp, sp.sinh, sp.cosh, sp.sin, sp.cos)):
        return _exponential(expr)
    if isinstance(expr, sp.erf):
        return _erf(*_linear(expr.args[0]))
    if isinstance(expr, sp.erfc):
        return _collect([(ONE, sp.S.One), *[(key, -c) for key, c in _erf(*_linear(expr.args[0])).items()]])
    raise NotClosed


def _erf(a: sp.Expr, b: sp.Expr) -> Terms:
    if a.is_negative:
        return {(0, sp.S.Zero, sp.S.Zero, ((-a, -b),)): -sp.S.One}
    return {(0, sp.S.Zero, sp.S.Zero, ((a, b),)): sp.S.One}


def _exponential(expr: sp.Expr) -> Terms:
    shift, k, m = _polynomial(expr.args[0], 2)
    if isinstance(expr, sp.exp):
        return {(0, k, m, ()): sp.exp(shift)}
    if m != 0:
        raise NotClosed
    unit = sp.I if isinstance(expr, (sp.sin, sp.cos)) else sp.S.One
    sign = -1 if isinstance(expr, (sp.sin, sp.sinh)) else 1
    half = sp.Rational(1, 2) / (unit if sign < 0 else 1)
    plus, minus = half * _phase(unit, shift), sign * half * _phase(unit, -shift)
    return _collect([((0, unit * k, sp.S.Zero, ()), plus), ((0, -unit * k, sp.S.Zero, ()), minus)])


def _phase(unit: sp.Expr, angle: sp.Expr) -> sp.Expr:
    """exp(unit * angle), with the complex one in Cartesian form."""
    return sp.exp(angle) if unit == 1 else sp.cos(angle) + sp.I * sp.sin(angle)


def _derivative(sums: Terms) -> Terms:
    parts: list[tuple[Key, sp.Expr]] = []
    for (n, k, m, erfs), c in sums.items():
        if n:
            parts.append(((n - 1, k, m, erfs), n * c))
        if k != 0:
            parts.append(((n, k, m, erfs), k * c))
        if m != 0:
            parts.append(((n + 1, k, m, erfs), 2 * m * c))
        for index, (a, b) in enumerate(erfs):
            others = erfs[:index] + erfs[index + 1 :]
            bell = 2 * a / sp.sqrt(sp.pi) * sp.exp(-(b**2))
            parts.append(((n, sp.expand(k - 2 * a * b), m - a**2, others), c * bell))
    return _collect(parts)


# --- the integrals ---------------------------------------------------------------------------------------------------


def _density(t: sp.Expr) -> sp.Expr:
    return sp.S.Zero if t in (sp.oo, -sp.oo) else sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)


def _half_erf(t: sp.Expr) -> sp.Expr:
    """P[z <= t] - 1/2."""
    if t in (sp.oo, -sp.oo):
        return sp.Rational(1, 2) if t == sp.oo else -sp.Rational(1, 2)
    return sp.erf(t / sp.sqrt(2)) / 2


def _above(t: sp.Expr) -> sp.Expr:
    """P[z >= t]."""
    return sp.S.Zero if t == sp.oo else sp.erfc(t / sp.sqrt(2)) / 2


def mass(lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """P[lower <= z <= upper]; far out from the two ends' tails, which do not cancel as 1 - erf does."""
    for low, high in ((lower, upper), (-upper, -lower)):
        if (low - _FAR).is_positive:
            return _above(low) - _above(high)
    return _half_erf(upper) - _half_erf(lower)


def _moments(count: int, lower: sp.Expr, upper: sp.Expr) -> list[sp.Expr]:
    """E[z^j; lower < z < upper] for j = 0..count-1."""
    out = [mass(lower, upper)]
    for j in range(1, count):
        edge = _edge(lower, j - 1) - _edge(upper, j - 1)
        out.append((j - 1) * out[j - 2] + edge if j > 1 else edge)
    return out


def _edge(t: sp.Expr, power: int) -> sp.Expr:
    return sp.S.Zero if t in (sp.oo, -sp.oo) else t**power * _density(t)


def _term(key: Key, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """E[z^n exp(k z + m z^2) erf(..)...; lower < z < upper]."""
    n, k, m, erfs = key
    whole = lower == -sp.oo and upper == sp.oo
    spread = 1 - 2 * m
    if not spread.is_positive or (not whole and (erfs or not k.is_real)):
        raise NotClosed
    scale = 1 / sp.sqrt(spread)
    centre = sp.expand(k / spread)
    front = scale * sp.exp(sp.expand(k**2 / spread / 2))
    if not erfs:
        ends = [t if t in (sp.oo, -sp.oo) else sp.expand((t - centre) / scale) for t in (lower, upper)]
        normal = _moments(n + 1, *ends)
    else:
        if not k.is_real:
            raise NotClosed
        normal = [_erf_moment(j, tuple((a * scale, a * centre + b) for a, b in erfs)) for j in range(n + 1)]
    powers = [sp.binomial(n, j) * centre ** (n - j) * scale**j * normal[j] for j in range(n + 1)]
    return front * sp.Add(*powers)


def _erf_moment(n: int, erfs: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr:
    """E[z^n erf(a z + b)...] over the whole line, by parts: E[z f(z)] = E[f'(z)]."""
    if n == 0:
        if len(erfs) == 1:
            ((a, b),) = erfs
            return sp.erf(b / sp.sqrt(1 + 2 * a**2))
        if len(erfs) == 2 and erfs[0][1] == erfs[1][1] == 0:
            (a, _), (c, _) = erfs
            return 2 / sp.pi * sp.asin(2 * a * c / sp.sqrt((1 + 2 * a**2) * (1 + 2 * c**2)))
        raise NotClosed
    rest = _derivative({(n - 1, sp.S.Zero, sp.S.Zero, erfs): sp.S.One})
    return sp.Add(*[c * _term(key, -sp.oo, sp.oo) for key, c in rest.items()])


def _integral(pieces: Sequence[tuple[sp.Expr, sp.Expr, Terms]]) -> sp.Expr | None:
    try:
        parts = [c * _term(key, lower, upper) for lower, upper, sums in pieces for key, c in sums.items()]
    except NotClosed:
        return None
    value = sp.expand(sp.Add(*parts))
    return None if value.has(sp.I, sp.nan, sp.zoo, sp.oo) else value


@dataclass(frozen=True)
class Exact:
    """Exact values of the Gaussian integrals of one function, None where there is none of the class."""

    mean: sp.Expr | None = None
    second_moment: sp.Expr | None = None
    derivative_mean: sp.Expr | None = None
    derivative_second_moment: sp.Expr | None = None
    covariance: sp.Expr | None = None
    pull: sp.Expr | None = None


def integrals(pieces: Sequence[tuple[sp.Expr, sp.Expr, sp.Expr]]) -> Exact:
    """The exact integrals of a function given as (lower, upper, expression)."""
    try:
        value = [(lower, upper, terms(expr)) for lower, upper, expr in pieces]
        slope = [(lower, upper, _derivative(sums)) for lower, upper, sums in value]
    except NotClosed:
        return Exact()

    def product(*factors: Sequence[tuple[sp.Expr, sp.Expr, Terms]] | None) -> sp.Expr | None:
        out = []
        try:
            for lower, upper, *_ in value:
                out.append((lower, upper, {ONE: sp.S.One}))
            for factor in factors:
                for index, (lower, upper, sums) in enumerate(out):
                    other = terms(X) if factor is None else factor[index][2]
                    out[index] = (lower, upper, _times(sums, other))
        except NotClosed:
            return None
        return _integral(out)

    return Exact(
        mean=product(value),
        second_moment=product(value, value),
        derivative_mean=product(slope),
        derivative_second_moment=product(slope, slope),
        covariance=product(None, value),
        pull=product(None, value, slope),
    )

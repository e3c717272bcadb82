"""The elementary functions of germs."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy
from flint import arb, fmpq

from propcheck.calculus.exact import UNITY, ZERO, exact, exact_ball, exact_exp, in_symbols, is_positive, sign_of
from propcheck.calculus.germ import (
    Germ,
    bounded_by,
    compose,
    exp,
    has_limit,
    log_of,
    power_of,
    product,
    sign_at_end,
    split,
    sup_of,
)
from propcheck.calculus.monomial import ONE
from propcheck.calculus.undecided import Undecided


# Series at 0 of odd functions: the coefficients of s, s**3, s**5, ... do not grow in absolute value.
@lru_cache(maxsize=2**6)
def _odd_coefficients(name: str, count: int) -> list[fmpq]:
    odd = range(1, 2 * count, 2)
    if name in ("atan", "atanh"):
        out = [fmpq(1, n) for n in odd]
    elif name in ("sin", "sinh"):
        out = [fmpq(1, math.factorial(n)) for n in odd]
    elif name in ("asin", "asinh"):
        out = [fmpq(math.comb(n - 1, n // 2), 4 ** (n // 2) * n) for n in odd]
    elif name == "erf":  # times 2/sqrt(pi)
        out = [fmpq(1, math.factorial(n // 2) * n) for n in odd]
    else:  # tanh: y' = 1 - y**2
        out = []
        for k, n in enumerate(odd):
            square = sum((out[i] * out[k - 1 - i] for i in range(k)), ZERO)
            out.append((UNITY if k == 0 else square) / n)
    alternate = name in ("atan", "sin", "asinh", "erf", "tanh")
    return [-c if alternate and k % 2 else c for k, c in enumerate(out)]


def _odd(name: str, s: Germ) -> Germ:
    if s.is_zero:
        return s
    square = product(s, s)
    room = 1 - sup_of(square)
    if not room > 0:
        raise Undecided(f"the series of {name} is not shown to converge from x = {s.start} on")
    *coefficients, dropped = _odd_coefficients(name, s.terms + 1)
    return product(s, compose(coefficients, abs(arb(dropped)) / room, square))


def _sin_cos(f: Germ) -> tuple[Germ, Germ]:
    if not has_limit(f):
        return bounded_by(arb(1), ONE, f), bounded_by(arb(1), ONE, f)
    _, constant, s = split(f)
    square = product(s, s)
    room = 1 - sup_of(square)
    if not room > 0:
        raise Undecided(f"the series of sin and cos are not shown to converge from x = {f.start} on")
    coefficients = [fmpq((-1) ** k, math.factorial(2 * k)) for k in range(f.terms)]
    sin, cos = _odd("sin", s), compose(coefficients, 1 / (room * math.factorial(2 * f.terms)), square)
    if not constant:
        return sin, cos
    sin_0, cos_0 = exact(sympy.sin(in_symbols(constant))), exact(sympy.cos(in_symbols(constant)))
    return cos * sin_0 + sin * cos_0, cos * cos_0 - sin * sin_0


def _atan(f: Germ) -> Germ:
    side = sign_at_end(f)
    if side:
        return -_odd("atan", power_of(f, Fraction(-1))) + exact(sympy.pi / 2) * side
    if not has_limit(f):
        return bounded_by(arb.pi() / 2, ONE, f)
    _, c, s = split(f)
    if not c:
        return _odd("atan", s)
    # atan(c + s) - atan(c) = atan(s / (1 + c*(c + s))), since 1 + c*(c + s) is shown to be positive
    denominator = s * c + (c * c + 1)
    if denominator.sign() <= 0:
        raise Undecided("the addition theorem of atan does not apply")
    return _odd("atan", product(s, power_of(denominator, Fraction(-1)))) + exact(sympy.atan(in_symbols(c)))


def _tanh(f: Germ) -> Germ:
    side = sign_at_end(f)
    if not side:
        if not has_limit(f):
            return bounded_by(arb(1), ONE, f)
        _, c, s = split(f)
        if not c:
            return _odd("tanh", s)
        side = sign_of(c) or 1
    decaying = exp(f * (-2 * side))
    return (1 - 2 * product(decaying, power_of(decaying + 1, Fraction(-1)))) * side


def _sinh(f: Germ) -> Germ:
    if has_limit(f) and ONE not in f.main:
        return _odd("sinh", f)
    return (exp(f) - exp(-f)) * fmpq(1, 2)


def _cosh(f: Germ) -> Germ:
    return (exp(f) + exp(-f)) * fmpq(1, 2)


def _asinh(f: Germ) -> Germ:
    if has_limit(f) and ONE not in f.main:
        return _odd("asinh", f)
    if next((not is_positive(c) for c in f.main.values()), False):
        return -_asinh(-f)
    return log_of(f + power_of(product(f, f) + 1, Fraction(1, 2)))


def _acosh(f: Germ) -> Germ:
    return log_of(f + power_of(product(f, f) - 1, Fraction(1, 2)))


def _atanh(f: Germ) -> Germ:
    if has_limit(f) and ONE not in f.main:
        return _odd("atanh", f)
    return (log_of(1 + f) - log_of(1 - f)) * fmpq(1, 2)


def _asin(f: Germ) -> Germ:
    if has_limit(f) and ONE not in f.main:
        return _odd("asin", f)
    if not has_limit(f):
        raise Undecided("asin of a function without a limit")
    c = f.main[ONE]
    side = 1 if is_positive(c) else -1
    if c == side:
        half = power_of((1 - f * side) * fmpq(1, 2), Fraction(1, 2))
        return (-2 * _odd("asin", half) + exact(sympy.pi / 2)) * side
    return _atan(product(f, power_of(1 - product(f, f), Fraction(-1, 2))))


def _acos(f: Germ) -> Germ:
    return -_asin(f) + exact(sympy.pi / 2)


def _erf(f: Germ) -> Germ:
    side = sign_at_end(f)
    if side:
        return (1 - _erfc_at_infinity(f * side)) * side
    if not has_limit(f):
        return bounded_by(arb(1), ONE, f)
    _, c, s = split(f)
    scale = exact(2 / sympy.sqrt(sympy.pi))
    if not c:
        return _odd("erf", s) * scale
    scale_at_c = scale * exact_exp(-c * c)
    coefficients = [exact(sympy.erf(in_symbols(c))), *(scale_at_c * each for each in _gauss_integral(c, s.terms - 1))]
    reach = sup_of(s).upper()
    around = exact_ball(c) + (-reach).union(reach)
    dropped = exact_ball(scale) * (-around * around).exp() * _gauss_integral(around, s.terms)[-1]
    return compose(coefficients, dropped.abs_upper(), s)


def _gauss_integral(c: Any, count: int) -> list[Any]:
    """exp(c**2) times the coefficients of s, s**2, ... in the integral of exp(-(c + s)**2)."""
    h = [c * 0 + 1]  # h' = -2*(c + s)*h
    for k in range(count - 1):
        h.append((c * h[k] + (h[k - 1] if k else 0)) * fmpq(-2, k + 1))
    return [each * fmpq(1, k + 1) for k, each in enumerate(h)]


def _erfc(f: Germ) -> Germ:
    return _erfc_at_infinity(f) if sign_at_end(f) > 0 else 1 - _erf(f)


def _erfc_at_infinity(u: Germ) -> Germ:
    """exp(-u**2)/(u*sqrt(pi)) * (1 - 1/(2*u**2) + 3/(4*u**4) - ...), the error below the first dropped term."""
    square = product(u, u)
    coefficients = [UNITY]
    for k in range(u.terms):
        coefficients.append(coefficients[-1] * fmpq(-(2 * k + 1), 2))
    *coefficients, dropped = coefficients
    series = compose(coefficients, abs(arb(dropped)), power_of(square, Fraction(-1)))
    front = product(exp(-square), power_of(u, Fraction(-1)))
    return product(front, series) * exact(1 / sympy.sqrt(sympy.pi))


RULES: dict[Any, Callable[[Germ], Germ]] = {
    sympy.exp: exp, sympy.log: log_of, sympy.atan: _atan, sympy.tanh: _tanh, sympy.sinh: _sinh, sympy.cosh: _cosh,
    sympy.asinh: _asinh, sympy.acosh: _acosh, sympy.atanh: _atanh, sympy.asin: _asin, sympy.acos: _acos,
    sympy.erf: _erf, sympy.erfc: _erfc,
    sympy.sin: lambda f: _sin_cos(f)[0],
    sympy.cos: lambda f: _sin_cos(f)[1],
    sympy.tan: lambda f: product(_sin_cos(f)[0], power_of(_sin_cos(f)[1], Fraction(-1))),
}  # fmt: skip

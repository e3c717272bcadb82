"""Is this expression zero? A rational normal form over kernels, and the proof or refutation that it gives.

An expression is written as a quotient of two polynomials with rational coefficients in *kernels*: x itself, exp(t) for
independent monomials t, roots with their relation r**n = v, logarithms of irreducible factors, and every other function
as a symbol. Hyperbolic and circular functions become exponentials. When the numerator, reduced by the relations,
expands to 0, the expression is zero wherever it is defined: that is a proof. That it is not zero is proved by a ball
that excludes 0 at one point. Where neither happens the answer is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from math import lcm, prod

import sympy as sp
from flint import arb, ctx, fmpq, fmpq_mpoly

from propcheck.calculus.any_number import AnyNumber, any_ball
from propcheck.calculus.ball import sign_of
from propcheck.calculus.chart import inner_point
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.kernels import ONE, RING, Kernels, Quotient, Restart, Span, rational
from propcheck.calculus.polynomial import polynomial
from propcheck.calculus.recursion import analytic_on, answers, constant_sign, precedes, signs, within
from propcheck.calculus.tail import germ, outward
from propcheck.calculus.undecided import Undecided

_BITS = 128  # of a ball that tells multiples of pi apart
_FACTORED = 200  # terms of a polynomial that is taken apart
_FAR = 64  # from where on the limit at an end is asked


def normal_form(*exprs: sp.Expr, where: Span | None = None) -> tuple[Kernels, list[Quotient]]:
    """The kernels of some expressions and their normal forms over them, in lowest terms.

    With `where` the forms hold there only: roots and logarithms are divided by the signs of factors on that interval.
    """
    units: dict[tuple, list[fmpq]] = {}
    for _ in range(40):
        kernels = Kernels(units=units, where=where)
        try:
            return kernels, [kernels.reduced(kernels.of(expr)).cancelled() for expr in exprs]
        except Restart:
            units = kernels.units
    raise Undecided("the exponents have no common denominator")


@answers
@lru_cache(maxsize=4096)
def is_zero(expr: sp.Expr, lower: sp.Expr = -sp.oo, upper: sp.Expr = sp.oo) -> bool | None:
    """Is `expr` zero wherever it is defined on (lower, upper)? True and False are proved; None is undecided.

    A function that is analytic on the interval is either zero on all of it or at isolated points only.
    """
    if isinstance(expr, sp.Rational):
        return bool(expr.p == 0)
    if expr.is_Atom and (expr.is_infinite or expr is sp.nan):
        return False
    symbols = expr.free_symbols
    if len(symbols) == 1 and (poly := polynomial(expr, *symbols)) is not None:
        return not poly
    if _refuted(expr, 64, 3, lower, upper):
        return False
    with suppress(MemoryError):  # SymPy writes exp(-10^12) out to tell whether it is infinite
        if expr.is_infinite:  # asked late, since it takes long to answer
            return False
    try:
        kernels, (value,) = normal_form(expr)
        if value.num.is_zero():
            return True
        if _logs_cancel(kernels, value.num):
            return True
        rest = value.num
        for definition in kernels.definitions:
            rest = divmod(rest, _vanishing(kernels, definition))[1]
        if kernels.definitions and rest.is_zero():
            return True
        if _arcs_cancel(kernels, value.num):
            return True
    except Undecided:
        pass
    if _refuted(expr, 1000, 12, lower, upper):
        return False
    if expr.has(AnyNumber) and _factors_refuted(expr, lower, upper):
        return False
    return True if _is_zero_there(expr, lower, upper) else None


def _vanishing(kernels: Kernels, definition: Quotient) -> fmpq_mpoly:
    """What is 0 where this is: its numerator, of not too many terms only those factors that may be 0, each once."""
    num = kernels.reduced(definition).cancelled().num
    left = [factor for factor, _ in num.factor()[1] if not kernels.common_sign(factor)] if len(num) < _FACTORED else []
    return prod(left, start=ONE) if left else num


def _factors_refuted(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> bool:
    """Is no factor identically zero? Then the product is zero at isolated points only."""
    shown = _shown_factors(expr)
    if len(shown) > 1 and all(is_zero(factor, lower, upper) is False for factor in shown):
        return True
    try:
        kernels, (value,) = normal_form(expr)
    except Undecided:
        return False
    return all(
        kernels.common_sign(factor) or _refuted(kernels.poly_back(factor), 128, 12, lower, upper)
        for factor, _ in value.num.factor()[1]
    )


def _shown_factors(expr: sp.Expr) -> tuple[sp.Expr, ...]:
    """The factors as they are written: of waves the kernels are complex, and tell nothing of signs."""
    return sp.Mul.make_args(sp.factor_terms(expr)) if expr.has(*_WAVES) else (expr,)


_WAVES = (sp.sin, sp.cos, sp.tan)


@answers
def sign_of_any(value: sp.Expr) -> int:
    """The one sign of a constant that holds any number, from those of its factors."""
    shown = _shown_factors(value)
    if len(shown) > 1:
        return prod(sign_of(any_ball(factor)) or sign_of_any(factor) for factor in shown)
    kernels, (form,) = normal_form(value)
    if form.num.is_zero():
        return 0
    sign = 1
    for poly in (form.num, form.den):
        content, factors = poly.factor()
        sign *= 1 if content > 0 else -1
        for factor, power in factors:
            constant = kernels.poly_back(factor)
            known = kernels.common_sign(factor) or sign_of(any_ball(constant)) or _sign_along(constant)
            if not known:
                raise Undecided(f"the sign of {value}")
            sign *= known**power
    return sign


@lru_cache(maxsize=1024)
def _sign_along(value: sp.Expr) -> int:
    """The one sign of a constant along the only number in it that is known by its ends, as a function of that; else 0.

    Next to an end where it vanishes, which does not belong to the interval, its ball always holds 0.
    """
    numbers = value.atoms(AnyNumber)
    if len(numbers) != 1 or value.count_ops() > _LONGEST:
        return 0
    (number,) = numbers
    t = sp.Symbol("t_along", real=True)
    expr, (lower, upper) = value.xreplace({number: t}), number.args[1:]
    try:
        with within({}):
            chart = signs(expr, t, lower, upper)
            found = set(chart.signs)
            found |= {constant_sign(expr.xreplace({t: end})) for end in (lower, upper) if end != 0}
    except (Undecided, ArithmeticError, TypeError, ValueError):
        return 0
    return found.pop() if len(found) == 1 and not chart.zeros else 0


_LONGEST = 40  # operations of a constant of which that is asked


def _is_zero_there(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> bool:
    """Is it proved by what holds on this interval only, or by a slope that is zero and one value?"""
    x = next((symbol for symbol in expr.free_symbols if symbol.name == "x"), None)
    if x is None or (lower.free_symbols | upper.free_symbols):
        return False
    try:
        with within({}):  # for all values of other symbols, since the answer is kept
            if any(isinstance(node, (sp.Pow, sp.log, sp.acosh)) for node in sp.preorder_traversal(expr)):
                _, (value,) = normal_form(expr, where=(x, lower, upper))
                if value.num.is_zero():
                    return True
            return expr.has(*_INVERSES) and _is_constant_zero(expr, x, lower, upper)
    except Undecided:
        return False


_INVERSES = (sp.asin, sp.acos, sp.atan, sp.asinh, sp.acosh, sp.atanh, sp.log, sp.erf, sp.erfc)


def _is_constant_zero(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> bool:
    """Is the function analytic on the whole interval, its slope zero, and one of its values or limits zero?"""
    slope = expr.diff(x)
    if _inverses(slope, x) >= _inverses(expr, x) or is_zero(slope, lower, upper) is not True:
        return False
    if not analytic_on(expr, x, lower, upper):
        return False
    for point in (sp.S.Zero, sp.S.One, sp.S.NegativeOne, inner_point(lower, upper)):
        if precedes(lower, point) and precedes(point, upper) and is_zero(expr.subs(x, point)):
            return True
    return any(_tends_to_zero(expr, x, end, side) for end, side in ((upper, -1), (lower, 1)))


def _inverses(expr: sp.Expr, x: sp.Symbol) -> int:
    """How many functions there are that differentiation removes."""
    return len({node for node in sp.preorder_traversal(expr) if isinstance(node, _INVERSES) and x in node.free_symbols})


def _tends_to_zero(expr: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int) -> bool:
    try:
        return is_zero(germ(outward(expr, x, end, side), x, _FAR).limit()) is True
    except Undecided:
        return False


def _arcs_cancel(kernels: Kernels, num: fmpq_mpoly) -> bool:
    """Is a sum of integer multiples of constant arcs zero? The product of (1 + i t)**n is real and the sum is small."""
    product, imaginary = rational(1), kernels.of(sp.I)
    common = lcm(1, *(int(c.q) for c in num.to_dict().values()))
    for exponents, coefficient in num.to_dict().items():
        used = [k for k, power in enumerate(exponents) if power]
        if len(used) != 1 or exponents[used[0]] != 1 or kernels.exprs[used[0]].free_symbols:
            return False
        kernel, times = kernels.exprs[used[0]], int(coefficient * common)
        if isinstance(kernel, (sp.atan, sp.asin)):
            u = kernel.args[0]
            t = u if isinstance(kernel, sp.atan) else u / sp.sqrt(1 - u**2)
            product = product * (rational(1) + imaginary * kernels.of(t)) ** times
        elif kernel is not sp.pi:
            return False
    if not _is_real(kernels, kernels.reduced(product)):
        return False
    with ctx.workprec(_BITS):
        return bool(abs(constant_ball(kernels.poly_back(num))) * 2 * common < arb.pi())


def _is_real(kernels: Kernels, value: Quotient) -> bool:
    """Does a quotient equal its conjugate, all kernels but the imaginary unit being real?"""
    imaginary = kernels.keys[(sp.I,)]
    num, den = (
        RING.from_dict({key: c if int(key[imaginary]) % 2 == 0 else -c for key, c in poly.to_dict().items()})
        for poly in (value.num, value.den)
    )
    return kernels.reduced(Quotient(value.num * den - num * value.den, ONE)).num.is_zero()


def _logs_cancel(kernels: Kernels, num: fmpq_mpoly) -> bool:
    """Is a sum of rational multiples of logarithms zero, since the product of their arguments is 1?"""
    product, common = rational(1), 1
    terms = num.to_dict().items()
    for exponents, coefficient in terms:
        used = [k for k, power in enumerate(exponents) if power]
        if len(used) != 1 or exponents[used[0]] != 1 or used[0] not in kernels.inside:
            return False
        common = lcm(common, int(coefficient.q))
    for exponents, coefficient in terms:
        index = next(k for k, power in enumerate(exponents) if power)
        product = product * kernels.inside[index] ** int(coefficient * common)
    one = kernels.reduced(product).cancelled()
    return (kernels.reduced(one) + rational(-1)).num.is_zero()


def equal(left: sp.Expr, right: sp.Expr) -> bool | None:
    """Are two expressions equal wherever both are defined?"""
    return True if left == right else is_zero(left - right)


def _points(count: int, lower: sp.Expr, upper: sp.Expr) -> Iterator[arb]:
    """Points of an interval, of both signs and several sizes where it has them, none of them special."""
    if lower.is_infinite and upper.is_infinite:
        for k in range(count):
            yield arb(fmpq((-1) ** k * (2 * k * k + 7 * k + 5), 17 + 3 * k if k % 3 else 29 * (k + 1)))
        return
    low, high = (constant_ball(end) for end in (lower, upper))
    for k in range(count):
        step = arb(fmpq(2 * k * k + 7 * k + 5, 17 + 3 * k))
        share = step / (1 + step)
        point = low + step if upper.is_infinite else high - step if lower.is_infinite else low + (high - low) * share
        if low < point < high:
            yield point.mid()


def _refuted(expr: sp.Expr, bits: int, count: int, lower: sp.Expr = -sp.oo, upper: sp.Expr = sp.oo) -> bool:
    """Does a ball at some point of the interval exclude 0?"""
    symbols = sorted(expr.free_symbols, key=str)
    with ctx.workprec(bits):
        if not symbols:
            try:
                ball = constant_ball(expr)
            except Undecided:
                return False
            return ball.is_finite() and not ball.contains(0)
        x = next((symbol for symbol in symbols if symbol.name == "x"), symbols[0])
        if lower.free_symbols or upper.free_symbols:
            return False
        for number, point in enumerate(_points(count, lower, upper)):
            others = {s: _inside(s, number + k) for k, s in enumerate(symbols) if s != x}
            at = expr.xreplace(others) if others else expr
            try:
                ball = compile_form(at, x).ball(point)
            except Undecided:
                return False
            if ball.is_finite() and not ball.contains(0):
                return True
    return False


def _inside(symbol: sp.Symbol, k: int) -> sp.Rational:
    value = sp.Rational(2 * k + 3, 7 + k)
    return -value if symbol.is_nonpositive else value


@answers
def order_of_zero(expr: sp.Expr, x: sp.Symbol | None, point: sp.Expr, least: int = 12) -> int:
    """How often `expr` vanishes at `point`: the first k with f^(k)(point) not 0, or `least` where that is no less."""
    if x is not None and isinstance(expr, (sp.Mul, sp.Pow)):
        try:
            return min(least, _order_of_product(expr, x, point, least))
        except Undecided:
            pass  # a factor may be undecided where the product is not
    return _order_by_derivatives(expr, x, point, least)


def _order_of_product(expr: sp.Expr, x: sp.Symbol, point: sp.Expr, least: int) -> int:
    """The sum of the factors' orders: the derivatives of a product grow with each."""
    total = 0
    for factor in sp.Mul.make_args(expr):
        base, power = factor.as_base_exp() if isinstance(factor, sp.Pow) else (factor, sp.S.One)
        if power.is_Integer and power > 0:
            total += int(power) * order_of_zero(base, x, point, least)
        else:
            total += _order_by_derivatives(factor, x, point, least)
    return total


def _apart_from_zero(expr: sp.Expr, x: sp.Symbol, point: sp.Expr) -> bool:
    """Does a ball at the point show that the value is not 0?"""
    if expr.free_symbols != {x} or point.free_symbols:
        return False
    try:
        ball = compile_form(expr, x).ball(constant_ball(point))
    except Undecided:
        return False
    return ball.is_finite() and not ball.contains(0)


def _order_by_derivatives(expr: sp.Expr, x: sp.Symbol | None, point: sp.Expr, least: int) -> int:
    for order in range(least):
        if x is not None and _apart_from_zero(expr, x, point):
            return order
        value = expr.subs(x, point) if x is not None else expr
        if value is sp.nan or value.has(sp.zoo, sp.nan, sp.oo):
            raise Undecided(f"the expression has no value at {point}")
        zero = is_zero(value)
        if zero is None:
            raise Undecided(f"whether {value} is zero")
        if not zero:
            return order
        expr = expr.diff(x)
    return least

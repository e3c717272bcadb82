"""Expressions built one operation at a time, with SymPy's simplifications held where they are slow or lose the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy
from sympy import S
from sympy.logic.boolalg import Boolean

from propcheck.language.constants import constant, sign_of
from propcheck.language.functions import FUNCTIONS, Function
from propcheck.language.limits import (
    MAX_BITS,
    MAX_DIGITS,
    MAX_MAGNITUDE,
    MAX_POWER,
    MAX_QUESTIONED,
    MAX_ROOT_BITS,
    MAX_SIZE,
    MAX_WRITTEN_BITS,
    Refused,
    bits_of,
    node_count,
    numbers,
)


def twice(u: sympy.Expr) -> sympy.Expr:
    """`u`, where it is small enough to be written twice."""
    if 2 * node_count(u, MAX_SIZE) > MAX_SIZE:
        raise Refused(f"makes an expression of more than {MAX_SIZE} parts, which is the limit")
    return u


def _refuse_power(bits: int, exponent: sympy.Basic) -> None:
    """Refuse a number of so many bits to this power, where SymPy might write the result out."""
    for number in numbers(exponent):
        if bits * abs(number) > MAX_BITS:
            raise Refused(f"is too large a power of a number: results may have {MAX_DIGITS} digits")


def _check_power(base: sympy.Expr, exponent: sympy.Expr) -> None:
    """Refuse powers that SymPy would write out at length, or factor at length."""
    if isinstance(base, sympy.Rational):
        if base in (0, 1, -1):
            return
        _refuse_power(bits_of(base), exponent)
        if not isinstance(exponent, sympy.Integer) and bits_of(base) > MAX_ROOT_BITS:
            raise Refused(f"takes a root of too long a number: the limit is {MAX_ROOT_BITS * 3 // 10} digits")
    elif isinstance(base, sympy.exp):
        _check_exp(base.args[0] * exponent)
    elif isinstance(base, sympy.Pow):
        _check_power(base.base, base.exp * exponent)
    elif isinstance(base, sympy.Mul):
        for factor in base.args:
            _check_power(factor, exponent)


def _root(base: sympy.Rational, exponent: sympy.Rational) -> sympy.Expr:
    """A positive number to a power that is not whole, where SymPy would write a long number under one root.

    40**(367/500) is 4*2**(101/500)*5**(367/500), whose next form in SymPy has 288 digits under the 500th root.
    """
    parts: list[sympy.Expr] = []
    for prime, multiplicity in base.factors(limit=2**15).items():
        whole, rest = divmod(multiplicity * exponent, 1)
        parts += [sympy.Integer(prime) ** whole, sympy.Pow(prime, rest)]
    return sympy.Mul(*parts)


def _not_written_out(evaluate: Callable[..., sympy.Expr | None]) -> Callable[..., sympy.Expr | None]:
    """SymPy's rule for powers of an integer, which is to leave alone roots that would have a very long number in them.

    It writes 24**(7345678901/10**10) as 4*N**(1/10**10), and does not come back. Whoever puts a number for x in 24**x
    meets that rule, however the text was read.
    """

    def _eval_power(self: sympy.Integer, exponent: sympy.Expr) -> sympy.Expr | None:
        short = not isinstance(exponent, sympy.Rational) or bits_of(self) * int(exponent.q) <= MAX_ROOT_BITS
        if short or int(exponent.q) <= bits_of(self) and sympy.integer_nthroot(abs(self.p), int(exponent.q))[1]:
            return evaluate(self, exponent)
        if self.p < 0:
            return sympy.Pow(S.NegativeOne, exponent) * sympy.Pow(-self, exponent)
        whole, rest = divmod(exponent, 1)
        return self**whole * sympy.Pow(self, rest, evaluate=False) if whole else None

    return _eval_power


sympy.Integer._eval_power = _not_written_out(sympy.Integer._eval_power)  # type: ignore[method-assign]


def _check_exp(u: sympy.Expr) -> None:
    """Refuse exp(c*log(b)) where b**c would be too long."""
    for term in _with_logarithm(u):
        for factor in sympy.Mul.make_args(term):
            if isinstance(factor, sympy.log) and isinstance(factor.args[0], sympy.Rational):
                _refuse_power(bits_of(factor.args[0]), term)


def _with_logarithm(u: sympy.Expr) -> list[sympy.Expr]:
    """The terms of `u` that have a logarithm as a factor."""
    terms = sympy.Add.make_args(u)
    return [term for term in terms if any(isinstance(factor, sympy.log) for factor in sympy.Mul.make_args(term))]


def power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """base**exponent, real where it is defined."""
    if isinstance(base, sympy.Piecewise) and exponent is not S.One:
        if node_count(exponent, MAX_SIZE) * len(base.args) > MAX_SIZE:
            raise Refused(f"makes an expression of more than {MAX_SIZE} parts, which is the limit")
        return by_cases([(power(value, exponent), condition) for value, condition in base.args])
    if base.is_number:
        sign = sign_of(base)
        negative = sign_of(exponent)
        if sign == 0 and negative == -1:
            raise Refused("divides by 0" if exponent is S.NegativeOne else "raises 0 to a negative power")
        if sign is None and negative == -1:
            raise Refused("divides by a number that cannot be told from 0")
        if sign == -1 and not isinstance(exponent, sympy.Integer):
            root = "square root" if exponent is S.Half else "power that is not whole"
            raise Refused(f"is not a real number: the {root} of a negative number")
    if isinstance(exponent, sympy.Rational) and not base.is_number and abs(exponent) > MAX_POWER:
        raise Refused(f"is too high a power: the limit is {MAX_POWER}")
    if base is S.Exp1:
        return exp(exponent)
    _check_power(base, exponent)
    if isinstance(exponent, sympy.Rational) and not isinstance(exponent, sympy.Integer):
        coefficient, rest = base.as_coeff_Mul()
        if rest is not S.One and coefficient not in (1, -1):  # SymPy would take the coefficient out too
            return product_of([power(abs(coefficient), exponent), power(rest * sympy.sign(coefficient), exponent)])
        if _is_long_root(sympy.Pow(base, exponent, evaluate=False)):
            return _root(base, exponent)
    if isinstance(base, sympy.Pow) and isinstance(base.exp, sympy.Integer) and base.exp.is_even:
        if isinstance(exponent, sympy.Rational) and not isinstance(exponent, sympy.Integer):
            return power(absolute(base.base), base.exp * exponent)
    simple = isinstance(exponent, sympy.Integer) or base in (0, 1) or is_simple(base) and is_simple(exponent)
    return sympy.Pow(base, exponent, evaluate=simple)


def by_cases(pairs: list[tuple[sympy.Expr, Boolean]]) -> sympy.Expr:
    """The first value whose condition is true; the last condition is true."""
    return sympy.Piecewise(*pairs, evaluate=False)


def _is_root(part: sympy.Basic) -> bool:
    """Whether this is a positive number to a power that is not whole."""
    if not isinstance(part, sympy.Pow) or not isinstance(part.base, sympy.Rational):
        return False
    return isinstance(part.exp, sympy.Rational) and bool(part.base > 0)


def _is_long_root(part: sympy.Basic) -> bool:
    """Whether SymPy would write a long number under the root that `part` is."""
    return _is_root(part) and bits_of(part.args[0]) * int(part.args[1].q) > MAX_WRITTEN_BITS


def product_of(factors: list[sympy.Expr]) -> sympy.Expr:
    parts = [part for factor in factors for part in sympy.Mul.make_args(factor)]
    rooted_parts = [part for part in parts if _is_root(part)]
    if len(rooted_parts) > 1 and any(map(_is_long_root, rooted_parts)):  # SymPy would put 2**q*6**q under one root
        roots: dict[int, sympy.Rational] = {}
        for base, exponent in (part.args for part in rooted_parts):
            for prime, multiplicity in base.factors(limit=2**15).items():
                roots[prime] = roots.get(prime, S.Zero) + multiplicity * exponent
        factors = [part for part in parts if not _is_root(part)]
        factors += [_root(sympy.Integer(prime), exponent) for prime, exponent in roots.items()]
    pieces = [factor for factor in factors if isinstance(factor, sympy.Piecewise)]
    if len(set(pieces)) < len(pieces):  # SymPy would take the power of each piece, and rewrite the conditions
        factors = [factor for factor in factors if not isinstance(factor, sympy.Piecewise)]
        factors += [power(piece, sympy.Integer(pieces.count(piece))) for piece in dict.fromkeys(pieces)]
    rooted = 0
    for factor in factors:
        for part in sympy.Mul.make_args(factor):
            if isinstance(part, sympy.Pow) and isinstance(part.base, sympy.Rational):
                rooted += bits_of(part.base)
    if rooted > MAX_ROOT_BITS:  # SymPy would multiply what is under the roots, and factor it
        raise Refused(f"multiplies roots of too long numbers: the limit is {MAX_ROOT_BITS * 3 // 10} digits together")
    return S.Zero if S.Zero in factors else sympy.Mul(*factors)


def absolute(u: sympy.Expr) -> sympy.Expr:
    """|u|, by structure alone: SymPy's own rule expands and may not come back."""
    sign = sign_of(u)
    if sign is not None:
        return u if sign >= 0 else -u
    coefficient, rest = u.as_coeff_Mul()
    if coefficient is not S.One:
        return abs(coefficient) * absolute(rest)
    if isinstance(u, (sympy.Abs, sympy.exp)) or isinstance(u, sympy.Symbol) and u.is_nonnegative:
        return u
    if isinstance(u, sympy.Pow) and isinstance(u.exp, sympy.Integer) and u.exp.is_even:
        return u
    return sympy.Abs(-u if u.could_extract_minus_sign() else u, evaluate=False)


def signum(u: sympy.Expr) -> sympy.Expr:
    sign = sign_of(u)
    return sympy.sign(u, evaluate=False) if sign is None else sympy.Integer(sign)


def heaviside(u: sympy.Expr) -> sympy.Expr:
    sign = sign_of(u)
    return sympy.Heaviside(u, S.Half, evaluate=False) if sign is None else sympy.Rational(1 + sign, 2)


def extreme(kind: type[sympy.Max] | type[sympy.Min], arguments: list[sympy.Expr]) -> sympy.Expr:
    """The largest or smallest argument: constants are compared, the rest stays as it stands."""
    left: list[sympy.Expr] = []
    best: sympy.Expr | None = None
    for argument in arguments:
        if not argument.is_number:
            left.append(argument)
            continue
        order = None if best is None else sign_of(argument - best)
        if best is None or order == (1 if kind is sympy.Max else -1):
            best = argument
        elif order is None:
            left.append(argument)
    left += [] if best is None else [best]
    return kind(*left, evaluate=False)


def exp(u: sympy.Expr) -> sympy.Expr:
    _check_exp(u)
    for term in _with_logarithm(u):
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(rest, sympy.log) and _is_long_root(sympy.Pow(rest.args[0], coefficient, evaluate=False)):
            return product_of([power(rest.args[0], coefficient), exp(u - term)])
    if u.is_number and constant(u) > MAX_MAGNITUDE:
        raise Refused("is too large: constants go up to 1e10000")
    # Where there is no logarithm to undo, SymPy asks many questions and changes nothing.
    return sympy.exp(u, evaluate=u.is_number or bool(_with_logarithm(u)))


def log(u: sympy.Expr) -> sympy.Expr:
    if sign_of(u) in (0, -1):
        raise Refused("is not a real number: the logarithm of a number that is not positive")
    if isinstance(u, sympy.exp):
        return u.args[0]
    return sympy.log(u, evaluate=u.is_number)  # otherwise SymPy would only ask whether u is 0


def is_simple(u: sympy.Expr) -> bool:
    return node_count(u, MAX_QUESTIONED) <= MAX_QUESTIONED


def of_head(function: Function, u: sympy.Expr) -> sympy.Expr:
    """A function with a head: as SymPy simplifies it where the argument is simple, and else by symmetry alone."""
    if u.is_number or is_simple(u):
        return function.head(u)
    if not function.parity or not u.could_extract_minus_sign():
        return function.head(u, evaluate=False)
    turned = function.head(-u, evaluate=False)
    return turned if function.parity == "even" else -turned


def tan(u: sympy.Expr) -> sympy.Expr:
    coefficient, rest = of_head(FUNCTIONS["tan"], u).as_coeff_Mul()
    if isinstance(rest, sympy.cot):  # from tan(v + pi/2); the cotangent is not in the language
        v = twice(rest.args[0])
        return coefficient * sympy.cos(v) / sympy.sin(v)
    return coefficient * rest


# The functions that are no sugar and not built by their heads alone.
BUILDERS: Mapping[str, Callable[..., sympy.Expr]] = {
    "abs": absolute,
    "sign": signum,
    "exp": exp,
    "log": log,
    "tan": tan,
    "heaviside": heaviside,
}

"""Derivatives as one prints them: 1 - tanh(x)**2, and not the quotients of exponentials that calculus leaves.

Exponentials of multiples of one u are powers of t = exp(u). What is rational in t is rational in s = sigmoid(u) too, by
t = s/(1 - s), and where it is so in t**2, in h = tanh(u), by t**2 = (1 + h)/(1 - h): identities on the whole line. The
shortest of these forms is taken. And two pieces that are each other's mirror images are one in |x|.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import sympy as sp

from propcheck.language import X
from propcheck.pieces.piece import FEW, Piece, as_piecewise, shortest

SIGMOID = sp.Function("sigmoid")  # a name to print: what is computed with has its formula
_LARGEST = 120  # operations of what is looked at
_HIGHEST = 8  # powers of exp(u)


def printed(pieces: tuple[Piece, ...], order: int = 1) -> sp.Expr:
    """The derivative of this order as one prints it; it holds names, such as `sigmoid`, that SymPy cannot evaluate."""
    whole = _mirrored(pieces, order)
    if whole is None:
        whole = as_piecewise(pieces, order)
    if not isinstance(whole, sp.Piecewise):
        return tidied(whole)
    if len(whole.args) > FEW:
        return whole
    if len({value for value, _ in whole.args}) == 1:
        return tidied(whole.args[0][0])
    return sp.Piecewise(*((tidied(value), condition) for value, condition in whole.args), evaluate=False)


@lru_cache(maxsize=256)
def tidied(expr: sp.Expr) -> sp.Expr:
    """The shortest of the forms, which are equal wherever the expression is defined."""
    if not (expr.has(sp.erf) or _is_quotient(expr)) or sp.count_ops(expr) > _LARGEST:
        return expr
    made = _tidied(expr, {})
    rest = 1 - made
    return SIGMOID(-rest.args[0]) if rest.func is SIGMOID else made


def _tidied(expr: sp.Expr, known: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    if not expr.args or not (expr.has(sp.erf) or _is_quotient(expr)):
        return expr
    if expr.has(sp.erf) and isinstance(expr, sp.Mul) and len(expr.args) == 2 and expr.args[0].is_Rational:
        expr = sp.expand_mul(expr)  # as one writes the density and the distribution of the normal law
    if expr not in known:
        known[expr] = min([expr, *_forms(expr), *_by_parts(expr, known)], key=_length)
    return known[expr]


def _by_parts(expr: sp.Expr, known: dict[sp.Expr, sp.Expr]) -> Iterator[sp.Expr]:
    """The expression with its parts in their shortest forms; of a product, what is rational in exp(u) is one part."""
    if isinstance(expr, sp.Mul):
        groups: list[tuple[sp.Expr, list[sp.Expr]]] = []  # factors of exponentials of multiples of one u
        others: list[sp.Expr] = []
        for part in expr.args:
            base = _base(part) if _inside(part) else None
            known_base = next((own for u, own in groups if base is not None and sp.cancel(u / base).is_Rational), None)
            if base is None:
                others.append(part)
            elif known_base is None:
                groups.append((base, [part]))
            else:
                known_base.append(part)
        if len(groups) == 1 and not others:
            return  # a part alone would leave exponentials beside what they became
        if groups:
            yield sp.Mul(*(_tidied(sp.Mul(*own), known) for _, own in groups), *(_tidied(one, known) for one in others))
            return
    if isinstance(expr, sp.Function) and expr.func is not sp.exp or isinstance(expr, sp.Add | sp.Mul | sp.Pow):
        yield expr.func(*(_tidied(part, known) for part in expr.args))


def _is_quotient(expr: sp.Expr) -> bool:
    """Does an exponential stand below a fraction bar somewhere?"""
    return any(power.exp.is_negative and power.base.has(sp.exp) for power in expr.atoms(sp.Pow))


def _inside(expr: sp.Expr) -> bool:
    """Is it made of exponentials and numbers alone?"""
    if expr.func is sp.exp or expr.is_Rational:
        return True
    return (isinstance(expr, sp.Add | sp.Mul) or _is_power(expr)) and all(map(_inside, expr.args))


def _length(expr: sp.Expr) -> int:
    """How much there is to read: an exponential has a level of its own."""
    return 2 * int(sp.count_ops(expr)) + 3 * sum(part.func is sp.exp for part in sp.preorder_traversal(expr))


def _mirrored(pieces: tuple[Piece, ...], order: int) -> sp.Expr | None:
    """The derivative in |x|, where it is even and made of two pieces that meet at 0."""
    if len(pieces) != 2 or pieces[0].upper != 0:
        return None
    left, right = (shortest(piece.derivative(order)) for piece in pieces)
    if not right.has(X) or right.has(sp.Abs) or sp.count_ops(right) > _LARGEST:
        return None
    if shortest(left.xreplace({X: -X})) != right or right.xreplace({X: sp.S.Zero}).is_finite is not True:
        return None
    size = sp.Symbol("x", nonnegative=True)  # whose powers are not those of x
    return right.xreplace({X: size}).xreplace({size: sp.Abs(X)})


def _forms(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The expression in sigmoid(u) and in tanh(u), where it is rational in exp(u) and in what else stands in it."""
    base = _base(expr)
    if base is None:
        return
    hidden: dict[sp.Expr, sp.Symbol] = {}
    t, s = sp.Dummy("t"), sp.Dummy("s")
    rational = _rational(expr, base, t, hidden)
    if rational is None:
        return
    above, below = sp.fraction(sp.cancel(rational))
    powers = [power for poly in (sp.Poly(above, t), sp.Poly(below, t)) for (power,), _ in poly.terms()]
    if max(powers) > _HIGHEST:
        return
    back = {symbol: part for part, symbol in hidden.items()}
    step = int(sp.gcd_list(powers)) or 1
    u = step * base
    swaps = [(s / (1 - s), step, SIGMOID(u), (0, 1))]
    swaps += [((1 + s) / (1 - s), step, sp.tanh(u / 2), (-1, 1))] if _is_plain(u / 2) else []
    for power, step, name, ends in swaps:
        made = sp.cancel((above / below).xreplace({t**k: power ** (k // step) for k in {*powers} if k}))
        if any(sp.fraction(made)[1].xreplace({s: sp.Integer(end)}) == 0 for end in ends):
            continue  # far out it would be a quotient of what vanishes
        for form in _written(made, s):
            yield form.xreplace({s: name, **back})


def _is_plain(u: sp.Expr) -> bool:
    """Has u no fraction that the formula did not have?"""
    return u.as_coeff_Mul()[0].is_integer is True


def _base(expr: sp.Expr) -> sp.Expr | None:
    """The u of whose multiples the exponentials are, and twice whose multiples the hyperbolic tangents."""
    found = [part.args[0] for part in _outer(expr)]
    if not found or not any(part.func is sp.exp for part in _outer(expr)):
        return None
    first = found[0]
    shares = [sp.cancel(u / first) for u in found]
    if not all(share.is_Rational for share in shares):
        return None
    base = first * sp.gcd_list(shares)
    return -base if base.could_extract_minus_sign() else base


def _outer(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The exponentials that stand in no other function."""
    if expr.func is sp.exp:
        yield expr
    elif isinstance(expr, sp.Add | sp.Mul) or _is_power(expr):
        for part in expr.args:
            yield from _outer(part)


def _is_power(expr: sp.Expr) -> bool:
    return isinstance(expr, sp.Pow) and expr.exp.is_Integer is True and abs(int(expr.exp)) <= _HIGHEST


def _rational(expr: sp.Expr, base: sp.Expr, t: sp.Symbol, hidden: dict[sp.Expr, sp.Symbol]) -> sp.Expr | None:
    """The expression with t for exp(base) and symbols for all else that is not rational."""
    if expr.func is sp.exp:
        return t ** sp.cancel(expr.args[0] / base)
    if isinstance(expr, sp.Add | sp.Mul) or _is_power(expr):
        parts = [_rational(part, base, t, hidden) for part in expr.args]
        return None if None in parts else expr.func(*parts)
    if expr.is_Rational or expr.is_Symbol:
        return expr
    return hidden.setdefault(expr, sp.Dummy(f"k{len(hidden)}"))


def _written(expr: sp.Expr, s: sp.Symbol) -> Iterator[sp.Expr]:
    """A rational function of s as a product, or as a sum of products by the powers of what stands beside s."""
    others = [symbol for symbol in sorted(expr.free_symbols - {s}, key=str) if expr.is_polynomial(symbol)]
    for symbol in others:
        terms = sp.Poly(expr, symbol).all_coeffs()[::-1]
        made = sp.Add(*(symbol**k * _turned(sp.factor(part)) for k, part in enumerate(terms)))
        yield from (made, sp.factor_terms(made))
    if not others:
        yield from (_turned(sp.factor(expr)), expr)


def _turned(expr: sp.Expr) -> sp.Expr:
    """The product without the sign before it, where a factor can take it: s*(1 - s) for -s*(s - 1)."""
    if not isinstance(expr, sp.Mul) or not expr.could_extract_minus_sign():
        return expr
    parts: Sequence[sp.Expr] = expr.args
    for place, part in enumerate(parts):
        if isinstance(part, sp.Add) and part.could_extract_minus_sign() is False and len(part.args) == 2:
            return sp.Mul(-sp.S.One, *parts[:place], -part, *parts[place + 1 :])
    return expr

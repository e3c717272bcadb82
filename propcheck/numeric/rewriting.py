"""A formula -> stable forms of it, by rows (pattern, replacement, condition) that are tried bottom up.

A row turns what cancels, overflows or is computed twice into functions of `functions.py`. Every row is an identity: the
tests prove each by the same engine that verifies derivatives, and the plan compares each result with the formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from propcheck.language import X
from propcheck.numeric.functions import (
    Acot,
    Cospi,
    Erfc,
    Expm1,
    Log1p,
    Sech2,
    Sigmoid,
    Sinpi,
    Softplus,
    Softplus0,
    Tanh,
)

_HALF = sp.Rational(1, 2)
_LONGEST_QUOTIENT = 60  # operations
_HIGHEST = 40  # power of an exponential in polynomials of it


def _split(term: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """(a, w) with term = a w, where a holds every constant factor."""
    constants, others = [], []
    for factor in sp.Mul.make_args(term):
        (others if factor.free_symbols else constants).append(factor)
    return sp.Mul(*constants), sp.Mul(*others)


@dataclass(frozen=True)
class Row:
    """c + a w -> replacement, where the row applies to the function w and `ratio` is c/a."""

    name: str
    example: tuple[sp.Expr, sp.Expr]  # a pattern with u = X, and what it becomes: what the tests prove
    apply: Callable[[sp.Expr, sp.Expr, sp.Expr], sp.Expr | None]


def _exp(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    return a * Expm1(w.args[0]) if isinstance(w, sp.exp) and c == -a else None


def _tanh(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if not isinstance(w, Tanh) or c not in (a, -a):
        return None
    return 2 * c * Sigmoid((2 if c == a else -2) * w.args[0])


def _tanh_square(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, sp.Pow) and w.exp == 2 and isinstance(w.base, Tanh) and c == -a:
        return c * Sech2(w.base.args[0])
    return None


def _sech2(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    return c * Tanh(w.args[0]) ** 2 if isinstance(w, Sech2) and c == -a else None


def _erf(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if not isinstance(w, sp.erf) or c not in (a, -a):
        return None
    return c * Erfc(-w.args[0] if c == a else w.args[0])


def _erfc(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, Erfc):
        if c == -a:
            return c * sp.erf(w.args[0])
        if c == -2 * a:
            return -a * Erfc(-w.args[0])
    return None


def _atan(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if not isinstance(w, sp.atan):
        return None
    quarter = sp.simplify(2 * c / (sp.pi * a)) if c.has(sp.pi) or a.has(sp.pi) else 2 * c / (sp.pi * a)
    if quarter == 1:
        return a * Acot(-w.args[0])
    return -a * Acot(w.args[0]) if quarter == -1 else None


def _sigmoid(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, Sigmoid):
        if c == -a:
            return c * Sigmoid(-w.args[0])
        if 2 * c == -a:
            return a / 2 * Tanh(w.args[0] / 2)
    return None


def _cos(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, sp.cos) and c in (a, -a):
        return 2 * c * (sp.cos if c == a else sp.sin)(w.args[0] / 2) ** 2
    return None


def _circle(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, sp.Pow) and w.exp == 2 and isinstance(w.base, (sp.sin, sp.cos)) and c == -a:
        return c * (sp.cos if isinstance(w.base, sp.sin) else sp.sin)(w.base.args[0]) ** 2
    return None


def _double_angle(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    """1 + 2 sin(u) cos(u) as the square of one wave, so that near its double zeros it is as good as its argument is."""
    if not isinstance(w, sp.Mul) or len(w.args) != 2 or a not in (2 * c, -2 * c):
        return None
    kinds = {type(part): part for part in w.args}
    if set(kinds) != {sp.sin, sp.cos} or kinds[sp.sin].args != kinds[sp.cos].args:
        return None
    return 2 * c * sp.sin(kinds[sp.sin].args[0] + (1 if a == 2 * c else -1) * sp.pi / 4) ** 2


def _sin(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, sp.sin) and c in (a, -a):
        return 2 * c * sp.sin(w.args[0] / 2 + (1 if c == a else -1) * sp.pi / 4) ** 2
    return None


def _root(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    """c + a sqrt(v) of unlike signs, over the sum that does not cancel."""
    if isinstance(w, sp.Pow) and w.exp == _HALF and (c / a).is_negative:
        inside = sp.expand(w.base - (c / a) ** 2)
        if len(sp.Add.make_args(inside)) == 1:
            return a * inside / (w - c / a)
    return None


def _softplus(c: sp.Expr, a: sp.Expr, w: sp.Expr) -> sp.Expr | None:
    if isinstance(w, Softplus) and sp.expand_log(c + a * sp.log(2), force=True) == 0:
        return a * Softplus0(w.args[0])
    return None


SUMS: tuple[Row, ...] = (
    Row("exp(u) - 1", (sp.exp(X) - 1, Expm1(X)), _exp),
    Row("1 +- tanh(u)", (1 + Tanh(X), 2 * Sigmoid(2 * X)), _tanh),
    Row("1 - tanh(u)^2", (1 - Tanh(X) ** 2, Sech2(X)), _tanh_square),
    Row("1 - sech(u)^2", (1 - Sech2(X), Tanh(X) ** 2), _sech2),
    Row("1 +- erf(u)", (1 + sp.erf(X), Erfc(-X)), _erf),
    Row("2 - erfc(u)", (2 - Erfc(X), Erfc(-X)), _erfc),
    Row("pi/2 +- atan(u)", (sp.pi / 2 + sp.atan(X), Acot(-X)), _atan),
    Row("1 - sigmoid(u), 1/2 - sigmoid(u)", (1 - Sigmoid(X), Sigmoid(-X)), _sigmoid),
    Row("1 +- cos(u)", (1 - sp.cos(X), 2 * sp.sin(X / 2) ** 2), _cos),
    Row("1 +- sin(u)", (1 + sp.sin(X), 2 * sp.sin(X / 2 + sp.pi / 4) ** 2), _sin),
    Row("1 - sin(u)^2", (1 - sp.sin(X) ** 2, sp.cos(X) ** 2), _circle),
    Row("1 +- 2 sin(u) cos(u)", (1 + 2 * sp.sin(X) * sp.cos(X), 2 * sp.sin(X + sp.pi / 4) ** 2), _double_angle),
    Row("sqrt(u) - c", (sp.sqrt(X**2 + 1) - 1, X**2 / (sp.sqrt(X**2 + 1) + 1)), _root),
    Row("softplus(u) - log 2", (Softplus(X) - sp.log(2), Softplus0(X)), _softplus),
)


def stabilised(expr: sp.Expr) -> sp.Expr:
    """The expression with every row applied, bottom up, until none applies."""
    for _ in range(4):
        better = _visit(expr, {})
        if better == expr:
            break
        expr = better
    return expr


def _visit(expr: sp.Expr, seen: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    if not expr.args or not expr.free_symbols:
        return expr
    if expr not in seen:
        made = _of_exponentials(expr)
        if made is None:
            made = expr.func(*[_visit(arg, seen) for arg in expr.args])
            made = _at(made)
        seen[expr] = made
    return seen[expr]


def _at(node: sp.Expr) -> sp.Expr:
    """The node itself rewritten, its arguments being stable already."""
    if isinstance(node, sp.Add):
        return _sum(node)
    if isinstance(node, sp.Mul):
        return _product(node)
    if isinstance(node, sp.Pow):
        return _power(node)
    if isinstance(node, sp.log):
        return _log(node.args[0])
    if isinstance(node, sp.tanh):
        return Tanh(node.args[0])
    if isinstance(node, sp.erfc):
        return Erfc(node.args[0])
    return node


def _sum(node: sp.Add) -> sp.Expr:
    better = _without_line(node)
    if not isinstance(better, sp.Add):
        return better
    node = better
    constants = sp.Add(*[term for term in node.args if not term.free_symbols])
    terms = [term for term in node.args if term.free_symbols]
    if constants != 0:
        for place, term in enumerate(terms):
            a, w = _split(term)
            for row in SUMS:
                made = row.apply(constants, a, w)
                if made is not None:
                    return sp.Add(made, *terms[:place], *terms[place + 1 :])
    return node


def _without_line(node: sp.Add) -> sp.Expr:
    """a u - a softplus(u) = -a softplus(-u)."""
    for term in node.args:
        a, w = _split(term)
        if isinstance(w, Softplus):
            lines = sp.Add.make_args(sp.expand(-a * w.args[0]))
            if set(lines) <= set(node.args):
                return sp.Add(a * Softplus(-w.args[0]), *[other for other in node.args if other not in (term, *lines)])
    return node


def _one_plus_exp(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(a, u) where the expression is a (1 + exp(u)), a a positive constant."""
    if isinstance(expr, sp.Add) and len(expr.args) == 2:
        constant = [term for term in expr.args if not term.free_symbols]
        others = [term for term in expr.args if term.free_symbols]
        if len(constant) == 1 and constant[0].is_positive:
            a, w = _split(others[0])
            if isinstance(w, sp.exp) and a.is_positive:
                shift = sp.S.Zero if a == constant[0] else sp.log(a / constant[0])
                return constant[0], w.args[0] + shift
    return None


def _power(node: sp.Pow) -> sp.Expr:
    if node.exp.is_Integer and node.exp < 0:
        found = _one_plus_exp(node.base)
        if found is not None:
            return found[0] ** node.exp * Sigmoid(-found[1]) ** (-node.exp)
    return node


def _log(u: sp.Expr) -> sp.Expr:
    found = _one_plus_exp(u)
    if found is not None:
        if found[0] == _HALF:
            return Softplus0(found[1])
        return Softplus(found[1]) + sp.log(found[0])
    if isinstance(u, sp.Add):
        constant, rest = u.as_coeff_Add()
        if constant == 1:
            return Log1p(rest)
    if isinstance(u, Sigmoid):
        return -Softplus(-u.args[0])
    return sp.log(u)


def _product(node: sp.Mul) -> sp.Expr:
    """exp(u) sigmoid(-u) -> sigmoid(u), sinh(u)/cosh(u) -> tanh(u)."""
    for part in node.args:
        if isinstance(part, sp.sinh) and sp.cosh(part.args[0]) ** -1 in node.args:
            return node / part * sp.cosh(part.args[0]) * Tanh(part.args[0])
    exps = [part for part in node.args if isinstance(part, sp.exp)]
    if not exps:
        return node
    for e in exps:
        for part in node.args:
            base, power = part.as_base_exp()
            if isinstance(base, Sigmoid) and base.args[0] == -e.args[0] and power.is_Integer and power >= 1:
                return node / e / base * Sigmoid(e.args[0])
    return node


def _of_exponentials(expr: sp.Expr) -> sp.Expr | None:
    """A quotient of linear functions of E = exp(k u) as a sigmoid or a tanh; None where it is none."""
    if not isinstance(expr, (sp.Mul, sp.Add, sp.Pow)) or isinstance(expr, sp.Pow) and not expr.exp.is_Integer:
        return None
    exps = sorted(expr.atoms(sp.exp), key=lambda e: (e.count_ops(), str(e)))
    exps = [e for e in exps if e.free_symbols]
    if not exps or len(exps) > 4 or expr.count_ops() > 40:
        return None
    base = exps[0].args[0]
    powers = []
    for e in exps:
        ratio = sp.cancel(e.args[0] / base)
        if not ratio.is_Rational:
            return None
        powers.append(ratio)
    unit = sp.Rational(math.gcd(*[int(p.p) for p in powers]), math.lcm(*[int(p.q) for p in powers]))
    if max(abs(p / unit) for p in powers) > _HIGHEST:  # of rates of unlike size, 20 x and 1.702 x
        return None
    E = sp.Dummy("E", positive=True)
    put = expr.xreplace({e: E ** (p / unit) for e, p in zip(exps, powers, strict=True)})
    if put.free_symbols != {E}:
        return None
    top, bottom = sp.fraction(sp.cancel(sp.together(put)))
    if not (top.is_polynomial(E) and bottom.is_polynomial(E)):
        return None
    degrees = {int(power[0]) for part in (top, bottom) for power, _ in sp.Poly(part, E).terms()}
    step = math.gcd(*degrees)
    if not step or max(degrees) > step:
        return None
    top, bottom = sp.Poly(top, E), sp.Poly(bottom, E)
    a, b = top.coeff_monomial(E**step), top.coeff_monomial(1)
    c, d = bottom.coeff_monomial(E**step), bottom.coeff_monomial(1)
    if not (c * d).is_positive:
        return None
    v = step * unit * base + (sp.S.Zero if c == d else sp.log(c / d))
    low, high = b / d, a / c
    if low == 0:
        return high * Sigmoid(v)
    if high == 0:
        return low * Sigmoid(-v)
    return high * Tanh(v / 2) if low == -high else None


@lru_cache(maxsize=512)
def forms(expr: sp.Expr, order: int) -> tuple[sp.Expr, ...]:
    """Stable forms of the derivative of this order of an analytic expression, the likeliest first, each once."""
    return tuple(dict.fromkeys(map(in_half_turns, _forms(expr, order))))


def likeliest(expr: sp.Expr, order: int) -> sp.Expr:
    """The first of the `forms`."""
    return in_half_turns(next(_forms(expr, order)))


def in_half_turns(expr: sp.Expr) -> sp.Expr:
    """sin(pi u) and cos(pi u) as functions of u, where its coefficients are powers of two and sums of them: exact."""

    def turned(node: sp.Expr) -> sp.Expr:
        rest, rate = sp.expand(node.args[0] / sp.pi).as_coeff_Add()
        k = sp.cancel(rate / X)
        if not (k.is_Rational and _doubling(abs(k.p)) and _doubling(k.q) and rest.is_Rational and _doubling(rest.q)):
            return node
        # sin(pi (u + 1/2)) is cos(pi u): each quarter of a turn gives the next of sin, cos, -sin and -cos.
        halves = sp.floor(2 * rest)
        quarter = (int(halves) + isinstance(node, sp.cos)) % 4
        return (-1 if quarter > 1 else 1) * (Cospi if quarter % 2 else Sinpi)(rate + rest - halves / 2)

    return expr.replace(lambda node: isinstance(node, (sp.sin, sp.cos)) and node.has(X), turned)


def _doubling(n: int) -> bool:
    return n & (n - 1) == 0


def _forms(expr: sp.Expr, order: int) -> Iterator[sp.Expr]:
    stable = stabilised(expr)
    for _ in range(order):
        stable = stabilised(stable.diff(X))
    yield stable
    raw = expr.diff(X, order) if order else expr
    yield stabilised(raw)
    yield raw
    if raw.is_rational_function(X):
        yield sp.factor(raw)
    yield stabilised(sp.together(stable))
    yield from _by_one_exponential(raw)
    yield from _of_hyperbolic(stable)
    yield from _conjugates(stable)
    yield from _conjugates(sp.factor_terms(stable))


def _conjugates(expr: sp.Expr) -> Iterator[sp.Expr]:
    """p + a sqrt(v) as (a^2 v - p^2)/(a sqrt(v) - p): it cancels where the sum does not."""
    for node in sp.preorder_traversal(expr):
        if not isinstance(node, sp.Add):
            continue
        for term in node.args:
            a, w = _split(term)
            roots = [f for f in sp.Mul.make_args(w) if isinstance(f, sp.Pow) and f.exp in (_HALF, -_HALF)]
            if len(roots) != 1:
                continue
            rest = sp.Add(*[t for t in node.args if t is not term])
            inside = sp.factor(sp.cancel(sp.expand(term**2 - rest**2)))
            if inside.count_ops() <= term.count_ops() + rest.count_ops():
                yield expr.xreplace({node: inside / (term - rest)})


def _by_one_exponential(expr: sp.Expr) -> Iterator[sp.Expr]:
    """A quotient of polynomials in E = exp(u), in E and in 1/E: where one of them is large, the other one is small."""
    exps = sorted({e for e in expr.atoms(sp.exp) if e.free_symbols}, key=lambda e: (e.count_ops(), str(e)))
    if not exps or len(exps) > 6 or expr.count_ops() > _LONGEST_QUOTIENT:
        return
    base = exps[0].args[0]
    ratios = [sp.cancel(e.args[0] / base) for e in exps]
    if not all(ratio.is_Integer and abs(ratio) <= _HIGHEST for ratio in ratios):
        return
    E = sp.Dummy("E", positive=True)
    put = expr.xreplace({e: E**ratio for e, ratio in zip(exps, ratios, strict=True)})
    top, bottom = sp.fraction(sp.together(put))
    if put.has(sp.exp) or not (top.is_polynomial(E) and bottom.is_polynomial(E)) or not bottom.has(E):
        return
    above, under = (sp.Poly(part, E).all_coeffs()[::-1] for part in (top, bottom))
    least = min(_first(above), _first(under))
    above, under = above[least:], under[least:]
    most = max(len(above), len(under)) - 1
    for sign in (1, -1):
        parts = [
            sp.Add(*[c * sp.exp(sign * base) ** (k if sign > 0 else most - k) for k, c in enumerate(coefficients)])
            for coefficients in (above, under)
        ]
        yield stabilised(parts[0] / parts[1])


def _first(coefficients: list[sp.Expr]) -> int:
    return next(k for k, c in enumerate(coefficients) if c != 0)


def _of_hyperbolic(expr: sp.Expr) -> Iterator[sp.Expr]:
    """log(cosh(u)) as u + softplus(-2 u) - log(2), and with -u."""
    inner = [node for node in expr.atoms(sp.log) if isinstance(node.args[0], sp.cosh)]
    for sign in (1, -1) if inner else ():
        put = {node: sign * (u := node.args[0].args[0]) + Softplus(-2 * sign * u) - sp.log(2) for node in inner}
        yield stabilised(sp.expand(expr.xreplace(put)))

"""Enclosures of an expression and of its Taylor coefficients, over a box, in ball arithmetic.

An expression becomes a short program whose steps are named after the stable building block they compute: 1/(1+exp(u))
is sigmoid(-u), log(1+exp(u)) is softplus(u), 1-tanh(u)**2 is sech2(u), 1+erf(u) is erfc(-u). Monotone functions are
enclosed by their end points, and sigmoid, tanh and softplus follow their differential equations, which keeps the balls
tight on wide boxes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any

import sympy as sp
from flint import arb, arb_series, ctx, fmpq

from propcheck.calculus import Undecided
from propcheck.verdict import Number, Standing

INF = float("inf")
NAN = arb("nan")
_EXACT_BITS = (160, 640, 2560, 10240)  # for an exact constant, the later ones where its terms cancel
_ENOUGH_BITS = 60  # of a constant that is to be read as a double
_TOLD_BITS = 20  # of a number beyond the doubles: fewer tell nothing of it
HALF = sp.Rational(1, 2)
LARGEST = 1 << 16  # binary digits of a number that is written out


# --- balls -----------------------------------------------------------------------------------------------------------


def below(ball: arb) -> float:
    """The largest double that no number in `ball` lies under."""
    low = ball.lower()
    if not ball.is_finite():
        return low if isinstance(low, float) else (float(low) if not math.isnan(float(low)) else -INF)
    value = float(low)
    return math.nextafter(value, -INF) if not arb(value) <= low else value


def above(ball: arb) -> float:
    """The smallest double that no number in `ball` lies over."""
    return -below(-ball)


def _nearest(ball: arb) -> float:
    """The double nearest to the middle of a ball; the largest one for what is finite and larger."""
    value = float(ball.mid())
    return math.copysign(sys.float_info.max, value) if math.isinf(value) and ball.is_finite() else value


def is_known(ball: arb) -> bool:
    """Does the ball say anything: a number with a finite radius, or an exact infinity?"""
    return not ball.is_nan() and ball.rad().is_finite()


def ball_of(lower: float | arb, upper: float | arb) -> arb:
    """The ball around [lower, upper]."""
    return arb(lower).union(arb(upper))


def fraction(value: arb) -> Fraction | None:
    """The middle of a ball, exactly; None for what is not finite, or so large or small that it would fill memory.

    FLINT ends the process where it cannot hold such a number.
    """
    middle = value.mid()
    if not middle.is_finite():
        return None
    mantissa, exponent = (int(part) for part in middle.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent if abs(exponent) <= LARGEST else None


INFINITY = Number(INF, INF, INF, "oo", Standing.PROVED)
MINUS_INFINITY = Number(-INF, -INF, -INF, "-oo", Standing.PROVED)


@lru_cache(maxsize=4096)
def exact_number(value: sp.Expr, standing: Standing = Standing.PROVED) -> Number:
    """An exactly known constant as a Number with its enclosure."""
    if value is sp.oo:
        return INFINITY
    if value is -sp.oo:
        return MINUS_INFINITY
    with ctx.workprec(160):
        ball = accurate_ball(value)
        low, high, near = below(ball), above(ball), _nearest(ball)
        if value.is_Rational and Fraction(int(value.p), int(value.q)) == Fraction(near):
            low = high = near
        text = None if value.has(RealRoot) else str(value)
        return Number(near, low, high, text if text and len(text) <= 120 else None, standing)


def accurate_ball(value: sp.Expr) -> arb:
    """A constant as a ball of so many digits that a double may be read from it, however much its terms cancel."""
    ball = NAN
    for bits in _EXACT_BITS:
        with ctx.workprec(max(bits, ctx.prec)):
            ball = constant_ball(value)
            if ball.is_finite() and (ball.rel_accuracy_bits() >= _ENOUGH_BITS or ball.is_zero()):
                return ball
        if bits == _EXACT_BITS[1] and ball.is_finite() and _vanishes(value):
            return arb(0)
    if not ball.is_finite():
        raise Undecided(f"an exact form has no finite value at {_EXACT_BITS[-1]} bits")
    return ball


def _vanishes(value: sp.Expr) -> bool:
    from propcheck.calculus.identity import is_zero

    try:
        return is_zero(value) is True
    except Undecided:
        return False


def to_number(ball: arb, exact: sp.Expr | None = None, standing: Standing | None = None) -> Number:
    """A ball as a Number: `enclosed`, or `proved` when the exact value stands beside it."""
    if exact is not None:
        return exact_number(exact, standing or Standing.PROVED)
    low, high = below(ball), above(ball)
    told = is_known(ball) and (math.isfinite(low) and math.isfinite(high) or ball.rel_accuracy_bits() >= _TOLD_BITS)
    if not told and not (is_known(ball) and ball.is_exact()):
        return Number.missing("no enclosure was found that tells anything")
    return Number(_nearest(ball), low, high, None, standing or Standing.ENCLOSED)


def confined(number: Number, least: float, most: float = INF) -> Number:
    """A number that is known to lie in [least, most], with its enclosure cut down to that."""
    if number.value is None or number.lower is None or number.upper is None:
        return number
    value, lower, upper = (min(max(v, least), most) + 0.0 for v in (number.value, number.lower, number.upper))
    return replace(number, value=value, lower=lower, upper=upper)


# --- compiling -------------------------------------------------------------------------------------------------------

_UNARY: dict[type, str] = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.sinh: "sinh", sp.cosh: "cosh",
    sp.tanh: "tanh", sp.asin: "asin", sp.acos: "acos", sp.atan: "atan", sp.asinh: "asinh", sp.acosh: "acosh",
    sp.atanh: "atanh", sp.erf: "erf", sp.erfc: "erfc", sp.LambertW: "lambertw",
}  # fmt: skip


class RealRoot(sp.Expr):
    """The only zero of `expr`, in its one free symbol, between two rationals of unlike sign: an exact number."""

    is_real = True
    is_extended_real = True
    is_finite = True
    is_commutative = True
    is_number = True
    is_Atom = False
    is_zero = False

    def __new__(cls, expr: sp.Expr, lower: sp.Rational, upper: sp.Rational) -> RealRoot:
        (symbol,) = expr.free_symbols
        return sp.Expr.__new__(cls, expr.xreplace({symbol: _ROOT_VARIABLE}), lower, upper)

    @property
    def free_symbols(self) -> set:
        return set()

    def _eval_subs(self, old, new):  # noqa: ANN001, ANN202 - SymPy's hook; the number holds no outer variable
        return self

    def _xreplace(self, rule):  # noqa: ANN001, ANN202 - likewise
        return (rule[self], True) if self in rule else (self, False)

    def _eval_derivative(self, symbol):  # noqa: ANN001, ANN202 - a constant
        return sp.S.Zero

    def diff(self, *symbols, **kwargs):  # noqa: ANN002, ANN003, ANN201 - a constant
        return sp.S.Zero

    def _eval_is_positive(self) -> bool | None:
        lower, upper = self.args[1:]
        return True if lower >= 0 else False if upper <= 0 else None

    def _eval_is_negative(self) -> bool | None:
        lower, upper = self.args[1:]
        return True if upper <= 0 else False if lower >= 0 else None

    def ball(self) -> arb:
        """The root at the working precision, by bisection and then Newton steps that are checked."""
        return _refine(self)

    def _eval_evalf(self, prec: int) -> sp.Expr:
        with ctx.workprec(prec + 20):
            return sp.Float(self.ball().mid().str(int(prec / 3.3) + 5, radius=False), precision=prec)

    def _sympystr(self, printer) -> str:  # noqa: ANN001 - SymPy's hook
        with ctx.workprec(80):
            return f"root({self.args[0]}, near {float(self.ball().mid()):.12g})"

    def _latex(self, printer) -> str:  # noqa: ANN001 - SymPy's hook
        with ctx.workprec(80):
            return f"{float(self.ball().mid()):.12g}\\ldots"


_ROOT_VARIABLE = sp.Symbol("t", real=True)
_ROOT_CACHE: dict[tuple[RealRoot, int], arb] = {}


def _refine(root: RealRoot) -> arb:
    key = (root, ctx.prec)
    if key not in _ROOT_CACHE:
        expr, lower, upper = root.args
        form = compile_form(expr, _ROOT_VARIABLE)
        if len(_ROOT_CACHE) >= _KEPT:
            _ROOT_CACHE.clear()
        with ctx.workprec(ctx.prec + 30):
            _ROOT_CACHE[key] = refine_root(form, rational_ball(lower), rational_ball(upper))
    return _ROOT_CACHE[key]


def refine_root(form: Form, low: arb, high: arb) -> arb:
    """A ball of the working precision around the one sign change of `form` in [low, high]."""
    sign_low = _sign(form.ball(low))
    if not sign_low:
        return ball_of(low, high)
    goal = ctx.prec - 12
    for _ in range(60 + 4 * ctx.prec):
        middle = ((low + high) / 2).mid()
        box = ball_of(low, high)
        width = high - low
        if width.upper() < (abs(middle) + arb(2) ** (-ctx.prec)) * arb(2) ** (-goal):
            return box
        slope = form.series(box, 2)[1]
        value = form.ball(middle)
        if slope.is_finite() and not slope.contains(0) and value.is_finite():
            newton = middle - value / slope
            try:
                narrower = newton.intersection(box)
            except ValueError:
                narrower = box
            if narrower.rad() < box.rad() * 0.5:
                low, high = narrower.lower(), narrower.upper()
                continue
            if narrower.rel_accuracy_bits() > goal - 16:
                return narrower
        sign = _sign(value)
        if sign == 0:
            if value.is_zero():
                return middle
            return box
        if sign == sign_low:
            low = middle
        else:
            high = middle
    return ball_of(low, high)


def _sign(ball: arb) -> int:
    return 1 if ball > 0 else -1 if ball < 0 else 0


def rational_ball(value: sp.Expr) -> arb:
    return arb(fmpq(int(value.p), int(value.q)))


@dataclass(frozen=True)
class Step:
    """One step of a Form: an operation on earlier steps. `data` is a rational, a power or a constant."""

    op: str
    args: tuple[int, ...]
    data: Any = None


class _Compiler:
    def __init__(self, x: sp.Symbol | None, removable: Sequence[sp.Expr]):
        self.x = x
        self.removable = removable
        self.steps: list[Step] = []
        self.where: dict[tuple, int] = {}
        self.seen: dict[sp.Expr, int] = {}

    def emit(self, op: str, *args: int, data: Any = None) -> int:
        key = (op, args, data)
        if key not in self.where:
            self.where[key] = len(self.steps)
            self.steps.append(Step(op, args, data))
        return self.where[key]

    def visit(self, expr: sp.Expr) -> int:
        if expr not in self.seen:
            self.seen[expr] = self.build(expr)
        return self.seen[expr]

    def build(self, expr: sp.Expr) -> int:
        if expr == self.x:
            return self.emit("x")
        if isinstance(expr, sp.Rational):
            return self.emit("rational", data=fmpq(int(expr.p), int(expr.q)))
        if expr is sp.pi:
            return self.emit("pi")
        if expr is sp.E:
            return self.emit("exp", self.visit(sp.S.One))
        if isinstance(expr, RealRoot):
            return self.emit("root", data=expr)
        if isinstance(expr, sp.Add):
            return self.add(expr)
        if isinstance(expr, sp.Mul):
            return self.mul(expr)
        if isinstance(expr, sp.Pow):
            return self.power(expr)
        op = _UNARY.get(type(expr))
        if op is None or len(expr.args) != 1:
            raise Undecided(f"{type(expr).__name__} is not an analytic function that can be enclosed")
        if op == "log":
            inner = self.one_plus_exp(expr.args[0])
            if inner is not None:
                return self.emit("softplus", self.visit(inner))
        return self.emit(op, self.visit(expr.args[0]))

    @staticmethod
    def one_plus_exp(expr: sp.Expr) -> sp.Expr | None:
        """u when `expr` is 1 + exp(u)."""
        if isinstance(expr, sp.Add) and len(expr.args) == 2 and expr.args[0] is sp.S.One:
            term = expr.args[1]
            if isinstance(term, sp.exp):
                return term.args[0]
        return None

    def reciprocal(self, expr: sp.Expr) -> tuple[str, sp.Expr] | None:
        """1/expr as one stable step, which is not lost where `expr` grows by more digits than a ball has."""
        if isinstance(expr, sp.cosh):
            return "sech", expr.args[0]
        u = self.one_plus_exp(expr)
        return None if u is None else ("sigmoid", -u)

    def add(self, expr: sp.Expr) -> int:
        constant, rest = expr.as_coeff_Add() if not expr.has(sp.pi) else self.split_constant(expr)
        terms = list(sp.Add.make_args(rest))
        if constant is not sp.S.Zero:
            for index, term in enumerate(terms):
                stable = self.absorb(constant, term)
                if stable is not None:
                    others = [self.visit(other) for k, other in enumerate(terms) if k != index]
                    return self.sum([stable, *others])
        return self.sum([self.visit(term) for term in sp.Add.make_args(expr)])

    @staticmethod
    def split_constant(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        constants = [term for term in expr.args if not term.free_symbols]
        return sp.Add(*constants), sp.Add(*[term for term in expr.args if term.free_symbols])

    def sum(self, parts: list[int]) -> int:
        return parts[0] if len(parts) == 1 else self.emit("add", *parts)

    def absorb(self, constant: sp.Expr, term: sp.Expr) -> int | None:
        """constant + term as one stable step, where the two cancel on a tail."""
        factor, inner = term.as_coeff_Mul() if constant.is_Rational else self.split_factor(term)
        if isinstance(inner, sp.Pow) and inner.exp == 2 and isinstance(inner.base, sp.tanh) and constant == -factor:
            return self.scaled(constant, self.emit("sech2", self.visit(inner.base.args[0])))
        sign = 1 if constant == factor else -1 if constant == -factor else 0
        if isinstance(inner, sp.atan):
            limit = factor * sp.pi / 2
            sign = 1 if constant == limit else -1 if constant == -limit else 0
        if sign == 0:
            return None
        if isinstance(inner, sp.erf):
            return self.scaled(constant, self.emit("erfc", self.visit(-sign * inner.args[0])))
        if isinstance(inner, sp.tanh):
            return self.scaled(2 * constant, self.emit("sigmoid", self.visit(sign * 2 * inner.args[0])))
        if isinstance(inner, sp.atan):
            return self.scaled(sign * factor, self.emit("acot", self.visit(-sign * inner.args[0])))
        if sign == -1 and isinstance(inner, sp.exp):
            return self.scaled(factor, self.emit("expm1", self.visit(inner.args[0])))
        if sign == -1 and isinstance(inner, sp.Pow) and inner.exp == -1:
            u = self.one_plus_exp(inner.base)
            if u is not None:
                return self.scaled(constant, self.emit("sigmoid", self.visit(u)))
        return None

    @staticmethod
    def split_factor(term: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        constants = [part for part in sp.Mul.make_args(term) if not part.free_symbols]
        return sp.Mul(*constants), sp.Mul(*[part for part in sp.Mul.make_args(term) if part.free_symbols])

    def scaled(self, factor: sp.Expr, step: int) -> int:
        return step if factor is sp.S.One else self.emit("mul", self.visit(factor), step)

    def mul(self, expr: sp.Expr) -> int:
        above, under = [], []
        for part in expr.args:
            if isinstance(part, sp.Pow) and part.exp.is_Rational and part.exp < 0 and part.free_symbols:
                if not (part.exp.is_Integer and self.reciprocal(part.base)):
                    under.append(sp.Pow(part.base, -part.exp))
                    continue
            above.append(part)
        top = [self.visit(part) for part in above]
        numerator = (self.emit("mul", *top) if len(top) > 1 else top[0]) if top else self.visit(sp.S.One)
        if not under:
            return numerator
        bottom = [self.visit(part) for part in under]
        denominator = self.emit("mul", *bottom) if len(bottom) > 1 else bottom[0]
        return self.emit("div", numerator, denominator, data=self.fillings(sp.Mul(*above), sp.Mul(*under)))

    def fillings(self, top: sp.Expr, bottom: sp.Expr) -> tuple[tuple[sp.Expr, int], ...]:
        """The removable points of top/bottom, each with the order of the zero that cancels."""
        out = []
        for point in self.removable:
            order = self.vanishing(bottom, point)
            if order > 0 and self.vanishing(top, point, least=order) >= order:
                out.append((point, order))
        return tuple(out)

    def vanishing(self, expr: sp.Expr, point: sp.Expr, least: int = 12) -> int:
        """The order of the zero at a point, in an expression that may itself have a gap there."""
        from propcheck.calculus.identity import order_of_zero
        from propcheck.calculus.local import order_at

        assert self.x is not None
        try:
            return order_of_zero(expr, self.x, point, least)
        except Undecided:
            return min(order_at(expr, self.x, point), least)

    def power(self, expr: sp.Expr) -> int:
        base, exponent = expr.base, expr.exp
        if exponent.is_Rational:
            if exponent < 0 and exponent.is_Integer and (known := self.reciprocal(base)):
                op, u = known
                step = self.emit(op, self.visit(u))
                return step if exponent == -1 else self.emit("pow", step, data=int(-exponent))
            if exponent == -1:
                return self.emit("div", self.visit(sp.S.One), self.visit(base), data=())
            if exponent.is_Integer and exponent > 0:
                return self.emit("pow", self.visit(base), data=int(exponent))
            if exponent.is_Integer:
                return self.emit("div", self.visit(sp.S.One), self.visit(sp.Pow(base, -exponent)), data=())
            if exponent == HALF:
                return self.emit("sqrt", self.visit(base))
            if exponent == -HALF:
                return self.emit("rsqrt", self.visit(base))
            return self.emit("root_power", self.visit(base), data=fmpq(int(exponent.p), int(exponent.q)))
        return self.emit("exp", self.visit(exponent * sp.log(base)))


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


def _integer_power(u: arb, n: int) -> arb:
    if n % 2 == 0 and u.contains(0) and u.is_finite():
        return arb(0).union(abs(u).upper() ** n)
    return _ends(lambda v: v**n, u)


def _positive_root(u: arb, q: fmpq) -> arb:
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


_BALL: dict[str, Callable[[arb], arb]] = {
    "exp": lambda u: _ends(arb.exp, u), "expm1": lambda u: _ends(arb.expm1, u),
    "log": lambda u: _ends(arb.log, u) if u > 0 else NAN, "softplus": _softplus, "sigmoid": _sigmoid,
    "sin": arb.sin, "cos": arb.cos, "tan": arb.tan, "sinh": lambda u: _ends(arb.sinh, u), "cosh": _cosh,
    "tanh": lambda u: _ends(arb.tanh, u), "sech": lambda u: _even_decreasing(arb.sech, u), "sech2": _sech2,
    "asin": lambda u: _where_real(arb.asin, u), "acos": lambda u: _where_real(arb.acos, u),
    "atan": lambda u: _ends(arb.atan, u),
    "acot": _acot, "asinh": lambda u: _ends(arb.asinh, u), "acosh": lambda u: _hull(arb.acosh, u),
    "atanh": lambda u: _hull(arb.atanh, u), "erf": lambda u: _ends(arb.erf, u), "erfc": lambda u: _hull(arb.erfc, u),
    "sqrt": _sqrt, "rsqrt": lambda u: _ends(arb.rsqrt, u) if u > 0 else NAN,
    "lambertw": lambda u: _ends(arb.lambertw, u),
}  # fmt: skip


_FACTOR: dict[str, Callable[[arb, arb], arb]] = {  # by which a slope is multiplied, from u and the value at u
    "exp": lambda u, v: v, "expm1": lambda u, v: _BALL["exp"](u), "log": lambda u, v: 1 / u if u > 0 else NAN,
    "softplus": lambda u, v: _sigmoid(u), "sigmoid": lambda u, v: _bell(u), "sin": lambda u, v: u.cos(),
    "cos": lambda u, v: -u.sin(), "tan": lambda u, v: 1 + _integer_power(v, 2), "sinh": lambda u, v: _cosh(u),
    "cosh": lambda u, v: _BALL["sinh"](u), "tanh": lambda u, v: _sech2(u),
    "sech": lambda u, v: -_BALL["tanh"](u) * v, "sech2": lambda u, v: -2 * _BALL["tanh"](u) * v,
    "asin": lambda u, v: _positive_root(1 - _integer_power(u, 2), _MINUS_HALF),
    "acos": lambda u, v: -_positive_root(1 - _integer_power(u, 2), _MINUS_HALF),
    "atan": lambda u, v: 1 / (1 + _integer_power(u, 2)), "acot": lambda u, v: -1 / (1 + _integer_power(u, 2)),
    "asinh": lambda u, v: _BALL["rsqrt"](1 + _integer_power(u, 2)),
    "acosh": lambda u, v: _positive_root(_integer_power(u, 2) - 1, _MINUS_HALF),
    "atanh": lambda u, v: 1 / (1 - _integer_power(u, 2)) if -1 < u < 1 else NAN,
    "erf": lambda u, v: _gauss(u), "erfc": lambda u, v: -_gauss(u),
    "sqrt": lambda u, v: _BALL["rsqrt"](u) / 2,
    "rsqrt": lambda u, v: _ends(lambda w: -w.rsqrt() / (2 * w), u) if u > 0 else NAN,
    "lambertw": lambda u, v: 1 / (u + _BALL["exp"](v)),
}  # fmt: skip
_MINUS_HALF = fmpq(-1, 2)


def _gauss(u: arb) -> arb:
    """erf'(u)."""
    return _even_decreasing(lambda v: (-v * v).exp(), u) * (2 / arb.const_sqrt_pi())


def _coeffs(series: arb_series, order: int) -> list[arb]:
    got = series.coeffs()
    return (got + [arb(0)] * (order - len(got)))[:order]


def _series(coeffs: list[arb]) -> arb_series:
    return arb_series(coeffs, prec=len(coeffs))


def _with_start(start: arb, series: arb_series, order: int) -> arb_series:
    """`series` with its constant coefficient replaced by a tighter enclosure of the same value."""
    coeffs = _coeffs(series, order)
    coeffs[0] = start
    return _series(coeffs)


def _integrated(start: arb, slope: arb_series, u: arb_series, order: int) -> arb_series:
    """The series f(u) with f(u0) = start and f'(u) = slope."""
    if order == 1:
        return _series([start])
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
            square += y[k // 2] ** 2
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
    return _series(_logistic_family(u, order, _sigmoid(u0), _bell(u0), (1, 1)))


def _tanh_series(u: arb_series, order: int) -> arb_series:
    u0 = u[0]
    return _series(_logistic_family(u, order, _BALL["tanh"](u0), _sech2(u0), (0, 1)))


def _sech2_series(u: arb_series, order: int) -> arb_series:
    t = _tanh_series(u, order)
    return _with_start(_sech2(u[0]), 1 - t * t, order)


def _sech_series(u: arb_series, order: int) -> arb_series:
    """y with y' = -tanh(u) u' y."""
    y = [_BALL["sech"](u[0])]
    rate = _coeffs(-(_tanh_series(u, order) * u.derivative()), order) if order > 1 else []
    for k in range(1, order):
        y.append(sum(map(mul, rate, reversed(y)), arb(0)) / k)
    return _series(y)


def _exp_series(u: arb_series, order: int) -> arb_series:
    return _with_start(_BALL["exp"](u[0]), arb(1) * u.exp(), order)


def _gauss_slope(u: arb_series, order: int) -> arb_series:
    """2/sqrt(pi) exp(-u^2) with a tight start."""
    u0 = u[0]
    start = _even_decreasing(lambda v: (-v * v).exp(), u0)
    inner = _with_start(-(_integer_power(u0, 2)), -(u * u), order)
    return _with_start(start, inner.exp(), order) * (2 / arb.const_sqrt_pi())


_SERIES: dict[str, Callable[[arb_series, int], arb_series]] = {
    "exp": _exp_series,
    "expm1": lambda u, n: _with_start(_BALL["expm1"](u[0]), _exp_series(u, n), n),
    "log": lambda u, n: _integrated(_BALL["log"](u[0]), _reciprocal(u, n), u, n),
    "softplus": lambda u, n: _integrated(_softplus(u[0]), _sigmoid_series(u, n), u, n),
    "sigmoid": _sigmoid_series,
    "tanh": _tanh_series,
    "sech": _sech_series,
    "sech2": _sech2_series,
    "sin": lambda u, n: u.sin(),
    "cos": lambda u, n: u.cos(),
    "tan": lambda u, n: u.tan(),
    "sinh": lambda u, n: _with_start(_BALL["sinh"](u[0]), (u.exp() - (-u).exp()) / 2, n),
    "cosh": lambda u, n: _with_start(_cosh(u[0]), (u.exp() + (-u).exp()) / 2, n),
    "asin": lambda u, n: _integrated(_BALL["asin"](u[0]), (1 - u * u).rsqrt(), u, n),
    "acos": lambda u, n: _integrated(_BALL["acos"](u[0]), -((1 - u * u).rsqrt()), u, n),
    "atan": lambda u, n: _integrated(_BALL["atan"](u[0]), _reciprocal(_one_plus_square(u, n), n), u, n),
    "acot": lambda u, n: _integrated(_acot(u[0]), -_reciprocal(_one_plus_square(u, n), n), u, n),
    "asinh": lambda u, n: _integrated(_BALL["asinh"](u[0]), _one_plus_square(u, n).rsqrt(), u, n),
    "acosh": lambda u, n: _integrated(_BALL["acosh"](u[0]), (u * u - 1).rsqrt(), u, n),
    "atanh": lambda u, n: _integrated(_BALL["atanh"](u[0]), _reciprocal(1 - u * u, n), u, n),
    "erf": lambda u, n: _integrated(_BALL["erf"](u[0]), _gauss_slope(u, n), u, n),
    "erfc": lambda u, n: _integrated(_BALL["erfc"](u[0]), -_gauss_slope(u, n), u, n),
    "sqrt": lambda u, n: _root_series(u, n, fmpq(1, 2)),
    "rsqrt": lambda u, n: _root_series(u, n, fmpq(-1, 2)),
    "lambertw": lambda u, n: u.lambertw(),
}
# The same about a point, where nothing is gained by following a differential equation.
_AT_POINT: dict[str, Callable[[arb_series, int], arb_series]] = {
    "sigmoid": _sigmoid_at,
    "tanh": _tanh_at,
    "sech2": _sech2_at,
    "softplus": lambda u, n: _integrated(_softplus(u[0]), _sigmoid_at(u, n), u, n),
    "sqrt": lambda u, n: u.sqrt() if u[0] > 0 else _root_series(u, n, fmpq(1, 2)),
    "rsqrt": lambda u, n: u.rsqrt() if u[0] > 0 else _root_series(u, n, fmpq(-1, 2)),
}


def _reciprocal(u: arb_series, order: int) -> arb_series:
    start = u[0]
    return 1 / u if start.is_finite() and not start.contains(0) else _series([NAN] * order)


def _one_plus_square(u: arb_series, order: int) -> arb_series:
    u0 = u[0]
    return _with_start(1 + _integer_power(u0, 2), 1 + u * u, order)


def _root_series(u: arb_series, order: int, q: fmpq) -> arb_series:
    """u**q for positive u, by p u y' = q u' y."""
    coeffs = _coeffs(u, order)
    start = _sqrt(coeffs[0]) if q == fmpq(1, 2) else _positive_root(coeffs[0], q)
    if not coeffs[0] > 0:
        return _series([start] + [NAN] * (order - 1))
    if order == 1:
        return _series([start])
    slope = _positive_root(coeffs[0], q - 1) * arb(q)
    out = [start, slope * coeffs[1]]
    used = _until_zeros(u)[1:]
    above, under = int(q.p), int(q.q)
    for k in range(2, order):
        shares = [(above * j - under * (k - j)) * c for j, c in enumerate(used[:k], 1)]
        out.append(sum(map(mul, shares, reversed(out)), arb(0)) / (under * k * coeffs[0]))
    return _series(out)


def _power_series(u: arb_series, order: int, n: int) -> arb_series:
    """u**n with tight first coefficients on wide boxes."""
    coeffs = _coeffs(u, order)
    out = _coeffs(u**n if n > 1 else u, order)
    out[0] = _integer_power(coeffs[0], n)
    if order > 1 and n > 1:
        out[1] = n * _integer_power(coeffs[0], n - 1) * coeffs[1]
    if order > 2 and n > 2:
        out[2] = n * _integer_power(coeffs[0], n - 1) * coeffs[2] + (n * (n - 1) // 2) * _integer_power(
            coeffs[0], n - 2
        ) * _integer_power(coeffs[1], 2)
    return _series(out)


def _lost(steps: list[Step]) -> int:
    """The Taylor coefficients that filling in gaps may cost, gaps within gaps added up."""
    lost: list[int] = []
    for step in steps:
        own = max((order for _, order in step.data), default=0) if step.op == "div" else 0
        lost.append(own + max((lost[k] for k in step.args), default=0))
    return lost[-1]


class Form:
    """An expression ready to be enclosed over boxes, at flint's working precision."""

    def __init__(self, steps: list[Step], constant: list[bool]):
        self.steps = steps
        self.constant = constant
        self.width = _lost(steps)
        self._constants: dict[int, list[arb | None]] = {}
        self._moving = [(k, _ball_step(step)) for k, step in enumerate(steps) if not constant[k]]
        self._slopes: list[SlopeRule] = []

    def constants(self) -> list[arb | None]:
        """The values of the steps that do not depend on x, at the working precision."""
        if ctx.prec not in self._constants:
            values: list[arb | None] = []
            for step, fixed in zip(self.steps, self.constant, strict=True):
                values.append(_ball_step(step)(values, None) if fixed else None)
            self._constants[ctx.prec] = values
        return self._constants[ctx.prec]

    def ball(self, box: arb) -> arb:
        """A ball that holds the value at every point of `box`; NaN where it is not defined there."""
        if self.width and box.rad() > 0 and self._near(box) is not None:
            return self.series(box, 1)[0]
        if self.width and self._near(box, 0) is not None:
            return self._expand(box, 1)[0]
        return self.values(box)[-1]

    def values(self, box: arb) -> list[arb]:
        """What each step comes to over `box`, as it is written."""
        values = list(self.constants())
        for index, step in self._moving:
            values[index] = step(values, box)
        return values  # type: ignore[return-value]

    def _near(self, box: arb, reach: float = 0.25) -> arb | None:
        """The removable point, if any, that `box` comes as near to as this."""
        for step in self.steps:
            for point, _ in step.data if step.op == "div" else ():
                ball = constant_ball(point)
                distance = box - ball
                if distance.contains(0) or (reach and abs(distance).lower() < reach):
                    return ball
        return None

    def series(self, box: arb, order: int) -> list[arb]:
        """Balls that hold the Taylor coefficients f(t), f'(t), f''(t)/2, ... at every t in `box`; `order` of them."""
        if order == 2 and not self.width:
            return self._value_and_slope(box)
        near = self._near(box) if self.width else None
        if near is None:
            return self._expand(box, order)
        wide = self._expand(box.union(near), order)
        if (box - near).contains(0):
            return wide
        # Beside a filled gap 0/0 the quotient loses its digits, while a box that reaches over the gap can be shifted.
        return [a if a.rad() < b.rad() else b for a, b in zip(self._expand(box, order), wide, strict=True)]

    def _value_and_slope(self, box: arb) -> list[arb]:
        if not self._slopes:
            self._slopes = [_slope_rule(self.steps[k], k) for k, _ in self._moving]
        values: list[Any] = list(self.constants())
        slopes: list[arb | None] = [None] * len(values)
        for (index, step), rule in zip(self._moving, self._slopes, strict=True):
            values[index] = step(values, box)
            slopes[index] = rule(values, slopes)
        return [values[-1], arb(0) if (slope := slopes[-1]) is None else slope]

    def _expand(self, box: arb, order: int) -> list[arb]:
        total = order + (self.width if self._near(box, 0) is not None else 0)
        table = _SERIES | _AT_POINT if box.is_exact() and not box.is_zero() else _SERIES  # at 0 zeros stay exact
        old = ctx.cap
        ctx.cap = max(total, 1)
        try:
            variable = arb_series([box, 1], prec=total)
            values: list[arb_series] = []
            for step, fixed in zip(self.steps, self.constants(), strict=True):
                if fixed is not None:
                    values.append(arb_series([fixed], prec=total))
                else:
                    values.append(_series_step(step, values, variable, box, total, table))
            return _coeffs(values[-1], order)
        finally:
            ctx.cap = old


def _ball_step(step: Step) -> Callable[[list[Any], arb | None], arb | None]:
    """One step as a function of the values so far and the box; which one it is, is settled once for a Form."""
    op, data = step.op, step.data
    if op == "x":
        return lambda values, box: box
    if op == "rational":
        return lambda values, box: arb(data)
    if op == "pi":
        return lambda values, box: arb.pi()
    if op == "root":
        return lambda values, box: data.ball()
    first, *rest = step.args
    if op in ("add", "mul") and len(rest) > 1:
        combine = add if op == "add" else mul
        return lambda values, box: reduce(combine, [values[k] for k in step.args])
    if op in ("add", "mul", "div"):
        if not rest:
            return lambda values, box: values[first]
        (second,) = rest
        if op == "add":
            return lambda values, box: values[first] + values[second]
        if op == "mul":
            return lambda values, box: values[first] * values[second]
        return lambda values, box: values[first] / values[second]
    if op == "pow":
        return lambda values, box: _integer_power(values[first], data)
    if op == "root_power":
        return lambda values, box: _positive_root(values[first], data)
    function = _BALL[op]
    return lambda values, box: function(values[first])


SlopeRule = Callable[[list[Any], list[arb | None]], arb | None]


def _slope_rule(step: Step, index: int) -> SlopeRule:
    """The slope of one step from the values and the slopes so far; None for what does not depend on x."""
    op, data, args = step.op, step.data, step.args
    if op == "x":
        return lambda values, slopes: arb(1)
    if op == "add":
        return lambda values, slopes: reduce(add, [slope for k in args if (slope := slopes[k]) is not None])
    if op == "mul":
        return lambda values, slopes: _product_slope([(values[k], slopes[k]) for k in args])
    if op == "div":
        top, bottom = args

        def quotient(values: list[Any], slopes: list[arb | None]) -> arb:
            above, under = slopes[top], slopes[bottom]
            if under is None:
                return above / values[bottom]  # type: ignore[operator]
            fall = values[index] * under
            return (-fall if above is None else above - fall) / values[bottom]

        return quotient
    if op == "pow":
        factor: Callable[[arb, arb], arb] = lambda u, v: data * _integer_power(u, data - 1)  # noqa: E731
    elif op == "root_power":
        factor = lambda u, v: arb(data) * _positive_root(u, data - 1) if u > 0 else NAN  # noqa: E731
    else:
        factor = _FACTOR[op]
    (only,) = args

    def chained(values: list[Any], slopes: list[arb | None]) -> arb | None:
        inner = slopes[only]
        return None if inner is None else factor(values[only], values[index]) * inner

    return chained


def _product_slope(factors: list[tuple[arb, arb | None]]) -> arb | None:
    value, slope = factors[0]
    for other, change in factors[1:]:
        risen = None if slope is None else slope * other
        slope = risen if change is None else value * change if risen is None else risen + value * change
        value = value * other
    return slope


def _series_step(
    step: Step,
    values: list[arb_series],
    variable: arb_series,
    box: arb,
    order: int,
    table: Mapping[str, Callable[[arb_series, int], arb_series]],
) -> arb_series:
    op, args = step.op, [values[k] for k in step.args]
    if op == "x":
        return variable
    if op == "add":
        out = args[0]
        for arg in args[1:]:
            out = out + arg
        return out
    if op == "mul":
        out = args[0]
        for arg in args[1:]:
            out = out * arg
        return out
    if op == "div":
        return _quotient(args[0], args[1], step.data, box, order)  # type: ignore[arg-type]
    if op == "pow":
        return _power_series(args[0], order, step.data)  # type: ignore[arg-type]
    if op == "root_power":
        return _root_series(args[0], order, step.data)  # type: ignore[arg-type]
    return table[op](args[0], order)


def _quotient(top: arb_series, bottom: arb_series, fillings: Sequence[tuple[sp.Expr, int]], box: arb, order: int):  # noqa: ANN202
    start = bottom[0]
    if not start.is_finite() or start.contains(0):
        for point, zeros in fillings:
            if box.contains(constant_ball(point)):
                # u/(t-p)^m, with u zero of order m at p, has at every t in a box around p the k-th coefficient
                # inside the (k+m)-th of u over the box (Taylor's formula with the remainder in integral form).
                over, under = _coeffs(top, order)[zeros:], _coeffs(bottom, order)[zeros:]
                if not over or not under[0].is_finite() or under[0].contains(0):
                    break
                shifted = _coeffs(_series(over) / _series(under), len(over))
                return _series(shifted + [NAN] * zeros)
        return _series([NAN] * order)
    if order == 1:
        return _series([top[0] / start])
    return top / bottom


_KEPT = 2000  # forms, and as many roots, kept for the next question
_FORMS: dict[tuple, Form] = {}


def compile_form(expr: sp.Expr, x: sp.Symbol | None, removable: Sequence[sp.Expr] = ()) -> Form:
    """The Form of an analytic expression in `x`. `removable` are points where 0/0 in it is filled in by its limit."""
    key = (expr, x, tuple(removable))
    if key not in _FORMS:
        compiler = _Compiler(x, removable)
        last = compiler.visit(expr)
        if last != len(compiler.steps) - 1:
            compiler.steps.append(Step("add", (last,)))
        constant: list[bool] = []
        for step in compiler.steps:
            constant.append(step.op != "x" and all(constant[k] for k in step.args))
        if len(_FORMS) >= _KEPT:
            _FORMS.clear()
        _FORMS[key] = Form(compiler.steps, constant)
    return _FORMS[key]


def constant_ball(value: sp.Expr) -> arb:
    """A constant SymPy expression as a ball at the working precision; infinities stay infinite."""
    if value is sp.oo:
        return arb.pos_inf()
    if value is -sp.oo:
        return arb.neg_inf()
    if isinstance(value, sp.Rational):
        return rational_ball(value)
    return compile_form(value, None).ball(arb(0))

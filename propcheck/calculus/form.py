"""Enclosures of an expression and of its Taylor coefficients, over a box, in ball arithmetic.

An expression becomes a short program whose steps are named after the stable building block they compute: 1/(1+exp(u))
is sigmoid(-u), log(1+exp(u)) is softplus(u), 1-tanh(u)**2 is sech2(u), 1+erf(u) is erfc(-u). Monotone functions are
enclosed by their end points, and sigmoid, tanh and softplus follow their differential equations, which keeps the balls
tight on wide boxes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
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
                if self.one_plus_exp(part.base) is None or not part.exp.is_Integer:
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
            if exponent < 0 and exponent.is_Integer:
                u = self.one_plus_exp(base)
                if u is not None:
                    step = self.emit("sigmoid", self.visit(-u))
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


def _ends(function: Callable[[arb], arb], box: arb) -> arb:
    """The hull of a monotone function over `box`."""
    if box.rad() == 0 or not box.is_finite():
        return function(box)
    return function(box.lower()).union(function(box.upper()))


def _sigmoid(u: arb) -> arb:
    if u.rad() == 0:
        return 1 / (1 + (-u).exp()) if u >= 0 else (e := u.exp()) / (1 + e)
    return _ends(_sigmoid, u) if u.is_finite() else NAN if u.is_nan() else arb(0.5, 0.5)


def _softplus(u: arb) -> arb:
    if not u.is_finite():
        return NAN
    if u.rad() == 0:
        return u + (-u).exp().log1p() if u >= 0 else u.exp().log1p()
    return _ends(_softplus, u)


def _acot(u: arb) -> arb:
    """pi/2 - atan(u), without cancellation for large u."""
    if u > 0:
        return (1 / u).atan()
    return arb.pi() / 2 - _ends(arb.atan, u)


def _even_decreasing(function: Callable[[arb], arb], u: arb) -> arb:
    """The hull of an even function that falls on both sides of 0."""
    if u.rad() == 0 or not u.is_finite():
        return function(u)
    far = function(abs(u).upper())
    return far.union(function(arb(0)) if u.contains(0) else function(arb(u.abs_lower())))


def _sech2(u: arb) -> arb:
    return _even_decreasing(lambda v: 4 * (e := (-2 * abs(v)).exp()) / (1 + e) ** 2, u)


def _bell(u: arb) -> arb:
    """sigmoid'(u)."""
    return _even_decreasing(lambda v: (e := (-abs(v)).exp()) / (1 + e) ** 2, u)


def _cosh(u: arb) -> arb:
    if u.rad() == 0 or not u.is_finite():
        return u.cosh()
    far = abs(u).upper().cosh()
    return far.union(arb(1) if u.contains(0) else arb(u.abs_lower()).cosh())


def _integer_power(u: arb, n: int) -> arb:
    if n % 2 == 0 and u.contains(0) and u.is_finite():
        return arb(0).union(abs(u).upper() ** n)
    if u.rad() == 0 or not u.is_finite():
        return u**n
    return u.lower() ** n if u.is_exact() else (u.lower() ** n).union(u.upper() ** n)


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
    "tanh": lambda u: _ends(arb.tanh, u), "sech2": _sech2,
    "asin": lambda u: _ends(arb.asin, u), "acos": lambda u: _ends(arb.acos, u), "atan": lambda u: _ends(arb.atan, u),
    "acot": _acot, "asinh": lambda u: _ends(arb.asinh, u), "acosh": lambda u: _ends(arb.acosh, u),
    "atanh": lambda u: _ends(arb.atanh, u), "erf": lambda u: _ends(arb.erf, u), "erfc": lambda u: _ends(arb.erfc, u),
    "sqrt": _sqrt, "rsqrt": lambda u: _ends(arb.rsqrt, u) if u > 0 else NAN,
    "lambertw": lambda u: _ends(arb.lambertw, u),
}  # fmt: skip


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
    du = [(k, k * c) for k, c in enumerate(_coeffs(u, order)) if k and not c.is_zero()]
    y, w = [value], [slope]
    for k in range(1, order):
        acc = arb(0)
        for j, c in du:
            if j > k:
                break
            acc += c * w[k - j]
        y.append(acc / k)
        square = y[k // 2] ** 2 if k % 2 == 0 else arb(0)
        for j in range((k + 1) // 2):
            square += 2 * y[j] * y[k - j]
        w.append(a * y[k] - b * square)
    return y


def _sigmoid_series(u: arb_series, order: int) -> arb_series:
    u0 = _coeffs(u, 1)[0]
    return _series(_logistic_family(u, order, _sigmoid(u0), _bell(u0), (1, 1)))


def _tanh_series(u: arb_series, order: int) -> arb_series:
    u0 = _coeffs(u, 1)[0]
    return _series(_logistic_family(u, order, _BALL["tanh"](u0), _sech2(u0), (0, 1)))


def _sech2_series(u: arb_series, order: int) -> arb_series:
    t = _tanh_series(u, order)
    return _with_start(_sech2(_coeffs(u, 1)[0]), 1 - t * t, order)


def _exp_series(u: arb_series, order: int) -> arb_series:
    return _with_start(_BALL["exp"](_coeffs(u, 1)[0]), arb(1) * u.exp(), order)


def _gauss_slope(u: arb_series, order: int) -> arb_series:
    """2/sqrt(pi) exp(-u^2) with a tight start."""
    u0 = _coeffs(u, 1)[0]
    start = _even_decreasing(lambda v: (-v * v).exp(), u0)
    inner = _with_start(-(_integer_power(u0, 2)), -(u * u), order)
    return _with_start(start, inner.exp(), order) * (2 / arb.const_sqrt_pi())


_SERIES: dict[str, Callable[[arb_series, int], arb_series]] = {
    "exp": _exp_series,
    "expm1": lambda u, n: _with_start(_BALL["expm1"](_coeffs(u, 1)[0]), _exp_series(u, n), n),
    "log": lambda u, n: _integrated(_BALL["log"](_coeffs(u, 1)[0]), _reciprocal(u, n), u, n),
    "softplus": lambda u, n: _integrated(_softplus(_coeffs(u, 1)[0]), _sigmoid_series(u, n), u, n),
    "sigmoid": _sigmoid_series,
    "tanh": _tanh_series,
    "sech2": _sech2_series,
    "sin": lambda u, n: u.sin(),
    "cos": lambda u, n: u.cos(),
    "tan": lambda u, n: u.tan(),
    "sinh": lambda u, n: _with_start(_BALL["sinh"](_coeffs(u, 1)[0]), (u.exp() - (-u).exp()) / 2, n),
    "cosh": lambda u, n: _with_start(_cosh(_coeffs(u, 1)[0]), (u.exp() + (-u).exp()) / 2, n),
    "asin": lambda u, n: _integrated(_BALL["asin"](_coeffs(u, 1)[0]), (1 - u * u).rsqrt(), u, n),
    "acos": lambda u, n: _integrated(_BALL["acos"](_coeffs(u, 1)[0]), -((1 - u * u).rsqrt()), u, n),
    "atan": lambda u, n: _integrated(_BALL["atan"](_coeffs(u, 1)[0]), _reciprocal(_one_plus_square(u, n), n), u, n),
    "acot": lambda u, n: _integrated(_acot(_coeffs(u, 1)[0]), -_reciprocal(_one_plus_square(u, n), n), u, n),
    "asinh": lambda u, n: _integrated(_BALL["asinh"](_coeffs(u, 1)[0]), _one_plus_square(u, n).rsqrt(), u, n),
    "acosh": lambda u, n: _integrated(_BALL["acosh"](_coeffs(u, 1)[0]), (u * u - 1).rsqrt(), u, n),
    "atanh": lambda u, n: _integrated(_BALL["atanh"](_coeffs(u, 1)[0]), _reciprocal(1 - u * u, n), u, n),
    "erf": lambda u, n: _integrated(_BALL["erf"](_coeffs(u, 1)[0]), _gauss_slope(u, n), u, n),
    "erfc": lambda u, n: _integrated(_BALL["erfc"](_coeffs(u, 1)[0]), -_gauss_slope(u, n), u, n),
    "sqrt": lambda u, n: _root_series(u, n, fmpq(1, 2)),
    "rsqrt": lambda u, n: _root_series(u, n, fmpq(-1, 2)),
    "lambertw": lambda u, n: u.lambertw(),
}


def _reciprocal(u: arb_series, order: int) -> arb_series:
    start = _coeffs(u, 1)[0]
    return 1 / u if start.is_finite() and not start.contains(0) else _series([NAN] * order)


def _one_plus_square(u: arb_series, order: int) -> arb_series:
    u0 = _coeffs(u, 1)[0]
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
    used = [(j, c) for j, c in enumerate(coeffs) if j and not c.is_zero()]
    power = arb(q)
    for k in range(2, order):
        acc = arb(0)
        for j, c in used:
            if j > k:
                break
            acc += (power * j - (k - j)) * c * out[k - j]
        out.append(acc / (k * coeffs[0]))
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
        near = self._near(box) if self.width else None
        if near is None:
            return self._expand(box, order)
        wide = self._expand(box.union(near), order)
        if (box - near).contains(0):
            return wide
        # Beside a filled gap 0/0 the quotient loses its digits, while a box that reaches over the gap can be shifted.
        return [a if a.rad() < b.rad() else b for a, b in zip(self._expand(box, order), wide, strict=True)]

    def _expand(self, box: arb, order: int) -> list[arb]:
        total = order + (self.width if self._near(box, 0) is not None else 0)
        old = ctx.cap
        ctx.cap = max(total, 1)
        try:
            variable = arb_series([box, 1], prec=total)
            values: list[arb_series] = []
            for step, fixed in zip(self.steps, self.constants(), strict=True):
                if fixed is not None:
                    values.append(arb_series([fixed], prec=total))
                else:
                    values.append(_series_step(step, values, variable, box, total))
            return _coeffs(values[-1], order)
        finally:
            ctx.cap = old


class Together:
    """Several forms of one variable at once: a step that they share is taken once, and each ball is its form's own."""

    def __init__(self, forms: Sequence[Form]):
        self.forms = forms
        self.lasts: list[int] = []
        where: dict[tuple, int] = {}
        steps: list[Step] = []
        constant: list[bool] = []
        for form in forms:
            moved: list[int] = []
            for step, fixed in zip(form.steps, form.constant, strict=True):
                args = tuple(moved[k] for k in step.args)
                key = (step.op, args, step.data)
                if key not in where:
                    where[key] = len(steps)
                    steps.append(Step(*key))
                    constant.append(fixed)
                moved.append(where[key])
            self.lasts.append(moved[-1])
        self.whole = Form(steps, constant)

    def balls(self, box: arb) -> list[arb]:
        """The ball of each form over `box`."""
        if any(form.width for form in self.forms):
            return [form.ball(box) for form in self.forms]
        values = self.whole.values(box)
        return [values[k] for k in self.lasts]


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


def _series_step(step: Step, values: list[arb_series], variable: arb_series, box: arb, order: int) -> arb_series:
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
    return _SERIES[op](args[0], order)


def _quotient(top: arb_series, bottom: arb_series, fillings: Sequence[tuple[sp.Expr, int]], box: arb, order: int):  # noqa: ANN202
    start = _coeffs(bottom, 1)[0]
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
        return _series([_coeffs(top, 1)[0] / start])
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

"""Enclosures of an expression and of its Taylor coefficients, over a box, in ball arithmetic.

An expression becomes a short program whose steps are named after the stable building block they compute: 1/(1+exp(u))
is sigmoid(-u), log(1+exp(u)) is softplus(u), 1-tanh(u)**2 is sech2(u), 1+erf(u) is erfc(-u). Monotone functions are
enclosed by their end points, and sigmoid, tanh and softplus follow their differential equations, which keeps the balls
tight on wide boxes.

It is one page: an exact root is an expression with a form of its own, and a form may hold such roots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul
from typing import Any

import sympy as sp
from flint import arb, arb_series, ctx, fmpq

from propcheck.calculus.ball import UNARY, ball_of, rational_ball, sign_of
from propcheck.calculus.elementary import (
    AT_POINT,
    BALL,
    FACTOR,
    NAN,
    SERIES,
    coefficients_of,
    integer_power,
    positive_root,
    power_series,
    root_series,
    series_of,
)
from propcheck.calculus.recursion import order_at, order_of_zero
from propcheck.calculus.undecided import Undecided

HALF = sp.Rational(1, 2)
CLOSER = (1, 2, 4, 8)  # times the working precision, where digits are lost


class RealRoot(sp.Expr):
    """The only zero of `expr`, in its one free symbol, between two rationals of unlike sign: an exact number."""

    is_real = True
    is_extended_real = True
    is_finite = True
    is_commutative = True
    is_number = True
    is_Atom = False
    is_zero = False
    settled = True  # is it one number?

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

    def diff(self, *symbols, **kwargs):  # noqa: ANN002, ANN003, ANN201 - a constant, itself to the order 0
        orders = [int(each[1]) if isinstance(each, tuple | sp.Tuple) else 1 for each in symbols]
        return sp.S.Zero if any(orders) else self

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
    """A ball of the working precision around the one sign change of `form` in [low, high].

    Where its terms cancel (erf and tanh far out, both beside 1) it is computed with more digits.
    """
    goal = ctx.prec - 12
    for more in CLOSER if form.settled else (1,):
        with ctx.workprec(more * (goal + 12)):
            box = _refined(form, low, high, goal)
        if box.rel_accuracy_bits() > goal - 16 or box.rad() < arb(2) ** (-2 * goal):
            break
        low, high = box.lower(), box.upper()
    return box


def _refined(form: Form, low: arb, high: arb, goal: int) -> arb:
    sign_low = sign_of(form.ball(low))
    if not sign_low:
        return ball_of(low, high)
    for _ in range(60 + 4 * ctx.prec):
        middle = ((low + high) / 2).mid()
        box = ball_of(low, high)
        width = high - low
        if width.upper() < (abs(middle) + arb(2) ** (-goal)) * arb(2) ** (-goal):
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
        sign = sign_of(value)
        if sign == 0:
            if value.is_zero():
                return middle
            return box
        if sign == sign_low:
            low = middle
        else:
            high = middle
    return ball_of(low, high)


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
        op = UNARY.get(type(expr))
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
        self.settled = all(step.op != "root" or step.data.settled for step in steps)
        self._filled = [point for step in steps if step.op == "div" for point, _ in step.data]
        self._gaps: dict[int, list[arb]] = {}
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
        if ctx.prec not in self._gaps:
            self._gaps[ctx.prec] = [constant_ball(point) for point in self._filled]
        for ball in self._gaps[ctx.prec]:
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
        table = SERIES | AT_POINT if box.is_exact() and not box.is_zero() else SERIES  # at 0 zeros stay exact
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
            return coefficients_of(values[-1], order)
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
        return lambda values, box: integer_power(values[first], data)
    if op == "root_power":
        return lambda values, box: positive_root(values[first], data)
    function = BALL[op]
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
        factor: Callable[[arb, arb], arb] = lambda u, v: data * integer_power(u, data - 1)  # noqa: E731
    elif op == "root_power":
        factor = lambda u, v: arb(data) * positive_root(u, data - 1) if u > 0 else NAN  # noqa: E731
    else:
        factor = FACTOR[op]
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
        return power_series(args[0], order, step.data)  # type: ignore[arg-type]
    if op == "root_power":
        return root_series(args[0], order, step.data)  # type: ignore[arg-type]
    return table[op](args[0], order)


def _quotient(top: arb_series, bottom: arb_series, fillings: Sequence[tuple[sp.Expr, int]], box: arb, order: int):  # noqa: ANN202
    start = bottom[0]
    if not start.is_finite() or start.contains(0):
        for point, zeros in fillings:
            if box.contains(constant_ball(point)):
                # u/(t-p)^m, with u zero of order m at p, has at every t in a box around p the k-th coefficient
                # inside the (k+m)-th of u over the box (Taylor's formula with the remainder in integral form).
                over, under = coefficients_of(top, order)[zeros:], coefficients_of(bottom, order)[zeros:]
                if not over or not under[0].is_finite() or under[0].contains(0):
                    break
                shifted = coefficients_of(series_of(over) / series_of(under), len(over))
                return series_of(shifted + [NAN] * zeros)
        return series_of([NAN] * order)
    if order == 1:
        return series_of([top[0] / start])
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

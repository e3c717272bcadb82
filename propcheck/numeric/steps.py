"""A stable form -> a program of single operations, equal parts computed once.

    x | const | add sub mul div | mul_tail add_tail (what a product, a sum was rounded by)
    bounded (0 where it is not below 2^-10) | neg abs max min | ge gt eq (masks)
    where pass_nan | rint (the whole number next to it)
    sqrt, the functions of the language that have a head, and the stable ones

All outputs of a program (a value and its derivative, say) share their steps. What stands on one exponential shares it:
sigmoid(u), sigmoid(-u), softplus(u) and exp(u) are computed from F = exp(u).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.language import X
from propcheck.language.functions import HEADS
from propcheck.numeric.functions import Sech2, Sigmoid, Softplus, Stable, Tanh

_UNARY: dict[type, str] = {sp.Abs: "abs", **{head: row.name for head, row in HEADS.items()}}


class Horner(sp.Function):
    """c_0 + c_1 t + ... + c_n t^n, evaluated from the highest coefficient down: Horner(t, c_0, ..., c_n)."""

    is_real = True


class Offset(sp.Function):
    """(x - high) - low: the distance from a number that is given by two floats, the first of which x comes near to."""

    is_real = True


class Reciprocal(sp.Function):
    """1/u."""

    is_real = True


class Times(sp.Function):
    """p q, the product of exactly these two."""

    is_real = True


class Over(sp.Function):
    """p/q, the quotient of exactly these two."""

    is_real = True


class Scaled(sp.Function):
    """(p exp(q)) exp(q), in this order: p exp(2 q) without a factor that leaves the range: Scaled(p, q)."""

    is_real = True


class Compensated(sp.Function):
    """c_0 + c_1 t + ... by Horner's rule, each c in two words: Compensated(t, c_0, low_0, c_1, low_1, ...).

    Its own rounding error, to first order, is CompensatedTail of the same arguments: the compensated Horner scheme of
    Langlois and Louvet, 2007.
    """

    is_real = True


class CompensatedTail(sp.Function):
    """What Compensated of the same arguments lacks."""

    is_real = True


class Choice(sp.Function):
    """Choice(op, c, a, b): a where x op c (`ge`, `gt`, `eq`), else b."""

    is_real = None
    nargs = 4

    def __new__(cls, op: str | sp.Symbol, c: sp.Expr, a: sp.Expr, b: sp.Expr) -> Choice:
        return sp.Expr.__new__(cls, sp.Symbol(str(op)), c, a, b)

    @property
    def free_symbols(self) -> set:
        return {X}


class Where(sp.Function):
    """Where(op, u, a, b): a where u op 0 (`ge`, `gt`), else b."""

    is_real = None

    def __new__(cls, op: str, u: sp.Expr, a: sp.Expr, b: sp.Expr) -> Where:
        return sp.Expr.__new__(cls, sp.Symbol(op), u, a, b)

    @property
    def free_symbols(self) -> set:
        return {X}


class Left(sp.Function):
    """Of x less k periods, k whole: `high`, what is left; `count`, k; `beyond`, how far it is from a place.

    k is the whole number next to x `rate` - `shift`. The period is the sum of words of which k-fold is exact, and the
    place is given in two words.
    """

    is_real = None

    def __new__(cls, what: str, shift: float, rate: float, words: Iterable[sp.Expr], *place: sp.Expr) -> Left:
        return sp.Expr.__new__(cls, sp.Symbol(what), sp.Rational(shift), sp.Rational(rate), sp.Tuple(*words), *place)

    @property
    def free_symbols(self) -> set:
        return {X}


class At(sp.Function):
    """At(form, inside): the form at another input, as it is written; SymPy would rewrite it on putting that in."""

    is_real = None

    def __new__(cls, form: sp.Expr, inside: sp.Expr) -> At:
        return sp.Expr.__new__(cls, form, inside)

    @property
    def free_symbols(self) -> set:
        return {X}


class PassNaN(sp.Function):
    """The value, but NaN where x is NaN."""

    is_real = None

    def __new__(cls, value: sp.Expr) -> PassNaN:
        return sp.Expr.__new__(cls, value)

    @property
    def free_symbols(self) -> set:
        return {X}


@dataclass(frozen=True)
class Step:
    """One operation on earlier steps; `value` is the constant of a `const`, or the symbol of an input beside x."""

    op: str
    args: tuple[int, ...] = ()
    value: sp.Expr | None = None


@dataclass
class Program:
    """Steps in an order in which each stands behind its arguments; `outputs` are places of steps."""

    steps: list[Step] = field(default_factory=list)
    outputs: tuple[int, ...] = ()
    _where: dict[Step, int] = field(default_factory=dict, repr=False)
    _seen: dict[tuple[int | None, sp.Expr], int] = field(default_factory=dict, repr=False)
    _exponentials: dict[tuple[int | None, sp.Expr], tuple[int, int]] = field(default_factory=dict, repr=False)
    _input: int | None = field(default=None, repr=False)

    def emit(self, op: str, *args: int, value: sp.Expr | None = None) -> int:
        step = Step(op, args, value)
        if step not in self._where:
            self._where[step] = len(self.steps)
            self.steps.append(step)
        return self._where[step]

    def const(self, value: sp.Expr | int) -> int:
        return self.emit("const", value=sp.Integer(value) if isinstance(value, int) else value)

    def visit(self, expr: sp.Expr) -> int:
        """The step that holds the value of an expression."""
        key = (self._input, expr)
        if key not in self._seen:
            self._seen[key] = self._build(expr)
        return self._seen[key]

    def _build(self, expr: sp.Expr) -> int:
        if expr == X:
            return self.emit("x") if self._input is None else self._input
        if isinstance(expr, sp.Symbol):
            return self.emit("x", value=expr)
        if isinstance(expr, At):
            outer, self._input = self._input, self.visit(expr.args[1])
            made = self.visit(expr.args[0])
            self._input = outer
            return made
        if not expr.free_symbols:
            return self.const(expr)
        if isinstance(expr, sp.Add):
            return self._sum(expr)
        if isinstance(expr, sp.Mul):
            return self._product(expr)
        if isinstance(expr, sp.Pow):
            return self._power(expr.base, expr.exp)
        if isinstance(expr, (sp.Min, sp.Max)):
            op = "min" if isinstance(expr, sp.Min) else "max"
            constants = [arg for arg in expr.args if not arg.free_symbols]
            others = [arg for arg in expr.args if arg.free_symbols]
            return reduce(lambda a, b: self.emit(op, a, b), [self.visit(arg) for arg in (*others, *constants)])
        if isinstance(expr, Choice):
            mask = self.emit(expr.args[0].name, self.emit("x"), self.visit(expr.args[1]))
            return self.emit("where", mask, self.visit(expr.args[2]), self.visit(expr.args[3]))
        if isinstance(expr, Where):
            mask = self.emit(expr.args[0].name, self.visit(expr.args[1]), self.const(0))
            return self.emit("where", mask, self.visit(expr.args[2]), self.visit(expr.args[3]))
        if isinstance(expr, Left):
            return self._left(*expr.args)
        if isinstance(expr, PassNaN):
            return self.emit("pass_nan", self.emit("x"), self.visit(expr.args[0]))
        if isinstance(expr, Horner):
            return self._horner(*expr.args)
        if isinstance(expr, Offset):
            high = self.emit("sub", self.visit(expr.args[0]), self.const(expr.args[1]))
            return high if expr.args[2] == 0 else self.emit("sub", high, self.const(expr.args[2]))
        if isinstance(expr, (Compensated, CompensatedTail)):
            return self._compensated(*expr.args)[isinstance(expr, CompensatedTail)]
        if isinstance(expr, Reciprocal):
            return self.emit("div", self.const(1), self.visit(expr.args[0]))
        if isinstance(expr, (Times, Over)):
            return self.emit("mul" if isinstance(expr, Times) else "div", *map(self.visit, expr.args))
        if isinstance(expr, Scaled):
            e = self.visit(sp.exp(expr.args[1]))
            return self.emit("mul", self.emit("mul", self.visit(expr.args[0]), e), e)
        if isinstance(expr, (sp.tanh, Tanh)) and isinstance(expr.args[0], Softplus):
            return self._tanh_softplus(expr.args[0].args[0])[0]
        if isinstance(expr, Stable):
            return self._stable(expr)
        op = _UNARY.get(type(expr))
        if op is None:
            raise Undecided(f"{type(expr).__name__} has no numeric form")
        return self.emit(op, self.visit(expr.args[0]))

    # -- sums, products, powers --

    def _sum(self, expr: sp.Add) -> int:
        plus: list[int] = []
        minus: list[int] = []
        for term in sorted(expr.args, key=lambda t: (bool(t.free_symbols), t.count_ops(), str(t))):
            if term.free_symbols and term.could_extract_minus_sign():
                minus.append(self.visit(-term))
            elif not term.free_symbols and term.is_negative and len(expr.args) > 1:
                minus.append(self.const(-term))
            else:
                plus.append(self.visit(term))
        if plus:
            total = reduce(lambda a, b: self.emit("add", a, b), plus)
        else:
            total = self.emit("neg", minus.pop(0))
        return reduce(lambda a, b: self.emit("sub", a, b), minus, total)

    def _product(self, expr: sp.Mul) -> int:
        above: list[sp.Expr] = []
        under: list[sp.Expr] = []
        constants: list[sp.Expr] = []
        for part in expr.args:
            if not part.free_symbols:
                constants.append(part)
            elif isinstance(part, sp.Pow) and part.exp.is_Rational and part.exp < 0 and not self._is_sigmoid(part):
                under.append(sp.Pow(part.base, -part.exp))
            else:
                above.append(part)
        constant = sp.Mul(*constants)
        top = [self.visit(part) for part in above]
        negative = constant == -1
        if constant != 1 and not negative:
            top.append(self.const(constant))
        # The constant comes last: x (sigma) c rounds like c (x sigma), and x sigma is shared.
        numerator = reduce(lambda a, b: self.emit("mul", a, b), top) if top else self.const(constant)
        if under:
            denominator = reduce(lambda a, b: self.emit("mul", a, b), [self.visit(part) for part in under])
            if not top:
                return self.emit("div", numerator, denominator)
            numerator = self.emit("div", numerator, denominator)
        return self.emit("neg", numerator) if negative and top else numerator

    @staticmethod
    def _is_sigmoid(part: sp.Pow) -> bool:
        return isinstance(part.base, Sigmoid)

    def _power(self, base: sp.Expr, power: sp.Expr) -> int:
        if not power.free_symbols and power.is_Rational:
            if power < -1 and power.is_Integer:  # the square of the base may leave the range before the result does
                return self._whole(self.emit("div", self.const(1), self.visit(base)), int(-power))
            if power < 0:
                return self.emit("div", self.const(1), self._power(base, -power))
            whole, rest = divmod(power, 1)
            parts = [self._whole(self.visit(base), int(whole))] if whole else []
            if rest:
                if rest.q != 2:
                    return self.emit("exp", self._times(power, self.visit(sp.log(base))))
                parts.append(self.emit("sqrt", self.visit(base)))
            return reduce(lambda a, b: self.emit("mul", a, b), parts)
        if base is sp.E:
            return self.emit("exp", self.visit(power))
        return self.visit(sp.exp(power * sp.log(base), evaluate=False))

    def _times(self, constant: sp.Expr, step: int) -> int:
        return self.emit("mul", step, self.const(constant))

    def _whole(self, base: int, n: int) -> int:
        out: int | None = None
        while n:
            if n & 1:
                out = base if out is None else self.emit("mul", out, base)
            n >>= 1
            if n:
                base = self.emit("mul", base, base)
        assert out is not None
        return out

    def _horner(self, t: sp.Expr, *coefficients: sp.Expr) -> int:
        at = self.visit(t)
        total = self.const(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            total = self.emit("mul", total, at)
            if c != 0:
                total = self.emit("add", total, self.const(c))
        return total

    def _compensated(self, t: sp.Expr, *words: sp.Expr) -> tuple[int, int]:
        """The value and its tail: each product and each sum leaves the part that it was rounded by."""
        at = self.visit(t)
        highs, lows = words[::2], words[1::2]
        total = self.const(highs[-1])
        tail: int | None = None if lows[-1] == 0 else self.const(lows[-1])
        for high, low in zip(reversed(highs[:-1]), reversed(lows[:-1]), strict=True):
            product = self.emit("mul", total, at)  # a tail stands behind the step that it mends
            lost = self.emit("mul_tail", total, at)
            tail = lost if tail is None else self.emit("add", self.emit("mul", tail, at), lost)
            total = product
            if high != 0:
                total = self.emit("add", product, self.const(high))
                tail = self.emit("add", tail, self.emit("add_tail", product, self.const(high)))
            if low != 0:
                tail = self.emit("add", tail, self.const(low))
        return total, self.const(0) if tail is None else self.emit("bounded", tail)

    # -- x less so many periods --

    def _left(self, what: sp.Symbol, shift: sp.Expr, rate: sp.Expr, words: sp.Tuple, *place: sp.Expr) -> int:
        turns = self.emit("mul", self.visit(X), self.const(rate))
        count = self.emit("rint", self.emit("sub", turns, self.const(shift)))
        if what.name == "count":
            return count
        total, tail = self.visit(X), None
        for word in words:
            part = self.emit("neg", self.emit("mul", count, self.const(word)))
            lost = self.emit("add_tail", total, part)
            total = self.emit("add", total, part)
            tail = lost if tail is None else self.emit("add", tail, lost)
        assert tail is not None
        high = self.emit("add", total, tail)
        if what.name == "high":
            return high
        low = self.emit("sub", tail, self.emit("sub", high, total))
        if place[1] != 0:
            low = self.emit("sub", low, self.const(place[1]))
        return self.emit("add", self.emit("sub", high, self.const(place[0])), low)

    # -- functions that share an exponential --

    def _stable(self, expr: Stable) -> int:
        u = expr.args[0]
        if isinstance(expr, Sech2) and isinstance(u, Softplus):
            return self._tanh_softplus(u.args[0])[1]
        if isinstance(expr, Sigmoid) and (shared := self._exponentials.get((self._input, u))) is not None:
            return self.emit("div", *shared)
        return self.emit(expr.op, self.visit(u))

    def _tanh_softplus(self, u: sp.Expr) -> tuple[int, int]:
        """tanh and sech^2 of log(1 + F), F = exp(u): n/(n + 2) and (2 m/(n + 2))^2, m = 1 + F, n = m^2 - 1."""
        f = self.emit("exp", self.emit("min", self.visit(u), self.const(_SQUARED)))
        m = self.emit("add", f, self.const(1))
        self._exponentials[self._input, u] = (f, m)
        n = self.emit("mul", f, self.emit("add", f, self.const(2)))
        inverse = self.emit("div", self.const(1), self.emit("add", n, self.const(2)))
        half = self.emit("mul", m, inverse)
        root = self.emit("add", half, half)
        return self.emit("mul", n, inverse), self.emit("mul", root, root)


_SQUARED = 40  # exp(2 u) beyond it adds nothing to 1 in any format, and its square is finite in each


def program(exprs: Iterable[sp.Expr]) -> Program:
    """The program of some expressions in X, in one."""
    made = Program()
    made.outputs = tuple(made.visit(expr) for expr in exprs)
    return made

"""An expression as a text of the language."""

from __future__ import annotations

from collections.abc import Iterable

import sympy
from sympy import S
from sympy.core.relational import Relational
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from propcheck.language.functions import HEADS
from propcheck.processes.precision import alone


def _below(part: sympy.Pow) -> bool:
    """Whether a factor is printed under the fraction bar."""
    return bool(part.exp.as_coeff_Mul()[0] < 0)


class _Printer(StrPrinter):
    """Prints in the expression language."""

    def _call(self, name: str, arguments: Iterable[sympy.Basic]) -> str:
        return f"{name}({', '.join(self._print(argument) for argument in arguments)})"

    def _print_Mul(self, expr: sympy.Mul) -> str:
        coefficient, rest = expr.as_coeff_Mul()
        below = [part for part in sympy.Mul.make_args(rest) if isinstance(part, sympy.Pow) and _below(part)]
        if coefficient.q == 1 or len(below) != 1 or below[0].exp != -1 or not isinstance(below[0].base, sympy.Add):
            return super()._print_Mul(expr)
        # Not x/(2*(y + 1)), which is read with 2*(y + 1) multiplied out.
        parts = sympy.Mul.make_args(rest)
        above = rest if coefficient.p == 1 else sympy.Mul(coefficient.p, *parts, evaluate=False)
        return f"{self._print(above)}/{coefficient.q}"

    def _print_Max(self, expr: sympy.Max) -> str:
        return self._call("max", expr.args)

    def _print_Min(self, expr: sympy.Min) -> str:
        return self._call("min", expr.args)

    def _print_Abs(self, expr: sympy.Abs) -> str:
        return self._call("abs", expr.args)

    def _print_Function(self, expr: sympy.Function) -> str:
        row = HEADS.get(expr.func)
        return self._call(expr.func.__name__ if row is None else row.name, expr.args)

    def _print_Heaviside(self, expr: sympy.Heaviside) -> str:
        return self._call("heaviside" if expr.args[1] == S.Half else "Heaviside", expr.pargs)

    def _print_Exp1(self, expr: sympy.Expr) -> str:
        return "e"

    def _print_Relational(self, expr: Relational) -> str:
        left, right = (self.parenthesize(side, PRECEDENCE["Relational"], strict=False) for side in expr.args)
        return f"{left} {expr.rel_op} {right}"

    def _print_And(self, expr: sympy.And) -> str:
        return " and ".join(self._condition(arg, (sympy.Or,)) for arg in self._in_order(expr))

    def _print_Or(self, expr: sympy.Or) -> str:
        return " or ".join(self._condition(arg, ()) for arg in self._in_order(expr))

    def _print_Not(self, expr: sympy.Not) -> str:
        return f"not {self._condition(expr.args[0], (sympy.And, sympy.Or))}"

    def _condition(self, condition: sympy.Basic, inside: tuple[type, ...]) -> str:
        return f"({self._print(condition)})" if isinstance(condition, inside) else self._print(condition)

    @staticmethod
    def _in_order(expr: sympy.Basic) -> list[sympy.Basic]:
        return sorted(expr.args, key=sympy.default_sort_key)


@alone
def show(expr: sympy.Basic) -> str:
    """`expr` in the expression language: what `parse` built, it builds again from this."""
    return _Printer().doprint(expr)

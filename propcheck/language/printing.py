"""An expression as a text of the language."""

from __future__ import annotations

from collections.abc import Iterable

import sympy
from sympy import S
from sympy.core.relational import Relational
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from propcheck.language.functions import HEADS
from propcheck.language.stairs import SPELLED
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
        if expr.func in SPELLED:
            return self._call(SPELLED[expr.func], expr.args)
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


class _Teller(_Printer):
    """Prints as one writes: 1 + exp(x), x*(1 - x), 1/(1 + x)**2, x/sqrt(2)."""

    _default_settings = {**_Printer._default_settings, "order": "none"}

    def _as_ordered_terms(self, expr: sympy.Add, order: str | None = None) -> list[sympy.Expr]:
        """The terms: a number before what is no polynomial, and what is subtracted not first."""
        terms = expr.as_ordered_terms()
        first = [term for term in terms if term.is_number and term.is_positive]
        others = [term for term in terms if term not in first]
        plain = all(term.is_polynomial() for term in others) and not any(map(_is_negative, others[:1]))
        terms = [*others, *first] if plain else [*first, *others]
        return sorted(terms, key=_is_negative) if _is_negative(terms[0]) else terms

    def parenthesize(self, item: sympy.Expr, level: int, strict: bool = False) -> str:
        text = super().parenthesize(item, level, strict)
        return f"({text})" if level >= PRECEDENCE["Mul"] and text.startswith("1/") else text

    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        if expr.exp.is_Rational and expr.exp < -1:
            return f"1/{self._print(sympy.Pow(expr.base, -expr.exp, evaluate=False))}"
        return super()._print_Pow(expr, rational)

    def _print_Mul(self, expr: sympy.Mul) -> str:
        coefficient, rest = expr.as_coeff_Mul()
        factors = sorted(rest.as_ordered_factors(), key=lambda part: isinstance(part, sympy.Add))
        root = [part for part in factors if isinstance(part, sympy.Pow) and _is_root(part)]
        inside = sympy.Mul(*(part.base for part in root if part.exp > 0))
        if (
            not root
            or coefficient.q % inside
            or any(_below(part) for part in factors if part not in root if isinstance(part, sympy.Pow))
        ):
            return super()._print_Mul(sympy.Mul._from_args([coefficient, *factors] if coefficient != 1 else factors))
        under = f"sqrt({'*'.join(self._print(part.base) for part in root)})"
        left = coefficient.q // inside
        over = sympy.Mul(coefficient.p, *(part for part in factors if part not in root))
        return (
            f"{self.parenthesize(over, PRECEDENCE['Mul'], strict=True)}/{under if left == 1 else f'({left}*{under})'}"
        )


def _is_negative(term: sympy.Expr) -> bool:
    return bool(term.could_extract_minus_sign())


def _is_root(part: sympy.Pow) -> bool:
    """Is it the root of a whole number, or one over the root of pi?"""
    whole = part.base.is_Integer and part.base.is_positive
    return bool(part.exp == S.Half and whole or part.exp == -S.Half and part.base == sympy.pi)


@alone
def told(expr: sympy.Basic) -> str:
    """`expr` in the expression language, as one writes it: equal to it, but not always built again as it was."""
    return _Teller().doprint(expr)


@alone
def show(expr: sympy.Basic) -> str:
    """`expr` in the expression language: what `parse` built, it builds again from this."""
    return _Printer().doprint(expr)

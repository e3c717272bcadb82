"""The operations that compute expressions, counted as they would be computed one after the other.

Equal subexpressions are computed once. A subtraction is an addition; a change of sign and whatever depends on constants
and parameters alone are free, since they are not paid for each unit. A square root counts as a division.
"""

from __future__ import annotations

from collections import Counter

import sympy as sp
from sympy.logic.boolalg import Boolean

from propcheck.language import X
from propcheck.language.stairs import Stair

KINDS: tuple[str, ...] = ("add", "mul", "div", "compare", "transcendental")
# Beside kinds and functions' own names: a constant added or multiplied by, which is an addition or a multiplication.
SHIFT, SCALE, ROOT, POWER = "shift", "scale", "sqrt", "power"
_KIND = {SHIFT: "add", SCALE: "mul", ROOT: "div"} | {kind: kind for kind in KINDS}
_COMPARING = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, Stair)


class _Count:
    """The operations of expressions that are computed one after the other, each subexpression once."""

    def __init__(self, variables: set[sp.Symbol]):
        self.variables = variables
        self.spent: Counter[str] = Counter()
        self.known: set[sp.Basic] = set()

    def free(self, expr: sp.Basic) -> bool:
        """Does the expression depend on no variable?"""
        return not (expr.free_symbols & self.variables)

    def visit(self, expr: sp.Basic) -> None:
        if self.free(expr) or isinstance(expr, sp.Symbol) or expr in self.known:
            return
        self.known.add(expr)
        if isinstance(expr, sp.Add):
            self._sum(expr)
        elif isinstance(expr, sp.Mul):
            self._product(expr)
        elif isinstance(expr, sp.Pow):
            self._power(expr.base, expr.exp)
        else:
            self._other(expr)

    def _other(self, expr: sp.Basic) -> None:
        if isinstance(expr, sp.Heaviside):
            self.visit(expr.args[0])
        else:
            for part in expr.args:
                self.visit(part)
        if isinstance(expr, sp.core.relational.Relational):
            self.spent["compare"] += 1
        elif isinstance(expr, _COMPARING):
            self.spent["compare"] += max(len(expr.args) - 1, 1)
        elif isinstance(expr, sp.Function) and not isinstance(expr, (sp.Piecewise, Boolean)):
            self.spent[type(expr).__name__] += 1

    def _sum(self, expr: sp.Add) -> None:
        moving = [part for part in expr.args if not self.free(part)]
        for part in moving:
            self.visit(part)
        self.spent["add"] += len(moving) - 1
        self.spent[SHIFT] += len(moving) < len(expr.args)

    def _product(self, expr: sp.Mul) -> None:
        constant = sp.Mul(*[part for part in expr.args if self.free(part)])
        moving = [part for part in expr.args if not self.free(part)]
        scaled = constant not in (1, -1)
        rest = sp.Mul(*moving)
        if constant != 1 and (rest in self.known or not all(self._is_divisor(part) for part in moving)):
            self.visit(rest)
            self.spent[SCALE] += scaled
            return
        under = [part for part in moving if self._is_divisor(part) and not self._inverted(part)]
        above = [part for part in moving if part not in under]
        for part in above:
            self.visit(part)
        for part in under:
            self.visit(sp.Pow(part.base, -part.exp))
        self.spent["mul"] += max(len(above) - 1, 0) + max(len(under) - 1, 0)
        self.spent[SCALE] += scaled and bool(above)
        self.spent["div"] += bool(under)

    def _inverted(self, divisor: sp.Pow) -> bool:
        """Is the divisor, or its first power, already computed as a factor?"""
        return divisor in self.known or (1 / divisor.base in self.known and bool(divisor.exp.is_Integer))

    @staticmethod
    def _is_divisor(expr: sp.Basic) -> bool:
        return isinstance(expr, sp.Pow) and bool(expr.exp.is_Rational) and bool(expr.exp.is_negative)

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> None:
        if not (exponent.is_Rational and (2 * exponent).is_Integer):
            self.visit(base)
            self.visit(exponent)
            self.spent["exp" if base is sp.E else POWER] += 1
        elif exponent < 0:
            if exponent != -1 and exponent.is_Integer and 1 / base in self.known:
                self._repeated(1 / base, int(-exponent))
            else:
                self.visit(sp.Pow(base, -exponent))
                self.spent["div"] += 1
        elif exponent.is_Integer:
            self._repeated(base, int(exponent))
        elif exponent == sp.Rational(1, 2):
            self.visit(base)
            self.spent[ROOT] += 1
        else:
            self.visit(sp.sqrt(base))
            self.visit(base ** (exponent - sp.Rational(1, 2)))
            self.spent["mul"] += 1

    def _repeated(self, base: sp.Expr, n: int) -> None:
        """base**n by squaring; the powers on the way are known afterwards."""
        if n == 1:
            self.visit(base)
            return
        step = n // 2 if n % 2 == 0 else n - 1
        lower = sp.Pow(base, step)
        if lower not in self.known:
            self._repeated(base, step)
            if step > 1:
                self.known.add(lower)
        self.spent["mul"] += 1


def operations(*expressions: sp.Expr, variables: set[sp.Symbol] | None = None) -> Counter[str]:
    """The operations that compute all of `expressions` once, equal subexpressions shared; a function by its name."""
    counter = _Count(variables or {X})
    for expr in expressions:
        counter.visit(expr)
    return counter.spent


def count(*expressions: sp.Expr, variables: set[sp.Symbol] | None = None) -> dict[str, int]:
    """The same by kinds."""
    found = dict.fromkeys(KINDS, 0)
    for name, times in operations(*expressions, variables=variables).items():
        found[_KIND.get(name, "transcendental")] += times
    return found

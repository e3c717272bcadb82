"""What a stable form is built from beside SymPy's functions: each is accurate where its textbook formula cancels.

A row is one class: its name in a program (`op`), the formula that it stands for (`definition`), and its derivative in
stable functions again (`slope`). SymPy holds each as an opaque function, so that nothing is expanded behind its back.
What else is known of an operation stands in `OPERATIONS`, where the language has no function of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import sympy as sp

from propcheck.language.functions import FUNCTIONS as LANGUAGE
from propcheck.language.functions import Function

_Formula = Callable[[sp.Expr], sp.Expr]


class Stable(sp.Function):
    """A function of one real argument with a name, a textbook formula and a stable derivative."""

    nargs = 1
    op: ClassVar[str]
    definition: ClassVar[_Formula]
    slope: ClassVar[_Formula]
    is_real = True
    is_extended_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return type(self).slope(self.args[0])

    def _eval_evalf(self, prec: int) -> Any:
        return type(self).definition(self.args[0])._eval_evalf(prec)


def _row(name: str, definition: _Formula, slope: _Formula, base: type[Stable] = Stable) -> type[Stable]:
    parts = {"definition": staticmethod(definition), "slope": staticmethod(slope)}
    return type(name, (base,), {"__module__": __name__, "op": name.lower(), **parts})


class _Odd(Stable):
    @classmethod
    def eval(cls, u: sp.Expr) -> sp.Expr | None:
        return -cls(-u) if u.could_extract_minus_sign() else None


class _Even(Stable):
    @classmethod
    def eval(cls, u: sp.Expr) -> sp.Expr | None:
        return cls(-u) if u.could_extract_minus_sign() else None


Expm1 = _row("Expm1", lambda u: sp.exp(u) - 1, lambda u: sp.exp(u))
Log1p = _row("Log1p", lambda u: sp.log(1 + u), lambda u: 1 / (1 + u))
Sigmoid = _row("Sigmoid", lambda u: 1 / (1 + sp.exp(-u)), lambda u: Sigmoid(u) * Sigmoid(-u))
Softplus = _row("Softplus", lambda u: sp.log(1 + sp.exp(u)), lambda u: Sigmoid(u))
Softplus0 = _row("Softplus0", lambda u: sp.log(1 + sp.exp(u)) - sp.log(2), lambda u: Sigmoid(u))  # 0 at 0
Tanh = _row("Tanh", lambda u: sp.tanh(u), lambda u: Sech2(u), _Odd)  # whose derivative does not cancel
Sech2 = _row("Sech2", lambda u: 1 - sp.tanh(u) ** 2, lambda u: -2 * Tanh(u) * Sech2(u))
# SymPy's own turns erfc(-u) into 2 - erfc(u).
Erfc = _row("Erfc", lambda u: 1 - sp.erf(u), lambda u: -2 / sp.sqrt(sp.pi) * sp.exp(-(u**2)))
Acot = _row("Acot", lambda u: sp.pi / 2 - sp.atan(u), lambda u: -1 / (1 + u**2))
# Waves that turn at whole numbers: no digit of them is lost however large u is.
Sinpi = _row("Sinpi", lambda u: sp.sin(sp.pi * u), lambda u: sp.pi * Cospi(u), _Odd)
Cospi = _row("Cospi", lambda u: sp.cos(sp.pi * u), lambda u: -sp.pi * Sinpi(u), _Even)

FUNCTIONS = (Expm1, Log1p, Sigmoid, Softplus, Softplus0, Tanh, Sech2, Erfc, Acot, Sinpi, Cospi)
_OWN = (
    Function("softplus0", ends=(-sp.log(2), sp.oo), error=1.5, cost=14.0),
    Function("sech2", ends=(0, 0), error=1.5, worst=3.5, cost=10.0),
    Function("acot", ends=(sp.pi, 0), worst=1.7, cost=10.0),
    Function("sinpi", parity="odd", error=1.2, worst=2.0, cost=20.0),
    Function("cospi", parity="even", error=1.2, worst=2.0, cost=20.0),
)
OPERATIONS: Mapping[str, Function] = {**LANGUAGE, **{row.name: row for row in _OWN}}


def textbook(expr: sp.Expr) -> sp.Expr:
    """The expression with every stable function replaced by its textbook formula."""
    return expr.replace(lambda node: isinstance(node, Stable), lambda node: node.definition(node.args[0]))

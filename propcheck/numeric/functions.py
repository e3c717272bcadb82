"""What a stable form is built from beside SymPy's functions: each is accurate where its textbook formula cancels.

A row is one class: its name in a program (`op`), the formula that it stands for (`definition`), and its derivative in
stable functions again (`slope`). SymPy holds each as an opaque function, so that nothing is expanded behind its back.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sympy as sp


class Stable(sp.Function):
    """A function of one real argument with a name, a textbook formula and a stable derivative."""

    nargs = 1
    op: ClassVar[str] = ""
    is_real = True
    is_extended_real = True

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        """The textbook formula."""
        raise NotImplementedError

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        """The derivative, in stable functions."""
        raise NotImplementedError

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return self.slope(self.args[0])

    def _eval_evalf(self, prec: int) -> Any:
        return self.definition(self.args[0])._eval_evalf(prec)


class Expm1(Stable):
    """exp(u) - 1."""

    op = "expm1"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return sp.exp(u) - 1

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return sp.exp(u)


class Log1p(Stable):
    """log(1 + u)."""

    op = "log1p"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return sp.log(1 + u)

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return 1 / (1 + u)


class Sigmoid(Stable):
    """1/(1 + exp(-u))."""

    op = "sigmoid"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return 1 / (1 + sp.exp(-u))

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return Sigmoid(u) * Sigmoid(-u)


class Softplus(Stable):
    """log(1 + exp(u))."""

    op = "softplus"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return sp.log(1 + sp.exp(u))

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return Sigmoid(u)


class Softplus0(Stable):
    """log((1 + exp(u))/2), which is 0 at 0."""

    op = "softplus0"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return sp.log(1 + sp.exp(u)) - sp.log(2)

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return Sigmoid(u)


class Tanh(Stable):
    """tanh(u), with a derivative that does not cancel."""

    op = "tanh"

    @classmethod
    def eval(cls, u: sp.Expr) -> sp.Expr | None:
        return -cls(-u) if u.could_extract_minus_sign() else None

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return sp.tanh(u)

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return Sech2(u)


class Sech2(Stable):
    """1 - tanh(u)**2."""

    op = "sech2"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return 1 - sp.tanh(u) ** 2

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return -2 * Tanh(u) * Sech2(u)


class Erfc(Stable):
    """1 - erf(u). (SymPy's own turns erfc(-u) into 2 - erfc(u).)"""

    op = "erfc"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return 1 - sp.erf(u)

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return -2 / sp.sqrt(sp.pi) * sp.exp(-(u**2))


class Acot(Stable):
    """pi/2 - atan(u)."""

    op = "acot"

    @classmethod
    def definition(cls, u: sp.Expr) -> sp.Expr:
        return sp.pi / 2 - sp.atan(u)

    @classmethod
    def slope(cls, u: sp.Expr) -> sp.Expr:
        return -1 / (1 + u**2)


FUNCTIONS: tuple[type[Stable], ...] = (
    Expm1, Log1p, Sigmoid, Softplus, Softplus0, Tanh, Sech2, Erfc, Acot,
)  # fmt: skip


def textbook(expr: sp.Expr) -> sp.Expr:
    """The expression with every stable function replaced by its textbook formula."""
    return expr.replace(lambda node: isinstance(node, Stable), lambda node: node.definition(node.args[0]))

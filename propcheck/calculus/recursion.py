"""The recursion of the calculus, in one place.

A form over a gap asks for the order of a zero, the zero test for signs, signs for forms on smaller boxes. What a page
asks of one above it, it asks through this page; the page above says which function `answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import sympy as sp

_T = TypeVar("_T", bound=Callable[..., Any])
_ANSWERS: dict[str, Callable[..., Any]] = {}


def answers(function: _T) -> _T:
    """The function answers the question of its name."""
    assert function.__name__ in globals()
    _ANSWERS[function.__name__] = function
    return function


def is_zero(expr: sp.Expr) -> bool | None:
    return _ANSWERS["is_zero"](expr)


def order_of_zero(expr: sp.Expr, x: sp.Symbol, point: sp.Expr, least: int) -> int:
    return _ANSWERS["order_of_zero"](expr, x, point, least)


def order_at(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> int:
    return _ANSWERS["order_at"](expr, x, at)


def signs(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> Any:
    return _ANSWERS["signs"](expr, x, lower, upper)


def constant_sign(value: sp.Expr) -> int:
    return _ANSWERS["constant_sign"](value)


def sign_of_any(value: sp.Expr) -> int:
    return _ANSWERS["sign_of_any"](value)


def precedes(left: sp.Expr, right: sp.Expr) -> bool:
    return _ANSWERS["precedes"](left, right)


def within(ranges: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]) -> AbstractContextManager[None]:
    return _ANSWERS["within"](ranges)


def analytic_on(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> bool:
    return _ANSWERS["analytic_on"](expr, x, lower, upper)

"""What a function that swings does far out: the level that it comes near to, and whether it stays on one side of it.

Far out f = L(phase) m0(x) + c(phase) m1(x) + smaller terms, each monomial outgrown by the one before. Where m0 = 1 the
greatest value M of L is approached, since every phase comes back for ever. Where c < 0 at the phases with L = M, f
stays under M: near them c m1 outweighs what is smaller, and elsewhere M - L does. The sign of f is settled likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp
from flint import arb

from propcheck.calculus.ball import ball_of
from propcheck.calculus.exact import Exact, in_symbols
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.germ import Germ, sup_of_sum
from propcheck.calculus.identity import is_zero
from propcheck.calculus.monomial import ONE, Monomial
from propcheck.calculus.phase import PHASES, phases_in, turn
from propcheck.calculus.tail import driven, germ, still
from propcheck.calculus.undecided import Undecided

PHASE = PHASES[0]
_FIRST, _SMALLEST = 32, arb(2) ** -14  # boxes of a turn, and the width at which they are divided no more

Greatest = Callable[[sp.Expr], tuple[sp.Expr | None, arb]]  # of a function of the phase: its greatest value


@dataclass(frozen=True)
class Level:
    """The supremum over x >= start: exact where known, and whether it is taken.

    Where `attained` is None it may be exceeded: then `value` is what comes near for ever, and `ball` a bound.
    """

    value: sp.Expr | None
    ball: arb
    attained: bool | None


@dataclass(frozen=True)
class _Parts:
    """f = base * first + slope * second + smaller terms, which are at most `near` * second from the start on.

    Slope term and smaller ones together are at most `far` * first. `exact` says that there are no smaller ones.
    """

    base: sp.Expr
    slope: sp.Expr
    near: arb
    far: arb
    exact: bool

    def negated(self) -> _Parts:
        return _Parts(-self.base, -self.slope, self.near, self.far, self.exact)


def level(expr: sp.Expr, x: sp.Symbol, start: int, greatest: Greatest) -> Level | None:
    """The level that `expr` comes near to as x -> oo and does not exceed from `start` on; None where none is known."""
    if not _followed(expr, x):
        return None
    tail = germ(expr, x, start)
    if any(m.order > 0 for m in tail.main) or any(m.order >= 0 for m in tail.remainder):
        return None
    parts = _divided(tail, ONE)
    value, ball = greatest(parts.base) if phases_in(parts.base) else (parts.base, constant_ball(parts.base))
    bound = Level(value, (ball + parts.far).upper(), None)
    if parts.exact and not parts.slope:
        return Level(value, ball, True)
    if parts.exact and not phases_in(parts.base) and phases_in(parts.slope):
        highest, _ = greatest(parts.slope)
        if highest is not None and is_zero(highest):
            return Level(value, ball, True)
    return Level(value, ball, False) if _stays_under(ball, parts) else bound


def sign(expr: sp.Expr, x: sp.Symbol, start: int, weak: Callable[[sp.Expr], int]) -> int:
    """The sign from `start` on of a function whose leading coefficient touches 0; `weak` finds the sign of that."""
    if still(expr, x) is None:
        raise Undecided("nothing swings")
    tail = germ(expr, x, start)
    if not tail.main:
        raise Undecided("the remainder hides the sign")
    parts = _divided(tail, next(iter(tail.main)))
    if not phases_in(parts.base):
        raise Undecided("the leading coefficient does not swing")
    found = weak(parts.base)
    if found and _stays_under(arb(0), parts.negated() if found > 0 else parts):
        return found
    raise Undecided(f"the leading term does not dominate from x = {start} on at every phase")


def _followed(expr: sp.Expr, x: sp.Symbol) -> bool:
    """Does every phase come back for ever, if there are waves?"""
    return still(expr, x) is None or driven(expr, x) is not None


def _divided(tail: Germ, first: Monomial) -> _Parts:
    """A germ after its first monomial, by which the others are outgrown."""
    others = [(m, c) for m, c in tail.main.items() if m is not first]
    base = in_symbols(tail.main[first]) if first in tail.main else sp.S.Zero
    if not others:
        far = sup_of_sum(first, tail.remainder.items(), tail.start)
        return _Parts(base, sp.S.Zero, arb(0), far, not tail.remainder)
    (second, coefficient), *smaller = others
    sizes = [*((m, _size(c)) for m, c in smaller), *tail.remainder.items()]
    near = sup_of_sum(second, sizes, tail.start)
    far = sup_of_sum(first, [*sizes, (second, _size(coefficient))], tail.start)
    return _Parts(base, in_symbols(coefficient), near, far, not sizes)


def _size(coefficient: Exact) -> arb:
    """The largest absolute value over all phases."""
    expr = in_symbols(coefficient)
    if not phases_in(expr):
        return abs(constant_ball(expr)).upper()
    form = _form(expr)
    size = arb(0)
    for low, high in turn(_FIRST):
        size = size.max(abs(form.ball(ball_of(low, high))).upper())
    if not size.is_finite():
        raise Undecided(f"the size of {expr}")
    return size


def _form(expr: sp.Expr):  # noqa: ANN202 - a Form
    if phases_in(expr) not in ([], [PHASE]):
        raise Undecided(f"{expr} depends on several phases")
    return compile_form(expr, PHASE)


def _stays_under(top: arb, parts: _Parts) -> bool:
    """At every phase, is -slope more than `near`, or top - base more than `far`?

    Under the premise that base is nowhere more than top.
    """
    base, slope = _form(parts.base), _form(parts.slope)
    stack: list[tuple[arb, arb]] = list(turn(_FIRST))
    while stack:
        low, high = stack.pop()
        box = ball_of(low, high)
        if -slope.ball(box) > parts.near or top - base.ball(box) > parts.far:
            continue
        if high - low < _SMALLEST:
            return False
        middle = ((low + high) / 2).mid()
        stack += [(low, middle), (middle, high)]
    return True

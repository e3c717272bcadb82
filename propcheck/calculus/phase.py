"""Waves far out: each sine and cosine whose argument runs to infinity, read as a function of a phase.

f(x) = F(x, u(x)), where F has a period in its second argument. A bound of F over all phases is one of f; and where u is
continuous and runs to infinity every phase comes back for ever, so that F(x, phase) tells what f tends to along a
sequence. Arguments that are integer multiples of one u share its phase; others get phases of their own, which are then
taken for independent: that is enough for a bound, and not for more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, lcm

import sympy as sp
from flint import arb, ctx

from propcheck.calculus.ball import ball_of
from propcheck.calculus.form import compile_form
from propcheck.calculus.undecided import Undecided

PHASES = tuple(sp.Symbol(f"phase{k}", real=True) for k in range(4))
_BOXES = 64  # of one turn, on each of which an enclosure is taken
_TURN = 6.3  # a little more than one


@dataclass(frozen=True)
class Waves:
    """`expr` in x and in phases; `driver` is the one argument behind them, None where they are not tied to one."""

    expr: sp.Expr
    driver: sp.Expr | None


def phases_in(expr: sp.Expr) -> list[sp.Symbol]:
    """The phases on which an expression depends."""
    return [phase for phase in PHASES if phase in expr.free_symbols]


def over_all_phases(expr: sp.Expr, bits: int) -> arb:
    """A ball that holds an expression in one phase at every value of it."""
    phases = phases_in(expr)
    if len(phases) > 1:
        raise Undecided(f"{expr} depends on several phases")
    with ctx.workprec(min(bits, 128)):  # the width of the boxes is what counts
        form = compile_form(expr, phases[0])
        out = None
        for low, high in turn(_BOXES):
            ball = form.ball(ball_of(low, high))
            if not ball.is_finite():
                raise Undecided(f"{expr} is not shown to be finite at every phase")
            out = ball if out is None else out.union(ball)
        assert out is not None
        return out


def turn(boxes: int) -> list[tuple[arb, arb]]:
    """One turn of a phase, and a little more, cut into boxes."""
    cuts = [arb(_TURN) * k / boxes - arb(_TURN) / 2 for k in range(boxes + 1)]
    return [(low.lower(), high.upper()) for low, high in zip(cuts, cuts[1:], strict=False)]


def waves(expr: sp.Expr, x: sp.Symbol, runs: Callable[[sp.Expr], bool]) -> Waves | None:
    """The expression with its waves read as functions of phases; None where it has none. `runs`: without a limit?"""
    found = dict.fromkeys(
        node
        for node in sp.postorder_traversal(expr)
        if isinstance(node, (sp.sin, sp.cos)) and x in node.free_symbols and runs(node.args[0])
    )
    if not found:
        return None
    standing: dict[sp.Expr, sp.Expr] = {}  # for each wave a symbol, so that a wave inside another is no x
    split = {}
    for node in found:
        split[node] = _split(node.args[0].xreplace(standing), x, frozenset(standing.values()))
        standing[node] = sp.Dummy()
    units = _units([(u, rate) for _, rate, u in split.values()])
    if len(units) > len(PHASES):
        raise Undecided("waves of too many unrelated lengths")
    turned: dict[sp.Expr, sp.Expr] = {}
    for node in found:
        constant, rate, u = split[node]
        known = {standing[inner]: turned[inner] for inner in turned}
        times = [(k, sp.cancel(rate / unit)) for k, (v, unit) in enumerate(units) if v == u]
        place, multiple = next(((k, n) for k, n in times if n.is_Integer), (None, None))
        if place is None:
            raise Undecided("waves whose lengths are not told to be commensurable")
        turned[node] = node.func(constant.xreplace(known) + multiple * PHASES[place])
    single = len(units) == 1 and units[0][0].free_symbols == {x}
    return Waves(expr.xreplace(turned), units[0][0] * units[0][1] if single else None)


def _split(arg: sp.Expr, x: sp.Symbol, standing: frozenset[sp.Expr]) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """(b, r, u) with arg = b + r u, and x in u alone."""
    arg = sp.expand(arg) if arg.is_polynomial(x) else arg
    constant, moving = arg.as_independent(x, as_Add=True)
    if moving.free_symbols & standing:
        return sp.S.Zero, sp.S.One, arg
    rate, u = sp.factor_terms(moving).as_independent(x, as_Add=False)
    if u.could_extract_minus_sign():
        rate, u = -rate, -u
    return constant, rate, sp.expand(u) if u.is_polynomial(x) else u


def _units(pairs: list[tuple[sp.Expr, sp.Expr]]) -> list[tuple[sp.Expr, sp.Expr]]:
    """For each argument u the fewest rates of which all those met are integer multiples."""
    units: list[tuple[sp.Expr, sp.Expr]] = []
    for u, rate in pairs:
        for place, (v, unit) in enumerate(units):
            ratio = sp.cancel(rate / unit)
            if u == v and ratio.is_Rational:
                common = sp.Rational(gcd(abs(int(ratio.p)), int(ratio.q)), lcm(1, int(ratio.q)))
                units[place] = (v, unit * common)
                break
        else:
            units.append((u, abs(rate)))
    return units

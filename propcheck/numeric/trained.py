"""A function of x and of its trained parameters: its value and its partial derivatives, as forms for all their values.

The forms are the stable ones of `rewriting`, with the trained parameters left in. A plan is for one set of values, so
that there is none here, and no bound: near a zero, or far out in a tail, fewer digits may be right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.signs import same, within
from propcheck.language import X
from propcheck.numeric.conventions import at_breakpoint
from propcheck.numeric.dialects import Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.lines import argument, function
from propcheck.numeric.rewriting import stabilised
from propcheck.numeric.rounding import fixed
from propcheck.numeric.steps import At, Choice, PassNaN, Program, program
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit
from propcheck.processes.lazy import cached_property
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

Function = Callable[..., Any]
Places = tuple[int, ...]  # of the inputs that are differentiated by: 0 is x, k the k-th trained parameter


@dataclass(frozen=True)
class Trained:
    """An activation whose trained parameters are inputs beside x; its other constants are fixed."""

    activation: Activation
    kink: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the trained parameters, in the order of the spec."""
        return tuple(p.name for p in self.activation.parameters if p.role == "trained")

    @property
    def values(self) -> tuple[float, ...]:
        """What training starts from: the values in use."""
        with alone:
            return tuple(fixed(self.activation.values[name]) for name in self.names)

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        known = {p.name: p.symbol() for p in self.activation.parameters}
        return tuple(known[name] for name in self.names)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces with the trained parameters left in."""
        found = self.activation.symbolic
        if len(found) != len(self.activation.pieces) or self.activation.noise is not None:
            raise self._refused("its pieces are not the same for all their values")
        put = {
            symbol: self.activation.values[symbol.name]
            for symbol in self.activation.ranges
            if symbol.name not in self.names
        }
        inputs = {X, *self.symbols}
        pieces = tuple(
            Piece(
                p.lower.xreplace(put),
                p.upper.xreplace(put),
                p.expr.xreplace(put),
                tuple(gap.xreplace(put) for gap in p.removable),
            )
            for p in found
        )
        bound = set().union(*(p.expr.free_symbols for p in self.activation.pieces)) - {X}
        if bound or not any(p.expr.free_symbols & inputs for p in pieces):
            raise self._refused("it does not depend on x")
        return pieces

    def places(self, most: int) -> list[Places]:
        """What may be differentiated by, up to an order in all."""
        inputs = range(1 + len(self.names))
        return [places for order in range(most + 1) for places in combinations_with_replacement(inputs, order)]

    @alone
    def program(self, places: Places) -> Program:
        """The partial derivative by these inputs, one after the other."""
        try:
            with within(self.activation.ranges):
                return program([self._joined(places)])
        except Undecided as reason:
            raise self._refused(str(reason)) from None

    def function(self, places: Places, dialect: Dialect, work: Format, namespace: Mapping[str, Any]) -> Function:
        """The same as a function of x and of the parameters, arrays of the format `work`."""
        made = function(dialect.lowered(self.program(places), work), dialect, work, namespace, self.arguments)
        return lambda *inputs: made(*inputs)[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the inputs in code."""
        return ("x", *map(argument, self.names))

    def _refused(self, why: str) -> InputError:
        return InputError(f"{self.activation.name} has no form with {', '.join(self.names)} left to be trained: {why}")

    def _joined(self, places: Places) -> sp.Expr:
        pieces = self.pieces
        main = _clipped(pieces[0], self._form(pieces[0], places))
        if not pieces[0].lower.is_infinite:
            main = Choice("ge", pieces[0].lower, main, sp.nan)
        for k, (before, after) in enumerate(zip(pieces, pieces[1:], strict=False)):
            if before.upper != after.lower:
                main = Choice("gt", before.upper, sp.nan, main)
            chosen = self._owner(k, places)
            op = "gt" if chosen == "left" else "ge"
            main = Choice(op, after.lower, _clipped(after, self._form(after, places)), main)
            if isinstance(chosen, sp.Expr):
                main = Choice("eq", after.lower, chosen, main)
        if not pieces[-1].upper.is_infinite:
            main = Choice("gt", pieces[-1].upper, sp.nan, main)
        for piece in pieces:
            for gap in piece.removable:
                main = Choice("eq", gap, limit(self._partial(piece, places), gap, 1), main)
        return main if all(X in self._form(piece, places).free_symbols for piece in pieces) else PassNaN(main)

    def _partial(self, piece: Piece, places: Places) -> sp.Expr:
        return piece.expr.diff(*(self._input(place) for place in places)) if places else piece.expr

    def _form(self, piece: Piece, places: Places) -> sp.Expr:
        form = stabilised(piece.expr)
        for place in places:
            form = stabilised(form.diff(self._input(place)))
        return form

    def _input(self, place: int) -> sp.Symbol:
        return (X, *self.symbols)[place]

    def _owner(self, k: int, places: Places) -> sp.Expr | str:
        """Whose value the breakpoint behind piece k has: the `left` or the `right` piece's, or one of its own."""
        before, after = self.activation.pieces[k : k + 2]
        if not same(before.upper, after.lower):
            return "right"
        if any(places):  # by a parameter: the convention is about slopes
            return "right"
        chosen = at_breakpoint(self.activation, before, after, len(places), self.kink)
        if chosen is None:
            return sp.nan
        if isinstance(chosen, str) or chosen.is_zero or chosen is sp.nan:
            return chosen
        left, right = (piece.limit(after.lower, len(places)) for piece in (before, after))
        if same(chosen, (left + right) / 2):
            first, second = self.pieces[k : k + 2]
            return (first.limit(first.upper, len(places)) + second.limit(second.lower, len(places))) / 2
        raise self._refused(f"at {after.lower} its value is neither side's")


def _clipped(piece: Piece, form: sp.Expr) -> sp.Expr:
    """The form with its input clipped to the piece, where it may be computed outside."""
    inside: sp.Expr = X
    if not piece.upper.is_infinite:
        inside = sp.Min(inside, piece.upper, evaluate=False)
    if not piece.lower.is_infinite:
        inside = sp.Max(inside, piece.lower, evaluate=False)
    return form if inside == X or X not in form.free_symbols else At(form, inside)

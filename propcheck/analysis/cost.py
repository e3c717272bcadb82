"""What a function costs: operations for its value and its derivative, their time, and what backward needs kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.counting import count
from propcheck.analysis.pricing import relative_time
from propcheck.calculus import Undecided
from propcheck.calculus.signs import within
from propcheck.language import X
from propcheck.pieces.partition import partition
from propcheck.pieces.piece import as_piecewise
from propcheck.spec import Parameter
from propcheck.verdict import Fact, Standing


def _transcendental(expr: sp.Expr) -> bool:
    return count(expr)["transcendental"] > 0


def _saves(activation: Activation, monotonicity: Fact, trained: int) -> str | None:
    """The least that backward needs kept per unit.

    The sign of the input where the slope depends on nothing else; the output where it determines the input, or the
    input up to an interval on which g is constant; else the input. A trained parameter has a gradient of its own, for
    which the sign alone is not enough.
    """
    pieces = activation.pieces
    steps = pieces and all(piece.lower == 0 for piece in pieces[1:]) and all(p.is_zero(p.derivative(2)) for p in pieces)
    if steps and not trained:
        return "sign"
    if monotonicity.standing is Standing.OPEN:
        return None
    return "input" if monotonicity["value"] == "none" else "output"


def _drawn(activation: Activation, random: list[Parameter]) -> sp.Expr:
    """The formula as it is written, a random parameter whose law depends on x made from a draw of a fixed law."""
    written = activation.expression
    if activation.spec is None:
        return written
    symbols = activation.spec.symbols()
    for parameter in random:
        law = parameter.law(symbols)
        first, second = law.arguments
        if first.has(X) or second.has(X):
            draw = symbols[parameter.name]
            spread = sp.sqrt(second) if law.kind == "normal" else second - first
            written = written.xreplace({draw: first + spread * draw})
    return written


def find(activation: Activation, monotonicity: Fact) -> Fact:
    """Operations and their time, stored values, trained parameters, inputs and random draws of one unit."""
    slope = activation.derivative_expression()
    trained = sum(parameter.role == "trained" for parameter in activation.parameters)
    fields = _counted(activation, slope) | {"saves": _saves(activation, monotonicity, trained)}
    note = "" if fields["saves"] else "whether backward can do with the output is not decided, nor is monotonicity"
    return Fact("cost", Standing.PROVED, fields, note)


def with_symbols(activation: Activation, ranges: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]) -> Fact:
    """The cost whatever the values of the parameters within ranges, which are counted as symbols.

    Undecided where the pieces of the function depend on the values.
    """
    if activation.noise is not None:
        raise Undecided("the cost of a random function is asked at single values")
    with within(ranges):
        pieces = partition(activation.expression)[0]
        fields = _counted(replace(activation, pieces=pieces), as_piecewise(pieces, 1))
    note = "the parameters are counted as symbols; a value that makes a factor 0 or 1 costs less"
    return Fact("cost", Standing.PROVED, fields | {"saves": None}, note)


def _counted(activation: Activation, slope: sp.Expr) -> dict[str, Any]:
    random = [parameter for parameter in activation.parameters if parameter.role == "random"]
    written = _drawn(activation, random)
    variables = {X, *(symbol for symbol in written.free_symbols if symbol.name in {p.name for p in random})}
    units = activation.spec.units if activation.spec is not None else None
    parts = [piece.expr for piece in activation.pieces] or [activation.bound]
    return {
        "value": count(written, variables=variables),
        "derivative": count(slope, variables=variables),
        "together": count(written, slope, variables=variables),
        "saves": "",
        "parameters": sum(parameter.role == "trained" for parameter in activation.parameters),
        "transcendental_everywhere": all(map(_transcendental, parts)),
        "inputs": units.k if units is not None else 1,
        "draws": len(random),
        "relative_time": relative_time(activation),
    }

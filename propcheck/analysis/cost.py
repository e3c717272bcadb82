"""What a function costs: operations for its value and its derivative, their time, and what backward needs kept."""

from __future__ import annotations

from typing import Any

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.counting import count
from propcheck.analysis.pricing import relative_time
from propcheck.language import X
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
    random = [parameter for parameter in activation.parameters if parameter.role == "random"]
    trained = sum(parameter.role == "trained" for parameter in activation.parameters)
    written = _drawn(activation, random)
    slope = activation.derivative_expression()
    variables = {X, *(symbol for symbol in written.free_symbols if symbol.name in {p.name for p in random})}
    units = activation.spec.units if activation.spec is not None else None
    parts = [piece.expr for piece in activation.pieces] or [activation.bound]
    fields: dict[str, Any] = {
        "value": count(written, variables=variables),
        "derivative": count(slope, variables=variables),
        "together": count(written, slope, variables=variables),
        "saves": _saves(activation, monotonicity, trained),
        "parameters": trained,
        "transcendental_everywhere": all(map(_transcendental, parts)),
        "inputs": units.k if units is not None else 1,
        "draws": len(random),
        "relative_time": relative_time(activation),
    }
    note = "" if fields["saves"] else "whether backward can do with the output is not decided, nor is monotonicity"
    return Fact("cost", Standing.PROVED, fields, note)

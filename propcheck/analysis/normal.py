"""Mean, variance and the like of g(z) for a normal law that is not N(0, 1): those of g(m + s z) for z ~ N(0, 1)."""

from __future__ import annotations

import sympy as sp

from propcheck.activation import Activation, from_expression
from propcheck.analysis import gaussian
from propcheck.analysis.scale import carried
from propcheck.calculus import Undecided
from propcheck.calculus.number import exact_number
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.verdict import Fact, weakest

_FIELDS = ("mean", "second_moment", "variance", "derivative_mean", "derivative_second_moment")
_SLOPES = {"derivative_mean": 1, "derivative_second_moment": 2}  # how often the deviation divides the one of g(m + s z)


def moments(activation: Activation) -> Fact | None:
    """The moments of g(z) and g'(z) for the normal law that was asked for; None where none was."""
    if activation.law is None:
        return None
    mean, deviation = activation.law
    if activation.trouble:
        return _told(activation, gaussian.enclosed(_moved(activation, mean, deviation), sp.S.One))
    pieces = [
        Piece(
            (piece.lower - mean) / deviation,
            (piece.upper - mean) / deviation,
            piece.expr.xreplace({X: mean + deviation * X}),
            tuple((gap - mean) / deviation for gap in piece.removable),
        )
        for piece in activation.pieces
    ]
    return _told(activation, gaussian.moments(pieces, 1, gaussian.known_parity(activation) if mean == 0 else "none"))


def _moved(activation: Activation, mean: sp.Expr, deviation: sp.Expr) -> Activation:
    """g(m + s z) of a function with endless pieces."""
    if activation.noise is not None or activation.conditions or activation.bound.free_symbols != {X}:
        raise Undecided(activation.trouble)
    return from_expression(activation.bound.xreplace({X: mean + deviation * X}), activation.name)


def _told(activation: Activation, found: gaussian.Moments) -> Fact:
    """The moments of g(m + s z) as those of g under the law that is asked for."""
    assert activation.law is not None
    mean, deviation = activation.law
    numbers = {name: carried(getattr(found, name), deviation ** -_SLOPES.get(name, 0)) for name in _FIELDS}
    law = {"mean": exact_number(mean), "deviation": exact_number(deviation)}
    standing = weakest(*(number.standing for number in numbers.values()))
    return Fact("gaussian_at", standing, {"law": law, **numbers})

"""How long value and slope of an element take, in ReLU's: a price for each operation of the formula.

The prices are those of NumPy's compiled forms in float32, as `numeric.timing` measures them: `benchmarks/prices.py`
fitted them on one half of the catalogue and of some public activations, and judged them on the other. Each piece is
computed at every element; in it value and slope share what is equal. What the formula does not tell is whether its
form in float32 is good enough or one in double precision is needed, and from that most of the error comes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.counting import KINDS, POWER, ROOT, SCALE, SHIFT, operations
from propcheck.calculus import Undecided
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.verdict import Number, Standing

# What is fitted together: functions that are rare among activations have the price of one like them.
_ALIKE = {
    **dict.fromkeys(("add", "mul", SHIFT, SCALE), "line"),
    **dict.fromkeys(("div", ROOT), "div"),
    **dict.fromkeys(("exp", "sinh", "cosh"), "exp"),
    **dict.fromkeys(("sin", "cos", "tan"), "wave"),
    **dict.fromkeys(("erf", "erfc"), "erf"),
    "compare": "choice",
    "tanh": "tanh",
}
_REST = "log"  # and the inverse functions, and powers
_LINES = ("add", "mul", "div", POWER)  # what joins two moving parts
_PLAIN = {*KINDS[:-1], SHIFT, SCALE, ROOT}
BESIDE = " beside"  # the price of what stands in one formula with a transcendental function and an operation on it
PRICES: Mapping[str, float] = {
    "element": 0.51,  # what any function takes; with ReLU's two clips, 1
    "clip": 0.245,  # an input, or a comparison as a slope
    "choice": 0.83,  # between pieces
    "line": 0.26,
    "line beside": 0.42,
    "div": 0.77,
    "exp": 0.82,
    "log": 0.59,
    "tanh": 0.67,
    "erf": 14.58,
    "wave": 0.64,
    "wave beside": 14.42,
    "rival": 0.74,  # a further input of which the largest counts
    "uniform": 1.93,  # a draw
    "normal": 9.49,
}
ERROR = 1.75  # the time of nine in ten functions of the judging half lies within this factor of the estimate


def ingredients(activation: Activation) -> Counter[str]:
    """What the time is the price of: an element, choices between pieces, operations, draws, further inputs."""
    units = activation.spec.units if activation.spec is not None else None
    if units is not None and units.k > 1:
        return Counter({"element": 1, "rival": units.k - 1})
    pieces = [_piece(piece) for piece in activation.pieces]
    found = _computed(pieces or [(-sp.oo, activation.bound, activation.bound.diff(X))])
    if activation.noise is not None:
        spread = [(piece.lower, sp.sqrt(piece.expr)) for piece in activation.noise.variance_pieces]
        found += _computed([(lower, expr, expr.diff(X)) for lower, expr in spread])
        laws = (str(item.distribution) for item in activation.parameters if item.role == "random")
        found += Counter("normal" if law.startswith("normal") else "uniform" for law in laws)
    return found


def _piece(piece: Piece) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The lower end, the value and the slope; what is the hyperbolic tangent is computed as such."""
    value = piece.expr.replace(lambda node: isinstance(node, sp.Mul) and node.has(sp.exp), _tanh)
    return piece.lower, value, piece.derivative(1) if value == piece.expr else value.diff(X)


def _tanh(product: sp.Expr) -> sp.Expr:
    """(e^u - e^-u)/(e^u + e^-u) is tanh u."""
    above, under = sp.fraction(product)
    if not all(isinstance(side, sp.Add) and len(side.args) == 2 for side in (above, under)):
        return product
    rising, falling = (sp.expand((under + sign * above) / 2) for sign in (1, -1))
    if isinstance(rising, sp.exp) and isinstance(falling, sp.exp) and rising.args[0] == -falling.args[0]:
        return sp.tanh(rising.args[0])
    return product


def _computed(pieces: Sequence[tuple[sp.Expr, sp.Expr, sp.Expr]]) -> Counter[str]:
    """What is computed of pieces, each its lower end, its value and its slope, from left to right."""
    ends = [piece[0] for piece in pieces[1:]]
    orders = [[piece[order] for piece in pieces] for order in (1, 2)]
    found = Counter({"element": 1})
    for order, branches in enumerate(orders):
        if len(branches) == 2 and branches[0].xreplace({X: -X}) == branches[1]:
            branches[0] = sp.S.Zero  # the two are computed as one, at abs x
        elif order and branches in ([0, 1], [1, 0]):  # slopes that a comparison gives
            found["clip"] += 1
        else:
            for left, right, at in zip(branches, branches[1:], ends, strict=False):
                found["clip" if _meets(left, right, at) else "choice"] += 1
    spent = [operations(*piece) for piece in zip(*orders, strict=True)]
    beside = any(any(name not in _PLAIN for name in of) and any(of[name] for name in _LINES) for of in spent)
    for name, times in sum(spent, Counter()).items():
        like = _ALIKE.get(name, _REST)
        found[like + BESIDE if beside and like in ("line", "wave") else like] += times
    return found


def _meets(left: sp.Expr, right: sp.Expr, at: sp.Expr) -> bool:
    """Is one branch constant, and what the other comes to at the end? Clipping the input gives it for nothing."""
    return any(not one.free_symbols and one == other.xreplace({X: at}) for one, other in ((left, right), (right, left)))


def relative_time(activation: Activation) -> Number:
    """The time of value and slope of an element, in ReLU's, with the interval in which nine of ten lie."""
    try:
        found = ingredients(activation)
    except Undecided as reason:
        return Number.missing(str(reason))
    time = math.fsum(price * found[name] for name, price in PRICES.items())
    return Number(time, time / ERROR, time * ERROR, standing=Standing.COMPUTED)

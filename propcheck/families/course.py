"""Which way a number goes along a parameter: the sign of its derivative by the parameter, where that is proved."""

from __future__ import annotations

import sympy as sp

from propcheck.calculus.signs import signs
from propcheck.families.places import Place
from propcheck.families.subject import STUMBLES
from propcheck.language import parse

_LONGEST = 40  # operations of a formula whose derivative is looked at


def goes(formula: str, name: str, place: Place) -> str | None:
    """`increasing` or `decreasing` strictly between the ends of a place; None where that is not proved."""
    symbol = sp.Symbol(name, real=True)
    try:
        expr = parse(formula, {name: symbol})
        if symbol not in expr.free_symbols or expr.count_ops() > _LONGEST or place.single:
            return None
        found = set(signs(sp.diff(expr, symbol), symbol, place.lower, place.upper).signs)
    except STUMBLES:
        return None
    return {frozenset({1}): "increasing", frozenset({-1}): "decreasing"}.get(frozenset(found))

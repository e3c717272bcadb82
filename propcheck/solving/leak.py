"""The leak of a rectifier by which so many layers take a correlation of 0 to a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.calculus.form import constant_ball
from propcheck.calculus.signs import precedes
from propcheck.families.places import Place
from propcheck.solving import recipes
from propcheck.solving.answer import Solution, number_of, told
from propcheck.solving.asked import USUAL, places_of, rational_ends, unknowns_of
from propcheck.solving.conditions import Condition
from propcheck.solving.system import OUTER_SCALE
from propcheck.spec import Spec, bind, constant, spelled
from propcheck.verdict import InputError


def leak(item: Any, depth: int, wanted: Any, within: Mapping[str, Any], params: Mapping[str, Any]) -> Solution:
    """The slope a of x if x >= 0 else a*x at which so many layers take a correlation of 0 to a target.

    The correlation map falls as a grows from 0 to 1, and with it what layers make of 0 (Zhang et al. 2022, TAT,
    openreview.net/forum?id=U0k7XNTiFEq): so there is one such a, and it is halved towards in balls.
    """
    spec, names = unknowns_of(item, (), recipes.Recipe((), lambda own: own[:1] or [OUTER_SCALE]), params)
    if not _is_leaky(spec, names[0]):
        raise InputError(f"the recipe tat is for x if x >= 0 else a*x, such as leaky_relu, and {spec.name} is another")
    if not 1 <= depth <= 10_000:
        raise InputError(f"the depth is a number of layers from 1 to 10000, not {depth}")
    aim = constant(spelled(wanted))
    if not (precedes(sp.S.Zero, aim) and precedes(aim, sp.S.One)):
        raise InputError(f"the target is a correlation between 0 and 1, not {wanted}")
    (name,) = names
    low, high = rational_ends(places_of(spec, names, within)[name])
    low, high = max(low, sp.S.Zero), min(high, sp.S.One)
    with ctx.workprec(_LEAK_BITS):
        goal = constant_ball(aim)
        ends = [_after(constant_ball(end), depth) - goal for end in (low, high)]
        places = {
            name: Place(low, high),
            OUTER_SCALE: Place(sp.S.Zero, sp.Rational(USUAL[OUTER_SCALE][1]), (False, True)),
        }
        text = f"C(C(...C(0))) = {spelled(wanted)} in {depth} layers"
        conditions = (Condition(text, sp.S.One), Condition("Q(1) = 1", sp.S.One))
        if ends[0] < 0 or ends[1] > 0:
            return told(spec, (name, OUTER_SCALE), places, conditions, ([], [], []), "")
        left, right = constant_ball(low), constant_ball(high)
        while float((right - left).upper()) > 1e-30:
            middle = ((left + right) / 2).mid()
            found = _after(middle, depth) - goal
            if found > 0:
                left = middle
            elif found < 0:
                right = middle
            else:
                break
        a = left.union(right)
        values = {name: number_of(a), OUTER_SCALE: number_of((2 / (1 + a * a)).sqrt())}
    around = {name: (float(low), float(high))}
    return told(spec, (name, OUTER_SCALE), places, conditions, ([(values, around)], [], []), "")


_LEAK_BITS = 256


def _after(a: arb, depth: int) -> arb:
    """What layers make of a correlation of 0: the map of x if x >= 0 else a*x is that of ReLU, mixed with the identity.

    C(c) = c + (1 - a)^2 (sqrt(1 - c^2) - c acos(c))/(pi (1 + a^2)).
    """
    share = (1 - a) ** 2 / (arb.pi() * (1 + a * a))
    c = arb(0)
    for _ in range(depth):
        c = c + share * ((1 - c * c).sqrt() - c * c.acos())
    return c


def _is_leaky(spec: Spec, name: str) -> bool:
    from propcheck.activation import of_values
    from propcheck.language import X

    try:
        if name not in {p.name for p in spec.parameters}:
            return False
        made = of_values(spec, {**bind(spec), name: sp.Rational(3, 7)})
    except InputError:
        return False
    exprs = [(piece.lower, piece.upper, piece.expr) for piece in made.pieces]
    return exprs == [(-sp.oo, sp.S.Zero, sp.Rational(3, 7) * X), (sp.S.Zero, sp.oo, X)]

"""Is a zero of the equations a solution: does it lie in the ranges, and has each condition a meaning there?

A zero is known by a ball. Where that reaches across an end of a range, the zero is the end itself if the equations are
exactly true there, and else nothing is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.families.places import Place
from propcheck.solving.answer import number_of
from propcheck.solving.integrals import BITS
from propcheck.solving.system import INNER_SCALE, INNER_SHIFT, System
from propcheck.verdict import Number

Settled = dict[str, Number] | Literal[False] | None


def settled(system: System, zero: Mapping[str, arb], places: Mapping[str, Place]) -> Settled:
    """The values of all unknowns; False where it is no solution, None where that is not decided.

    `zero` has the unknowns of the system, and those that are held have their values there. A zero at 0 is none: there
    the system holds the unknown.
    """
    ends: dict[str, sp.Expr] = {}
    for name, ball in zero.items():
        if _lies(ball, Place(*system.places[name])) is False:  # it is found where it lies
            return False
        if name != INNER_SHIFT and ball.contains(0):
            ends[name] = sp.S.Zero
        elif (inside := _lies(ball, places[name])) is not True:
            if inside is False:
                return False
            ends[name] = _nearest_end(ball, places[name])
    if ends:
        if ends.keys() != zero.keys() or {INNER_SCALE, INNER_SHIFT} & ends.keys():
            return None
        there = system.held_at(ends)
        try:
            there.prepare({})
            if there.vanishes() is not True:
                return None
        except Undecided:
            return None
        belongs = all(value != 0 and _belongs(value, places[name]) for name, value in ends.items())
        return settled(there, {}, places) if belongs else False
    if (outer := system.outer_at(zero)) is None:
        return False
    meant = system.meant(zero)
    for name, ball in outer.items():
        inside = _lies(ball, places[name]) if ball.is_finite() else None
        if inside is None and (exact := system.outer_exactly(name)) is not None:
            ends_ = [end for end in (places[name].lower, places[name].upper) if is_zero(exact - end)]
            inside = _belongs(ends_[0], places[name]) if ends_ else None
        if inside is False:
            return False
        meant = None if inside is None else meant
    if not meant:
        return meant
    with ctx.workprec(BITS):
        fixed = {name: constant_ball(system.held[name]) for name in places if name in system.held}
    return {name: number_of(ball) for name, ball in {**fixed, **zero, **outer}.items()}


def _lies(ball: arb, place: Place) -> bool | None:
    """Does all of a ball lie strictly inside a place? False where all of it lies outside."""
    with ctx.workprec(BITS):
        low, high = constant_ball(place.lower), constant_ball(place.upper)
    if ball < low or ball > high:
        return False
    return True if ball > low and ball < high else None


def _nearest_end(ball: arb, place: Place) -> sp.Expr:
    with ctx.workprec(BITS):
        return min((place.lower, place.upper), key=lambda end: float(abs(constant_ball(end) - ball).mid()))


def _belongs(end: sp.Expr, place: Place) -> bool:
    return place.closed[0] if end == place.lower else place.closed[1]

"""A candidate for the greatest value: exact or enclosed, with its place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import sympy as sp
from flint import arb

from propcheck.calculus import Undecided
from propcheck.calculus.ball import ball_of, is_known
from propcheck.calculus.form import constant_ball
from propcheck.calculus.signs import precedes, same


@dataclass(frozen=True)
class Candidate:
    """A value that the function takes (`attained`) or approaches, and where."""

    value: sp.Expr | None  # exact where known
    ball: arb
    at: sp.Expr | None
    attained: bool | None


TOP = Candidate(sp.oo, arb.pos_inf(), None, False)
BOTTOM = Candidate(-sp.oo, arb.neg_inf(), None, False)


def negated(end: Candidate) -> Candidate:
    return Candidate(None if end.value is None else -end.value, -end.ball, end.at, end.attained)


def largest(candidates: list[Candidate]) -> Candidate:
    """The largest candidate; equal ones are joined, attained when one of them is."""
    if not all(is_known(candidate.ball) for candidate in candidates):
        raise Undecided("a value that is not enclosed")
    best = candidates[0]
    for other in candidates[1:]:
        if other.ball > best.ball:
            best = other
        elif not best.ball > other.ball:
            best = _joined(best, other)
    return best


def _joined(one: Candidate, two: Candidate) -> Candidate:
    """The larger of two candidates whose balls overlap; between them where it is not told which is."""
    with suppress(Undecided):
        if one.value is not None and two.value is not None:
            if same(one.value, two.value):
                better = two if (two.attained and (not one.attained or _nearer(two.at, one.at))) else one
                value = min(one.value, two.value, key=lambda e: (len(str(e)), str(e)))
                return Candidate(value, better.ball, better.at, one.attained or two.attained)
            return two if precedes(one.value, two.value) else one
    low = one.ball.lower() if one.ball.lower() > two.ball.lower() else two.ball.lower()
    high = one.ball.upper() if one.ball.upper() > two.ball.upper() else two.ball.upper()
    attained = one.attained if one.attained == two.attained else None
    return Candidate(None, ball_of(low, high), None, attained)


def _nearer(one: sp.Expr | None, two: sp.Expr | None) -> bool:
    """Is the first place nearer to 0? Of several places the nearest is reported, the positive one of two equals."""
    if one is None or two is None:
        return two is None
    first, second = abs(constant_ball(one)), abs(constant_ball(two))
    return bool(first < second) or (not second < first and bool(constant_ball(one) > constant_ball(two)))

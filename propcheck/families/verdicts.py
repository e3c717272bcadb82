"""Verdicts over the range of a parameter, as far as they follow from facts that are proved of each value in it.

Most rest on what becomes of signals in a network, which is computed at single values. Of functions that are a line on
each side of 0 it is known in closed form, and their verdicts change at values that are enclosed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import sympy as sp
from flint import arb

from propcheck.analysis.cost import with_symbols
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import within
from propcheck.criteria import STANDARDS, cost, differentiability, sparsity
from propcheck.families.partition import Budget, Find, Part, parts
from propcheck.families.places import Box, Place
from propcheck.families.subject import STUMBLES, Subject
from propcheck.language import X
from propcheck.meanfield import two_slopes
from propcheck.pieces.partition import partition, settle
from propcheck.verdict import Fact, Facts, Number, Standing

READ = ("domain", "affine", "smoothness", "gaussian", "dead_region", "zero_region")  # by the pages of criteria
_QUICK = ("domain", "affine")
_SHARP, _OF_TWO = 32, 9  # divisions in two, of one parameter and of two
_SHARES = tuple(sparsity.USUAL.values())
KEYS = tuple(item.key for item in STANDARDS)
Pair = tuple[sp.Expr, sp.Expr]


def verdicts(subject: Subject, boxes: Sequence[Box], key: str, seconds: float, deepest: int = _SHARP) -> list[Part]:
    """One verdict over boxes, as parts; what does not follow from facts is open."""
    find, lines = finder(subject, boxes, key)
    budget, deepest = Budget(seconds), deepest if len(boxes[0]) == 1 else _OF_TWO
    return [part for box in boxes for part in parts(find, [box], budget, deepest if box in lines else 0)]


def finder(subject: Subject, boxes: Sequence[Box], key: str) -> tuple[Find, list[Box]]:
    """What finds a verdict in a part of one of these boxes, and the boxes of what is a line on each side of 0."""
    lines = []
    for box in boxes:
        if (slopes := slopes_of(subject, box)) is not None:
            left, right = slopes
            lines.append((box, (sp.cancel(left / right), sp.cancel(right / left))))
    return partial(_verdict, subject, lines, key), [box for box, _ in lines]


def slopes_of(subject: Subject, box: Box) -> Pair | None:
    """The slopes left and right of 0, in the parameters that run, of what is a line on each side; else None."""
    try:
        expr = subject.expression.xreplace({subject.symbols[name]: value for name, value in subject.held.items()})
        expr = expr.xreplace({subject.symbols[name]: place.lower for name, place in box.items() if place.single})
        ends = {subject.symbols[n]: (place.lower, place.upper) for n, place in box.items() if not place.single}
        with within(ends):
            pieces, _, undefined = partition(settle(expr))
            if undefined or any(piece.lower != 0 for piece in pieces[1:]):
                return None
            slopes = [piece.derivative() for piece in pieces]
            if any(X in slope.free_symbols for slope in slopes) or not all(
                piece.is_zero(piece.expr - X * slope) for piece, slope in zip(pieces, slopes, strict=True)
            ):
                return None
    except STUMBLES:
        return None
    return slopes[0], slopes[-1]


def _verdict(subject: Subject, lines: Sequence[tuple[Box, Pair]], key: str, box: Box) -> Fact | None:
    """The verdict at every value in a box; None where facts do not decide it."""
    for whole, quotients in lines:
        if all(_contains(whole[name], place) for name, place in box.items()):
            try:
                put = {subject.symbols[name]: place.value(name) for name, place in box.items()}
                return _of_two_slopes(key, two_slopes.ratio_of(*(one.xreplace(put) for one in quotients)))
            except STUMBLES:
                return None
    return _judged(key, {name: _fact(subject, name, box) for name in READ})


def _contains(whole: Place, place: Place) -> bool:
    return bool(whole.lower <= place.lower) and bool(place.upper <= whole.upper)


def _fact(subject: Subject, name: str, box: Box) -> Fact:
    """A fact that takes little, or that is known already."""
    found = subject.find(name, box) if name in _QUICK else subject.known(name, box)
    return found if isinstance(found, Fact) else Fact(name, Standing.OPEN, {})


def _of_two_slopes(key: str, ratio: arb) -> Fact | None:
    """The verdict on a line on each side of 0: scales of x and of the outputs change nothing in it."""
    square = Number(1.0, 1.0, 1.0, None, Standing.ENCLOSED)  # E[g^2] in its own unit
    facts: dict[str, Fact | Number] = {
        "propagation": two_slopes.signals(ratio, _SHARES),
        "gaussian": Fact("gaussian", Standing.ENCLOSED, {"second_moment": square}),
        "domain": Fact("domain", Standing.PROVED, {"undefined": []}),
        "affine": Fact("affine", Standing.OPEN, {}),
        "smoothness": Fact("smoothness", Standing.OPEN, {}),
    }
    if ratio.is_exact() and ratio == 1:
        facts["affine"] = Fact("affine", Standing.PROVED, {"value": True})
    kinked = two_slopes.bent(ratio, differentiability.SLIGHT)
    if kinked is not None and (kinked or not ratio.contains(1)):
        one, other = (exact_number(sp.S.One), two_slopes.number(ratio))
        kink = {"at": exact_number(sp.S.Zero), "order": 1, "left": other, "right": one}
        facts["affine"] = Fact("affine", Standing.PROVED, {"value": False})
        facts["smoothness"] = Fact("smoothness", Standing.PROVED, {"class": "C^0", "kinks": [kink]})
    return _judged(key, facts)


def _judged(key: str, facts: Mapping[str, Fact | Number]) -> Fact | None:
    standard = STANDARDS[KEYS.index(key)]
    found = standard.judge(Facts(facts))
    if found.verdict == "open":
        return None
    return Fact(key, found.standing, {"value": found.verdict})


def of_cost(subject: Subject, places: Mapping[str, Place]) -> tuple[Fact, Fact | None] | None:
    """What a family costs, and the verdict on it: counted with the parameters as symbols, at whatever values."""
    ranges = {subject.symbols[name]: (place.lower, place.upper) for name, place in places.items()}
    try:
        found = with_symbols(subject.at({name: place.middle() for name, place in places.items()}), ranges)
    except STUMBLES:
        return None
    verdict = _judged(cost.KEY, {cost.KEY: found})
    return found, verdict

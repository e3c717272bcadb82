"""The solutions of a target: all values of its unknowns at which conditions hold, or that there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.ball import above, below
from propcheck.calculus.form import constant_ball
from propcheck.families.inquiry import place_of
from propcheck.families.partition import Part
from propcheck.families.places import Place
from propcheck.processes import worker
from propcheck.solving import recipes
from propcheck.solving.answer import Solution, told, told_of_regions
from propcheck.solving.asked import places_of, rational_ends, system_of, unknowns_of
from propcheck.solving.conditions import Condition as Equation
from propcheck.solving.conditions import is_equation, read
from propcheck.solving.integrals import BITS
from propcheck.solving.leak import leak
from propcheck.solving.regions import check, holds_at, regions
from propcheck.solving.search import Box, Found, zeros
from propcheck.solving.settling import Settled, settled
from propcheck.solving.system import INNER_SCALE, INNER_SHIFT, System
from propcheck.spec import Spec
from propcheck.sweep.conditions import Condition
from propcheck.sweep.conditions import read as asked_of_facts
from propcheck.verdict import InputError, Number

_SECONDS, _SHARE = 6.0, 0.1  # of processor time for the search; of a time limit


def solve(
    item: Any,
    conditions: Sequence[str] = (),
    *,
    recipe: str = "",
    unknown: Sequence[str] = (),
    within: Mapping[str, Any] | None = None,
    slope: Any = None,
    depth: int | None = None,
    target: Any = None,
    time_limit: float | None = None,
    **params: Any,
) -> Solution:
    """All values of the unknowns at which the conditions hold, each enclosed, with existence and uniqueness proved.

    The function is c*g(s*x + t) + d: the unknowns are parameters of g, `output_scale` c, `output_shift` d,
    `input_scale` s and `input_shift` t (or `scale`, `shift`, `s`, `t`). `within` gives their ranges: {"a": "0:5"}. A
    `recipe` stands for conditions and unknowns; `slope` is the C'(1) of `dks`; `tat` takes the `depth` of a network and
    the `target` that a correlation of 0 becomes in it.
    """
    if recipe == "tat":
        if conditions or slope is not None:
            raise InputError("a recipe has its own conditions; give one or the others")
        return leak(item, 50 if depth is None else depth, "0.9" if target is None else target, within or {}, params)
    if depth is not None or target is not None:
        raise InputError("a depth and a target are those of the recipe tat")
    if isinstance(conditions, str):
        conditions = (conditions,)
    unknown = tuple(unknown.split(",")) if isinstance(unknown, str) else tuple(unknown)
    asked = None
    if recipe:
        if conditions:
            raise InputError("a recipe has its own conditions; give one or the others")
        asked = recipes.find(recipe)
        conditions = asked.conditions(slope)
    elif slope is not None:
        raise InputError('a slope is that of the recipe dks; write the condition "C\'(1) = 1.2"')
    facts = tuple(asked_of_facts(text, "the condition") for text in conditions if not is_equation(text))
    equations = [text for text in conditions if is_equation(text)]
    read_conditions = read(equations) if equations or not facts else ()
    spec, names = unknowns_of(item, unknown, asked, params)
    places = places_of(spec, names, within or {})
    if facts:
        check(facts, names, [p.name for p in spec.parameters])
    if facts and not equations:
        return _by_facts(spec, names, places, within or {}, facts, time_limit)
    system = system_of(spec, names, read_conditions)
    worker.check_limit(time_limit)
    seconds = _SECONDS if time_limit is None else _SHARE * time_limit
    question = ("found", partial(_found, system, places, seconds))
    answers = worker.one(worker.Job(partial(_same, system), (question,)), time_limit)
    if isinstance(answers, InputError):
        raise answers
    found = answers["found"]
    if isinstance(found, str):
        raise InputError(found)
    note = ""
    if isinstance(found, worker.Stopped):
        found, note = ([], [], [{name: rational_ends(place) for name, place in places.items()}]), found.note
    if facts:
        found, note = _among(spec, names, found, facts, note)
        read_conditions = (*read_conditions, *(Equation(one.text, sp.S.Zero) for one in facts))
    return told(spec, names, places, read_conditions, found, note)


def _by_facts(
    spec: Spec,
    names: Sequence[str],
    places: Mapping[str, Place],
    within: Mapping[str, Any],
    conditions: Sequence[Condition],
    time_limit: float | None,
) -> Solution:
    """Where conditions on facts hold, over the whole declared range unless a part of it is named."""
    declared = {p.name: p for p in spec.parameters}
    box = {
        name: place_of(declared[name], None) if declared[name].range and name not in within else places[name]
        for name in names
    }
    worker.check_limit(time_limit)
    seconds = _SECONDS if time_limit is None else _SHARE * time_limit
    question = ("found", partial(_parts, spec, box, conditions, seconds))
    answers = worker.one(worker.Job(partial(_same, spec), (question,)), time_limit)
    if isinstance(answers, InputError):
        raise answers
    found, note = answers["found"], ""
    if isinstance(found, worker.Stopped):
        found, note = [Part(box, None)], found.note
    return told_of_regions(spec, box, [one.text for one in conditions], found, note)


def _parts(spec: Spec, box: Any, conditions: Any, seconds: float, _: Any, answers: Mapping[str, Any]) -> list[Part]:
    return regions(spec, box, conditions, seconds)


def _among(spec: Spec, names: Sequence[str], found: Any, conditions: Sequence[Condition], note: str) -> tuple[Any, str]:
    """Of the solutions of equations those at which conditions on facts hold; what is not decided is left."""
    made, reasons, left = found
    kept, left = [], [*left]
    for values, around in made:
        ends = {name: (sp.Rational(values[name].lower), sp.Rational(values[name].upper)) for name in names}
        holds = holds_at(spec, {name: Place(*pair) for name, pair in ends.items()}, conditions)
        if holds:
            kept.append((values, around))
        elif holds is None:
            left.append(ends)
            note = note or "whether the conditions on facts hold there is open"
    return (kept, reasons, left), note


# --- the search ------------------------------------------------------------------------------------------------------


def _same(subject: Any) -> Any:
    return subject


def _found(system: System, places: Mapping[str, Place], seconds: float, _: System, answers: Mapping[str, Any]) -> Any:
    """The solutions and what is left, in numbers: values by name, the box around each, boxes."""
    inner = {name: rational_ends(places[name]) for name in system.unknowns}
    made: list[tuple[dict[str, Number], dict[str, Any]]] = []
    reasons, left = [], []
    parts = _divided(system, inner)
    while parts:
        part = parts.pop(0)
        try:
            one = system.held_at(part.held)
            try:
                one.prepare(part.places)
            except Undecided:
                inside, strips = _away_from_zero(part)
                if not strips:
                    raise
                parts.insert(0, inside)
                left += [strip.box for strip in strips if not _excluded(system, strip)]
                continue
            if idle := one.idle():
                return idle
            if not one.unknowns:
                true = one.vanishes()
                _file(settled(one, {}, places) if true else true, part.box, made, left)
                continue
            with ctx.workprec(BITS):
                whole = tuple(_ball(*part.places[name]) for name in one.unknowns)
            found: Found = zeros(one, whole, seconds)
        except Undecided as reason:
            reasons.append(str(reason))
            left.append(part.box)
            continue
        for zero, around in zip(found.zeros, found.around, strict=True):
            named = dict(zip(one.unknowns, zero, strict=True))
            _file(settled(one, named, places), part.box | _spans(one, around), made, left)
        left += [part.box | _spans(one, box) for box in _joined(found.left)]
    return made, list(dict.fromkeys(reasons)), left


def _away_from_zero(part: _Part) -> tuple[_Part, list[_Part]]:
    """A part without what lies next to 0, where a function may grow beyond each line; and what is cut away."""
    inside, strips = dict(part.places), []
    for name, (low, high) in part.places.items():
        cut = (high if low == 0 else low) / _STRIP
        if low == 0 < high and name != INNER_SHIFT:
            inside[name] = (cut, high)
            strips.append(_Part({**part.places, name: (low, cut)}, part.held))
        elif low < 0 == high and name != INNER_SHIFT:
            inside[name] = (low, cut)
            strips.append(_Part({**part.places, name: (cut, high)}, part.held))
    return _Part(inside, part.held), strips


def _excluded(system: System, strip: _Part) -> bool:
    """Is there surely no solution in a strip?"""
    one = system.held_at(strip.held)
    try:
        one.prepare(strip.places, sloped=False)
        with ctx.workprec(BITS):
            return one.excluded({name: _ball(*strip.places[name]) for name in one.unknowns})
    except Undecided:
        return False


_STRIP = 1000  # the share of a range that is cut away next to 0


@dataclass(frozen=True)
class _Part:
    """A part of the box on which each unknown has one sign, or is 0 and held there."""

    places: Mapping[str, tuple[sp.Rational, sp.Rational]]
    held: Mapping[str, sp.Expr]

    @property
    def unknowns(self) -> list[str]:
        return list(self.places)

    @property
    def box(self) -> dict[str, Any]:
        return dict(self.places) | {name: (value, value) for name, value in self.held.items()}


def _divided(system: System, inner: Mapping[str, tuple[sp.Rational, sp.Rational]]) -> list[_Part]:
    """The box where no unknown is 0, and its faces where one is that may be."""
    parts = [_Part({}, {})]
    declared = {p.name: p for p in system.spec.parameters}
    for name, (low, high) in inner.items():
        choices: list[tuple[sp.Rational, sp.Rational]] = []
        zero = low <= 0 <= high and name != INNER_SCALE
        if name == INNER_SHIFT or not zero:  # a shift is no parameter: nothing is special about 0
            choices, zero = [(low, high)], False
        else:
            choices = [ends for ends in ((low, sp.S.Zero), (sp.S.Zero, high)) if ends[0] < ends[1]]
            zero = name not in declared or declared[name].admits(sp.S.Zero)
        made = [_Part({**part.places, name: ends}, part.held) for part in parts for ends in choices]
        if zero:
            made += [_Part(part.places, {**part.held, name: sp.S.Zero}) for part in parts]
        parts = made
    return parts


def _ball(lower: sp.Rational, upper: sp.Rational) -> arb:
    return constant_ball(lower).union(constant_ball(upper))


def _file(found: Settled, box: dict[str, Any], made: list[Any], left: list[Any]) -> None:
    """A zero among the solutions, or its box among those that are left."""
    if found is None:
        left.append(box)
    elif found is not False:
        made.append((found, {name: tuple(map(float, ends)) for name, ends in box.items()}))


def _spans(system: System, box: Box) -> dict[str, tuple[float, float]]:
    """A box as far as it lies in the ranges."""
    ends = {name: [float(end) for end in system.places[name]] for name in system.unknowns}
    return {
        name: (max(below(side), ends[name][0]), min(above(side), ends[name][1]))
        for name, side in zip(system.unknowns, box, strict=True)
    }


def _joined(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that are left, the hull of all where there are many."""
    if len(boxes) <= 8:
        return list(boxes)
    hull = boxes[0]
    for box in boxes[1:]:
        hull = tuple(one.union(other) for one, other in zip(hull, box, strict=True))
    return [hull]

"""The track of a parameter: verdicts and numbers over the stretch along which a slider runs, for pictures.

A part of a verdict, and the band of a number, hold at every value of an interval, as everything that is said of a
family. Samples are verdicts and numbers at single values, and say nothing of what lies between.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from typing import Any

import sympy as sp

from propcheck.analysis import ask
from propcheck.criteria import STANDARDS, judge
from propcheck.facts import BY_KEY
from propcheck.families import slider
from propcheck.families.inquiry import boxes_of, place_of
from propcheck.families.partition import Budget, merged
from propcheck.families.places import Box, Place, as_float
from propcheck.families.subject import STUMBLES, Subject
from propcheck.families.verdicts import KEYS, READ, of_cost, verdicts
from propcheck.processes import worker
from propcheck.spec import Parameter, Spec, bind
from propcheck.verdict import Fact, Facts, InputError, Number

SCHEMA = "propcheck.track/1"
# A number of the curves: the fact that holds it, and its field there.
NUMBERS = {
    "lipschitz": ("lipschitz", ""),
    "mean": ("gaussian", "mean"),
    "second_moment": ("gaussian", "second_moment"),
    "derivative_second_moment": ("gaussian", "derivative_second_moment"),
    "elasticity": ("gaussian", "elasticity"),
    "nonlinearity": ("nonlinearity", ""),
}
_OF_NUMBERS = tuple(dict.fromkeys(fact for fact, _ in NUMBERS.values()))
_SOON = tuple(key for key in READ if key != "gaussian")  # moments of wide parts take long, and decide next to nothing
_ASKED = tuple(dict.fromkeys((*READ, *_OF_NUMBERS, "propagation", "cost")))  # at single values
SAMPLES, CELLS = 17, 24  # at most
_FEW_SAMPLES, _FEW_CELLS = 9, 8  # in a report: so many, however fast the machine
_DIGITS = 7
_FINE, _UNKNOWN = 0.02, 2.0  # bounds of a number that no picture tells apart; and where there are none
_SHARP = 12  # divisions in two: a slider has 100 steps or so


@dataclass(frozen=True)
class Track:
    """One parameter of a function runs over a place, the others stand at their values."""

    subject: Subject
    name: str
    place: Place
    at: sp.Expr | None  # the value in use, where it lies there

    @property
    def whole(self) -> Box:
        return {self.name: self.place}

    def about(self) -> dict[str, Any]:
        """What it is of: the parameter, from where to where, and the value in use."""
        low, high = self.place.to_json()
        at = None if self.at is None else as_float(self.at)
        held = {name: str(value) for name, value in self.subject.held.items()}
        return {"schema": SCHEMA, "parameter": self.name, "from": low, "to": high, "at": at, "held": held}


def track(spec: Spec, name: str, over: str = "") -> Track:
    """The track of a parameter over "low:high", or over the stretch of its range that a slider has."""
    parameter = next((one for one in spec.parameters if one.name == name and one.role != "random"), None)
    if parameter is None:
        raise InputError(f"{spec.name} has no parameter {name!r} that a slider moves")
    made = slider.of(parameter)
    place = place_of(parameter, over or f"{made['low']}:{made['high']}")
    if place.single or not place.bounded:
        raise InputError(f"the track of {name} is from one number to another, not {over}")
    values = bind(spec)
    held = {other: value for other, value in values.items() if other != name}
    value = values.get(name)
    inside = value is not None and value.is_Rational and place.holds(value)
    return Track(Subject(spec, (name,), held), name, place, value if inside else None)


def collected(
    specs: Sequence[Spec],
    time_limit: float | None,
    workers: int | None = 1,
    tell: Callable[[int, list[dict[str, Any]]], None] = lambda place, found: None,
) -> Generator[list[dict[str, Any]], None, None]:
    """The tracks of the parameters of each spec in turn, briefly looked at; `tell` hears of each as it is there."""
    jobs, owners = [], []
    for place, spec in enumerate(specs):
        for parameter in tracks(spec):
            asked = questions(math.inf, _FEW_SAMPLES, _FEW_CELLS)
            jobs.append(worker.Job(partial(track, spec, parameter.name), (("track", about), *asked)))
            owners.append(place)
    with closing(worker.shared(jobs, time_limit, workers)) as outcomes:
        for place in range(len(specs)):
            found = [_made(next(outcomes)[0]) for owner in owners if owner == place]
            made = [one for one in found if one is not None]
            tell(place, made)
            yield made


def _made(answers: worker.Outcome) -> dict[str, Any] | None:
    if isinstance(answers, InputError) or not isinstance(of := answers.pop("track"), Mapping):
        return None
    return record(of, answers)


def about(of: Track, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What it is of, as an answer."""
    return of.about()


def tracks(spec: Spec) -> list[Parameter]:
    """The parameters of a function that have a track."""
    if spec.on or spec.law:
        return []
    return [one for one in spec.parameters if one.role != "random" and one.default is not None]


# --- what is asked of it: each a part of the record ------------------------------------------------------------------


def parts(seconds: float, of: Track, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The verdicts as parts of the stretch."""
    boxes = boxes_of(of.subject, of.whole)
    for key in _SOON:
        for box in boxes:
            of.subject.find(key, box)
    found: dict[str, Any] = {}
    for key in KEYS:
        if key == "cost":
            counted = of_cost(of.subject, of.whole)
            said = None if counted is None or counted[1] is None else counted[1]
            found[key] = [_part(of.place, said)]
        else:
            cells = verdicts(of.subject, boxes, key, seconds / len(KEYS), _SHARP)
            found[key] = [_part(part.box[of.name], part.found) for part in merged(cells, of.name)]
    return found


def _part(place: Place, found: Any) -> dict[str, Any]:
    low, high = place.to_json()
    said = isinstance(found, Fact)
    return {
        "from": low,
        "to": high,
        "verdict": found["value"] if said else "open",
        "standing": found.standing.value if said else "open",
    }


def samples(seconds: float, count: int, of: Track, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Verdicts and numbers at single values, the value in use among them, from left to right."""
    budget, found = Budget(seconds), []
    for value in _spread(of, count):
        if budget.spent:
            break
        try:
            activation = of.subject.at({of.name: value})
            facts = {key: ask(BY_KEY[key].ask, key, activation) for key in _ASKED}
        except STUMBLES:
            continue
        known = Facts({key: fact for key, fact in facts.items() if fact is not None})
        found.append(
            {
                "at": as_float(value),
                "verdicts": {verdict.key: verdict.verdict for verdict in judge(known, STANDARDS)},
                "numbers": {name: _value(known, *place) for name, place in NUMBERS.items()},
            }
        )
    return sorted(found, key=lambda one: one["at"])


def bands(seconds: float, cells: int, of: Track, answers: Mapping[str, Any]) -> dict[str, list[list[float]]]:
    """Of each number its bounds over cells of the stretch: from, to, least, greatest.

    A third of the cells, or four, are looked at first and in any case.
    """
    budget = Budget(seconds)
    places = [box[of.name] for box in boxes_of(of.subject, of.whole) if not box[of.name].single]
    widest = of.place.width / max(_FEW_CELLS, cells // 3)
    narrow = [part for place in places for part in _no_wider(place, widest)]
    found: dict[str, list[list[float]]] = {name: [] for name in NUMBERS}
    for keys, first in ((("lipschitz",), places), (("gaussian", "nonlinearity"), narrow)):
        numbers = {name: place for name, place in NUMBERS.items() if place[0] in keys}
        for place, answer in _cells(of, keys, first, cells, numbers, budget):
            for name, (key, field) in numbers.items():
                if (ends := _ends(answer[key], field)) is not None:
                    found[name].append([*place.to_json(), *ends])
    return found


def _no_wider(place: Place, width: float) -> Iterator[Place]:
    if place.width <= 1.01 * width:
        yield place
    else:
        for half in place.split():
            yield from _no_wider(half, width)


def _cells(
    of: Track,
    keys: Sequence[str],
    places: Sequence[Place],
    most: int,
    numbers: Mapping[str, tuple[str, str]],
    budget: Budget,
) -> list[tuple[Place, dict[str, Any]]]:
    """What is found on places, those divided first on which a number is known least, as long as there is time."""
    done: list[tuple[Place, dict[str, Any]]] = []
    queue = [(0.0, count, place) for count, place in enumerate(places)]
    made: dict[Place, dict[str, Any]] = {}
    count = len(queue)
    while queue:
        width, _, place = heappop(queue)
        if width < 0:  # it was asked before, and is divided now
            if budget.spent or len(made) >= most:
                done.append((place, made[place]))
                continue
            halves = place.split()
        else:
            halves = (place,)
        for half in halves:
            made[half] = {key: of.subject.find(key, {of.name: half}) for key in keys}
            spread = max((_spread_of(made[half][key], field) for key, field in numbers.values()), default=0.0)
            if spread <= _FINE:
                done.append((half, made[half]))
            else:
                count += 1
                heappush(queue, (-spread * half.width, count, half))
    return sorted(done, key=lambda one: as_float(one[0].lower))


def _ends(found: Any, field: str) -> tuple[float, float] | None:
    number = _number(found, field)
    if number is None or number.lower is None or number.upper is None or not math.isfinite(number.upper - number.lower):
        return None
    return _outward(number.lower, -1), _outward(number.upper, 1)


def _outward(value: float, side: int) -> float:
    """A bound in as many digits as a picture needs, moved outward and not inward."""
    short = float(f"{value:.{_DIGITS}g}")
    if (value - short) * side <= 0:
        return short
    return float(f"{short + side * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - _DIGITS):.{_DIGITS}g}")


def _spread_of(found: Any, field: str) -> float:
    """How far apart the bounds of a number are, in its own size where that is above 1."""
    ends = _ends(found, field)
    return _UNKNOWN if ends is None else (ends[1] - ends[0]) / max(1.0, abs(ends[0]), abs(ends[1]))


def _number(found: Any, field: str) -> Number | None:
    number = found.get(field) if isinstance(found, Fact) and field else found
    return number if isinstance(number, Number) else None


def _value(facts: Facts, key: str, field: str) -> float | None:
    number = _number(facts.get(key), field)
    value = None if number is None else number.value
    return value if value is not None and math.isfinite(value) else None


def _spread(of: Track, count: int) -> Iterator[sp.Expr]:
    """The value in use, then values that halve the stretch, its quarters, and so on, each once."""
    low, high = sp.Rational(of.place.lower), sp.Rational(of.place.upper)
    seen: set[sp.Expr] = set()
    steps = 1
    while steps < count:
        steps *= 2
    order = [of.at] if of.at is not None else []
    ends = [low] if of.place.closed[0] else []
    ends += [high] if of.place.closed[1] else []
    order += ends
    size = steps
    while size > 1:
        order += [low + (high - low) * sp.Rational(k, steps) for k in range(size // 2, steps, size)]
        size //= 2
    for value in order:
        if value not in seen and len(seen) < count:
            seen.add(value)
            yield value


def questions(seconds: float, count: int = SAMPLES, cells: int = CELLS) -> tuple[tuple[str, worker.Question], ...]:
    """The questions about a track; each takes so many seconds of processor time, or little more."""
    return (
        ("verdicts", partial(parts, seconds)),
        ("samples", partial(samples, seconds, count)),
        ("bands", partial(bands, seconds, cells)),
    )


def record(of: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The track as an object of JSON's own types, from what it is `about`; what was stopped is empty."""
    there = {key: found for key, found in answers.items() if not isinstance(found, worker.Stopped)}
    return {
        **of,
        "verdicts": there.get("verdicts", {}),
        "samples": there.get("samples", []),
        "bands": there.get("bands", {}),
    }

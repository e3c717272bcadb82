"""All facts of a target at every value of its parameters: a Family."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import sympy as sp

from propcheck import target
from propcheck.activation import Activation
from propcheck.calculus.signs import precedes
from propcheck.criteria import NUMBERS as CRITERIA
from propcheck.facts import ROWS
from propcheck.families.course import goes
from propcheck.families.critical import critical
from propcheck.families.partition import Budget, Part, merged, parts, simplified, together
from propcheck.families.places import Box, Place, as_float
from propcheck.families.subject import KEYS, Subject
from propcheck.families.verdicts import of_cost, verdicts
from propcheck.inquiries.analysis import analyze, versions
from propcheck.language import names as names_in
from propcheck.processes import worker
from propcheck.spec import Parameter, Spec, span
from propcheck.verdict import Fact, InputError, Number, Shown, Standing, Verdict, loaded, plain
from propcheck.wording import nearest

SCHEMA = "propcheck.family/1"
MOST_PARAMETERS = 2
COST, IN_USE = "cost", "in use"  # a fact and a criterion; the verdicts at the value in use
ASKED_AT_VALUES = ("edge_of_chaos", "propagation")  # facts that are found at single values only
_FINER = ("gaussian", "nonlinearity", "criticality")  # facts for which a range is divided more finely
_FINE, _PLAIN, _OF_TWO = 9, 5, 4  # divisions in two
# Seconds of processor time for one fact and for one verdict, and a tenth of the time limit at most.
_BUDGET, _VERDICT_BUDGET = 2.0, 6.0
_HARDLY = 1e-9  # of a number that does not change along the parameter


@dataclass(frozen=True)
class Family(Shown):
    """Each fact and verdict over the ranges of the parameters, as parts: where, what, how surely."""

    description: Mapping[str, Any]
    parameters: Mapping[str, Any]
    facts: Mapping[str, Sequence[Mapping[str, Any]]]
    criteria: Mapping[str, Sequence[Mapping[str, Any]]]
    curves: Mapping[str, Sequence[Mapping[str, Any]]]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    shown_as = "family"

    def __getitem__(self, key: str) -> Sequence[Mapping[str, Any]]:
        """The parts of the fact or the verdict of this key."""
        return self.facts[key] if key in self.facts else self.criteria[key]

    def at(self, key: str, **values: Any) -> Mapping[str, Any] | None:
        """The part of a fact in which these values lie."""
        wanted = {name: sp.Rational(str(value)) for name, value in values.items()}
        for part in self[key]:
            if all(_lies_in(wanted[name], part, name) for name in part["region"]):
                return part
        return None

    @property
    def decided(self) -> tuple[str, ...]:
        """The facts that are decided on the whole range."""
        return tuple(key for key, found in self.facts.items() if all(part["standing"] != "open" for part in found))

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck family --json` prints."""
        return {"schema": SCHEMA} | {
            name: plain(getattr(self, name))
            for name in ("description", "parameters", "facts", "criteria", "curves", "provenance")
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> Family:
        """The family that became this object, or this text of JSON."""
        data = loaded(data, SCHEMA)
        return cls(**{name: value for name, value in data.items() if name != "schema"})

    def __repr__(self) -> str:
        return f"<Family {self.description['name']}: {len(self.decided)} of {len(self.facts)} facts decided everywhere>"


def _lies_in(value: sp.Rational, part: Mapping[str, Any], name: str) -> bool:
    from propcheck.spec import bound

    low, high = (bound(text) for text in part["exact"][name])
    shut = part["closed"][name] if isinstance(part["closed"], Mapping) else part["closed"]
    return bool((low < value or (shut[0] and low == value)) and (value < high or (shut[1] and high == value)))


def family(
    item: str | Path | Spec | sp.Expr | Activation,
    over: Mapping[str, Any] | None = None,
    *,
    only: Sequence[str] = (),
    time_limit: float | None = None,
    **params: Any,
) -> Family:
    """Every fact of a target over the ranges of its parameters, or over what `over` says: {"a": "0:5"}, {"a": (0, 5)}.

    Parameters that are given a value stand there, and so do those that `over` leaves out. `only` names the facts that
    are wanted. With a `time_limit` in seconds of processor time, what is not decided by then is open.
    """
    (found,) = family_all([item], over, only=only, time_limit=time_limit, **params)
    return found


def family_all(
    items: Sequence[str | Path | Spec | sp.Expr | Activation],
    over: Mapping[str, Any] | None = None,
    *,
    only: Sequence[str] = (),
    time_limit: float | None = None,
    workers: int | None = 1,
    **params: Any,
) -> Iterator[Family]:
    """The families of several targets in turn; ranges and values go to those that have the parameter.

    So many processes work at once, one a core where `workers` is None; no answer depends on their number.
    """
    over = dict(over or {})
    worker.check_limit(time_limit)
    own = [_names_of(item) if len(items) > 1 else None for item in items]
    for name in (*over, *params):
        if all(names is not None and name not in names for names in own):
            raise InputError(f"none of the targets has a parameter {name!r}")
    asked = []
    for item, names in zip(items, own, strict=True):
        mine, values = (
            {name: value for name, value in given.items() if names is None or name in names} for given in (over, params)
        )
        asked.append(_asked(*read(item, mine, values), only, time_limit))
    with closing(worker.shared([one.job for one in asked], time_limit, workers)) as outcomes:
        for one, (answers, _) in zip(asked, outcomes, strict=True):
            if isinstance(answers, InputError):
                raise answers
            yield _assembled(one, answers)


def _names_of(item: Any) -> frozenset[str]:
    """The names of the parameters of a target."""
    if isinstance(item, str) and target.kind(item) == "expression":
        return frozenset(names_in(item)) - {"x"}
    return frozenset(parameter.name for parameter in target.read(item, {}).parameters)


@dataclass(frozen=True)
class _Asked:
    """What is asked of a family, and where."""

    spec: Spec
    places: Mapping[str, Place]
    keys: tuple[str, ...]
    judged: tuple[str, ...]
    only: bool
    job: worker.Job


def _asked(spec: Spec, places: dict[str, Place], only: Sequence[str], time_limit: float | None) -> _Asked:
    known = (*KEYS, "cost", *CRITERIA)
    wanted = tuple(dict.fromkeys(only)) or (*KEYS, *CRITERIA)
    for key in wanted:
        if key not in known:
            there = ", ".join(dict.fromkeys(known))
            raise InputError(
                f"there is no fact or criterion {key!r} of families{nearest(key, known)}; there are {there}"
            )
    keys = tuple(key for key in wanted if key in KEYS)
    judged = tuple(key for key in wanted if key in CRITERIA)
    share = math.inf if time_limit is None else time_limit / 10
    budget, judging = min(_BUDGET, share), min(_VERDICT_BUDGET, share)
    job = worker.Job(
        subject=partial(_subject, spec, places),
        questions=(
            *((key, partial(_parts, key, places, budget)) for key in keys),
            *((f"verdict {key}", partial(_judged, key, judging)) for key in judged if key != COST),
            *([(COST, partial(_cost, places))] if COST in wanted else []),
        ),
        closing=((IN_USE, partial(_in_use, spec, places)),) if judged else (),
    )
    return _Asked(spec, places, keys, judged, bool(only), job)


def _assembled(asked: _Asked, answers: Mapping[str, Any]) -> Family:
    """The family from the answers to what was asked."""
    spec, places, keys, judged = asked.spec, asked.places, asked.keys, asked.judged
    found, curves = {}, {}
    for key in keys:
        answer = answers[key]
        stopped = isinstance(answer, worker.Stopped)
        cells = [Part(places, None)] if stopped else answer
        found[key] = [_part(part) for part in _whole(cells, places)]
        if key in (*_FINER, "lipschitz") and len(places) == 1:
            curves[key] = [_part(part) for part in cells if part.found is not None]
    if not asked.only:
        found |= {key: [_part(Part(places, None), "asked at single values")] for key in ASKED_AT_VALUES}
    counted = answers.get(COST)
    counted = counted if isinstance(counted, tuple) else None
    if COST in answers:
        found[COST] = [_part(Part(places, counted[0] if counted else None))]
    over_range = {key: answers[f"verdict {key}"] for key in judged if key != COST}
    if COST in judged:
        over_range[COST] = [Part(places, counted[1] if counted else None)]
    at_use = answers.get(IN_USE)
    at_use = at_use if isinstance(at_use, tuple) else None
    verdicts = {key: _verdict(over_range[key], key, places, at_use) for key in CRITERIA if key in over_range}
    about = {"name": spec.name, "title": spec.title, "expression": spec.formula}
    ranges = {name: spoken(place, name) for name, place in places.items()}
    held = {p.name: p.default for p in spec.parameters if p.name not in places and p.role != "random"}
    order = [row.key for row in ROWS if row.key in found]
    facts = {key: found[key] for key in order}
    return Family(about | {"held": held}, ranges, facts, verdicts, curves, versions() | {"seed": None})


def spoken(place: Place, name: str) -> str:
    """A place in words: `0 < a <= 1`, `a = 1`; a long fraction in ten digits."""
    if place.single:
        return f"{name} = {_short(place.lower)}"
    low, high = ("<=" if end else "<" for end in place.closed)
    left = f"{_short(place.lower)} {low} " if place.lower.is_finite else ""
    right = f" {high} {_short(place.upper)}" if place.upper.is_finite else ""
    return f"{left}{name}{right}" if left or right else f"real {name}"


def _short(value: sp.Expr) -> str:
    text = str(value)
    return f"{float(value):.10g}" if value.is_Rational and len(text) > 12 else text


# --- what runs, and where --------------------------------------------------------------------------------------------


def read(item: Any, over: Mapping[str, Any] | None, params: Mapping[str, Any]) -> tuple[Spec, dict[str, Place]]:
    """The spec, and the place of each parameter that runs; each fault has its sentence."""
    over = dict(over or {})
    inside = {}
    if isinstance(item, str) and target.kind(item) == "expression":
        free = names_in(item) - {"x"}
        inside = {name: str(_ends(name, text).middle()) for name, text in over.items() if name in free}
        for name in sorted(free - {*over, *params}):
            raise InputError(f"{name} in {item!r} has neither a range nor a value; give one, such as --over {name}=0:5")
    spec = target.read(item, {**inside, **params})
    declared = {p.name: p for p in spec.parameters if p.role != "random"}
    for name in over:
        if name not in declared:
            what = f"its parameters are {', '.join(declared)}" if declared else "it has no parameters"
            raise InputError(f"{spec.name} has no parameter {name!r}{nearest(name, declared)}; {what}")
        if name in params:
            raise InputError(f"{name} is given a value and a range over which it runs; give one of them")
    if not declared:
        raise InputError(f"{spec.name} has no parameters, so it is no family; `propcheck analyze` says what it is")
    if spec.on or spec.law:
        raise InputError("a family is looked at on the whole line; leave the interval or the law out")
    running = list(over) or [name for name in declared if name not in params]
    if not running:
        raise InputError(f"every parameter of {spec.name} has a value; leave one out, or give it a range with --over")
    if len(running) > MOST_PARAMETERS:
        raise InputError(
            f"{len(running)} parameters run, and {MOST_PARAMETERS} may: name them with --over, such as --over a=0:5"
        )
    return spec, {name: place_of(declared[name], over.get(name)) for name in running}


def _ends(name: str, given: Any) -> Place:
    try:
        lower, upper = span(given)
    except InputError as error:
        raise InputError(f"--over {name}: {error}") from None
    return Place(lower, upper, (bool(lower.is_finite), bool(upper.is_finite)))


def place_of(parameter: Parameter, given: Any) -> Place:
    """The declared range of a parameter, or what is given of it."""
    lower, upper = parameter.ends()
    admitted = [bool(end.is_finite and parameter.admits(end)) for end in (lower, upper)]
    whole = Place(lower, upper, (admitted[0], admitted[1]))
    if given is None:
        return whole
    asked = _ends(parameter.name, given)
    low = precedes(asked.lower, whole.lower) or (asked.lower == whole.lower and asked.closed[0] and not whole.closed[0])
    high = precedes(whole.upper, asked.upper) or (
        asked.upper == whole.upper and asked.closed[1] and not whole.closed[1]
    )
    beyond_low = precedes(asked.lower, whole.lower)
    beyond_high = precedes(whole.upper, asked.upper)
    if beyond_low or beyond_high:
        raise InputError(f"{spoken(asked, parameter.name)} leaves the range {parameter.range} that is declared")
    closed = (asked.closed[0] and not low, asked.closed[1] and not high)
    return Place(asked.lower, asked.upper, closed)


# --- the parts -------------------------------------------------------------------------------------------------------


def _subject(spec: Spec, places: Mapping[str, Place]) -> tuple[Subject, list[Box]]:
    from propcheck.spec import bind

    values = bind(spec)
    held = {name: value for name, value in values.items() if name not in places}
    subject = Subject(spec, tuple(places), held)
    return subject, boxes_of(subject, places)


def boxes_of(subject: Subject, places: Mapping[str, Place]) -> list[Box]:
    """The ends, the values at which something may change, and the open intervals between, from left to right."""
    expr = subject.expression.xreplace({subject.symbols[name]: value for name, value in subject.held.items()})
    cut: dict[str, list[Place]] = {}
    for name, place in places.items():
        others = {subject.symbols[other]: ends.middle() for other, ends in places.items() if other != name}
        marks = [place.lower, *critical(expr.xreplace(others), subject.symbols[name], place), place.upper]
        made: list[Place] = [Place(place.lower, place.lower)] if place.closed[0] else []
        for number, (low, high) in enumerate(zip(marks, marks[1:], strict=False)):
            made.append(Place(low, high, (False, False)))
            if number + 2 < len(marks) or place.closed[1]:
                made.append(Place(high, high))
        cut[name] = made
    return [dict(zip(cut, places_, strict=True)) for places_ in product(*cut.values())]


def _parts(
    key: str, places: Box, seconds: float, subject: tuple[Subject, list[Box]], answers: Mapping[str, Any]
) -> list[Part]:
    of, boxes = subject
    deepest = _OF_TWO if len(places) > 1 else _FINE if key in _FINER else _PLAIN
    return parts(partial(of.find, key), boxes, Budget(seconds), deepest, of.sharp)


def _whole(cells: Sequence[Part], places: Box) -> list[Part]:
    """The cells of one parameter with what is alike as one; those of two as one where all say the same."""
    names = list(cells[0].box)
    if len(names) == 1:
        return merged(cells, names[0])
    found, anywhere = cells[0].found, Place(sp.S.Zero, sp.S.One)
    for cell in cells[1:]:
        found = None if found is None else together(found, cell.found, names[0], anywhere, anywhere)
    return list(cells) if found is None else [Part(places, found)]


def _part(part: Part, note: str = "") -> dict[str, Any]:
    """A part as it is recorded."""
    closed = {name: list(place.closed) for name, place in part.box.items()}
    told: dict[str, Any] = {
        "region": {name: place.to_json() for name, place in part.box.items()},
        "exact": {name: [_end(place.lower), _end(place.upper)] for name, place in part.box.items()},
        "closed": next(iter(closed.values())) if len(closed) == 1 else closed,
        "value": None if part.found is None else _value(part.found, part.box),
        "standing": part.standing.value,
    }
    if part.found is None:
        told["width"] = plain({name: place.width for name, place in part.box.items()})
    if note or (isinstance(part.found, Fact) and part.found.note):
        told["note"] = note or part.found.note  # type: ignore[union-attr]
    return told


def _end(value: sp.Expr) -> str:
    return {sp.oo: "inf", -sp.oo: "-inf"}.get(value) or str(value)


def _narrow(number: Number) -> bool:
    """Does it hardly change?"""
    low, high = number.lower, number.upper
    if low is None or high is None or low == high:
        return low is not None and high is not None
    return math.isfinite(high - low) and high - low <= _HARDLY * max(1.0, abs(low))


def _value(found: Any, box: Box) -> Any:
    """A fact as JSON, a number that changes along the parameter by its formula and its band."""
    if isinstance(found, Number):
        estimated = found.standing is Standing.COMPUTED  # its ends are those of an error, and not of a range
        if found.value is None or estimated or _narrow(found) or all(place.single for place in box.values()):
            return plain(found)
        told = plain(found) | {"value": None}
        if found.exact is not None:
            told["exact"] = simplified(found.exact, box)
            if len(box) == 1 and (way := goes(told["exact"], *next(iter(box.items())))) is not None:
                told["goes"] = way
        if found.note and "*(" in found.note and len(box) == 1:
            told["formula"] = found.note
        told.pop("note", None)
        return told
    if isinstance(found, Fact):
        return {name: _value(item, box) for name, item in found.fields.items()}
    if isinstance(found, Mapping):
        return {name: _value(item, box) for name, item in found.items()}
    return [_value(item, box) for item in found] if isinstance(found, list | tuple) else plain(found)


# --- verdicts --------------------------------------------------------------------------------------------------------


def _judged(key: str, seconds: float, subject: tuple[Subject, list[Box]], answers: Mapping[str, Any]) -> list[Part]:
    return verdicts(*subject, key, seconds)


def _cost(places: Box, subject: tuple[Subject, list[Box]], answers: Mapping[str, Any]) -> Any:
    return of_cost(subject[0], places)


def _left_open(cells: Any) -> bool:
    return isinstance(cells, worker.Stopped) or any(cell.found is None for cell in cells)


InUse = tuple[str, sp.Expr, Mapping[str, Verdict]]


def _in_use(
    spec: Spec, places: Mapping[str, Place], subject: tuple[Subject, list[Box]], answers: Mapping[str, Any]
) -> InUse | None:
    """The verdicts at the value in use, which networks compute, where some are open over the range."""
    if not any(_left_open(cells) for key, cells in answers.items() if key.startswith("verdict ")):
        return None
    use = {p.name: p.value() for p in spec.parameters if p.name in places and p.default is not None}
    inside = len(use) == len(places) == 1 and all(places[name].holds(value) for name, value in use.items())
    if not inside or not all(value.is_Rational for value in use.values()):
        return None
    made = analyze(replace(spec, claims=()), time_limit=None)
    ((name, value),) = use.items()
    return name, value, {verdict.key: verdict for verdict in made.criteria}


def _verdict(cells: Any, key: str, places: Mapping[str, Place], at_use: InUse | None) -> list[dict[str, Any]]:
    """A verdict along the range; where that is open, as it is at the value in use, and open beside it."""
    cells = [Part(places, None)] if isinstance(cells, worker.Stopped) else _whole(cells, places)
    told = []
    for cell in cells:
        here = None if cell.found is not None or at_use is None else at_use
        verdict = None if here is None else here[2].get(key)
        if here is None or verdict is None or verdict.standing is Standing.OPEN or not cell.box[here[0]].holds(here[1]):
            told.append(_part(cell))
            if cell.found is not None:
                told[-1]["value"] = told[-1]["value"]["value"]
            continue
        name, value, _ = here
        left, right = _around(cell.box[name], value)
        found = _part(Part({name: Place(value, value)}, None)) | {
            "value": verdict.verdict, "standing": verdict.standing.value, "reasons": list(verdict.reasons)
        }  # fmt: skip
        found.pop("width")
        told += [*(_part(Part({name: each}, None)) for each in left), found,
                 *(_part(Part({name: each}, None)) for each in right)]  # fmt: skip
    return told


def _around(place: Place, value: sp.Expr) -> tuple[list[Place], list[Place]]:
    """What of a place lies on each side of a value in it."""
    left = [] if place.lower == value else [Place(place.lower, value, (place.closed[0], False))]
    return left, [] if place.upper == value else [Place(value, place.upper, (False, place.closed[1]))]


__all__ = ["SCHEMA", "Family", "as_float", "family", "read"]

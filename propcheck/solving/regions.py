"""Where conditions on facts and verdicts hold: ranges of unknowns in parts on which they do, do not, or are open.

The conditions are those by which a sweep keeps and rejects designs; here each is asked of all values in a box at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from propcheck.criteria import NUMBERS
from propcheck.families.inquiry import boxes_of
from propcheck.families.partition import Budget, Find, Part, merged, parts
from propcheck.families.places import Box
from propcheck.families.subject import KEYS, Subject
from propcheck.families.verdicts import finder
from propcheck.spec import Spec, bind
from propcheck.sweep.conditions import Condition
from propcheck.sweep.known import flat
from propcheck.truth import Truth
from propcheck.verdict import Fact, InputError, Standing, Verdict

_DEEPEST = {1: 36, 2: 8}  # divisions in two, by the number of unknowns that run


def check(conditions: Sequence[Condition], names: Sequence[str], own: Sequence[str]) -> None:
    """Can these be asked of boxes of these unknowns? Else a sentence."""
    for condition in conditions:
        for name in sorted(condition.facts | condition.criteria):
            if name not in (KEYS if name in condition.facts else NUMBERS):
                raise InputError(f"{name} in {condition.text!r} is asked at single values, and not of a range of them")
    for name in names:
        if name not in own:
            raise InputError(f"conditions on facts are asked of parameters, and {name} is none")
    if len(names) > len(_DEEPEST):
        raise InputError(f"conditions on facts are asked of {len(_DEEPEST)} unknowns at most, not of {len(names)}")


def regions(spec: Spec, box: Box, conditions: Sequence[Condition], seconds: float) -> list[Part]:
    """Parts of the ranges on which the conditions hold or do not, and parts that are open."""
    subject = _subject(spec, box)
    boxes = boxes_of(subject, box)
    find = partial(_holds, subject, _finders(subject, boxes, conditions), conditions)
    found = parts(find, boxes, Budget(seconds), _DEEPEST[len(box)])
    return merged(found, next(iter(box))) if len(box) == 1 else found


def holds_at(spec: Spec, box: Box, conditions: Sequence[Condition]) -> bool | None:
    """Do the conditions hold at every value in a narrow box?"""
    subject = _subject(spec, box)
    found = _holds(subject, _finders(subject, [box], conditions), conditions, box)
    return None if found is None else found["value"]


def _finders(subject: Subject, boxes: Sequence[Box], conditions: Sequence[Condition]) -> dict[str, Find]:
    keys = sorted(frozenset[str]().union(*(condition.criteria for condition in conditions)))
    return {key: finder(subject, boxes, key)[0] for key in keys}


def _subject(spec: Spec, box: Box) -> Subject:
    return Subject(spec, tuple(box), {name: value for name, value in bind(spec).items() if name not in box})


def _holds(subject: Subject, verdicts: Mapping[str, Find], conditions: Sequence[Condition], box: Box) -> Fact | None:
    keys = sorted(frozenset[str]().union(*(condition.facts for condition in conditions)))
    facts = {key: subject.find(key, box) or Fact(key, Standing.OPEN, {}) for key in keys}
    words = []
    for key, find in verdicts.items():
        found = find(box)
        if isinstance(found, Fact):
            words.append(Verdict(NUMBERS[key], key, found["value"], found.standing))
    known, truth = flat(facts, words), Truth(True)
    for condition in conditions:
        truth = truth & condition(known)
    return None if truth.value is None else Fact("conditions", truth.standing, {"value": truth.value})

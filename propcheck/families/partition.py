"""One fact over a box of parameters, as parts: divided until each is decided, and what is alike made one.

A part that nothing decides is open, with its width. Where two neighbours say different things and what lies between is
open, the gap is halved until it is narrow: the value at which the fact changes, enclosed.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from propcheck.families.places import Box, Place, as_float
from propcheck.families.subject import Subject
from propcheck.verdict import Fact, Number, Standing, plain, weakest

NARROW = 1e-9  # of a gap between two answers, in which the fact changes
DEEPEST = 5  # divisions of a place in two
NARROWEST = 60  # halvings of a gap
Found = Fact | Number | None
Find = Callable[[Box], Found]


@dataclass(frozen=True)
class Part:
    """What is found on a box: a fact whose numbers hold for all values there, or nothing."""

    box: Mapping[str, Place]
    found: Found

    @property
    def standing(self) -> Standing:
        return Standing.OPEN if self.found is None else self.found.standing


class Budget:
    """Processor time that may still be used, in seconds."""

    def __init__(self, seconds: float):
        self._end = time.process_time() + seconds

    @property
    def spent(self) -> bool:
        return time.process_time() > self._end


def parts(
    find: Find,
    boxes: Sequence[Box],
    budget: Budget,
    deepest: int = DEEPEST,
    sharp: Callable[[Any], bool] = lambda found: True,
) -> list[Part]:
    """A fact over boxes in order, box by box; those of one parameter run from left to right, and leave nothing out.

    An answer that is not `sharp` is taken where dividing comes to an end.
    """
    found = [part for box in boxes for part in _divided(find, box, budget, deepest, sharp)]
    if boxes and len(boxes[0]) == 1:
        (name,) = boxes[0]
        return _sharpened(find, name, _open_joined(found, name), budget)
    return found


def _open_joined(found: Sequence[Part], name: str) -> list[Part]:
    """Neighbours that are open as one, the others as they are."""
    out: list[Part] = []
    for part in found:
        joined = _joined(out[-1], part, name) if out and out[-1].found is part.found is None else None
        if joined is None:
            out.append(part)
        else:
            out[-1] = joined
    return out


def _divided(find: Find, box: Box, budget: Budget, deepest: int, sharp: Callable[[Any], bool]) -> Iterator[Part]:
    answer = find(box)
    running = [name for name, place in box.items() if not place.single]
    if (answer is not None and sharp(answer)) or not running or deepest <= 0 or budget.spent:
        yield Part(box, answer)
        return
    name = max(running, key=lambda each: (box[each].width, each))
    for half in box[name].split():
        yield from _divided(find, {**box, name: half}, budget, deepest - 1, sharp)


def _sharpened(find: Find, name: str, found: list[Part], budget: Budget) -> list[Part]:
    """The gaps between two different answers made narrow."""
    out: list[Part] = []
    for place, part in enumerate(found):
        beside = place and place + 1 < len(found) and found[place - 1].found and found[place + 1].found
        if part.found is None and beside and part.box[name].bounded and not part.box[name].single:
            out += _narrowed(find, name, part.box[name], budget)
        else:
            out.append(part)
    return out


def _narrowed(find: Find, name: str, gap: Place, budget: Budget) -> Iterator[Part]:
    left: list[Part] = []
    right: list[Part] = []
    for _ in range(NARROWEST):
        low, high = as_float(gap.lower), as_float(gap.upper)
        if high - low <= NARROW * max(1.0, abs(low), abs(high)) or budget.spent:
            break
        halves = gap.split()
        answers = [find({name: half}) for half in halves]
        if answers[0] is not None and answers[1] is not None:
            yield from [*left, *(Part({name: half}, answer) for half, answer in zip(halves, answers, strict=True))]
            yield from reversed(right)
            return
        if answers[0] is not None:
            left.append(Part({name: halves[0]}, answers[0]))
            gap = halves[1]
        elif answers[1] is not None:
            right.append(Part({name: halves[1]}, answers[1]))
            gap = halves[0]
        else:
            quarters = [half for one in halves for half in one.split()]
            answers = [find({name: quarter}) for quarter in (quarters[0], quarters[3])]
            if answers[0] is None and answers[1] is None:
                break
            if answers[0] is not None:
                left.append(Part({name: quarters[0]}, answers[0]))
            if answers[1] is not None:
                right.append(Part({name: quarters[3]}, answers[1]))
            start = quarters[0].upper if answers[0] is not None else gap.lower
            stop = quarters[3].lower if answers[1] is not None else gap.upper
            ends = (gap.closed[0] if answers[0] is None else True, gap.closed[1] if answers[1] is None else True)
            gap = Place(start, stop, ends)
    yield from [*left, Part({name: gap}, None), *reversed(right)]


# --- what is alike ---------------------------------------------------------------------------------------------------


def merged(found: Sequence[Part], name: str) -> list[Part]:
    """Neighbours that say the same as one part; their numbers are enclosed together."""
    out: list[Part] = []
    for part in found:
        if out and (joined := _joined(out[-1], part, name)) is not None:
            out[-1] = joined
        else:
            out.append(part)
    return out


def _joined(left: Part, right: Part, name: str) -> Part | None:
    one, two = left.box[name], right.box[name]
    box = {name: Place(one.lower, two.upper, (one.closed[0], two.closed[1]))}
    if left.found is None or right.found is None:
        return Part(box, None) if left.found is right.found else None
    found = together(left.found, right.found, name, one, two)
    return None if found is None else Part(box, found)


def together(left: Any, right: Any, name: str, one: Place, two: Place) -> Any:
    """Two answers as one that holds where either does; None where they differ in words, counts or formulas."""
    if isinstance(left, Number) and isinstance(right, Number):
        return _number(left, right, name, one, two)
    if isinstance(left, Fact) and isinstance(right, Fact):
        fields = together(dict(left.fields), dict(right.fields), name, one, two)
        if fields is None:
            return None
        return replace(left, fields=fields, standing=weakest(left.standing, right.standing), note="")
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if left.keys() != right.keys():
            return None
        made = {key: _both(left[key], right[key], name, one, two) for key in left}
        return None if any(value is _DIFFERENT for value in made.values()) else made
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if len(left) != len(right):
            return None
        items = [_both(a, b, name, one, two) for a, b in zip(left, right, strict=True)]
        return None if any(item is _DIFFERENT for item in items) else items
    return left if left == right else None


_DIFFERENT = object()


def _both(left: Any, right: Any, name: str, one: Place, two: Place) -> Any:
    if left is None or right is None:
        return None if left is right else _DIFFERENT
    made = together(left, right, name, one, two)
    return _DIFFERENT if made is None else made


def _number(left: Number, right: Number, name: str, one: Place, two: Place) -> Number | None:
    if left.value is None or right.value is None:
        return left if left.value is right.value and left.standing is right.standing else None
    if math.isinf(left.value) or math.isinf(right.value):
        return left if left.value == right.value and left.exact == right.exact else None
    if left.lower is None or right.lower is None or left.upper is None or right.upper is None:
        return None
    low, high = min(left.lower, right.lower), max(left.upper, right.upper)
    exact = _formula(left.exact, right.exact, name, one, two)
    if exact is None and left.exact != right.exact:
        # A formula on one side alone: a closed form of one value, or another branch of a maximum.
        if not (one.single or two.single):
            return None
        beside = right if one.single else left
        if beside.exact is not None or (low, high) != (beside.lower, beside.upper):
            return None
    value = left.value if left.value == right.value else (low + high) / 2 if math.isfinite(low + high) else left.value
    return Number(value, low, high, exact, weakest(left.standing, right.standing))


def _formula(left: str | None, right: str | None, name: str, one: Place, two: Place) -> str | None:
    """The formula that holds on both sides, a value being what the formula of its neighbour comes to there."""
    if left is None or right is None:
        return None
    if left == right:
        return left
    for text, other, place in ((left, right, two), (right, left, one)):
        if place.single and _comes_to(text, name, place.lower, other):
            return text
    made = [simplified(text, {name: one}) for text in (left, right)]
    return made[0] if made[0] == made[1] else None


def _comes_to(text: str, name: str, at: sp.Expr, other: str) -> bool:
    from propcheck.calculus.identity import is_zero
    from propcheck.language import parse

    try:
        symbol = sp.Symbol(name, real=True)
        return is_zero(parse(text, {name: symbol}).subs(symbol, at) - parse(other, {})) is True
    except Exception:  # noqa: BLE001 - a formula that cannot be read is no formula that is known
        return False


def simplified(text: str, box: Box) -> str:
    """A formula in the parameters that run, written shortly."""
    from propcheck.language import parse, show
    from propcheck.verdict import InputError

    try:
        signs = {name: {"positive": True} if place.lower >= 0 else {} for name, place in box.items()}
        made = parse(text, {name: sp.Symbol(name, real=True, **sign) for name, sign in signs.items()})
        short = min((sp.simplify(made), made), key=lambda expr: expr.count_ops()) if made.count_ops() < 60 else made
        return show(short)
    except (InputError, TypeError, ValueError):
        return text


def skeleton(found: Found) -> str:
    """What an answer says without its numbers, as a text that can be compared."""
    return json.dumps(_bare(found), sort_keys=True)


def _bare(value: Any) -> Any:
    if isinstance(value, Number):
        return "none" if value.value is None else "oo" if math.isinf(value.value) else "number"
    if isinstance(value, Fact):
        return _bare(value.fields)
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items()}
    return [_bare(item) for item in value] if isinstance(value, list | tuple) else plain(value)


def of_subject(subject: Subject, key: str) -> Find:
    return lambda box: subject.find(key, box)

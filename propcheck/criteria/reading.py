"""How the pages read facts: an answer is yes, no, or None where the facts do not decide it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from propcheck.truth import Premise
from propcheck.verdict import Fact, Facts, Number, Standing, Verdict, weakest

Bound = int | Fraction


def rational(number: Number) -> Fraction | None:
    """The number as a fraction, where it is known exactly and is one."""
    if number.value is None:
        return None
    try:
        return Fraction(number.exact) if number.exact is not None else None
    except ValueError:
        return None


def at_least(number: Number, bound: Bound) -> bool | None:
    """Is the number >= bound? A bound that lies inside the enclosure is decided by the exact form alone."""
    if number.value is None or number.lower is None or number.upper is None:
        return None
    exact = rational(number)
    if exact is not None:
        return exact >= bound
    return True if number.lower >= bound else False if number.upper < bound else None


def exceeds(number: Number, bound: Bound) -> bool | None:
    """Is the number > bound?"""
    if number.value is None or number.lower is None or number.upper is None:
        return None
    exact = rational(number)
    if exact is not None:
        return exact > bound
    return True if number.lower > bound else False if number.upper <= bound else None


def equals(number: Number, bound: Bound) -> bool | None:
    """Is the number exactly the bound?"""
    above, reaches = exceeds(number, bound), at_least(number, bound)
    if above or reaches is False:
        return False
    return None if above is None or reaches is None else True


def finite(number: Number) -> bool | None:
    """Is the number finite?"""
    if number.value is None or number.lower is None or number.upper is None:
        return None
    if math.isfinite(number.lower) and math.isfinite(number.upper):
        return True
    return False if number.lower == math.inf or number.upper == -math.inf else None


def exists(number: Number) -> bool | None:
    """Is there such a number? One that was looked for and not found may exist."""
    return None if open_(number) else number.value is not None


def answered(facts: Facts, key: str) -> Fact | None:
    """The fact under this key, or None where it is open or was not asked for."""
    fact = facts.get(key)
    return fact if isinstance(fact, Fact) and fact.standing is not Standing.OPEN else None


def number(facts: Facts, key: str, *fields: str) -> Number:
    """The number under this key, or in this field of the fact there.

    One that is left out was not found where the fact is open, and does not exist where the fact is decided.
    """
    fact = facts.get(key)
    found: Any = fact
    for field in fields:
        found = found.get(field) if isinstance(found, (Fact, Mapping)) else None
    if isinstance(found, Number):
        return found
    return Number.missing("", Standing.OPEN if fact is None else fact.standing)


def open_(number: Number) -> bool:
    """Was the number not found, though it may exist?"""
    return number.value is None and number.standing is Standing.OPEN


def magnitude(number: Number) -> Number:
    """The number without its sign."""
    if number.value is None or number.lower is None or number.upper is None:
        return number
    least = 0.0 if number.lower <= 0 <= number.upper else min(abs(number.lower), abs(number.upper))
    largest = max(abs(number.lower), abs(number.upper))
    exact = number.exact.removeprefix("-") if rational(number) is not None and number.exact else None
    return Number(abs(number.value), least, largest, exact, number.standing, number.note)


def sum_of(first: Number, second: Number) -> Number:
    """The sum of two numbers of which none is below 0; infinite where one of them is."""
    for one in (first, second):
        if one.value == math.inf:
            return one
    if first.value is None or second.value is None:
        return first if first.value is None else second
    assert first.lower is not None and first.upper is not None and second.lower is not None and second.upper is not None
    standing = weakest(first.standing, second.standing)
    lower, upper = math.nextafter(first.lower + second.lower, 0.0), math.nextafter(first.upper + second.upper, math.inf)
    return Number(first.value + second.value, lower, upper, None, standing)


def told(value: Number) -> str:
    """The number in a sentence: its exact form where that is short, else six digits."""
    if value.value is None or not math.isfinite(value.value):
        return str(value) if value.value is None else "inf" if value.value > 0 else "-inf"
    return value.exact if value.exact is not None and len(value.exact) <= 20 else f"{value.value:.6g}"


def interval(ends: Iterable[Number]) -> str:
    """The interval [lower, upper] in a sentence; a single point by its number."""
    lower, upper = (told(end) for end in ends)
    if lower == upper:
        return lower
    return f"{'(' if lower == '-inf' else '['}{lower}, {upper}{')' if upper == 'inf' else ']'}"


def again(fact: Fact | None) -> str:
    """After what places come back for ever, in a sentence; nothing where they do not."""
    if fact is None or "period" not in fact:
        return ""
    return f", {'such a jump ' if fact.get('drifts') else ''}again every {told(fact['period'])}"


def listed(items: Iterable[str]) -> str:
    """Items in a sentence: "a", "a and b", "a, b and c"; nothing of none."""
    *head, last = [*items] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def steepness(facts: Facts) -> str:
    """Why slopes are unbounded: a jump of the value where there is one, else the slopes themselves."""
    smoothness = answered(facts, "smoothness")
    for kink in smoothness["kinks"] if smoothness else ():
        sides = kink["left"], kink["right"]
        if kink["order"] == 0 and all(isinstance(side, Number) and finite(side) for side in sides):
            return f"the value jumps at {told(kink['at'])}"
    return "slopes are unbounded"


def counted(count: int, noun: str) -> str:
    """ "1 kink", "2 kinks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def measure(name: str, value: float | None) -> Mapping[str, Any]:
    """What a page measures, for the reader who wants the number behind the verdict."""
    return {"name": name, "value": value}


def ruling(key: str, measured: Mapping[str, Any] | None) -> Callable[..., Verdict]:
    """How a page says its verdict: the word, the reasons, and the premises, of which the weakest gives the standing."""

    def verdict(word: str, *reasons: str, premises: Iterable[Premise] = ()) -> Verdict:
        standing = Standing.OPEN if word == "open" else weakest(*(premise.standing for premise in premises))
        return Verdict(0, key, word, standing, reasons, measured)

    return verdict

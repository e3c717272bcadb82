"""Claims that are read off the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from propcheck.calculus import Undecided
from propcheck.claims.finding import Case, Finding, all_of, is_stated, negated, said_of
from propcheck.criteria.reading import answered, at_least, equals, exceeds, finite, listed, number, open_, told
from propcheck.spec import interval
from propcheck.verdict import Number

_WEAKER = {
    "increasing": ("non-decreasing",),
    "decreasing": ("non-increasing",),
    "constant": ("non-decreasing", "non-increasing"),
}


# ---------------------------------------------------------------------------------------------- read off the facts


def _verdict(case: Case) -> Finding:
    verdict = next((verdict for verdict in case.verdicts if verdict.key == case.claim.key), None)
    if verdict is None:
        raise Undecided(f"the criterion {case.claim.key} was not asked")
    meant = {"+": ("holds", "partly"), "-": ("fails",)}.get(str(case.claim.value), (case.claim.value,))
    truth = None if verdict.verdict == "open" else verdict.verdict in meant
    return case.finding(truth, verdict.verdict, verdict, reason="; ".join(verdict.reasons))


def _number(case: Case) -> Finding:
    found = number(case.facts, *case.claim.key.split("."))
    if not found.known:
        return case.finding(None if open_(found) else False, str(found), found, reason=found.note or "does not exist")
    return case.finding(is_stated(found, case.number(case.claim.value)), told(found), found)


def _count(case: Case) -> Finding:
    """A whole number among the fields of a fact."""
    key, *fields = case.claim.key.split(".")
    fact = answered(case.facts, key)
    found: Any = fact
    for name in fields:
        found = found.get(name) if found is not None else None
    if fact is None or found is None:
        return case.finding(None, "?")
    return case.finding(str(found) == case.claim.value, str(found), fact)


def _word(case: Case) -> Finding:
    """A fact that is a word or a yes or no; a strict monotonicity is also the one that is not strict."""
    key, *fields = case.claim.key.split(".")
    fact = answered(case.facts, key)
    found = fact.get(fields[0] if fields else "value") if fact is not None else None
    if fact is None or found is None:
        return case.finding(None, "?")
    implied = (found, *(_WEAKER.get(found, ()) if key == "monotonicity" else ()))
    return case.finding(case.claim.value in implied, said_of(found), fact)


def _interval(case: Case) -> Finding:
    """A range: both ends, and whether they are attained."""
    key = case.claim.key
    stated = interval(str(case.claim.value), case.symbols)
    ends = [number(case.facts, key, end) for end in ("inf", "sup")]
    attained = [_attained(case, key, end) for end in ("inf", "sup")]
    same_ends = [
        is_stated(found, case.settled(end)) for found, end in zip(ends, (stated.lower, stated.upper), strict=True)
    ]
    brackets = (stated.lower_closed, stated.upper_closed)
    same_brackets = [None if hit is None else hit == closed for hit, closed in zip(attained, brackets, strict=True)]
    faults = []
    for place, (end, argument) in enumerate((("inf", "argmin"), ("sup", "argmax"))):
        at = number(case.facts, key, argument)
        if same_ends[place] is False:
            faults.append(f"the {end} is {told(ends[place])}")
        elif same_brackets[place] is False:
            where = f", at {told(at)}" if at.known else ""
            faults.append(f"the {end} is attained{where}" if attained[place] else f"the {end} is not attained")
    whole, left_out = _in_one(case, key)
    found = _spanned(ends, attained) + left_out
    faults += [f"not every value between its ends is taken: {found}"] if whole is False else []
    premises = [*ends, *(fact for fact in (answered(case.facts, name) for name in (key, "image")) if fact is not None)]
    return case.finding(all_of([*same_ends, *same_brackets, whole]), found, *premises, reason="; ".join(faults))


def _in_one(case: Case, key: str) -> tuple[bool | None, str]:
    """Are all values between the ends of a range taken, and which are not?"""
    if key != "range" or "image" not in case.facts:
        return True, ""
    image = answered(case.facts, "image")
    if image is None:
        return None, ""
    gaps = [
        f"{'(' if here[1] else '['}{told(one[1])}, {told(two[0])}{')' if there[0] else ']'}"
        for (one, two), (here, there) in zip(pairwise(image["intervals"]), pairwise(image["closed"]), strict=True)
    ]
    return False, f" without {listed(gaps)}"


def _attained(case: Case, key: str, end: str) -> bool | None:
    """Is this end of the range attained? An infinite one is not."""
    fact = answered(case.facts, key)
    if finite(number(case.facts, key, end)) is False:
        return False
    return fact.get(f"{end}_attained") if fact is not None else None


def _spanned(ends: Sequence[Number], attained: Sequence[bool | None]) -> str:
    """The range as an interval: "[0, 1/4)"; a question mark where it is not decided whether the end is attained."""
    left, right = {True: "[", False: "(", None: "?"}[attained[0]], {True: "]", False: ")", None: "?"}[attained[1]]
    return f"{left}{told(ends[0])}, {told(ends[1])}{right}"


def _sign(case: Case) -> Finding:
    inf, sup = (number(case.facts, "range", end) for end in ("inf", "sup"))

    def beyond(end: str, clear: bool | None) -> bool | None:
        """Is g on this side of 0 throughout, 0 excluded?"""
        reaches = equals(number(case.facts, "range", end), 0)
        return negated(_attained(case, "range", end)) if reaches else clear

    truths = {
        "positive": beyond("inf", exceeds(inf, 0)),
        "nonnegative": at_least(inf, 0),
        "negative": beyond("sup", negated(at_least(sup, 0))),
        "nonpositive": negated(exceeds(sup, 0)),
        "both": all_of([negated(at_least(inf, 0)), exceeds(sup, 0)]),
    }
    found = f"inf {told(inf)}, sup {told(sup)}"
    return case.finding(truths[str(case.claim.value)], found, inf, sup)


def _bounded(case: Case) -> Finding:
    end = number(case.facts, "range", "inf" if case.claim.key == "bounded_below" else "sup")
    bounded = finite(end)
    return case.finding(None if bounded is None else bounded == case.claim.value, told(end), end)


def _differentiable(case: Case) -> Finding:
    smoothness, domain = answered(case.facts, "smoothness"), answered(case.facts, "domain")
    if domain is not None and domain["undefined"]:
        return case.finding(case.claim.value is False, "not defined on the whole line", domain)
    if smoothness is None or domain is None:
        return case.finding(None, "?")
    truth = smoothness["class"] not in ("discontinuous", "C^0")
    return case.finding(truth == case.claim.value, smoothness["class"], smoothness, domain)


# Questions by key, or by the kind of the claim, that facts and verdicts answer.
OF_THE_FACTS: dict[str, Callable[[Case], Finding]] = {
    "sign": _sign,
    "bounded_below": _bounded,
    "bounded_above": _bounded,
    "differentiable": _differentiable,
    "verdict": _verdict,
    "number": _number,
    "count": _count,
    "interval": _interval,
    **dict.fromkeys(("yes or no", "smoothness", "parity", "monotonicity", "saturation", "kept value"), _word),
}

"""Claims that are read off the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from propcheck.calculus import Undecided
from propcheck.calculus.signs import precedes
from propcheck.claims.finding import Case, Finding, is_stated, said_of
from propcheck.criteria.reading import answered, listed, number, steepness, told
from propcheck.criteria.truths import at_least, equals, exceeds, exists, finite
from propcheck.spec import interval, points
from propcheck.truth import UNDECIDED, Truth, all_of, that
from propcheck.verdict import InputError, Number

_WEAKER = {
    "monotonicity": {
        "increasing": ("non-decreasing",),
        "decreasing": ("non-increasing",),
        "constant": ("non-decreasing", "non-increasing"),
    },
    "convexity": {"affine": ("convex", "concave")},
}


# ---------------------------------------------------------------------------------------------- read off the facts


def _verdict(case: Case) -> Finding:
    verdict = next((verdict for verdict in case.verdicts if verdict.key == case.claim.key), None)
    if verdict is None:
        raise Undecided(f"the criterion {case.claim.key} was not asked")
    meant = {"+": ("holds", "partly"), "-": ("fails",)}.get(str(case.claim.value), (case.claim.value,))
    truth = Truth.of(None if verdict.verdict == "open" else verdict.verdict in meant, verdict)
    return case.finding(truth, verdict.verdict, "; ".join(verdict.reasons))


def _number(case: Case) -> Finding:
    found = number(case.facts, *case.claim.key.split("."))
    if not found.known:
        return case.finding(exists(found), str(found), found.note or "does not exist")
    return case.finding(is_stated(found, case.number(case.claim.value), case.within), told(found))


def _field(case: Case) -> Finding:
    """A fact that is a whole number, a word, or a yes or no; a strict monotonicity is also the one that is not."""
    key, *fields = case.claim.key.split(".")
    fact = answered(case.facts, key)
    found: Any = fact
    for name in fields or ("value",):
        found = found.get(name) if found is not None else None
    implied = (found, str(found), *_WEAKER.get(key, {}).get(found, ()))
    truth = that(fact, lambda _: None if found is None else case.claim.value in implied)
    return case.finding(truth, "?" if found is None else said_of(found))


def _interval(case: Case) -> Finding:
    """A range: both ends, and whether they are attained."""
    key = case.claim.key
    stated = interval(str(case.claim.value), case.symbols)
    ends = [number(case.facts, key, end) for end in ("inf", "sup")]
    attained = [_attained(case, key, end) for end in ("inf", "sup")]
    same_ends = [
        is_stated(found, case.settled(end), case.within)
        for found, end in zip(ends, (stated.lower, stated.upper), strict=True)
    ]
    brackets = (stated.lower_closed, stated.upper_closed)
    same_brackets = [hit.matches(closed) for hit, closed in zip(attained, brackets, strict=True)]
    faults = []
    for place, (end, argument) in enumerate((("inf", "argmin"), ("sup", "argmax"))):
        at = number(case.facts, key, argument)
        if same_ends[place].value is False:
            faults.append(f"the {end} is {told(ends[place])}")
        elif same_brackets[place].value is False:
            where = f", at {told(at)}" if at.known else ""
            faults.append(f"the {end} is attained{where}" if attained[place].value else f"the {end} is not attained")
    whole, left_out = _in_one(case, key)
    found = _spanned(ends, attained) + left_out
    faults += [f"not every value between its ends is taken: {found}"] if whole.value is False else []
    return case.finding(all_of([*same_ends, *same_brackets, whole]), found, "; ".join(faults))


def _in_one(case: Case, key: str) -> tuple[Truth, str]:
    """Are all values between the ends of a range taken, and which are not?"""
    if key != "range" or "image" not in case.facts:
        return Truth(True), ""
    image = answered(case.facts, "image")
    if image is None:
        return UNDECIDED, ""
    gaps = [
        f"{'(' if here[1] else '['}{told(one[1])}, {told(two[0])}{')' if there[0] else ']'}"
        for (one, two), (here, there) in zip(pairwise(image["intervals"]), pairwise(image["closed"]), strict=True)
    ]
    return Truth.of(not gaps, image), f" without {listed(gaps)}" if gaps else ""


def _attained(case: Case, key: str, end: str) -> Truth:
    """Is this end of the range attained? An infinite one is not."""
    bounded = finite(number(case.facts, key, end))
    return (
        bounded if bounded.value is False else that(answered(case.facts, key), lambda fact: fact.get(f"{end}_attained"))
    )


def _spanned(ends: Sequence[Number], attained: Sequence[Truth]) -> str:
    """The range as an interval: "[0, 1/4)"; a question mark where it is not decided whether the end is attained."""
    left, right = (dict(zip((True, False, None), marks, strict=True)) for marks in ("[(?", "])?"))
    return f"{left[attained[0].value]}{told(ends[0])}, {told(ends[1])}{right[attained[1].value]}"


def _points(case: Case) -> Finding:
    """Zeros or fixed points: are these all of them?"""
    fact = answered(case.facts, case.claim.key)
    if fact is None:
        raise Undecided(f"where the {case.claim.key.replace('_', ' ')} lie")
    stated = [case.settled(point) for point in points(str(case.claim.value), case.symbols)]
    stated.sort(key=cmp_to_key(lambda one, two: -1 if precedes(one, two) else 1))
    found = [told(at) for at in fact["points"]]
    found += [f"all of [{told(low)}, {told(high)}]" for low, high in fact["intervals"]]
    again = f", again every {told(fact['period'])}" if "period" in fact else ""
    alike = len(stated) == len(found) == len(fact["points"]) and not again
    places = (is_stated(*pair) for pair in zip(fact["points"], stated, strict=True)) if alike else ()
    return case.finding(that(fact, lambda _: alike) & all_of(places), (", ".join(found) or "none") + again)


def _sign(case: Case) -> Finding:
    inf, sup = (number(case.facts, "range", end) for end in ("inf", "sup"))

    def beyond(end: str, clear: Truth) -> Truth:
        """Is g on this side of 0 throughout, 0 excluded?"""
        reaches = equals(number(case.facts, "range", end), 0)
        return reaches & ~_attained(case, "range", end) if reaches.value else clear

    truths = {
        "positive": beyond("inf", exceeds(inf, 0)),
        "nonnegative": at_least(inf, 0),
        "negative": beyond("sup", ~at_least(sup, 0)),
        "nonpositive": ~exceeds(sup, 0),
        "both": ~at_least(inf, 0) & exceeds(sup, 0),
    }
    return case.finding(truths[str(case.claim.value)], f"inf {told(inf)}, sup {told(sup)}")


def _bounded(case: Case) -> Finding:
    end = number(case.facts, "range", "inf" if case.claim.key == "bounded_below" else "sup")
    return case.finding(finite(end).matches(bool(case.claim.value)), told(end))


def _lipschitz(case: Case) -> Finding:
    steepest = number(case.facts, "lipschitz")
    truth = _whole(case) & finite(steepest)
    found = "?" if truth.value is None else said_of(truth.value)
    if _whole(case).value is False:
        return case.finding(truth.matches(bool(case.claim.value)), found, "not defined on the whole line")
    reason = steepness(case.facts) if truth.value is False else f"abs slopes are at most {told(steepest)}"
    return case.finding(truth.matches(bool(case.claim.value)), found, "" if truth.value is None else reason)


def _nonlinearity(case: Case) -> Finding:
    share = number(case.facts, "nonlinearity")
    if not share.known:
        return case.finding(exists(share), str(share), share.note or "does not exist")
    return case.finding(at_least(share, _fraction(case)), told(share))


def _constant_share(case: Case) -> Finding:
    """Is E[g]^2 at most so much of E[g^2]? The ends of both enclosures decide."""
    most = _fraction(case)
    mean, square = (number(case.facts, "gaussian", key) for key in ("mean", "second_moment"))
    if not (finite(mean).value and finite(square).value):
        raise Undecided("whether the moments are finite, of which one is a share of the other")
    ends = [abs(Fraction(end)) for end in (mean.lower, mean.upper) if end is not None]
    least = Fraction(0) if (mean.lower or 0) <= 0 <= (mean.upper or 0) else min(ends)
    within = max(ends) ** 2 <= most * Fraction(square.lower or 0)
    beyond = least**2 > most * Fraction(square.upper or 0)
    truth = Truth.of(True if within else False if beyond else None, mean, square)
    share = float(mean) ** 2 / float(square) if float(square) else 0.0
    return case.finding(truth, f"{share:.6g}", f"E[g] = {told(mean)} and E[g^2] = {told(square)}")


def _fraction(case: Case) -> Fraction:
    """The stated number as a fraction, with which enclosures are compared."""
    stated = case.number(case.claim.value)
    if not stated.is_Rational:
        raise InputError(f"{case.claim.key} is compared with a fraction, such as 1/2, not with {case.claim.value}")
    return Fraction(int(stated.p), int(stated.q))


def _whole(case: Case) -> Truth:
    """Is g defined on the whole line?"""
    return that(answered(case.facts, "domain"), lambda fact: not fact["undefined"])


def _differentiable(case: Case) -> Finding:
    whole = _whole(case)
    smoothness = answered(case.facts, "smoothness")
    truth = whole & that(smoothness, lambda fact: fact["class"] not in ("discontinuous", "C^0"))
    found = smoothness["class"] if smoothness is not None and truth != UNDECIDED else "?"
    if whole.value is False:
        found = "not defined on the whole line"
    return case.finding(truth.matches(bool(case.claim.value)), found)


# Questions by key, or by the kind of the claim, that facts and verdicts answer.
OF_THE_FACTS: dict[str, Callable[[Case], Finding]] = {
    "sign": _sign,
    "bounded_below": _bounded,
    "bounded_above": _bounded,
    "differentiable": _differentiable,
    "lipschitz_continuous": _lipschitz,
    "nonlinearity_at_least": _nonlinearity,
    "constant_share_at_most": _constant_share,
    "verdict": _verdict,
    "number": _number,
    "interval": _interval,
    "points": _points,
    **dict.fromkeys(
        ("yes or no", "count", "smoothness", "parity", "monotonicity", "convexity", "saturation", "kept value"), _field
    ),
}

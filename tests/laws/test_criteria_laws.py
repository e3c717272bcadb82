"""Laws of the criteria: none of them can tell a function from its mirror image, and only signs tell it from -g."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from test_criteria import (
    CASES,
    FORCED,
    INF,
    PAPER,
    PROVED,
    UNDECIDED,
    bent,
    counts,
    exact,
    facts,
    known_facts,
    moved,
    spans,
)

from propcheck import criteria
from propcheck.criteria import cost, dead_units, differentiability, sparsity, zero_mean
from propcheck.verdict import Fact, Facts, Number

SIDES = {"left": "right", "right": "left", "inf": "sup", "sup": "inf"}


def turned(number: Any) -> Any:
    """The number times -1."""
    if not isinstance(number, Number) or not number.known:
        return number
    exactly = number.exact and (number.exact[1:] if number.exact[0] == "-" else f"-{number.exact}")
    return Number(-number.value, -number.upper, -number.lower, exactly, number.standing, number.note)


def swapped(fields: Mapping[str, Any], change: Any = lambda value: value) -> dict[str, Any]:
    """The fields with the two sides, or the two ends, in each other's place, and their values changed."""
    return {SIDES.get(name, name): change(value) if name in SIDES else value for name, value in fields.items()}


def of(fact: Fact, fields: Mapping[str, Any]) -> Fact:
    return Fact(fact.key, fact.standing, fields, fact.note)


def mirrored(found: Facts) -> Facts:
    """The facts of g(-x), from those of g."""

    def ends(limit: Mapping[str, Any]) -> dict[str, Any]:
        return {"value": limit["value"], "slope": turned(limit["slope"])}

    def changed(key: str, fact: Any) -> Any:
        if not isinstance(fact, Fact) or not fact.fields:
            return fact
        if key == "limits":
            return of(fact, swapped(fact.fields, ends))
        if key == "saturation":
            return of(fact, swapped(fact.fields))
        if key == "derivative_range":
            return of(fact, swapped(fact.fields, turned))
        if "intervals" in fact.fields or "undefined" in fact.fields:
            name = "intervals" if "intervals" in fact.fields else "undefined"
            return of(fact, {**fact.fields, name: [[turned(b), turned(a)] for a, b in reversed(fact[name])]})
        if key == "smoothness":
            kinks = [
                {**kink, "at": turned(kink["at"])}
                | {
                    side: turned(kink[SIDES[side]]) if kink["order"] % 2 else kink[SIDES[side]]
                    for side in SIDES
                    if side in kink
                }
                for kink in reversed(fact["kinks"])
            ]
            return of(fact, {**fact.fields, "kinks": kinks})
        return fact

    return Facts({key: changed(key, fact) for key, fact in found.items()})


def negated(found: Facts) -> Facts:
    """The facts of -g, from those of g."""

    def changed(key: str, fact: Any) -> Any:
        if not isinstance(fact, Fact) or not fact.fields:
            return fact
        if key == "limits":
            sides = {side: {name: turned(n) for name, n in limit.items()} for side, limit in fact.fields.items()}
            return of(fact, sides)
        if key in ("range", "derivative_range"):
            return of(fact, swapped(fact.fields, turned))
        if key == "gaussian":
            return of(fact, {**fact.fields, "mean": turned(fact["mean"])})
        if key == "smoothness":
            kinks = [kink | {side: turned(kink[side]) for side in ("left", "right")} for kink in fact["kinks"]]
            return of(fact, {**fact.fields, "kinks": kinks})
        return fact

    return Facts({key: changed(key, fact) for key, fact in found.items()})


BY_HAND = [(page, changes) for page, *_, changes in (*CASES, *UNDECIDED, *FORCED)]


@pytest.mark.parametrize("turn", [mirrored, negated])
def test_a_verdict_is_that_of_the_mirror_image_and_of_the_opposite(turn):
    for page, changes in BY_HAND:
        found = facts(**changes)
        before, after = page.judge(found), page.judge(turn(found))
        assert (after.verdict, after.standing, after.measure) == (before.verdict, before.standing, before.measure)


@pytest.mark.parametrize("turn", [mirrored, negated])
@pytest.mark.parametrize("name", PAPER)
def test_no_function_of_the_paper_is_told_from_its_mirror_image_or_its_opposite(name, turn):
    found = known_facts(name)
    for before, after in zip(criteria.judge(found), criteria.judge(turn(found)), strict=True):
        assert (after.key, after.verdict, after.standing) == (before.key, before.verdict, before.standing)


def gaps(*intervals: tuple[float, float]) -> dict[str, Fact]:
    return bent("C^inf") | {"domain": Fact("domain", PROVED, {"undefined": spans(*intervals)})}


def region(mass: Number) -> dict[str, Fact]:
    return {"zero_region": Fact("zero_region", PROVED, {"mass": mass})}


WORDS = [
    # page, changes of the identity's facts, verdict, reasons
    (differentiability, gaps((2, INF)), "fails", ("not defined above 2",)),
    (differentiability, gaps((-1, 1)), "fails", ("not defined between -1 and 1",)),
    (differentiability, gaps((-INF, -2), (3, 3), (5, INF)), "fails", ("not defined below -2, at 3 and above 5",)),
    (
        differentiability,
        bent("C^0", (0, 1, INF, INF), (1, 1, 0, 1)),
        "fails",
        ("continuous, at 0, where the slope goes from inf to inf",),
    ),
    (
        differentiability,
        bent("C^0", (-1, 1, None, 0.5), (1, 1, 1, -INF)),
        "fails",
        ("continuous: at -1, where the slope goes from no limit to 0.5 and at 1, where the slope goes from 1 to -inf",),
    ),
    (
        differentiability,
        bent("discontinuous", (0, 0, -1, 1), (2, 1, 0, 1)),
        "fails",
        ("discontinuous, at 0, where the value jumps from -1 to 1",),
    ),
    (zero_mean, moved(mean=0.25), "partly", ("abs mean / standard deviation = 0.25", "E[g] = 0 for z ~ N(0, 1)")),
    (zero_mean, moved(mean=INF), "fails", ("abs mean / standard deviation = inf", "E[g] = 0 for z ~ N(0, 1)")),
    (
        sparsity,
        region(exact("1/4")) | moved(sparse=0.3),
        "holds",
        ("0.3 of the outputs are one value", "P[g(z) = 0] = 1/4 for z ~ N(0, 1)"),
    ),
    (sparsity, region(exact(0)) | moved(sparse=0.2), "partly", ("0.2 of the outputs are one value",)),
    (dead_units, moved(dead=0.125), "partly", ("12.5 % of the signals meet no slope",)),
    (cost, {}, "holds", ("about 1 times ReLU's time, 0.5 to 2", "value and derivative together: no operation")),
    (
        cost,
        {"cost": counts(compare=1, inputs=3, draws=2, time=6.5)},
        "fails",
        (
            "about 6.5 times ReLU's time, 3.2 to 13",
            "value and derivative together: 1 comparison",
            "2 random draws for each value",
            "3 linear forms for each unit, so 3 times the weights",
        ),
    ),
    (
        cost,
        {"cost": counts(div=2, transcendental=1, everywhere=True, time=20.0)},
        "fails",
        (
            "about 20 times ReLU's time, 10 to 40",
            "value and derivative together: 2 divisions and 1 transcendental function",
        ),
    ),
]


@pytest.mark.parametrize(
    ("page", "changes", "word", "reasons"), WORDS, ids=[f"{row[0].KEY}-{k}" for k, row in enumerate(WORDS)]
)
def test_the_verdict_and_its_reasons_read(page, changes, word, reasons):
    found = page.judge(facts(**changes))
    assert (found.verdict, found.reasons) == (word, reasons)


@pytest.mark.parametrize("page", [dead_units, zero_mean])
@pytest.mark.parametrize(
    "ends", [(0.0, 0.01), (0.01, 0.03), (0.03, 0.05), (0.09, 0.11), (0.2, 0.3), (0.4, 0.6), (0.6, 1)]
)
def test_a_measure_is_above_a_threshold_where_its_whole_enclosure_is(page, ends):
    name = {dead_units: "dead", zero_mean: "mean"}[page]
    found = page.judge(facts(**moved(**{name: Number(sum(ends) / 2, *ends)})))
    low, high = (float(page.USUAL[word]) for word in ("holds", "partly"))
    if ends[1] <= low:
        assert found.verdict == "holds"
    elif ends[0] > high:
        assert found.verdict == "fails"
    else:
        assert found.verdict == ("partly" if ends[0] > low and ends[1] <= high else "open")

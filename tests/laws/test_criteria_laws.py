"""Laws of the criteria: none of them can tell a function from its mirror image, and only signs tell it from -g."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from test_criteria import (
    CASES,
    FORCED,
    INF,
    NOT_AFFINE,
    PAPER,
    PROVED,
    UNDECIDED,
    counts,
    edge,
    exact,
    facts,
    gaussian,
    known_facts,
    limits,
    slopes,
    smooth,
    spans,
    within,
)

from propcheck import criteria
from propcheck.criteria import (
    convergence,
    cost,
    differentiability,
    gradient_flow,
    noise_robustness,
    sparsity,
    zero_mean,
)
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
BY_HAND += [
    (gradient_flow, {"limits": slopes(None, None), "derivative_range": of(Fact("", PROVED), ends)})
    for ends in ({"inf": exact(1), "sup": exact(3)}, {"inf": exact(0), "sup": exact(3)})
]


@pytest.mark.parametrize("turn", [mirrored, negated])
def test_a_verdict_is_that_of_the_mirror_image_and_of_the_opposite(turn):
    for page, changes in BY_HAND:
        found = facts(**changes)
        before, after = page.judge(found), page.judge(turn(found))
        assert (after.verdict, after.standing, after.measure) == (before.verdict, before.standing, before.measure)


@pytest.mark.parametrize("turn", [mirrored, negated])
@pytest.mark.parametrize("name", [*PAPER][::3])
def test_no_function_of_the_paper_is_told_from_its_mirror_image_or_its_opposite(name, turn):
    found = known_facts(name)
    for before, after in zip(criteria.judge(found), criteria.judge(turn(found)), strict=True):
        assert (after.key, after.verdict, after.standing) == (before.key, before.verdict, before.standing)


def gaps(*intervals: tuple[float, float]) -> dict[str, Fact]:
    return {"affine": NOT_AFFINE, "domain": Fact("domain", PROVED, {"undefined": spans(*intervals)})}


def region(mass: Number, near: Number) -> dict[str, Fact]:
    return {"zero_region": Fact("zero_region", PROVED, {"mass": mass, "near": near})}


WORDS = [
    # page, changes of the identity's facts, verdict, reasons
    (differentiability, gaps((2, INF)), "fails", ("not defined above 2",)),
    (differentiability, gaps((-1, 1)), "fails", ("not defined between -1 and 1",)),
    (differentiability, gaps((-INF, -2), (3, 3), (5, INF)), "fails", ("not defined below -2, at 3 and above 5",)),
    (
        differentiability,
        {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (0, 1, INF, INF), (1, 1, 0, 1))},
        "fails",
        ("continuous, at 0, where the slope goes from inf to inf",),
    ),
    (
        differentiability,
        {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (-1, 1, None, 0.5), (1, 1, 1, -INF))},
        "fails",
        ("continuous: at -1, where the slope goes from no limit to 0.5 and at 1, where the slope goes from 1 to -inf",),
    ),
    (
        differentiability,
        {"affine": NOT_AFFINE, "smoothness": smooth("discontinuous", (0, 0, -1, 1), (2, 1, 0, 1))},
        "fails",
        ("discontinuous, at 0, where the value jumps from -1 to 1",),
    ),
    (
        gradient_flow,
        {"limits": slopes(None, None), "derivative_range": Fact("", PROVED, {"inf": exact(-3), "sup": exact(-1)})},
        "holds",
        (
            "the slope has no limit on both sides",
            "abs slopes are at most 1",
            "take weight variance 1, bias variance 0: a critical initialisation that keeps every length",
        ),
    ),
    (
        gradient_flow,
        {"limits": limits((-INF, -1), (0, 0)), "lipschitz": exact(2), "edge_of_chaos": edge("vanishing length")},
        "holds",
        (
            "the slope tends to -1 on the left and tends to 0 on the right",
            "abs slopes are at most 2",
            "take weight variance 1, bias variance 0: a critical initialisation in the limit of length 0",
        ),
    ),
    (gradient_flow, {"limits": limits((-1, 0), (1, 0))}, "fails", ("the slope goes to 0 on both sides",)),
    (
        zero_mean,
        {"gaussian": gaussian(exact(3), exact(INF), exact(INF), exact(1))},
        "open",
        ("the standard deviation is infinite, so it is no measure for the mean",),
    ),
    (
        zero_mean,
        {"gaussian": gaussian(exact(3), Number.missing("was not found"), exact(10), exact(1))},
        "open",
        ("the standard deviation of the outputs is not decided",),
    ),
    (
        zero_mean,
        {"gaussian": gaussian(exact(-1), exact(16), exact(17), exact(1))},
        "partly",
        ("mean -1", "standard deviation 4", "the ratio 0.25 is at most 0.5"),
    ),
    (
        zero_mean,
        {"gaussian": gaussian(exact(1), exact("25/4"), exact("29/4"), exact(1))},
        "partly",
        ("mean 1", "standard deviation 2.5", "the ratio 0.4 is at most 0.5"),
    ),
    (
        zero_mean,
        {"range": Fact("range", PROVED, {"inf": exact(-2), "sup": exact(0)})},
        "fails",
        ("no output is positive", "mean 0", "standard deviation 1"),
    ),
    (
        zero_mean,
        {"gaussian": gaussian(exact(-INF), exact(INF), exact(INF), exact(1))},
        "fails",
        ("the mean is infinite",),
    ),
    (sparsity, region(exact("1/4"), within(0.5)), "holds", ("P[g(z) = 0] = 1/4",)),
    (sparsity, region(exact("1/5"), within(0.5)), "partly", ("P[g(z) = 0] = 1/5",)),
    (sparsity, region(exact(0), exact("1/4")), "partly", ("P[g(z) = 0] = 0", "P[g(z) near 0] = 1/4")),
    (sparsity, region(exact(0), exact("1/5")), "fails", ("P[g(z) = 0] = 0", "P[g(z) near 0] = 1/5")),
    (
        convergence,
        {"gaussian": gaussian(exact(0), exact(1), exact(1), exact("7/10"))},
        "partly",
        ("elasticity 7/10, between 0.65 and 0.8",),
    ),
    (
        noise_robustness,
        {"saturation": Fact("saturation", PROVED, {"left": "none", "right": "soft"})},
        "holds",
        ("saturates softly on the right", "Lipschitz constant 1"),
    ),
    (
        noise_robustness,
        {"saturation": Fact("saturation", PROVED, {"left": "hard", "right": "hard"}), "lipschitz": exact("1/2")},
        "holds",
        ("saturates hard on both sides", "Lipschitz constant 1/2"),
    ),
    (noise_robustness, {}, "partly", ("saturates on neither side", "Lipschitz constant 1")),
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


def ratio(mean: tuple[float, float], variance: tuple[float, float]) -> tuple[float, float]:
    """The ends of the ratio that zero_mean measures, by the corners of the box."""
    ends = [abs(m) / math.sqrt(v) for m in mean for v in variance]
    return 0.0 if mean[0] <= 0 <= mean[1] else min(ends), max(ends)


@pytest.mark.parametrize("mean", [(0.29, 0.31), (-0.31, -0.29), (-0.02, 0.01), (0.99, 1.01), (-0.06, -0.04)])
@pytest.mark.parametrize("variance", [(0.9, 1.1), (3.9, 4.1), (0.0441, 0.05)])
def test_a_ratio_is_above_a_threshold_where_its_whole_enclosure_is(mean, variance):
    inner = [Number(sum(ends) / 2, *ends) for ends in (mean, variance)]
    found = zero_mean.judge(facts(gaussian=gaussian(*inner, exact(1), exact(1))))
    low, high = ratio(mean, variance)
    if low > 0.5:
        assert found.verdict == "fails"
    elif high <= 0.1:
        assert found.verdict == "holds"
    elif low > 0.1 and high <= 0.5:
        assert found.verdict == "partly"
    else:
        assert found.verdict == "open"

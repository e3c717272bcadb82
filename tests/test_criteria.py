"""The eight pages against facts built by hand: the paper's functions, thresholds from both sides, open facts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import pytest

from propcheck import analysis, criteria
from propcheck.activation import from_spec
from propcheck.criteria import (
    convergence,
    cost,
    dead_units,
    differentiability,
    gradient_flow,
    noise_robustness,
    sparsity,
    zero_mean,
)
from propcheck.spec import CRITERIA, from_text
from propcheck.verdict import Fact, Facts, Number, Standing, Verdict

INF = math.inf
PROVED, ENCLOSED, COMPUTED, OPEN = Standing.PROVED, Standing.ENCLOSED, Standing.COMPUTED, Standing.OPEN


# ---------------------------------------------------------------------------------------------- facts by hand


def exact(value: float | str) -> Number:
    """A number known exactly: 0.5 or "1/3"."""
    if isinstance(value, str):
        top, _, bottom = value.partition("/")
        middle = int(top) / int(bottom or 1)
        return Number(middle, math.nextafter(middle, -INF), math.nextafter(middle, INF), value, PROVED)
    if math.isinf(value):
        return Number(value, value, value, "oo" if value > 0 else "-oo", PROVED)
    return Number(value, value, value, f"{value:g}", PROVED)


def within(value: float, radius: float = 1e-13, standing: Standing = ENCLOSED) -> Number:
    """A number known to lie within the radius of a value."""
    return Number(value, value - radius, value + radius, None, standing)


NONE = Number.missing("does not exist", PROVED)
UNKNOWN = Number.missing("was not found")


def spans(*intervals: tuple[float, float]) -> list[list[Number]]:
    return [[exact(lower), exact(upper)] for lower, upper in intervals]


def facts(**changes: Fact | Number) -> Facts:
    """The identity's facts, apart from the changes: affine, alive everywhere, mean 0."""
    base: dict[str, Fact | Number] = {
        "domain": Fact("domain", PROVED, {"undefined": []}),
        "smoothness": Fact("smoothness", PROVED, {"class": "C^inf", "kinks": []}),
        "affine": Fact("affine", PROVED, {"value": True}),
        "range": Fact("range", PROVED, {"inf": exact(-INF), "sup": exact(INF)}),
        "derivative_range": Fact("derivative_range", PROVED, {"inf": exact(1), "sup": exact(1)}),
        "lipschitz": exact(1),
        "limits": limits((-INF, 1), (INF, 1)),
        "saturation": Fact("saturation", PROVED, {"left": "none", "right": "none"}),
        "dead_region": Fact("dead_region", PROVED, {"intervals": [], "mass": exact(0)}),
        "zero_region": Fact("zero_region", PROVED, {"intervals": [], "mass": exact(0), "near": within(0.08)}),
        "gaussian": gaussian(exact(0), exact(1), exact(1), exact(1)),
        "criticality": Fact(
            "criticality", PROVED, {"exists": True, "q": exact(1), "sigma_w2": exact(1), "sigma_b2": exact(0)}
        ),
        "edge_of_chaos": edge(),
        "cost": counts(),
    }
    return Facts(base | changes)


KEPT = {"kind": "kept", "scale": None, "exponent": None, "coefficient": None, "said": "not at all"}
FALLING = {"kind": "exponential", "scale": 3.0, "exponent": None, "coefficient": None, "said": "like exp(-l/3)"}
NO_INITIALISATION = Fact("criticality", PROVED, {"exists": False})


def edge(kind: str = "every length", stay: bool = True, standing: Standing = PROVED, **laws: Any) -> Fact:
    """The fact `edge_of_chaos`."""
    numbers = {"q": exact(1), "sigma_w2": exact(1), "sigma_b2": exact(0), "chi_parallel": 1.0}
    fields = {"kind": kind, "lengths_stay": stay, **numbers, "length": KEPT, "correlation": None}
    return Fact("edge_of_chaos", standing, fields | laws)


def gaussian(mean: Number, variance: Number, square: Number, elasticity: Number) -> Fact:
    fields = {"mean": mean, "variance": variance, "second_moment": square, "elasticity": elasticity}
    return Fact("gaussian", ENCLOSED, fields)


def limits(left: tuple[float, float], right: tuple[float, float], standing: Standing = PROVED) -> Fact:
    sides = {
        side: {"value": exact(value), "slope": exact(slope)}
        for side, (value, slope) in (("left", left), ("right", right))
    }
    return Fact("limits", standing, sides)


def slopes(left: Number | None, right: Number | None, standing: Standing = PROVED) -> Fact:
    return Fact("limits", standing, {"left": {"value": None, "slope": left}, "right": {"value": None, "slope": right}})


def smooth(kind: str, *kinks: tuple[float, int, float | None, float | None]) -> Fact:
    """The fact `smoothness`, kinks given as (at, order, left, right)."""

    def side(value: float | None) -> Number | None:
        return None if value is None else exact(value)

    listed = [
        {"at": exact(at), "order": order, "left": side(left), "right": side(right)} for at, order, left, right in kinks
    ]
    return Fact("smoothness", PROVED, {"class": kind, "kinks": listed})


def counts(add=0, mul=0, div=0, compare=0, transcendental=0, everywhere=False, inputs=1, draws=0, time=1.0) -> Fact:
    """The fact `cost` with these counts for value and derivative together, and this time."""
    together = {"add": add, "mul": mul, "div": div, "compare": compare, "transcendental": transcendental}
    fields = {"value": together, "derivative": together, "together": together, "saves": "input", "parameters": 0}
    extra = {"transcendental_everywhere": everywhere, "inputs": inputs, "draws": draws}
    extra |= {"relative_time": Number(time, time / 2, time * 2, standing=COMPUTED)}
    return Fact("cost", PROVED, fields | extra)


# ---------------------------------------------------------------------------------------------- the paper's seventeen


@dataclass(frozen=True)
class Known:
    """What is known of a function without this project: its formula and the facts that are read off it by eye."""

    g: Callable
    slope: Callable
    smoothness: Fact
    range: tuple[float, float]
    limits: Fact
    saturation: tuple[str, str]
    cost: Fact
    lipschitz: float = 1.0
    dead: tuple[tuple[float, float], ...] = ()
    zero: tuple[tuple[float, float], ...] = ()


def s(x):
    return 1 / (1 + mpmath.exp(-x))


def halves(negative: Callable) -> Callable:
    """x on the right, the given function on the left."""
    return lambda x: x if x >= 0 else negative(x)


def leaky(slope: float, draws: int = 0) -> Known:
    return Known(
        halves(lambda x: slope * x),
        lambda x: 1 if x >= 0 else slope,
        smooth("C^0", (0, 1, slope, 1)),
        (-INF, INF),
        limits((-INF, slope), (INF, 1)),
        ("none", "none"),
        counts(mul=1, compare=1, draws=draws, time=8 if draws else 2.4),
    )


def rectifier(cost: Fact) -> Known:
    return Known(
        halves(lambda x: mpmath.mpf(0)),
        lambda x: 1 if x >= 0 else 0,
        smooth("C^0", (0, 1, 0, 1)),
        (0, INF),
        limits((0, 0), (INF, 1)),
        ("hard", "none"),
        cost,
        dead=((-INF, 0),),
        zero=((-INF, 0),),
    )


EXP = counts(add=1, compare=1, transcendental=1, time=2.3)
EXP_EVERYWHERE = counts(add=2, mul=2, div=1, transcendental=1, everywhere=True, time=4.2)
SMOOTH = smooth("C^inf")
# The largest slopes of Swish and Xwish, from the second derivative's zero at 50 digits.
SWISH_SLOPE, XWISH_SLOPE = 1.0998393201288, 1.0817451847

PAPER = {
    "sigmoid": Known(
        s, lambda x: s(x) * (1 - s(x)), SMOOTH, (0, 1), limits((0, 0), (1, 0)), ("soft", "soft"), EXP_EVERYWHERE, 0.25
    ),
    "tanh": Known(
        mpmath.tanh,
        lambda x: 1 - mpmath.tanh(x) ** 2,
        SMOOTH,
        (-1, 1),
        limits((-1, 0), (1, 0)),
        ("soft", "soft"),
        EXP_EVERYWHERE,
    ),
    "relu": rectifier(counts(compare=1)),
    "noisy_relu": rectifier(counts(add=1, mul=1, div=1, compare=1, transcendental=2, draws=1, time=17)),
    "leaky_relu": leaky(0.01),
    "prelu": leaky(0.25),
    "rrelu": leaky(11 / 48, draws=1),
    "relu6": Known(
        lambda x: min(max(0 * x, x), 6),
        lambda x: 1 if 0 < x < 6 else 0,
        smooth("C^0", (0, 1, 0, 1), (6, 1, 1, 0)),
        (0, 6),
        limits((0, 0), (6, 0)),
        ("hard", "hard"),
        counts(compare=2, time=2),
        dead=((-INF, 0), (6, INF)),
        zero=((-INF, 0),),
    ),
    "swish": Known(
        lambda x: x * s(x),
        lambda x: s(x) + x * s(x) * (1 - s(x)),
        SMOOTH,
        (-0.2784645427610738, INF),
        limits((0, 0), (INF, 1)),
        ("soft", "none"),
        EXP_EVERYWHERE,
        SWISH_SLOPE,
    ),
    "xwish": Known(
        lambda x: x * (mpmath.atan(x) + mpmath.pi / 2) / mpmath.pi,
        lambda x: (mpmath.atan(x) + mpmath.pi / 2) / mpmath.pi + x / (1 + x * x) / mpmath.pi,
        SMOOTH,
        (-1 / math.pi, INF),
        limits((-1 / math.pi, 0), (INF, 1)),
        ("soft", "none"),
        EXP_EVERYWHERE,
        XWISH_SLOPE,
    ),
    "maxout": Known(
        abs,
        lambda x: 1 if x >= 0 else -1,
        smooth("C^0", (0, 1, -1, 1)),
        (0, INF),
        limits((INF, -1), (INF, 1)),
        ("none", "none"),
        counts(compare=1, inputs=2),
    ),
    "elu": Known(
        halves(mpmath.expm1),
        lambda x: 1 if x >= 0 else mpmath.exp(x),
        smooth("C^1", (0, 2, 1, 0)),
        (-1, INF),
        limits((-1, 0), (INF, 1)),
        ("soft", "none"),
        EXP,
    ),
    "trelu": Known(
        halves(mpmath.tanh),
        lambda x: 1 if x >= 0 else 1 - mpmath.tanh(x) ** 2,
        smooth("C^2", (0, 3, -2, 0)),
        (-1, INF),
        limits((-1, 0), (INF, 1)),
        ("soft", "none"),
        EXP,
    ),
    "softplus": Known(
        lambda x: mpmath.log1p(mpmath.exp(x)),
        s,
        SMOOTH,
        (0, INF),
        limits((0, 0), (INF, 1)),
        ("soft", "none"),
        EXP_EVERYWHERE,
    ),
    "softsign": Known(
        lambda x: x / (1 + abs(x)),
        lambda x: 1 / (1 + abs(x)) ** 2,
        smooth("C^1", (0, 2, 2, -2)),
        (-1, 1),
        limits((-1, 0), (1, 0)),
        ("soft", "soft"),
        counts(add=1, mul=1, div=1, compare=1, time=4.5),
    ),
    "relu_softplus": Known(
        halves(lambda x: mpmath.log1p(mpmath.exp(x)) - mpmath.log(2)),
        lambda x: 1 if x >= 0 else s(x),
        smooth("C^0", (0, 1, 0.5, 1)),
        (-math.log(2), INF),
        limits((-math.log(2), 0), (INF, 1)),
        ("soft", "none"),
        EXP,
    ),
    "relu_softsign": Known(
        halves(lambda x: x / (1 - x)),
        lambda x: 1 if x >= 0 else 1 / (1 - x) ** 2,
        smooth("C^1", (0, 2, 2, 0)),
        (-1, INF),
        limits((-1, 0), (INF, 1)),
        ("soft", "none"),
        counts(add=1, mul=1, div=1, compare=1, time=4.5),
    ),
}


def normal(x):
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def expected(function: Callable) -> Any:
    """E[function(z)] for z ~ N(0, 1), cut at the kinks of the seventeen."""
    return mpmath.quad(lambda z: function(z) * normal(z), [-12, -3, 0, 3, 6, 12])


def mass(*intervals: tuple[float, float]) -> Number:
    """P[z in the intervals]."""
    total = sum(mpmath.ncdf(upper) - mpmath.ncdf(lower) for lower, upper in intervals)
    return exact("1/2") if intervals == ((-INF, 0),) else within(float(total))


def near_zero(known: Known, square: float) -> Number:
    """P[abs g(z) <= a tenth of the root mean square], by counting on a grid."""
    bound, step = float(mpmath.sqrt(square)) / 10, 1 / 32
    grid = [step * (k + 0.5) for k in range(-200, 200)]
    found = sum(step * math.exp(-z * z / 2) for z in grid if abs(known.g(mpmath.mpf(z))) <= bound)
    return within(found / math.sqrt(2 * math.pi), 0.02, COMPUTED)


@cache
def known_facts(name: str) -> Facts:
    known = PAPER[name]
    with mpmath.workdps(20):
        mean, square = expected(known.g), expected(lambda z: known.g(z) ** 2)
        elasticity = expected(lambda z: z * known.g(z) * known.slope(z)) / square
        near = near_zero(known, square)
    left, right = known.saturation
    steepest = known.lipschitz
    odd = abs(mean) < 1e-15
    slope_range = {"inf": exact(0), "sup": exact(steepest)}
    return facts(
        smoothness=known.smoothness,
        affine=Fact("affine", PROVED, {"value": False}),
        range=Fact("range", PROVED, {"inf": exact(known.range[0]), "sup": exact(known.range[1])}),
        derivative_range=Fact("derivative_range", PROVED, slope_range),
        lipschitz=exact(steepest),
        limits=known.limits,
        saturation=Fact("saturation", PROVED, {"left": left, "right": right}),
        dead_region=Fact("dead_region", PROVED, {"intervals": spans(*known.dead), "mass": mass(*known.dead)}),
        zero_region=Fact(
            "zero_region",
            PROVED,
            {"intervals": spans(*known.zero), "mass": mass(*known.zero) if known.zero else exact(0), "near": near},
        ),
        gaussian=gaussian(
            exact(0) if odd else within(float(mean)),
            within(float(square - mean**2)),
            within(float(square)),
            within(float(elasticity)),
        ),
        cost=known.cost,
    )


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, Verdict]]:
    return {name: {verdict.key: verdict for verdict in criteria.judge(known_facts(name))} for name in PAPER}


# Section 2 of the paper, a row for each function: + satisfies or relieves, - fails or brings in, a space: not said.
SECTION_2 = {
    "sigmoid": "+- +--- ",
    "tanh": "+- +--- ",
    "relu": " +--+++ ",
    "noisy_relu": "  +     ",
    "leaky_relu": "  +     ",
    "prelu": "  +     ",
    "rrelu": "  +     ",
    "relu6": "     + +",
    "swish": "  ++    ",
    "xwish": "  ++    ",
    "maxout": "  + -   ",
    "elu": "  ++   +",
    "trelu": "  ++   +",
    "relu_softplus": "  ++  ++",
    "relu_softsign": "  ++  ++",
}
# Where section 2 says what another section denies.
PAPER_DENIES_ITSELF = {("sigmoid", "zero_mean"), ("noisy_relu", "dead_units")}
# What takes at most a few times ReLU's time is not dear beside the products of its layer, whatever the paper says.
CHEAPER_THAN_SAID = {("sigmoid", "cost"), ("tanh", "cost")}
SIGNS = [
    (name, key, sign) for name, row in SECTION_2.items() for key, sign in zip(CRITERIA, row, strict=True) if sign != " "
]


def test_every_function_of_the_paper_has_a_verdict_on_every_criterion(table):
    assert len(table) == 17
    assert {verdict.verdict for row in table.values() for verdict in row.values()} == {"holds", "partly", "fails"}


@pytest.mark.parametrize(("name", "key", "sign"), SIGNS, ids=lambda part: part if len(part) > 1 else "")
def test_the_rules_give_the_papers_table_back(table, name, key, sign):
    agrees = table[name][key].verdict in (("holds", "partly") if sign == "+" else ("fails",))
    assert agrees != ((name, key) in PAPER_DENIES_ITSELF | CHEAPER_THAN_SAID)


def test_prose_verdicts_of_the_paper_come_back(table):
    assert table["sigmoid"]["zero_mean"].verdict == "fails"
    assert table["noisy_relu"]["dead_units"].verdict == "fails"
    assert table["noisy_relu"]["zero_mean"].verdict == "fails"
    assert table["softsign"]["zero_mean"].verdict == "holds"
    assert table["trelu"]["gradient_flow"].verdict == "holds"


def test_keys_and_numbers_are_those_of_the_contract(table):
    for row in table.values():
        assert tuple(row) == CRITERIA
        assert [verdict.number for verdict in row.values()] == list(range(1, 9))


def test_every_page_states_its_rule_and_its_thresholds():
    for item in criteria.STANDARDS:
        assert set(item.rule) == {"holds", "partly", "fails"} and not item.changed
        told = " ".join(item.rule.values())
        assert "{" not in told
        assert all(f"{value:g}" in told for value in item.bounds.values() if isinstance(value, float))


def test_every_verdict_has_reasons_and_a_named_measure(table):
    for row in table.values():
        for verdict in row.values():
            assert verdict.reasons and verdict.measure and verdict.measure["name"]


# ---------------------------------------------------------------------------------------------- rules from both sides

NOT_AFFINE = Fact("affine", PROVED, {"value": False})
CASES = [
    # page, word, changes of the identity's facts
    (differentiability, "fails", {}),
    (differentiability, "holds", {"affine": NOT_AFFINE}),
    (differentiability, "holds", {"affine": NOT_AFFINE, "smoothness": smooth("C^1", (0, 2, 0, 1))}),
    (differentiability, "partly", {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (0, 1, 0, 1))}),
    (differentiability, "fails", {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (0, 1, INF, INF))}),
    (differentiability, "fails", {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (0, 1, None, 1))}),
    (differentiability, "fails", {"affine": NOT_AFFINE, "smoothness": smooth("discontinuous", (0, 0, 0, 1))}),
    (
        differentiability,
        "fails",
        {"affine": NOT_AFFINE, "domain": Fact("domain", PROVED, {"undefined": spans((-INF, 0))})},
    ),
    (gradient_flow, "holds", {}),
    (gradient_flow, "holds", {"limits": limits((0, 0), (INF, 1))}),
    (gradient_flow, "fails", {"limits": limits((0, 0), (1, 0))}),
    (gradient_flow, "fails", {"lipschitz": exact(INF)}),
    (gradient_flow, "partly", {"criticality": NO_INITIALISATION}),
    (gradient_flow, "partly", {"edge_of_chaos": edge("none", False)}),
    (gradient_flow, "partly", {"edge_of_chaos": edge("edge", False)}),  # there, but lengths move away
    (gradient_flow, "holds", {"edge_of_chaos": edge("edge", length=FALLING, correlation=FALLING)}),
    (gradient_flow, "holds", {"criticality": Fact("criticality", OPEN)}),  # the other fact knows
    (
        gradient_flow,  # the sine: slopes without a limit, bounded
        "partly",
        {"limits": slopes(None, None), "range": Fact("range", PROVED, {"inf": exact(-1), "sup": exact(1)})}
        | {"derivative_range": Fact("derivative_range", PROVED, {"inf": exact(-1), "sup": exact(1)})},
    ),
    (gradient_flow, "holds", {"limits": slopes(None, None)}),  # slopes without a limit, but at least 1 everywhere
    (
        gradient_flow,
        "fails",
        {"limits": slopes(None, None), "range": Fact("range", PROVED, {"inf": exact(-1), "sup": exact(1)})}
        | {"derivative_range": Fact("derivative_range", PROVED, {"inf": exact(-1), "sup": exact(1)})}
        | {"criticality": NO_INITIALISATION},
    ),
    (dead_units, "holds", {}),
    (dead_units, "partly", {"dead_region": Fact("dead_region", PROVED, {"intervals": spans((-1, 1))})}),
    (dead_units, "fails", {"dead_region": Fact("dead_region", PROVED, {"intervals": spans((-1, 1), (2, INF))})}),
    (zero_mean, "holds", {}),
    (zero_mean, "holds", {"gaussian": gaussian(exact("1/10"), exact(1), exact(1), exact(1))}),
    (zero_mean, "partly", {"gaussian": gaussian(exact(1), exact(4), exact(5), exact(1))}),
    (zero_mean, "holds", {"gaussian": gaussian(within(0.0999), exact(1), exact(1), exact(1))}),
    (zero_mean, "partly", {"gaussian": gaussian(within(0.1001), exact(1), exact(1), exact(1))}),
    (zero_mean, "partly", {"gaussian": gaussian(within(-0.4999), exact(1), exact(1), exact(1))}),
    (zero_mean, "fails", {"gaussian": gaussian(within(-0.5001), exact(1), exact(1), exact(1))}),
    (zero_mean, "fails", {"gaussian": gaussian(exact(INF), exact(INF), exact(INF), NONE)}),
    (zero_mean, "fails", {"gaussian": gaussian(NONE, NONE, exact(INF), NONE)}),
    (zero_mean, "fails", {"gaussian": gaussian(exact(2), exact(0), exact(4), exact(0))}),
    (zero_mean, "holds", {"gaussian": gaussian(exact(0), exact(INF), exact(INF), NONE)}),
    (zero_mean, "fails", {"range": Fact("range", PROVED, {"inf": exact(0), "sup": exact(1)})}),
    (zero_mean, "fails", {"range": Fact("range", PROVED, {"inf": exact(-1), "sup": exact(0)})}),
    (cost, "holds", {}),
    (cost, "holds", {"cost": counts(time=3.0)}),
    (cost, "holds", {"cost": counts(transcendental=1, everywhere=True, time=2.9)}),
    (cost, "partly", {"cost": counts(time=3.01)}),
    (cost, "partly", {"cost": counts(time=10.0)}),
    (cost, "fails", {"cost": counts(time=10.1)}),
    (cost, "fails", {"cost": counts(inputs=2)}),
    (sparsity, "fails", {}),
    (sparsity, "holds", {"zero_region": Fact("zero_region", PROVED, {"mass": exact("1/4"), "near": within(0.3)})}),
    (sparsity, "partly", {"zero_region": Fact("zero_region", PROVED, {"mass": within(0.2499), "near": UNKNOWN})}),
    (sparsity, "partly", {"zero_region": Fact("zero_region", PROVED, {"mass": exact(0), "near": within(0.26)})}),
    (sparsity, "fails", {"zero_region": Fact("zero_region", PROVED, {"mass": exact(0), "near": within(0.24)})}),
    (convergence, "holds", {}),
    (convergence, "holds", {"gaussian": gaussian(exact(0), exact(1), exact(1), exact("4/5"))}),
    (convergence, "partly", {"gaussian": gaussian(exact(0), exact(1), exact(1), within(0.7999))}),
    (convergence, "partly", {"gaussian": gaussian(exact(0), exact(1), exact(1), exact("13/20"))}),
    (convergence, "fails", {"gaussian": gaussian(exact(0), exact(1), exact(1), within(0.6499))}),
    (convergence, "fails", {"gaussian": gaussian(exact(0), exact(INF), exact(INF), NONE)}),
    (convergence, "fails", {"gaussian": gaussian(exact(0), exact(0), exact(0), NONE)}),
    (noise_robustness, "partly", {}),
    (noise_robustness, "holds", {"saturation": Fact("saturation", PROVED, {"left": "soft", "right": "none"})}),
    (noise_robustness, "holds", {"saturation": Fact("saturation", PROVED, {"left": "none", "right": "hard"})}),
    (noise_robustness, "fails", {"lipschitz": exact(INF)}),
    (noise_robustness, "fails", {"smoothness": smooth("discontinuous", (0, 0, 0, 1))}),
]


@pytest.mark.parametrize(
    ("page", "word", "changes"), CASES, ids=[f"{page.KEY}-{word}-{n}" for n, (page, word, _) in enumerate(CASES)]
)
def test_the_rule_gives(page, word, changes):
    found = page.judge(facts(**changes))
    assert found.verdict == word, found.reasons
    assert found.standing is not OPEN and found.reasons


# ---------------------------------------------------------------------------------------------- what is not decided

STRADDLES = Number(0.0, -1e-22, 1e-22, None, ENCLOSED)
SLIGHT = gaussian(within(0.01), exact(1), exact(1), exact(1))
UNDECIDED = [
    (differentiability, {"affine": Fact("affine", OPEN)}),
    (differentiability, {"affine": NOT_AFFINE, "smoothness": Fact("smoothness", OPEN)}),
    (differentiability, {"affine": NOT_AFFINE, "domain": Fact("domain", OPEN)}),
    (differentiability, {"affine": NOT_AFFINE, "smoothness": smooth("C^0")}),
    (gradient_flow, {"lipschitz": UNKNOWN}),
    (gradient_flow, {"lipschitz": Number(3.0, 2.0, INF, None, ENCLOSED)}),
    (gradient_flow, {"edge_of_chaos": Fact("edge_of_chaos", OPEN)}),
    (gradient_flow, {"edge_of_chaos": Fact("edge_of_chaos", OPEN), "criticality": Fact("criticality", OPEN)}),
    (gradient_flow, {"limits": slopes(exact(0), STRADDLES), "derivative_range": Fact("derivative_range", OPEN)}),
    (gradient_flow, {"limits": slopes(None, None, OPEN), "derivative_range": Fact("derivative_range", OPEN)}),
    (dead_units, {"dead_region": Fact("dead_region", OPEN, {"intervals": []})}),
    (zero_mean, {"gaussian": gaussian(within(0.1), exact(1), exact(1), exact(1))}),
    (zero_mean, {"gaussian": gaussian(within(0.5), exact(1), exact(1), exact(1))}),
    (zero_mean, {"gaussian": gaussian(UNKNOWN, exact(1), exact(1), exact(1))}),
    (zero_mean, {"gaussian": gaussian(exact(0), UNKNOWN, UNKNOWN, exact(1))}),
    (zero_mean, {"gaussian": gaussian(exact(3), exact(INF), exact(INF), NONE)}),
    (zero_mean, {"range": Fact("range", ENCLOSED, {"inf": STRADDLES, "sup": exact(INF)}), "gaussian": SLIGHT}),
    (zero_mean, {"range": Fact("range", OPEN), "gaussian": SLIGHT}),
    (cost, {"cost": Fact("cost", OPEN)}),
    (cost, {"cost": Fact("cost", PROVED, {**counts().fields, "relative_time": UNKNOWN})}),
    (sparsity, {"zero_region": Fact("zero_region", OPEN)}),
    (sparsity, {"zero_region": Fact("zero_region", PROVED, {"mass": within(0.25), "near": within(0.3)})}),
    (sparsity, {"zero_region": Fact("zero_region", PROVED, {"mass": STRADDLES, "near": within(0.1)})}),
    (sparsity, {"zero_region": Fact("zero_region", PROVED, {"mass": exact(0), "near": UNKNOWN})}),
    (convergence, {"gaussian": gaussian(exact(0), exact(1), exact(1), UNKNOWN)}),
    (convergence, {"gaussian": gaussian(exact(0), exact(1), exact(1), within(0.8))}),
    (convergence, {"gaussian": gaussian(exact(0), exact(1), exact(1), within(0.65))}),
    (noise_robustness, {"lipschitz": UNKNOWN}),
    (noise_robustness, {"saturation": Fact("saturation", OPEN)}),
    (noise_robustness, {"smoothness": Fact("smoothness", OPEN)}),
]


@pytest.mark.parametrize(
    ("page", "changes"), UNDECIDED, ids=[f"{page.KEY}-{n}" for n, (page, _) in enumerate(UNDECIDED)]
)
def test_what_the_facts_do_not_decide_is_open_with_a_reason(page, changes):
    found = page.judge(facts(**changes))
    assert (found.verdict, found.standing) == ("open", OPEN)
    assert found.reasons


FORCED = [
    # Open facts that the verdict does not hang on.
    (differentiability, "fails", {"smoothness": Fact("smoothness", OPEN)}),
    (
        differentiability,
        "fails",
        {"affine": Fact("affine", OPEN), "smoothness": smooth("discontinuous", (0, 0, 0, 1))},
    ),
    (gradient_flow, "fails", {"limits": limits((0, 0), (1, 0)), "criticality": Fact("criticality", OPEN)}),
    (gradient_flow, "partly", {"criticality": NO_INITIALISATION, "edge_of_chaos": Fact("edge_of_chaos", OPEN)}),
    (gradient_flow, "fails", {"lipschitz": exact(INF), "limits": slopes(None, None, OPEN)}),
    (gradient_flow, "holds", {"limits": slopes(None, exact(1), OPEN)}),
    (zero_mean, "fails", {"range": Fact("range", ENCLOSED, {"inf": exact(0), "sup": UNKNOWN})}),
    (zero_mean, "holds", {"range": Fact("range", OPEN)}),  # mean 0 with a spread
    (zero_mean, "fails", {"range": Fact("range", OPEN), "gaussian": gaussian(within(3), exact(1), exact(1), exact(1))}),
    (noise_robustness, "fails", {"lipschitz": exact(INF), "saturation": Fact("saturation", OPEN)}),
]


@pytest.mark.parametrize(
    ("page", "word", "changes"), FORCED, ids=[f"{page.KEY}-{n}" for n, (page, _, _) in enumerate(FORCED)]
)
def test_a_verdict_that_the_other_facts_force_is_given(page, word, changes):
    assert page.judge(facts(**changes)).verdict == word


@pytest.mark.parametrize("page", criteria.PAGES, ids=lambda page: page.KEY)
def test_no_facts_at_all_leave_every_page_open(page):
    assert page.judge(Facts({})).verdict == "open"


@pytest.mark.parametrize("page", criteria.PAGES, ids=lambda page: page.KEY)
@pytest.mark.parametrize("key", sorted(facts()))
def test_leaving_a_fact_open_never_turns_a_verdict_into_another(page, key):
    """Taking knowledge away leads to the same verdict or to `open`."""
    for whole in map(known_facts, ("relu6", "sigmoid", "elu")):
        less = Facts(dict(whole) | {key: UNKNOWN if isinstance(whole[key], Number) else Fact(key, OPEN)})
        assert page.judge(less).verdict in (page.judge(whole).verdict, "open")


# ---------------------------------------------------------------------------------------------- standing and words


def test_a_verdict_is_no_surer_than_its_weakest_premise():
    region = Fact("zero_region", PROVED, {"mass": exact(0), "near": within(0.1, standing=COMPUTED)})
    assert sparsity.judge(facts(zero_region=region)).standing is COMPUTED
    assert zero_mean.judge(facts(gaussian=gaussian(within(3), exact(1), exact(1), exact(1)))).standing is ENCLOSED
    assert dead_units.judge(facts()).standing is PROVED
    assert gradient_flow.judge(facts(edge_of_chaos=edge(standing=COMPUTED))).standing is COMPUTED


def test_the_quality_of_the_initialisation_is_told():
    found = gradient_flow.judge(facts(edge_of_chaos=edge("edge", length=FALLING, correlation=FALLING)))
    said = "take weight variance 1, bias variance 0: a critical initialisation on the edge of chaos"
    assert found.reasons[2:] == (said,)  # how fast distances fall is told by `phase`


REASONS = [
    (
        differentiability,
        {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (0, 1, 0.01, 1))},
        ("not affine", "continuous, with 1 kink, at 0, where the slope jumps from 0.01 to 1"),
    ),
    (
        differentiability,
        {"affine": NOT_AFFINE, "smoothness": smooth("C^0", (0, 1, 0, 1), (6, 1, 1, 0))},
        (
            "not affine",
            "continuous, with 2 kinks: at 0, where the slope jumps from 0 to 1 "
            "and at 6, where the slope jumps from 1 to 0",
        ),
    ),
    (
        differentiability,
        {"domain": Fact("domain", PROVED, {"undefined": spans((-INF, -1), (0, 0))})},
        ("not defined below -1 and at 0",),
    ),
    (
        dead_units,
        {"dead_region": Fact("dead_region", PROVED, {"intervals": spans((-INF, 0), (6, INF))})},
        ("the slope is 0 on (-inf, 0] and [6, inf)",),
    ),
    (
        gradient_flow,
        {"limits": limits((0, 0), (INF, 1))},
        (
            "the slope tends to 0 on the left and tends to 1 on the right",
            "abs slopes are at most 1",
            "take weight variance 1, bias variance 0: a critical initialisation that keeps every length",
        ),
    ),
    (
        noise_robustness,
        {"saturation": Fact("saturation", PROVED, {"left": "soft", "right": "soft"})},
        ("saturates softly on both sides", "Lipschitz constant 1"),
    ),
    (
        noise_robustness,
        {"saturation": Fact("saturation", PROVED, {"left": "hard", "right": "soft"})},
        ("saturates hard on the left and softly on the right", "Lipschitz constant 1"),
    ),
    (
        noise_robustness,
        {"lipschitz": exact(INF), "smoothness": smooth("discontinuous", (2, 0, 0, 1))},
        ("the value jumps at 2",),
    ),
    (gradient_flow, {"lipschitz": exact(INF)}, ("slopes are unbounded",)),
    (
        cost,
        {"cost": counts(add=1, mul=2, transcendental=1)},
        (
            "about 1 times ReLU's time, 0.5 to 2",
            "value and derivative together: 1 addition, 2 multiplications and 1 transcendental function",
        ),
    ),
]


@pytest.mark.parametrize(("page", "changes", "reasons"), REASONS, ids=[case[0].KEY for case in REASONS])
def test_the_reasons_read(page, changes, reasons):
    assert page.judge(facts(**changes)).reasons == reasons


# ---------------------------------------------------------------------------------------------- from formulas


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abs(x)", "continuous, with 1 kink, at 0, where the slope jumps from -1 to 1"),
        (
            "abs(x) + abs(x - 1)",
            "continuous, with 2 kinks: at 0, where the slope jumps from -2 to 0 "
            "and at 1, where the slope jumps from 0 to 2",
        ),
        (
            "-relu(x + 2) - 2*abs(x - 3) + min(x, 1)",
            "continuous, with 3 kinks: at -2, where the slope jumps from 3 to 2, "
            "at 1, where the slope jumps from 2 to 1 and at 3, where the slope jumps from 1 to -3",
        ),
        (
            "sign(x - 1) + 2*sign(x + 1)",
            "discontinuous: at -1, where the value jumps from -3 to 1 and at 1, where the value jumps from 1 to 3",
        ),
        ("sqrt(abs(x - 2))", "continuous, at 2, where the slope goes from -inf to inf"),
        ("1/(exp(x) - 2)", "not defined at log(2), a pole"),
        ("1/x + atan(1/(x - 1))", "not defined at 0, a pole and at 1"),
        ("sin(1/x)", "not defined at 0"),
    ],
)
def test_a_reason_names_each_place_and_their_count(text, reason):
    made = from_spec(from_text(text))
    found = analysis.facts(made, [item for item in analysis.QUESTIONS if item[0] in ("domain", "affine", "smoothness")])
    assert reason in differentiability.judge(found).reasons

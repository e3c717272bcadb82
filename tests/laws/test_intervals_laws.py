"""Facts on [l, u]: no sample contradicts them, they nest with the interval, and a clamped input has the same range."""

from __future__ import annotations

import re
from random import Random

import pytest
import sympy as sp
from contradictions import within
from drawn import KINDS, designed

from propcheck.activation import from_spec
from propcheck.analysis import QUESTIONS, facts
from propcheck.spec import from_text
from propcheck.verdict import Facts, InputError, Number

ENDS = ("-3", "-2", "-1", "-1/2", "0", "1/3", "1", "3/2", "2", "3", "pi", "-sqrt(2)", "-7/5", "5/2", "-log(7)")
KEYS = ("range", "derivative_range", "lipschitz", "monotonicity", "convexity", "zeros", "fixed_points", "smoothness")
ASKED = tuple((key, question) for key, question in QUESTIONS if key in KEYS)
COUNT = 8  # of each law; a longer walk begins with the same


def drawn(seed: str) -> tuple[str, str, str]:
    """A text with the ends of an interval."""
    rng = Random(seed)
    kind = rng.choice(list(KINDS))
    text = KINDS[kind](rng, rng.randint(1, 3))
    low, high = sorted(rng.sample(ENDS, 2), key=lambda end: float(sp.sympify(end)))
    return text, rng.choice((low, low, low, "-inf")), rng.choice((high, high, high, "inf"))


@pytest.mark.parametrize("seed", range(COUNT))
def test_samples_do_not_contradict_the_facts_on_an_interval(seed: int) -> None:
    text, low, high = drawn(f"sampled {seed}")
    try:
        assert within(text, low, high, seed) == [], (text, low, high)
    except InputError:
        return  # it is not defined there


def on(text: str, low: str, high: str) -> Facts:
    return facts(from_spec(from_text(text).within((low, high))), ASKED)


def at_most(one: Number, other: Number) -> bool:
    """May one number be at most the other, as far as both are known?"""
    return not (one.known and other.known) or one.lower <= other.upper + 1e-12 * (1 + abs(other.upper))


WEAKER = {
    "increasing": {"increasing", "non-decreasing"},
    "decreasing": {"decreasing", "non-increasing"},
    "constant": {"constant", "non-decreasing", "non-increasing"},
    "convex": {"convex"},
    "concave": {"concave"},
    "affine": {"convex", "concave", "affine"},
}


@pytest.mark.parametrize("seed", range(COUNT))
def test_facts_nest_with_the_interval(seed: int) -> None:
    rng = Random(f"nested {seed}")
    text = designed(rng)
    low, inner, outer, high = sorted(rng.sample(ENDS, 4), key=lambda end: float(sp.sympify(end)))
    small, large = on(text, inner, outer), on(text, low, high)
    for key in ("range", "derivative_range"):
        if "inf" in small[key] and "inf" in large[key]:
            assert at_most(large[key]["inf"], small[key]["inf"]) and at_most(small[key]["sup"], large[key]["sup"]), text
    assert at_most(small["lipschitz"], large["lipschitz"]), text
    for key in ("monotonicity", "convexity"):
        wide, narrow = large[key].get("value"), small[key].get("value")
        if wide in WEAKER and narrow is not None:
            assert wide in WEAKER.get(narrow, set()) or (key == "monotonicity" and narrow in WEAKER[wide]), (text, key)
    for key in ("zeros", "fixed_points"):
        if "points" in small[key] and "points" in large[key]:
            spans = [tuple(map(float, span)) for span in large[key]["intervals"]]
            known = [float(at) for at in large[key]["points"]]
            for at in map(float, small[key]["points"]):
                inside = any(first - 1e-12 <= at <= last + 1e-12 for first, last in spans)
                assert inside or any(abs(at - other) < 1e-9 for other in known), (text, key, at)


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_clamped_input_has_the_range_and_the_slopes_of_the_interval(seed: int) -> None:
    rng = Random(f"clamped {seed}")
    text = designed(rng)
    low, high = sorted(rng.sample(ENDS[:10], 2), key=lambda end: float(sp.sympify(end)))
    part = on(text, low, high)
    clamped = facts(from_spec(from_text(re.sub(r"\bx\b", f"min(max(x, {low}), {high})", text))), ASKED)
    assert (part["range"].standing == "open") <= (clamped["range"].standing == "open"), text
    if "inf" in part["range"] and "inf" in clamped["range"]:
        for end in ("inf", "sup"):
            one, other = part["range"][end], clamped["range"][end]
            assert at_most(one, other) and at_most(other, one), (text, end)
            assert part["range"][f"{end}_attained"] == clamped["range"][f"{end}_attained"], text
    assert at_most(part["lipschitz"], clamped["lipschitz"]) and at_most(clamped["lipschitz"], part["lipschitz"]), text

"""The language of conditions: what it reads, what it refuses and why, and what it decides of what is known."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import propcheck
from propcheck import InputError
from propcheck.sweep import conditions, known
from propcheck.sweep.known import Leaf
from propcheck.verdict import Standing

P, C = Standing.PROVED, Standing.COMPUTED


def number(value: float, low: float | None = None, high: float | None = None, standing: Standing = P) -> Leaf:
    return Leaf(value, standing, value if low is None else low, value if high is None else high)


KNOWN = {
    "affine": Leaf(False, P),
    "undefined": Leaf(None, Standing.OPEN),
    "lipschitz": number(1.2, 1.1999, 1.2001, C),
    "range.sup": number(float("inf")),
    "range.inf": number(-0.25),
    "zero_mean": Leaf("partly", C),
    "cost": Leaf("fails", P),
    "cost.value.mul": number(3.0),
    "monotonicity": Leaf("non-decreasing", P),
    "convexity": Leaf("affine", P),
    "smoothness.class": Leaf("C^1", P),
    "parity": Leaf("none", P),
    "limits.left.value": Leaf(None, P),
    "convergence": Leaf(None, Standing.OPEN),
}

DECIDED = {
    "affine": False,
    "not affine": True,
    "undefined": None,
    "affine or undefined": None,
    "affine and undefined": False,
    "lipschitz > 10": False,
    "lipschitz <= 1.2": None,
    "lipschitz <= 1.3": True,
    "10 < lipschitz": False,
    "1 < lipschitz < 2": True,
    "0 <= range.inf": False,
    "range.inf == -1/4": True,
    "range.inf != -0.25": False,
    "range.sup == inf": True,
    "lipschitz < range.sup": True,
    "zero_mean >= partly": True,
    "zero_mean > partly": False,
    "zero_mean>=partly and lipschitz<=1.2": None,
    "partly < zero_mean or cost.value.mul <= 3": True,
    "cost == fails": True,
    "convergence >= partly": None,
    "monotonicity == non-decreasing": True,
    "monotonicity != 'increasing'": True,
    "convexity == affine": True,
    "smoothness >= C^1 and smoothness < C^2": True,
    "smoothness.class >= C^inf": False,
    "smoothness > discontinuous": True,
    "parity == none": True,
    "gaussian.mean > 0": None,
    "kinks == 0": None,
    "limits.left.value == inf": False,
    "limits.left.value != 0": False,
    "lipschitz < 1e400": True,
}

REFUSED = {
    "": "is empty",
    "lipschits > 3": "did you mean lipschitz",
    "lipschitz": "is a number and no condition",
    "zero_mean": "is a verdict",
    "zero_mean >= good": "'good' is no fact",
    "parity > odd": "== or != is meant",
    "parity == parity": "a word of parity",
    "monotonicity == affine": "with affine; write == increasing",
    "affine == 3": "yes or no",
    "range > 3": "range.inf",
    "zeros == 0": "zeros",
    "1 < 2": "compares no fact",
    "lipschitz > 1/0": "divides by 0",
    "lipschitz > 1e99999999": "infinity is written inf",
    "lipschitz > 2**9**9**9": "is no fact",
    "lipschitz in (1, 2)": "none of <",
    "affine and": "cannot be read",
    "affine if 1 else 2": "is no fact",
    "__import__('os').system('true')": "is no fact",
    "affine.__class__": "affine.__class__",
    "(" * 100 + "affine" + ")" * 100: "brackets open",
    "not " * 80 + "affine": "conditions deep",
    "affine or " * 500 + "affine": "characters",
    "9" * 1900 + " > lipschitz": "infinity is written inf",
}


@pytest.mark.parametrize("text", DECIDED)
def test_a_condition_is_true_false_or_undecided(text: str) -> None:
    assert conditions.read(text)(KNOWN).value is DECIDED[text]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_what_is_no_condition_has_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="--keep") as caught:
        conditions.read(text, "--keep")
    assert REFUSED[text] in str(caught.value)


def test_a_conclusion_stands_as_surely_as_what_it_rests_on() -> None:
    assert conditions.read("lipschitz <= 1.3 and range.inf < 0")(KNOWN).standing is C
    assert conditions.read("lipschitz <= 1.3 or range.inf < 0")(KNOWN).standing is P


def test_the_reason_is_the_part_that_holds() -> None:
    asked = conditions.read("affine or (range.inf < 0 and lipschitz > 1) or parity == none")
    assert asked.because(KNOWN) == "range.inf < 0 and lipschitz > 1"
    assert asked.facts == {"affine", "range", "lipschitz", "parity"}
    assert conditions.read("cost >= partly").criteria == {"cost"}


@given(
    *[st.lists(st.floats(-4, 4), min_size=2, max_size=2).map(sorted)] * 2, st.sampled_from("< <= > >= == !=".split())
)
def test_what_is_decided_of_enclosures_holds_for_all_numbers_in_them(left, right, sign) -> None:
    asked = conditions.read(f"range.inf {sign} range.sup")
    found = asked({"range.inf": number(left[0], *left), "range.sup": number(right[0], *right)}).value
    truths = {conditions._SIGNS[sign](x, y) for x, y in product([*left, sum(left) / 2], [*right, sum(right) / 2])}
    assert found is None or truths == {found}


@pytest.mark.parametrize("text", ["gelu", "relu", "log(x)", "3*x + 1", "x if x > 0 else -1/3"])
def test_what_is_known_comes_back_from_its_json(text: str) -> None:
    made = propcheck.analyze(text, without=("edge_of_chaos", "propagation"))
    flat = known.flat(made.facts, made.criteria)
    assert known.from_json(json.loads(json.dumps(known.to_json(flat)))) == flat


def test_a_rational_bound_is_met_exactly() -> None:
    flat = known.flat(propcheck.analyze("6*x/5", only=["lipschitz", "affine"]).facts)
    back = known.from_json(json.loads(json.dumps(known.to_json(flat))))
    for facts in (flat, back):
        assert conditions.read("lipschitz <= 1.2 and lipschitz >= 6/5 and affine")(facts).value is True

"""Laws over activations found in public collections and over formulas drawn at random: no number refutes a fact.

All are looked at in a few points, some with all care. `python tests/laws/hunt.py public` and its `random` look at all
with all care. What is known to be open stands in a table with its reason; what else is open fails.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hunt import Case, drawn, open_facts, public

PUBLIC = {case.name: case for case in public()}
WITH_CARE = [*PUBLIC][7::20]
WITH_INTEGRALS = ("fracrelu_doc", "trelu_corpus", "alisa", "hard_swish_corpus", "gabu")
DRAWN = list(drawn(24, 12))

# What is open, and why it may be: facts by activation.
KNOWN_OPEN: dict[tuple[str, str], str] = {
    ("ccaf", "zero_region"): "the turns of a wave of a wave are not all told apart from touching zeros",
    ("dsu", "zero_region"): "the turns of a quotient with filled gaps are not all told apart from touching zeros",
    ("adaptive_comb2", "slope_of_output"): "whether two branches meet in one value with two slopes is not told",
    **{
        (name, key): "a wave comes back for ever, and its turns with it, on a product or from some point on"
        for name, keys in {
            "rowdy": ("monotone_intervals", "convexity", "zeros", "fixed_points", "slope_of_output"),
            "sinlu_half": ("convexity", "fixed_points"),
            "gln": ("monotone_intervals", "convexity", "slope_of_output"),
            "ccaf": ("monotone_intervals", "convexity", "slope_of_output"),
            "minsin": ("monotone_intervals", "convexity", "zeros", "slope_of_output"),
            "sinlu": ("convexity", "fixed_points"),
            "gcu_corpus": ("monotone_intervals", "convexity", "zeros", "fixed_points", "slope_of_output"),
            "sinc": ("monotone_intervals", "convexity", "zeros", "slope_of_output"),
            "dsu": ("monotone_intervals", "convexity", "zeros", "slope_of_output"),
            "x_finer": ("monotone_intervals", "convexity", "zeros", "slope_of_output"),
        }.items()
        for key in keys
    },
}  # fmt: skip


@cache
def answers(case_name: str) -> dict[str, Any]:
    return PUBLIC[case_name].answers()


@pytest.mark.parametrize("name", PUBLIC)
def test_a_glance_refutes_no_fact_of_a_public_activation(name):
    assert PUBLIC[name].refuted(answers(name), "quick") == []


@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_of_a_public_activation_is_open_that_is_not_known_to_be(name):
    left = [path for path in open_facts(answers(name)) if (name, path.partition(".")[0]) not in KNOWN_OPEN]
    assert not left, PUBLIC[name].call


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param(*row, marks=pytest.mark.xfail(reason=why, strict=False), id="-".join(row))
        for row, why in KNOWN_OPEN.items()
    ],
)
def test_what_is_known_to_be_open_is_decided_by_now(name, key):
    """One that is reported as passed where a failure was expected is to be struck off the table."""
    assert key not in {path.partition(".")[0] for path in open_facts(answers(name))}


@pytest.mark.parametrize("name", WITH_CARE)
def test_the_second_opinion_refutes_no_fact_of_a_public_activation(name):
    assert PUBLIC[name].refuted(answers(name), "shape") == []


@pytest.mark.parametrize("name", WITH_INTEGRALS)
def test_nor_does_it_refute_the_gaussian_numbers(name):
    assert PUBLIC[name].refuted(answers(name)) == []


@pytest.mark.parametrize("case", DRAWN, ids=lambda case: case.name)
def test_a_glance_refutes_no_fact_of_a_formula_drawn_at_random(case):
    assert case.refuted(case.answers(), "quick") == []


def test_a_wrong_fact_is_refuted_with_the_call_to_paste():
    case = Case("bent", "a*x + tanh(x)", {"a": "2"})
    said = case.answers()
    said["monotonicity"]["value"] = "decreasing"
    assert any("python tests/laws/hunt.py 'a*x + tanh(x)' --param a=2" in line for line in case.refuted(said, "quick"))

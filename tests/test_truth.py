"""Laws of truths: a conclusion is as sure as what it was concluded from, and knowledge never turns it over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcheck.criteria import reading, truths
from propcheck.truth import UNDECIDED, Truth, all_of, that
from propcheck.verdict import Fact, Number, Standing, weakest

TRUTHS = st.sampled_from([Truth(value, standing) for value in (True, False, None) for standing in Standing])
NUMBERS = st.builds(
    lambda value, exact, standing: Number(value, value, value, str(value) if exact else None, standing),
    st.integers(-2, 2),
    st.booleans(),
    st.sampled_from([standing for standing in Standing if standing is not Standing.OPEN]),
) | st.just(Number.missing("not found"))


def no_less(known: Truth, more: Truth) -> bool:
    """Does `more` say what `known` says, as surely or surer? What is undecided says nothing."""
    return known == UNDECIDED or (known.value == more.value and abs(more.place) >= abs(known.place))


@given(TRUTHS, TRUTHS, TRUTHS)
def test_the_order_of_and_and_or_does_not_matter(a, b, c):
    assert a & b == b & a and a | b == b | a
    assert (a & b) & c == a & (b & c) and (a | b) | c == a | (b | c)
    assert a & a == a == a | a and a & (a | b) == a == a | (a & b)
    assert a & (b | c) == (a & b) | (a & c)


@given(TRUTHS, TRUTHS)
def test_not_turns_everything_over(a, b):
    assert ~~a == a
    assert ~(a & b) == ~a | ~b and ~(a | b) == ~a & ~b
    assert a.matches(True) == a and a.matches(False) == ~a


@given(TRUTHS, TRUTHS, TRUTHS)
def test_to_know_more_never_turns_a_conclusion_over(a, more, b):
    if no_less(a, more):
        assert no_less(a & b, more & b) and no_less(a | b, more | b) and no_less(~a, ~more)


@given(TRUTHS, TRUTHS)
def test_what_a_conclusion_rests_on(a, b):
    both = a & b
    if False in (a.value, b.value):
        failing = [truth for truth in (a, b) if truth.value is False]
        assert both.value is False and abs(both.place) == max(abs(truth.place) for truth in failing)
    elif None in (a.value, b.value):
        assert both == UNDECIDED
    else:
        assert both == Truth(True, weakest(a.standing, b.standing))


@given(st.lists(TRUTHS))
def test_all_hold_as_surely_as_the_weakest(items):
    joint = all_of(items)
    assert (joint.value is True) == all(item.value for item in items)
    assert (joint.value is False) == any(item.value is False for item in items)


@given(NUMBERS, st.integers(-2, 2))
def test_a_question_on_a_number_rests_on_it(number, bound):
    for name in ("at_least", "exceeds", "equals"):
        found = getattr(truths, name)(number, bound)
        assert found == Truth.of(getattr(reading, name)(number, bound), number)
        assert found.standing is number.standing
    assert truths.exists(number).value is (True if number.known else None)


def test_a_question_on_a_fact_rests_on_it():
    fact = Fact("affine", Standing.ENCLOSED, {"value": False})
    assert that(fact, lambda fact: fact["value"]) == Truth(False, Standing.ENCLOSED)
    assert that(None, lambda fact: fact["value"]) == UNDECIDED
    assert Truth.of(True, Fact("affine", Standing.OPEN)) == UNDECIDED


def test_a_truth_is_no_yes_or_no():
    with pytest.raises(TypeError, match="may be undecided; write `truth.value is True`"):
        bool(Truth(True))


def test_the_first_rule_that_applies_gives_the_verdict_and_its_standing():
    rules = [
        ("fails", Truth(False), "no"),
        ("open", Truth(True), "no"),
        ("holds", Truth(True, Standing.COMPUTED), "so"),
    ]
    verdict = truths.concluded("mine", None, rules)
    assert (verdict.verdict, verdict.standing, verdict.reasons) == ("holds", Standing.COMPUTED, ("so",))
    assert truths.concluded("mine", None, [("open", UNDECIDED, "why")]).standing is Standing.OPEN

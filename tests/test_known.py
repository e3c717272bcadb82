"""Known faults: each case is whole, and what its thread calls right is right."""

from __future__ import annotations

import math
import re

import pytest

from propcheck.conformance import known
from propcheck.conformance.finding import CLASSES
from propcheck.conformance.known import Case

CASES = known.cases()


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(CASES) >= 25 and len({case.id for case in CASES}) == len(CASES)
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", case.thread) and case.kind in CLASSES for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_a_thread_calls_right_is_right(case: Case) -> None:
    right = known.right(case)
    if case.kind == "convention":  # either side is
        return
    close = math.isclose(right, case.expected, rel_tol=2e-3, abs_tol=1e-45)
    assert close or math.isnan(right) and math.isnan(case.expected)


def test_a_case_of_what_is_not_installed_is_told_and_one_that_is_gets_an_answer() -> None:
    for outcome in known.outcomes():
        assert outcome.state in ("still there", "fixed", "a convention") or outcome.note

"""Estimates at many points at once, against the sweep in balls at each."""

from __future__ import annotations

import pytest
import sympy as sp
from drawn import expressions
from hypothesis import given, settings

from propcheck.language import X
from propcheck.numeric.formats import DOUBLE, EXTENDED, SINGLE
from propcheck.numeric.screening import screened
from propcheck.numeric.subject import Subject
from propcheck.target import activation

ALMOST = 1e-5
SMALL = 3.0  # nothing asks how small an estimate below it is


def compared(text: str, order: int, work, out) -> tuple[int, int]:  # noqa: ANN001 - formats
    """How many points there are, and at how many of them floats tell; there they tell what balls do."""
    piece = activation(text, {}).pieces[-1]
    lower, upper = (float(sp.N(end)) for end in (piece.lower, piece.upper))
    subject, seen, told = Subject(piece, order, work, out, lower, upper), 0, 0
    points = subject.grid()
    for expr in subject.candidates():
        estimator = subject.estimator(expr)
        if estimator is None:
            continue
        found = screened(estimator, points)
        seen, told = seen + len(points), told + len(found)
        for truth in (truth for truth in points if truth.point in found):
            for exact, quick in zip(estimator.excess(truth), found[truth.point], strict=True):
                assert exact == pytest.approx(quick, rel=ALMOST, abs=ALMOST) or max(exact, quick) < SMALL
    return seen, told


@pytest.mark.parametrize("formats", [(DOUBLE, DOUBLE), (SINGLE, SINGLE), (DOUBLE, SINGLE), (EXTENDED, DOUBLE)])
@pytest.mark.parametrize(
    "text", ["x*sigmoid(5*x)", "x*tanh(log(1 + exp(x)))", "tanh(x) + sin(30*x)/x", "max(0, x - 0.3)**2*exp(-x)"]
)
def test_floats_tell_at_most_points_what_balls_do(text, formats):
    if formats[0] is None:
        pytest.skip("NumPy has no wider format here")
    for order in (0, 1):
        seen, told = compared(text, order, *formats)
        assert told > seen / 3


@settings(max_examples=12, deadline=None)
@given(expressions())
def test_of_formulas_drawn_at_random_they_tell_the_same(text):
    subject = activation(text, {})
    if subject.pieces and subject.pieces[-1].derivative(1).has(X):
        compared(text, 1, DOUBLE, DOUBLE)

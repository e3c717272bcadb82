"""The signs of waves on the line and on half-lines, of which one period is told, against mpmath at sample points."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sympy as sp
from mpmath import mp, mpf
from second_opinion import Function

from propcheck.calculus.signs import period_of, signs
from propcheck.language import X, parse

WAVES = [
    "sin(x)", "cos(x) - 1/3", "sin(2*x) + sin(3*x)/2", "cos(x/2)*sin(x)", "1 - cos(3*x)", "cos(pi*x) + 1/2",
    "sin(x - 1)**2 - 1/4", "sin(x) - cos(2*x)/2", "2 + sin(5*x)",
]  # fmt: skip
PLACES = [
    (-sp.oo, sp.oo),
    (sp.Integer(1), sp.oo),
    (-sp.oo, sp.Integer(1)),
    (sp.Rational(-7, 3), sp.oo),
    (-sp.oo, -sp.pi),
]


@pytest.mark.parametrize(("lower", "upper"), PLACES, ids=str)
@pytest.mark.parametrize("text", WAVES)
def test_one_period_tells_the_signs_at_every_point(text, lower, upper):
    chart = signs(parse(text), X, lower, upper)
    with mp.workdps(50):
        g = Function(text)
        if chart.period is None:
            assert not chart.zeros and len(chart.signs) == 1
            assert all(mp.sign(g(mpf(k) / 7 + 2)) == chart.signs[0] for k in range(-60, 60))
            return
        period = mpf(sp.N(chart.period, 60))
        zeros = [mpf(sp.N(zero.at, 60)) for zero in chart.zeros]
        assert all(abs(g(zero)) < 1e-40 for zero in zeros)
        assert all(0 < b - a < period for a, b in pairwise(zeros))
        assert not zeros or zeros[-1] - zeros[0] < period
        ends = [mpf(sp.N(end, 60)) for end in (lower, upper) if end.is_finite]
        assert all(zero >= ends[0] if lower.is_finite else zero <= ends[-1] for zero in zeros if ends)
        found = {int(mp.sign(g(mpf(k) * period / 97 + mpf("0.001")))) for k in range(97)}
        assert found == set(chart.signs)
        turns = [(k, g(mpf(k) * period / 997 + mpf("0.0001"))) for k in range(998)]
        crossings = sum(1 for (_, a), (_, b) in pairwise(turns) if a * b < 0)
        assert crossings == sum(1 for zero in chart.zeros if zero.order % 2 == 1)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("sin(x)", 2 * sp.pi), ("cos(3*x)", 2 * sp.pi / 3), ("sin(2*x) + sin(3*x)", 2 * sp.pi),
        ("sin(x/2)*cos(x/3)", 12 * sp.pi),
        ("cos(pi*x) + sin(4*pi*x)", sp.Integer(2)), ("sin(-4*x + 1)", sp.pi / 2), ("sin(x) + cos(sqrt(2)*x)", None),
        ("x + sin(x)", None), ("sin(x**2)", None), ("exp(sin(6*x))/(2 + cos(4*x))", sp.pi),
    ],
)  # fmt: skip
def test_the_period_is_the_least_common_one(text, period):
    found = period_of(parse(text), X)
    assert found == period or found is not None and sp.simplify(found - period) == 0

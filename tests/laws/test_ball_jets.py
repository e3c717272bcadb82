"""The two writings of the second opinion, in mpmath and in balls, agree."""

from __future__ import annotations

import math

import pytest
from ball_jets import BallJets, Unsure
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from second_opinion import Function, Undefined

TEXTS = (
    "x*tanh(log(1 + exp(x)))",
    "max(x, 0) + sin(x)**2/(x + 1/3)",
    "x if x >= 0 else expm1(x)",
    "atan(x)*erf(x/3) + asinh(x)**3",
    "softsign(x) - softplus(-x)*cosh(x/4)",
    "Piecewise((x**2.5, x > 1), (gelu(x), True))",
    "asin(x/9)*acos(x/8) + log1p(x**2) - 0.25*abs(x - 1.5)",
)


@pytest.mark.parametrize("text", TEXTS)
@given(x=st.floats(-7, 7, allow_subnormal=False), order=st.sampled_from((0, 1)))
def test_balls_and_mpmath_find_the_same_derivatives(text: str, x: float, order: int) -> None:
    function = Function(text)
    with mp.workdps(120):
        try:
            found = BallJets(function).derivatives(x, order)
        except Unsure:
            return
        try:
            jet = function.jet(mpf(x), order + 2).c
        except Undefined:
            pytest.fail(f"{text} at {x!r}: balls say {found}")
        for k, value in enumerate(found, order):
            true = jet[k] * math.factorial(k)
            assert abs(value - true) <= abs(true) * mpf(10) ** -(20 if k == order else 10) + mpf(10) ** -60


@pytest.mark.parametrize(("text", "x"), [("abs(x)", 0.0), ("1/x", 0.0), ("x if x > 2 else 0", 2.0), ("sqrt(x)", 0.0)])
def test_what_balls_do_not_decide_is_left_alone(text: str, x: float) -> None:
    with pytest.raises(Unsure):
        BallJets(Function(text)).derivatives(x, 1)

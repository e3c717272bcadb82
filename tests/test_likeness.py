"""Which designs are one function, up to scale of input and output."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from propcheck import target
from propcheck.sweep import likeness
from propcheck.sweep.likeness import EQUAL, SCALE

ALIKE = [  # other(x) = times * first(stretch * x)
    ("x*sigmoid(x)", "x/(1 + exp(-x))", "1", "1"),
    ("tanh(x)", "2*sigmoid(2*x) - 1", "1", "1"),
    ("tanh(x)", "sigmoid(x) - 1/2", "1/2", "1/2"),
    ("gelu", "x*erfc(-x)", "sqrt(2)", "sqrt(2)"),
    ("relu", "3*max(0, x)", "3", "1"),
    ("log(1 + exp(x))", "log(1 + 2**x)", "1", "log(2)"),
    ("max(0, min(1, x))", "max(0, min(6, x))", "6", "1/6"),
    ("x if x >= 0 else exp(x) - 1", "2*x if x >= 0 else exp(2*x) - 1", "1", "2"),
    ("x*exp(-x**2)", "x*exp(-x**2/2)", "sqrt(2)", "sqrt(2)/2"),
]
UNLIKE = [
    ("x if x >= 0 else exp(x) - 1", "x if x >= 0 else exp(2*x) - 1"),
    ("relu", "max(0, -x)"),
    ("tanh(x)", "-tanh(x)"),
    ("tanh(x)", "tanh(x) + 1e-20*x"),
    ("sin(x)", "x if abs(x) < 1e-30 else sin(x)"),
]


@pytest.mark.parametrize(("first", "other", "times", "stretch"), ALIKE)
def test_one_function_in_two_ways_is_proved_to_be_one(first: str, other: str, times: str, stretch: str) -> None:
    made = target.activation(first), target.activation(other)
    for kind in (EQUAL, SCALE) if times == stretch == "1" else (SCALE,):
        prints = likeness.taken(made[0], kind), likeness.taken(made[1], kind)
        assert prints[0].mark == prints[1].mark != ""
        assert likeness.relation(*made, prints) == {"times": times, "stretch": stretch}
    with mpmath.workdps(40):
        c, k = (mpmath.mpf(sp.sympify(text).evalf(40)) for text in (times, stretch))
        for x in (mpmath.mpf("-1.7"), mpmath.mpf("0.3"), mpmath.mpf("2.9")):
            mine = [sp.lambdify(sp.Symbol("x", real=True), part.bound, "mpmath") for part in made]
            assert mpmath.almosteq(mine[1](x), c * mine[0](k * x), 1e-30)


@pytest.mark.parametrize(("first", "other"), UNLIKE)
def test_others_are_not(first: str, other: str) -> None:
    made = target.activation(first), target.activation(other)
    prints = likeness.taken(made[0], SCALE), likeness.taken(made[1], SCALE)
    assert likeness.relation(*made, prints) is None


def test_a_print_is_made_of_no_random_function_and_of_none_without_pieces() -> None:
    assert likeness.taken(target.activation("rrelu"), SCALE).mark == ""
    assert likeness.taken(target.activation("1/sin(x)"), SCALE).mark == ""

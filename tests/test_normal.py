"""Mean and variance at any normal law: held against mpmath, and against the law N(0, 1) of another function."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import sympy as sp
from contradictions import exact
from mpmath import mp, mpf
from second_opinion import Function

import propcheck
from propcheck.verdict import Fact, InputError

FIELDS = ("mean", "second_moment", "variance", "derivative_mean", "derivative_second_moment")


def at(text: str, law: Any) -> Fact:
    fact = propcheck.analyze(text, gaussian=law, only=["gaussian_at"]).facts["gaussian_at"]
    assert isinstance(fact, Fact)
    return fact


def integral(text: str, mean: mpf, deviation: mpf, power: int, order: int) -> mpf:
    """E[g(z)^power], or of g', by quadrature between the kinks at 0 and 1 and beyond."""
    g = Function(text)

    def value(x: mpf) -> mpf:
        found = g(x) if order == 0 else mpmath.diff(g, x)
        return found**power * mpmath.npdf(x, mean, deviation)

    far = [mean + k * deviation for k in (-40, -12, -6, -3, -1, 0, 1, 3, 6, 12, 40)]
    return mpmath.quad(value, sorted({*far, mpf(0), mpf(1)}), maxdegree=8)


@pytest.mark.parametrize(
    "text, mean, deviation",
    [("gelu(x)", "1/2", "2"), ("x*sigmoid(x)", "-1", "1/3"), ("relu(x)", "1/4", "sqrt(2)"), ("tanh(x)", "2", "1/2"),
     ("min(max(x, 0), 1)", "1", "3"), ("exp(x/2)", "1", "1"), ("x**2 - x", "-3", "1/10"), ("sin(x)", "1", "2")],
)  # fmt: skip
def test_the_moments_are_those_that_mpmath_integrates(text: str, mean: str, deviation: str) -> None:
    found = at(text, (mean, deviation))
    with mp.workdps(30):
        m, s = (exact(sp.sympify(part)) for part in (mean, deviation))
        values = {
            "mean": integral(text, m, s, 1, 0),
            "second_moment": integral(text, m, s, 2, 0),
            "derivative_mean": integral(text, m, s, 1, 1),
            "derivative_second_moment": integral(text, m, s, 2, 1),
        }
        values["variance"] = values["second_moment"] - values["mean"] ** 2
        for name, value in values.items():
            number = found[name]
            slack = mpf(10) ** -12 * (1 + abs(value))
            assert mpf(number.lower) - slack <= value <= mpf(number.upper) + slack, name
            assert number.upper - number.lower < 1e-10 * (1 + abs(number.value)), name


@pytest.mark.parametrize("text", ["gelu", "x*sigmoid(x)", "relu(x) - 1/3", "1/(1 + x**2)"])
def test_the_usual_law_gives_the_usual_moments_and_another_those_of_a_moved_function(text: str) -> None:
    usual = propcheck.analyze(text, only=["gaussian"]).facts["gaussian"]
    same = at(text, "0,1")
    assert all(abs(float(same[name]) - float(usual[name])) < 1e-14 for name in FIELDS)
    formula = "gelu(x)" if text == "gelu" else text
    moved = propcheck.analyze(formula.replace("x", "(x/3 - 2)").replace("e(x/3 - 2)p", "exp"), only=["gaussian"])
    there, found = moved.facts["gaussian"], at(text, (-2, "1/3"))
    for name, factor in zip(FIELDS, (1, 1, 1, 3, 9), strict=True):
        assert abs(float(found[name]) - factor * float(there[name])) < 1e-13, name


def test_what_diverges_is_infinite_and_exact_forms_are_kept() -> None:
    assert float(at("exp(x**2/4)", (1, 2))["mean"]) == float("inf")
    assert at("exp(x**2/4)", (1, 1))["mean"].exact is not None
    assert (at("x", (3, 2))["mean"].exact, at("x", (3, 2))["variance"].exact) == ("3", "4")
    assert "gaussian_at" not in propcheck.analyze("gelu", only=["range"]).facts


@pytest.mark.parametrize(
    "law, said",
    [("1", "its mean and its deviation"), ("0,0", "above 0"), ("0,-1", "above 0"), ("x,1", "depends on x"),
     ("1,2,3", "its mean and its deviation"), ("0,inf", "unknown name 'inf'"), (5, "a int is no normal law"),
     (",", "its mean and its deviation"), ("0,1e-99999", "too long")],
)  # fmt: skip
def test_what_is_no_normal_law_is_refused(law: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        propcheck.analyze("gelu", gaussian=law)


def test_a_normal_law_and_an_interval_do_not_go_together() -> None:
    for given in ({"gaussian": "0,2", "on": "0:1"}, {"on": "0:1", "gaussian": "0,2"}):
        with pytest.raises(InputError, match="about the whole line"):
            propcheck.analyze("gelu", **given)

"""Waves under a window turn endlessly often: their extremes are searched for, and enclosed, against mpmath."""

from __future__ import annotations

import pytest
from hunt import Case

WINDOWED = [
    "sin(3*x)*exp(-x**2)",
    "cos(5*x)/(1 + x**4)",
    "sin(x)**3*exp(-(x - 1)**2/2)",
    "exp(-x**2)*cos(3*x) + tanh(x)/5",
]


@pytest.mark.parametrize("text", WINDOWED)
def test_the_extremes_of_a_wave_under_a_window(text):
    for case in (
        Case("wave", text),
        Case("mirrored", text.replace("exp", "EXP").replace("x", "(-x)").replace("EXP", "exp")),
    ):
        answers = case.answers()
        assert [said for said in case.refuted(answers, "shape") if "range" in said] == []
        for key in ("range", "derivative_range"):
            assert answers[key]["standing"] != "open", (key, answers[key].get("note"))
            assert answers[key]["inf_attained"] in (True, None) and answers[key]["sup_attained"] in (True, None)


@pytest.mark.parametrize("text", ["cos(x)**4 - sin(x)**4 - cos(2*x)*tanh(x)", "x*(sin(x)**2 + cos(x)**2*tanh(x))"])
def test_waves_that_make_up_for_each_other_far_out_refute_nothing(text):
    case = Case("waves", text)
    answers = case.answers()
    assert case.refuted(answers, "quick") == [] and answers["range"]["standing"] == "proved"

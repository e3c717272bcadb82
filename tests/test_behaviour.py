"""The edge of chaos as a fact: of which kind the recommended point is, whether lengths stay, how surely."""

from __future__ import annotations

import pytest

import propcheck
from propcheck.analysis import ask
from propcheck.inquiries.questions import QUESTIONS, facts
from propcheck.meanfield import phase
from propcheck.meanfield.behaviour import KEY, edge_of_chaos
from propcheck.meanfield.critical import edge
from propcheck.meanfield.recommend import best

# kind, lengths stay, standing, law of lengths, law of correlations
KNOWN = {
    "relu": ("every length", True, "proved", "kept", "power"),
    "noisy_relu": ("every length", True, "proved", "kept", "power"),
    "rrelu": ("every length", True, "proved", "kept", "power"),
    "maxout": ("every length", True, "proved", "kept", "power"),
    "gelu": ("marginal", True, "enclosed", "half", "power"),
    "swish": ("marginal", True, "enclosed", "half", "power"),
    "elu": ("edge", True, "enclosed", "exponential", "power"),
    "trelu": ("vanishing length", True, "enclosed", "power", None),
    "xwish": ("vanishing length", False, "computed", "grows", None),
    "softplus": ("none", False, "proved", None, None),
    "max(x/10, x + 9/10)": ("none", False, "enclosed", None, None),
    "x + 1": ("none", False, "proved", None, None),
    "x + sinh(x**3)": ("none", False, "proved", None, None),
    "x + abs(x - 5)**0.4 - 5**0.4": ("none", False, "proved", None, None),
    "relu(x) - 1000": ("edge", True, "enclosed", "exponential", None),
    "gelu(100*x)": ("marginal", True, "enclosed", "half", "power"),
    "gelu(x/100)/1000": ("marginal", True, "enclosed", "half", "power"),
    "sin(30*x)": ("vanishing length", True, "enclosed", "power", None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_fact_says_what_the_critical_initialisation_is_worth(name):
    fact = edge_of_chaos(propcheck.load(name))
    laws = [fact[key] and fact[key]["kind"] for key in ("length", "correlation")]
    assert (fact["kind"], fact["lengths_stay"], str(fact.standing), *laws) == KNOWN[name]
    if fact["lengths_stay"]:
        point = best(edge(propcheck.load(name)))
        for key in ("q", "sigma_w2", "sigma_b2"):
            short, full = fact[key], getattr(point, key)
            assert short.value == pytest.approx(full.value, rel=1e-6) and short.lower <= full.value <= short.upper


@pytest.mark.parametrize("formula", ["exp(x**2)", "sin(1/x)"])
def test_what_has_no_mean_field_is_open_with_the_reason(formula):
    fact = ask(edge_of_chaos, KEY, propcheck.load(formula))
    assert str(fact.standing) == "open" and fact.note and fact.get("kind") is None


@pytest.mark.parametrize(("formula", "scaled"), [("gelu(x)", "gelu(100*x)/7"), ("tanh(x)", "3000*tanh(x/50)")])
def test_the_edge_at_another_scale_is_the_edge_on_other_axes(formula, scaled):
    inner, outer = (100, 1 / 7) if "gelu" in formula else (1 / 50, 3000)
    near, far = (edge(propcheck.load(text)) for text in (formula, scaled))
    assert [point.kind for point in near.points] == [point.kind for point in far.points]
    for one, two in zip(near.points, far.points, strict=True):
        assert two.q.value == pytest.approx(one.q.value / inner**2, rel=1e-6)
        assert two.sigma_w2.value == pytest.approx(one.sigma_w2.value / (inner * outer) ** 2, rel=1e-9)
        assert two.sigma_b2.value == pytest.approx(one.sigma_b2.value / inner**2, rel=1e-6, abs=1e-12)
    at = phase(scaled, sigma_w2=1.7 / (inner * outer) ** 2, sigma_b2=0.1 / inner**2).at
    plain = phase(formula, sigma_w2=1.7, sigma_b2=0.1).at
    assert [p.q * inner**2 for p in at.points] == pytest.approx([p.q for p in plain.points], rel=1e-9)
    assert [p.chi_1 for p in at.points] == pytest.approx([p.chi_1 for p in plain.points], rel=1e-9)


def test_the_question_stands_behind_that_of_criticality():
    keys = [key for key, _ in QUESTIONS]
    assert keys.index(KEY) == keys.index("criticality") + 1 and KEY in facts(propcheck.load("relu"))

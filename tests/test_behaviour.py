"""The edge of chaos as a fact: of which kind the recommended point is, whether lengths stay, how surely."""

from __future__ import annotations

import pytest

import propcheck
from propcheck.analysis import ask
from propcheck.meanfield.behaviour import KEY, edge_of_chaos
from propcheck.meanfield.critical import edge
from propcheck.meanfield.recommend import best
from propcheck.questions import QUESTIONS, facts

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
    "x + 1": ("none", False, "proved", None, None),
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


@pytest.mark.parametrize("formula", ["exp(x**2)", "1/x", "log(x)", "sin(1/x)"])
def test_what_has_no_mean_field_is_open_with_the_reason(formula):
    fact = ask(edge_of_chaos, KEY, propcheck.load(formula))
    assert str(fact.standing) == "open" and fact.note and fact.get("kind") is None


def test_the_question_stands_behind_that_of_criticality():
    keys = [key for key, _ in QUESTIONS]
    assert keys.index(KEY) == keys.index("criticality") + 1 and KEY in facts(propcheck.load("relu"))

"""Critical initialisations exist or do not, shown over all lengths: against quadrature, closed forms and simulation."""

from __future__ import annotations

import sys
from random import Random

import mpmath
import pytest
import sympy as sp
from flint import ctx
from laws.drawn import designed

import propcheck
from propcheck.activation import Activation
from propcheck.analysis import lines
from propcheck.analysis.criticality import criticality
from propcheck.analysis.gaussian import BITS, enclosed
from propcheck.calculus import Undecided
from propcheck.criteria.reading import told
from propcheck.language import X
from propcheck.meanfield import answer, edge, maps
from propcheck.meanfield.behaviour import edge_of_chaos
from propcheck.meanfield.critical import on_edge
from propcheck.meanfield.propagation import start
from propcheck.verdict import Fact, Standing

ALL_Q = [mpmath.mpf(q) for q in ("1e-5", "0.3", "7", "1e5")]


def excess(activation: Activation, q: mpmath.mpf) -> mpmath.mpf:
    """q E[g'^2] - E[g^2] by quadrature."""
    total = mpmath.mpf(0)
    with mpmath.workdps(20):
        scale = mpmath.sqrt(q)
        marks = {m * side * k for m in (scale, 1) for k in (0, 0.5, 2, 6, 20) for side in (-1, 1)}
        far = 9 * scale
        for piece in activation.pieces:
            ends = [-far if piece.lower.is_infinite else mpmath.mpf(sp.N(piece.lower, 40))]
            ends += [far if piece.upper.is_infinite else mpmath.mpf(sp.N(piece.upper, 40))]
            low, high = max(ends[0], -far), min(ends[1], far)
            both = sp.lambdify(X, [piece.expr, piece.derivative()], "mpmath")

            def part(x, both=both):
                g, slope = both(x)
                return (q * slope**2 - g**2) * mpmath.npdf(x, 0, scale)

            cuts = [low, *sorted(m for m in marks if low < m < high), high]
            total += mpmath.quad(part, cuts, method="gauss-legendre", maxdegree=4) if low < high else 0
    return total


# g, and how it is shown that no initialisation is critical
NONE = {
    "max(x/10, x + 9/10)": "enclosed",
    "abs(x/2 + 1)": "proved",  # sqrt(2 pi/q) (q E[g'^2] - E[g^2]) tends to 0 from below
    "x + 1/2 if x > -1/2 else exp(x + 1/2) - 1": "proved",  # and so it does here
    "(x + 1)*sigmoid(x)": "enclosed",
    "softplus(abs(0.3*x - 1/2))": "enclosed",
    "sqrt((x - 0.3)**2 + 1)": "enclosed",
    "x*sigmoid(x) + exp(-x**2/4)": "enclosed",
    "softplus(x) if x >= 0 else softsign(x)": "enclosed",
    "relu(x) - 5 + 20*heaviside(x - 10)": "enclosed",  # by stretches of q
    "(5*x*min(max(5*x + 3, 0), 6)/6) if x > 1/2 else softsign(0.3*x - 2)/(1 + abs(x))": "enclosed",
}


@pytest.mark.parametrize("text", NONE)
def test_where_none_is_critical_it_is_shown_over_all_lengths(text):
    made = propcheck.load(text)
    fact = criticality(made)
    assert (fact["exists"], str(fact.standing)) == (False, NONE[text])
    assert all(excess(made, q) < 0 for q in ALL_Q)


# g, and a q from which on each is critical: it is sqrt(q/(2 pi)) (I + t) - E[h^2] = 0 with h constant beside 0
SOME = {
    "relu(x) - 1000": 2 * sp.pi * 500**2,
    "relu(x) - 5 - 20*heaviside(x - 10)": None,
    "abs(x) - 0.8": 2 * sp.pi * (sp.Rational(8, 10) / 4) ** 2,  # t = 4*0.8, E[h^2] = 0.8^2
    "softplus(sigmoid(x + 1))": None,
    "sigmoid(relu(0.3*x))": None,
    "1 + tanh(x)/30": None,
}


@pytest.mark.parametrize("text", SOME)
def test_where_one_is_critical_only_at_a_large_length_it_is_found(text):
    made = propcheck.load(text)
    fact = criticality(made)
    assert fact["exists"] is True and fact["sigma_b2"].lower > 0
    assert excess(made, mpmath.mpf(fact["q"].value)) > 0
    if (least := SOME[text]) is not None:
        at = mpmath.mpf(sp.N(least, 30))
        assert excess(made, at * 0.999) < 0 < excess(made, at * 1.001) and fact["q"].value > at


@pytest.mark.parametrize("q", ["1/64", "1", "100"])
@pytest.mark.parametrize("text", [*NONE, *list(SOME)[:3]])
def test_by_parts_it_is_the_same(text, q):
    """The identity of the page, each side by its own integrals."""
    made, at = propcheck.load(text), sp.Rational(q)
    rest = lines._rest_of(made)
    assert rest is not None
    found, whole = lines._at(rest, at), enclosed(made, at).balls
    assert found is not None
    with ctx.workprec(BITS):
        one = lines.excess(rest, at, *found)
        other = lines.rational_ball(at) * whole["derivative_second_moment"] - whole["second_moment"]
        assert one.overlaps(other) and float(abs(one - other).upper()) < 1e-9 * (1 + float(abs(other).upper()))


DRAWN = [designed(Random(seed)) for seed in range(30)]


@pytest.mark.parametrize("text", DRAWN)
def test_of_designs_drawn_at_random_it_is_decided_and_bears_a_look_at_many_lengths(text):
    made = propcheck.load(text)
    fact = criticality(made)
    assert fact["exists"] is not None
    if fact["exists"] is False:
        for k in range(-20, 37, 3):
            found = enclosed(made, sp.Rational(2) ** k).balls
            if "second_moment" in found and "derivative_second_moment" in found:
                ratio = 2.0**k * found["derivative_second_moment"] / found["second_moment"]
                assert not ratio > 1 + sys.float_info.epsilon


@pytest.mark.parametrize("text", [*DRAWN[:20], *list(NONE)[::3], "softplus(x)", "x + 1", "1 + tanh(x)/1000"])
def test_all_that_are_asked_which_initialisation_to_take_give_one_answer(text):
    """The facts, the page of phases and the verdict; and what shows that there is one lies on the edge of chaos."""
    made = propcheck.load(text)
    exists, border = criticality(made), edge(made)
    try:
        fact = edge_of_chaos(made)
    except Undecided as reason:
        fact = Fact("edge_of_chaos", Standing.OPEN, {}, str(reason))
    said, kind = answer(border), fact.get("kind")
    assert border.exists is exists["exists"]
    if exists["exists"] is False:
        assert kind == "none" and said.startswith("No initialisation is critical (")
        assert exists.note in said
        return
    assert kind != "none" and "No initialisation is critical" not in said
    if exists["exists"] and exists["q"].value and exists["q"].value < border.searched[1] and not maps(made).homogeneous:
        weights, biases, _ = on_edge(maps(made), exists["q"].value)
        assert weights == pytest.approx(exists["sigma_w2"].value, rel=1e-9)
        assert biases == pytest.approx(exists["sigma_b2"].value, rel=1e-6, abs=1e-9 * exists["q"].value)
    if fact.get("lengths_stay"):
        numbers = [told(fact[key]) for key in ("sigma_w2", "sigma_b2")]
        assert said.startswith(
            f"Take weights of variance {numbers[0]} over the fan-in and biases of variance {numbers[1]}"
        )
        assert start(made).scheme == "critical"
        assert start(made).sigma_w2 == pytest.approx(fact["sigma_w2"].value)
    else:
        assert "Take weights" not in said

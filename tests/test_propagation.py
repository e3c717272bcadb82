"""What becomes of signals: closed forms, integrals by other means, networks that are drawn, and laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from propcheck import criteria
from propcheck.calculus import Undecided
from propcheck.inquiries.questions import facts
from propcheck.meanfield import maps
from propcheck.meanfield.propagation import DEAD, NOISE, ONE, Signals, Start, propagation, share_at_one_value, start
from propcheck.target import activation

C_NOISE = 1 / math.sqrt(1 + NOISE**2)
_SIGNAL = (
    "gradient",
    "halved",
    "doubled",
    "spread",
    "dead",
    "sparse",
    "mean",
    "nonlinear",
    "elasticity",
    "contrast",
    "noise",
)


def relu_correlation(c: float) -> float:
    """The correlation of the outputs of ReLU (Cho and Saul 2009, equation (6))."""
    angle = math.acos(c)
    return (math.sin(angle) + (math.pi - angle) * c) / math.pi


def after(layers: int, step: Callable[[float], float], c: float) -> float:
    for _ in range(layers):
        c = step(c)
    return c


def known(name: str) -> dict[str, float]:
    """The measures by closed forms."""
    decades = 49 * math.log10(2) / 2
    shared = {"gradient": 0.0, "halved": -decades, "doubled": decades, "elasticity": 1.0}
    if name == "relu":
        apart = [1 - after(3, relu_correlation, c) for c in (0.0, C_NOISE)]
        mean, square = 1 / math.sqrt(2 * math.pi), 0.5
        deviation = math.sqrt(square - mean**2)
        width = ONE * deviation
        return shared | {
            "spread": 5.0,
            "dead": 0.5,
            "mean": mean / deviation,
            "nonlinear": 1 - 0.25 / deviation**2,
            "sparse": 0.5 + integrate.quad(lambda x: (1 - x / width) * stats.norm.pdf(x), 0, width)[0],
            "contrast": apart[0],
            "noise": apart[1] / apart[0] / (1 - C_NOISE),
        }
    if name == "x":
        peak = 2 * integrate.quad(lambda x: (1 - x / ONE) * stats.norm.pdf(x), 0, ONE)[0]
        line = {"spread": 2.0, "dead": 0.0, "mean": 0.0, "nonlinear": 0.0, "sparse": peak}
        return shared | line | {"contrast": 1.0, "noise": 1.0}
    step = lambda c: 2 / math.pi * math.asin(c)  # noqa: E731 - of the sign
    found = 1 - after(3, step, C_NOISE)
    return {"dead": 1.0, "sparse": 0.5, "mean": 0.0, "nonlinear": 1 - 2 / math.pi, "elasticity": 0.0} | {
        "contrast": 1.0, "noise": found / (1 - C_NOISE), "gradient": -math.inf
    }  # fmt: skip


@pytest.mark.parametrize("name", ["relu", "x", "sign(x)"])
def test_closed_forms_come_back(name: str) -> None:
    found = propagation(activation(name))
    for key, value in known(name).items():
        assert float(found[key]) == pytest.approx(value, rel=2e-4, abs=2e-5), key


@pytest.mark.parametrize(("name", "g", "slope"), [
    ("tanh(x)", np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    ("x/(1 + exp(-x))", lambda x: x / (1 + np.exp(-x)), lambda x: (1 + np.exp(-x) * (1 + x)) / (1 + np.exp(-x)) ** 2),
    ("max(x, -1)", lambda x: np.maximum(x, -1), lambda x: (x > -1) * 1.0),
])  # fmt: skip
def test_integrals_by_another_rule_agree(name: str, g: Callable, slope: Callable) -> None:
    """By Simpson's rule on a plain grid, layer by layer."""
    fact = propagation(activation(name))
    own = start(activation(name))
    z = np.linspace(-10, 10, 200_001)
    density = stats.norm.pdf(z)

    def mean(values: np.ndarray) -> float:
        return float(integrate.simpson(values * density, x=z))

    q, decades, spreads, first = own.sigma_w2 + own.sigma_b2, 0.0, [], []
    for layer in range(50):
        x = math.sqrt(q) * z
        square = mean(slope(x) ** 2)
        decades += 0.5 * math.log10(own.sigma_w2 * square) if layer < 49 else 0.0
        spreads.append(3 * mean(slope(x) ** 4) / square**2 - 1)
        if layer < 3:
            centre = mean(g(x))
            variance = mean((g(x) - centre) ** 2)
            line = mean(z * (g(x) - centre))
            dead = mean(np.maximum(0, 1 - np.abs(slope(x)) / (DEAD * math.sqrt(square))))
            first.append((dead, abs(centre) / math.sqrt(variance), 1 - line**2 / variance))
        q = own.sigma_w2 * mean(g(x) ** 2) + own.sigma_b2
    dead, ratio, bent = np.mean(first, axis=0)
    expected = {"gradient": decades, "spread": np.mean(spreads), "dead": dead, "mean": ratio, "nonlinear": bent}
    for key, value in expected.items():
        assert float(fact[key]) == pytest.approx(value, rel=1e-3, abs=3e-4), key


def test_contrast_and_noise_are_those_of_two_correlated_inputs() -> None:
    """By drawing pairs of pre-activations, layer by layer."""
    own, fact = start(activation("gelu")), propagation(activation("gelu"))
    rng = np.random.default_rng(7)
    one, other = rng.standard_normal((2, 4_000_000))
    ends = []
    for c in (0.0, C_NOISE):
        product, square, w = c, 1.0, own.sigma_w2
        for _ in range(3):
            q = w * square + own.sigma_b2
            at = (w * product + own.sigma_b2) / q
            x, y = (math.sqrt(q) * v for v in (one, at * one + math.sqrt(1 - at**2) * other))
            a, b = (v * stats.norm.cdf(v) for v in (x, y))
            product, square, w = float((a * b).mean()), float((a * a).mean()), own.sigma_w2
        ends.append(1 - product / square)
    assert float(fact["contrast"]) == pytest.approx(ends[0], rel=0.01)
    assert float(fact["noise"]) == pytest.approx(ends[1] / ends[0] / (1 - C_NOISE), rel=0.01)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=40), st.floats(1e-3, 5))
def test_the_share_at_one_value_is_what_a_sum_over_all_pairs_says(values: list[float], width: float) -> None:
    array = np.array(values)
    weights = np.full(len(array), 1 / len(array))
    pairs = np.maximum(0, 1 - np.abs(array[:, None] - array[None, :]) / width) @ weights
    assert share_at_one_value(array, weights, width) == pytest.approx(pairs.max(), abs=1e-9)


# ---------------------------------------------------------------------------------------------- laws


TEXTS = ["tanh({})", "gelu({})", "log(1 + exp({}))", "sigmoid({})", "max({}, -1)", "sin({})"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("inner", "outer"), [("3", "1"), ("1/4", "1"), ("1", "1/5"), ("2", "3"), ("5", "1/5")])
def test_units_of_x_and_of_g_change_nothing_where_weights_are_rescaled(text: str, inner: str, outer: str) -> None:
    one, other = (activation(text.replace("{}", "x")), activation(f"({outer})*({text.replace('{}', f'({inner}*x)')})"))
    own, a, c = start(one), float(Fraction(inner)), float(Fraction(outer))
    moved = Start(own.critical, own.sigma_w2 / (a * c) ** 2, own.sigma_b2 / a**2, own.sigma_w2 / a**2)
    before, after = Signals(maps(one), own).measures(1), Signals(maps(other), moved).measures(1)
    for key in _SIGNAL:
        assert after[key] == pytest.approx(before[key], rel=1e-3, abs=1e-6), key  # where lengths leave the table


@pytest.mark.parametrize("text", ["tanh({})", "gelu({})", "sigmoid({})", "sin({})", "relu({})"])
@pytest.mark.parametrize("inner", ["3", "1/4", "1e6"])
def test_the_recommended_start_rescales_weights_with_the_unit_of_x(text: str, inner: str) -> None:
    one, other = (propagation(activation(text.replace("{}", said))) for said in ("x", f"({inner}*x)"))
    for key in _SIGNAL:
        assert float(other[key]) == pytest.approx(float(one[key]), rel=0.08, abs=0.02), key


@pytest.mark.parametrize(("plain", "same"), [
    ("tanh(x)", "tanh(x) + 1e-9*x"),
    ("relu(x)", "min(relu(x), 1e6)"),
    ("x", "max(x, -100)"),
    ("x", "x if x < 1e6 else 2*x + 3"),
    ("gelu(x)", "gelu(x) if abs(x) < 1000 else 7"),
])  # fmt: skip
def test_what_cannot_matter_does_not(plain: str, same: str) -> None:
    one, other = (propagation(activation(text)) for text in (plain, same))
    for key in set(_SIGNAL) - {"halved", "doubled"}:
        assert float(other[key]) == pytest.approx(float(one[key]), rel=1e-5, abs=2e-6), key


def test_a_constant_moves_the_mean_and_leaves_slopes_and_shares_alone() -> None:
    one, other = (propagation(activation(text)) for text in ("relu(x)", "relu(x) + 0.3"))
    for key in ("dead", "sparse", "nonlinear", "spread"):
        assert float(other[key]) == pytest.approx(float(one[key]), rel=1e-3)
    assert float(other["mean"]) > float(one["mean"]) and float(other["contrast"]) < float(one["contrast"])


# ---------------------------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(("text", "key", "word"), [
    ("tanh(x) + 1e-9*x", "gradient_flow", "holds"),
    ("tanh(x)", "gradient_flow", "holds"),
    ("x + 1e-12*abs(x)", "differentiability", "fails"),
    ("max(x, -20)", "differentiability", "fails"),
    ("relu(x) + 0.3", "sparsity", "holds"),
    ("relu(x + 6)", "sparsity", "fails"),
    ("x**2", "convergence", "fails"),
    ("x**3", "convergence", "fails"),
    ("exp(x)", "convergence", "fails"),
    ("sin(x)", "convergence", "holds"),
    ("tanh(3*x)", "convergence", "holds"),
    ("tanh(x/20)", "convergence", "holds"),
    ("relu(x)", "noise_robustness", "holds"),
    ("sign(x)", "noise_robustness", "fails"),
    ("sign(x)", "convergence", "fails"),
])  # fmt: skip
def test_absurd_verdicts_are_gone(text: str, key: str, word: str) -> None:
    verdict = next(found for found in criteria.judge(facts(activation(text))) if found.key == key)
    assert verdict.verdict == word, verdict.reasons


def test_where_nothing_can_be_followed_it_is_open() -> None:
    with pytest.raises(Undecided, match="no weights keep the mean square"):
        propagation(activation("0*x"))

"""Theory's line through deep random networks, and the band that finite width makes of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

import propcheck
from propcheck.meanfield import maps
from propcheck.network import Initialisation, read, units
from propcheck.probes import deep
from propcheck.probes.measurement import Band, Measurement, Profile
from propcheck.probes.outcome import critical
from propcheck.probes.setting import Setting
from propcheck.probes.theory import Theory, theory
from propcheck.verdict import InputError


def made(name: str, setting: Setting, init: str) -> tuple[Theory, Initialisation]:
    own = units(propcheck.load(name))
    scheme = critical(own) if init == "critical" else read(init, own)
    return theory(own, scheme, setting), scheme


def test_one_sample_of_relu_varies_by_5_over_width_in_a_layer_both_ways():
    """Hanin and Nica (2020), Hanin and Rolnick (2018): E[g^4]/E[g^2]^2 - 1 = 3 E[g'^4]/E[g'^2]^2 - 1 = 5."""
    width, layers = 100, np.arange(1, 21)
    own = units(propcheck.load("relu"))
    found = theory(own, read("he", own), cast(Setting, SimpleNamespace(depth=20, width=width, batch=1)))
    np.testing.assert_allclose(found.square.log, 0, atol=1e-12)
    np.testing.assert_allclose(found.square.deviation**2, 5 / width * layers, rtol=1e-6)
    np.testing.assert_allclose(found.gradient.deviation**2, 5 / width * (20 - layers), rtol=1e-6)
    np.testing.assert_allclose(found.gradient.shift, -(found.gradient.deviation**2) / 2, atol=1e-9)


@pytest.mark.parametrize("name", ["tanh", "gelu", "relu6", "sine"])
def test_the_line_is_that_of_the_maps_from_the_actual_start(name):
    w, b, depth = 1.7, 0.2, 12
    own, scheme = units(propcheck.load(name)), Initialisation("given", w, b)
    found, here = theory(own, scheme, Setting(depth, 64, 4)), maps(propcheck.load(name))
    q = [w + b]
    for _ in range(depth):
        q.append(here.length(q[-1], w, b))
    np.testing.assert_allclose(w * np.exp(found.square.log) + b, q[1:], rtol=1e-12)
    steps = [math.log(here.chi_1(at, w)) for at in q[: depth - 1]]
    np.testing.assert_allclose(found.gradient.log[:-1], np.cumsum(steps[::-1])[::-1], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("formula", ["x - max(-0.5, min(0.5, x))", "x*sigmoid(1.702*x)"])
def test_there_is_no_band_where_finite_width_moves_the_mean_too_far(formula):
    """Lengths leave an unstable fixed point: the first order of 1/width says by a factor of 50, and it is less."""
    own = units(propcheck.load(formula))
    found = theory(own, read("preserving", own), Setting(30, 256, 32))
    for line in (found.square, found.gradient):
        _, lower, upper = line.band(8)
        shown = np.isfinite(lower) & np.isfinite(upper)
        assert shown.any() and not shown.all()
        assert (np.abs(line.shift[shown]) <= 1).all()
        assert np.isnan(lower[np.abs(line.shift) > 1]).all()


@pytest.mark.parametrize("name, depth", [("maxout:quadratic", 12), ("x*sigmoid(1.702*x)", 20)])
def test_a_band_leaves_room_for_what_the_second_order_may_come_to(name: str, depth: int):
    """Where the excess of the gradient, or the noise of q, is a fair part of 1, the first order alone is off."""
    setting = Setting(depth, 256, 16, seeds=8)
    expected, scheme = made(name, setting, "preserving")
    own = units(propcheck.load(name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep, "JACOBIAN_WIDTH", 0)
        found = [deep.run(own, scheme, setting, seed) for seed in range(setting.seeds)]
    course = np.mean([one.gradient - one.gradient[-1] for one in found], axis=0)
    band = expected.gradients(8)
    _, *tight = replace(expected.gradient, doubt=np.zeros(depth)).band(8, 0.5 / math.log(10))
    within = (course >= band.lower - 1e-6) & (course <= band.upper + 1e-6)
    assert band.known.any() and within[band.known].all()
    assert ((course < tight[0] - 1e-6) | (course > tight[1] + 1e-6)).any()


@pytest.mark.parametrize("formula, share", [("abs(x) - 0.8", 1.0), ("relu(x) - 0.5", 0.5)])
def test_there_is_no_band_where_lengths_spread_to_the_next_fixed_point(formula, share):
    """E[(f - c)^2] = m q - 2 c k sqrt(q) + c^2, so that sqrt(q) = 1 and c^2 w/(w m - 1) are both fixed points."""
    own, c, m = units(propcheck.load(formula)), 0.8 if share == 1 else 0.5, share
    k = m * math.sqrt(2 / math.pi)
    w = 1 / (m - 2 * c * k + c**2)
    other = (c**2 * w / (w * m - 1)) ** 2
    setting = Setting(40, 96, 16, seeds=8)
    found = theory(own, read("preserving", own), setting)
    band, slopes = found.squares(8), found.gradients(8)
    assert other > 1 and f"the unstable fixed point {other:.4g}," in found.unbanded
    assert band.known[0] and not band.known[10:].any() and not slopes.known[:-1].any()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep, "JACOBIAN_WIDTH", 0)
        means = np.mean([deep.run(own, read("preserving", own), setting, k).square for k in range(8)], axis=0)
    assert ((means >= band.lower) & (means <= band.upper))[band.known].all()
    assert means[-1] > 3 * band.line[-1]  # some networks have crossed it
    layers = tuple(Measurement("", float(mean), 0.1, 8) for mean in means)
    told = Profile("level", layers, band).to_json()["theory"]
    assert told["unbanded"] == found.unbanded and told["banded"] == band.known.sum() < 40


@pytest.mark.parametrize("init", ["preserving", "critical"])
@pytest.mark.parametrize(
    "name", ["tanh", "relu", "noisy_relu", "swish", "xwish", "maxout", "elu", "abs(x) - 1", "sine"]
)
def test_where_none_is_near_bands_are_as_wide_as_they_were(name, init):
    found, _ = made(name, Setting(50, 256, 128), init)
    assert not found.unbanded and found.squares(5).known[:11].all()


@pytest.mark.parametrize("formula", ["0", "max(0, x - 100)"])
def test_outputs_that_are_all_zero_have_a_theory_too(formula):
    own = units(propcheck.load(formula))
    found = theory(own, read("lecun", own), Setting(4, 16, 4))
    assert not np.isfinite(found.gradient.band(2)[1][:-1]).any()


def test_correlations_of_relu_follow_its_map():
    found, _ = made("relu", Setting(3, 64, 4), "he")
    np.testing.assert_allclose(found.correlation[:2], [1 / math.pi, 0.4937310902003715], rtol=1e-12)


# networks of this width and depth vary as theory says: function, initialisation
VARYING = [
    ("relu", "he"),
    ("tanh", "1.5,0.1"),
    ("gelu", "1.4,0.4"),
    ("selu", "lecun"),
    ("rrelu", "preserving"),
    ("maxout", "preserving"),
]


@pytest.mark.parametrize("name, init", VARYING, ids=[name for name, _ in VARYING])
def test_measured_networks_lie_in_the_band_and_vary_by_what_it_says(name, init):
    setting = Setting(8, 80, 8, seeds=40)
    expected, scheme = made(name, setting, init)
    own = units(propcheck.load(name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deep, "JACOBIAN_WIDTH", 0)
        found = [deep.run(own, scheme, setting, seed) for seed in range(setting.seeds)]
    square = np.array([one.square for one in found])
    course = np.array([one.gradient - one.gradient[-1] for one in found])
    for values, band in ((square, expected.squares(40)), (course, expected.gradients(40))):
        means = values.mean(axis=0)
        assert (means >= band.lower - 1e-5).all() and (means <= band.upper + 1e-5).all()
    spreads = np.log(square).std(axis=0, ddof=1), 2 * math.log(10) * course[:, :-1].std(axis=0, ddof=1)
    for spread, line in zip(spreads, (expected.square, expected.gradient), strict=True):
        ratio = spread / line.deviation[: len(spread)]
        assert (ratio < 1.45).all() and (ratio > (0.45 if name == "maxout" else 0.65)).all()  # Maxout's is a bound


def test_there_is_no_band_where_first_order_corrections_do_not_serve():
    far, _ = made("swish", Setting(60, 64, 8), "preserving")
    band = far.squares(5)
    assert band.known[0] and not band.known[-1] and np.isfinite(band.line).all()
    orthogonal, _ = made("relu", Setting(5, 64, 8), "orthogonal")
    assert not orthogonal.squares(5).known.any() and np.isfinite(orthogonal.squares(5).line).all()
    lost, _ = made("exponential", Setting(30, 64, 8), "2,0")
    assert not np.isfinite(lost.square.log[-1])


def test_a_profile_says_where_it_leaves_the_band():
    line, half = np.ones(4), np.array([0.1, 0.1, 0.1, math.nan])
    layers = tuple(Measurement("", mean, 0.1, 3) for mean in (1.0, 1.2, 0.95, 7.0))
    profile = Profile("level", layers, Band(line, line - half, line + half))
    assert profile.outside == (2,)
    told = profile.to_json()["theory"]
    assert (told["inside"], told["outside"], told["banded"], told["upper"][3]) == (False, [2], 3, None)
    nothing = np.full(4, math.nan)
    assert Profile("level", layers, Band(line, nothing, nothing)).to_json()["theory"]["inside"] is None
    by_definition = np.array([1.0, math.nan, math.nan, math.nan])
    assert Profile("level", layers, Band(line, by_definition, by_definition)).to_json()["theory"]["inside"] is None


@pytest.mark.parametrize(
    "name, scheme, w, b",
    [
        ("relu", "critical", 2.0, 0.0),
        ("gelu", "critical", 1.98305826, 0.17292239),
        ("rrelu", "critical", None, 0.0),
        ("maxout", "critical", 1.0, 0.0),
        ("softplus", "preserving", None, 0.0),
        ("noisy_relu", "preserving", None, 0.0),
    ],
)
def test_the_critical_start_is_the_mean_fields_or_else_preserving(name, scheme, w, b):
    found = critical(units(propcheck.load(name)))
    assert found.scheme == scheme and found.sigma_b2 == pytest.approx(b, rel=1e-6)
    assert w is None or found.sigma_w2 == pytest.approx(w, rel=1e-6)


def test_a_probe_of_one_criterion_runs_the_deep_network_alone_and_tells_theory():
    probe = propcheck.probe(
        "gelu", depth=8, width=48, batch=8, seeds=2, init="critical", only=("gradient_flow",), workers=1
    )
    assert list(probe.found) == ["gradient_flow"] and probe.initialisation["scheme"] == "critical"
    page = probe.to_json()
    told = {item["name"]: item.get("theory") for item in page["criteria"]["gradient_flow"]["profiles"]}
    assert told["mean square of the outputs"]["inside"] is True
    assert len(told["correlation of the outputs of two inputs"]["line"]) == 8
    assert page["setting"]["only"] == ["gradient_flow"] and "only" not in Setting().to_json()
    assert "beside theory's band: inside" in str(probe)
    json.dumps(page, allow_nan=False)
    with pytest.raises(InputError, match="no criterion that is measured; there are gradient_flow"):
        propcheck.probe("gelu", only=("differentiability",))

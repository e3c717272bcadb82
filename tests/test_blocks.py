"""Networks of residual blocks: forward by the equations, backward by finite differences, theory's lines and bands."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import propcheck as front
from propcheck.meanfield.blocks import block_maps
from propcheck.network import Initialisation, read, units
from propcheck.network.blocks import KINDS, BlockPass, stream
from propcheck.probes import block_theory, blocks
from propcheck.probes.experiment import Probe
from propcheck.probes.setting import Setting
from propcheck.probes.theory import Theory
from propcheck.verdict import InputError, Standing


def norm(h: np.ndarray) -> np.ndarray:
    return h / np.sqrt((h**2).mean(axis=0))


FORWARD = {
    "residual": lambda h, branch: h + branch(h),
    "pre_norm": lambda h, branch: h + branch(norm(h)),
    "post_norm": lambda h, branch: norm(h + branch(h)),
}
SMALL = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}


def made(kind: str, name: str, depth: int = 3, width: int = 7, seed: int = 1) -> BlockPass:
    own = units(front.load(name))
    return BlockPass(stream(own, depth, width, (1.3, 0.8), seed, "float64"), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*SMALL, "maxout:quadratic"])
def test_blocks_are_their_equations(kind, name):
    passing, x = made(kind, name), np.random.default_rng(0).standard_normal((7, 4))

    def g(z: np.ndarray) -> np.ndarray:
        return SMALL[name](z) if name in SMALL else z.reshape(-1, 7, 4).max(axis=0)

    h = x
    for block in passing.blocks:
        h = FORWARD[kind](h, lambda taken, block=block: block.down @ g(block.up @ taken))
    np.testing.assert_allclose(passing.forward(x), h, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["tanh", "maxout:quadratic"])
def test_gradients_are_those_of_finite_differences(kind, name):
    generator = np.random.default_rng(0)
    passing, x, d = made(kind, name), generator.standard_normal((7, 4)), generator.standard_normal((7, 4))

    def loss(x: np.ndarray) -> float:
        return float((passing.forward(x) * d).sum())

    loss(x)
    found = {back.block: back for back in passing.backward(d)}
    assert sorted(found) == [0, 1, 2] and (found[2].out == d).all()
    by_weights = {j: back.dz @ back.taken.T for j, back in found.items()}
    step = 1e-6
    for place in ((0, 0), (3, 2), (6, 3)):
        moved = np.zeros_like(x)
        moved[place] = step
        assert found[0].into[place] == pytest.approx(
            (loss(x + moved) - loss(x - moved)) / (2 * step), rel=1e-6, abs=1e-8
        )
    for j, block in enumerate(passing.blocks):
        for place in ((0, 0), (5, 6)):
            kept = block.up[place]
            ends = []
            for side in (1, -1):
                block.up[place] = kept + side * step
                ends.append(loss(x))
            block.up[place] = kept
            assert by_weights[j][place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6, abs=1e-8)


def test_a_norm_before_the_branch_keeps_the_product_of_gradient_and_stream():
    """The branch does not see the size of h, so that its Jacobian takes h to 0."""
    passing, x = made("pre_norm", "tanh"), np.random.default_rng(0).standard_normal((7, 4))
    streams: list[np.ndarray] = []
    last = passing.forward(x, watch=lambda j, h, a, out: streams.append(h))
    for back in passing.backward(np.cos(last)):
        h = streams[back.block]
        np.testing.assert_allclose((back.into * h).sum(axis=0), (back.out * h).sum(axis=0), rtol=1e-9)


# --- theory ---


def both(name: str, setting: Setting) -> tuple[Theory, list]:
    own = units(front.load(name))
    scheme = read(setting.init, own)
    found = [blocks.run(own, scheme, setting, seed) for seed in range(setting.seeds)]
    return block_theory.theory(own, scheme, setting), found


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu"])
def test_the_lines_are_those_of_the_maps(name):
    depth, w = 9, 1.7
    own = units(front.load(name))
    for kind in KINDS:
        numbers = block_maps(front.load(name), kind, w).numbers
        a, c = float(numbers["added"]), float(numbers["carried"])
        found = block_theory.theory(own, Initialisation("given", w), Setting(depth, 64, 4, block=kind))
        square, steps = np.exp(found.square.log), -np.diff(found.gradient.log)
        before = np.append(1.0, square[:-1])
        if kind == "pre_norm":
            np.testing.assert_allclose(square, 1 + a * np.arange(1, depth + 1), rtol=1e-7)
            np.testing.assert_allclose(steps, np.log1p(c / before[1:]), rtol=1e-6)
        elif kind == "post_norm":
            np.testing.assert_allclose(square, 1)
            np.testing.assert_allclose(steps, math.log((1 + c) / (1 + a)), rtol=1e-6, atol=1e-9)
        else:
            assert square[0] == pytest.approx(1 + a, rel=1e-7)
            if name == "relu":
                np.testing.assert_allclose(np.log(square), np.log1p(a) * np.arange(1, depth + 1), rtol=1e-7)
                np.testing.assert_allclose(steps, np.log1p(c), rtol=1e-6)


VARYING = [
    ("tanh", "pre_norm"),
    ("relu", "pre_norm"),
    ("rrelu", "pre_norm"),
    ("tanh", "residual"),
    ("relu", "residual"),
    ("relu", "post_norm"),
]


@pytest.mark.parametrize("name, kind", VARYING)
def test_measured_blocks_lie_in_the_band_and_vary_by_what_it_says(name, kind):
    seeds = 40
    expected, found = both(name, Setting(10, 80, 8, seeds=seeds, block=kind))
    course = np.array([one.gradient - one.gradient[-1] for one in found])
    square = np.array([one.square for one in found])
    for values, band, line, to in (
        (square, expected.squares(seeds), expected.square, None),
        (course, expected.gradients(seeds), expected.gradient, 0.5 / math.log(10)),
    ):
        means = values.mean(axis=0)
        assert band.known.all()
        assert (means >= band.lower - 1e-5).all() and (means <= band.upper + 1e-5).all()
        told = line.deviation[1:-1] * (to or 1)
        measured = (values if to else np.log(values)).std(axis=0, ddof=1)[1:-1]
        if (told > 0).all():
            assert 0.7 < np.median(measured / told) < 1.4
    correlation = np.mean([one.correlation for one in found], axis=0)
    assert np.abs(correlation - expected.correlation).max() < 0.05


def test_the_band_is_that_of_its_function_alone():
    setting = Setting(20, 80, 8, seeds=8, block="pre_norm")
    found = both("tanh", setting)[1]
    course = np.mean([one.gradient - one.gradient[-1] for one in found], axis=0)
    for name, inside in (("tanh", True), ("sigmoid", False)):
        own = units(front.load(name))
        band = block_theory.theory(own, read("preserving", own), setting).gradients(8)
        assert ((course >= band.lower - 1e-5) & (course <= band.upper + 1e-5)).all() == inside


# --- the probe ---

KEYS = ("gradient_flow",)


def probe(**given) -> Probe:
    return front.probe("tanh", **{"depth": 6, "width": 32, "seeds": 2, "batch": 8, "workers": 1, **given})


def test_a_probe_of_blocks_measures_gradient_flow_and_says_that_others_are_for_plain_layers():
    found = probe(block="pre_norm")
    assert found.to_json()["setting"]["block"] == "pre_norm"
    assert found["gradient_flow"].verdict.standing is Standing.MEASURED
    others = [verdict for verdict in found.criteria if verdict.key != "gradient_flow"]
    assert others and all("plain layers, not in pre_norm blocks" in verdict.reasons[0] for verdict in others)
    profile = found["gradient_flow"].profiles[0]
    assert profile.band is not None and profile.outside == ()
    assert json.dumps(found.to_json(), allow_nan=False) and "pre_norm" in str(found)


def test_plain_layers_are_as_they_were():
    assert "block" not in Setting().to_json() and Setting(block="residual").to_json()["block"] == "residual"


def test_a_stream_that_overflows_is_told_as_such():
    """Without a norm the mean square of ReLU^2 is squared from block to block."""
    found = front.probe("max(0, x)**2", depth=30, width=16, batch=4, seeds=1, workers=1, block="residual", only=KEYS)
    verdict = found["gradient_flow"].verdict
    assert (verdict.verdict, verdict.standing) == ("fails", Standing.MEASURED) and "overflow" in verdict.reasons[0]
    assert json.dumps(found.to_json(), allow_nan=False)


WRONG = (
    ({"block": "conv"}, "leave the block out"),
    ({"block": "prenorm"}, "did you mean pre_norm"),
    ({"block": "pre_norm", "init": "critical"}, "starts from lecun"),
    ({"block": "residual", "init": (1.0, 0.3)}, "no biases"),
    ({"block": "post_norm", "backend": "torch"}, "NumPy alone"),
)


@pytest.mark.parametrize("given, words", WRONG, ids=[str(given) for given, _ in WRONG])
def test_what_cannot_be_run_is_an_error_in_a_sentence(given, words):
    with pytest.raises(InputError, match=words):
        probe(**given)

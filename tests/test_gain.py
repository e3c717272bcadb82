"""Blocks and gains: mpmath, closed forms, published numbers, and the words that a gain comes with."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest

import propcheck as front
from propcheck.meanfield.blocks import BLOCKS, block_maps
from propcheck.meanfield.gain import FRAMEWORKS, MEANINGS, gain
from propcheck.network.initialisation import read
from propcheck.numeric.units import units
from propcheck.target import activation
from propcheck.verdict import InputError, Standing

RESIDUAL = ("residual", "pre_norm", "post_norm")

# zeta at s1 = 1, to the digits that are told of it
PUBLISHED = [("relu", 1.0), ("silu", 1.067), ("gelu", 1.072), ("tanh", 1.178), ("max(0, x)**2", 1.333)]
G = {
    "tanh": (mpmath.tanh, lambda x: mpmath.sech(x) ** 2),
    "silu": (
        lambda x: x / (1 + mpmath.exp(-x)),
        lambda x: 1 / (1 + mpmath.exp(-x)) * (1 + x / (1 + mpmath.exp(x))),
    ),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x))),
}


def mean(of, deviation: float):
    """E[of(x)], x ~ N(0, deviation^2)."""
    return mpmath.quad(lambda z: of(deviation * z) ** 2 * mpmath.npdf(z), [-12, -4, 0, 4, 12])


@pytest.mark.parametrize("name, told", PUBLISHED, ids=[name for name, _ in PUBLISHED])
def test_the_exponent_is_the_one_that_is_told(name, told):
    found = block_maps(activation(name), "pre_norm").numbers["exponent"]
    assert found.value == pytest.approx(told, abs=6e-4)
    assert found.lower <= found.value <= found.upper <= found.lower + 1e-12


@pytest.mark.parametrize("variance", [1.0, 0.37, 2.0])
@pytest.mark.parametrize("name", G)
def test_mpmath_finds_the_same_numbers(name, variance):
    second, slope = (mean(of, math.sqrt(variance)) for of in G[name])
    added, carried = variance * second, variance**2 * slope
    found = {block: block_maps(activation(name), block, variance).numbers for block in RESIDUAL}
    expected = {
        ("pre_norm", "added"): added,
        ("pre_norm", "carried"): carried,
        ("pre_norm", "exponent"): carried / added,
        ("post_norm", "factor"): (1 + carried) / (1 + added),
        ("residual", "factor"): 1 + carried,
    }
    for (block, key), value in expected.items():
        number = found[block][key]
        assert number.standing is Standing.ENCLOSED
        assert number.lower - 1e-11 <= value <= number.upper + 1e-11, (block, key)


def test_the_stream_of_relu_is_that_of_xiong_and_others():
    """Their lemma on Pre-LN transformers has 1 + l/2 for what blocks of ReLU with s1 = s2 = 1 add in l blocks."""
    assert block_maps(activation("relu"), "pre_norm").numbers["added"].exact == "1/2"


@pytest.mark.parametrize("name", ["tanh", "gelu", "sigmoid"])
def test_the_product_over_blocks_is_a_power_of_the_depth(name):
    numbers = block_maps(activation(name), "pre_norm").numbers
    a, c, zeta = (numbers[key].value for key in ("added", "carried", "exponent"))
    depth = np.arange(1 << 16)
    course = np.cumsum(np.log1p(c / (1 + a * depth)))
    early, late = 1 << 10, 1 << 16
    assert (course[late - 1] - course[early - 1]) / math.log(late / early) == pytest.approx(zeta, rel=0.01)
    over, under = (math.lgamma(late + start) - math.lgamma(start) for start in ((1 + c) / a, 1 / a))
    assert course[late - 1] == pytest.approx(over - under, rel=1e-9)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "x", "abs(x)"])
@pytest.mark.parametrize("variance", [1.0, 0.3])
def test_what_is_homogeneous_has_the_exponent_1_and_keeps_gradients_behind_a_norm(name, variance):
    made = activation(name)
    for block, key in (("pre_norm", "exponent"), ("post_norm", "factor")):
        found = block_maps(made, block, variance).numbers[key]
        assert (found.exact, found.standing) == ("1", Standing.PROVED)


def test_late_residual_blocks_multiply_by_the_slopes_far_out():
    for name, exact in (("gelu", "3/2"), ("tanh", "1"), ("x", "2"), ("max(0, x)**2", "oo")):
        assert block_maps(activation(name), "residual").numbers["eventual"].exact == exact
    assert block_maps(activation("1/x"), "residual").numbers["eventual"].value is None


@pytest.mark.parametrize("name", ["1/x", "0"])
@pytest.mark.parametrize("block", BLOCKS)
def test_where_there_is_nothing_to_keep_there_is_no_number(name, block):
    found = gain(name, block=block)
    assert found.gain.value is None and found.meaning is None and found.lines == {}
    assert found.gain.standing is Standing.PROVED and found.sentence.startswith("no gain (proved)")
    assert json.dumps(found.to_json(), allow_nan=False)


# --- plain and conv ---


@pytest.mark.parametrize("block", ["plain", "conv"])
def test_a_layer_has_the_critical_initialisation_where_there_is_one(block):
    for name in ("gelu", "tanh", "relu"):
        found, point = gain(name, block=block), front.phase(name).recommended
        assert found.meaning == "critical" and point is not None
        assert found.weight_variance == point.sigma_w2 and found.bias_variance == point.sigma_b2
        assert found.gain.value == pytest.approx(math.sqrt(float(point.sigma_w2)), rel=1e-12)
        assert found.gain.lower <= found.gain.value <= found.gain.upper


def test_elsewhere_it_keeps_the_length_and_says_so():
    found = gain("softplus")
    assert found.meaning == "length" and "no initialisation is critical (proved)" in found.sentence
    assert float(found.gain) == pytest.approx(float(1 / mpmath.sqrt(mean(G["softplus"][0], 1.0))), rel=1e-12)
    runaway = gain("max(0, x)**2")
    assert runaway.meaning == "length" and runaway.gain.exact == "sqrt(6)/3"
    assert "one that differs from 1 moves away" in runaway.sentence and "by 1.33333 a layer" in runaway.sentence


def test_a_meaning_that_is_asked_for_is_the_one_that_is_given():
    slope = mean(G["tanh"][1], 1.0)
    found = {meaning: gain("tanh", meaning=meaning) for meaning in MEANINGS}
    assert {meaning: item.meaning for meaning, item in found.items()} == {name: name for name in MEANINGS}
    assert float(found["gradient"].gain) == pytest.approx(float(1 / mpmath.sqrt(slope)), rel=1e-12)
    preserving = read("preserving", units(activation("tanh"))).sigma_w2
    assert float(found["length"].gain) == pytest.approx(math.sqrt(preserving))
    none = gain("softplus", meaning="critical")
    assert none.gain.value is None and none.gain.standing is Standing.PROVED


# --- residual blocks ---


def test_a_branch_behind_a_norm_gives_out_what_it_takes_in():
    for name in ("gelu", "tanh", "sigmoid"):
        found = gain(name, block="pre_norm")
        numbers = block_maps(activation(name), "pre_norm").numbers
        assert found.meaning == "length" and float(found.first_weight_variance) == 1
        assert float(found.weight_variance) * float(numbers["added"]) == pytest.approx(1, rel=1e-12)
        assert found.exponent == numbers["exponent"]
        assert gain(name, block="pre_norm", meaning="critical").gain.value is None


def test_behind_the_sum_a_norm_keeps_the_gradients_of_relu_alone():
    assert gain("relu", block="post_norm").meaning == "critical"
    gelu = gain("gelu", block="post_norm")
    factor = (1 + block_maps(activation("gelu"), "pre_norm").numbers["exponent"].value) / 2
    assert gelu.meaning == "length" and f"by {factor:.6g} a block" in gelu.sentence
    none = gain("gelu", block="post_norm", meaning="critical")
    assert none.gain.value is None and none.gain.standing is Standing.PROVED


@pytest.mark.parametrize("meaning", [None, *MEANINGS])
def test_without_a_norm_no_gain_keeps_anything(meaning):
    found = gain("relu", block="residual", meaning=meaning)
    assert found.gain.value is None and found.lines == {} and found.gain.standing is Standing.PROVED


# --- the lines ---


@pytest.mark.parametrize("name, block", [("gelu", "plain"), ("relu", "conv"), ("tanh", "pre_norm")])
def test_lines_can_be_pasted_and_have_the_number(name, block):
    found = gain(name, block=block)
    assert tuple(found.lines) == FRAMEWORKS
    kernels = {f"{framework}, kernels": line for framework, line in found.delta_orthogonal.items()}
    for framework, line in (dict(found.lines) | kernels).items():
        bare = framework.startswith("torch") or " = dict(" in line
        ast.parse(line if bare else f"dict({line})")
        number = float(found.gain) if "kernels" in framework else float(found.weight_variance)
        assert f"{number:.10g}" in line, framework


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is an extra")
def test_the_lines_of_torch_draw_these_variances():
    import torch  # pyright: ignore[reportMissingImports]

    torch.manual_seed(0)
    made = gain("gelu")
    layer = torch.nn.Linear(700, 600)
    exec(made.lines["torch"])
    assert float(layer.weight.var()) * 700 == pytest.approx(float(made.weight_variance), rel=0.02)
    assert float(layer.bias.var()) == pytest.approx(float(made.bias_variance), rel=0.3)
    conv = gain("relu", block="conv")
    layer = torch.nn.Conv2d(40, 40, 3)
    exec(conv.lines["torch"])
    assert float(layer.weight.var()) * 360 == pytest.approx(2, rel=0.05) and not layer.bias.any()
    exec(conv.delta_orthogonal["torch"])
    centre = layer.weight[:, :, 1, 1]
    torch.testing.assert_close(centre @ centre.T, 2 * torch.eye(40), atol=1e-4, rtol=0)
    assert float((layer.weight**2).sum()) == pytest.approx(80, rel=1e-4)
    up, down = torch.nn.Linear(500, 800), torch.nn.Linear(800, 500)
    pre = gain("tanh", block="pre_norm")
    exec(pre.lines["torch"])
    assert float(up.weight.var()) * 500 == pytest.approx(1, rel=0.02) and not down.bias.any()
    assert float(down.weight.var()) * 800 == pytest.approx(float(pre.weight_variance), rel=0.02)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is an extra")
def test_the_lines_of_jax_draw_these_variances():
    import jax  # pyright: ignore[reportMissingImports]

    nnx = SimpleNamespace(initializers=jax.nn.initializers)  # flax's are these
    key, made, conv = jax.random.key(0), gain("gelu"), gain("relu", block="conv")
    for framework in ("jax", "flax"):
        names = {"jax": jax, "nnx": nnx}
        given = eval(f"dict({made.lines[framework]})", names)
        weights, biases = given["kernel_init"](key, (700, 600)), given["bias_init"](key, (600,))
        assert float(weights.var()) * 700 == pytest.approx(float(made.weight_variance), rel=0.02)
        assert float(biases.var()) == pytest.approx(float(made.bias_variance), rel=0.3)
        kernel = eval(f"dict({conv.lines[framework]})", names)["kernel_init"](key, (3, 3, 40, 40))
        assert float(kernel.var()) * 360 == pytest.approx(2, rel=0.05)
        kernel = eval(f"dict({conv.delta_orthogonal[framework]})", names)["kernel_init"](key, (3, 3, 40, 40))
        np.testing.assert_allclose(kernel[1, 1] @ kernel[1, 1].T, 2 * np.eye(40), atol=1e-4)
        scope: dict = {}
        exec(gain("tanh", block="pre_norm").lines[framework], names, scope)
        assert set(scope) == {"up", "down"}


# --- the command and the page ---


def test_the_command_says_one_number_and_one_line_first(propcheck):
    status, out, err = propcheck("gain", "relu", "--for", "keras")
    first, empty, line, *rest = out.splitlines()
    assert (status, err, empty) == (0, "", "") and first == "ReLU, plain: gain 1.414213562"
    assert line.startswith("kernel_initializer=keras.initializers.VarianceScaling(2, ")
    assert " ".join(rest).count("critical: each length is kept") == 1 and "torch" not in out


def test_the_command_answers_in_the_schema(propcheck):
    status, out, _ = propcheck("gain", "gelu", "--block", "pre_norm", "--json")
    found = json.loads(out)
    assert status == 0 and found["schema"] == "propcheck.gain/1" and found["meaning"] == "length"
    assert {"gain", "meaning", "block", "weight_variance", "bias_variance", "exponent", "lines"} <= set(found)
    assert found["exponent"]["value"] == pytest.approx(1.072, abs=5e-4)
    status, out, _ = propcheck("gain", "x*sigmoid(b*x)", "tanh", "--param", "b=1", "--json")
    assert [item["block"] for item in json.loads(out)] == ["plain", "plain"]


def test_of_a_gain_that_is_not_found_the_object_is_open(propcheck):
    asked = ("gain", "x*erf(x/3)", "--json", "--time-limit", "0.000001")
    status, out, _ = propcheck(*asked, "--strict")
    assert status == 3 and json.loads(out)["standing"] == "open" and json.loads(out)["gain"]["value"] is None
    assert propcheck(*asked)[0] == 0


WRONG = (
    (("gain", "gelu", "--block", "prenorm"), "did you mean pre_norm"),
    (("gain", "gelu", "--for", "tourch"), "did you mean torch"),
    (("gain", "gelu", "--meaning", "lengths"), "did you mean length"),
    (("gain", "gleu"), "did you mean gelu"),
    (("gain", "x*b"), "--param b=VALUE"),
    (("phase", "relu", "--block", "residual", "--sigma-b2", "0.1"), "have no biases"),
    (("phase", "relu", "--block", "post_norm", "--sigma-w2", "0"), "sigma_w2 above 0"),
    (("phase", "relu", "--block", "dense"), "there is no block"),
)


@pytest.mark.parametrize("asked, words", WRONG, ids=[" ".join(asked) for asked, _ in WRONG])
def test_wrong_input_is_a_sentence(propcheck, asked, words):
    status, out, err = propcheck(*asked)
    assert (status, out) == (2, "") and words in err and "Traceback" not in err


def test_phase_says_what_a_block_does(propcheck):
    status, out, _ = propcheck("phase", "tanh", "--block", "pre_norm", "--sigma-w2", "2", "--json")
    found = json.loads(out)
    assert status == 0 and found["critical"]["exists"] is True and found["at"] is None
    block = found["block"]
    assert block["name"] == "pre_norm" and block["weight_variance"] == 2.0 and block["factor"] is None
    second, slope = (mean(of, math.sqrt(2)) for of in G["tanh"])
    assert block["exponent"]["value"] == pytest.approx(float(2 * slope / second), rel=1e-12)
    page = " ".join(propcheck("phase", "tanh", "--block", "pre_norm")[1].split())
    assert "h' = h + W2 g(W1 norm(h))" in page and "1.1778" in page and "chi_1" not in page
    plain = json.loads(propcheck("phase", "tanh", "--json")[1])
    assert plain["block"]["name"] == "plain" and plain["block"]["exponent"] is None


@pytest.mark.parametrize("block", [*BLOCKS, "nothing"])
def test_in_python_it_is_a_function_too(block):
    if block in BLOCKS:
        assert front.phase("relu", block=block).block.block is BLOCKS[block]
        assert front.gain("relu", block=block).block == block
    else:
        with pytest.raises(InputError, match="there is no block 'nothing'"):
            front.gain("relu", block=block)

"""The network of the paper's (26) to (34): its gradients against second opinions, its weights, its random units."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest
import sympy as sp

import propcheck
from propcheck.language import X
from propcheck.network import (
    CROSS_ENTROPY,
    SQUARED,
    Initialisation,
    Layer,
    Network,
    Pass,
    initialise,
    loss,
    read,
    units,
    update,
)
from propcheck.network.perceptron import sums_for
from propcheck.numeric.units import draw
from propcheck.verdict import InputError

DECAY = 0.1
LOSSES = {"squared": SQUARED, "cross-entropy": CROSS_ENTROPY}


def made(name, **params):
    return units(propcheck.load(name, **params))


def network(name, hidden=(8, 8), dtype=np.float64, seed=1):
    """Six inputs, hidden layers of these units, three linear outputs; with biases."""
    own, linear = made(name), made("linear")
    scheme = Initialisation("given", 1.3, 0.2)
    return initialise([own] * len(hidden) + [linear], [6, *hidden, 3], scheme, seed, dtype)


def samples(dtype=np.float64, count=5):
    generator = np.random.default_rng(3)
    x = generator.standard_normal((6, count)).astype(dtype)
    y = generator.random((3, count)).astype(dtype)
    return x, y / y.sum(axis=0)


def gradients(passing, x, y, kind=SQUARED, noise=None, rescale=False):
    output = passing.forward(x, noise)
    found = {}
    for g in passing.backward(kind.slope(output, y), rescale):
        found[g.layer] = (np.ldexp(g.dw, g.exponent), np.ldexp(g.db, g.exponent))
    return found


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize(
    "name", ["tanh", "gelu", "softsign", "elu", "noisy_relu", "rrelu", "maxout", "maxout:quadratic"]
)
def test_the_gradient_of_26_is_that_of_finite_differences(name, kind):
    net, (x, y) = network(name), samples()
    passing = Pass(net, x.shape[1])

    def J():
        return loss(net, passing.forward(x, np.random.default_rng(7)), y, LOSSES[kind], DECAY)

    found = gradients(passing, x, y, LOSSES[kind], np.random.default_rng(7))
    for j, layer in enumerate(net.layers):
        dw, db = found[j]
        for array, slope in ((layer.weights, dw + DECAY * layer.weights), (layer.biases, db)):
            for place in [(0,) * array.ndim, tuple(size - 1 for size in array.shape), (1,) * array.ndim]:
                before, step = array[place], 1e-6
                values = []
                for shift in (step, -step):
                    array[place] = before + shift
                    values.append(J())
                array[place] = before
                assert slope[place] == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-5, abs=1e-8)


TORCH = {"relu": "relu", "tanh": "tanh", "gelu": "gelu", "mish": "mish", "softplus": "softplus", "elu": "elu"}


@pytest.mark.parametrize("name", TORCH)
def test_the_gradient_is_that_of_torch_autograd(name):
    torch = pytest.importorskip("torch")
    net, (x, y) = network(name, hidden=(16, 16, 16)), samples(count=20)
    found = gradients(Pass(net, x.shape[1]), x, y)
    weights = [torch.tensor(layer.weights, requires_grad=True) for layer in net.layers]
    biases = [torch.tensor(layer.biases, requires_grad=True) for layer in net.layers]
    a = torch.tensor(x)
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        a = getattr(torch.nn.functional, TORCH[name])(w @ a + b[:, None])
    a = weights[-1] @ a + biases[-1][:, None]
    (((a - torch.tensor(y)) ** 2).sum() / (2 * y.shape[1])).backward()
    for j, (w, b) in enumerate(zip(weights, biases, strict=True)):
        np.testing.assert_allclose(found[j][0], w.grad.numpy(), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found[j][1], b.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_the_update_33_and_34_is_the_gradient_of_26_as_sympy_differentiates_it():
    own, linear, rate = made("softplus"), made("linear"), 0.25
    net = initialise([own, linear], [2, 2, 1], Initialisation("given", 1.0, 1.0), 5, np.float64)
    x, y = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]), np.array([[0.1, 0.2, 0.3]])
    symbols, J = [], sp.S.Zero
    for j, layer in enumerate(net.layers):
        w = sp.Matrix(*layer.weights.shape, lambda a, b, j=j: sp.Symbol(f"w{j}_{a}_{b}"))
        b = sp.Matrix(layer.biases.size, 1, lambda a, _, j=j: sp.Symbol(f"b{j}_{a}"))
        symbols.append((w, b))
    for k in range(3):
        a = symbols[0][0] * sp.Matrix([sp.Rational(v) for v in x[:, k]]) + symbols[0][1]
        a = (
            symbols[1][0] * a.applyfunc(lambda z: propcheck.load("softplus").expression.xreplace({X: z}))
            + symbols[1][1]
        )
        J += (a[0] - sp.Rational(y[0, k])) ** 2 / 2 / 3
    J += sp.Rational(DECAY) / 2 * sum((entry**2 for w, _ in symbols for entry in w), sp.S.Zero)
    values = {}
    for layer, (w, b) in zip(net.layers, symbols, strict=True):
        values |= dict(zip(w, layer.weights.ravel().tolist(), strict=True))
        values |= dict(zip(b, layer.biases.tolist(), strict=True))
    wanted = {s: v - rate * float(J.diff(s).evalf(30, subs=values)) for s, v in values.items()}
    passing = Pass(net, 3)
    for g in passing.backward(SQUARED.slope(passing.forward(x), y)):
        update(net.layers[g.layer], g, rate, DECAY)
    for layer, (w, b) in zip(net.layers, symbols, strict=True):
        np.testing.assert_allclose(layer.weights.ravel(), [wanted[s] for s in w], rtol=1e-13)
        np.testing.assert_allclose(layer.biases, [wanted[s] for s in b], rtol=1e-13)


@pytest.mark.parametrize("name", ["mish", "maxout", "noisy_relu"])
def test_what_is_kept_for_the_way_back_changes_no_gradient(name):
    net, (x, y) = network(name, hidden=(8, 12, 4)), samples()

    def noise():
        return np.random.default_rng(3)

    wanted = gradients(Pass(net, 5, memory=0), x, y, noise=noise())
    for memory in (1.3, 3.0, 100.0):
        passing = Pass(net, 5, memory)
        for _ in range(2):  # the buffers have changed places
            found = gradients(passing, x, y, noise=noise(), rescale=memory > 2)
            for j, (dw, db) in wanted.items():
                np.testing.assert_array_equal(found[j][0], dw)
                np.testing.assert_array_equal(found[j][1], db)


def test_memory_is_at_most_1_3_times_the_pre_activations_and_weights():
    own = made("tanh")
    net = initialise([own] * 50, [64] * 51, Initialisation("lecun", 1.0), 0, np.float32)
    weights = sum(layer.weights.nbytes for layer in net.layers)
    assert Pass(net, 32).nbytes + weights <= 1.3 * (weights + 50 * 64 * 32 * 4)


def test_powers_of_two_keep_a_vanishing_gradient_in_range():
    own = made("sigmoid")
    net = initialise([own] * 60, [32] * 61, Initialisation("given", 1e-4), 0, np.float32)
    passing = Pass(net, 8)
    x = np.ones((32, 8), np.float32)
    passing.forward(x)
    norms = {g.layer: (np.linalg.norm(g.dz), g.exponent) for g in passing.backward(x, rescale=True)}
    assert norms[0][0] > 1e-20 and norms[0][1] < -300
    wide = initialise([own] * 60, [32] * 61, Initialisation("given", 1e-4), 0, np.float64)
    exact = Pass(wide, 8)
    for layer, source in zip(wide.layers, net.layers, strict=True):
        layer.weights[...] = source.weights
    exact.forward(x.astype(float))
    for g in exact.backward(x.astype(float)):
        norm, exponent = norms[g.layer]
        assert np.log2(norm) + exponent == pytest.approx(np.log2(np.linalg.norm(g.dz)), abs=1e-4)


# --- sums, and other libraries ---------------------------------------------------------------------------------------

AWKWARD = {
    "plain": lambda z: z,
    "zeros": lambda z: np.maximum(z, 0),
    "tiny": lambda z: z * 1e-30,
    "huge": lambda z: z * 1e30,
    "an infinity": lambda z: np.where(z > 2.5, np.inf, z),
    "no number": lambda z: np.where(z > 2.5, np.nan, z),
    "dead rows": lambda z: z * (np.arange(len(z)) % 3 > 0)[:, None],
}


def kinds(shape, dtype):
    """NumPy's sums first, and those of what is installed."""
    like = np.empty(0, dtype)
    yield sums_for(like, shape, False), lambda array: array
    if importlib.util.find_spec("numba"):
        yield sums_for(like, shape, True), lambda array: array
    if importlib.util.find_spec("torch"):
        import torch

        yield sums_for(torch.empty(0), shape), torch.from_numpy


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", AWKWARD)
def test_sums_are_the_same_however_they_are_taken(case, dtype):
    generator = np.random.default_rng(5)
    a, da = (AWKWARD[case](generator.standard_normal((300, 257))).astype(dtype) for _ in range(2))
    tolerance = {"rtol": 3e-6 if dtype == np.float32 else 1e-13, "atol": 1e-5 * float(np.nanmedian(np.abs(a[a != 0])))}
    exact = a.astype(float)
    for kind, own in kinds(a.shape, dtype):
        found = kind.outputs(own(a))
        np.testing.assert_allclose(found.units, exact.sum(axis=1), **tolerance)
        np.testing.assert_allclose(found.squares, (a * a).astype(float).sum(axis=1), **tolerance)
        np.testing.assert_allclose(found.samples, (a * a).astype(float).sum(axis=0), **tolerance)
        np.testing.assert_array_equal(found.zeros, (a == 0).sum(axis=1))
        assert found.negative == (a < 0).sum()
        edge = 0.1 * abs(float(a[1, 1]))
        assert kind.near(own(a), edge) == (np.abs(a) <= np.dtype(dtype).type(edge)).sum()
        dz = np.empty_like(a)
        squares, living = kind.gradients(own(da), own(a), own(dz))
        np.testing.assert_array_equal(dz, da * a)
        np.testing.assert_array_equal(living, (a != 0).any(axis=1))
        np.testing.assert_allclose(squares, (dz * dz).astype(float).sum(axis=0), **tolerance)
        np.testing.assert_allclose(kind.squares(own(dz)), squares, rtol=1e-6)


@pytest.mark.parametrize("name", ["gelu", "noisy_relu", "rrelu", "maxout"])
def test_the_network_in_torch_is_the_one_in_numpy(name):
    pytest.importorskip("torch")
    net, (x, y) = network(name, hidden=(8, 12, 4)), samples()
    wanted = gradients(Pass(net, 5), x, y, noise=np.random.default_rng(3))
    passing = Pass(net.on("torch", "cpu"), 5, memory=0)
    output = passing.forward(x, np.random.default_rng(3)).numpy().copy()
    for g in passing.backward(SQUARED.slope(output, y), rescale=True):
        for found, goal in zip((g.dw, g.db), wanted[g.layer], strict=True):
            np.testing.assert_allclose(np.ldexp(found.numpy(), g.exponent), goal, rtol=1e-12, atol=1e-15)


# --- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [-2.0, -0.3, 0.0, 0.7, 3.0])
@pytest.mark.parametrize("name", ["noisy_relu", "rrelu"])
def test_drawn_noise_has_the_mean_and_the_variance_of_the_closed_forms(name, at):
    own = made(name)
    noise, count = own.activation.noise, 10**6
    mean, variance = (float(e.subs(X, sp.Rational(str(at)))) for e in (noise.mean, noise.variance))
    z, a = np.full((1, count), at), np.empty((1, count))
    draws = [np.empty_like(z) for _ in own.laws]
    draw(own, np.random.default_rng(0), draws)
    own.value(z, draws, a)
    assert abs(a.mean() - mean) <= 4 * math.sqrt(variance / count) + 1e-12
    spread = ((a - mean) ** 2).std() / math.sqrt(count)
    assert abs(((a - mean) ** 2).mean() - variance) <= 4 * spread + 1e-12
    averages = own.averages(np.array([at]))
    assert averages[0][0] == pytest.approx(mean) and averages[1][0] == pytest.approx(variance + mean**2)


@pytest.mark.parametrize("name", ["noisy_relu", "rrelu"])
def test_without_noise_the_mean_takes_its_place(name):
    own, z = made(name), np.linspace(-3, 3, 12).reshape(3, 4)
    a, slope = np.empty_like(z), np.empty_like(z)
    own.both(z, (), a, slope)
    mean, derivative = propcheck.load(name).noise.mean, propcheck.load(name).noise.mean.diff(X)
    np.testing.assert_allclose(a.ravel(), [float(mean.subs(X, v)) for v in z.ravel()], rtol=1e-14)
    np.testing.assert_allclose(slope.ravel(), [float(derivative.subs(X, v)) for v in z.ravel()], rtol=1e-14)


def test_maxout_is_the_largest_and_a_tie_goes_to_the_first():
    own = made("maxout:quadratic")
    assert own.inputs == 5
    z = np.array([1.0, 3.0, 3.0, -1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]).reshape(5, 2)  # [part, unit] of one sample
    a, slope = np.empty((2, 1)), np.empty((10, 1))
    own.both(z.reshape(10, 1), (), a, slope)
    assert a.ravel().tolist() == [3.0, 3.0]
    assert slope.reshape(5, 2).tolist() == [[0, 1], [1, 0], [0, 0], [0, 0], [0, 0]]


# --- weights ---------------------------------------------------------------------------------------------------------

# 1/E[g^2]; SELU's constants are made so that it is 1, and of Maxout E[max(z1, z2)^2] = 1.
GAINS = {
    "relu": 2.0,
    "linear": 1.0,
    "absolute": 1.0,
    "leaky_relu": 2 / 1.0001,
    "tanh": 1 / 0.394294,
    "selu": 1.0,
    "noisy_relu": 1 / (0.5 + 0.337429),
    "rrelu": 2 / (1 + (1 / 64 + 1 / 24 + 1 / 9) / 3),
    "maxout": 1.0,
    "maxout:quadratic": 1 / 1.8000,
}


@pytest.mark.parametrize("name", GAINS)
def test_preserving_weights_keep_the_mean_square(name):
    assert read("preserving", made(name)).sigma_w2 == pytest.approx(GAINS[name], rel=1e-4)


@pytest.mark.parametrize("name", ["gelu", "noisy_relu", "maxout", "softplus"])
def test_preserving_weights_keep_it_in_a_network(name):
    own = made(name)
    scheme = read("preserving", own)
    net = initialise([own, own], [400, 2000, 2000], scheme.layers(2), 0, np.float64)
    x = np.random.default_rng(0).standard_normal((400, 50))
    squares = []
    Pass(net, 50).forward(
        x / np.sqrt((x * x).mean(axis=0)),
        np.random.default_rng(1),
        lambda j, z, a: squares.append((a * a).mean(axis=1)),
    )
    for means in squares:
        assert abs(means.mean() * scheme.sigma_w2 - 1) <= 5 * scheme.sigma_w2 * means.std() / math.sqrt(means.size)


@pytest.mark.parametrize(
    "scheme, variance",
    [("lecun", 1 / 300), ("he", 2 / 300), ("glorot", 2 / 500), ("orthogonal", 1 / 300), ("0.5,2", 1 / 1200)],
)
def test_weights_have_the_variance_of_their_scheme(scheme, variance):
    own = made("tanh")
    layer = initialise([own], [300, 200], read(scheme, own), 0, np.float32).layers[0]
    assert layer.weights.var() == pytest.approx(variance, rel=0.03) and layer.weights.dtype == np.float32
    assert layer.biases.std() == pytest.approx(2 if scheme == "0.5,2" else 0, rel=0.2)
    if scheme == "orthogonal":
        np.testing.assert_allclose(layer.weights @ layer.weights.T, np.eye(200), atol=1e-5)


def test_all_functions_start_from_the_same_draws_whatever_else_is_drawn():
    tanh, relu = made("tanh"), made("relu")
    deep = initialise([tanh] * 5, [16] * 6, read("lecun", tanh), 3, np.float64)
    other = initialise([relu] * 2, [16] * 3, read("he", relu), 3, np.float64)
    for one, two in zip(deep.layers, other.layers, strict=False):
        np.testing.assert_allclose(two.weights, math.sqrt(2) * one.weights, rtol=1e-15)
    assert not np.allclose(deep.layers[0].weights, deep.layers[1].weights)
    assert not np.allclose(
        deep.layers[0].weights, initialise([tanh], [16, 16], read("lecun", tanh), 4, float).layers[0].weights
    )


def test_the_compiled_loop_draws_other_numbers_of_the_same_law():
    pytest.importorskip("numba")
    tanh = made("tanh")
    slow, fast = (
        initialise([tanh] * 2, [300, 200, 200], read("he", tanh), 3, np.float32, fast=f).layers for f in (False, True)
    )
    for one, two in zip(slow, fast, strict=True):
        assert one.weights.shape == two.weights.shape and not np.allclose(one.weights, two.weights)
        assert two.weights.std() == pytest.approx(one.weights.std(), rel=0.02)
    again = initialise([tanh], [300, 200], read("lecun", tanh), 3, np.float32, fast=True).layers[0]
    np.testing.assert_allclose(fast[0].weights, math.sqrt(2) * again.weights, rtol=1e-6)


WRONG = {
    "an unknown scheme": (lambda: read("xavier", made("relu")), "there are lecun, glorot, he, orthogonal, preserving"),
    "no weights": (lambda: read("0,1", made("relu")), "sigma_w above 0"),
    "one number": (lambda: read("1.5", made("relu")), "1.5,0.1"),
    "an infinite moment": (lambda: read("preserving", made("1/x")), "is inf, so no weights preserve it"),
    "a zero function": (lambda: read("preserving", made("0*x")), "is 0, so no weights preserve it"),
    "no pieces": (lambda: made("tan(x)*exp(-x**2)"), "cannot be run in a network: not defined"),
    "layers that do not fit": (
        lambda: Network(
            (Layer(np.ones((2, 3)), np.ones(2), made("relu")), Layer(np.ones((1, 3)), np.ones(1), made("relu")))
        ),
        "takes 3 inputs, and the one before it has 2 units",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_run_is_told(case):
    call, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        call()


def test_a_rescaled_gradient_gives_no_update():
    net = initialise([made("tanh")] * 40, [4] * 41, Initialisation("given", 1e-12), 0, np.float64)
    passing = Pass(net, 2)
    passing.forward(np.ones((4, 2)))
    *_, last = passing.backward(np.ones((4, 2)), rescale=True)
    with pytest.raises(InputError, match="without rescale"):
        update(net.layers[0], last, 0.1)

"""A deep random network, looked at layer by layer on the way forward and back; one function, one seed.

The inputs are normal, each sample scaled to a mean square of 1; backward goes a normal gradient from the last layer.
Functions with the same seed and size meet the same inputs, gradients, noise and draws of the weights.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from propcheck.meanfield.propagation import NOISE as DISTURBED_BY
from propcheck.meanfield.propagation import SHALLOW
from propcheck.network.initialisation import DISTURBANCE, INPUTS, NOISE, TARGETS, Initialisation, initialise, stream
from propcheck.network.perceptron import Gradient, Layer, Network, Pass
from propcheck.network.sums import Kind
from propcheck.numeric.arrays import host, library
from propcheck.numeric.units import Units
from propcheck.probes import prediction
from propcheck.probes.setting import Setting
from propcheck.probes.signals import Layers

NEAR = 0.1  # near zero: within this share of the layer's root mean square
LEVELS = (0.1, DISTURBED_BY, 1.0)  # of noise on the inputs: standard deviations, where that of the inputs is 1
DISTURBED = 32  # samples that are followed with noise and without
JACOBIAN_WIDTH = 512  # the widest network whose input-output Jacobian is taken apart
TIMED_DEPTH, REPETITIONS = 6, 9
OFF = {"halved": 0.5, "doubled": 2.0}  # the variance of the weights
_ROUNDED = 1e-12  # a singular value below this share of the largest is made of rounding errors


Contender = tuple[Units, Initialisation]


@dataclass(frozen=True)
class Deep:
    """What one pass showed; arrays are by layer, from the first.

    Of the outputs: mean, standard deviation, mean square, and the shares that are exactly 0, near 0, negative and
    positive. `square_error` and `zero_error` are standard errors, from the spread over units; the first is no less than
    for independent samples of the predicted moments, as the few large units may be missing from a spread. Of the
    gradients: log10 of the norms by z and by w, the share of units whose slope is 0 on the whole batch, the growth of
    the squared norm from a layer to the one before it, beside the one predicted. `singular` are log10 of the largest,
    the root mean square and the median singular value of one sample's input-output Jacobian. `reached` is, for each
    level of noise, the size of the disturbance of the outputs over the size of the outputs, squared. `correlation` is
    the mean cosine of the angle between the outputs of two inputs, random units showing their mean. `signals` are the
    measures of `meanfield.propagation` by name.
    """

    mean: np.ndarray
    deviation: np.ndarray
    square: np.ndarray
    zero: np.ndarray
    near: np.ndarray
    negative: np.ndarray
    positive: np.ndarray
    expected_square: np.ndarray
    square_error: np.ndarray
    expected_zero: np.ndarray
    zero_error: np.ndarray
    gradient: np.ndarray
    weight_gradient: np.ndarray
    dead: np.ndarray
    growth: np.ndarray
    expected_growth: np.ndarray
    singular: np.ndarray
    reached: np.ndarray
    correlation: np.ndarray
    signals: Mapping[str, float] = field(default_factory=dict)

    @property
    def overflow(self) -> int | None:
        """The first layer, counted from 1, whose outputs are too large, or no numbers; None where all is well."""
        lost = np.flatnonzero(~np.isfinite(self.square))
        return int(lost[0]) + 1 if lost.size else None


def run(units: Units, initialisation: Initialisation, setting: Setting, seed: int) -> Deep:
    """The deep network of these units, drawn from this seed, once forward and once back."""
    network = _network(units, initialisation, setting, seed, setting.depth)
    x, da = inputs(setting, seed), gradients_of(setting, seed)
    passing = Pass(network, setting.batch)
    schemes = initialisation.layers(setting.depth)
    weights = np.array([own.weight_variance(setting.width, setting.width) for own in schemes])
    statistics, layers = Statistics(weights, initialisation.sigma_b2, x, passing.sums), Layers(units.inputs)

    def see(j: int, z: np.ndarray, a: np.ndarray) -> None:
        statistics.see(j, z, a)
        layers.outputs(j, z, a)

    with np.errstate(all="ignore"):
        passing.forward(x, stream(seed, NOISE), see)
        outputs = statistics.outputs()
        gradients, shares = backward(passing, da, setting.width <= JACOBIAN_WIDTH, layers)
        q = statistics.q
        followed = _followed(network, x, seed)
        signals = {
            **layers.found(),
            "gradient": gradients["gradient"][0] - gradients["gradient"][-1],
            **{name: _kept(network, x, da, seed, factor) for name, factor in OFF.items()},
            "contrast": followed.contrast,
            "noise": followed.noise,
        }
        square, slope, fourth = prediction.moments_and_fourth(units, q)
        least = np.sqrt(np.maximum(fourth - square**2, 0).sum(axis=1) / setting.width) / setting.batch
        known = np.isfinite(least)
        outputs["square_error"][known] = np.fmax(outputs["square_error"][known], least[known])
        return Deep(
            **outputs,
            **gradients,
            expected_square=square.mean(axis=1),
            expected_zero=prediction.zero_share(units, q).mean(axis=1),
            expected_growth=weights[1:] * (shares[1:] * slope[:-1]).sum(axis=1),
            reached=followed.reached,
            correlation=followed.correlation,
            signals=signals,
        )


def relative_time(own: Contender, other: Contender, setting: Setting) -> float:
    """The time of a pass forward and back, statistics left out, over that of the other units.

    The two are run in turn, and the median of the ratios counts: a slow moment of the machine meets both.
    """
    x, da = inputs(setting, 0), gradients_of(setting, 0)
    depth = min(setting.depth, TIMED_DEPTH)
    # NumPy works on one thread: where processor time is told finely, others' work does not stretch it.
    alone = setting.backend == "numpy" and sys.platform != "win32"
    clock = time.process_time if alone else time.perf_counter
    passes = [Pass(_network(*contender, setting, 0, depth), setting.batch) for contender in (own, other)]
    ratios = []
    with np.errstate(all="ignore"):
        for _ in range(REPETITIONS):
            spent = []
            for passing in passes:
                started = clock()
                passing.forward(x, stream(0, NOISE))
                *_, last = passing.backward(da, rescale=True)
                float(last.db[0])  # a device has finished when it gives a number
                spent.append(clock() - started)
            ratios.append(spent[0] / spent[1])
    return float(np.median(ratios))


def kept_bytes(units: Units, setting: Setting) -> float:
    """Bytes that a layer keeps for the way back, for each unit and sample: z. Noise is drawn again, and not kept."""
    return np.dtype(setting.dtype).itemsize * units.inputs


def inputs(setting: Setting, seed: int) -> np.ndarray:
    """Samples in columns, each with mean square 1."""
    shape = setting.width, setting.batch
    x = stream(seed, INPUTS, *shape).standard_normal(shape, dtype=np.dtype(setting.dtype))
    return x / np.sqrt(np.mean(x * x, axis=0))


def gradients_of(setting: Setting, seed: int) -> np.ndarray:
    """Normal gradients by the last outputs, samples in columns."""
    shape = setting.width, setting.batch
    return stream(seed, TARGETS, *shape).standard_normal(shape, dtype=np.dtype(setting.dtype))


def _network(units: Units, initialisation: Initialisation, setting: Setting, seed: int, depth: int) -> Network:
    widths = [setting.width] * (depth + 1)
    made = initialise([units] * depth, widths, initialisation.layers(depth), seed, setting.dtype, setting.fast)
    return made.on(setting.backend, setting.device)


# --- forward ---------------------------------------------------------------------------------------------------------


_COLUMNS = ("mean", "square", "square_error", "zero", "zero_error", "near", "negative", "positive")


class Statistics:
    """What is told of each layer's outputs, from sums over its units and samples."""

    def __init__(self, weights: np.ndarray, biases: float, x: np.ndarray, sums: Kind):
        depth, samples = weights.size, x.shape[1]
        self.weights, self.biases, self.sums = weights, biases, sums  # variances, and how sums are taken
        self.q = np.empty((depth, samples))
        self._columns = {name: np.empty(depth) for name in _COLUMNS}
        self._before = np.asarray(np.mean(x * x, axis=0), float)

    def see(self, j: int, z: np.ndarray, a: np.ndarray) -> None:
        """Takes the sums of one layer."""
        width, samples = a.shape
        self.q[j] = self.weights[j] * self._before + self.biases
        found = self.sums.outputs(a)
        square, square_error = _over_units(found.squares, samples)
        zero, zero_error = _over_units(found.zeros, samples)
        self._before = found.samples / width
        size = width * samples
        near, negative = self.sums.near(a, NEAR * np.sqrt(square)) / size, found.negative / size
        mean = float(found.units.sum(dtype=float)) / size
        note = (mean, square, square_error, zero, zero_error, near, negative, 1 - negative - zero)
        for name, value in zip(_COLUMNS, note, strict=True):
            self._columns[name][j] = value

    def outputs(self) -> dict[str, np.ndarray]:
        """The columns, with the standard deviation."""
        columns = self._columns
        return columns | {"deviation": np.sqrt(np.maximum(columns["square"] - columns["mean"] ** 2, 0))}


def _over_units(sums: np.ndarray, samples: int) -> tuple[float, float]:
    """The mean of a quantity summed over samples for each unit, and its standard error: units are independent."""
    means, count = np.asarray(sums, float) / samples, len(sums)
    mean = float(means.sum()) / count
    means -= mean
    return mean, math.sqrt(float(means @ means) / (count - 1) / count)


# --- backward --------------------------------------------------------------------------------------------------------


def backward(passing: Pass, da: np.ndarray, jacobian: bool, seen: Layers) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What is told of the gradients, by layer, and of the Jacobian where it is asked for; each sample's share in them.

    The shares are those in the squared norm, (layers, samples). `seen` looks at the slopes.
    """
    depth = len(passing.network.layers)
    gradient, weights, dead = np.empty(depth), np.empty(depth), np.empty(depth)
    shares = np.empty((depth, passing.samples))
    product = _Product(passing.network) if jacobian else None
    for found in passing.backward(da, rescale=True):
        j = found.layer
        square = found.squares.sum()
        gradient[j], weights[j] = _log_norm(square, found.exponent), _log_norm(_square(found.dw), found.exponent)
        shares[j] = found.squares / square
        dead[j] = 1 - np.count_nonzero(found.living) / found.living.size
        seen.slopes(j, found.slopes)
        if product is not None:
            product.extend(found)
    columns = {
        "gradient": gradient,
        "weight_gradient": weights,
        "dead": dead,
        "growth": 10 ** (2 * (gradient[:-1] - gradient[1:])),
        "singular": product.singular() if product is not None else np.full(3, np.nan),
    }
    return columns, shares


def _square(array: np.ndarray) -> float:
    """The sum of the squares, in double precision where that of the array has none left."""
    flat = array.reshape(-1)
    square = float(library(flat).dot(flat, flat))
    return float(np.square(host(flat), dtype=float).sum()) if square == 0 and flat.any() else square


def _log_norm(square: float, exponent: int) -> float:
    """log10 of the norm, from its square and a power of two apart."""
    return (0.5 * np.log10(square) if square > 0 else -np.inf if square == 0 else np.nan) + exponent * np.log10(2.0)


class _Product:
    """The input-output Jacobian of the first sample, gathered from the last layer back, with a power of two apart."""

    def __init__(self, network: Network):
        self.network = network
        self.matrix = np.eye(network.layers[-1].width)
        self.exponent = 0

    def extend(self, found: Gradient) -> None:
        layer = self.network.layers[found.layer]
        slopes = host(found.slopes[:, :, 0]).astype(float)
        blocks = host(layer.weights).reshape(layer.units.inputs, layer.width, -1)
        own = slopes[0][:, None] * blocks[0]
        for slope, block in zip(slopes[1:], blocks[1:], strict=True):
            own += slope[:, None] * block
        self.matrix = self.matrix @ own
        largest = np.abs(self.matrix).max()
        if np.isfinite(largest) and largest > 0:
            power = int(np.frexp(largest)[1])
            np.ldexp(self.matrix, -power, out=self.matrix)
            self.exponent += power

    def singular(self) -> np.ndarray:
        if not np.isfinite(self.matrix).all():
            return np.full(3, np.nan)
        values = np.linalg.svd(self.matrix, compute_uv=False)
        chosen = np.array([values[0], np.sqrt(np.mean(values**2)), np.median(values)])
        chosen[chosen < _ROUNDED * values[0]] = np.nan
        return np.log10(chosen) + self.exponent * np.log10(2.0)


# --- noise on the inputs ---------------------------------------------------------------------------------------------


class Followed(NamedTuple):
    """How much of the noise reaches each layer, by level: (levels, layers); the correlation of pairs of samples in
    each; and of the first layers the contrast of unrelated inputs, and by how much the share of noise grows in them."""

    reached: np.ndarray
    correlation: np.ndarray
    contrast: float
    noise: float


def _followed(network: Network, x: np.ndarray, seed: int) -> Followed:
    """Random units show their mean."""
    count = min(DISTURBED, x.shape[1])
    clean = x[:, :count]
    noise = stream(seed, DISTURBANCE, *clean.shape).standard_normal(clean.shape, dtype=x.dtype)
    both = np.concatenate([clean, *[clean + x.dtype.type(level) * noise for level in LEVELS]], axis=1)
    reached = np.empty((len(LEVELS), len(network.layers)))
    correlation, disturbed = np.empty((2, len(network.layers)))

    def see(j: int, z: np.ndarray, a: np.ndarray) -> None:
        parts = host(a).reshape(a.shape[0], 1 + len(LEVELS), count)
        squares = np.square(parts[:, 0], dtype=float).sum(axis=0)
        size = float(squares.sum())
        for level in range(len(LEVELS)):
            reached[level, j] = np.square(parts[:, level + 1] - parts[:, 0], dtype=float).sum() / size
        pairs = 2 * (count // 2)
        products = (parts[:, 0, 0:pairs:2].astype(float) * parts[:, 0, 1:pairs:2]).sum(axis=0)
        correlation[j] = np.mean(products / np.sqrt(squares[0:pairs:2] * squares[1:pairs:2]))
        disturbed[j] = _cosine(parts[:, 0], parts[:, 1 + LEVELS.index(DISTURBED_BY)])

    Pass(network, both.shape[1]).forward(both, None, see)
    last = min(SHALLOW, len(network.layers)) - 1
    at_first = 1 - _cosine(clean, both[:, count * (1 + LEVELS.index(DISTURBED_BY)) :][:, :count])
    contrast = 1 - float(correlation[last])
    return Followed(reached, correlation, contrast, (1 - float(disturbed[last])) / contrast / at_first)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    """The mean over samples of the cosine of the angle between the columns."""
    one, other = one.astype(float), other.astype(float)
    sizes = np.square(one).sum(axis=0) * np.square(other).sum(axis=0)
    return float(np.mean((one * other).sum(axis=0) / np.sqrt(sizes)))


def _kept(network: Network, x: np.ndarray, da: np.ndarray, seed: int, factor: float) -> float:
    """log10 of the gradient's norm in the first layer over that in the last, all weights times the root of a factor."""
    scale = x.dtype.type(math.sqrt(factor))
    moved = Network(tuple(Layer(layer.weights * scale, layer.biases, layer.units) for layer in network.layers))
    norms = []
    passing = Pass(moved, x.shape[1])
    passing.forward(x, stream(seed, NOISE))
    for found in passing.backward(da, rescale=True):
        if found.layer in (0, len(network.layers) - 1):
            norms.append(_log_norm(found.squares.sum(), found.exponent))
    return norms[-1] - norms[0]

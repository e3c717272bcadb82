"""The weights that a network starts from.

A weight has variance sigma_w^2 / (inputs of the layer), a bias sigma_b^2. The numbers behind the weights depend on the
seed, the layer's place and its shape alone, so that all functions start from the same draws, and a comparison between
them is paired; what differs is the scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from propcheck.analysis import gaussian
from propcheck.network.perceptron import Layer, Network
from propcheck.numeric.units import Maxout, Units
from propcheck.verdict import InputError

SCHEMES = ("lecun", "glorot", "he", "orthogonal", "preserving")
WEIGHTS, BIASES, INPUTS, NOISE, TARGETS, ORDER, DISTURBANCE = range(7)  # what a stream of random numbers is for
_KEPT = 1 << 28  # bytes of draws kept for the next function


@dataclass(frozen=True)
class Initialisation:
    """A scheme with its variances: of weights times the inputs of the layer, and of biases.

    `lecun` has sigma_w^2 = 1, `he` 2, `glorot` 2 inputs / (inputs + units); `orthogonal` weights are an orthogonal
    matrix, or a part of one, as Saxe, McClelland and Ganguli (2014) have it. `preserving` is the sigma_w^2 that keeps
    the mean square of z at 1, and so that of g(z), from layer to layer: 1 / E[g(z)^2], z ~ N(0, 1). `first` is the
    sigma_w^2 of a first layer whose inputs have a mean square of 1, where it is another.
    """

    scheme: str
    sigma_w2: float
    sigma_b2: float = 0.0
    first: float | None = None

    def weight_variance(self, inputs: int, units: int) -> float:
        """sigma_w^2 of a layer."""
        return 2 * inputs / (inputs + units) if self.scheme == "glorot" else self.sigma_w2

    def layers(self, count: int) -> list[Initialisation]:
        """Those of the layers of a network whose inputs have a mean square of 1."""
        first = self if self.first is None else replace(self, sigma_w2=self.first)
        return [first, *[self] * (count - 1)]


def read(text: str | tuple[float, float], units: Units) -> Initialisation:
    """The initialisation of this name for these units; or "sigma_w,sigma_b", or the two numbers."""
    if text == "preserving":
        return Initialisation("preserving", 1 / _second_moment(units), first=1.0)
    if isinstance(text, str) and text in SCHEMES:
        return Initialisation(text, 2.0 if text == "he" else 1.0)
    sigma_w, sigma_b = deviations(text)
    return Initialisation("given", sigma_w**2, sigma_b**2)


def deviations(text: str | tuple[float, float], schemes: Sequence[str] = SCHEMES) -> tuple[float, float]:
    """sigma_w and sigma_b, where they are given in place of one of these schemes."""
    given = text.split(",") if isinstance(text, str) else text
    try:
        sigma_w, sigma_b = (float(number) for number in given)
        if not (0 < sigma_w < np.inf and 0 <= sigma_b < np.inf):
            raise ValueError
    except (TypeError, ValueError):
        raise InputError(
            f"there is no initialisation {text!r}; there are {', '.join(schemes)}, "
            "and sigma_w,sigma_b such as 1.5,0.1 with sigma_w above 0 and sigma_b at least 0"
        ) from None
    return sigma_w, sigma_b


def initialise(
    units: Sequence[Units],
    widths: Sequence[int],
    scheme: Initialisation | Sequence[Initialisation],
    seed: int,
    dtype: Any,
    fast: bool = False,
) -> Network:
    """A network with these widths, inputs first, and these units in its layers; one scheme, or one for each layer.

    With `fast` the weights of single precision are drawn by a loop that numba compiles: other numbers for a seed.
    """
    schemes = [scheme] * len(units) if isinstance(scheme, Initialisation) else scheme
    layers = []
    for j, (layer, own) in enumerate(zip(units, schemes, strict=True)):
        inputs, width = widths[j], widths[j + 1]
        shape = layer.inputs * width, inputs
        scale = np.dtype(dtype).type(np.sqrt(own.weight_variance(inputs, width) / inputs))
        if fast and own.scheme != "orthogonal" and np.dtype(dtype) == np.float32:
            weights = np.empty(shape, dtype)
            _fill(weights, seed, (j, layer.inputs, width, inputs), scale)
        else:
            kind = np.dtype(dtype).name
            weights = scale * _draws(own.scheme == "orthogonal", seed, j, layer.inputs, width, inputs, kind)
        biases = np.zeros(shape[0], dtype)
        if own.sigma_b2:
            normal = stream(seed, BIASES, j, shape[0]).standard_normal(shape[0], dtype=dtype)
            biases[...] = np.sqrt(own.sigma_b2) * normal
        layers.append(Layer(weights, biases, layer))
    return Network(tuple(layers))


def stream(seed: int, purpose: int, *place: int) -> np.random.Generator:
    """The random numbers for one purpose and place: the same whatever else is drawn, and in whatever order."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, *place))))


def _fill(weights: np.ndarray, seed: int, place: tuple[int, ...], scale: float) -> None:
    from propcheck.numeric import draws

    sequence = np.random.SeedSequence(seed, spawn_key=(WEIGHTS, *place))
    draws.normal(weights, sequence.generate_state(2), scale)


_CACHE: dict[tuple, np.ndarray] = {}


def _draws(orthogonal: bool, seed: int, j: int, inputs: int, width: int, before: int, dtype: str) -> np.ndarray:
    """Entries of mean 0 and variance 1, or the square root of `before` times an orthogonal matrix."""
    key = orthogonal, seed, j, inputs, width, before, dtype
    if key not in _CACHE:
        blocks = []
        for k in range(inputs):
            normal = stream(seed, WEIGHTS, j, width, before, k).standard_normal((width, before), dtype=np.dtype(dtype))
            blocks.append(np.sqrt(before).astype(dtype) * _orthogonal(normal) if orthogonal else normal)
        made = blocks[0] if inputs == 1 else np.concatenate(blocks)
        if sum(array.nbytes for array in _CACHE.values()) + made.nbytes > _KEPT:
            _CACHE.clear()
        _CACHE[key] = made
    return _CACHE[key]


def _orthogonal(normal: np.ndarray) -> np.ndarray:
    """An orthogonal matrix, uniformly distributed; of a rectangular one the longer sides are orthonormal."""
    tall = normal if normal.shape[0] >= normal.shape[1] else normal.T
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1, 1).astype(normal.dtype)
    return q if normal.shape[0] >= normal.shape[1] else q.T


# --- preserving ------------------------------------------------------------------------------------------------------


def _second_moment(units: Units) -> float:
    """E[g(z)^2], z ~ N(0, 1), the noise of random units included."""
    if isinstance(units, Maxout):
        return largest_moments(units.inputs)[1]
    activation = units.activation
    found = gaussian.find(activation)["second_moment"]
    value, noise = found.value, 0.0
    if activation.noise is not None:
        spread = gaussian.moments(activation.noise.variance_pieces).mean
        value, noise = (None if spread.value is None else value), spread.value or 0.0
    if value is None or not 0 < value + noise < np.inf:
        said = "is not known" if value is None else f"is {value + noise:g}"
        raise InputError(f"E[g^2] of {activation.name} {said}, so no weights preserve it; give --init lecun or another")
    return value + noise


@lru_cache(maxsize=64)
def largest_moments(k: int) -> tuple[float, float, float]:
    """The mean, mean square and mean fourth power of the largest of k independent standard normal numbers."""
    from scipy.special import ndtr

    nodes, weights = np.polynomial.legendre.leggauss(400)
    z = 12 * nodes
    density = 12 * weights * k * ndtr(z) ** (k - 1) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return float(density @ z), float(density @ z**2), float(density @ z**4)

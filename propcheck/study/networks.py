"""The four networks of a study, and the deep ones: each made for one function, at every rate and seed at once.

    plain       64-64-64-10, a perceptron by the paper's equations (26) to (34)
    pre_norm    64 units, three blocks h + W2 g(W1 norm(h)), norm, a linear output
    conv        3 x 3 convolutions of 8, 16, 16 channels, means over 2 x 2 after the first, a linear output
    conv_bn     the same with batch normalisation before each activation

Weights are normal. In `plain` and `conv` their variance and that of the biases are the function's own recommended
critical ones, where it has them, else weights keep lengths; in a block W1 has the variance 1/inputs and W2 keeps the
length of the branch; under batch normalisation the scale does not matter. The draws behind the weights depend on the
seed, the network and the layer alone, so that functions are compared in pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.network.initialisation import BIASES, WEIGHTS, Initialisation, stream
from propcheck.numeric.units import Plain
from propcheck.study.layers import Activated, Convolved, Dense, Layer, Normed, Pooled, Reshaped, Residual

NETWORKS = ("plain", "pre_norm", "conv", "conv_bn")
SIDE, CLASSES, WIDTH, BLOCKS = 8, 10, 64, 3
CHANNELS = (8, 16, 16)


class _Draws:
    """Weights, (rates * seeds, ...): the same for each rate."""

    def __init__(self, rates: int, seeds: Sequence[int], place: int):
        self.rates, self.seeds, self.place, self.layer = rates, seeds, place, 0

    def pair(self, units: int, inputs: int, own: Initialisation) -> list[np.ndarray]:
        """Weights of variance sigma_w^2/inputs and biases of variance sigma_b^2."""
        self.layer += 1
        weights = self._stacked(WEIGHTS, (units, inputs), (own.sigma_w2 / inputs) ** 0.5)
        return [weights, self._stacked(BIASES, (units, 1), own.sigma_b2**0.5)]

    def _stacked(self, purpose: int, shape: tuple[int, int], deviation: float) -> np.ndarray:
        drawn = [
            stream(seed, purpose, 100 + self.place, self.layer).standard_normal(shape, np.float32)
            for seed in self.seeds
        ]
        return np.concatenate([np.stack(drawn) * np.float32(deviation)] * self.rates)


def made(name: str, units: Plain, own: Initialisation, kept: float, rates: int, seeds: Sequence[int]) -> list[Layer]:
    """A network of NETWORKS at `rates` learning rates for each seed; `kept` is the weight variance that keeps lengths.

    Its inputs are (networks, 64, samples), of mean square 1.
    """
    draws = _Draws(rates, seeds, NETWORKS.index(name))
    if name == "plain":
        return perceptron(units, own, draws, 3, WIDTH)
    if name == "pre_norm":
        return blocks(units, kept, draws, BLOCKS, WIDTH)
    return _convolutions(units, own, draws, name == "conv_bn")


def deep(name: str, units: Plain, own: Initialisation, kept: float, depth: int, width: int, rates: int,
         seeds: Sequence[int]) -> list[Layer]:  # fmt: skip
    """`plain` or `pre_norm` with so many layers or blocks, of a width."""
    draws = _Draws(rates, seeds, 10 * depth + NETWORKS.index(name))
    if name == "plain":
        return perceptron(units, own, draws, depth, width)
    return blocks(units, kept, draws, depth, width)


_LECUN = Initialisation("lecun", 1.0)


def perceptron(units: Plain, own: Initialisation, draws: _Draws, depth: int, width: int) -> list[Layer]:
    """Layers of g, and a linear output."""
    layers: list[Layer] = []
    inputs = SIDE * SIDE
    for _ in range(depth):
        layers += [Dense(draws.pair(width, inputs, own)), Activated(units)]
        inputs = width
    return [*layers, Dense(draws.pair(CLASSES, inputs, _LECUN))]


def blocks(units: Plain, kept: float, draws: _Draws, depth: int, width: int) -> list[Layer]:
    """A linear layer, residual blocks with the norm inside, the norm, and a linear output."""
    layers: list[Layer] = [Dense(draws.pair(width, SIDE * SIDE, _LECUN))]
    branch = Initialisation("given", kept)
    for _ in range(depth):
        inner = Dense(draws.pair(width, width, _LECUN))
        outer = Dense(draws.pair(width, width, branch))
        layers.append(Residual([Normed(), inner, Activated(units), outer]))
    return [*layers, Normed(), Dense(draws.pair(CLASSES, width, _LECUN))]


def _convolutions(units: Plain, own: Initialisation, draws: _Draws, normed: bool) -> list[Layer]:
    layers: list[Layer] = [Reshaped((1, SIDE, SIDE))]
    before, side = 1, SIDE
    for place, channels in enumerate(CHANNELS):
        layers.append(Convolved(draws.pair(channels, 9 * before, own)))
        if normed:
            layers.append(Normed((2, 3, 4)))
        layers.append(Activated(units))
        if place == 0:
            layers.append(Pooled())
            side //= 2
        before = channels
    size = before * side * side
    return [*layers, Reshaped((size,)), Dense(draws.pair(CLASSES, size, _LECUN))]

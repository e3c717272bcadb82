"""A multilayer perceptron by the paper's equations (26) to (34), in arrays that are laid out once.

For the way back a layer keeps its pre-activations z: there the fused pair (g, g') gives from z[j-1] both the outputs
that (29) needs and the slopes that (28) needs. As far as memory allows a layer computes the pair on the way forward
and keeps it instead: one array more, and one evaluation of g less.

The paper's update (33) is that of the loss without its L2 term, for one sample. Here it is the gradient of (26) as it
stands: the mean over the samples, and lambda w for the weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from propcheck.network.sums import Blocks, Kind, OfTensors
from propcheck.numeric.arrays import beside, library, maker
from propcheck.numeric.units import Units, draw
from propcheck.verdict import InputError

_SCALED = 2.0**60  # the square of a gradient's norm is kept within this of 1, by powers of two, where that is asked


@dataclass(frozen=True, eq=False)
class Layer:
    """Weights (inputs * units, units before), biases (inputs * units,), and what the units do with z = w a + b."""

    weights: np.ndarray
    biases: np.ndarray
    units: Units

    @property
    def width(self) -> int:
        return self.weights.shape[0] // self.units.inputs


@dataclass(frozen=True, eq=False)
class Network:
    """Layers, from the first hidden one to the output."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        for before, layer in zip(self.layers, self.layers[1:], strict=False):
            if layer.weights.shape[1] != before.width:
                taken = layer.weights.shape[1]
                raise InputError(f"a layer takes {taken} inputs, and the one before it has {before.width} units")

    def on(self, backend: str, device: str) -> Network:
        """The network in the arrays of a backend, on one of its devices; with NumPy's it is itself."""
        if backend == "numpy":
            return self
        import torch  # pyright: ignore[reportMissingImports]

        def moved(array: np.ndarray) -> Any:
            return torch.from_numpy(array).to(device)

        made: dict[Units, Units] = {layer.units: layer.units.on(backend) for layer in self.layers}
        return Network(tuple(Layer(moved(own.weights), moved(own.biases), made[own.units]) for own in self.layers))


class Gradient(NamedTuple):
    """The gradients at one layer; times 2**exponent, each. The arrays are overwritten by the next layer's.

    `slopes` are those of the layer's units, (inputs, units, samples). Where a pass is rescaled, `squares` are the sums
    of the squares of `dz` for each sample, and `living` says which units have a slope other than 0 on some sample.
    """

    layer: int
    dz: np.ndarray
    dw: np.ndarray
    db: np.ndarray
    slopes: np.ndarray
    exponent: int
    squares: np.ndarray
    living: np.ndarray


Watch = Callable[[int, np.ndarray, np.ndarray], None]


class Pass:
    """The arrays of passes through one network with one number of samples.

    `memory` is how much may be held, in units of what the pre-activations and the weights take.
    """

    def __init__(self, network: Network, samples: int, memory: float = 1.3):
        layers, first = network.layers, network.layers[0].weights
        self.network, self.samples = network, samples
        empty, itemsize = maker(first, "empty"), first.itemsize
        tallest = max(max(layer.weights.shape) for layer in layers)
        self._z = [empty(layer.weights.shape[0] * samples) for layer in layers]
        self._a = empty(max(layer.width for layer in layers) * samples)
        self._spare = {len(z): empty(len(z)) for z in self._z}
        self._slopes = [empty(tallest * samples) for _ in range(2)]
        self._d = [empty(tallest * samples) for _ in range(2)]
        self._dw = empty(max(layer.weights.shape[0] * layer.weights.shape[1] for layer in layers))
        self._ones = maker(first, "ones")(samples)
        self._x = empty((0, samples))
        self.sums = sums_for(first, (tallest, samples), layers[0].units.fast)
        laws = max(len(layer.units.laws) for layer in layers)
        self._noise = [np.empty(tallest * samples, str(first.dtype).removeprefix("torch.")) for _ in range(laws)]
        self._states: dict[int, Any] = {}  # of the generator, before it drew the noise of a layer
        self._again = np.random.default_rng(0)
        self._kept: dict[int, np.ndarray] = {}  # the outputs of layers whose slopes stand in the place of z
        allowed = memory * (sum(z.nbytes for z in self._z) + sum(layer.weights.nbytes for layer in layers))
        held = self.nbytes + sum(layer.weights.nbytes for layer in layers)
        for j, layer in enumerate(layers):
            outputs = layer.width * samples * itemsize
            if held + outputs <= allowed:
                self._kept[j] = empty(layer.width * samples)
                held += outputs

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays: those kept for the way back, and those that the layers share."""
        shared = (self._a, self._dw, self._ones, *self._spare.values(), *self._slopes, *self._d, *self._noise)
        return sum(array.nbytes for array in (*self._z, *self._kept.values(), *shared))

    def forward(
        self, x: np.ndarray, generator: np.random.Generator | None = None, watch: Watch | None = None
    ) -> np.ndarray:
        """(27): z[i] = w[i] a[i-1] + b[i], a[i] = g[i](z[i]); the output, valid until the next pass.

        With a `generator` random units draw their noise; without, the mean takes its place. `watch(i, z, a)` sees each
        layer while it is in the cache.
        """
        self._x = a = beside(self._a, x)
        if generator is not None:
            self._again = deepcopy(generator)
        lib = library(self._a)
        for j, layer in enumerate(self.network.layers):
            shape = layer.weights.shape[0], self.samples
            z = _part(self._z[j], shape)
            lib.matmul(layer.weights, a, out=z)
            if layer.biases.any():
                z += layer.biases[:, None]
            noise = self._drawn(j, generator)
            a = self._outputs(j)
            if j in self._kept:
                layer.units.both(z, noise, a, self._spare[math.prod(shape)].reshape(shape))
            else:
                layer.units.value(z, noise, a)
            if watch is not None:
                watch(j, z, a)
            if j in self._kept:
                size = math.prod(shape)
                self._z[j], self._spare[size] = self._spare[size], self._z[j]
        return a

    def backward(self, da: np.ndarray, rescale: bool = False) -> Iterator[Gradient]:
        """(28) to (32), from the output back: the gradients at each layer, as soon as they are known.

        `da` is the gradient of the loss by the outputs of the last `forward`. Once a layer's gradients are given out
        its weights may be changed. With `rescale` powers of two keep the numbers within the range of the dtype.
        """
        layers, lib = self.network.layers, library(self._a)
        exponent, squares, living, da = 0, np.empty(0), np.empty(0, bool), beside(self._a, da)
        self._pair(len(layers) - 1)
        for j in reversed(range(len(layers))):
            layer, slopes = layers[j], self._slope(j)
            dz = _part(self._d[j % 2], slopes.shape)
            places = range(len(dz) - 1, -1, -1)  # da lies where dz[0] comes to lie
            if rescale:
                parts = [self.sums.gradients(da, slopes[k], dz[k]) for k in places]  # (28)
                squares, living = parts[0]
                for others, alive in parts[1:]:
                    squares, living = squares + others, living | alive
                if power := _rescaled(dz, float(squares.sum())):
                    exponent += power
                    squares = np.sum([self.sums.squares(part) for part in dz], axis=0)
            else:
                for k in places:
                    lib.multiply(da, slopes[k], out=dz[k])  # (28)
            dz = dz.reshape(layer.weights.shape[0], self.samples)
            db = dz @ self._ones  # (30)
            before = self._pair(j - 1) if j else self._x
            dw = _part(self._dw, layer.weights.shape)
            lib.matmul(dz, before.T, out=dw)  # (29), summed over the samples
            if j:
                da = _part(self._d[(j - 1) % 2], before.shape)
                lib.matmul(layer.weights.T, dz, out=da)  # (31)
            yield Gradient(j, dz, dw, db, slopes, exponent, squares, living)

    def _drawn(self, j: int, generator: np.random.Generator | None) -> Sequence[np.ndarray]:
        """The noise of a layer; the state of the generator is kept where the noise is needed on the way back, too."""
        units = self.network.layers[j].units
        if generator is None or not units.laws:
            self._states.pop(j, None)
            return ()
        if j not in self._kept:
            self._states[j] = generator.bit_generator.state
        shape = self.network.layers[j].weights.shape[0], self.samples
        arrays = [_part(noise, shape) for noise in self._noise[: len(units.laws)]]
        draw(units, generator, arrays)
        return [beside(self._a, noise) for noise in arrays]

    def _outputs(self, j: int) -> np.ndarray:
        return _part(self._kept[j] if j in self._kept else self._a, (self.network.layers[j].width, self.samples))

    def _slope(self, j: int) -> np.ndarray:
        layer = self.network.layers[j]
        buffer = self._z[j] if j in self._kept else self._slopes[j % 2]
        return _part(buffer, (layer.units.inputs, layer.width, self.samples))

    def _pair(self, j: int) -> np.ndarray:
        """The outputs of a layer, its slopes made ready."""
        a = self._outputs(j)
        if j not in self._kept:
            layer = self.network.layers[j]
            z = _part(self._z[j], (layer.weights.shape[0], self.samples))
            again = None
            if j in self._states:
                self._again.bit_generator.state = self._states[j]
                again = self._again
            layer.units.both(z, self._drawn(j, again), a, self._slope(j).reshape(z.shape))
        return a


def _part(buffer: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return buffer[: math.prod(shape)].reshape(shape)


def _rescaled(dz: np.ndarray, square: float) -> int:
    """Brings the norm near to 1 by a power of two, where it is far from it; the power that is taken out."""
    if not np.isfinite(square) or 1 / _SCALED < square < _SCALED:
        return 0
    largest = max(float(dz.max()), -float(dz.min()))
    if largest == 0:
        return 0
    power = int(np.frexp(largest)[1])
    half = power // 2
    dz *= 2.0**-half  # a subnormal number may be lifted by more than the largest power of two that there is
    dz *= 2.0 ** (half - power)
    return power


# --- (26) and (33), (34) ---------------------------------------------------------------------------------------------


class Loss(NamedTuple):
    """A loss: its mean over the samples, and the gradient of that mean by the outputs."""

    value: Callable[[np.ndarray, np.ndarray], float]
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]


def probabilities(output: np.ndarray, axis: int = 0) -> np.ndarray:
    """The softmax of outputs whose classes lie along this axis."""
    e = np.exp(output - output.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_probabilities(output: np.ndarray, axis: int = 0) -> np.ndarray:
    """Its logarithm, which loses nothing where a probability is small."""
    shifted = output - output.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


SQUARED = Loss(
    lambda a, y: float(((a - y) ** 2).sum() / (2 * y.shape[1])),
    lambda a, y: (a - y) / y.dtype.type(y.shape[1]),
)
CROSS_ENTROPY = Loss(  # of the outputs' softmax; the columns of the target are distributions
    lambda a, y: float(-(y * log_probabilities(a)).sum() / y.shape[1]),
    lambda a, y: (probabilities(a) - y) / y.dtype.type(y.shape[1]),
)


def loss(network: Network, output: np.ndarray, target: np.ndarray, kind: Loss = SQUARED, decay: float = 0.0) -> float:
    """(26): the mean loss of the samples plus lambda/2 times the sum of the squares of all weights."""
    squares = sum(float(np.vdot(layer.weights, layer.weights)) for layer in network.layers) if decay else 0.0
    return kind.value(output, target) + decay / 2 * squares


def update(layer: Layer, gradient: Gradient, rate: float, decay: float = 0.0) -> None:
    """(33), (34): one step down the gradient of (26), by alpha = `rate` and lambda = `decay`, in place."""
    if gradient.exponent:
        raise InputError("a rescaled gradient gives no update; run the pass back without rescale")
    kind: Any = layer.weights.dtype.type
    if decay:
        np.multiply(layer.weights, kind(1 - rate * decay), out=layer.weights)
    np.multiply(gradient.dw, kind(rate), out=gradient.dw)
    np.subtract(layer.weights, gradient.dw, out=layer.weights)
    np.subtract(layer.biases, kind(rate) * gradient.db, out=layer.biases)


def sums_for(array: Any, shape: tuple[int, int], fast: bool | None = None) -> Kind:
    """How sums are taken of arrays of the kind of this one, of at most this shape; `fast` is what `compile` takes."""
    if not isinstance(array, np.ndarray):
        return OfTensors()
    if fast is False or find_spec("numba") is None:
        return Blocks(*shape, array.dtype)
    from propcheck.network.loops import Loops

    return Loops()

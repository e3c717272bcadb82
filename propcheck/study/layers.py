"""Layers of many small networks at once, forward and back: what a study trains.

All arrays carry the networks first and the samples last: (networks, units, samples), and in convolutions (networks,
channels, rows, columns, samples). A layer keeps on the way forward what it needs on the way back; `backward` returns
the gradient by its inputs and leaves those by its weights in `gradients`, in the order of `weights`. A network whose
numbers overflow spoils no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from propcheck.numeric.units import Plain

EPSILON = 1e-5  # added to a variance before it divides, as libraries have it


class Layer(Protocol):
    """A map of arrays with weights of its own, or none."""

    @property
    def weights(self) -> list[np.ndarray]: ...

    @property
    def gradients(self) -> list[np.ndarray]: ...

    def forward(self, a: np.ndarray) -> np.ndarray: ...

    def backward(self, da: np.ndarray) -> np.ndarray: ...


@dataclass
class Dense:
    """z = w a + b: weights (networks, units, inputs), biases (networks, units, 1)."""

    weights: list[np.ndarray]
    gradients: list[np.ndarray] = field(default_factory=list)

    def forward(self, a: np.ndarray) -> np.ndarray:
        self._a = a
        return self.weights[0] @ a + self.weights[1]

    def backward(self, da: np.ndarray) -> np.ndarray:
        self.gradients = [da @ self._a.swapaxes(1, 2), da.sum(axis=2, keepdims=True)]
        return self.weights[0].swapaxes(1, 2) @ da


@dataclass
class Activated:
    """a = g(z), element by element."""

    units: Plain
    weights: list[np.ndarray] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)

    def forward(self, a: np.ndarray) -> np.ndarray:
        out, self._slope = np.empty_like(a), np.empty_like(a)
        flat = a.reshape(-1)
        self.units.both(flat, (), out.reshape(-1), self._slope.reshape(-1))
        return out

    def backward(self, da: np.ndarray) -> np.ndarray:
        return da * self._slope


@dataclass
class Normed:
    """(a - mean)/deviation over some axes: the units of a sample, or all samples of a unit. No weights of its own."""

    axes: tuple[int, ...] = (1,)
    weights: list[np.ndarray] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)

    def forward(self, a: np.ndarray) -> np.ndarray:
        apart = a - a.mean(axis=self.axes, keepdims=True)
        self._by = 1 / np.sqrt(np.square(apart).mean(axis=self.axes, keepdims=True) + a.dtype.type(EPSILON))
        self._out = apart * self._by
        return self._out

    def backward(self, da: np.ndarray) -> np.ndarray:
        along = (da * self._out).mean(axis=self.axes, keepdims=True)
        return self._by * (da - da.mean(axis=self.axes, keepdims=True) - self._out * along)


@dataclass
class Residual:
    """h + f(h), f some layers in turn."""

    parts: Sequence[Layer]

    @property
    def weights(self) -> list[np.ndarray]:
        return [array for part in self.parts for array in part.weights]

    @property
    def gradients(self) -> list[np.ndarray]:
        return [array for part in self.parts for array in part.gradients]

    def forward(self, a: np.ndarray) -> np.ndarray:
        out = a
        for part in self.parts:
            out = part.forward(out)
        return a + out

    def backward(self, da: np.ndarray) -> np.ndarray:
        back = da
        for part in reversed(self.parts):
            back = part.backward(back)
        return da + back


@dataclass
class Convolved:
    """A convolution by 3 x 3, zeros around: weights (networks, channels, 9 channels before), biases as in `Dense`."""

    weights: list[np.ndarray]
    gradients: list[np.ndarray] = field(default_factory=list)

    def forward(self, a: np.ndarray) -> np.ndarray:
        self._shape = networks, channels, rows, columns, samples = a.shape
        wide = np.zeros((networks, channels, rows + 2, columns + 2, samples), a.dtype)
        wide[:, :, 1:-1, 1:-1] = a
        stacked = np.empty((networks, 9, *a.shape[1:]), a.dtype)
        for k in range(9):
            i, j = divmod(k, 3)
            stacked[:, k] = wide[:, :, i : i + rows, j : j + columns]
        self._stacked = stacked.reshape(networks, 9 * channels, -1)
        z = self.weights[0] @ self._stacked + self.weights[1]
        return z.reshape(networks, -1, rows, columns, samples)

    def backward(self, da: np.ndarray) -> np.ndarray:
        networks, channels, rows, columns, samples = self._shape
        flat = da.reshape(networks, da.shape[1], -1)
        self.gradients = [flat @ self._stacked.swapaxes(1, 2), flat.sum(axis=2, keepdims=True)]
        back = (self.weights[0].swapaxes(1, 2) @ flat).reshape(networks, 9, *self._shape[1:])
        wide = np.zeros((networks, channels, rows + 2, columns + 2, samples), da.dtype)
        for k in range(9):
            i, j = divmod(k, 3)
            wide[:, :, i : i + rows, j : j + columns] += back[:, k]
        return np.ascontiguousarray(wide[:, :, 1:-1, 1:-1])


@dataclass
class Pooled:
    """Means over squares of 2 x 2."""

    weights: list[np.ndarray] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)

    def forward(self, a: np.ndarray) -> np.ndarray:
        n, c, rows, columns, s = a.shape
        return a.reshape(n, c, rows // 2, 2, columns // 2, 2, s).mean(axis=(3, 5))

    def backward(self, da: np.ndarray) -> np.ndarray:
        return np.repeat(np.repeat(da / da.dtype.type(4), 2, axis=2), 2, axis=3)


@dataclass
class Reshaped:
    """The same numbers for each sample, in another shape."""

    shape: tuple[int, ...]
    weights: list[np.ndarray] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)

    def forward(self, a: np.ndarray) -> np.ndarray:
        self._before = a.shape
        return a.reshape(a.shape[0], *self.shape, a.shape[-1])

    def backward(self, da: np.ndarray) -> np.ndarray:
        return da.reshape(self._before)


def forward(layers: Sequence[Layer], a: np.ndarray) -> np.ndarray:
    """The outputs of layers in turn."""
    for layer in layers:
        a = layer.forward(a)
    return a


def backward(layers: Sequence[Layer], da: np.ndarray) -> np.ndarray:
    """The gradient by the inputs of the last `forward`; those by the weights are left in the layers."""
    for layer in reversed(layers):
        da = layer.backward(da)
    return da

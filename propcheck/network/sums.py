"""Sums over the units and over the samples of a layer: what is told of its outputs and of its gradients.

NumPy takes them in blocks that stay in the cache; a loop compiled by numba in one pass (`loops`); torch where the
arrays are. A kind of sums has four functions:

    outputs(a)                  Sums of the outputs
    near(a, edge)               how many lie between -edge and edge
    gradients(da, slopes, dz)   fills dz = da slopes; of each sample the sum of its squares, and which units have a
                                slope other than 0
    squares(dz)                 these sums alone
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from propcheck.numeric.arrays import host

_BLOCK = 1 << 16  # elements: with the two arrays beside them, half of a second-level cache


class Sums(NamedTuple):
    """Of each unit the sums of a, of a^2 and of zeros over the samples; of each sample that of a^2; all negative a."""

    units: np.ndarray
    squares: np.ndarray
    zeros: np.ndarray
    samples: np.ndarray
    negative: int


class Kind(Protocol):
    """A way of taking sums."""

    def outputs(self, a: Any) -> Sums: ...

    def near(self, a: Any, edge: float) -> int: ...

    def gradients(self, da: Any, slopes: Any, dz: Any) -> tuple[np.ndarray, np.ndarray]: ...

    def squares(self, dz: Any) -> np.ndarray: ...


class Blocks:
    """Sums by NumPy, through products with ones."""

    def __init__(self, rows: int, samples: int, dtype: np.dtype):
        self.rows = max(1, min(rows, _BLOCK // samples))
        self.ones, self.columns = np.ones(samples, dtype), np.ones(self.rows, dtype)
        self.work, self.mask = np.empty((self.rows, samples), dtype), np.empty((self.rows, samples), bool)

    def outputs(self, a: np.ndarray) -> Sums:
        units, squares, zeros = (np.zeros(len(a), a.dtype) for _ in range(3))
        samples = np.zeros(a.shape[1])
        negative = 0
        for start in range(0, len(a), self.rows):
            block = a[start : start + self.rows]
            rows = slice(start, start + len(block))
            work, mask = self.work[: len(block)], self.mask[: len(block)]
            np.matmul(block, self.ones, out=units[rows])
            negative += np.count_nonzero(np.less(block, 0, out=mask))
            if np.count_nonzero(np.equal(block, 0, out=mask)):
                np.copyto(work, mask)
                np.matmul(work, self.ones, out=zeros[rows])
            np.multiply(block, block, out=work)
            samples += self.columns[: len(block)] @ work
            np.matmul(work, self.ones, out=squares[rows])
        return Sums(units, squares, zeros, samples, int(negative))

    def near(self, a: np.ndarray, edge: float) -> int:
        found, limit = 0, a.dtype.type(edge)
        for start in range(0, len(a), self.rows):
            block = a[start : start + self.rows]
            mask = self.mask[: len(block)]
            found += np.count_nonzero(np.less_equal(block, limit, out=mask))
            found -= np.count_nonzero(np.less(block, -limit, out=mask))
        return int(found)

    def gradients(self, da: np.ndarray, slopes: np.ndarray, dz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        samples, steep = np.zeros(dz.shape[1]), np.empty(len(dz), dz.dtype)
        for start in range(0, len(dz), self.rows):
            rows = slice(start, start + self.rows)
            slope, block = slopes[rows], dz[rows]
            work = self.work[: len(block)]
            np.matmul(np.abs(slope, out=work), self.ones, out=steep[rows])
            np.multiply(da[rows], slope, out=block)
            samples += self.columns[: len(block)] @ np.multiply(block, block, out=work)
        return samples, steep != 0

    def squares(self, dz: np.ndarray) -> np.ndarray:
        samples = np.zeros(dz.shape[1])
        for start in range(0, len(dz), self.rows):
            block = dz[start : start + self.rows]
            samples += self.columns[: len(block)] @ np.multiply(block, block, out=self.work[: len(block)])
        return samples


class OfTensors:
    """Sums by torch, on the device of the tensors."""

    def outputs(self, a: Any) -> Sums:
        square = a * a
        units, squares, zeros = host(a.sum(1)), host(square.sum(1)), host((a == 0).sum(1).to(a.dtype))
        return Sums(units, squares, zeros, host(square.sum(0).double()), int((a < 0).sum()))

    def near(self, a: Any, edge: float) -> int:
        return int((a.abs() <= edge).sum())

    def gradients(self, da: Any, slopes: Any, dz: Any) -> tuple[np.ndarray, np.ndarray]:
        dz[...] = da * slopes
        return self.squares(dz), host((slopes != 0).any(1))

    def squares(self, dz: Any) -> np.ndarray:
        return host((dz * dz).sum(0).double())

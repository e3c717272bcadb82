"""The sums of a layer by loops that numba compiles: one pass over the array, vectorised.

Sums may be taken in any order, which is what lets the loop run in lanes; nothing else is loosened: infinities and NaN
count as they should. After so many units the sums of the samples go over into double precision.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import numba
import numpy as np

from propcheck.network.sums import Sums

_UNITS = 64  # whose squares are summed in the precision of the array


class Loops:
    """Sums by compiled loops."""

    def outputs(self, a: np.ndarray) -> Sums:
        units, squares, zeros = (np.empty(len(a), a.dtype) for _ in range(3))
        samples = np.zeros(a.shape[1])
        negative = _outputs(a, units, squares, zeros, samples, np.zeros(a.shape[1], a.dtype))
        return Sums(units, squares, zeros, samples, int(negative))

    def near(self, a: np.ndarray, edge: float) -> int:
        return int(_near(a, a.dtype.type(edge)))

    def gradients(self, da: np.ndarray, slopes: np.ndarray, dz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        samples, steep = np.zeros(dz.shape[1]), np.empty(len(dz), dz.dtype)
        _gradients(da, slopes, dz, steep, samples, np.zeros(dz.shape[1], dz.dtype))
        return samples, steep != 0

    def squares(self, dz: np.ndarray) -> np.ndarray:
        samples = np.zeros(dz.shape[1])
        _squares(dz, samples, np.zeros(dz.shape[1], dz.dtype))
        return samples


def _loop(function: Any) -> Any:
    return numba.njit(error_model="numpy", nogil=True, fastmath={"reassoc", "contract"})(function)


@_loop
def _outputs(a: Any, units: Any, squares: Any, zeros: Any, samples: Any, work: Any) -> Any:
    zero, one = a.dtype.type(0), a.dtype.type(1)
    negative = 0.0
    for i in range(a.shape[0]):
        total = square = none = below = zero
        for k in range(a.shape[1]):
            v = a[i, k]
            total += v
            square += v * v
            none += one if v == zero else zero
            below += one if v < zero else zero
            work[k] += v * v
        units[i], squares[i], zeros[i] = total, square, none
        negative += below
        if i % _UNITS == _UNITS - 1 or i == a.shape[0] - 1:
            _over(work, samples)
    return negative


@_loop
def _near(a: Any, edge: Any) -> Any:
    zero, one = a.dtype.type(0), a.dtype.type(1)
    found = 0.0
    for i in range(a.shape[0]):
        inside = zero
        for k in range(a.shape[1]):
            inside += one if abs(a[i, k]) <= edge else zero
        found += inside
    return found


@_loop
def _gradients(da: Any, slopes: Any, dz: Any, steep: Any, samples: Any, work: Any) -> None:
    for i in range(dz.shape[0]):
        steepness = dz.dtype.type(0)
        for k in range(dz.shape[1]):
            slope = slopes[i, k]
            steepness += abs(slope)
            d = da[i, k] * slope
            dz[i, k] = d
            work[k] += d * d
        steep[i] = steepness
        if i % _UNITS == _UNITS - 1 or i == dz.shape[0] - 1:
            _over(work, samples)


@_loop
def _squares(d: Any, samples: Any, work: Any) -> None:
    for i in range(d.shape[0]):
        for k in range(d.shape[1]):
            work[k] += d[i, k] * d[i, k]
        if i % _UNITS == _UNITS - 1 or i == d.shape[0] - 1:
            _over(work, samples)


@_loop
def _over(work: Any, samples: Any) -> None:
    for k in range(work.size):
        samples[k] += work[k]
        work[k] = 0

"""What the kernels of float32 and of float64 differ in."""

# pyright: reportMissingImports=false
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from propcheck.numeric.kernels.coefficients import COEFFICIENTS
from propcheck.numeric.kernels.lanes import Kernel, polynomial


def kernel(function: Kernel) -> Kernel:
    """The function, inlined into those of numba that call it."""
    return njit(error_model="numpy", forceinline=True)(function)


def part(pair: Kernel, place: int) -> Kernel:
    """The kernel that gives one of the two results of another."""

    @kernel
    def alone(u: Any) -> Any:
        return pair(u)[place]

    return alone


@dataclass(frozen=True)
class Format:
    """A type of floats: its bits of fraction, and the bounds beyond which exp and the normal tail are 0 or inf."""

    name: str
    fraction: int
    lift: int  # 2**lift takes every subnormal number into the normal ones
    lowest: float  # 4 exp of it is 0
    highest: float  # exp of it is inf
    minus_one: float  # expm1 of it is -1
    farthest: float  # the normal density at it is 0

    @property
    def tiny(self) -> float:
        """Below it the functions with slope 1 at 0 are the identity."""
        return 2.0 ** (-self.fraction - 2)

    def number(self, value: Any) -> Any:
        """The value as a float of this type."""
        return np.dtype(self.name).type(float(value))

    def words(self, name: str) -> tuple[Any, Any]:
        """A constant as the sum of two floats."""
        high, low = COEFFICIENTS[self.name][name]
        return self.number(high), self.number(low)

    def polynomial(self, name: str) -> Kernel:
        return polynomial(COEFFICIENTS[self.name][name])

    def from_start(self, name: str) -> tuple[Any, Kernel]:
        """A polynomial's constant coefficient, and the polynomial of the others: P(t) = P(0) + t Q(t)."""
        first, *others = COEFFICIENTS[self.name][name]
        return self.number(first), polynomial(tuple(others))


FORMATS = {
    "float32": Format("float32", 23, 64, -106.0, 89.0, -20.0, 14.5),
    "float64": Format("float64", 52, 512, -747.0, 710.0, -40.0, 38.8),
}

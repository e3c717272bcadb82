"""The binary floating-point formats, and rounding to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from propcheck.verdict import InputError


@dataclass(frozen=True)
class Format:
    """A format: bits of the significand, exponents of the least and the largest normal number."""

    name: str
    bits: int
    lowest: int
    highest: int

    @property
    def least(self) -> int:
        """The exponent of the least positive number."""
        return self.lowest - self.bits + 1

    @property
    def most(self) -> int:
        """Every finite number is below 2**most."""
        return self.highest + 1

    @property
    def overflow(self) -> arb:
        """The least size that rounds to infinity: half an ulp above the largest finite number."""
        return arb((2 ** (self.bits + 1) - 1, self.highest - self.bits))

    def ulp(self, magnitude: int) -> int:
        """The exponent of the unit in the last place of numbers with 2**(magnitude - 1) <= abs v < 2**magnitude."""
        return max(magnitude - self.bits, self.least)

    def unit(self, value: arb) -> int:
        """The exponent of the ulp at an exact value; below the least normal number it is that of the subnormal ones."""
        if value.is_zero():
            exponent = self.lowest
        elif value.is_finite():
            mantissa, power = value.man_exp()
            exponent = min(max(int(mantissa).bit_length() - 1 + int(power), self.lowest), self.highest)
        else:
            exponent = self.highest
        return exponent - self.bits + 1

    def rounded(self, value: arb) -> float:
        """The number of the format nearest to an exact value, the even one of two."""
        lowest = arb((1 - 2 ** (self.bits + 1), self.highest - self.bits))  # abs() and a minus sign round
        if not lowest < value < self.overflow:
            return math.inf if value > 0 else -math.inf
        unit = self.unit(value)
        if abs(value) < arb((1, unit - 1)):
            return 0.0
        mantissa, power = (int(part) for part in value.man_exp())
        return math.ldexp(round(mantissa * Fraction(2) ** (power - unit)), unit)

    @property
    def last(self) -> int:
        """The place of the largest finite number; that of 0 is 0, and neighbours have neighbouring places."""
        return ((self.highest - self.lowest + 2) << (self.bits - 1)) - 1

    def number(self, place: int) -> float:
        """The number at a place, from that of the most negative one to that of the largest."""
        exponent = max((abs(place) >> (self.bits - 1)) - 1, 0)
        size = math.ldexp(abs(place) - (exponent << (self.bits - 1)), exponent + self.least)
        return -size if place < 0 else size

    def place(self, number: float) -> int:
        """The place of a number of the format."""
        exponent = max(math.frexp(number)[1] - 1, self.lowest) if number else self.lowest
        whole = int(math.ldexp(abs(number), self.bits - 1 - exponent)) + ((exponent - self.lowest) << (self.bits - 1))
        return -whole if number < 0 else whole

    def evenly(self, place: int) -> tuple[int, int]:
        """The least and the greatest size of a place about which numbers lie as far apart as about this one."""
        step = 1 << (self.bits - 1)
        low = abs(place) // step * step
        return (0, 2 * step - 1) if low <= step else (low, low + step - 1)

    def nearest(self, value: float) -> float:
        """The number of the format nearest to a double, itself in wider ones; infinite beyond the largest."""
        if self.bits >= 53 or not math.isfinite(value) or value == 0:
            return value
        unit = self.ulp(math.frexp(value)[1])
        near = math.ldexp(round(math.ldexp(value, -unit)), unit)
        return near if abs(near) < 2.0**self.most else math.copysign(math.inf, value)


FORMATS = {
    made.name: made
    for made in (
        Format("float16", 11, -14, 15),
        Format("bfloat16", 8, -126, 127),
        Format("float32", 24, -126, 127),
        Format("float64", 53, -1022, 1023),
    )
}
SINGLE, DOUBLE = FORMATS["float32"], FORMATS["float64"]


def _extended() -> Format | None:
    """What NumPy calls longdouble, where it is wider than a double: 64 bits on x86 processors."""
    info = np.finfo(np.longdouble)
    wide = info.nmant in (63, 112)
    return Format("longdouble", info.nmant + 1, int(info.minexp), int(info.maxexp) - 1) if wide else None


EXTENDED = _extended()


def dtype_of(name: Any) -> np.dtype:
    """The NumPy type of a name; bfloat16 is that of the package ml_dtypes."""
    if name == "bfloat16":
        try:
            import ml_dtypes
        except ImportError:
            raise InputError("NumPy's bfloat16 needs the package ml_dtypes; install it, or take float16") from None
        return np.dtype(ml_dtypes.bfloat16)
    try:
        dtype = np.dtype(name).newbyteorder("=")
    except TypeError:
        raise InputError(f"there is no type {name!r}; there are {', '.join(FORMATS)}") from None
    if dtype.name not in FORMATS:
        raise InputError(f"nothing is computed in {dtype.name}; it is in {', '.join(FORMATS)}")
    return dtype

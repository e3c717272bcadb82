"""The numbers that coefficients may be: those of a binary format, or of a fixed-point one, `fixed16.8`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from propcheck.numeric.formats import FORMATS
from propcheck.verdict import InputError
from propcheck.wording import nearest

_FIXED = re.compile(r"fixed(\d{1,2})\.(\d{1,2})")


@dataclass(frozen=True)
class Rounding:
    """A format of coefficients; `unit` is the distance of neighbours in fixed point, None where it is not the same."""

    name: str
    unit: Fraction | None = None
    least: int = 0
    most: int = 0

    def __call__(self, value: float | Fraction) -> Fraction:
        """The nearest number of the format; an InputError where there is none."""
        if self.unit is None:
            near = FORMATS[self.name].nearest(float(value))
            if not math.isfinite(near):
                raise InputError(f"a coefficient of {float(value):.6g} is too large for {self.name}")
            return Fraction(near)
        steps = round(Fraction(value) / self.unit)
        if not self.least <= steps <= self.most:
            low, high = float(self.least * self.unit), float(self.most * self.unit)
            raise InputError(
                f"a coefficient of {float(value):.6g} is not in the range of {self.name}, {low:g} to {high:g}"
            )
        return steps * self.unit


def rounding(name: str) -> Rounding:
    """The format of a name."""
    if name in FORMATS:
        return Rounding(name)
    found = _FIXED.fullmatch(name)
    if found is None:
        known = [*FORMATS, "fixed16.8"]
        raise InputError(
            f"there is no format {name!r}{nearest(name, known)}; there are {', '.join(known)} and the like"
        )
    bits, fraction = int(found[1]), int(found[2])
    if not 2 <= bits <= 64 or fraction > bits:
        raise InputError(f"{name} has no sense: from 2 to 64 bits, of which as many or fewer are of the fraction")
    return Rounding(name, Fraction(1, 2**fraction), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def decimal(value: Fraction) -> str:
    """A fraction over a power of two as the decimal that it exactly is; any other one as a quotient."""
    denominator = value.denominator
    power = denominator.bit_length() - 1
    if denominator != 1 << power:
        return f"({value})"
    digits = str(abs(value.numerator) * 5**power).rjust(power + 1, "0")
    text = digits if not power else f"{digits[:-power]}.{digits[-power:]}"
    return f"-{text}" if value < 0 else text

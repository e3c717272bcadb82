"""The numbers of a binary format as arrays: all of them where it has 16 bits, and rounding to it.

NumPy has no bfloat16, so its numbers are doubles here, and what is stored is their bit patterns.
"""

from __future__ import annotations

import numpy as np

from propcheck.numeric.formats import DOUBLE, Format

NAN = {"bfloat16": 0x7FC0, "float16": 0x7E00, "float32": 0x7FC00000, "float64": 0x7FF8000000000000}
SHORT = ("bfloat16", "float16")  # of which every number is tried
_UNSIGNED = {"bfloat16": np.uint16, "float16": np.uint16, "float32": np.uint32, "float64": np.uint64}


def unsigned(form: Format) -> type[np.unsignedinteger]:
    """The type of a format's bit patterns."""
    return _UNSIGNED[form.name]


def every(form: Format) -> np.ndarray:
    """The number of each bit pattern of a format of 16 bits, as doubles, in the order of the patterns."""
    return numbers(np.arange(1 << 16, dtype=np.uint16), form)


def numbers(patterns: np.ndarray, form: Format) -> np.ndarray:
    """The numbers of bit patterns, as doubles."""
    with np.errstate(invalid="ignore"):
        if form.name == "bfloat16":
            return (patterns.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
        return patterns.astype(_UNSIGNED[form.name]).view(np.dtype(form.name)).astype(np.float64)


def patterns(values: np.ndarray, form: Format) -> np.ndarray:
    """The bit patterns of doubles that are numbers of the format; NaN has one pattern."""
    with np.errstate(invalid="ignore"):
        if form.name == "bfloat16":
            made = (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        else:
            made = values.astype(np.dtype(form.name)).view(_UNSIGNED[form.name])
    return np.where(np.isnan(values), _UNSIGNED[form.name](NAN[form.name]), made)


def nearest(values: np.ndarray, form: Format) -> np.ndarray:
    """The numbers of a format nearest to doubles, the even one of two, as doubles; infinite beyond the largest."""
    if form.bits >= DOUBLE.bits:
        return np.asarray(values, np.float64)
    with np.errstate(all="ignore"):
        unit = units(values, form)
        near = np.ldexp(np.rint(np.ldexp(values, -unit)), unit)
        beyond = np.abs(near) >= 2.0**form.most
        return np.where(np.isfinite(values), np.where(beyond, np.copysign(np.inf, near), near), values)


def units(values: np.ndarray, form: Format) -> np.ndarray:
    """The exponents of the units in the last place (ulp) of a format at doubles; that of the least numbers at 0."""
    with np.errstate(all="ignore"):
        finite = np.where(np.isfinite(values), values, 2.0**form.highest)
        made = np.clip(np.frexp(finite)[1] - form.bits, form.least, form.highest - form.bits + 1)
        return np.where(finite == 0, form.least, made)


def numbered(values: np.ndarray, form: Format) -> np.ndarray:
    """The places of numbers of a format, neighbours having neighbouring ones; both zeros have 0."""
    made = patterns(np.abs(values), form).astype(np.int64)
    return np.where(np.signbit(values), -made, made)

"""The inputs at which compiled forms are tried: those at which they fail, of all sizes, and many of ordinary size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import sympy as sp
from flint import ctx

from propcheck.activation import Activation
from propcheck.calculus.form import constant_ball
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.formats import FORMATS
from propcheck.numeric.landmarks import landmarks
from propcheck.numeric.truth import marks

_MANY = 12000  # inputs of a kind, for what is tried by arrays
_SEED = 2477
_PLACED = 120  # bits with which a breakpoint far out is placed
_MOST_POINTS = 24  # of a period
# Where functions of the common kinds leave the range of a format, or reach a limit of theirs.
_EDGES = (
    709.78, 745.13, 710.47, 372.5, 354.9, 88.72, 103.97, 51.9, 44.4, 36.74, 37.43, 38.57, 26.6, 27.2, 19.06, 18.7,
    17.33, 16.64, 13.3, 11.09, 9.2, 8.3, 6.2, 6.63, 5.86, 3.9, 1.8e308, 1.34e154, 5.6e102, 1e77, 1.8e19, 1.4e154,
    3.4e38, 1e-8, 1.5e-8, 1e-16, 1e-154, 1e-162, 1e-102, 3e-4, 2e-3,
)  # fmt: skip


def hard_inputs(activation: Activation, dtype: np.dtype) -> np.ndarray:
    """Some four hundred inputs at which forms fail: by breakpoints, of all sizes, where functions leave the range."""
    form, real = FORMATS[dtype.name], dtype.type
    with np.errstate(all="ignore"):
        tiny, most = 2.0**form.lowest, (2 - 2.0 ** (1 - form.bits)) * 2.0**form.highest
        sizes = [0.0, *(k * 2.0**form.least for k in (1, 3, 2**9 + 1)), tiny, 2.0 ** (1 - form.bits), most, 1.0]
        sizes += [np.nextafter(real(tiny), real(0)), np.nextafter(real(most), real(0)), 0.51 * most, 0.3 * most]
        for k, edge in enumerate(_EDGES):
            sizes += [edge * (1 + s * 0.004 * ((k * 0.618) % 1)) for s in (1, -1)]
        near = list(_beside(activation, dtype))
        near += [at for piece in activation.pieces for at in landmarks(piece.expr)]
        near += [] if activation.wave is None else _again(activation, dtype)
        made = np.array([s * float(size) for size in sizes for s in (1, -1)] + near, dtype)
        made = np.concatenate([made, random_inputs(dtype, 99)])
    return np.unique(made[np.isfinite(made)])


def _beside(activation: Activation, dtype: np.dtype) -> Iterator[float]:
    real = dtype.type
    for mark in marks(activation):
        for end in mark:
            value = real(end)
            yield float(value)
            for side in (-math.inf, math.inf):
                step = np.nextafter(value, real(side))
                yield from (float(step), float(np.nextafter(step, real(side))))
                for power in (4, 9, 16, 25, 36, 47):
                    yield end + math.copysign(max(abs(end), 2.0**-20) * 2.0**-power, side)
    for low, high in zip(marks(activation), marks(activation)[1:], strict=False):
        yield from (low[1] + (high[0] - low[1]) * share for share in (0.13, 0.37, 0.5, 0.71, 0.93))


def _again(activation: Activation, dtype: np.dtype) -> list[float]:
    """Numbers beside the breakpoints of a function that comes back, in periods near 0 and far out."""
    wave, seen, real = activation.wave, activation.periods, dtype.type
    assert wave is not None and seen is not None
    length = float(sp.N(wave.length))
    most = FORMATS[dtype.name].highest - math.log2(length) - 2
    counts = [-9, -3, -2, -1, 0, 1, 2, 3, 8, 100, -1009, *(1 << int(most * share) for share in (0.1, 0.3, 0.6, 1))]
    found: list[float] = []
    for k in counts:
        with ctx.workprec(_PLACED + abs(k).bit_length()):
            places = [constant_ball(point.at + k * wave.length) for point in seen.points[:_MOST_POINTS]]
        for value in (real(float(place.mid())) for place in places):
            beside = [np.nextafter(value, real(side)) for side in (-math.inf, math.inf)]
            found += map(float, (value, *beside, *(np.nextafter(b, real(2 * float(b) - float(value))) for b in beside)))
            found += [float(value) + length * share for share in (-0.31, 2e-9, 0.17)]
    return [value for value in found if math.isfinite(value)]


def spread_over(low: float, high: float, dtype: np.dtype, count: int = 60) -> np.ndarray:
    """Inputs of a span, evenly spaced and of all sizes."""
    form = FORMATS[dtype.name]
    most = (2 - 2.0 ** (1 - form.bits)) * 2.0**form.highest
    low, high, shares = max(low, -most), min(high, most), (np.arange(count) + 0.5) / count
    made = [low + (high - low) * shares] if high - low < most else []
    if low * high > 0:
        ends = np.log2(np.abs([low, high]))
        made.append(np.sign(low) * np.exp2(ends[0] + (ends[1] - ends[0]) * shares))
    elif high > 0 or low < 0:
        size = max(-low, high)
        made += [s * size * np.exp2(-60 * shares) for s in (1, -1)]
    points = np.concatenate([np.array([low, high]), *made])
    return points[(points >= low) & (points <= high)].astype(dtype)


def random_inputs(dtype: np.dtype, seed: int) -> np.ndarray:
    """Inputs of all sizes, and more of them where inputs mostly lie."""
    form, rng = FORMATS[dtype.name], np.random.default_rng((_SEED, seed))
    exponents = np.concatenate([rng.uniform(form.least, form.most, 50), rng.uniform(-12, 12, 50)])
    sizes = np.exp2(np.clip(exponents, -1074, 1023.99)) * rng.choice([-1.0, 1.0], exponents.size)
    with np.errstate(all="ignore"):
        made = np.concatenate([sizes, rng.uniform(-45, 45, 50), rng.normal(0, 2.5, 50)]).astype(dtype)
    return made[np.isfinite(made)]


def ordinary_inputs(assemblies: Sequence[Assembly], dtype: np.dtype) -> np.ndarray:
    """Inputs of ordinary size, most of them where functions bend, and those of spans that are doubtful, in order."""
    rng = np.random.default_rng(_SEED)
    exponents = np.concatenate([rng.uniform(-30, 10, _MANY), rng.uniform(-10, 10, 4 * _MANY)])
    sizes = np.exp2(exponents) * rng.choice((-1, 1), exponents.size)
    parts = [sizes, rng.uniform(-45, 45, 2 * _MANY), rng.normal(0, 2.5, 2 * _MANY)]
    doubtful = [(s.lower, s.upper) for made in assemblies for s in made.doubtful]
    parts += [spread_over(*span, dtype, 5 * _MANY // max(len(doubtful), 5)) for span in doubtful]
    with np.errstate(all="ignore"):
        made = np.concatenate(parts).astype(dtype)
    return np.unique(made[np.isfinite(made)])

"""Fixed points of the maps at given variances of weights and biases: where q and c come to rest, and how fast.

All fixed points q > 0 of the range are found as sign changes of V(q) - q on a fine grid, touching ones as its extrema;
q = 0 is one where g(0) = 0 and there are no biases. At a fixed point q the correlation map C is a power series in c
with coefficients >= 0 that sum to 1. So C is convex on [0, 1], and there is c = 1 and, if and only if C'(1) > 1, one
more fixed point c* in [0, 1), which attracts (a negative one only at c = -1, for odd g without biases).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from propcheck.meanfield.correlation import CorrelationMap
from propcheck.meanfield.maps import Maps
from propcheck.verdict import Recorded

TOUCHING = 1e-12  # abs V(q) - q, relative to q, at an extremum that counts as a fixed point
MARGINAL = 1e-9  # from 1: how close a computed slope must be to count as 1
NOISE = 1e-13  # of a computed V(q)/q - 1


@dataclass(frozen=True)
class FixedPoint(Recorded):
    """A fixed point q of V, with what becomes of correlations there.

    `stability` is stable, unstable or marginal. `xi_q` and `xi_c` are the numbers of layers over which a small distance
    to q and to c falls by a factor e; None where it does not fall exponentially. `c` is the correlation that any two
    different inputs tend to, with the slope of the correlation map there.
    """

    q: float
    chi_1: float
    chi_parallel: float
    stability: str
    xi_q: float | None
    c: float | None
    c_slope: float | None
    xi_c: float | None


@dataclass(frozen=True)
class FixedPoints:
    """The fixed points in ascending q, between the ends of `searched`; `every` says that each q > 0 is one."""

    sigma_w2: float
    sigma_b2: float
    points: tuple[FixedPoint, ...]
    every: bool
    searched: tuple[float, float]

    @property
    def stable(self) -> tuple[FixedPoint, ...]:
        return tuple(point for point in self.points if point.stability == "stable")

    def to_json(self) -> dict[str, Any]:
        points = [point.to_json() for point in self.points]
        return {
            "sigma_w2": self.sigma_w2,
            "sigma_b2": self.sigma_b2,
            "every_q": self.every,
            "fixed_points": points,
            "count": None if self.every else len(points),
            "searched": list(self.searched),
            "standing": "computed",
        }


def depth_scale(slope: float) -> float | None:
    """The layers over which a small distance falls by a factor e; None where it does not."""
    size = abs(slope)
    if size <= NOISE:
        return 0.0
    return -1 / math.log(size) if size < 1 - MARGINAL else None


def stability(slope: float) -> str:
    """Of a fixed point with this slope of the map."""
    return "marginal" if abs(abs(slope) - 1) <= MARGINAL else "stable" if abs(slope) < 1 else "unstable"


def fixed_points(maps: Maps, w: float, b: float) -> FixedPoints:
    """All fixed points at the variances w and b of weights and biases."""
    qs, moments = maps.table
    searched = float(qs[0]), float(qs[-1])
    if _keeps_every_length(maps, w, b):
        return FixedPoints(w, b, (fixed_point(maps, 1.0, w, b),), True, searched)
    points = [fixed_point(maps, q, w, b) for q in lengths(maps, w, b)]
    if b == w == 0:
        points.insert(0, _at_zero(0.0))
    elif b == 0 and maps.through_zero and maps.slope_square is not None:
        points.insert(0, _at_zero(w * maps.slope_square))
    return FixedPoints(w, b, tuple(points), False, searched)


def _keeps_every_length(maps: Maps, w: float, b: float) -> bool:
    if not (maps.homogeneous and b == 0 and maps.slope_square is not None):
        return False
    return abs(w * maps.slope_square - 1) < 1e-14


def lengths(maps: Maps, w: float, b: float) -> list[float]:
    """The q > 0 with V(q) = q."""
    qs, moments = maps.table
    with np.errstate(all="ignore"):  # infinite moments, and variances near the end of the range
        excess = (w * moments[0] + b) / qs - 1
    return list(roots(lambda q: maps.length(q, w, b) / q - 1, qs, excess))


def roots(function: Callable[[float], float], qs: np.ndarray, at: np.ndarray, noise: float = NOISE) -> Iterator[float]:
    """The zeros of a function of q between the points of a grid, whose values there are known, in ascending order.

    A zero without a change of sign is found where the function comes near 0 and turns between two neighbours. What is
    below the noise at a point of the grid has no sign.
    """
    from scipy.optimize import brentq, minimize_scalar

    def zero(low: float, high: float) -> float:
        return float(brentq(function, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=200))  # type: ignore[arg-type]

    known = np.isfinite(at)
    sign = np.where(known & (np.abs(at) > noise), np.sign(np.where(known, at, 0)), 0)
    last: int | None = None
    for k in range(len(qs)):
        if not known[k]:
            last = None
            continue
        if sign[k] == 0:
            continue
        if last is not None and sign[last] != sign[k]:
            yield zero(float(qs[last]), float(qs[k]))
        elif last is not None and 0 < k < len(qs) - 1 and known[k + 1] and sign[k + 1] == sign[k]:
            size = abs(at[k])
            if size <= min(abs(at[k - 1]), abs(at[k + 1])) and size < 0.05:
                low, high, way = math.log(qs[k - 1]), math.log(qs[k + 1]), float(sign[k])
                found = minimize_scalar(
                    lambda t, way=way: way * function(math.exp(t)),
                    bounds=(low, high),
                    method="bounded",
                    options={"xatol": 1e-9},
                )
                bottom = math.exp(found.x)
                if found.fun < -TOUCHING:
                    yield zero(float(qs[k - 1]), bottom)
                    yield zero(bottom, float(qs[k + 1]))
                elif found.fun < TOUCHING:
                    yield bottom
        last = k


def fixed_point(maps: Maps, q: float, w: float, b: float) -> FixedPoint:
    """What happens at a q with V(q) = q."""
    parallel, chi = maps.chi_parallel(q, w), maps.chi_1(q, w)
    slope_at_one = math.inf if maps.broken else chi
    if slope_at_one <= 1 + MARGINAL:
        c, slope = 1.0, slope_at_one
    else:
        c, slope = correlation(maps, q, w, b)
    return FixedPoint(
        q,
        chi,
        parallel,
        stability(parallel),
        depth_scale(parallel),
        c,
        slope,
        None if slope is None else depth_scale(slope),
    )


def _at_zero(slope: float) -> FixedPoint:
    """At q = 0 both maps have the slope w E[g'^2] in the limit; correlations there are those of q -> 0."""
    return FixedPoint(0.0, slope, slope, stability(slope), depth_scale(slope), None, None, None)


def correlation(maps: Maps, q: float, w: float, b: float) -> tuple[float | None, float | None]:
    """c* in [0, 1) and C'(c*), where C'(1) > 1: the zero of (1 - C(c))/(1 - c) - 1."""
    from scipy.optimize import brentq

    from propcheck.verdict import InputError

    here = CorrelationMap(maps, q, w, b)
    try:
        right = math.pi / 2
        if abs(here(0.0)) < 1e-14:
            return 0.0, here.slope(0.0)
        high = right
        low = high / 4
        while here.ratio(low) <= 1:
            high, low = low, low / 4
            if low < 1e-7:
                return None, None
        angle = float(brentq(lambda t: here.ratio(t) - 1, low, high, xtol=1e-14, rtol=8.9e-16))  # type: ignore[arg-type]
        return math.cos(angle), here.slope(math.cos(angle))
    except InputError:  # g swings too often at this q
        return None, None

"""The correlation map: from the correlation c of two inputs to that of the outputs, with both of mean square q.

With D(c) = E[(g(x) - g(y))^2]/2 the map is C(c) = 1 - w D(c)/V(q), which loses nothing as c -> 1. The sum and the
difference of x and y are independent: u = (x + y)/sqrt 2 ~ N(0, q (1 + c)), v = (x - y)/sqrt 2 ~ N(0, q (1 - c)). For a
fixed v the inner integral is split where u + v or u - v meets a breakpoint; the outer one is smooth but at v = 0 and
where two breakpoints meet. So kinks cost no accuracy, at any c. C'(c) follows from the derivatives of the two
densities, without g': what g' jumps, and g itself, is in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from propcheck.meanfield.line import breakpoints
from propcheck.meanfield.maps import Maps, composite
from propcheck.processes.lazy import cached_property
from propcheck.verdict import InputError

ORDER = 16
MOST_NODES = 40_000_000
NEAREST = 1e-8  # to -1: nearer the derivative of the density of u loses all digits
_STEPS = (1.5, 3.0, 6.0)  # of deviations, where the axes are cut by the size of the density
_FAR_STEPS = (*_STEPS, 8.0, 9.5, 11.0, 12.5, 14.0, 15.5, 17.0, 18.5)


@dataclass(frozen=True, eq=False)
class CorrelationMap:
    """The map of correlations at a mean square q that need not be a fixed point; w and b are the two variances."""

    maps: Maps
    q: float
    w: float
    b: float

    @cached_property
    def length(self) -> float:
        """V(q)."""
        return self.maps.length(self.q, self.w, self.b)

    def __call__(self, c: float) -> float:
        """The correlation after the layer."""
        _checked(c)
        return 1 - self.w * self._apart(math.acos(c))[0] / self.length

    def slope(self, c: float) -> float:
        """The derivative of the map; infinite at 1 where g jumps."""
        _checked(c)
        if c < NEAREST - 1:
            raise InputError(f"the slope of the correlation map is computed for c above -1, not at {c:g}")
        if c == 1.0:
            return self.maps.step(self.q, self.w, self.b).slope_at_one
        return -self.w * self._apart(math.acos(c), slope=True)[1] / self.length

    def ratio(self, angle: float) -> float:
        """(1 - C(c))/(1 - c) at c = cos(angle): it grows with c, up to C'(1), since C is convex on [0, 1]."""
        return self.w * self._apart(angle)[0] / (2 * math.sin(angle / 2) ** 2 * self.length)

    def _apart(self, angle: float, slope: bool = False) -> tuple[float, float]:
        if not slope:
            exact = self._exact(angle)
            if exact is not None:
                return exact, math.nan
        return apart(self.maps, self.q, angle)

    def _exact(self, angle: float) -> float | None:
        """D where one integral gives it: at c = 1 and c = 0."""
        if angle == 0.0:
            return 0.0
        if angle == _RIGHT:
            second, _, _, mean = self.maps.moments(self.q).tolist()
            return second - mean**2
        return None


_RIGHT = math.acos(0.0)


def _checked(c: float) -> None:
    if not -1.0 <= c <= 1.0:
        raise InputError(f"a correlation lies between -1 and 1, and {c:g} does not")


def apart(maps: Maps, q: float, angle: float) -> tuple[float, float]:
    """D = E[(g(x) - g(y))^2]/2 at the correlation cos(angle), and dD/dc."""
    here = maps.line(q)
    su, sv = math.sqrt(2 * q) * math.cos(angle / 2), math.sqrt(2 * q) * math.sin(angle / 2)
    reach, steps = maps.deviations, np.array(_FAR_STEPS if maps.fine else _STEPS)
    if True in here.open_ends:  # g grows like an exponential: the integrand peaks away from 0
        top = max(abs(here.edges[0]), abs(here.edges[-1]))
        reach += 2 * math.sqrt(2 * q) * math.log(1e140) / top
    breaks = np.array(breakpoints(maps.activation))
    features = np.array([e for e in here.features if abs(e) <= reach * math.sqrt(2 * q)])
    v, over_v = composite(_outer(breaks, features, su, sv, reach, steps), ORDER)
    over_v = over_v * 2 * np.exp(-v * v / (2 * sv * sv)) / (math.sqrt(2 * math.pi) * sv)
    if su < 1e-12 * sv:
        u, over_u = np.zeros((len(v), 1)), np.ones((len(v), 1))
        su = math.inf
    else:
        u, over_u = composite(_inner(v, features, su, reach, steps), ORDER)
        over_u = over_u * np.exp(-u * u / (2 * su * su)) / (math.sqrt(2 * math.pi) * su)
    if u.size > MOST_NODES:
        raise InputError(
            f"the correlation map of {maps.activation.name} at q = {q:g} would take {u.size} nodes; take a smaller q"
        )
    root = math.sqrt(0.5)
    with np.errstate(all="ignore"):
        half_squares = (maps.values((u + v[:, None]) * root) - maps.values((u - v[:, None]) * root)) ** 2 / 2
        half_squares *= over_u
        inner = half_squares.sum(1)
        value = float(inner @ over_v)
        along = (half_squares * ((u / su) ** 2 - 1)).sum(1) @ over_v / (2 * math.cos(angle / 2) ** 2)
        across = inner @ (over_v * ((v / sv) ** 2 - 1)) / (2 * math.sin(angle / 2) ** 2)
    if not math.isfinite(value):
        raise InputError(
            f"the correlation map of {maps.activation.name} at q = {q:g} is out of the range of doubles; "
            "take a smaller q"
        )
    return value, float(along - across) / 2


def _outer(
    breaks: np.ndarray, features: np.ndarray, su: float, sv: float, reach: float, steps: np.ndarray
) -> np.ndarray:
    """Where v is cut: where two breakpoints meet, by the size of the density, and where u passes a breakpoint."""
    meet = (breaks[:, None] - breaks[None, :]).ravel() / math.sqrt(2)
    marks = [[0.0], meet, np.abs(features) * math.sqrt(2), sv * np.array([*steps, reach])]
    if su < sv:
        around = su * np.array([-reach, *-steps, 0.0, *steps, reach])
        marks.append((np.abs(breaks)[:, None] * math.sqrt(2) + around[None, :]).ravel())
    places = np.concatenate(marks)
    return np.unique(places[(places >= 0) & (places <= reach * sv)])


def _inner(v: np.ndarray, features: np.ndarray, su: float, reach: float, steps: np.ndarray) -> np.ndarray:
    own = np.array([0.0, *steps, reach]) * su
    own = np.concatenate([-own[:0:-1], own])
    moved = features * math.sqrt(2)
    edges = np.concatenate(
        [moved[None, :] - v[:, None], moved[None, :] + v[:, None], np.broadcast_to(own, (len(v), len(own)))], axis=1
    )
    return np.sort(np.clip(edges, -reach * su, reach * su), axis=1)

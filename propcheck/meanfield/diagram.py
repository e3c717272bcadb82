"""The phase diagram: q* and chi_1 over the variances of weights and biases, for a figure.

V(q) = w E[g^2] + b needs E[g^2] once for all w and b. Between the points of the table it is a cubic in log q with the
right slopes; at each (w, b) the crossing of V(q) with q is looked for, from q = 1 in the direction in which V moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from propcheck.activation import Activation
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.meanfield.critical import Edge, edge
from propcheck.meanfield.maps import Maps, maps
from propcheck.processes.precision import alone
from propcheck.verdict import InputError, plain

# (what it is called, weight variance times fan-in, bias variance) of initialisations in common use
COMMON = (
    ("He", 2.0, 0.0),
    ("LeCun; Glorot on square layers", 1.0, 0.0),
    ("torch.nn.Linear, biases apart", 1 / 3, 0.0),
)
SIZE = 200
_REST = 1e-9  # what moves q by less in a layer, relative to itself, is where it rests: rounding decides nothing


@dataclass(frozen=True, eq=False)
class Diagram:
    """q* and chi_1 at each weight variance (rows) and bias variance (columns).

    q* is the fixed point that q = 1 moves to, right to some 1e-6: 0 below the table's range, inf above it. `marks` are
    (name, w, b, q*, chi_1) of the common initialisations.
    """

    name: str
    sigma_w2: np.ndarray
    sigma_b2: np.ndarray
    q: np.ndarray
    chi_1: np.ndarray
    edge: Edge
    marks: tuple[tuple[str, float, float, float, float], ...]

    def to_json(self) -> dict[str, Any]:
        marks = [dict(zip(("name", "sigma_w2", "sigma_b2", "q", "chi_1"), mark, strict=True)) for mark in self.marks]
        return plain(
            {
                "activation": self.name,
                "sigma_w2": self.sigma_w2.tolist(),
                "sigma_b2": self.sigma_b2.tolist(),
                "q": self.q.tolist(),
                "chi_1": self.chi_1.tolist(),
                "edge": self.edge.to_json(),
                "marks": marks,
                "standing": "computed",
            }
        )


@alone
def diagram(
    activation: Activation,
    sigma_w2: tuple[float, float] | None = None,
    sigma_b2: tuple[float, float] | None = None,
    size: int = SIZE,
) -> Diagram:
    """The diagram between two weight variances and two bias variances; without them, around the critical points."""
    border = edge(activation)
    w_range, b_range = _ranges(border)
    ws, bs = (_grid(*(given or own), size) for given, own in ((sigma_w2, w_range), (sigma_b2, b_range)))
    q, chi = _at_its_scale(activation, ws, bs)
    marks = []
    for name, w, b in COMMON:
        at, slope = (values[0, 0] for values in _at_its_scale(activation, np.array([w]), np.array([b])))
        marks.append((name, w, b, float(at), float(slope)))
    return Diagram(activation.name, ws, bs, q, chi, border, tuple(marks))


def _at_its_scale(activation: Activation, ws: np.ndarray, bs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = scale_of(activation)
    q, chi = settled(maps(at_scale(activation, scale)), ws * float(scale.weights), bs * float(scale.squares))
    return q / float(scale.squares), chi


def _grid(lower: float, upper: float, size: int) -> np.ndarray:
    if not (0 <= lower < upper < np.inf and size >= 2):
        raise InputError(f"a diagram runs from one variance >= 0 to a larger one, not from {lower:g} to {upper:g}")
    return np.linspace(lower, upper, size)


def _ranges(border: Edge) -> tuple[tuple[float, float], tuple[float, float]]:
    points = [p for p in border.points if p.sigma_w2.value is not None and p.sigma_b2.value is not None]
    w = max([2.0, *[p.sigma_w2.value or 0.0 for p in points]])
    b = max([0.5, *[p.sigma_b2.value or 0.0 for p in points]])
    return (0.0, 2 * w), (0.0, 2 * b)


def settled(here: Maps, ws: np.ndarray, bs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """q* and chi_1 for each w (rows) and b (columns)."""
    qs, moments = here.table
    known = cast(Any, np.isfinite(moments[:3]).all(0))
    first = int(np.searchsorted(qs, 1.0))
    if not known[first]:
        raise InputError(f"there is no diagram of {here.activation.name}: its moments at q = 1 are not known")
    low = first - int(np.argmin(known[first::-1])) + 1 if not known[:first].all() else 0
    high = first + int(np.argmin(known[first:])) if not known[first:].all() else len(qs)
    qs, moments, first = qs[low:high], moments[:, low:high], first - low
    chi_at_zero = here.slope_square if here.slope_square is not None else np.nan
    out_q, out_chi = np.empty((len(ws), len(bs))), np.empty((len(ws), len(bs)))
    for row, w in enumerate(ws):
        excess: Any = (w * moments[0] + bs[:, None]) / qs - 1
        up = cast(Any, excess[:, first] > 0)
        above, below = cast(Any, excess[:, first:] <= _REST), cast(Any, excess[:, first::-1] >= -_REST)
        k = np.where(up, first - 1 + above.argmax(1), first - below.argmax(1))
        found = np.where(up, above.any(1), below.any(1))
        k = np.clip(k, 0, len(qs) - 2)
        q, slope = _refined(qs, moments, k, float(w), bs, up)
        at_rest = np.abs(excess[:, first]) <= _REST
        q, slope = np.where(at_rest, qs[first], q), np.where(at_rest, moments[1, first], slope)
        found |= at_rest
        out_q[row] = np.where(found, q, np.where(up, np.inf, 0.0))
        out_chi[row] = np.where(found, w * slope, np.where(up, w * moments[1, -1], w * chi_at_zero))
    return out_q, out_chi


def _refined(
    qs: np.ndarray, moments: np.ndarray, k: np.ndarray, w: float, bs: np.ndarray, up: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where q comes to rest inside the cell k of the table, by bisection of the cubic, and E[g'^2] there."""
    t0, t1 = np.log(qs[k]), np.log(qs[k + 1])
    second, slopes = moments[0], moments[2]  # d E[g^2]/d log q is E[x g g']
    low, high = np.zeros(len(k)), np.ones(len(k))
    for _ in range(36):
        s = (low + high) / 2
        q = np.exp(t0 + s * (t1 - t0))
        value = _cubic(s, second[k], second[k + 1], slopes[k] * (t1 - t0), slopes[k + 1] * (t1 - t0))
        grows = (w * value + bs) / q - 1 > np.where(up, _REST, -_REST)
        low, high = np.where(grows, s, low), np.where(grows, high, s)
    s = (low + high) / 2
    step = np.gradient(moments[1], np.log(qs), edge_order=2) * (t1 - t0)[0]
    return np.exp(t0 + s * (t1 - t0)), _cubic(s, moments[1][k], moments[1][k + 1], step[k], step[k + 1])


def _cubic(s: np.ndarray, v0: np.ndarray, v1: np.ndarray, d0: np.ndarray, d1: np.ndarray) -> np.ndarray:
    """Hermite's cubic with these values and slopes at s = 0 and 1."""
    r = 1 - s
    return r * r * ((1 + 2 * s) * v0 + s * d0) + s * s * ((3 - 2 * s) * v1 - r * d1)

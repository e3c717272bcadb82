"""The maps from layer to layer of a wide random network: lengths q -> V(q), correlations c -> C(c)."""

from __future__ import annotations

from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.curves import described, rounded
from propcheck.meanfield import CorrelationMap, Maps, best, edge, fixed_points, maps
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

SCHEMA = "propcheck.maps/1"
LENGTHS = np.geomspace(1e-2, 1e2, 81)
CORRELATIONS = np.linspace(-1, 1, 81)


@alone
def propagation(activation: Activation, sigma_w2: float | None = None, sigma_b2: float | None = None) -> dict[str, Any]:
    """Both maps at variances of weights (times the fan-in) and biases; without them, at the critical initialisation.

    The correlation map is that of two inputs of mean square `correlation_at`: a stable fixed point of the length map,
    or 1 where there is none, or every length is one.
    """
    if (sigma_w2 is None) != (sigma_b2 is None):
        raise InputError("the maps take both variances, of weights and of biases, or neither")
    try:
        here = maps(activation)
        w, b, q, kind = (
            _critical(activation) if sigma_w2 is None or sigma_b2 is None else _given(here, sigma_w2, sigma_b2)
        )
        known = [float(at) for at in LENGTHS if at <= here.highest]
        lengths = [here.length(at, w, b) for at in known]
        to = CorrelationMap(here, q, w, b)
        correlations = [to(float(c)) for c in CORRELATIONS]
    except Undecided as reason:
        raise InputError(f"the mean field of {activation.name} could not be computed: {reason}") from reason
    return {
        "schema": SCHEMA,
        "activation": described(activation),
        "sigma_w2": rounded(w),
        "sigma_b2": rounded(b),
        "kind": kind,
        "q": [rounded(at) for at in known],
        "length": [rounded(value) for value in lengths],
        "correlation_at": rounded(q),
        "c": [rounded(float(c)) for c in CORRELATIONS],
        "correlation": [rounded(value) for value in correlations],
        "slope_at_one": rounded(here.step(q, w, b).slope_at_one),
        "standing": "computed",
    }


def _critical(activation: Activation) -> tuple[float, float, float, str]:
    border = edge(activation)
    point = best(border)
    if point is None or point.sigma_w2.value is None or point.sigma_b2.value is None:
        low, high = border.searched
        found = "at none that was found do lengths stay" if border.exists else f"none was found in [{low:g}, {high:g}]"
        why = border.none or found
        raise InputError(
            f"{activation.name} has no critical initialisation to draw the maps at ({why}); give both variances, "
            "such as --sigma-w2 1 --sigma-b2 0.1"
        )
    q = point.q.value
    settled = point.kind in ("marginal", "edge") and q is not None and q > 0
    return point.sigma_w2.value, point.sigma_b2.value, q if settled and q else 1.0, "critical"


def _given(here: Maps, w: float, b: float) -> tuple[float, float, float, str]:
    if not (0 < w < float("inf") and 0 <= b < float("inf")):
        raise InputError(
            f"variances are finite, that of the weights above 0, that of the biases not below; got {w:g}, {b:g}"
        )
    found = fixed_points(here, w, b)
    q = next((point.q for point in found.points if point.stability == "stable" and point.q > 0), 1.0)
    return float(w), float(b), q if not found.every else 1.0, "given"

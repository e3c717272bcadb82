"""The error of a compiled form over its input, in units in the last place (ulp) of the exact value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.backends import MEASURED
from propcheck.curves import described, rounded
from propcheck.numeric import compile
from propcheck.numeric.accuracy import LIMIT, LIMIT_16, grid, on_arrays
from propcheck.numeric.formats import FORMATS, dtype_of
from propcheck.numeric.truth import Reference
from propcheck.verdict import InputError

SCHEMA = "propcheck.errors/1"
POINTS = 600  # of the grid on which the accuracy is measured, evenly chosen


def error(activation: Activation, order: int = 0, dtype: str = "float64", backend: str = "numpy") -> dict[str, Any]:
    """The distance to the exact value at some inputs, and the distance that allows for the input's own rounding.

    An error is "inf" where a finite value came out as none; inputs whose exact value is unknown or none are left out.
    """
    if backend not in MEASURED:
        raise InputError(f"there is no backend {backend!r} to measure; there are {', '.join(MEASURED)}")
    form = FORMATS[dtype_of(dtype).name]
    reference = Reference(activation, order, form)
    inputs = grid(activation, dtype)
    inputs = inputs[np.isfinite(inputs.astype(float))]
    inputs = np.sort(inputs[:: max(1, math.ceil(len(inputs) / POINTS))])
    library, fast = ("numpy", True) if backend == "numba" else (backend, False)
    compiled = on_arrays(compile(activation, backend=library, dtype=dtype, order=order, fast=fast), backend)
    with np.errstate(all="ignore"):
        found = np.asarray(compiled(inputs.copy())).astype(float)
    rows = []
    for x, computed in zip(inputs.astype(float).tolist(), found.tolist(), strict=True):
        truth = reference.truth(x)
        if not truth.answers or (truth.nothing and math.isnan(computed)):
            continue
        raw = truth.distance(computed, form)
        rows.append((x, raw, raw and reference.truth(x, loose=True).distance(computed, form)))
    return {
        "schema": SCHEMA,
        "activation": described(activation),
        "order": order,
        "dtype": dtype,
        "backend": backend,
        "limit": LIMIT_16 if form.bits < 16 else LIMIT,
        "x": [rounded(row[0]) for row in rows],
        "raw": [_short(row[1]) for row in rows],
        "allowed": [_short(row[2]) for row in rows],
        "standing": "computed",
    }


def _short(ulps: float) -> float | str | None:
    return rounded(float(f"{ulps:.4g}"))

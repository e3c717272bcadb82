"""Curves as plain data: what figures are drawn from, so that a record can hold it and a report needs no engine.

A member of this family is a page with a function that samples one kind of curve of an activation and answers with an
object in JSON's own types, its `schema` first: `graph` the function and its slope, `propagation` the maps from layer to
layer, `error` the distance of a compiled form to the exact one, `paper` what the paper's figures show. Numbers have
twelve significant digits; the same activation gives the same object.
"""

from __future__ import annotations

import math
from typing import Any

from propcheck.activation import Activation
from propcheck.language import show

DIGITS = 12


def rounded(value: float | None) -> float | str | None:
    """A number as it stands in a curve: infinities as "inf" and "-inf", what is no number as null."""
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float(f"{value:.{DIGITS}g}") + 0.0


def described(activation: Activation) -> dict[str, Any]:
    """What a curve says of the activation that it belongs to."""
    noise = activation.noise
    return {
        "name": activation.name,
        "title": activation.title,
        "expression": show(activation.expression),
        "parameters": {name: str(value) for name, value in activation.values.items()},
        "note": "" if noise is None else f"mean function, {noise.law}",
    }

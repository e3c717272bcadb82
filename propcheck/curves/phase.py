"""The phase diagram of an activation, in as many digits as a picture shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.curves import described
from propcheck.meanfield import diagram
from propcheck.verdict import InputError

SCHEMA = "propcheck.diagram/1"
SIZE = 100  # variances to each side
DIGITS = 5


def phase(activation: Activation, size: int = SIZE) -> dict[str, Any]:
    """q* and chi_1 over the variances of weights and biases, with the edge of chaos and common initialisations."""
    try:
        made = diagram(activation, size=size).to_json()
    except Undecided as reason:
        raise InputError(f"the mean field of {activation.name} could not be computed: {reason}") from reason
    return {"schema": SCHEMA, **_shortened(made), "activation": described(activation)}


def _shortened(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _shortened(item) for key, item in value.items()}
    return [_shortened(item) for item in value] if isinstance(value, list) else value

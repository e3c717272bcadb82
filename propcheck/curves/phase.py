"""The phase diagram of an activation, in as many digits as a picture shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.curves import described
from propcheck.meanfield import diagram
from propcheck.processes.precision import alone
from propcheck.verdict import InputError, shortened

SCHEMA = "propcheck.diagram/1"
SIZE = 100  # variances to each side
POINTS = 280  # of a stretch of the edge, at most
DIGITS = 5
_OFF = 3e-10
_ROUNDING = 1e-13


@alone
def phase(activation: Activation, size: int = SIZE) -> dict[str, Any]:
    """q* and chi_1 over the variances of weights and biases, with the edge of chaos and common initialisations."""
    try:
        made = diagram(activation, size=size).to_json()
    except Undecided as reason:
        raise InputError(f"the mean field of {activation.name} could not be computed: {reason}") from reason
    made["edge"]["curve"] = [_thinned(stretch) for stretch in made["edge"]["curve"]]
    return {"schema": SCHEMA, **shortened(_off_ties(made), DIGITS), "activation": described(activation)}


def _off_ties(value: Any) -> Any:
    """The same with each number a little larger, so that rounding to few digits does not hang on its last bit.

    On a grid of round numbers many values lie halfway between two of few digits.
    """
    if isinstance(value, Mapping):
        return {key: _off_ties(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_off_ties(part) for part in value]
    return value * (1 + _OFF) if isinstance(value, float) else value


def _thinned(stretch: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Every so many points of a stretch, and its last."""
    step = math.ceil(len(stretch["q"]) / POINTS)
    return {name: _clean([*column[:-1:step], column[-1]]) for name, column in stretch.items()}


def _clean(column: list[Any]) -> list[Any]:
    """Without what rounding makes of 0."""
    numbers = [abs(value) for value in column if isinstance(value, float) and math.isfinite(value)]
    least = _ROUNDING * max(numbers, default=0.0)
    return [0.0 if isinstance(value, float) and abs(value) < least else value for value in column]

"""A slider for a parameter: from where to where, in which steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from propcheck.spec import Parameter

REACH = 5.0  # how far a slider goes where the declared range has no end
COUNT = 100  # steps of a slider, at least


def of(parameter: Parameter, count: int = COUNT) -> dict[str, Any]:
    """The slider within the declared range; it reaches the value, and an end that is not in the range it leaves out."""
    value = float(parameter.value())
    lower, upper = (float(end) for end in parameter.ends())
    low, high = _finite(lower, upper, value)
    step = _step((high - low) / count)
    low, high = step * math.ceil(low / step - 1e-9), step * math.floor(high / step + 1e-9)
    low += 0.0 if parameter.admits(sp.Rational(_text(low))) else step
    high -= 0.0 if parameter.admits(sp.Rational(_text(high))) else step
    return {
        "name": parameter.name,
        "value": parameter.default,
        "at": _text(value),
        "low": _text(low),
        "high": _text(high),
        "step": _text(step),
        "range": parameter.range or "",
    }


def places(made: Mapping[str, str]) -> list[str]:
    """The values at which a slider stands."""
    low, high, step = (float(made[name]) for name in ("low", "high", "step"))
    return [_text(low + place * step) for place in range(round((high - low) / step) + 1)]


def _finite(lower: float, upper: float, value: float) -> tuple[float, float]:
    """The range, its infinite ends moved in to where one may want to slide."""
    reach = max(REACH, 2 * abs(value))
    if math.isinf(lower):
        lower = min(-reach, upper - reach)
    if math.isinf(upper):
        upper = max(reach, lower + reach)
    return lower, upper


def _step(least: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is at most this."""
    power = 10.0 ** math.floor(math.log10(least))
    return max(size * power for size in (1, 2, 5) if size * power <= least * (1 + 1e-9))


def _text(value: float) -> str:
    return f"{value:.10g}"

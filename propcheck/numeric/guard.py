"""What keeps a compiled form's word: where no form is good, the exact value is computed element by element.

A form is known by its spans (`Assembly.exact`) and tried out on inputs of its own; what is found wrong there is added.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from propcheck.numeric.assembly import Assembly
from propcheck.numeric.truth import Oracle
from propcheck.verdict import InaccurateWarning

GOAL = 4.0  # units in the last place, the input's rounding allowed for: what every form promises
Spans = tuple[tuple[float, float], ...]
Run = Callable[[np.ndarray, Sequence[np.ndarray]], None]


@dataclass(frozen=True)
class Exact:
    """The spans of one output that are left to the oracle."""

    output: int
    spans: Spans
    oracle: Oracle


@dataclass(frozen=True)
class Guarded:
    """A function of arrays, `run(x, outputs)`, with exact values laid over some spans."""

    run: Run
    exact: tuple[Exact, ...]

    def __call__(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        """Fills the outputs from x, all of one dimension and contiguous."""
        self.run(x, outputs)
        for part in self.exact:
            inside = np.flatnonzero(_within(x, part.spans))
            if inside.size:
                outputs[part.output][inside] = part.oracle(x[inside])


def _within(x: np.ndarray, spans: Spans) -> np.ndarray:
    """Which elements lie in one of these closed spans?"""
    wide = x.astype(np.float64) if x.dtype.itemsize < 4 else x
    inside = np.zeros(x.shape, bool)
    for low, high in spans:
        inside |= (wide >= low) & (wide <= high)
    return inside


def bound(assembly: Assembly, strict: bool) -> float:
    """The most units in the last place that a form is known to be wrong by; infinite where that is not known."""
    if strict:
        return GOAL
    return max([GOAL, *(short.estimate for short in assembly.shortfalls)])


def warn(name: str, order: int, dtype: str, assembly: Assembly) -> None:
    """Names the spans on which a form is not known to be right."""
    if not assembly.shortfalls:
        return
    spans = ", ".join(f"[{short.lower:.6g}, {short.upper:.6g}]" for short in assembly.shortfalls)
    most = bound(assembly, False)
    size = "an unknown number of ulp" if math.isinf(most) else f"{most:.3g} ulp"
    what = "values" if order == 0 else f"derivatives of order {order}"
    warnings.warn(
        f"{name} in {dtype}: {what} may be wrong by {size} on {spans}; strict=True computes them exactly there",
        InaccurateWarning,
        stacklevel=2,
    )

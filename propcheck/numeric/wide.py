"""The values on spans where no form in the working format is good: in extended precision, else by ball arithmetic.

Eleven bits more, where the processor has them, are enough for most sums that cancel, at some hundredth of the cost.
What they give is tried out like any other form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.formats import EXTENDED, FORMATS, Format
from propcheck.numeric.guard import Spans, tried, within
from propcheck.numeric.numpy import Compiled, evaluate
from propcheck.numeric.plan import plan
from propcheck.numeric.truth import Oracle, oracle
from propcheck.precision import alone


@dataclass(frozen=True)
class Wide:
    """A derivative as a function of one-dimensional arrays, in extended precision but for some closed spans."""

    form: Compiled
    spans: Spans
    oracle: Oracle

    @property
    def dtype(self) -> np.dtype:
        return self.oracle.dtype

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The values at the elements of x, some millions in a second."""
        x = np.ascontiguousarray(x)
        values = np.empty_like(x)
        self.form(x, [values])
        inside = np.flatnonzero(within(x, self.spans))
        if inside.size:
            values[inside] = self.oracle(x[inside])
        return values


@lru_cache(maxsize=256)
@alone
def careful(activation: Activation, order: int, kink: str, dtype: np.dtype, spans: Spans) -> Oracle | Wide:
    """What computes a derivative on some spans, right to the bound that every form promises."""
    exactly = oracle(activation, order, kink, dtype)
    if EXTENDED is None or FORMATS[dtype.name].bits <= 16:
        return exactly
    made = _extended(activation, order, kink, EXTENDED, FORMATS[dtype.name])
    form = Compiled([made], EXTENDED, dtype, short=False)
    (found,) = tried(form, [made], activation, [order], dtype, spans)
    left = tuple((max(low, a), min(high, b)) for low, high in found.exact for a, b in spans if low <= b and a <= high)
    return exactly if _covers(left, spans) else Wide(form, left, exactly)


def _extended(activation: Activation, order: int, kink: str, work: Format, out: Format) -> Assembly:
    def value(expr: Any, at: float) -> float:
        return evaluate(expr, at, work, short=False)

    return assembled(activation, plan(activation, order, work, out), kink, value)


def _covers(some: Spans, spans: Spans) -> bool:
    return all(any(a <= low and high <= b for a, b in some) for low, high in spans)


__all__ = ["Wide", "careful"]

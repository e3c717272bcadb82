"""The values on spans where no form in the working format is good: in extended precision, else by ball arithmetic.

Eleven bits more, where the processor has them, are enough for most sums that cancel, at some hundredth of the cost.
What they give is tried out like any other form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.formats import EXTENDED, FORMATS, Format
from propcheck.numeric.guard import Spans, tried, within
from propcheck.numeric.numpy import Compiled, Kernel, evaluate
from propcheck.numeric.plan import plan
from propcheck.numeric.steps import program
from propcheck.numeric.truth import Oracle, oracle
from propcheck.numeric.ufuncs import expanded
from propcheck.processes.precision import alone

_LEFT = 2.0**-10  # of the terms of a sum: less has fewer bits than a double


@dataclass(frozen=True)
class Wide:
    """A derivative as a function of one-dimensional arrays, in extended precision but for some closed spans.

    `left` says of sums of waves, which have endlessly many zeros, how much of their terms is left of them.
    """

    form: Compiled
    spans: Spans
    oracle: Oracle
    left: Kernel | None = None

    @property
    def dtype(self) -> np.dtype:
        return self.oracle.dtype

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The values at the elements of x, some millions in a second."""
        x = np.ascontiguousarray(x)
        values = np.empty_like(x)
        self.form(x, [values])
        inside = np.flatnonzero(within(x, self.spans) | self._cancels(x))
        if inside.size:
            values[inside] = self.oracle(x[inside])
        return values

    def _cancels(self, x: np.ndarray) -> np.ndarray:
        """Where too little is left of a sum for the bits that there are."""
        if self.left is None:
            return np.zeros(x.size, bool)
        share = np.empty(x.size)
        with np.errstate(all="ignore"):
            self.left.run(x, [share])
        return share < _LEFT


@lru_cache(maxsize=256)
@alone
def careful(activation: Activation, order: int, kink: str, dtype: np.dtype, spans: Spans) -> Oracle | Wide:
    """What computes a derivative on some spans, right to the bound that every form promises."""
    exactly = oracle(activation, order, kink, dtype)
    if EXTENDED is None or FORMATS[dtype.name].bits <= 16:
        return exactly
    try:
        made = _extended(activation, order, kink, EXTENDED, FORMATS[dtype.name])
        form = Compiled([made], EXTENDED, dtype, short=False)
    except Undecided:
        return exactly
    (found,) = tried(form, [made], activation, [order], dtype, spans)
    left = tuple((max(low, a), min(high, b)) for low, high in found.exact for a, b in spans if low <= b and a <= high)
    return exactly if _covers(left, spans) else Wide(form, left, exactly, _share(made.main))


def _extended(activation: Activation, order: int, kink: str, work: Format, out: Format) -> Assembly:
    def value(expr: Any, at: float) -> float:
        return evaluate(expr, at, work, short=False)

    return assembled(activation, plan(activation, order, work, out), kink, value)


def _share(expr: sp.Expr) -> Kernel | None:
    """The size of a sum of waves over that of its terms; of several factors the least; None where there is none."""
    bases = [factor.base if isinstance(factor, sp.Pow) else factor for factor in sp.Mul.make_args(expr)]
    sums = [base for base in bases if isinstance(base, sp.Add) and base.has(sp.sin, sp.cos, sp.tan)]
    if not sums:
        return None
    shares = [sp.Abs(total) / sp.Add(*map(_size, total.args)) for total in sums]
    kind = np.dtype(np.longdouble)
    source = program([sp.Min(*shares, evaluate=False) if len(shares) > 1 else shares[0]])
    return Kernel(expanded(source, kind, short=False), kind, np.dtype(np.float64))


def _size(term: sp.Expr) -> sp.Expr:
    return sp.Abs(term, evaluate=False) if term.free_symbols else abs(term)


def _covers(some: Spans, spans: Spans) -> bool:
    return all(any(a <= low and high <= b for a, b in some) for low, high in spans)


__all__ = ["Wide", "careful"]

"""The values on spans where no form in the working format is good: in extended precision, else by ball arithmetic.

Eleven bits more, where the processor has them, are enough for most sums that cancel, at some hundredth of the cost.
What they give is tried out like any other form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.language import X
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.formats import EXTENDED, FORMATS, Format
from propcheck.numeric.guard import Spans, tried, within
from propcheck.numeric.numpy import Compiled, Kernel, evaluate
from propcheck.numeric.plan import plan
from propcheck.numeric.steps import At, Choice, Compensated, PassNaN, program
from propcheck.numeric.truth import Oracle, oracle
from propcheck.numeric.ufuncs import expanded
from propcheck.processes.precision import alone

_LEFT = 2.0**-10  # of the terms of a sum: less has fewer bits than a double
_STEEP = 2.0**-7  # of the slopes of its terms: less is not worth what rounding the argument of a wave is
_FAR = 32.0  # from where on that rounding counts
_TURNED = 2.0**30  # from where on the square of that rounding counts, where a wave turns
_VANISHING = (sp.log, sp.acos, sp.acosh, sp.sin, sp.cos)  # where their argument is of the size of 1
_WRITTEN_OUT = 400  # operations of a slope whose products are multiplied out


@dataclass(frozen=True)
class Wide:
    """A derivative as a function of one-dimensional arrays, in extended precision but for some closed spans.

    `left` says of sums of waves, which have endlessly many zeros, how much of their terms is left of them, and `steep`
    how much of the slopes of their terms.
    """

    form: Compiled
    spans: Spans
    oracle: Oracle
    left: Kernel | None = None
    steep: Kernel | None = None

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
        cancels = np.zeros(x.size, bool)
        share = np.empty(x.size)
        with np.errstate(all="ignore"):
            for kernel, least, near in ((self.left, _LEFT, 0.0), (self.steep, _STEEP, _FAR)):
                if kernel is not None:
                    kernel.run(x, [share])
                    cancels |= (share < least) & (np.abs(x) > near)
        return cancels


@lru_cache(maxsize=256)
@alone
def careful(activation: Activation, order: int, kink: str, dtype: np.dtype, spans: Spans) -> Oracle | Wide:
    """What computes a derivative on some spans, right to the bound that every form promises."""
    exactly = oracle(activation, order, kink, dtype)
    if EXTENDED is None or activation.wave is not None or FORMATS[dtype.name].bits <= 16:
        return exactly
    try:
        made = _extended(activation, order, kink, EXTENDED, FORMATS[dtype.name])
        form = Compiled([made], EXTENDED, dtype, short=False)
    except Undecided:
        return exactly
    (found,) = tried(form, [made], activation, [order], dtype, spans)
    left = tuple((max(low, a), min(high, b)) for low, high in found.exact for a, b in spans if low <= b and a <= high)
    if _covers(left, spans):
        return exactly
    if made.main.has(sp.sin, sp.cos, sp.tan):
        left = (*left, (-math.inf, -_TURNED), (_TURNED, math.inf))
    return Wide(form, left, exactly, _kernel(_share(made.main)), _kernel(_steepness(made.main)))


def _extended(activation: Activation, order: int, kink: str, work: Format, out: Format) -> Assembly:
    def value(expr: Any, at: float) -> float:
        return evaluate(expr, at, work, short=False)

    return assembled(activation, plan(activation, order, work, out), kink, value)


def _kernel(share: sp.Expr | None) -> Kernel | None:
    kind = np.dtype(np.longdouble)
    return None if share is None else Kernel(expanded(program([share]), kind, short=False), kind, np.dtype(np.float64))


def _share(expr: sp.Expr) -> sp.Expr | None:
    """The size of a sum of waves over that of its terms; of several in an expression the least; None without any."""
    found = list(dict.fromkeys(_shares(expr)))
    return sp.Min(*found, evaluate=False) if len(found) > 1 else found[0] if found else None


def _shares(expr: sp.Expr) -> Iterator[sp.Expr]:
    if not expr.has(sp.sin, sp.cos, sp.tan):
        return
    if isinstance(expr, (Choice, At, PassNaN)):
        yield from _of_branches(expr, _share)
        return
    if isinstance(expr, sp.Add):
        yield sp.Abs(expr) / sp.Add(*map(_size, expr.args))
    if isinstance(expr, _VANISHING) and not expr.args[0].is_polynomial(X) and not expr.has(Compensated):
        yield sp.Abs(expr)
    for part in expr.args:
        yield from _shares(part)


def _steepness(expr: sp.Expr) -> sp.Expr | None:
    """The same share of the slope: where waves turn together, no rounding of x excuses that of their arguments."""
    found = list(dict.fromkeys(_slopes(expr)))
    return sp.Min(*found, evaluate=False) if len(found) > 1 else found[0] if found else None


def _slopes(expr: sp.Expr) -> Iterator[sp.Expr]:
    if not expr.has(sp.sin, sp.cos, sp.tan):
        return
    if isinstance(expr, (Choice, At, PassNaN)):
        yield from _of_branches(expr, _steepness)
    elif isinstance(expr, sp.Add) and expr.has(At):  # parts of which all but one rest at 0
        for part in expr.args:
            yield from _slopes(part)
    else:
        slope = sp.diff(expr, X)
        if not slope.has(sp.Derivative, sp.Subs):
            yield from _shares(sp.expand_mul(slope) if slope.count_ops() < _WRITTEN_OUT else slope)


def _of_branches(expr: sp.Expr, share: Callable[[sp.Expr], sp.Expr | None]) -> Iterator[sp.Expr]:
    """The share in each branch; a branch that has none is whole."""
    places = {Choice: (2, 3), At: (0,), PassNaN: (0,)}[type(expr)]
    found = [share(expr.args[place]) for place in places]
    if all(each is None for each in found):
        return
    whole = [sp.S.One if each is None else each for each in found]
    if isinstance(expr, Choice):
        yield Choice(expr.args[0], expr.args[1], *whole)
    else:
        yield At(whole[0], expr.args[1]) if isinstance(expr, At) else whole[0]


def _size(term: sp.Expr) -> sp.Expr:
    return sp.Abs(term, evaluate=False) if term.free_symbols else abs(term)


def _covers(some: Spans, spans: Spans) -> bool:
    return all(any(a <= low and high <= b for a, b in some) for low, high in spans)


__all__ = ["Wide", "careful"]

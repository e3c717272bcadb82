"""exp and expm1, and the parts of exp that the other kernels build on.

exp(u) = 2**n (1 + p): n is u/log(2) to the nearest whole number, which adding 1.5 * 2**fraction leaves in the lowest
bits, and p is a polynomial in what remains. Whoever multiplies by exp takes the scale and p rather than exp itself,
and so saves a rounding.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from propcheck.numeric.kernels.format import Format, Kernel, kernel
from propcheck.numeric.kernels.lanes import fma, magnitude, select, two_to

NOTHING = -0.0  # LLVM drops the addition of -0.0, and keeps that of 0.0


def whole(form: Format, shift: int) -> float:
    """The number that, added to n + rounding, leaves n + shift in the lowest bits."""
    return 1.5 * 2.0**form.fraction + shift


@functools.cache
def spread(form: Format) -> Kernel:
    """The kernel of (2**(n + shift), p, pl), given v, vl and whole(form, shift): exp(v + vl) = 2**n (1 + p + pl)."""
    per_octave, (ln2_high, ln2_low) = form.number(1 / math.log(2)), form.words("ln2")
    series = form.polynomial("exp")

    @kernel
    def parts(v: Any, vl: Any, start: Any) -> Any:
        raised = fma(v, per_octave, start)
        n = raised - start
        r = fma(n, -ln2_high, v) + fma(n, -ln2_low, vl)
        w, q = r * r, series(r)
        p = fma(w, q, r)
        return two_to(raised), p, fma(w, q, r - p)

    return parts


@functools.cache
def decay(form: Format) -> Kernel:
    """The same for v + vl <= 0, with lift as the shift: 2**(n + lift) is normal where 2**n is not."""
    parts = spread(form)
    lowest, raised = form.number(form.lowest), form.number(whole(form, form.lift))

    @kernel
    def falling(v: Any, vl: Any) -> Any:
        return parts(select(v < lowest, lowest, v), vl, raised)

    return falling


@functools.cache
def exponential(form: Format) -> dict[str, Kernel]:
    number, parts = form.number, spread(form)
    half_of, raised, lowered = (number(whole(form, shift)) for shift in (-1, form.lift, -form.lift))
    up, down = number(2.0**form.lift), number(2.0**-form.lift)
    lowest, highest, minus_one, tiny = map(number, (form.lowest, form.highest, form.minus_one, form.tiny))
    zero, half, nothing = map(number, (0, 0.5, NOTHING))

    @kernel
    def exp(u: Any, ul: Any = nothing) -> Any:
        v = select(u < lowest, lowest, select(u > highest, highest, u))
        falls = v < zero
        scale, p, _ = parts(v, select(v == u, ul, nothing), select(falls, raised, lowered))
        return fma(scale, p, scale) * select(falls, down, up)

    @kernel
    def expm1(u: Any) -> Any:
        v = select(u < minus_one, minus_one, select(u > highest, highest, u))
        scale, p, pl = parts(v, nothing, half_of)
        value = fma(scale, pl, fma(scale, p, scale - half))
        return select(magnitude(u) < tiny, u, value + value)

    return {"exp": exp, "expm1": expm1}

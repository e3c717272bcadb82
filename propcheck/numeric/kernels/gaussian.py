"""erf, erfc, the normal law's distribution and density.

A tail is the Gaussian times a slowly varying factor, P(t)/(a + k) with t = (a - k)/(a + k) = 1 - y. The square in the
exponent has two words, as exp multiplies its error by up to 700. What the reciprocal r of a + k loses is put back as
`rest`: to first order it acts on r and on t together, which is what 1 + bend y stands for.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from propcheck.numeric.kernels.coefficients import SHIFTS
from propcheck.numeric.kernels.exponential import decay
from propcheck.numeric.kernels.format import Format, Kernel, kernel, part
from propcheck.numeric.kernels.lanes import fma, magnitude, select, with_sign


def tail(form: Format, name: str, bend: float) -> Kernel:
    """The kernel of 2**lift times (the tail beyond a, exp(-h - h_low)), for a >= 0."""
    number, falling = form.number, decay(form)
    one, shift, shift2, slope = map(number, (1, SHIFTS[name], 2 * SHIFTS[name], bend))
    start, series = form.from_start(name)

    @kernel
    def beyond(a: Any, h: Any, h_low: Any) -> Any:
        scale, p, pl = falling(-h, -h_low)
        s = a + shift
        r = one / s
        y = shift2 * r
        rest = (fma(-s, r, one) - r * ((shift - s) + a)) * fma(y, slope, one)
        t = one - y
        inner = series(t)
        factor = fma(t, inner, start)
        x = r * factor
        x_low = fma(r, fma(t, inner, start - factor), fma(r, factor, -x))
        return scale * (x + fma(x, p, fma(x, fma(one + p, rest, pl), x_low))), fma(scale, p, scale)

    return beyond


@functools.cache
def gaussian(form: Format) -> dict[str, Kernel]:
    number = form.number
    zero, half, one, two = map(number, (0, 0.5, 1, 2))
    far, far_normal = number(form.farthest / math.sqrt(2)), number(form.farthest)
    down, down_density = number(2.0**-form.lift), number(2.0**-form.lift / math.sqrt(2 * math.pi))
    beyond, beyond_normal = tail(form, "erfcx", 0.65), tail(form, "mills", 0.8)
    erf_series = form.polynomial("erf")

    @kernel
    def erfc_gauss(u: Any, ul: Any = zero) -> Any:
        a = magnitude(u)
        inside = a < far
        a = select(a > far, far, a)
        al = select(inside, with_sign(one, u) * ul, zero)
        h = a * a
        outer, gauss = beyond(a, h, fma(a + a, al, fma(a, a, -h)))
        outer = outer * down
        return select(u < zero, two - outer, outer), gauss * down

    @kernel
    def erfc(u: Any, ul: Any = zero) -> Any:
        return erfc_gauss(u, ul)[0]

    @kernel
    def gauss(u: Any, ul: Any = zero) -> Any:
        return erfc_gauss(u, ul)[1]

    @kernel
    def erf_gauss(u: Any) -> Any:
        a = select(magnitude(u) > far, far, magnitude(u))
        h = a * a
        outer, gauss = beyond(a, h, fma(a, a, -h))
        return with_sign(select(a < one, fma(a, erf_series(h), a), one - outer * down), u), gauss * down

    erf = part(erf_gauss, 0)

    @kernel
    def cdf_density(u: Any) -> Any:
        a = select(magnitude(u) > far_normal, far_normal, magnitude(u))
        h = a * a
        outer, gauss = beyond_normal(a, half * h, half * fma(a, a, -h))
        outer = outer * down
        return select(u < zero, outer, one - outer), gauss * down_density

    cdf = part(cdf_density, 0)
    density = part(cdf_density, 1)

    return {
        "erfc_gauss": erfc_gauss, "erfc": erfc, "gauss": gauss, "erf_gauss": erf_gauss, "erf": erf,
        "cdf_density": cdf_density, "cdf": cdf, "density": density,
    }  # fmt: skip

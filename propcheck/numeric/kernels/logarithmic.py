"""log, log1p and asinh."""

from __future__ import annotations

import functools
import math
from typing import Any

from propcheck.numeric.kernels.exponential import whole
from propcheck.numeric.kernels.format import Format, Kernel, kernel
from propcheck.numeric.kernels.lanes import exponent, fma, magnitude, root, select, two_to, with_sign


@functools.cache
def logarithmic(form: Format) -> dict[str, Kernel]:
    number = form.number
    up, down, lift = number(2.0**form.lift), number(2.0**-form.lift), number(form.lift)
    zero, one, infinity, undefined = map(number, (0, 1, math.inf, math.nan))
    far = number(2.0 ** (form.lift // 2))  # beyond it asinh(a) is log(2 a); its square is finite
    start, tiny = number(whole(form, 0)), number(form.tiny)
    ln2_high, ln2_low = form.words("ln2_short")  # so short that its product with any exponent is exact
    series = form.polynomial("log")

    @kernel
    def log_sum(base: Any, v: Any, k: Any) -> Any:
        """log(base + v) + k log(2) for base 0 or 1, where base + v is normal and at most 2**(lift + 1)."""
        n = exponent(base + v)
        scale = two_to(start - n)
        f = fma(scale, v, fma(scale, base, -one))  # so the digits of v that base + v loses are kept
        n = n + k
        return fma(n, ln2_high, f + fma(f * f, series(f), n * ln2_low))

    @kernel
    def log(u: Any) -> Any:
        large = u > one
        value = log_sum(zero, u * select(large, down, up), select(large, lift, -lift))
        value = select(u == infinity, u, value)
        return select(u > zero, value, select(u == zero, -infinity, undefined))

    @kernel
    def log1p(u: Any) -> Any:
        large = u > up
        value = log_sum(select(large, zero, one), select(large, u * down, u), select(large, lift, zero))
        value = select(u == infinity, u, value)
        value = select(u > -one, value, select(u == -one, -infinity, undefined))
        return select(magnitude(u) < tiny, u, value)

    @kernel
    def asinh(u: Any) -> Any:
        a = magnitude(u)
        large = a > far
        b = select(large, one, a)
        v = b + b * (b / (one + root(fma(b, b, one))))  # exp(asinh(a)) - 1
        value = log_sum(select(large, zero, one), select(large, a * down, v), select(large, lift + one, zero))
        return with_sign(select(a == infinity, a, value), u)

    return {"log": log, "log1p": log1p, "asinh": asinh}

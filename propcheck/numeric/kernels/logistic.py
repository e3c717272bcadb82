"""sigmoid, tanh and softplus with their derivatives, all from e = exp(-abs(u)) or exp(-2 abs(u)).

A quotient is computed as d (1 + rest): d is the rounded reciprocal of the rounded denominator, and rest, a few units of
the last place, is what both roundings took away. It goes into the last multiplication.
"""

from __future__ import annotations

import functools
from typing import Any

from propcheck.numeric.kernels.exponential import NOTHING, decay
from propcheck.numeric.kernels.format import Format, Kernel, kernel, part
from propcheck.numeric.kernels.lanes import fma, magnitude, select, with_sign


@functools.cache
def logistic(form: Format) -> dict[str, Kernel]:
    number, falling = form.number, decay(form)
    zero, half, one, nothing = map(number, (0, 0.5, 1, NOTHING))
    down, down4 = number(2.0**-form.lift), number(2.0 ** (2 - form.lift))
    log_right, log_left = form.polynomial("log_right"), form.polynomial("log_left")

    @kernel
    def share(scale: Any, p: Any) -> Any:
        """(d, s, low, rest) with 1/(1 + e) = 1/(s + low) = d (1 + rest), for e = scale (1 + p)."""
        s = fma(scale, p, one + scale)
        low = fma(scale, p, (one - s) + scale)
        d = one / s
        return d, s, low, fma(-s, d, one) - d * low

    @kernel
    def sigmoid_bell(u: Any) -> Any:
        scale, p, _ = falling(-magnitude(u), nothing)
        d, _, _, rest = share(scale * down, p)
        first = scale * d
        low, high = fma(first, fma(one + p, rest, p), first), fma(d, rest, d)
        return select(u < zero, low * down, high), low * (high * down)

    sigmoid = part(sigmoid_bell, 0)
    bell = part(sigmoid_bell, 1)

    @kernel
    def softplus_sigmoid(u: Any) -> Any:
        raised, p, _ = falling(-magnitude(u), nothing)
        scale = raised * down
        e = fma(scale, p, scale)
        return select(u < zero, zero, u) + fma(e * e, log_right(e), e), sigmoid(u)

    softplus = part(softplus_sigmoid, 0)

    @kernel
    def softplus0_sigmoid(u: Any) -> Any:
        raised, p, _ = falling(-magnitude(u), nothing)
        scale = raised * down
        z = fma(scale, p, scale - one) * half
        return select(u < zero, zero, u) + fma(z * z, log_left(z), z), sigmoid(u)

    softplus0 = part(softplus0_sigmoid, 0)

    @kernel
    def tanh_sech2(u: Any) -> Any:
        a = magnitude(u)
        raised, p, _ = falling(-(a + a), nothing)
        scale = raised * down
        d, s, low, rest = share(scale, p)
        top = fma(scale, p, scale - one)  # e - 1, and tanh(a) = (1 - e)/(1 + e)
        top_low = fma(scale, p, (scale - one) - top)
        q = top * d
        q = fma(d, fma(-q, s, top) + fma(-q, low, top_low), q)
        second = raised * d * d
        return with_sign(q, u), fma(second, fma(one + p, rest + rest, p), second) * down4

    tanh = part(tanh_sech2, 0)
    sech2 = part(tanh_sech2, 1)

    return {
        "sigmoid_bell": sigmoid_bell, "sigmoid": sigmoid, "bell": bell,
        "softplus_sigmoid": softplus_sigmoid, "softplus": softplus,
        "softplus0_sigmoid": softplus0_sigmoid, "softplus0": softplus0,
        "tanh_sech2": tanh_sech2, "tanh": tanh, "sech2": sech2,
    }  # fmt: skip

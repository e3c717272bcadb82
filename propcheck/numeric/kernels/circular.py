"""atan and acot, and what is left of acot(u) when its leading term u/(1 + u**2) is taken away.

All are computed from z = min(abs(u), 1/abs(u)).
"""

from __future__ import annotations

import functools
from typing import Any

from propcheck.numeric.kernels.format import Format, Kernel, kernel, part
from propcheck.numeric.kernels.lanes import fma, magnitude, select, with_sign


def remainder(form: Format) -> Kernel:
    """The kernel of acot(a) - 1/(a + 1/a) for a >= 0, given a, whether a > 1, z and z**2.

    Far out it is z**3 F(z). What z and z**2 have lost in rounding is put back with the sensitivity of the whole to
    each, 3 - 1.25 z**2 and 1 - 0.62 z**2 to within a tenth.
    """
    number = form.number
    zero, half, one, three, z_bend, w_bend = map(number, (0, 0.5, 1, 3, -1.25, -0.62))
    up, down = number(2.0 ** (form.lift // 2)), number(2.0 ** -(form.lift // 2))  # keeps the lost digits normal
    near_series = form.polynomial("acot_near")
    start, series = form.from_start("acot_far")

    @kernel
    def rest(a: Any, outside: Any, z: Any, w: Any) -> Any:
        raised, t = z * up, z - half
        cube, inner = raised * w, series(t)
        factor = fma(t, inner, start)
        z_slip = cube * select(z > zero, fma(-z, a, one), zero)
        w_slip = raised * fma(z, z, -w)
        slip = fma(z_slip, fma(w, z_bend, three), fma(w_slip, fma(w, w_bend, one), fma(raised, w, -cube)))
        x = cube * factor
        x_low = fma(cube, fma(t, inner, start - factor), fma(cube, factor, -x))
        return select(outside, (x + fma(slip, factor, x_low)) * down, near_series(t))

    return rest


@functools.cache
def circular(form: Format) -> dict[str, Kernel]:
    number, rest_beyond = form.number, remainder(form)
    zero, one = number(0), number(1)
    large = number(2.0 ** (form.fraction // 2 + 2))  # beyond it 1 + u**2 is u**2
    pi_high, pi_low = form.words("pi")
    right_high, right_low = number(pi_high / 2), number(pi_low / 2)
    series = form.polynomial("atan")

    @kernel
    def folded(a: Any) -> Any:
        """(a > 1, z, z**2, atan(z))."""
        outside = a > one
        z = select(outside, one / a, a)
        w = z * z
        return outside, z, w, fma(z * w, series(w), z)

    @kernel
    def atan_slope(u: Any) -> Any:
        a = magnitude(u)
        outside, _, w, angle = folded(a)
        value = select(outside, (right_high - angle) + right_low, angle)
        return with_sign(value, u), select(a > large, w, one / fma(u, u, one))

    atan = part(atan_slope, 0)

    @kernel
    def acot_and_rest(u: Any) -> Any:
        a, left = magnitude(u), u < zero
        outside, z, w, angle = folded(a)
        high = select(outside, select(left, pi_high, zero), right_high)
        low = select(outside, select(left, pi_low, zero), right_low)
        signed = with_sign(angle, u)
        rest = rest_beyond(a, outside, z, w)
        return (high + select(outside, signed, -signed)) + low, select(left, (pi_high - rest) + pi_low, rest)

    acot = part(acot_and_rest, 0)
    acot_rest = part(acot_and_rest, 1)

    return {
        "atan_slope": atan_slope, "atan": atan,
        "acot_and_rest": acot_and_rest, "acot": acot, "acot_rest": acot_rest,
    }  # fmt: skip

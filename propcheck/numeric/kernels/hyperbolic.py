"""sinh and cosh, by their formulas for the sum r + n log(2)."""

from __future__ import annotations

import functools
import math
from typing import Any

from propcheck.numeric.kernels.exponential import whole
from propcheck.numeric.kernels.format import Format, Kernel, kernel, part
from propcheck.numeric.kernels.lanes import fma, magnitude, select, two_to, with_sign


@functools.cache
def hyperbolic(form: Format) -> dict[str, Kernel]:
    number = form.number
    quarter, tiny = number(whole(form, -2)), number(form.tiny)
    per_octave, (ln2_high, ln2_low) = number(1 / math.log(2)), form.words("ln2")
    highest = number(form.highest + 0.5)  # sinh of it is inf
    far = number(form.fraction + 10)  # beyond it 2**-n no longer counts
    cosh_series, sinh_series = form.polynomial("cosh"), form.polynomial("sinh")

    @kernel
    def sinh_cosh(u: Any) -> Any:
        a = magnitude(u)
        v = select(a > highest, highest, a)
        raised = fma(v, per_octave, quarter)
        n = raised - quarter
        r = fma(n, -ln2_low, fma(n, -ln2_high, v))
        w = r * r
        even, odd = w * cosh_series(w), r * w * sinh_series(w)  # cosh(r) - 1, sinh(r) - r
        large, small = two_to(raised), two_to(quarter - select(n > far, far, n))  # 2**(n - 2), 2**(-n - 2)
        above, below = large + small, large - small
        sine = below + fma(r, above, fma(odd, above, even * below))
        cosine = above + fma(r, below, fma(odd, below, even * above))
        return with_sign(select(a < tiny, a, sine + sine), u), cosine + cosine

    sinh = part(sinh_cosh, 0)
    cosh = part(sinh_cosh, 1)

    return {"sinh_cosh": sinh_cosh, "sinh": sinh, "cosh": cosh}

"""Elementary functions for loops that LLVM vectorises: `kernels("float32")` and `kernels("float64")`.

Each kernel is a straight line of arithmetic, without branches, tables or calls, so that a loop over an array computes
16 values of float32 or 8 of float64 at a time. It is inlined, and what two kernels of the same argument share is
computed once. The argument is u, or u + ul where the kernel takes a second: ul is a low word, at most one unit in the
last place of u.

    exp(u, ul)  expm1  log  log1p  sinh_cosh  sinh  cosh  asinh
    sigmoid_bell  sigmoid  bell             1/(1 + exp(-u)), and its derivative
    tanh_sech2  tanh  sech2                 tanh(u), and its derivative 1 - tanh(u)**2
    softplus_sigmoid  softplus              log(1 + exp(u)), and its derivative
    softplus0_sigmoid  softplus0            log((1 + exp(u))/2), and its derivative
    erf_gauss  erf                          erf(u), and exp(-u**2)
    erfc_gauss  erfc  gauss  (u, ul)        erfc(u), with all digits as u -> inf, and exp(-u**2)
    cdf_density  cdf  density               the standard normal law's, with all digits as u -> -inf
    atan_slope  atan                        atan(u), and its derivative 1/(1 + u**2)
    acot_and_rest  acot  acot_rest          pi/2 - atan(u) and that less u/(1 + u**2), with all digits as u -> inf

In float32 results lie within 1.5 units of the last place for exp, expm1, log, log1p, tanh, sigmoid, erf, gauss and
atan, and within 2.5 for the others; in float64 within 2. Subnormal results, infinities and NaN are as they should
be, and the sign of zero is kept by the odd functions, expm1 and log1p.
"""

from __future__ import annotations

import functools

from propcheck.numeric.kernels.circular import circular
from propcheck.numeric.kernels.exponential import exponential
from propcheck.numeric.kernels.format import FORMATS, Kernel
from propcheck.numeric.kernels.gaussian import gaussian
from propcheck.numeric.kernels.hyperbolic import hyperbolic
from propcheck.numeric.kernels.logarithmic import logarithmic
from propcheck.numeric.kernels.logistic import logistic

FAMILIES = (exponential, logarithmic, logistic, hyperbolic, gaussian, circular)


@functools.cache
def kernels(dtype: str) -> dict[str, Kernel]:
    """The kernels of "float32" or "float64" by name, to be called in functions that numba compiles."""
    return {name: function for family in FAMILIES for name, function in family(FORMATS[dtype]).items()}

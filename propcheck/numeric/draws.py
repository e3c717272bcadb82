"""Random numbers by a counter: the k-th number of a stream follows from k and the stream's key alone.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011) makes four words of 32
bits from a counter and a key of 64 bits; a word w is taken to be the probability (w + 1/2) / 2^32, and the normal
number is where the law's distribution function has that value, at most 6.3. The way to it is that of Giles
(Approximating the erfinv function, 2012). Numba compiles all of it to one vectorised loop.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import numba
import numpy as np

from propcheck.numeric.kernels import kernels
from propcheck.numeric.kernels.lanes import fma, root, select

_MULTIPLIERS, _WEYL, _ROUNDS, _LOW = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85), 10, 0xFFFFFFFF
# z / x as a polynomial of w - 2.5 up to w = 5, of sqrt(w) - 3.493 beyond, where x = 2 P - 1 and w = -log(1 - x^2):
# the form is that of Giles, the coefficients are Chebyshev's on each range, right to 5e-7.
_CENTRAL = (
    3.29311571143e-08, 4.84403298823e-07, -4.89792526065e-06, -6.19939124734e-06, 0.000308789168061, -0.00177306828911,
    -0.00590772125261, 0.348802705324, 2.12331347935,
)  # fmt: skip
_OUTER = (
    -0.000245930917913, 0.000803708391779, -0.0011162361364, 0.00146394710147, -0.00289747693566, 0.00472269687873,
    1.4245615975, 4.70716429497,
)  # fmt: skip
_MIDDLES = 2.5, 3.493033988749895
_single = np.float32
_log = kernels("float32")["log"]


def normal(out: np.ndarray, key: np.ndarray, scale: float = 1.0) -> None:
    """Fills an array of float32 with normal numbers of this standard deviation; `key` is two words of 32 bits."""
    _filled(_normal, out, key, scale)


def uniform(out: np.ndarray, key: np.ndarray, scale: float = 1.0) -> None:
    """Fills an array of float32 with numbers from the uniform law on (-scale, scale)."""
    _filled(_uniform, out, key, scale)


def _filled(loop: Any, out: np.ndarray, key: np.ndarray, scale: float) -> None:
    flat = out.reshape(-1)
    quarter = -(-flat.size // 4)
    whole = np.empty(4 * quarter, np.float32) if flat.size % 4 else flat
    loop(whole, quarter, *(int(word) for word in key), _single(scale))
    if whole is not flat:
        flat[...] = whole[: flat.size]


def _loop(function: Any) -> Any:
    return numba.njit(error_model="numpy", nogil=True)(function)


def _inlined(function: Any) -> Any:
    return numba.njit(error_model="numpy", inline="always")(function)


@_inlined
def philox(counter: Any, first: Any, second: Any) -> Any:
    """Four words of 32 bits, in 64 bits each, of a counter of 64 bits and a key of two words."""
    low = np.uint64(_LOW)
    half = np.uint64(32)
    a, b, c, d = counter & low, counter >> half, np.uint64(0), np.uint64(0)
    k, m = np.uint64(first), np.uint64(second)
    for _ in range(_ROUNDS):
        p, q = np.uint64(_MULTIPLIERS[0]) * a, np.uint64(_MULTIPLIERS[1]) * c
        a, b, c, d = (q >> half) ^ b ^ k, q & low, (p >> half) ^ d ^ m, p & low
        k, m = (k + np.uint64(_WEYL[0])) & low, (m + np.uint64(_WEYL[1])) & low
    return a, b, c, d


@_inlined
def centred(word: Any) -> Any:
    """The number in (-1, 1) of a word; the words 0 to 2^31 - 1 are negative, their complements the same with a plus."""
    return (_single(np.int64(word) - np.int64(0x80000000)) + _single(0.5)) * _single(2.0**-31)


@_inlined
def quantile(word: Any) -> Any:
    """The normal number of a word."""
    signed = np.int64(word) - np.int64(0x80000000)
    steps = _single(2147483647 - max(signed, ~signed))
    two = _single(2)
    rest = (steps + _single(0.5)) * _single(2.0**-31)  # 1 - abs x, with all its digits
    w = -_log(rest * (two - rest))
    inner, outer = w - _single(_MIDDLES[0]), root(w) - _single(_MIDDLES[1])
    p, q = _single(_CENTRAL[0]), _single(_OUTER[0])
    for k in range(1, len(_CENTRAL)):
        p = fma(p, inner, _single(_CENTRAL[k]))
    for k in range(1, len(_OUTER)):
        q = fma(q, outer, _single(_OUTER[k]))
    return centred(word) * select(w < _single(5), p, q)


def _fill(law: Any) -> Any:
    @_loop
    def fill(out: Any, quarter: Any, first: Any, second: Any, scale: Any) -> None:
        for k in range(quarter):
            a, b, c, d = philox(np.uint64(k), first, second)
            out[k] = scale * law(a)
            out[quarter + k] = scale * law(b)
            out[2 * quarter + k] = scale * law(c)
            out[3 * quarter + k] = scale * law(d)

    return fill


_normal, _uniform = _fill(quantile), _fill(centred)

"""The search of `tabled` and its arithmetic as one loop that numba compiles: the same values to the last bit."""

# pyright: reportMissingImports=false
from __future__ import annotations

import numba
import numpy as np

from propcheck.numeric.tabled import Tabled

_HUGE = 2.0**490  # as in `tabled`
_SPLIT = 2.0**27 + 1


def looped(table: Tabled, x: np.ndarray) -> np.ndarray:
    """The values at doubles, in doubles."""
    found = np.empty_like(x)
    arrays = (table.edges, table.centres, table.points, table.values)
    _fill(x, found, *arrays, np.ascontiguousarray(table.high.T), np.ascontiguousarray(table.low.T), *table.ends)
    return found


@numba.njit(nogil=True, error_model="numpy")
def _fill(x, found, edges, centres, points, values, high, low, left, right):  # noqa: ANN001, ANN202 - numba's types
    last = high.shape[1] - 1
    for place in range(x.size):
        at = x[place]
        if at != at:
            found[place] = at
        elif np.isinf(at):
            found[place] = right if at > 0 else left
        else:
            row = _after(edges, at)
            point = _after(points, at)
            if point > 0 and points[point - 1] == at:
                found[place] = values[point - 1]
            elif last == 0:
                found[place] = high[row, 0] + low[row, 0]
            else:
                found[place] = _polynomial(at, centres[row], high[row], low[row], last)


@numba.njit(nogil=True, inline="always")
def _after(edges, at):  # noqa: ANN001, ANN202
    """How many of the edges are not above a number."""
    first, count = 0, edges.size
    while count > 0:
        half = count // 2
        if at >= edges[first + half]:
            first += half + 1
            count -= half + 1
        else:
            count = half
    return first


@numba.njit(nogil=True)
def _polynomial(x, centre, high, low, last):  # noqa: ANN001, ANN202
    t, rest = _sum(x, -centre)
    total, tail = high[last], low[last]
    if not abs(t) < _HUGE:
        for k in range(last - 1, -1, -1):
            total = total * t + high[k]
        return total
    for k in range(last - 1, -1, -1):
        product = total * t
        ah, al = _halves(total)
        bh, bl = _halves(t)
        lost = ((ah * bh - product) + ah * bl + al * bh) + al * bl
        lost = lost + (tail * t + total * rest)
        quick = product + lost
        lost = lost - (quick - product)
        total, missed = _sum(quick, high[k])
        less = missed + (lost + low[k])
        whole = total + less
        tail = less - (whole - total)
        total = whole
    return total + tail


@numba.njit(nogil=True, inline="always")
def _sum(a, b):  # noqa: ANN001, ANN202
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@numba.njit(nogil=True, inline="always")
def _halves(a):  # noqa: ANN001, ANN202
    large = _SPLIT * a
    head = large - (large - a)
    return head, a - head

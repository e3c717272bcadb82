"""The polynomial with the least largest error on an interval, by Remez's exchange (Veidinger 1960; Trefethen 2013).

The basis is Chebyshev's on the interval, so that no digits are lost; each turn solves for equal errors of alternating
sign at degree + 2 points, and moves these to where the error is largest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Chebyshev

from propcheck.verdict import InputError

TURNS = 60
SETTLED = 1e-9  # of the error, by which the largest may exceed the levelled one
GRID = 4001  # odd, so that the middle is among them
_TINY = 1e-9  # of the size of the function: a coefficient that is none
_NOISE = 1e-14  # of the size of the function: what doubles can say of its error

Values = Callable[[np.ndarray], np.ndarray]


def fit(values: Values, low: float, high: float, degree: int) -> tuple[Chebyshev, float]:
    """The polynomial, and its error on a grid.

    Of an even function the best one of an even degree is that of the next degree too, and has one alternation more than
    is asked for; so with an odd function. Where the exchange finds too few it is made for the next degree.
    """
    for higher in (0, 1):
        found = _exchange(values, low, high, degree + higher)
        if found is not None and all(abs(c) <= _TINY * found[2] for c in found[0].coef[degree + 1 :]):
            return Chebyshev(found[0].coef[: degree + 1], domain=(low, high)), found[1]
    raise InputError(f"Remez's exchange does not settle at degree {degree}; take a lower one or a shorter interval")


def _exchange(values: Values, low: float, high: float, degree: int) -> tuple[Chebyshev, float, float] | None:
    """The polynomial, its error on the grid, and the size of the function; None where it does not settle."""
    grid = (low + high) / 2 - (high - low) / 2 * np.cos(np.linspace(0, np.pi, GRID))
    target = values(grid)
    size = float(np.max(np.abs(target))) or 1.0
    places = np.linspace(0, GRID - 1, degree + 2).round().astype(int)
    signs = (-1.0) ** np.arange(degree + 2)
    made = Chebyshev([0.0], domain=(low, high))
    for _ in range(TURNS):
        inner = (2 * grid[places] - low - high) / (high - low)
        matrix = np.hstack([np.polynomial.chebyshev.chebvander(inner, degree), signs[:, None]])
        solved = np.linalg.solve(matrix, target[places])
        made, level = Chebyshev(solved[:-1], domain=(low, high)), abs(float(solved[-1]))
        error = target - made(grid)
        largest = float(np.max(np.abs(error)))
        if largest <= level * (1 + SETTLED) or largest <= _NOISE * size:
            return made, largest, size
        moved = _exchanged(error, degree + 2)
        if moved is None:
            return None
        if np.array_equal(moved, places):
            return made, largest, size
        places = moved
    return None


def _exchanged(error: np.ndarray, count: int) -> np.ndarray | None:
    """Where the error is largest on each run of one sign, so many in a row with the largest among them; else None."""
    sign = np.sign(error)
    sign[sign == 0] = 1
    starts = np.flatnonzero(np.diff(sign)) + 1
    peaks = np.array([part[np.argmax(np.abs(error[part]))] for part in np.split(np.arange(error.size), starts)])
    while peaks.size > count:
        if peaks.size == count + 1:  # one end goes, the smaller
            peaks = peaks[1:] if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else peaks[:-1]
            continue
        least = int(np.argmin(np.abs(error[peaks])))  # a peak goes with its smaller neighbour: signs still alternate
        if least in (0, peaks.size - 1):
            peaks = np.delete(peaks, least)
        else:
            other = least + 1 if abs(error[peaks[least + 1]]) < abs(error[peaks[least - 1]]) else least - 1
            peaks = np.delete(peaks, [least, other])
    return peaks if peaks.size == count else None

"""The joined linear pieces with the least largest error, knots anywhere (Imai, Iri 1986; Hakimi, Schmeichel 1991).

Within a tube of half-width e about the function, a greedy path has the fewest links: each goes as far as any line can,
along the line that lies nearest to the wall it is stopped by, and the next leaves it behind where it touches the other
wall. The e for so many links is found by halving; then the values at the knots are levelled by linear programming.
What a grid says is optimal but for its width. Fewer links come out where one more brings nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

COARSE, FINE = 240, 3000  # points of the grids
FIRST, THEN = 18, 11  # halvings of e on each
NEAR = 1.05  # within which the finer grid finds what the coarse one found
_STEPS = 46  # of a search for a slope
_RATIO = (5**0.5 - 1) / 2

Values = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class _Line:
    slope: float
    rest: float


@dataclass(frozen=True)
class _Tube:
    """The walls of a tube on a grid, and the steepest slope that is of use."""

    grid: np.ndarray
    floor: np.ndarray
    roof: np.ndarray
    most: float


def fit(
    values: Values, low: float, high: float, pieces: int, corners: Sequence[float] = ()
) -> tuple[list[float], list[float], float]:
    """Knots with both ends, the values there, and the error on the grid.

    A knot beside one of the `corners`, at which the function has another formula, is put there where that is better.
    """
    found: tuple[float, list[_Line]] | None = None
    for count, turns in ((COARSE, FIRST), (FINE, THEN)):
        grid = np.linspace(low, high, count)
        target = values(grid)
        most = 2 * float(np.max(np.abs(np.diff(target)))) / float(grid[1] - grid[0]) + 1e-300
        few = float(np.ptp(target)) / 2 * (1 + 1e-12) + 1e-300 if found is None else found[0] * NEAR
        bad = 0.0 if found is None else found[0] / NEAR
        lines = _path(_Tube(grid, target - few, target + few, most), pieces)
        while lines is None:
            bad, few = few, 2 * few
            lines = _path(_Tube(grid, target - few, target + few, most), pieces)
        for _ in range(turns):
            middle = (bad + few) / 2
            made = _path(_Tube(grid, target - middle, target + middle, most), pieces)
            bad, few, lines = (middle, few, lines) if made is None else (bad, middle, made)
        found = few, lines
    assert found is not None
    knots, _ = _joined(found[1], low, high)
    beside = _snapped(knots, corners, 2 * (high - low) / COARSE)
    grid = np.unique(np.concatenate([np.linspace(low, high, FINE), knots, beside]))
    target = values(grid)
    made = [(knots, *_levelled(grid, target, np.array(knots)))]
    if beside != knots:
        through = values(np.array(beside))
        far = float(np.max(np.abs(np.interp(grid, beside, through) - target)))
        made += [(beside, through.tolist(), far), (beside, *_levelled(grid, target, np.array(beside)))]
    return min(made, key=lambda each: each[2])


def _snapped(knots: list[float], corners: Sequence[float], reach: float) -> list[float]:
    """The knots with those inside moved to the nearest corner within reach, each once."""
    made = knots[:1]
    for knot in knots[1:-1]:
        nearest = min(corners, key=lambda corner: abs(corner - knot), default=knot)
        moved = nearest if abs(nearest - knot) <= reach and knots[0] < nearest < knots[-1] else knot
        made += [moved] if moved > made[-1] else []
    return [*made, knots[-1]]


def _levelled(grid: np.ndarray, target: np.ndarray, knots: np.ndarray) -> tuple[list[float], float]:
    """The values at given knots with the least largest error, by linear programming."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, vstack

    place = np.clip(np.searchsorted(knots, grid, "right") - 1, 0, knots.size - 2)
    share = (grid - knots[place]) / (knots[place + 1] - knots[place])
    rows = np.arange(grid.size)
    hats = csr_matrix(
        (np.concatenate([1 - share, share]), (np.tile(rows, 2), np.concatenate([place, place + 1]))),
        shape=(grid.size, knots.size),
    )
    slack = csr_matrix(-np.ones((grid.size, 1)))
    walls = vstack([hstack([hats, slack]), hstack([-hats, slack])])
    goal = np.append(np.zeros(knots.size), 1.0)
    found = linprog(goal, walls, np.concatenate([target, -target]), bounds=(None, None), method="highs")
    values = found.x[:-1] if found.success else np.interp(knots, grid, target)
    return [float(v) for v in values], float(np.max(np.abs(hats @ values - target)))


def _joined(lines: list[_Line], low: float, high: float) -> tuple[list[float], list[float]]:
    """Where lines that follow each other meet, and the values there."""
    knots, ends = [low], [lines[0].slope * low + lines[0].rest]
    for one, other in zip(lines[:-1], lines[1:], strict=True):
        if one.slope != other.slope:
            knot = (other.rest - one.rest) / (one.slope - other.slope)
            knots.append(knot)
            ends.append(one.slope * knot + one.rest)
    return [*knots, high], [*ends, lines[-1].slope * high + lines[-1].rest]


def _path(tube: _Tube, most: int) -> list[_Line] | None:
    """The lines of a path through the tube; None where it takes more than so many."""
    from_floor = from_roof = 0
    lines: list[_Line] = []
    while len(lines) < most:
        last, slope = _reach(tube, from_floor, from_roof)
        if last == tube.grid.size - 1:
            above, under = _walls(tube, from_floor, from_roof, last, slope)
            return [*lines, _Line(slope, float(min(above.min(), 1e300) + max(under.max(), -1e300)) / 2)]
        line, touched = _extreme(tube, from_floor, from_roof, last, slope, 1)
        if tube.floor[last + 1] > line.slope * tube.grid[last + 1] + line.rest:
            from_roof, from_floor = touched, last + 1  # stopped by the floor: the next one is steeper
        else:
            line, touched = _extreme(tube, from_floor, from_roof, last, slope, -1)
            from_roof, from_floor = last + 1, touched
        lines.append(line)
    return None


def _walls(tube: _Tube, from_floor: int, from_roof: int, last: int, slope: float) -> tuple[np.ndarray, np.ndarray]:
    """Where lines of a slope that touch the roof, and the floor, at each point meet the axis."""
    above = tube.roof[from_roof : last + 1] - slope * tube.grid[from_roof : last + 1]
    under = tube.floor[from_floor : last + 1] - slope * tube.grid[from_floor : last + 1]
    return above, under


def _room(tube: _Tube, from_floor: int, from_roof: int, last: int, slope: float) -> float:
    """Between the highest and the lowest line of a slope; below 0 where there is none."""
    above, under = _walls(tube, from_floor, from_roof, last, slope)
    return float(above.min() - under.max()) if above.size and under.size else np.inf


def _fitting(tube: _Tube, from_floor: int, from_roof: int, last: int, guess: float) -> float | None:
    """A slope for which there is room, a concave function of it, by golden sections; None where there is none."""
    if _room(tube, from_floor, from_roof, last, guess) >= 0:
        return guess
    low, high = -tube.most, tube.most
    for _ in range(_STEPS):
        a, b = high - _RATIO * (high - low), low + _RATIO * (high - low)
        rooms = [_room(tube, from_floor, from_roof, last, slope) for slope in (a, b)]
        if max(rooms) >= 0:
            return a if rooms[0] >= rooms[1] else b
        low, high = (a, high) if rooms[0] < rooms[1] else (low, b)
    return None


def _reach(tube: _Tube, from_floor: int, from_roof: int) -> tuple[int, float]:
    """The last point up to which some line stays in the tube, and its slope."""
    good, bad = max(from_floor, from_roof), tube.grid.size
    slope = _fitting(tube, from_floor, from_roof, good, 0.0) or 0.0
    step = 1
    while bad - good > 1:
        middle = (
            min(good + step, (good + bad) // 2) if bad == tube.grid.size and good + step < bad else (good + bad) // 2
        )
        found = _fitting(tube, from_floor, from_roof, middle, slope)
        if found is None:
            bad = middle
        else:
            good, slope, step = middle, found, 2 * step
    return good, slope


def _extreme(tube: _Tube, from_floor: int, from_roof: int, last: int, slope: float, side: int) -> tuple[_Line, int]:
    """The steepest line for side 1, the least steep for -1; and where it touches the roof, or the floor."""
    good, bad = slope, side * tube.most
    for _ in range(_STEPS):
        middle = (good + bad) / 2
        if _room(tube, from_floor, from_roof, last, middle) >= 0:
            good = middle
        else:
            bad = middle
    above, under = _walls(tube, from_floor, from_roof, last, good)
    if side > 0:
        return _Line(good, float(above.min())), from_roof + int(np.argmin(above))
    return _Line(good, float(under.max())), from_floor + int(np.argmax(under))

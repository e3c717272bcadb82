"""Where a name stands beside its point: the nearest place that covers nothing, or else the one that covers least."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

Box = tuple[float, float, float, float]  # the two least coordinates, the two largest
_ROUND = [(math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)) for k in (0, 4, 2, 6, 1, 7, 3, 5)]


def best(
    point: tuple[float, float], size: tuple[float, float], distances: Sequence[float], taken: Sequence[Box], inside: Box
) -> tuple[float, Box, float]:
    """The area that is covered, or lies outside, where a name of this size stands best; its box, and how far it is."""
    found: tuple[float, Box, float] | None = None
    for far, box in _boxes(*point, *size, distances):
        crowd = _area(box) - shared(box, inside) + sum(shared(box, other) for other in taken)
        if found is None or crowd < found[0]:
            found = crowd, box, far
        if not crowd:
            break
    assert found is not None
    return found


def shared(one: Box, other: Box) -> float:
    """The area that two boxes share."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _boxes(x: float, y: float, width: float, height: float, distances: Sequence[float]) -> Iterator[tuple[float, Box]]:
    """Where a name may stand beside its point, nearest first."""
    for far in distances:
        for dx, dy in _ROUND:
            middle = x + far * dx + (width / 2) * _sign(dx), y + far * dy + (height / 2) * _sign(dy)
            left, low = middle[0] - width / 2, middle[1] - height / 2
            yield far, (left, low, middle[0] + width / 2, middle[1] + height / 2)


def _sign(value: float) -> int:
    return 0 if abs(value) < 1e-9 else 1 if value > 0 else -1

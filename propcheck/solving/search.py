"""All zeros of a system in a box, by Krawczyk's operator: each proved to be there, and to be the only one near.

K(B) = m - Y F(m) + (1 - Y F'(B)) (B - m), with Y near the inverse of F'(m). A zero in B lies in K(B); where K(B) lies
inside B there is exactly one (Krawczyk 1969; Neumaier, Interval Methods for Systems of Equations, 1990, section 5.1).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.solving.integrals import BITS, COARSE, FINE
from propcheck.solving.system import System

Box = tuple[arb, ...]
GOAL = 1e-20  # radius of a solution, relative to max(1, its size)
_MOST = 4000  # boxes
_SMALLEST = 1e-7  # of a box that is divided still, relative to the whole
_TURNS = 30
_GROWTH = 4.0  # of the box in which a solution is the only one, at a step
_STARTS = 5  # of Newton's iteration, before boxes are looked at
_ITS_SHARE = 0.3  # of the time


@dataclass
class Found:
    """The zeros, each with a box in which it is the only one; and the boxes that are left."""

    zeros: list[Box] = field(default_factory=list)
    around: list[Box] = field(default_factory=list)
    left: list[Box] = field(default_factory=list)


def zeros(system: System, whole: Box, seconds: float) -> Found:
    """All zeros in a box, as far as the processor time suffices; those near which Newton's iteration comes, first."""
    found = Found()
    with ctx.workprec(BITS):
        if system.count == len(whole):
            _by_newton(system, whole, found, time.process_time() + _ITS_SHARE * seconds)
        end = time.process_time() + seconds
        todo = [whole]
        count = 0
        while todo:
            box = todo.pop()
            count += 1
            if time.process_time() > end or count > _MOST:
                found.left += [box, *todo]
                break
            if any(_inside(box, known) for known in found.around):
                continue
            try:
                parts = _looked_at(system, box, found, whole)
            except Undecided:
                parts = None
            if parts is None:
                if all(_width(a) <= _SMALLEST * max(_width(b), 1e-300) for a, b in zip(box, whole, strict=True)):
                    found.left.append(box)
                    continue
                parts = _halves(box, whole)
            todo += parts
    found.left = [box for box in found.left if not any(_inside(box, known) for known in found.around)]
    return found


def _looked_at(system: System, box: Box, found: Found, whole: Box) -> list[Box] | None:
    """What is left of a box: nothing where there is no zero, or one that is found; None where it is to be divided."""
    named = dict(zip(system.unknowns, box, strict=True))
    values, slopes = system.evaluated(named, COARSE)
    if any(value.is_finite() and not value.contains(0) for value in values):
        return []
    if len(values) != len(box) or not all(entry.is_finite() for row in slopes for entry in row):
        return None
    centre = tuple(side.mid() for side in box)
    at_centre, _ = system.evaluated(dict(zip(system.unknowns, centre, strict=True)), FINE)
    if any(_apart(v, row, box, centre) for v, row in zip(at_centre, slopes, strict=True)):
        return []
    image = _krawczyk(box, centre, at_centre, slopes)
    if image is None:
        return None
    if all(_strictly_inside(one, side) for one, side in zip(image, box, strict=True)):
        _add(system, image, found)
        return []
    common = _common(image, box)
    if common is None:
        return []
    if max(_width(one) / max(_width(side), 1e-300) for one, side in zip(common, box, strict=True)) < 0.7:
        return [common]
    if all(_width(one) < 0.9 * _width(side) for one, side in zip(common, box, strict=True)):
        return _halves(common, whole)
    return None


def _apart(value: arb, row: Sequence[arb], box: Box, centre: Box) -> bool:
    """Does the mean value form exclude 0?"""
    form = value + sum((slope * (side - mid) for slope, side, mid in zip(row, box, centre, strict=True)), arb(0))
    return form.is_finite() and not form.contains(0)


def _krawczyk(box: Box, centre: Box, at_centre: Sequence[arb], slopes: Sequence[Sequence[arb]]) -> Box | None:
    size = len(box)
    middle = np.array([[float(entry.mid()) for entry in row] for row in slopes])
    try:
        inverse = np.linalg.inv(middle)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(inverse).all():
        return None
    image = []
    for i in range(size):
        total = centre[i] - sum((arb(inverse[i, k]) * at_centre[k] for k in range(size)), arb(0))
        for j in range(size):
            entry = sum((arb(inverse[i, k]) * slopes[k][j] for k in range(size)), arb(0))
            total += ((1 if i == j else 0) - entry) * (box[j] - centre[j])
        image.append(total)
    return tuple(image) if all(side.is_finite() for side in image) else None


def _by_newton(system: System, whole: Box, found: Found, end: float) -> None:
    """Zeros near which Newton's iteration comes from a few starts, proved."""
    draw = np.random.default_rng(1)
    low, high = (np.array([float(end_) for end_ in ends])
                 for ends in ([s.lower() for s in whole], [s.upper() for s in whole]))  # fmt: skip
    starts = [(low + high) / 2, *(low + (high - low) * draw.random(len(whole)) for _ in range(_STARTS))]
    for start in starts:
        if time.process_time() > end:
            return
        point, order = start, COARSE
        for _ in range(_TURNS):
            try:
                values, slopes = system.evaluated(_named(system, [arb(x) for x in point]), order)
            except Undecided:
                break
            step = _step(values, slopes)
            if step is None:
                break
            share = 1.0
            moved = point - step
            while share > 1e-3 and not ((moved > low) & (moved < high)).all():
                share /= 2
                moved = point - share * step
            if not ((moved >= low) & (moved <= high)).all():
                break
            point = moved
            if any(
                all(bool(side.contains(arb(x))) for x, side in zip(point, known, strict=True)) for known in found.around
            ):
                break
            order = FINE if np.abs(step).max() < 1e-4 else COARSE
            if np.abs(share * step).max() < 1e-13 * max(1.0, np.abs(point).max()):
                _prove(system, point, whole, found)
                break


def _step(values: Sequence[arb], slopes: Sequence[Sequence[arb]]) -> np.ndarray | None:
    matrix = np.array([[float(entry.mid()) for entry in row] for row in slopes])
    vector = np.array([float(value.mid()) for value in values])
    if not (np.isfinite(matrix).all() and np.isfinite(vector).all()):
        return None
    try:
        return np.linalg.solve(matrix, vector)
    except np.linalg.LinAlgError:
        return None


def _prove(system: System, point: np.ndarray, whole: Box, found: Found) -> None:
    """A zero near a point, in the largest box in which it is shown to be the only one."""
    if any(_inside(tuple(map(arb, point)), known) for known in found.around):
        return
    image = around = None
    radius = 1e-10
    while radius < 10:
        box = tuple(arb(x, radius * max(1.0, abs(x))) for x in point)
        if not _inside(box, whole):
            break
        try:
            _, slopes = system.evaluated(_named(system, box), FINE if radius < 1e-4 else COARSE)
            values, _ = system.evaluated(_named(system, [arb(x) for x in point]), FINE)
        except Undecided:
            break
        made = _krawczyk(box, tuple(arb(x) for x in point), values, slopes)
        if made is None or not all(_strictly_inside(one, side) for one, side in zip(made, box, strict=True)):
            break
        image, around = image or made, box
        radius *= _GROWTH
    if image is not None and around is not None:
        found.zeros.append(_sharp(system, image))
        found.around.append(around)


def _add(system: System, image: Box, found: Found) -> None:
    """A zero that a box was shown to hold alone."""
    for known in found.around:
        if any(not one.overlaps(other) for one, other in zip(image, known, strict=True)):
            continue
        sharp = _sharp(system, image)
        if all(known_side.contains(side) for known_side, side in zip(known, sharp, strict=True)):
            return
    found.zeros.append(_sharp(system, image))
    found.around.append(image)


def _sharp(system: System, box: Box) -> Box:
    """The box made as narrow as the numbers allow."""
    for _ in range(_TURNS):
        if all(float(side.rad()) <= GOAL * max(1.0, abs(float(side.mid()))) for side in box):
            break
        centre = tuple(side.mid() for side in box)
        values, _ = system.evaluated(_named(system, centre), FINE)
        _, slopes = system.evaluated(_named(system, box), FINE)
        image = _krawczyk(box, centre, values, slopes)
        common = None if image is None else _common(image, box)
        if common is None or all(_width(one) > 0.5 * _width(side) for one, side in zip(common, box, strict=True)):
            break
        box = common
    return box


def _named(system: System, box: Sequence[arb]) -> Mapping[str, arb]:
    return dict(zip(system.unknowns, box, strict=True))


def _common(one: Box, other: Box) -> Box | None:
    if not all(a.overlaps(b) for a, b in zip(one, other, strict=True)):
        return None
    return tuple(a.intersection(b) for a, b in zip(one, other, strict=True))


def _strictly_inside(one: arb, other: arb) -> bool:
    return bool(one.lower() > other.lower() and one.upper() < other.upper())


def _inside(box: Box, other: Box) -> bool:
    return all(bool(a.lower() >= b.lower() and a.upper() <= b.upper()) for a, b in zip(box, other, strict=True))


def _width(side: arb) -> float:
    return 2 * float(side.rad())


def _halves(box: Box, whole: Box) -> list[Box]:
    shares = [_width(side) / max(_width(all_), 1e-300) for side, all_ in zip(box, whole, strict=True)]
    place = max(range(len(box)), key=shares.__getitem__)
    side = box[place]
    middle = side.mid()
    halves = side.lower().union(middle), middle.union(side.upper())
    return [(*box[:place], half, *box[place + 1 :]) for half in halves]

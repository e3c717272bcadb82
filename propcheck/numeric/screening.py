"""The estimate of `rounding` at many points at once, in floats.

The backward sweep is that of `Estimator`, over arrays, from the exact values of the steps. Beside each weight runs a
bound of what its own rounding may come to. Where that is nothing beside the distance of the estimate from every limit
that it is held against, the estimate stands; the other points are left to the sweep in balls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from flint import arb, ctx

from propcheck.calculus.elementary import FACTOR
from propcheck.numeric.rounding import BITS, BOUNDED, MOST_SHARE, Estimator, Truth, combined, magnitude, power, worst

_LIMITS = (3.0, 4.0, 4.3, 4.8, 5.0)  # that estimates are held against
_FEWEST = 6  # points that are worth an array
_ROUNDED = 2.0**-50  # what a weight may lose in one step, for its size
_NOTHING, _SURELY_SMALL = 1e-6, 0.05  # of the distance from the nearest limit; from the least one
_INSIDE = 2.0**1000  # doubles beyond it, or below its reciprocal, are not taken as they are
_WIDEST = np.finfo(np.longdouble).maxexp - 200  # the exponent of what is taken for a float at most


def screened(estimator: Estimator, truths: Sequence[Truth]) -> dict[float, tuple[float, float]]:
    """What `Estimator.excess` is at those of some points at which floats tell."""
    known = [truth for truth in truths if abs(truth.value) < power(estimator.out.most)]
    if len(known) < _FEWEST:
        return {}
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        rows = [estimator.values(truth.point) for truth in known]
        values = _table(rows)
        likely, most, doubt = _swept(estimator, rows, values, [truth.unit for truth in known])
        result = estimator.program.outputs[0]
        beside = np.array([estimator.beside(truth, row[result]) for truth, row in zip(known, rows, strict=True)])
    likely, most = np.maximum(likely + beside, 0.0), np.maximum(most + beside, 0.0)
    small = (most < _LIMITS[0] - 2 * _SURELY_SMALL) & (doubt < _SURELY_SMALL)
    clear = doubt <= _NOTHING * np.minimum(_distance(likely), _distance(most))
    settled = np.isfinite(values).all(axis=0) & np.isfinite(most) & (small | clear)
    return {known[k].point: (float(likely[k]), float(most[k])) for k in np.flatnonzero(settled)}


def _distance(estimates: np.ndarray) -> np.ndarray:
    return np.min([np.abs(estimates - limit) for limit in _LIMITS], axis=0)


def _table(rows: list[list[arb]]) -> np.ndarray:
    """The values of each step, NaN for what no float is near to."""
    found = np.array([[float(value) for value in row] for row in rows]).T.astype(np.longdouble)
    sizes = np.abs(found)
    for k, at in np.argwhere((sizes <= 1 / _INSIDE) | (sizes >= _INSIDE)).tolist():
        found[k, at] = _wide(rows[at][k])
    return found


def _wide(value: arb) -> np.longdouble:
    """A value beyond the doubles; 0 for what is as good as nothing, NaN for what is too large or none."""
    if value.is_zero() or not value.is_finite():
        return np.longdouble(0 if value.is_zero() else math.nan)
    mantissa, exponent = (int(part) for part in value.mid().man_exp())
    size = abs(mantissa).bit_length() + exponent
    if abs(size) >= _WIDEST:
        return np.longdouble(0 if size < 0 else math.nan)
    return np.ldexp(np.longdouble(float(mantissa)), exponent)


def _power(exponents: np.ndarray) -> np.ndarray:
    return np.ldexp(np.longdouble(1), exponents.astype(np.intc))


def _swept(
    estimator: Estimator, rows: list[list[arb]], values: np.ndarray, units: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is likely at each point, the sum of all errors, and how far these may be off."""
    steps = estimator.program.steps
    nothing = np.zeros(len(rows), np.longdouble)
    weights: dict[int, np.ndarray] = {estimator.program.outputs[0]: _power(-np.array(units))}
    off: dict[int, np.ndarray] = {estimator.program.outputs[0]: nothing}
    squares, total, most, doubt = nothing, nothing, nothing, nothing
    kept = _kept(estimator, rows, values) if estimator.leaves else {}
    for k in range(len(steps) - 1, -1, -1):
        if k not in weights:
            continue
        step, weight, lost = steps[k], weights[k], off[k]
        if own := estimator.owned[k]:
            error = np.minimum(own * _units(estimator, k, rows, values), np.abs(values[k]))
            tail = estimator.tails[k]
            if tail in weights:  # the step that holds its rounding error
                unmended, doubtful = weight - weights[tail], lost + off[tail]
            else:
                unmended, doubtful = weight, lost
            share = np.minimum(np.abs(unmended) * error, MOST_SHARE)
            squares, total, doubt = squares + share**2, total + share, doubt + doubtful * error
            most = most + share * (worst(step.op, own) / own)
        for a, slope in zip(step.args, _slopes(step.op, step.args, k, rows, values), strict=True):
            if slope is not None and estimator.moving[a]:
                slope = slope * kept[k] if k in kept else slope
                part = slope * weight
                weights[a] = weights.get(a, nothing) + part
                off[a] = off.get(a, nothing) + np.abs(slope) * lost + _ROUNDED * np.abs(part)
    return combined(np.sqrt(squares), total), most, doubt


def _units(estimator: Estimator, k: int, rows: list[list[arb]], values: np.ndarray) -> np.ndarray:
    """The unit in the last place of a step at each point."""
    mantissas, sizes = np.frexp(values[k])
    for at in np.flatnonzero(np.abs(mantissas) == 0.5).tolist():  # a power of two may have come by rounding
        sizes[at] = magnitude(rows[at][k])
    least = estimator.work.least
    return _power(np.maximum(np.where(values[k] == 0, least, sizes) - estimator.work.bits, least))


def _kept(estimator: Estimator, rows: list[list[arb]], values: np.ndarray) -> dict[int, np.ndarray]:
    """For the steps that bound tails whether these are small enough to be kept: 1, or 0 where they are not."""
    left: dict[int, np.ndarray] = {}
    kept: dict[int, np.ndarray] = {}
    for k, step in enumerate(estimator.program.steps):
        if step.op in ("mul_tail", "add_tail"):
            left[k] = _units(estimator, estimator.mended[k], rows, values) / 2
        elif step.op == "mul" and (tail := next((a for a in step.args if a in left), None)) is not None:
            left[k] = left[tail] * np.abs(values[step.args[step.args[0] == tail]])
        elif step.op == "add" and any(a in left for a in step.args):
            first, last = (left[a] if a in left else np.abs(values[a]) for a in step.args)
            left[k] = first + last
        elif step.op == "bounded":
            kept[k] = np.where(left.get(step.args[0], np.longdouble(0)) < BOUNDED, 1.0, 0.0)
    return kept


def _slopes(
    op: str, args: tuple[int, ...], k: int, rows: list[list[arb]], values: np.ndarray
) -> Sequence[np.ndarray | float | None]:
    """The derivatives of a step by each of its arguments."""
    if op in ("add", "sub"):
        return 1.0, 1.0 if op == "add" else -1.0
    if not args:
        return ()
    first, last = values[args[0]], values[args[-1]]
    if op == "mul":
        return last, first
    if op == "div":
        return 1 / last, -values[k] / last
    if op in ("mul_tail", "add_tail"):
        return None, None
    if op in ("neg", "bounded"):
        return (-1.0 if op == "neg" else 1.0,)
    if op == "abs":
        return (np.where(first >= 0, 1.0, -1.0),)
    if op in ("min", "max"):
        taken = first < last if op == "min" else first > last
        return np.where(taken, 1.0, 0.0), np.where(taken, 0.0, 1.0)
    return (_table([[FACTOR[op](row[args[0]], row[k])] for row in rows])[0],)


__all__ = ["screened"]

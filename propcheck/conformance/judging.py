"""What an implementation returned, held against what is right, and sorted into findings.

An error is counted in units: the larger of an ulp of the exact value and what one ulp of the input moves it by. So an
implementation that rounds its input, or a sum with it, on the way is not blamed for what the function itself makes of
that. Both zeros count as one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from propcheck.conformance import patterns, tolerances
from propcheck.conformance.finding import Finding
from propcheck.conformance.right import Right

_ORDINARY = 8.0  # within which another function is told from an inaccurate one
_MULTIPLIED = 1024.0  # more than the inputs at which exp is subnormal
_COMMON = -100  # exponent of the least normal number, above which subnormal ones are common
_NEIGHBOURS = 4  # inputs within which a result that overflows may round to the largest number
_SHARE = 0.05  # of the ordinary inputs that are elsewhere, for another function
_FORMULA = {"float64": 1e-6, "float32": 1e-5, "float16": 2e-2, "bfloat16": 1e-1}  # how far, for its size


@dataclass(frozen=True)
class About:
    """What findings are about: implementation, target, derivative, type; and what its own tests are called."""

    implementation: str
    function: str
    order: int
    dtype: str
    framework: str
    keeps: float = 0.0


@dataclass(frozen=True)
class Errors:
    """For each input the error in ulp and in units, and whether it is wrong, by kind."""

    ulp: np.ndarray
    units: np.ndarray
    kinds: dict[str, np.ndarray]

    @property
    def wrong(self) -> np.ndarray:
        return np.logical_or.reduce(list(self.kinds.values()))


def errors(
    right: Right, got: np.ndarray, tolerance: float, kept: np.ndarray | float = 0.0, beside: bool = True
) -> Errors:
    """`kept` is what the rounding of the output makes of a slope that is computed from it, and allowed too.

    Without `beside` nothing is allowed for a value's being small.
    """
    form, want = right.form, right.rounded
    kept = kept + (tolerances.beside(form.name, right.order) if beside else 0.0)
    with np.errstate(all="ignore"):
        unit = np.ldexp(1.0, patterns.units(want, form))
        # One that is not settled has `high` all the same.
        gap = np.abs((got - right.high) - right.low)
        gap = np.where(np.isnan(gap), np.inf, gap)
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        ulp = np.where(same, 0.0, gap / unit)
        units = np.where(same, 0.0, np.maximum(gap - kept, 0.0) / np.maximum(unit, 2 * right.moved))
        largest = form.number(form.last)
        least = 2.0**form.lowest
        judged = right.known.copy()
        judged[list(right.kinks)] = False  # conventions are told apart
        for place, (left, righthand) in right.beside.items():
            judged[place] &= not _between(float(got[place]), left, righthand, tolerance * 2.0 ** (1 - form.bits))
        infinite, finite = np.isinf(want), np.isfinite(want)
        at_end = np.isinf(right.inputs)
        nan = np.isnan(got) & ~np.isnan(want) & judged & ~right.bare
        swallowed = ~np.isnan(got) & np.isnan(want) & judged & (right.order == 0)
        if not np.isnan(right.inputs).all():
            swallowed &= np.isnan(right.inputs) | ~at_end  # at an infinity NaN may say that no limit is known
        # Where the function is steep the rounding of the input may carry it over the end.
        steep = np.where(right.moved > 0.75 * unit, 4 * tolerance * right.moved, 0.0)
        near_end = finite & (steep > 0) & (np.abs(want) + steep >= largest)
        over = np.isinf(got) & finite & judged & ~near_end & ~at_end
        missed = np.isfinite(got) & infinite & judged & (np.abs(got) <= largest)
        missed &= (np.abs(got) < largest * (1 - tolerance * 2.0**-form.bits)) | ~_beside(right, np.isfinite(want))
        limit = at_end & judged & ~np.isnan(got) & ~np.isnan(want) & ~(units <= tolerance) & ~missed
        number = np.isfinite(got) & finite & judged & ~at_end
        bad = number & (units > tolerance)
        small = (np.abs(right.inputs) < least) & (right.inputs != 0)
        tiny = small & np.isin(got, got[(right.inputs == 0) & ~bad])
        size = np.nan_to_num(right.inputs)
        if form.lowest < _COMMON:
            # A subnormal number that is taken for 0 is worth less than the least normal one; on the way, more by what
            # it is multiplied with, the input and a factor.
            tiny |= (gap <= least * np.clip(size**2, 1.0, _MULTIPLIED)) | small & (gap <= 8 * least)
        else:  # in float16 such numbers are common: on the way they are not taken for 0, but have few digits
            tiny |= gap <= tolerance * np.ldexp(1.0, form.least) * np.maximum(np.abs(size), 1.0)
            tiny |= (got == 0) & (np.abs(want) < least)
        flushed = bad & tiny
        vanished = bad & ~flushed & (got == 0)
        inaccurate = bad & ~flushed & ~vanished
    kinds = {
        "nan_created": nan, "nan_swallowed": swallowed, "overflow": over, "masked": missed, "limit": limit,
        "vanished": vanished, "flush_to_zero": flushed, "inaccuracy": inaccurate,
    }  # fmt: skip
    return Errors(ulp, units, kinds)


def _between(y: float, left: float, righthand: float, room: float) -> bool:
    """Does a value lie between the one-sided ones, with room for rounding, relative to the larger?"""
    low, high = sorted((left, righthand))
    room *= max(abs(low), abs(high))
    return low - room <= y <= high + room


def _beside(right: Right, mask: np.ndarray) -> np.ndarray:
    """The places of finite inputs among whose nearest is one of the mask."""
    order = np.argsort(np.where(np.isnan(right.inputs), np.inf, right.inputs), kind="stable")
    near = np.convolve(mask[order], np.ones(2 * _NEIGHBOURS + 1))[_NEIGHBOURS : mask.size + _NEIGHBOURS] > 0
    made = np.empty_like(near)
    made[order] = near
    return made & np.isfinite(right.inputs)


def judged(
    about: About, right: Right, got: np.ndarray, value: Right | None = None, whole: bool = True
) -> list[Finding]:
    """The findings of one derivative in one type. `value` is what is right of the function itself.

    Only what came of the `whole` can be another function.
    """
    tolerance = tolerances.units(about.dtype, about.order)
    kept: np.ndarray | float = 0.0
    if about.keeps and about.order and value is not None:
        with np.errstate(all="ignore"):
            # The output itself may be off by its tolerance; a slope of the slope changes by twice as much with it.
            most = tolerances.units(about.dtype, 0) * about.keeps * about.order
            kept = np.ldexp(most, patterns.units(value.rounded, value.form))
    found = errors(right, got, tolerance, kept)
    made = list(_conventions(about, right, got))
    other = _another(about, right, got, found) if whole else None
    if other is not None:
        return [other, *made, *(_finding(about, right, got, found, kind) for kind in _apart(found))]
    made = [*(_finding(about, right, got, found, kind) for kind in found.kinds if found.kinds[kind].any()), *made]
    made += [*_signs(about, right, got, found), *_unlimited(about, right, got, found)]
    return [*made, *_small(about, right, got, kept, tolerance, {each.kind for each in made})]


def _small(
    about: About, right: Right, got: np.ndarray, kept: np.ndarray | float, tolerance: float, told: set[str]
) -> Iterator[Finding]:
    """What is wrong where a second derivative is as good as 0: told, and no fault."""
    if not tolerances.beside(about.dtype, about.order) or about.keeps:
        return
    found = errors(right, got, tolerance, kept, beside=False)
    for kind in ("vanished", "inaccuracy"):
        if kind not in told and found.kinds[kind].any():
            yield replace(
                _finding(about, right, got, found, kind),
                fault=False,
                note="less in all than what is allowed of a second derivative",
            )


def _signs(about: About, right: Right, got: np.ndarray, found: Errors) -> Iterator[Finding]:
    """A zero at +0 or -0 whose sign is not that of a function which passes through 0: told, and no fault."""
    zeros = np.flatnonzero((right.inputs == 0) & (right.rounded == 0))
    if about.order or np.unique(np.signbit(right.rounded[zeros])).size < 2:
        return
    wrong = zeros[(got[zeros] == 0) & (np.signbit(got[zeros]) != np.signbit(right.rounded[zeros]))]
    for place in wrong[:1].tolist():
        yield replace(at_one(about, right, got, found, "warning", place), note="a zero of the other sign")


def _unlimited(about: About, right: Right, got: np.ndarray, found: Errors) -> Iterator[Finding]:
    """NaN at an infinity at which the formula itself comes to NaN: told, and no fault."""
    for place in np.flatnonzero(right.bare & np.isnan(got) & ~np.isnan(right.rounded))[:1].tolist():
        made = at_one(about, right, got, found, "nan_created", place)
        yield replace(made, fault=False, note="at an infinity at which the formula comes to NaN and has a limit alone")


def _apart(found: Errors) -> Iterator[str]:
    """What is told beside that it is another function."""
    return (kind for kind in ("nan_created", "nan_swallowed", "overflow", "masked") if found.kinds[kind].any())


def _finding(about: About, right: Right, got: np.ndarray, found: Errors, kind: str) -> Finding:
    """The finding of a kind, at the input where it is worst: for the wrong by units, of the others nearest to 0."""
    at = np.flatnonzero(found.kinds[kind])
    inputs = right.inputs
    if kind == "inaccuracy":
        sizes = np.abs(inputs[at])
        relative = _relative(got[at], right.rounded[at])
        # Of those that are about as bad, the one that is most likely to be met.
        bad = np.flatnonzero(relative >= 0.9 * relative.max())
        worst = at[bad[np.argmin(sizes[bad])]]
    else:
        worst = at[np.argmin(np.where(np.isnan(inputs[at]), np.inf, np.abs(inputs[at])))]
    made = at_one(about, right, got, found, kind, int(worst))
    real = inputs[at][~np.isnan(inputs[at])]
    ends = (float(real.min()), float(real.max())) if real.size else (None, None)
    tried = int(np.sum(np.isfinite(inputs)))
    return replace(made, share=at.size / max(tried, 1), first=ends[0], last=ends[1])


def at_one(about: About, right: Right, got: np.ndarray, found: Errors, kind: str, worst: int) -> Finding:
    """The finding of a kind at one of the inputs."""
    x, y, want = (float(values[worst]) for values in (right.inputs, got, right.rounded))
    finite = math.isfinite(y) and math.isfinite(want)
    relative = float(_relative(got[[worst]], right.rounded[[worst]])[0])
    return Finding(
        about.implementation, about.function, about.order, about.dtype, kind, x, y, want,
        ulp=float(found.ulp[worst]) if finite else None,
        relative=relative if finite and want else None,
        units=float(found.units[worst]) if finite else None,
        exhaustive=right.exhaustive,
        seen=tolerances.seen(about.framework, about.dtype, y, want),
    )  # fmt: skip


def _relative(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.abs(got - want) / np.abs(want), nan=0.0, posinf=1e300)


def _another(about: About, right: Right, got: np.ndarray, found: Errors) -> Finding | None:
    """That it is another function: far off, for the size of its values, on a stretch where inputs mostly lie."""
    inputs = right.inputs
    with np.errstate(all="ignore"):
        ordinary = (np.abs(inputs) <= _ORDINARY) & (np.abs(inputs) >= 2.0**-6) & np.isfinite(got)
        ordinary &= right.known & np.isfinite(right.rounded)
        scale = np.maximum(np.abs(right.rounded), 1.0)
        apart = _FORMULA[about.dtype] * (1, 4, 100)[about.order]  # terms of a second derivative cancel
        far = ordinary & (np.abs(got - right.rounded) > apart * scale)
        far &= found.units > tolerances.units(about.dtype, about.order)
    far[list(right.kinks)] = False
    if not ordinary.any():
        return None
    # Numbers crowd about 0: what counts is how much of the line is elsewhere.
    cells = np.floor(inputs[far] * 4)
    share = np.unique(cells).size / (8 * _ORDINARY)
    if share < _SHARE:
        return None
    at = np.flatnonzero(far)
    worst = int(at[np.argmax(np.abs(got[at] - right.rounded[at]) / scale[at])])
    made = at_one(about, right, got, found, "formula", worst)
    ends = float(inputs[at].min()), float(inputs[at].max())
    return replace(made, share=share, first=ends[0], last=ends[1])


def _conventions(about: About, right: Right, got: np.ndarray) -> Iterator[Finding]:
    """What the implementation takes at kinks: harmless between the one-sided slopes, a fault outside."""
    if about.order != 1:
        return
    told = set()
    for place, (left, righthand) in sorted(right.kinks.items()):
        x, y = float(right.inputs[place]) + 0.0, float(got[place])  # both zeros are one
        if not (math.isfinite(left) and math.isfinite(righthand)):
            continue
        low, high = sorted((left, righthand))
        room = 4 * 2.0 ** float(patterns.units(np.array([max(abs(low), abs(high))]), right.form)[0])
        word = _convention(y, left, righthand, room)
        inside = _between(y, low, high, 4 * 2.0 ** (1 - right.form.bits))
        if x in told and inside:
            continue
        told.add(x)
        sides = f"the one-sided slopes are {left:.6g} and {righthand:.6g}"
        yield Finding(
            about.implementation, about.function, 1, about.dtype, "convention", x, y, float(right.rounded[place]),
            note=f"takes {word}; {sides}" if inside else f"outside the subgradient: {sides}",
            exhaustive=right.exhaustive, fault=not inside,
            seen=None if inside else tolerances.seen(about.framework, about.dtype, y, min(max(y, low), high)),
        )  # fmt: skip


def _convention(y: float, left: float, righthand: float, room: float) -> str:
    for word, value in (("left", left), ("right", righthand), ("zero", 0.0), ("mean", (left + righthand) / 2)):
        if abs(y - value) <= room:
            return f"the {word} slope" if word in ("left", "right", "mean") else "zero"
    return f"{y:.6g}"

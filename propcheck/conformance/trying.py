"""Trying an implementation: all inputs at once, arrays of other sizes and strides, and where jumps are suspected."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.code import naming
from propcheck.conformance import judging, patterns, tolerances
from propcheck.conformance.finding import Finding
from propcheck.conformance.frameworks import DTYPES, IN_PLACE, OVERWRITES, STRIDED, Absent, Run
from propcheck.conformance.judging import About
from propcheck.conformance.right import Right, at, right
from propcheck.numeric.formats import FORMATS
from propcheck.verdict import InputError

SIZES = (1, 7, 16, 17, 81)  # kernels have a vector path and a scalar one for what is left over
_HARD = 486  # inputs that are tried in all of them
_EDGES = 6  # where wrong values begin or end, that are looked at for a jump
_APART = ("inaccuracy", "vanished", "limit")
_LEAP = 16.0  # how much larger the error is beyond a jump


@dataclass(frozen=True)
class Subject:
    """An implementation, and the function that it should be."""

    name: str
    function: str
    run: Run
    activation: Activation
    framework: str = ""
    keeps: float = 0.0
    inplace: bool = False
    dtypes: tuple[str, ...] = DTYPES
    orders: tuple[int, ...] = (0, 1, 2)
    sizes: tuple[int, ...] = SIZES
    strides: bool = True


def tried(subject: Subject, dtypes: Sequence[str] = DTYPES, orders: Sequence[int] = (0, 1, 2)) -> Iterator[Finding]:
    """The findings, type by type and order by order."""
    for dtype in dtypes:
        for order in orders:
            if dtype in subject.dtypes and order in subject.orders:
                yield from _tried(subject, dtype, order)


def _tried(subject: Subject, dtype: str, order: int) -> Iterator[Finding]:
    about = About(subject.name, subject.function, order, dtype, subject.framework, subject.keeps)
    form = FORMATS[dtype]
    try:
        truth = right(subject.activation, order, form)
        value = right(subject.activation, 0, form) if order and subject.keeps else None
    except (InputError, Undecided) as reason:
        yield _not_tried(about, f"no exact values are known: {reason}", fault=False)
        return
    try:
        got, returned, told = called(subject.run, truth.inputs, dtype, order)
    except Absent as missing:
        yield _not_tried(about, str(missing))
        return
    nan = math.nan
    yield from (
        Finding(
            about.implementation,
            about.function,
            order,
            dtype,
            "warning",
            nan,
            nan,
            nan,
            note=text,
            fault=text == OVERWRITES or None,
        )
        for text in told
    )
    if returned != dtype:
        shown = Finding(about.implementation, about.function, order, dtype, "dtype", 1.0, nan, nan)
        yield replace(shown, note=f"{dtype} goes in and {returned} comes out")
        got = patterns.nearest(got, form)
    found = judging.judged(about, truth, got, value)
    found += _jumps(about, subject, truth, got, value)
    told_of = {(finding.kind, fault) for finding in found for fault in {finding.breach, False}}
    if ("formula", True) in told_of:  # how wrong another function is in other arrays is no matter
        told_of |= {(kind, fault) for kind in (*_APART, "flush_to_zero") for fault in (True, False)}
    for finding in found:
        yield replace(finding, layouts=_layouts(subject, finding, dtype, order))
    for finding in _elsewhere(about, subject, truth, got, value):
        if (finding.kind, finding.breach) not in told_of:
            told_of |= {(finding.kind, fault) for fault in {finding.breach, False}}
            yield finding


def called(
    run: Run, inputs: np.ndarray, dtype: str, order: int, layout: str = ""
) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """What comes out, its type, and the warnings."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            got, returned = run(inputs, dtype, order, layout)
        except Absent:
            raise
        except Exception as trouble:  # somebody's code raises what it likes
            raise Absent(f"it raises {naming.said(trouble)}") from None
    if got.shape != inputs.shape:
        raise Absent(f"the shape {inputs.shape} became {got.shape}")
    said = dict.fromkeys(str(each.message).splitlines()[0] for each in caught if _of_values(each))
    return got, returned, tuple(said)


def _of_values(each: warnings.WarningMessage) -> bool:
    return issubclass(each.category, RuntimeWarning) and "invalid value encountered in cast" not in str(each.message)


def _not_tried(about: About, why: str, fault: bool | None = None) -> Finding:
    nan = math.nan
    return Finding(
        about.implementation, about.function, about.order, about.dtype, "not_implemented", nan, nan, nan,
        note=why, fault=fault,
    )  # fmt: skip


# --- sizes, strides, in place ----------------------------------------------------------------------------------------


def _layouts(subject: Subject, finding: Finding, dtype: str, order: int) -> dict[str, float]:
    """What comes out at the input of a finding in arrays of other sizes and strides, where it is not all the same."""
    if math.isnan(finding.x) or finding.kind == "convention":
        return {}
    made: dict[str, float] = {}
    ways = [(f"size {size}", size, "") for size in subject.sizes]
    for name, size, layout in [*ways, *([("strided 17", 17, STRIDED)] if subject.strides else [])]:
        try:
            got, _, _ = called(subject.run, np.full(size, finding.x), dtype, order, layout)
        except Absent:
            return {}
        made[name] = float(got[0])
        if len({repr(float(value)) for value in got}) > 1:
            made[f"{name}, last"] = float(got[-1])
    return made if len({repr(value) for value in (*made.values(), finding.got)}) > 1 else {}


def _elsewhere(about: About, subject: Subject, truth: Right, got: np.ndarray, value: Right | None) -> Iterator[Finding]:
    """Findings that only show in short arrays, with strides, or in place."""
    hard = _hard(truth, max(subject.sizes))
    part = _part(truth, hard)
    part_value = None if value is None else _part(value, hard)
    ways = [(f"arrays of {size}", size, "") for size in subject.sizes]
    ways += [("strided arrays", hard.size, STRIDED)] if subject.strides else []
    ways += [(IN_PLACE, hard.size, IN_PLACE)] if subject.inplace else []
    for name, size, layout in ways:
        found = np.empty(hard.size)
        try:
            for start in range(0, hard.size, size):
                piece = part.inputs[start : start + size]
                found[start : start + size] = called(subject.run, piece, about.dtype, about.order, layout)[0]
        except Absent as missing:
            if layout != IN_PLACE:
                yield _not_tried(about, f"{name}: {missing}")
            continue
        if np.array_equal(found, got[hard], equal_nan=True):
            continue
        for finding in judging.judged(about, part, found, part_value, whole=False):
            layouts = {} if layout else {f"size {size}": finding.got}
            note = name if layout == IN_PLACE else f"in {name}"
            yield replace(finding, note=note, share=None, layouts=layouts)


def _hard(truth: Right, size: int) -> np.ndarray:
    """Places of some inputs, a multiple of `size`: the ends of all sizes, and where inputs mostly lie."""
    inputs = truth.inputs
    rising = np.argsort(np.where(np.isnan(inputs), np.inf, inputs), kind="stable")
    sized = rising[np.linspace(0, rising.size - 1, _HARD // 2).astype(int)]
    middle = rising[np.abs(np.nan_to_num(inputs[rising], nan=np.inf)) < 12]
    near = middle[np.linspace(0, middle.size - 1, _HARD // 2).astype(int)]
    chosen = np.unique(np.concatenate([sized, near]))
    return chosen[: chosen.size - chosen.size % size]  # each shape that is new costs a compiler its time


def _part(truth: Right, places: np.ndarray) -> Right:
    """What is right at some of the inputs."""
    where = {int(place): k for k, place in enumerate(places)}
    arrays = {
        name: getattr(truth, name)[places] for name in ("inputs", "high", "low", "rounded", "moved", "known", "bare")
    }
    kinks, beside = (
        {where[place]: sides for place, sides in found.items() if place in where}
        for found in (truth.kinks, truth.beside)
    )
    return replace(truth, kinks=kinks, beside=beside, **arrays)


# --- jumps -----------------------------------------------------------------------------------------------------------


def _jumps(about: About, subject: Subject, truth: Right, got: np.ndarray, value: Right | None) -> list[Finding]:
    """Where the error leaps between neighbouring inputs and the function does not."""
    if about.keeps and about.order:
        return []  # what the output's rounding makes of a slope comes and goes from one input to the next
    tolerance = tolerances.units(about.dtype, about.order)
    found = judging.errors(truth, got, tolerance)
    wrong = found.kinds["inaccuracy"] | found.kinds["vanished"]
    keep = np.flatnonzero(np.isfinite(truth.inputs) & np.isfinite(got) & truth.known)
    keep = keep[np.argsort(truth.inputs[keep], kind="stable")]
    edges = np.flatnonzero(wrong[keep][1:] != wrong[keep][:-1])
    edges = sorted(edges.tolist(), key=lambda k: abs(truth.inputs[keep[k]]))[:_EDGES]
    made = []
    for edge in edges:
        low, high = (float(truth.inputs[keep[k]]) for k in (edge, edge + 1))
        with suppress(Absent):  # of an array of one or two
            finding = _leap(about, subject, low, high, bool(wrong[keep[edge]]), tolerance)
            made += [finding] if finding is not None else []
    made.sort(key=lambda finding: -(finding.units or 0.0))
    return made[:1]


def _leap(about: About, subject: Subject, low: float, high: float, falling: bool, tolerance: float) -> Finding | None:
    """The neighbours between which what is right turns wrong, if the error leaps there."""
    form = FORMATS[about.dtype]
    first, last = (int(patterns.numbered(np.array([x]), form)[0]) for x in (low, high))
    while last - first > 1:
        middle = (first + last) // 2
        if _errors_at(about, subject, [form.number(middle)], tolerance).wrong[0] == falling:
            first = middle
        else:
            last = middle
    ends = [form.number(first), form.number(last)]
    inputs = np.array(ends)
    truth = at(subject.activation, about.order, form, inputs)
    got, _, _ = called(subject.run, inputs, about.dtype, about.order)
    found = judging.errors(truth, got, tolerance)
    good, bad = (1, 0) if falling else (0, 1)
    if (
        truth.kinks
        or not np.isfinite(got).all()
        or not found.units[bad] > _LEAP * max(found.units[good], tolerance / 4)
    ):
        return None
    if found.kinds["flush_to_zero"][bad] or not found.wrong[bad] or abs(ends[bad]) < 2.0**form.lowest:
        return None
    made = judging.at_one(about, truth, got, found, "jump", bad)
    leap = abs((got[1] - got[0]) - (truth.rounded[1] - truth.rounded[0]))
    return replace(made, note=f"the error leaps by {leap:.3g} from x = {ends[good]!r} to {ends[bad]!r}")


def _errors_at(about: About, subject: Subject, inputs: list[float], tolerance: float) -> judging.Errors:
    points = np.array(inputs)
    got, _, _ = called(subject.run, points, about.dtype, about.order)
    return judging.errors(at(subject.activation, about.order, FORMATS[about.dtype], points), got, tolerance)

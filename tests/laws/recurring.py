"""What samples in doubles refute of the facts of a function that comes back, evaluated by whoever asks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]
Json = Mapping[str, Any]
SHIFTS = (-3, 0, 5)  # periods at which what comes back is looked at
EPS, FINE = 1e-9, 20_000


def number(item: Any) -> float:
    """A number of a fact in JSON; NaN where it is not known."""
    value = item["value"] if isinstance(item, Mapping) else item
    return math.nan if value is None else float(value)


def refuted(g: Function, facts: Json, period: float) -> list[str]:
    """Sentences that say where facts contradict samples; g is NaN where it is not defined."""
    with np.errstate(all="ignore"):
        return [
            *_extent(g, facts, period),
            *_shape(g, facts, period),
            *_course(g, facts, period),
            *_met(g, facts, period),
            *_kinks(g, facts, period),
            *_integrals(g, facts),
        ]


def _decided(facts: Json, key: str) -> Json | None:
    fact = facts.get(key)
    return fact if isinstance(fact, Mapping) and fact.get("standing") in ("proved", "enclosed") else None


def _grid(period: float, count: int = FINE) -> np.ndarray:
    """Points over some periods, none of which is a short multiple of it."""
    return (np.arange(count) + 0.3718281828) / count * 6 * period - 3 * period


def _slopes(g: Function, x: np.ndarray, step: float) -> np.ndarray:
    return (g(x + step) - g(x - step)) / (2 * step)


def _jumps(facts: Json) -> list[float]:
    return [number(kink["at"]) for kink in facts["smoothness"].get("kinks", ()) if kink["order"] == 0]


def _extent(g: Function, facts: Json, period: float) -> Iterator[str]:
    x = _grid(period)
    y = g(x)
    if found := _decided(facts, "range"):
        low, high = number(found["inf"]), number(found["sup"])
        if np.nanmin(y) < low - EPS or np.nanmax(y) > high + EPS:
            yield f"range [{low}, {high}] and values from {np.nanmin(y)} to {np.nanmax(y)}"
        for end, near in ((low, np.nanmin(y)), (high, np.nanmax(y))):
            far = facts["smoothness"].get("drifts") and found["argmin" if end == low else "argmax"] is None
            if math.isfinite(end) and not far and not _jumps(facts) and abs(near - end) > 0.02 * (1 + abs(end)):
                yield f"an extreme {end} that samples do not come near to: {near}"
        for place, end in (("argmin", low), ("argmax", high)):
            if found[place] is not None and not _jumps(facts):
                at = number(found[place])
                if abs(g(np.array([at]))[0] - end) > 1e-6:
                    yield f"{place} {at} and the value there"
    step = 1e-6 * period
    slopes = _slopes(g, x, step)
    jumps = _decided(facts, "smoothness")
    places = [number(kink["at"]) for kink in jumps["kinks"]] if jumps else []
    clear = np.ones_like(x, bool)
    for at in places:
        clear &= np.abs((x - at + period / 2) % period - period / 2) > 3e-4 * period
    if jumps and (found := _decided(facts, "derivative_range")):
        low, high = number(found["inf"]), number(found["sup"])
        inside = slopes[clear & np.isfinite(slopes)]
        if inside.size and (inside.min() < low - 1e-5 * (1 + abs(low)) or inside.max() > high + 1e-5 * (1 + abs(high))):
            yield f"slopes [{low}, {high}] and some from {inside.min()} to {inside.max()}"
        if inside.size:
            for end, near in ((low, inside.min()), (high, inside.max())):
                if math.isfinite(end) and abs(near - end) > 0.05 * (1 + abs(end)):
                    yield f"an extreme slope {end} that samples do not come near to: {near}"
    if jumps and not jumps["class"].startswith("disc"):
        known = _decided(facts, "lipschitz")
        top = number(known) if known else math.inf
        if math.isfinite(top):
            order = np.sort(x)
            climbs = np.abs(np.diff(g(order)) / np.diff(order))
            if np.nanmax(climbs) > top * (1 + 1e-6) + 1e-6:
                yield f"Lipschitz constant {top} and a climb of {np.nanmax(climbs)}"


def _shape(g: Function, facts: Json, period: float) -> Iterator[str]:
    x = np.sort(_grid(period))
    y = g(x)
    both = np.isfinite(y) | np.isfinite(g(-x))
    if found := _decided(facts, "parity"):
        for kind, sign in (("even", 1), ("odd", -1)):
            mirrored = np.abs(y - sign * g(-x))[both]
            if (found["value"] == kind) != bool((mirrored < 1e-7 * (1 + np.abs(y[both]))).all()):
                yield f"parity {found['value']}, and it is off {kind} by {mirrored.max()}"
    if found := _decided(facts, "monotonicity"):
        rises = np.diff(y[np.isfinite(y)])
        up, down = bool((rises > 1e-12).any()), bool((rises < -1e-12).any())
        told = found["value"]
        if {
            "increasing": down,
            "decreasing": up,
            "non-decreasing": down,
            "non-increasing": up,
            "constant": up or down,
        }.get(told, not (up and down)):
            yield f"monotonicity {told}, and it rises: {up}, falls: {down}"
    if found := _decided(facts, "affine"):
        line = np.polyfit(x[np.isfinite(y)], y[np.isfinite(y)], 1)
        if found["value"] != bool(np.nanmax(np.abs(y - np.polyval(line, x))) < 1e-7):
            yield f"affine {found['value']}"


def _course(g: Function, facts: Json, period: float) -> Iterator[str]:
    for key, gaps in (("monotone_intervals", 1), ("convexity", 2)):
        found = _decided(facts, key)
        if not found or "intervals" not in found:
            continue
        length = number(found["period"]) if "period" in found else None
        for run in found["intervals"]:
            for shift in SHIFTS if length else (0,):
                low, high = (max(min(number(run[end]) + shift * (length or 0), 1e3), -1e3) for end in ("from", "to"))
                x = low + (high - low) * (np.arange(400) + 0.5) / 400
                change = np.diff(g(x), gaps)
                loose = 1e-9 * max(1.0, np.nanmax(np.abs(g(x))))
                word = run["value"]
                up, down = bool((change > loose).any()), bool((change < -loose).any())
                if word in ("increasing", "convex") and down or word in ("decreasing", "concave") and up:
                    yield f"{key}: {word} on ({low}, {high})"
                if word in ("constant", "affine") and (up or down):
                    yield f"{key}: {word} on ({low}, {high})"
        if length and key == "monotone_intervals":
            covered = sum(number(run["to"]) - number(run["from"]) for run in found["intervals"])
            defined = np.isfinite(g(_grid(period))).mean() * length
            if abs(covered - defined) > 0.01 * length:
                yield f"{key} cover {covered} of a period of {length}, of which it is defined on {defined}"


def _met(g: Function, facts: Json, period: float) -> Iterator[str]:
    for key in ("zeros", "fixed_points"):
        found = _decided(facts, key)
        if not found:
            continue
        length = number(found["period"]) if "period" in found else 0.0
        shifts = np.array(SHIFTS if length else (0,)) * length

        def less(x: np.ndarray, key: str = key) -> np.ndarray:
            return g(x) - (x if key == "fixed_points" else 0.0)

        places = [number(at) for at in found["points"]]
        for at in places:
            if any(abs(jump - at) < 1e-9 for jump in _jumps(facts)):
                continue  # no double is at the jump
            if np.nanmax(np.abs(less(at + shifts))) > 1e-7 * (1 + abs(at) + abs(shifts).max()):
                yield f"{key}: {at} and {less(at + shifts)}"
        spans = [tuple(map(number, span)) for span in found["intervals"]]
        for low, high in spans:
            low, high = max(low, -1e3), min(high, 1e3)
            inner = low + (high - low) * (np.arange(50) + 0.5) / 50
            if np.nanmax(np.abs(less(inner[:, None] + shifts))) > 1e-7 * (1 + abs(inner).max() + abs(shifts).max()):
                yield f"{key} on [{low}, {high}]"
        x = np.sort(_grid(period, 60_000))
        y = less(x)
        jump = 8 * np.nanmedian(np.abs(np.diff(y))) + 1e-9
        crossed = (y[:-1] * y[1:] < 0) & (np.abs(np.diff(y)) < max(jump, 1e-3))
        width = x[1] - x[0]

        for at in x[:-1][crossed][:200]:
            if not _listed(at, places, spans, length, width):
                yield f"{key}: there is one near {at}"
                break


def _listed(at: float, places: list[float], spans: list[tuple[float, ...]], length: float, width: float) -> bool:
    """Is a point among the places or in the spans, or so many periods off?"""
    for place in places:
        off = (at - place + length / 2) % length - length / 2 if length else at - place
        if abs(off) < 2 * width:
            return True
    for low, high in spans:
        off = (at - low + width) % length - width if length else at - low
        if -2 * width < off < high - low + 2 * width:
            return True
    return False


def _kinks(g: Function, facts: Json, period: float) -> Iterator[str]:
    found = _decided(facts, "smoothness")
    if not found:
        return
    length = number(found["period"]) if "period" in found else 0.0
    places = [number(kink["at"]) for kink in found["kinks"]]
    step = 1e-5 * period
    shifts = (0,) if found.get("drifts") else SHIFTS  # the slopes of what drifts are not those one period on
    for kink, at in zip(found["kinks"], places, strict=True):
        for shift in shifts:
            here = at + shift * length
            for side, sign in (("left", -1), ("right", 1)):
                told = kink[side]
                if told is None or not math.isfinite(number(told)) or kink["order"] > 1:
                    continue
                near, far = (g(np.array([here + sign * step * k]))[0] for k in (1, 2))
                value = near if kink["order"] == 0 else sign * (far - near) / step
                if not kink["order"]:
                    value = 2 * near - far - shift * _rise(g, period)
                if abs(value - number(told)) > 2e-3 * (1 + abs(number(told))):
                    yield f"the kink at {here}: {side} {number(told)} and {value}"
    x = _grid(period, 4000)
    clear = np.ones_like(x, bool)
    for at in places:
        clear &= np.abs((x - at + length / 2) % length - length / 2) > 0.01 * length
    before, after = (g(x + s) - g(x) for s in (-step, step))
    bend = np.abs(after + before)[clear & np.isfinite(after) & np.isfinite(before)]
    if bend.size and bend.max() > 0.05 * step * (1 + np.nanmax(np.abs(after / step)[clear & np.isfinite(after)])):
        yield "a kink that is not named"


def _rise(g: Function, period: float) -> float:
    x = _grid(period, 50)
    return float(np.nanmedian(g(x + period) - g(x)))


def _integrals(g: Function, facts: Json) -> Iterator[str]:
    count = 2_000_000
    x = (np.arange(count) + 0.5) / count * 24 - 12
    weight = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) * 24 / count
    y = g(x)
    if found := _decided(facts, "gaussian"):
        step = 1e-7
        slopes = (g(x + step) - g(x - step)) / (2 * step)
        slopes = np.where(np.abs(slopes) < 1e4, slopes, 0.0)  # at a jump there is none
        for name, values in {
            "mean": y,
            "second_moment": y**2,
            "derivative_mean": slopes,
            "derivative_second_moment": slopes**2,
        }.items():
            told = number(found[name])
            if math.isfinite(told) and abs(float(values @ weight) - told) > 2e-4 * (1 + abs(told)):
                yield f"gaussian {name} {told} and {float(values @ weight)}"
    for key, values in (("zero_region", np.abs(y) < 1e-13), ("dead_region", np.abs(g(x + 1e-6) - g(x - 1e-6)) < 1e-12)):
        if found := _decided(facts, key):
            told = number(found["mass"])
            if abs(float(values @ weight) - told) > 2e-3:
                yield f"{key} {told} and {float(values @ weight)}"

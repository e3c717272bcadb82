"""A function and its slope. Jumps are not joined; a filled dot belongs to the curve, an open one does not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from propcheck.report.curves import UNRESOLVED, dots
from propcheck.report.page.charts.frame import Axis, Frame, band, chart, dot, frame, line, note, number
from propcheck.report.record import real
from propcheck.verdict import Json

NAMES = {0: "g(x)", 1: "g′(x)"}
CAPTION = "The function and its slope"
MEAN = "The mean of the function, with a band of one standard deviation, and the slope of the mean"


def draw(graph: Json, name: str) -> tuple[str, Markup]:
    """The caption, and one picture for each curve; `name` begins their ids."""
    caption = MEAN if "deviation" in graph else CAPTION
    pictures = [
        _curve(graph, curve, f"{name}-{curve['order']}") for curve in graph["curves"] if curve["order"] in NAMES
    ]
    return caption, Markup('<div class="panels">{}</div>').format(Markup("").join(pictures))


def _curve(graph: Json, curve: Json, name: str) -> Markup:
    axes = _axes(graph, curve)
    title = f"{NAMES[curve['order']]} of {graph['activation']['title']}"
    inside = [*_deviation(axes, graph, curve)] if curve["order"] == 0 else []
    inside += [line(axes, _reals(part["x"]), _reals(part["y"])) for part in curve["stretches"]]
    above = [dot(axes, x, y, filled) for x, y, filled in sorted(dots(curve), key=lambda one: one[2])]
    above += [] if curve["resolved"] else [note(axes, UNRESOLVED)]
    return chart(name, title, _described(graph, curve), axes, inside, above, "x")


def _axes(graph: Json, curve: Json) -> Frame:
    low, high = _reals(curve["view"])
    room = 0.07 * (high - low)
    if not room > 1e-12 * max(abs(low), abs(high)):
        room = 0.5 * max(1.0, abs(low))
    left, right = _reals(graph["span"])
    return frame(Axis(left, right), Axis(low - room, high + room))


def _described(graph: Json, curve: Json) -> str:
    """What a reader who does not see it has to know: from where to where, and where it jumps or has corners."""
    (left, right), (low, high) = _reals(graph["span"]), _reals(curve["view"])
    told = f"Over x from {number(left)} to {number(right)} it is shown from {number(low)} to {number(high)}."
    places = [(real(mark["at"]), _jumps(mark)) for mark in curve["marks"]]
    for jumps, what in ((True, "It jumps"), (False, "It has corners")):
        found = [number(at) for at, kind in places if kind is jumps]
        more = ", and elsewhere" if len(found) > 6 else ""
        told += f" {what} at x = {', '.join(found[:6])}{more}." if found else ""
    return told


def _jumps(mark: Json) -> bool:
    return len({mark["left"], mark["right"], mark["value"]}) > 1


def _deviation(axes: Frame, graph: Json, curve: Json) -> Iterator[Markup]:
    """One standard deviation to both sides of a mean function."""
    known = [(_reals(part["x"]), _reals(part["y"])) for part in curve["stretches"]]
    for part in graph.get("deviation", ()):
        x, spread = _reals(part["x"]), _reals(part["y"])
        mean = [next((_between(xs, ys, at) for xs, ys in known if xs[0] <= at <= xs[-1]), math.nan) for at in x]
        yield band(
            axes,
            x,
            [m - s for m, s in zip(mean, spread, strict=True)],
            [m + s for m, s in zip(mean, spread, strict=True)],
        )


def _between(x: Sequence[float], y: Sequence[float], at: float) -> float:
    """The value at a place on the line through the points."""
    place = next((k for k in range(1, len(x)) if x[k] >= at), len(x) - 1)
    width = x[place] - x[place - 1]
    share = (at - x[place - 1]) / width if width else 0.0
    return y[place - 1] + share * (y[place] - y[place - 1])


def _reals(values: Sequence[Any]) -> list[float]:
    return [real(value) for value in values]

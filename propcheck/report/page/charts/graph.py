"""A function and two derivatives. Jumps are not joined; a filled dot belongs to the curve, an open one does not.

ReLU lies behind in grey; asymptotes are dashed and extremes have a ring, as the facts give them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from propcheck.report.curves import UNRESOLVED, dots
from propcheck.report.page.charts.frame import Axis, Frame, band, chart, dot, frame, line, note, number, pixel
from propcheck.report.record import real
from propcheck.verdict import Json

NAMES = {0: "g(x)", 1: "g′(x)", 2: "g″(x)"}
CAPTION = "The function and its derivatives"
MEAN = "The mean of the function, with a band of one standard deviation, and the derivatives of the mean"
KEY = {"relu": "grey: ReLU", "asymptote": "dashed: asymptotes", "extreme": "rings: extremes"}
RELU = {0: ((-1, 0), (0, 0), (1, 1)), 1: ((-1, 0), (0, 0), (0, 1), (1, 1)), 2: ()}


def draw(graph: Json, name: str, facts: Json | None = None, beside: Json | None = None) -> tuple[str, Markup]:
    """The caption, and one picture for each curve; `name` begins their ids. `facts` tell of asymptotes and extremes.

    The curves of `beside`, those of another function, are drawn over it.
    """
    pictures = [
        _curve(graph, curve, f"{name}-{curve['order']}", facts or {}, beside)
        for curve in graph["curves"]
        if curve["order"] in NAMES
    ]
    drawn = Markup('<div class="panels">{}</div>').format(Markup("").join(pictures))
    seen = [words for kind, words in KEY.items() if f'class="{kind}"' in drawn]
    seen += [f"dashed and coloured: {beside['activation']['title']}"] if beside is not None else []
    return ", ".join([MEAN if "deviation" in graph else CAPTION, *seen]), drawn


def _curve(graph: Json, curve: Json, name: str, facts: Json, beside: Json | None) -> Markup:
    second = [one for one in beside["curves"] if one["order"] == curve["order"]] if beside is not None else []
    axes = _axes(graph, curve, *second)
    title = f"{NAMES[curve['order']]} of {graph['activation']['title']}"
    inside = [*_behind(axes, curve, facts)]
    inside += [*_deviation(axes, graph, curve)] if curve["order"] == 0 else []
    inside += [line(axes, _reals(part["x"]), _reals(part["y"])) for part in curve["stretches"]]
    inside += [
        line(axes, _reals(part["x"]), _reals(part["y"]), "beside") for one in second for part in one["stretches"]
    ]
    inside += [*_extremes(axes, curve, facts)]
    above = [dot(axes, x, y, filled) for x, y, filled in sorted(dots(curve), key=lambda one: one[2])]
    above += [] if curve["resolved"] else [note(axes, UNRESOLVED)]
    return chart(name, title, _described(graph, curve), axes, inside, above, "x")


def _behind(axes: Frame, curve: Json, facts: Json) -> Iterator[Markup]:
    """ReLU, and the straight lines that the curve tends to."""
    far = max(abs(axes.x.low), abs(axes.x.high))
    if points := RELU[curve["order"]]:
        rises = curve["order"] == 0
        yield line(axes, [far * x for x, _ in points], [(far if rises else 1) * y for _, y in points], "relu")
    for side in ("left", "right"):
        ends = [min(0.0, axes.x.high), axes.x.low] if side == "left" else [max(0.0, axes.x.low), axes.x.high]
        slope, height = _tended(curve["order"], side, facts)
        if math.isfinite(slope) and math.isfinite(height):
            yield line(axes, ends, [slope * x + height for x in ends], "asymptote")


def _tended(order: int, side: str, facts: Json) -> tuple[float, float]:
    """Slope and height of the line that a curve tends to on a side: a slope need not tend to that of an asymptote."""
    fact = facts.get({0: "asymptotes", 1: "limits"}.get(order, ""), {}).get(side) or {}
    slope, height = (real((fact.get(part) or {}).get("value")) for part in ("slope", "intercept"))
    return (slope, height) if order == 0 else (0.0, slope)


def _extremes(axes: Frame, curve: Json, facts: Json) -> Iterator[Markup]:
    """A ring where the function, or its slope, is least or greatest."""
    fact = facts.get({0: "range", 1: "derivative_range"}.get(curve["order"], "")) or {}
    for end, place in (("inf", "argmin"), ("sup", "argmax")):
        at, value = (real((fact.get(part) or {}).get("value")) for part in (place, end))
        if math.isfinite(at) and axes.shows(at, value):
            yield Markup('<circle class="extreme" cx="{}" cy="{}" r="4.5"/>').format(
                pixel(axes.across(at)), pixel(axes.down(value))
            )


def _axes(graph: Json, *curves: Json) -> Frame:
    ends = [_reals(curve["view"]) for curve in curves]
    low, high = min(end for end, _ in ends), max(end for _, end in ends)
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

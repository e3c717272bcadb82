"""Predicted against measured: a panel for each measure of the second round, a point for each function, the catalogue's
with their names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.figures import canvas, naming
from propcheck.report.record import real
from propcheck.study.designs import PREFIX
from propcheck.study.judging import OUTCOMES
from propcheck.verdict import Json

PARTS = ("choosing", "judging", "later")
TITLES = ("choosing half", "judging half", "later functions")
WIDE = 100  # a measure that spans more than such a factor is drawn on a logarithmic axis
BEYOND = 0.08  # of the axis: so far behind the largest finite value lie the infinite ones

Dot = tuple[str, float, float]


def _dots(data: Json, row: Json) -> Iterator[Dot]:
    """(name, predicted, measured) of each function that has both; a prediction may be infinite."""
    for name, found in data["judged"]["outcomes"].items():
        x, y = real(data["candidates"][name].get(row["candidate"])), real(found[row["network"]].get(row["outcome"]))
        if x > -math.inf and math.isfinite(y):
            yield name, x, y


def _placed(axes: Axes, dots: Sequence[Dot]) -> list[Dot]:
    """The points with the infinite ones behind all others, on a line that says so; the axis is set for them."""
    finite = [x for _, x, _ in dots if math.isfinite(x)]
    if not finite:
        return []
    low, high = min(finite), max(finite)
    logarithmic = low > 0 and high > WIDE * low
    if logarithmic:
        axes.set_xscale("log")
    edge = high * (high / low) ** BEYOND if logarithmic else high + BEYOND * (high - low)
    if len(finite) < len(dots):
        axes.axvline(edge, color=canvas.FAINT, lw=0.6, ls=":")
        axes.annotate("infinite", (edge, 1), xycoords=axes.get_xaxis_transform(), ha="right", va="top", fontsize=7,
                      color=canvas.FAINT, rotation=90)  # fmt: skip
    return [(name, x if math.isfinite(x) else edge, y) for name, x, y in dots]


def _panel(axes: Axes, row: Json, dots: Sequence[Dot], judged: Json) -> list[Dot]:
    placed = _placed(axes, dots)
    handles = []
    for number, part in enumerate(PARTS):
        own = [dot for dot in placed if dot[0] in set(judged[part])]
        style: dict[str, Any] = {"color": canvas.colour(number), "marker": "o^D"[number], "s": 16, "zorder": 4}
        handles.append(axes.scatter([x for _, x, _ in own], [y for _, _, y in own], **style))
    told = row["later"]["value"]
    axes.set_title(row["network"] + ("" if told is None else f": {told:+.2f} on the later functions"))
    axes.set_xlabel(canvas.words(row["candidate"]))
    axes.set_ylabel(OUTCOMES[row["outcome"]])
    if row["outcome"] == "steps":
        axes.set_yscale("log")
    axes.margins(0.08)
    canvas.legend(axes, handles, list(TITLES), loc="best")
    return placed


def draw(data: Json) -> Figure:
    """From `{"judged": ..., "candidates": {function: {candidate: value}}}`: what was to be confirmed."""
    judged = data["judged"]
    rows = judged["confirmed"]
    figure, panels = canvas.sheet(13.0, 10.5, 2, 2)
    shown = [(axes, _panel(axes, row, list(_dots(data, row)), judged)) for axes, row in zip(panels, rows, strict=True)]
    figure.draw_without_rendering()
    for axes, dots in shown:
        names: dict[tuple[float, float], list[str]] = {}
        for name, x, y in dots:
            if not name.startswith(PREFIX):
                names.setdefault((x, y), []).append(name)
        naming.named(figure, axes, names, [naming.around(axes, (x, y), 2.0) for _, x, y in dots], 4.5)
    return figure

"""Predicted against measured: a panel for each network, a point for each function, the catalogue's with their names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.figures import canvas, naming
from propcheck.report.record import real
from propcheck.study.designs import PREFIX
from propcheck.verdict import Json

OUTCOME = "steps"


def _dots(data: Json, row: Json) -> Iterator[tuple[str, float, float]]:
    """(name, predicted, measured) of each function that has both."""
    for name, found in data["judged"]["outcomes"].items():
        x, y = real(data["candidates"][name].get(row["candidate"])), real(found[row["network"]].get(OUTCOME))
        if math.isfinite(x) and math.isfinite(y):
            yield name, x, y


def _panel(axes: Axes, row: Json, dots: Sequence[tuple[str, float, float]], judging: AbstractSet[str]) -> None:
    halves = [dot for dot in dots if dot[0] not in judging], [dot for dot in dots if dot[0] in judging]
    handles = []
    for number, half in enumerate(halves):
        style: dict[str, Any] = {"color": canvas.colour(number), "marker": "o^"[number], "s": 14, "zorder": 4}
        handles.append(axes.scatter([x for _, x, _ in half], [y for _, _, y in half], **style))
    told = row["judging"]["value"]
    axes.set_title(row["network"] + ("" if told is None else f": {told:+.2f} on the judging half"))
    axes.set_xlabel(canvas.words(row["candidate"]))
    axes.set_ylabel("steps to the target loss")
    axes.set_yscale("log")
    axes.margins(0.08)
    canvas.legend(axes, handles, ["choosing half", "judging half"], loc="best")


def draw(data: Json) -> Figure:
    """From `{"judged": ..., "candidates": {function: {candidate: value}}}`: for each network what was chosen for the
    steps to the target loss."""
    judged = data["judged"]
    rows = [row for row in judged["chosen"] if row["outcome"] == OUTCOME]
    figure, panels = canvas.sheet(13.0, 10.5, 2, 2)
    shown = [(axes, row, list(_dots(data, row))) for axes, row in zip(panels, rows, strict=True)]
    for axes, row, dots in shown:
        _panel(axes, row, dots, set(judged["judging"]))
    figure.draw_without_rendering()
    for axes, _, dots in shown:
        names: dict[tuple[float, float], list[str]] = {}
        for name, x, y in dots:
            if not name.startswith(PREFIX):
                names.setdefault((x, y), []).append(name)
        naming.named(figure, axes, names, [naming.around(axes, (x, y), 2.0) for _, x, y in dots], 4.5)
    return figure

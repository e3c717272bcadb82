"""Predicted against measured: a panel for each network, a point for each function, the catalogue's with their names."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.figure import Figure

from propcheck.report.figures import canvas
from propcheck.report.record import real
from propcheck.study.designs import PREFIX
from propcheck.verdict import Json

OUTCOME = "steps"


def draw(data: Json) -> Figure:
    """From `{"judged": ..., "candidates": {function: {candidate: value}}}`: for each network what was chosen for the
    steps to the target loss."""
    judged = data["judged"]
    rows = [row for row in judged["chosen"] if row["outcome"] == OUTCOME]
    figure, panels = canvas.sheet(13.0, 10.5, 2, 2)
    judging = set(judged["judging"])
    for axes, row in zip(panels, rows, strict=True):
        places: dict[str, list[tuple[str, float, float]]] = {"choosing": [], "judging": []}
        for name, found in judged["outcomes"].items():
            x, y = real(data["candidates"][name].get(row["candidate"])), real(found[row["network"]].get(OUTCOME))
            if math.isfinite(x) and math.isfinite(y):
                places["judging" if name in judging else "choosing"].append((name, x, y))
        handles = []
        for number, (half, dots) in enumerate(places.items()):
            style: dict[str, Any] = {"color": canvas.colour(number), "marker": "o^"[number], "s": 16, "zorder": 4}
            handles.append(axes.scatter([x for _, x, _ in dots], [y for _, _, y in dots], label=half, **style))
            for name, x, y in dots:
                if not name.startswith(PREFIX):
                    axes.annotate(canvas.words(name, 24), (x, y), (3, 2), textcoords="offset points", fontsize=5.5)
        told = row["judging"]
        axes.set_title(
            f"{row['network']}: {told['value']:+.2f} on the judging half" if told["value"] else row["network"]
        )
        axes.set_xlabel(canvas.words(row["candidate"]))
        axes.set_ylabel("steps to the target loss")
        axes.set_yscale("log")
        canvas.legend(axes, handles, ["choosing half", "judging half"], loc="best")
    return figure

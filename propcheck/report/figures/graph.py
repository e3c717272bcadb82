"""A function and its slope. Jumps are not joined; a filled dot belongs to the curve, an open one does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.curves import UNRESOLVED, dots
from propcheck.report.figures import canvas
from propcheck.verdict import Json

NAMES = {0: "$g(x)$", 1: "$g'(x)$"}
_OURS = "propcheck"  # the id of each line that stands for a curve in a key
_NOTE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 2.0}


def draw(data: Sequence[Json]) -> Figure:
    """The graphs of some functions, the values beside the slopes."""
    figure, axes = canvas.sheet(7.2, 3.1, 1, 2)
    for place, order in enumerate((0, 1)):
        panel(axes[place], data, order)
        axes[place].set_title(NAMES[order])
    names = [name(graph) for graph in data]
    if len(data) == 1:
        figure.suptitle(canvas.words(names[0]), fontsize=10)
    return figure


def name(graph: Json) -> str:
    """What a graph is of, with the values of its parameters."""
    about = graph["activation"]
    values = ", ".join(f"{canvas.letter(key)} = {value}" for key, value in about["parameters"].items())
    note = " (mean)" if about["note"] else ""
    return graph.get("label") or f"{about['title']}{note}{f', {values}' if values else ''}"


def panel(axes: Axes, graphs: Sequence[Json], order: int, key: bool | None = None) -> tuple[float, float]:
    """The curves of one order on one pair of axes, with a key where there are several; what of y is shown."""
    canvas.origin(axes)
    handles, views = [], []
    for place, graph in enumerate(graphs):
        curve = next(one for one in graph["curves"] if one["order"] == order)
        handles.append(line(axes, curve, place))
        views.append(canvas.reals(curve["view"]))
        if order == 0 and "deviation" in graph:
            band(axes, curve, graph["deviation"], place)
        if not curve["resolved"]:
            axes.text(
                0.5, 0.97, UNRESOLVED, transform=axes.transAxes, fontsize=7, ha="center", va="top", zorder=7, bbox=_NOTE
            )
    axes.set_xlim(min(canvas.real(g["span"][0]) for g in graphs), max(canvas.real(g["span"][1]) for g in graphs))
    low, high = min(view[0] for view in views), max(view[1] for view in views)
    room = 0.07 * (high - low) or 0.5
    low, high = low - room, high + room
    axes.set_ylim(low, high)
    axes.set_xlabel("$x$")
    if key or (key is None and len(graphs) > 1):
        canvas.legend(axes, handles, [name(graph) for graph in graphs], loc="best")
    return low, high


def onto(axes: Axes, graphs: Sequence[Json], orders: Sequence[int]) -> None:
    """The curves of these orders on axes that are somebody's own, with others perhaps, which keep their tones."""
    there = sum(drawn.get_gid() == _OURS for drawn in axes.lines)
    curves = [(graph, order) for graph in graphs for order in orders]
    for place, (graph, order) in enumerate(curves, there):
        curve = next(one for one in graph["curves"] if one["order"] == order)
        handle = line(axes, curve, place)
        handle.set_gid(_OURS)
        told = canvas.words(name(graph))
        handle.set_label(f"{told}, {NAMES[order]}" if len(orders) > 1 else told)
        if order == 0 and "deviation" in graph:
            band(axes, curve, graph["deviation"], place)
    axes.set_xlabel("$x$")
    axes.legend(loc="best")


def line(axes: Axes, curve: Json, place: int) -> Any:
    """One curve with its dots; the handle for the key."""
    look = canvas.tone(place)
    (handle,) = axes.plot([], [], **look)
    for stretch in curve["stretches"]:
        axes.plot(canvas.reals(stretch["x"]), canvas.reals(stretch["y"]), zorder=3, solid_capstyle="butt", **look)
    colour = look["color"]
    for x, y, filled in dots(curve):
        fill = colour if filled else "white"
        axes.plot([x], [y], "o", ms=4.6, mfc=fill, mec=colour, mew=1.2, zorder=4 + filled, clip_on=False)
    return handle


def band(axes: Axes, curve: Json, deviation: Sequence[Json], place: int) -> None:
    """One standard deviation to both sides of a mean function."""
    for stretch in deviation:
        x, spread = canvas.reals(stretch["x"]), canvas.reals(stretch["y"])
        mean = np.full(len(x), np.nan)
        for part in curve["stretches"]:
            known, values = canvas.reals(part["x"]), canvas.reals(part["y"])
            inside = (x >= known[0]) & (x <= known[-1])
            mean[inside] = np.interp(x[inside], known, values)
        axes.fill_between(x, mean - spread, mean + spread, color=canvas.colour(place), alpha=0.2, lw=0, zorder=2)

"""Names beside the points of a figure, where each covers neither a point nor another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from propcheck.report.figures import canvas
from propcheck.report.placing import Box, best

DISTANCES = (6.0, 13.0, 22.0, 34.0, 50.0, 70.0)  # of a name from its point, in points
FAR = 14.0  # from which on a line leads to it
LONGEST = 30  # characters of a name

Point = tuple[float, float]


def around(axes: Axes, point: Point, half: float) -> Box:
    """The square of so many pixels to each side of a point."""
    x, y = axes.transData.transform(point)
    return (x - half, y - half, x + half, y + half)


def named(
    figure: Figure, axes: Axes, names: Mapping[Point, Sequence[str]], covered: Sequence[Box], size: float = 7.0
) -> None:
    """Writes the names of each point beside it, in this size of letters; `covered` is what no name may lie on."""
    renderer = figure.canvas.get_renderer()  # pyright: ignore[reportAttributeAccessIssue]
    scale = figure.dpi / 72
    taken = list(covered)
    made = axes.get_legend()
    if made is not None:
        taken.append(made.get_window_extent(renderer).extents)
    inside = axes.get_window_extent(renderer).extents
    for point, own in names.items():
        text = _lines([canvas.words(name, LONGEST) for name in own])
        note = _note(axes, text, point, size)
        left, lower, right, upper = _text_box(note, renderer)
        note.remove()
        x, y = axes.transData.transform(point)
        distances = [distance * scale for distance in DISTANCES]
        _, box, far = best((x, y), (right - left, upper - lower), distances, taken, inside)
        taken.append(box)
        off = ((box[0] + box[2]) / 2 - x) / scale, ((box[1] + box[3]) / 2 - y) / scale
        _note(axes, text, point, size, off, far > FAR * scale)


def _note(axes: Axes, text: str, point: Point, size: float, off: Point = (0.0, 0.0), led: bool = False) -> Any:
    """A name whose middle lies so many points beside a point, with a line to it where it is led."""
    line = {"arrowstyle": "-", "color": canvas.FAINT, "lw": 0.5} if led else None
    where = {"xytext": off, "textcoords": "offset points", "ha": "center", "va": "center"}
    return axes.annotate(text, point, fontsize=size, zorder=5, arrowprops=line, **where)


def _lines(names: Sequence[str]) -> str:
    """Names at one point, three a line."""
    return ",\n".join(", ".join(names[k : k + 3]) for k in range(0, len(names), 3))


def _text_box(note: Any, renderer: Any) -> Box:
    note.update_positions(renderer)
    return Text.get_window_extent(note, renderer).extents

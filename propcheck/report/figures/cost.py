"""What a function costs against how quickly it converges: one point a function, with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from propcheck.report import points
from propcheck.report.figures import canvas
from propcheck.report.placing import Box, best
from propcheck.report.points import Dot
from propcheck.verdict import InputError, Json

SHAPES = {"holds": ("o", "#0072B2"), "partly": ("^", "#E69F00"), "fails": ("s", "#D55E00"), "open": ("D", "white")}
MOST = 200  # names on one figure
DISTANCES = (6.0, 13.0, 22.0, 34.0, 50.0, 70.0)  # of a name from its point, in points
FAR = 14.0  # from which on a line leads to it


def draw(record: Json) -> Figure:
    """From the formulas of a record: operations against elasticity."""
    labels = "operations for value and derivative together", "elasticity $E[z\\,g\\,g'] / E[g^2]$"
    return _scatter(list(points.of_formulas(record)), labels, "from the formula: to the upper left is cheap and quick")


def draw_measured(probes: Sequence[Json]) -> Figure:
    """From the objects that `propcheck probe --json` prints: times against steps, both in ReLU's."""
    labels = "time of a forward and backward pass, in ReLU's", "steps to the target loss, in ReLU's"
    return _scatter(list(points.of_probes(probes)), labels, "measured: to the lower left is cheap and quick")


def _scatter(dots: Sequence[Dot], labels: tuple[str, str], title: str) -> Figure:
    if not 0 < len(dots) <= MOST:
        what = "none has both numbers" if not dots else f"there are {len(dots)}"
        raise InputError(f"the figure of cost and convergence shows 1 to {MOST} functions, and {what}")
    figure, (axes,) = canvas.sheet(7.2, 4.8)
    handles = {}
    for dot in sorted(dots, key=lambda dot: list(SHAPES).index(dot.verdict)):
        shape, fill = SHAPES[dot.verdict]
        inside = {other.verdict for other in dots if (other.x, other.y) == (dot.x, dot.y)}
        inside = {kind for kind in inside if list(SHAPES).index(kind) > list(SHAPES).index(dot.verdict)}
        size = 30 * 2.0 ** len(inside)  # where several coincide, one inside the other
        made = axes.scatter([dot.x], [dot.y], s=size, c=fill, marker=shape, edgecolors="black", lw=0.6, zorder=4)
        handles.setdefault(dot.verdict, made)
        if dot.dx or dot.dy:
            axes.errorbar([dot.x], [dot.y], dot.dy or None, dot.dx or None, ecolor=canvas.FAINT, lw=0.8, zorder=3)
    axes.margins(0.14)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.set_title(title)
    kinds = [kind for kind in SHAPES if kind in handles]
    canvas.legend(axes, [handles[kind] for kind in kinds], [f"cost: {kind}" for kind in kinds], loc="best")
    figure.draw_without_rendering()
    _named(figure, axes, dots)
    return figure


def _named(figure: Figure, axes: Axes, dots: Sequence[Dot]) -> None:
    """A name beside each point, where it covers neither a point nor another name."""
    renderer = figure.canvas.get_renderer()  # pyright: ignore[reportAttributeAccessIssue]
    groups: dict[tuple[float, float], list[str]] = {}
    for dot in dots:
        groups.setdefault((dot.x, dot.y), []).append(canvas.words(dot.name, 30))
    scale = figure.dpi / 72
    taken: list[Box] = []
    for point in groups:
        half = (2.7 if len({dot.verdict for dot in dots if (dot.x, dot.y) == point}) == 1 else 5.5) * scale
        x, y = axes.transData.transform(point)
        taken.append((x - half, y - half, x + half, y + half))
    for dot in dots:
        if dot.dx or dot.dy:
            low, high = (axes.transData.transform((dot.x + k * dot.dx, dot.y + k * dot.dy)) for k in (-1, 1))
            (x, y), (left, lower), (right, upper) = (low + high) / 2, low, high
            taken += [(left, y - 1, right, y + 1), (x - 1, lower, x + 1, upper)]
    made = axes.get_legend()
    if made is not None:
        taken.append(made.get_window_extent(renderer).extents)
    inside = axes.get_window_extent(renderer).extents
    for point, names in groups.items():
        note = _note(axes, _lines(names), point)
        left, lower, right, upper = _text_box(note, renderer)
        note.remove()
        x, y = axes.transData.transform(point)
        size, distances = (right - left, upper - lower), [distance * scale for distance in DISTANCES]
        _, box, far = best((x, y), size, distances, taken, inside)
        taken.append(box)
        off = ((box[0] + box[2]) / 2 - x) / scale, ((box[1] + box[3]) / 2 - y) / scale
        _note(axes, _lines(names), point, off, far > FAR * scale)


def _note(
    axes: Axes, text: str, point: tuple[float, float], off: tuple[float, float] = (0.0, 0.0), led: bool = False
) -> Any:
    """A name whose middle lies so many points beside a point, with a line to it where it is led."""
    line = {"arrowstyle": "-", "color": canvas.FAINT, "lw": 0.5} if led else None
    where = {"xytext": off, "textcoords": "offset points", "ha": "center", "va": "center"}
    return axes.annotate(text, point, fontsize=7, zorder=5, arrowprops=line, **where)


def _lines(names: Sequence[str]) -> str:
    """Names at one point, three a line."""
    return ",\n".join(", ".join(names[k : k + 3]) for k in range(0, len(names), 3))


def _text_box(note: Any, renderer: Any) -> Box:
    note.update_positions(renderer)
    return Text.get_window_extent(note, renderer).extents

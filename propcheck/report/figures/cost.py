"""What a function costs against how quickly it converges: one point a function, with its name."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report import points
from propcheck.report.figures import canvas, naming
from propcheck.report.placing import Box
from propcheck.report.points import Dot
from propcheck.verdict import InputError, Json

SHAPES = {"holds": ("o", "#0072B2"), "partly": ("^", "#E69F00"), "fails": ("s", "#D55E00"), "open": ("D", "white")}
MOST = 200  # names on one figure


def draw(record: Json) -> Figure:
    """From the formulas of a record: estimated times against elasticity."""
    labels = "time of value and slope, in ReLU's, estimated", "elasticity $E[z\\,g\\,g'] / E[g^2]$"
    return _scatter(list(points.of_formulas(record)), labels, "from the formula: to the upper left is cheap and quick")


def draw_measured(probes: Sequence[Json]) -> Figure:
    """From the objects that `propcheck probe --json` prints: times against steps, both in ReLU's."""
    labels = "time of value and slope, in ReLU's", "steps to the target loss, in ReLU's"
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
    groups: dict[tuple[float, float], list[str]] = {}
    for dot in dots:
        groups.setdefault((dot.x, dot.y), []).append(dot.name)
    scale = figure.dpi / 72
    taken: list[Box] = []
    for point in groups:
        half = (2.7 if len({dot.verdict for dot in dots if (dot.x, dot.y) == point}) == 1 else 5.5) * scale
        taken.append(naming.around(axes, point, half))
    for dot in dots:
        if dot.dx or dot.dy:
            low, high = (axes.transData.transform((dot.x + k * dot.dx, dot.y + k * dot.dy)) for k in (-1, 1))
            (x, y), (left, lower), (right, upper) = (low + high) / 2, low, high
            taken += [(left, y - 1, right, y + 1), (x - 1, lower, x + 1, upper)]
    naming.named(figure, axes, groups, taken)

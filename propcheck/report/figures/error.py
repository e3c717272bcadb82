"""The error of compiled forms over the input, in units in the last place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.figures import canvas
from propcheck.verdict import Json

NEAR, FAR = -3, 6  # powers of ten: inputs nearer to 0 share one stretch of the axis, those beyond stand at its end
TICKS = (-3, 0, 3, 6)
MIDDLE = 2.5  # the length of half that stretch, in powers of ten
TALL = 16.0  # ulps beyond which the axis is logarithmic
LEAST = 1e-2  # ulps that a logarithmic axis begins with
# (key, colour, size of a dot, name)
_SERIES = (
    ("raw", "#9CCBE8", 9, "error as it is"),
    ("allowed", "#0072B2", 5, "allowing for the rounding of x"),
)


def draw(data: Sequence[Json]) -> Figure:
    """A panel for each measurement: faint the error as it is, dark that which the rounding of the input leaves."""
    columns = min(2, len(data))
    rows = -(-len(data) // columns)
    figure, axes = canvas.sheet(4.5 * columns, 2.9 * rows, rows, columns)
    for ax in axes[len(data) :]:
        ax.set_visible(False)
    keys: dict[str, Any] = {}
    for ax, found in zip(axes, data, strict=False):
        keys |= _panel(ax, found)
    canvas.legend(figure, list(keys.values()), list(keys), loc="outside lower center", fontsize=7, ncols=4)
    return figure


def _panel(axes: Axes, found: Json) -> dict[str, Any]:
    """Draws a measurement; what its signs mean, by name."""
    x = _along(canvas.reals(found["x"]))
    series = {key: canvas.reals(found[key]) for key, *_ in _SERIES}
    limit = canvas.real(found["limit"])
    most = max([limit, *(float(v) for values in series.values() for v in values if np.isfinite(v))])
    tall = most > TALL
    low, high = (LEAST, 3 * most) if tall else (-0.02 * most, 1.15 * most)
    keys: dict[str, Any] = {}
    for key, colour, size, name in _SERIES:
        values = series[key]
        finite = np.isfinite(values)
        heights = np.maximum(values[finite], low) if tall else values[finite]
        keys[name] = axes.scatter(x[finite], heights, s=size, c=colour, linewidths=0, zorder=3)
    lost = ~np.isfinite(series["allowed"])
    if lost.any():
        places = np.full(int(lost.sum()), high)
        keys["no number where there is one"] = axes.scatter(
            x[lost], places, s=18, c="#D55E00", marker="x", zorder=4, clip_on=False
        )
    line = axes.axhline(limit, color="#D55E00", linewidth=0.9, linestyle=(0, (4, 2)), zorder=2)
    keys[f"{limit:g} ulp"] = line
    axes.set_yscale("log" if tall else "linear")
    axes.set_ylim(low, high)
    _inputs(axes)
    axes.set_ylabel("ulp")
    about = f"{found['activation']['title']}{chr(39) * found['order']}, {found['dtype']}, {found['backend']}"
    axes.set_title(canvas.words(about))
    return keys


def _along(x: np.ndarray) -> np.ndarray:
    """Where inputs stand: by their power of ten to both sides of a linear stretch around 0."""
    size = np.abs(x)
    near = size <= 10.0**NEAR
    with np.errstate(divide="ignore"):
        power = np.minimum(np.log10(size), FAR) - NEAR + MIDDLE
    return np.where(near, MIDDLE * x / 10.0**NEAR, np.sign(x) * power)


def _inputs(axes: Axes) -> None:
    places = [power - NEAR + MIDDLE for power in TICKS]
    names = [f"10^{{{power}}}" if power else "1" for power in TICKS]
    left = [f"$-{name}$" for name in reversed(names)]
    at = [-place for place in reversed(places)] + [0.0] + places
    axes.set_xticks(at, [*left, "0", *(f"${name}$" for name in names)], fontsize=7.5)
    axes.set_xlim(-places[-1] - 0.4, places[-1] + 0.4)
    axes.set_xlabel(f"$x$; beyond $10^{FAR}$ at the end")

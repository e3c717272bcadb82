"""Layer by layer through deep random networks: the size of the outputs going in, of the gradient going back.

Theory's line is thin; `propcheck.report.profiles` says what the lines and bands are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.figures import canvas
from propcheck.report.profiles import Run, runs
from propcheck.verdict import InputError, Json

_THEORY = {"color": "black", "linewidth": 0.9, "linestyle": (0, (2, 1.5)), "zorder": 4}


def draw(probes: Sequence[Json]) -> Figure:
    """The layer curves of some functions, from the objects that `propcheck probe --json` prints."""
    drawn = [runs(probe) for probe in probes]
    for probe, found in zip(probes, drawn, strict=True):
        if not found:
            why = probe["note"] or "no layer has a number"
            raise InputError(f"there are no layers to draw of {probe['activation']['name']}: {why}")
    figure, axes = canvas.sheet(9.6, 3.3, 1, 3)
    handles = [
        [_curve(ax, run, place) for ax, run in zip(axes, found, strict=True)] for place, found in enumerate(drawn)
    ]
    for ax, run in zip(axes, drawn[0], strict=True):
        _logarithmic(ax)
        ax.set_title(run.title)
        ax.set_xlabel("layer")
    (theory,) = axes[0].plot([], [], **_THEORY)
    names = [*(probe["activation"]["title"] for probe in probes), "theory"]
    canvas.legend(axes[0], [*(first for first, *_ in handles), theory], names, loc="best")
    setting = probes[0]["setting"]
    text = f"width {setting['width']}, {len(probes[0]['seeds'])} seeds, {setting['init']} weights"
    figure.suptitle(canvas.words(text), fontsize=9)
    return figure


def _curve(axes: Axes, run: Run, place: int) -> Any:
    """A quantity with its band and theory's line."""
    layer = range(1, len(run.middle) + 1)
    (handle,) = axes.plot(layer, run.middle, zorder=3, **canvas.tone(place))
    axes.fill_between(layer, run.low, run.high, color=canvas.colour(place), alpha=0.2, lw=0, zorder=2)
    if run.theory:
        axes.plot(layer, run.theory, **_THEORY)
    for bound in run.bounds:
        axes.plot(layer, bound, color="black", linewidth=0.5, zorder=4)
    return handle


def _logarithmic(axes: Axes) -> None:
    """A logarithmic axis that shows at least one decade, so that what hardly changes looks so."""
    axes.set_yscale("log")
    axes.autoscale_view()
    low, high = axes.get_ylim()
    if high < 10 * low:
        middle = math.sqrt(low * high)
        axes.set_ylim(middle / math.sqrt(10), middle * math.sqrt(10))

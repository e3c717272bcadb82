"""Layer by layer through deep random networks: the size of the outputs going in, of the gradient going back.

The band is one standard deviation over the seeds upward, and on the logarithmic axis as far downward. Theory's line is
thin: for the outputs the prediction at each layer, for the gradient its mean growth a layer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.figures import canvas
from propcheck.verdict import InputError

Json = Mapping[str, Any]
OUTPUTS, DEVIATION = "mean square of the outputs", "standard deviation of the outputs"
GRADIENT, GROWTH = "log10 of the gradient's norm", "growth of its square a layer"
_THEORY = {"color": "black", "linewidth": 0.9, "linestyle": (0, (2, 1.5)), "zorder": 4}


def draw(probes: Sequence[Json]) -> Figure:
    """The layer curves of some functions, from the objects that `propcheck probe --json` prints."""
    pages = [probe["criteria"]["gradient_flow"] for probe in probes]
    for probe, page in zip(probes, pages, strict=True):
        if not page["profiles"]:
            why = probe["note"] or "no seed was finished"
            raise InputError(f"there are no layers to draw of {probe['activation']['name']}: {why}")
    figure, axes = canvas.sheet(9.6, 3.3, 1, 3)
    titles = ("mean square of the outputs", "variance of the outputs", "norm of the gradient, last layer = 1")
    handles: list[Any] = []
    for place, page in enumerate(pages):
        profiles = {profile["name"]: profile for profile in page["profiles"]}
        handles.append(_curve(axes[0], profiles[OUTPUTS], place))
        _curve(axes[1], profiles[DEVIATION], place, power=2)
        _curve(axes[2], profiles[GRADIENT], place, logarithm=True)
        _predicted(axes[0], profiles[OUTPUTS])
        _growth(axes[2], page, len(profiles[GRADIENT]["mean"]))
    for ax, title in zip(axes, titles, strict=True):
        _logarithmic(ax)
        ax.set_title(title)
        ax.set_xlabel("layer")
    (theory,) = axes[0].plot([], [], **_THEORY)
    canvas.legend(axes[0], [*handles, theory], [*(_name(probe) for probe in probes), "theory"], loc="best")
    setting = probes[0]["setting"]
    text = f"width {setting['width']}, {len(probes[0]['seeds'])} seeds, {setting['init']} weights"
    figure.suptitle(canvas.words(text), fontsize=9)
    return figure


def _name(probe: Json) -> str:
    return probe["activation"]["title"]


def _curve(axes: Axes, profile: Json, place: int, power: int = 1, logarithm: bool = False) -> Any:
    """A profile with its band: its mean to a power, or 10 to the power of its mean."""
    mean = canvas.reals(profile["mean"])
    spread = canvas.reals(profile["spread"]) if "spread" in profile else np.zeros(len(mean))
    layer = np.arange(1, len(mean) + 1)
    if logarithm:
        middle, factor = 10.0 ** np.clip(mean, -300, 300), 10.0 ** np.clip(spread, 0, 300)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            middle, factor = mean**power, (1 + spread / mean) ** power
    middle = np.where(middle > 0, middle, math.nan)
    (handle,) = axes.plot(layer, middle, zorder=3, **canvas.tone(place))
    axes.fill_between(layer, middle / factor, middle * factor, color=canvas.colour(place), alpha=0.2, lw=0, zorder=2)
    return handle


def _predicted(axes: Axes, profile: Json) -> None:
    if "predicted" in profile:
        values = canvas.reals(profile["predicted"])
        axes.plot(np.arange(1, len(values) + 1), np.where(values > 0, values, math.nan), **_THEORY)


def _growth(axes: Axes, page: Json, depth: int) -> None:
    growth = next((item for item in page["measurements"] if item["name"] == GROWTH), {})
    factor = canvas.real(growth.get("predicted"))
    if factor > 0:
        layer = np.arange(1, depth + 1)
        exponent = (depth - layer) * math.log10(factor) / 2
        axes.plot(layer, 10.0 ** np.clip(exponent, -300, 300), **_THEORY)


def _logarithmic(axes: Axes) -> None:
    """A logarithmic axis that shows at least one decade, so that what hardly changes looks so."""
    axes.set_yscale("log")
    axes.autoscale_view()
    low, high = axes.get_ylim()
    if high < 10 * low:
        middle = math.sqrt(low * high)
        axes.set_ylim(middle / math.sqrt(10), middle * math.sqrt(10))

"""The phase diagram: where gradients vanish and where they explode, over the variances of weights and biases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LogNorm, TwoSlopeNorm
from matplotlib.figure import Figure

from propcheck.report.figures import canvas
from propcheck.verdict import Json

BESIDE = 3  # diagrams that are drawn large, one below the other
ACROSS = 4  # small ones in a row
STEPS = (0.1, 0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0, 10.0)  # of chi_1
LENGTHS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # log10 of q*
DECADES = 1.0  # of chi_1 to both sides of 1 that the colours tell apart
AXES = ("sigma_w2", "sigma_b2")
KINDS = {"every length": "*", "vanishing length": "v", "marginal": "D", "edge": "o"}
SAID = {
    "every length": "critical, every q kept",
    "vanishing length": "critical as q → 0",
    "marginal": "critical and marginal",
    "edge": "critical",
}


def draw(data: Sequence[Json]) -> Figure:
    """The diagram of each function: chi_1 on the left, the fixed point q* on the right; of many, small ones."""
    if len(data) > BESIDE:
        return _small(data)
    figure, axes = canvas.sheet(8.4, 3.1 * len(data) + 0.5, len(data), 2)
    keys: dict[str, Any] = {}
    for row, diagram in enumerate(data):
        slopes, lengths = axes[2 * row : 2 * row + 2]
        _slopes(figure, slopes, diagram)
        _lengths(figure, lengths, diagram)
        for ax in (slopes, lengths):
            keys |= _edge(ax, diagram)
        keys |= _marks(slopes, diagram)
        slopes.set_ylabel("bias variance $\\sigma_b^2$")
        slopes.set_title(
            f"{canvas.words(diagram['activation']['title'], 30)}: $\\chi_1$, growth of the gradient's square"
        )
        lengths.set_title("fixed point $q^*$ of the mean square")
    canvas.legend(figure, list(keys.values()), list(keys), loc="outside lower center", fontsize=7, ncols=4)
    return figure


def _small(data: Sequence[Json]) -> Figure:
    """A panel for each function: chi_1 in steps, q* as dotted lines."""
    rows = -(-len(data) // ACROSS)
    figure, axes = canvas.sheet(2.3 * ACROSS + 0.8, 1.95 * rows + 0.7, rows, ACROSS)
    keys: dict[str, Any] = {}
    steps = np.log10(STEPS)
    norm = BoundaryNorm(steps, len(steps) + 1, extend="both")
    for ax, diagram in zip(axes, data, strict=False):
        w, b = canvas.reals(diagram["sigma_w2"]), canvas.reals(diagram["sigma_b2"])
        with np.errstate(divide="ignore"):
            chi = np.clip(np.log10(canvas.reals(diagram["chi_1"])), -9, 9)
            lengths = np.log10(canvas.reals(diagram["q"]))
        colours = colormaps["PuOr_r"].resampled(len(steps) + 1)
        shown = ax.contourf(w, b, np.ma.masked_invalid(chi).T, steps, cmap=colours, norm=norm, extend="both")
        known = np.ma.masked_invalid(lengths)
        if known.count():
            ax.contour(w, b, known.T, LENGTHS, colors="#444444", linewidths=0.6, linestyles="dotted")
        ax.set_xlim(w[0], w[-1])
        ax.set_ylim(b[0], b[-1])
        ax.grid(False)
        keys |= _edge(ax, diagram) | _marks(ax, diagram, 0.45)
        ax.set_title(canvas.words(diagram["activation"]["title"], 24), fontsize=8.5)
        ax.tick_params(labelsize=7)
    for ax in axes[len(data) :]:
        ax.set_visible(False)
    bar = figure.colorbar(shown, ax=list(axes), ticks=steps, shrink=0.6, aspect=40)
    bar.ax.set_yticklabels([f"{step:g}" for step in STEPS])
    bar.set_label("$\\chi_1$: below 1 gradients vanish, above 1 they explode")
    for ax in axes[max(0, len(data) - ACROSS) : len(data)]:
        ax.set_xlabel("$\\sigma_w^2$")
    figure.supylabel("bias variance $\\sigma_b^2$; across: weight variance times fan-in $\\sigma_w^2$", fontsize=9)
    canvas.legend(figure, list(keys.values()), list(keys), loc="outside lower center", fontsize=7, ncols=4)
    return figure


def _image(axes: Axes, diagram: Json, values: np.ndarray, **look: Any) -> Any:
    w, b = canvas.reals(diagram["sigma_w2"]), canvas.reals(diagram["sigma_b2"])
    half = (w[1] - w[0]) / 2, (b[1] - b[0]) / 2
    extent = (w[0] - half[0], w[-1] + half[0], b[0] - half[1], b[-1] + half[1])
    image = axes.imshow(values.T, origin="lower", extent=extent, aspect="auto", interpolation="nearest", **look)
    axes.set_xlim(w[0], w[-1])
    axes.set_ylim(b[0], b[-1])
    axes.set_xlabel("weight variance times fan-in $\\sigma_w^2$")
    axes.grid(False)
    return image


def _slopes(figure: Figure, axes: Axes, diagram: Json) -> None:
    with np.errstate(divide="ignore"):
        values = np.log10(canvas.reals(diagram["chi_1"]))
    values = np.clip(values, -DECADES, DECADES)
    norm = TwoSlopeNorm(0.0, -DECADES, DECADES)
    image = _image(axes, diagram, np.ma.masked_invalid(values), cmap="PuOr_r", norm=norm)
    bar = figure.colorbar(image, ax=axes, ticks=[-1, np.log10(0.5), 0, np.log10(2), 1], extend="both")
    bar.ax.set_yticklabels(["0.1", "0.5", "1", "2", "10"])
    low, high = np.nanmin(values), np.nanmax(values)
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.5}
    for sign, there, text, x, y, across in (
        (-1, low < 0, "gradients vanish", 0.03, 0.96, "left"),
        (1, high > 0, "gradients explode", 0.97, 0.06, "right"),
    ):
        if there:
            rise = "top" if sign < 0 else "bottom"
            axes.text(x, y, text, transform=axes.transAxes, ha=across, va=rise, size=8, bbox=box, zorder=7)


def _lengths(figure: Figure, axes: Axes, diagram: Json) -> None:
    values = canvas.reals(diagram["q"])
    known = values[np.isfinite(values) & (values > 0)]
    low, high = (1e-3, 1e3) if not known.size else (max(known.min(), 1e-3), min(known.max(), 1e3))
    high = high if high > low else 10 * low
    endless = np.isinf(values)
    shown = np.ma.masked_where(~np.isfinite(values), np.clip(values, low, high))
    image = _image(axes, diagram, shown, cmap="cividis", norm=LogNorm(low, high))
    figure.colorbar(image, ax=axes, extend="both")
    if endless.mean() > 0.02:
        row, column = (float(np.mean(places)) for places in np.nonzero(endless))
        at = [
            np.interp(k, range(len(diagram[n])), canvas.reals(diagram[n]))
            for k, n in zip((row, column), AXES, strict=True)
        ]
        axes.text(at[0], at[1], "lengths grow\nout of range", ha="center", va="center", size=8)


def _edge(axes: Axes, diagram: Json) -> dict[str, Any]:
    limits = axes.get_xlim(), axes.get_ylim()
    keys = {}
    for stretch in diagram["edge"]["curve"]:
        w, b = canvas.reals(stretch["sigma_w2"]), canvas.reals(stretch["sigma_b2"])
        axes.plot(w, b, color="white", linewidth=3.6, zorder=3)
        (keys["edge of chaos, χ₁ = 1"],) = axes.plot(w, b, color="black", linewidth=1.8, zorder=4)
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    return keys


def _marks(axes: Axes, diagram: Json, scale: float = 1.0) -> dict[str, Any]:
    """Critical points, and inside them common initialisations; those that lie in the picture."""
    shown = []
    for point in diagram["edge"]["points"]:
        w, b = canvas.real(point["sigma_w2"]["value"]), canvas.real(point["sigma_b2"]["value"])
        shown.append((w, b, KINDS[point["kind"]], "white", SAID[point["kind"]], 130))
    for mark, sign in zip(diagram["marks"], ("s", "^", "X"), strict=False):
        shown.append((canvas.real(mark["sigma_w2"]), canvas.real(mark["sigma_b2"]), sign, "#009E73", mark["name"], 24))
    keys = {}
    for w, b, sign, fill, name, size in shown:
        if axes.get_xlim()[0] <= w <= axes.get_xlim()[1] and axes.get_ylim()[0] <= b <= axes.get_ylim()[1]:
            keys[name] = axes.scatter(
                [w], [b], s=scale * size, c=fill, marker=sign, edgecolors="black", zorder=6, clip_on=False
            )
    return keys

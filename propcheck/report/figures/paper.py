"""The paper's Figures 1 to 21, drawn anew, and the index of them with the paper's captions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from propcheck.report.figures import TITLE, canvas, graph
from propcheck.verdict import Json

UNITS = 8  # of a layer in the sketch of a network
PHASES = (
    "Phase diagrams of a deep network at infinite width: chi_1, the factor by which the gradient's square grows in a "
    "layer at the fixed point that inputs of mean square 1 come to, over the variances of weights (times the fan-in) "
    "and biases; the dotted lines are that fixed point q*. The numbers are in [phase.json](phase.json)."
)
_LAYERS = ("input", "hidden 1", "hidden 2", "output")


def draw(figure: Json) -> Figure:
    """One of the figures of the object that `propcheck.curves.paper` makes."""
    return {"curves": _curves, "connections": _connections, "constructions": _constructions}[figure["kind"]](figure)


def _curves(data: Json) -> Figure:
    panels = data["panels"]
    figure, axes = canvas.sheet(4.6 if len(panels) == 1 else 2.9 * len(panels), 3.1, 1, len(panels), sharey=True)
    seen = []
    for ax, panel in zip(axes, panels, strict=True):
        seen += graph.panel(ax, panel["graphs"], panel["order"], key=len(panel["graphs"]) > 1 or bool(panel["title"]))
        ax.set_title(canvas.words(panel["title"]))
    axes[0].set_ylim(min(seen), max(seen))
    axes[0].set_ylabel(graph.NAMES[panels[0]["order"]])
    return figure


def _constructions(data: Json) -> Figure:
    panels = data["panels"]
    figure, axes = canvas.sheet(2.9 * len(panels), 3.1, 1, len(panels))
    for ax, panel in zip(axes, panels, strict=True):
        made = panel["graph"]
        low, high = graph.panel(ax, [made], 0, key=False)
        x = canvas.reals(made["span"])
        units = [ax.plot(x, w * x + b, color=canvas.FAINT, lw=0.8, ls=(0, (3, 2)))[0] for w, b in panel["lines"]]
        handles, names = [*ax.plot([], [], **canvas.tone(0)), units[0]], ["linear units"]
        if panel["title"] == "quadratic":
            dense = np.linspace(x[0], x[1], 200)
            handles += ax.plot(dense, dense**2, color="#D55E00", lw=1.1, ls=(0, (1.2, 1.2)), zorder=4)
            names.append("$x^2$")
        key = ax.legend(handles, [f"largest of {panel['k']}", *names], loc="upper center", fontsize=7)
        key.set_zorder(6)
        ax.set_title(canvas.words(panel["title"]))
        ax.set_ylim(min(low, -1.5), high + 0.25 * (high - low))
    axes[0].set_ylabel(graph.NAMES[0])
    return figure


# --- Figure 6 --------------------------------------------------------------------------------------------------------


def _connections(data: Json) -> Figure:
    """A dense network, a sparse one, and the shares of zero outputs of all functions."""
    shares = sorted(data["shares"], key=lambda row: -canvas.real(row["share"]))
    figure, axes = canvas.sheet(9.6, 3.6, 1, 3, width_ratios=(1, 1, 1.25))
    dense = min(shares, key=lambda row: canvas.real(row["share"]))
    for ax, row in ((axes[0], dense), (axes[1], shares[0])):
        _network(ax, row)
    bars = axes[2]
    places = np.arange(len(shares))
    values = [canvas.real(row["share"]) for row in shares]
    errors = [canvas.real(row["spread"] or 0.0) for row in shares]
    bars.barh(places, values, xerr=errors if any(errors) else None, color="#0072B2", height=0.7, ecolor="black")
    for place, value in zip(places, values, strict=True):
        bars.text(value + max(errors, default=0.0) + 0.012, float(place), f"{value:.3g}", va="center", fontsize=7)
    bars.set_yticks(places, [canvas.words(row["title"], 28) for row in shares], fontsize=7)
    bars.set_ylim(len(shares) - 0.4, -0.6)
    bars.set_xlim(0, 1.15 * max(max(values), 0.2))
    bars.grid(axis="y", visible=False)
    bars.set_title("share of outputs that are 0")
    bars.set_xlabel(canvas.words(data["how"]), fontsize=8)
    return figure


def _network(axes: Axes, row: Json) -> None:
    """A sketch: units whose output is 0 are open, and what they would feed is left out."""
    share = canvas.real(row["share"])
    by_layer = canvas.reals(row["layers"]) if row["layers"] else np.array([share])
    silent = [0.0, *(float(by_layer[k]) for k in (0, len(by_layer) // 2)), 0.0]
    height = np.arange(UNITS, dtype=float)
    on = [_speaking(part, layer) for layer, part in enumerate(silent)]
    for layer in range(len(_LAYERS) - 1):
        for start in height[on[layer]]:
            for end in height[on[layer + 1]]:
                axes.plot([layer, layer + 1], [start, end], color="#7aa6c2", linewidth=0.5, zorder=1)
    for layer, speaking in enumerate(on):
        fill = np.where(speaking, "#0072B2", "white")
        axes.scatter(np.full(UNITS, layer), height, 62, fill, edgecolors="#0072B2", linewidths=1.1, zorder=3)
    axes.set_xticks(range(len(_LAYERS)), _LAYERS, fontsize=8)
    axes.set_yticks([])
    axes.grid(False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(canvas.words(f"{row['title']}: {100 * share:.3g} % of outputs are 0"))


def _speaking(share: float, layer: int) -> np.ndarray:
    """Which units of a layer speak: the others, as many as the share says, are spread over it."""
    count = round(share * UNITS) if np.isfinite(share) else 0
    order = np.argsort((np.arange(UNITS) * 0.618034 + 0.37 * layer) % 1.0, kind="stable")
    speaking = np.ones(UNITS, bool)
    speaking[order[:count]] = False
    return speaking


# --- the index -------------------------------------------------------------------------------------------------------


def index(data: Json, ending: str = "svg") -> str:
    """The index of the figures in Markdown: number, caption, what is ours about each."""
    return "".join(_index(data, ending))


def file_name(figure: Json, ending: str) -> str:
    return f"figure-{figure['number']:02}.{ending}"


def _index(data: Json, ending: str) -> Iterator[str]:
    yield f"{TITLE}\n\n"
    yield (
        "Captions are the paper's, translated. A filled dot belongs to the curve, an open one does not: at a kink the "
        "slope has no value, only one on each side.\n"
    )
    for figure in data["figures"]:
        caption = figure["caption"][0].upper() + figure["caption"][1:]
        lost = " (the paper's caption is lost; this one follows its text)" if figure["lost"] else ""
        note = f" {figure['note'][0].upper()}{figure['note'][1:]}." if figure["note"] else ""
        head = f"Figure {figure['number']}"
        yield f"\n## {head}\n\n![{head}: {caption}]({file_name(figure, ending)})\n\n{caption}{lost}.{note}\n"
    if data.get("phase"):
        yield f"\n## Beyond the paper\n\n![Phase diagrams](phase.{ending})\n\n{PHASES}\n"

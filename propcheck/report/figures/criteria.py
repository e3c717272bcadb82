"""The eight verdicts on each function: a table in colours that can be read without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from propcheck.report import phrases
from propcheck.report.figures import canvas
from propcheck.verdict import InputError

MOST = 400  # functions on one figure
# The colour of a verdict, that of the symbol on it, and how the cell is hatched.
LOOKS = {
    "holds": ("#0072B2", "white", ""),
    "partly": ("#9CCBE8", "black", ""),
    "fails": ("#E69F00", "black", ""),
    "open": ("white", "black", "////"),
}
SIGNS = phrases.SYMBOLS | {"fails": "−"}
_CELL, _HEAD, _FOOT, _WIDTH = 0.24, 1.35, 0.55, 0.5  # inches


def draw(record: Mapping[str, Any]) -> Figure:
    """A row for each function, a column for each criterion; `!` where a claim is contradicted."""
    entries, pages = record["activations"], record["criteria"]
    if not 0 < len(entries) <= MOST:
        raise InputError(f"the figure of the criteria shows 1 to {MOST} functions, not {len(entries)}; choose some")
    names = [canvas.words(entry["activation"]["title"], 34) for entry in entries]
    width = 0.075 * max(map(len, names)) + _WIDTH * len(pages) + 1.0
    figure, (axes,) = canvas.sheet(width, _CELL * len(entries) + _HEAD + _FOOT)
    axes.set_xlim(0, len(pages))
    axes.set_ylim(len(entries), 0)
    for row, entry in enumerate(entries):
        found = {verdict["key"]: verdict for verdict in entry["criteria"]}
        for column, page in enumerate(pages):
            _cell(axes, row, column, found[page["key"]])
    axes.set_yticks([row + 0.5 for row in range(len(entries))], names)
    heads = [f"{page['number']} {page['key'].replace('_', ' ')}" for page in pages]
    axes.set_xticks(
        [column + 0.5 for column in range(len(pages))], heads, rotation=40, ha="left", rotation_mode="anchor"
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _key(figure, axes, contradicted="!" if any(_contradicted(v) for e in entries for v in e["criteria"]) else "")
    return figure


def _contradicted(verdict: Mapping[str, Any]) -> bool:
    return verdict["claim"] == "contradicts"


def _cell(axes: Any, row: int, column: int, verdict: Mapping[str, Any]) -> None:
    fill, ink, hatch = LOOKS[verdict["verdict"]]
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=fill, edgecolor="white", linewidth=1.2))
    if hatch:
        axes.add_patch(Rectangle((column + 0.05, row + 0.08), 0.9, 0.84, fill=False, hatch=hatch, ec="#bbbbbb", lw=0))
    sign = SIGNS[verdict["verdict"]]
    axes.text(column + 0.5, row + 0.5, sign, color=ink, ha="center", va="center_baseline", weight="bold", size=10)
    if _contradicted(verdict):
        axes.text(column + 0.84, row + 0.5, "!", color=ink, ha="center", va="center", weight="bold", size=8)


def _key(figure: Figure, axes: Any, contradicted: str) -> None:
    parts = [f"{SIGNS[word]} {word}" for word in LOOKS]
    text = "    ".join(parts) + (f"    {contradicted} contradicts what is claimed" if contradicted else "")
    axes.set_xlabel(text, fontsize=8, labelpad=6)
    axes.xaxis.set_label_position("bottom")

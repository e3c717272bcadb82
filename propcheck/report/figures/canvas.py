"""The surface that figures are drawn on: one style, other people's words made harmless, the same bytes every time.

No setting of the user's matplotlib has a say, dates and versions stay out of the files, and the ids in an SVG come from
a fixed salt. Series differ in colour, in the order of Okabe and Ito's palette, and in the style of the line.
"""

from __future__ import annotations

import io
import logging
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib import font_manager, ft2font, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from propcheck.report.record import real
from propcheck.wording import cut

LONGEST = 60  # characters of a title or a name
INK, FAINT = "#222222", "#8a8a8a"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.3)), (0, (5, 1.4, 1.2, 1.4)), (0, (8, 2)))
_STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.7,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.fontsize": 8.0,
    "legend.handlelength": 2.8,
    "savefig.dpi": 200,
    "svg.hashsalt": "propcheck",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


@contextmanager
def settled() -> Iterator[None]:
    """The style of all figures, whatever the user's own is; warnings of fonts and layouts stay inside."""
    fonts = logging.getLogger("fontTools")
    level = fonts.level
    fonts.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), style.context(["default", _STYLE]):
            warnings.simplefilter("ignore")
            yield
    finally:
        fonts.setLevel(level)


def sheet(width: float, height: float, rows: int = 1, columns: int = 1, **ratios: Any) -> tuple[Figure, list[Axes]]:
    """A figure of so many inches with its axes, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    made = figure.subplots(rows, columns, squeeze=False, **ratios)
    return figure, list(made.ravel())


def saved(figure: Figure, form: str) -> bytes:
    """The bytes of the file; within `settled`, as the drawing was."""
    out = io.BytesIO()
    figure.savefig(out, format=form, metadata=_METADATA[form])
    return out.getvalue()


def tone(place: int) -> dict[str, Any]:
    """How the series at this place in the order is drawn."""
    return {"color": COLOURS[place % len(COLOURS)], "linestyle": DASHES[place % len(DASHES)]}


def colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


# --- words -----------------------------------------------------------------------------------------------------------


def words(text: str, longest: int = LONGEST) -> str:
    """Other people's words as they are: on one line, no mathematics, characters that the font lacks as code points."""
    text = cut(" ".join(str(text).split()), longest, "…")
    shown = "".join(
        c if ord(c) in _letters() and unicodedata.category(c)[0] != "C" else f"U+{ord(c):04X}" for c in text
    )
    return shown.replace("$", r"\$")


def letter(name: str) -> str:
    """A Greek letter for its name, any other name as it is."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}") if name.islower() else name
    except KeyError:
        return name


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """The characters that the font has."""
    path = font_manager.findfont(font_manager.FontProperties(family=["DejaVu Sans"]))
    return frozenset(ft2font.FT2Font(path).get_charmap())


def legend(axes: Axes | Figure, handles: Sequence[Any], names: Sequence[str], **where: Any) -> None:
    """A legend whose names may be anybody's: one that begins with an underscore would be left out by matplotlib."""
    made = axes.legend(list(handles), [str(place) for place, _ in enumerate(handles)], **where)
    for text, name in zip(made.get_texts(), names, strict=True):
        text.set_text(words(name))


def origin(axes: Axes) -> None:
    """The two axes through 0."""
    axes.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
    axes.axvline(0, color=FAINT, linewidth=0.7, zorder=1)


# --- numbers ---------------------------------------------------------------------------------------------------------


def reals(values: Any) -> np.ndarray:
    """An array of them, of one or two dimensions."""
    return np.array([[real(v) for v in row] if isinstance(row, list) else real(row) for row in values], float)

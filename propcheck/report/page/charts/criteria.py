"""The map of all verdicts: a row for each function, a column for each criterion, readable without its colours.

Where something was measured a cell has two halves, that of the formula and that of the experiment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from propcheck.report.page.charts.frame import picture, pixel
from propcheck.wording import cut

Row = Mapping[str, Any]  # of the overview's table
NAMES, CELL, STEP, HEAD = 118, 28, 16, 124  # pixels: room for the names, width and height of a cell, room above
ROWS = 40  # of one picture
LONGEST = 19  # characters of a name


def draw(rows: Sequence[Row], heads: Sequence[str], symbols: Mapping[str, str], name: str) -> tuple[str, Markup]:
    """The caption, and the map in pictures of so many rows."""
    halves = any(verdict["measured"] for row in rows for verdict in row["verdicts"])
    parts = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
    pictures = [_picture(part, heads, symbols, halves, f"{name}-{place}") for place, part in enumerate(parts)]
    key = ", ".join(f"{sign} {word}" for word, sign in symbols.items())
    caption = f"All verdicts: {key}" + ("; on the left by the formula, on the right by experiment" if halves else "")
    return caption, Markup('<div class="map">{}</div>').format(Markup("").join(pictures))


def _picture(rows: Sequence[Row], heads: Sequence[str], symbols: Mapping[str, str], halves: bool, name: str) -> Markup:
    cells: dict[str, str] = {}
    parts = [
        Markup('<text class="head" transform="translate({} {})rotate(-90)">{}</text>').format(
            NAMES + CELL * (place + 0.5) + 4, HEAD - 6, head
        )
        for place, head in enumerate(heads)
    ]
    for place, row in enumerate(rows):
        top = HEAD + STEP * place
        title = cut(row["title"], LONGEST, "…")
        parts.append(Markup('<text class="value" x="{}" y="{}">{}</text>').format(NAMES - 6, top + 12, title))
        signs = list(_signs(row, halves))
        for at, width, word in signs:
            cells[word] = cells.get(word, "") + f"M{pixel(at)} {top}h{pixel(width)}v{STEP - 1}h-{pixel(width)}z"
        middles = " ".join(pixel(at + width / 2) for at, width, _ in signs)
        text = "".join(symbols.get(word, "?") for _, _, word in signs)
        parts.append(Markup('<text class="sign" x="{}" y="{}">{}</text>').format(middles, top + 12, text))
    fills = [Markup('<path class="cell {}" d="{}"/>').format(word, shape) for word, shape in sorted(cells.items())]
    size = NAMES + CELL * len(heads) + 2, HEAD + STEP * len(rows)
    told = "A row for each function, a column for each criterion. The table of verdicts holds the same in words."
    return picture(name, f"Verdicts on {len(rows)} functions", told, *size, [*fills, *parts])


def _signs(row: Row, halves: bool) -> Iterator[tuple[float, float, str]]:
    """The cells of a row: where each begins, how wide it is, its verdict."""
    for place, verdict in enumerate(row["verdicts"]):
        at, half = NAMES + CELL * place, (CELL - 2) / 2
        if halves and verdict["measured"]:
            yield at, half, verdict["word"]
            yield at + half, half, verdict["measured"]
        else:
            yield at, CELL - 2, verdict["word"]

"""A sheet as plain text: in 80 columns, in the width and the colours of a terminal, or a line an item for a pipe.

A table that is too wide is folded within its columns; where it has too many of them, each row is a block of lines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from propcheck.report.formats import Cell, Table
from propcheck.report.notebook.sheet import Sheet
from propcheck.wording import visible

WIDTH = 80
UNFOLDED = 1 << 20  # columns, more than any line has
LEAST = 8  # characters of a column that is folded; where less are left, there is no table
LONG = 24  # characters of a word that may be cut in two
CALMER = 1.2  # times the lines of a folded table that blocks may have in its stead

_TOKEN = re.compile(r"(?:[\w.]+\(?|\*\*|.)\s*")  # of a formula: a name with its bracket, a number, a sign
_RULE = Box("    \n    \n -  \n    \n    \n    \n    \n    \n", ascii=True)
_COLOURS = {"+": "green", "~": "yellow", "-": "red", "?": "magenta", "!": "red"}
_COLOURS |= {"proved": "green", "refuted": "red", "contradicts": "red", "open": "magenta"}


def draw(sheet: Sheet, width: int = WIDTH) -> str:
    """The text, in so many columns."""
    return _text(_parts(sheet, width), width)


def show(sheet: Sheet, console: Console) -> None:
    """Prints the sheet on a terminal."""
    _print(_parts(sheet, console.width), console)


def _print(parts: Sequence[RenderableType], console: Console) -> None:
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str), markup=False, highlight=False, emoji=False)


def _text(parts: Sequence[RenderableType], width: int) -> str:
    paper = io.StringIO()
    _print(parts, Console(file=paper, width=width, color_system=None, force_terminal=False, force_jupyter=False))
    return "".join(f"{line.rstrip()}\n" for line in paper.getvalue().removesuffix("\n").split("\n"))


def _parts(sheet: Sheet, width: int) -> list[RenderableType]:
    """What stands one below the other; a plain text is a line to be copied, which is never folded."""
    formulas = [pair for one in sheet.formulas for pair in ((f"{one.name} =", one.text), ("=", one.branches))]
    groups: list[Sequence[RenderableType]] = [[_words(sheet.title, "bold")] if sheet.title else []]
    groups += [[visible(line) for line in sheet.lead]]
    groups += [[_listed([pair for pair in formulas if pair[1]])]] if formulas else []
    groups += [[_words(sheet.answer)] if sheet.answer else []]
    groups += [[*[_words(table.title, "bold")] * bool(table.title), *_table(table, width)] for table in sheet.tables]
    groups += [[_words(note) for note in sheet.notes], [visible(line) for line in sheet.code]]
    return [part for group in groups if group for part in ("", *group)][1:]


def _words(text: str, style: str = "") -> Text:
    """Somebody's words on one line, with a mark for each character that is not seen."""
    said = visible(" ".join(text.split()))
    return Text(said, style or _COLOURS.get(said, ""), overflow="fold")


def _table(table: Table, width: int) -> Iterator[RenderableType]:
    """The table, or where that is too wide or hardly shorter, its rows as blocks."""
    blocks = [*_blocks(table)]
    widths = _widths(table, width)
    if widths is None:
        yield from blocks
        return
    grid = Grid(box=_RULE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), show_header=any(table.columns))
    for column, wide in zip(table.columns, widths, strict=True):
        grid.add_column(_words(column, "bold"), width=wide, overflow="fold")
    for row in table.rows:
        grid.add_row(*(_cell(cell, wide) for cell, wide in zip(row, widths, strict=True)))
    folded = _text([grid], width).count("\n")
    calmer = folded > len(table.rows) + 9 and _text(blocks, width).count("\n") <= CALMER * folded
    yield from blocks if calmer else [grid]


def _cell(cell: Cell, width: int) -> Text:
    """What stands in a column of this width: a formula is folded between its names, numbers and signs."""
    text = _words(cell.text)
    if cell.kind != "code" or max(_lengths(text), default=0) <= width:
        return text
    lines = [""]
    for token in _TOKEN.findall(text.plain):
        if lines[-1] and cell_len(lines[-1] + token.rstrip()) > width:
            lines.append("")
        lines[-1] += token if lines[-1] else token.lstrip()
    return Text("\n".join(line.rstrip() for line in lines), text.style, overflow="fold")


def _widths(table: Table, width: int) -> list[int] | None:
    """The widths of the columns, the widest cut alike; None where words that are not long would be cut in two."""
    columns = list(zip(table.columns, *table.rows, strict=True))
    texts = [[_words(cell if isinstance(cell, str) else cell.text) for cell in column] for column in columns]
    needs = [max([1, *_lengths(head), *(cell.cell_len for cell in cells)]) for head, *cells in texts]
    words = [
        max([1, *(length for text, cell in zip(column, cells, strict=True) if getattr(cell, "kind", "") != "code"
                  for length in _lengths(text))])
        for column, cells in zip(texts, columns, strict=True)
    ]  # fmt: skip
    room = width - 2 * (len(needs) - 1)
    for cap in range(room, LEAST - 1, -1):
        widths = [min(need, max(cap, min(word, LONG))) for need, word in zip(needs, words, strict=True)]
        if sum(widths) <= room:
            return widths
    return None


def _lengths(text: Text) -> Iterator[int]:
    return (cell_len(word) for word in text.plain.split())


def _blocks(table: Table) -> Iterator[RenderableType]:
    """Each row as a line with its first words, and a line for each of the others."""
    first = 0 if table.columns[0] else 1  # behind a mark
    for row in table.rows:
        marks, name, rest = row[:first], row[first], row[first + 1 :]
        named = f"{table.columns[first]} = {name.text}" if name.kind == "value" else name.text
        yield _words(" ".join([*(mark.text for mark in marks), named]))
        said = [(column, cell.text) for column, cell in zip(table.columns[first + 1 :], rest, strict=True) if cell.text]
        yield Padding(_listed(said), (0, 0, 0, 2))


def _listed(pairs: Sequence[tuple[str, str]]) -> Grid:
    """Names, and what is said of each."""
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for name, said in pairs:
        grid.add_row(_words(name), _words(said))
    return grid

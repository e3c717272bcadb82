"""A sheet: what is shown of a record, before it is set in a form: a title, formulas, tables, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.report import phrases
from propcheck.report.formats import Cell, Table
from propcheck.verdict import Json
from propcheck.wording import rounded_up

LONGEST_EXACT = 40  # characters of an exact form that stands before its digits


@dataclass(frozen=True)
class Formula:
    """A formula with its name, as a text in the expression language and as LaTeX; the same by cases, where it has some.

    `latex` is None where only the text is known.
    """

    name: str
    text: str
    latex: str | None
    branches: str = ""
    cases: str = ""


@dataclass(frozen=True)
class Sheet:
    """What is shown, from top to bottom; `lead`, which stands under the title, and `code` are lines to be copied."""

    title: str = ""
    formulas: tuple[Formula, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    answer: str = ""  # to what is asked, in one sentence before the tables
    graph: Any = None  # the curves of a function, in JSON's types, for a form that draws, and the facts about them
    facts: Any = None


def tabled(title: str, columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> tuple[Table, ...]:
    """A table of words and cells without the columns that are empty; none where there are no rows."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    kept = [place for place in range(len(columns)) if any(row[place].text for row in cells)]
    if not cells:
        return ()
    named = tuple(columns[place] for place in kept)
    return (Table("notebook", title, named, tuple(tuple(row[place] for place in kept) for row in cells)),)


def as_value(text: str) -> Cell:
    return Cell(text, "value")


def as_symbol(text: str) -> Cell:
    return Cell(text, "symbol")


def as_bound(item: Json) -> str:
    """The upper end of a number to three digits, rounded up."""
    return rounded_up(item["upper"], item["exact"])


def exactly(item: Json) -> Cell:
    """A number, exactly where that is short, and in the digits that are enclosed."""
    value, exact = phrases.number({**item, "exact": None}, 12), item["exact"]
    same = exact in (None, value) or isinstance(item["value"], str) or len(exact) > LONGEST_EXACT
    return as_value(value if same else f"{exact} = {value}")

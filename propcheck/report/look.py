"""What is drawn of a record, and how it looks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from propcheck.report import phrases
from propcheck.report.formats import FORMATS as TABLES
from propcheck.report.formats import WIDTHS

FORMATS, PAGE = tuple(TABLES), "html"  # of tables, and of the page
SYMBOLS = tuple(phrases.SYMBOL_SETS)


@dataclass(frozen=True)
class Look:
    """What is drawn of a record, and how."""

    formats: tuple[str, ...] = (*FORMATS, PAGE)
    columns: tuple[str, ...] = ()
    digits: int = 6
    symbols: str = SYMBOLS[0]
    pages: bool = False
    width: str = WIDTHS[0]
    claims: bool = True

    @classmethod
    def of(
        cls,
        formats: Collection[str],
        columns: Iterable[str],
        digits: int,
        symbols: str,
        pages: bool,
        width: str = WIDTHS[0],
        claims: bool = True,
    ) -> Look:
        """The look with the formats in their order: all where none is asked for, and the page where it has pages."""
        from propcheck.report import tables

        wanted = tuple(name for name in (part.strip() for part in columns) if name)
        tables.check_columns(wanted)
        asked = {*(formats or (*FORMATS, PAGE)), *([PAGE] if pages else [])}
        shown = tuple(format for format in (*FORMATS, PAGE) if format in asked)
        return cls(shown, wanted, digits, symbols, pages, width, claims)

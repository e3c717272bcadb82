"""What is shown of one function at several values of a parameter: a table along it, and what is the same at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from propcheck.facts import ROWS
from propcheck.report import phrases
from propcheck.report.formats import Cell
from propcheck.report.notebook.sheet import Sheet, as_symbol, as_value, exactly, tabled
from propcheck.verdict import Json

DIGITS = 6  # of a value that is no short fraction


def analyses(record: Json) -> Sheet:
    """The verdicts and facts that change along the parameter, a row for each value; below them those that do not."""
    name, found = record["parameter"], record["records"]
    rows = [_of_analysis(one) for one in found]
    keys = dict.fromkeys(key for row in rows for key in row)
    changing = [key for key in keys if len({_text(row, key) for row in rows}) > 1]
    table = [
        (_at(one, name), *(row.get(key, as_value("")) for key in changing))
        for one, row in zip(found, rows, strict=True)
    ]
    same = [(key, rows[0][key]) for key in keys if key not in changing and key in rows[0]]
    tables = (
        *tabled(f"Along {name}", (name, *changing), table),
        *tabled("The same at all of these", ("", "found"), same),
    )
    return Sheet(
        _titles(found), tables=tables, notes=("only these values were looked at; between them nothing is said",)
    )


def phases(record: Json) -> Sheet:
    """The critical initialisation that is recommended at each value."""
    name, found = record["parameter"], record["records"]
    rows = []
    for one in found:
        points = one["critical"]["points"] if one["critical"] else []
        best = points[0] if points else None
        cells = [as_value("")] * 4
        if best is not None:
            cells = [*(exactly(best[key]) for key in ("sigma_w2", "sigma_b2", "q")), as_value(best["stability"])]
        rows.append((_at(one, name), *cells, one["standing"] if best is None else best["standing"]))
    columns = (name, "weight variance, times fan-in", "bias variance", "q", "stability", "standing")
    notes = [f"{_at(one, name).text}: {one['answer']}" for one in found if not (one["critical"] or {}).get("points")]
    return Sheet(
        _titles(found), tables=tabled(f"Critical initialisations along {name}", columns, rows), notes=tuple(notes)
    )


def _of_analysis(record: Json) -> dict[str, Cell]:
    """The verdicts and facts of one value, by their labels."""
    verdicts = {one["key"].replace("_", " "): as_symbol(phrases.SYMBOLS[one["verdict"]]) for one in record["criteria"]}
    facts = record["facts"]
    said = {
        row.label: as_value(phrases.SAID[row.said](facts, row.key)) for row in ROWS if row.label and row.key in facts
    }
    return verdicts | said


def _text(row: Mapping[str, Cell], key: str) -> str:
    return row[key].text if key in row else ""


def _at(record: Json, name: str) -> Cell:
    """The value of the parameter; a function that has none by its title."""
    held: Any = record["activation"].get("parameters", {}).get(name)
    title = record["activation"]["title"]
    told = held["value"] if held and held["value"] is not None else title.rpartition(f", {name} = ")[2]
    return as_value(_short(told))


def _short(text: str) -> str:
    """A value as it was written, one that is a long fraction in digits."""
    top, slash, bottom = text.partition("/")
    whole = slash and top.lstrip("-").isdecimal() and bottom.isdecimal()
    return f"{int(top) / int(bottom):.{DIGITS}g}" if whole and len(bottom) > 1 else text


def _titles(found: Sequence[Json]) -> str:
    """What the functions are called, without their values."""
    return ", ".join(dict.fromkeys(one["activation"]["title"].partition(", ")[0] for one in found))

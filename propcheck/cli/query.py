"""`propcheck query`."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from propcheck import wording
from propcheck.cli import DONE, folded, terminal_width
from propcheck.cli.sweep import store_option
from propcheck.verdict import InputError

MOST = 1_000_000  # rows
FOLDED = 1000  # rows that are made to fit the terminal
_INFINITE = ("inf", "-inf")


@click.command("query")
@click.argument("sql")
@store_option
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "parquet"]), default="table",
              show_default=True, help="Parquet needs pandas and pyarrow, and -o.")  # fmt: skip
@click.option("-o", "file", default="", metavar="FILE", help="File that is written to; standard output unless given.")
def command(sql: str, store: str, form: str, file: str) -> int:
    """Answers a question in SQL on FILE, which it only reads.

    Tables are designs (place, expression, same_as, state, reason), results (place, stage, leaves, known, open) and
    spent (place, stage, seconds). leaves is JSON by path: json_extract(leaves, '$.lipschitz'), '$."range.sup"'.

    \b
    Examples:
      propcheck query "SELECT state, count(*) FROM designs GROUP BY state" --store halves.db
      propcheck query "SELECT avg(seconds) FROM spent WHERE stage = 'full'" --store halves.db --format csv
    """
    from propcheck import files
    from propcheck.sweep.querying import asked
    from propcheck.sweep.store import Store

    with Store(store, write=False) as kept:
        names, rows = asked(kept, sql, MOST)
    if form == "parquet":
        _parquet(names, rows, file)
        return DONE
    text = _drawn(names, rows, form, None if file else terminal_width())
    if file:
        files.write(Path(file), text)
    else:
        click.echo(wording.unheard(text), nl=False)
    return DONE


def _drawn(names: list[str], rows: list[tuple], form: str, width: int | None) -> str:
    if form == "json":
        found = [dict(zip(_apart(names), map(_in_json, row), strict=True)) for row in rows]
        return json.dumps(found, indent=1, allow_nan=False) + "\n"
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([names, *rows])
        return out.getvalue()
    from tabulate import tabulate

    from propcheck.report.formats import Cell, Table

    shown = [["" if value is None else wording.cut(wording.visible(str(value)), 100) for value in row] for row in rows]
    if width and len(rows) <= FOLDED:
        cells = tuple(tuple(map(Cell, row)) for row in shown)
        return folded(Table("query", "", tuple(names), cells), width)
    return tabulate(shown, names, "simple", disable_numparse=True) + "\n"


def _apart(names: Sequence[str]) -> list[str]:
    """The names of columns, of which none stands twice."""
    made: list[str] = []
    for name in names:
        number, free = 1, name
        while free in made:
            number += 1
            free = f"{name}_{number}"
        made.append(free)
    return made


def _in_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _alike(values: list[Any]) -> list[Any]:
    """Numbers among which infinities stand in words are numbers; what else is mixed is text."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) < 2:
        return values
    if kinds <= {int, float, str} and all(value in _INFINITE for value in values if isinstance(value, str)):
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def _parquet(names: list[str], rows: list[tuple], file: str) -> None:
    if not file:
        raise InputError("a file of Parquet is written with -o FILE")
    from importlib import import_module

    try:
        pandas = import_module("pandas")
        columns = [_alike([row[place] for row in rows]) for place in range(len(names))]
        series = (pandas.Series(values, dtype=object) for values in columns)
        pandas.DataFrame(dict(zip(_apart(names), series, strict=True))).to_parquet(file)
    except ImportError:
        raise InputError(
            "Parquet needs pandas and pyarrow, which are not installed: pip install pandas pyarrow"
        ) from None
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from None

"""`propcheck query`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click

from propcheck import wording
from propcheck.cli import DONE
from propcheck.cli.sweep import store_option
from propcheck.verdict import InputError

MOST = 1_000_000  # rows


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
    text = _drawn(names, rows, form)
    if file:
        files.write(Path(file), text)
    else:
        click.echo(wording.unheard(text), nl=False)
    return DONE


def _drawn(names: list[str], rows: list[tuple], form: str) -> str:
    if form == "json":
        return json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=1) + "\n"
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([names, *rows])
        return out.getvalue()
    from tabulate import tabulate

    shown = [["" if value is None else wording.cut(wording.visible(str(value)), 100) for value in row] for row in rows]
    return tabulate(shown, names, "simple", disable_numparse=True) + "\n"


def _parquet(names: list[str], rows: list[tuple], file: str) -> None:
    if not file:
        raise InputError("a file of Parquet is written with -o FILE")
    from importlib import import_module

    try:
        frame = import_module("pandas").DataFrame.from_records(rows, columns=names)
        frame.to_parquet(file)
    except ImportError:
        raise InputError(
            "Parquet needs pandas and pyarrow, which are not installed: pip install pandas pyarrow"
        ) from None
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from None

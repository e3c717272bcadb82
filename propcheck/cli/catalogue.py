"""`propcheck list`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import print_json, terminal_width

if TYPE_CHECKING:
    from propcheck.spec import Entry
    from propcheck.verdict import Fact, Number


@click.command("list")
@click.option("--family", metavar="WORD", help="Only those with WORD in a name, such as relu or hard.")
@click.option("--smooth", is_flag=True, help="Only those that have a continuous slope, C^1 or smoother.")
@click.option("--bounded", is_flag=True, help="Only those whose values are bounded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(family: str | None, smooth: bool, bounded: bool, as_json: bool) -> None:
    """Lists the catalogue, the paper's functions first.

    Whether one is smooth or bounded is found from its formula; where it is not decided, the function is left out.

    \b
    Examples:
      propcheck list
      propcheck list --family relu --smooth
      propcheck list --bounded --json
    """
    from propcheck import spec

    entries = [entry for entry in spec.index() if family is None or _named(entry, family)]
    if smooth or bounded:
        entries = _found(entries, smooth, bounded)
    if as_json:
        names = ("name", "title", "formula", "source", "aliases", "paper")
        print_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return
    rows = [(entry.name, entry.title, " ".join(entry.formula.split())) for entry in entries]
    if width := terminal_width():
        _folded(rows, width)
        return
    widths = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
    for name, title, formula in rows:
        click.echo(f"{name:<{widths[0]}}  {title:<{widths[1]}}  {formula}")


def _folded(rows: Sequence[tuple[str, ...]], width: int) -> None:
    """Prints the rows within the width of the terminal, or of COLUMNS; what is piped has a line for each."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for column in range(3):
        grid.add_column(no_wrap=column == 0, overflow="fold")
    for name, title, formula in rows:
        grid.add_row(Text(name, "bold"), Text(title), Text(formula))
    console = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)
    with console.capture() as held:
        console.print(grid)
    click.echo(held.get(), nl=False)


def _named(entry: Entry, word: str) -> bool:
    """Is the word in one of its names, however these are written?"""
    loose = word.lower().replace("_", "").replace("-", "").replace(" ", "")
    names = (entry.name, entry.title, *entry.aliases)
    return any(loose in name.lower().replace("_", "").replace("-", "").replace(" ", "") for name in names)


def _fields(fact: Fact | Number) -> Mapping[str, Any]:
    return getattr(fact, "fields", {})  # a number has none


def _found(entries: Sequence[Entry], smooth: bool, bounded: bool) -> list[Entry]:
    """Those that surely are what is asked."""
    from propcheck import processes, spec
    from propcheck.inquiries.analysis import analyze_all

    asked = (*(("smoothness", "domain") if smooth else ()), *(("range",) if bounded else ()))
    analyses = analyze_all([spec.find(entry.name) for entry in entries], processes.TIME_LIMIT, only=asked)
    kept = []
    for entry, analysis in zip(entries, analyses, strict=True):
        facts = analysis.facts
        fits = not smooth or _fields(facts["smoothness"]).get("class") not in (None, "discontinuous", "C^0")
        if bounded:
            ends = [_fields(facts["range"]).get(end) for end in ("inf", "sup")]
            fits = fits and all(end is not None and end.value is not None and abs(end.value) < 1e308 for end in ends)
        if fits:
            kept.append(entry)
    return kept

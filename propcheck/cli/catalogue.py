"""`propcheck list`."""

from __future__ import annotations

import click

from propcheck.cli import print_json


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Lists the catalogue, the paper's functions first.

    \b
    Examples:
      propcheck list
      propcheck list --json
    """
    from propcheck import spec

    entries = spec.index()
    if as_json:
        names = ("name", "title", "formula", "source", "aliases", "paper")
        print_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return
    rows = [(entry.name, entry.title, " ".join(entry.formula.split())) for entry in entries]
    widths = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
    for name, title, formula in rows:
        click.echo(f"{name:<{widths[0]}}  {title:<{widths[1]}}  {formula}")

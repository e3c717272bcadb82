"""`propcheck rank`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from propcheck import wording
from propcheck.cli import DONE, Listed, folded, listed, print_json, print_page, terminal_width
from propcheck.cli.sweep import say, store_option
from propcheck.verdict import InputError


@click.command("rank")
@store_option
@click.option("--where", default="", metavar="COND", help="What is to hold of a design that is shown.")
@click.option(
    "--by",
    multiple=True,
    metavar="KEY",
    help="What is sorted by, the least first; -KEY the most first. Repeatable; ties go to the next.",
)
@click.option("--pareto", is_flag=True, help="Those first than which none is as good in all KEYs and better in one.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="How many are shown.")
@click.option("--all", "everything", is_flag=True, help="Show all.")
@click.option(
    "--columns", default="", cls=Listed, metavar="A,B,...", help="What is shown beside what is asked, by path."
)
@click.option("--state", "states", default="kept", show_default=True, cls=Listed, metavar="A,B,...",
              help="Which designs: kept, rejected, undecided, duplicate, lost.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "markdown", "html"]), default="table",
              show_default=True, help="html is a page with a scatter of the first two KEYs.")  # fmt: skip
@click.option("-o", "file", default="", metavar="FILE", help="File that is written to; standard output unless given.")
@click.option("--card", type=int, metavar="PLACE", help="The card of one design, by its place, as it was stored.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json; of a card, its analysis.")
def command(
    store: str,
    where: str,
    by: Sequence[str],
    pareto: bool,
    top: int,
    everything: bool,
    columns: str,
    states: str,
    form: str,
    file: str,
    card: int | None,
    as_json: bool,
) -> int:
    """Filters and sorts the designs of FILE by any fact, path into a fact, or criterion.

    COND and KEY are those of `propcheck screen`: lipschitz, range.sup, gaussian.mean, zero_mean.

    \b
    Examples:
      propcheck rank --store halves.db --by lipschitz --by -nonlinearity --top 10
      propcheck rank --store halves.db --where "zero_mean >= partly" --by gaussian.mean --pareto --by lipschitz
      propcheck rank --store halves.db --by lipschitz --by nonlinearity --format html --all -o halves.html
      propcheck rank --store halves.db --card 17
    """
    from propcheck import files
    from propcheck.sweep import conditions, ranking
    from propcheck.sweep.store import Store

    condition = conditions.read(where, "--where") if where else None
    keys = [ranking.key(text) for text in by]
    if pareto and not keys:
        raise InputError("--pareto takes the front of what is sorted by; give --by KEY, best two or three of them")
    shown = [conditions.path(text, "--columns") for text in listed(columns)]
    with Store(store, write=False) as kept:
        if card is not None:
            record = ranking.card(kept, card)
            print_json(record) if as_json else print_page("analysis", record)
            return DONE
        found = ranking.ranked(kept, keys, condition, shown, listed(states), pareto, None if everything else top)
        title = f"{kept.meta('name')}: {kept.path.name}"
    text = _drawn(found, "json" if as_json else form, title, None if file else terminal_width())
    if file:
        files.write(Path(file), text)
    else:
        click.echo(wording.unheard(text), nl=False)
    if found.undecided:
        say(f"of {found.undecided} more the condition is undecided")
    return DONE


def _drawn(found, form: str, title: str, width: int | None) -> str:  # noqa: ANN001, a Ranking, which is not loaded for --help
    from propcheck.sweep import ranking

    if form == "json":
        return json.dumps({"schema": "propcheck.ranking/1", "designs": ranking.records(found)}, indent=1) + "\n"
    from propcheck.report import ranking as drawn

    if form == "html":
        return drawn.page(found, title)
    from propcheck.report import formats

    table = drawn.table(found)
    if form == "csv":
        return formats.comma_separated(table)
    if form == "markdown":
        return formats.markdown(table)
    if width:
        return folded(table, width)
    from tabulate import tabulate

    rows = [[wording.cut(wording.visible(cell.text), 72) for cell in row] for row in table.rows]
    return tabulate(rows, table.columns, "simple", disable_numparse=True) + "\n"

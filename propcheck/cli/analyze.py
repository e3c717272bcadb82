"""`propcheck analyze`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    completion,
    parameters,
    params_option,
    print_json,
    read_all,
    standards,
    strict_option,
    threshold_option,
    time_limit_option,
    undecided,
    workers_option,
)


def _facts() -> list[str]:
    from propcheck.facts import ROWS

    return [row.key for row in ROWS]


@click.command("analyze", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@threshold_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@click.option(
    "--without",
    type=completion.Keys(_facts),
    default="",
    metavar="A,B,...",
    help="Facts to leave out, by key; edge_of_chaos takes longer than all others.",
)
@time_limit_option
@workers_option
@strict_option()
def command(
    targets: Sequence[str],
    params: Sequence[str],
    thresholds: Sequence[str],
    as_json: bool,
    without: str,
    time_limit: float,
    workers: int | None,
    strict: bool,
) -> int:
    """Finds the facts of each TARGET and judges the eight criteria.

    \b
    Examples:
      propcheck analyze relu
      propcheck analyze "x*sigmoid(b*x)" --param b=1.5
      propcheck analyze my_activation.toml --json --time-limit 5
      propcheck analyze gelu --without edge_of_chaos --threshold convergence.holds=0.9
    """
    from propcheck import target

    specs = read_all(targets, parameters(params), time_limit)
    from propcheck.inquiries.analysis import analyze_all
    from propcheck.report import card

    found: list[Mapping[str, Any]] = []
    open_ = False
    asked = standards(thresholds)
    left_out = [key.strip() for key in without.split(",") if key.strip()]
    for analysis in analyze_all(specs, time_limit, without=left_out, workers=workers, standards=asked):
        open_ = open_ or undecided(analysis)
        found.append(analysis.to_json())
        if not as_json:
            if len(found) > 1:
                click.echo()
            if sys.stdout.isatty():
                from rich.console import Console

                card.show(found[-1], Console())
            else:
                click.echo(card.plain(found[-1]), nl=False)
            sys.stdout.flush()
    if as_json:
        one = len(targets) == 1 and not target.is_folder(targets[0])
        print_json(found[0] if one else found)
    return UNDECIDED if strict and open_ else DONE

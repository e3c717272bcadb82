"""`propcheck analyze`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    completion,
    parameters,
    params_option,
    print_found,
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
    specs = read_all(targets, parameters(params), time_limit)
    from propcheck.inquiries.analysis import Analysis, analyze_all

    asked = standards(thresholds)
    left_out = [key.strip() for key in without.split(",") if key.strip()]
    made: list[Analysis] = []

    def records() -> Iterator[dict[str, Any]]:
        for analysis in analyze_all(specs, time_limit, without=left_out, workers=workers, standards=asked):
            made.append(analysis)
            yield analysis.to_json()

    print_found("analysis", records(), targets, as_json)
    return UNDECIDED if strict and any(map(undecided, made)) else DONE

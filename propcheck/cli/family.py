"""`propcheck family`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Listed,
    Targets,
    listed,
    named,
    parameters,
    params_option,
    print_found,
    strict_option,
    time_limit_option,
    workers_option,
)


@click.command("family", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option(
    "--over",
    "over",
    multiple=True,
    metavar="NAME=LO:HI",
    help="The range over which a parameter runs, in place of the declared one. Repeatable; two may run.",
)
@params_option
@click.option("--only", default="", cls=Listed, metavar="A,B,...", help="Facts to look at, by key; all unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
@workers_option
@strict_option("a fact is open somewhere")
def command(
    targets: Sequence[str],
    over: Sequence[str],
    params: Sequence[str],
    only: str,
    as_json: bool,
    time_limit: float,
    workers: int | None,
    strict: bool,
) -> int:
    """Finds each fact of each TARGET at every value of its parameters: where it is what, and where that changes.

    A part of a range is proved or enclosed for each value in it, or it is open, with its width. Numbers that change
    have their formula, or the band in which they lie.

    \b
    Examples:
      propcheck family leaky_relu
      propcheck family elu --only smoothness,lipschitz,range
      propcheck family elu celu swish snake --json
      propcheck family swish --over beta=0:10 --only derivative_range,convexity
      propcheck family "x*tanh(b*exp(a*x))" --over a=1/2:2 --over b=1/2:2 --only domain,limits
      propcheck family selu --over alpha=1:2 --only range --json
    """
    from propcheck.families.inquiry import Family, family_all

    values: dict[str, Any] = parameters(params)
    wanted = listed(only)
    asked = family_all(targets, named("--over", over), only=wanted, time_limit=time_limit, workers=workers, **values)
    made: list[Family] = []

    def records() -> Iterator[dict[str, Any]]:
        for found in asked:
            made.append(found)
            yield found.to_json()

    print_found("family", records(), targets, as_json)
    everywhere = all(len(found.decided) == len(found.facts) for found in made)
    return UNDECIDED if strict and not everywhere else DONE

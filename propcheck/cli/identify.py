"""`propcheck identify`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from propcheck.cli import (
    DONE,
    FAILED,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    print_one,
    read,
    strict_option,
    time_limit_option,
)


@click.command("identify", cls=Targets)
@click.argument("target", metavar="TARGET")
@params_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
@strict_option("no match is found and some function is not settled")
def command(target: str, params: Sequence[str], as_json: bool, time_limit: float, strict: bool) -> int:
    """Says which functions of the catalogue TARGET is the same as, and at which values of their parameters.

    Each match is proved. Exit status: 0 where there is one, 1 where there is none.

    \b
    Examples:
      propcheck identify "x/(1 + exp(-1.702*x))"
      propcheck identify "max(0.2*x, x)"
      propcheck identify my_activation.toml --json
    """
    item = read(target, parameters(params), time_limit)
    from propcheck.inquiries.identification import identify

    found = identify(item, time_limit=time_limit)
    print_one("identification", found.to_json() | item.read_as, as_json)
    if strict and not found.same and (found.unsettled or found.trouble):
        return UNDECIDED
    return DONE if found.same else FAILED

"""`propcheck identify`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from propcheck.cli import (
    DONE,
    FAILED,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    print_json,
    read,
    strict_option,
    time_limit_option,
)

if TYPE_CHECKING:
    from propcheck.inquiries.identification import Identification, Match


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
    if as_json:
        print_json(found.to_json())
    else:
        click.echo("\n".join(_lines(found)))
    if strict and not found.same and (found.unsettled or found.trouble):
        return UNDECIDED
    return DONE if found.same else FAILED


def _lines(found: Identification) -> Iterator[str]:
    if found.trouble:
        yield f"{found.expression}: what it is the same as is open: {found.trouble}"
        return
    if found.same:
        yield f"{found.expression} is the same as"
        yield from _table(found.same)
    else:
        yield f"{found.expression}: no function of the catalogue was found to be the same"
    if found.related:
        yield "it is"
        yield from (f"  {match.formula}: proved" for match in found.related)
    if found.unsettled:
        yield "not settled"
        yield from _table(found.unsettled)
    if found.nearest:
        near = ", ".join(f"{name} ({distance:g})" for name, distance in found.nearest)
        yield f"nearest, by the root mean square of the difference for z ~ N(0, 1): {near}"


def _table(matches: Sequence[Match]) -> Iterator[str]:
    cells = [(match.name, _values(match), match.outcome, match.reason) for match in matches]
    widths = [max(len(cell[place]) for cell in cells) for place in (0, 1)]
    for name, values, outcome, reason in cells:
        yield f"  {name:<{widths[0]}}  {values:<{widths[1]}}  {outcome}{f': {reason}' if reason else ''}".rstrip()


def _values(match: Match) -> str:
    return ("at " if match.parameters else "") + ", ".join(f"{k} = {v}" for k, v in match.parameters.items())

"""`propcheck compare`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    on_option,
    parameters,
    params_option,
    print_one,
    read_all,
    standards,
    strict_option,
    time_limit_option,
)
from propcheck.verdict import InputError


@click.command("compare", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET TARGET...")
@params_option
@on_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the facts and verdicts side by side.")
@time_limit_option
@strict_option("it is open whether two of them are equal")
def command(
    targets: Sequence[str], params: Sequence[str], on: str | None, as_json: bool, time_limit: float, strict: bool
) -> int:
    """Shows the TARGETs side by side, marks what differs, and says which are equal functions.

    Of two that are not it says so where they are equal up to a scale of input or output: tanh(x) = 2*sigmoid(2*x) - 1.
    A `*` marks a row that differs, a `?` one of which that is open.

    \b
    Examples:
      propcheck compare gelu quick_gelu
      propcheck compare relu "max(0, x)" my_activation.toml
      propcheck compare quick_gelu silu --on -4:4
      propcheck compare elu celu --param a=2 --json
    """
    specs = read_all(targets, parameters(params), time_limit, on)
    if len(specs) < 2:
        raise InputError("a comparison takes two targets or more, such as `propcheck compare gelu silu`")
    from propcheck.inquiries.comparison import OPEN, compare

    comparison = compare(specs, time_limit, standards())
    print_one("comparison", comparison.to_json(), as_json)
    undecided = any(equality.outcome == OPEN for equality in comparison.equalities.values())
    return UNDECIDED if strict and undecided else DONE

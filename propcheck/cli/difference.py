"""`propcheck difference`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Listed,
    Targets,
    listed,
    on_option,
    parameters,
    params_option,
    print_one,
    read_all,
    strict_option,
    time_limit_option,
)
from propcheck.verdict import InputError


@click.command("difference", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET TARGET")
@params_option
@on_option
@click.option(
    "--order",
    "orders",
    default="0,1",
    show_default=True,
    cls=Listed,
    metavar="N,...",
    help="0 for the values, 1 for the slopes.",
)
@click.option("--relative", is_flag=True, help="Also as a share of the second one, and what happens at its zeros.")
@click.option("--norm", type=click.Choice(["sup", "gaussian"]), help="One of the norms alone; both unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
@strict_option("a distance is open")
def command(
    targets: Sequence[str],
    params: Sequence[str],
    on: str | None,
    orders: str,
    relative: bool,
    norm: str | None,
    as_json: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Says how far the first TARGET is from the second, and their slopes: the largest distance, enclosed, and where.

    The distance is that of the whole line or of an interval, and of N(0, 1) in the mean square. Where one of the two
    alone is defined there is no difference, and that is said.

    \b
    Examples:
      propcheck difference gelu gelu_tanh
      propcheck difference quick_gelu gelu --on -4:4 --relative
      propcheck difference silu hard_swish --order 0 --json
    """
    specs = read_all(targets, parameters(params), time_limit)
    if len(specs) != 2:
        raise InputError("a difference takes two targets, such as `propcheck difference gelu gelu_tanh`")
    from propcheck.inquiries.distance import difference

    wanted = [int(one) if one in ("0", "1") else one for one in listed(orders)]
    found = difference(*specs, on=on, order=wanted, relative=relative, norm=norm, time_limit=time_limit)
    print_one("difference", found.to_json(), as_json)
    return UNDECIDED if strict and found.open else DONE

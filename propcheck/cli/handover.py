"""`propcheck handover`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    print_found,
    read_all,
    strict_option,
    time_limit_option,
)


@click.command("handover", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@click.option(
    "--dtype", default="float32", show_default=True, metavar="NAME", help="float16, bfloat16, float32 or float64."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@time_limit_option
@strict_option("something is not decided")
def command(
    targets: Sequence[str], params: Sequence[str], dtype: str, as_json: bool, time_limit: float, strict: bool
) -> int:
    """Says from which input on each TARGET is its limit, x, 0 or its asymptote in a format, on both sides, exactly.

    Values and slopes are correctly rounded ones. Also from where they overflow or are subnormal, and what they jump by
    where a threshold in the formula changes over.

    \b
    Examples:
      propcheck handover tanh
      propcheck handover gelu softplus --dtype bfloat16 --json
      propcheck handover "x if x > 20 else log(1+exp(x))"
    """
    specs = read_all(targets, parameters(params), time_limit)
    from propcheck.inquiries.handover import handover

    open_: list[bool] = []

    def records() -> Iterator[dict[str, Any]]:
        for made in map(partial(handover, dtype=dtype, time_limit=time_limit), specs):
            open_.append(bool(made.open))
            yield made.to_json()

    print_found("handover", records(), targets, as_json)
    return UNDECIDED if strict and any(open_) else DONE

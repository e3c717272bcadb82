"""`propcheck approximate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from propcheck import files
from propcheck.cli import (
    DONE,
    Targets,
    on_option,
    parameters,
    params_option,
    print_one,
    read,
    standards,
    time_limit_option,
)
from propcheck.verdict import InputError
from propcheck.wording import nearest


@click.command("approximate", cls=Targets)
@click.argument("item", metavar="TARGET")
@params_option
@on_option
@click.option("--kind", default="poly", show_default=True, metavar="NAME", help="poly, pwl or lut.")
@click.option("--degree", type=int, metavar="N", help="Of the polynomial.")
@click.option("--pieces", type=int, metavar="K", help="Linear pieces, or entries of the table.")
@click.option("--within", metavar="EPS", help="The least size that is found to have such an error, in place of a size.")
@click.option(
    "--dtype",
    default="float64",
    show_default=True,
    metavar="NAME",
    help="Format of the coefficients: float16, bfloat16, float32, float64, or fixed16.8 and the like.",
)
@click.option("--to", "form", metavar="NAME", help="Print this alone: spec, csv, c, numpy or latex.")
@click.option("-o", "output", metavar="FILE", help="Write it to a file instead.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
def command(
    item: str,
    params: Sequence[str],
    on: str | None,
    kind: str,
    degree: int | None,
    pieces: int | None,
    within: str | None,
    dtype: str,
    form: str | None,
    output: str | None,
    force: bool,
    as_json: bool,
    time_limit: float,
) -> int:
    """Finds a cheap stand-in for TARGET on an interval, and proves its error after the coefficients were rounded.

    poly is the best polynomial (Remez), pwl the best joined linear pieces with free knots, lut a table of even steps.
    The error is enclosed over the whole interval and never sampled; it is that of exact arithmetic. Beside it stands
    which criteria the stand-in loses, on the whole line.

    \b
    Examples:
      propcheck approximate silu --on -8:8 --degree 7
      propcheck approximate sigmoid --on -8:8 --kind pwl --pieces 6 --to c
      propcheck approximate tanh --on -4:4 --kind lut --pieces 64 --dtype fixed16.8
    """
    from propcheck.approximation.writing import FORMS, write

    if on is None:
        raise InputError("an approximation has an interval; give it by --on, such as --on -8:8")
    if form is not None and form not in FORMS:
        raise InputError(f"nothing is written as {form!r}{nearest(form, FORMS)}; there are {', '.join(FORMS)}")
    if output is not None and form is None:
        raise InputError("-o FILE takes --to NAME, which says in what form")
    if output is not None and not force:
        files.check_new(output)
    spec = read(item, parameters(params), time_limit)
    from propcheck.inquiries.approximate import approximate

    made = approximate(
        spec,
        on=on,
        kind=kind,
        degree=degree,
        pieces=pieces,
        within=within,
        dtype=dtype,
        criteria=form is None,
        standards=standards() if form is None else None,
        time_limit=time_limit,
    ).to_json()
    if form is None:
        print_one("approximation", made, as_json)
    elif output is None:
        click.echo(write(made, form), nl=False)
    else:
        files.write(Path(output), write(made, form), replace=force)
    return DONE

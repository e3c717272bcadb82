"""`propcheck solve`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from propcheck.backends import EXPORTS
from propcheck.cli import (
    DONE,
    FAILED,
    UNDECIDED,
    Listed,
    Targets,
    listed,
    named,
    parameters,
    params_option,
    print_one,
    strict_option,
    time_limit_option,
)


@click.command("solve", cls=Targets)
@click.argument("item", metavar="TARGET")
@click.option(
    "--for",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="An equation of moments and maps, such as 'mean = 0' or \"Q'(1) = 1\", or a condition on facts and verdicts,"
    " such as 'lipschitz <= 1.2'. Repeatable.",
)
@click.option("--recipe", default="", metavar="NAME", help="Ready conditions: self_normalizing, critical, unit_gain,"
              " zero_mean, dks, tat.")  # fmt: skip
@click.option("--unknown", default="", cls=Listed, metavar="A,B,...", help="What is solved for: parameters, and"
              " output_scale (c), output_shift (d), input_scale (s), input_shift (t), or the parameters")  # fmt: skip
@click.option("--in", "within", multiple=True, metavar="NAME=LO:HI", help="Where an unknown is looked for. Repeatable.")
@click.option("--slope", metavar="NUMBER", help="C'(1) of one layer, for the recipe dks; 3/2 unless given.")
@click.option("--depth", type=click.IntRange(1), metavar="N", help="Layers, for the recipe tat.")
@click.option("--target", metavar="NUMBER", help="The correlation that 0 becomes in these layers, for tat; 0.9 unless"
              " given.")  # fmt: skip
@params_option
@click.option(
    "--to", "language", type=click.Choice(tuple(EXPORTS)), help="Print the first solution as code of this kind."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
@strict_option("boxes are left undecided")
def command(
    item: str,
    conditions: Sequence[str],
    recipe: str,
    unknown: str,
    within: Sequence[str],
    slope: str | None,
    depth: int | None,
    target: str | None,
    params: Sequence[str],
    language: str | None,
    as_json: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Finds all parameters of the TARGET for which conditions hold, proves each, or proves that there are none.

    The function is c*g(s*x + t) + d. A condition is an equation of mean, second_moment, variance, derivative_mean,
    derivative_second_moment, elasticity, and of the maps of a wide random layer Q(1), Q'(1), C(0), C'(1); or one on
    facts and verdicts, as `sweep` has them, whose answer is where it holds. The exit status is 1 where it is proved
    that there is no solution.

    \b
    Examples:
      propcheck solve selu --recipe self_normalizing
      propcheck solve elu --for "mean = 0" --for "second_moment = 1" --unknown a,scale --in a=0:5
      propcheck solve tanh --recipe dks --slope 1.2 --in s=1/2:1 --in t=1/2:1 --time-limit 10
      propcheck solve leaky_relu --recipe tat --depth 50 --target 0.9
      propcheck solve elu --for "lipschitz <= 1.5" --for "smoothness >= C^1"
      propcheck solve leaky_relu --for "zero_mean >= partly"
      propcheck solve gelu --recipe unit_gain --to c
    """
    from propcheck.solving.inquiry import solve

    found = solve(
        item,
        conditions,
        recipe=recipe,
        unknown=listed(unknown),
        within=named("--in", within),
        slope=slope,
        depth=depth,
        target=target,
        time_limit=time_limit,
        **parameters(params),
    )
    if language and found.solutions:
        click.echo(found.code(language), nl=False)
    else:
        print_one("solution", found.to_json(), as_json)
    if found.status == "none":
        return FAILED
    return UNDECIDED if strict and found.left else DONE

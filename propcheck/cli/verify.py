"""`propcheck verify`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    FAILED,
    UNDECIDED,
    Targets,
    on_option,
    parameters,
    params_option,
    print_found,
    print_one,
    ranges,
    ranges_option,
    read_all,
    strict_option,
    time_limit_option,
    workers_option,
)
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.spec import Spec


@click.command("verify", cls=Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@click.option("--derivative", metavar="EXPR", help="Verify this derivative in place of what the specs state.")
@click.option("--order", type=int, default=1, show_default=True, metavar="N", help="Order of --derivative.")
@click.option("--antiderivative", metavar="EXPR", help="Verify that this is an antiderivative.")
@click.option("--within", metavar="EPS", help="Formulas and numbers may be off by so much; how much they are is said.")
@click.option("--paper", is_flag=True, help="Verify the paper's equations; takes no TARGET.")
@params_option
@ranges_option
@on_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@time_limit_option
@workers_option
@strict_option("a statement is open and none is refuted")
def command(
    targets: Sequence[str],
    derivative: str | None,
    order: int,
    antiderivative: str | None,
    within: str | None,
    paper: bool,
    params: Sequence[str],
    spans: Sequence[str],
    on: str | None,
    as_json: bool,
    time_limit: float,
    workers: int | None,
    strict: bool,
) -> int:
    """Proves or refutes what is stated of each TARGET: derivatives, and the other facts that its spec claims.

    A statement is proved for every value of the parameters in their ranges, refuted with a witness, or open. At a kink
    no value is the derivative; one that lies between the slopes is a convention, and is named. The exit status is 1
    where a statement is refuted.

    \b
    Examples:
      propcheck verify elu
      propcheck verify softsign --derivative "(1 - abs(softsign(x)))**2"
      propcheck verify "x if x >= 0 else k*x" --range "k > 0" --derivative "1 if x > 0 else k"
      propcheck verify "x**3/3" --derivative "2*x" --order 2 --json
      propcheck verify --paper
    """
    stated = derivative is not None or antiderivative is not None
    if paper:
        if targets or stated or params or spans or within or on is not None:
            raise InputError("--paper verifies the paper's own equations; leave out the targets and their options")
        outcomes = _paper(as_json, time_limit)
    elif not targets:
        raise InputError("name a target to verify, such as `propcheck verify elu`, or give --paper")
    elif order != 1 and derivative is None:
        raise InputError("--order is that of --derivative EXPR, which is missing")
    else:
        specs = read_all(targets, parameters(params), time_limit, on, ranges=ranges(spans))
        formulas = (derivative, order, antiderivative)
        outcomes = _targets(specs, targets, formulas, as_json, time_limit, workers, within)
    if "refuted" in outcomes:
        return FAILED
    return UNDECIDED if strict and "open" in outcomes else DONE


def _targets(
    specs: Sequence[Spec],
    targets: Sequence[str],
    formulas: tuple[str | None, int, str | None],
    as_json: bool,
    time_limit: float,
    workers: int | None,
    within: str | None,
) -> list[str]:
    """Verifies the targets and prints what came of it; the outcomes."""
    from propcheck.inquiries.verification import given, stated, verify_all

    statements = given(*formulas)
    if not statements and not any(map(stated, specs)):
        named = ", ".join(spec.name for spec in specs)
        raise InputError(f"nothing is stated of {named}, so nothing was verified; give --derivative EXPR")
    outcomes: list[str] = []

    def records() -> Iterator[dict[str, Any]]:
        for verification in verify_all(specs, statements, time_limit, workers, within):
            outcomes.extend(verification.outcomes)
            yield verification.to_json()

    print_found("verification", records(), targets, as_json)
    return outcomes


def _paper(as_json: bool, time_limit: float) -> list[str]:
    """Verifies the paper's equations and prints what came of it; the outcomes."""
    from propcheck.inquiries.verification import paper

    found = paper(time_limit)
    print_one("equations", found, as_json)
    return [row["outcome"] for row in found["equations"]]

"""`propcheck phase`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    answered,
    block_option,
    check_refused,
    code,
    parameters,
    params_option,
    print_found,
    print_page,
    read_all,
    strict_option,
    time_limit_option,
)
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.spec import Spec


@click.command("phase", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@click.option("--sigma-w2", type=float, metavar="NUMBER", help="Variance of the weights, times the fan-in.")
@click.option("--sigma-b2", type=float, metavar="NUMBER", help="Variance of the biases.")
@block_option
@click.option("--recommend", is_flag=True, help="Print the initialisation to use as torch, jax, keras and flax code.")
@click.option("--gains", "with_gains", is_flag=True, help="Print the gains, beside those that libraries use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@time_limit_option
@strict_option("it is open whether a critical initialisation exists")
def command(
    targets: Sequence[str],
    params: Sequence[str],
    sigma_w2: float | None,
    sigma_b2: float | None,
    block: str,
    recommend: bool,
    with_gains: bool,
    as_json: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Finds how signals and gradients pass through deep random layers of each TARGET, and how to initialise them.

    With both variances it lists the fixed points there; with one, where the edge of chaos lies. Of a residual block it
    says what becomes of lengths and gradients, both matrices with weights of variance --sigma-w2, 1 unless given.

    \b
    Examples:
      propcheck phase gelu
      propcheck phase tanh --sigma-w2 1.5 --sigma-b2 0.05
      propcheck phase "x*sigmoid(b*x)" --param b=1.5 --recommend
      propcheck phase swish --param beta=0.5:4:8
      propcheck phase relu tanh selu --gains
      propcheck phase gelu --block pre_norm
    """
    from propcheck.processes import worker

    specs = read_all(targets, parameters(params), time_limit)
    if code.of_two_inputs(specs):
        if block not in ("plain", "pre_norm") or sigma_b2:
            raise InputError(
                "a gated unit is looked at in blocks with a norm before it and no biases: --block pre_norm"
            )
        print_found("gated", code.gated_records(specs, time_limit, sigma_w2), targets, as_json)
        return DONE
    from propcheck.meanfield import phase
    from propcheck.target import along

    jobs = [worker.lone(partial(phase, spec, sigma_w2=sigma_w2, sigma_b2=sigma_b2, block=block)) for spec in specs]
    refused: list[str] = []
    open_: list[bool] = []

    def records() -> Iterator[dict[str, Any]]:
        for spec, made in answered(specs, jobs, time_limit, refused):
            lost = isinstance(made, worker.Stopped)
            open_.append(lost or made.edge.exists is None)
            yield _open(spec, made.note) if lost else made.to_json()

    if (name := along(parameters(params))) and not as_json:
        print_page("phases along", {"parameter": name, "records": [*records()]})
    else:
        print_found("phase", records(), targets, as_json, partial(_page, recommend, with_gains))
    check_refused(refused)
    return UNDECIDED if strict and any(open_) else DONE


def _open(spec: Spec, why: str) -> dict[str, Any]:
    """The object of a function of which nothing is known, and why."""
    from propcheck.meanfield import SCHEMA

    activation = {"name": spec.name, "title": spec.title, "note": why}
    return {
        "schema": SCHEMA,
        "activation": activation,
        "answer": f"Which initialisation to take is open: {why}.",
        "critical": None,
        "recommended": None,
        "at": None,
        "on_edge": None,
        "gains": None,
        "block": None,
        "standing": "open",
    }


def _page(recommend: bool, with_gains: bool, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record without the parts that are not asked for."""
    critical, recommended = record["critical"], record["recommended"]
    if recommend and critical:
        nothing = {"points": [], "curve": [], "no_marginal_point": None}
        return {**record, "critical": {**critical, **nothing}, "at": None, "on_edge": None, "gains": None}
    kept = recommended and {**recommended, "code": {}}
    return {**record, "recommended": kept, "gains": record["gains"] if with_gains else None}

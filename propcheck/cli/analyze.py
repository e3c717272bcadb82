"""`propcheck analyze`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Listed,
    Targets,
    bounded,
    code,
    completion,
    listed,
    on_option,
    parameters,
    params_option,
    print_found,
    print_page,
    read_all,
    standards,
    strict_option,
    threshold_option,
    time_limit_option,
    undecided,
    workers_option,
)
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.inquiries.analysis import Analysis


def _keys() -> list[str]:
    from propcheck.criteria import NUMBERS

    return [*NUMBERS, *(key for key in completion.facts() if key not in NUMBERS)]


@click.command("analyze", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@on_option
@click.option(
    "--gaussian",
    "law",
    metavar="M,S",
    help="A normal law N(M, S^2) at which mean and variance are asked beside N(0, 1).",
)
@threshold_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@click.option(
    "--only",
    type=completion.Keys(_keys),
    default="",
    cls=Listed,
    metavar="A,B,...",
    help="Facts and criteria to look at, by key; all unless given.",
)
@click.option(
    "--without",
    type=completion.Keys(completion.facts),
    default="",
    cls=Listed,
    metavar="A,B,...",
    help="Facts to leave out, by key; edge_of_chaos and propagation take longer than all others.",
)
@click.option("--certify", is_flag=True, help="Mark the facts of which a certificate is found; a second or more each.")
@time_limit_option
@workers_option
@strict_option()
def command(
    targets: Sequence[str],
    params: Sequence[str],
    on: str | None,
    law: str | None,
    thresholds: Sequence[str],
    as_json: bool,
    only: str,
    without: str,
    certify: bool,
    time_limit: float,
    workers: int | None,
    strict: bool,
) -> int:
    """Finds the facts of each TARGET and judges the eight criteria.

    \b
    Examples:
      propcheck analyze relu
      propcheck analyze "x*sigmoid(b*x)" --param b=1.5
      propcheck analyze "swish(beta=2)" "swish(beta=1/2)" --only range,lipschitz
      propcheck analyze swish --param beta=0.1:10:20 --only range,convexity
      propcheck analyze my_activation.toml --json --time-limit 5
      propcheck analyze gelu --only gradient_flow,range
      propcheck analyze gelu --on -8:8
      propcheck analyze gelu --gaussian 1/2,2
      propcheck analyze gelu --without edge_of_chaos --threshold convergence.holds=0.9
    """
    if certify and on:
        raise InputError("--certify speaks of the whole line, and --on of an interval; leave one of them out")
    specs = read_all(targets, parameters(params), time_limit, on, law)
    if code.of_two_inputs(specs):
        print_found("gated", code.gated_records(specs, time_limit), targets, as_json)
        return DONE
    from propcheck.inquiries.analysis import analyze_all
    from propcheck.target import along

    asked = standards(thresholds)
    wanted, left_out = listed(only), listed(without)
    made: list[Analysis] = []

    def records() -> Iterator[dict[str, Any]]:
        for analysis in analyze_all(specs, time_limit, without=left_out, only=wanted, workers=workers, standards=asked):
            made.append(analysis)
            yield analysis.to_json() | ({"certified": _certified(analysis, time_limit)} if certify else {})

    values = parameters(params)
    if (name := along(values)) and not as_json:
        print_page("along", {"parameter": name, "records": [_page(wanted, record) for record in records()]})
    else:
        print_found("analysis", records(), targets, as_json, partial(_page, wanted))
    return UNDECIDED if strict and any(undecided(analysis, wanted, left_out) for analysis in made) else DONE


def _certified(analysis: Analysis, time_limit: float) -> list[str]:
    """The facts that a certificate says entirely."""
    name = analysis.description["name"]
    return list(bounded(analysis.certificate, max(time_limit, 120.0), f"{name} was not certified").certified)


def _page(wanted: Sequence[str], record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record without what is not wanted, where something is."""
    if not wanted:
        return record
    facts = {key: fact for key, fact in record["facts"].items() if key in wanted}
    return {**record, "facts": facts, "criteria": [item for item in record["criteria"] if item["key"] in wanted]}

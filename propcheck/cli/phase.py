"""`propcheck phase`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    print_json,
    read_all,
    strict_option,
    time_limit_option,
)
from propcheck.report import phrases
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.meanfield import Critical, FixedPoints, Gains, Phase
    from propcheck.spec import Spec
    from propcheck.verdict import Number


@click.command("phase", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@click.option("--sigma-w2", type=float, metavar="NUMBER", help="Variance of the weights, times the fan-in.")
@click.option("--sigma-b2", type=float, metavar="NUMBER", help="Variance of the biases.")
@click.option("--recommend", is_flag=True, help="Print the initialisation to use as torch, jax and keras code.")
@click.option("--gains", "with_gains", is_flag=True, help="Print the gains, beside those that libraries use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@time_limit_option
@strict_option("it is open whether a critical initialisation exists")
def command(
    targets: Sequence[str],
    params: Sequence[str],
    sigma_w2: float | None,
    sigma_b2: float | None,
    recommend: bool,
    with_gains: bool,
    as_json: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Finds how signals and gradients pass through deep random layers of each TARGET, and how to initialise them.

    With both variances it lists the fixed points there; with one, where the edge of chaos lies.

    \b
    Examples:
      propcheck phase gelu
      propcheck phase tanh --sigma-w2 1.5 --sigma-b2 0.05
      propcheck phase "x*sigmoid(b*x)" --param b=1.5 --recommend
      propcheck phase relu tanh selu --gains
    """
    from propcheck import target
    from propcheck.processes import worker

    specs = read_all(targets, parameters(params), time_limit)
    from propcheck.meanfield import phase

    jobs = [worker.lone(partial(phase, spec, sigma_w2=sigma_w2, sigma_b2=sigma_b2)) for spec in specs]
    found: list[dict[str, Any]] = []
    refused: list[str] = []
    open_ = False
    with closing(worker.run(jobs, time_limit)) as outcomes:
        for spec, outcome in zip(specs, outcomes, strict=True):
            if isinstance(outcome, InputError):
                refused.append(str(outcome))
                continue
            made = outcome["answer"]
            lost = isinstance(made, worker.Stopped)
            open_ = open_ or lost or made.edge.exists is None
            found.append(_open(spec, made.note) if lost else made.to_json())
            if not as_json:
                if len(found) > 1:
                    click.echo()
                page = (f"{spec.title}", "", f"open: {made.note}") if lost else _page(made, recommend, with_gains)
                click.echo("\n".join(page))
                sys.stdout.flush()
    if as_json and found:
        one = len(targets) == 1 and not target.is_folder(targets[0])
        print_json(found[0] if one else found)
    if refused:
        raise InputError("\n".join(dict.fromkeys(refused)))
    return UNDECIDED if strict and open_ else DONE


def _open(spec: Spec, why: str) -> dict[str, Any]:
    """The object of a function of which nothing is known, and why."""
    from propcheck.meanfield import SCHEMA

    activation = {"name": spec.name, "title": spec.title, "note": why}
    return {
        "schema": SCHEMA,
        "activation": activation,
        "critical": None,
        "recommended": None,
        "at": None,
        "on_edge": None,
        "gains": None,
        "standing": "open",
    }


def _page(made: Phase, recommend: bool, with_gains: bool) -> Iterator[str]:
    yield f"{made.title}{f' ({made.note})' if made.note else ''}"
    yield ""
    if recommend:
        yield from _recommendation(made)
        return
    yield from _critical(made)
    if made.at is not None:
        yield ""
        yield from _fixed(made.at)
    if made.on_edge is not None:
        yield ""
        yield "Edge of chaos at this variance"
        yield from _points(made.on_edge)
        if not made.on_edge:
            yield "  none"
    if with_gains:
        yield ""
        yield from _gains(made.gains)


def _recommendation(made: Phase) -> Iterator[str]:
    for library, line in made.code.items():
        yield f"{library:<6} {line}"
    if made.recommended is None:
        if made.edge.exists is None:
            yield f"none: {_none_found(made)} (open)"
            return
        why = (
            made.edge.none or "at each critical initialisation that was found, lengths move away from their fixed point"
        )
        standing = f" ({made.edge.standing})" if made.edge.none else " (computed)"
        yield f"none: {why}{standing}"


def _none_found(made: Phase) -> str:
    low, high = made.edge.searched
    return f"none was found at q in [{low:g}, {high:g}]: a bias variance below 0 would be needed"


def _critical(made: Phase) -> Iterator[str]:
    yield "Critical initialisation: chi_1 = 1 at a fixed point q"
    if made.edge.none:
        yield f"  none ({made.edge.standing}): {made.edge.none}"
        return
    if made.edge.exists is None:
        yield f"  {_none_found(made)} (open)"
        return
    yield from _points(made.edge.points)
    for stretch in made.edge.stretches:
        first, last = (f"({stretch.sigma_w2[k]:.6g}, {stretch.sigma_b2[k]:.6g})" for k in (0, -1))
        yield f"  the edge of chaos, q from {stretch.q[0]:.6g} to {stretch.q[-1]:.6g}"
        yield f"    (weight variance, bias variance) from {first} to {last}"
    if made.edge.unmarginal:
        yield f"  chi_1 = chi_parallel = 1 at no q > 0 ({made.edge.unmarginal_standing}): {made.edge.unmarginal}"


def _points(points: Sequence[Critical]) -> Iterator[str]:
    for point in points:
        yield f"  {phrases.CRITICAL[point.kind]}  {point.stability}, {point.standing}"
        yield f"    weight variance  {_told(point.sigma_w2)} / fan-in"
        yield f"    bias variance    {_told(point.sigma_b2)}"
        if point.kind != "every length":
            yield f"    fixed point      q = {_told(point.q)}, chi_parallel = {point.chi_parallel:.10g}"
            yield f"    q - q* falls     {point.length}"
        if point.correlation is not None:
            yield f"    1 - c falls      {point.correlation}"


def _fixed(at: FixedPoints) -> Iterator[str]:
    yield f"At weight variance {at.sigma_w2:g} / fan-in and bias variance {at.sigma_b2:g} (computed)"
    if at.every:
        yield "  every q > 0 is a fixed point"
    low, high = at.searched
    if not at.points:
        yield f"  no fixed point between q = {low:g} and {high:g}"
    for point in at.points:
        lengths = "" if point.xi_q is None else f", xi_q = {point.xi_q:.6g} layers"
        if not at.every:
            yield f"  q* = {point.q:.15g}  {point.stability}{lengths}"
        yield f"    chi_1 = {point.chi_1:.12g}, chi_parallel = {point.chi_parallel:.12g}"
        if point.c is not None:
            scale = "" if point.xi_c is None else f", xi_c = {point.xi_c:.6g} layers"
            yield f"    correlations tend to c* = {point.c:.12g}{scale}"


def _gains(gains: Gains) -> Iterator[str]:
    yield "Gains: weights of variance gain^2 / fan-in, inputs of N(0, 1)"
    for name, label in phrases.KEPT.items():
        number = getattr(gains, name)
        known = f"{_told(number)}  {number.standing}" if number.known else f"none: {number.note}"
        yield f"  keeps the {label:<12} {known}"
    for row in gains.in_use:
        apart = (
            ""
            if row.difference is None
            else f", {row.difference:+.3g} to the one that keeps the {phrases.KEPT[row.keeps]}"
        )
        yield f"  in use: {row.value:.10g}{apart} ({row.source})"


def _told(number: Number) -> str:
    if number.value is None:
        return "?"
    plain = f"{number.value:.12g}"
    return plain if number.exact in (None, plain) or len(number.exact) > 40 else f"{number.exact} = {plain}"

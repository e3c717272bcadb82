"""`propcheck gain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import click

from propcheck.cli import (
    DONE,
    UNDECIDED,
    Targets,
    answered,
    block_option,
    check_refused,
    parameters,
    params_option,
    print_found,
    read_all,
    strict_option,
    time_limit_option,
)
from propcheck.verdict import InputError
from propcheck.wording import nearest


@click.command("gain", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@params_option
@block_option
@click.option(
    "--meaning",
    metavar="NAME",
    help="critical, length or gradient; critical where there is one, else length, unless given.",
)
@click.option("--for", "framework", metavar="NAME", help="torch, jax, keras or flax: its line stands alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@time_limit_option
@strict_option("it is open whether there is a gain")
def command(
    targets: Sequence[str],
    params: Sequence[str],
    block: str,
    meaning: str | None,
    framework: str | None,
    as_json: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Says how to initialise the layers of each TARGET: one number, and one line to paste.

    Weights have variance gain^2 / fan-in. What the number keeps is said beside it: lengths, gradients, or both.

    \b
    Examples:
      propcheck gain gelu
      propcheck gain "x*sigmoid(b*x)" --param b=1.5 --for jax
      propcheck gain gelu --block pre_norm
      propcheck gain tanh --meaning gradient --json
    """
    from propcheck.processes import worker

    specs = read_all(targets, parameters(params), time_limit)
    from propcheck.meanfield.gain import FRAMEWORKS, gain, open_gain

    if framework is not None and framework not in FRAMEWORKS:
        known = ", ".join(FRAMEWORKS)
        raise InputError(f"there is no framework {framework!r}{nearest(framework, FRAMEWORKS)}; there are {known}")
    jobs = [worker.lone(partial(gain, spec, block=block, meaning=meaning)) for spec in specs]
    refused: list[str] = []
    open_: list[bool] = []

    def records() -> Iterator[dict[str, Any]]:
        for spec, made in answered(specs, jobs, time_limit, refused):
            known = open_gain(spec.name, spec.title, block, made.note) if isinstance(made, worker.Stopped) else made
            open_.append(known.gain.standing == "open")
            yield _for(framework, known.to_json())

    print_found("gain", records(), targets, as_json)
    check_refused(refused)
    return UNDECIDED if strict and any(open_) else DONE


def _for(framework: str | None, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the lines of one framework alone."""
    names = ("lines", "delta_orthogonal")
    kept = {part: {name: line for name, line in record[part].items() if framework in (None, name)} for part in names}
    return {**record, **kept}

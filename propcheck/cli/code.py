"""What reading targets takes at the command line, code and gated units among them, and what is told beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck import wording
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.spec import Spec

IMPORTING = 120.0  # seconds of processor time that frameworks may take until they are imported
_READINGS = "propcheck.readings"  # of the targets that a command has read, in their order
MEMORY = 64 << 30  # bytes of address space of a child that imports one


def means(targets: Sequence[str], time_limit: float) -> tuple[float, int]:
    """Seconds and bytes of a child that reads targets, the limit being each one's: more where code is among them."""
    from propcheck.processes import worker
    from propcheck.target import names_code

    seconds = time_limit * max(1, sum(map(_files, targets)))
    return (seconds + IMPORTING, MEMORY) if any(map(names_code, targets)) else (seconds, worker.MEMORY)


def _files(target: str) -> int:
    """How many functions a target stands for."""
    from propcheck.target import is_folder

    return sum(1 for _ in Path(target.strip()).glob("*.toml")) if is_folder(target) else 1


def told(specs: list[Spec]) -> list[Spec]:
    """The specs, after it is said beside the data which numbers of code were read as others."""
    if (context := click.get_current_context(silent=True)) is not None:
        context.meta.setdefault(_READINGS, []).extend(spec.read_as for spec in specs)
    for spec in specs:
        for given, read, dtype in spec.readings:
            sentence = f"{spec.title}: {given} is read as {read}, of which it is a rounding in {dtype}"
            click.echo(wording.line(f"propcheck: {sentence}"), err=True)
    return specs


def with_readings(data: Any) -> Any:
    """What a command prints as JSON, with the numbers of its targets that were read as others, where it has them not.

    Of a list, which has a record for each target or several of one, each record has its own.
    """
    context = click.get_current_context(silent=True)
    noted: list[dict[str, Any]] = [] if context is None else context.meta.get(_READINGS, [])
    if not isinstance(data, list):
        return _with(data, noted)
    each = noted if len(noted) == len(data) else noted[:1] * len(data) if len(noted) == 1 else []
    return [_with(record, [own]) for record, own in zip(data, each, strict=True)] if each else data


def _with(record: Any, noted: Sequence[dict[str, Any]]) -> Any:
    found = [item for own in noted for item in own.get("readings", ())]
    if not found or not isinstance(record, dict):
        return record
    parts = [record, record.get("activation"), *(record.get("activations") or ())]
    has = any(isinstance(part, dict) and "readings" in part for part in parts)
    return record if has else record | {"readings": found}


def of_two_inputs(specs: Sequence[Spec]) -> bool:
    """Whether the targets are gated units; InputError where only some of them are."""
    two = [item for item in specs if item.inputs]
    if two and len(two) < len(specs):
        raise InputError(f"{two[0].name} has two inputs, and others have one; name them in commands of their own")
    return bool(two)


def gated_records(
    specs: Sequence[Spec], time_limit: float, weight_variance: float | None = None
) -> Iterator[dict[str, Any]]:
    """What is found of each gated unit, under its time limit."""
    from propcheck.inquiries.gated import found
    from propcheck.processes import worker

    variance = 1.0 if weight_variance is None else weight_variance
    jobs = [worker.lone(partial(found, item, None, variance)) for item in specs]
    with closing(worker.run(jobs, time_limit)) as outcomes:
        for item, outcome in zip(specs, outcomes, strict=True):
            if isinstance(outcome, InputError):
                raise outcome
            if isinstance(outcome["answer"], worker.Stopped):
                raise InputError(f"{item.name}: {outcome['answer'].note}")
            yield outcome["answer"].to_json()

"""What reading targets takes at the command line, code among them, and what is told beside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from propcheck import wording

if TYPE_CHECKING:
    from propcheck.spec import Spec

IMPORTING = 120.0  # seconds of processor time that frameworks may take until they are imported
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
    for spec in specs:
        for given, read, dtype in spec.readings:
            sentence = f"{spec.title}: {given} is read as {read}, of which it is a rounding in {dtype}"
            click.echo(wording.line(f"propcheck: {sentence}"), err=True)
    return specs

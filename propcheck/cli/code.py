"""Targets that are code, at the command line: the means that importing a framework takes, and what is told beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from propcheck import wording

if TYPE_CHECKING:
    from propcheck.spec import Spec

IMPORTING = 120.0  # seconds of processor time that frameworks may take until they are imported
MEMORY = 64 << 30  # bytes of address space of a child that imports one


def means(targets: Sequence[str], memory: int) -> tuple[float, int]:
    """Seconds and bytes that the child which reads the targets has: more of them where code is among these."""
    from propcheck.target import names_code

    return (IMPORTING, MEMORY) if any(map(names_code, targets)) else (0.0, memory)


def tell_readings(specs: Iterable[Spec]) -> None:
    """Says, beside the data, which numbers of code were read as others."""
    for spec in specs:
        for given, read, dtype in spec.readings:
            sentence = f"{spec.title}: {given} is read as {read}, of which it is a rounding in {dtype}"
            click.echo(wording.line(f"propcheck: {sentence}"), err=True)

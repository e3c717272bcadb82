"""Designs that somebody has written down: a folder of spec files, and lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from propcheck import files
from propcheck.sweep import designs as lines
from propcheck.sweep.designs import Design
from propcheck.verdict import InputError


def folder(table: Mapping[str, Any], origin: str, place: Path) -> Iterator[Design]:
    """The specs of a folder, in the order of their names; what files they name is put into their texts."""
    from propcheck import spec
    from propcheck.spec import writing

    path = _path(table, origin, place)
    found = sorted(path.glob("*.toml"))
    if not found:
        raise InputError(f"{origin}: the folder {path} holds no .toml file")
    for file in found:
        item = spec.load(file)
        yield Design(spec=writing.write(item), id=item.name)


def stream(table: Mapping[str, Any], origin: str, place: Path) -> Iterator[Design]:
    """The candidates in a file of JSON lines; a line that is none is told with its number."""
    path = _path(table, origin, place)
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(lines.LONGEST_LINE + 2):
                if line.strip():
                    number += 1
                    yield lines.of_line(line, number)
    except OSError as error:
        raise InputError(f"{origin}: {path} cannot be read: {files.reason(error)}") from None
    except InputError as refusal:
        raise InputError(f"{origin}: {path}, line {number}: {refusal}") from None


def _path(table: Mapping[str, Any], origin: str, place: Path) -> Path:
    if not isinstance(table.get("path"), str):
        raise InputError(f'{origin} has a path = "designs"')
    return place / table["path"]

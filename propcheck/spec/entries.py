"""The names of the catalogue, read from the heads of its files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.verdict import InputError

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue's list."""

    name: str
    title: str
    source: str
    aliases: tuple[str, ...]
    paper: int | None
    formula: str


# ---------------------------------------------------------------------------------------------- the catalogue


def folder() -> Path:
    """Where the catalogue lies: inside an installed package, or at the top of a checkout."""
    here = Path(__file__).resolve().parent.parent
    inside = here / "specs"
    return inside if inside.is_dir() else here.parent / "specs"


@lru_cache(maxsize=1)
def index() -> tuple[Entry, ...]:
    """The catalogue's list, the paper's functions first and in its order. Reads headers only, and needs no SymPy."""
    entries = [_entry(path) for path in folder().glob("*.toml")]
    return tuple(sorted(entries, key=lambda entry: (entry.paper is None, entry.paper or 0, entry.name)))


def names() -> list[str]:
    """The catalogue's names, the paper's functions first and in its order."""
    return [entry.name for entry in index()]


def _entry(path: Path) -> Entry:
    try:
        text = path.read_text("utf-8")
        data = _header(text)
        units = "units" in data or (data.get("expression") is None and "\n[units]" in text)
        table = data.get("expression") is None and "\n[table]" in text
        formula = "max of linear units" if units else "a table of knots" if table else str(data["expression"])
        title = str(data.get("title", data["name"]))
        aliases = tuple(data.get("aliases", ()))
        return Entry(data["name"], title, str(data.get("source", "")), aliases, data.get("paper"), formula)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: the catalogue cannot be listed, for this file cannot be read ({error})") from None


def _header(text: str) -> dict[str, Any]:
    """The keys before the first table; only they are read for the list, since the claims are much longer."""
    head = text.partition("\n[")[0]
    try:
        return tomllib.loads(head)
    except tomllib.TOMLDecodeError:  # a bracket inside a multi-line value
        return tomllib.loads(text)

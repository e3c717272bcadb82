"""Design spaces: a small TOML file says which designs there are, in an order that never changes.

    title = "Negative halves on the ReLU template"

    [[template]]                                   # a formula with holes, each of which takes every text or number
    formula = "x if x >= 0 else {negative}"
    holes.negative = ["{a}*x", "{a}*tanh({b}*x)"]   # what fills a hole may have holes
    holes.a = [0.1, 0.25]
    holes.b = {from = 0.5, to = 2, steps = 4}       # even steps, both ends among them

    [[grammar]]                                    # all sentences whose tree is at most so deep
    start = "E"
    depth = 3
    rules.E = ["x", "tanh({E})", "{E}*{E}"]

    [[composition]]                                # binary(unary(x), unary(x)), as in the searches that found Swish
    unary = ["{x}", "sin({x})", "sigmoid({x})"]
    binary = ["{u}*{v}", "max({u}, {v})"]
    commute = ["{u}*{v}", "max({u}, {v})"]          # of these only one order is taken

    [[grid]]                                       # a function of the catalogue, or a formula, over its parameters
    target = "swish"
    over.beta = [0.5, 1, 2]

    [[folder]]                                     # spec files
    path = "designs"

    [[stream]]                                     # lines of JSON, as `propcheck screen` takes them
    path = "candidates.jsonl"

Paths lie beside the file. A member of this family is a page that lists the designs of one kind of table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from propcheck import files
from propcheck.sweep.designs import Design
from propcheck.sweep.spaces import composition, given, grammar, grid, template
from propcheck.verdict import InputError
from propcheck.wording import nearest

MOST = 5_000_000  # designs
LONGEST = 4000  # characters of a formula
MAX_BYTES = 4 << 20
KINDS = {
    "template": template.designs,
    "grammar": grammar.designs,
    "composition": composition.designs,
    "grid": grid.designs,
    "folder": given.folder,
    "stream": given.stream,
}


@dataclass(frozen=True)
class Space:
    """A space: what it is called, its tables, and the folder that paths in it begin at."""

    name: str
    title: str
    tables: tuple[tuple[str, Mapping[str, Any]], ...]
    place: Path

    def designs(self) -> Iterator[Design]:
        """All designs, in order; InputError where a table is wrong, or where there are too many."""
        count = 0
        for number, (kind, table) in enumerate(self.tables, 1):
            origin = f"{self.name}: {kind} {number}"
            for design in KINDS[kind](table, origin, self.place):
                count += 1
                if count > MOST:
                    raise InputError(f"{self.name} has more than {MOST} designs; make it smaller, or cut it in parts")
                if len(design.expression) > LONGEST:
                    raise InputError(f"{origin} makes formulas of more than {LONGEST} characters; make it smaller")
                yield design
        if not count:
            raise InputError(f"{self.name} has no designs; give it a table, such as [[template]]")


def shipped() -> dict[str, Path]:
    """The spaces that come with the package."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}


def read(text: str) -> Space:
    """The space of a name that comes with the package, of a TOML file, a folder of specs, or lines of JSON."""
    known = shipped()
    path = known.get(text, Path(text))
    if path.is_dir():
        return Space(path.name, str(path), (("folder", {"path": str(path)}),), Path())
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return Space(path.name, str(path), (("stream", {"path": str(path)}),), Path())
    if path.suffix.lower() != ".toml":
        raise InputError(
            f"there is no space {text!r}{nearest(text, known)}; give {', '.join(known)}, a .toml file that says which "
            "designs there are, a folder of specs, or lines of JSON in a .jsonl file"
        )
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InputError(f"{path} has more than {MAX_BYTES >> 20} MiB; put long lists into a .jsonl file")
        data = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"the space {path} cannot be read: {files.reason(error)}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"the space {path} is not TOML: {error}") from None
    return _space(path.name, data, path.parent)


def _space(name: str, data: Mapping[str, Any], place: Path) -> Space:
    tables: list[tuple[str, Mapping[str, Any]]] = []
    for key, value in data.items():
        if key in ("title", "note"):
            continue
        if key not in KINDS:
            raise InputError(
                f"{name}: a space has no {key!r}{nearest(key, KINDS)}; there are title, {', '.join(KINDS)}"
            )
        for table in value if isinstance(value, list) else [value]:
            if not isinstance(table, dict):
                raise InputError(f"{name}: {key} is a table: write [[{key}]]")
            tables.append((key, table))
    return Space(name, str(data.get("title", name)), tuple(tables), place)


def first(space: Space, count: int) -> list[Design]:
    return list(islice(space.designs(), count))

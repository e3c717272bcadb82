"""Which function goes by which name in each framework, at which parameters; an input that shows where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from propcheck.activation import Activation
from propcheck.conformance.enclosing import enclosed_at
from propcheck.conformance.frameworks import Row, rows
from propcheck.numeric.formats import DOUBLE

_INPUTS = np.array([-3.5, -2.5, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.5, 3.5])
_ALIKE = {"hardsilu": "hardswish", "swish": "silu", "logsigmoid": "logsigmoid", "softsign": "softsign"}


@dataclass(frozen=True)
class Named:
    """A name, and for each framework what it is there: the call and the function."""

    name: str
    meanings: tuple[tuple[str, str, str], ...]  # framework, call, function
    witness: str = ""

    @property
    def agrees(self) -> bool:
        return len({function for _, _, function in self.meanings}) == 1


def named() -> Iterator[Named]:
    """Every name that two frameworks have, without case and underscores; where functions differ there is a witness."""
    by_name: dict[str, list[Row]] = {}
    for row in rows():
        if not row.call.startswith(("onnx.body", "onnxruntime")) and "_me" not in row.call:
            by_name.setdefault(_plain(row), []).append(row)
    for name, found in sorted(by_name.items()):
        if len({row.framework for row in found}) > 1:
            meanings = tuple(dict.fromkeys((row.framework, row.name, row.function) for row in found))
            yield Named(name, meanings, _witness(found))


def _plain(row: Row) -> str:
    name = row.call.rpartition(".")[2].rpartition(":")[2].replace("_", "").lower()
    return _ALIKE.get(name, name)


def _witness(found: list[Row]) -> str:
    """An input at which two of the functions have values whose enclosures do not meet."""
    functions = {row.function: row for row in found}
    for one, other in combinations(functions.values(), 2):
        a, b = (enclosed_at(_activation(row), 0, _INPUTS, DOUBLE, slopes=False) for row in (one, other))
        apart = np.abs(a.high - b.high) > a.radius + b.radius + 1e-15 * (np.abs(a.high) + np.abs(b.high))
        if apart.any():
            k = int(np.argmax(np.where(apart, np.abs(a.high - b.high), 0)))
            values = f"{a.high[k]:.9g} of {one.function}, {b.high[k]:.9g} of {other.function}"
            return f"at x = {_INPUTS[k]:g}: {values}"
    return ""


def _activation(row: Row) -> Activation:
    from propcheck.target import activation

    return activation(row.target, dict(row.parameters))


def as_markdown() -> Iterator[str]:
    """The table, those that differ first."""
    yield "# What goes by which name\n"
    yield "The framework's function at its own defaults, by the catalogue's name. Where two of them are different"
    yield "functions an input shows it, with values that are proved.\n"
    yield "| name | framework | call | function | differs |\n|---|---|---|---|---|"
    for one in sorted(named(), key=lambda each: (not each.witness, each.name)):
        for framework, call, function in one.meanings:
            text = function.replace("|", "\\|").replace("*", "\\*")
            yield f"| {one.name} | {framework} | `{call}` | {text} | {one.witness.replace('*', chr(92) + '*')} |"
    yield ""

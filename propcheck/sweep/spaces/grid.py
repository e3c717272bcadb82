"""One function over values of its parameters, the last parameter running fastest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from propcheck.sweep.designs import Design
from propcheck.sweep.spaces import filling
from propcheck.verdict import InputError


def designs(table: Mapping[str, Any], origin: str, place: Path) -> Iterator[Design]:
    target, over = table.get("target"), table.get("over")
    if not isinstance(target, str) or not isinstance(over, dict) or not over:
        raise InputError(f'{origin} has a target = "swish" and over.beta = [0.5, 1, 2]')
    values = {name: filling.texts(value, f"{origin}, {name}") for name, value in over.items()}
    for chosen in product(*values.values()):
        yield Design(target, dict(zip(values, chosen, strict=True)))

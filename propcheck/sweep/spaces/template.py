"""Formulas with holes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from propcheck.sweep.designs import Design
from propcheck.sweep.spaces import filling
from propcheck.verdict import InputError


def designs(table: Mapping[str, Any], origin: str, place: Path) -> Iterator[Design]:
    formula, holes = table.get("formula"), table.get("holes", {})
    if not isinstance(formula, str) or not isinstance(holes, dict):
        raise InputError(f'{origin} has a formula = "x if x >= 0 else {{negative}}" and its holes.negative = ["x/10"]')
    known = {name: filling.texts(value, f"{origin}, hole {name}") for name, value in holes.items()}
    for text in filling.filled(formula, known, origin):
        yield Design(text)

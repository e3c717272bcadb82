"""binary(unary(x), unary(x)), as in the searches that found Swish (Ramachandran, Zoph and Le 2017, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from propcheck.sweep.designs import Design
from propcheck.sweep.spaces import filling
from propcheck.verdict import InputError


def designs(table: Mapping[str, Any], origin: str, place: Path) -> Iterator[Design]:
    unary = filling.texts(table.get("unary"), f"{origin}, unary")
    binary = filling.texts(table.get("binary"), f"{origin}, binary")
    commute = table.get("commute", [])
    if not isinstance(commute, list) or any(item not in binary for item in commute):
        raise InputError(f"{origin}: what stands in commute stands in binary too")
    for text in (*unary, *binary):
        strange = set(filling.HOLE.findall(text)) - ({"x"} if text in unary else {"u", "v"})
        if strange:
            raise InputError(
                f"{origin}: {text!r} has the hole {{{min(strange)}}}; unary has {{x}}, binary {{u}}, {{v}}"
            )
    inner = [text.replace("{x}", "x") for text in unary]
    for outer in binary:
        for k, left in enumerate(inner):
            for m, right in enumerate(inner):
                if m < k and outer in commute:
                    continue
                yield Design(outer.replace("{u}", filling.bracketed(left)).replace("{v}", filling.bracketed(right)))
                if "{v}" not in outer:
                    break

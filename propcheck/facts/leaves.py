"""The ends of a fact's fields, each by its path: `range.sup`, `smoothness.class`, `lipschitz`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from propcheck.verdict import Fact, Number


def leaves(key: str, fact: Fact | Number) -> Iterator[tuple[str, Any]]:
    """The numbers and words of a fact, by the paths that claims have; lists, such as kinks, are left out."""
    yield from _below(key, fact if isinstance(fact, Number) else fact.fields)


def _below(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """`value` at the top needs no name."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            top = name == "value" and "." not in path and not isinstance(item, Mapping)
            yield from _below(path if top else f"{path}.{name}", item)
    elif not isinstance(value, list | tuple):
        yield path, value

"""Other people's words, without what a reader cannot see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any


def clean(item: Any) -> Any:
    """The same data, its texts free of control characters, marks that turn the line, and halves of characters."""
    if isinstance(item, str):
        return item if item.isprintable() else _visible(item)
    if isinstance(item, Mapping):
        return {clean(key): clean(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [clean(value) for value in item]
    return item


def _visible(text: str) -> str:
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )


def softened(text: str) -> str:
    """A heading whose long words may be broken in the middle, with a hyphen."""
    return re.sub(r"\w{12,}", lambda word: f"{word[0][: len(word[0]) // 2]}\u00ad{word[0][len(word[0]) // 2 :]}", text)

"""All sentences of a grammar whose tree is at most so deep, the shallow ones first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from propcheck.sweep.designs import Design
from propcheck.sweep.spaces import filling
from propcheck.verdict import InputError

DEEPEST = 12
MOST = 2_000_000  # sentences of a symbol that are kept on the way


def designs(table: Mapping[str, Any], origin: str, place: Path) -> Iterator[Design]:
    start, depth, rules = table.get("start"), table.get("depth"), table.get("rules")
    if not isinstance(start, str) or not isinstance(rules, dict) or isinstance(depth, bool) \
            or not isinstance(depth, int) or not 1 <= depth <= DEEPEST:  # fmt: skip
        raise InputError(f'{origin} has start = "E", depth from 1 to {DEEPEST}, and rules.E = ["x", "tanh({{E}})"]')
    known = {name: filling.texts(value, f"{origin}, rule {name}") for name, value in rules.items()}
    for name, texts in known.items():
        for hole in (hole for text in texts for hole in filling.HOLE.findall(text)):
            if hole not in known:
                raise InputError(f"{origin}: the rule {name} asks for {{{hole}}}, of which nothing is said")
    if start not in known:
        raise InputError(f"{origin}: there is no rule for the start {start}")
    for text in _sentences(start, depth, known, origin):
        yield Design(text)


def _sentences(start: str, depth: int, rules: Mapping[str, Sequence[str]], origin: str) -> Iterator[str]:
    """Layer by layer: `shallow` holds for each symbol the sentences found so far, in order."""
    shallow: dict[str, dict[str, None]] = {name: {} for name in rules}
    for _ in range(depth):
        found: dict[str, dict[str, None]] = {name: {} for name in rules}
        for name, texts in rules.items():
            for text in texts:
                for sentence in _ways(text, shallow):
                    if sentence not in shallow[name]:
                        found[name][sentence] = None
                        if len(shallow[name]) + len(found[name]) > MOST:
                            raise InputError(f"{origin} has more than {MOST} sentences of {name}; take a lesser depth")
        yield from found[start]
        for name, new in found.items():
            shallow[name] |= new


def _ways(text: str, known: Mapping[str, Mapping[str, None]]) -> Iterator[str]:
    """The text with each of its holes filled by itself, in every way."""
    parts = filling.HOLE.split(text)
    for chosen in product(*(known[name] for name in parts[1::2])):
        words = [parts[0]]
        for word, after in zip(chosen, parts[2::2], strict=True):
            words += [filling.bracketed(word), after]
        yield "".join(words)

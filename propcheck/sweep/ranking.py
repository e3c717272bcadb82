"""The designs of a store, filtered by conditions and sorted by what is known of them; the Pareto front of several.

Only the paths that are asked are read, so that thousands of designs are ranked in a moment. Of several stages of a
design the dearest speaks. A design of which a number is not known comes after all others, and is on no front.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.sweep import conditions, known
from propcheck.sweep.conditions import Condition
from propcheck.sweep.known import Leaf
from propcheck.sweep.store import Store
from propcheck.verdict import InputError

_ORDER = {"fails": 0.0, "partly": 1.0, "holds": 2.0, "discontinuous": -1.0, "C^inf": math.inf}
STATES = ("kept", "rejected", "undecided", "duplicate", "lost")


@dataclass(frozen=True)
class Key:
    """What is sorted by: a path, and whether little is good."""

    path: str
    rising: bool = True

    @property
    def text(self) -> str:
        return self.path if self.rising else f"-{self.path}"


@dataclass(frozen=True)
class Row:
    """A design in a ranking: its place in the space, how it stands, and the leaves that were asked, by path."""

    place: int
    id: str | None
    expression: str
    state: str
    leaves: dict[str, Leaf]
    copies: int = 0
    front: bool = False


@dataclass(frozen=True)
class Ranking:
    """The rows in order. `undecided` of those that were left out are so because the filter is undecided of them."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    keys: tuple[Key, ...]
    undecided: int = 0
    looked_at: int = 0


def key(text: str) -> Key:
    """What `lipschitz` or `-gaussian.mean` says: sorted from the least, or with a minus sign from the most."""
    text = text.strip()
    return Key(conditions.path(text.removeprefix("-").strip(), "--by"), not text.startswith("-"))


def ranked(
    store: Store,
    by: Sequence[Key] = (),
    where: Condition | None = None,
    columns: Sequence[str] = (),
    states: Sequence[str] = ("kept",),
    pareto: bool = False,
    top: int | None = None,
) -> Ranking:
    """The ranking of the designs that stand so. With `pareto` those on the front of all keys come first, and are
    marked; `top` many are kept."""
    shown = tuple(dict.fromkeys([*(item.path for item in by), *columns, *_looked(where)]))
    asked = tuple(dict.fromkeys([*shown, *(where.paths if where else ())]))
    rows, undecided, looked = [], 0, 0
    for row in _read(store, asked, states):
        looked += 1
        truth = where(row.leaves).value if where else True
        undecided += truth is None
        if truth:
            rows.append(row)
    rows.sort(key=lambda row: (*(_place(row.leaves.get(item.path), item.rising) for item in by), row.place))
    if pareto:
        front = set(_front([[_place(row.leaves.get(item.path), item.rising) for item in by] for row in rows]))
        rows = [Row(row.place, row.id, row.expression, row.state, row.leaves, row.copies, k in front)
                for k, row in enumerate(rows)]  # fmt: skip
        rows.sort(key=lambda row: not row.front)
    return Ranking(tuple(rows if top is None else rows[:top]), shown, tuple(by), undecided, looked)


def _looked(where: Condition | None) -> list[str]:
    return sorted(where.paths) if where else []


def _read(store: Store, paths: Sequence[str], states: Sequence[str]) -> Iterator[Row]:
    for state in states:
        if state not in STATES:
            raise InputError(f"a design does not stand {state!r}; it is {', '.join(STATES)}")
    named = ", ".join("?" for _ in states)
    places = ", ".join("?" for _ in paths)
    leaves = f"json_extract(r.known, '$.\"-\"', {places})" if paths else "'[]'"
    # Full stands before quick in the alphabet, so that the least stage is the dearest.
    query = f"""
        SELECT d.place, d.id, d.expression, d.state, {leaves}
        FROM designs d LEFT JOIN results r
        ON r.place = d.place AND r.stage = (SELECT min(stage) FROM results s WHERE s.place = d.place)
        WHERE d.state IN ({named}) ORDER BY d.place"""
    given = [*(f'$."{path}"' for path in paths), *states]
    copies = dict(store.ask("SELECT same_as, count(*) FROM designs WHERE same_as != place GROUP BY same_as"))
    for place, name, expression, state, found in store.ask(query, *given):
        items = json.loads(found)[1:] if paths and found else [None] * len(paths)
        flat = {path: Leaf.from_json(item) for path, item in zip(paths, items, strict=True) if item is not None}
        yield Row(place, name, expression, state, flat, copies.get(place, 0))


def _place(leaf: Leaf | None, rising: bool) -> float:
    """Where a leaf stands in an order from good to bad; infinity where nothing is known."""
    if leaf is None or leaf.value is None:
        return math.inf
    value = leaf.value
    if isinstance(value, str):
        value = _ORDER.get(value, float(value[2:]) if value.startswith("C^") and value[2:].isdecimal() else math.nan)
        if math.isnan(value):
            raise InputError(f"{leaf.value!r} is a word that has no place in an order; sort by a number or a verdict")
    number = float(value)
    return number if rising else -number


def _front(values: Sequence[Sequence[float]]) -> Iterator[int]:
    """The places of those than which no other is as good in everything and better in something; they come sorted by
    the first, so that nobody behind one is better in that."""
    best: list[tuple[Sequence[float], int]] = []
    for k, mine in enumerate(values):
        if any(math.isinf(value) and value > 0 for value in mine):
            continue
        if not any(all(a <= b for a, b in zip(other, mine, strict=True)) and other != mine for other, _ in best):
            best.append((mine, k))
    # Ones that are alike in the first key may come before who is better in the others.
    for mine, k in best:
        if not any(all(a <= b for a, b in zip(o, mine, strict=True)) and list(o) != list(mine) for o, _ in best):
            yield k


def records(ranking: Ranking) -> list[dict[str, Any]]:
    """The rows as plain objects: place, id, expression, state, copies, and the value at each path."""
    return [
        {"place": row.place, "id": row.id, "expression": row.expression, "state": row.state, "copies": row.copies}
        | ({"front": row.front} if any(other.front for other in ranking.rows) else {})
        | known.bare({path: row.leaves.get(path, Leaf(None, known.Standing.OPEN)) for path in ranking.columns})
        for row in ranking.rows
    ]


def card(store: Store, place: int) -> dict[str, Any]:
    """The analysis of a design as `propcheck analyze --json` prints it, but for the seconds, without new work."""
    rows = store.ask("SELECT state, same_as, reason FROM designs WHERE place = ?", place)
    if not rows:
        raise InputError(
            f"{store.path} has no design {place}; `propcheck rank --store {store.path}` shows which it has"
        )
    state, same_as, reason = rows[0]
    found = store.ask("SELECT analysis FROM results WHERE place = ? AND analysis IS NOT NULL", place)
    if not found:
        hint = f"; it is design {same_as} again" if same_as not in (None, place) else ""
        raise InputError(f"design {place} is {state} ({reason}), and not all was asked of it{hint}")
    return json.loads(found[0][0])

"""`propcheck screen`: candidates in, one line of JSON each, verdicts out, for the loop of a program that searches.

A line that is no candidate, or a formula that hangs, eats memory or is none, has its verdict as every other has: what
it is rejected for. A candidate that is proved to be an earlier one again is told so, and is not looked at twice.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from propcheck.sweep import conditions, designs, known, orders
from propcheck.sweep.courses import Course, Engine, Leave, Traffic, Turn
from propcheck.sweep.designs import Design
from propcheck.sweep.likeness import EQUAL, NONE, Print
from propcheck.verdict import InputError

SCHEMA = "propcheck.screened/1"
WINDOW = 8  # candidates on their way for each that can be worked on at once
_CHUNK = 1 << 16  # bytes that are read at once


@dataclass
class Screen:
    """What is asked of each candidate, and those that were met. `reject` holds of those that are not wanted."""

    wanted: orders.Wanted
    reject: conditions.Condition | None = None
    duplicates: str = EQUAL
    full: bool = False
    _met: dict[str, list[tuple[Design, Print]]] = field(default_factory=dict)

    def course(self, line: bytes | None, number: int) -> Course:
        """The way of one line to its verdict; None stands for a line that is too long."""
        try:
            if line is None:
                raise InputError(f"the line has more than {designs.LONGEST_LINE >> 20} MiB")
            design = designs.of_line(line, number)
        except InputError as refusal:
            return _verdict(Design(id=number), {"lost": "wrong input", "note": str(refusal)}, None)
        yield from ()
        if self.duplicates != NONE:
            earlier = yield from self._earlier(design)
            if earlier is not None:
                return _verdict(design, earlier, self.reject)
        found = yield orders.facts_of(design, self.wanted)
        return _verdict(design, found, self.reject, self.full)

    def _earlier(self, design: Design) -> Course:
        """The earlier one that a candidate is again, or why it cannot be read; None where it is new."""
        taken = yield orders.print_of(design, self.duplicates)
        if "lost" in taken:
            return taken
        own = Print(taken["mark"], taken["at"], taken["size"])
        if not own.mark:
            return None
        yield Turn(own.mark)
        met = self._met.setdefault(own.mark, [])
        for other, theirs in met:
            if other.to_json() == design.to_json():
                return {"duplicate_of": other.id, "relation": {"times": "1", "stretch": "1"}}
            found = yield orders.alike(other, design, (theirs, own))
            if found.get("relation"):
                return {"duplicate_of": other.id, "relation": found["relation"]}
        met.append((design, own))
        yield Leave()
        return None


def _verdict(design: Design, found: Any, reject: conditions.Condition | None, full: bool = False) -> dict[str, Any]:
    """The line of one candidate, but for its seconds."""
    leaves = known.from_json(found.get("known", {}))
    criteria = {key: leaf for key, leaf in leaves.items() if conditions.kind_of(key) == "verdict"}
    facts = {key: leaf for key, leaf in leaves.items() if key not in criteria}
    rejected = found.get("lost")
    standing = None
    if rejected is None and reject is not None and leaves:
        truth = reject(leaves)
        if truth.value:
            rejected, standing = reject.because(leaves), truth.standing.value
    out = {
        "schema": SCHEMA,
        "id": design.id,
        "expression": design.expression,
        "facts": known.bare(facts),
        "criteria": {key: value or "open" for key, value in known.bare(criteria).items()},
        "rejected": rejected,
        "duplicate_of": found.get("duplicate_of"),
    }
    out |= {"standing": standing} if standing else {}
    out |= {key: found[key] for key in ("relation", "note") if found.get(key)}
    out |= {"open": found["open"]} if found.get("open") else {}
    return out | ({"analysis": found["analysis"]} if full and "analysis" in found else {})


def screened(screen: Screen, engine: Engine, source: BinaryIO, ordered: bool, workers: int) -> Iterator[dict[str, Any]]:
    """The verdicts on the lines of a stream: each as soon as it is there, or in order. A line is taken when it comes,
    and no more of them than can be worked on."""
    traffic, lines = Traffic(engine), _Lines(source)
    kept: dict[int, dict[str, Any]] = {}
    number = told = 0
    while not lines.ended or traffic.busy or traffic.done:
        while traffic.busy + len(kept) < WINDOW * workers and (line := lines.next()) is not _NONE:
            if line is None or line.strip():
                number += 1
                traffic.begin(number, screen.course(line, number))
        if not traffic.done:
            wanting = traffic.busy + len(kept) < WINDOW * workers and not lines.ended
            if traffic.busy:
                traffic.work(lines.waited() if wanting else ())
            if wanting:
                lines.take(patient=not (traffic.busy or traffic.done))
        while traffic.done:
            place, found, seconds = traffic.done.popleft()
            found["seconds"] = round(seconds, 6)
            if not ordered:
                yield found
                continue
            kept[place] = found
            while told + 1 in kept:
                told += 1
                yield kept.pop(told)


_NONE: Any = object()


class _Lines:
    """The lines of a stream as they come, none of which is kept in memory beyond the longest that there may be."""

    def __init__(self, source: BinaryIO):
        self.ended = False
        self._source, self._lines, self._rest, self._skipping = source, deque[bytes | None](), bytearray(), False
        try:
            self._number: int | None = source.fileno() if os.name != "nt" else None
        except (OSError, AttributeError, ValueError):
            self._number = None
        self._over = False

    def next(self) -> Any:
        """The next line that is there; `_NONE` where there is none yet."""
        if self._lines:
            return self._lines.popleft()
        self.ended = self._over
        return _NONE

    def waited(self) -> list[int]:
        """What to wait for beside other things."""
        return [self._number] if self._number is not None and not self._over else []

    def take(self, patient: bool) -> None:
        """Reads what is there; where one is patient, waits till there is something."""
        if self._over:
            self.ended = not self._lines
            return
        if self._number is None:
            line = self._source.readline(designs.LONGEST_LINE + 2)
            self._add(line)
            return
        if patient or select.select([self._number], [], [], 0)[0]:
            self._add(os.read(self._number, _CHUNK))

    def _add(self, data: bytes) -> None:
        if not data:
            self._over = True
            if self._rest or self._skipping:
                self._lines.append(None if self._skipping else bytes(self._rest))
            self._rest.clear()
            self.ended = not self._lines
            return
        first, *others = data.split(b"\n")
        self._rest += first
        for part in others:
            self._lines.append(None if self._skipping else bytes(self._rest))
            self._rest, self._skipping = bytearray(part), False
        if len(self._rest) > designs.LONGEST_LINE:
            self._rest.clear()
            self._skipping = True


def check(screen: Screen) -> Callable[[dict[str, Any]], list[str]]:
    """Notes what no candidate had: a path of the condition that is in no fact is a word that was misspelt."""
    missing = set(screen.reject.paths) if screen.reject else set()

    def seen(found: dict[str, Any]) -> list[str]:
        missing.difference_update({*found["facts"], *found["criteria"]})
        return sorted(path for path in missing if not conditions.kind_of(path))

    return seen

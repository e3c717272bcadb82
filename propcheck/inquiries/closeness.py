"""Which functions that are not the same differ so little that what tells them apart is how constants are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.activation import Activation
from propcheck.analysis.farthest import farthest
from propcheck.analysis.refinement import alone, difference
from propcheck.calculus import Undecided
from propcheck.verdict import Number

CLOSE = 1e-6  # a distance that is worth telling


@dataclass(frozen=True)
class Close:
    """A function of the catalogue, the largest distance of another from it, and where that is."""

    name: str
    title: str
    sup: Number
    at: tuple[Number, ...] = ()

    def to_json(self) -> dict[str, Any]:
        at = [place.to_json() for place in self.at]
        return {"name": self.name, "title": self.title, "sup": self.sup.to_json(), "at": at}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Close:
        """What became this object."""
        at = tuple(map(Number.from_json, data["at"]))
        return cls(data["name"], data["title"], Number.from_json(data["sup"]), at)


def close(wanted: Activation, others: Sequence[Activation], near: Sequence[tuple[str, float]]) -> tuple[Close, ...]:
    """Those of the others that are near in the mean and, over the whole line, nowhere farther than `CLOSE`."""
    names = [name for name, distance in near if distance <= CLOSE]
    found = []
    for other in (other for other in others if other.name in names):
        try:
            if alone(wanted, other):
                continue
            far = farthest(difference(wanted, other), 0)
        except Undecided:
            continue
        if far.sup.upper is not None and far.sup.upper <= CLOSE:
            found.append(Close(other.name, other.title, far.sup, far.at))
    return tuple(found)

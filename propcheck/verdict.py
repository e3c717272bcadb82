"""Standing, Number, Fact, Verdict: what may be said, and how surely.

A conclusion has the weakest standing among its premises. Nothing here imports anything heavy, so that a record can be
read, printed and compared without SymPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any


class InputError(ValueError):
    """What was given cannot be used. The message is one sentence that says what, where, and what would work."""


class Standing(StrEnum):
    """How surely something is known, surest first."""

    PROVED = "proved"  # an exact symbolic argument that covers the whole line
    ENCLOSED = "enclosed"  # rigorous ball arithmetic: the true value lies in [lower, upper]
    COMPUTED = "computed"  # deterministic numerics with an error estimate
    MEASURED = "measured"  # an experiment: seeds, count and spread are recorded
    OPEN = "open"  # not decided

    def __str__(self) -> str:
        return self.value


_ORDER = {standing: rank for rank, standing in enumerate(Standing)}


def weakest(*standings: Standing) -> Standing:
    """The standing of a conclusion from premises of these standings; `proved` where there are none."""
    return max(standings, key=_ORDER.__getitem__, default=Standing.PROVED)


def plain(value: Any) -> Any:
    """`value` in JSON's own types: infinities as the strings "inf" and "-inf", what does not exist as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Number, Fact, Verdict)):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


@dataclass(frozen=True)
class Number:
    """A real number (or infinity) and how surely it is known: it lies in [lower, upper], rounded outward.

    `value` is None where the number does not exist (standing `proved`) or was not found (standing `open`).
    """

    value: float | None
    lower: float | None
    upper: float | None
    exact: str | None = None
    standing: Standing = Standing.ENCLOSED
    note: str = ""

    @classmethod
    def missing(cls, note: str, standing: Standing = Standing.OPEN) -> Number:
        """A number that was not found (`open`), or is known not to exist (`proved`); `note` says which and why."""
        return cls(None, None, None, None, standing, note)

    @property
    def known(self) -> bool:
        return self.value is not None

    def to_json(self) -> dict[str, Any]:
        out = {name: plain(getattr(self, name)) for name in ("value", "exact", "lower", "upper", "standing")}
        return out | {"note": self.note} if self.note else out

    def __str__(self) -> str:
        if self.value is None:
            return "?" if self.standing is Standing.OPEN else "none"
        digits = f"{self.value:.17g}"
        return digits if self.exact in (None, digits) else f"{self.exact} = {self.value:.6g}"


@dataclass(frozen=True)
class Fact:
    """The answer to one question of the contract's section 4: its fields, its standing, what was tried."""

    key: str
    standing: Standing
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name, default)

    def to_json(self) -> dict[str, Any]:
        out = {name: plain(value) for name, value in self.fields.items()} | {"standing": self.standing.value}
        return out | {"note": self.note} if self.note else out


class Facts(Mapping[str, "Fact | Number"]):
    """The facts of one activation, by key, in the contract's order. `facts.range` is `facts["range"]`."""

    def __init__(self, items: Mapping[str, Fact | Number]):
        self._items = dict(items)

    def __getitem__(self, key: str) -> Fact | Number:
        return self._items[key]

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_") or key not in self._items:
            raise AttributeError(key)
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return "\n".join(f"{key}: {value}" for key, value in self._items.items())


@dataclass(frozen=True)
class Verdict:
    """One criterion judged: `holds`, `partly`, `fails` or `open`, with reasons short enough to check by hand."""

    number: int
    key: str
    verdict: str
    standing: Standing
    reasons: tuple[str, ...] = ()
    measure: Mapping[str, Any] | None = None
    claim: str | None = None

    def to_json(self) -> dict[str, Any]:
        names = ("number", "key", "verdict", "standing", "reasons", "measure", "claim")
        return {name: plain(getattr(self, name)) for name in names}

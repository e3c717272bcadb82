"""Standing, Number, Fact, Verdict: what may be said, and how surely.

A conclusion has the weakest standing among its premises. Nothing here imports anything heavy, so that a record can be
read, printed and compared without SymPy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum, StrEnum
from typing import Any, ClassVar

Json = Mapping[str, Any]


class InputError(ValueError):
    """What was given cannot be used. The message is one sentence that says what, where, and what would work."""


class InaccurateWarning(UserWarning):
    """A compiled form is not known to be right to four units in the last place on the spans that the message names."""


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
    if isinstance(value, (Number, Fact, Recorded)):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def loaded(data: Json | str, schema: str) -> Json:
    """The object of this schema, given as such or as the text of its JSON."""
    made = json.loads(data) if isinstance(data, str | bytes) else data
    if not isinstance(made, Mapping) or made.get("schema") != schema:
        said = (
            f"its schema is {made.get('schema')!r}" if isinstance(made, Mapping) else f"it is a {type(made).__name__}"
        )
        raise InputError(f"this is no object of the schema {schema}, as to_json() gives it: {said}")
    return made


def real(value: Any) -> Any:
    """A number of a record as it was before `plain`; what is no number, such as None, as it is."""
    return float(value) if value in ("inf", "-inf") else value


def _is_number(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() >= {"value", "exact", "lower", "upper", "standing"}


def _restored(value: Any) -> Any:
    """What became this part of a fact: its numbers are numbers again."""
    if _is_number(value):
        return Number.from_json(value)
    if isinstance(value, Mapping):
        return {key: _restored(item) for key, item in value.items()}
    return [_restored(item) for item in value] if isinstance(value, list) else value


class Recorded:
    """What a record tells by the fields of its dataclass, each under its name."""

    def to_json(self) -> dict[str, Any]:
        return {item.name: plain(getattr(self, item.name)) for item in fields(self)}  # pyright: ignore[reportArgumentType]


def shortened(value: Any, digits: int) -> Any:
    """`value` with every number in it in so many significant digits: fewer than those in which processors differ."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, Mapping):
        return {key: shortened(item, digits) for key, item in value.items()}
    return [shortened(item, digits) for item in value] if isinstance(value, list) else value


class Plotted:
    """What has a curve. The drawing of it lies above, and the front page of the package puts it in as `plotted`.

    `graphed` is what a notebook's card draws: the curves in JSON's types, None where there are none.
    """

    __slots__ = ()
    plotted: ClassVar[Callable[[Any, Any], Any]]
    graphed: ClassVar[Callable[[Any], Any]]

    def plot(self, ax: Any = None) -> Any:
        """Draws the curve on axes of matplotlib, the current ones unless given, and answers with them."""
        return Plotted.plotted(self, ax)


class Computed:
    """What can be computed in floating point. The compiler lies above, and the front page puts it in as `computed`."""

    __slots__ = ()
    computed: ClassVar[Callable[[Any, Any], Any]]


class Shown:
    """What a notebook shows of a value: its record, drawn as HTML, LaTeX or Markdown.

    The drawing is the report's, and the report lies above whatever it draws. So a class says only `shown_as`, the kind
    of its record, and the front page of the package puts the report's drawing in as `drawn(kind, record, form)`.
    """

    __slots__ = ()
    shown_as: ClassVar[str]
    drawn: ClassVar[Callable[[str, Any, str], str]]

    def to_json(self) -> Any:
        raise NotImplementedError

    def shown(self) -> Any:
        """The record that is drawn, in JSON's own types."""
        return self.to_json()

    def _repr_html_(self) -> str:
        return Shown.drawn(self.shown_as, self.shown(), "html")

    def _repr_latex_(self) -> str:
        return Shown.drawn(self.shown_as, self.shown(), "latex")

    def _repr_markdown_(self) -> str:
        return Shown.drawn(self.shown_as, self.shown(), "markdown")


@dataclass(frozen=True)
class Number(Shown):
    """A real number (or infinity) and how surely it is known: it lies in [lower, upper], rounded outward.

    `value` is None where the number does not exist (standing `proved`) or was not found (standing `open`).
    """

    value: float | None
    lower: float | None
    upper: float | None
    exact: str | None = None
    standing: Standing = Standing.ENCLOSED
    note: str = ""

    shown_as = "number"

    @classmethod
    def missing(cls, note: str, standing: Standing = Standing.OPEN) -> Number:
        """A number that was not found (`open`), or is known not to exist (`proved`); `note` says which and why."""
        return cls(None, None, None, None, standing, note)

    @classmethod
    def from_json(cls, data: Json) -> Number:
        """The number that became this object."""
        ends = {name: real(data[name]) for name in ("value", "lower", "upper")}
        return cls(**ends, exact=data["exact"], standing=Standing(data["standing"]), note=data.get("note", ""))

    @property
    def known(self) -> bool:
        return self.value is not None

    def __float__(self) -> float:
        if self.value is None:
            why = self.note or "it does not exist"
            raise InputError(f"this number has no value ({self.standing}: {why}); ask `number.known` first")
        return float(self.value)

    def to_json(self) -> dict[str, Any]:
        out = {name: plain(getattr(self, name)) for name in ("value", "exact", "lower", "upper", "standing")}
        return out | {"note": self.note} if self.note else out

    def __str__(self) -> str:
        if self.value is None:
            return "?" if self.standing is Standing.OPEN else "none"
        digits = f"{self.value:.17g}"
        return digits if self.exact in (None, digits) else f"{self.exact} = {self.value:.6g}"


@dataclass(frozen=True)
class Fact(Shown):
    """The answer to one question of the contract's section 4: its fields, its standing, what was tried."""

    key: str
    standing: Standing
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    shown_as = "fact"

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __getattr__(self, name: str) -> Any:
        """A field as an attribute: `fact.value` is `fact["value"]`."""
        fields = self.__dict__.get("fields", {})  # none yet while a copy is being made
        if name.startswith("_") or name not in fields:
            known = f"; it has {', '.join(fields)}" if fields else ""
            raise AttributeError(f"the fact {self.__dict__.get('key')} has no field {name!r}{known}")
        return fields[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.fields})

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name, default)

    @classmethod
    def from_json(cls, key: str, data: Json) -> Fact:
        """The fact of this key that became this object."""
        fields = {name: _restored(value) for name, value in data.items() if name not in ("standing", "note")}
        return cls(key, Standing(data["standing"]), fields, data.get("note", ""))

    def to_json(self) -> dict[str, Any]:
        out = {name: plain(value) for name, value in self.fields.items()} | {"standing": self.standing.value}
        return out | {"note": self.note} if self.note else out

    def shown(self) -> dict[str, Any]:
        return {self.key: self.to_json()}


class Facts(Shown, Mapping[str, "Fact | Number"]):
    """The facts of one activation, by key, in the contract's order. `facts.range` is `facts["range"]`."""

    shown_as = "facts"

    def to_json(self) -> dict[str, Any]:
        return plain(self)

    @classmethod
    def from_json(cls, data: Json) -> Facts:
        """The facts that became this object."""
        return cls({
            key: Number.from_json(item) if _is_number(item) else Fact.from_json(key, item) for key, item in data.items()
        })  # fmt: skip

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
class Verdict(Recorded, Shown):
    """One criterion judged: `holds`, `partly`, `fails` or `open`, with reasons short enough to check by hand."""

    number: int
    key: str
    verdict: str
    standing: Standing
    reasons: tuple[str, ...] = ()
    measure: Mapping[str, Any] | None = None
    claim: str | None = None

    shown_as = "verdict"

    def __bool__(self) -> bool:
        raise TypeError(
            f"a verdict is one of four words and neither true nor false; write `verdict.verdict == 'holds'`"
            f" (this one, on {self.key}, is {self.verdict!r}), or `in ('holds', 'partly')`"
        )

    @classmethod
    def from_json(cls, data: Json) -> Verdict:
        """The verdict that became this object."""
        given = {item.name: data[item.name] for item in fields(cls)}
        measure = data["measure"] and {**data["measure"], "value": real(data["measure"]["value"])}
        return cls(**given | {
            "standing": Standing(data["standing"]), "reasons": tuple(data["reasons"]), "measure": measure
        })  # fmt: skip


class Verdicts(Shown, tuple[Verdict, ...]):
    """Verdicts side by side, in the paper's order: a tuple that a notebook shows as a table."""

    __slots__ = ()
    shown_as = "verdicts"

    def to_json(self) -> list[dict[str, Any]]:
        return plain(self)

    @classmethod
    def from_json(cls, data: Iterable[Json]) -> Verdicts:
        """The verdicts that became this list."""
        return cls(map(Verdict.from_json, data))

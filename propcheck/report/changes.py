"""What differs between two records: verdicts, facts, claims, formulas, functions.

Two enclosures differ only where they have no point in common: a number that was enclosed more tightly, or more loosely,
is the same number. What one record does not hold at all, since its version did not ask, is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propcheck.report import phrases, record
from propcheck.report.formats import Cell, Table
from propcheck.verdict import InputError, Json

ABSENT = "none"
_DIGITS = (9, 12, 17)  # of two numbers that look alike


@dataclass(frozen=True)
class Change:
    """One thing about one function (`name`, `title`) that was `before` and is `after`; `kind` says what it is about.

    The kinds are function, formula, verdict, standing, fact and claim. `place` is the function's among those of its
    name.
    """

    name: str
    title: str
    kind: str
    what: str
    before: str
    after: str
    place: int = 0


def baseline(path: Path) -> dict[str, Any]:
    """The record in a file, to be compared with another."""
    old = record.read(path)
    try:
        changes(old, old)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise InputError(f"{path} is not a whole record; give the record.json of a report, as it was written") from None
    return old


def changes(old: Json, new: Json) -> tuple[Change, ...]:
    """All that changed from the old record to the new one, in the new one's order, functions that are gone last."""
    before, after = dict(record.keyed(old["activations"])), dict(record.keyed(new["activations"]))
    found: list[Change] = []
    for key, entry in after.items():
        differences = _of_one(before[key], entry) if key in before else [("function", "in the report", "no", "yes")]
        found += [_change(entry, key[1], *difference) for difference in differences]
    for key, entry in before.items():
        if key not in after:
            found.append(_change(entry, key[1], "function", "in the report", "yes", "no"))
    return tuple(found)


def table(found: Sequence[Change]) -> Table:
    """A row for each change."""
    columns = ("function", "kind", "what", "before", "after")
    rows = tuple((Cell(one.title), Cell(one.kind), Cell(one.what), Cell(one.before), Cell(one.after)) for one in found)
    widths = {"what": "2.6cm", "before": "2.6cm", "after": "2.6cm"}
    return Table("changes", "Changes since the baseline", columns, rows, widths)


def _change(entry: Json, place: int, kind: str, what: str, before: str, after: str) -> Change:
    about = entry["activation"]
    return Change(about["name"], about["title"], kind, what, before, after, place)


def _of_one(old: Json, new: Json) -> Iterator[tuple[str, str, str, str]]:
    yield from _formulas(old["activation"], new["activation"])
    yield from _verdicts(old["criteria"], new["criteria"])
    yield from _facts(old["facts"], new["facts"])
    yield from _claims(old["claims"], new["claims"])


def _formulas(old: Json, new: Json) -> Iterator[tuple[str, str, str, str]]:
    if old["expression"] != new["expression"]:
        yield "formula", "g(x)", old["expression"], new["expression"]
    values = [{name: str(item.get("value")) for name, item in about["parameters"].items()} for about in (old, new)]
    for name in dict.fromkeys((*values[0], *values[1])):
        before, after = (value.get(name, ABSENT) for value in values)
        if before != after:
            yield "formula", name, before, after


def _verdicts(old: Sequence[Json], new: Sequence[Json]) -> Iterator[tuple[str, str, str, str]]:
    known = {verdict["key"]: verdict for verdict in old}
    for verdict in new:
        past = known.get(verdict["key"])
        if past is None:
            continue
        what = verdict["key"].replace("_", " ")
        if past["verdict"] != verdict["verdict"]:
            yield "verdict", what, past["verdict"], verdict["verdict"]
        elif past["standing"] != verdict["standing"]:
            yield "standing", what, past["standing"], verdict["standing"]


def _claims(old: Sequence[Json], new: Sequence[Json]) -> Iterator[tuple[str, str, str, str]]:
    known = {_said(claim): claim for claim in old}
    for claim in new:
        past = known.get(_said(claim))
        if past is not None and past["outcome"] != claim["outcome"]:
            what = f"{phrases.asked(claim)}: {phrases.stated(claim['claimed'])}"
            yield "claim", what, past["outcome"], claim["outcome"]


def _said(claim: Json) -> str:
    return repr([claim["key"], claim["claimed"], claim["source"], claim["at"], claim.get("on")])


# ---------------------------------------------------------------------------------------------- facts


def _facts(old: Json, new: Json) -> Iterator[tuple[str, str, str, str]]:
    for key in new:
        if key in old:
            for what, before, after in _differences(key, old[key], new[key]):
                yield "fact", what, before, after


def _differences(what: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    """Where two values of a record differ: the place, and how each is said."""
    if _is_number(old) or _is_number(new):
        if (_is_number(old) or old is None) and (_is_number(new) or new is None) and not _same(old, new):
            yield what, *_told(old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        if "open" in (old.get("standing"), new.get("standing")) and old.get("standing") != new.get("standing"):
            yield what, _summary(old), _summary(new)
            return
        for name in new:
            if name in old and name not in ("standing", "note"):
                yield from _differences(f"{what}.{name}", old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True), 1):
            yield from _differences(f"{what}[{place}]", before, after)
    elif old != new:
        yield what, _summary(old), _summary(new)


def _is_number(item: Any) -> bool:
    return isinstance(item, Mapping) and {"value", "lower", "upper"} <= set(item)


def _same(old: Json | None, new: Json | None) -> bool:
    """Can both be the same number? What does not exist is equal to nothing else, and so is what is open."""
    states = [_state(item) for item in (old, new)]
    if states[0] != states[1] or states[0] != "known":
        return states[0] == states[1]
    assert old is not None and new is not None
    (lower, upper), (least, most) = ((float(item["lower"]), float(item["upper"])) for item in (old, new))
    return lower <= most and least <= upper


def _state(item: Json | None) -> str:
    if item is None:
        return "none"
    if item["value"] is None:
        return "open" if item.get("standing") == "open" else "none"
    return "known" if None not in (item["lower"], item["upper"]) else f"about {item['value']}"


def _told(old: Json | None, new: Json | None) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to tell them apart."""
    before, after = phrases.number(old), phrases.number(new)
    for digits in _DIGITS:
        if before != after:
            break
        before, after = (f"{float(item['value']):.{digits}g}" if item else ABSENT for item in (old, new))
    return before, after


def _summary(item: Any) -> str:
    """A value of a record in a few words."""
    if item is None:
        return ABSENT
    if _is_number(item):
        return phrases.number(item)
    if isinstance(item, Mapping):
        return item["standing"] if isinstance(item.get("standing"), str) else "known"
    if isinstance(item, list):
        return f"{len(item)} in number"
    return str(item).lower() if isinstance(item, bool) else str(item)

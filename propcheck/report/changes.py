"""What changed between two records: verdicts, facts, claims, formulas, functions.

Two enclosures differ only where they have no point in common: a number that was enclosed more tightly, or more loosely,
is the same number. A fact that one record does not hold at all, since its version did not ask, is no difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from propcheck import files
from propcheck.inquiries import analysis
from propcheck.inquiries.differences import MISSING, is_number, undecided, walk
from propcheck.report import phrases, record
from propcheck.report.formats import Cell, Table
from propcheck.verdict import InputError, Json
from propcheck.wording import nearest, truth

ABSENT = "none"
_DIGITS = (9, 12, 17)  # of two numbers that look alike
_LONGEST = 60  # characters of a list that is told whole
_WORDS = {"holds", "partly", "fails", "open"}
_ADVICE = "give the record.json of a report, or what `propcheck analyze --json` prints"


@dataclass(frozen=True)
class Change:
    """One thing about one function (`name`, `title`) that `was` one and is `now` another; `kind` says what it is about.

    The kinds are function, formula, verdict, standing, fact and claim. `trend` is better, worse or neither; `place` is
    the function's among those of its name.
    """

    key: str
    was: str
    now: str
    trend: str = "neither"
    kind: str = ""
    name: str = ""
    title: str = ""
    place: int = 0

    def __str__(self) -> str:
        return f"was {self.was}, is {self.now}" + (f" ({self.trend})" if self.trend != "neither" else "")


def load(path: Path) -> Json:
    """An earlier record: that of a report, or as its activations what `propcheck analyze --json` printed."""
    if not os.path.exists(path):
        siblings = [other.name for other in path.parent.glob("*.json")] if path.parent.is_dir() else []
        raise InputError(f"there is no baseline {path}{nearest(path.name, siblings)}; {_ADVICE}")
    made = data = files.read_json(path, f"the baseline {path}", _ADVICE)
    if not isinstance(data, Mapping) or data.get("schema") != record.SCHEMA:
        entries = data if isinstance(data, list) else [data]
        if not entries or any(not isinstance(e, Mapping) or e.get("schema") != analysis.SCHEMA for e in entries):
            found = data.get("schema") if isinstance(data, Mapping) else None
            known = nearest(found, (record.SCHEMA, analysis.SCHEMA)) if isinstance(found, str) else ""
            what = f"its schema is {found!r}{known}" if isinstance(found, str) else "it names no schema that is known"
            raise InputError(f"the baseline {path} is no record: {what}; {_ADVICE}")
        made = {"activations": entries}
    try:
        for entry in made["activations"]:
            if not {verdict["verdict"] for verdict in entry["criteria"]} <= _WORDS:
                raise ValueError
            told(entry["facts"], _LONGEST**2)
            list(of_one({**entry, "facts": dict(entry["facts"])}, entry))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise InputError(f"the baseline {path} is damaged: an activation in it is not whole; {_ADVICE}") from None
    return made


def changes(old: Json, new: Json) -> tuple[Change, ...]:
    """All that changed from the old record to the new one, in the new one's order, functions that are gone last."""
    before, after = dict(record.keyed(old["activations"])), dict(record.keyed(new["activations"]))
    found: list[Change] = []
    for key, entry in after.items():
        made = of_one(before[key], entry) if key in before else [Change("in the report", "no", "yes", kind="function")]
        found += [_placed(change, entry, key[1]) for change in made]
    gone = Change("in the report", "yes", "no", kind="function")
    return (*found, *(_placed(gone, entry, key[1]) for key, entry in before.items() if key not in after))


def _placed(change: Change, entry: Json, place: int) -> Change:
    return replace(change, name=entry["activation"]["name"], title=entry["activation"]["title"], place=place)


def table(found: Sequence[Change]) -> Table:
    """A row for each change."""
    columns = ("function", "kind", "what", "before", "after")
    rows = tuple(tuple(map(Cell, (one.title, one.kind, one.key, one.was, one.now))) for one in found)
    widths = {"what": "2.6cm", "before": "2.6cm", "after": "2.6cm"}
    return Table("changes", "Changes since the baseline", columns, rows, widths)


def of_one(old: Json, new: Json) -> Iterator[Change]:
    """What changed of one function."""
    for key, said in (("expression", told), ("parameters", _assigned)):
        was, now = (said(entry["activation"][key]) for entry in (old, new))
        if was != now:
            yield Change(key, was, now, kind="formula")
    known = {verdict["key"]: verdict for verdict in old["criteria"]}
    for verdict in new["criteria"]:
        past = known.get(verdict["key"], verdict)
        kind = next((kind for kind in ("verdict", "standing") if past[kind] != verdict[kind]), None)
        if kind is not None:
            yield Change(verdict["key"], past[kind], verdict[kind], kind=kind)
    for key, fact in new["facts"].items():
        if key in old["facts"]:
            yield from _of_a_fact(key, old["facts"][key], fact)
    claims = {_said(claim): claim for claim in old.get("claims", ())}
    for claim in new.get("claims", ()):
        past = claims.get(_said(claim), claim)
        if past["outcome"] != claim["outcome"]:
            what = f"{phrases.asked(claim)}: {truth(claim['claimed'])}"
            yield Change(what, past["outcome"], claim["outcome"], kind="claim")


def _said(claim: Json) -> str:
    return repr([claim["key"], claim["claimed"], claim["source"], claim["at"], claim.get("on")])


def _assigned(parameters: Json) -> str:
    return ", ".join(f"{name} = {item['value']}" for name, item in parameters.items()) or ABSENT


def _of_a_fact(key: str, old: Json, new: Json) -> Iterator[Change]:
    """Its leaves that changed; of one that only one of the records decides, all of it at once."""
    if undecided(old) != undecided(new) and not is_number(old):
        yield Change(key, *(_in_a_word(fact) for fact in (old, new)), kind="fact")
        return
    for leaf in walk(old, new, key):
        if leaf.changed:
            yield Change(leaf.path, *_both(leaf.left, leaf.right), kind="fact")


def _in_a_word(fact: Json) -> str:
    if fact["standing"] == "open":
        return phrases.UNDECIDED
    return told(fact["value"]) if "value" in fact else fact["standing"]


def _both(old: Any, new: Any) -> tuple[str, str]:
    """How both are said, numbers with as many digits as it takes to tell them apart."""
    said = told(old), told(new)
    for digits in _DIGITS if is_number(old) and is_number(new) else ():
        if said[0] != said[1]:
            break
        said = f"{float(old['value']):.{digits}g}", f"{float(new['value']):.{digits}g}"
    return said


def told(item: Any, longest: int = _LONGEST) -> str:
    """A value of a record in a few characters: `?` for what is not decided, `none` for what is not there."""
    if item is None or item is MISSING:
        return ABSENT
    if is_number(item):
        return phrases.number(item)
    if isinstance(item, list):
        text = f"[{', '.join(told(part, longest) for part in item)}]"
        return text if len(text) <= longest else f"{len(item)} in number"
    if isinstance(item, Mapping):
        parts = [f"{key} {told(part, longest)}" for key, part in item.items() if key not in ("standing", "note")]
        return ", ".join(parts) or ABSENT
    return truth(item)

"""The comparison with an earlier record: which verdicts and facts changed.

The record is the record.json of a report, or what `propcheck analyze --json` printed. Two numbers differ where their
enclosures are disjoint, or their exact forms are different fractions: two runs may enclose one number differently. A
verdict has a better and a worse; most facts have neither.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeGuard

from propcheck import files
from propcheck.gate import FAILED, PASSED, UNDECIDED, VERDICTS, Change, Check, at_least, smoothness_rank
from propcheck.verdict import InputError, Json
from propcheck.wording import nearest

RECORD, ANALYSIS = "propcheck.record/1", "propcheck.analysis/1"
_LESS_IS_BETTER = ("dead_region.mass",)
_SILENT = ("standing", "note")  # how a fact was found is no part of it


def load(path: str) -> dict[str, Json]:
    """The activations of an earlier record, by name."""
    data = _data(path)
    entries = data if isinstance(data, list) else [data]
    if isinstance(data, Mapping) and data.get("schema") == RECORD:
        entries = data.get("activations")
    elif not all(isinstance(entry, Mapping) and entry.get("schema") == ANALYSIS for entry in entries):
        found = data.get("schema") if isinstance(data, Mapping) else None
        what = f"its schema is {found!r}" if isinstance(found, str) else "it names no schema that is known"
        hint = nearest(found, (RECORD, ANALYSIS)) if isinstance(found, str) else ""
        raise InputError(
            f"the baseline {path} is no record: {what}{hint}; "
            "give the record.json of a report, or what `propcheck analyze --json` prints"
        )
    try:
        return {entry["activation"]["name"]: _whole(entry) for entry in entries}  # type: ignore[union-attr]
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise InputError(f"the baseline {path} is damaged: an activation in it has no verdicts or no facts") from None


def _data(path: str) -> Any:
    file = Path(path)
    if not os.path.exists(file):
        siblings = [other.name for other in file.parent.glob("*.json")] if file.parent.is_dir() else []
        raise InputError(f"there is no baseline {path}{nearest(file.name, siblings)}")
    if not file.is_file():
        raise InputError(f"the baseline {path} is not a file; give a record.json")
    return files.read_json(file, f"the baseline {path}")


def _whole(entry: Any) -> Json:
    """The entry of one activation, if all of it can be compared and shown."""
    verdicts = {verdict["key"]: verdict["verdict"] for verdict in entry["criteria"]}
    if not (set(verdicts.values()) <= {*VERDICTS, "open"} and isinstance(entry["facts"], Mapping)):
        raise ValueError
    for _, leaf in _leaves(entry["facts"], ""):
        _shown(leaf)
    list(checks(entry, entry))
    list(changes(entry, entry))
    return entry


def checks(before: Json, now: Json) -> Iterator[Check]:
    """For each verdict that was decided: is it no worse than it was?"""
    old, new = _verdicts(before), _verdicts(now)
    for key in new:
        if key in old and old[key]["verdict"] != "open":
            was, found = old[key]["verdict"], new[key]["verdict"]
            outcome = UNDECIDED if found == "open" else PASSED if at_least(found, was) else FAILED
            reason = "; ".join(new[key]["reasons"])
            yield Check("baseline", key, was, found, new[key]["standing"], outcome, reason)


def changes(before: Json, now: Json) -> Iterator[Change]:
    """The verdicts and facts that are not what they were, and the formula where it is another."""
    for key, told in (("expression", _shown), ("parameters", _assigned)):
        was, found = (told(item["activation"].get(key)) for item in (before, now))
        if was != found:
            yield Change(key, was, found, "neither")
    old, new = _verdicts(before), _verdicts(now)
    for key in new:
        if key in old and old[key]["verdict"] != new[key]["verdict"]:
            yield Change(key, old[key]["verdict"], new[key]["verdict"], _trend(old[key], new[key]))
    facts_old, facts_new = dict(_leaves(before["facts"], "")), dict(_leaves(now["facts"], ""))
    for key in (*facts_old, *(key for key in facts_new if key not in facts_old)):
        was, found = facts_old.get(key), facts_new.get(key)
        if not _same(was, found):
            told_was = _absent(before["facts"], key) if was is None else _shown(was)
            told_now = _absent(now["facts"], key) if found is None else _shown(found)
            yield Change(key, told_was, told_now, _fact_trend(key, was, found))


def _verdicts(entry: Json) -> dict[str, Json]:
    return {verdict["key"]: verdict for verdict in entry["criteria"]}


def _trend(old: Json, new: Json) -> str:
    if "open" in (old["verdict"], new["verdict"]):
        return "neither"
    return "better" if at_least(new["verdict"], old["verdict"]) else "worse"


# ---------------------------------------------------------------------------------------------- facts


def _leaves(item: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The numbers, words and lists in the facts, each with its path; a list is one leaf."""
    if isinstance(item, Mapping) and not _is_number(item):
        for key, inner in item.items():
            if key not in _SILENT:
                yield from _leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path.removesuffix(".value"), item


def _is_number(item: Any) -> TypeGuard[Json]:
    return isinstance(item, Mapping) and {"value", "lower", "upper"} <= item.keys()


def _same(was: Any, found: Any) -> bool:
    """Are two leaves the same, as far as is known?"""
    if _is_number(was) and _is_number(found):
        exact = [_fraction(item.get("exact")) for item in (was, found)]
        if None not in exact:
            return exact[0] == exact[1]
        ends = [[_end(item[name]) for name in ("lower", "upper")] for item in (was, found)]
        if None in ends[0] or None in ends[1]:
            return ends[0] == ends[1]
        return not (ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0])  # type: ignore[operator]
    if isinstance(was, list) and isinstance(found, list):
        return len(was) == len(found) and all(map(_same, was, found))
    if isinstance(was, Mapping) and isinstance(found, Mapping) and not _is_number(was) and not _is_number(found):
        return was.keys() == found.keys() and all(_same(was[key], found[key]) for key in was if key not in _SILENT)
    return was == found


def _end(value: Any) -> float | None:
    return None if value is None else float(value)


def _fraction(exact: Any) -> Fraction | None:
    try:
        return Fraction(exact) if isinstance(exact, str) else None
    except (ValueError, ZeroDivisionError):
        return None


def _fact_trend(key: str, was: Any, found: Any) -> str:
    ranks: list[float] = []
    if key == "smoothness.class" and isinstance(was, str) and isinstance(found, str):
        ranks = [smoothness_rank(word) for word in (was, found)]
    elif key in _LESS_IS_BETTER and _is_number(was) and _is_number(found):
        ends = [_end(was["value"]), _end(found["value"])]
        ranks = [-end for end in ends if end is not None]
    if len(ranks) != 2 or ranks[0] == ranks[1]:
        return "neither"
    return "better" if ranks[1] > ranks[0] else "worse"


def _absent(facts: Json, key: str) -> str:
    """What is said of a leaf that is not there: the whole fact may be undecided."""
    fact = facts.get(key.partition(".")[0])
    return "?" if fact is None or fact.get("standing") == "open" else "none"


def _assigned(parameters: Json | None) -> str:
    return ", ".join(f"{name} = {item['value']}" for name, item in (parameters or {}).items()) or "none"


def _shown(item: Any) -> str:
    """A leaf in a few characters; `?` for what is not decided, `none` for what is not there."""
    if _is_number(item):
        if item["value"] is None:
            return "?" if item.get("standing") == "open" else "none"
        exact, value = item.get("exact"), item["value"]
        return exact if exact and len(exact) <= 20 else value if isinstance(value, str) else f"{value:.6g}"
    if isinstance(item, list):
        return f"[{', '.join(map(_shown, item))}]"
    if isinstance(item, Mapping):
        parts = [f"{key} {_shown(inner)}" for key, inner in item.items() if key not in _SILENT]
        return ", ".join(parts) or "none"
    return "none" if item is None else str(item).lower() if isinstance(item, bool) else str(item)

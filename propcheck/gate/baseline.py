"""The comparison with an earlier record: which verdicts got worse, and whether what changed is better or worse.

A verdict has a better and a worse; most facts have neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from propcheck.gate import FAILED, PASSED, UNDECIDED, Check, at_least, smoothness_rank
from propcheck.report import phrases
from propcheck.report.changes import Change, of_one
from propcheck.report.changes import load as read
from propcheck.verdict import Json, real

_TOLD = ("formula", "verdict", "fact")  # the kinds of change that a gate tells


def load(path: str) -> dict[str, Json]:
    """The activations of an earlier record, by name."""
    return {entry["activation"]["name"]: entry for entry in read(Path(path))["activations"]}


def checks(before: Json, now: Json) -> Iterator[Check]:
    """For each verdict that was decided: is it no worse than it was?"""
    old = {verdict["key"]: verdict["verdict"] for verdict in before["criteria"]}
    for verdict in now["criteria"]:
        was, found = old.get(verdict["key"], "open"), verdict["verdict"]
        if was != "open":
            outcome = UNDECIDED if found == "open" else PASSED if at_least(found, was) else FAILED
            reason = "; ".join(verdict["reasons"])
            yield Check("baseline", verdict["key"], was, found, verdict["standing"], outcome, reason)


def changes(before: Json, now: Json) -> Iterator[Change]:
    """The verdicts and facts that are not what they were, and the formula where it is another."""
    for change in of_one(before, now):
        if change.kind in _TOLD:
            yield replace(change, trend=_trend(change, before, now))


def _trend(change: Change, before: Json, now: Json) -> str:
    ranks: list[float | None] = [None, None]
    if change.kind == "verdict" and "open" not in (change.was, change.now):
        return "better" if at_least(change.now, change.was) else "worse"
    if change.key == "smoothness.class" and phrases.UNDECIDED not in (change.was, change.now):
        ranks = [smoothness_rank(word) for word in (change.was, change.now)]
    elif change.key == "dead_region.mass":
        ranks = [real(phrases.field(entry["facts"], "dead_region", "mass", "value")) for entry in (now, before)]
    if ranks[0] is None or ranks[1] is None or ranks[0] == ranks[1]:
        return "neither"
    return "better" if ranks[1] > ranks[0] else "worse"

"""A sweep: quick facts of every design, all facts of those that the rules do not reject by them, kept as they come.

Which stage a result is of, and all that determines it, is hashed into its key: what is there under the key is not made
again, whatever stopped the program. A design is `kept` where all rules hold, `rejected` where one surely does not,
`undecided` where facts are open, a `duplicate` of an earlier one, or `lost` with what kept it from being looked at.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from propcheck.sweep import conditions, courses, known, orders
from propcheck.sweep.conditions import Condition
from propcheck.sweep.courses import Course, Engine, Leave, Turn
from propcheck.sweep.designs import Design, digest
from propcheck.sweep.likeness import NONE, SCALE, Print
from propcheck.sweep.store import Store, dumped
from propcheck.truth import Truth
from propcheck.verdict import InputError

QUICK, FULL = "quick", "full"
KEPT, REJECTED, UNDECIDED, DUPLICATE, LOST = "kept", "rejected", "undecided", "duplicate", "lost"
Tell = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Rules:
    """What is kept: where every one of `keep` holds and none of `reject`."""

    keep: tuple[Condition, ...] = ()
    reject: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, keep: Sequence[str], reject: Sequence[str]) -> Rules:
        return cls(
            tuple(conditions.read(text, "--keep") for text in keep),
            tuple(conditions.read(text, "--reject") for text in reject),
        )

    def to_json(self) -> dict[str, list[str]]:
        return {"keep": [item.text for item in self.keep], "reject": [item.text for item in self.reject]}

    def judge(self, leaves: known.Known) -> tuple[Truth, str]:
        """Is a design kept, and by which rule it is not, or is undecided."""
        together = Truth(True)
        why = ""
        for condition, wanted in [*((item, True) for item in self.keep), *((item, False) for item in self.reject)]:
            truth = condition(leaves).matches(wanted)
            if truth.value is False:
                return truth, f"not ({condition.text})" if wanted else condition.because(leaves)
            if truth.value is None and not why:
                why = condition.text
            together = together & truth
        return together, why


@dataclass(frozen=True)
class Setting:
    """All that a sweep is asked, but for the space and for who works."""

    rules: Rules = Rules()
    duplicates: str = SCALE
    time_limit: float = 15.0
    thresholds: Any = None
    whole: bool = True  # whether what is not rejected by quick facts has all facts asked, and the verdicts

    def wanted(self, stage: str) -> orders.Wanted:
        asked = (*self.rules.keep, *self.rules.reject)
        thresholds = self.thresholds or {}
        if stage == QUICK:
            return orders.Wanted().judging((), {})
        named = {key for condition in asked for key in condition.facts}
        facts = (*orders.FULL, *(key for key in (orders.LONG,) if key in named))
        return orders.Wanted(facts).judging(orders.criteria(thresholds), thresholds, card=True)

    def key(self, stage: str, design: Design) -> str:
        """The hash of all that determines what a stage finds of a design."""
        return digest(stage, self._of_stage(stage), design.to_json())

    def _of_stage(self, stage: str) -> Any:
        """What determines the results of a stage, the design aside."""
        kept = self.__dict__.setdefault("_stages", {})
        if stage not in kept:
            asked = self.duplicates if stage == "print" else self.wanted(stage).to_json()
            kept[stage] = [orders.versions(), asked, self.time_limit]
        return kept[stage]

    @property
    def done(self) -> str:
        """The hash of what determines how designs stand."""
        stages = [self._of_stage(stage) for stage in ("print", QUICK, FULL)]
        return digest(self.rules.to_json(), stages, self.whole, self.duplicates)

    def to_json(self) -> dict[str, Any]:
        return {"rules": self.rules.to_json(), "duplicates": self.duplicates, "time_limit": self.time_limit,
                "thresholds": self.thresholds or {}, "whole": self.whole}  # fmt: skip

    @classmethod
    def from_json(cls, data: Any) -> Setting:
        rules = Rules.of(data["rules"]["keep"], data["rules"]["reject"])
        return cls(rules, data["duplicates"], data["time_limit"], data["thresholds"], data["whole"])


def lay_out(store: Store, name: str, designs: Iterator[Design], shard: tuple[int, int] = (1, 1)) -> None:
    """The designs of a space in a store that has none yet; InputError where it has those of another."""
    number, count = shard
    mine: list[tuple[int, Design]] = []
    total, seen = 0, []
    for place, design in enumerate(designs, 1):
        total = place
        seen.append(dumped(design.to_json()))
        if (place - 1) % count == number - 1:
            mine.append((place, design))
    space = digest(seen)
    meta = {"space": space, "name": name, "total": str(total), "shard": f"{number}/{count}"}
    there = store.meta("space")
    if there is None:
        store.lay_out(mine, meta)
    elif there != space or store.meta("shard") != meta["shard"]:
        told = f"{store.meta('name')} ({store.meta('total')} designs, shard {store.meta('shard')})"
        raise InputError(
            f"{store.path} holds a sweep of {told}, and this is {name} ({total} designs, shard {meta['shard']}); name "
            "another store, or take that file away"
        )


def sweep(store: Store, setting: Setting, engine: Engine, window: int, tell: Tell = lambda *_: None) -> dict[str, int]:
    """Takes every design as far as its rules let it, from where an earlier sweep was stopped; how many stand how."""
    done = setting.done
    store.set_meta("setting", dumped(setting.to_json()))
    store.set_meta("versions", dumped(orders.versions()))
    ((total, left),) = store.ask("SELECT count(*), count(CASE WHEN done IS NOT ? THEN 1 END) FROM designs", done)
    ready, started = total - left, time.monotonic()
    ways = ((place, _way(store, setting, done, place)) for place in store.waiting(done))
    try:
        for _ in courses.each(engine, ways, window):
            ready += 1
            tell(ready, total, (time.monotonic() - started) / max(1, ready - (total - left)))
    finally:
        store.commit()
    return store.counts()


def _way(store: Store, setting: Setting, done: str, place: int) -> Course:
    """The course of one design."""
    design = store.design(place)
    settle = partial(store.settle, place, done)
    if setting.duplicates != NONE:
        lost = yield from _told_apart(store, setting, place, design)
        if lost is not None:
            settle(*lost)
            return
    else:
        store.put("UPDATE designs SET same_as = place, relation = NULL WHERE place = ?", place)
    stages = (QUICK, FULL) if setting.whole else (QUICK,)
    for stage in stages:
        key = setting.key(stage, design)
        found = store.result(place, stage, key)
        if found is None:
            started = time.perf_counter()
            found = yield orders.facts_of(design, setting.wanted(stage))
            store.put_result(place, stage, key, found, time.perf_counter() - started)
        if "lost" in found:
            settle(LOST, found["lost"])
            return
        truth, why = setting.rules.judge(known.from_json(found["known"]))
        if truth.value is False:
            settle(REJECTED, why)
            return
    settle(KEPT if truth.value else UNDECIDED, None if truth.value else why)


def _told_apart(store: Store, setting: Setting, place: int, design: Design) -> Course:
    """How a design stands that needs no facts: it is lost, or an earlier one again; None where it is new."""
    key = setting.key("print", design)
    ((printed, mark, at, size, same_as),) = store.ask(
        "SELECT printed, mark, at, size, same_as FROM designs WHERE place = ?", place
    )
    if printed != key:
        taken = yield orders.print_of(design, setting.duplicates)
        if "lost" in taken:
            store.put_result(place, QUICK, setting.key(QUICK, design), taken, 0.0)
            return LOST, taken["lost"]
        mark, at, size, same_as = taken["mark"], taken["at"], taken["size"], None
        store.put("UPDATE designs SET printed = ?, mark = ?, at = ?, size = ?, same_as = NULL, relation = NULL WHERE "
                  "place = ?", key, mark, at, size, place)  # fmt: skip
    if not mark:
        store.put("UPDATE designs SET same_as = place WHERE place = ?", place)
        return None
    yield Turn(mark)
    if same_as is None:
        same_as, relation = yield from _earlier(store, place, design, Print(mark, at, size))
        store.put("UPDATE designs SET same_as = ?, relation = ? WHERE place = ?", same_as, relation, place)
    yield Leave()
    return None if same_as == place else (DUPLICATE, f"of {same_as}")


def _earlier(store: Store, place: int, design: Design, own: Print) -> Course:
    """The first design that this one is again, itself where there is none, and how."""
    rows = store.ask("SELECT place, design, at, size FROM designs WHERE mark = ? AND place < ? AND same_as = place "
                     "ORDER BY place", own.mark, place)  # fmt: skip
    for other, text, at, size in rows:
        first = Design.from_json(json.loads(text))
        if first.to_json() == design.to_json():
            return other, dumped({"times": "1", "stretch": "1"})
        found = yield orders.alike(first, design, (Print(own.mark, at, size), own))
        if found.get("relation"):
            return other, dumped(found["relation"])
    return place, None

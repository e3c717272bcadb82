"""Successive halving: what is kept is trained a few steps, the best third goes on for four times as many, and so on.

A ranking after a few steps may pick the wrong winner. So some of those that are dropped, evenly over their ranks, are
trained to the end all the same, and it is told how well each early ranking agrees with the last, and how many of the
best at the end it would have dropped. The winners meet ReLU, ELU and GELU with seeds that chose nobody: every function
with the same seed meets the same draws of the weights and the same samples in the same order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from statistics import mean, stdev
from typing import Any

from propcheck import processes
from propcheck.probes import crew
from propcheck.sweep.designs import Design, digest
from propcheck.sweep.store import Store, dumped
from propcheck.verdict import InputError, plain

RUNGS, SHARE = (6, 24, 96), 3  # steps of each rung, and one of how many goes on
SAMPLE = 9  # of those that a rung drops, so many go to the end all the same
SEEDS, FRESH = (0, 1), (10, 11, 12, 13, 14)
RATES = tuple(2.0**k for k in range(-4, 0))
SAMPLES = 64  # of a step
BEST = 5
PEERS = ("relu", "elu", "gelu")
LIMIT = 120.0  # seconds of processor time of one training
_T = 2.776  # Student's for five pairs and 95 %
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Survival:
    """How a rung's ranking agrees with the last: the rank correlation over the `count` designs that were trained to the
    end, and how many of the best there it would have dropped."""

    steps: int
    count: int
    correlation: float
    best: int
    dropped: int


@dataclass(frozen=True)
class Duel:
    """A function beside a peer: the mean difference over seeds and half of its interval of 95 %."""

    name: str
    peer: str
    accuracy: float
    accuracy_half: float
    loss: float
    loss_half: float


@dataclass(frozen=True)
class Halving:
    """How many each rung had, how far early ranks survive, the best, and their duels with the peers."""

    counts: tuple[int, ...]
    survival: tuple[Survival, ...]
    best: tuple[tuple[int, str], ...]
    accuracies: Mapping[str, float]
    duels: tuple[Duel, ...]
    lost: int

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "propcheck.halving/1",
            "rungs": [{"steps": steps, "designs": count} for steps, count in zip(RUNGS, self.counts, strict=True)],
            "survival": [plain(vars(item)) for item in self.survival],
            "best": [{"place": place, "expression": text} for place, text in self.best],
            "accuracies": plain(dict(self.accuracies)),
            "duels": [plain(vars(item)) for item in self.duels],
            "lost": self.lost,
        }


class _Trainer:
    """Answers orders: the training of a design."""

    def __init__(self, designs: Sequence[Mapping[str, Any]], steps: int, seeds: Sequence[int]):
        self.designs, self.steps, self.seeds = designs, steps, seeds

    def __call__(self, order: crew.Order) -> dict[str, Any]:
        return trained(Design.from_json(self.designs[order.subject]), self.steps, self.seeds)


def trained(design: Design, steps: int, seeds: Sequence[int]) -> dict[str, Any]:
    """Loss and accuracy on held-out samples, for each seed, at the learning rate that serves the design best: that of
    the least mean loss on training samples."""
    import numpy as np

    from propcheck.probes.training import available, task
    from propcheck.study import networks, running, training

    subject, kept = running.subject(design.read())
    plan = training.Plan(steps, SAMPLES, RATES, 0.3, checked=min(5, steps))
    layers = networks.made("plain", subject.units, subject.own, kept, len(RATES), seeds)
    found = training.train(layers, plan, seeds, task(available()))
    losses = np.where(np.isfinite(found.loss), found.loss, np.inf).mean(axis=1)
    best = int(losses.argmin())
    rows = {"loss": found.loss[best], "accuracy": np.nan_to_num(found.accuracy[best])}
    return {"rate": RATES[best]} | {key: [round(float(v), 6) for v in row] for key, row in rows.items()}


def halved(store: Store, workers: int | None = None, tell: Tell = lambda *_: None) -> Halving:
    """Halving of the designs that are kept; what was trained before is in the store, and is not trained again."""
    rows = store.ask("SELECT place, design FROM designs WHERE state = 'kept' ORDER BY place")
    if not rows:
        raise InputError(f"{store.path} has no design that is kept; there is nothing to train")
    designs = {place: Design.from_json(json.loads(text)) for place, text in rows}
    run = partial(_results, store, workers=workers, tell=tell)
    alive, extra = list(designs), list[int]()
    counts, rungs = [], []
    for steps in RUNGS:
        last = steps == RUNGS[-1]
        counts.append(len(alive))
        found = run({place: designs[place] for place in (*alive, *(extra if last else ()))}, steps, SEEDS)
        scores = {place: _score(one) for place, one in found.items()}
        rungs.append(scores)
        if not last:
            ranked = sorted(alive, key=lambda place: (scores[place], place))
            alive, dropped = (
                ranked[: max(BEST, -(-len(ranked) // SHARE))],
                ranked[max(BEST, -(-len(ranked) // SHARE)) :],
            )
            extra += dropped[:: max(1, -(-len(dropped) // SAMPLE))]
    end = rungs[-1]
    survival = tuple(_survival(steps, scores, end) for steps, scores in zip(RUNGS[:-1], rungs[:-1], strict=True))
    best = sorted((place for place in alive if math.isfinite(end[place])), key=lambda place: (end[place], place))[:BEST]
    named = {str(place): designs[place] for place in best} | {name: Design(name) for name in PEERS}
    fresh = run(named, RUNGS[-1], FRESH)
    duels = tuple(_duel(str(place), peer, fresh) for place in best for peer in PEERS
                  if "lost" not in fresh[str(place)] and "lost" not in fresh[peer])  # fmt: skip
    accuracies = {name: mean(one["accuracy"]) for name, one in fresh.items() if "lost" not in one}
    lost = sum("lost" in one for one in (rung for rung in fresh.values()))
    return Halving(
        tuple(counts), survival, tuple((place, designs[place].told) for place in best), accuracies, duels, lost
    )


def _results(
    store: Store, designs: Mapping[Any, Design], steps: int, seeds: Sequence[int], workers: int | None, tell: Tell
) -> dict[Any, dict[str, Any]]:
    from propcheck.probes.experiment import versions
    from propcheck.probes.training import available

    setting = [versions(), available(), steps, list(seeds), RATES, SAMPLES]
    keys = {place: digest("train", setting, design.to_json()) for place, design in designs.items()}
    found: dict[Any, dict[str, Any]] = {}
    for place, key in keys.items():
        rows = store.ask("SELECT value FROM measured WHERE name = ?", key)
        if rows:
            found[place] = json.loads(rows[0][0])
    left = [place for place in designs if place not in found]
    make = partial(_Trainer, [designs[place].to_json() for place in left], steps, tuple(seeds))
    orders = [crew.Order(k, 0) for k in range(len(left))]
    with closing(crew.run(make, orders, processes.counted(workers), LIMIT)) as answers:
        for done, (order, answer) in enumerate(answers, 1):
            place = left[order.subject]
            found[place] = {"lost": answer.note} if isinstance(answer, crew.Failure) else answer
            store.put("INSERT OR REPLACE INTO measured VALUES (?, ?, ?)", keys[place], f"{place} {steps}",
                      dumped(plain(found[place])))  # fmt: skip
            tell(done, len(left), f"{steps} steps")
    store.commit()
    return {place: found[place] for place in designs}


def _score(found: Mapping[str, Any]) -> float:
    """The mean loss; infinite of what is lost."""
    losses = [float("inf") if loss in (None, "inf") else float(loss) for loss in found.get("loss", ["inf"])]
    return mean(losses) if all(map(math.isfinite, losses)) else math.inf


def _survival(steps: int, early: Mapping[int, float], end: Mapping[int, float]) -> Survival:
    both = sorted(set(early) & set(end))
    best = sorted(both, key=lambda place: (end[place], place))[:BEST]
    alive = sorted(early, key=lambda place: (early[place], place))[: max(BEST, -(-len(early) // SHARE))]
    value = correlation([early[place] for place in both], [end[place] for place in both])
    return Survival(steps, len(both), value, len(best), sum(place not in alive for place in best))


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation; NaN where one of the two is constant."""
    ranks = [_ranks(values) for values in (first, second)]
    middle = (len(first) + 1) / 2
    a, b = ([rank - middle for rank in row] for row in ranks)
    size = math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / size if size else math.nan


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1 on; those that are alike share the mean of theirs."""
    ordered = sorted(values)
    first = {value: ordered.index(value) + 1 for value in set(values)}
    return [first[value] + (ordered.count(value) - 1) / 2 for value in values]


def _duel(name: str, peer: str, found: Mapping[Any, Mapping[str, Any]]) -> Duel:
    halves = []
    for key in ("accuracy", "loss"):
        apart = [float(x) - float(y) for x, y in zip(found[name][key], found[peer][key], strict=True)]
        halves += [mean(apart), _T * stdev(apart) / math.sqrt(len(apart))]
    return Duel(name, peer, *halves)

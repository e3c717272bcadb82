"""All that is run for one function and one seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.network import Initialisation, read, units
from propcheck.numeric.timing import Timing, timing
from propcheck.probes import deep, training
from propcheck.probes.crew import Order
from propcheck.probes.setting import Setting
from propcheck.target import activation

REFERENCE = "relu"  # what others are measured against, in the same run


@dataclass(frozen=True)
class Outcome:
    """One seed's deep pass, training runs, dying units, and the times of a pass and of an element."""

    seed: int
    initialisation: Initialisation
    kept_bytes: float
    deep: deep.Deep
    runs: tuple[training.Run, ...]
    dying: training.Dying
    relative_time: float
    timing: Timing


class Laboratory:
    """What answers orders: the items under study, each made ready once."""

    def __init__(self, items: Sequence[Any], setting: Setting, task: str):
        self.items, self.setting, self.task = items, setting, task
        self._ready: dict[int, deep.Contender] = {}
        self._reference: deep.Contender | None = None

    def __call__(self, order: Order) -> Outcome:
        own, scheme = self._made(order.subject)
        if self._reference is None:
            self._reference = self._read(REFERENCE)
        return Outcome(
            order.seed,
            scheme,
            deep.kept_bytes(own, self.setting),
            deep.run(own, scheme, self.setting, order.seed),
            training.learn(own, scheme, self.task, order.seed),
            training.die(own, scheme, self.task, order.seed),
            deep.relative_time((own, scheme), self._reference, self.setting),
            timing(activation(self.items[order.subject]), self.setting.dtype, fast=False),
        )

    def _made(self, subject: int) -> deep.Contender:
        if subject not in self._ready:
            self._ready[subject] = self._read(self.items[subject])
        return self._ready[subject]

    def _read(self, item: Any) -> deep.Contender:
        made = units(activation(item), fast=False)  # the same bytes whatever else is installed
        return made, read(self.setting.init, made)

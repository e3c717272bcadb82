"""All that is run for one function and one seed."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from propcheck.calculus import Undecided
from propcheck.meanfield.propagation import start
from propcheck.network import Initialisation, read, units
from propcheck.numeric.timing import Timing, timing
from propcheck.numeric.units import Plain, Units
from propcheck.probes import block_theory, blocks, deep, prediction, training
from propcheck.probes.crew import Order
from propcheck.probes.setting import CRITICAL, PLAIN, Setting
from propcheck.probes.theory import Theory, theory
from propcheck.target import activation

REFERENCE = "relu"  # what others are measured against, in the same run
PARTS = ("runs", "dying", "times")  # what is run beside the deep network, where a page needs it
_ROUNDED = 1e-9


@dataclass(frozen=True)
class Outcome:
    """One seed's deep pass, training runs, dying units, and the times of a pass and of an element.

    What no page in use needs has not been run: there are no runs, dying and timing are None.
    """

    seed: int
    initialisation: Initialisation
    kept_bytes: float
    deep: deep.Deep
    runs: tuple[training.Run, ...]
    dying: training.Dying | None
    relative_time: float
    timing: Timing | None
    theory: Theory | None = None
    inputs: int = 1  # linear forms for each unit


class Laboratory:
    """What answers orders: the items under study, each made ready once."""

    def __init__(self, items: Sequence[Any], setting: Setting, task: str, parts: Collection[str] = PARTS):
        self.items, self.setting, self.task, self.parts = items, setting, task, parts
        self._ready: dict[int, deep.Contender] = {}
        self._theory: dict[int, Theory] = {}
        self._reference: deep.Contender | None = None

    def __call__(self, order: Order) -> Outcome:
        own, scheme = self._made(order.subject)
        if self._reference is None:
            self._reference = self._read(REFERENCE)
        return Outcome(
            order.seed,
            scheme,
            deep.kept_bytes(own, self.setting),
            (deep if self.setting.block == PLAIN else blocks).run(own, scheme, self.setting, order.seed),
            training.learn(own, scheme, self.task, order.seed) if "runs" in self.parts else (),
            training.die(own, scheme, self.task, order.seed) if "dying" in self.parts else None,
            deep.relative_time((own, scheme), self._reference, self.setting) if "times" in self.parts else math.nan,
            timing(activation(self.items[order.subject]), self.setting.dtype, fast=self.setting.fast)
            if "times" in self.parts
            else None,
            self._expected(order.subject),
            own.inputs,
        )

    def _expected(self, subject: int) -> Theory:
        if subject not in self._theory:
            find = theory if self.setting.block == PLAIN else block_theory.theory
            self._theory[subject] = find(*self._made(subject), self.setting)
        return self._theory[subject]

    def _made(self, subject: int) -> deep.Contender:
        if subject not in self._ready:
            self._ready[subject] = self._read(self.items[subject])
        return self._ready[subject]

    def _read(self, item: Any) -> deep.Contender:
        made = units(activation(item), fast=self.setting.fast)  # the same bytes whatever else is installed
        return made, critical(made) if self.setting.init == CRITICAL else read(self.setting.init, made)


def critical(units: Units) -> Initialisation:
    """The start that is recommended: critical, or preserving where no critical one is found at which lengths stay.

    Where units draw noise, or are the largest of several, the point with q = 1 is taken, if there is one.
    """
    if isinstance(units, Plain):
        with suppress(Undecided):
            found = start(units.activation)
            return Initialisation(found.scheme, found.sigma_w2, found.sigma_b2)
    else:
        square, slope = (float(values[0]) for values in prediction.moments(units, np.ones(1)))
        if slope > 0 and square / slope <= 1 + _ROUNDED:
            return Initialisation(CRITICAL, 1 / slope, max(0.0, round(1 - square / slope, 12)))
    return read("preserving", units)

"""A trial: what one seed of an experiment takes on this machine, from a few layers and a few steps of ReLU's."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from propcheck import target
from propcheck.network import read, units
from propcheck.probes import crew, deep, training
from propcheck.probes.outcome import REFERENCE
from propcheck.probes.setting import Setting
from propcheck.target import activation

LAYERS, WIDEST = 8, 1024  # of the network that is tried; depth and width are made good for
SAMPLES = "prototypes"  # which are at hand whatever is installed
REST = 0.2  # seconds that do not depend on the setting: times of an element, units that die


@dataclass(frozen=True)
class Trial:
    """Seconds on the processor of one seed of ReLU, and how many times as long the clock ran meanwhile."""

    seconds: float
    busy: float


def trial(setting: Setting) -> Trial:
    """What a seed takes, found in a process that works as those of an experiment do; no end where it is lost."""
    with closing(crew.run(partial(partial, _tried, setting), [crew.Order(0, 0)], 1)) as finished:
        ((_, found),) = finished
    return found if isinstance(found, Trial) else Trial(math.inf, 1.0)


def _tried(setting: Setting, order: crew.Order) -> Trial:
    """A layer's share grows with the square of the width, and with the depth."""
    own = units(activation(target.read(REFERENCE)))
    contender = own, read("preserving", own)
    few = replace(setting, depth=min(setting.depth, LAYERS), width=min(setting.width, WIDEST), init="preserving")
    training.task(SAMPLES)  # and what else is made once
    deep.run(*contender, replace(few, depth=2), 0)
    started, clock = time.process_time(), time.perf_counter()
    layers = _spent(lambda: deep.run(*contender, few, 0))
    passes = _spent(lambda: deep.relative_time(contender, contender, few))
    steps = _spent(lambda: training.learn(*contender, SAMPLES, 0))
    spent, passed = time.process_time() - started, time.perf_counter() - clock
    wider = (setting.width / few.width) ** 2
    deeper = setting.depth / few.depth, min(setting.depth, deep.TIMED_DEPTH) / min(few.depth, deep.TIMED_DEPTH)
    return Trial(wider * (layers * deeper[0] + passes * deeper[1]) + steps + REST, max(1.0, passed / max(spent, 1e-3)))


def _spent(work: Callable[[], Any]) -> float:
    """Seconds on the processor."""
    started = time.process_time()
    work()
    return time.process_time() - started

"""A question that hangs, eats memory or crashes where the formula says so, in the place of one about a fact."""

from __future__ import annotations

import itertools
import os
import signal
from typing import Any, NoReturn

from propcheck.sweep import orders

_FACT = orders._fact


def act(key: str, reject: Any, activation: Any, answers: Any) -> Any:
    harm = {"111*x": hang, "222*x": eat, "333*x": crash}.get(activation.name)
    return harm() if harm else _FACT(key, reject, activation, answers)


def hang() -> bool:
    return any(itertools.repeat(0))


def eat() -> NoReturn:
    eaten = []
    while True:
        eaten.append(bytes(1 << 24))


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)

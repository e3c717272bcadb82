"""Processes of this machine: each order under limits of time and memory, whoever is lost is replaced.

A process that somebody kills says nothing of the design that it was at: that is asked again, and only where it happens
AGAIN and again is the design told to be the cause, as one that eats the memory of the machine is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from propcheck.processes import worker
from propcheck.processes.hands import LOOK, Hands
from propcheck.processes.worker import Stopped
from propcheck.sweep import orders
from propcheck.sweep.orders import Order

AGAIN = 2
_KILLED = "the process was killed"


class Local:
    """So many processes; one of them is the serial engine. `limit` is in seconds of processor time for an order."""

    def __init__(self, limit: float, workers: int | None = None, memory: int = worker.MEMORY):
        worker.check_limit(limit)
        self._limit, self._hands = limit, Hands(workers, memory)
        self._killed: Counter[int] = Counter()

    def room(self) -> int:
        return self._hands.free

    def give(self, tag: Any, order: Order) -> None:
        self._hands.give((tag, order), orders.job(order), self._limit)

    def finished(self, beside: Sequence[Any] = (), seconds: float = LOOK) -> Iterator[tuple[Any, Any, float]]:
        for (tag, order), outcome, took in self._hands.finished(beside, seconds):
            if _was_killed(outcome) and self._killed[id(order)] < AGAIN:
                self._killed[id(order)] += 1
                self.give(tag, order)
                continue
            self._killed.pop(id(order), None)
            yield tag, orders.result(order, outcome), took

    def close(self) -> None:
        self._hands.close()


def _was_killed(outcome: worker.Outcome) -> bool:
    answers = outcome.values() if isinstance(outcome, dict) else ()
    return any(isinstance(answer, Stopped) and answer.note.startswith(_KILLED) for answer in answers)

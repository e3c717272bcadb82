"""Processes of this machine: each order under limits of time and memory, whoever is lost is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from propcheck.processes import worker
from propcheck.processes.hands import LOOK, Hands
from propcheck.sweep import orders
from propcheck.sweep.orders import Order


class Local:
    """So many processes; one of them is the serial engine. `limit` is in seconds of processor time for an order."""

    def __init__(self, limit: float, workers: int | None = None, memory: int = worker.MEMORY):
        worker.check_limit(limit)
        self._limit, self._hands = limit, Hands(workers, memory)

    def room(self) -> int:
        return self._hands.free

    def give(self, tag: Any, order: Order) -> None:
        self._hands.give((tag, order), orders.job(order), self._limit)

    def finished(self, beside: Sequence[Any] = (), seconds: float = LOOK) -> Iterator[tuple[Any, Any, float]]:
        for (tag, order), outcome, took in self._hands.finished(beside, seconds):
            yield tag, orders.result(order, outcome), took

    def close(self) -> None:
        self._hands.close()

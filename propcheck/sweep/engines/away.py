"""Other people's engines: any Executor of concurrent.futures, and through one dask.distributed.

What travels is the text of orders and the text of what they came to. In the process that an executor works in, a child
of its own answers under limits, so that a design that hangs, dies or eats memory costs itself alone there too. Orders
go in batches of at least BATCH seconds; a batch that is lost with its worker goes again.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import suppress
from typing import Any

from propcheck.processes import worker
from propcheck.sweep import orders
from propcheck.sweep.orders import Order
from propcheck.verdict import InputError

BATCH = 0.1  # seconds of work in a batch, at least, where there is so much
LARGEST = 256  # orders in a batch
AGAIN = 5  # times that a batch is sent before it is given up
_LOOK = 0.25


class Away:
    """An executor at work, for so many `slots`. Where `alive` says that nobody is there any more, or a batch cannot be
    sent, `again` makes a new one, and all that was on its way goes again."""

    def __init__(
        self,
        executor: Executor,
        slots: int,
        limit: float,
        memory: int = worker.MEMORY,
        again: Callable[[], Executor] | None = None,
        alive: Callable[[], bool] = lambda: True,
        ended: Callable[[], None] = lambda: None,
        work: Callable[[str, float, int], str] | None = None,
    ):
        worker.check_limit(limit)
        self._executor, self._slots, self._again, self._alive = executor, max(1, slots), again, alive
        self._ended, self._work = ended, work or answered
        self._limit, self._memory = limit, memory
        self._waiting: list[tuple[Any, Order]] = []
        self._out: dict[Future[str], tuple[list[tuple[Any, Order]], int]] = {}
        self._seconds = BATCH  # of an order, as far as is known

    def room(self) -> int:
        return 2 * self._slots * LARGEST - len(self._waiting) - sum(len(batch) for batch, _ in self._out.values())

    def give(self, tag: Any, order: Order) -> None:
        self._waiting.append((tag, order))

    def finished(self, beside: Sequence[Any] = (), seconds: float = _LOOK) -> Iterator[tuple[Any, Any, float]]:
        self._send()
        if not self._out:
            return
        done, _ = wait(self._out, timeout=seconds, return_when=FIRST_COMPLETED)
        if not self._alive() and self._again is not None:
            self._renew()
            return
        for future in done:
            batch, tries = self._out.pop(future)
            try:
                answers = json.loads(future.result())
            except InputError:
                raise
            except (Exception, CancelledError) as error:
                self._lost(batch, tries + 1, error)
                continue
            spent = sum(took for _, took in answers) / len(answers)
            self._seconds = 0.8 * self._seconds + 0.2 * spent
            for (tag, _), (result, took) in zip(batch, answers, strict=True):
                yield tag, result, took
        self._send()

    def _send(self) -> None:
        """Batches for who is idle: of so many orders that each is worth its way, and that nobody has none."""
        while self._waiting and len(self._out) < 2 * self._slots:
            worth = max(1, min(LARGEST, round(BATCH / max(self._seconds, 1e-4))))
            fair = -(-len(self._waiting) // self._slots)
            size = max(1, min(worth if fair <= worth else max(worth, min(fair, 4 * worth)), LARGEST))
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            self._submit(batch, 0)

    def _submit(self, batch: list[tuple[Any, Order]], tries: int) -> None:
        text = json.dumps({"versions": orders.versions(), "orders": [order for _, order in batch]})
        try:
            self._out[self._executor.submit(self._work, text, self._limit, self._memory)] = batch, tries
        except Exception:
            if self._again is None:
                raise
            self._waiting[:0] = batch
            self._renew()

    def _renew(self) -> None:
        """A new executor in place of one that is gone; what that had goes again."""
        assert self._again is not None
        with suppress(Exception):
            self._executor.shutdown(wait=False, cancel_futures=True)
        lost, self._out = [item for batch, _ in self._out.values() for item in batch], {}
        self._waiting[:0] = lost
        self._executor = self._again()

    def _lost(self, batch: list[tuple[Any, Order]], tries: int, error: BaseException) -> None:
        if tries >= AGAIN:
            raise error
        time.sleep(min(5.0, 0.2 * 2**tries))
        self._submit(batch, tries)

    def close(self) -> None:
        for future in self._out:
            future.cancel()
        with suppress(Exception):
            self._executor.shutdown(wait=False, cancel_futures=True)
        with suppress(Exception):
            self._ended()


# ---------------------------------------------------------------------------------------------- there


_hands: dict[tuple[float, int], Any] = {}


def answered(text: str, limit: float, memory: int) -> str:
    """What the orders of a batch come to, each with its seconds, in the process that an executor works in.

    InputError where the versions there are others than those that ask: the results would be.
    """
    from propcheck.sweep.engines.local import Local

    message = json.loads(text)
    for name, version in orders.versions().items():
        if message["versions"][name] != version:
            wanted = message["versions"][name]
            raise InputError(f"a worker has {name} {version}, and the sweep {wanted}; install the same on all machines")
    with _may_have_children():
        engine = _hands.get((limit, memory))
        if engine is None:
            engine = _hands[limit, memory] = Local(limit, 1, memory)
        given = message["orders"]
        found: list[Any] = [None] * len(given)
        for place, order in enumerate(given):
            engine.give(place, order)
            while found[place] is None:
                for tag, result, took in engine.finished():
                    found[tag] = [result, round(took, 6)]
    return json.dumps(found)


class _may_have_children:  # noqa: N801, a context
    """Processes of multiprocessing that end with their parent may have no children, though ours end with theirs."""

    def __enter__(self) -> None:
        self._config = getattr(multiprocessing.current_process(), "_config", {})
        self._before = self._config.get("daemon")
        self._config["daemon"] = False

    def __exit__(self, *_: Any) -> None:
        self._config["daemon"] = self._before

"""Processes that share out orders, each computing on one thread, so that their number changes no result.

An order is a subject and a seed. An idle process takes the next order of a subject that it has met, else of one that
nobody has begun, else the first that is left. A subject that has used up its time is given up with what was found.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, NamedTuple

from propcheck.processes.child import LOOK, NOT_SENT, PATIENCE, POLL, Child, Ended

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Order(NamedTuple):
    """One seed of one subject, by its place."""

    subject: int
    seed: int


class Failure(NamedTuple):
    """In place of an answer: what kept an order from having one; `wrong_input` where the subject is to blame."""

    note: str
    wrong_input: bool = False


class _Begun(NamedTuple):
    """Ahead of an answer: the process is at work on it."""


Work = Callable[[Order], Any]


def run(
    make: Callable[[], Work], orders: Sequence[Order], workers: int, limit: float | None = None
) -> Generator[tuple[Order, Any], None, None]:
    """Each order with its answer or `Failure`, as they are finished.

    `make` builds in each process what answers orders; it and the answers are sent by pickle. `limit` is in seconds on
    the processor for a subject, of all processes together, so that neither their number nor what else a machine does
    decides what is finished; the start of a process is not counted. Where that time does not pass, the clock stops it.
    """
    pending = list(orders)
    taken: set[int] = set()  # subjects
    used: dict[int, float] = {}  # by subject, from when its first order is begun
    patient: dict[int, float] = {}  # until when, by the clock
    crew = [_Worker(make) for _ in range(max(1, min(workers, len(pending))))]
    try:
        while pending or any(worker.order for worker in crew):
            for worker in crew:
                if worker.order is None and pending:
                    order = _next(pending, worker.met, taken)
                    pending.remove(order)
                    taken.add(order.subject)
                    worker.begin(order)
            busy = [worker for worker in crew if worker.order]
            at_work = [worker.order.subject for worker in busy if worker.order and worker.begun]
            left = [(limit - used[subject]) / at_work.count(subject) for subject in at_work] if limit else []
            ready = _ready(busy, min(max(POLL, min(left)), LOOK) if left else None)
            for worker in busy:
                if worker.order and worker.begun:
                    used[worker.order.subject] += worker.child.spent()
            for worker in ready:
                order = worker.order
                assert order is not None
                answer = worker.answer()
                if isinstance(answer, _Begun):
                    worker.child.spent()
                    used.setdefault(order.subject, 0.0)
                    patient.setdefault(order.subject, time.monotonic() + PATIENCE * (limit or math.inf))
                else:
                    yield order, answer
            if limit is None:
                continue
            now = time.monotonic()
            late = {subject for subject in used if used[subject] >= limit or now >= patient[subject]}
            for worker in crew:
                if worker.order and worker.order.subject in late:
                    order = worker.order
                    worker.stop()
                    yield order, Failure(f"the {limit:g} s of the target were used up")
            for order in [order for order in pending if order.subject in late]:
                pending.remove(order)
                yield order, Failure(f"the {limit:g} s of the target were used up")
    finally:
        for worker in crew:
            worker.stop()


def _next(pending: Sequence[Order], met: set[int], taken: set[int]) -> Order:
    for wanted in (lambda order: order.subject in met, lambda order: order.subject not in taken, lambda order: True):
        found = next((order for order in pending if wanted(order)), None)
        if found is not None:
            return found
    raise AssertionError("no order is left")


def _ready(busy: Sequence[_Worker], seconds: float | None) -> list[_Worker]:
    ready = set(wait([worker.child.pipe for worker in busy], seconds))
    return [worker for worker in busy if worker.child.pipe in ready]


class _Worker:
    """A process that answers one order after another; a fresh one where it had to be stopped."""

    def __init__(self, make: Callable[[], Work]):
        self.child = Child(_serve, make)
        self.order: Order | None = None
        self.met: set[int] = set()
        self.begun = False
        self._served = False

    def begin(self, order: Order) -> None:
        if not self.child.alive:
            with _one_thread():  # spawned, not forked: a loaded library of linear algebra keeps its number of threads
                self.child.start("spawn")
        self.child.send(order)
        self.order, self.begun = order, False
        self.met.add(order.subject)

    def answer(self) -> Any:
        """The answer that lies ready, or that one is being worked on."""
        try:
            answer = self.child.receive()
        except Ended as ended:
            started = self._served or ended.by_signal  # a signal costs one answer
            self.stop()
            if not started:
                raise RuntimeError(f"a process for the experiments did not start; {NOT_SENT}") from None
            return Failure("the process ended, perhaps for want of memory")
        self._served, self.begun = True, isinstance(answer, _Begun)
        if not self.begun:
            self.order = None
        return answer

    def stop(self) -> None:
        self.child.kill()
        self.order, self.met, self._served, self.begun = None, set(), False, False


@contextmanager
def _one_thread() -> Iterator[None]:
    """Children that start meanwhile compute on one thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _serve(pipe: Any, make: Callable[[], Work]) -> None:
    """The child: answers orders until the parent is gone."""
    from propcheck.verdict import InputError

    work = make()
    while True:
        order = pipe.recv()
        pipe.send(_Begun())
        try:
            answer = work(order)
        except InputError as error:
            answer = Failure(str(error), wrong_input=True)
        except MemoryError:
            answer = Failure("memory was used up; take a smaller depth, width or batch")
        except Exception as error:
            answer = Failure(f"{type(error).__name__}: {error}".removesuffix(": "))
        pipe.send(answer)

"""Children at work on answers: as many as there are cores, and the rest wait in the order in which they came.

What is answered quickly must not wait for what takes long. So a job is run quickly at first, and what took too long for
that is asked again with patience: those who are patient come after those who are quick, and one place more is for the
quick alone.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Container, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from propcheck.processes import worker
from propcheck.processes.worker import Job, Stopped

BEAT = 0.1  # seconds after which who waits may look whether anybody wants the answer still
QUICK = 3.0  # seconds for a job that is run quickly
# Imported once, in the process that children are forked from: what is imported where it is used is among it.
_PRELOADED = ["propcheck.serve.study", "propcheck.numeric.numpy", "scipy.optimize", "scipy.special"]

Found = Generator[tuple[str, Any] | None, None, None]


class Pool:
    """Runs jobs; `limit` is the time in seconds for a job that is run with patience, from when it has its place."""

    def __init__(self, limit: float, size: int | None = None, memory: int = worker.MEMORY):
        self.limit = limit
        self._memory = memory
        self._line = _Line(size or os.cpu_count() or 1)

    def answers(self, job: Job, late: Container[str] = ()) -> Found:
        """The answers to a job as they are found, and None at every beat; closing the generator ends the work.

        The questions in `late` are not asked quickly, since they are known to take long, and the closing ones neither.
        """
        answers: dict[str, Any] = {}
        early = tuple((key, ask) for key, ask in job.questions if key not in late)
        with closing(self._run(replace(job, questions=early, closing=()), min(QUICK, self.limit), True, {})) as found:
            for item in found:
                if item is None:
                    yield None
                elif not isinstance(item[1], Stopped):
                    answers[item[0]] = item[1]
                    yield item
        rest = tuple((key, ask) for key, ask in job.questions if key not in answers)
        if rest or job.closing:
            with closing(self._run(replace(job, questions=rest), self.limit, False, answers)) as found:
                yield from found

    def _run(self, job: Job, limit: float, quick: bool, known: Mapping[str, Any]) -> Found:
        place = self._line.join(quick)
        try:
            while not place.called.wait(BEAT):
                yield None
            with closing(worker.answers(job, limit, self._memory, BEAT, known)) as found:
                yield from found
        finally:
            self._line.leave(place)

    def warm_up(self) -> None:
        """Starts what children are forked from, so that the first question does not wait for imports."""
        multiprocessing.set_forkserver_preload(_PRELOADED)
        threading.Thread(target=self._first, daemon=True).start()

    def _first(self) -> None:
        for _ in self.answers(Job(int, (("ready", _ready),))):
            pass


def _ready(subject: int, answers: Any) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class _Place:
    """A place in the line; who is called may work."""

    quick: bool
    called: threading.Event = field(default_factory=threading.Event)


class _Line:
    """Who waits for a place: there are so many, and one more for the quick alone."""

    def __init__(self, places: int):
        self._free = {True: places + 1, False: places}  # for the quick, and for the others
        self._waiting: dict[bool, deque[_Place]] = {True: deque(), False: deque()}
        self._lock = threading.Lock()

    def join(self, quick: bool) -> _Place:
        place = _Place(quick)
        with self._lock:
            self._waiting[quick].append(place)
            self._call()
        return place

    def leave(self, place: _Place) -> None:
        with self._lock:
            if not place.called.is_set():
                self._waiting[place.quick].remove(place)
                return
            self._free[True] += 1
            self._free[False] += 0 if place.quick else 1
            self._call()

    def _call(self) -> None:
        for quick, waiting in self._waiting.items():
            while waiting and self._free[True] and self._free[quick]:
                self._free[True] -= 1
                self._free[False] -= 0 if quick else 1
                waiting.popleft().called.set()

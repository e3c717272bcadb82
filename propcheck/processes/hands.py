"""Children that stay, to whom jobs are given one at a time as they come: for work whose end nobody knows yet.

`worker.shared` has all its jobs before it starts. Here a job is sent to whoever is idle, with the same limits and the
same answers, and whoever waits for answers may wait for other things too, such as the next line of a stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any

from propcheck import processes
from propcheck.processes.child import Child
from propcheck.processes.worker import MEMORY, Clock, Job, Outcome, answers_there, collected, serve
from propcheck.verdict import InputError

LOOK = 0.25  # seconds between two looks at what a child has spent, while it says nothing
MOST = 256  # children


@dataclass
class _Hand:
    """A child, and the job that it is at."""

    child: Child
    tag: Any = None
    job: Job | None = None
    answers: Generator[tuple[str, Any] | None, None, None] | None = None
    found: list[tuple[str, Any]] = field(default_factory=list)
    started: float = 0.0

    def begin(self, tag: Any, job: Job, limit: float) -> None:
        self.tag, self.job, self.found, self.started = tag, job, [], time.perf_counter()
        self.answers = answers_there(self.child, job, job, Clock(limit, job), 0)

    def step(self) -> Outcome | None:
        """The outcome of the job, where what has been said is all of it; this waits for nothing."""
        assert self.job is not None and self.answers is not None
        try:
            for item in self.answers:
                if item is None:
                    return None
                self.found.append(item)
        except InputError as refusal:
            return self._ended(refusal)
        return self._ended(collected(self.job, self.found))

    def _ended(self, outcome: Outcome) -> Outcome:
        self.job = self.answers = None
        return outcome


class Hands:
    """So many children; a job may be given while one is `free`. Closing them ends what they are at."""

    def __init__(self, workers: int | None = None, memory: int = MEMORY):
        count = min(processes.counted(workers), max(MOST, processes.counted(None)))
        self._hands = [_Hand(Child(serve, (), memory)) for _ in range(count)]
        self._early: list[tuple[Any, Outcome, float]] = []  # of jobs that were over as soon as they were given

    @property
    def free(self) -> int:
        """How many have nothing to do."""
        return sum(hand.job is None for hand in self._hands)

    @property
    def busy(self) -> bool:
        return any(hand.job is not None for hand in self._hands)

    def give(self, tag: Any, job: Job, limit: float) -> None:
        """Sends a job to a child that is free; `limit` is in seconds of processor time."""
        hand = next(hand for hand in self._hands if hand.job is None)
        hand.begin(tag, job, limit)
        outcome = hand.step()  # now the child has it
        if outcome is not None:
            self._early.append((tag, outcome, time.perf_counter() - hand.started))

    def finished(self, beside: Sequence[Any] = (), seconds: float = LOOK) -> Iterator[tuple[Any, Outcome, float]]:
        """Waits till a child says something, or till one of the files `beside` can be read: what is finished by then,
        with its tag and the seconds that it took by the clock."""
        yield from self._early
        self._early.clear()
        working = {hand.child.pipe: hand for hand in self._hands if hand.job is not None}
        if not working and not beside:
            return
        said = wait([*working, *beside], min(seconds, LOOK))
        for pipe, hand in working.items():
            if pipe in said or not said:
                outcome = hand.step()
                if outcome is not None:
                    yield hand.tag, outcome, time.perf_counter() - hand.started

    def close(self) -> None:
        for hand in self._hands:
            hand.child.kill()
            hand.job = hand.answers = None

    def __enter__(self) -> Hands:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def each(
    jobs: Iterable[tuple[Any, Job]],
    limit: float,
    workers: int | None = None,
    memory: int = MEMORY,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[tuple[Any, Outcome, float], None, None]:
    """The outcome of each job with its tag and its seconds, as they come; a job is asked for when somebody is free."""
    coming = iter(jobs)
    with Hands(workers, memory) as hands:
        left = True
        while left or hands.busy:
            while left and hands.free:
                item = next(coming, None) if not stop() else None
                if item is None:
                    left = False
                else:
                    hands.give(*item, limit)
            yield from hands.finished()

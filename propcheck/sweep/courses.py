"""Designs on their way, many at once: each is a course, which orders work and goes on with what came of it.

A course yields orders, and gets the result of each. Whether a design is an earlier one again must not depend on who is
quicker: a course that yields `Turn` goes on when all designs before it have told their mark, and those with its mark
have left. So the outcome is the same whichever engine works, and however many of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Protocol

from propcheck.sweep.orders import Order

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """Wait for all before that have this mark."""

    mark: str


class Leave:
    """Those behind with the same mark may go on."""


Course = Generator[Any, Any, Any]


class Engine(Protocol):
    """What works on orders: here, in processes, or on other machines."""

    def room(self) -> int:
        """How many more orders it may be given now."""
        ...

    def give(self, tag: Any, order: Order) -> None: ...

    def finished(self, beside: Sequence[Any] = (), seconds: float = ...) -> Iterator[tuple[Any, Result, float]]:
        """What is finished, with its tag and its seconds; waits till there is some, or a file `beside` can be read."""
        ...

    def close(self) -> None: ...


@dataclass
class _Way:
    """A course, its place, and the seconds that its orders took."""

    place: int
    course: Course
    seconds: float = 0.0
    mark: str | None = None  # "" once it has passed all others
    inside: bool = False


@dataclass
class Traffic:
    """All courses that are on their way; places rise from one that is `begin`-ned to the next."""

    engine: Engine
    done: deque[tuple[int, Any, float]] = field(default_factory=deque)
    _ways: dict[int, _Way] = field(default_factory=dict)
    _orders: deque[tuple[_Way, Order]] = field(default_factory=deque)
    _unmarked: list[int] = field(default_factory=list)  # a heap of the places whose mark is not known
    _turns: list[int] = field(default_factory=list)  # a heap of those that wait till all before have told theirs
    _lanes: dict[str, deque[_Way]] = field(default_factory=dict)

    @property
    def busy(self) -> int:
        """How many courses are on their way."""
        return len(self._ways)

    def begin(self, place: int, course: Course) -> None:
        way = self._ways[place] = _Way(place, course)
        heappush(self._unmarked, place)
        self._go(way, None)
        self._pass()

    def work(self, beside: Sequence[Any] = ()) -> None:
        """Gives orders while there is room, waits for results, and takes the courses on."""
        self._give()
        for way, result, seconds in self.engine.finished(beside):
            way.seconds += seconds
            self._go(way, result)
            self._pass()
            self._give()

    def _give(self) -> None:
        while self._orders and self.engine.room() > 0:
            self.engine.give(*self._orders.popleft())

    def _go(self, way: _Way, sent: Any) -> None:
        """Takes a course on to its next order, or to where it has to wait."""
        while True:
            try:
                asked = way.course.send(sent)
            except StopIteration as end:
                self._leave(way)
                del self._ways[way.place]
                self.done.append((way.place, end.value, way.seconds))
                return
            if isinstance(asked, Turn):
                way.mark = asked.mark
                heappush(self._turns, way.place)
                return
            if isinstance(asked, Leave):
                self._leave(way)
                sent = None
                continue
            if way.mark is None:
                self._orders.append((way, asked))
            else:
                self._orders.appendleft((way, asked))  # what is begun is finished first
            return

    def _leave(self, way: _Way) -> None:
        if way.inside and way.mark is not None:
            lane = self._lanes[way.mark]
            lane.remove(way)
            if not lane:
                del self._lanes[way.mark]
        way.mark, way.inside = "", False

    def _pass(self) -> None:
        """Lets go on whoever waits for nobody any more."""
        moved = True
        while moved:
            moved = False
            while self._unmarked and self._marked(self._unmarked[0]):
                heappop(self._unmarked)
            while self._turns and (not self._unmarked or self._turns[0] < self._unmarked[0]):
                way = self._ways[heappop(self._turns)]
                assert way.mark is not None
                self._lanes.setdefault(way.mark, deque()).append(way)
            for lane in list(self._lanes.values()):
                first = lane[0]
                if not first.inside:
                    first.inside = moved = True
                    self._go(first, None)

    def _marked(self, place: int) -> bool:
        return place not in self._ways or self._ways[place].mark is not None


def each(
    engine: Engine, courses: Iterator[tuple[int, Course]], window: int, ordered: bool = False
) -> Iterator[tuple[int, Any, float]]:
    """What each course comes to, with its place and its seconds: as they come, or in order. At most `window` are on
    their way, or wait for one before them."""
    traffic = Traffic(engine)
    coming: Iterator[tuple[int, Course]] | None = courses
    kept: dict[int, tuple[int, Any, float]] = {}
    sequence: deque[int] = deque()
    while coming is not None or traffic.busy or traffic.done:
        while coming is not None and traffic.busy + len(kept) < window and not traffic.done:
            item = next(coming, None)
            if item is None:
                coming = None
            else:
                sequence.append(item[0])
                traffic.begin(*item)
        if traffic.busy and not traffic.done:
            traffic.work()
        while traffic.done:
            found = traffic.done.popleft()
            if not ordered:
                yield found
                continue
            kept[found[0]] = found
            while sequence and sequence[0] in kept:
                yield kept.pop(sequence.popleft())

"""Questions answered in a child process, under limits that really stop the work.

A thread cannot be stopped and a signal waits for C code to return, so the questions about one subject are asked in a
child process that can be killed. Each answer is sent as soon as it is found: a question that hangs, crashes or runs out
of memory loses its own answer and no other. The time limit is the subject's: the first question to overrun has had
half of it, the second a quarter, and so on, and a tenth is kept for the closing questions. A lone question has
it all. Time is the child's time on the processor, so that a busy machine gives the same answers; the clock stops only a
child that sleeps.
"""

from __future__ import annotations

import faulthandler
import math
import os
import pickle
import reprlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from numbers import Real
from typing import Any

from propcheck import processes
from propcheck.processes.child import NOT_SENT, PATIENCE, POLL, Child, Ended
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

try:
    import resource
except ImportError:  # not on Windows: there only time is limited
    resource = None

SHARE = 0.5  # of the limit, for the first question that overruns; each later one has this share of the one before
RESERVE = 0.1  # of the limit, kept for the closing questions
MEMORY = 4 << 30  # bytes of address space of the child
START_LIMIT = 120.0  # seconds for a child to start and import; not counted against any subject
GRACE = 5  # seconds of processor time beyond the limit after which an orphaned child ends by itself
LONGEST = 1e9  # seconds of a time limit

Question = Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Stopped:
    """In place of an answer: what kept the question from having one."""

    note: str


_ENDED = Stopped("the process ended")
_LATE = Stopped("it took too long")


@dataclass(frozen=True)
class Job:
    """One subject and the questions about it, each a function of the subject and of the answers so far.

    `subject` builds the subject inside the child; an InputError that it raises is the outcome of the job. Answers are
    sent by pickle, and where processes are spawned so is the job.
    """

    subject: Callable[[], Any]
    questions: tuple[tuple[str, Question], ...]
    closing: tuple[tuple[str, Question], ...] = ()


Outcome = dict[str, Any] | InputError  # the answers to a job by their keys, or why it is refused


def run(
    jobs: Sequence[Job], limit: float | None, memory: int = MEMORY
) -> Generator[dict[str, Any] | InputError, None, None]:
    """The answers to each job in turn, by key; `Stopped` stands where there is none.

    `limit` is in seconds of processor time for each job; None asks in this process, without limits. One child serves
    all jobs, and a fresh one takes over where it had to be killed. Closing the generator kills the child.
    """
    if limit is None:
        yield from map(_answer_here, jobs)
        return
    child = Child(serve, jobs, memory)
    try:
        for index, job in enumerate(jobs):
            yield collected(job, answers_there(child, index, job, Clock(limit, job)))
    finally:
        child.kill()


def shared(
    jobs: Sequence[Job],
    limit: float | None,
    workers: int | None = 1,
    memory: int = MEMORY,
    tell: Callable[[int, Outcome, float], None] = lambda place, outcome, seconds: None,
) -> Generator[tuple[Outcome, float], None, None]:
    """The outcomes of `run`, in the same order, each with the seconds that its job took by the clock.

    `tell` hears of each, with the place of its job, as soon as it is there: before those that come earlier, maybe.

    So many children work at once, one a core where there is no number; no outcome depends on it. Several of them keep
    the limit of memory even where there is none of time.
    """
    workers = min(processes.counted(workers), 8 * processes.counted(None), len(jobs))  # each is to have its turn
    if workers < 2:
        started = time.perf_counter()
        with closing(run(jobs, limit, memory)) as outcomes:
            for place, outcome in enumerate(outcomes):
                seconds = time.perf_counter() - started
                tell(place, outcome, seconds)
                yield outcome, seconds
                started = time.perf_counter()
        return
    children = [Child(serve, jobs, memory) for _ in range(workers)]
    waiting, done = iter(enumerate(jobs)), dict[int, tuple[Outcome, float]]()
    shares = deque(_share(child, waiting, LONGEST if limit is None else limit, done, tell) for child in children)
    try:
        for place in range(len(jobs)):
            while place not in done:
                share = shares.popleft()
                if next(share, _ENDED) is None:
                    shares.append(share)
            yield done.pop(place)
    finally:
        for child in children:
            child.kill()


def _share(
    child: Child,
    waiting: Iterable[tuple[int, Job]],
    limit: float,
    done: dict[int, tuple[Outcome, float]],
    tell: Callable[[int, Outcome, float], None],
) -> Generator[None, None, None]:
    """Answers one job after another of those that wait, and pauses wherever there is nothing to do but wait."""
    for index, job in waiting:
        started = time.perf_counter()
        found: list[tuple[str, Any]] = []
        try:
            for item in answers_there(child, index, job, Clock(limit, job), POLL):
                if item is None:
                    yield
                else:
                    found.append(item)
            outcome = collected(job, found)
        except InputError as refusal:
            outcome = refusal
        done[index] = outcome, time.perf_counter() - started
        tell(index, *done[index])


def answers(
    job: Job, limit: float, memory: int = MEMORY, beat: float = math.inf, known: Mapping[str, Any] | None = None
) -> Generator[tuple[str, Any] | None, None, None]:
    """The answers to one job, each with its key and as soon as it is found; InputError where the job is refused.

    Every `beat` seconds in which none comes there is a None, so that whoever waits may do something else, or close the
    generator: that kills the child. What is `known` from before is not asked, and its questions may be left out.
    """
    child = Child(serve, [job], memory)
    try:
        yield from answers_there(child, 0, job, Clock(limit, job), beat, known)
    finally:
        child.kill()


def check_limit(time_limit: float | None) -> None:
    """Raises where this is no time limit."""
    number = isinstance(time_limit, Real) and not isinstance(time_limit, bool)
    if time_limit is not None and not (number and 0 < time_limit < LONGEST):
        told = f"{time_limit:g}" if isinstance(time_limit, float) else reprlib.repr(time_limit)
        raise InputError(f"a time limit is a number of seconds above 0 and below {LONGEST:g}, not {told}")


def lone(question: Callable[[], Any]) -> Job:
    """The job of one call; what it comes to has the key `answer`."""
    return Job(question, (("answer", _itself),))


def asked(question: Callable[[], Any], limit: float, memory: int = MEMORY) -> Any:
    """What one call comes to in a child process under limits, or `Stopped`; an InputError that it raises is raised."""
    return one(lone(question), limit, memory)["answer"]


def one(job: Job, limit: float | None, memory: int = MEMORY) -> dict[str, Any]:
    """The answers to one job, as `run` gives them; an InputError that refuses it is raised."""
    check_limit(limit)
    with closing(run([job], limit, memory)) as outcomes:
        (outcome,) = outcomes
    if isinstance(outcome, InputError):
        raise outcome
    return outcome


def _itself(subject: Any, answers: Mapping[str, Any]) -> Any:
    return subject


def collected(job: Job, found: Iterable[tuple[str, Any] | None]) -> dict[str, Any] | InputError:
    try:
        answers = dict(item for item in found if item is not None)
    except InputError as refusal:
        return refusal
    return {key: answers[key] for key, _ in job.questions + job.closing}


def _answer_here(job: Job) -> dict[str, Any] | InputError:
    subject = _build(job)
    if isinstance(subject, InputError):
        return subject
    answers: dict[str, Any] = {}
    for key, question in job.questions + job.closing:
        answers[key] = subject if isinstance(subject, Stopped) else _attempt(question, subject, answers)
    return answers


def _build(job: Job) -> Any:
    """The job's subject, or `Stopped`, or the InputError that refused it."""
    try:
        return _attempt(job.subject, passing=(InputError, MemoryError))
    except InputError as refusal:
        return refusal


@alone
def _attempt(function: Callable[..., Any], *arguments: Any, passing: tuple[type[Exception], ...] = ()) -> Any:
    try:
        return function(*arguments)
    except passing:
        raise
    except RecursionError:
        return Stopped("the expression is nested too deeply")
    except SystemError as error:  # a RecursionError that was lost on its way through C code
        if "without exception set" not in str(error):
            return Stopped(f"SystemError: {error}")
        return Stopped("the expression is nested too deeply")
    except Exception as error:
        return Stopped(f"{type(error).__name__}: {error}".removesuffix(": "))


class Clock:
    """The time of one job, and how much of it its children have used."""

    def __init__(self, limit: float, job: Job):
        alone = len(job.questions + job.closing) == 1
        self.limit, self.share, self.used = limit, limit if alone else limit * SHARE, 0.0
        self.reserve = limit * RESERVE if job.closing else 0.0
        self.spent = Stopped(f"the {limit:g} s of the target were used up")

    def left(self, closing: bool) -> float:
        return self.limit - self.used - (0 if closing else self.reserve)

    def allowance(self, closing: bool) -> float:
        """The seconds for one question."""
        return self.left(True) * SHARE if closing else min(self.share, self.left(False))

    def overrun(self, closing: bool) -> Stopped:
        """What is said of an overrun, in words that do not depend on the machine."""
        if closing or self.left(False) <= 0 or self.share >= self.limit:
            return self.spent
        stopped, self.share = Stopped(f"stopped after {self.share:g} s"), self.share * SHARE
        return stopped


def answers_there(
    child: Child,
    index: int | Job,
    job: Job,
    clock: Clock,
    beat: float = math.inf,
    known: Mapping[str, Any] | None = None,
) -> Generator[tuple[str, Any] | None, None, None]:
    """The answers of a child to a job, which it has by its place among its own; any other is sent to it."""
    keys = [key for key, _ in job.questions + job.closing]
    closing = {key for key, _ in job.closing}
    answers = dict(known or {})
    built = False
    while True:
        rest = [key for key in keys if key not in answers]
        late = {key: clock.spent for key in rest if clock.left(key in closing) <= 0}
        answers.update(late)
        yield from late.items()
        if len(rest) == len(late):
            return
        try:
            _order(child, index, answers, clock.limit)
            subject = yield from _awaited(child, clock.left(True) if built else clock.allowance(False), beat, clock)
        except TimeoutError:
            subject = clock.overrun(built)
        except _LostAtStart as lost:
            subject = lost.cause
        if isinstance(subject, InputError):
            raise subject
        if isinstance(subject, Stopped):
            missing = [key for key in keys if key not in answers]
            answers.update(dict.fromkeys(missing, subject))
            yield from ((key, subject) for key in missing)
            continue
        built = True
        for key in keys:
            if key not in answers:
                try:
                    answers[key] = yield from _awaited(child, clock.allowance(key in closing), beat, clock)
                except TimeoutError:
                    answers[key] = clock.overrun(key in closing)
                yield key, answers[key]
                if not child.alive:
                    break


class _LostAtStart(Exception):
    """The child was killed, or had no memory, before it could take an order."""

    def __init__(self, cause: Stopped):
        super().__init__(cause.note)
        self.cause = cause


def _order(child: Child, index: int | Job, answers: Mapping[str, Any], limit: float) -> None:
    """Sends an order, to a fresh process where one is needed; its start is on nobody's account."""
    if not child.alive:
        child.start(_start_method())
        started = _answer(child) if child.says(START_LIMIT) else _LATE
        if started in (_ENDED, _LATE):
            child.kill()
            raise RuntimeError(f"the child process did not start ({started.note}); {NOT_SENT}")
        if isinstance(started, Stopped):
            raise _LostAtStart(started)
    child.spent()
    child.send((index, dict(answers), limit))


def _awaited(child: Child, seconds: float, beat: float, clock: Clock) -> Generator[None, None, Any]:
    """The next answer, put on the clock's account; None every `beat` seconds until then.

    TimeoutError, and the process killed, where it takes more than so many seconds of processor time.
    """
    before = clock.used
    patient, shown = time.monotonic() + PATIENCE * seconds, time.monotonic() + beat
    try:
        while not child.says(min(shown - time.monotonic(), seconds - (clock.used - before))):
            clock.used += child.spent()
            if clock.used - before >= seconds or time.monotonic() >= patient:
                child.kill()
                raise TimeoutError
            if time.monotonic() >= shown:
                yield
                shown = time.monotonic() + beat
        clock.used += child.spent()
        return _answer(child)
    finally:
        clock.used += child.spent()


def _answer(child: Child) -> Any:
    """The answer that is there; `Stopped` where the process died instead."""
    try:
        answer, goes_on = child.receive()
    except Ended as ended:
        return Stopped(str(ended))
    if not goes_on:
        child.kill()
    return answer


def _start_method() -> str:
    """Forking after the imports starts a child in milliseconds, but from a single thread only is it safe.

    Elsewhere a server that has one thread forks; what it is to import first, `multiprocessing` is told beforehand.
    """
    if not sys.platform.startswith("linux"):
        return "spawn"
    return "fork" if threading.active_count() == 1 else "forkserver"


def serve(pipe: Any, jobs: Sequence[Job], memory: int) -> None:
    """The child: takes an order, builds the subject, answers what is not yet known, one message an answer."""
    _confine(memory)

    def say(answer: Any, goes_on: bool = True) -> None:
        try:
            message = pickle.dumps((answer, goes_on))
        except Exception as error:
            message = pickle.dumps((Stopped(f"{type(error).__name__}: {error}"), goes_on))
        pipe.send_bytes(message)

    try:
        say(None)
        while True:
            index, answers, limit = pipe.recv()
            _limit_processor_time(limit)
            job = index if isinstance(index, Job) else jobs[index]
            subject = _build(job)
            refused = isinstance(subject, Stopped | InputError)
            say(subject if refused else None)
            for key, question in () if refused else job.questions + job.closing:
                if key not in answers:
                    answers[key] = _attempt(question, subject, answers, passing=(MemoryError,))
                    say(answers[key])
    except MemoryError:
        say(Stopped(f"the {memory / (1 << 30):g} GiB of memory were used up"), goes_on=False)


def _confine(memory: int) -> None:
    """Keeps quiet, and limits memory."""
    faulthandler.disable()
    with suppress(OSError):
        sys.stdout = sys.stderr = nowhere = open(os.devnull, "w")  # noqa: SIM115  open as long as the child lives
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    if resource:
        for what, amount in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
            with suppress(ValueError, OSError):
                soft, hard = resource.getrlimit(what)
                resource.setrlimit(what, (amount if soft == resource.RLIM_INFINITY else min(soft, amount), hard))


def _limit_processor_time(limit: float) -> None:
    """Ends the child, should it outlive its parent in an endless loop."""
    if resource:
        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
        with suppress(ValueError, OSError):
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (used + int(limit) + GRACE, hard))

"""Child processes that do not run again the script that starts them, nor mistake a pipe for a standard stream.

Where processes are spawned, Python has each child run the script of its parent, so that what stands in the script can
be sent there. Nothing that this package sends stands in one; and a script without `if __name__ == "__main__":` would
start children from its children.

Where a program was started with a stream closed, the next file or pipe that it opens has the stream's number, and what
is printed goes into it.
"""

from __future__ import annotations

import os
import reprlib
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import spawn
from typing import Any

from propcheck.verdict import InputError

TIME_LIMIT = 30.0  # seconds of processor time for a target, where nothing else is asked

_SCRIPT = ("init_main_from_name", "init_main_from_path")
_here = threading.local()
_prepared = spawn.get_preparation_data


def hold_streams() -> None:
    """Leaves the number of no standard stream free; call it before a file or a pipe is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            free = os.open(os.devnull, os.O_RDONLY)  # the least number that is free, which is this one
            os.set_inheritable(free, True)  # for processes that are started the same holds


def counted(workers: int | None) -> int:
    """The number of processes that are to work at once: the one that is asked for, or one a core."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers is a number of processes from 1, not {reprlib.repr(workers)}")
    return workers


def processor_time(pid: int) -> float:
    """Seconds that a process has had on the processor; by the clock where the system tells it of no other process."""
    if sys.platform.startswith("linux"):
        with suppress(OSError):  # it has ended
            return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid names it
        return 0.0
    return time.monotonic()


def start(process: Any) -> None:
    """Starts a process of multiprocessing that takes nothing from the script."""
    with _without_script():
        process.start()


@contextmanager
def _without_script() -> Iterator[None]:
    """What this thread starts meanwhile is told of no script; other people's processes are started as ever."""
    spawn.get_preparation_data = _preparation
    before, _here.scriptless = getattr(_here, "scriptless", False), True
    try:
        yield
    finally:
        _here.scriptless = before


def _preparation(name: str) -> dict[str, Any]:
    told = _prepared(name)
    scriptless = getattr(_here, "scriptless", False)
    return {key: value for key, value in told.items() if not (scriptless and key in _SCRIPT)}

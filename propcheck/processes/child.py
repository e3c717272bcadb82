"""A child process: started, spoken to through a pipe, its time on the processor watched, killed; its death is told."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from propcheck import processes

POLL = 0.01  # seconds, the least between two looks at a child's time
LOOK = 3600.0  # seconds, the most between them: what waits for a pipe counts in few bits
PATIENCE = 20  # seconds by the clock for each second of processor time that is left
NOT_SENT = "what a script defines itself, in `__main__`, cannot be sent to one: define it in a module"

# Where one thread starts a child, multiprocessing looks whether those of the other threads have ended.
_BOOKKEEPING = threading.Lock()


class Ended(Exception):
    """The child died instead of saying anything; `by_signal` where a signal ended it."""

    def __init__(self, code: int | None):
        self.by_signal = code is not None and code < 0
        name = signal.Signals(-code).name if code is not None and code < 0 else ""
        told = {"": "ended", "SIGKILL": "was killed, perhaps for want of memory"}.get(name, f"was ended by {name}")
        super().__init__(f"the process {told}")


class Child:
    """A process that runs `serve(pipe, *arguments)`; once it is lost, another may be started in its place."""

    def __init__(self, serve: Callable[..., None], *arguments: Any):
        self._work = (serve, arguments)
        self._process: Any = None
        self.pipe: Any = None
        self._counted = 0.0

    @property
    def alive(self) -> bool:
        return self._process is not None

    def start(self, method: str) -> None:
        context: Any = multiprocessing.get_context(method)
        processes.hold_streams()
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(theirs, self.pipe, *self._work), daemon=True)
        with _BOOKKEEPING:
            processes.start(self._process)
        theirs.close()
        self._counted = 0.0

    def send(self, message: Any) -> None:
        with suppress(OSError):  # where the process has died, `receive` says why
            self.pipe.send(message)

    def says(self, seconds: float) -> bool:
        """Is there something to receive, or has the process died, before so many seconds are over?"""
        try:
            return self.pipe.poll(min(max(POLL, seconds), LOOK) if seconds > 0 else 0)
        except OSError:
            return True

    def receive(self) -> Any:
        """What the child has said; `Ended` where it died instead."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            with _BOOKKEEPING:
                self._process.join(1)
                code = self._process.exitcode
            self.kill()
            raise Ended(code) from None

    def spent(self) -> float:
        """The seconds on the processor since this was last asked, or since the start."""
        before = self._counted
        if self.alive:
            self._counted = max(before, processes.processor_time(self._process.pid))
        return self._counted - before

    def kill(self) -> None:
        if self._process is not None:
            with _BOOKKEEPING:
                self._process.kill()
                self._process.join()
            self.pipe.close()
            self._process = None


def _run(pipe: Any, parents_end: Any, serve: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """The child: Ctrl-C is left to the parent, and once the parent is gone there is nothing to do."""
    parents_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        serve(pipe, *arguments)

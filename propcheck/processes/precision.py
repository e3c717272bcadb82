"""Who computes with flint or mpmath has them for himself, at a precision that does not depend on who calls.

Both libraries keep the working precision once for the process: a thread that changes it changes it for all, and what
the caller has set would reach into an answer. So whatever is called from outside and comes to balls or to mpmath runs
under `alone`: one thread at a time, from the precision that the libraries start with, and what was set before is back
when it ends, by an exception too.
"""

from __future__ import annotations

import sys
import threading
from contextlib import ContextDecorator
from typing import Any

START = 53  # bits, of both libraries
TERMS = 10  # of a power series of flint


class Alone(ContextDecorator):
    """`with alone:` around work, or `@alone` above a function that is no generator; it may be entered again inside.

    A library that is not loaded yet starts as it should, and is not loaded for this.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._before: list[tuple[int, int, int]] = []

    def __enter__(self) -> None:
        self._lock.acquire()
        self._before.append(_found())
        _put(START, TERMS, START)

    def __exit__(self, *_: Any) -> None:
        _put(*self._before.pop())
        self._lock.release()


def _of(module: str, name: str) -> Any:
    """A library's context; None where it is not loaded, or only in part so far."""
    return getattr(sys.modules.get(module), name, None)


def _found() -> tuple[int, int, int]:
    balls, mp = _of("flint", "ctx"), _of("mpmath", "mp")
    prec, cap = (balls.prec, balls.cap) if balls else (START, TERMS)
    return prec, cap, mp.prec if mp else START


def _put(prec: int, cap: int, digits: int) -> None:
    if balls := _of("flint", "ctx"):
        balls.prec, balls.cap = prec, cap
    if mp := _of("mpmath", "mp"):
        mp.prec = digits


alone = Alone()

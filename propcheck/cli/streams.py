"""The standard streams of the program, so that none of them changes what it says of the functions.

What is said on standard error helps a reader and decides nothing: where nobody takes it, it is lost, and the work goes
on. Where standard output is closed, to write to it is an error that has a sentence. And no file or pipe that is opened
later may get the number of a stream that is closed: what is said to the one would go into the other.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

from propcheck import processes, wording


class _Lenient(io.FileIO):
    """A stream whose reader may be gone, or its disk full."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


class _Plain(io.TextIOWrapper):
    """Text for people, no line of which is a command to what keeps the log."""

    def write(self, text: str, /) -> int:
        super().write(wording.unheard(text))
        return len(text)


def settle() -> None:
    """Makes the streams what they are to be, unless somebody has put others in their place."""
    processes.hold_streams()
    if _is_own(sys.stdout, sys.__stdout__):
        sys.stdout = _text(sys.stdout, io.FileIO(1, "w", closefd=False))
    elif hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if _is_own(sys.stderr, sys.__stderr__):
        sys.stderr = _text(sys.stderr, _Lenient(2, "w", closefd=False))


def _is_own(stream: Any, first: Any) -> bool:
    """Is the stream the one that Python began with? The console of Windows is left to Python."""
    return stream is first and not (os.name == "nt" and stream is not None and stream.isatty())


def _text(stream: Any, file: io.FileIO) -> _Plain:
    """What writes to the file as the stream did, which is None where it was closed."""
    return _Plain(
        io.BufferedWriter(file),
        encoding=getattr(stream, "encoding", "utf-8"),
        errors="backslashreplace",
        line_buffering=getattr(stream, "line_buffering", False),
        write_through=getattr(stream, "write_through", False),
    )


def abandon(out: Any) -> None:
    """Has what is left in the buffer go nowhere: it must not fail again when Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())

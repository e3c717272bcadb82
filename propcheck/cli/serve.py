"""`propcheck serve`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from propcheck.cli import DONE, TIME_LIMIT

HOST, PORT = "127.0.0.1", 8642


@click.command("serve")
@click.option("--host", default=HOST, show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    metavar="NUMBER",
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Most processor time for a question, that of the command line, so that the answers are the same. "
    "What is not found by then is open, the rest unharmed.",
)
def command(host: str, port: int, time_limit: float) -> int:
    """Shows facts, verdicts and curves of a formula as it is typed, on a page that this computer serves.

    It opens on the catalogue in pictures and a worked example; a second function is drawn over the first and stands
    beside it, what differs marked; a link to what is shown, its LaTeX and its code are there to copy.

    The page is for the browsers of this computer, unless another address to listen on is given. Ctrl-C ends it.

    \b
    Examples:
      propcheck serve
      propcheck serve --port 0 --time-limit 5
    """
    from propcheck.processes import worker

    worker.check_limit(time_limit)
    from propcheck.serve.pool import Pool
    from propcheck.serve.server import Server

    with _ended_in_order():
        server = Server(host, port, Pool(time_limit))
        click.echo(server.url)
        try:
            server.pool.warm_up()
            server.serve_forever()
        finally:
            server.end()
    return DONE


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Lets what ends a program by default end it as Ctrl-C does: what is at work must not outlive the server."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: Any) -> None:
    sys.exit(128 + number)

"""dask.distributed, the extra `cluster`: a scheduler's address, and what keeps strangers from it.

A scheduler unpickles what its clients send, so who can reach it can run code on it and on its workers. A plain tcp://
is taken only on this machine itself, or where somebody insists.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from propcheck.sweep.engines.away import Away
from propcheck.verdict import InputError

PATIENCE = 600.0  # seconds that a scheduler may be away


def check(address: str, insecure: bool, files: dict[str, str]) -> None:
    """Raises where an address is none, is not protected, or lacks what its protection needs."""
    parts = urlsplit(address)
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise InputError(f"--scheduler takes tls://host:8786, not {address!r}; tcp:// with --insecure or on loopback")
    if parts.scheme == "tcp" and not insecure and not _is_here(parts.hostname):
        raise InputError(
            f"{address} is not encrypted, and a scheduler runs what anybody sends to it; use tls:// "
            "(docs/scale.md sets it up in five lines), or --insecure on a network that only you can reach"
        )
    if parts.scheme == "tls":
        for name, path in files.items():
            if not path:
                raise InputError(f"{address} needs --tls-{name} FILE; docs/scale.md makes one in five lines")
            if not Path(path).is_file():
                raise InputError(f"--tls-{name}: there is no file {path}")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def engine(
    address: str, limit: float, insecure: bool = False, ca: str = "", cert: str = "", key: str = "",
    say: Callable[[str], None] = lambda text: None,
) -> Away:  # fmt: skip
    """The engine behind a scheduler."""
    check(address, insecure, {"ca": ca, "cert": cert, "key": key})
    try:
        from distributed import Client  # pyright: ignore[reportMissingImports]
        from distributed.security import Security  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise InputError(
            "--scheduler needs dask.distributed, which is not installed: pip install 'propcheck[cluster]'"
        ) from None
    security: Any = None
    if address.startswith("tls:"):
        security = Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)

    clients: list[Any] = []

    def connected(patience: float) -> Executor:
        end, told = time.monotonic() + patience, False
        while True:
            try:
                clients.append(Client(address, security=security, timeout=5, set_as_default=False))
                return clients[-1].get_executor(pure=False, retries=0)
            except Exception as error:
                if time.monotonic() > end:
                    raise InputError(f"the scheduler {address} is not reached: {type(error).__name__}; start it, and "
                                     "give the same command again: nothing is lost") from None  # fmt: skip
                if not told:
                    say(f"the scheduler {address} is away; waiting for it")
                    told = True
                time.sleep(1)

    executor = connected(15.0)
    slots = max(1, sum(clients[0].nthreads().values()))
    return Away(
        executor,
        slots,
        limit,
        again=lambda: connected(PATIENCE),
        alive=lambda: clients[-1].status == "running",
        ended=lambda: clients[-1].close(),
    )

"""Child processes that do not run again the script that starts them.

Where processes are spawned, Python has each child run the script of its parent, so that what stands in the script can
be sent there. Nothing that this package sends stands in one; and a script without `if __name__ == "__main__":` would
start children from its children.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from typing import Any

_SCRIPT = ("init_main_from_name", "init_main_from_path")
_here = threading.local()
_prepared = spawn.get_preparation_data


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

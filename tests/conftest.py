"""What several test files use."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from propcheck.cli import main


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only what is quick: no laws, and no test of slow.txt")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The laws are not even looked at where quick tests are asked for."""
    return True if config.getoption("--quick") and collection_path.name == "laws" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the slow ones out where that is asked for."""
    if config.getoption("--quick"):
        slow = set(Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").split())
        left = [item for item in items if item.nodeid.split("[")[0].split("/")[-1] in slow]
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]


def pytest_configure(config: pytest.Config) -> None:
    """All processes of a run, and the runs after it, share the plans of compiled forms; pages have 80 columns."""
    os.environ["COLUMNS"] = "80"
    if not hasattr(config, "workerinput") and getattr(config, "cache", None) is not None:
        os.environ.setdefault("PROPCHECK_CACHE", str(config.cache.mkdir("plans")))


@pytest.fixture
def propcheck(monkeypatch, capsys):
    """Runs the program in this process: status, standard output, standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["propcheck", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.fixture(autouse=True, scope="module")
def no_thread_is_left():
    """A child is forked from a single thread only: a file of tests that leaves one changes those after it."""
    before = set(threading.enumerate())
    yield
    left = {thread for thread in set(threading.enumerate()) - before if thread.is_alive()}
    for thread in left:
        thread.join(5)
    assert not [thread.name for thread in left if thread.is_alive()]

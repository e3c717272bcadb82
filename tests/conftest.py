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
    parser.addoption("--whole", action="store_true", help="every case, also of the tests that thinned.txt names")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The laws are not even looked at where quick tests are asked for."""
    return True if config.getoption("--quick") and collection_path.name == "laws" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the slow ones out where that is asked for, and some cases of the long tests where not all are."""
    here = Path(__file__).parent
    of = {item: item.nodeid.split("[")[0].partition("tests/")[2] for item in items}
    left: set[pytest.Item] = set()
    if config.getoption("--quick"):
        slow = set((here / "slow.txt").read_text(encoding="utf-8").split())
        left = {item for item in items if of[item].split("/")[-1] in slow}
    if not config.getoption("--whole"):
        for line in (here / "thinned.txt").read_text(encoding="utf-8").splitlines():
            name, share = line.split()
            first, step = map(int, share.split("/"))
            cases = [item for item in items if of[item] == name]
            if len(cases) > step:  # one that is asked for by name runs
                left |= {item for number, item in enumerate(cases) if number % step != first}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


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

"""What several test files use."""

from __future__ import annotations

import os
import sys

import pytest

from propcheck.cli import main


def pytest_configure(config: pytest.Config) -> None:
    """All processes of a run, and the runs after it, share the plans of compiled forms."""
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

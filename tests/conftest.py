"""What several test files use."""

from __future__ import annotations

import sys

import pytest

from propcheck.cli import main


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

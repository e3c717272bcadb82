"""The documentation: every snippet of a page is run, what is shown of its output is what comes, links lead somewhere.

Snippets that are marked slow are run with --whole, and where PROPCHECK_DOCS is set.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from propcheck.cli import COMMANDS
from propcheck.gate import project
from propcheck.spec import index
from propcheck.spec import read as read_spec

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import run_site  # noqa: E402
import snippets  # noqa: E402

PAGES = snippets.pages()
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
DECIDING = ("check", "lint", "verify", "certify", "conform", "pytest")  # status 1: what is asked does not hold
MOST = 150  # lines of the README


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def everything(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--whole") or os.environ.get("PROPCHECK_DOCS"))


@pytest.mark.parametrize("path", [path for path in PAGES if snippets.of(path)], ids=name)
def test_every_snippet_of_a_page_runs(path, propcheck, tmp_path, monkeypatch, request, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    whole = everything(request)
    for snippet in snippets.of(path):
        where = f"{name(path)}:{snippet.line}"
        absent = [package for package in snippet.needs if find_spec(package) is None]
        if snippet.caption and (snippet.language != "console"):
            file = tmp_path / snippet.caption
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(snippet.text, encoding="utf-8")
        if not snippet.runs or absent or (snippet.slow and not whole):
            continue
        if snippet.language == "toml":
            read(snippet, where)
        elif snippet.language == "console":
            for command, shown in snippet.commands():
                if not shown and name(path) == "README.md":
                    continue  # test_examples runs it at a small size
                printed = run(command, propcheck, where)
                if shown.strip():
                    assert same(shown, printed), f"{where}: {command} prints\n{printed}"
        elif ">>>" in snippet.text:
            test = doctest.DocTestParser().get_doctest(snippet.text, names, where, str(path), snippet.line)
            told: list[str] = []
            doctest.DocTestRunner(optionflags=FLAGS).run(test, out=told.append, clear_globs=False)
            assert not told, "".join(told)
            names = test.globs
        elif not snippet.caption:
            exec(compile(snippet.text, where, "exec"), names)  # the project's own page
    capsys.readouterr()


def run(command: str, propcheck: Any, where: str) -> str:
    """What a command prints; the program itself is run in this process."""
    words = shlex.split(command)
    deciding = words[0] in DECIDING or words[1:2] and words[1] in DECIDING
    if words[0] == "propcheck" and not set("|><;") & set(re.sub(r"\"[^\"]*\"|'[^']*'", "", command)):
        status, out, err = propcheck(*words[1:])
    else:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
        line = re.sub(r"(^|[|;&] *)propcheck ", r"\1python -m propcheck ", command)
        done = subprocess.run(["bash", "-c", line], capture_output=True, encoding="utf-8", env=environment)
        status, out, err = done.returncode, done.stdout, done.stderr
    assert status in ((0, 1) if deciding else (0,)), f"{where}: {command} ends with {status}: {out}{err}"
    return out if out.strip() else err


def same(shown: str, printed: str) -> bool:
    return doctest.OutputChecker().check_output(f"{shown.strip()}\n", f"{printed.strip()}\n", FLAGS)


def read(snippet: snippets.Snippet, where: str) -> None:
    """A table of a project is read as the gate does, anything else is a spec."""
    data = tomllib.loads(snippet.text)
    if "tool" in data:
        file = Path("read") / "pyproject.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(snippet.text, encoding="utf-8")
        assert project.find(file.parent.absolute()) is not None, where
    elif data.keys() <= {"claims"}:
        read_spec(f'name = "f"\ntitle = "f"\nexpression = "x*sigmoid(x)"\n{snippet.text}')
    else:
        read_spec(snippet.text)


@pytest.mark.parametrize("path", [*PAGES, *ROOT.glob("[A-Z]*.md")], ids=name)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^()\s]+)\)", text):
        place = link.partition("#")[0]
        if place and "://" not in place and not place.startswith("mailto:") and "made/" not in place:
            assert (path.parent / place).exists(), f"{name(path)}: {link}"


@pytest.mark.parametrize("entry", index(), ids=lambda entry: entry.name)
def test_a_function_of_the_gallery_has_two_cells_whatever_its_formula_holds(entry):
    assert run_site.linked(entry).count("|") == 1


def test_the_readme_is_short_and_names_every_command():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("\n") <= MOST
    listed = set(re.findall(r"^\$ propcheck (\w+)", text, re.MULTILINE))
    assert set(COMMANDS) <= listed


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_is_not_run_says_why(path):
    for snippet in snippets.of(path):
        assert snippet.runs or len(snippet.mark) > len("not run: ") + 10

"""The layout, read from the sources: imports point down the groups, in no circle, and the front loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import propcheck

PACKAGE = Path(propcheck.__file__).parent
# say > ask > try > know > mean > ground: what stands in a line may use what stands in it or below.
GROUPS = (
    ("__main__", "__init__", "cli", "pytest_plugin", "serve", "report", "gate"),
    ("inquiries", "claims", "certificates", "schemas", "study", "sweep", "families", "solving"),
    ("curves", "probes", "network", "meanfield", "approximation", "conformance", "numeric"),
    ("analysis",),
    ("target", "code", "gated", "activation", "pieces", "spec", "criteria", "facts", "language", "calculus"),
    ("backends", "cause", "files", "glossary", "notation", "processes", "truth", "verdict", "wording", "version"),
)
HEAVY = ("flint", "jax", "jinja2", "matplotlib", "mpmath", "numba", "numpy", "scipy", "sklearn", "sympy", "torch")
SHAPELESS = {"utils", "util", "core", "common", "helpers", "misc"}
LONGEST = 500  # lines of a page that does not say why it is longer


def modules(package: Path = PACKAGE) -> list[Path]:
    return sorted(package.rglob("*.py"))


def dotted(path: Path, package: Path = PACKAGE) -> str:
    """The name of a module, without that of the package: `numeric.plan`, `numeric` for its own page."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def group(name: str) -> int:
    """The place of a module's group, from the top."""
    first = name.split(".")[0]
    return next(k for k, members in enumerate(GROUPS) if first in members)


@cache
def imported(path: Path, package: Path = PACKAGE) -> tuple[tuple[int, str], ...]:
    """(line, module) for each import of the package's own modules, wherever in the file it stands."""
    return tuple(_imported(path, package))


def _imported(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    home = (package.name, *path.relative_to(package).parent.parts)

    def module(*parts: str) -> str:
        """The longest part of a dotted name that is a module."""
        for length in range(len(parts), 0, -1):
            place = package.joinpath(*parts[:length])
            if place.is_dir() or place.with_suffix(".py").is_file():
                return ".".join(parts[:length])
        return "__init__"

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets: list[tuple[str, ...]]
        if isinstance(node, ast.Import):
            targets = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = home[: len(home) + 1 - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            targets = [(*base, alias.name) for alias in node.names]
        else:
            continue
        for target in targets:
            if target[0] == package.name:
                yield node.lineno, module(*target[1:])


def upward(path: Path, package: Path = PACKAGE) -> list[str]:
    """The imports of a file that point up."""
    own = dotted(path, package)
    return [
        f"{path.relative_to(package)}:{line}: {own} imports {name}"
        for line, name in imported(path, package)
        if group(name) < group(own)
    ]


def circle(uses: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle; none where there is no circle."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return way[way.index(name) :]
        if name in done:
            return []
        for other in sorted(uses.get(name, ())):
            if found := walk(other, [*way, name]):
                return found
        done.add(name)
        return []

    for name in sorted(uses):
        if found := walk(name, []):
            return found
    return []


def graph(package: Path = PACKAGE) -> dict[str, set[str]]:
    return {
        dotted(path, package): {name for _, name in imported(path, package)} - {dotted(path, package)}
        for path in modules(package)
    }


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_has_its_group_and_imports_only_downwards(path: Path) -> None:
    assert not SHAPELESS & set(path.relative_to(PACKAGE).with_suffix("").parts)
    assert upward(path) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circle(graph()) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_long_page_says_why(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST or "one page" in (ast.get_docstring(ast.parse(text)) or ""), path


def made(package: Path, **sources: str) -> Path:
    for name, source in sources.items():
        path = package.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return package


def test_the_reader_of_imports_sees_each_form(tmp_path: Path) -> None:
    source = (
        "import math, propcheck.cli\n"
        "from propcheck import load, spec\n"
        "from propcheck.spec import Spec\n"
        "def f():\n"
        "    from ..cli import main\n"
        "    from . import limits\n"
        "    from .. import spec\n"
        "    import propcheck\n"
        "    from propcheck.analysis.limits import far\n"
    )
    package = made(tmp_path / "propcheck", analysis__limits=source, cli="", spec="")
    assert sorted(imported(package / "analysis" / "limits.py", package)) == [
        (1, "cli"),
        (2, "__init__"),
        (2, "spec"),
        (3, "spec"),
        (5, "cli"),
        (6, "analysis.limits"),
        (7, "spec"),
        (8, "__init__"),
        (9, "analysis.limits"),
    ]


def test_an_import_that_points_up_is_seen(tmp_path: Path) -> None:
    package = made(tmp_path / "propcheck", analysis__ends="def f():\n    from propcheck import cli\n", cli="")
    assert upward(package / "analysis" / "ends.py", package) == ["analysis/ends.py:2: analysis.ends imports cli"]


def test_a_circle_is_seen(tmp_path: Path) -> None:
    inside = "def f():\n    from propcheck.calculus.form import g\n"
    package = made(tmp_path / "propcheck", calculus__form="from propcheck.calculus import identity\n", target="",
                   calculus__identity=inside, spec="from propcheck import target\n")  # fmt: skip
    assert circle(graph(package)) == ["calculus.form", "calculus.identity"]


@pytest.mark.parametrize("arguments", [None, ["--help"], ["list"]], ids=str)
def test_the_front_loads_nothing_heavy(arguments: list[str] | None) -> None:
    call = "import propcheck" if arguments is None else "from propcheck.cli import main; main()"
    program = (
        f"import sys\nsys.argv = ['propcheck', *{arguments or []!r}]\n"
        f"try:\n    {call}\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('loaded:', *(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines()[-1].split() == ["loaded:"]

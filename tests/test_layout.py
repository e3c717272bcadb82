"""The layout, read from the sources: every import points down the list of layers, and the front loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import propcheck

PACKAGE = Path(propcheck.__file__).parent
LAYERS = (
    "__main__",
    "cli",
    "pytest_plugin",
    "__init__",
    "testing",
    "gate",
    "drafting",
    "serve",
    "survey",
    "report",
    "identification",
    "comparison",
    "verification",
    "inquiry",
    "equations",
    "network_equations",
    "claims",
    "probes",
    "curves",
    "worker",
    "questions",
    "meanfield",
    "network",
    "analysis",
    "numeric",
    "target",
    "activation",
    "calculus",
    "spec",
    "criteria",
    "claimable",
    "facts",
    "notation",
    "grammar",
    "precision",
    "folders",
    "files",
    "processes",
    "wording",
    "verdict",
)
HEAVY = ("flint", "jax", "jinja2", "matplotlib", "mpmath", "numba", "numpy", "scipy", "sklearn", "sympy", "torch")
SHAPELESS = {"utils", "util", "core", "common", "helpers", "misc"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    """The layer of a source file: its folder directly under the package, or its own name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported(path: Path, package: Path = PACKAGE) -> Iterator[tuple[int, str]]:
    """(line, layer) for each import of the package's own modules, wherever in the file it stands."""
    home = (package.name, *path.relative_to(package).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets: list[tuple[str, ...]]
        if isinstance(node, ast.Import):
            targets = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = home[: len(home) + 1 - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            targets = [(*base, alias.name) if len(base) == 1 else base for alias in node.names]
        else:
            continue
        for target in targets:
            if target[0] == package.name and target[1:] != ("__version__",):
                name = target[1] if len(target) > 1 else "__init__"
                module = (package / name).is_dir() or (package / f"{name}.py").is_file()
                yield node.lineno, name if module else "__init__"


def upward(path: Path) -> list[str]:
    """The imports of a file that point up."""
    own = LAYERS.index(layer(path))
    return [
        f"{path.relative_to(PACKAGE)}:{line}: {layer(path)} imports {name}"
        for line, name in imported(path)
        if LAYERS.index(name) < own
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_has_its_layer_and_imports_only_downwards(path: Path) -> None:
    assert layer(path) in LAYERS
    assert not SHAPELESS & set(path.relative_to(PACKAGE).with_suffix("").parts)
    assert upward(path) == []


def test_the_reader_of_imports_sees_each_form(tmp_path: Path) -> None:
    package = tmp_path / "propcheck"
    (package / "analysis").mkdir(parents=True)
    (package / "cli.py").touch()
    (package / "spec.py").touch()
    source = package / "analysis" / "limits.py"
    source.write_text(
        "import math, propcheck.cli\n"
        "from propcheck import load, spec\n"
        "from propcheck.spec import Spec\n"
        "def f():\n"
        "    from ..cli import main\n"
        "    from . import limits\n"
        "    from .. import spec, __version__\n"
        "    import propcheck\n"
    )
    assert sorted(imported(source, package)) == [
        (1, "cli"),
        (2, "__init__"),
        (2, "spec"),
        (3, "spec"),
        (5, "cli"),
        (6, "analysis"),
        (7, "spec"),
        (8, "__init__"),
    ]


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

"""What is shipped: imports are declared dependencies, the lock pins them by hash, and the README's examples run."""

from __future__ import annotations

import ast
import doctest
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import propcheck

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([\w.-]+)==(\S+)(?: ;.*?)?((?: *\\\n +--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def requirements(*texts: list[str]) -> list[Requirement]:
    return [Requirement(text) for group in texts for text in group]


def pins(lock: Path) -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version, _ in PIN.findall(lock.read_text())}


COMES_ALONG = {"llvmlite"}  # with numba
NOT_LOCKED = {
    "distributed",
    "jax",
    "onnx",
    "torch",
    "keras",
    "onnxruntime",
    "timm",
}  # large, of many builds, and tested where they are installed


def third_party_imports() -> Iterator[str]:
    for path in (ROOT / "propcheck").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            tops = {name.partition(".")[0] for name in names}
            yield from tops - set(sys.stdlib_module_names) - {"propcheck"}


def test_the_declared_dependencies_are_the_imported_ones() -> None:
    distributions = metadata.packages_distributions()
    imported = {canonicalize_name(distributions.get(name, [name])[0]) for name in third_party_imports()}
    extras = PROJECT["project"]["optional-dependencies"]
    declared, optional = (
        {canonicalize_name(requirement.name) for requirement in requirements(*lists)}
        for lists in ([PROJECT["project"]["dependencies"]], extras.values())
    )
    assert declared <= imported
    assert imported <= declared | optional | COMES_ALONG


def test_every_dependency_has_a_lower_bound_that_the_lock_meets() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    wanted = requirements(project["dependencies"], *project["optional-dependencies"].values(), *groups.values())
    locked = {name: version for lock in LOCKS for name, version in pins(lock).items()}
    for requirement in wanted:
        if canonicalize_name(requirement.name) in NOT_LOCKED:
            continue
        assert [clause.operator for clause in requirement.specifier] == [">="], requirement
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_nothing_but_hashed_pins(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert pins(lock)
    assert [line for line in PIN.sub("", text).splitlines() if line and not line.startswith("#")] == []
    assert not re.search(r"://|--(?:index|extra-index|find-links)|(?:^|\s)/", text)


def test_the_installed_version_is_the_one_that_the_package_says() -> None:
    assert metadata.version("propcheck") == propcheck.__version__


def test_the_examples_of_the_readme_run() -> None:
    outcome = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_the_example_of_the_front_page_runs() -> None:
    outcome = doctest.testmod(propcheck)
    assert outcome.attempted > 0
    assert outcome.failed == 0

"""The pytest plugin: spec files are tests, one item for each claim and each requirement.

A TOML file is taken for a spec when it has a name and an expression (or units) at its top, or when it is named on the
command line. A run that meets no spec loads nothing but this page. The fixture `propcheck_conform` holds kernels
against the mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from propcheck.gate.testing import Design

_NAME = re.compile(rb"""^[ \t]*name[ \t]*=[ \t]*["']""", re.MULTILINE)
_FORMULA = re.compile(rb"""^[ \t]*expression[ \t]*=[ \t]*["']""", re.MULTILINE)
_UNITS = re.compile(rb"^[ \t]*\[units\]", re.MULTILINE)
_TABLE = re.compile(rb"^[ \t]*\[", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "propcheck_specs",
        "patterns of the TOML files that are collected where they are specs of activations; empty for none",
        type="args",
        default=["*.toml"],
    )
    parser.addini("propcheck_time_limit", "most seconds for the analysis of a spec", default="30")
    parser.addini(
        "propcheck_strict",
        "fail where a claim or a requirement is undecided, and where an expected failure passes",
        type="bool",
        default=False,
    )


@pytest.fixture
def propcheck_conform() -> Callable[..., Any]:
    """Holds an implementation against a target: `propcheck_conform(my_gelu, "gelu")` fails where it has a fault.

    Its options are those of `propcheck.conform`; of the classes in `allow` faults pass. It gives what was found.
    """

    def held(what: Any, against: Any = None, *, allow: Sequence[str] = (), **options: Any) -> Any:
        from propcheck.conformance.conforming import summary
        from propcheck.inquiries.conformity import conform

        made = conform(what, against, **options)
        faults = [each for each in made.breaches if each.kind not in allow]
        if faults:
            pytest.fail("\n".join(map(summary, faults)), pytrace=False)
        return made

    return held


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".toml" or file_path.name == "pyproject.toml":
        return None
    if parent.session.isinitpath(file_path) or (_asked_for(file_path, parent.config) and is_spec(file_path)):
        return SpecFile.from_parent(parent, path=file_path)
    return None


def _asked_for(path: Path, config: pytest.Config) -> bool:
    return any(path.match(pattern) for pattern in config.getini("propcheck_specs"))


def is_spec(path: Path) -> bool:
    """Does a TOML file look like a spec, whether or not it is a right one?"""
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return False
    table = _TABLE.search(data)
    head = data[: table.start()] if table else data
    return bool(_NAME.search(head) and (_FORMULA.search(head) or _UNITS.search(data)))


class SpecFile(pytest.File):
    """A spec file. One that cannot be read has a single item, which is in error and says why."""

    def collect(self) -> Iterator[pytest.Item]:
        from propcheck.gate import project
        from propcheck.gate.place import line_of
        from propcheck.gate.testing import designs
        from propcheck.verdict import InputError

        limit = _seconds(self.config.getini("propcheck_time_limit"))
        try:
            (design,) = designs([self.path], project.find(self.path.parent), time_limit=limit)
        except InputError as error:
            yield Refusal.from_parent(self, name="spec", reason=str(error))
            return
        text = self.path.read_text("utf-8-sig")
        for place, (name, key) in enumerate(design.questions):
            line = line_of(text, f"claims.{key}", "expression", "units")
            yield Question.from_parent(self, name=name, design=design, place=place, line=line)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise pytest.UsageError(f"propcheck_time_limit is a number of seconds, such as 30, not {text!r}") from None


class Question(pytest.Item):
    """One claim or requirement. The spec is analysed when its first question is asked."""

    def __init__(self, *, design: Design, place: int, line: int, **rest: Any):
        super().__init__(**rest)
        self.design, self.place, self.line = design, place, line

    def runtest(self) -> None:
        from propcheck import gate

        strict = self.config.getini("propcheck_strict")
        check = self.design.answers()[self.place]
        if check.outcome in (gate.EXPECTED, gate.UNEXPECTED):
            self.add_marker(pytest.mark.xfail(reason=check.expected, strict=strict))
        self.design.conclude([check], strict)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line - 1, f"{self.path.name}: {self.name}"


class Refusal(pytest.Item):
    """Stands for a spec that cannot be read."""

    def __init__(self, *, reason: str, **rest: Any):
        super().__init__(**rest)
        self.reason = reason

    def setup(self) -> None:
        pytest.fail(self.reason, pytrace=False)

    def runtest(self) -> None:
        """Never reached: the setup is in error."""

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.path.name

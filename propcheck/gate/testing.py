"""The gate in a project's own tests: `@propcheck.parametrize("relu", "my_activation.toml")`.

The same is asked of a design as by `propcheck check`: the requirements, and the claims of its own spec. It is analysed
when the first check of it runs, once for all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from propcheck import gate, target
from propcheck.gate import Expectation, Requirement, profiles, project
from propcheck.inquiries.analysis import analyze
from propcheck.processes import TIME_LIMIT
from propcheck.spec import Spec
from propcheck.verdict import InputError
from propcheck.wording import nearest


@dataclass(frozen=True)
class Design:
    """One design and what is asked of it; `checks` says what came of that."""

    spec: Spec
    asked: tuple[Requirement, ...]
    expected: tuple[Expectation, ...] = ()
    time_limit: float | None = TIME_LIMIT
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    @cached_property
    def checks(self) -> tuple[gate.Check, ...]:
        """The checks in the order of `questions`."""
        analysis = analyze(
            gate.with_requirements(self.spec, self.asked), time_limit=self.time_limit, thresholds=self.thresholds
        )
        return gate.expect(self.spec.name, gate.judge(analysis.to_json(), self.asked, gate.ALL), self.expected)

    @property
    def questions(self) -> list[tuple[str, str]]:
        """What is asked: a name that no other question has, and the key that it is about."""
        named: dict[str, str] = {}
        for key in (claim.key for claim in self.spec.claims if claim.key != "prose"):
            count = 1 + sum(other == key for other in named.values())
            named[key if count == 1 else f"{key}-{count}"] = key
        return [*((f"{item.key}-required", item.key) for item in self.asked), *named.items()]

    def answers(self) -> tuple[gate.Check, ...]:
        """The checks; a design that cannot be analysed fails with the sentence that says why."""
        try:
            return self.checks
        except InputError as error:
            reason = str(error)
        pytest.fail(reason, pytrace=False)

    def conclude(self, checks: Sequence[gate.Check], strict: bool) -> None:
        """Ends a test: failed where one of these checks is, else skipped where one is undecided, else passed."""
        failed = [check for check in checks if check.outcome in (gate.FAILED, gate.EXPECTED)]
        undecided = [check for check in checks if check.outcome == gate.UNDECIDED]
        told = "\n".join(map(self._told, failed or undecided))
        if failed or (undecided and strict):
            pytest.fail(told, pytrace=False)
        if undecided:
            pytest.skip(told)

    def _told(self, check: gate.Check) -> str:
        design = self.spec.name if self.spec.title == self.spec.name else f"{self.spec.title} ({self.spec.name})"
        return f"{design}, {check.key}: {check}"


def designs(
    targets: Iterable[str | Path | Spec],
    settings: project.Project | None,
    require: Mapping[str, str | bool] | None = None,
    time_limit: float | None = TIME_LIMIT,
    profile: str | None = None,
) -> Iterator[Design]:
    """The designs of several targets with what the profile, the project, and then `require` ask of them.

    A claim for which nobody asks is left out: that of a source, unless the project asks for it.
    """
    settings = settings or project.Project(project.FILE)
    own = [gate.requirement(key, value, "require") for key, value in (require or {}).items()]
    wanted = gate.of_profile(profiles.named(profile or settings.profile, "profile"))
    asked, expected = gate.requirements(wanted, settings.require, own), gate.expectations(settings.expect_fail)
    for item in targets:
        for each in [item] if isinstance(item, Spec) else target.read_all([item]):
            claims = tuple(claim for claim in each.claims if gate.is_asked(claim.said_by, settings.claims))
            yield Design(replace(each, claims=claims), asked, expected, time_limit, settings.thresholds)


# ---------------------------------------------------------------------------------------------- for test functions


@dataclass(frozen=True)
class Check:
    """All that is asked of a design on one key. To call it is to check it: a failure is a sentence, no traceback."""

    design: Design
    key: str
    strict: bool = False

    def __call__(self) -> None:
        self.design.conclude([check for check in self.design.answers() if check.key == self.key], self.strict)


@dataclass(frozen=True)
class Refused:
    """In place of the checks of a target that cannot be read: it fails with the sentence that says why."""

    reason: str

    def __call__(self) -> None:
        pytest.fail(self.reason, pytrace=False)


def parametrize(
    *targets: str | Path | Spec,
    require: Mapping[str, str | bool] | None = None,
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    strict: bool = False,
    time_limit: float | None = TIME_LIMIT,
    profile: str | None = None,
) -> Callable[[Any], Any]:
    """A decorator that runs a test for each thing asked of each design; the test takes `check` and calls it::

        @propcheck.parametrize(
            "relu", "my_activation.toml", expected_failures={"relu": {"zero_mean": "the baseline is not centred"}}
        )
        def test_design(check):
            check()

    The ids are `relu-criticality.exists` and so on. A path is looked for beside the test's file, then in the working
    folder. `profile` and `require` are those of `propcheck check`; claims that others made are checked where the
    project's `claims` ask for them. `expected_failures` gives, by design and key, the reason of a failure that is
    known. What is undecided is skipped; with `strict` it fails, and so does an expected failure that passes.
    """

    def decorate(test: Any) -> Any:
        folder = Path(getattr(sys.modules.get(test.__module__), "__file__", None) or ".").resolve().parent
        settings = project.find(folder)
        found: list[tuple[str, Design | Refused]] = []
        for item in targets:
            try:
                made = list(designs([_located(item, folder)], settings, require, time_limit, profile))
                found += [(design.spec.name, design) for design in made]
            except InputError as error:
                found.append((f"{item}", Refused(str(error))))
        known = _reasons(expected_failures or {}, found)
        cases = [case for name, design in found for case in _cases(name, design, known.get(name, {}), strict)]
        return pytest.mark.parametrize("check", cases)(test)

    return decorate


def _located(item: str | Path | Spec, folder: Path) -> str | Path | Spec:
    """The target; a path that is there beside the test's file is meant so."""
    if isinstance(item, Spec):
        return item
    text = str(item)
    if isinstance(item, Path) or text.lower().endswith(".toml") or "/" in text:
        try:
            return folder / text if (folder / text).exists() else item
        except (OSError, ValueError):  # no name that a file could have
            pass
    return item


def _reasons(
    expected: Mapping[str, Mapping[str, str]], found: Sequence[tuple[str, Design | Refused]]
) -> dict[str, dict[str, str]]:
    """The reasons of expected failures by design and key, each of which something is asked."""
    asked = {name: _keys(design) for name, design in found if isinstance(design, Design)}
    unread = len(asked) < len({name for name, _ in found})
    for name, reasons in expected.items():
        if name not in asked and not unread:
            known = ", ".join(asked)
            raise InputError(f"expected_failures: there is no design {name!r}{nearest(name, asked)}; there are {known}")
        for key, reason in reasons.items():
            gate.expectation(key, reason, "expected_failures")
            if key not in asked.get(name, [key]):
                raise InputError(
                    f"expected_failures: nothing is asked of {name} on {key!r}{nearest(key, asked[name])}; "
                    f"what is asked is {', '.join(asked[name])}"
                )
    return {name: dict(reasons) for name, reasons in expected.items()}


def _keys(design: Design) -> list[str]:
    return list(dict.fromkeys(key for _, key in design.questions))


def _cases(name: str, design: Design | Refused, reasons: Mapping[str, str], strict: bool) -> Iterator[Any]:
    if isinstance(design, Refused):
        yield pytest.param(design, id=f"{name}-spec")
        return
    known = {item.key: item.reason for item in design.expected if item.design in (None, name)} | dict(reasons)
    for key in _keys(design):
        mark = pytest.mark.xfail(reason=known.get(key, ""), raises=pytest.fail.Exception, strict=strict)
        yield pytest.param(Check(design, key, strict), id=f"{name}-{key}", marks=[mark] if key in known else [])

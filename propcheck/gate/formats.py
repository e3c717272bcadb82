"""What came of a gate, said to a reader, to a program, to GitHub, and to what collects test results.

- `text` for a terminal; `json` with the schema propcheck.check/1.
- `github`: workflow commands, `::error file=...,line=...,title=...::message`, one a line. In a message `%`, CR and LF
  are written as %25, %0D and %0A, and in a property also `:` as %3A and `,` as %2C. Files are as seen from the current
  folder, which has to be the repository's for GitHub to find them.
- `junit`: the XML of JUnit's reports, a suite for each design and a case for each check, within what both schemas that
  are in use allow: the one of Ant's task, and junit-10 of Jenkins' xUnit plugin.

Names, formulas and reasons are strangers' texts: control characters never come through, and markup stays text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from propcheck import wording
from propcheck.gate import (
    EXPECTED,
    FAILED,
    OUTCOMES,
    OWN,
    PASSED,
    TOLD,
    UNDECIDED,
    UNEXPECTED,
    Check,
    Expectation,
    Requirement,
    Result,
    profiles,
    status,
)
from propcheck.spec import WHOSE
from propcheck.wording import nearest

SCHEMA = "propcheck.check/1"
_CHANGE = ("key", "was", "now", "trend")  # what JSON has of a change
_WORDS = {
    FAILED: "failed",
    UNEXPECTED: "passed, though expected to fail",
    UNDECIDED: "undecided",
    EXPECTED: "failed as expected",
    TOLD: "claimed by others and not found so",
    PASSED: "passed",
}
_MARKS = {FAILED: "FAILED", UNEXPECTED: "UNEXPECTED", UNDECIDED: "undecided", EXPECTED: "expected", TOLD: "told"}


@dataclass(frozen=True)
class Outcome:
    """All that came of one gate: what was asked, the designs, and what was expected of nothing.

    `profile` is what the designs are to be, `claims` whose claims fail where they do not agree.
    """

    asked: tuple[Requirement, ...]
    results: tuple[Result, ...]
    strict: bool = False
    baseline: str | None = None
    gone: tuple[str, ...] = ()  # in the baseline, and not at the gate
    unused: tuple[Expectation, ...] = ()
    profile: str = profiles.USUAL
    claims: str = OWN

    @property
    def unsaid(self) -> str:
        """What is told where the claims of a source are asked for, and there are none."""
        speakers = {check.by for result in self.results for check in result.checks if check.kind == "claim"}
        if self.claims in (*WHOSE, *speakers):
            return ""
        return f"no claim here is said by {self.claims}{nearest(self.claims, speakers)}"

    @property
    def status(self) -> int:
        return status(self.results, self.strict)

    def counts(self) -> dict[str, int]:
        return {outcome: sum(result.count(outcome) for result in self.results) for outcome in OUTCOMES}

    def summary(self) -> str:
        """One line: how many designs and checks, and what came of them."""
        counts = self.counts()
        total = sum(counts.values())
        told = "; ".join(f"{count} {_WORDS[outcome]}" for outcome, count in counts.items() if count)
        designs = f"{_counted(len(self.results), 'design')} by profile {self.profile}"
        return f"{designs}, {_counted(total, 'check')}: {told or 'nothing was asked'}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


# ---------------------------------------------------------------------------------------------- text and JSON


def text(outcome: Outcome) -> str:
    """What a reader wants to know, design by design: all that did not simply pass, and what changed."""
    lines: list[str] = []
    for result in outcome.results:
        where = f"{result.file}: " if result.file else ""
        passed = f" {result.count(PASSED)} of {_counted(len(result.checks), 'check')} passed"
        lines += [f"{where}{result.name}:{passed}"]
        told = sorted(result.checks, key=lambda check: OUTCOMES.index(check.outcome))
        for check in (check for check in told if check.outcome != PASSED):
            lines += [f"  {_MARKS[check.outcome]:<10}  {check.key}: {check.said}"]
            lines += [f"{'':<14}{check.because}"] if check.because else []
        if outcome.baseline is not None and result.changes is None:
            lines.append("  new         not in the baseline")
        lines += [f"  changed     {change.key}: {change}" for change in result.changes or ()]
    lines += [f"not here: {name} is in the baseline and was not given" for name in outcome.gone]
    lines += [f"not asked: {item} is expected to fail, and nothing asks for it" for item in outcome.unused]
    lines += [f"not asked: {outcome.unsaid}"] if outcome.unsaid else []
    return "".join(f"{wording.line(line)}\n" for line in [*lines, "", outcome.summary()])


def as_json(outcome: Outcome) -> str:
    """The object for programs."""
    data = {
        "schema": SCHEMA,
        "strict": outcome.strict,
        "profile": outcome.profile,
        "claims": outcome.claims,
        "requirements": [asdict(item) for item in outcome.asked],
        "baseline": outcome.baseline,
        "designs": [
            {
                "name": result.name,
                "title": result.title,
                "expression": result.expression,
                "file": result.file,
                "checks": [asdict(check) | {"expected": check.expected or None} for check in result.checks],
                "changes": None
                if result.changes is None
                else [{name: getattr(change, name) for name in _CHANGE} for change in result.changes],
            }
            for result in outcome.results
        ],
        "gone": list(outcome.gone),
        "unused": [asdict(item) for item in outcome.unused],
        "counts": outcome.counts(),
        "status": outcome.status,
    }
    return wording.in_json(json.dumps(data, indent=2, allow_nan=False)) + "\n"


# ---------------------------------------------------------------------------------------------- GitHub


def github(outcome: Outcome) -> str:
    """Annotations: an error for what fails the gate, a warning for what is undecided or unexpected, else a notice."""
    lines = [line for result in outcome.results for line in _annotations(result, outcome)]
    lines += [annotation("notice", {"title": name}, "in the baseline, and not checked here") for name in outcome.gone]
    for item in outcome.unused:
        lines.append(annotation("warning", {"title": str(item)}, "expected to fail, and nothing asks for it"))
    if outcome.unsaid:
        lines.append(annotation("warning", {"title": "claims"}, outcome.unsaid))
    return "".join(f"{line}\n" for line in [*lines, outcome.summary()])


def _annotations(result: Result, outcome: Outcome) -> Iterator[str]:
    levels = {FAILED: "error", UNEXPECTED: "warning", UNDECIDED: "warning", EXPECTED: "notice", TOLD: "notice"}
    if outcome.strict:
        levels |= {UNEXPECTED: "error", UNDECIDED: "error"}
    for check in sorted(result.checks, key=lambda check: OUTCOMES.index(check.outcome)):
        if check.outcome != PASSED:
            place = {"file": result.file, "line": str(check.line or 1)} if result.file else {}
            title = f"{result.name}: {check.key} {_WORDS[check.outcome]}"
            yield annotation(levels[check.outcome], place | {"title": title}, str(check))
    if result.changes:  # one for all, since GitHub shows ten of a level
        place = {"file": result.file, "line": "1"} if result.file else {}
        title = f"{result.name}: {_counted(len(result.changes), 'change')} since the baseline"
        yield annotation(
            "notice", place | {"title": title}, "\n".join(f"{item.key}: {item}" for item in result.changes)
        )


def annotation(name: str, properties: Mapping[str, str], message: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_data(message)}"


def _data(value: str) -> str:
    return wording.visible(value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


# ---------------------------------------------------------------------------------------------- JUnit


def junit(outcome: Outcome) -> str:
    """The XML of a test run; what is undecided counts as skipped, and as an error where decisions are asked for."""
    root = ElementTree.Element("testsuites")
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for place, result in enumerate(outcome.results):
        suite = ElementTree.SubElement(root, "testsuite")
        ElementTree.SubElement(suite, "properties")
        tags = [_case(suite, check, name, result, outcome.strict) for check, name in _named(result.checks)]
        attributes = {"name": result.name, "package": result.file or "propcheck", "id": str(place)}
        attributes |= {"timestamp": stamp, "hostname": "localhost", "tests": str(len(tags))}
        attributes |= {word: str(tags.count(tag)) for word, tag in _COUNTED.items()}
        attributes["time"] = f"{result.seconds:.3f}"
        suite.attrib.update({key: legal(value) for key, value in attributes.items()})
        said = [f"{check.key}: {check}" for check in result.checks if check.outcome == TOLD]
        said += [f"{change.key}: {change}" for change in result.changes or ()]
        told = "".join(f"{line}\n" for line in [f"profile {outcome.profile}", *said])
        ElementTree.SubElement(suite, "system-out").text = legal(told)
        ElementTree.SubElement(suite, "system-err")
    ElementTree.indent(root)
    body = wording.in_xml(ElementTree.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _case(suite: ElementTree.Element, check: Check, name: str, result: Result, strict: bool) -> str | None:
    """Adds the case of a check; the tag that says what came of it."""
    case = ElementTree.SubElement(suite, "testcase", name=name, classname=legal(result.name), time="0.000")
    tags: dict[str, str | None] = {FAILED: "failure", UNDECIDED: "skipped", EXPECTED: "skipped"}
    if strict:
        tags |= {UNEXPECTED: "failure", UNDECIDED: "error"}
    tag = tags.get(check.outcome)
    if tag is not None:
        ElementTree.SubElement(case, tag, message=legal(str(check)), type=check.outcome)
    return tag


def _named(checks: Sequence[Check]) -> Iterator[tuple[Check, str]]:
    """Each check with a name that no other check of the design has."""
    seen: dict[str, int] = {}
    for check in checks:
        name = f"{check.kind} {check.key}"
        seen[name] = seen.get(name, 0) + 1
        yield check, name if seen[name] == 1 else f"{name} {seen[name]}"


def legal(value: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", value)


FORMATS: dict[str, Callable[[Outcome], str]] = {"text": text, "json": as_json, "github": github, "junit": junit}

"""The gate: is a design as it must be before anyone trains it?

Three things are asked of a design: the requirements on it, those of a profile first; the claims of its own spec; and,
where there is an earlier record, that no verdict got worse. A requirement on a criterion is the least verdict that will
do, `holds` above `partly` above `fails`; any other is a claim that the gate makes of the design, and is decided as a
claim of its spec is, save that a class of smoothness is the least that will do. What is not decided is neither passed
nor failed. An expected failure bears its reason, and when it passes that is told. What a source said of the design and
got wrong is told, and fails nothing unless one asks for that source's claims.

The gate reads the object that `propcheck analyze --json` prints, and never the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from propcheck import spec
from propcheck.facts.claimable import on_interval
from propcheck.gate import profiles
from propcheck.spec import WHOSE, Claim, Spec, SpecError, claimable
from propcheck.verdict import InputError, Json
from propcheck.wording import nearest, truth

if TYPE_CHECKING:
    from propcheck.report.changes import Change

PASSED, FAILED, UNDECIDED = "passed", "failed", "undecided"
EXPECTED, UNEXPECTED = "expected_failure", "unexpected_pass"
TOLD = "told"  # a claim of others that does not agree, and for which nobody asks
OUTCOMES = (FAILED, UNEXPECTED, UNDECIDED, EXPECTED, TOLD, PASSED)  # what a reader wants to see first

VERDICTS = ("fails", "partly", "holds")  # from the least on
ANYTHING = "any"  # in place of what is required: nothing is
OWN, ALL, NONE = WHOSE  # whose claims fail the gate, unless a source is named: then one's own and that source's
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_CLAIMED = {"agrees": PASSED, "contradicts": FAILED, "open": UNDECIDED}


@dataclass(frozen=True)
class Requirement:
    """What a design must be: the least verdict on a criterion, or the value of another claim; who asks, and why."""

    key: str
    wanted: str | bool
    origin: str
    why: str = ""

    @property
    def on_criterion(self) -> bool:
        return claimable().get(self.key) == "verdict"

    @property
    def claim(self) -> Claim:
        return Claim(self.key, self.wanted, self.origin)


@dataclass(frozen=True)
class Expectation:
    """A failure that is known: on which key, of which design (None: of each), and why it is accepted."""

    key: str
    design: str | None
    reason: str
    origin: str

    def __str__(self) -> str:
        return self.key if self.design is None else f"{self.design}.{self.key}"


@dataclass(frozen=True)
class Check:
    """One thing asked of a design, and what came of it.

    `kind` is `requirement`, `claim` or `baseline`; `expected` is the reason of an expected failure; `line` is the one
    in the spec's file that it is about. `by` is who requires or claims it, nobody where the claim is the design's own;
    `why` is the reason for which a profile asks.
    """

    kind: str
    key: str
    wanted: str
    found: str
    standing: str
    outcome: str
    reason: str = ""
    expected: str = ""
    line: int | None = None
    by: str = ""
    why: str = ""

    @property
    def said(self) -> str:
        """What was asked and what was found."""
        verb = {"requirement": "required", "claim": "claimed", "baseline": "was"}[self.kind]
        by = f" ({self.by})" if self.by else ""
        undecided = self.outcome == UNDECIDED or self.standing == "open"
        found = "undecided" if undecided else f"found {self.found} ({self.standing})"
        said = f"{verb} {self.wanted}{by}, {found}" + (f": {self.reason}" if self.reason else "")
        if self.outcome == EXPECTED:
            return f"{said}; expected to fail: {self.expected}"
        return f"{said}; it was expected to fail: {self.expected}" if self.outcome == UNEXPECTED else said

    @property
    def because(self) -> str:
        """Why it is asked, where a profile says so and it did not simply pass."""
        return f"asked since {self.why}" if self.why and self.outcome != PASSED else ""

    def __str__(self) -> str:
        return f"{self.said}; {self.because}" if self.because else self.said


@dataclass(frozen=True)
class Result:
    """One design at the gate. `changes` is None where no earlier record knows the design."""

    name: str
    title: str
    expression: str
    file: str | None
    checks: tuple[Check, ...]
    changes: tuple[Change, ...] | None = None
    seconds: float = 0.0

    def count(self, outcome: str) -> int:
        return sum(check.outcome == outcome for check in self.checks)


# ---------------------------------------------------------------------------------------------- what is asked


def keys() -> dict[str, str]:
    """What can be asked, and the kind of each; prose is never decided."""
    return {key: kind for key, kind in claimable().items() if kind != "text"}


def _known(known: Mapping[str, str]) -> str:
    criteria = ", ".join(key for key, kind in known.items() if kind == "verdict")
    return f"; known are the criteria, {criteria}, and what else a spec can claim"


def requirement(key: str, value: str | bool, origin: str) -> Requirement:
    """One requirement as it was written down; `any` in place of what is required asks for nothing."""
    known = keys()
    if key not in known:
        raise InputError(f"{origin}: {key!r} is nothing that can be required{nearest(key, known) or _known(known)}")
    if known[key] == "verdict":
        if value == VERDICTS[0]:
            raise InputError(f"{origin}: every {key} is at least fails; write {ANYTHING} to require nothing")
        if value not in (*VERDICTS[1:], ANYTHING):
            words = (*VERDICTS[1:], ANYTHING)
            raise InputError(f"{origin}: {key} = {value} is none of {', '.join(words)}{nearest(str(value), words)}")
        return Requirement(key, value, origin)
    if value == ANYTHING:
        return Requirement(key, value, origin)
    if known[key] == "yes or no" and isinstance(value, str):
        value = _TRUTHS.get(value.lower(), value)
    counted = known[key] == "count" and isinstance(value, str) and value.isdecimal() and len(value) < 10
    try:
        made = spec.claim(key, int(value) if counted else value)
    except InputError as error:
        faults = dict(error.faults) if isinstance(error, SpecError) else {}
        if f"claims.{key}.at" in faults:
            raise InputError(f"{origin}: {key} is meant at one x; claim it in a spec, and the gate checks it") from None
        raise InputError(f"{origin}: {key}: {faults.get(f'claims.{key}', error)}") from None
    return Requirement(key, made.value, origin)


def of_profile(profile: profiles.Profile) -> tuple[Requirement, ...]:
    """What a profile requires, and why."""
    origin = f"profile {profile.name}"
    return tuple(replace(requirement(need.key, need.wanted, origin), why=need.why) for need in profile.needs)


def requirements(*layers: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """What the layers ask, those of a profile first; a later one replaces an earlier one on the same key."""
    asked = {item.key: item for layer in layers for item in layer}
    return tuple(item for item in asked.values() if item.wanted != ANYTHING)


def within(asked: Sequence[Requirement]) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    """What of this can be asked on an interval, and the keys of what is about the whole line."""
    kept = tuple(item for item in asked if on_interval(item.key))
    return kept, tuple(item.key for item in asked if item not in kept)


def whose(word: str, origin: str) -> str:
    """Whose claims fail the gate, as it was written down: own, all, none, or the name of a source."""
    if word in WHOSE or spec.NAME.fullmatch(word):
        return word
    known = ", ".join(WHOSE)
    raise InputError(f"{origin}: {word!r} is none of {known}, nor the name of a source, such as paper")


def is_asked(said_by: str, whose: str) -> bool:
    """Does a claim of this source fail the gate where it does not agree?"""
    return whose == ALL or (whose != NONE and said_by in ("", whose))


def expectation(name: str, reason: str, origin: str) -> Expectation:
    """An expected failure as it was written down: `zero_mean`, or `my_design.zero_mean` for one design."""
    reason = " ".join(reason.split())
    if not reason:
        raise InputError(f"{origin}: the expected failure of {name} has no reason; give one, such as a link")
    known = keys()
    if name in known:
        return Expectation(name, None, reason, origin)
    parts = name.split(".")
    for cut in range(1, len(parts)):
        design, key = ".".join(parts[:cut]), ".".join(parts[cut:])
        if key in known:
            return Expectation(key, design, reason, origin)
    hint = nearest(name, known) or nearest(parts[-1], known) or _known(known)
    raise InputError(f"{origin}: {name!r} is nothing that can fail{hint}")


def expectations(*layers: Iterable[Expectation]) -> tuple[Expectation, ...]:
    """What the layers expect, of which a later one replaces an earlier one on the same key of the same design."""
    merged = {(item.design, item.key): item for layer in layers for item in layer}
    return tuple(merged.values())


def with_requirements(item: Spec, asked: Iterable[Requirement]) -> Spec:
    """The spec to analyse: to its own claims are added those that the requirements make of it."""
    return replace(item, claims=(*item.claims, *(each.claim for each in asked if not each.on_criterion)))


# ---------------------------------------------------------------------------------------------- what came of it


def judge(analysis: Json, asked: Sequence[Requirement], whose: str = OWN) -> tuple[Check, ...]:
    """The requirements and the claims of the analysis of a spec `with_requirements`, checked."""
    verdicts = {verdict["key"]: verdict for verdict in analysis["criteria"]}
    added = sum(not item.on_criterion for item in asked)
    own = len(analysis["claims"]) - added
    findings = iter(analysis["claims"][own:])
    checks = [_on_verdict(item, verdicts[item.key]) if item.on_criterion else _on_fact(item, next(findings))
              for item in asked]  # fmt: skip
    said = (found for found in analysis["claims"][:own] if found["key"] != "prose")
    return (*checks, *(_on_claim(found, whose) for found in said))


def _on_verdict(item: Requirement, verdict: Json) -> Check:
    found = verdict["verdict"]
    outcome = UNDECIDED if found == "open" else PASSED if at_least(found, str(item.wanted)) else FAILED
    reason = "; ".join(verdict["reasons"])
    made = Check("requirement", item.key, str(item.wanted), found, verdict["standing"], outcome, reason)
    return replace(made, by=item.origin, why=item.why)


def at_least(verdict: str, wanted: str) -> bool:
    """Is a decided verdict this one, or better?"""
    return VERDICTS.index(verdict) >= VERDICTS.index(wanted)


def smoothness_rank(word: str) -> float:
    """Where a class of smoothness stands: -1 for what is discontinuous, infinity for C^inf."""
    return -1 if word == "discontinuous" else float(word.removeprefix("C^"))


def _on_fact(item: Requirement, finding: Json) -> Check:
    made = replace(_on_claim(finding, ALL), kind="requirement", by=item.origin, why=item.why)
    if item.key == "smoothness.class" and made.outcome == FAILED:
        smoother = smoothness_rank(made.found) > smoothness_rank(made.wanted) >= 0
        return replace(made, outcome=PASSED if smoother else FAILED)
    return made


def _on_claim(finding: Json, whose: str) -> Check:
    outcome, wanted = _CLAIMED[finding["outcome"]], truth(finding["claimed"])
    if outcome != PASSED and not is_asked(finding["said_by"], whose):
        outcome = TOLD
    places = [f"{name} = {value}" for name, value in (finding["at"] or {}).items()]
    wanted += "".join(f" at {', '.join(places)}" if places else "")
    wanted += f" on {', '.join(finding['on'])}" if finding["on"] else ""
    made = Check("claim", finding["key"], wanted, finding["found"], finding["standing"], outcome, finding["reason"])
    return replace(made, by=finding["said_by"])


def expect(design: str, checks: Iterable[Check], expected: Iterable[Expectation]) -> tuple[Check, ...]:
    """The checks with what was expected of them. An expectation speaks of all checks on its key together."""
    checks = tuple(checks)
    about = {item.key: item for item in expected if item.design is None}
    about |= {item.key: item for item in expected if item.design == design}
    return tuple(_expected(check, about[check.key], checks) if check.key in about else check for check in checks)


def _expected(check: Check, known: Expectation, checks: Sequence[Check]) -> Check:
    """A failure is expected; a pass is unexpected where none of what is asked on this key fails or is open.

    That a verdict did not get worse is no such pass.
    """
    if check.outcome == FAILED:
        return replace(check, outcome=EXPECTED, expected=known.reason)
    outcomes = {other.outcome for other in checks if other.key == check.key} - {TOLD}
    unexpected = outcomes == {PASSED} and check.kind != "baseline"
    return replace(check, outcome=UNEXPECTED, expected=known.reason) if unexpected else check


def unused(results: Sequence[Result], expected: Iterable[Expectation]) -> Iterator[Expectation]:
    """The expected failures of designs at the gate of which nothing was asked."""
    for item in expected:
        designs = [result for result in results if item.design in (None, result.name)]
        checks = [check for result in designs for check in result.checks if check.key == item.key]
        unasked = (check.outcome == TOLD or (check.kind, check.outcome) == ("baseline", PASSED) for check in checks)
        if designs and all(unasked):
            yield item


def status(results: Sequence[Result], strict: bool) -> int:
    """The exit status: 1 where something asked for does not hold, 3 where it is undecided and decisions are asked."""
    outcomes = {check.outcome for result in results for check in result.checks}
    if FAILED in outcomes or (strict and UNEXPECTED in outcomes):
        return 1
    return 3 if strict and UNDECIDED in outcomes else 0

"""What was said of an activation, checked against what is true of it.

A claim agrees when what it states is proved, contradicts when its opposite is, and is open otherwise: an enclosure that
merely holds the stated number neither confirms nor refutes it. Claims that are paths into the facts are read off the
facts; the others (a formula, a slope at a point, a comparison of slopes) are decided here, piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from propcheck.activation import Activation
from propcheck.analysis import ask
from propcheck.calculus import Undecided
from propcheck.claims.finding import (
    AGREES,
    CONTRADICTS,
    OPEN,
    Case,
    Finding,
    said_of,
    undecided,
)
from propcheck.claims.from_facts import OF_THE_FACTS
from propcheck.claims.from_pieces import OF_THE_FORMULA, ORDERS, of_formula
from propcheck.criteria import STANDARDS, judge
from propcheck.criteria.criterion import Standard
from propcheck.criteria.reading import (
    listed,
)
from propcheck.facts import BY_KEY
from propcheck.facts.claimable import rests_on
from propcheck.processes.precision import alone
from propcheck.spec import Claim, Spec
from propcheck.spec.data import ON_INTERVALS
from propcheck.verdict import (
    Facts,
    InputError,
    Verdict,
    weakest,
)

_GRAVITY = (AGREES, OPEN, CONTRADICTS)


@alone
def check(
    spec: Spec,
    facts: Facts,
    verdicts: Sequence[Verdict],
    activation: Activation,
    standards: Sequence[Standard] = STANDARDS,
) -> tuple[Finding, ...]:
    """Each claim of the spec against the facts and the verdicts of its activation, which were given by `standards`."""
    return tuple(_checked(Case(claim, facts, verdicts, activation, standards)) for claim in spec.claims)


def attach(verdicts: Iterable[Verdict], findings: Sequence[Finding]) -> tuple[Verdict, ...]:
    """The verdicts with what came of the claims on each: the worst of them, where there are several.

    A claim that is meant at other values of the parameters says nothing of these verdicts.
    """
    return tuple(replace(verdict, claim=_together(verdict.key, findings)) for verdict in verdicts)


def _together(key: str, findings: Sequence[Finding]) -> str | None:
    outcomes = {finding.outcome for finding in findings if finding.claim.key == key and not finding.claim.at}
    return next((outcome for outcome in (CONTRADICTS, OPEN, AGREES) if outcome in outcomes), None)


def _checked(case: Case) -> Finding:
    claim = case.claim
    try:
        if claim.on and claim.key not in ON_INTERVALS:
            return _within(case)
        values = {name: text for name, text in claim.at.items() if name != "x" and case.number(text).is_finite}
        if values:
            case = replace(case, activation=case.activation.rebind(values))
        if claim.key in OF_THE_FORMULA:
            return OF_THE_FORMULA[claim.key](case)
        if values:
            case = _known(case)
        return OF_THE_FACTS[claim.key if claim.key in OF_THE_FACTS else claim.kind](case)
    except (Undecided, InputError) as why:
        return undecided(claim, str(why))


def _within(case: Case) -> Finding:
    """The claim on each of its intervals; the first on which it is false, or is not decided, tells."""
    found: Finding | None = None
    values = {name: text for name, text in case.claim.at.items() if case.number(text).is_finite}
    activation = case.activation.rebind(values) if values else case.activation
    for span in replace(case, activation=activation).intervals():
        part = activation.within(span.lower, span.upper, (span.lower_closed, span.upper_closed))
        facts = {key: ask(BY_KEY[key].ask, key, part) for key in rests_on(case.claim.key) if key in BY_KEY}
        known = Facts({key: fact for key, fact in facts.items() if fact is not None})
        made = _checked(Case(replace(case.claim, on=(), at={}), known, (), part, case.standards))
        if found is None or _GRAVITY.index(made.outcome) > _GRAVITY.index(found.outcome):
            found = made
    assert found is not None
    return replace(found, claim=case.claim)


def _known(case: Case) -> Case:
    """The case with the facts and verdicts of its activation, whose parameters the claim has moved."""
    from propcheck.inquiries.questions import facts

    found = facts(case.activation)
    return replace(case, facts=found, verdicts=judge(found, case.standards))


# ---------------------------------------------------------------------------------------------- the text as a whole


@alone
def paper_findings(checked: Sequence[tuple[Activation, Sequence[Finding]]]) -> tuple[Finding, ...]:
    """Where what is said several times of one function cannot all be true: a claim agrees, another contradicts."""
    return tuple(_self_contradictions(checked))


def _self_contradictions(checked: Sequence[tuple[Activation, Sequence[Finding]]]) -> Iterator[Finding]:
    for activation, findings in checked:
        for key in dict.fromkeys(finding.claim.key for finding in findings):
            about = [finding for finding in findings if finding.claim.key == key and not finding.claim.at]
            if {AGREES, CONTRADICTS} <= {finding.outcome for finding in about}:
                said = [f"{said_of(finding.claim.value)} ({finding.claim.source})" for finding in about]
                sources = "; ".join(finding.claim.source for finding in about)
                speakers = {finding.claim.said_by for finding in about}
                said_by = speakers.pop() if len(speakers) == 1 else ""
                claim = Claim(key, f"{activation.title}: {listed(said)}", sources, said_by=said_by)
                standing = weakest(*(finding.standing for finding in about if finding.outcome != OPEN))
                yield Finding(claim, CONTRADICTS, about[0].found, standing, "the text says both, and one is false")


__all__ = [
    "AGREES",
    "CONTRADICTS",
    "Finding",
    "OPEN",
    "ORDERS",
    "attach",
    "check",
    "of_formula",
    "paper_findings",
    "undecided",
]

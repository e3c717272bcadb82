"""All questions put to one activation, and what came of them: an Analysis.

The questions are asked one at a time by the worker, so that each answer stands by itself: what could not be answered is
`open`, with a note of what stopped it, and the rest is unharmed.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flint
import sympy

from propcheck import claims, target
from propcheck.activation import Activation, from_spec
from propcheck.cause import Cause
from propcheck.criteria.criterion import Standard
from propcheck.criteria.joining import chosen
from propcheck.facts import BY_KEY
from propcheck.inquiries.questions import LATE, QUESTIONS, ask
from propcheck.processes import worker
from propcheck.spec import Claim, Parameter, Spec
from propcheck.verdict import (
    Fact,
    Facts,
    InputError,
    Number,
    Plotted,
    Shown,
    Standing,
    Verdict,
    Verdicts,
    loaded,
    plain,
)
from propcheck.version import __version__
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Expr

    from propcheck.certificates import Certificate

SCHEMA = "propcheck.analysis/1"
_LEFT_OUT = worker.Stopped("left out, as was asked")


@dataclass(frozen=True)
class Scope:
    """What is asked: these facts and criteria, by key, and whether the claims are checked.

    `standards` are all criteria that there are, those that are not asked too.

    A criterion that rests on a fact that is not asked finds it out by itself, unless the fact is `barred`.
    """

    facts: frozenset[str]
    criteria: frozenset[str]
    standards: tuple[Standard, ...]
    claims: bool = True
    barred: frozenset[str] = frozenset()


_FACTS = frozenset(key for key, _ in QUESTIONS)


def scope(
    only: Collection[str] = (), without: Collection[str] = (), standards: Sequence[Standard] | None = None
) -> Scope:
    """What is asked where one wants these facts and criteria alone, or goes without some facts; else everything."""
    standards = chosen() if standards is None else tuple(standards)
    criteria = frozenset(item.key for item in standards)
    only, without = ((item,) if isinstance(item, str) else tuple(item or ()) for item in (only, without))
    for key in without:
        _known(key, [fact for fact, _ in QUESTIONS], "fact", "to leave out")
    for key in only:
        _known(key, [*(item.key for item in standards), *(fact for fact, _ in QUESTIONS)], "fact or criterion", "")
    barred = frozenset(without)
    if not only:
        return Scope(_FACTS - barred, criteria, standards, barred=barred)
    facts = _FACTS.intersection(only) - barred
    return Scope(facts, criteria.intersection(only), standards, claims=False, barred=barred)


def _known(key: str, known: Sequence[str], what: str, why: str) -> None:
    if key not in known:
        sought = f"there is no {what} {key!r} {why}".rstrip()
        raise InputError(f"{sought}{nearest(key, known)}; there are {', '.join(dict.fromkeys(known))}")


@dataclass(frozen=True)
class Analysis(Shown, Plotted):
    """What was found of one activation: its facts, the verdicts, and what its claims come to.

    `description` says what was analysed: name, title, expression, parameters, pieces, derivative, each a text.
    """

    description: Mapping[str, Any]
    facts: Facts
    criteria: tuple[Verdict, ...]
    claims: tuple[claims.Finding, ...]
    provenance: Mapping[str, Any]

    shown_as = "analysis"

    @property
    def name(self) -> str:
        return self.description["name"]

    @property
    def activation(self) -> Activation:
        """The activation that was analysed, made anew from its description."""
        about = self.description
        told = {name: Parameter(name, item["role"], item["value"], item["range"], item["distribution"])
                for name, item in about["parameters"].items()}  # fmt: skip
        spec = Spec(about["name"], about["expression"], about["title"], parameters=tuple(told.values()))
        return from_spec(replace(spec, on=":".join(about.get("on") or ())))

    def _repr_html_(self) -> str:
        return Shown.drawn(self.shown_as, {**self.shown(), "graph": Plotted.graphed(self)}, "html")

    @property
    def open(self) -> dict[str, Cause]:
        """The facts that are not decided, by key, and why: `Counter(analysis.open.values())` counts the causes."""
        notes = {key: fact.note for key, fact in self.facts.items() if fact.standing is Standing.OPEN}
        return {key: Cause.of(note) for key, note in notes.items()}

    def certificate(
        self,
        over: Mapping[str, tuple[str, str]] | None = None,
        equals: str | Path | Spec | Expr | Activation | None = None,
    ) -> Certificate:
        """What of it a stranger can check with one page of Python, by the file that `propcheck certify` writes.

        With `over`, such as {"a": ("0", "1")}, what is true for every value of a parameter between two. `equals` is
        another function which it is stated to be.
        """
        from propcheck.certificates import certificate
        from propcheck.language import show
        from propcheck.target import activation

        other = "" if equals is None else show(activation(equals).bound)
        return certificate(self.description, plain(self.facts), over, other)

    def __getitem__(self, key: str) -> Any:
        """The verdict or the fact of this key: `analysis["dead_units"]`, `analysis["range"]`.

        `cost` is both: here the verdict, and the fact in `analysis.facts`.
        """
        for verdict in self.criteria:
            if verdict.key == key:
                return verdict
        return self.facts[key]

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck analyze --json` prints."""
        return {
            "schema": SCHEMA,
            "activation": plain(self.description),
            "facts": plain(self.facts),
            "criteria": plain(self.criteria),
            "claims": [finding.to_json() for finding in self.claims],
            "provenance": plain(self.provenance),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> Analysis:
        """The analysis that became this object, or this text of JSON."""
        data = loaded(data, SCHEMA)
        return cls(
            description=data["activation"],
            facts=Facts.from_json(data["facts"]),
            criteria=Verdicts.from_json(data["criteria"]),
            claims=tuple(map(claims.Finding.from_json, data["claims"])),
            provenance=data["provenance"],
        )

    def __repr__(self) -> str:
        lines = [f"Analysis of {self.description['title']}: {self.description['expression']}"]
        lines += [
            f"  {item.number} {item.key:<17} {item.verdict:<6} {item.standing}: {'; '.join(item.reasons)}"
            for item in self.criteria
        ]
        return "\n".join([*lines, f"  {len(self.facts)} facts: {', '.join(self.facts)}"])


def analyze(
    item: str | Path | Spec | Expr | Activation,
    *,
    time_limit: float | None = None,
    only: Collection[str] = (),
    without: Collection[str] = (),
    on: str | Sequence[Any] | None = None,
    gaussian: str | Sequence[Any] | None = None,
    criteria: Iterable[Any] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    **params: Any,
) -> Analysis:
    """The analysis of one target or activation.

    With a `time_limit` in seconds of processor time the work is done in a child process that is stopped when its time
    is up; what was not decided by then is `open`. Without one it is done here, and takes as long as it takes.
    `only` names the facts and criteria that are wanted, by key; all others are open, and no claims are checked.
    `without` names facts that are not asked for: edge_of_chaos takes longer than all others, and is asked last.
    `on` is an interval on which it is looked at, "-8:8" or (-8, 8): the facts are those of g there, and what is
    about the whole line is left out, the criteria with it.
    `gaussian` is a normal law, "m,s" or (m, s) for N(m, s^2), at which mean and variance are asked beside N(0, 1).
    `criteria` are asked besides the eight and those that were joined; `thresholds` are put in place of the usual ones,
    by criterion and name: `{"convergence": {"holds": 0.9}}`.
    """
    standards = chosen(criteria, thresholds)
    if isinstance(item, str | Path | Spec) or not on is gaussian is None or target.is_code(item):
        item, params = target.read(item, params, on, gaussian), {}
    (analysis,) = analyze_all([item], time_limit, params, without, only, standards=standards)
    return analysis


def analyze_all(
    items: Sequence[Spec | Expr | Activation],
    time_limit: float | None,
    params: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
    only: Collection[str] = (),
    workers: int | None = 1,
    standards: Sequence[Standard] | None = None,
    tell: Callable[[int, Analysis], None] = lambda place, analysis: None,
) -> Generator[Analysis, None, None]:
    """The analyses of several specs or activations, in their order, each under its own time limit.

    So many `workers` are at it at once; their number changes no analysis. `tell` hears of each as soon as it is there.
    """
    worker.check_limit(time_limit)
    asked = scope(only, without, standards)
    for item in items:
        target.check_kind(item)
        if _is_within(item):
            _check_within(only)

    def heard(place: int, outcome: worker.Outcome, seconds: float) -> None:
        if not isinstance(outcome, InputError):
            tell(place, assembled(items[place], outcome, _standards(items[place], asked), seconds))

    jobs = [job(item, params or {}, asked) for item in items]
    with closing(worker.shared(jobs, time_limit, workers, tell=heard)) as outcomes:
        for item, (answers, seconds) in zip(items, outcomes, strict=True):
            if isinstance(answers, InputError):
                raise answers
            yield assembled(item, answers, _standards(item, asked), seconds)


def _is_within(item: Spec | Expr | Activation) -> bool:
    """Is it looked at on an interval alone?"""
    return bool(item.on) if isinstance(item, Spec | Activation) else False


def _arising(item: Spec | Expr | Activation) -> frozenset[str]:
    """The facts that may arise of it."""
    lawless = isinstance(item, Spec | Activation) and not item.law
    kept = (key for key in _FACTS if BY_KEY[key].on or not _is_within(item))
    return frozenset(key for key in kept if not (lawless and BY_KEY[key].of_law))


def _standards(item: Spec | Expr | Activation, asked: Scope) -> tuple[Standard, ...]:
    """The criteria that an item is judged by: on an interval none, for they are about the whole line."""
    return () if _is_within(item) else asked.standards


def _check_within(only: Collection[str]) -> None:
    """Raises where something is wanted that does not arise on an interval."""
    asked = [key for key, row in BY_KEY.items() if row.on]
    for key in (only,) if isinstance(only, str) else only:
        if key not in asked:
            raise InputError(f"{key} is about the whole line; on an interval there are {', '.join(asked)}")


def compare_claims(
    items: Sequence[Spec | Expr | Activation],
    findings: Sequence[Sequence[claims.Finding]],
    time_limit: float | None,
) -> tuple[claims.Finding, ...]:
    """What the claims on several functions, or several claims on one, come to together: where not all can be true.

    `findings` are those of each function.
    """
    asked = worker.Job(
        subject=partial(_activations, tuple(items)),
        questions=(("together", partial(_together, tuple(map(tuple, findings)))),),
    )
    try:
        found = worker.one(asked, time_limit)["together"]
    except InputError:
        return ()
    return () if isinstance(found, worker.Stopped) else found


def _activations(items: Sequence[Spec | Expr | Activation]) -> list[Activation]:
    return [target.activation(item, {}) for item in items]


def _together(
    findings: Sequence[Sequence[claims.Finding]], activations: Sequence[Activation], answers: Mapping[str, Any]
) -> tuple[claims.Finding, ...]:
    return claims.paper_findings(list(zip(activations, findings, strict=True)))


def versions() -> dict[str, str]:
    """The versions of all that a result may depend on."""
    return {
        "propcheck": __version__,
        "python": platform.python_version(),
        "sympy": sympy.__version__,
        "python-flint": flint.__version__,
    }


# ---------------------------------------------------------------------------------------------- the questions


def job(item: Spec | Expr | Activation, params: Mapping[str, Any], asked: Scope) -> worker.Job:
    """The questions of an analysis, for the worker. A stranger's criterion is one of its own: it may never answer."""
    asserted = _claims(item) if asked.claims else ()
    asked = replace(asked, standards=_standards(item, asked))
    return worker.Job(
        subject=partial(target.activation, item, params),
        questions=tuple((key, partial(_fact, key)) for key in _in_turn() if key in asked.facts & _arising(item)),
        closing=(
            *((key, partial(verdicts, asked, items)) for key, items in _in_parts(asked.standards)),
            ("description", _described),
            *((f"claim {place}", partial(_finding, place, asked.standards)) for place in range(len(asserted))),
        ),
    )


def _in_turn() -> list[str]:
    """The keys of the questions, those that take long at the end."""
    return sorted((key for key, _ in QUESTIONS), key=lambda key: key in LATE)


def _claims(item: Spec | Expr | Activation) -> tuple[Claim, ...]:
    spec = item.spec if isinstance(item, Activation) else item
    return spec.claims if isinstance(spec, Spec) else ()


def _fact(key: str, activation: Activation, answers: Mapping[str, Any]) -> Fact | Number | None:
    return ask(dict(QUESTIONS)[key], key, activation)


def _in_parts(standards: Sequence[Standard]) -> list[tuple[str, tuple[Standard, ...]]]:
    """The questions in which verdicts are asked: the paper's criteria together, each other one alone."""
    others = [(f"criterion {item.key}", (item,)) for item in standards if not item.own]
    return [("criteria", tuple(item for item in standards if item.own)), *others]


def verdicts(
    asked: Scope, standards: Sequence[Standard], activation: Activation, answers: Mapping[str, Any]
) -> tuple[Verdict, ...]:
    """The verdicts of these criteria by the answers so far; those that are not asked are open."""
    facts = _AsNeeded(activation, _facts(answers), {*answers, *asked.barred})
    return tuple(item.judge(facts) if item.key in asked.criteria else item.open(_LEFT_OUT.note) for item in standards)


class _AsNeeded(Facts):
    """Facts of which those that were not asked are found out when a criterion wants them."""

    def __init__(self, activation: Activation, facts: Facts, settled: Collection[str]):
        super().__init__({key: fact for key, fact in facts.items() if key in settled})
        self._activation, self._settled = activation, settled

    def __getitem__(self, key: str) -> Fact | Number:
        if key not in self._items and key not in self._settled:
            answer = _fact(key, self._activation, {})
            if answer is None:
                raise KeyError(key)
            self._items[key] = answer
        return super().__getitem__(key)


def _finding(
    place: int, standards: Sequence[Standard], activation: Activation, answers: Mapping[str, Any]
) -> claims.Finding:
    assert activation.spec is not None
    spec = replace(activation.spec, claims=(activation.spec.claims[place],))
    (finding,) = claims.check(spec, _facts(answers), _judged(answers, standards), activation, standards)
    return finding


def _described(activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any]:
    return activation.to_json()


# ---------------------------------------------------------------------------------------------- the answers


def assembled(
    item: Spec | Expr | Activation, answers: Mapping[str, Any], standards: Sequence[Standard], seconds: float
) -> Analysis:
    """The analysis that the answers to its questions come to."""
    described = answers["description"]
    asserted = _claims(item) if "claim 0" in answers else ()
    findings = tuple(_found(claim, answers[f"claim {place}"]) for place, claim in enumerate(asserted))
    return Analysis(
        description=_named(item, described.note) if isinstance(described, worker.Stopped) else described,
        facts=Facts({key: fact for key, fact in _facts(answers).items() if key in _arising(item)}),
        criteria=Verdicts(claims.attach(_judged(answers, standards), findings)),
        claims=findings,
        provenance=versions() | {"seed": None, "seconds": round(seconds, 6)},
    )


def _facts(answers: Mapping[str, Any]) -> Facts:
    """The facts among the answers, open where there is none; a question that does not arise leaves no fact."""
    facts: dict[str, Fact | Number] = {}
    for key, _ in QUESTIONS:
        answer = answers.get(key, _LEFT_OUT)
        if isinstance(answer, worker.Stopped):
            answer = Number.missing(answer.note) if BY_KEY[key].number else Fact(key, Standing.OPEN, {}, answer.note)
        if answer is not None:
            facts[key] = answer
    return Facts(facts)


def _judged(answers: Mapping[str, Any], standards: Sequence[Standard]) -> tuple[Verdict, ...]:
    judged: list[Verdict] = []
    for key, items in _in_parts(standards):
        found = answers[key]
        judged += [item.open(found.note) for item in items] if isinstance(found, worker.Stopped) else found
    return tuple(judged)


def _found(claim: Claim, answer: claims.Finding | worker.Stopped) -> claims.Finding:
    return claims.undecided(claim, answer.note) if isinstance(answer, worker.Stopped) else answer


def _named(item: Spec | Expr | Activation, note: str) -> dict[str, Any]:
    """What can be said of an activation that could not be described."""
    if isinstance(item, Activation):
        name, title, text, parameters = item.name, item.title, str(item.expression), item.parameters
    elif isinstance(item, Spec):
        name, title, text, parameters = item.name, item.title, item.formula, item.parameters
    else:
        name = title = text = str(item)
        parameters = ()
    return {
        "name": name,
        "title": title,
        "expression": text,
        "parameters": {parameter.name: parameter.to_json(parameter.default) for parameter in parameters},
        "source": item.source if isinstance(item, Spec) else "",
        "note": note,
        "pieces": None,
        "derivative": None,
        **({"on": item.on.split(":")} if isinstance(item, Spec) and item.on else {}),
        "latex": None,
    }

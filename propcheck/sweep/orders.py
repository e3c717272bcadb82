"""What is asked of a design: an order, plain JSON that travels; what comes back is plain JSON too.

    print   what it may have in common with others       {"mark", "at", "size"}
    alike   whether an earlier design is it again        {"relation": {"times", "stretch"} or null}
    facts   facts and verdicts                           {"known", "open"}, and "analysis" where a card is wanted

An order is made a job of questions, each of which is answered, or given up, by itself. Where there is nothing to ask,
`lost` says why: "wrong input", "time", "memory" or "crash", with a sentence in `note`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import Any

from propcheck.activation import Activation, from_spec
from propcheck.cause import Cause
from propcheck.criteria.joining import chosen
from propcheck.facts import BY_KEY, ROWS
from propcheck.inquiries import analysis as inquiry
from propcheck.inquiries.questions import QUESTIONS, ask
from propcheck.processes.precision import alone
from propcheck.processes.worker import Job, Outcome, Stopped
from propcheck.spec import Spec
from propcheck.sweep import conditions, known, likeness
from propcheck.sweep.designs import Design
from propcheck.sweep.likeness import Print
from propcheck.verdict import Fact, InputError, Number, Standing

# Asked of every design, the cheapest first: 35 ms of a core together for a design of usual length.
QUICK = (
    "domain",
    "affine",
    "smoothness",
    "limits",
    "saturation",
    "dead_region",
    "parity",
    "range",
    "derivative_range",
    "lipschitz",
    "monotonicity",
    "cost",
)
LONG = "edge_of_chaos"  # takes longer than all others, and no criterion rests on it
FULL = tuple(row.key for row in sorted(ROWS, key=lambda row: row.slow)
             if not (row.of_random or row.of_law or row.key == LONG))  # fmt: skip
PRINT, ALIKE, FACTS = "print", "alike", "facts"
Order = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is asked of a design: facts and criteria by key, and with `card` all that a card of it says.

    Once a condition to `reject` it holds, no more is asked.
    """

    facts: tuple[str, ...] = QUICK
    criteria: tuple[str, ...] = ()
    reject: str = ""
    thresholds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    card: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"facts": list(self.facts), "criteria": list(self.criteria), "reject": self.reject,
                "thresholds": {key: dict(row) for key, row in self.thresholds.items()}, "card": self.card}  # fmt: skip

    def judging(
        self, criteria: Sequence[str], thresholds: Mapping[str, Mapping[str, Any]], card: bool = False
    ) -> Wanted:
        """The same with these criteria too, and thresholds in place of the usual ones."""
        told = {key: {name: str(value) for name, value in row.items()} for key, row in thresholds.items()}
        return replace(self, criteria=tuple(sorted({*self.criteria, *criteria})), thresholds=told, card=card)

    @classmethod
    def of(cls, *asked: conditions.Condition, reject: str = "", facts: Sequence[str] = QUICK) -> Wanted:
        """The quick facts, and what these conditions look at."""
        named = {key for condition in asked for key in condition.facts}
        first = [key for key in (*QUICK, *FULL, LONG) if key in named]
        rest = [key for key in facts if key not in named]
        criteria = {key for condition in asked for key in condition.criteria}
        return cls(tuple([*first, *rest]), tuple(sorted(criteria)), reject)


def check_facts(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys, each of which is a fact; InputError where one is none."""
    inquiry.scope((), keys)
    return tuple(keys)


def criteria(thresholds: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of all criteria."""
    return tuple(item.key for item in chosen(thresholds=thresholds))


@cache
def versions() -> dict[str, str]:
    """The versions of all that a result may depend on."""
    return inquiry.versions()


def print_of(design: Design, kind: str) -> dict[str, Any]:
    return {"ask": PRINT, "design": design.to_json(), "kind": kind}


def alike(first: Design, other: Design, prints: tuple[Print, Print]) -> dict[str, Any]:
    return {"ask": ALIKE, "design": other.to_json(), "first": first.to_json(),
            "prints": [one.to_json() for one in prints]}  # fmt: skip


def facts_of(design: Design, wanted: Wanted) -> dict[str, Any]:
    return {"ask": FACTS, "design": design.to_json(), "wanted": wanted.to_json()}


# ---------------------------------------------------------------------------------------------- as a job


def job(order: Order) -> Job:
    """The questions of an order."""
    if order["ask"] == PRINT:
        return Job(partial(_activation, order), (("print", partial(_print, order["kind"])),))
    if order["ask"] == ALIKE:
        return Job(partial(_pair, order), (("relation", partial(_relation, order["prints"])),))
    wanted = order["wanted"]
    questions = tuple((key, partial(_fact, key, wanted["reject"])) for key in wanted["facts"])
    verdicts = (("criteria", partial(_verdicts, wanted)),) if wanted["criteria"] else ()
    described = (("description", _described),) if wanted["card"] else ()
    return Job(partial(_activation, order), questions, (*verdicts, *described))


@lru_cache(maxsize=32)
def _made(text: str, parameters: tuple[tuple[str, str], ...], spec: str) -> Activation:
    return from_spec(Design(text, dict(parameters), spec).read())


def _activation(order: Order, which: str = "design") -> Activation:
    """The activation; one that was looked at lately is not read again."""
    design = Design.from_json(order[which])
    return _made(design.expression, tuple(sorted(design.parameters.items())), design.spec)


def _pair(order: Order) -> tuple[Activation, Activation]:
    return _activation(order, "first"), _activation(order)


def _print(kind: str, activation: Activation, answers: Any) -> list[str]:
    return likeness.taken(activation, kind).to_json()


def _relation(prints: Sequence[Sequence[str]], pair: tuple[Activation, Activation], answers: Any) -> Any:
    return likeness.relation(*pair, (Print(*prints[0]), Print(*prints[1])))


@lru_cache(maxsize=64)
def _condition(text: str) -> conditions.Condition:
    return conditions.read(text)


def _settled(reject: str, answers: Mapping[str, Any]) -> bool:
    """Is it rejected already by what is known?"""
    return bool(reject) and _condition(reject)(known.flat(_facts(answers))).value is True


def _facts(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: answers[key] for key in BY_KEY if not isinstance(answers.get(key), Stopped | None)}


def _fact(key: str, reject: str, activation: Activation, answers: Mapping[str, Any]) -> Any:
    return None if _settled(reject, answers) else ask(dict(QUESTIONS)[key], key, activation)


def _verdicts(wanted: Mapping[str, Any], activation: Activation, answers: Mapping[str, Any]) -> Any:
    if _settled(wanted["reject"], answers):
        return ()
    standards = chosen(thresholds=wanted["thresholds"])
    scope = inquiry.Scope(frozenset(), frozenset(wanted["criteria"]), standards, False, frozenset({LONG}))
    judged = inquiry.verdicts(scope, standards, activation, answers)
    return tuple(verdict for verdict in judged if verdict.key in wanted["criteria"])


@alone
def _described(activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any]:
    return activation.to_json()


# ---------------------------------------------------------------------------------------------- what came of it


def result(order: Order, outcome: Outcome) -> dict[str, Any]:
    """What an order came to, as JSON."""
    if isinstance(outcome, InputError):
        return {"lost": "wrong input", "note": str(outcome)}
    stopped = [answer for answer in outcome.values() if isinstance(answer, Stopped)]
    if len(stopped) == len(outcome):
        return {"lost": why(stopped[0].note), "note": stopped[0].note}
    if order["ask"] != FACTS:
        (answer,) = outcome.values()
        return dict(zip(("mark", "at", "size"), answer, strict=True)) if order["ask"] == PRINT else {"relation": answer}
    return _found(order, outcome)


def why(note: str) -> str:
    """What kept a design from being looked at, in a word."""
    cause = Cause.of(note)
    if "the process" in note and "memory" not in note.replace("want of memory", ""):
        return "crash"
    return {Cause.TIME: "time", Cause.MEMORY: "memory"}.get(cause, "other")


def _found(order: Order, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Facts and verdicts by path, why others are open, and with a card the analysis, of which it is drawn."""
    wanted = order["wanted"]
    facts = {key: _open(key, answers[key]) for key in wanted["facts"] if answers[key] is not None}
    judged = answers.get("criteria", ())
    leaves = known.flat(facts, () if isinstance(judged, Stopped) else judged)
    if isinstance(judged, Stopped):
        leaves |= {key: known.Leaf(None, Standing.OPEN) for key in wanted["criteria"]}
    notes = {key: fact.note for key, fact in facts.items() if fact.standing is Standing.OPEN}
    found = {"known": known.to_json(leaves), "open": notes}
    return found | ({"analysis": _analysis(order, facts, judged, answers["description"])} if wanted["card"] else {})


def _open(key: str, answer: Any) -> Any:
    """The fact, open where there is no answer."""
    if not isinstance(answer, Stopped):
        return answer
    return Number.missing(answer.note) if BY_KEY[key].number else Fact(key, Standing.OPEN, {}, answer.note)


def _analysis(order: Order, facts: Mapping[str, Any], judged: Any, description: Any) -> dict[str, Any]:
    """The analysis as `propcheck analyze --json` prints it, but for the seconds, and for what was not asked."""
    told = Design.from_json(order["design"]).told
    given = {**facts, "criteria": (), "description": description}
    made = inquiry.assembled(Spec(told, told), given, (), 0.0).to_json()
    made["facts"] = {key: made["facts"][key] for key in BY_KEY if key in facts}
    made["criteria"] = [] if isinstance(judged, Stopped) else [verdict.to_json() for verdict in judged]
    del made["provenance"]["seconds"]
    return made

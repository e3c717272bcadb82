"""Statements verified: what a spec states of its function, or a formula that one gives.

A statement is proved, refuted with a witness, or open. The verdicts that a spec expects are no statements of this kind:
they are judged by `propcheck analyze`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import sympy as sp

from propcheck import claims, target
from propcheck.activation import Activation, exact
from propcheck.analysis import QUESTIONS, ask
from propcheck.claims import Finding, equations
from propcheck.claims.proof import OPEN, PROVED, REFUTED, Convention, Proof, Witness
from propcheck.facts.claimable import rests_on
from propcheck.inquiries import gated
from propcheck.inquiries.analysis import versions
from propcheck.language import parse, show, with_output
from propcheck.processes import worker
from propcheck.spec import Claim, Spec, constant, spelled
from propcheck.verdict import Fact, Facts, InputError, Number, Shown, Standing, loaded, plain

SCHEMA = "propcheck.verification/1"
_OUTCOMES = {claims.AGREES: PROVED, claims.CONTRADICTS: REFUTED, claims.OPEN: OPEN}
_NOT_VERIFIED = ("verdict", "text")  # kinds of claims


@dataclass(frozen=True)
class Statement:
    """One thing that is stated; where that is a formula, with the order of the derivative (-1: antiderivative)."""

    claim: Claim
    order: int | None = None

    @property
    def name(self) -> str:
        return f"derivative of order {self.order}" if self.order and self.order > 1 else self.claim.key


@dataclass(frozen=True)
class Verification(Shown):
    """The statements of one target with what came of each."""

    description: Mapping[str, Any]
    statements: tuple[tuple[Statement, Finding], ...]
    provenance: Mapping[str, Any]

    shown_as = "verification"

    def __repr__(self) -> str:
        return f"<Verification of {self.description['name']}: {', '.join(self.outcomes) or 'nothing is stated'}>"

    @property
    def outcomes(self) -> list[str]:
        return [_OUTCOMES[finding.outcome] for _, finding in self.statements]

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck verify --json` prints."""
        return {
            "schema": SCHEMA,
            "activation": plain(self.description),
            "statements": [_to_json(*item) for item in self.statements],
            "provenance": plain(self.provenance),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> Verification:
        """The verification that became this object, or this text of JSON."""
        data = loaded(data, SCHEMA)
        return cls(data["activation"], tuple(map(_from_json, data["statements"])), data["provenance"])


def _to_json(statement: Statement, finding: Finding) -> dict[str, Any]:
    claim, proof = statement.claim, finding.proof
    return {
        "key": claim.key,
        "order": statement.order,
        "stated": claim.value,
        **{name: plain(getattr(claim, name)) for name in ("said_by", "source", "quote", "reading", "at", "on")},
        **({"within": claim.within} if claim.within else {}),
        "outcome": _OUTCOMES[finding.outcome],
        "standing": finding.standing.value,
        "found": proof.found if proof else finding.found,
        "reason": "" if proof else finding.reason,
        "parameters": proof.parameters if proof else "",
        "ends": list(proof.ends) if proof else [],
        "conventions": [convention.to_json() for convention in proof.conventions] if proof else [],
        "witness": proof.witness.to_json() if proof and proof.witness else None,
    }


def _from_json(data: Mapping[str, Any]) -> tuple[Statement, Finding]:
    """The statement that became this object, and what came of it; a proof that says no more is left out."""
    said = {name: data[name] for name in ("source", "quote", "reading", "at")} | {
        name: data.get(name, "") for name in ("said_by", "within")
    }
    claim = Claim(data["key"], data["stated"], on=tuple(data["on"]), **said)
    outcome = next(word for word, told in _OUTCOMES.items() if told == data["outcome"])
    conventions = tuple(_convention(item) for item in data["conventions"])
    witness = data["witness"] and Witness(**data["witness"])
    proof = None
    if data["parameters"] or conventions or witness or data["ends"]:
        proof = Proof(data["outcome"], "", data["parameters"], conventions, witness, tuple(data["ends"]))
        proof = replace(proof, text=data["found"].removesuffix(proof.found))
    finding = Finding(claim, outcome, data["found"], Standing(data["standing"]), data["reason"], proof)
    return Statement(claim, data["order"]), finding


def _convention(data: Mapping[str, Any]) -> Convention:
    return Convention(**{item.name: data[item.name] for item in fields(Convention)})


def verify(
    item: str | Path | Spec | sp.Expr | Activation,
    derivative: str | sp.Expr | None = None,
    *,
    order: int = 1,
    antiderivative: str | sp.Expr | None = None,
    on: str | Sequence[Any] | None = None,
    within: str | float | None = None,
    time_limit: float | None = None,
    **params: Any,
) -> Verification:
    """The formulas verified of one target or, where none are given, what its spec states; `on` an interval, if given.

    Formulas and numbers may be off by `within`: that they are is then proved by enclosures, and said.
    """
    statements = given(derivative, order, antiderivative)
    (found,) = verify_all([target.read(item, params, on)], statements, time_limit, within=within)
    return found


def given(derivative: str | sp.Expr | None, order: int, antiderivative: str | sp.Expr | None) -> tuple[Statement, ...]:
    """The statements that formulas given beside the targets make."""
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise InputError(f"order is that of the derivative, a whole number from 1, not {order!r}")
    made = [("derivative", derivative, order), ("antiderivative", antiderivative, -1)]
    return tuple(Statement(Claim(key, _text(key, text)), order) for key, text, order in made if text is not None)


def _text(key: str, formula: str | sp.Expr | float) -> str:
    """A formula as text, be it given as an expression of SymPy."""
    if isinstance(formula, str):
        return formula
    if isinstance(formula, bool) or not isinstance(formula, sp.Expr | int | float):
        raise InputError(f"the {key} is a formula in x, as text or an expression of SymPy, not {reprlib.repr(formula)}")
    return show(exact(sp.sympify(formula)))


def stated(spec: Spec) -> tuple[Statement, ...]:
    """What a spec states, verdicts and prose aside: formulas first."""
    if spec.inputs:
        return tuple(Statement(claim, 1) for claim in gated.stated(spec))
    facts = [claim for claim in spec.claims if claim.kind not in _NOT_VERIFIED]
    made = [Statement(claim, claims.ORDERS.get(claim.key)) for claim in facts]
    return tuple(sorted(made, key=lambda statement: statement.order is None))


def verify_all(
    specs: Sequence[Spec],
    formulas: Sequence[Statement],
    time_limit: float | None,
    workers: int | None = 1,
    within: str | float | None = None,
) -> Iterator[Verification]:
    """The formulas verified of each spec or, where none are given, what each states; each under its own time limit.

    So many `workers` are at it at once; no result depends on their number.
    """
    worker.check_limit(time_limit)
    slack = "" if within is None else _tolerance(within)
    for spec in specs:
        if spec.inputs and formulas:
            raise InputError(f"{spec.name} has two inputs; state its slopes in its spec, or fix one of them, as y=1")
    asked = [(spec, tuple(_loosened(item, slack) for item in formulas or stated(spec))) for spec in specs]
    for spec, statements in asked:
        for statement in statements:
            if statement.order is not None:
                _readable(spec, statement)
    with closing(worker.shared([_job(*item) for item in asked], time_limit, workers)) as outcomes:
        for (spec, statements), (answers, seconds) in zip(asked, outcomes, strict=True):
            if isinstance(answers, InputError):
                raise answers
            found = [_found(item, answers[f"statement {place}"]) for place, item in enumerate(statements)]
            yield Verification(
                description=_described(spec),
                statements=tuple(zip(statements, found, strict=True)),
                provenance=versions() | {"seed": None, "seconds": round(seconds, 6)},
            )


def paper(time_limit: float | None) -> dict[str, Any]:
    """The object that `propcheck verify --paper --json` prints: the paper's equations, and findings on several."""
    found = paper_equations(time_limit)
    return {
        "schema": SCHEMA,
        "equations": found["rows"],
        "findings": found["findings"],
        "provenance": versions() | {"seed": None},
    }


def paper_equations(time_limit: float | None) -> Mapping[str, Any]:
    """The paper's equations verified, in `rows`, and the `findings` on several of them; open where time ran out."""
    worker.check_limit(time_limit)
    job = worker.Job(subject=equations.suite, questions=(("equations", _all_equations),))
    found = worker.one(job, time_limit)["equations"]
    return equations.stopped(found.note) if isinstance(found, worker.Stopped) else found


def _all_equations(suite: equations.Suite, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    return equations.verify(suite)


def _tolerance(within: str | float) -> str:
    """A tolerance as text; refused where it is no number above 0."""
    text = spelled(within)
    if not constant(text).is_positive:
        raise InputError(f"a tolerance is a number above 0, such as 1e-9, not {text}")
    return text


def _loosened(statement: Statement, within: str) -> Statement:
    return replace(statement, claim=replace(statement.claim, within=within)) if within else statement


def _readable(spec: Spec, statement: Statement) -> None:
    """Raises where a formula cannot be read with this spec's parameters."""
    try:
        parse(str(statement.claim.value), with_output(spec.symbols()))  # y is the other input of a gated unit
    except InputError as error:
        raise InputError(f"the {statement.name} stated of {spec.name}: {error}") from None


def _described(spec: Spec) -> dict[str, Any]:
    values = {item.name: {"value": item.default, "role": item.role, "range": item.range} for item in spec.parameters}
    told = {"name": spec.name, "title": spec.title, "expression": spec.formula, "parameters": values}
    return told | ({"on": spec.on.split(":")} if spec.on else {}) | spec.read_as


# ---------------------------------------------------------------------------------------------- the questions


def _job(spec: Spec, statements: Sequence[Statement]) -> worker.Job:
    if spec.inputs:
        asked = tuple((f"statement {place}", partial(_of_unit, item)) for place, item in enumerate(statements))
        return worker.Job(subject=partial(replace, spec), questions=asked)
    needed = {name for statement in statements if not statement.claim.on for name in rests_on(statement.claim.key)}
    return worker.Job(
        subject=partial(target.activation, spec),
        questions=tuple((key, partial(_fact, key)) for key, _ in QUESTIONS if key in needed),
        closing=tuple((f"statement {place}", partial(_answer, item)) for place, item in enumerate(statements)),
    )


def _fact(key: str, activation: Activation, answers: Mapping[str, Any]) -> Fact | Number | None:
    return ask(dict(QUESTIONS)[key], key, activation)


def _of_unit(statement: Statement, spec: Spec, answers: Mapping[str, Any]) -> Finding:
    return gated.verified(spec, statement.claim)


def _answer(statement: Statement, activation: Activation, answers: Mapping[str, Any]) -> Finding:
    assert activation.spec is not None
    claim = statement.claim
    if statement.order is not None and not claim.on:
        return claims.of_formula(activation.rebind(claim.at) if claim.at else activation, claim, statement.order)
    facts = Facts({key: answer for key, answer in answers.items() if isinstance(answer, Fact | Number)})
    (finding,) = claims.check(replace(activation.spec, claims=(claim,)), facts, (), activation)
    return finding


def _found(statement: Statement, answer: Finding | worker.Stopped) -> Finding:
    return claims.undecided(statement.claim, answer.note) if isinstance(answer, worker.Stopped) else answer

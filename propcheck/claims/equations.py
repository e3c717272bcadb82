"""The paper's equations as a suite: the stated derivatives (3)-(25) and (35)-(43), and the network's own (26)-(34).

The derivatives are the claims of the catalogue's specs whose source is an equation of the paper; they are not written
down a second time here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck import spec
from propcheck.activation import Activation, from_spec
from propcheck.claims import network_equations
from propcheck.claims.derivative import prove, read
from propcheck.claims.network_equations import EQUATIONS
from propcheck.claims.proof import OPEN, Proof
from propcheck.verdict import Standing

# Equations that are missing in the text: the equation in whose place another stands.
LOST = {40: 15}

HOW = "on each piece g' less what is stated is 0 in a normal form, parameters symbolic; at breakpoints by limits"

_SOURCE = re.compile(r"eqs?\. (\d+(?:, \d+)*)")


@dataclass(frozen=True)
class Stated:
    """A derivative that the paper states: the equation's number, the function, the text, and how it is read."""

    number: int
    name: str
    title: str
    text: str
    reading: str


@dataclass(frozen=True)
class Suite:
    """What is to be verified, with the functions that it is about."""

    stated: tuple[Stated, ...]
    activations: Mapping[str, Activation]


def stated() -> tuple[Stated, ...]:
    """The derivatives that the paper states, by number."""
    found = [
        Stated(int(number), item.name, item.title, str(claim.value), claim.reading)
        for item in spec.catalogue().values()
        if item.paper is not None
        for claim in item.claims
        if claim.key == "derivative" and (match := _SOURCE.fullmatch(claim.source))
        for number in match[1].split(", ")
    ]
    for lost, again in LOST.items():
        other = next(equation for equation in found if equation.number == again)
        reading = f"({lost}) is lost; ({again}) is taken for it"
        found.append(Stated(lost, other.name, other.title, other.text, reading))
    return tuple(sorted(found, key=lambda equation: equation.number))


def suite() -> Suite:
    """All that is to be verified."""
    equations = stated()
    return Suite(equations, {name: from_spec(spec.find(name)) for name in {equation.name for equation in equations}})


def verify(suite: Suite) -> dict[str, Any]:
    """The equations with what came of each, and what some of them come to together, as plain data."""
    proofs = [(equation, _proof(equation, suite.activations[equation.name])) for equation in suite.stated]
    networks = network_equations.networks()
    rows = [*(_row(*item) for item in proofs), *network_equations.rows(networks)]
    return {
        "rows": sorted(rows, key=lambda row: row["equation"]),
        "findings": [*_conventions(proofs), *network_equations.findings(networks)],
    }


def table() -> list[dict[str, Any]]:
    """A row for each equation: what it says, how it is read, what was found, and how."""
    return verify(suite())["rows"]


def stopped(note: str) -> dict[str, Any]:
    """The equations, all open, where something kept them from being verified."""
    rows = [_row(equation, Proof(OPEN, note)) for equation in stated()]
    rows += [_row(Stated(e.number, "", "network", e.stated, e.reading), Proof(OPEN, note)) for e in EQUATIONS]
    return {"rows": sorted(rows, key=lambda row: row["equation"]), "findings": []}


def _proof(equation: Stated, activation: Activation) -> Proof:
    return prove(activation, read(activation, equation.text))


def _row(equation: Stated, proof: Proof) -> dict[str, Any]:
    return {
        "equation": equation.number,
        "about": equation.title,
        "name": equation.name,
        "stated": equation.text,
        "reading": equation.reading,
        "outcome": proof.outcome,
        "standing": str(proof.standing),
        "found": proof.found,
        "parameters": proof.parameters,
        "conventions": [convention.to_json() for convention in proof.conventions],
        "how": "" if proof.standing is Standing.OPEN else HOW,
    }


def _conventions(proofs: Sequence[tuple[Stated, Proof]]) -> Iterator[dict[str, Any]]:
    """Kinks with the same slopes at which equations take different values."""
    kinks: dict[tuple[str, str, str], list[tuple[Stated, str | None]]] = {}
    for equation, proof in proofs:
        for taken in proof.conventions:
            kinks.setdefault((taken.at, taken.left, taken.right), []).append((equation, taken.stated))
    for (at, left, right), values in kinks.items():
        if len({value for _, value in values}) > 1:
            said = ", ".join(f"({equation.number}) takes {value} for {equation.title}" for equation, value in values)
            yield {
                "equations": [equation.number for equation, _ in values],
                "text": f"different conventions at {at}, where the slopes are {left} and {right}",
                "found": f"{said}; no value is the derivative there",
            }

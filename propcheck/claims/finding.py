"""A claim, and what was found in its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, from_expression, from_spec
from propcheck.calculus import Undecided
from propcheck.calculus.ball import above, ball_of, below
from propcheck.calculus.form import constant_ball
from propcheck.calculus.identity import equal
from propcheck.claims.proof import Proof
from propcheck.criteria import STANDARDS
from propcheck.criteria.criterion import Standard
from propcheck.criteria.reading import finite
from propcheck.criteria.truths import resting
from propcheck.language import parse
from propcheck.spec import Claim, Interval, bound, constant, find, interval, names
from propcheck.truth import Truth
from propcheck.verdict import Facts, InputError, Number, Standing, Verdict, plain

AGREES, CONTRADICTS, OPEN = "agrees", "contradicts", "open"


@dataclass(frozen=True)
class Finding:
    """What came of one claim: whether it agrees, what was found in its place, how surely, and why.

    A formula has a proof, with conventions at kinks or a witness.
    """

    claim: Claim
    outcome: str
    found: str
    standing: Standing
    reason: str = ""
    proof: Proof | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        told = ("said_by", "source", "quote", "at", "on", "reading")
        said = {name: plain(getattr(self.claim, name)) for name in told}
        found = {name: plain(getattr(self, name)) for name in ("outcome", "found", "standing", "reason")}
        said |= {"within": self.claim.within} if self.claim.within else {}
        return {"key": self.claim.key, "claimed": self.claim.value} | said | found

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Finding:
        """The finding that became this object."""
        said = {name: data[name] for name in ("source", "quote", "at", "reading")} | {
            name: data.get(name, "") for name in ("said_by", "within")
        }
        claim = Claim(data["key"], data["claimed"], on=tuple(data["on"]), **said)
        return Finding(claim, data["outcome"], data["found"], Standing(data["standing"]), data["reason"])


@dataclass(frozen=True)
class Case:
    """A claim, and what is known of the function that it is about."""

    claim: Claim
    facts: Facts
    verdicts: Sequence[Verdict]
    activation: Activation
    standards: Sequence[Standard] = STANDARDS

    @property
    def symbols(self) -> dict[str, sp.Symbol]:
        spec = self.activation.spec
        return spec.symbols() if spec is not None else {}

    def settled(self, expr: Any) -> Any:
        """An expression with the parameters' values put in."""
        return expr.xreplace({self.symbols[name]: value for name, value in self.activation.values.items()})

    def number(self, text: Any) -> sp.Expr:
        return self.settled(bound(str(text), self.symbols))

    @property
    def within(self) -> sp.Expr:
        """By how much a number may be off."""
        return constant(self.claim.within) if self.claim.within else sp.S.Zero

    def function(self, text: str) -> Activation:
        """The activation that a text names or spells."""
        if text != "x" and text in names():
            return from_spec(find(text))
        return from_expression(self.settled(parse(text, self.symbols)), text)

    def intervals(self) -> list[Interval]:
        """Where the claim is meant: the whole line, or all of the interval in view, unless it says otherwise."""
        if not self.claim.on and self.activation.on is not None:
            lower, upper = self.activation.on
            return [Interval(lower, upper, lower.is_finite is True, upper.is_finite is True)]
        spans = [interval(text, self.symbols) for text in self.claim.on or ("(-inf, inf)",)]
        return [replace(span, lower=self.settled(span.lower), upper=self.settled(span.upper)) for span in spans]

    def finding(self, truth: Truth, found: str, reason: str = "") -> Finding:
        """The finding where the claim is true, false or undecided."""
        outcome = {True: AGREES, False: CONTRADICTS, None: OPEN}[truth.value]
        return Finding(self.claim, outcome, found, truth.standing, reason or ("not decided" if outcome == OPEN else ""))

    def shown(self, truth: bool, found: str, reason: str = "") -> Finding:
        """The finding where the pieces prove the claim, or its opposite."""
        return self.finding(Truth(truth), found, reason)


def undecided(claim: Claim, reason: str) -> Finding:
    """The finding on a claim that could not be examined."""
    return Finding(claim, OPEN, "", Standing.OPEN, reason)


# ---------------------------------------------------------------------------------------------- numbers


def same_number(left: sp.Expr, right: sp.Expr) -> bool:
    """Are two numbers, infinities among them, equal?"""
    if left.is_infinite or right.is_infinite:
        return left == right
    truth = equal(left, right)
    if truth is None:
        raise Undecided(f"whether {left} is {right}")
    return truth


@resting
def is_stated(found: Number, stated: sp.Expr, within: sp.Expr = sp.S.Zero) -> bool | None:
    """Is the number that was found the stated one, or as near to it? An enclosure refutes; an exact form confirms."""
    if not found.known or found.lower is None or found.upper is None:
        return None
    if stated.is_infinite or not finite(found):
        infinity = math.inf if stated is sp.oo else -math.inf
        if stated.is_infinite and found.lower == found.upper == infinity:
            return True
        return False if stated.is_infinite and finite(found) or finite(found) is False else None
    exact = None if within != 0 else _exact(found)
    if exact is not None and (truth := equal(exact, stated)) is not None:
        return truth
    with ctx.workprec(160):
        ball = constant_ball(stated)
    if within != 0:
        with ctx.workprec(160):
            far = abs(ball_of(found.lower, found.upper) - ball)
            slack = constant_ball(within)
            return True if far <= slack else False if far > slack else None
    if below(ball) > found.upper or above(ball) < found.lower:
        return False
    return True if found.lower == found.upper and stated == sp.Rational(found.lower) else None


def _exact(found: Number) -> sp.Expr | None:
    """The exact form of a number, read from its text; None where it has none in the expression language."""
    try:
        return parse(found.exact, {"E": sp.E}) if found.exact is not None else None  # type: ignore[dict-item]
    except InputError:
        return None


def said_of(value: Any) -> str:
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"

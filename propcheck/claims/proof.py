"""What comes of a stated derivative: proved, refuted by a witness, or open; conventions at kinks; numbers in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import Form, RealRoot, constant_ball
from propcheck.language import show
from propcheck.verdict import Recorded, Standing

DIGITS = 30  # of the values in a witness, where they show that the two differ
_MOST_DIGITS = 1200
PROVED, REFUTED, OPEN = "proved", "refuted", "open"
PRECISIONS = (400, 4000)  # bits with which two values are told apart


@dataclass(frozen=True)
class Witness(Recorded):
    """A point at which the stated value is wrong: both values, on which piece, at which parameters."""

    x: str
    value: str
    stated: str
    piece: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        at = ", ".join([f"x = {self.x}", *(f"{name} = {value}" for name, value in self.parameters.items())])
        return f"at {at}, the value is {self.value} and the stated one {self.stated}"


@dataclass(frozen=True)
class Convention(Recorded):
    """What is taken at a point where the function has no derivative.

    `kind` is `right`, `left` or `mean` of the two slopes, `between` them, `both` where it is the limit of the slopes on
    either side of a jump, or `nothing` where no value is stated. `vanishes` tells the parameters at which the point is
    none, `when` the parameters at which it is one, where these are not all.
    """

    at: str
    left: str
    right: str
    stated: str | None
    kind: str
    jump: str = ""
    vanishes: str = ""
    when: str = ""

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"text": str(self)}

    def __str__(self) -> str:
        if self.kind == "nothing":
            said = f"at {self.at} nothing is stated"
        elif self.kind == "both":
            said = (
                f"at {self.at} {self.jump} jumps, and the stated {self.stated} is the limit from both sides, "
                "by convention"
            )
        else:
            where = f"where {self.jump} jumps, " if self.jump else ""
            named = {
                "right": "the one on the right",
                "left": "the one on the left",
                "mean": "their mean",
                "between": "between them, a subgradient",
            }[self.kind]
            said = (
                f"at the kink {self.at}, {where}the one-sided derivatives are {self.left} and {self.right}; "
                f"the stated {self.stated} is {named}, by convention"
            )
        vanishes = f"; the kink vanishes when {self.vanishes}" if self.vanishes else ""
        return said + vanishes + (f" (when {self.when})" if self.when else "")


@dataclass(frozen=True)
class Proof:
    """What came of a stated derivative: the outcome, for which parameters, and what is taken at kinks.

    `ends` are values at the ends of the parameters' ranges, which were compared by themselves.
    """

    outcome: str
    text: str
    parameters: str = ""
    conventions: tuple[Convention, ...] = ()
    witness: Witness | None = None
    ends: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        return Standing.OPEN if self.outcome == OPEN else Standing.PROVED

    @property
    def found(self) -> str:
        """The outcome in words, conventions and witness aside."""
        ends = f" ({', '.join(self.ends)} by {'itself' if len(self.ends) == 1 else 'themselves'})" if self.ends else ""
        return self.text + (f", for every {self.parameters}{ends}" if self.parameters else "")

    def __str__(self) -> str:
        witness = [str(self.witness)] if self.witness else []
        return "; ".join([self.found, *witness, *map(str, self.conventions)])


class Wrong(Exception):
    """The stated derivative is refuted."""

    def __init__(self, text: str, witness: Witness | None = None):
        super().__init__(text)
        self.witness = witness


def pair_apart(forms: Sequence[Form], points: Iterable[sp.Expr]) -> tuple[sp.Expr, tuple[str, str]] | None:
    """A point at which balls tell two forms apart, and both values; preferably one at which 30 digits show it."""
    tried = list(points)
    best = None
    for bits, point in product(PRECISIONS, tried):
        with ctx.workprec(bits):
            one, other = (form.ball(rational_ball(point)) for form in forms)
            if one.is_finite() and other.is_finite() and not (one - other).contains(0):
                texts = told_apart(one, other)
                if best is None or len(texts[0]) < len(best[1][0]):
                    best = point, texts
                if one.str(DIGITS, radius=False) == texts[0]:
                    break
    return best


def told_apart(one: arb, other: arb) -> tuple[str, str]:
    """Two numbers to 30 digits, or to as many more as show that they differ."""
    for digits in range(DIGITS, _MOST_DIGITS, 10):
        texts = one.str(digits, radius=False), other.str(digits, radius=False)
        if texts[0] != texts[1]:
            return texts
    raise Undecided("two numbers that differ late")


def apart(one: sp.Expr, other: sp.Expr) -> tuple[str, str]:
    """The same of exact numbers."""
    with ctx.workprec(PRECISIONS[-1]):
        return told_apart(constant_ball(one), constant_ball(other))


def listed(items: Iterable[str]) -> str:
    """Items in a sentence."""
    return " and ".join(items)


def span_text(low: sp.Expr, high: sp.Expr) -> str:
    return f"({value_text(low)}, {value_text(high)})"


def place_text(at: sp.Expr) -> str:
    """A point: its exact form, or 30 digits where that is a root without one."""
    return digits_text(at) if at.has(RealRoot) else show(at)


def value_text(value: sp.Expr) -> str:
    """The same of what may be infinite."""
    return {sp.oo: "inf", -sp.oo: "-inf"}.get(value) or place_text(value)


def digits_text(value: sp.Expr) -> str:
    """A number to 30 digits; what has symbols in it as it is."""
    if value.is_infinite or value.free_symbols:
        return value_text(value) if value.is_infinite else show(value)
    if value.is_Integer:
        return str(value)
    with ctx.workprec(PRECISIONS[0]):
        return constant_ball(value).str(DIGITS, radius=False)

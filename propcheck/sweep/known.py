"""What is known of a design, flat: each number and word by its path, with how surely it is known.

The paths are those of claims (`range.sup`, `smoothness.class`, `cost.value.mul`), a criterion's key is its verdict, and
a few words that are read off a fact stand beside them (`DERIVED`). All of it goes into JSON and comes back, so that a
condition is decided in the same way now and of what was stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from propcheck.facts.leaves import leaves
from propcheck.verdict import Fact, Number, Standing, Verdict, plain, real

End = float | Fraction
_RATIONAL = re.compile(r"-?\d{1,300}(/\d{1,300})?")


@dataclass(frozen=True)
class Leaf:
    """A number, a word or a truth; a number lies in [lower, upper]. `value` is None where there is none.

    Of a rational number that is known exactly both ends are that number.
    """

    value: float | str | bool | None
    standing: Standing
    lower: End | None = None
    upper: End | None = None

    @classmethod
    def of(cls, value: Any, standing: Standing) -> Leaf:
        """The leaf of a part of a fact that has this standing; a number has its own."""
        if not isinstance(value, Number):
            value = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            return cls(value, standing, *([value] * 2 if isinstance(value, float) else ()))
        if value.exact is not None and value.value is not None and _RATIONAL.fullmatch(value.exact):
            return cls(value.value, value.standing, *[Fraction(value.exact)] * 2)
        return cls(value.value, value.standing, value.lower, value.upper)

    def to_json(self) -> list[Any]:
        """Value and standing; then the ends of what encloses a number, or its exact text, where that is another."""
        out = [plain(self.value), self.standing.value]
        if self.lower == self.value == self.upper:
            return out
        if isinstance(self.lower, Fraction):
            return [*out, str(self.lower)]
        return [*out, plain(self.lower), plain(self.upper)]

    @classmethod
    def from_json(cls, data: Iterable[Any]) -> Leaf:
        """The leaf that became this list."""
        value, standing, *ends = data
        value = real(value)
        if isinstance(value, bool) or not isinstance(value, float | int):
            return cls(value, Standing(standing))
        value = float(value)
        if len(ends) == 1:
            return cls(value, Standing(standing), *[Fraction(ends[0])] * 2)
        lower, upper = map(real, ends) if ends else (value, value)
        return cls(value, Standing(standing), lower, upper)


Known = Mapping[str, Leaf]


def _undefined(fact: Fact) -> bool:
    return bool(fact.get("undefined")) or fact.get("period") is not None


def _bounded(fact: Fact) -> bool | None:
    ends = [fact.get("inf"), fact.get("sup")]
    if any(not isinstance(end, Number) or end.value is None for end in ends):
        return None
    if any(math.isinf(end.value) for end in ends):
        return False
    return True if all(math.isfinite(bound) for end in ends for bound in (end.lower, end.upper)) else None


def _kinks(fact: Fact) -> float | None:
    if fact.get("period") is not None:
        return math.inf
    return float(len(fact["kinks"])) if "kinks" in fact else None


@dataclass(frozen=True)
class Derived:
    """A word that is read off one fact."""

    fact: str
    read: Callable[[Fact], float | bool | None]
    kind: str = "yes or no"


DERIVED = {
    "undefined": Derived("domain", _undefined),  # somewhere on the line there is no value
    "discontinuous": Derived("smoothness", lambda fact: fact.get("class") == "discontinuous"),
    "constant": Derived("monotonicity", lambda fact: fact.get("value") == "constant"),
    "bounded": Derived("range", _bounded),
    "kinks": Derived("smoothness", _kinks, "count"),  # how many points there are at which a derivative jumps
}


def flat(facts: Mapping[str, Fact | Number], verdicts: Iterable[Verdict] = ()) -> dict[str, Leaf]:
    """What is known, by its paths; a fact that is open has its key alone, and a leaf without a value there."""
    known: dict[str, Leaf] = {}
    for key, fact in facts.items():
        if fact.standing is Standing.OPEN and not (isinstance(fact, Fact) and fact.fields):
            known[key] = Leaf(None, Standing.OPEN)
            continue
        known |= {path: Leaf.of(value, fact.standing) for path, value in leaves(key, fact)}
    for word, derived in DERIVED.items():
        fact = facts.get(derived.fact)
        if isinstance(fact, Fact):
            known[word] = Leaf.of(None if fact.standing is Standing.OPEN else derived.read(fact), fact.standing)
    for verdict in verdicts:
        known[verdict.key] = Leaf(None if verdict.verdict == "open" else verdict.verdict, verdict.standing)
    return known


def to_json(known: Known) -> dict[str, list[Any]]:
    return {path: leaf.to_json() for path, leaf in known.items()}


def from_json(data: Mapping[str, Any]) -> dict[str, Leaf]:
    return {path: Leaf.from_json(item) for path, item in data.items()}


def bare(known: Known) -> dict[str, Any]:
    """The values alone, by path; null where there is none."""
    return {path: plain(leaf.value) for path, leaf in known.items()}

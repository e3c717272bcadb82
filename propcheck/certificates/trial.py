"""A function in the checker's terms: claims are tried out with cuts, and witnesses are looked for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from propcheck.certificates import check_certificate as checker

SCHEMA = "propcheck.certificate/1"
TOO_MUCH = "it takes more work than is allowed"
WORK, MOST_WORK = 400_000, 8_000_000  # of one trial, and of all, in the checker's units
FARTHEST = (4, 8, 16, 32, 64)  # where tails begin, beyond the breaks, until the checker is content

Claim = dict[str, Any]
Proof = tuple[Claim, dict[str, Any]]  # a claim and its evidence


class Trial:
    """A function in the checker's terms, and the cuts that are tried."""

    def __init__(self, described: Mapping[str, Any], over: Mapping[str, tuple[str, str]]):
        self.described = described
        self.formula = described.get("formula") or described["expression"]
        values = {name: item["value"] for name, item in described["parameters"].items()}
        boxes = {name: list(ends) for name, ends in over.items()}
        self.parameters: dict[str, Any] = {name: v for name, v in values.items() if v is not None} | boxes
        ends = {end for piece in described["pieces"] or () for end in (piece["lower"], piece["upper"])}
        known = {text: _about(text) for text in sorted(map(spelled, ends))}
        self.breaks = {text: value for text, value in known.items() if value is not None}
        size = max(map(abs, self.breaks.values()), default=Fraction(0))
        self.grid = [Fraction(k, 4) * max(1, math.ceil(size / 3)) for k in range(-24, 25)]  # where witnesses are sought
        self.points: dict[Fraction, Any] = {}
        self.left, self.far = MOST_WORK, FARTHEST[0]

    def cuts(self, far: int, more: Iterable[Fraction]) -> tuple[str, ...]:
        inner = self.breaks | {str(cut): cut for cut in more}
        size = max((abs(math.ceil(c)) if c > 0 else abs(math.floor(c)) for c in inner.values()), default=0)
        return (str(-size - far), *sorted(inner, key=lambda text: inner[text]), str(size + far))

    def confirms(self, proof: Proof, cuts: Sequence[str]) -> str:
        """Why the checker refuses it; nothing where it confirms it."""
        claim, evidence = proof
        work = WORK * (3 if claim["property"] == "gaussian" else 1)
        if self.left < work:
            return TOO_MUCH
        record = self.written([{"claim": claim, "evidence": evidence}], cuts)
        try:
            checker.check(record, work=work)
        except checker.Refused as reason:
            return str(reason).partition(": ")[2] or str(reason)
        finally:
            self.left -= work - max(checker.Work.left, 0)
        return ""

    def first(self, choices: Iterable[Proof]) -> tuple[Proof, tuple[str, ...]] | str:
        """The first of the choices that the checker confirms with some cuts; else why it refuses the last."""
        reason = "no witness is found"
        for proof in choices:
            for far in dict.fromkeys((self.far, *FARTHEST)):
                cuts = self.cuts(far, _places(proof))
                reason = self.confirms(proof, cuts)
                if not reason:
                    self.far = far
                    return proof, cuts
                nearer = reason == TOO_MUCH and far == self.far > FARTHEST[0]  # with less to part it may do
                if not nearer and not re.search(r"tail|\[inf|inf\]", reason):  # not where tails begin is what it lacks
                    break
        return reason

    def record(self, found: Sequence[tuple[Proof, tuple[str, ...]]]) -> dict[str, Any]:
        """The certificate: cuts that most claims use stand before all."""
        kinds = [cuts for _, cuts in found]
        usual = max(dict.fromkeys(kinds), key=kinds.count, default=self.cuts(FARTHEST[0], ()))
        facts = [
            {"claim": claim, "evidence": evidence if cuts == usual else {**evidence, "cuts": list(cuts)}}
            for (claim, evidence), cuts in found
        ]
        return self.written(facts, usual)

    def written(self, facts: Sequence[Mapping[str, Any]], cuts: Sequence[str]) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "function": self.formula,
            "parameters": self.parameters,
            "cuts": list(cuts),
            "facts": list(facts),
        }

    def rows(self, side: int) -> list[list[str]]:
        """Rows of points far out on a side, [start, step], along which a wave in the formula comes round."""
        tree, _ = checker.opened(self.written((), ()))
        known = [part for part in checker.Node.known.values() if part.op in ("sin", "cos")]
        far = FARTHEST[-1] + 1 + sum(map(abs, self.breaks.values()), Fraction(0))
        waves = [wave for wave in (_wave(part.args[0]) for part in known) if wave is not None]
        if len({turn for _, turn in waves}) != 1:
            return []
        sizes = [size for size, _ in waves]
        common = Fraction(math.gcd(*(s.numerator for s in sizes)), math.lcm(*(s.denominator for s in sizes)))
        step = f"{side}*{waves[0][1]}/({common})"
        return [[f"({math.ceil(far * common)} + {k}/8)*({step})", step] for k in (0, 2, 4, 6, 1, 3)]

    def value(self, at: Fraction) -> Fraction | None:
        """About g there, from the checker; none where it has none."""
        if at not in self.points:
            try:
                tree, _ = checker.opened(self.written((), ()))
                x = checker.Box.of(at, False)
                place = checker.Place(x, x)
                self.points[at] = Fraction(place.taylor(checker.resolved(tree, place, {}))[0].lo, checker.Box.D)
            except checker.Refused:
                self.points[at] = None
        return self.points[at]

    def extremes(self, order: int) -> Iterator[tuple[float, str, Any]]:
        """Where a derivative may be least or greatest: about its value, the place as a witness, the checker's number.

        Those are the ends of pieces, what it tends to, and where the next derivative turns its sign between points.
        """
        tree, names = checker.opened(self.written((), ()))
        found = {"claim": {"property": "range"}, "evidence": {}}
        case = checker.Case(tree, names, list(self.cuts(FARTHEST[0], ())), found)
        witnesses = [*self.breaks, "left", "right"]
        for place, own in case.line.pieces:
            if place.ray:
                continue
            rate = lambda at, own=own: _derivative(own, at, order + 1)  # noqa: E731
            ends = [Fraction(end, checker.Box.D) for end in (place.a.hi, place.b.lo)]
            points = sorted({*(point for point in self.grid if ends[0] < point < ends[1]), *ends})
            rates = [round(rate(point), 25) for point in points]  # what is less is taken for 0: a witness is tried out
            for (a, u), (b, v) in pairwise(zip(points, rates, strict=True)):
                if u * v < 0:
                    witnesses.append(f"{_turn(rate, a, u, b):.17g}")
            witnesses += [str(point) for point, u in zip(points, rates, strict=True) if u == 0]
        for at in witnesses:
            try:
                for value in case.reached(case.line, at, order):
                    size = value * math.inf if isinstance(value, int) else value.lo / checker.Box.D
                    yield size, at, value
            except (checker.Refused, OverflowError):
                continue


def _derivative(tree: Any, at: Fraction, order: int) -> float:
    """About a derivative of g at a point of a piece."""
    x = checker.Box.of(at, False)
    return checker.Place(x, x).taylor(tree, order)[order].lo / checker.Box.D


def _turn(rate: Callable[[Fraction], float], a: Fraction, u: float, b: Fraction) -> float:
    """Where a rate, u at a, changes its sign between two points."""
    low, high = float(a), float(b)
    while low < (middle := (low + high) / 2) < high:
        found = rate(Fraction(middle))
        if found == 0:
            return middle
        low, high = (middle, high) if (found > 0) == (u > 0) else (low, middle)
    return high


def _wave(inner: Any) -> tuple[Fraction, str] | None:
    """The slope of a wave's argument, where that is rational, times pi or not; and the period of slope 1."""
    try:
        slope = checker.formal(inner, 1)
    except checker.Refused:
        return None
    for unit, turn in ((checker.ONE, "2*pi"), (checker.PI, "2")):
        size = abs(slope.leading())
        if size and slope.key() == unit.scaled(slope.leading()).key():
            return size, turn
    return None


def _places(proof: Proof) -> Iterator[Fraction]:
    """The short rational witnesses of an extreme: a cut there shows that it is one exactly."""
    for key in ("inf_at", "sup_at", "at"):
        found = _rational(proof[1].get(key)) if isinstance(proof[1].get(key), str) else None
        if found is not None and found.denominator < 10**6:
            yield found


def spelled(text: str) -> str:
    """A number's text in the checker's language."""
    return re.sub(r"\bE\b", "e", text)


def _about(text: str) -> Fraction | None:
    """About the fixed number that a text spells, where the checker can read it."""
    try:
        return Fraction(checker.constant(checker.read(text, checker.fixed())).lo, checker.Box.D)
    except checker.Refused:
        return None


def _rational(text: str | None) -> Fraction | None:
    try:
        return Fraction(text) if text else None
    except ValueError:
        return None

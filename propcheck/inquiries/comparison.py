"""Two functions side by side: which facts and verdicts differ, and whether the functions are equal.

Equal means: the same value wherever one of them is defined, proved on the common refinement of both partitions and at
every breakpoint. Facts may differ, agree, or leave it open: two enclosures that overlap decide nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice, pairwise, product
from pathlib import Path
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck import target
from propcheck.activation import Activation
from propcheck.analysis import refinement
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.chart import inner_points
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.identity import equal, is_zero
from propcheck.calculus.signs import precedes
from propcheck.claims.proof import DIGITS, PRECISIONS, apart, pair_apart, value_text
from propcheck.criteria.criterion import Standard
from propcheck.inquiries.analysis import Analysis, analyze_all
from propcheck.inquiries.differences import any_, undecided, walk
from propcheck.language import X
from propcheck.pieces.piece import piece_beside
from propcheck.processes import worker
from propcheck.processes.precision import alone
from propcheck.spec import Spec
from propcheck.verdict import InputError, Recorded, Shown

SCHEMA = "propcheck.comparison/1"
PROVED, REFUTED, OPEN = "proved", "refuted", "open"
_POINTS = 13  # points of an interval at which two functions that differ are told apart


@dataclass(frozen=True)
class Witness(Recorded):
    """A point at which two functions differ, and the value of each; None where one is not defined."""

    x: str
    left: str | None
    right: str | None


@dataclass(frozen=True)
class Equality:
    """Are two functions equal: `proved`, `refuted` with a witness, or `open`; and the intervals where they are."""

    outcome: str
    reason: str = ""
    equal_on: tuple[str, ...] = ()
    witness: Witness | None = None

    def to_json(self) -> dict[str, Any]:
        witness = self.witness.to_json() if self.witness else None
        return {
            "outcome": self.outcome,
            "equal_on": list(self.equal_on),
            "witness": witness,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Comparison(Shown):
    """Several activations, and of each pair whether the two are equal functions."""

    analyses: tuple[Analysis, ...]
    equalities: Mapping[tuple[int, int], Equality]

    shown_as = "comparison"

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(analysis.name for analysis in self.analyses)}>"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck compare --json` prints."""
        found = [analysis.to_json() for analysis in self.analyses]
        about = [item["activation"] for item in found]
        shown = ("name", "title", "expression", "parameters", "derivative", "on")
        return {
            "schema": SCHEMA,
            "activations": [{key: item[key] for key in shown if key in item} for item in about],
            "facts": _rows([item["facts"] for item in found]),
            "criteria": _rows([{verdict["key"]: verdict for verdict in item["criteria"]} for item in found]),
            "equal": [
                {"left": self.analyses[left].name, "right": self.analyses[right].name} | equality.to_json()
                for (left, right), equality in self.equalities.items()
            ],
        }


def compare(
    items: Sequence[str | Path | Spec | sp.Expr | Activation],
    time_limit: float | None = None,
    standards: Sequence[Standard] | None = None,
    *,
    only: Collection[str] = (),
    on: str | Sequence[Any] | None = None,
) -> Comparison:
    """The comparison of several targets or activations, each analysed under the time limit.

    `only` names the facts and criteria that are wanted, by key, as in `analyze`; all others are open. `on` is an
    interval on which alone they are looked at, such as "-8:8".
    """
    if not isinstance(items, Iterable) or isinstance(items, str | Path):
        first = str(items) if isinstance(items, str | Path | sp.Expr) else "gelu"
        raise InputError(f"what is compared stands in a list, such as compare([{first!r}, 'relu'])")
    items = [target.read(item, on=on) if on is not None else target.prepared(item) for item in items]
    analyses = tuple(analyze_all(items, time_limit, only=only, standards=standards))
    pairs = list(combinations(range(len(items)), 2))
    job = worker.Job(
        subject=partial(_activations, tuple(items)),
        questions=tuple((f"{left} {right}", partial(_pair, left, right)) for left, right in pairs),
    )
    answers = worker.one(job, time_limit)
    equalities = {}
    for left, right in pairs:
        answer = answers[f"{left} {right}"]
        equalities[left, right] = Equality(OPEN, answer.note) if isinstance(answer, worker.Stopped) else answer
    return Comparison(analyses, equalities)


def _activations(items: Sequence[Spec | sp.Expr | Activation]) -> list[Activation]:
    return [target.activation(item) for item in items]


def _pair(left: int, right: int, activations: Sequence[Activation], answers: Mapping[str, Any]) -> Equality:
    return equality(activations[left], activations[right])


# ---------------------------------------------------------------------------------------------- which facts differ


def _rows(columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each key: the entries side by side, and whether they differ; null where that is open."""
    keys = dict.fromkeys(key for column in columns for key in column)
    rows = [(key, [column.get(key) for column in columns]) for key in keys]
    return [{"key": key, "values": values, "differs": differs(values)} for key, values in rows]


def differs(entries: Sequence[Any], *paths: Sequence[str]) -> bool | None:
    """Do the entries of one key differ, at one of these paths where some are given? None where that is open."""
    return any_(
        leaf.differs
        for left, right in combinations(entries, 2)
        for path in paths or ((),)
        for leaf in walk(_part(left, path), _part(right, path), open_=undecided(left, right))
    )


def _part(entry: Any, path: Sequence[str]) -> Any:
    for name in path:
        entry = entry.get(name) if isinstance(entry, Mapping) else None
    return entry


# ---------------------------------------------------------------------------------------------- equal functions


@alone
def equality(left: Activation, right: Activation) -> Equality:
    """Are two activations the same function, on the line or the interval in view? Parameters have the values in use."""
    trouble = left.trouble or right.trouble
    if trouble:
        return Equality(OPEN, trouble)
    if left.noise is None and right.noise is None:
        return _equal_functions(left, right)
    return _equally_random(left, right)


def _equally_random(left: Activation, right: Activation) -> Equality:
    means = _equal_functions(left, right)
    if left.noise is None or right.noise is None:
        return Equality(OPEN, "one of them is random, and is compared by its mean", means.equal_on)
    if means.outcome == REFUTED:
        return Equality(REFUTED, "their means differ", means.equal_on, means.witness)
    alike = left.expression == right.expression and left.values == right.values
    if alike and [p.distribution for p in left.parameters] == [p.distribution for p in right.parameters]:
        return Equality(PROVED, "the same formula with the same distribution", means.equal_on)
    return Equality(OPEN, "both are random, and only their means were compared", means.equal_on)


def _equal_functions(left: Activation, right: Activation) -> Equality:
    found: list[tuple[sp.Expr, sp.Expr, bool | None]] = []  # open intervals and points, from left to right
    reasons: list[str] = []
    try:
        cuts = refinement.cuts(left, right)
    except Undecided as reason:
        return Equality(OPEN, str(reason))
    for lower, upper in _parts(cuts, left.on if left.on == right.on else None):
        try:
            truth = _equal_at(left, right, lower) if lower == upper else _equal_between(left, right, lower, upper)
        except Undecided as reason:
            truth = None
            reasons.append(str(reason))
        found.append((lower, upper, truth))
    truths = [truth for _, _, truth in found]
    spans = tuple(_spans(found))
    if False not in truths:
        return Equality(OPEN if None in truths else PROVED, "; ".join(reasons), spans)
    lower, upper, _ = next(entry for entry in found if entry[2] is False)
    return Equality(REFUTED, "", spans, _witness(left, right, lower, upper))


def _parts(cuts: Sequence[sp.Expr], on: tuple[sp.Expr, sp.Expr] | None) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Points and the open intervals between them, from left to right: of the line, or of the interval in view."""
    lower, upper = on or (-sp.oo, sp.oo)
    marks = [lower, *(cut for cut in cuts if precedes(lower, cut) and precedes(cut, upper)), upper]
    for low, high in pairwise(marks):
        if low.is_finite:
            yield low, low
        yield low, high
    if upper.is_finite:
        yield upper, upper


def _equal_at(left: Activation, right: Activation, at: sp.Expr) -> bool | None:
    values = [refinement.value(item, at) for item in (left, right)]
    if None in values:
        return values[0] is values[1]
    return equal(*values)


def _equal_between(left: Activation, right: Activation, lower: sp.Expr, upper: sp.Expr) -> bool | None:
    pieces = [piece_beside(item.pieces, lower, 1) for item in (left, right)]
    if None in pieces:
        return pieces[0] is pieces[1]
    one, other = (piece.expr for piece in pieces if piece is not None)
    return True if one == other else is_zero(one - other, lower, upper)


def _spans(found: Sequence[tuple[sp.Expr, sp.Expr, bool | None]]) -> Iterator[str]:
    """The longest intervals on which the functions are equal."""
    run: list[tuple[sp.Expr, sp.Expr]] = []
    for lower, upper, truth in [*found, (sp.oo, sp.oo, False)]:
        if truth:
            run.append((lower, upper))
            continue
        if any(low != high for low, high in run):
            opening, shutting = ("[" if run[0][0] == run[0][1] else "("), ("]" if run[-1][0] == run[-1][1] else ")")
            yield f"{opening}{value_text(run[0][0])}, {value_text(run[-1][1])}{shutting}"
        run = []


def _witness(left: Activation, right: Activation, lower: sp.Expr, upper: sp.Expr) -> Witness | None:
    """A point at which two functions are proved to differ."""
    if lower == upper:
        values = [refinement.value(item, lower) for item in (left, right)]
        told = [_digits(value) for value in values]
        if None not in values and told[0] == told[1]:
            told = list(apart(*values))
        return Witness(str(lower), *told)
    pieces = [piece_beside(item.pieces, lower, 1) for item in (left, right)]
    points = [*islice(inner_points(lower, upper), _POINTS)]
    one, other = (None if piece is None else compile_form(piece.expr, X, piece.removable) for piece in pieces)
    if one is not None and other is not None:
        found = pair_apart((one, other), points)
        return found and Witness(str(found[0]), *found[1])
    for bits, point in product(PRECISIONS, points):  # one of them is not defined there
        with ctx.workprec(bits):
            values = [None if form is None else form.ball(rational_ball(point)) for form in (one, other)]
            if all(value is None or value.is_finite() for value in values):
                return Witness(str(point), *(None if value is None else _digits_of(value) for value in values))
    return None


def _digits_of(ball: arb) -> str:
    return ball.str(DIGITS, radius=False)


def _digits(value: sp.Expr | None) -> str | None:
    if value is None or value.is_Rational:
        return None if value is None else str(value)
    with ctx.workprec(400):
        return _digits_of(constant_ball(value))

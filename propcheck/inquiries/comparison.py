"""Two functions side by side: which facts and verdicts differ, and whether the functions are equal.

Equal means: the same value wherever one of them is defined, proved on the common refinement of both partitions and at
every breakpoint. Facts may differ, agree, or leave it open: two enclosures that overlap decide nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import sympy as sp

from propcheck import target
from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.criteria.criterion import Standard
from propcheck.inquiries.analysis import Analysis, analyze_all
from propcheck.inquiries.differences import any_, undecided, walk
from propcheck.inquiries.equality import OPEN, REFUTED, Equality, equality
from propcheck.inquiries.relation import Relation, relation
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError, Shown

SCHEMA = "propcheck.comparison/1"
_SCALED = " scaled"  # behind the name of a pair


@dataclass(frozen=True)
class Comparison(Shown):
    """Several activations, and of each pair whether the two are equal functions.

    Of pairs that are not, `relations` has how the first is c g(k x) + d of the second, where that was found and proved.
    """

    analyses: tuple[Analysis, ...]
    equalities: Mapping[tuple[int, int], Equality]
    relations: Mapping[tuple[int, int], Relation] = field(default_factory=dict)

    shown_as = "comparison"

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(analysis.name for analysis in self.analyses)}>"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck compare --json` prints."""
        found = [analysis.to_json() for analysis in self.analyses]
        about = [item["activation"] for item in found]
        shown = ("name", "title", "expression", "in_short", "parameters", "derivative", "on", "readings")
        return {
            "schema": SCHEMA,
            "activations": [{key: item[key] for key in shown if key in item} for item in about],
            "facts": _rows([item["facts"] for item in found]),
            "criteria": _rows([{verdict["key"]: verdict for verdict in item["criteria"]} for item in found]),
            "equal": [
                {"left": self.analyses[left].name, "right": self.analyses[right].name}
                | equality.to_json()
                | {"up_to": self.relations[left, right].to_json() if (left, right) in self.relations else None}
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
        questions=tuple(
            (f"{left} {right}{part}", ask) for left, right in pairs for part, ask in asked(left, right) if not part
        )
        + tuple((f"{left} {right}{part}", ask) for left, right in pairs for part, ask in asked(left, right) if part),
    )
    return compared(analyses, worker.one(job, time_limit))


def asked(left: int, right: int) -> tuple[tuple[str, Any], ...]:
    """What is asked of a pair of activations, by their places: whether they are equal, and whether up to scales."""
    return (("", partial(_pair, left, right)), (_SCALED, partial(_scaled, left, right)))


def compared(analyses: Sequence[Analysis], answers: Mapping[str, Any]) -> Comparison:
    """The comparison, from the analyses and the answers to what was asked of each pair, by `LEFT RIGHT` and part."""
    equalities, relations = {}, {}
    for left, right in combinations(range(len(analyses)), 2):
        answer = answers[f"{left} {right}"]
        equalities[left, right] = Equality(OPEN, answer.note) if isinstance(answer, worker.Stopped) else answer
        if isinstance(found := answers[f"{left} {right}{_SCALED}"], Relation):
            relations[left, right] = found
    return Comparison(tuple(analyses), equalities, relations)


def _activations(items: Sequence[Spec | sp.Expr | Activation]) -> list[Activation]:
    return [target.activation(item) for item in items]


def _pair(left: int, right: int, activations: Sequence[Activation], answers: Mapping[str, Any]) -> Equality:
    return equality(activations[left], activations[right])


def _scaled(left: int, right: int, activations: Sequence[Activation], answers: Mapping[str, Any]) -> Relation | None:
    """How two functions that differ are the same up to scales, where that is so."""
    found = answers.get(f"{left} {right}")
    if not isinstance(found, Equality) or found.outcome != REFUTED:
        return None
    try:
        return relation(activations[left], activations[right])
    except Undecided:
        return None


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

"""The graphs of several functions, each drawn under a time limit that stops it: those that have none say why."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from propcheck import target
from propcheck.activation import Activation
from propcheck.curves.graph import SCHEMA, graph
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError

ORDERS = (0, 1, 2)


def collected(
    specs: Sequence[Spec],
    time_limit: float | None,
    workers: int | None = 1,
    tell: Callable[[int, dict[str, Any]], None] = lambda place, graph: None,
) -> Generator[dict[str, Any], None, None]:
    """The graph of each spec in turn; where none could be drawn, an object with a `note` that says why.

    `tell` hears of each as soon as it is there.
    """
    jobs = [worker.Job(partial(target.activation, spec, {}), (("graph", asked),)) for spec in specs]

    def drawn(place: int, answers: worker.Outcome) -> dict[str, Any]:
        found = answers if isinstance(answers, InputError) else answers["graph"]
        return found if isinstance(found, dict) else missing(specs[place], _reason(found))

    def heard(place: int, answers: worker.Outcome, seconds: float) -> None:
        tell(place, drawn(place, answers))

    with closing(worker.shared(jobs, time_limit, workers, tell=heard)) as outcomes:
        yield from (drawn(place, answers) for place, (answers, _) in enumerate(outcomes))


def missing(spec: Spec, note: str) -> dict[str, Any]:
    """What stands in place of a graph."""
    return {"schema": SCHEMA, "activation": {"name": spec.name, "title": spec.title}, "note": note}


def asked(activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any] | str:
    """The graph, or why there is none."""
    try:
        return graph(activation, orders=ORDERS)
    except InputError as refusal:
        return str(refusal)


def _reason(found: InputError | worker.Stopped | str) -> str:
    return found.note if isinstance(found, worker.Stopped) else str(found)

"""The graphs of several functions, each drawn under a time limit that stops it: those that have none say why."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from propcheck import target
from propcheck.activation import Activation
from propcheck.curves.graph import SCHEMA, graph
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError


def collected(
    specs: Sequence[Spec], time_limit: float | None, workers: int | None = 1
) -> Generator[dict[str, Any], None, None]:
    """The graph of each spec in turn; where none could be drawn, an object with a `note` that says why."""
    jobs = [worker.Job(partial(target.activation, spec, {}), (("graph", _graph),)) for spec in specs]
    with closing(worker.shared(jobs, time_limit, workers)) as outcomes:
        for spec, (answers, _) in zip(specs, outcomes, strict=True):
            found = answers if isinstance(answers, InputError) else answers["graph"]
            yield found if isinstance(found, dict) else missing(spec, _reason(found))


def missing(spec: Spec, note: str) -> dict[str, Any]:
    """What stands in place of a graph."""
    return {"schema": SCHEMA, "activation": {"name": spec.name, "title": spec.title}, "note": note}


def _graph(activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any] | str:
    try:
        return graph(activation)
    except InputError as refusal:
        return str(refusal)


def _reason(found: InputError | worker.Stopped | str) -> str:
    return found.note if isinstance(found, worker.Stopped) else str(found)

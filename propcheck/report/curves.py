"""The curves of a report: a record of their own beside record.json, from which the page draws each function.

    {"schema": "propcheck.graphs/1", "graphs": [the curves of each function, in the order of record.json]}

In place of curves that could not be computed stands an object with a `note` that says why. Where it was asked for, one
has `tracks`: verdicts and numbers along each parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from propcheck.report.record import real
from propcheck.verdict import InputError, Json, shortened

if TYPE_CHECKING:
    from propcheck.spec import Spec

SCHEMA = "propcheck.graphs/1"
DIGITS = 8  # more than any picture shows, and fewer than those in which processors differ
MOST_MARKS = 24  # breakpoints of a curve that are marked by dots: more would hide it
UNRESOLVED = "turns faster than the points drawn here"


def record(graphs: Sequence[Json]) -> dict[str, Any]:
    """The record of these graphs, one for each function."""
    return {"schema": SCHEMA, "graphs": [shortened(graph, DIGITS) for graph in graphs]}


def of(made: Json | None, entries: Sequence[Json]) -> list[Json | None]:
    """The graph of each activation of a record; None for all where no curves were recorded."""
    if made is None:
        return [None] * len(entries)
    graphs = made["graphs"]
    names = [[item["activation"]["name"] for item in items] for items in (graphs, entries)]
    if names[0] != names[1]:
        raise InputError("the curves are of other functions than the record; give files that one report left")
    return list(graphs)


def tracks(
    specs: Sequence[Spec],
    known: Sequence[list[dict[str, Any]] | None],
    time_limit: float,
    workers: int | None,
    keep: Callable[[Spec, list[dict[str, Any]]], None],
) -> Iterator[list[dict[str, Any]]]:
    """The tracks of the parameters of each function: those that are known, and fresh ones, of which `keep` hears."""
    from propcheck.families.track import collected

    wanted = [spec for spec, old in zip(specs, known, strict=True) if old is None]
    with closing(collected(wanted, time_limit, workers, lambda place, found: keep(wanted[place], found))) as fresh:
        yield from (next(fresh) if old is None else old for old in known)


def dots(curve: Json) -> Iterator[tuple[float, float, bool]]:
    """The dots of a curve: x, y, and whether the point belongs to it, where it jumps or has a corner."""
    for mark in curve["marks"] if len(curve["marks"]) <= MOST_MARKS else ():
        at, value = real(mark["at"]), real(mark["value"])
        for side in sorted({real(mark["left"]), real(mark["right"])}):
            if math.isfinite(side) and side != value:
                yield at, side, False
        if math.isfinite(value):
            yield at, value, True

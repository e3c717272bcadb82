"""What a function costs against how quickly it converges: one point a function, read from a record or from probes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from propcheck.criteria.cost import MEASURE as TIME
from propcheck.report.record import real
from propcheck.verdict import Json

STEPS = "steps, in ReLU's"


@dataclass(frozen=True)
class Dot:
    """A function: its name, its two numbers with their spreads, the verdict on its cost."""

    name: str
    x: float
    y: float
    dx: float
    dy: float
    verdict: str


def of_formulas(record: Json) -> Iterator[Dot]:
    """From the formulas of a record: estimated times and elasticity."""
    for entry in record["activations"]:
        found = {verdict["key"]: verdict for verdict in entry["criteria"]}
        x, y = (real((found[key]["measure"] or {}).get("value")) for key in ("cost", "convergence"))
        if math.isfinite(x) and math.isfinite(y):
            yield Dot(entry["activation"]["title"], x, y, 0.0, 0.0, found["cost"]["verdict"])


def of_probes(probes: Sequence[Json]) -> Iterator[Dot]:
    """From the objects that `propcheck probe --json` prints: times and steps, both in ReLU's."""
    for probe in probes:
        cost = probe.get("timed", {}).get("criteria", {}).get("cost")
        quick = probe.get("criteria", {}).get("convergence")
        if not cost or not quick:  # nothing was finished
            continue
        (x, dx), (y, dy) = measured(cost, TIME), measured(quick, STEPS)
        if math.isfinite(x) and math.isfinite(y):
            yield Dot(probe["activation"]["title"], x, y, dx, dy, cost["verdict"]["verdict"])


def measured(page: Json, name: str) -> tuple[float, float]:
    """The mean of a measurement, NaN where there is none, and its spread."""
    for item in page["measurements"]:
        if item["name"] == name:
            return real(item["mean"]), real(item["spread"] or 0.0)
    return math.nan, 0.0

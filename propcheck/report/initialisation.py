"""The table of initialisations: where gradients keep their size, what happens there, and the gains for inputs N(0, 1).

Weights have the variance that stands here over the fan-in, or gain^2 over it.
"""

from __future__ import annotations

import math

from propcheck.report import phrases
from propcheck.report.formats import Cell, Table
from propcheck.verdict import Json

KEY = "edge_of_chaos"
COLUMNS = ("critical", "weight variance", "bias variance", "length q", "lengths", "correlations", "standing")
_PLACES = {
    "every length": "every q",
    "vanishing length": "limit q = 0",
    "marginal": "marginal lengths",
    "edge": "edge of chaos",
}
GAINS = {  # what a gain keeps, and the moment that it is made of
    "gain, mean square": "second_moment",
    "gain, variance": "variance",
    "gain, gradient": "derivative_second_moment",
}


def table(record: Json, digits: int = phrases.DIGITS) -> Table:
    """A row for each function: the critical initialisation to prefer, and the gains that keep something else."""
    rows = tuple(
        (Cell(entry["activation"]["title"]), *_critical(entry["facts"], digits), *_gains(entry["facts"], digits))
        for entry in record["activations"]
    )
    parts = (COLUMNS[:4], COLUMNS[4:], tuple(GAINS))
    return Table("initialisation", "Initialisation", ("function", *COLUMNS, *GAINS), rows, parts=parts)


def _critical(facts: Json, digits: int) -> list[Cell]:
    fact = facts.get(KEY) or {}
    kind = fact.get("kind")
    if kind is None:
        return [Cell(phrases.UNDECIDED, "value")] * len(COLUMNS)
    standing = Cell(fact["standing"])
    if kind == "none":
        return [Cell(phrases.NOTHING, "value"), *[Cell("", "value")] * (len(COLUMNS) - 2), standing]
    place = _PLACES[kind] if fact["lengths_stay"] else "lengths move away"
    numbers = [phrases.of(facts, KEY, name, digits=digits) for name in ("sigma_w2", "sigma_b2")]
    length = "every q" if kind == "every length" else phrases.of(facts, KEY, "q", digits=digits)
    laws = [_law(fact[name]) for name in ("length", "correlation")]
    return [Cell(place, "value"), *(Cell(text, "value") for text in (*numbers, length, *laws)), standing]


def _law(law: Json | None) -> str:
    """How a distance dies away with the layer l."""
    return phrases.UNDECIDED if law is None else law["said"].removeprefix("like ")


def _gains(facts: Json, digits: int) -> list[Cell]:
    return [Cell(_gain(phrases.field(facts, "gaussian", moment), digits), "value") for moment in GAINS.values()]


def _gain(moment: Json | None, digits: int) -> str:
    """1/sqrt of a moment, in digits that both ends of its enclosure share."""
    if moment is None or moment["value"] is None:
        return phrases.UNDECIDED
    ends = [moment[name] for name in ("value", "upper", "lower")]
    if not all(isinstance(end, float | int) and end > 0 for end in ends):
        return phrases.NOTHING
    value, lower, upper = (1 / math.sqrt(end) for end in ends)
    return phrases.number({"value": value, "lower": lower, "upper": upper, "exact": None}, digits)

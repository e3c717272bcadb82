"""What experiments found, beside what is proved: a record of its own, since another machine measures other figures.

    {"schema": "propcheck.measured/1", "probes": [one object for each function, as `propcheck probe --json` prints it]}

Two runs agree where the means of a measurement differ by no more than their spreads explain; times may differ.
`python -m propcheck.report.measured OLD NEW` says where two records do not.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from propcheck.report.formats import ENDINGS, FORMATS, Cell, Table
from propcheck.report.record import dump

Json = Mapping[str, Any]

SCHEMA = "propcheck.measured/1"
FLAGGED = 4.0  # standard errors beyond which a prediction and a measurement disagree
ALLOWED = 6.0  # standard errors that two runs may differ by: another library's sums start chaotic training elsewhere
_RELATIVE = 0.02  # and this share of the mean, where the spread over seeds is 0


def record(probes: Sequence[Json]) -> dict[str, Any]:
    """The record of some probes."""
    return {"schema": SCHEMA, "probes": list(probes)}


def draw(made: Json, analyses: Json, formats: Iterable[str]) -> dict[str, str]:
    """The files of the record and of its tables; `analyses` is the record of what is proved."""
    tables = (beside(made, analyses), predictions(made))
    files = {
        f"{table.name}.{ENDINGS[format]}": FORMATS[format](table)
        for format in formats
        if format in FORMATS
        for table in tables
    }
    return {"measured.json": dump(made), **files}


# --- tables ----------------------------------------------------------------------------------------------------------


def beside(made: Json, analyses: Json) -> Table:
    """A row for each verdict that was measured: by the formula, by experiment, as claimed, and where they differ."""
    proved = {entry["activation"]["name"]: entry for entry in analyses["activations"]}
    rows = []
    for probe in made["probes"]:
        entry = proved.get(probe["activation"]["name"])
        for number, key, found in _verdicts(probe):
            own = next((v for v in entry["criteria"] if v["key"] == key), None) if entry else None
            said = own["verdict"] if own else "open"
            differs = "" if "open" in (said, found["verdict"]) or said == found["verdict"] else "differ"
            claims = [claim["claimed"] for claim in entry["claims"] if claim["key"] == key] if entry else []
            rows.append(
                (
                    Cell(probe["activation"]["title"]),
                    Cell(f"{number} {key.replace('_', ' ')}"),
                    Cell(said),
                    Cell(found["verdict"]),
                    Cell(differs),
                    Cell("/".join(map(str, claims))),
                    Cell("; ".join(found["reasons"])),
                )
            )
    columns = ("function", "criterion", "by the formula", "measured", "", "claimed", "what was measured")
    return Table(
        "experiments", "Proof beside experiment", columns, tuple(rows), {"what was measured": "60mm"}, headed=True
    )


def predictions(made: Json) -> Table:
    """A row for each quantity that Gaussian moments predict: the mean over seeds, the prediction, their difference.

    Layers are predicted twice: each from the one before it, and all from the inputs on, with a band for finite width.
    """
    rows = []
    for probe in made["probes"]:
        for found in probe["criteria"].values():
            for item in (*found["measurements"], *found["profiles"]):
                if (item.get("theory") or {}).get("inside") is not None:
                    rows.append(_in_the_band(probe["activation"]["title"], item))
                if item.get("predicted") is None:
                    continue
                layers = isinstance(item["mean"], list)
                difference = item["largest_difference"] if layers else item["difference"]
                if difference is None or isinstance(difference, str):
                    continue
                rows.append(
                    (
                        Cell(probe["activation"]["title"]),
                        Cell(item["name"]),
                        Cell("each layer" if layers else f"{item['mean']:.4g}", "value"),
                        Cell("each layer" if layers else f"{item['predicted']:.4g}", "value"),
                        Cell(f"{difference:+.1f}", "value"),
                        Cell("disagree" if abs(difference) > FLAGGED else "agree"),
                    )
                )
    columns = ("function", "quantity", "measured", "predicted", "difference, standard errors", "outcome")
    return Table("predictions", "Predictions beside measurements", columns, tuple(rows))


def _in_the_band(title: str, item: Json) -> tuple[Cell, ...]:
    theory = item["theory"]
    outside = f"{len(theory['outside'])} of {theory['banded']} layers outside the band"
    texts = ("each layer", "from the inputs on", outside)
    outcome = "agree" if theory["inside"] else "disagree"
    return (Cell(title), Cell(item["name"]), *(Cell(text, "value") for text in texts), Cell(outcome))


def _verdicts(probe: Json) -> Iterator[tuple[int, str, Json]]:
    found = {**probe["criteria"], **probe.get("timed", {}).get("criteria", {})}
    for key, item in sorted(found.items(), key=lambda pair: pair[1]["verdict"]["number"]):
        yield item["verdict"]["number"], key, item["verdict"]


# --- two runs --------------------------------------------------------------------------------------------------------


def disagreements(old: Json, new: Json) -> Iterator[str]:
    """Where two records differ by more than their spreads explain; times are left out."""
    before = {probe["activation"]["name"]: probe for probe in old["probes"]}
    after = {probe["activation"]["name"]: probe for probe in new["probes"]}
    for name in sorted(before.keys() ^ after.keys()):
        yield f"{name}: measured in one record alone"
    for name in sorted(before.keys() & after.keys()):
        one, two = before[name], after[name]
        if one["setting"] != two["setting"] or one["task"] != two["task"]:
            yield f"{name}: measured in another setting or on another task"
            continue
        known = {item["name"]: item for found in one["criteria"].values() for item in found["measurements"]}
        for found in two["criteria"].values():
            for item in found["measurements"]:
                gap = _gap(known.get(item["name"]), item)
                if gap:
                    yield f"{name}, {item['name']}: {gap}"


def _gap(one: Json | None, two: Json) -> str:
    """What is wrong with two measurements of one quantity; empty where nothing is."""
    if one is None:
        return "measured in one record alone"
    means = one["mean"], two["mean"]
    if any(not isinstance(mean, (int, float)) for mean in means):
        return "" if means[0] == means[1] else f"{means[0]} and {means[1]}"
    spread = math.hypot(*(_number(item["spread"]) / math.sqrt(max(item["count"], 1)) for item in (one, two)))
    allowed = ALLOWED * spread + _RELATIVE * max(map(abs, means))
    return "" if abs(means[0] - means[1]) <= allowed else f"{_told(means[0])} and {_told(means[1])}"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _told(value: float) -> str:
    return f"{value:.6g}"


def main(paths: Sequence[str]) -> int:
    """Compares two records; the exit status is 1 where they disagree."""
    old, new = (json.loads(Path(path).read_text(encoding="utf-8")) for path in paths)
    found = list(disagreements(old, new))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:3]))

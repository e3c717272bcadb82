"""What experiments found, beside what is proved: a record of its own, since another machine measures other figures.

{"schema": "propcheck.measured/1", "probes": [one object for each function, as `propcheck probe --json` prints it]}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from propcheck.criteria import STANDARDS
from propcheck.report.formats import ENDINGS, FORMATS, WIDTHS, Cell, Table, written
from propcheck.report.record import keyed
from propcheck.verdict import Json

SCHEMA = "propcheck.measured/1"
FLAGGED = 4.0  # standard errors beyond which a prediction and a measurement disagree


def record(probes: Sequence[Json]) -> dict[str, Any]:
    """The record of some probes."""
    return {"schema": SCHEMA, "probes": list(probes)}


def draw(made: Json, analyses: Json, formats: Iterable[str], width: str = WIDTHS[0]) -> dict[str, str]:
    """The files of its tables; `analyses` is the record of what is proved."""
    tables = (beside(made, analyses), predictions(made))
    return {
        f"{table.name}.{ENDINGS[format]}": written(table, format, width)
        for format in formats
        if format in FORMATS
        for table in tables
    }


# --- tables ----------------------------------------------------------------------------------------------------------


def beside(made: Json, analyses: Json) -> Table:
    """A row for each criterion that was measured: the measure by the formula and by experiment, the verdicts, whether
    they differ or only lie near a threshold, and what is claimed."""
    proved = dict(keyed(analyses["activations"]))
    rows = []
    for place, probe in keyed(made["probes"]):
        entry = proved.get(place)
        for number, key, found in _verdicts(probe):
            own = next((v for v in entry["criteria"] if v["key"] == key), None) if entry else None
            said = own["verdict"] if own else "open"
            values = _value(own), _value(found)
            apart = "open" not in (said, found["verdict"]) and said != found["verdict"]
            differs = ("near" if near(key, own, found) else "differ") if apart else ""
            claims = [claim["claimed"] for claim in entry["claims"] if claim["key"] == key] if entry else []
            rows.append(
                (
                    Cell(probe["activation"]["title"]),
                    Cell(f"{number} {key.replace('_', ' ')}"),
                    Cell(said),
                    Cell(found["verdict"]),
                    *(Cell("" if value is None else f"{value:.3g}", "value") for value in values),
                    Cell(differs),
                    Cell("/".join(map(str, claims))),
                    Cell("; ".join(found["reasons"])),
                )
            )
    columns = ("function", "criterion", "by the formula", "measured", "its number", "measured number", "", "claimed",
               "what was measured")  # fmt: skip
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


def near(key: str, *verdicts: Json | None) -> bool:
    """Does the number behind one of these verdicts on a criterion lie near a threshold?"""
    standard = next((item for item in STANDARDS if item.key == key), None)
    return standard is not None and any(standard.near(_value(verdict)) is not None for verdict in verdicts)


def _value(verdict: Json | None) -> float | None:
    """The number behind a verdict."""
    value = ((verdict or {}).get("measure") or {}).get("value")
    return float(value) if isinstance(value, int | float | str) else None


def _verdicts(probe: Json) -> Iterator[tuple[int, str, Json]]:
    found = {**probe["criteria"], **probe.get("timed", {}).get("criteria", {})}
    for key, item in sorted(found.items(), key=lambda pair: pair[1]["verdict"]["number"]):
        yield item["verdict"]["number"], key, item["verdict"]

"""What experiments found, read from a record that may hold some, or parts of some.

A probe is the object that `propcheck probe --json` prints: for each criterion a verdict, measurements with their
predictions, and profiles by layer. An activation has its own as `measured`, or it stands among the `probes` of a record
of measurements. What is absent is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from propcheck.report import points
from propcheck.report.measured import near
from propcheck.verdict import Json
from propcheck.wording import figures

# Measurements that stand in the table of all functions: the criterion that has each, and its name there.
NUMBERS = {
    "time": ("cost", points.TIME),
    "steps": ("convergence", points.STEPS),
    "gradient": ("gradient_flow", "growth of the gradient's norm a layer, going back"),
}


def probes(made: Any) -> list[Json]:
    """The probes of a record of measurements that are of a function."""
    listed = made.get("probes") if isinstance(made, Mapping) else None
    known = [probe for probe in listed if isinstance(probe, Mapping)] if isinstance(listed, list) else []
    return [probe for probe in known if "name" in _mapping(probe, "activation")]


def measured(entry: Json, known: Json | None = None) -> dict[str, Any] | None:
    """What was measured of a function, criterion by criterion; None where nothing was.

    `known` is the probe of it among those of a record. In the answer, `probe` is the object itself, for charts, and a
    verdict `differs` where both it and that by the formula are decided, and neither lies near a threshold.
    """
    found = entry.get("measured") or known
    if not isinstance(found, Mapping):
        return None
    pages = {**_mapping(_mapping(found, "timed"), "criteria"), **_mapping(found, "criteria")}
    predicted = {verdict["key"]: verdict for verdict in entry["criteria"]}
    criteria = [_criterion(key, page, predicted.get(key)) for key, page in pages.items() if isinstance(page, Mapping)]
    if not criteria:
        return None
    setting = [
        f"{name} {value}"
        for name, value in _mapping(found, "setting").items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    ]
    seeds = found.get("seeds")
    return {
        "criteria": sorted(criteria, key=lambda one: one["number"]),
        "setting": ", ".join(setting),
        "seeds": ", ".join(map(str, seeds)) if isinstance(seeds, list) else "",
        "task": found.get("task") or "",
        "note": found.get("note") or "",
        "surprises": [
            {"criterion": one["name"], **row} for one in criteria for row in one["rows"] if row["surprising"]
        ],
        "numbers": {name: _mean(pages, *where) for name, where in NUMBERS.items()},
        "probe": found,
    }


def _mapping(item: Json, name: str) -> Json:
    inside = item.get(name)
    return inside if isinstance(inside, Mapping) else {}


def _mean(pages: Json, key: str, name: str) -> float | None:
    """The mean of one measurement."""
    items = _mapping(pages, key).get("measurements")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and item.get("name") == name:
            return item["mean"] if isinstance(item.get("mean"), float | int) else None
    return None


def _criterion(key: str, page: Json, by_formula: Json | None) -> dict[str, Any]:
    verdict = _mapping(page, "verdict")
    number, word = verdict.get("number"), verdict.get("verdict") or "open"
    predicted = by_formula["verdict"] if by_formula else None
    return {
        "number": number if isinstance(number, int) else 99,
        "key": str(key),
        "name": str(key).replace("_", " "),
        "verdict": word,
        "predicted": predicted or "",
        "differs": predicted not in (None, "open", word) and word != "open" and not near(key, by_formula, verdict),
        "reasons": [str(reason) for reason in verdict.get("reasons") or ()],
        "rows": [*_measurements(page.get("measurements")), *_profiles(page.get("profiles"))],
    }


def _measurements(items: Any) -> Iterator[dict[str, str | bool]]:
    """Each measurement beside its prediction; `layers` says that a row is of all layers together."""
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and "name" in item:
            spread = item.get("spread")
            yield {
                "name": str(item["name"]),
                "mean": figures(item.get("mean"), 4) + (f" ± {figures(spread, 4)}" if spread is not None else ""),
                "predicted": figures(item["predicted"], 4) if "predicted" in item else "",
                "difference": _errors(item.get("difference")),
                "layers": False,
                "surprising": item.get("surprising") is True,
            }


def _profiles(items: Any) -> Iterator[dict[str, str | bool]]:
    """A profile by what is said of all its layers; those without predictions are for figures."""
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, Mapping) or "name" not in item:
            continue
        layers, theory = item.get("mean") or (), _mapping(item, "theory")
        row = {
            "name": f"{item['name']}, {len(layers)} layers",
            "mean": f"from {figures(layers[0], 4)} to {figures(layers[-1], 4)}" if layers else "",
            "difference": "",
            "layers": True,
        }
        if item.get("largest_difference") is not None:
            surprises = item.get("surprises") or ()
            told = f"{_layers(surprises)} from what the layer before implies" if surprises else "all layers agree"
            gap = _errors(item["largest_difference"])
            yield row | {"predicted": told, "difference": gap, "surprising": bool(surprises)}
        if theory.get("inside") is not None:
            outside = theory.get("outside") or ()
            told = f"{_layers(outside)} from theory's band" if outside else "all layers inside theory's band"
            yield row | {"predicted": told, "surprising": bool(outside)}


def _layers(some: Any) -> str:
    return f"{len(some)} layer{'s differ' if len(some) != 1 else ' differs'}"


def _errors(value: Any) -> str:
    return "" if value is None else figures(value, 3, "+")

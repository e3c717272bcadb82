"""What experiments found, read from a record that may hold some, or parts of some.

A probe is the object that `propcheck probe --json` prints: for each criterion a verdict, measurements with their
predictions, and profiles by layer. An activation has its own as `measured`, or it stands among the `probes` of a record
of measurements. What is absent is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def probes(made: Any) -> dict[str, Json]:
    """The probes of a record of measurements, by the names of their activations."""
    listed = made.get("probes") if isinstance(made, Mapping) else None
    known = [probe for probe in listed if isinstance(probe, Mapping)] if isinstance(listed, list) else []
    return {str(_mapping(probe, "activation").get("name")): probe for probe in known}


def measured(entry: Json, known: Mapping[str, Json]) -> dict[str, Any] | None:
    """What was measured of a function, criterion by criterion; None where nothing was."""
    found = entry.get("measured") or known.get(entry["activation"]["name"])
    if not isinstance(found, Mapping):
        return None
    pages = {**_mapping(_mapping(found, "timed"), "criteria"), **_mapping(found, "criteria")}
    predicted = {verdict["key"]: verdict["verdict"] for verdict in entry["criteria"]}
    criteria = [_criterion(key, page, predicted.get(key)) for key, page in pages.items() if isinstance(page, Mapping)]
    if not criteria:
        return None
    setting = [f"{name} {value}" for name, value in _mapping(found, "setting").items() if isinstance(value, str | int)]
    seeds = found.get("seeds")
    return {
        "criteria": sorted(criteria, key=lambda one: one["number"]),
        "setting": ", ".join(setting),
        "seeds": ", ".join(map(str, seeds)) if isinstance(seeds, list) else "",
        "task": found.get("task") or "",
        "note": found.get("note") or "",
    }


def _mapping(item: Json, name: str) -> Json:
    inside = item.get(name)
    return inside if isinstance(inside, Mapping) else {}


def _criterion(key: str, page: Json, predicted: str | None) -> dict[str, Any]:
    verdict = _mapping(page, "verdict")
    number = verdict.get("number")
    return {
        "number": number if isinstance(number, int) else 99,
        "name": str(key).replace("_", " "),
        "verdict": verdict.get("verdict") or "open",
        "predicted": predicted or "",
        "reasons": [str(reason) for reason in verdict.get("reasons") or ()],
        "rows": [*_measurements(page.get("measurements")), *_profiles(page.get("profiles"))],
    }


def _measurements(items: Any) -> Iterator[dict[str, str | bool]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and "name" in item:
            spread = item.get("spread")
            yield {
                "name": str(item["name"]),
                "mean": _told(item.get("mean")) + (f" ± {_told(spread)}" if spread is not None else ""),
                "predicted": _told(item["predicted"]) if "predicted" in item else "",
                "difference": _errors(item.get("difference")),
                "surprising": item.get("surprising") is True,
            }


def _profiles(items: Any) -> Iterator[dict[str, str | bool]]:
    """A profile by the layer that lies farthest from its prediction; those without predictions are for figures."""
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and item.get("largest_difference") is not None and "name" in item:
            layers, surprises = item.get("mean") or (), item.get("surprises") or ()
            yield {
                "name": f"{item['name']}, {len(layers)} layers",
                "mean": f"from {_told(layers[0])} to {_told(layers[-1])}" if layers else "",
                "predicted": f"{len(surprises)} layers differ" if surprises else "all layers agree",
                "difference": _errors(item["largest_difference"]),
                "surprising": bool(surprises),
            }


def _told(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | int) else "?" if value is None else str(value)


def _errors(value: Any) -> str:
    return f"{value:+.3g}" if isinstance(value, float | int) else "" if value is None else str(value)

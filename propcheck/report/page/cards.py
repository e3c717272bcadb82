"""What the page says of each function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from propcheck.certificates import Certificate
from propcheck.facts import BY_KEY
from propcheck.report import card, phrases
from propcheck.report.page.charts import graph, layers, track
from propcheck.report.page.measured import measured, probes
from propcheck.report.record import keyed
from propcheck.verdict import Json
from propcheck.wording import truth


def cards(
    record: Json,
    slugs: Sequence[str],
    changes: Sequence[Json],
    digits: int,
    graphs: Sequence[Json | None] | None = None,
    certificates: Sequence[Certificate] = (),
) -> list[dict[str, Any]]:
    """The cards of all functions, in the record's order: what the template `card.html` takes.

    `graphs` has for each function its curves, or None; `certificates` its certificate, where there are any.
    """
    entries = record["activations"]
    curves = graphs if graphs is not None else [None] * len(entries)
    places = {entry["activation"]["name"]: slug for slug, entry in reversed(list(zip(slugs, entries, strict=True)))}
    known = dict(keyed(probes(record.get("measured"))))
    titles = dict(zip(slugs, (entry["activation"]["title"] for entry in entries), strict=True))
    keys = [key for key, _ in keyed(entries)]
    experiments = [measured(entry, known.get(key)) for key, entry in zip(keys, entries, strict=True)]
    return [
        {
            "slug": slug,
            "about": entry["activation"],
            "before": slugs[place - 1] if place else None,
            "after": slugs[place + 1] if place + 1 < len(slugs) else None,
            "titles": titles,
            "conventions": phrases.conventions(entry["facts"]),
            "parameters": list(_parameters(entry["activation"]["parameters"])),
            "verdicts": [_verdict(verdict, entry, found) for verdict in entry["criteria"]],
            "facts": list(card.facts(entry["facts"])),
            "numbers": [row for key, fact in entry["facts"].items() for row in _numbers(key, fact, digits)],
            "certificate": certificates[place] if certificates and certificates[place].record["facts"] else None,
            "certified": _certified(certificates[place]) if certificates else {},
            "notes": [(key, fact["note"]) for key, fact in entry["facts"].items() if fact.get("note")],
            "claims": gathered(
                _claim(claim, places, slug) | {"title": entry["activation"]["title"]} for claim in entry["claims"]
            ),
            "figures": list(_charts(curve, found, slug, entry["facts"])),
            "undrawn": (curve or {}).get("note") or "",
            "measured": found,
            "changes": [change for change in changes if (change["name"], change["place"]) == keys[place]],
        }
        for place, (slug, entry, curve, found) in enumerate(zip(slugs, entries, curves, experiments, strict=True))
    ]


def _certified(certificate: Certificate) -> dict[str, str]:
    """The facts that a certificate holds, label to key."""
    return {BY_KEY[key].label: key for key in certificate.certified}


def _parameters(parameters: Mapping[str, Json]) -> Iterator[dict[str, str]]:
    for name, parameter in parameters.items():
        parts = [parameter.get(part) for part in ("role", "range", "distribution")]
        yield {"name": name, "value": parameter.get("value") or "", "about": ", ".join(part for part in parts if part)}


def _charts(curve: Json | None, found: Json | None, slug: str, facts: Json) -> Iterator[tuple[str, Markup]]:
    """Captions and pictures: the function, what is along its parameters, then what was measured layer by layer."""
    if curve is not None and "curves" in curve:
        yield graph.draw(curve, f"{slug}-curve", facts)
    for along in (curve or {}).get("tracks", ()):
        yield track.draw(along, f"{slug}-along-{along['parameter']}")
    drawn = layers.draw(found["probe"], f"{slug}-layers") if found is not None else None
    if drawn is not None:
        yield drawn


def _verdict(verdict: Json, entry: Json, found: Json | None) -> dict[str, Any]:
    """A verdict by the formula, with that by experiment beside it: None, or `verdict`, `differs`, `reasons`."""
    said = [{**claim, "said": phrases.claimed(claim)} for claim in entry["claims"] if claim["key"] == verdict["key"]]
    measure = verdict["measure"] or {}
    value = measure.get("value")
    return {
        "number": verdict["number"],
        "key": verdict["key"],
        "name": verdict["key"].replace("_", " "),
        "word": verdict["verdict"],
        "standing": verdict["standing"],
        "reasons": verdict["reasons"],
        "claim": verdict["claim"],
        "said": said,
        "measure": f"{measure['name']}: {value:.6g}" if isinstance(value, float | int) else "",
        "measured": next((one for one in found["criteria"] if one["key"] == verdict["key"]), None) if found else None,
    }


def _claim(claim: Json, places: Mapping[str, str], own: str) -> dict[str, Any]:
    """A claim; where it names another function of the report, with the way to its card."""
    stated = truth(claim["claimed"])
    other = places.get(stated)
    return {
        "asked": phrases.plainly(claim),
        "stated": phrases.claimed(claim),
        "formula": claim["key"] in FORMULAS,
        "link": other if other != own else None,
        **{name: claim[name] for name in ("source", "quote", "reading", "outcome", "found", "standing", "reason")},
    }


def gathered(claims: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is said of one thing at several places, once: `sayings` has the source and the quotation of each."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for claim in claims:
        key = tuple(claim[name] for name in ("title", "asked", "stated", "outcome", "found", "reason", "reading"))
        one = found.setdefault(key, claim | {"sayings": []})
        one["sayings"].append({"source": claim["source"], "quote": claim["quote"]})
    return list(found.values())


FORMULAS = ("derivative", "derivative_2", "antiderivative", "equals")  # claims that state one


def _numbers(place: str, item: Any, digits: int) -> Iterator[tuple[str, str, str, str]]:
    """Every number of a fact: where it stands, what it is, its bounds, its standing."""
    if isinstance(item, Mapping):
        if {"value", "lower", "upper"} <= set(item):
            if item["value"] is not None:
                exact = item["exact"]
                value = phrases.number(item, digits)
                told = value if exact in (None, value) or isinstance(item["value"], str) else f"{exact} ≈ {value}"
                bounds = "" if exact is not None else f"[{item['lower']}, {item['upper']}]"
                yield place, told, bounds, item["standing"]
            return
        for name, inside in item.items():
            yield from _numbers(f"{place}.{name}", inside, digits)
    elif isinstance(item, list):
        for count, inside in enumerate(item, 1):
            yield from _numbers(f"{place}[{count}]", inside, digits)

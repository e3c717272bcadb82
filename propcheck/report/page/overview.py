"""What the page says of all functions together: counts, the table of verdicts and numbers, the disagreements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from propcheck.report import phrases

Json = Mapping[str, Any]

SYMBOLS = phrases.SYMBOLS | {"fails": "\u2212"}
_RANKS = {"holds": 3, "partly": 2, "fails": 1, "open": 0}
LONGEST_SLUG = 48


def slugs(entries: Sequence[Json]) -> list[str]:
    """A name for each function that fits an address and a file: `leaky-relu`, `x-tanh-x`, `relu-2`."""
    found: list[str] = []
    taken: set[str] = set()
    for entry in entries:
        stem = re.sub(r"[^a-z0-9]+", "-", entry["activation"]["name"].lower()).strip("-")[:LONGEST_SLUG] or "function"
        name, count = stem, 1
        while name in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name)
        found.append(name)
    return found


_NUMBERS: tuple[tuple[str, str, Callable[[Json], Any]], ...] = (
    ("mean", "E[g(z)], z ~ N(0, 1)", lambda facts: phrases.field(facts, "gaussian", "mean")),
    ("variance", "of g(z)", lambda facts: phrases.field(facts, "gaussian", "variance")),
    ("Lipschitz", "the largest abs slope", lambda facts: facts.get("lipschitz")),
    ("P[g = 0]", "how often the output is 0", lambda facts: phrases.field(facts, "zero_region", "mass")),
    ("P[g' = 0]", "how often the slope is 0", lambda facts: phrases.field(facts, "dead_region", "mass")),
    ("nonlinearity", "the share of variance that no line explains", lambda facts: facts.get("nonlinearity")),
)


def overview(record: Json, slugs: Sequence[str], changed: Container[str], digits: int) -> dict[str, Any]:
    """The counts, the rows of the table, and what contradicts what was claimed; `changed` names what is marked."""
    entries = record["activations"]
    placed = list(zip(slugs, entries, strict=True))
    said = [_claim(entry["activation"]["title"], slug, claim) for slug, entry in placed for claim in entry["claims"]]
    said += [_claim("taken together", None, claim) for claim in record["together"]]
    outcomes = Counter(claim["outcome"] for claim in said)
    words = Counter(verdict["verdict"] for entry in entries for verdict in entry["criteria"])
    equations = record.get("equations") or {"rows": [], "findings": []}
    return {
        "paper": "equations" in record,
        "title": f"The paper's {_counted(len(entries))}" if "equations" in record else _counted(len(entries)),
        "counts": [(len(entries), "function" if len(entries) == 1 else "functions")]
        + [(words[word], f"verdicts {word}" if word != "open" else "verdicts open") for word in _RANKS if words[word]]
        + [(sum(outcomes.values()), "claims checked")] * bool(said)
        + [(outcomes["contradicts"], "claims contradicted")] * bool(said),
        "numbers": [(name, meaning) for name, meaning, _ in _NUMBERS] + [("operations", "of value and derivative")],
        "rows": [_row(entry, slug, digits, entry["activation"]["name"] in changed) for slug, entry in placed],
        "contradicted": [claim for claim in said if claim["outcome"] == "contradicts"],
        "undecided": [claim for claim in said if claim["outcome"] == "open"],
        "equations": equations["rows"],
        "findings": equations["findings"],
    }


def _counted(count: int) -> str:
    return f"{count} activation function{'s' * (count != 1)}"


def _claim(title: str, slug: str | None, claim: Json) -> dict[str, Any]:
    about = {"title": title, "slug": slug, "asked": phrases.asked(claim).replace("_", " ")}
    stated = phrases.SYMBOLS.get(claim["claimed"], phrases.stated(claim["claimed"]))
    names = ("source", "quote", "outcome", "found", "standing", "reason")
    return about | {"stated": stated} | {name: claim[name] for name in names}


def _row(entry: Json, slug: str, digits: int, changed: bool) -> dict[str, Any]:
    facts = entry["facts"]
    return {
        "title": entry["activation"]["title"],
        "name": entry["activation"]["name"],
        "slug": slug,
        "changed": changed,
        "verdicts": [
            {
                "key": verdict["key"],
                "number": verdict["number"],
                "word": verdict["verdict"],
                "rank": _RANKS.get(verdict["verdict"], 0),
                "contradicted": verdict["claim"] == "contradicts",
            }
            for verdict in entry["criteria"]
        ],
        "numbers": [_number(find(facts), digits) for _, _, find in _NUMBERS] + [_operations(facts)],
        "contradicted": any(claim["outcome"] == "contradicts" for claim in entry["claims"]),
    }


def _number(item: Json | None, digits: int) -> dict[str, Any]:
    """A number as it is shown, and as it is sorted: by its value, what has none last."""
    if item is None:
        return {"text": phrases.UNDECIDED, "value": ""}
    value = {"inf": "Infinity", "-inf": "-Infinity"}.get(str(item["value"]), item["value"])
    return {"text": phrases.number(item, digits), "value": "" if value is None else value}


def _operations(facts: Json) -> dict[str, Any]:
    counts = phrases.field(facts, "cost", "together")
    total = sum(counts.values()) if counts else None
    return {"text": phrases.UNDECIDED if total is None else str(total), "value": "" if total is None else total}

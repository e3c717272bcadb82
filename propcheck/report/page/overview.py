"""What the page says of all functions together: one sentence, the map of verdicts, what is false, the numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from propcheck.criteria import NUMBERS
from propcheck.report import phrases
from propcheck.report.page import cards
from propcheck.verdict import Json
from propcheck.wording import truth

SYMBOLS = phrases.SYMBOLS | {"fails": "\u2212"}
PAPER = {
    "title": "Overview of the Development of Activation Function and Its Nature Analysis",
    "authors": "Zhang Huan, Zhang Qing and Yu Jiyan",
    "place": "Journal of Xihua University (Natural Science Edition) 40(4), 1-10, 2021",
    "doi": "10.12198/j.issn.1673-159X.3761",
}
_SIGNS = {sign: word for word, sign in phrases.SYMBOLS.items()}
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
_COUNTED = (("operations", "of value and derivative"), ("elasticity", "E[z g g'] / E[g^2], how quickly it converges"))
_MEASURED = {
    "time": ("measured time", "of value and slope of an element, in ReLU's"),
    "steps": ("measured steps", "to the target loss, in ReLU's"),
    "gradient": ("measured growth", "of the gradient's norm a layer, going back"),
}


def overview(record: Json, slugs: Sequence[str], digits: int, made: Sequence[Json]) -> dict[str, Any]:
    """The counts, the rows of the table, and what contradicts what was claimed.

    `made` are the cards, which know what was measured and what changed.
    """
    entries = record["activations"]
    placed = list(zip(slugs, entries, strict=True))
    differences = [_difference(one, verdict) for one in made for verdict in one["verdicts"] if _differs(verdict)]
    tried = any(one["measured"] for one in made)
    decided = sum(_compared(verdict) for one in made for verdict in one["verdicts"])
    said = [_claim(entry["activation"], slug, claim) for slug, entry in placed for claim in entry["claims"]]
    said += [_claim({"title": "taken together", "expression": ""}, None, claim) for claim in record["together"]]
    outcomes = Counter(claim["outcome"] for claim in said)
    words = Counter(verdict["verdict"] for entry in entries for verdict in entry["criteria"])
    equations = record.get("equations") or {"rows": [], "findings": []}
    return {
        "paper": "equations" in record,
        "title": f"The paper's {_counted(len(entries))}" if "equations" in record else _counted(len(entries)),
        "cited": PAPER if "equations" in record else None,
        "counted": [f"{words[word]} {word}" for word in _RANKS if words[word]],
        "decided": sum(words.values()),
        "claims": sum(outcomes.values()),
        "refuted": outcomes["contradicts"],
        "numbers": [(name, meaning) for name, meaning, _ in _NUMBERS]
        + [*_COUNTED, *(_MEASURED.values() if tried else ())],
        "rows": [_row(entry, one, digits, tried) for entry, one in zip(entries, made, strict=True)],
        "measured": tried,
        "compared": decided,
        "differences": differences,
        "surprises": [
            {"slug": one["slug"], "title": one["about"]["title"], **row}
            for one in made
            for row in (one["measured"] or {}).get("surprises", ())
        ],
        "contradicted": cards.gathered(claim for claim in said if claim["outcome"] == "contradicts"),
        "undecided": [claim for claim in said if claim["outcome"] == "open"],
        "equations": equations["rows"],
        "findings": equations["findings"],
    }


def _counted(count: int) -> str:
    return f"{count} activation function{'s' * (count != 1)}"


def _claim(activation: Json, slug: str | None, claim: Json) -> dict[str, Any]:
    """A claim, with whether it is of a formula, and of a verdict."""
    about = {"title": activation["title"], "formula": activation["expression"], "slug": slug}
    about |= {"asked": phrases.plainly(claim), "states": claim["key"] in cards.FORMULAS}
    about |= {"verdict": _SIGNS.get(claim["claimed"], "") if claim["key"] in NUMBERS else "", "word": claim["found"]}
    stated = about["verdict"] or truth(claim["claimed"])
    names = ("source", "quote", "reading", "outcome", "found", "standing", "reason")
    return about | {"stated": stated} | {name: claim[name] for name in names}


def _differs(verdict: Json) -> bool:
    return verdict["measured"] is not None and verdict["measured"]["differs"]


def _compared(verdict: Json) -> bool:
    """Are both verdicts there and decided?"""
    return verdict["measured"] is not None and "open" not in (verdict["word"], verdict["measured"]["verdict"])


def _difference(one: Json, verdict: Json) -> dict[str, Any]:
    """A verdict of a card that the experiment does not bear out."""
    return {"slug": one["slug"], "title": one["about"]["title"], **verdict}


def _row(entry: Json, one: Json, digits: int, tried: bool) -> dict[str, Any]:
    facts = entry["facts"]
    numbers = [_number(find(facts), digits) for _, _, find in _NUMBERS]
    numbers += [_operations(facts), _plain(_elasticity(entry))]
    found = (one["measured"] or {}).get("numbers", {})
    numbers += [_plain(found.get(name)) for name in _MEASURED] if tried else []
    return {
        "title": entry["activation"]["title"],
        "name": entry["activation"]["name"],
        "slug": one["slug"],
        "changed": bool(one["changes"]),
        "verdicts": [
            {
                "key": verdict["key"],
                "number": verdict["number"],
                "word": verdict["word"],
                "rank": _RANKS.get(verdict["word"], 0),
                "contradicted": verdict["claim"] == "contradicts",
                "measured": verdict["measured"]["verdict"] if verdict["measured"] else "",
                "differs": _differs(verdict),
            }
            for verdict in one["verdicts"]
        ],
        "numbers": numbers,
        "differs": any(map(_differs, one["verdicts"])),
        "contradicted": any(claim["outcome"] == "contradicts" for claim in entry["claims"]),
    }


def _number(item: Json | None, digits: int) -> dict[str, Any]:
    """A number as it is shown, and as it is sorted: by its value, what has none last."""
    if item is None:
        return {"text": phrases.UNDECIDED, "value": ""}
    value = {"inf": "Infinity", "-inf": "-Infinity"}.get(str(item["value"]), item["value"])
    return {"text": phrases.number(item, digits), "value": "" if value is None else value}


def _plain(value: Any) -> dict[str, Any]:
    """A number without bounds; where there is none, nothing is said."""
    known = isinstance(value, float | int)
    return {"text": f"{value:.4g}" if known else "", "value": value if known else ""}


def _elasticity(entry: Json) -> Any:
    measures = [verdict["measure"] or {} for verdict in entry["criteria"] if verdict["key"] == "convergence"]
    return next((measure.get("value") for measure in measures), None)


def _operations(facts: Json) -> dict[str, Any]:
    counts = phrases.field(facts, "cost", "together")
    total = sum(counts.values()) if counts else None
    return {"text": phrases.UNDECIDED if total is None else str(total), "value": "" if total is None else total}

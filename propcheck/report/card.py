"""What stands on the page of one activation: its heading, its parameters, verdicts, facts and claims, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from propcheck.facts import ROWS
from propcheck.report import phrases
from propcheck.verdict import Json

_OUTCOMES = {
    "agrees": "as claimed",
    "contradicts": "not as claimed",
    "open": "whether as claimed is open",
}


def heading(about: Json) -> str:
    """What an activation is called."""
    named = about["title"] if about["title"] == about["name"] else f"{about['title']} ({about['name']})"
    return f"{named} on {interval(about['on'])}" if about.get("on") else named


def interval(ends: Sequence[str]) -> str:
    """The interval on which a function is looked at: "[-8, 8]", "(-inf, 3]"."""
    lower, upper = ({"-oo": "-inf", "oo": "inf"}.get(end, end) for end in ends)
    return f"{'(' if lower == '-inf' else '['}{lower}, {upper}{')' if upper == 'inf' else ']'}"


def parameter(item: Json) -> str:
    """The value of a parameter, who sets it, and its range or distribution."""
    parts = [item["role"], *(item.get(name) for name in ("range", "distribution"))]
    return f"{item['value'] or phrases.NOTHING} ({', '.join(part for part in parts if part)})"


def verdicts(criteria: Sequence[Json]) -> Iterator[tuple[str, ...]]:
    """A row for each verdict: its symbol, number and name, the word, how surely, why."""
    for verdict in criteria:
        yield (
            phrases.SYMBOLS[verdict["verdict"]],
            f"{verdict['number']} {verdict['key'].replace('_', ' ')}",
            verdict["verdict"],
            verdict["standing"],
            "; ".join(verdict["reasons"]) + (f" [{_OUTCOMES[verdict['claim']]}]" if verdict["claim"] else ""),
        )


def facts(facts: Json, certified: Collection[str] = ()) -> Iterator[tuple[str, str, str]]:
    """A row for each fact that one looks up: its name, what was found, how surely, and whether it is certified."""
    for row in ROWS:
        if row.label and row.key in facts:
            mark = ", certified" if row.key in certified else ""
            yield row.label, phrases.SAID[row.said](facts, row.key), facts[row.key].get("standing", "open") + mark


def claims(claims: Sequence[Json]) -> Iterator[tuple[str, str, str, str]]:
    """A row for each claim: a mark where it does not agree, what it is about, its outcome, what is said and found."""
    for claim in claims:
        yield (
            {"contradicts": "!", "open": "?"}.get(claim["outcome"], " "),
            phrases.asked(claim),
            claim["outcome"],
            f"said: {phrases.claimed(claim)}; found: {claim['found'] or phrases.UNDECIDED}",
        )


def count(claims: Sequence[Json]) -> str:
    outcomes = [claim["outcome"] for claim in claims]
    told = {"agrees": "agree", "contradicts": "contradict", "open": "open"}
    counts = [f"{outcomes.count(outcome)} {word}" for outcome, word in told.items() if outcome in outcomes]
    return f"Claims: {', '.join(counts)}"

"""One activation on one page of a terminal: formula, verdicts, facts, what its claims come to.

The page is drawn from the object that `propcheck analyze --json` prints: with colour and wrapping by rich on a
terminal, and as plain lines, one item a line, into a file or a pipe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from propcheck.cause import Cause
from propcheck.facts import ROWS
from propcheck.report import phrases
from propcheck.verdict import Json

if TYPE_CHECKING:
    from rich.console import Console


_COLOURS = {"+": "green", "~": "yellow", "-": "red", "?": "magenta", "!": "red"}


def plain(analysis: Json) -> str:
    """The card as text."""
    lines = [heading(analysis["activation"])]
    for title, rows in sections(analysis):
        lines += ["", *([title] if title else [])]
        widths = [max((len(row[place]) for row in rows), default=0) for place in range(max(map(len, rows)) - 1)]
        lines += ["  " + "  ".join(_padded(row, widths)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)] + [row[-1]]


def show(analysis: Json, console: Console) -> None:
    """The card on a terminal."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(heading(analysis["activation"]), style="bold"))
    for title, rows in sections(analysis):
        console.print()
        if title:
            console.print(Text(title, style="bold"))
        grid = Table.grid(padding=(0, 2))
        for place in range(len(rows[0])):
            grid.add_column(no_wrap=place < len(rows[0]) - 1, overflow="fold")
        for row in rows:
            grid.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
        console.print(grid)


def sections(analysis: Json) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """The parts of the card below its heading: a title, and rows of as many cells each."""
    about, found = analysis["activation"], analysis["facts"]
    formula = [("g(x)", about["expression"]), ("g'(x)", about["derivative"] or phrases.UNDECIDED)]
    formula += [(name, parameter(item)) for name, item in about["parameters"].items()]
    formula += [(name, about[name]) for name in ("source", "note") if about[name]]
    yield "", formula
    yield "Criteria", list(verdicts(analysis["criteria"]))
    yield "Facts", list(facts(found))
    if analysis["claims"]:
        yield (
            _count(analysis["claims"]),
            [
                (
                    {"contradicts": "!", "open": "?"}.get(claim["outcome"], " "),
                    phrases.asked(claim),
                    claim["outcome"],
                    f"said: {phrases.stated(claim['claimed'])}; found: {claim['found'] or phrases.UNDECIDED}",
                )
                for claim in analysis["claims"]
            ],
        )
    notes = [(key, fact["note"]) for key, fact in found.items() if fact["standing"] == "open" and fact.get("note")]
    if notes:
        causes = dict.fromkeys(Cause.of(note) for _, note in notes)
        yield "Not decided", notes + [("may help", cause.remedy) for cause in causes if cause is not Cause.ASKED]


def heading(about: Json) -> str:
    """What an activation is called."""
    return about["title"] if about["title"] == about["name"] else f"{about['title']} ({about['name']})"


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
            "; ".join(verdict["reasons"]) + (f" [claim {verdict['claim']}]" if verdict["claim"] else ""),
        )


def facts(facts: Json) -> Iterator[tuple[str, str, str]]:
    """A row for each fact that one looks up: its name, what was found, how surely."""
    for row in ROWS:
        if row.label:
            yield row.label, phrases.SAID[row.said](facts, row.key), facts.get(row.key, {}).get("standing", "open")


def _count(claims: Sequence[Json]) -> str:
    outcomes = [claim["outcome"] for claim in claims]
    told = {"agrees": "agree", "contradicts": "contradict", "open": "open"}
    counts = [f"{outcomes.count(outcome)} {word}" for outcome, word in told.items() if outcome in outcomes]
    return f"Claims: {', '.join(counts)}"

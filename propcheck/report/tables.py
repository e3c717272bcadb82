"""The tables of a report, drawn from its record alone: criteria, properties, claims, and the paper's equations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from propcheck.report import phrases
from propcheck.report.formats import ENDINGS, FORMATS, Cell, Table

Record = Mapping[str, Any]


def draw(record: Record, formats: Iterable[str] = FORMATS) -> dict[str, str]:
    """The files of all tables in these formats, by name. Data formats hold the criteria one verdict a row."""
    tables = {"md": criteria(record), "latex": numbered(record), "csv": verdicts(record), "json": verdicts(record)}
    return {
        f"{table.name}.{ENDINGS[format]}": FORMATS[format](table)
        for format in formats
        for table in (tables[format], properties(record), claims(record), *equations(record))
    }


# ---------------------------------------------------------------------------------------------- the tables


def criteria(record: Record) -> Table:
    """A row for each function, a column for each criterion: the verdict's symbol, and in brackets what is claimed."""
    columns = ("function", *(f"{page['number']} {page['key'].replace('_', ' ')}" for page in record["criteria"]))
    rows = []
    for entry in record["activations"]:
        cells = [Cell(entry["activation"]["title"])]
        for verdict in entry["criteria"]:
            said = "/".join(_claimed(entry, verdict["key"]))
            mark = "!" if verdict["claim"] == "contradicts" else ""
            cells.append(Cell(f"{phrases.SYMBOLS[verdict['verdict']]}{f' ({said}){mark}' if said else ''}", "symbol"))
        rows.append(tuple(cells))
    return Table("criteria", "The eight criteria", columns, tuple(rows))


def numbered(record: Record) -> Table:
    """The criteria for a narrow page: their numbers head the columns, their names stand below."""
    table = criteria(record)
    names = "; ".join(table.columns[1:])
    columns = ("function", *(str(page["number"]) for page in record["criteria"]))
    return replace(table, columns=columns, note=names)


def verdicts(record: Record) -> Table:
    """A row for each verdict."""
    columns = ("name", "number", "criterion", "verdict", "standing", "claimed", "claim", "reasons")
    rows = [
        (
            Cell(entry["activation"]["name"]),
            Cell(str(verdict["number"])),
            Cell(verdict["key"]),
            Cell(verdict["verdict"]),
            Cell(verdict["standing"]),
            Cell("/".join(_claimed(entry, verdict["key"], str))),
            Cell(verdict["claim"] or ""),
            Cell("; ".join(verdict["reasons"])),
        )
        for entry in record["activations"]
        for verdict in entry["criteria"]
    ]
    return Table("criteria", "The eight criteria", columns, tuple(rows))


def _claimed(entry: Record, key: str, said: Callable[[str], str] | None = None) -> list[str]:
    """What is claimed on one criterion, each thing once, as symbols unless told otherwise."""
    said = said or (lambda value: phrases.SYMBOLS.get(value, value))
    return list(dict.fromkeys(said(claim["claimed"]) for claim in entry["claims"] if claim["key"] == key))


def properties(record: Record) -> Table:
    """A row for each function: the facts that one looks up."""
    columns = (
        "function",
        "formula",
        "derivative",
        "range",
        "slope range",
        "smoothness",
        "saturation, left / right",
        "mean",
        "P[g(z) = 0]",
        "P[g'(z) = 0]",
        "cost with derivative",
    )
    rows = []
    for entry in record["activations"]:
        about, facts = entry["activation"], entry["facts"]
        typeset = about["latex"] or {}
        rows.append(
            (
                Cell(about["title"]),
                Cell(about["expression"], "code", typeset.get("expression")),
                Cell(about["derivative"] or phrases.UNDECIDED, "code", typeset.get("derivative")),
                Cell(phrases.span(facts, "range"), "value"),
                Cell(phrases.span(facts, "derivative_range"), "value"),
                Cell(phrases.smoothness(facts), "value"),
                Cell(phrases.sides(facts, "saturation"), "value"),
                Cell(phrases.of(facts, "gaussian", "mean"), "value"),
                Cell(phrases.of(facts, "zero_region", "mass"), "value"),
                Cell(phrases.of(facts, "dead_region", "mass"), "value"),
                Cell(phrases.operations(facts), "value"),
            )
        )
    parts = (columns[1:3], columns[3:7], columns[7:])
    return Table("properties", "Properties", columns, tuple(rows), parts=parts)


def claims(record: Record) -> Table:
    """A row for each claim: what is said, by whom, and what was found."""
    columns = ("function", "claim", "stated", "source", "words", "outcome", "found", "standing")
    rows = [
        (
            Cell(title),
            Cell(phrases.asked(claim)),
            Cell(phrases.stated(claim["claimed"])),
            Cell(claim["source"]),
            Cell(claim["quote"]),
            Cell(claim["outcome"]),
            Cell(claim["found"]),
            Cell(claim["standing"]),
        )
        for title, claim in all_claims(record)
    ]
    widths = {"claim": "1.9cm", "stated": "1.9cm", "source": "1.2cm", "words": "2.1cm", "found": "2.1cm"}
    return Table("claims", "Claims", columns, tuple(rows), widths, headed=True)


def equations(record: Record) -> Iterator[Table]:
    """A row for each of the paper's equations, and for each finding on several; only in a report on the paper."""
    if "equations" not in record:
        return
    columns = ("equation", "of", "stated", "read as", "outcome", "found", "how")
    rows = [
        (
            Cell(f"({row['equation']})"),
            Cell(row["about"]),
            Cell(row["stated"], "code"),
            Cell(row["reading"]),
            Cell(row["outcome"]),
            Cell("; ".join([row["found"], *(taken["text"] for taken in row["conventions"])])),
            Cell(row["how"]),
        )
        for row in record["equations"]["rows"]
    ]
    rows += [
        (
            Cell(", ".join(f"({number})" for number in finding["equations"])),
            Cell("taken together"),
            Cell(""),
            Cell(""),
            Cell("finding"),
            Cell(f"{finding['text']}: {finding['found']}"),
            Cell(""),
        )
        for finding in record["equations"]["findings"]
    ]
    widths = {"stated": "2.3cm", "read as": "1.6cm", "found": "2.5cm", "how": "1.6cm"}
    yield Table("equations", "The paper's equations", columns, tuple(rows), widths)


def all_claims(record: Record) -> list[tuple[str, Record]]:
    """Every claim with the title of its function, and then what some of them come to together."""
    single = [(entry["activation"]["title"], claim) for entry in record["activations"] for claim in entry["claims"]]
    return single + [("taken together", claim) for claim in record["together"]]

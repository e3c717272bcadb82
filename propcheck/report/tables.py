"""The tables of a report, drawn from its record alone: criteria, properties, claims, legend, the paper's equations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from propcheck.criteria import PAGES, joining
from propcheck.criteria.foretold import briefly
from propcheck.facts import BY_KEY, ROWS
from propcheck.report import initialisation, phrases
from propcheck.report.formats import ENDINGS, FORMATS, WIDTHS, Cell, Table, written
from propcheck.verdict import InputError
from propcheck.wording import truth

Record = Mapping[str, Any]


def draw(
    record: Record,
    formats: Iterable[str] = FORMATS,
    columns: Sequence[str] = (),
    digits: int = phrases.DIGITS,
    symbols: str = phrases.SIGNS,
    width: str = WIDTHS[0],
) -> dict[str, str]:
    """The files of all tables in these formats, by name; those in LaTeX as wide as the page or a column."""
    return {
        f"{table.name}.{ENDINGS[format]}": written(table, format, width)
        for format in formats
        for table in all_tables(record, format, columns, digits, symbols)
    }


def all_tables(
    record: Record,
    format: str,
    columns: Sequence[str] = (),
    digits: int = phrases.DIGITS,
    symbols: str = phrases.SIGNS,
) -> list[Table]:
    """The tables as this format has them. Data formats hold the criteria one verdict a row.

    Of a table that has some of the `columns` only these are drawn, in this order, behind its first; others stay whole.
    """
    leading = chosen(verdicts(record) if format in ("csv", "json") else criteria(record, symbols), columns)
    others = (chosen(table, columns) for table in _listed(record, digits))
    return [numbered(leading) if format == "latex" else leading, properties(record, columns, digits), *others]


def _listed(record: Record, digits: int = phrases.DIGITS) -> Iterator[Table]:
    yield claims(record)
    yield initialisation.table(record, digits)
    yield legend(record)
    yield from departures(record)
    yield from equations(record)


# ---------------------------------------------------------------------------------------------- choice of columns

_KEYS = {"P[g(z) = 0]": "zeros", "P[g'(z) = 0]": "dead", "cost with derivative": "cost"}


def key(column: str) -> str:
    """What a column is called where one chooses: `slope_range`, `dead_units`, `saturation`, `zeros`."""
    return _KEYS.get(column) or re.sub(r"^\d+ |,.*", "", column).lower().replace(" ", "_")


def check_columns(columns: Sequence[str]) -> None:
    """Raises where no table has a column of one of these names."""
    pages = [{"number": item.number, "key": item.key} for item in joining.chosen()]
    nothing: Record = {"activations": [], "criteria": [], "together": [], "equations": {"rows": [], "findings": []}}
    tables = (criteria(nothing | {"criteria": pages}), verdicts(nothing), *_listed(nothing))
    heads = (*_PROPERTIES, *(column for table in tables for column in table.columns[1:]))
    known = list(dict.fromkeys(map(key, heads)))
    for column in columns:
        if column not in known:
            raise InputError(f"--columns: there is no column {column!r}; there are {', '.join(known)}")


def chosen(table: Table, columns: Sequence[str]) -> Table:
    """The table with these of its columns alone, in this order, behind its first one; whole where it has none."""
    places = {key(column): place for place, column in enumerate(table.columns)}
    kept = list(dict.fromkeys(places[column] for column in columns if column in places))
    if not kept:
        return table
    kept = [0, *(place for place in kept if place)]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


# ---------------------------------------------------------------------------------------------- the tables


def criteria(record: Record, symbols: str = phrases.SIGNS) -> Table:
    """A row for each function, a column for each criterion: the verdict's symbol, and in brackets what is claimed."""
    shown = phrases.SYMBOL_SETS[symbols]
    columns = ("function", *(f"{page['number']} {page['key'].replace('_', ' ')}" for page in record["criteria"]))
    rows = []
    for entry in record["activations"]:
        cells = [Cell(entry["activation"]["title"])]
        for verdict in entry["criteria"]:
            said = "/".join(_claimed(entry, verdict["key"]))
            mark = "!" if verdict["claim"] == "contradicts" else ""
            cells.append(Cell(f"{shown[verdict['verdict']]}{f' ({said}){mark}' if said else ''}", "symbol"))
        rows.append(tuple(cells))
    return Table("criteria", _title(record), columns, tuple(rows))


def _title(record: Record) -> str:
    """The table's title, with the thresholds that are not the usual ones."""
    pages = record["criteria"]
    title = "The eight criteria" if len(pages) in (0, len(PAGES)) else "The criteria"
    changed = "; ".join(f"{page['key']} {page['changed']}" for page in pages if page.get("changed"))
    return title + (f", with other thresholds: {changed}" if changed else "")


def numbered(table: Table) -> Table:
    """The criteria for a narrow page: their numbers head the columns, their names stand below."""
    numbers = tuple(column.partition(" ")[0] for column in table.columns[1:])
    broad = any(len(cell.text) > _NARROW for row in table.rows for cell in row[1:])
    parts = (numbers[:4], numbers[4:]) if broad and len(numbers) > 4 else ()
    return replace(table, columns=(table.columns[0], *numbers), parts=parts, note="; ".join(table.columns[1:]))


_NARROW = 8  # characters of a cell of which a page holds eight beside each other


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
    return Table("criteria", _title(record), columns, tuple(rows))


def _claimed(entry: Record, key: str, said: Callable[[str], str] | None = None) -> list[str]:
    """What is claimed on one criterion, each thing once, as symbols unless told otherwise."""
    said = said or (lambda value: phrases.SYMBOLS.get(value, value))
    return list(dict.fromkeys(said(claim["claimed"]) for claim in entry["claims"] if claim["key"] == key))


def properties(record: Record, columns: Sequence[str] = (), digits: int = phrases.DIGITS) -> Table:
    """A row for each function: the facts that one looks up."""
    by_key = {key(column): column for column in _PROPERTIES}
    picked = tuple(dict.fromkeys(by_key[column] for column in columns if column in by_key)) or _USUAL
    rows = tuple(
        (Cell(entry["activation"]["title"]), *(_PROPERTIES[column](entry, digits) for column in picked))
        for entry in record["activations"]
    )
    return Table("properties", "Properties", ("function", *picked), rows, parts=_parts(picked))


def _formula(entry: Record, name: str) -> Cell:
    about = entry["activation"]
    return Cell(about[name] or phrases.UNDECIDED, "code", (about["latex"] or {}).get(name))


def _certified(entry: Record) -> Cell:
    """Which of its facts a stranger can check, where that is known."""
    if "uncertified" not in entry:
        return Cell(phrases.UNDECIDED, "value")
    left = [BY_KEY[key].label or key for key in entry["uncertified"] if key in BY_KEY]
    return Cell(f"all but {', '.join(left)}" if left else "all", "value")


def _value(said: Callable[[Record, int], str]) -> Callable[[Record, int], Cell]:
    return lambda entry, digits: Cell(said(entry["facts"], digits), "value")


def _number(*path: str) -> Callable[[Record, int], Cell]:
    return _value(lambda facts, digits: phrases.of(facts, *path, digits=digits))


def _word(fact: str) -> Callable[[Record, int], Cell]:
    return _value(lambda facts, digits: phrases.word(facts, fact, "value"))


_PROPERTIES: dict[str, Callable[[Record, int], Cell]] = {
    "formula": lambda entry, digits: _formula(entry, "expression"),
    "derivative": lambda entry, digits: _formula(entry, "derivative"),
    "range": _value(lambda facts, digits: phrases.span(facts, "range", digits)),
    "slope range": _value(lambda facts, digits: phrases.span(facts, "derivative_range", digits)),
    "smoothness": _value(phrases.smoothness),
    "saturation, left / right": _value(lambda facts, digits: phrases.sides(facts, "saturation")),
    "mean": _number("gaussian", "mean"),
    "P[g(z) = 0]": _number("zero_region", "mass"),
    "P[g'(z) = 0]": _number("dead_region", "mass"),
    "cost with derivative": _value(lambda facts, digits: phrases.operations(facts)),
    "affine": _word("affine"),
    "parity": _word("parity"),
    "monotonicity": _word("monotonicity"),
    "limits, left / right": _value(lambda facts, digits: phrases.sides(facts, "limits", "value", digits=digits)),
    "Lipschitz constant": _number("lipschitz"),
    "variance": _number("gaussian", "variance"),
    "nonlinearity": _number("nonlinearity"),
    "certified": lambda entry, digits: _certified(entry),
}
_USUAL = tuple(_PROPERTIES)[:10]
# A fact that has no column here has the one of its card, where one asks for it.
_SHOWN = {"derivative_range", "dead_region", "zero_region", "gaussian", *map(key, _PROPERTIES)}
_SHOWN -= {"zeros"}  # the name of a column, and of a fact that is another
_PROPERTIES |= {
    row.label: _value(lambda facts, digits, row=row: phrases.SAID[row.said](facts, row.key))
    for row in ROWS
    if row.label and row.label not in _PROPERTIES and row.key not in _SHOWN
}
_WIDE = ("formula", "derivative")  # each takes the place of two columns


def _parts(columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The columns in the tables of a page, at most four in each."""
    parts: list[tuple[str, ...]] = [()]
    for column in columns:
        if sum(1 + (name in _WIDE) for name in (*parts[-1], column)) > 4:
            parts.append(())
        parts[-1] += (column,)
    return tuple(parts)


def claims(record: Record) -> Table:
    """A row for each claim: what is said, by whom, and what was found."""
    columns = ("function", "claim", "stated", "source", "words", "outcome", "found", "standing")
    rows = [
        (
            Cell(title),
            Cell(phrases.asked(claim)),
            Cell(truth(claim["claimed"])),
            Cell(claim["source"]),
            Cell(claim["quote"]),
            Cell(claim["outcome"]),
            Cell(claim["found"]),
            Cell(claim["standing"]),
        )
        for title, claim in all_claims(record)
    ]
    widths = _widths(claim=0.14, stated=0.15, source=0.08, words=0.16, found=0.15)
    return Table("claims", "Claims", columns, tuple(rows), widths, headed=True)


def legend(record: Record) -> Table:
    """A row for each criterion: when it holds, holds partly or fails, and its thresholds."""
    columns = ("criterion", "asks for", "holds", "partly", "fails", "thresholds")
    rows = tuple(
        (
            Cell(f"{page['number']} {page['key'].replace('_', ' ')}"),
            Cell(page["title"]),
            *(Cell(_signs(page["rule"].get(verdict, "")), "value") for verdict in ("holds", "partly", "fails")),
            Cell(_signs("; ".join(_thresholds(page)))),
        )
        for page in record["criteria"]
    )
    widths = {"criterion": 0.15, "asks for": 0.12, "holds": 0.17, "partly": 0.17, "fails": 0.17, "thresholds": 0.12}
    return Table("legend", "What the criteria ask", columns, rows, _widths(**widths))


def departures(record: Record) -> Iterator[Table]:
    """A row for each verdict that is not what the paper claims, and why it is another; nothing where there is none."""
    pages = {page["key"]: page for page in record["criteria"] if page.get("departs")}
    rows = []
    for entry in record["activations"]:
        for verdict in entry["criteria"]:
            if verdict["claim"] != "contradicts" or verdict["key"] not in pages:
                continue
            said = "/".join(_claimed(entry, verdict["key"]))
            words = entry["activation"]["title"], f"{verdict['number']} {verdict['key'].replace('_', ' ')}", said
            reasons = "; ".join(text for text in verdict["reasons"] if text != briefly(verdict["key"]))
            found = verdict["verdict"], reasons, pages[verdict["key"]]["departs"]
            rows.append(tuple(map(Cell, (*words, *found))))
    if rows:
        columns = ("function", "criterion", "claimed", "verdict", "reasons", "why")
        widths = _widths(criterion=0.13, reasons=0.32, why=0.26)
        yield Table("departures", "Where verdicts are not what is claimed", columns, tuple(rows), widths, headed=True)


def _thresholds(page: Record) -> Iterator[str]:
    yield from (f"{name} {value:g}" for name, value in page["thresholds"].items())
    if page.get("changed"):
        yield f"changed: {page['changed']}"


def _widths(**shares: float) -> dict[str, str]:
    """The widths of columns, as shares of the line."""
    return {column: f"{share:.2f}\\linewidth" for column, share in shares.items()}


def _signs(text: str) -> str:
    return text.replace(">=", "≥").replace("<=", "≤")


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
    widths = {"of": 0.11, "stated": 0.17, "read as": 0.12, "found": 0.19, "how": 0.12}
    yield Table("equations", "The paper's equations", columns, tuple(rows), _widths(**widths))


def all_claims(record: Record) -> list[tuple[str, Record]]:
    """Every claim with the title of its function, and then what some of them come to together."""
    single = [(entry["activation"]["title"], claim) for entry in record["activations"] for claim in entry["claims"]]
    return single + [("taken together", claim) for claim in record["together"]]

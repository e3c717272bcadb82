"""What is shown of conformance: faults, what is none, and slopes at kinks."""

from __future__ import annotations

from propcheck import wording
from propcheck.report.notebook.sheet import Sheet, as_value, tabled
from propcheck.verdict import Json

COLUMNS = (
    "implementation",
    "function",
    "order",
    "type",
    "class",
    "at x",
    "got",
    "right",
    "ulp",
    "share",
    "own tests",
    "",
)


def conformance(record: Json) -> Sheet:
    """How many faults there are, then each class of each implementation."""
    faults = [row for row in record["findings"] if row["breach"]]
    rest = [row for row in record["findings"] if not row["breach"] and row["class"] != "convention"]
    kinks = [row for row in record["findings"] if row["class"] == "convention" and not row["breach"]]
    tables = (
        *tabled("Faults", COLUMNS, [tuple(as_value(text) for text in cells(row)) for row in faults]),
        *tabled("No faults", COLUMNS, [tuple(as_value(text) for text in cells(row)) for row in rest]),
        *tabled("Slopes at kinks", ("implementation", "type", "at x", "got", ""), [_kink(row) for row in kinks]),
    )
    present = ", ".join(f"{name} {version}" for name, version in record["present"].items())
    counted = f"{len(record['tried'])} implementations tried, {len(faults)} faults"
    notes = [
        counted,
        f"tried: {present}" if present else "",
        *(f"{name}: {why}" for name, why in record["missing"].items()),
    ]
    return Sheet("Conformance", tables=tables, notes=tuple(note for note in notes if note))


def cells(row: Json) -> tuple[str, ...]:
    """A finding as the cells of a row."""
    seen = {True: "see it", False: "do not see it", None: ""}[row["seen_by_own_tests"]]
    got = "nan" if row["got"] == "nan" and row["class"] == "nan_created" else _short(row["got"])
    numbers = (_short(row["x"], 9), got, _short(row["want"]))
    share = "" if row["share"] is None else f"{row['share']:.2%}"
    where = (
        _elsewhere(row)
        or row["note"]
        or ("" if row["from"] is None else f"in [{_short(row['from'])}, {_short(row['to'])}]")
    )
    order = ("value", "slope", "second")[row["order"]]
    size = "" if row["ulp"] is None else f"{'' if row['bound'] == 'upper' else '>= '}{_short(row['ulp'], 3)}"
    return (
        row["implementation"],
        row["function"],
        order,
        row["dtype"],
        row["class"],
        *numbers,
        size,
        share,
        seen,
        where,
    )


def _elsewhere(row: Json) -> str:
    """What arrays of other sizes give, where that differs."""
    others = [f"{name}: {_short(value)}" for name, value in row["layouts"].items() if value != row["got"]]
    return f"by array, {', '.join(others[:2])}" if others else ""


def _kink(row: Json) -> tuple[str, ...]:
    return row["implementation"], row["dtype"], _short(row["x"]), _short(row["got"]), row["note"]


def _short(value: float | str | None, digits: int = 6) -> str:
    return "" if value in (None, "nan") else wording.figures(value, digits)

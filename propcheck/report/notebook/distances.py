"""What is shown of distances: of two functions, of a format in which one becomes the other, of a stand-in."""

from __future__ import annotations

from collections.abc import Iterator

from propcheck.report import phrases
from propcheck.report.formats import Cell
from propcheck.report.notebook.sheet import Sheet, as_value, exactly, tabled
from propcheck.verdict import Json

_WORDS = {
    "limit": "its limit",
    "x": "x",
    "0": "0",
    "asymptote": "its asymptote",
    "overflow": "infinite",
    "subnormal": "subnormal or 0",
}
_NAMES = {0: ("abs(A - B)", "A - B", "A"), 1: ("abs(A' - B')", "A' - B'", "A'")}


def difference(record: Json) -> Sheet:
    """The greatest distance of values and of slopes with its places, then where A is above and below B."""
    a, b = (record[side]["title"] for side in ("a", "b"))
    low, high = record["on"]
    where = "" if [low, high] == ["-inf", "inf"] else f" on [{_end(low)}, {_end(high)}]"
    tables = tabled("", ("what", "value", "at x", "standing", ""), [*_rows(record)])
    for apart in record["orders"]:
        signs = [(*(as_value(_place(span[end])) for end in ("from", "to")), span["a"]) for span in apart["signs"] or ()]
        tables += tabled(
            f"Sign of {_NAMES[apart['order']][1]}", ("from", "to", f"{_NAMES[apart['order']][2]} is"), signs
        )
    notes = (f"A is {a}, B is {b}", *record["alone"])
    return Sheet(f"{a} against {b}{where}", tables=tables, notes=notes)


def handover(record: Json) -> Sheet:
    """From which input on values and slopes become something simpler, then what they jump by at breakpoints."""
    digits = 17 if record["dtype"] == "float64" else 9
    rows = [
        (label, side, _WORDS[found["becomes"]], *(_input(found[key], digits) for key in ("from", "before")))
        for name, label in (("value", "g(x)"), ("slope", "g'(x)"))
        for side in ("left", "right")
        for found in record[name][side]
    ]
    tables = tabled("", ("", "side", "becomes", "from x", "not yet at"), rows)
    jumps = [
        (as_value(_place(jump["at"])), *(cell for name in ("value", "slope") for cell in _jump(jump, name)))
        for jump in record["jumps"]
    ]
    columns = ("at x", "value by", "in ulp", "slope by", "in ulp of it")
    tables += tabled("Jumps", columns, jumps)
    notes = [f"open: {reason}" for reason in record["open"]]
    if "period" in record:
        notes.append(f"the jumps are those of one period; all are there again after {_place(record['period'])}")
    if not (tables or notes):
        notes.append("neither the value nor the slope becomes anything simpler")
    return Sheet(f"{record['activation']['title']} in {record['dtype']}", tables=tables, notes=tuple(notes))


def approximation(record: Json) -> Sheet:
    """A stand-in: its coefficients, then its errors."""
    low, high = (_place(end) for end in record["on"])
    kinds = {"poly": "polynomial of degree {}", "pwl": "{} joined linear pieces", "lut": "a table of {} steps"}
    what = kinds[record["kind"]].format(record["size"])
    rows = [
        (label, exactly(number), number["standing"], number.get("note", ""))
        for label, number in (
            ("largest error", record["error"]),
            ("largest error of the slope", record["slope_error"]),
            ("largest error on the whole line", record["error_everywhere"]),
            ("shift of E[g(z)], z ~ N(0, 1)", record["mean_shift"]),
            ("shift of Var g(z)", record["variance_shift"]),
        )
    ]
    places = ", ".join(map(_place, record["at"]))
    notes = [f"the largest error is at x = {places}"] * bool(places)
    if record["units"] is not None:
        notes.append(f"that is {record['units']:.4g} units in the last place of {record['dtype']}")
    notes += [f"outside: {record['outside']}", "errors are those of exact arithmetic, coefficients as they are rounded"]
    if record["kind"] == "poly":
        table = [(f"x^{power}", as_value(repr(value))) for power, value in enumerate(record["coefficients"])]
        tables = tabled("Coefficients", ("of", "value"), table)
    else:
        table = [
            (as_value(repr(knot)), as_value(repr(value)))
            for knot, value in zip(record["knots"], record["coefficients"], strict=False)
        ]
        tables = tabled("Knots", ("from x", "value"), table)
    judged = [
        (
            "" if row["change"] == "kept" else row["change"],
            row["key"].replace("_", " "),
            *(row[name]["verdict"] for name in ("target", "stand_in")),
        )
        for row in record.get("criteria", ())
    ]
    criteria = tabled("Criteria, on the whole line", ("", "criterion", "function", "stand-in"), judged)
    tables = (*tabled("", ("what", "value", "standing", ""), rows), *criteria, *tables)
    title = f"{record['activation']['title']} on [{low}, {high}]: {what}, {record['dtype']}"
    return Sheet(title, tables=tables, notes=tuple(notes))


def _input(number: float | None, digits: int) -> Cell:
    return as_value("" if number is None else f"{number:.{digits}g}")


def _jump(jump: Json, name: str) -> tuple[Cell, Cell]:
    number, ulp = jump[name], jump[f"{name}_ulp"]
    if number is None:
        return as_value("?"), as_value("?")
    return as_value(phrases.number({**number, "exact": None}, 6)), as_value(f"{ulp:.6g}")


def _rows(record: Json) -> Iterator[tuple[str | Cell, ...]]:
    for apart in record["orders"]:
        size, gap, _ = _NAMES[apart["order"]]
        if (sup := apart["sup"]) is not None:
            places = [_place(at) for at in apart["at"]]
            places += [f"all of [{', '.join(map(_place, span))}]" for span in apart["along"]]
            note = "; ".join(part for part in (sup.get("note", ""), apart["note"]) if part)
            yield f"sup {size}", exactly(sup), as_value(", ".join(places)), sup["standing"], note
        if (share := apart["relative"]) is not None:
            base = "abs(B')" if apart["order"] else "abs(B)"
            yield f"sup {size}/{base}", exactly(share), "", share["standing"], share.get("note", "")
        if (norm := apart["gaussian"]) is not None:
            yield f"sqrt(E[({gap})^2]), z ~ N(0, 1)", exactly(norm), "", norm["standing"], norm.get("note", "")


def _place(number: Json) -> str:
    return phrases.number({**number, "exact": None}, 12)


def _end(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"

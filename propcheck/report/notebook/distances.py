"""What is shown of the distance of two functions: how far, where, and which is above."""

from __future__ import annotations

from collections.abc import Iterator

from propcheck.report import phrases
from propcheck.report.formats import Cell
from propcheck.report.notebook.sheet import Sheet, as_value, exactly, tabled
from propcheck.verdict import Json

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

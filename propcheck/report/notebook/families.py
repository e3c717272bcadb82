"""What is shown of a family: a table of its facts, a row for each part of the range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from propcheck.facts import BY_KEY
from propcheck.report.notebook.sheet import Formula, Sheet, as_value, tabled
from propcheck.verdict import Json
from propcheck.wording import truth

_MOST = 160  # characters of what is found


def family(record: Json) -> Sheet:
    """The facts and verdicts along the parameters: where, what, how surely; and what is decided everywhere."""
    about = record["description"]
    rows = [row for key, found in record["facts"].items() for row in _rows(BY_KEY[key].label or key, found)]
    verdicts = [row for key, found in record["criteria"].items() for row in _rows(key.replace("_", " "), found)]
    everywhere = [key for key, found in record["facts"].items() if all(part["standing"] != "open" for part in found)]
    notes = [
        f"{len(everywhere)} of {len(record['facts'])} facts are decided on the whole range",
        *(f"{name} = {value} throughout" for name, value in about["held"].items()),
    ]
    ranges = ", ".join(record["parameters"].values())
    title = about["title"] if about["title"] == about["name"] else f"{about['title']} ({about['name']})"
    columns = ("fact", "where", "found", "standing")
    tables = (*tabled("Facts", columns, rows), *tabled("Verdicts", columns, verdicts))
    return Sheet(f"{title}, {ranges}", (Formula("g(x)", about["expression"], None),), tables, tuple(notes))


def _rows(label: str, found: list[Json]) -> Iterator[tuple[Any, ...]]:
    for place, part in enumerate(found):
        if part["value"] == {"intervals": None}:  # of the image
            said = "the whole range is taken"
        else:
            said = "open" if part["standing"] == "open" else _short(_said(part["value"]))
        yield label if place == 0 else "", as_value(region(part)), as_value(said), part["standing"]


def region(part: Json) -> str:
    """Where a part lies: `0 < a <= 1`, `a = 1`."""
    shut = part["closed"]
    told = []
    for name, (low, high) in part["exact"].items():
        closed = shut[name] if isinstance(shut, Mapping) else shut
        if low == high:
            told.append(f"{name} = {_number_text(low)}")
            continue
        left = "" if low == "-inf" else f"{_number_text(low)} {'<=' if closed[0] else '<'} "
        right = "" if high == "inf" else f" {'<=' if closed[1] else '<'} {_number_text(high)}"
        told.append(f"{left}{name}{right}" if left or right else f"every {name}")
    return ", ".join(told)


def _number_text(text: str) -> str:
    """An end as it is written, a long fraction in ten digits."""
    top, slash, bottom = text.partition("/")
    if slash and len(text) > 12 and top.lstrip("-").isdecimal() and bottom.isdecimal():
        return f"{int(top) / int(bottom):.10g}"
    return text


def _short(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."


def _said(value: Any) -> str:
    """A part of a fact in words: fields by name, numbers by formula, digits or band."""
    if _is_number(value):
        return _number(value)
    if isinstance(value, Mapping):
        if set(value) == {"value"}:
            return _said(value["value"])
        return ", ".join(f"{name.replace('_', ' ')} {_said(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]" if value else "none"
    return "none" if value is None else truth(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() >= {"value", "exact", "lower", "upper"}


def _number(value: Json) -> str:
    if value["exact"] is not None:
        exact: str = value["exact"]
        return {"oo": "inf", "-oo": "-inf"}.get(exact, exact)
    if value["value"] is not None:
        return _digits(value["value"])
    if value["lower"] is None:
        return "none"
    band = f"between {_digits(value['lower'])} and {_digits(value['upper'])}"
    return f"{value['formula']} ({band})" if "formula" in value else band


def _digits(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{value:.8g}" if math.isfinite(value) else str(value)

"""What is shown of a family: a table of its facts, a row for each part of the range."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from propcheck.facts import BY_KEY
from propcheck.report.notebook.sheet import Formula, Sheet, as_value, tabled
from propcheck.verdict import Json
from propcheck.wording import truth

_MOST = 160  # characters of what is found
_LONG = 48  # of a formula that stands for its number


def family(record: Json) -> Sheet:
    """The facts and verdicts along the parameters: where, what, how surely; and what is decided everywhere."""
    about = record["description"]
    rows = [row for key, found in record["facts"].items() for row in _of_fact(key, found)]
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


def _rows(label: str, found: Sequence[Json]) -> Iterator[tuple[Any, ...]]:
    for place, part in enumerate(found):
        if part["value"] == {"intervals": None}:  # of the image
            said = "the whole range is taken"
        else:
            said = "open" if part["standing"] == "open" else _short(_said(part["value"]))
            if isinstance(part["value"], Mapping) and "goes" in part["value"]:
                said += f", {part['value']['goes']}"
        yield label if place == 0 else "", as_value(region(part)), as_value(said), part["standing"]


def _of_fact(key: str, found: list[Json]) -> Iterator[tuple[Any, ...]]:
    """The rows of a fact; of one that is many numbers a few rows for each of them."""
    label = BY_KEY[key].label or key.replace("_", " ")
    if key != "gaussian" or not any(part["value"] for part in found):
        yield from _rows(label, [{**part, "value": _in_words(key, part["value"])} for part in found])
        return
    names = next(part["value"] for part in found if part["value"])
    for name in names:
        alone = [{**part, "value": part["value"] and part["value"][name]} for part in found]
        yield from _rows(f"{name.replace('_', ' ')}", alone)


def _in_words(key: str, value: Any) -> Any:
    """What is found of a fact, as one says it."""
    words = _WORDS.get(key)
    return words(value) if words is not None and value is not None and value != {"intervals": None} else value


def _smooth(value: Json) -> str:
    return ", ".join([value["class"], *map(_kink, value["kinks"])])


def _kink(kink: Json) -> str:
    sides = f"from {_said(kink['left'])} to {_said(kink['right'])}"
    return f"at {_said(kink['at'])} the {_ORDERS[kink['order']]} jumps {sides}"


def _along(value: Json) -> str:
    told = [f"{part['value']} from {_said(part['from'])} to {_said(part['to'])}" for part in value["intervals"]]
    own = [value["value"]] if "value" in value and value["value"] not in ("convex", "concave", "affine") else []
    return ", ".join([*own, *told])


def _places(value: Json) -> str:
    points = ", ".join(_said(point) for point in value.get("points") or ())
    return " and ".join([*([f"at {points}"] if points else []), *_intervals(value)]) or "none"


def _intervals(value: Json) -> list[str]:
    return [f"from {_said(low)} to {_said(high)}" for low, high in value.get("intervals") or ()]


def _mass(value: Json) -> str:
    return f"{_said(value['mass'])}, {' and '.join(_intervals(value))}" if value["intervals"] else "0, nowhere"


def _span(value: Json) -> str:
    told = []
    for end, at in (("inf", "argmin"), ("sup", "argmax")):
        taken = {True: "taken", False: "not taken", None: "perhaps taken"}[value[f"{end}_attained"]]
        place = f" at {_said(value[at])}" if value[f"{end}_attained"] and value.get(at) is not None else ""
        endless = _said(value[end]) in ("inf", "-inf")
        told.append(_said(value[end]) if endless else f"{_said(value[end])} ({taken}{place})")
    return f"from {told[0]} to {told[1]}"


def _sides(value: Json) -> str:
    return "; ".join(f"{side} {_said(value[side])}" for side in ("left", "right"))


def _by_output(value: Json) -> str:
    if not value["value"]:
        return "no"
    return f"yes: {value['formula']}" if value.get("formula") else "yes"


def _cost(value: Json) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in value["together"].items() if count)
    time = value["relative_time"]["value"]
    return f"{counts or 'no operation'}{'' if time is None else f'; about {time:.2g} times the time of ReLU'}"


_ORDERS = ("value", "slope", *(f"derivative of order {order}" for order in range(2, 100)))
_WORDS: Mapping[str, Callable[[Json], str]] = {
    "smoothness": _smooth, "monotone_intervals": _along, "convexity": _along, "zeros": _places,
    "fixed_points": _places, "dead_region": _mass, "zero_region": _mass, "range": _span, "derivative_range": _span,
    "limits": _sides, "asymptotes": _sides, "saturation": _sides, "cost": _cost,
    "slope_of_output": _by_output, "criticality": lambda value: "there is one" if value["exists"] else "there is none",
}  # fmt: skip


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
    if slash and len(text) > 8 and top.lstrip("-").isdecimal() and bottom.isdecimal():
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
    """By its formula, or by the band in which it lies where that is shorter."""
    if value["exact"] is not None and (len(value["exact"]) <= _LONG or value["lower"] is None):
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

"""How the facts of a record are said in a few characters, for a cell of a table or a line of a card.

Each function takes a fact as it stands in the record, in JSON's types. `?` is said of what is not decided, `none` of
what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from propcheck.spec.exact import line
from propcheck.verdict import Json
from propcheck.wording import truth

UNDECIDED, NOTHING = "?", "none"
SYMBOLS = {"holds": "+", "partly": "~", "fails": "-", "open": UNDECIDED}
SIGNS = "signs"  # the usual ones of the sets of symbols that a verdict may be told by
SYMBOL_SETS = {
    SIGNS: SYMBOLS,
    "marks": SYMBOLS | {"holds": "✓", "fails": "✗"},
    "words": {word: word for word in SYMBOLS},
}
KEPT = {"second_moment": "mean square", "variance": "variance", "gradient": "gradient"}  # by the gains
CRITICAL = {  # where a critical initialisation lies
    "every length": "every q is kept",
    "vanishing length": "in the limit q -> 0",
    "marginal": "chi_1 = 1 and chi_parallel = 1",
    "edge": "on the edge of chaos",
}
DIGITS = 6  # significant digits of a number, unless told otherwise
MOST_INTERVALS = 4  # of the values of a function that are named
_MISSING = object()
LONGEST_EXACT = 12  # characters of an exact form that stands in place of digits


def number(item: Json | None, digits: int = DIGITS) -> str:
    """A number: exactly where that is short, else with so many digits; beyond six, only those that are enclosed."""
    if item is None:
        return NOTHING
    value, exact = item["value"], item["exact"]
    if value is None:
        return UNDECIDED if item["standing"] == "open" else NOTHING
    if isinstance(value, str):
        return value
    if exact is not None and len(exact) <= LONGEST_EXACT:
        return exact
    shown = f"{value:.{_enclosed(item, digits)}g}"
    whole = exact is not None and shown.removeprefix("-").isdigit()  # it looks exact, and is not: -1 + 1e-60
    return f"{value:#.{_enclosed(item, digits)}g}" if whole else shown


def _enclosed(item: Json, digits: int) -> int:
    """So many digits, or beyond six as many as both ends of the enclosure share."""
    lower, upper = item.get("lower"), item.get("upper")
    if not (isinstance(lower, float | int) and isinstance(upper, float | int)):
        return min(digits, DIGITS)
    shared = (count for count in range(digits, DIGITS, -1) if f"{lower:.{count}g}" == f"{upper:.{count}g}")
    return next(shared, min(digits, DIGITS))


def of(facts: Json, key: str, *path: str, digits: int = DIGITS) -> str:
    """The number at this place among the facts."""
    return number(field(facts, key, *path, default={"value": None, "exact": None, "standing": "open"}), digits)


def field(facts: Json, key: str, *path: str, default: Any = None) -> Any:
    """What stands at this place among the facts; `default` where nothing does."""
    item: Any = facts.get(key)
    for name in path:
        if not isinstance(item, Mapping) or name not in item:
            return default
        item = item[name]
    return default if item is None and not path else item


def word(facts: Json, key: str, *path: str) -> str:
    """The word at this place among the facts."""
    found = field(facts, key, *path)
    return UNDECIDED if found is None else truth(found)


def span(facts: Json, key: str, digits: int = DIGITS) -> str:
    """A range as an interval: a square bracket where the end is attained, a question mark where that is open.

    Where not all values between its ends are taken, those that are, as intervals; where they are many, their number.
    """
    if field(facts, key, "inf") is None or field(facts, key, "sup") is None:
        return UNDECIDED
    attained = [field(facts, key, f"{end}_attained") for end in ("inf", "sup")]
    hull = _interval([field(facts, key, end) for end in ("inf", "sup")], attained, digits)
    if key != "range" or "image" not in facts:
        return hull
    parts, closed = field(facts, "image", "intervals"), field(facts, "image", "closed")
    if not parts or len(parts) > MOST_INTERVALS:
        return f"{f'{len(parts)} intervals' if parts else 'values'} within {hull}"
    return ", ".join(_interval(ends, which, digits) for ends, which in zip(parts, closed, strict=True))


def _interval(ends: Sequence[Json], attained: Sequence[bool | None], digits: int) -> str:
    lower, upper = (number(end, digits) for end in ends)
    left = "(?" if attained[0] is None else "[" if attained[0] else "("
    right = "?)" if attained[1] is None else "]" if attained[1] else ")"
    left, right = ("(" if lower == "-inf" else left), (")" if upper == "inf" else right)
    one = ends[0].get("value") == ends[1].get("value") and left == "["
    return f"{{{lower}}}" if one else f"{left}{lower}, {upper}{right}"


def smoothness(facts: Json, digits: int = DIGITS) -> str:
    """The class, and where the lowest derivative jumps."""
    kind, kinks = field(facts, "smoothness", "class"), field(facts, "smoothness", "kinks") or []
    if kind is None:
        return UNDECIDED
    order = min((kink["order"] for kink in kinks), default=None)
    if order is None:
        return kind
    poles = [kink for kink in kinks if is_pole(kink)]
    if poles and len(poles) < sum(kink["order"] == 0 for kink in kinks):
        others = [kink for kink in kinks if not is_pole(kink)]
        every = {**facts["smoothness"], "class": kind}
        halves = [smoothness({"smoothness": {**every, "kinks": half}}, digits) for half in (poles, others)]
        return halves[0] + halves[1].removeprefix(kind)
    places = [number(kink["at"], digits) for kink in kinks if kink["order"] == order]
    shown = ", ".join(places[:4]) + (", ..." if len(places) > 4 else "")
    what = {0: "pole" if poles else "jump", 1: "kink"}.get(order)
    later = again(facts, "smoothness")
    if what is None:
        return f"{kind}, g{chr(39) * order if order <= 3 else f'^({order})'} jumps at {shown}{later}"
    return f"{kind}, {what}{'s' if len(places) > 1 else ''} at {shown}{later}"


def is_pole(kink: Json) -> bool:
    """Does the function grow without bound at this breakpoint?"""
    sides = [kink[side] and kink[side]["value"] for side in ("left", "right")]
    return kink["order"] == 0 and not {"inf", "-inf"}.isdisjoint(sides)


def sides(facts: Json, key: str, *path: str, digits: int = DIGITS) -> str:
    """What holds on the left and on the right: "hard / none"; "none" of a limit that there is not."""
    return " / ".join(
        _side(field(facts, key, side, *path, default=_MISSING), bool(path), digits) for side in ("left", "right")
    )


def _side(item: Any, limit: bool, digits: int) -> str:
    if isinstance(item, Mapping):
        return number(item, digits)
    if item is None:
        return NOTHING if limit else UNDECIDED
    return UNDECIDED if item is _MISSING else truth(item)


def operations(facts: Json, key: str = "together") -> str:
    """The operations of value and derivative together: "2 add, 1 transcendental"."""
    counts = field(facts, "cost", key)
    if counts is None:
        return UNDECIDED
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing"


def courses(facts: Json, key: str) -> str:
    """Where a function rises and falls, or bends up and down: "constant on (-inf, 0), increasing on (0, inf)"."""
    runs = field(facts, key, "intervals")
    if runs is None:
        return UNDECIDED
    if len(runs) > MOST_INTERVALS:
        return f"{len(runs)} intervals{again(facts, key)}"
    told = (f"{run['value']} on ({number(run['from'])}, {number(run['to'])})" for run in runs)
    return ", ".join(told) + again(facts, key)


def bends(facts: Json, key: str) -> str:
    """Convex, concave or affine; where it is neither, on which intervals it is which."""
    value, runs = field(facts, key, "value"), field(facts, key, "intervals")
    return courses(facts, key) if value == "none" and runs else word(facts, key, "value")


def points(facts: Json, key: str) -> str:
    """Single points and intervals, from left to right as far as they are points."""
    found, spans = field(facts, key, "points"), field(facts, key, "intervals")
    if found is None or spans is None:
        return UNDECIDED
    closed = field(facts, key, "closed")
    told = [_interval(ends, which, DIGITS) for ends, which in zip(spans, closed, strict=True)]
    told += [number(point) for point in found]
    if len(told) > MOST_INTERVALS:
        return f"{len(found)} points" + (f", {len(spans)} intervals" if spans else "") + again(facts, key)
    return (", ".join(told) or NOTHING) + again(facts, key)


def again(facts: Json, key: str) -> str:
    """After what points and intervals come back; nothing where they do not."""
    period = field(facts, key, "period")
    return "" if period is None else f", again every {number(period)}"


def lines(facts: Json, key: str) -> str:
    """The lines that a function comes near to on the left and on the right: "0 / x"."""
    return " / ".join(_line(field(facts, key, side, default={})) for side in ("left", "right"))


def _line(side: Json | None) -> str:
    if not side:
        return NOTHING if side is None else UNDECIDED
    slope, intercept = number(side["slope"]), number(side["intercept"])
    return UNDECIDED if UNDECIDED in (slope, intercept) else line(slope, intercept)


def by_output(facts: Json, key: str) -> str:
    """The slope as a formula in y, the output; else whether it is one, and two points that show that it is none."""
    value, formula, witness = (field(facts, key, name) for name in ("value", "formula", "witness"))
    if formula or value is None:
        return formula or UNDECIDED
    if not witness:
        return word(facts, key, "value")
    places, slopes = (" and ".join(map(number, witness[name])) for name in ("x", "slopes"))
    return f"no: {number(witness['output'])} at {places}, with slopes {slopes}"


def moments(facts: Json, key: str) -> str:
    """Mean and variance, and of which law where that is not the usual one."""
    law = field(facts, key, "law")
    at = f" at N({number(law['mean'])}, ({number(law['deviation'])})^2)" if law else ""
    return f"{of(facts, key, 'mean')}, {of(facts, key, 'variance')}{at}"


# How a fact is said by the card, and where nothing says it otherwise: by the word in its row.
SAID: dict[str, Callable[[Json, str], str]] = {
    "number": of,
    "flag": lambda facts, key: word(facts, key, "value"),
    "word": lambda facts, key: word(facts, key, "value"),
    "span": span,
    "sides": sides,
    "values": lambda facts, key: sides(facts, key, "value"),
    "mass": lambda facts, key: of(facts, key, "mass"),
    "moments": moments,
    "intervals": courses,
    "by output": by_output,
    "bends": bends,
    "points": points,
    "lines": lines,
    "smoothness": lambda facts, key: smoothness(facts),
    "operations": lambda facts, key: operations(facts),
}


MOST_KINKS = 4  # of which a card says what the slope is there


def conventions(facts: Json) -> list[str]:
    """What the formula of the derivative says where there is none, a sentence for each such place."""
    fact, domain = facts.get("smoothness") or {}, facts.get("domain") or {}
    gaps = [number(low) for low, high in domain.get("undefined") or () if low == high]
    kinks = [kink for kink in fact.get("kinks") or () if kink["order"] <= 1]
    later = again(facts, "smoothness")
    told = [_convention(kink, later, fact.get("drifts", False)) for kink in kinks if number(kink["at"]) not in gaps]
    told = [f"at {at}{again(facts, 'domain')} g is not defined, and has no slope" for at in gaps] + told
    more = len(told) - MOST_KINKS
    return told[:MOST_KINKS] + ([f"and so at {more} more"] if more > 0 else [])


def _convention(kink: Json, later: str, drifts: bool) -> str:
    at, left, right = (number(kink[name]) for name in ("at", "left", "right"))
    if later:
        ends = "" if drifts else f" from {left} to {right}"
        what = f"the slope jumps{ends}" if kink["order"] else "g jumps, and has no slope"
        return f"at {at}{later}, {what}, whatever the formula says there"
    if kink["order"] == 0:
        return f"at {at} g jumps, and has no slope, whatever the formula says there"
    if "inf" in (left.lstrip("-"), right.lstrip("-")):
        return f"at {at} g has no slope: it tends to {left} on the left and to {right} on the right"
    return f"g'({at}) := {right} by convention, the slope on the right: at {at} it jumps from {left} to {right}"


def claimed(claim: Mapping[str, Any]) -> str:
    """What somebody says, in words: of a criterion that it holds or fails."""
    said = truth(claim["claimed"])
    return {"+": "holds", "-": "fails", "~": "holds partly"}.get(said, said)


def plainly(claim: Mapping[str, Any]) -> str:
    """What a claim is about as one says it, at which values or on which intervals."""
    key, *rest = claim["key"].split(".")
    side = next((f" on the {part}" for part in rest if part in ("left", "right")), "")
    kind = next((part for part in rest if part not in ("left", "right", "value")), "")
    names = {"limits": "limit", "derivative_range": "range of the slope", "derivative_2": "second derivative"}
    name = names.get(key, key)
    return asked(claim).replace(claim["key"], f"{name}{f' of the {kind}' if kind else ''}{side}".replace("_", " "), 1)


def asked(claim: Mapping[str, Any]) -> str:
    """What a claim is about, and at which values of parameters or x, or on which intervals, it is meant."""
    places = [f"{name} = {value}" for name, value in (claim["at"] or {}).items()]
    at = f" at {', '.join(places)}" if places else ""
    return claim["key"] + at + (f" on {', '.join(claim['on'])}" if claim.get("on") else "")

"""Functions side by side, drawn from the record of a comparison: rows of what they are, and which of them are equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from propcheck.criteria.criterion import OTHERWISE
from propcheck.facts import BY_KEY, ROWS, Row
from propcheck.inquiries.comparison import differs
from propcheck.inquiries.equality import OPEN, PROVED, REFUTED
from propcheck.report import phrases
from propcheck.verdict import Json

_DECIMAL = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_BOTH_VALUES = (("left", "value"), ("right", "value"))
_BOTH_SLOPES = (("left", "slope"), ("right", "slope"))
_MARKS = {True: "*", False: " ", None: "?"}


def rows(record: Json) -> tuple[list[list[str]], list[list[str]]]:
    """The formulas; the verdicts and facts. A row: a mark (`*` differs, `?` open), a name, a text for each function."""
    about = record["activations"]
    formulas = [["", "g(x)", *(one.get("in_short") or one["expression"] for one in about)]]
    formulas += [
        ["", "g'(x)", *("" if one.get("in_short") else one["derivative"] or phrases.UNDECIDED for one in about)]
    ]
    verdicts = [
        [_MARKS[row["differs"]], row["key"].replace("_", " "), *(_verdict(value) for value in row["values"])]
        for row in record["criteria"]
    ]
    return formulas, [*verdicts, *_facts(record["facts"])]


def otherwise(record: Json) -> Iterator[str]:
    """A line for each criterion that is judged by other thresholds than the usual ones."""
    for row in record["criteria"]:
        said = [
            reason for value in row["values"] if value for reason in value["reasons"] if reason.startswith(OTHERWISE)
        ]
        yield from (f"{row['key'].replace('_', ' ')}: {reason}" for reason in dict.fromkeys(said))


def _verdict(verdict: Json | None) -> str:
    return "?" if verdict is None else str(verdict["verdict"])


def _facts(facts: Sequence[Json]) -> Iterator[list[str]]:
    rows: tuple[tuple[str, str, Sequence[Sequence[str]], Callable[[Json], str]], ...] = (
        ("smoothness", "smoothness", (), _smoothness),
        *map(_plain, ("affine", "parity", "monotonicity", "range", "derivative_range", "lipschitz")),
        ("limits", "limits, left / right", _BOTH_VALUES, lambda facts: phrases.sides(facts, "limits", "value")),
        ("limits", "slopes, left / right", _BOTH_SLOPES, lambda facts: phrases.sides(facts, "limits", "slope")),
        _plain("saturation"),
        ("dead_region", "P[g'(z) = 0]", (("mass",),), lambda facts: phrases.of(facts, "dead_region", "mass")),
        ("zero_region", "P[g(z) = 0]", (("mass",),), lambda facts: phrases.of(facts, "zero_region", "mass")),
        ("gaussian", "mean", (("mean",),), lambda facts: phrases.of(facts, "gaussian", "mean")),
        ("gaussian", "variance", (("variance",),), lambda facts: phrases.of(facts, "gaussian", "variance")),
        _plain("nonlinearity"),
        ("cost", "cost with derivative", (("together",),), phrases.operations),
    )
    told = {key for key, *_ in rows}
    others = tuple((row.key, row.label, (), _said(row)) for row in ROWS if row.label and row.key not in told)
    found = {row["key"]: row["values"] for row in facts}
    for key, label, paths, phrase in (*rows, *others):
        if key not in found:  # on an interval not all facts arise
            continue
        values = found[key]
        yield [_MARKS[differs(values, *paths)], label, *(phrase({key: value} if value else {}) for value in values)]


def _plain(key: str) -> tuple[str, str, Sequence[Sequence[str]], Callable[[Json], str]]:
    """The row of a fact that is said as its card says it, and compared whole."""
    return key, BY_KEY[key].label, (), _said(BY_KEY[key])


def _said(row: Row) -> Callable[[Json], str]:
    return lambda facts: phrases.SAID[row.said](facts, row.key)


def _smoothness(facts: Json) -> str:
    """The class, and at each kink the lowest derivative that jumps there, on the left and on the right."""
    jumps = []
    for kink in phrases.field(facts, "smoothness", "kinks") or []:
        at, left, right = (phrases.number(kink[name]) for name in ("at", "left", "right"))
        derivative = "'" * kink["order"] if kink["order"] < 4 else f"^({kink['order']})"
        jumps.append(f"g{derivative} at {at}: {left} / {right}")
    return "; ".join([phrases.word(facts, "smoothness", "class"), *jumps]) + phrases.again(facts, "smoothness")


def equalities(record: Json) -> Iterator[str]:
    """A line for each pair; of more than two functions only those that are equal or not told apart."""
    told = 0
    for pair in record["equal"]:
        names = pair["left"], pair["right"]
        if pair["outcome"] == REFUTED and len(record["activations"]) > 2 and not pair.get("up_to"):
            continue
        told += pair["outcome"] != REFUTED or len(record["activations"]) == 2
        both = f"{names[0]} and {names[1]}"
        if pair["outcome"] == PROVED:
            yield f"{both} are equal: proved"
        elif pair["outcome"] == OPEN:
            yield f"whether {both} are equal is open: {pair['reason'] or 'not decided'}"
        else:
            yield f"{both} are not equal: {_difference(names, pair)}"
            if pair["equal_on"]:
                yield f"they are equal on {', '.join(pair['equal_on'])}"
            if pair.get("up_to"):
                scaled = f"{names[0] if names[0].isidentifier() else 'A'}(x) = {pair['up_to']['formula']}"
                yield f"{names[0]} (A) and {names[1]} (B) are equal up to {_scales(pair['up_to'])}: {scaled}, proved"
    if not told:
        yield "no two of them are equal: proved"


def _scales(up_to: Json) -> str:
    """What one is of the other: a scale of input, of output, a shift."""
    scaled = [name for name in ("input", "output") if up_to[name] != "1"]
    words = [f"a scale of {' and '.join(scaled)}"] if scaled else []
    return " and ".join(words + ["a shift"] * (up_to["shift"] != "0"))


def _difference(names: Sequence[str], pair: Json) -> str:
    witness = pair["witness"]
    if witness is None:
        return pair["reason"] or "refuted"
    sides = zip(names, _told_apart(witness["left"], witness["right"]), strict=True)
    values = " and ".join(f"{name} is {'not defined' if value is None else value}" for name, value in sides)
    return f"at x = {witness['x']}, {values}" + (f" ({pair['reason']})" if pair["reason"] else "")


def _told_apart(left: str | None, right: str | None) -> tuple[str | None, str | None]:
    """Two values, decimals with as many digits as tell them apart, at least six."""
    for digits in (6, 12, 17):
        one, other = _short(left, digits), _short(right, digits)
        numbers = [Decimal(said) for said in (one, other) if said and _DECIMAL.fullmatch(said)]
        if len({*numbers}) == 2 or len(numbers) < 2:
            return one, other
    return left, right


def _short(value: str | None, digits: int) -> str | None:
    return f"{Decimal(value):.{digits}g}" if value and "." in value and _DECIMAL.fullmatch(value) else value

"""Holes in a text: `{name}`, each filled with a text in brackets, or with a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from propcheck.verdict import InputError

HOLE = re.compile(r"\{([A-Za-z]\w*)\}")
MOST_STEPS = 10_000
_ATOM = re.compile(r"[A-Za-z]\w*|\d+(\.\d+)?|[A-Za-z]\w*\([^()]*\)")


def texts(value: Any, origin: str) -> list[str]:
    """What fills a hole: a list of texts and numbers, or even steps `{from = 0, to = 1, steps = 5}`."""
    if isinstance(value, dict):
        if set(value) != {"from", "to", "steps"} or not _is_count(value["steps"]):
            raise InputError(f"{origin}: even steps are written {{from = 0, to = 1, steps = 5}}, not {_short(value)}")
        first, last, steps = _number(value["from"], origin), _number(value["to"], origin), value["steps"]
        if steps == 1:
            return [str(first)]
        return [_decimal(first + (last - first) * Fraction(k, steps - 1)) for k in range(steps)]
    if not isinstance(value, list) or not value:
        raise InputError(f"{origin}: what fills a hole is a list of texts and numbers, not {_short(value)}")
    for item in value:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            raise InputError(f"{origin}: {_short(item)} is neither a text nor a number")
    return [item if isinstance(item, str) else str(item) for item in value]


def bracketed(text: str) -> str:
    """The text as it goes into a hole."""
    return text if _ATOM.fullmatch(text) else f"({text})"


def filled(text: str, holes: Mapping[str, Sequence[str]], origin: str, depth: int = 0) -> Iterator[str]:
    """The text with every hole filled in every way, the last hole running fastest; one hole is filled alike in all its
    places, and what fills it may have holes."""
    found = HOLE.search(text)
    if found is None:
        yield text
        return
    name = found[1]
    if name not in holes:
        known = f"there are {', '.join(holes)}" if holes else "there are none"
        raise InputError(f"{origin}: nothing is said of the hole {{{name}}}; {known}")
    if depth > 40:
        raise InputError(f"{origin}: holes are filled with holes without end at {{{name}}}")
    for item in holes[name]:
        yield from filled(text.replace(found[0], bracketed(item)), holes, origin, depth + 1)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_STEPS


def _number(value: Any, origin: str) -> Fraction:
    try:
        if isinstance(value, bool) or len(str(value)) > 60:
            raise ValueError
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{origin}: {_short(value)} is no number") from None


def _decimal(value: Fraction) -> str:
    """A number as a decimal where it is one of a few digits, else as a quotient: exactly."""
    shifted = value * 10**12
    if shifted.denominator == 1:
        sign, digits = "-" if shifted < 0 else "", f"{abs(shifted.numerator):013d}"
        return f"{sign}{digits[:-12]}.{digits[-12:]}".rstrip("0").rstrip(".")
    return str(value)


def _short(value: Any) -> str:
    return repr(value)[:60]

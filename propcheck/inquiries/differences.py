"""What differs between two values of an analysis, in JSON's types: one walk over both, leaf by leaf.

A leaf is a number, a word or a list; the two of it are the same, differ, or leave that open. Two numbers differ where
their enclosures have no point in common, or their exact forms are different fractions; enclosures that overlap decide
nothing, and neither does what is not known. How surely something is known is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeGuard

from propcheck.verdict import Json

_HOW_KNOWN = ("standing", "note")
MISSING = object()  # in place of a field that only one of the two has


@dataclass(frozen=True)
class Leaf:
    """One place in two values, and what stands there in each; `differs` is None where that is open."""

    path: str
    left: Any
    right: Any
    differs: bool | None

    @property
    def changed(self) -> bool:
        """Is it, of one function at two times, no longer what it was: another value, or known in one of them alone?"""
        return self.differs or (self.differs is None and _is_known(self.left) != _is_known(self.right))


def walk(left: Any, right: Any, path: str = "", open_: bool = False) -> Iterator[Leaf]:
    """The leaves of two values; `open_` where null means that a value is not known."""
    sides = [side for side in (left, right) if side is not MISSING]
    if any(map(is_number, sides)):
        yield Leaf(path, left, right, _numbers_differ(left, right, open_))
    elif all(isinstance(side, Mapping) for side in sides):
        if all("verdict" in side for side in sides):
            words = [side["verdict"] for side in sides]
            yield Leaf(path, words[0], words[-1], None if "open" in words else len({*words}) > 1)
            return
        open_ = open_ or undecided(*sides)
        for key in dict.fromkeys(key for side in sides for key in side if key not in _HOW_KNOWN):
            one, other = (MISSING if side is MISSING else side.get(key, MISSING) for side in (left, right))
            yield from walk(one, other, f"{path}.{key}".removeprefix(".").removesuffix(".value"), open_)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for place, (one, other) in enumerate(zip(left, right, strict=True), 1):
            yield from walk(one, other, f"{path}[{place}]", open_)
    elif open_ and not (_is_known(left) and _is_known(right)):
        yield Leaf(path, left, right, None)
    else:
        yield Leaf(path, left, right, left != right)


def any_(truths: Iterable[bool | None]) -> bool | None:
    """Is one of them true? None where that is open."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def undecided(*items: Any) -> bool:
    """Is the standing of one of these open, or one of them missing?"""
    return any(item is None or isinstance(item, Mapping) and item.get("standing") == "open" for item in items)


def is_number(item: Any) -> TypeGuard[Json]:
    return isinstance(item, Mapping) and {"value", "lower", "upper"} <= item.keys()


def _is_known(item: Any) -> bool:
    return item is not None and item is not MISSING and not (is_number(item) and item["value"] is None)


def _numbers_differ(left: Any, right: Any, open_: bool) -> bool | None:
    known = _is_known(left), _is_known(right)
    if known != (True, True):
        unknown = (side for side, there in zip((left, right), known, strict=True) if not there)
        return None if any(undecided(side) if is_number(side) else open_ for side in unknown) else known[0] != known[1]
    if not (is_number(left) and is_number(right)):
        return True
    low, high = ([float(side[end]) for side in (left, right) if side[end] is not None] for end in ("lower", "upper"))
    exact = [_fraction(side.get("exact")) for side in (left, right)]
    if None not in exact:
        return exact[0] != exact[1]
    if left.get("exact") is not None and left["exact"] == right.get("exact"):
        return False
    if len(low) + len(high) < 4:
        return None if left["value"] == right["value"] else True
    if max(low) > min(high):
        return True
    return False if low == high and low[0] == high[0] else None


def _fraction(exact: str | None) -> Fraction | None:
    return Fraction(exact) if exact is not None and re.fullmatch(r"\s*-?\d+(/0*[1-9]\d*)?\s*", exact) else None

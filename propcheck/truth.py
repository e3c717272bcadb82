"""Truths of three values, each with the standing of what it rests on.

The truths stand on one line: surely false, less surely false, undecided, less surely true, surely true. `&` is the
lower of two, `|` the higher, and `~` turns the line over. So a conclusion is as sure as what it was concluded from:
both hold as surely as the weaker of them, and what fails, fails as surely as the surest that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Protocol, TypeVar

from propcheck.verdict import Standing, weakest

_SURENESS = {standing: rank for rank, standing in enumerate(reversed(Standing))}  # 0 for what is open


class Premise(Protocol):
    """What a truth may rest on: a fact, a number, a verdict, another truth."""

    @property
    def standing(self) -> Standing: ...


_T = TypeVar("_T", bound=Premise)


@dataclass(frozen=True)
class Truth:
    """Yes, no, or None where it is undecided; `standing` is that of what it rests on, `open` where it is undecided."""

    value: bool | None
    standing: Standing = Standing.PROVED

    def __post_init__(self) -> None:
        if self.value is None or self.standing is Standing.OPEN:
            object.__setattr__(self, "value", None)
            object.__setattr__(self, "standing", Standing.OPEN)

    @classmethod
    def of(cls, value: bool | None, *premises: Premise) -> Truth:
        """The truth that rests on these premises."""
        return cls(value, weakest(*(premise.standing for premise in premises)))

    @property
    def place(self) -> int:
        """Where it stands on the line, 0 being undecided."""
        return _SURENESS[self.standing] if self.value else -_SURENESS[self.standing]

    def __and__(self, other: Truth) -> Truth:
        return self if self.place <= other.place else other

    def __or__(self, other: Truth) -> Truth:
        return self if self.place >= other.place else other

    def __invert__(self) -> Truth:
        return self if self.value is None else Truth(not self.value, self.standing)

    def matches(self, stated: bool) -> Truth:
        """Is it what is stated?"""
        return self if stated else ~self

    def __bool__(self) -> bool:
        raise TypeError("a truth may be undecided; write `truth.value is True`, `is False` or `is None`")


UNDECIDED = Truth(None)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Do all hold? One that fails settles it."""
    return reduce(and_, truths, Truth(True))


def that(premise: _T | None, holds: Callable[[_T], bool | None]) -> Truth:
    """Does this hold of a fact or of another answer? Undecided where there is none; it rests on the answer."""
    return UNDECIDED if premise is None else Truth.of(holds(premise), premise)

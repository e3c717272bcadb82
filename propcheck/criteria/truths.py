"""The questions of `reading` as truths, which rest on what was asked, and the verdict that is concluded from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from propcheck.criteria import reading
from propcheck.truth import Truth
from propcheck.verdict import Number, Verdict

_P = ParamSpec("_P")


def resting(question: Callable[Concatenate[Number, _P], bool | None]) -> Callable[Concatenate[Number, _P], Truth]:
    @wraps(question)
    def ask(number: Number, *args: _P.args, **kwargs: _P.kwargs) -> Truth:
        return Truth.of(question(number, *args, **kwargs), number)

    return ask


at_least, exceeds = resting(reading.at_least), resting(reading.exceeds)
equals, finite, exists = resting(reading.equals), resting(reading.finite), resting(reading.exists)


def known(number: Number) -> Truth:
    """Is the number known?"""
    return Truth.of(number.known or None, number)


def concluded(
    key: str, measured: Mapping[str, Any] | None, rules: Iterable[tuple[str, Truth, *tuple[str, ...]]]
) -> Verdict:
    """The verdict of the first rule that applies, as surely as its truth.

    A rule is a word, a truth and reasons: it applies where the truth holds, and one of the word `open` where it is
    undecided. Reasons that are empty are left out.
    """
    for word, truth, *reasons in rules:
        if truth.value is (None if word == "open" else True):
            return Verdict(0, key, word, truth.standing, tuple(filter(None, reasons)), measured)
    raise AssertionError(f"no rule of {key} applies")

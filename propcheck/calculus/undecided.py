"""What cannot be decided, and how the answers to a question are kept."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flint import ctx

from propcheck.cause import Cause

_P = ParamSpec("_P")
_T = TypeVar("_T")
_KEPT = 1000  # answers of one function


class Undecided(Exception):
    """Nothing that was tried settles the question; the message says what was tried, and of which `Cause` it is."""

    @property
    def cause(self) -> Cause:
        return Cause.of(str(self))


def remembered(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Keeps the answers of a function of hashable arguments at each working precision, `Undecided` included."""
    answers: dict[tuple, _T | Undecided] = {}

    @wraps(function)
    def ask(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        key = (args, tuple(sorted(kwargs.items())), ctx.prec)
        if key not in answers:
            if len(answers) >= _KEPT:
                answers.clear()
            try:
                answers[key] = function(*args, **kwargs)
            except Undecided as reason:
                answers[key] = Undecided(*reason.args)
        answer = answers[key]
        if isinstance(answer, Undecided):
            raise Undecided(*answer.args)
        return answer

    ask.cache_clear = answers.clear  # type: ignore[attr-defined]
    return ask

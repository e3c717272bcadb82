"""What cannot be decided, and how the answers to a question are kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flint import ctx

from propcheck.cause import Cause

_P = ParamSpec("_P")
_T = TypeVar("_T")
_KEPT = 1000  # answers of one function
_UNASKED: Any = object()


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
        answer: Any = answers.get(key, _UNASKED)
        if answer is _UNASKED:
            try:
                answer = function(*args, **kwargs)
            except Undecided as reason:
                answer = Undecided(*reason.args)
            if len(answers) >= _KEPT:
                answers.clear()
            answers[key] = answer
        if isinstance(answer, Undecided):
            raise Undecided(*answer.args)
        return answer

    ask.cache_clear = answers.clear  # type: ignore[attr-defined]
    return ask

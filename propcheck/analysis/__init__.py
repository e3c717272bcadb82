"""The facts of an activation: every row of the contract, each with its standing.

A member of this family is a question put to an activation. It answers with a Fact or a Number, or raises `Undecided`
with what was tried, which becomes an `open` answer. The questions stand in reading order; `facts` asks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from propcheck.activation import Activation
from propcheck.analysis import cost, drifts, shape, waves
from propcheck.calculus import Undecided
from propcheck.facts import BY_KEY, ROWS
from propcheck.processes.precision import alone
from propcheck.verdict import Fact, Facts, Number, Standing

Question = Callable[[Activation], Fact | Number | None]


def operations(activation: Activation) -> Fact:
    """What it costs, where a slope's sign may save what backward keeps."""
    try:
        page = shape if not activation.trouble else drifts if activation.wave is None else waves
        trend = page.monotonicity(activation)
    except Undecided as reason:
        trend = Fact("monotonicity", Standing.OPEN, {}, str(reason))
    return cost.find(activation, trend)


QUESTIONS: tuple[tuple[str, Question], ...] = tuple(
    (row.key, row.ask) for row in ROWS if row.question.startswith("analysis")
)


@alone
def ask(question: Question, key: str, activation: Activation) -> Fact | Number | None:
    """The answer to one question, `open` with the reason where it is not decided. None where it does not arise.

    Of a function on an interval those do not arise that are about the whole line.
    """
    try:
        if BY_KEY[key].of_random and all(parameter.role != "random" for parameter in activation.parameters):
            return None
        if activation.on is not None and not BY_KEY[key].on:
            return None
        if activation.law is None and BY_KEY[key].of_law:
            return None
        if key in waves.ANSWERS and activation.wave is not None:
            return waves.ANSWERS[key](activation)
        endless = activation.trouble and activation.period is None and activation.on is None
        if key in drifts.ANSWERS and endless and all(item.role != "random" for item in activation.parameters):
            return drifts.ANSWERS[key](activation)
        if activation.trouble and not BY_KEY[key].of_any and not BY_KEY[key].slow:
            raise Undecided(activation.trouble)
        return question(activation)
    except Undecided as reason:
        if BY_KEY[key].number:
            return Number.missing(str(reason))
        return Fact(key, Standing.OPEN, {}, str(reason))
    except OverflowError:
        return ask(_beyond_doubles, key, activation)
    except ZeroDivisionError as error:
        if "float" not in str(error):  # a double that was rounded to 0 is no fault of the program
            raise
        return ask(_beyond_doubles, key, activation)


def _beyond_doubles(activation: Activation) -> Fact:
    raise Undecided("a number on the way is larger or smaller than all doubles")


@alone
def facts(activation: Activation, questions: Sequence[tuple[str, Question]] = QUESTIONS) -> Facts:
    """The facts of an activation, by the family's questions or by others."""
    answers = {key: ask(question, key, activation) for key, question in questions}
    return Facts({key: answer for key, answer in answers.items() if answer is not None})

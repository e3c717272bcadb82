"""All questions put to an activation, those of `analysis` and of the mean field, in reading order."""

from __future__ import annotations

from propcheck import analysis
from propcheck.activation import Activation
from propcheck.analysis import Question, ask
from propcheck.facts import ROWS
from propcheck.verdict import Facts

QUESTIONS: tuple[tuple[str, Question], ...] = tuple((row.key, row.ask) for row in ROWS)

LATE = frozenset(row.key for row in ROWS if row.slow)  # asked after the others, since they take longer than all of them


def facts(activation: Activation) -> Facts:
    """All facts of an activation."""
    return analysis.facts(activation, QUESTIONS)


__all__ = ["LATE", "QUESTIONS", "ask", "facts"]

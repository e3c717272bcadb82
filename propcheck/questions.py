"""All questions put to an activation: those of `analysis`, and what the mean field adds, in reading order."""

from __future__ import annotations

from propcheck import analysis
from propcheck.activation import Activation
from propcheck.analysis import Question, ask
from propcheck.meanfield.behaviour import KEY, edge_of_chaos
from propcheck.verdict import Facts

_LAST = tuple(key for key, _ in analysis.QUESTIONS).index("criticality") + 1
QUESTIONS: tuple[tuple[str, Question], ...] = (
    *analysis.QUESTIONS[:_LAST],
    (KEY, edge_of_chaos),
    *analysis.QUESTIONS[_LAST:],
)

LATE = frozenset({KEY})  # asked after the others, since it takes longer than all of them


def facts(activation: Activation) -> Facts:
    """All facts of an activation."""
    return analysis.facts(activation, QUESTIONS)


__all__ = ["LATE", "QUESTIONS", "ask", "facts"]

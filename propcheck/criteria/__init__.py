"""The paper's eight criteria, one page each, in the paper's order; those of others are numbered after them.

A page is a short function of facts. It names its key and its title, its thresholds, and the rule by which each verdict
is given (`criterion.Criterion`); `judge(facts, thresholds)` answers `holds`, `partly` or `fails` with reasons, and
`open` where the facts do not decide between them. A page sees facts alone, never the formula.
"""

from collections.abc import Iterable

from propcheck.criteria import (
    convergence,
    cost,
    dead_units,
    differentiability,
    gradient_flow,
    noise_robustness,
    sparsity,
    zero_mean,
)
from propcheck.criteria.criterion import Criterion, Standard, standard
from propcheck.verdict import Facts, Verdict

PAGES: tuple[Criterion, ...] = (
    differentiability,
    gradient_flow,
    dead_units,
    zero_mean,
    cost,
    sparsity,
    convergence,
    noise_robustness,
)
STANDARDS = tuple(standard(page, number) for number, page in enumerate(PAGES, 1))
NUMBERS = {item.key: item.number for item in STANDARDS}


def judge(facts: Facts, asked: Iterable[Standard] = STANDARDS) -> tuple[Verdict, ...]:
    """The verdicts on a function of which these facts are known: the paper's eight, or those that are asked."""
    return tuple(item.judge(facts) for item in asked)

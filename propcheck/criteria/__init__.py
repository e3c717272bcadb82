"""The paper's eight criteria, one page each, in the paper's order.

A page is a short function of facts. It names its number, its key and its title, its thresholds, and the rule by which
each verdict is given; `judge(facts)` answers `holds`, `partly` or `fails` with reasons, and `open` where the facts do
not decide between them. A page sees facts alone, never the formula.
"""

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
from propcheck.verdict import Facts, Verdict

PAGES = (
    differentiability,
    gradient_flow,
    dead_units,
    zero_mean,
    cost,
    sparsity,
    convergence,
    noise_robustness,
)


def judge(facts: Facts) -> tuple[Verdict, ...]:
    """The eight verdicts on a function of which these facts are known."""
    return tuple(page.judge(facts) for page in PAGES)

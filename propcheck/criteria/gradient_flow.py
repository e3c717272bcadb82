"""Do gradients neither vanish nor explode in a deep stack?

Backward through the layers goes a product of slopes. What its mean square does is decided by the initialisation: a
critical one keeps it, if lengths stay where it is critical. How far a network of finite width strays from that mean is
decided by the spread of slopes: in a layer of width n the variance of the logarithm of the squared gradient grows by
(3 E[g'^4]/E[g'^2]^2 - 1)/n, 5/n for ReLU and 2/n for a line (Hanin and Rolnick 2018, arXiv 1803.01719; Hanin and Nica
2020, arXiv 1812.05994). The measure is the sum of both: decades lost or won over 50 layers, and the spread.

`holds` goes to what a factor of two in the variance of the weights costs every network, 7.4 decades over 50 layers;
`partly` to twice ReLU's spread.

The paper judges by slopes that go to 0 far out. In a network that starts from its critical initialisation few signals
get there: where it says that gradients vanish, it speaks of weights that are too small or too large for the function.
"""

from collections.abc import Iterator
from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import magnitude, measure, sum_of
from propcheck.criteria.signals import (
    EXPLOSIVE,
    explosive,
    from_where,
    running_away,
    short,
    signal,
    unknown,
    without_scale,
)
from propcheck.criteria.truths import concluded, exceeds, known
from propcheck.truth import UNDECIDED, Truth
from propcheck.verdict import Facts, Number, Verdict

KEY, TITLE = "gradient_flow", "gradients neither vanish nor explode"
THRESHOLDS = {
    "holds": Threshold(Fraction(15, 2), "holds up to"),
    "partly": Threshold(Fraction(10), "partly up to"),
    "explosive": EXPLOSIVE,
}
USUAL = usual(THRESHOLDS)
MEASURE = "decades of the gradient lost or won in 50 layers, plus the spread of a layer"
RULE = {
    "holds": "abs log10 of the gradient kept over 50 layers + the spread of slopes <= {holds}, "
    "at the recommended initialisation",
    "partly": "<= {partly}",
    "fails": "above that, or lengths run away (elasticity above {explosive}), or the outputs have no scale",
}
DEPARTS = (
    "the paper judges by where slopes go to 0; measured is what a network keeps that starts from the initialisation "
    "which suits the function"
)


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Do gradients keep their size?"""
    decades, spread = magnitude(signal(facts, "gradient")), signal(facts, "spread")
    risk = sum_of(decades, spread)
    return concluded(KEY, measure(MEASURE, risk.value), _rules(facts, thresholds, decades, risk))


def _rules(
    facts: Facts, thresholds: Bounds, decades: Number, risk: Number
) -> Iterator[tuple[str, Truth, *tuple[str, ...]]]:
    near, moderate = thresholds["holds"], max(thresholds["holds"], thresholds["partly"])
    yield from without_scale(facts)
    kept = _kept(facts)
    yield "fails", explosive(facts, thresholds), running_away(facts), kept
    yield "fails", exceeds(decades, moderate), kept, from_where(facts)
    yield "open", known(risk), unknown(facts)
    found = (kept, f"spread of slopes {short(signal(facts, 'spread'))}", from_where(facts))
    yield "holds", ~exceeds(risk, near), *found
    yield "fails", exceeds(risk, moderate), *found
    yield "partly", exceeds(risk, near) & ~exceeds(risk, moderate), *found
    yield "open", UNDECIDED, *found, "too near a threshold"


def _kept(facts: Facts) -> str:
    own, halved, doubled = (_power(signal(facts, name)) for name in ("gradient", "halved", "doubled"))
    return f"over 50 layers {own} of the gradient is kept (weight variance halved: {halved}, doubled: {doubled})"


def _power(number: Number) -> str:
    if number.value is None:
        return "an unknown part"
    if number.value in (float("inf"), float("-inf")):
        return "nothing" if number.value < 0 else "more than all"
    return "all" if abs(number.value) < 0.005 else f"10^{number.value:.2g}"

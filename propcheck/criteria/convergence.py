"""Does training converge quickly, as far as the formula tells?

The elasticity E[z g g'] / E[g^2] is the share of its size by which the mean square output answers to a small change of
scale of the input: 1 for every function that is linear on each side of 0, 0 where g is saturated. A function of low
elasticity passes on little of what a step changes.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure, number, told
from propcheck.criteria.truths import at_least, concluded, equals, exists, finite
from propcheck.truth import UNDECIDED
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "convergence", "quick convergence"
THRESHOLDS = {
    "holds": Threshold(Fraction(4, 5), "holds from"),
    "partly": Threshold(Fraction(13, 20), "partly from"),
}
USUAL = usual(THRESHOLDS)
RULE = {
    "holds": "E[z g g'] / E[g^2] >= {holds}",
    "partly": "E[z g g'] / E[g^2] >= {partly}",
    "fails": "below that, or E[g^2] is 0, infinite or does not exist",
}


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Does the output answer to the scale of its input?"""
    quick, moderate = thresholds["holds"], min(thresholds.values())
    elasticity, square = number(facts, "gaussian", "elasticity"), number(facts, "gaussian", "second_moment")
    found, unknown = f"elasticity {told(elasticity)}", elasticity.note or "the elasticity is not decided"
    quickly, moderately = at_least(elasticity, quick), at_least(elasticity, moderate)
    rules = (
        ("fails", ~exists(square), "E[g^2] does not exist: the outputs have no scale"),
        ("fails", ~finite(square), "E[g^2] is infinite: the outputs have no scale"),
        ("fails", equals(square, 0), "the outputs are all 0"),
        ("holds", quickly, f"{found}, at least {float(quick)}"),
        ("fails", ~moderately, f"{found}, below {float(moderate)}"),
        ("partly", moderately & ~quickly, f"{found}, between {float(moderate)} and {float(quick)}"),
        ("open", UNDECIDED, f"{found}: too near a threshold" if elasticity.known else unknown),
    )
    return concluded(KEY, measure("E[z g g'] / E[g^2]", elasticity.value), rules)

"""Does training converge quickly, as far as the formula tells?

The elasticity E[z g g'] / E[g^2] is the share of its size by which the mean square output answers to a small change of
scale of the input: 1 for every function that is linear on each side of 0, 0 where g is saturated. A function of low
elasticity passes on little of what a step changes.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import at_least, equals, finite, measure, number, open_, ruling, told
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
    verdict = ruling(KEY, measure("E[z g g'] / E[g^2]", elasticity.value))

    if not (square.known or open_(square)):
        return verdict("fails", "E[g^2] does not exist: the outputs have no scale", premises=[square])
    if finite(square) is False:
        return verdict("fails", "E[g^2] is infinite: the outputs have no scale", premises=[square])
    if equals(square, 0):
        return verdict("fails", "the outputs are all 0", premises=[square])
    if elasticity.value is None:
        return verdict("open", elasticity.note or "the elasticity is not decided")
    found = f"elasticity {told(elasticity)}"
    if at_least(elasticity, quick):
        return verdict("holds", f"{found}, at least {float(quick)}", premises=[elasticity])
    if at_least(elasticity, moderate) is False:
        return verdict("fails", f"{found}, below {float(moderate)}", premises=[elasticity])
    if at_least(elasticity, moderate) and at_least(elasticity, quick) is False:
        return verdict("partly", f"{found}, between {float(moderate)} and {float(quick)}", premises=[elasticity])
    return verdict("open", f"{found}: too near a threshold")

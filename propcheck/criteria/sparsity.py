"""Are some of the outputs exactly zero, for z ~ N(0, 1)?

A zero output needs no work in the next layer and sends no gradient to its weights. Outputs that are merely small can be
cut off, so much mass near 0 counts for something.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import at_least, equals, exceeds, measure, number, ruling, told
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "sparsity", "some sparsity"
THRESHOLDS = {
    "holds": Threshold(Fraction(1, 4), "holds from P[g(z) = 0]"),
    "partly": Threshold(Fraction(1, 4), "partly from P[g(z) near 0]"),
}
USUAL = usual(THRESHOLDS)
RULE = {
    "holds": "P[g(z) = 0] >= {holds}",
    "partly": "P[g(z) = 0] > 0, or P[abs g(z) <= a tenth of its root mean square] >= {partly}",
    "fails": "neither",
}


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Is a fair share of the outputs zero?"""
    sparse, nearly = thresholds["holds"], thresholds["partly"]
    zero, near = number(facts, "zero_region", "mass"), number(facts, "zero_region", "near")
    verdict = ruling(KEY, measure("P[g(z) = 0]", zero.value))
    found = f"P[g(z) = 0] = {told(zero)}"
    if at_least(zero, sparse):
        return verdict("holds", found, premises=[zero])
    below = at_least(zero, sparse) is False
    if below and exceeds(zero, 0):
        return verdict("partly", found, premises=[zero])
    if below and at_least(near, nearly):
        return verdict("partly", found, f"P[g(z) near 0] = {told(near)}", premises=[zero, near])
    if equals(zero, 0) and at_least(near, nearly) is False:
        return verdict("fails", found, f"P[g(z) near 0] = {told(near)}", premises=[zero, near])
    if zero.value is None:
        return verdict("open", "where g is 0 is not decided")
    return verdict("open", found, "how much of the output is near 0 is not decided")

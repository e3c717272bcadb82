"""Are some of the outputs exactly zero, for z ~ N(0, 1)?

A zero output needs no work in the next layer and sends no gradient to its weights. Outputs that are merely small can be
cut off, so much mass near 0 counts for something.
"""

from fractions import Fraction

from propcheck.criteria.reading import at_least, equals, exceeds, measure, number, ruling, told
from propcheck.verdict import Facts, Verdict

NUMBER, KEY, TITLE = 6, "sparsity", "some sparsity"
SPARSE, NEARLY = Fraction(1, 4), Fraction(1, 4)
THRESHOLDS = {"holds from P[g(z) = 0]": float(SPARSE), "partly from P[g(z) near 0]": float(NEARLY)}
RULE = {
    "holds": f"P[g(z) = 0] >= {float(SPARSE)}",
    "partly": f"P[g(z) = 0] > 0, or P[abs g(z) <= a tenth of its root mean square] >= {float(NEARLY)}",
    "fails": "neither",
}


def judge(facts: Facts) -> Verdict:
    """Is a fair share of the outputs zero?"""
    zero, near = number(facts, "zero_region", "mass"), number(facts, "zero_region", "near")
    verdict = ruling(NUMBER, KEY, measure("P[g(z) = 0]", zero.value))
    found = f"P[g(z) = 0] = {told(zero)}"
    if at_least(zero, SPARSE):
        return verdict("holds", found, premises=[zero])
    below = at_least(zero, SPARSE) is False
    if below and exceeds(zero, 0):
        return verdict("partly", found, premises=[zero])
    if below and at_least(near, NEARLY):
        return verdict("partly", found, f"P[g(z) near 0] = {told(near)}", premises=[zero, near])
    if equals(zero, 0) and at_least(near, NEARLY) is False:
        return verdict("fails", found, f"P[g(z) near 0] = {told(near)}", premises=[zero, near])
    if zero.value is None:
        return verdict("open", "where g is 0 is not decided")
    return verdict("open", found, "how much of the output is near 0 is not decided")

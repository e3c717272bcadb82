"""Are some of the outputs exactly zero, for z ~ N(0, 1)?

A zero output needs no work in the next layer and sends no gradient to its weights. Outputs that are merely small can be
cut off, so much mass near 0 counts for something.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure, number, told
from propcheck.criteria.truths import at_least, concluded, equals, exceeds
from propcheck.truth import UNDECIDED
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
    zero, near = number(facts, "zero_region", "mass"), number(facts, "zero_region", "near")
    found, close = f"P[g(z) = 0] = {told(zero)}", f"P[g(z) near 0] = {told(near)}"
    unknown = ("where g is 0 is not decided",)
    many, nearly = at_least(zero, thresholds["holds"]), at_least(near, thresholds["partly"])
    rules = (
        ("holds", many, found),
        ("partly", ~many & exceeds(zero, 0), found),
        ("partly", ~many & nearly, found, close),
        ("fails", equals(zero, 0) & ~nearly, found, close),
        ("open", UNDECIDED, *((found, "how much of the output is near 0 is not decided") if zero.known else unknown)),
    )
    return concluded(KEY, measure("P[g(z) = 0]", zero.value), rules)

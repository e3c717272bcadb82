"""Are some of the outputs one and the same value?

A unit that is at its resting value, usually 0, needs no work in the next layer beyond what a bias does. The measure is
the largest share of outputs that are one value, the nearer the more, up to a hundredth of their standard deviation: a
constant that is added to g changes nothing, nor does a sliver of slope.

`holds` is one output in four, `partly` one in ten; a line has 0.4 %, ReLU a half.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure, number, told
from propcheck.criteria.signals import short, signal, unknown, without_scale
from propcheck.criteria.truths import at_least, concluded, known
from propcheck.truth import UNDECIDED
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "sparsity", "some sparsity"
THRESHOLDS = {
    "holds": Threshold(Fraction(1, 4), "holds from a share of"),
    "partly": Threshold(Fraction(1, 10), "partly from a share of"),
}
USUAL = usual(THRESHOLDS)
MEASURE = "largest share of the outputs at one value"
RULE = {
    "holds": "the share of outputs at one value >= {holds} at the lengths that occur",
    "partly": ">= {partly}",
    "fails": "below that, or the outputs have no scale",
}
DEPARTS = "the paper asks for zeros; measured is how many outputs are one value, at the lengths that occur"


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Is a fair share of the outputs one value?"""
    many, some = thresholds["holds"], min(thresholds.values())
    share, zero = signal(facts, "sparse"), number(facts, "zero_region", "mass")
    exact = (f"P[g(z) = 0] = {told(zero)} for z ~ N(0, 1)",) if zero.value else ()
    found = (f"{short(share)} of the outputs are one value", *exact)
    rules = (
        *without_scale(facts),
        ("open", known(share), unknown(facts)),
        ("holds", at_least(share, many), *found),
        ("fails", ~at_least(share, some), *found),
        ("partly", at_least(share, some) & ~at_least(share, many), *found),
        ("open", UNDECIDED, f"the share {short(share)} is too near a threshold"),
    )
    return concluded(KEY, measure(MEASURE, share.value), rules)

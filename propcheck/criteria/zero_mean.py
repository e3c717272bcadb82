"""Do the outputs have mean zero, or nearly, measured by their spread?

The sign of an update to a weight is the sign of its layer's input. What all inputs share pushes all weights of a unit
the same way, hides what differs between inputs, and makes the first direction of the loss much steeper than the others
(LeCun, Bottou, Orr and Mueller 1998, section 4.3).

A ratio r of mean to deviation is a share r^2/(1 + r^2) of the mean square that is common to all inputs: `holds` goes to
one per cent of it, `partly` to one fifth; ReLU has a third.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure, number, told
from propcheck.criteria.signals import short, signal, unknown, without_scale
from propcheck.criteria.truths import concluded, exceeds, known
from propcheck.truth import UNDECIDED
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "zero_mean", "outputs of zero mean"
THRESHOLDS = {
    "holds": Threshold(Fraction(1, 10), "holds up to"),
    "partly": Threshold(Fraction(1, 2), "partly up to"),
}
USUAL = usual(THRESHOLDS)
MEASURE = "abs mean / standard deviation"
RULE = {
    "holds": "abs mean / standard deviation <= {holds} at the lengths that occur",
    "partly": "<= {partly}",
    "fails": "above that, or a constant, or the outputs have no scale",
}
DEPARTS = "the paper asks for both signs; measured is the mean over the deviation, at the lengths that occur"


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Is the mean of the outputs near zero, measured by their spread?"""
    near, moderate = thresholds["holds"], max(thresholds.values())
    ratio, mean = signal(facts, "mean"), number(facts, "gaussian", "mean")
    usual_mean = (f"E[g] = {told(mean)} for z ~ N(0, 1)",) if mean.known else ()
    found = (f"abs mean / standard deviation = {short(ratio)}", *usual_mean)
    rules = (
        *without_scale(facts),
        ("open", known(ratio), unknown(facts)),
        ("holds", ~exceeds(ratio, near), *found),
        ("fails", exceeds(ratio, moderate), *found),
        ("partly", exceeds(ratio, near) & ~exceeds(ratio, moderate), *found),
        ("open", UNDECIDED, f"the ratio {short(ratio)} is too near a threshold"),
    )
    return concluded(KEY, measure(MEASURE, ratio.value), rules)

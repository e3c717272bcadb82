"""Do signals meet a slope: how many of the pre-activations that occur teach their unit nothing?

A unit whose slope is 0 on every sample never changes again. How likely that is grows with the share of signals that
meet no slope, which is the measure: a slope counts for nothing as far as it is below a thousandth of the usual one.

`holds` goes to one signal in fifty, `partly` to one in four; ReLU's share is a half. What the paper calls a dead neuron
is a unit of a function with a flat half-line, and of those the share is large at every initialisation.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import again, answered, interval, listed, measure
from propcheck.criteria.signals import short, signal, unknown, without_scale
from propcheck.criteria.truths import concluded, exceeds, known
from propcheck.truth import UNDECIDED
from propcheck.verdict import Facts, Number, Verdict

KEY, TITLE = "dead_units", "no dead neurons"
THRESHOLDS = {
    "holds": Threshold(Fraction(1, 50), "holds to a share of"),
    "partly": Threshold(Fraction(1, 4), "partly to a share of"),
}
USUAL = usual(THRESHOLDS)
MEASURE = "share of signals that meet no slope"
RULE = {
    "holds": "P[the slope is nothing beside the usual one] <= {holds} at the lengths that occur",
    "partly": "<= {partly}",
    "fails": "above that, or the outputs have no scale",
}
DEPARTS = (
    "the paper asks whether there is a flat half-line; measured is how many signals fall on flat places, at the "
    "lengths that occur"
)


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Do few signals meet no slope?"""
    few, some = thresholds["holds"], max(thresholds.values())
    share = signal(facts, "dead")
    region = answered(facts, "dead_region")
    dead = region["intervals"] if region else ()
    flat = (f"the slope is 0 on {listed(interval(ends) for ends in dead)}{again(region)}",) if dead else ()
    found = (f"{_percent(share)} of the signals meet no slope", *flat)
    rules = (
        *without_scale(facts),
        ("open", known(share), unknown(facts)),
        ("holds", ~exceeds(share, few), *found),
        ("fails", exceeds(share, some), *found),
        ("partly", exceeds(share, few) & ~exceeds(share, some), *found),
        ("open", UNDECIDED, f"the share {short(share)} is too near a threshold"),
    )
    return concluded(KEY, measure(MEASURE, share.value), rules)


def _percent(share: Number) -> str:
    return "?" if share.value is None else f"{100 * share.value:.3g} %"

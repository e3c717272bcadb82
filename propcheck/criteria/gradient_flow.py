"""Do gradients neither vanish nor explode in a deep stack?

Backward through the layers goes a product of slopes. Where the slope tends to 0 on both sides, large pre-activations
stop it; where slopes are unbounded, it may grow without limit. In between it is the initialisation that decides: a
critical one keeps the mean square of the gradient from layer to layer, as long as the mean square of the
pre-activations stays where it is critical. Where that moves away, no initialisation serves a deep stack for long.
"""

from collections.abc import Iterator

from propcheck.criteria.criterion import Bounds
from propcheck.criteria.reading import answered, measure, number, open_, steepness, told
from propcheck.criteria.truths import at_least, concluded, equals, exceeds, finite
from propcheck.truth import UNDECIDED, Truth, all_of, that
from propcheck.verdict import Facts, Number, Verdict

KEY, TITLE = "gradient_flow", "gradients neither vanish nor explode"
THRESHOLDS: Bounds = {}
_EXISTENCE = "whether a critical initialisation exists"
_KINDS = {
    "every length": "that keeps every length",
    "vanishing length": "in the limit of length 0",
    "marginal": "where lengths are marginal too",
    "edge": "on the edge of chaos",
}
RULE = {
    "holds": "the slope stays away from 0 on some tail, slopes are bounded, and at a critical initialisation "
    "lengths stay",
    "partly": "slopes are bounded and do not go to 0 on both sides, but either no tail keeps a slope "
    "or lengths stay at no critical initialisation",
    "fails": "slopes go to 0 on both sides, or are unbounded, "
    "or no tail keeps a slope and lengths stay at no critical initialisation",
}


def judge(facts: Facts, thresholds: Bounds = THRESHOLDS) -> Verdict:
    """Do gradients keep their size?"""
    slopes = [number(facts, "limits", side, "slope") for side in ("left", "right")]
    known = [abs(slope.value) for slope in slopes if slope.value is not None]
    return concluded(KEY, measure("largest abs slope far out", max(known, default=None)), _rules(facts, slopes))


def _rules(facts: Facts, slopes: list[Number]) -> Iterator[tuple[str, Truth, *tuple[str, ...]]]:
    steepest = number(facts, "lipschitz")
    bounded = finite(steepest)
    yield "fails", ~bounded, steepness(facts)
    yield "fails", all_of(equals(slope, 0) for slope in slopes), "the slope goes to 0 on both sides"
    yield "open", bounded, "whether slopes are bounded is not decided"
    kept = _kept(facts, slopes)
    yield "open", kept, "whether the slope stays away from 0 on a tail is not decided"
    critical, quality = _critical(facts)
    yield "open", critical, *quality
    tails = _tails(slopes) if kept.value else f"{_tails(slopes)}: no tail keeps a slope"
    reasons = (tails, f"abs slopes are at most {told(steepest)}", *quality)
    yield "holds", bounded & kept & critical, *reasons
    yield "partly", bounded & (kept & ~critical | ~kept & critical), *reasons
    yield "fails", bounded & ~kept & ~critical, *reasons


def _kept(facts: Facts, slopes: list[Number]) -> Truth:
    """Does the slope stay away from 0 on some tail?

    Where limits do not tell: it does if g' is bounded away from 0 on the whole line; it does not if g is C^1 and
    bounded, since a continuous slope that stays away from 0 has one sign and carries g to infinity.
    """
    for slope in slopes:
        if (alive := ~equals(slope, 0)).value:
            return alive
    whole = that(answered(facts, "domain"), lambda fact: not fact["undefined"])
    lowest, highest = (number(facts, "derivative_range", end) for end in ("inf", "sup"))
    if (away := whole & (exceeds(lowest, 0) | ~at_least(highest, 0))).value:
        return away
    smooth = that(answered(facts, "smoothness"), lambda fact: fact["class"] not in ("discontinuous", "C^0"))
    bounded = all_of(finite(number(facts, "range", end)) for end in ("inf", "sup"))
    asked = all_of(Truth.of(not open_(slope), slope) for slope in slopes)
    return ~falls if (falls := whole & smooth & bounded & asked).value else UNDECIDED


def _tails(slopes: list[Number]) -> str:
    left, right = (
        f"tends to {told(slope)}" if slope.known else "is not decided" if open_(slope) else "has no limit"
        for slope in slopes
    )
    return (
        f"the slope {left} on both sides" if left == right else f"the slope {left} on the left and {right} on the right"
    )


def _critical(facts: Facts) -> tuple[Truth, tuple[str, ...]]:
    """Do lengths stay at a critical initialisation? With what is told of it."""
    exists = that(answered(facts, "criticality"), lambda fact: fact["exists"])
    edge = answered(facts, "edge_of_chaos")
    found = that(edge, lambda fact: fact["kind"] != "none")
    stays = that(edge, lambda fact: fact["lengths_stay"])
    if exists.value is False or found.value is False:
        return exists if exists.value is False else found, ("no initialisation is critical",)
    if edge is None:
        asked = "whether lengths stay at a critical initialisation" if exists.value else _EXISTENCE
        return UNDECIDED, (f"{asked} is not decided",)
    if stays.value is False:
        return stays, ("critical initialisations exist, but lengths move away from them",)
    weights, biases = told(edge["sigma_w2"]), told(edge["sigma_b2"])
    said = f"take weight variance {weights}, bias variance {biases}: a critical initialisation {_KINDS[edge['kind']]}"
    return stays, (said,)

"""Do gradients neither vanish nor explode in a deep stack?

Backward through the layers goes a product of slopes. Where the slope tends to 0 on both sides, large pre-activations
stop it; where slopes are unbounded, it may grow without limit. In between it is the initialisation that decides: a
critical one keeps the mean square of the gradient from layer to layer.
"""

from collections.abc import Mapping

from propcheck.criteria.reading import (
    answered,
    equals,
    exceeds,
    finite,
    measure,
    number,
    open_,
    ruling,
    steepness,
    told,
)
from propcheck.verdict import Fact, Facts, Number, Verdict

NUMBER, KEY, TITLE = 2, "gradient_flow", "gradients neither vanish nor explode"
THRESHOLDS: Mapping[str, float] = {}
RULE = {
    "holds": "the slope stays away from 0 on some tail, slopes are bounded, and a critical initialisation exists",
    "partly": "slopes are bounded and do not go to 0 on both sides, but either no tail keeps a slope "
    "or no critical initialisation exists",
    "fails": "slopes go to 0 on both sides, or are unbounded, "
    "or no tail keeps a slope and no critical initialisation exists",
}


def judge(facts: Facts) -> Verdict:
    """Do gradients keep their size?"""
    steepest = number(facts, "lipschitz")
    slopes = [number(facts, "limits", side, "slope") for side in ("left", "right")]
    known = [abs(slope.value) for slope in slopes if slope.value is not None]
    verdict = ruling(NUMBER, KEY, measure("largest abs slope far out", max(known, default=None)))

    if finite(steepest) is False:
        return verdict("fails", steepness(facts), premises=[steepest])
    if all(equals(slope, 0) for slope in slopes):
        return verdict("fails", "the slope goes to 0 on both sides", premises=slopes)
    if finite(steepest) is None:
        return verdict("open", "whether slopes are bounded is not decided")
    kept, witnesses = _kept(facts, slopes)
    if kept is None:
        return verdict("open", "whether the slope stays away from 0 on a tail is not decided")
    criticality = answered(facts, "criticality")
    if criticality is None or criticality["exists"] is None:
        return verdict("open", "whether a critical initialisation exists is not decided")
    critical = criticality["exists"]
    return verdict(
        ("holds", "partly", "fails")[[kept, critical].count(False)],
        _tails(slopes) if kept else f"{_tails(slopes)}: no tail keeps a slope",
        f"abs slopes are at most {told(steepest)}",
        _initialisation(criticality) if critical else "no initialisation is critical",
        premises=[*witnesses, steepest, criticality],
    )


def _kept(facts: Facts, slopes: list[Number]) -> tuple[bool | None, list[Fact | Number]]:
    """Does the slope stay away from 0 on some tail? With the premises of the answer.

    Where limits do not tell: it does if g' is bounded away from 0 on the whole line; it does not if g is C^1 and
    bounded, since a continuous slope that stays away from 0 has one sign and carries g to infinity.
    """
    for slope in slopes:
        if slope.known and equals(slope, 0) is False:
            return True, [slope]
    domain, smoothness = answered(facts, "domain"), answered(facts, "smoothness")
    if domain is None or domain["undefined"]:
        return None, []
    lowest, highest = (number(facts, "derivative_range", end) for end in ("inf", "sup"))
    if exceeds(lowest, 0):
        return True, [lowest, domain]
    if highest.known and equals(highest, 0) is False and exceeds(highest, 0) is False:
        return True, [highest, domain]
    lowest, highest = (number(facts, "range", end) for end in ("inf", "sup"))
    if smoothness is None or smoothness["class"] in ("discontinuous", "C^0") or any(open_(slope) for slope in slopes):
        return None, []
    if finite(lowest) and finite(highest):
        return False, [lowest, highest, smoothness, domain, *slopes]
    return None, []


def _tails(slopes: list[Number]) -> str:
    left, right = (
        f"tends to {told(slope)}" if slope.known else "is not decided" if open_(slope) else "has no limit"
        for slope in slopes
    )
    return (
        f"the slope {left} on both sides" if left == right else f"the slope {left} on the left and {right} on the right"
    )


def _initialisation(criticality: Fact) -> str:
    weights, biases = criticality.get("sigma_w2"), criticality.get("sigma_b2")
    if weights is None or biases is None or not (weights.known and biases.known):
        return "a critical initialisation exists"
    return f"a critical initialisation exists: weight variance {told(weights)}, bias variance {told(biases)}"

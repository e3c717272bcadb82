"""Do gradients neither vanish nor explode in a deep stack?

Backward through the layers goes a product of slopes. Where the slope tends to 0 on both sides, large pre-activations
stop it; where slopes are unbounded, it may grow without limit. In between it is the initialisation that decides: a
critical one keeps the mean square of the gradient from layer to layer, as long as the mean square of the
pre-activations stays where it is critical. Where that moves away, no initialisation serves a deep stack for long.
"""

from propcheck.criteria.criterion import Bounds
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
from propcheck.verdict import Fact, Facts, Number, Standing, Verdict

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
    steepest = number(facts, "lipschitz")
    slopes = [number(facts, "limits", side, "slope") for side in ("left", "right")]
    known = [abs(slope.value) for slope in slopes if slope.value is not None]
    verdict = ruling(KEY, measure("largest abs slope far out", max(known, default=None)))

    if finite(steepest) is False:
        return verdict("fails", steepness(facts), premises=[steepest])
    if all(equals(slope, 0) for slope in slopes):
        return verdict("fails", "the slope goes to 0 on both sides", premises=slopes)
    if finite(steepest) is None:
        return verdict("open", "whether slopes are bounded is not decided")
    kept, witnesses = _kept(facts, slopes)
    if kept is None:
        return verdict("open", "whether the slope stays away from 0 on a tail is not decided")
    critical, witness, quality = _critical(facts)
    if critical is None:
        return verdict("open", *quality)
    return verdict(
        ("holds", "partly", "fails")[[kept, critical].count(False)],
        _tails(slopes) if kept else f"{_tails(slopes)}: no tail keeps a slope",
        f"abs slopes are at most {told(steepest)}",
        *quality,
        premises=[*witnesses, steepest, witness],
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


def _critical(facts: Facts) -> tuple[bool | None, Fact, tuple[str, ...]]:
    """Do lengths stay at a critical initialisation? With the premise, and what is told of it."""
    criticality, edge = answered(facts, "criticality"), answered(facts, "edge_of_chaos")
    if criticality is not None and criticality["exists"] is False:
        return False, criticality, ("no initialisation is critical",)
    if edge is None:
        exists = criticality is not None and criticality["exists"]
        asked = "whether lengths stay at a critical initialisation" if exists else _EXISTENCE
        return None, Fact("edge_of_chaos", Standing.OPEN), (f"{asked} is not decided",)
    if edge["kind"] == "none":
        return False, edge, ("no initialisation is critical",)
    if not edge["lengths_stay"]:
        return False, edge, ("critical initialisations exist, but lengths move away from them",)
    weights, biases = told(edge["sigma_w2"]), told(edge["sigma_b2"])
    found = f"a critical initialisation {_KINDS[edge['kind']]}: weight variance {weights}, bias variance {biases}"
    return True, edge, (found, *_rates(edge))


def _rates(edge: Fact) -> tuple[str, ...]:
    """How distances die away there; the rates are computed, whatever the standing of the rest."""
    lengths, correlation = edge["length"], edge["correlation"]
    distances = {"of lengths to their limit": lengths, "of correlations to 1": correlation}
    said = [f"{name} {law['said']}" for name, law in distances.items() if law and law["kind"] != "kept"]
    return (f"with the layer l distances fall: {', '.join(said)} (computed)",) if said else ()

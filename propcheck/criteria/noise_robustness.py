"""Is the function robust to noise in its data?

A finite Lipschitz constant bounds how much of the noise passes through. On a side that saturates, noise on a large
input hardly passes at all.
"""

from collections.abc import Mapping

from propcheck.criteria.criterion import Bounds
from propcheck.criteria.reading import answered, finite, listed, measure, number, ruling, steepness, told
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "noise_robustness", "robust to noise"
THRESHOLDS: Bounds = {}
RULE = {
    "holds": "saturates on a side, with a finite Lipschitz constant",
    "partly": "a finite Lipschitz constant, but no saturation",
    "fails": "slopes are unbounded, or the value jumps",
}
_MANNER = {"hard": "hard", "soft": "softly"}


def judge(facts: Facts, thresholds: Bounds = THRESHOLDS) -> Verdict:
    """Does noise in the input stay bounded, and is it damped somewhere?"""
    steepest = number(facts, "lipschitz")
    smoothness, saturation = answered(facts, "smoothness"), answered(facts, "saturation")
    verdict = ruling(KEY, measure("Lipschitz constant", steepest.value))

    if finite(steepest) is False:
        return verdict("fails", steepness(facts), premises=[steepest])
    if smoothness and smoothness["class"] == "discontinuous":
        return verdict("fails", "discontinuous: there the least noise passes whole", premises=[smoothness])
    if finite(steepest) is None:
        return verdict("open", "whether slopes are bounded is not decided")
    if smoothness is None:
        return verdict("open", "whether the value jumps somewhere is not decided")
    if saturation is None:
        return verdict("open", "whether it saturates is not decided")
    bound = f"Lipschitz constant {told(steepest)}"
    sides = {side: _MANNER[saturation[side]] for side in ("left", "right") if saturation[side] in _MANNER}
    found = f"saturates {_places(sides)}" if sides else "saturates on neither side"
    return verdict("holds" if sides else "partly", found, bound, premises=[steepest, smoothness, saturation])


def _places(sides: Mapping[str, str]) -> str:
    """ "softly on both sides", "hard on the left and softly on the right"."""
    if len(sides) == 2 and sides["left"] == sides["right"]:
        return f"{sides['left']} on both sides"
    return listed(f"{manner} on the {side}" for side, manner in sides.items())

"""Is the function robust to noise in its data?

A finite Lipschitz constant bounds how much of the noise passes through. On a side that saturates, noise on a large
input hardly passes at all.
"""

from collections.abc import Mapping

from propcheck.criteria.criterion import Bounds
from propcheck.criteria.reading import answered, listed, measure, number, steepness, told
from propcheck.criteria.truths import concluded, finite
from propcheck.truth import that
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "noise_robustness", "robust to noise"
THRESHOLDS: Bounds = {}
RULE = {
    "holds": "saturates on a side, with a finite Lipschitz constant",
    "partly": "a finite Lipschitz constant, but no saturation",
    "fails": "slopes are unbounded, or the value jumps",
}
_SIDES = ("left", "right")
_MANNER = {"hard": "hard", "soft": "softly"}


def judge(facts: Facts, thresholds: Bounds = THRESHOLDS) -> Verdict:
    """Does noise in the input stay bounded, and is it damped somewhere?"""
    steepest = number(facts, "lipschitz")
    smoothness, saturation = answered(facts, "smoothness"), answered(facts, "saturation")
    sides = {side: _MANNER[saturation[side]] for side in _SIDES if saturation and saturation[side] in _MANNER}
    bounded = finite(steepest)
    jumps = that(smoothness, lambda fact: fact["class"] == "discontinuous")
    damped = that(saturation, lambda _: bool(sides))
    bound = f"Lipschitz constant {told(steepest)}"
    rules = (
        ("fails", ~bounded, steepness(facts)),
        ("fails", jumps, "discontinuous: there the least noise passes whole"),
        ("open", bounded, "whether slopes are bounded is not decided"),
        ("open", jumps, "whether the value jumps somewhere is not decided"),
        ("open", damped, "whether it saturates is not decided"),
        ("holds", bounded & ~jumps & damped, f"saturates {_places(sides)}", bound),
        ("partly", bounded & ~jumps & ~damped, "saturates on neither side", bound),
    )
    return concluded(KEY, measure("Lipschitz constant", steepest.value), rules)


def _places(sides: Mapping[str, str]) -> str:
    """ "softly on both sides", "hard on the left and softly on the right"."""
    if len(sides) == 2 and sides["left"] == sides["right"]:
        return f"{sides['left']} on both sides"
    return listed(f"{manner} on the {side}" for side, manner in sides.items())

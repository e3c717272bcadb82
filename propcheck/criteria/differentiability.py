"""Is the function nonlinear, and differentiable?

An affine function makes a network of any depth one affine map. A kink with finite slopes costs little, since the
pre-activation meets it with probability 0. At a jump, or where the slope is infinite, the backward pass has no number
to use.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from propcheck.criteria.criterion import Bounds
from propcheck.criteria.reading import answered, counted, listed, measure, open_, told
from propcheck.criteria.truths import concluded
from propcheck.truth import Truth, that
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "differentiability", "nonlinear and differentiable"
THRESHOLDS: Bounds = {}
RULE = {
    "holds": "not affine, and C^1 or smoother",
    "partly": "not affine, continuous, with finitely many kinks whose slopes on both sides are finite",
    "fails": "affine, or discontinuous, or with an infinite slope, or not defined on the whole line",
}


def judge(facts: Facts, thresholds: Bounds = THRESHOLDS) -> Verdict:
    """Is g nonlinear and differentiable?"""
    domain, affine, smoothness = (answered(facts, key) for key in ("domain", "affine", "smoothness"))
    kinks = smoothness["kinks"] if smoothness else ()
    jumps, corners = ([kink for kink in kinks if kink["order"] == order] for order in (0, 1))
    poles = {told(kink["at"]) for kink in jumps if any(_endless(kink[side]) for side in ("left", "right"))}
    gaps = listed(_gap(told(lower), told(upper), poles) for lower, upper in (domain["undefined"] if domain else ()))
    steep = [kink for kink in corners if _steep(kink["left"]) or _steep(kink["right"])]
    sided = [kink[side] for kink in corners for side in ("left", "right")]
    clear = bool(sided) and not any(slope is not None and open_(slope) for slope in sided)

    whole = that(domain, lambda fact: not fact["undefined"]) if "domain" in facts else Truth(True)
    linear = that(affine, lambda fact: fact["value"])
    kind = smoothness["class"] if smoothness else ""
    torn, smooth = that(smoothness, lambda _: kind == "discontinuous"), that(smoothness, lambda _: kind != "C^0")
    proper = whole & ~linear & ~torn
    unclear = "continuous, but the slopes at its kinks are not decided"
    found = f"continuous, with {counted(len(corners), 'kink')}{_places(corners, 'the slope jumps')}"
    rules = (
        ("fails", ~whole, f"not defined {gaps}"),
        ("fails", linear, "affine: a stack of layers is one affine map"),
        ("fails", torn, "discontinuous" + _places(jumps, "the value jumps")),
        ("fails", that(smoothness, lambda _: bool(steep)), "continuous" + _places(steep, "the slope goes")),
        ("open", whole, "whether it is defined on the whole line is not decided"),
        ("open", linear, "whether it is affine is not decided"),
        ("open", torn, "whether it is differentiable everywhere is not decided"),
        ("holds", proper & smooth, "not affine", f"{kind}: the derivative is continuous"),
        ("open", that(smoothness, lambda _: clear or None), "not affine", unclear),
        ("partly", proper & ~smooth, "not affine", found),
    )
    count = float(len(jumps) + len(corners)) if smoothness else None
    return concluded(KEY, measure("jumps and kinks", count), rules)


def _gap(lower: str, upper: str, poles: Collection[str]) -> str:
    """A gap of the domain; whether its ends belong to it is left unsaid."""
    if lower == upper:
        return f"at {lower}, a pole" if lower in poles else f"at {lower}"
    if lower == "-inf":
        return f"below {upper}"
    return f"above {lower}" if upper == "inf" else f"between {lower} and {upper}"


def _steep(slope: Any) -> bool:
    """Is a one-sided slope infinite, or is there none?"""
    return slope is None or _endless(slope) or (not slope.known and not open_(slope))


def _endless(limit: Any) -> bool:
    """Is a one-sided limit infinite?"""
    return limit is not None and limit.known and math.isinf(limit.value)


def _places(kinks: Sequence[Mapping[str, Any]], happens: str) -> str:
    """ ", at 0, where the slope jumps from 0 to 1"."""
    places = [
        f"at {told(kink['at'])}, where {happens} from {_side(kink['left'])} to {_side(kink['right'])}" for kink in kinks
    ]
    if not places:
        return ""
    return (", " if len(places) == 1 else ": ") + listed(places)


def _side(limit: Any) -> str:
    return "no limit" if limit is None else told(limit)

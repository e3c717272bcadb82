"""Is the function nonlinear, and differentiable?

An affine function makes a network of any depth one affine map, and one that is affine but for a thousandth makes 50
layers bend less than a twentieth of what passes: the measure is the share of the variance of the outputs that no line
explains, at the lengths that occur. A kink with finite slopes costs little, since the pre-activation meets it with
probability 0. At a jump, or where the slope is infinite, the backward pass has no number to use.

What lies beyond 40 standard deviations, or is slighter than a thousandth of the usual slope or of the deviation of the
outputs, is told and decides nothing.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import again, answered, counted, listed, measure, number, open_, told
from propcheck.criteria.signals import KEY as SIGNALS
from propcheck.criteria.signals import short, signal, unknown
from propcheck.criteria.truths import at_least, concluded, exists, finite
from propcheck.truth import UNDECIDED, Truth, that
from propcheck.verdict import Fact, Facts, Verdict

KEY, TITLE = "differentiability", "nonlinear and differentiable"
THRESHOLDS = {"nonlinear": Threshold(Fraction(1, 1000), "nonlinear from a share of")}
USUAL = usual(THRESHOLDS)
MEASURE = "share of the outputs' variance that no line explains"
_MOST_PLACES = 8  # of jumps that are told one by one
FAR, SLIGHT = 40, 1e-3  # standard deviations of the pre-activations; of the usual slope, or of the outputs' deviation
RULE = {
    "holds": "no line explains {nonlinear} of the outputs' variance or more, and C^1 or smoother",
    "partly": "nonlinear, continuous, with kinks (finitely many on an interval) whose slopes on both sides are finite",
    "fails": "as good as affine, or discontinuous, or with an infinite slope, or not defined on the whole line",
}
DEPARTS = "the paper asks for a derivative; beside it is measured whether the function is more than a line"


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Is g nonlinear and differentiable?"""
    return concluded(KEY, measure(MEASURE, signal(facts, "nonlinear").value), _rules(facts, thresholds["nonlinear"]))


def _rules(facts: Facts, least: Fraction) -> Iterator[tuple[str, Truth, *tuple[str, ...]]]:
    domain, affine, smoothness = (answered(facts, key) for key in ("domain", "affine", "smoothness"))
    every = smoothness["kinks"] if smoothness else ()
    known, scaleless = answered(facts, SIGNALS), _scaleless(facts)
    later = again(smoothness)
    kinks = [kink for kink in every if known is None or later or _matters(kink, known)]
    jumps, corners = ([kink for kink in kinks if kink["order"] == order] for order in (0, 1))
    poles = {told(kink["at"]) for kink in jumps if any(_endless(kink[side]) for side in ("left", "right"))}
    gaps = listed(_gap(told(lower), told(upper), poles) for lower, upper in (domain["undefined"] if domain else ()))
    steep = [kink for kink in corners if _steep(kink["left"]) or _steep(kink["right"])]
    sided = [kink[side] for kink in corners for side in ("left", "right")]
    clear = bool(sided) and not any(slope is not None and open_(slope) for slope in sided)

    whole = that(domain, lambda fact: not fact["undefined"]) if "domain" in facts else Truth(True)
    linear = that(affine, lambda fact: fact["value"])
    bent = (~linear & scaleless) | at_least(signal(facts, "nonlinear"), least)
    counts = that(smoothness, lambda fact: _told(fact, known is not None or scaleless.value is True) or None)
    torn, sharp, cliff = (counts if of else ~counts for of in (jumps, corners, steep))
    proper = whole & ~linear & bent & ~torn
    many = "kinks" if later else counted(len(corners), "kink")
    found = f"continuous, with {many}{_places(corners, 'the slope jumps')}{later}"
    rest = f"{counted(len(every) - len(kinks), 'break')} further out than {FAR} deviations, or slight, decide nothing"
    share = f"no line explains {short(signal(facts, 'nonlinear'))} of the outputs' variance"
    nonlinear = ("not affine",) if signal(facts, "nonlinear").value is None else ("not affine", share)
    said = (*nonlinear, rest if len(kinks) < len(every) else "")
    yield "fails", ~whole, f"not defined {gaps}"
    yield "fails", linear, "affine: a stack of layers is one affine map"
    yield "fails", ~bent, f"as good as affine: {share}"
    yield "fails", torn, "discontinuous" + _places(jumps, "the value jumps") + later
    yield "fails", cliff, "continuous" + _places(steep, "the slope goes") + later
    yield "open", whole, "whether it is defined on the whole line is not decided"
    yield "open", linear, "whether it is affine is not decided"
    yield "open", torn, "whether it is differentiable everywhere is not decided"
    yield "open", bent, f"whether it is nonlinear is not decided: {unknown(facts)}"
    yield "holds", proper & ~sharp, *said, f"{_class(every, kinks, smoothness)}: the derivative is continuous"
    yield "open", Truth(clear or None), *nonlinear, "continuous, but the slopes at its kinks are not decided"
    yield "partly", proper & sharp, *said, found
    yield "open", UNDECIDED, "whether it is differentiable everywhere is not decided"


def _scaleless(facts: Facts) -> Truth:
    """Have the outputs no scale, so that nothing is far out or slight, and nothing is as good as affine?"""
    square = number(facts, "gaussian", "second_moment")
    return ~exists(square) | ~finite(square)


def _told(smoothness: Fact, scaled: bool) -> bool:
    """Is it known which breaks there are that matter? `scaled` says whether it is known what is far out or slight."""
    kinks = smoothness["kinks"]
    broken = smoothness["class"] in ("discontinuous", "C^0")
    return scaled and any(kink["order"] < 2 for kink in kinks) if broken else True


def _matters(kink: Mapping[str, Any], signals: Fact) -> bool:
    """Does a break lie where signals get to, and is it more than slight?"""
    q, usual_slope, deviation = (signals[name].value for name in ("q", "slope", "deviation"))
    at = kink["at"].value
    if q is not None and at is not None and abs(at) > FAR * math.sqrt(q):
        return False
    sides = [kink[side] for side in ("left", "right")]
    size = {0: deviation, 1: usual_slope}.get(kink["order"])
    if size is None or any(side is None or not side.known for side in sides):
        return True
    return not abs(sides[1].value - sides[0].value) <= SLIGHT * size


def _class(every: Sequence[Any], kinks: Sequence[Any], smoothness: Fact | None) -> str:
    if len(kinks) == len(every) and smoothness is not None:
        return smoothness["class"]
    return (
        f"C^{min((kink['order'] for kink in kinks), default=math.inf) - 1}" if kinks else "smooth where signals get to"
    )


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
    """ ", at 0, where the slope jumps from 0 to 1"; of many places the first ones, how many there are, and the last."""
    few = kinks if len(kinks) <= _MOST_PLACES else kinks[: _MOST_PLACES // 2]
    places = [
        f"at {told(kink['at'])}, where {happens} from {_side(kink['left'])} to {_side(kink['right'])}" for kink in few
    ]
    if len(few) < len(kinks):
        places.append(f"at {len(kinks) - len(few)} places more, the last of them {told(kinks[-1]['at'])}")
    if not places:
        return ""
    return (", " if len(places) == 1 else ": ") + listed(places)


def _side(limit: Any) -> str:
    return "no limit" if limit is None else told(limit)

"""Do the outputs have mean zero, or nearly, for z ~ N(0, 1)?

The sign of an update to a weight is the sign of its layer's input. Where all outputs have one sign, all weights of a
unit in the next layer move the same way; a mean that is large beside the spread comes near to that.
"""

import math
from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure, number, rational, told
from propcheck.criteria.truths import at_least, concluded, equals, exceeds, exists, finite
from propcheck.truth import Truth
from propcheck.verdict import Facts, Number, Verdict, weakest

KEY, TITLE = "zero_mean", "outputs of zero mean"
THRESHOLDS = {
    "holds": Threshold(Fraction(1, 10), "holds up to"),
    "partly": Threshold(Fraction(1, 2), "partly up to"),
}
USUAL = usual(THRESHOLDS)
RULE = {
    "holds": "abs mean / standard deviation <= {holds}, with outputs of both signs",
    "partly": "abs mean / standard deviation <= {partly}, with outputs of both signs",
    "fails": "above that, or outputs of one sign only, or a constant, or no finite mean",
}


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Is the mean of the outputs near zero, measured by their spread?"""
    near, moderate = thresholds["holds"], max(thresholds.values())
    mean, variance = number(facts, "gaussian", "mean"), number(facts, "gaussian", "variance")
    inf, sup = number(facts, "range", "inf"), number(facts, "range", "sup")
    ratio = _ratio(mean, variance)
    spread = (f"mean {told(mean)}", f"standard deviation {_deviation(variance)}") if ratio.known else ()
    unknown = "the standard deviation of the outputs is not decided"
    if finite(variance).value is False:
        unknown = "the standard deviation is infinite, so it is no measure for the mean"
    found = f"the ratio {told(ratio)} is"
    far, off = (_above(mean, variance, ratio, threshold) for threshold in (moderate, near))
    both = ~at_least(inf, 0) & exceeds(sup, 0)
    nearest, beyond = (moderate, far) if off.value else (near, off)
    rules = (
        ("fails", equals(variance, 0), "a constant: the outputs have no spread"),
        ("fails", at_least(inf, 0), "no output is negative", *spread),
        ("fails", ~exceeds(sup, 0), "no output is positive", *spread),
        ("fails", ~finite(mean), "the mean is infinite"),
        ("open", exists(mean), "the mean of the outputs is not decided"),
        ("fails", ~exists(mean), "the mean does not exist"),
        ("open", exists(ratio), unknown),
        ("fails", far, *spread, f"{found} above {float(moderate)}"),
        ("holds", equals(ratio, 0), *spread),  # with a spread, a mean of 0 takes outputs of both signs
        ("open", both, "whether the outputs take both signs is not decided", *spread),
        ("holds", ~off & both, *spread, f"{found} at most {float(near)}"),
        ("partly", off & ~far & both, *spread, f"{found} at most {float(moderate)}"),
        ("open", beyond, *spread, f"whether {found} at most {float(nearest)} is not decided"),
    )
    return concluded(KEY, measure("abs mean / standard deviation", ratio.value), rules)


def _ratio(mean: Number, variance: Number) -> Number:
    """abs mean / standard deviation, rounded outward."""
    standing = weakest(mean.standing, variance.standing)
    if (equals(mean, 0) & exceeds(variance, 0)).value:
        return Number(0.0, 0.0, 0.0, "0", standing)
    if not (finite(mean) & finite(variance) & exceeds(variance, 0)).value:
        return Number.missing("the mean and the variance are not both known and finite")
    assert mean.lower is not None and mean.upper is not None and mean.value is not None
    assert variance.lower is not None and variance.upper is not None and variance.value is not None
    least = 0.0 if mean.lower <= 0 <= mean.upper else min(abs(mean.lower), abs(mean.upper))
    largest = max(abs(mean.lower), abs(mean.upper))
    lower = _down(least / _up(math.sqrt(variance.upper)))
    upper = _up(largest / _down(math.sqrt(variance.lower))) if variance.lower > 0 else math.inf
    return Number(abs(mean.value) / math.sqrt(variance.value), max(lower, 0.0), upper, None, standing)


def _above(mean: Number, variance: Number, ratio: Number, threshold: Fraction) -> Truth:
    """Is the ratio above the threshold? Rational moments decide it even where it is exactly the threshold."""
    exact_mean, exact_variance = rational(mean), rational(variance)
    if exact_mean is not None and exact_variance is not None:
        return Truth.of(exact_mean**2 > threshold**2 * exact_variance, mean, variance)
    return exceeds(ratio, threshold)


def _down(value: float) -> float:
    return math.nextafter(value, -math.inf)


def _up(value: float) -> float:
    return math.nextafter(value, math.inf)


def _deviation(variance: Number) -> str:
    return "inf" if variance.value is None else f"{math.sqrt(variance.value):.6g}"

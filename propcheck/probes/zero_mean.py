"""Do the outputs of a layer have mean zero, or nearly, in a deep random network?"""

from __future__ import annotations

from collections.abc import Sequence

from propcheck.criteria import zero_mean as criterion
from propcheck.probes.measurement import Found, by_layer, by_thresholds, over_seeds, ruling, surely, told
from propcheck.probes.outcome import Outcome

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ()


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is the mean of the outputs near zero, measured by their spread?"""
    deep = [outcome.deep for outcome in outcomes]
    ratio = over_seeds(criterion.MEASURE, [found.signals["mean"] for found in deep])
    negative = over_seeds("share of negative outputs", [found.negative.mean() for found in deep])
    positive = over_seeds("share of positive outputs", [found.positive.mean() for found in deep])
    profiles = (
        by_layer("mean of the outputs", [found.mean for found in deep]),
        by_layer("share of negative outputs", [found.negative for found in deep]),
        by_layer("share of positive outputs", [found.positive for found in deep]),
    )
    verdict, measurements = ruling(criterion, ratio), (ratio, negative, positive)
    if ratio.mean is None:
        constant = any(found.signals["mean"] == float("inf") for found in deep)
        said = ("fails", "in some layer the outputs have no spread") if constant else ("open", "numbers overflow")
        return Found(verdict(*said), measurements, profiles)
    found = f"abs mean / standard deviation {told(ratio.mean)}, {surely(ratio)}"
    return Found(verdict(by_thresholds(criterion, ratio.mean), found), measurements, profiles)

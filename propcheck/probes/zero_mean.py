"""Do the outputs of a layer have mean zero, or nearly, in a deep random network?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import zero_mean as criterion
from propcheck.probes.measurement import Found, by_layer, over_seeds, ruling, told
from propcheck.probes.outcome import Outcome

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ()
NEAR, MODERATE = (float(criterion.THRESHOLDS[word].value) for word in ("holds", "partly"))
THRESHOLDS = {"holds up to": NEAR, "partly up to": MODERATE}
RULE = {
    "holds": f"abs mean / standard deviation <= {NEAR} on the average of the layers, with outputs of both signs",
    "partly": f"abs mean / standard deviation <= {MODERATE}, with outputs of both signs",
    "fails": "above that, or outputs of one sign only, or without spread",
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is the mean of the outputs near zero, measured by their spread?"""
    deep = [outcome.deep for outcome in outcomes]
    with np.errstate(all="ignore"):
        ratio = over_seeds("abs mean / standard deviation", [_ratio(found.mean, found.deviation) for found in deep])
    negative = over_seeds("share of negative outputs", [found.negative.mean() for found in deep])
    positive = over_seeds("share of positive outputs", [found.positive.mean() for found in deep])
    profiles = (
        by_layer("mean of the outputs", [found.mean for found in deep]),
        by_layer("share of negative outputs", [found.negative for found in deep]),
        by_layer("share of positive outputs", [found.positive for found in deep]),
    )
    verdict, measurements = ruling(criterion, ratio), (ratio, negative, positive)
    lost = [found.overflow for found in deep if found.overflow]
    if lost:
        return Found(
            verdict("open", f"from layer {min(lost)} on the outputs are too large, or no numbers"),
            measurements,
            profiles,
        )
    if ratio.mean is None:
        return Found(verdict("fails", "in some layer the outputs have no spread"), measurements, profiles)
    assert negative.mean is not None and positive.mean is not None
    found = f"abs mean / standard deviation {told(ratio.mean)}, negative {negative.mean:.1%}"
    if negative.mean == 0 or positive.mean == 0:
        return Found(verdict("fails", "outputs of one sign only", found), measurements, profiles)
    word = "holds" if ratio.mean <= NEAR else "partly" if ratio.mean <= MODERATE else "fails"
    return Found(verdict(word, found), measurements, profiles)


def _ratio(mean: np.ndarray, deviation: np.ndarray) -> float:
    return float(np.mean(np.abs(mean) / deviation))

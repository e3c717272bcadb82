"""What share of a deep random network's outputs is one value, and what share is exactly zero?

The measure is that of the formula, in the first layers. Beside it zeros are counted in every layer: an output is 0 when
it is in the arithmetic of the network, far out on a tail that falls like an exponential too, while their prediction is
of exact arithmetic, and is flagged there.
"""

from __future__ import annotations

from collections.abc import Sequence

from propcheck.criteria import sparsity as criterion
from propcheck.probes.measurement import Found, by_layer, by_thresholds, over_seeds, ruling, surely
from propcheck.probes.outcome import Outcome

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ()


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is a fair share of the outputs one value?"""
    deep = [outcome.deep for outcome in outcomes]
    share = over_seeds(criterion.MEASURE, [found.signals["sparse"] for found in deep])
    zero = over_seeds("share of zeros", [found.zero.mean() for found in deep])
    near = over_seeds("share near zero", [found.near.mean() for found in deep])
    shares = by_layer(
        "share of zeros",
        [found.zero for found in deep],
        [found.expected_zero for found in deep],
        [found.zero_error for found in deep],
    )
    profiles = shares, by_layer("share near zero", [found.near for found in deep])
    measurements, verdict = (share, zero, near), ruling(criterion, share)
    if share.mean is None:
        return Found(verdict("open", "numbers overflow"), measurements, profiles)
    found = f"{share.mean:.1%} of the outputs are one value, {surely(share)}"
    word = by_thresholds(criterion, share.mean, more_is_better=True)
    return Found(verdict(word, found), measurements, profiles)

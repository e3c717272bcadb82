"""What share of a deep random network's outputs is exactly zero, and how much is near it?

An output is 0 when it is in the arithmetic of the network: far out on a tail that falls like an exponential it is too.
The prediction is of exact arithmetic, and is flagged there. Where only such zeros make the share a fair one, as where
signals die out, the verdict is open.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import sparsity as criterion
from propcheck.probes.deep import NEAR
from propcheck.probes.measurement import Found, by_layer, over_seeds, ruling
from propcheck.probes.outcome import Outcome

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ()
SPARSE, NEARLY = (float(criterion.THRESHOLDS[word].value) for word in ("holds", "partly"))
THRESHOLDS = {"holds from a zero share of": SPARSE, "partly from a near-zero share of": NEARLY}
RULE = {
    "holds": f"at least {SPARSE:.0%} of the outputs are 0",
    "partly": f"some are, or at least {NEARLY:.0%} are within {NEAR:g} times the layer's root mean square of 0",
    "fails": "neither",
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is a fair share of the outputs zero?"""
    deep = [outcome.deep for outcome in outcomes]
    zero = over_seeds("share of zeros", [found.zero.mean() for found in deep])
    near = over_seeds("share near zero", [found.near.mean() for found in deep])
    shares = by_layer(
        "share of zeros",
        [found.zero for found in deep],
        [found.expected_zero for found in deep],
        [found.zero_error for found in deep],
    )
    profiles = shares, by_layer("share near zero", [found.near for found in deep])
    verdict = ruling(criterion, zero)
    lost = [found.overflow for found in deep if found.overflow]
    if lost:
        return Found(
            verdict("open", f"from layer {min(lost)} on the outputs are too large, or no numbers"),
            (zero, near),
            profiles,
        )
    assert zero.mean is not None and near.mean is not None
    exact = float(np.mean([found.expected_zero for found in deep]))
    if zero.mean >= SPARSE > exact and shares.surprises:
        small = f"{zero.mean:.1%} of the outputs are 0, with exact arithmetic {exact:.1%}: numbers become too small"
        return Found(verdict("open", small), (zero, near), profiles)
    word = "holds" if zero.mean >= SPARSE else "partly" if zero.mean > 0 or near.mean >= NEARLY else "fails"
    found = f"{zero.mean:.1%} of the outputs are 0, {near.mean:.1%} near it"
    return Found(verdict(word, found), (zero, near), profiles)

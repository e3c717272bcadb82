"""How many signals meet no slope in a deep random network, and do units die?

The measure is that of the formula, in the first layers of the network. Units whose slope is 0 on every sample are
counted beside it, there and in a small network that has taken steps with a large learning rate, which throws weights
far out; there also those that come back.
"""

from __future__ import annotations

from collections.abc import Sequence

from propcheck.criteria import dead_units as criterion
from propcheck.probes.measurement import Found, by_layer, by_thresholds, over_seeds, ruling, surely
from propcheck.probes.outcome import Outcome
from propcheck.probes.training import DYING_RATE, DYING_STEPS

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("dying",)


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Do few signals meet no slope?"""
    dying = [outcome.dying for outcome in outcomes if outcome.dying is not None]
    share = over_seeds(criterion.MEASURE, [outcome.deep.signals["dead"] for outcome in outcomes])
    after = over_seeds("dead share of units after large steps", [run.after for run in dying])
    measurements = (
        share,
        after,
        over_seeds("dead share of units before them", [run.before for run in dying]),
        over_seeds("share of units dead half way that came back", [run.revived for run in dying]),
        over_seeds("dead share of units in the deep random network", [o.deep.dead.mean() for o in outcomes]),
    )
    profiles = (by_layer("dead share", [outcome.deep.dead for outcome in outcomes]),)
    verdict = ruling(criterion, share)
    if share.mean is None:
        return Found(verdict("open", "numbers overflow"), measurements, profiles)
    found = f"{share.mean:.1%} of the signals meet no slope, {surely(share)}"
    died = ""
    if after.mean is not None:
        died = f"{after.mean:.1%} of the units dead after {DYING_STEPS} steps at a learning rate of {DYING_RATE:g}"
    short = [run.steps for run in dying if run.steps < DYING_STEPS]
    if short:
        died = f"in {len(short)} of {len(dying)} seeds numbers overflowed before {DYING_STEPS} large steps"
    return Found(verdict(by_thresholds(criterion, share.mean), found, died), measurements, profiles)

"""Do units die: is their slope 0 on every sample?

Counted in the deep random network, and in a small one that has taken steps with a large learning rate, which throws
weights far out; there also those that come back. A slope counts as 0 when it is, in the arithmetic of the network.
"""

from __future__ import annotations

from collections.abc import Sequence

from propcheck.criteria import dead_units as criterion
from propcheck.probes.measurement import Found, by_layer, over_seeds, ruling
from propcheck.probes.outcome import Outcome
from propcheck.probes.training import DYING_RATE, DYING_STEPS

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("dying",)
FEW, SOME = 0.02, 0.05
THRESHOLDS = {"holds to a dead share of": FEW, "partly to a dead share of": SOME}
RULE = {
    "holds": f"at most {FEW:.0%} of the units are dead after {DYING_STEPS} steps at a learning rate of {DYING_RATE:g}",
    "partly": f"at most {SOME:.0%}",
    "fails": "more",
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Do units live on after large steps?"""
    dying = [outcome.dying for outcome in outcomes if outcome.dying is not None]
    after = over_seeds("dead share after large steps", [run.after for run in dying])
    measurements = (
        after,
        over_seeds("dead share before them", [run.before for run in dying]),
        over_seeds("share dead half way that came back", [run.revived for run in dying]),
        over_seeds("dead share in the deep random network", [outcome.deep.dead.mean() for outcome in outcomes]),
    )
    profiles = (by_layer("dead share", [outcome.deep.dead for outcome in outcomes]),)
    verdict = ruling(criterion, after)
    assert after.mean is not None
    word = "holds" if after.mean <= FEW else "partly" if after.mean <= SOME else "fails"
    short = [run.steps for run in dying if run.steps < DYING_STEPS]
    if not short:
        found = f"{after.mean:.1%} of the units dead after {DYING_STEPS} large steps"
        return Found(verdict(word, found), measurements, profiles)
    found = f"{after.mean:.1%} of the units dead when last counted"
    early = (
        f"in {len(short)} of {len(dying)} seeds numbers overflowed before {DYING_STEPS} steps, first after {min(short)}"
    )
    return Found(verdict("fails" if word == "fails" else "open", found, early), measurements, profiles)

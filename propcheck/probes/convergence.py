"""How soon does training reach a target loss, beside ReLU in the same run?

Every function is taken at the learning rate of the grid that serves it best: the one at which most seeds reach the
target, and of these the one with the fewest steps. The rate is chosen on the seeds that are reported, for all functions
alike, which flatters each a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import convergence as criterion
from propcheck.probes import training
from propcheck.probes.measurement import Found, over_seeds, ruling, told
from propcheck.probes.outcome import Outcome
from propcheck.probes.training import STEPS, TARGET_LOSS, Run

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("runs",)
QUICK, MODERATE = 1.25, 2.0
THRESHOLDS = {"holds to steps, in ReLU's, of": QUICK, "partly to steps, in ReLU's, of": MODERATE}
RULE = {
    "holds": f"the target loss of {TARGET_LOSS} is reached in at most {QUICK} times ReLU's steps",
    "partly": f"in at most {MODERATE} times as many",
    "fails": "later, or not within the run",
}


def best_rate(outcomes: Sequence[Outcome]) -> int:
    """The place in the grid of the learning rate that serves the function best."""
    steps = np.array([[run.steps for run in outcome.runs] for outcome in outcomes])
    losses = np.array([[run.loss for run in outcome.runs] for outcome in outcomes])
    return training.best_rate(steps, losses, STEPS)


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is the target reached about as soon as with ReLU?"""
    own = [outcome.runs[best_rate(outcomes)] for outcome in outcomes]
    others = [outcome.runs[best_rate(reference)] for outcome in reference]
    usual = float(np.mean([_steps(run) for run in others])) if others else np.nan
    steps = over_seeds("steps to the target loss", [_steps(run) for run in own])
    ratio = over_seeds("steps, in ReLU's", [_steps(run) / usual for run in own])
    measurements = (
        ratio,
        steps,
        over_seeds("learning rate", [run.rate for run in own]),
        over_seeds("loss at the end", [run.loss for run in own]),
        over_seeds("accuracy on held-out data", [run.accuracy for run in own]),
    )
    verdict = ruling(criterion, ratio)
    missed = sum(not np.isfinite(run.steps) for run in own)
    rate = f"at a learning rate of {own[0].rate:g}"
    if ratio.mean is None:
        return Found(verdict("open", "ReLU was not run beside it"), measurements)
    if missed == len(own):
        never = f"the target loss of {TARGET_LOSS} was not reached in {STEPS} steps at any learning rate"
        return Found(verdict("fails", never), measurements)
    word = "holds" if ratio.mean <= QUICK else "partly" if ratio.mean <= MODERATE else "fails"
    found = f"{told(ratio.mean)} times ReLU's steps, {rate}"
    slow = sum(not np.isfinite(run.steps) for run in others)
    if slow:
        late = f"{slow} of {len(others)} of ReLU's seeds did not reach the target and are counted as {STEPS} steps"
        sure = word == "holds" and not missed
        return Found(verdict("holds", f"at most {found}", late) if sure else verdict("open", late), measurements)
    if missed:
        late = f"{missed} of {len(own)} seeds did not reach the target and are counted as {STEPS} steps"
        return Found(verdict("fails" if word == "fails" else "open", f"at least {found}", late), measurements)
    return Found(verdict(word, found), measurements)


def _steps(run: Run) -> float:
    return run.steps if np.isfinite(run.steps) else float(STEPS)

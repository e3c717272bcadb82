"""Do inputs stay apart, and how soon does training reach a target loss, beside ReLU in the same run?

The verdict is on the measure of the formula, the contrast of unrelated inputs after three layers. The steps to the
target are what it should foretell. Every function is taken at the learning rate of the grid that serves it best: the
one at which most seeds reach the target, and of these the one with the fewest steps. The rate is chosen on the seeds
that are reported, for all functions alike, which flatters each a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import convergence as criterion
from propcheck.probes import training
from propcheck.probes.hopeless import hopeless
from propcheck.probes.measurement import Found, by_thresholds, over_seeds, ruling, surely, told
from propcheck.probes.outcome import Outcome
from propcheck.probes.training import STEPS, TARGET_LOSS, Run

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("runs",)


def best_rate(outcomes: Sequence[Outcome]) -> int:
    """The place in the grid of the learning rate that serves the function best."""
    steps = np.array([[run.steps for run in outcome.runs] for outcome in outcomes])
    losses = np.array([[run.loss for run in outcome.runs] for outcome in outcomes])
    return training.best_rate(steps, losses, STEPS)


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Do inputs stay apart?"""
    own = [outcome.runs[best_rate(outcomes)] for outcome in outcomes]
    others = [outcome.runs[best_rate(reference)] for outcome in reference]
    usual = float(np.mean([_steps(run) for run in others])) if others else np.nan
    contrast = over_seeds(criterion.MEASURE, [outcome.deep.signals["contrast"] for outcome in outcomes])
    ratio = over_seeds("steps, in ReLU's", [_steps(run) / usual for run in own])
    measurements = (
        contrast,
        ratio,
        over_seeds("steps to the target loss", [_steps(run) for run in own]),
        over_seeds("learning rate", [run.rate for run in own]),
        over_seeds("loss at the end", [run.loss for run in own]),
        over_seeds("accuracy on held-out data", [run.accuracy for run in own]),
    )
    verdict, trained = ruling(criterion, contrast), _trained(own, ratio.mean)
    if why := hopeless(outcomes, criterion):
        return Found(verdict("fails", why, trained), measurements)
    if contrast.mean is None:
        return Found(verdict("open", "numbers overflow", trained), measurements)
    found = f"the contrast of unrelated inputs is {told(contrast.mean)} after three layers, {surely(contrast)}"
    word = by_thresholds(criterion, contrast.mean, more_is_better=True)
    return Found(verdict(word, found, trained), measurements)


def _trained(own: Sequence[Run], ratio: float | None) -> str:
    """What came of training, in a sentence."""
    missed = sum(not np.isfinite(run.steps) for run in own)
    if missed == len(own):
        return f"training: a loss of {TARGET_LOSS} was not reached in {STEPS} steps at any learning rate"
    some = f"; {missed} of {len(own)} seeds never did" if missed else ""
    times = "" if ratio is None else f" in {told(ratio)} times ReLU's steps,"
    return f"training: a loss of {TARGET_LOSS} was reached{times} at a learning rate of {own[0].rate:g}{some}"


def _steps(run: Run) -> float:
    return run.steps if np.isfinite(run.steps) else float(STEPS)

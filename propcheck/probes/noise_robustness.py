"""By how much does the share of noise grow, and how much accuracy does noise on the inputs cost?

The verdict is on the measure of the formula, the growth of the share of noise in three layers. In the deep random
network noise is followed from layer to layer besides: the size of the disturbance over that of the outputs, against
the same at the inputs. What it should foretell is measured in trained networks, each at its best learning rate: the
accuracy on held-out data that noise takes away, beside what it takes from ReLU's network with the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import noise_robustness as criterion
from propcheck.probes.convergence import best_rate
from propcheck.probes.deep import LEVELS
from propcheck.probes.hopeless import hopeless
from propcheck.probes.measurement import (
    Found,
    Measurement,
    by_layer,
    by_thresholds,
    over_seeds,
    ruling,
    surely,
    told,
)
from propcheck.probes.outcome import Outcome
from propcheck.probes.training import NOISE_LEVELS, Run

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("runs",)
LEARNED = 0.5  # a network of less accuracy has little to lose


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Does the share of noise grow little?"""
    own = [outcome.runs[best_rate(outcomes)] for outcome in outcomes]
    others = [outcome.runs[best_rate(reference)] for outcome in reference]
    usual = float(np.mean([_lost(run) for run in others])) if others else np.nan
    learned = bool(others) and float(np.mean([run.accuracy for run in others])) >= LEARNED
    if not (learned and usual > 0):
        usual = np.nan
    growth = over_seeds(criterion.MEASURE, [outcome.deep.signals["noise"] for outcome in outcomes])
    accuracy = over_seeds("accuracy without noise", [run.accuracy for run in own])
    ratio = over_seeds("accuracy lost to noise, in ReLU's", [_lost(run) / usual for run in own])
    measurements = [growth, ratio, accuracy]
    for place, level in enumerate(NOISE_LEVELS):
        measurements.append(over_seeds(f"accuracy with noise of {level:g}", [run.noisy[place] for run in own]))
    measurements += [_gain(outcomes, place, level) for place, level in enumerate(LEVELS)]
    profiles = tuple(
        by_layer(f"disturbance over outputs, squared, at noise of {level:g}", [o.deep.reached[place] for o in outcomes])
        for place, level in enumerate(LEVELS)
    )
    verdict, trained = ruling(criterion, growth), _trained(own, accuracy, ratio)
    if why := hopeless(outcomes, criterion):
        return Found(verdict("fails", why, trained), tuple(measurements), profiles)
    if growth.mean is None:
        return Found(verdict("open", "numbers overflow", trained), tuple(measurements), profiles)
    found = f"the share of noise grows by a factor of {told(growth.mean)} in three layers, {surely(growth)}"
    return Found(verdict(by_thresholds(criterion, growth.mean), found, trained), tuple(measurements), profiles)


def _trained(own: Sequence[Run], accuracy: Measurement, ratio: Measurement) -> str:
    """What came of trained networks, in a sentence."""
    if accuracy.mean is None or accuracy.mean < LEARNED:
        said = "nothing was learned" if accuracy.mean is None else f"the accuracy is {accuracy.mean:.1%} without noise"
        return f"training: {said}, so that there is little to lose"
    lost = f"training: noise takes {np.mean([_lost(run) for run in own]):.1%} of the accuracy"
    return lost if ratio.mean is None else f"{lost}, {told(ratio.mean)} times what it takes from ReLU's"


def _lost(run: Run) -> float:
    """The accuracy that noise takes away, on the average of its levels."""
    return run.accuracy - float(np.mean(run.noisy))


def _gain(outcomes: Sequence[Outcome], place: int, level: float) -> Measurement:
    """The signal-to-noise ratio at the last layer over that at the inputs, in decibels."""
    with np.errstate(all="ignore"):
        values = [-10 * np.log10(outcome.deep.reached[place][-1] / level**2) for outcome in outcomes]
    return over_seeds(f"signal to noise, last layer over inputs, dB, at noise of {level:g}", values)

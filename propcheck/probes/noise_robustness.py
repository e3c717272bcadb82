"""How much does noise on the inputs cost?

In the deep random network it is followed from layer to layer: the size of the disturbance over that of the outputs,
against the same at the inputs. The verdict is on trained networks, each at its best learning rate: the accuracy on
held-out data that noise takes away, beside what it takes from ReLU's network with the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import noise_robustness as criterion
from propcheck.probes.convergence import best_rate
from propcheck.probes.deep import LEVELS
from propcheck.probes.measurement import Found, Measurement, by_layer, over_seeds, ruling, told
from propcheck.probes.outcome import Outcome
from propcheck.probes.training import NOISE_LEVELS, Run

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("runs",)
ROBUST, MODERATE = 0.9, 1.25
LEARNED = 0.5  # a network of less accuracy has little to lose
THRESHOLDS = {"holds to a loss, in ReLU's, of": ROBUST, "partly to a loss, in ReLU's, of": MODERATE}
RULE = {
    "holds": f"noise takes away at most {ROBUST} times the accuracy that it takes from ReLU's network",
    "partly": f"at most {MODERATE} times",
    "fails": "more",
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Does noise cost less than with ReLU?"""
    own = [outcome.runs[best_rate(outcomes)] for outcome in outcomes]
    others = [outcome.runs[best_rate(reference)] for outcome in reference]
    usual = float(np.mean([_lost(run) for run in others])) if others else np.nan
    learned = bool(others) and float(np.mean([run.accuracy for run in others])) >= LEARNED
    if not (learned and usual > 0):
        usual = np.nan
    accuracy = over_seeds("accuracy without noise", [run.accuracy for run in own])
    ratio = over_seeds("accuracy lost to noise, in ReLU's", [_lost(run) / usual for run in own])
    measurements = [ratio, accuracy]
    for place, level in enumerate(NOISE_LEVELS):
        measurements.append(over_seeds(f"accuracy with noise of {level:g}", [run.noisy[place] for run in own]))
    measurements += [_gain(outcomes, place, level) for place, level in enumerate(LEVELS)]
    profiles = tuple(
        by_layer(f"disturbance over outputs, squared, at noise of {level:g}", [o.deep.reached[place] for o in outcomes])
        for place, level in enumerate(LEVELS)
    )
    verdict = ruling(criterion, ratio)
    if accuracy.mean is not None and accuracy.mean >= LEARNED and ratio.mean is None:
        said = "ReLU's network learned nothing, lost nothing to noise, or was not run: there is no measure"
        return Found(verdict("open", said), tuple(measurements), profiles)
    if accuracy.mean is None or accuracy.mean < LEARNED or ratio.mean is None:
        said = "nothing was learned" if accuracy.mean is None else f"the accuracy is {accuracy.mean:.1%} without noise"
        return Found(verdict("open", f"{said}: there is little to lose"), tuple(measurements), profiles)
    word = "holds" if ratio.mean <= ROBUST else "partly" if ratio.mean <= MODERATE else "fails"
    lost = np.mean([_lost(run) for run in own])
    found = f"noise takes {lost:.1%} of the accuracy, {told(ratio.mean)} times what it takes from ReLU's"
    return Found(verdict(word, found), tuple(measurements), profiles)


def _lost(run: Run) -> float:
    """The accuracy that noise takes away, on the average of its levels."""
    return run.accuracy - float(np.mean(run.noisy))


def _gain(outcomes: Sequence[Outcome], place: int, level: float) -> Measurement:
    """The signal-to-noise ratio at the last layer over that at the inputs, in decibels."""
    with np.errstate(all="ignore"):
        values = [-10 * np.log10(outcome.deep.reached[place][-1] / level**2) for outcome in outcomes]
    return over_seeds(f"signal to noise, last layer over inputs, dB, at noise of {level:g}", values)

"""Do gradients keep their size on the way back through a deep random network?

Measured are how much of the gradient's norm is left in the first layer, also with the variance of the weights halved
and doubled, and the spread of slopes. The prediction by layer is sigma_w^2 E[g'(z)^2] for the squared norm, at each
layer's own q: it leaves out that the weights which carry the gradient back also made z, which counts for terms of the
order of 1 / width. Going back these grow by chi_parallel / chi_1 a layer: where lengths are that unstable, as with
Maxout of five, they rule in the end, and the prediction fails.

Of residual blocks the growth of the gradient is measured, and its factor a block judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from propcheck.criteria import gradient_flow as criterion
from propcheck.probes.measurement import (
    Found,
    Measurement,
    by_layer,
    by_thresholds,
    compared,
    over_seeds,
    ruling,
    surely,
    told,
)
from propcheck.probes.outcome import Outcome
from propcheck.verdict import Verdict

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ()
STABLE, MODERATE = 1.05, 1.25  # a residual block: in 50 of them a factor of 11, of 70 000


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Do gradients keep their size?"""
    deep = [outcome.deep for outcome in outcomes]
    gradient = np.array([found.gradient for found in deep])
    steps = gradient.shape[1] - 1
    with np.errstate(invalid="ignore"):
        course = gradient - gradient[:, -1:]
    total = over_seeds("log10 of the gradient's norm, first layer over last", course[:, 0])
    factor = over_seeds("growth of the gradient's norm a layer, going back", 10 ** (course[:, 0] / steps))
    growth = compared(
        "growth of its square a layer",
        np.array([found.growth for found in deep]),
        np.array([found.expected_growth for found in deep]),
    )
    singular = np.array([found.singular for found in deep])
    seen = [found.signals for found in deep if found.signals]
    own = [
        over_seeds(criterion.MEASURE, [abs(one["gradient"]) + one["spread"] for one in seen]),
        over_seeds("spread of slopes", [one["spread"] for one in seen]),
        over_seeds("elasticity", [one["elasticity"] for one in seen]),
        over_seeds("the same log10, the variance of the weights halved", [one["halved"] for one in seen]),
        over_seeds("the same log10, the variance of the weights doubled", [one["doubled"] for one in seen]),
    ]
    measurements = (
        *(own[:1] if seen else ()),
        total,
        factor,
        growth,
        *(own[1:] if seen else ()),
        *(
            over_seeds(f"log10 of the {name} singular value of the Jacobian", column)
            for name, column in zip(("largest", "root mean square", "median"), singular.T, strict=True)
            if np.isfinite(column).all()
        ),
    )
    theory = outcomes[0].theory
    bands = (theory.gradients(len(deep)), theory.squares(len(deep))) if theory else (None, None)
    profiles = (
        replace(by_layer("log10 of the gradient's norm", list(course)), band=bands[0]),
        by_layer("log10 of the norm of the weights' gradient", [found.weight_gradient for found in deep]),
        replace(by_layer("mean square of the outputs", *_squares(deep)), band=bands[1]),
        by_layer("standard deviation of the outputs", [found.deviation for found in deep]),
        replace(
            by_layer("correlation of the outputs of two inputs", [found.correlation for found in deep]),
            band=theory.correlations() if theory else None,
        ),
    )
    verdict = ruling(criterion, own[0] if seen else factor)
    if total.mean is None:
        said = "the gradient is 0 at the first layer" if np.isneginf(gradient[:, 0]).any() else "numbers overflow"
        return Found(verdict("fails", said), measurements, profiles)
    if seen:
        return Found(_verdict(verdict, own[0], total, own[1], own[2], steps), measurements, profiles)
    return Found(_of_blocks(verdict, total, steps), measurements, profiles)


def _verdict(
    verdict: Callable[..., Verdict],
    risk: Measurement,
    total: Measurement,
    spread: Measurement,
    elasticity: Measurement,
    steps: int,
) -> Verdict:
    """By the thresholds of the formula's verdict."""
    assert total.mean is not None
    kept = f"10^{total.mean:z.1f} of the gradient is kept over {steps + 1} layers, {surely(total)} decades"
    if elasticity.mean is not None and elasticity.mean > float(criterion.THRESHOLDS["explosive"].value):
        return verdict("fails", f"lengths run away: the elasticity is {told(elasticity.mean)}", kept)
    if risk.mean is None or spread.mean is None:
        return verdict("fails", "the spread of slopes is no number", kept)
    return verdict(by_thresholds(criterion, risk.mean), kept, f"the spread of slopes is {told(spread.mean)}")


def _of_blocks(verdict: Callable[..., Verdict], total: Measurement, steps: int) -> Verdict:
    assert total.mean is not None
    typical = 10 ** (total.mean / steps)
    size = max(typical, 1 / typical)
    word = "holds" if size <= STABLE else "partly" if size <= MODERATE else "fails"
    manner = "stable" if word == "holds" else "vanishing" if typical < 1 else "exploding"
    ends = total.interval()
    sure = (
        "from one seed"
        if ends is None
        else f"with 95 % confidence {told(10 ** (ends[0] / steps))} to {told(10 ** (ends[1] / steps))}"
    )
    found = f"{manner}: by a factor of {told(typical)} a layer, {sure}"
    return verdict(word, found, f"10^{total.mean:z.1f} over {steps + 1} layers")


def _squares(deep: Sequence) -> tuple[list, list, list]:
    return (
        [found.square for found in deep],
        [found.expected_square for found in deep],
        [found.square_error for found in deep],
    )

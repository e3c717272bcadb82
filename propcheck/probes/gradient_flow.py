"""Do gradients keep their size on the way back through a deep random network?

Measured is the factor by which the gradient's norm changes from a layer to the one before it. The prediction is
sigma_w^2 E[g'(z)^2] for the squared norm, at each layer's own q: it leaves out that the weights which carry the
gradient back also made z, which counts for terms of the order of 1 / width. Going back these grow by
chi_parallel / chi_1 a layer: where lengths are that unstable, as with Maxout of five, they rule in the end, and the
prediction fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from propcheck.criteria import gradient_flow as criterion
from propcheck.probes.measurement import Found, by_layer, compared, over_seeds, ruling, told
from propcheck.probes.outcome import Outcome

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ()
STABLE, MODERATE = 1.05, 1.25  # in 50 layers: a factor of 11, of 70 000
THRESHOLDS = {"holds to a factor a layer of": STABLE, "partly to a factor a layer of": MODERATE}
RULE = {
    "holds": f"the gradient's norm changes by a factor of at most {STABLE} a layer, up or down",
    "partly": f"by a factor of at most {MODERATE} a layer",
    "fails": "by more, or it becomes 0 or no number",
}


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
    measurements = [
        factor,
        growth,
        total,
        *(
            over_seeds(f"log10 of the {name} singular value of the Jacobian", column)
            for name, column in zip(("largest", "root mean square", "median"), singular.T, strict=True)
            if np.isfinite(column).all()
        ),
    ]
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
    verdict = ruling(criterion, factor)
    if total.mean is None:
        said = "the gradient is 0 at the first layer" if np.isneginf(gradient[:, 0]).any() else "numbers overflow"
        return Found(verdict("fails", said), tuple(measurements), profiles)
    typical = 10 ** (total.mean / steps)
    size = max(typical, 1 / typical)
    word = "holds" if size <= STABLE else "partly" if size <= MODERATE else "fails"
    manner = "stable" if word == "holds" else "vanishing" if typical < 1 else "exploding"
    ends = total.interval()
    surely = (
        "from one seed"
        if ends is None
        else f"with 95 % confidence {told(10 ** (ends[0] / steps))} to {told(10 ** (ends[1] / steps))}"
    )
    found = f"{manner}: by a factor of {told(typical)} a layer, {surely}"
    return Found(verdict(word, found, f"10^{total.mean:z.1f} over {steps + 1} layers"), tuple(measurements), profiles)


def _squares(deep: Sequence) -> tuple[list, list, list]:
    return (
        [found.square for found in deep],
        [found.expected_square for found in deep],
        [found.square_error for found in deep],
    )

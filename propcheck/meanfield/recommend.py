"""Which initialisation to take: the critical point, one sentence that says it, and the lines of code that set it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from propcheck.criteria.reading import told
from propcheck.meanfield.critical import Edge
from propcheck.meanfield.point import Critical, short

WHERE = {
    "every length": "which keeps gradients and every length",
    "vanishing length": "which keeps gradients while lengths fall slowly to 0",
    "marginal": "which keeps gradients, with lengths that move slowly",
    "edge": "which keeps gradients, with lengths that come to rest",
}
_RANKS = {"every length": 0, "vanishing length": 1, "marginal": 2, "edge": 3}


def best(border: Edge) -> Critical | None:
    """The critical initialisation to prefer; None where there is none at which lengths stay.

    First where every length is kept, then where they fall slowly to 0, then half-stable points, then ordinary ones of
    the edge. Where lengths fall like l^-2 or faster, as a kink at 0 makes them, gradients do too, and the edge comes
    before.
    """
    usable = [point for point in border.points if point.usable]
    return min(usable, key=lambda point: (point.length.fast, _RANKS[point.kind]), default=None)


def answer(border: Edge) -> str:
    """Which initialisation to take, in one sentence: the same whoever asks."""
    point = best(border)
    if point is not None:
        weights, biases = (told(short(number)) for number in (point.sigma_w2, point.sigma_b2))
        return (
            f"Take weights of variance {weights} over the fan-in and biases of variance {biases}, "
            f"{WHERE[point.kind]} ({point.standing})."
        )
    if border.none:
        return f"No initialisation is critical ({border.standing}): {border.none}."
    low, high = border.searched
    if not border.exists:
        return f"No critical initialisation was found at q between {low:g} and {high:g}; whether there is one is open."
    if border.moves_away:
        return f"Take none of the critical initialisations: lengths move away from each ({border.moves_away})."
    return (
        f"Take none of the critical initialisations that were found at q between {low:g} and {high:g}: lengths move "
        "away from them; whether they stay at another is open."
    )


def code(point: Critical) -> Mapping[str, str]:
    """One line each for torch (a `layer`), jax and keras, that draw normal weights and biases of these variances."""
    w, b = point.sigma_w2.value, point.sigma_b2.value
    if w is None or b is None:
        return {}
    deviation = math.sqrt(b)
    gain = f"{w:.10g}"
    torch = f"torch.nn.init.normal_(layer.weight, std=({gain} / layer.in_features) ** 0.5); "
    torch += f"torch.nn.init.normal_(layer.bias, std={deviation:.10g})" if b else "torch.nn.init.zeros_(layer.bias)"
    jax = f'kernel_init=jax.nn.initializers.variance_scaling({gain}, "fan_in", "normal"), bias_init='
    jax += f"jax.nn.initializers.normal({deviation:.10g})" if b else "jax.nn.initializers.zeros"
    keras = f'kernel_initializer=keras.initializers.VarianceScaling({gain}, "fan_in", "untruncated_normal"), '
    keras += "bias_initializer="
    keras += f"keras.initializers.RandomNormal(stddev={deviation:.10g})" if b else '"zeros"'
    return {"torch": torch, "jax": jax, "keras": keras}

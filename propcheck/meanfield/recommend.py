"""The critical initialisation to use, and the lines of code that set it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from propcheck.meanfield.critical import Edge
from propcheck.meanfield.point import Critical

_RANKS = {"every length": 0, "vanishing length": 1, "marginal": 2, "edge": 3}


def best(border: Edge) -> Critical | None:
    """The critical initialisation to prefer; None where there is none at which lengths stay.

    First where every length is kept, then where they fall slowly to 0, then half-stable points, then ordinary ones of
    the edge. Where lengths fall like l^-2 or faster, as a kink at 0 makes them, gradients do too, and the edge comes
    before.
    """
    usable = [point for point in border.points if point.usable]
    return min(usable, key=lambda point: (point.length.fast, _RANKS[point.kind]), default=None)


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

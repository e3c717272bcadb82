"""Which initialisation to take: the critical point, one sentence that says it, and the lines of code that set it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from propcheck.criteria.reading import told
from propcheck.meanfield.critical import Edge
from propcheck.meanfield.point import Critical, short
from propcheck.verdict import Standing

SETTLED = {
    "every length": "each length is kept",
    "vanishing length": "lengths fall slowly to 0",
    "marginal": "lengths settle slowly",
    "edge": "lengths settle",
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
    if point is None:
        said = absent(border)[0]
        return f"{said[0].upper()}{said[1:]}."
    weights, biases = (told(short(number)) for number in (point.sigma_w2, point.sigma_b2))
    kept = "lengths fall fast to 0, and gradients with them"
    kept = kept if point.length.fast else f"gradients are kept, and {SETTLED[point.kind]}"
    variances = f"weights of variance {weights} over the fan-in and biases of variance {biases}"
    return f"Take {variances}: {kept} ({point.standing})."


def absent(border: Edge) -> tuple[str, Standing]:
    """Why there is no critical initialisation to take, and how surely."""
    if border.none:
        return f"no initialisation is critical ({border.standing}), as {border.none}", border.standing
    low, high = border.searched
    if border.exists is None:
        return f"no critical initialisation was found at q from {low:g} to {high:g} (open)", Standing.OPEN
    if border.moves_away:
        said = "lengths move away from each critical initialisation, so that none keeps gradients for long (computed)"
        return f"{said}, as {border.moves_away}", Standing.COMPUTED
    return f"lengths stay at no critical initialisation that was found at q from {low:g} to {high:g}", Standing.OPEN


def code(point: Critical) -> Mapping[str, str]:
    """One line for each framework that draws normal weights and biases of these variances."""
    w, b = point.sigma_w2.value, point.sigma_b2.value
    return {} if w is None or b is None else layer(w, b)


def layer(w: float, b: float = 0.0, inputs: str = "layer.in_features") -> dict[str, str]:
    """One line each for torch (a `layer` with so many `inputs`), jax, keras and flax, of one layer's weights."""
    torch = f"{_torch('layer', w, inputs)}; {_torch_biases(b)}"
    return {"torch": torch} | {name: _written(name, w, b) for name in _KINDS}


def pair(first: float, second: float) -> dict[str, str]:
    """The same of the two layers of a residual block, `up` and `down`, whose biases start from 0."""
    zeros = "torch.nn.init.zeros_(up.bias); torch.nn.init.zeros_(down.bias)"
    both = (("up", first), ("down", second))
    out = {"torch": "; ".join([*(_torch(place, w, f"{place}.in_features") for place, w in both), zeros])}
    return out | {name: "; ".join(f"{place} = dict({_written(name, w)})" for place, w in both) for name in _KINDS}


def delta_orthogonal(gain: float, b: float = 0.0) -> dict[str, str]:
    """Kernels that are an orthogonal matrix times the gain in their centre, of as many channels out as in."""
    centre = "(slice(None), slice(None), *(side // 2 for side in layer.kernel_size))"
    torch = (
        f"torch.nn.init.zeros_(layer.weight); torch.nn.init.orthogonal_(layer.weight.data[{centre}], gain={gain:.10g})"
    )
    out = {"torch": f"{torch}; {_torch_biases(b)}"}
    for name, home in (("jax", "jax.nn"), ("flax", "nnx")):
        out[name] = f"kernel_init={home}.initializers.delta_orthogonal({gain:.10g}), {_biases(name, b)}"
    return out


# How a framework draws weights of a variance over their fan-in, and the two kinds of biases.
_KINDS = {
    "jax": (
        'kernel_init=jax.nn.initializers.variance_scaling({}, "fan_in", "normal")',
        "bias_init=jax.nn.initializers.normal({})",
        "bias_init=jax.nn.initializers.zeros",
    ),
    "keras": (
        'kernel_initializer=keras.initializers.VarianceScaling({}, "fan_in", "untruncated_normal")',
        "bias_initializer=keras.initializers.RandomNormal(stddev={})",
        'bias_initializer="zeros"',
    ),
    "flax": (
        'kernel_init=nnx.initializers.variance_scaling({}, "fan_in", "normal")',
        "bias_init=nnx.initializers.normal({})",
        "bias_init=nnx.initializers.zeros",
    ),
}
FRAMEWORKS = ("torch", *_KINDS)


def _torch(name: str, w: float, inputs: str) -> str:
    return f"torch.nn.init.normal_({name}.weight, std=({w:.10g} / {inputs}) ** 0.5)"


def _torch_biases(b: float) -> str:
    return f"torch.nn.init.normal_(layer.bias, std={_deviation(b)})" if b else "torch.nn.init.zeros_(layer.bias)"


def _written(name: str, w: float, b: float = 0.0) -> str:
    return f"{_KINDS[name][0].format(f'{w:.10g}')}, {_biases(name, b)}"


def _biases(name: str, b: float) -> str:
    _, normal, zeros = _KINDS[name]
    return normal.format(_deviation(b)) if b else zeros


def _deviation(variance: float) -> str:
    return f"{math.sqrt(variance):.10g}"

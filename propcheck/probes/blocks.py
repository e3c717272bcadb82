"""A deep random network of residual blocks, looked at block by block on the way forward and back; one seed.

What `deep` is to plain layers. The outputs of a block are the stream h' behind it, the gradient is that by it. Told are
what gradient flow asks for: mean squares, gradients, correlations; of other quantities nothing.
"""

from __future__ import annotations

import math

import numpy as np

from propcheck.network.blocks import BlockPass, stream
from propcheck.network.initialisation import NOISE, Initialisation
from propcheck.network.initialisation import stream as numbers
from propcheck.numeric.units import Units
from propcheck.probes import prediction
from propcheck.probes.deep import Deep, gradients_of, inputs
from propcheck.probes.setting import Setting


def variances(initialisation: Initialisation) -> tuple[float, float]:
    """s1^2 and s2^2. `preserving` is s1 = 1 and the s2 at which a branch gives out the mean square that it takes in."""
    w = initialisation.weight_variance(1, 1)
    return (1.0 if initialisation.scheme == "preserving" else w), w


def run(units: Units, initialisation: Initialisation, setting: Setting, seed: int) -> Deep:
    """The network of these blocks, drawn from this seed, once forward and once back."""
    first, second = variances(initialisation)
    width, samples, depth = setting.width, setting.batch, setting.depth
    x, da = inputs(setting, seed), gradients_of(setting, seed)
    passing = BlockPass(stream(units, depth, width, (first, second), seed, setting.dtype, setting.fast), setting.block)
    q = np.empty((depth + 1, samples))  # of what goes into each block, and of the last output
    columns = {name: np.empty(depth) for name in ("mean", "square", "deviation", "square_error", "correlation")}
    spread = np.empty(depth)  # of g^2 over the units

    def see(j: int, h: np.ndarray, a: np.ndarray, out: np.ndarray) -> None:
        q[j], q[j + 1] = (np.mean(np.square(values, dtype=float), axis=0) for values in (h, out))
        columns["mean"][j], columns["square"][j] = out.mean(dtype=float), q[j + 1].mean()
        moved = np.square(out, dtype=float).mean(axis=1) - np.square(h, dtype=float).mean(axis=1)
        spread[j] = np.square(a, dtype=float).mean(axis=1).std(ddof=1)
        columns["square_error"][j] = math.hypot(moved.std(ddof=1), second * spread[j]) / math.sqrt(width)
        one, two = out[:, 0 : samples - samples % 2 : 2].astype(float), out[:, 1::2]
        sizes = q[j + 1][0 : samples - samples % 2 : 2] * q[j + 1][1::2]
        columns["correlation"][j] = np.mean(np.mean(one * two, axis=0) / np.sqrt(sizes))

    with np.errstate(all="ignore"):
        passing.forward(x, numbers(seed, NOISE), see)
        columns["deviation"] = np.sqrt(np.maximum(columns["square"] - columns["mean"] ** 2, 0))
        gradient, weights, shares = np.empty(depth), np.empty(depth), np.empty((depth, samples))
        for found in passing.backward(da):
            squares = np.square(found.out, dtype=float).sum(axis=0)
            gradient[found.block], shares[found.block] = 0.5 * np.log10(squares.sum()), squares / squares.sum()
            weights[found.block] = 0.5 * np.log10(_product_square(found.dz, found.taken))
        expected, growth = _expected(units, (first, second), setting.block, q, shares)
        if setting.block == "post_norm":  # nothing is left to vary
            columns["square_error"][:] = 0.0
    nothing = np.full(depth, np.nan)
    unasked = ("zero", "near", "negative", "positive", "expected_zero", "zero_error", "dead")
    return Deep(
        **columns,
        **dict.fromkeys(unasked, nothing),
        expected_square=expected,
        gradient=gradient,
        weight_gradient=weights,
        growth=10 ** (2 * (gradient[:-1] - gradient[1:])),
        expected_growth=growth,
        singular=np.full(3, np.nan),
        reached=nothing[None],
    )


def _expected(
    units: Units, variances: tuple[float, float], kind: str, q: np.ndarray, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The mean square behind each block, and the growth of the gradient's square over each but the first, at the q
    before it; each sample counts by its share in the gradient."""
    first, second = variances
    before = q[:-1]
    square, slope = prediction.moments(units, first * (before if kind == "residual" else np.ones_like(before)))
    added, carried = second * square, first * second * slope
    if kind == "post_norm":
        return np.ones(len(before)), (shares * (1 + carried) / (1 + added)).sum(axis=1)[1:]
    if kind == "pre_norm":
        carried = carried / before
    return (before + added).mean(axis=1), (shares * (1 + carried)).sum(axis=1)[1:]


def _product_square(dz: np.ndarray, taken: np.ndarray) -> float:
    """The square of the norm of dz taken^T, the gradient by W1, from what samples have in common."""
    return float(np.sum((dz.T @ dz).astype(float) * (taken.T @ taken)))

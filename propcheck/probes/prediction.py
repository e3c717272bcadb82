"""What a layer does with Gaussian pre-activations: the prediction that a measurement is compared with.

Given the outputs of the layer before, with Gaussian weights the pre-activations of a unit are exactly normal, with mean
0 and variance q = sigma_w^2 |a|^2 / inputs + sigma_b^2 for each sample, independent from unit to unit. So the means of
g, g^2 and zeros over a layer's units are predicted at its actual q, at any width. The slope's mean square at q,
times sigma_w^2, is the growth of the squared gradient only as far as gradients forget the weights that made z: up to
terms of the order of 1 / width. It is taken at each sample's own q, weighed by the sample's share in the gradient.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

from propcheck.activation import Activation
from propcheck.analysis import gaussian
from propcheck.analysis.window import pieces_near
from propcheck.calculus import Undecided
from propcheck.network.initialisation import largest_moments
from propcheck.numeric.units import Maxout, Plain, Random, Units
from propcheck.pieces.piece import Piece

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)
_STANDARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 12.0])  # panels in standard deviations
_SCALES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0])  # and in the scale that formulas live on
_NEAR = 16  # up to where endless pieces are told apart
_LARGEST = 20  # the power of two up to which it is asked whether the integrals exist
_KNOTS = 24  # in each factor of e of q, at which the integrals are taken


def moments(units: Units, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E[g^2] and E[g'^2] for z ~ N(0, q), for each q, the noise of random units included; NaN where there is none.

    Of Maxout they are those of the largest of k independent ones, and the slope's square is summed over its inputs.
    """
    square, slope, _ = moments_and_fourth(units, q)
    return square, slope


def moments_and_fourth(units: Units, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The moments, and E[g^4]; where units draw noise, that of the mean of g^2 over it, which is less."""
    q = np.asarray(q, float)
    if isinstance(units, Maxout):
        _, second, fourth = largest_moments(units.inputs)
        return second * q, np.ones_like(q), fourth * q**2
    usable = np.isfinite(q) & (q > 0)
    out = np.full((3, *q.shape), np.nan)
    if usable.any() and _exist(units.activation, float(q[usable].max())):
        logs = np.log(q[usable])
        low, high = logs.min(), logs.max()
        knots = np.linspace(low, high, 8 + int(_KNOTS * min(high - low, 100))) if high - low > 1e-9 else logs[:1]
        for place, values in enumerate(_integrals(units, np.exp(knots))):
            out[place, usable] = _interpolated(knots, values, logs)
    return out[0], out[1], out[2]


def zero_share(units: Units, q: np.ndarray) -> np.ndarray:
    """P[g(z) = 0] for z ~ N(0, q), for each q."""
    deviation = np.sqrt(np.asarray(q, float))
    total = np.zeros_like(deviation)
    with np.errstate(all="ignore"):
        for lower, upper in _zeros(units):
            total += ndtr(upper / deviation) - ndtr(lower / deviation)
    return total


def _interpolated(knots: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The values between the knots, by their logarithms where all are positive; NaN where the integrals overflow."""
    finite = np.isfinite(values)
    knots, values = knots[finite], values[finite]
    if knots.size < 2:
        return np.full(at.size, values[0] if knots.size and at.max() - at.min() <= 1e-9 else np.nan)
    inside = (at >= knots[0]) & (at <= knots[-1])
    if (values > 0).all():
        with np.errstate(over="ignore"):  # beyond the knots
            return np.where(inside, np.exp(CubicSpline(knots, np.log(values))(at)), np.nan)
    return np.where(inside, CubicSpline(knots, values)(at), np.nan)


def _exist(activation: Activation, largest: float) -> bool:
    """Are both integrals finite up to the next power of two above the largest q?"""
    q = sp.Integer(2) ** min(max(int(np.ceil(np.log2(largest))), 0), _LARGEST)
    if activation.wave is not None:  # what one period and its rise say of q = 1 they say of every q
        return _are_finite(gaussian.enclosed(activation, sp.S.One))
    return all(_finite(pieces, q) for pieces in _families(activation))


@lru_cache(maxsize=256)
def _finite(pieces: tuple[Piece, ...], q: sp.Integer) -> bool:
    try:
        found = gaussian.moments(pieces, q)
    except Undecided:
        return False
    return _are_finite(found)


def _are_finite(found: gaussian.Moments) -> bool:
    balls = [found.balls.get(name) for name in ("second_moment", "derivative_second_moment")]
    return all(ball is not None and ball.is_finite() for ball in balls)


def _integrals(units: Plain | Random, q: np.ndarray) -> np.ndarray:
    z, weights = nodes(units, q)
    with np.errstate(all="ignore"):
        _, square, slope = units.averages(np.sqrt(q)[:, None] * z)
        integrands = square, slope, square * square
        return np.array([np.where(weights > 0, weights * values, 0.0).sum(axis=1) for values in integrands])


def nodes(units: Plain | Random, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in standard deviations and their weights, a row for each q: E[F(sqrt(q) z)] is a sum over a row."""
    deviation = np.sqrt(q)[:, None]
    inner = np.concatenate([_SCALES, -_SCALES, _breakpoints(units.activation)])
    scaled = np.clip(inner / deviation, _STANDARD[-1] * -1, _STANDARD[-1])
    fixed = np.broadcast_to(np.concatenate([_STANDARD, -_STANDARD[1:]]), (q.size, 2 * _STANDARD.size - 1))
    edges = np.sort(np.concatenate([fixed, scaled], axis=1), axis=1)
    half = np.diff(edges, axis=1)[:, :, None] / 2
    z = edges[:, :-1, None] + half * (1 + _NODES)
    weights = half * _WEIGHTS * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return z.reshape(q.size, -1), weights.reshape(q.size, -1)


def _breakpoints(activation: Activation) -> np.ndarray:
    pieces = [piece for family in _families(activation) for piece in family]
    ends = {float(sp.N(end)) for piece in pieces for end in (piece.lower, piece.upper) if not end.is_infinite}
    return np.array(sorted(ends))


def _families(activation: Activation) -> list[tuple[Piece, ...]]:
    """The pieces of the function, of one with endless pieces those near 0, and of the variance of its noise."""
    return [pieces_near(activation, _NEAR)] + (
        [activation.noise.variance_pieces] if activation.noise is not None else []
    )


def _zeros(units: Units) -> list[tuple[float, float]]:
    """The intervals on which g is 0, whatever the noise."""
    if isinstance(units, Maxout):
        return []
    activation = units.activation
    found = _vanishing(pieces_near(activation, _NEAR))
    if activation.noise is None:
        return found
    still = _vanishing(activation.noise.variance_pieces)
    crossed = [(max(a, c), min(b, d)) for a, b in found for c, d in still]
    return [(lower, upper) for lower, upper in crossed if lower < upper]


def _vanishing(pieces: tuple[Piece, ...]) -> list[tuple[float, float]]:
    return [(float(p.lower), float(p.upper)) for p in pieces if p.expr == sp.S.Zero]

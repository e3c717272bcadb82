"""Theory's line through a deep random network of residual blocks, and how far from it finite width may lead.

The lines are those of `meanfield.blocks` from the actual start. At width n, with x ~ N(0, t), t the variance of the
pre-activations, and to first order in 1/n: given h and the units' outputs a, W2 a is normal, so that

    Var |h + W2 a|^2/n = Var q + (4 q s2^2 A + 2 (s2^2 A)^2 + s2^4 Var[g^2])/n        E |h + W2 a|^2/n = q + s2^2 A

and going back, where J is the branch's Jacobian, d the gradient behind the block and e = |J^T d|^2/|d|^2 at infinite
width, |d + J^T d|^2/|d|^2 is 1 + e up to the cross term 2 d J^T d/|d|^2 of variance 4 e/n, and up to e times a sum of
squares of normal numbers times g'^2, twice, of variance e^2 (1 + 3 E[g'^4]/E[g'^2]^2)/n. So the logarithm of the
gradient's square varies in a block by both over (1 + e)^2, and falls by half of that. The noise of q goes on into later
blocks, where 1 + c/q is less for a larger q, and is correlated with that of the gradient in its own block, by
Cov[g^2, g'^2].

Some directions are known: W1 has made z of h, W2 has made h' of a, and a norm takes the gradient along h out. So the
squares above count (d h')^2, whose excess over |d|^2 |h'|^2/n is found going back: with T = E[x^2 g'^2]/(t E[g'^2]), 0
before a norm, J^T d has e (T - 1)/n along h and the like along a, and the overlap with h is that of d with h + J h.

Two samples share the weights: their covariances are the same sums with the correlation c of the stream in place of 1,
and with r, the cosine of the two gradients, in the factors 4 r^2, 2 r^2 and 1 + 2 r^2. Both c^2 and r^2 are of the
order of 1/n where nothing else makes samples alike, and count where a batch averages the rest away.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from propcheck.calculus import Undecided
from propcheck.meanfield import CorrelationMap, maps
from propcheck.network import Initialisation
from propcheck.numeric.units import Maxout, Units
from propcheck.probes.blocks import variances
from propcheck.probes.setting import Setting
from propcheck.probes.theory import (
    DEGREES,
    Line,
    Moments,
    Pairs,
    Theory,
    covariance,
    from_the_last,
    joint,
    moments_at,
    square_at,
)
from propcheck.verdict import InputError


def theory(units: Units, initialisation: Initialisation, setting: Setting) -> Theory:
    """The theory of the networks that `blocks.run` draws."""
    first, second = variances(initialisation)
    kind, depth, width = setting.block, setting.depth, setting.width
    q, t = _lengths(units, first, second, kind, depth)
    at = _moments(units, t)
    with np.errstate(all="ignore"):
        a, c = second * at.square, first * second * at.slope
        pairs = _pairs(at, q, t, a, second, width)
        correlation = _correlations(units, q, t, a, second)
        return Theory(*_corrected(at, q, t, a, c, pairs, (first, second), setting), correlation)


def _lengths(units: Units, first: float, second: float, kind: str, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean squares of the stream before each block, and of the pre-activations in it."""
    q, t = np.full((2, depth), np.nan)
    before = 1.0
    for j in range(depth):
        q[j] = before
        t[j] = first * (before if kind == "residual" else 1.0)
        if j == 0 or kind == "residual":
            added = second * square_at(units, float(t[j]))
        before = 1.0 if kind == "post_norm" else before + added
        if not np.isfinite(before):
            break
    return q, t


def _moments(units: Units, t: np.ndarray) -> Moments:
    """The moments in each block; found once where all have the same variance."""
    if (t == t[0]).all():
        found = moments_at(units, t[:1])
        return Moments(*(np.repeat(getattr(found, name), len(t), axis=-1) for name in found.__dataclass_fields__))
    return moments_at(units, t)


def _series(at: Moments, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """E[g(x) g(y)] at the correlation c, and its first two derivatives by c."""
    degrees = np.arange(1, DEGREES + 1)[:, None]
    squares = at.means[1:] ** 2
    rise = (degrees * squares * c ** (degrees - 1)).sum(axis=0)
    bend = (degrees[1:] * (degrees[1:] - 1) * squares[1:] * c ** (degrees[1:] - 2)).sum(axis=0)
    return joint(at.means, at.means, at.shared[0], c), rise, bend


def _at(at: Moments, j: int) -> Moments:
    return Moments(*(getattr(at, name)[..., j : j + 1] for name in at.__dataclass_fields__))


def _pairs(at: Moments, q: np.ndarray, t: np.ndarray, a: np.ndarray, second: float, width: int) -> Pairs:
    """The correlation of two samples in the stream before each block, from right angles, and its variance."""
    mean, variance = np.full((2, len(q)), np.nan)
    c, spread = 0.0, 1 / width
    for j in range(len(q)):
        mean[j], variance[j] = c, spread
        here = _at(at, j)
        product, rise, _ = (values[0] for values in _series(here, np.array([c])))
        apart = joint(here.squares, here.squares, here.shared[2], np.array([c]))[0] - product**2
        total = q[j] + a[j]
        noise = 2 * q[j] * (a[j] + c * second * product) + a[j] ** 2 + second**2 * (product**2 + apart)
        spread = ((q[j] + second * rise) ** 2 * spread + (1 - c * c) ** 2 * noise / width) / total**2
        c = float(np.clip((q[j] * c + second * product) / total, 0.0, 1.0))
    return Pairs(mean, variance)


def _correlations(units: Units, q: np.ndarray, t: np.ndarray, a: np.ndarray, second: float) -> np.ndarray:
    """The correlation behind each block of two inputs that are at right angles, at infinite width."""
    out = np.full(len(q), np.nan)
    if isinstance(units, Maxout):
        return out
    c, kept = 0.0, None
    with suppress(InputError, Undecided, ZeroDivisionError):
        here = maps(units.activation)
        for j in range(len(q)):
            if kept is None or kept.q != t[j]:
                kept = CorrelationMap(here, float(t[j]), 1.0, 0.0)
            product = second * kept.length * kept(min(1.0, max(0.0, c)))
            out[j] = c = float((q[j] * c + product) / (q[j] + a[j]))
    return out


def _corrected(
    at: Moments,
    q: np.ndarray,
    t: np.ndarray,
    a: np.ndarray,
    c: np.ndarray,
    pairs: Pairs,
    weights: tuple[float, float],
    setting: Setting,
) -> tuple[Line, Line]:
    """The lines of the stream's mean square and of the gradient's square."""
    width, batch, kind = setting.width, setting.batch, setting.block
    first, second = weights
    after, normed = q + a, kind == "post_norm"
    e = c / q if kind == "pre_norm" else c
    lengths, crossed, backs = _noise(at, q, a, e, pairs, second, width)
    none = np.zeros_like(q)
    if kind == "residual":
        parallel, bend = 1 + first * second * at.square_slope, first**2 * second * at.square_bend
        pull = first**2 * second * at.slope_slope / (1 + e)
        pull_bend = first**3 * second * at.slope_bend / (1 + e) - pull**2
    else:
        parallel, bend = np.ones_like(q), none
        pull = none if normed else -e / (1 + e) / q
        pull_bend = none if normed else 1 / q**2 - 1 / (q + c) ** 2
    fall = backs[0] / 2
    if normed:  # the sum is divided by its own size, and nothing of it is left
        fall = fall - lengths[0] / after**2 / 2
        backs = backs + lengths / after**2 - 2 * crossed / after
        lengths, crossed, parallel = np.zeros_like(lengths), np.zeros_like(crossed), none

    before, shift = np.zeros(2), 0.0  # of q: its variance, of a sample and of two, and what moves its mean
    behind, moved = np.zeros((2, len(q))), np.zeros(len(q))
    noise_before, moved_before = np.zeros((2, len(q)))
    for j in range(len(q)):
        moved_before[j], noise_before[j] = shift, before[0]
        shift = parallel[j] * shift + bend[j] * before[0] / 2
        before = parallel[j] ** 2 * before + lengths[:, j]
        behind[:, j], moved[j] = before, shift
    size = np.ones_like(q) if normed else after
    together = behind[0] / batch + (1 - 1 / batch) * behind[1]
    squares = Line(np.log(size), moved / size, np.sqrt(together) / size, (moved / size) ** 2 / 2)

    steps = np.log1p(e) - (np.log(after) if normed else 0)
    by_q = np.array([pull * moved_before, pull_bend * noise_before / 2])
    along = _along(at, q, t, a, e, weights, kind) / width
    doubt = _behind(np.abs(by_q).sum(axis=0) * (np.abs(moved_before) / q + noise_before / q**2) + along**2)
    spread = _gradients(pull, parallel, lengths, crossed, backs)
    together = spread[0] / batch + (1 - 1 / batch) * spread[1]
    shifted = _behind(by_q.sum(axis=0) - fall + along) + (spread[0] - together) / 2
    return squares, Line(_behind(steps), shifted, np.sqrt(together), doubt)


def _noise(
    at: Moments, q: np.ndarray, a: np.ndarray, e: np.ndarray, pairs: Pairs, second: float, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The covariances that one block adds, of a sample with itself and of two, (2, blocks) each: of the mean square of
    h + W2 a, of that with the logarithm of the gradient's square, and of the latter."""
    product, rise, bend = _series(at, pairs.mean)
    c, v = pairs
    slopes = at.shared[4]
    kept = joint(at.rises, at.rises, at.shared[1], c) / at.slope
    apart = covariance(at.slopes, at.slopes, slopes, pairs) / at.slope**2
    along = c * product + v * (rise + c * bend / 2)  # the mean of c E[g(x) g(y)], where c varies
    square = product**2 + v * (rise**2 + product * bend)
    lengths = np.array(
        [
            4 * q * a + 2 * a**2 + second**2 * (at.fourth - at.square**2),
            4 * q * second * along + second**2 * (2 * square + covariance(at.squares, at.squares, at.shared[2], pairs)),
        ]
    )
    both = np.array([at.both - at.square * at.slope, covariance(at.squares, at.slopes, at.shared[3], pairs)])
    crossed = second * both / at.slope * e / (1 + e)
    r2 = _overlap(kept, apart, e, width)
    backs = np.array(
        [
            4 * e + e**2 * (1 + 3 * at.slope_fourth / at.slope**2),
            4 * e * r2 * kept + e**2 * (2 * r2 * kept**2 + (1 + 2 * r2) * (1 + apart) - 1),
        ]
    )
    return lengths / width, crossed / width, backs / width / (1 + e) ** 2


def _along(
    at: Moments, q: np.ndarray, t: np.ndarray, a: np.ndarray, e: np.ndarray, weights: tuple[float, float], kind: str
) -> np.ndarray:
    """n times what the logarithm of the gradient's square gains in each block by directions that are known: of W1 that
    of h, of W2 that of a, and the one that a norm takes out."""
    after = q + a
    if kind == "pre_norm":
        rise, turned = np.ones_like(q), np.zeros_like(q)
    else:
        rise, turned = 1 + weights[0] * weights[1] * at.square_slope, at.turned / (t * at.slope)
    out = np.empty(len(q))
    found = 0.0  # the excess of (d h')^2 over that by chance, |d|^2 |h'|^2/n
    for j in range(len(q) - 1, -1, -1):
        lost, found = (1 + found, -1.0) if kind == "post_norm" else (0.0, found)
        both = a[j] / after[j] * at.both[j] / (at.square[j] * at.slope[j]) * found
        cross = 2 * (rise[j] - 1) * q[j] / after[j] * found
        out[j] = (e[j] * (both + turned[j] - 1) + cross) / (1 + e[j]) - lost
        found = (1 + e[j] * turned[j] + rise[j] ** 2 * q[j] / after[j] * found) / (1 + e[j]) - 1
    return out


def _overlap(kept: np.ndarray, apart: np.ndarray, e: np.ndarray, width: int) -> np.ndarray:
    """The squared cosine of two samples' gradients behind each block."""
    out = np.empty(len(kept))
    r2 = 1 / width
    for j in range(len(kept) - 1, -1, -1):
        out[j] = r2
        noise = (2 * e[j] + e[j] ** 2 * (2 + apart[j])) / width
        r2 = (r2 * (1 + e[j] * kept[j]) ** 2 + max(0.0, 1 - r2) ** 2 * noise) / (1 + e[j]) ** 2
    return out


def _gradients(
    pull: np.ndarray, parallel: np.ndarray, lengths: np.ndarray, crossed: np.ndarray, backs: np.ndarray
) -> np.ndarray:
    """The variances of the logarithm of the gradient's square, behind each block over behind the last: (2, blocks)."""
    depth = len(pull)
    places = np.arange(depth)
    later = np.zeros(depth)  # what a change of q behind block k does to it, for each place that the gradient came to
    out = np.zeros((2, depth))
    for k in range(depth - 1, -1, -1):
        passed = places < k
        out += later**2 * lengths[:, k, None] + passed * (2 * later * crossed[:, k, None] + backs[:, k, None])
        later = pull[k] * passed + parallel[k] * later
    return out


def _behind(steps: np.ndarray) -> np.ndarray:
    """The sum of the steps of the blocks that follow each."""
    return from_the_last(np.append(steps[1:], 0.0))

"""Theory's line through a deep random network, and how far from it a network of finite width may be.

At infinite width the mean square q of a layer's pre-activations follows the length map from the actual start, the
gradient's square the product of chi_1 = w E[g'^2] from the last layer back, and the correlation of two inputs the
correlation map. At width n the first corrections are of the order of depth/n. Given q the pre-activations of a layer
are independent and N(0, q), so that with x ~ N(0, q) and to first order in 1/n

    Var q' = chi_parallel^2 Var q + w^2 Var[g^2]/n        E q' = V(q) + chi_parallel (E q - q) + V''(q) Var q / 2

(Roberts, Yaida and Hanin 2022, arXiv 2106.10165, chapter 4: their vertex V and the correction to K). Going back, a
layer multiplies the gradient's square by chi_1(q) (1 + e), where e has the variance (3 E[g'^4]/E[g'^2]^2 - 1)/n of a
sum of n squares of normal numbers times g'^2; for ReLU both ways give 5/n a layer (Hanin and Rolnick 2018, arXiv
1803.01719; Hanin and Nica 2020, arXiv 1812.05994). The noise of q goes on into later layers' chi_1, and is correlated
with e in its own layer. Two samples share the weights: their covariances are the same sums with x and y of the
correlation c in place of x twice, and with 1 + 2 r^2 in place of the factor 3, r the cosine of the two gradients. Its
square begins at 1/n, and each layer adds as much; so does the variance of c, with (1 - c^2)^2/n in a layer as for
normal outputs. These two are of the second order and count where a batch averages the first away. So a batch narrows
the band less than its number says, and not at all in q where c = 1.

Corrections expand about the line. Where the length map has an unstable fixed point within reach of q's spread, some
networks cross it and never return, so that the mean over networks is not near the line: there is no band from there on.

The weights that carry the gradient back also made z: along the outputs a of the layer before they are known. So the
overlap of the gradient with W a is not that of independent directions; its excess D moves the gradient's square by
D E[g^2 g'^2]/(n E[g^2] E[g'^2]) in a layer, and follows a recursion of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from propcheck.calculus import Undecided
from propcheck.meanfield import CorrelationMap, maps
from propcheck.meanfield.fixed_points import roots
from propcheck.network import Initialisation
from propcheck.network.initialisation import largest_moments
from propcheck.numeric.units import Maxout, Plain, Random, Units
from propcheck.probes import prediction
from propcheck.probes.measurement import SURPRISING, Band
from propcheck.probes.setting import Setting
from propcheck.verdict import InputError

DEGREES = 80  # of the Hermite polynomials in which two samples' covariances are summed; of the rest, a bound
_ROUNDING = 1e-12
DRAWS = 8  # nodes for a unit's noise, of which g is a polynomial
FARTHEST = 1e3  # times q, and in parts of it, that an unstable fixed point is looked for
FINE = 24  # lengths in each factor of e, between which it is
NO_EXCESS, APART = 1e-8, 1e-5  # of V(q)/q - 1, where its sign is that of an error; of q, what is beside it
LARGEST = 1.0  # deviation, or shift, of a logarithm up to which first-order corrections are taken for a band
_LN10 = math.log(10)


@dataclass(frozen=True, eq=False)
class Line:
    """A positive quantity in each layer: the logarithm of it at infinite width, how far finite width moves its mean,
    and its standard deviation over networks; NaN where that is not known. `doubt` is the size of what corrections of
    the second order may come to."""

    log: np.ndarray
    shift: np.ndarray
    deviation: np.ndarray
    doubt: np.ndarray

    def band(self, count: int, to: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The line, and where the mean over `count` networks lies to SURPRISING standard errors and the doubt; all
        times `to`.

        There is no band where the deviation, or what finite width moves the mean by, or the doubt is too large for
        corrections of the first order.
        """
        small = (self.deviation <= LARGEST) & (np.abs(self.shift) <= LARGEST) & (self.doubt <= LARGEST)
        reach = np.where(small, SURPRISING * self.deviation / math.sqrt(count) + self.doubt, math.nan)
        middle = self.log + self.shift
        log = np.where(np.abs(self.log) < _ROUNDING * len(self.log), 0.0, self.log)
        return to * log, to * (middle - reach), to * (middle + reach)


@dataclass(frozen=True, eq=False)
class Theory:
    """What is to be expected of one function: the mean square of the outputs, the norm of the gradient over that in
    the last layer, and the correlation of the outputs of two inputs, the last at infinite width. `unbanded` says why
    some layers have no band though corrections of the first order are small there."""

    square: Line
    gradient: Line
    correlation: np.ndarray
    unbanded: str = ""

    def squares(self, count: int) -> Band:
        """The band for the mean square of the outputs."""
        with np.errstate(over="ignore"):
            return Band(*(np.exp(values) for values in self.square.band(count)), why=self.unbanded)

    def correlations(self) -> Band:
        """The line for the correlation of the outputs of two inputs, without a band."""
        nothing = np.full_like(self.correlation, math.nan)
        return Band(self.correlation, nothing, nothing)

    def gradients(self, count: int) -> Band:
        """The band for log10 of the gradient's norm."""
        return Band(*self.gradient.band(count, 0.5 / _LN10), why=self.unbanded)


def theory(units: Units, initialisation: Initialisation, setting: Setting) -> Theory:
    """The theory of the networks that `deep.run` draws."""
    depth = setting.depth
    schemes = initialisation.layers(depth)
    weights = np.array([own.weight_variance(setting.width, setting.width) for own in schemes])
    biases = initialisation.sigma_b2
    q, square = _lengths(units, weights, biases)
    nothing = np.full(depth, math.nan)
    correlation = nothing if isinstance(units, Maxout) else _correlations(units, weights, biases)
    at = moments_at(units, q)
    with np.errstate(all="ignore"):
        pairs = _pairs(at, q, weights, biases, setting.width)
        squares, gradients, spread = _corrected(at, q, square, pairs, weights, setting, initialisation)
        place = _watershed(units, q, spread, float(weights[-1]), biases)
        if place is None:
            return Theory(squares, gradients, correlation)
        layer, edge = place
        lost = np.arange(depth) >= layer
        squares = replace(squares, deviation=np.where(lost, math.nan, squares.deviation))
        gradients = replace(gradients, deviation=np.where(np.arange(depth) < depth - 1, math.nan, gradients.deviation))
        reason = (
            f"from layer {layer + 1} on q spreads as far as the unstable fixed point {edge:.4g}, which some networks"
        )
        return Theory(squares, gradients, correlation, f"{reason} cross, never to return")


# --- at infinite width -----------------------------------------------------------------------------------------------


def _lengths(units: Units, weights: np.ndarray, biases: float) -> tuple[np.ndarray, np.ndarray]:
    """q and the mean square of the outputs in each layer, from inputs of mean square 1; NaN where they are lost."""
    q, square = np.full((2, len(weights)), math.nan)
    before = 1.0
    for j, w in enumerate(weights):
        q[j] = w * before + biases
        before = square[j] = square_at(units, float(q[j]))
        if not math.isfinite(before):
            break
    return q, square


def square_at(units: Units, q: float) -> float:
    """E[g^2], by the maps where they serve: they know the function, not its noise."""
    if isinstance(units, Plain):
        with suppress(InputError, Undecided):
            return float(maps(units.activation).moments(q)[0])
    return float(prediction.moments(units, np.array([q]))[0][0])


def _correlations(units: Plain | Random, weights: np.ndarray, biases: float) -> np.ndarray:
    """The correlation of the outputs of two inputs that are at right angles, in the network of the mean function."""
    out = np.full(len(weights), math.nan)
    square, correlation = 1.0, 0.0
    with suppress(InputError, Undecided, ZeroDivisionError), np.errstate(all="ignore"):
        here = maps(units.activation)
        for j, w in enumerate(weights):
            q = float(w * square + biases)
            c = min(1.0, max(0.0, float(w * square * correlation + biases) / q))
            square = float(here.moments(q)[0])
            out[j] = correlation = CorrelationMap(here, q, 1.0, 0.0)(c)
    return out


def _watershed(units: Units, q: np.ndarray, spread: np.ndarray, w: float, b: float) -> tuple[int, float] | None:
    """The first layer in which q spreads to an unstable fixed point of the length map, and that point.

    It spreads to SURPRISING deviations of its logarithm, since the tail is the longer one upwards. A point on which the
    line itself rests does not count: what leaves it does so as the corrections say.
    """
    reach = np.exp(np.minimum(SURPRISING * spread / q, math.log(FARTHEST)))
    known = np.isfinite(reach)
    if not known.any():
        return None

    def excess(at: float) -> float:
        return float((w * prediction.moments(units, np.array([at]))[0][0] + b) / at - 1)

    low, high = float((q / reach)[known].min()), float((q * reach)[known].max())
    lengths = np.geomspace(low / 2, high * 2.1, int(FINE * math.log(4.2 * high / low)))  # q, often a root, is none
    along = (w * prediction.moments(units, lengths)[0] + b) / lengths - 1
    for at in roots(excess, lengths, along, NO_EXCESS):
        if excess(at * (1 - APART)) < -NO_EXCESS * APART and excess(at * (1 + APART)) > NO_EXCESS * APART:
            reached = known & (q / reach < at) & (at < q * reach)
            if reached.any() and not (np.abs(q[known] / at - 1) < APART).any():
                return int(np.argmax(reached)), at
    return None


# --- moments ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Moments:
    """Gaussian integrals at each layer's q: of g^2, g^4, g'^2, g'^4, g^2 g'^2 and x^2 g'^2, derivatives by q.

    `shared` are those of g g, g' g', g^2 g^2, g^2 g'^2 and g'^2 g'^2 where the noise of random units is averaged over
    in each factor; `means`, `rises`, `squares` and `slopes` the Hermite coefficients of g, g', g^2 and g'^2.
    """

    square: np.ndarray
    square_slope: np.ndarray
    square_bend: np.ndarray
    fourth: np.ndarray
    slope: np.ndarray
    slope_slope: np.ndarray
    slope_bend: np.ndarray
    slope_fourth: np.ndarray
    both: np.ndarray
    turned: np.ndarray
    shared: np.ndarray
    means: np.ndarray
    rises: np.ndarray
    squares: np.ndarray
    slopes: np.ndarray


def moments_at(units: Units, q: np.ndarray) -> Moments:
    if isinstance(units, Maxout):
        return _largest(units.inputs, q)
    known = np.isfinite(q) & (q > 0)
    terms = DEGREES + 1
    rows = np.full((15 + 4 * terms, len(q)), math.nan)
    if known.any():
        rows[:, known] = _integrals(units, q[known])
    columns: list[np.ndarray] = [*rows[:10], rows[10:15], *np.split(rows[15:], 4)]
    return Moments(*columns)


def _integrals(units: Plain | Random, q: np.ndarray) -> np.ndarray:
    z, weights = prediction.nodes(units, q)
    with np.errstate(all="ignore"):
        mean, rise, g2, g4, s2, s4, both = _averages(units, np.sqrt(q)[:, None] * z)
        first, second = (z**2 - 1) / (2 * q[:, None]), (z**4 - 6 * z**2 + 3) / (4 * q[:, None] ** 2)
        integrands = [g2, g2 * first, g2 * second, g4, s2, s2 * first, s2 * second, s4, both, q[:, None] * z**2 * s2]
        integrands += [mean * mean, rise * rise, g2 * g2, g2 * s2, s2 * s2]
        integrands += [factor * h for factor in (mean, rise, g2, s2) for h in _hermite(z)]
        return np.array([np.where(weights > 0, weights * values, 0.0).sum(axis=1) for values in integrands])


def _averages(units: Plain | Random, x: np.ndarray) -> np.ndarray:
    """The means over the noise of g, g', g^2, g^4, g'^2, g'^4 and g^2 g'^2."""
    out = np.zeros((7, *x.shape))
    for draws, weight in _draws(units.laws):
        a, slope = np.empty_like(x), np.empty_like(x)
        units.both(x, [np.full_like(x, n) for n in draws], a, slope)
        square, steepness = a * a, slope * slope
        out += weight * np.array([a, slope, square, square**2, steepness, steepness**2, square * steepness])
    return out


def _draws(laws: tuple[str, ...]) -> Iterator[tuple[tuple[float, ...], float]]:
    """Values of the noise of a unit, with their weights."""
    rules = []
    for law in laws:
        nodes, weights = (
            np.polynomial.hermite_e.hermegauss(DRAWS) if law == "normal" else np.polynomial.legendre.leggauss(DRAWS)
        )
        rules.append(list(zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True)))
    for chosen in product(*rules):
        yield tuple(value for value, _ in chosen), math.prod(weight for _, weight in chosen)


def _hermite(z: np.ndarray) -> Iterator[np.ndarray]:
    """The Hermite polynomials of degree 0 to DEGREES, of mean square 1."""
    before, here = np.zeros_like(z), np.ones_like(z)
    for k in range(DEGREES + 1):
        yield here
        before, here = here, (z * here - math.sqrt(k) * before) / math.sqrt(k + 1)


def _largest(k: int, q: np.ndarray) -> Moments:
    """Of the largest of k: one slope is 1. What two samples share is bounded by what one has with itself."""
    _, second, fourth = largest_moments(k)
    one, none = np.ones_like(q), np.zeros_like(q)
    square = second * q
    means, rises, squares, slopes = np.zeros((4, DEGREES + 1, len(q)))
    means[0], rises[0], squares[0], slopes[0] = np.sqrt(square), 1.0, square, 1.0
    squares[1] = np.sqrt(fourth - second**2) * q
    shared = np.array([square, one, fourth * q**2, square, one])
    moments = square, second * one, none, fourth * q**2, one, none, none, one, square, square
    return Moments(*moments, shared, means, rises, squares, slopes)


class Pairs(NamedTuple):
    """The correlation of the pre-activations of two samples that are at right angles at first, and its variance."""

    mean: np.ndarray
    variance: np.ndarray


def _pairs(at: Moments, q: np.ndarray, weights: np.ndarray, biases: float, width: int) -> Pairs:
    mean, variance = np.full((2, len(q)), math.nan)
    product, spread, before = 0.0, 1 / width, 1.0  # of the outputs: mean product, variance of their correlation, square
    for j, w in enumerate(weights):
        c = float(np.clip((w * product + biases) / q[j], 0.0, 1.0))
        mean[j], variance[j] = c, (w * before / q[j]) ** 2 * spread
        here = slice(j, j + 1)
        at_c = np.array([c])
        product = float(joint(at.means[:, here], at.means[:, here], at.shared[0, here], at_c)[0])
        rise = float(joint(at.rises[:, here], at.rises[:, here], at.shared[1, here], at_c)[0])
        before = float(at.square[j])
        if before == 0:
            break
        spread = max(0.0, 1 - (product / before) ** 2) ** 2 / width + (q[j] * rise / before) ** 2 * variance[j]
    return Pairs(mean, variance)


def covariance(first: np.ndarray, second: np.ndarray, own: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Cov[F(x), G(y)] at a correlation that varies."""
    degrees = np.arange(2, DEGREES + 1)[:, None]
    bend = (degrees * (degrees - 1) * first[2:] * second[2:] * pairs.mean ** (degrees - 2)).sum(axis=0)
    return joint(first, second, own, pairs.mean) - first[0] * second[0] + bend * pairs.variance / 2


def joint(first: np.ndarray, second: np.ndarray, own: np.ndarray, c: np.ndarray) -> np.ndarray:
    """E[F(x) G(y)] at the correlation c, from Hermite coefficients; `own` is that at c = 1, for what they leave."""
    powers = c ** np.arange(DEGREES + 1)[:, None]
    parts = first * second
    return (parts * powers).sum(axis=0) + (own - parts.sum(axis=0)) * c ** (DEGREES + 1)


# --- at finite width -------------------------------------------------------------------------------------------------


def _corrected(
    at: Moments,
    q: np.ndarray,
    square: np.ndarray,
    pairs: Pairs,
    weights: np.ndarray,
    setting: Setting,
    initialisation: Initialisation,
) -> tuple[Line, Line, np.ndarray]:
    """The lines of the outputs' mean square and of the gradient's square, and the deviation of a sample's q."""
    width, batch = setting.width, setting.batch
    own = np.array([at.fourth - at.square**2, at.both / at.slope - at.square, 3 * at.slope_fourth / at.slope**2 - 1])
    apart = np.array(
        [
            covariance(at.squares, at.squares, at.shared[2], pairs),
            covariance(at.squares, at.slopes, at.shared[3], pairs) / at.slope,
            covariance(at.slopes, at.slopes, at.shared[4], pairs) / at.slope**2,
        ]
    )
    kept = joint(at.rises, at.rises, at.shared[1], pairs.mean) / at.slope
    apart[2] += 2 * (1 + apart[2]) * _overlap(kept, apart[2], width)
    if initialisation.scheme == "orthogonal":  # its layers are not independent draws
        own, apart = np.full_like(own, math.nan), np.full_like(apart, math.nan)
    after = np.append(weights[1:], weights[-1])  # of the next layer
    parallel = after * at.square_slope
    kinds = np.array([own, apart]) / width  # for a sample with itself, for two samples
    variance, shift = _outputs(at, after, parallel, kinds[:, 0])
    together = variance[0] / batch + (1 - 1 / batch) * variance[1]
    squares = Line(np.log(square), shift / square, np.sqrt(together) / square, (shift / square) ** 2 / 2)

    bend = at.slope_slope / at.slope
    chi = after * at.slope
    noise_q = np.concatenate([[0.0], after[:-1] ** 2 * variance[0][:-1]])
    moved_q = np.concatenate([[0.0], after[:-1] * shift[:-1]])
    by_q = np.array([bend * moved_q, (at.slope_bend / at.slope - bend**2) * noise_q / 2])
    excess = _excess(at, q, square, weights, parallel, chi) * at.both / (at.square * at.slope) / width
    steps = by_q.sum(axis=0) - kinds[0, 2] / 2 + excess
    # What q does to the gradient is known as well as q is; log(1 + excess) is taken for excess.
    doubt = from_the_last(np.abs(by_q).sum(axis=0) * (np.abs(moved_q) / q + noise_q / q**2))
    doubt += from_the_last(excess) ** 2 / 2
    spread = _gradients(bend, parallel, after, kinds)
    together = spread[0] / batch + (1 - 1 / batch) * spread[1]
    moved = from_the_last(steps) + (spread[0] - together) / 2
    gradients = Line(from_the_last(np.log(chi)), moved, np.sqrt(together), doubt)
    return squares, gradients, np.sqrt(noise_q)


def _outputs(at: Moments, after: np.ndarray, parallel: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The variances of the outputs' mean square, of a sample and of two (2, layers), and the shift of its mean."""
    variance, shift = np.empty_like(noise), np.empty(noise.shape[1])
    of_q, moved = np.zeros(2), 0.0
    for j in range(noise.shape[1]):
        variance[:, j] = at.square_slope[j] ** 2 * of_q + noise[:, j]
        shift[j] = at.square_slope[j] * moved + at.square_bend[j] * of_q[0] / 2
        of_q, moved = after[j] ** 2 * variance[:, j], after[j] * shift[j]
    return variance, shift


def _gradients(bend: np.ndarray, parallel: np.ndarray, after: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """The variances of the logarithm of the gradient's square, in each layer over the last: (2, layers).

    `pull[k]` is what a change of q in layer k does to it, for each layer that the gradient may have come back to.
    """
    depth = len(bend)
    layers = np.arange(depth)
    pull = np.zeros(depth)
    out = np.zeros((2, depth))
    for j in range(depth - 2, -1, -1):
        passed = layers <= j
        own = after[j] * pull
        out += own**2 * kinds[:, 0, j, None] + passed * (2 * own * kinds[:, 1, j, None] + kinds[:, 2, j, None])
        pull = bend[j] * passed + parallel[j] * pull
    return out


def _excess(
    at: Moments, q: np.ndarray, square: np.ndarray, weights: np.ndarray, parallel: np.ndarray, chi: np.ndarray
) -> np.ndarray:
    """D of the layer above each: the excess of the squared overlap of the gradient and W a over that by chance."""
    depth = len(q)
    share = weights * np.concatenate([[1.0], square[:-1]]) / q  # of q, what is not of the biases
    out = np.zeros(depth)
    above = 0.0
    for k in range(depth - 1, -1, -1):
        out[k] = above
        carried = q[k] * at.square_slope[k] * parallel[k] / (square[k] * chi[k]) if k < depth - 1 else 0.0
        above = share[k] * (at.turned[k] / (q[k] * at.slope[k]) - 1 + carried * above)
    return out


def _overlap(kept: np.ndarray, apart: np.ndarray, width: int) -> np.ndarray:
    """The squared cosine of two samples' gradients in the layer above each, 0 above the last."""
    out = np.zeros(len(kept))
    for k in range(len(kept) - 1, 0, -1):
        out[k - 1] = (1 + apart[k]) / width + kept[k] ** 2 * out[k]
    return out


def from_the_last(steps: np.ndarray) -> np.ndarray:
    """The sum of the steps from each layer to the one before the last."""
    return np.append(np.cumsum(steps[-2::-1])[::-1], 0.0)

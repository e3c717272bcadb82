"""The candidates: numbers of a function that may foretell its training, each written down with what it should foretell.

All are computed from the formula, before any network is trained. The network that they speak of is wide, plain and at
the function's recommended initialisation: weights of variance w/inputs and biases of variance b, inputs of mean square
1. There q is the mean square of the pre-activations in the layers that really occur, c the correlation of those of two
inputs, and chi = w E[g'^2] the factor by which the gradient's mean square changes in a layer.

The neural tangent kernel (Jacot, Gabriel and Hongler 2018, arXiv 1806.07572) says how gradient descent on all weights
moves the outputs: K(c) of two inputs adds up over the layers as E[g g] of the layer before times the product of
w E[g'g'] of those after. Its common part K(0) for unrelated inputs limits the learning rate, and what is left of
K(1) - K(0) learns the differences between inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.criteria import judge
from propcheck.inquiries.questions import facts
from propcheck.meanfield import CorrelationMap, Maps, maps
from propcheck.meanfield.line import LOWEST_Q
from propcheck.network import Initialisation
from propcheck.numeric.units import Plain
from propcheck.probes import prediction
from propcheck.processes.lazy import cached_property

LAYERS, MANY, DEPTH = 3, 30, 50  # of the small networks; that two inputs and that gradients are followed through
RELATED = 0.5  # correlation of two inputs of one kind
NOISE = 0.5  # deviation of the noise on inputs of mean square 1
EXPLOSIVE, DECADES = 1.4, 10  # elasticity from which, and decades of the gradient from which, layers blow up
FLAT = 0.1  # of the root mean square slope: below it a slope counts as flat


Nodes = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Candidate:
    """A measure: its name, what it is, and the outcome that it should foretell with the sign of the correlation."""

    name: str
    what: str
    foretells: dict[str, int]
    of: Callable[[Subject], float]


@dataclass(frozen=True, eq=False)
class Subject:
    """A function with what the candidates ask of it."""

    activation: Activation
    units: Plain
    own: Initialisation
    _nodes: dict[float, Nodes] = field(default_factory=dict, repr=False)
    _paths: dict[tuple[float, int], list[tuple[float, float, float]]] = field(default_factory=dict, repr=False)

    @cached_property
    def maps(self) -> Maps:
        return maps(self.activation)

    def lengths(self, depth: int, factor: float = 1.0) -> list[float]:
        """q in each layer, the weight variance times `factor`; it stays within what the maps serve."""
        w, b = self.own.sigma_w2 * factor, self.own.sigma_b2
        out = [self._within(w + b)]
        while len(out) < depth:
            out.append(self._within(self.maps.length(out[-1], w, b)))
        return out

    def _within(self, q: float) -> float:
        return min(max(q, LOWEST_Q), self.maps.highest) if q == q else q

    def mean(self, of: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray], q: float) -> float:
        """E[F(z, g, g')] for z ~ N(0, q)."""
        *values, weights = self._at(q)
        return float(np.where(weights > 0, weights * of(*values), 0.0).sum())

    def _at(self, q: float) -> Nodes:
        """z, g and g' at the nodes of an integral, and their weights; kept, since several measures ask for the same."""
        if q not in self._nodes:
            z, weights = prediction.nodes(self.units, np.array([q]))
            x = math.sqrt(q) * z
            g, slope = np.empty_like(x), np.empty_like(x)
            self.units.both(x, (), g, slope)
            self._nodes[q] = x, g, slope, weights
        return self._nodes[q]

    @cached_property
    def typical(self) -> float:
        """q in the middle of a small network."""
        return self.lengths(LAYERS)[LAYERS // 2]

    def gradient(self, factor: float = 1.0) -> float:
        """log10 of the gradient's norm in the first layer over that in the last of DEPTH."""
        w = self.own.sigma_w2 * factor
        return sum(0.5 * _log10(self.maps.chi_1(q, w)) for q in self.lengths(DEPTH, factor)[1:])

    def correlations(self, c: float, layers: int = LAYERS) -> list[tuple[float, float, float]]:
        """For each of layers + 1 steps: E[g g] of the outputs before it, their correlation, and w E[g' g'] after it."""
        if (c, layers) not in self._paths:
            self._paths[c, layers] = self._correlations(c, layers)
        return self._paths[c, layers]

    def _correlations(self, c: float, layers: int) -> list[tuple[float, float, float]]:
        w, b = self.own.sigma_w2, self.own.sigma_b2
        product, square = c, 1.0
        out = []
        for _ in range(layers):
            at = min(1.0, max(-1.0, (w * product + b) / (w * square + b)))
            q = self._within(w * square + b)
            here = CorrelationMap(self.maps, q, 1.0, 0.0)
            out.append((product, product / square, w * self._slopes(here, q, at)))
            square = float(self.maps.moments(q)[0])
            product = here(at) * square
        return [*out, (product, product / square, 1.0)]

    def _slopes(self, here: CorrelationMap, q: float, at: float) -> float:
        """E[g'(x) g'(y)]."""
        if at >= 1 - 1e-12:
            return float(self.maps.moments(q)[1])
        return here.slope(at) * here.length / q

    def kernel(self, c: float) -> float:
        """The neural tangent kernel of two inputs of this correlation, the linear output included."""
        rows = self.correlations(c)
        total, back = 0.0, 1.0
        for product, _, slopes in reversed(rows):
            back *= slopes
            total += product * back
        return total

    def apart(self, c: float, layers: int = LAYERS) -> float:
        """1 - correlation of the outputs of the last hidden layer."""
        return max(0.0, 1 - self.correlations(c, layers)[-1][1])


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else -math.inf


def _elasticity(s: Subject, q: float) -> float:
    return s.mean(lambda x, g, d: x * g * d, q) / s.mean(lambda x, g, d: g * g, q)


def _nonlinearity(s: Subject, q: float) -> float:
    """The share of the output's variance that no line explains."""
    mean = s.mean(lambda x, g, d: g, q)
    variance = s.mean(lambda x, g, d: (g - mean) ** 2, q)
    return 1 - s.mean(lambda x, g, d: x * (g - mean), q) ** 2 / (q * variance)


def _common(s: Subject) -> float:
    return s.mean(lambda x, g, d: g, s.typical) ** 2 / s.mean(lambda x, g, d: g * g, s.typical)


def _flat(s: Subject) -> float:
    least = FLAT * math.sqrt(s.mean(lambda x, g, d: d * d, s.typical))
    return s.mean(lambda x, g, d: (np.abs(d) <= least).astype(float), s.typical)


def _spread(s: Subject, q: float) -> float:
    """The part of the logarithm's variance that a layer adds, times the width: 3 E[g'^4]/E[g'^2]^2 - 1."""
    fourth, square = (s.mean(lambda x, g, d, k=k: d**k, q) for k in (4, 2))
    return 3 * fourth / square**2 - 1


def _deep_spread(s: Subject) -> float:
    """The mean of it over the layers of a deep network."""
    return float(np.mean([_spread(s, q) for q in s.lengths(DEPTH)[::5]]))


def _reached(s: Subject) -> float:
    """log10 of 1 - C(0) after MANY layers."""
    return _log10(s.apart(0.0, MANY))


def _lengths_spread(s: Subject) -> float:
    fourth, square = (s.mean(lambda x, g, d, k=k: g**k, s.typical) for k in (4, 2))
    return fourth / square**2 - 1


def _pull(s: Subject) -> float:
    moments = s.maps.moments(s.typical)
    return float(s.own.sigma_w2 * moments[2] / s.typical)


def _worst(s: Subject) -> float:
    return max(abs(s.gradient(factor)) for factor in (0.5, 1.0, 2.0))


def _noise(s: Subject) -> float:
    """How far noise moves the outputs of the last hidden layer, over how far unrelated inputs lie apart."""
    return s.apart(1 / math.sqrt(1 + NOISE**2)) / s.apart(0.0)


def _held(s: Subject) -> float:
    return float(sum(verdict.verdict == "holds" for verdict in judge(facts(s.activation))))


def _at_risk(s: Subject) -> float:
    return abs(s.gradient()) + _deep_spread(s)


def _unless_explosive(s: Subject, value: float, otherwise: float) -> float:
    """`value`, but `otherwise` where the elasticity at the q that occurs, which no unit of x changes, is too large."""
    elasticity = _elasticity(s, s.typical)
    return math.nan if math.isnan(elasticity) else otherwise if elasticity > EXPLOSIVE else value


def _noise_unless_explosive(s: Subject) -> float:
    return math.inf if abs(s.gradient()) > DECADES else _unless_explosive(s, _noise(s), math.inf)


CANDIDATES = (
    Candidate("elasticity", "E[z g g']/E[g^2] at q = 1", {"steps": -1}, lambda s: _elasticity(s, 1.0)),
    Candidate("nonlinearity", "the share of the output's variance that no line explains, at q = 1",
              {"steps": -1, "accuracy": 1}, lambda s: _nonlinearity(s, 1.0)),
    Candidate("nonlinearity in the network", "the same at the q that occurs",
              {"steps": -1, "depth": -1, "noise": 1}, lambda s: _nonlinearity(s, s.typical)),
    Candidate("common part", "E[g]^2/E[g^2] at the q that occurs", {"steps": 1, "depth": -1}, _common),
    Candidate("kernel, common part", "K(0)/K(1)", {"steps": 1}, lambda s: s.kernel(0.0) / s.kernel(1.0)),
    Candidate("kernel, related part", "K(0.5)/K(1)", {"steps": 1}, lambda s: s.kernel(RELATED) / s.kernel(1.0)),
    Candidate("kernel, condition", "log of K(0.5)/(K(0.5) - K(0)): the common part over what tells kinds apart",
              {"steps": 1}, lambda s: math.log(s.kernel(RELATED) / (s.kernel(RELATED) - s.kernel(0.0)))),
    Candidate("gradient", "abs log10 of the gradient's norm kept over 50 layers",
              {"depth": -1}, lambda s: abs(s.gradient())),
    Candidate("gradient at worst", "the same with the weight variance right, halved or doubled, the largest",
              {"depth": -1}, _worst),
    Candidate("gradient's spread", "3 E[g'^4]/E[g'^2]^2 - 1: what a layer adds to the variance of the log gradient",
              {"depth": -1, "steps": 1}, lambda s: _spread(s, s.typical)),
    Candidate("gradient's spread, deep", "its mean over the layers of a deep network", {"depth": -1}, _deep_spread),
    Candidate("lengths' spread", "E[g^4]/E[g^2]^2 - 1: what a layer adds to the variance of lengths",
              {"depth": -1, "steps": 1}, _lengths_spread),
    Candidate("stability of lengths", "chi_parallel at the q that occurs", {"depth": -1}, _pull),
    Candidate("flat share", "P[abs g' <= a tenth of its root mean square] at the q that occurs",
              {"steps": 1, "depth": -1}, _flat),
    Candidate("noise passed", "1 - C(c) with noise of 0.5 on an input, over that of unrelated inputs, after 3 layers",
              {"noise": -1}, _noise),
    Candidate("correlation kept", "1 - C(0.5) after 3 layers over 1 - C(0)",
              {"steps": -1, "noise": -1, "accuracy": 1}, lambda s: s.apart(RELATED) / s.apart(0.0)),
    Candidate("contrast", "1 - C(0) after 3 layers", {"steps": -1, "depth": 1}, lambda s: s.apart(0.0)),
    Candidate("contrast, deep", "log10 of 1 - C(0) after 30 layers", {"depth": 1}, _reached),
    Candidate("criteria that hold", "how many of the eight by formula", {"accuracy": 1, "steps": -1}, _held),
)  # fmt: skip


# Written down when the outcomes of the first functions had been looked at, and before the later ones were drawn, by
# which alone they are judged.
LATER = (
    Candidate("gradient at risk", "the sum of \"gradient\" and \"gradient's spread, deep\"", {"depth": -1}, _at_risk),
    Candidate("contrast, unless explosive",
              f"contrast, but 0 where E[z g g']/E[g^2] at the q that occurs is above {EXPLOSIVE}",
              {"steps": -1}, lambda s: _unless_explosive(s, s.apart(0.0), 0.0)),
    Candidate("noise passed, unless explosive",
              f"noise passed, but infinite where that is above {EXPLOSIVE} or \"gradient\" above {DECADES}",
              {"noise": -1}, _noise_unless_explosive),
)  # fmt: skip


def measured(subject: Subject, candidates: Sequence[Candidate] = CANDIDATES) -> dict[str, float | None]:
    """The candidates of a function, infinite ones too; None where one does not exist or is not found."""
    out: dict[str, float | None] = {}
    for candidate in candidates:
        value = math.nan
        with suppress(ArithmeticError, ValueError, Undecided), np.errstate(all="ignore"):
            value = candidate.of(subject)
        out[candidate.name] = None if math.isnan(value) else value
    return out

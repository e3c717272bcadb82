"""Signals on their way through a plain network, as a fact: the measures by which criteria judge.

The network is wide, plain and deep, its inputs have a mean square of 1 in each sample, and it starts from the critical
initialisation that is recommended, or, where there is none, from weights of variance 1/E[g^2], which keep the mean
square of the outputs at q = 1. An experiment can measure each number in a network that it draws, and there it means the
same:

gradient    log10 of the norm of the gradient in the first of DEPTH layers over that in the last; also with the variance
            of the weights halved and doubled
spread      3 E[g'^4]/E[g'^2]^2 - 1, the mean over those layers: times 1/width it is what a layer adds to the variance
            of the logarithm of the squared gradient (Hanin and Nica 2020, arXiv 1812.05994)

and, in the first SHALLOW layers, the mean over them of

dead        the share of slopes that are nothing beside the usual one: E[(1 - abs g'/(DEAD r))_+], r their root mean
            square
sparse      the largest share of the outputs that are one value, the nearer the more: the greatest over v of
            E[(1 - abs(g - v)/(ONE d))_+], d the standard deviation of the outputs
mean        abs E[g] over the standard deviation
nonlinear   the share of the variance of the outputs that no line explains

elasticity  E[x g g']/E[g^2], in the middle one: by how many per cent the mean square of the outputs answers to one of
            the inputs
contrast    1 - C(0) after the last: how far apart the outputs of two unrelated inputs are, 1 - their correlation
noise       (1 - C(c))/(1 - C(0)) after the last over (1 - c)/(1 - 0) at the inputs, c the correlation of an input with
            itself and noise of the deviation NOISE: by how much the share of noise in what tells inputs apart grows

`q`, `slope` and `deviation` are the mean square of the pre-activations in the middle layer, the root mean square of the
slope and the standard deviation of the outputs there. Nothing is looked at beyond REACH standard deviations. C follows
from the Hermite coefficients of g.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from propcheck.activation import Activation
from propcheck.analysis import gaussian
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.calculus import Undecided
from propcheck.meanfield.critical import edge
from propcheck.meanfield.line import LOWEST_Q
from propcheck.meanfield.maps import Maps, maps
from propcheck.meanfield.recommend import best
from propcheck.processes.lazy import cached_property
from propcheck.verdict import Fact, InputError, Number, Standing

KEY = "propagation"
DEPTH, SHALLOW = 50, 3
DEAD, ONE, NOISE = 1e-3, 1e-2, 0.5
REACH, POINTS, DEGREES = 8.0, 8192, 200
FARTHEST = 1e6  # the q at which lengths that run away are held: all maps serve it, whatever else they serve
NAMES = ("dead", "sparse", "mean", "nonlinear")  # of one layer
_DIGITS = 6
_LEAST = 1e-9  # of the mean square of the outputs: what of their variance is rounding


@dataclass(frozen=True)
class Start:
    """The variances that a network starts from, of the weights over their inputs and of the biases.

    `first` is that of the weights of the first layer, where it is another. One that is not `critical` keeps the mean
    square of the outputs.
    """

    critical: bool
    sigma_w2: float
    sigma_b2: float = 0.0
    first: float | None = None

    @property
    def scheme(self) -> str:
        return "critical" if self.critical else "preserving"


def start(activation: Activation) -> Start:
    """The start that is recommended; `Undecided` where nothing keeps the mean square of the outputs."""
    point = None
    with suppress(InputError, Undecided):
        point = best(edge(activation))
    if point is not None and point.sigma_w2.value and point.sigma_b2.value is not None:
        return Start(True, point.sigma_w2.value, point.sigma_b2.value)
    scale = scale_of(activation)
    try:
        square = float(scale.outer) ** 2 * float(maps(at_scale(activation, scale)).moments(float(scale.squares))[0])
    except InputError:  # too far out for the maps
        square = gaussian.find(activation)["second_moment"].value or math.nan
    if not 0 < square < math.inf:
        raise Undecided(f"E[g^2] is {square:g}, so that no weights keep the mean square of the outputs")
    return Start(False, 1 / square)


def propagation(activation: Activation) -> Fact:
    """The measures, each computed twice, on a grid and on every second point of it."""
    own = start(activation)
    scale = scale_of(activation)
    try:
        here = Signals(maps(at_scale(activation, scale)), own, float(scale.squares), float(scale.outer))
        with np.errstate(all="ignore"):
            fine, coarse = here.measures(1), here.measures(2)
    except InputError as reason:
        raise Undecided(str(reason)) from reason
    numbers = {name: _number(fine[name], coarse[name]) for name in fine}
    fields = {"scheme": own.scheme, "sigma_w2": _short(own.sigma_w2), "sigma_b2": _short(own.sigma_b2)}
    note = "of the mean function" if activation.noise is not None else ""
    return Fact(KEY, Standing.COMPUTED, fields | {"depth": DEPTH} | numbers, note)


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _number(value: float, other: float) -> Number:
    if math.isnan(value):
        return Number.missing("it does not exist, or was not found")
    if math.isinf(value):
        return Number(value, value, value, None, Standing.COMPUTED)
    error = abs(value - other) + 10.0**-_DIGITS * max(1.0, abs(value)) if math.isfinite(other) else math.inf
    short = _short(value) if abs(value) > 10.0**-_DIGITS else 0.0
    error = float(f"{1.05 * (error + abs(value - short)):.1e}")  # no digit of a bound hangs on a machine's last bit
    low, high = (float(f"{short + side * error:.{2 * _DIGITS}g}") for side in (-1, 1))
    return Number(short, low, high, None, Standing.COMPUTED)


@dataclass(frozen=True)
class Signals:
    """What becomes of signals from a start. The maps are those of h, where g(x) = outer h(sqrt(squares) x)."""

    maps: Maps
    start: Start
    squares: float = 1.0
    outer: float = 1.0

    def measures(self, step: int) -> dict[str, float]:
        """All numbers, on every `step`-th point."""
        lengths = self.lengths(SHALLOW)
        layers = [Outputs.at(self.maps, q, step) for q in lengths]
        q = lengths[SHALLOW // 2]
        middle = self.maps.moments(q)
        c = 1 / math.sqrt(1 + NOISE**2)
        unrelated, disturbed = (self.apart(layers, at) for at in (0.0, c))
        return {
            "q": q / self.squares,
            "slope": self.outer * math.sqrt(self.squares * float(middle[1])),
            "deviation": self.outer * math.sqrt(layers[SHALLOW // 2].variance),
            **self.deep,
            **{name: float(np.mean([getattr(layer, name) for layer in layers])) for name in NAMES},
            "elasticity": _over(float(middle[2]), float(middle[0])),
            "contrast": unrelated,
            "noise": _over(disturbed, unrelated) / (1 - c),
        }

    @cached_property
    def deep(self) -> dict[str, float]:
        """The numbers of all layers, which know no grid."""
        own, halved, doubled = (self.gradient(factor) for factor in (1.0, 0.5, 2.0))
        return {"gradient": own, "halved": halved, "doubled": doubled, "spread": self.spread()}

    def lengths(self, depth: int, factor: float = 1.0) -> list[float]:
        """q of h in each layer, the variance of the weights times `factor`; within what the maps serve."""
        w, b = self._weights * factor, self.start.sigma_b2 * self.squares
        out = [self._within(self.squares * self._first * factor + b)]
        while len(out) < depth:
            out.append(self._within(self.maps.length(out[-1], w, b)))
        return out

    @property
    def _weights(self) -> float:
        """The variance of the weights, where h stands for g."""
        return self.start.sigma_w2 * self.squares * self.outer**2

    @property
    def _first(self) -> float:
        return self.start.sigma_w2 if self.start.first is None else self.start.first

    def _within(self, q: float) -> float:
        """q within what the maps serve; NaN where they serve less than lengths that run away come to."""
        if q > self.maps.highest and self.maps.few:
            return math.nan
        return min(max(q, LOWEST_Q), FARTHEST, self.maps.highest) if q == q else q

    def gradient(self, factor: float = 1.0) -> float:
        """log10 of the gradient's norm in the first layer over that in the last of DEPTH; NaN where it is not found."""
        w = self._weights * factor
        with suppress(Undecided, InputError):
            return sum(0.5 * _log10(self.maps.chi_1(q, w)) for q in self.lengths(DEPTH, factor)[:-1])
        return math.nan

    def spread(self) -> float:
        """The mean over the layers of 3 E[g'^4]/E[g'^2]^2 - 1."""
        with suppress(Undecided, InputError):
            return float(np.mean([3 * _over(*self._slopes(q)) - 1 for q in self.lengths(DEPTH)]))
        return math.nan

    def _slopes(self, q: float) -> tuple[float, float]:
        """E[h'^4] and E[h'^2]^2."""
        here = self.maps.line(q)
        first, last = here.window(REACH * math.sqrt(q))
        weights = here.weights[first:last] * np.exp(here.half[first:last] / q) / math.sqrt(2 * math.pi * q)
        squares = here.both[1, first:last] ** 2
        return float(weights @ squares**2), float(weights @ squares) ** 2

    def apart(self, layers: Sequence[Outputs], c: float) -> float:
        """1 - the correlation of the outputs of the last layer, of two inputs of the correlation c."""
        w, b = self.squares * self._first, self.squares * self.start.sigma_b2
        square, away = 1.0, 1 - c
        for layer in layers:
            away = layer.apart(w * square * away / (w * square + b))  # of the pre-activations
            w, square = self._weights, layer.square
        return away


@dataclass(frozen=True)
class Outputs:
    """The outputs of a layer, g and its slope at z standard deviations, with the weight of each."""

    z: np.ndarray
    weights: np.ndarray
    value: np.ndarray
    slope: np.ndarray

    @classmethod
    def at(cls, maps: Maps, q: float, step: int) -> Outputs:
        """Those of pre-activations of the mean square q."""
        count = POINTS // step
        z = (np.arange(count) + 0.5) * (2 * REACH / count) - REACH
        weights = np.exp(-z * z / 2)
        value, slope = maps.line(q).at(math.sqrt(q) * z)
        return cls(z, weights / weights.sum(), value, slope)

    @cached_property
    def square(self) -> float:
        return float(self.weights @ self.value**2)

    @cached_property
    def centre(self) -> float:
        """E[g]."""
        return float(self.weights @ self.value)

    @cached_property
    def variance(self) -> float:
        return float(self.weights @ (self.value - self.centre) ** 2)

    @cached_property
    def constant(self) -> bool:
        """Is what they vary by rounding?"""
        return self.variance <= _LEAST**2 * self.square

    @property
    def mean(self) -> float:
        return math.inf if self.constant else abs(self.centre) / math.sqrt(self.variance)

    @property
    def nonlinear(self) -> float:
        if self.constant:
            return 0.0
        line = float(self.weights @ (self.z * (self.value - self.centre)))
        rest = float(self.weights @ (self.value - self.centre - line * self.z) ** 2)
        return rest / self.variance

    @property
    def dead(self) -> float:
        usual = math.sqrt(float(self.weights @ self.slope**2))
        if usual == 0:
            return 1.0
        return float(self.weights @ np.maximum(0.0, 1 - np.abs(self.slope) / (DEAD * usual)))

    @property
    def sparse(self) -> float:
        return 1.0 if self.constant else share_at_one_value(self.value, self.weights, ONE * math.sqrt(self.variance))

    @cached_property
    def coefficients(self) -> np.ndarray:
        """The squares of those of g - E[g] in Hermite polynomials of mean square 1, from degree 1 on."""
        before, here = np.ones_like(self.z), self.z
        weighted = self.weights * (self.value - self.centre)
        out = np.empty(DEGREES)
        for k in range(DEGREES):
            out[k] = float(weighted @ here) ** 2
            before, here = here, (self.z * here - math.sqrt(k + 1) * before) / math.sqrt(k + 2)
        return out

    def apart(self, away: float) -> float:
        """1 - the correlation of the outputs of two inputs, from that of the pre-activations.

        What the polynomials leave of the variance is taken for one of a degree half as high again.
        """
        degrees = np.arange(1, DEGREES + 1)
        rest = max(0.0, self.variance - float(self.coefficients.sum()))
        log = math.log1p(-away) if away < 1 else -math.inf
        lost = -np.expm1(degrees * log) @ self.coefficients - math.expm1(1.5 * DEGREES * log) * rest
        return _over(float(lost), self.square)


def share_at_one_value(values: np.ndarray, weights: np.ndarray, width: float) -> float:
    """The greatest over v of the sum of weights times (1 - abs(value - v)/width)_+, v one of the values."""
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    middle = float(values[len(values) // 2])
    moved = values - middle  # so that sums of them lose no digits
    below = np.concatenate([[0.0], np.cumsum(weights)])
    first = np.concatenate([[0.0], np.cumsum(weights * moved)])
    left = np.searchsorted(values, values - width)
    right = np.searchsorted(values, values + width, side="right")
    here = np.searchsorted(values, values, side="right")
    share = below[right] - below[left]
    distance = (below[here] - below[left]) * moved - (first[here] - first[left])
    distance += (first[right] - first[here]) - (below[right] - below[here]) * moved
    return float((share - distance / width).max())


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom else math.nan


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else -math.inf if value == 0 else math.nan

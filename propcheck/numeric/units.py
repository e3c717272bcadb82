"""What a layer does with its pre-activations: a compiled function, one with noise in it, or the largest of k.

A kind of units fills the outputs a = g(z) and the slopes da/dz, into arrays that are given. `inputs` is the number of
pre-activations of a unit. A random activation is drawn in its training form,

    Y ~ N(m, v):  Y = m + sqrt(v) n, n ~ N(0, 1)        Y ~ U(l, u):  Y = (l + u)/2 + (u - l)/2 n, n ~ U(-1, 1)

so that g is a polynomial in n whose coefficients are functions of z. Each is compiled, and with n held fixed the slope
is the derivative of what was computed, the way of z through the noise included. In evaluation the mean takes its place.
A trained parameter keeps the value that it starts from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import factorial
from typing import Any

import numpy as np
import sympy as sp

from propcheck.activation import Activation, from_expression
from propcheck.language import X
from propcheck.numeric import compile
from propcheck.numeric.arrays import library
from propcheck.pieces.partition import partition
from propcheck.processes.lazy import cached_property
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

Noise = Sequence[np.ndarray]
Averages = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Plain:
    """Units with a function of one pre-activation; `fast` and `backend` are what `compile` takes."""

    activation: Activation
    fast: bool | None = None
    backend: str = "numpy"
    inputs = 1
    laws = ()

    @cached_property
    def _value(self) -> Any:
        return compile(self.activation, self.backend, fast=self.fast)

    @cached_property
    def _pair(self) -> Any:
        return compile(self.activation, self.backend, order=(0, 1), fast=self.fast)

    def on(self, backend: str) -> Plain:
        """The units for arrays of another backend."""
        return replace(self, backend=backend)

    def value(self, z: np.ndarray, noise: Noise, a: np.ndarray) -> None:
        """a = g(z)"""
        if self.backend == "numpy":
            self._value(z, out=a)
        else:
            a[...] = self._value(z)

    def both(self, z: np.ndarray, noise: Noise, a: np.ndarray, slope: np.ndarray) -> None:
        """a = g(z), slope = g'(z)"""
        if self.backend == "numpy":
            self._pair(z, out=(a, slope))
        else:
            a[...], slope[...] = self._pair(z)

    def averages(self, z: np.ndarray) -> Averages:
        """g, g^2 and g'^2."""
        a, slope = self._pair(z)
        return a, a * a, slope * slope


@dataclass(frozen=True)
class Random:
    """Units that draw noise for each unit and sample: the sum of terms c(z) n[0]^e[0] n[1]^e[1] ..."""

    activation: Activation
    terms: tuple[tuple[Plain, tuple[int, ...]], ...]
    laws: tuple[str, ...]
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    inputs = 1

    @property
    def fast(self) -> bool | None:
        return self.terms[0][0].fast

    @cached_property
    def _mean(self) -> Plain:
        return Plain(self.activation, self.fast, self.terms[0][0].backend)

    def on(self, backend: str) -> Random:
        """The units for arrays of another backend."""
        return Random(self.activation, tuple((part.on(backend), powers) for part, powers in self.terms), self.laws)

    def value(self, z: np.ndarray, noise: Noise, a: np.ndarray) -> None:
        """a = g(z, noise); the mean where there is no noise."""
        if not noise:
            self._mean.value(z, noise, a)
            return
        part, _ = self._work(a)
        for place, (coefficient, powers) in enumerate(self.terms):
            own = part if place else a
            coefficient.value(z, noise, own)
            _times(own, noise, powers)
            if place:
                a += own

    def both(self, z: np.ndarray, noise: Noise, a: np.ndarray, slope: np.ndarray) -> None:
        """a = g(z, noise) and its derivative by z, the noise held fixed."""
        if not noise:
            self._mean.both(z, noise, a, slope)
            return
        work = self._work(a)
        for place, (coefficient, powers) in enumerate(self.terms):
            part, rise = work if place else (a, slope)
            coefficient.both(z, noise, part, rise)
            _times(part, noise, powers)
            _times(rise, noise, powers)
            if place:
                a += part
                slope += rise

    def _work(self, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays like this one, kept for the next call."""
        known = self._kept.get("work")
        if known is None or known[0].shape != a.shape or known[0].dtype != a.dtype:
            known = self._kept["work"] = library(a).empty_like(a), library(a).empty_like(a)
        return known

    def averages(self, z: np.ndarray) -> Averages:
        """The means over the noise of g, g^2 and g'^2."""
        pairs = []
        for coefficient, powers in self.terms:
            a, slope = np.empty_like(z), np.empty_like(z)
            coefficient.both(z, (), a, slope)
            pairs.append((a, slope, powers))
        mean, square, steepness = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
        for a, da, first in pairs:
            mean += a * self._moment(first)
            for b, db, second in pairs:
                moment = self._moment(tuple(map(sum, zip(first, second, strict=True))))
                square += a * b * moment
                steepness += da * db * moment
        return mean, square, steepness

    def _moment(self, powers: Sequence[int]) -> float:
        """The mean of the product of the draws to these powers."""
        out = 1.0
        for law, k in zip(self.laws, powers, strict=True):
            normal = factorial(k) / (2 ** (k // 2) * factorial(k // 2))
            out *= 0.0 if k % 2 else normal if law == "normal" else 1 / (k + 1)
        return out


@dataclass(frozen=True)
class Maxout:
    """Units that are the largest of k linear functions of all inputs; a tie goes to the first."""

    activation: Activation
    inputs: int
    fast: bool | None = None
    laws = ()

    def on(self, backend: str) -> Maxout:
        """The units for arrays of another backend: the same."""
        return self

    def value(self, z: np.ndarray, noise: Noise, a: np.ndarray) -> None:
        """a = max over k of z[k]"""
        library(a).amax(self._parts(z, a), 0, out=a)

    def both(self, z: np.ndarray, noise: Noise, a: np.ndarray, slope: np.ndarray) -> None:
        """a = max over k of z[k]; the slope is 1 for the largest, 0 for the others."""
        self.value(z, noise, a)
        parts, slopes = self._parts(z, a), self._parts(slope, a)
        slopes[...] = parts == a
        for k in range(1, self.inputs):
            slopes[k] *= library(a).amax(slopes[:k], 0) == 0

    def _parts(self, z: np.ndarray, a: np.ndarray) -> np.ndarray:
        return z.reshape(self.inputs, *a.shape)


Units = Plain | Random | Maxout


@alone
def units(activation: Activation, fast: bool | None = None) -> Units:
    """The units of an activation: of Maxout as many linear functions as its spec has, with weights of their own."""
    if activation.trouble and activation.wave is None:
        raise InputError(f"{activation.name} cannot be run in a network: {activation.trouble}")
    spec = activation.spec
    if spec is not None and spec.units is not None and spec.units.k > 1:
        return Maxout(activation, spec.units.k, fast)
    if activation.noise is not None:
        return _random(activation, fast)
    return Plain(activation, fast)


def draw(units: Units, generator: np.random.Generator, arrays: Sequence[np.ndarray]) -> None:
    """Fills the noise of one layer: an array for each random parameter.

    Units that ask for the fast form are drawn for, in single precision, by a compiled loop, whose key is drawn.
    """
    for law, noise in zip(units.laws, arrays, strict=True):
        if units.fast and noise.dtype == np.float32:
            from propcheck.numeric import draws

            fill = draws.normal if law == "normal" else draws.uniform
            fill(noise, generator.integers(0, 1 << 32, 2, np.uint32))
        elif law == "normal":
            generator.standard_normal(out=noise, dtype=noise.dtype)
        else:
            generator.random(out=noise, dtype=noise.dtype)
            noise *= 2
            noise -= 1


def _times(part: np.ndarray, noise: Noise, powers: Sequence[int]) -> None:
    """Makes of a part: part n[0]^powers[0] n[1]^powers[1] ..."""
    for n, k in zip(noise, powers, strict=True):
        for _ in range(k):
            part *= n


# --- the training form of a random activation ------------------------------------------------------------------------


def _random(activation: Activation, fast: bool | None) -> Random:
    assert activation.spec is not None
    symbols = activation.spec.symbols()
    put = {symbols[name]: value for name, value in activation.values.items()}
    pieces = partition(activation.expression.xreplace(put))[0]
    draws: list[sp.Dummy] = []
    laws: list[str] = []
    standard: dict[sp.Symbol, sp.Expr] = {}
    for parameter in activation.parameters:
        if parameter.role == "random":
            law = parameter.law(symbols)
            first, second = (argument.xreplace(put) for argument in law.arguments)
            n = sp.Dummy("n", real=True)
            if law.kind == "normal":
                standard[symbols[parameter.name]] = first + sp.sqrt(second) * n
            else:
                standard[symbols[parameter.name]] = (first + second) / 2 + (second - first) / 2 * n
            draws.append(n)
            laws.append(law.kind)
    parts = [(piece, sp.Poly(sp.expand(piece.expr.xreplace(standard)), *draws).as_dict()) for piece in pieces]
    powers = sorted({power for _, terms in parts for power in terms})
    terms = tuple((Plain(_coefficient(activation, parts, power), fast), power) for power in powers)
    return Random(activation, terms, tuple(laws))


def _coefficient(activation: Activation, parts: Sequence[tuple[Any, dict]], power: tuple[int, ...]) -> Activation:
    branches = list(_branches(parts, power))
    name = f"{activation.name}, terms with powers {power} of the noise"
    return from_expression(branches[0][0] if len(branches) == 1 else sp.Piecewise(*branches, evaluate=False), name)


def _branches(parts: Sequence[tuple[Any, dict]], power: tuple[int, ...]) -> Iterator[tuple[sp.Expr, Any]]:
    for place, (piece, terms) in reversed(list(enumerate(parts))):
        yield terms.get(power, sp.S.Zero), sp.true if place == 0 else sp.Ge(X, piece.lower, evaluate=False)

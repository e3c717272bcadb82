"""Gated units compiled: both factors by a backend of functions of one input, and their products.

>>> import propcheck
>>> unit = propcheck.compile(propcheck.spec.Spec("swiglu", "x*sigmoid(x)*y", inputs=("x", "y")))  # doctest: +SKIP
>>> unit(1.0, 2.0), unit.gradient(1.0, 2.0)                                                       # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from propcheck.gated import INPUTS, Product
from propcheck.verdict import InputError


@dataclass(frozen=True)
class Unit:
    """g(x) h(y): `unit(x, y)` is the value, `unit.gradient(x, y)` both slopes, `unit.both(x, y)` all three.

    `bound` has for the orders 0 and 1 the most ulp that the value and a slope are wrong by, where no factor is
    subnormal or overflows: one that is wrong by b of its own ulp is by at most 2 b of a product's, and the last
    rounding adds half of one.
    """

    product: Product
    g: Any
    h: Any

    def __call__(self, x: Any, y: Any) -> Any:
        return self.g(x)[0] * self.h(y)[0]

    def gradient(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The slopes by x and by y."""
        return self.both(x, y)[1]

    def both(self, x: Any, y: Any) -> tuple[Any, tuple[Any, Any]]:
        """The value and the slopes."""
        (g, slope_g), (h, slope_h) = self.g(x), self.h(y)
        return g * h, (slope_g * h, g * slope_h)

    @property
    def bound(self) -> Mapping[int, float]:
        g, h = self.g.bound, self.h.bound
        slopes = max(g[1] + h[0], g[0] + h[1])
        return {0: 2 * (g[0] + h[0]) + 0.51, 1: 2 * slopes + 0.51}


def compiled(unit: Product, order: Any, compile: Any, **asked: Any) -> Unit:
    """A unit whose factors are compiled so; values and slopes of order 1 are at hand, whichever were asked for."""
    if order not in (0, 1, (0, 1)):
        raise InputError(f"a gated unit is compiled with its value and both slopes, not with the order {order!r}")
    factors = (compile(unit.of(name), order=(0, 1), **asked) for name in INPUTS)
    return Unit(unit, *factors)

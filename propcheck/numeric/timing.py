"""What does one element cost: the value, the derivative, and both at once, beside ReLU and a copy in the same run?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.numeric.units import draw, units

COUNT = 1 << 16  # elements: they and their results stay in a second-level cache or near it
_ROUNDS = 9
_LEAST = 0.5e-3  # seconds of one measurement


@dataclass(frozen=True)
class Timing:
    """Nanoseconds an element: of a function, of ReLU's value and slope together, and of copying an array.

    What a unit draws at random is drawn anew for the value and for both; an element of Maxout is that of all its
    inputs.
    """

    value: float
    derivative: float
    both: float
    relu: float
    copy: float


def timing(activation: Activation, dtype: Any = np.float32, fast: bool | None = None) -> Timing:
    """Measures the compiled forms of an activation on normal inputs; the rounds of all of them are interleaved."""
    from propcheck.numeric import compile

    made, generator = units(activation, fast), np.random.default_rng(0)
    z = generator.standard_normal((made.inputs, COUNT)).astype(dtype)
    x = z[0]
    noise = [np.empty((1, COUNT), x.dtype) for _ in made.laws]
    a, slope = np.empty((1, COUNT), x.dtype), np.empty_like(z)
    slope_alone = compile(activation, order=1, fast=fast)
    relu = compile("relu", order=(0, 1), fast=fast)

    def drawn(ask: Callable[..., None], *outputs: np.ndarray) -> Callable[[], None]:
        def run() -> None:
            draw(made, generator, noise)
            ask(z, noise, *outputs)

        return run

    runs = (
        drawn(made.value, a),
        lambda: slope_alone(x, out=slope[0]),
        drawn(made.both, a, slope),
        lambda: relu(x, out=(a[0], slope[0])),
        lambda: np.copyto(a[0], x),
    )
    return Timing(*(1e9 * seconds / COUNT for seconds in quickest(runs)))


def quickest(runs: tuple[Callable[[], Any], ...]) -> list[float]:
    """The least time of each call over several rounds, in seconds."""
    repeats = []
    for run in runs:
        run()
        began = time.perf_counter()
        run()
        repeats.append(max(1, round(_LEAST / max(time.perf_counter() - began, 1e-7))))
    best = [float("inf")] * len(runs)
    for _ in range(_ROUNDS):
        for k, (run, count) in enumerate(zip(runs, repeats, strict=True)):
            began = time.perf_counter()
            for _ in range(count):
                run()
            best[k] = min(best[k], (time.perf_counter() - began) / count)
    return best

"""What does one element cost: the value, the derivative, and both at once, beside ReLU and a copy in the same run?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

COUNT = 1 << 16  # elements: they and their results stay in a second-level cache or near it
_ROUNDS = 9
_LEAST = 0.5e-3  # seconds of one measurement


@dataclass(frozen=True)
class Timing:
    """Nanoseconds an element: of a function, of ReLU's value and slope together, and of copying an array."""

    value: float
    derivative: float
    both: float
    relu: float
    copy: float


def timing(activation: Any, dtype: Any = np.float32, fast: bool | None = None) -> Timing:
    """Measures the compiled forms of an activation on normal inputs; the rounds of all of them are interleaved."""
    from propcheck.numeric import compile

    x = np.random.default_rng(0).standard_normal(COUNT).astype(dtype)
    a, slope = np.empty_like(x), np.empty_like(x)
    forms = {order: compile(activation, order=order, fast=fast) for order in (0, 1, (0, 1))}
    relu = compile("relu", order=(0, 1), fast=fast)
    runs = (
        lambda: forms[0](x, out=a),
        lambda: forms[1](x, out=slope),
        lambda: forms[0, 1](x, out=(a, slope)),
        lambda: relu(x, out=(a, slope)),
        lambda: np.copyto(a, x),
    )
    return Timing(*(1e9 * seconds / COUNT for seconds in _quickest(runs)))


def _quickest(runs: tuple[Callable[[], Any], ...]) -> list[float]:
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

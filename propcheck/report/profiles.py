"""Layer by layer through deep random networks: the lines that figures show, read from what a probe printed.

The size of the outputs going in, that of the gradient going back. The band is one standard deviation over the seeds
upward, and as many times downward, since the axes are logarithmic. Theory's line is that of infinite width from the
actual start, with the bounds that finite width sets to the mean; where the probe has none it is the prediction of each
layer from the one before, and for the gradient its predicted growth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.report.record import real
from propcheck.verdict import Json

Line = tuple[float, ...]  # a value in each layer

PAGE = "gradient_flow"  # where a probe has them
OUTPUTS, DEVIATION = "mean square of the outputs", "standard deviation of the outputs"
GRADIENT, GROWTH = "log10 of the gradient's norm", "growth of its square a layer"
LARGEST = 300.0  # decades that a double has room for


@dataclass(frozen=True)
class Run:
    """A quantity in each layer, from the first to the last: its mean, its band, theory's line; NaN where there is none.

    `theory` is empty where nothing is predicted, `bounds` where no band is known around it.
    """

    title: str
    middle: Line
    low: Line
    high: Line
    theory: Line = ()
    bounds: tuple[Line, ...] = ()


def runs(probe: Json) -> tuple[Run, ...]:
    """Mean square and variance of the outputs, and norm of the gradient; none where no layer has a number."""
    page = probe["criteria"].get(PAGE) or {}
    found = {profile["name"]: profile for profile in page.get("profiles") or ()}
    if not {OUTPUTS, DEVIATION, GRADIENT} <= found.keys():
        return ()
    means = [profile.get("mean") or () for profile in found.values()]
    if all(value is None for mean in means for value in mean):
        return ()
    depth = max(map(len, means))
    # A quantity of which no layer has a number, such as the gradient of a step, may have no mean in its profile.
    outputs, deviation, gradient = ({"mean": [None] * depth, **found[name]} for name in (OUTPUTS, DEVIATION, GRADIENT))
    line, bounds = _theory(gradient, _ten)
    lines = _banded([_ten(value) for value in gradient["mean"]], [_ten(s) for s in _spread(gradient)])
    return (
        _run("mean square of the outputs", outputs),
        _run("variance of the outputs", deviation, power=2),
        Run("norm of the gradient, last layer = 1", *lines, line or _grown(page, depth), bounds),
    )


def _run(title: str, profile: Json, power: int = 1) -> Run:
    mean, spread = [real(value) for value in profile["mean"]], _spread(profile)
    factors = [(1 + s / m) ** power if m else math.nan for m, s in zip(mean, spread, strict=True)]

    def raised(value: Any) -> float:
        return _shown(real(value)) ** power

    line, bounds = _theory(profile, raised)
    theory = line or tuple(raised(value) for value in profile.get("predicted") or ())
    return Run(title, *_banded([raised(value) for value in mean], factors), theory, bounds)


def _theory(profile: Json, shown: Callable[[Any], float]) -> tuple[Line, tuple[Line, ...]]:
    """Theory's line at infinite width, and the two bounds of its band; empty where the probe has none."""
    found = profile.get("theory") or {}
    line, *bounds = (tuple(shown(value) for value in found.get(name) or ()) for name in ("line", "lower", "upper"))
    return line, tuple(bounds) if all(bounds) else ()


def _banded(middle: Sequence[float], factors: Sequence[float]) -> tuple[Line, Line, Line]:
    """The middle, and that divided and multiplied by its factors."""
    shown = [_shown(value) for value in middle]
    pairs = list(zip(shown, factors, strict=True))
    return tuple(shown), tuple(m / f for m, f in pairs), tuple(m * f for m, f in pairs)


def _grown(page: Json, depth: int) -> Line:
    """The norm of the gradient at each layer, were it to grow as is predicted, from 1 in the last."""
    growth = next((item for item in page.get("measurements") or () if item["name"] == GROWTH), {})
    factor = real(growth.get("predicted"))
    if not 0 < factor < math.inf:
        return ()
    return tuple(_ten((depth - layer) * math.log10(factor) / 2) for layer in range(1, depth + 1))


def _spread(profile: Json) -> list[float]:
    return [real(value) for value in profile.get("spread") or [0.0] * len(profile["mean"])]


def _ten(exponent: Any) -> float:
    value = real(exponent)
    return math.nan if not math.isfinite(value) else 10.0 ** max(-LARGEST, min(LARGEST, value))


def _shown(value: float) -> float:
    """What has a place on a logarithmic axis."""
    return value if 0 < value < math.inf else math.nan

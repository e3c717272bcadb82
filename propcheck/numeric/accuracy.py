"""How far a compiled function is from the exact one, in units in the last place (ulp) of the exact value.

Two errors are told apart. The raw one takes the input for exact. The other allows for the input's own rounding: it is
the distance to the values that the function takes within half an ulp of the input, so that no implementation is blamed
for the slope of what it computes. A correctly rounded result has at most 0.5 of either.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.backends import COMPILING
from propcheck.numeric.formats import FORMATS, dtype_of
from propcheck.numeric.truth import Reference, marks
from propcheck.processes.precision import alone
from propcheck.verdict import InputError, plain

LIMIT = 4.0  # most ulps that pass, the input's own rounding allowed for
LIMIT_16 = 0.51  # the same for types of 16 bits, which are computed in a wider one and rounded once
SEED = 3761  # of the random inputs


@dataclass(frozen=True)
class Worst:
    """The largest error in ulps, the input where it is met, what was computed there and the correctly rounded value."""

    ulps: float
    x: float
    computed: float
    exact: float


@dataclass(frozen=True)
class Accuracy:
    """What was measured of one compiled function on `count` inputs of one type.

    `raw` and `allowed` are the worst errors, of which the second allows for the input's own rounding; None where no
    exact value is known. Counted beside them are the inputs where a finite exact value came out as NaN or infinity
    (`lost`), where one that overflows came out finite (`missed`), where a number came out and there is none
    (`invented`), and where the exact value was not found (`open`). `returned` is the type that came out.
    """

    order: int
    dtype: str
    returned: str
    count: int
    raw: Worst | None
    allowed: Worst | None
    lost: int
    missed: int
    invented: int
    open: int
    warnings: tuple[str, ...]

    @property
    def limit(self) -> float:
        """The most ulps that pass."""
        return LIMIT_16 if FORMATS[self.dtype].bits < 16 else LIMIT

    @property
    def holds(self) -> bool:
        """Is no value lost, missed or invented, and the error within the limit?"""
        within = self.allowed is None or self.allowed.ulps <= self.limit
        return within and self.returned == self.dtype and not (self.lost or self.missed or self.invented)

    def to_json(self) -> dict[str, Any]:
        names = ("order", "dtype", "returned", "count", "lost", "missed", "invented", "open", "warnings")
        worst = {"error": self.raw, "error_after_input_rounding": self.allowed}
        return {
            **{name: plain(getattr(self, name)) for name in names},
            **{name: plain(vars(found)) if found else None for name, found in worst.items()},
            "limit": self.limit,
            "holds": self.holds,
        }


# --- inputs ----------------------------------------------------------------------------------------------------------


@alone
def grid(activation: Activation, dtype: Any) -> np.ndarray:
    """The inputs at which a function is measured: every value of a type of 16 bits; else some 2000.

    They are both zeros and infinities, NaN, the ends of the normal and the subnormal numbers, the neighbours of each
    breakpoint, all sizes of both signs with more where functions over- and underflow, and random ones in [-40, 40].
    """
    dtype = dtype_of(dtype)
    if dtype.itemsize == 2:
        values = np.arange(65536, dtype=np.uint16).view(dtype)
        with np.errstate(invalid="ignore"):
            values[np.isnan(values)] = np.nan  # quiet ones: a signalling NaN warns whatever is done with it
        return values
    info, real = np.finfo(dtype), dtype.type
    edges = [real(0), info.smallest_subnormal, 5 * info.smallest_subnormal, info.tiny, info.eps, info.max, real(np.inf)]
    edges += [np.nextafter(info.tiny, real(0)), np.nextafter(info.max, real(0))]
    spans = [
        np.exp2(np.linspace(info.minexp - info.nmant, info.minexp, 20)),
        np.exp2(np.linspace(info.minexp, info.maxexp, 180, endpoint=False)),
        np.geomspace(1e-6, 1, 100),
        np.geomspace(0.1, 2000, 250),
    ]
    sizes = np.concatenate([np.array(edges, dtype), *(span.astype(dtype) for span in spans)])
    beside = np.array([value for mark in marks(activation) for value in _beside(*mark, dtype)], dtype)
    middle = np.append(np.linspace(-6, 6, 385), np.random.default_rng(SEED).uniform(-40, 40, 500)).astype(dtype)
    points = np.concatenate([beside, sizes, -sizes, middle, np.array([np.nan], dtype)])
    return np.unique(points.view(f"u{dtype.itemsize}")).view(dtype)


def _beside(low: float, high: float, dtype: np.dtype) -> Iterator[Any]:
    """A breakpoint's neighbours among the numbers of a type, itself if it is one, and several steps to both sides."""
    for end, side in ((low, -1), (high, 1)):
        outward = dtype.type(side * np.inf)
        value = dtype.type(end)
        if (float(value) - end) * side < 0:
            value = np.nextafter(value, outward)
        for _ in range(5):
            yield value
            value = np.nextafter(value, outward)
        for power in range(3, 20, 2):
            yield value + side * dtype.type(2**power) * np.spacing(abs(value))


# --- measuring -------------------------------------------------------------------------------------------------------


@alone
def measure(
    compiled: Callable[[Any], Any], activation: Activation, order: int, dtype: Any, points: Any = None
) -> Accuracy:
    """Measures a function of NumPy arrays against the derivative of an order, on the grid unless `points` are given."""
    dtype = dtype_of(dtype)
    inputs = grid(activation, dtype) if points is None else np.asarray(points, dtype)
    outputs, told = _called(compiled, inputs)
    with np.errstate(all="ignore"):
        xs, found = inputs.astype(float).tolist(), outputs.astype(float).tolist()
    form = FORMATS[dtype.name]
    reference = Reference(activation, order, form)
    errors: list[tuple[float, int]] = []
    missed = invented = unknown = 0
    for index, (x, computed) in enumerate(zip(xs, found, strict=True)):
        truth = reference.truth(x)
        if truth.nothing and math.isnan(computed):
            continue
        if not truth.answers:
            invented += truth.nothing
            unknown += not truth.nothing
            continue
        errors.append((truth.distance(computed, form), index))
        if math.isfinite(computed) and truth.overflows(form):
            missed += reference.truth(x, loose=True).overflows(form)
    errors.sort(key=lambda pair: -pair[0])
    lost, allowed = _allowed(errors, reference, xs, found)

    def worst(error: float, index: int) -> Worst:
        x, computed = xs[index], found[index]
        return Worst(error, x, computed, reference.rounded(x, computed))

    return Accuracy(
        order=order,
        dtype=dtype.name,
        returned=outputs.dtype.name,
        count=len(xs),
        raw=worst(*errors[0]) if errors else None,
        allowed=worst(*allowed) if allowed else None,
        lost=lost,
        missed=missed,
        invented=invented,
        open=unknown,
        warnings=told,
    )


def _allowed(
    errors: list[tuple[float, int]], reference: Reference, xs: list[float], found: list[float]
) -> tuple[int, tuple[float, int] | None]:
    """How many values are lost, and the largest error that allows for the input's rounding, with its index.

    It is at most the raw error, so that few of the inputs need a second look, the largest raw errors first.
    """
    lost, most = 0, None
    for raw, index in errors:
        if most is not None and raw <= most[0] and math.isfinite(raw):
            break
        error = reference.truth(xs[index], loose=True).distance(found[index], reference.form)
        lost += math.isinf(error) and not math.isfinite(found[index])
        if most is None or error > most[0]:
            most = (error, index)
    return lost, most


def _called(compiled: Callable[[Any], Any], inputs: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """What a function returns for an array, and the different warnings that it gives meanwhile.

    Underflow is none of them: NumPy is silent about it, and where the exact value is subnormal it is right.
    """
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        outputs = np.asarray(compiled(inputs.copy()))
    if outputs.shape != inputs.shape:
        raise InputError(f"the function turned the shape {inputs.shape} into {outputs.shape}; it has to keep the shape")
    return outputs, tuple(dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)))


def on_arrays(compiled: Callable[[Any], Any], backend: str) -> Callable[[np.ndarray], np.ndarray]:
    """A function of another library's arrays as one of NumPy's."""
    if backend not in COMPILING:
        return compiled
    page = import_module(f"propcheck.numeric.{backend}")
    return page.on_arrays(compiled) if hasattr(page, "on_arrays") else compiled

"""What is right at the inputs that an implementation is tried at: every number of a format of 16 bits, or some 4000."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.code.formula import spelled
from propcheck.code.values import value
from propcheck.conformance import kept, patterns
from propcheck.conformance.enclosing import enclosed_at
from propcheck.conformance.golden import golden
from propcheck.language import show
from propcheck.numeric.accuracy import grid
from propcheck.numeric.formats import Format
from propcheck.numeric.truth import Reference, marks
from propcheck.verdict import InputError

_BESIDE = (1, 2, 64, 2**12)  # ulps from a threshold that code may have
_CARRIED = 4.0  # ulps by which the rounding of a sum with an input may carry it over a breakpoint
_FAR, _NEARER = 2.0**400, 300.0  # numbers beside an infinity: of a slope, which code writes otherwise, before exp ends
_THRESHOLDS = (0.5, 1, 2, 2.5, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 30, 32, 40, 50, 64, 88, 100)


@dataclass(frozen=True)
class Right:
    """The exact values `high` + `low` at inputs, what they round to, and how far half an ulp of the input moves them.

    `kinks` has for each place of a breakpoint the one-sided values of the derivative, `beside` the same for places
    which rounding may carry over one. `bare` are the infinities at which the formula itself comes to NaN, as that of
    x*sigmoid(x) does at -inf: what is right there is a limit that code of the formula does not give.
    """

    form: Format
    order: int
    inputs: np.ndarray
    high: np.ndarray
    low: np.ndarray
    rounded: np.ndarray
    moved: np.ndarray
    known: np.ndarray
    kinks: dict[int, tuple[float, float]]
    beside: dict[int, tuple[float, float]]
    bare: np.ndarray

    @property
    def exhaustive(self) -> bool:
        return self.inputs.size == 1 << 16


@lru_cache(maxsize=32)
def right(activation: Activation, order: int, form: Format) -> Right:
    """The right values of a derivative, proved; those that are not settled are not `known`."""
    if form.name in patterns.SHORT:
        inputs = patterns.every(form)
        rounded = golden(activation, form.name, (order,)).numbers(order)
        high, low, known = rounded, np.zeros_like(rounded), np.ones(rounded.size, bool)
        moved = _beside(inputs, rounded, form)
    else:
        inputs = tried(activation, form)
        found = _found(activation, order, form, inputs)
        high, low, rounded, known = (found[name] for name in ("high", "low", "rounded", "settled"))
        with np.errstate(all="ignore"):
            moved = np.nan_to_num(np.abs(found["slope"]) * np.ldexp(0.5, patterns.units(inputs, form)), posinf=0.0)
    kinks = _kinks(activation, order, form, inputs)
    return Right(form, order, inputs, high, low, rounded, moved, known, *kinks, _bare(activation, order, inputs))


def at(activation: Activation, order: int, form: Format, inputs: np.ndarray) -> Right:
    """The same at other inputs."""
    found = enclosed_at(activation, order, inputs, form)
    with np.errstate(all="ignore"):
        moved = np.nan_to_num(np.abs(found.slope) * np.ldexp(0.5, patterns.units(inputs, form)), posinf=0.0)
    kinks = _kinks(activation, order, form, inputs)
    bare = _bare(activation, order, inputs)
    return Right(form, order, inputs, found.high, found.low, found.rounded, moved, found.settled, *kinks, bare)


def _found(activation: Activation, order: int, form: Format, inputs: np.ndarray) -> dict[str, np.ndarray]:
    asked = (form.name, order, "grid", inputs.size)
    known = kept.find(activation, *asked)
    if known is not None and known.pop("inputs").tobytes() == inputs.tobytes():  # both zeros are told apart
        return known
    found = enclosed_at(activation, order, inputs, form)
    made = {name: getattr(found, name) for name in ("high", "low", "rounded", "settled", "slope")}
    kept.keep({"inputs": inputs, **made}, activation, *asked)
    return made


def tried(activation: Activation, form: Format) -> np.ndarray:
    """The inputs of a format of 32 or 64 bits, rising: the grid of `accuracy`, and beside thresholds that code has."""
    base = grid(activation, form.name).astype(np.float64)
    near = np.array([side * size for size in _THRESHOLDS for side in (1.0, -1.0)])
    near = np.append(near, [end for mark in marks(activation) for end in mark])
    real = np.dtype(form.name).type
    spacing = np.spacing(np.abs(near).astype(real)).astype(np.float64)
    beside = [near] + [near + side * steps * spacing for steps in _BESIDE for side in (1, -1)]
    even = np.concatenate([np.linspace(-16, 16, 513), np.linspace(-110, 110, 221)])
    with np.errstate(over="ignore"):
        more = np.concatenate([*beside, even]).astype(real).astype(np.float64)
    made = np.unique(np.concatenate([base[~np.isnan(base)], more])) + 0.0  # -0 and +0 are one to `unique`
    return np.concatenate([made, [-0.0, np.nan]])


def _beside(inputs: np.ndarray, rounded: np.ndarray, form: Format) -> np.ndarray:
    """How far half an ulp of the input moves a value: half the way to its neighbours', where all numbers are there."""
    order = np.argsort(np.where(np.isnan(inputs), np.inf, inputs), kind="stable")
    values = rounded[order]
    moved = np.zeros_like(values)
    with np.errstate(all="ignore"):
        steps = np.nan_to_num(np.abs(np.diff(values)), nan=0.0, posinf=0.0)
    steps = steps - np.minimum(steps, np.ldexp(1.0, patterns.units(values[1:], form)))  # what rounding may make of it
    moved[1:] = steps
    moved[:-1] = np.maximum(moved[:-1], steps)
    made = np.empty_like(moved)
    made[order] = moved / 2
    return made


def _bare(activation: Activation, order: int, inputs: np.ndarray) -> np.ndarray:
    """The places of infinities at which the formula comes to NaN, or its derivative does, and at no number beside."""
    made = np.zeros(inputs.size, bool)
    for end in np.unique(inputs[np.isinf(inputs)]).tolist():
        made |= (inputs == end) & _is_bare(activation, order, end)
    return made


def _is_bare(activation: Activation, order: int, end: float) -> bool:
    bound, pieces = activation.bound, activation.pieces[-1:] if end > 0 else activation.pieces[:1]
    values = [piece.expr for piece in pieces] if bound.has(sp.Piecewise) else [bound]
    if any(_is_nan(expr, end, _FAR) for expr in values):
        return True
    try:
        return order > 0 and any(_is_nan(piece.derivative(order), end, _NEARER) for piece in pieces)
    except Undecided:
        return False


def _is_nan(expr: sp.Expr, end: float, far: float) -> bool:
    try:
        formula = spelled(show(expr))
        beside = value(formula, {"x": math.copysign(far, end)})
        return math.isnan(value(formula, {"x": end})) and not math.isnan(beside)
    except (KeyError, InputError, SyntaxError):  # a function that is not calculated with here
        return False


def _kinks(
    activation: Activation, order: int, form: Format, inputs: np.ndarray
) -> tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]]]:
    """The one-sided values at the breakpoints that are among the inputs, where they differ or the function jumps.

    Of a derivative also those for the inputs that an implementation may take for the breakpoint, x + 3 being rounded.
    """
    kinks: dict[int, tuple[float, float]] = {}
    beside: dict[int, tuple[float, float]] = {}
    met = [mark for mark in marks(activation) if order or mark[0] == mark[1]]
    if not met:
        return kinks, beside
    reference = Reference(activation, order, form)
    if activation.wave is not None:
        met = [(x, x) for x in inputs[np.isfinite(inputs)].tolist() if reference.here(x).breakpoint(x) is not None]
    for low, high in met:
        answers = reference.truth(low).answers
        if low < high:
            answers = (*answers[:1], *reference.truth(high).answers[:1])
        values = [form.rounded(answer.value) for answer in answers]
        if len(set(values)) < 2:
            continue
        left, right = values[:2]
        exact = inputs == low if low == high else np.zeros(inputs.size, bool)
        kinks |= dict.fromkeys(np.flatnonzero(exact).tolist(), (left, right))
        if order:
            size = np.array([high or 0.5])  # what is summed to 0 has a size
            spacing = np.ldexp(_CARRIED, patterns.units(size, form))
            with np.errstate(invalid="ignore"):
                near = (np.abs(inputs - low) <= spacing) & ~exact
            beside |= dict.fromkeys(np.flatnonzero(near).tolist(), (left, right))
    return kinks, beside

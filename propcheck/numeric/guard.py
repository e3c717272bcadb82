"""What keeps a compiled form's word: where no form is good, values are computed another way.

Such spans are known from the plan (`Assembly.exact`). Beside that every form is tried out as it runs, on inputs of its
own and against exact values, and where it is found wrong a span is added.
"""

from __future__ import annotations

import math
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import sympy as sp
from flint import ctx

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.formats import EXTENDED, FORMATS
from propcheck.numeric.landmarks import landmarks
from propcheck.numeric.numpy import Compiled
from propcheck.numeric.span import Shortfall
from propcheck.numeric.subject import PROMISED
from propcheck.numeric.truth import Reference, Truth, marks
from propcheck.verdict import InaccurateWarning

GOAL = PROMISED  # units in the last place, the input's rounding allowed for: what every form promises
_SEEN = 3.5  # what may be seen of it on the inputs that are tried
_DOUBTFUL = 9.0  # an estimate above it is believed, one below it is tried
_SEEN_16 = 0.55  # the same for types of 16 bits, which are computed in a wider one and rounded once
_GOAL_16 = 1.0
_ROUNDS = 5
_SEEN_OF_MANY, _SEEN_IN_DOUBT = 3.2, 3.0
_MANY = 12000  # inputs of a kind, for what is tried by arrays
_BESIDE = 2.0**-5  # what is so near to an input, for its size, is as wrong
_CELLS = 32  # parts of a span that is doubtful
_ORDINARY = 1000.0
_MOST_SPANS = 24  # of one output: the nearest are joined
_SEED = 2477
_PLACED = 120  # bits with which a breakpoint far out is placed
# Where functions of the common kinds leave the range of a format, or reach a limit of theirs.
_EDGES = (
    709.78, 745.13, 710.47, 372.5, 354.9, 88.72, 103.97, 51.9, 44.4, 36.74, 37.43, 38.57, 26.6, 27.2, 19.06, 18.7,
    17.33, 16.64, 13.3, 11.09, 9.2, 8.3, 6.2, 6.63, 5.86, 3.9, 1.8e308, 1.34e154, 5.6e102, 1e77, 1.8e19, 1.4e154,
    3.4e38, 1e-8, 1.5e-8, 1e-16, 1e-154, 1e-162, 1e-102, 3e-4, 2e-3,
)  # fmt: skip
Spans = tuple[tuple[float, float], ...]
Run = Callable[[np.ndarray, Sequence[np.ndarray]], None]


class Values(Protocol):
    """A function of one-dimensional arrays of one dtype."""

    @property
    def dtype(self) -> np.dtype: ...

    def __call__(self, x: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Exact:
    """The spans of one output that are left to another function of one-dimensional arrays."""

    output: int
    spans: Spans
    oracle: Values


@dataclass(frozen=True)
class Guarded:
    """A function of arrays, `run(x, outputs)`, with exact values laid over some spans."""

    run: Run
    exact: tuple[Exact, ...]

    def __call__(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        """Fills the outputs from x, all of one dimension and contiguous."""
        self.run(x, outputs)
        for part in self.exact:
            inside = np.flatnonzero(within(x, part.spans))
            if inside.size:
                outputs[part.output][inside] = part.oracle(x[inside])


def within(x: np.ndarray, spans: Spans) -> np.ndarray:
    """Which elements lie in one of these closed spans?"""
    wide = x.astype(np.float64) if x.dtype.itemsize < 4 else x
    inside = np.zeros(x.shape, bool)
    for low, high in spans:
        inside |= (wide >= low) & (wide <= high)
    return inside


# --- trying out ------------------------------------------------------------------------------------------------------


def tried(
    run: Run,
    assemblies: Sequence[Assembly],
    activation: Activation,
    orders: Sequence[int],
    dtype: np.dtype,
    inside: Spans = (),
) -> list[Assembly]:
    """The assemblies with what is found wrong when they are run: more spans in `exact` and in `shortfalls`.

    Some hundred hard inputs are held against exact values, and many more against the same form in extended precision,
    where there is one. A form that is to serve some spans only is tried `inside` these.
    """
    subjects = [_Tried(made, activation, order, dtype) for made, order in zip(assemblies, orders, strict=True)]
    if not inside and EXTENDED is not None and FORMATS[dtype.name].bits > 16:
        many = _many(assemblies, dtype)
        for subject, gaps in zip(subjects, rounding_seen(run, assemblies, many), strict=True):
            subject.note(many, gaps)
    points = np.unique(np.concatenate([hard_inputs(activation, dtype), *(_spread(*span, dtype) for span in inside)]))
    for turn in range(_ROUNDS):
        outputs = [np.empty_like(points) for _ in subjects]
        run(points, outputs)
        worse = [subject.take(points, found, turn) for subject, found in zip(subjects, outputs, strict=True)]
        if turn > 1 and not any(worse):
            break
        points = np.unique(
            np.concatenate(
                [
                    _random(dtype, turn),
                    *(s.around(points, out) for s, out in zip(subjects, outputs, strict=True)),
                    *(_borders(run, points, outputs, place) for place in range(len(subjects)) if turn < 2),
                ]
            )
        )
    return [subject.result() for subject in subjects]


def rounding_seen(run: Run, assemblies: Sequence[Assembly], x: np.ndarray) -> list[np.ndarray]:
    """How far values are from those of the same forms in extended precision, in ulps, the input's rounding allowed for.

    An array for each output; 0 where the precision does not tell.
    """
    assert EXTENDED is not None
    try:
        beside = Compiled(assemblies, EXTENDED, np.dtype(EXTENDED.name), short=False)
    except Undecided:
        return [np.zeros(x.size) for _ in assemblies]
    found = [np.empty_like(x) for _ in assemblies]
    with np.errstate(all="ignore"):
        run(x, found)
        exact = _wide(beside, x, 0)
        seen = [_gap(values, [right], x) for values, right in zip(found, exact, strict=True)]
        for k, gaps in enumerate(seen):
            wrong = np.flatnonzero(gaps > 1)
            sides = [exact[k][wrong], *(_wide(beside, x[wrong], shift)[k] for shift in (-1, 1))]
            gaps[wrong] = _gap(found[k][wrong], sides, x[wrong])
    return seen


def _wide(form: Compiled, x: np.ndarray, shift: int) -> list[np.ndarray]:
    """The values in extended precision, so many halves of an ulp beside x."""
    kind = form.wide
    outputs = [np.empty(x.size, kind) for _ in form.assemblies]
    form(x.astype(kind) + shift * np.spacing(np.abs(x)).astype(kind) / 2, outputs)
    return outputs


def _gap(values: np.ndarray, exact: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """How far values are outside of what the exact ones span, in ulps of the first of these."""
    unit = np.spacing(np.abs(exact[0]).astype(x.dtype)).astype(exact[0].dtype)
    gap = np.maximum(values - np.max(exact, axis=0), np.min(exact, axis=0) - values) / unit
    told = np.isfinite(gap) & (np.abs(exact[0]) < 2.0 ** FORMATS[x.dtype.name].highest)
    return np.where(told, np.maximum(gap, 0), 0).astype(np.float64)


def _many(assemblies: Sequence[Assembly], dtype: np.dtype) -> np.ndarray:
    """Inputs of ordinary size, most of them where functions bend, and those of spans that are doubtful, in order."""
    rng = np.random.default_rng(_SEED)
    exponents = np.concatenate([rng.uniform(-30, 10, _MANY), rng.uniform(-10, 10, 4 * _MANY)])
    sizes = np.exp2(exponents) * rng.choice((-1, 1), exponents.size)
    parts = [sizes, rng.uniform(-45, 45, 2 * _MANY), rng.normal(0, 2.5, 2 * _MANY)]
    doubtful = [(s.lower, s.upper) for made in assemblies for s in made.doubtful]
    parts += [_spread(*span, dtype, 5 * _MANY // max(len(doubtful), 5)) for span in doubtful]
    with np.errstate(all="ignore"):
        made = np.concatenate(parts).astype(dtype)
    return np.unique(made[np.isfinite(made)])


def ordinary(assembly: Assembly) -> Spans:
    """Those spans without a form that only trial has shown, and that lie where inputs mostly do."""
    near = [(low, high) for low, high in assembly.seen if max(-low, high) < _ORDINARY and low < high]
    return tuple(span for span in near if max(map(abs, span)) > 1 / _ORDINARY)


class _Tried:
    """One output of a form: the errors seen at the inputs tried so far, and the spans that they call for."""

    def __init__(self, assembly: Assembly, activation: Activation, order: int, dtype: np.dtype):
        self.assembly, self.form = assembly, FORMATS[dtype.name]
        self.dtype, self.seen = dtype, _SEEN if self.form.bits > 16 else _SEEN_16
        self.reference = _reference(activation, order, dtype.name)
        self.known, self.zeros = _known(activation, order, dtype.name)
        self.errors: dict[float, float] = {}
        self.asked_of: list[float] = []  # inputs that a form gives nothing for: has the oracle something?
        # What the plan's estimate holds for little too much may turn out well.
        doubtful = [s for s in assembly.shortfalls if not s.estimate <= _DOUBTFUL]
        self.sure = joined([(s.lower, s.upper) for s in doubtful])
        self.asked = [(s.lower, s.upper) for s in assembly.shortfalls if s.estimate <= _DOUBTFUL]
        self.doubtful = [(s.lower, s.upper) for s in assembly.doubtful]
        self.spans: list[tuple[float, float]] = list(self.sure)
        self.added: list[tuple[float, float]] = []

    def note(self, points: np.ndarray, gaps: np.ndarray) -> None:
        """Lays spans over the inputs, in order, at which rounding alone was seen to go too far."""
        xs = points.astype(float)
        wrong = xs[gaps > min(self.seen, _SEEN_OF_MANY)].tolist()
        self.added += [(x - _BESIDE * abs(x), x + _BESIDE * abs(x)) for x in wrong]
        near = np.flatnonzero(gaps > _SEEN_IN_DOUBT)
        self.errors |= {float(xs[k]): float(gaps[k]) for k in near}
        self.added += [(a, b) for a, b in self.asked if np.any((xs[near] >= a) & (xs[near] <= b))]
        for span in self.doubtful:
            self.added += _cells(*span, xs, near)
        self.added = joined(self.added)
        self.spans = joined([*self.sure, *self.added])

    def take(self, points: np.ndarray, found: np.ndarray, turn: int) -> bool:
        """Notes the errors at some more points. Are there any that no span covers?"""
        covered = within(points, tuple(self.spans))
        with np.errstate(all="ignore"):
            xs, values = points.astype(float).tolist(), found.astype(float).tolist()
        wrong = False
        for x, value, done in zip(xs, values, covered.tolist(), strict=True):
            if not done:
                self.errors[x] = error = self.error(x, value)
                wrong |= error > self.seen
        if not turn:
            left = [x for x, done in zip(xs, covered.tolist(), strict=True) if done]
            self.asked_of += [*left[:1], *left[::6], *left[-1:]]
        if wrong:
            self.widen(1 << turn)
        return wrong

    def error(self, x: float, value: float) -> float:
        truth = self.truth(x)
        if truth == Truth():  # not known
            self.asked_of += [x] if math.isnan(value) else []
            return math.inf if math.isnan(value) else 0.0
        if truth.nothing and math.isnan(value):
            return 0.0
        error = truth.distance(value, self.form)
        if error > self.seen / 2 and math.isfinite(value):
            return self.reference.truth(x, loose=True).distance(value, self.form)
        return error

    def truth(self, x: float) -> Truth:
        if x not in self.known:
            self.known[x] = self.reference.truth(x)
        return self.known[x]

    def widen(self, steps: int) -> None:
        """Lays a span over each run of wrong values, reaching to the inputs so many places beside it."""
        xs = sorted(self.errors)
        wrong = [k for k, x in enumerate(xs) if self.errors[x] > self.seen]
        for k in wrong:
            low, high = xs[max(k - steps, 0)], xs[min(k + steps, len(xs) - 1)]
            low, high = (-math.inf if k < steps else low), (math.inf if k + steps >= len(xs) else high)
            self.added.append((low, high))
            self.added += [(a, b) for a, b in (*self.asked, *self.doubtful) if a <= xs[k] <= b]
        self.added = joined(self.added)
        self.spans = joined([*self.sure, *self.added])

    def around(self, points: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Inputs beside the ends of the spans, and nearer and nearer to where the values change their sign."""
        with np.errstate(all="ignore"):
            xs, signs = points.astype(float).tolist(), np.sign(found.astype(float))
        extra: list[float] = [float(x) for span in (*self.asked, *self.doubtful) for x in _spread(*span, self.dtype)]
        extra += [end * (1 + s * 2.0**-k) for span in self.added for end in span for k in (3, 6, 12) for s in (1, -1)]
        for k in np.flatnonzero(signs[1:] * signs[:-1] < 0)[:_MOST_SPANS].tolist():
            zero = self.zero(xs[k], xs[k + 1])
            if zero is not None:
                reach = xs[k + 1] - xs[k]
                extra += [zero + s * reach * 2.0**-j for j in range(1, self.form.bits + 4, 3) for s in (1, -1)]
                extra += [math.nextafter(zero, s * math.inf) for s in (1, -1)] + [zero]
        with np.errstate(all="ignore"):
            made = np.array(extra, self.dtype)
        return made[np.isfinite(made)]

    def zero(self, low: float, high: float) -> float | None:
        """Where the exact values change their sign; one that was found before, if it lies there."""
        place = bisect_left(self.zeros, low)
        if place == len(self.zeros) or self.zeros[place] >= high:
            self.zeros.insert(place, self._bisected(low, high))
        return self.zeros[place]

    def _bisected(self, low: float, high: float) -> float:
        below = self._sign(low)
        for _ in range(70):
            middle = low / 2 + high / 2
            if middle in (low, high):
                break
            sign = self._sign(middle)
            if not sign:
                return middle
            low, high = (middle, high) if sign == below else (low, middle)
        return low

    def _sign(self, x: float) -> int:
        answers = self.reference.truth(x).answers
        return 0 if not answers else 1 if answers[0].value > 0 else -1 if answers[0].value < 0 else 0

    def result(self) -> Assembly:
        # What is better computed another way may be good enough where there is none.
        worst = [(*span, max(e for x, e in self.errors.items() if span[0] <= x <= span[1])) for span in self.added]
        goal = 1.001 * GOAL if self.form.bits > 16 else self.seen
        short = [Shortfall(*found) for found in worst if found[2] > goal]
        known = [s for s in self.assembly.shortfalls if (s.lower, s.upper) not in self.asked]
        lost = sorted(x for x in self.asked_of if self.truth(x) == Truth())
        blind = ((lost[0], lost[-1]),) if lost else ()
        exact = tuple(joined(self.spans, _MOST_SPANS))
        planned = self.assembly.shortfalls
        seen = tuple((a, b) for a, b in self.added if not any(s.lower < b and a < s.upper for s in planned))
        return replace(self.assembly, exact=exact, shortfalls=(*known, *short), blind=blind, seen=seen)


def _cells(low: float, high: float, xs: np.ndarray, wrong: np.ndarray) -> Iterator[tuple[float, float]]:
    """The parts of a span, so many inputs each, in which some of these are wrong, and those next to them."""
    inside = np.flatnonzero((xs >= low) & (xs <= high))
    edges = [low, *(float(cell[0]) for cell in np.array_split(xs[inside], _CELLS)[1:] if cell.size), high]
    for k in np.unique(np.searchsorted(edges, xs[np.intersect1d(inside, wrong)], "right")).tolist():
        yield edges[max(k - 2, 0)], edges[min(k + 1, len(edges) - 1)]


@lru_cache(maxsize=64)
def _reference(activation: Activation, order: int, dtype: str) -> Reference:
    return Reference(activation, order, FORMATS[dtype])


@lru_cache(maxsize=64)
def _known(activation: Activation, order: int, dtype: str) -> tuple[dict[float, Truth], list[float]]:
    """The exact values and zeros that were computed for one function, kept for the next form of it."""
    return {}, []


def joined(spans: Sequence[tuple[float, float]], most: int | None = None) -> list[tuple[float, float]]:
    """The union of closed spans, in order; of more than `most` the nearest are made one."""
    out: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    while most is not None and len(out) > most:
        k = min(range(len(out) - 1), key=lambda k: _distance(out[k][1], out[k + 1][0]))
        out[k : k + 2] = [(out[k][0], out[k + 1][1])]
    return out


def _distance(low: float, high: float) -> float:
    return (high - low) / (1 + min(abs(low), abs(high)))


def hard_inputs(activation: Activation, dtype: np.dtype) -> np.ndarray:
    """Some four hundred inputs at which forms fail: by breakpoints, of all sizes, where functions leave the range."""
    form, real = FORMATS[dtype.name], dtype.type
    with np.errstate(all="ignore"):
        tiny, most = 2.0**form.lowest, (2 - 2.0 ** (1 - form.bits)) * 2.0**form.highest
        sizes = [0.0, *(k * 2.0**form.least for k in (1, 3, 2**9 + 1)), tiny, 2.0 ** (1 - form.bits), most, 1.0]
        sizes += [np.nextafter(real(tiny), real(0)), np.nextafter(real(most), real(0)), 0.51 * most, 0.3 * most]
        for k, edge in enumerate(_EDGES):
            sizes += [edge * (1 + s * 0.004 * ((k * 0.618) % 1)) for s in (1, -1)]
        near = list(_beside(activation, dtype))
        near += [at for piece in activation.pieces for at in landmarks(piece.expr)]
        near += [] if activation.wave is None else _again(activation, dtype)
        made = np.array([s * float(size) for size in sizes for s in (1, -1)] + near, dtype)
        made = np.concatenate([made, _random(dtype, 99)])
    return np.unique(made[np.isfinite(made)])


def _borders(run: Run, points: np.ndarray, outputs: Sequence[np.ndarray], place: int) -> np.ndarray:
    """Inputs beside which the values of one output become 0, infinite or NaN."""
    kinds = _kind(outputs[place])
    at = np.flatnonzero(kinds[1:] != kinds[:-1])[: 2 * _MOST_SPANS]
    low, high, first = points[at], points[at + 1], kinds[at]
    made = [np.empty_like(low) for _ in outputs]
    with np.errstate(all="ignore"):
        for _ in range(70):
            far = (np.sign(low) == np.sign(high)) & (
                np.maximum(abs(low), abs(high)) > 4 * np.minimum(abs(low), abs(high))
            )
            size = np.sign(low) * np.sqrt(abs(low)) * np.sqrt(abs(high))
            middle = np.where(far, size, low / 2 + high / 2).astype(points.dtype)
            run(middle, made)
            same = _kind(made[place]) == first
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        beside = [
            end * np.asarray(1 + s * 2.0**-k, points.dtype)
            for end in (low, high)
            for k in (4, 7, 10, 16, 26)
            for s in (1, -1)
        ]
        found = np.concatenate([low, high, *beside]).astype(points.dtype)
    return found[np.isfinite(found)]


def _kind(values: np.ndarray) -> np.ndarray:
    """0 for NaN, 1 for an infinity, 2 for 0, 3 for other numbers."""
    return np.where(np.isnan(values), 0, np.where(np.isinf(values), 1, np.where(values == 0, 2, 3)))


def _beside(activation: Activation, dtype: np.dtype) -> Iterator[float]:
    real = dtype.type
    for mark in marks(activation):
        for end in mark:
            value = real(end)
            yield float(value)
            for side in (-math.inf, math.inf):
                step = np.nextafter(value, real(side))
                yield from (float(step), float(np.nextafter(step, real(side))))
                for power in (4, 9, 16, 25, 36, 47):
                    yield end + math.copysign(max(abs(end), 2.0**-20) * 2.0**-power, side)
    for low, high in zip(marks(activation), marks(activation)[1:], strict=False):
        yield from (low[1] + (high[0] - low[1]) * share for share in (0.13, 0.37, 0.5, 0.71, 0.93))


def _again(activation: Activation, dtype: np.dtype) -> list[float]:
    """Numbers beside the breakpoints of a function that comes back, in periods near 0 and far out."""
    wave, seen, real = activation.wave, activation.periods, dtype.type
    assert wave is not None and seen is not None
    length = float(sp.N(wave.length))
    most = FORMATS[dtype.name].highest - math.log2(length) - 2
    counts = [-9, -3, -2, -1, 0, 1, 2, 3, 8, 100, -1009, *(1 << int(most * share) for share in (0.1, 0.3, 0.6, 1))]
    found: list[float] = []
    for k in counts:
        with ctx.workprec(_PLACED + abs(k).bit_length()):
            places = [constant_ball(point.at + k * wave.length) for point in seen.points[:_MOST_SPANS]]
        for value in (real(float(place.mid())) for place in places):
            beside = [np.nextafter(value, real(side)) for side in (-math.inf, math.inf)]
            found += map(float, (value, *beside, *(np.nextafter(b, real(2 * float(b) - float(value))) for b in beside)))
            found += [float(value) + length * share for share in (-0.31, 2e-9, 0.17)]
    return [value for value in found if math.isfinite(value)]


def _spread(low: float, high: float, dtype: np.dtype, count: int = 60) -> np.ndarray:
    """Inputs of a span, evenly spaced and of all sizes."""
    form = FORMATS[dtype.name]
    most = (2 - 2.0 ** (1 - form.bits)) * 2.0**form.highest
    low, high, shares = max(low, -most), min(high, most), (np.arange(count) + 0.5) / count
    made = [low + (high - low) * shares] if high - low < most else []
    if low * high > 0:
        ends = np.log2(np.abs([low, high]))
        made.append(np.sign(low) * np.exp2(ends[0] + (ends[1] - ends[0]) * shares))
    elif high > 0 or low < 0:
        size = max(-low, high)
        made += [s * size * np.exp2(-60 * shares) for s in (1, -1)]
    points = np.concatenate([np.array([low, high]), *made])
    return points[(points >= low) & (points <= high)].astype(dtype)


def _random(dtype: np.dtype, seed: int) -> np.ndarray:
    """Inputs of all sizes, and more of them where inputs mostly lie."""
    form, rng = FORMATS[dtype.name], np.random.default_rng((_SEED, seed))
    exponents = np.concatenate([rng.uniform(form.least, form.most, 50), rng.uniform(-12, 12, 50)])
    sizes = np.exp2(np.clip(exponents, -1074, 1023.99)) * rng.choice([-1.0, 1.0], exponents.size)
    with np.errstate(all="ignore"):
        made = np.concatenate([sizes, rng.uniform(-45, 45, 50), rng.normal(0, 2.5, 50)]).astype(dtype)
    return made[np.isfinite(made)]


# --- what is told ----------------------------------------------------------------------------------------------------


def bound(assembly: Assembly, strict: bool, dtype: str) -> float:
    """The most units in the last place that a form is known to be wrong by; infinite where that is not known."""
    goal = GOAL if FORMATS[dtype].bits > 16 else _GOAL_16
    if strict:
        return math.inf if assembly.blind else goal
    return max([goal, *(short.estimate for short in assembly.shortfalls)])


def warn(name: str, order: int, dtype: str, assembly: Assembly, strict: bool) -> None:
    """Names the spans on which a form is not known to be right."""
    wrong = assembly.blind if strict else [(short.lower, short.upper) for short in assembly.shortfalls]
    if not wrong:
        return
    spans = ", ".join(f"[{low:.6g}, {high:.6g}]" for low, high in wrong)
    most = bound(assembly, strict, dtype)
    size = "an unknown number of ulp" if math.isinf(most) else f"{most:.3g} ulp"
    what = "values" if order == 0 else f"derivatives of order {order}"
    cure = "no exact value was found there" if strict else "strict=True computes them exactly there"
    warnings.warn(
        f"{name} in {dtype}: {what} may be wrong by {size} on {spans}; {cure}",
        InaccurateWarning,
        stacklevel=2,
    )

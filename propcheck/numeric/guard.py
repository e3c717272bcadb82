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

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.formats import EXTENDED, FORMATS
from propcheck.numeric.inputs import hard_inputs, ordinary_inputs, random_inputs, spread_over
from propcheck.numeric.numpy import Compiled
from propcheck.numeric.span import Shortfall
from propcheck.numeric.subject import PROMISED
from propcheck.numeric.truth import Reference, Truth
from propcheck.verdict import InaccurateWarning

GOAL = PROMISED  # units in the last place, the input's rounding allowed for: what every form promises
_SEEN = 3.5  # what may be seen of it on the inputs that are tried
_DOUBTFUL = 9.0  # an estimate above it is believed, one below it is tried
_SEEN_16 = 0.55  # the same for types of 16 bits, which are computed in a wider one and rounded once
_GOAL_16 = 1.0
_ROUNDS = 5
_SEEN_OF_MANY, _SEEN_IN_DOUBT = 3.2, 3.0
_SEEN_AT_MOST = 3.8  # where by the plan all errors together, each at its worst, stay below what is promised
_BESIDE = 2.0**-5  # what is so near to an input, for its size, is as wrong
_CELLS = 32  # parts of a span that is doubtful
_ORDINARY = 1000.0
_MOST_SPANS = 24  # of one output: the nearest are joined
_LEAST, _MOST = 2.0**-1074, 2.0**1000  # of a double that stands for a value of its sign
_MOST_TURNS = 300  # to a change of sign; halving alone takes some seventy
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
        many = ordinary_inputs(assemblies, dtype)
        for subject, gaps in zip(subjects, rounding_seen(run, assemblies, many), strict=True):
            subject.note(many, gaps)
    points = np.unique(
        np.concatenate([hard_inputs(activation, dtype), *(spread_over(*span, dtype) for span in inside)])
    )
    for turn in range(_ROUNDS):
        outputs = [np.empty_like(points) for _ in subjects]
        run(points, outputs)
        worse = [subject.take(points, found, turn) for subject, found in zip(subjects, outputs, strict=True)]
        if turn > 1 and not any(worse):
            break
        points = np.unique(
            np.concatenate(
                [
                    random_inputs(dtype, turn),
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
        everywhere = activation.wave is not None or self.form.bits <= 16
        self.unsure = (
            ((-math.inf, math.inf),) if everywhere else tuple(joined([*self.sure, *self.asked, *self.doubtful]))
        )

    def note(self, points: np.ndarray, gaps: np.ndarray) -> None:
        """Lays spans over the inputs, in order, at which rounding alone was seen to go too far."""
        xs = points.astype(float)
        wrong = xs[gaps > np.where(within(points, self.unsure), _SEEN_OF_MANY, _SEEN_AT_MOST)].tolist()
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
                wrong |= error > self.most(x)
        if not turn:
            left = [x for x, done in zip(xs, covered.tolist(), strict=True) if done]
            self.asked_of += [*left[:1], *left[::6], *left[-1:]]
        if wrong:
            self.widen(1 << turn)
        return wrong

    def most(self, x: float) -> float:
        """The error that may be seen at an input."""
        return self.seen if any(low <= x <= high for low, high in self.unsure) else _SEEN_AT_MOST

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
        wrong = [k for k, x in enumerate(xs) if self.errors[x] > self.most(x)]
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
        extra: list[float] = [
            float(x) for span in (*self.asked, *self.doubtful) for x in spread_over(*span, self.dtype)
        ]
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
            self.zeros.insert(place, self._crossing(low, high))
        return self.zeros[place]

    def _crossing(self, low: float, high: float) -> float:
        """The last number with the sign of the lower end, or one of which the exact value is 0 or not known.

        Two steps along chords, of which the end that stays is weighed by half (the Illinois rule), for each halving.
        """
        ends = [low, high]
        heights, kept = [self._exact(low), self._exact(high)], None
        rising = heights[0] < heights[1]
        for turn in range(_MOST_TURNS):
            low, high = ends
            middle = low / 2 + high / 2
            if middle in (low, high):
                break
            gap = heights[1] - heights[0]
            if turn % 3 != 2 and gap and low < (chord := high - (high - low) * (heights[1] / gap)) < high:
                middle = chord
            if not (value := self._exact(middle)):
                return middle
            side = int((value > 0) == rising)
            ends[side], heights[side] = middle, value
            heights[1 - side] *= 0.5 if kept == 1 - side else 1.0
            kept = 1 - side
        return ends[0]

    def _exact(self, x: float) -> float:
        """The exact value as a double of its sign, which is 0 only where the value is, or where it is not known."""
        answers = self.reference.truth(x).answers
        if not answers or not (value := answers[0].value):
            return 0.0
        return math.copysign(min(max(abs(float(value)), _LEAST), _MOST), 1 if value > 0 else -1)

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

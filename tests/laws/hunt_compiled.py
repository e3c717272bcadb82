"""Looks for values and slopes of compiled forms that are beyond their bound, of public activations and drawn formulas.

    python tests/laws/hunt_compiled.py public --part 1/4          # a quarter of public_activations.json, three formats
    python tests/laws/hunt_compiled.py random --count 400         # formulas that are drawn
    python tests/laws/hunt_compiled.py "x*tanh(x)" --inputs 5000  # one formula: what a line of the list prints

The truth is that of the second opinion: the text as a Taylor jet, in balls where they decide, else in mpmath, with
digits added until two agree; what is wrong by balls is asked of mpmath as well. The inputs know nothing of how a form
is planned: they lie at random on each scale, beside numbers of the text, beside breakpoints, and beside zeros and
turning points.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import second_opinion
from ball_jets import BallJets, Unsure
from hunt import Case, asked_for, asker
from mpmath import mp, mpf
from second_opinion import DIGITS, Function, Undefined

import propcheck
from propcheck.activation import from_spec
from propcheck.spec import from_text
from propcheck.verdict import InaccurateWarning, InputError

# Digits, the least exponent, and that of what overflows.
PRECISION = {"float64": (53, -1074, 1024), "float32": (24, -149, 128), "float16": (11, -24, 16)}
LADDER = (130, 500, 2500)  # digits, beside those that the size of the input asks for
MOST_DIGITS = 6000
BESIDE = mpf(10) ** -400
SHOWN = 4


class Unknown(ArithmeticError):
    """The truth is not settled by the digits of the ladder."""


@dataclass(frozen=True)
class Truth:
    """What a compiled form is to give at x: the value, and how far half an ulp of the input moves it."""

    value: mpf
    moved: mpf


def _jet(function: Function, x: mpf, order: int) -> tuple[mpf, mpf]:
    at = function.jet(x, order + 2).c
    return at[order] * math.factorial(order), at[order + 1] * math.factorial(order + 1)


def _settled(function: Function, x: mpf, order: int, room: mpf) -> Truth:
    before, size = None, 2 * abs(round(float(mp.log10(abs(x))))) if x else 0
    size += min(round(abs(x) + x * x / 4), 1000)  # beside 1 an exponential of x, or x^2, is so many digits behind
    for digits in LADDER:
        with mp.workdps(min(digits + (1 + digits // 500) * size, MOST_DIGITS)):
            value, next_one = _jet(function, x, order)
            agreed = before is not None and abs(value - before) <= abs(value) * mpf(10) ** -20
            # What cancels is 0 until there are digits enough, though not all of its slope.
            if agreed and (value or not next_one or digits == LADDER[-1]):
                return Truth(value, abs(next_one) * room)
            before = value
    raise Unknown


def truth(function: Function, x: float, order: int, room: mpf) -> Truth | None:
    """What is to come at x; None where that is not known, or at a kink or a jump a matter of convention."""
    beside_break = any(abs(x - b) <= abs(b) * mpf(10) ** -30 for b in function.breakpoints)
    try:
        here = _settled(function, mpf(x), order, room)
        if not beside_break:
            return here
    except (Undefined, ZeroDivisionError, OverflowError):
        here = None
    try:
        left, right = (_settled(_Beside(function, sign), mpf(x), order, room) for sign in (-1, 1))
    except (Undefined, ZeroDivisionError, OverflowError):
        return here if order == 0 else None
    if max(abs(left.value), abs(right.value)) > mpf(10) ** 100:
        return None  # a pole, or a slope that has no bound
    same = abs(left.value - right.value) <= mpf(10) ** -40
    return right if same and (here is None or abs(here.value - right.value) <= mpf(10) ** -40) else None


@dataclass(frozen=True)
class _Beside:
    """The function as it is next to x."""

    function: Function
    sign: int

    def jet(self, x: mpf, length: int):  # noqa: ANN201 - a jet
        with mp.workdps(LADDER[-1]):
            return self.function.jet(x + self.sign * BESIDE, length)


def ulp(value: mpf, form: str) -> mpf:
    """The distance of neighbours at a value."""
    digits, least, _ = PRECISION[form]
    exponent = int(mp.frexp(value)[1]) if value else least
    return mpf(2) ** max(exponent - digits, least)


def excess(found: float, truth: Truth, form: str) -> float:
    """How many ulps a value is away, beyond what the rounding of its input is worth."""
    most = mpf(2) ** PRECISION[form][2] * (1 - mpf(2) ** (-PRECISION[form][0] - 1))
    if math.isnan(found):
        return math.inf
    if math.isinf(found):
        reach = truth.value * math.copysign(1, found) + truth.moved
        return 0.0 if reach >= most * (1 - mpf(2) ** (3 - PRECISION[form][0])) else math.inf
    gap = abs(mpf(found) - truth.value) - truth.moved
    return float(max(gap, 0) / ulp(min(abs(truth.value), most), form))


# --- inputs ----------------------------------------------------------------------------------------------------------


def inputs(function: Function, form: str, count: int, seed: int) -> np.ndarray:
    """Hard inputs, about `count`, each a number of the format."""
    rng, dtype = np.random.default_rng(seed), np.dtype(form)
    digits, least, most = PRECISION[form]
    n = count // 10

    def spread(low: float, high: float, size: int) -> np.ndarray:
        return np.exp2(rng.uniform(low, high, size)) * rng.choice((-1, 1), size)

    places = np.array([float(at) for at in _places(function)] or [0.0])
    steep = rng.uniform(-1, 1, n) * {"float64": 800, "float32": 110, "float16": 20}[form]
    near = rng.choice(places, 2 * n)
    parts = [
        rng.normal(0, 3, 2 * n),
        spread(-40, 10, n),
        spread(least, most, n),
        steep,
        near + np.maximum(abs(near), 2.0**-30) * spread(-digits, -1, 2 * n),
        np.round(rng.uniform(-100, 100, n)) / 8,
        np.round(spread(0, digits + 2, n)) / rng.choice((1, 2), n),
        np.exp2(np.round(rng.uniform(least, most - 1, n // 2))) * rng.choice((-1, 1), n // 2),
        np.array([0.0, -0.0, 2.0**least, -(2.0**least)]),
    ]
    with np.errstate(over="ignore", under="ignore"):
        some = np.concatenate(parts).astype(dtype)
        exactly = places.astype(dtype)
        steps = [exactly, *(exactly := np.nextafter(exactly, dtype.type(side)) for side in [np.inf] * 3)]
        exactly = places.astype(dtype)
        steps += [exactly := np.nextafter(exactly, dtype.type(side)) for side in [-np.inf] * 3]
    beside = rng.permutation(np.concatenate(steps))[: 2 * n]
    every = np.concatenate([some, beside])
    return every[np.isfinite(every)]


def _places(function: Function) -> list[mpf]:
    """Numbers of the text, breakpoints, and zeros of g, g' and g''."""
    found = [*function.hints, *function.breakpoints]
    table = function.table
    for column in (1, 2, 3):
        for one, other in pairwise(table):
            if one[column] * other[column] < 0 and not any(one[0] <= b <= other[0] for b in function.breakpoints):
                found.append(_zero(function, column - 1, one[0], other[0]))
                if len(found) > 400:
                    return found
    return found


def _zero(function: Function, order: int, a: mpf, b: mpf) -> mpf:
    rising = function.derivative(a, order)
    for _ in range(70):
        middle = (a + b) / 2
        value = function.derivative(middle, order)
        if value is None or rising is None or abs(b - a) <= abs(middle) * mpf(2) ** -60:
            break
        a, b = (middle, b) if (value > 0) == (rising > 0) else (a, middle)
    return (a + b) / 2


# --- the hunt --------------------------------------------------------------------------------------------------------


def looked_at(
    case: Case, form: str, count: int, fast: bool | None, seen: Counter[str], slow: list[tuple[float, str]]
) -> list[str]:
    """What is wrong with the value and the slope in one format, in sentences."""
    function = Function(case.text, case.parameters)
    mp.dps = DIGITS
    xs, lines = inputs(function, form, count, len(case.text)), []
    activation = from_spec(from_text(case.text, case.parameters))
    began = time.process_time()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        compiled = propcheck.compile(activation, order=(0, 1), dtype=form, fast=fast)
        values = compiled(xs)
    slow.append((time.process_time() - began, f"{case.name} {form}"))
    named = [w for w in told if issubclass(w.category, InaccurateWarning)]
    lines += [f"{form}: warns {w.message}" for w in told if w not in named]
    seen["told"] += len(named)
    jets = BallJets(function)
    for order, found in enumerate(values):
        bound, worst = compiled.bound[order], []
        for x, value in zip(xs.tolist(), found.tolist(), strict=True):
            room = ulp(mpf(x), form) / 2
            if _agrees(jets, x, order, room, value, form, bound):
                seen["asked"] += 1
                continue
            try:
                known = truth(function, x, order, room)
            except Unknown:
                seen["unsettled"] += 1
                continue
            if known is None:
                seen["no truth"] += 1
                continue
            seen["asked"] += 1
            off = excess(value, known, form)
            if off > bound + 1e-3:
                worst.append((off, x, value, known.value))
        worst.sort(key=lambda row: -row[0])
        lines += [
            f"{form}, order {order}: {off:.4g} ulp (bound {bound:.3g}) at {x!r}: {value!r}, not {mp.nstr(true, 17)}"
            for off, x, value, true in worst[:SHOWN]
        ]
        if len(worst) > SHOWN:
            lines.append(f"{form}, order {order}: and {len(worst) - SHOWN} more")
    return lines


def _agrees(jets: BallJets, x: float, order: int, room: mpf, value: float, form: str, bound: float) -> bool:
    """Is the value within its bound, as balls say?"""
    try:
        true, slope = jets.derivatives(x, order)
    except Unsure:
        return False
    return excess(value, Truth(true, abs(slope) * room), form) <= bound + 1e-3


def hunt(cases: Iterable[Case], forms: list[str], count: int, fast: bool | None) -> int:
    seen: Counter[str] = Counter()
    slow: list[tuple[float, str]] = []
    wrong = 0
    for case in cases:
        lines = []
        try:
            for form in forms:
                lines += looked_at(case, form, count, fast, seen, slow)
        except InputError as refusal:
            print(f"{case.name}: not taken: {refusal}", flush=True)
        wrong += bool(lines)
        print(f"{case.name}: {[round(t, 1) for t, name in slow if name.split()[0] == case.name]} s", file=sys.stderr)
        for line in lines:
            print(f"{case.name}: {line}", flush=True)
        if lines:
            print(f"    python tests/laws/hunt_compiled.py {case.call.split(' ', 2)[2]}", flush=True)
    slow.sort(reverse=True)
    print(f"{wrong} formulas wrong; {dict(seen)}")
    if slow:
        print(f"planning, median {slow[len(slow) // 2][0]:.2f} s; slowest {[(round(s, 1), n) for s, n in slow[:8]]}")
    return wrong


def main() -> int:
    parser = asker(__doc__)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--dtype", action="append", choices=tuple(PRECISION))
    parser.add_argument("--fast", action="store_true", help="numba's kernels where they are to be had")
    asked = parser.parse_args()
    second_opinion._HUGE = 10**7  # such exponentials are out of every format, and take mpmath long
    fast = None if asked.fast else False
    return 1 if hunt(asked_for(asked), asked.dtype or [*PRECISION], asked.inputs, fast) else 0


if __name__ == "__main__":
    sys.exit(main())

"""A cheap stand-in for a function on an interval, with an error that is proved after its coefficients were rounded.

The error is that of the stand-in in exact arithmetic; what a program adds by rounding as it goes is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from propcheck import spec, target
from propcheck.activation import Activation
from propcheck.analysis.farthest import Farthest, farthest
from propcheck.analysis.gaussian import enclosed
from propcheck.analysis.refinement import difference
from propcheck.approximation.rounding import Rounding, rounding
from propcheck.approximation.standins import StandIn, linear_pieces, polynomial, sampler, steps
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import exact_number, to_number
from propcheck.criteria.criterion import WORDS, Standard
from propcheck.criteria.joining import chosen
from propcheck.inquiries.analysis import analyze_all
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError, Number, Shown, Verdict, plain, weakest
from propcheck.wording import cut, nearest

SCHEMA = "propcheck.approximation/1"
MOST = {"poly": 40, "pwl": 128, "lut": 1024}  # degree, pieces, entries
_SIZES = {"poly": "degree", "pwl": "pieces", "lut": "pieces"}
_MOMENTS = 64  # pieces of which moments are taken
_LONGEST = 200  # characters of a reason
_SEEN, _SLACK = 201, 1 + 1e-6  # points at which a size is refuted, and by how much more than the bound


@dataclass(frozen=True)
class Judged:
    """A criterion of the function and of its stand-in, each on the whole line: what the one has and the other not."""

    target: Verdict
    stand_in: Verdict

    @property
    def change(self) -> str:
        """`kept`, `lost` or `won`; `open` where one of the two is."""
        ranks = [WORDS.index(one.verdict) if one.verdict in WORDS else None for one in (self.target, self.stand_in)]
        if ranks[0] is None or ranks[1] is None:
            return "open"
        return "kept" if ranks[0] == ranks[1] else "lost" if ranks[0] < ranks[1] else "won"

    def to_json(self) -> dict[str, Any]:
        verdicts = {name: plain(getattr(self, name)) for name in ("target", "stand_in")}
        return {"key": self.target.key, "change": self.change, **verdicts}


@dataclass(frozen=True)
class Approximation(Shown):
    """A stand-in: its formula, coefficients and knots as doubles that are exactly those of the format, and its errors.

    `error` is sup abs(stand-in - g) on the interval and `slope_error` that of the slopes, `error_everywhere` that over
    the whole line; `mean_shift` and `variance_shift` are what a Gaussian's mean and variance change by.
    """

    about: Mapping[str, Any]
    kind: str
    on: tuple[Number, Number]
    dtype: str
    size: int
    expression: str
    error: Number
    error_at: tuple[Number, ...]
    slope_error: Number
    error_everywhere: Number
    units: float | None  # the error in units of the last place of a fixed-point format
    coefficients: tuple[float, ...]
    knots: tuple[float, ...]
    outside: str
    mean_shift: Number
    variance_shift: Number
    criteria: tuple[Judged, ...] = ()

    shown_as = "approximation"

    def __repr__(self) -> str:
        return f"<Approximation of {self.about['name']}: {self.kind}, {self.size}, error {self.error}>"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck approximate --json` prints."""
        numbers = ("error", "slope_error", "error_everywhere", "mean_shift", "variance_shift")
        return {
            "schema": SCHEMA,
            "activation": plain(self.about),
            "kind": self.kind,
            "on": [end.to_json() for end in self.on],
            "dtype": self.dtype,
            "size": self.size,
            "expression": self.expression,
            **{name: getattr(self, name).to_json() for name in numbers},
            "at": [at.to_json() for at in self.error_at],
            "units": self.units,
            "coefficients": list(self.coefficients),
            "knots": list(self.knots),
            "outside": self.outside,
            "criteria": [judged.to_json() for judged in self.criteria],
        }


def approximate(
    item: str | Path | Spec | sp.Expr | Activation,
    *,
    on: str | Sequence[Any],
    kind: str = "poly",
    degree: int | None = None,
    pieces: int | None = None,
    within: str | float | None = None,
    dtype: str = "float64",
    criteria: bool = True,
    standards: Sequence[Standard] | None = None,
    time_limit: float | None = None,
    **params: Any,
) -> Approximation:
    """A stand-in of a kind - poly, pwl (joined linear pieces) or lut (a table of steps) - with its error proved.

    Its size is the `degree` of a polynomial, else the number of `pieces`; or the least that is found `within` an error.
    With `criteria` both are judged too, and what the stand-in loses is told.
    """
    if kind not in MOST:
        raise InputError(f"there is no kind {kind!r}{nearest(kind, MOST)}; there are {', '.join(MOST)}")
    ends = spec.span(on)
    if not all(end.is_finite for end in ends):
        raise InputError("an approximation has a finite interval, such as -8:8")
    low, high = _doubles(ends)
    if not low < high < float("inf") or low == -float("inf"):
        raise InputError(f"an approximation has an interval that doubles tell from a point, not {_said(on)}")
    size = _size(kind, degree, pieces, within)
    to = rounding(dtype)
    eps = None if within is None else spec.constant(spec.spelled(within))
    if eps is not None and not eps.is_positive:
        raise InputError(f"an error is a number above 0, such as 1e-3, not {str(within).strip()}")
    subject = target.read(item, params) if params else target.prepared(item)
    target.check_kind(subject)
    job = worker.Job(partial(target.activation, subject), (("made", partial(_asked, kind, ends, size, eps, to)),))
    made = worker.one(job, time_limit)["made"]
    if isinstance(made, worker.Stopped):
        raise InputError(f"no approximation was found: {made.note}")
    if isinstance(made, str):
        raise InputError(made)
    found, stand_in = made
    return replace(found, criteria=_judged(subject, stand_in, time_limit, standards)) if criteria else found


def _judged(
    subject: Spec | sp.Expr | Activation,
    stand_in: Activation,
    time_limit: float | None,
    standards: Sequence[Standard] | None,
) -> tuple[Judged, ...]:
    """The verdicts of both, side by side."""
    standards = chosen() if standards is None else standards
    keys = [standard.key for standard in standards]
    one, other = analyze_all([subject, stand_in], time_limit, only=keys, standards=standards)
    return tuple(map(Judged, one.criteria, other.criteria))


def _said(on: str | Sequence[Any]) -> str:
    return on if isinstance(on, str) else ":".join(map(str, on))


def _size(kind: str, degree: int | None, pieces: int | None, within: Any) -> int | None:
    name = _SIZES[kind]
    given = {"degree": degree, "pieces": pieces}
    wrong = next((other for other in given if other != name and given[other] is not None), None)
    if wrong:
        raise InputError(f"{wrong} does not go with {kind}; give {name}, or within")
    size = given[name]
    if (size is None) == (within is None):
        raise InputError(f"{kind} takes {name} or within, and one of the two")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST[kind]):
        raise InputError(f"{name} is a whole number from 1 to {MOST[kind]}, not {size!r}")
    return size


# --- in the child ----------------------------------------------------------------------------------------------------


def _asked(
    kind: str,
    ends: tuple[sp.Expr, sp.Expr],
    size: int | None,
    eps: sp.Expr | None,
    to: Rounding,
    activation: Activation,
    answers: Mapping[str, Any],
) -> tuple[Approximation, Activation] | str:
    """The approximation with its function, or why there is none."""
    try:
        inside = activation.within(*ends)
        if inside.trouble:
            raise InputError(inside.trouble)
        if not inside.pieces or _gaps(inside, ends):
            raise InputError(f"{activation.name} is not defined on all of [{ends[0]}, {ends[1]}]")
        fitted = _fitter(kind, inside, ends, to)
        made, far = _within(kind, fitted, inside, ends, eps) if size is None else _proved(fitted(size), inside, ends)
        return _told(activation, inside, made, far, ends, to), made.activation
    except InputError as error:
        return str(error)
    except OverflowError:
        low, high = _doubles(ends)
        return f"no {kind} on [{low:.6g}, {high:.6g}] has coefficients that a double can hold; take another interval"
    except Undecided as reason:
        return cut(f"its error could not be enclosed: {reason}", _LONGEST)


def _gaps(inside: Activation, ends: tuple[sp.Expr, sp.Expr]) -> bool:
    """Is a part of the interval outside the domain, but for its ends?"""
    low, high = (float(constant_ball(end).mid()) for end in ends)
    for lower, upper in inside.undefined:
        a, b = float(constant_ball(lower).mid()), float(constant_ball(upper).mid())
        if max(a, low) < min(b, high) or low < a == b < high:
            return True
    return False


def _fitter(kind: str, inside: Activation, ends: tuple[sp.Expr, sp.Expr], to: Rounding) -> Callable[[int], StandIn]:
    values = sampler(inside)
    low, high = _doubles(ends)
    if kind == "poly":
        return lambda size: polynomial(values, low, high, size, to)
    if kind == "pwl":
        corners = [float(constant_ball(piece.lower).mid()) for piece in inside.pieces[1:]]
        return lambda size: linear_pieces(values, low, high, size, to, corners)
    exact = [
        Fraction(int(e.p), int(e.q)) if e.is_Rational else Fraction(f) for e, f in zip(ends, (low, high), strict=True)
    ]
    return lambda size: steps(values, exact[0], exact[1], size, to)


def _doubles(ends: tuple[sp.Expr, sp.Expr]) -> tuple[float, float]:
    low, high = (float(constant_ball(end).mid()) for end in ends)
    return low, high


def _proved(made: StandIn, inside: Activation, ends: tuple[sp.Expr, sp.Expr]) -> tuple[StandIn, Farthest]:
    return made, farthest(difference(made.activation.within(*ends), inside), 0)


def _within(
    kind: str, fitted: Callable[[int], StandIn], inside: Activation, ends: tuple[sp.Expr, sp.Expr], eps: sp.Expr | None
) -> tuple[StandIn, Farthest]:
    """The least size that is found to have an error below a bound: by doubling, then halving."""
    bound = float(constant_ball(eps).mid()) if eps is not None else 0.0
    found: tuple[int, StandIn, Farthest] | None = None
    seen = np.linspace(*_doubles(ends), _SEEN)
    wanted = sampler(inside)(seen)
    bad, size = 0, 1
    while found is None or found[0] - bad > 1:
        made = fitted(size)
        far = None
        if np.max(np.abs(made.at(seen) - wanted)) <= bound * _SLACK:  # a point can refute, and not prove
            far = _proved(made, inside, ends)[1]
        if far is not None and far.sup.upper is not None and far.sup.upper <= bound:
            found = size, made, far
        else:
            bad = size
        if found is None and size == MOST[kind]:
            raise InputError(f"no {kind} of up to {MOST[kind]} is within {bound:g}; take another kind or format")
        size = min(2 * size, MOST[kind]) if found is None else (bad + found[0]) // 2
    return found[1], found[2]


def _told(
    activation: Activation,
    inside: Activation,
    made: StandIn,
    far: Farthest,
    ends: tuple[sp.Expr, sp.Expr],
    to: Rounding,
) -> Approximation:
    def known(of: Callable[[], Number]) -> Number:
        try:
            return of()
        except Undecided as reason:
            return Number.missing(cut(str(reason), _LONGEST))

    # the slope of steps is 0
    apart = inside if made.kind == "lut" else difference(made.activation.within(*ends), inside)
    slopes = known(lambda: farthest(apart, 1).sup)
    line = known(lambda: _everywhere(made.activation, activation, ends, far.sup))
    size = len(made.coefficients) - (made.kind != "lut")
    shifts = [known(partial(_shift, made.activation, activation, name)) for name in ("mean", "variance")]
    upper = far.sup.upper
    return Approximation(
        {name: getattr(activation, name) for name in ("name", "title")},
        made.kind,
        (exact_number(ends[0]), exact_number(ends[1])),
        to.name,
        size,
        made.expression,
        far.sup,
        far.at,
        slopes,
        line,
        None if to.unit is None or upper is None else upper / float(to.unit),
        tuple(map(float, made.coefficients)),
        tuple(map(float, made.knots)),
        made.outside,
        shifts[0],
        shifts[1],
    )


def _everywhere(made: Activation, activation: Activation, ends: tuple[sp.Expr, sp.Expr], inner: Number) -> Number:
    """The error over the whole line, of which that on the interval is known."""
    found = inner
    for lower, upper in ((-sp.oo, ends[0]), (ends[1], sp.oo)):
        try:
            other = activation.within(lower, upper)
        except InputError:  # it is not defined there
            continue
        found = _larger(found, farthest(difference(made.within(lower, upper), other), 0).sup)
    return found


def _larger(one: Number, other: Number) -> Number:
    if one.lower is None or one.upper is None or other.lower is None or other.upper is None:
        raise Undecided("an error that was not enclosed")
    if one.lower >= other.upper:
        return one
    if other.lower >= one.upper:
        return other
    most = max(one, other, key=lambda number: number.upper or 0.0)
    standing = weakest(one.standing, other.standing)
    return replace(most, lower=max(one.lower, other.lower), exact=None, standing=standing)


def _shift(made: Activation, activation: Activation, name: str) -> Number:
    """What a Gaussian moment of the stand-in is more than that of the function."""
    if activation.trouble:
        raise Undecided(activation.trouble)
    if len(made.pieces) > _MOMENTS:
        raise Undecided(f"moments of more than {_MOMENTS} pieces")
    one, other = (enclosed(item, sp.S.One).balls.get(name) for item in (made, activation))
    if one is None or other is None or not (one.is_finite() and other.is_finite()):
        raise Undecided("a moment that is infinite or was not found")
    return to_number(one - other)

"""How far apart two functions are, and their slopes: enclosed over the whole line or an interval, never sampled.

A is held against B: what is relative is a share of B. Where one of the two alone is defined there is no difference, and
that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import sympy as sp

from propcheck import spec, target
from propcheck.activation import Activation
from propcheck.analysis import gaussian, refinement, relative
from propcheck.analysis.extent import place_of
from propcheck.analysis.farthest import Farthest, farthest
from propcheck.analysis.shape import breakpoints
from propcheck.calculus import Undecided
from propcheck.calculus.ball import INFINITY
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import same
from propcheck.language import show
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError, Number, Shown, Standing, plain
from propcheck.wording import cut

SCHEMA = "propcheck.difference/1"
NORMS = ("sup", "gaussian")
ORDERS = (0, 1)
_WORDS = {1: "above", 0: "equal", -1: "below"}
_LONGEST = 200  # characters of a reason


@dataclass(frozen=True)
class Apart:
    """The distance of one derivative of A from that of B; what was not asked for is None.

    `farthest` has the supremum and where it is taken, `relative` the supremum of the share of B's, `gaussian` the root
    mean square for z ~ N(0, 1), `signs` where A is above, equal to and below B.
    """

    order: int
    farthest: Farthest | None
    relative: Number | None
    gaussian: Number | None
    signs: tuple[tuple[Number, Number, str], ...] | None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        far = self.farthest
        return {
            "order": self.order,
            "sup": None if far is None else far.sup.to_json(),
            "taken": None if far is None else far.taken,
            "at": [] if far is None else [at.to_json() for at in far.at],
            "along": [] if far is None else [[low.to_json(), high.to_json()] for low, high in far.along],
            "relative": None if self.relative is None else self.relative.to_json(),
            "gaussian": None if self.gaussian is None else self.gaussian.to_json(),
            "signs": None
            if self.signs is None
            else [{"from": low.to_json(), "to": high.to_json(), "a": word} for low, high, word in self.signs],
            "note": self.note,
        }


@dataclass(frozen=True)
class Difference(Shown):
    """Two functions, the interval that was looked at, and their distance by order."""

    a: Mapping[str, Any]
    b: Mapping[str, Any]
    on: tuple[Number, Number]
    orders: tuple[Apart, ...]
    alone: tuple[str, ...] = ()

    shown_as = "difference"

    def __repr__(self) -> str:
        return f"<Difference of {self.a['name']} from {self.b['name']}>"

    def __getitem__(self, order: int) -> Apart:
        found = next((apart for apart in self.orders if apart.order == order), None)
        if found is None:
            raise InputError(f"order {order!r} was not asked for; there are {[apart.order for apart in self.orders]}")
        return found

    @property
    def open(self) -> bool:
        """Is something that was asked for not decided?"""
        asked = [(a.farthest and a.farthest.sup, a.relative, a.gaussian) for a in self.orders]
        return any(number is not None and number.standing is Standing.OPEN for row in asked for number in row)

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck difference --json` prints."""
        return {
            "schema": SCHEMA,
            "a": plain(self.a),
            "b": plain(self.b),
            "on": [plain(end.value) for end in self.on],
            "orders": [apart.to_json() for apart in self.orders],
            "alone": list(self.alone),
        }


def difference(
    a: str | Path | Spec | sp.Expr | Activation,
    b: str | Path | Spec | sp.Expr | Activation,
    *,
    on: str | Sequence[Any] | None = None,
    order: int | Sequence[Any] = ORDERS,
    relative: bool = False,
    norm: str | None = None,
    time_limit: float | None = None,
) -> Difference:
    """How far A is from B: sup abs(A - B) and the like of the slopes, with the places, on an interval such as "-4:4".

    `norm` is sup or gaussian, both unless given; `relative` asks for the share of B too.
    """
    if norm is not None and norm not in NORMS:
        raise InputError(f"there is no norm {norm!r}; there are {' and '.join(NORMS)}")
    orders = tuple(dict.fromkeys([order] if isinstance(order, int) else order))
    if not orders or any(isinstance(one, bool) or one not in ORDERS for one in orders):
        raise InputError(f"the order is 0 for the values and 1 for the slopes, not {_listed(order)}")
    ends = (-sp.oo, sp.oo) if on is None else spec.span(on)
    sides = tuple(map(target.prepared, (a, b)))
    asked = [name for name in NORMS if norm in (None, name)] + ["relative"] * relative
    questions = [(f"{name} {one}", partial(_asked, name, one)) for one in orders for name in asked]
    questions += [(f"signs {one}", partial(_asked, "signs", one)) for one in orders if "sup" in asked]
    job = worker.Job(partial(_subject, sides, ends), (("about", _about), *questions))
    answers = worker.one(job, time_limit)
    return _made(sides, ends, orders, answers)


def _listed(order: Any) -> str:
    return repr(order) if isinstance(order, int) or not order else ", ".join(map(str, order))


def _made(
    sides: Sequence[Any], ends: tuple[sp.Expr, sp.Expr], orders: Sequence[int], answers: Mapping[str, Any]
) -> Difference:
    about = answers["about"]
    if isinstance(about, worker.Stopped):
        about = (*({key: getattr(side, key, str(side)) for key in ("name", "title")} for side in sides), ())

    def number(name: str, order: int) -> Any:
        answer = answers.get(f"{name} {order}")
        return Number.missing(answer.note) if isinstance(answer, worker.Stopped) else answer

    found = []
    for order in orders:
        far, signs = answers.get(f"sup {order}"), answers.get(f"signs {order}")
        if isinstance(far, worker.Stopped):
            far = Farthest(Number.missing(far.note), None)
        known = signs if isinstance(signs, tuple) else None
        notes = [far.note] if far is not None and far.note else []
        notes += [f"where A is above B is open: {signs}"] if isinstance(signs, str) else []
        share, norm = number("relative", order), number("gaussian", order)
        found.append(Apart(order, far, share, norm, known, "; ".join(notes)))
    a, b, alone = about
    return Difference(a, b, (exact_number(ends[0]), exact_number(ends[1])), tuple(found), alone)


# --- in the child ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two functions and their difference on an interval."""

    left: Activation
    right: Activation
    gap: Activation


def _subject(sides: Sequence[Any], ends: tuple[sp.Expr, sp.Expr]) -> Pair:
    whole = ends[0] is -sp.oo and ends[1] is sp.oo
    left, right = (side if whole else side.within(*ends) for side in map(target.activation, sides))
    gap = refinement.difference(left, right)
    if not gap.pieces and not gap.trouble:
        raise InputError(f"there is no interval on which both {left.name} and {right.name} are defined")
    return Pair(left, right, gap)


def _about(pair: Pair, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    a, b = map(_named, (pair.left, pair.right))
    told = [f"{item.title} is random, and is compared by its mean" for item in (pair.left, pair.right) if item.noise]
    if not pair.gap.trouble:
        for lower, upper, which in refinement.alone(pair.left, pair.right):
            told.append(f"{(a, b)[which]['title']} alone is defined {_between(lower, upper)}")
    return a, b, tuple(told)


def _named(item: Activation) -> dict[str, Any]:
    """What a side is, as its record has it."""
    parameters = {one.name: one.to_json(item.values.get(one.name)) for one in item.parameters}
    about = {"name": item.name, "title": item.title, "expression": show(item.expression)}
    return {**about, "parameters": parameters}


def _asked(name: str, order: int, pair: Pair, answers: Mapping[str, Any]) -> Any:
    """The answer to one question; open with the reason where it is not decided."""
    try:
        if pair.gap.trouble:
            return _again_and_again(pair, name, order)
        return _QUESTIONS[name](pair, order)
    except Undecided as reason:
        why = cut(str(reason), _LONGEST)
        missing = Number.missing(why)
        return why if name == "signs" else Farthest(missing, None) if name == "sup" else missing


def _again_and_again(pair: Pair, name: str, order: int) -> Any:
    """The answer for a difference that comes back with endless pieces: by one period, whose places are named."""
    wave = pair.gap.wave
    if wave is None or pair.left.conditions or pair.right.conditions or name == "relative":
        raise Undecided(pair.gap.trouble)
    if name == "gaussian":
        return relative.norm_of(gaussian.enclosed(pair.gap, sp.S.One), order)
    if wave.rise != 0 and order == 0:
        if name == "signs":
            raise Undecided(pair.gap.trouble)
        return Farthest(INFINITY, False)
    found = _QUESTIONS[name](replace(pair, gap=pair.gap.seen(*wave.ends)), order)
    if name == "signs":
        return found
    return replace(found, note="; ".join(filter(None, (f"of one period, again every {show(wave.length)}", found.note))))


def _sup(pair: Pair, order: int) -> Farthest:
    found = farthest(pair.gap, order)
    jumps = _jumps(pair.gap) if order else ""
    return replace(found, note="; ".join(filter(None, (found.note, jumps))))


def _jumps(gap: Activation) -> str:
    """Where a difference jumps, which its slopes do not show."""
    places = []
    for point, left, right in breakpoints(gap.pieces, gap.points):
        if left is not None and right is not None:
            sides = left.limit(point.at), right.limit(point.at)
            if all(side.is_finite for side in sides) and not same(*sides):
                places.append(_between(point.at, point.at))
    return f"A - B jumps {' and '.join(places)}, which is no slope" if places else ""


def _relative(pair: Pair, order: int) -> Number:
    """sup abs(A - B)/abs(B), and what happens where B is 0."""
    found = relative.share(pair.gap, pair.right, order)
    b, a = ("the slope of B", "that of A") if order else ("B", "A")
    if found.pole is not None:
        return replace(INFINITY, note=f"{b} is 0 {_between(*found.pole)} and {a} is not")
    assert found.ratio is not None
    notes = [f"both are 0 {_between(low, high)}" for low, high in found.left_out]
    if not found.ratio.pieces:
        return Number.missing(notes[0], Standing.PROVED)
    far = farthest(found.ratio, 0)
    if far.sup == INFINITY:
        end = relative.runs_away(found.ratio)
        return replace(INFINITY, note="" if end is None else f"without bound as x tends to {place_of(end).value:.6g}")
    notes += [f"by the limit {_between(at, at)}, where both are 0" for at in found.filled]
    return replace(far.sup, note="; ".join(notes))


def _between(low: sp.Expr, high: sp.Expr) -> str:
    """Where, in words."""
    first, last = (f"{place_of(end).value:.12g}" for end in (low, high))
    return f"at {first}" if low == high else f"between {first} and {last}"


def _gaussian(pair: Pair, order: int) -> Number:
    return relative.gaussian_norm(pair.gap, order)


def _signs(pair: Pair, order: int) -> tuple[tuple[Number, Number, str], ...]:
    spans = relative.sign_intervals(pair.gap, order)
    return tuple((place_of(low), place_of(high), _WORDS[sign]) for low, high, sign in spans)


_QUESTIONS: dict[str, Callable[[Pair, int], Any]] = {
    "sup": _sup,
    "relative": _relative,
    "gaussian": _gaussian,
    "signs": _signs,
}

"""From which input on the asymptote replaces the function in a format, and what a threshold in its formula costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sympy as sp
from flint import ctx

from propcheck import target
from propcheck.activation import Activation
from propcheck.analysis.ends import SIDES
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import exact_number
from propcheck.numeric.formats import FORMATS, Format
from propcheck.numeric.handover import Handover, handovers
from propcheck.pieces.piece import piece_beside
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError, Number, Shown, plain
from propcheck.wording import cut, nearest

SCHEMA = "propcheck.handover/1"
NAMES = ("value", "slope")  # by order
_LONGEST = 200  # characters of a reason
_BITS = 200
_CLIMBS = "a function that comes back and rises each time: from where on it overflows, or is rounded to a line"


@dataclass(frozen=True)
class Jump:
    """What the value and the slope jump by at a breakpoint, from left to right, also in ulp of the format.

    An ulp is that of the larger of the two sides. None where a side has no finite limit.
    """

    at: Number
    value: Number | None
    value_ulp: float | None
    slope: Number | None
    slope_ulp: float | None

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"at": self.at.to_json()}
        for name in NAMES:
            number: Number | None = getattr(self, name)
            out[name] = None if number is None else number.to_json()
            out[f"{name}_ulp"] = getattr(self, f"{name}_ulp")
        return out


@dataclass(frozen=True)
class Handovers(Shown):
    """What a function and its slope become in a format, on the left and on the right; jumps; what is not decided."""

    about: Mapping[str, Any]
    dtype: str
    value: Mapping[str, tuple[Handover, ...]]
    slope: Mapping[str, tuple[Handover, ...]]
    jumps: tuple[Jump, ...] = ()
    open: tuple[str, ...] = ()
    period: Number | None = None  # after which the jumps are there again

    shown_as = "handover"

    def __repr__(self) -> str:
        return f"<Handovers of {self.about['name']} in {self.dtype}>"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck handover --json` prints."""
        return {
            "schema": SCHEMA,
            "activation": plain(self.about),
            "dtype": self.dtype,
            **{name: {side: [_json(h) for h in getattr(self, name)[side]] for side in SIDES} for name in NAMES},
            "jumps": [jump.to_json() for jump in self.jumps],
            "open": list(self.open),
            **({} if self.period is None else {"period": self.period.to_json()}),
        }


def _json(handover: Handover) -> dict[str, Any]:
    return {"becomes": handover.becomes, "from": handover.start, "before": handover.before}


def handover(
    item: str | Path | Spec | sp.Expr | Activation,
    dtype: str = "float32",
    *,
    time_limit: float | None = None,
    **params: Any,
) -> Handovers:
    """From which number of a format on g and g', correctly rounded, are their limit, x, 0, their asymptote.

    Also from where they overflow or are subnormal. Each is the first number going outward, on either side. At a kink
    each of the slopes beside it counts, and so do their mean and 0.
    """
    if dtype not in FORMATS:
        raise InputError(f"there is no format {dtype!r}{nearest(dtype, FORMATS)}; there are {', '.join(FORMATS)}")
    subject = target.read(item, params) if params else target.prepared(item)
    target.check_kind(subject)
    questions = [
        (f"{order} {side}", partial(_asked, FORMATS[dtype], order, side)) for order in (0, 1) for side in SIDES
    ]
    own = ("jumps", partial(_jumps, FORMATS[dtype])), ("period", _period)
    job = worker.Job(partial(target.activation, subject), (*own, *questions))
    answers = worker.one(job, time_limit)
    found: dict[str, dict[str, tuple[Handover, ...]]] = {name: {} for name in NAMES}
    open_ = []
    for order, name in enumerate(NAMES):
        for side in SIDES:
            answer = answers[f"{order} {side}"]
            known, reasons = ((), [answer.note]) if isinstance(answer, worker.Stopped) else answer
            found[name][side] = tuple(known)
            open_ += [f"{name}, {side}: {cut(reason, _LONGEST)}" for reason in reasons]
    jumps = answers["jumps"]
    if isinstance(jumps, worker.Stopped):
        open_.append(f"jumps: {jumps.note}")
        jumps = ()
    period = answers["period"]
    if isinstance(period, worker.Stopped) or not jumps:
        period = None
    about = {name: getattr(subject, name, str(subject)) for name in ("name", "title")}
    return Handovers(about, dtype, found["value"], found["slope"], jumps, tuple(open_), period)


def _asked(
    form: Format, order: int, side: str, activation: Activation, answers: Mapping[str, Any]
) -> tuple[list[Handover], list[str]]:
    if activation.wave is not None:  # it has no limit, nor comes near to a line
        return [], [_CLIMBS] if order == 0 and activation.wave.rise != 0 else []
    if activation.trouble:
        return [], [activation.trouble]
    return handovers(activation, order, side, form)


def _jumps(form: Format, activation: Activation, answers: Mapping[str, Any]) -> tuple[Jump, ...]:
    """The breakpoints at which the value or the slope jumps; of a function that comes back those of one period."""
    found = []
    seen, wave = activation.periods or activation, activation.wave
    for point in seen.points:
        if wave is not None and not wave.chosen(point.at):
            continue
        sides = [piece_beside(seen.pieces, point.at, side) for side in (-1, 1)]
        if None in sides:
            continue
        jumps = [
            _jump([piece.limit(point.at, order) for piece in sides if piece is not None], form) for order in (0, 1)
        ]
        if any(jump != (None, None) and jump[1] != 0 for jump in jumps):
            found.append(Jump(exact_number(point.at), *jumps[0], *jumps[1]))
    return tuple(found)


def _period(activation: Activation, answers: Mapping[str, Any]) -> Number | None:
    return None if activation.wave is None else exact_number(activation.wave.length)


def _jump(sides: Sequence[sp.Expr], form: Format) -> tuple[Number | None, float | None]:
    """A jump exactly, and in ulp; nothing where a side is infinite."""
    if not all(side.is_finite for side in sides):
        return None, None
    try:
        number = exact_number(sides[1] - sides[0])
    except Undecided:
        return None, None
    with ctx.workprec(_BITS):
        size = max(abs(float(constant_ball(side).mid())) for side in sides)
        unit = 2.0 ** form.unit(constant_ball(sp.Rational(size)))
    return number, None if number.value is None else number.value / unit

"""The form of a function that comes back with endless pieces: one period of pieces, and which of them holds at x.

Which piece holds is told by the signs of the waves that the formula compares, where these are right at every number:
|sin(x)| is sin(x) where that is positive. Else it is told by x less so many periods, in two words: the period is given
in words so short that its multiples are exact (Cody and Waite), so that a compiler may contract a product and a sum.
A piece that comes back by itself, as sin(x) does, is computed at x; another one, as a line, at what is left of x.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.chart import inner_point
from propcheck.calculus.form import constant_ball
from propcheck.calculus.signs import constant_sign, precedes, same
from propcheck.language import X
from propcheck.language.stairs import Stair
from propcheck.numeric import segments
from propcheck.numeric.conventions import at_breakpoint
from propcheck.numeric.fitting import dyadic
from propcheck.numeric.formats import Format
from propcheck.numeric.rewriting import likeliest
from propcheck.numeric.rounding import COUNTED, short_words
from propcheck.numeric.span import Plan, Segment, Shortfall, Span
from propcheck.numeric.steps import At, Choice, Left, PassNaN, Where
from propcheck.pieces.piece import Piece
from propcheck.pieces.wave import moved
from propcheck.verdict import InputError

MOST_PIECES = 60  # of a period
_PERIODS = (1, 2)  # after so many each piece may come back by itself
_BESIDE = {24: 38, 53: 75, 64: 75}  # what is nearer than this power of 1/2 of x to a rational number is that number
_ODD = (sp.tanh, sp.sinh, sp.asinh, sp.atan, sp.erf)
_BITS = 300


@dataclass(frozen=True)
class Part:
    """One piece in the period; nothing where the function is not defined. `alone`: it comes back by itself."""

    lower: sp.Expr
    upper: sp.Expr
    piece: Piece | None
    alone: bool = True


@dataclass(frozen=True)
class Turn:
    """One period, or two, from a place inside of a piece on, which is there again at the end."""

    length: sp.Expr
    rise: sp.Expr
    seen: Activation
    parts: tuple[Part, ...]


@lru_cache(maxsize=64)
def turn(activation: Activation) -> Turn:
    """What is laid over the line; InputError where a period has too many pieces."""
    wave = activation.wave
    assert wave is not None and activation.periods is not None
    best: Turn | None = None
    for times in _PERIODS:
        length, rise = times * wave.length, times * wave.rise
        made = Turn(length, sp.expand(rise), *_parts(activation, wave.start, length, sp.expand(rise)))
        if all(part.alone for part in made.parts):
            return made
        best = best or made
    assert best is not None
    return best


def _parts(
    activation: Activation, start: sp.Expr, length: sp.Expr, rise: sp.Expr
) -> tuple[Activation, tuple[Part, ...]]:
    near = activation.seen(start, start + length)
    if len(near.pieces) > MOST_PIECES:
        raise InputError(
            f"{activation.name} cannot be compiled: it has {len(near.pieces)} pieces in a period,"
            f" and compiled forms have at most {MOST_PIECES}"
        )
    widths = [float(constant_ball(piece.upper - piece.lower).mid()) for piece in near.pieces]
    widest = near.pieces[widths.index(max(widths))]
    cut = inner_point(widest.lower, widest.upper)
    for shift in (0, 1, 2):  # 0 is in the period, so that near it nothing is taken away
        if _within(cut - shift * length, length):
            cut -= shift * length
            break
    seen = activation.seen(cut, cut + length)
    parts: list[Part] = []
    reached = cut
    for piece in seen.pieces:
        if not same(piece.lower, reached):
            parts.append(Part(reached, piece.lower, None))
        parts.append(Part(piece.lower, piece.upper, piece, _comes_back(piece.expr, length, rise)))
        reached = piece.upper
    if not same(reached, cut + length):
        parts.append(Part(reached, cut + length, None))
    return seen, tuple(parts)


def _within(cut: sp.Expr, length: sp.Expr) -> bool:
    return constant_sign(cut) <= 0 < constant_sign(cut + length)


def _comes_back(expr: sp.Expr, length: sp.Expr, rise: sp.Expr) -> bool:
    if X not in expr.free_symbols:
        return rise == 0
    return sp.expand(moved(expr, length) - expr - rise) == 0


# --- the plan --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Laid:
    """The whole of a form: what is computed everywhere, local spans, and where it is not known to be good."""

    main: sp.Expr
    local: tuple[Span, ...]
    shortfalls: tuple[Shortfall, ...]
    doubtful: tuple[Shortfall, ...]


def planned(activation: Activation, order: int, work: Format, out: Format, found: tuple) -> Plan:
    """The plan of the derivative of this order: one segment, with the right one of two values at each breakpoint."""
    made = laid(activation, order, work, out, found, "right")
    segment = Segment(-math.inf, math.inf, made.main, made.local, doubtful=made.doubtful)
    return Plan(order, work, out, (segment,), made.shortfalls, found)


@lru_cache(maxsize=256)
def laid(activation: Activation, order: int, work: Format, out: Format, found: tuple, kink: str) -> Laid:
    """The form with the values at breakpoints that a convention says."""
    about = turn(activation)
    planned = [_plan_of(part, order, work, out, found) for part in about.parts]
    tree = _Tree(activation, about, order, work, kink)
    main = [plan and plan.segments[0].expr for plan in planned]
    local = []
    for lower, upper in _stretches(planned, about):
        inside = [_form_on(plan, lower, upper) for plan in planned]
        local.append(Span(lower, upper, tree.chosen(inside)))
    short = [short for part, plan in zip(about.parts, planned, strict=True) for short in _short(part, plan)]
    doubtful = [d for plan in planned if plan is not None for segment in plan.segments for d in segment.doubtful]
    reach = tree.reach()
    if math.isfinite(reach):
        short += [Shortfall(-math.inf, -reach, math.inf), Shortfall(reach, math.inf, math.inf)]
    return Laid(tree.chosen(main), tuple(local), tuple(dict.fromkeys(short)), tuple(dict.fromkeys(doubtful)))


def _plan_of(part: Part, order: int, work: Format, out: Format, found: tuple) -> Plan | None:
    """The plan of one piece by itself; None of a gap."""
    if part.piece is None:
        return None
    if part.alone:
        return segments.planned((Piece(-sp.oo, sp.oo, part.piece.expr),), order, work, out, found)
    inside = replace(part.piece, whole=None)
    return segments.planned((inside,), order, work, out, found)


def _short(part: Part, plan: Plan | None) -> Iterator[Shortfall]:
    for short in () if plan is None else plan.shortfalls:
        yield short if part.alone else Shortfall(-math.inf, math.inf, short.estimate)


def _stretches(plans: Sequence[Plan | None], about: Turn) -> list[tuple[float, float]]:
    """The spans between the ends of all local spans, those in which there is one."""
    spans = [
        (span.lower, span.upper)
        for part, plan in zip(about.parts, plans, strict=True)
        if plan is not None and part.alone
        for span in plan.segments[0].local
    ]
    ends = sorted({end for span in spans for end in span})
    pairs = zip(ends, ends[1:], strict=False)
    return [(a, b) for a, b in pairs if any(low <= a and b <= high for low, high in spans)]


def _form_on(plan: Plan | None, lower: float, upper: float) -> sp.Expr | None:
    if plan is None:
        return None
    segment = plan.segments[0]
    return next((s.expr for s in reversed(segment.local) if s.lower <= lower and upper <= s.upper), segment.expr)


# --- which piece holds -----------------------------------------------------------------------------------------------


class _Tree:
    """The choice among the parts of a turn, given a form for each."""

    def __init__(self, activation: Activation, about: Turn, order: int, work: Format, kink: str):
        self.about, self.order, self.work, self.kink = about, order, work, kink
        self.words = _words(about.length, work)
        self.waves = _told_by_signs(activation, about)
        first = constant_ball(about.parts[0].lower) / constant_ball(about.length)
        self.shift = float((first + arb(0.5)).mid())
        self.rate = float((1 / constant_ball(about.length)).mid())

    def reach(self) -> float:
        """Up to where it is known which piece holds, and what is left of x."""
        if self.waves is not None or len(self.words) == 1:
            return math.inf
        return 2.0 ** (COUNTED[self.work.bits] - 1) * float(constant_ball(self.about.length).mid())

    def chosen(self, form: Sequence[sp.Expr | None]) -> sp.Expr:
        values = [self._value(part, f) for part, f in zip(self.about.parts, form, strict=True)]
        if self.waves is not None:
            made = _by_signs(self.waves[0], list(zip(self.waves[1], values, strict=True)))
            for at, value in self._special():
                made = self._at(at, value, made)
            return PassNaN(made)
        made = values[0]
        for part, value in zip(self.about.parts[1:], values[1:], strict=True):
            if value != made:
                made = Where("ge", self._from(part.lower), value, made)
        for at, value in self._special():
            made = self._at(at, value, made)
        return PassNaN(made)

    # what is left of x after whole periods, and the number of these

    def _left(self, which: str) -> sp.Expr:
        return Left(which, self.shift, self.rate, self.words)

    def _from(self, at: sp.Expr) -> sp.Expr:
        """How far what is left of x is from a place."""
        if at == 0:
            return self._left("high")
        high, low = _two(at, self.work)
        return Left("beyond", self.shift, self.rate, self.words, high, low)

    def _value(self, part: Part, form: sp.Expr | None) -> sp.Expr:
        if part.piece is None or form is None:
            return sp.nan
        if part.alone:
            return form
        rise = self.about.rise if self.order == 0 else sp.S.Zero
        if not form.free_symbols:
            return self._raised(form, rise)
        line = part.piece.derivative(self.order)
        slope = line.diff(X)
        if slope.free_symbols:
            value = At(form, self._left("high"))
        elif rise == 0:
            value = slope * self._from(sp.cancel(-line.subs(X, 0) / slope))
        else:
            value = slope * self._left("high") + line.subs(X, 0)
        return value if rise == 0 else value + rise * self._left("count")

    def _raised(self, value: sp.Expr, rise: sp.Expr) -> sp.Expr:
        """A constant and so many rises, rounded once where it is a whole number of them."""
        if rise == 0:
            return value
        steps = sp.cancel(value / rise)
        if steps.is_Rational:
            return rise * (self._left("count") + steps) if steps else rise * self._left("count")
        return rise * self._left("count") + value

    # single points

    def _special(self) -> Iterator[tuple[sp.Expr, sp.Expr]]:
        """Breakpoints, and gaps that a limit fills, whose value is not that on their right."""
        parts = self.about.parts
        for before, after in zip(parts, parts[1:], strict=False):
            at = after.lower
            point = self.about.seen.point(at)
            value = None if point is None else point.value
            if value is None or (before.piece is None and after.piece is None):
                yield at, sp.nan
            elif before.piece is None or after.piece is None:
                piece = after.piece or before.piece
                assert piece is not None
                yield at, piece.limit(at, self.order) if self.order else value
            else:
                found = at_breakpoint(self.about.seen, before.piece, after.piece, self.order, self.kink)
                if found == "right" and self._known(at, before.piece, after.piece):
                    continue
                side = before.piece if found == "left" else after.piece
                yield at, side.limit(at, self.order) if isinstance(found, str) else found
        for part in parts:
            for gap in () if part.piece is None else part.piece.removable:
                yield gap, part.piece.limit(gap, self.order)  # type: ignore[union-attr]

    def _known(self, at: sp.Expr, before: Piece, after: Piece) -> bool:
        """Is the value on the right computed at such a place, whatever is rounded?"""
        if self.waves is None and (len(self.words) == 1 or not self._rational(at)):
            return True
        return same(before.limit(at, self.order), after.limit(at, self.order))

    def _rational(self, at: sp.Expr) -> bool:
        return bool(at.is_Rational and self.about.length.is_Rational)

    def _at(self, at: sp.Expr, value: sp.Expr, rest: sp.Expr) -> sp.Expr:
        """The value where x is at a place: at 0 alone where the others are no numbers of the format."""
        if not self._rational(at):
            return Choice("eq", sp.S.Zero, value, rest) if at == 0 else rest
        value = self._raised(value, self.about.rise if self.order == 0 and value.is_finite else sp.S.Zero)
        far = sp.Abs(self._from(at), evaluate=False)
        if len(self.words) == 1:  # then nothing is rounded
            return Where("ge", -far, value, rest) if _dyadic(at) else rest
        return Where("ge", sp.Abs(X, evaluate=False) * sp.Rational(1, 2 ** _BESIDE[self.work.bits]) - far, value, rest)


def _dyadic(number: sp.Rational) -> bool:
    return int(number.q) & (int(number.q) - 1) == 0


def _words(length: sp.Expr, work: Format) -> tuple[sp.Expr, ...]:
    """The period in words, of which so many multiples are exact; one, if it is a power of two."""
    if length.is_Rational and _dyadic(length) and _dyadic(1 / length):
        return (length,)
    return short_words(length, work)


def _two(at: sp.Expr, work: Format) -> tuple[sp.Expr, sp.Expr]:
    """A number in two words."""
    with ctx.workprec(_BITS):
        ball = constant_ball(at)
        high = work.nearest(float(ball.mid()))
        low = work.nearest(float((ball - arb(high)).mid()))
    return dyadic(high), dyadic(low)


# --- by signs --------------------------------------------------------------------------------------------------------

Signs = tuple[bool, ...]


def _told_by_signs(activation: Activation, about: Turn) -> tuple[list[sp.Expr], list[Signs]] | None:
    """The waves whose signs tell the parts apart, and these for each; None where they do not, or may be wrong."""
    expr = activation.bound
    if expr.has(Stair) or not all(part.alone for part in about.parts) or about.length.is_Rational:
        return None
    found: dict[sp.Expr, None] = {}
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.Abs | sp.sign | sp.Heaviside):
            found[node.args[0]] = None
        elif isinstance(node, sp.Max | sp.Min):
            found |= {one - two: None for k, one in enumerate(node.args) for two in node.args[k + 1 :]}
        elif isinstance(node, sp.Rel):
            found[node.lhs - node.rhs] = None
    waves = list(found)
    if not all(map(_right_sign, waves)):
        return None
    told: list[Signs] = []
    known: dict[Signs, sp.Expr | None] = {}
    for part in about.parts:
        middle = inner_point(part.lower, part.upper)
        with ctx.workprec(_BITS):
            balls = [constant_ball(wave.xreplace({X: middle})) for wave in waves]
        if not all(ball > 0 or ball < 0 for ball in balls):
            return None
        signs = tuple(bool(ball > 0) for ball in balls)
        told.append(signs)
        here = None if part.piece is None else part.piece.expr
        if known.setdefault(signs, here) != here:
            return None
    return waves, told


def _right_sign(u: sp.Expr) -> bool:
    """Has what is computed of an expression the right sign at every number?"""
    if X not in u.free_symbols:
        return u.is_nonzero is True
    if isinstance(u, sp.Mul):
        return all(map(_right_sign, u.args))
    if isinstance(u, sp.Pow):
        return bool(u.exp.is_Integer) and _right_sign(u.base)
    if isinstance(u, _ODD):
        return _right_sign(u.args[0])
    if isinstance(u, sp.sin | sp.cos | sp.tan):
        rate = u.args[0] / X
        return bool(rate.is_Rational) and all(n & (n - 1) == 0 for n in (abs(int(rate.p)), int(rate.q)))
    return isinstance(u, sp.exp | sp.cosh)


def _by_signs(waves: list[sp.Expr], rows: list[tuple[Signs, sp.Expr]]) -> sp.Expr:
    values = {value for _, value in rows}
    if len(values) == 1:
        return values.pop()
    above, below = ([(signs[1:], value) for signs, value in rows if signs[0] is side] for side in (True, False))
    if not above or not below:
        return _by_signs(waves[1:], above or below)
    return Where("ge", likeliest(waves[0], 0), _by_signs(waves[1:], above), _by_signs(waves[1:], below))


# --- far out ----------------------------------------------------------------------------------------------------------


def far_out(activation: Activation, order: int) -> tuple[sp.Expr | None, sp.Expr | None]:
    """The limits at -inf and inf of a derivative of a function that comes back; None where there is none."""
    wave, seen = activation.wave, activation.periods
    assert wave is not None and seen is not None
    if order == 0:
        if wave.rise == 0 or not all(_bounded(piece, end) for piece in seen.pieces for end in _ends(piece)):
            return None, None
        up = sp.oo if precedes(sp.S.Zero, wave.rise) else -sp.oo
        return -up, up
    slopes = {piece.derivative(order) for piece in seen.pieces}
    only = slopes.pop()
    return (only, only) if not slopes and not only.free_symbols and not seen.gaps[2:] else (None, None)


def _ends(piece: Piece) -> tuple[sp.Expr, sp.Expr]:
    return piece.lower, piece.upper


def _bounded(piece: Piece, end: sp.Expr) -> bool:
    try:
        return bool(piece.limit(end).is_finite)
    except Undecided:
        return False

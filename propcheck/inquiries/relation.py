"""One function as another with scaled input and output: A(x) = c B(k x) + d, found in balls and then proved.

k is looked for where it shows: as the ratio of breakpoints, of the rates in the formulas, of Taylor coefficients at 0.
Values at points then give c and d to hundreds of bits, in which a number that has a short spelling shows itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.scale import rates
from propcheck.calculus import Undecided
from propcheck.calculus.ball import fraction
from propcheck.calculus.chart import inner_points
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.signs import guesses, same
from propcheck.inquiries.equality import PROVED, equality
from propcheck.language import X, show
from propcheck.pieces.piece import Piece, Point, piece_beside
from propcheck.processes.precision import alone
from propcheck.verdict import Json

SCREEN = tuple(sp.Rational(*q) for q in ((-31, 7), (-5, 3), (-3, 10), (-1, 9), (1, 8), (4, 9), (9, 7), (37, 11)))
BITS = 640  # of the values that numbers are found from
AGREES = 1e-120  # two values nearer than this are taken for equal, until that is proved
_SHORT = 0.45  # share of the known bits that numerator and denominator may have together
_MULTIPLES = 64  # largest numerator and denominator of a multiple of a constant in the expression
_TERMS = 8  # Taylor coefficients that are looked at
_PIECES = 4  # pieces of which points are added to the screen
_MOST = 12  # scales of the input that are tried


@dataclass(frozen=True)
class Relation:
    """A(x) = output B(input x) + shift, proved; `formula` writes it with the name of B, where it has one."""

    input: sp.Expr
    output: sp.Expr
    shift: sp.Expr
    formula: str

    def to_json(self) -> Json:
        return {name: show(getattr(self, name)) for name in ("input", "output", "shift")} | {"formula": self.formula}


@alone
def relation(wanted: Activation, other: Activation) -> Relation | None:
    """How a function is another one with scaled input and output; None where that was not found."""
    if wanted.noise or other.noise or wanted.trouble or other.trouble:
        return None
    pool = (*constants(wanted.bound), *constants(other.bound), sp.E)
    for inner in islice(_inner(wanted, other, pool), _MOST):
        found = line(wanted, other, inner, pool)
        if found is None:
            continue
        outer, shift = found
        if equality(wanted, scaled(other, inner, outer, shift)).outcome == PROVED:
            x = "x" if inner == 1 else "-x" if inner == -1 else show(inner * X)
            name = other.name if other.name.isidentifier() else "B"
            return Relation(inner, outer, shift, written(outer, f"{name}({x})", shift))
    return None


def scaled(g: Activation, inner: sp.Expr, outer: sp.Expr, shift: sp.Expr) -> Activation:
    """outer g(inner x) + shift."""

    def of(expr: sp.Expr) -> sp.Expr:
        return outer * expr.xreplace({X: inner * X}) + shift

    def ends(low: sp.Expr, high: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        return (low / inner, high / inner) if inner.is_positive else (high / inner, low / inner)

    side = 1 if inner.is_positive else -1
    pieces = tuple(
        Piece(*ends(p.lower, p.upper), of(p.expr), tuple(gap / inner for gap in p.removable)) for p in g.pieces[::side]
    )
    points = tuple(Point(p.at / inner, None if p.value is None else outer * p.value + shift) for p in g.points[::side])
    return replace(
        g,
        expression=of(g.bound),
        bound=of(g.bound),
        pieces=pieces,
        points=points,
        undefined=tuple(ends(*gap) for gap in g.undefined[::side]),
        parameters=(),
        values={},
        spec=None,
        period=None if g.period is None else abs(g.period / inner),
        on=None if g.on is None else ends(*g.on),
        law=None,
    )


def line(
    wanted: Activation, other: Activation, inner: sp.Expr, pool: Sequence[sp.Expr]
) -> tuple[sp.Expr, sp.Expr] | None:
    """Scale and shift that take other(inner x) to the wanted function at the points of the screen; None for others."""
    pairs: list[tuple[arb, arb]] = []
    for point in (*SCREEN, *_inside(wanted)):
        value, base = sampled(wanted, point), sampled(other, inner * point)
        if (value is None) != (base is None):
            return None
        if value is not None and base is not None and value.is_finite() and base.is_finite():
            pairs.append((value, base))
    with ctx.workprec(BITS):
        apart = [pair for pair in pairs if not (pair[1] - pairs[0][1]).contains(0)]
        if not apart:
            return None
        value, base = pairs[0]
        scale = (apart[-1][0] - value) / (apart[-1][1] - base)
        shift = value - scale * base
        if not scale.is_finite() or abs(scale).upper() < AGREES:
            return None
        if not all(near(value, scale * base + shift) for value, base in pairs):
            return None
        return recognised(scale, pool), recognised(shift, pool)


def written(scale: sp.Expr, g: str, shift: sp.Expr) -> str:
    """scale*g + shift as one writes it."""
    if scale in (1, -1):
        text = g if scale == 1 else f"-{g}"
    else:
        text = f"({show(scale)})*{g}" if scale.is_Add else f"{show(scale)}*{g}"
    if shift == 0:
        return text
    negative = shift.could_extract_minus_sign()
    return f"{text} {'-' if negative else '+'} {show(-shift if negative else shift)}"


# ---------------------------------------------------------------------------------------------- the scale of the input


def _inside(activation: Activation) -> Iterator[sp.Rational]:
    """Points inside of some pieces: of a function that does nothing where the screen is."""
    for piece in activation.pieces[:_PIECES]:
        yield from islice(inner_points(piece.lower, piece.upper), 2)


def _inner(wanted: Activation, other: Activation, pool: Sequence[sp.Expr]) -> Iterator[sp.Expr]:
    """The scales of the input that may do, each once, first 1 and -1."""
    yield sp.S.One
    if wanted.on is None:
        yield sp.S.NegativeOne
    elif same(wanted.on[0], -wanted.on[1]):
        yield sp.S.NegativeOne
        return
    else:
        return
    tried = {sp.S.One, sp.S.NegativeOne}
    for k in (*_by_breakpoints(wanted, other), *_by_rates(wanted, other), *_by_terms(wanted, other, pool)):
        if k not in tried and k.is_finite and k.is_nonzero:
            tried.add(k)
            yield k


def _by_breakpoints(wanted: Activation, other: Activation) -> Iterator[sp.Expr]:
    one, two = ([point.at for point in item.points if point.at != 0] for item in (wanted, other))
    if one and len(one) == len(two):
        yield from (two[0] / one[0], two[-1] / one[0])


def _by_rates(wanted: Activation, other: Activation) -> Iterator[sp.Expr]:
    one, two = (
        dict.fromkeys(rate for piece in item.pieces[:_PIECES] for _, rate in rates(piece.expr))
        for item in (wanted, other)
    )
    for a in one:
        for b in two:
            yield from (a / b, -a / b)


def _by_terms(wanted: Activation, other: Activation, pool: Sequence[sp.Expr]) -> Iterator[sp.Expr]:
    """By the first two Taylor coefficients at 0: a_n = c k^n b_n for n > 0."""
    with ctx.workprec(BITS):
        own = _terms(wanted, 1)
        for side in (1, -1):
            theirs = _terms(other, side)
            both = [n for n, (a, b) in enumerate(zip(own, theirs, strict=False)) if n and not a.contains(0)]
            if len(both) < 2 or any(theirs[n].contains(0) for n in both[:2]):
                continue
            m, n = both[:2]
            power = own[n] * theirs[m] / (own[m] * theirs[n])  # k^(n - m)
            if side < 0 and (n - m) % 2:
                power = -power
            if power > 0:
                with suppress(Undecided):
                    yield side * recognised(power ** (arb(1) / (n - m)), pool)


def _terms(activation: Activation, side: int) -> list[arb]:
    piece = piece_beside(activation.pieces, sp.S.Zero, side)
    if piece is None:
        return []
    found = compile_form(piece.expr, X, piece.removable).series(arb(0), _TERMS)
    return [*found] if all(term.is_finite() for term in found) else []


# ---------------------------------------------------------------------------------------------- values


def near(left: arb | None, right: arb | None) -> bool:
    if left is None or right is None:
        return left is right
    if not (left.is_finite() and right.is_finite()):
        return True
    return bool(abs(left - right).lower() < AGREES * (1 + abs(left).upper()))


@lru_cache(maxsize=8192)
def sampled(activation: Activation, point: sp.Expr) -> arb | None:
    """The value at a point, of which nothing is said at a breakpoint; None where the function is not defined."""
    piece = piece_at(activation.pieces, point)
    if piece is None:
        return arb.nan() if activation.point(point) else None
    with ctx.workprec(BITS):
        return compile_form(piece.expr, X, piece.removable).ball(constant_ball(point))


def piece_at(pieces: Sequence[Piece], point: sp.Expr) -> Piece | None:
    """The piece that holds a point inside of it."""
    return next((piece for piece in pieces if piece.holds(point)), None)


# ---------------------------------------------------------------------------------------------- recognising numbers


def recognised(root: arb, pool: Sequence[sp.Expr]) -> sp.Expr:
    """The number with a short spelling that a narrow ball holds; where there is none, the middle of the ball."""
    with ctx.workprec(BITS):
        short = _short(root)
        if short is not None:
            return short
        for constant in pool:
            ball = constant_ball(constant)
            for power in (1, -1, 2, sp.Rational(1, 2)):
                if ball > 0 or power in (1, -1, 2):
                    share = _short(root / (ball.sqrt() if power == sp.Rational(1, 2) else ball ** int(power)))
                    if share is not None and max(abs(share.p), share.q) <= _MULTIPLES:
                        return share * constant**power
        for guess in guesses(root):
            return guess
        middle = fraction(root)
        if middle is None:
            raise Undecided("a number that is too large to be written")
        return sp.Rational(middle.numerator, middle.denominator)


def _short(ball: arb) -> sp.Rational | None:
    """The simplest rational in a ball, where it is far shorter than what is known of the number."""
    if not ball.is_finite():
        return None
    if abs(ball).upper() < AGREES:
        return sp.S.Zero
    low, high = fraction(ball.lower()), fraction(ball.upper())
    if low is None or high is None:
        return None
    most = _SHORT * min(ball.rel_accuracy_bits(), BITS)
    if low <= 0 <= high:
        return sp.S.Zero if most > 1 else None
    found = simplest(low, high, most) if low > 0 else simplest(-high, -low, most)
    return None if found is None else sp.Rational(*found) if low > 0 else -sp.Rational(*found)


def simplest(low: Fraction, high: Fraction, most: float) -> tuple[int, int] | None:
    """The fraction with the smallest denominator in [low, high], both above 0, by continued fractions.

    None where numerator and denominator have `most` bits or more.
    """
    (top, bottom), (above, below) = low.as_integer_ratio(), high.as_integer_ratio()
    before, last = (0, 1), (1, 0)
    while sum(map(int.bit_length, last)) < most:
        step, rest = divmod(top, bottom)
        ends = rest == 0 or (step + 1) * below <= above
        step += rest != 0 and ends
        before, last = last, (step * last[0] + before[0], step * last[1] + before[1])
        if ends:
            return last if sum(map(int.bit_length, last)) < most else None
        top, bottom, above, below = below, above - step * below, bottom, rest
    return None


def constants(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The irrational numbers in an expression: coefficients, terms and arguments."""
    seen: set[sp.Expr] = set()
    for node in sp.preorder_traversal(expr):
        if not isinstance(node, sp.Expr):
            continue
        parts = [node]
        if isinstance(node, sp.Add | sp.Mul):
            parts = [node.func(*(arg for arg in node.args if arg.is_number))]
        for part in parts:
            if part.is_number and not part.is_Rational and part.is_finite and part not in seen:
                seen.add(part)
                yield part

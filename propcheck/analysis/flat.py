"""Where the slope is zero (dead), where the function is zero, and how much Gaussian mass lies there."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, Piece
from propcheck.analysis import closed_form, gaussian
from propcheck.analysis.shape import constant_piece
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball, exact_number, to_number
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import same
from propcheck.verdict import Fact, Number

NEAR = sp.Rational(1, 10)  # near zero: within this share of the root mean square

Span = tuple[sp.Expr, sp.Expr]


def dead_region(activation: Activation) -> Fact:
    """The intervals on which the slope is identically 0."""
    spans = joined((p.lower, p.upper) for p in activation.pieces if constant_piece(p))
    return _region("dead_region", spans)


def zero_region(activation: Activation) -> Fact:
    """The intervals on which the function is identically 0, and the mass on which it is near 0."""
    spans = joined((p.lower, p.upper) for p in activation.pieces if _vanishes(p))
    fact = _region("zero_region", spans)
    near = _near(activation)
    return Fact(fact.key, fact.standing, {**fact.fields, "near": near}, fact.note)


def _vanishes(piece: Piece) -> bool:
    zero = is_zero(piece.expr)
    if zero is None:
        raise Undecided(f"whether {piece.expr} is zero")
    return zero


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, neighbours made one."""
    out: list[Span] = []
    for span in spans:
        if out and same(out[-1][1], span[0]):
            out[-1] = (out[-1][0], span[1])
        else:
            out.append(span)
    return out


def mass(spans: list[Span]) -> Number:
    """P[z in one of the spans]."""
    exact = sp.Add(*[closed_form.mass(lower, upper) for lower, upper in spans])
    return exact_number(exact)


def _region(key: str, spans: list[Span]) -> Fact:
    shown = [[exact_number(lower), exact_number(upper)] for lower, upper in spans]
    total = mass(spans)
    return Fact(key, total.standing, {"intervals": shown, "mass": total})


def _near(activation: Activation) -> Number:
    """P[abs(g(z)) <= NEAR * rms], a threshold of six digits standing for NEAR * rms."""
    second = gaussian.find(activation)["second_moment"]
    if second.value is None or second.value in (0.0, float("inf")):
        return Number.missing("the root mean square is zero or infinite")
    threshold = sp.Rational(f"{float(NEAR) * second.value**0.5:.6g}")
    try:
        spans: list[Span] = []
        for piece in activation.pieces:
            product = (piece.expr - threshold) * (piece.expr + threshold)
            chart = piece.chart(product)
            if chart.period is not None:
                raise Undecided("a periodic function crosses the threshold infinitely often")
            cuts = [piece.lower, *[zero.at for zero in chart.zeros], piece.upper]
            spans += [(cuts[k], cuts[k + 1]) for k, sign in enumerate(chart.signs) if sign <= 0]
        with ctx.workprec(120):
            total = sum((constant_ball(closed_form.mass(*span)) for span in joined(spans)), start=constant_ball(sp.S.Zero))
        return to_number(total)
    except Undecided as reason:
        return Number.missing(str(reason))


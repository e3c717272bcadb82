"""Gaussian integrals of a piecewise analytic function, enclosed over the whole line.

On a panel g is its Taylor polynomial about the centre plus a remainder, bounded by the Taylor coefficient that ball
arithmetic finds over the whole panel. One such expansion gives g' and every product of x, g and g'; against the
moments of the density on the panel each integral is a short sum. Panels are cut where the error is, until the goal is
met, so a spike narrower than any grid is met too. Beyond the panels, towards infinity or towards a singular end of a
piece, a germ bounds the rest or shows that the integral diverges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key, lru_cache
from itertools import count, pairwise

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis import closed_form
from propcheck.analysis.growth import GOAL, POWERS, End, far_end, singular_end
from propcheck.analysis.panels import more_bits, on_panel, series
from propcheck.analysis.shape import affine, symmetry
from propcheck.analysis.window import beyond, padded, window, with_rest
from propcheck.calculus import Undecided
from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.ball import INFINITY, MINUS_INFINITY
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.number import accurate_ball, confined, exact_number, to_number
from propcheck.calculus.signs import precedes
from propcheck.language import X, show
from propcheck.pieces.piece import Piece
from propcheck.processes.precision import alone
from propcheck.verdict import Fact, Number, Standing, weakest

BITS = 128
SMALLEST = 1e-6  # a root mean square below this is not followed, but raised
SMALL_SQUARE = 1e-10  # of g, below which it is raised
_RAISED = 8  # times at most: each finds about as many digits as a ball has
MOST_PIECES = 24  # of which a closed form can be read: those of a table are sums of hundreds of terms
WIDEST = 1e-12  # a wider enclosure carries a note
MOST_PANELS = 4000
FEW_PANELS = 150  # where a number in the formula is known by its ends alone
MOST_TURNS = 300
TIDY = 4  # terms that a fraction may have to be written as one
CORE = 8  # standard deviations that are cut into panels from the start
STEP = 1.5  # the ratio of neighbouring distances to a singular end
SQUARES = ("second_moment", "derivative_second_moment")
FIELDS = ("mean", "second_moment", "derivative_mean", "derivative_second_moment", "covariance", "pull")
_EVEN_VANISH = frozenset({"derivative_mean", "covariance"})
_ODD_VANISH = frozenset({"mean"})


@dataclass(frozen=True)
class Moments:
    """Gaussian integrals for z ~ N(0, q): E[g], E[g^2], Var g, E[g'], E[g'^2], E[z g] and E[z g g']."""

    mean: Number
    second_moment: Number
    variance: Number
    derivative_mean: Number
    derivative_second_moment: Number
    covariance: Number
    pull: Number
    balls: dict[str, arb]
    exact: dict[str, sp.Expr]


# --- the whole line --------------------------------------------------------------------------------------------------


def _regular(form: Form, place: arb) -> bool:
    """Is g analytic at this end of its piece?"""
    return all(c.is_finite() for c in series(form, place + arb(0, 2.0**-40), 3))


def _grid(lower: arb, upper: arb, deviation: float) -> list[arb]:
    """Where a stretch is cut at first: evenly in the core, doubling outside."""
    step = 2.0 ** round(math.log2(deviation))
    core = CORE * step
    marks = [k * step for k in range(-CORE, CORE + 1)]
    far = core
    while far < max(float(lower.abs_upper()), float(upper.abs_upper())):
        far *= 2
        marks += [far, -far]
    inner = [arb(mark) for mark in sorted(marks)]
    return [lower, *[mark for mark in inner if lower < mark < upper], upper]


def _cuts(form: Form, piece: Piece, ends: Sequence[End], deviation: float) -> list[tuple[Form, arb, arb]]:
    """The first panels of a piece, up to its two ends or up to where panels have to stop."""
    stops = {end.side: end.stop for end in ends}
    lower, upper = stops.get(-1, constant_ball(piece.lower)), stops.get(1, constant_ball(piece.upper))
    if not lower < upper:  # what is told of an end is told of all the piece
        return []
    cuts = _grid(lower, upper, deviation)
    for end in ends:
        if not end.place.is_infinite:
            gap = 2.0**-end.digits
            while gap < deviation / 2:
                gap *= STEP
                cuts.append(constant_ball(end.place) - end.side * arb(gap))
    kept = [lower]
    for cut in sorted(cuts, key=cmp_to_key(lambda one, two: -1 if one.mid() < two.mid() else 1)):
        if kept[-1] < cut < upper:
            kept.append(cut)
    return [(form, *pair) for pair in pairwise([*kept, upper])]


@lru_cache(maxsize=512)
def _integrals(pieces: tuple[Piece, ...], q: sp.Rational, halved: bool, most: int) -> tuple[arb | None, ...]:
    """The six integrals over the pieces: balls, +-oo where they diverge, NaN where they do not exist, None where open.

    `halved` takes the half line x > 0 alone. About `most` panels are laid.
    """
    if halved:
        pieces = tuple(
            Piece(sp.S.Zero, piece.upper, piece.expr, piece.removable) if precedes(piece.lower, sp.S.Zero) else piece
            for piece in pieces
            if precedes(sp.S.Zero, piece.upper)
        )
    forms = [compile_form(piece.expr, X, piece.removable) for piece in pieces]
    with ctx.workprec(BITS):
        ends = [ends_of(form, piece, q) for form, piece in zip(forms, pieces, strict=True)]
        more = max((more_bits(form, end) for form, pair in zip(forms, ends, strict=True) for end in pair), default=0)
    rests = [end.rest for pair in ends for end in pair]
    outcome = [_combined([rest[k] for rest in rests]) for k in range(len(POWERS))]
    wanted = {k: ball for k, ball in enumerate(outcome) if ball is not None and ball.is_finite()}
    if not wanted:
        return tuple(outcome)
    with ctx.workprec(BITS + more):
        deviation = float(q) ** 0.5
        todo = [panel for parts in zip(forms, pieces, ends, strict=True) for panel in _cuts(*parts, deviation)]
        sums = _refined(todo, constant_ball(q), wanted, most)
    return tuple((sums[k] if sums[k].is_finite() else None) if k in sums else ball for k, ball in enumerate(outcome))


def ends_of(form: Form, piece: Piece, q: sp.Rational) -> list[End]:
    """The ends of a piece that panels cannot reach."""
    out = []
    for place, side in ((piece.lower, -1), (piece.upper, 1)):
        if place.is_infinite:
            out.append(far_end(piece, side, q))
        elif not _regular(form, constant_ball(place)):
            out.append(singular_end(piece, place, side, q))
    return out


def _combined(rests: Sequence[arb | None]) -> arb | None:
    """The sum of what lies beyond the panels: finite, infinite, not existing (NaN) or open (None)."""
    decided = [rest for rest in rests if rest is not None]
    up, down = arb.pos_inf() in decided, arb.neg_inf() in decided
    if up and down:
        return arb.nan()
    if len(decided) < len(rests):
        return None
    return arb.pos_inf() if up else arb.neg_inf() if down else sum(decided, arb(0))


def _refined(todo: list[tuple[Form, arb, arb]], q: arb, rest: dict[int, arb], most: int) -> dict[int, arb]:
    """The integrals in `rest`, with what lies beyond the panels, cut until the goal is met or the budget is spent.

    Where a sum is not finite yet, the size to hold errors against is not known: the panels that make it so are cut.
    """
    done: list[tuple[Form, arb, arb, list[arb]]] = []
    for turn in count(1):
        done += [(form, lower, upper, on_panel(form, lower, upper, q)) for form, lower, upper in todo]
        sums = {k: sum((found[k] for *_, found in done), start) for k, start in rest.items()}
        goals = _goals(sums)
        late = [k for k, ball in sums.items() if not (ball.is_finite() and ball.rad() <= goals[k])]
        if not late or len(done) > most or turn == MOST_TURNS:
            break
        share = 1.0 / (2 * len(done))
        keep, todo = [], []
        for entry in done:
            form, lower, upper, found = entry
            if all(found[k].is_finite() and found[k].rad() <= share * goals[k] for k in late):
                keep.append(entry)
                continue
            middle = ((lower + upper) / 2).mid()
            todo += [(form, lower, middle), (form, middle, upper)]
        if not todo:
            break
        done = keep
    return sums


def _goals(sums: Mapping[int, arb]) -> dict[int, arb]:
    """The radius to reach for each integral; the moments of a small g are to be divided by its second moment.

    They are no doubles, which end where the squares of exponentials do not.
    """
    sizes = {k: abs(ball.mid()) if ball.is_finite() else arb.pos_inf() for k, ball in sums.items()}
    out = {k: GOAL * (size if size > 1 else arb(1)) for k, size in sizes.items()}
    second = FIELDS.index("second_moment")
    if second in sums:
        size = max(SMALLEST, min(1.0, _middle(sums[second]) ** 0.5))
        for name, power in (("mean", 1), ("covariance", 1), ("second_moment", 2), ("pull", 2)):
            k = FIELDS.index(name)
            if k in out:
                out[k] *= size**power
    return out


def _middle(ball: arb) -> float:
    return abs(float(ball.mid())) if ball.is_finite() else 1.0


def _at_its_size(
    pieces: tuple[Piece, ...], q: sp.Rational, halved: bool, most: int = MOST_PANELS
) -> tuple[arb | None, ...]:
    """The six integrals; of a small g those of 2**up times g, of a size near 1, so that each has digits of its own."""
    if any(piece.expr.has(AnyNumber) for piece in pieces):
        most = min(most, FEW_PANELS)
    found = _integrals(pieces, q, halved, most)
    up = 0
    for _ in range(_RAISED):
        second = found[POWERS.index((0, 2, 0))]
        if second is None or not second.is_finite() or not 0 < second.upper() < SMALL_SQUARE:
            break
        with ctx.workprec(BITS):
            up += max(1, int((-second.upper().log() / arb(2).log() / 2).floor().mid().fmpq().p))
        larger = tuple(replace(piece, expr=2**up * piece.expr) for piece in pieces)
        with ctx.workprec(BITS):
            again = _integrals(larger, q, halved, most)
            found = tuple(
                None if ball is None else ball if not ball.is_finite() else ball * arb(2) ** (-up * (k + m))
                for ball, (_, k, m) in zip(again, POWERS, strict=True)
            )
        second = again[POWERS.index((0, 2, 0))]
        if second is None or not second.upper() < SMALL_SQUARE:
            break
    return found


# --- numbers ---------------------------------------------------------------------------------------------------------


def moments(
    pieces: Sequence[Piece], q: sp.Expr | int = 1, parity: str = "none", beyond: Mapping[str, arb] | None = None
) -> Moments:
    """The Gaussian integrals of g for z ~ N(0, q), with q a positive rational; `parity` is that of g, where known.

    Where the pieces are those of a window, 0 beside it, `beyond` bounds what each integral has outside of it.
    """
    pieces, q = tuple(pieces), sp.Rational(q)
    if not pieces:
        raise Undecided("no pieces to integrate over")
    gap = gap_in(pieces)
    if gap:
        return _all_missing(Number.missing(gap, Standing.PROVED))
    try:
        found = _at_its_size(pieces, q, parity in ("odd", "even"))
    except Undecided as reason:
        return _all_missing(Number.missing(str(reason)))
    balls = {name: _unfolded(ball, name, parity) for name, ball in zip(FIELDS, found, strict=True)}
    if beyond is not None:
        balls = {name: with_rest(ball, beyond[name], name in SQUARES) for name, ball in balls.items()}
    exact = _exact_forms(pieces if beyond is None else (), q, parity, balls)
    numbers = {name: _number(balls[name], exact.get(name)) for name in FIELDS}
    numbers |= {name: confined(numbers[name], 0.0) for name in SQUARES}
    with ctx.workprec(BITS):
        variance, spread = _variance(numbers, balls, exact)
    known = {name: ball for name, ball in (balls | {"variance": spread}).items() if ball is not None}
    return Moments(variance=variance, balls=known, exact=exact, **numbers)


def _all_missing(number: Number) -> Moments:
    return Moments(**dict.fromkeys((*FIELDS, "variance"), number), balls={}, exact={})


def gap_in(pieces: Sequence[Piece]) -> str:
    """Where g is not defined on an interval, a sentence that says so."""
    ends = [-sp.oo, *[end for piece in pieces for end in (piece.lower, piece.upper)], sp.oo]
    for left, right in zip(ends[::2], ends[1::2], strict=True):
        if left != right:
            return f"g is not defined between {left} and {right}"
    return ""


def _unfolded(ball: arb | None, name: str, parity: str) -> arb | None:
    """The integral over the whole line from that over x > 0, by symmetry."""
    if parity not in ("odd", "even") or ball is None:
        return ball
    if name in (_ODD_VANISH if parity == "odd" else _EVEN_VANISH):
        return arb(0) if ball.is_finite() else arb.nan()
    return 2 * ball


def _number(ball: arb | None, exact: sp.Expr | None = None) -> Number:
    if ball is None:
        return Number.missing("neither enclosed nor shown to diverge")
    if ball.is_nan():
        return Number.missing("the integral does not exist: it diverges with both signs", Standing.PROVED)
    if ball == arb.pos_inf():
        return INFINITY
    if ball == arb.neg_inf():
        return MINUS_INFINITY
    if exact is not None and exact.has(AnyNumber):
        number, seen = exact_number(exact), to_number(ball)
        assert number.lower is not None and number.upper is not None
        if not seen.known or seen.lower is None or seen.upper is None:
            return number
        return replace(number, lower=max(number.lower, seen.lower), upper=min(number.upper, seen.upper))
    if exact is not None:
        return exact_number(exact)
    number = to_number(ball)
    if not number.known:
        return number
    if 2 * ball.rad() > max(1.0, _middle(ball)):
        return Number.missing(f"enclosed between {number.lower:.3g} and {number.upper:.3g}, which tells nothing")
    if 2 * ball.rad() > WIDEST * max(1.0, _middle(ball)):
        return replace(number, note="a wide enclosure")
    return number


def _quotient(above: arb, under: arb) -> Number:
    if under.contains(0):
        return Number.missing(f"the enclosure of the divisor reaches from {under.lower()} to {under.upper()}")
    return _number(above / under)


def _infinite(number: Number) -> bool:
    return number.lower == number.upper and number.lower in (math.inf, -math.inf)


def _exact_forms(
    pieces: Sequence[Piece], q: sp.Rational, parity: str, balls: Mapping[str, arb | None]
) -> dict[str, sp.Expr]:
    """Exact values of the integrals that have a closed form; each lies in the enclosure, or it is left out."""
    found: dict[str, sp.Expr | None] = {}
    if q == 1 and 0 < len(pieces) <= MOST_PIECES:
        exact = closed_form.integrals([(piece.lower, piece.upper, piece.expr) for piece in pieces])
        found = {name: getattr(exact, name) for name in FIELDS}
    if parity in ("odd", "even"):
        found |= dict.fromkeys(_ODD_VANISH if parity == "odd" else _EVEN_VANISH, sp.S.Zero)
    elif len(pieces) == 1:
        found |= {name: value for name, value in _by_symmetry(pieces[0], q, balls).items() if found.get(name) is None}
    return {name: value for name, value in found.items() if value is not None and _inside(value, balls[name])}


def _inside(value: sp.Expr, ball: arb | None) -> bool:
    with ctx.workprec(160):
        inner = constant_ball(value)
        return ball is not None and ball.is_finite() and inner.is_finite() and ball.overlaps(inner)


def _by_symmetry(piece: Piece, q: sp.Rational, balls: Mapping[str, arb | None]) -> dict[str, sp.Expr]:
    """Exact means where g or g' is a constant plus an odd function: E[g] = g(0), E[g'] = g'(0), E[z g] = q g'(0)."""
    out: dict[str, sp.Expr] = {}
    for name, expr in (("mean", piece.expr), ("derivative_mean", piece.derivative())):
        if any(point.is_zero for point in piece.removable):
            continue
        middle = expr.subs(X, 0)
        if _inside(middle, balls[name]) and is_zero(expr + expr.subs(X, -X) - 2 * middle):
            out[name] = middle
            if name == "derivative_mean":
                out["covariance"] = q * middle
    return out


def _variance(
    numbers: Mapping[str, Number], balls: Mapping[str, arb | None], exact: dict[str, sp.Expr]
) -> tuple[Number, arb | None]:
    mean, second = numbers["mean"], numbers["second_moment"]
    if not mean.known:
        return mean, None
    if _infinite(mean):
        return Number.missing("the mean is infinite", Standing.PROVED), None
    if not second.known or _infinite(second):
        return second, None
    if "mean" in exact and "second_moment" in exact:
        exact["variance"] = sp.expand(exact["second_moment"] - exact["mean"] ** 2)
        return confined(exact_number(exact["variance"]), 0.0), accurate_ball(exact["variance"])
    above, middle = balls["second_moment"], balls["mean"]
    assert above is not None and middle is not None
    return confined(_number(above - middle * middle), 0.0), above - middle * middle


# --- facts -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
@alone
def enclosed(activation: Activation, q: sp.Rational) -> Moments:
    """The moments at q in ball arithmetic."""
    if activation.trouble:
        if activation.periods is not None and (gap := gap_in(padded(activation.periods))):
            return _all_missing(Number.missing(gap, Standing.PROVED))
        near = window(activation, q)
        return moments(padded(near), q, known_parity(activation), beyond(activation, q))
    return moments(activation.pieces, q, known_parity(activation))


def roughly(activation: Activation, q: sp.Rational, panels: int) -> dict[str, arb]:
    """The balls of the integrals at q, without closed forms; wide where more panels than these are needed."""
    if activation.trouble:
        return {}
    parity = known_parity(activation)
    try:
        found = _at_its_size(activation.pieces, q, parity in ("odd", "even"), panels)
    except Undecided:
        return {}
    balls = {name: _unfolded(ball, name, parity) for name, ball in zip(FIELDS, found, strict=True)}
    return {name: ball for name, ball in balls.items() if ball is not None}


def known_parity(activation: Activation) -> str:
    """The parity, `none` where it is not decided."""
    try:
        return symmetry(activation)
    except Undecided:
        return "none"


def find(activation: Activation) -> Fact:
    """Mean, second moment and variance of g(z) and the like of g'(z), z ~ N(0, 1), and the elasticity E[z g g']/E[g^2].

    The moments of g' are those of the pointwise derivative: a jump of g adds nothing to them. Of a random activation
    they are the moments of its mean function.
    """
    found = enclosed(activation, sp.S.One)
    numbers = {name: getattr(found, name) for name in FIELDS[:2]}
    numbers["variance"] = found.variance
    numbers |= {name: getattr(found, name) for name in FIELDS[2:4]}
    numbers["elasticity"] = _elasticity(found)
    return Fact("gaussian", weakest(*(number.standing for number in numbers.values())), numbers)


def _elasticity(found: Moments) -> Number:
    second = found.second_moment
    if _infinite(second):
        return Number.missing("E[g^2] is infinite", Standing.PROVED)
    if second.value == second.upper == 0.0:
        return Number.missing("g is zero", Standing.PROVED)
    if not (second.known and found.pull.known):
        return found.pull if second.known else second
    if _infinite(found.pull):
        return found.pull
    exact = found.exact
    if "pull" in exact and "second_moment" in exact:
        try:
            return exact_number(ratio_of(exact["pull"], exact["second_moment"]))
        except Undecided as reason:
            return Number.missing(str(reason))
    with ctx.workprec(BITS):
        return _quotient(found.balls["pull"], found.balls["second_moment"])


def ratio_of(above: sp.Expr, under: sp.Expr) -> sp.Expr:
    """The quotient, as one fraction where that is cheap."""
    ratio = above / under
    return sp.together(ratio) if len(sp.Add.make_args(above)) + len(sp.Add.make_args(under)) <= TIDY else ratio


@lru_cache(maxsize=512)
def nonlinearity(activation: Activation) -> Number:
    """1 - Cov(z, g(z))^2 / Var g(z): the share of the output's variance that no line explains."""
    found = enclosed(activation, sp.S.One)
    covariance, variance = found.covariance, found.variance
    if not (covariance.known and variance.known):
        return variance if not variance.known else covariance
    if _infinite(variance) or _infinite(covariance):
        return Number.missing("the variance is infinite", Standing.PROVED)
    exact = found.exact
    with ctx.workprec(BITS):
        explained, spread = found.balls["covariance"] * found.balls["covariance"], found.balls["variance"]
        doubtful, affine_in_doubt = spread.contains(0), (spread - explained).contains(0)
    if activation.trouble and (doubtful or affine_in_doubt):
        return Number.missing("the enclosure of the variance does not tell it from 0, or from that of a line")
    constant = doubtful and all(piece.is_zero(piece.derivative()) for piece in activation.pieces)
    if exact.get("variance") == 0:
        return Number.missing("a constant has no variance to explain", Standing.PROVED)
    if affine_in_doubt and affine(activation)["value"]:
        return (
            Number.missing("a constant has no variance to explain", Standing.PROVED)
            if constant
            else exact_number(sp.S.Zero)
        )
    if exact.get("covariance") == 0 and (
        not doubtful or any(piece.is_zero(piece.derivative()) is False for piece in activation.pieces)
    ):
        return exact_number(sp.S.One)
    if "covariance" in exact and "variance" in exact:
        return confined(exact_number(1 - ratio_of(exact["covariance"] ** 2, exact["variance"])), 0.0, 1.0)
    with ctx.workprec(BITS):
        return confined(_quotient(spread - explained, spread), 0.0, 1.0)


def noise(activation: Activation) -> Fact | None:
    """The mean and variance functions of a random activation, and the variance that is to be expected."""
    if activation.noise is None:
        return None
    expected = moments(activation.noise.variance_pieces).mean
    texts = {"mean": show(activation.noise.mean), "variance": show(activation.noise.variance)}
    return Fact("noise", expected.standing, texts | {"expected_variance": expected})

"""Critical initialisations: where chi_1 = 1 at a fixed point, so that gradients keep their mean square.

At the fixed point q this needs w = 1/E[g'^2] and b = q - E[g^2]/E[g'^2], which is a curve in q, the edge of chaos,
where b >= 0. On it chi_parallel = E[x g g']/(q E[g'^2]) = 1 + E[g g'']/E[g'^2]; where that is 1 too, lengths are
marginal as well. As q -> 0 the curve ends at w = 2/(l^2 + r^2), b = 0, with the slopes l and r of g beside 0, if
g(0) = 0. Where g(c x) = c g(x) for c > 0, this one point keeps every q.

How small distances d(l) die away at layer l on the edge: a map d -> d (1 - k d^a) gives d(l) ~ (a k l)^(-1/a).
(Roberts, Yaida and Hanin 2022, arXiv 2106.10165, chapter 5; Hayou et al. 2019, arXiv 1902.06853.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.criticality import criticality
from propcheck.analysis.gaussian import BITS, Moments, enclosed
from propcheck.analysis.scale import Scale, at_scale, scale_of
from propcheck.analysis.window import pieces_near
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import exact_number, to_number
from propcheck.meanfield.absence import Bending, bending_of, unmarginal_end, witness
from propcheck.meanfield.fixed_points import depth_scale, roots, stability
from propcheck.meanfield.law import Law, power
from propcheck.meanfield.line import REACHES
from propcheck.meanfield.maps import TINY, Maps, maps
from propcheck.meanfield.point import NEEDED, Critical, Stretch, sign_of
from propcheck.meanfield.taylor import beside
from propcheck.pieces.piece import piece_beside
from propcheck.pieces.values import limit
from propcheck.processes.precision import alone
from propcheck.verdict import Fact, Number, Standing, plain, weakest

WIDTHS = tuple(sp.Rational(1, 10**k) for k in (11, 9, 7))  # relative half widths at which a sign change is shown
EDGE_NOISE = 1e-12  # of b/q on the curve
SEEN = 1e-12  # of V(q)/q - 1, where only its sign in the table tells
TERMS = 16  # Taylor coefficients beside 0
NEARLY = 1.05  # times the least that may be lost on the edge, where q = 1 is taken


@dataclass(frozen=True)
class Edge:
    """The edge of chaos of one activation, and the points on it that stand out.

    `none` is the proof that there is no critical initialisation; empty where there is one, and where none was found in
    `searched` without a proof that there is none elsewhere. `standing` is that of the answer.
    `unmarginal` is the reason why there is none at which lengths are marginal too, `moves_away` the proof that lengths
    move away from every critical point with q > 0.
    """

    stretches: tuple[Stretch, ...]
    points: tuple[Critical, ...]
    none: str
    unmarginal: str
    standing: Standing
    unmarginal_standing: Standing
    searched: tuple[float, float]
    moves_away: str = ""

    @property
    def exists(self) -> bool | None:
        return True if self.points or self.stretches else False if self.none else None

    def carried(self, scale: Scale) -> Edge:
        """The edge of h as that of outer h(inner x)."""
        low, high = (q / float(scale.squares) for q in self.searched)
        return replace(
            self,
            stretches=tuple(stretch.carried(scale) for stretch in self.stretches),
            points=tuple(point.carried(scale) for point in self.points),
            searched=(low, high),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "exists": self.exists,
            "none": self.none or None,
            "standing": self.standing.value,
            "points": [point.to_json() for point in self.points],
            "no_marginal_point": self.unmarginal or None,
            "no_marginal_point_standing": self.unmarginal_standing.value if self.unmarginal else None,
            "curve": [stretch.to_json() for stretch in self.stretches],
            "searched": plain(self.searched),
        }


# --- the curve -------------------------------------------------------------------------------------------------------


def on_edge(maps: Maps, q: float) -> tuple[float, float, float]:
    """(w, b, chi_parallel) at which q is a fixed point with chi_1 = 1; b < 0 where there is none."""
    second, slope, pull = maps.moments(q)[:3].tolist()
    if not slope > TINY or not all(map(math.isfinite, (second, slope, pull))):
        return math.nan, math.nan, math.nan
    return 1 / slope, q - second / slope, pull / (q * slope)


@lru_cache(maxsize=256)
@alone
def edge(activation: Activation) -> Edge:
    """The edge of chaos over the range of the table, its end q -> 0, and the marginal points on it."""
    scale = scale_of(activation)
    if not scale.plain:
        return edge(at_scale(activation, scale)).carried(scale)
    fact = _known(activation)
    if fact["exists"] is False and (activation.pieces or activation.trouble) and not activation.undefined:
        return Edge((), (), fact.note, fact.note, fact.standing, fact.standing, (0.0, math.inf))
    here = maps(activation)
    qs, moments = here.table
    searched = float(qs[0]), float(qs[-1])
    if here.homogeneous:
        return _homogeneous(activation, here, searched)
    with np.errstate(all="ignore"):
        w, b, parallel = _curve(qs, moments)
    points: list[Critical] = []
    at_zero = _vanishing(here)
    if at_zero is not None:
        points.append(at_zero)
    sides = {np.sign(v) for v in (parallel - 1)[np.abs(parallel - 1) > EDGE_NOISE]}
    bending = Bending(None) if len(sides) > 1 else bending_of(activation)
    stretches = tuple(_stretches(here, qs, w, b, parallel))
    if bending.always == 0:
        points += [_point(activation, here, _middle(stretches), "marginal")] if stretches else []
    elif bending.always is None:
        marginal = roots(lambda q: on_edge(here, q)[2] - 1, qs, parallel - 1, EDGE_NOISE)
        points += [_point(activation, here, q, "marginal") for q in marginal if on_edge(here, q)[1] >= 0]
    if not (stretches or points):
        points += witness(fact, activation)
    standing = weakest(*(point.standing for point in points)) if points else Standing.OPEN
    if stretches and not points:
        standing = fact.standing if fact["exists"] else Standing.COMPUTED
    if stretches and not any(point.usable and not point.length.fast for point in points):
        points.append(_point(activation, here, _middle(stretches), "edge"))  # a steadier one than points hold so far
    unmarginal, sure = unmarginal_end(bending, points, standing, searched)
    away = unmarginal if bending.always == 1 else ""
    return Edge(stretches, tuple(points), "", unmarginal, standing, sure, searched, away)


def _known(activation: Activation) -> Fact:
    """What is shown of criticality over all q, without a table."""
    try:
        return criticality(activation)
    except Undecided as reason:
        return Fact("criticality", Standing.OPEN, {"exists": None}, str(reason))


def _curve(qs: np.ndarray, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    second, slope, pull = moments[:3]
    good = np.isfinite(moments[:3]).all(0) & (slope > TINY)
    slope = np.where(good, slope, np.nan)
    return 1 / slope, qs - second / slope, pull / (qs * slope)


def _homogeneous(activation: Activation, here: Maps, searched: tuple[float, float]) -> Edge:
    fact = criticality(activation)
    if not fact["exists"] or here.slope_square is None:
        return Edge((), (), fact.note, fact.note, fact.standing, fact.standing, searched)
    if not 0 < here.slope_square * TINY < math.inf:
        raise Undecided(f"E[g'^2] = {here.slope_square:g} lies beyond what floating point holds")
    law = _correlation_law(here, 1.0, 1 / here.slope_square)
    point = Critical("every length", fact["q"], fact["sigma_w2"], fact["sigma_b2"], 1.0, "marginal", Law("kept"), law)
    return Edge((), (point,), "", "", fact.standing, fact.standing, searched)


def _stretches(here: Maps, qs: np.ndarray, w: np.ndarray, b: np.ndarray, parallel: np.ndarray) -> list[Stretch]:
    """The runs of the grid where b >= 0, their ends refined."""
    inside = np.isfinite(b) & (b > EDGE_NOISE * qs)
    crossings = list(roots(lambda q: on_edge(here, q)[1] / q, qs, b / qs))
    out = []
    start = None
    for k in range(len(qs) + 1):
        good = k < len(qs) and bool(inside[k])
        if good and start is None:
            start = k
        elif not good and start is not None:
            low = [q for q in crossings if (qs[start - 1] if start else 0) <= q <= qs[start]]
            high = [q for q in crossings if qs[k - 1] <= q <= (qs[k] if k < len(qs) else math.inf)]
            samples = sorted({*low[-1:], *qs[start:k].tolist(), *high[:1]})
            rows = [(q, *on_edge(here, q)) for q in samples]
            out.append(
                Stretch(
                    *(tuple(max(0.0, v) if n == 2 else v for v in col) for n, col in enumerate(zip(*rows, strict=True)))
                )
            )
            start = None
    return out


def _middle(stretches: Sequence[Stretch]) -> float:
    """The q on the edge at which signals are kept best, and not an end: the same in every unit of x.

    Two things take from what a layer tells of its inputs: lengths that settle slowly, by abs chi_parallel, and the
    share that the biases have in the pre-activations, b/q at rest and b/(w + b) in a first layer whose inputs have a
    mean square of 1. The sum of the first and of the larger of the others is least there; where 1 does nearly as well,
    it is.
    """
    rows = [list(zip(s.q, s.sigma_w2, s.sigma_b2, s.chi_parallel, strict=True)) for s in stretches]
    inner = [row for own in rows for row in own[1:-1]] or [row for own in rows for row in own]
    steady = [row for row in inner if abs(row[3]) < 1 - 1e-6] or inner

    def lost(row: tuple[float, ...]) -> float:
        return abs(row[3]) + row[2] / min(row[0], row[1] + row[2])

    least = min(steady, key=lost)
    beside = min(steady, key=lambda row: abs(math.log(row[0])))
    passed = any(s.q[0] < 0.9 and s.q[-1] > 1.1 for s in stretches) and abs(beside[0] - 1) < 0.03  # so fine is the grid
    return 1.0 if passed and lost(beside) <= NEARLY * lost(least) else _rounded(least[0], stretches)


def _rounded(q: float, stretches: Sequence[Stretch]) -> float:
    """q in three digits, where that is on the edge still."""
    short = float(f"{q:.3g}")
    return short if any(s.q[0] < short < s.q[-1] for s in stretches) else q


# --- points ----------------------------------------------------------------------------------------------------------


def _point(activation: Activation, here: Maps, q: float, kind: str) -> Critical:
    w, b, parallel = on_edge(here, q)
    if kind == "marginal":
        numbers = _enclosed(activation, here, q, lambda at, m: m["pull"] - at * m["derivative_second_moment"])
        slope = here.slopes(q)[2] / q - here.moments(q)[2] / q**2
        curvature = w * float(slope)  # V''
        length = Law("half", None, 1.0, -2 / curvature) if curvature else Law("slower")
    else:
        numbers = _given(activation, here, q)
        scale = depth_scale(parallel)
        length = Law("grows") if scale is None else Law("exponential", scale)
    steady = "half-stable" if length.kind == "half" else stability(parallel)
    return Critical(
        kind, *numbers, 1.0 if kind == "marginal" else parallel, steady, length, _correlation_law(here, q, w)
    )


@alone
def edge_at_biases(activation: Activation, b: float) -> tuple[Critical, ...]:
    """The points of the edge at a given variance of the biases."""
    scale = scale_of(activation)
    if not scale.plain:
        found = edge_at_biases(at_scale(activation, scale), b * float(scale.squares))
        given = Number(b, b, b, str(sp.Rational(str(b))), Standing.PROVED)
        return tuple(replace(point.carried(scale), sigma_b2=given) for point in found)
    here = maps(activation)
    if b == 0 and here.homogeneous:
        return edge(activation).points
    qs, moments = here.table
    with np.errstate(all="ignore"):
        along = _curve(qs, moments)[1]
    goal = sp.Rational(str(b))

    def difference(at: arb, m: dict[str, arb]) -> arb:
        return (at - rational_ball(goal)) * m["derivative_second_moment"] - m["second_moment"]

    found = []
    for q in roots(lambda q: (on_edge(here, q)[1] - b) / q, qs, (along - b) / qs):
        made = _point(activation, here, q, "edge")
        where, weights, _ = _enclosed(activation, here, q, difference)
        found.append(replace(made, q=where, sigma_w2=weights, sigma_b2=Number(b, b, b, str(goal), Standing.PROVED)))
    zero = _vanishing(here) if b == 0 else None
    return tuple([zero, *found] if zero is not None else found)


@alone
def edge_at_weights(activation: Activation, w: float) -> tuple[Critical, ...]:
    """The points of the edge at a given variance of the weights."""
    scale = scale_of(activation)
    if not scale.plain:
        found = edge_at_weights(at_scale(activation, scale), w * float(scale.weights))
        return tuple(point.carried(scale) for point in found)
    here = maps(activation)
    qs, moments = here.table
    if here.homogeneous:
        return tuple(p for p in edge(activation).points if abs((p.sigma_w2.value or 0) - w) <= 1e-12 * w)
    with np.errstate(all="ignore"):
        along = _curve(qs, moments)[0]
    found = roots(lambda q: on_edge(here, q)[0] / w - 1, qs, along / w - 1)
    return tuple(_point(activation, here, q, "edge") for q in found if on_edge(here, q)[1] >= 0)


Balls = dict[str, arb]
Numbers = tuple[Number, Number, Number]


def _computed(here: Maps, q: float) -> Numbers:
    """(q, w, b) with the error that is to be expected."""
    w, b, _ = on_edge(here, q)
    second, slope = here.error(q)[:2].tolist()

    def number(value: float, error: float) -> Number:
        return Number(value, value - error, value + error, None, Standing.COMPUTED)

    apart = (q - b) * (second + slope)
    return number(q, 1e-9 * q), number(w, w * slope), number(max(0.0, b), apart)


def _given(activation: Activation, here: Maps, q: float) -> Numbers:
    """(q, w, b) at a q that was chosen: enclosed at exactly this number."""
    exact = sp.Rational(q)
    found = _balls(activation, here, exact)
    if found is None:
        return _computed(here, q)
    with ctx.workprec(BITS):
        w = 1 / found["derivative_second_moment"]
        return (
            Number(q, q, q, None, Standing.PROVED),
            to_number(w),
            to_number(constant_ball(exact) - found["second_moment"] * w),
        )


def _enclosed(activation: Activation, here: Maps, q: float, balance: Callable[[arb, Balls], arb]) -> Numbers:
    """(q, w, b) at the zero of `balance` near q: enclosed where ball arithmetic shows a change of sign.

    Between the two ends moments of F >= 0 are bounded too: sqrt(q) times the density at x grows with q, so that
    sqrt(q) E[F] does.
    """
    for width in WIDTHS:
        low, high = (sp.Rational(q) * (1 + side * width) for side in (-1, 1))
        one, two = (_balls(activation, here, end) for end in (low, high))
        if one is None or two is None:
            break
        with ctx.workprec(BITS):
            sides = [sign_of(balance(rational_ball(at), m)) for at, m in ((low, one), (high, two))]
            if sides[0] * sides[1] >= 0:
                continue
            stretch = (rational_ball(high) / rational_ball(low)).sqrt()
            bounds = {name: (one[name] / stretch).union(two[name] * stretch) for name in NEEDED[:2]}
            place = rational_ball(low).union(rational_ball(high))
            w = 1 / bounds["derivative_second_moment"]
            return to_number(place), to_number(w), to_number(place - bounds["second_moment"] * w)
    return _computed(here, q)


def _balls(activation: Activation, here: Maps, q: sp.Rational) -> Balls | None:
    if here.broken:
        return None
    found: Moments = enclosed(activation, q)
    balls = {name: found.balls[name] for name in NEEDED if name in found.balls and found.balls[name].is_finite()}
    return balls if len(balls) == len(NEEDED) else None


# --- laws ------------------------------------------------------------------------------------------------------------


def _vanishing(here: Maps) -> Critical | None:
    """The end of the edge at q -> 0, b = 0."""
    if not here.through_zero or not here.slope_square:
        return None
    length = _length_law(here)
    zero = Number(0.0, 0.0, 0.0, "0", Standing.PROVED)
    steady = "unstable" if length.kind == "grows" else "marginal"
    weights = _slopes(here)
    return Critical("vanishing length", zero, weights, zero, 1.0, steady, length, None)


def _length_law(here: Maps) -> Law:
    """How lengths near 0 fall.

    V(q)/q is 1 + the sum of c_n q^((n - 2)/2) from n = 3, with c_n from the coefficients of x^n in g^2 on both sides of
    0. The first that is not 0 decides.
    """
    pieces = pieces_near(here.activation, int(REACHES[0]))
    sides = [(piece, side) for side in (-1, 1) if (piece := piece_beside(pieces, sp.S.Zero, side)) is not None]
    if all(piece.is_zero(piece.derivative(2)) for piece, _ in sides):
        falls = _falls(here)
        return Law("kept" if falls is None else "slower" if falls else "grows")
    series = [(beside(piece, sp.S.Zero, side, TERMS), side) for piece, side in sides]
    with ctx.workprec(BITS):
        start = sum((a[1] ** 2 for a, _ in series), arb(0))
        for n in range(3, min(len(a) for a, _ in series) + 1):
            both = sum((side**n * sum((a[k] * a[n - k] for k in range(1, n)), arb(0)) for a, side in series), arb(0))
            if not both.contains(0):
                moment = arb(2) ** (arb(n) / 2) * (arb(n + 1) / 2).gamma() / arb.pi().sqrt()  # E[abs(z)^n]
                change = float((moment * both / start).mid())  # a half of it on each side, and w = 2/start
                return power((n - 2) / 2, -change) if change < 0 else Law("grows")
    falls = _falls(here)
    return Law("kept" if falls is None else "unknown" if falls else "grows")


def _falls(here: Maps) -> bool | None:
    """Is V(q) < q at the least q where they are seen to differ? None where they are not."""
    assert here.slope_square is not None
    qs, moments = here.table
    with np.errstate(all="ignore"):
        excess = moments[0] / here.slope_square / qs - 1
    seen = excess[np.isfinite(excess) & (np.abs(excess) > SEEN)]
    return None if not seen.size else bool(seen[0] < 0)


def _slopes(here: Maps) -> Number:
    """The weight variance of the limit q -> 0, exact where the slopes are."""
    fact = criticality(here.activation)
    if fact["exists"] and fact["q"].value == 0.0:
        return fact["sigma_w2"]
    pieces = [piece_beside(pieces_near(here.activation, int(REACHES[0])), sp.S.Zero, side) for side in (-1, 1)]
    try:
        slopes = [
            limit(piece.derivative(), sp.S.Zero, side) for piece, side in zip(pieces, (-1, 1), strict=True) if piece
        ]
        return exact_number(2 / sp.expand(slopes[0] ** 2 + slopes[1] ** 2))
    except Undecided:
        pass
    assert here.slope_square is not None
    w = 1 / here.slope_square
    return Number(w, w * (1 - 1e-14), w * (1 + 1e-14), None, Standing.COMPUTED)


def _correlation_law(here: Maps, q: float, w: float) -> Law | None:
    """How 1 - c dies away on the edge, with lengths at rest at q.

    Near c = 1 the slope falls below 1 by w sum (jump of g')^2 p(kink) sqrt(q (1 - c)/pi), from the kinks, and where
    there are none by w q E[g''^2] (1 - c).
    """
    if here.broken or any(math.isnan(j.slope) for j in here.jumps):
        return None
    kinks = sum(j.slope**2 * math.exp(-(j.at**2) / (2 * q)) / math.sqrt(2 * math.pi * q) for j in here.jumps)
    if kinks > 0:
        return power(0.5, 2 / 3 * w * kinks * math.sqrt(q / math.pi))
    if not _bounded_bend(here.activation):
        return None
    bend = here.bend(q)
    if bend == 0:
        return Law("kept")
    return power(1.0, w * q * bend / 2)


@lru_cache(maxsize=256)
def _bounded_bend(activation: Activation) -> bool:
    """Is g'' shown to be bounded beside each breakpoint? E[g''^2] may be infinite where it is not."""
    neighbours = pairwise(pieces_near(activation, int(REACHES[0])))
    places = [(piece, right.lower, side) for left, right in neighbours for piece, side in ((left, -1), (right, 1))]
    return all(len(beside(piece, end, side, 3)) == 3 for piece, end, side in places)

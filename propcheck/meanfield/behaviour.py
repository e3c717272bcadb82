"""The edge of chaos as a fact: is there a critical initialisation at which lengths stay, and what happens there?

`lengths_stay` says whether the mean square q of the pre-activations comes to rest at the critical point, or stays near
it for long: where it moves away, gradients keep their size in the first layers only. That they stay is enclosed where
ball arithmetic shows a point of the edge with abs chi_parallel below 1, whichever point is recommended; that they do at
none is said where chi_parallel is shown to be above 1 at every q.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp
from flint import ctx

from propcheck.activation import Activation
from propcheck.analysis.criticality import criticality
from propcheck.analysis.gaussian import BITS, enclosed
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.meanfield.critical import Edge, edge
from propcheck.meanfield.fixed_points import NOISE
from propcheck.meanfield.law import Law
from propcheck.meanfield.point import DIGITS, Critical, short
from propcheck.meanfield.recommend import best
from propcheck.verdict import Fact, InputError, Standing, weakest

KEY = "edge_of_chaos"
_ABSENT: Mapping[str, Any] = dict.fromkeys(("q", "sigma_w2", "sigma_b2", "chi_parallel", "length", "correlation"))


def edge_of_chaos(activation: Activation) -> Fact:
    """The critical initialisation to prefer, or why there is none.

    `kind` is that of the point (`every length`, `vanishing length`, `marginal`, `edge`), or `none`; where lengths stay
    at no point, the first stands for all. `length` and `correlation` say how distances to q and to c = 1 die away.
    """
    known = criticality(activation)
    if known["exists"] is False:
        return Fact(KEY, known.standing, {"kind": "none", "lengths_stay": False, **_ABSENT}, known.note)
    try:
        border = edge(activation)
    except InputError as reason:
        raise Undecided(str(reason)) from reason
    chosen = best(border)
    point = chosen or next(iter(border.points), None)
    low, high = border.searched
    if point is None:
        raise Undecided(f"no critical point was found at q in [{low:g}, {high:g}], nor a proof that there is none")
    if chosen is None and not border.moves_away:
        raise Undecided(f"no critical point was found at q in [{low:g}, {high:g}] at which lengths stay")
    fields = {
        "kind": point.kind,
        "lengths_stay": chosen is not None,
        "q": short(point.q),
        "sigma_w2": short(point.sigma_w2),
        "sigma_b2": short(point.sigma_b2),
        "chi_parallel": float(f"{point.chi_parallel:.{DIGITS}g}") if abs(point.chi_parallel) > NOISE else 0.0,
        "length": _told(point.length),
        "correlation": None if point.correlation is None else _told(point.correlation),
    }
    return Fact(KEY, _standing(activation, border, point), fields, border.unmarginal)


def _standing(activation: Activation, border: Edge, point: Critical) -> Standing:
    """How surely lengths stay, or do not."""
    if point.kind == "every length":
        return point.standing
    if border.moves_away and all(p.kind == "edge" for p in border.points):
        return point.standing
    if any(p.usable for p in border.points) and _steady(activation, border):
        return weakest(point.standing, Standing.ENCLOSED)
    return Standing.COMPUTED


def _steady(activation: Activation, border: Edge) -> bool:
    """Is abs chi_parallel < 1 at some point of the edge with biases, shown in ball arithmetic?

    A point that is chosen is one whose integrals are enclosed already.
    """
    edges = [p for p in border.points if p.kind == "edge" and abs(p.chi_parallel) < 1 - 1e-6]
    chosen = [p.q.value for p in edges if p.q.value is not None]
    rows = [row for s in border.stretches for row in zip(s.chi_parallel, s.q, strict=True)]
    steady = [q for parallel, q in rows if abs(parallel) < 1 - 1e-6]
    if not (chosen or steady):
        return False
    q = sp.Rational(chosen[0] if chosen else f"{min(steady, key=lambda q: abs(math.log(q))):.4g}")
    balls = enclosed(activation, q).balls
    if not all(name in balls for name in ("second_moment", "derivative_second_moment", "pull")):
        return False
    with ctx.workprec(BITS):
        flow = rational_ball(q) * balls["derivative_second_moment"]
        return bool(flow > balls["second_moment"] and abs(balls["pull"]) < flow)


def _told(law: Law) -> dict[str, Any]:
    short = {name: None if v is None else float(f"{v:.6g}") for name, v in vars(law).items() if name != "kind"}
    return {"kind": law.kind, **short, "said": str(law)}

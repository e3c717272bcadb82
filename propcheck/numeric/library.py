"""An activation as a function of a library's arrays: what the backends and the exported sources have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from propcheck.activation import Activation
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.dialects import Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.lines import function
from propcheck.numeric.lowering import Ends, flattened
from propcheck.numeric.plan import plan
from propcheck.numeric.rounding import fixed
from propcheck.numeric.steps import Program, program
from propcheck.precision import alone

Function = Callable[[Any], tuple[Any, ...]]


@alone
def assemblies(
    activation: Activation,
    orders: tuple[int, ...],
    kink: str,
    work: Format,
    out: Format,
    run: Callable[[Program, float], Sequence[float]],
    rewritten: bool = False,
) -> tuple[list[Assembly], list[Ends]]:
    """The derivatives of these orders, computed in `work` and rounded to `out`, and the limits that are to be put in.

    `run` gives the outputs of a program at a number, as they are computed in `work`. What a compiler makes of a part
    inside of a whole is not known where it rewrites: then no part is left out for yielding its neighbour's value.
    """

    def evaluate(expr: sp.Expr, at: float) -> float:
        return math.nan if rewritten else run(program([expr]), at)[0]

    made = [assembled(activation, plan(activation, k, work, out), kink, evaluate) for k in orders]
    ends: list[list[tuple[float, sp.Expr]]] = [[] for _ in orders]
    for at, side in ((-math.inf, 0), (math.inf, 1)):
        for place, found in enumerate(run(flattened(made), at)):
            limit = made[place].ends[side]
            wanted = work.nearest(float(limit) if limit.is_infinite or limit is sp.nan else fixed(limit))
            if found != wanted and not (math.isnan(found) and math.isnan(wanted)):
                ends[place].append((at, limit))
    return made, list(ends)


def written(
    activation: Activation,
    orders: tuple[int, ...],
    kink: str,
    work: Format,
    out: Format,
    dialect: Dialect,
    namespace: Mapping[str, Any],
    scalar: Callable[[float, Format], Any],
    finish: Callable[[Function], Function] = lambda made: made,
) -> Function:
    """A function of arrays of the format `work` that gives one for each order.

    `scalar` makes an array of a number; `finish` does to the function what the library does before it is run.
    """

    def made(source: Program) -> Function:
        return finish(function(dialect.lowered(source, work), dialect, work, namespace))

    def run(source: Program, at: float) -> Sequence[float]:
        return [float(value) for value in made(source)(scalar(at, work))]

    return made(flattened(*assemblies(activation, orders, kink, work, out, run, dialect.rewritten)))

"""An activation as a function of a library's arrays: what the backends and the exported sources have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.dialects import NUMPY, Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.guard import Exact, bound, ordinary, tried, warn
from propcheck.numeric.lines import function
from propcheck.numeric.lowering import Ends, flattened
from propcheck.numeric.plan import Found, plan
from propcheck.numeric.rounding import fixed
from propcheck.numeric.steps import Program, program
from propcheck.numeric.wide import careful
from propcheck.processes.precision import alone

Function = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Written:
    """A function of a library's arrays that gives one for each order, and the assemblies that it computes."""

    function: Function
    assemblies: tuple[Assembly, ...]
    by_arrays: Function  # the same for NumPy's arrays


@dataclass(frozen=True)
class Kept:
    """What keeps a compiled form's word: exact values on some spans, and for each order the most ulp it is wrong by."""

    exact: tuple[Exact, ...]
    bounds: dict[int, float]


@alone
def assemblies(
    activation: Activation,
    orders: tuple[int, ...],
    kink: str,
    work: Format,
    out: Format,
    run: Callable[[Program, float], Sequence[float]],
    rewritten: bool = False,
    found: Sequence[Found] = (),
) -> tuple[list[Assembly], list[Ends]]:
    """The derivatives of these orders, computed in `work` and rounded to `out`, and the limits that are to be put in.

    `run` gives the outputs of a program at a number, as they are computed in `work`. What a compiler makes of a part
    inside of a whole is not known where it rewrites: then no part is left out for yielding its neighbour's value.
    `found` gives for each order the spans on which a form was seen to be wrong.
    """

    def evaluate(expr: sp.Expr, at: float) -> float:
        return math.nan if rewritten else run(program([expr]), at)[0]

    asked = zip(orders, found or ((),) * len(orders), strict=True)
    made = [assembled(activation, plan(activation, k, work, out, spans), kink, evaluate) for k, spans in asked]
    ends: list[list[tuple[float, sp.Expr]]] = [[] for _ in orders]
    for at, side in ((-math.inf, 0), (math.inf, 1)):
        for place, value in enumerate(run(flattened(made), at)):
            limit = made[place].ends[side]
            wanted = work.nearest(float(limit) if limit.is_infinite or limit is sp.nan else fixed(limit))
            if value != wanted and not (math.isnan(value) and math.isnan(wanted)):
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
    found: Sequence[Found] = (),
) -> Written:
    """A function of arrays of the format `work` that gives one for each order.

    `scalar` makes an array of a number; `finish` does to the function what the library does before it is run.
    """

    def made(source: Program) -> Function:
        return finish(function(dialect.lowered(source, work), dialect, work, namespace))

    def run(source: Program, at: float) -> Sequence[float]:
        return [float(value) for value in made(source)(scalar(at, work))]

    parts, ends = assemblies(activation, orders, kink, work, out, run, dialect.rewritten, found)
    whole = made(flattened(parts, ends))
    return Written(whole, tuple(parts), whole)


def planned(
    make: Callable[[Sequence[Found]], Written],
    activation: Activation,
    orders: tuple[int, ...],
    work: Format,
    out: Format,
) -> tuple[Written, list[Assembly], Sequence[Found]]:
    """The function as it is made, tried out, and made once more where it was seen to be wrong at ordinary inputs.

    Beside it are its assemblies with what was seen, and the spans that it was made for.
    """
    first: Sequence[Found] = ((),) * len(orders)
    made = make(first)
    assemblies = _tried(made, activation, orders, work, out)
    if any(wrong := [ordinary(assembly) for assembly in assemblies]):
        again = make(wrong)
        better = _tried(again, activation, orders, work, out)
        if sum(len(ordinary(assembly)) for assembly in better) < sum(map(len, wrong)):
            return again, better, wrong
    return made, assemblies, first


def _tried(made: Written, activation: Activation, orders: tuple[int, ...], work: Format, out: Format) -> list[Assembly]:
    def run(x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        with np.errstate(all="ignore"):
            for output, values in zip(outputs, made.by_arrays(x.astype(work.name)), strict=True):
                output[...] = values

    with alone:
        return tried(run, made.assemblies, activation, orders, np.dtype(out.name))


@alone
def kept(
    assemblies: Sequence[Assembly],
    activation: Activation,
    orders: tuple[int, ...],
    kink: str,
    out: Format,
    strict: bool,
) -> Kept:
    """What exact values these assemblies ask for; without `strict` none, and a warning names the spans."""
    for order, assembly in zip(orders, assemblies, strict=True):
        warn(activation.name, order, out.name, assembly, strict)
    exact = tuple(
        Exact(place, assembly.exact, careful(activation, order, kink, np.dtype(out.name), assembly.exact))
        for place, (order, assembly) in enumerate(zip(orders, assemblies, strict=True))
        if strict and assembly.exact
    )
    return Kept(exact, {k: bound(assembly, strict, out.name) for k, assembly in zip(orders, assemblies, strict=True)})


# --- the same steps by NumPy -----------------------------------------------------------------------------------------


def by_numpy(
    activation: Activation,
    orders: tuple[int, ...],
    kink: str,
    work: Format,
    out: Format,
    dialect: Dialect,
    found: Sequence[Found] = (),
) -> Written:
    """The derivatives as a function of NumPy's arrays of the working format, broken down as for another language."""
    return written(activation, orders, kink, work, out, alike(dialect), {"np": np}, scalar, silent, found)


def silent(function: Function) -> Function:
    """The same function without NumPy's warnings."""

    def made(x: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            return function(x)

    return made


def alike(dialect: Dialect) -> Dialect:
    """NumPy's way to write what another language computes, broken down as it is for that language."""
    return replace(NUMPY, poor=NUMPY.poor | dialect.poor, poor_in_single=dialect.poor_in_single)


def trial(work: Format, dialect: Dialect) -> Callable[[Program, float], list[float]]:
    """What gives the outputs of a program at a number, as NumPy computes them."""

    def run(source: Program, at: float) -> list[float]:
        form = alike(dialect)
        made = silent(function(form.lowered(source, work), form, work, {"np": np}))
        return [float(value) for value in made(scalar(at, work))]

    return run


def scalar(value: float, work: Format) -> np.ndarray:
    return np.array(value, work.name)

"""One row a function: each row is walked past the places that know functions, and held against its ball."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sympy as sp
from flint import arb, ctx

import propcheck
from propcheck.calculus import Undecided
from propcheck.calculus.elementary import BALL, FACTOR, SERIES, coefficients_of, series_of
from propcheck.calculus.expansion import RULES
from propcheck.calculus.kernels import Kernels
from propcheck.language import X, lost_conditions, parse, show
from propcheck.language.functions import FUNCTIONS, HEADS, Function, formula_of
from propcheck.numeric import guard, wide
from propcheck.numeric.dialects import JAX, NUMPY, TORCH, C
from propcheck.numeric.formats import DOUBLE, EXTENDED
from propcheck.numeric.functions import OPERATIONS
from propcheck.numeric.lowering import Lowering
from propcheck.numeric.numpy import Kernel
from propcheck.numeric.source import exported
from propcheck.numeric.steps import program
from propcheck.numeric.truth import Oracle
from propcheck.numeric.ufuncs import expanded
from propcheck.target import activation
from propcheck.verdict import InputError

WITH_HEADS = list(HEADS.values())
SUGAR = [row for row in FUNCTIONS.values() if row.formula and " if " not in row.formula]  # SymPy puts into a condition
named = pytest.mark.parametrize("row", WITH_HEADS, ids=lambda row: row.name)


def in_identities(row: Function) -> bool:
    try:
        Kernels().of(row.head(inner(row), evaluate=False))
    except Undecided:
        return False
    return True


def by_numba(row: Function) -> bool:
    return row.name in pytest.importorskip("propcheck.numeric.numba")._KERNELS


PLACES = {
    "ball": lambda row: row.name in BALL,
    "slope": lambda row: row.name in FACTOR,
    "series": lambda row: row.name in SERIES,
    "germ": lambda row: row.head in RULES,
    "identity": in_identities,
    "operation": lambda row: {step.op for step in program([row.head(X)]).steps} == {"x", row.name},
    **{
        name: lambda row, dialect=dialect: row.name in dialect.calls or hasattr(Lowering, f"_{row.name}")
        for name, dialect in (("numpy", NUMPY), ("torch", TORCH), ("jax", JAX), ("c", C))
    },
    "numba": by_numba,
}
GAPS = {  # what is meant not to be there, with the reason
    ("numba", name): "no kernel: a wave or an inverse on [-1, 1] is left to NumPy's form"
    for name in ("sin", "cos", "tan", "asin", "acos", "acosh", "atanh")
}


@pytest.mark.parametrize("place", PLACES)
@named
def test_each_place_knows_each_function(row: Function, place: str) -> None:
    assert PLACES[place](row) == ((place, row.name) not in GAPS), GAPS.get(
        (place, row.name), "a row was forgotten here"
    )


def inner(row: Function) -> sp.Expr:
    """An argument that lies inside the domain for every x."""
    if row.high < math.inf:
        return X / (1 + X**2)
    return 1 + row.low + X**2 if row.low > -math.inf else X


ARGUMENTS = {
    **dict.fromkeys(("min", "max"), ("(x, 1)", "(x, 2*x, -1)")),
    **dict.fromkeys(("maximum", "minimum", "logaddexp"), ("(x, 1)", "(2*x, exp(-x))")),
    **dict.fromkeys(("clip", "clamp"), ("(x, -1, 2)", "(tanh(x), x, 2*x)")),
    **dict.fromkeys(("floor", "ceil", "round", "trunc"), ("(2*tanh(x))", "(clip(x/3, -2, 7))", "(3/2)")),
    "where": ("(x > 0, x, exp(x))",),
    "Piecewise": ("((x, x > 0), (0, True))",),
}


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_is_read_is_printed_and_read_again(row: Function) -> None:
    for argument in ARGUMENTS.get(row.name, ("(x/3)", "(2*x - 1)", "(exp(x))")):
        expr = parse(row.name + argument)
        assert parse(show(expr)) == expr
    assert formula_of(row.name) is None  # no advice for what the language has


@pytest.mark.parametrize("row", SUGAR, ids=lambda row: row.name)
def test_sugar_is_its_formula(row: Function) -> None:
    assert parse(f"{row.name}(x)") == parse(row.formula)
    assert parse(f"{row.name}(3*x - 1)") == parse(row.formula).subs(X, 3 * X - 1)


ASKED = {
    "exp(log(x))": "x",
    "exp(ln(x))": "x",
    "exp(log1p(x))": "x + 1",
    "sqrt(x)**2": "x",
    "exp(softplus(x))": "",
    "sin(arcsin(x))": "1 - x, x + 1",
    "tanh(atanh(x))": "1 - x, x + 1",
    "cosh(arccosh(x))": "x - 1",
}


@pytest.mark.parametrize(("text", "lost"), ASKED.items())
def test_sugar_asks_for_what_its_formula_asks_for(text: str, lost: str) -> None:
    assert ", ".join(str(u) for _, _, u in lost_conditions(text)) == lost


@pytest.mark.parametrize("text", ["arcsin(2)", "log1p(-1)", "ln(0)", "arccosh(1/2)", "arctanh(1)", "sqrt(-1)"])
def test_an_error_in_sugar_points_at_the_call(text: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"'{text}'")):
        parse(f"x + {text}")


def places_inside(row: Function) -> list[float]:
    low, high = max(row.low, -3.0), min(row.high, 3.0)
    return [low + (high - low) * k / 8 for k in range(1, 8) if k != 4] if row.poles is None else [0.3, -0.5, 1.1]


@named
def test_a_function_is_real_where_its_row_says(row: Function) -> None:
    assert all(BALL[row.name](arb(at)).is_finite() for at in places_inside(row))
    for end, side in ((row.low, -1), (row.high, 1)):
        if math.isfinite(end):
            assert BALL[row.name](arb(end)).is_finite() == row.closed
            assert BALL[row.name](arb(end) + side * arb(2) ** -20).is_nan()
            with pytest.raises(InputError):
                parse(f"{row.name}({end + side}/1)")


@named
def test_a_function_has_the_symmetry_of_its_row(row: Function) -> None:
    if row.parity:
        sign = 1 if row.parity == "even" else -1
        assert all(BALL[row.name](arb(-at)).overlaps(sign * BALL[row.name](arb(at))) for at in places_inside(row))
    elif row.low == -row.high:
        assert not all(
            abs(BALL[row.name](arb(-at))).overlaps(abs(BALL[row.name](arb(at)))) for at in places_inside(row)
        )


@named
def test_a_function_rises_or_falls_as_its_row_says(row: Function) -> None:
    values = [BALL[row.name](arb(at)) for at in sorted(places_inside(row))]
    steps = [bool(b > a) for a, b in zip(values, values[1:], strict=False)]
    if row.monotone:
        assert len(set(steps)) == 1
    elif row.poles is None:
        assert len(set(steps)) == 2


@pytest.mark.parametrize("row", [row for row in OPERATIONS.values() if row.name in BALL], ids=lambda row: row.name)
def test_the_values_at_both_ends_are_those_of_the_row(row: Function) -> None:
    for end, side in zip(row.ends, (-1, 1), strict=True):
        near, far = (BALL[row.name](arb(side) * size) for size in (2**5, 2**9))
        if end is sp.nan:
            assert row.name in ("sin", "cos", "tan", "sinpi", "cospi") or far.is_nan()
        elif abs(end) is sp.oo:
            sign = 1 if end is sp.oo else -1
            assert far * sign > near * sign > 0
        else:
            assert abs(far - arb(float(end))) < 0.01
    assert row.steep == any(abs(BALL[row.name](arb(side) * 800)) > arb(2) ** 1000 for side in (-1, 1))


@pytest.mark.parametrize("name", sorted(FACTOR.keys() & BALL.keys()))
def test_slopes_and_series_are_those_of_the_ball(name: str) -> None:
    row = FUNCTIONS.get(name, Function(name))
    at = {"acosh": 1.75, "log": 0.75, "sqrt": 0.75, "rsqrt": 0.75, "lambertw": 0.75}.get(name, 0.375)
    with ctx.workprec(300):
        step = arb(2) ** -60
        risen = (BALL[name](at + step) - BALL[name](at - step)) / (2 * step)
        slope = FACTOR[name](arb(at), BALL[name](arb(at)))
        assert abs(slope - risen) < arb(2) ** -100, row
        if name in SERIES:
            value, first = coefficients_of(SERIES[name](series_of([arb(at), arb(1)]), 2), 2)
            assert value.overlaps(BALL[name](arb(at))) and first.overlaps(slope)


def test_a_library_without_a_function_says_so() -> None:
    source = program([sp.erf(X)])
    source.steps[-1] = type(source.steps[-1])("gudermann", source.steps[-1].args)
    with pytest.raises(InputError, match="use the backend numpy or mpmath"):
        Lowering(source, DOUBLE, frozenset(("gudermann",)), False)
    assert expanded(source, np.dtype("float64"), short=False).steps[-1].op == "gudermann"


def test_sugar_costs_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dict_of(FUNCTIONS), "logcosh", Function("logcosh", "log(cosh(x))"))
    assert parse("2*logcosh(x - 1)") == 2 * sp.log(sp.cosh(X - 1))
    assert lost_conditions("exp(logcosh(x))") == ()
    assert propcheck.analyze("logcosh(x)", only=["parity"])["parity"].value == "even"
    function = activation("logcosh(x)")
    values = propcheck.compile(function)(np.array([-30.0, 0.0, 1e-9, 2.0]))
    assert values == pytest.approx([30 - math.log(2), 0, 5e-19, math.log(math.cosh(2))], rel=1e-14)
    assert "tanh(x)" in exported(function, "c").text


def dict_of(table: Mapping[str, Function]) -> dict[str, Function]:
    assert isinstance(table, dict)
    return table


# What only SciPy has is not computed in extended precision: then nothing is told there, and balls do what is left.
def test_what_has_no_form_in_extended_precision_is_left_to_balls(monkeypatch: pytest.MonkeyPatch) -> None:
    source = program([sp.erf(X)])
    with pytest.raises(Undecided, match="extended"):
        Kernel(source, np.dtype(np.longdouble))

    def refuse(*arguments: object, **options: object) -> None:
        raise Undecided("no form")

    unread: Any = None
    if EXTENDED is not None:
        monkeypatch.setattr(guard, "Compiled", refuse)
        monkeypatch.setattr(wide, "Compiled", refuse)
        assert [list(gaps) for gaps in guard.rounding_seen(refuse, [unread], np.ones(3))] == [[0, 0, 0]]
        found = wide.careful(activation("erf(x/3)"), 0, "right", np.dtype("float64"), ((1.0, 1.5),))
        assert isinstance(found, Oracle)

"""The rows that make a form stable: each is an identity, and the plan is right wherever a row is not taken."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import propcheck
from propcheck.calculus.identity import is_zero
from propcheck.language import X, parse
from propcheck.numeric.functions import (
    FUNCTIONS,
    Acot,
    Cospi,
    Erfc,
    Expm1,
    Log1p,
    Sech2,
    Sigmoid,
    Sinpi,
    Softplus,
    Softplus0,
    Tanh,
    textbook,
)
from propcheck.numeric.rewriting import SUMS, forms, in_half_turns, stabilised


@pytest.mark.parametrize("row", SUMS, ids=lambda row: row.name)
def test_a_row_is_an_identity_and_is_taken(row) -> None:
    pattern, replacement = row.example
    assert is_zero(sp.expand(textbook(pattern - replacement))) is not False
    for point in ("-2.7", "-0.3", "0.4", "1.9"):
        with mpmath.workdps(50):
            difference = sp.N(textbook(pattern - replacement).subs(X, sp.Rational(point)), 40)
        assert abs(difference) < 1e-35
    assert stabilised(pattern) == replacement


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.op)
def test_the_stated_slope_of_a_function_is_its_derivative(function) -> None:
    difference = textbook(function.slope(X)) - function.definition(X).diff(X)
    assert is_zero(difference) is True


CASES = [
    ("1/(1 + exp(-x))", Sigmoid(X)),
    ("exp(x)/(1 + exp(x))", Sigmoid(X)),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", Tanh(X)),
    ("(exp(2*x) - 1)/(exp(2*x) + 1)", Tanh(X)),
    ("2/(1 + exp(-2*x)) - 1", Tanh(X)),
    ("sinh(x)/cosh(x)", Tanh(X)),
    ("log(1 + exp(x))", Softplus(X)),
    ("log(1 + exp(x)) - log(2)", Softplus0(X)),
    ("log((1 + exp(x))/2)", Softplus0(X)),
    ("log(1 + x**2)", Log1p(X**2)),
    ("(1 + erf(x))*x", X * Erfc(-X)),
    ("x*(atan(x) + pi/2)", X * Acot(-X)),
    ("1 - tanh(x)**2", Sech2(X)),
    ("exp(x) - 1", Expm1(X)),
    ("x - log(1 + exp(x))", -Softplus(-X)),
    ("3*x + 1 - 3*softplus(x)", 1 - 3 * Softplus(-X)),
    ("2*softplus(x/2 - 3) - x + 6", 2 * Softplus(3 - X / 2)),
]


@pytest.mark.parametrize(("text", "stable"), CASES, ids=[text for text, _ in CASES])
def test_a_textbook_formula_finds_its_stable_form(text: str, stable: sp.Expr) -> None:
    (piece,) = propcheck.load(text).pieces
    assert stabilised(piece.expr) == stable


TURNED = {
    "sin(pi*x)": Sinpi(X),
    "cos(pi*x/4)": Cospi(X / 4),
    "cos(2*pi*x + pi/2)": -Sinpi(2 * X),
    "sin(5*pi/2 - pi*x)": Cospi(X),
    "sin(pi*x/2 - pi/4)": -Cospi(X / 2 + sp.Rational(1, 4)),
    "sin(pi*x/3)": sp.sin(sp.pi * X / 3),  # a third of x is no number
    "cos(x)": sp.cos(X),
}


@pytest.mark.parametrize("text", TURNED)
def test_a_wave_that_turns_at_numbers_is_a_function_of_half_turns(text: str) -> None:
    (piece,) = propcheck.load(text).pieces
    assert in_half_turns(piece.expr) == TURNED[text]
    for point in ("-2.7", "0.4"):
        assert abs(sp.N((textbook(TURNED[text]) - piece.expr).subs(X, sp.Rational(point)), 30)) < 1e-25


@pytest.fixture(scope="module")
def waves() -> tuple[propcheck.Compiled, propcheck.Compiled]:
    return propcheck.compile("sinc(x)", order=(0, 1), fast=False), propcheck.compile("x*sin(pi*x/2)", fast=False)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 2**53), st.sampled_from([1, -1]))
def test_a_wave_in_pi_x_is_0_at_whole_numbers(waves, n: int, sign: int) -> None:
    x = float(sign * n)
    value, slope = waves[0](x)
    assert value == 0 and abs(slope * x * (-1) ** n - 1) < 1e-15
    assert waves[1](x) == x * [0, 1, 0, -1][sign * n % 4]


WHOLE = [
    "x*(exp(x) - 1)/(exp(x) + 5)",
    "(exp(2*x) + x)/(2 + exp(-x))",
    "log(cosh(3*x)) - 3*x + log(2)",
    "tanh(x)*log(cosh(x/2))",
    "sqrt(x**2 + 1)/abs(x)**1.5",
]


@pytest.mark.parametrize("text", WHOLE)
def test_forms_of_the_whole_formula_have_its_value(text: str) -> None:
    for piece in propcheck.load(text).pieces:
        for order in (0, 1):
            exact = piece.expr.diff(X, order) if order else piece.expr
            point = sp.Rational(-7, 5) if piece.upper <= 0 else sp.Rational(7, 5)
            for form in forms(piece.expr, order):
                assert abs(sp.N((textbook(form) - exact).subs(X, point), 30)) < 1e-20, form


@pytest.mark.parametrize(
    "text", ["(exp(20*x) - 1)*sigmoid(1.702*x)", "tanh(1000*x)*sigmoid(x)", "exp(-300*x)/(1 + exp(-x))"]
)
def test_exponentials_of_unlike_rates_are_not_written_as_powers_of_one(text: str) -> None:
    expr = parse(text, {})
    for order in (0, 1):
        for form in forms(expr, order):  # as quotients of polynomials in one exponential they have hundreds of terms
            assert form.count_ops() < 60, form
            exact = expr.diff(X, order) if order else expr
            assert abs(sp.N((textbook(form) - exact).subs(X, sp.Rational(1, 25)), 30)) < 1e-20, form


ATOMS = [
    "x",
    "tanh(x)",
    "sigmoid(2*x)",
    "exp(-x**2)",
    "erf(x/2)",
    "atan(x)",
    "softplus(x)",
    "sqrt(x**2 + 1)",
    "sin(x)",
    "sin(pi*x)",
    "1",
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(ATOMS), min_size=2, max_size=4), st.lists(st.sampled_from("+-*"), min_size=3, max_size=3)
)
def test_every_form_of_a_random_formula_has_the_same_value(atoms: list[str], operations: str) -> None:
    text = atoms[0] + "".join(f" {op} {atom}" for op, atom in zip(operations, atoms[1:], strict=False))
    for piece in propcheck.load(text).pieces:
        for order in (0, 1):
            exact = piece.expr.diff(X, order) if order else piece.expr
            for form in forms(piece.expr, order):
                for point in (sp.Rational(-7, 5), sp.Rational(3, 7)):
                    assert abs(sp.N((textbook(form) - exact).subs(X, point), 30)) < 1e-20, form

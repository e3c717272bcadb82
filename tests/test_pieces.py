"""Text to pieces: the pieces take the values of the text everywhere, their ends and the values there are exact."""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random

import mpmath
import pytest
import sympy as sp
from contradictions import breakpoints, exact
from drawn import texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from second_opinion import Function
from sympy import exp, log, oo, pi, sqrt

import propcheck
from propcheck.activation import Activation, from_expression, from_spec
from propcheck.analysis import shape
from propcheck.calculus import Undecided
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import same
from propcheck.language import X, parse
from propcheck.pieces.piece import as_piecewise
from propcheck.pieces.values import value_at
from propcheck.spec import catalogue, from_text, read
from propcheck.verdict import InputError

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
R = sp.Rational


def activation(text: str) -> Activation:
    return from_spec(from_text(text))


# text: (breakpoints with their values; None where there is none), closed gaps
EXACT: dict[str, tuple[list[tuple], list[tuple]]] = {
    "relu(x)": ([(0, 0)], []),
    "abs(x)": ([(0, 0)], []),
    "sqrt(x**2)": ([(0, 0)], []),
    "abs(x)**3": ([(0, 0)], []),
    "abs(x)**2": ([], []),
    "x*sign(x) - abs(x)": ([], []),
    "max(x, -x) - abs(x)": ([], []),
    "relu(x) - relu(-x)": ([], []),
    "max(x, x)": ([], []),
    "max(x, x + 1)": ([], []),
    "min(max(0, x), 6)": ([(0, 0), (6, 6)], []),
    "x*min(max(x + 3, 0), 6)/6": ([(-3, 0), (3, 3)], []),
    "sign(x)": ([(0, 0)], []),
    "heaviside(x)": ([(0, R(1, 2))], []),
    "heaviside(-x)": ([(0, R(1, 2))], []),
    "sign(sign(x) + 1/2)": ([(0, 1)], []),
    "x if x != 0 else 5": ([(0, 5)], []),
    "x if x != 0 else 0": ([], []),
    "1 if x**2 == 2 else 0": ([(-sqrt(2), 1), (sqrt(2), 1)], []),
    "1 if x > 0 and not x > 2 else 0": ([(0, 0), (2, 1)], []),
    "abs(x**2 - 2)": ([(-sqrt(2), 0), (sqrt(2), 0)], []),
    "max(exp(x), 3)": ([(log(3), 3)], []),
    "abs(exp(2*x) - 3*exp(x) + 2)": ([(0, 0), (log(2), 0)], []),
    "max(x, x**2, x**3)": ([(0, 0), (1, 1)], []),
    "abs(x - 1.000000000001)": ([(1 + R(1, 10**12), 0)], []),
    "max(0, x - 1e-40)": ([(R(1, 10**40), 0)], []),
    "1/x": ([(0, None)], [(0, 0)]),
    "1/x if x != 0 else 7": ([(0, 7)], []),
    "x**2/x": ([], []),
    "(x**2 - 1)/(x - 1)": ([], []),
    "sin(x)/x": ([], []),
    "abs(x)/x": ([(0, None)], [(0, 0)]),
    "atan(1/x)": ([(0, None)], [(0, 0)]),
    "1/(x**2 - 1)": ([(-1, None), (1, None)], [(-1, -1), (1, 1)]),
    "exp(-1/x**2)": ([(0, 0)], []),
    "log(x)": ([(0, None)], [(-oo, 0)]),
    "sqrt(x)": ([(0, 0)], [(-oo, 0)]),
    "sqrt(1 - x**2)": ([(-1, 0), (1, 0)], [(-oo, -1), (1, oo)]),
    "log(abs(x))": ([(0, None)], [(0, 0)]),
    "log(x) if x > 0 else 0": ([(0, 0)], []),
    "sqrt(x) if x >= 1 else x": ([(1, 1)], []),
    "x if x < 0 else (1/x if x > 1 else 2)": ([(0, 2), (1, 2)], []),
    "sin(x) if abs(x) < pi else 0": ([(-pi, 0), (pi, 0)], []),
    "sqrt(x**2 - 2*x + 1)": ([(1, 0)], []),
    "exp(log(x))": ([(0, None)], [(-oo, 0)]),
    "sqrt(x)*sqrt(x)": ([(0, 0)], [(-oo, 0)]),
    "sqrt(x)*(x - x)": ([(0, 0)], [(-oo, 0)]),
    "sin(asin(x))": ([(-1, -1), (1, 1)], [(-oo, -1), (1, oo)]),
    "heaviside(x)*log(x)": ([(0, None)], [(-oo, 0)]),
    "relu(x)/sqrt(x)": ([(0, None)], [(-oo, 0)]),
    "abs(log(x))": ([(0, None), (1, 0)], [(-oo, 0)]),
    "max(1/x, 2)": ([(0, None), (R(1, 2), 2)], [(0, 0)]),
    # a gap is filled in only where the whole expression is analytic
    "tanh(x)/x + atan(1/x)": ([(0, None)], [(0, 0)]),
    "x/(exp(x) - 1) + atan(1/(exp(x) - 1))": ([(0, None)], [(0, 0)]),
    "sin(x)/x + 1/x": ([(0, None)], [(0, 0)]),
    "tanh(x)/x + 1/(x - 1)": ([(1, None)], [(1, 1)]),
    "x*atan(1/x) + tanh(x)/x": ([(0, 1)], []),
    "exp(-1/x**2) + tanh(x)/x": ([(0, 1)], []),
    "x*sin(1/x)": ([(0, 0)], []),
    "sin(1/x)": ([(0, None)], [(0, 0)]),
    "1/(1 + exp(1/(x - 2)))": ([(2, None)], [(2, 2)]),
    "tanh(x - 2)/(x - 2)*atan(1/x)": ([(0, None)], [(0, 0)]),
    "atan(1/tanh(x - 1)) + atan(1/x)": ([(0, None), (1, None)], [(0, 0), (1, 1)]),
    "1/tanh(x) - 1/x": ([], []),
    "1/(exp(x) - 1) - 1/x": ([], []),
    "exp(1/sinh(x - 3) - 1/(x - 3))": ([], []),
    "abs(1/tanh(x) - 1/x)": ([(0, 0)], []),
    "1/(1 + 1/x**2)": ([], []),
    "1/(1 + 1/x)": ([(-1, None)], [(-1, -1)]),
    "log(sinh(x)/x)/x": ([], []),
    "(exp(sinh(x)/x) - e)/x": ([], []),
    # the guarded form
    "sin(x)/x if x != 0 else 1": ([], []),
    "sin(x)/x if x != 0 else 0": ([(0, 0)], []),
    "1 if x == 0 else sin(x)/x": ([], []),
    "(exp(x - 2) - 1)/(x - 2) if x != 2 else 1": ([], []),
    "log(1 + x)/x if x > 0 else (1 if x == 0 else log(1 + x)/x)": ([(-1, None)], [(-oo, -1)]),
    "exp(-1/x**2) if x != 0 else 0": ([(0, 0)], []),
    "exp(x) if x != 0 else -1": ([(0, -1)], []),
    "-exp(x) if x != 0 else 1": ([(0, 1)], []),
    "cos(x) if x != 0 else -1": ([(0, -1)], []),
    # what a power, a logarithm or a root asks for is asked once its branches are resolved
    "x**heaviside(x)": ([(0, 0)], []),
    "x*(1 - x/10)**(heaviside(x) - 1)": ([(0, 0)], []),
    "x**heaviside(x)*x**(1 - heaviside(x))": ([], []),
    "x**(1/2 + heaviside(x))*x**(-1/2 - heaviside(x))": ([(0, None)], [(-oo, 0)]),
    "(x - 1)**max(0, sign(x))": ([(0, 1)], []),
    "log(x)**heaviside(x - 1)": ([(0, None), (1, 0)], [(-oo, 0)]),
    "(1/x)**heaviside(x)": ([(0, None)], [(0, 0)]),
    "log(x if x > 0 else 1)": ([(0, 0)], []),
    "log(relu(x)) - log(relu(x)) + x": ([(0, None)], [(-oo, 0)]),
    "heaviside(x)*log(max(x, -1))": ([(0, None)], [(-oo, 0)]),
    "exp(log(x)) if x > -1 else 0": ([(-1, 0), (0, None)], [(-1, 0)]),
    "exp(log(abs(x)))": ([(0, 0)], []),
}


@pytest.mark.parametrize("text", EXACT)
def test_breakpoints_values_and_gaps_are_exact(text):
    found = activation(text)
    points, gaps = EXACT[text]
    ends = sorted({end for piece in found.pieces for end in (piece.lower, piece.upper) if end.is_finite}, key=float)
    assert not found.trouble
    assert len(ends) == len(points) and all(is_zero(end - at) for end, (at, _) in zip(ends, points, strict=True))
    for at, value in points:
        found_value = found(sp.sympify(at))
        assert found_value == value or (found_value is not None and value is not None and is_zero(found_value - value))
    assert [tuple(map(sp.sympify, gap)) for gap in gaps] == list(found.undefined)


# text: where a denominator or a logarithm's argument is 0, at numbers that have no short form
POLES = {
    "1/(x*exp(x) - 1)": [0.567143290409784],
    "1/(exp(x) - x - 2)": [-1.841405660436961, 1.146193220620583],
    "1/(x**3 - 3*x + 1)": [-1.879385241571817, 0.347296355333861, 1.532088886237956],
    "1/(exp(x) + exp(2*x) - 1)": [-0.481211825059603],
    "1/(sqrt(2)*x - sqrt(3) + 1)": [0.517638090205042],
    "1/(abs(x)*exp(x) - 1)": [0.567143290409784],
    "abs(exp(x) + x)/(exp(x) + x)": [-0.567143290409784],
    "tanh(1/(exp(x) + x))": [-0.567143290409784],
    "1/(cos(x) - x)": [0.739085133215161],
    "log(abs(exp(x) + x))": [-0.567143290409784],
    "1/(exp(x) + x) + abs(x)": [-0.567143290409784],
}


@pytest.mark.parametrize("text", POLES)
def test_a_division_by_a_zero_that_has_no_short_form_is_no_number(text):
    found = activation(text)
    assert all(same(*gap) for gap in found.undefined)
    assert [float(at) for at, _ in found.undefined] == pytest.approx(POLES[text])
    assert all(found(at) is None for at, _ in found.undefined)


ENDS = ["log(exp(x) + x)", "1/sqrt(exp(x) + x)", "atanh(exp(x) + x + 1)", "1/relu(exp(x) + x)"]


@pytest.mark.parametrize("text", ENDS)
def test_an_end_of_the_domain_that_has_no_short_form_does_not_belong_to_it(text):
    assert {point.value for point in activation(text).points} == {None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(exp(x) + x)*tanh(1/(exp(x) + x))", 0),
        ("tanh(exp(x) + x)/(exp(x) + x)", 1),
        ("sqrt(exp(x) + x)", 0),
        ("log(2 - exp(x) - abs(exp(x) + x) - x)", sp.log(2)),
        ("2 + sign(x + 1)*asin(1 - exp(x) - x)", 2 + sp.pi / 2),
    ],
)
def test_a_value_at_a_zero_that_has_no_short_form(text, value):
    found = activation(text)
    zero = activation("1/(exp(x) + x)").undefined[0][0]
    at = found(zero)
    assert not any(same(*gap) for gap in found.undefined)
    assert at is not None and is_zero(at - value)


def test_gaps_that_come_back_for_ever_are_those_that_cannot_be_filled_in():
    assert activation("(1 + cos(x/2))/sin(x)").undefined == ((-pi, -pi), (0, 0), (pi, pi))
    assert activation("(1 + cos(x/2))/sin(x)").period == 4 * pi
    assert activation("x*tan(x)").undefined == ((-pi / 2, -pi / 2), (pi / 2, pi / 2))
    for text in ("sin(2*x)/sin(x)", "x/sin(x)"):
        found = activation(text)
        assert found.trouble and not found.undefined and found.period is None


def assert_values(text: str, found: Activation, seed: int) -> None:
    """The pieces cover the domain from left to right and take the values of the text."""
    rng = Random(seed)
    with mp.workdps(60):
        g = Function(text, wary=True)
        cuts = breakpoints(found)
        ends = [(exact(piece.lower), exact(piece.upper)) for piece in found.pieces]
        assert all(low < high for low, high in ends)
        assert all(left[1] <= right[0] for left, right in pairwise(ends))
        points = [mpf(rng.uniform(-4, 4)) for _ in range(15)] + [
            c + s * mpf(10) ** -k for c in cuts for s in (-1, 1) for k in (2, 9)
        ]
        calls = [sp.lambdify(X, piece.expr, "mpmath") for piece in found.pieces]
        for point in points:
            expected = g(point)
            inside = [k for k, (low, high) in enumerate(ends) if low < point < high]
            if not inside and point not in cuts:
                assert expected is None or any(exact(p) == point for gap in found.undefined for p in gap), (
                    point,
                    expected,
                )
            elif inside and expected is not None:
                try:
                    value = calls[inside[0]](point)
                except (ZeroDivisionError, OverflowError, ValueError):
                    continue
                assert abs(value - expected) < mpf(10) ** -25 * (1 + abs(expected)), (point, value, expected)
        for point in found.points:
            if not point.at.is_Rational:
                continue
            expected = g(mpf(int(point.at.p)) / int(point.at.q))
            if expected is not None:
                assert point.value is not None and abs(exact(point.value) - expected) < mpf(10) ** -40 * (
                    1 + abs(expected)
                )


@QUICK
@given(texts("pieced", 3), st.integers(0, 10**6))
def test_pieces_take_the_values_of_the_text(text, seed):
    found = activation(text)
    if not found.trouble:
        assert not found.undefined
        assert_values(text, found, seed)


@QUICK
@given(texts("wild", 3), st.integers(0, 10**6))
def test_the_domain_is_that_of_the_text(text, seed):
    try:
        found = activation(text)
    except InputError:
        return
    if found.trouble:
        return
    assert_values(text, found, seed)


@QUICK
@given(texts("pieced", 3))
def test_the_pieces_as_one_formula_are_the_function_again(text):
    first = activation(text)
    if first.trouble or not first.pieces:
        return
    again = from_expression(as_piecewise(first.pieces))
    ends = [[exact(piece.lower) for piece in found.pieces] for found in (first, again) if not found.trouble]
    if len(ends) == 2:
        with mp.workdps(40):
            assert all(any(abs(a - b) < 1e-30 for b in ends[0]) or a == -mp.inf for a in ends[1])


@pytest.mark.parametrize(
    "text, point, value",
    [
        ("max(x, sqrt(2))", sqrt(2), sqrt(2)),
        ("heaviside(x - pi)", pi, R(1, 2)),
        ("sign(exp(x) - 3)", log(3), 0),
        ("sin(x)/x", 0, 1),
        ("1/x", 0, None),
        ("log(x)", -1, None),
        ("sqrt(x)", 0, 0),
        ("x/abs(x)", 0, None),
        ("(1/x if x > 0 else x)", 0, 0),
        ("exp(x)", 1, sp.E),
        ("abs(x)**(1/3)", -8, 2),
    ],
)
def test_the_value_at_a_point_is_exact(text, point, value):
    found = value_at(parse(text), sp.sympify(point))
    assert found == value


@pytest.mark.parametrize("text", ["log(-1 - x**2)", "sqrt(-exp(x))", "asin(2 + x**2)"])
def test_a_function_that_is_nowhere_real_is_refused(text):
    with pytest.raises(InputError):
        activation(text)


@pytest.mark.parametrize(
    "text", ["abs(sin(x))", "max(0, cos(x))", "tan(x)", "1/sin(x)", "log(sin(x))", "log1p(cos(x))"]
)
def test_infinitely_many_breakpoints_are_said_to_be_so(text):
    found = activation(text)
    assert ("infinitely many" in found.trouble or "and so on" in found.trouble) and not found.pieces


# --- parameters ------------------------------------------------------------------------------------------------------

WITH_PARAMETERS = sorted(
    name for name, spec in catalogue().items() if any(p.role != "random" for p in spec.parameters) and spec.expression
)
TRIES = ("1/3", "1", "2", "7/5", "1/100", "-1/2", "0")


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_symbolic_pieces_are_the_pieces_at_every_admitted_value(name):
    spec = catalogue()[name]
    plain = from_spec(spec)
    symbols = spec.symbols()
    for text in TRIES:
        try:
            other = plain.rebind({p.name: text for p in spec.parameters if p.role != "random"})
        except InputError:
            continue
        values = {symbols[key]: value for key, value in other.values.items()}
        ends = {symbol: (low, high) for symbol, (low, high) in plain.ranges.items()}
        if any(values[s] == low or values[s] == high for s, (low, high) in ends.items()):
            continue  # a value at the end of its range may make pieces vanish
        for piece in plain.symbolic if plain.symbolic is not plain.pieces else ():
            low, high = (end.xreplace(values) for end in (piece.lower, piece.upper))
            with mp.workdps(40):
                left, right = max(exact(low), mpf(-9)), min(exact(high), mpf(9))
                for share in (0.2, 0.5, 0.9):
                    at = sp.Rational(str(mp.nstr(left + (right - left) * share, 12)))
                    if not left < mpf(int(at.p)) / int(at.q) < right:
                        continue
                    expected, found = other(at), piece.expr.xreplace(values).subs(X, at)
                    assert abs(sp.N(expected - found, 30)) < 1e-20, (piece, at)


SPEC = """
name = "{name}"
title = "T"
expression = "{expression}"
source = "none"
aliases = []
[parameters.a]
role = "{role}"
{line}
"""


def made(expression: str, role: str, line: str) -> Activation:
    return from_spec(read(SPEC.format(name="test", expression=expression, role=role, line=line)))


NOISY = [
    ("x if x >= 0 else a*x", "uniform(1/8, 1/3)"),
    ("x if x >= 0 else a*x", "uniform(-1, 1)"),
    ("relu(x) + a", "normal(0, 1)"),
    ("tanh(x) + a*x", "normal(1/2, sigmoid(x))"),
    ("x + a**2", "normal(0, exp(x))"),
    ("a*x + a**2*max(0, x)", "uniform(0, 2)"),
    ("(a + x)**3", "normal(1, 1/4)"),
]


@pytest.mark.parametrize("expression, law", NOISY)
def test_a_random_activation_is_its_mean_with_its_variance(expression, law):
    found = made(expression, "random", f'distribution = "{law}"')
    kind, arguments = law.split("(", 1)
    first, second = arguments[:-1].split(", ", 1)
    with mp.workdps(30):
        for at in (R(-3, 2), R(1, 3), R(2)):
            x = mpf(int(at.p)) / int(at.q)
            low, high = Function(first)(x), Function(second)(x)

            def value(a, x=x):
                return Function(re.sub(r"\ba\b", f"({mp.nstr(a, 30)})", expression))(x)

            if kind == "uniform":
                nodes = [(low + (high - low) * (1 + t) / 2, w / 2) for t, w in _legendre()]
            else:
                nodes = [(low + mp.sqrt(high) * t, w) for t, w in _hermite()]
            mean = mp.fsum(w * value(a) for a, w in nodes)
            variance = mp.fsum(w * value(a) ** 2 for a, w in nodes) - mean**2
            assert abs(exact(found(at)) - mean) < 1e-15
            assert found.noise is not None
            piece = next(p for p in found.noise.variance_pieces if exact(p.lower) < x < exact(p.upper))
            assert abs(exact(piece.expr.subs(X, at)) - variance) < 1e-15


def _legendre() -> list[tuple[mpf, mpf]]:
    nodes = [
        r.real
        for r in mpmath.polyroots(
            mpmath.taylor(lambda t: mpmath.legendre(6, t), 0, 6)[::-1], maxsteps=200, extraprec=200
        )
    ]
    return [(t, 2 / ((1 - t**2) * mpmath.diff(lambda u: mpmath.legendre(6, u), t) ** 2)) for t in nodes]


def _hermite() -> list[tuple[mpf, mpf]]:
    """Nodes and weights of E[f(z)], exact for polynomials of degree 11."""
    nodes = [r.real for r in mpmath.polyroots([1, 0, -15, 0, 45, 0, -15], maxsteps=200, extraprec=200)]
    return [(t, mpf(720) / (36 * (t**5 - 10 * t**3 + 15 * t) ** 2)) for t in nodes]


@pytest.mark.parametrize(
    "expression, line",
    [
        ("x if x >= 0 else a*x", 'default = 0.1\nrange = "0 < a < 1"'),
        ("max(x, a*x)", 'default = 0.1\nrange = "0 < a < 1"'),
    ],
)
def test_ranges_decide_signs(expression, line):
    found = made(expression, "trained", line).symbolic
    assert [(p.lower, p.upper) for p in found] == [(-oo, 0), (0, oo)]
    assert str(found[0].expr) == "a*x" and found[1].expr == X


def test_a_sign_that_the_range_does_not_decide_leaves_numbers():
    found = made("max(x, a*x)", "trained", "default = 0.1")
    assert found.symbolic == found.pieces


def test_undecided_is_trouble_and_no_crash():
    found = activation("max(0, sin(x) + sin(sqrt(2)*x) - 1.999)")
    assert found.trouble and not found.pieces


def test_a_sum_of_many_steps_is_divided_at_each():
    """Masks, kinks and signs of lines, rising and falling, some at the same place."""
    rng = Random(7)
    kinds = ("(x > {at})", "({at} >= x)", "abs({rate}*x - {at})", "relu({at} - x)", "sign({rate}*x + {at})")
    terms = [
        f"{rng.randrange(1, 9)}*" + rng.choice(kinds).format(at=rng.randrange(-40, 40), rate=rng.choice((-2, 1, 3)))
        for _ in range(50)
    ]
    text = " + ".join(terms)
    made = activation(text)
    assert len(made.pieces) > 30 and not made.undefined
    assert_values(text, made, 7)


def test_many_pieces_are_undecided():
    with pytest.raises(Undecided):
        from propcheck.pieces.partition import partition

        partition(
            sp.Piecewise(
                *[(sp.Integer(k % 2), sp.Lt(X, k, evaluate=False)) for k in range(2100)], (0, True), evaluate=False
            )
        )


@pytest.mark.parametrize("expr", [exp(X) + sp.I, sp.zoo * X], ids=str)
def test_what_is_not_real_is_refused(expr):
    with pytest.raises(InputError):
        from_expression(expr)


@pytest.mark.parametrize("name", ["asinh", "atan", "erf", "tanh"])
def test_the_greater_of_two_is_continuous_where_they_cross_at_a_number_without_a_formula(name):
    assert str(propcheck.analyze(f"max({name}(1 - 3*x), x)", only=["smoothness"]).facts["smoothness"]["class"]) == "C^0"


ROOTS = [
    ("sqrt(1 - exp(-x**2))*sign(x)", lambda x: mp.sign(x) * mp.sqrt(-mp.expm1(-(x**2))), "C^inf", None),
    ("sqrt(2*(exp(x) - 1 - x))*sign(x)", lambda x: mp.sign(x) * mp.sqrt(2 * (mp.expm1(x) - x)), "C^inf", None),
    (
        "(x - sin(x))**(1/3) if x > 0 else -(sin(x) - x)**(1/3)",
        lambda x: mp.sign(x) * mp.cbrt(abs(x - mp.sin(x))),
        "C^inf",
        None,
    ),
    ("sqrt(1 - exp(-x**2))", lambda x: mp.sqrt(-mp.expm1(-(x**2))), "C^0", (1, -1, 1)),
    ("sqrt(x**2 + x**3) if x > 0 else x", lambda x: mp.sqrt(x**2 + x**3) if x > 0 else x, "C^1", (2, 0, 1)),
    ("(1 - exp(-abs(x)**3))**(2/3)", lambda x: (-mp.expm1(-(abs(x) ** 3))) ** (mpf(2) / 3), "C^4", (5, 40, -40)),
]


@pytest.mark.parametrize(("text", "g", "word", "jump"), ROOTS, ids=[row[0] for row in ROOTS])
def test_a_root_of_what_vanishes_is_a_power_of_the_distance_times_what_does_not(text, g, word, jump):
    found = shape.smoothness(activation(text))
    assert found.standing == "proved" and found["class"] == word
    assert [(kink["order"], kink["left"].value, kink["right"].value) for kink in found["kinks"]] == [jump][: bool(jump)]
    with mp.workdps(60):  # differences on either side tend to the same numbers below the order of the jump
        for order in range(1, jump[0] + 1 if jump else 6):
            left, right = (mp.diff(g, 0, order, h=mpf(10) ** -8, direction=side) for side in (-1, 1))
            if jump and order == jump[0]:
                assert [left, right] == pytest.approx(jump[1:], abs=1e-5)
            else:
                assert abs(right - left) < 1e-5

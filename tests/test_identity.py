"""The zero test: true for identities however they are disguised, never for what is only nearly one."""

from __future__ import annotations

from random import Random

import pytest
import sympy as sp
from drawn import texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from propcheck.calculus import Undecided
from propcheck.calculus.identity import equal, is_zero, normal_form, order_of_zero
from propcheck.language import X, parse

QUICK = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
R = sp.Rational
A = sp.Symbol("a", positive=True)
SIGMOID = 1 / (1 + exp(-X))


IDENTITIES: list[tuple[sp.Expr, sp.Expr]] = [
    (tanh(X), 2 / (1 + exp(-2 * X)) - 1),
    (tanh(X), (exp(2 * X) - 1) / (exp(2 * X) + 1)),
    (tanh(X) ** 2, 1 - 1 / cosh(X) ** 2),
    (tanh(log(1 + exp(X))), (exp(2 * X) + 2 * exp(X)) / (exp(2 * X) + 2 * exp(X) + 2)),
    (SIGMOID, 1 - 1 / (1 + exp(X))),
    (SIGMOID.diff(X), SIGMOID * (1 - SIGMOID)),
    (SIGMOID, (1 + tanh(X / 2)) / 2),
    (log(1 + exp(X)), X + log(1 + exp(-X))),
    (log(1 + exp(X)).diff(X), SIGMOID),
    (log(cosh(X)), X + log(1 + exp(-2 * X)) - log(2)),
    (cosh(X) ** 2, 1 + sinh(X) ** 2),
    (sinh(2 * X), 2 * sinh(X) * cosh(X)),
    (sin(X) ** 2, 1 - cos(X) ** 2),
    (sin(3 * X), 3 * sin(X) - 4 * sin(X) ** 3),
    (tan(X), sin(X) / cos(X)),
    (cos(X + 1), cos(X) * cos(1) - sin(X) * sin(1)),
    (asinh(X), log(X + sqrt(X**2 + 1))),
    (atanh(X), log((1 + X) / (1 - X)) / 2),
    (acosh(X), log(X + sqrt(X**2 - 1))),
    (asin(X) + acos(X), pi / 2),
    (erf(X) + erfc(X), sp.Integer(1)),
    (erf(-X), -erf(X)),
    (atan(-2 * X), -atan(2 * X)),
    (sqrt(4 * X**2 + 4), 2 * sqrt(X**2 + 1)),
    (sqrt(X**2 + 1).diff(X), X / sqrt(X**2 + 1)),
    (1 / (sqrt(X**2 + 1) + X), sqrt(X**2 + 1) - X),
    (exp(2 * X + log(3)), 3 * exp(X) ** 2),
    (exp(X / 2) * exp(X / 3), exp(5 * X / 6)),
    (2 ** (X + 1), 2 * exp(X * log(2))),
    (log(2 * (X**2 + 1)), log(2) + log(X**2 + 1)),
    (log(8) / log(2), sp.Integer(3)),
    (log(sqrt(2)), log(2) / 2),
    (sqrt(2) * sqrt(3), sqrt(6)),
    (sqrt(3 + 2 * sqrt(2)) ** 2, 3 + 2 * sqrt(2)),
    (sp.cbrt(2) ** 3, sp.Integer(2)),
    ((X + A) ** 2 / (X + A), X + A),
    (exp(A * X) * exp(-A * X), sp.Integer(1)),
    ((X**8 - 1) / (X - 1), (X + 1) * (X**2 + 1) * (X**4 + 1)),
    (exp(log(1 + X**2) / 2), sqrt(1 + X**2)),
    (log(exp(X) + exp(2 * X)), X + log(1 + exp(X))),
]
BY_NAME = [pytest.param(left, right, id=f"{left} = {right}"[:60]) for left, right in IDENTITIES]


@pytest.mark.parametrize("left, right", BY_NAME)
def test_identities_are_proved(left, right):
    assert is_zero(sp.Add(left, -right, evaluate=False)) is True
    assert equal(left, right) is True


@pytest.mark.parametrize("left, right", BY_NAME)
@pytest.mark.parametrize(
    "error", [R(1, 10**9), R(1, 10**40), -R(1, 10**40) * pi, X / 10**12, SIGMOID / 10**40], ids=str
)
def test_near_identities_are_refuted(left, right, error):
    assert is_zero(left - right + error) is False


@pytest.mark.parametrize("left, right", BY_NAME)
def test_an_identity_that_is_wrong_in_one_factor_is_refuted(left, right):
    assert is_zero(left - right * (1 + R(1, 10**15))) is (True if right == 0 else False)
    assert is_zero(left * (1 - R(1, 10**30)) - right) is False


ON_ONE_SIDE = [sqrt(X**2) - X, sqrt(X**2) + X, sqrt((X - 100) ** 2) - X + 100, sqrt(X**2 - 2 * X + 1) - X + 1]


@pytest.mark.parametrize("expr", ON_ONE_SIDE, ids=str)
def test_what_vanishes_on_half_the_line_only_is_not_zero(expr):
    assert is_zero(expr) is not True


ON_AN_INTERVAL = [
    ("acosh(cosh(x)) - x", 0, oo),
    ("acosh(cosh(x)) + x", -oo, 0),
    ("atan(x) + atan(1/x) - pi/2", 0, oo),
    ("atan(x) + atan(1/x) + pi/2", -oo, 0),
    ("acos(x) - 2*asin(sqrt((1 - x)/2))", -1, 1),
    ("acos((1 - x**2)/(1 + x**2)) - 2*atan(x)", 0, oo),
    ("acos((1 - x**2)/(1 + x**2)) + 2*atan(x)", -oo, 0),
    ("atan(2*x/(1 - x**2)) - 2*atan(x)", -1, 1),
    ("atan(2*x/(1 - x**2)) - 2*atan(x) + pi", 1, oo),
    ("atan((x - 1)/(x + 1)) - atan(x) + pi/4", -1, oo),
    ("acos(1/cosh(x)) - asin(tanh(x))", 0, oo),
    ("sqrt(cosh(x) - 1) - sqrt(2)*sinh(x/2)", 0, oo),
]


@pytest.mark.parametrize("text, lower, upper", ON_AN_INTERVAL, ids=[text for text, *_ in ON_AN_INTERVAL])
def test_what_holds_on_an_interval_is_proved_there_and_nowhere_else(text, lower, upper):
    expr = parse(text)
    assert is_zero(expr, sp.sympify(lower), sp.sympify(upper)) is True
    assert is_zero(expr + R(1, 10**40), sp.sympify(lower), sp.sympify(upper)) is False
    assert is_zero(expr) is not True


EVERYWHERE = [
    "atan(x) - asin(x/sqrt(1 + x**2))",
    "2*atan(tanh(x/2)) - asin(tanh(x))",
    "2*atan(exp(x)) - pi/2 - atan(sinh(x))",
    "2*atan(exp(x)) + 2*atan(exp(-x)) - pi",
    "asinh(x) - atanh(x/sqrt(1 + x**2))",
    "x/(1 + exp(-1.702*x)) - x/(1 + exp(-2*x)) + x/(1 + exp(1.702*x)) - x/(1 + exp(2*x))",
    "exp(1.702*x)*exp(2.001*x) - exp(3.703*x)",
    "2*atan(1/2) - atan(4/3)",
    "4*atan(1/5) - atan(1/239) - pi/4",
    "asin(3/5) + asin(4/5) - pi/2",
    "sqrt(cosh(1) - 1)*sqrt(cosh(1) + 1) - sinh(1)",
]


@pytest.mark.parametrize("text", EVERYWHERE)
def test_arcs_and_exponents_of_unlike_size_are_settled(text):
    assert is_zero(parse(text)) is True
    for error in (pi, pi / 7, R(1, 10**40)):
        assert is_zero(parse(text) + error) is False


def test_a_zero_slope_alone_proves_nothing_over_a_jump():
    jumping = parse("atan(x) + atan(1/x)")
    assert is_zero(jumping.diff(X)) is True
    assert is_zero(jumping - pi / 2) is False and is_zero(jumping + pi / 2) is False


CONSTANTS = [
    (sqrt(5 + 2 * sqrt(6)) - sqrt(2) - sqrt(3), True),
    (sqrt(2) + sqrt(3) - sqrt(10), False),
    (4 * atan(R(1, 5)) - atan(R(1, 239)) - pi / 4, True),
    (exp(pi * sqrt(163)) - 262537412640768744, False),
    (log(2) + log(3) - log(6), True),
    (sp.cbrt(2 + sqrt(5)) - sp.cbrt(sqrt(5) - 2) - 1, True),
    (sin(pi / 5) ** 2 - (5 - sqrt(5)) / 8, True),
    (exp(1) ** 2 - exp(2), True),
    (erf(1) - erf(R(10**40 + 1, 10**40)), False),
]


@pytest.mark.parametrize("value, answer", CONSTANTS, ids=lambda value: str(value)[:50])
def test_constants_are_judged_rightly_or_not_at_all(value, answer):
    assert is_zero(value) in (answer, None)


# --- disguises -------------------------------------------------------------------------------------------------------


def _rules(u: sp.Expr, rng: Random) -> list:
    shift = R(rng.randint(-4, 4), rng.randint(1, 3))
    return {
        tanh: [
            lambda: (exp(2 * u) - 1) / (exp(2 * u) + 1),
            lambda: 1 - 2 / (1 + exp(2 * u)),
            lambda: -tanh(-u),
            lambda: sinh(u) / cosh(u),
        ],
        exp: [
            lambda: exp(u - shift) * exp(shift),
            lambda: 1 / exp(-u),
            lambda: cosh(u) + sinh(u),
            lambda: sp.Mul(exp(u / 2), exp(u / 2), evaluate=False),
        ],
        sin: [
            lambda: sin(u - shift) * cos(shift) + cos(u - shift) * sin(shift),
            lambda: 2 * sin(u / 2) * cos(u / 2),
        ],
        cos: [lambda: 1 - 2 * sin(u / 2) ** 2, lambda: cos(u - shift) * cos(shift) - sin(u - shift) * sin(shift)],
        erf: [lambda: 1 - erfc(u), lambda: -erf(-u)],
        atan: [lambda: -atan(-u)],
        asinh: [lambda: log(u + sqrt(1 + u**2))],
        log: [lambda: log(3 * u) - log(3), lambda: 2 * log(sqrt(u)), lambda: -log(1 / u)],
    }


def disguised(expr: sp.Expr, rng: Random, steps: int) -> sp.Expr:
    """The same function written differently."""
    for _ in range(steps):
        nodes = [
            node for node in sp.preorder_traversal(expr) if isinstance(node, sp.Function) and X in node.free_symbols
        ]
        kind = rng.randrange(6)
        if kind == 0:
            expr = sp.expand(expr)
        elif kind == 1:
            expr = sp.together(expr)
        elif nodes:
            node = rng.choice(nodes)
            rules = _rules(node.args[0], rng).get(type(node))
            if rules:
                expr = expr.xreplace({node: rng.choice(rules)()})
    return expr


DISGUISED = (texts("smooth", 2).map(parse), st.randoms(use_true_random=False), st.integers(1, 4))


@QUICK
@given(*DISGUISED)
def test_a_disguise_is_never_refuted(expr, rng, steps):
    assert is_zero(expr - disguised(expr, rng, steps)) is not False


@QUICK
@given(
    *DISGUISED, st.sampled_from([R(1, 10**9), -R(1, 10**40), R(1, 10**25) * X, exp(-(X**2)) / 10**30, sin(X) / 10**20])
)
def test_a_disguise_with_a_small_error_is_never_accepted(expr, rng, steps, error):
    assert is_zero(expr - disguised(expr, rng, steps) + error) is not True


@QUICK
@given(texts("smooth", 2).map(parse), texts("smooth", 2).map(parse))
def test_two_functions_are_the_same_only_if_their_values_are(left, right):
    answer = is_zero(left - right)
    points = [R(1, 3), R(-7, 5), R(22, 7)]
    differences = [abs(sp.N((left - right).subs(X, point), 40, maxn=200)) for point in points]
    if answer is True:
        assert all(difference < 1e-30 for difference in differences)
    if answer is False:
        assert left != right


def test_most_disguises_are_seen_through():
    rng = Random(20)
    exprs = [left for left, _ in IDENTITIES if left.has(X) and not left.has(A)]
    answers = [is_zero(expr - disguised(expr, rng, 3)) for expr in exprs for _ in range(3)]
    assert False not in answers
    assert answers.count(True) > 0.9 * len(answers)


# --- orders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, point, order",
    [
        ("x**3", 0, 3),
        ("x - sin(x)", 0, 3),
        ("1 - cos(x)", 0, 2),
        ("exp(x) - 1 - x - x**2/2", 0, 3),
        ("x**2 - 2", sqrt(2), 1),
        ("(x**2 - 2)**2", -sqrt(2), 2),
        ("log(x)", 1, 1),
        ("exp(x) - 2", log(2), 1),
        ("cos(x)", 1, 0),
        ("sin(x)", pi, 1),
        ("x**2*(exp(x)-1)**3", 0, 5),
    ],
)
def test_the_order_of_a_zero(text, point, order):
    assert order_of_zero(parse(text), X, sp.sympify(point)) == order


@pytest.mark.parametrize("text, point", [("1/x", 0), ("log(x)", 0)])
def test_a_pole_has_no_order(text, point):
    with pytest.raises(Undecided):
        order_of_zero(parse(text), X, sp.Integer(point))


@QUICK
@given(texts("smooth", 2).map(parse))
def test_the_normal_form_is_the_same_function(expr):
    try:
        kernels, (value,) = normal_form(expr)
    except Undecided:
        return
    assert is_zero(kernels.back(value) - expr) is not False

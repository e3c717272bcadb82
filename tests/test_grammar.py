"""The expression language: what is read as what, what is refused and how, and that reading never does anything else."""

from __future__ import annotations

import operator as op
import time

import mpmath
import pytest
import sympy
from drawn import expressions
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from second_opinion import Function
from sympy import Abs, And, Ge, Gt, Heaviside, Le, Lt, Max, Min, Ne, Or, Piecewise, Rational, S, exp, log, sqrt, tanh

from propcheck.language import RESERVED, X, names, parse, parse_condition, show
from propcheck.language.limits import MAX_LENGTH
from propcheck.verdict import InputError

A = sympy.Symbol("a", real=True)
POSITIVE = sympy.Symbol("b", positive=True)
SYMBOLS = {"a": A, "b": POSITIVE, "lam": A}


def as_it_stands(kind, *arguments):
    return kind(*arguments, evaluate=False)


READINGS = {
    "x*tanh(log(1+exp(x)))": X * tanh(log(1 + exp(X))),
    "0.1 + 0.2": Rational(3, 10),
    "1e-3*x": X / 1000,
    "1_000.5": Rational(2001, 2),
    ".5": S.Half,
    "5.": S(5),
    "007": S(7),
    "12345678901234567890.123456789": Rational("12345678901234567890.123456789"),
    "1e400/1e399": S(10),
    "-x^2": -(X**2),
    "2^3^2": S(512),
    "2*x^-1": 2 / X,
    "-2**-x": -(2 ** (-X)),
    "x/2/3*6": X,
    "1 - x - 2 + 3": 2 - X,
    "+-+x": -X,
    "\n  x +\n\t1 ": X + 1,
    "pi*x + e**x": sympy.pi * X + exp(X),
    "a*x + b": A * X + POSITIVE,
    "abs(-2*x)": 2 * Abs(X),
    "abs(b) + abs(x**2) + abs(exp(x))": POSITIVE + X**2 + exp(X),
    "sqrt(x**2)": Abs(X),
    "max(0, x)": as_it_stands(Max, S.Zero, X),
    "relu(x)": as_it_stands(Max, S.Zero, X),
    "min(max(0, x), 6)": as_it_stands(Min, S(6), as_it_stands(Max, S.Zero, X)),
    "max(2, pi, 3)": sympy.pi,
    "heaviside(x)": Heaviside(X, S.Half),
    "heaviside(0) + sign(-2) + relu(-1)": -S.Half,
    "sigmoid(x)": 1 / (1 + exp(-X)),
    "softplus(x)": log(1 + exp(X)),
    "softsign(x)": X / (1 + Abs(X)),
    "gelu(x)": X * (1 + sympy.erf(X / sqrt(2))) / 2,
    "expm1(x) + log1p(x**2)": exp(X) - 1 + log(1 + X**2),
    "ln(x)": log(X),
    "x if x >= 0 else a*(exp(x) - 1)": as_it_stands(
        Piecewise, (X, as_it_stands(Ge, X, S.Zero)), (A * (exp(X) - 1), True)
    ),
    "Piecewise((x, x > 0), (0, True))": as_it_stands(Piecewise, (X, as_it_stands(Gt, X, S.Zero)), (0, True)),
    "1 if x < 0 else 2 if 0 <= x != 3 else x": as_it_stands(
        Piecewise,
        (1, as_it_stands(Lt, X, S.Zero)),
        (2, as_it_stands(And, as_it_stands(Le, S.Zero, X), as_it_stands(Ne, X, S(3)))),
        (X, True),
    ),
    "1 if not (x > 0 and x < 1) else 0": as_it_stands(
        Piecewise, (1, as_it_stands(Or, as_it_stands(Le, X, S.Zero), as_it_stands(Ge, X, S.One))), (0, True)
    ),
    "1 if pi > 3 else x": S.One,
    "1 if x < x + 1 else x": S.One,
    "x if False else 2*x": 2 * X,
    "sin(10**40*pi)": S.Zero,
    "max(x, 1,)": as_it_stands(Max, S.One, X),
    "tan(x + pi/2)": -sympy.cos(X) / sympy.sin(X),
    "ReLU(x) + Sigmoid(x) + GELU(x)": as_it_stands(Max, S.Zero, X) + 1 / (1 + exp(-X)) + parse("gelu(x)"),
    "Piecewise((x, x > 0), (0, True)) + Tanh(x)": as_it_stands(Piecewise, (X, as_it_stands(Gt, X, S.Zero)), (0, True))
    + tanh(X),
    "x*(x > 0)": X * as_it_stands(Piecewise, (1, as_it_stands(Gt, X, S.Zero)), (0, True)),
    "-(not x > 0)*x/2": -X * as_it_stands(Piecewise, (1, as_it_stands(Le, X, S.Zero)), (0, True)) / 2,
    "2*(x == 1)": 2 * as_it_stands(Piecewise, (1, as_it_stands(sympy.Eq, X, S.One)), (0, True)),
    "1 if x > 1 else (2 if x > 0 else (x))": parse("1 if x > 1 else 2 if x > 0 else x"),
    "max(1 if x > 1 else (2 if x > 0 else (3))*x, 5)": parse("max(5, 1 if x > 1 else (2 if x > 0 else 3)*x)"),
}


@pytest.mark.parametrize("text", READINGS)
def test_a_text_is_read_as(text):
    assert parse(text, SYMBOLS) == READINGS[text]


@pytest.mark.parametrize("short, long", [("arc" + name, "a" + name) for name in "sin cos tan sinh cosh tanh".split()])
def test_a_function_has_two_names(short, long):
    assert parse(f"{short}(x/3)") == parse(f"{long}(x/3)")


REFUSALS = [  # the wrong text, the nearest right one, what the message says, where it points
    ("", "x", "empty", None),
    (" \n", " x\n", "empty", None),
    ("x*tanhh(x)", "x*tanh(x)", "did you mean 'tanh'?", "tanhh"),
    ("ReLUs(x)", "ReLU(x)", "did you mean 'relu'?", "ReLUs"),
    ("Phi(x)", "ndtr(x)", "write ndtr(x)", "Phi"),
    ("phi(x)", "exp(-x**2/2)/sqrt(2*pi)", "write exp(-x**2/2)/sqrt(2*pi)", "phi"),
    ("fmax(x, 0)", "max(x, 0)", "write max(u, v)", "fmax"),
    ("torch.clamp(x, 0, 6)", "max(0, min(6, x))", "write 'clamp' without 'torch.'", "."),
    ("np.where(x > 0, x, 0)", "x if x > 0 else 0", "write 'where' without 'np.'", "."),
    ("2*np.pi*x", "2*pi*x", "write 'pi' without 'np.'", "."),
    ("x.sigmoid()", "sigmoid(x)", "write sigmoid(x)", "."),
    ("1 + expit(x)", "1 + sigmoid(x)", "write sigmoid(x)", "expit"),
    ("tanh^2(x)", "tanh(x)**2", "write tanh(x)**2", "("),
    ("tanh²(x)", "tanh(x)**2", "write tanh(x)**2", "²"),
    ("sinh**-1(x)", "asinh(x)", "asinh(x) for the inverse", "("),
    ("f(x) = x**2", "x**2", "leave 'f(x) =' out", "="),
    ("y = x**2", "x**2", "leave 'y =' out", "="),
    ("def f(x): return x", "x", "only the formula that the function returns", "def"),
    ("\\frac{x}{2}", "x/2", "LaTeX is not in the language: for '\\frac' write (a)/(b)", "\\"),
    ("x \\tanh(x)", "x*tanh(x)", "for '\\tanh' write tanh(...)", "\\"),
    ("x⁻¹", "x**-1", "write '**-'", "⁻"),
    ("X + 1", "x + 1", "did you mean 'x'?", "X"),
    ("x*slope", "x*a", "as slope=VALUE", "slope"),
    ("swish(x)", "x*sigmoid(x)", "write x*sigmoid(x)", "swish"),
    ("a(x + 1)", "a*(x + 1)", "write a*(...)", "a("),
    ("x(x + 1)", "x*(x + 1)", "write x*(...)", "x("),
    ("2x", "2*x", "write '*' between them for a product, as in 2*x", "x"),
    ("2(x)", "2*(x)", "write '*' between them", "("),
    ("(x)(x)", "(x)*(x)", "write '*' between them", "(x)$"),
    ("x 2", "x*2", "write '*' between them", "2"),
    ("sin x", "sin(x)", "write sin(...)", "x"),
    ("1 + sin", "1 + sin(x)", "write sin(...)", "sin"),
    ("math.exp(x)", "exp(x)", "write 'exp' without 'math.'", "."),
    ("torch.relu(x)", "relu(x)", "write 'relu' without 'torch.'", "."),
    ("x.real", "x", "no attributes", "."),
    ("x[0]", "x", "no indexing", "["),
    ("lambda x: x", "x", "leave 'lambda x:' out", "lambda"),
    ("lambda*x", "lam*x", "may be called 'lam'", "lambda"),
    ("import os", "x", "'import' is a word of Python", "import"),
    ("[x for x in y]", "x", "'['", "["),
    ("x = 1", "1 if x == 1 else 0", "write '=='", "="),
    ("(x := 1)", "(x)", "':=' is not in the language", ":"),
    ("1 if x =< 1 else 2", "1 if x <= 1 else 2", "write '<='", "=<"),
    ("1 if x > 0 & x < 1 else 2", "1 if x > 0 and x < 1 else 2", "write 'and'", "&"),
    ("1 if x < 0 | x > 1 else 2", "1 if x < 0 or x > 1 else 2", "write 'or'", "|"),
    ("1 if ~(x > 0) else 2", "1 if not (x > 0) else 2", "write 'not'", "~"),
    ("|x|", "abs(x)", "write abs(x)", "|x"),
    ("2*|x - 1|", "2*abs(x - 1)", "write abs(x - 1)", "|x"),
    ("x; x", "x", "one expression", ";"),
    ("x, 1", "x", "between the arguments of a call", ","),
    ("max((x, 1), 2)", "max(x, 1, 2)", "between the arguments of a call", "(x"),
    ("f'x'", "x", "text in quotes", "'"),
    ("x # why", "x", "comments", "#"),
    ("x × 2", "x * 2", "write '*'", "×"),
    ("x − 2", "x - 2", "write '-'", "−"),
    ("π*x", "pi*x", "write 'pi'", "π"),
    ("α*x", "a*x", "write 'alpha'", "α"),
    ("x²", "x**2", "write '**2'", "²"),
    ("x\u00a0+ 1", "x + 1", "ordinary blank", "\u00a0"),
    ("２*x", "2*x", "write '2'", "２"),
    ("x + \0", "x", "null character", "\0"),
    ("x + \ud800", "x", "U+D800", "\ud800"),
    ("\u202ex", "x", "U+202E", "\u202e"),
    ("x % 2", "x / 2", "'%' is not in the language", "%"),
    ("x // 2", "x / 2", "missing before '/'", "/ 2"),
    ("x +", "x + 1", "the text ends", None),
    ("* x", "x", "missing before '*'", "*"),
    ("x + )", "x", "missing before ')'", ")"),
    ("(x", "(x)", "never closed", "("),
    ("x)", "(x)", "never opened", ")"),
    ("()", "(x)", "missing before ')'", ")"),
    ("max(*x)", "max(x, 1)", "missing before '*'", "*"),
    ("max(x, key=x)", "max(x, 1)", "'=' is not in the language", "="),
    ("x if x", "x if x > 0 else 1", "cases are written", "if"),
    ("x else 1", "x if x > 0 else 1", "cases are written", "else"),
    ("x if x else 1", "x if x != 0 else 1", "not a condition", "x else"),
    ("(x > 0) + x", "(x > 0)*1 + x", "a condition stands where a value should", "x >"),
    ("x/(x > 0)", "x*(x > 0)", "a condition stands where a value should", "x >"),
    ("True*x", "1*x", "a condition stands where a value should", "True"),
    ("x > 0", "heaviside(x)", "a condition stands where a value should", "x >"),
    ("True", "1", "a condition stands where a value should", "True"),
    ("sin()", "sin(x)", "takes 1 argument, here are 0", "sin"),
    ("sin(x, 1)", "sin(x)", "takes 1 argument, here are 2", "sin"),
    ("max(x)", "max(x, 0)", "at least 2 arguments", "max"),
    ("log(x, 2)", "log(x)/log(2)", "log(x)/log(b)", "log"),
    ("Piecewise((x, x > 0))", "Piecewise((x, x > 0), (0, True))", "last pair (value, True)", "(x,"),
    ("Piecewise(x, 0)", "Piecewise((x, x > 0), (0, True))", "pairs (value, condition)", "x,"),
    ("1j", "1", "imaginary", "j"),
    ("0x1F", "31", "decimal digits", "0x"),
    ("1/0", "1/1", "divides by 0", "1/0"),
    ("2 + 1/(x - x)", "2 + 1/(x + x)", "divides by 0", "1/("),
    ("1/(sin(1)**2 + cos(1)**2 - 1)", "1/(sin(1)**2 + cos(1)**2)", "cannot be told from 0", "1/("),
    ("0**-1", "1**-1", "divides by 0", "0**"),
    ("0**-2", "1**-2", "negative power", "0**"),
    ("x*log(0)", "x*log(1)", "not a real number", "log"),
    ("log(-1)", "log(1)", "not a real number", "log"),
    ("sqrt(-1)*x", "sqrt(1)*x", "not a real number", "sqrt"),
    ("sqrt(-x**2)", "sqrt(x**2)", "not a real number", "sqrt"),
    ("(-8)**(1/3)", "-(8**(1/3))", "not a real number", "(-8"),
    ("(-2)**x", "2**(-x)", "not a real number", "(-2"),
    ("1 + asin(2)", "1 + asin(1)", "not a real number", "asin"),
    ("acosh(1/2)", "acosh(3/2)", "not a real number", "acosh"),
    ("atanh(1)", "atanh(1/2)", "not a real number", "atanh"),
    ("tan(pi/2)", "tan(pi/4)", "not a real number", "tan"),
    ("1 if sin(1)**2 + cos(1)**2 == 1 else 0", "1 if x == 1 else 0", "cannot be told apart", "sin"),
    ("9**9**9", "9**9", "too large a power", "9**9"),
    ("2**(3**40)", "2**(3**4)", "too large a power", "2**("),
    ("(10**6)**1000", "(10**6)**10", "too large a power", "(10**6)**"),
    ("exp(10**9*log(2))", "exp(10*log(2))", "too large a power", "exp"),
    ("exp(1e303*log(1 + 1e-300))", "exp(3*log(1 + 1e-300))", "too large a power", "exp"),
    ("(2**x)**(10**9/x)", "(2**x)**(10/x)", "too large a power", "(2**x)**"),
    ("((x + 1)**100)**100", "((x + 1)**10)**10", "too high a power", "((x"),
    ("x**60*x**60*x**60", "x**60*x**60", "too high a power", "x**60*"),
    ("exp(exp(100))", "exp(exp(1))", "too large", "exp(exp"),
    ("x*exp(30000)", "x*exp(20000)", "too large: constants go up to 1e10000", "exp(30000"),
    ("x - 1e-3*exp(-30000)", "x - 1e-3*exp(-20000)", "too small", "exp(-30000"),
    ("1e999999", "1e300", "digits", "1e"),
    ("1" * 1001, "1" * 1000, "digits", None),
    ("(" * 65 + "x" + ")" * 65, "(" * 64 + "x" + ")" * 64, "brackets", None),
    ("-" * 100 + "x", "-" * 50 + "x", "inside each other", None),
    ("+".join(["x"] * 10001), "+".join(["x"] * 1000), "limit", None),
    ("x" * (MAX_LENGTH + 1), "a", "characters; the limit is", None),
    ("(" * 1_000_000, "x", "characters; the limit is", None),
    ("gelu(" * 20 + "x" + ")" * 20, "gelu(gelu(x))", "parts", None),
    ("tanh(3*sqrt(" * 9 + "x" + "))" * 9, "tanh(3*sqrt(x))", "too involved", None),
]


def test_nobody_is_told_to_write_what_is_refused():
    with pytest.raises(InputError, match=r"full stop\) is not in the language\n"):
        parse("../x", SYMBOLS)


@pytest.mark.parametrize("wrong, right, said, place", REFUSALS, ids=[ascii(row[0][:40])[1:-1] for row in REFUSALS])
def test_the_wrong_text_is_refused_and_the_right_one_read(wrong, right, said, place):
    began = time.process_time()
    with pytest.raises(InputError) as refusal:
        parse(wrong, SYMBOLS)
    assert time.process_time() - began < 20  # it is refused, not worked through
    sentence, *picture = str(refusal.value).splitlines()
    assert said in sentence
    if place is not None:
        line, caret = picture
        column = int(sentence.partition(":")[0].removeprefix("column "))
        start = wrong.index(place) if not place.endswith("$") else wrong.rindex(place[:-1])
        assert column == start + 1
        assert caret.index("^") == start + 2
        assert len(line) == len(wrong) + 2
    str(refusal.value).encode("utf-8")
    parse(right, SYMBOLS)


def test_a_long_text_is_shown_around_the_place():
    text = "x + " * 200 + "y + " + "x + " * 200 + "x"
    with pytest.raises(InputError) as refusal:
        parse(text)
    sentence, line, caret = str(refusal.value).splitlines()
    assert sentence.startswith("column 801: unknown name 'y'")
    assert line[caret.index("^")] == "y"
    assert len(line) < 90


def test_numbers_in_powers_are_small_before_sympy_sees_them():
    for text in (
        "2**(10**9*x)*2**(10**9 - 10**9*x)",
        "exp(x)**(10**9*log(2)/x)",
        "e**(10**9*log(2))",
        "sqrt(2)**(10**9)",
    ):
        with pytest.raises(InputError):
            parse(text)


CONDITIONS = {
    "a >= 0": as_it_stands(Ge, A, S.Zero),
    "0 < a < 1": as_it_stands(And, as_it_stands(Lt, S.Zero, A), as_it_stands(Lt, A, S.One)),
    "a != 0 or b > a": as_it_stands(Or, as_it_stands(Ne, A, S.Zero), as_it_stands(Gt, POSITIVE, A)),
    "not a > 1": as_it_stands(Le, A, S.One),
    "True": S.true,
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_range_is_read_as(text):
    assert parse_condition(text, SYMBOLS) == CONDITIONS[text]


@pytest.mark.parametrize(
    "text, said", [("x > 0", "'x' is the variable"), ("a", "not a condition"), ("c > 0", "unknown name")]
)
def test_a_range_that_is_none_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse_condition(text, SYMBOLS)


@pytest.mark.parametrize(
    "text, found",
    [
        ("x*sigmoid(beta*x)", {"beta"}),
        ("pi*e*x if x > a else True_1", {"a", "True_1"}),
        ("exp(x)", set()),
        ("relu + q", {"q"}),
    ],
)
def test_the_names_of_a_text_are_its_parameters(text, found):
    assert names(text) == found


def test_no_parameter_may_be_called_like_a_word_of_the_language():
    assert {"x", "pi", "e", "relu", "Piecewise", "lambda"} <= RESERVED


SHOWN = {
    Piecewise((X, X >= 0), (A * X, True)): "Piecewise((x, x >= 0), (a*x, True))",
    as_it_stands(Max, S.Zero, X): "max(0, x)",
    Abs(X - 1) * Heaviside(X): "abs(x - 1)*heaviside(x)",
    sympy.E * X: "e*x",
    exp(X) / 3: "exp(x)/3",
    1 / sqrt(X**2 + 1): "1/sqrt(x**2 + 1)",
    -3 * X / (Abs(X) + 1) / 2: "-3*x/(abs(x) + 1)/2",
    X / (X + 1) ** 2 / 2: "x/(2*(x + 1)**2)",
    X / (X + 1) / (X + 2) / 2: "x/(2*(x + 1)*(x + 2))",
}


@pytest.mark.parametrize("expr", SHOWN, ids=str)
def test_an_expression_is_shown_in_the_language(expr):
    assert show(expr) == SHOWN[expr]
    assert parse(show(expr), SYMBOLS) == expr


def test_a_condition_is_shown_in_the_language():
    condition = parse_condition("(a > 1 or b > 2) and not a == 3", SYMBOLS)
    assert parse_condition(show(condition), SYMBOLS) == condition


@pytest.mark.parametrize("text", READINGS)
def test_what_was_read_is_read_again_from_what_is_shown(text):
    expr = parse(text, SYMBOLS)
    assert parse(show(expr), SYMBOLS) == expr


@given(
    st.lists(st.tuples(st.integers(2, 5000), st.decimals(-3, 3, places=10)), min_size=1, max_size=3),
    st.sampled_from(("{}", "x*{}", "exp(x)/({})", "({}*x**2)**0.37123", "max(x, {})", "sqrt({})")),
)
@settings(max_examples=150, deadline=None)
def test_a_root_of_high_degree_is_read_soon_exactly_and_again(roots, frame):
    text = frame.format("*".join(f"({base})**({exponent})" for base, exponent in roots))
    began = time.process_time()
    expr = parse(text)
    assert time.process_time() - began < 5
    assert parse(show(expr)) == expr
    with mpmath.workdps(50):
        product = mpmath.fprod(mpmath.mpf(base) ** mpmath.mpf(str(exponent)) for base, exponent in roots)
        right = {
            "{}": product,
            "x*{}": 2 * product,
            "exp(x)/({})": mpmath.exp(2) / product,
            "({}*x**2)**0.37123": (4 * product) ** mpmath.mpf("0.37123"),
            "max(x, {})": max(mpmath.mpf(2), product),
            "sqrt({})": mpmath.sqrt(product),
        }[frame]
        assert mpmath.almosteq(value_at(expr, mpmath.mpf(2)), right, rel_eps=mpmath.mpf(10) ** -35)


def test_a_number_put_into_a_power_comes_back():
    power = parse("24**x*(1 + 72**x)")
    with mpmath.workdps(40):
        found = value_at(power.subs(X, Rational("0.7345678901")), None)
        exponent = mpmath.mpf("0.7345678901")
        assert mpmath.almosteq(found, mpmath.mpf(24) ** exponent * (1 + mpmath.mpf(72) ** exponent))
    assert sympy.Integer(2**500) ** Rational(1, 500) == 2
    assert sqrt(sympy.Integer(12)) == 2 * sqrt(3)


@given(expressions(depth=4, jumps=True, growing=True))
@settings(max_examples=200, deadline=None)
def test_any_expression_is_read_again_from_what_is_shown(text):
    try:
        expr = parse(text)
    except InputError:
        assume(False)
    assert parse(show(expr)) == expr


def value_at(expr, x):
    """The value of an expression in X, node by node, with mpmath's function of the same name."""
    match expr:
        case sympy.Symbol():
            return x
        case sympy.Rational():
            return mpmath.mpf(int(expr.p)) / int(expr.q)
        case sympy.NumberSymbol():
            return {S.Pi: mpmath.pi, S.Exp1: mpmath.e}[expr] * mpmath.mpf(1)
        case Piecewise():
            return value_at(next(value for value, condition in expr.args if holds_at(condition, x)), x)
    arguments = [value_at(argument, x) for argument in expr.args]
    match expr:
        case sympy.Add():
            return mpmath.fsum(arguments)
        case sympy.Mul():
            return mpmath.fprod(arguments)
        case sympy.Pow():
            return mpmath.power(*arguments)
        case Max() | Min():
            return {Max: max, Min: min}[type(expr)](arguments)
        case Heaviside():
            return (1 + mpmath.sign(arguments[0])) / 2
        case Abs():
            return abs(arguments[0])
    return getattr(mpmath, type(expr).__name__)(*arguments)


def holds_at(condition, x):
    if isinstance(condition, (And, Or)):
        return {And: all, Or: any}[type(condition)](holds_at(part, x) for part in condition.args)
    if condition in (S.true, S.false):
        return bool(condition)
    left, right = (value_at(side, x) for side in condition.args)
    return RELATIONS[condition.rel_op](left, right)


RELATIONS = dict(zip(("<", "<=", ">", ">=", "==", "!="), (op.lt, op.le, op.gt, op.ge, op.eq, op.ne), strict=True))


@given(expressions(depth=3, jumps=True), st.fractions(-5, 5, max_denominator=1000))
@settings(max_examples=300, deadline=None)
def test_the_expression_has_the_value_that_python_gives(text, point):
    point += Rational(1, 1_000_003)  # off the places where a branch begins
    try:
        expr = parse(text)
    except InputError:  # a constant part that is not a real number, such as 1/(2 - 2)
        assume(False)
    with mpmath.workdps(60):
        x = mpmath.mpf(int(point.p)) / int(point.q)
        expected = Function(text)(x)
        found = value_at(expr, x)
        assert abs(found - expected) <= mpmath.mpf(10) ** -40 * (1 + abs(expected))

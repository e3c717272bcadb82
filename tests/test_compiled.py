"""Compiled forms: right to a few ulp on the whole catalogue, silent, and of the shape and type of their input."""

from __future__ import annotations

import math
import pickle
import threading
import warnings

import flint
import ml_dtypes
import mpmath
import numpy as np
import pytest
from drawn import expressions
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import Function

import propcheck
from propcheck import spec
from propcheck.numeric.accuracy import measure
from propcheck.numeric.formats import FORMATS, SINGLE
from propcheck.numeric.inputs import hard_inputs
from propcheck.numeric.truth import Reference, oracle
from propcheck.verdict import InaccurateWarning, InputError


def compiled_form(target, **options):  # noqa: ANN001, ANN003, ANN201 - as propcheck.compile, by NumPy alone
    return propcheck.compile(target, **{"fast": False, **options})


NAMES = [entry.name for entry in spec.index()]


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_is_right_to_four_ulp_and_silent(name: str) -> None:
    activation = propcheck.load(name)
    for order in (0, 1):
        compiled = compiled_form(activation, order=order, fast=False)
        for dtype in ("float64", "float32"):
            found = measure(compiled, activation, order, dtype)
            assert not (found.lost or found.missed or found.invented or found.warnings), found
            assert found.returned == dtype
            worst = found.allowed
            assert worst is None or worst.ulps <= 4, found


@pytest.mark.parametrize(("text", "patched"), [("softsign(x)", False), ("x if x > 0 else x*exp(x)", True)])
def test_single_precision_is_native_and_patched_only_where_errors_can_reach_the_bound(text: str, patched: bool) -> None:
    made = compiled_form(text, order=(0, 1), dtype="float32", fast=False)
    run = made.prepare(np.dtype("float32"))
    form = getattr(run, "run", run)
    assert form.work is SINGLE and bool(form.patches) == patched
    x = np.concatenate([np.linspace(s * 2.0**-12, s * 2.0**-6, 200_000, dtype=np.float32) for s in (1, -1)])
    exact = 1 / (1 + np.abs(x.astype(float))) ** 2
    if text == "softsign(x)":  # 1 + x, its square and the quotient: at most 3.5 in the last place of what is below 1
        assert 3 < np.max(np.abs(made(x)[1] - exact) / 2.0**-24) < 3.6
    assert max(made.bound.values()) <= 4


@pytest.mark.parametrize("name", ["tanh", "relu6", "gelu", "mish", "xwish", "softsign", "elu", "gcu"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits_are_rounded_once(name: str, dtype: str) -> None:
    activation = propcheck.load(name)
    for order in (0, 1):
        found = measure(compiled_form(activation, order=order), activation, order, dtype)
        assert found.holds, found


def _truth(formula, x: float) -> float:  # noqa: ANN001 - a function of mpmath numbers
    with mpmath.workdps(60):
        return float(formula(mpmath.mpf(x)))


KNOWN = [  # (target, order, x, the exact value by mpmath)
    ("silu", 1, -1000.0, lambda x: (s := 1 / (1 + mpmath.exp(-x))) * (1 + x * (1 - s))),
    ("silu", 1, -700.0, lambda x: (s := 1 / (1 + mpmath.exp(-x))) * (1 + x * (1 - s))),
    ("softplus", 1, 1000.0, lambda x: 1 / (1 + mpmath.exp(-x))),
    ("softplus", 0, -37.0, lambda x: mpmath.log1p(mpmath.exp(x))),
    ("relu_softplus", 0, -1e-8, lambda x: mpmath.log1p(mpmath.expm1(x) / 2)),
    ("gelu", 0, -37.0, lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2),
    ("xwish", 1, -1e8, lambda x: (mpmath.acot(-x) + x / (1 + x * x)) / mpmath.pi),
    ("tanhshrink", 0, 1e-5, lambda x: x - mpmath.tanh(x)),
    ("squareplus", 0, -1e7, lambda x: 2 / (mpmath.sqrt(x * x + 4) - x)),
]


@pytest.mark.parametrize(("name", "order", "x", "formula"), KNOWN, ids=[f"{c[0]}{c[1]}({c[2]:g})" for c in KNOWN])
def test_where_the_textbook_formula_fails(name: str, order: int, x: float, formula) -> None:  # noqa: ANN001
    exact = _truth(formula, x)
    found = compiled_form(name, order=order)(x)
    # The input's own half ulp moves what falls like exp(-x^2/2) by half of abs(x^2) ulp.
    assert abs(found - exact) <= (4 + x * x / 2 * (name == "gelu")) * math.ulp(exact)


HELD_OUT = [
    "x*tanh(log(1 + exp(x)))",
    "x*sigmoid(x)**2",
    "x*erf(exp(x))",
    "tanh(x)*softplus(x)",
    "x/(1 + x**2)",
    "log(cosh(x))",
    "sqrt(x**2 + 1) - 1",
    "(1 - exp(-x))/(1 + exp(-x))",
    "x**2*exp(-x)",
    "sin(x)/x",
    "x*atan(x)",
    "exp(x)*erfc(x)",
    "min(x, 0)*exp(x) + max(x, 0)",
    "x*sigmoid(1.3*x) - 0.2*exp(-(x - 1)**2)",
    "log(x)",
    "sqrt(x)",
    "asinh(x)",
    "x**5 - x",
    "x if x > 1 else (x**3 if x > -1 else -tanh(x)**2)",
    "softplus(x)**2",
    "1/(1 + exp(x**2))",
    "x*log(1 + abs(x))",
]


@pytest.mark.parametrize("text", HELD_OUT)
def test_formulas_outside_the_catalogue(text: str) -> None:
    activation = propcheck.load(text)
    for order in (0, 1):
        for dtype in ("float64", "float32"):
            found = measure(compiled_form(activation, order=order, fast=False), activation, order, dtype)
            assert not (found.lost or found.warnings or found.invented), (order, found)
            assert found.allowed is None or found.allowed.ulps <= 16, (order, found)


FORMULAS = ["x*sigmoid(%s*x)", "tanh(%s*x)", "log(1 + exp(%s*x))", "erf(%s*x)*x", "x*exp(-%s*x**2)", "x - tanh(%s*x)"]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(FORMULAS), st.integers(1, 40), st.integers(1, 16), st.floats(-30, 30))
def test_the_values_of_random_formulas(formula: str, p: int, q: int, x: float) -> None:
    activation = propcheck.load(formula % f"({p}/{q})")
    points = np.array([x, -x, x / 100, x * 3])
    for order in (0, 1):
        found = measure(compiled_form(activation, order=order), activation, order, "float64", points)
        assert found.allowed is None or found.allowed.ulps <= 6, (formula, p, q, found)


# --- what is promised ------------------------------------------------------------------------------------------------


def derivative(function: Function, at: mpmath.mpf, order: int) -> mpmath.mpf | None:
    """The derivative; beyond the second, from differences of that."""
    if order < 3:
        return function.derivative(at, order)
    return mpmath.diff(lambda t: function.derivative(at * t, 2), 1, order - 2) / at ** (order - 2)


def exact(text: str, x: float, order: int) -> mpmath.mpf:
    """The derivative by the second opinion: digits are added until two results agree."""
    function, before = Function(text), None
    for digits in (120, 400, 1500, 4000):
        with mpmath.workdps(digits):
            value = derivative(function, mpmath.mpf(x), order)
        assert value is not None, f"{text} at {x} has no value"
        if before is not None and abs(before - value) <= abs(value) * mpmath.mpf(10) ** -20:
            return value
        before = value
    raise AssertionError(f"{text} at {x} is not settled")


def allowed(text: str, x: float, order: int, form: str) -> float:
    """The ulps of the value that half an ulp of the input is worth."""
    value = exact(text, x, order)
    return float(abs(exact(text, x, order + 1)) * _ulp(x, form) / _ulp(value, form) / 2)


def _ulp(value, form: str) -> mpmath.mpf:  # noqa: ANN001 - any number
    exponent = int(mpmath.frexp(value)[1]) if value else -2000
    return mpmath.mpf(2) ** FORMATS[form].ulp(exponent)


def off(found, text: str, x: float, order: int) -> float:  # noqa: ANN001 - a NumPy number
    """How many ulps a value is away from the exact one."""
    form, value = found.dtype.name, exact(text, x, order)
    return float(abs(mpmath.mpf(float(found)) - value) / _ulp(value, form))


HARD = [  # (formula, order, inputs): one for each way in which a form goes wrong
    ("x*(exp(x)-1)/(exp(x)+5)", 1, (720.0, -720.0, 36.5, 354.0)),  # parts of a quotient overflow
    ("1/cosh(x)", 1, (356.0, -356.0, 709.0, 20.0)),
    ("x/(exp(x)-1)", 0, (712.0, -5.0, 30.0, 1e-9)),
    ("x*(exp(2*x)+2*exp(x))/(exp(2*x)+2*exp(x)+2)", 1, (400.0, -30.0, 18.0)),
    ("x*exp(x**2/2)*erfc(x/sqrt(2))", 0, (39.0, 45.0, 300.0, 2.5, -3.0)),  # big times small
    ("x-log(1+exp(x))", 0, (36.0, 40.0, 700.0, -3.0)),  # functions with one asymptote
    ("log(cosh(x))-abs(x)+log(2)", 0, (20.0, -20.0, 300.0, 0.01)),
    ("softplus(x)-softplus(x-1)", 0, (-40.0, 3.0, 60.0)),
    ("softplus(x)-softplus(x-1)", 1, (40.0, -40.0, 7.3)),
    ("log((1+exp(x))/(1+exp(x-1)))", 0, (-50.0, -20.0, 40.0)),
    ("sqrt((x-1)**2+1)+sqrt((x+1)**2+1)", 1, (1e6, 300.0, 1e-5, -1.3)),  # a conjugate for one zero
    ("x*sigmoid(x-20)", 0, (-123.57, -0.7, 3.3, 19.9)),  # shifted and scaled arguments
    ("sigmoid(5*x)", 0, (-123.57, -7.77, 3.1)),
    ("softplus(x-500)", 0, (-3.7, 123.4, 499.9)),
    ("x*sigmoid(1.702*x)", 1, (-1.27846, -20.3, 100.1)),
    ("1/(1+exp(-x)*exp(-exp(-x)))", 0, (-5.0, -1.0, 3.0)),  # a tail that falls like exp of exp
    ("log(1+x**2)", 0, (1e160, -1e200, 1e-170)),  # overflow far out
    ("abs(x)**1.5", 1, (1e300, 1e-300, 7.0)),
    ("sqrt(1+x**2)", 0, (1e200, -1e160, 3.0)),
    ("sin(30*x)", 0, (1e307, 1629.3, -123.4)),
    ("x*sigmoid(x)", 2, (-700.0, 30.0, 2.39935)),  # second derivatives
    ("x*(1+erf(x/sqrt(2)))/2", 2, (-30.0, 1.41421, 5.0)),
]


@pytest.mark.parametrize(("text", "order", "inputs"), HARD, ids=[f"{text}, order {order}" for text, order, _ in HARD])
def test_no_form_is_wrong_where_it_is_hard(text: str, order: int, inputs: tuple[float, ...]) -> None:
    f = compiled_form(text, order=order)
    assert f.bound[order] == 4
    for x, found in zip(inputs, f(np.array(inputs)), strict=True):
        assert off(found, text, x, order) <= f.bound[order] + allowed(text, x, order, "float64"), (x, found)


def test_a_smooth_join_is_flat() -> None:
    bump = compiled_form("exp(-1/(1-x**2)) if abs(x) < 1 else 0", order=(0, 1))
    for part in bump(np.array([-1.0, 1.0, -2.0, math.nextafter(-1, 0)])):
        assert part.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("kink", ["3/10", "0.7", "-1.1", "pi", "1/3"])
def test_each_float_lies_on_its_own_side_of_a_kink(dtype: type, kink: str) -> None:
    f = compiled_form(f"relu(x - ({kink}))", order=(0, 1))
    with mpmath.workdps(60):
        at = Function(kink)(0)
        near = dtype(float(at))
        inputs = np.array([np.nextafter(near, dtype(-9)), near, np.nextafter(near, dtype(9)), near + 1], dtype)
        for x, value, slope in zip(inputs, *f(inputs), strict=True):
            distance = max(mpmath.mpf(float(x)) - at, mpmath.mpf(0))
            assert slope == (distance > 0), x
            assert abs(float(value) - distance) <= 2 * _ulp(distance, np.dtype(dtype).name), (x, value)


FOUND = [  # from public collections of activations
    "0.5*(tanh(x) + relu(x) + x*sigmoid(x) + x)",
    "x + 0.5*(sqrt((x - 0.5)**2 + 1e-6) - sqrt((x + 0.5)**2 + 1e-6))",
    "2/(1 - exp(-x)) - 2/(1 + exp(-x))",
    "exp(-(x - 1)**2/2)",
    "1 if x <= 0 else (1 - 28*(x/5)**6 + 48*(x/5)**7 - 21*(x/5)**8 if x < 5 else 0)",
    "1 - (1 - (x/4.685)**2)**3 if abs(x) <= 4.685 else 1",
    "(exp(x) - exp(-x))/sqrt(2*(exp(2*x) + exp(-2*x)))",
    "x/(1 - x*exp(-(x + exp(x))))",
    "x if x >= 0 else 1/(1 + abs(x)**2.5)",
    "log((1 + exp(x/2))/(1 + exp((x - 1)/2)))*2",
]


@pytest.mark.parametrize("text", FOUND)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_formulas_of_others_keep_their_bounds_and_are_silent(text: str, dtype: str) -> None:
    activation = propcheck.load(text)
    points = hard_inputs(activation, np.dtype(dtype))[::2] * np.dtype(dtype).type(1.0007)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for order in (0, 1):
            f = compiled_form(activation, order=order, dtype=dtype)
            found = measure(f, activation, order, dtype, points)
            assert not (found.lost or found.missed or found.invented or found.warnings), (order, found)
            assert found.allowed is None or found.allowed.ulps <= f.bound[order] <= 4, (order, found)


@settings(max_examples=8, deadline=None)
@given(expressions(2, growing=True), st.lists(st.floats(-800, 800), min_size=4, max_size=12))
def test_a_random_formula_is_right_or_told(text: str, inputs: list[float]) -> None:
    activation = propcheck.load(text)
    if not activation.pieces:
        return
    points = np.array([*inputs, *(x / 64 for x in inputs)])
    for order in (0, 1):
        f = compiled_form(activation, order=order)
        found = measure(f, activation, order, "float64", points)
        assert not found.lost and (found.allowed is None or found.allowed.ulps <= f.bound[order]), (text, found)


def test_what_is_not_strict_is_told_and_bounded_by_what_was_seen() -> None:
    text = "exp(sin(x)) - exp(sin(x) - 1e-30)"  # cancels everywhere
    strict = compiled_form(text, dtype="float64")
    with pytest.warns(InaccurateWarning, match=r"may be wrong by .* on \["):
        loose = compiled_form(text, strict=False, dtype="float64")
    assert strict.bound[0] == 4 and loose.bound[0] > 4
    assert off(strict(0.7), text, 0.7, 0) <= 0.5
    assert "float64 to 4 ulp" in repr(strict) and "inf ulp" in repr(loose) or loose.bound[0] < math.inf


def test_the_oracle_rounds_correctly_and_leaves_the_precision_alone() -> None:
    kept = flint.ctx.prec
    flint.ctx.prec = 77
    try:
        exactly = oracle(propcheck.load("relu"), 1, "mean", np.float64)
        assert exactly(np.array([-1.0, 0.0, 2.0, np.inf])).tolist() == [0, 0.5, 1, 1]
        silu = oracle(propcheck.load("silu"), 0, "catalogue", np.float32)
        x = np.array([-50.0, -1e-3, 0.3, 90.0], np.float32)
        for at, found in zip(x.tolist(), silu(x), strict=True):
            assert off(found, "x*sigmoid(x)", at, 0) <= 0.5
        assert flint.ctx.prec == 77
    finally:
        flint.ctx.prec = kept


# --- how it is called ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 0, 4), (20001,)])
def test_the_result_has_the_shape_and_type_of_the_input(dtype: type, shape: tuple[int, ...]) -> None:
    x = np.full(shape, 0.5, dtype)
    value, slope = compiled_form("gelu", order=(0, 1))(x)
    for result in (value, slope):
        assert result.shape == shape and result.dtype == x.dtype


def test_numbers_and_integers_are_double_precision() -> None:
    relu = compiled_form("relu")
    assert relu(3) == 3.0 and isinstance(relu(3), np.float64)
    assert relu(np.array([1, -2])).dtype == np.float64


def test_strided_arrays_and_out() -> None:
    silu = compiled_form("silu", order=(0, 1))
    x = np.linspace(-9, 9, 6 * 7 * 2).reshape(6, 14)[:, ::2].T
    assert not x.flags.c_contiguous
    value, slope = silu(x)
    out = (np.empty((7, 12))[:, ::2], np.empty((7, 6)))
    returned = silu(x, out=out)
    assert returned[0] is out[0] and np.array_equal(out[0], value) and np.array_equal(out[1], slope)
    y = x.copy()
    compiled_form("silu")(y, out=y)  # in place
    assert np.array_equal(y, value)


@pytest.mark.parametrize("name", NAMES)
def test_nan_gives_nan_and_the_input_is_left_alone(name: str) -> None:
    x = np.array([np.nan, 0.5, -np.nan, np.inf, -np.inf, -0.5])
    kept = x.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for order in (0, 1, 2):
            result = compiled_form(name, order=order)(x)
            assert np.isnan(result[0]) and np.isnan(result[2]) and np.isfinite(result[1]), (order, result)
    assert np.array_equal(x, kept, equal_nan=True)


@pytest.mark.parametrize("name", ["gelu", "elu", "relu6", "mish"])
def test_a_value_does_not_depend_on_its_neighbours(name: str) -> None:
    f = compiled_form(name, order=1)
    x = np.random.default_rng(3).normal(0, 4, 40_000).astype(np.float32)
    x[::977] = 50
    whole = f(x)
    for size in (1, 15, 8191, 8193):
        assert np.array_equal(whole[:size], f(x[:size]))
    assert np.array_equal(whole[::-1], f(x[::-1]))


KINKS = [
    ("relu", "catalogue", 1.0),
    ("relu", "left", 0.0),
    ("relu", "right", 1.0),
    ("relu", "mean", 0.5),
    ("relu", "zero", 0.0),
    ("relu6", "catalogue", 0.0),
    ("relu6", "right", 1.0),
    ("leaky_relu", "left", 0.01),
    ("leaky_relu", "mean", 0.505),
]


@pytest.mark.parametrize(("name", "kink", "slope"), KINKS)
def test_the_slope_at_a_kink_is_a_named_convention(name: str, kink: str, slope: float) -> None:
    found = compiled_form(name, order=1, kink=kink)(np.array([0.0, -0.0]))
    assert np.allclose(found, slope, rtol=1e-15, atol=0)


def test_jumps_take_the_value_of_the_formula() -> None:
    assert compiled_form("step")(0.0) == 1.0
    assert compiled_form("heaviside(x)")(0.0) == 0.5
    assert np.isnan(compiled_form("log(x)")(-1.0))
    assert compiled_form("sin(x)/x")(0.0) == 1.0


def test_threads_share_a_compiled_function() -> None:
    f = compiled_form("mish", order=(0, 1))
    inputs = [np.random.default_rng(k).normal(size=30_000) for k in range(6)]
    expected = [f(x)[1] for x in inputs]
    found: list[np.ndarray] = [np.empty(0)] * 6
    threads = [threading.Thread(target=lambda k=k: found.__setitem__(k, f(inputs[k])[1])) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_the_first_call_may_come_from_many_threads() -> None:
    x, kept = np.linspace(-40, 40, 999), flint.ctx.prec
    expected = compiled_form("x*sigmoid(2*x-0.7)", order=1)(x)
    f = compiled_form("x*sigmoid(2*x - 7/10)", order=1)
    found: list[np.ndarray] = [np.empty(0)] * 6
    threads = [threading.Thread(target=lambda k=k: found.__setitem__(k, f(x))) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(expected, part) for part in found) and flint.ctx.prec == kept


def test_either_byte_order_is_taken_and_given_back() -> None:
    silu, x = compiled_form("silu", order=(0, 1)), np.linspace(-5, 5, 21)
    for dtype in (">f8", ">f4", ">f2", "<f4"):
        swapped = x.astype(dtype)
        for part, native in zip(silu(swapped), silu(x.astype(swapped.dtype.newbyteorder("="))), strict=True):
            assert part.dtype == swapped.dtype and np.array_equal(part, native)
    assert compiled_form("silu", dtype=">f4").dtype == np.float32  # the type is asked for, not how its bytes lie


def test_a_mask_is_kept() -> None:
    x = np.ma.array([1.0, np.nan, -2.0], mask=[False, True, False])
    value, slope = compiled_form("silu", order=(0, 1))(x)
    for part in (value, slope):
        assert isinstance(part, np.ma.MaskedArray) and part.mask.tolist() == [False, True, False]
    assert np.array_equal(value.compressed(), compiled_form("silu")(np.array([1.0, -2.0])))


def test_a_compiled_function_is_pickled_with_what_it_is_and_without_its_kernels() -> None:
    f, x = compiled_form("gelu", order=(0, 1)), np.linspace(-9, 9, 50)
    before = f(x)
    again = pickle.loads(pickle.dumps(f))
    assert all(np.array_equal(a, b) for a, b in zip(again(x), before, strict=True)) and again == f


WRONG = [
    ({"backend": "abacus"}, "there is no backend"),
    ({"order": 3}, "order is 0, 1, 2"),
    ({"order": ()}, "order is 0, 1, 2"),
    ({"kink": "above"}, "no convention"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_wrong_options_get_a_sentence(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compiled_form("relu", **options)


def test_wrong_outputs_and_types_get_a_sentence() -> None:
    f = compiled_form("relu")
    with pytest.raises(InputError, match="shape"):
        f(np.ones(3), out=np.ones(4))
    with pytest.raises(InputError, match="no compiled form"):
        f(np.ones(3, complex))
    with pytest.raises(TypeError):
        pickle.dumps(f.prepare(np.dtype(np.float64)).kernel)


# Thin bumps and shifted arguments, with the exact slope at an input that rounding 7.7 or 0.37 to a double would spoil.
THIN = [
    ("x + 0.5*exp(-1e4*(x - 7.7)**2)", 7.699554029930707),
    ("x*exp(-1e6*(x - 0.37)**2)", 0.3701234),
    ("tanh(500*(x - 1.3))", 1.30071),
    ("sigmoid(300*(x - 70.1))*x", 70.1003),
    ("x*exp(-1e7*(exp(x) - 2)**2)", 0.6940402347021588),
]


@pytest.mark.parametrize(("text", "at"), THIN)
def test_thin_bumps_are_met(text: str, at: float) -> None:
    compiled, form = compiled_form(text, order=(0, 1)), FORMATS["float64"]
    xs = np.array([at, *(at + (at - math.floor(at * 10) / 10) * k / 7 for k in range(-9, 9))])
    for order, values in enumerate(compiled(xs)):
        truths = [Reference(compiled.activation, order, form).truth(x, loose=True) for x in xs.tolist()]
        assert max(truth.distance(y, form) for truth, y in zip(truths, values.tolist(), strict=True)) <= 4


def test_a_root_of_a_square_in_a_slope_keeps_the_sign_of_its_piece() -> None:
    value, slope, bend = compiled_form("acosh(1 + x**2)", order=(0, 1, 2))(np.array([0.5, -0.5, -1e-9]))
    assert value.tolist() == pytest.approx([math.log(2), math.log(2), math.sqrt(2) * 1e-9], rel=1e-15)
    assert slope.tolist() == pytest.approx([4 / 3, -4 / 3, -math.sqrt(2)], rel=1e-15)  # 2/sqrt(2 + x^2) sign(x)
    assert bend.tolist() == pytest.approx([-8 / 27, -8 / 27, -1e-9 / math.sqrt(2)], rel=1e-14, abs=0)


def test_inverse_sines_of_what_reaches_one_are_known_far_out() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text, ends in (("asin(tanh(x))", (-math.pi / 2, math.pi / 2)), ("acos(tanh(2*x))", (math.pi, 0.0))):
            values = compiled_form(text)(np.array([-1e300, -3000.0, 3000.0, 1e300]))
            assert values.tolist() == [ends[0], ends[0], ends[1], ends[1]]

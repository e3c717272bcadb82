"""The accuracy report: known errors, right answers at the hard places, the grid, a second opinion on the truth."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import propcheck.numeric
from propcheck.cli.accuracy import command
from propcheck.numeric.accuracy import LIMIT, LIMIT_16, grid, measure, on_arrays
from propcheck.numeric.formats import FORMATS
from propcheck.numeric.truth import Reference
from propcheck.verdict import InputError

INF, NAN = math.inf, math.nan
TINY32, MAX64 = 2.0**-149, float(np.finfo(np.float64).max)


def after(x: float, dtype: type, steps: int = 1) -> float:
    value = dtype(x)
    for _ in range(abs(steps)):
        value = np.nextafter(value, dtype(math.copysign(INF, steps)))
    return float(value)


# --------------------------------------------------------------------------------------- one input at a time


@dataclass(frozen=True)
class Case:
    """One input and output with the errors that they must have; `fault` is the count that must be 1."""

    formula: str
    x: float
    computed: float
    raw: float | None
    allowed: float | None = None
    order: int = 0
    dtype: str = "float32"
    fault: str = ""


CASES = {
    "right": Case("x", 3, 3, 0, 0),
    "one ulp, half of it the input's": Case("x", 3, after(3, np.float32), 1, 0.5),
    "two ulps below": Case("x", 3, after(3, np.float32, -2), 2, 1.5),
    "an ulp in 64 bits": Case("x", 3, after(3, np.float64), 1, 0.5, dtype="float64"),
    "a steep slope": Case("1024*x", 3, 1024 * after(3, np.float32), 1, 0.5),
    "a flat slope": Case("x/1024 + 1", 0, after(1, np.float32), 1, 1),
    "an ulp of a subnormal number": Case("x", TINY32, 0, 1, 0.5),
    "underflow to zero": Case("x**3", 1e-20, 0, 0, 0),
    "half of the least subnormal number": Case("x/2", TINY32, 0, 0.5, 0.25),
    "overflow to infinity": Case("exp(x)", 89, INF, 0, 0),
    "overflow to the wrong infinity": Case("exp(x)", 89, -INF, INF, INF, fault="lost"),
    "an overflow that is none": Case("exp(x)", 88, INF, INF, INF, fault="lost"),
    "the largest number, which the input's rounding takes over the edge": Case(
        "x", float(np.finfo(np.float32).max), INF, INF, 0
    ),
    "an overflow that is missed": Case("exp(x)", 1e4, MAX64, INF, INF, dtype="float64", fault="missed"),
    "a number lost": Case("tanh(x)", 20, NAN, INF, INF, fault="lost"),
    "cancellation": Case("tanh(x) - x", 1e-6, 0, 2.0**85 / 3e18, 2.0**85 / 3e18),
    "sine far out": Case("sin(x)", 1e22, -0.8522008497671888, 0.0611, 0, dtype="float64"),
    "NaN kept": Case("x", NAN, NAN, None),
    "NaN swallowed": Case("max(x, 0)", NAN, 0, None, fault="invented"),
    "outside the domain": Case("log(x)", -1, NAN, None),
    "a number outside the domain": Case("log(x)", -1, 0, None, fault="invented"),
    "at the end of the domain": Case("log(x)", 0, -INF, 0, 0),
    "NaN at the end of the domain": Case("log(x)", 0, NAN, None),
    "a pole, from the right": Case("1/x", 0, INF, 0, 0),
    "a pole, from the left": Case("1/x", 0, -INF, 0, 0),
    "a number at a pole": Case("1/x", 0, 0, INF, 2.0**46, fault="missed"),
    "a gap that is filled": Case("sinh(x)/x", 0, 1, 0, 0),
    "a limit at infinity": Case("sigmoid(x)", INF, 1, 0, 0),
    "a limit at minus infinity": Case("gelu(x)", -INF, 0, 0, 0),
    "NaN at infinity": Case("gelu(x)", -INF, NAN, INF, INF, fault="lost"),
    "an infinite limit": Case("softplus(x)", INF, INF, 0, 0),
    "a finite number at infinity": Case("softplus(x)", INF, 1e30, INF, INF, fault="missed"),
    "no limit at infinity": Case("sin(x)", INF, NAN, None, fault="open"),
    "a jump": Case("heaviside(x)", 0, 0.5, 0, 0),
    "a jump, the value of one side": Case("heaviside(x)", 0, 1, 2.0**23, 2.0**23),
    "a kink, left": Case("max(x, 2*x)", 0, 1, 0, 0, order=1),
    "a kink, right": Case("max(x, 2*x)", 0, 2, 0, 0, order=1),
    "a kink, mean": Case("max(x, 2*x)", 0, 1.5, 0, 0, order=1),
    "a kink, zero": Case("max(x, 2*x)", 0, 0, 0, 0, order=1),
    "a kink, none of them": Case("max(x, 2*x)", 0, 1.25, 2.0**21, 2.0**21, order=1),
    "no kink in the slope": Case("x if x > 0 else exp(x) - 1", 0, 0, 2.0**23, 2.0**23, order=1),
    "beside a breakpoint between two numbers": Case("max(x, 1/3)", 1 / 3, 1 / 3, 1 / 3, 1 / 3, dtype="float64"),
    "an infinite slope": Case("sqrt(x)", 0, INF, 0, 0, order=1),
    "factors that overflow": Case("x*tanh(log(1 + exp(x)))", 1e30, 1, 0, 0, order=1),
    "factors that overflow in the second derivative": Case("x*sigmoid(x)", -1e30, 0, 0, 0, order=2),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_one_input_has_the_error_that_it_must_have(case: Case) -> None:
    activation = propcheck.load(case.formula)
    dtype = np.dtype(case.dtype)
    found = measure(lambda x: np.full(1, case.computed, dtype), activation, case.order, dtype, [case.x])
    faults = {name for name in ("lost", "missed", "invented", "open") if getattr(found, name)}
    assert faults == ({case.fault} if case.fault else set())
    if case.raw is None and (math.isnan(case.computed) or faults):
        assert found.raw is found.allowed is None
    elif case.raw is not None:
        assert found.raw is not None and found.raw.ulps == pytest.approx(case.raw, 1e-3, 1e-4)
        assert found.allowed is not None and found.allowed.ulps == pytest.approx(case.allowed, 1e-3, 1e-4)
        assert found.raw.x == float(dtype.type(case.x))
        assert found.raw.computed == pytest.approx(float(dtype.type(case.computed)), 0, 0, nan_ok=True)


# --------------------------------------------------------------------------------------- functions


def softplus(x: np.ndarray) -> np.ndarray:
    return np.log(1 + np.exp(x))


def softplus_by_doubles(x: np.ndarray) -> np.ndarray:
    y = x.astype(float)
    with np.errstate(all="ignore"):
        return (np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y)))).astype(x.dtype)


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, x.dtype.type(0))


def relu_slope(convention: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.where(np.isnan(x), x, np.heaviside(x, convention)).astype(x.dtype)


def test_the_textbook_softplus_is_caught() -> None:
    found = measure(softplus, propcheck.load("softplus"), 0, "float32")
    assert found.lost > 100 and not found.holds
    assert found.raw is not None and found.raw.ulps == INF and found.raw.exact == pytest.approx(found.raw.x)
    assert found.warnings == ("overflow encountered in exp",)
    inside = measure(softplus, propcheck.load("softplus"), 0, "float32", np.linspace(-40, 40, 999))
    assert inside.allowed is not None and inside.allowed.ulps > 1e5 and not inside.lost


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_function_rounded_once_from_doubles_is_nearly_exact(dtype: str) -> None:
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    found = measure(softplus_by_doubles, propcheck.load("softplus"), 0, dtype)
    assert found.holds and not found.warnings and found.returned == dtype
    assert found.raw is not None and found.allowed is not None
    assert 0.49 < found.raw.ulps < 0.5001 and found.allowed.ulps <= found.raw.ulps
    assert found.count == (65536 if found.limit == LIMIT_16 else found.count)


@pytest.mark.parametrize("convention", [0, 0.5, 1])
def test_each_convention_at_a_kink_is_right(convention: float) -> None:
    found = measure(relu_slope(convention), propcheck.load("relu"), 1, "float32")
    assert found.holds and found.raw is not None and found.raw.ulps == 0


def test_a_number_that_no_convention_gives_is_wrong() -> None:
    found = measure(relu_slope(0.25), propcheck.load("relu"), 1, "float32")
    assert found.raw is not None and found.raw.x == 0 and not found.holds


def test_a_type_that_is_not_kept_is_told() -> None:
    found = measure(lambda x: np.maximum(x.astype(float), 0), propcheck.load("relu"), 0, "float32")
    assert found.returned == "float64" and not found.holds
    assert measure(relu, propcheck.load("relu"), 0, "float32").holds


def test_a_random_activation_is_measured_by_its_mean() -> None:
    activation = propcheck.load("rrelu")
    (left, right) = (float(piece.derivative(1)) for piece in activation.pieces)
    found = measure(lambda x: (x * np.where(x < 0, left, right)).astype(x.dtype), activation, 0, "float64")
    assert right == 1 and found.holds and found.allowed is not None and found.allowed.ulps <= 1


def test_the_worst_error_is_that_of_a_full_search() -> None:
    """The search for the second error looks at few inputs; a plain search over all of them must find the same."""
    activation = propcheck.load("x**3 - x")
    points = np.linspace(0.9, 1.1, 201, dtype=np.float32)
    found = measure(lambda x: x * x * x - x, activation, 0, "float32", points)
    reference = Reference(activation, 0, FORMATS["float32"])
    outputs = (points * points * points - points).tolist()
    for worst, loose in ((found.raw, False), (found.allowed, True)):
        errors = [
            reference.truth(x, loose).distance(y, reference.form) for x, y in zip(points.tolist(), outputs, strict=True)
        ]
        assert worst is not None and worst.ulps == max(errors) > 0


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_functions_of_other_arrays_are_measured_too(backend: str, dtype: str) -> None:
    tanh = pytest.importorskip(backend).tanh if backend == "torch" else pytest.importorskip("jax").numpy.tanh
    pytest.importorskip("ml_dtypes")
    found = measure(on_arrays(tanh, backend), propcheck.load("tanh"), 0, dtype, np.linspace(-3, 3, 99))
    assert found.returned == dtype and found.allowed is not None and found.allowed.ulps < 4


WRONG = {
    "another shape": (lambda x: x[:3], "x", "float32", "has to keep the shape"),
    "no pieces": (np.tan, "tan(x)*exp(-x**2)", "float32", "cannot be measured: not defined at"),
    "no such type": (np.tanh, "tanh(x)", "float31", "there is no type 'float31'.*float16"),
    "a type of integers": (np.tanh, "tanh(x)", "int32", "nothing is computed in int32.*float64"),
}


@pytest.mark.parametrize(("function", "formula", "dtype", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_measured_is_said(function, formula: str, dtype: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        measure(function, propcheck.load(formula), 0, dtype)


def test_a_type_is_named_by_itself_or_by_its_name() -> None:
    brain = pytest.importorskip("ml_dtypes").bfloat16
    values = np.arange(-3, 4).astype(brain)
    for dtype in ("bfloat16", brain, np.dtype(brain)):
        made = propcheck.compile("softplus", dtype=dtype)
        assert np.array_equal(made(values), softplus_by_doubles(values.astype(float)).astype(brain))
    found = measure(made, propcheck.load("softplus"), 0, "bfloat16")
    assert found.holds and found.returned == "bfloat16" and found.count == 65536
    for wrong, said in (("bfloat61", "there is no type 'bfloat61'"), ("int8", "nothing is computed in int8")):
        with pytest.raises(InputError, match=said):
            propcheck.compile("softplus", dtype=wrong)


def test_the_record_is_plain_json() -> None:
    found = measure(softplus, propcheck.load("softplus"), 0, "float32").to_json()
    assert found["error"]["ulps"] == "inf" and found["limit"] == LIMIT and found["holds"] is False
    assert set(found["error_after_input_rounding"]) == {"ulps", "x", "computed", "exact"}


# --------------------------------------------------------------------------------------- the command

PAGES = {
    "a right function": (softplus_by_doubles, ["--dtype", "float32"], 0, ["softplus", "float32", "none"]),
    "the textbook formula": (softplus, [], 1, ["inf", "finite values lost; overflow encountered in exp", "fails"]),
    "an error above the limit": (
        lambda x: softplus_by_doubles(x) - x.dtype.type(1e-3) * (x == 1),
        [],
        1,
        ["an error above 4"],
    ),
}


@pytest.mark.parametrize(("function", "options", "status", "said"), PAGES.values(), ids=PAGES.keys())
def test_the_page_shows_both_errors_and_the_status_says_whether_they_pass(
    function, options: list[str], status: int, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propcheck.numeric, "compile", lambda *given, **named: function, raising=False)
    arguments = ["softplus", "--order", "0", *options]
    page = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert page.return_value == status, page.output
    words = " ".join(("raw error", "error allowing for x", *said)).split()
    assert all(word in page.output.split() for word in words)
    record = CliRunner().invoke(command, [*arguments, "--json"], standalone_mode=False)
    found = json.loads(record.output)
    assert record.return_value == status and found[0]["activation"] == "softplus" and found[0]["backend"] == "numpy"
    assert [row["dtype"] for row in found] == (["float32"] if options else ["float32", "float64"])
    assert all(row["holds"] for row in found) == (status == 0)


def test_the_bound_stands_beside_what_is_measured() -> None:
    arguments = ["silu", "--dtype", "float32", "--dtype", "float16", "--order", "1"]
    page = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert page.return_value == 0 and "bound: the most" in page.output
    found = json.loads(CliRunner().invoke(command, [*arguments, "--json"], standalone_mode=False).output)
    bounds = [propcheck.compile("silu", order=1, dtype=row["dtype"], fast=False).bound[1] for row in found]
    assert [row["bound"] for row in found] == bounds
    assert all(row["error_after_input_rounding"]["ulps"] <= row["bound"] <= 4 for row in found)


# --------------------------------------------------------------------------------------- the exact values

SECOND = {
    "tanh(x)": (mpmath.tanh, lambda x: mpmath.sech(x) ** 2),
    "softplus(x)": (lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "gelu(x)": (lambda x: x * mpmath.ncdf(x), lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x)),
    "atan(x) - x": (lambda x: mpmath.atan(x) - x, lambda x: 1 / (1 + x**2) - 1),
}


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("formula", SECOND)
def test_the_exact_values_are_those_of_mpmath(formula: str, order: int) -> None:
    reference = Reference(propcheck.load(formula), order, FORMATS["float64"])
    for x in np.random.default_rng(5).uniform(-30, 30, 40).tolist() + [1e-5, -1e-150, 1e3]:
        with mpmath.workdps(400):
            exact = float(SECOND[formula][order](mpmath.mpf(x)))
        assert reference.rounded(x, exact) == exact


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, width=64))
def test_the_formats_round_as_numpy_does(x: float) -> None:
    with np.errstate(all="ignore"):
        for name in ("float16", "float32", "float64"):
            if math.isfinite(x):
                assert FORMATS[name].rounded(arb(x)) == float(np.dtype(name).type(x))


# --------------------------------------------------------------------------------------- the grid


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["relu6", "tanh", "max(x, 1/3)", "max(x, sqrt(2))"])
def test_the_grid_holds_each_hard_case(name: str, dtype: str) -> None:
    activation = propcheck.load(name)
    points = grid(activation, dtype)
    values, info = set(points.tolist()), np.finfo(dtype)
    assert points.dtype == dtype and 1900 < len(points) < 2300
    assert np.array_equal(points, grid(activation, dtype), equal_nan=True)
    assert np.isnan(points).sum() == 1 and {True, False} == set(np.signbit(points[points == 0]))
    edges = (np.inf, info.max, info.tiny, info.smallest_subnormal)
    assert {sign * float(edge) for edge in edges for sign in (1, -1)} <= values
    assert np.sum((abs(points) > 0) & (abs(points) < info.tiny)) > 20
    for point in activation.points:
        at = float(point.at)
        near = np.dtype(dtype).type(at)
        assert {float(np.nextafter(near, np.dtype(dtype).type(side))) for side in (INF, -INF)} <= values
        assert float(near) in values


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_every_value_of_16_bits_is_in_the_grid(dtype: str) -> None:
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    points = grid(propcheck.load("tanh"), dtype)
    numbers = points[points == points].astype(float)
    assert len(points) == 65536 and len(set(numbers.tolist())) == len(numbers) - 1  # the two zeros are equal

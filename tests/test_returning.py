"""Compiled forms of functions with endless pieces that come back, held against mpmath, and what is made of them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import propcheck
from propcheck.conformance.enclosing import enclosed_at
from propcheck.numeric.formats import FORMATS
from propcheck.numeric.source import source
from propcheck.numeric.truth import Reference
from propcheck.verdict import InaccurateWarning

BITS = 1400  # sin(1e308) takes some 1100
HALF = mpmath.mpf(1) / 2
Real = Callable[[Any], Any]


def _step(u: Any) -> Any:
    return (1 + mpmath.sign(u)) / 2


# Formula, value, slope; 1/3 is bound when it is called, at the precision in use.
FUNCTIONS: dict[str, tuple[Real, Real]] = {
    "abs(sin(x))": (lambda x: abs(mpmath.sin(x)), lambda x: mpmath.cos(x) * mpmath.sign(mpmath.sin(x))),
    "x + abs(sin(x))": (lambda x: x + abs(mpmath.sin(x)), lambda x: 1 + mpmath.cos(x) * mpmath.sign(mpmath.sin(x))),
    "relu(sin(x))": (lambda x: max(0, mpmath.sin(x)), lambda x: mpmath.cos(x) * _step(mpmath.sin(x))),
    "sin(x)*sign(cos(x))": (lambda x: mpmath.sin(x) * mpmath.sign(mpmath.cos(x)), lambda x: abs(mpmath.cos(x))),
    "max(sin(x), 1/2)": (lambda x: max(mpmath.sin(x), HALF), lambda x: mpmath.cos(x) * _step(mpmath.sin(x) - HALF)),
    "asin(sin(x))": (lambda x: mpmath.asin(mpmath.sin(x)), lambda x: mpmath.sign(mpmath.cos(x))),
    "acos(cos(x))": (
        lambda x: abs(x - 2 * mpmath.pi * mpmath.nint(x / (2 * mpmath.pi))),
        lambda x: mpmath.sign(mpmath.sin(x)),
    ),
    "abs(tan(x))": (lambda x: abs(mpmath.tan(x)), lambda x: mpmath.sign(mpmath.tan(x)) / mpmath.cos(x) ** 2),
    "abs(sin(pi*x))": (
        lambda x: abs(mpmath.sinpi(x)),
        lambda x: mpmath.pi * mpmath.cospi(x) * mpmath.sign(mpmath.sinpi(x)),
    ),
    "x - floor(x)": (lambda x: x - mpmath.floor(x), lambda x: 1),
    "x - round(x)": (lambda x: x - mpmath.nint(x), lambda x: 1),
    "floor(x)": (mpmath.floor, lambda x: 0),
    "floor(5*x)/3": (lambda x: mpmath.floor(5 * x) / 3, lambda x: 0),
    "x - 3*floor(x/3)": (lambda x: x - 3 * mpmath.floor(x / 3), lambda x: 1),
    "abs(x - 2*floor(x/2 + 1/2))": (
        lambda x: abs(x - 2 * mpmath.floor(x / 2 + HALF)),
        lambda x: mpmath.sign(x - 2 * mpmath.floor(x / 2 + HALF)),
    ),
    "(x - floor(x))**2": (lambda x: (x - mpmath.floor(x)) ** 2, lambda x: 2 * (x - mpmath.floor(x))),
}


def _inputs(dtype: str, seed: int) -> np.ndarray:
    """Ordinary ones, ones of all sizes, and the neighbours of breakpoints near 0 and far out."""
    real, rng = np.dtype(dtype).type, np.random.default_rng(seed)
    top = np.log2(float(np.finfo(real).max))
    made = [*rng.normal(0, 3, 25), *rng.uniform(-45, 45, 25)]
    made += list(np.exp2(rng.uniform(3 - top, top - 1, 25)) * rng.choice([-1, 1], 25))
    for place in (+mpmath.pi, mpmath.pi / 6, *map(mpmath.mpf, (1, 3, 0.2, 0.5))):  # multiples of which are breakpoints
        for k in (*rng.integers(-9, 9, 3), int(rng.integers(-(10**6), 10**6)), int(rng.integers(1 << 40, 1 << 50))):
            near = real(float(place * int(k)))
            made += [near, np.nextafter(near, real(math.inf)), np.nextafter(near, real(-math.inf))]
    found = np.array(made, np.float64).astype(real)
    return np.unique(found[np.isfinite(found)])


def _wrong(function: Real, x: float, got: float, dtype: str) -> float:
    """How many ulp a value is outside of what the function takes within half an ulp of x, on one side of a break."""
    real = np.dtype(dtype).type
    exact = function(mpmath.mpf(float(x)))
    info = np.finfo(real)
    size = max(int(mpmath.frexp(abs(exact))[1]) - 1, info.minexp) if exact else info.minexp
    unit = mpmath.ldexp(1, size - info.nmant)
    if math.isinf(got):
        return 0.0 if abs(exact) > float(info.max) else math.inf
    if math.isnan(got):
        return math.inf
    half = mpmath.mpf(float(np.spacing(np.abs(real(x))))) / 2
    beside = [value for s in (-1, 1) if abs((value := function(mpmath.mpf(float(x)) + s * half)) - exact) < 9 * unit]
    low, high = min([exact, *beside]), max([exact, *beside])
    return float(max(low - got, got - high, 0) / unit)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("formula", FUNCTIONS)
def test_values_and_slopes_are_within_the_bound_near_kinks_and_far_out_too(formula: str, dtype: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", InaccurateWarning)
        compiled = propcheck.compile(formula, order=(0, 1), dtype=dtype)
    inputs = _inputs(dtype, 7)
    with mpmath.workprec(BITS):
        for order, values in enumerate(compiled(inputs)):
            function = FUNCTIONS[formula][order]
            for x, got in zip(inputs.tolist(), values.tolist(), strict=True):
                if _wrong(function, x, got, dtype) <= compiled.bound[order]:
                    continue
                # at a break itself either side is right
                sides = [function(mpmath.mpf(x) + s * mpmath.mpf(2) ** -300) for s in (-1, 1)]
                assert any(abs(got - side) <= 1e-6 * abs(side) for side in sides), (order, x, got)


@settings(max_examples=25, deadline=None)
@given(k=st.integers(-(2**45), 2**45), step=st.integers(-2, 2), formula=st.sampled_from(sorted(FUNCTIONS)))
def test_the_exact_value_beside_any_multiple_of_pi_is_that_of_mpmath(k: int, step: int, formula: str) -> None:
    reference = Reference(propcheck.load(formula), 0, FORMATS["float64"])
    x = float(k * mpmath.pi)
    for _ in range(abs(step)):
        x = math.nextafter(x, math.copysign(math.inf, step))
    with mpmath.workprec(BITS):
        wanted = float(FUNCTIONS[formula][0](mpmath.mpf(x)))
    assert reference.rounded(x, math.nan) == wanted


def test_conventions_hold_at_every_kink_and_values_at_jumps_are_the_formulas() -> None:
    inputs = np.array([0.0, 1.0, -7.0, 1e15 + 1, 2.0**60])
    at = {kink: propcheck.compile("abs(sin(pi*x))", order=1, kink=kink)(inputs) for kink in ("left", "right", "zero")}
    assert np.allclose(at["right"], math.pi) and np.allclose(at["left"], -math.pi) and not at["zero"].any()
    assert propcheck.compile("round(x)")(np.array([0.5, 1.5, -0.5, 2.5, 1e15 + 0.5])).tolist() == [0, 2, 0, 2, 1e15]
    ceil = propcheck.compile("ceil(x)")
    assert ceil(np.array([2.0, 2.0000001, -2.0, -1e300])).tolist() == [2, 3, -2, -1e300]
    fifth = propcheck.compile("floor(5*x)")  # 0.2 is above 1/5, and so is 0.6 below 3/5
    assert fifth(np.array([0.2, 0.6, 1.0, math.nextafter(1.0, 0), 0.4])).tolist() == [1, 2, 5, 4, 2]


def test_far_out_a_value_is_a_limit_or_nothing() -> None:
    ends = np.array([-np.inf, np.inf, np.nan])
    for formula, wanted in {"abs(sin(x))": (np.nan, np.nan), "x + abs(sin(x))": (-np.inf, np.inf)}.items():
        values = propcheck.compile(formula)(ends)
        assert np.array_equal(values, [*wanted, np.nan], equal_nan=True)
        exact = Reference(propcheck.load(formula), 0, FORMATS["float64"])
        assert [exact.rounded(x, math.nan) for x in (-math.inf, math.inf)] == pytest.approx(wanted, nan_ok=True)
    assert propcheck.compile("floor(x)", order=1)(ends).tolist()[:2] == [0, 0]


def test_any_number_of_digits_is_to_be_had_wherever_a_number_lies() -> None:
    many = propcheck.compile("x + abs(sin(x))", backend="mpmath", order=(0, 1), digits=40)
    for x in ("22", "-1e30", "355/113", "pi"):
        value, slope = many(x)
        with mpmath.workprec(BITS):
            at = mpmath.pi if x == "pi" else mpmath.fraction(355, 113) if "/" in x else mpmath.mpf(x)
            exact = +at + abs(mpmath.sin(at)) if x != "pi" else +mpmath.pi
        assert abs(value - exact) <= abs(exact) * mpmath.mpf(10) ** -39
        if x != "pi":
            with mpmath.workprec(BITS):
                assert abs(slope - FUNCTIONS["x + abs(sin(x))"][1](+at)) < mpmath.mpf(10) ** -38


def test_values_of_a_format_of_16_bits_are_proved_one_by_one() -> None:
    patterns = np.arange(0, 65536, 97, dtype=np.uint16).view(np.float16)
    with np.errstate(invalid="ignore"):
        inputs = patterns[np.isfinite(patterns)].astype(np.float64)
    found = enclosed_at(propcheck.load("abs(sin(x))"), 0, inputs, FORMATS["float16"])
    assert found.settled.all()
    with mpmath.workprec(200):
        exact = [float(abs(mpmath.sin(mpmath.mpf(x)))) for x in inputs.tolist()]
    assert np.array_equal(found.rounded, np.array(exact, np.float64).astype(np.float16).astype(np.float64))


@pytest.mark.parametrize("formula", ["abs(sin(x))", "x + asin(sin(x))", "x - floor(x)", "floor(x/3)"])
def test_an_exported_source_gives_what_is_compiled(formula: str) -> None:
    module: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InaccurateWarning)  # beyond 1e9
        exec(source(propcheck.load(formula), "numpy", orders=(0, 1)), module)
    inputs = np.concatenate([np.linspace(-40, 40, 801), np.arange(-9, 9) / 2, [0.0, np.inf, -np.inf, np.nan]])
    for values, name in zip(propcheck.compile(formula, order=(0, 1))(inputs), ("", "_derivative"), strict=True):
        found = module[f"activation{name}"](inputs)
        both = np.isfinite(values)
        assert np.array_equal(both, np.isfinite(found))
        assert (np.abs(values[both] - found[both]) <= np.spacing(np.abs(values[both]))).all()


def test_a_formula_for_print_says_where_its_slope_is_meant() -> None:
    text = source(propcheck.load("abs(sin(x))"), "latex", orders=(0, 1, 2))
    assert r"g(x) = \lvert \sin(x) \rvert" in text and r"\operatorname{sign}(\sin(x))" in text
    assert "where the function has them" in text and "Dirac" not in text


def test_nothing_is_handed_over_and_the_jumps_are_those_of_a_period() -> None:
    found = propcheck.handover("abs(sin(x))", "float16")
    assert not any(found.value.values()) and not any(found.slope.values()) and not found.open
    assert [jump.at.value for jump in found.jumps] == [0] and found.period is not None
    assert found.period.value == pytest.approx(math.pi)
    climbs = propcheck.handover("x + abs(sin(x))", "float16")
    assert all("rises each time" in reason for reason in climbs.open) and len(climbs.open) == 2


def test_a_function_with_endless_kinks_is_none_of_the_catalogue() -> None:
    found = propcheck.identify("abs(sin(x))")
    assert not found.same and not found.trouble
    smooth = propcheck.identify("abs(sin(x))**2")  # it has breakpoints without a kink
    assert not smooth.same

"""Functions of very many pieces: compiled by a search, held against exact fractions; their sources are run."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import propcheck
from propcheck.activation import from_spec
from propcheck.numeric.source import source
from propcheck.numeric.tabled import ULP, tabled
from propcheck.spec import Spec, Table
from propcheck.verdict import InaccurateWarning, InputError

CASES = [
    ("linear", 1024, "linear", "float64"),
    ("linear", 500, "undefined", "float32"),
    ("step", 1500, "constant", "float64"),
    ("hermite", 400, "constant", "float64"),
    ("bspline", 400, "constant", "float64"),
]


def table(kind: str, count: int, outside: str) -> Table:
    """Knots with three decimals, which are no doubles, and whole ones, which are."""
    random = Random(count)
    knots = sorted({Fraction(random.randint(-8000, 8000), 1000) for _ in range(count)} | {*map(Fraction, range(-8, 9))})
    values = len(knots) - 4 if kind == "bspline" else len(knots)
    drawn = [[str(Fraction(random.randint(-999, 999), 100)) for _ in range(many)] for many in (values, len(knots))]
    slopes = tuple(drawn[1]) if kind == "hermite" else ()
    return Table(kind, tuple(map(str, knots)), tuple(drawn[0]), slopes, outside)


def exactly(given: Table, x: float, order: int) -> Fraction | None:
    """The value, or the slope on the right, by the parts of the table."""
    parts, at = given.parts, Fraction(x)
    starts = [part.lower for part in parts if part.lower is not None]
    place = bisect_right(starts, at) - (parts[0].lower is not None)
    if place < 0 or (upper := parts[place].upper) is not None and at > upper:
        return None
    polynomial = parts[place].polynomial
    powers = [k * c for k, c in enumerate(polynomial)][1:] if order else polynomial
    return sum((c * at**k for k, c in enumerate(powers)), Fraction(0))


@pytest.mark.parametrize(("kind", "count", "outside", "dtype"), CASES)
def test_many_pieces_are_right_to_the_last_place(kind: str, count: int, outside: str, dtype: str) -> None:
    given = table(kind, count, outside)
    function = propcheck.compile(from_spec(Spec("many", table=given)), order=(0, 1), dtype=dtype)
    assert function.bound == {0: ULP, 1: ULP}
    knots = np.array([float(Fraction(knot)) for knot in given.knots[::9]])
    beside = [np.nextafter(knots, end) for end in (-9, 9)]
    x = np.concatenate([np.random.default_rng(count).uniform(-9, 9, 200), knots, *beside, [0, 1e-30, 1e30]]).astype(
        dtype
    )
    found = function(x)
    for order in (0, 1):
        for at, got in zip(x.tolist(), found[order].tolist(), strict=True):
            want = exactly(given, at, order)
            if want is None or order and want != exactly(given, at, 1):
                assert want is not None or np.isnan(got)
                continue
            unit = float(np.spacing(np.dtype(dtype).type(abs(float(want)))))
            assert abs(Fraction(got) - want) <= ULP * Fraction(unit), (at, order)
    assert np.isnan(function(np.array([np.nan], dtype))).all()


def test_zeros_between_doubles_are_told_to_within_the_rounding_of_x() -> None:
    given = table("linear", 1024, "linear")
    function = propcheck.compile(from_spec(Spec("many", table=given)))
    lines = [part for part in given.parts if len(part.polynomial) == 2 and part.lower is not None and part.upper]
    zeros = [(-line.polynomial[0] / line.polynomial[1], line) for line in lines]
    x = np.unique([float(zero) for zero, line in zeros if line.lower < zero < line.upper])  # type: ignore[operator]
    assert x.size > 200
    for at, got in zip(x.tolist(), function(x).tolist(), strict=True):
        ends = [exactly(given, end, 0) for end in (np.nextafter(at, -99), np.nextafter(at, 99))]
        unit = Fraction(float(np.spacing(abs(got))))
        assert min(ends) - unit <= Fraction(got) <= max(ends) + unit  # type: ignore[type-var]


@pytest.mark.parametrize("kink", ["left", "right", "mean", "zero", "catalogue"])
def test_conventions_at_kinks_are_kept(kink: str) -> None:
    given = table("linear", 500, "constant")
    found = propcheck.compile(from_spec(Spec("many", table=given)), order=1, kink=kink)(np.arange(-8.0, 9))
    for at, got in zip(range(-8, 9), found.tolist(), strict=True):
        left, right = exactly(given, np.nextafter(at, -99), 1), exactly(given, at, 1)
        assert left is not None and right is not None
        want = {"left": left, "mean": (left + right) / 2, "zero": Fraction(0)}.get(kink, right)
        assert got == pytest.approx(float(want), rel=1e-15)


def test_a_double_zero_between_doubles_is_not_promised() -> None:
    """3 (x - 1/3)^2 on one of many intervals."""
    knots = [Fraction(k, 4) for k in range(-220, 221)]
    values = [3 * (k - Fraction(1, 3)) ** 2 for k in knots]
    slopes = [6 * (k - Fraction(1, 3)) for k in knots]
    values[0] += 1  # so that not all pieces are one
    for k in range(0, len(knots), 2):
        slopes[k] += Fraction(k % 7 + 1, 1000) if abs(knots[k]) > 1 else 0
    texts = [tuple(map(str, numbers)) for numbers in (knots, values, slopes)]
    given = Table("hermite", texts[0], texts[1], texts[2])
    made = from_spec(Spec("touching", table=given))
    with pytest.warns(InaccurateWarning, match="a zero of a higher order"):
        assert propcheck.compile(made).bound == {0: float("inf")}


@pytest.mark.parametrize(("kind", "count", "outside", "dtype"), CASES[:3])
def test_sources_of_many_pieces_are_the_same_to_the_bit(
    kind: str, count: int, outside: str, dtype: str, tmp_path
) -> None:
    made = from_spec(Spec("many", table=table(kind, count, outside)))
    x = np.concatenate([np.random.default_rng(1).uniform(-9, 9, 500), np.arange(-9.0, 10), [1e300, -np.inf, np.inf]])
    want = propcheck.compile(made, order=(0, 1))(x)
    space: dict = {}
    exec(source(made, "numpy"), space)  # what was just written
    for name, values in zip(("many", "many_derivative"), want, strict=True):
        assert np.array_equal(space[name](x), values, equal_nan=True)
    if shutil.which("gcc"):
        (tmp_path / "many.h").write_text(source(made, "c"))
        (tmp_path / "many.c").write_text('#define MANY_API\n#include "many.h"\n')
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
        subprocess.run(["gcc", *flags, "-o", tmp_path / "many.so", tmp_path / "many.c", "-lm"], check=True)
        for name, values in zip(("many", "many_derivative"), want, strict=True):
            function = getattr(ctypes.CDLL(str(tmp_path / "many.so")), name)
            function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double]
            assert np.array_equal([function(float(at)) for at in x], values, equal_nan=True)


def inputs(dtype: str, count: int = 3000) -> np.ndarray:
    """Some of every size, and the special ones."""
    random = np.random.default_rng(7)
    sizes = random.normal(0, 1, count) * 10.0 ** random.integers(-30, 30, count)
    return np.concatenate(
        [random.uniform(-9, 9, count), sizes, np.arange(-9.0, 10), [0, np.inf, -np.inf, np.nan]]
    ).astype(dtype)


@pytest.mark.parametrize(("kind", "count", "outside", "dtype"), CASES[:4])
def test_a_loop_gives_the_same_to_the_bit(kind: str, count: int, outside: str, dtype: str) -> None:
    looped = pytest.importorskip("propcheck.numeric.searched").looped
    made = from_spec(Spec("many", table=table(kind, count, outside)))
    x = inputs("float64")
    for order in (0, 1):
        one = tabled(made, order, "catalogue")
        assert np.array_equal(looped(one, x), one(x), equal_nan=True)


@pytest.mark.parametrize(("kind", "count", "outside", "dtype"), CASES[1:3])
def test_torch_gives_the_same_to_the_bit(kind: str, count: int, outside: str, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    made = from_spec(Spec("many", table=table(kind, count, outside)))
    x = inputs(dtype)
    want = propcheck.compile(made, order=(0, 1))(x)
    function = propcheck.compile(made, order=(0, 1), backend="torch")
    assert function.bound == {0: ULP, 1: ULP}
    space: dict = {}
    exec(source(made, "torch"), space)  # what was just written
    written = [space[name](torch.tensor(x)) for name in ("many", "many_derivative")]
    for got, values in zip((*function(torch.tensor(x)), *written), (*want, *want), strict=True):
        assert np.array_equal(got.numpy(), values, equal_nan=True)
    for layer in (propcheck.compile(made, backend="torch").module(), space["Many"]()):
        at = torch.tensor(x[:64], requires_grad=True)
        layer(at).sum().backward()
        assert np.array_equal(at.grad.numpy(), want[1][:64], equal_nan=True)


@pytest.mark.parametrize(("kind", "count", "outside", "dtype"), CASES[1:3])
@pytest.mark.parametrize("wide", [True, False])
def test_jax_gives_the_same_to_the_bit(kind: str, count: int, outside: str, dtype: str, wide: bool) -> None:
    jax = pytest.importorskip("jax")
    made = from_spec(Spec("many", table=table(kind, count, outside)))
    x = inputs(dtype if wide else "float32")
    want = propcheck.compile(made, order=(0, 1))(x)
    with jax.enable_x64(wide):
        at = jax.numpy.asarray(x)
        found = [*jax.jit(propcheck.compile(made, order=(0, 1), backend="jax"))(at)]
        found.append(jax.vmap(jax.grad(propcheck.compile(made, backend="jax")))(at))
        space: dict = {}
        exec(source(made, "jax"), space)  # what was just written
        if wide:
            found += [space["many"](at), jax.jit(space["many_derivative"])(at), jax.vmap(jax.grad(space["many"]))(at)]
        else:
            with pytest.raises(RuntimeError, match="jax_enable_x64"):
                space["many"](at)
        for got, values in zip(found, (*want, want[1], want[0], want[1], want[1]), strict=False):
            assert np.array_equal(np.asarray(got), values, equal_nan=True)


@pytest.mark.parametrize(("kind", "count", "outside", "dtype"), CASES[1:3])
def test_keras_gives_the_same_to_the_bit(kind: str, count: int, outside: str, dtype: str) -> None:
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "torch":
        pytest.skip("the double precision of JAX is its user's choice")
    made = from_spec(Spec("many", table=table(kind, count, outside)))
    x = inputs(dtype)
    space: dict = {"__name__": "written"}
    exec(source(made, "keras", dtype=dtype), space)  # what was just written
    want = propcheck.compile(made, order=(0, 1))(x)
    for name, values in zip(("many", "many_derivative"), want, strict=True):
        assert np.array_equal(keras.ops.convert_to_numpy(space[name](x)), values, equal_nan=True)


def test_what_is_no_table_of_polynomials_says_so() -> None:
    made = from_spec(Spec("many", table=table("linear", 500, "constant")))
    with pytest.raises(InputError, match=r"so many are exported to c, numpy, torch, jax, flax, keras, not to onnx"):
        source(made, "onnx")
    many = tuple(map(str, range(450)))
    curved = from_spec(Spec("curved", table=Table("step", many, many, plus="x*sigmoid(x)")))
    with pytest.raises(InputError, match=r"are no polynomials, and are compiled but not exported"):
        source(curved, "c")
    with pytest.raises(InputError, match=r"no form of one of them was found: an expansion of"):
        propcheck.compile(from_spec(Spec("root", table=Table("step", many, many, plus="sqrt(abs(x - 3/2))"))))(1.0)


PLUS = [
    ("linear", 430, "constant", "x*sigmoid(x)", "float64"),
    ("step", 430, "undefined", "exp(-x**2)*sin(3*x)", "float32"),
    ("linear", 430, "linear", "sqrt(2)*x**2/3 - pi", "float64"),
]


def summed(given: Table, plus: str, x: float, order: int) -> mpf | None:
    """The value or the slope of a table and a formula together."""
    base = exactly(given, x, order)
    more = {
        "x*sigmoid(x)": lambda t: t / (1 + mpmath.exp(-t)),
        "exp(-x**2)*sin(3*x)": lambda t: mpmath.exp(-t * t) * mpmath.sin(3 * t),
        "sqrt(2)*x**2/3 - pi": lambda t: mpmath.sqrt(2) * t * t / 3 - mp.pi,
    }[plus]
    return None if base is None else mpf(base.numerator) / base.denominator + mpmath.diff(more, mpf(x), order)


@pytest.mark.parametrize(("kind", "count", "outside", "plus", "dtype"), PLUS)
def test_a_table_and_a_formula_are_added_to_the_promised_place(
    kind: str, count: int, outside: str, plus: str, dtype: str
) -> None:
    """Beside zeros of the sum, and where the table ends, as much as elsewhere."""
    given = table(kind, count, outside)
    made = from_spec(Spec("edge", table=replace(given, plus=plus)))
    function = propcheck.compile(made, order=(0, 1), dtype=dtype)
    random = np.random.default_rng(count)
    x = np.sort(random.uniform(-8.5, 8.5, 4000)).astype(dtype)
    crossed = np.flatnonzero(np.diff(np.sign(function(x)[0])) != 0)[:16]
    low, high = x[crossed], x[crossed + 1]
    for _ in range(60):
        middle = ((low + high) / 2).astype(dtype)
        same = np.sign(function(middle)[0]) == np.sign(function(low)[0])
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    x = np.concatenate([x[::100], low, high, [30, -30, 1e-30]]).astype(dtype)
    found = function(x)
    with mp.workdps(50):
        for order in (0, 1):
            for at, got in zip(x.tolist(), found[order].tolist(), strict=True):
                want = summed(given, plus, at, order)
                if want is None:
                    assert np.isnan(got)
                    continue
                unit, step = (float(np.spacing(np.dtype(dtype).type(abs(float(size))))) for size in (want, at))
                beside = [summed(given, plus, at + side * step, order) for side in (-1, 1)]
                reach = max(abs(other - want) for other in beside if other is not None)
                assert abs(mpf(got) - want) <= function.bound[order] * unit + reach / 2, (at, order)


@pytest.mark.parametrize(("kind", "count", "outside", "plus", "dtype"), PLUS[:2])
def test_frameworks_add_a_formula_as_well(kind: str, count: int, outside: str, plus: str, dtype: str) -> None:
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    made = from_spec(Spec("edge", table=replace(table(kind, count, outside), plus=plus)))
    x = np.concatenate([np.random.default_rng(1).uniform(-9, 9, 2000), [30, -30, np.inf, np.nan]]).astype(dtype)
    want = propcheck.compile(made, order=(0, 1))(x)
    by_torch = propcheck.compile(made, order=(0, 1), backend="torch")
    with jax.enable_x64(True):
        by_jax = propcheck.compile(made, order=(0, 1), backend="jax")
        assert by_torch.bound == by_jax.bound == propcheck.compile(made, order=(0, 1)).bound
        for found in (by_torch(torch.tensor(x)), by_jax(jax.numpy.asarray(x))):
            for got, values in zip(found, want, strict=True):
                np.testing.assert_allclose(np.asarray(got), values, rtol=8 * float(np.finfo(dtype).eps))

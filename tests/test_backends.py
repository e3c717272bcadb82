"""The other backends: mpmath, PyTorch and JAX, and the forms that they break what they lack down to."""

# pyright: reportMissingImports=false
from __future__ import annotations

import copy
import ctypes
import math
import pickle
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from drawn import expressions
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import Function

import propcheck
from propcheck.calculus.elementary import BALL
from propcheck.language import X
from propcheck.numeric import compile
from propcheck.numeric.accuracy import grid, on_arrays
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.dialects import JAX, NUMPY
from propcheck.numeric.formats import DOUBLE, FORMATS, SINGLE, Format
from propcheck.numeric.lines import function, lines
from propcheck.numeric.lowering import flattened, lowered
from propcheck.numeric.source import exported
from propcheck.numeric.span import Span
from propcheck.numeric.steps import Choice, Offset, Program, program
from propcheck.numeric.truth import Reference
from propcheck.numeric.wanted import Wanted
from propcheck.target import activation
from propcheck.verdict import InputError

CATALOGUE = sorted(path.stem for path in (Path(__file__).parents[1] / "specs").glob("*.toml"))
TWICE = {"elish", "elu", "gaussian", "gcu", "isru", "leaky_relu", "relu_softplus", "relu_squared", "softsign", "tanh"}
INF, NAN = math.inf, math.nan


def arrays(exprs: list[sp.Expr] | Program, work: Format = DOUBLE, poor: frozenset[str] = NUMPY.poor) -> Callable:
    """Forms as a function of NumPy's arrays."""
    source = exprs if isinstance(exprs, Program) else program(exprs)
    made = function(lowered(source, work, poor), NUMPY, work, {"np": np})

    def silent(x: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            return made(np.asarray(x, work.name))[0]

    return silent


# --------------------------------------------------------------------------------------- what is broken down

BROKEN_DOWN = {  # with the most units in the last place in double and in single precision
    "sigmoid": (2, 3), "softplus": (2.5, 3), "softplus0": (2.5, 3), "sech2": (3.5, 4), "acot": (1.5, 2.5),
    "log1p": (2, 2), "expm1": (2, 3.5), "tanh": (2, 2), "sinh": (2, 3), "cosh": (2, 3), "atanh": (2.5, 3),
    "erf": (1, 1.5), "erfc": (3.5, 4.5), "sin": (1.5, 1.5), "cos": (1.5, 1.5), "tan": (2.5, 2.5),
}  # fmt: skip


def error(op: str, x: float, computed: float, dtype: type) -> float:
    """The error of an operation in units in the last place; 0 where the exact value is not a normal number."""
    info = np.finfo(dtype)
    with ctx.workprec(200):
        exact = BALL[op](arb(x)).mid()
        if not exact.is_finite() or not float(info.tiny) <= abs(float(exact)) <= float(info.max):
            return 0.0
        return abs(float((arb(computed) - exact) / 2.0 ** (math.frexp(float(exact))[1] - info.nmant - 1)))


@pytest.mark.parametrize("work", [DOUBLE, SINGLE], ids=lambda work: work.name)
@pytest.mark.parametrize("op", BROKEN_DOWN)
def test_what_a_library_lacks_is_right_everywhere(op: str, work: Format) -> None:
    source, dtype = Program(), np.dtype(work.name).type
    source.outputs = (source.emit(op, source.emit("x")),)
    compute = arrays(source, work, NUMPY.poor | JAX.poor | {op})
    info, rng = np.finfo(dtype), np.random.default_rng(5)
    sizes = [
        np.exp2(np.linspace(info.minexp + 2, info.maxexp - 1, 150)),
        rng.uniform(0, 1, 200),
        rng.uniform(0, 30, 300),
    ]
    positive = np.concatenate(sizes)
    if op in ("sin", "cos", "tan"):
        positive = np.append(positive, np.arange(1, 1200) * np.pi / 2)  # beside which little is left
    points = np.concatenate([positive, -positive]).astype(dtype)
    values = compute(points)
    assert values.dtype == dtype
    limit = BROKEN_DOWN[op][work is SINGLE]
    worst = max((error(op, x, y, dtype), x) for x, y in zip(points.tolist(), values.tolist(), strict=True))
    assert worst[0] <= limit, worst
    assert np.isnan(compute([NAN])[0])


@pytest.mark.parametrize("work", [DOUBLE, SINGLE], ids=lambda work: work.name)
@pytest.mark.parametrize("op", ["mul_tail", "add_tail"])
def test_a_tail_is_what_the_operation_was_rounded_by(op: str, work: Format) -> None:
    source = Program()
    x = source.emit("x")
    a = source.emit("mul", x, source.const(sp.Rational(3, 7)))
    source.outputs = (source.emit(op, a, x),)
    points = np.random.default_rng(1).normal(size=200).astype(work.name)
    factor = np.dtype(work.name).type(3 / 7)
    for x_, tail in zip(points, arrays(source, work)(points), strict=True):
        first, second = sp.Rational(*float(x_ * factor).as_integer_ratio()), sp.Rational(*float(x_).as_integer_ratio())
        exact = first * second if op == "mul_tail" else first + second
        rounded = (x_ * factor) * x_ if op == "mul_tail" else (x_ * factor) + x_
        left = exact - sp.Rational(*float(rounded).as_integer_ratio())
        assert abs(float(tail) - left) <= abs(left) * sp.Rational(1, 2**20)


def test_a_local_span_leaves_a_breakpoint_its_own_value() -> None:
    local = (Span(-1.0, 0.0, X + 10), Span(0.0, 2.0, X + 20))
    for op, value in (("ge", 20.0), ("gt", 10.0), ("eq", 7.0)):
        main = Choice(op, sp.Integer(0), sp.Integer(7) if op == "eq" else X, X)
        compute = arrays(flattened([Assembly(main, local)]))
        assert compute([-2.0, -1.0, -0.5, 0.0, 0.5, 2.0, 3.0]).tolist() == [-2.0, 9.0, 9.5, value, 20.5, 22.0, 3.0]


def test_the_form_of_a_span_sees_nothing_outside_of_it() -> None:
    compute = arrays(flattened([Assembly(X, (Span(1.0, 2.0, 1 / (X - 3)),))]))
    assert compute([0.0, 1.0, 2.0, 3.0, NAN])[:4].tolist() == [0.0, -0.5, -1.0, 3.0]


def test_xla_is_kept_from_joining_what_must_stay_apart() -> None:
    for expr in (Offset(X, sp.Rational(1, 3), sp.Rational(1, 2**60)), (X / (X + 1)) / (X + 2)):
        source = program([expr])
        made = lines(lowered(source, DOUBLE, JAX.poor, rewritten=True), JAX, DOUBLE)
        joined = "\n".join(text for _, text in made.named) + made.results[0]
        assert ("optimization_barrier" in joined) == isinstance(expr, Offset)


# --------------------------------------------------------------------------------------- mpmath

SPOTS = [  # target, x, order, the value by another formula
    ("sigmoid", "-1000", 1, lambda: mpmath.exp(-1000) / (1 + mpmath.exp(-1000)) ** 2),
    ("tanh", "60", 1, lambda: mpmath.sech(60) ** 2),
    ("gelu", "-40", 0, lambda: -20 * mpmath.erfc(mpmath.mpf(40) / mpmath.sqrt(2))),
    ("softplus", "-200", 0, lambda: mpmath.log1p(mpmath.exp(-200))),
    ("snake", "0.1", 2, lambda: 2 * mpmath.cos(mpmath.mpf("0.2"))),
]


@pytest.mark.parametrize("digits", [3, 50, 700])
@pytest.mark.parametrize("name, x, order, other", SPOTS, ids=lambda value: str(value) if isinstance(value, str) else "")
def test_there_are_as_many_digits_as_are_asked_for(name: str, x: str, order: int, other: Callable, digits: int) -> None:
    found = compile(name, backend="mpmath", order=order, digits=digits)(x)
    with mpmath.workdps(digits + 600):
        assert abs(found / other() - 1) < mpmath.mpf(10) ** -digits


@settings(max_examples=30, deadline=None)
@given(expressions(depth=3, jumps=True), st.fractions(-9, 9, max_denominator=97), st.sampled_from([20, 90]))
def test_random_formulas_have_their_digits(text: str, x: Fraction, digits: int) -> None:
    try:
        value, slope = compile(text, backend="mpmath", order=(0, 1), digits=digits)(str(x))
    except InputError:  # it has endlessly many breakpoints
        return
    with mpmath.workdps(2 * digits + 60):
        point, read = mpmath.mpf(x.numerator) / x.denominator, Function(text)
        want, step = read(point), mpmath.mpf(10) ** (-digits - 20)
        assert abs(value - want) <= abs(want) * mpmath.mpf(10) ** -digits or abs(want) < mpmath.mpf(10) ** (-2 * digits)
        before, after = (read(point + side * step) - side * slope * step for side in (-1, 1))
        if min(abs(before - want), abs(after - want)) > mpmath.sqrt(step):
            return  # a jump, whose value is that of neither side
        assert math.isnan(slope) or min(abs(before - want), abs(after - want)) <= 1e-12 * step * (1 + abs(slope))


def test_values_at_kinks_gaps_and_infinities() -> None:
    def at(target: str, x: float, order: int = 0, kink: str = "catalogue") -> float:
        return float(compile(target, backend="mpmath", order=order, kink=kink)(x))

    assert [at("leaky_relu", 0, 1, kink) for kink in ("left", "right", "mean", "zero")] == [0.01, 1, 0.505, 0]
    assert at("sign(x)", 0) == 0 and at("relu", 0, 1) == float(compile("relu", order=1)(0.0))
    assert at("sin(x)/x", 0) == 1 and math.isnan(at("1/x", 0)) and math.isnan(at("tanh", NAN))
    assert [at("silu", x) for x in (-INF, INF)] == [0, INF] and at("gelu", INF, 1) == 1
    assert at("sqrt(x)", 0) == 0 and at("sqrt(x)", 0, 1) == INF and math.isnan(at("sqrt(x)", -1))
    assert at("tanh(x) - tanh(1/3)", "1/3") == 0 and at("tanh(x)**2 + cosh(x)**(-2) - 1", 3) == 0


def test_what_is_far_below_the_doubles_is_a_number() -> None:
    found = compile("tanh", backend="mpmath", order=1)(1e300)
    with mpmath.workdps(1100):
        assert abs(mpmath.log(found / 4) / (-2 * mpmath.mpf(1e300)) - 1) < 1e-300


def test_breakpoints_lie_where_they_are_exactly() -> None:
    slope = compile("max(x, sqrt(2))", backend="mpmath", order=1)
    root = "1.4142135623730950488016887242096980785696718753769480731766797379907324784621"
    assert slope([root, root + "1", math.sqrt(2)]).tolist() == [0, 1, 1]


def test_mpmath_takes_arrays_and_several_orders() -> None:
    value, slope = compile("square", backend="mpmath", order=(0, 1))(np.array([[1.0, mpmath.mpf(-3)]]))
    assert value.shape == slope.shape == (1, 2) and value.dtype == object
    assert value.tolist() == [[1, 9]] and slope.tolist() == [[2, -6]]


def test_any_real_number_is_taken_for_what_it_is() -> None:
    square = compile("square", backend="mpmath", digits=60)
    third = mpmath.mpf(1) / 3
    numbers = [2**80 + 1, np.int64(2**53 + 1), Fraction(1, 3), Decimal("0.1"), "1/3", "0.1", "sqrt(2)", sp.pi, third]
    numbers += [np.float32(0.1), np.longdouble(1) + np.finfo(np.longdouble).eps, True, -mpmath.mpf(3)]
    for number in numbers:
        exact = sp.sympify(number) if isinstance(number, sp.Expr | str) else sp.Rational(*ratio(number))
        exact = sp.Rational("0.1") if number == "0.1" else exact
        with mpmath.workdps(70):
            want = mpmath.mpf(str(sp.N(exact**2, 70)))
            assert abs(square(number) - want) <= want * mpmath.mpf(10) ** -60, number
    for wrong in (1j, None, sp.I, "x", "abc", [[1j]]):
        with pytest.raises(InputError):
            square(wrong)


def ratio(number: Any) -> tuple[int, int]:
    if isinstance(number, mpmath.mpf):
        return mpmath.libmp.to_rational(number._mpf_)
    return (int(number), 1) if isinstance(number, int | np.integer) else number.as_integer_ratio()


WRONG = (
    ({"backend": "mpmath", "dtype": "float32"}, "digits=50"),
    ({"backend": "mpmath", "digits": 0}, "from 1 to 10000, not 0"),
    ({"backend": "mpmath", "digits": "30"}, "not '30'"),
    ({"digits": 50}, "for the backend mpmath"),
)


@pytest.mark.parametrize("options, words", WRONG)
def test_digits_that_cannot_be_had_are_an_error_in_a_sentence(options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        compile("square", **options)


# --------------------------------------------------------------------------------------- inputs of the libraries

EXTREMES = [0.0, 1e-30, 1e-6, 1.0, 3.0, 6.0, 20.0, 88.0, 104.0, 1e4, 1e18, 1e30, 3.4e38, INF]


def points(seed: int, count: int = 10_000) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(scale=4, size=count)
    return np.concatenate([drawn, EXTREMES, [-x for x in EXTREMES], [NAN]]).astype(np.float32)


def off(name: str, order: int, x: np.ndarray, found: np.ndarray, floor: float = 0.0) -> list[tuple[Any, ...]]:
    """The inputs of float32 at which values differ by more than what rounding the input explains."""
    exact = compile(name, order=order, fast=False)  # in double precision, rounded once
    with np.errstate(all="ignore"):
        wanted = exact(x.astype(float)).astype(np.float32)
        beside = [exact(np.nextafter(x, np.float32(end)).astype(float)) for end in (-INF, INF)]
        spread = np.abs(beside[1] - beside[0])
        spread[~(spread < 1e-3 * np.maximum(1, np.abs(wanted)))] = 0  # a kink, or the end of the range
        near = np.abs(found.astype(float) - wanted) <= np.maximum(2 * np.spacing(np.abs(wanted)) + spread, floor)
    wrong = np.flatnonzero(~(near | (found == wanted) | (np.isnan(found) & np.isnan(wanted))))[:5]
    return [(order, x[k], found[k], wanted[k]) for k in wrong]


@pytest.fixture(scope="module")
def torch() -> Any:
    module = pytest.importorskip("torch")
    module.set_num_threads(1)
    return module


@pytest.fixture(scope="module")
def jax() -> Any:
    return pytest.importorskip("jax")


def by_torch(name: str, *orders: int, kink: str = "catalogue", **options: Any) -> Any:
    from propcheck.numeric.torch import compiled

    return compiled(activation(name), orders, len(orders) == 1, kink, None, Wanted(**options))


def by_jax(name: str, *orders: int, kink: str = "catalogue") -> Any:
    from propcheck.numeric.jax import compiled

    return compiled(activation(name), orders, len(orders) == 1, kink, None, Wanted())


# --------------------------------------------------------------------------------------- PyTorch


@pytest.mark.parametrize("name", CATALOGUE)
def test_gradients_in_torch_are_the_compiled_derivatives(name: str, torch: Any) -> None:
    x = points(11)
    tensor = torch.from_numpy(x).requires_grad_()
    found = [by_torch(name, 0)(tensor)]
    for _ in range(2 if name in TWICE else 1):
        found += torch.autograd.grad(found[-1], tensor, torch.ones_like(tensor), create_graph=True)
    for order, values in enumerate(found):
        assert not off(name, order, x, values.detach().numpy())


@pytest.mark.parametrize("name", ["selu", "snake", "tanh"])
def test_torch_checks_the_gradients(name: str, torch: Any) -> None:
    x = torch.tensor([-3.0, -0.7, 0.3, 2.1], dtype=torch.float64, requires_grad=True)
    f = by_torch(name, 0)
    assert torch.autograd.gradcheck(f, x, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(f, x)
    assert torch.autograd.gradcheck(by_torch(name, 0, 1), x)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_torch_keeps_dtype_shape_and_device(dtype: str, torch: Any) -> None:
    kind = getattr(torch, dtype)
    f, pair = by_torch("silu", 0), by_torch("silu", 0, 1)
    for x in (torch.randn(3, 4).to(kind).t(), torch.tensor(1.5, dtype=kind), torch.empty(0, 2, dtype=kind)):
        for y in (f(x), *pair(x)):
            assert (y.shape, y.dtype, y.device) == (x.shape, kind, x.device)
    wide = torch.linspace(-9, 9, 400, dtype=torch.float64).to(kind)
    assert torch.equal(f(wide), f(wide.double()).to(kind)) or kind != torch.float64


def test_torch_takes_numbers_and_says_what_it_cannot_take(torch: Any) -> None:
    f = by_torch("relu", 0)
    assert f(3).dtype == f(torch.tensor([1, -2])).dtype == torch.float64
    assert by_torch("linear", 0)(torch.ones(2, requires_grad=True)).tolist() == [1, 1]
    with pytest.raises(InputError, match="complex64 has no compiled form in PyTorch; there are float64"):
        f(torch.ones(1, dtype=torch.complex64))
    with pytest.raises(InputError, match="float8 has no compiled form"):
        propcheck.compile("relu", backend="torch", dtype="float8")


def test_torch_transforms(torch: Any) -> None:
    from torch.func import grad, hessian, jvp, vmap

    f, slope, bend = (by_torch("tanh", order) for order in range(3))
    z = torch.randn(3, 4, generator=torch.Generator().manual_seed(2))
    assert torch.equal(vmap(f)(z), f(z))
    assert torch.equal(vmap(vmap(grad(f)))(z), slope(z))
    assert torch.equal(vmap(vmap(grad(grad(f))))(z), bend(z))
    assert torch.equal(jvp(f, (z,), (torch.ones_like(z),))[1], slope(z))
    assert torch.equal(hessian(lambda v: f(v).sum())(z[0]).diagonal(), bend(z[0]))
    gelu = by_torch("gelu", 0)  # its form looks at the bits of x
    assert torch.equal(vmap(gelu)(z.double()), gelu(z.double()))


def test_torch_compiles_functions_and_gradients(torch: Any) -> None:
    f, slope = by_torch("elish", 0), by_torch("elish", 1)
    x = torch.linspace(-5, 5, 31, requires_grad=True)
    value = torch.compile(f, fullgraph=True, backend="aot_eager")(x)
    assert torch.equal(value, f(x))
    value.sum().backward()
    assert torch.equal(x.grad, slope(x).detach())


@pytest.mark.parametrize("name, start", [("swish", {"beta": 1.3}), ("prelu", {"a": [[0.3], [0.7]]})])
def test_a_layer_trains_what_the_spec_calls_trained(name: str, start: dict[str, Any], torch: Any) -> None:
    given = {key: torch.tensor(value, dtype=torch.float64) for key, value in start.items()}
    layer = propcheck.compile(name, backend="torch").module(**given)
    x = torch.tensor([[-3.0, -0.7, 0.3, 2.1]] * 2, dtype=torch.float64, requires_grad=True)
    call = lambda x, value: torch.func.functional_call(layer, {next(iter(start)): value}, (x,))  # noqa: E731
    assert torch.autograd.gradcheck(call, (x, *layer.parameters()))
    assert torch.autograd.gradgradcheck(call, (x, *layer.parameters()))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):  # noqa: S301 - it is our own
        assert torch.equal(twin(x), layer(x))
    value = torch.compile(layer, fullgraph=True, backend="aot_eager")(x)
    assert torch.equal(value, layer(x)) and layer(x.float()).dtype == torch.float32
    value.sum().backward()
    assert next(layer.parameters()).grad.shape == given[next(iter(start))].shape


def test_a_layer_without_trained_parameters_is_the_function(torch: Any) -> None:
    layer, x = propcheck.compile("leaky_relu", backend="torch").module(), torch.linspace(-2, 2, 9)
    assert not list(layer.parameters()) and torch.equal(layer(x), by_torch("leaky_relu", 0)(x))
    with pytest.raises(InputError, match="no parameter 'a' to train; it has none that is trained"):
        propcheck.compile("leaky_relu", backend="torch").module(a=0.1)
    with pytest.raises(InputError, match="no parameter 'b' to train; its trained ones are a"):
        propcheck.compile("prelu", backend="torch").module(b=0.1)


def test_torch_kinks_follow_the_convention(torch: Any) -> None:
    for kink, wanted in (("left", 0.01), ("right", 1.0), ("mean", 0.505), ("zero", 0.0)):
        x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        by_torch("leaky_relu", 0, kink=kink)(x).sum().backward()
        assert x.grad.item() == wanted


def test_an_unused_order_adds_nothing_to_a_gradient(torch: Any) -> None:
    x = torch.tensor([0.0], requires_grad=True)  # the second derivative of sqrt(abs(x)) x is infinite here
    value, _ = by_torch("x*sqrt(abs(x))", 0, 1)(x)
    value.sum().backward()
    assert x.grad.item() == 0.0


def test_torch_computes_in_single_precision_if_told(torch: Any) -> None:
    x = torch.linspace(-12, 12, 2000)
    native, wanted = (by_torch("softplus", 0, native=choice)(x).numpy() for choice in (True, False))
    assert (native != wanted).any() and (np.abs(native - wanted) <= 4 * np.spacing(wanted)).all()


# --------------------------------------------------------------------------------------- JAX


@pytest.mark.parametrize("name", CATALOGUE)
def test_gradients_in_jax_are_the_compiled_derivatives(name: str, jax: Any) -> None:
    x = points(12)
    f = by_jax(name, 0)
    with jax.enable_x64(True):
        value, slope = jax.jvp(f, (jax.numpy.asarray(x),), (jax.numpy.ones_like(x),))
    for order, found in enumerate((value, slope)):
        assert found.dtype == np.float32
        assert not off(name, order, x, np.asarray(found), floor=2e-38)  # XLA flushes subnormal numbers to zero


@pytest.mark.parametrize("name", ["selu", "snake", "hard_swish", "softsign", "tanh"])
def test_jax_in_single_precision(name: str, jax: Any) -> None:
    x = points(13)
    x = x[np.isnan(x) | (np.abs(x) < 1e6) | np.isinf(x)]
    f = by_jax(name, 0)
    slope = jax.vmap(jax.grad(f))
    bend = jax.vmap(jax.grad(jax.grad(f)))
    for order, found in enumerate((f(x), slope(x), bend(x))):
        assert found.dtype == np.float32
        wanted = compile(name, order=order)(x.astype(float)).astype(np.float32)
        close = np.isclose(found, wanted, rtol=3e-6, atol=3e-7, equal_nan=True)
        assert close.all(), (order, x[~close][:5], np.asarray(found)[~close][:5], wanted[~close][:5])


def test_jax_keeps_dtype_and_shape_under_transforms(jax: Any) -> None:
    jnp = jax.numpy
    f, pair = by_jax("silu", 0), by_jax("silu", 0, 1)
    for dtype in (jnp.float32, jnp.float16, jnp.bfloat16):
        x = jnp.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
        for y in (f(x), jax.jit(f)(x), jax.vmap(f)(x), *pair(x), *jax.jit(pair)(x)):
            assert (y.shape, y.dtype) == (x.shape, dtype)
    assert f(2).dtype == f(jnp.arange(3)).dtype == jnp.float32
    with pytest.raises(InputError, match="complex64 has no compiled form in JAX"):
        f(jnp.ones(2, jnp.complex64))
    with jax.enable_x64(True):
        assert f(2).dtype == np.float64
        third = jax.grad(jax.grad(jax.grad(by_jax("gcu", 0))))(0.5)  # of x cos(x)
    assert float(third) == pytest.approx(0.5 * math.sin(0.5) - 3 * math.cos(0.5), rel=1e-14)


# --------------------------------------------------------------------------------------- the same everywhere

ALIKE = ("gelu", "prelu", "x*exp(x**2/2)*erfc(x/sqrt(2))", "max(x - 0.3, 0)")


def everywhere(formula: str, order: int, dtype: str, folder: Path) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The function as it is computed by each backend that is there."""
    made: dict[str, Any] = {"numpy": propcheck.compile(formula, order=order, dtype=dtype, fast=False)}
    if find_spec("numba") and dtype == "float64":  # single precision has kernels of its own there
        made["numba"] = propcheck.compile(formula, order=order, dtype=dtype, fast=True)
    if find_spec("torch"):
        made["torch"] = on_arrays(propcheck.compile(formula, backend="torch", order=order), "torch")
    if find_spec("jax"):
        made["jax"] = on_arrays(propcheck.compile(formula, backend="jax", order=order), "jax")
    found = exported(activation(formula), "c", dtype, (order,), measured=False, name="it")
    if shutil.which("cc") and not found.lacking:
        made["C"] = in_c(
            found.text, "it" + ("", "_derivative")[order] + ("f" if dtype == "float32" else ""), dtype, folder
        )
    return made


def in_c(text: str, name: str, dtype: str, folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    kind = "float" if dtype == "float32" else "double"
    loop = f"void run(const {kind} *x, {kind} *y, long n) {{ for (long i = 0; i < n; i++) y[i] = {name}(x[i]); }}"
    (folder / f"{name}.c").write_text(f"{text}\n{loop}\n")
    command = ["cc", "-std=c99", "-O2", "-shared", "-fPIC", "-o", folder / f"{name}.so", folder / f"{name}.c", "-lm"]
    subprocess.run(command, check=True)
    library = ctypes.CDLL(str(folder / f"{name}.so"))

    def called(x: np.ndarray) -> np.ndarray:
        y = np.empty_like(x)
        library.run(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data), ctypes.c_long(x.size))
        return y

    return called


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("formula", ALIKE)
def test_every_backend_gives_the_same(formula: str, order: int, dtype: str, tmp_path: Path) -> None:
    x = grid(activation(formula), dtype)
    info, form = np.finfo(dtype), FORMATS[dtype]
    reference = Reference(activation(formula), order, form)
    with np.errstate(all="ignore"):
        found = {name: made(x.copy()) for name, made in everywhere(formula, order, dtype, tmp_path).items()}
    first = found.pop("numpy")
    for name, values in found.items():
        with np.errstate(all="ignore"):
            same = (values == first) | (np.isnan(values) & np.isnan(first))
            same |= np.abs(values - first) <= np.spacing(np.abs(first))
        if name == "jax":  # XLA takes subnormal doubles for 0, and what is nearly so is computed from such
            same |= (np.abs(x) < info.tiny) | (np.abs(first) < 64 * info.tiny)
        for k in np.flatnonzero(~same):  # each is right within its bound where they are not the same
            truth = reference.truth(float(x[k]), loose=True)
            assert truth.distance(float(values[k]), form) <= 4, (name, x[k], values[k], first[k])
            assert truth.distance(float(first[k]), form) <= 4, (name, x[k], values[k], first[k])
        assert np.count_nonzero(~same) < x.size / 5

"""The fast backend against exact values, and each element the same wherever it stands in an array.

Each of its functions takes a few tenths of a second to compile, which is what most of the time here goes to.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp

from propcheck import numeric
from propcheck.language import X
from propcheck.numeric.accuracy import grid, measure
from propcheck.numeric.formats import DOUBLE, SINGLE
from propcheck.numeric.plan import plan
from propcheck.numeric.truth import marks
from propcheck.spec import names
from propcheck.target import activation

pytest.importorskip("numba")

from propcheck.numeric import numba as fast  # noqa: E402

pytestmark = pytest.mark.skipif(not fast.available(), reason="the processor has no fused multiply-add")

ORDERS = (0, 1)
NO_KERNELS = {"cosine", "gcu", "sine", "sinlu", "snake"}  # sin and cos
STRIDE = 61  # every so many points of the full grid are tried


@cache
def compiled(name: str, dtype: str, orders: tuple[int, ...]) -> Any:
    return fast.compiled(activation(name, {}), orders, "catalogue", np.dtype(dtype))


def values(name: str, x: np.ndarray, orders: tuple[int, ...] = ORDERS) -> list[np.ndarray]:
    found = [np.empty_like(x) for _ in orders]
    compiled(name, x.dtype.name, orders)(x, found)
    return found


def points(name: str, dtype: str) -> np.ndarray:
    """Some of the full grid, all breakpoints and all that is no ordinary number."""
    kinks = [x for mark in marks(activation(name, {})) for x in mark]
    beside = [np.nextafter(np.array(kinks, dtype), np.dtype(dtype).type(to)) for to in (-np.inf, np.inf)]
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, *kinks], dtype)
    return np.concatenate([grid(activation(name, {}), dtype)[::STRIDE], special, *beside])


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_catalogue_is_accurate(name, dtype):
    made = compiled(name, dtype, ORDERS)
    assert (made is None) == (name in NO_KERNELS)
    if made is not None:
        tried = points(name, dtype)
        for place, order in enumerate(ORDERS):
            run = lambda x, place=place: values(name, x)[place]  # noqa: E731
            if plan(activation(name, {}), order, DOUBLE, DOUBLE).shortfalls:  # there others compute
                run = numeric.compile(activation(name, {}), order=order)
            found = measure(run, activation(name, {}), order, dtype, tried)
            assert found.holds and not found.open and not found.warnings, found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["gelu", "mish", "softsign", "relu"])
def test_an_element_has_one_value_wherever_it_stands(name, dtype):
    rng = np.random.default_rng(0)
    x = (rng.standard_normal(8193) * 3).astype(dtype)
    x[rng.integers(0, x.size, 9)] = [-np.inf, np.inf, np.nan, -14, -38, -100, 1e30, -0.0, 1e-310]
    whole = values(name, x)
    for size in (0, 1, 15, 16, 17, fast.BLOCK - 1, fast.BLOCK, fast.BLOCK + 1, 8191, 8193):
        for part, all_of_them in zip(values(name, x[:size]), whole, strict=True):
            assert part.tobytes() == all_of_them[:size].tobytes()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_types_of_16_bits_are_computed_in_single_precision(dtype):
    kind = np.dtype(dtype) if dtype == "float16" else np.dtype(pytest.importorskip("ml_dtypes").bfloat16)
    with np.errstate(invalid="ignore"):
        x = np.arange(65536, dtype=np.uint16).view(kind)
        wide = x.astype(np.float32)
    found = [np.empty_like(x) for _ in ORDERS]
    made = fast.compiled(activation("gelu", {}), ORDERS, "catalogue", kind)
    assert made is not None
    made(x, found)
    for got, single in zip(found, values("gelu", wide), strict=True):
        with np.errstate(over="ignore"):
            assert np.array_equal(got.astype(np.float32), single.astype(kind).astype(np.float32), equal_nan=True)


def test_odd_functions_keep_the_sign_of_zero():
    for name in ("tanh", "erf", "softsign", "arctan"):
        value, _ = values(name, np.array([-0.0, 0.0]))
        assert value.tolist() == [0, 0] and np.signbit(value).tolist() == [True, False], name


@pytest.mark.parametrize("orders", [(2,), (1, 0), (0, 1, 2)])
def test_orders_come_in_the_order_asked_for(orders):
    x = np.linspace(-20, 20, 101)
    for order, found in zip(orders, values("silu", x, orders), strict=True):
        assert np.allclose(found, values("silu", x, (0, 1, 2))[order], 1e-15, 0)


@pytest.mark.parametrize(
    ("expr", "at"),
    [(sp.exp(X) - sp.E, 1.0), (sp.tanh(X), 0.0), (X / 6 + sp.Rational(1, 2), -3.0), (sp.sqrt(sp.Abs(X)), -2.0)],
)
@pytest.mark.parametrize("work", [SINGLE, DOUBLE])
def test_a_form_alone_has_the_value_that_the_loop_gives(expr, at, work):
    run = fast._compiled(fast._laid([fast.Assembly(expr, ())], False), work)
    x = np.full(100, at, work.name)
    out = np.empty_like(x)
    run(x, (out,), np.empty(1, bool), (np.dtype(work.name).type(math.nan),) * 4)
    assert set(out.tolist()) == {fast.evaluate(expr, at, work)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_constant_is_so_exactly(dtype):
    """Even where the neighbouring piece, rounded, does not quite reach the constant."""
    value, slope = values("max(exp(x) - e, 0)", np.array([-np.inf, -3, 0, 0.999], dtype))
    assert value.tolist() == slope.tolist() == [0, 0, 0, 0]


def test_the_normal_law_has_its_kernel_and_what_only_resembles_it_has_not():
    for constant, known in (("1/sqrt(2)", True), ("0.7071067811865", False)):
        made = compiled(f"x*(1 + erf({constant}*x))/2", "float64", (0,))
        assert made is not None
        assert fast._by_kernels(made.assemblies[0].main).has(fast.Cdf) == known


@pytest.mark.parametrize(("name", "natively"), [("relu", True), ("mish", True), ("gelu", True), ("quick_gelu", False)])
def test_single_precision_is_used_where_it_takes_few_spans(name, natively):
    assert fast.natively([plan(activation(name, {}), k, SINGLE, SINGLE) for k in ORDERS]) == natively


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["relu6", "sigmoid", "gelu"])
def test_the_loop_is_vectorised(name, dtype):
    values(name, np.zeros(9, dtype))
    (code,) = compiled(name, dtype, ORDERS)._near.inspect_llvm().values()
    assert re.search({"float32": r"store <\d+ x float>", "float64": r"store <\d+ x double>"}[dtype], code)


def test_without_a_fused_multiply_add_there_is_no_fast_form(monkeypatch):
    monkeypatch.setattr(fast.llvmlite.binding, "get_host_cpu_features", dict)
    assert not fast.available()
    assert fast.compiled(activation("relu", {}), (0,), "catalogue", np.dtype("float32")) is None


def test_a_compiled_function_is_not_pickled():
    import pickle

    with pytest.raises(TypeError, match="compile it again"):
        pickle.dumps(compiled("relu", "float32", ORDERS))


@pytest.mark.parametrize("name", ["gelu", "swish", "xwish", "softsign"])
def test_an_element_far_out_has_the_value_that_it_has_alone(name):
    """Few in a block are gathered and computed again; in arrays of one element there is nothing to gather from."""
    function = numeric.compile(name, order=(0, 1), fast=True)
    x = np.random.default_rng(0).standard_normal(3 * fast.BLOCK + 5).astype(np.float32)
    far = np.array([-np.inf, np.inf, np.nan, -13.5, -14.1, -20, -90.7, -104, 1e20, 2e38, -3e38, 0], np.float32)
    places = np.linspace(0, x.size - 1, far.size).astype(int)
    x[places] = far
    value, slope = function(x)
    for at in [*places, 1, fast.BLOCK - 1, fast.BLOCK, x.size - 2]:
        alone = [part.item() for part in function(x[at : at + 1])]
        np.testing.assert_array_equal([value[at], slope[at]], alone, err_msg=str(x[at]))


def test_a_long_form_is_compiled_by_numba_only_where_that_is_asked_for():
    target, dtype = " + ".join(f"tanh(x + {k}/8)*x" for k in range(16)), np.dtype("float64")
    usual, asked = (numeric.compile(target, dtype=dtype, order=(0, 1), fast=wanted) for wanted in (None, True))
    runs = [made.prepare(dtype) for made in (usual, asked)]
    kinds = [type(getattr(run, "run", run)) for run in runs]
    assert kinds[1] is fast.Compiled and kinds[0] is not fast.Compiled
    assert usual.bound == asked.bound
    x = np.linspace(-30, 30, 999)
    for found, expected in zip(usual(x), asked(x), strict=True):
        assert np.allclose(found, expected, 2e-15, 1e-18)

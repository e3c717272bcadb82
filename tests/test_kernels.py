"""The vector kernels: float64 against ball arithmetic, float32 against float64 over its whole range."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import fit_kernels
import numpy as np
import pytest
from flint import arb, ctx

numba = pytest.importorskip("numba")
kernels = pytest.importorskip("propcheck.numeric.kernels").kernels

from propcheck.numeric.kernels import coefficients  # noqa: E402

STRIDE = 997  # every so many floats of 32 bits are tried
INF = math.inf
PARTS = {
    "exp": ("exp",), "expm1": ("expm1",), "log": ("log",), "log1p": ("log1p",), "asinh": ("asinh",),
    "sinh_cosh": ("sinh", "cosh"), "sigmoid_bell": ("sigmoid", "bell"), "tanh_sech2": ("tanh", "sech2"),
    "softplus_sigmoid": ("softplus", "sigmoid"), "softplus0_sigmoid": ("softplus0", "sigmoid"),
    "erf_gauss": ("erf", "gauss"), "erfc_gauss": ("erfc", "gauss"), "cdf_density": ("cdf", "density"),
    "atan_slope": ("atan", "slope"), "acot_and_rest": ("acot", "acot_rest"),
}  # fmt: skip
CLOSE = {"exp", "expm1", "log", "log1p", "tanh", "sigmoid", "erf", "gauss", "atan"}
ODD = {"asinh", "sinh", "tanh", "erf", "atan", "expm1", "log1p"}  # and two that keep the sign of 0 as well


def _sigmoid(u: arb) -> arb:
    return 1 / (1 + (-u).exp())


def _softplus(u: arb) -> arb:
    return (u if u > 0 else arb(0)) + (-abs(u)).exp().log1p()


def _acot(u: arb) -> arb:
    return (1 / u).atan() if u > 0 else arb.pi() / 2 - u.atan()


def _acot_rest(u: arb) -> arb:
    with ctx.workprec(5000):
        return _acot(u) - u / (1 + u * u)


# name: the function, and its limits at -inf and at inf
EXACT: dict[str, tuple[Callable[[arb], arb], float, float]] = {
    "exp": (arb.exp, 0, INF),
    "expm1": (arb.expm1, -1, INF),
    "log": (arb.log, math.nan, INF),
    "log1p": (arb.log1p, math.nan, INF),
    "asinh": (arb.asinh, -INF, INF),
    "sinh": (arb.sinh, -INF, INF),
    "cosh": (arb.cosh, INF, INF),
    "sigmoid": (_sigmoid, 0, 1),
    "bell": (lambda u: _sigmoid(u) * _sigmoid(-u), 0, 0),
    "tanh": (arb.tanh, -1, 1),
    "sech2": (lambda u: 1 / u.cosh() ** 2, 0, 0),
    "softplus": (_softplus, 0, INF),
    "softplus0": (lambda u: (u if u > 0 else arb(0)) + ((-abs(u)).expm1() / 2).log1p(), -math.log(2), INF),
    "erf": (arb.erf, -1, 1),
    "erfc": (arb.erfc, 2, 0),
    "gauss": (lambda u: (-u * u).exp(), 0, 0),
    "cdf": (lambda u: (-u / arb(2).sqrt()).erfc() / 2, 0, 1),
    "density": (lambda u: (-u * u / 2).exp() / (2 * arb.pi()).sqrt(), 0, 0),
    "atan": (arb.atan, -math.pi / 2, math.pi / 2),
    "slope": (lambda u: 1 / (1 + u * u), 0, 0),
    "acot": (_acot, math.pi, 0),
    "acot_rest": (_acot_rest, math.pi, 0),
}


@cache
def loop(name: str, dtype: str) -> Callable[..., None]:
    """The kernel over an array, into one array for each of its parts."""
    kernel = kernels(dtype)[name]

    def single(x, a):
        for i in range(x.shape[0]):
            a[i] = kernel(x[i])

    def pair(x, a, b):
        for i in range(x.shape[0]):
            a[i], b[i] = kernel(x[i])

    return numba.njit(error_model="numpy")(single if len(PARTS.get(name, (name,))) == 1 else pair)


def edges(dtype: str, highest: int = 127) -> np.ndarray:
    """The powers of two up to 2**highest, and their neighbours, with both signs."""
    powers = np.exp2(np.arange(-1074 if dtype == "float64" else -149, highest + 1.0)).astype(dtype)
    near = np.concatenate([np.nextafter(powers, powers.dtype.type(limit)) for limit in (0, INF)])
    return np.concatenate([powers, near, -powers, -near])


def values(name: str, dtype: str, points: np.ndarray) -> list[np.ndarray]:
    with np.errstate(invalid="ignore"):
        x = points.astype(dtype)
    results = [np.empty_like(x) for _ in PARTS.get(name, (name,))]
    loop(name, dtype)(x, *results)
    return results


def apart(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """By how many units in the last place of the results they are off, the wanted values being in float64."""
    with np.errstate(all="ignore"):
        near = want.astype(got.dtype)
        off = np.abs(got.astype(np.float64) - want) / np.spacing(np.abs(near)).astype(np.float64)
        same = (got == near) | (np.isnan(got) & np.isnan(near))
        return np.where(np.isfinite(got) & np.isfinite(near), off, np.where(same, 0.0, INF))


def off(part: str, got: float, u: arb) -> float:
    """By how many units in the last place a double is off."""
    with ctx.workprec(200):
        want = EXACT[part][0](u)
    if not want.is_finite():  # outside the domain, or at a pole
        return 0.0 if math.isnan(got) or got == -INF else INF
    if math.isinf(got):
        return 0.0 if abs(want) > arb(np.finfo(float).max) else INF
    return float(abs(arb(got) - want).upper() / arb(math.ulp(float(want.mid()))))


def test_the_coefficients_are_those_that_the_script_fits():
    source = Path(coefficients.__file__)
    assert source.read_text(encoding="utf-8") == fit_kernels.module()


@pytest.mark.parametrize("name", PARTS)
def test_float32_is_right_over_its_whole_range(name):
    bits = np.arange(0, 2**32, STRIDE, dtype=np.uint64).astype(np.uint32)
    points = np.concatenate([bits.view(np.float32), edges("float32"), np.float32([0, INF, -INF, math.nan])])
    single, double = (values(name, dtype, points) for dtype in ("float32", "float64"))
    for part, got, want in zip(PARTS[name], single, double, strict=True):
        worst = apart(got, want)
        at = int(np.argmax(worst))
        assert worst[at] <= (1.5 if part in CLOSE else 2.5), (part, points[at], got[at], want[at])


@pytest.mark.parametrize("name", PARTS)
def test_float64_is_within_two_units_of_the_last_place(name):
    rng, n = np.random.default_rng(0), 800
    groups = [rng.normal(size=n) * 3, rng.uniform(-2, 2, n), rng.uniform(-60, 60, n), rng.uniform(-760, 760, n)]
    groups.append(np.exp(rng.uniform(-745, 6, n)) * rng.choice([-1, 1], n))
    if name in ("log", "log1p", "asinh", "atan_slope", "acot_and_rest"):
        groups.append(np.exp(rng.uniform(6, 709, n)) * rng.choice([-1, 1], n))
    points = np.concatenate([*groups, edges("float64", 9 if len(groups) == 5 else 1023)])
    for part, results in zip(PARTS[name], values(name, "float64", points), strict=True):
        for u, got in zip(points.tolist(), results.tolist(), strict=True):
            assert off(part, got, arb(u)) <= 2, (part, u, got)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PARTS)
def test_infinities_nan_and_the_sign_of_zero_are_kept(name, dtype):
    points = np.array([-INF, INF, math.nan, -0.0, 0.0])
    for part, (left, right, undefined, *zeros) in zip(PARTS[name], values(name, dtype, points), strict=True):
        wanted = np.array(EXACT[part][1:]).astype(dtype)
        assert apart(np.array([left, right]), wanted.astype(np.float64)).max() <= 1, (part, left, right)
        assert math.isnan(undefined), part
        if part in ODD:
            assert [math.copysign(1, zero) for zero in zeros] == [-1, 1] and zeros == [0, 0], part


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logarithms_have_a_pole_and_then_nothing(dtype):
    for name, pole in {"log": 0.0, "log1p": -1.0}.items():
        assert np.array_equal(values(name, dtype, np.array([pole, pole - 1e-3]))[0], [-INF, math.nan], equal_nan=True)


ALONE = {pair: PARTS[pair] for pair in ("tanh_sech2", "softplus0_sigmoid", "erfc_gauss")}  # one of each kind


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_kernel_alone_gives_what_the_pair_gives(dtype):
    points = np.random.default_rng(1).normal(size=999) * 5
    for pair, parts in ALONE.items():
        for part, together in zip(parts, values(pair, dtype, points), strict=True):
            if part in kernels(dtype):
                assert np.array_equal(values(part, dtype, points)[0], together, equal_nan=True), (pair, part)


@pytest.mark.parametrize(("name", "low", "high"), [("exp", -745, 709), ("erfc", -6, 27), ("gauss", -27, 27)])
def test_the_low_word_of_the_argument_counts(name, low, high):
    rng = np.random.default_rng(2)
    x = rng.uniform(low, high, 2000)
    xl = np.spacing(x) * rng.uniform(-1, 1, x.size)
    kernel, results = kernels("float64")[name], np.empty_like(x)

    @numba.njit(error_model="numpy")
    def over(x, xl, a):
        for i in range(x.shape[0]):
            a[i] = kernel(x[i], xl[i])

    over(x, xl, results)
    for u, ul, got in zip(x.tolist(), xl.tolist(), results.tolist(), strict=True):
        with ctx.workprec(200):
            point = arb(u) + arb(ul)
        assert off(name, got, point) <= 3, (u, ul, got)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PARTS)
def test_loops_are_vectorised(name, dtype):
    features = pytest.importorskip("llvmlite.binding").get_host_cpu_features()
    if not any(features.get(feature) for feature in ("fma", "neon")):
        pytest.skip("this processor has no vectors with a fused multiply-add")
    values(name, dtype, np.zeros(9))
    (code,) = loop(name, dtype).inspect_llvm().values()
    assert "@llvm.fma.v" in code

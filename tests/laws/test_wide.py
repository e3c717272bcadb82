"""Sums that cancel, in extended precision; and what rounding makes of a form, seen by many inputs at once."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hunt_compiled import PRECISION, Unknown, excess, inputs, truth, ulp
from mpmath import mp, mpf
from second_opinion import Function

import propcheck
from propcheck.language import X
from propcheck.numeric.formats import DOUBLE, EXTENDED
from propcheck.numeric.functions import OPERATIONS, Acot, Erfc, Sech2, Sigmoid, Softplus, Softplus0, Tanh
from propcheck.numeric.guard import Guarded, rounding_seen, within
from propcheck.numeric.numpy import Kernel
from propcheck.numeric.steps import CompensatedTail, program
from propcheck.numeric.subject import Subject
from propcheck.numeric.ufuncs import expanded
from propcheck.numeric.wide import Wide

needs_more_bits = pytest.mark.skipif(EXTENDED is None, reason="the processor has no wider numbers than doubles")

CANCELS = [  # sums of waves again and again, a form that divides by 0 where the function does not, thin roots
    "relu(x) + 0.1*(sin(1*x) + sin(2*x) + sin(3*x) + sin(4*x) + sin(5*x))",
    "cos(x) + cos(sqrt(2)*x) - 0.3*sin(3*x)",
    "0.5*(1 + sqrt(x**2 + 1e-6) - sqrt((x - 1)**2 + 1e-6))",
    "x + 1 - sin(3*x)",
]
TURNING = [  # waves that turn together, at whole numbers: nothing there excuses what rounding does to their arguments
    "pi/2*(sin(pi*(x - pi))/(pi*(x - pi)) - sin(pi*(x + pi))/(pi*(x + pi)))",
    "cos(2*pi*x)/(1 + x**2) + cos(pi*x)*atan(x)",
    "sin(pi*x)**2 + sin(pi*x/2)**2/(1 + x**2) if x > 1 else x",
    "sin(pi*x)/(pi*x) if x != 0 else 1",
]


@pytest.mark.parametrize(
    ("text", "form"),
    [*((text, form) for text in CANCELS for form in ("float64", "float32")), *((text, "float64") for text in TURNING)],
)
def test_what_cancels_keeps_its_bound(text: str, form: str) -> None:
    function, f = Function(text), propcheck.compile(text, order=(0, 1), dtype=form, fast=False)
    xs = np.concatenate([inputs(function, form, 50, 5), np.array([0.5, -7.430467721601758, 4.97418, 100.7], form)])
    for order, values in enumerate(f(xs)):
        for x, value in zip(xs.tolist(), values.tolist(), strict=True):
            try:
                known = truth(function, x, order, ulp(mpf(x), form) / 2)
            except Unknown:  # it is 0, and no number of digits says so
                continue
            assert known is None or excess(value, known, form) <= f.bound[order] == 4, (order, x, value)


TOUCHING = [  # a double zero, or a place where the function turns, and after how much it comes again
    ("2 + 2*sin(0.3*x - 2) if x < -1 else x", (2 - mp.pi / 2) / 0.3, 2 * mp.pi / 0.3),
    ("3*(1 + sin(x))*sigmoid(x) if x > 0 else 3/2", -mp.pi / 2, 2 * mp.pi),
    ("2 - sin(x) - sin(5*x)", mp.pi / 2, 2 * mp.pi),
    ("log(2 + sin(x))", -mp.pi / 2, 2 * mp.pi),
    ("sin(x) + cos(x) - sqrt(2)", mp.pi / 4, 2 * mp.pi),
    ("0.3*sin(20*x) - 0.15*x if x < 5 else sin(5*x) + x/8", mpf("0.0772726"), mp.pi / 10),
]


@pytest.mark.parametrize(("text", "first", "period"), TOUCHING)
def test_waves_that_touch_0_or_turn_far_out_keep_their_bound(text: str, first: mpf, period: mpf) -> None:
    function, f = Function(text), propcheck.compile(text, order=(0, 1), dtype="float64", fast=False)
    turns = [first + k * period for k in (-1000, -33, -10, -4, 0, 3, 12, 14, 29, 112, 31415)]
    xs = np.array([float(at * (1 + s * mpf(2) ** -k)) for at in turns for k in (9, 17, 28, 60) for s in (-1, 1)])
    for order, values in enumerate(f(xs)):
        for x, value in zip(xs.tolist(), values.tolist(), strict=True):
            known = truth(function, x, order, ulp(mpf(x), "float64") / 2)
            assert known is not None and excess(value, known, "float64") <= f.bound[order] == 4, (order, x, value)


NARROW = [  # wrong on a small part of an octave, where x is just below a power of two and its product is just above
    "x/(1 + exp(-1.25*x))",
    "sign(20*x - 2)*log(1 + abs(20*x - 2))/sqrt(1 + x**2)",
    "x*erf(sigmoid(x - 2))",
    "sigmoid(x/2 + 1) if x >= 0 else abs(asinh(3*x))",
]


@needs_more_bits
@pytest.mark.parametrize("text", NARROW)
def test_inputs_between_those_of_the_plan_keep_the_bound(text: str) -> None:
    f = propcheck.compile(text, order=(0, 1), dtype="float64", fast=False)
    run = f.prepare(np.dtype(np.float64))
    rng = np.random.default_rng(12)
    x = np.unique(np.concatenate([rng.uniform(-9, 9, 60_000), np.exp2(rng.uniform(-5, 10, 60_000))]))
    form, exact = (run.run, run.exact) if isinstance(run, Guarded) else (run, ())
    kept = {part.output: within(x, part.spans) for part in exact}
    for output, gaps in enumerate(rounding_seen(form, form.assemblies, x)):
        seen = np.where(kept.get(output, False), 0, gaps)
        assert seen.max() <= 4, (output, x[seen.argmax()])


@pytest.mark.parametrize("text", ["x*sigmoid(1.25*x)", "log(20*x - 1)/sqrt(x**2 + 1)", "0.3*sin(20*x) - x/7"])
def test_no_error_is_larger_than_the_sum_of_all(text: str) -> None:
    (piece,) = propcheck.load(text).pieces
    low = float(piece.lower) if piece.lower.is_finite else -8.0
    subject = Subject(piece, 0, DOUBLE, DOUBLE, low, 8.0)
    x = np.random.default_rng(4).uniform(low, 8, 400)
    function = Function(text)
    truths = [(truth(function, at, 0, ulp(mpf(at), "float64") / 2), subject.truth(at)) for at in x.tolist()]
    for expr in subject.candidates()[:2]:
        found = np.empty_like(x)
        Kernel(expanded(program([expr]), x.dtype, short=False), x.dtype, x.dtype).run(x, [found])
        for (known, point), value in zip(truths, found.tolist(), strict=True):
            assert known is not None and point is not None
            likely, most = subject.error(expr, point), subject.error(expr, point, surely=True)
            assert likely <= most and excess(value, known, "float64") <= most + 0.01


KERNELS = [
    (Sigmoid(X), lambda u: 1 / (1 + mp.exp(-u))),
    (Softplus(X), lambda u: mp.log1p(mp.exp(u))),
    (Softplus0(X), lambda u: mp.log((1 + mp.exp(u)) / 2)),
    (Tanh(X), mp.tanh),
    (Sech2(X), lambda u: mp.cosh(u) ** -2),
    (Erfc(X), mp.erfc),
    (Acot(X), lambda u: mp.pi / 2 - mp.atan(u)),
    *((head(X), getattr(mp, head.__name__)) for head in (sp.erf, sp.exp, sp.atan, sp.asinh, sp.sinh, sp.cosh, sp.sin)),
]


@pytest.mark.parametrize(("expr", "exact"), KERNELS, ids=lambda part: str(part) if isinstance(part, sp.Expr) else "")
def test_no_kernel_is_worse_than_its_row_says(expr: sp.Expr, exact) -> None:  # noqa: ANN001 - of mpmath
    (op,) = {step.op for step in program([expr]).steps} - {"x"}
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.uniform(-20, 20, 500), rng.normal(0, 1, 500), np.exp2(rng.uniform(-8, 5, 500))])
    found = np.empty_like(x)
    Kernel(expanded(program([expr]), x.dtype, short=False), x.dtype, x.dtype).run(x, [found])
    with mp.workdps(60):
        for at, value in zip(x.tolist(), found.tolist(), strict=True):
            right = exact(mpf(at))
            assert abs(value - right) <= max(OPERATIONS[op].error, OPERATIONS[op].worst) * ulp(right, "float64"), at


def test_what_rounding_leaves_of_a_large_argument_is_not_taken_for_kept() -> None:
    (piece,) = propcheck.load("1 + sin(x)").pieces
    subject = Subject(piece, 0, DOUBLE, DOUBLE, -np.inf, np.inf)
    (mended,) = [expr for expr in subject.candidates() if expr.has(CompensatedTail) and len(expr.atoms(sp.sin)) == 1][
        :1
    ]
    points = [subject.truth(at) for at in (3.7, 5e5, 3.7e15, 1.2e40)]
    assert [subject.error(mended, point) <= 4 for point in points if point is not None] == [True, True, False, False]


@needs_more_bits
@pytest.mark.parametrize("name", ["xwish", "logish", "tanhexp", "mish", "serf"])
def test_many_inputs_at_once_find_no_form_beyond_its_bound(name: str) -> None:
    f = propcheck.compile(name, order=(0, 1), dtype="float64", fast=False)
    run = f.prepare(np.dtype(np.float64))
    form = run.run if isinstance(run, Guarded) else run
    x = np.random.default_rng(8).uniform(-9, 9, 30_000)
    assert max(float(gaps.max()) for gaps in rounding_seen(run, form.assemblies, x)) <= 4


@needs_more_bits
def test_rounding_is_seen_as_exact_values_show_it() -> None:
    f = propcheck.compile("x**3 - x + 0.1", dtype="float64", fast=False)
    (assembly,) = f.prepare(np.dtype(np.float64)).assemblies
    x = np.random.default_rng(3).normal(0, 1, 400)

    def plain(points: np.ndarray, outputs: list[np.ndarray]) -> None:
        outputs[0][...] = points**3 - points + 0.1

    (gaps,) = rounding_seen(plain, [assembly], x)
    for at, gap in zip(x.tolist(), gaps.tolist(), strict=True):
        known = truth(Function("x**3 - x + 0.1"), at, 0, ulp(mpf(at), "float64") / 2)
        assert known is not None
        right = excess(at**3 - at + 0.1, known, "float64")
        assert gap == pytest.approx(right, abs=0.5) if gap > 1 else right <= 1.5  # a fit may be off by some tenths
    assert gaps.max() > 8  # near a zero the plain sum is wrong in many digits


@needs_more_bits
def test_spans_are_computed_wide_where_that_is_enough() -> None:
    f = propcheck.compile(CANCELS[1], dtype="float64", fast=False)
    (part,) = f.prepare(np.dtype(np.float64)).exact
    assert isinstance(part.oracle, Wide) and any(high == np.inf for _, high in part.spans)


@needs_more_bits
@pytest.mark.parametrize(("expr", "exact"), [(sp.erf(X), mpmath.erf), (Erfc(X), mpmath.erfc)])
def test_error_functions_in_extended_precision(expr: sp.Expr, exact) -> None:  # noqa: ANN001 - of mpmath
    kind = np.dtype(np.longdouble)
    x = np.concatenate([np.linspace(-7, 27, 331), np.geomspace(1e-20, 1, 50), [0.4999, 0.5, -0.5, -0.4999]]).astype(
        kind
    )
    found = np.empty_like(x)
    Kernel(expanded(program([expr]), kind, short=False), kind, kind).run(x, [found])
    with mpmath.workdps(60):
        for at, value in zip(x, found, strict=True):
            top, bottom = value.as_integer_ratio()
            start, over = at.as_integer_ratio()
            right = exact(mpf(start) / over)
            assert abs(mpf(top) / bottom - right) <= 3 * abs(right) * float(np.finfo(kind).eps)


def test_the_hunt_sees_a_wrong_value() -> None:
    known = truth(Function("x - tanh(x)"), 1e-5, 0, ulp(mpf(1e-5), "float64") / 2)
    assert known is not None and excess(1e-5 - np.tanh(1e-5), known, "float64") > 1000
    assert truth(Function("abs(x)"), 0.0, 1, mpf(0)) is None and set(PRECISION) == {"float64", "float32", "float16"}

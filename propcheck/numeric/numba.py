"""The fast backend: one loop that numba compiles for the processor at hand, all steps of a program in its registers.

The steps are kernels (`numeric.kernels`) and single operations, which LLVM does for 16 floats or 8 doubles at a time;
what several steps compute alike is computed once. The local spans near 0 are chosen in the same loop. A block with an
element on a stretch far out, where spans and limits are that are seldom needed, is marked; such elements are gathered
and computed again with all of them.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import llvmlite.binding
import numba
import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.language import X
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.dialects import Dialect
from propcheck.numeric.formats import DOUBLE, SINGLE, Format
from propcheck.numeric.functions import Erfc, Sech2, Sigmoid, Softplus, Stable, Tanh
from propcheck.numeric.kernels import kernels
from propcheck.numeric.kernels.lanes import fma, magnitude, root, select
from propcheck.numeric.lines import function
from propcheck.numeric.lowering import bounds
from propcheck.numeric.plan import Found, plan
from propcheck.numeric.rounding import fixed
from propcheck.numeric.span import Plan, Span
from propcheck.numeric.steps import Compensated, CompensatedTail, Program, Scaled, Step
from propcheck.processes.lazy import cached_property

BLOCK = 4096  # elements: the loop starts up once for each block
_CONVERTED = 32768  # elements of a type of 16 bits that are widened at once
_NEAR = 12.0  # spans beyond it are far out
# Steps of the main forms, and with those of all spans: each takes some two milliseconds to compile, up to four times.
_LONG, _LONGEST = 100, 1000
_MOST_NEAR = 3  # spans that single precision may have near 0: with more, double precision without them is quicker
_LARGE = 40.0  # exp(2 u) beyond it adds nothing to 1, and its square is finite
_SMALL = 2.0**-10  # a low word is far below it wherever it matters

_OPERATIONS = {
    "abs": "absolute({0})", "sqrt": "square_root({0})", "where": "chosen({0}, {1}, {2})", "fma": "fused({0}, {1}, {2})",
    "min": "lesser({0}, {1})", "max": "greater({0}, {1})", "min vc": "least({0}, {1})", "max vc": "most({0}, {1})",
    "pass_nan": "pass_nan({0}, {1})", "bounded": "bounded({0})", "mul_tail": "mul_tail({0}, {1})",
    "add_tail": "add_tail({0}, {1})", "fill": "{0}",
}  # fmt: skip
_KERNELS = (
    "exp", "expm1", "log", "log1p", "sinh", "cosh", "tanh", "asinh", "atan", "acot", "erf", "erfc", "sigmoid", "bell",
    "softplus", "softplus0", "sech2", "cdf", "density", "tanh_softplus", "tanh_softplus_slope",
)  # fmt: skip
_SIGNS = {"x", "const", "add", "sub", "mul", "div", "neg", "ge", "gt", "eq"}
_SPELLED = str.maketrans("-.+", "mdp")
_OPS = _SIGNS | {key.split()[0] for key in _OPERATIONS} | set(_KERNELS)

_NUMBA = Dialect(
    calls={**_OPERATIONS, **{name: f"{name}({{0}})" for name in _KERNELS}},
    heads={},
    number=repr,
    poor=frozenset(("atanh",)),
)


def available() -> bool:
    """Has the processor the instruction a b + c, rounded once, on which the kernels rest?"""
    features = llvmlite.binding.get_host_cpu_features()
    return any(features.get(name, False) for name in ("fma", "neon"))


# --- formulas --------------------------------------------------------------------------------------------------------


class Cdf(Stable):
    """The standard normal law's distribution function."""

    op = "cdf"


class Density(Stable):
    """The standard normal law's density."""

    op = "density"


class Bell(Stable):
    """The derivative of the sigmoid."""

    op = "bell"


class TanhSoftplus(Stable):
    """tanh(log(1 + exp(u)))."""

    op = "tanh_softplus"


class TanhSoftplusSlope(Stable):
    """The derivative of tanh(log(1 + exp(u)))."""

    op = "tanh_softplus_slope"


def _by_kernels(expr: sp.Expr) -> sp.Expr:
    """The form with what stands for one kernel put together."""
    expr = expr.replace(lambda node: isinstance(node, sp.Add), _normal_in_two_words)
    expr = expr.replace(lambda node: isinstance(node, Erfc), _normal)
    if expr.has(Cdf):
        expr = expr.replace(lambda node: isinstance(node, sp.exp), _density)
    expr = expr.replace(lambda node: isinstance(node, sp.Mul), _product)
    return expr.replace(_is_tanh_softplus, lambda node: TanhSoftplus(node.args[0].args[0]))


def _is_tanh_softplus(node: sp.Expr) -> bool:
    return isinstance(node, (sp.tanh, Tanh)) and isinstance(node.args[0], Softplus)


def _normal(node: Stable) -> sp.Expr:
    factor, u = node.args[0].as_independent(X, as_Add=False)
    return 2 * Cdf(-sp.sign(factor) * u) if factor**2 == sp.Rational(1, 2) else node


def _normal_in_two_words(node: sp.Add) -> sp.Expr:
    """erfc(c) with the correction for the low word of c, where c is u/sqrt(2)."""
    for term in node.args:
        if isinstance(term, Erfc) and isinstance(c := term.args[0], Compensated) and len(c.args) == 5:
            u, *words = c.args
            rest = -2 * CompensatedTail(*c.args) * sp.exp(-(c**2)) / sp.sqrt(sp.pi)
            sign = sp.sign(words[2])
            if words[:2] == [0, 0] and (sign * words[2], sign * words[3]) in _root_half() and rest in node.args:
                return node - term - rest + 2 * Cdf(-sign * u)
    return node


@cache
def _root_half() -> set[tuple[sp.Rational, sp.Rational]]:
    """sqrt(1/2) in two words of each format."""
    exact = sp.Rational(sp.sqrt(2).evalf(60)) / 2
    high = [(form, sp.Rational(form.nearest(float(exact)))) for form in (SINGLE, DOUBLE)]
    return {(word, sp.Rational(form.nearest(float(exact - word)))) for form, word in high}


def _density(node: sp.exp) -> sp.Expr:
    u = sp.sqrt(-2 * node.args[0])
    if isinstance(u, sp.Abs):
        u = u.args[0]
    return sp.sqrt(2 * sp.pi) * Density(u) if u == X else node


def _product(node: sp.Mul) -> sp.Expr:
    for part in node.args:
        if isinstance(part, Sigmoid):
            u = part.args[0]
            if (other := Sigmoid(-u)) in node.args:
                return node / part / other * Bell(-u if u.could_extract_minus_sign() else u)
            if (other := Sech2(Softplus(u))) in node.args:
                return node / part / other * TanhSoftplusSlope(u)
    return node


# --- programs --------------------------------------------------------------------------------------------------------


def _is_far(span: Span) -> bool:
    return span.lower >= _NEAR or span.upper <= -_NEAR


def _laid(assemblies: Sequence[Assembly], far: bool) -> Program:
    """The assemblies as one program, with the spans that are near 0; with `far` all of them, and the limits."""
    made = Program()
    mains = [made.visit(_by_kernels(assembly.main)) for assembly in assemblies]
    own = len(made.steps)
    outputs = []
    for total, assembly in zip(mains, assemblies, strict=True):
        for span in assembly.local:
            if far or not _is_far(span):
                value = made.visit(span.expr)
                for op, *sides in bounds(assembly, span):
                    value = made.emit("where", made.emit(op, *map(made.visit, sides)), value, total)
                total = value
        for at, limit in zip((-sp.oo, sp.oo), assembly.ends if far else (), strict=False):
            total = made.emit("where", made.emit("eq", made.visit(X), made.const(at)), made.const(limit), total)
        outputs.append(total)
    made.outputs = tuple(outputs)
    return _contracted(made, own)


def _contracted(source: Program, start: int) -> Program:
    """The program with a b + c rounded once in the steps from `start` on, which no value at a breakpoint rests on."""
    uses = [0] * len(source.steps)
    for k in (*source.outputs, *(a for step in source.steps for a in step.args)):
        uses[k] += 1
    made = Program()
    at: list[int] = []
    for k, step in enumerate(source.steps):
        first = step.args[0] if step.args else 0
        if k >= start and step.op == "add" and source.steps[first].op == "mul" and uses[first] == 1:
            at.append(made.emit("fma", *[at[a] for a in (*source.steps[first].args, step.args[1])]))
        else:
            at.append(made.emit(step.op, *[at[a] for a in step.args], value=step.value))
    made.outputs = tuple(at[k] for k in source.outputs)
    return made


def lacking(exprs: Iterable[sp.Expr]) -> tuple[str, ...]:
    """The operations of some forms for which there is no kernel."""
    return tuple(sorted({step.op for step in _steps(exprs)} - _OPS))


def _steps(exprs: Iterable[sp.Expr]) -> list[Step]:
    """The steps of some forms in the operations that there are."""
    return _NUMBA.lowered(_laid([Assembly(expr, ()) for expr in exprs], False), DOUBLE).steps


def natively(plans: Sequence[Plan]) -> bool:
    """Are these plans for single precision good enough, and quicker than those for double precision?"""
    near = [span for plan in plans for segment in plan.segments for span in segment.local if not _is_far(span)]
    known = not any(plan.shortfalls for plan in plans)
    return known and len(near) <= _MOST_NEAR and not any(span.expr.has(Scaled, sp.exp) for span in near)


# --- the loop --------------------------------------------------------------------------------------------------------


def _inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    return numba.njit(error_model="numpy", forceinline=True)(function)


@cache
def _operations(work: Format) -> dict[str, Any]:
    """What the lines are written with: the kernels and single operations."""
    real = np.dtype(work.name).type
    zero, small = real(0), real(_SMALL)

    def absolute(a: Any) -> Any:
        return magnitude(a)

    def square_root(a: Any) -> Any:
        return root(a)

    def chosen(mask: Any, a: Any, b: Any) -> Any:
        return select(mask, a, b)

    def fused(a: Any, b: Any, c: Any) -> Any:
        return fma(a, b, c)

    def least(a: Any, b: Any) -> Any:
        return select(b < a, b, a)

    def most(a: Any, b: Any) -> Any:
        return select(b > a, b, a)

    def lesser(a: Any, b: Any) -> Any:
        return select(b < a, b, select(b == b, a, b))

    def greater(a: Any, b: Any) -> Any:
        return select(b > a, b, select(b == b, a, b))

    def pass_nan(x: Any, value: Any) -> Any:
        return select(x == x, value, x)

    def bounded(a: Any) -> Any:
        return select(magnitude(a) < small, a, zero)

    def mul_tail(a: Any, b: Any) -> Any:
        return fma(a, b, -(a * b))

    def add_tail(a: Any, b: Any) -> Any:
        total = a + b
        part = total - a
        return (a - (total - part)) + (b - part)

    exp, one, two, four, large = kernels(work.name)["exp"], real(1), real(2), real(4), real(_LARGE)

    def tanh_softplus(u: Any) -> Any:
        f = exp(select(u > large, large, u))
        n = f * (f + two)
        return n * (one / (n + two))

    def tanh_softplus_slope(u: Any) -> Any:
        f = exp(select(u > large, large, u))
        inverse = one / (f * (f + two) + two)
        return ((f + one) * four * inverse) * (f * inverse)

    made = (
        absolute, square_root, chosen, fused, least, most, lesser, greater, pass_nan, bounded, mul_tail, add_tail,
        tanh_softplus, tanh_softplus_slope,
    )  # fmt: skip
    return {**kernels(work.name), **{function.__name__: _inlined(function) for function in made}}


# Written into the loop as they are, without the calls that a value alone needs.
_LANES = {"absolute": magnitude, "square_root": root, "chosen": select, "fused": fma}

Stretches = tuple[float, float, float, float]  # from where to where, on each side of 0; of NaN, where there is none
_NOWHERE: Stretches = (math.nan, math.nan, math.nan, math.nan)


@numba.njit(error_model="numpy", inline="always")
def _is_on(u: Any, stretches: Any) -> Any:
    """Does a number lie on a stretch?"""
    return ((u >= stretches[0]) & (u <= stretches[1])) | ((u >= stretches[2]) & (u <= stretches[3]))


def _compiled(program: Program, work: Format) -> Callable[..., Any]:
    """`run(x, outs, marks, stretches)`: the program over an array, block by block.

    It marks the blocks that have an element on a stretch, and says whether there is one.
    """
    real = np.dtype(work.name).type
    element = _element(program, work)

    @numba.njit(error_model="numpy", nogil=True)
    def run(x: Any, outs: Any, marks: Any, stretches: Any) -> Any:
        some = False
        for place in range(marks.size):
            # Unsigned: a negative place would count from the end, and to look for that costs the vector loop.
            start = np.uintp(place * BLOCK)
            stop = np.uintp(min(place * BLOCK + BLOCK, x.size))
            far = False
            for k in range(start, stop):
                u = real(x[k])
                far |= _is_on(u, stretches)
                values = element(u)
                for order in range(len(outs)):
                    outs[order][k] = values[order]
            marks[place] = far
            some |= far
        return some

    return run


def _mended(program: Program, work: Format) -> Callable[..., Any]:
    """`run(x, outs, marks, stretches)`: the program at the elements on a stretch, in the blocks that are marked."""
    real = np.dtype(work.name).type
    element = _element(program, work)

    @numba.njit(error_model="numpy", nogil=True)
    def run(x: Any, outs: Any, marks: Any, stretches: Any) -> None:
        at, inputs = np.empty(BLOCK, np.uintp), np.empty(BLOCK, real)
        found = np.empty((len(outs), BLOCK), real)
        for place in range(marks.size):
            if marks[place]:
                count = np.uintp(0)
                for k in range(np.uintp(place * BLOCK), np.uintp(min(place * BLOCK + BLOCK, x.size))):
                    at[count] = k
                    inputs[count] = real(x[k])
                    count += np.uintp(_is_on(real(x[k]), stretches))
                for i in range(count):
                    values = element(inputs[i])
                    for order in range(len(outs)):
                        found[order, i] = values[order]
                for order in range(len(outs)):
                    for i in range(count):
                        outs[order][at[i]] = found[order, i]

    return run


def _element(program: Program, work: Format) -> Callable[..., Any]:
    operations = {**_operations(work), **_LANES}
    return numba.njit(error_model="numpy", inline="always")(_written(program, work, operations))


def _written(program: Program, work: Format, operations: Mapping[str, Any]) -> Callable[..., Any]:
    """The program as a function of one number that gives a tuple; its constants have names, and so a type."""
    real = np.dtype(work.name).type
    namespace = dict(operations)

    def named(value: float) -> str:
        name = f"number_{repr(value).translate(_SPELLED)}"
        namespace[name] = real(value)
        return name

    return function(_NUMBA.lowered(program, work), replace(_NUMBA, number=named), work, namespace)


def evaluate(expr: sp.Expr, at: float, work: Format) -> float:
    """The value of a form at a point, as the loop computes it."""
    real = np.dtype(work.name).type

    def called(operation: Any) -> Callable[..., Any]:
        return lambda *values: real(operation(*values))

    alone = {name: called(operation) for name, operation in _operations(work).items()}
    with np.errstate(all="ignore"):
        return float(_written(_laid([Assembly(expr, ())], False), work, alone)(real(at))[0])


def compiled(
    activation: Activation,
    orders: tuple[int, ...],
    kink: str,
    out: np.dtype,
    found: Sequence[Found] | None = None,
    however_long: bool = False,
) -> Compiled | None:
    """The derivatives of these orders for arrays of a dtype; None where this backend does not have them.

    `found` are for each order the spans on which a form was seen to be wrong. A long program takes seconds to compile,
    and is taken only if it may be `however_long`.
    """
    if not available() or activation.wave is not None:
        return None
    work = DOUBLE
    if out.itemsize <= 4 and natively([plan(activation, k, SINGLE, SINGLE) for k in orders]):
        work = SINGLE
    kind = DOUBLE if out.itemsize == 8 else SINGLE
    asked = zip(orders, found or ((),) * len(orders), strict=True)
    plans = [plan(activation, k, work, kind, spans) for k, spans in asked]
    segments = [segment for made in plans for segment in made.segments]
    steps = _steps(span.expr for segment in segments for span in (segment, *segment.local))
    long = len(steps) > _LONGEST or len(_steps(segment.expr for segment in segments)) > _LONG
    if {step.op for step in steps} - _OPS or long and not however_long:
        return None
    assemblies = [assembled(activation, made, kink, lambda expr, at: evaluate(expr, at, work)) for made in plans]
    return Compiled(assemblies, work, out)


class Compiled:
    """Assemblies of one or several orders as one function of arrays of one dtype."""

    def __init__(self, assemblies: Sequence[Assembly], work: Format, out: np.dtype):
        self.assemblies, self.work = tuple(assemblies), work
        self.wide = np.dtype(np.float32) if out.itemsize == 2 else out
        self._near = _compiled(_laid(self.assemblies, False), work)
        self.stretches: Stretches = self._far_out()

    def _far_out(self) -> Stretches:
        """From where to where, on each side of 0, there are spans far out, or a limit that the near form lacks."""
        spans = [span for assembly in self.assemblies for span in assembly.local if _is_far(span)]
        below = [end for span in spans if span.upper < 0 for end in (span.lower, span.upper)]
        above = [end for span in spans if span.lower > 0 for end in (span.lower, span.upper)]
        ends = np.array([-math.inf, math.inf], self.wide)
        found = [np.empty_like(ends) for _ in self.assemblies]
        self._near(ends, tuple(found), np.empty(1, bool), self._typed(_NOWHERE))
        for at, side, reached in ((-math.inf, 0, below), (math.inf, 1, above)):
            for assembly, values in zip(self.assemblies, found, strict=True):
                wanted = _limit(assembly.ends[side], self.wide)
                if values[side] != wanted and not (np.isnan(values[side]) and np.isnan(wanted)):
                    reached.append(at)
        return self._typed((*_hull(below), *_hull(above)))

    def _typed(self, stretches: Stretches) -> Stretches:
        """The ends as numbers of the working format."""
        a, b, c, d = map(np.dtype(self.work.name).type, stretches)
        return a, b, c, d

    @cached_property
    def _full(self) -> Callable[..., Any]:
        return _mended(_laid(self.assemblies, True), self.work)

    def __call__(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        """Fills the outputs from x, all of one dimension and contiguous."""
        if x.dtype == self.wide:
            return self._run(x, outputs)
        size = min(x.size, _CONVERTED)
        buffers = [np.empty(size, self.wide) for _ in outputs]
        with np.errstate(all="ignore"):
            for start in range(0, x.size, _CONVERTED):
                part = x[start : start + _CONVERTED].astype(self.wide)
                values = [buffer[: part.size] for buffer in buffers]
                self._run(part, values)
                for output, value in zip(outputs, values, strict=True):
                    np.copyto(output[start : start + _CONVERTED], value, casting="unsafe")

    def _run(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        marks = np.empty(-(-x.size // BLOCK), bool)
        if self._near(x, tuple(outputs), marks, self.stretches):
            self._full(x, tuple(outputs), marks, self.stretches)

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a compiled function is not pickled: compile it again where it is needed")


def _hull(ends: Sequence[float]) -> tuple[float, float]:
    return (min(ends), max(ends)) if ends else (math.nan, math.nan)


def _limit(limit: sp.Expr, out: np.dtype) -> Any:
    with np.errstate(over="ignore"):
        return out.type(np.nan if limit is sp.nan else float(limit) if limit.is_infinite else fixed(limit))

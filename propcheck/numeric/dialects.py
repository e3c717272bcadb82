"""How each language writes the operations of a program, and which of them its library lacks or computes poorly.

Poor is what is wrong by more than 2 units in the last place somewhere in the normal range; the libraries were measured
on the CPU. Those of C and PyTorch keep within that; of JAX, log1p is wrong by up to 120 units in double precision, erfc
by 430, sinh and cosh by 500, tanh by 7, expm1 by 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from propcheck.language.functions import FUNCTIONS, HEADS
from propcheck.numeric.formats import Format
from propcheck.numeric.lowering import COMPOSITE, lowered
from propcheck.numeric.steps import Program

_WITH_ARCS = ("np", "jnp", "ops")  # they call asin arcsin
_MASKS = {53: -(2**27), 24: -(2**12)}  # they keep the leading half of the bits of a number


@dataclass(frozen=True)
class Dialect:
    """A language: templates for the operations that are calls, and what it is not asked to compute.

    The key of a template is an operation, or one with the kind of each argument: `v` a variable, `c` a constant, `2` a
    power of two. The operations without a template are written with their sign.
    """

    calls: Mapping[str, str | None]
    heads: Mapping[int, str]  # for each precision, what keeps the leading half of the bits
    number: Callable[[float], str]
    poor: frozenset[str]
    poor_in_single: frozenset[str] = frozenset()
    rewritten: bool = False  # whether the compiler takes floating-point numbers for real ones

    def template(self, op: str, kinds: str, work: Format) -> str | None:
        if op == "head":
            return self.heads[work.bits]
        for key in (f"{op} {kinds}", f"{op} {kinds.replace('2', 'c')}", op):
            if key in self.calls:
                return self.calls[key]
        return None

    def lowered(self, program: Program, work: Format) -> Program:
        """The program in operations that the language computes well."""
        return lowered(program, work, self.poor_at(work), self.rewritten)

    def poor_at(self, work: Format) -> frozenset[str]:
        return self.poor | self.poor_in_single if work.bits == 24 else self.poor


def spelled(library: str) -> dict[str, str]:
    """What a library calls the functions that it has: what the language does, unless a row says otherwise."""
    found = {name: name for name in ("abs", "sqrt", "expm1", "log1p")} | {row.name: row.name for row in HEADS.values()}
    if library in _WITH_ARCS:
        found |= {name: arc for name in found if (arc := f"arc{name[1:]}") in FUNCTIONS}
    found |= {row.name: row.spelled[library] for row in HEADS.values() if library in row.spelled}
    return {name: call for name, call in found.items() if call}


def lacked(library: str) -> frozenset[str]:
    """The functions that a library has not."""
    return frozenset(row.name for row in HEADS.values()) - spelled(library).keys()


def _python(value: float, module: str) -> str:
    if math.isfinite(value):
        return repr(value)
    return f"{module}.nan" if value != value else f"{'-' if value < 0 else ''}{module}.inf"


def _array(module: str) -> dict[str, str | None]:
    return {
        **{name: f"{call if '.' in call else f'{module}.{call}'}({{0}})" for name, call in spelled(module).items()},
        "rint": f"{module}.rint({{0}})",
        "min": f"{module}.minimum({{0}}, {{1}})",
        "max": f"{module}.maximum({{0}}, {{1}})",
        "where": f"{module}.where({{0}}, {{1}}, {{2}})",
        "where vcc": f"{module}.where({{0}}, {module}.full_like(x, {{1}}), {{2}})",
        "pass_nan": f"{module}.where({{0}} != {{0}}, {{0}}, {{1}})",
        "fill": f"{module}.full_like(x, {{0}})",
    }


def _viewed(module: str) -> dict[int, str]:
    return {
        bits: f"({{0}}.view({module}.int{size}) & {_MASKS[bits]}).view({module}.float{size})"
        for bits, size in ((53, 64), (24, 32))
    }


NUMPY = Dialect(
    calls=_array("np"),
    heads=_viewed("np"),
    number=lambda value: _python(value, "np"),
    poor=COMPOSITE | lacked("np"),
)

TORCH = Dialect(
    calls={
        **_array("torch"),
        "rint": "torch.round({0})",
        "min vc": "torch.clamp({0}, max={1})",
        "max vc": "torch.clamp({0}, min={1})",
        "div cv": "torch.full_like({1}, {0})/{1}",  # PyTorch computes c/u as c (1/u)
        "div 2v": None,
    },
    heads=_viewed("torch"),
    number=lambda value: _python(value, "torch"),
    poor=COMPOSITE | lacked("torch"),
    poor_in_single=frozenset(("sinh", "cosh")),  # infinite too early
)

JAX = Dialect(
    calls={
        **_array("jnp"),
        "kept": "jax.lax.optimization_barrier({0})",
    },
    heads={
        bits: "jax.lax.bitcast_convert_type("
        f"jax.lax.bitcast_convert_type({{0}}, jnp.int{size}) & {_MASKS[bits]}, jnp.float{size})"
        for bits, size in ((53, 64), (24, 32))
    },
    number=lambda value: _python(value, "jnp"),
    poor=COMPOSITE | lacked("jnp") | {"log1p", "expm1", "tanh", "sinh", "cosh", "atanh"},
    poor_in_single=frozenset(("erf",)),
    rewritten=True,
)

# Keras 3, whatever computes behind it: what one of its backends has poorly is broken down.
KERAS = Dialect(
    calls={
        **_array("ops"),
        "rint": "ops.round({0})",
        "fill": "ops.full_like(x, {0})",
        "kept": "_kept({0})",
    },
    heads={
        bits: f'ops.view(ops.bitwise_and(ops.view({{0}}, "int{size}"), {_MASKS[bits]}), "float{size}")'
        for bits, size in ((53, 64), (24, 32))
    },
    number=lambda value: repr(value) if math.isfinite(value) else f'float("{value}")',
    poor=COMPOSITE | lacked("ops") | {"log1p", "expm1", "tanh", "sinh", "cosh", "atanh"},
    poor_in_single=frozenset(("erf",)),
    rewritten=True,
)


def _c(value: float) -> str:
    """A number in hexadecimal, but for those that a few decimal digits give exactly."""
    if not math.isfinite(value):
        return "NAN" if value != value else "-INFINITY" if value < 0 else "INFINITY"
    return repr(value) if abs(value) < 1e6 and (8 * value).is_integer() else value.hex()


C = Dialect(
    calls={
        **{name: f"{call}({{0}})" for name, call in spelled("C").items()},
        "abs": "fabs({0})",
        "rint": "rint({0})",
        "min": "({0} > {1} ? {1} : {0})",
        "max": "({1} > {0} ? {1} : {0})",
        "where": "({0} ? {1} : {2})",
        "pass_nan": "({0} != {0} ? {0} : {1})",
        "mul_tail": "fma({0}, {1}, -({0}*{1}))",
        "fill": "{0}",
    },
    heads={},
    number=_c,
    poor=COMPOSITE - {"mul_tail"} | lacked("C"),
)

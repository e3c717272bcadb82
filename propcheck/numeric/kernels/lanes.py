"""The operations on floats that numba's own language lacks, or writes so that LLVM no longer vectorises the loop.

Numba widens 32-bit integers, turns `a if c else b` into branches and has no fused multiply-add; each of these costs the
vector loop. Here each is one intrinsic on float32 or float64 that LLVM maps to one or two instructions for all lanes.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

FRACTION_BITS = {types.float32: 23, types.float64: 52}
BIAS = {types.float32: 127, types.float64: 1023}
Kernel = Callable[..., Any]


def operation(typing: Kernel) -> Kernel:
    """An operation from numba's description of an intrinsic: its types, and the function that writes its LLVM code."""
    return intrinsic(typing)


def _llvm(builder: ir.IRBuilder, name: str, *values: ir.Value) -> ir.Value:
    kind = values[0].type
    function = builder.module.declare_intrinsic(name, [kind], ir.FunctionType(kind, [kind] * len(values)))
    return builder.call(function, values)


def _bits(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    return builder.bitcast(value, ir.IntType(32 if isinstance(value.type, ir.FloatType) else 64))


@operation
def fma(_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a*b + c, rounded once."""
    return a(a, a, a), lambda _, builder, signature, values: _llvm(builder, "llvm.fma", *values)


@operation
def magnitude(_context: Any, a: Any) -> Any:
    """abs(a)."""
    return a(a), lambda _, builder, signature, values: _llvm(builder, "llvm.fabs", *values)


@operation
def with_sign(_context: Any, a: Any, b: Any) -> Any:
    """abs(a) with the sign of b."""
    return a(a, a), lambda _, builder, signature, values: _llvm(builder, "llvm.copysign", *values)


@operation
def root(_context: Any, a: Any) -> Any:
    """sqrt(a)."""
    return a(a), lambda _, builder, signature, values: _llvm(builder, "llvm.sqrt", *values)


@operation
def select(_context: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; both are computed."""
    return a(types.boolean, a, a), lambda _, builder, signature, values: builder.select(*values)


@operation
def two_to(_context: Any, a: Any) -> Any:
    """2**n for a = 1.5 * 2**FRACTION_BITS + n, where that is a normal number."""

    def lower(_: Any, builder: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> ir.Value:
        bits = _bits(builder, values[0])
        width = bits.type(FRACTION_BITS[a])
        grown = builder.add(builder.shl(bits, width), bits.type(BIAS[a] << FRACTION_BITS[a]))
        return builder.bitcast(grown, values[0].type)

    return a(a), lower


def _exponent(builder: ir.IRBuilder, a: Any, value: ir.Value) -> ir.Value:
    bits = _bits(builder, value)
    low = _bits(builder, ir.Constant(value.type, 0.5**0.5))
    return builder.ashr(builder.sub(bits, low), bits.type(FRACTION_BITS[a]))


@operation
def exponent(_context: Any, a: Any) -> Any:
    """The n for which a / 2**n lies in [sqrt(1/2), sqrt(2)), for a positive and normal number."""

    def lower(_: Any, builder: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> ir.Value:
        return builder.sitofp(_exponent(builder, a, values[0]), values[0].type)

    return a(a), lower


def polynomial(coefficients: tuple[float, ...]) -> Kernel:
    """The kernel of the polynomial with these coefficients, the constant one first.

    A long one is (c0 + c1 a) + a**2 ((c2 + c3 a) + a**2 (...)), which half as many steps have to wait for.
    """
    step = 2 if len(coefficients) > 6 else 1
    groups = [coefficients[start : start + step] for start in range(0, len(coefficients), step)]

    @operation
    def sum_of_powers(_context: Any, a: Any) -> Any:
        """The polynomial's value at a."""

        def lower(_: Any, builder: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> ir.Value:
            point = values[0]

            def value(group: tuple[float, ...]) -> ir.Value:
                first, *others = [ir.Constant(point.type, coefficient) for coefficient in group]
                return _llvm(builder, "llvm.fma", others[0], point, first) if others else first

            total, power = value(groups[-1]), builder.fmul(point, point) if step == 2 else point
            for group in reversed(groups[:-1]):
                total = _llvm(builder, "llvm.fma", total, power, value(group))
            return total

        return a(a), lower

    return sum_of_powers

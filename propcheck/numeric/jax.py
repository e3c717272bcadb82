"""The JAX backend: arrays under jit, vmap and grad, with derivatives that are compiled forms themselves.

With 64 bits enabled all is computed in double precision and rounded once; without, in single precision. Derivatives of
any order are the compiled ones (`custom_jvp`), so that they are as accurate as the value, and at a kink they are what
the convention says. XLA flushes subnormal numbers to zero on the CPU: a result that is subnormal or nearly so may be 0,
and so may what is computed from 1/x where that is subnormal. It may also join a product and a sum into one operation,
which leaves something like 1e-17 where the two cancel exactly.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from propcheck.activation import Activation
from propcheck.numeric.dialects import JAX
from propcheck.numeric.formats import DOUBLE, SINGLE, Format
from propcheck.numeric.library import written
from propcheck.verdict import InputError

_DTYPES = ("float64", "float32", "float16", "bfloat16")
_KINDS = {DOUBLE: jnp.float64, SINGLE: jnp.float32}


def compiled(activation: Activation, orders: tuple[int, ...], single: bool, kink: str, dtype: Any = None) -> Compiled:
    """The derivatives of these orders as a function of an array; `dtype` names one to be compiled for at once."""
    if dtype is not None:
        _kernel(activation, orders, kink, *_formats(dtype if isinstance(dtype, str) else jnp.dtype(dtype).name))
    return Compiled(activation, orders, single, kink)


@dataclass(frozen=True)
class Compiled:
    """A compiled function: `f(x)` has the shape and dtype of x; several orders give a tuple."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str

    def __call__(self, x: Any) -> Any:
        """The value at every element of x; numbers and integers become floats of JAX's default type."""
        array = jnp.asarray(x)
        if array.dtype.kind in "iub":
            array = array.astype(float)
        _formats(array.dtype.name)
        results = _differentiable(self.activation, self.orders, self.kink)(array)
        return results[0] if self.single else results


def _formats(dtype: str) -> tuple[Format, Format]:
    """The format of the arithmetic, and the one that it is rounded to."""
    if dtype not in _DTYPES:
        raise InputError(f"{dtype} has no compiled form in JAX; there are {', '.join(_DTYPES)}")
    wide = DOUBLE if jax.config.jax_enable_x64 else SINGLE  # type: ignore[attr-defined]
    return wide, DOUBLE if dtype == "float64" and wide is DOUBLE else SINGLE


@lru_cache(maxsize=1024)
def _differentiable(activation: Activation, orders: tuple[int, ...], kink: str) -> Callable[[Any], tuple[Any, ...]]:
    @jax.custom_jvp
    def function(x: Any) -> tuple[Any, ...]:
        return _kernel(activation, orders, kink, *_formats(x.dtype.name))(x)

    @function.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (tangent,) = primals, tangents
        slopes = _differentiable(activation, tuple(order + 1 for order in orders), kink)(x)
        return function(x), tuple(tangent * slope for slope in slopes)

    return jax.jit(function)


@lru_cache(maxsize=1024)
def _kernel(
    activation: Activation, orders: tuple[int, ...], kink: str, work: Format, out: Format
) -> Callable[[Any], tuple[Any, ...]]:
    """The function of arrays alone, without derivatives."""
    kind = _KINDS[work]
    with jax.ensure_compile_time_eval():
        made = written(activation, orders, kink, work, out, JAX, {"jax": jax, "jnp": jnp}, _scalar, jax.jit)

    def kernel(x: Any) -> tuple[Any, ...]:
        return tuple(result.astype(x.dtype) for result in made(x.astype(kind)))

    return kernel


def _scalar(value: float, work: Format) -> Any:
    return jnp.asarray(value, _KINDS[work])

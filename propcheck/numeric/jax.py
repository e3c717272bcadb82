"""The JAX backend: arrays under jit, vmap and grad, with derivatives that are compiled forms themselves.

With 64 bits enabled all is computed in double precision and rounded once; without, in single precision. Derivatives of
any order are the compiled ones (`custom_jvp`), so that they are as accurate as the value, and at a kink they are what
the convention says. XLA flushes subnormal numbers to zero on the CPU: a result that is subnormal or nearly so in the
working precision may be 0, and so may what is computed from 1/x where that is subnormal; those of float32 are right
with 64 bits enabled. It may also join a product and a sum into one operation,
which leaves something like 1e-17 where the two cancel exactly.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from propcheck.activation import Activation
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.dialects import JAX
from propcheck.numeric.formats import DOUBLE, SINGLE, Format
from propcheck.numeric.guard import Exact, joined
from propcheck.numeric.library import Written, by_numpy, kept, planned, written
from propcheck.numeric.plan import Found
from propcheck.numeric.span import Shortfall
from propcheck.numeric.tabled import ARRAYS, Tabled, beyond, bounds, is_long, tables, values
from propcheck.numeric.wanted import Wanted
from propcheck.verdict import InputError

_DTYPES = ("float64", "float32", "float16", "bfloat16")
_APART = 16  # units in the last place that tell another result from rounding
_MOST_SPANS = 24
_TRIED = 1024  # inputs that a form is tried at together
_KINDS = {DOUBLE: jnp.float64, SINGLE: jnp.float32}


def compiled(
    activation: Activation,
    orders: tuple[int, ...],
    single: bool,
    kink: str,
    dtype: Any,
    wanted: Wanted,
) -> Compiled:
    """The derivatives of these orders as a function of an array; `dtype` names one to be compiled for at once."""
    name = "float64" if dtype is None else dtype if isinstance(dtype, str) else jnp.dtype(dtype).name
    made = Compiled(activation, orders, single, kink, wanted.strict, name)
    if dtype is not None:
        _kernel(activation, orders, kink, *_formats(name), wanted.strict)
    return made


def on_arrays(compiled: Callable[[Any], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """A function of JAX's arrays as one of NumPy's."""

    def by_jax(x: np.ndarray) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(compiled(jnp.asarray(x)))

    return by_jax


@dataclass(frozen=True)
class Compiled:
    """A compiled function: `f(x)` has the shape and dtype of x; several orders give a tuple."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str
    strict: bool = True
    dtype: str = "float64"

    @property
    def bound(self) -> dict[int, float]:
        """For each order the most ulp that a value is wrong by, the input's rounding allowed for; inf if not known.

        It is that of the dtype that was asked for, or else of JAX's default one; subnormal numbers are left out.
        """
        return dict(_kernel(self.activation, self.orders, self.kink, *_formats(self.dtype), self.strict).bounds)

    def __repr__(self) -> str:
        told = ", ".join(f"{most:.3g}" for most in self.bound.values())
        name = _formats(self.dtype)[1].name
        return f"<{self.activation.name} in JAX, orders {', '.join(map(str, self.orders))}: {name} to {told} ulp>"

    def __call__(self, x: Any) -> Any:
        """The value at every element of x; numbers and integers become floats of JAX's default type."""
        array = jnp.asarray(x)
        if array.dtype.kind in "iub":
            array = array.astype(float)
        _formats(array.dtype.name)
        results = _differentiable(self.activation, self.orders, self.kink, self.strict)(array)
        return results[0] if self.single else results


def _formats(dtype: str) -> tuple[Format, Format]:
    """The format of the arithmetic, and the one that it is rounded to."""
    if dtype not in _DTYPES:
        raise InputError(f"{dtype} has no compiled form in JAX; there are {', '.join(_DTYPES)}")
    wide = DOUBLE if jax.config.jax_enable_x64 else SINGLE  # type: ignore[attr-defined]
    return wide, DOUBLE if dtype == "float64" and wide is DOUBLE else SINGLE


@lru_cache(maxsize=1024)
def _differentiable(
    activation: Activation, orders: tuple[int, ...], kink: str, strict: bool
) -> Callable[[Any], tuple[Any, ...]]:
    @jax.custom_jvp
    def function(x: Any) -> tuple[Any, ...]:
        return _kernel(activation, orders, kink, *_formats(x.dtype.name), strict).function(x)

    @function.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (tangent,) = primals, tangents
        slopes = _differentiable(activation, tuple(order + 1 for order in orders), kink, strict)(x)
        return function(x), tuple(tangent * slope for slope in slopes)

    return jax.jit(function)


@dataclass(frozen=True)
class _Kernel:
    """A function of arrays alone, without derivatives, and for each order the most ulp that it is wrong by."""

    function: Callable[[Any], tuple[Any, ...]]
    bounds: dict[int, float]


@lru_cache(maxsize=1024)
def _kernel(
    activation: Activation, orders: tuple[int, ...], kink: str, work: Format, out: Format, strict: bool
) -> _Kernel:
    if is_long(activation):
        return _searched(activation, orders, kink, work, out, strict)
    kind = _KINDS[work]
    about = (activation, orders, kink, work, out)

    def make(found: Sequence[Found]) -> Written:
        with jax.ensure_compile_time_eval():
            made = written(*about, JAX, {"jax": jax, "jnp": jnp}, _scalar, jax.jit, found)
        return replace(made, by_arrays=_tried_by(made.function, by_numpy(*about, JAX, found).function, work))

    made, assemblies, wrong = planned(make, activation, orders, work, out)
    beside = by_numpy(*about, JAX, wrong).function
    assemblies = [_flushed(k, a, made.by_arrays, beside, work, out) for k, a in enumerate(assemblies)]
    keep = kept(assemblies, activation, orders, kink, out, strict)

    def kernel(x: Any) -> tuple[Any, ...]:
        results = [_narrowed(result, x.dtype) for result in made.function(_widened(x, kind))]
        for part in keep.exact:
            results[part.output] = _overlaid(part, x, results[part.output])
        return tuple(results)

    return _Kernel(kernel, keep.bounds)


def _searched(
    activation: Activation, orders: tuple[int, ...], kink: str, work: Format, out: Format, strict: bool
) -> _Kernel:
    """The functions that tables have, and forms of their own where pieces run on without end.

    Without 64 bits tables are looked up beside the device, by NumPy.
    """
    about, far = (activation, orders, kink), beyond(activation)
    rest = None if far is None else _kernel(far.activation, orders, kink, work, out, strict)
    made = tables(*about)

    def kernel(x: Any) -> tuple[Any, ...]:
        found = searched(x)
        if far is None or rest is None:
            return found
        wide = _widened(x, _KINDS[work])
        outer = (wide < _inward(far.first, work, 1)) | (wide > _inward(far.last, work, -1))
        return tuple(jnp.where(outer, *both) for both in zip(rest.function(x), found, strict=True))

    def searched(x: Any) -> tuple[Any, ...]:
        if work is DOUBLE:
            wide = _widened(x, jnp.float64)
            return tuple(
                _narrowed(values(_moved(one), wide, jnp, jax.lax.optimization_barrier), x.dtype) for one in made
            )
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return tuple(jax.pure_callback(partial(_beside, one), shape, x, vmap_method="broadcast_all") for one in made)

    return _Kernel(kernel, bounds(*about, {} if rest is None else rest.bounds))


def _inward(end: float, work: Format, side: int) -> float:
    """The number of the format that is at the end of a table or the next to it inside."""
    if work is DOUBLE or math.isinf(end):
        return end
    near = np.float32(end)
    return float(near if (float(near) - end) * side >= 0 else np.nextafter(near, np.float32(side * np.inf)))


def _beside(table: Tabled, x: Any) -> np.ndarray:
    with np.errstate(all="ignore"):
        return table(np.asarray(x).astype(np.float64)).astype(x.dtype)


def _moved(table: Tabled) -> Any:
    """A table with its arrays as JAX's."""
    return SimpleNamespace(ends=table.ends, **{name: jnp.asarray(getattr(table, name)) for name in ARRAYS})


def _tried_by(function: Callable[[Any], Any], beside: Callable[[Any], Any], work: Format) -> Callable[[Any], Any]:
    """The function for NumPy's arrays; where inputs or results are subnormal or nearly so, as NumPy computes them.

    XLA takes them for 0, which is said above; what that makes of larger results is to be seen.
    """
    tiny = 2.0**work.lowest

    def by_arrays(x: np.ndarray) -> list[np.ndarray]:
        padded = np.ones(-(-x.size // _TRIED) * _TRIED, x.dtype)  # of few sizes: each is compiled for
        padded[: x.size] = x
        with jax.ensure_compile_time_eval():
            found = [np.asarray(values)[: x.size] for values in function(jnp.asarray(padded))]
        small = [(np.abs(x) < tiny) | (np.abs(values) < 64 * tiny) for values in beside(x)]
        return [np.where(mask, other, own) for mask, other, own in zip(small, beside(x), found, strict=True)]

    return by_arrays


def _flushed(
    place: int, assembly: Assembly, own: Callable[[Any], Any], beside: Callable[[Any], Any], work: Format, out: Format
) -> Assembly:
    """The assembly with the spans in which XLA's result is another than NumPy's of the same steps."""
    sizes = np.concatenate([np.linspace(0, 800, 6001)[1:], np.exp2(np.linspace(out.lowest, out.most - 1, 2144))])
    x = np.unique(np.concatenate([sizes, -sizes]).astype(out.name))
    first, second = (made(x.astype(work.name))[place].astype(out.name) for made in (own, beside))
    with np.errstate(all="ignore"):
        far = np.abs(first.astype(float) - second) > _APART * np.spacing(np.abs(second)).astype(float)
    spans = list(assembly.exact)
    for k in np.flatnonzero(far | (np.isnan(first) != np.isnan(second))).tolist():
        spans.append((float(x[max(k - 1, 0)]), float(x[min(k + 1, x.size - 1)])))
    exact = tuple(joined(spans, _MOST_SPANS))
    known = {(short.lower, short.upper) for short in assembly.shortfalls}
    added = (Shortfall(*span, math.inf) for span in exact if span not in known and span not in assembly.exact)
    return replace(assembly, exact=exact, shortfalls=(*assembly.shortfalls, *added))


def _overlaid(part: Exact, x: Any, value: Any) -> Any:
    """The values, with exact ones, computed beside the device, where no form is good."""
    inside = jnp.zeros(x.shape, bool)
    for low, high in part.spans:
        inside |= (x >= low) & (x <= high)

    # A callback takes doubles for floats where its thread has 64 bits disabled: they come and go by their bits.
    wide = value.dtype == jnp.float64

    def exact(x: Any, value: Any, inside: Any) -> np.ndarray:
        points, found, where = np.asarray(x), np.array(value), np.asarray(inside)
        if wide:
            points, found = (np.ascontiguousarray(bits).view(np.float64)[..., 0] for bits in (points, found))
        found[where] = part.oracle(points[where].astype(part.oracle.dtype))
        return found[..., None].view(np.uint32) if wide else found

    def asked() -> Any:
        given = [jax.lax.bitcast_convert_type(array, jnp.uint32) if wide else array for array in (x, value)]
        shape = jax.ShapeDtypeStruct(given[1].shape, given[1].dtype)
        made = jax.pure_callback(exact, shape, *given, inside, vmap_method="broadcast_all")
        return jax.lax.bitcast_convert_type(made, value.dtype) if wide else made

    return jax.lax.cond(inside.any(), asked, lambda: value)


def _widened(x: Any, kind: Any) -> Any:
    """The array in another type. XLA takes subnormal numbers of single precision for 0, but not their bits."""
    if x.dtype != jnp.float32 or kind != jnp.float64:
        return x.astype(kind)
    bits = jax.lax.bitcast_convert_type(x, jnp.int32)
    tiny = (bits & 0x7FFFFF).astype(kind) * 2.0**-149
    return jnp.where(bits & 0x7F800000 == 0, jnp.where(bits < 0, -tiny, tiny), x.astype(kind))


def _narrowed(value: Any, dtype: Any) -> Any:
    """The same the other way."""
    if dtype != jnp.float32 or value.dtype != jnp.float64:
        return value.astype(dtype)
    size = jnp.round(jnp.abs(jnp.where(jnp.abs(value) < 2.0**-126, value, 0.0)) * 2.0**149).astype(jnp.int32)
    sign = jnp.where(jax.lax.bitcast_convert_type(value, jnp.int64) < 0, jnp.int32(-(2**31)), jnp.int32(0))
    tiny = jax.lax.bitcast_convert_type(size | sign, jnp.float32)
    return jnp.where(jnp.abs(value) < 2.0**-126, tiny, value.astype(dtype))


def _scalar(value: float, work: Format) -> Any:
    return jnp.asarray(value, _KINDS[work])

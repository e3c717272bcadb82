"""Compiled forms: the symbolic definition as functions right to a few units in the last place, silent and fast.

    formula -> stable forms (rewriting, functions) -> a plan (plan, steps, rounding) -> one assembly -> a backend

Each backend is one file: numpy, torch, jax and numba, which take the same assembly, and mpmath.

    >>> import numpy as np, propcheck
    >>> silu = propcheck.compile("silu", order=(0, 1))
    >>> value, slope = silu(np.array([-1000.0, 0.0, 2.0]))
    >>> print(slope)
    [0.         0.5        1.09078425]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.backends import COMPILING as BACKENDS
from propcheck.numeric.assembly import Assembly, assembled
from propcheck.numeric.conventions import KINKS
from propcheck.numeric.formats import DOUBLE, SINGLE, Format, dtype_of
from propcheck.numeric.guard import Exact, Guarded, bound, ordinary, tried, warn
from propcheck.numeric.plan import Found, plan
from propcheck.numeric.tabled import beyond, is_long
from propcheck.numeric.tabled import bounds as tabled_bounds
from propcheck.numeric.tabled import run as tabled_run
from propcheck.numeric.wanted import Wanted
from propcheck.numeric.wide import careful
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

ORDERS = (0, 1, 2)


@alone
def compile(
    target: Any,
    backend: str = "numpy",
    dtype: Any = None,
    order: int | tuple[int, ...] = 0,
    kink: str = "catalogue",
    fast: bool | None = None,
    strict: bool = True,
    digits: int | None = None,
    native: bool = False,
    **params: Any,
) -> Any:
    """The function of a target, or its derivative of an order, or several orders at once (`order=(0, 1)`).

    `dtype` None follows the input. `kink` is the value of a derivative at a breakpoint where the one-sided ones differ:
    `catalogue` (what the spec's stated derivative takes there, else the right one), `left`, `right`, `mean` or `zero`.

    A random function is its mean, Maxout the slice that its spec gives; networks draw and choose by themselves.
    `fast` asks for vectorised kernels by numba: None takes them where numba is installed and the form is no long one,
    which takes seconds to compile.

    Every value is right to `bound[order]` units in the last place, the input's own rounding allowed for. Where no form
    of the working type reaches 4, `strict` takes extended precision or balls; without it the best form is taken and an
    `InaccurateWarning` names the spans when the form is made. The backend `mpmath` gives `digits` digits, 50 by
    default. `native` has the backend `torch` compute in the type's own arithmetic, that of float32 at least.
    """
    from propcheck.target import activation, prepared

    if (spec := prepared(target, params)) is not target:
        target, params = spec, {}
    if getattr(target, "inputs", ()) and not set(target.inputs) & set(params):
        return _unit(target, params, order, backend=backend, dtype=dtype, kink=kink, fast=fast, strict=strict)
    if backend not in BACKENDS:
        raise InputError(f"there is no backend {backend!r}; there are {', '.join(BACKENDS)}")
    orders = order if isinstance(order, tuple) else (order,)
    if not orders or any(k not in ORDERS for k in orders):
        raise InputError(f"order is 0, 1, 2 or a tuple of these, not {order!r}")
    if kink not in KINKS:
        raise InputError(f"there is no convention {kink!r} for the value at a kink; there are {', '.join(KINKS)}")
    subject, single = activation(target, params), not isinstance(order, tuple)
    if digits is not None and backend != "mpmath":
        raise InputError("digits are for the backend mpmath; the others have those of their dtype")
    if native and backend != "torch":
        raise InputError("native is for the backend torch: its own arithmetic, that of float32 at least")
    if backend != "numpy":
        return _of_library(backend).compiled(subject, orders, single, kink, dtype, Wanted(strict, digits, native))
    if fast and _fast() is None:
        raise InputError(
            "the fast form needs numba and a processor with fused multiply-add: pip install 'propcheck[fast]'"
        )
    kind = None if dtype is None else dtype_of(dtype)
    made = Compiled(subject, orders, single, kink, fast, strict, kind)
    if kind is not None:
        made.prepare(kind)
    return made


def _unit(spec: Any, params: Any, order: Any, **asked: Any) -> Any:
    """A gated unit compiled: its factors, and their products."""
    from propcheck import gated
    from propcheck.numeric.products import compiled
    from propcheck.target import read

    return compiled(gated.product(read(spec, params)), order, compile, **asked)


def sketched(activation: Activation, order: int) -> Any:
    """The form of NumPy in double precision as it is planned, of which nothing was tried: for pictures, which check it.

    It takes an array and gives one; None where the function is a table, whose form is another.
    """
    if is_long(activation):
        return None
    dtype = np.dtype(np.float64)
    run = Compiled(activation, (order,), True, "catalogue", fast=False)._of(DOUBLE, dtype, ((),))

    def values(x: np.ndarray) -> np.ndarray:
        out = np.empty_like(x)
        run(x, [out])
        return out

    return values


def computed(activation: Activation, x: Any) -> Any:
    """The values of an activation at a float, which gives a float, or at the elements of an array or a list."""
    values = _usual(activation)(x)
    return float(values) if type(x) is float else values


@lru_cache(maxsize=64)
def _usual(activation: Activation) -> Compiled:
    return compile(activation)


@dataclass(frozen=True)
class _Form:
    """A function `run(x, outputs)` of arrays of one dtype, and for each order the most ulp that it is wrong by."""

    run: Any
    bound: dict[int, float]


@dataclass(frozen=True)
class Compiled:
    """A compiled function: `f(x)` and `f(x, out=...)`; several orders give a tuple, in the order asked for."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str
    fast: bool | None = None
    strict: bool = True
    dtype: np.dtype | None = None
    _made: dict[np.dtype, _Form] = field(default_factory=dict, repr=False, compare=False)

    @property
    def bound(self) -> dict[int, float]:
        """For each order the most ulp that a value is wrong by, the input's rounding allowed for; inf if not known.

        It is that of the dtype that was asked for, or else of float64.
        """
        return dict(self._form(self.dtype or np.dtype(np.float64)).bound)

    def __repr__(self) -> str:
        known = [(dtype.name, form.bound) for dtype, form in sorted(self._made.items(), key=lambda item: item[0].name)]
        told = "; ".join(
            f"{name} to {', '.join(f'{most:.3g}' for most in bounds.values())} ulp" for name, bounds in known
        )
        return f"<{self.activation.name}, orders {', '.join(map(str, self.orders))}: {told or 'not planned yet'}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_made": {}}  # kernels are made again where they are needed

    def __call__(self, x: Any, out: Any = None) -> Any:
        """The value at every element of x: the same shape and dtype; Python numbers and integers become float64."""
        if isinstance(x, np.ma.MaskedArray):
            return self._masked(x, out)
        array = np.asarray(x)
        if array.dtype.kind in "iub":
            array = array.astype(np.float64)
        outputs = self._outputs(array, out)
        native = array.dtype.newbyteorder("=")
        flat = np.ascontiguousarray(array, native).reshape(-1)
        targets = [_target(output, array, native) for output in outputs]
        self.prepare(native)(flat, [target.reshape(-1) for target in targets])
        for output, target in zip(outputs, targets, strict=True):
            if target is not output:
                output[...] = target
        results = tuple(output if out is not None or output.ndim else output[()] for output in outputs)
        return results[0] if self.single else results

    def _masked(self, x: np.ma.MaskedArray, out: Any) -> Any:
        """The values under the mask of x, which stays as it is."""
        results = self(x.data, out)
        masked = tuple(np.ma.array(result, mask=x.mask) for result in ((results,) if self.single else results))
        return masked[0] if self.single else masked

    def _outputs(self, array: np.ndarray, out: Any) -> list[np.ndarray]:
        if out is None:
            return [np.empty(array.shape, array.dtype) for _ in self.orders]
        outputs = [out] if self.single else list(out)
        if len(outputs) != len(self.orders):
            raise InputError(f"out takes {len(self.orders)} arrays, one for each order, and has {len(outputs)}")
        for output in outputs:
            if not isinstance(output, np.ndarray) or output.shape != array.shape or output.dtype != array.dtype:
                raise InputError(f"out takes arrays of shape {array.shape} and dtype {array.dtype}, like the input")
        return outputs

    def prepare(self, dtype: np.dtype) -> Any:
        """The function for one dtype, compiled when it is first asked for."""
        return self._form(dtype).run

    def _form(self, dtype: np.dtype) -> _Form:
        if dtype not in self._made:
            if dtype.name not in _WIDTHS:
                raise InputError(f"{dtype.name} has no compiled form; there are {', '.join(_WIDTHS)}")
            with alone:
                if dtype not in self._made:
                    self._made[dtype] = self._planned(dtype)
        return self._made[dtype]

    def _planned(self, dtype: np.dtype) -> _Form:
        """The function as it is planned, and planned once more where it was found wrong at ordinary inputs."""
        if is_long(self.activation):
            return self._searched(dtype)
        run = self._compiled(dtype, ((),) * len(self.orders))
        assemblies = tried(run, run.assemblies, self.activation, self.orders, dtype)
        if any(found := tuple(ordinary(made) for made in assemblies)):
            again = self._compiled(dtype, found)
            better = tried(again, again.assemblies, self.activation, self.orders, dtype)
            if sum(len(ordinary(made)) for made in better) < sum(map(len, found)):
                run, assemblies = again, better
        return self._guarded(run, assemblies, dtype)

    def _searched(self, dtype: np.dtype) -> _Form:
        """The function by a table, and by a form of its own where its pieces run on without end."""
        about, far, rest = (self.activation, self.orders, self.kink), beyond(self.activation), None
        if far is not None:
            rest = Compiled(far.activation, self.orders, False, self.kink, self.fast, self.strict, dtype)
        made = tabled_run(*about, rest, None if self.fast is False else _loop())
        return _Form(made, tabled_bounds(*about, {} if rest is None else rest.bound))

    def _guarded(self, run: Any, assemblies: Sequence[Assembly], dtype: np.dtype) -> _Form:
        """The function with its exact values where it is strict, and with a warning where it is not."""
        exact = []
        for output, (order, made) in enumerate(zip(self.orders, assemblies, strict=True)):
            if self.strict and made.exact:
                exact.append(Exact(output, made.exact, careful(self.activation, order, self.kink, dtype, made.exact)))
            warn(self.activation.name, order, dtype.name, made, self.strict)
        kinds = zip(self.orders, assemblies, strict=True)
        bounds = {order: bound(made, self.strict, dtype.name) for order, made in kinds}
        return _Form(Guarded(run, tuple(exact)) if exact else run, bounds)

    def _compiled(self, dtype: np.dtype, found: tuple[Found, ...]) -> Any:
        from propcheck.numeric import numpy as backend

        if self.fast is not False and (fast := _fast()) is not None:
            made = fast.compiled(self.activation, self.orders, self.kink, dtype, found, bool(self.fast))
            if made is not None:
                return made
        made = self._of(DOUBLE, dtype, found)
        if dtype.name != "float32" or not all(_native(self.activation, k, self.kink) for k in self.orders):
            return made
        native = self._of(SINGLE, dtype, found)
        return native if backend.good_enough(native, made) else made

    def _of(self, work: Format, dtype: np.dtype, found: tuple[Found, ...]) -> Any:
        """The form of NumPy's that computes in this format."""
        from propcheck.numeric import numpy as backend

        out, asked = _WIDTHS[dtype.name], zip(self.orders, found, strict=True)
        assemblies = [_assembly(self.activation, k, self.kink, work, out, spans) for k, spans in asked]
        return backend.Compiled(assemblies, work, dtype)


@lru_cache(maxsize=1)
def _fast() -> Any:
    """The page of the fast backend; None where numba or what its kernels need of the processor is missing."""
    try:
        from propcheck.numeric import numba
    except ImportError:
        return None
    return numba if numba.available() else None


@lru_cache(maxsize=1)
def _loop() -> Any:
    """What searches a table in one loop; None without numba."""
    try:
        from propcheck.numeric.searched import looped
    except ImportError:
        return None
    return looped


def _of_library(backend: str) -> Any:
    """The page of a backend, which brings its library."""
    try:
        return import_module(f"propcheck.numeric.{backend}")
    except ModuleNotFoundError as missing:
        raise InputError(
            f"the backend {backend} needs the package {missing.name}, which is not installed:"
            f" pip install 'propcheck[{backend}]'"
        ) from None


_WIDTHS: dict[str, Format] = {"float64": DOUBLE, "float32": SINGLE, "float16": SINGLE, "bfloat16": SINGLE}
_NEAR = 12.0  # spans beyond it are seldom met
_NEVER_NATIVE = {"erf", "erfc", "mul_tail", "add_tail"}


def _target(output: np.ndarray, array: np.ndarray, native: np.dtype) -> np.ndarray:
    """Where the backend may write: the output itself, if it is contiguous, native and apart from the input."""
    usable = output.flags.c_contiguous and output.dtype == native and not np.may_share_memory(output, array)
    return output if usable else np.empty(output.shape, native)


@lru_cache(maxsize=512)
@alone
def _assembly(activation: Activation, order: int, kink: str, work: Format, out: Format, found: Found = ()) -> Assembly:
    from propcheck.numeric.numpy import evaluate

    short = work is not out
    return assembled(
        activation, plan(activation, order, work, out, found), kink, lambda expr, at: evaluate(expr, at, work, short)
    )


@lru_cache(maxsize=512)
@alone
def _native(activation: Activation, order: int, kink: str) -> bool:
    """May single precision do without the wider format, and without spans where inputs mostly lie?"""
    if plan(activation, order, SINGLE, SINGLE).shortfalls:
        return False
    assembly = _assembly(activation, order, kink, SINGLE, SINGLE)
    far = all(span.lower > _NEAR or span.upper < -_NEAR for span in assembly.local)
    return far and not {step.op for step in assembly.program().steps} & _NEVER_NATIVE


__all__ = ["BACKENDS", "KINKS", "ORDERS", "Compiled", "compile", "computed"]

"""The PyTorch backend: tensors of any device, with derivatives that are compiled forms themselves.

What comes out in float32 or less is computed in double precision and rounded once, unless `native` asks for the type's
own arithmetic, that of float32 at least. A gradient of any order is the compiled derivative of the next order, so that
it is as accurate as the value, and at a kink it is what the convention says.

    >>> import propcheck, torch                                                       # doctest: +SKIP
    >>> mish = propcheck.compile("mish", backend="torch")                             # doctest: +SKIP
    >>> torch.autograd.functional.jacobian(mish, torch.tensor(-1000.0))               # doctest: +SKIP
    tensor(0.)
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from propcheck.activation import Activation
from propcheck.numeric.dialects import TORCH
from propcheck.numeric.formats import DOUBLE, SINGLE, Format
from propcheck.numeric.guard import Exact
from propcheck.numeric.library import Written, kept, planned, written
from propcheck.numeric.plan import Found
from propcheck.numeric.tabled import ARRAYS, Tabled, beyond, bounds, is_long, tables, values
from propcheck.numeric.trained import Trained
from propcheck.numeric.wanted import Wanted
from propcheck.verdict import InputError

_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
_KINDS = {DOUBLE: torch.float64, SINGLE: torch.float32}


def compiled(
    activation: Activation,
    orders: tuple[int, ...],
    single: bool,
    kink: str,
    dtype: Any,
    wanted: Wanted,
) -> Compiled:
    """The derivatives of these orders as a function of a tensor; `dtype` names one to be compiled for at once."""
    kind = torch.float64 if dtype is None else _kind(dtype)
    made = Compiled(activation, orders, single, kink, wanted.strict, wanted.native, kind)
    if dtype is not None:
        _derivatives(made, made.dtype)
    return made


def on_arrays(compiled: Callable[[Any], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """A function of tensors as one of NumPy's arrays."""

    def by_torch(x: np.ndarray) -> np.ndarray:
        # PyTorch reads no ml_dtypes; every bfloat16 is a float32.
        brain = x.dtype.name == "bfloat16"
        tensor = torch.from_numpy(x.astype(np.float32)).to(torch.bfloat16) if brain else torch.from_numpy(x)
        result = compiled(tensor).detach()
        return result.float().numpy().astype(x.dtype) if result.dtype == torch.bfloat16 else result.numpy()

    return by_torch


@dataclass(frozen=True)
class Compiled:
    """A compiled function: `f(x)` has the shape, dtype and device of x; several orders give a tuple."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str
    strict: bool = True
    native: bool = False
    dtype: Any = torch.float64

    @property
    def bound(self) -> dict[int, float]:
        """For each order the most ulp that a value is wrong by, the input's rounding allowed for; inf if not known.

        It is that of the dtype that was asked for, or else of float64.
        """
        return dict(_BOUNDS[_derivatives(self, self.dtype)])

    def __repr__(self) -> str:
        told = ", ".join(f"{most:.3g}" for most in self.bound.values())
        name = str(self.dtype).removeprefix("torch.")
        return f"<{self.activation.name} in PyTorch, orders {', '.join(map(str, self.orders))}: {name} to {told} ulp>"

    def __call__(self, x: Any) -> Any:
        """The value at every element of x; numbers and integers become float64."""
        tensor = x if isinstance(x, torch.Tensor) else torch.as_tensor(x, dtype=torch.float64)
        if not tensor.is_floating_point() and not tensor.is_complex():
            tensor = tensor.to(torch.float64)
        results = _applied(tensor, _derivatives(self, tensor.dtype, torch.compiler.is_compiling()))
        return results[0] if self.single else results

    def module(self, **parameters: Any) -> Module:
        """The function as a `torch.nn.Module`, whose trained parameters start from the values in use or those given.

        A tensor that is given has to broadcast against x: `module(a=torch.full((64, 1, 1), 0.25))` is one a channel.
        """
        if self.orders != (0,) or not self.single:
            raise InputError(
                "a module is the function itself: compile it with order=0; its gradients are the derivatives"
            )
        return Module(self, parameters)


class Module(torch.nn.Module):
    """A compiled function as a layer: its trained parameters are parameters, other constants are fixed.

    A form for all values of the parameters has no bound like the one that a compiled form has (`trained`).
    """

    def __init__(self, compiled: Compiled, given: dict[str, Any]):
        super().__init__()
        self.compiled, self.trained = compiled, Trained(compiled.activation, compiled.kink)
        names = self.trained.names
        if unknown := set(given) - set(names):
            known = f"its trained ones are {', '.join(names)}" if names else "it has none that is trained"
            raise InputError(f"{compiled.activation.name} has no parameter {min(unknown)!r} to train; {known}")
        kind = torch.get_default_dtype()
        for name, value in zip(names, self.trained.values, strict=True):
            start = torch.as_tensor(given.get(name, value), dtype=getattr(given.get(name), "dtype", kind))
            self.register_parameter(name, torch.nn.Parameter(start.detach().clone()))
        if names:
            _trained_key(self.trained)  # what cannot be trained is told now

    def forward(self, x: Any) -> Any:
        if not self.trained.names:
            return self.compiled(x)
        return _Trained.apply(_trained_key(self.trained), x, *(getattr(self, name) for name in self.trained.names))

    def extra_repr(self) -> str:
        return self.compiled.activation.name


@dataclass(frozen=True)
class _Derivatives:
    """The derivatives of some orders, with what it takes to compile them."""

    activation: Activation
    orders: tuple[int, ...]
    kink: str
    work: Format
    out: Format
    strict: bool


# torch.compile traces the functions that are compiled here, not the compiling; between the two go the keys of tables.
_KEYS: dict[_Derivatives, str] = {}
_KNOWN: dict[str, _Derivatives] = {}
_FUNCTIONS: dict[str, Callable[[Any], tuple[Any, ...]]] = {}
_BOUNDS: dict[str, dict[int, float]] = {}
_EXACT: dict[str, tuple[Exact, ...]] = {}


def _key(of: _Derivatives) -> str:
    key = _KEYS.setdefault(of, f"{of.activation.name} {len(_KEYS)}")
    if key not in _FUNCTIONS:
        _FUNCTIONS[key] = _kernel(of, key)
        _KNOWN[key] = of
    return key


@torch.compiler.assume_constant_result
def _derivatives(of: Compiled, dtype: Any, traced: bool = False) -> str:
    key = _key(_Derivatives(of.activation, of.orders, of.kink, *_formats(dtype, of.native), of.strict))
    if traced:  # the tables are read as they are now: what the gradient takes has to be there
        for asked in (None, *((place,) for place in range(len(of.orders)))):
            _slopes(key, asked)
    return key


@torch.compiler.assume_constant_result
def _slopes(key: str, asked: tuple[int, ...] | None = None) -> str:
    """The derivatives of those at these places, or of all."""
    of = _KNOWN[key]
    orders = of.orders if asked is None else tuple(of.orders[place] for place in asked)
    return _key(replace(of, orders=tuple(order + 1 for order in orders)))


def _kind(dtype: Any) -> Any:
    """The type of torch that is named by itself, by a name, or by a type of NumPy; what is none is left as it is."""
    name = getattr(dtype, "name", getattr(dtype, "__name__", dtype))
    return getattr(torch, name, dtype) if isinstance(name, str) else dtype


def _formats(dtype: Any, native: bool) -> tuple[Format, Format]:
    """The format of the arithmetic, and the one that it is rounded to."""
    if dtype not in _DTYPES:
        known = ", ".join(str(kind).removeprefix("torch.") for kind in _DTYPES)
        raise InputError(f"{str(dtype).removeprefix('torch.')} has no compiled form in PyTorch; there are {known}")
    if dtype == torch.float64:
        return DOUBLE, DOUBLE
    return (SINGLE if native else DOUBLE), SINGLE


def _applied(x: Any, key: str) -> tuple[Any, ...]:
    # torch.compile takes no function with a forward derivative.
    return (_Reverse if torch.compiler.is_compiling() else _Differentiable).apply(x, key)


class _Reverse(torch.autograd.Function):
    """Derivatives of a tensor, whose own derivatives are the compiled ones again, from the result back to x."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Any, key: str) -> Any:
        return _FUNCTIONS[key](x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        x, ctx.key = inputs
        ctx.set_materialize_grads(False)  # a zero for what is not asked for would be multiplied by what may be infinite
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (x,) = ctx.saved_tensors
        asked = tuple(place for place, grad in enumerate(grads) if grad is not None)
        if not asked:
            return None, None
        slopes = _applied(x, _slopes(ctx.key, asked))
        return sum(grads[place] * slope for place, slope in zip(asked, slopes, strict=True)), None


class _Differentiable(_Reverse):
    """The same in both directions."""

    @staticmethod
    def jvp(ctx: Any, tangent: Any, _: Any) -> Any:
        (x,) = ctx.saved_tensors
        return tuple(tangent * slope for slope in _applied(x, _slopes(ctx.key)))


class _Trained(torch.autograd.Function):
    """A function of x and of parameters, or a partial derivative; the key ends with the places of its inputs."""

    generate_vmap_rule = True

    @staticmethod
    def forward(key: str, x: Any, *parameters: Any) -> Any:
        wide = (tensor.to(torch.float64) for tensor in (x, *parameters))
        return _PARTIALS[key](*wide).to(x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.key, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        tensors = ctx.saved_tensors
        grads = [None] * len(tensors)
        for place, tensor in enumerate(tensors):
            if ctx.needs_input_grad[place + 1]:
                slope = _Trained.apply(_behind(ctx.key, place), *tensors)
                grads[place] = (grad * slope).sum_to_size(tensor.shape)
        return None, *grads


_PARTIALS: dict[str, Callable[..., Any]] = {}
_TRAINED: dict[Trained, str] = {}
_MOST_PARTIALS = 2  # the order of those that are there; a gradient of a gradient takes the second


@torch.compiler.assume_constant_result
def _trained_key(of: Trained) -> str:
    """The key of the function itself; its partial derivatives are there as well."""
    key = _TRAINED.setdefault(of, f"{of.activation.name} {len(_TRAINED)}:")
    if key not in _PARTIALS:
        for places in of.places(_MOST_PARTIALS):
            made = of.function(places, TORCH, DOUBLE, {"torch": torch})
            _PARTIALS[key + "".join(map(str, places))] = made
    return key


def _behind(key: str, place: int) -> str:
    """The key of the derivative by one more input."""
    name, _, places = key.rpartition(":")
    found = f"{name}:{''.join(sorted(places + str(place)))}"
    if len(places) == _MOST_PARTIALS:
        raise NotImplementedError("a function with trained parameters has derivatives up to the second order")
    return found


def _kernel(of: _Derivatives, key: str) -> Callable[[Any], tuple[Any, ...]]:
    """The function of tensors alone, without derivatives."""
    if is_long(of.activation):
        return _by_search(of, key)
    kind = _KINDS[of.work]

    def make(found: Sequence[Found]) -> Written:
        about = (of.activation, of.orders, of.kink, of.work, of.out)
        made = written(*about, TORCH, {"torch": torch}, _scalar, found=found)
        # Within a transform a tensor has no storage of its own for NumPy to read.
        return replace(made, by_arrays=lambda x: tuple(y.tolist() for y in made.function(torch.from_numpy(x))))

    made, assemblies, _ = planned(make, of.activation, of.orders, of.work, of.out)
    keep = kept(assemblies, of.activation, of.orders, of.kink, of.out, of.strict)
    _BOUNDS[key], _EXACT[key] = keep.bounds, keep.exact
    places = [part.output for part in keep.exact]

    def kernel(x: Any) -> tuple[Any, ...]:
        results = made.function(x.to(kind))
        results = tuple(result.clone() if result is x else result.to(x.dtype) for result in results)
        if not places:
            return results
        return tuple(_exact(x, result, key, k) if k in places else result for k, result in enumerate(results))

    return kernel


@torch.library.custom_op(
    "propcheck::exact", mutates_args=(), schema="(Tensor x, Tensor value, str key, int output) -> Tensor"
)
def _exact(x: Any, value: Any, key: str, output: int) -> Any:
    """The values, with exact ones where no form is good. (One operation, whatever it depends on, for torch.compile.)"""
    part = next(part for part in _EXACT[key] if part.output == output)
    wide, found = x.double(), value.clone()
    inside = torch.zeros_like(x, dtype=torch.bool)
    for low, high in part.spans:
        inside |= (wide >= low) & (wide <= high)
    if inside.any():
        asked = wide[inside].cpu().numpy().astype(part.oracle.dtype)
        found[inside] = torch.from_numpy(part.oracle(asked)).to(value.device, value.dtype)
    return found


@_exact.register_fake
def _(x: Any, value: Any, key: str, output: int) -> Any:
    return torch.empty_like(value)


@_exact.register_vmap
def _(info: Any, in_dims: Any, x: Any, value: Any, key: str, output: int) -> Any:
    first, second = (
        tensor if place is None else tensor.movedim(place, 0)
        for tensor, place in zip((x, value), in_dims[:2], strict=True)
    )
    first, second = torch.broadcast_tensors(first, second)
    return _exact(first, second, key, output), 0


def _by_search(of: _Derivatives, key: str) -> Callable[[Any], tuple[Any, ...]]:
    """The function by tables, and by a form of its own where its pieces run on without end."""
    about, far = (of.activation, of.orders, of.kink), beyond(of.activation)
    rest = None if far is None else _key(replace(of, activation=far.activation))
    _TABLES[key], _EXACT[key] = tuple(tables(*about)), ()
    _BOUNDS[key] = bounds(*about, {} if rest is None else _BOUNDS[rest])

    def kernel(x: Any) -> tuple[Any, ...]:
        found = tuple(_searched(x, key, place) for place in range(len(of.orders)))
        if far is None or rest is None:
            return found
        wide = x.to(torch.float64)
        outer = (wide < far.first) | (wide > far.last)
        return tuple(torch.where(outer, *both) for both in zip(_FUNCTIONS[rest](x), found, strict=True))

    return kernel


_TABLES: dict[str, tuple[Tabled, ...]] = {}


@lru_cache(maxsize=64)
def _moved(key: str, place: int, device: Any) -> Any:
    """A table with its arrays as tensors of a device."""
    table = _TABLES[key][place]
    arrays = {name: torch.from_numpy(getattr(table, name)).to(device) for name in ARRAYS}
    return SimpleNamespace(ends=table.ends, **arrays)


@torch.library.custom_op("propcheck::searched", mutates_args=(), schema="(Tensor x, str key, int place) -> Tensor")
def _searched(x: Any, key: str, place: int) -> Any:
    """The values that a table has. (One operation, so that no compiler joins products and sums.)"""
    wide = x.detach().to(torch.float64).contiguous()
    return values(_moved(key, place, x.device), wide, torch, lambda product: product).to(x.dtype)


@_searched.register_fake
def _(x: Any, key: str, place: int) -> Any:
    return torch.empty_like(x)


@_searched.register_vmap
def _(info: Any, in_dims: Any, x: Any, key: str, place: int) -> Any:
    return _searched(x, key, place), in_dims[0]


def _scalar(value: float, work: Format) -> Any:
    return torch.tensor(value, dtype=_KINDS[work])

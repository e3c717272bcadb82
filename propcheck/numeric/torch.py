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

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from propcheck.activation import Activation
from propcheck.numeric.dialects import TORCH
from propcheck.numeric.formats import DOUBLE, SINGLE, Format
from propcheck.numeric.library import written
from propcheck.verdict import InputError

_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
_KINDS = {DOUBLE: torch.float64, SINGLE: torch.float32}


def compiled(
    activation: Activation, orders: tuple[int, ...], single: bool, kink: str, dtype: Any = None, native: bool = False
) -> Compiled:
    """The derivatives of these orders as a function of a tensor; `dtype` names one to be compiled for at once."""
    made = Compiled(activation, orders, single, kink, native)
    if dtype is not None:
        _derivatives(made, _kind(dtype))
    return made


@dataclass(frozen=True)
class Compiled:
    """A compiled function: `f(x)` has the shape, dtype and device of x; several orders give a tuple."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str
    native: bool = False

    def __call__(self, x: Any) -> Any:
        """The value at every element of x; numbers and integers become float64."""
        tensor = x if isinstance(x, torch.Tensor) else torch.as_tensor(x, dtype=torch.float64)
        if not tensor.is_floating_point() and not tensor.is_complex():
            tensor = tensor.to(torch.float64)
        results = _applied(tensor, _derivatives(self, tensor.dtype, torch.compiler.is_compiling()))
        return results[0] if self.single else results


@dataclass(frozen=True)
class _Derivatives:
    """The derivatives of some orders, with what it takes to compile them."""

    activation: Activation
    orders: tuple[int, ...]
    kink: str
    work: Format
    out: Format


# torch.compile traces the functions that are compiled here, not the compiling; between the two go the keys of tables.
_KEYS: dict[_Derivatives, str] = {}
_KNOWN: dict[str, _Derivatives] = {}
_FUNCTIONS: dict[str, Callable[[Any], tuple[Any, ...]]] = {}


def _key(of: _Derivatives) -> str:
    key = _KEYS.setdefault(of, f"{of.activation.name} {len(_KEYS)}")
    if key not in _FUNCTIONS:
        _FUNCTIONS[key] = _kernel(of.activation, of.orders, of.kink, of.work, of.out)
        _KNOWN[key] = of
    return key


@torch.compiler.assume_constant_result
def _derivatives(of: Compiled, dtype: Any, traced: bool = False) -> str:
    key = _key(_Derivatives(of.activation, of.orders, of.kink, *_formats(dtype, of.native)))
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


def _kernel(
    activation: Activation, orders: tuple[int, ...], kink: str, work: Format, out: Format
) -> Callable[[Any], tuple[Any, ...]]:
    """The function of tensors alone, without derivatives."""
    kind = _KINDS[work]
    made = written(activation, orders, kink, work, out, TORCH, {"torch": torch}, _scalar)

    def kernel(x: Any) -> tuple[Any, ...]:
        results = made(x.to(kind))
        return tuple(result.clone() if result is x else result.to(x.dtype) for result in results)

    return kernel


def _scalar(value: float, work: Format) -> Any:
    return torch.tensor(value, dtype=_KINDS[work])

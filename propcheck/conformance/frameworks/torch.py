"""PyTorch, on the processor: `torch.nn.functional` by autograd, also for any callable and module that takes tensors."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch

from propcheck.conformance.frameworks import IN_PLACE, Absent, Row, Run, check_kept, laid

NAME = "torch"
_SHAPES = 128  # shapes and types for which one callable is compiled


def versions() -> dict[str, str]:
    return {"torch": torch.__version__}


def runner(row: Row) -> Run:
    found: Any = torch
    for part in row.call.split(".")[1:]:
        found = getattr(found, part)
    if row.call.endswith("prelu"):  # the slope is a tensor of the input's type
        return of(lambda x: found(x, torch.full((1,), row.args["weight"], dtype=x.dtype)))
    return of(partial(found, **row.args), inplace=partial(found, inplace=True, **row.args) if row.inplace else None)


def of(call: Callable[..., Any], inplace: Callable[..., Any] | None = None) -> Run:
    """A callable of tensors as a run."""
    return partial(_run, call, inplace)


def _run(
    call: Callable[..., Any],
    over: Callable[..., Any] | None,
    inputs: np.ndarray,
    dtype: str,
    order: int,
    layout: str = "",
) -> tuple[np.ndarray, str]:
    kind = getattr(torch, dtype)
    x = torch.from_numpy(np.array(inputs, np.float64)).to(kind)
    x = laid(x, layout, partial(torch.zeros, dtype=kind)).detach().requires_grad_(order > 0)
    try:
        with _recompiled():
            if layout == IN_PLACE and over is not None:
                y = over(x.clone() if order else x)
            else:
                y = call(x)
                check_kept(call, np.asarray(inputs, np.float64), x.detach().to(torch.float64).numpy())
            for step in range(order):
                y = _slope(y, x, step + 1 < order)
    except NotImplementedError as trouble:
        raise Absent(str(trouble)) from None
    except RuntimeError as trouble:
        raise Absent(str(trouble).splitlines()[0]) from None
    if not isinstance(y, torch.Tensor):
        raise Absent(f"it returns {type(y).__name__}")
    return y.detach().to(torch.float64).numpy(), str(y.dtype).removeprefix("torch.")


def _recompiled() -> AbstractContextManager[Any]:
    """What is compiled is compiled anew for each shape and type, and not run as it was written after some of them."""
    if "torch._dynamo" not in sys.modules:
        return nullcontext()
    return sys.modules["torch._dynamo"].config.patch(recompile_limit=_SHAPES)


def _slope(y: torch.Tensor, x: torch.Tensor, more: bool) -> torch.Tensor:
    if not y.requires_grad:
        return torch.zeros_like(x)
    (slope,) = torch.autograd.grad(y, x, torch.ones_like(y), create_graph=more, allow_unused=True)
    return torch.zeros_like(x) if slope is None else slope


def example(call: str, order: int, dtype: str, xs: list[float], gaps: bool = False) -> str:
    """Three lines that show a value, in an array with gaps where asked for."""
    told = ", ".join("float('nan')" if x != x else f"float('{x}')" if abs(x) == float("inf") else repr(x) for x in xs)
    many = len(set(map(repr, xs))) == 1 and len(xs) > 1
    told = f"[{told.split(', ')[0]}] * {len(xs)}" if many else f"[{told}]"
    told = f"[{told[1:].split(', ')[0].split(']')[0]}, 1.0] * {len(xs)}" if gaps else told
    asked = f"x = torch.tensor({told}, dtype=torch.{dtype}, requires_grad={order > 0})" + "[::2]" * gaps
    shown = f"{call}"
    for _ in range(order):
        shown = f"torch.autograd.grad({shown}.sum(), x, create_graph=True)[0]"
    return f"import torch\n{asked}\nprint({shown})"

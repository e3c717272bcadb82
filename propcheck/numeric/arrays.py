"""NumPy's arrays and torch's tensors under the names that both libraries have.

What is run with either asks `library` for the one that its arrays are of, and keeps to functions that are called the
same there, by place: `matmul`, `multiply`, `amax`, `ones`, `empty`, with `out=`.
"""

from __future__ import annotations

import sys
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from propcheck.verdict import InputError


def library(array: Any) -> ModuleType:
    """numpy or torch, whichever the array is of."""
    return sys.modules[type(array).__module__.partition(".")[0]]


def host(array: Any) -> np.ndarray:
    """The array for NumPy, copied where it lies on a device."""
    return array if isinstance(array, np.ndarray) else array.detach().cpu().numpy()


def beside(array: Any, values: np.ndarray) -> Any:
    """These values in the library and on the device of the array."""
    return values if isinstance(array, np.ndarray) else library(array).from_numpy(values).to(array.device)


def maker(array: Any, name: str) -> partial:
    """The library's `empty` or `ones` or `zeros` with the dtype and the device of the array."""
    where = {} if isinstance(array, np.ndarray) else {"device": array.device}
    return partial(getattr(library(array), name), dtype=array.dtype, **where)


def reach(device: str) -> None:
    """Finds out whether torch has this device, before anything is run on it."""
    try:
        import torch  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError("the backend torch needs PyTorch: pip install 'propcheck[torch]'") from None
    try:
        torch.zeros(1, device=device)  # pyright: ignore[reportAttributeAccessIssue]
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(f"torch has no device {device!r} here; take cpu, or one that it sees") from None

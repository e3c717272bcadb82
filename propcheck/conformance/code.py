"""Code that a user names, as a run: what takes tensors of PyTorch, arrays of JAX or NumPy, numbers; C; pairs in a file.

Whose arrays a callable takes is read off what its module uses, and then tried. PyTorch and JAX differentiate; for the
others slopes come as callables of their own.
"""

from __future__ import annotations

import ctypes
import math
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from propcheck import files
from propcheck.code import naming, reading
from propcheck.conformance.frameworks import Absent, Run, check_kept, laid
from propcheck.numeric.formats import dtype_of
from propcheck.verdict import InputError

_LIBRARIES = ("torch", "jax")


def run_of(item: Any, slopes: Sequence[Any] = (), params: Mapping[str, Any] | None = None) -> tuple[Run, str]:
    """A callable as a run, and the library whose arrays it takes: `torch`, `jax` or `numpy`.

    `params` are handed to its call or its class. `slopes` are callables of the derivatives of order 1 and 2, where
    nothing differentiates the callable itself.
    """
    if not callable(item):
        raise InputError(f"{item!r} cannot be called; name a function, a module or a class of one")
    name = getattr(item, "__name__", type(item).__name__)
    try:
        item = reading.ready(item, params or {})
    except InputError as reason:
        raise InputError(f"{name} cannot be called: {reason}") from None
    loaded = (library for library in _LIBRARIES if library in sys.modules)
    libraries = list(dict.fromkeys((*reading.libraries(item), *loaded)))
    said = ""
    for library in libraries:
        run = _run_in(library, item, slopes)
        for dtype in ("float64", "float32", "bfloat16"):
            try:
                if run(np.array([0.5, 1.0]), dtype, 0)[0].shape == (2,):
                    return run, library
            except Exception as trouble:  # not what this callable takes
                said = said or naming.said(trouble).removeprefix("Absent: ")
    raise InputError(f"{name} takes no array of {' or '.join(libraries)}: {said}")


@dataclass(frozen=True)
class Slice:
    """A callable of two inputs as one of one: the input at a `place` is held at a value."""

    func: Callable[..., Any]
    place: int
    value: float

    def __call__(self, x: Any) -> Any:
        library = type(x).__module__.partition(".")[0]
        page = import_module({"torch": "torch", "jax": "jax.numpy", "jaxlib": "jax.numpy"}.get(library, "numpy"))
        held = page.full_like(x, self.value)
        return self.func(x, held) if self.place else self.func(held, x)


def _run_in(library: str, item: Any, slopes: Sequence[Any]) -> Run:
    if library == "numpy":
        return partial(_numpy, (item, *slopes))
    return import_module(f"propcheck.conformance.frameworks.{library}").of(item)


def _numpy(
    calls: Sequence[Callable[..., Any]], inputs: np.ndarray, dtype: str, order: int, layout: str = ""
) -> tuple[np.ndarray, str]:
    if order >= len(calls):
        raise Absent("nothing gives a derivative of this order")
    kind = _kind(dtype)
    with np.errstate(all="ignore"):
        x = laid(np.asarray(inputs).astype(kind), layout, partial(np.zeros, dtype=kind))
    before = x.copy()
    try:
        found = calls[order](x)
    except (TypeError, ValueError):
        found = _one_by_one(calls[order], x)
    if not isinstance(found, np.ndarray | np.generic | list | tuple | float | int):
        raise Absent(f"it returns {type(found).__name__}")
    check_kept(calls[order], before, x)
    found = np.asarray(found)
    with np.errstate(all="ignore"):
        return found.astype(np.float64), found.dtype.name


def takes_arrays(call: Callable[..., Any]) -> bool:
    """Whether a function of NumPy or of numbers takes an array."""
    try:
        with np.errstate(all="ignore"):
            return np.shape(call(np.array([0.5, 1.0]))) == (2,)
    except Exception:  # somebody's code raises what it likes
        return False


def _one_by_one(call: Callable[..., Any], x: np.ndarray) -> np.ndarray:
    """The values of a function of one number; NaN where it raises, which is told as a warning."""
    made: list[Any] = []
    raised: list[Exception] = []
    for value in x:
        try:
            made.append(call(value if x.dtype != np.float64 else float(value)))
        except (ArithmeticError, ValueError) as trouble:
            raised.append(trouble)
            made.append(math.nan)
    if x.dtype != np.float64 and any(type(value) is float for value in made):
        raise Absent("it calculates with the numbers of Python, which are float64")
    if raised:
        warnings.warn(f"it raises {naming.said(raised[0])}", RuntimeWarning, stacklevel=2)
    return np.array(made)


def _kind(dtype: str) -> np.dtype:
    try:
        return dtype_of(dtype)
    except InputError as missing:
        raise Absent(str(missing)) from None


# --- C ---------------------------------------------------------------------------------------------------------------


def shared(text: str) -> Run:
    """`library.so:name`: C functions `double name(double)` and `float namef(float)`, as exported sources have them.

    A slope is `name_derivative`, the second `name_second_derivative`, where the library has these.
    """
    place, _, name = text.rpartition(":")
    try:
        library = ctypes.CDLL(str(Path(place).resolve()))
    except OSError as trouble:
        raise InputError(f"{place} cannot be loaded: {trouble}") from None
    found: dict[tuple[str, int], Any] = {}
    for order, suffix in enumerate(("", "_derivative", "_second_derivative")):
        for dtype, end, kind in (("float64", "", ctypes.c_double), ("float32", "f", ctypes.c_float)):
            function = getattr(library, f"{name}{suffix}{end}", None)
            if function is not None:
                function.restype, function.argtypes = kind, [kind]
                found[dtype, order] = function
    if not any(order == 0 for _, order in found):
        raise InputError(f"{place} has neither {name}(double) nor {name}f(float)")
    return partial(_shared, found)


def _shared(
    found: Mapping[tuple[str, int], Any], inputs: np.ndarray, dtype: str, order: int, layout: str = ""
) -> tuple[np.ndarray, str]:
    if (dtype, order) not in found:
        raise Absent(f"the library has no function of {dtype} for order {order}")
    function = found[dtype, order]
    return np.array([function(float(x)) for x in inputs], np.float64), dtype


# --- pairs -----------------------------------------------------------------------------------------------------------


def pairs(path: Path, dtype: str = "") -> tuple[np.ndarray, np.ndarray, str]:
    """Inputs and outputs of a CSV or NPY file, as doubles, and their type.

    An NPY has two rows or two columns; a CSV two columns x,y, with or without a line of names. Its numbers are float64
    unless `dtype` says of which type they are.
    """
    try:
        if path.suffix.lower() == ".npy":
            table = np.load(path, allow_pickle=False)
            if table.ndim != 2 or 2 not in table.shape:
                raise InputError(f"{path} has the shape {table.shape}; pairs are two rows or two columns, x and y")
            x, y = table if table.shape[0] == 2 and table.shape[1] != 2 else table.T
            name = dtype or table.dtype.name
        else:
            lines = [line.split(",")[:2] for line in path.read_text("utf-8").splitlines() if line.strip()]
            if lines and not _is_number(lines[0][0]):
                lines = lines[1:]
            x, y = (np.array([_number(line[k]) for line in lines]) for k in (0, 1))
            name = dtype or "float64"
    except OSError as trouble:
        raise InputError(f"{path} cannot be read: {files.reason(trouble)}") from None
    except (ValueError, IndexError) as trouble:
        raise InputError(f"{path} holds no pairs x,y: {trouble}") from None
    if name not in ("float64", "float32", "float16", "bfloat16"):
        raise InputError(f"{path} holds {name}; say with --dtype of which type its numbers are")
    if not x.size:
        raise InputError(f"{path} holds no pairs")
    return np.asarray(x, np.float64), np.asarray(y, np.float64), name


def _is_number(text: str) -> bool:
    try:
        _number(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    text = text.strip()
    return float.fromhex(text) if "0x" in text.lower() else float(text)

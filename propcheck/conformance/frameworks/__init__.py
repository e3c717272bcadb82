"""The frameworks: for each the functions that it offers (`table.toml`), and how they are called and differentiated.

A member has `NAME`, `versions()` and `runner(row)`, which gives what the framework calls by that row as a `Run`; also
`SIZES` and `STRIDES` where arrays of others than the usual ones are tried. It is imported when it is asked for, and
brings its library; where that is missing it is told.
"""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from propcheck.verdict import InputError
from propcheck.wording import nearest

NAMES = ("torch", "jax", "keras", "timm", "onnx")
DTYPES = ("float64", "float32", "bfloat16", "float16")
OVERWRITES = "it writes over its input"
STRIDED, IN_PLACE = "strided", "in place"


class Absent(Exception):
    """There is no such derivative, or none in this type; the message is the framework's."""


def check_kept(call: Any, before: np.ndarray, after: np.ndarray) -> None:
    """Warns where a call changed its input, unless its name or its arguments say that it does."""
    held = getattr(call, "func", call)
    declared = getattr(held, "__name__", "").endswith("_") or getattr(held, "inplace", False)
    declared = declared or getattr(call, "keywords", {}).get("inplace", False)
    if not declared and not np.array_equal(before, after, equal_nan=True):
        warnings.warn(OVERWRITES, RuntimeWarning, stacklevel=2)


class Run(Protocol):
    """Code as a function of doubles that are numbers of a type.

    It gives the values of a derivative as doubles, and the type that came out. A `layout` is `STRIDED`, where the array
    has gaps, or `IN_PLACE`, where the result is written over it; what has none of that is called as ever.
    """

    def __call__(self, inputs: np.ndarray, dtype: str, order: int, layout: str = "") -> tuple[np.ndarray, str]: ...


def laid(x: Any, layout: str, zeros: Callable[[int], Any]) -> Any:
    """An array, or the same in every second place of one of `zeros` that is twice as long."""
    if layout != STRIDED:
        return x
    wide = zeros(2 * len(x))
    wide[::2] = x
    return wide[::2]


@dataclass(frozen=True)
class Row:
    """One function of a framework: `call` with `args`, and the `target` that it should be.

    `keeps` is the most that the slope changes by, for one that the output does, where backward is computed from the
    output as it was rounded: what that rounding makes of the slope is no fault. `inplace` is how it is told to write
    over its input.
    """

    framework: str
    call: str
    target: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    args: Mapping[str, Any] = field(default_factory=dict)
    keeps: float = 0.0
    inplace: bool = False
    dtypes: tuple[str, ...] = DTYPES
    orders: tuple[int, ...] = (0, 1, 2)

    @property
    def name(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.args.items())
        return f"{self.call}({told})" if told else self.call

    @property
    def function(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.target}({told})" if told else self.target


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Every row of the table."""
    data = tomllib.loads((Path(__file__).parent / "table.toml").read_text("utf-8"))
    return tuple(_row(framework, row) for framework in NAMES for row in data.get(framework, {}).get("rows", ()))


def _row(framework: str, row: dict[str, Any]) -> Row:
    lists: dict[str, Any] = {key: tuple(row.pop(key)) for key in ("dtypes", "orders") if key in row}
    return Row(framework, **row, **lists)


@lru_cache(maxsize=1)
def left_out() -> dict[str, list[str]]:
    """The activations of each framework that are not elementwise."""
    data = tomllib.loads((Path(__file__).parent / "table.toml").read_text("utf-8"))
    return {framework: data[framework].get("not_elementwise", []) for framework in NAMES if framework in data}


def page(framework: str) -> ModuleType:
    """The member; `InputError` where there is none, or its library is missing."""
    if framework not in NAMES:
        raise InputError(
            f"there is no framework {framework!r}{nearest(framework, NAMES)}; there are {', '.join(NAMES)}"
        )
    try:
        return import_module(f"propcheck.conformance.frameworks.{framework}")
    except ImportError as missing:
        name = missing.name or framework
        raise InputError(
            f"{framework} cannot be tried: the package {name} is not installed (pip install 'propcheck[conformance]')"
        ) from None
    except Exception as trouble:  # a library that breaks as it is imported
        raise InputError(f"{framework} cannot be tried: {type(trouble).__name__}: {trouble}") from None

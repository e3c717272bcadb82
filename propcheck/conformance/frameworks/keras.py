"""Keras 3, over the backend that is set, or else over JAX or PyTorch, whichever is there; slopes are the backend's."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from typing import Any

from propcheck.conformance.frameworks import Row, Run

if "KERAS_BACKEND" not in os.environ:
    os.environ["KERAS_BACKEND"] = next((name for name in ("jax", "torch") if find_spec(name)), "numpy")

import keras

NAME = "keras"
SIZES = (1, 17)
STRIDES = False


def versions() -> dict[str, str]:
    name = keras.backend.backend()
    found = page().versions() if name in ("jax", "torch") else {}
    return {"keras": f"{keras.__version__} over {name}", **found}


def page() -> Any:
    """The page of the backend."""
    if keras.backend.backend() == "torch":
        from propcheck.conformance.frameworks import torch

        return torch
    if keras.backend.backend() == "jax":
        from propcheck.conformance.frameworks import jax

        return jax
    raise ImportError(f"no slopes are known of Keras over {keras.backend.backend()}", name="jax")


def runner(row: Row) -> Run:
    found: Any = keras
    for part in row.call.split(".")[1:]:
        found = getattr(found, part)
    return page().of(partial(found, **row.args))


def example(call: str, order: int, dtype: str, xs: list[float]) -> str:
    """Three lines that show a value, or four where the backend's own are needed."""
    return f"import keras; {page().example(call, order, dtype, xs)}"

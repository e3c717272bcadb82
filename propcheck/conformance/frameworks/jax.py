"""JAX, on the processor, in double precision where that is asked for; slopes in reverse mode."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

from propcheck.conformance.frameworks import Absent, Row, Run

NAME = "jax"
SIZES = (1, 17)  # each shape is compiled anew
STRIDES = False  # arrays have none


def versions() -> dict[str, str]:
    return {"jax": jax.__version__}


def runner(row: Row) -> Run:
    found: Any = jax
    for part in row.call.split(".")[1:]:
        found = getattr(found, part)
    return of(partial(found, **row.args))


def of(call: Callable[..., Any]) -> Run:
    """A callable of arrays as a run; it is compiled as XLA does."""
    steps = [call]
    for _ in range(2):
        steps.append(partial(_slope, steps[-1]))
    return partial(_run, [jax.jit(step) for step in steps])


def _slope(call: Callable[..., Any], x: Any) -> Any:
    value, back = jax.vjp(call, x)
    return back(jnp.ones_like(value))[0]


def _run(compiled: list[Any], inputs: np.ndarray, dtype: str, order: int, layout: str = "") -> tuple[np.ndarray, str]:
    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype)
    with jax.enable_x64(True), np.errstate(all="ignore"):
        x = jnp.asarray(np.asarray(inputs).astype(kind))
        try:
            y = compiled[order](x)
        except NotImplementedError as trouble:
            raise Absent(str(trouble).splitlines()[0]) from None
        except (TypeError, ValueError) as trouble:
            raise Absent(str(trouble).splitlines()[0]) from None
        found = np.asarray(y)
        return found.astype(np.float64), found.dtype.name


def example(call: str, order: int, dtype: str, xs: list[float]) -> str:
    """Three lines that show a value."""
    told = ", ".join(repr(x) if np.isfinite(x) else f"float('{x}')" for x in xs[:1])
    start = "import jax; jax.config.update('jax_enable_x64', True)" if dtype == "float64" else "import jax"
    f = call.replace("(x)", "").replace("(x, ", "(z, ") if "(x)" in call else f"lambda z: {call.replace('(x,', '(z,')}"
    for _ in range(order):
        f = f"jax.grad({f})"
    f = f"({f})" if f.startswith("lambda") else f
    return f"{start}\nx = jax.numpy.asarray({told}, dtype='{dtype}')\nprint({f}(x))"

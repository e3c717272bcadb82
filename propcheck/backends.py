"""One row a backend: what computes compiled forms, and what their source is written for.

Nothing here imports a library: commands name backends before one is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backend:
    """A library or a language; `compiles` where `compile` takes it (its page is `numeric.NAME`), `measured` where the
    error of its forms is measured, and `source` the function of `numeric.source` that writes for it. What is `single`
    has no double precision unless it is told to.
    """

    name: str
    compiles: bool = False
    measured: bool = False
    source: str = ""
    single: bool = False


ROWS = (
    Backend("numpy", compiles=True, measured=True, source="arrays:numpy"),
    Backend("mpmath", compiles=True),
    Backend("numba", measured=True),  # NumPy's forms with kernels of its own
    Backend("torch", compiles=True, measured=True, source="arrays:torch"),
    Backend("jax", compiles=True, measured=True, source="arrays:jax", single=True),
    Backend("flax", source="arrays:flax", single=True),
    Backend("keras", source="keras:source", single=True),
    Backend("c", source="c:source"),
    Backend("onnx", source="onnx:source"),
    Backend("latex", source="latex:source"),
)
COMPILING = tuple(row.name for row in ROWS if row.compiles)
MEASURED = tuple(row.name for row in ROWS if row.measured)
EXPORTS = {row.name: row for row in ROWS if row.source}

"""How far an implementation may be from the mathematics, and what a framework's own tests see: `tolerances.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

_NAMES = ("value", "slope", "second")


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def units(dtype: str, order: int) -> float:
    """The most units that pass."""
    return float(table()["units"][dtype][_NAMES[order]])


def beside(dtype: str, order: int) -> float:
    """What is allowed of a derivative beside, however small it is."""
    return float(table()["units"][dtype].get("beside", {}).get(_NAMES[order], 0.0))


def seen(framework: str, dtype: str, got: float, want: float) -> bool | None:
    """Would the framework's own tests see this difference? None where nothing is known of them."""
    row = table()["own"].get({"timm": "torch"}.get(framework, framework), {}).get(dtype)
    if row is None:
        return None
    return not abs(got - want) <= row["absolute"] + row["relative"] * abs(want)

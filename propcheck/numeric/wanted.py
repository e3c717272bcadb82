"""What is asked of a compiled form beside the function, its orders and its type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """`strict`, `digits` and `native` as `compile` takes them: each backend reads what is meant for it."""

    strict: bool = True
    digits: int | None = None
    native: bool = False

"""A finding: where an implementation is not what the mathematics says, of which class, and three lines that show it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLASSES = {
    "inaccuracy": "wrong by more than the tolerance, the input's own rounding allowed for",
    "vanished": "0 where the exact value is a normal number",
    "overflow": "infinite where the exact value is finite",
    "flush_to_zero": "subnormal numbers taken for 0: the environment, no fault of the function",
    "nan_created": "NaN where there is a number",
    "nan_swallowed": "a number where there is none",
    "limit": "another limit at an infinity",
    "dtype": "another type than that of the input",
    "jump": "a jump between neighbouring inputs that the mathematics lacks",
    "formula": "another function",
    "convention": "the slope at a kink: no fault between the one-sided slopes",
    "masked": "a finite number where the exact value is infinite",
    "warning": "a warning meanwhile",
    "not_implemented": "no such derivative, or not in this type",
}
HARMLESS = ("flush_to_zero", "convention", "warning", "not_implemented")


@dataclass(frozen=True)
class Finding:
    """What was found of one implementation, derivative and type, at the input where it is worst.

    `ulp` takes the input for exact, and `units` is the error in the larger of an ulp of the result and what one ulp of
    the input moves it by; `share` is that of the inputs tried, all of which lie in [`first`, `last`]. `layouts` has
    what came out at x in arrays of other sizes and strides, where that differs. `seen` says whether the framework's own
    test tolerance would see it.
    """

    implementation: str
    function: str
    order: int
    dtype: str
    kind: str
    x: float
    got: float
    want: float
    ulp: float | None = None
    relative: float | None = None
    units: float | None = None
    share: float | None = None
    first: float | None = None
    last: float | None = None
    exhaustive: bool = False
    seen: bool | None = None
    example: str = ""
    note: str = ""
    layouts: Mapping[str, float] = field(default_factory=dict)
    fault: bool | None = None

    @property
    def breach(self) -> bool:
        """Is this a fault of the implementation?"""
        return self.kind not in HARMLESS if self.fault is None else self.fault

    def to_json(self) -> dict[str, Any]:
        """The finding as in `propcheck.conformance/1`; infinities and NaN are texts."""
        return {
            "implementation": self.implementation,
            "function": self.function,
            "order": self.order,
            "dtype": self.dtype,
            "class": self.kind,
            **{name: plain(getattr(self, name)) for name in ("x", "got", "want", "ulp", "relative", "units", "share")},
            "from": plain(self.first),
            "to": plain(self.last),
            "bound": "upper" if self.exhaustive else "lower",
            "breach": self.breach,
            "seen_by_own_tests": self.seen,
            "layouts": {name: plain(value) for name, value in self.layouts.items()},
            "note": self.note,
            "example": self.example,
        }


def plain(value: float | None) -> float | str | None:
    """A number for JSON."""
    return value if value is None or math.isfinite(value) else str(float(value))

"""How a distance to a fixed point dies away with the layer l."""

from __future__ import annotations

from dataclasses import dataclass, replace

from propcheck.verdict import Recorded


@dataclass(frozen=True)
class Law(Recorded):
    """How a distance to a fixed point dies away with the layer l.

    `exponential`: like exp(-l/scale). `power`: like coefficient * l**-exponent. `kept`: not at all. `slower`: slower
    than any power. `unknown`: it does, and how fast is not known. `grows`: it does not die away. `half`: like the power
    law from one side (from below where the coefficient is negative), away on the other.
    """

    kind: str
    scale: float | None = None
    exponent: float | None = None
    coefficient: float | None = None

    def __str__(self) -> str:
        if self.kind == "exponential" and self.scale is not None:
            return "at once" if self.scale == 0 else f"like exp(-l/{self.scale:.6g})"
        if self.kind in ("power", "half"):
            from_below = self.coefficient is not None and self.coefficient < 0
            side = f", from {'below' if from_below else 'above'} only" if self.kind == "half" else ""
            return f"like {self.coefficient:.6g} l^-{self.exponent:g}{side}"
        return {
            "kept": "not at all",
            "slower": "slower than any power",
            "unknown": "at a rate that is not known",
            "grows": "not: it grows",
        }[self.kind]

    @property
    def fast(self) -> bool:
        """May it be as fast as l^-2, as at a kink at 0, where gradients fall as fast?"""
        return self.kind == "unknown" or (self.kind == "power" and self.exponent is not None and self.exponent >= 2)

    def multiplied(self, factor: float) -> Law:
        """The law of distances that are so many times as large."""
        return self if self.coefficient is None else replace(self, coefficient=factor * self.coefficient)


def power(order: float, drop: float) -> Law:
    """The law of d -> d (1 - drop d^order)."""
    return Law("power", None, 1 / order, (order * drop) ** (-1 / order))

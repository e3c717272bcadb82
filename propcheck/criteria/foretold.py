"""How well the measure of a criterion foretells what training does: what the study found, criterion by criterion.

A row is a rank correlation of the measure with an outcome in networks that were really trained (`propcheck study`,
reports/prediction), over functions that nobody had looked at when the measure was
chosen. What has no row was not asked.
"""

from __future__ import annotations

from typing import NamedTuple


class Foretold(NamedTuple):
    """What is foretold, in a word and in full, and the rank correlation with its interval of 95 %."""

    short: str
    outcome: str
    value: float
    lower: float
    upper: float

    @property
    def found(self) -> str:
        return f"{self.value:+.2f} [{self.lower:+.2f}, {self.upper:+.2f}]"


COUNT = 48  # functions over which it was found
_STEPS = "training steps", "the number of steps to a target loss"
FORETOLD = {
    "differentiability": Foretold(*_STEPS, 0.83, 0.71, 0.89),
    "gradient_flow": Foretold("accuracy in depth", "the accuracy of 10, 30 and 100 layers", -0.93, -0.97, -0.85),
    "dead_units": Foretold(*_STEPS, 0.49, 0.24, 0.69),
    "zero_mean": Foretold(*_STEPS, 0.70, 0.53, 0.83),
    "sparsity": Foretold(*_STEPS, 0.73, 0.53, 0.85),
    "convergence": Foretold(*_STEPS, -0.78, -0.89, -0.59),
    "noise_robustness": Foretold("accuracy under noise", "the accuracy under noise", -0.72, -0.84, -0.54),
}


def briefly(key: str) -> str:
    """What the measure of a criterion foretells, in a few words; nothing where it was not asked."""
    row = FORETOLD.get(key)
    return f"foretells {row.short}: {row.found}" if row else ""


def foretold(key: str) -> str:
    """The same in a sentence."""
    row = FORETOLD.get(key)
    if row is None:
        return "not asked whether it foretells training"
    return f"foretells {row.outcome} in plain networks: rank correlation {row.found} over {COUNT} functions"

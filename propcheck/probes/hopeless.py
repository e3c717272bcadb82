"""Is there nothing to be learned in a deep stack: do lengths run away, or gradients vanish or explode?"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from propcheck.probes.measurement import told
from propcheck.probes.outcome import Outcome


def hopeless(outcomes: Sequence[Outcome], criterion: ModuleType) -> str:
    """Why there is nothing to be learned, by the thresholds of the formula's verdict; empty where there is."""
    explosive, lost = (float(criterion.THRESHOLDS[name].value) for name in ("explosive", "lost"))
    signals = [outcome.deep.signals for outcome in outcomes]
    elasticity = float(np.mean([one["elasticity"] for one in signals]))
    decades = abs(float(np.mean([one["gradient"] for one in signals])))
    if elasticity > explosive:
        return f"lengths run away: the elasticity is {told(elasticity)}"
    if decades == np.inf:
        return "nothing of the gradient is left, or it is infinite: nothing is learned"
    if not decades <= lost:
        return f"{told(decades)} decades of the gradient are lost or won: nothing is learned"
    return ""

"""The measures of `meanfield.propagation`, taken in a network that is really run: there they mean the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from propcheck.meanfield.propagation import DEAD, NAMES, ONE, SHALLOW, share_at_one_value
from propcheck.numeric.arrays import host

UNITS = 64  # of a layer, in which the spread of slopes is told


@dataclass
class Layers:
    """What is told of the first layers while signals pass, and of the slopes of all on the way back."""

    inputs: int  # pre-activations of a unit
    rows: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NAMES})
    spreads: list[float] = field(default_factory=list)
    elasticity: float = math.nan
    _middle: tuple[np.ndarray, np.ndarray] | None = None

    def outputs(self, j: int, z: np.ndarray, a: np.ndarray) -> None:
        """Looks at the outputs of a layer."""
        if j >= SHALLOW:
            return
        values, taken = host(a).astype(float), host(z).astype(float)
        flat = values.ravel()
        centre, deviation = float(flat.mean()), float(flat.std())
        self.rows["mean"].append(_over(abs(centre), deviation))
        share = share_at_one_value(flat, np.full(flat.size, 1 / flat.size), ONE * deviation) if deviation else 1.0
        self.rows["sparse"].append(share)
        if self.inputs == 1:
            self.rows["nonlinear"].append(_unexplained(taken.ravel(), flat - centre))
        if j == SHALLOW // 2:
            self._middle = taken, values

    def slopes(self, j: int, slopes: np.ndarray) -> None:
        """Looks at the slopes of a layer, (inputs, units, samples)."""
        found = np.square(host(slopes[:, :UNITS]), dtype=np.float64)
        usual = float(found.sum(axis=0).mean())
        self.spreads.append(3 * _over(float(np.square(found).sum(axis=0).mean()), usual**2) - 1)
        if j < SHALLOW:
            found = np.square(host(slopes), dtype=np.float64)
            usual = float(found.sum(axis=0).mean())
            size = np.sqrt(found.sum(axis=0))
            self.rows["dead"].append(
                float(np.maximum(0.0, 1 - size / (DEAD * math.sqrt(usual))).mean()) if usual else 1.0
            )
        if j == SHALLOW // 2 and self._middle is not None:
            taken, values = self._middle
            answered = (taken.reshape(slopes.shape) * host(slopes)).sum(axis=0)
            self.elasticity = _over(float((answered * values).mean()), float(np.square(values).mean()))

    def found(self) -> Mapping[str, float]:
        """The measures by name, as the fact has them."""
        means = {name: float(np.mean(values)) if values else math.nan for name, values in self.rows.items()}
        return means | {"spread": float(np.mean(self.spreads)), "elasticity": self.elasticity}


def _unexplained(z: np.ndarray, apart: np.ndarray) -> float:
    """The share of the variance that no line in z explains; `apart` is the distance of the outputs from their mean."""
    slope = _over(float(z @ apart), float(z @ z))
    rest = apart - slope * z
    return _over(float(rest @ rest), float(apart @ apart))


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom else math.inf if top else math.nan

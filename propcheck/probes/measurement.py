"""What an experiment measured: a mean over seeds with its spread, beside a prediction where there is one.

A difference from a prediction is told in standard errors, and one beyond SURPRISING is flagged, never hidden.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from propcheck.criteria import NUMBERS, STANDARDS
from propcheck.criteria.criterion import nearness
from propcheck.verdict import Standing, Verdict, plain, shortened

SURPRISING = 4.0  # standard errors
_DIGITS = 7  # what is measured in single precision has no more


@dataclass(frozen=True)
class Measurement:
    """A quantity: its mean over `count` seeds, and its standard deviation over them where there are several.

    `predicted` is what Gaussian moments say; `difference` is that of the mean from it, in standard errors.
    """

    name: str
    mean: float | None
    spread: float | None
    count: int
    predicted: float | None = None
    difference: float | None = None

    @property
    def error(self) -> float | None:
        """The standard error of the mean."""
        return None if self.spread is None else self.spread / math.sqrt(self.count)

    @property
    def surprising(self) -> bool:
        return self.difference is not None and not abs(self.difference) <= SURPRISING

    def interval(self) -> tuple[float, float] | None:
        """Where the mean lies with a confidence of 95 %, by Student's distribution."""
        from scipy.special import stdtrit

        if self.mean is None or self.error is None:
            return None
        reach = float(stdtrit(self.count - 1, 0.975)) * self.error
        return self.mean - reach, self.mean + reach

    def to_json(self) -> dict[str, Any]:
        out = {"name": self.name, "mean": plain(self.mean), "spread": plain(self.spread), "count": self.count}
        if self.predicted is not None:
            out |= {"predicted": plain(self.predicted), "difference": plain(self.difference)}
            out |= {"surprising": self.surprising}
        return out

    def __str__(self) -> str:
        if self.mean is None:
            return "?"
        return told(self.mean) + (f" ± {told(self.spread)}" if self.spread is not None else "")


@dataclass(frozen=True, eq=False)
class Band:
    """Theory's line by layer, at infinite width, and the band in which finite width lets the mean over seeds lie;
    `why` some layers have none, where that is not only since they vary too much."""

    line: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    why: str = ""

    @property
    def known(self) -> np.ndarray:
        """In which layers there is a band."""
        return np.isfinite(self.lower) & np.isfinite(self.upper)


@dataclass(frozen=True)
class Profile:
    """A quantity in each layer, from the first to the last, with theory's `band` around it where there is one."""

    name: str
    layers: tuple[Measurement, ...]
    band: Band | None = None

    @property
    def outside(self) -> tuple[int, ...] | None:
        """The layers, counted from 1, whose mean lies outside theory's band where there is one.

        None where there is no band, or only where theory leaves nothing open, as in the layer that others are told by.
        """
        if self.band is None or not (self.band.known & (self.band.lower < self.band.upper)).any():
            return None
        means = np.array([np.nan if layer.mean is None else layer.mean for layer in self.layers], float)
        slack = 1e-5 * np.abs(self.band.line)  # of single precision
        within = (means >= self.band.lower - slack) & (means <= self.band.upper + slack)
        off = self.band.known & ~within
        return tuple(int(j) + 1 for j in np.flatnonzero(off))

    @property
    def surprises(self) -> tuple[int, ...]:
        """The layers, counted from 1, where the prediction fails."""
        return tuple(j for j, layer in enumerate(self.layers, 1) if layer.surprising)

    @property
    def largest_difference(self) -> float | None:
        """The difference from the prediction that is farthest from 0, in standard errors."""
        found = [layer.difference for layer in self.layers if layer.difference is not None]
        return max(found, key=abs, default=None)

    def to_json(self) -> dict[str, Any]:
        columns = ("spread", "predicted", "difference")
        used = ["mean", *(name for name in columns if any(getattr(layer, name) is not None for layer in self.layers))]
        out: dict[str, Any] = {"name": self.name, "count": max((layer.count for layer in self.layers), default=0)}
        out |= {name: [plain(shortened(getattr(layer, name), _DIGITS)) for layer in self.layers] for name in used}
        if "predicted" in used:
            out |= {"largest_difference": plain(self.largest_difference), "surprises": list(self.surprises)}
        if self.band is not None:
            outside = self.outside
            theory: dict[str, Any] = {
                name: [plain(shortened(value, _DIGITS)) for value in getattr(self.band, name).tolist()]
                for name in ("line", "lower", "upper")
                if np.isfinite(getattr(self.band, name)).any()
            }
            theory |= {"inside": None if outside is None else not outside, "outside": list(outside or ())}
            theory |= {"banded": int(self.band.known.sum())}
            theory |= {"unbanded": self.band.why} if self.band.why else {}
            out["theory"] = theory
        return out


def told(value: float) -> str:
    """A measured number in a sentence."""
    return f"{value:.3g}"


def over_seeds(name: str, values: Iterable[float], predicted: float | None = None) -> Measurement:
    """The mean and the spread of one value a seed; no mean where a value is no number."""
    array = np.array(list(values), float)
    if not array.size or not np.isfinite(array).all():
        return Measurement(name, None, None, array.size, predicted)
    spread = float(array.std(ddof=1)) if array.size > 1 else None
    return Measurement(name, float(array.mean()), spread, array.size, predicted)


def by_layer(
    name: str,
    values: Sequence[np.ndarray],
    expected: Sequence[np.ndarray] | None = None,
    errors: Sequence[np.ndarray] | None = None,
) -> Profile:
    """The profile of an array a seed, (layers,); with the prediction for each seed and the standard error of each.

    The seeds are independent, so the differences add, and so do the squares of the errors.
    """
    table = np.array(values, float)
    if expected is None or errors is None:
        return Profile(name, tuple(over_seeds(name, column) for column in table.T))
    goals, spreads = np.array(expected, float), np.array(errors, float)
    layers = []
    for column, goal, error in zip(table.T, goals.T, spreads.T, strict=True):
        made = over_seeds(name, column)
        if made.mean is not None and np.isfinite(goal).all() and np.isfinite(error).all():
            difference = _in_errors(float((column - goal).sum()), float(np.sqrt((error**2).sum())), float(goal.mean()))
            made = Measurement(name, made.mean, made.spread, made.count, float(goal.mean()), difference)
        layers.append(made)
    return Profile(name, tuple(layers))


def _in_errors(difference: float, error: float, size: float) -> float:
    """The difference over its error; what rounding alone explains is none."""
    if abs(difference) <= 1e-5 * abs(size):
        return 0.0
    return difference / error if error > 0 else math.copysign(math.inf, difference)


def compared(name: str, values: np.ndarray, expected: np.ndarray) -> Measurement:
    """The mean of values that have a prediction each, the spread of a seed's mean, and how the two differ.

    Both arrays are (seeds, layers); the error is that of the mean of all differences.
    """
    means = over_seeds(name, values.mean(axis=1)) if values.size else over_seeds(name, [])
    gaps = (values - expected).ravel()
    if means.mean is None or gaps.size < 2 or not np.isfinite(gaps).all():
        return means
    goal = float(expected.mean())
    difference = _in_errors(float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(gaps.size)), goal)
    return Measurement(name, means.mean, means.spread, means.count, goal, difference)


# --- what a page finds -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A page's verdict, what it rests on, and profiles by layer."""

    verdict: Verdict
    measurements: tuple[Measurement, ...]
    profiles: tuple[Profile, ...] = ()

    @property
    def surprises(self) -> tuple[str, ...]:
        """What lies farther from its prediction than SURPRISING standard errors."""
        single = [f"{one.name}: {one.difference:+.3g} standard errors" for one in self.measurements if one.surprising]
        layers = [
            f"{profile.name}: {len(profile.surprises)} of {len(profile.layers)} layers, "
            f"at most {profile.largest_difference:+.3g} standard errors"
            for profile in self.profiles
            if profile.surprises
        ]
        return tuple(single + layers)

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.to_json(),
            "measurements": [item.to_json() for item in self.measurements],
            "profiles": [profile.to_json() for profile in self.profiles],
            "surprises": list(self.surprises),
        }


def ruling(criterion: ModuleType, leading: Measurement) -> Callable[..., Verdict]:
    """How a page says its verdict: the word and the reasons, `measured` unless it is open.

    Where the measure is within 5 % of a threshold that says near, as for the verdict by the formula.
    """
    standard = STANDARDS[NUMBERS[criterion.KEY] - 1]

    def verdict(word: str, *reasons: str) -> Verdict:
        standing = Standing.OPEN if word == "open" else Standing.MEASURED
        measure = {"name": leading.name, "value": leading.mean}
        close = standard.near(leading.mean) if word != "open" else None
        near = () if close is None else (nearness(close),)
        reasons = (*filter(None, reasons), *near)
        return Verdict(standard.number, standard.key, word, standing, reasons, measure)

    return verdict


def by_thresholds(criterion: ModuleType, value: float, more_is_better: bool = False) -> str:
    """The word for a value of the measure, by the thresholds that the formula's verdict has too."""
    holds, partly = (float(criterion.THRESHOLDS[word].value) for word in ("holds", "partly"))
    if more_is_better:
        return "holds" if value >= holds else "partly" if value >= partly else "fails"
    return "holds" if value <= holds else "partly" if value <= partly else "fails"


def surely(leading: Measurement) -> str:
    """The interval in which the mean over seeds lies, in words."""
    ends = leading.interval()
    return "from one seed" if ends is None else f"with 95 % confidence {told(ends[0])} to {told(ends[1])}"

"""How long a report will take, told before it is begun: a range, from what the parts took and from a short trial."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Seconds on the processor, from the least to the most: of a function's facts (those of 444 public activations took 2 on
# the average, those of the catalogue 0.1), of its curves, of those along its parameters, and of the paper's equations.
# A part begins with processes, which have to be started: those of experiments load more.
ANALYSIS, CURVES, TRACKS, EQUATIONS = (0.1, 2.0), (0.1, 0.5), (0.0, 10.0), (1.0, 3.0)
BEGIN, BEGIN_EXPERIMENTS = (0.5, 3.0), (2.0, 6.0)
# A seed of another function over one of ReLU: over the paper's 17 it is 1, of Maxout 0.5, of Noisy ReLU 1.3.
OTHERS = (0.6, 1.6)


@dataclass(frozen=True)
class Work:
    """What is left to do: functions to analyse, to draw and to measure, and whether there are equations.

    A function is measured in so many `seeds`, each of so many `seconds` on the processor where it is ReLU. No function
    takes longer than `limit` in one part. The clock runs `busy` times as fast as the processor's. `tracks` are
    functions that are followed along their parameters.
    """

    analyses: int
    curves: int = 0
    measured: int = 0
    equations: bool = False
    seeds: int = 0
    seconds: float = 0.0
    limit: float = math.inf
    busy: float = 1.0
    workers: int = 1
    tracks: int = 0

    def _experiments(self, end: int) -> float:
        return self.measured * min(self.limit, self.seeds * self.seconds * OTHERS[end])

    def span(self) -> tuple[float, float]:
        """Seconds by the clock, from the least to the most."""
        ends = []
        for end in (0, 1):
            shared = self.analyses * min(self.limit, ANALYSIS[end]) + self.curves * min(self.limit, CURVES[end])
            shared += self.tracks * min(self.limit, TRACKS[end])
            most = max(self.analyses, self.curves, self.tracks, self.measured * self.seeds, 1)
            alone = sum(took[end] for took, done in (
                (BEGIN, True), (BEGIN, self.curves), (BEGIN, self.tracks), (EQUATIONS, self.equations),
                (BEGIN_EXPERIMENTS, self.measured),
            ) if done)  # fmt: skip
            ends.append(alone + (shared + self._experiments(end)) / min(self.workers, most))
        return ends[0], ends[1] * self.busy

    @property
    def finished(self) -> int:
        """The seeds of a function that its limit has time for, at the slowest; all where that is enough."""
        most = self.seconds * OTHERS[1]
        return self.seeds if self.seeds * most <= self.limit else int(self.limit / most)

    def __str__(self) -> str:
        said = f"this will take about {told(*self.span())}"
        if self.measured and self._experiments(1) > self.analyses * ANALYSIS[1] + self.curves * CURVES[1]:
            said += ", most of it for the experiments (--no-probes leaves them out)"
        if self.measured and self.finished < self.seeds:
            enough = f"{self.finished} of {self.seeds} seeds" if self.finished else "not one seed"
            said += f"; the time limit of {self.limit:g} s for a function's experiments may be enough for {enough}"
        return said


def told(low: float, high: float) -> str:
    """The range in units that suit its ends, which are rounded outward to one digit: `20 to 90 s`, `40 s to 3 min`."""
    least, most = _in_a_unit(low, False), _in_a_unit(high, True)
    if low < 1:
        return f"{most} at most"
    number, unit = least.split()
    return f"{number} to {most}" if most.endswith(f" {unit}") else f"{least} to {most}"


def _in_a_unit(seconds: float, up: bool) -> str:
    size, unit = (1, "s") if seconds <= 100 else (60, "min") if seconds <= 6000 else (3600, "h")
    return f"{_to_one_digit(seconds / size, up):g} {unit}"


def _to_one_digit(value: float, up: bool) -> float:
    digit = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return (math.ceil if up else math.floor)(value / digit) * digit

"""What do value and slope of an element cost beside ReLU's in the same process? The measure of `criteria.cost`.

Beside it stand the time of a whole pass forward and back, and what is kept for the way back. Times differ from run to
run: this page stands apart in a record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from propcheck.criteria import cost as criterion
from propcheck.numeric.timing import Timing
from propcheck.probes.measurement import Found, over_seeds, ruling, told
from propcheck.probes.outcome import Outcome

KEY, TITLE = criterion.KEY, criterion.TITLE
NEEDS: tuple[str, ...] = ("times",)
THRESHOLDS = {threshold.told: float(threshold.value) for threshold in criterion.THRESHOLDS.values()}
CHEAP, MODERATE, FORMS = THRESHOLDS.values()
RULE = {
    "holds": f"value and slope of an element take at most {CHEAP:g} times as long as ReLU's",
    "partly": f"at most {MODERATE:g} times as long",
    "fails": f"longer, or more linear forms per unit than {FORMS:g}",
}
PASS = "time of a pass, in ReLU's"
ELEMENTS: dict[str, Callable[[Timing], float]] = {
    "ns an element, value": lambda timing: timing.value,
    "ns an element, slope": lambda timing: timing.derivative,
    "ns an element, both": lambda timing: timing.both,
    "both, in copies of an array": lambda timing: timing.both / timing.copy,
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Are value and slope as quick as a few of ReLU's?"""
    timings = [outcome.timing for outcome in outcomes if outcome.timing is not None]
    ratio = over_seeds(criterion.MEASURE, [timing.both / timing.relu for timing in timings])
    passes = over_seeds(PASS, [outcome.relative_time for outcome in outcomes])
    memory = over_seeds("bytes kept for the way back, a unit and sample", [outcome.kept_bytes for outcome in outcomes])
    elements = [over_seeds(name, [part(timing) for timing in timings]) for name, part in ELEMENTS.items()]
    typical, both, whole = (
        float(np.median(values))
        for values in (
            [timing.both / timing.relu for timing in timings],
            [timing.both for timing in timings],
            [outcome.relative_time for outcome in outcomes],
        )
    )
    forms = max(outcome.inputs for outcome in outcomes)
    word = "fails" if typical > MODERATE or forms > FORMS else "holds" if typical <= CHEAP else "partly"
    reasons = [
        f"{told(typical)} times ReLU's time, {told(both)} ns an element for value and slope",
        f"a pass takes {told(whole)} times as long as ReLU's",
        f"{memory.mean:g} bytes kept for a unit and sample",
    ]
    if forms > 1:
        reasons.append(f"{forms} linear forms for each unit")
    return Found(ruling(criterion, ratio)(word, *reasons), (ratio, passes, memory, *elements))

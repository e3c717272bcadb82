"""What do a whole pass forward and back, and one element, cost beside ReLU's in the same process?

Times differ from run to run: this page stands apart in a record.
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
CHEAP, MODERATE = 1.25, 2.0
THRESHOLDS = {"holds to a time, in ReLU's, of": CHEAP, "partly to a time, in ReLU's, of": MODERATE}
RULE = {
    "holds": f"a pass forward and back takes at most {CHEAP} times as long as ReLU's",
    "partly": f"at most {MODERATE} times as long",
    "fails": "longer",
}
ELEMENTS: dict[str, Callable[[Timing], float]] = {
    "ns an element, value": lambda timing: timing.value,
    "ns an element, slope": lambda timing: timing.derivative,
    "ns an element, both": lambda timing: timing.both,
    "both, in ReLU's": lambda timing: timing.both / timing.relu,
    "both, in copies of an array": lambda timing: timing.both / timing.copy,
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is a pass as quick as ReLU's?"""
    ratio = over_seeds("time of a pass, in ReLU's", [outcome.relative_time for outcome in outcomes])
    memory = over_seeds("bytes kept for the way back, a unit and sample", [outcome.kept_bytes for outcome in outcomes])
    typical = float(np.median([outcome.relative_time for outcome in outcomes]))
    word = "holds" if typical <= CHEAP else "partly" if typical <= MODERATE else "fails"
    kept = f"{memory.mean:g} bytes kept for a unit and sample"
    timings = [outcome.timing for outcome in outcomes if outcome.timing is not None]
    elements = [over_seeds(name, [part(timing) for timing in timings]) for name, part in ELEMENTS.items()]
    both = float(np.median([timing.both for timing in timings]))
    an_element = f"{told(both)} ns an element for value and slope"
    verdict = ruling(criterion, ratio)(word, f"{told(typical)} times ReLU's time", an_element, kept)
    return Found(verdict, (ratio, memory, *elements))

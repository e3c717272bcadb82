"""What does a whole pass forward and back cost, beside ReLU's of the same size in the same process?

Times differ from run to run: this page stands apart in a record.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from propcheck.criteria import cost as criterion
from propcheck.probes.measurement import Found, over_seeds, ruling, told
from propcheck.probes.outcome import Outcome

NUMBER, KEY, TITLE = criterion.NUMBER, criterion.KEY, criterion.TITLE
CHEAP, MODERATE = 1.25, 2.0
THRESHOLDS = {"holds to a time, in ReLU's, of": CHEAP, "partly to a time, in ReLU's, of": MODERATE}
RULE = {
    "holds": f"a pass forward and back takes at most {CHEAP} times as long as ReLU's",
    "partly": f"at most {MODERATE} times as long",
    "fails": "longer",
}


def judge(outcomes: Sequence[Outcome], reference: Sequence[Outcome]) -> Found:
    """Is a pass as quick as ReLU's?"""
    ratio = over_seeds("time of a pass, in ReLU's", [outcome.relative_time for outcome in outcomes])
    memory = over_seeds("bytes kept for the way back, a unit and sample", [outcome.kept_bytes for outcome in outcomes])
    typical = float(np.median([outcome.relative_time for outcome in outcomes]))
    word = "holds" if typical <= CHEAP else "partly" if typical <= MODERATE else "fails"
    kept = f"{memory.mean:g} bytes kept for a unit and sample"
    return Found(ruling(criterion, ratio)(word, f"{told(typical)} times ReLU's time", kept), (ratio, memory))

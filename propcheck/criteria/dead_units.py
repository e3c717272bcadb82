"""Can a unit die: stop learning because its slope is 0 wherever its inputs fall?

Inputs drift during training. From a bounded dead set they may drift out again; once inside a dead half-line, no
gradient brings them back.
"""

import math

from propcheck.criteria.criterion import Bounds
from propcheck.criteria.reading import answered, interval, listed, measure, number
from propcheck.criteria.truths import concluded
from propcheck.truth import that
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "dead_units", "no dead neurons"
THRESHOLDS: Bounds = {}
RULE = {
    "holds": "no interval on which the slope is 0",
    "partly": "slope 0 on bounded intervals only",
    "fails": "slope 0 on a half-line",
}


def judge(facts: Facts, thresholds: Bounds = THRESHOLDS) -> Verdict:
    """Is there no set of inputs on which a unit is dead?"""
    region = answered(facts, "dead_region")
    dead = region["intervals"] if region else ()
    found = f"the slope is 0 on {listed(interval(ends) for ends in dead)}"
    alive = that(region, lambda _: not dead)
    rules = (
        ("open", alive, "whether the slope is 0 on an interval is not decided"),
        ("holds", alive, "no interval on which the slope is 0"),
        ("fails", that(region, lambda _: any(math.isinf(end.value) for ends in dead for end in ends)), found),
        ("partly", ~alive, found),
    )
    return concluded(KEY, measure("P[z in the dead region]", number(facts, "dead_region", "mass").value), rules)

"""Is the function cheap, together with its derivative?

Additions, products and comparisons run at the speed of memory. A division takes several of them, and so does a draw of
noise; a transcendental function takes tens. More weights or inputs per unit multiply the cost of the whole layer.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import answered, counted, listed, measure
from propcheck.criteria.truths import concluded
from propcheck.truth import UNDECIDED, Truth
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "cost", "cheap in time and space"
THRESHOLDS = {"forms": Threshold(Fraction(1), "linear forms per unit at most")}
USUAL = usual(THRESHOLDS)
RULE = {
    "holds": "no division and no transcendental function, in the value and the derivative together",
    "partly": "a division, a draw of noise, or a transcendental function on part of the line",
    "fails": "a transcendental function everywhere, or several linear forms per unit",
}
MEASURE = "operations for value and derivative together"
_NOUNS = {
    "add": "addition",
    "mul": "multiplication",
    "div": "division",
    "compare": "comparison",
    "transcendental": "transcendental function",
}


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Are value and derivative cheap?"""
    cost = answered(facts, "cost")
    if cost is None:
        return concluded(KEY, measure(MEASURE, None), [("open", UNDECIDED, "the operations are not counted")])
    together, inputs, draws = cost["together"], cost.get("inputs", 1), cost.get("draws", 0)
    transcendental = together["transcendental"] > 0
    everywhere = transcendental and cost["transcendental_everywhere"]

    counts = [counted(together[kind], noun) for kind, noun in _NOUNS.items() if together[kind]]
    reasons = [f"value and derivative together: {listed(counts) or 'no operation'}"]
    if transcendental:
        reasons.append(f"a transcendental function {'everywhere' if everywhere else 'on part of the line'}")
    if draws:
        reasons.append(f"{counted(draws, 'random draw')} for each value")
    if inputs > 1:
        reasons.append(f"{inputs} linear forms for each unit, so {inputs} times the weights")

    dear = Truth.of(everywhere or inputs > thresholds["forms"], cost)
    cheap = Truth.of(not (transcendental or together["div"] or draws), cost)
    rules = (("fails", dear, *reasons), ("partly", ~cheap, *reasons), ("holds", cheap, *reasons))
    return concluded(KEY, measure(MEASURE, float(sum(together.values()))), rules)

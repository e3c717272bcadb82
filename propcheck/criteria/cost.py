"""Is the function cheap, together with its derivative?

Cost has one measure: the time of value and slope of an element, in ReLU's, as NumPy's compiled form in float32 takes
it. Here it is estimated from the formula; `probes.cost` measures it, and judges by the same thresholds. They say what
a network pays: in layers of 256 units a pass forward and back was seen to take a seventh longer than with ReLU where
an element takes 3 times ReLU's time, and more than half as long again where it takes 10 times. In wider layers it is
less, since the products of matrices grow. Several linear forms per unit multiply these products themselves.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import answered, counted, listed, measure, number
from propcheck.criteria.truths import concluded
from propcheck.truth import UNDECIDED, Truth
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "cost", "cheap in time and space"
THRESHOLDS = {
    "holds": Threshold(Fraction(3), "holds to a time, in ReLU's, of"),
    "partly": Threshold(Fraction(10), "partly to a time, in ReLU's, of"),
    "forms": Threshold(Fraction(1), "linear forms per unit at most", of_measure=False),
}
USUAL = usual(THRESHOLDS)
RULE = {
    "holds": "value and slope of an element take at most {holds} times as long as ReLU's",
    "partly": "at most {partly} times as long",
    "fails": "longer, or more linear forms per unit than {forms}",
}
DEPARTS = "the paper calls transcendental functions dear; measured is the time of an element, in ReLU's"
MEASURE = "time of value and slope of an element, in ReLU's"
_NOUNS = {
    "add": "addition",
    "mul": "multiplication",
    "div": "division",
    "compare": "comparison",
    "transcendental": "transcendental function",
}


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Are value and derivative cheap?"""
    cost, time = answered(facts, "cost"), number(facts, "cost", "relative_time")
    measured = measure(MEASURE, time.value)
    if cost is None:
        return concluded(KEY, measured, [("open", UNDECIDED, "the operations are not counted")])
    together, inputs, draws = cost["together"], cost.get("inputs", 1), cost.get("draws", 0)
    counts = [counted(together[kind], noun) for kind, noun in _NOUNS.items() if together[kind]]
    reasons = []
    if time.value is not None and time.lower is not None and time.upper is not None:
        reasons.append(f"about {time.value:.3g} times ReLU's time, {time.lower:.2g} to {time.upper:.2g}")
    reasons.append(f"value and derivative together: {listed(counts) or 'no operation'}")
    if draws:
        reasons.append(f"{counted(draws, 'random draw')} for each value")
    if inputs > 1:
        reasons.append(f"{inputs} linear forms for each unit, so {inputs} times the weights")

    quick, moderate = (
        Truth.of(None if time.value is None else time.value <= bound, time)
        for bound in (thresholds["holds"], max(thresholds["holds"], thresholds["partly"]))
    )
    many = Truth.of(inputs > thresholds["forms"], cost)
    rules = (
        ("fails", many, *reasons),
        ("open", quick, *reasons, time.note or "the time is not estimated"),
        ("holds", quick, *reasons),
        ("partly", moderate, *reasons),
        ("fails", ~moderate, *reasons),
    )
    return concluded(KEY, measured, rules)

"""Is the function robust to noise in its data?

A network tells inputs apart by how its outputs differ. Of that difference a part is noise: for inputs x and x + n it
is 1 - C(c), with the correlation map C after three layers, and 1 - C(0) for unrelated inputs. The measure is by how
much the share of noise grew on the way, ((1 - C(c))/(1 - C(0)))/(1 - c), with noise of half the size of the inputs.
C is convex between 0 and 1, so that the share never falls: 1, for a line, is the least.

`holds` is a share that at most doubles in three layers, as ReLU's nearly does, `partly` one that at most triples. Where
lengths run away, or nothing is left of the gradient, no network learns anything for noise to spoil, and it fails.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure
from propcheck.criteria.signals import EXPLOSIVE, LOST, short, signal, unknown, untrainable, without_scale
from propcheck.criteria.truths import concluded, exceeds, known
from propcheck.truth import UNDECIDED
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "noise_robustness", "robust to noise"
THRESHOLDS = {
    "holds": Threshold(Fraction(2), "holds up to"),
    "partly": Threshold(Fraction(3), "partly up to"),
    "explosive": EXPLOSIVE,
    "lost": LOST,
}
USUAL = usual(THRESHOLDS)
MEASURE = "growth of the share of noise in three layers"
RULE = {
    "holds": "the share of noise in what tells inputs apart grows by a factor <= {holds} in three layers",
    "partly": "<= {partly}",
    "fails": "above that, or lengths run away (elasticity above {explosive}), or more than {lost} decades of the "
    "gradient are lost or won in 50 layers, or the outputs have no scale",
}
DEPARTS = "the paper asks for saturation; measured is by how much the share of noise grows from layer to layer"


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Does the share of noise grow little?"""
    low, moderate = thresholds["holds"], max(thresholds["holds"], thresholds["partly"])
    growth = signal(facts, "noise")
    hopeless, why = untrainable(facts, thresholds)
    found = f"the share of noise grows by a factor of {short(growth)} in three layers"
    rules = (
        *without_scale(facts),
        ("fails", hopeless, why),
        ("open", known(growth), unknown(facts)),
        ("fails", exceeds(growth, moderate), found),
        ("open", hopeless, "whether gradients survive is not decided"),
        ("holds", ~exceeds(growth, low) & ~hopeless, found),
        ("partly", exceeds(growth, low) & ~exceeds(growth, moderate) & ~hopeless, found),
        ("open", UNDECIDED, f"the factor {short(growth)} is too near a threshold"),
    )
    return concluded(KEY, measure(MEASURE, growth.value), rules)

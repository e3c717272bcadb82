"""Does training converge quickly, as far as the formula tells?

A network learns to tell inputs apart, and finds it hard where its layers make them alike. The measure is the contrast:
1 - the correlation of the outputs of two unrelated inputs after three layers (Poole et al. 2016, arXiv 1606.05340).
Where it is small, the neural tangent kernel has one large eigenvalue that limits the learning rate, and the rest of it
learns slowly (Jacot, Gabriel and Hongler 2018, arXiv 1806.07572; Hayou, Doucet and Rousseau 2019, arXiv 1905.13654).

`holds` is 0.3, below ReLU's 0.395, and `partly` 0.2. Where lengths run away, or nothing is left of the
gradient, a function is never quick. The paper asks for a large derivative at first and soft saturation late (B5); the
elasticity, which puts that into one number, was not found to foretell training.
"""

from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold, usual
from propcheck.criteria.reading import measure
from propcheck.criteria.signals import EXPLOSIVE, LOST, short, signal, unknown, untrainable, without_scale
from propcheck.criteria.truths import at_least, concluded, known
from propcheck.truth import UNDECIDED
from propcheck.verdict import Facts, Verdict

KEY, TITLE = "convergence", "quick convergence"
THRESHOLDS = {
    "holds": Threshold(Fraction(3, 10), "holds from"),
    "partly": Threshold(Fraction(1, 5), "partly from"),
    "explosive": EXPLOSIVE,
    "lost": LOST,
}
USUAL = usual(THRESHOLDS)
MEASURE = "contrast: 1 - correlation of the outputs of unrelated inputs after three layers"
RULE = {
    "holds": "the contrast of unrelated inputs after three layers >= {holds}",
    "partly": ">= {partly}",
    "fails": "below that, or lengths run away (elasticity above {explosive}), or more than {lost} decades of the "
    "gradient are lost or won in 50 layers, or the outputs have no scale",
}
DEPARTS = "the paper asks for a large derivative and soft saturation, which was not found to foretell training"


def judge(facts: Facts, thresholds: Bounds = USUAL) -> Verdict:
    """Do inputs stay apart?"""
    quick, moderate = thresholds["holds"], min(thresholds["holds"], thresholds["partly"])
    contrast = signal(facts, "contrast")
    found = f"the contrast of unrelated inputs is {short(contrast)} after three layers"
    hopeless, why = untrainable(facts, thresholds)
    rules = (
        *without_scale(facts),
        ("fails", hopeless, why, found if contrast.known else ""),
        ("open", known(contrast), unknown(facts)),
        ("fails", ~at_least(contrast, moderate), found),
        ("open", hopeless, "whether gradients survive is not decided"),
        ("holds", at_least(contrast, quick) & ~hopeless, found),
        ("partly", at_least(contrast, moderate) & ~at_least(contrast, quick) & ~hopeless, found),
        ("open", UNDECIDED, f"the contrast {short(contrast)} is too near a threshold"),
    )
    return concluded(KEY, measure(MEASURE, contrast.value), rules)

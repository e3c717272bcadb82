"""What may be said of a function besides the verdicts on it, and which words answer it."""

from __future__ import annotations

from propcheck.facts import BY_KEY, CLAIMS

# What a claim may be about: key -> the kind of its value. A number, an interval and a formula are texts of the
# expression language, in which the parameters may stand; a function is a name of the catalogue or a formula.
_RECURRING = (
    "smoothness",
    "monotone_intervals",
    "convexity",
    "zeros",
    "fixed_points",
    "dead_region",
    "zero_region",
)
ASSERTIONS: dict[str, str] = {
    "derivative": "formula of the slope",  # g' is this, kinks aside, where it is the text's convention; y is g(x)
    "derivative_2": "formula of the slope",  # the same of g''
    "antiderivative": "formula of the slope",  # this is continuous, and its derivative is g
    "value": "number",  # g `at` x
    "equals": "formula",  # g is this: on all the line or `on` an interval, `at` parameter values or their limit oo
    "slope": "number",  # g' exists `at` x and is this
    "slope.left": "number",  # the one-sided slope `at` x
    "slope.right": "number",
    "slope_at_most": "number",  # abs g' is at most this, `on` intervals
    "slope_above": "function",  # g' is above the slope of that function, everywhere or `on` an interval
    "slope_falls_faster_than": "function",  # abs g'' is above that of that function, `on` an interval
    "slope_outlasts": "function",  # g' over the slope of that function grows without bound on both sides
    "sign": "sign",  # of g on the whole line; `both` says that g takes both signs
    "lipschitz_continuous": "yes or no",  # abs g' is bounded, and g does not jump
    "nonlinearity_at_least": "number",  # the share of the output's variance that no line explains
    "constant_share_at_most": "number",  # E[g]^2/E[g^2]: the share of the mean square that is there for every input
    "degree_at_most": "count",  # g is a polynomial of at most this degree
    "bounded_below": "yes or no",
    "bounded_above": "yes or no",
    "differentiable": "yes or no",  # at every point
    "piecewise_linear": "yes or no",
    "prose": "text",  # said, but not decidable from the formula; always open
    # Paths into the facts.
    "smoothness.class": "smoothness",
    "affine": "yes or no",
    "parity": "parity",
    "monotonicity": "monotonicity",
    "convexity": "convexity",
    "zeros": "points",  # all of them, "-1, 0, 1", or none
    "fixed_points": "points",
    **{f"{fact}.period": "number" for fact in _RECURRING},
    "slope_of_output": "yes or no",  # g' is a function of g; which one is claimed as a derivative in y
    "range": "interval",
    "range.inf": "number",
    "range.sup": "number",
    "range.inf_attained": "yes or no",
    "range.sup_attained": "yes or no",
    "range.argmin": "number",
    "range.argmax": "number",
    "derivative_range": "interval",
    "derivative_range.inf": "number",
    "derivative_range.sup": "number",
    "derivative_range.inf_attained": "yes or no",
    "derivative_range.sup_attained": "yes or no",
    "derivative_range.argmin": "number",
    "derivative_range.argmax": "number",
    "lipschitz": "number",
    "limits.left.value": "number",
    "limits.left.slope": "number",
    "limits.right.value": "number",
    "limits.right.slope": "number",
    **{f"asymptotes.{side}.{of}": "number" for side in ("left", "right") for of in ("slope", "intercept")},
    "saturation.left": "saturation",
    "saturation.right": "saturation",
    "dead_region.mass": "number",
    "zero_region.mass": "number",
    "zero_region.near": "number",
    "gaussian.mean": "number",
    "gaussian.second_moment": "number",
    "gaussian.variance": "number",
    "gaussian.derivative_mean": "number",
    "gaussian.derivative_second_moment": "number",
    "gaussian.elasticity": "number",
    "nonlinearity": "number",
    "criticality.exists": "yes or no",
    "criticality.q": "number",
    "criticality.sigma_w2": "number",
    "criticality.sigma_b2": "number",
    **{
        f"cost.{what}.{kind}": "count"
        for what in ("value", "derivative", "together")
        for kind in ("add", "mul", "div", "compare", "transcendental")
    },
    "cost.saves": "kept value",
    "cost.parameters": "count",
    "cost.inputs": "count",
    "cost.draws": "count",
    "cost.transcendental_everywhere": "yes or no",
    "noise.expected_variance": "number",
}
ASSERTIONS |= CLAIMS
# The facts that a claim rests on, where its key does not begin with their name.
_RESTS_ON = {
    "range": ("range", "image"),
    "sign": ("range",),
    "bounded_below": ("range",),
    "bounded_above": ("range",),
    "differentiable": ("smoothness", "domain"),
    "lipschitz_continuous": ("lipschitz", "domain", "smoothness", "derivative_range"),
    "nonlinearity_at_least": ("nonlinearity",),
    "constant_share_at_most": ("gaussian",),
}
_NOWHERE_ELSE = ("value", "slope", "slope.left", "slope.right", "slope_outlasts", "prose")  # at a point, or far out


def rests_on(key: str) -> tuple[str, ...]:
    """The facts that answer a claim by this key, as far as facts do."""
    return _RESTS_ON.get(key, (key.partition(".")[0],))


def on_interval(key: str) -> bool:
    """Can it be claimed of a function on an interval? The verdicts are about the whole line."""
    rows = (BY_KEY[fact] for fact in rests_on(key) if fact in BY_KEY)
    return key in ASSERTIONS and key not in _NOWHERE_ELSE and all(row.on for row in rows)


# The kinds with a closed list of words. "+" is "satisfies or relieves", "-" is "fails or brings the problem in".
WORDS: dict[str, tuple[str, ...]] = {
    "verdict": ("holds", "partly", "fails", "+", "-"),
    "sign": ("positive", "nonnegative", "negative", "nonpositive", "both"),
    "parity": ("odd", "even", "none"),
    "monotonicity": ("increasing", "decreasing", "non-decreasing", "non-increasing", "constant", "none"),
    "convexity": ("convex", "concave", "affine", "none"),
    "saturation": ("hard", "soft", "none"),
    "kept value": ("input", "output", "sign"),
}

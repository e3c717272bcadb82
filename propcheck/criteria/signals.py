"""How a page reads what becomes of signals in a network (the fact `propagation`), and the sentences that it shares.

The pages that judge by it speak of one network: wide, plain, 50 layers deep, from the initialisation that is
recommended. Each takes one number of it, an experiment measures the same number, and the same thresholds apply to both.

Where a layer answers to the scale of its inputs by much more than in proportion, by the power EXPLOSIVE or more, each
error of scale is raised to that power in every layer, and no initialisation helps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from propcheck.criteria.criterion import Bounds, Threshold
from propcheck.criteria.reading import answered, magnitude, number
from propcheck.criteria.truths import exceeds, exists, finite
from propcheck.truth import Truth
from propcheck.verdict import Facts, Number

KEY = "propagation"
EXPLOSIVE = Threshold(Fraction(7, 5), "lengths run away beyond an elasticity of", of_measure=False)
LOST = Threshold(Fraction(10), "nothing is learned beyond decades of", of_measure=False)
Rule = tuple[str, Truth, *tuple[str, ...]]


def signal(facts: Facts, name: str) -> Number:
    """One number of the propagation."""
    return number(facts, KEY, name)


def without_scale(facts: Facts) -> Iterator[Rule]:
    """The rules for a function that no network can be made of."""
    square = number(facts, "gaussian", "second_moment")
    yield "fails", ~exists(square), "E[g^2] does not exist: the outputs have no scale"
    yield "fails", ~finite(square), "E[g^2] is infinite: the outputs have no scale"


def untrainable(facts: Facts, thresholds: Bounds) -> tuple[Truth, str]:
    """Is there nothing to be learned in a deep stack: do lengths run away, or gradients vanish or explode? And why."""
    decades = magnitude(signal(facts, "gradient"))
    away, lost = explosive(facts, thresholds), exceeds(decades, thresholds["lost"])
    if away.value:
        return away, running_away(facts)
    if decades.value == math.inf:
        gone = signal(facts, "gradient").value == -math.inf
        left = "nothing of the gradient is left" if gone else "the gradient is infinite"
        return away | lost, f"{left} after 50 layers: nothing is learned"
    return away | lost, f"{short(decades)} decades of the gradient are lost or won in 50 layers: nothing is learned"


def explosive(facts: Facts, thresholds: Bounds) -> Truth:
    """Does a layer answer to the scale of its inputs by so much more than in proportion that lengths run away?"""
    return exceeds(signal(facts, "elasticity"), thresholds["explosive"])


def unknown(facts: Facts) -> str:
    """Why the number is not known."""
    fact = facts.get(KEY)
    note = "" if fact is None or answered(facts, KEY) else fact.note
    return f"what becomes of signals is not decided{f': {note}' if note else ''}"


def short(number: Number) -> str:
    """A measure in a sentence."""
    return "?" if number.value is None else f"{number.value:.3g}"


def running_away(facts: Facts) -> str:
    return f"lengths run away: the elasticity is {short(signal(facts, 'elasticity'))}"


def from_where(facts: Facts) -> str:
    """The initialisation that the number is of, in a sentence; n are the inputs of a layer."""
    fact = answered(facts, KEY)
    if fact is None:
        return ""
    weights = f"weights of standard deviation {math.sqrt(fact['sigma_w2']):.4g}/sqrt(n)"
    biases = f", biases of {math.sqrt(fact['sigma_b2']):.4g}" if fact["sigma_b2"] else ""
    if fact["scheme"] == "critical":
        return f"gradients keep their size from {weights}{biases}"
    return f"no initialisation was found that keeps the size of gradients; lengths keep theirs from {weights}"

"""Laws of the verdicts over functions drawn at random: what cannot matter moves none; `python FILE 500` walks 500."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from random import Random

import pytest
from drawn import designed

from propcheck import criteria
from propcheck.activation import Activation
from propcheck.analysis import facts
from propcheck.calculus import Undecided
from propcheck.inquiries.questions import QUESTIONS
from propcheck.meanfield import maps
from propcheck.meanfield.propagation import DEPTH, NAMES, Outputs, Signals, propagation, start
from propcheck.target import activation
from propcheck.verdict import Facts, InputError

SIGNALS = ("gradient", "spread", *NAMES, "elasticity", "contrast", "noise")
EPSILON = 1e-7  # of the deviation of the outputs, and of the usual slope, in each layer
MOST = 400.0  # times it, that a measure moves by; an error of scale grows by the elasticity in each layer
FAR = 60  # deviations beyond which g is another function
NEEDED = ("domain", "smoothness", "affine", "dead_region", "zero_region", "gaussian", "edge_of_chaos", "propagation")
OF_SIGNALS = ("gradient_flow", "dead_units", "zero_mean", "sparsity", "convergence", "noise_robustness")


def least(signals: Signals) -> float:
    """The least of the deviations of the outputs, and of the usual slopes times those of the pre-activations, in the
    layers that are looked at: where lengths run away they differ by many powers of ten."""
    found = []
    for q in signals.lengths(DEPTH):
        layer = Outputs.at(signals.maps, q, 4)
        found += [math.sqrt(layer.variance), math.sqrt(q * float(layer.weights @ layer.slope**2))]
    return min(found)


def moved(text: str) -> Iterator[str]:
    """What a small change of g and g' moves by more than it may, with the start kept."""
    one = activation(text)
    own, root = start(one), math.sqrt(float(propagation(one)["q"]))
    two = activation(f"{text} + {EPSILON * least(Signals(maps(one), own))!r}*sin(x/{root!r} + 1)")
    before, after = (Signals(maps(item), own).measures(1) for item in (one, two))
    for key in SIGNALS:
        if math.isfinite(before[key]) and math.isfinite(after[key]):
            layers = 50 if key in ("gradient", "spread") else 3
            most = MOST * max(1.0, before["elasticity"]) ** layers * EPSILON * max(1.0, abs(before[key])) + 1e-9
            if not abs(after[key] - before[key]) <= most:
                yield f"{key} moves from {before[key]:.9g} to {after[key]:.9g}"


def changed_far_out(text: str) -> Iterator[str]:
    """Which measures another function far out moves, with the start kept."""
    one = activation(text)
    own = start(one)
    there = FAR * math.sqrt(max(Signals(maps(one), own).lengths(50)))
    two = activation(f"({text}) if abs(x) < {there!r} else x/3 + 7")
    before, after = (Signals(maps(item), own).measures(1) for item in (one, two))
    for key in SIGNALS:
        if math.isfinite(before[key]) and not math.isclose(before[key], after[key], rel_tol=1e-6, abs_tol=1e-7):
            yield f"{key} is {after[key]:.9g}, not {before[key]:.9g}"


def verdicts(item: Activation) -> dict[str, tuple[str, bool]]:
    """The word for each criterion that signals decide, and whether it is near a threshold."""
    known: Facts = facts(item, [question for question in QUESTIONS if question[0] in NEEDED])
    found = criteria.judge(known)
    return {v.key: (v.verdict, any(why.startswith("near") for why in v.reasons)) for v in found if v.key in OF_SIGNALS}


def in_another_unit(text: str, unit: str = "3") -> Iterator[str]:
    """Which verdicts of g(3x) are not those of g, where the start rescales the weights and none is near."""
    one, two = activation(text), activation(re.sub(r"\bx\b", f"({unit}*x)", text))
    if not (start(one).critical and start(two).critical):
        return
    first, second = verdicts(one), verdicts(two)
    for key, (word, near) in first.items():
        other, close = second[key]
        if word != other and not (near or close):
            yield f"{key} is {word}, and {other} where x is {unit} x"


LAWS = {"epsilon": moved, "far": changed_far_out, "unit": in_another_unit}


def broken(seed: int) -> tuple[str, list[str] | None]:
    """The laws that a drawn function breaks; None where it has no signals to speak of."""
    text = designed(Random(seed))
    try:
        return text, [f"{name}: {said}" for name, law in LAWS.items() for said in law(text)]
    except (InputError, Undecided, ArithmeticError):
        return text, None


@pytest.mark.parametrize("seed", range(12))
def test_what_cannot_matter_moves_no_measure(seed: int) -> None:
    text, found = broken(seed)
    assert not found, text


if __name__ == "__main__":
    count = 0
    for seed in range(int(sys.argv[1])):
        text, found = broken(seed)
        count += found is not None
        for said in found or ():
            print(f"{seed} {text}: {said}", flush=True)
    print(f"{count} functions had signals")

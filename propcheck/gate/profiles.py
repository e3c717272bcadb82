"""What a function has to be for what it is to do: one row a profile.

A row is a short list of requirements, each with the reason for which it is asked. They are facts, not verdicts: a
requirement says what would spoil the function for its place, whatever else may be good or bad about it. What stands in
no row is a trade-off. `--require` replaces a requirement by key, or adds one; `any` drops it.

The shares are those of standard inputs, z ~ N(0, 1), as a normalised layer has them.
"""

from __future__ import annotations

from dataclasses import dataclass

from propcheck.verdict import InputError
from propcheck.wording import nearest


@dataclass(frozen=True)
class Need:
    """One requirement of a profile, as `--require` takes it, and why it is asked: a clause that goes after `since`."""

    key: str
    wanted: str
    why: str


@dataclass(frozen=True)
class Profile:
    """What is asked of a function in one place of a network."""

    name: str
    place: str
    needs: tuple[Need, ...]


# In single precision, whose rounding is 2**-23, the square of the bend is lost beside that of the line.
_BENT = "2**-46"
_NONLINEAR = Need(
    "nonlinearity_at_least",
    _BENT,
    "layers of lines are one line, however many; a bend below the rounding of single precision is none",
)

HIDDEN = Profile(
    "hidden",
    "a unit inside a network",
    (
        _NONLINEAR,
        Need(
            "lipschitz_continuous",
            "yes",
            "the slopes of a network are at most the product of those of its layers (Szegedy et al. 2014, "
            "section 4.3): where they are unbounded training runs away, and a jump has no slope to learn by",
        ),
        Need(
            "criticality.exists",
            "yes",
            "where no start keeps the size of gradients from layer to layer, they vanish or explode in a deep stack "
            "(Schoenholz et al. 2017; Roberts, Yaida and Hanin 2022, section 5.3.2)",
        ),
        # sigmoid 0.85, softplus 0.71; cos 0.65, abs 0.64, ReLU 1/pi
        Need(
            "constant_share_at_most",
            "2/3",
            "what is the same for every input hides what differs: it is how alike one layer makes two unrelated inputs "
            "(Poole et al. 2016), and slows learning (LeCun et al. 1998, section 4.3; Glorot and Bengio 2010)",
        ),
    ),
)
GATE = Profile(
    "gate",
    "what a signal is multiplied by, as in an LSTM or a gated linear unit",
    (
        Need("range.inf", "0", "a gate closes, and lets nothing through (Hochreiter and Schmidhuber 1997)"),
        Need(
            "range.sup",
            "1",
            "a gate opens, and what it keeps at every step neither grows nor fades (Gers et al. 2000)",
        ),
        Need("monotonicity", "non-decreasing", "more evidence for opening never closes it"),
        Need(
            "lipschitz_continuous", "yes", "it learns by gradients when to open, and a step or a cliff has none to use"
        ),
    ),
)
OUTPUT = Profile(
    "output",
    "the last unit, an inverse link from the line to what is predicted",
    (
        Need(
            "differentiable",
            "yes",
            "a link is monotone and differentiable (McCullagh and Nelder 1989, chapter 2): "
            "a kink favours one prediction for no reason in the data",
        ),
        Need(
            "slope_above",
            "0",
            "each prediction is made in one way only, and one that is wrong can be corrected from everywhere",
        ),
    ),
)
LOW_PRECISION = Profile(
    "low_precision",
    "a unit in integers or in few bits",
    (
        Need(
            "lipschitz_continuous", "yes", "where values jump or slopes are unbounded, one rounding decides the output"
        ),
        Need("slope_at_most", "2", "a slope of 2 costs one bit of what was rounded before it, a steeper one more"),
        Need(
            "cost.value.transcendental",
            "0",
            "adding, multiplying and comparing are exact in integers; exp, tanh and erf need tables or a stand-in "
            "(Jacob et al. 2018; Howard et al. 2019 on hard-swish)",
        ),
        Need("cost.value.div", "0", "integer units have no quick division or root"),
    ),
)
HOMOMORPHIC = Profile(
    "homomorphic",
    "a unit on encrypted numbers, which can be added and multiplied, and not compared",
    (
        _NONLINEAR,
        Need(
            "degree_at_most",
            "4",
            "what can be computed is polynomials (Gilad-Bachrach et al. 2016), and each multiplication after another "
            "uses up a level: degree 4 takes two",
        ),
    ),
)

PROFILES = (HIDDEN, GATE, OUTPUT, LOW_PRECISION, HOMOMORPHIC)
BY_NAME = {profile.name: profile for profile in PROFILES}
USUAL = HIDDEN.name


def named(name: str, origin: str) -> Profile:
    """The profile of this name; `origin` is said where there is none."""
    if name in BY_NAME:
        return BY_NAME[name]
    raise InputError(f"{origin}: there is no profile {name!r}{nearest(name, BY_NAME)}; there are {', '.join(BY_NAME)}")

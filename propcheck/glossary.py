"""The words of the field and of this project, one row a word: `propcheck explain` and the glossary of the docs.

g is the function, g' its slope, z a normal variable of mean 0 and variance 1. The eight criteria are no rows here: what
is known of them stands on their own pages, and the facts say themselves what they answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word, what it means, other forms of it, and the words beside it that one may want to look up."""

    name: str
    meaning: str
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


ROWS = (
    Word(
        "standing",
        "How surely something is known: proved, enclosed, computed, measured or open. A conclusion has the"
        " weakest standing among its premises.",
        see=(
            "proved",
            "enclosed",
            "computed",
            "measured",
            "open",
        ),
    ),
    Word(
        "proved",
        "Known by an exact symbolic argument that covers the whole line.",
        see=("standing",),
    ),
    Word(
        "enclosed",
        "Known by rigorous ball arithmetic: the true value lies between two given numbers, which are rounded outward.",
        also=(
            "enclosure",
            "ball",
        ),
        see=("standing",),
    ),
    Word(
        "computed",
        "Known by deterministic numerics with an error estimate, which is no proof: the same input gives the same"
        " number.",
        see=("standing",),
    ),
    Word(
        "measured",
        "Known by an experiment: networks were drawn, perhaps trained; seeds, count and spread are recorded.",
        see=("standing",),
    ),
    Word(
        "open",
        "Not decided. It never means no: what was tried is told as the reason, and another method may decide.",
        also=("undecided",),
        see=("standing",),
    ),
    Word(
        "verdict",
        "The answer to a criterion: holds, partly, fails or open. It carries its reasons, its measure and its"
        " standing.",
        also=(
            "verdicts",
            "holds",
            "partly",
            "fails",
        ),
        see=(
            "standing",
            "measure",
        ),
    ),
    Word(
        "measure",
        "The one number by which a criterion is judged. It is computed from the formula and measured in networks,"
        " in one unit, and held against the same thresholds.",
        see=(
            "verdict",
            "threshold",
        ),
    ),
    Word(
        "threshold",
        "A number at which a verdict turns. Each has a reason or a reference, and --threshold puts another in its"
        " place.",
        also=("thresholds",),
        see=("measure",),
    ),
    Word(
        "fact",
        "What is true of the function as a function: its range, its kinks, its limits. A criterion is judged by facts.",
        also=("facts",),
        see=(
            "claim",
            "criterion",
        ),
    ),
    Word(
        "claim",
        "What somebody says of a function, in its spec. It is checked: agrees, contradicts, or open.",
        also=(
            "claims",
            "agrees",
            "contradicts",
        ),
        see=("fact",),
    ),
    Word(
        "criterion",
        "One of the eight demands on a good activation function of the paper by Zhang, Zhang and Yu (2021), or"
        " one that a user adds.",
        also=("criteria",),
        see=("verdict",),
    ),
    Word(
        "piece",
        "A formula with the interval on which it stands. A function is a list of pieces, each analytic inside its"
        " interval.",
        also=(
            "pieces",
            "breakpoint",
        ),
        see=("kink",),
    ),
    Word(
        "kink",
        "A point where a derivative jumps. Its order is the lowest derivative that does: ReLU has a kink of order"
        " 1 at 0, a step one of order 0.",
        also=(
            "kinks",
            "jump",
        ),
        see=("smoothness",),
    ),
    Word(
        "slope",
        "The derivative g'(x). At a kink there are two, one from each side; a framework picks one of them, or a"
        " number between, and that is its convention.",
        also=(
            "derivative",
            "convention",
        ),
        see=("kink",),
    ),
    Word(
        "saturation",
        "What g does far out: hard where it is constant from some point on, soft where it tends to a finite limit"
        " and is never constant, none elsewhere.",
        see=("dead unit",),
    ),
    Word(
        "dead unit",
        "A unit whose slope is 0 at every sample, so that it never changes again.",
        also=(
            "dead neuron",
            "dead",
        ),
        see=(
            "saturation",
            "dead_units",
        ),
    ),
    Word(
        "nonlinearity",
        "1 - Cov(z, g(z))^2 / Var g(z): the share of the output's variance that no line explains.",
        see=("differentiability",),
    ),
    Word(
        "length",
        "q, the mean square of the pre-activations of a layer. In a wide network it goes from layer to layer by"
        " q' = sigma_w^2 E[g(sqrt(q) z)^2] + sigma_b^2 (Poole et al. 2016).",
        also=(
            "lengths",
            "q",
            "length map",
        ),
        see=(
            "mean field",
            "stable length",
        ),
    ),
    Word(
        "stable length",
        "A length that the layers keep, and to which others come nearer.",
        also=("fixed point of the length map",),
        see=("length",),
    ),
    Word(
        "mean field",
        "The limit of infinite width, in which pre-activations are normal variables and a network is told by a"
        " few maps of numbers.",
        also=(
            "infinite width",
            "signal propagation",
        ),
        see=(
            "length",
            "correlation map",
        ),
    ),
    Word(
        "correlation map",
        "C(c): the correlation of the pre-activations of two inputs after a layer, given that c before it.",
        also=(
            "correlation",
            "C(c)",
        ),
        see=(
            "chi_1",
            "contrast",
        ),
    ),
    Word(
        "chi_1",
        "sigma_w^2 E[g'(sqrt(q) z)^2]: by what factor a layer multiplies the mean square of a gradient, and the"
        " slope of the correlation map at 1 (Schoenholz et al. 2017). 1 is neither vanishing nor exploding.",
        also=(
            "chi",
            "chi1",
        ),
        see=(
            "edge of chaos",
            "chi_parallel",
        ),
    ),
    Word(
        "chi_parallel",
        "The slope of the length map at its fixed point, as Roberts, Yaida and Hanin (2022) write it. Where it is"
        " 1 too, lengths neither come nearer nor leave.",
        also=("chi parallel",),
        see=(
            "marginal",
            "length",
        ),
    ),
    Word(
        "edge of chaos",
        "The pairs of weight and bias variance at which chi_1 = 1: between order, where all inputs become alike"
        " and gradients vanish, and chaos, where near inputs part and gradients explode (Poole et al. 2016;"
        " Schoenholz et al. 2017).",
        also=(
            "edge_of_chaos",
            "criticality",
            "critical",
        ),
        see=(
            "chi_1",
            "marginal",
        ),
    ),
    Word(
        "marginal",
        "A length at which chi_1 and chi_parallel are both 1, so that neither gradients nor lengths run away at"
        " first order.",
        also=("marginal length",),
        see=(
            "chi_1",
            "chi_parallel",
        ),
    ),
    Word(
        "gain",
        "The standard deviation of the weights times sqrt(fan-in): weights of deviation gain/sqrt(fan-in). It is"
        " critical, keeps lengths or keeps gradients; `propcheck gain` says which.",
        also=("gains",),
        see=(
            "critical",
            "fan-in",
        ),
    ),
    Word(
        "fan-in",
        "How many inputs a unit sums. Weights of variance sigma_w^2/fan-in keep the sum's size whatever their number.",
        also=(
            "fan_in",
            "width",
        ),
        see=("gain",),
    ),
    Word(
        "elasticity",
        "d log E[g(sqrt(q) z)^2] / d log q: by how many per cent the mean square of the outputs grows for one per"
        " cent of length. Beyond 1.4 criteria 2, 7 and 8 take lengths to run away; by itself it was not found to"
        " foretell training.",
        see=(
            "length",
            "convergence",
        ),
    ),
    Word(
        "contrast",
        "1 - the correlation of the outputs of two unrelated inputs after three layers: how far apart a network"
        " keeps what is different.",
        see=(
            "convergence",
            "correlation map",
        ),
    ),
    Word(
        "spread of slopes",
        "3 E[g'^4]/E[g'^2]^2 - 1: what a layer of width n adds, over n, to the variance of the logarithm of the"
        " squared gradient (Hanin and Rolnick 2018; Hanin and Nica 2020).",
        also=("spread",),
        see=("gradient_flow",),
    ),
    Word(
        "profile",
        "A place of a unit in a network, and what that asks of it: hidden, gate, output, low_precision, homomorphic.",
        also=(
            "gate",
            "profiles",
        ),
        see=("claim",),
    ),
    Word(
        "certificate",
        "What was found of a function, with evidence that one page of standard-library Python checks and that"
        " knows nothing of propcheck.",
        also=(
            "certificates",
            "checker",
        ),
        see=(
            "proved",
            "enclosed",
        ),
    ),
    Word(
        "ulp",
        "A unit in the last place: the distance of neighbouring numbers of a format around a value.",
        also=(
            "unit in the last place",
            "ulps",
        ),
        see=("compiled form",),
    ),
    Word(
        "compiled form",
        "The function as a program on arrays, found by rewriting so that it is accurate everywhere; its bound is"
        " the largest error in ulp that it promises.",
        also=("bound",),
        see=("ulp",),
    ),
    Word(
        "target",
        "Whatever a command takes for a function: a name of the catalogue, an expression in x, a spec file, a"
        " folder of them.",
        also=(
            "targets",
            "spec",
        ),
    ),
    Word(
        "smoothness",
        "C^k: the first k derivatives exist and are continuous. C^inf: all of them. C^0 is continuous with kinks.",
        also=(
            "C^inf",
            "C^0",
            "C^1",
        ),
        see=("kink",),
    ),
)

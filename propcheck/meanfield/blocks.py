"""The blocks that people build, and what each does to lengths and gradients: plain, residual, normed, convolutional.

A residual block has two matrices without biases, W1 and W2, whose weights have variance s1^2 and s2^2 over their
fan-in. With x ~ N(0, 1) write A = E[g(s1 x)^2], B = E[g'(s1 x)^2], a = s2^2 A and c = s1^2 s2^2 B. Given h, the outputs
of a wide W1 are normal and those of W2 have mean square s2^2 times that of g; W2 and its transpose meet independent
weights, so squares add on both ways, and cross terms have mean 0:

    residual    h' = h + W2 g(W1 h)          q' = q + a at x of variance s1^2 q     gradient^2 times 1 + c
    pre_norm    h' = h + W2 g(W1 norm(h))    q_l = q_0 + a l                        gradient^2 times 1 + c/q_l
    post_norm   h' = norm(h + W2 g(W1 h))    q = 1                                  gradient^2 times (1 + c)/(1 + a)

where norm(h) = h/rms(h), whose Jacobian is 1/rms(h) but along h; LayerNorm does the same to wide layers, whose mean is
0. So before a norm the gradient's square grows over L blocks like the product of 1 + c/(1 + a l), which is
Gamma(L + (1 + c)/a) Gamma(1/a) / (Gamma(L + 1/a) Gamma((1 + c)/a)), a power of L with the exponent

    zeta = c/a = s1^2 E[g'(s1 x)^2] / E[g(s1 x)^2],

1 where g(c x) = c g(x) for c > 0, whatever s2 is; after it, exponentially unless zeta = 1; and without a norm lengths
grow too, exponentially where g does not stay below all lines. (Yang and Schoenholz 2017, arXiv 1712.08969, for residual
blocks; Xiong et al. 2020, arXiv 2002.04745, for both places of the norm: their q_l of ReLU with s1 = s2 = 1 is
1 + l/2.) A convolution's uniform mode follows the maps of the perceptron, with all inputs of a kernel as its fan-in;
delta-orthogonal kernels, an orthogonal matrix in the centre and 0 around it, keep the other modes too (Xiao et al.
2018, arXiv 1806.05393).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from flint import ctx

from propcheck.activation import Activation
from propcheck.analysis.criticality import is_homogeneous
from propcheck.analysis.ends import limits
from propcheck.analysis.gaussian import BITS, Moments, enclosed
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.number import exact_number, to_number
from propcheck.processes.precision import alone
from propcheck.spec import constant
from propcheck.verdict import InputError, Number, Recorded, Standing
from propcheck.wording import nearest

_SHORT = 30  # operations of an exact form that is made into one fraction


@dataclass(frozen=True)
class Block(Recorded):
    """A kind of block: its equation, what it does to the mean square q, by what it multiplies the gradient's square."""

    name: str
    equation: str
    length: str
    gradient: str
    source: str


_PLAIN = "Poole et al. 2016, arXiv 1606.05340; Schoenholz et al. 2017, arXiv 1611.01232"
_RESIDUAL = "Yang and Schoenholz 2017, arXiv 1712.08969"
_NORMED = "Xiong et al. 2020, arXiv 2002.04745"
_A = "E[g(s1 x)^2]"
_B = "E[g'(s1 x)^2]"
BLOCKS = {
    row.name: row
    for row in (
        Block("plain", "z' = W g(z) + b", "q' = w E[g(sqrt(q) x)^2] + b", "w E[g'(sqrt(q) x)^2]", _PLAIN),
        Block(
            "residual",
            "h' = h + W2 g(W1 h)",
            "q' = q + s2^2 E[g(s1 sqrt(q) x)^2]",
            "1 + s1^2 s2^2 E[g'(s1 sqrt(q) x)^2]",
            _RESIDUAL,
        ),
        Block(
            "pre_norm", "h' = h + W2 g(W1 norm(h))", f"q' = q + s2^2 {_A}", f"1 + s1^2 s2^2 {_B}/q", _NORMED
        ),
        Block(
            "post_norm", "h' = norm(h + W2 g(W1 h))", "q' = 1", f"(1 + s1^2 s2^2 {_B})/(1 + s2^2 {_A})", _NORMED
        ),
        Block(
            "conv",
            "z' = W * g(z) + b",
            "q' = w E[g(sqrt(q) x)^2] + b",
            "w E[g'(sqrt(q) x)^2]",
            "Xiao et al. 2018, arXiv 1806.05393",
        ),
    )
}  # fmt: skip
LAYERS = ("plain", "conv")  # the blocks that are one layer, with the maps of the perceptron


@dataclass(frozen=True)
class BlockMaps(Recorded):
    """What a block does to one activation's lengths and gradients, with s1^2 = s2^2 = `weight_variance`, from q = 1.

    `second_moment` and `slope_square` are A and B, `added` is a and `carried` is c. `exponent` is zeta, the power of
    the depth with which the gradient's square grows (pre_norm); `factor` is what it is multiplied by in a block
    (residual, at q = 1; post_norm), and `eventual` what both squares are multiplied by in late blocks (residual). None
    where a block has no such number; of plain layers and convolutions nothing is told here but the equations.
    """

    block: Block
    weight_variance: float | None = None
    numbers: dict[str, Number] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        names = ("second_moment", "slope_square", "added", "carried", "exponent", "factor", "eventual")
        own = {name: self.numbers[name].to_json() if name in self.numbers else None for name in names}
        return self.block.to_json() | {"weight_variance": self.weight_variance} | own


def named(name: str) -> Block:
    """The block of this name."""
    if name not in BLOCKS:
        raise InputError(f"there is no block {name!r}{nearest(name, list(BLOCKS))}; there are {', '.join(BLOCKS)}")
    return BLOCKS[name]


@alone
def block_maps(activation: Activation, name: str, weight_variance: float = 1.0) -> BlockMaps:
    """The maps of a block, its weights of this variance over their fan-in; exact where the moments are."""
    block = named(name)
    if name in LAYERS:
        return BlockMaps(block)
    w = sp.Rational(str(weight_variance))
    try:
        found = enclosed(activation, w)
    except Undecided as reason:
        raise InputError(f"the block of {activation.name} could not be computed: {reason}") from reason
    same = is_homogeneous(activation)  # E[g'^2] = E[g^2]/q then

    def made(of: Callable[[Any, Any, Any], Any]) -> Number:
        return _number(found, w, of)

    numbers = {
        "second_moment": found.second_moment,
        "slope_square": found.derivative_second_moment,
        "added": made(lambda a, b, w: w * a),
        "carried": made(lambda a, b, w: w**2 * b),
    }
    if name == "pre_norm":
        ratio = made(lambda a, b, w: w * b / a)
        numbers["exponent"] = exact_number(sp.S.One) if same and ratio.known else ratio
    elif name == "post_norm":
        ratio = made(lambda a, b, w: (1 + w**2 * b) / (1 + w * a))
        numbers["factor"] = exact_number(sp.S.One) if same and ratio.known else ratio
    else:
        numbers["factor"] = made(lambda a, b, w: 1 + w**2 * b)
        numbers["eventual"] = _eventual(activation, w) if numbers["factor"].known else numbers["factor"]
    return BlockMaps(block, float(weight_variance), numbers)


def _number(found: Moments, w: sp.Rational, of: Callable[[Any, Any, Any], Any]) -> Number:
    """A quotient made of A, B and w: exact where both moments are."""
    moments = (found.second_moment, found.derivative_second_moment)
    for moment, what in zip(moments, ("E[g^2]", "E[g'^2]"), strict=True):
        if not moment.known:
            return moment
        if moment.value is not None and math.isinf(moment.value):
            return Number.missing(f"{what} is infinite", Standing.PROVED)
    if moments[0].upper == 0:
        return Number.missing("g is 0 almost everywhere", Standing.PROVED)
    exact = [found.exact.get(name) for name in ("second_moment", "derivative_second_moment")]
    if None not in exact:
        value = of(exact[0], exact[1], w)
        try:
            return exact_number(sp.simplify(value) if value.count_ops() < _SHORT else value)
        except Undecided:
            pass
    with ctx.workprec(BITS):
        balls = [found.balls[name] for name in ("second_moment", "derivative_second_moment")]
        return to_number(of(balls[0], balls[1], rational_ball(w)))


def _eventual(activation: Activation, w: sp.Rational) -> Number:
    """1 + s1^2 s2^2 (l^2 + r^2)/2 with the slopes l and r that g tends to, which E[g'^2] and E[g^2]/q become."""
    try:
        slopes = [limits(activation)[side]["slope"] for side in ("left", "right")]
    except Undecided as reason:
        return Number.missing(str(reason))
    if any(slope is None for slope in slopes):
        return Number.missing("the slope has no limit at an end")
    if any(slope.value is None for slope in slopes):
        return next(slope for slope in slopes if slope.value is None)
    if any(math.isinf(slope.value) for slope in slopes):
        return Number(math.inf, math.inf, math.inf, "oo", Standing.PROVED)
    if any(slope.exact is None for slope in slopes):
        return Number.missing("the slopes at the ends have no exact form")
    left, right = (constant(slope.exact) for slope in slopes)
    return exact_number(1 + w**2 * (left**2 + right**2) / 2)

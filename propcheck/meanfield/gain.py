"""The gain of one activation in one kind of block: a number, which of the meanings it has, and the line that sets it.

    length      the mean square 1 is kept: 1/sqrt(E[g^2]); in a residual block with a norm, the branch gives out the
                mean square that it takes in
    gradient    the mean square of gradients is kept where that of z is 1: 1/sqrt(E[g'^2])
    critical    both are kept, with the biases that this needs: the critical initialisation that is recommended

Weights have variance gain^2/fan_in. Where a block has no start of a meaning there is no number, and a reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.gaussian import BITS, Moments, enclosed
from propcheck.calculus import Undecided
from propcheck.calculus.ball import above, below
from propcheck.calculus.number import exact_number, to_number
from propcheck.meanfield.blocks import LAYERS, block_maps, named
from propcheck.meanfield.critical import edge
from propcheck.meanfield.gains import gains
from propcheck.meanfield.recommend import FRAMEWORKS, SETTLED, absent, best, delta_orthogonal, layer, pair
from propcheck.processes.precision import alone
from propcheck.spec import constant
from propcheck.verdict import InputError, Number, Shown, Standing
from propcheck.wording import nearest

SCHEMA = "propcheck.gain/1"
MEANINGS = ("critical", "length", "gradient")  # the first that exists is taken; gradient only where it is asked for
ONE, ZERO = Number(1.0, 1.0, 1.0, "1", Standing.PROVED), Number(0.0, 0.0, 0.0, "0", Standing.PROVED)


@dataclass(frozen=True)
class Gain(Shown):
    """The gain of an activation in a block; `gain` has no value, and `meaning` is None, where there is none.

    `weight_variance` is gain^2, times the fan-in; in a residual block that of W2, beside `first_weight_variance` of W1.
    `exponent` is that of the gradient's growth with depth, in a block with a norm before its branch. `lines` has the
    line of each framework, `delta_orthogonal` the same for such kernels of a convolution.
    """

    name: str
    title: str
    note: str
    block: str
    gain: Number
    meaning: str | None
    sentence: str
    weight_variance: Number
    bias_variance: Number
    first_weight_variance: Number | None = None
    exponent: Number | None = None
    lines: Mapping[str, str] = field(default_factory=dict)
    delta_orthogonal: Mapping[str, str] = field(default_factory=dict)

    shown_as = "gain"

    def __repr__(self) -> str:
        return f"<Gain of {self.name} in {self.block} blocks: {self.gain}, {self.meaning}>"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck gain --json` prints."""
        first, exponent = self.first_weight_variance, self.exponent
        return {
            "schema": SCHEMA,
            "activation": {"name": self.name, "title": self.title, "note": self.note or None},
            "block": self.block,
            "gain": self.gain.to_json(),
            "meaning": self.meaning,
            "sentence": self.sentence,
            "weight_variance": self.weight_variance.to_json(),
            "bias_variance": self.bias_variance.to_json(),
            "first_weight_variance": None if first is None else first.to_json(),
            "exponent": None if exponent is None else exponent.to_json(),
            "lines": dict(self.lines),
            "delta_orthogonal": dict(self.delta_orthogonal),
            "standing": self.gain.standing.value,
        }


@alone
def gain(target: Any, *, block: str = "plain", meaning: str | None = None, **params: Any) -> Gain:
    """The gain of a target in a `block`: plain, residual, pre_norm, post_norm or conv.

    Of the meanings `critical` is taken where there is one, else `length`; or the one that is asked for.
    """
    from propcheck.target import activation

    named(block)
    if meaning is not None and meaning not in MEANINGS:
        raise InputError(f"a gain has no meaning {meaning!r}{nearest(meaning, MEANINGS)}; it has {', '.join(MEANINGS)}")
    made: Activation = activation(target, params)
    note = "of the mean function" if made.noise is not None else ""
    asked = (meaning,) if meaning else ("critical", "length")
    whole = _of_layers(made, block, asked) if block in LAYERS else _of_residual(made, block, asked)
    return Gain(made.name, made.title, note, block, **whole)


Fields = dict[str, Any]


def open_gain(name: str, title: str, block: str, why: str) -> Gain:
    """What is told of a function of which nothing is known, and why."""
    return Gain(name, title, "", block, **_none(why, Standing.OPEN))


def _none(why: str, standing: Standing, **more: Any) -> Fields:
    """What is told where there is no number."""
    missing = Number.missing(why, standing)
    return {
        "gain": missing, "meaning": None, "sentence": f"no gain ({standing}): {why}", "weight_variance": missing,
        "bias_variance": missing, **more,
    }  # fmt: skip


# --- layers ----------------------------------------------------------------------------------------------------------


def _of_layers(activation: Activation, block: str, asked: tuple[str, ...]) -> Fields:
    """The gain of a plain layer or a convolution."""
    border, trouble = None, ""
    if "critical" in asked:
        try:
            border = edge(activation)
        except (InputError, Undecided) as reason:
            trouble = str(reason)
    point = None if border is None else best(border)
    if point is not None and point.sigma_w2.value and point.sigma_b2.value is not None:
        said = f"critical: {SETTLED[point.kind]}, and gradients keep their mean square from layer to layer"
        said = "critical: lengths fall fast to 0, and gradients with them" if point.length.fast else said
        said += "" if point.sigma_b2.value == 0 else "; the biases are part of it"
        return _layer(block, "critical", _root(point.sigma_w2), point.sigma_w2, point.sigma_b2, said)
    why, standing = (trouble, Standing.OPEN) if border is None else absent(border)
    if "length" in asked or "gradient" in asked:
        own = gains(activation)
        meaning = asked[-1]
        found = own.second_moment if meaning == "length" else own.gradient
        moment = "E[g^2]" if meaning == "length" else "E[g'^2]"
        if found.known and found.value:
            said = f"{meaning}: {_kept(enclosed(activation, sp.S.One), meaning)}"
            said += f"; it is not critical: {why}" if "critical" in asked else ""
            return _layer(block, meaning, found, _squared(found), ZERO, said)
        return _none(f"{moment}: {found.note}" if found.note else f"{moment} is not known", found.standing)
    return _none(why, standing)


def _kept(found: Moments, meaning: str) -> str:
    """What is kept where inputs are N(0, 1), and by how much a layer changes what is not."""
    second, slope, pull = (n.value for n in (found.second_moment, found.derivative_second_moment, found.pull))
    if meaning == "gradient":
        said = "the mean square of gradients is kept from layer to layer where that of the pre-activations is 1"
        return said + (f", which goes on to {second / slope:.6g}" if second is not None and slope else "")
    said = "the mean square 1 of the pre-activations is kept from layer to layer"
    if second and pull is not None and pull > second:
        said += ", but one that differs from 1 moves away"
    if second and slope is not None:
        said += f"; that of gradients is multiplied by {slope / second:.6g} a layer"
    return said


def _layer(block: str, meaning: str, gain: Number, weights: Number, biases: Number, said: str) -> Fields:
    assert gain.value is not None and weights.value is not None and biases.value is not None
    conv = block == "conv"
    inputs = "layer.weight[0].numel()" if conv else "layer.in_features"
    return {
        "gain": gain,
        "meaning": meaning,
        "sentence": said,
        "weight_variance": weights,
        "bias_variance": biases,
        "lines": layer(weights.value, biases.value, inputs),
        "delta_orthogonal": delta_orthogonal(gain.value, biases.value) if conv else {},
    }


# --- residual blocks -------------------------------------------------------------------------------------------------


def _of_residual(activation: Activation, block: str, asked: tuple[str, ...]) -> Fields:
    """The gain of W2, with W1 of variance 1 over its fan-in."""
    numbers = block_maps(activation, block).numbers
    exponent = numbers.get("exponent")
    moment = numbers["added"]
    if not moment.known or not (moment.lower or 0) > 0:
        standing = Standing.OPEN if moment.known else moment.standing
        return _none(moment.note or "E[g^2] is not shown to be above 0", standing, exponent=exponent)
    if block == "post_norm":
        return _after(activation, asked, numbers)
    if block == "residual" or "length" not in asked:
        why = "each block adds s2^2 E[g^2] > 0 to the mean square, and multiplies that of gradients by 1 + s1^2 s2^2 "
        why += "E[g'^2]" if block == "residual" else "E[g'^2]/q"
        why += ": only s2 = 0 keeps both, and s2^2 has to fall like 1/depth for both to stay bounded"
        return _none(why, moment.standing, exponent=exponent)
    said = "length: a branch gives out the mean square that it takes in, so that after l blocks that of the stream is "
    said += "1 + l"
    if exponent is not None and exponent.known:
        said += f"; that of gradients grows with depth L like L^{exponent.value:.6g}, whatever this gain is"
    return _branch(activation, "length", said, exponent)


def _after(activation: Activation, asked: tuple[str, ...], numbers: Mapping[str, Number]) -> Fields:
    """The gain where the norm comes after the sum."""
    factor = numbers["factor"]
    same = "with this gain, skip and branch have the same mean square"
    if factor.exact == "1" and "critical" in asked:
        said = f"critical: the norm keeps lengths, and gradients keep their mean square, whatever this gain is; {same}"
        return _branch(activation, "critical", said, None)
    if "length" not in asked:
        why = "a block multiplies the mean square of gradients by (1 + s2^2 E[g'^2])/(1 + s2^2 E[g^2]), and that is 1 "
        why += "for no s2 > 0, with s1 = 1"
        if factor.known and not (factor.lower or 0) <= 1 <= (factor.upper or 0):
            return _none(why, factor.standing)
        return _none("whether E[g'^2] = E[g^2] is not decided", Standing.OPEN)
    said = f"length: the norm keeps lengths whatever the weights are; {same}"
    ratio = block_maps(activation, "pre_norm").numbers["exponent"].value
    if ratio is not None:
        said += f", and that of gradients is multiplied by {(1 + ratio) / 2:.6g} a block going back"
    return _branch(activation, "length", said, None)


def _branch(activation: Activation, meaning: str, said: str, exponent: Number | None) -> Fields:
    found = gains(activation).second_moment
    if found.value is None:
        return _none(found.note or "E[g^2] is not known", found.standing, exponent=exponent)
    weights = _squared(found)
    assert weights.value is not None
    return {
        "gain": found,
        "meaning": meaning,
        "sentence": said,
        "weight_variance": weights,
        "bias_variance": ZERO,
        "first_weight_variance": ONE,
        "exponent": exponent,
        "lines": pair(1.0, weights.value),
    }


# --- numbers ---------------------------------------------------------------------------------------------------------


def _root(number: Number) -> Number:
    """The square root of a variance, exact where it is."""
    if number.exact is not None:
        try:
            return exact_number(sp.sqrt(constant(number.exact)), number.standing)
        except (InputError, Undecided):
            pass
    return _through(number, lambda ball: ball.sqrt())


def _squared(number: Number) -> Number:
    """The square of a gain, exact where it is."""
    if number.exact is not None:
        try:
            return exact_number(sp.expand(constant(number.exact) ** 2), number.standing)
        except (InputError, Undecided):
            pass
    return _through(number, lambda ball: ball * ball)


def _through(number: Number, of: Any) -> Number:
    """An increasing function of a positive number, its bounds rounded outward."""
    assert number.lower is not None and number.upper is not None and number.value is not None
    with ctx.workprec(BITS):
        low, middle, high = (of(arb(max(0.0, end))) for end in (number.lower, number.value, number.upper))
        made = to_number(middle)
        upper = above(high) if math.isfinite(number.upper) else math.inf
        return Number(made.value, below(low), upper, None, number.standing)


__all__ = ["FRAMEWORKS", "MEANINGS", "SCHEMA", "Gain", "gain", "open_gain"]

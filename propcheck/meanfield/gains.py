"""Gains: by which factor the weights of a layer are enlarged so that something keeps its size, at inputs of N(0, 1).

With weights of variance gain^2/fan_in the mean square of the outputs is kept by 1/sqrt(E[g^2]), their variance by
1/sqrt(Var g), and the mean square of the gradient by 1/sqrt(E[g'^2]). Beside them stands what libraries use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation, from_spec
from propcheck.analysis.gaussian import BITS, enclosed
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import exact_number, to_number
from propcheck.processes.precision import alone
from propcheck.spec import find
from propcheck.verdict import Number, Recorded, Standing

KEPT = {
    "second_moment": "second_moment",
    "variance": "variance",
    "gradient": "derivative_second_moment",
}  # what a gain keeps, and the moment that it is made of
LONGEST = 60  # characters of an exact form

Slope = Callable[[Mapping[str, Any]], float]
_Constant = tuple[float | Slope, str, str]  # value, what it is meant to keep, source


def _leaky(values: Mapping[str, Any]) -> float:
    return math.sqrt(2 / (1 + float(values["a"]) ** 2))


_TORCH = "torch.nn.init.calculate_gain"
_NFNET = "NFNet gamma: Brock et al. 2021, arXiv 2101.08692; deepmind-research/nfnets/base.py"
_IN_USE: dict[str, tuple[_Constant, ...]] = {
    "linear": ((1.0, "second_moment", _TORCH),),
    "sigmoid": ((1.0, "second_moment", _TORCH), (4.803835391998291, "variance", _NFNET)),
    "tanh": ((5 / 3, "second_moment", _TORCH), (1.5939117670059204, "variance", _NFNET)),
    "relu": ((math.sqrt(2), "second_moment", _TORCH), (1.7139588594436646, "variance", _NFNET)),
    "leaky_relu": ((_leaky, "second_moment", _TORCH), (1.70590341091156, "variance", _NFNET)),
    "selu": ((0.75, "second_moment", _TORCH), (1.0008515119552612, "variance", _NFNET)),
    "celu": ((1.270926833152771, "variance", _NFNET),),
    "elu": ((1.2716004848480225, "variance", _NFNET),),
    "gelu_tanh": ((1.7015043497085571, "variance", _NFNET),),  # jax.nn.gelu is the approximation by tanh
    "log_sigmoid": ((1.9193484783172607, "variance", _NFNET),),
    "relu6": ((1.7131484746932983, "variance", _NFNET),),
    "silu": ((1.7881293296813965, "variance", _NFNET),),
    "softsign": ((2.338853120803833, "variance", _NFNET),),
    "softplus": ((1.9203323125839233, "variance", _NFNET),),
}


@dataclass(frozen=True)
class InUse(Recorded):
    """A gain that a library or a paper uses, and how much it differs from the one that keeps the same thing."""

    source: str
    value: float
    keeps: str
    difference: float | None


@dataclass(frozen=True)
class Gains:
    """The three gains of one activation, and those in use; a gain does not exist where nothing is left to keep."""

    second_moment: Number
    variance: Number
    gradient: Number
    in_use: tuple[InUse, ...]

    def to_json(self) -> dict[str, Any]:
        own = {name: getattr(self, name).to_json() for name in KEPT}
        return own | {"in_use": [row.to_json() for row in self.in_use]}


@alone
def gains(activation: Activation) -> Gains:
    """The gains of an activation; exact where the moment is."""
    found = enclosed(activation, sp.S.One)
    own = {
        name: _gain(getattr(found, moment), found.balls.get(moment), found.exact.get(moment))
        for name, moment in KEPT.items()
    }
    return Gains(**own, in_use=tuple(_in_use(activation, own)))


def _gain(moment: Number, ball: arb | None, exact: sp.Expr | None) -> Number:
    if moment.value == 0 and moment.lower == moment.upper:
        return Number.missing("there is nothing to keep: it is 0", Standing.PROVED)
    if ball is None or not ball.is_finite():
        if moment.value is not None and math.isinf(moment.value):
            return Number.missing("it is infinite", Standing.PROVED)
        return Number.missing(moment.note)
    if exact is not None:
        gain = sp.simplify(1 / sp.sqrt(exact)) if exact.count_ops() < 12 else 1 / sp.sqrt(exact)
        if len(str(gain)) <= LONGEST:
            with ctx.workprec(BITS):
                if (constant_ball(gain) ** 2 * ball - 1).contains(0):
                    with suppress(Undecided):
                        return exact_number(gain)
    with ctx.workprec(BITS):
        if not ball > 0:
            return Number.missing("not shown to be above 0")
        return to_number(1 / ball.sqrt())


def _in_use(activation: Activation, own: Mapping[str, Number]) -> list[InUse]:
    out = []
    for value, keeps, source in _IN_USE.get(activation.name, ()):
        if not _as_in_the_catalogue(activation, bound=not callable(value)):
            continue
        used = value(activation.values) if callable(value) else value
        kept = own[keeps].value
        out.append(InUse(source, used, keeps, None if kept is None else used - kept))
    return out


def _as_in_the_catalogue(activation: Activation, bound: bool) -> bool:
    """Is it the catalogue's formula, and `bound`, with the catalogue's values of its parameters?"""
    own = from_spec(find(activation.name))
    return own.bound == activation.bound if bound else own.expression == activation.expression

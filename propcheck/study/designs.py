"""Designs drawn at random from a space that is stated here, beside the catalogue: what a study trains.

A third are new negative halves on ReLU's template, which the survey calls where the field is going; the others are
gates x S(b x + c), sums of bounded and linear parts, waves, and bumps. A parameter is uniform on a stated interval, and
is written with two digits, so that the text says exactly what is trained.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

COUNT, SEED = 60, 2026
LATER, LATER_SEED = 48, 2027  # a second round's, drawn when the outcomes of the first had been looked at
PREFIX = "drawn_"  # of their names


class Family(NamedTuple):
    """A way to write a design: a template, and the interval of each of its parameters."""

    template: str
    intervals: dict[str, tuple[float, float]]


FAMILIES = (
    # negative halves
    Family("x if x >= 0 else {a}*x", {"a": (-0.5, 0.9)}),
    Family("x if x >= 0 else {a}*(exp({b}*x) - 1)", {"a": (0.2, 2), "b": (0.3, 2)}),
    Family("x if x >= 0 else {a}*tanh({b}*x)", {"a": (0.1, 1.5), "b": (0.3, 2)}),
    Family("x if x >= 0 else {a}*x*exp({b}*x)", {"a": (0.3, 2), "b": (0.5, 2)}),
    Family("x if x >= 0 else {a}*x/(1 - {b}*x)", {"a": (0.2, 1), "b": (0.3, 2)}),
    Family("x if x >= 0 else {a}*sin({b}*x)", {"a": (0.1, 1), "b": (0.5, 3)}),
    Family("x if x >= 0 else {a}*log(1 - {b}*x)", {"a": (-1, -0.1), "b": (0.3, 2)}),
    Family("max({a}*x, x - {b})", {"a": (-0.2, 0.5), "b": (0, 0.8)}),
    Family("min(max({a}*x, x), {b})", {"a": (0, 0.3), "b": (1, 4)}),
    # gates
    Family("x*sigmoid({b}*x + {c})", {"b": (0.5, 4), "c": (-1, 1)}),
    Family("x*tanh({b}*log(1 + exp(x)))", {"b": (0.4, 2)}),
    Family("x*(1 + erf({b}*x))/2", {"b": (0.4, 2)}),
    Family("x*atan({b}*x)", {"b": (0.5, 2)}),
    # sums
    Family("tanh({b}*x) + {a}*x", {"a": (-0.2, 0.5), "b": (0.5, 2)}),
    Family("{a}*x + {b}*x/(1 + abs(x))", {"a": (0, 0.8), "b": (0.3, 1.5)}),
    Family("asinh({b}*x) + {c}", {"b": (0.5, 3), "c": (-0.5, 0.5)}),
    Family("log(1 + exp({b}*x)) - {c}", {"b": (0.5, 3), "c": (0, 1)}),
    Family("sigmoid({b}*x) - {c}", {"b": (0.5, 4), "c": (0, 0.5)}),
    # waves
    Family("x + {a}*sin({b}*x)", {"a": (0.1, 1.2), "b": (0.5, 3)}),
    Family("x + {a}*sin({b}*x)**2", {"a": (0.1, 1), "b": (0.5, 3)}),
    Family("sin({b}*x) + {a}*x", {"a": (-0.3, 0.6), "b": (0.5, 2.5)}),
    # bumps and powers
    Family("x*exp(-{b}*x**2)", {"b": (0.05, 0.8)}),
    Family("exp(-{b}*x**2) + {a}*x", {"a": (-0.8, 0.8), "b": (0.2, 1.5)}),
    Family("max(0, x)**2 - {c}", {"c": (0, 0.5)}),
    Family("sign(x)*(sqrt(1 + {b}*abs(x)) - 1)", {"b": (0.5, 4)}),
)


def drawn(count: int = COUNT, seed: int = SEED, after: Mapping[str, str] | None = None) -> dict[str, str]:
    """So many designs by name, each with its text, no two alike: the families in turn, their parameters at random.

    They go on where those of `after` end, and are unlike them too.
    """
    rng = random.Random(seed)
    before = after or {}
    found: dict[str, str] = {}
    texts = set(before.values())
    for place in range(len(before), len(before) + count):
        family = FAMILIES[place % len(FAMILIES)]
        text = _written(family, rng.uniform)
        while text in texts:
            text = _written(family, rng.uniform)
        texts.add(text)
        found[f"{PREFIX}{place + 1:02d}"] = text
    return found


def later() -> dict[str, str]:
    """The designs of the second round, for measures that were found in the outcomes of the first."""
    return drawn(LATER, LATER_SEED, drawn())


def _written(family: Family, uniform: Callable[[float, float], float]) -> str:
    values = {name: f"{uniform(*ends):.2g}" for name, ends in family.intervals.items()}
    return family.template.format(
        **{name: f"({value})" if value[0] == "-" else value for name, value in values.items()}
    )

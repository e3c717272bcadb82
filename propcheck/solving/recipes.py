"""Ready sets of conditions, with the unknowns that go with them.

`self_normalizing` is SELU's: outputs of mean 0 and variance 1 for inputs of N(0, 1) (Klambauer et al. 2017, arXiv
1706.02515). `critical` keeps lengths and gradients: Q(1) = C'(1) = 1. `dks` are the conditions of deep kernel shaping
(Martens et al. 2021, arXiv 2110.01765): Q(1) = 1, Q'(1) = 1, C(0) = 0, C'(1) = slope, that of one layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from propcheck.solving.system import INNER_SCALE, INNER_SHIFT, OUTER_SCALE, OUTER_SHIFT
from propcheck.spec import spelled
from propcheck.verdict import InputError
from propcheck.wording import nearest


@dataclass(frozen=True)
class Recipe:
    """`texts` are its conditions, `usual` its unknowns beside, or in place of, the parameters of a function."""

    texts: tuple[str, ...]
    usual: Callable[[Sequence[str]], Sequence[str]]
    sloped: bool = False

    def conditions(self, slope: Any) -> tuple[str, ...]:
        if not self.sloped:
            if slope is not None:
                raise InputError("a slope is that of the recipe dks alone")
            return self.texts
        told = "3/2" if slope is None else spelled(slope)
        return (*self.texts, f"C'(1) = {told}")

    def unknowns(self, own: Sequence[str]) -> Sequence[str]:
        return self.usual(own)


def _with_scale(own: Sequence[str]) -> Sequence[str]:
    return own if len(own) >= 2 else [*own, OUTER_SCALE] if own else [INNER_SHIFT, OUTER_SCALE]


RECIPES = {
    "self_normalizing": Recipe(("mean = 0", "second_moment = 1"), _with_scale),
    "critical": Recipe(("Q(1) = 1", "C'(1) = 1"), _with_scale),
    "unit_gain": Recipe(("Q(1) = 1",), lambda own: [OUTER_SCALE]),
    "zero_mean": Recipe(("mean = 0",), lambda own: [OUTER_SHIFT]),
    "dks": Recipe(
        ("Q(1) = 1", "Q'(1) = 1", "C(0) = 0"),
        lambda own: [INNER_SCALE, INNER_SHIFT, OUTER_SCALE, OUTER_SHIFT],
        sloped=True,
    ),
}


def find(name: str) -> Recipe:
    """The recipe of this name."""
    if name not in RECIPES:
        raise InputError(f"there is no recipe {name!r}{nearest(name, RECIPES)}; there are {', '.join(RECIPES)}")
    return RECIPES[name]

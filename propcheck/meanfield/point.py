"""One critical point, and a stretch of the curve on which lengths are marginal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flint import arb

from propcheck.analysis.scale import Scale, carried
from propcheck.meanfield.law import Law
from propcheck.verdict import Number, Recorded, Standing, weakest

DIGITS = 7  # of numbers found by search: fewer than differ between machines


@dataclass(frozen=True)
class Critical(Recorded):
    """A critical initialisation.

    `kind`: `every length` (each q is a fixed point), `vanishing length` (q = 0), `marginal` (chi_parallel is 1, q > 0),
    or `edge` (else). `length` and `correlation` say how distances to q and to c = 1 die away.
    """

    kind: str
    q: Number
    sigma_w2: Number
    sigma_b2: Number
    chi_parallel: float
    stability: str
    length: Law
    correlation: Law | None

    @property
    def standing(self) -> Standing:
        return weakest(self.sigma_w2.standing, self.sigma_b2.standing)

    @property
    def usable(self) -> bool:
        """Do lengths stay near q?"""
        return self.stability == "stable" or self.length.kind in ("kept", "power", "half", "slower", "unknown")

    def carried(self, scale: Scale) -> Critical:
        """The point of h as that of outer h(inner x)."""
        return replace(
            self,
            q=carried(self.q, 1 / scale.squares) if self.kind != "every length" else self.q,
            sigma_w2=carried(self.sigma_w2, 1 / scale.weights),
            sigma_b2=carried(self.sigma_b2, 1 / scale.squares),
            length=self.length.multiplied(1 / float(scale.squares)),
        )

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"standing": self.standing.value}


@dataclass(frozen=True)
class Stretch(Recorded):
    """A part of the edge of chaos: samples of (q, w, b, chi_parallel), one array each, ascending in q."""

    q: tuple[float, ...]
    sigma_w2: tuple[float, ...]
    sigma_b2: tuple[float, ...]
    chi_parallel: tuple[float, ...]

    def carried(self, scale: Scale) -> Stretch:
        """The stretch of h as that of outer h(inner x)."""
        squares, weights = float(scale.squares), float(scale.weights)
        q, w, b = (
            tuple(value / by for value in column)
            for column, by in ((self.q, squares), (self.sigma_w2, weights), (self.sigma_b2, squares))
        )
        return Stretch(q, w, b, self.chi_parallel)


NEEDED = ("second_moment", "derivative_second_moment", "pull")


def sign_of(ball: arb) -> int:
    return 1 if ball > 0 else -1 if ball < 0 else 0


def short(number: Number) -> Number:
    """A number that a search found, in the digits that all machines agree on; the bounds go out as far."""
    if number.exact is not None or number.value is None or number.lower is None or number.upper is None:
        return number
    value = float(f"{number.value:.{DIGITS}g}")
    reach = abs(value) * 10.0 ** (1 - DIGITS)
    lower, upper = value - reach, value + reach
    inside = lower <= number.lower and number.upper <= upper
    return replace(number, value=value, lower=lower, upper=upper) if inside else number

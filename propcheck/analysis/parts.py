"""A function with endless pieces and no period as a sum: p, which comes back, and w, of finitely many pieces."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from propcheck.activation import Activation, from_expression
from propcheck.calculus import Undecided, remembered
from propcheck.language import X
from propcheck.pieces.wave import Wave, parted


@dataclass(frozen=True)
class Parts:
    """g = p + w: `swing` is p, which comes back without a rise, `rest` is w; both are defined on the whole line."""

    swing: Activation
    rest: Activation
    wave: Wave
    periods: Activation

    @property
    def length(self) -> sp.Expr:
        return self.wave.length


@remembered
def parts_of(activation: Activation) -> Parts:
    """The two of which a function is the sum; Undecided where no such two are found, or it comes back as a whole."""
    if activation.on is None and activation.noise is None and activation.wave is None and not activation.conditions:
        found = parted(activation.bound) if activation.bound.free_symbols == {X} else None
        if found is not None:
            swing, rest = map(from_expression, found)
            wave, periods = swing.wave, swing.periods
            plain = not (rest.trouble or rest.undefined)
            if plain and wave is not None and wave.rise == 0 and periods is not None and not periods.gaps:
                return Parts(swing, rest, wave, periods)
    raise Undecided(activation.trouble)

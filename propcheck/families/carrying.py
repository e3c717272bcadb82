"""The facts of f(x) = c g(s x) from those of g, where c and s are positive.

Places on the axis of x are divided by s, values multiplied by c, slopes by c s, derivatives of order n by c s^n. What
is a word or a count stays. What depends on a normal law, or on the line y = x, is carried only where c or s are 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.families.places import ball_at
from propcheck.verdict import Fact, Number, Standing

_AS_THEY_ARE = ("affine", "parity", "monotonicity", "saturation")
_NORMAL = ("dead_region", "zero_region")
_DEGREES = {  # of the outer scale
    "mean": 1, "second_moment": 2, "variance": 2, "derivative_mean": 1, "derivative_second_moment": 2, "elasticity": 0,
}  # fmt: skip
_NARROW = 1e-12  # of a number that stands in a formula by its digits, relative to it
_UNSAID = ("near", "formula", "witness")  # fields that are about one function, and not carried


@dataclass(frozen=True)
class Carrying:
    """c and s; that of c = s = 1 changes nothing."""

    outer: sp.Expr = sp.S.One
    inner: sp.Expr = sp.S.One

    @property
    def plain(self) -> bool:
        return self.outer == self.inner == 1

    def carried(self, key: str, fact: Fact | Number) -> Fact | Number:
        """The fact of f. Undecided where it does not follow from that of g."""
        if self.plain:
            return fact
        if key == "cost":
            raise Undecided("what it costs is asked of the function itself")
        if key == "criticality":  # lengths and variances are measured in other units, and nothing else changes
            return fact
        if key in ("gaussian", "nonlinearity") and self.inner == 1:
            return self._of_moments(fact)
        if isinstance(fact, Number):
            if key != "lipschitz":
                raise Undecided("a number at a normal law is not carried to another scale")
            return self._times(fact, self.outer * self.inner)
        rule = _RULES.get(key)
        if key in _AS_THEY_ARE:
            return fact
        if key == "fixed_points" and sp.simplify(self.outer * self.inner - 1) != 0:
            raise Undecided("fixed points are not carried to another scale")
        if rule is None:
            raise Undecided(f"{key} is not carried to another scale")
        fields = {name: rule(self, name, value) for name, value in fact.fields.items() if name not in _UNSAID}
        if key in _NORMAL:
            fields["mass"] = _mass(fact)
        standing = fact.standing
        return replace(fact, fields=fields, standing=standing)

    def _of_moments(self, fact: Fact | Number) -> Fact | Number:
        """The moments of c g(x): shares are those of g."""
        if isinstance(fact, Number):
            return fact
        fields = {name: self._deep(value, self.outer ** _DEGREES[name]) for name, value in fact.fields.items()}
        return replace(fact, fields=fields)

    @staticmethod
    def _times(number: Number, factor: sp.Expr) -> Number:
        """A multiple of a number by a positive factor: exact in form where it was, and enclosed."""
        if number.value is None or number.value == 0 == number.lower == number.upper:
            return number
        if factor == 1 or (math.isinf(number.value) and number.lower == number.upper):
            return number
        low, high = ball_at(factor)
        if math.isinf(high):  # then its inverse may be known, which is positive too
            most = ball_at(1 / factor)[1]
            low = math.nextafter(1 / most, 0.0) if 0 < most < math.inf else low
        low = max(low, 0.0)
        if number.lower is None or number.upper is None:
            raise Undecided("a number without an enclosure")
        ends = [_times(number.lower, low if number.lower >= 0 else high, False),
                _times(number.upper, high if number.upper >= 0 else low, True)]  # fmt: skip
        text = None if number.exact is None else f"({number.exact})*({factor})"
        found = sum(ends) / 2 if all(map(math.isfinite, ends)) else min(max(number.value, ends[0]), ends[1])
        narrow = number.upper - number.lower <= _NARROW * max(1.0, abs(number.lower))
        note = f"{number.value:.17g}*({factor})" if text is None and narrow else ""
        return Number(found, ends[0], ends[1], text, number.standing, note or number.note)

    def _deep(self, value: Any, factor: sp.Expr) -> Any:
        """The numbers in a part of a fact multiplied."""
        if isinstance(value, Number):
            return self._times(value, factor)
        if isinstance(value, Mapping):
            return {name: self._deep(item, factor) for name, item in value.items()}
        return [self._deep(item, factor) for item in value] if isinstance(value, list | tuple) else value


def _times(end: float, factor: float, up: bool) -> float:
    product = 0.0 if end == 0 or factor == 0 else end * factor
    if product in (0.0, math.inf, -math.inf) or math.isnan(product):
        return 0.0 if product == 0 else product
    return math.nextafter(product, math.inf if up else -math.inf)


def _mass(fact: Fact) -> Number:
    """P[z in the intervals] where it does not depend on the scale: of none, of half lines from 0, of the whole line."""
    intervals = fact["intervals"]
    ends = [end.exact for pair in intervals for end in pair]
    if not intervals:
        return Number(0.0, 0.0, 0.0, "0", Standing.PROVED)
    if ends == ["-oo", "oo"]:
        return Number(1.0, 1.0, 1.0, "1", Standing.PROVED)
    if ends in (["-oo", "0"], ["0", "oo"]):
        return Number(0.5, 0.5, 0.5, "1/2", Standing.PROVED)
    raise Undecided("a mass that depends on the scale")


def _axis(it: Carrying, name: str, value: Any) -> Any:
    return it._deep(value, 1 / it.inner)


def _span(factor: Callable[[Carrying], sp.Expr]) -> Callable[[Carrying, str, Any], Any]:
    def rule(it: Carrying, name: str, value: Any) -> Any:
        return it._deep(value, 1 / it.inner if name.startswith("arg") else factor(it))

    return rule


def _kinks(it: Carrying, name: str, value: Any) -> Any:
    if name == "period":
        return it._deep(value, 1 / it.inner)
    if name != "kinks":
        return value
    return [
        {
            key: it._deep(item, 1 / it.inner if key == "at" else it.outer * it.inner ** kink["order"])
            if isinstance(item, Number)
            else item
            for key, item in kink.items()
        }
        for kink in value
    ]


def _sides(**factors: Callable[[Carrying], sp.Expr]) -> Callable[[Carrying, str, Any], Any]:
    def rule(it: Carrying, name: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: it._deep(item, factors[key](it)) for key, item in value.items()}

    return rule


def _as_it_is(it: Carrying, name: str, value: Any) -> Any:
    return value


_RULES: dict[str, Callable[[Carrying, str, Any], Any]] = {
    "domain": _axis,
    "smoothness": _kinks,
    "monotone_intervals": _axis,
    "convexity": _axis,
    "zeros": _axis,
    "fixed_points": _axis,
    "dead_region": _axis,
    "zero_region": _axis,
    "range": _span(lambda it: it.outer),
    "image": _span(lambda it: it.outer),
    "derivative_range": _span(lambda it: it.outer * it.inner),
    "slope_of_output": _as_it_is,
    "limits": _sides(value=lambda it: it.outer, slope=lambda it: it.outer * it.inner),
    "asymptotes": _sides(slope=lambda it: it.outer * it.inner, intercept=lambda it: it.outer),
}

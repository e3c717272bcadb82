"""Exact texts: numbers, bounds, intervals and laws, as they stand in a spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from propcheck.processes.precision import alone
from propcheck.verdict import InputError
from propcheck.wording import cut

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from sympy.logic.boolalg import Boolean

INFINITIES = {"inf": 1, "+inf": 1, "oo": 1, "+oo": 1, "-inf": -1, "-oo": -1}


# ---------------------------------------------------------------------------------------------- the data


@dataclass(frozen=True)
class Distribution:
    """The law of a random parameter: uniform(lower, upper) or normal(mean, variance), which may depend on x."""

    kind: str
    arguments: tuple[Expr, Expr]


@dataclass(frozen=True)
class Interval:
    """An interval with exact ends; an end that is not closed is not attained."""

    lower: Expr
    upper: Expr
    lower_closed: bool
    upper_closed: bool


# ---------------------------------------------------------------------------------------------- exact texts


@alone
def constant(text: str, symbols: Mapping[str, Symbol] | None = None) -> Expr:
    """The finite real number that a text spells, exactly: "0.1", "1/3", "sqrt(2)", "pi"."""
    from propcheck.language import X, parse

    value = parse(text, symbols or {})
    if X in value.free_symbols:
        raise InputError(f"{short(text)!r} depends on x; a number is wanted, such as 0.25 or 1/3")
    return value  # the grammar lets no number pass that is not finite and real


@alone
def bound(text: str, symbols: Mapping[str, Symbol] | None = None) -> Expr:
    """A number or an infinity: "inf", "-inf", "oo", "-oo", or what `constant` reads."""
    from sympy import oo

    word = text.strip()
    return INFINITIES[word] * oo if word in INFINITIES else constant(word, symbols)


@alone
def interval(text: str, symbols: Mapping[str, Symbol] | None = None) -> Interval:
    """The interval that a text spells: "(0, 1/4)", "[0, 6]", "(-inf, inf)"; a round bracket is an end not attained."""
    form = text.strip()
    parts = _split(form[1:-1])
    if len(form) < 2 or form[0] not in "([" or form[-1] not in ")]" or len(parts) != 2:
        raise InputError(f"{short(text)!r} is not an interval; write one such as (0, 1/4) or [0, inf)")
    lower, upper = (bound(part, symbols) for part in parts)
    closed = form[0] == "[", form[-1] == "]"
    for end, attained in zip((lower, upper), closed, strict=True):
        if attained and end.is_infinite:
            raise InputError(f"{short(text)!r}: an infinite end is never attained; give it a round bracket")
    if (lower > upper) == True or (lower == upper and not all(closed)):  # noqa: E712 - a relation of symbols stays one
        raise InputError(f"{short(text)!r} is empty; the lower end comes first")
    return Interval(lower, upper, *closed)


@alone
def points(text: str, symbols: Mapping[str, Symbol] | None = None) -> tuple[Expr, ...]:
    """The points that a text lists: "-1, 0, sqrt(2)"; none where it says so."""
    return () if text.strip() == "none" else tuple(constant(part, symbols) for part in _split(text))


@alone
def span(text: str | Sequence[Any]) -> tuple[Expr, Expr]:
    """The exact ends of the interval that a text spells: "-8:8", "0:pi/2", "-inf:3"; in Python also a pair (-8, 8).

    It has a length: an interval of one point is none. Both finite ends belong to it.
    """
    from propcheck.calculus import Undecided
    from propcheck.calculus.signs import precedes

    if not isinstance(text, str | list | tuple):
        raise InputError(f"a {type(text).__name__} is no interval; give a text such as '-8:8' or a pair (-8, 8)")
    parts = text.split(":") if isinstance(text, str) else list(map(_end, text))
    said = short(text if isinstance(text, str) else ":".join(parts))
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise InputError(f"{said!r} is no interval; write its two ends, such as -8:8 or -inf:3")
    try:
        lower, upper = map(bound, parts)
        rising = precedes(lower, upper)
    except InputError as error:
        raise InputError(f"{said!r} is no interval: {error}") from None
    except Undecided:
        raise InputError(f"{said!r} is no interval: its ends cannot be told apart") from None
    if not rising:
        what = "reversed" if lower != upper else "empty"
        raise InputError(f"{said!r} is {what}; the lower end comes first, such as -8:8")
    return lower, upper


@alone
def normal(text: str | Sequence[Any]) -> tuple[Expr, Expr]:
    """Mean and deviation of the normal law that a text spells: "1/2,2"; in Python also a pair (0.5, 2)."""
    if not isinstance(text, str | list | tuple):
        raise InputError(f"a {type(text).__name__} is no normal law; give a text such as '0,2' or a pair (0, 2)")
    parts = _split(text) if isinstance(text, str) else list(map(spelled, text))
    said = short(text if isinstance(text, str) else ",".join(parts))
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise InputError(f"{said!r} is no normal law; write its mean and its deviation, such as 0,2")
    from propcheck.calculus import Undecided
    from propcheck.calculus.signs import precedes

    try:
        mean, deviation = (constant(part.strip()) for part in parts)
        spread = precedes(deviation * 0, deviation)
    except InputError as error:
        raise InputError(f"{said!r} is no normal law: {error}") from None
    except Undecided:
        spread = False
    if not spread:
        raise InputError(f"{said!r} is no normal law: its deviation, the second number, is above 0")
    return mean, deviation


def _end(value: Any) -> str:
    """An end of an interval as text; one that SymPy has as an infinity is no number."""
    return str(value) if getattr(value, "is_infinite", False) else spelled(value)


def spelled(value: Any) -> str:
    """A number given in Python as the text that spells it exactly; a text is taken as it is."""
    from fractions import Fraction
    from numbers import Rational, Real

    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        raise InputError(f"{value} is no number; give one such as 0.25, or a text such as '1/3'")
    if isinstance(value, Rational):
        return str(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Real):
        return float.__repr__(float(value))
    if getattr(value, "is_real", False) and getattr(value, "is_number", False):
        return str(value)
    raise InputError(f"a {type(value).__name__} is no number; give one such as 0.25, or a text such as '1/3'")


def line(weight: str, bias: str) -> str:
    """weight*x + bias as one writes it."""
    slope = {"0": "", "1": "x", "-1": "-x"}.get(weight, f"{_factor(weight)}*x")
    if not slope:
        return bias
    if bias == "0":
        return slope
    return f"{slope} - {bias[1:]}" if re.fullmatch(r"-[\d./]+", bias) else f"{slope} + {bias}"


def _factor(weight: str) -> str:
    return weight if re.fullmatch(r"-?[\d.]+", weight) else f"({weight})"


def _split(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def law_of(text: str, symbols: Mapping[str, Symbol]) -> Distribution:
    from propcheck.language import parse

    match = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", text, re.DOTALL)
    parts = _split(match[2]) if match else []
    if match is None or match[1] not in ("uniform", "normal") or len(parts) != 2:
        raise InputError(f"{short(text)!r} is no distribution; write uniform(lower, upper) or normal(mean, variance)")
    first, second = (parse(part.strip(), symbols) for part in parts)
    if match[1] == "uniform" and not (second - first).free_symbols and not (second - first).is_positive:
        raise InputError(f"{short(text)!r} is empty; the lower end comes first")
    if match[1] == "normal" and not second.free_symbols and not second.is_nonnegative:
        raise InputError(f"{short(text)!r} has a negative variance")
    return Distribution(match[1], (first, second))


@lru_cache(maxsize=512)
def comparisons(name: str, text: str) -> tuple[tuple[Symbol, Boolean], ...]:
    """The range as a conjunction of relations between the parameter's symbol and numbers."""
    from sympy import And, Symbol
    from sympy.core.relational import Relational

    from propcheck.language import parse_condition

    symbol = Symbol(name, real=True)
    condition = parse_condition(text, {name: symbol})
    relations = condition.args if isinstance(condition, And) else (condition,)
    for relation in relations:
        sides = {relation.lhs, relation.rhs} - {symbol} if isinstance(relation, Relational) else set()
        if len(sides) != 1 or next(iter(sides)).free_symbols or symbol not in relation.free_symbols:
            raise InputError(
                f"{short(text)!r} is no range; compare {name} with numbers, such as {name} >= 0 or 0 < {name} < 1"
            )
    return tuple((symbol, relation) for relation in relations)


@alone
def inside_of(name: str, text: str) -> Expr:
    """A number in a parameter's range, away from its ends: "k > 0" has 1, "0 < k < 1" has 1/2."""
    from sympy import Integer, oo

    relations = comparisons(name, text)
    lower, upper = -oo, oo
    for symbol, relation in relations:
        relation = relation if relation.lhs == symbol else relation.reversed
        if relation.rel_op in (">", ">="):
            lower = max(lower, relation.rhs)
        elif relation.rel_op in ("<", "<="):
            upper = min(upper, relation.rhs)
    if lower.is_finite and upper.is_finite:
        tried = [lower + (upper - lower) * Integer(k) / 7 for k in (3, 4, 2, 5, 0)]
        tried.insert(0, (lower + upper) / 2)
    else:
        start = lower if lower.is_finite else upper if upper.is_finite else Integer(0)
        step = -1 if upper.is_finite else 1
        tried = [start + step * Integer(k) for k in (1, 2, 3, 5, 7)]
    for value in tried:
        if all(is_true(relation.subs(symbol, value)) for symbol, relation in relations):
            return value
    raise InputError(f"the range {short(text)!r} of {name} is empty, or only a point; give one such as {name} > 0")


def signs(relations: Sequence[tuple[Symbol, Any]]) -> dict[str, bool]:
    """The assumptions of SymPy that follow from a range."""
    facts: dict[str, bool] = {}
    for symbol, relation in relations:
        if relation.lhs != symbol:
            relation = relation.reversed
        end, operator = relation.rhs, relation.rel_op
        if operator in (">", ">=") and end.is_nonnegative:
            facts["nonnegative"] = True
            if operator == ">" or end.is_positive:
                facts["positive"] = True
        if operator in ("<", "<=") and end.is_nonpositive:
            facts["nonpositive"] = True
            if operator == "<" or end.is_negative:
                facts["negative"] = True
        if operator == "!=" and end.is_zero:
            facts["nonzero"] = True
    return facts


def is_true(condition: Any) -> bool:
    from sympy import false, true

    if condition in (true, false):
        return condition == true
    raise InputError(f"whether {condition} could not be decided; give the value as a decimal or a fraction")


def reserved(name: str) -> None:
    """Raises where a parameter bears a name of the language."""
    from propcheck.language import RESERVED

    if name in RESERVED:
        raise InputError(f"{name} is a name of the expression language; give the parameter another")


def key_of(text: str) -> str:
    """A key as it may be printed."""
    return short(text) if re.fullmatch(r"[\w.-]+", text) else repr(short(text))


def short(text: str, width: int = 60) -> str:
    return cut(" ".join(text.split()), width)

"""What is asked: the unknowns of a target, where they are looked for, and the equations that remain of conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from propcheck import target as targets
from propcheck.calculus.signs import precedes
from propcheck.families.places import Place, rational_near
from propcheck.language import names as names_in
from propcheck.solving import recipes
from propcheck.solving.conditions import BASE, C, Condition, D
from propcheck.solving.system import ALIASES, INNER_SCALE, INNER_SHIFT, OUTER_SCALE, OUTER_SHIFT, System
from propcheck.spec import Parameter, Spec, bind, span
from propcheck.verdict import InputError
from propcheck.wording import nearest as nearest_name

MOST = 3  # unknowns beside an outer scale and shift that are solved for by hand
USUAL = {  # where an unknown is looked for unless told otherwise
    OUTER_SCALE: ("0", "10"), OUTER_SHIFT: ("-10", "10"), INNER_SCALE: ("1/50", "4"), INNER_SHIFT: ("-4", "4"),
}  # fmt: skip
_SHIFTS = (INNER_SHIFT, OUTER_SHIFT)
_REACH = 10  # of a parameter whose range has no end


def unknowns_of(
    item: Any, unknown: Sequence[str], asked: recipes.Recipe | None, params: Mapping[str, Any]
) -> tuple[Spec, tuple[str, ...]]:
    wanted = [name.strip() for name in unknown if name.strip()]
    inside: dict[str, str] = {}
    if isinstance(item, str) and targets.kind(item) == "expression":
        inside = {name: "1" for name in names_in(item) - {"x", *params}}
    spec = targets.read(item, {**inside, **params})
    if spec.on or spec.law:
        raise InputError("what is solved for is about the whole line; leave the interval or the law out")
    own = [p.name for p in spec.parameters if p.role != "random"]
    known = [*own, OUTER_SCALE, OUTER_SHIFT, INNER_SCALE, INNER_SHIFT]
    if not wanted:
        wanted = list(asked.unknowns(own)) if asked else [name for name in own if name not in params]
    if not wanted:
        raise InputError(f"{spec.name} has no parameters; name unknowns of c*g(s*x + t) + d, such as output_scale")
    names = []
    for name in wanted:
        full = name if name in known else ALIASES.get(name, name)
        if full not in known:
            hint = nearest_name(name, known)
            raise InputError(f"{name!r} is no unknown of {spec.name}{hint}; there are {', '.join(known)}")
        if full in params:
            raise InputError(f"{full} is given a value and asked for as an unknown; give one of them")
        if full in names:
            raise InputError(f"{full} is named twice among the unknowns")
        names.append(full)
    return spec, tuple(names)


def places_of(spec: Spec, names: Sequence[str], within: Mapping[str, Any]) -> dict[str, Place]:
    """Where each unknown is looked for. An end that is not admitted, as a scale of 0 is not, does not belong to it."""
    declared = {p.name: p for p in spec.parameters}
    given = {name if name in names else ALIASES.get(name, name): text for name, text in within.items()}
    for name in given:
        if name not in names:
            raise InputError(f"{name} is not among the unknowns, which are {', '.join(names)}")
    found = {}
    for name in names:
        lower, upper = _declared(declared[name]) if name in declared else tuple(map(sp.Rational, USUAL[name]))
        if name in given:
            low, high = span(given[name])
            if not (low.is_finite and high.is_finite):
                raise InputError(f"{name} = {given[name]} reaches to infinity; a box has finite ends, such as 0:10")
            if name in declared:
                ends = declared[name].ends()
                if precedes(low, ends[0]) or precedes(ends[1], high):
                    own = declared[name].range
                    raise InputError(f"{name} from {low} to {high} leaves the range {own} that is declared")
            if name in (INNER_SCALE, OUTER_SCALE) and precedes(low, sp.S.Zero):
                raise InputError(f"{name} is positive; its range begins at 0 or above")
            lower, upper = low, high
        closed = [declared[name].admits(end) if name in declared else name in _SHIFTS or end != 0
                  for end in (lower, upper)]  # fmt: skip
        found[name] = Place(lower, upper, (closed[0], closed[1]))
    return found


def rational_ends(place: Place) -> tuple[sp.Rational, sp.Rational]:
    """The ends of a range as they are looked at; those that are no rational numbers are rounded outward."""
    return rational_near(place.lower, up=False), rational_near(place.upper, up=True)


def _declared(parameter: Parameter) -> tuple[sp.Expr, sp.Expr]:
    lower, upper = parameter.ends()
    low = lower if lower.is_finite else (upper - _REACH if upper.is_finite else sp.Integer(-_REACH))
    high = upper if upper.is_finite else low + _REACH if lower.is_finite else sp.Integer(_REACH)
    return low, high


def system_of(spec: Spec, names: Sequence[str], conditions: Sequence[Condition]) -> System:
    """The equations that remain when the outer shift and scale are solved for where conditions give them."""
    gaps = [(one.text, one.gap) for one in conditions]
    under = {part for one in conditions for part in _denominators(one.gap)}
    outer: dict[str, sp.Expr] = {}
    shift: sp.Expr = sp.S.Zero
    if OUTER_SHIFT in names:
        linear = [k for k, (_, gap) in enumerate(gaps) if _flat(gap).has(D) and sp.degree(_flat(gap), D) == 1]
        linear.sort(key=lambda k: len(sp.Poly(_flat(gaps[k][1]), D).nth(1).free_symbols))  # the mean before a map
        place = linear[0] if linear else None
        if place is None:
            raise InputError("no condition gives the output shift; ask for one on the mean, or C(0) = 0")
        (root,) = sp.solve(_flat(gaps.pop(place)[1]), D)
        shift = root
    gaps = [(text, sp.simplify(gap.subs(D, shift))) for text, gap in gaps]
    scale, square = sp.S.One, sp.S.One
    if OUTER_SCALE in names:
        place = next((k for k, (_, gap) in enumerate(gaps) if _gives_scale(gap)), None)
        if place is None:
            raise InputError("no condition gives the output scale; ask for one on a length, such as Q(1) = 1")
        poly = sp.Poly(_flat(gaps.pop(place)[1]), C)
        top, rest = poly.nth(2), poly.nth(0)
        square = sp.factor(-rest / top)
        scale = sp.sqrt(square)
        outer[OUTER_SCALE] = scale
    if OUTER_SHIFT in names:
        outer[OUTER_SHIFT] = shift.subs(C, sp.Symbol(OUTER_SCALE)) if OUTER_SCALE in names else shift.subs(C, 1)
    equations = []
    for text, gap in gaps:
        made = _in_moments(gap, scale, square)
        if not made.free_symbols & set(BASE.values()):
            if made == 0:
                continue
            raise InputError(f"the condition {text!r} contradicts the others: no scale or shift helps")
        equations.append(made)
    inner = tuple(name for name in names if name not in (OUTER_SCALE, OUTER_SHIFT))
    if len(inner) > MOST:
        raise InputError(f"{len(inner)} unknowns are more than {MOST}; give some of them a value")
    if len(equations) < len(inner):
        raise InputError(
            f"{len(conditions)} conditions do not settle {len(names)} unknowns; give as many conditions as unknowns"
        )
    held = {name: value for name, value in bind(spec).items() if name not in inner}
    divisors = tuple(sorted((part.subs(D, shift).subs(C, scale) for part in under), key=str))
    return System(spec, held, inner, tuple(equations), outer, divisors)


def _denominators(gap: sp.Expr) -> set[sp.Expr]:
    """What a condition divides by: where that is 0, it has no meaning, whatever becomes of the rest."""
    return {part.base for part in gap.atoms(sp.Pow) if part.exp.is_negative and part.base.free_symbols}


def _flat(gap: sp.Expr) -> sp.Expr:
    """The equation without its denominator; (c m + d)^2 = 0 as c m + d = 0."""
    top = sp.factor(sp.together(gap).as_numer_denom()[0])
    kept = sp.Integer(1)
    for part in sp.Mul.make_args(top):
        base = part.base if isinstance(part, sp.Pow) and part.exp.is_Integer and part.exp > 0 else part
        if base.free_symbols:
            kept *= base
    return sp.expand(kept)


def _in_moments(gap: sp.Expr, scale: sp.Expr, square: sp.Expr) -> sp.Expr:
    """An equation with the outer scale, which is positive, put in; without roots where only its square is in it."""
    top = _flat(gap)
    while top.has(C) and sp.expand(top / C).is_polynomial(C):
        top = sp.expand(top / C)
    if top.is_polynomial(C) and all(power[0] % 2 == 0 for power in sp.Poly(top, C).monoms()):
        top = sum(c * square ** (power[0] // 2) for power, c in sp.Poly(top, C).terms())
    else:
        top = top.subs(C, scale)
    return sp.expand(sp.factor(sp.together(top)).as_numer_denom()[0])


def _gives_scale(gap: sp.Expr) -> bool:
    top = _flat(gap)
    if not top.has(C) or not top.is_polynomial(C):
        return False
    poly = sp.Poly(top, C)
    return poly.degree() == 2 and poly.nth(1) == 0 and poly.nth(0) != 0

"""What is true of a gated unit g(x) h(y): its values and slopes on a box, its moments, its slopes as they are stated.

The inputs are independent: extremes of a product over a box are among the products of the factors' extremes, and
moments multiply. A stated slope is proved by two functions of one variable: where y is fixed at a point at which h is
not 0 it must be the derivative there, and along y it must go as h does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import sympy as sp
from flint import ctx

from propcheck import gated, target
from propcheck.activation import Activation, from_expression, from_spec
from propcheck.analysis.extent import lipschitz, value_range
from propcheck.analysis.gaussian import BITS, enclosed
from propcheck.calculus import Undecided
from propcheck.calculus.number import exact_number, to_number
from propcheck.claims import AGREES, CONTRADICTS, OPEN, Finding, derivative, of_formula, undecided
from propcheck.claims.proof import PROVED as SHOWN
from propcheck.claims.proof import Proof, Witness
from propcheck.gated import INPUTS, Product
from propcheck.inquiries.equality import PROVED, equality
from propcheck.language import X, show
from propcheck.processes import worker
from propcheck.processes.precision import alone
from propcheck.spec import Claim, Spec, constant
from propcheck.verdict import InputError, Number, Shown, Standing, weakest

SCHEMA = "propcheck.gated/1"
_PLACES = ("1", "-1", "1/2", "2", "-3", "5", "10")  # where one input is fixed
_SLICES = 4  # of those at which a stated slope is looked at


@dataclass(frozen=True)
class Gated(Shown):
    """A gated unit: its factors and its numbers, those of values and slopes on a box, `on`, or on the plane.

    `exponent` is the power of the depth with which the gradient's square grows in blocks h' = h + W3 F(W1 n, W2 n) with
    n = norm(h), whose weights have `weight_variance` over their fan-in: zeta of g and zeta of h added, 1 + zeta of g
    where the other factor is the input itself.
    """

    name: str
    title: str
    expression: str
    factors: Mapping[str, str]
    slopes: Mapping[str, str]
    numbers: Mapping[str, Number]
    on: Mapping[str, Sequence[str]]
    weight_variance: float = 1.0
    parameters: Mapping[str, str] | None = None

    shown_as = "gated"

    def __getitem__(self, name: str) -> Number:
        return self.numbers[name]

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "activation": {
                "name": self.name,
                "title": self.title,
                "expression": self.expression,
                "inputs": list(INPUTS),
                "parameters": dict(self.parameters or {}),
            },
            "factors": dict(self.factors),
            "slopes": dict(self.slopes),
            "on": {name: list(ends) for name, ends in self.on.items()},
            "weight_variance": self.weight_variance,
            "facts": {name: number.to_json() for name, number in self.numbers.items()},
        }


def gated_unit(
    item: str | Path | Spec,
    *,
    on: str | Sequence[Any] | Mapping[str, Any] | None = None,
    weight_variance: float = 1.0,
    time_limit: float | None = None,
    **params: Any,
) -> Gated:
    """What is true of a gated unit, on a box where one is given: an interval for both inputs, or one by input."""
    spec = target.read(item, params)
    if not spec.inputs:
        raise InputError(f"{spec.name} has one input; ask `analyze` of it")
    job = worker.lone(partial(found, spec, on, weight_variance))
    made = worker.one(job, time_limit)["answer"]
    if isinstance(made, worker.Stopped):
        raise InputError(f"{spec.name} could not be analysed: {made.note}")
    return made


@alone
def found(spec: Spec, on: Any = None, weight_variance: float = 1.0) -> Gated:
    """The same of a spec, here and now."""
    if spec.law:
        raise InputError(f"the inputs of {spec.name} are taken from N(0, 1); leave the other law out")
    unit = gated.product(spec)
    on = (spec.on or None) if on is None else on
    whole = (on if isinstance(on, Mapping) else dict.fromkeys(INPUTS, on)) if on is not None else {}
    if set(whole) - set(INPUTS):
        raise InputError(f"a box has an interval for x and one for y, not for {', '.join(set(whole) - set(INPUTS))}")
    parts = {name: _within(unit.of(name), whole.get(name)) for name in INPUTS}
    numbers = _values(parts) | _moments(unit) | _exponents(unit, weight_variance)
    g, h = (show(unit.of(name).bound.xreplace({X: sp.Symbol(name, real=True)})) for name in INPUTS)
    slopes = {name: _slope(unit, name) for name in INPUTS}
    ends = {name: [str(end) for end in part.on or (-sp.oo, sp.oo)] for name, part in parts.items()}
    values = {item.name: str(item.default) for item in spec.parameters}
    return Gated(
        spec.name, spec.title, spec.formula, {"x": g, "y": h}, slopes, numbers, ends, float(weight_variance), values
    )


def _within(part: Activation, on: Any) -> Activation:
    from propcheck.spec import span

    return part if on is None else part.within(*span(on))


def _slope(unit: Product, name: str) -> str:
    """The slope by an input, in both."""
    own, other = unit.of(name), unit.of(INPUTS[1 - INPUTS.index(name)])
    symbols = {name: sp.Symbol(name, real=True) for name in INPUTS}
    second = INPUTS[1 - INPUTS.index(name)]
    made = own.derivative_expression().xreplace({X: symbols[name]}), other.bound.xreplace({X: symbols[second]})
    texts = [f"({show(part)})" if part.is_Add or part.is_Piecewise else show(part) for part in made if part != 1]
    return "*".join(texts) or "1"


# --- numbers ---------------------------------------------------------------------------------------------------------


def _values(parts: Mapping[str, Activation]) -> dict[str, Number]:
    """The extremes of the values, and of the sizes of both slopes; the Lipschitz constant is at most `lipschitz`."""
    ranges, steep = {}, {}
    for name, part in parts.items():
        try:
            fact = value_range(part)
            ranges[name] = fact["inf"], fact["sup"]
            steep[name] = lipschitz(part)
        except Undecided as reason:
            missing = Number.missing(str(reason))
            ranges[name], steep[name] = (missing, missing), missing
    corners = [times(one, other) for one in ranges["x"] for other in ranges["y"]]
    made = {"inf": _least(corners), "sup": _negated(_least([_negated(one) for one in corners]))}
    sizes = {name: _negated(_least([_negated(_size(one)) for one in ranges[name]])) for name in INPUTS}
    for name, other in (INPUTS, INPUTS[::-1]):
        made[f"lipschitz_{name}"] = times(steep[name], sizes[other])
    both = made["lipschitz_x"], made["lipschitz_y"]
    if all(one.known for one in both):
        top = math.hypot(*(float(one.upper or 0.0) for one in both))
        low = max(float(one.lower or 0.0) for one in both)
        up = math.nextafter(math.nextafter(top, math.inf), math.inf) if math.isfinite(top) else top
        value = top if math.isinf(low) or math.isfinite(top) else None
        made["lipschitz"] = Number(value, low, up, "oo" if math.isinf(low) else None, Standing.ENCLOSED)
    else:
        made["lipschitz"] = Number.missing("a slope by one of the inputs is open")
    return made


def times(one: Number, other: Number) -> Number:
    """The product of two numbers that are taken independently of each other: nothing times infinity is nothing."""
    if not (one.known and other.known):
        return Number.missing(one.note or other.note or "a factor is open")
    if 0 in (one.upper, one.lower) and one.upper == one.lower or other.upper == other.lower == 0:
        return exact_number(sp.S.Zero)
    forms = _exact(one), _exact(other)
    if forms[0] is not None and forms[1] is not None and all(map(_finite, (one, other))):
        return exact_number(forms[0] * forms[1], weakest(one.standing, other.standing))
    ends = [_multiplied(a, b) for a in (one.lower, one.upper) for b in (other.lower, other.upper)]
    low, high = min(ends), max(ends)
    infinite = low == high and math.isinf(low)
    if not infinite:
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    value = _multiplied(one.value, other.value)
    text = ("oo" if low > 0 else "-oo") if infinite else None
    return Number(value, low, high, text, weakest(one.standing, other.standing))


def _exact(one: Number) -> sp.Expr | None:
    """The exact form of a number, where the language has it."""
    try:
        return None if one.exact is None else constant(re.sub(r"\bE\b", "e", one.exact))
    except InputError:
        return None


def _multiplied(a: float | None, b: float | None) -> float:
    return 0.0 if 0 in (a, b) else float(a or 0) * float(b or 0)


def _finite(one: Number) -> bool:
    return one.value is not None and math.isfinite(one.value)


def _negated(one: Number) -> Number:
    if not one.known:
        return one
    assert one.value is not None and one.lower is not None and one.upper is not None
    form = _exact(one) if _finite(one) else None
    exact = str(-form) if form is not None else {"oo": "-oo", "-oo": "oo"}.get(one.exact or "")
    return Number(-one.value, -one.upper, -one.lower, exact, one.standing, one.note)


def _size(one: Number) -> Number:
    if not one.known or (one.lower or 0.0) >= 0:
        return one
    if (one.upper or 0.0) <= 0:
        return _negated(one)
    return _negated(_least([_negated(one), one]))


def _least(numbers: Sequence[Number]) -> Number:
    """The least of several numbers; of those that cannot be told apart an enclosure of it."""
    if any(not one.known for one in numbers):
        return next(one for one in numbers if not one.known)
    first = min(numbers, key=lambda one: (float(one.upper or 0.0), one.exact is None))
    low = min(float(one.lower or 0.0) for one in numbers)
    alone_ = all(one is first or float(one.lower or 0.0) >= float(first.upper or 0.0) for one in numbers)
    standing = weakest(*(one.standing for one in numbers))
    if alone_:
        return replace(first, standing=standing)
    value = min(float(one.value or 0.0) for one in numbers)
    return Number(value, low, first.upper, None, Standing.ENCLOSED if standing is Standing.PROVED else standing)


def _moments(unit: Product) -> dict[str, Number]:
    """For independent inputs from N(0, 1): of F, of F^2, and of the squares of both slopes."""
    try:
        g, h = (enclosed(unit.of(name), sp.S.One) for name in INPUTS)
    except Undecided as reason:
        missing = Number.missing(str(reason))
        return dict.fromkeys(("mean", "second_moment", "slope_square_x", "slope_square_y"), missing)
    return {
        "mean": times(g.mean, h.mean),
        "second_moment": times(g.second_moment, h.second_moment),
        "slope_square_x": times(g.derivative_second_moment, h.second_moment),
        "slope_square_y": times(g.second_moment, h.derivative_second_moment),
    }


def _exponents(unit: Product, weight_variance: float) -> dict[str, Number]:
    """zeta = s^2 E[g'(s z)^2]/E[g(s z)^2] of both factors, s^2 the variance of the weights, and their sum."""
    w = sp.Rational(str(weight_variance))
    if not w > 0:
        raise InputError(f"a variance of weights is above 0, not {weight_variance}")
    found: dict[str, Number] = {}
    balls, exact = [], []
    for name in INPUTS:
        try:
            moments = enclosed(unit.of(name), w)
        except Undecided as reason:
            return {"exponent": Number.missing(str(reason))}
        square, slope = moments.second_moment, moments.derivative_second_moment
        if not (_finite(square) and _finite(slope)) or square.lower == 0:
            return {"exponent": Number.missing(f"E[g^2] or E[g'^2] of the factor of {name} is open, infinite or 0")}
        with ctx.workprec(BITS):
            ball = moments.balls["derivative_second_moment"] / moments.balls["second_moment"]
            balls.append(ball * w.p / w.q)
        forms = [moments.exact.get(key) for key in ("derivative_second_moment", "second_moment")]
        exact.append(None if None in forms else sp.simplify(w * forms[0] / forms[1]))
    with ctx.workprec(BITS):
        total = balls[0] + balls[1]
    known = None not in exact
    found["exponent"] = exact_number(sp.simplify(exact[0] + exact[1])) if known else to_number(total)
    return found


# --- stated slopes ---------------------------------------------------------------------------------------------------


def stated(spec: Spec) -> Iterator[Claim]:
    """The slopes that a spec states by input."""
    own = "its own backward, " if spec.source.startswith("read from its code") else ""
    for name, text in spec.partials:
        yield Claim("derivative", text, source=f"{own}by {name}")


@alone
def verified(spec: Spec, claim: Claim) -> Finding:
    """Is this the slope of a unit by the input that the claim names at the end of its source?"""
    name = claim.source[-1]
    text, other = str(claim.value), INPUTS[1 - INPUTS.index(name)]
    spec = replace(spec, partials=((name, text),))
    unit: Product | None = None
    why = ""
    try:
        unit = gated.product(spec)
    except InputError as error:
        why = str(error)
    values = {item.name: str(item.default) for item in spec.parameters}
    unbound = {item.name: values[item.name] for item in spec.parameters if item.range is None}
    held: dict[str, Finding] = {}
    last: Finding | None = None
    places = _places(unit, other)
    if unit is not None and (apart := _apart(unit, claim, other, places)):
        places.append(apart)
    for place in places:
        cut = gated.fixed(spec, other, place)
        try:
            last = of_formula(from_spec(cut), replace(cut.claims[0], at=unbound), 1)
            if last.outcome == OPEN and unbound != values:
                last = of_formula(from_spec(cut), replace(cut.claims[0], at=values), 1)
        except (InputError, Undecided) as reason:
            why = why or str(reason)
            continue
        if last.outcome == CONTRADICTS:
            proof = _placed(last.proof, name, other, place)
            return replace(last, claim=claim, proof=proof, found=last.found if proof is None else str(proof))
        if last.outcome == AGREES:
            held[place] = last
    if unit is None or last is None:
        return undecided(claim, why or "it is not looked at for want of a place")
    return _along(unit, claim, name, held) if held else replace(last, claim=claim)


def _apart(unit: Product, claim: Claim, other: str, places: Sequence[str]) -> str:
    """A place at which a stated slope does not go along the other input as the unit does; nothing where none is."""
    parts = gated.slope_parts(unit.spec, str(claim.value))
    if parts is None or not places:
        return ""
    along, factor, at = parts[INPUTS.index(other)], unit.of(other), sp.Rational(places[0])
    sizes = along(at), factor(at)
    if None in sizes:
        return ""
    found = equality(from_expression(along.bound * sizes[1]), from_expression(factor.bound * sizes[0]))
    return "" if found.witness is None else found.witness.x


def _places(unit: Product | None, other: str) -> list[str]:
    """Where the other input is fixed: at numbers at which its factor is not 0, and at some more."""
    if unit is None:
        return list(_PLACES[:_SLICES])
    factor = unit.of(other)
    good = [place for place in _PLACES if (value := factor(sp.Rational(place))) is not None and value.is_nonzero]
    return good[:_SLICES]


def _placed(proof: Proof | None, name: str, other: str, place: str) -> Proof | None:
    """A refutation with the place on the plane."""
    if proof is None or proof.witness is None:
        return proof
    seen = proof.witness
    here = (seen.x, {**seen.parameters, other: place}) if name == "x" else (place, {**seen.parameters, name: seen.x})
    return replace(proof, witness=Witness(here[0], seen.value, seen.stated, seen.piece, here[1]))


def _for_all(spec: Spec, claim: Claim, other: str, held: Mapping[str, Finding]) -> Finding | None:
    """The same at all values of the parameters in their ranges; None where that is not proved."""
    for place, last in held.items():
        if last.proof is None or not last.proof.parameters or ", with " in last.proof.parameters:
            continue
        try:
            sides = gated.along(spec, str(claim.value), other, place)
            if sides is None:
                continue
            one = from_spec(replace(spec, expression=sides[0], inputs=(), partials=(), claims=()))
            if derivative.prove(one, derivative.read(one, sides[1]), 0).outcome == PROVED:
                return _everywhere(claim, last, f"{other} = {place}", "", last.proof.parameters)
        except (InputError, Undecided):
            continue
    return None


def _everywhere(claim: Claim, last: Finding, place: str, values: str, parameters: str = "") -> Finding:
    """A stated slope that is right on the plane."""
    kinks = last.proof.conventions if last.proof is not None else ()
    text = f"equal at every x and y, as a product of functions of one input{values}"
    text += f"; at kinks, told where {place}, by convention" if kinks else ""
    proof = Proof(SHOWN, text, parameters, kinks)
    return Finding(claim, AGREES, str(proof), Standing.PROVED, "", proof)


def _along(unit: Product, claim: Claim, name: str, held: Mapping[str, Finding]) -> Finding:
    """Whether a slope that is right at the places where the other input was fixed is so everywhere."""
    other = INPUTS[1 - INPUTS.index(name)]
    if (general := _for_all(unit.spec, claim, other, held)) is not None:
        return general
    parts = gated.slope_parts(unit.spec, str(claim.value))
    why = "it is right where the other input was fixed, and is no product of functions of one input"
    if parts is not None:
        along, factor = parts[INPUTS.index(other)], unit.of(other)
        for place, last in held.items():
            at = sp.Rational(place)
            sizes = along(at), factor(at)
            if None in sizes:
                continue
            sides = from_expression(along.bound * sizes[1]), from_expression(factor.bound * sizes[0])
            found = equality(*sides)
            if found.outcome == PROVED:
                values = ", ".join(f"{item.name} = {item.default}" for item in unit.spec.parameters)
                return _everywhere(claim, last, f"{other} = {place}", f", where {values}" if values else "")
            why = f"it is right where {other} was fixed; that it goes with {other} as the unit does is open"
            break
    return Finding(claim, OPEN, "not decided", Standing.OPEN, why)

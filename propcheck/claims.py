"""What was said of an activation, checked against what is true of it.

A claim agrees when what it states is proved, contradicts when its opposite is, and is open otherwise: an enclosure that
merely holds the stated number neither confirms nor refutes it. Claims that are paths into the facts are read off the
facts; the others (a formula, a slope at a point, a comparison of slopes) are decided here, piece by piece.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, Piece, from_expression, from_spec, limit, piece_beside, value_at
from propcheck.analysis import derivative
from propcheck.calculus import Undecided
from propcheck.calculus.form import above, below, compile_form, constant_ball, exact_number, rational_ball
from propcheck.calculus.identity import equal, is_zero
from propcheck.calculus.signs import constant_sign, inner_point, precedes, same, signs
from propcheck.criteria import STANDARDS, judge
from propcheck.criteria.criterion import Standard
from propcheck.criteria.reading import answered, at_least, equals, exceeds, finite, listed, number, open_, told
from propcheck.grammar import X, parse, show
from propcheck.precision import alone
from propcheck.spec import Claim, Interval, Spec, bound, find, interval, names
from propcheck.verdict import Fact, Facts, InputError, Number, Standing, Verdict, plain, weakest

ORDERS = {"derivative": 1, "derivative_2": 2, "antiderivative": -1}  # claims on a formula
AGREES, CONTRADICTS, OPEN = "agrees", "contradicts", "open"
_WEAKER = {
    "increasing": ("non-decreasing",),
    "decreasing": ("non-increasing",),
    "constant": ("non-decreasing", "non-increasing"),
}
_WITNESSES = 7  # points inside an interval that are tried to refute an equation


@dataclass(frozen=True)
class Finding:
    """What came of one claim: whether it agrees, what was found in its place, how surely, and why.

    A formula has a proof, with conventions at kinks or a witness.
    """

    claim: Claim
    outcome: str
    found: str
    standing: Standing
    reason: str = ""
    proof: derivative.Proof | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        said = {name: plain(getattr(self.claim, name)) for name in ("key", "source", "quote", "at", "on", "reading")}
        found = {name: plain(getattr(self, name)) for name in ("outcome", "found", "standing", "reason")}
        return {"key": said.pop("key"), "claimed": self.claim.value} | said | found

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Finding:
        """The finding that became this object."""
        said = {name: data[name] for name in ("source", "quote", "at", "reading")}
        claim = Claim(data["key"], data["claimed"], on=tuple(data["on"]), **said)
        return Finding(claim, data["outcome"], data["found"], Standing(data["standing"]), data["reason"])


@dataclass(frozen=True)
class _Case:
    """A claim, and what is known of the function that it is about."""

    claim: Claim
    facts: Facts
    verdicts: Sequence[Verdict]
    activation: Activation
    standards: Sequence[Standard] = STANDARDS

    @property
    def symbols(self) -> dict[str, sp.Symbol]:
        spec = self.activation.spec
        return spec.symbols() if spec is not None else {}

    def settled(self, expr: Any) -> Any:
        """An expression with the parameters' values put in."""
        return expr.xreplace({self.symbols[name]: value for name, value in self.activation.values.items()})

    def number(self, text: Any) -> sp.Expr:
        return self.settled(bound(str(text), self.symbols))

    def function(self, text: str) -> Activation:
        """The activation that a text names or spells."""
        if text != "x" and text in names():
            return from_spec(find(text))
        return from_expression(self.settled(parse(text, self.symbols)), text)

    def intervals(self) -> list[Interval]:
        """Where the claim is meant: the whole line unless it says otherwise."""
        spans = [interval(text, self.symbols) for text in self.claim.on or ("(-inf, inf)",)]
        return [replace(span, lower=self.settled(span.lower), upper=self.settled(span.upper)) for span in spans]

    def finding(self, truth: bool | None, found: str, *premises: Fact | Number | Verdict, reason: str = "") -> Finding:
        """The finding where the claim is true, false or undecided; proved where it rests on no premise."""
        if truth is None:
            return Finding(self.claim, OPEN, found, Standing.OPEN, reason or "not decided")
        standing = weakest(*(premise.standing for premise in premises))
        return Finding(self.claim, AGREES if truth else CONTRADICTS, found, standing, reason)


@alone
def check(
    spec: Spec,
    facts: Facts,
    verdicts: Sequence[Verdict],
    activation: Activation,
    standards: Sequence[Standard] = STANDARDS,
) -> tuple[Finding, ...]:
    """Each claim of the spec against the facts and the verdicts of its activation, which were given by `standards`."""
    return tuple(_checked(_Case(claim, facts, verdicts, activation, standards)) for claim in spec.claims)


def undecided(claim: Claim, reason: str) -> Finding:
    """The finding on a claim that could not be examined."""
    return Finding(claim, OPEN, "", Standing.OPEN, reason)


def attach(verdicts: Iterable[Verdict], findings: Sequence[Finding]) -> tuple[Verdict, ...]:
    """The verdicts with what came of the claims on each: the worst of them, where there are several.

    A claim that is meant at other values of the parameters says nothing of these verdicts.
    """
    return tuple(replace(verdict, claim=_together(verdict.key, findings)) for verdict in verdicts)


def _together(key: str, findings: Sequence[Finding]) -> str | None:
    outcomes = {finding.outcome for finding in findings if finding.claim.key == key and not finding.claim.at}
    return next((outcome for outcome in (CONTRADICTS, OPEN, AGREES) if outcome in outcomes), None)


def _checked(case: _Case) -> Finding:
    claim = case.claim
    try:
        values = {name: text for name, text in claim.at.items() if name != "x" and case.number(text).is_finite}
        if values:
            case = replace(case, activation=case.activation.rebind(values))
        if claim.key in _OF_THE_FORMULA:
            return _OF_THE_FORMULA[claim.key](case)
        if values:
            case = _known(case)
        return _OF_THE_FACTS[claim.key if claim.key in _OF_THE_FACTS else claim.kind](case)
    except (Undecided, InputError) as why:
        return undecided(claim, str(why))


def _known(case: _Case) -> _Case:
    """The case with the facts and verdicts of its activation, whose parameters the claim has moved."""
    from propcheck.questions import facts

    found = facts(case.activation)
    return replace(case, facts=found, verdicts=judge(found, case.standards))


# ---------------------------------------------------------------------------------------------- read off the facts


def _verdict(case: _Case) -> Finding:
    verdict = next((verdict for verdict in case.verdicts if verdict.key == case.claim.key), None)
    if verdict is None:
        raise Undecided(f"the criterion {case.claim.key} was not asked")
    meant = {"+": ("holds", "partly"), "-": ("fails",)}.get(str(case.claim.value), (case.claim.value,))
    truth = None if verdict.verdict == "open" else verdict.verdict in meant
    return case.finding(truth, verdict.verdict, verdict, reason="; ".join(verdict.reasons))


def _number(case: _Case) -> Finding:
    found = number(case.facts, *case.claim.key.split("."))
    if not found.known:
        return case.finding(None if open_(found) else False, str(found), found, reason=found.note or "does not exist")
    return case.finding(_is(found, case.number(case.claim.value)), told(found), found)


def _count(case: _Case) -> Finding:
    """A whole number among the fields of a fact."""
    key, *fields = case.claim.key.split(".")
    fact = answered(case.facts, key)
    found: Any = fact
    for name in fields:
        found = found.get(name) if found is not None else None
    if fact is None or found is None:
        return case.finding(None, "?")
    return case.finding(str(found) == case.claim.value, str(found), fact)


def _word(case: _Case) -> Finding:
    """A fact that is a word or a yes or no; a strict monotonicity is also the one that is not strict."""
    key, *fields = case.claim.key.split(".")
    fact = answered(case.facts, key)
    found = fact.get(fields[0] if fields else "value") if fact is not None else None
    if fact is None or found is None:
        return case.finding(None, "?")
    implied = (found, *(_WEAKER.get(found, ()) if key == "monotonicity" else ()))
    return case.finding(case.claim.value in implied, _said(found), fact)


def _interval(case: _Case) -> Finding:
    """A range: both ends, and whether they are attained."""
    key = case.claim.key
    stated = interval(str(case.claim.value), case.symbols)
    ends = [number(case.facts, key, end) for end in ("inf", "sup")]
    attained = [_attained(case, key, end) for end in ("inf", "sup")]
    same_ends = [_is(found, case.settled(end)) for found, end in zip(ends, (stated.lower, stated.upper), strict=True)]
    brackets = (stated.lower_closed, stated.upper_closed)
    same_brackets = [None if hit is None else hit == closed for hit, closed in zip(attained, brackets, strict=True)]
    faults = []
    for place, (end, argument) in enumerate((("inf", "argmin"), ("sup", "argmax"))):
        at = number(case.facts, key, argument)
        if same_ends[place] is False:
            faults.append(f"the {end} is {told(ends[place])}")
        elif same_brackets[place] is False:
            where = f", at {told(at)}" if at.known else ""
            faults.append(f"the {end} is attained{where}" if attained[place] else f"the {end} is not attained")
    whole, left_out = _in_one(case, key)
    found = _spanned(ends, attained) + left_out
    faults += [f"not every value between its ends is taken: {found}"] if whole is False else []
    premises = [*ends, *(fact for fact in (answered(case.facts, name) for name in (key, "image")) if fact is not None)]
    return case.finding(_all([*same_ends, *same_brackets, whole]), found, *premises, reason="; ".join(faults))


def _in_one(case: _Case, key: str) -> tuple[bool | None, str]:
    """Are all values between the ends of a range taken, and which are not?"""
    if key != "range" or "image" not in case.facts:
        return True, ""
    image = answered(case.facts, "image")
    if image is None:
        return None, ""
    gaps = [
        f"{'(' if here[1] else '['}{told(one[1])}, {told(two[0])}{')' if there[0] else ']'}"
        for (one, two), (here, there) in zip(pairwise(image["intervals"]), pairwise(image["closed"]), strict=True)
    ]
    return False, f" without {listed(gaps)}"


def _attained(case: _Case, key: str, end: str) -> bool | None:
    """Is this end of the range attained? An infinite one is not."""
    fact = answered(case.facts, key)
    if finite(number(case.facts, key, end)) is False:
        return False
    return fact.get(f"{end}_attained") if fact is not None else None


def _spanned(ends: Sequence[Number], attained: Sequence[bool | None]) -> str:
    """The range as an interval: "[0, 1/4)"; a question mark where it is not decided whether the end is attained."""
    left, right = {True: "[", False: "(", None: "?"}[attained[0]], {True: "]", False: ")", None: "?"}[attained[1]]
    return f"{left}{told(ends[0])}, {told(ends[1])}{right}"


def _sign(case: _Case) -> Finding:
    inf, sup = (number(case.facts, "range", end) for end in ("inf", "sup"))

    def beyond(end: str, clear: bool | None) -> bool | None:
        """Is g on this side of 0 throughout, 0 excluded?"""
        reaches = equals(number(case.facts, "range", end), 0)
        return _not(_attained(case, "range", end)) if reaches else clear

    truths = {
        "positive": beyond("inf", exceeds(inf, 0)),
        "nonnegative": at_least(inf, 0),
        "negative": beyond("sup", _not(at_least(sup, 0))),
        "nonpositive": _not(exceeds(sup, 0)),
        "both": _all([_not(at_least(inf, 0)), exceeds(sup, 0)]),
    }
    found = f"inf {told(inf)}, sup {told(sup)}"
    return case.finding(truths[str(case.claim.value)], found, inf, sup)


def _bounded(case: _Case) -> Finding:
    end = number(case.facts, "range", "inf" if case.claim.key == "bounded_below" else "sup")
    bounded = finite(end)
    return case.finding(None if bounded is None else bounded == case.claim.value, told(end), end)


def _differentiable(case: _Case) -> Finding:
    smoothness, domain = answered(case.facts, "smoothness"), answered(case.facts, "domain")
    if domain is not None and domain["undefined"]:
        return case.finding(case.claim.value is False, "not defined on the whole line", domain)
    if smoothness is None or domain is None:
        return case.finding(None, "?")
    truth = smoothness["class"] not in ("discontinuous", "C^0")
    return case.finding(truth == case.claim.value, smoothness["class"], smoothness, domain)


# ---------------------------------------------------------------------------------------------- decided from the pieces


def _derivative(case: _Case) -> Finding:
    return of_formula(case.activation, case.claim, ORDERS[case.claim.key])


def of_formula(activation: Activation, claim: Claim, order: int) -> Finding:
    """The finding on a stated derivative of this order (-1: antiderivative) of the claim's activation.

    It is meant for all parameters but those that the claim names; a bare expression has the values that it was given.
    """
    bare = activation.spec is not None and activation.name == activation.spec.formula
    stated = derivative.read(activation, str(claim.value))
    proof = derivative.prove(activation, stated, order, held=activation.values if bare else claim.at)
    outcome = {derivative.PROVED: AGREES, derivative.REFUTED: CONTRADICTS, derivative.OPEN: OPEN}[proof.outcome]
    reason = "not decided" if outcome == OPEN else ""
    return Finding(claim, outcome, str(proof), proof.standing, reason, proof)


def _equals(case: _Case) -> Finding:
    """Is g the stated function where the claim is meant?"""
    limits = {name: text for name, text in case.claim.at.items() if name != "x" and case.number(text).is_infinite}
    meant = _limit(case, limits) if limits else case.activation
    stated = case.function(str(case.claim.value))
    found = []
    for lower, upper, (left, right) in _stretches(case.intervals(), meant, stated):
        found.append(show(left.expr))
        difference = left.expr - right.expr
        if is_zero(difference):
            continue
        witness = _nonzero(difference, lower, upper)
        if witness is None:
            raise Undecided(f"whether {show(left.expr)} is {show(right.expr)} on ({lower}, {upper})")
        return case.finding(False, f"{show(left.expr)} on ({lower}, {upper})", reason=f"they differ at x = {witness}")
    for point in _breaks(case.intervals(), meant, stated):
        mine, other = (value_at(function.bound, point) for function in (meant, stated))
        if mine is None or other is None:
            raise Undecided(f"whether the two are equal at {point}")
        if not _same(mine, other):
            return case.finding(False, f"{mine} at {point}", reason=f"they differ at x = {point}")
    return case.finding(True, found[0] if len(set(found)) == 1 else show(meant.bound))


def _limit(case: _Case, limits: Mapping[str, str]) -> Activation:
    """The pointwise limit of a function of x and one product p x times x, as the parameter p goes to infinity.

    With x = s u, u > 0, and p = t/u such a function is u q(t), so that the limit for x of sign s is u lim q.
    """
    if len(limits) != 1:
        raise Undecided("a limit in several parameters at once")
    ((name, text),) = limits.items()
    parameter, u = case.symbols[name], sp.Symbol("u", positive=True)
    t = X if case.number(text) is sp.oo else -X
    others = {case.symbols[other]: value for other, value in case.activation.values.items() if other != name}
    expr = case.activation.expression.xreplace(others)
    at_zero = expr.subs(X, 0)
    halves = []
    for side in (1, -1):
        part = sp.Symbol("t")
        scaled: Any = expr.subs({X: side * u, parameter: part / u}, simultaneous=True) / u
        if scaled.has(u) or at_zero.has(parameter):
            raise Undecided(f"the limit of {show(expr)} as {name} goes to {text}")
        halves.append(side * X * limit(scaled.xreplace({part: t}), sp.oo, 1))
    joined = sp.Piecewise((halves[0], sp.Gt(X, 0)), (halves[1], sp.Lt(X, 0)), (at_zero, True), evaluate=False)
    return from_expression(joined, case.activation.name)


def _value_at(case: _Case) -> Finding:
    """The value at a point."""
    if "x" not in case.claim.at:
        raise InputError("a claim on value says at which x it is meant: at = {x = 0}")
    found = case.activation(case.number(case.claim.at["x"]))
    if found is None:
        return case.finding(False, "not defined")
    return case.finding(_same(found, case.number(case.claim.value)), told(exact_number(found)))


def _slope(case: _Case) -> Finding:
    """The slope at a point: one-sided, or on both sides where g is continuous and they are equal."""
    if "x" not in case.claim.at:
        raise InputError(f"a claim on {case.claim.key} says at which x it is meant: at = {{x = 0}}")
    at, stated = case.number(case.claim.at["x"]), case.number(case.claim.value)
    sides = {"slope.left": (-1,), "slope.right": (1,)}.get(case.claim.key, (-1, 1))
    pieces = [_beside(case.activation, at, side) for side in sides]
    slopes = [limit(piece.derivative(), at, side) for piece, side in zip(pieces, sides, strict=True)]
    shown = [told(exact_number(slope)) for slope in slopes]
    if len(sides) == 2:
        values = [limit(piece.expr, at, side) for piece, side in zip(pieces, sides, strict=True)]
        value = value_at(case.activation.bound, at)
        if value is None or not all(_same(value, other) for other in values):
            return case.finding(False, "no slope", reason=f"not continuous at {at}")
        if not _same(*slopes):
            return case.finding(False, "no slope", reason=f"{shown[0]} on the left, {shown[1]} on the right")
    return case.finding(_same(slopes[0], stated), shown[0])


def _slope_at_most(case: _Case) -> Finding:
    most = case.number(case.claim.value)
    for lower, upper, (piece,) in _stretches(case.intervals(), case.activation):
        for sign in (1, -1):
            room = most - sign * piece.derivative()
            witness = _where(room, lower, upper, piece.removable, {-1})
            if witness is not None:
                found, _ = _told_apart(_value(piece, 1, witness), sign * most)
                return case.finding(False, f"slope {found} at x = {witness}")
    return case.finding(True, f"abs slope at most {case.claim.value} throughout")


def _slope_above(case: _Case) -> Finding:
    return _compared(case, 1, lambda piece: piece.derivative(), "slope")


def _slope_falls_faster(case: _Case) -> Finding:
    return _compared(case, 2, lambda piece: piece.derivative(2) ** 2, "abs slope of the slope")


def _compared(case: _Case, order: int, size: Callable[[Piece], sp.Expr], noun: str) -> Finding:
    """Is the size of a derivative above that of the stated function's wherever the claim is meant?"""
    other = case.function(str(case.claim.value))
    included = _breaks(case.intervals(), case.activation, other)
    for lower, upper, pair in _stretches(case.intervals(), case.activation, other):
        lead = size(pair[0]) - size(pair[1])
        witness = _where(lead, lower, upper, (*pair[0].removable, *pair[1].removable), {-1, 0})
        if witness is not None:
            mine, theirs = _told_apart(*(_value(piece, order, witness) for piece in pair))
            return case.finding(False, f"{noun} {mine} at x = {witness}", reason=f"{theirs} for {other.title}")
        for end, side in ((lower, 1), (upper, -1)):
            if any(same(end, point) for point in included) and constant_sign(limit(lead, end, side)) <= 0:
                raise Undecided(f"the two meet at {end}")
    return case.finding(True, f"{noun} above that of {other.title} throughout")


def _slope_outlasts(case: _Case) -> Finding:
    """Does g' over the slope of the stated function grow without bound on both sides?"""
    other = case.function(str(case.claim.value))
    shown, truths, reasons = [], [], []
    for end, side in ((-sp.oo, "left"), (sp.oo, "right")):
        try:
            found = limit(_slope_ratio(case.activation, other, end, side), end, 1)
        except Undecided as reason:
            shown.append(f"? on the {side}")
            truths.append(None)
            reasons.append(str(reason))
        else:
            shown.append(f"{told(exact_number(found))} on the {side}")
            truths.append(bool(found.is_infinite))
    return case.finding(_all(truths), f"the ratio of slopes tends to {', '.join(shown)}", reason="; ".join(reasons))


def _slope_ratio(one: Activation, other: Activation, end: sp.Expr, side: str) -> sp.Expr:
    """g' over the slope of another function, far out on one side."""
    slopes = []
    for function in (one, other):
        reaching = [piece for piece in function.pieces if end in (piece.lower, piece.upper)]
        if not reaching:
            raise Undecided(function.trouble or f"{function.title} is not defined far out on the {side}")
        slopes.append(reaching[0].derivative())
    if is_zero(slopes[1]) is not False:
        raise Undecided(f"the slope of {other.title} far out on the {side} is 0, or not told apart from it")
    return slopes[0] / slopes[1]


def _piecewise_linear(case: _Case) -> Finding:
    zero = [piece.is_zero(piece.derivative(2)) for piece in case.activation.pieces]
    linear = _all(zero) if case.activation.pieces else None
    found = "" if linear is None else f"{'linear' if linear else 'not linear'} on {len(zero)} pieces"
    return case.finding(None if linear is None else linear == case.claim.value, found)


def _prose(case: _Case) -> Finding:
    return undecided(case.claim, "not a question that the formula decides")


# Questions by key, decided from the pieces.
_OF_THE_FORMULA: dict[str, Callable[[_Case], Finding]] = {
    **dict.fromkeys(ORDERS, _derivative),
    "value": _value_at,
    "equals": _equals,
    "slope": _slope,
    "slope.left": _slope,
    "slope.right": _slope,
    "slope_at_most": _slope_at_most,
    "slope_above": _slope_above,
    "slope_falls_faster_than": _slope_falls_faster,
    "slope_outlasts": _slope_outlasts,
    "piecewise_linear": _piecewise_linear,
    "prose": _prose,
}
# Questions by key, or by the kind of the claim, that facts and verdicts answer.
_OF_THE_FACTS: dict[str, Callable[[_Case], Finding]] = {
    "sign": _sign,
    "bounded_below": _bounded,
    "bounded_above": _bounded,
    "differentiable": _differentiable,
    "verdict": _verdict,
    "number": _number,
    "count": _count,
    "interval": _interval,
    **dict.fromkeys(("yes or no", "smoothness", "parity", "monotonicity", "saturation", "kept value"), _word),
}


# ---------------------------------------------------------------------------------------------- truths and numbers


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _all(truths: Sequence[bool | None]) -> bool | None:
    """Are all true? One that is false settles it."""
    return False if False in truths else None if None in truths else True


def _same(left: sp.Expr, right: sp.Expr) -> bool:
    """Are two numbers, infinities among them, equal?"""
    if left.is_infinite or right.is_infinite:
        return left == right
    truth = equal(left, right)
    if truth is None:
        raise Undecided(f"whether {left} is {right}")
    return truth


def _is(found: Number, stated: sp.Expr) -> bool | None:
    """Is the number that was found the stated one? An enclosure refutes; only an exact form confirms."""
    if not found.known or found.lower is None or found.upper is None:
        return None
    if stated.is_infinite or not finite(found):
        infinity = math.inf if stated is sp.oo else -math.inf
        if stated.is_infinite and found.lower == found.upper == infinity:
            return True
        return False if stated.is_infinite and finite(found) or finite(found) is False else None
    exact = _exact(found)
    if exact is not None and (truth := equal(exact, stated)) is not None:
        return truth
    with ctx.workprec(160):
        ball = constant_ball(stated)
    if below(ball) > found.upper or above(ball) < found.lower:
        return False
    return True if found.lower == found.upper and stated == sp.Rational(found.lower) else None


def _exact(found: Number) -> sp.Expr | None:
    """The exact form of a number, read from its text; None where it has none in the expression language."""
    try:
        return parse(found.exact, {"E": sp.E}) if found.exact is not None else None  # type: ignore[dict-item]
    except InputError:
        return None


def _said(value: str | bool) -> str:
    return value if isinstance(value, str) else "yes" if value else "no"


# ---------------------------------------------------------------------------------------------- pieces on intervals


def _stretches(
    intervals: Iterable[Interval], *functions: Activation
) -> Iterator[tuple[sp.Expr, sp.Expr, tuple[Piece, ...]]]:
    """The open intervals, cut to `intervals`, on which each of the functions is one expression."""
    for span in intervals:
        yield from _refined(span.lower, span.upper, functions)


def _refined(
    lower: sp.Expr, upper: sp.Expr, functions: Sequence[Activation]
) -> Iterator[tuple[sp.Expr, sp.Expr, tuple[Piece, ...]]]:
    if not functions:
        yield lower, upper, ()
        return
    first, *rest = functions
    if first.trouble or not first.pieces:
        raise Undecided(first.trouble or f"{first.name} is defined nowhere")
    for gap in first.undefined:
        if not (precedes(gap[1], lower) or precedes(upper, gap[0])):
            raise Undecided(f"{first.name} is not defined on all of ({lower}, {upper})")
    for piece in first.pieces:
        if part := piece.within(lower, upper):
            for inner_low, inner_high, others in _refined(*part, rest):
                yield inner_low, inner_high, (piece, *others)


def _breaks(intervals: Iterable[Interval], *functions: Activation) -> list[sp.Expr]:
    """The breakpoints of the functions that lie in the intervals, and the ends that belong to them."""
    points = []
    for span in intervals:
        points += [end for end, closed in ((span.lower, span.lower_closed), (span.upper, span.upper_closed)) if closed]
        for point in chain.from_iterable(function.points for function in functions):
            if precedes(span.lower, point.at) and precedes(point.at, span.upper):
                points.append(point.at)
    return points


def _beside(activation: Activation, at: sp.Expr, side: int) -> Piece:
    piece = piece_beside(activation.pieces, at, side)
    if piece is None:
        raise Undecided(f"{activation.name} is not defined beside {at}")
    return piece


def _where(
    expr: sp.Expr, lower: sp.Expr, upper: sp.Expr, removable: Sequence[sp.Expr], wanted: set[int]
) -> sp.Expr | None:
    """A point of (lower, upper) at which the expression has one of the wanted signs; None where there is none."""
    chart = signs(expr, X, lower, upper, removable)
    if chart.period is not None and not wanted.isdisjoint(chart.all_signs | ({0} if chart.zeros else set())):
        raise Undecided(f"where {show(expr)} changes its sign, again and again")
    cuts = [lower, *(zero.at for zero in chart.zeros), upper]
    for place, sign in enumerate(chart.signs):
        if sign in wanted:
            return inner_point(cuts[place], cuts[place + 1])
    return chart.zeros[0].at if 0 in wanted and chart.zeros else None


def _nonzero(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> sp.Rational | None:
    """A rational point of (lower, upper) at which the expression is not 0, proved by a ball."""
    form = compile_form(expr, X)
    point = inner_point(lower, upper)
    with ctx.workprec(200):
        for _ in range(_WITNESSES):
            ball = form.ball(rational_ball(point))
            if ball.is_finite() and not ball.contains(0):
                return point
            point = inner_point(point, upper)
    return None


def _value(piece: Piece, order: int, at: sp.Expr) -> sp.Expr:
    """The derivative of this order at a point inside the piece."""
    return limit(piece.derivative(order), at, 1)


def _told_apart(one: sp.Expr, other: sp.Expr) -> tuple[str, str]:
    """Two numbers, in as many digits as show that they differ where they do."""
    short = told(exact_number(one)), told(exact_number(other))
    return short if short[0] != short[1] or same(one, other) else derivative.apart(one, other)


# ---------------------------------------------------------------------------------------------- the text as a whole


@alone
def paper_findings(checked: Sequence[tuple[Activation, Sequence[Finding]]]) -> tuple[Finding, ...]:
    """Where what is said several times of one function cannot all be true: a claim agrees, another contradicts."""
    return tuple(_self_contradictions(checked))


def _self_contradictions(checked: Sequence[tuple[Activation, Sequence[Finding]]]) -> Iterator[Finding]:
    for activation, findings in checked:
        for key in dict.fromkeys(finding.claim.key for finding in findings):
            about = [finding for finding in findings if finding.claim.key == key and not finding.claim.at]
            if {AGREES, CONTRADICTS} <= {finding.outcome for finding in about}:
                said = [f"{_said(finding.claim.value)} ({finding.claim.source})" for finding in about]
                sources = "; ".join(finding.claim.source for finding in about)
                claim = Claim(key, f"{activation.title}: {listed(said)}", sources)
                standing = weakest(*(finding.standing for finding in about if finding.outcome != OPEN))
                yield Finding(claim, CONTRADICTS, about[0].found, standing, "the text says both, and one is false")

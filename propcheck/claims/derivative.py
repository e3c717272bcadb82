"""Is a stated derivative right? Compared piece by piece, on the common refinement of both partitions.

With the parameters left symbolic an equality holds for every value inside their ranges; the closed ends of the ranges
are compared by themselves. What is not settled so is asked at values of the parameters, which can refute and never
prove.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, pairwise, product

import sympy as sp
from sympy.core.relational import Relational

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.signs import precedes, within
from propcheck.claims.by_pieces import Side, Taken, compare, divided
from propcheck.claims.proof import OPEN, PROVED, REFUTED, Convention, Proof, Wrong, listed, place_text, value_text
from propcheck.language import OUTPUT, X, parse, show, with_output
from propcheck.language.limits import MAX_SIZE, node_count
from propcheck.language.periods import comes_back
from propcheck.pieces.restriction import restricted
from propcheck.spec import Parameter
from propcheck.verdict import InputError

MAX_ENDS = 80  # combinations of closed ends of the ranges that are compared by themselves
_SAMPLES = 64  # values of the parameters at which a refutation is looked for
_TOGETHER = 24  # of them at which several parameters move at once
_OUTER = (sp.Integer(30), sp.Rational(1, 30), sp.Integer(-30))  # shares near the ends of several ranges at once
_COMPARING = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, Relational)

Values = dict[sp.Symbol, sp.Expr]
Ranges = Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]


def read(activation: Activation, text: str) -> sp.Expr:
    """A formula stated of this activation, in the expression language; in it y is the output, g(x)."""
    symbols = activation.spec.symbols() if activation.spec else {}
    stated = parse(text, with_output(symbols))
    if OUTPUT.name in symbols or OUTPUT not in stated.free_symbols:
        return stated
    times = sum(node == OUTPUT for node in sp.preorder_traversal(stated))
    if times * node_count(activation.expression, MAX_SIZE) > MAX_SIZE:
        raise InputError(f"with g(x) for y the formula has more than {MAX_SIZE} parts, which is the limit")
    return stated.xreplace({OUTPUT: activation.expression})


def prove(activation: Activation, stated: sp.Expr, order: int = 1, held: Collection[str] = ()) -> Proof:
    """Is `stated` the derivative of this order, at all values of the parameters in their ranges?

    Order -1 asks whether `stated` is an antiderivative: continuous, with the function as its derivative. A parameter
    without a range may be any number; one that is `held` stands at its value, unless the equality holds at every other
    as well. Where `stated` has none of the parameters of a random function it is compared with the derivative of the
    mean function.
    """
    if activation.trouble:
        return _again_and_again(activation, stated, order)
    random = {p.symbol(): _law_range(activation, p) for p in activation.parameters if p.role == "random"}
    if activation.noise is not None and random.keys().isdisjoint(stated.free_symbols):
        return _of_the_mean(activation, stated, order)
    if not activation.ranges and not random:
        return _at_values(activation, stated, order, {})
    general = _for_all(activation, stated, order, {**activation.ranges, **random}, {})
    free = [p for p in _declared(activation) if p.name not in held]
    still = {p.symbol(): activation.values[p.name] for p in _declared(activation) if p not in free}
    if general.outcome != PROVED and still:
        rest = {symbol: ends for symbol, ends in activation.ranges.items() if symbol not in still} | random
        if not rest:
            proof = _at_values(activation, stated, order, activation.values)
            when = listed(f"{name} = {show(value)}" for name, value in activation.values.items())
            return replace(proof, text=f"{proof.text} when {when}") if proof.outcome == PROVED else proof
        general = _for_all(activation, stated, order, rest, still)
    if general.outcome == PROVED or random:
        return general
    tried = list(islice(_samples(activation, stated, free), _SAMPLES))
    for values in tried:
        proof = _moved(activation, stated, order, values)
        if proof.outcome == REFUTED:
            return proof
    return replace(general, outcome=OPEN, text=f"{general.text}; not refuted at {len(tried)} values of the parameters")


def _again_and_again(activation: Activation, stated: sp.Expr, order: int) -> Proof:
    """The comparison over two periods of a function that comes back, where what is stated comes back too."""
    if activation.wave is None or order < 1 or activation.noise is not None:
        return Proof(OPEN, activation.trouble)
    settled = stated.xreplace({p.symbol(): activation.values[p.name] for p in _declared(activation)})
    found = comes_back(activation.bound, [settled, *(u for _, _, u in activation.conditions)])
    if found is None:
        return Proof(OPEN, f"{activation.trouble}; what is stated is not shown to come back with it")
    begin, length = activation.wave.start, found[0]
    try:
        seen = activation.seen(begin - length, begin + length)
    except Undecided as reason:
        return Proof(OPEN, str(reason))
    proof = _at_values(seen, stated, order, activation.values)
    if proof.outcome != PROVED:
        return proof
    if activation.values:
        return replace(proof, outcome=OPEN, text="equal at the values in use, not proved for every value")
    again = f", again every {show(length)}" if proof.conventions else ""
    return replace(proof, text=proof.text + again)


def _declared(activation: Activation) -> list[Parameter]:
    """The parameters that have values."""
    return [parameter for parameter in activation.parameters if parameter.role != "random"]


def _law_range(activation: Activation, parameter: Parameter) -> tuple[sp.Expr, sp.Expr]:
    """The support of a random parameter."""
    law = parameter.law(activation.spec.symbols() if activation.spec else {})
    return law.arguments if law.kind == "uniform" else (-sp.oo, sp.oo)


def _of_the_mean(activation: Activation, stated: sp.Expr, order: int) -> Proof:
    """The comparison with the mean function, which is known at values of the other parameters only."""
    proof = _at_values(activation, stated, order, activation.values)
    if proof.outcome != PROVED:
        return proof
    if activation.values:
        return replace(proof, outcome=OPEN, text="right of the mean at the values in use, not proved for every value")
    return replace(proof, text=f"compared with the mean over the noise: {proof.text}")


def _samples(activation: Activation, stated: sp.Expr, free: Iterable[Parameter]) -> Iterator[dict[str, sp.Expr]]:
    """Values of the parameters: the ones in use, others within the ranges, the ends, and those that a text compares.

    What is compared is met one parameter at a time, and all at once: a fault may show where several are large together.
    """
    use = dict(activation.values)
    yield use
    ranged = {p: p.ends() for p in free}
    turns = {p: _turns((stated, activation.expression), p, activation.values) for p in ranged}
    gaps = {p: _between(turns[p], *ranged[p]) for p in ranged}
    for p in ranged:
        for value in [*gaps[p][1:-1], *turns[p]]:
            if p.admits(value):
                yield use | {p.name: value}
    meeting = {p.name: [value for value in gaps[p] if p.admits(value)] or [use[p.name]] for p in ranged}
    together = (dict(zip(meeting, values, strict=True)) for values in product(*meeting.values()))
    outermost = [{name: values[place] for name, values in meeting.items()} for place in (-1, 0)]
    for values in [*outermost, *islice(together, _TOGETHER)]:
        yield use | values
    spread = [sp.Rational(1, 2), sp.Integer(2), sp.Rational(1, 7), sp.Integer(5), sp.Rational(6, 7)]
    for k in range(len(spread)):
        shares = [spread[(k + 2 * place) % len(spread)] for place in range(len(ranged))]
        yield use | {p.name: _share(t, *ranged[p], (-1) ** k) for p, t in zip(ranged, shares, strict=True)}
    for shares in islice(product(_OUTER, repeat=len(ranged)), _TOGETHER if len(ranged) > 1 else 0):
        yield use | {p.name: _share(abs(t), *ranged[p], sp.sign(t)) for p, t in zip(ranged, shares, strict=True)}
    for p in ranged:
        for end in _closed_ends(p):
            yield use | {p.name: end}


def _share(t: sp.Expr, lower: sp.Expr, upper: sp.Expr, side: int) -> sp.Expr:
    """The value of a parameter that divides its range as 1 : t, or lies t away from its one end, or from 0."""
    if lower.is_finite and upper.is_finite:
        return lower + (upper - lower) * t / (1 + t)
    if lower.is_finite:
        return lower + t
    return upper - t if upper.is_finite else t * side


def _turns(texts: Iterable[sp.Expr], parameter: Parameter, use: Mapping[str, sp.Expr]) -> list[sp.Expr]:
    """The values of a parameter at which a comparison in a text may turn, the other parameters at those in use."""
    symbol = parameter.symbol()
    found: set[sp.Expr] = set()
    for node in set().union(*(text.atoms(*_COMPARING) for text in texts)):
        for x in (sp.S.One, sp.S.NegativeOne):
            put = {other: use[other.name] for other in node.free_symbols - {X, symbol} if other.name in use} | {X: x}
            sides = [arg.xreplace(put) for arg in node.args[:1] if not isinstance(node, (sp.Max, sp.Min, Relational))]
            if isinstance(node, (sp.Max, sp.Min, Relational)):
                sides = [(one - two).xreplace(put) for one, two in combinations(node.args, 2)]
            found.update(root for gap in sides for root in _roots(gap, symbol))
    return sorted(found, key=float)


def _roots(gap: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """The rational roots of a polynomial of degree 1, and numbers near those of one of degree 2."""
    if gap.free_symbols != {symbol} or not gap.is_polynomial(symbol):
        return []
    poly = sp.Poly(gap, symbol)
    if poly.degree() == 1:
        return [-poly.nth(0) / poly.nth(1)]
    if poly.degree() != 2:
        return []
    return [sp.Rational(f"{float(root):.12g}") for root in sp.roots(poly) if root.is_real]


def _between(known: Sequence[sp.Expr], lower: sp.Expr, upper: sp.Expr) -> list[sp.Expr]:
    """A number of the range below all of these, one in each gap, one above all; none where there are none."""
    inside = [value for value in known if precedes(lower, value) and precedes(value, upper)]
    if not inside:
        return []
    reach = 1 + abs(inside[-1] - inside[0])
    low = (lower + inside[0]) / 2 if lower.is_finite else inside[0] - reach
    high = (upper + inside[-1]) / 2 if upper.is_finite else inside[-1] + reach
    return [low, *((left + right) / 2 for left, right in pairwise(inside)), high]


def _closed_ends(parameter: Parameter) -> list[sp.Expr]:
    """The ends of its range that belong to it."""
    if parameter.range is None or parameter.role == "random":
        return []
    return [end for end in dict.fromkeys(parameter.ends()) if end.is_finite and parameter.admits(end)]


# --- with symbols ----------------------------------------------------------------------------------------------------


def _for_all(activation: Activation, stated: sp.Expr, order: int, ranges: Ranges, held: Values) -> Proof:
    """The comparison with these parameters symbolic, the others held; it proves, and otherwise leaves open."""
    owners = {p.symbol(): p for p in activation.parameters}
    inside = _symbolic(activation, stated, order, ranges, held)
    if inside.outcome != PROVED:
        named = listed(_span(owners[symbol], *ends) for symbol, ends in ranges.items())
        return replace(inside, text=f"not proved for every {named}: {inside.text}")
    conventions, alone = list(inside.conventions), []
    for ends in _combinations([owners[symbol] for symbol in ranges]):
        when = listed(f"{symbol} = {show(end)}" for symbol, end in ends.items())
        rest = {symbol: span for symbol, span in ranges.items() if symbol not in ends}
        if rest:
            proof = _symbolic(activation, stated, order, rest, {**held, **ends})
        else:
            values = {**activation.values, **{symbol.name: end for symbol, end in ends.items()}}
            proof = _moved(activation, stated, order, values)
        if proof.outcome == REFUTED:
            return proof
        if proof.outcome == OPEN:
            return Proof(OPEN, f"proved inside the ranges of the parameters, not when {when}: {proof.text}")
        alone.append(when)
        known = {(taken.at, taken.kind) for taken in inside.conventions}
        conventions += [replace(c, when=when) for c in proof.conventions if (c.at, c.kind) not in known]
    named = listed(_span(owners[symbol], *ends, _closed_ends(owners[symbol])) for symbol, ends in ranges.items())
    put = f", with {listed(f'{symbol} = {show(value)}' for symbol, value in held.items())}" if held else ""
    return Proof(PROVED, _everywhere(conventions), named + put, tuple(conventions), ends=tuple(alone))


def _combinations(parameters: Sequence[Parameter]) -> Iterator[Values]:
    """Each choice of parameters that stand at closed ends of their ranges, the others being inside."""
    choices: list[list[sp.Expr | None]] = [[None, *_closed_ends(parameter)] for parameter in parameters]
    for number, chosen in enumerate(product(*choices)):
        if number > MAX_ENDS:
            raise Undecided(f"the ranges have more than {MAX_ENDS} combinations of closed ends")
        ends = {p.symbol(): end for p, end in zip(parameters, chosen, strict=True) if end is not None}
        if ends:
            yield ends


def _symbolic(activation: Activation, stated: sp.Expr, order: int, ranges: Ranges, put: Values) -> Proof:
    """The comparison inside these ranges, with values put in for other parameters."""
    try:
        with within(ranges):
            g, said = (divided(expr.xreplace(put), activation.on) for expr in (activation.expression, stated))
            found = compare(_seen(g, activation), said, order, {})
            return Proof(PROVED, _everywhere(found), "", tuple(_admitted_only(found, activation)))
    except (Wrong, Undecided, InputError) as reason:
        return Proof(OPEN, str(reason))


def _seen(g: Side, activation: Activation) -> Side:
    """The side of the function as far as it is looked at: all of it, or what lies within an interval."""
    if activation.on is None:
        return g
    lower, upper = activation.on
    places = [at for at in g.places if precedes(lower, at) and precedes(at, upper)]
    return Side(restricted(g.pieces, lower, upper), places, g.value)


def _span(parameter: Parameter, lower: sp.Expr, upper: sp.Expr, closed: Sequence[sp.Expr] = ()) -> str:
    """A range in words, with the ends that belong to it."""
    name = parameter.name
    low, high = ("<=" if end in closed else "<" for end in (lower, upper))
    if lower.is_finite and upper.is_finite:
        return f"{show(lower)} {low} {name} {high} {show(upper)}"
    if lower.is_finite:
        return f"{name} {low.replace('<', '>')} {show(lower)}"
    return f"{name} {high} {show(upper)}" if upper.is_finite else f"real {name}"


def _everywhere(conventions: Sequence[Taken | Convention]) -> str:
    places = (taken.at if isinstance(taken, Convention) else place_text(taken.at) for taken in conventions)
    points = listed(dict.fromkeys(places))
    return f"equal everywhere but at {points}" if points else "equal everywhere"


# --- at values -------------------------------------------------------------------------------------------------------


def _moved(activation: Activation, stated: sp.Expr, order: int, values: Mapping[str, sp.Expr]) -> Proof:
    """The comparison at these values; open where the function does not exist there."""
    try:
        return _at_values(activation.rebind(values), stated, order, values)
    except InputError as reason:
        return Proof(OPEN, str(reason))


def _at_values(activation: Activation, stated: sp.Expr, order: int, values: Mapping[str, sp.Expr]) -> Proof:
    """The comparison at the values that the activation has."""
    told = {name: show(value) for name, value in values.items()}
    put = {symbol: activation.values[symbol.name] for symbol in activation.ranges}
    settled = stated.xreplace(put)
    try:
        if settled.has(sp.zoo, sp.nan):
            raise Wrong(f"nothing is stated when {listed(f'{name} = {value}' for name, value in told.items())}")
        g = Side(activation.pieces, [point.at for point in activation.points], activation)
        found = compare(g, divided(settled, activation.on), order, told)
        return Proof(PROVED, _everywhere(found), "", tuple(_told(taken, "") for taken in found))
    except Wrong as wrong:
        return Proof(REFUTED, str(wrong), witness=wrong.witness)
    except Undecided as reason:
        return Proof(OPEN, str(reason))


# --- in words --------------------------------------------------------------------------------------------------------


def _admitted_only(found: Iterable[Taken], activation: Activation) -> Iterator[Convention]:
    """The conventions in words, with the admitted parameter values at which the kink is none."""
    owners = {p.symbol(): p for p in activation.parameters}
    for taken in found:
        yield _told(taken, "" if taken.jump else _when_equal(taken.left, taken.right, owners))


def _told(taken: Taken, vanishes: str) -> Convention:
    stated = None if taken.stated is None else value_text(taken.stated)
    left, right = value_text(taken.left), value_text(taken.right)
    return Convention(place_text(taken.at), left, right, stated, taken.kind, taken.jump, vanishes)


def _when_equal(left: sp.Expr, right: sp.Expr, owners: Mapping[sp.Symbol, Parameter]) -> str:
    """The parameter values at which a kink vanishes: nothing where there are none, else their equation."""
    symbols = sorted((left - right).free_symbols, key=str)
    if not symbols:
        return ""
    equation = f"{show(left)} = {show(right)}"
    gap = sp.together(left - right).as_numer_denom()[0]
    if len(symbols) != 1 or not gap.is_polynomial(symbols[0]) or sp.degree(gap, symbols[0]) > 4:
        return equation
    poly = sp.Poly(gap, symbols[0])
    roots = sp.roots(poly)
    if sum(roots.values()) != poly.degree() or any(root.is_real is None for root in roots):
        return equation
    try:
        admitted = [root for root in roots if root.is_real and owners[symbols[0]].admits(root)]
    except InputError:
        return equation
    return " or ".join(sorted(f"{symbols[0]} = {show(root)}" for root in admitted))

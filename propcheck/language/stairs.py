"""floor, ceil, round and trunc: as many cases as they have steps, where what they take is bounded.

A step function of all numbers has endless steps, and no finite formula. What a clip around it or inside it leaves of
them is finite: clip(round(u), -128, 127) is round(clip(u, -128, 127)), 256 cases. Until something bounds it, a stair
stands in the expression as a head of its own. One that is read to its end has such heads only where it comes back after
a period, up to a rise, as x - floor(x) does: then its cases are those between two numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import sympy
from flint import arb
from sympy import S
from sympy.logic.boolalg import Boolean
from sympy.printing.latex import LatexPrinter

from propcheck.language.building import by_cases, exp, extreme, log
from propcheck.language.conditions import decided
from propcheck.language.constants import X
from propcheck.language.functions import HEADS
from propcheck.language.limits import MAX_SIZE, Refused, node_count

MOST_STEPS = 1024
_DIGITS = 30  # of a constant: a case too many is empty
Ends = tuple[arb | None, arb | None]  # the least and the largest value; None where there is none, or none was found
_X: ContextVar[Ends] = ContextVar("the least and the largest x in view", default=(None, None))
Level = Callable[[int], tuple[type[sympy.Rel], sympy.Rational]]


class Stair(sympy.Function):
    """A step function whose steps are not counted yet; between its jumps it is constant."""

    nargs = 1
    is_extended_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return S.Zero

    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\operatorname{{{SPELLED[type(self)]}}}\left({printer.doprint(self.args[0])}\right)"


class Floor(Stair):
    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\left\lfloor {printer.doprint(self.args[0])} \right\rfloor"


class Ceil(Stair):
    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\left\lceil {printer.doprint(self.args[0])} \right\rceil"


class Round(Stair):
    pass


class Trunc(Stair):
    pass


# Up to where a stair has the value k or less. Ties of `round` go to the even one, as in IEEE 754 and NumPy.
LEVELS: Mapping[type[Stair], Level] = {
    Floor: lambda k: (sympy.Lt, sympy.Integer(k + 1)),
    Ceil: lambda k: (sympy.Le, sympy.Integer(k)),
    Round: lambda k: (sympy.Lt if k % 2 else sympy.Le, k + S.Half),
    Trunc: lambda k: (sympy.Lt, sympy.Integer(k + 1)) if k >= 0 else (sympy.Le, sympy.Integer(k)),
}


def stair(kind: type[Stair], u: sympy.Expr) -> sympy.Expr:
    """The step function of u: its cases, where u is bounded, and a head else."""
    if isinstance(u, Stair) or u.is_Integer:
        return u
    low, high = ends_of(u)
    if low is None or high is None:
        return kind(u, evaluate=False)
    first, last = int(low.lower().floor().fmpz()), int(high.upper().ceil().fmpz())
    if last - first > MOST_STEPS:
        raise Refused(f"has {last - first} steps; the limit is {MOST_STEPS}")
    if (last - first) * node_count(_up_to(kind, u, (first + last) // 2), MAX_SIZE) > MAX_SIZE:
        raise Refused(f"makes an expression of more than {MAX_SIZE} parts, which is the limit")
    cases = [(sympy.Integer(k), _up_to(kind, u, k)) for k in range(first, last)]
    return by_cases([*(case for case in cases if case[1] != S.false), (sympy.Integer(last), S.true)])


def _up_to(kind: type[Stair], u: sympy.Expr, k: int) -> Boolean:
    """The condition that the stair of u is k or less."""
    relation, bound = LEVELS[kind](k)
    return decided(relation, _bare(u, relation, bound), bound)


def _bare(u: sympy.Expr, relation: type[sympy.Rel], bound: sympy.Rational) -> sympy.Expr:
    """u without the clips around it that do not matter to whether it is below `bound`, or at most that."""
    while isinstance(u, sympy.Max | sympy.Min) and len(u.args) == 2:
        limit, rest = sorted(u.args, key=lambda argument: not isinstance(argument, sympy.Rational))
        if not isinstance(limit, sympy.Rational):
            break
        beyond = limit < bound if isinstance(u, sympy.Max) else limit > bound
        if not beyond and (limit != bound or isinstance(u, sympy.Max) != (relation is sympy.Le)):
            break
        u = rest
    return u


def bounded(kind: type[sympy.Max] | type[sympy.Min], arguments: list[sympy.Expr]) -> sympy.Expr:
    """The largest or smallest argument, in which no stair has more steps than a number among them leaves it.

    For whole m <= (b - q)/p the maximum of b and p F(u) + q is that of b and p F(max(u, m)) + q, and turned over.
    """
    made = extreme(kind, arguments)
    if not isinstance(made, kind) or not made.has(Stair):
        return made
    limit = next((argument for argument in made.args if isinstance(argument, sympy.Rational)), None)
    if limit is None:
        return made
    held = [_held(kind, argument, limit) for argument in made.args]
    rest = [argument for argument in held if argument != limit]
    if len(rest) == 1 and (found := _parts(rest[0])) and ((limit - found[2]) / found[1]).is_Integer:
        held = rest  # no step is beyond the limit
    return _counted(extreme(kind, held) if len(held) > 1 else held[0])


def _held(kind: type, argument: sympy.Expr, limit: sympy.Rational) -> sympy.Expr:
    """The argument with what stairs in it take bounded, so that its maximum or minimum with the limit is the same."""
    if isinstance(argument, sympy.Max | sympy.Min):
        return extreme(type(argument), [_held(kind, part, limit) for part in argument.args])
    found = _parts(argument)
    if found is None:
        return argument
    head, p, q = found
    level = (limit - q) / p
    lower = (kind is sympy.Max) == bool(p > 0)
    end = sympy.floor(level) if lower else sympy.ceiling(level)
    return p * type(head)(extreme(sympy.Max if lower else sympy.Min, [head.args[0], end]), evaluate=False) + q


def _counted(expr: sympy.Expr) -> sympy.Expr:
    """The extremes and the stairs p F(u) + q in them with the cases of F(u), where u is bounded by now."""
    if isinstance(expr, sympy.Max | sympy.Min):
        return extreme(type(expr), [_counted(argument) for argument in expr.args])
    found = _parts(expr)
    if found is None:
        return expr
    head, p, q = found
    return p * stair(type(head), head.args[0]) + q


def _parts(argument: sympy.Expr) -> tuple[Stair, sympy.Rational, sympy.Rational] | None:
    """(F(u), p, q) of p F(u) + q."""
    q, rest = argument.as_coeff_Add()
    p, head = rest.as_coeff_Mul()
    if isinstance(head, Stair) and isinstance(p, sympy.Rational) and isinstance(q, sympy.Rational):
        return head, p, q
    return None


def clip(u: sympy.Expr, low: sympy.Expr, high: sympy.Expr) -> sympy.Expr:
    """min(high, max(low, u)), as NumPy and torch have it."""
    return bounded(sympy.Min, [high, bounded(sympy.Max, [low, u])])


def log_add_exp(u: sympy.Expr, v: sympy.Expr) -> sympy.Expr:
    """log(exp(u) + exp(v))."""
    first, other = (u, v) if u.is_number else (v, u)
    return first + log(1 + exp(other - first))


BUILDERS: Mapping[str, Callable[..., sympy.Expr]] = {
    "floor": lambda u: stair(Floor, u),
    "ceil": lambda u: stair(Ceil, u),
    "round": lambda u: stair(Round, u),
    "trunc": lambda u: stair(Trunc, u),
    **dict.fromkeys(("min", "minimum"), lambda *arguments: bounded(sympy.Min, list(arguments))),
    **dict.fromkeys(("max", "maximum"), lambda *arguments: bounded(sympy.Max, list(arguments))),
    **dict.fromkeys(("clip", "clamp"), clip),
    "logaddexp": log_add_exp,
}
SPELLED = {Floor: "floor", Ceil: "ceil", Round: "round", Trunc: "trunc"}


def endless(expr: sympy.Expr) -> str:
    """What an expression has endless steps of, if it has; as it is written."""
    left = next(iter(sorted(expr.atoms(Stair), key=str)), None)
    return "" if left is None else SPELLED[type(left)]


@contextmanager
def seen(lower: sympy.Expr, upper: sympy.Expr) -> Iterator[None]:
    """What is read inside is looked at between two numbers alone, so that there steps are counted."""
    kept = _X.set((_finite(lower), _finite(upper)))
    try:
        yield
    finally:
        _X.reset(kept)


def between(expr: sympy.Basic, lower: sympy.Expr, upper: sympy.Expr) -> sympy.Basic:
    """The expression with the cases of each stair that it has between two numbers; Refused where they are too many."""
    with seen(lower, upper):
        return _settled(expr)


def _settled(node: sympy.Basic) -> sympy.Basic:
    if not node.has(Stair):
        return node
    args = [_settled(arg) for arg in node.args]
    if isinstance(node, Stair):
        return stair(type(node), args[0])
    if isinstance(node, sympy.Max | sympy.Min):
        return extreme(type(node), args)
    if isinstance(node, sympy.Rel | sympy.Piecewise):
        return node.func(*args, evaluate=False)
    return node.func(*args)


# --- how large it can be ---------------------------------------------------------------------------------------------


def ends_of(u: sympy.Expr) -> Ends:
    """Bounds of an expression over all x, found by its structure."""
    match u:
        case sympy.Rational():
            at = arb(int(u.p)) / int(u.q)
            return at, at
        case sympy.Add():
            return _sum([ends_of(term) for term in u.args])
        case sympy.Mul():
            ends = ends_of(u.args[0])
            for factor in u.args[1:]:
                ends = _product(ends, ends_of(factor))
            return ends
        case sympy.Pow():
            return _power(ends_of(u.base), u.exp)
        case sympy.Max() | sympy.Min():
            return _extreme(isinstance(u, sympy.Max), [ends_of(argument) for argument in u.args])
        case sympy.Piecewise():
            return _hull([ends_of(value) for value, _ in u.args])
        case sympy.Abs():
            low, high = ends_of(u.args[0])
            return arb(0), None if low is None or high is None else abs(low).max(abs(high))
        case sympy.sign():
            return arb(-1), arb(1)
        case sympy.Heaviside():
            return arb(0), arb(1)
        case sympy.sin() | sympy.cos():
            return arb(-1), arb(1)
        case Stair():
            low, high = ends_of(u.args[0])
            return (None if low is None else low - 1), (None if high is None else high + 1)
        case sympy.Symbol() if u == X:
            return _X.get()
        case sympy.Symbol():
            return (arb(0) if u.is_nonnegative else None), None
    if u.is_number:
        return _ball(u), _ball(u)
    row = HEADS.get(u.func)
    if row is None or not row.monotone:
        return None, None
    values = [
        _finite(end) if at is None else getattr(at, row.name)()
        for at, end in zip(ends_of(u.args[0]), row.ends, strict=True)
    ]
    known = [value if value is not None and value.is_finite() else None for value in values]
    if sympy.nan in row.ends:  # it is not defined as far as there
        falls = row.ends[1] != sympy.oo and row.parity != "odd"
    else:
        falls = bool(sympy.Gt(*row.ends))
    return (known[1], known[0]) if falls else (known[0], known[1])


def _ball(number: sympy.Expr) -> arb:
    """A constant, to so many digits that its ball holds it."""
    if number.is_Integer:
        return arb(int(number))
    middle = arb(str(sympy.N(number, _DIGITS)))
    return middle + arb(0, abs(middle) * arb(10) ** (3 - _DIGITS))


def _finite(end: sympy.Expr | int) -> arb | None:
    number = sympy.sympify(end)
    return _ball(number) if number.is_finite else None


def _sum(terms: list[Ends]) -> Ends:
    low, high = (None if any(end is None for end in ends) else sum(ends, arb(0)) for ends in zip(*terms, strict=True))
    return low, high


def _product(one: Ends, two: Ends) -> Ends:
    for ends, other in ((one, two), (two, one)):
        if ends[0] is not None and ends[0] is ends[1]:  # a number
            scaled = tuple(None if end is None else end * ends[0] for end in other)
            return (scaled[1], scaled[0]) if ends[0] < 0 else (scaled[0], scaled[1])
    corners = [a * b for a in one for b in two if a is not None and b is not None]
    if len(corners) < 4:
        return None, None
    return _least(corners), _largest(corners)


def _power(base: Ends, exponent: sympy.Expr) -> Ends:
    low, high = base
    if exponent is S.NegativeOne and low is not None and low > 0:
        return (arb(0) if high is None else 1 / high), 1 / low
    if not exponent.is_Integer or exponent < 0:
        return None, None
    if low is None or high is None:
        return (arb(0), None) if exponent % 2 == 0 else (None, None)
    corners = [low ** int(exponent), high ** int(exponent)]
    return arb(0) if exponent % 2 == 0 and low < 0 else _least(corners), _largest(corners)


def _extreme(largest: bool, ends: list[Ends]) -> Ends:
    lows, highs = ([end for end in column if end is not None] for column in zip(*ends, strict=True))
    if largest:
        return (_largest(lows) if lows else None), (_largest(highs) if len(highs) == len(ends) else None)
    return (_least(lows) if len(lows) == len(ends) else None), (_least(highs) if highs else None)


def _hull(ends: list[Ends]) -> Ends:
    lows, highs = ([end for end in column if end is not None] for column in zip(*ends, strict=True))
    return (
        _least(lows) if len(lows) == len(ends) else None,
        _largest(highs) if len(highs) == len(ends) else None,
    )


def _least(balls: list[arb]) -> arb:
    return -_largest([-ball for ball in balls])


def _largest(balls: list[arb]) -> arb:
    found = balls[0]
    for ball in balls[1:]:
        found = found.max(ball)
    return found

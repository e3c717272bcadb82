"""Right derivatives turned into wrong ones: every one of them is refuted, and none of the right ones is.

Whether a mutant is wrong is decided apart from propcheck: its text is evaluated by mpmath at 50 digits and compared
with a difference quotient of the function's own text. A mutant that no point tells apart is none, and is not counted.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import mpmath
import pytest
from mpmath import mp, mpf

from propcheck import spec
from propcheck.activation import Activation, from_spec
from propcheck.claims.derivative import prove, read
from propcheck.claims.proof import PROVED, REFUTED, Proof
from propcheck.language import show

DIGITS = 50
LEAST = 500  # mutants
STEP = mpf("1e-20")  # of difference quotients, which have twice that accuracy
TOLD_APART = mpf("1e-15")  # far above the error of a quotient, far below what a mutation changes

Values = Mapping[str, mpf]

# ---------------------------------------------------------------------------------------------- the second opinion

FUNCTIONS: dict[str, Callable[..., mpf]] = {
    **{name: getattr(mp, name) for name in "sqrt exp expm1 log log1p sin cos tan sinh cosh tanh".split()},
    **{name: getattr(mp, name) for name in "asinh acosh atanh asin acos atan erf erfc sign".split()},
    "abs": abs,
    "min": min,
    "max": max,
    "arctan": mp.atan,
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "softsign": lambda u: u / (1 + abs(u)),
    "relu": lambda u: max(u, mpf(0)),
    "gelu": lambda u: u * (1 + mp.erf(u / mp.sqrt(2))) / 2,
    "heaviside": lambda u: (mp.sign(u) + 1) / 2,
    "Heaviside": lambda u, at=None: mpf(at) if u == 0 and at is not None else (mp.sign(u) + 1) / 2,
}
OPERATORS: dict[type, Callable[[mpf, mpf], mpf]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
COMPARISONS: dict[type, Callable[[mpf, mpf], bool]] = {
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def evaluated(node: ast.AST, values: Values) -> mpf:
    """The value of a text of the expression language, by mpmath."""
    match node:
        case ast.Expression(body=body):
            return evaluated(body, values)
        case ast.Constant(value=bool() as truth):
            return truth
        case ast.Constant():
            return mpf(ast.unparse(node))
        case ast.Name(id=name):
            return values[name] if name in values else {"pi": mp.pi, "e": mp.e, "True": True}[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -evaluated(inner, values)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not evaluated(inner, values)
        case ast.UnaryOp(operand=inner):
            return evaluated(inner, values)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](evaluated(left, values), evaluated(right, values))
        case ast.BoolOp(op=op, values=parts):
            return (all if isinstance(op, ast.And) else any)(evaluated(part, values) for part in parts)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [evaluated(side, values) for side in (left, *others)]
            return all(COMPARISONS[type(op)](*sides[k : k + 2]) for k, op in enumerate(ops))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return evaluated(body if evaluated(test, values) else orelse, values)
        case ast.Call(func=ast.Name(id="Piecewise"), args=pairs):
            return next(evaluated(pair.elts[0], values) for pair in pairs if evaluated(pair.elts[1], values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(evaluated(argument, values) for argument in arguments))
    raise ValueError(ast.dump(node))


def tree(text: str) -> ast.Expression:
    return ast.parse(text.replace("^", "**"), mode="eval")


def value(node: ast.AST, x: mpf, values: Values) -> mpf | None:
    """The value at x; None where it is no real number."""
    try:
        found = evaluated(node, {**values, "x": x})
    except (ZeroDivisionError, StopIteration, ValueError, OverflowError):
        return None
    return found if isinstance(found, mpf) and mp.isfinite(found) else None


def quotient(node: ast.AST, left: mpf, right: mpf, values: Values) -> mpf | None:
    """The slope of a chord."""
    ends = value(node, left, values), value(node, right, values)
    return None if None in ends else (ends[1] - ends[0]) / (right - left)


# ---------------------------------------------------------------------------------------------- the right ones


@dataclass(frozen=True)
class Right:
    """A right derivative: the function's text and its own, at which values of the parameters it may be asked."""

    name: str
    label: str
    text: str
    function: str
    kinks: tuple[str, ...]
    parameters: tuple[dict[str, str], ...]


NAMES = spec.names()


@cache
def activation(name: str) -> Activation:
    return from_spec(spec.find(name))


@cache
def rights(name: str) -> tuple[Right, ...]:
    """The derivatives that the spec states, and the one that propcheck finds."""
    of = activation(name)
    random = any(parameter.role == "random" for parameter in of.parameters)
    texts = {claim.source: str(claim.value) for claim in of.spec.claims if claim.key == "derivative"}
    texts["found"] = show(of.derivative_expression())
    function = show(of.bound) if random else of.spec.formula
    kinks = tuple(show(point.at) for point in of.points if point.at.is_Rational)
    here = {parameter: show(value) for parameter, value in of.values.items()}
    elsewhere = {name: f"({value})*3/4" for name, value in here.items() if mpf_of(value) != 0}
    places = (here, {**here, **elsewhere}) if elsewhere else (here,)
    return tuple(Right(name, label, text, function, kinks, places) for label, text in texts.items())


def mpf_of(text: str) -> mpf:
    return evaluated(tree(text), {})


# ---------------------------------------------------------------------------------------------- the wrong ones


@dataclass(frozen=True)
class Mutant:
    """A text that may be wrong; `x` are points at which that would show, `at` a kink whose value alone is changed."""

    kind: str
    text: str
    x: tuple[str, ...] = ()
    at: str = ""


GRID = tuple("-7.3 -3.1 -2.2 -1.6 -0.9 -0.6 -0.35 -0.11 0.13 0.31 0.55 0.85 1.7 2.6 3.3 5.9 7.7 12.1".split())
BESIDE = ("1/2000", "1/8", "-1/2000", "-1/8")  # from a kink
OTHER = {
    "tanh": "atan", "exp": "sigmoid", "log": "atan", "sigmoid": "erf", "erf": "tanh", "atan": "tanh",
    "sqrt": "abs", "sin": "cos", "cos": "sin", "abs": "sign", "sign": "abs", "sinh": "cosh", "cosh": "sinh",
}  # fmt: skip
SHORT = ("0.7", "-1.3", "11.25")  # where the short intervals begin
PER_KIND = 2  # mutants of one kind, of one text


def mutants(right: Right) -> Iterator[Mutant]:
    """What may be made of one right derivative."""
    text, whole = right.text, tree(right.text)
    yield Mutant("sign", f"-({text})")
    yield Mutant("factor", f"(1 + 1e-9)*({text})")
    yield Mutant("constant", f"({text}) + 1e-9")
    yield Mutant("argument", renamed(whole, "x", "(x + 1/1000)"))
    for start in SHORT:
        inside = f"({start}) + 1/4000"
        yield Mutant("interval", f"({text}) + 1e-6 if x > {start} and x < {start} + 1/1000 else ({text})", x=(inside,))
    yield Mutant("point", f"({text}) + 1e-6 if x == 0.37 else ({text})", at="0.37")
    for kink in right.kinks:
        for far in ("-1000", "1000"):
            yield Mutant("kink", f"{far} if x == {kink} else ({text})", at=kink)
    for name, default in right.parameters[0].items():
        if name in {node.id for node in ast.walk(whole) if isinstance(node, ast.Name)}:
            yield Mutant("parameter", renamed(whole, name, f"({default})"))
            yield Mutant("parameter", f"({text}) + ({name} - ({default}))/1000")
    count: dict[str, int] = {}
    for kind, mutated in edited(whole):
        count[kind] = count.get(kind, 0) + 1
        if count[kind] <= PER_KIND:
            yield Mutant(kind, mutated)


def renamed(whole: ast.Expression, name: str, text: str) -> str:
    """The text with another expression in the place of a name."""

    class Renaming(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return tree(text).body if node.id == name else node

    return ast.unparse(Renaming().visit(copy.deepcopy(whole)))


def edited(whole: ast.Expression) -> Iterator[tuple[str, str]]:
    """The text with one node changed: (what was changed, the new text)."""
    for place, node in enumerate(ast.walk(whole)):
        for kind, change in changes(node):
            made = copy.deepcopy(whole)
            change(list(ast.walk(made))[place])
            yield kind, ast.unparse(made)


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """The ways to change one node."""

    def put(**fields: Callable[[ast.AST], object]) -> Callable[[ast.AST], None]:
        def change(target: ast.AST) -> None:
            for name, made in [(name, make(target)) for name, make in fields.items()]:
                setattr(target, name, made)

        return change

    match node:
        case ast.BinOp(op=ast.Add()):
            yield "inner sign", put(op=lambda _: ast.Sub())
        case ast.BinOp(op=ast.Sub()):
            yield "inner sign", put(op=lambda _: ast.Add())
        case ast.BinOp(op=ast.Mult()):
            yield "product", put(op=lambda _: ast.Add())
        case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=int())):
            yield "exponent", put(right=lambda n: ast.Constant(n.right.value + 1))
        case ast.Call(func=ast.Name(id=name), args=[_]) if name in OTHER:
            yield "function", put(func=lambda _: ast.Name(OTHER[name]))
            yield "inner argument", put(args=lambda n: [ast.BinOp(n.args[0], ast.Add(), ast.Constant(0.001))])
        case ast.IfExp():
            yield "swapped pieces", put(body=lambda n: n.orelse, orelse=lambda n: n.body)
        case ast.Call(func=ast.Name(id="Piecewise"), args=[ast.Tuple(), ast.Tuple(), *_]):
            yield "swapped pieces", swapped
        case ast.Compare(comparators=[_]):
            yield "branch", put(comparators=lambda n: [ast.BinOp(n.comparators[0], ast.Add(), ast.Constant(0.25))])


def swapped(piecewise: ast.AST) -> None:
    first, second = (pair.elts for pair in piecewise.args[:2])
    first[0], second[0] = second[0], first[0]


# ---------------------------------------------------------------------------------------------- are they wrong?


def is_wrong(right: Right, mutant: Mutant) -> bool:
    """Does the mutant differ from the derivative at some point, in the second opinion?"""
    function, said = tree(right.function), tree(mutant.text)
    with mpmath.workdps(DIGITS):
        for parameters in right.parameters:
            values = {name: mpf_of(text) for name, text in parameters.items()}
            if mutant.at:
                if outside(function, said, mpf_of(mutant.at), values):
                    return True
                continue
            beside = (f"{kink} + {step}" for kink in right.kinks for step in BESIDE)
            for x in (mpf_of(text) for text in (*mutant.x, *GRID, *beside)):
                if differs(function, said, x, values):
                    return True
    return False


def differs(function: ast.AST, said: ast.AST, x: mpf, values: Values) -> bool:
    slope, stated = quotient(function, x - STEP, x + STEP, values), value(said, x, values)
    return slope is not None and (stated is None or abs(slope - stated) > TOLD_APART * (1 + abs(slope)))


def outside(function: ast.AST, said: ast.AST, x: mpf, values: Values) -> bool:
    """Does the stated value at x lie outside the slopes just beside it?"""
    slopes = [quotient(function, x + side * STEP, x + 2 * side * STEP, values) for side in (-1, 1)]
    stated = value(said, x, values)
    if stated is None or None in slopes:
        return False
    return not min(slopes) - TOLD_APART < stated < max(slopes) + TOLD_APART


@cache
def wrong(name: str) -> tuple[tuple[Right, Mutant], ...]:
    """The mutants of one function that are wrong."""
    return tuple((right, mutant) for right in rights(name) for mutant in mutants(right) if is_wrong(right, mutant))


def proof(name: str, text: str) -> Proof:
    of = activation(name)
    return prove(of, read(of, text))


@pytest.mark.parametrize("name", NAMES)
def test_the_right_derivatives_are_proved(name):
    for right in rights(name):
        assert proof(name, right.text).outcome == PROVED, right


@pytest.mark.parametrize("name", NAMES)
def test_a_kink_may_go_to_the_other_piece(name):
    for right in rights(name):
        other = right.text.replace(">=", "> ").replace("<=", "< ")
        assert proof(name, other).outcome == PROVED, right


@pytest.mark.parametrize("name", NAMES)
def test_every_mutant_is_refuted(name):
    kept = [(m.kind, m.text, found) for _, m in wrong(name) if (found := proof(name, m.text)).outcome != REFUTED]
    assert wrong(name) and not kept


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_that_is_not_wrong_is_not_refuted(name):
    known = {mutant for _, mutant in wrong(name)}
    for right in rights(name):
        for mutant in mutants(right):
            if mutant not in known:
                assert proof(name, mutant.text).outcome != REFUTED, mutant


def test_there_are_enough_of_every_kind():
    found = [mutant for name in NAMES for _, mutant in wrong(name)]
    kinds = Counter(mutant.kind for mutant in found)
    print(f"{len(found)} mutants:", ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    assert len(found) >= LEAST
    assert set(kinds) >= {"sign", "factor", "branch", "exponent", "argument", "swapped pieces", "constant", "interval"}
    assert set(kinds) >= {"point", "kink", "parameter"}


def test_the_square_of_softsign_which_a_widely_read_table_states_is_refuted():
    found = proof("softsign", "1 - softsign(x)**2")
    assert found.outcome == REFUTED and found.witness is not None
    function, said = tree("x/(1 + abs(x))"), tree("1 - softsign(x)**2")
    with mpmath.workdps(DIGITS):
        assert differs(function, said, mpf_of(found.witness.x), {})

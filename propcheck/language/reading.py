"""From a text to an expression or a condition: Python's own parser reads it, and its tree is walked node by node."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import pairwise
from types import FrameType

import sympy
from sympy import S
from sympy.logic.boolalg import Boolean

from propcheck.language import stairs
from propcheck.language.building import BUILDERS, by_cases, of_head, power, product_of, twice
from propcheck.language.conditions import RELATIONS, decided, joined, negated
from propcheck.language.constants import CONSTANTS, RESERVED, X, constant, rational
from propcheck.language.functions import FUNCTIONS, formula_of, function_of
from propcheck.language.limits import (
    MAX_BITS,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_POWER,
    MAX_SIZE,
    MAX_STEPS,
    MAX_STEPS_EACH,
    MAX_TOTAL_BITS,
    Refused,
    bits_of,
    node_count,
)
from propcheck.language.periods import comes_back
from propcheck.language.tokens import Source, nearest, shortened
from propcheck.processes.precision import alone
from propcheck.verdict import InputError


def _chain(node: ast.expr, operators: tuple[type[ast.operator], ...]) -> tuple[ast.expr, list[ast.BinOp]]:
    """What a - b + c starts from, and its operations in reading order."""
    links: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, operators):
        links.append(node)
        node = node.left
    return node, links[::-1]


# A part of a formula, and what must be "positive", "nonnegative" or, once its branches are resolved, "defined" for it.
Condition = tuple[sympy.Expr, str, sympy.Expr]
_CHOOSING = (sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min, sympy.Piecewise)


def defined_where(kind: str, u: sympy.Expr) -> sympy.Expr:
    """An expression that is a real number where a condition on u holds."""
    if kind == "defined":
        return u
    return sympy.log(u, evaluate=False) if kind == "positive" else sympy.Pow(u, S.Half, evaluate=False)


class _Walk:
    """Builds the SymPy expression of a source, node by node, with `x` for x.

    In the formula of `sugar` nothing is checked: whoever asked for it checks the whole, and an error points there.
    """

    def __init__(self, source: Source, symbols: Mapping[str, sympy.Symbol], x: sympy.Expr | None, sugar: bool = False):
        self.source = source
        self.symbols = symbols
        self.x = x
        self.sugar = sugar
        self.asked: list[Condition] = []
        self.depth = 0
        self.bits = 0

    def check(self, node: ast.expr, build: Callable[[], sympy.Expr]) -> sympy.Expr:
        """What `build` makes, if it is a real number, or an expression of reasonable size; errors point at `node`."""
        if self.sugar:
            return build()
        try:
            expr = build()
            if isinstance(expr, sympy.Rational):
                self.bits += bits_of(expr)
            if isinstance(expr, (sympy.NumberSymbol, sympy.Symbol)):
                return expr
            for part in (expr, *(expr.args if isinstance(expr, (sympy.Add, sympy.Mul)) else ())):
                self.check_part(part)
            if expr.is_number:
                constant(expr)
            if self.bits > MAX_TOTAL_BITS:
                raise Refused("makes the numbers too long, all together")
            return expr
        except Refused as refusal:
            self.source.fail(node, f"'{self.source.part(node)}' {refusal}")

    @staticmethod
    def check_part(part: sympy.Expr) -> None:
        if part in (S.ImaginaryUnit, S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity):
            raise Refused("is not a real number")
        if isinstance(part, sympy.Rational):
            number = part
        elif isinstance(part, sympy.Mul) and isinstance(part.args[0], sympy.Rational):
            number = part.args[0]
        elif isinstance(part, sympy.Pow):
            if isinstance(part.exp, sympy.Rational) and not part.base.is_number and abs(part.exp) > MAX_POWER:
                raise Refused(f"is too high a power: the limit is {MAX_POWER}")
            if isinstance(part.base, sympy.Rational) and part.base < 0:
                raise Refused("is not a real number: the power that is not whole of a negative number")
            number = part.base if isinstance(part.base, sympy.Rational) else S.One
        else:
            return
        if bits_of(number) > MAX_BITS:
            raise Refused(f"is too long a number: the limit is {MAX_DIGITS} digits")

    def deeper(self, node: ast.expr) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.source.fail(node, f"more than {MAX_DEPTH} operations lie inside each other, which is the limit")

    # -- values

    def value(self, node: ast.expr) -> sympy.Expr:
        self.deeper(node)
        try:
            match node:
                case ast.Constant(value=bool()):
                    self.source.fail(node, "a condition stands where a value should")
                case ast.Constant():
                    return self.check(node, lambda: rational(self.source.token(node).text))
                case ast.Name():
                    return self.name(node)
                case ast.UnaryOp(op=ast.UAdd()):
                    return self.value(node.operand)
                case ast.UnaryOp(op=ast.USub()):
                    operand = self.value(node.operand)
                    return self.check(node, lambda: -operand)
                case ast.BinOp(op=ast.Add() | ast.Sub()):
                    return self.sum(node)
                case ast.BinOp(op=ast.Mult() | ast.Div()):
                    return self.product(node)
                case ast.BinOp(op=ast.Pow()):
                    base, exponent = self.value(node.left), self.value(node.right)
                    made = self.check(node, lambda: power(base, exponent))
                    if not exponent.is_Integer and X in base.free_symbols:
                        kind = "nonnegative" if exponent.is_positive else "positive"
                        self.asked.append((made, "defined", made) if exponent.has(*_CHOOSING) else (made, kind, base))
                    return made
                case ast.IfExp():
                    return self.cases(node)
                case ast.Call(func=ast.Name()):
                    return self.call(node)
                case ast.Compare() | ast.BoolOp() | ast.UnaryOp():
                    advice = "write 'a if condition else b' or, for a step, heaviside(u)"
                    self.source.fail(node, f"a condition stands where a value should: {advice}")
                case ast.Tuple():
                    self.source.fail(node, "',' stands only between the arguments of a call")
                case _:
                    self.source.fail(node, "this is not in the language")
        finally:
            self.depth -= 1

    def sum(self, node: ast.expr) -> sympy.Expr:
        first, links = _chain(node, (ast.Add, ast.Sub))
        terms = [self.value(first)]
        for link in links:
            term = self.value(link.right)
            terms.append(-term if isinstance(link.op, ast.Sub) else term)
        return self.check(node, lambda: sympy.Add(*terms))

    def product(self, node: ast.expr) -> sympy.Expr:
        first, links = _chain(node, (ast.Mult, ast.Div))
        factors: list[sympy.Expr] = []
        if isinstance(first, ast.UnaryOp) and isinstance(first.op, ast.USub):
            factors, first = (
                [S.NegativeOne],
                first.operand,
            )  # the minus is the whole product's: it multiplies no sum out
        factors.append(self.factor(first) if links and isinstance(links[0].op, ast.Mult) else self.value(first))
        for link in links:
            factor = self.factor(link.right) if isinstance(link.op, ast.Mult) else self.value(link.right)
            if isinstance(link.op, ast.Div):
                factor = self.check(link, partial(power, factor, S.NegativeOne))
            factors.append(factor)
        return self.check(node, lambda: product_of(factors))

    def factor(self, node: ast.expr) -> sympy.Expr:
        """A value, or 1 where a condition holds and 0 elsewhere."""
        if not isinstance(node, ast.Compare | ast.BoolOp) and not (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        ):
            return self.value(node)
        condition = self.condition(node)
        return self.check(node, lambda: by_cases([(S.One, condition), (S.Zero, S.true)]))

    def cases(self, node: ast.expr) -> sympy.Expr:
        pairs: list[tuple[sympy.Expr, Boolean]] = []
        rest = node
        while isinstance(rest, ast.IfExp):
            pairs.append(self.branch(rest.body, rest.test, pairs))
            rest = rest.orelse
        pairs.append(self.branch(rest, None, pairs))
        return self.check(node, lambda: by_cases(pairs))

    def branch(
        self, value: ast.expr, test: ast.expr | None, earlier: Sequence[tuple[sympy.Expr, Boolean]]
    ) -> tuple[sympy.Expr, Boolean]:
        """A value and its condition, if any; what the value asks for is asked for where it is taken."""
        known = len(self.asked)
        made = self.value(value)
        inside = self.asked[known:]
        del self.asked[known:]
        condition = S.true if test is None else self.condition(test)
        others = [(S.One, other) for _, other in earlier]
        for part, kind, u in inside:
            choice = [*others, (defined_where(kind, u), condition), *([] if condition == S.true else [(S.One, S.true)])]
            self.asked.append((part, "defined", by_cases(choice)))
        return made, condition

    def name(self, node: ast.Name) -> sympy.Expr:
        name = node.id
        if name == "x" and self.x is not None:
            return self.x
        if name in self.symbols:
            return self.symbols[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name == "x":
            self.source.fail(node, "a range speaks of parameters; 'x' is the variable")
        if name in FUNCTIONS:
            self.source.fail(node, f"'{name}' is a function: write {name}(...)")
        advice: list[str] = []
        if formula := formula_of(name):
            advice.append(f"for the function, write {formula}")
        elif meant := nearest(name, [*(["x"] if self.x is not None else []), *CONSTANTS, *self.symbols, *FUNCTIONS]):
            advice.append(f"did you mean '{meant}'?")
        if self.x is not None and len(name) <= 40:
            advice.append(f"a parameter gets its value as {name}=VALUE")
        self.source.fail(node, "; ".join([f"unknown name '{shortened(name)}'", *advice]))

    def call(self, node: ast.Call) -> sympy.Expr:
        assert isinstance(node.func, ast.Name)
        name = function_of(node.func.id)
        if name not in FUNCTIONS:
            if name == "x" or name in self.symbols or name in CONSTANTS:
                self.source.fail(node, f"'{name}' is not a function: for a product write {name}*(...)")
            if formula := formula_of(name):
                advice = f"write {formula}"
            elif meant := nearest(name, FUNCTIONS):
                advice = f"did you mean '{meant}'?"
            elif len(name) <= 2:
                advice = f"for a product write {name}*(...)"
            else:
                advice = "the functions are " + ", ".join(FUNCTIONS)
            self.source.fail(node, f"unknown function '{shortened(name)}'; {advice}")
        if node.keywords:
            self.source.fail(node.keywords[0], "arguments have no names and no stars")
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.source.fail(argument, "arguments have no names and no stars")
        if name == "Piecewise":
            return self.piecewise(node)
        least, most = FUNCTIONS[name].takes
        if len(node.args) < least or most and len(node.args) > most:
            wanted = f"{'at least ' if most is None else ''}{least} argument{'s' if least > 1 else ''}"
            extra = "; to base b, write log(x)/log(b)" if name in ("log", "ln") and len(node.args) == 2 else ""
            self.source.fail(node, f"'{name}' takes {wanted}, here are {len(node.args)}{extra}")
        if name == "where":
            test, one, other = node.args
            pairs = [self.branch(one, test, [])]
            pairs.append(self.branch(other, None, pairs))
            return self.check(node, lambda: by_cases(pairs))
        arguments = [self.value(argument) for argument in node.args]
        function, asked = FUNCTIONS[name], []

        def build() -> sympy.Expr:
            if name in BUILDERS:
                return BUILDERS[name](*arguments)
            if name in stairs.BUILDERS:
                return stairs.BUILDERS[name](*arguments)
            if function.head is not None:
                return of_head(function, arguments[0])
            made, needed = _spelled_out(function.formula, arguments[0])
            asked.extend(needed)
            return made

        made = self.check(node, build)
        if X in arguments[0].free_symbols and function.head is not None:
            asked.extend((kind, u) for kind, u in function.asks(arguments[0]) if kind != "nonzero")
        self.asked += [(made, kind, u) for kind, u in asked]
        return made

    def piecewise(self, node: ast.Call) -> sympy.Expr:
        pairs: list[tuple[sympy.Expr, Boolean]] = []
        for pair in node.args:
            if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
                self.source.fail(pair, "'Piecewise' takes pairs (value, condition)")
            pairs.append(self.branch(pair.elts[0], pair.elts[1], pairs))
        if not pairs or pairs[-1][1] != S.true:
            self.source.fail(node.args[-1] if node.args else node, "'Piecewise' needs a last pair (value, True)")
        return self.check(node, lambda: by_cases(pairs))

    # -- conditions

    def condition(self, node: ast.expr) -> Boolean:
        self.deeper(node)
        try:
            match node:
                case ast.Constant(value=bool()):
                    return S.true if node.value else S.false
                case ast.BoolOp():
                    kind = sympy.And if isinstance(node.op, ast.And) else sympy.Or
                    return joined(kind, [self.condition(value) for value in node.values])
                case ast.UnaryOp(op=ast.Not()):
                    return negated(self.condition(node.operand))
                case ast.Compare():
                    return self.comparison(node)
                case _:
                    self.source.fail(node, f"'{self.source.part(node)}' is not a condition: compare it, as in x > 0")
        finally:
            self.depth -= 1

    def comparison(self, node: ast.Compare) -> Boolean:
        sides = [self.value(side) for side in (node.left, *node.comparators)]
        links: list[Boolean] = []
        for position, sign in enumerate(node.ops):
            if type(sign) not in RELATIONS:
                self.source.fail(node, "this comparison is not in the language")
            try:
                links.append(decided(RELATIONS[type(sign)], sides[position], sides[position + 1]))
            except Refused as refusal:
                self.source.fail(node, f"'{self.source.part(node)}' {refusal}")
        return joined(sympy.And, links)


@cache
def _sugar(formula: str) -> tuple[Source, tuple[bool, ...]]:
    """The formula of a function, read, and of each thing that it asks of its argument whether that may fail."""
    source = Source(formula)
    walk = _Walk(source, {}, X, sugar=True)
    walk.value(source.tree)
    return source, tuple(not u.is_positive for _, _, u in walk.asked)


def _spelled_out(formula: str, u: sympy.Expr) -> tuple[sympy.Expr, list[tuple[str, sympy.Expr]]]:
    """The formula of a function with u for x, and what it asks of u."""
    source, may_fail = _sugar(formula)
    walk = _Walk(source, {}, u if [token.text for token in source.tokens].count("x") == 1 else twice(u), sugar=True)
    made = walk.value(source.tree)
    if len(walk.asked) != len(may_fail):  # something was cancelled: all that is left is asked for
        may_fail = (True,) * len(walk.asked)
    return made, [(kind, needed) for (_, kind, needed), open_ in zip(walk.asked, may_fail, strict=True) if open_]


class _TooLong(BaseException):
    """Not an Exception, so that SymPy does not take it for one of its own."""


@contextmanager
def _bounded(what: str, source: Source) -> Iterator[None]:
    """Ends in an InputError where SymPy takes too many steps or goes too deep, which no rule quite foresees."""
    steps, most = 0, MAX_STEPS + MAX_STEPS_EACH * len(source.tokens)

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal steps
        steps += 1
        if steps > most and event == "call" and frame.f_globals.get("__name__", "").startswith("sympy."):
            if not frame.f_code.co_flags & inspect.CO_GENERATOR:  # one that is thrown away would swallow the exception
                raise _TooLong

    free = sys.getprofile() is None  # a profiler at work keeps its place
    if free:
        sys.setprofile(count)
    try:
        yield
    except _TooLong:
        raise InputError(f"the {what} is too involved: SymPy does not build it in {most} steps") from None
    except RecursionError:
        raise InputError(f"the {what} is nested too deeply") from None
    finally:
        if free:
            sys.setprofile(None)


@alone
def parse(
    text: str,
    symbols: Mapping[str, sympy.Symbol] = {},
    on: tuple[sympy.Expr, sympy.Expr] = (-S.Infinity, S.Infinity),
    endless: bool = False,
) -> sympy.Expr:
    """The expression that `text` spells, in `X` and the given parameters. InputError where there is none.

    It is meant for x between the two ends of `on`. With `endless` steps may stay in it that are not counted yet.
    """
    source = Source(text)
    with _bounded("expression", source), stairs.seen(*on):
        expr = _Walk(source, symbols, X).value(source.tree)
        if (left := stairs.endless(expr)) and not endless and comes_back(expr) is None:
            bounds = f"bound what it takes, as in {left}(clip(u, -128, 127)), or what it gives, or look at an interval"
            calls = (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
            named = (node for node in calls if isinstance(node.func, ast.Name) and node.func.id == left)
            source.fail(next(named, source.tree), f"'{left}' has endless steps here: {bounds}: --on -8:8")
        if node_count(expr, MAX_SIZE) > MAX_SIZE:
            raise InputError(f"the expression has more than {MAX_SIZE} parts, which is the limit")
        if expr.has(S.ImaginaryUnit, S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity):
            source.fail(source.tree, f"'{source.part(source.tree)}' is not a real number")
        return expr


@alone
def lost_conditions(
    text: str,
    symbols: Mapping[str, sympy.Symbol] = {},
    on: tuple[sympy.Expr, sympy.Expr] = (-S.Infinity, S.Infinity),
) -> tuple[Condition, ...]:
    """What `text` needs to be a real number and `parse` has simplified away: exp(log(x)) is x, for x > 0."""
    source = Source(text)
    with _bounded("expression", source), stairs.seen(*on):
        walk = _Walk(source, symbols, X)
        expr = walk.value(source.tree)
        left = {part for part in sympy.preorder_traversal(expr)}
        return tuple(condition for condition in walk.asked if condition[0] not in left)


@alone
def parse_condition(text: str, symbols: Mapping[str, sympy.Symbol] = {}) -> Boolean:
    """The condition on the given parameters that `text` spells, such as `0 < a < 1`. InputError where there is none."""
    source = Source(text)
    with _bounded("condition", source):
        return _Walk(source, symbols, None).condition(source.tree)


def names(text: str) -> set[str]:
    """Which parameters `text` speaks of: its names that are neither x, a constant, a function nor called like one."""
    tokens = Source(text).tokens
    return {
        token.text
        for token, after in pairwise(tokens)
        if token.kind == "name" and after.text != "(" and token.text not in RESERVED
    }

"""Formulas as they are typeset: the expression language in, presentation MathML out.

Only the text is looked at, so that a record is shown without the engine, and an old one as well as a new one. What is
outside the language has no MathML: its text is shown. Letters of a text reach the MathML escaped, and no element is
made of them.
"""

from __future__ import annotations

import ast
import html
import re
from dataclasses import dataclass
from enum import IntEnum

LONGEST = 10_000  # characters of a text that is typeset
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lam mu nu xi pi rho sigma tau phi chi psi omega".split()
)
_ENTITIES = {"epsilon": "epsi", "lam": "lambda"}  # lambda is no name of the language
_LETTERS = {name: html.unescape(f"&{_ENTITIES.get(name, name)};") for name in _GREEK}
_APPLIED, _TIMES, _DOT, _MINUS = "\u2061", "\u2062", "\u22c5", "\u2212"
_BLANK = "\u00a0"  # a plain one at an end of a text is not shown
_SIGNS = {ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠"}


def mathml(text: str) -> str | None:
    """The MathML of an expression or a condition, as a whole `math` element; None where the text is neither.

    >>> mathml("a*x")
    '<math><mrow><mi>a</mi><mo>\\u2062</mo><mi>x</mi></mrow></math>'
    """
    source = " ".join(text.replace("^", "**").split())
    if not source or len(source) > LONGEST:
        return None
    try:
        tree = ast.parse(source, mode="eval").body
        return f"<math>{_Typesetter(source).set(tree).markup}</math>"
    except (_Foreign, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Foreign(Exception):
    """The text is outside the expression language."""


class _Strength(IntEnum):
    """How strongly the outermost operation of a formula holds together, weakest first."""

    CASES = 0
    OR = 1
    AND = 2
    NOT = 3
    RELATION = 4
    SUM = 5
    PRODUCT = 6
    POWER = 7
    WHOLE = 8


@dataclass(frozen=True)
class _Set:
    """A formula that is typeset, as one element; `numeral` says that it begins with a number or a fraction."""

    markup: str
    strength: _Strength = _Strength.WHOLE
    numeral: bool = False

    def at_least(self, strength: _Strength) -> str:
        """The markup, in brackets where it holds together less strongly than this."""
        return self.markup if self.strength >= strength else _bracketed(self.markup)


@dataclass(frozen=True)
class _Typesetter:
    """Sets the nodes of Python's tree of `source`."""

    source: str

    def set(self, node: ast.expr) -> _Set:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return _Set(_identifier(name))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.set(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                inside = self.set(node.operand)
                row = _row(_operator(_MINUS), inside.at_least(_Strength.PRODUCT))
                return _Set(row, _Strength.SUM, inside.numeral)
            case ast.UnaryOp(op=ast.Not()):
                return _Set(
                    _row(f"<mtext>not{_BLANK}</mtext>", self.set(node.operand).at_least(_Strength.NOT)), _Strength.NOT
                )
            case ast.BinOp():
                return self._operation(node)
            case ast.Compare():
                return self._relation(node)
            case ast.BoolOp():
                word, strength = ("and", _Strength.AND) if isinstance(node.op, ast.And) else ("or", _Strength.OR)
                parts = [self.set(part).at_least(_Strength(strength + 1)) for part in node.values]
                return _Set(_row(f"<mtext>{_BLANK}{word}{_BLANK}</mtext>".join(parts)), strength)
            case ast.IfExp():
                return self._cases(_branches(node))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if arguments:
                return self._call(name, arguments)
        raise _Foreign

    def _constant(self, node: ast.Constant) -> _Set:
        if node.value is True or node.value is False:
            return _Set(f"<mtext>{str(node.value).lower()}</mtext>")
        digits = ast.get_source_segment(self.source, node) or ""
        if not _NUMBER.fullmatch(digits):
            raise _Foreign
        return _Set(f"<mn>{digits}</mn>", numeral=True)

    def _operation(self, node: ast.BinOp) -> _Set:
        left, right = node.left, node.right
        if isinstance(node.op, ast.Mult | ast.Div) and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
            positive = ast.BinOp(left.operand, node.op, right)  # (-a)*b as -(a*b), which is how it is written
            return self.set(ast.UnaryOp(ast.USub(), positive))
        match node.op:
            case ast.Add() | ast.Sub():
                sign = "+" if isinstance(node.op, ast.Add) else _MINUS
                first, second = self.set(left), self.set(right).at_least(_Strength.PRODUCT)
                row = _row(first.at_least(_Strength.SUM), _operator(sign), second)
                return _Set(row, _Strength.SUM, first.numeral)
            case ast.Mult():
                first, second = self.set(left), self.set(right)
                sign = _operator(_DOT if second.numeral else _TIMES)
                row = _row(first.at_least(_Strength.PRODUCT), sign, second.at_least(_Strength.PRODUCT))
                return _Set(row, _Strength.PRODUCT, first.numeral)
            case ast.Div():
                return _Set(f"<mfrac>{self.set(left).markup}{self.set(right).markup}</mfrac>", _Strength.PRODUCT, True)
            case ast.Pow():
                base = self.set(left)
                power = f"<msup>{base.at_least(_Strength.WHOLE)}{self.set(right).markup}</msup>"
                return _Set(power, _Strength.POWER, base.numeral)
        raise _Foreign

    def _relation(self, node: ast.Compare) -> _Set:
        parts = [self.set(node.left).at_least(_Strength.SUM)]
        for sign, side in zip(node.ops, node.comparators, strict=True):
            if type(sign) not in _SIGNS:
                raise _Foreign
            parts += [f"<mo>{_SIGNS[type(sign)]}</mo>", self.set(side).at_least(_Strength.SUM)]
        return _Set(_row(*parts), _Strength.RELATION)

    def _call(self, name: str, arguments: list[ast.expr]) -> _Set:
        if name == "Piecewise":
            return self._cases([_pair(argument) for argument in arguments])
        inside = [self.set(argument) for argument in arguments]
        if len(inside) == 1:
            if name == "exp":
                return _Set(f"<msup><mi>e</mi>{inside[0].markup}</msup>", _Strength.POWER)
            if name == "sqrt":
                return _Set(f"<msqrt>{inside[0].markup}</msqrt>")
            if name == "abs":
                return _Set(_row(_fence("|", "prefix"), inside[0].markup, _fence("|", "postfix")))
        listed = _operator(",").join(argument.markup for argument in inside)
        return _Set(_row(_identifier(name), _operator(_APPLIED), _bracketed(listed)))

    def _cases(self, branches: list[tuple[ast.expr, ast.expr | None]]) -> _Set:
        rows = []
        for value, condition in branches:
            when = "<mtext>otherwise</mtext>"
            if condition is not None and not (isinstance(condition, ast.Constant) and condition.value is True):
                when = f"<mtext>if{_BLANK}</mtext>{self.set(condition).markup}"
            rows.append(f"<mtr><mtd>{self.set(value).markup}</mtd><mtd>{_row(when)}</mtd></mtr>")
        table = f"<mtable>{''.join(rows)}</mtable>"
        return _Set(_row(_fence("{", "prefix"), table), _Strength.CASES)


def _branches(node: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    """A chain of conditional expressions as values with their conditions, the last without one."""
    found: list[tuple[ast.expr, ast.expr | None]] = []
    while isinstance(node, ast.IfExp):
        found.append((node.body, node.test))
        node = node.orelse
    return [*found, (node, None)]


def _pair(node: ast.expr) -> tuple[ast.expr, ast.expr]:
    if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
        raise _Foreign
    return node.elts[0], node.elts[1]


def _identifier(name: str) -> str:
    return f"<mi>{html.escape(_LETTERS.get(name, name))}</mi>"


def _operator(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" fence="true" stretchy="true">{sign}</mo>'


def _bracketed(markup: str) -> str:
    return f"<mrow><mo>(</mo>{markup}<mo>)</mo></mrow>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"

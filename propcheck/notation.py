"""Formulas as they are typeset: the expression language in, presentation MathML or LaTeX out.

Only the text is looked at, so that a record is shown without the engine, and an old one as well as a new one. What is
outside the language is not typeset: its text is shown. Letters of a text reach the markup escaped, and no element and
no command is made of them. The LaTeX needs amsmath; in it sigmoid is the sigma of the logistic function.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Protocol

LONGEST = 10_000  # characters of a text that is typeset
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lam mu nu xi pi rho sigma tau phi chi psi omega".split()
)
_ENTITIES = {"epsilon": "epsi", "lam": "lambda"}  # lambda is no name of the language
_LETTERS = {name: html.unescape(f"&{_ENTITIES.get(name, name)};") for name in _GREEK}
_APPLIED, _TIMES, _DOT, _MINUS = "\u2061", "\u2062", "\u22c5", "\u2212"
_BLANK = "\u00a0"  # a plain one at an end of a text is not shown
_SIGNS = {ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠"}


def mathml(text: str) -> str | None:
    """The MathML of an expression or a condition, as a whole `math` element; None where the text is neither.

    >>> mathml("a*x")
    '<math><mrow><mi>a</mi><mo>\\u2062</mo><mi>x</mi></mrow></math>'
    """
    made = _typeset(text, _MathML())
    return None if made is None else f"<math>{made}</math>"


def latex(text: str) -> str | None:
    r"""The LaTeX of an expression or a condition, for mathematics; None where the text is neither.

    >>> print(latex("1 - tanh(x)**2"), latex("-1/pi"), latex("1/(1 + abs(x))**2"))
    1 - \tanh^{2}(x) -\frac{1}{\pi} \frac{1}{(1 + \lvert x \rvert)^{2}}
    """
    return _typeset(text, _LaTeX(plain_sigma=not re.search(r"\bsigma\b", text)))


def _typeset(text: str, dialect: _Dialect) -> str | None:
    source = " ".join(text.replace("^", "**").split())
    if not source or len(source) > LONGEST:
        return None
    try:
        return _Typesetter(source, dialect).set(ast.parse(source, mode="eval").body).markup
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


class _Dialect(Protocol):
    """How the parts of a formula are put together in a markup; `raises`: a power of a call stands behind its name."""

    @property
    def raises(self) -> bool: ...

    def number(self, digits: str) -> str: ...
    def word(self, text: str) -> str: ...
    def name(self, name: str) -> str: ...
    def row(self, *parts: str) -> str: ...
    def sign(self, sign: str) -> str: ...
    def relation(self, sign: str) -> str: ...
    def fraction(self, above: str, below: str) -> str: ...
    def slashed(self, above: str, below: str) -> str | None: ...
    def power(self, base: str, exponent: str) -> str: ...
    def root(self, inside: str) -> str: ...
    def size(self, inside: str) -> str: ...
    def call(self, name: str, listed: str, exponent: str | None) -> str: ...
    def brackets(self, inside: str) -> str: ...
    def cases(self, rows: Sequence[tuple[str, str]]) -> str: ...


@dataclass(frozen=True)
class _Set:
    """A formula that is typeset, as one element; `numeral` says that it begins with a number or a fraction."""

    markup: str
    strength: _Strength = _Strength.WHOLE
    numeral: bool = False


@dataclass(frozen=True)
class _Typesetter:
    """Sets the nodes of Python's tree of `source`; `raised`, those of an exponent."""

    source: str
    to: _Dialect
    raised: bool = False

    def set(self, node: ast.expr) -> _Set:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return _Set(self.to.name(name))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.set(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                inside = self.set(node.operand)
                row = self.to.row(self.to.sign(_MINUS).strip(), self._least(inside, _Strength.PRODUCT))
                return _Set(row, _Strength.SUM, inside.numeral)
            case ast.UnaryOp(op=ast.Not()):
                said = self._least(self.set(node.operand), _Strength.NOT)
                return _Set(self.to.row(self.to.word(f"not{_BLANK}"), said), _Strength.NOT)
            case ast.BinOp():
                return self._operation(node)
            case ast.Compare():
                return self._relation(node)
            case ast.BoolOp():
                word, strength = ("and", _Strength.AND) if isinstance(node.op, ast.And) else ("or", _Strength.OR)
                parts = [self._least(self.set(part), _Strength(strength + 1)) for part in node.values]
                return _Set(self.to.row(self.to.word(f"{_BLANK}{word}{_BLANK}").join(parts)), strength)
            case ast.IfExp():
                return self._cases(_branches(node))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if arguments:
                return self._call(name, arguments)
        raise _Foreign

    def _least(self, inside: _Set, strength: _Strength) -> str:
        """The markup, in brackets where it holds together less strongly than this."""
        return inside.markup if inside.strength >= strength else self.to.brackets(inside.markup)

    def _constant(self, node: ast.Constant) -> _Set:
        if node.value is True or node.value is False:
            return _Set(self.to.word(str(node.value).lower()))
        digits = ast.get_source_segment(self.source, node) or ""
        if not _NUMBER.fullmatch(digits):
            raise _Foreign
        return _Set(self.to.number(digits), numeral=True)

    def _operation(self, node: ast.BinOp) -> _Set:
        left, right = node.left, node.right
        if isinstance(node.op, ast.Mult | ast.Div) and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
            positive = ast.BinOp(left.operand, node.op, right)  # (-a)*b as -(a*b), which is how it is written
            return self.set(ast.UnaryOp(ast.USub(), positive))
        match node.op:
            case ast.Add() | ast.Sub():
                sign = "+" if isinstance(node.op, ast.Add) else _MINUS
                first, second = self.set(left), self._least(self.set(right), _Strength.PRODUCT)
                row = self.to.row(self._least(first, _Strength.SUM), self.to.sign(sign), second)
                return _Set(row, _Strength.SUM, first.numeral)
            case ast.Mult():
                first, second = self.set(left), self.set(right)
                apart = second.numeral and second.strength >= _Strength.PRODUCT
                sign = self.to.sign(_DOT if apart else _TIMES)
                row = self.to.row(self._least(first, _Strength.PRODUCT), sign, self._least(second, _Strength.PRODUCT))
                return _Set(row, _Strength.PRODUCT, first.numeral)
            case ast.Div():
                above, below = self.set(left), self.set(right)
                if self.raised:
                    parts = self._least(above, _Strength.PRODUCT), self._least(below, _Strength.POWER)
                    if (made := self.to.slashed(*parts)) is not None:
                        return _Set(made, _Strength.PRODUCT, above.numeral)
                return _Set(self.to.fraction(above.markup, below.markup), _Strength.PRODUCT, True)
            case ast.Pow():
                if isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub) and _is_number(right.operand):
                    below = left if _is_one(right.operand) else ast.BinOp(left, ast.Pow(), right.operand)
                    return _Set(self.to.fraction(self.to.number("1"), self.set(below).markup), _Strength.PRODUCT, True)
                exponent = replace(self, raised=True).set(right).markup
                match left, right:
                    case ast.Call(func=ast.Name(id=name), args=[inside], keywords=[]), ast.Constant() if (
                        self.to.raises and name in _RAISED
                    ):
                        return _Set(self.to.call(name, self.set(inside).markup, exponent))
                base = self.set(left)
                power = self.to.power(self._least(base, _Strength.WHOLE), exponent)
                return _Set(power, _Strength.POWER, base.numeral)
        raise _Foreign

    def _relation(self, node: ast.Compare) -> _Set:
        parts = [self._least(self.set(node.left), _Strength.SUM)]
        for sign, side in zip(node.ops, node.comparators, strict=True):
            if type(sign) not in _SIGNS:
                raise _Foreign
            parts += [self.to.relation(_SIGNS[type(sign)]), self._least(self.set(side), _Strength.SUM)]
        return _Set(self.to.row(*parts), _Strength.RELATION)

    def _call(self, name: str, arguments: list[ast.expr]) -> _Set:
        if name == "Piecewise":
            return self._cases([_pair(argument) for argument in arguments])
        if len(arguments) == 1:
            if name == "exp":
                exponent = replace(self, raised=True).set(arguments[0]).markup
                return _Set(self.to.power(self.to.name("e"), exponent), _Strength.POWER)
            inside = self.set(arguments[0]).markup
            if name == "sqrt":
                return _Set(self.to.root(inside))
            if name == "abs":
                return _Set(self.to.size(inside))
        listed = self.to.sign(",").join(self.set(argument).markup for argument in arguments)
        return _Set(self.to.call(name, listed, None))

    def _cases(self, branches: list[tuple[ast.expr, ast.expr | None]]) -> _Set:
        rows = []
        for value, condition in branches:
            when = self.to.word("otherwise")
            if condition is not None and not (isinstance(condition, ast.Constant) and condition.value is True):
                when = self.to.word(f"if{_BLANK}") + self.set(condition).markup
            rows.append((self.set(value).markup, when))
        return _Set(self.to.cases(rows), _Strength.CASES)


def _branches(node: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    """A chain of conditional expressions as values with their conditions, the last without one."""
    found: list[tuple[ast.expr, ast.expr | None]] = []
    while isinstance(node, ast.IfExp):
        found.append((node.body, node.test))
        node = node.orelse
    return [*found, (node, None)]


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == 1


def _pair(node: ast.expr) -> tuple[ast.expr, ast.expr]:
    if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
        raise _Foreign
    return node.elts[0], node.elts[1]


# ---------------------------------------------------------------------------------------------- the markups


class _MathML:
    raises = False

    def number(self, digits: str) -> str:
        return f"<mn>{digits}</mn>"

    def word(self, text: str) -> str:
        return f"<mtext>{text}</mtext>"

    def name(self, name: str) -> str:
        return f"<mi>{html.escape(_LETTERS.get(name, name))}</mi>"

    def row(self, *parts: str) -> str:
        return f"<mrow>{''.join(parts)}</mrow>"

    def sign(self, sign: str) -> str:
        return f"<mo>{sign}</mo>"

    def relation(self, sign: str) -> str:
        return f"<mo>{html.escape(sign)}</mo>"

    def fraction(self, above: str, below: str) -> str:
        return f"<mfrac>{above}{below}</mfrac>"

    def slashed(self, above: str, below: str) -> str | None:
        return None

    def power(self, base: str, exponent: str) -> str:
        return f"<msup>{base}{exponent}</msup>"

    def root(self, inside: str) -> str:
        return f"<msqrt>{inside}</msqrt>"

    def size(self, inside: str) -> str:
        return self.row(_fence("|", "prefix"), inside, _fence("|", "postfix"))

    def call(self, name: str, listed: str, exponent: str | None) -> str:
        return self.row(self.name(name), self.sign(_APPLIED), self.brackets(listed))

    def brackets(self, inside: str) -> str:
        return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>"

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        made = "".join(f"<mtr><mtd>{value}</mtd><mtd>{self.row(when)}</mtd></mtr>" for value, when in rows)
        return self.row(_fence("{", "prefix"), f"<mtable>{made}</mtable>")


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" fence="true" stretchy="true">{sign}</mo>'


@dataclass(frozen=True)
class _LaTeX:
    """`plain_sigma`: sigma is free to be the name of the logistic function."""

    plain_sigma: bool = True
    raises = True

    def number(self, digits: str) -> str:
        mantissa, _, power = digits.lower().partition("e")
        if not power:
            return digits
        ten = f"10^{{{int(power)}}}"
        return ten if mantissa == "1" else f"{mantissa} \\cdot {ten}"

    def word(self, text: str) -> str:
        return f"\\text{{{text.replace(_BLANK, ' ')}}}"

    def name(self, name: str) -> str:
        stem, _, index = name.partition("_")
        if index:
            return f"{self.name(stem)}_{{{self._letters(index)}}}" if stem else self._letters(name)
        return self._letters(name)

    def _letters(self, name: str) -> str:
        if name in _LETTERS:
            return f"\\{ {'lam': 'lambda', 'lambd': 'lambda'}.get(name, name) }"
        if not name.isascii():
            raise _Foreign
        return name if len(name) == 1 or name.isdigit() else f"\\mathit{{{name.replace('_', chr(92) + '_')}}}"

    def row(self, *parts: str) -> str:
        return "".join(parts)

    def sign(self, sign: str) -> str:
        return {_MINUS: " - ", _DOT: " \\cdot ", _TIMES: " ", ",": ", "}.get(sign, f" {sign} ")

    def relation(self, sign: str) -> str:
        return {"≤": " \\leq ", "≥": " \\geq ", "≠": " \\neq "}.get(sign, f" {sign} ")

    def fraction(self, above: str, below: str) -> str:
        return f"\\frac{{{above.strip()}}}{{{below.strip()}}}"

    def slashed(self, above: str, below: str) -> str | None:
        return f"{above}/{below}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent.strip()}}}"

    def root(self, inside: str) -> str:
        return f"\\sqrt{{{inside.strip()}}}"

    def size(self, inside: str) -> str:
        fences = ("\\left\\lvert", "\\right\\rvert") if _is_high(inside) else ("\\lvert", "\\rvert")
        return f"{fences[0]} {inside.strip()} {fences[1]}"

    def call(self, name: str, listed: str, exponent: str | None) -> str:
        known = _COMMANDS.get(name)
        if known == "\\sigma" and not self.plain_sigma:
            known = None
        called = known or f"\\operatorname{{{name.replace('_', chr(92) + '_')}}}"
        return f"{called}{'' if exponent is None else f'^{{{exponent}}}'}{self.brackets(listed)}"

    def brackets(self, inside: str) -> str:
        inside = inside.strip()
        return f"\\left({inside}\\right)" if _is_high(inside) else f"({inside})"

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        made = " \\\\ ".join(f"{value.strip()} & {when}" for value, when in rows)
        return f"\\begin{{cases}} {made} \\end{{cases}}"


def _is_high(inside: str) -> bool:
    return any(command in inside for command in ("\\frac", "\\begin", "\\sqrt", "\\left"))


_RAISED = ("sin", "cos", "tan", "sinh", "cosh", "tanh")  # whose powers are written sin^2(x)
_COMMANDS = {name: f"\\{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "ln", "max", "min")}
_COMMANDS |= {f"{arc}{name}": f"\\arc{name}" for arc in ("a", "arc") for name in ("sin", "cos", "tan")}
_COMMANDS |= {"sigmoid": "\\sigma", "ndtr": "\\Phi", "maximum": "\\max", "minimum": "\\min"}

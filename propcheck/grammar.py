"""The expression language: text in, SymPy out, and nothing is ever evaluated as Python.

    value      = value "if" condition "else" value | sum
    condition  = condition ("and" | "or") condition | "not" condition | "(" condition ")"
               | sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)+ | "True" | "False"
    sum        = product (("+" | "-") product)*
    product    = factor (("*" factor | "/" signed))*
    factor     = signed | "(" condition ")"
    signed     = ("+" | "-") signed | power
    power      = atom (("**" | "^") signed)?
    atom       = number | name | "(" value ")" | call
    call       = function "(" value ")" | ("max" | "min") "(" value ("," value)+ ")"
               | "Piecewise" "(" ("(" value "," condition ")" ",")* "(" value "," "True" ")" ")"
    function   = "abs" "sign" "sqrt" "exp" "expm1" "log" "ln" "log1p" "sin" "cos" "tan" "sinh" "cosh" "tanh" "asinh"
                 "acosh" "atanh" "asin" "acos" "atan" "arcsinh" "arccosh" "arctanh" "arcsin" "arccos" "arctan"
                 "erf" "erfc" "sigmoid" "softplus" "relu" "softsign" "gelu" "heaviside"
    name       = "x" | "pi" | "e" | a parameter
    number     = digits with an optional point and an optional exponent: the exact rational that it spells

A condition among the factors of a product is 1 where it holds and 0 elsewhere: `x*(x > 0)`. The names of functions
may be written with capitals: `ReLU(x)`. A range of parameters (`0 < a < 1`) is a condition in which `x` does not
occur. Blanks and line ends are alike.

The text is cut into tokens, the tokens are read by Python's own parser, and its tree is walked node by node against
the list above. SymPy may do its usual simplifications, save where they would be slow or would lose the way in which
the formula was written: extrema, relations, signs and pieces stay as they stand. Sizes are checked before SymPy sees
them, so that no short text makes a long computation. Every number in the text must turn out finite and real.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import keyword
import operator
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from types import FrameType
from typing import NoReturn

import flint
import sympy
from sympy import S
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from propcheck.precision import alone
from propcheck.verdict import InputError

X = sympy.Symbol("x", real=True)

MAX_LENGTH = 40_000  # characters of a text: a table of 256 entries with all digits of a double
MAX_TOKENS = 12_000  # numbers, names, operators and brackets of a text
MAX_BRACKETS = 64  # brackets open at once
MAX_DEPTH = 80  # operations and calls inside each other
MAX_SIZE = 10_000  # nodes of the result: softsign(u) and gelu(u) hold u twice
MAX_CONSTANT_SIZE = 128  # nodes of a constant that is no rational: SymPy evaluates it again and again
MAX_CONSTANT_DEPTH = 16  # operations and calls inside each other in such a constant
MAX_DIGITS = 1_000  # digits of a number written out, before and after the point
MAX_BITS = 4_096  # numerator and denominator of any number that comes up
MAX_ROOT_BITS = 512  # the same under a root: SymPy factors it
MAX_WRITTEN_BITS = 128  # of a number to a power of denominator q, times q: what SymPy would write under one root
MAX_TOTAL_BITS = 262_144  # all numbers of a text together
MAX_POWER = 128  # what a variable expression may be raised to
MAX_QUESTIONED = 24  # nodes of an argument about which SymPy may ask questions: their number grows exponentially
MAX_STEPS = 1_500_000  # calls and returns while SymPy builds, about half a second; for long texts, so many
MAX_STEPS_EACH = 500  # more for each number, name and sign
MAX_MAGNITUDE = 33_219  # binary exponent of a constant: 1e10000

_CONSTANTS = {"pi": S.Pi, "e": S.Exp1}
_CONNECTIVES = frozenset({"and", "or", "not", "if", "else"})
_TRUTH = frozenset({"True", "False"})


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, operator, end
    text: str
    start: int
    end: int


class _Refused(Exception):
    """Why an operation on given expressions is refused; whoever knows the place adds it."""


# ------------------------------------------------------------------------------------------------ messages


def _printable(char: str) -> bool:
    return (
        char.isprintable()
        and unicodedata.bidirectional(char) not in ("R", "AL", "AN")
        and unicodedata.east_asian_width(char) not in ("W", "F")
        and not unicodedata.combining(char)
    )


def _plain(text: str) -> str:
    """`text` on one line, one column a character."""
    return "".join(char if _printable(char) else " " if char.isspace() else "?" for char in text)


def _short(text: str, limit: int = 40) -> str:
    text = _plain(text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _fail(text: str, place: int, sentence: str, width: int = 72) -> NoReturn:
    """Raise the error that says `sentence` and points at `place` in `text`."""
    place = min(max(place, 0), len(text))
    first = 0 if len(text) <= width else max(0, min(place - width // 2, len(text) - width))
    before, after = "..." if first else "", "..." if first + width < len(text) else ""
    line = before + _plain(text[first : first + width]) + after
    caret = " " * (len(before) + place - first) + "^"
    raise InputError(f"column {place + 1}: {sentence}\n  {line}\n  {caret}")


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    lowered = {other.lower(): other for other in [*known][::-1]}
    close = difflib.get_close_matches(name[:64].lower(), lowered, 1, 0.7)
    return lowered[close[0]] if close else None


# -------------------------------------------------------------------------------------------------- tokens

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n\f\v]+)"
    r"|(?P<number>(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<operator>\*\*|<=|>=|==|!=|[-+*/^<>(),])"
)
_BASED = re.compile(r"0[xXoObB][0-9a-fA-F_]+")
_MODULES = frozenset({"math", "np", "numpy", "torch", "jnp", "jax", "nn", "F", "tf", "K", "keras", "sp", "sympy"})

_WRITE_INSTEAD = {  # longest first where one begins another
    "===": "==", "=>": ">=", "=<": "<=", "<>": "!=", "&&": "and", "||": "or", "&": "and", "~": "not",
    "≤": "<=", "≥": ">=", "≠": "!=", "∧": "and", "∨": "or", "¬": "not",
    "×": "*", "·": "*", "⋅": "*", "∗": "*", "∙": "*", "•": "*", "÷": "/", "∕": "/", "⁄": "/",
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-",
    "π": "pi", "ℯ": "e", "√": "sqrt(...)", "½": "1/2", "¼": "1/4",
    **{char: f"**{digit}" for digit, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, "⁻": "**-",
}  # fmt: skip
_NOT_HERE = {
    "=": "'=' is not in the language: to compare, write '=='",
    ":=": "':=' is not in the language: write the expression out where it is used",
    "|": "'|' is not in the language: write 'or' between conditions, abs(u) for the absolute value",
    "!": "'!' is not in the language: write 'not' before a condition, '!=' for unequal",
    "%": "'%' is not in the language",
    "[": "'[' is not in the language: there is no indexing, and only round brackets group",
    "]": "']' is not in the language: there is no indexing, and only round brackets group",
    "{": "'{' is not in the language: only round brackets group",
    "}": "'}' is not in the language: only round brackets group",
    ";": "';' is not in the language: give one expression",
    ":": "':' is not in the language: for cases, write 'a if condition else b'",
    "'": "text in quotes is not in the language",
    '"': "text in quotes is not in the language",
    "`": "text in quotes is not in the language",
    "#": "comments are not in the language",
    "\\": "'\\' is not in the language: an expression may go on in the next line as it is",
    "@": "'@' is not in the language: write '*' for a product",
    "∞": "infinity is not a number",
}


_LATEX = {
    **dict.fromkeys(("frac", "dfrac", "tfrac"), "(a)/(b)"),
    **dict.fromkeys(("cdot", "times"), "*"),
    **dict.fromkeys(("left", "right", "big", "Big"), "the bracket alone"),
    **dict.fromkeys(("begin", "end", "cases"), "a if condition else b"),
    **dict.fromkeys(("le", "leq"), "<="),
    **dict.fromkeys(("ge", "geq"), ">="),
    **dict.fromkeys(("mathrm", "operatorname", "text", "mathbf"), "the name alone"),
    "sigma": "sigmoid(x)",
    "Phi": "(1 + erf(x/sqrt(2)))/2",
    "lvert": "abs(x)",
    "vert": "abs(x)",
    "pi": "pi",
}


def _call_without_dot(chain: str, owner: str) -> str:
    """What to say of `owner.chain`: a module's function, or a method."""
    last = chain.rpartition(".")[2]
    known = last if last in _CONSTANTS else _nearest(last, FUNCTIONS)
    if owner in _MODULES:
        if formula := _formula(last):
            return f"names have no dots: for '{owner}{_short(chain)}' write {formula}"
        if known:
            return f"names have no dots: write '{known}' without '{owner}.'"
    elif known and known.lower() == last.lower():
        return f"there are no attributes or methods in the language: write {known}({owner})"
    return "'.' is only for decimals: there are no attributes or methods in the language"


def _latex(command: str) -> str:
    if command in FUNCTIONS:
        right = f"{command}(...)"
    else:
        right = _LATEX.get(command) or f"the formula as in Python, such as x/(1 + exp(-x)), with {command} as a name"
    return f"LaTeX is not in the language: for '\\{_short(command)}' write {right}"


def _equals(tokens: list[_Token]) -> str:
    """What to say of '=' behind these tokens."""
    left = [token.text for token in tokens]
    if len(left) == 1 and left != ["x"] or len(left) == 4 and left[1::2] == ["(", ")"]:
        named = _short("".join(left))
        return f"'=' is not in the language: leave '{named} =' out and give only what stands behind it"
    return _NOT_HERE["="]


def _stray(text: str, place: int, tokens: list[_Token]) -> str:
    """What to say of a character that begins no token."""
    char = text[place]
    if tokens and tokens[-1].text in FUNCTIONS and char in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻":
        return f"'{char}' is not in the language: {_power_of(tokens[-1].text, str('⁰¹²³⁴⁵⁶⁷⁸⁹'.find(char)))}"
    if char == "\\" and (command := re.compile(r"[A-Za-z]+").match(text, place + 1)):
        return _latex(command[0])
    if char == "|" and (inside := re.compile(r"\|([^|]{1,40})\|").match(text, place)):
        return f"'|' is not in the language: write abs({_short(inside[1].strip())})"
    if char == "=" and text[place : place + 2] not in ("=>", "=<", "=="):
        return _equals(tokens)
    for wrong, right in _WRITE_INSTEAD.items():
        if text.startswith(wrong, place):
            return f"'{wrong}' is not in the language: write '{right}'"
    if char == "." and tokens and tokens[-1].kind in ("name", "number"):
        chain = re.compile(r"(?:\.[A-Za-z_][A-Za-z_0-9]*)+").match(text, place)
        return _call_without_dot(chain[0] if chain else "", tokens[-1].text)
    if char in _NOT_HERE:
        return _NOT_HERE.get(text[place : place + 2], _NOT_HERE[char])
    if char == "\0":
        return "a null character is not in the language"
    name = unicodedata.name(char, "a character without a name").lower()
    if greek := re.fullmatch(r"greek (?:small|capital) letter (\w+)", name):
        return f"names are in ASCII letters: write '{greek[1] if greek[1] != 'lamda' else 'lam'}'"
    shown = f"'{char}' (U+{ord(char):04X}, {name})" if _printable(char) else f"U+{ord(char):04X} ({name})"
    plain = unicodedata.normalize("NFKC", char).strip()
    if char.isspace():
        return f"{shown} is not in the language: write an ordinary blank"
    instead = f": write '{plain}'" if plain and plain != char and plain.isascii() and plain.isprintable() else ""
    return f"{shown} is not in the language{instead}"


def _python(text: str, place: int) -> str:
    """What to do about a word of Python at this place."""
    if head := re.compile(r"lambda\s+\w+\s*:").match(text, place):
        return f": leave '{_short(head[0])}' out and give only what stands behind it"
    if re.compile(r"(def|return)\b").match(text, place):
        return ": give only the formula that the function returns"
    return "; as a parameter it may be called 'lam'" if text.startswith("lambda", place) else ""


def _scan(text: str) -> list[_Token]:
    """The tokens of `text`, with an end token, in an order that makes sense: operand, operator, operand."""
    if len(text) > MAX_LENGTH:
        raise InputError(f"the text has {len(text)} characters; the limit is {MAX_LENGTH}")
    tokens: list[_Token] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            _fail(text, place, _stray(text, place, tokens))
        if found.lastgroup == "number" and _BASED.match(text, place):
            _fail(text, place, "numbers are written in decimal digits")
        if keyword.iskeyword(found[0]) and found[0] not in _CONNECTIVES | _TRUTH:
            _fail(text, place, f"'{found[0]}' is a word of Python that is not in the language{_python(text, place)}")
        if found.lastgroup != "blank":
            tokens.append(_Token(str(found.lastgroup), found[0], place, found.end()))
        place = found.end()
        if len(tokens) > MAX_TOKENS:
            _fail(text, place, f"the text has more than {MAX_TOKENS} numbers, names and signs, which is the limit")
    if not tokens:
        raise InputError("the text is empty; write an expression such as x*sigmoid(x)")
    tokens.append(_Token("end", "", place, place))
    tokens = _without_brackets_behind_else(tokens)
    _check_order(text, tokens)
    return tokens


def _without_brackets_behind_else(tokens: list[_Token]) -> list[_Token]:
    """The tokens without brackets that hold all that stands behind an `else`, of which a table may have hundreds."""
    open_: list[int] = []
    listed: set[int] = set()  # the brackets with a comma right inside
    left_out: set[int] = set()
    for place, token in enumerate(tokens):
        if token.text == "(":
            open_.append(place)
        elif token.text == "," and open_:
            listed.add(open_[-1])
        elif token.text == ")" and open_:
            opened = open_.pop()
            whole = tokens[place + 1].kind == "end" or tokens[place + 1].text in (")", ",")
            if opened and tokens[opened - 1].text == "else" and whole and opened not in listed:
                left_out |= {opened, place}
    return [token for place, token in enumerate(tokens) if place not in left_out]


def _is_operand(token: _Token) -> bool:
    return token.kind == "number" or token.kind == "name" and token.text not in _CONNECTIVES


def _beside(tokens: list[_Token], place: int) -> str:
    """What to say of a value that stands right behind another one."""
    last = [token.text for token in tokens[max(0, place - 4) : place]]
    if tokens[place].text == "(":  # tanh**2(x), tanh**-1(x)
        for signs in (("**",), ("^",), ("**", "-"), ("^", "-")):
            head = last[-len(signs) - 2 :]
            if len(head) == len(signs) + 2 and head[0] in FUNCTIONS and tuple(head[1:-1]) == signs:
                return _power_of(head[0], "".join(signs[1:]) + head[-1])
    example = f"{_short(tokens[place - 1].text, 20)}*{_short(tokens[place].text, 20)}"
    shown = f", as in {example}" if tokens[place - 1].text != ")" and tokens[place].text != "(" else ""
    return f"two values stand beside each other: write '*' between them for a product{shown}"


def _power_of(function: str, exponent: str) -> str:
    """What to say of a power that stands behind the function's name."""
    if exponent == "-1":
        inverse = f"a{function}(x)" if f"a{function}" in FUNCTIONS else "the inverse by its name"
        return f"the power of a value stands behind the brackets: write 1/{function}(x), or {inverse} for the inverse"
    return f"the power of a value stands behind the brackets: write {function}(x)**{_short(exponent, 20)}"


def _check_order(text: str, tokens: list[_Token]) -> None:
    """Refuse what cannot be an expression: two operands or two operators beside each other, unpaired brackets."""
    brackets: list[tuple[_Token, bool]] = []  # the open ones, and whether each belongs to a call
    operand_next = True
    before = _Token("operator", "(", 0, 0)
    for place, token in enumerate(tokens):
        if operand_next:
            if _is_operand(token):
                operand_next = False
            elif token.text == "(":
                brackets.append((token, False))
            elif token.text in ("+", "-"):
                pass
            elif token.text == "not" and (before.text in ("(", ",") or before.text in _CONNECTIVES):
                pass
            elif token.text == ")" and brackets and (before.text == "," or before.text == "(" and brackets[-1][1]):
                brackets.pop()
                operand_next = False
            elif token.kind == "end" and brackets:
                _fail(text, brackets[-1][0].start, "this bracket is never closed: ')' is missing")
            elif token.kind == "end":
                _fail(text, token.start, "the text ends where a number, a name or '(' should follow")
            else:
                _fail(text, token.start, f"a number, a name or '(' is missing before '{token.text}'")
        elif token.text == "(":
            if before.kind != "name":
                _fail(text, token.start, _beside(tokens, place))
            if before.text in _TRUTH:
                _fail(text, before.start, f"'{before.text}' is not a function")
            brackets.append((token, True))
            operand_next = True
        elif token.text == ")":
            if not brackets:
                _fail(text, token.start, "this bracket was never opened: '(' is missing")
            brackets.pop()
        elif token.text == "," and not brackets:
            _fail(text, token.start, "',' stands only between the arguments of a call")
        elif _is_operand(token):
            if before.kind == "number" and re.fullmatch("[jJ]", token.text):
                _fail(text, token.start, "imaginary numbers are not in the language")
            if before.text in FUNCTIONS:
                _fail(text, token.start, f"'{before.text}' needs brackets: write {before.text}(...)")
            _fail(text, token.start, _beside(tokens, place))
        elif token.text == "not":
            _fail(text, token.start, "'not' stands before a condition, not between values")
        elif token.kind == "end":
            if brackets:
                _fail(text, brackets[-1][0].start, "this bracket is never closed: ')' is missing")
        else:
            operand_next = True
        if len(brackets) > MAX_BRACKETS:
            _fail(text, token.start, f"more than {MAX_BRACKETS} brackets are open at once, which is the limit")
        before = token


class _Source:
    """A text with its tokens and Python's syntax tree of them."""

    def __init__(self, text: str):
        if not isinstance(text, str):
            raise InputError(f"an expression is a text; this is of type {type(text).__name__}")
        self.text = text
        self.tokens = _scan(text)
        # The parser sees only names, signs and zeros for numbers, one blank apart, so that its columns lead to tokens.
        words = ["0" if token.kind == "number" else "**" if token.text == "^" else token.text for token in self.tokens]
        self.columns: list[int] = []
        column = 0
        for word in words:
            self.columns.append(column)
            column += len(word) + 1
        try:
            self.tree = ast.parse(" ".join(words), mode="eval").body
        except SyntaxError:  # the tokens are in a sensible order, so an 'if' or an 'else' stands alone
            first = next((token for token in self.tokens if token.text in ("if", "else")), self.tokens[0])
            self.fail(first, "this cannot be read: cases are written 'a if condition else b'")
        except (ValueError, MemoryError, RecursionError):
            raise InputError("the expression is nested too deeply") from None

    def index(self, column: int) -> int:
        return max(0, min(bisect_right(self.columns, column) - 1, len(self.tokens) - 1))

    def token(self, node: ast.AST) -> _Token:
        return self.tokens[self.index(node.col_offset)]  # type: ignore[attr-defined]

    def fail(self, where: _Token | ast.AST, sentence: str) -> NoReturn:
        token = where if isinstance(where, _Token) else self.token(where)
        _fail(self.text, token.start, sentence)

    def part(self, node: ast.expr) -> str:
        """The text of `node`, shortened for a message."""
        last = self.tokens[self.index((node.end_col_offset or 1) - 1)]
        return _short(self.text[self.token(node).start : last.end])


# ------------------------------------------------------------------------------- numbers and constant values


def _bits(number: sympy.Rational) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())


def _rational(spelling: str) -> sympy.Rational:
    """The number that `spelling` spells, exactly."""
    digits, _, exponent = spelling.replace("_", "").lower().partition("e")
    whole, _, fraction = digits.partition(".")
    shift = exponent.lstrip("+-").lstrip("0") or "0"
    if len(whole) > MAX_DIGITS or len(fraction) > MAX_DIGITS or len(shift) > 6 or int(shift) > MAX_DIGITS:
        raise _Refused(f"is too long: a number may have {MAX_DIGITS} digits before and after the point")
    power = (-int(shift) if exponent.startswith("-") else int(shift)) - len(fraction)
    digits = int((whole + fraction) or "0")
    value = sympy.Integer(digits * 10**power) if power >= 0 else sympy.Rational(digits, 10**-power)
    if _bits(value) > MAX_BITS:
        raise _Refused(f"is too long: a number may have {MAX_DIGITS} digits before and after the point")
    return value


class _NotReal(Exception):
    pass


@lru_cache(maxsize=4096)
def _ball(expr: sympy.Basic, precision: int) -> flint.arb:
    """An enclosure of a constant at this precision, which is the current one; NaN where it is not known to exist."""
    if isinstance(expr, sympy.Rational):
        return flint.arb(flint.fmpq(int(expr.p), int(expr.q)))
    if expr is S.Pi:
        return flint.arb.pi()
    if expr is S.Exp1:
        return flint.arb.const_e()
    if isinstance(expr, sympy.exp):
        return _ball(expr.args[0], precision).exp()
    if isinstance(expr, sympy.Add):
        return sum((_ball(arg, precision) for arg in expr.args), flint.arb(0))
    if isinstance(expr, sympy.Mul):
        product = flint.arb(1)
        for arg in expr.args:
            product *= _ball(arg, precision)
        return product
    if isinstance(expr, sympy.Pow):
        base = _ball(expr.base, precision)
        if isinstance(expr.exp, sympy.Integer):
            if base.is_zero() and expr.exp < 0:
                raise _NotReal
            return base ** int(expr.exp)
        if base < 0:
            raise _NotReal
        return base.sqrt() if expr.exp is S.Half else base ** _ball(expr.exp, precision)
    if isinstance(expr, (sympy.Max, sympy.Min)):
        balls = [_ball(arg, precision) for arg in expr.args]
        extremum = balls[0]
        for ball in balls[1:]:
            extremum = extremum.max(ball) if isinstance(expr, sympy.Max) else extremum.min(ball)
        return extremum
    if type(expr) in _BALLS:
        argument = _ball(expr.args[0], precision)
        domain, evaluate = _BALLS[type(expr)]
        if domain == "positive" and argument <= 0 or domain == "unit" and abs(argument) > 1:
            raise _NotReal
        if domain == "open unit" and abs(argument) >= 1 or domain == "above one" and argument < 1:
            raise _NotReal
        return evaluate(argument)
    raise _NotReal


_BALLS: dict[type, tuple[str, Callable[[flint.arb], flint.arb]]] = {
    sympy.log: ("positive", flint.arb.log),
    sympy.sin: ("", flint.arb.sin),
    sympy.cos: ("", flint.arb.cos),
    sympy.tan: ("", flint.arb.tan),
    sympy.sinh: ("", flint.arb.sinh),
    sympy.cosh: ("", flint.arb.cosh),
    sympy.tanh: ("", flint.arb.tanh),
    sympy.asinh: ("", flint.arb.asinh),
    sympy.acosh: ("above one", flint.arb.acosh),
    sympy.atanh: ("open unit", flint.arb.atanh),
    sympy.asin: ("unit", flint.arb.asin),
    sympy.acos: ("unit", flint.arb.acos),
    sympy.atan: ("", flint.arb.atan),
    sympy.erf: ("", flint.arb.erf),
    sympy.erfc: ("", flint.arb.erfc),
    sympy.Abs: ("", abs),
    sympy.sign: ("", flint.arb.sgn),
}


def _count(expr: sympy.Basic, limit: int) -> int:
    """How many nodes `expr` has, counted up to `limit`."""
    stack, count = [expr], 0
    while stack and count <= limit:
        count += 1
        stack.extend(stack.pop().args)
    return count


def _height(expr: sympy.Basic) -> int:
    return 1 + max(map(_height, expr.args), default=0)


def _constant(expr: sympy.Expr) -> flint.arb:
    """A finite enclosure of a constant that is not too large or small, as tight as it takes to tell its sign."""
    if _count(expr, MAX_CONSTANT_SIZE) > MAX_CONSTANT_SIZE:
        raise _Refused(f"is too long a constant: the limit is {MAX_CONSTANT_SIZE} parts")
    if _height(expr) > MAX_CONSTANT_DEPTH:
        raise _Refused(f"is too deep a constant: the limit is {MAX_CONSTANT_DEPTH} operations inside each other")
    ball = flint.arb.nan()
    for precision in (64, 256, 1024):
        with flint.ctx.workprec(precision):
            try:
                ball = _ball(expr, precision)
            except _NotReal:
                raise _Refused("is not a real number") from None
            if ball.is_finite() and (ball.is_zero() or not ball.contains(0)):
                break
    if ball.is_nan():
        raise _Refused("cannot be told from something that is not a real number")
    if not abs(ball) < flint.arb(2) ** MAX_MAGNITUDE:
        raise _Refused("is too large: constants go up to 1e10000")
    if not ball.is_zero() and abs(ball) < flint.arb(2) ** -MAX_MAGNITUDE:
        raise _Refused("is too small: constants go down to 1e-10000")
    return ball


def _sign_of(expr: sympy.Expr) -> int | None:
    """The sign of a constant; None where the enclosure does not decide, or where `expr` is not constant."""
    if isinstance(expr, sympy.Rational):
        return int(sympy.sign(expr))
    if not expr.is_number:
        return None
    ball = _constant(expr)
    return 0 if ball.is_zero() else 1 if ball > 0 else -1 if ball < 0 else None


# ------------------------------------------------------------------------------------- building expressions


def _twice(u: sympy.Expr) -> sympy.Expr:
    """`u`, where it is small enough to be written twice."""
    if 2 * _count(u, MAX_SIZE) > MAX_SIZE:
        raise _Refused(f"makes an expression of more than {MAX_SIZE} parts, which is the limit")
    return u


def _numbers(expr: sympy.Basic) -> Iterator[sympy.Rational]:
    stack = [expr]
    while stack:
        part = stack.pop()
        if isinstance(part, sympy.Rational):
            yield part
        stack.extend(part.args)


def _refuse_power(bits: int, exponent: sympy.Basic) -> None:
    """Refuse a number of so many bits to this power, where SymPy might write the result out."""
    for number in _numbers(exponent):
        if bits * abs(number) > MAX_BITS:
            raise _Refused(f"is too large a power of a number: results may have {MAX_DIGITS} digits")


def _check_power(base: sympy.Expr, exponent: sympy.Expr) -> None:
    """Refuse powers that SymPy would write out at length, or factor at length."""
    if isinstance(base, sympy.Rational):
        if base in (0, 1, -1):
            return
        _refuse_power(_bits(base), exponent)
        if not isinstance(exponent, sympy.Integer) and _bits(base) > MAX_ROOT_BITS:
            raise _Refused(f"takes a root of too long a number: the limit is {MAX_ROOT_BITS * 3 // 10} digits")
    elif isinstance(base, sympy.exp):
        _check_exp(base.args[0] * exponent)
    elif isinstance(base, sympy.Pow):
        _check_power(base.base, base.exp * exponent)
    elif isinstance(base, sympy.Mul):
        for factor in base.args:
            _check_power(factor, exponent)


def _root(base: sympy.Rational, exponent: sympy.Rational) -> sympy.Expr:
    """A positive number to a power that is not whole, where SymPy would write a long number under one root.

    40**(367/500) is 4*2**(101/500)*5**(367/500), whose next form in SymPy has 288 digits under the 500th root.
    """
    parts: list[sympy.Expr] = []
    for prime, multiplicity in base.factors(limit=2**15).items():
        whole, rest = divmod(multiplicity * exponent, 1)
        parts += [sympy.Integer(prime) ** whole, sympy.Pow(prime, rest)]
    return sympy.Mul(*parts)


def _not_written_out(evaluate: Callable[..., sympy.Expr | None]) -> Callable[..., sympy.Expr | None]:
    """SymPy's rule for powers of an integer, which is to leave alone roots that would have a very long number in them.

    It writes 24**(7345678901/10**10) as 4*N**(1/10**10), and does not come back. Whoever puts a number for x in 24**x
    meets that rule, however the text was read.
    """

    def _eval_power(self: sympy.Integer, exponent: sympy.Expr) -> sympy.Expr | None:
        short = not isinstance(exponent, sympy.Rational) or _bits(self) * int(exponent.q) <= MAX_ROOT_BITS
        if short or int(exponent.q) <= _bits(self) and sympy.integer_nthroot(abs(self.p), int(exponent.q))[1]:
            return evaluate(self, exponent)
        if self.p < 0:
            return sympy.Pow(S.NegativeOne, exponent) * sympy.Pow(-self, exponent)
        whole, rest = divmod(exponent, 1)
        return self**whole * sympy.Pow(self, rest, evaluate=False) if whole else None

    return _eval_power


sympy.Integer._eval_power = _not_written_out(sympy.Integer._eval_power)  # type: ignore[method-assign]


def _check_exp(u: sympy.Expr) -> None:
    """Refuse exp(c*log(b)) where b**c would be too long."""
    for term in _with_logarithm(u):
        for factor in sympy.Mul.make_args(term):
            if isinstance(factor, sympy.log) and isinstance(factor.args[0], sympy.Rational):
                _refuse_power(_bits(factor.args[0]), term)


def _with_logarithm(u: sympy.Expr) -> list[sympy.Expr]:
    """The terms of `u` that have a logarithm as a factor."""
    terms = sympy.Add.make_args(u)
    return [term for term in terms if any(isinstance(factor, sympy.log) for factor in sympy.Mul.make_args(term))]


def power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """base**exponent, real where it is defined."""
    if isinstance(base, sympy.Piecewise) and exponent is not S.One:
        if _count(exponent, MAX_SIZE) * len(base.args) > MAX_SIZE:
            raise _Refused(f"makes an expression of more than {MAX_SIZE} parts, which is the limit")
        return _pieces([(power(value, exponent), condition) for value, condition in base.args])
    if base.is_number:
        sign = _sign_of(base)
        negative = _sign_of(exponent)
        if sign == 0 and negative == -1:
            raise _Refused("divides by 0" if exponent is S.NegativeOne else "raises 0 to a negative power")
        if sign is None and negative == -1:
            raise _Refused("divides by a number that cannot be told from 0")
        if sign == -1 and not isinstance(exponent, sympy.Integer):
            root = "square root" if exponent is S.Half else "power that is not whole"
            raise _Refused(f"is not a real number: the {root} of a negative number")
    if isinstance(exponent, sympy.Rational) and not base.is_number and abs(exponent) > MAX_POWER:
        raise _Refused(f"is too high a power: the limit is {MAX_POWER}")
    if base is S.Exp1:
        return _exp(exponent)
    _check_power(base, exponent)
    if isinstance(exponent, sympy.Rational) and not isinstance(exponent, sympy.Integer):
        coefficient, rest = base.as_coeff_Mul()
        if rest is not S.One and coefficient not in (1, -1):  # SymPy would take the coefficient out too
            return _product([power(abs(coefficient), exponent), power(rest * sympy.sign(coefficient), exponent)])
        if _is_long_root(sympy.Pow(base, exponent, evaluate=False)):
            return _root(base, exponent)
    if isinstance(base, sympy.Pow) and isinstance(base.exp, sympy.Integer) and base.exp.is_even:
        if isinstance(exponent, sympy.Rational) and not isinstance(exponent, sympy.Integer):
            return power(_absolute(base.base), base.exp * exponent)
    simple = isinstance(exponent, sympy.Integer) or base in (0, 1) or _simple(base) and _simple(exponent)
    return sympy.Pow(base, exponent, evaluate=simple)


def _pieces(pairs: list[tuple[sympy.Expr, Boolean]]) -> sympy.Expr:
    """The first value whose condition is true; the last condition is true."""
    return sympy.Piecewise(*pairs, evaluate=False)


def _is_root(part: sympy.Basic) -> bool:
    """Whether this is a positive number to a power that is not whole."""
    if not isinstance(part, sympy.Pow) or not isinstance(part.base, sympy.Rational):
        return False
    return isinstance(part.exp, sympy.Rational) and bool(part.base > 0)


def _is_long_root(part: sympy.Basic) -> bool:
    """Whether SymPy would write a long number under the root that `part` is."""
    return _is_root(part) and _bits(part.args[0]) * int(part.args[1].q) > MAX_WRITTEN_BITS


def _product(factors: list[sympy.Expr]) -> sympy.Expr:
    parts = [part for factor in factors for part in sympy.Mul.make_args(factor)]
    rooted_parts = [part for part in parts if _is_root(part)]
    if len(rooted_parts) > 1 and any(map(_is_long_root, rooted_parts)):  # SymPy would put 2**q*6**q under one root
        roots: dict[int, sympy.Rational] = {}
        for base, exponent in (part.args for part in rooted_parts):
            for prime, multiplicity in base.factors(limit=2**15).items():
                roots[prime] = roots.get(prime, S.Zero) + multiplicity * exponent
        factors = [part for part in parts if not _is_root(part)]
        factors += [_root(sympy.Integer(prime), exponent) for prime, exponent in roots.items()]
    pieces = [factor for factor in factors if isinstance(factor, sympy.Piecewise)]
    if len(set(pieces)) < len(pieces):  # SymPy would take the power of each piece, and rewrite the conditions
        factors = [factor for factor in factors if not isinstance(factor, sympy.Piecewise)]
        factors += [power(piece, sympy.Integer(pieces.count(piece))) for piece in dict.fromkeys(pieces)]
    rooted = 0
    for factor in factors:
        for part in sympy.Mul.make_args(factor):
            if isinstance(part, sympy.Pow) and isinstance(part.base, sympy.Rational):
                rooted += _bits(part.base)
    if rooted > MAX_ROOT_BITS:  # SymPy would multiply what is under the roots, and factor it
        raise _Refused(f"multiplies roots of too long numbers: the limit is {MAX_ROOT_BITS * 3 // 10} digits together")
    return S.Zero if S.Zero in factors else sympy.Mul(*factors)


def _absolute(u: sympy.Expr) -> sympy.Expr:
    """|u|, by structure alone: SymPy's own rule expands and may not come back."""
    sign = _sign_of(u)
    if sign is not None:
        return u if sign >= 0 else -u
    coefficient, rest = u.as_coeff_Mul()
    if coefficient is not S.One:
        return abs(coefficient) * _absolute(rest)
    if isinstance(u, (sympy.Abs, sympy.exp)) or isinstance(u, sympy.Symbol) and u.is_nonnegative:
        return u
    if isinstance(u, sympy.Pow) and isinstance(u.exp, sympy.Integer) and u.exp.is_even:
        return u
    return sympy.Abs(-u if u.could_extract_minus_sign() else u, evaluate=False)


def _signum(u: sympy.Expr) -> sympy.Expr:
    sign = _sign_of(u)
    return sympy.sign(u, evaluate=False) if sign is None else sympy.Integer(sign)


def _heaviside(u: sympy.Expr) -> sympy.Expr:
    sign = _sign_of(u)
    return sympy.Heaviside(u, S.Half, evaluate=False) if sign is None else sympy.Rational(1 + sign, 2)


def _extremum(kind: type[sympy.Max] | type[sympy.Min], arguments: list[sympy.Expr]) -> sympy.Expr:
    """The largest or smallest argument: constants are compared, the rest stays as it stands."""
    left: list[sympy.Expr] = []
    best: sympy.Expr | None = None
    for argument in arguments:
        if not argument.is_number:
            left.append(argument)
            continue
        order = None if best is None else _sign_of(argument - best)
        if best is None or order == (1 if kind is sympy.Max else -1):
            best = argument
        elif order is None:
            left.append(argument)
    left += [] if best is None else [best]
    return kind(*left, evaluate=False)


def _exp(u: sympy.Expr) -> sympy.Expr:
    _check_exp(u)
    for term in _with_logarithm(u):
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(rest, sympy.log) and _is_long_root(sympy.Pow(rest.args[0], coefficient, evaluate=False)):
            return _product([power(rest.args[0], coefficient), _exp(u - term)])
    if u.is_number and _constant(u) > MAX_MAGNITUDE:
        raise _Refused("is too large: constants go up to 1e10000")
    # Where there is no logarithm to undo, SymPy asks many questions and changes nothing.
    return sympy.exp(u, evaluate=u.is_number or bool(_with_logarithm(u)))


def _log(u: sympy.Expr) -> sympy.Expr:
    if _sign_of(u) in (0, -1):
        raise _Refused("is not a real number: the logarithm of a number that is not positive")
    if isinstance(u, sympy.exp):
        return u.args[0]
    return sympy.log(u, evaluate=u.is_number)  # otherwise SymPy would only ask whether u is 0


def _simple(u: sympy.Expr) -> bool:
    return _count(u, MAX_QUESTIONED) <= MAX_QUESTIONED


def _odd(function: type[sympy.Function]) -> Callable[[sympy.Expr], sympy.Expr]:
    """`function`, as SymPy simplifies it where the argument is simple, and else by symmetry alone."""

    def build(u: sympy.Expr) -> sympy.Expr:
        if u.is_number or _simple(u):
            return function(u)
        return -function(-u, evaluate=False) if u.could_extract_minus_sign() else function(u, evaluate=False)

    return build


def _even(function: type[sympy.Function]) -> Callable[[sympy.Expr], sympy.Expr]:
    """The same for an even function."""

    def build(u: sympy.Expr) -> sympy.Expr:
        if u.is_number or _simple(u):
            return function(u)
        return function(-u if u.could_extract_minus_sign() else u, evaluate=False)

    return build


def _neither(function: type[sympy.Function]) -> Callable[[sympy.Expr], sympy.Expr]:
    """The same for a function that is neither odd nor even."""
    return lambda u: function(u, evaluate=u.is_number or _simple(u))


def _tan(u: sympy.Expr) -> sympy.Expr:
    coefficient, rest = _odd(sympy.tan)(u).as_coeff_Mul()
    if isinstance(rest, sympy.cot):  # from tan(v + pi/2); the cotangent is not in the language
        v = _twice(rest.args[0])
        return coefficient * sympy.cos(v) / sympy.sin(v)
    return coefficient * rest


def _gelu(u: sympy.Expr) -> sympy.Expr:
    return _product([S.Half, u, 1 + _odd(sympy.erf)(_twice(u) / sympy.sqrt(2))])


FUNCTIONS: Mapping[str, Callable[..., sympy.Expr]] = {
    "abs": _absolute,
    "sign": _signum,
    "min": lambda *arguments: _extremum(sympy.Min, list(arguments)),
    "max": lambda *arguments: _extremum(sympy.Max, list(arguments)),
    "sqrt": lambda u: power(u, S.Half),
    "exp": _exp,
    "expm1": lambda u: _exp(u) - 1,
    "log": _log,
    "ln": _log,
    "log1p": lambda u: _log(1 + u),
    "sin": _odd(sympy.sin),
    "cos": _even(sympy.cos),
    "tan": _tan,
    "sinh": _odd(sympy.sinh),
    "cosh": _even(sympy.cosh),
    "tanh": _odd(sympy.tanh),
    "asinh": _odd(sympy.asinh),
    "acosh": _neither(sympy.acosh),
    "atanh": _odd(sympy.atanh),
    "asin": _odd(sympy.asin),
    "acos": _neither(sympy.acos),
    "atan": _odd(sympy.atan),
    "arcsinh": _odd(sympy.asinh),
    "arccosh": _neither(sympy.acosh),
    "arctanh": _odd(sympy.atanh),
    "arcsin": _odd(sympy.asin),
    "arccos": _neither(sympy.acos),
    "arctan": _odd(sympy.atan),
    "erf": _odd(sympy.erf),
    "erfc": _neither(sympy.erfc),
    "sigmoid": lambda u: power(1 + _exp(-u), S.NegativeOne),
    "softplus": lambda u: _log(1 + _exp(u)),
    "relu": lambda u: _extremum(sympy.Max, [S.Zero, u]),
    "softsign": lambda u: u * power(1 + _absolute(_twice(u)), S.NegativeOne),
    "gelu": _gelu,
    "heaviside": _heaviside,
    "Piecewise": sympy.Piecewise,
}
_SPELLINGS = {name.lower(): name for name in FUNCTIONS}


def _function(name: str) -> str:
    """The function that is called so, capitals aside; the name itself where there is none."""
    return name if name in FUNCTIONS else _SPELLINGS.get(name.lower(), name)


RESERVED = frozenset({"x", *_CONSTANTS, *FUNCTIONS, *keyword.kwlist})  # what no parameter may be called

_FORMULAS = {
    "silu": "x*sigmoid(x)",
    "swish": "x*sigmoid(x)",
    "mish": "x*tanh(softplus(x))",
    "elu": "x if x >= 0 else exp(x) - 1",
    "leaky_relu": "max(x, x/100)",
    "relu6": "min(relu(x), 6)",
    "hardtanh": "max(-1, min(1, x))",
    **dict.fromkeys(("clip", "clamp"), "max(low, min(high, x))"),
    **dict.fromkeys(("maximum", "fmax"), "max(u, v)"),
    **dict.fromkeys(("minimum", "fmin"), "min(u, v)"),
    **dict.fromkeys(("fabs", "absolute"), "abs(x)"),
    **dict.fromkeys(("sgn", "signum"), "sign(x)"),
    **dict.fromkeys(("logistic", "expit"), "sigmoid(x)"),
    **dict.fromkeys(("logsigmoid", "log_sigmoid", "log_expit"), "-softplus(-x)"),
    **dict.fromkeys(("normcdf", "norm_cdf", "cdf", "ndtr"), "(1 + erf(x/sqrt(2)))/2"),
    **dict.fromkeys(("normpdf", "norm_pdf", "pdf"), "exp(-x**2/2)/sqrt(2*pi)"),
    "Phi": "(1 + erf(x/sqrt(2)))/2",
    "phi": "exp(-x**2/2)/sqrt(2*pi)",
    "logit": "log(x/(1 - x))",
    "erfcx": "exp(x**2)*erfc(x)",
    "cbrt": "sign(x)*abs(x)**(1/3)",
    "rsqrt": "1/sqrt(x)",
    "hypot": "sqrt(u**2 + v**2)",
    "sinc": "sin(x)/x",
    "selu": "1.0507*(x if x > 0 else 1.67326*(exp(x) - 1))",
    "prelu": "x if x > 0 else a*x",
    **dict.fromkeys(("pow", "power"), "x**n"),
    "square": "x**2",
    "log2": "log(x)/log(2)",
    "log10": "log(x)/log(10)",
    "exp2": "2**x",
    "sech": "1/cosh(x)",
    "csch": "1/sinh(x)",
    "coth": "1/tanh(x)",
    "sec": "1/cos(x)",
    "csc": "1/sin(x)",
    "cot": "cos(x)/sin(x)",
    "where": "a if condition else b",
    "step": "heaviside(x)",
    "inf": "a finite number",
}


def _formula(name: str) -> str | None:
    """How a function that the language has not is written in it."""
    return _FORMULAS.get(name) or _FORMULAS.get(name.lower())


_RELATIONS: dict[type[ast.cmpop], type[Relational]] = {
    ast.Lt: sympy.Lt,
    ast.LtE: sympy.Le,
    ast.Gt: sympy.Gt,
    ast.GtE: sympy.Ge,
    ast.Eq: sympy.Eq,
    ast.NotEq: sympy.Ne,
}
_TRUTHS: dict[type[Relational], Callable[[int, int], bool]] = {
    sympy.Lt: operator.lt,
    sympy.Le: operator.le,
    sympy.Gt: operator.gt,
    sympy.Ge: operator.ge,
    sympy.Eq: operator.eq,
    sympy.Ne: operator.ne,
}
_OPPOSITE: dict[type, type[Relational]] = {
    sympy.Lt: sympy.Ge,
    sympy.Le: sympy.Gt,
    sympy.Gt: sympy.Le,
    sympy.Ge: sympy.Lt,
    sympy.Eq: sympy.Ne,
    sympy.Ne: sympy.Eq,
}


def _joined(kind: type[sympy.And] | type[sympy.Or], conditions: list[Boolean]) -> Boolean:
    """All or any of the conditions, with those left out that are known."""
    decisive, neutral = (S.false, S.true) if kind is sympy.And else (S.true, S.false)
    if decisive in conditions:
        return decisive
    left = list(dict.fromkeys(condition for condition in conditions if condition != neutral))
    return neutral if not left else left[0] if len(left) == 1 else kind(*left, evaluate=False)


def _negated(condition: Boolean) -> Boolean:
    if type(condition) in _OPPOSITE:
        return _OPPOSITE[type(condition)](*condition.args, evaluate=False)
    if isinstance(condition, (sympy.And, sympy.Or)):
        other = sympy.Or if isinstance(condition, sympy.And) else sympy.And
        return _joined(other, [_negated(part) for part in condition.args])
    return S.false if condition == S.true else S.true


_BUILDERS: dict[type, Callable[..., sympy.Expr]] = {
    sympy.Mul: lambda *factors: _product(list(factors)),
    sympy.Pow: power,
    sympy.exp: _exp,
    sympy.log: _log,
    sympy.tan: _tan,
    sympy.Abs: _absolute,
    sympy.sign: _signum,
    sympy.Heaviside: lambda u, half: _heaviside(u),
    sympy.Max: FUNCTIONS["max"],
    sympy.Min: FUNCTIONS["min"],
}


def _decided(relation: type[Relational], left: sympy.Expr, right: sympy.Expr) -> Boolean:
    """The relation as it stands, or its truth where both sides differ by a constant.

    Cases inside a condition become conditions, since SymPy would rewrite them in its own way, which may not come back.
    """
    piece = next((part for side in (left, right) for part in side.atoms(sympy.Piecewise)), None)
    if piece is not None:
        ways, before = [], S.true
        for value, condition in piece.args:
            sides = _with(left, piece, value), _with(right, piece, value)
            ways.append(_joined(sympy.And, [before, condition, _decided(relation, *sides)]))
            before = _joined(sympy.And, [before, _negated(condition)])
        if sum(_count(way, MAX_SIZE) for way in ways) > MAX_SIZE:
            raise _Refused(f"makes a condition of more than {MAX_SIZE} parts, which is the limit")
        return _joined(sympy.Or, ways)
    difference = left - right
    if not difference.is_number:
        return relation(left, right, evaluate=False)
    sign = _sign_of(difference)
    if sign is None:
        raise _Refused("compares two numbers that cannot be told apart")
    return S.true if _TRUTHS[relation](sign, 0) else S.false


def _with(expr: sympy.Expr, piece: sympy.Expr, value: sympy.Expr) -> sympy.Expr:
    """`expr` with `value` for `piece`, built by the rules of this file."""
    if expr == piece:
        return value
    if not expr.has(piece):
        return expr
    if isinstance(expr, sympy.Piecewise):
        return _pieces([(_with(inner, piece, value), condition) for inner, condition in expr.args])
    made = _BUILDERS.get(type(expr), type(expr))(*(_with(argument, piece, value) for argument in expr.args))
    if made.is_number:
        _constant(made)
    return made


# ----------------------------------------------------------------------------------------- walking the tree


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
_WITHIN_ONE = (("nonnegative", lambda u: 1 - u), ("nonnegative", lambda u: 1 + u))
_NEEDS: dict[str, tuple[tuple[str, Callable[[sympy.Expr], sympy.Expr]], ...]] = {
    "sqrt": (("nonnegative", lambda u: u),),
    **dict.fromkeys(("log", "ln"), (("positive", lambda u: u),)),
    "log1p": (("positive", lambda u: 1 + u),),
    **dict.fromkeys(("asin", "acos", "arcsin", "arccos"), _WITHIN_ONE),
    **dict.fromkeys(("acosh", "arccosh"), (("nonnegative", lambda u: u - 1),)),
    **dict.fromkeys(("atanh", "arctanh"), (("positive", lambda u: 1 - u), ("positive", lambda u: 1 + u))),
}


def defined_where(kind: str, u: sympy.Expr) -> sympy.Expr:
    """An expression that is a real number where a condition on u holds."""
    if kind == "defined":
        return u
    return sympy.log(u, evaluate=False) if kind == "positive" else sympy.Pow(u, S.Half, evaluate=False)


class _Walk:
    """Builds the SymPy expression of a source, node by node."""

    def __init__(self, source: _Source, symbols: Mapping[str, sympy.Symbol], variable: bool):
        self.source = source
        self.symbols = symbols
        self.variable = variable
        self.asked: list[Condition] = []
        self.depth = 0
        self.bits = 0

    def check(self, node: ast.expr, build: Callable[[], sympy.Expr]) -> sympy.Expr:
        """What `build` makes, if it is a real number, or an expression of reasonable size; errors point at `node`."""
        try:
            expr = build()
            if isinstance(expr, sympy.Rational):
                self.bits += _bits(expr)
            if isinstance(expr, (sympy.NumberSymbol, sympy.Symbol)):
                return expr
            for part in (expr, *(expr.args if isinstance(expr, (sympy.Add, sympy.Mul)) else ())):
                self.check_part(part)
            if expr.is_number:
                _constant(expr)
            if self.bits > MAX_TOTAL_BITS:
                raise _Refused("makes the numbers too long, all together")
            return expr
        except _Refused as refusal:
            self.source.fail(node, f"'{self.source.part(node)}' {refusal}")

    @staticmethod
    def check_part(part: sympy.Expr) -> None:
        if part in (S.ImaginaryUnit, S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity):
            raise _Refused("is not a real number")
        if isinstance(part, sympy.Rational):
            number = part
        elif isinstance(part, sympy.Mul) and isinstance(part.args[0], sympy.Rational):
            number = part.args[0]
        elif isinstance(part, sympy.Pow):
            if isinstance(part.exp, sympy.Rational) and not part.base.is_number and abs(part.exp) > MAX_POWER:
                raise _Refused(f"is too high a power: the limit is {MAX_POWER}")
            if isinstance(part.base, sympy.Rational) and part.base < 0:
                raise _Refused("is not a real number: the power that is not whole of a negative number")
            number = part.base if isinstance(part.base, sympy.Rational) else S.One
        else:
            return
        if _bits(number) > MAX_BITS:
            raise _Refused(f"is too long a number: the limit is {MAX_DIGITS} digits")

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
                    return self.check(node, lambda: _rational(self.source.token(node).text))
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
        return self.check(node, lambda: _product(factors))

    def factor(self, node: ast.expr) -> sympy.Expr:
        """A value, or 1 where a condition holds and 0 elsewhere."""
        if not isinstance(node, ast.Compare | ast.BoolOp) and not (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        ):
            return self.value(node)
        condition = self.condition(node)
        return self.check(node, lambda: _pieces([(S.One, condition), (S.Zero, S.true)]))

    def cases(self, node: ast.expr) -> sympy.Expr:
        pairs: list[tuple[sympy.Expr, Boolean]] = []
        rest = node
        while isinstance(rest, ast.IfExp):
            pairs.append(self.branch(rest.body, rest.test, pairs))
            rest = rest.orelse
        pairs.append(self.branch(rest, None, pairs))
        return self.check(node, lambda: _pieces(pairs))

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
            self.asked.append((part, "defined", _pieces(choice)))
        return made, condition

    def name(self, node: ast.Name) -> sympy.Expr:
        name = node.id
        if name == "x" and self.variable:
            return X
        if name in self.symbols:
            return self.symbols[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name == "x":
            self.source.fail(node, "a range speaks of parameters; 'x' is the variable")
        if name in FUNCTIONS:
            self.source.fail(node, f"'{name}' is a function: write {name}(...)")
        advice: list[str] = []
        if formula := _formula(name):
            advice.append(f"for the function, write {formula}")
        elif meant := _nearest(name, [*(["x"] if self.variable else []), *_CONSTANTS, *self.symbols, *FUNCTIONS]):
            advice.append(f"did you mean '{meant}'?")
        if self.variable and len(name) <= 40:
            advice.append(f"a parameter gets its value as {name}=VALUE")
        self.source.fail(node, "; ".join([f"unknown name '{_short(name)}'", *advice]))

    def call(self, node: ast.Call) -> sympy.Expr:
        assert isinstance(node.func, ast.Name)
        name = _function(node.func.id)
        if name not in FUNCTIONS:
            if name == "x" or name in self.symbols or name in _CONSTANTS:
                self.source.fail(node, f"'{name}' is not a function: for a product write {name}*(...)")
            if formula := _formula(name):
                advice = f"write {formula}"
            elif meant := _nearest(name, FUNCTIONS):
                advice = f"did you mean '{meant}'?"
            elif len(name) <= 2:
                advice = f"for a product write {name}*(...)"
            else:
                advice = "the functions are " + ", ".join(FUNCTIONS)
            self.source.fail(node, f"unknown function '{_short(name)}'; {advice}")
        if node.keywords:
            self.source.fail(node.keywords[0], "arguments have no names and no stars")
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.source.fail(argument, "arguments have no names and no stars")
        if name == "Piecewise":
            return self.piecewise(node)
        least, most = (2, None) if name in ("min", "max") else (1, 1)
        if len(node.args) < least or most and len(node.args) > most:
            wanted = "at least 2 arguments" if most is None else "1 argument"
            extra = "; to base b, write log(x)/log(b)" if name in ("log", "ln") and len(node.args) == 2 else ""
            self.source.fail(node, f"'{name}' takes {wanted}, here are {len(node.args)}{extra}")
        arguments = [self.value(argument) for argument in node.args]
        made = self.check(node, lambda: FUNCTIONS[name](*arguments))
        if name in _NEEDS and X in arguments[0].free_symbols:
            self.asked += [(made, kind, needs(arguments[0])) for kind, needs in _NEEDS[name]]
        return made

    def piecewise(self, node: ast.Call) -> sympy.Expr:
        pairs: list[tuple[sympy.Expr, Boolean]] = []
        for pair in node.args:
            if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
                self.source.fail(pair, "'Piecewise' takes pairs (value, condition)")
            pairs.append(self.branch(pair.elts[0], pair.elts[1], pairs))
        if not pairs or pairs[-1][1] != S.true:
            self.source.fail(node.args[-1] if node.args else node, "'Piecewise' needs a last pair (value, True)")
        return self.check(node, lambda: _pieces(pairs))

    # -- conditions

    def condition(self, node: ast.expr) -> Boolean:
        self.deeper(node)
        try:
            match node:
                case ast.Constant(value=bool()):
                    return S.true if node.value else S.false
                case ast.BoolOp():
                    kind = sympy.And if isinstance(node.op, ast.And) else sympy.Or
                    return _joined(kind, [self.condition(value) for value in node.values])
                case ast.UnaryOp(op=ast.Not()):
                    return _negated(self.condition(node.operand))
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
            if type(sign) not in _RELATIONS:
                self.source.fail(node, "this comparison is not in the language")
            try:
                links.append(_decided(_RELATIONS[type(sign)], sides[position], sides[position + 1]))
            except _Refused as refusal:
                self.source.fail(node, f"'{self.source.part(node)}' {refusal}")
        return _joined(sympy.And, links)


class _TooLong(BaseException):
    """Not an Exception, so that SymPy does not take it for one of its own."""


@contextmanager
def _bounded(what: str, source: _Source) -> Iterator[None]:
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
def parse(text: str, symbols: Mapping[str, sympy.Symbol] = {}) -> sympy.Expr:
    """The expression that `text` spells, in `X` and the given parameters. InputError where there is none."""
    source = _Source(text)
    with _bounded("expression", source):
        expr = _Walk(source, symbols, variable=True).value(source.tree)
        if _count(expr, MAX_SIZE) > MAX_SIZE:
            raise InputError(f"the expression has more than {MAX_SIZE} parts, which is the limit")
        if expr.has(S.ImaginaryUnit, S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity):
            source.fail(source.tree, f"'{source.part(source.tree)}' is not a real number")
        return expr


@alone
def lost_conditions(text: str, symbols: Mapping[str, sympy.Symbol] = {}) -> tuple[Condition, ...]:
    """What `text` needs to be a real number and `parse` has simplified away: exp(log(x)) is x, for x > 0."""
    source = _Source(text)
    with _bounded("expression", source):
        walk = _Walk(source, symbols, variable=True)
        expr = walk.value(source.tree)
        left = {part for part in sympy.preorder_traversal(expr)}
        return tuple(condition for condition in walk.asked if condition[0] not in left)


@alone
def parse_condition(text: str, symbols: Mapping[str, sympy.Symbol] = {}) -> Boolean:
    """The condition on the given parameters that `text` spells, such as `0 < a < 1`. InputError where there is none."""
    source = _Source(text)
    with _bounded("condition", source):
        return _Walk(source, symbols, variable=False).condition(source.tree)


def names(text: str) -> set[str]:
    """Which parameters `text` speaks of: its names that are neither x, a constant, a function nor called like one."""
    tokens = _Source(text).tokens
    return {
        token.text
        for token, after in pairwise(tokens)
        if token.kind == "name" and after.text != "(" and token.text not in RESERVED
    }


# ------------------------------------------------------------------------------------------------- printing


def _below(part: sympy.Pow) -> bool:
    """Whether a factor is printed under the fraction bar."""
    return bool(part.exp.as_coeff_Mul()[0] < 0)


class _Printer(StrPrinter):
    """Prints in the expression language."""

    def _call(self, name: str, arguments: Iterable[sympy.Basic]) -> str:
        return f"{name}({', '.join(self._print(argument) for argument in arguments)})"

    def _print_Mul(self, expr: sympy.Mul) -> str:
        coefficient, rest = expr.as_coeff_Mul()
        below = [part for part in sympy.Mul.make_args(rest) if isinstance(part, sympy.Pow) and _below(part)]
        if coefficient.q == 1 or len(below) != 1 or below[0].exp != -1 or not isinstance(below[0].base, sympy.Add):
            return super()._print_Mul(expr)
        # Not x/(2*(y + 1)), which is read with 2*(y + 1) multiplied out.
        parts = sympy.Mul.make_args(rest)
        above = rest if coefficient.p == 1 else sympy.Mul(coefficient.p, *parts, evaluate=False)
        return f"{self._print(above)}/{coefficient.q}"

    def _print_Max(self, expr: sympy.Max) -> str:
        return self._call("max", expr.args)

    def _print_Min(self, expr: sympy.Min) -> str:
        return self._call("min", expr.args)

    def _print_Abs(self, expr: sympy.Abs) -> str:
        return self._call("abs", expr.args)

    def _print_Heaviside(self, expr: sympy.Heaviside) -> str:
        return self._call("heaviside" if expr.args[1] == S.Half else "Heaviside", expr.pargs)

    def _print_Exp1(self, expr: sympy.Expr) -> str:
        return "e"

    def _print_Relational(self, expr: Relational) -> str:
        left, right = (self.parenthesize(side, PRECEDENCE["Relational"], strict=False) for side in expr.args)
        return f"{left} {expr.rel_op} {right}"

    def _print_And(self, expr: sympy.And) -> str:
        return " and ".join(self._condition(arg, (sympy.Or,)) for arg in self._in_order(expr))

    def _print_Or(self, expr: sympy.Or) -> str:
        return " or ".join(self._condition(arg, ()) for arg in self._in_order(expr))

    def _print_Not(self, expr: sympy.Not) -> str:
        return f"not {self._condition(expr.args[0], (sympy.And, sympy.Or))}"

    def _condition(self, condition: sympy.Basic, inside: tuple[type, ...]) -> str:
        return f"({self._print(condition)})" if isinstance(condition, inside) else self._print(condition)

    @staticmethod
    def _in_order(expr: sympy.Basic) -> list[sympy.Basic]:
        return sorted(expr.args, key=sympy.default_sort_key)


@alone
def show(expr: sympy.Basic) -> str:
    """`expr` in the expression language: what `parse` built, it builds again from this."""
    return _Printer().doprint(expr)

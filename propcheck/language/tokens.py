"""A text cut into tokens; what is wrong with it is said in one sentence, with its place."""

from __future__ import annotations

import ast
import difflib
import keyword
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from propcheck.language.constants import CONSTANTS
from propcheck.language.functions import FUNCTIONS, formula_of
from propcheck.language.limits import MAX_BRACKETS, MAX_LENGTH, MAX_TOKENS
from propcheck.verdict import InputError
from propcheck.wording import cut

_CONNECTIVES = frozenset({"and", "or", "not", "if", "else"})
_TRUTH = frozenset({"True", "False"})


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, operator, end
    text: str
    start: int
    end: int


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


def shortened(text: str, limit: int = 40) -> str:
    return cut(_plain(text), limit)


def _fail(text: str, place: int, sentence: str, width: int = 72) -> NoReturn:
    """Raise the error that says `sentence` and points at `place` in `text`."""
    place = min(max(place, 0), len(text))
    first = 0 if len(text) <= width else max(0, min(place - width // 2, len(text) - width))
    before, after = "..." if first else "", "..." if first + width < len(text) else ""
    line = before + _plain(text[first : first + width]) + after
    caret = " " * (len(before) + place - first) + "^"
    raise InputError(f"column {place + 1}: {sentence}\n  {line}\n  {caret}")


def nearest(name: str, known: Iterable[str]) -> str | None:
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
    known = last if last in CONSTANTS else nearest(last, FUNCTIONS)
    if owner in _MODULES:
        if formula := formula_of(last):
            return f"names have no dots: for '{owner}{shortened(chain)}' write {formula}"
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
    return f"LaTeX is not in the language: for '\\{shortened(command)}' write {right}"


def _equals(tokens: list[_Token]) -> str:
    """What to say of '=' behind these tokens."""
    left = [token.text for token in tokens]
    if len(left) == 1 and left != ["x"] or len(left) == 4 and left[1::2] == ["(", ")"]:
        named = shortened("".join(left))
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
        return f"'|' is not in the language: write abs({shortened(inside[1].strip())})"
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
        return f": leave '{shortened(head[0])}' out and give only what stands behind it"
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
    example = f"{shortened(tokens[place - 1].text, 20)}*{shortened(tokens[place].text, 20)}"
    shown = f", as in {example}" if tokens[place - 1].text != ")" and tokens[place].text != "(" else ""
    return f"two values stand beside each other: write '*' between them for a product{shown}"


def _power_of(function: str, exponent: str) -> str:
    """What to say of a power that stands behind the function's name."""
    if exponent == "-1":
        inverse = f"a{function}(x)" if f"a{function}" in FUNCTIONS else "the inverse by its name"
        return f"the power of a value stands behind the brackets: write 1/{function}(x), or {inverse} for the inverse"
    return f"the power of a value stands behind the brackets: write {function}(x)**{shortened(exponent, 20)}"


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


class Source:
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
        except MemoryError:  # Python's parser says so of either
            raise InputError("the expression is nested too deeply, or no memory is left") from None
        except (ValueError, RecursionError):
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
        return shortened(self.text[self.token(node).start : last.end])

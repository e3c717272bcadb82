"""The language in which designs are kept, rejected and ranked: `affine or lipschitz > 10 or undefined`.

    condition  = condition ("and" | "or") condition | "not" condition | "(" condition ")" | word | comparison
    comparison = value (("<" | "<=" | ">" | ">=" | "==" | "!=") value)+
    value      = path | number | answer
    path       = a fact's key or a path into it (range.sup, gaussian.mean), a criterion's key, or a word of `known`
    number     = digits with a point and an exponent, a quotient of two, a minus sign before it, inf
    answer     = holds | partly | fails | odd | non-increasing | C^1 | ..., or the same in quotes

Verdicts stand in the order fails < partly < holds, and classes of smoothness in theirs. The text is read by Python's
parser, and its tree is walked against this list; nothing of it is ever evaluated. A condition is true, false or
undecided of a design: what is open decides nothing, and an enclosure on both sides of a number decides nothing. A
number that is proved not to exist, such as a limit of sin, is in no relation to any other: a comparison with it is
false.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from propcheck.criteria import joining
from propcheck.facts import BY_KEY
from propcheck.facts.claimable import ASSERTIONS, WORDS
from propcheck.sweep.known import DERIVED, End, Known, Leaf
from propcheck.truth import UNDECIDED, Truth
from propcheck.verdict import InputError, Standing
from propcheck.wording import nearest

LONGEST = 2000  # characters
DEEPEST = 40  # brackets open at once
_ORDERED = {"verdict": ("fails", "partly", "holds")}
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
          "!=": operator.ne}  # fmt: skip
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_NODES = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_NUMBERS = ("number", "count")
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_MOST_DIGITS = 320
_ALL_WORDS = {word for kind in WORDS.values() for word in kind} - {"+", "-"}
_WITHOUT_WORDS = (*_NUMBERS, "yes or no")
# Facts of which not all paths are claims: what is asked of them is not known to be there before one looks.
_FREE = ("domain", "propagation", "edge_of_chaos", "noise", "gaussian_at", "criticality", "slope_of_output", "cost")

Asked = Callable[[Known], Truth]


@dataclass(frozen=True)
class Condition:
    """A condition that was read: its text, what it asks, and its parts where it is joined by `or` or by `and`."""

    text: str
    asked: Asked
    paths: frozenset[str]
    joint: str = ""
    parts: tuple[Condition, ...] = ()

    def __call__(self, known: Known) -> Truth:
        """Is it so of a design of which this is known?"""
        return self.asked(known)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that it looks at."""
        return frozenset(key for key in (fact_of(path) for path in self.paths) if key)

    @property
    def criteria(self) -> frozenset[str]:
        """The criteria that it looks at."""
        return self.paths & frozenset(joining.keys())

    def because(self, known: Known) -> str:
        """The part of a condition that holds by which it holds: of several joined by `or` the first."""
        if self.joint == "or":
            return next(part.because(known) for part in self.parts if part(known).value)
        return " and ".join(part.because(known) for part in self.parts) if self.joint == "and" else self.text


def fact_of(path: str) -> str:
    """The fact that a path leads into; none for a criterion."""
    if path in DERIVED:
        return DERIVED[path].fact
    key = path.partition(".")[0]
    return key if key in BY_KEY and path not in joining.keys() else ""


def read(text: str, origin: str = "the condition") -> Condition:
    """The condition that a text spells; InputError, which says where, where it is none."""
    return _Reader(text, origin).condition()


def path(text: str, origin: str) -> str:
    """The path that a text spells alone, such as what is sorted by."""
    reader = _Reader(text, origin)
    found = reader.operand(reader.tree)
    if not isinstance(found, _Path):
        reader.fail(reader.tree, "is no fact, path or criterion")
    return found.path


def kind_of(path: str) -> str:
    """What stands at a path: number, count, yes or no, verdict, or a kind with a list of words; "" if not known."""
    if path in joining.keys():
        return "verdict"
    if path in DERIVED:
        return DERIVED[path].kind
    if path == "smoothness.class":
        return "smoothness"
    found = ASSERTIONS.get(path, "")
    return found if found in (*_WITHOUT_WORDS, *WORDS) else ""


@dataclass(frozen=True)
class _Path:
    path: str
    kind: str


@dataclass(frozen=True)
class _Number:
    value: End


@dataclass(frozen=True)
class _Word:
    word: str


_Operand = _Path | _Number | _Word


class _Reader:
    """Walks the tree of one text."""

    def __init__(self, text: str, origin: str):
        # Python has `class` for itself
        self.text = re.sub(r"\bsmoothness\s*\.\s*class\b", "smoothness", " ".join(text.split()))
        self.origin = origin
        self.tree = self._tree()

    def _tree(self) -> ast.expr:
        if not self.text:
            raise InputError(f'{self.origin} is empty; write one such as "affine or lipschitz > 10"')
        if len(self.text) > LONGEST:
            raise InputError(f"{self.origin} has more than {LONGEST} characters")
        depth = most = 0
        for sign in self.text:
            depth += (sign in "([{") - (sign in ")]}")
            most = max(most, depth)
        if most > DEEPEST:
            raise InputError(f"{self.origin} has more than {DEEPEST} brackets open at once")
        try:
            return ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            place = getattr(error, "offset", None)
            where = f" at {self.text[max(0, place - 1) :][:20]!r}" if place else ""
            raise InputError(
                f'{self.origin} cannot be read{where}: {self.text[:80]!r}; write one such as "not affine and '
                'lipschitz <= 1.2"'
            ) from None

    def fail(self, node: ast.AST, what: str) -> NoReturn:
        raise InputError(f"{self.origin}: {self.part(node)[:60]!r} {what}")

    def part(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.text, node) or self.text

    def condition(self, node: ast.expr | None = None, depth: int = 0) -> Condition:
        node = self.tree if node is None else node
        if depth > DEEPEST:
            self.fail(node, f"lies more than {DEEPEST} conditions deep")
        text = self.part(node)
        match node:
            case ast.BoolOp():
                parts = tuple(self.condition(value, depth + 1) for value in node.values)
                paths = frozenset().union(*(part.paths for part in parts))
                joint = "or" if isinstance(node.op, ast.Or) else "and"
                return Condition(text, (_any if joint == "or" else _all)(parts), paths, joint, parts)
            case ast.UnaryOp(op=ast.Not()):
                inner = self.condition(node.operand, depth + 1)
                return Condition(text, lambda known: ~inner(known), inner.paths)
            case ast.Compare():
                return self.comparison(node, text)
        operand = self.operand(node)
        if not isinstance(operand, _Path):
            self.fail(node, "is no condition; compare it with something, such as lipschitz <= 1.2")
        if operand.kind in ("", "yes or no"):
            return Condition(text, lambda known: _flag(known, operand), frozenset([operand.path]))
        self.fail(node, f"is {_told(operand.kind)} and no condition; write {self.part(node)} {_example(operand.kind)}")

    def comparison(self, node: ast.Compare, text: str) -> Condition:
        for sign in node.ops:
            if type(sign) not in _NODES:
                self.fail(node, f"holds a comparison that is none of {', '.join(_SIGNS)}")
        values = [node.left, *node.comparators]
        operands = [self.operand(value) for value in values]
        links: list[Asked] = []
        for place, sign in enumerate(node.ops):
            links.append(self.link(node, operands[place], _NODES[type(sign)], operands[place + 1]))
        named = [operand.path for operand in operands if isinstance(operand, _Path)]
        paths = frozenset(named if len(named) < 2 or kind_of(named[0]) not in WORDS else named[:1])
        return Condition(text, links[0] if len(links) == 1 else _all(tuple(links)), paths)

    def link(self, node: ast.expr, left: _Operand, sign: str, right: _Operand) -> Asked:
        if not isinstance(left, _Path):
            left, sign, right = right, _MIRRORED[sign], left
        if not isinstance(left, _Path):
            self.fail(node, "compares no fact and no criterion")
        kind = left.kind
        if isinstance(right, _Path) and (right.path in WORDS.get(kind, ()) or kind == "smoothness"):
            right = _Word(right.path)  # convexity == affine, smoothness > discontinuous
        if isinstance(right, _Word):
            word, what = right.word, _told(kind)
            words = _ORDERED.get(kind) or WORDS.get(kind, ())
            if kind in _WITHOUT_WORDS or kind == "smoothness" and not _is_class(word) or words and word not in words:
                known = f"; write one of {', '.join(words)}" if words else f"; write {_example(kind)}"
                self.fail(node, f"compares {left.path}, {what}, with {word!r}{nearest(word, words)}{known}")
            if sign not in ("==", "!=") and kind not in ("verdict", "smoothness"):
                self.fail(node, f"asks which of two words is more; {left.path} is {what}, and == or != is meant")
            rank = _rank(kind)
            return lambda known: _by_word(known, left, sign, word, rank)
        if kind not in (*_NUMBERS, ""):
            other = "a number" if isinstance(right, _Number) else right.path
            self.fail(node, f"compares {left.path}, {_told(kind)}, with {other}; write {_example(kind)}")
        if isinstance(right, _Number):
            value = Leaf(0.0, Standing.PROVED, right.value, right.value)
            return lambda known: _by_number(known.get(left.path), sign, value)
        if right.kind not in (*_NUMBERS, ""):
            self.fail(node, f"compares {left.path} with {right.path}, {_told(right.kind)}")
        other = right.path
        return lambda known: _by_number(known.get(left.path), sign, known.get(other))

    def operand(self, node: ast.expr) -> _Operand:
        number = self.number(node)
        if number is not None:
            return _Number(number)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return _Word(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            self.fail(node, "is a truth; write the fact alone, or `not` before it")
        text = self.part(node).replace(" ", "")
        if (text in _ALL_WORDS and text not in (*DERIVED, *BY_KEY, *joining.keys())) or (
            _is_class(text) and text not in DERIVED
        ):
            return _Word(text)
        if not isinstance(node, ast.Name | ast.Attribute) or not all(
            isinstance(inner, ast.Name | ast.Attribute | ast.Load) for inner in ast.walk(node)
        ):
            self.fail(node, "is no fact, criterion, number or answer")
        return self.path(node, text)

    def path(self, node: ast.expr, text: str) -> _Path:
        if text == "smoothness":
            text = "smoothness.class"
        key = text.partition(".")[0]
        readable = [*joining.keys(), *DERIVED, *BY_KEY]
        if text in joining.keys() or text in DERIVED or kind_of(text):
            return _Path(text, kind_of(text))
        if key in BY_KEY:
            if key in _FREE and (text != key or key == "slope_of_output"):
                return _Path(text, "")
            known = [path for path in ASSERTIONS if path.startswith(f"{key}.") and kind_of(path)]
            hint = f"; it has {', '.join(known)}" if known else "; it is a list, of which nothing can be compared"
            self.fail(node, f"is nothing that can be compared{nearest(text, known)}{hint}")
        self.fail(node, f"is no fact and no criterion{nearest(text, readable)}; there are {', '.join(readable)}")

    def number(self, node: ast.expr) -> End | None:
        """The number that a node spells; None where it spells none."""
        match node:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float()):
                if len(self.part(node)) > _MOST_DIGITS or not _NUMBER.fullmatch(self.part(node)):
                    self.fail(node, "is no number that can be compared; infinity is written inf")
                return Fraction(self.part(node))
            case ast.Name(id="inf"):
                return math.inf
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                inner = self.number(node.operand)
                return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
            case ast.BinOp(op=ast.Div()):
                top, bottom = self.number(node.left), self.number(node.right)
                if isinstance(top, Fraction) and isinstance(bottom, Fraction):
                    if not bottom:
                        self.fail(node, "divides by 0")
                    return top / bottom
        return None


# ---------------------------------------------------------------------------------------------- decided


def _all(parts: tuple[Any, ...]) -> Asked:
    def asked(known: Known) -> Truth:
        found = Truth(True)
        for part in parts:
            found = found & part(known)
        return found

    return asked


def _any(parts: tuple[Any, ...]) -> Asked:
    def asked(known: Known) -> Truth:
        found = Truth(False)
        for part in parts:
            found = found | part(known)
        return found

    return asked


def _flag(known: Known, operand: _Path) -> Truth:
    leaf = known.get(operand.path)
    return Truth(leaf.value, leaf.standing) if leaf is not None and isinstance(leaf.value, bool) else UNDECIDED


def _by_word(known: Known, left: _Path, sign: str, word: str, rank: Callable[[str], Any]) -> Truth:
    leaf = known.get(left.path)
    if leaf is None or not isinstance(leaf.value, str):
        return UNDECIDED
    return Truth(_SIGNS[sign](rank(leaf.value), rank(word)), leaf.standing)


def _by_number(left: Leaf | None, sign: str, right: Leaf | None) -> Truth:
    """A comparison of two numbers each of which lies between its ends; what does not exist compares with nothing."""
    for leaf in (left, right):
        if leaf is not None and leaf.value is None and leaf.standing is not Standing.OPEN:
            return Truth(False, leaf.standing)
    ends = [None if leaf is None or leaf.value is None else (leaf.lower, leaf.upper) for leaf in (left, right)]
    if left is None or right is None or ends[0] is None or ends[1] is None:
        return UNDECIDED
    low, high, least, most = *ends[0], *ends[1]
    if low is None or high is None or least is None or most is None:
        return UNDECIDED
    standing = Truth(True, left.standing) & Truth(True, right.standing)
    decided = {
        "<": _either(high < least, low >= most),
        "<=": _either(high <= least, low > most),
        ">": _either(low > most, high <= least),
        ">=": _either(low >= most, high < least),
        "==": _either(low == high == least == most, high < least or low > most),
        "!=": _either(high < least or low > most, low == high == least == most),
    }[sign]
    return UNDECIDED if decided is None else Truth(decided, standing.standing)


def _either(yes: bool, no: bool) -> bool | None:
    return True if yes else False if no else None


# ---------------------------------------------------------------------------------------------- words


def _is_class(word: str) -> bool:
    """Is it a class of smoothness?"""
    return word in ("discontinuous", "C^inf") or (word.startswith("C^") and word[2:].isdecimal() and len(word) < 8)


def _rank(kind: str) -> Callable[[str], Any]:
    if kind == "verdict":
        return _ORDERED["verdict"].index
    if kind == "smoothness":
        return lambda word: -1.0 if word == "discontinuous" else float(word.removeprefix("C^"))
    return lambda word: word


def _told(kind: str) -> str:
    return {"number": "a number", "count": "a number", "yes or no": "yes or no", "verdict": "a verdict",
            "": "something"}.get(kind, f"a word of {kind}")  # fmt: skip


def _example(kind: str) -> str:
    return {"number": "<= 1.2", "count": "<= 4", "verdict": ">= partly", "smoothness": ">= C^1",
            "yes or no": "it alone, or `not` before it"}.get(kind, f"== {WORDS.get(kind, ('odd',))[0]}")  # fmt: skip

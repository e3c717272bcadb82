"""A program as lines of a language, and as the Python function that such lines make.

What is used once stands where it is used, as long as the line stays short. Operations keep their order: floating-point
sums are not associative.
"""

from __future__ import annotations

import keyword
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from propcheck.numeric.dialects import Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.steps import Program, Step

_SIGNS = {
    "ge": (">=", 1), "gt": (">", 1), "eq": ("==", 1),
    "add": ("+", 2), "sub": ("-", 2), "mul": ("*", 3), "div": ("/", 3),
}  # fmt: skip
_MASKS = ("ge", "gt", "eq")
_UNARY, _ATOM = 4, 9  # how tightly a sign and a call bind
_LONG, _LONGEST = 56, 84  # a longer expression gets a line of its own; a longer result does


@dataclass(frozen=True)
class Text:
    """An expression as it is written, and how tightly its outermost operation binds."""

    text: str
    binds: int = _ATOM
    number: bool = False

    def inside(self, least: int) -> str:
        return self.text if self.binds >= least else f"({self.text})"


@dataclass(frozen=True)
class Lines:
    """Named expressions in the order of their evaluation, the expressions of the results, the names of truth values."""

    named: tuple[tuple[str, str], ...]
    results: tuple[str, ...]
    masks: frozenset[str]


def lines(program: Program, dialect: Dialect, work: Format, variable: str = "x", prefix: str = "t") -> Lines:
    """The lines of a program that is broken down to the operations of the dialect."""
    uses = Counter(a for step in program.steps for a in step.args) + Counter(program.outputs)
    named: list[tuple[str, str]] = []
    texts: list[Text] = []
    masks: set[str] = set()

    def own_line(k: int) -> None:
        if program.steps[k].op not in ("x", "const") and not texts[k].text.isidentifier():
            name = f"{prefix}{len(named)}"
            named.append((name, texts[k].text))
            texts[k] = Text(name)
            if program.steps[k].op in _MASKS:
                masks.add(name)

    for k, step in enumerate(program.steps):
        kinds = "".join(_kind(program.steps[a]) for a in step.args)
        template = dialect.template(step.op, kinds, work)
        for place, a in enumerate(step.args):
            if template is not None and (template.count(f"{{{place}}}") > 1 or step.op == "head"):
                own_line(a)
        if step.op == "x":
            texts.append(Text(variable if step.value is None else argument(str(step.value))))
        elif step.op == "const":
            number = dialect.number(value_of(step))
            texts.append(Text(number, _UNARY if number.startswith("-") else _ATOM, True))
        else:
            texts.append(_written(step.op, [texts[a] for a in step.args], template))
        longest = _LONGEST if k in program.outputs else _LONG
        if uses[k] > 1 or len(texts[k].text) > longest:
            own_line(k)
    fill = dialect.calls["fill"]
    assert fill is not None
    results = [fill.format(texts[k].text) if program.steps[k].op == "const" else texts[k].text for k in program.outputs]
    return Lines(tuple(named), tuple(results), frozenset(masks))


def argument(name: str) -> str:
    """The name of a parameter as an argument in code."""
    return f"{name}_" if keyword.iskeyword(name) or re.fullmatch(r"t\d+|x|np|jnp|jax|torch|ops", name) else name


def value_of(step: Step) -> float:
    """The number of a constant step."""
    return math.nan if step.value is sp.nan else float(step.value)  # type: ignore[arg-type]


def _kind(step: Step) -> str:
    if step.op != "const":
        return "v"
    return "2" if abs(math.frexp(value_of(step))[0]) == 0.5 else "c"


def _written(op: str, args: list[Text], template: str | None) -> Text:
    if template is not None:
        return Text(template.format(*[arg.text for arg in args]), _ATOM if template.endswith(")") else 0)
    if op == "neg":
        return Text(f"-{args[0].inside(_UNARY + 1)}", _UNARY)
    first, second = args
    if op == "mul" and second.number and not first.number:
        first, second = second, first
    if op in ("add", "sub") and second.text.startswith("-"):
        op, second = ("sub" if op == "add" else "add"), Text(second.text[1:])
    sign, binds = _SIGNS[op]
    space = " " if binds < 3 else ""
    return Text(f"{first.inside(binds)}{space}{sign}{space}{second.inside(binds + 1)}", binds)


def function(
    program: Program, dialect: Dialect, work: Format, namespace: Mapping[str, Any], arguments: Sequence[str] = ("x",)
) -> Callable[..., Any]:
    """The lines as a function of x that gives a tuple, written by SymPy's own writer of functions."""
    made = lines(program, dialect, work)
    text = {sp.Symbol(f"line_{name}"): code for name, code in made.named}
    shared = [(sp.Symbol(name), sp.Symbol(f"line_{name}")) for name, _ in made.named]
    result = sp.Symbol("line_result")
    text[result] = f"({', '.join(made.results)},)"
    return sp.lambdify(
        [sp.Symbol(name) for name in arguments],
        result,
        modules=[dict(namespace)],
        printer=lambda node: text.get(node, str(node)),
        cse=lambda _: (shared, result),
    )

"""What stands at the head of an exported source: names, and a comment that says what is computed and how well.

A spec is anybody's text. Of it only printable ASCII comes into a comment, on one line and without what ends a comment
in any of the languages; of a name only letters, digits and underscores come into the code.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.numeric.accuracy import Accuracy, measure
from propcheck.numeric.dialects import Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.guard import bound
from propcheck.numeric.library import Written, by_numpy, planned
from propcheck.numeric.plan import Found, plan
from propcheck.numeric.span import Plan, Shortfall, Span
from propcheck.numeric.steps import Compensated, Horner, Reciprocal, Scaled
from propcheck.verdict import InputError
from propcheck.version import __version__

SUFFIXES = ("", "_derivative", "_second_derivative")
_WIDTH = 96
_MOST_NAMED = 4  # spans that a sentence names
_TAKEN = frozenset(("np", "jnp", "jax", "torch", "nnx", "keras", "ops", "x", *dir(builtins), *keyword.kwlist))
_MATH = frozenset(
    "acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 exp10 expm1 frexp ilogb ldexp log"
    " log10 log1p log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma tgamma gamma ceil floor"
    " nearbyint rint lrint llrint round lround llround trunc fmod remainder remquo copysign nan nextafter nexttoward"
    " fdim fmax fmin fma j0 j1 jn y0 y1 yn scalb significand drem signgam".split()
)
_WORDS_OF_C = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long main"
    " register restrict return short signed sizeof static struct switch typedef union unsigned void volatile"
    " while"
    " alignas alignof and and_eq asm bitand bitor bool catch char16_t char32_t class compl concept const_cast constexpr"
    " decltype delete dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq nullptr"
    " operator or or_eq private protected public reinterpret_cast requires static_assert static_cast template this"
    " thread_local throw true try typeid typename using virtual wchar_t xor xor_eq".split()  # C++ reads the header too
)
_LIBRARY = frozenset(  # names of the C library that an activation might well have
    "abs div labs step advance index rindex rand random select signal exit abort time clock remove rename read write"
    " open close link pipe wait raise system sleep puts gets printf scanf free malloc".split()
)
NAMES_OF_C = _WORDS_OF_C | _MATH | _LIBRARY | {f"{name}{suffix}" for name in _MATH for suffix in "fl"}


@dataclass(frozen=True)
class Task:
    """What is to be exported: the derivatives of some orders, and the arithmetic of it."""

    activation: Activation
    orders: tuple[int, ...]
    kink: str
    work: Format
    out: Format
    measured: bool = True  # whether the comment says how large the errors are
    given: str = ""  # the name of the function, where it is not the activation's own
    found: tuple[Found, ...] = ()  # for each order the spans on which a form was seen to be wrong

    def name(self, order: int, taken: frozenset[str] = frozenset()) -> str:
        """The name of the function of this order."""
        return f"{self.given or identifier(self.activation, taken)}{SUFFIXES[order]}"

    def plan(self, order: int) -> Plan:
        found = dict(zip(self.orders, self.found, strict=True)) if self.found else {}
        return plan(self.activation, order, self.work, self.out, found.get(order, ()))


def identifier(activation: Activation, taken: frozenset[str] = frozenset()) -> str:
    """The name of an activation as a name in code; `activation` where it is an expression."""
    name = activation.name.strip()
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_ :.-]*", name) or not plain:
        return "activation"
    return f"{plain}_" if is_taken(plain, taken) else plain


def is_taken(name: str, taken: frozenset[str]) -> bool:
    """Is a name, or what a C function of float is called after it, a word of the language or one of its library?"""
    return name in (taken or _TAKEN) or bool(taken) and f"{name}f" in taken


def checked_name(name: str, language: str, taken: frozenset[str]) -> str:
    """A name that was asked for, if it can name a function of the language."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise InputError(f"{name!r} is no name of a function; take a letter, then letters, digits and underscores")
    if is_taken(name, taken):
        raise InputError(f"{name!r} cannot name a function in {language}, which has a word or a function of that name")
    return name


def harmless(text: object) -> str:
    """A text on one line of printable ASCII that ends no comment."""
    line = " ".join(str(text).split())
    line = "".join(character if " " <= character <= "~" else "?" for character in line)
    for sign in ("*/", "/*", "??"):
        while sign in line:
            line = line.replace(sign, " ".join(sign))
    return line.replace("\\", "/")


def comment(task: Task, remarks: list[str], promises: Sequence[Promise] = ()) -> Iterator[str]:
    """The lines of the comment, without the signs of a language."""
    activation = task.activation
    spec = activation.spec
    yield from _wrapped("", activation.title if activation.title != activation.name else activation.name)
    yield ""
    yield from _wrapped("g(x) = ", activation.in_short or (activation.expression if spec is None else spec.formula))
    for name, value in activation.values.items():
        yield from _wrapped("  with ", f"{name} = {value}")
    if activation.noise is not None:
        yield from _wrapped("", f"the mean of a random function, {activation.noise.law}")
    if spec is not None and spec.source:
        yield from _wrapped("source: ", spec.source)
    yield ""
    for remark in remarks:
        yield from _wrapped("", remark)
    if promises:
        yield "Most error, in units in the last place, the rounding of x allowed for (exp, log and the like within 1):"
    for promise in promises:
        yield from _wrapped("  ", f"{derivative(promise.order)}: {promise.told()}")
    for promise in promises:
        if promise.lacking:
            yield from _wrapped("WARNING: ", promise.lacking)
    yield f"Written by propcheck {__version__}."


def derivative(order: int) -> str:
    return f"g{chr(39) * order}"


def _wrapped(label: str, text: object) -> Iterator[str]:
    indent = " " * len(label)
    yield from textwrap.wrap(label + harmless(text), _WIDTH, subsequent_indent=indent, break_on_hyphens=False)


# --- how well it computes --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """How wrong a derivative may be at most, where it may be by more than the goal, and what was found."""

    order: int
    bound: float
    shortfalls: tuple[Shortfall, ...] = ()
    found: Accuracy | None = None

    def told(self) -> str:
        bound = "not known" if math.isinf(self.bound) else f"{self.bound:.3g}"
        if self.found is None or self.found.allowed is None:
            return bound
        worst = self.found.allowed
        return f"{bound}; {worst.ulps:.2f} found, at x = {worst.x:.17g}, of {self.found.count} of {self.found.dtype}"

    @property
    def lacking(self) -> str:
        """Why it does not keep within the goal; nothing where it does."""
        if not self.shortfalls:
            return ""
        spans = sorted((short.lower, short.upper) for short in self.shortfalls)
        where = ", ".join(f"[{low:.6g}, {high:.6g}]" for low, high in spans[:_MOST_NAMED])
        where += f" and {len(spans) - _MOST_NAMED} more" if len(spans) > _MOST_NAMED else ""
        size = "an unknown number of" if math.isinf(self.bound) else f"{self.bound:.3g}"
        return f"{derivative(self.order)} may be wrong by {size} units in the last place for x in {where}."


@dataclass(frozen=True)
class Export:
    """A source, and what is promised of each order in it."""

    text: str
    promises: tuple[Promise, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Why it does not keep within the goal; nothing where it does."""
        return tuple(promise.lacking for promise in self.promises if promise.lacking)


def settled(task: Task, dialect: Dialect) -> tuple[Task, tuple[Promise, ...]]:
    """The task with the spans in which forms were seen to be wrong, and what is promised of each order.

    The steps are run by NumPy on hard inputs, broken down as for the language.
    """
    kept = [_settled(task, order, dialect) for order in task.orders]
    return replace(task, found=tuple(found for found, _ in kept)), tuple(promise for _, promise in kept)


def _settled(task: Task, order: int, dialect: Dialect) -> tuple[Found, Promise]:
    def make(found: Sequence[Found]) -> Written:
        return by_numpy(task.activation, (order,), task.kink, task.work, task.out, dialect, found)

    made, (assembly,), (found,) = planned(make, task.activation, (order,), task.work, task.out)
    dtype = np.dtype(task.out.name)

    def once(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(made.by_arrays(x.astype(task.work.name))[0]).astype(dtype)

    accuracy = measure(once, task.activation, order, dtype) if task.measured else None
    unknown = tuple(Shortfall(*span, math.inf) for span in assembly.blind)
    most = math.inf if unknown else bound(assembly, False, dtype.name)
    return found, Promise(order, most, (*assembly.shortfalls, *unknown), accuracy)


def nature(span: Span) -> str:
    """A span and what is computed on it, in a few words."""
    expr = span.expr
    if not expr.free_symbols:
        what = "a constant"
    elif not expr.has(Horner, Compensated):
        what = "another form"
    else:
        what = "a polynomial" + (" in 1/x" if expr.has(Reciprocal) else "")
        what += " times an exponential" if expr.has(sp.exp, Scaled) else ""
    if math.isinf(span.upper):
        return f"from {span.lower:.9g} on: {what}"
    where = "up" if math.isinf(span.lower) else f"{span.lower:.9g}"
    return f"{where} to {span.upper:.9g}: {what}"

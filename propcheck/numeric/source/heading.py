"""What stands at the head of an exported source: names, and a comment that says what is computed and how well.

A spec is anybody's text. Of it only printable ASCII comes into a comment, on one line and without what ends a comment
in any of the languages; of a name only letters, digits and underscores come into the code.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from propcheck import __version__
from propcheck.activation import Activation
from propcheck.numeric.accuracy import measure
from propcheck.numeric.dialects import NUMPY, Dialect
from propcheck.numeric.formats import Format
from propcheck.numeric.library import Function, written
from propcheck.numeric.lines import function
from propcheck.numeric.steps import Program

SUFFIXES = ("", "_derivative", "_second_derivative")
_WIDTH = 96
_TAKEN = frozenset(("np", "jnp", "jax", "torch", "x"))
_MATH = frozenset(
    "acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 exp10 expm1 frexp ilogb ldexp log"
    " log10 log1p log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma tgamma gamma ceil floor"
    " nearbyint rint lrint llrint round lround llround trunc fmod remainder remquo copysign nan nextafter nexttoward"
    " fdim fmax fmin fma j0 j1 jn y0 y1 yn scalb significand drem signgam".split()
)
_WORDS_OF_C = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long main"
    " register restrict return short signed sizeof static struct switch typedef union unsigned void volatile"
    " while".split()
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

    def name(self, order: int, suffix: str = "", taken: frozenset[str] = frozenset()) -> str:
        """The name of the function of this order."""
        return f"{identifier(self.activation, taken)}{SUFFIXES[order]}{suffix}"


def identifier(activation: Activation, taken: frozenset[str] = frozenset()) -> str:
    """The name of an activation as a name in code; `activation` where it is an expression."""
    name = activation.name.strip()
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_ :.-]*", name) or not plain:
        return "activation"
    return f"{plain}_" if keyword.iskeyword(plain) or plain in _TAKEN or plain in taken else plain


def harmless(text: object) -> str:
    """A text on one line of printable ASCII that ends no comment."""
    line = " ".join(str(text).split())
    line = "".join(character if " " <= character <= "~" else "?" for character in line)
    for sign in ("*/", "/*", "??"):
        while sign in line:
            line = line.replace(sign, " ".join(sign))
    return line.replace("\\", "/")


def comment(task: Task, remarks: list[str], dialect: Dialect | None) -> Iterator[str]:
    """The lines of the comment, without the signs of a language."""
    activation = task.activation
    spec = activation.spec
    yield from _wrapped("", activation.title if activation.title != activation.name else activation.name)
    yield ""
    yield from _wrapped("g(x) = ", activation.expression if spec is None else spec.formula)
    for name, value in activation.values.items():
        yield from _wrapped("  with ", f"{name} = {value}")
    if activation.noise is not None:
        yield from _wrapped("", f"the mean of a random function, {activation.noise.law}")
    if spec is not None and spec.source:
        yield from _wrapped("source: ", spec.source)
    yield ""
    for remark in remarks:
        yield from _wrapped("", remark)
    if dialect is not None and task.measured:
        yield from _measured(task, dialect)
    yield f"Written by propcheck {__version__}."


def _wrapped(label: str, text: object) -> Iterator[str]:
    indent = " " * len(label)
    yield from textwrap.wrap(label + harmless(text), _WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _measured(task: Task, dialect: Dialect) -> Iterator[str]:
    """The largest errors of the same steps, computed by NumPy."""
    yield "Largest errors found, in units in the last place, the rounding of x allowed for (steps run by NumPy):"
    dtype = np.dtype(task.out.name)
    for order in task.orders:
        made = by_numpy(replace(task, orders=(order,)), alike(dialect))

        def once(x: np.ndarray, made: Function = made) -> np.ndarray:
            with np.errstate(all="ignore"):
                return np.asarray(made(x.astype(task.work.name))[0]).astype(dtype)

        found = measure(once, task.activation, order, dtype)
        error = "unknown" if found.allowed is None else f"{found.allowed.ulps:.2f} at x = {found.allowed.x:.17g}"
        yield from _wrapped("  ", f"g{chr(39) * order}: {error}, of {found.count} inputs of {found.dtype}")


def by_numpy(task: Task, dialect: Dialect = NUMPY) -> Function:
    """The derivatives as a function of NumPy's arrays of the working format."""
    return written(task.activation, task.orders, task.kink, task.work, task.out, dialect, {"np": np}, scalar, silent)


def silent(function: Function) -> Function:
    """The same function without NumPy's warnings."""

    def made(x: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            return function(x)

    return made


def alike(dialect: Dialect) -> Dialect:
    """NumPy's way to write what another language computes, broken down as it is for that language."""
    return replace(NUMPY, poor=NUMPY.poor | dialect.poor, poor_in_single=dialect.poor_in_single)


def trial(task: Task, dialect: Dialect) -> Callable[[Program, float], list[float]]:
    """What gives the outputs of a program at a number, as NumPy computes them."""

    def run(source: Program, at: float) -> list[float]:
        form = alike(dialect)
        made = silent(function(form.lowered(source, task.work), form, task.work, {"np": np}))
        return [float(value) for value in made(scalar(at, task.work))]

    return run


def scalar(value: float, work: Format) -> np.ndarray:
    return np.array(value, work.name)

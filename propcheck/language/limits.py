"""How large a text, a number and an expression may be, and how sizes are counted before SymPy sees them."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

MAX_LENGTH = 40_000  # characters of a text: a table of 256 entries with all digits of a double
MAX_TOKENS = 20_000  # numbers, names, operators and brackets of a text
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


class Refused(Exception):
    """Why an operation on given expressions is refused; whoever knows the place adds it."""


# ------------------------------------------------------------------------------- numbers and constant values


def bits_of(number: sympy.Rational) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())


def node_count(expr: sympy.Basic, limit: int) -> int:
    """How many nodes `expr` has, counted up to `limit`."""
    stack, count = [expr], 0
    while stack and count <= limit:
        count += 1
        stack.extend(stack.pop().args)
    return count


def height(expr: sympy.Basic) -> int:
    return 1 + max(map(height, expr.args), default=0)


def numbers(expr: sympy.Basic) -> Iterator[sympy.Rational]:
    stack = [expr]
    while stack:
        part = stack.pop()
        if isinstance(part, sympy.Rational):
            yield part
        stack.extend(part.args)

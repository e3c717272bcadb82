"""Numbers in code are roundings: each is read as the simplest number that rounds to it.

0.7978845608028654 is sqrt(2/pi) in double precision, 0.044714998453855515 is 0.044715 in single precision. A number
with few digits is taken as it is spelled; else it may be a fraction, or a known constant times one, as long as such a
match is no accident: there are many fewer simple numbers than numbers of the format.
"""

from __future__ import annotations

import ast
import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from propcheck.code.formula import spelled
from propcheck.processes.precision import alone

DOUBLE, SINGLE, HALF, BRAIN = "float64", "float32", "float16", "bfloat16"
_PLAIN = {DOUBLE: 12, SINGLE: 6, HALF: 3, BRAIN: 2}  # digits up to which a decimal is taken as it is
_LARGEST = {DOUBLE: 4096, SINGLE: 64, HALF: 0, BRAIN: 0}  # denominator of a fraction, and numerator
_MULTIPLE = {DOUBLE: 64, SINGLE: 8, HALF: 0, BRAIN: 0}  # the same of a multiple of a constant
_PRECISION = {DOUBLE: 53, SINGLE: 24, HALF: 11, BRAIN: 8}
TOLERANCE = 1e-5  # code may round to single precision on its way
_PRINTED = (8, 9, 10)  # digits with which numbers in single precision are often printed
_KNOWN = (
    "pi", "1/pi", "sqrt(2)", "sqrt(2/pi)", "sqrt(pi)", "1/sqrt(pi)", "sqrt(2*pi)", "1/sqrt(2*pi)", "sqrt(pi/2)",
    "pi**2", "sqrt(3)", "pi/sqrt(3)", "sqrt(3)/pi", "sqrt(5)", "e", "1/e", "log(2)", "1/log(2)",
    "log(10)", "1/log(10)", "log(3)", "log(2*pi)", "sqrt(e)", "1/sqrt(e)",
    "1.6732632423543772", "1.0507009873554805",  # those of SELU
    "0.044715",  # that of GELU by tanh
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """A number of the code that was read as another: as `given`, as `read`, and the format in which they agree."""

    given: str
    read: str
    dtype: str

    def to_json(self) -> dict[str, str]:
        return {"given": self.given, "read": self.read, "format": self.dtype}

    def __str__(self) -> str:
        return f"{self.given} is read as {self.read}, of which it is a rounding in {self.dtype}"


class Reader:
    """Reads the numbers of one piece of code, and keeps what was read as something else.

    `shape` is that of the result of the operation whose numbers are read, for a tracer that follows shapes.
    """

    shape: tuple[int, ...] = ()

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self.coarsest = DOUBLE

    def meets(self, dtype: str) -> None:
        """Notes a format in which the code calculates, where it is the coarsest yet."""
        if _PRECISION.get(dtype, 53) < _PRECISION[self.coarsest]:
            self.coarsest = dtype

    @property
    def tolerance(self) -> float:
        """By how much the code's own values may be off, relative to the larger of 1 and the value."""
        return max(2.0 ** (6 - _PRECISION[self.coarsest]), TOLERANCE)

    def number(self, value: float | int | bool, dtype: str = DOUBLE) -> ast.expr:
        """A number of the code as a tree; an infinity stays one, and NaN is for the caller to refuse."""
        self.meets(dtype)
        if isinstance(value, bool):
            return ast.Constant(value)
        if isinstance(value, float) and math.isinf(value):
            return ast.Constant(value)
        text, found = read(abs(value), dtype if dtype in _PLAIN else DOUBLE)
        if found:
            given = repr(float(value))
            shown = f"-{text}" if value < 0 else text  # a sum is none of the texts
            self.readings[given] = Reading(given, shown, found)
        node = spelled(text)
        return ast.UnaryOp(ast.USub(), node) if value < 0 else node


@lru_cache(maxsize=1024)
def read(value: float | int, dtype: str) -> tuple[str, str]:
    """The simplest text that rounds to a number, not below 0, and the format in which it does, if it is no spelling."""
    if isinstance(value, int) or value == int(value) and value < 2**53:
        return str(int(value)), ""
    own = repr(value)
    if _digits(own) in _PRINTED and float(f"{(single := _rounded(value, SINGLE)):.{_digits(own)}g}") == value:
        if (text := _simple(single, SINGLE)) and text != own:
            return text, SINGLE
    if dtype == DOUBLE and _digits(own) > _PLAIN[DOUBLE] and _rounded(value, SINGLE) == value:
        dtype = SINGLE
    if _rounded(value, dtype) != value:
        dtype = DOUBLE
    text = _simple(value, dtype) or _shortest(value, dtype)
    return (own, "") if text == own else (text, dtype)


def _simple(value: float, dtype: str) -> str:
    """A short decimal, a fraction or a multiple of a known constant that rounds to the value; nothing where none."""
    decimal = _shortest(value, dtype)
    if _digits(decimal) <= _PLAIN[dtype]:
        return decimal
    fraction = Fraction(value).limit_denominator(max(1, _LARGEST[dtype]))
    if 0 < fraction.numerator <= _LARGEST[dtype] and _rounds(fraction, value, dtype):
        return str(fraction)
    for largest in (1, _MULTIPLE[dtype]):
        for text, known in _known() if largest else ():
            share = (Fraction(value) / known).limit_denominator(largest)
            if 0 < share.numerator <= largest and _beside(share * known, value, dtype):
                return _multiple(share, text)
    return ""


def _multiple(share: Fraction, text: str) -> str:
    factor = text if isinstance(spelled(text), ast.Name | ast.Call | ast.Constant) else f"({text})"
    if share == 1:
        return text
    if share.numerator == 1:
        return f"{factor}/{share.denominator}"
    return f"{share.numerator}*{factor}" + (f"/{share.denominator}" if share.denominator > 1 else "")


@lru_cache(maxsize=1)
@alone
def _known() -> tuple[tuple[str, Fraction], ...]:
    """The known constants with their values to 60 digits."""
    import mpmath

    with mpmath.workdps(60):
        names = {"pi": mpmath.pi, "e": mpmath.e, "sqrt": mpmath.sqrt, "log": mpmath.log}
        return tuple((text, Fraction(mpmath.nstr(_calculated(spelled(text), names), 55))) for text in _KNOWN)


def _calculated(node: ast.expr, names: dict) -> object:
    import mpmath

    match node:
        case ast.Constant(value=value):
            return mpmath.mpf(value)
        case ast.Name(id=name):
            return +names[name]
        case ast.Call(func=ast.Name(id=name)):
            return names[name](_calculated(node.args[0], names))
        case ast.BinOp(left=left, right=right):
            one, other = _calculated(left, names), _calculated(right, names)
            kinds = {ast.Add: "__add__", ast.Mult: "__mul__", ast.Div: "__truediv__", ast.Pow: "__pow__"}
            return getattr(one, kinds[type(node.op)])(other)
    raise AssertionError(ast.dump(node))


def _digits(decimal: str) -> int:
    return len(decimal.partition("e")[0].replace(".", "").strip("0"))


def _shortest(value: float, dtype: str) -> str:
    if dtype == DOUBLE:
        return repr(value)
    for digits in range(1, 17):
        if _rounded(float(f"{value:.{digits}g}"), dtype) == value:
            return repr(float(f"{value:.{digits}g}"))
    return repr(value)


def _rounds(exact: Fraction, value: float, dtype: str) -> bool:
    """Whether a number rounds to a value; it is rounded to a double first, which is no matter for one of few bits."""
    return _rounded(exact.numerator / exact.denominator, dtype) == value


def _beside(exact: Fraction, value: float, dtype: str) -> bool:
    """Whether a number rounds to a value or a neighbour: 1/math.sqrt(2) and math.sqrt(2*math.pi) are an ulp off."""
    found = _rounded(exact.numerator / exact.denominator, dtype)
    return abs(found - value) <= math.ulp(value) * 2.0 ** (53 - _PRECISION[dtype])


def _rounded(value: float, dtype: str) -> float:
    """The nearest number of a format, ties to even."""
    if dtype == DOUBLE:
        return value
    try:
        if dtype == BRAIN:
            bits = struct.unpack("<I", struct.pack("<f", value))[0]
            bits = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16
            return struct.unpack("<f", struct.pack("<I", bits & 0xFFFFFFFF))[0]
        code = "<f" if dtype == SINGLE else "<e"
        return struct.unpack(code, struct.pack(code, value))[0]
    except OverflowError:
        return math.inf

"""A spec and its parts: all is text until it is asked for, so that the catalogue can be listed without SymPy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from propcheck.criteria import PAGES, joining
from propcheck.facts.claimable import ASSERTIONS
from propcheck.processes.lazy import cached_property
from propcheck.processes.precision import alone
from propcheck.verdict import InputError
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from sympy.logic.boolalg import Boolean
from propcheck.spec.exact import (
    Distribution,
    comparisons,
    constant,
    is_true,
    law_of,
    line,
    normal,
    short,
    signs,
    span,
    spelled,
)
from propcheck.spec.knots import Table

ROLES = ("constant", "trained", "random")
CRITERIA = tuple(page.KEY for page in PAGES)
# What a claim may be about: key -> the kind of its value.
CLAIMS: dict[str, str] = {**dict.fromkeys(CRITERIA, "verdict"), **ASSERTIONS}


def claimable() -> dict[str, str]:
    """What a claim may be about, with the criteria that others brought along; the kind of each."""
    return CLAIMS | dict.fromkeys(joining.keys(), "verdict")


# The claims that are meant at one x, which they must name, and those that may be meant on intervals only.
AT_POINT = ("value", "slope", "slope.left", "slope.right")
ON_INTERVALS = ("equals", "slope_above", "slope_at_most", "slope_falls_faster_than")
WITHIN = ("derivative", "derivative_2")  # those that are meant at every x, of an interval too
WHOSE = ("own", "all", "none")  # the words that a gate takes in place of a source's name
GIVEN = "given as an expression"  # the source of a formula that stands in no file
MAX_FILE_BYTES = 65536
MAX_TITLE, MAX_SOURCE, MAX_TEXT = 80, 400, 2000
MAX_BITS_OUT, MAX_BITS_IN = 16, 12  # of outputs and of inputs that are quantized
MAX_PARAMETERS, MAX_UNITS, MAX_PRESETS, MAX_ALIASES, MAX_CLAIMS = 8, 64, 32, 16, 200
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True)
class Parameter:
    """A parameter of the formula: who sets it, to what, and within which range."""

    name: str
    role: str
    default: str | None = None
    range: str | None = None
    distribution: str | None = None

    def symbol(self) -> Symbol:
        """Its SymPy symbol, with the signs that the range decides."""
        from sympy import Symbol

        return Symbol(self.name, real=True, **signs(self._range()))

    def value(self) -> Expr:
        """Its default, exactly."""
        if self.default is None:
            raise InputError(f"parameter {self.name} has no default; give it: {self.name}=VALUE")
        return constant(self.default)

    def law(self, symbols: Mapping[str, Symbol] | None = None) -> Distribution:
        """The distribution of a random parameter, over `x` and the other parameters."""
        if self.distribution is None:
            raise InputError(f"parameter {self.name} is {self.role} and has no distribution")
        return law_of(self.distribution, symbols or {})

    def to_json(self, value: object) -> dict[str, str | None]:
        """The parameter as a record has it, at a value."""
        told = None if value is None else str(value)
        return {"value": told, "role": self.role, "range": self.range, "distribution": self.distribution}

    def admits(self, value: Expr) -> bool:
        """Whether `value` lies in the declared range."""
        return all(is_true(relation.subs(symbol, value)) for symbol, relation in self._range())

    def ends(self) -> tuple[Expr, Expr]:
        """The ends of the range, infinite where it has none."""
        from sympy import oo

        lower, upper = -oo, oo
        for symbol, relation in self._range():
            if relation.lhs != symbol:
                relation = relation.reversed
            if relation.rel_op in (">", ">="):
                lower = max(lower, relation.rhs)
            elif relation.rel_op in ("<", "<="):
                upper = min(upper, relation.rhs)
        return lower, upper

    def _range(self) -> tuple[tuple[Symbol, Boolean], ...]:
        return () if self.range is None else comparisons(self.name, self.range)


@dataclass(frozen=True)
class Units:
    """k linear units of one input; the function is the largest of them."""

    k: int
    weights: tuple[str, ...]
    biases: tuple[str, ...]
    title: str = ""

    @property
    def formula(self) -> str:
        """The largest unit in the expression language."""
        lines = [line(weight, bias) for weight, bias in zip(self.weights, self.biases, strict=True)]
        return lines[0] if len(lines) == 1 else f"max({', '.join(lines)})"


@dataclass(frozen=True)
class Quantize:
    """Numbers in so many bits, signed: scale (q - zero_point) with q the nearest whole number, ties to the even one."""

    bits: int
    scale: str
    zero_point: int = 0

    @property
    def ends(self) -> tuple[int, int]:
        """The least and the largest q."""
        return -(2 ** (self.bits - 1)), 2 ** (self.bits - 1) - 1

    def formula(self, text: str) -> str:
        """A formula rounded so, in the expression language."""
        (low, high), zero = self.ends, f"({self.zero_point})"
        return f"({self.scale})*(clip(round(({text})/({self.scale})) + {zero}, {low}, {high}) - {zero})"


@dataclass(frozen=True)
class Claim:
    """One thing said of the function: what it asks (CLAIMS), the answer, where it was said, and in which words.

    `value` is a text for every kind but "yes or no"; numbers are texts too, so that they stay exact. `said_by` names
    whose claim it is where it is not the author's of the spec. What is a number or a formula may be off by `within`.
    """

    key: str
    value: str | bool
    source: str = ""
    quote: str = ""
    at: Mapping[str, str] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    reading: str = ""
    said_by: str = ""
    within: str = ""

    @property
    def kind(self) -> str:
        return CLAIMS.get(self.key, "verdict")


@dataclass(frozen=True)
class Spec:
    """One activation function as it was specified; `formula` is its text, whether given by expression or by units.

    `Spec("twice", "2*x")` is one that has no more than a name and an expression; the name is then its title. Its inputs
    may be rounded too, by `quantize_input`. Where it is looked at on an interval alone, `on` spells that: "-8:8"; `law`
    spells mean and deviation of a normal law at which its moments are asked beside N(0, 1): "0,2".
    A gated unit has two `inputs`, x and y, and its stated slopes by input in `partials`.
    Read from code, `readings` has the numbers that were read as others, each as it was given, as what it is read and
    the format in which that rounds to it, and `given` the names of arguments that were handed to the code.
    """

    name: str
    expression: str | None = None
    title: str = ""
    units: Units | None = None
    presets: Mapping[str, Units] = field(default_factory=dict)
    table: Table | None = None
    quantize: Quantize | None = None
    quantize_input: Quantize | None = None
    parameters: tuple[Parameter, ...] = ()
    source: str = ""
    aliases: tuple[str, ...] = ()
    note: str = ""
    claims: tuple[Claim, ...] = ()
    paper: int | None = None
    on: str = ""
    law: str = ""
    inputs: tuple[str, ...] = ()
    partials: tuple[tuple[str, str], ...] = ()
    readings: tuple[tuple[str, str, str], ...] = ()
    given: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name)

    @property
    def formula(self) -> str:
        text = self._formula
        if self.quantize_input is not None and self.knots is None:
            text = re.sub(r"(?<![\w.])x(?!\w)", f"({self.quantize_input.formula('x')})", text)
        return text if self.quantize is None or self.table is not None else self.quantize.formula(text)

    @property
    def _formula(self) -> str:
        if self.expression is not None:
            return self.expression
        if (knots := self.knots) is not None:
            return knots.formula
        if self.units is None:
            raise InputError(f"the spec {self.name} has no expression; give one, such as Spec({self.name!r}, '2*x')")
        return self.units.formula

    @cached_property
    def knots(self) -> Table | None:
        """The table with its outputs in as many bits as they have."""
        if self.table is None or self.quantize is None:
            return self.table
        return self.table.quantized(Fraction(self.quantize.scale), self.quantize.zero_point, *self.quantize.ends)

    @property
    def read_as(self) -> dict[str, list[dict[str, str]]]:
        """The numbers of code that were read as others, as records have them; nothing where there are none."""
        told = [{"given": given, "read": read, "format": name} for given, read, name in self.readings]
        return {"readings": told} if told else {}

    def symbols(self) -> dict[str, Symbol]:
        """The parameters' symbols by name."""
        return {parameter.name: parameter.symbol() for parameter in self.parameters}

    def within(self, text: str | Sequence[Any]) -> Spec:
        """The function on an interval, which is spelled "-8:8" or given as a pair.

        Kept of its claims are those on formulas and single points; the others speak of the whole line.
        """
        ends = span(text)
        if self.law:
            raise InputError("the moments at a normal law are about the whole line; leave it out, or the interval")
        kept = tuple(claim for claim in self.claims if claim.key in WITHIN and not claim.on)
        return replace(self, on=":".join(map(str, ends)), claims=kept)

    def at_law(self, text: str | Sequence[Any]) -> Spec:
        """The function whose moments are asked at this normal law too, spelled "mean,deviation" or given as a pair."""
        if self.on:
            raise InputError("the moments at a normal law are about the whole line; leave it out, or the interval")
        return replace(self, law=",".join(map(str, normal(text))))


@alone
def bind(spec: Spec, overrides: Mapping[str, Any] | None = None) -> dict[str, Expr]:
    """The value of each parameter that is not random: the given one, else the default; each within its range."""
    overrides = dict(overrides or {})
    declared = {parameter.name: parameter for parameter in spec.parameters}
    for name in overrides:
        if name not in declared:
            what = f"its parameters are {', '.join(declared)}" if declared else "it has no parameters"
            raise InputError(f"{spec.name} has no parameter {short(name)!r}{nearest(name, declared)}; {what}")
    values: dict[str, Expr] = {}
    for name, parameter in declared.items():
        if parameter.role == "random":
            if name in overrides:
                raise InputError(
                    f"parameter {name} of {spec.name} is random, {parameter.distribution}, and takes no value; "
                    "write the formula as an expression to fix it"
                )
            continue
        text = spelled(overrides[name]) if name in overrides else parameter.default
        if text is None:
            raise InputError(f"parameter {name} of {spec.name} has no default; give it: {name}=VALUE")
        try:
            value = constant(text)
        except InputError as error:
            raise InputError(f"parameter {name} of {spec.name}: {error}") from None
        if not parameter.admits(value):
            raise InputError(f"parameter {name} = {text} lies outside its range {parameter.range}")
        values[name] = value
    return values

"""A specification: what is said of one activation function, and by whom, in one TOML file.

    name = "elu"                    # lower case, digits, underscores; the file's own name in the catalogue
    title = "ELU"                   # how it is printed
    expression = "x if x >= 0 else a*(exp(x) - 1)"          # or [units], never both
    source = "paper, eq. 14"
    aliases = []
    note = ""                       # what a reader has to know beside the formula
    paper = 12                      # its place in the paper, for the paper's own functions

    [parameters.a]
    role = "constant"               # constant | trained | random
    default = 1.0                   # a number, or an exact text such as "1/3" or "sqrt(2)"
    range = "a >= 0"                # comparisons of the parameter with numbers, joined by `and`
    distribution = "uniform(0, 1)"  # of a random parameter, in place of the default; or "normal(mean, variance)"

    [units]                         # the largest of k linear units, on a line: max_j (weights_j x + biases_j)
    k = 2
    weights = [1, -1]
    biases = [0, "1/2"]

    [presets.NAME]                  # further units, with a title; the target is then `maxout:NAME`

    [claims]                        # each is checked; CLAIMS below lists the keys and what each asks
    parity = "odd"
    range = {is = "(0, 1)", source = "section 1.1", quote = "the values lie in (0, 1)"}

A claim is a bare value, a table with `is`, or a list of such tables, since a text may say two things about one key. Its
table may also hold `at` (values of parameters, or of `x`, at which it is meant), `on` (intervals on which it is meant)
and `reading` (how words that are no formula were put as a question).

Everything here is text until it is asked for, so that the catalogue can be listed without SymPy.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.claimable import ASSERTIONS, WORDS
from propcheck.criteria import PAGES, joining
from propcheck.precision import alone
from propcheck.verdict import InputError
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Expr, Symbol
    from sympy.logic.boolalg import Boolean

ROLES = ("constant", "trained", "random")
CRITERIA = tuple(page.KEY for page in PAGES)
# What a claim may be about: key -> the kind of its value.
CLAIMS: dict[str, str] = {**dict.fromkeys(CRITERIA, "verdict"), **ASSERTIONS}


def claimable() -> dict[str, str]:
    """What a claim may be about, with the criteria that others brought along; the kind of each."""
    return CLAIMS | dict.fromkeys(joining.keys(), "verdict")


# The claims that are meant at one x, which they must name, and those that may be meant on intervals only.
_AT_POINT = ("value", "slope", "slope.left", "slope.right")
_ON_INTERVALS = ("equals", "slope_above", "slope_at_most", "slope_falls_faster_than")

MAX_FILE_BYTES = 65536
MAX_TITLE, MAX_SOURCE, MAX_TEXT = 80, 400, 2000
MAX_PARAMETERS, MAX_UNITS, MAX_PRESETS, MAX_ALIASES, MAX_CLAIMS = 8, 64, 32, 16, 200

_INFINITIES = {"inf": 1, "+inf": 1, "oo": 1, "+oo": 1, "-inf": -1, "-oo": -1}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


# ---------------------------------------------------------------------------------------------- the data


@dataclass(frozen=True)
class Distribution:
    """The law of a random parameter: uniform(lower, upper) or normal(mean, variance), which may depend on x."""

    kind: str
    arguments: tuple[Expr, Expr]


@dataclass(frozen=True)
class Interval:
    """An interval with exact ends; an end that is not closed is not attained."""

    lower: Expr
    upper: Expr
    lower_closed: bool
    upper_closed: bool


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

        return Symbol(self.name, real=True, **_signs(self._range()))

    def value(self) -> Expr:
        """Its default, exactly."""
        if self.default is None:
            raise InputError(f"parameter {self.name} has no default; give it: {self.name}=VALUE")
        return constant(self.default)

    def law(self, symbols: Mapping[str, Symbol] | None = None) -> Distribution:
        """The distribution of a random parameter, over `x` and the other parameters."""
        if self.distribution is None:
            raise InputError(f"parameter {self.name} is {self.role} and has no distribution")
        return _law(self.distribution, symbols or {})

    def to_json(self, value: object) -> dict[str, str | None]:
        """The parameter as a record has it, at a value."""
        told = None if value is None else str(value)
        return {"value": told, "role": self.role, "range": self.range, "distribution": self.distribution}

    def admits(self, value: Expr) -> bool:
        """Whether `value` lies in the declared range."""
        return all(_true(relation.subs(symbol, value)) for symbol, relation in self._range())

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
        return () if self.range is None else _comparisons(self.name, self.range)


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
        lines = [_line(weight, bias) for weight, bias in zip(self.weights, self.biases, strict=True)]
        return lines[0] if len(lines) == 1 else f"max({', '.join(lines)})"


@dataclass(frozen=True)
class Claim:
    """One thing said of the function: what it asks (CLAIMS), the answer, who said it, and in which words.

    `value` is a text for every kind but "yes or no"; numbers are texts too, so that they stay exact.
    """

    key: str
    value: str | bool
    source: str = ""
    quote: str = ""
    at: Mapping[str, str] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    reading: str = ""

    @property
    def kind(self) -> str:
        return CLAIMS.get(self.key, "verdict")


@dataclass(frozen=True)
class Spec:
    """One activation function as it was specified; `formula` is its text, whether given by expression or by units.

    `Spec("twice", "2*x")` is one that has no more than a name and an expression; the name is then its title.
    """

    name: str
    expression: str | None = None
    title: str = ""
    units: Units | None = None
    presets: Mapping[str, Units] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    source: str = ""
    aliases: tuple[str, ...] = ()
    note: str = ""
    claims: tuple[Claim, ...] = ()
    paper: int | None = None

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name)

    @property
    def formula(self) -> str:
        if self.expression is not None:
            return self.expression
        if self.units is None:
            raise InputError(f"the spec {self.name} has no expression; give one, such as Spec({self.name!r}, '2*x')")
        return self.units.formula

    def symbols(self) -> dict[str, Symbol]:
        """The parameters' symbols by name."""
        return {parameter.name: parameter.symbol() for parameter in self.parameters}


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue's list."""

    name: str
    title: str
    source: str
    aliases: tuple[str, ...]
    paper: int | None
    formula: str


# ---------------------------------------------------------------------------------------------- the catalogue


def folder() -> Path:
    """Where the catalogue lies: inside an installed package, or at the top of a checkout."""
    here = Path(__file__).resolve().parent
    inside = here / "specs"
    return inside if inside.is_dir() else here.parent / "specs"


@lru_cache(maxsize=1)
def index() -> tuple[Entry, ...]:
    """The catalogue's list, the paper's functions first and in its order. Reads headers only, and needs no SymPy."""
    entries = [_entry(path) for path in folder().glob("*.toml")]
    return tuple(sorted(entries, key=lambda entry: (entry.paper is None, entry.paper or 0, entry.name)))


def names() -> list[str]:
    """The catalogue's names, the paper's functions first and in its order."""
    return [entry.name for entry in index()]


def find(name: str) -> Spec:
    """The catalogue's spec of this name or alias; `maxout:absolute` selects one of its presets."""
    base, colon, preset = name.partition(":")
    spec = _stored(_resolve(base.strip()))
    return choose(spec, preset.strip()) if colon else spec


def choose(spec: Spec, preset: str) -> Spec:
    """The spec with the units of one of its presets."""
    if not spec.presets:
        raise InputError(f"{spec.name} has no presets, such as {_short(preset)!r}; write {spec.name}")
    if preset not in spec.presets:
        hint, known = nearest(preset, spec.presets), ", ".join(spec.presets)
        raise InputError(f"{spec.name} has no preset {_short(preset)!r}{hint}; it has {known}")
    units = spec.presets[preset]
    title = f"{spec.title} ({units.title or preset})"
    return replace(spec, name=f"{spec.name}:{preset}", title=title, units=units, aliases=())


class Catalogue(Mapping[str, "Spec"]):
    """Every spec of the catalogue by name, each read when it is asked for; an alias or a preset will do too."""

    def __getitem__(self, name: str) -> Spec:
        try:
            return find(name)
        except InputError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self)}: {', '.join(self)}>"


def catalogue() -> Catalogue:
    """Every spec of the catalogue by name, the paper's functions first and in its order."""
    return Catalogue()


def _entry(path: Path) -> Entry:
    try:
        text = path.read_text("utf-8")
        data = _header(text)
        units = "units" in data or (data.get("expression") is None and "\n[units]" in text)
        formula = "max of linear units" if units else str(data["expression"])
        title = str(data.get("title", data["name"]))
        aliases = tuple(data.get("aliases", ()))
        return Entry(data["name"], title, str(data.get("source", "")), aliases, data.get("paper"), formula)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: the catalogue cannot be listed, for this file cannot be read ({error})") from None


def _header(text: str) -> dict[str, Any]:
    """The keys before the first table; only they are read for the list, since the claims are much longer."""
    head = text.partition("\n[")[0]
    try:
        return tomllib.loads(head)
    except tomllib.TOMLDecodeError:  # a bracket inside a multi-line value
        return tomllib.loads(text)


@lru_cache(maxsize=256)
def _stored(name: str) -> Spec:
    return load(folder() / f"{name}.toml")


def _resolve(name: str) -> str:
    """The catalogue's name behind a name or an alias, in any case, with or without underscores, dashes and spaces."""
    if _NAME.fullmatch(name) and (folder() / f"{name}.toml").is_file():
        return name
    owners = {other: entry.name for entry in index() for other in (*entry.aliases, entry.name)}
    squeezed = {_squeeze(other): owner for other, owner in owners.items()}
    if _squeeze(name) in squeezed:
        return squeezed[_squeeze(name)]
    hint = nearest(name.lower(), owners)
    raise InputError(f"the catalogue has no activation {_short(name)!r}{hint}; `propcheck list` shows what it has")


def _squeeze(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.lower())


# ---------------------------------------------------------------------------------------------- other ways to a spec


@alone
def from_text(expression: str, params: Mapping[str, Any] | None = None) -> Spec:
    """The spec of an expression in `x`, with a value for each other name in it."""
    from propcheck.grammar import names as names_in

    params = dict(params or {})
    found = sorted(names_in(expression) - {"x"})
    for name in found:
        if name not in params:
            variable = "" if re.search(r"\bx\b", expression) else "; the variable is called x"
            raise InputError(
                f"{name} in {_short(expression)!r} is neither x nor a function, so it is a parameter "
                f"and needs a value: {name}=VALUE{variable}"
            )
    for name in params:
        if name not in found:
            what = f"its parameters are {', '.join(found)}" if found else "it has no parameters"
            raise InputError(f"{_short(expression)!r} has no parameter {_short(name)!r}{nearest(name, found)}; {what}")
    parameters = tuple(Parameter(name, "constant", spelled(params[name])) for name in found)
    for parameter in parameters:
        _reserved(parameter.name)
        parameter.value()
    text = " ".join(expression.split())
    return Spec(name=text, title=_short(text), expression=text, parameters=parameters, source="given as an expression")


@alone
def bind(spec: Spec, overrides: Mapping[str, Any] | None = None) -> dict[str, Expr]:
    """The value of each parameter that is not random: the given one, else the default; each within its range."""
    overrides = dict(overrides or {})
    declared = {parameter.name: parameter for parameter in spec.parameters}
    for name in overrides:
        if name not in declared:
            what = f"its parameters are {', '.join(declared)}" if declared else "it has no parameters"
            raise InputError(f"{spec.name} has no parameter {_short(name)!r}{nearest(name, declared)}; {what}")
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


class SpecError(InputError):
    """All that is wrong with the data of a spec: the `faults`, each the path of a key and a sentence."""

    def __init__(self, message: str, faults: tuple[tuple[str, str], ...] = ()):
        super().__init__(message)
        self.faults = faults


def load(path: str | Path) -> Spec:
    """The spec in a TOML file. All that is wrong with its data is told in one SpecError."""
    path = Path(path)
    return read(_text_of(path), str(path))


@alone
def read(text: str, origin: str = "spec") -> Spec:
    """The spec in a TOML text; `origin` names the text in messages."""
    try:
        data = tomllib.loads(text, parse_float=_Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin} is not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{origin} is nested too deeply; a spec needs three levels") from None
    except ValueError:
        raise InputError(f"{origin} holds a number that is too long or a date that does not exist") from None
    reader = _Reader()
    spec = reader.spec(data)
    if reader.faults:
        count = f"{len(reader.faults)} errors" if len(reader.faults) > 1 else "an error"
        told = (f"  {path}: {sentence}".replace("\n", "\n  ") for path, sentence in reader.faults)
        raise SpecError("\n".join([f"{origin} has {count}:", *told]), tuple(reader.faults))
    return spec


@alone
def claim(key: str, value: Any) -> Claim:
    """The claim that a spec makes by this key and value; SpecError where it may make none so."""
    reader = _Reader()
    made = list(reader.claims({key: value}, ()))
    if reader.faults:
        raise SpecError("; ".join(sentence for _, sentence in reader.faults), tuple(reader.faults))
    return made[0]


# ---------------------------------------------------------------------------------------------- exact texts


@alone
def constant(text: str, symbols: Mapping[str, Symbol] | None = None) -> Expr:
    """The finite real number that a text spells, exactly: "0.1", "1/3", "sqrt(2)", "pi"."""
    from propcheck.grammar import X, parse

    value = parse(text, symbols or {})
    if X in value.free_symbols:
        raise InputError(f"{_short(text)!r} depends on x; a number is wanted, such as 0.25 or 1/3")
    return value  # the grammar lets no number pass that is not finite and real


@alone
def bound(text: str, symbols: Mapping[str, Symbol] | None = None) -> Expr:
    """A number or an infinity: "inf", "-inf", "oo", "-oo", or what `constant` reads."""
    from sympy import oo

    word = text.strip()
    return _INFINITIES[word] * oo if word in _INFINITIES else constant(word, symbols)


@alone
def interval(text: str, symbols: Mapping[str, Symbol] | None = None) -> Interval:
    """The interval that a text spells: "(0, 1/4)", "[0, 6]", "(-inf, inf)"; a round bracket is an end not attained."""
    form = text.strip()
    parts = _split(form[1:-1])
    if len(form) < 2 or form[0] not in "([" or form[-1] not in ")]" or len(parts) != 2:
        raise InputError(f"{_short(text)!r} is not an interval; write one such as (0, 1/4) or [0, inf)")
    lower, upper = (bound(part, symbols) for part in parts)
    closed = form[0] == "[", form[-1] == "]"
    for end, attained in zip((lower, upper), closed, strict=True):
        if attained and end.is_infinite:
            raise InputError(f"{_short(text)!r}: an infinite end is never attained; give it a round bracket")
    if (lower > upper) == True or (lower == upper and not all(closed)):  # noqa: E712 - a relation of symbols stays one
        raise InputError(f"{_short(text)!r} is empty; the lower end comes first")
    return Interval(lower, upper, *closed)


def spelled(value: Any) -> str:
    """A number given in Python as the text that spells it exactly; a text is taken as it is."""
    from fractions import Fraction
    from numbers import Rational, Real

    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        raise InputError(f"{value} is no number; give one such as 0.25, or a text such as '1/3'")
    if isinstance(value, Rational):
        return str(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Real):
        return float.__repr__(float(value))
    if getattr(value, "is_real", False) and getattr(value, "is_number", False):
        return str(value)
    raise InputError(f"a {type(value).__name__} is no number; give one such as 0.25, or a text such as '1/3'")


def _line(weight: str, bias: str) -> str:
    """weight*x + bias as one writes it."""
    slope = {"0": "", "1": "x", "-1": "-x"}.get(weight, f"{_factor(weight)}*x")
    if not slope:
        return bias
    if bias == "0":
        return slope
    return f"{slope} - {bias[1:]}" if re.fullmatch(r"-[\d./]+", bias) else f"{slope} + {bias}"


def _factor(weight: str) -> str:
    return weight if re.fullmatch(r"-?[\d.]+", weight) else f"({weight})"


def _split(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _law(text: str, symbols: Mapping[str, Symbol]) -> Distribution:
    from propcheck.grammar import parse

    match = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", text, re.DOTALL)
    parts = _split(match[2]) if match else []
    if match is None or match[1] not in ("uniform", "normal") or len(parts) != 2:
        raise InputError(f"{_short(text)!r} is no distribution; write uniform(lower, upper) or normal(mean, variance)")
    first, second = (parse(part.strip(), symbols) for part in parts)
    if match[1] == "uniform" and not (second - first).free_symbols and not (second - first).is_positive:
        raise InputError(f"{_short(text)!r} is empty; the lower end comes first")
    if match[1] == "normal" and not second.free_symbols and not second.is_nonnegative:
        raise InputError(f"{_short(text)!r} has a negative variance")
    return Distribution(match[1], (first, second))


@lru_cache(maxsize=512)
def _comparisons(name: str, text: str) -> tuple[tuple[Symbol, Boolean], ...]:
    """The range as a conjunction of relations between the parameter's symbol and numbers."""
    from sympy import And, Symbol
    from sympy.core.relational import Relational

    from propcheck.grammar import parse_condition

    symbol = Symbol(name, real=True)
    condition = parse_condition(text, {name: symbol})
    relations = condition.args if isinstance(condition, And) else (condition,)
    for relation in relations:
        sides = {relation.lhs, relation.rhs} - {symbol} if isinstance(relation, Relational) else set()
        if len(sides) != 1 or next(iter(sides)).free_symbols or symbol not in relation.free_symbols:
            raise InputError(
                f"{_short(text)!r} is no range; compare {name} with numbers, such as {name} >= 0 or 0 < {name} < 1"
            )
    return tuple((symbol, relation) for relation in relations)


def _signs(relations: Sequence[tuple[Symbol, Any]]) -> dict[str, bool]:
    """The assumptions of SymPy that follow from a range."""
    facts: dict[str, bool] = {}
    for symbol, relation in relations:
        if relation.lhs != symbol:
            relation = relation.reversed
        end, operator = relation.rhs, relation.rel_op
        if operator in (">", ">=") and end.is_nonnegative:
            facts["nonnegative"] = True
            if operator == ">" or end.is_positive:
                facts["positive"] = True
        if operator in ("<", "<=") and end.is_nonpositive:
            facts["nonpositive"] = True
            if operator == "<" or end.is_negative:
                facts["negative"] = True
        if operator == "!=" and end.is_zero:
            facts["nonzero"] = True
    return facts


def _true(condition: Any) -> bool:
    from sympy import false, true

    if condition in (true, false):
        return condition == true
    raise InputError(f"whether {condition} could not be decided; give the value as a decimal or a fraction")


def _reserved(name: str) -> None:
    """Raises where a parameter bears a name of the language."""
    from propcheck.grammar import RESERVED

    if name in RESERVED:
        raise InputError(f"{name} is a name of the expression language; give the parameter another")


def _key(text: str) -> str:
    """A key as it may be printed."""
    return _short(text) if re.fullmatch(r"[\w.-]+", text) else repr(_short(text))


def _short(text: str, width: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 3] + "..."


# ---------------------------------------------------------------------------------------------- reading a file


class _Decimal(str):
    """A number of TOML with a point or an exponent, kept as it is spelled."""

    def __new__(cls, text: str) -> _Decimal:
        return super().__new__(cls, text.replace("_", "").lstrip("+"))


def _text_of(path: Path) -> str:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; a spec is one TOML file, such as {path / 'my_activation.toml'}")
        if not path.exists() and path.is_symlink():
            raise InputError(f"{path} is a link that leads to no file")
        if not path.exists():
            siblings = [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []
            kind = "file" if path.suffix.lower() == ".toml" else "file or folder"
            raise InputError(f"there is no {kind} {path}{nearest(path.name, siblings)}")
        if not path.is_file():
            raise InputError(f"{path} is not a regular file; a spec is a TOML file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            size = max(path.stat().st_size, len(content))
            raise InputError(f"{path} has {size} bytes, and a spec at most {MAX_FILE_BYTES}; is it the right file?")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _kind(value: Any) -> str:
    """What a TOML value is, in words."""
    if isinstance(value, bool):
        return f"{str(value).lower()}"
    if isinstance(value, (int, _Decimal)):
        return f"the number {_short(str(value), 30)}"
    if isinstance(value, str):
        return f"the text {_short(value, 30)!r}"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or time"


class _Reader:
    """Reads one file's data and collects what is wrong with it, each fault with the path of its key."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self._symbols: dict[str, Symbol] | None = {}

    def fault(self, path: str, sentence: str) -> None:
        self.faults.append((path, sentence))

    def spec(self, data: dict[str, Any]) -> Spec:
        known = ("name", "title", "expression", "source", "aliases", "note", "paper")
        self.keys(data, "", (*known, "parameters", "units", "presets", "claims"))
        name = self.name(data, "name", needed=True)
        title = self.text(data, "title", MAX_TITLE, one_line=True) or name
        parameters = self.parameters(self.table(data, "parameters"))
        expression = self.expression(data, parameters)
        units = self.units(data["units"], "units") if "units" in data else None
        presets = self.presets(data)
        if "expression" in data and "units" in data:
            self.fault("units", "a spec has an expression or units, not both")
        if "expression" not in data and "units" not in data:
            self.fault("expression", 'is missing; write one such as expression = "x*sigmoid(x)"')
        return Spec(
            name=name,
            title=title,
            expression=expression,
            units=units,
            presets=presets,
            parameters=parameters,
            source=self.text(data, "source", MAX_SOURCE),
            aliases=self.aliases(data, name),
            note=self.text(data, "note", MAX_TEXT),
            claims=tuple(self.claims(self.table(data, "claims"), parameters)),
            paper=self.paper(data),
        )

    # ---- values of one kind

    def keys(self, table: Mapping[str, Any], path: str, known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                where = f"{path}.{_key(key)}" if path else _key(key)
                self.fault(where, f"is no key of a spec{nearest(key, known)}; known here: {', '.join(known)}")

    def table(self, data: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = data.get(key, {})
        if isinstance(value, dict):
            return value
        self.fault(key, f"must be a table, [{key}], not {_kind(value)}")
        return {}

    def text(self, data: Mapping[str, Any], key: str, limit: int, path: str = "", one_line: bool = False) -> str:
        value, where = data.get(key, ""), path or key
        if not isinstance(value, str) or isinstance(value, _Decimal):
            self.fault(where, f"must be a text in quotes, not {_kind(value)}")
            return ""
        if not one_line:
            value = " ".join(value.split())
        if len(value) > limit:
            self.fault(where, f"has {len(value)} characters, and may have {limit}")
        hidden = next((character for character in value if unicodedata.category(character)[0] == "C"), None)
        if hidden is not None:
            self.fault(where, f"holds the control character U+{ord(hidden):04X}; leave it out")
        return value.strip()

    def name(self, data: Mapping[str, Any], key: str, needed: bool = False) -> str:
        if key not in data:
            if needed:
                self.fault(key, f'is missing; write one such as {key} = "my_activation"')
            return ""
        return self.checked_name(data[key], key)

    def checked_name(self, value: Any, path: str) -> str:
        if isinstance(value, str) and not isinstance(value, _Decimal) and _NAME.fullmatch(value):
            return value
        self.fault(
            path, f"must be a name of lower-case letters, digits and underscores, at most 40, not {_kind(value)}"
        )
        return ""

    def aliases(self, data: Mapping[str, Any], name: str) -> tuple[str, ...]:
        value = data.get("aliases", [])
        if not isinstance(value, list):
            self.fault("aliases", f"must be a list of names, not {_kind(value)}")
            return ()
        if len(value) > MAX_ALIASES:
            self.fault("aliases", f"has {len(value)} names, and may have {MAX_ALIASES}")
        seen: list[str] = []
        for place, item in enumerate(value):
            alias = self.checked_name(item, f"aliases[{place}]")
            if alias and alias in (name, *seen):
                self.fault(f"aliases[{place}]", f"{alias} stands there twice" if alias in seen else "repeats the name")
            seen.append(alias)
        return tuple(seen)

    def paper(self, data: Mapping[str, Any]) -> int | None:
        value = data.get("paper")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self.fault("paper", f"must be the place in the paper, a whole number from 1, not {_kind(value)}")
        return None

    def number(self, value: Any, path: str, symbols: Mapping[str, Symbol] | None = None) -> str:
        """A finite number of TOML, or a text that spells one."""
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            self.fault(path, f'must be a number such as 0.25, or an exact text such as "1/3", not {_kind(value)}')
            return "0"
        text = str(value)
        if text.strip("+-") in ("inf", "nan", "oo"):
            self.fault(path, f"must be a finite number, not {text}")
            return "0"
        try:
            constant(text, symbols)
        except (InputError, ValueError) as error:
            self.fault(path, str(error))
            return "0"
        return text

    # ---- tables

    def expression(self, data: Mapping[str, Any], parameters: Sequence[Parameter]) -> str | None:
        value = data.get("expression")
        if value is None:
            return None
        if not isinstance(value, str) or isinstance(value, _Decimal):
            self.fault("expression", f"must be a text in quotes, not {_kind(value)}")
            return None
        if self._symbols is not None:
            from propcheck.grammar import parse

            try:
                used = {str(symbol) for symbol in parse(value, self._symbols).free_symbols}
            except InputError as error:
                self.fault("expression", str(error))
            else:
                for parameter in parameters:
                    if parameter.name not in used:
                        self.fault(f"parameters.{parameter.name}", "does not occur in the expression")
        return " ".join(value.split())

    def parameters(self, table: Mapping[str, Any]) -> tuple[Parameter, ...]:
        """The parameters; `self._symbols` is None from here on where their names cannot be used to read formulas."""
        if len(table) > MAX_PARAMETERS:
            self.fault("parameters", f"has {len(table)} parameters, and may have {MAX_PARAMETERS}")
        out, random = [], []
        for name, value in table.items():
            path = f"parameters.{_key(name)}"
            if not _PARAMETER_NAME.fullmatch(name):
                self.fault(path, "is no name; use letters, digits and underscores, at most 40, a letter first")
            elif not isinstance(value, dict):
                self.fault(path, f"must be a table, [{path}], not {_kind(value)}")
            else:
                try:
                    _reserved(name)
                except InputError as error:
                    self.fault(path, str(error))
                    continue
                parameter, sound = self.parameter(name, value, path)
                out.append(parameter if sound else Parameter(name, "constant"))
                if sound and parameter.distribution is not None:
                    random.append(parameter)
        usable = len(out) == len(table)
        self._symbols = {parameter.name: parameter.symbol() for parameter in out} if usable else None
        for parameter in random:
            self.distribution(parameter, f"parameters.{parameter.name}.distribution")
        return tuple(out)

    def parameter(self, name: str, data: Mapping[str, Any], path: str) -> tuple[Parameter, bool]:
        before = len(self.faults)
        self.keys(data, path, ("role", "default", "range", "distribution"))
        role = self.text(data, "role", MAX_TITLE, f"{path}.role")
        if "role" not in data:
            self.fault(f"{path}.role", f"is missing; it is one of {', '.join(ROLES)}")
        elif role and role not in ROLES:
            self.fault(f"{path}.role", f"{role!r} is none of {', '.join(ROLES)}{nearest(role, ROLES)}")
        default = self.number(data["default"], f"{path}.default") if "default" in data else None
        allowed = self.text(data, "range", MAX_SOURCE, f"{path}.range") or None
        law = self.text(data, "distribution", MAX_SOURCE, f"{path}.distribution") or None
        if role == "random" and law is None:
            sample = 'distribution = "uniform(1/8, 1/3)"'
            self.fault(f"{path}.distribution", f"is missing; a random parameter needs one, such as {sample}")
        if role == "random" and default is not None:
            self.fault(f"{path}.default", "a random parameter takes its values from its distribution; leave it out")
        if role in ("constant", "trained") and law is not None:
            self.fault(f"{path}.distribution", f'goes with role = "random", and the role is {role!r}')
        parameter = Parameter(name, role, default, allowed, law)
        if allowed is not None:
            try:
                _comparisons(name, allowed)
            except InputError as error:
                self.fault(f"{path}.range", str(error))
            else:
                if default is not None and len(self.faults) == before and not parameter.admits(constant(default)):
                    self.fault(f"{path}.default", f"{default} lies outside the range {allowed}")
        return parameter, len(self.faults) == before

    def distribution(self, parameter: Parameter, path: str) -> None:
        symbols = {name: symbol for name, symbol in (self._symbols or {}).items() if name != parameter.name}
        try:
            law = parameter.law(symbols)
            ends = law.arguments if law.kind == "uniform" else ()
            inside = all(parameter.admits(end) for end in ends if not end.free_symbols)
        except InputError as error:
            self.fault(path, str(error))
        else:
            if not inside:
                self.fault(path, f"{parameter.distribution} reaches outside the range {parameter.range}")

    def units(self, data: Any, path: str) -> Units:
        if not isinstance(data, dict):
            self.fault(path, f"must be a table, [{path}], not {_kind(data)}")
            return Units(0, (), ())
        self.keys(data, path, ("k", "weights", "biases", "title"))
        lists = {key: self.numbers(data, key, path) for key in ("weights", "biases")}
        k = data.get("k")
        if "k" not in data:
            self.fault(f"{path}.k", "is missing; it is the count of linear units")
        elif isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_UNITS:
            self.fault(f"{path}.k", f"must be a whole number from 1 to {MAX_UNITS}, not {_kind(k)}")
        else:
            for key, values in lists.items():
                if values is not None and len(values) != k:
                    self.fault(f"{path}.{key}", f"has {len(values)} numbers for k = {k} units")
        title = self.text(data, "title", MAX_TITLE, f"{path}.title", one_line=True)
        weights, biases = (lists[key] or () for key in ("weights", "biases"))
        return Units(k if isinstance(k, int) else 0, weights, biases, title)

    def numbers(self, data: Mapping[str, Any], key: str, path: str) -> tuple[str, ...] | None:
        if key not in data:
            self.fault(f"{path}.{key}", "is missing; it is a list of numbers, one for each unit")
        elif not isinstance(data[key], list):
            self.fault(f"{path}.{key}", f"must be a list of numbers, not {_kind(data[key])}")
        elif len(data[key]) > MAX_UNITS:
            self.fault(f"{path}.{key}", f"has {len(data[key])} numbers, and may have {MAX_UNITS}")
        else:
            return tuple(self.number(item, f"{path}.{key}[{place}]") for place, item in enumerate(data[key]))
        return None

    def presets(self, data: Mapping[str, Any]) -> dict[str, Units]:
        table = self.table(data, "presets")
        if table and "units" not in data:
            self.fault("presets", "go with [units], which this spec has not")
        if len(table) > MAX_PRESETS:
            self.fault("presets", f"has {len(table)} presets, and may have {MAX_PRESETS}")
        out = {}
        for name, value in table.items():
            path = f"presets.{_key(name)}"
            if self.checked_name(name, path):
                out[name] = self.units(value, path)
        return out

    # ---- claims

    def claims(self, table: Mapping[str, Any], parameters: Sequence[Parameter]) -> Iterable[Claim]:
        entries = list(self.flat(table, ""))
        if len(entries) > MAX_CLAIMS:
            self.fault("claims", f"has {len(entries)} claims, and may have {MAX_CLAIMS}")
            return
        for key, path, value in entries:
            if key not in CLAIMS and key not in (known := claimable()):
                hint = nearest(key, known) or f"; what can be is {', '.join(known)}"
                self.fault(path, f"is nothing that can be claimed{hint}")
            elif (claim := self.claim(key, value, path, parameters)) is not None:
                yield claim

    def flat(self, table: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str, Any]]:
        """(key, path, value) of each claim, whether its key is dotted or nested."""
        for part, value in table.items():
            key = f"{prefix}.{part}" if prefix else part
            if isinstance(value, dict) and "is" not in value and key not in CLAIMS:
                if value:
                    yield from self.flat(value, key)
                else:
                    yield key, f"claims.{_key(key)}", value
            elif isinstance(value, list):
                for place, item in enumerate(value):
                    yield key, f"claims.{_key(key)}[{place}]", item
            elif isinstance(value, dict) and "is" not in value and any(f"{key}.{inner}" in CLAIMS for inner in value):
                yield from self.flat(value, key)
            else:
                yield key, f"claims.{_key(key)}", value

    def claim(self, key: str, data: Any, path: str, parameters: Sequence[Parameter]) -> Claim | None:
        if not isinstance(data, dict):
            data = {"is": data}
        self.keys(data, path, ("is", "source", "quote", "at", "on", "reading"))
        if "is" not in data:
            self.fault(path, "has no answer; write it as is = ...")
            return None
        value = self.answer(CLAIMS.get(key, "verdict"), data["is"], path)
        at = self.places(data.get("at", {}), f"{path}.at", parameters)
        on = self.intervals(data.get("on", []), f"{path}.on")
        if key in _AT_POINT and "x" not in at:
            self.fault(f"{path}.at", f"is missing; {key} is meant at one x, such as at = {{x = 0}}")
        if key not in _AT_POINT and "x" in at:
            self.fault(f"{path}.at.x", f"goes with {', '.join(_AT_POINT)}; {key} is meant at every x")
        if key not in _ON_INTERVALS and on:
            self.fault(f"{path}.on", f"goes with {', '.join(_ON_INTERVALS)}; {key} is meant on the whole line")
        source, quote, reading = (
            self.text(data, name, limit, f"{path}.{name}")
            for name, limit in (("source", MAX_SOURCE), ("quote", MAX_TEXT), ("reading", MAX_TEXT))
        )
        return None if value is None else Claim(key, value, source, quote, at, on, reading)

    def answer(self, kind: str, value: Any, path: str) -> str | bool | None:
        """The value of a claim of this kind; None where it cannot be one."""
        if kind == "yes or no":
            if isinstance(value, bool):
                return value
            self.fault(path, f"must be true or false, not {_kind(value)}")
            return None
        if kind == "count":
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return str(value)
            self.fault(path, f"must be a whole number from 0, such as 2, not {_kind(value)}")
            return None
        if kind == "number" and isinstance(value, int) and not isinstance(value, bool):
            value = _Decimal(str(value))
        if not isinstance(value, str) or (isinstance(value, _Decimal) and kind != "number"):
            self.fault(path, f"must be {_article(kind)} in quotes, not {_kind(value)}")
            return None
        value = " ".join(value.split())
        if kind in WORDS:
            if value in WORDS[kind]:
                return value
            self.fault(path, f"{_short(value)!r} is none of {', '.join(WORDS[kind])}{nearest(value, WORDS[kind])}")
            return None
        if kind == "smoothness":
            if re.fullmatch(r"C\^(inf|\d{1,2})|discontinuous", value):
                return value
            self.fault(path, f"{_short(value)!r} is none of C^inf, C^0, C^1, ..., discontinuous")
            return None
        if kind == "text":
            return self.text({"": value}, "", MAX_TEXT, path)
        if kind == "function" and _NAME.fullmatch(value) and value != "x":
            if value in names():
                return value
            self.fault(path, f"the catalogue has no activation {value!r}{nearest(value, names())}")
            return None
        return self.parsed(kind, value, path)

    def parsed(self, kind: str, value: str, path: str) -> str | None:
        """A value in the expression language, read once to see that it can be."""
        from propcheck.grammar import parse

        if self._symbols is None:
            return value
        readers = {"number": bound, "interval": interval, "formula": parse, "function": parse}
        try:
            readers[kind](value, self._symbols)
        except InputError as error:
            self.fault(path, str(error))
            return None
        return value

    def places(self, value: Any, path: str, parameters: Sequence[Parameter]) -> dict[str, str]:
        if not isinstance(value, dict):
            self.fault(path, f"must be a table such as {{x = 0}}, not {_kind(value)}")
            return {}
        known = {parameter.name: parameter for parameter in parameters if parameter.role != "random"}
        out = {}
        for name, item in value.items():
            where = f"{path}.{_key(name)}"
            if name != "x" and name not in known:
                self.fault(where, f"is neither x nor a parameter with a value{nearest(name, ['x', *known])}")
            elif name != "x" and isinstance(item, str) and item.strip() in _INFINITIES:
                out[name] = item.strip()
            else:
                before = len(self.faults)
                out[name] = self.number(item, where)
                if name != "x" and len(self.faults) == before and not known[name].admits(constant(out[name])):
                    self.fault(where, f"{out[name]} lies outside the range {known[name].range}")
        return out

    def intervals(self, value: Any, path: str) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        for item in items:
            if not isinstance(item, str):
                self.fault(path, f'must be an interval such as "(-3, 3)", or a list of them, not {_kind(item)}')
            else:
                try:
                    interval(item, self._symbols or {})
                except InputError as error:
                    self.fault(path, str(error))
        return tuple(item for item in items if isinstance(item, str))


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"

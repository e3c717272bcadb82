"""A spec read from TOML or from a typed formula: every fault is named, with its place.

It is one page, since one reader walks a file and notes each fault as it meets it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from csv import Error as CSVError
from csv import reader
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.facts.claimable import WORDS, on_interval
from propcheck.processes.precision import alone
from propcheck.verdict import InputError
from propcheck.wording import nearest

if TYPE_CHECKING:
    from sympy import Symbol
from propcheck.spec.data import (
    AT_POINT,
    CLAIMS,
    GIVEN,
    MAX_ALIASES,
    MAX_BITS_IN,
    MAX_BITS_OUT,
    MAX_CLAIMS,
    MAX_FILE_BYTES,
    MAX_PARAMETERS,
    MAX_PRESETS,
    MAX_SOURCE,
    MAX_TEXT,
    MAX_TITLE,
    MAX_UNITS,
    NAME,
    PARAMETER_NAME,
    ROLES,
    WHOSE,
    Claim,
    Parameter,
    Quantize,
    Spec,
    Units,
    claimable,
)
from propcheck.spec.entries import names
from propcheck.spec.exact import (
    INFINITIES,
    bound,
    comparisons,
    constant,
    inside_of,
    interval,
    key_of,
    points,
    reserved,
    short,
    spelled,
)
from propcheck.spec.knots import KINDS, MOST_DEGREE, MOST_KNOTS, OUTSIDE, Table

MAX_TABLE_BYTES = 1_000_000
RATIONAL = re.compile(r"[-+]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][-+]?\d{1,2})?|[-+]?\d{1,40}/0*[1-9]\d{0,39}")


@alone
def from_text(
    expression: str,
    params: Mapping[str, Any] | None = None,
    ranges: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Spec:
    """The spec of an expression in `x`, with a value for each other name in it.

    A name may have a range beside or in place of its value, such as {"k": "k > 0"}: any number of it stands for it. A
    role is `constant` or `trained`.
    """
    from propcheck.language import names as names_in

    params, ranges, roles = dict(params or {}), dict(ranges or {}), dict(roles or {})
    found = sorted(names_in(expression) - {"x"})
    for name, text in ranges.items():
        if name in found:
            params.setdefault(name, str(inside_of(name, text)))
    for name in found:
        if name not in params:
            variable = "" if re.search(r"\bx\b", expression) else "; the variable is called x"
            raise InputError(
                f"{name} in {short(expression)!r} is neither x nor a function, so it is a parameter "
                f"and needs a value: {name}=VALUE{variable}"
            )
    for name in params:
        if name not in found:
            what = f"its parameters are {', '.join(found)}" if found else "it has no parameters"
            raise InputError(f"{short(expression)!r} has no parameter {short(name)!r}{nearest(name, found)}; {what}")
    for name in ranges:
        if name not in found:
            raise InputError(
                f"{short(expression)!r} has no parameter {short(name)!r} with a range{nearest(name, found)}"
            )
    for name, role in roles.items():
        if name not in found:
            raise InputError(
                f"{short(expression)!r} has no parameter {short(name)!r} with a role{nearest(name, found)}"
            )
        if role not in ("constant", "trained"):
            raise InputError(
                f"{name} is constant or trained, not {short(role)}{nearest(role, ('constant', 'trained'))}"
            )
    parameters = tuple(
        Parameter(name, roles.get(name, "constant"), spelled(params[name]), ranges.get(name)) for name in found
    )
    for parameter in parameters:
        reserved(parameter.name)
        if not parameter.admits(parameter.value()):
            told = f"parameter {parameter.name} = {parameter.default}"
            raise InputError(f"{told} lies outside its range {parameter.range}")
    text = " ".join(expression.split())
    return Spec(name=text, title=short(text), expression=text, parameters=parameters, source=GIVEN)


class SpecError(InputError):
    """All that is wrong with the data of a spec: the `faults`, each the path of a key and a sentence."""

    def __init__(self, message: str, faults: tuple[tuple[str, str], ...] = ()):
        super().__init__(message)
        self.faults = faults


def load(path: str | Path) -> Spec:
    """The spec in a TOML file. All that is wrong with its data is told in one SpecError."""
    path = Path(path)
    return read(_text_of(path), str(path), path.parent)


@alone
def read(text: str, origin: str = "spec", folder: Path | None = None) -> Spec:
    """The spec in a TOML text; `origin` names the text in messages, and files that it names lie in `folder`."""
    try:
        data = tomllib.loads(text, parse_float=_Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin} is not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{origin} is nested too deeply; a spec needs three levels") from None
    except ValueError:
        raise InputError(f"{origin} holds a number that is too long or a date that does not exist") from None
    reader = _Reader(folder)
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
        return f"the number {short(str(value), 30)}"
    if isinstance(value, str):
        return f"the text {short(value, 30)!r}"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or time"


class _Reader:
    """Reads one file's data and collects what is wrong with it, each fault with the path of its key."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.faults: list[tuple[str, str]] = []
        self._symbols: dict[str, Symbol] | None = {}

    def fault(self, path: str, sentence: str) -> None:
        self.faults.append((path, sentence))

    def spec(self, data: dict[str, Any]) -> Spec:
        known = ("name", "title", "expression", "inputs", "source", "aliases", "note", "paper")
        self.keys(data, "", (*known, "parameters", "units", "presets", "table", "quantize", "claims"))
        name = self.name(data, "name", needed=True)
        title = self.text(data, "title", MAX_TITLE, one_line=True) or name
        parameters = self.parameters(self.table(data, "parameters"))
        inputs = self.inputs(data, parameters)
        expression = self.expression(data, parameters)
        inside = data.get("table")
        plus = None
        if isinstance(inside, dict) and "plus" in inside and "expression" not in data:
            plus = self.expression({"expression": inside["plus"]}, parameters, "table.plus")
        units = self.units(data["units"], "units") if "units" in data else None
        presets = self.presets(data)
        table = self.knots(data["table"], plus or "") if "table" in data else None
        quantize, quantize_input = self.quantized(data["quantize"], table) if "quantize" in data else (None, None)
        given = [key for key in ("expression", "units", "table") if key in data]
        if len(given) > 1:
            self.fault(given[1], f"a spec has an {given[0]} or {given[1]}, not both".replace("an units", "units"))
        if not given:
            self.fault("expression", 'is missing; write one such as expression = "x*sigmoid(x)"')
        return Spec(
            name=name,
            title=title,
            expression=expression,
            units=units,
            presets=presets,
            table=table,
            quantize=quantize,
            quantize_input=quantize_input,
            parameters=parameters,
            source=self.text(data, "source", MAX_SOURCE),
            aliases=self.aliases(data, name),
            note=self.text(data, "note", MAX_TEXT),
            inputs=inputs,
            partials=self.partials(data, inputs),
            claims=tuple(self.claims(self.table(data, "claims"), parameters)),
            paper=self.paper(data),
        )

    # ---- values of one kind

    def keys(self, table: Mapping[str, Any], path: str, known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                where = f"{path}.{key_of(key)}" if path else key_of(key)
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
        if isinstance(value, str) and not isinstance(value, _Decimal) and NAME.fullmatch(value):
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

    def expression(
        self, data: Mapping[str, Any], parameters: Sequence[Parameter], path: str = "expression"
    ) -> str | None:
        value = data.get("expression")
        if value is None:
            return None
        if not isinstance(value, str) or isinstance(value, _Decimal):
            self.fault(path, f"must be a text in quotes, not {_kind(value)}")
            return None
        if self._symbols is not None:
            from propcheck.language import parse

            try:
                used = {str(symbol) for symbol in parse(value, self._symbols, endless=True).free_symbols}
            except InputError as error:
                self.fault(path, str(error))
            else:
                for parameter in parameters:
                    if parameter.name not in used:
                        where = "the expression" if path == "expression" else path
                        self.fault(f"parameters.{parameter.name}", f"does not occur in {where}")
        return " ".join(value.split())

    def inputs(self, data: Mapping[str, Any], parameters: Sequence[Parameter]) -> tuple[str, ...]:
        """Those of a gated unit, x and y; none of an ordinary function."""
        value = data.get("inputs", ["x"])
        if value == ["x"]:
            return ()
        if value != ["x", "y"]:
            self.fault("inputs", 'must be ["x", "y"], those of a gated unit, or be left out')
            return ()
        if "expression" not in data:
            self.fault("inputs", "belong to an expression, which is missing")
        if any(parameter.name == "y" for parameter in parameters):
            self.fault("parameters.y", "is an input; give the parameter another name")
        if self._symbols is not None:
            from sympy import Symbol

            self._symbols = {**self._symbols, "y": Symbol("y", real=True)}
        return ("x", "y")

    def partials(self, data: dict[str, Any], inputs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """The stated slopes of a gated unit by input, which are taken out of its claims."""
        claims = data.get("claims")
        if not inputs or not isinstance(claims, dict) or "derivative" not in claims:
            return ()
        table = claims["derivative"]
        data["claims"] = {key: value for key, value in claims.items() if key != "derivative"}
        if not isinstance(table, dict) or not set(table) <= set(inputs):
            self.fault("claims.derivative", 'is a table by input: [claims.derivative] with x = "..." and y = "..."')
            return ()
        found = []
        for name, text in table.items():
            path = f"claims.derivative.{name}"
            if not isinstance(text, str) or isinstance(text, _Decimal):
                self.fault(path, f"must be a text in quotes, not {_kind(text)}")
            elif self._symbols is not None:
                from propcheck.language import parse

                try:
                    parse(text, self._symbols)
                except InputError as error:
                    self.fault(path, str(error))
                else:
                    found.append((name, " ".join(text.split())))
        return tuple(found)

    def parameters(self, table: Mapping[str, Any]) -> tuple[Parameter, ...]:
        """The parameters; `self._symbols` is None from here on where their names cannot be used to read formulas."""
        if len(table) > MAX_PARAMETERS:
            self.fault("parameters", f"has {len(table)} parameters, and may have {MAX_PARAMETERS}")
        out, random = [], []
        for name, value in table.items():
            path = f"parameters.{key_of(name)}"
            if not PARAMETER_NAME.fullmatch(name):
                self.fault(path, "is no name; use letters, digits and underscores, at most 40, a letter first")
            elif not isinstance(value, dict):
                self.fault(path, f"must be a table, [{path}], not {_kind(value)}")
            else:
                try:
                    reserved(name)
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
                comparisons(name, allowed)
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

    # ---- knots

    def knots(self, data: Any, plus: str) -> Table | None:
        if not isinstance(data, dict):
            self.fault("table", f"must be a table, [table], not {_kind(data)}")
            return None
        self.keys(data, "table", ("kind", "knots", "values", "slopes", "csv", "outside", "plus"))
        kind = self.word(data, "table.kind", KINDS, "linear")
        outside = self.word(data, "table.outside", OUTSIDE, "constant")
        before = len(self.faults)
        if "csv" in data:
            for key in ("knots", "values", "slopes"):
                if key in data:
                    self.fault(f"table.{key}", "stands in the file that csv names; give one of both")
            knots, values, slopes = self.csv(data["csv"])
        else:
            knots, values, slopes = (self.fractions(data, key) for key in ("knots", "values", "slopes"))
        if len(self.faults) > before:
            return None
        table = Table(kind, knots, values, slopes, outside, plus)
        for key, sentence in table.faults():
            self.fault(f"table.{key}", sentence)
        return table if len(self.faults) == before else None

    def word(self, data: Mapping[str, Any], path: str, known: Sequence[str], usual: str) -> str:
        value = data.get(path.partition(".")[2], usual)
        if isinstance(value, str) and value in known:
            return value
        told = short(value, 30) if isinstance(value, str) else _kind(value)
        self.fault(path, f"must be one of {', '.join(known)}, not {told}{nearest(str(value), known)}")
        return usual

    def fractions(self, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = data.get(key, [] if key == "slopes" else None)
        if not isinstance(value, list):
            missing = "is missing; it" if value is None else "must be a list, not " + _kind(value) + "; it"
            self.fault(f"table.{key}", f"{missing} is a list of numbers, or csv names a file of them")
            return ()
        if len(value) > MOST_KNOTS + MOST_DEGREE + 1:
            self.fault(f"table.{key}", f"has {len(value)} numbers, and may have {MOST_KNOTS}")
            return ()
        return tuple(self.fraction(item, f"table.{key}[{place}]") for place, item in enumerate(value))

    def fraction(self, value: Any, path: str) -> str:
        if not isinstance(value, bool) and isinstance(value, int | str) and RATIONAL.fullmatch(str(value).strip()):
            return str(value).strip()
        told = repr(short(value, 30)) if type(value) is str else _kind(value)
        self.fault(path, f'must be a number such as 0.25, or a fraction such as "1/3", not {told}')
        return "0"

    def csv(self, name: Any) -> tuple[tuple[str, ...], ...]:
        """The columns of a file beside the spec: knots, values and, where there is a third, slopes."""
        empty: tuple[tuple[str, ...], ...] = ((), (), ())
        if self.folder is None or not isinstance(name, str) or not name or Path(name).name != name:
            reason = "names a file beside the spec" if self.folder is not None else "needs a spec that is a file"
            self.fault("table.csv", f"{reason}, such as table.csv")
            return empty
        path = self.folder / name
        try:
            if path.resolve().parent != self.folder.resolve() or not path.is_file():
                self.fault("table.csv", f"there is no file {short(name)} beside the spec")
                return empty
            with path.open("rb") as file:
                content = file.read(MAX_TABLE_BYTES + 1)
            if len(content) > MAX_TABLE_BYTES:
                self.fault("table.csv", f"{short(name)} has more than {MAX_TABLE_BYTES} bytes")
                return empty
            rows = [[cell.strip() for cell in row] for row in reader(StringIO(content.decode("utf-8"))) if any(row)]
        except (OSError, ValueError, CSVError) as error:
            self.fault("table.csv", f"{short(name)} cannot be read: {short(str(error), 80)}")
            return empty
        if rows and not RATIONAL.fullmatch(rows[0][0]):
            rows = rows[1:]  # names of the columns
        width = len(rows[0]) if rows else 0
        if width not in (2, 3) or any(len(row) != width for row in rows):
            self.fault("table.csv", f"{short(name)} must have 2 or 3 numbers a line: knot, value, slope")
            return empty
        if len(rows) > MOST_KNOTS:
            self.fault("table.csv", f"{short(name)} has {len(rows)} lines, and may have {MOST_KNOTS}")
            return empty
        cells = [
            [self.fraction(row[column], f"table.csv, line {line}") for line, row in enumerate(rows, 1) if row[column]]
            for column in range(width)
        ]
        return tuple(tuple(column) for column in [*cells, []][:3])

    def quantized(self, data: Any, table: Table | None) -> tuple[Quantize | None, Quantize | None]:
        """How outputs and inputs are rounded."""
        if not isinstance(data, dict):
            self.fault("quantize", f"must be a table, [quantize], not {_kind(data)}")
            return None, None
        own = {key: value for key, value in data.items() if key != "input"}
        inputs = self.quantize(data["input"], "quantize.input", MAX_BITS_IN) if "input" in data else None
        outputs = self.quantize(own, "quantize", MAX_BITS_OUT) if own or "input" not in data else None
        if table is not None and (table.kind != "step" or table.plus) and "input" not in data:
            self.fault("quantize", "goes with an expression, with units or with a table of the kind step alone")
        return outputs, inputs

    def quantize(self, data: Any, path: str, most_bits: int) -> Quantize | None:
        if not isinstance(data, dict):
            self.fault(path, f"must be a table, [{path}], not {_kind(data)}")
            return None
        self.keys(data, path, ("bits", "scale", "zero_point"))
        before = len(self.faults)
        numbers = {"bits": data.get("bits", 8), "zero_point": data.get("zero_point", 0)}
        for key, least, most in (("bits", 2, most_bits), ("zero_point", -(2**15), 2**15 - 1)):
            value = numbers[key]
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                self.fault(f"{path}.{key}", f"must be a whole number from {least} to {most}, not {_kind(value)}")
        if "scale" not in data:
            self.fault(f"{path}.scale", "is missing; it is the size of a step, such as 0.0625")
        scale = self.fraction(data.get("scale", 1), f"{path}.scale")
        if Fraction(scale) <= 0:
            self.fault(f"{path}.scale", "must be larger than 0")
        return Quantize(numbers["bits"], scale, numbers["zero_point"]) if len(self.faults) == before else None

    def presets(self, data: Mapping[str, Any]) -> dict[str, Units]:
        table = self.table(data, "presets")
        if table and "units" not in data:
            self.fault("presets", "go with [units], which this spec has not")
        if len(table) > MAX_PRESETS:
            self.fault("presets", f"has {len(table)} presets, and may have {MAX_PRESETS}")
        out = {}
        for name, value in table.items():
            path = f"presets.{key_of(name)}"
            if self.checked_name(name, path):
                out[name] = self.units(value, path)
        return out

    # ---- claims

    def claims(self, table: Mapping[str, Any], parameters: Sequence[Parameter]) -> Iterable[Claim]:
        said_by, within = self.speaker(table, "claims.said_by"), self.tolerance(table, "claims.within")
        others = ("said_by", "within", "on")
        entries = list(self.flat({key: value for key, value in table.items() if key not in others}, ""))
        entries += self.on_intervals(table)
        if len(entries) > MAX_CLAIMS:
            self.fault("claims", f"has {len(entries)} claims, and may have {MAX_CLAIMS}")
            return
        for key, path, value in entries:
            if key not in CLAIMS and key not in (known := claimable()):
                hint = nearest(key, known) or f"; what can be is {', '.join(known)}"
                self.fault(path, f"is nothing that can be claimed{hint}")
            elif (claim := self.claim(key, value, path, parameters, said_by, within)) is not None:
                yield claim

    def on_intervals(self, table: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
        """The same of what stands under `on`, in a table for each interval."""
        for text, inner in self.table({"claims.on": table.get("on", {})}, "claims.on").items():
            path = f"claims.on.{key_of(text)}"
            if not isinstance(inner, dict):
                self.fault(path, f'must be a table of claims, [claims.on."[-8, 8]"], not {_kind(inner)}')
                continue
            for key, place, value in self.flat(inner, ""):
                told = value if isinstance(value, dict) else {"is": value}
                place = place.replace("claims", path, 1)
                if "on" in told:
                    self.fault(f"{place}.on", f"stands under {text} already")
                yield key, place, {**told, "on": [text]}

    def flat(self, table: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str, Any]]:
        """(key, path, value) of each claim, whether its key is dotted or nested."""
        for part, value in table.items():
            key = f"{prefix}.{part}" if prefix else part
            if isinstance(value, dict) and "is" not in value and key not in CLAIMS:
                if value:
                    yield from self.flat(value, key)
                else:
                    yield key, f"claims.{key_of(key)}", value
            elif isinstance(value, list):
                for place, item in enumerate(value):
                    yield key, f"claims.{key_of(key)}[{place}]", item
            elif isinstance(value, dict) and "is" not in value and any(f"{key}.{inner}" in CLAIMS for inner in value):
                yield from self.flat(value, key)
            else:
                yield key, f"claims.{key_of(key)}", value

    def speaker(self, table: Mapping[str, Any], path: str, usual: str = "") -> str:
        """Whose claims these are: a name that says of whom, else nothing."""
        if "said_by" not in table:
            return usual
        name = self.checked_name(table["said_by"], path)
        if name in WHOSE:
            self.fault(path, f"{name} is a word of the gate; name the source, such as paper")
        return name

    def tolerance(self, table: Mapping[str, Any], path: str, usual: str = "") -> str:
        """By how much numbers and formulas may be off; nothing where they are meant exactly."""
        if "within" not in table:
            return usual
        before = len(self.faults)
        text = self.number(table["within"], path)
        if len(self.faults) == before and not constant(text) > 0:
            self.fault(path, f"must be above 0, such as 1e-9, not {text}")
        return text

    def claim(
        self,
        key: str,
        data: Any,
        path: str,
        parameters: Sequence[Parameter],
        said_by: str = "",
        within: str = "",
    ) -> Claim | None:
        if not isinstance(data, dict):
            data = {"is": data}
        self.keys(data, path, ("is", "source", "quote", "at", "on", "reading", "said_by", "within"))
        if "is" not in data:
            self.fault(path, "has no answer; write it as is = ...")
            return None
        value = self.answer(CLAIMS.get(key, "verdict"), data["is"], path)
        at = self.places(data.get("at", {}), f"{path}.at", parameters)
        on = self.intervals(data.get("on", []), f"{path}.on")
        if key in AT_POINT and "x" not in at:
            self.fault(f"{path}.at", f"is missing; {key} is meant at one x, such as at = {{x = 0}}")
        if key not in AT_POINT and "x" in at:
            self.fault(f"{path}.at.x", f"goes with {', '.join(AT_POINT)}; {key} is meant at every x")
        if on and not on_interval(key):
            self.fault(f"{path}.on", f"is an interval, and {key} is not meant on one")
        source, quote, reading = (
            self.text(data, name, limit, f"{path}.{name}")
            for name, limit in (("source", MAX_SOURCE), ("quote", MAX_TEXT), ("reading", MAX_TEXT))
        )
        said_by = self.speaker(data, f"{path}.said_by", said_by)
        within = self.tolerance(data, f"{path}.within", within)
        return None if value is None else Claim(key, value, source, quote, at, on, reading, said_by, within)

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
            self.fault(path, f"{short(value)!r} is none of {', '.join(WORDS[kind])}{nearest(value, WORDS[kind])}")
            return None
        if kind == "smoothness":
            if re.fullmatch(r"C\^(inf|\d{1,2})|discontinuous", value):
                return value
            self.fault(path, f"{short(value)!r} is none of C^inf, C^0, C^1, ..., discontinuous")
            return None
        if kind == "text":
            return self.text({"": value}, "", MAX_TEXT, path)
        if kind == "function" and NAME.fullmatch(value) and value != "x":
            if value in names():
                return value
            self.fault(path, f"the catalogue has no activation {value!r}{nearest(value, names())}")
            return None
        return self.parsed(kind, value, path)

    def parsed(self, kind: str, value: str, path: str) -> str | None:
        """A value in the expression language, read once to see that it can be."""
        from propcheck.language import parse, with_output

        if self._symbols is None:
            return value
        symbols = with_output(self._symbols) if kind == "formula of the slope" else self._symbols
        kind = kind.partition(" ")[0]
        readers = {"number": bound, "interval": interval, "points": points, "formula": parse, "function": parse}
        try:
            readers[kind](value, symbols)
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
            where = f"{path}.{key_of(name)}"
            if name != "x" and name not in known:
                self.fault(where, f"is neither x nor a parameter with a value{nearest(name, ['x', *known])}")
            elif name != "x" and isinstance(item, str) and item.strip() in INFINITIES:
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
                    found = interval(item, self._symbols or {})
                    if found.lower == found.upper:
                        self.fault(path, f"{short(item)!r} is one point, and an interval has a length")
                except InputError as error:
                    self.fault(path, str(error))
        return tuple(item for item in items if isinstance(item, str))


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"

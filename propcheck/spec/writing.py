"""A spec as TOML text, which is read back as the same spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from propcheck.spec import Claim, Parameter, Quantize, Spec, Table, Units

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")  # is the same number in TOML


# ---------------------------------------------------------------------------------------------- a spec as text


def write(item: Spec) -> str:
    """The TOML text of a spec."""
    about = {"name": item.name, "title": item.title, "expression": item.expression, "source": item.source}
    about |= {"aliases": item.aliases, "note": item.note, "paper": item.paper}
    about |= {"inputs": item.inputs}
    tables = [("", about)]
    for parameter in item.parameters:
        tables.append((f"parameters.{parameter.name}", _parameter(parameter)))
    if item.units is not None:
        tables.append(("units", _units(item.units)))
    if item.table is not None:
        tables.append(("table", _knots(item.table)))
    if item.quantize is not None:
        tables.append(("quantize", _quantize(item.quantize)))
    if item.quantize_input is not None:
        tables.append(("quantize.input", _quantize(item.quantize_input)))
    tables += [(f"presets.{name}", _units(units)) for name, units in item.presets.items()]
    tables.append(("claims", _claims(item.claims)))
    tables.append(("claims.derivative", dict(item.partials)))
    return "\n".join(text for heading, rows in tables if (text := _table(heading, rows)))


def _table(heading: str, rows: Mapping[str, Any]) -> str:
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in rows.items() if value not in (None, "", (), {})]
    return "".join(([f"[{heading}]\n"] if heading else []) + lines) if lines else ""


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = parameter.default
    rows: dict[str, Any] = {"role": parameter.role}
    rows["default"] = _Bare(default) if default is not None and _PLAIN_NUMBER.fullmatch(default) else default
    return rows | {"range": parameter.range, "distribution": parameter.distribution}


def _units(units: Units) -> dict[str, Any]:
    return {"title": units.title, "k": units.k, "weights": units.weights, "biases": units.biases}


def _knots(table: Table) -> dict[str, Any]:
    lists = {"knots": table.knots, "values": table.values, "slopes": table.slopes}
    return {"kind": table.kind, **lists, "outside": table.outside, "plus": table.plus}


def _quantize(quantize: Quantize) -> dict[str, Any]:
    return {"bits": quantize.bits, "scale": quantize.scale, "zero_point": quantize.zero_point}


def _claims(claims: Iterable[Claim]) -> dict[str, Any]:
    claims = tuple(claims)
    whose = {}
    for name in ("said_by", "within"):
        said = {getattr(claim, name) for claim in claims}
        whose |= {name: said.pop()} if len(said) == 1 else {}
    rows: dict[str, list[Any]] = {}
    for claim in claims:
        extras = {
            name: getattr(claim, name) for name in ("source", "quote", "at", "on", "reading", "said_by", "within")
        }
        extras = {name: value for name, value in extras.items() if value and name not in whose}
        rows.setdefault(claim.key, []).append({"is": claim.value} | extras if extras else claim.value)
    return whose | {key: said[0] if len(said) == 1 else said for key, said in rows.items()}


class _Bare(str):
    """A text of TOML that stands without quotes."""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, _Bare)):
        return str(value)
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)} = {_value(item)}' for key, item in value.items())}}}"
    return f"[{', '.join(map(_value, value))}]"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04x}" if ord(character) < 0x20 or character == "\x7f" else character


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)

"""Writing a spec: the TOML text of any spec, and a new one with the claims that hold of its formula today.

What is written is read back by `spec.read` as the same spec. A claim is drafted from an exact answer only, and kept
where the analysis of the drafted spec agrees with it, so that nothing is written that a check would not confirm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from propcheck import spec
from propcheck.spec import Claim, Parameter, Spec, Units
from propcheck.verdict import InputError, Json

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INFINITIES = {"oo": "inf", "-oo": "-inf"}  # as SymPy writes them, and as a claim does
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")  # is the same number in TOML


# ---------------------------------------------------------------------------------------------- a spec as text


def write(item: Spec) -> str:
    """The TOML text of a spec."""
    about = {"name": item.name, "title": item.title, "expression": item.expression, "source": item.source}
    about |= {"aliases": item.aliases, "note": item.note, "paper": item.paper}
    tables = [("", about)]
    for parameter in item.parameters:
        tables.append((f"parameters.{parameter.name}", _parameter(parameter)))
    if item.units is not None:
        tables.append(("units", _units(item.units)))
    tables += [(f"presets.{name}", _units(units)) for name, units in item.presets.items()]
    tables.append(("claims", _claims(item.claims)))
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


def _claims(claims: Iterable[Claim]) -> dict[str, Any]:
    rows: dict[str, list[Any]] = {}
    for claim in claims:
        extras = {name: getattr(claim, name) for name in ("source", "quote", "at", "on", "reading")}
        extras = {name: value for name, value in extras.items() if value}
        rows.setdefault(claim.key, []).append({"is": claim.value} | extras if extras else claim.value)
    return {key: said[0] if len(said) == 1 else said for key, said in rows.items()}


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


# ---------------------------------------------------------------------------------------------- a new spec


def outline(name: str, expression: str, title: str, source: str, params: Mapping[str, str]) -> Spec:
    """The spec of this name and formula, without claims; InputError where it would be none."""
    _free(name)
    item = spec.from_text(expression, params)
    item = replace(item, name=name, title=title or name, source=source)
    return spec.read(write(item), f"{name}.toml")


def _free(name: str) -> None:
    """Raises where a name is taken: by the catalogue, whose function a target would mean, or by the language."""
    from propcheck.grammar import RESERVED

    try:
        owner = spec.find(name).name
    except InputError:
        owner = ""
    if owner:
        also = "" if owner == name else f", for {owner}"
        raise InputError(f"{name} is a name of the catalogue{also}; choose another, such as my_{name}")
    if name in RESERVED:
        raise InputError(f"{name} is a name of the expression language; choose another, such as my_{name}")


def candidates(item: Spec, analysis: Json) -> tuple[Claim, ...]:
    """The claims that the exact answers of an analysis suggest, each one that the spec's format can say."""
    return tuple(claim for claim in _suggested(analysis) if _sayable(item, claim))


def _suggested(analysis: Json) -> Iterator[Claim]:
    facts = analysis["facts"]
    if analysis["activation"]["derivative"]:
        yield Claim("derivative", analysis["activation"]["derivative"])
    for path in ("smoothness.class", "parity.value", "monotonicity.value"):
        found = _field(facts, path)
        if isinstance(found, str):
            yield Claim(path.removesuffix(".value"), found)
    yield from _range(facts)
    for path in ("saturation.left", "saturation.right"):
        found = _field(facts, path)
        if isinstance(found, str):
            yield Claim(path, found)
    for verdict in analysis["criteria"]:
        if verdict["verdict"] != "open":
            yield Claim(verdict["key"], verdict["verdict"])


def _range(facts: Json) -> Iterator[Claim]:
    """The range as an interval where it is one whose ends are both exact, else what is exact of it."""
    ends = [_exact(_field(facts, f"range.{end}")) for end in ("inf", "sup")]
    attained = [_field(facts, f"range.{end}_attained") for end in ("inf", "sup")]
    if None not in ends and None not in attained and "image" not in facts:
        yield Claim("range", f"{'[' if attained[0] else '('}{ends[0]}, {ends[1]}{']' if attained[1] else ')'}")
        return
    for name, end in zip(("inf", "sup"), ends, strict=True):
        if end is not None:
            yield Claim(f"range.{name}", end)


def _exact(number: Json | None) -> str | None:
    exact = number["exact"] if isinstance(number, Mapping) else None
    return _INFINITIES.get(exact, exact) if exact is not None else None


def _field(facts: Json, path: str) -> Any:
    item: Any = facts
    for name in path.split("."):
        item = item.get(name) if isinstance(item, Mapping) else None
    return item


def _sayable(item: Spec, claim: Claim) -> bool:
    try:
        return spec.read(write(replace(item, claims=(claim,)))).claims == (claim,)
    except InputError:
        return False


def settled(item: Spec, findings: Sequence[Json]) -> tuple[Spec, tuple[Claim, ...]]:
    """The spec with the claims that its analysis agrees with, and the claims that it does not confirm."""
    agreed = [finding["outcome"] == "agrees" for finding in findings]
    kept = tuple(claim for claim, good in zip(item.claims, agreed, strict=True) if good)
    return replace(item, claims=kept), tuple(claim for claim in item.claims if claim not in kept)

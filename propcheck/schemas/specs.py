"""The schema of a spec, as TOML is read: what an editor completes and checks while one types.

It knows the form, not the meaning: that a formula can be read, that a range holds its default, is for `propcheck lint`.
"""

from __future__ import annotations

from typing import Any

from propcheck.facts.claimable import WORDS
from propcheck.schemas import DIALECT
from propcheck.spec import CLAIMS, ROLES
from propcheck.spec.data import (
    MAX_ALIASES,
    MAX_BITS_IN,
    MAX_BITS_OUT,
    MAX_CLAIMS,
    MAX_TITLE,
    MAX_UNITS,
    NAME,
    PARAMETER_NAME,
)
from propcheck.spec.knots import KINDS, MOST_KNOTS, OUTSIDE

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": ["number", "string"], "description": 'a number, or an exact text such as "1/3"'}
NUMBERS: Schema = {"type": "array", "items": NUMBER, "maxItems": MOST_KNOTS}


def spec() -> Schema:
    """The schema of a spec file."""
    name = {"type": "string", "pattern": f"^(?:{NAME.pattern})$"}
    properties: Schema = {
        "name": {**name, "description": "lower-case letters, digits and underscores"},
        "title": {"type": "string", "maxLength": MAX_TITLE, "description": "how it is printed"},
        "expression": {**TEXT, "description": "a formula in x; other names in it are parameters"},
        "inputs": {"enum": [["x"], ["x", "y"]], "description": "those of a gated unit, whose formula is in both"},
        "source": {**TEXT, "description": "where the formula stands"},
        "aliases": {"type": "array", "items": name, "uniqueItems": True, "maxItems": MAX_ALIASES},
        "note": {**TEXT, "description": "what a reader has to know beside the formula"},
        "paper": {"type": "integer", "minimum": 1, "description": "its place in the paper"},
        "parameters": {
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{PARAMETER_NAME.pattern})$"},
            "additionalProperties": _parameter(),
        },
        "units": _units(),
        "presets": {"type": "object", "additionalProperties": _units()},
        "table": _table(),
        "quantize": _quantize(),
        "claims": {"$ref": "#/$defs/claims"},
    }
    formula = {"oneOf": [{"required": [key]} for key in ("expression", "units", "table")]}
    defs = {"claims": _claims()} | {_named(kind): _claim(kind) for kind in sorted(set(CLAIMS.values()))}
    head = {"$schema": DIALECT, "title": "propcheck.spec/1", "description": "one activation function"}
    return {**head, **_closed(properties, ("name",)), **formula, "$defs": defs}


def _closed(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """A table with these keys alone."""
    form: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**form, "required": list(required)} if required else form


def _parameter() -> Schema:
    properties = {
        "role": {"enum": list(ROLES), "description": "who sets it"},
        "default": {**NUMBER, "description": "its value unless given; of a trained one, its start"},
        "range": {**TEXT, "description": "comparisons with numbers, joined by and: 0 < a <= 1"},
        "distribution": {**TEXT, "description": 'of a random one: "uniform(1/8, 1/3)" or "normal(0, sigmoid(x))"'},
    }
    random = {"properties": {"role": {"const": "random"}}}
    law: Schema = {"required": ["distribution"], "properties": {"default": False}}
    return {
        **_closed(properties, ("role",)),
        "if": random,
        "then": law,
        "else": {"properties": {"distribution": False}},
    }


def _units() -> Schema:
    k = {"type": "integer", "minimum": 1, "maximum": MAX_UNITS}
    properties = {"k": k, "weights": NUMBERS, "biases": NUMBERS, "title": TEXT}
    return _closed(properties, ("k", "weights", "biases"))


def _quantize() -> Schema:
    """Outputs, inputs, or both."""
    inputs = _closed(_rounding(MAX_BITS_IN), ("scale",))
    form = _closed({**_rounding(MAX_BITS_OUT), "input": inputs})
    return {**form, "anyOf": [{"required": ["scale"]}, {"required": ["input"], "maxProperties": 1}]}


def _rounding(most_bits: int) -> Schema:
    bits = {"type": "integer", "minimum": 2, "maximum": most_bits}
    zero_point = {"type": "integer", "minimum": -(2**15), "maximum": 2**15 - 1}
    return {"bits": bits, "scale": NUMBER, "zero_point": zero_point}


def _table() -> Schema:
    properties = {
        "kind": {"enum": list(KINDS)},
        "knots": NUMBERS,
        "values": NUMBERS,
        "slopes": NUMBERS,
        "csv": {**TEXT, "description": "a file beside the spec: knot, value and slope a line"},
        "outside": {"enum": list(OUTSIDE)},
        "plus": {**TEXT, "description": "a formula that is added"},
    }
    lists = {"oneOf": [{"required": ["csv"]}, {"required": ["knots", "values"]}]}
    return {**_closed(properties), **lists}


def _claims() -> Schema:
    """What may be claimed by each key; of a criterion that somebody added, a verdict."""
    properties = _under("")
    by_input = _closed({"x": TEXT, "y": TEXT})
    properties |= {
        "derivative": {"anyOf": [properties["derivative"], by_input], "description": "of a gated unit, by input"},
        "said_by": {**TEXT, "description": "whose claims these are; one's own unless given"},
        "within": {**NUMBER, "description": "by how much numbers and formulas may be off"},
        "on": {"type": "object", "additionalProperties": {"$ref": "#/$defs/claims"}},
    }
    added = {"$ref": f"#/$defs/{_named('verdict')}"}
    return {"type": "object", "properties": properties, "additionalProperties": added, "maxProperties": MAX_CLAIMS}


def _under(prefix: str) -> Schema:
    """The keys that go on from a prefix: dotted ones, and tables inside each other."""
    rest = {key[len(prefix) :]: kind for key, kind in CLAIMS.items() if key.startswith(prefix)}
    found: Schema = {key: {"$ref": f"#/$defs/{_named(kind)}"} for key, kind in rest.items()}
    for first in dict.fromkeys(key.partition(".")[0] for key in rest if "." in key):
        inner: Schema = {"type": "object", "properties": _under(f"{prefix}{first}."), "additionalProperties": False}
        found[first] = {"anyOf": [found[first], inner]} if first in found else inner
    return found


def _named(kind: str) -> str:
    return f"claim_of_{kind.replace(' ', '_')}"


def _claim(kind: str) -> Schema:
    """A bare value, a table with `is`, or a list of both."""
    value = _value(kind)
    beside: Schema = {name: TEXT for name in ("source", "quote", "reading", "said_by")}
    beside |= {"at": {"type": "object"}, "on": {"type": ["string", "array"]}, "within": NUMBER}
    table = _closed({"is": value, **beside}, ("is",))
    return {"description": kind, "anyOf": [value, table, {"type": "array", "items": {"anyOf": [value, table]}}]}


def _value(kind: str) -> Schema:
    if kind in WORDS:
        return {"enum": list(WORDS[kind])}
    if kind == "yes or no":
        return {"type": "boolean"}
    if kind == "count":
        return {"type": "integer", "minimum": 0}
    return NUMBER if kind == "number" else TEXT

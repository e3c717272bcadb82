"""The shipped JSON Schemas: they are what the code makes, hold for every spec and record, and refuse what is spoilt."""

from __future__ import annotations

import ast
import copy
import json
import runpy
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from propcheck import schemas
from propcheck.spec import SpecError, folder, read, reading

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "reports"
SPECS = sorted(folder().glob("*.toml"))
RECORDS = [
    path for path in sorted(REPORTS.rglob("*.json")) if path.name not in ("phase.json", "judged.json", "badge.json")
]
FEW = """
name = "few"
expression = "x if x >= 0 else a*x"
[parameters.a]
role = "constant"
default = 0.25
range = "0 < a < 1"
[claims]
derivative = "1 if x >= 0 else a"
range.inf = "-inf"
dead_units = {is = "holds", source = "page 3"}
"saturation.left" = "none"
slope.right = {is = 1, at = {x = 0}}
[claims.on."[0, 1]"]
range = "[0, 1]"
"""


@cache
def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schemas.path(name).read_text(encoding="utf-8")))


def faults(name: str, data: Any) -> list[str]:
    return [f"{list(error.path)}: {error.message[:200]}" for error in schema(name).iter_errors(data)]


@pytest.mark.parametrize("name", schemas.PAGES)
def test_a_schema_is_what_the_code_makes(name):
    page = runpy.run_path(str(ROOT / "docs" / "run_schemas.py"))
    assert schemas.path(name).read_text(encoding="utf-8") == page["text"](name), "python docs/run_schemas.py renews it"
    Draft202012Validator.check_schema(schema(name).schema)


def test_what_lies_there_is_what_is_listed():
    assert {path.name for path in schemas.path("spec").parent.glob("*.json")} == {
        f"{name}.schema.json" for name in schemas.PAGES
    }
    with pytest.raises(KeyError, match="no schema 'specs'"):
        schemas.path("specs")


def test_the_schema_knows_every_key_that_the_reader_knows():
    """Each key in a list of known ones, `self.keys(data, path, (...))`, and no other is a property of the schema."""
    tree = ast.parse(Path(reading.__file__).read_text(encoding="utf-8"))
    known: set[str] = set()
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "keys" and isinstance(node, ast.Call) and node.args:
            known |= {part.value for part in ast.walk(node.args[-1]) if isinstance(part, ast.Constant)}
    known |= {"name", "title", "expression", "source", "aliases", "note", "paper", "input", "inputs"}
    made = schemas.made("spec")
    ours = set(properties({key: value for key, value in made.items() if key != "$defs"}))
    ours |= {name for key, form in made["$defs"].items() if key != "claims" for name in properties(form)}
    assert ours == known


def properties(form: Any) -> Iterator[str]:
    if isinstance(form, dict):
        if form.get("additionalProperties") is False:
            yield from form["properties"]
        for value in form.values():
            yield from properties(value)
    elif isinstance(form, list):
        for item in form:
            yield from properties(item)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_of_the_catalogue_is_valid(path):
    assert faults("spec", tomllib.loads(path.read_text(encoding="utf-8"))) == []


def test_every_committed_record_is_valid():
    seen = set()
    for path in RECORDS:
        data = json.loads(path.read_text(encoding="utf-8"))
        kind = data["schema"].removeprefix("propcheck.").partition("/")[0]
        if kind in ("measured", "study"):  # records of experiments, which commands read and no script
            continue
        seen.add(kind)
        assert faults(kind, data) == [], path
    assert seen == {"record", "run", "graphs", "table", "certificate", "conformance"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("difference", "gelu", "silu"),
        ("handover", "tanh"),
        ("approximate", "tanh", "--on", "-1:1", "--degree", "3"),
        ("gain", "gelu", "--block", "pre_norm"),
        ("gain", "softplus"),
        ("verify", "tanh", "--derivative", "1 - y**2"),
        ("analyze", "gelu", "--on", "-1:2"),
        ("check", "relu"),
        ("lint", str(SPECS[0])),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_what_a_command_prints_is_valid(propcheck, arguments):
    _, out, _ = propcheck(*arguments, "--json")
    data = json.loads(out)
    assert faults(data["schema"].removeprefix("propcheck.").partition("/")[0], data) == []


def change(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy in which what stands at a path is another value, or nothing where that is `...`."""
    data = copy.deepcopy(data)
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


SPOILT = {
    "no name": (("name",), ...),
    "a name with a capital": (("name",), "Few"),
    "no formula": (("expression",), ...),
    "a formula that is a number": (("expression",), 3),
    "a key with a slip": (("expresion",), "x"),
    "a role that is none": (("parameters", "a", "role"), "fixed"),
    "a constant with a law": (("parameters", "a", "distribution"), "uniform(0, 1)"),
    "a random one without a law": (("parameters", "a", "role"), "random"),
    "a claim of a word that is none": (("claims", "saturation.left"), "rather soft"),
    "a claim of a key that is none": (("claims", "saturatoin.left"), "soft"),
    "a claim without its answer": (("claims", "dead_units"), {"source": "page 3"}),
    "a table beside a formula": (("table",), {"kind": "linear", "knots": [0, 1], "values": [0, 1]}),
    "a paper's place that is a text": (("paper",), "third"),
    "a title that is too long": (("title",), "x" * 81),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_spec_is_refused_and_its_nearest_right_one_is_not(case):
    right = tomllib.loads(FEW)
    assert faults("spec", right) == []
    read(FEW)
    path, value = SPOILT[case]
    spoilt = change(right, path, value)
    assert faults("spec", spoilt), case
    with pytest.raises((SpecError, ValueError)):
        read(written(spoilt))


def written(data: dict[str, Any], prefix: str = "") -> str:
    """The TOML of data without lists of tables."""
    lines = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in data.items() if not isinstance(value, dict)]
    for key, value in data.items():
        if isinstance(value, dict):
            place = f"{prefix}.{json.dumps(key)}" if prefix else json.dumps(key)
            lines += [f"[{place}]", written(value, place)]
    return "\n".join(lines)


ANALYSIS = {
    "no standing": (("facts", "range", "standing"), ...),
    "a standing that is none": (("facts", "range", "standing"), "certain"),
    "a bound that is a word": (("facts", "lipschitz", "upper"), "large"),
    "a class that is none": (("facts", "smoothness", "class"), "smooth"),
    "a verdict that is none": (("criteria", 0, "verdict"), "yes"),
    "criteria out of order": (("criteria", 0, "key"), "gradient_flow"),
    "seven criteria": (("criteria", 7), ...),
    "no facts": (("facts",), ...),
    "another schema": (("schema",), "propcheck.analysis/2"),
    "a role that is none": (("activation", "parameters", "a"), {"value": "1", "role": "fixed"}),
}


@pytest.mark.parametrize("case", ANALYSIS)
def test_a_spoilt_analysis_is_refused(case):
    (made,) = (
        entry
        for entry in json.loads((REPORTS / "paper" / "record.json").read_text(encoding="utf-8"))["activations"]
        if entry["activation"]["name"] == "elu"
    )
    provenance = {"propcheck": "0", "python": "3", "sympy": "1", "seed": None, "seconds": 0.5}
    right = {"schema": "propcheck.analysis/1", **made, "provenance": provenance}
    assert faults("analysis", right) == []
    assert faults("analysis", change(right, *ANALYSIS[case])), case

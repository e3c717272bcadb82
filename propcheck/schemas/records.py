"""The schemas of records: what the commands print with `--json`, and the files of a report."""

from __future__ import annotations

from typing import Any

from propcheck.criteria import STANDARDS
from propcheck.facts import ROWS
from propcheck.facts.claimable import WORDS
from propcheck.schemas import DIALECT
from propcheck.spec import ROLES
from propcheck.verdict import Standing

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TRUTH: Schema = {"type": "boolean"}
OPTIONAL_TRUTH: Schema = {"type": ["boolean", "null"]}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
OUTCOMES = ("agrees", "contradicts", "open")
VERDICTS = ("holds", "partly", "fails", "open")
SIDES = ("left", "right")
CLASSES = (  # of findings of conformance
    "inaccuracy vanished overflow flush_to_zero nan_created nan_swallowed limit dtype jump formula convention masked"
    " warning not_implemented"
)
BECOMES = ("limit", "x", "0", "asymptote", "overflow", "subnormal")
# The facts that every analysis of a function on the whole line has; the rest arise with what is asked.
ALWAYS = (
    "smoothness", "affine", "parity", "monotonicity", "range", "derivative_range", "lipschitz", "limits", "saturation",
    "dead_region", "zero_region", "gaussian", "nonlinearity", "cost",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- forms


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def optional(form: Schema) -> Schema:
    return {"anyOf": [form, {"type": "null"}]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def table(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    """An object with these fields, all of them unless told, and perhaps others: fields are added."""
    return {"type": "object", "required": list(properties if required is None else required), "properties": properties}


def word(*words: str) -> Schema:
    return {"enum": list(words)}


def _pair(items: Schema) -> Schema:
    return {"type": "array", "minItems": 2, "maxItems": 2, "items": items}


def _definitions() -> Schema:
    """The parts that several schemas share."""
    standing = {"standing": ref("standing"), "note": TEXT}
    ends = {name: ref("real_or_null") for name in ("value", "lower", "upper")}
    number = table({**ends, "exact": OPTIONAL_TEXT, "standing": ref("standing")})
    number["properties"]["note"] = TEXT
    span = {name: ref("number_or_null") for name in ("inf", "sup", "argmin", "argmax")}
    attained = {name: OPTIONAL_TRUTH for name in ("inf_attained", "sup_attained")}
    counts = {name: COUNT for name in ("add", "mul", "div", "compare", "transcendental")}
    parameter = table({"value": OPTIONAL_TEXT, "role": word(*ROLES)})
    return {
        "standing": word(*(standing.value for standing in Standing)),
        "real": {"anyOf": [{"type": "number"}, word("inf", "-inf")]},
        "real_or_null": optional(ref("real")),
        "number": {**number, "additionalProperties": False},
        "number_or_null": optional(ref("number")),
        "fact": table(standing, ("standing",)),
        "extent": {**ref("fact"), "properties": {**span, **attained}},
        "end": table({"value": ref("number_or_null"), "slope": ref("number_or_null")}),
        "interval": _pair(ref("number")),
        "region": {
            **ref("fact"),
            "properties": {"intervals": array(ref("interval")), "mass": ref("number_or_null")},
        },
        "counts": {**table(counts), "additionalProperties": COUNT},
        "named": table({"name": TEXT, "title": TEXT}),
        "parameters": {"type": "object", "additionalProperties": parameter},
    }


def _whole(name: str, form: Schema) -> Schema:
    """A schema with the parts that it refers to, one after another."""
    made = {"$schema": DIALECT, "title": f"propcheck.{name}/1", **form}
    made["properties"] = {"schema": {"const": f"propcheck.{name}/1"}, **made["properties"]}
    made["required"] = ["schema", *made["required"]]
    known, wanted, used = _definitions(), [made], {}
    while wanted:
        for found in set(_references(wanted.pop())) - set(used):
            used[found] = known[found]
            wanted.append(known[found])
    return {**made, "$defs": {name: used[name] for name in known if name in used}}


def _references(form: Any) -> list[str]:
    if isinstance(form, dict):
        own = [form["$ref"].rsplit("/", 1)[1]] if "$ref" in form else []
        return own + [name for value in form.values() for name in _references(value)]
    return [name for item in form for name in _references(item)] if isinstance(form, list) else []


# ---------------------------------------------------------------------------------------------- an analysis


def analysis() -> Schema:
    """The schema of `analyze --json`: one object for one target; several are a list of them."""
    provenance = table({name: TEXT for name in ("propcheck", "python", "sympy")} | {"seed": {"type": "null"}})
    provenance["properties"]["seconds"] = {"type": "number", "minimum": 0}
    found = _analysed()
    found["properties"]["provenance"] = provenance
    return _whole("analysis", {**found, "required": [*found["required"], "provenance"]})


def _analysed() -> Schema:
    """What an analysis found, without where it was made."""
    about = table({name: TEXT for name in ("name", "title", "expression")} | {"parameters": ref("parameters")})
    piece = table({"lower": TEXT, "upper": TEXT, "expression": TEXT})
    about["properties"] |= {"pieces": optional(array(piece)), "derivative": OPTIONAL_TEXT, "on": _pair(TEXT)}
    found = {"type": "object", "properties": _facts(), "additionalProperties": ref("fact")}
    made = table({"activation": about, "facts": found, "criteria": _criteria(), "claims": array(_claim())})
    on_interval = {"properties": {"activation": {"required": ["on"]}}}
    whole = {"facts": {"required": list(ALWAYS)}, "criteria": {"minItems": len(STANDARDS)}}
    return {**made, "if": on_interval, "else": {"properties": whole}}


def _facts() -> Schema:
    """The fields of each fact, as far as they are of the contract; every other row is a fact, or a number."""
    kink = {"at": ref("number"), "order": COUNT, "left": ref("number_or_null"), "right": ref("number_or_null")}
    moments = ("mean", "second_moment", "variance", "derivative_mean", "derivative_second_moment")
    span = table({"from": ref("number"), "to": ref("number"), "value": word("increasing", "decreasing", "constant")})
    bend = table({"from": ref("number"), "to": ref("number"), "value": word("convex", "concave", "affine")})
    line = optional(table({"slope": ref("number"), "intercept": ref("number")}))
    points = {"points": array(ref("number")), "intervals": array(ref("interval"))}
    fields: dict[str, Schema] = {
        "smoothness": {
            "class": {**TEXT, "pattern": r"^(C\^(inf|[0-9]+)|discontinuous)$"},
            "kinks": array(table(kink)),
        },
        "affine": {"value": TRUTH},
        "parity": {"value": word(*WORDS["parity"])},
        "monotonicity": {"value": word(*WORDS["monotonicity"])},
        "monotone_intervals": {"intervals": array(span)},
        "convexity": {"value": word(*WORDS["convexity"]), "intervals": array(bend)},
        "zeros": points,
        "fixed_points": points,
        "limits": {side: ref("end") for side in SIDES},
        "asymptotes": {side: line for side in SIDES},
        "saturation": {side: {"enum": [*WORDS["saturation"], None]} for side in SIDES},
        "slope_of_output": {"value": TRUTH},
        "gaussian": {name: ref("number_or_null") for name in moments},
        "cost": {name: ref("counts") for name in ("value", "derivative", "together")}
        | {"saves": word(*WORDS["kept value"]), "parameters": COUNT, "relative_time": ref("number")},
    }
    of_kind = {"range": "extent", "derivative_range": "extent", "dead_region": "region", "zero_region": "region"}
    made = {row.key: ref("number" if row.number else of_kind.get(row.key, "fact")) for row in ROWS}
    return {key: {**form, "properties": fields[key]} if key in fields else form for key, form in made.items()}


def _criteria() -> Schema:
    """The eight in the paper's order, and after them what others added."""
    measure = optional(table({"name": TEXT, "value": ref("real_or_null")}))
    verdict = table(
        {
            "number": {"type": "integer", "minimum": 1},
            "key": TEXT,
            "verdict": word(*VERDICTS),
            "standing": ref("standing"),
            "reasons": array(TEXT),
            "measure": measure,
            "claim": {"enum": [*OUTCOMES, None]},
        }
    )
    first = [{"properties": {"number": {"const": one.number}, "key": {"const": one.key}}} for one in STANDARDS]
    return {"type": "array", "allOf": [{"items": verdict}, {"prefixItems": first}]}


def _claim() -> Schema:
    texts = {name: TEXT for name in ("key", "said_by", "source", "quote", "found")}
    more = {"claimed": {"type": ["string", "boolean"]}, "outcome": word(*OUTCOMES), "standing": ref("standing")}
    return table(texts | more)


# ---------------------------------------------------------------------------------------------- the files of a report


def record() -> Schema:
    """The schema of record.json: what was found of the functions of a report."""
    standard = table({"number": COUNT, "key": TEXT, "title": TEXT, "rule": {"type": "object"}})
    fields = {"settings": {"type": "object"}, "seeds": array(COUNT), "criteria": array(standard)}
    return _whole("record", table({**fields, "activations": array(_analysed())}))


def table_() -> Schema:
    """The schema of a table of a report: names of columns, and a row for each line with a text under each name."""
    row = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
    return _whole("table", table({"title": TEXT, "columns": array(TEXT), "rows": array(row)}))


def run() -> Schema:
    """The schema of run.json: by what command a report was made, when it ended, its versions and its files."""
    seconds = array(table({"name": TEXT}))
    versions = {"type": "object", "additionalProperties": TEXT}
    return _whole("run", table({"command": TEXT, "versions": versions, "seconds": seconds, "files": array(TEXT)}))


def graphs() -> Schema:
    """The schema of curves.json: the curves on the page."""
    track = table({"parameter": TEXT, "verdicts": {"type": "object"}, "bands": {"type": "object"}})
    one = table({"activation": {"type": "object"}, "tracks": array(track)}, ("activation",))
    return _whole("graphs", table({"graphs": array(one)}))


# ---------------------------------------------------------------------------------------------- further commands


def certificate() -> Schema:
    """The schema of a certificate: the formula as text, and claims with their evidence."""
    fact = table({"claim": table({"property": TEXT}), "evidence": {"type": "object"}})
    values = {"type": "object", "additionalProperties": {}}
    return _whole("certificate", table({"function": TEXT, "parameters": values, "facts": array(fact)}))


def difference() -> Schema:
    """The schema of `difference --json`."""
    relative = {"relative": ref("number_or_null"), "gaussian": ref("number_or_null")}
    order = table({"order": COUNT, "sup": ref("number"), "at": array(ref("number")), **relative})
    about = ref("named")
    return _whole("difference", table({"a": about, "b": about, "on": _pair(ref("real")), "orders": array(order)}))


def handover() -> Schema:
    """The schema of `handover --json`."""
    one = table({"becomes": word(*BECOMES), "from": ref("real_or_null")})
    sides = table({side: array(one) for side in SIDES})
    return _whole("handover", table({"activation": ref("named"), "dtype": TEXT, "value": sides, "slope": sides}))


def approximation() -> Schema:
    """The schema of `approximate --json`."""
    texts = {name: TEXT for name in ("expression", "kind", "dtype", "outside")}
    numbers = {"error": ref("number"), "slope_error": ref("number_or_null")}
    lists = {"coefficients": array({}), "knots": array({})}
    return _whole("approximation", table({"activation": ref("named"), **texts, **numbers, **lists}))


def gain() -> Schema:
    """The schema of `gain --json`."""
    variances = {name: ref("number_or_null") for name in ("gain", "weight_variance", "bias_variance", "exponent")}
    lines = {"type": "object", "additionalProperties": TEXT}
    meaning = {"enum": ["length", "gradient", "critical", None]}
    return _whole(
        "gain", table({"activation": ref("named"), "block": TEXT, "meaning": meaning, **variances, "lines": lines})
    )


def conformance() -> Schema:
    """The schema of `conform --json`: infinities and NaN are texts."""
    number: Schema = {"type": ["number", "string", "null"]}
    kinds = word(*CLASSES.split())
    about = {"implementation": TEXT, "function": TEXT, "order": COUNT, "dtype": TEXT, "class": kinds, "example": TEXT}
    numbers = {name: number for name in ("x", "got", "want", "ulp", "relative", "share")}
    finding = table({**about, **numbers, "breach": TRUTH, "seen_by_own_tests": OPTIONAL_TRUTH})
    texts: Schema = {"type": "object", "additionalProperties": TEXT}
    return _whole("conformance", table({"present": texts, "missing": texts, "findings": array(finding)}))


def verification() -> Schema:
    """The schema of `verify --json`."""
    texts = {name: TEXT for name in ("key", "outcome", "found", "reason")}
    statement = table({**texts, "stated": {"type": ["string", "boolean"]}, "standing": ref("standing")})
    return _whole("verification", table({"activation": ref("named"), "statements": array(statement)}))


def lint() -> Schema:
    """The schema of `lint --json`."""
    finding = table({"file": TEXT, "line": COUNT, "severity": word("error", "warning", "note"), "message": TEXT})
    return _whole("lint", table({"files": COUNT, "findings": array(finding)}))


def check() -> Schema:
    """The schema of `check --json`."""
    return _whole("check", table({"designs": array(table({"name": TEXT, "checks": array({"type": "object"})}))}))

"""What came of conformance, for a reader, a program, GitHub, what collects test results; and as a folder of pages."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from propcheck import wording
from propcheck.conformance import names
from propcheck.conformance.conforming import Conformance, summary
from propcheck.conformance.finding import CLASSES, HARMLESS, Finding, plain
from propcheck.conformance.frameworks import NAMES
from propcheck.gate.formats import annotation, legal
from propcheck.report.formats import Cell, Table, comma_separated
from propcheck.report.notebook.conformance import COLUMNS, cells
from propcheck.verdict import Json

# --- formats ---------------------------------------------------------------------------------------------------------


def as_json(made: Conformance) -> str:
    return wording.in_json(json.dumps(made.to_json(), indent=1, allow_nan=False)) + "\n"


def github(made: Conformance) -> str:
    """An error for each fault, a notice for what is missing."""
    lines = [
        annotation("error", {"title": f"{each.implementation}: {each.kind}"}, summary(each)) for each in made.breaches
    ]
    lines += [annotation("notice", {"title": name}, why) for name, why in made.missing.items()]
    return "".join(f"{line}\n" for line in [*lines, _count(made)])


def junit(made: Conformance) -> str:
    """A suite for each framework and a case for each implementation, type and order; a fault fails its case."""
    root = ElementTree.Element("testsuites")
    for framework in dict.fromkeys(one.framework for one in made.tried):
        suite = ElementTree.SubElement(root, "testsuite", name=framework or "code")
        tests = failures = 0
        for one in (each for each in made.tried if each.framework == framework):
            for dtype in one.dtypes:
                for order in one.orders:
                    tests += 1
                    found = [
                        each for each in made.breaches
                        if (each.implementation, each.function, each.dtype, each.order)
                        == (one.name, one.function, dtype, order)
                    ]  # fmt: skip
                    name = f"{one.function} order {order} {dtype}"
                    case = ElementTree.SubElement(suite, "testcase", classname=legal(one.name), name=legal(name))
                    for each in found[:1]:
                        failures += 1
                        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
                        told = legal(f"{summary(each)}{more}")
                        ElementTree.SubElement(case, "failure", message=told, type=each.kind)
        suite.attrib |= {"tests": str(tests), "failures": str(failures), "errors": "0", "skipped": "0"}
    ElementTree.indent(root)
    body = wording.in_xml(ElementTree.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def badge(made: Conformance) -> str:
    """The JSON of an endpoint badge of shields.io."""
    faults = len(made.breaches)
    colour = "brightgreen" if not faults else "orange"
    data = {"schemaVersion": 1, "label": "conformance", "message": _count(made), "color": colour}
    return json.dumps(data) + "\n"


def _count(made: Conformance) -> str:
    wrong = {(each.implementation, each.function) for each in made.breaches}
    return f"{len(made.tried) - len(wrong)} of {len(made.tried)} implementations without a fault"


def markdown(made: Conformance) -> str:
    """The findings as tables of Markdown."""
    return "\n".join(_page(made, ""))


FORMATS: dict[str, Callable[[Conformance], str]] = {
    "json": as_json, "github": github, "junit": junit, "markdown": markdown, "badge": badge,
}  # fmt: skip


# --- the folder ------------------------------------------------------------------------------------------------------


def folder(made: Conformance) -> dict[str, str]:
    """The files of a report: an overview, a page and tables for each framework, and what programs read."""
    shown = {name for name in NAMES if name in made.present}
    files = {"README.md": "\n".join(_overview(made, shown)), "badge.json": badge(made), "junit.xml": junit(made)}
    for name in sorted(shown):
        rows = [each for each in made.findings if _framework(made, each) == name]
        files[f"{name}.md"] = "\n".join(_page(made, name))
        files[f"{name}.csv"] = comma_separated(_table(name, rows))
        part = Conformance(
            {key: version for key, version in made.present.items() if key == name or name == "onnx" and "onnx" in key},
            {}, tuple(one for one in made.tried if one.framework == name), tuple(rows),
        )  # fmt: skip
        files[f"{name}.json"] = json.dumps(_compact(part), separators=(",", ":"), allow_nan=False) + "\n"
    files |= {"names.md": "\n".join(names.as_markdown()), "kinks.md": "\n".join(_kinks(made))}
    return files


def _compact(made: Conformance) -> Json:
    """The record without the examples and most of what is harmless, which stand on the pages."""
    data = made.to_json()
    told = ("convention", "flush_to_zero", "warning")
    data["findings"] = [row for row in data["findings"] if row["class"] not in told or row["breach"]]
    for row in data["findings"]:
        row["example"] = ""
        for name in ("ulp", "relative", "share"):
            row[name] = float(f"{row[name]:.3g}") if isinstance(row[name], float) else row[name]
        for name in ("units", "from", "to", "bound", *(name for name in ("layouts", "note") if not row[name])):
            del row[name]
    return data


def _framework(made: Conformance, finding: Finding) -> str:
    for name in NAMES:
        if (
            finding.implementation.startswith(f"{name}.")
            or name == "onnx"
            and finding.implementation.startswith("onnx")
        ):
            return name
    return ""


def _table(name: str, findings: list[Finding]) -> Table:
    kept = [each for each in findings if each.kind != "convention"]
    rows = tuple(tuple(Cell(text, "words") for text in cells(each.to_json())) for each in kept)
    return Table(name, f"Findings of {name}", COLUMNS, rows)


def _overview(made: Conformance, shown: set[str]) -> Iterator[str]:
    yield "# Frameworks against the mathematics\n"
    yield "Made by `propcheck conform all -o reports/conformance`. Values, slopes and second derivatives of every"
    yield "elementwise activation against correctly rounded values: all numbers of bfloat16 and float16, some 4000"
    yield "of float32 and float64. Of 16 bits an error is an upper bound, of the others what was found: a lower one.\n"
    yield "| framework | version | implementations | with a fault | faults |"
    yield "|---|---|---|---|---|"
    for name in sorted(shown):
        tried = [one for one in made.tried if one.framework == name]
        faults = [each for each in made.breaches if _framework(made, each) == name]
        wrong = {(each.implementation, each.function) for each in faults}
        yield f"| [{name}]({name}.md) | {made.present[name]} | {len(tried)} | {len(wrong)} | {len(faults)} |"
    yield ""
    for name, why in made.missing.items():
        yield f"Not tried: {name}: {wording.line(why)}\n"
    yield "| class | means | a fault | " + " | ".join(sorted(shown)) + " |"
    yield "|---|---|---|" + "---|" * len(shown)
    for kind, meaning in CLASSES.items():
        counts = [
            sum(_framework(made, each) == name for each in made.findings if each.kind == kind) for name in sorted(shown)
        ]
        if any(counts):
            fault = "no" if kind in HARMLESS else "yes"
            yield f"| {kind} | {meaning} | {fault} | " + " | ".join(map(str, counts)) + " |"
    yield "\n[What goes by which name](names.md), [slopes at kinks](kinks.md),"
    yield "[known faults](known.md).\n"


def _page(made: Conformance, name: str) -> Iterator[str]:
    findings = [each for each in made.findings if not name or _framework(made, each) == name]
    tried = [one for one in made.tried if not name or one.framework == name]
    versions = ", ".join(
        f"{key} {version}" for key, version in made.present.items() if not name or key.startswith(name[:4])
    )
    yield f"# {name or 'Conformance'}\n\n{versions}\n"
    for one in dict.fromkeys((one.name, one.function) for one in tried):
        own = [each for each in findings if (each.implementation, each.function) == one]
        faults = [each for each in own if each.breach]
        head = "no fault" if not faults else f"{len(faults)} faults"
        yield f"## {one[0]} as {one[1]}: {head}\n"
        shown = [each for each in own if each.kind != "convention" or each.breach]
        if shown:
            yield "| order | type | class | at x | got | right | ulp | share | own tests | |"
            yield "|---|---|---|---|---|---|---|---|---|---|"
            for each in shown:
                texts = cells(each.to_json())[2:]
                yield "| " + " | ".join(wording.line(text).replace("|", "\\|") for text in texts) + " |"
            yield ""
        worst = [each for each in faults if each.example][:1]
        for each in worst:
            yield f"```python\n{each.example}  # {plain(each.got)}, right is {plain(each.want)}\n```\n"
    out = made.not_elementwise.get(name, [])
    if out:
        yield f"Not elementwise, and not tried: {', '.join(out)}.\n"


def _kinks(made: Conformance) -> Iterator[str]:
    """What each implementation takes for the slope at a kink, in float32."""
    yield "# Slopes at kinks\n\nEach value between the one-sided slopes is a subgradient, and no fault.\n"
    yield "| implementation | function | at x | slope | takes |\n|---|---|---|---|---|"
    for each in made.findings:
        if each.kind == "convention" and each.dtype == "float32" and not math.isnan(each.got):
            texts = (each.implementation, each.function, f"{each.x:g}", f"{each.got:.6g}", each.note)
            yield "| " + " | ".join(texts) + " |"
    yield ""

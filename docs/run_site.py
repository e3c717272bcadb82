"""The pages of the site that say what the code says: measures, commands, the gallery of the catalogue, a live page.

`python docs/run_site.py` writes them to docs/made, as the site does when it is built (`make docs`); they are never
committed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import propcheck
from propcheck import cli, facts, glossary
from propcheck.criteria import STANDARDS
from propcheck.criteria.foretold import foretold
from propcheck.curves.graph import graph
from propcheck.facts.claimable import ASSERTIONS
from propcheck.inquiries.analysis import Analysis
from propcheck.report import card, phrases
from propcheck.report.formats import markdown_text
from propcheck.report.page.charts import graph as chart
from propcheck.report.page.typeset import math
from propcheck.serve import still
from propcheck.spec import Entry, Spec, index
from propcheck.verdict import InputError, Json

MADE = Path(__file__).with_name("made")
TEMPLATES = Path(cli.__file__).parents[1] / "report" / "page" / "templates"
LIVE = ["swish", "elu", "leaky_relu"]  # whose sliders are kept in the page that stands still
PICTURES = {"algelu": "x*(1 + x/sqrt(x**2 + 2))/2"}  # that pages take in
WIDTH = 96  # of the help of a command


def write(folder: Path = MADE) -> None:
    """All made pages; what lay in the folder goes. A page that has not changed keeps its date."""
    pages = dict(_pages())
    for path in [path for path in folder.rglob("*.*") if path.relative_to(folder).as_posix() not in pages]:
        path.unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _pages() -> Iterator[tuple[str, str]]:
    yield from measures()
    yield "commands.md", commands()
    yield "facts.md", known()
    yield "words.md", words()
    yield "static/charts.css", charts()
    for name, formula in PICTURES.items():
        yield f"pictures/{name}.md", f"{_picture(propcheck.load(formula), name)}\n"
    yield "extra/live.html", still.copy(LIVE, "relu", {"Documentation": "index.html"})
    yield from gallery()


# ---------------------------------------------------------------------------------------------- what the code says


def measures() -> Iterator[tuple[str, str]]:
    """The rule of each criterion, to be taken in by its page."""
    for item in STANDARDS:
        lines = ["| verdict | when |", "|---|---|"]
        lines += [f"| {word} | {markdown_text(rule)} |" for word, rule in item.rule.items()]
        told = zip(item.thresholds, item.bounds.values(), strict=True)
        limits = ", ".join(f"`{item.key}.{name}` = {value:g}" for name, value in told)
        lines += ["", f"Thresholds, which `--threshold` changes: {limits}."] if limits else []
        lines += ["", f"What experiments say of the measure: {foretold(item.key)}."]
        yield f"measures/{item.key}.md", "\n".join(lines) + "\n"


def commands() -> str:
    """The help of each command."""
    from click import Context

    whole = Context(cli.commands, info_name="propcheck", **cli.commands.context_settings)
    lines = ["# Commands", "", "What `propcheck COMMAND --help` prints of each.", ""]
    for name in cli.COMMANDS:
        command = cli.commands.get_command(whole, name)
        assert command is not None
        context = Context(command, info_name=name, parent=whole, terminal_width=WIDTH, max_content_width=WIDTH)
        lines += [f"## {name}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def known() -> str:
    """The keys of facts and of claims."""
    lines = ["# Facts and claims", "", "Facts, in the order in which a card has them; the fields of each are in the"]
    lines += [
        "schema of an analysis ([schemas](../reference/schemas.md)).",
        "",
        "| key | on a card | also on an interval |",
    ]
    lines += ["|---|---|---|"]
    lines += [f"| `{row.key}` | {row.label or '-'} | {'yes' if row.on else 'no'} |" for row in facts.ROWS]
    lines += [
        "",
        "## What may be claimed",
        "",
        "The keys of `[claims]` in a spec and of `check --require`, besides the",
    ]
    lines += ["eight criteria, and what is said of each.", "", "| key | kind of value |", "|---|---|"]
    lines += [f"| `{key}` | {kind} |" for key, kind in ASSERTIONS.items()]
    return "\n".join(lines) + "\n"


def words() -> str:
    """The glossary, to be taken in by its page."""
    lines = []
    for row in sorted(glossary.ROWS, key=lambda row: row.name.lower()):
        lines += [f"{markdown_text(row.name)}", f": {markdown_text(row.meaning)}"]
        lines += [f"  Also: {', '.join(map(markdown_text, row.also))}."] if row.also else []
        lines += [f"  See {', '.join(map(markdown_text, row.see))}."] if row.see else []
        lines += [""]
    return "\n".join(lines)


def charts() -> str:
    """The style of the pictures, as the page of a report has it."""
    light, dark, drawn = ((TEMPLATES / f"{name}.css").read_text("utf-8") for name in ("light", "dark", "charts"))
    return f":root {{\n{light}}}\n@media (prefers-color-scheme: dark) {{\n  :root {{\n{dark}  }}\n}}\n{drawn}"


# ---------------------------------------------------------------------------------------------- the gallery


def gallery() -> Iterator[tuple[str, str]]:
    """A page for each function of the catalogue, and one that lists them."""
    entries = index()
    found = propcheck.analyze_many([entry.name for entry in entries])
    rows = ["| function | formula | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |", f"|---|---|{'---|' * 8}"]
    specs = propcheck.catalogue()
    for entry in entries:
        analysis = found[entry.name]
        signs = " | ".join(phrases.SYMBOLS[verdict.verdict] for verdict in analysis.criteria)
        rows.append(f"| {linked(entry)} | {signs} |")
        yield f"gallery/{entry.name}.md", _function(entry, specs[entry.name], analysis)
    head = "# Gallery of the catalogue\n\nVerdicts on the [eight criteria](../../criteria/index.md), by the formula:"
    head += " `+` holds, `~` partly, `-` fails, `?` open.\n\n"
    names = "\n".join(entry.name for entry in entries)
    yield "gallery/index.md", f"{head}{chr(10).join(rows)}\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"


def linked(entry: Entry) -> str:
    """The link to the page of a function, and its formula: two cells of a table, which a bar would end."""
    formula = str(math(entry.formula)).replace("|", "&#124;")
    return f"[{markdown_text(entry.title)}]({entry.name}.md) | {formula}"


def _function(entry: Entry, spec: Spec, analysis: Analysis) -> str:
    made = analysis.to_json()
    about = made["activation"]
    lines = [
        f"# {markdown_text(entry.title)}",
        "",
        *_formulas(about),
        "",
        _picture(analysis.activation, entry.name),
        "",
    ]
    lines += ["```console", f"$ propcheck analyze {entry.name}", "```", ""]
    if spec.note:
        lines += [markdown_text(spec.note), ""]
    if spec.source:
        lines += [f"Source and who uses it: {markdown_text(spec.source)}.", ""]
    if spec.aliases:
        lines += [f"Also called {', '.join(f'`{name}`' for name in spec.aliases)}.", ""]
    lines += [f"- `{name}`: {markdown_text(card.parameter(item))}" for name, item in about["parameters"].items()]
    lines += ["", "## Verdicts", ""]
    lines += _table(("sign", "criterion", "verdict", "standing", "reasons"), card.verdicts(made["criteria"]))
    lines += ["", "## Facts", "", *_table(("fact", "found", "standing"), card.facts(made["facts"]))]
    if made["claims"]:
        lines += ["", "## Claims", "", f"{card.count(made['claims'])}.", ""]
        lines += _table(("sign", "claim", "outcome", "said and found"), card.claims(made["claims"]))
    return "\n".join(lines) + "\n"


def _formulas(about: Json) -> Iterator[str]:
    shown = [("g(x)", about["expression"]), ("g'(x)", about.get("derivative"))]
    for name, text in shown:
        if text:
            yield f'<p class="formula"><i>{name}</i> = {math(text)}</p>\n'


def _picture(activation: Any, name: str) -> str:
    try:
        curves: Mapping = graph(activation)
        return re.sub(r"\s*\n\s*", " ", str(chart.draw(curves, name)[1]))
    except InputError as error:
        return f"No curve: {error}."


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)]


def _cell(text: str) -> str:
    return markdown_text(" ".join(text.split())) or " "


if __name__ == "__main__":
    shutil.rmtree(MADE, ignore_errors=True)
    write()

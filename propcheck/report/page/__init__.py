"""A report as HTML that opens anywhere: drawn from a record alone, with its style and script inside.

A page asks nothing of the network, and says so to the browser; it can be read without its script, which sorts and
filters. Titles, sources and claims are other people's words: they reach the page escaped, and what a reader cannot see,
such as a mark that turns the line, is left out of them. Formulas are set anew from their text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.certificates import BROWSER, Certificate
from propcheck.report import curves, phrases, points
from propcheck.report.changes import Change
from propcheck.report.guide import STANDINGS
from propcheck.report.page import cards, overview
from propcheck.report.page import measured as experiments
from propcheck.report.page.charts import cost
from propcheck.report.page.words import clean, softened

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

INDEX, FOLDER = "report.html", "functions"
TEMPLATES = Path(__file__).parent / "templates"


def draw(
    record: Mapping[str, Any],
    changes: Iterable[Change] | None = None,
    command: str = "propcheck report",
    versions: Mapping[str, str] | None = None,
    pages: bool = False,
    digits: int = phrases.DIGITS,
    measured: Mapping[str, Any] | None = None,
    graphs: Mapping[str, Any] | None = None,
    beside: Iterable[str] = (),
    certificates: Sequence[Certificate] = (),
) -> dict[str, str]:
    """The files of the page, by name: one, or with `pages` also one for each function, in a folder.

    `changes` are those since a baseline, None where there is none. `measured` is the record of measurements, with the
    probes of some of the functions; `graphs` that of the curves of all. `beside` are the names of the files that the
    page lies among: it links to those of the tables. With `certificates`, one for each function, the page holds a
    checker of its own.
    """
    shown = curves.of(graphs, record["activations"])
    record = clean(record if measured is None else {**record, "measured": measured})
    environment = templates()
    slugs = overview.slugs(record["activations"])
    changed = None if changes is None else [clean(vars(change)) for change in changes]
    made = cards.cards(record, slugs, changed or [], digits, clean(shown), certificates)
    script = (TEMPLATES / "script.js").read_text("utf-8")
    if certificates:
        script = BROWSER.read_text("utf-8") + script
    view = overview.overview(record, slugs, digits, made)
    shared = {
        "view": view,
        "standings": STANDINGS,
        "symbols": overview.SYMBOLS,
        "criteria": record["criteria"],
        "tracked": any((graph or {}).get("tracks") for graph in shown),
        "script": script,
        "policy": _policy(script),
    }
    index = environment.get_template("report.html").render(
        shared,
        cards=made,
        figures=list(_charts(record, view)),
        tables=_tables(beside),
        changes=changed,
        command=clean(command),
        versions=versions or {},
        made_by=" ".join(filter(None, ("propcheck", (versions or {}).get("propcheck", "")))),
        settings=record.get("settings", {}),
        seeds=record.get("seeds", []),
        link=(lambda slug: f"{FOLDER}/{slug}.html") if pages else (lambda slug: f"#f-{slug}"),
        root="",
        apart=pages,
    )
    files = {INDEX: index}
    if pages:
        template = environment.get_template("function.html")
        for one in made:
            text = template.render(shared, card=one, link=lambda slug: f"{slug}.html", root=f"../{INDEX}")
            files[f"{FOLDER}/{one['slug']}.html"] = text
    return files


def _charts(record: Mapping[str, Any], view: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    """The charts of all functions together."""
    if len(view["rows"]) < 2:
        return
    probes = experiments.probes(record.get("measured"))
    for dots, words, name in (
        (points.of_formulas(record), cost.BY_FORMULA, "all-cost"),
        (points.of_probes(probes), cost.BY_EXPERIMENT, "all-measured-cost"),
    ):
        drawn = cost.draw(list(dots), words, name)
        if drawn is not None:
            yield drawn


def _tables(beside: Iterable[str]) -> dict[str, list[str]]:
    """The files of what was measured, by the table that each holds."""
    names = sorted(beside)
    kinds = "experiments", "predictions"
    return {table: [name for name in names if name.partition(".")[0] == table] for table in kinds}


def templates(*folders: Path) -> Environment:
    """The templates of the page, those in other folders before them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from propcheck.report.page.typeset import math

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader([*folders, TEMPLATES]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"math": math, "softened": softened}
    return environment


def _policy(script: str) -> str:
    """What the browser may do with the page: show it, and run this one script."""
    return (
        "default-src 'none'; style-src 'unsafe-inline';"
        f" script-src '{hashed(script)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def hashed(text: str) -> str:
    """A style or script as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

"""A report as HTML that opens anywhere: drawn from a record alone, with its style and script inside.

A page asks nothing of the network, and says so to the browser; it can be read without its script, which sorts and
filters. Titles, sources and claims are other people's words: they reach the page escaped, and what a reader cannot see,
such as a mark that turns the line, is left out of them. Formulas are set anew from their text, figures rebuilt element
by element.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.report import phrases
from propcheck.report.changes import Change
from propcheck.report.guide import STANDINGS
from propcheck.report.page import cards, overview
from propcheck.report.page.drawing import inline
from propcheck.report.page.words import clean, softened

if TYPE_CHECKING:
    from jinja2 import Environment

INDEX, FOLDER = "report.html", "functions"
TEMPLATES = Path(__file__).parent / "templates"

Figures = Mapping[str, Sequence[tuple[str, str]]]


def draw(
    record: Mapping[str, Any],
    figures: Figures | None = None,
    changes: Iterable[Change] | None = None,
    command: str = "propcheck report",
    versions: Mapping[str, str] | None = None,
    pages: bool = False,
    digits: int = phrases.DIGITS,
    measured: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """The files of the page, by name: one, or with `pages` also one for each function, in a folder.

    `figures` has for an activation's name its captions and SVG texts; those of the whole report stand under "".
    `changes` are those since a baseline, None where there is none. `measured` is the record of measurements, with the
    probes of some of the functions.
    """
    record = clean(record if measured is None else {**record, "measured": measured})
    environment = _environment()
    slugs = overview.slugs(record["activations"])
    names = {"": "", **dict(zip(slugs, (entry["activation"]["name"] for entry in record["activations"]), strict=True))}
    drawn = {
        slug: [(clean(caption), inline(svg, clean(caption), slug)) for caption, svg in (figures or {}).get(name, ())]
        for slug, name in names.items()
    }
    changed = None if changes is None else [clean(vars(change)) for change in changes]
    made = cards.cards(record, slugs, drawn, changed or [], digits)
    shared = {
        "view": overview.overview(record, slugs, {change["name"] for change in changed or ()}, digits),
        "standings": STANDINGS,
        "symbols": overview.SYMBOLS,
        "criteria": record["criteria"],
        "policy": _policy(),
    }
    index = environment.get_template("report.html").render(
        shared,
        cards=made,
        figures=drawn[""],
        changes=changed,
        command=clean(command),
        versions=versions or {},
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


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from propcheck.report.page.typeset import math

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"math": math, "softened": softened}
    return environment


def _policy() -> str:
    """What the browser may do with the page: show it, and run this one script."""
    digest = base64.b64encode(hashlib.sha256((TEMPLATES / "script.js").read_bytes()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )

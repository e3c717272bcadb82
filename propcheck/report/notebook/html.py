"""A sheet as HTML: one element with its style inside, in the colours of the page, light and dark.

Where a site takes the style away, the words and tables stay; where it takes MathML away, the formula stays as text.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from propcheck.report import phrases
from propcheck.report.formats import Cell, Table
from propcheck.report.guide import STANDINGS
from propcheck.report.notebook.sheet import Formula, Sheet
from propcheck.report.page import TEMPLATES
from propcheck.report.page.charts import graph
from propcheck.report.page.typeset import math
from propcheck.report.page.words import clean
from propcheck.verdict import Json

_NAME = ".propcheck"
_OURS = _NAME * 3  # a notebook has rules for tables of its own, and the more exact name wins
_LIGHT = ("[data-jp-theme-light=true]", ".vscode-light")  # how notebooks say that they are light
_DARK = ("[data-jp-theme-light=false]", ".vscode-dark")  # or dark, whatever the system is
_VERDICTS = {symbol: word for word, symbol in phrases.SYMBOLS.items()}
_BREAKS = re.compile(r"[$\\]")  # what mathematics would begin at, were it not alone in an element


def draw(sheet: Sheet) -> str:
    """The HTML."""
    parts = "\n".join(_parts(sheet))
    return f'<div class="{_NAME[1:]} tex2jax_ignore mathjax_ignore"><style>{style()}</style>\n{parts}\n</div>'


def _parts(sheet: Sheet) -> Iterator[str]:
    if sheet.title:
        yield f'<div class="name">{_words(sheet.title)}</div>'
    yield from _code(sheet.lead)
    for formula in sheet.formulas:
        yield _formula(formula)
    if sheet.answer:
        yield f'<p class="note">{_words(sheet.answer)}</p>'
    if sheet.graph is not None:
        yield _figure(sheet.graph, sheet.facts)
    for table in sheet.tables:
        yield from _table(table)
    for note in sheet.notes:
        yield f'<p class="note">{_words(note)}</p>'
    yield from _code(sheet.code)


def _code(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<pre>{escape(chr(10).join(map(clean, lines)))}</pre>"


def _formula(formula: Formula) -> str:
    name = formula.name.replace("'", "′")
    equal = Markup(" <span>=</span> ") + math(clean(formula.branches)) if formula.branches else ""
    typeset = f'<div class="formula"><span>{escape(name)} =</span> {math(clean(formula.text))}{equal}</div>'
    return f"{typeset}\n<code>{_words(formula.text)}</code>"


def _figure(made: Json, facts: Json) -> str:
    """The curves, as the report's card has them."""
    made = clean(made)
    title = _BREAKS.sub("", made["activation"]["title"])  # there is no element in a picture to part mathematics by
    made = {**made, "activation": {**made["activation"], "title": title}}
    name = f"propcheck-{zlib.crc32(repr(made).encode()):08x}"  # a notebook may show several
    caption, pictures = graph.draw(made, name, facts)
    return f"<figure>{pictures}<figcaption>{_words(caption)}</figcaption></figure>"


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f'<div class="part">{_words(table.title)}</div>'
    heads = "".join(f"<th>{_words(column)}</th>" for column in table.columns)
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    for row in table.rows:
        cells = (_cell(column, cell) for column, cell in zip(table.columns, row, strict=True))
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</tbody></table>"


def _cell(column: str, cell: Cell) -> str:
    if column == "standing" and cell.text in STANDINGS:
        return f'<abbr class="standing" title="{escape(STANDINGS[cell.text])}">{_words(cell.text)}</abbr>'
    if cell.kind == "symbol" and cell.text in _VERDICTS:
        word = _VERDICTS[cell.text]
        return f'<span class="badge {word}" title="{word}">{escape(cell.text)}</span>'
    return str(math(clean(cell.text))) if cell.kind == "code" and cell.text else _words(cell.text)


def _words(text: str) -> str:
    return _BREAKS.sub(r"<span>\g<0></span>", str(escape(clean(text))))


@lru_cache(maxsize=1)
def style() -> str:
    """The rules that hold inside the element: the page's colours and parts, and a few of a notebook's own."""
    light, dark, parts, own = (
        " ".join((TEMPLATES / f"{name}.css").read_text(encoding="utf-8").split())
        for name in ("light", "dark", "parts", "notebook")
    )
    charts = " ".join((TEMPLATES / "charts.css").read_text(encoding="utf-8").split())
    in_light, in_dark = (", ".join(f"{place} {_OURS}" for place in places) for places in (_LIGHT, _DARK))
    return (
        f"{_OURS}, {in_light} {{ color-scheme: light; {light} }} "
        f"@media (prefers-color-scheme: dark) {{ {_OURS} {{ color-scheme: dark; {dark} }} }} "
        f"{in_dark} {{ color-scheme: dark; {dark} }} "
        f"{_OURS} {{ {parts} {charts} {own} }}"
    )

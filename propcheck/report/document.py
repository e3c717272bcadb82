"""A report as one LaTeX document that compiles by itself: all tables, what they mean, and what is contradicted.

What experiments found stands in files of its own, which other machines fill otherwise; where they lie beside the
document it takes them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from propcheck.report import guide, phrases, sketches
from propcheck.report.formats import WIDTHS, Cell, Setting, Table, latex_body, latex_cell, latex_text
from propcheck.verdict import Json

NAME = "report.tex"
MEASURED = {"experiments": "Proof beside experiment", "predictions": "Predictions beside measurements"}
_ORDER = ("criteria", "properties", "initialisation", "legend", "departures", "claims", "equations", "changes")
_PACKAGES = "amsmath,amssymb,booktabs,caption,graphicx,longtable"


def document(
    record: Mapping[str, Any],
    tables: Sequence[Table],
    symbols: str = phrases.SIGNS,
    width: str = WIDTHS[0],
    graphs: Json | None = None,
) -> str:
    """The LaTeX of a record, with these tables of it; `symbols` are those that the criteria are told by.

    As wide as a column, it has two of them. `graphs` is the record of curves, which are drawn where there is one.
    """
    drawn = "" if graphs is None else sketches.figures(record["activations"], graphs)
    head = [
        f"\\documentclass{'[twocolumn]' if width == 'column' else ''}{{article}}",
        "\\usepackage[a4paper,margin=20mm]{geometry}",
        f"\\usepackage{{{_PACKAGES}{',tikz' if drawn else ''}}}",
        "\\setlength{\\LTleft}{0pt}",
        "\\setlength{\\parindent}{0pt}",
        "\\begin{document}",
        "\\section*{Report on activation functions}",
        latex_text(guide.summary(record)),
        "",
        latex_text(guide.READING).replace("\\textasciitilde{}", "$\\sim$"),
    ]
    if any("\\sigma(" in (cell.latex or "") for table in tables for row in table.rows for cell in row):
        head += ["", "$\\sigma$ is the logistic function, $\\sigma(x) = 1/(1 + e^{-x})$."]
    return "\n".join([*head, *_body(record, tables, symbols, width, drawn), "\\end{document}"]) + "\n"


def _body(record: Mapping[str, Any], tables: Sequence[Table], symbols: str, width: str, drawn: str) -> Iterator[str]:
    places = {name: place for place, name in enumerate(_ORDER)}
    for table in sorted(tables, key=lambda table: places.get(table.name, len(places))):
        yield _heading(table.title)
        yield latex_body(table, Setting(width, floats=width == "column")) if table.rows else "none"
        if drawn and table.name == "properties":
            yield _heading("Curves")
            yield drawn
        if table.name == "criteria":
            yield from _signs(symbols)
        if table.name == "legend":
            yield from _standings()
            yield from _listed("Contradicted", guide.contradicted(record))
            yield from _listed("Equations taken together", guide.together(record))
    for name, title in MEASURED.items():
        yield f"\\IfFileExists{{{name}.tex}}{{{_heading(title)}\\input{{{name}.tex}}}}{{}}"


def _heading(title: str) -> str:
    return f"\n\\subsection*{{{latex_text(title)}}}\n"


def _signs(symbols: str) -> Iterator[str]:
    signs = [(sign, word) for word, sign in phrases.SYMBOL_SETS[symbols].items() if sign != word]
    told = [f"{latex_cell(Cell(sign, 'symbol'))} {word}" for sign, word in signs]
    yield "\\medskip"
    yield "; ".join([*told, latex_text(guide.BRACKETS.replace("`", ""))]) + "."


def _standings() -> Iterator[str]:
    yield _heading("How surely it is known")
    yield from _items("description", (f"\\item[{word}] {latex_text(means)}" for word, means in guide.STANDINGS.items()))


def _listed(title: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield _heading(title)
        yield from _items("itemize", (f"\\item {{}}{latex_text(sentence)}" for sentence in sentences))


def _items(kind: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"\\begin{{{kind}}}\\raggedright"
    yield from lines
    yield f"\\end{{{kind}}}"

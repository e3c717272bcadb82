r"""A sheet as LaTeX in display mode, such as MathJax, KaTeX and LaTeX itself all set alike.

Words stand in `\text{...}`, which the three escape in different ways. So only characters that need no escape stand
inside; the others stand between, as the mathematical signs that all three know. Letters of other scripts stay as they
are: of the TeX engines, XeTeX and LuaTeX have them.
"""

from __future__ import annotations

import re
import textwrap
from itertools import zip_longest

from propcheck.report.formats import Cell, Table
from propcheck.report.notebook.sheet import Formula, Sheet
from propcheck.report.page.words import clean

WIDEST = 64  # characters of a line in a cell; nothing in mathematics wraps by itself

_SIGNS = {character: f"\\{character}" for character in "{}$%&#_"} | {
    "\\": r"\backslash ",
    "^": r"{\wedge}",
    "~": r"{\sim}",
    "<": "{<}",
    ">": "{>}",
    "|": "{|}",
    '"': r"\text{''}",
    "`": r"\text{`}",
    "'": r"\text{'}",
    "-": r"\text{-}",
    "±": r"{\pm}",
    "×": r"{\times}",
    "≤": r"{\le}",
    "≥": r"{\ge}",
    "∞": r"\infty ",
}
_VALUES = re.compile(r"C\^(?P<class>inf|\d+)|-?\binf\b|(?<![\w.])-?\d[\d.]*(e[+-]?\d+)?(?!\w)")


def draw(sheet: Sheet) -> str:
    """The LaTeX, a display for each formula and each table; of what has formulas alone, only these."""
    parts = [formula(one) for one in sheet.formulas if one.latex]
    if parts and not sheet.tables:
        return "\n\n".join(parts)
    texts = [_display(r"\begin{array}{l}" + _lines([said]) + r"\end{array}") for said in (sheet.answer, *sheet.notes)]
    parts += [*texts[:1] * bool(sheet.answer), *[_array(table) for table in sheet.tables], *texts[1:]]
    return "\n\n".join([*([_display(words(sheet.title))] if sheet.title else []), *parts])


def formula(one: Formula) -> str:
    """A formula in display mode."""
    name = one.name.replace("'", r"^{\prime}")
    equal = f" = {one.cases}" if one.cases else ""
    return _display(f"{name} = {one.latex}{equal}" if name else str(one.latex))


def words(text: str) -> str:
    """Words in mathematics, as they are."""
    return _set(_one_line(text))


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _set(text: str) -> str:
    parts = re.split(r"([^A-Za-z0-9 .,;:!?()\[\]/=*+@\u00a0-\U0010ffff]|[±×≤≥∞])", text)
    return "".join(_SIGNS.get(part, rf"\text{{{part}}}") for part in parts if part) or r"\text{}"


def _values(text: str) -> str:
    """Computed values: the numbers in them as mathematics, the rest as words."""
    made, end, text = [], 0, _one_line(text)
    for found in _VALUES.finditer(text):
        number = f"C^{{{found['class']}}}" if found["class"] else f"{{{found[0]}}}"
        made += [_set(text[end : found.start()])] * (found.start() > end) + [number.replace("inf", r"\infty")]
        end = found.end()
    return "".join([*made, *([_set(text[end:])] if end < len(text) or not made else [])])


def _array(table: Table) -> str:
    head = " & ".join(words(column) for column in table.columns)
    body = r" \\ ".join(_row(row) for row in table.rows)
    title = _display(words(table.title)) + "\n\n" if table.title else ""
    return title + _display(rf"\begin{{array}}{{{'l' * len(table.columns)}}} {head} \\ \hline {body} \end{{array}}")


def _row(row: tuple[Cell, ...]) -> str:
    """A row, on as many lines as its longest cell has."""
    lines = zip_longest(*(_cell(cell) for cell in row), fillvalue="")
    return r" \\ ".join(" & ".join(line) for line in lines)


def _cell(cell: Cell) -> list[str]:
    if cell.latex:
        return [cell.latex]
    setting = _values if cell.kind == "value" else words
    return [setting(line) for line in textwrap.wrap(cell.text, WIDEST)] or [""]


def _lines(texts: list[str]) -> str:
    return r" \\ ".join(words(line) for text in texts for line in textwrap.wrap(text, 2 * WIDEST))


def _display(body: str) -> str:
    return f"$$\n{body}\n$$"

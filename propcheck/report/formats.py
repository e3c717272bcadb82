"""The formats of tables: GitHub Markdown, LaTeX, CSV, JSON.

Titles, names, notes and claims are other people's words. Every cell is escaped for the format that it is written in, so
that nothing in it becomes markup, a LaTeX command or a spreadsheet's formula. The LaTeX needs booktabs and amsmath, and
longtable where a table is longer than a page.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from propcheck import files
from propcheck.verdict import Shown

SCHEMA = "propcheck.table/1"


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table: a text, and what kind of text it is.

    `words` may be anybody's; `code` is a formula in the expression language, with its LaTeX as made with the record;
    `value` is computed; `symbol` is one of the table's own signs.
    """

    text: str
    kind: str = "words"
    latex: str | None = None


@dataclass(frozen=True)
class Table(Shown):
    """A table: the name of its files, a title, its columns, its rows.

    For a page, in LaTeX: `widths` of columns that wrap; `parts`, the columns of each table that it is split into, the
    first column leading them all; `headed`, whether each value of the first column heads a table of its own; a `note`
    below.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[tuple[str, ...], ...] = ()
    headed: bool = False
    note: str = ""

    shown_as = "table"

    def shown(self) -> Table:
        return self


def markdown(table: Table) -> str:
    """GitHub Markdown."""
    return f"# {markdown_text(table.title)}\n\n{pipes(table)}\n"


def pipes(table: Table) -> str:
    """The table alone, in GitHub Markdown."""
    rows = [[_MARKDOWN[cell.kind](cell.text) for cell in row] for row in table.rows]
    return _grid(rows, [markdown_text(column) for column in table.columns], "github")


def markdown_text(text: str) -> str:
    """Words that Markdown shows as they are, on one line."""
    return _markdown_symbol(text).replace("~", "\\~")


def _markdown_symbol(text: str) -> str:
    return re.sub(r"([\[\]$])", r"\\\1", _markdown_value(text))


def _markdown_value(text: str) -> str:
    text = re.sub(r"([\\`*_|])", r"\\\1", _one_line(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown_code(text: str) -> str:
    """A formula that Markdown shows as it is, on one line."""
    return markdown_text(text) if "`" in text else f"`{_one_line(text)}`".replace("|", "\\|")


_MARKDOWN = {"words": markdown_text, "code": markdown_code, "value": _markdown_value, "symbol": _markdown_symbol}


_LONG = 40  # rows of one line that no page holds


def latex(table: Table) -> str:
    """A booktabs tabular, or several, or where one may be longer than a page longtables, to be put in with \\input."""
    packages = ["amsmath", "booktabs", *(["longtable"] if _is_long(table) else [])]
    body = latex_body(table)
    packages += ["amssymb"] if "\\checkmark" in body else []
    return f"% {_one_line(table.title)}; needs \\usepackage{{{','.join(packages)}}}\n{body}"


def latex_body(table: Table) -> str:
    """The same, without the line that says what it needs."""
    note = f"\n\\par\\smallskip\\noindent {latex_text(table.note)}" if table.note else ""
    bodies = [_tabular(part) for part in _for_a_page(table)]
    if len(bodies) == 1 and not note and not table.widths:
        return bodies[0] + "\n"
    small = "{\\footnotesize\\sloppy\\setlength{\\tabcolsep}{3pt}%\n"
    return small + "\n\\par\\medskip\n".join(bodies) + note + "\\par}\n"


def _is_long(table: Table) -> bool:
    return bool(table.widths) or len(table.rows) > _LONG


def _for_a_page(table: Table) -> list[Table]:
    if table.headed:
        names = dict.fromkeys(row[0] for row in table.rows)
        rows = {name: tuple(row[1:] for row in table.rows if row[0] == name) for name in names}
        return [replace(table, title=name.text, columns=table.columns[1:], rows=rows[name]) for name in names]
    if not table.parts:
        return [table]
    places = [[0, *(table.columns.index(column) for column in part)] for part in table.parts]
    return [
        replace(
            table,
            columns=tuple(table.columns[k] for k in kept),
            rows=tuple(tuple(row[k] for k in kept) for row in table.rows),
        )
        for kept in places
    ]


def _tabular(table: Table) -> str:
    wrapped = [column in table.widths for column in table.columns]
    align = "".join(f"p{{{table.widths[column]}}}" if column in table.widths else "l" for column in table.columns)
    from tabulate import DataRow, TableFormat

    line = DataRow("", " & ", r" \tabularnewline" if any(wrapped) else r" \\")
    kind = "longtable" if _is_long(table) else "tabular"
    title = f"\\multicolumn{{{len(table.columns)}}}{{l}}{{\\textbf{{{latex_text(table.title)}}}}} \\\\*\n"
    rules = {
        "lineabove": f"\\begin{{{kind}}}{{{align}}}\n{title if table.headed else ''}\\toprule",
        "linebelowheader": "\\midrule" + ("\n\\endhead\n\\bottomrule\n\\endfoot" if kind == "longtable" else ""),
        "linebelow": ("" if kind == "longtable" else "\\bottomrule\n") + f"\\end{{{kind}}}",
    }
    form = TableFormat(
        linebetweenrows=None,
        headerrow=line,
        datarow=line,
        padding=0,
        with_header_hide=None,
        **{name: lambda widths, aligns, rule=rule: rule for name, rule in rules.items()},
    )
    rows = [[latex_cell(cell, *where) for cell, *where in zip(row, wrapped, strict=True)] for row in table.rows]
    for row in rows:  # an opening bracket or a star would belong to the \\\\ before it
        row[:1] = ["{}" + cell if cell[:1] in ("[", "*") else cell for cell in row[:1]]
    heads = [latex_cell(Cell(column), where) for column, where in zip(table.columns, wrapped, strict=True)]
    return _grid(rows, heads, form)


_LATEX = {
    "\\": "\\textbackslash{}",
    "{": "\\{",
    "}": "\\}",
    "#": "\\#",
    "$": "\\$",
    "%": "\\%",
    "&": "\\&",
    "_": "\\_",
    "^": "\\textasciicircum{}",
    "~": "\\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': "\\textquotedblright{}",
    "`": "\\textasciigrave{}",
    "×": "$\\times$",
    "−": "$-$",
    "·": "$\\cdot$",
    "±": "$\\pm$",
    "≤": "$\\le$",
    "≥": "$\\ge$",
    "∞": "$\\infty$",
    "–": "\\textendash{}",
    "—": "\\textemdash{}",
    "‘": "\\textquoteleft{}",
    "’": "\\textquoteright{}",
    "“": "\\textquotedblleft{}",
    "”": "\\textquotedblright{}",
    "…": "\\ldots{}",
    "ß": "\\ss{}",
    "ø": "\\o{}",
    "Ø": "\\O{}",
    "ł": "\\l{}",
    "Ł": "\\L{}",
    "æ": "\\ae{}",
    "Æ": "\\AE{}",
    "ı": "\\i{}",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
_GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
_LATEX |= {unicodedata.lookup(f"GREEK SMALL LETTER {'LAMDA' if name == 'lambda' else name.upper()}"): f"$\\{name}$"
           for name in _GREEK.split()}  # fmt: skip


def latex_text(text: str) -> str:
    """Words that LaTeX sets as they are with any engine and encoding; letters that it may lack as their code points."""
    text = "".join(map(_latex_character, _one_line(text)))
    return re.sub(r"(?<=-)-|(?<=')'|(?<=,),", r"{}\g<0>", text)  # two that stand together would be set as one sign


def _latex_character(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if character.isascii():
        return character
    letter, *accents = unicodedata.normalize("NFD", character)
    if letter.isascii() and len(accents) == 1 and accents[0] in _ACCENTS:
        return f"\\{_ACCENTS[accents[0]]}{{{letter}}}"
    return f"U+{ord(character):04X}"


def _latex_value(text: str) -> str:
    text = re.sub(r"(?<![\w}])-", "$-$", latex_text(text))
    text = re.sub(r"C\\textasciicircum\{\}(\w+)", r"$C^{\1}$", text).replace("$C^{inf}$", "$C^{\\infty}$")
    return re.sub(r"\binf\b", r"$\\infty$", text)


def _latex_symbol(text: str) -> str:
    return "".join(_LATEX_SYMBOLS.get(character) or _latex_character(character) for character in _one_line(text))


_LATEX_SYMBOLS = {"+": "$+$", "-": "$-$", "~": "$\\sim$", "✓": "$\\checkmark$", "✗": "$\\times$"}


def latex_cell(cell: Cell, wrapped: bool = False) -> str:
    """A cell in LaTeX; `wrapped` where its column has a width."""
    if cell.latex:
        return f"${cell.latex}$"
    text = {"value": _latex_value, "symbol": _latex_symbol}.get(cell.kind, latex_text)(cell.text)
    return f"\\raggedright {_breakable(text)}" if wrapped and text else text


def _breakable(text: str) -> str:
    """Words that may be broken behind a sign of a formula, and behind the underscore of a name."""
    return re.sub(r"(?<=[*/+=])(?=\w)|(?<=\\_)", r"\\allowbreak{}", text)


def comma_separated(table: Table) -> str:
    """CSV with one header line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _csv_cell(cell: Cell) -> str:
    """The text, behind an apostrophe where a spreadsheet would take other people's words for a formula."""
    text = _one_line(cell.text)
    harmless = cell.kind == "value" or re.fullmatch(r"[+-](\d[\d./]*|inf|oo)?", text)
    return f"'{text}" if text[:1] in tuple("=+-@") and not harmless else text


def json_rows(table: Table) -> str:
    """JSON: an object a row."""
    rows = [dict(zip(table.columns, (cell.text for cell in row), strict=True)) for row in table.rows]
    return files.dump({"schema": SCHEMA, "title": table.title, "columns": list(table.columns), "rows": rows})


FORMATS = {"md": markdown, "latex": latex, "csv": comma_separated, "json": json_rows}
ENDINGS = {name: {"latex": "tex"}.get(name, name) for name in FORMATS}


def _grid(rows: Sequence[Sequence[str]], columns: Sequence[str], form: Any) -> str:
    from tabulate import tabulate

    align = ["left"] * len(columns) if rows else None
    return tabulate(rows, columns, form, colalign=align, disable_numparse=True, preserve_whitespace=True)


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return "".join(character for character in text if unicodedata.category(character)[0] != "C")

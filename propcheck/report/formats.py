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

from propcheck import files, notation
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
_HALF = 2  # columns of a table as wide as a column of text, beside the first
_ROWS = 14  # rows of folded cells of a table that must stand on one page


@dataclass(frozen=True)
class Setting:
    """How a table stands on paper: as wide as the `page` or as a `column`, of which a page has two; where it stands, or
    where it `floats` to; with another caption and label than its own."""

    width: str = "page"
    floats: bool = True
    caption: str = ""
    label: str = ""


WIDTHS = ("page", "column")


def latex(table: Table, setting: Setting = Setting()) -> str:
    r"""Booktabs tables with captions and labels, to be put in with \input; longtables where a page may not hold one.

    As wide as a column they are shrunk to it where they are too wide, and those with folded cells reach over both.
    """
    body = latex_body(table, setting)
    packages = ["amsmath", "booktabs", *(["longtable"] if "{longtable}" in body else [])]
    packages += ["amssymb"] if "\\checkmark" in body else []
    packages += ["graphicx"] if "\\resizebox" in body else []
    packages += ["caption"] if "\\captionof" in body else []
    return f"% {_one_line(table.title)}; needs \\usepackage{{{','.join(packages)}}}\n{body}"


def latex_body(table: Table, setting: Setting = Setting()) -> str:
    """The same, without the line that says what it needs."""
    note = f"\n\\par\\smallskip\\noindent {latex_text(table.note)}" if table.note else ""
    parts = _for_a_page(table, setting)
    made = []
    for place, part in enumerate(parts, 1):
        named = replace(
            setting,
            caption=_caption(setting.caption or table.title, part, table, place, len(parts)),
            label=f"{setting.label or f'tab:{table.name}'}{f'-{place}' if len(parts) > 1 else ''}",
        )
        made.append(_placed(part, named, note if place == len(parts) else ""))
    return "\n".join(made)


def _caption(title: str, part: Table, whole: Table, place: int, count: int) -> str:
    """What a part of a table is called: by the function that it is on, or by how many there are before it."""
    if part.title != whole.title:
        return f"{title}: {part.title}"
    return f"{title} ({place} of {count})" if count > 1 else title


def _placed(part: Table, setting: Setting, note: str) -> str:
    """A part with its caption and label, in small type."""
    small = "\\footnotesize\\sloppy\\setlength{\\tabcolsep}{3pt}%\n"
    named = f"{{{latex_text(setting.caption)}}}\\label{{{setting.label}}}"
    if _is_long(part, setting):
        return f"{{{small}{_tabular(part, setting, named)}{note}\\par}}\n"
    body = _tabular(part, setting, "")
    if setting.width == "column" and not part.widths:
        body = f"\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n{body}}}"
    if not setting.floats:
        box = "\\medskip\\noindent\\begin{minipage}{\\linewidth}\\centering"  # a caption stays with its table
        return f"{box}{small}\\captionof{{table}}{named}\n{body}{note}\n\\end{{minipage}}\\par\\medskip\n"
    star = "*" if setting.width == "column" and part.widths else ""
    head = f"\\begin{{table{star}}}[htbp]\\centering{small}\\caption{named}\n"
    return f"{head}{body}{note}\n\\end{{table{star}}}\n"


def _is_long(table: Table, setting: Setting) -> bool:
    return setting.width == "page" and (bool(table.widths) or len(table.rows) > _LONG)


def _for_a_page(table: Table, setting: Setting) -> list[Table]:
    if table.headed:
        names = dict.fromkeys(row[0] for row in table.rows)
        rows = {name: tuple(row[1:] for row in table.rows if row[0] == name) for name in names}
        made = [replace(table, title=name.text, columns=table.columns[1:], rows=rows[name]) for name in names]
    elif table.parts:
        made = [_with_columns(table, part) for part in _split(table.parts, setting)]
    else:
        made = [table]
    if setting.width == "page":
        return made
    most = _ROWS if table.widths else _LONG
    return [
        replace(one, rows=one.rows[first : first + most])
        for one in made
        for first in range(0, max(1, len(one.rows)), most)
    ]


def _split(parts: Sequence[tuple[str, ...]], setting: Setting) -> list[tuple[str, ...]]:
    most = _HALF if setting.width == "column" else max(map(len, parts))
    return [part[first : first + most] for part in parts for first in range(0, len(part), most)]


def _with_columns(table: Table, columns: Sequence[str]) -> Table:
    places = [0, *(table.columns.index(column) for column in columns)]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in places),
        rows=tuple(tuple(row[place] for place in places) for row in table.rows),
    )


def _tabular(table: Table, setting: Setting, named: str) -> str:
    wrapped = [column in table.widths for column in table.columns]
    align = "".join(f"p{{{table.widths[column]}}}" if column in table.widths else "l" for column in table.columns)
    from tabulate import DataRow, TableFormat

    line = DataRow("", " & ", r" \tabularnewline" if any(wrapped) else r" \\")
    kind = "longtable" if _is_long(table, setting) else "tabular"
    above = f"\\caption{named} \\\\\n" if named else ""
    rules = {
        "lineabove": f"\\begin{{{kind}}}{{{align}}}\n{above}\\toprule",
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


_CONSTANT = r"(?:\d+(?:\.\d+)?|pi|e|(?:sqrt|log|exp|erf|atan|tanh)\([\d/.*pi-]+\))"
_CONSTANTS = re.compile(
    rf"(?<![\w.^)])-?{_CONSTANT}(?:(?:[*/]|\*\*)(?:{_CONSTANT}|\({_CONSTANT}(?:\*{_CONSTANT})*\)))*(?![\w.^(])"
)
_TENFOLD = re.compile(r"(?<![\w.])(-?[\d.]+)e([+-]\d+)(?![\w.])|(?<![\w.])10\^(-?[\d.]+)")


def _latex_value(text: str) -> str:
    """Computed values: exact constants and powers of ten are set as mathematics."""
    made, end = [], 0
    found = [one for one in _CONSTANTS.finditer(text) if re.search(r"[a-z/(*]", one[0])]
    found = sorted([*found, *_TENFOLD.finditer(text)], key=lambda one: one.start())
    for one in found:
        if one.start() < end:
            continue
        if one.re is _TENFOLD:
            set_ = f"10^{{{one[3]}}}" if one[3] else f"{one[1]} \\cdot 10^{{{int(one[2])}}}"
        elif (set_ := notation.latex(one[0])) is None:
            continue
        made += [_latex_plain(text[end : one.start()]), f"${set_}$"]
        end = one.end()
    return "".join([*made, _latex_plain(text[end:])])


def _latex_plain(text: str) -> str:
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


def written(table: Table, form: str, width: str = WIDTHS[0]) -> str:
    """The table in a format; in LaTeX as wide as the page or a column."""
    return latex(table, Setting(width)) if form == "latex" else FORMATS[form](table)


ENDINGS = {name: {"latex": "tex"}.get(name, name) for name in FORMATS}


def _grid(rows: Sequence[Sequence[str]], columns: Sequence[str], form: Any) -> str:
    from tabulate import tabulate

    align = ["left"] * len(columns) if rows else None
    return tabulate(rows, columns, form, colalign=align, disable_numparse=True, preserve_whitespace=True)


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return "".join(character for character in text if unicodedata.category(character)[0] != "C")

"""A sheet as Markdown: formulas as mathematics, pipe tables, lines."""

from __future__ import annotations

import re

from propcheck.report import formats
from propcheck.report.notebook import latex
from propcheck.report.notebook.sheet import Sheet

# A notebook takes what stands between dollars or behind a backslash for mathematics even where Markdown has escaped
# them, unless they stand in an element of their own.
_ALONE = {"$": "<span>&#36;</span>", "\\": "<span>&#92;</span>"}


def draw(sheet: Sheet) -> str:
    """The Markdown."""
    parts = [f"**{_words(sheet.title)}**"] if sheet.title else []
    parts += [f"    {line}" for line in sheet.lead]
    parts += [
        latex.formula(one) if one.latex else f"{one.name} = {_alone(formats.markdown_code(one.text))}"
        for one in sheet.formulas
    ]
    parts += [_words(sheet.answer)] if sheet.answer else []
    for table in sheet.tables:
        parts += [f"*{_words(table.title)}*"] if table.title else []
        parts.append(_alone(formats.pipes(table)))
    parts += [f"- {_words(note)}" for note in sheet.notes]
    parts += [f"    {line}" for line in sheet.code]
    return "\n\n".join(parts) + "\n"


def _words(text: str) -> str:
    return _alone(formats.markdown_text(text))


def _alone(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ALONE.get(found[1], found[0]), text)

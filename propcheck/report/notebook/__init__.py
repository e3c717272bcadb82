"""What a notebook and a terminal show of each kind of record, as HTML, LaTeX, Markdown, and as plain text.

A record becomes a sheet, the same for each form, and a form sets the sheet. Titles and claims are other people's words,
and a notebook typesets whatever stands between dollars, in HTML and Markdown too: each form sees to it that such words
show as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from propcheck.report.notebook import html, latex, markdown, sheets, text
from propcheck.report.notebook.sheet import Sheet

FORMS: dict[str, Callable[[Sheet], str]] = {
    "html": html.draw,
    "latex": latex.draw,
    "markdown": markdown.draw,
    "text": text.draw,
}


def draw(kind: str, record: Any, form: str) -> str:
    """The drawing of a record of this kind (a key of `sheets.KINDS`) in this form."""
    return FORMS[form](sheets.KINDS[kind](record))

"""Words and numbers as they are told: other people's so that they may stand in a terminal and in the log of a build.

Names of files and titles are strangers' texts. A control character may rewrite what stands before it on a terminal. And
the machines that run builds take some lines of a log for commands: GitHub one that begins with `::`, GitHub, Azure and
TeamCity what stands in `##[...]`, `##vso[...]`, `##teamcity[...]`. A backslash makes plain text of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, Context, Decimal, localcontext

_COMMAND = re.compile(r"^([ \t\r]*):(?=:)|#(?=#(?:vso|teamcity)?\[)", re.MULTILINE)
_KEYWORD = re.compile(r"(?<![\w.=-])(?<!--param )(?<!takes )[A-Za-z]\w*=VALUE\b")
_INNER = re.compile(r"#(?=#(?:vso|teamcity)?\[)")


def visible(text: str) -> str:
    """The text on one line, with a mark in place of each character that is not seen."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def line(text: str) -> str:
    """The text on one line that is no command."""
    return unheard(visible(text))


def lines(text: str) -> str:
    """The same of a text of several lines."""
    return "\n".join(map(line, text.split("\n")))


def unheard(text: str) -> str:
    """The text, in which no line is a command; all else in it is as it was."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda found: "#\\" if found[1] is None else f"{found[1]}\\:", text)


def typed(sentence: str) -> str:
    """A sentence of the library as a command says it: what is `a=VALUE` in Python is an option there."""
    return _KEYWORD.sub(r"--param \g<0>", sentence)


def cut(text: str, longest: int, end: str = "...") -> str:
    """The text, which is cut where it has more characters than that."""
    return text if len(text) <= longest else text[: longest - len(end)] + end


def figures(value: float | str | None, digits: int, sign: str = "") -> str:
    """A number of a record in so many digits, `+` before what is not below 0 if asked; `inf` as it is, `?` of none."""
    return f"{value:{sign}.{digits}g}" if isinstance(value, float | int) else "?" if value is None else str(value)


def rounded_up(size: float | str | None, exact: str | None = None) -> str:
    """A number to three digits that is not less than it is; `exact` is a fraction, where it is known as one."""
    if not isinstance(size, float | int):
        return figures(size, 3)
    top, bottom = exact.split("/") if exact and re.fullmatch(r"\d+/\d+", exact) else (None, None)
    with localcontext(Context(prec=3, rounding=ROUND_CEILING)):
        return f"{+Decimal(size) if top is None else Decimal(top) / Decimal(bottom or 1):g}"


def truth(value: object) -> str:
    """What is true or false in the words of JSON and of the expression language; all else as its text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_json(text: str) -> str:
    """A text of JSON that means the same."""
    return _INNER.sub(r"\\u0023", text)


def in_xml(text: str) -> str:
    """A text of XML that means the same; there may be no comments in it."""
    return _INNER.sub("&#35;", text)


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the nearest known names, or nothing where none is near."""
    from difflib import get_close_matches

    close = get_close_matches(str(name)[:80], [str(other) for other in known], n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""

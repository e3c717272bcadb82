"""Where in a spec's file something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What may hold a bracket or the end of a line that means nothing. A quote that is never closed goes on to the end.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?|#[^\n]*|[\[\]{}=\n]',
    re.DOTALL,
)
_PART = r'(?:"[^"\n]*"|\'[^\'\n]*\'|[\w-]+)'
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_HEADING = re.compile(rf"\s*\[\[?\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")


def line_of(text: str, *paths: str) -> int:
    """The line of the first of these keys that the text has, such as `claims.range.inf`; 1 where it has none.

    A key inside a list or an inline table is found by the line on which that begins.
    """
    places = dict(_places(text))
    for path in paths:
        while path:
            if path in places:
                return places[path]
            path = re.sub(r"(\[\d+\]|\.[^.\[\]]*|^[^.\[\]]*)$", "", path)
            if path in ("claims", "parameters"):
                break
    return 1


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Each key of the text by its whole path, with its line; the last of several headings [[a]] counts."""
    table = ""
    for line, statement in _statements(text):
        if heading := _HEADING.match(statement):
            table = _path(heading[1])
            yield table, line
        elif key := _KEY.match(statement):
            yield f"{table}.{_path(key[1])}" if table else _path(key[1]), line


def _path(key: str) -> str:
    return ".".join(part.strip("\"'") for part in re.findall(_PART, key))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a TOML text, each with the line on which it begins; a value may go over several."""
    text = text.replace("\r\n", "\n") + "\n"
    start, line, depth, in_value = 0, 1, 0, False
    for token in _TOKEN.finditer(text):
        character = token[0]
        if character == "=":
            in_value = True
        elif in_value and character in ("[", "{"):
            depth += 1
        elif in_value and character in ("]", "}"):
            depth -= 1
        elif character == "\n" and depth <= 0:
            yield line, text[start : token.start()]
            line += text.count("\n", start, token.end())
            start, depth, in_value = token.end(), 0, False

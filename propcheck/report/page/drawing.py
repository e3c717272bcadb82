"""An SVG text made fit to stand in the page: rebuilt from what draws, with names of its own, and nothing else.

Scripts, links, foreign elements and style sheets, whose rules would hold on the whole page, are left out, and so is the
prologue with its entities.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as tree

from markupsafe import Markup, escape

from propcheck.verdict import InputError

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = frozenset(
    "svg g defs path rect circle ellipse line polyline polygon text tspan use clipPath title desc linearGradient"
    " radialGradient stop marker pattern mask symbol".split()
)
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)['\"]?\s*\)")
_STYLE = re.compile(r"@import|expression\s*\(|\\|<|url\(\s*['\"]?(?!#)", re.IGNORECASE)


def inline(svg: str, caption: str, place: str = "") -> Markup:
    """The drawing as an `svg` element whose label is the caption; no two places of a page share a name inside."""
    start = svg.find("<svg")
    try:
        if start < 0 or "<!" in svg[start:].replace("<!--", ""):
            raise ValueError("there is no svg element, or something is declared in it")
        root = tree.fromstring(svg[start:])
    except (tree.ParseError, ValueError) as error:
        raise InputError(f"the figure {caption!r} is not SVG: {error}") from None
    prefix = "d" + hashlib.sha256("\n".join((place, caption, svg)).encode(errors="replace")).hexdigest()[:8] + "-"
    width, height = (re.sub(r"[^\d.]", "", root.get(name, "")) for name in ("width", "height"))
    box = root.get("viewBox") or (f"0 0 {width} {height}" if width and height else "")
    frame = f'<svg role="img" aria-label="{escape(caption)}" viewBox="{escape(box)}">'
    return Markup(frame + "".join(_rebuilt(child, prefix) for child in root) + "</svg>")


def _rebuilt(node: tree.Element, prefix: str) -> str:
    name = node.tag.removeprefix(_SVG) if isinstance(node.tag, str) else ""
    if name not in _ELEMENTS or not node.tag.startswith(_SVG):
        return ""
    text = node.text or ""
    attributes = "".join(_attribute(key, value, prefix) for key, value in node.attrib.items())
    inside = str(escape(text)) if text.strip() else ""
    for child in node:
        inside += _rebuilt(child, prefix)
        inside += str(escape(child.tail)) if child.tail and child.tail.strip() else ""
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _attribute(key: str, value: str, prefix: str) -> str:
    if key == "id":
        value = prefix + value
    elif key in (_XLINK, "href"):
        if not value.startswith("#"):
            return ""
        key, value = "href", f"#{prefix}{value[1:]}"
    elif key.startswith(("{", "on")) or _STYLE.search(value):
        return ""
    else:
        value = _REFERENCE.sub(lambda found: f"url(#{prefix}{found[1]})", value)
    return f' {key}="{escape(value)}"'

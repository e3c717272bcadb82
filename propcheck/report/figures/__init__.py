"""Figures fit for a paper, drawn from records alone: the same record gives the same bytes.

A member of this family is a page that draws one kind of figure from an object in JSON's own types: `draw(data)` answers
with a figure of matplotlib, which nothing else in the project loads. `graph` and `paper` take the curves of
`propcheck.curves`, `criteria` a record, `layers` probes, `phase` a mean-field diagram, `maps` and `error` curves again,
`cost` a record or probes, `prediction` a study.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from propcheck.verdict import InputError

# A kind of figure, its page, and how the page draws it.
KINDS = {
    "function": ("graph", "draw"),
    "criteria": ("criteria", "draw"),
    "layers": ("layers", "draw"),
    "phase": ("phase", "draw"),
    "maps": ("maps", "draw"),
    "error": ("error", "draw"),
    "cost": ("cost", "draw"),
    "measured cost": ("cost", "draw_measured"),
    "paper": ("paper", "draw"),
    "prediction": ("prediction", "draw"),
}
FORMATS = ("svg", "pdf", "png")
TITLE = "# The paper's figures, drawn anew"  # of their index, which tells that a folder is of these


def render(kind: str, data: Any, form: str) -> bytes:
    """The file of a figure, as `svg`, `pdf` or `png`."""
    if form not in FORMATS:
        raise InputError(f"there is no format {form!r} of figures; there are {', '.join(FORMATS)}")
    page, name = KINDS[kind]
    canvas, drawing = _page("canvas"), _page(page)
    with canvas.settled():
        return canvas.saved(getattr(drawing, name)(data), form)


def onto(axes: Any, graphs: Sequence[Mapping[str, Any]], orders: Sequence[int]) -> Any:
    """Draws the curves of these orders of some graphs onto axes, the current ones of pyplot where there are none."""
    drawing = _page("graph")
    if axes is None:
        axes = import_module("matplotlib.pyplot").gca()
    elif not callable(getattr(axes, "add_line", None)):
        raise InputError(f"ax is a pair of axes of matplotlib, such as plt.subplots()[1], not {type(axes).__name__}")
    drawing.onto(axes, graphs, orders)
    return axes


def of_paper(data: Mapping[str, Any], form: str = "svg") -> dict[str, bytes]:
    """The files of the paper's figures, by name, with their index; `data` is what `propcheck.curves.paper` made."""
    page = _page("paper")
    files = {page.file_name(figure, form): render("paper", figure, form) for figure in data["figures"]}
    if data.get("phase"):
        files |= {f"phase.{form}": render("phase", data["phase"], form), "phase.json": _lines(data["phase"]).encode()}
    return files | {"README.md": page.index(data, form).encode()}


def check_own(folder: Path, form: str = "svg") -> None:
    """Raises where the paper's figures would replace in a folder what was not drawn as one of them."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, and the paper's figures fill a folder; name another with -o")
    index = folder / "README.md"
    taken = [path for path in (index, *sorted(folder.glob(f"figure-[0-9][0-9].{form}"))) if os.path.lexists(path)]
    try:
        own = index.read_text(encoding="utf-8", errors="replace").startswith(TITLE)
    except OSError:
        own = False
    if taken and not own:
        raise InputError(
            f"{taken[0]} is no part of the paper's figures, and they would replace it; "
            "name another folder with -o, or give it another name"
        )


def _lines(objects: Sequence[Mapping[str, Any]]) -> str:
    """A list in JSON, one object a line: grids of numbers would take a line for each number."""
    return "[\n" + ",\n".join(json.dumps(item, ensure_ascii=False, allow_nan=False) for item in objects) + "\n]\n"


def check_there() -> None:
    """Raises where there is nothing to draw with, before what is to be drawn takes its time."""
    _page("canvas")


def _page(name: str) -> Any:
    try:
        return import_module(f"propcheck.report.figures.{name}")
    except ModuleNotFoundError as missing:
        raise InputError(
            f"figures need the package {missing.name}, which is not installed: pip install 'propcheck[plot]'"
        ) from None

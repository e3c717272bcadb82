"""The curves of a report as pictures of TikZ: each function with its slope, a few beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from propcheck.report import curves
from propcheck.report.formats import latex_text
from propcheck.report.record import real
from propcheck.verdict import Json

WIDE, HIGH = 4.4, 3.0  # centimetres of a picture
BESIDE = 3  # pictures in a row
MOST = 12  # pictures in a figure
CLOSE = 0.008  # centimetres that nobody sees
STYLES = {0: "thick", 1: "dashed"}  # of g and of g'
CAPTION = "$g$ (solid) and $g'$ (dashed) of"


def figures(entries: Sequence[Json], graphs: Json) -> str:
    """The figures, with captions and labels; nothing where there are no curves."""
    known = [(entry, graph) for entry, graph in zip(entries, curves.of(graphs, entries), strict=True) if graph]
    known = [(entry, graph) for entry, graph in known if "curves" in graph]
    parts = [known[first : first + MOST] for first in range(0, len(known), MOST)]
    return "\n".join(_figure(part, f"fig:curves-{place}") for place, part in enumerate(parts, 1))


def _figure(known: Sequence[tuple[Json, Json]], label: str) -> str:
    pictures = [f"{_picture(graph)}{'' if place % BESIDE else chr(10)}" for place, (_, graph) in enumerate(known, 1)]
    named = ", ".join(latex_text(entry["activation"]["title"]) for entry, _ in known)
    return (
        "\\begin{figure*}[htbp]\\centering\n"
        + "\\hfil\n".join(pictures).replace("\n\\hfil", "\n\\par\\smallskip")
        + f"\n\\caption{{{CAPTION} {named}}}\\label{{{label}}}\n\\end{{figure*}}\n"
    )


def _picture(graph: Json) -> str:
    """The axes through 0 where they are in sight, the curves within them, the title above."""
    shown = [curve for curve in graph["curves"] if curve["order"] in STYLES]
    ends = [real(end) for end in graph["span"]]
    heights = [real(end) for curve in shown for end in curve["view"]]
    low, high = min(heights), max(heights)
    room = 0.06 * (high - low) or 0.5
    low, high = low - room, high + room
    across, up = (lambda x: WIDE * (x - ends[0]) / (ends[1] - ends[0])), (lambda y: HIGH * (y - low) / (high - low))
    made = ["\\begin{tikzpicture}[baseline]", f"\\clip (-.1,-.4) rectangle ({WIDE + 0.1:.2f},{HIGH + 0.6:.2f});"]
    made += [f"\\draw[gray!60] (0,0) rectangle ({WIDE},{HIGH});"]
    if low < 0 < high:
        made += [f"\\draw[gray!60] (0,{up(0):.2f}) -- ({WIDE},{up(0):.2f});"]
    if ends[0] < 0 < ends[1]:
        made += [f"\\draw[gray!60] ({across(0):.2f},0) -- ({across(0):.2f},{HIGH});"]
    title = latex_text(graph["activation"]["title"])
    made += [f"\\node[above,font=\\footnotesize] at ({WIDE / 2:.2f},{HIGH}) {{{title}}};"]
    for at, anchor, text in (
        ((0, 0), "north west", ends[0]), ((WIDE, 0), "north east", ends[1]),
        ((0, 0), "south west", low), ((0, HIGH), "north west", high),
    ):  # fmt: skip
        made += [f"\\node[anchor={anchor},gray,inner sep=2pt,font=\\tiny] at ({at[0]},{at[1]}) {{${text:.3g}$}};"]
    made += [f"\\begin{{scope}}\\clip (0,0) rectangle ({WIDE},{HIGH});"]
    for curve in shown:
        for stretch in curve["stretches"]:
            points = [(across(real(x)), up(real(y))) for x, y in zip(stretch["x"], stretch["y"], strict=True)]
            made += [f"\\draw[{STYLES[curve['order']]}] {path};" for path in _paths(points)]
    made += ["\\end{scope}"]
    for curve in shown:
        for x, y, filled in curves.dots(curve):
            if ends[0] <= x <= ends[1] and low <= y <= high and len(curve["stretches"]) > 1:
                fill = "black" if filled else "white"
                made += [f"\\draw[fill={fill}] ({across(x):.2f},{up(y):.2f}) circle (1pt);"]
    return "\n".join([*made, "\\end{tikzpicture}"])


def _paths(points: Iterable[tuple[float, float]]) -> Iterator[str]:
    """The line through the points, without those that lie on it, in parts where it leaves what can be drawn."""
    part: list[tuple[float, float]] = []
    for point in points:
        if math.isfinite(point[1]) and abs(point[1]) < 100 * HIGH:
            part.append(point)
        else:
            yield from _path(part)
            part = []
    yield from _path(part)


def _path(points: list[tuple[float, float]]) -> Iterator[str]:
    kept = _thinned(points)
    if len(kept) > 1:
        yield " -- ".join(f"({x:.3f},{y:.3f})" for x, y in kept)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ends, and where the line between them is too far off, what that leaves of both halves."""
    if len(points) < 3:
        return points
    (left, first), (right, last) = points[0], points[-1]
    slope = (last - first) / (right - left) if right > left else 0.0
    off = [abs(y - first - slope * (x - left)) for x, y in points]
    place = max(range(1, len(points) - 1), key=off.__getitem__)
    if off[place] < CLOSE:
        return [points[0], points[-1]]
    return [*_thinned(points[: place + 1])[:-1], *_thinned(points[place:])]

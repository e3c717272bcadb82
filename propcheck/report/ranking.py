"""A ranking of designs drawn: as a table, and as a page with a scatter whose points tell what they are.

The page is one file without script or anything from elsewhere; what a design is called is a stranger's text, and every
bit of it is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from propcheck.report.formats import Cell, Table
from propcheck.sweep.known import Leaf
from propcheck.sweep.ranking import Ranking, Row
from propcheck.wording import cut

WIDTH, HEIGHT, MARGIN, TOP = 720.0, 440.0, 56.0, 32.0
MOST = 5000  # points
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2733;background:#fff}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d5dbe1}code{font-size:.92em;overflow-wrap:anywhere}
h1{overflow-wrap:anywhere}div{overflow-x:auto}td:nth-child(3){min-width:12rem}@media print{div{overflow:visible}}
svg{max-width:100%;height:auto}circle{fill:#3d6d99;fill-opacity:.45}circle.front{fill:#b3541e;fill-opacity:.95}
circle:hover{fill-opacity:1;stroke:#1d2733}text{font-size:12px;fill:currentColor}line{stroke:#9aa5b1}
@media (prefers-color-scheme:dark){body{color:#e3e8ee;background:#12171d}th,td{border-color:#37424d}
circle{fill:#7fb2e0}circle.front{fill:#f0955c}circle:hover{stroke:#fff}}
"""


def value(leaf: Leaf | None) -> str:
    """What is known, in a few characters; `?` where nothing is."""
    if leaf is None or leaf.value is None:
        return "?"
    if isinstance(leaf.value, bool):
        return "yes" if leaf.value else "no"
    return f"{leaf.value:.6g}" if isinstance(leaf.value, float) else str(leaf.value)


def table(ranking: Ranking) -> Table:
    """The ranking as a table: rank, place in the space, the design, and what was asked of it."""
    marked = any(row.front for row in ranking.rows)
    columns = ("rank", "design", "function", *(("front",) if marked else ()), *ranking.columns)
    rows = []
    for number, row in enumerate(ranking.rows, 1):
        told = [Cell(value(row.leaves.get(path)), "value") for path in ranking.columns]
        front = [Cell("*" if row.front else "", "symbol")] if marked else []
        rows.append((Cell(str(number), "value"), Cell(str(row.place), "value"), Cell(cut(row.expression, 200), "code"),
                     *front, *told))  # fmt: skip
    by = ", ".join(key.text for key in ranking.keys) or "place"
    return Table("ranking", f"{len(ranking.rows)} designs by {by}", columns, tuple(rows))


def page(ranking: Ranking, title: str) -> str:
    """The page: a scatter of the first two keys, or of one by rank, and the table."""
    drawn = table(ranking)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(column) for column in drawn.columns)
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(Markup("").join(_cell(cell) for cell in row)) for row in drawn.rows
    )
    return str(
        Markup(
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n<style>{style}</style>\n<main>\n'
            '<h1>{title}</h1>\n<p>{told}</p>\n{scatter}\n<div role="region" aria-label="Designs" tabindex="0">\n'
            "<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</main>\n</html>\n"
        ).format(
            title=title, style=Markup(_STYLE), told=_told(ranking), scatter=_scatter(ranking), head=head, body=body
        )
    )


def _told(ranking: Ranking) -> str:
    said = f"{len(ranking.rows)} of {ranking.looked_at} designs"
    said += f"; of {ranking.undecided} the condition is undecided" if ranking.undecided else ""
    return said + ("; those marked * are on the front: none is as good in all and better in one" if
                   any(row.front for row in ranking.rows) else "")  # fmt: skip


def _cell(cell: Cell) -> Markup:
    return Markup("<td><code>{}</code></td>" if cell.kind == "code" else "<td>{}</td>").format(cell.text)


def _scatter(ranking: Ranking) -> Markup:
    """A point for each design of which both numbers are known; its title tells what it is."""
    paths = [key.path for key in ranking.keys][:2]
    points = [(x, y, row) for number, row in enumerate(ranking.rows[:MOST], 1)
              if (x := _number(row, paths[0]) if paths else None) is not None
              and (y := _number(row, paths[1]) if len(paths) > 1 else float(number)) is not None]  # fmt: skip
    if not points:
        return Markup("")
    names = [paths[0], paths[1] if len(paths) > 1 else "rank"]
    spans = [_span([x for x, _, _ in points]), _span([y for _, y, _ in points])]
    parts = [Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{} against {}">').format(
        int(WIDTH), int(HEIGHT), names[1], names[0])]  # fmt: skip
    low, right = HEIGHT - MARGIN, WIDTH - 16
    parts.append(Markup(f'<line x1="{MARGIN}" y1="{low}" x2="{right}" y2="{low}"/>'))
    parts.append(Markup(f'<line x1="{MARGIN}" y1="{low}" x2="{MARGIN}" y2="{TOP}"/>'))
    for share in (0.0, 0.5, 1.0):
        x, y = _along(spans[0], share), _along(spans[1], share)
        parts.append(Markup(f'<text x="{_x(share):.1f}" y="{low + 18}" text-anchor="middle">{x:.4g}</text>'))
        parts.append(Markup(f'<text x="{MARGIN - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{y:.4g}</text>'))
    parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(WIDTH / 2, HEIGHT - 14, names[0]))
    parts.append(Markup('<text x="{}" y="12">{}</text>').format(MARGIN, names[1]))
    for x, y, row in points:
        said = f"{row.place}: {cut(row.expression, 200)}\n{names[0]} {x:.6g}\n{names[1]} {y:.6g}"
        place = f'cx="{_x(_share(x, spans[0])):.1f}" cy="{_y(_share(y, spans[1])):.1f}"'
        kind = ' class="front"' if row.front else ""
        parts.append(Markup(f'<circle {place} r="4"{kind}><title>{escape(said)}</title></circle>'))
    return Markup("\n").join([*parts, Markup("</svg>")])


def _number(row: Row, path: str) -> float | None:
    leaf = row.leaves.get(path)
    found = leaf.value if leaf is not None else None
    finite = isinstance(found, float) and math.isfinite(found)
    return found if finite and isinstance(found, float) else None


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if low < high else (low - 0.5, low + 0.5)


def _share(value: float, span: tuple[float, float]) -> float:
    return (value / 2 - span[0] / 2) / (span[1] / 2 - span[0] / 2)


def _along(span: tuple[float, float], share: float) -> float:
    return span[0] * (1 - share) + span[1] * share


def _x(share: float) -> float:
    return MARGIN + share * (WIDTH - MARGIN - 16)


def _y(share: float) -> float:
    return HEIGHT - MARGIN - share * (HEIGHT - MARGIN - TOP)

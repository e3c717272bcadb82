"""Cost against convergence: a point for each function, with its name where there is room."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from propcheck.report.page.charts.frame import Axis, Frame, chart, frame, pixel
from propcheck.report.placing import Box, best
from propcheck.report.points import Dot
from propcheck.wording import cut

SIZE = (360, 360)
LETTER, LINE = 5.1, 11.0  # pixels of a name
HALF = 4.5  # of a point
FEW = 30  # points whose names all stand there, at the worst over one another
LONGEST = 24  # characters of a name
WIDE = 4.0  # the largest over the least, from which on an axis is logarithmic
# A caption; for each axis its words, and whether it may be logarithmic.
BY_FORMULA = (
    "Cost against convergence, from the formula: the upper left is cheap and quick",
    ("time of value and slope, in ReLU's, estimated", True),
    ("elasticity E[z g g′] / E[g²]", False),
)
BY_EXPERIMENT = (
    "Cost against convergence, measured: the lower left is cheap and quick",
    ("time of value and slope, in ReLU's", True),
    ("steps to the target loss, in ReLU's", True),
)
DISTANCES = (HALF + 3, 14.0, 24.0, 38.0, 55.0)  # of a name from its point

Words = tuple[str, tuple[str, bool], tuple[str, bool]]


def draw(dots: Sequence[Dot], words: Words, name: str) -> tuple[str, Markup] | None:
    """The caption, and the picture; `words` are one of the above. None where no function has both numbers."""
    if not dots:
        return None
    caption, (across, across_log), (down, down_log) = words
    across_log = across_log and _is_wide([dot.x for dot in dots])
    down_log = down_log and _is_wide([dot.y for dot in dots])
    placed = [_logged(dot, across_log, down_log) for dot in dots]
    axes = frame(_axis([d.x for d in placed], across_log), _axis([d.y for d in placed], down_log), SIZE)
    above = [*(_spread(axes, dot) for dot in placed), *(_point(axes, dot) for dot in placed), *_names(axes, placed)]
    first = sorted(dots, key=lambda dot: dot.x)[:3]
    told = f"{len(dots)} functions. The cheapest: {', '.join(dot.name for dot in first)}. The table holds the numbers."
    return caption, chart(name, down, told, axes, (), above, across)


def _is_wide(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) >= WIDE * min(values)


def _logged(dot: Dot, across: bool, down: bool) -> Dot:
    """The point as it stands on axes of which some are logarithmic; the spread is then that upward."""
    x, dx = (math.log10(dot.x), math.log10(1 + dot.dx / dot.x)) if across else (dot.x, dot.dx)
    y, dy = (math.log10(dot.y), math.log10(1 + dot.dy / dot.y)) if down else (dot.y, dot.dy)
    return Dot(dot.name, x, y, dx, dy, dot.verdict)


def _axis(values: Sequence[float], decades: bool) -> Axis:
    low, high = min(values), max(values)
    room = 0.1 * (high - low) or 0.5
    return Axis(low - room, high + room, decades)


def _point(axes: Frame, dot: Dot) -> Markup:
    """A shape for each verdict on the cost."""
    x, y = axes.across(dot.x), axes.down(dot.y)
    shapes = {
        "holds": f"M{pixel(x - 4)} {pixel(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        "partly": f"M{pixel(x - 4.5)} {pixel(y + 3.5)}h9l-4.5 -8z",
        "fails": f"M{pixel(x - 3.5)} {pixel(y - 3.5)}h7v7h-7z",
    }
    other = f"M{pixel(x - 4.5)} {pixel(y)}l4.5 -4.5l4.5 4.5l-4.5 4.5z"
    shape = shapes.get(dot.verdict, other)
    kind = dot.verdict if dot.verdict in shapes else "open"
    return Markup('<path class="point {}" d="{}"><title>{}</title></path>').format(kind, shape, dot.name)


def _spread(axes: Frame, dot: Dot) -> Markup:
    if not (dot.dx or dot.dy):
        return Markup()
    x, y = axes.across(dot.x), axes.down(dot.y)
    left, right = (axes.across(dot.x + side * dot.dx) for side in (-1, 1))
    low, high = (axes.down(dot.y + side * dot.dy) for side in (-1, 1))
    shape = f"M{pixel(left)} {pixel(y)}H{pixel(right)}M{pixel(x)} {pixel(low)}V{pixel(high)}"
    return Markup('<path class="spread" d="{}"/>').format(shape)


def _covered(axes: Frame, dot: Dot) -> Iterator[Box]:
    """Where the lines of a spread lie."""
    if dot.dx or dot.dy:
        x, y = axes.across(dot.x), axes.down(dot.y)
        yield axes.across(dot.x - dot.dx), y - 1, axes.across(dot.x + dot.dx), y + 1
        yield x - 1, axes.down(dot.y + dot.dy), x + 1, axes.down(dot.y - dot.dy)


# --- names -----------------------------------------------------------------------------------------------------------


def _names(axes: Frame, dots: Sequence[Dot]) -> Iterator[Markup]:
    """A name beside each point, where it covers neither a point nor another name."""
    groups: dict[tuple[float, float], list[str]] = {}
    for dot in dots:
        place = round(axes.across(dot.x), 1), round(axes.down(dot.y), 1)
        groups.setdefault(place, []).append(cut(dot.name, LONGEST, "…"))
    taken: list[Box] = [(x - HALF, y - HALF, x + HALF, y + HALF) for x, y in groups]
    taken += [box for dot in dots for box in _covered(axes, dot)]
    for (x, y), names in groups.items():
        lines = [", ".join(names[k : k + 2]) for k in range(0, len(names), 2)]
        size = LETTER * max(map(len, lines)), LINE * len(lines)
        distances = DISTANCES if len(groups) <= FEW else DISTANCES[:2]
        crowd, box, far = best((x, y), size, distances, taken, (0.0, 0.0, axes.wide, axes.high))
        if crowd and len(groups) > FEW:
            continue
        taken.append(box)
        if far > HALF + 4:
            edge = min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])
            yield Markup('<path class="lead" d="M{} {}L{} {}"/>').format(*map(pixel, (x, y, *edge)))
        for place, text in enumerate(lines):
            yield Markup('<text class="name" x="{}" y="{}">{}</text>').format(
                pixel((box[0] + box[2]) / 2), pixel(box[1] + LINE * (place + 0.8)), text
            )

"""A pair of axes with lines, bands and dots on it, as SVG.

What lies outside the axes is cut off by an inner `svg`, so that no name is needed for a shape to clip with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 320, 210
TOP, RIGHT, BOTTOM = 24, 12, 34
LETTER = 6.4  # width of a digit
FARTHEST = 1e4  # pixels, beyond which nothing is placed
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """An axis from one value to another; `decades`: the values are logarithms, and shown as powers of 10."""

    low: float
    high: float
    decades: bool = False

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Round values on the axis with their texts, at most so many."""
        if self.decades and self.high - self.low < 1.6:
            return self._within_decades()
        step = _round_step((self.high - self.low) / most, whole=self.decades)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        values = [step * place for place in range(first, last + 1)]
        return [(value, power(value) if self.decades else number(value)) for value in values]

    def _within_decades(self) -> list[tuple[float, str]]:
        """1, 2 and 5 and their tenfolds."""
        exponents = range(math.floor(self.low), math.ceil(self.high) + 1)
        values = [step * 10.0**exponent for exponent in exponents for step in (1, 2, 5)]
        shown = [(math.log10(value), number(value)) for value in values]
        return [(value, text) for value, text in shown if self.low <= value <= self.high]


@dataclass(frozen=True)
class Frame:
    """Two axes in a picture of some size; `left` of them is the room for the texts of the vertical one.

    Places are counted from the upper left corner of the axes.
    """

    x: Axis
    y: Axis
    left: float
    size: tuple[float, float]

    @property
    def wide(self) -> float:
        return self.size[0] - RIGHT - self.left

    @property
    def high(self) -> float:
        return self.size[1] - TOP - BOTTOM

    def across(self, value: float) -> float:
        return _placed(value, self.x, 0.0, self.wide)

    def down(self, value: float) -> float:
        return _placed(value, self.y, self.high, 0.0)

    def shows(self, x: float, y: float) -> bool:
        """Does this point lie on the picture?"""
        return self.x.low <= x <= self.x.high and self.y.low <= y <= self.y.high


def frame(x: Axis, y: Axis, size: tuple[float, float] = (WIDTH, HEIGHT)) -> Frame:
    """The axes with as much room on the left as the texts there take."""
    longest = max((len(text) for _, text in y.ticks(5)), default=1)
    return Frame(x, y, 10 + LETTER * max(longest, 3), size)


def chart(
    name: str,
    title: str,
    description: str,
    axes: Frame,
    inside: Iterable[Markup],
    above: Iterable[Markup] = (),
    below: str = "",
) -> Markup:
    """The picture: `inside` is cut off at the axes, `above` is not, and `below` are the words under them."""
    wide, high = axes.wide, axes.high
    grid, texts = [], []
    for value, text in axes.y.ticks(5):
        at = axes.down(value)
        grid.append(f"M0 {pixel(at)}H{pixel(wide)}")
        texts.append(Markup('<text class="value" x="-6" y="{}">{}</text>').format(pixel(at + 4), text))
    for value, text in axes.x.ticks(6):
        at = axes.across(value)
        grid.append(f"M{pixel(at)} 0V{pixel(high)}")
        texts.append(Markup('<text class="place" x="{}" y="{}">{}</text>').format(pixel(at), pixel(high + 15), text))
    zero = [f"M0 {pixel(axes.down(0))}H{pixel(wide)}"] if axes.y.low < 0 < axes.y.high and not axes.y.decades else []
    zero += [f"M{pixel(axes.across(0))} 0V{pixel(high)}"] if axes.x.low < 0 < axes.x.high and not axes.x.decades else []
    parts = [
        Markup('<text class="head" x="8" y="15">{}</text>').format(title),
        Markup('<text class="place" x="{}" y="{}">{}</text>').format(
            pixel(axes.left + wide / 2), pixel(axes.size[1] - 4), below
        ),
        Markup('<g transform="translate({} {})">').format(pixel(axes.left), TOP),
        Markup('<path class="grid" d="{}"/>').format("".join(grid)),
        Markup('<path class="zero" d="{}"/>').format("".join(zero)) if zero else Markup(),
        *texts,
        Markup('<svg width="{}" height="{}">').format(pixel(wide), pixel(high)),
        *inside,
        Markup("</svg>"),
        *above,
        Markup("</g>"),
    ]
    return picture(name, title, description, *axes.size, parts)


def picture(
    name: str, title: str, description: str, width: float, height: float, parts: Iterable[Markup], kind: str = ""
) -> Markup:
    """An SVG that is read aloud by its title and description."""
    head = Markup(
        '<svg class="chart{}" role="img" aria-labelledby="{}-t {}-d" viewBox="0 0 {} {}"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>'
    ).format(kind and f" {kind}", name, name, pixel(width), pixel(height), name, title, name, description)
    return head + Markup("").join(parts) + Markup("</svg>")


# --- shapes ----------------------------------------------------------------------------------------------------------


def line(axes: Frame, x: Sequence[float], y: Sequence[float], kind: str = "line") -> Markup:
    """A line through the points, with a gap where one is no number."""
    drawn = "".join(_trace(axes, run) for run in _runs(x, y))
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn) if drawn else Markup()


def band(axes: Frame, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Markup:
    """The area between two lines."""
    drawn = ""
    known = [not (math.isnan(a) or math.isnan(b)) for a, b in zip(low, high, strict=True)]
    lower = [a if ok else math.nan for a, ok in zip(low, known, strict=True)]
    upper = [b if ok else math.nan for b, ok in zip(high, known, strict=True)]
    for one, other in zip(_runs(x, lower), _runs(x, upper), strict=True):
        drawn += _trace(axes, [*one, *reversed(other)]) + "Z"
    return Markup('<path class="band" d="{}"/>').format(drawn) if drawn else Markup()


def dot(axes: Frame, x: float, y: float, filled: bool) -> Markup:
    """A dot that belongs to a curve, or an open one that does not; none outside the picture."""
    if not axes.shows(x, y):
        return Markup()
    kind = "dot" if filled else "dot hollow"
    return Markup('<circle class="{}" cx="{}" cy="{}" r="3"/>').format(kind, pixel(axes.across(x)), pixel(axes.down(y)))


def note(axes: Frame, text: str) -> Markup:
    """Words at the top of the picture."""
    return Markup('<text class="place" x="{}" y="12">{}</text>').format(pixel(axes.wide / 2), text)


def _runs(x: Sequence[float], y: Sequence[float]) -> Iterable[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for point in zip(x, y, strict=True):
        if math.isnan(point[1]):
            if run:
                yield run
            run = []
        else:
            run.append(point)
    if run:
        yield run


def _trace(axes: Frame, points: Iterable[tuple[float, float]]) -> str:
    """The path through points, those left out that lie on the pixel, or the straight line, of their neighbours."""
    placed = [(round(axes.across(x), 1), round(axes.down(y), 1)) for x, y in points]
    kept: list[tuple[float, float]] = []
    for point in placed:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and _between(kept[-2], kept[-1], point):
            kept[-1] = point
        else:
            kept.append(point)
    return "M" + "L".join(f"{pixel(x)} {pixel(y)}" for x, y in kept)


def _between(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> bool:
    """Does the middle point lie on the straight way from the first to the last, level or upright?"""
    for along, aside in ((0, 1), (1, 0)):
        start, stop = sorted((first[along], last[along]))
        if first[aside] == middle[aside] == last[aside] and start <= middle[along] <= stop:
            return True
    return False


# --- numbers ---------------------------------------------------------------------------------------------------------


def pixel(value: float) -> str:
    """A coordinate, to a tenth."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def number(value: float) -> str:
    """A value at an axis."""
    return f"{value + 0.0:.6g}".replace("-", "−")


def power(exponent: float) -> str:
    """A power of 10."""
    return "1" if not exponent else "10" if exponent == 1 else "10" + f"{exponent:.6g}".translate(SUPERSCRIPTS)


def logarithms(values: Iterable[float]) -> list[float]:
    """The decimal logarithms, NaN where there is none."""
    return [math.log10(value) if 0 < value < math.inf else math.nan for value in values]


def _placed(value: float, axis: Axis, start: float, stop: float) -> float:
    share = (value - axis.low) / (axis.high - axis.low)
    return max(-FARTHEST, min(FARTHEST, start + share * (stop - start)))


def _round_step(least: float, whole: bool) -> float:
    """The smallest round number that is no smaller."""
    size = 10.0 ** math.floor(math.log10(least))
    step = next(step * size for step in (1, 2, 2.5, 5, 10) if step * size >= least * (1 - 1e-9))
    return max(1.0, math.ceil(step)) if whole else step

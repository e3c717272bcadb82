"""Along a parameter: the verdicts as strips, and numbers with the bands in which they are enclosed.

What is filled, a part of a strip or a band, holds at every value of the parameter there; a mark or a dot at one value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup

from propcheck.report.page.charts.frame import (
    TOP,
    Axis,
    Frame,
    band,
    chart,
    dot,
    frame,
    line,
    number,
    picture,
    pixel,
)
from propcheck.verdict import Json

NAMES = {
    "lipschitz": "Lipschitz constant",
    "mean": "E[g]",
    "second_moment": "E[g²]",
    "derivative_second_moment": "E[g′²]",
    "elasticity": "elasticity",
    "nonlinearity": "nonlinearity",
}
CAPTION = (
    "Along {}{}: what is filled is proved or enclosed at every value; a mark or a dot is found at that value alone, and"
    " nothing is said between them"
)
WIDTH, ROW, BAR, LABELS, BELOW = 360, 19, 12, 112, 34
ALONE = 1e-9  # of a stretch, of which a part is a single value
NARROW = 1e-9  # of a number that does not change
ROOM = 1.0  # heights of the dots up to which a band is shown beyond them


def draw(track: Json, name: str) -> tuple[str, Markup]:
    """The caption, and the pictures of one parameter; `name` begins their ids."""
    there = [key for key in NAMES if _known(track, key)]
    still = [key for key in there if _still(track, key)]
    pictures = [_strips(track, f"{name}-verdicts")] if track["verdicts"] or track["samples"] else []
    pictures += [_number(track, key, f"{name}-{key}") for key in there if key not in still]
    held = "".join(f", {other} = {value}" for other, value in track["held"].items())
    caption = CAPTION.format(track["parameter"], held)
    for key in still:
        caption += f". The {NAMES[key]} is {number(float(f'{_level(track, key):.6g}'))} everywhere"
    return caption, Markup('<div class="panels">{}</div>').format(Markup("").join(pictures))


def strip(track: Json, key: str) -> Markup:
    """The verdict of one criterion along the parameter, for the track of a slider; the chart tells it aloud."""
    axis = Axis(track["from"], track["to"])
    made = [_bar(kind, 1000 * share, 1000 * wide, 0, 10) for kind, share, wide in _filled(track, key, axis)]
    made += [_bar(kind, 1000 * share - 3, 6, 0, 10) for kind, share in _marks(track, key, axis)]
    return Markup(
        '<svg class="track" data-key="{}" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false">{}</svg>'
    ).format(key, Markup("").join(made))


# --- verdicts --------------------------------------------------------------------------------------------------------


def _keys(track: Json) -> list[str]:
    return list(track["verdicts"] or track["samples"][0]["verdicts"])


def _strips(track: Json, name: str) -> Markup:
    keys = _keys(track)
    size = (WIDTH, TOP + ROW * len(keys) + BELOW)
    axes = Frame(Axis(track["from"], track["to"]), Axis(0.0, float(len(keys))), LABELS, size)
    parts = [
        Markup('<text class="head" x="8" y="15">Verdicts along {}</text>').format(track["parameter"]),
        Markup('<g transform="translate({} {})">').format(pixel(axes.left), TOP),
    ]
    for place, key in enumerate(keys):
        top = ROW * place + (ROW - BAR) / 2
        said = Markup('<text class="value" x="-8" y="{}">{}</text>')
        parts.append(said.format(pixel(top + BAR - 2), key.replace("_", " ")))
        parts.append(_bar("open", 0, axes.wide, top, BAR))
        parts += [_bar(kind, axes.wide * share, axes.wide * wide, top, BAR) for kind, share, wide in
                  _filled(track, key, axes.x)]  # fmt: skip
        parts += [_bar(f"{kind} mark", axes.wide * share - 2, 4, top - 2, BAR + 4) for kind, share in
                  _marks(track, key, axes.x)]  # fmt: skip
    for value, text in axes.x.ticks(6):
        said = Markup('<text class="place" x="{}" y="{}">{}</text>')
        parts.append(said.format(pixel(axes.across(value)), pixel(axes.high + 15), text))
    parts += [*_now(track, axes), Markup("</g>"), _key(axes)]
    return picture(name, f"Verdicts along {track['parameter']}", _described(track, keys), *size, parts)


def _key(axes: Frame) -> Markup:
    """What the colours mean."""
    made, x = [], axes.left
    for word in ("holds", "partly", "fails", "open"):
        made.append(_bar(word, x, 9, axes.size[1] - 12, 9))
        text = Markup('<text class="word" x="{}" y="{}">{}</text>')
        made.append(text.format(pixel(x + 13), pixel(axes.size[1] - 4), word))
        x += 22 + 6.4 * len(word)
    return Markup("").join(made)


def _bar(kind: str, x: float, wide: float, top: float, high: float) -> Markup:
    shape = Markup('<rect class="strip {}" x="{}" y="{}" width="{}" height="{}"/>')
    return shape.format(kind, pixel(x), pixel(top), pixel(max(wide, 0.5)), pixel(high))


def _filled(track: Json, key: str, axis: Axis) -> Iterator[tuple[str, float, float]]:
    """The parts of a strip that are more than one value: the verdict, where it begins, how wide it is, as shares."""
    size = axis.high - axis.low
    for part in track["verdicts"].get(key, ()):
        wide = part["to"] - part["from"]
        if part["verdict"] != "open" and wide > ALONE * size:
            yield part["verdict"], (part["from"] - axis.low) / size, wide / size


def _marks(track: Json, key: str, axis: Axis) -> Iterator[tuple[str, float]]:
    """What is known at single values, where no part says it already."""
    size = axis.high - axis.low
    known = [part for part in track["verdicts"].get(key, ()) if part["verdict"] != "open"]
    found = [(part["from"], part["verdict"]) for part in known if part["to"] - part["from"] <= ALONE * size]
    for one in track["samples"]:
        word, at = one["verdicts"].get(key, "open"), one["at"]
        if word != "open" and not any(part["from"] <= at <= part["to"] for part in known):
            found.append((at, word))
    for at, word in sorted(found):
        yield word, (at - axis.low) / size


def _described(track: Json, keys: Iterable[str]) -> str:
    """The strips for who does not see them."""
    axis, told = Axis(track["from"], track["to"]), []

    def at(share: float) -> str:
        return number(float(f"{axis.low + share * (axis.high - axis.low):.4g}"))

    for key in keys:
        said = [f"{word} from {at(share)} to {at(share + wide)}" for word, share, wide in _filled(track, key, axis)]
        said += [f"{word} at {', '.join(map(at, places))}" for word, places in _by_word(_marks(track, key, axis))]
        told.append(f"{key.replace('_', ' ')}: {'; '.join(said) or 'open'}.")
    return " ".join(told)


def _by_word(marks: Iterable[tuple[str, float]]) -> Iterable[tuple[str, list[float]]]:
    found: dict[str, list[float]] = {}
    for word, share in marks:
        found.setdefault(word, []).append(share)
    return found.items()


def _now(track: Json, axes: Frame) -> Iterator[Markup]:
    """The value in use. Who moves a slider moves this line."""
    if track["at"] is not None:
        made = Markup('<path class="now" data-wide="{}" transform="translate({} 0)" d="M0 -2V{}"/>')
        yield made.format(pixel(axes.wide), pixel(axes.across(track["at"])), pixel(axes.high + 2))


# --- numbers ---------------------------------------------------------------------------------------------------------


def _number(track: Json, key: str, name: str) -> Markup:
    x, y = _dots(track, key)
    cells = track["bands"].get(key, ())
    axes = frame(Axis(track["from"], track["to"]), _height(y, cells))
    joined = [value if _fits(at, value, cells) else math.nan for at, value in zip(x, y, strict=True)]
    inside = [*_banded(axes, cells), line(axes, x, joined)]
    above = [*(dot(axes, at, value, True) for at, value in zip(x, y, strict=True)), *_now(track, axes)]
    return chart(name, NAMES[key], _told(x, y, cells), axes, inside, above, track["parameter"])


def _dots(track: Json, key: str) -> tuple[list[float], list[float]]:
    known = [(one["at"], one["numbers"][key]) for one in track["samples"] if one["numbers"].get(key) is not None]
    return [at for at, _ in known], [value for _, value in known]


def _fits(at: float, value: float, cells: Sequence[Sequence[float]]) -> bool:
    """Does a dot lie in the band beside it? One that does not is that of a single value, and no line leads there."""
    beside = [cell for cell in cells if cell[0] <= at <= cell[1]]
    return not beside or any(low <= value <= high for _, _, low, high in beside)


def _known(track: Json, key: str) -> bool:
    return bool(track["bands"].get(key)) or len(_dots(track, key)[0]) > 1


def _level(track: Json, key: str) -> float:
    values = _dots(track, key)[1]
    cells = track["bands"].get(key, ())
    return values[0] if values else (cells[0][2] + cells[0][3]) / 2


def _still(track: Json, key: str) -> bool:
    """Is a number the same at every value: do bands over the whole stretch say so?"""
    cells = track["bands"].get(key, ())
    size = track["to"] - track["from"]
    whole = bool(cells) and sum(cell[1] - cell[0] for cell in cells) >= (1 - ALONE) * size
    ends = [*(end for cell in cells for end in cell[2:]), *_dots(track, key)[1]]
    return whole and max(ends) - min(ends) <= NARROW * max(1.0, *map(abs, ends))


def _height(values: Sequence[float], cells: Sequence[Sequence[float]]) -> Axis:
    """As high as the dots, and as far beyond them as the bands go, at most as far again."""
    ends = [end for cell in cells for end in cell[2:]]
    low, high = (min(values), max(values)) if values else (min(ends), max(ends))
    room = ROOM * (high - low)
    if ends and values:
        low, high = max(low - room, min(*ends, low)), min(high + room, max(*ends, high))
    spare = 0.07 * (high - low) or 0.5 * max(1.0, abs(low))
    return Axis(low - spare, high + spare)


def _banded(axes: Frame, cells: Sequence[Sequence[float]]) -> Iterator[Markup]:
    """The area between the bounds, which are the same all over a cell."""
    x: list[float] = []
    ends: tuple[list[float], list[float]] = ([], [])
    for place, (start, stop, low, high) in enumerate(cells):
        if place and start > cells[place - 1][1]:
            x.append(start)
            for side in ends:
                side.append(math.nan)
        x += [start, stop]
        for side, end in zip(ends, (low, high), strict=True):
            side += [end, end]
    if x:
        yield band(axes, x, *ends)


def _told(x: Sequence[float], y: Sequence[float], cells: Sequence[Sequence[float]]) -> str:
    told = ""
    if x:
        told = f"From {_digits(y[0])} at {_digits(x[0])} to {_digits(y[-1])} at {_digits(x[-1])}."
        ways = {(one < other) - (one > other) for one, other in pairwise(y)}
        told += " It rises from dot to dot." if ways == {1} else " It falls from dot to dot." if ways == {-1} else ""
    if cells:
        low, high = min(cell[2] for cell in cells), max(cell[3] for cell in cells)
        told += f" Enclosed between {_digits(low)} and {_digits(high)}."
    return told.strip()


def _digits(value: float) -> str:
    return number(float(f"{value:.4g}"))


__all__ = ["CAPTION", "NAMES", "draw", "strip"]

"""Layer by layer through deep random networks, as `propcheck.report.profiles` reads it from a probe."""

from __future__ import annotations

import math

from markupsafe import Markup

from propcheck.report.page.charts.frame import Axis, band, chart, frame, line, logarithms, power
from propcheck.report.profiles import Run, runs
from propcheck.verdict import Json

CAPTION = "Layer by layer: the mean over seeds, with a band of one standard deviation. Dashed is theory: "
LOCAL = "for the outputs what follows from the layer before, for the gradient its predicted growth."
BOUNDED = "infinite width from the same start, between the bounds that finite width sets to the mean."
ENDING = " Where there are none, networks of this width are too far from infinite for them."


def draw(probe: Json, name: str) -> tuple[str, Markup] | None:
    """The caption, and a picture for each quantity; None where no seed was finished."""
    found = runs(probe)
    if not found:
        return None
    pictures = [_run(run, f"{name}-{place}") for place, run in enumerate(found)]
    bounds = [bound for run in found for bound in run.bounds]
    caption = CAPTION + (BOUNDED if bounds else LOCAL)
    caption += ENDING if any(math.isnan(value) for bound in bounds for value in bound) else ""
    return caption, Markup('<div class="panels">{}</div>').format(Markup("").join(pictures))


def _run(run: Run, name: str) -> Markup:
    lines = [logarithms(values) for values in (run.middle, run.low, run.high, run.theory, *run.bounds)]
    middle, low, high, theory, *bounds = lines
    layers = list(range(1, len(middle) + 1))
    axes = frame(Axis(1.0, max(2.0, float(len(layers)))), _decades([value for values in lines[:4] for value in values]))
    inside = [band(axes, layers, low, high), line(axes, layers, middle)]
    inside += [line(axes, layers, bound, "bound") for bound in bounds]
    inside += [line(axes, layers, theory, "theory")] if theory else []
    return chart(name, run.title, _described(run), axes, inside, below="layer")


def _decades(values: list[float]) -> Axis:
    """A logarithmic axis that shows at least two decades, so that what hardly changes looks so."""
    known = [value for value in values if not math.isnan(value)] or [0.0]
    low, high = min(known), max(known)
    room = max(0.05 * (high - low), 1 - (high - low) / 2)
    return Axis(low - room, high + room, decades=True)


def _described(run: Run) -> str:
    known = [value for value in run.middle if not math.isnan(value)]
    if not known:
        return "No layer has a value that a logarithmic axis shows."
    told = f"Over {len(run.middle)} layers, from {_told(known[0])} in the first to {_told(known[-1])} in the last."
    if run.theory and not math.isnan(run.theory[0]) and not math.isnan(run.theory[-1]):
        told += f" By theory from {_told(run.theory[0])} to {_told(run.theory[-1])}."
    return told


def _told(value: float) -> str:
    exponent = math.log10(value)
    return f"{value:.3g}" if -4 < exponent < 6 else power(round(exponent))

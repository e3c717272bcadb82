"""The maps from layer to layer: the mean square q of the pre-activations, the correlation c of two inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from propcheck.report.figures import canvas
from propcheck.verdict import Json


def draw(data: Sequence[Json]) -> Figure:
    """The length maps of some functions on the left, their correlation maps on the right, both with the diagonal."""
    figure, (lengths, correlations) = canvas.sheet(7.6, 3.6, 1, 2)
    handles = []
    for place, maps in enumerate(data):
        look = canvas.tone(place)
        q, after = canvas.reals(maps["q"]), canvas.reals(maps["length"])
        (handle,) = lengths.plot(q, np.where(after > 0, after, np.nan), **look)
        handles.append(handle)
        correlations.plot(canvas.reals(maps["c"]), canvas.reals(maps["correlation"]), **look)
        at = canvas.real(maps["correlation_at"])
        lengths.plot([at], [np.interp(at, q, after)], "o", ms=4.6, color=look["color"], zorder=4)
    low, high = 1e-2, 1e2
    for axes, ends in ((lengths, (low, high)), (correlations, (-1, 1))):
        axes.plot(ends, ends, color=canvas.FAINT, linewidth=0.9, zorder=1)
    lengths.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low / 3, high * 3), xlabel="$q$", ylabel="$V(q)$")
    correlations.set(xlim=(-1, 1), ylim=(-1.05, 1.05), xlabel="$c$", ylabel="$C(c)$")
    lengths.set_title("lengths; the dot: where the correlations are taken", fontsize=8.5)
    correlations.set_title("correlations of two inputs", fontsize=8.5)
    canvas.legend(lengths, handles, [_name(maps) for maps in data], loc="upper left")
    return figure


def _name(maps: Json) -> str:
    w, b = canvas.real(maps["sigma_w2"]), canvas.real(maps["sigma_b2"])
    return f"{maps['activation']['title']}: σw² = {w:.4g}, σb² = {b:.4g}"

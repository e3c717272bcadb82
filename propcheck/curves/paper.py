"""What the paper's Figures 1 to 21 show, computed anew.

The text that we have has lost the pictures, and with them the values of the parameters and the ranges; those here are
chosen. Captions are the paper's, translated; where one is lost, `lost` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from propcheck import spec, target
from propcheck.activation import from_spec
from propcheck.analysis.flat import zero_region
from propcheck.calculus import Undecided
from propcheck.curves.graph import graph
from propcheck.curves.phase import phase
from propcheck.verdict import InputError, plain

SCHEMA = "propcheck.figures/1"
CHOSEN = "the values of the parameter are chosen here: the paper's are lost with the picture"
CONNECTIONS, CONSTRUCTIONS = 6, 11
PHASE_SIZE = 33  # variances to each side of a small diagram
Span = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """A curve of a figure: a target, values of its parameters, the words beside it."""

    item: str
    label: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """Curves of one order on one pair of axes."""

    order: int
    curves: tuple[Drawn, ...]
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure of the paper: its number and caption, the panels that it shows on a span of x."""

    number: int
    caption: str
    span: Span
    panels: tuple[Panel, ...]
    note: str = ""
    lost: bool = False


def _pair(
    first: int, captions: tuple[str, str], span: Span, curves: Sequence[Drawn], note: str = "", lost: int | None = None
) -> tuple[Figure, Figure]:
    """The figures of some functions and of their derivatives, which follow each other."""
    drawn = tuple(curves)
    return (
        Figure(first, captions[0], span, (Panel(0, drawn),), note, lost == first),
        Figure(first + 1, captions[1], span, (Panel(1, drawn),), note, lost == first + 1),
    )


def _family(name: str, parameter: str, values: Sequence[str]) -> list[Drawn]:
    letter = {"beta": "β"}.get(parameter, parameter)
    return [Drawn(name, f"{letter} = {value}", {parameter: value}) for value in values]


_SIGMOID, _TANH = Drawn("sigmoid", "sigmoid"), Drawn("tanh", "tanh")
_SOFTPLUS, _SOFTSIGN = Drawn("softplus", "softplus"), Drawn("softsign", "softsign")
_COMBINED = (Drawn("relu_softsign", "relu-softsign"), Drawn("relu_softplus", "relu-softplus"))
_SLOPES = ("1/4", "1/2", "1", "2")
_SCALES = ("1/2", "1", "2", "8")

FIGURES: tuple[Figure, ...] = (
    *_pair(1, ("sigmoid and tanh", "the derivatives of sigmoid and tanh"), (-6, 6), (_SIGMOID, _TANH)),
    Figure(
        3,
        "several variants of the ReLU activation function",
        (-4, 4),
        (
            Panel(0, (Drawn("relu", "ReLU"),), "ReLU"),
            Panel(
                0,
                (Drawn("leaky_relu", "Leaky ReLU, a = 1/100"), Drawn("prelu", "PReLU, a = 1/4 at the start")),
                "Leaky ReLU / PReLU",
            ),
            Panel(0, (Drawn("rrelu", "mean and standard deviation"),), "Randomized Leaky ReLU"),
        ),
        "the usual slopes: 1/100, 1/4, and uniform on (1/8, 1/3); the paper gives none",
    ),
    *_pair(4, ("ReLU6", "the derivative of ReLU6"), (-3, 9), (Drawn("relu6", "ReLU6"),), lost=5),
    *_pair(7, ("Swish", "the derivative of Swish"), (-6, 6), _family("swish", "beta", _SCALES), CHOSEN),
    *_pair(
        9,
        ("Xwish at several parameters", "the derivative of Xwish at several parameters"),
        (-6, 6),
        _family("xwish", "beta", _SCALES),
        CHOSEN,
        lost=9,
    ),
    *_pair(
        12,
        ("ELU at several parameters", "the derivative of ELU at several parameters"),
        (-6, 3),
        _family("elu", "a", _SLOPES),
        CHOSEN,
    ),
    *_pair(
        14,
        ("TReLU at several parameters", "the derivative of TReLU at several parameters"),
        (-6, 3),
        _family("trelu", "a", _SLOPES),
        CHOSEN,
    ),
    *_pair(16, ("softplus and softsign", "the derivatives of softplus and softsign"), (-6, 6), (_SOFTPLUS, _SOFTSIGN)),
    *_pair(
        18,
        ("softplus, softsign and tanh compared", "the derivatives of softplus, softsign and tanh compared"),
        (-6, 6),
        (_SOFTPLUS, _SOFTSIGN, _TANH),
    ),
    *_pair(
        20,
        ("relu-softsign and relu-softplus", "the derivatives of relu-softsign and relu-softplus"),
        (-6, 3),
        _COMBINED,
    ),
)


def figures(probes: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """All 21 figures as data. `probes` are the objects of `propcheck probe --json`: what they measured goes into 6."""
    drawn_before: dict[Any, dict[str, Any]] = {}

    def curve(drawn: Drawn, span: Span, order: int) -> dict[str, Any]:
        key = (drawn.item, tuple(drawn.params.items()), span)
        if key not in drawn_before:
            drawn_before[key] = graph(target.activation(drawn.item, drawn.params), span)
        made = drawn_before[key]
        return made | {"label": drawn.label, "curves": [one for one in made["curves"] if one["order"] == order]}

    made = [
        {
            "number": item.number,
            "kind": "curves",
            "caption": item.caption,
            "lost": item.lost,
            "note": item.note,
            "panels": [
                {
                    "title": panel.title,
                    "order": panel.order,
                    "graphs": [curve(one, item.span, panel.order) for one in panel.curves],
                }
                for panel in item.panels
            ],
        }
        for item in FIGURES
    ]
    made += [connections(probes), _constructions()]
    return {"schema": SCHEMA, "figures": sorted(made, key=lambda figure: figure["number"]), "phase": _phase()}


# --- beyond the paper ------------------------------------------------------------------------------------------------


def _phase() -> list[dict[str, Any]]:
    """The phase diagrams of the paper's functions; those that have none are left out."""
    made = []
    for entry in spec.index():
        if entry.paper is not None:
            with suppress(Undecided, InputError):
                made.append(phase(from_spec(spec.find(entry.name)), PHASE_SIZE))
    return made


# --- Figure 6 --------------------------------------------------------------------------------------------------------


def connections(probes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figure 6: the shares of zero outputs that probes measured; without any, those that follow from the formula."""
    measured = list(_measured(probes))
    shares = measured or list(_exact())
    how = "measured in deep random networks" if measured else "P[g(z) = 0] for z ~ N(0, 1), from the formula"
    return {
        "number": CONNECTIONS,
        "kind": "connections",
        "caption": "sparse connectivity",
        "lost": False,
        "note": f"the paper's is a sketch of a network; here the shares of zero outputs are {how}",
        "how": how,
        "shares": shares,
    }


def _exact() -> Iterator[dict[str, Any]]:
    """The share of zero outputs of the paper's functions, with the standing of it."""
    for entry in spec.index():
        if entry.paper is None:
            continue
        try:
            fact = zero_region(from_spec(spec.find(entry.name)))
            share, standing = plain(fact["mass"]), str(fact.standing)
        except (Undecided, InputError):
            continue
        if share["value"] is not None:
            row = {"name": entry.name, "title": spec.find(entry.name).title, "share": share["value"]}
            yield row | {"spread": None, "layers": None, "standing": standing}


def _measured(probes: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The mean share of zero outputs over layers and seeds, and that of each layer."""
    for probe in probes:
        page = probe["criteria"]["sparsity"]
        whole = next((item for item in page["measurements"] if item["name"] == "share of zeros"), None)
        layers = next((item for item in page["profiles"] if item["name"] == "share of zeros"), None)
        if whole is not None and whole["mean"] is not None:
            about = probe["activation"]
            row = {"name": about["name"], "title": about["title"], "share": whole["mean"], "spread": whole["spread"]}
            yield row | {"layers": None if layers is None else layers["mean"], "standing": "measured"}


# --- Figure 11 -------------------------------------------------------------------------------------------------------


def _constructions() -> dict[str, Any]:
    """Maxout's three: the function, the linear units whose largest it is, and what it stands for."""
    maxout = spec.find("maxout")
    panels = []
    for name, units in maxout.presets.items():
        lines = [[float(w), float(b)] for w, b in zip(units.weights, units.biases, strict=True)]
        made = graph(from_spec(spec.find(f"maxout:{name}")), (-3.0, 3.0))
        panels.append({"title": units.title or name, "k": units.k, "lines": lines, "graph": made})
    return {
        "number": CONSTRUCTIONS,
        "kind": "constructions",
        "caption": "Maxout fits a linear activation (a rectifier), the absolute value and a quadratic",
        "lost": True,
        "note": "the weights are those of the catalogue's presets; the paper's are lost with the picture",
        "panels": panels,
    }

"""Properties of activation functions, proved from their formulas.

    >>> import propcheck
    >>> gelu = propcheck.load("gelu")                          # or an expression in x, or a spec file
    >>> analysis = propcheck.analyze(gelu)
    >>> print(analysis["monotonicity"]["value"])
    none
    >>> print(analysis["dead_units"].verdict, analysis["dead_units"].standing)
    holds computed
    >>> softly = propcheck.analyze("x if x > 0 else a*tanh(x)", a="1/2", time_limit=10)
    >>> print(softly["saturation"]["left"])
    soft

Every answer has a standing: how surely it is known. What is not decided is `open`, never a convenient "no".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from propcheck.verdict import (
    Computed,
    Fact,
    Facts,
    InaccurateWarning,
    InputError,
    Number,
    Plotted,
    Shown,
    Standing,
    Verdict,
    Verdicts,
)
from propcheck.version import __version__

if TYPE_CHECKING:
    from propcheck import report
    from propcheck.activation import Activation
    from propcheck.criteria.joining import criterion
    from propcheck.families.inquiry import Family, family
    from propcheck.gate.testing import parametrize
    from propcheck.inquiries.analysis import Analysis, analyze
    from propcheck.inquiries.approximate import Approximation, approximate
    from propcheck.inquiries.comparison import compare
    from propcheck.inquiries.conformity import conform
    from propcheck.inquiries.distance import Difference, difference
    from propcheck.inquiries.gated import Gated, gated_unit
    from propcheck.inquiries.gradcheck import gradcheck
    from propcheck.inquiries.handover import Handovers, handover
    from propcheck.inquiries.identification import identify
    from propcheck.inquiries.verification import verify
    from propcheck.meanfield import Gain, Phase, gain, phase
    from propcheck.numeric import Compiled, compile
    from propcheck.probes.experiment import Probe, probe
    from propcheck.report.survey import Table, analyze_many
    from propcheck.solving.answer import Solution
    from propcheck.solving.inquiry import solve
    from propcheck.spec import Spec, catalogue

__all__ = [
    "Activation",
    "Analysis",
    "Approximation",
    "Compiled",
    "Difference",
    "Fact",
    "Facts",
    "Family",
    "Gain",
    "Gated",
    "Handovers",
    "InaccurateWarning",
    "InputError",
    "Number",
    "Phase",
    "Probe",
    "Solution",
    "Spec",
    "Standing",
    "Table",
    "Verdict",
    "Verdicts",
    "__version__",
    "analyze",
    "analyze_many",
    "approximate",
    "catalogue",
    "compare",
    "compile",
    "conform",
    "criterion",
    "difference",
    "family",
    "gain",
    "gated_unit",
    "gradcheck",
    "handover",
    "identify",
    "load",
    "parametrize",
    "phase",
    "probe",
    "report",
    "solve",
    "verify",
]

# Where the names lie that bring SymPy with them; each is imported when it is first asked for.
_LATER = {
    "Activation": "propcheck.activation",
    "Analysis": "propcheck.inquiries.analysis",
    "Approximation": "propcheck.inquiries.approximate",
    "Compiled": "propcheck.numeric",
    "Difference": "propcheck.inquiries.distance",
    "Family": "propcheck.families.inquiry",
    "Gain": "propcheck.meanfield",
    "Gated": "propcheck.inquiries.gated",
    "Handovers": "propcheck.inquiries.handover",
    "Phase": "propcheck.meanfield",
    "Probe": "propcheck.probes.experiment",
    "Solution": "propcheck.solving.answer",
    "Spec": "propcheck.spec",
    "Table": "propcheck.report.survey",
    "analyze": "propcheck.inquiries.analysis",
    "analyze_many": "propcheck.report.survey",
    "approximate": "propcheck.inquiries.approximate",
    "catalogue": "propcheck.spec",
    "compare": "propcheck.inquiries.comparison",
    "compile": "propcheck.numeric",
    "conform": "propcheck.inquiries.conformity",
    "criterion": "propcheck.criteria.joining",
    "difference": "propcheck.inquiries.distance",
    "family": "propcheck.families.inquiry",
    "gain": "propcheck.meanfield",
    "gated_unit": "propcheck.inquiries.gated",
    "gradcheck": "propcheck.inquiries.gradcheck",
    "handover": "propcheck.inquiries.handover",
    "identify": "propcheck.inquiries.identification",
    "parametrize": "propcheck.gate.testing",
    "phase": "propcheck.meanfield",
    "probe": "propcheck.probes.experiment",
    "solve": "propcheck.solving.inquiry",
    "verify": "propcheck.inquiries.verification",
}


def load(target: Any, **params: Any) -> Activation:
    """The activation of a target: a catalogue name, an expression in x, a spec file, or a SymPy expression."""
    from propcheck.target import activation

    return activation(target, params)


def _drawn(kind: str, record: Any, form: str) -> str:
    from propcheck.report import notebook

    return notebook.draw(kind, record, form)


def _plotted(subject: Any, ax: Any) -> Any:
    from propcheck.curves.graph import graph
    from propcheck.inquiries.analysis import Analysis
    from propcheck.report import figures

    known = isinstance(subject, Analysis)
    return figures.onto(ax, [graph(subject.activation if known else subject)], (0, 1) if known else (0,))


def _graphed(subject: Any) -> Any:
    """The curves, under a time limit."""
    from functools import partial

    from propcheck.curves.collected import asked
    from propcheck.processes import worker
    from propcheck.verdict import InputError

    try:
        made = worker.one(worker.Job(partial(_activation_of, subject), (("graph", asked),)), _DRAWING).get("graph")
    except InputError:
        return None
    return made if isinstance(made, dict) else None


def _activation_of(subject: Any) -> Any:
    return getattr(subject, "activation", subject)


def _computed(activation: Any, x: Any) -> Any:
    from propcheck.numeric import computed

    return computed(activation, x)


Shown.drawn = _drawn
Plotted.plotted = _plotted
Plotted.graphed = _graphed
_DRAWING = 10.0  # seconds of processor time for the curves of a card
Computed.computed = _computed


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "report":  # a folder that is a function too
        return import_module("propcheck.report")
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))

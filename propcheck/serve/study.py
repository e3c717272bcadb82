"""What a child process is asked about a question. The formula is read there too: it is a stranger's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from propcheck import spec, target
from propcheck.activation import Activation, from_spec
from propcheck.curves.graph import graph
from propcheck.inquiries import analysis as inquiry
from propcheck.processes.worker import Job
from propcheck.serve import slider
from propcheck.serve.question import Question
from propcheck.spec import Spec
from propcheck.verdict import InputError

SLIDERS, CURVES = "sliders", "curves"
_FALLBACK = "1"  # the value of a parameter that nobody gave one


def facts(question: Question) -> tuple[Spec, Job]:
    """What is known of the function before it is read, and the questions of its analysis.

    What the page shows first is asked first: which sliders there are, and what the function is.
    """
    known = _known(question)
    asked = inquiry.job(known, {}, inquiry.scope())
    described = tuple(item for item in asked.closing if item[0] == "description")
    return known, replace(
        asked,
        subject=partial(_activation, question),
        questions=((SLIDERS, _sliders), *described, *asked.questions),
        closing=tuple(item for item in asked.closing if item not in described),
    )


def curves(question: Question) -> Job:
    """The question of its curves."""
    return Job(partial(_activation, question), ((CURVES, _curves),))


def _known(question: Question) -> Spec:
    """The catalogue's spec, which has claims that are checked; of an expression no more than its text."""
    try:
        return spec.find(question.formula)
    except InputError:
        text = " ".join(question.formula.split())
        return Spec(name=text, title=text, expression=text)


def _activation(question: Question) -> Activation:
    return from_spec(target.written(question.formula, dict(question.params), _FALLBACK))


def _sliders(activation: Activation, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [slider.of(parameter) for parameter in activation.parameters if parameter.role != "random"]


def _curves(activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any] | str:
    """The graph, or the sentence that says why there is none."""
    try:
        return graph(activation)
    except InputError as refusal:
        return str(refusal)

"""What a child process is asked about a question. The formula is read there too: it is a stranger's text."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from propcheck import spec, target
from propcheck.activation import Activation, from_spec
from propcheck.curves.graph import graph
from propcheck.families import slider
from propcheck.families import track as tracking
from propcheck.inquiries import analysis as inquiry
from propcheck.inquiries import comparison
from propcheck.processes.worker import Job
from propcheck.serve.question import Question
from propcheck.spec import Spec
from propcheck.verdict import InputError

SLIDERS, CURVES, BESIDE, CODE, TRACK = "sliders", "curves", "beside", "code", "track"
TRACKING = 2.5  # seconds of processor time for a part of a track
POINTS = 48  # of a curve in the gallery
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
    """The question of its curves, and of those of the function beside it."""
    second = ((BESIDE, partial(_beside, question.second)),) if question.other else ()
    return Job(partial(_activation, question), ((CURVES, _curves), *second))


def equality(question: Question) -> Job:
    """The questions whether two functions are equal, and whether they are up to scales."""
    pair = partial(_pair, question)
    return Job(pair, tuple((f"0 1{part}", ask) for part, ask in comparison.asked(0, 1)))


def code(question: Question) -> Job:
    """The question of its source in a language."""
    return Job(partial(_activation, question), ((CODE, partial(_code, question.to)),))


def track(question: Question) -> Job:
    """The questions along a parameter: verdicts and numbers over the stretch of its slider."""
    return Job(partial(_track, question), ((TRACK, tracking.about), *tracking.questions(TRACKING)))


def gallery() -> Job:
    """The questions of the curves of the catalogue, a few points of each."""
    return Job(int, tuple((entry.name, partial(sketch, entry.name)) for entry in spec.index()))


def _pair(question: Question) -> list[Activation]:
    return [_activation(question.alone), _activation(question.second)]


def _beside(second: Question, activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any] | str:
    return _curves(_activation(second), answers)


def _code(language: str, activation: Activation, answers: Mapping[str, Any]) -> str:
    from propcheck.numeric.source import exported

    return exported(activation, language, measured=False).text


def sketch(name: str, subject: int = 0, answers: Mapping[str, Any] | None = None) -> list[tuple[float, float]]:
    """Points of the formula from -4 to 4, by floating point: enough for a picture as small as a stamp."""
    import sympy as sp

    from propcheck.language import X, parse

    known = spec.find(name)
    if any(not one.default for one in known.parameters):
        return []  # a random one: no curve is the function
    symbols = known.symbols()
    values = {symbols[one.name]: one.value() for one in known.parameters}
    function = sp.lambdify(X, parse(known.formula, symbols).xreplace(values), "math")
    found = []
    for place in range(POINTS + 1):
        x = 8 * place / POINTS - 4
        with suppress(ArithmeticError, ValueError, TypeError, NameError):
            found.append((x, float(function(x))))
    return found


def _known(question: Question) -> Spec:
    """The catalogue's spec, which has claims that are checked; of an expression no more than its text."""
    try:
        return spec.find(question.formula)
    except InputError:
        text = " ".join(question.formula.split())
        return Spec(name=text, title=text, expression=text)


def _activation(question: Question) -> Activation:
    return from_spec(target.written(question.formula, dict(question.params), _FALLBACK))


def _track(question: Question) -> tracking.Track:
    if question.over is None:
        raise InputError("the parameter that runs is missing, such as over.a=0:5")
    name, over = question.over
    return tracking.track(target.written(question.formula, dict(question.params), _FALLBACK), name, over)


def _sliders(activation: Activation, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [slider.of(parameter) for parameter in activation.parameters if parameter.role != "random"]


def _curves(activation: Activation, answers: Mapping[str, Any]) -> dict[str, Any] | str:
    """The graph, or the sentence that says why there is none."""
    try:
        return graph(activation)
    except InputError as refusal:
        return str(refusal)

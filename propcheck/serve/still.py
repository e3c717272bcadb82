"""A copy of the live page that asks no server: the answers to a few questions are kept in it, for pages of a site.

A question is a function of the catalogue at a value of its one parameter, alone or beside another function. The answers
are those that the server would give; what is said twice is kept once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial

from propcheck import spec
from propcheck.families import slider
from propcheck.serve import answers, page, study
from propcheck.serve.pool import Pool
from propcheck.serve.question import Question
from propcheck.spec import constant
from propcheck.verdict import InputError

STEPS = 10  # of a slider, at least
LIMIT = 30.0  # seconds of processor time for a question
PARTS = {"facts": ("sliders", "card"), "curves": ("curves",), "beside": ("beside",)}  # what is kept of each answer


def copy(names: Sequence[str], beside: str = "", back: Mapping[str, str] | None = None, limit: float = LIMIT) -> str:
    """The page with these functions of the catalogue, of one parameter each, at every place of its slider.

    With `beside`, each also next to this function. `back` are links to other pages, by what they are called.
    """
    pool, recent = Pool(limit), answers.Recent()
    pool.warm_up()
    asked = list(_questions(names, beside))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = threads.map(partial(_kept, pool=pool, recent=recent), asked)
        kept = {question.query(): parts for question, parts in zip(asked, found, strict=True)}
    for question in asked:  # a name alone is the function at its default
        if dict(question.params) == _default(question.formula):
            kept[replace(question, params=()).query()] = kept[question.query()]
    lines: dict[str, int] = {}
    told = {
        query: {name: [lines.setdefault(line, len(lines)) for line in text.split("\n")] for name, text in parts.items()}
        for query, parts in kept.items()
    }
    data = json.dumps({"parts": PARTS, "lines": list(lines), "answers": told}, separators=(",", ":"))
    points = {name: study.sketch(name) for name in names}
    first = kept[Question(names[0]).query()] | {"gallery": page.gallery(points, names)}
    return page.still(names, beside, data, first, back or {})


def _questions(names: Sequence[str], beside: str) -> Iterator[Question]:
    for name in names:
        ((key, default),) = _default(name).items()
        for value in dict.fromkeys((default, *slider.places(_slider(name)))):
            for other in dict.fromkeys(("", beside)):
                yield Question(name, ((key, value),), other)


def _default(name: str) -> dict[str, str]:
    return {one.name: one.default or "" for one in spec.find(name).parameters}


def _slider(name: str) -> dict[str, str]:
    (parameter,) = spec.find(name).parameters
    return slider.of(parameter, STEPS)


def _kept(question: Question, pool: Pool, recent: answers.Recent) -> dict[str, str]:
    """The last of each part of the answers, which is whole."""
    asked = {"curves": answers.curves, **({"beside": recent.beside} if question.other else {"facts": answers.facts})}
    found: dict[str, str] = {}
    for name, answer in asked.items():
        with closing(recent.parts(answer, question, pool)) as parts:
            for part in parts:
                if "stopped" in part or "fault" in part:
                    raise InputError(f"{question.query()} is not answered: {part}")
                found |= {key: text for key, text in part.items() if key in PARTS[name]}
    if not question.other:
        ((_, value),) = question.params
        at = {"value": value, "at": str(float(constant(value)))}
        found["sliders"] = page.sliders([_slider(question.formula) | at], typed=False)
    return found

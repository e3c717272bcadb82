"""What the page shows of a question: a stream of parts, each complete in itself and fresher than the one before.

A part is an object with some of these, each a text: `fault`, why the formula cannot be used, and then nothing follows;
`sliders`, the parameters; `card`, what is found so far, with `working`, what is still asked, "" when all is there, and
then `analysis`, the same as the command line gives it; `curves`, the pictures, or why there are none; `beside`, two
functions side by side; `code`, a source; `gallery`, the catalogue in pictures. `stopped` stands beside the last of an
answer in which some question was stopped: such an answer is not remembered. An empty part is a beat, in which nothing
is new.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from propcheck.criteria import judge
from propcheck.criteria.joining import chosen
from propcheck.families import track as tracking
from propcheck.inquiries import analysis as inquiry
from propcheck.inquiries import comparison, questions
from propcheck.processes.worker import Stopped
from propcheck.serve import page, study
from propcheck.serve.pool import Pool
from propcheck.serve.question import Question
from propcheck.verdict import InputError

Part = Mapping[str, str]
Parts = Generator[Part, None, None]

PATIENCE = 0.2  # seconds between two cards, of which the first is unfinished
REMEMBERED = 256  # answers
_UNFINISHED = Stopped("still being worked on")


def facts(question: Question, pool: Pool) -> Parts:
    """The sliders and the card, which comes in parts where it takes long."""
    known, job = study.facts(question)
    keys = [key for key, _ in job.questions + job.closing]
    answers: dict[str, Any] = {}
    began = shown = time.monotonic()
    told = 0
    try:
        with closing(pool.answers(job, questions.LATE)) as found:
            for item in found:
                if item is None:
                    yield {}
                elif item[0] == study.SLIDERS:
                    yield {"sliders": page.sliders([] if isinstance(item[1], Stopped) else item[1])}
                if item is not None:
                    answers[item[0]] = item[1]
                if told < len(answers) < len(keys) and time.monotonic() - shown > PATIENCE:
                    yield _card(known, keys, answers, began)
                    shown, told = time.monotonic(), len(answers)
    except InputError as refusal:
        yield {"fault": page.fault(str(refusal))}
        return
    yield {**_card(known, keys, answers, began), **_stopped(answers)}


def beside(question: Question, pool: Pool, recent: Recent) -> Parts:
    """The facts and verdicts of two functions side by side, what differs marked, and whether they are equal."""
    analyses = []
    for one in (question.alone, question.second):
        given: dict[str, str] = {}
        with closing(recent.parts(facts, one, pool)) as parts:
            for part in parts:
                given.update(part)
                yield {}
        if "analysis" not in given:
            yield {"fault": given.get("fault", page.fault(f"{one.formula} cannot be used"))}
            return
        analyses.append(inquiry.Analysis.from_json(json.loads(given["analysis"])))
    answers: dict[str, Any] = {}
    with closing(pool.answers(study.equality(question))) as found:
        for item in found:
            yield {}
            answers.update([] if item is None else [item])
    asked = dict(study.equality(question).questions)
    known = {**dict.fromkeys(asked, Stopped("there was no answer")), **answers}
    yield {"beside": page.beside(comparison.compared(analyses, known).to_json()), **_stopped(answers)}


def track(question: Question, pool: Pool) -> Parts:
    """The verdicts along a slider, and the charts of its parameter: what is found first is shown first."""
    job = study.track(question)
    told: dict[str, Any] = {}
    late = [key for key, _ in job.questions if key not in (study.TRACK, "verdicts")]
    try:
        with closing(pool.answers(job, late)) as found:
            for item in found:
                if item is None:
                    yield {}
                    continue
                told.update([item])
                if isinstance(told.get(study.TRACK), Mapping) and item[0] != study.TRACK:
                    yield _track(told)
    except InputError as refusal:
        yield {"fault": page.fault(str(refusal))}
        return
    yield {**(_track(told) if isinstance(told.get(study.TRACK), Mapping) else {}), **_stopped(told)}


def _track(told: Mapping[str, Any]) -> Part:
    made = tracking.record(told[study.TRACK], {key: one for key, one in told.items() if key != study.TRACK})
    return {"track": json.dumps(page.tracks(made)), "along": page.along(made)}


def code(question: Question, pool: Pool) -> Parts:
    """The source of the function in a language, as text."""
    if question.to not in page.LANGUAGES:
        yield {"code": f"There is no code in {question.to or 'no language'}; there is {', '.join(page.LANGUAGES)}"}
        return
    found: Any = Stopped("there was no answer")
    try:
        with closing(pool.answers(study.code(question))) as answers:
            for item in answers:
                yield {}
                found = found if item is None else item[1]
    except InputError as refusal:
        yield {"fault": page.fault(str(refusal))}
        return
    yield {"code": found.note, **_stopped({study.CODE: found})} if isinstance(found, Stopped) else {"code": found}


def gallery(question: Question, pool: Pool) -> Parts:
    """The catalogue in pictures."""
    found: dict[str, Any] = {}
    with closing(pool.answers(study.gallery())) as answers:
        for item in answers:
            yield {}
            found.update([] if item is None else [item])
    yield {"gallery": page.gallery({name: [] if isinstance(one, Stopped) else one for name, one in found.items()})}


def curves(question: Question, pool: Pool) -> Parts:
    """The pictures."""
    told: dict[str, Any] = {}
    try:
        with closing(pool.answers(study.curves(question))) as answers:
            for item in answers:
                yield {}
                told.update([] if item is None else [item])
    except InputError as refusal:
        yield {"fault": page.fault(str(refusal))}
        return
    found, other = told.get(study.CURVES, Stopped("there was no answer")), told.get(study.BESIDE)
    if isinstance(found, Mapping):
        yield {"curves": page.curves(found, other if isinstance(other, Mapping) else None)}
    else:
        reason = found.note if isinstance(found, Stopped) else found
        yield {"curves": page.no_curves(reason), **_stopped({study.CURVES: found})}


def _stopped(answers: Mapping[str, Any]) -> Part:
    if not any(isinstance(answer, Stopped) for answer in answers.values()):
        return {}
    return {"stopped": "some questions were stopped, and what they asked is open"}


def _card(known: Any, keys: list[str], answers: Mapping[str, Any], began: float) -> Part:
    missing = [key for key in keys if key not in answers]
    standards, seconds = chosen(), time.monotonic() - began
    analysis = inquiry.assembled(known, {**dict.fromkeys(missing, _UNFINISHED), **answers}, standards, seconds)
    if missing:  # verdicts for which the facts so far suffice
        analysis = replace(analysis, criteria=judge(analysis.facts, standards))
    told = analysis.to_json()
    return {
        "card": page.card(told),
        "working": _working(missing),
        **({} if missing else {"analysis": json.dumps(told)}),
    }


def _working(missing: list[str]) -> str:
    named = [key.replace("_", " ") for key in missing if not key.startswith("claim ")]
    return ", ".join(named[:3]) + (" and more" if len(named) > 3 else "") if named else "claims" if missing else ""


@dataclass(frozen=True)
class Recent:
    """Answers that were given lately, the oldest forgotten first. One that something stopped is asked anew."""

    most: int = REMEMBERED
    _kept: OrderedDict[Any, list[Part]] = field(default_factory=OrderedDict, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    def parts(self, answer: Callable[[Question, Pool], Parts], question: Question, pool: Pool) -> Parts:
        """The parts of an answer, as they were kept or as they come."""
        key = (answer.__name__, question)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        if known is not None:
            yield from known
            return
        given: dict[str, str] = {}
        with closing(answer(question, pool)) as parts:
            for part in parts:
                given.update(part)
                yield part
        if "stopped" not in given:
            self._keep(key, [given])

    def beside(self, question: Question, pool: Pool) -> Parts:
        """Two functions side by side; what was found of either alone is remembered too."""
        return beside(question, pool, self)

    def _keep(self, key: Any, parts: list[Part]) -> None:
        with self._lock:
            self._kept[key] = parts
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

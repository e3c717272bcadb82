"""Probes of functions: all experiments run, shared out among processes, judged page by page.

The same functions, setting and versions give the same bytes, times aside, whatever the number of processes.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from propcheck import processes, target
from propcheck.activation import Activation
from propcheck.criteria import NUMBERS
from propcheck.numeric import arrays
from propcheck.probes import OF_BLOCKS, PAGES, TIMED, crew, training
from propcheck.probes.crew import Failure, Order
from propcheck.probes.measurement import Found, Measurement, over_seeds
from propcheck.probes.outcome import REFERENCE, Laboratory, Outcome
from propcheck.probes.setting import PLAIN, Setting
from propcheck.processes import worker
from propcheck.spec import Spec
from propcheck.verdict import InputError, Shown, Standing, Verdict, Verdicts, plain
from propcheck.version import __version__

if TYPE_CHECKING:
    from sympy import Expr

SCHEMA = "propcheck.probe/1"
Item = Any  # a Spec, a SymPy expression or an Activation
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Probe(Shown):
    """What was measured of one function.

    `found` has a page's result by the criterion's key. `seeds` are those that were finished; `note` says why others, or
    all, were not. `initialisation` is the scheme with its variances; `seconds` those of a training step.
    """

    description: Mapping[str, Any]
    setting: Setting
    seeds: tuple[int, ...]
    task: str
    initialisation: Mapping[str, Any] | None
    found: Mapping[str, Found]
    seconds: Measurement
    note: str = ""
    wrong_input: bool = False

    shown_as = "probe"

    @property
    def name(self) -> str:
        return self.description["name"]

    @property
    def criteria(self) -> Verdicts:
        """The verdicts, in the paper's order."""
        return Verdicts(found.verdict for found in self.found.values())

    @property
    def surprises(self) -> tuple[str, ...]:
        """Where a measurement is farther from its prediction than chance explains."""
        return tuple(text for found in self.found.values() for text in found.surprises)

    def __getitem__(self, key: str) -> Found:
        return self.found[key]

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck probe --json` prints; what depends on times stands under `timed`."""
        pages = {key: found.to_json() for key, found in self.found.items()}
        return {
            "schema": SCHEMA,
            "activation": plain(self.description),
            "setting": plain(self.setting.to_json()),
            "seeds": list(self.seeds),
            "task": self.task,
            "initialisation": plain(self.initialisation),
            "criteria": {key: page for key, page in pages.items() if key not in TIMED},
            "note": self.note,
            "timed": {
                "criteria": {key: page for key, page in pages.items() if key in TIMED},
                "seconds of a training step": self.seconds.to_json(),
            },
            "provenance": versions(),
        }

    def rows(self) -> list[dict[str, Any]]:
        """The measurements, one a row."""
        return [
            {"name": self.name, "criterion": key, "quantity": item.name, "mean": item.mean, "spread": item.spread}
            | {"count": item.count, "predicted": item.predicted, "difference": item.difference}
            for key, found in self.found.items()
            for item in found.measurements
        ]

    def __repr__(self) -> str:
        return f"<Probe of {self.name}: {self._started()}>"

    def __str__(self) -> str:
        return Shown.drawn(self.shown_as, self.shown(), "text").removesuffix("\n")

    def _started(self) -> str:
        if self.initialisation is None:
            return "not run"
        counted = f"{len(self.seeds)} seed{'s' if len(self.seeds) != 1 else ''}"
        variance = self.initialisation["sigma_w2"]
        return f"{counted}, {self.initialisation['scheme']} weights of variance {variance:.6g} / inputs, {self.task}"


def probe(
    item: str | Path | Spec | Expr | Activation,
    *,
    depth: int = 50,
    width: int = 256,
    batch: int = 128,
    seeds: int = 5,
    init: str | tuple[float, float] = "",
    dtype: str = "float32",
    time_limit: float | None = None,
    workers: int | None = None,
    backend: str = "numpy",
    device: str = "cpu",
    fast: bool = False,
    only: Sequence[str] = (),
    block: str = "plain",
    **params: Any,
) -> Probe:
    """The probe of one target or activation.

    `init` is lecun, glorot, he, orthogonal, preserving, critical, or (sigma_w, sigma_b); unless given critical, and
    preserving in residual blocks. With a `time_limit` in seconds the seeds that were finished by then count. The work
    is done in child processes, one a core unless told otherwise. `backend` torch runs the deep network on a `device` of
    that library; `fast` in NumPy with loops that numba compiles. `only` has the keys of the criteria to look at; what
    they do not need is not run. `block` is residual, pre_norm or post_norm for a network of such blocks, of which
    gradient flow alone is measured.
    """
    if isinstance(item, str | Path | Spec) or target.is_code(item):
        item = target.read(item, params)
    elif params:
        item = target.activation(item, params)
    target.check_kind(item)
    setting = Setting(depth, width, batch, seeds, init, dtype, backend, device, fast, tuple(only), block)
    (found,) = probe_all([item], setting, time_limit, workers)
    if found.wrong_input:
        raise InputError(found.note)
    return found


def probe_all(
    items: Sequence[Item],
    setting: Setting,
    time_limit: float | None = None,
    workers: int | None = None,
    tell: Tell | None = None,
) -> Generator[Probe, None, None]:
    """The probes of several specs, expressions or activations, in their order, each as soon as it is whole.

    `tell(done, all, name)` hears of each seed that is finished. ReLU is run first, as what others are measured by.
    Ctrl-C yields those that have some seeds finished, and is raised then.
    """
    worker.check_limit(time_limit)
    workers = processes.counted(workers)
    if setting.backend != "numpy":
        arrays.reach(setting.device)
    subjects: list[Item] = [target.read(REFERENCE)]
    places = []
    for item in items:
        if item not in subjects:
            subjects.append(item)
        places.append(subjects.index(item))
    task = training.available()
    orders = [Order(subject, seed) for subject in range(len(subjects)) for seed in range(setting.seeds)]
    answers: dict[int, dict[int, Any]] = {subject: {} for subject in range(len(subjects))}
    parts = frozenset(part for page in pages(setting) if _serves(page, setting) for part in page.NEEDS)
    make = partial(Laboratory, tuple(subjects), setting, task, parts)
    finished = crew.run(make, orders, workers, time_limit)
    waiting = list(zip(items, places, strict=True))
    with closing(finished):
        try:
            for count, (order, answer) in enumerate(finished, 1):
                answers[order.subject][order.seed] = answer
                if tell is not None:
                    tell(count, len(orders), described(subjects[order.subject])["title"])
                while waiting and all(len(answers[k]) == setting.seeds for k in (0, waiting[0][1])):
                    item, place = waiting.pop(0)
                    yield _judged(item, setting, task, answers[place], answers[0])
        except KeyboardInterrupt:
            for item, place in waiting:
                if _outcomes(answers[place]):
                    yield _judged(item, setting, task, answers[place], answers[0])
            raise


def pages(setting: Setting) -> list[ModuleType]:
    """The pages that a setting asks for."""
    known = [page.KEY for page in PAGES]
    for key in setting.only:
        if key not in known:
            raise InputError(f"{key!r} is no criterion that is measured; there are {', '.join(known)}")
    return [page for page in PAGES if not setting.only or page.KEY in setting.only]


def _serves(page: ModuleType, setting: Setting) -> bool:
    """Does the page judge networks of these blocks?"""
    return setting.block == PLAIN or page.KEY in OF_BLOCKS


def _left_out(page: ModuleType, setting: Setting) -> Found:
    reason = f"it is measured in plain layers, not in {setting.block} blocks"
    return Found(Verdict(NUMBERS[page.KEY], page.KEY, "open", Standing.OPEN, (reason,)), ())


def versions() -> dict[str, str]:
    """The versions of all that a measurement may depend on, and the kind of machine."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index]
    return {
        "propcheck": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "machine": platform.machine(),
    }


def _judged(item: Item, setting: Setting, task: str, answers: Mapping[int, Any], reference: Mapping[int, Any]) -> Probe:
    """The pages' verdicts on the seeds that were finished; where there is none, all is open."""
    outcomes = _outcomes(answers)
    missing = [answers.get(seed, Failure("interrupted")) for seed in range(setting.seeds)]
    failures = [answer for answer in missing if isinstance(answer, Failure)]
    others = _outcomes(reference)
    if outcomes:
        found = {
            page.KEY: page.judge(outcomes, others) if _serves(page, setting) else _left_out(page, setting)
            for page in pages(setting)
        }
        first = outcomes[0].initialisation
        scheme = {"scheme": first.scheme, "sigma_w2": first.sigma_w2, "sigma_b2": first.sigma_b2}
    else:
        reason = failures[0].note if failures else "not run"
        verdicts = [Verdict(NUMBERS[page.KEY], page.KEY, "open", Standing.OPEN, (reason,)) for page in pages(setting)]
        found = {verdict.key: Found(verdict, ()) for verdict in verdicts}
        scheme = None
    return Probe(
        description=described(item),
        setting=setting,
        seeds=tuple(outcome.seed for outcome in outcomes),
        task=task,
        initialisation=scheme,
        found=found,
        seconds=over_seeds(
            "seconds of a training step",
            [float(np.mean([run.seconds for run in outcome.runs])) for outcome in outcomes if outcome.runs],
        ),
        note=f"{len(failures)} of {setting.seeds} seeds are missing: {failures[0].note}" if failures else "",
        wrong_input=bool(failures) and not outcomes and failures[0].wrong_input,
    )


def _outcomes(answers: Mapping[int, Any]) -> list[Outcome]:
    return [answers[seed] for seed in sorted(answers) if isinstance(answers[seed], Outcome)]


def described(item: Item) -> dict[str, Any]:
    """What a probe says of the function that it is about."""
    if isinstance(item, Spec):
        values = {parameter.name: parameter.default for parameter in item.parameters}
        return {"name": item.name, "title": item.title, "expression": item.formula, "parameters": values}
    if isinstance(item, Activation):
        values = {name: str(value) for name, value in item.values.items()}
        return {"name": item.name, "title": item.title, "expression": str(item.expression), "parameters": values}
    return {"name": str(item), "title": str(item), "expression": str(item), "parameters": {}}

"""A study run: every part of every function, kept as it is found, so that it goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from propcheck import files, processes, spec, target
from propcheck.network import read
from propcheck.network.initialisation import Initialisation
from propcheck.numeric.units import Plain, units
from propcheck.probes import crew
from propcheck.probes.outcome import critical
from propcheck.probes.training import available
from propcheck.probes.training import task as task_of
from propcheck.study import designs, measures, networks, training
from propcheck.study.training import Plan
from propcheck.verdict import InputError, Json, plain

SCHEMA = "propcheck.study/1"
SEEDS = 5
DEEP_WIDTH = 48
QUICK = 6  # `--quick` takes one function of so many
Tell = Callable[[int, int, str], None]


def _halves(low: int, high: int) -> tuple[float, ...]:
    """Learning rates from 2^low to 2^high, by a factor of the square root of 2."""
    return tuple(2.0 ** (k / 2) for k in range(2 * low, 2 * high + 1))


PLANS = {
    "plain": Plan(120, 64, _halves(-4, 2), 0.3),
    "pre_norm": Plan(100, 64, _halves(-4, 0), 0.3),
    "conv": Plan(80, 32, _halves(-4, 1), 0.7),
    "conv_bn": Plan(80, 32, _halves(-4, 1), 0.7),
}
DEEP_PLANS = {
    "plain of 10": Plan(200, 32, tuple(2.0**k for k in range(-9, -1)), 0.5, 20),
    "plain of 30": Plan(200, 32, tuple(2.0**k for k in range(-9, -1)), 0.5, 20),
    "plain of 100": Plan(200, 32, tuple(4.0**k / 2 for k in range(-4, 0)), 0.5, 20),
    "pre_norm of 10": Plan(60, 32, tuple(4.0**k for k in range(-3, 0)), 0.5, 20),
    "pre_norm of 30": Plan(60, 32, tuple(4.0**k for k in range(-3, 0)), 0.5, 20),
    "pre_norm of 100": Plan(60, 32, tuple(4.0**k for k in range(-3, 0)), 0.5, 20),
}
MEASURES = {"measures": measures.CANDIDATES, "later measures": measures.LATER}
PARTS = ("measures", *PLANS, *DEEP_PLANS, "later measures")


@dataclass(frozen=True)
class Setting:
    """What is run: functions by name with their texts, and seeds."""

    functions: Mapping[str, str]
    seeds: int = SEEDS
    task: str = field(default_factory=available)

    def to_json(self) -> dict[str, Any]:
        plans = {name: asdict(plan) for name, plan in (PLANS | DEEP_PLANS).items()}
        return {"task": self.task, "seeds": self.seeds, "width of deep networks": DEEP_WIDTH, "plans": plans}


def setting(quick: bool = False) -> Setting:
    """The catalogue and the drawn designs of both rounds; with `quick` one in QUICK, and two seeds."""
    listed = {name: name for name in spec.names() if _is_plain(name)}
    functions = {**listed, **designs.drawn(), **designs.later()}
    if quick:
        functions = dict(list(functions.items())[::QUICK])
    return Setting(functions, 2 if quick else SEEDS)


def _is_plain(name: str) -> bool:
    """Has a unit of this function one pre-activation?"""
    found = spec.find(name)
    return found.units is None or found.units.k == 1


class Workshop:
    """What answers orders: a part of a function, each function made ready once.

    `starts` holds the initialisations of functions that were begun: they keep them, whatever is recommended today.
    """

    def __init__(self, setting: Setting, fast: bool = False, starts: Mapping[str, Json] | None = None):
        self.setting, self.fast, self.starts = setting, fast, starts or {}
        self._ready: tuple[int, measures.Subject, float] | None = None

    def __call__(self, order: crew.Order) -> dict[str, Any]:
        subject, kept = self._subject(order.subject)
        return outcome(PARTS[order.seed], subject, kept, range(self.setting.seeds), self.setting.task)

    def _subject(self, place: int) -> tuple[measures.Subject, float]:
        if self._ready is None or self._ready[0] != place:
            name, text = list(self.setting.functions.items())[place]
            made, kept = subject(text, self.fast)
            if name in self.starts:
                made = replace(made, own=Initialisation(**self.starts[name]))
            self._ready = (place, made, kept)
        return self._ready[1:]


def subject(text: str | spec.Spec, fast: bool = False) -> tuple[measures.Subject, float]:
    """A function made ready, and the weight variance that keeps lengths at q = 1; of a random one its mean."""
    activation = target.activation(text)
    made = units(activation, fast=fast)
    if not isinstance(made, Plain):
        made = Plain(activation, fast)
    kept = read("preserving", made).sigma_w2
    return measures.Subject(activation, made, critical(made)), kept


def outcome(
    part: str, given: measures.Subject, kept: float, seeds: Sequence[int], task: str = "digits"
) -> dict[str, Any]:
    """What came of one part of one function."""
    if part in MEASURES:
        own: Initialisation = given.own
        start = {"scheme": own.scheme, "sigma_w2": own.sigma_w2, "sigma_b2": own.sigma_b2}
        return {"initialisation": start, "candidates": plain(measures.measured(given, MEASURES[part]))}
    name, _, depth = part.partition(" of ")
    plan = (PLANS | DEEP_PLANS)[part]
    rates = len(plan.rates)
    if depth:
        layers = networks.deep(name, given.units, given.own, kept, int(depth), DEEP_WIDTH, rates, seeds)
    else:
        layers = networks.made(name, given.units, given.own, kept, rates, seeds)
    return training.train(layers, plan, seeds, task_of(task)).to_json()


# --- kept as it is found ---------------------------------------------------------------------------------------------


def run(asked: Setting, file: Path, workers: int | None = None, fast: bool = False,
        tell: Tell = lambda done, all, name: None) -> dict[str, Any]:  # fmt: skip
    """The record of a study, which stands in `file` too; what stands there already is not run again.

    InputError where the file holds a study of another setting. Ctrl-C leaves in the file what was found.
    """
    record = _begun(asked, file)
    found: dict[str, dict[str, Any]] = record["outcomes"]
    names = list(asked.functions)
    orders = [
        crew.Order(place, part)
        for place, name in enumerate(names)
        for part, key in enumerate(PARTS)
        if key not in found.get(name, {})
    ]
    done = len(names) * len(PARTS) - len(orders)
    starts = {name: part["measures"]["initialisation"] for name, part in found.items() if _measured(part)}
    with closing(crew.run(partial(Workshop, asked, fast, starts), orders, processes.counted(workers))) as answers:
        for order, answer in answers:
            name, part = names[order.subject], PARTS[order.seed]
            given = {"lost": answer.note} if isinstance(answer, crew.Failure) else answer
            found.setdefault(name, {"expression": asked.functions[name]})[part] = given
            done += 1
            files.write(file, dump(record))
            tell(done, len(names) * len(PARTS), f"{name}, {part}")
    return record


def _measured(part: Json) -> bool:
    return "initialisation" in part.get("measures", {})


def dump(record: Json) -> str:
    """The JSON text of a study's record, a line for each part of a function."""
    head = {name: value for name, value in record.items() if name != "outcomes"}
    rows = []
    for name, found in record["outcomes"].items():
        parts = [f"{json.dumps(key)}: {json.dumps(part, allow_nan=False)}" for key, part in found.items()]
        rows.append(f"{json.dumps(name)}: {{\n" + ",\n".join(parts) + "\n}")
    start = json.dumps(head, indent=1, allow_nan=False).removesuffix("\n}")
    return start + ',\n "outcomes": {\n' + ",\n".join(rows) + "\n}\n}\n"


def _begun(asked: Setting, file: Path) -> dict[str, Any]:
    head = {"schema": SCHEMA, "setting": asked.to_json(), "functions": dict(asked.functions)}
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        return head | {"outcomes": {}}
    known = files.read_json(file, str(file), "give another folder with -o")
    if not isinstance(known, dict) or not isinstance(known.get("outcomes"), dict):
        raise InputError(f"{file} holds no study; give another folder with -o")
    asks = json.loads(files.dump(head))
    earlier = known.get("functions")
    if isinstance(earlier, dict) and earlier.items() <= asks["functions"].items():
        known["functions"] = asks["functions"]  # a study of fewer functions goes on
    if {name: known.get(name) for name in head} != asks:
        raise InputError(
            f"{file} holds a study of another setting; give another folder with -o, or take that file away"
        )
    return known

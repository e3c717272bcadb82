"""Faults that public threads report (`known.toml`), each run against what is installed: still there, or fixed."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from propcheck.conformance import frameworks
from propcheck.conformance.frameworks import Absent, Row
from propcheck.conformance.right import at
from propcheck.numeric.formats import FORMATS
from propcheck.verdict import InputError

_NEAR = 1e-5  # relative error above which the fault is still there: what the threads ask for, or less


@dataclass(frozen=True)
class Case:
    """A fault: in `thread` somebody reports that `call`'s derivative of an order at x is not `expected`."""

    id: str
    thread: str
    call: str
    target: str
    dtype: str
    order: int
    x: float
    expected: float
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    args: Mapping[str, Any] = field(default_factory=dict)
    size: int = 1
    about: str = ""

    @property
    def framework(self) -> str:
        start = self.call.partition(".")[0].partition(":")[0]
        return "onnx" if start.startswith("onnx") else start

    @property
    def address(self) -> str:
        place, _, number = self.thread.partition("#")
        return f"https://github.com/{place}/issues/{number}"


@dataclass(frozen=True)
class Outcome:
    """What came of a case: `state` is `still there`, `fixed`, `a convention` or `not tried`; `right` is proved."""

    case: Case
    state: str
    got: float = math.nan
    right: float = math.nan
    note: str = ""


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    """Every case of the file."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return tuple(Case(**{"kind": row.pop("class"), **row}) for row in data["case"])


def right(case: Case) -> float:
    """The correctly rounded value at the input of a case, in its type."""
    from propcheck.target import activation

    form = FORMATS[case.dtype]
    point = np.array([form.nearest(case.x)])
    return float(at(activation(case.target, dict(case.parameters)), case.order, form, point).rounded[0])


def outcomes(names: tuple[str, ...] = ()) -> Iterator[Outcome]:
    """What came of each case, of the frameworks named alone where some are."""
    for case in cases():
        if not names or case.framework in names:
            yield _outcome(case)


def _outcome(case: Case) -> Outcome:
    try:
        page = frameworks.page(case.framework)
        row = Row(case.framework, case.call, case.target, args=case.args)
        inputs = np.full(case.size, FORMATS[case.dtype].nearest(case.x))
        got = float(page.runner(row)(inputs, case.dtype, case.order)[0][0])
    except (InputError, Absent, AttributeError) as reason:
        return Outcome(case, "not tried", note=str(reason))
    wanted = right(case)
    if case.kind == "convention":
        return Outcome(case, "a convention", got, wanted, note="a subgradient is no fault")
    same = got == wanted or math.isnan(got) and math.isnan(wanted)
    near = same or abs(got - wanted) <= _NEAR * abs(wanted)
    if case.dtype == "float64" and case.kind == "inaccuracy":
        near = same or abs(got - wanted) <= 1e-13 * abs(wanted)
    return Outcome(case, "fixed" if near else "still there", got, wanted)


def as_markdown(found: list[Outcome]) -> Iterator[str]:
    """The table of the cases."""
    yield "# Known faults\n"
    yield "Faults that public threads report, each run against what is installed.\n"
    yield "| case | thread | call | order | type | at x | got | right | class | |\n" + "|---" * 10 + "|"
    for each in found:
        case = each.case
        link = f"[{case.thread}]({case.address})"
        got = "" if each.state == "not tried" else f"{each.got:.6g}"
        wanted = "" if each.state == "not tried" else f"{each.right:.6g}"
        told = f"{each.state}{f': {each.note}' if each.note else ''}".replace("|", "\\|")
        link += f", {case.about}" if case.about else ""
        cells = (
            case.id,
            link,
            f"`{case.call}`",
            str(case.order),
            case.dtype,
            f"{case.x:.9g}",
            got,
            wanted,
            case.kind,
            told,
        )
        yield f"| {' | '.join(cells)} |"
    yield ""

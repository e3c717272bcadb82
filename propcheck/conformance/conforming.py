"""What is tried: the functions of a framework, code, a C library, pairs in a file; and all that was found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from propcheck.activation import Activation
from propcheck.conformance import frameworks, judging, patterns
from propcheck.conformance.finding import Finding
from propcheck.conformance.frameworks import DTYPES, Row
from propcheck.conformance.judging import About
from propcheck.conformance.right import at
from propcheck.conformance.trying import SIZES, Subject, tried
from propcheck.numeric.formats import FORMATS
from propcheck.verdict import InputError

SCHEMA = "propcheck.conformance/1"


@dataclass(frozen=True)
class Tried:
    """One implementation that was tried, with the type and orders; `name` is the implementation's."""

    name: str
    function: str
    framework: str
    dtypes: tuple[str, ...]
    orders: tuple[int, ...]


@dataclass(frozen=True)
class Conformance:
    """Versions of what was tried, what is missing (each with a sentence), and all findings.

    `read_as` has the numbers of code that were read as others, as in the JSON of other commands.
    """

    present: dict[str, str]
    missing: dict[str, str]
    tried: tuple[Tried, ...]
    findings: tuple[Finding, ...]
    not_elementwise: dict[str, list[str]] = field(default_factory=dict)
    read_as: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @property
    def breaches(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.breach)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "present": self.present,
            "missing": self.missing,
            "tried": [vars(one) | {"dtypes": list(one.dtypes), "orders": list(one.orders)} for one in self.tried],
            "not_elementwise": self.not_elementwise,
            "breaches": len(self.breaches),
            "findings": [finding.to_json() for finding in self.findings],
            **self.read_as,
        }


def subject_of(row: Row, page: Any) -> Subject:
    """A row of the table, as what is tried."""
    from propcheck.target import activation

    target = activation(row.target, dict(row.parameters))
    return Subject(
        row.name,
        row.function,
        page.runner(row),
        target,
        row.framework,
        row.keeps,
        row.inplace,
        row.dtypes,
        row.orders,
        sizes=getattr(page, "SIZES", SIZES),
        strides=getattr(page, "STRIDES", True),
    )


def short(row: Row) -> str:
    """The name of a row's function without that of its module."""
    return row.call.rpartition(".")[2].rpartition(":")[2]


def of_row(row: Row, dtypes: Sequence[str] = DTYPES, orders: Sequence[int] = (0, 1, 2)) -> Conformance:
    """Tries one function of a framework."""
    page = frameworks.page(row.framework)
    try:
        subject = subject_of(row, page)
    except AttributeError as trouble:
        why = f"this version has no {row.call}: {trouble}"
        return Conformance(page.versions(), {row.name: why}, (), ())
    found = [_shown(finding, row, page) for finding in tried(subject, dtypes, orders)]
    return Conformance(page.versions(), {}, (_tried(subject, dtypes, orders),), tuple(found))


def _tried(subject: Subject, dtypes: Sequence[str], orders: Sequence[int]) -> Tried:
    kinds = tuple(dtype for dtype in dtypes if dtype in subject.dtypes)
    return Tried(
        subject.name, subject.function, subject.framework, kinds, tuple(k for k in orders if k in subject.orders)
    )


def _shown(finding: Finding, row: Row, page: Any) -> Finding:
    """The finding with three lines of Python that show it."""
    if finding.kind in ("not_implemented", "warning") or math.isnan(finding.x) and finding.kind != "nan_swallowed":
        return finding
    told = "".join(f", {name}={value!r}" for name, value in row.args.items())
    call = f"{row.call}(x{told})"
    if row.call.endswith("prelu"):
        call = f"{row.call}(x, torch.tensor([{row.args['weight']}], dtype=x.dtype))"
    if finding.note == frameworks.IN_PLACE:
        call = f"{row.call}(x.clone(), inplace=True)"
    xs, gaps = shown_in(finding)
    told = (call, finding.order, finding.dtype, xs)
    return replace(finding, example=page.example(*told, gaps=True) if gaps else page.example(*told))


def shown_in(finding: Finding) -> tuple[list[float], bool]:
    """The inputs that show it, and whether they have to stand in an array with gaps."""
    gaps = finding.note == f"in {frameworks.STRIDED} arrays"
    return [finding.x] * (17 if gaps else _least_size(finding)), gaps


def _least_size(finding: Finding) -> int:
    """The length of the least array that shows it."""
    for name, value in finding.layouts.items():
        if name.startswith("size ") and "last" not in name and repr(value) == repr(finding.got):
            return int(name.split()[1])
    return 1


def joined(parts: Sequence[Conformance], missing: dict[str, str]) -> Conformance:
    """Several of them as one."""
    present: dict[str, str] = {}
    missing = dict(missing)
    for part in parts:
        present |= part.present
        missing |= part.missing
    done = tuple(one for part in parts for one in part.tried)
    return Conformance(present, missing, done, tuple(one for part in parts for one in part.findings))


def of_subject(subject: Subject, versions: dict[str, str], dtypes: Sequence[str], orders: Sequence[int]) -> Conformance:
    """Tries one implementation."""
    found = tuple(tried(subject, dtypes, orders))
    return Conformance(versions, {}, (_tried(subject, dtypes, orders),), found)


def of_pairs(
    name: str, inputs: np.ndarray, outputs: np.ndarray, dtype: str, activation: Activation, order: int = 0
) -> Conformance:
    """Holds pairs of a type against a function, or its derivative of an order."""
    form = FORMATS[dtype]
    wrong = np.flatnonzero(~np.isnan(inputs) & (patterns.nearest(inputs, form) != inputs))
    if wrong.size:
        raise InputError(
            f"{name}: {float(inputs[wrong[0]])!r} is no number of {dtype}; say with --dtype which type it is"
        )
    about = About(name, activation.name, order, dtype, "")
    truth = at(activation, order, form, inputs)
    found = tuple(judging.judged(about, truth, patterns.nearest(outputs, form)))
    return Conformance({}, {}, (Tried(name, activation.name, "", (dtype,), (order,)),), found)


def lines(made: Conformance) -> Iterator[str]:
    """A line for each finding that is a fault."""
    for finding in made.breaches:
        yield summary(finding)


def summary(finding: Finding) -> str:
    """One line."""
    order = "'" * finding.order
    where = f"x = {finding.x!r}: {finding.got!r}, right is {finding.want!r}" if not math.isnan(finding.want) else ""
    where = where or (f"x = {finding.x!r}: {finding.got!r}" if not math.isnan(finding.got) else "")
    size = (
        f"{finding.ulp:.3g} ulp"
        if finding.ulp is not None and finding.kind in ("inaccuracy", "formula", "jump")
        else ""
    )
    told = [part for part in (where, size, finding.note) if part]
    return f"{finding.implementation} {finding.function}{order} {finding.dtype} {finding.kind}: {'; '.join(told)}"

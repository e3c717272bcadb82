"""Implementations held against the mathematics: a framework's, code, a C library, pairs; and which function code is.

Where code is not the function that it should be, what it is instead is proved from its formula, or, where it has none
that is read, found among the catalogue's functions at the inputs that were tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from propcheck import target
from propcheck.activation import Activation, from_spec
from propcheck.calculus import Undecided
from propcheck.code import naming
from propcheck.conformance import code, conforming, frameworks
from propcheck.conformance.conforming import Conformance
from propcheck.conformance.enclosing import enclosed_at
from propcheck.conformance.finding import Finding
from propcheck.conformance.frameworks import DTYPES, Absent
from propcheck.conformance.trying import Subject
from propcheck.inquiries.identification import identify
from propcheck.numeric.formats import DOUBLE
from propcheck.processes import worker
from propcheck.spec import catalogue
from propcheck.verdict import InputError

ORDERS = (0, 1, 2)
ALL = "all"
MEMORY = 1 << 40  # of address space: frameworks reserve what they never touch
_LIBRARIES = (".so", ".dylib", ".dll")
_NEAR = 1e-9  # how far, for its size, what code returns may be from a function that it is


def conform(
    what: Any,
    against: Any = None,
    dtypes: Sequence[str] = (),
    orders: Sequence[int] = ORDERS,
    only: Sequence[str] = (),
    slopes: Sequence[Any] = (),
    params: Mapping[str, Any] | None = None,
    workers: int | None = 1,
    time_limit: float | None = None,
    told: Callable[[str], None] = lambda name: None,
) -> Conformance:
    """Holds implementations against the mathematics.

    `what` is a framework (`torch`, `jax`, `keras`, `timm`, `onnx`, or `all` that are installed), code by its name or a
    callable, `library.so:name` of C, a CSV or NPY file of pairs. `against` is the target that it should be; of code it
    is the formula that is read from it, unless given. `only` names functions of a framework.
    """
    wrong = [dtype for dtype in dtypes if dtype not in DTYPES]
    if wrong:
        raise InputError(f"there is no type {wrong[0]!r}; there are {', '.join(DTYPES)}")
    if isinstance(what, str | Path):
        text = str(what).strip()
        if text in (*frameworks.NAMES, ALL):
            names = frameworks.NAMES if text == ALL else (text,)
            return _frameworks(names, tuple(dtypes) or DTYPES, orders, only, workers, time_limit, told, text == ALL)
        if Path(text.rpartition(":")[0]).suffix in _LIBRARIES:
            subject = _subject(text, code.shared(text), _needed(against, text, params), "c")
            return conforming.of_subject(subject, {}, tuple(dtypes) or ("float64", "float32"), orders)
        if text.lower().endswith((".csv", ".npy")):
            activation = _needed(against, text, params)
            x, y, dtype = code.pairs(Path(text), dtypes[0] if dtypes else "")
            made = conforming.of_pairs(text, x, y, dtype, activation, orders[0] if orders else 0)
            return replace(made, findings=tuple(_identified(one, None, (x, y)) for one in made.findings))
        if not naming.is_code(text):
            known = ", ".join(frameworks.NAMES)
            raise InputError(
                f"{text!r} is nothing that can be tried; give {known} or {ALL}, package.module:callable,"
                " file.py:callable, model.onnx, library.so:name, or a CSV or NPY file of pairs"
            )
        return _code(naming.load(text), text, against, dtypes, orders, slopes, params)
    return _code(what, getattr(what, "__name__", type(what).__name__), against, dtypes, orders, slopes, params)


def _needed(against: Any, name: str, params: Mapping[str, Any] | None) -> Activation:
    if against is None:
        raise InputError(f"{name} has no formula that could be read; say with --against TARGET what it should be")
    return target.activation(against, params or {})


def _subject(name: str, run: Any, activation: Activation, framework: str) -> Subject:
    return Subject(name, activation.name, run, activation, framework)


def _code(
    item: Any,
    name: str,
    against: Any,
    dtypes: Sequence[str],
    orders: Sequence[int],
    slopes: Sequence[Any],
    params: Mapping[str, Any] | None,
) -> Conformance:
    """Code: what it returns, and where that is another function, which."""
    if isinstance(item, naming.Node | naming.Operator):
        from propcheck.conformance.frameworks import onnx

        run, library, orders = onnx.of(item), "onnx", (0,)
    else:
        given = [naming.load(slope) if isinstance(slope, str) else slope for slope in slopes]
        run, library = code.run_of(item, given)
    if against is not None:
        activation = target.activation(against, params or {})
    else:
        try:
            activation = from_spec(target.read(item if not isinstance(item, type) else name, params or {}))
        except InputError as reason:
            raise InputError(f"{reason}; say with --against TARGET what it should be") from None
    versions = frameworks.page(library).versions() if library in frameworks.NAMES else {}
    subject = replace(_subject(name, run, activation, library), inplace=False)
    asked = tuple(dtypes) or DTYPES
    if library == "numpy":
        orders = [order for order in orders if order <= len(slopes)]
    made = conforming.of_subject(subject, versions or {library: np.__version__}, asked, orders)
    kinds = [one for one in made.findings if one.kind == "formula"]
    known = _which(name if isinstance(item, type | naming.Node | naming.Operator) else item) if kinds else ""
    findings = [_identified(one, known, _sampled(run)) if one.kind == "formula" else one for one in made.findings]
    findings = [_by_hand(one, name, library) for one in findings]
    return replace(made, findings=tuple(findings))


def _by_hand(finding: Finding, name: str, library: str) -> Finding:
    """The finding with three lines that show it, where code was named that can be imported."""
    module, colon, attribute = name.partition(":")
    if not colon or math.isnan(finding.x) or library not in ("torch", "jax", "numpy"):
        return finding
    if library == "numpy":
        lines = f"import numpy as np\nx = np.array([{finding.x!r}], '{finding.dtype}')\nprint({attribute}(x))"
    else:
        lines = frameworks.page(library).example(f"{attribute}(x)", finding.order, finding.dtype, [finding.x])
    if module.endswith(".py"):
        told = f"import runpy; {attribute} = runpy.run_path({module!r})[{attribute!r}]; "
    else:
        told = f"from {module} import {attribute}; "
    return replace(finding, example=told + lines)


# --- which function it is instead ------------------------------------------------------------------------------------


def _which(item: Any) -> str:
    """The function of the catalogue that code is proved to be; nothing where its formula is not read, or is none."""
    try:
        found = identify(item)
    except InputError:
        return ""
    if not found.same:
        return ""
    same = found.same[0]
    told = ", ".join(f"{key} = {value}" for key, value in same.parameters.items())
    return f"it is {same.name}{f' at {told}' if told else ''}, proved"


def _sampled(run: Any) -> tuple[np.ndarray, np.ndarray]:
    """What code returns at some ordinary inputs."""
    x = np.linspace(-7.9375, 7.9375, 48)
    try:
        return x, run(x, "float64", 0)[0]
    except Absent:
        return x, np.full(x.size, np.nan)


def _identified(finding: Finding, known: str | None, sampled: tuple[np.ndarray, np.ndarray]) -> Finding:
    """The finding with what the function is instead: as proved, or by its values."""
    if finding.kind != "formula" or finding.order:
        return finding
    return replace(finding, note=known or by_values(*sampled))


def by_values(x: np.ndarray, y: np.ndarray) -> str:
    """The function of the catalogue, at its defaults, that has these values; nothing where there is none."""
    chosen = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & (np.abs(x) < 20))[:64]
    if chosen.size < 8:
        return ""
    x, y = x[chosen], y[chosen]
    for spec in catalogue().values():
        try:
            values = enclosed_at(from_spec(spec), 0, x, DOUBLE, slopes=False).rounded
        except (InputError, Undecided):  # no candidate
            continue
        if np.all(np.abs(values - y) <= _NEAR * np.maximum(np.abs(values), 1)):
            return f"at {x.size} inputs it has the values of {spec.name}"
    return ""


# --- frameworks ------------------------------------------------------------------------------------------------------


def _frameworks(
    names: Sequence[str],
    dtypes: Sequence[str],
    orders: Sequence[int],
    only: Sequence[str],
    workers: int | None,
    time_limit: float | None,
    told: Callable[[str], None],
    several: bool,
) -> Conformance:
    """The functions of frameworks, each in a child process; of `all`, those that are missing are told."""
    rows = [row for row in frameworks.rows() if row.framework in names]
    if only:
        rows = [row for row in rows if {row.target, conforming.short(row)} & set(only)]
        if not rows:
            raise InputError(f"none of {', '.join(names)} has a function {', '.join(only)} in the table")
    jobs = [worker.lone(partial(conforming.of_row, row, tuple(dtypes), tuple(orders))) for row in rows]
    parts: list[Conformance] = []
    missing: dict[str, str] = {}
    with closing(worker.shared(jobs, time_limit, workers, MEMORY)) as outcomes:
        for row, (outcome, _) in zip(rows, outcomes, strict=True):
            told(row.name)
            if isinstance(outcome, InputError):
                if not several:
                    raise outcome
                missing[row.framework] = str(outcome)
            elif isinstance(answer := outcome["answer"], worker.Stopped):
                missing[row.name] = answer.note
            else:
                parts.append(answer)
    if not parts:
        raise InputError("\n".join(dict.fromkeys(missing.values())))
    made = conforming.joined(parts, missing)
    out = {name: kinds for name, kinds in frameworks.left_out().items() if name in made.present}
    return replace(made, not_elementwise=out)

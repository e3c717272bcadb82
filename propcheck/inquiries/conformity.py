"""Implementations held against the mathematics: a framework's, code, a C library, pairs; and which function code is.

Where code is not the function that it should be, what it is instead is proved from its formula, or, where it has none
that is read, found among the catalogue's functions at the inputs that were tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from propcheck import gated, target
from propcheck.activation import Activation, from_spec
from propcheck.calculus import Undecided
from propcheck.code import naming, reading
from propcheck.conformance import code, conforming, frameworks
from propcheck.conformance.conforming import Conformance
from propcheck.conformance.enclosing import enclosed_at
from propcheck.conformance.finding import Finding
from propcheck.conformance.frameworks import DTYPES, Absent
from propcheck.conformance.trying import SIZES, Subject
from propcheck.inquiries.equality import PROVED, equality
from propcheck.inquiries.identification import identify
from propcheck.inquiries.relation import relation
from propcheck.numeric.formats import DOUBLE
from propcheck.processes import worker
from propcheck.spec import Spec, catalogue
from propcheck.verdict import InputError

ORDERS = (0, 1, 2)
ALL = "all"
MEMORY = 1 << 40  # of address space: frameworks reserve what they never touch
_LIBRARIES = (".so", ".dylib", ".dll")
_COMPILED = (1, 17)  # sizes of arrays
_FIXED = ("1", "-3/2", "8")  # values at which one of two inputs is held
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
    is the formula that is read from it, unless given. `params` are those of `against`, else arguments of the code.
    `only` names functions of a framework.
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
        base, values = target.called(text)
        if not naming.is_code(base):
            known = ", ".join(frameworks.NAMES)
            raise InputError(
                f"{text!r} is nothing that can be tried; give {known} or {ALL}, package.module:callable,"
                " file.py:callable, model.onnx, library.so:name, or a CSV or NPY file of pairs"
            )
        item, name = reading.load(base), text
    else:
        item, values, name = what, {}, getattr(what, "__name__", type(what).__name__)
        base = what
    if against is None:
        values, params = values | dict(params or {}), None
    spec = _read(base, values, against is None)
    wanted = spec if against is None else _wanted(against, params or {})
    if isinstance(wanted, Spec) and wanted.inputs:
        return _gated(item, name, values, spec, wanted, dtypes, orders, slopes)
    activation = wanted if isinstance(wanted, Activation) else from_spec(cast("Spec", wanted))
    return _code(item, name, values, spec, activation, dtypes, orders, slopes)


def _wanted(against: Any, params: Mapping[str, Any]) -> Spec | Activation:
    """What code should be: a gated unit as its spec."""
    if isinstance(against, str | Path | Spec) or target.is_code(against):
        return target.read(against, params)
    return target.activation(against, params)


def _gated(
    item: Any,
    name: str,
    values: Mapping[str, Any],
    spec: Spec | None,
    wanted: Spec,
    dtypes: Sequence[str],
    orders: Sequence[int],
    slopes: Sequence[Any],
) -> Conformance:
    """Code of two inputs: what it returns, and its slope by each of them, where the other is held at some values.

    `slopes` are callables of both inputs: the slopes by x and by y.
    """
    made = reading.ready(item, values)
    given = [reading.load(slope) if isinstance(slope, str) else slope for slope in slopes]
    parts = []
    for place, held in ((1, "y"), (0, "x")):
        for value in _FIXED:
            cut = replace(gated.fixed(wanted, held, value), claims=())
            own = [code.Slice(slope, place, float(Fraction(value))) for slope in given[1 - place : 2 - place]]
            part = code.Slice(made, place, float(Fraction(value)))
            found = _code(part, name, {}, None, from_spec(cut), dtypes, [k for k in orders if k < 2], own)
            parts.append(found)
    return replace(conforming.joined(parts, {}), read_as={} if spec is None else spec.read_as)


def _needed(against: Any, name: str, params: Mapping[str, Any] | None) -> Activation:
    if against is None:
        raise InputError(f"{name} has no formula that could be read; say with --against TARGET what it should be")
    return target.activation(against, params or {})


def _subject(name: str, run: Any, activation: Activation, framework: str) -> Subject:
    page = frameworks.page(framework) if framework in frameworks.NAMES else None
    sizes, strides = getattr(page, "SIZES", SIZES), getattr(page, "STRIDES", True)
    return Subject(name, activation.name, run, activation, framework, _keeps(activation), sizes=sizes, strides=strides)


def _keeps(activation: Activation) -> float:
    """What the rounding of the output makes of a slope, as for a framework's row of the function, be it scaled."""
    for name, keeps in {row.target: row.keeps for row in frameworks.rows() if row.keeps}.items():
        if found := relation(activation, target.activation(name)):
            return keeps * abs(float(found.input))
    return 0.0


def _code(
    item: Any,
    name: str,
    values: Mapping[str, Any],
    spec: Spec | None,
    activation: Activation,
    dtypes: Sequence[str],
    orders: Sequence[int],
    slopes: Sequence[Any],
) -> Conformance:
    """Code, called with `values` and read as `spec`: what it returns, and where that is another function, which."""
    if isinstance(item, naming.Node | naming.Operator):
        from propcheck.conformance.frameworks import onnx

        run, library, orders = onnx.of(item), "onnx", (0,)
    else:
        given = [reading.load(slope) if isinstance(slope, str) else slope for slope in slopes]
        run, library = code.run_of(item, given, values)
    versions = frameworks.page(library).versions() if library in frameworks.NAMES else {library: np.__version__}
    subject = _subject(name, run, activation, library)
    if library == "torch" and reading.uncompiled(item) is not item:  # each shape takes the compiler seconds
        subject = replace(subject, sizes=_COMPILED, strides=False)
    if library == "numpy":
        orders = [order for order in orders if order <= len(slopes)]
    own = tuple(dtype for dtype in DTYPES if library != "numpy" or dtype != "bfloat16")  # which NumPy has not
    made = conforming.of_subject(subject, versions, tuple(dtypes) or own, orders)
    left_out = {one.dtype: one.note for one in made.findings if one.kind == "not_implemented" and not one.order}
    types = made.tried[0].dtypes
    if 0 in orders and left_out.keys() >= {*types} and not any(_runs(run, dtype) for dtype in types):
        raise InputError(f"{name} is tried in no type: {next(iter(left_out.values()), 'none is left')}")
    if any(one.kind == "formula" for one in made.findings):
        compiled = reading.uncompiled(item) is not item  # what is read is not what is run
        if spec is not None and not compiled and _is_that(spec, activation):
            made = replace(made, findings=tuple(_inexact(one, bool(spec.claims or slopes)) for one in made.findings))
        known, sampled = _which(spec) if spec is not None else "", _sampled(run)
        made = replace(made, findings=tuple(_identified(one, known, sampled) for one in made.findings))
    findings = tuple(_by_hand(one, target.called(name)[0], item, values, library) for one in made.findings)
    return replace(made, findings=findings, read_as={} if spec is None else spec.read_as)


def _read(code: Any, values: Mapping[str, Any], needed: bool) -> Spec | None:
    """The formula of code; where it has none, `InputError` if that is needed."""
    try:
        return target.read(code, values)
    except InputError as reason:
        if needed:
            raise InputError(f"{reason}; say with --against TARGET what it should be") from None
        return None


def _by_hand(finding: Finding, name: str, item: Any, values: Mapping[str, Any], library: str) -> Finding:
    """The finding with three lines that show it, where code was named that can be imported."""
    module, colon, attribute = name.partition(":")
    if isinstance(item, code.Slice):  # its call has two inputs
        colon = ""
    nothing = math.isnan(finding.x) and finding.kind != "nan_swallowed"
    if not colon or nothing or library not in ("torch", "jax", "numpy") or finding.kind == "not_implemented":
        return finding
    told = "".join(f", {key}={_literal(value)}" for key, value in values.items())
    call = f"{attribute}(x{told})"
    if isinstance(item, type):
        made = f"{attribute}({told.removeprefix(', ')})"
        call = f"{attribute}.apply(x)" if reading.is_function_of_autograd(item) else f"{made}(x)"
    first = attribute.partition(".")[0]
    found = f"from {module} import {first}; "
    if module.endswith(".py"):
        found = f"import runpy; {first} = runpy.run_path({module!r})[{first!r}]; "
    xs, gaps = conforming.shown_in(finding)
    if library != "numpy":
        told = (call, finding.order, finding.dtype, xs)
        page = frameworks.page(library)
        return replace(finding, example=found + (page.example(*told, gaps=True) if gaps else page.example(*told)))
    if finding.order:  # its slope is code of another name
        return finding
    x = repr(finding.x) if math.isfinite(finding.x) else f"float('{finding.x}')"
    made = f"np.full({len(xs)}, {x}, '{finding.dtype}')"
    if gaps:
        made = f"np.tile(np.array([{x}, 1.0], '{finding.dtype}'), {len(xs)})[::2]"
    elif not code.takes_arrays(reading.ready(item, values)):
        made = x
    return replace(finding, example=f"{found}import numpy as np\nx = {made}\nprint({call})")


def _runs(run: Any, dtype: str) -> bool:
    try:
        run(np.array([0.5, 1.0]), dtype, 0)
    except Exception:  # somebody's code raises what it likes
        return False
    return True


def _literal(value: Any) -> str:
    try:
        float(value)
    except ValueError:
        return repr(value)
    return str(value)


# --- which function it is instead ------------------------------------------------------------------------------------


def _is_that(spec: Spec, activation: Activation) -> bool:
    """Is the formula of code proved to be that of the function which it should be?"""
    try:
        return equality(from_spec(spec), activation).outcome == PROVED
    except (InputError, Undecided):
        return False


def _inexact(finding: Finding, by_hand: bool) -> Finding:
    """What is far off though the formula is right is inaccurate; so are its slopes, if none is written by hand."""
    if finding.kind != "formula" or finding.order and by_hand:
        return finding
    return replace(finding, kind="inaccuracy", note="its formula is the right one, proved")


def _which(spec: Spec) -> str:
    """The function of the catalogue that code is proved to be; nothing where it is none."""
    try:
        found = identify(spec)
    except InputError:
        return ""
    if not found.same:
        return ""
    same = min(found.same, key=lambda match: len(match.parameters))  # silu rather than swish at beta = 1
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

"""`propcheck doctor`."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from typing import Any

import click

from propcheck import wording
from propcheck.cli import DONE, FAILED, print_json, time_limit_option
from propcheck.version import __version__

SCHEMA = "propcheck.doctor/1"
OK, BAD, ABSENT = "ok", "failed", "absent"
CORE = ("sympy", "mpmath", "python-flint", "numpy", "scipy", "click", "rich", "tabulate", "jinja2")
EXTRAS = {  # what each is for: the distribution, its module, and the extra that brings it
    "figures": ("matplotlib", "matplotlib", "plot"),
    "vectorised kernels": ("numba", "numba", "fast"),
    "PyTorch": ("torch", "torch", "torch"),
    "JAX": ("jax", "jax", "jax"),
    "real data in experiments": ("scikit-learn", "sklearn", "data"),
    "bfloat16": ("ml-dtypes", "ml_dtypes", "test"),
}
# silu(x) = x/(1 + exp(-x)) and its slope at these inputs, rounded from 30 digits.
INPUTS = (-1000.0, -1.0, 2.0)
VALUES = (0.0, -0.2689414213699951, 1.7615941559557649)
SLOPES = (0.0, 0.07232948812851327, 1.0907842487848955)


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is as it must be, and what was found."""

    name: str
    outcome: str
    found: str


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
def command(as_json: bool, time_limit: float) -> int:
    """Says which versions and backends are there, and whether each part answers as it must.

    Every check asks for something that is known by other means. What is not installed is absent, which is no fault, and
    is told with what would bring it. Exit status 1 where a check fails. The output is what a report of a fault needs.

    \b
    Examples:
      propcheck doctor
      propcheck doctor --json
    """
    versions = {"propcheck": __version__, "python": platform.python_version(), "system": platform.platform()}
    versions |= {name: _version(name) for name in CORE}
    findings = [*_checks(time_limit), *_extras(time_limit), _kept()]
    if as_json:
        print_json({"schema": SCHEMA, "versions": versions, "findings": [asdict(one) for one in findings]})
    else:
        for name, version in versions.items():
            click.echo(wording.line(f"{name:<14} {version}"))
        click.echo()
        width = max(len(one.name) for one in findings)
        for one in findings:
            click.echo(wording.line(f"{one.outcome:<7} {one.name:<{width}}  {one.found}"))
    bad = sum(one.outcome == BAD for one in findings)
    click.echo(f"{bad} of {len(findings)} checks failed" if bad else "all is as it must be", err=True)
    return FAILED if bad else DONE


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


# ---------------------------------------------------------------------------------------------- what is asked


def _checks(limit: float) -> Iterator[Finding]:
    for name, check in (
        ("a proof", _proof),
        ("an enclosure", _enclosure),
        ("a certificate", _certificate),
        ("compiled, numpy", partial(_compiled, "numpy", fast=False)),
        ("compiled, mpmath", partial(_compiled, "mpmath")),
    ):
        yield _asked(name, check, limit)


def _asked(name: str, check: Callable[[], str], limit: float) -> Finding:
    """What a check finds in a child process of its own, as a formula of a stranger would be asked."""
    from propcheck import activation  # noqa: F401  a child has what its parent has imported
    from propcheck.processes import worker

    worker.check_limit(limit)
    found = worker.asked(partial(_held, check), limit)
    if isinstance(found, worker.Stopped):
        return Finding(name, BAD, found.note)
    right, said = found
    return Finding(name, OK if right else BAD, said)


def _held(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Exception as error:  # whatever is wrong with an installation is what is asked
        return False, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _require(right: bool, found: str) -> str:
    if not right:
        raise ValueError(f"found {found}")
    return found


def _proof() -> str:
    from propcheck.inquiries.verification import verify

    (right,) = verify("tanh", derivative="1 - tanh(x)**2").outcomes
    (wrong,) = verify("tanh", derivative="1 - tanh(x)").outcomes
    found = f"tanh' = 1 - tanh^2 is {right}, tanh' = 1 - tanh is {wrong}"
    return _require((right, wrong) == ("proved", "refuted"), found)


def _enclosure() -> str:
    from propcheck.inquiries.analysis import analyze

    least = analyze("x*exp(x)", only=["range"])["range"]["inf"]  # -1/e, at -1
    inside = least.lower <= -0.36787944117144233 <= least.upper
    return _require(inside, f"inf x exp(x) in [{least.lower!r}, {least.upper!r}], which holds -1/e")


def _certificate() -> str:
    import json
    import tempfile
    from pathlib import Path

    from propcheck.certificates import checked
    from propcheck.inquiries.analysis import analyze

    made = analyze("max(0, x)").certificate()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "relu.json")
        place.write_text(json.dumps(made.record), encoding="utf-8")
        outcome = checked([str(place)])
    return _require(outcome.confirmed, f"ReLU's {len(made.record['facts'])} claims confirmed by the checker")


def _compiled(backend: str, **options: Any) -> str:
    import numpy as np

    from propcheck.numeric import compile
    from propcheck.numeric.accuracy import on_arrays

    worst = 0.0
    for order, wanted in enumerate((VALUES, SLOPES)):
        form = compile("silu", backend=backend, order=order, **options)
        if backend == "mpmath":
            got = np.array([float(form(x)) for x in INPUTS])
        else:
            kind = np.float32 if backend == "jax" else np.float64
            got = np.asarray(on_arrays(form, backend)(np.array(INPUTS, kind)), np.float64)
        unit = np.spacing(np.maximum(np.abs(np.array(wanted)), 1e-30).astype(kind if backend != "mpmath" else float))
        worst = max(worst, float(np.max(np.abs(got - np.array(wanted)) / unit)))
    return _require(worst <= 4, f"SiLU and its slope within {worst:.2g} ulp")


def _extras(limit: float) -> Iterator[Finding]:
    checks: dict[str, Callable[[], str]] = {
        "vectorised kernels": partial(_compiled, "numpy", fast=True),
        "PyTorch": partial(_compiled, "torch"),
        "JAX": partial(_compiled, "jax"),
    }
    for name, (distribution, module, extra) in EXTRAS.items():
        if find_spec(module) is None:
            yield Finding(name, ABSENT, f"pip install 'propcheck[{extra}]' brings {distribution}")
            continue
        found = _asked(name, checks[name], limit) if name in checks else Finding(name, OK, "")
        said = "; ".join(part for part in (f"{distribution} {_version(distribution)}", found.found) if part)
        yield Finding(name, found.outcome, said)


def _kept() -> Finding:
    """Where plans of compiled forms are kept."""
    import os

    from propcheck.numeric import kept

    place = kept.folder()
    if place is None:
        return Finding("plans kept", ABSENT, "none are, as PROPCHECK_CACHE asks or for want of a home")
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    usable = os.access(there, os.W_OK)
    return Finding("plans kept", OK if usable else ABSENT, f"{place}{'' if usable else ', which cannot be written to'}")

"""`propcheck report`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    INTERRUPTED,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    strict_option,
    time_limit_option,
    undecided,
)

if TYPE_CHECKING:
    from propcheck.claims import Finding
    from propcheck.inquiry import Analysis
    from propcheck.spec import Spec

FORMATS = ("md", "latex", "csv", "json")


@click.command("report", cls=Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@params_option
@click.option("-o", "folder", default="reports", show_default=True, metavar="DIR", help="Folder that is written to.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Format of the tables. Repeatable; all unless given.",
)
@click.option("--no-probes", is_flag=True, help="Leave the experiments out. There are none yet, so nothing changes.")
@time_limit_option
@strict_option
def command(
    targets: Sequence[str],
    params: Sequence[str],
    folder: str,
    formats: Sequence[str],
    no_probes: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Writes the record and the tables of the TARGETs, the paper's 17 functions by default.

    DIR then holds record.json, the tables of criteria, properties and claims in each format, and a README.md
    that says how to read them; on the paper's functions also the table of its equations.
    run.json has the times and versions.

    \b
    Examples:
      propcheck report -o reports/paper
      propcheck report gelu mish "x*erf(x)" -o compare --format md --format csv
    """
    from propcheck import spec, target
    from propcheck.report import record

    place = Path(folder)
    record.check_writable(place)
    paper = [entry.name for entry in spec.index() if entry.paper is not None]
    specs = target.read_all(targets or paper, parameters(params))
    from propcheck.inquiry import analyze_all, compare_claims, versions
    from propcheck.verification import paper_equations

    done: list[Analysis] = []
    interrupted = False
    try:
        for analysis in _with_progress(analyze_all(specs, time_limit), specs):
            done.append(analysis)
    except KeyboardInterrupt:
        interrupted = True
    if done or not interrupted:
        together = () if interrupted else compare_claims(specs, done, time_limit)
        equations = None if interrupted or targets else paper_equations(time_limit)
        _write_report(place, done, together, equations, formats or FORMATS, time_limit, versions())
    if interrupted:
        click.echo(f"interrupted after {len(done)} of {len(specs)} functions", err=True)
        return INTERRUPTED
    return UNDECIDED if strict and any(map(undecided, done)) else DONE


def _write_report(
    place: Path,
    done: Sequence[Analysis],
    together: Sequence[Finding],
    equations: Mapping[str, Any] | None,
    formats: Sequence[str],
    time_limit: float,
    versions: Mapping[str, str],
) -> None:
    from propcheck.report import guide, record, tables

    formats = [format for format in FORMATS if format in formats]
    made = record.record(done, {"time_limit": time_limit}, together, equations)
    files = {"record.json": record.dump(made), "run.json": record.dump(record.run(done, versions))}
    files |= tables.draw(made, formats) | {"README.md": guide.guide(made, formats)}
    record.write(place, files)
    outcomes = [finding.outcome for analysis in done for finding in analysis.claims]
    counts = ", ".join(f"{outcomes.count(word)} {said}" for word, said in (
        ("agrees", "agree"), ("contradicts", "contradict"), ("open", "open")
    ))  # fmt: skip
    click.echo(f"{place}: {len(files)} files, {len(done)} functions, {len(outcomes)} claims ({counts})", err=True)


def _with_progress(analyses: Iterable[Analysis], specs: Sequence[Spec]) -> Iterable[Analysis]:
    """The analyses, with the name of the one in work on the last line of a terminal."""
    tell = sys.stderr.isatty()
    remaining = iter(analyses)
    for place, spec in enumerate(specs, 1):
        if tell:
            click.echo(f"\r\033[K{place}/{len(specs)} {spec.title}", err=True, nl=False)
        yield next(remaining)
    if tell:
        click.echo("\r\033[K", err=True, nl=False)

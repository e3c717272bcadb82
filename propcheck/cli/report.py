"""`propcheck report`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    DONE,
    INTERRUPTED,
    TIME_LIMIT,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    strict_option,
    time_limit_option,
    undecided,
)

if TYPE_CHECKING:
    from propcheck.inquiry import Analysis
    from propcheck.spec import Spec

FORMATS, PAGE = ("md", "latex", "csv", "json"), "html"  # of tables, and of the page
ON_THE_PAGE = ("propcheck", "sympy", "python-flint")  # versions that a result may depend on; all stand in run.json


@dataclass(frozen=True)
class Look:
    """What is drawn of a record, and how; `command` is what makes it again."""

    formats: tuple[str, ...]
    columns: tuple[str, ...]
    digits: int
    pages: bool
    command: str


@click.command("report", cls=Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@params_option
@click.option("-o", "folder", default="reports", show_default=True, metavar="DIR", help="Folder that is written to.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice((*FORMATS, PAGE)),
    help="Format of the tables, or html for the page. Repeatable; all unless given.",
)
@click.option("--pages", is_flag=True, help="A page for each function too, in place of its card on the one page.")
@click.option(
    "--columns",
    default="",
    metavar="A,B,...",
    help="Columns of tables that have any of these, in this order, such as formula,range,parity.",
)
@click.option(
    "--digits",
    type=click.IntRange(3, 17),
    default=6,
    show_default=True,
    help="Digits of numbers; beyond six, those that are enclosed.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="RECORD",
    help="An earlier record.json: what changed since is marked.",
)
@click.option("--no-probes", is_flag=True, help="Leave the experiments out: no network is run or trained.")
@time_limit_option
@strict_option
def command(
    targets: Sequence[str],
    params: Sequence[str],
    folder: str,
    formats: Sequence[str],
    pages: bool,
    columns: str,
    digits: int,
    baseline: Path | None,
    no_probes: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Writes the record, the tables and the page of the TARGETs, the paper's 17 functions by default.

    DIR then holds record.json, the tables of criteria, properties, claims and legend in each format, report.html
    with all of it on one page, and a README.md that says how to read them; on the paper's functions also the table
    of its equations. measured.json and its tables hold what the experiments found; run.json the times and versions.

    \b
    Examples:
      propcheck report -o reports/paper
      propcheck report gelu mish "x*erf(x)" -o compare --format md --format csv
      propcheck report designs/ --format html --pages --baseline reports/record.json
      propcheck report --format latex --columns formula,range,lipschitz_constant --digits 4
    """
    from propcheck import spec, target
    from propcheck.report import changes, record, tables

    place = Path(folder)
    record.check_writable(place)
    wanted = tuple(name for name in (part.strip() for part in columns.split(",")) if name)
    tables.check_columns(wanted)
    old = None if baseline is None else changes.baseline(baseline)
    paper = [entry.name for entry in spec.index() if entry.paper is not None]
    specs = target.read_all(targets or paper, parameters(params))
    asked = {*(formats or (*FORMATS, PAGE)), *([PAGE] if pages else [])}
    shown = tuple(format for format in (*FORMATS, PAGE) if format in asked)
    look = Look(shown, wanted, digits, pages, _command(targets, params, time_limit))
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
        made = record.record(done, {"time_limit": time_limit}, together, equations)
        probes, stopped = ((), False) if no_probes or interrupted else _probed(specs, time_limit)
        interrupted = interrupted or stopped
        count = _write_report(place, made, record.run(done, versions()), old, look, probes)
        _tell(place, count, done)
    if interrupted:
        click.echo(f"interrupted after {len(done)} of {len(specs)} functions", err=True)
        return INTERRUPTED
    return UNDECIDED if strict and any(map(undecided, done)) else DONE


def _probed(specs: Sequence[Spec], time_limit: float) -> tuple[tuple[Mapping[str, Any], ...], bool]:
    """What the experiments on each function print as JSON, and whether they were interrupted."""
    from propcheck.cli.probe import progress
    from propcheck.probes.experiment import probe_all
    from propcheck.probes.setting import Setting

    found: list[Mapping[str, Any]] = []
    with progress() as tell, closing(probe_all(specs, Setting(), max(time_limit, TIME_LIMIT), None, tell)) as probes:
        try:
            found.extend(probe.to_json() for probe in probes)
        except KeyboardInterrupt:
            return tuple(found), True
    return tuple(found), False


def _command(targets: Sequence[str], params: Sequence[str], time_limit: float) -> str:
    """The command that makes the same record."""
    options = [part for item in params for part in ("--param", item)]
    options += ["--time-limit", f"{time_limit:g}"] if time_limit != TIME_LIMIT else []
    return shlex.join(["propcheck", "report", *targets, *options])


def _write_report(
    place: Path,
    made: Mapping[str, Any],
    run: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    look: Look,
    probes: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Writes all files of a report; answers how many there are."""
    from propcheck.report import changes, formats, guide, measured, page, record, tables

    listed = [format for format in look.formats if format != PAGE]
    files = {"record.json": record.dump(made), "run.json": record.dump(run)}
    files |= tables.draw(made, listed, look.columns, look.digits)
    experiments = measured.record(probes) if probes else None
    if experiments is not None:
        files |= measured.draw(experiments, made, listed)
    changed = None if old is None else changes.changes(old, made)
    if changed is not None:
        drawn = changes.table(changed)
        files |= {f"{drawn.name}.{formats.ENDINGS[format]}": formats.FORMATS[format](drawn) for format in listed}
    if PAGE in look.formats:
        versions = {name: run["versions"][name] for name in ON_THE_PAGE}
        files |= page.draw(made, None, changed, look.command, versions, look.pages, look.digits)
    files["README.md"] = guide.guide(made, look.formats, changed is not None)
    record.write(place, files)
    if changed is not None:
        click.echo(f"{len(changed)} change{'s' * (len(changed) != 1)} since the baseline", err=True)
    return len(files)


def _tell(place: Path, count: int, done: Sequence[Analysis]) -> None:
    outcomes = [finding.outcome for analysis in done for finding in analysis.claims]
    counts = ", ".join(f"{outcomes.count(word)} {said}" for word, said in (
        ("agrees", "agree"), ("contradicts", "contradict"), ("open", "open")
    ))  # fmt: skip
    click.echo(f"{place}: {count} files, {len(done)} functions, {len(outcomes)} claims ({counts})", err=True)


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

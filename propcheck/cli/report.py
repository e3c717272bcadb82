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
from propcheck.report import phrases
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.claims import Finding
    from propcheck.inquiry import Analysis
    from propcheck.spec import Spec

FORMATS, PAGE = ("md", "latex", "csv", "json"), "html"  # of tables, and of the page
SYMBOLS = tuple(phrases.SYMBOL_SETS)
ON_THE_PAGE = ("propcheck", "sympy", "python-flint")  # versions that a result may depend on; all stand in run.json


@dataclass(frozen=True)
class Look:
    """What is drawn of a record, and how."""

    formats: tuple[str, ...]
    columns: tuple[str, ...]
    digits: int
    symbols: str
    pages: bool


@dataclass(frozen=True)
class Records:
    """All that a report is drawn from: what was found, the run, what was measured, the curves of the page."""

    made: Mapping[str, Any]
    run: Mapping[str, Any]
    measured: Mapping[str, Any] | None
    graphs: Mapping[str, Any] | None

    def files(self) -> dict[str, str]:
        """The records as they are kept, by the names of their files."""
        from propcheck.report.record import dump

        kept = {"record": self.made, "run": self.run, "measured": self.measured, "curves": self.graphs}
        return {f"{name}.json": dump(one) for name, one in kept.items() if one is not None}


@click.command("report", cls=Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@params_option
@click.option(
    "-o",
    "folder",
    default=None,
    metavar="DIR",
    help="Folder that is written to: reports unless given, or that of --from.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Draw everything anew from the records in this folder: nothing is analysed or measured.",
)
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
    "--symbols",
    type=click.Choice(SYMBOLS),
    default=SYMBOLS[0],
    show_default=True,
    help="What tells the verdicts in the table of criteria: + ~ - ?, check marks and crosses, or words.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="RECORD",
    help="An earlier record.json: what changed since is marked.",
)
@click.option("--no-probes", is_flag=True, help="Leave the experiments out: no network is run or trained.")
@time_limit_option
@strict_option()
def command(
    targets: Sequence[str],
    params: Sequence[str],
    folder: str | None,
    source: Path | None,
    formats: Sequence[str],
    pages: bool,
    columns: str,
    digits: int,
    symbols: str,
    baseline: Path | None,
    no_probes: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Writes the record, the tables and the page of the TARGETs, the paper's 17 functions by default.

    DIR then holds record.json, the tables of criteria, properties, claims and legend in each format, report.html
    with all of it on one page, report.tex with all of it in one LaTeX document, and a README.md that says how to
    read them; on the paper's functions also the table of its equations. measured.json and its tables hold what the
    experiments found, curves.json the curves on the page, run.json the times and versions. All is drawn from these
    four records, and --from draws it again.

    \b
    Examples:
      propcheck report -o reports/paper
      propcheck report gelu mish "x*erf(x)" -o compare --format md --format csv
      propcheck report designs/ --format html --pages --baseline reports/record.json
      propcheck report --format latex --columns formula,range,lipschitz_constant --digits 4 --symbols marks
      propcheck report --from reports/paper -o again --format html
    """
    from propcheck import spec, target
    from propcheck.report import changes, record, tables

    if source is not None and source.is_file():
        raise InputError(f"--from takes the folder of a report, and {source} is a file; give {source.parent}")
    place = Path(folder) if folder else source or Path("reports")
    record.check_writable(place)
    wanted = tuple(name for name in (part.strip() for part in columns.split(",")) if name)
    tables.check_columns(wanted)
    old = None if baseline is None else changes.baseline(baseline)
    asked = {*(formats or (*FORMATS, PAGE)), *([PAGE] if pages else [])}
    shown = tuple(format for format in (*FORMATS, PAGE) if format in asked)
    look = Look(shown, wanted, digits, symbols, pages)
    if source is not None:
        if targets or params:
            raise InputError(f"--from takes what stands in {source}, and no targets beside it; leave either out")
        return _drawn_again(source, place, old, look, no_probes, strict)
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
        made = record.record(done, {"time_limit": time_limit}, together, equations)
        run = record.run(done, versions(), _command(targets, params, time_limit))
        graphs, stopped = ((), interrupted) if interrupted or PAGE not in shown else _curves(specs, time_limit)
        probes, stopped = ((), stopped) if no_probes or stopped else _probed(specs, time_limit)
        interrupted = interrupted or stopped
        records = Records(made, run, _measured(probes), _graphs(graphs))
        kept = records.files()
        record.write(place, kept)  # whatever may happen while they are drawn
        drawn = _drawn(records, old, look)
        record.write(place, drawn)
        _tell(place, len(kept) + len(drawn), done, together)
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


def _curves(specs: Sequence[Spec], time_limit: float) -> tuple[tuple[Mapping[str, Any], ...], bool]:
    """The curves of each function, and whether they were interrupted."""
    from propcheck.curves.collected import collected, missing

    found: list[Mapping[str, Any]] = []
    try:
        found.extend(collected(specs, time_limit))
    except KeyboardInterrupt:
        return (*found, *(missing(spec, "interrupted") for spec in specs[len(found) :])), True
    return tuple(found), False


def _measured(probes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    from propcheck.report import measured

    return measured.record(probes) if probes else None


def _graphs(graphs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    from propcheck.report import curves

    return curves.record(graphs) if graphs else None


def _drawn(records: Records, old: Mapping[str, Any] | None, look: Look) -> dict[str, str]:
    """The files of a report that are drawn of its records, by name. What changed since the old record is counted."""
    from propcheck.report import changes, document, formats, guide, measured, page, tables

    made, run = records.made, records.run
    listed = [format for format in look.formats if format != PAGE]
    files = tables.draw(made, listed, look.columns, look.digits, look.symbols)
    if records.measured is not None:
        files |= measured.draw(records.measured, made, listed)
    changed = None if old is None else changes.changes(old, made)
    if changed is not None:
        click.echo(f"{len(changed)} change{'s' * (len(changed) != 1)} since the baseline", err=True)
        drawn = changes.table(changed)
        files |= {f"{drawn.name}.{formats.ENDINGS[format]}": formats.FORMATS[format](drawn) for format in listed}
    if "latex" in listed:
        whole = tables.all_tables(made, "latex", look.columns, look.digits, look.symbols)
        whole += [changes.table(changed)] if changed is not None else []
        files[document.NAME] = document.document(made, whole, look.symbols)
    if PAGE in look.formats:
        versions = {name: run["versions"][name] for name in ON_THE_PAGE}
        command = run.get("command", "propcheck report")
        files |= page.draw(
            made, changed, command, versions, look.pages, look.digits, records.measured, records.graphs, files
        )
    files["README.md"] = guide.guide(made, look.formats, changed is not None, look.symbols)
    return files


def _drawn_again(
    source: Path, place: Path, old: Mapping[str, Any] | None, look: Look, no_probes: bool, strict: bool
) -> int:
    """Draws a report from the records that an earlier one left; those of curves and measurements may be absent."""
    from propcheck.report import curves, measured, record

    def kept(name: str, schema: str) -> Mapping[str, Any] | None:
        path = source / name
        return record.read(path, schema) if path.exists() else None

    made, run = record.read(source / "record.json"), record.read(source / "run.json", record.RUN_SCHEMA)
    experiments = None if no_probes else kept("measured.json", measured.SCHEMA)
    records = Records(made, run, experiments, kept("curves.json", curves.SCHEMA))
    try:
        files = records.files() | _drawn(records, old, look)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(f"the records in {source} lack what a report shows: {fault!r}; make it anew") from fault
    record.write(place, files)
    click.echo(f"{place}: {len(files)} files, {len(made['activations'])} functions, drawn from {source}", err=True)
    answers = (answer for entry in made["activations"] for answer in (*entry["facts"].values(), *entry["criteria"]))
    return UNDECIDED if strict and any(answer["standing"] == "open" for answer in answers) else DONE


def _tell(place: Path, count: int, done: Sequence[Analysis], together: Sequence[Finding]) -> None:
    """Says what was written; claims that contradict each other count as one more, as in the report."""
    outcomes = [finding.outcome for finding in (*(one for analysis in done for one in analysis.claims), *together)]
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

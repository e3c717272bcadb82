"""`propcheck report`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck import wording
from propcheck.cli import (
    DONE,
    INTERRUPTED,
    TIME_LIMIT,
    UNDECIDED,
    Targets,
    parameters,
    params_option,
    read_all,
    standards,
    strict_option,
    threshold_option,
    time_limit_option,
    workers_option,
)
from propcheck.report import phrases
from propcheck.report.formats import FORMATS as TABLES
from propcheck.verdict import InputError, Json

if TYPE_CHECKING:
    from propcheck.claims import Finding
    from propcheck.criteria.criterion import Standard
    from propcheck.inquiries.analysis import Analysis
    from propcheck.report.kept import Kept
    from propcheck.spec import Spec

FORMATS, PAGE = tuple(TABLES), "html"  # of tables, and of the page
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
        from propcheck.files import dump

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
@threshold_option
@click.option("--no-probes", is_flag=True, help="Leave the experiments out: no network is run or trained.")
@click.option("--force", is_flag=True, help="Replace files in DIR that no report wrote.")
@time_limit_option
@workers_option
@strict_option()
def command(
    targets: Sequence[str],
    params: Sequence[str],
    folder: str | None,
    thresholds: Sequence[str],
    source: Path | None,
    formats: Sequence[str],
    pages: bool,
    columns: str,
    digits: int,
    symbols: str,
    baseline: Path | None,
    no_probes: bool,
    force: bool,
    time_limit: float,
    workers: int | None,
    strict: bool,
) -> int:
    """Writes the record, the tables and the page of the TARGETs, the paper's 17 functions by default.

    DIR then holds record.json, the tables of criteria, properties, claims and legend in each format, report.html
    with all of it on one page, report.tex with all of it in one LaTeX document, and a README.md that says how to
    read them; on the paper's functions also the table of its equations. measured.json and its tables hold what the
    experiments found, curves.json the curves on the page, run.json the times and versions. All is drawn from these
    four records, and --from draws it again.

    DIR is changed for the new report when all of it is written. Whoever is stopped before that and gives the same
    command goes on from what was found.

    \b
    Examples:
      propcheck report -o reports/paper
      propcheck report gelu mish "x*erf(x)" -o compare --format md --format csv
      propcheck report designs/ --format html --pages --baseline reports/record.json
      propcheck report --format latex --columns formula,range,lipschitz_constant --digits 4 --symbols marks
      propcheck report --from reports/paper -o again --format html
    """
    from propcheck import spec
    from propcheck.report import changes, record, tables

    if source is not None and source.is_file():
        raise InputError(f"--from takes the folder of a report, and {source} is a file; give {source.parent}")
    if folder is not None and not folder.strip():
        raise InputError("-o is empty; name the folder of the report, such as -o reports")
    place = Path(folder) if folder else source or Path("reports")
    record.check_writable(place)
    wanted = tuple(name for name in (part.strip() for part in columns.split(",")) if name)
    tables.check_columns(wanted)
    old = None if baseline is None else changes.load(baseline)
    asked = {*(formats or (*FORMATS, PAGE)), *([PAGE] if pages else [])}
    shown = tuple(format for format in (*FORMATS, PAGE) if format in asked)
    look = Look(shown, wanted, digits, symbols, pages)
    if not force:
        record.check_own(place, _certain(look))
    if source is not None:
        if targets or params:
            raise InputError(f"--from takes what stands in {source}, and no targets beside it; leave either out")
        return _drawn_again(source, place, old, look, no_probes, force, strict)
    paper = [entry.name for entry in spec.index() if entry.paper is not None]
    asked_of_all = standards(thresholds)
    specs = read_all(targets or paper, parameters(params), time_limit)
    from propcheck.inquiries.analysis import versions
    from propcheck.report.kept import Kept

    kept = Kept(place)
    done: list[Json] = []
    interrupted = False
    try:
        for analysis in _with_progress(_analysed(specs, time_limit, workers, kept, asked_of_all), specs):
            done.append(analysis)
    except KeyboardInterrupt:
        interrupted = True
    if done or not interrupted:
        together = () if interrupted else _together(specs, done, time_limit, kept)
        equations = None if interrupted or targets else _equations(time_limit, kept)
        made = record.record(done, {"time_limit": time_limit}, together, equations, asked_of_all)
        run = record.run(done, versions(), _command(targets, params, time_limit, asked_of_all))
        graphs, stopped = (
            ((), interrupted) if interrupted or PAGE not in shown else _curves(specs, time_limit, workers, kept)
        )
        probes, stopped = ((), stopped) if no_probes or stopped else _probed(specs, time_limit, workers, kept)
        interrupted = interrupted or stopped
        records = Records(made, run, _measured(probes), _graphs(graphs))
        try:
            drawn = _drawn(records, old, look)
        except BaseException:
            _written(place, records, {}, force)  # whatever may happen while they are drawn
            raise
        count = _written(place, records, drawn, force)
        _tell(place, count, made)
    if interrupted:
        click.echo(f"interrupted after {len(done)} of {len(specs)} functions", err=True)
        return INTERRUPTED
    kept.clear()
    return UNDECIDED if strict and any(map(_undecided, done)) else DONE


def _certain(look: Look) -> list[str]:
    """The names of files that a report of this look has in any case."""
    from propcheck.report import document
    from propcheck.report.formats import ENDINGS

    tables = [f"criteria.{ENDINGS[format]}" for format in look.formats if format in ENDINGS]
    whole = {"html": ["report.html"], "latex": [document.NAME]}
    return ["README.md", "record.json", "run.json", *tables, *(n for f in look.formats for n in whole.get(f, ()))]


def _written(place: Path, records: Records, drawn: Mapping[str, str], force: bool, again: bool = False) -> int:
    """Writes a report into its folder, and how many files it has.

    What an earlier report left there goes, unless the records were drawn again where they are.
    """
    from propcheck.report import record

    left = record.owned(place)
    names = {*records.files(), *drawn}
    if not force:
        record.check_own(place, names)
    listed = sorted(names | left if again else names)
    files = {**replace(records, run={**records.run, "files": listed}).files(), **drawn}
    record.write(place, files, () if again else left - names)
    return len(files)


def _analysed(
    specs: Sequence[Spec], time_limit: float, workers: int | None, kept: Kept, asked: Sequence[Standard]
) -> Iterator[Json]:
    """The analysis of each spec as JSON, asked for where none is kept; by strangers' criteria always."""
    from propcheck.inquiries.analysis import analyze_all

    if not all(item.own for item in asked):  # their code is no part of what names an answer
        with closing(analyze_all(specs, time_limit, workers=workers, standards=asked)) as fresh:
            yield from (analysis.to_json() for analysis in fresh)
        return
    told = time_limit, *(option for item in asked for option in item.options())
    known = [kept.find("analysis", spec, *told) for spec in specs]
    missing = [spec for spec, found in zip(specs, known, strict=True) if found is None]
    if len(missing) < len(specs):
        click.echo(f"{len(specs) - len(missing)} of {len(specs)} functions were analysed before", err=True)

    def keep(place: int, analysis: Analysis) -> None:
        kept.keep(analysis.to_json(), "analysis", missing[place], *told)

    with closing(analyze_all(missing, time_limit, workers=workers, standards=asked, tell=keep)) as fresh:
        yield from (found or next(fresh).to_json() for found in known)


def _together(specs: Sequence[Spec], done: Sequence[Json], time_limit: float, kept: Kept) -> list[Finding]:
    """What the claims come to together."""
    from propcheck.claims import Finding
    from propcheck.inquiries.analysis import compare_claims

    asked = ("together", specs, time_limit)
    found = kept.find(*asked)
    if found is None:
        findings = [[Finding.from_json(claim) for claim in analysis["claims"]] for analysis in done]
        found = kept.keep([one.to_json() for one in compare_claims(specs, findings, time_limit)], *asked)
    return [Finding.from_json(one) for one in found]


def _equations(time_limit: float, kept: Kept) -> Json:
    """The paper's equations verified."""
    from propcheck.inquiries.verification import paper_equations
    from propcheck.verdict import plain

    return kept.find("equations", time_limit) or kept.keep(plain(paper_equations(time_limit)), "equations", time_limit)


def _probed(specs: Sequence[Spec], time_limit: float, workers: int | None, kept: Kept) -> tuple[tuple[Json, ...], bool]:
    """What the experiments on each function print as JSON, and whether they were interrupted."""
    from propcheck.cli.probe import progress
    from propcheck.probes.experiment import described, probe_all, versions
    from propcheck.probes.setting import Setting

    asked = (max(time_limit, TIME_LIMIT), Setting(), versions())
    found = [kept.find("probe", spec, *asked) for spec in specs]
    missing = [place for place, old in enumerate(found) if old is None]
    if not missing:
        return tuple(found), False
    unknown = [specs[place] for place in missing]
    interrupted = False
    with progress() as tell, closing(probe_all(unknown, Setting(), asked[0], workers, tell)) as probes:
        try:
            for probe in probes:  # in their order, but where they are interrupted some are left out
                place = next(place for place in missing if described(specs[place]) == probe.description)
                missing.remove(place)
                found[place] = probe.to_json()
                if not probe.note:
                    kept.keep(found[place], "probe", specs[place], *asked)
        except KeyboardInterrupt:
            interrupted = True
    return tuple(one for one in found if one is not None), interrupted


def _command(targets: Sequence[str], params: Sequence[str], time_limit: float, asked: Sequence[Standard] = ()) -> str:
    """The command that makes the same record."""
    options = [part for item in params for part in ("--param", item)]
    options += ["--time-limit", f"{time_limit:g}"] if time_limit != TIME_LIMIT else []
    for item in asked:
        options += [part for told in item.options() for part in ("--threshold", told)]
    return shlex.join(["propcheck", "report", *targets, *options])


def _curves(specs: Sequence[Spec], time_limit: float, workers: int | None, kept: Kept) -> tuple[tuple[Json, ...], bool]:
    """The curves of each function, and whether they were interrupted."""
    from propcheck.curves.collected import collected, missing

    known = [kept.find("curves", spec, time_limit) for spec in specs]
    found: list[Json] = []
    wanted = [spec for spec, old in zip(specs, known, strict=True) if old is None]

    def keep(place: int, graph: Json) -> None:
        kept.keep(graph, "curves", wanted[place], time_limit)

    with closing(collected(wanted, time_limit, workers, keep)) as fresh:
        try:
            for old in known:
                found.append(old or next(fresh))
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
    source: Path, place: Path, old: Mapping[str, Any] | None, look: Look, no_probes: bool, force: bool, strict: bool
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
        drawn = _drawn(records, old, look)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(f"the records in {source} lack what a report shows: {fault!r}; make it anew") from fault
    count = _written(place, records, drawn, force, again=place.resolve() == source.resolve())
    told = f"{place}: {count} files, {len(made['activations'])} functions, drawn from {source}"
    click.echo(wording.line(told), err=True)
    return UNDECIDED if strict and any(map(_undecided, made["activations"])) else DONE


def _undecided(entry: Json) -> bool:
    return any(answer["standing"] == "open" for answer in (*entry["facts"].values(), *entry["criteria"]))


def _tell(place: Path, count: int, made: Json) -> None:
    """Says what was written; claims that contradict each other count as one more, as in the report."""
    functions = made["activations"]
    outcomes = [one["outcome"] for one in (*(one for entry in functions for one in entry["claims"]), *made["together"])]
    counts = ", ".join(f"{outcomes.count(word)} {said}" for word, said in (
        ("agrees", "agree"), ("contradicts", "contradict"), ("open", "open")
    ))  # fmt: skip
    told = f"{place}: {count} files, {len(functions)} functions, {len(outcomes)} claims ({counts})"
    click.echo(wording.line(told), err=True)


def _with_progress(analyses: Iterable[Json], specs: Sequence[Spec]) -> Iterable[Json]:
    """The analyses, with the name of the one in work on the last line of a terminal."""
    tell = sys.stderr.isatty()
    remaining = iter(analyses)
    for place, spec in enumerate(specs, 1):
        if tell:
            click.echo(f"\r\033[K{place}/{len(specs)} {spec.title}", err=True, nl=False)
        yield next(remaining)
    if tell:
        click.echo("\r\033[K", err=True, nl=False)

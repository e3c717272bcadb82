"""`propcheck report`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck import wording
from propcheck.cli import (
    DONE,
    INTERRUPTED,
    TIME_LIMIT,
    UNDECIDED,
    Listed,
    Targets,
    depth_option,
    init_option,
    parameters,
    params_option,
    read_all,
    seeds_option,
    standards,
    strict_option,
    threshold_option,
    time_limit_option,
    width_option,
    workers_option,
)
from propcheck.report.look import FORMATS, PAGE, SYMBOLS, WIDTHS, Look
from propcheck.report.making import Teller
from propcheck.verdict import InputError, Json

if TYPE_CHECKING:
    from propcheck.criteria.criterion import Standard
    from propcheck.probes.setting import Setting
    from propcheck.spec import Spec


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
    "--along",
    is_flag=True,
    help="Show also what verdicts and numbers are along each parameter; some seconds a function that has any.",
)
@click.option(
    "--columns",
    default="",
    cls=Listed,
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
    "--latex-width",
    type=click.Choice(WIDTHS),
    default=WIDTHS[0],
    show_default=True,
    help="How wide the tables in LaTeX are: as the page, or as one of its two columns.",
)
@click.option("--no-claims", is_flag=True, help="Show what was found alone, and not what anybody claims.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="RECORD",
    help="An earlier record.json: what changed since is marked.",
)
@threshold_option
@click.option("--no-probes", is_flag=True, help="Leave the experiments out: no network is run or trained.")
@depth_option
@width_option
@seeds_option
@init_option
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
    along: bool,
    columns: str,
    digits: int,
    symbols: str,
    latex_width: str,
    no_claims: bool,
    baseline: Path | None,
    no_probes: bool,
    depth: int,
    width: int,
    seeds: int,
    init: str,
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

    How long it will take is told before it begins, as a range: experiments take most of it, --depth, --width and
    --seeds more or less of it. DIR is changed for the new report when all of it is written. Whoever is stopped before
    that and gives the same command goes on from what was found.

    \b
    Examples:
      propcheck report -o reports/paper
      propcheck report gelu mish "x*erf(x)" -o compare --format md --format csv
      propcheck report elu swish "x*tanh(b*exp(a*x))" --param a=1 --param b=1 --along -o families
      propcheck report gelu mish --depth 100 --width 512 --seeds 3 --init critical --time-limit 300
      propcheck report designs/ --format html --pages --baseline reports/record.json
      propcheck report --format latex --columns formula,range,lipschitz_constant --digits 4 --symbols marks
      propcheck report gelu mish -o paper --format latex --latex-width column --no-claims
      propcheck report --from reports/paper -o again --format html
    """
    from propcheck import spec
    from propcheck.probes.setting import Setting
    from propcheck.report import changes, making

    if source is not None and source.is_file():
        raise InputError(f"--from takes the folder of a report, and {source} is a file; give {source.parent}")
    if folder is not None and not folder.strip():
        raise InputError("-o is empty; name the folder of the report, such as -o reports")
    place = Path(folder) if folder else source or Path("reports")
    look = Look.of(formats, columns.split(","), digits, symbols, pages, latex_width, not no_claims)
    old = None if baseline is None else changes.load(baseline)
    making.check(place, look, force)
    if source is not None:
        if targets or params or along:
            raise InputError(
                f"--from takes what stands in {source}, and no targets beside it, nor --along; leave it out"
            )
        again = making.draw_again(source, look, place, old, not no_probes, force, _Teller())
        told = f"{place}: {again.files} files, {len(again.record['activations'])} functions, drawn from {source}"
        click.echo(wording.line(told), err=True)
        return UNDECIDED if strict and again.undecided else DONE
    paper = [entry.name for entry in spec.index() if entry.paper is not None]
    judging = standards(thresholds)
    setting = Setting(depth=depth, width=width, seeds=seeds, init=init)
    specs = tuple(read_all(targets or paper, parameters(params), time_limit))
    command = _command(targets, params, time_limit, judging, setting, along)
    asked = making.Asked(
        specs, judging, time_limit, workers, not targets, None if no_probes else setting, command, along
    )
    made = making.make(asked, look, place, old, force, _Teller())
    if made is not None:
        click.echo(wording.line(str(made)), err=True)
    if made is None or made.interrupted:
        found = 0 if made is None else len(made.record["activations"])
        click.echo(f"interrupted after {found} of {len(specs)} functions", err=True)
        return INTERRUPTED
    return UNDECIDED if strict and made.undecided else DONE


class _Teller(Teller):
    """Tells on standard error, with the name of the function in work on the last line of a terminal."""

    listens = True

    def say(self, sentence: str) -> None:
        click.echo(sentence, err=True)

    def watched(self, analyses: Iterable[Json], specs: Sequence[Spec]) -> Iterable[Json]:
        return _with_progress(analyses, specs)

    def probing(self) -> Any:
        from propcheck.cli.probe import progress

        return progress()


def _command(
    targets: Sequence[str],
    params: Sequence[str],
    time_limit: float,
    asked: Sequence[Standard],
    setting: Setting,
    along: bool,
) -> str:
    """The command that makes the same record."""
    options = [part for item in params for part in ("--param", item)] + (["--along"] if along else [])
    options += ["--time-limit", f"{time_limit:g}"] if time_limit != TIME_LIMIT else []
    usual = type(setting)()
    for name in ("depth", "width", "seeds", "init"):
        if getattr(setting, name) != getattr(usual, name):
            options += [f"--{name}", f"{getattr(setting, name)}"]
    for item in asked:
        options += [part for told in item.options() for part in ("--threshold", told)]
    return shlex.join(["propcheck", "report", *targets, *options])


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

"""The commands. Data go to standard output, all else to standard error; every error is a sentence and a status.

Nothing heavy is imported before a command needs it, so that help and the catalogue's list come at once.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck import __version__
from propcheck.verdict import InputError, Standing

if TYPE_CHECKING:
    from propcheck.claims import Finding
    from propcheck.inquiry import Analysis
    from propcheck.spec import Spec

DONE, WRONG_INPUT, UNDECIDED, INTERRUPTED, PIPE_CLOSED = 0, 2, 3, 130, 141
TIME_LIMIT = 30.0  # seconds for a target
FORMATS = ("md", "latex", "csv", "json")


def main() -> None:
    """The entry point: runs a command and ends with its status."""
    out: Any = sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="backslashreplace")
    try:
        # Not commands.main(): it would end with status 1 where the reader of a pipe has left, and where one interrupts.
        with commands.make_context("propcheck", sys.argv[1:]) as context:
            status = commands.invoke(context)
        out.flush()
    except click.exceptions.Exit as end:
        status = end.exit_code
    except InputError as error:
        status = _failed(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        status = WRONG_INPUT
    except click.ClickException as error:
        status = _failed(_sentence(error))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            status = _failed(f"the system refuses: {error.strerror or error}")
        else:
            status = PIPE_CLOSED
        # What is left in the buffer must not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    sys.exit(status if isinstance(status, int) else DONE)


def _failed(message: str) -> int:
    try:
        click.echo(f"propcheck: {message}", err=True)
    except OSError:
        pass
    return WRONG_INPUT


def _sentence(error: click.ClickException) -> str:
    """Click's message, with the way to the help of the command that it is about."""
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    see = f"see `{context.command_path} --help`"
    return f"{message} S{see[1:]}" if message.endswith("?") else f"{message}; {see}"


# ---------------------------------------------------------------------------------------------- options


class _Commands(click.Group):
    """The commands; where there is none of a name, the nearest ones, and what to do with a target."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from propcheck.spec import nearest

            known = self.list_commands(ctx)
            hint = nearest(name, known) or f"; for a target, write `{ctx.command_path} analyze {name}`"
            raise click.UsageError(f"there is no command {name!r}{hint}; there are {', '.join(known)}", ctx)
        return super().resolve_command(ctx, args)


class _Targets(click.Command):
    """A command on targets, among which are expressions that begin with a minus sign: `-x*exp(x)`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {name for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
        # Click takes what begins with a blank for an argument; the blank is harmless in an expression.
        spaced = [f" {a}" if a[:1] == "-" and a[:2] != "--" and a != "-" and a not in options else a for a in args]
        return super().parse_args(ctx, spaced)


_params = click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter, such as a=0.25 or a=1/3. Repeatable.",
)
_time_limit = click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Most time for a target. What is not found by then is open, the rest unharmed.",
)
_strict = click.option("--strict", is_flag=True, help="Exit with status 3 where a fact or a verdict is open.")


def _parameters(items: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in items:
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals and value):
            raise InputError(f"--param takes NAME=VALUE, such as a=0.25, not {item!r}")
        if name in values:
            raise InputError(f"--param gives {name} twice, as {values[name]} and as {value}; give it once")
        values[name] = value
    return values


# ---------------------------------------------------------------------------------------------- commands


@click.group(
    cls=_Commands,
    context_settings={"max_content_width": 100},
    epilog="Exit status: 0 done, 2 the input is wrong, 3 undecided under --strict, 130 interrupted.",
)
@click.version_option(__version__, message="propcheck %(version)s")
def commands() -> None:
    """Finds out what is true of an activation function, says how surely, and shows why.

    \b
    A TARGET is
      gelu                       a name of the catalogue
      maxout:absolute            one with a preset
      "x*tanh(log(1+exp(x)))"    an expression in x; other names in it are parameters
      my_activation.toml         a spec file, or a folder of them

    \b
    Examples:
      propcheck list
      propcheck analyze gelu
      propcheck analyze "x if x > 0 else a*tanh(x)" --param a=1/2 --json
      propcheck report -o reports/paper
    """


@commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Lists the catalogue, the paper's functions first.

    \b
    Examples:
      propcheck list
      propcheck list --json
    """
    from propcheck import spec

    entries = spec.index()
    if as_json:
        names = ("name", "title", "formula", "source", "aliases", "paper")
        _print_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return
    rows = [(entry.name, entry.title, " ".join(entry.formula.split())) for entry in entries]
    widths = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
    for name, title, formula in rows:
        click.echo(f"{name:<{widths[0]}}  {title:<{widths[1]}}  {formula}")


@commands.command(cls=_Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@_params
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one target, a list for several.")
@_time_limit
@_strict
def analyze(targets: Sequence[str], params: Sequence[str], as_json: bool, time_limit: float, strict: bool) -> int:
    """Finds the facts of each TARGET and judges the eight criteria.

    \b
    Examples:
      propcheck analyze relu
      propcheck analyze "x*sigmoid(b*x)" --param b=1.5
      propcheck analyze my_activation.toml --json --time-limit 5
    """
    from propcheck import target

    specs = target.read_all(targets, _parameters(params))
    from propcheck.inquiry import analyze_all
    from propcheck.report import card

    found: list[Mapping[str, Any]] = []
    open_ = False
    for analysis in analyze_all(specs, time_limit):
        open_ = open_ or _undecided(analysis)
        found.append(analysis.to_json())
        if not as_json:
            if len(found) > 1:
                click.echo()
            if sys.stdout.isatty():
                from rich.console import Console

                card.show(found[-1], Console())
            else:
                click.echo(card.plain(found[-1]), nl=False)
            sys.stdout.flush()
    if as_json:
        one = len(targets) == 1 and not target.is_folder(targets[0])
        _print_json(found[0] if one else found)
    return UNDECIDED if strict and open_ else DONE


@commands.command(cls=_Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@_params
@click.option("-o", "folder", default="reports", show_default=True, metavar="DIR", help="Folder that is written to.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Format of the tables. Repeatable; all unless given.",
)
@click.option("--no-probes", is_flag=True, help="Leave the experiments out. There are none yet, so nothing changes.")
@_time_limit
@_strict
def report(
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
    that says how to read them. run.json has the times and versions.

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
    specs = target.read_all(targets or paper, _parameters(params))
    from propcheck.inquiry import analyze_all, compare_claims, versions

    done: list[Analysis] = []
    interrupted = False
    try:
        for analysis in _with_progress(analyze_all(specs, time_limit), specs):
            done.append(analysis)
    except KeyboardInterrupt:
        interrupted = True
    if done or not interrupted:
        together = () if interrupted else compare_claims(specs, done, time_limit)
        _write_report(place, done, together, formats or FORMATS, time_limit, versions())
    if interrupted:
        click.echo(f"interrupted after {len(done)} of {len(specs)} functions", err=True)
        return INTERRUPTED
    return UNDECIDED if strict and any(map(_undecided, done)) else DONE


def _write_report(
    place: Path,
    done: Sequence[Analysis],
    together: Sequence[Finding],
    formats: Sequence[str],
    time_limit: float,
    versions: Mapping[str, str],
) -> None:
    from propcheck.report import guide, record, tables

    formats = [format for format in FORMATS if format in formats]
    made = record.record(done, {"time_limit": time_limit}, together)
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


def _undecided(analysis: Analysis) -> bool:
    answers = (*analysis.facts.values(), *analysis.criteria)
    return any(answer.standing is Standing.OPEN for answer in answers)


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, indent=2, allow_nan=False))

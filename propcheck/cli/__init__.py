"""The commands. Data go to standard output, all else to standard error; every error is a sentence and a status.

Nothing heavy is imported before a command needs it, so that help and the catalogue's list come at once.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from functools import partial, wraps
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

from propcheck import wording
from propcheck.cli import code, completion, streams
from propcheck.cli.options import (  # noqa: F401  pages take all options from here
    Listed,
    block_option,
    depth_option,
    init_option,
    orders_option,
    seeds_option,
    width_option,
    workers_option,
)
from propcheck.cli.thresholds import standards as standards
from propcheck.cli.thresholds import threshold_option as threshold_option
from propcheck.cli.thresholds import thresholds_of as thresholds_of
from propcheck.processes import TIME_LIMIT
from propcheck.verdict import InputError, Standing
from propcheck.version import __version__

if TYPE_CHECKING:
    from propcheck.inquiries.analysis import Analysis
    from propcheck.processes.worker import Job
    from propcheck.spec import Spec

COMMANDS = {  # each with its page, in reading order
    "list": "catalogue",
    "analyze": "analyze",
    "report": "report",
    "plot": "plot",
    "verify": "verify",
    "compare": "compare",
    "difference": "difference",
    "handover": "handover",
    "approximate": "approximate",
    "identify": "identify",
    "accuracy": "accuracy",
    "probe": "probe",
    "study": "study",
    "screen": "screen",
    "sweep": "sweep",
    "rank": "rank",
    "query": "query",
    "merge": "merge",
    "phase": "phase",
    "gain": "gain",
    "family": "family",
    "solve": "solve",
    "conform": "conform",
    "golden": "golden",
    "export": "export",
    "certify": "certify",
    "check": "check",
    "new": "new",
    "lint": "lint",
    "serve": "serve",
    "explain": "explain",
    "doctor": "doctor",
}
_PIPE_ERRORS = (errno.EPIPE, errno.EINVAL) if os.name == "nt" else (errno.EPIPE,)
DONE, FAILED, WRONG_INPUT, UNDECIDED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
READING = 10.0  # the same, which reading a target may take however little is left for the work


def main() -> None:
    """The entry point: runs a command and ends with its status."""
    streams.settle()
    try:
        status = _status()
        sys.stdout.flush()
    except OSError as error:
        status = _refused(error)
        streams.abandon(sys.stdout)
    sys.exit(status if isinstance(status, int) else DONE)


def _status() -> Any:
    """The status that a command ends with; OSError where that is for `main` to say."""
    try:
        if completion.asked():
            return completion.answer(commands, completion.asked())
        # Not commands.main(): it would end with status 1 where the reader of a pipe has left, and where one interrupts.
        with commands.make_context("propcheck", sys.argv[1:]) as context:
            return commands.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except InputError as error:
        return _failed(str(error))
    except Unfinished as error:
        return _failed(str(error), FAILED)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_INPUT
    except click.ClickException as error:
        return _failed(_sentence(error))
    except KeyboardInterrupt:
        return INTERRUPTED


def _refused(error: OSError) -> int:
    if error.errno in _PIPE_ERRORS:
        return PIPE_CLOSED
    if error.errno == errno.EBADF:
        return _failed("standard output is closed; open it, or send it to a file")
    return _failed(f"the system refuses: {error.strerror or error}")


def _failed(message: str, status: int = WRONG_INPUT) -> int:
    click.echo(wording.lines(f"propcheck: {wording.typed(message)}"), err=True)
    return status


def _sentence(error: click.ClickException) -> str:
    """Click's message, with the way to the help of the command that it is about."""
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    see = f"see `{context.command_path} --help`"
    return f"{message} S{see[1:]}" if message.endswith("?") else f"{message}; {see}"


# ---------------------------------------------------------------------------------------------- limits


class Unfinished(Exception):
    """What a command was to make took too long, wanted too much memory, or ended its process; a sentence says which."""


def bounded(work: Callable[[], Any], time_limit: float, what: str, targets: Sequence[str] = ("",)) -> Any:
    """What `work` comes to in a child process, within the time limit of each of the targets and the limit of memory.

    Where code is among the targets, its framework is imported there too, which has time and memory of its own.
    """
    from propcheck.processes import worker

    worker.check_limit(time_limit)
    outcome = worker.asked(work, *code.means(targets, time_limit))
    if isinstance(outcome, worker.Stopped):
        raise Unfinished(f"{what}: {outcome.note}")
    return outcome


def each_bounded(work: Callable[[Spec], Any], specs: Sequence[Spec], time_limit: float) -> tuple[list[Any], list[str]]:
    """What `work` comes to for each spec, within limits of its own, and a sentence for each that comes to nothing."""
    from propcheck.processes import worker

    worker.check_limit(time_limit)
    made, lost = [], []
    with closing(worker.run([worker.lone(partial(work, spec)) for spec in specs], time_limit)) as outcomes:
        for spec, outcome in zip(specs, outcomes, strict=True):
            if isinstance(outcome, InputError):
                raise outcome
            answer = outcome["answer"]
            if isinstance(answer, worker.Stopped):
                lost.append(f"{spec.name}: {answer.note}")
            else:
                made.append(answer)
    if lost and not made:
        raise Unfinished("\n".join(lost))
    return made, lost


def read_all(
    targets: Sequence[str],
    params: Mapping[str, Any],
    time_limit: float = TIME_LIMIT,
    on: str | None = None,
    law: str | None = None,
    ranges: Mapping[str, str] | None = None,
) -> list[Spec]:
    """The specs of the targets, which are read in a child process: a text from anywhere is built there first."""
    from propcheck import activation, target  # noqa: F401  a child has what its parent has imported

    limit = max(time_limit, READING)
    asked = partial(target.read_all, targets, params, on, law, ranges)
    return code.told(bounded(asked, limit, "the targets could not be read", targets))


def read(target: str, params: Mapping[str, Any], time_limit: float = TIME_LIMIT) -> Spec:
    """The spec of one target, read in a child process."""
    from propcheck import activation  # noqa: F401  a child has what its parent has imported
    from propcheck import target as targets

    limit = max(time_limit, READING)
    return code.told(
        [bounded(partial(targets.read, target, params), limit, "the target could not be read", (target,))]
    )[0]


def confined(body: Callable[..., int]) -> Callable[..., int]:
    """A command whose body runs in a child process, within its time limit and the limit of memory."""

    @wraps(body)
    def run(time_limit: float, **given: Any) -> int:
        from propcheck import activation  # noqa: F401  a child has what its parent has imported

        targets = given.get("targets") or (given["item"],)
        work = partial(_written, body.__module__, given)
        status, out, err = bounded(work, time_limit, " ".join(map(str.strip, targets)), targets)
        click.echo(out, nl=False)
        click.echo(err, nl=False, err=True)
        return status

    return run


def _written(page: str, given: Mapping[str, Any]) -> tuple[int, str, str]:
    """The status of a page's command, and what it writes."""
    body = import_module(page).command.callback.__wrapped__
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        status = body(**given)
    return status, out.getvalue(), err.getvalue()


# ---------------------------------------------------------------------------------------------- options


class _Commands(click.Group):
    """The commands, each loaded when it is wanted; where there is none of a name, the nearest ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return import_module(f"propcheck.cli.{COMMANDS[cmd_name]}").command if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if not (name.startswith("-") or ctx.resilient_parsing) and self.get_command(ctx, name) is None:
            from propcheck.wording import nearest

            known = self.list_commands(ctx)
            hint = nearest(name, known) or f"; for a target, write `{ctx.command_path} analyze {name}`"
            raise click.UsageError(f"there is no command {name!r}{hint}; there are {', '.join(known)}", ctx)
        return super().resolve_command(ctx, args)


class Targets(click.Command):
    """A command on targets, among which are expressions that begin with a minus sign: `-x*exp(x)`."""

    def __init__(self, *given: Any, **named: Any):
        super().__init__(*given, **named)
        for parameter in self.params:
            if "TARGET" in str(parameter.metavar):
                parameter.type = completion.Target()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {name for parameter in self.get_params(ctx) for name in (*parameter.opts, *parameter.secondary_opts)}
        # Click takes what begins with a blank for an argument; the blank is harmless in an expression.
        spaced = [f" {a}" if a[:1] == "-" and a[:2] != "--" and a != "-" and a not in options else a for a in args]
        return super().parse_args(ctx, spaced)


params_option = click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter, such as a=0.25 or a=1/3; where several functions are taken also a=0.5,1,2 or"
    " a=0.1:10:20, which are 20 values. Repeatable.",
)
ranges_option = click.option(
    "--range",
    "spans",
    multiple=True,
    metavar='"NAME > NUMBER"',
    help='Range of a parameter of the expression, such as "k > 0" or "0 < a <= 1". Repeatable.',
)
time_limit_option = click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Most processor time for a target. What is not found by then is open, the rest unharmed.",
)
on_option = click.option(
    "--on",
    metavar="L:U",
    help="The interval that alone is looked at, such as -8:8 or -inf:3; the whole line unless given.",
)


def strict_option(open_: str = "a fact or a verdict is open") -> Callable[[Any], Any]:
    """The option, for a command that calls it undecided where this holds."""
    return click.option("--strict", is_flag=True, help=f"Exit with status 3 where {open_}.")


def parameters(items: Iterable[str]) -> dict[str, str]:
    return named("--param", items)


_SAMPLES = {
    "--param": "NAME=VALUE, such as a=0.25",
    "--role": "NAME=ROLE, such as a=trained",
    "--over": "NAME=LO:HI, such as a=0:5",
    "--in": "NAME=LO:HI, such as a=0:5",
}


def named(option: str, items: Iterable[str]) -> dict[str, str]:
    """What an option gives to each name."""
    values: dict[str, str] = {}
    for item in items:
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals and value):
            raise InputError(f"{option} takes {_SAMPLES[option]}, not {item!r}")
        if name in values:
            raise InputError(f"{option} gives {name} twice, as {values[name]} and as {value}; give it once")
        values[name] = value
    return values


def ranges(items: Iterable[str]) -> dict[str, str]:
    """The ranges that --range gives, by the names of their parameters."""
    found: dict[str, str] = {}
    for item in items:
        names = set(re.findall(r"[A-Za-z]\w*", item)) - {"and", "pi", "e", "sqrt"}
        if len(names) != 1:
            raise InputError(f"--range compares one parameter with numbers, such as 'k > 0', not {item!r}")
        (name,) = names
        found[name] = f"{found[name]} and {item.strip()}" if name in found else item.strip()
    return found


@click.group(
    cls=_Commands,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 all as asked, 1 something asked for does not hold, 2 the input is wrong, 3 undecided under"
    " --strict, 130 interrupted.",
)
@click.version_option(__version__, message="propcheck %(version)s")
def commands() -> None:
    """Finds out what is true of an activation function, says how surely, and shows why.

    \b
    A TARGET is
      gelu                       a name of the catalogue
      maxout:absolute            one with a preset
      "swish(beta=2)"            one with values of its parameters
      "x*tanh(log(1+exp(x)))"    an expression in x; other names in it are parameters
      my_activation.toml         a spec file, or a folder of them
      torch.nn:SiLU, act.py:f    code, which is imported and so runs; or a model.onnx

    \b
    Examples:
      propcheck list
      propcheck analyze gelu
      propcheck analyze "x if x > 0 else a*tanh(x)" --param a=1/2 --json
      propcheck report -o reports/paper
    """


def undecided(analysis: Analysis, only: Sequence[str] = (), without: Sequence[str] = ()) -> bool:
    """Is one of its facts and verdicts open, or of those that are wanted alone? What was left out was not asked."""
    answers = [*analysis.facts.items(), *((verdict.key, verdict) for verdict in analysis.criteria)]
    asked = [answer for key, answer in answers if key not in without and (not only or key in only)]
    return any(answer.standing is Standing.OPEN for answer in asked)


def listed(keys: str) -> tuple[str, ...]:
    """The keys in a list with commas."""
    return tuple(key for key in (part.strip() for part in keys.split(",")) if key)


def print_json(data: Any) -> None:
    click.echo(wording.in_json(json.dumps(code.with_readings(data), indent=2, allow_nan=False)))


def print_page(kind: str, record: Any) -> None:
    """Prints the sheet of a record: in the width and the colours of a terminal; elsewhere nothing is folded.

    `COLUMNS` sets the width where there is no terminal.
    """
    from propcheck.report.notebook import sheets, text

    sheet = sheets.KINDS[kind](record)
    if sys.stdout.isatty():
        from rich.console import Console

        text.show(sheet, Console())
    else:
        click.echo(text.draw(sheet, terminal_width() or text.UNFOLDED), nl=False)
    sys.stdout.flush()


def terminal_width() -> int | None:
    """In how many columns a table is folded: those of the terminal, or COLUMNS; None in a pipe or a file."""
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        return get_terminal_size().columns
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdecimal() else None


def folded(table: Any, width: int) -> str:
    """A table within so many columns."""
    from propcheck.report.notebook import text
    from propcheck.report.notebook.sheet import Sheet

    return text.draw(Sheet(tables=(table,)), width)


def print_one(kind: str, record: Any, as_json: bool) -> None:
    """Prints the one record of a command, as JSON or as its page."""
    if as_json:
        print_json(record)
    else:
        print_page(kind, record)


def answered(
    specs: Sequence[Spec], jobs: Sequence[Job], limit: float | None, refused: list[str]
) -> Iterator[tuple[Spec, Any]]:
    """Each target with what a child answered of it; why others are refused is put down, and raised where all are."""
    from propcheck.processes import worker

    some = False
    with closing(worker.run(jobs, limit)) as outcomes:
        for spec, outcome in zip(specs, outcomes, strict=True):
            if isinstance(outcome, InputError):
                refused.append(str(outcome))
            else:
                some = True
                yield spec, outcome["answer"]
    if not some:
        check_refused(refused)


def check_refused(said: Sequence[str]) -> None:
    """Raises what was said of the targets that were refused, each sentence once."""
    if said:
        raise InputError("\n".join(dict.fromkeys(said)))


def print_found(
    kind: str, records: Iterable[Any], targets: Sequence[str], as_json: bool, page: Callable[[Any], Any] = lambda it: it
) -> None:
    """Prints the `page` of each record as soon as it is there; as JSON an object for one target, a list for several."""
    from propcheck.target import is_folder

    found: list[Any] = []
    for record in records:
        found.append(record)
        if not as_json:
            if len(found) > 1:
                click.echo()
            print_page(kind, page(record))
    one = len(targets) == 1 and len(found) < 2 and not is_folder(targets[0])
    if as_json and (found or not one):
        print_json(found[0] if one else found)

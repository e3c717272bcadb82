"""`propcheck lint`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from propcheck import wording
from propcheck.cli import DONE, FAILED, READING, print_json, time_limit_option
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.spec import Spec

SCHEMA = "propcheck.lint/1"
ERROR, WARNING, NOTE = "error", "warning", "note"
_AT_LINE = re.compile(r"\(at line (\d+),")


@dataclass(frozen=True)
class Finding:
    """What is wrong with a file, and on which line; a note is worth knowing and no fault."""

    file: str
    line: int
    severity: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.message}"


@click.command("lint")
@click.argument("places", nargs=-1, required=True, metavar="FOLDER|FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@time_limit_option
def command(places: Sequence[str], as_json: bool, time_limit: float) -> int:
    """Says everything that is wrong with spec files: all files, all faults at once.

    A name or alias that two files share is an error, a name that differs from the file's a warning. Whether the
    claims hold is what `propcheck check` finds out. Exit status 1 where there is an error or a warning.

    \b
    Examples:
      propcheck lint designs/
      propcheck lint my_act.toml --json
    """
    files, notes = _gather(places)
    specs: dict[Path, Spec] = {}
    findings = [*notes, *_loaded(files, specs, max(time_limit, READING))]
    findings += [*_built(specs, time_limit), *_misnamed(specs), *_shared(specs), *_known(specs)]
    findings.sort(key=lambda finding: (finding.file, finding.line, finding.severity, finding.message))
    if as_json:
        print_json({"schema": SCHEMA, "files": len(files), "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            click.echo(wording.lines(str(finding)))
        counts = {word: sum(finding.severity == word for finding in findings) for word in (ERROR, WARNING, NOTE)}
        told = [f"{count} {word}{'' if count == 1 else 's'}" for word, count in counts.items() if count]
        click.echo(f"{len(files)} file{'' if len(files) == 1 else 's'}: {', '.join(told) or 'nothing wrong'}", err=True)
    return FAILED if any(finding.severity != NOTE for finding in findings) else DONE


# ---------------------------------------------------------------------------------------------- the files


def _gather(places: Sequence[str]) -> tuple[list[Path], list[Finding]]:
    """The spec files, each once, and notes on what a folder holds beside them."""
    files: dict[Path, None] = {}
    notes: list[Finding] = []
    for text in places:
        place = Path(text)
        try:
            there, folder = place.exists(), place.is_dir()
            inside = sorted(place.iterdir()) if folder else []
        except (OSError, ValueError) as error:
            raise InputError(f"{text!r} cannot be read: {getattr(error, 'strerror', None) or error}") from None
        if not there:
            raise InputError(f"there is no file or folder {text!r}; lint takes spec files and folders of them")
        specs = sorted(place.glob("*.toml")) if folder else [place]
        if not specs:
            raise InputError(f"the folder {text} holds no .toml file, so there is nothing to examine")
        files |= dict.fromkeys(specs)
        notes += [finding for item in inside if item not in specs for finding in _beside(item)]
    return list(files), notes


def _beside(item: Path) -> Iterator[Finding]:
    """What is said of a thing in a folder that is no spec."""
    if item.name.startswith("."):
        return
    if item.is_dir():
        if any(item.glob("*.toml")):
            yield Finding(str(item), 1, NOTE, "this folder's specs are not read; name it as a target of its own")
    elif item.suffix.lower() == ".toml" and item.is_file():
        yield Finding(str(item), 1, WARNING, "is not read, since its name does not end in .toml in lower case")
    else:
        yield Finding(str(item), 1, NOTE, "is no spec: only .toml files are read")


def _loaded(files: Sequence[Path], specs: dict[Path, Spec], time_limit: float) -> Iterator[Finding]:
    """The faults of the files; those that have none join the specs. They are read in a child process."""
    from contextlib import closing

    from propcheck import activation  # noqa: F401  a child has what its parent has imported
    from propcheck.processes import worker  # noqa: F401  a child has what its parent has imported

    jobs = [worker.lone(partial(_read, file)) for file in files]
    with closing(worker.run(jobs, time_limit)) as outcomes:
        for file, outcome in zip(files, outcomes, strict=True):
            assert not isinstance(outcome, InputError)
            found = outcome["answer"]
            if isinstance(found, worker.Stopped):
                yield Finding(str(file), 1, ERROR, f"could not be read: {found.note}")
            elif isinstance(found, tuple):
                yield from found
            else:
                specs[file] = found


def _read(file: Path) -> Spec | tuple[Finding, ...]:
    """The spec in a file, or its faults."""
    from propcheck import spec

    try:
        return spec.load(file)
    except InputError as error:
        return tuple(_faults(file, error))


def _faults(file: Path, error: InputError) -> Iterator[Finding]:
    from propcheck.gate.place import line_of
    from propcheck.spec import SpecError

    if not isinstance(error, SpecError):
        told = str(error).removeprefix(str(file)).strip(" ")
        at = _AT_LINE.search(told)
        yield Finding(str(file), int(at[1]) if at else 1, ERROR, told)
        return
    text = _text(file)
    if not re.search(r"^\s*(expression|\[?units|name)\b", text, re.MULTILINE):
        yield Finding(str(file), 1, ERROR, "is TOML and no spec: it has neither a name nor a formula")
        return
    for path, sentence in error.faults:
        yield Finding(str(file), line_of(text, path), ERROR, f"{path}: {sentence}".replace("\n", "\n  "))


def _text(file: Path) -> str:
    """What a regular file begins with, as far as a spec may go; nothing of a pipe or a device, which need not end."""
    from propcheck.spec.data import MAX_FILE_BYTES

    try:
        if not file.is_file():
            return ""
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""


# ---------------------------------------------------------------------------------------------- beyond one file


def _built(specs: dict[Path, Spec], time_limit: float) -> Iterator[Finding]:
    """Formulas that are no function of a real variable."""
    from contextlib import closing

    from propcheck import target
    from propcheck.processes import worker

    jobs = [
        worker.Job(partial(target.activation, *_looked_at(item)), (("defined", _defined),)) for item in specs.values()
    ]
    with closing(worker.run(jobs, time_limit)) as outcomes:
        for file, answers in zip(specs, outcomes, strict=True):
            if isinstance(answers, InputError):
                yield Finding(str(file), _line(file, "expression", "units"), ERROR, str(answers))
            elif isinstance(answers["defined"], worker.Stopped):
                why = answers["defined"].note
                yield Finding(str(file), _line(file, "expression", "units"), WARNING, f"was not examined: {why}")


def _looked_at(item: Spec) -> tuple[Spec, dict[str, str]]:
    """A spec and values for it: a gated unit is looked at where its second input is 1."""
    return item, dict.fromkeys(item.inputs[1:], "1")


def _defined(activation: object, answers: object) -> bool:
    return True


def _misnamed(specs: dict[Path, Spec]) -> Iterator[Finding]:
    for file, item in specs.items():
        if not _rightly_named(file, item):
            message = f"name: {item.name} differs from the file's name, {file.name}"
            yield Finding(str(file), _line(file, "name"), WARNING, message)


def _rightly_named(file: Path, item: Spec) -> bool:
    return file.stem.replace("-", "_") == item.name


def _shared(specs: dict[Path, Spec]) -> Iterator[Finding]:
    """Names and aliases that several files claim; a file that bears its name owns it, else the first one does."""
    owners: dict[str, Path] = {}
    for key, names in _NAMES.items():
        for file, item in sorted(specs.items(), key=lambda entry: not _rightly_named(*entry)):
            for name in names(item):
                owner = owners.setdefault(name, file)
                if owner != file:
                    message = f"{key}: {name} is taken by {owner}"
                    yield Finding(str(file), _line(file, key), ERROR, message)


def _known(specs: dict[Path, Spec]) -> Iterator[Finding]:
    """Names and aliases that are the catalogue's, whose function a target of that name means."""
    from propcheck import spec

    catalogue = {other: entry.name for entry in spec.index() for other in (entry.name, *entry.aliases)}
    home = spec.folder()
    for file, item in specs.items():
        if file.resolve().parent == home.resolve():
            continue
        for key, names in _NAMES.items():
            for name in names(item):
                if name in catalogue:
                    message = f"{key}: {name} is also {catalogue[name]} of the catalogue, which the target {name} means"
                    yield Finding(str(file), _line(file, key), NOTE, message)


_NAMES: dict[str, Callable[[Spec], Iterable[str]]] = {
    "name": lambda item: (item.name,),
    "aliases": lambda item: item.aliases,
}


def _line(file: Path, *keys: str) -> int:
    from propcheck.gate.place import line_of

    return line_of(_text(file), *keys)

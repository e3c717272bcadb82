"""The record of a report: all that its tables and pages show, and nothing of the run that made it.

The same targets, settings and versions give the same bytes. Times and versions stand apart, in the run.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck.criteria import PAGES
from propcheck.verdict import InputError, plain

if TYPE_CHECKING:
    from propcheck.claims import Finding
    from propcheck.inquiry import Analysis

SCHEMA = "propcheck.record/1"
RUN_SCHEMA = "propcheck.run/1"


def record(
    analyses: Iterable[Analysis],
    settings: Mapping[str, Any],
    together: Iterable[Finding] = (),
    equations: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The record of these analyses: settings, seeds, the criteria's rules, and for each function what was found.

    `together` are the findings on claims that cannot all be true; `equations` are the paper's, where the report is on
    the paper, with `rows` and `findings`.
    """
    made = {
        "schema": SCHEMA,
        "settings": plain(settings),
        "seeds": [],
        "criteria": [
            {
                "number": page.NUMBER,
                "key": page.KEY,
                "title": page.TITLE,
                "rule": dict(page.RULE),
                "thresholds": plain(page.THRESHOLDS),
            }
            for page in PAGES
        ],
        "activations": [_entry(analysis.to_json()) for analysis in analyses],
        "together": [finding.to_json() for finding in together],
    }
    return made | ({"equations": plain(equations)} if equations is not None else {})


def run(analyses: Iterable[Analysis], versions: Mapping[str, str], command: str = "propcheck report") -> dict[str, Any]:
    """What differs from run to run: the command, versions, and the seconds that each function took."""
    seconds = [{"name": analysis.name, "seconds": analysis.provenance["seconds"]} for analysis in analyses]
    return {"schema": RUN_SCHEMA, "command": command, "versions": dict(versions), "seconds": seconds}


def _entry(analysis: Mapping[str, Any]) -> dict[str, Any]:
    return {key: analysis[key] for key in ("activation", "facts", "criteria", "claims")}


def keyed(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, int], Mapping[str, Any]]]:
    """What records hold of functions, each by its name and its place among those of that name."""
    seen: Counter[str] = Counter()
    for item in items:
        name = item["activation"]["name"]
        yield (name, seen[name]), item
        seen[name] += 1


def read(path: Path, schema: str = SCHEMA) -> dict[str, Any]:
    """The record of a schema in a file that an earlier report left."""
    advice = f"give the {schema.partition('/')[0].removeprefix('propcheck.')}.json of a report"
    try:
        made = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise InputError(f"the record {path} cannot be read: {error.strerror or error}; {advice}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON ({error}); {advice}") from None
    if not isinstance(made, dict) or made.get("schema") != schema:
        raise InputError(f"{path} is not a record: its schema is not {schema}; {advice}")
    return made


def _no_constant(name: str) -> None:
    raise ValueError(f"it holds {name}")


def real(value: Any) -> float:
    """A number of a record as a float: infinities are texts there, and null is no number."""
    return math.nan if value is None else float(value)


def dump(data: Any) -> str:
    """The JSON text of a record, a run or a table."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    # A file's name may hold bytes that are no text; what Python has in their place is spelled alike in JSON.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files of a report, each whole or not at all; a name may have one folder before it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            _write(path, text)
    except OSError as error:
        raise _unwritable(folder, error.strerror or str(error)) from None


def check_writable(folder: Path) -> None:
    """Raises where a report could not be written into this folder, before the work is done."""
    try:
        there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    except OSError as error:
        raise _unwritable(folder, error.strerror or str(error)) from None
    if not there.is_dir():
        raise _unwritable(folder, f"{there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _unwritable(folder, f"there is no permission to write in {there}")


def _unwritable(folder: Path, reason: str) -> InputError:
    return InputError(f"the report cannot be written to {folder}: {reason}; name another folder with -o")


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

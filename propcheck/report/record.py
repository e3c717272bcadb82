"""The record of a report: all that its tables and pages show, and nothing of the run that made it.

The same targets, settings and versions give the same bytes. Times and versions stand apart, in the run.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propcheck import files
from propcheck.criteria.foretold import foretold
from propcheck.criteria.joining import chosen
from propcheck.files import folders
from propcheck.verdict import InputError, Json, plain

if TYPE_CHECKING:
    from propcheck.claims import Finding
    from propcheck.criteria.criterion import Standard
    from propcheck.inquiries.analysis import Analysis

SCHEMA = "propcheck.record/1"
RUN_SCHEMA = "propcheck.run/1"
_RECORDS = {
    "record.json": SCHEMA,
    "run.json": RUN_SCHEMA,
    "measured.json": "propcheck.measured/1",
    "curves.json": "propcheck.graphs/1",
}
# The files of a report whose run does not list them, as runs did not at first.
_EARLIER = re.compile(
    r"(criteria|properties|initialisation|claims|legend|equations|changes|experiments|predictions|departures)\.(md|tex|csv|json)"
    r"|report\.(html|tex)|README\.md|functions/[^/]+\.html"
)


def record(
    analyses: Iterable[Analysis | Mapping[str, Any]],
    settings: Mapping[str, Any],
    together: Iterable[Finding] = (),
    equations: Mapping[str, Any] | None = None,
    standards: Iterable[Standard] | None = None,
) -> dict[str, Any]:
    """The record of these analyses: settings, seeds, the criteria's rules, and for each function what was found.

    An analysis may be the object that it is as JSON.
    `together` are the findings on claims that cannot all be true; `equations` are the paper's, where the report is on
    the paper, with `rows` and `findings`. `standards` are the criteria as they were asked, by default the usual ones.
    """
    made = {
        "schema": SCHEMA,
        "settings": plain(settings),
        "seeds": [],
        "criteria": [_criterion(item) for item in (chosen() if standards is None else standards)],
        "activations": [_entry(_object(analysis)) for analysis in analyses],
        "together": [finding.to_json() for finding in together],
    }
    return made | ({"equations": plain(equations)} if equations is not None else {})


def _criterion(item: Standard) -> dict[str, Any]:
    """A criterion as it was asked; `changed` says which thresholds are not the usual ones."""
    told = {"number": item.number, "key": item.key, "title": item.title, "rule": item.rule, "thresholds": item.bounds}
    told |= {"about": item.about, "foretells": foretold(item.key), "departs": item.departs} if item.own else {}
    return told | ({"changed": item.changed} if item.changed else {})


def run(
    analyses: Iterable[Analysis | Mapping[str, Any]], versions: Mapping[str, str], command: str = "propcheck report"
) -> dict[str, Any]:
    """What differs from run to run: the command, versions, and the seconds that each function took."""
    seconds = [
        {"name": found["activation"]["name"], "seconds": found["provenance"]["seconds"]}
        for found in map(_object, analyses)
    ]
    return {"schema": RUN_SCHEMA, "command": command, "versions": dict(versions), "seconds": seconds}


def _object(analysis: Analysis | Mapping[str, Any]) -> Mapping[str, Any]:
    return analysis if isinstance(analysis, Mapping) else analysis.to_json()


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
    made = files.read_json(path, f"the record {path}", advice)
    if not isinstance(made, dict) or made.get("schema") != schema:
        raise InputError(f"{path} is not a record: its schema is not {schema}; {advice}")
    return made


def real(value: Any) -> float:
    """A number of a record as a float: infinities are texts there, and null is no number."""
    return math.nan if value is None else float(value)


# ---------------------------------------------------------------------------------------------- its folder


def write(folder: Path, made: Mapping[str, str], gone: Iterable[str] = ()) -> None:
    """Writes the files of a report and takes those `gone` away, all at once; a name may have one folder before it."""
    content = {name: text.encode() for name, text in made.items()}
    try:
        strange = folder.is_dir() and not (folder / "run.json").exists() and any(map(Path.is_dir, folder.iterdir()))
        folders.replace(folder, content, [*gone], whole=not strange)
    except OSError as error:
        raise _unwritable(folder, files.reason(error)) from None


def owned(folder: Path) -> set[str]:
    """The files in a folder that reports left there, by their own list; records are known by their schemas."""
    folders.recover(folder)
    listed = _listed(folder)
    names = {*listed, *_RECORDS} if listed is not None else {*_RECORDS, *filter(_EARLIER.fullmatch, _paths(folder))}
    return {name for name in names if _is_there(folder / name) and (name not in _RECORDS or _is_record(folder / name))}


def _listed(folder: Path) -> list[str] | None:
    """What the last run says that it wrote; None where it says nothing and any of a report's names is its own."""
    try:
        run = read(folder / "run.json", RUN_SCHEMA)
    except InputError:
        return []
    listed = run.get("files")
    if not isinstance(listed, list):
        return None
    return [name for name in listed if isinstance(name, str) and folders.is_inside(name)]


def _paths(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in (*folder.glob("*"), *folder.glob("functions/*")))


def _is_record(file: Path) -> bool:
    try:
        read(file, _RECORDS[file.name])
    except InputError:
        return False
    return True


def _is_there(path: Path) -> bool:
    return path.is_file() or path.is_symlink()


def check_own(folder: Path, names: Iterable[str]) -> None:
    """Raises where one of these names is taken in the folder by what no report wrote."""
    names, own = list(names), owned(folder)
    taken = [name for name in names if name not in own and os.path.lexists(folder / name)]
    above = [name.partition("/")[0] for name in names if "/" in name]
    taken += [name for name in above if os.path.lexists(folder / name) and not (folder / name).is_dir()]
    if taken:
        raise InputError(
            f"no report wrote {folder / taken[0]}, and this one would replace it; "
            "name another folder with -o, or --force to replace it"
        )


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


def unclaimed(made: Json) -> Json:
    """The record without what anybody says: what was found alone."""
    bare = [
        {**entry, "claims": [], "criteria": [{**verdict, "claim": None} for verdict in entry["criteria"]]}
        for entry in made["activations"]
    ]
    return {**{key: item for key, item in made.items() if key != "equations"}, "activations": bare, "together": []}

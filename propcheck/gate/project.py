"""What a project asks of its designs: [tool.propcheck] in its pyproject.toml.

    [tool.propcheck]
    targets = ["designs/"]                     # checked where no target is given; paths start at this file's folder
    profile = "hidden"                         # what designs are to be: a row of gate/profiles.py
    require = {zero_mean = "partly", monotonicity = "increasing"}      # besides, or in place of what the profile asks
    claims = "own"                             # whose claims fail: own, all, none, or a source's with one's own

    [tool.propcheck.expect_fail]               # a key, or one of one design, with the reason
    sparsity = "our layers are dense on purpose"
    my_design.dead_units = "dead on the left until the next release"

    [tool.propcheck.thresholds]                # in place of the usual ones, by criterion and name
    zero_mean = {holds = 0.05, partly = 0.3}

What the command line asks goes before what stands here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from propcheck.criteria.joining import chosen
from propcheck.gate import OWN, Expectation, Requirement, expectation, profiles, requirement, whose
from propcheck.target import names_code
from propcheck.verdict import InputError
from propcheck.wording import nearest

FILE = "pyproject.toml"
_KEYS = ("profile", "require", "claims", "expect_fail", "targets", "thresholds")


@dataclass(frozen=True)
class Project:
    """The settings of a project, and the file that they stand in."""

    file: str
    require: tuple[Requirement, ...] = ()
    expect_fail: tuple[Expectation, ...] = ()
    targets: tuple[str, ...] = ()
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    profile: str = profiles.USUAL
    claims: str = OWN


def find(folder: Path) -> Project | None:
    """The settings in the nearest pyproject.toml with [tool.propcheck], in this folder or above it."""
    folder = folder.absolute()
    for place in (folder, *folder.parents):
        file = place / FILE
        if file.is_file():
            settings = _table(file)
            if settings is not None:
                return _read(settings, file)
    return None


def _table(file: Path) -> Any:
    """What stands under tool.propcheck, None where nothing does."""
    try:
        # A decimal stays as it is spelled, for a requirement is exact.
        data: Any = tomllib.loads(file.read_bytes().decode("utf-8-sig"), parse_float=str)
    except UnicodeDecodeError as error:
        raise InputError(f"{_shown(file)} is not UTF-8: byte {error.start} is wrong") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{_shown(file)} is not TOML: {error}") from None
    except OSError as error:
        raise InputError(f"{_shown(file)} cannot be read: {error.strerror or error}") from None
    tool = data.get("tool")
    return tool.get("propcheck") if isinstance(tool, dict) else None


def _read(settings: Any, file: Path) -> Project:
    shown = _shown(file)
    if not isinstance(settings, dict):
        raise InputError(f"{shown}: tool.propcheck must be a table, [tool.propcheck]")
    for key in settings:
        if key not in _KEYS:
            hint = nearest(key, _KEYS)
            raise InputError(f"{shown}: [tool.propcheck] has no key {key!r}{hint}; it has {', '.join(_KEYS)}")
    return Project(
        shown,
        tuple(requirement(key, _answer(key, value, shown), shown) for key, value in _rows(settings, "require", shown)),
        tuple(
            expectation(key, _reason(key, value, shown), shown) for key, value in _rows(settings, "expect_fail", shown)
        ),
        tuple(_targets(settings, file)),
        _thresholds(settings.get("thresholds", {}), shown),
        profiles.named(_word(settings, "profile", profiles.USUAL, shown), f"{shown}: profile").name,
        whose(_word(settings, "claims", OWN, shown), f"{shown}: claims"),
    )


def _word(settings: Mapping[str, Any], key: str, usual: str, shown: str) -> str:
    word = settings.get(key, usual)
    if isinstance(word, str):
        return word
    raise InputError(f'{shown}: {key} must be a word in quotes, such as "{usual}"')


def _thresholds(table: Any, shown: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(table, dict):
        raise InputError(f"{shown}: thresholds must be a table, such as [tool.propcheck.thresholds]")
    chosen(thresholds=table, origin=f"{shown}: thresholds")
    return table


def _rows(settings: Mapping[str, Any], key: str, shown: str) -> Iterator[tuple[str, Any]]:
    table = settings.get(key, {})
    if not isinstance(table, dict):
        raise InputError(f"{shown}: {key} must be a table, such as [tool.propcheck.{key}]")
    yield from _flat(table, "")


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Each value with its dotted key, whether it was written with dots or as a table in a table."""
    for part, value in table.items():
        key = f"{prefix}{part}"
        if isinstance(value, dict):
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _answer(key: str, value: Any, shown: str) -> str | bool:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return str(value)
    raise InputError(f'{shown}: require.{key} must be a value such as "partly", true or 1.5')


def _reason(key: str, value: Any, shown: str) -> str:
    if isinstance(value, str):
        return value
    raise InputError(f"{shown}: expect_fail.{key} must be the reason, a text in quotes")


def _targets(settings: Mapping[str, Any], file: Path) -> Iterator[str]:
    targets = settings.get("targets", [])
    if not isinstance(targets, list) or not all(isinstance(item, str) for item in targets):
        raise InputError(f'{_shown(file)}: targets must be a list of texts, such as ["designs/", "my_act.toml"]')
    for target in targets:
        if names_code(target):
            raise InputError(f"{_shown(file)}: targets may not name code, such as {target}; name it to the command")
        there = file.parent / target
        yield _shown(there) if target.strip() and _exists(there) else target


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _shown(path: Path) -> str:
    """A path as seen from the current folder."""
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return str(path)

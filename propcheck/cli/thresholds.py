"""Thresholds of criteria in place of the usual ones: those of the project, before which go those of the command."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.criteria.criterion import Standard

threshold_option = click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="CRITERION.NAME=NUMBER",
    help="A threshold in place of the usual one, such as zero_mean.holds=0.05. Repeatable.",
)


def standards(items: Iterable[str] = ()) -> tuple[Standard, ...]:
    """The criteria that are asked, with the thresholds of the project, before which go those of --threshold."""
    from propcheck.criteria.joining import chosen

    return chosen(thresholds=thresholds_of(items), origin="--threshold")


def thresholds_of(items: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """The thresholds of the project, before which go those of --threshold, by criterion and name."""
    from propcheck.gate import project

    settings = project.find(Path.cwd())
    asked = {key: dict(changes) for key, changes in (settings.thresholds if settings else {}).items()}
    for item in items:
        name, equals, value = (part.strip() for part in item.partition("="))
        key, dot, name = name.partition(".")
        if not (key and dot and name and equals and value):
            raise InputError(f"--threshold takes CRITERION.NAME=NUMBER, such as zero_mean.holds=0.05, not {item!r}")
        asked.setdefault(key, {})[name] = value
    return asked

"""What a shell is told when one presses its key for completion: commands, options and their values, the catalogue.

The shells are those of click. Where the entry point is called by a shell's completion, the variable is set, and what
is printed is for the shell alone: nothing that goes wrong is told of there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

from propcheck.verdict import InputError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_PROPCHECK_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


def answer(commands: click.Command, instruction: str) -> int:
    """Does what the variable asks for, such as `bash_source` or `bash_complete`; the exit status."""
    from click.shell_completion import shell_complete

    shell, _, asked = instruction.partition("_")
    if shell not in SHELLS or asked not in ("source", "complete"):
        known = ", ".join(f"{shell}_source" for shell in SHELLS)
        raise InputError(f"{VARIABLE} is {instruction!r}, which names no shell that can complete; it may be {known}")
    if asked == "source":
        return shell_complete(commands, {}, "propcheck", VARIABLE, instruction)
    with redirect_stderr(StringIO()):
        try:
            return shell_complete(commands, {}, "propcheck", VARIABLE, instruction)
        except (click.ClickException, InputError):
            return 1


class Target(click.ParamType):
    """A target, of which a shell can complete the names of the catalogue, and else the names of files."""

    name = "target"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=title) for name, title in _names(incomplete) if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


def _names(incomplete: str) -> Iterator[tuple[str, str]]:
    """The catalogue's names with titles; behind a colon the presets of one."""
    from propcheck import spec

    base, colon, _ = incomplete.partition(":")
    if not colon:
        for entry in spec.index():
            yield entry.name, entry.title
    elif base in spec.names():
        for preset, units in spec.find(base).presets.items():
            yield f"{base}:{preset}", units.title


class Keys(click.ParamType):
    """Keys, of facts for example, as `keys()` has them: one with its `ending`, or several with commas between them."""

    name = "text"

    def __init__(self, keys: Any, ending: str = ""):
        self._keys, self._ending = keys, ending

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, last = ("", "", incomplete) if self._ending else incomplete.rpartition(",")
        named = set(before.split(","))
        return [
            CompletionItem(f"{before}{comma}{key}{self._ending}")
            for key in self._keys()
            if key.startswith(last) and key not in named
        ]


def facts() -> list[str]:
    """The keys of facts."""
    from propcheck.facts import ROWS

    return [row.key for row in ROWS]


def asked() -> str:
    """What a shell asks for; nothing where it is a person who calls."""
    return os.environ.get(VARIABLE, "")

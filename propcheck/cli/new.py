"""`propcheck new`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from propcheck import files
from propcheck.cli import (
    DONE,
    READING,
    Targets,
    bounded,
    named,
    parameters,
    params_option,
    ranges,
    ranges_option,
    time_limit_option,
)
from propcheck.verdict import InputError


@click.command("new", cls=Targets)
@click.argument("name", metavar="NAME")
@click.argument("expression", metavar="EXPR")
@click.option("--title", default="", help="How the function is printed; its name unless given.")
@click.option("--source", default="", help="Where the formula comes from.")
@params_option
@ranges_option
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="NAME=ROLE",
    help="Who sets a parameter: constant or trained; constant unless given. Repeatable.",
)
@click.option("-o", "folder", default=".", metavar="DIR", help="Folder that is written to; this one unless given.")
@click.option("--force", is_flag=True, help="Replace a spec that is already there.")
@time_limit_option
def command(
    name: str,
    expression: str,
    title: str,
    source: str,
    params: Sequence[str],
    spans: Sequence[str],
    roles: Sequence[str],
    folder: str,
    force: bool,
    time_limit: float,
) -> int:
    """Writes DIR/NAME.toml: the spec of a new function, with the claims that hold of it today.

    Claimed are the derivative, smoothness, parity, monotonicity, range, saturation and the verdicts, as far as
    they are decided and exact. From then on `propcheck check` tells when one of them is lost.

    \b
    Examples:
      propcheck new swishy "x*sigmoid(b*x)" --param b=1.5 -o designs
      propcheck new leaky_tanh "x if x > 0 else k*tanh(x)" --param k=1/4 --range "k > 0" --role k=trained
      propcheck new cubic_tanh "tanh(x**3)" --title "Cubic tanh" --source "our notebook, page 12"
    """
    from propcheck.spec import drafting, writing

    file = Path(folder) / f"{name}.toml"
    outline = partial(
        drafting.outline, name, expression, title, source, parameters(params), ranges(spans), named("--role", roles)
    )
    item = bounded(outline, max(time_limit, READING), "the formula could not be read")
    _check_writable(file, force)
    from dataclasses import replace

    from propcheck.inquiries.analysis import analyze

    found = analyze(item, time_limit=time_limit).to_json()
    drafted = replace(item, claims=drafting.candidates(item, found))
    item, dropped = drafting.settled(drafted, analyze(drafted, time_limit=time_limit).to_json()["claims"])
    _write(file, writing.write(item), force)
    left = f"; not decided, and left out: {', '.join(claim.key for claim in dropped)}" if dropped else ""
    click.echo(f"{file}: {len(item.claims)} claims{left}", err=True)
    return DONE


def _check_writable(file: Path, force: bool) -> None:
    """Raises where the spec could not be written, before the work is done."""
    if not force:
        files.check_new(file)
    if file.is_dir():
        raise InputError(f"{file} is a folder; give another name, or another folder with -o")
    there = next((place for place in file.absolute().parents if place.exists()), None)
    if there is None or not there.is_dir():
        raise InputError(f"{file} cannot be written: {there} is not a folder; name another with -o")


def _write(file: Path, text: str, force: bool) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}; name another folder with -o") from None
    files.write(file, text, replace=force, advice="name another folder with -o")

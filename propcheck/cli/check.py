"""`propcheck check`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck.cli import (
    Targets,
    completion,
    on_option,
    parameters,
    params_option,
    read_all,
    standards,
    threshold_option,
    time_limit_option,
    workers_option,
)
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.gate import Requirement, Result

FORMATS = ("text", "json", "github", "junit")


def _keys() -> Iterable[str]:
    from propcheck.spec import claimable

    return claimable()


def _profiles() -> Iterable[str]:
    from propcheck.gate.profiles import BY_NAME

    return BY_NAME


@click.command("check", cls=Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@click.option(
    "--profile",
    type=completion.Keys(_profiles),
    metavar="NAME",
    help="What each target is to be: hidden (unless given), gate, output, low_precision or homomorphic.",
)
@click.option(
    "--require",
    "required",
    type=completion.Keys(_keys, "="),
    multiple=True,
    metavar="KEY=VERDICT",
    help="Besides the profile or in its place: the least verdict on a criterion (holds, partly), the value of a fact, "
    "or any for nothing. Repeatable.",
)
@click.option(
    "--claims",
    metavar="WHOSE",
    help="Whose claims fail: own (unless given), all, none, or a source's besides one's own, such as paper.",
)
@click.option(
    "--expect-fail",
    "expected",
    type=completion.Keys(_keys, "="),
    multiple=True,
    metavar="KEY=REASON",
    help="A failure that is known, on KEY or on DESIGN.KEY, and why. Repeatable.",
)
@click.option("--baseline", metavar="RECORD", help="An earlier record.json, than which no verdict may be worse.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@params_option
@on_option
@threshold_option
@time_limit_option
@workers_option
@click.option("--strict", is_flag=True, help="Status 3 where a check is undecided, 1 where an expected failure passes.")
def command(
    targets: Sequence[str],
    profile: str | None,
    required: Sequence[str],
    claims: str | None,
    expected: Sequence[str],
    baseline: str | None,
    format_: str,
    as_json: bool,
    params: Sequence[str],
    on: str | None,
    thresholds: Sequence[str],
    time_limit: float,
    workers: int | None,
    strict: bool,
) -> int:
    """The gate: is each TARGET as it is required to be?

    Required is what a profile asks, and that no claim is contradicted that the spec makes as its own:

    \b
      hidden         a unit inside a network: it bends, its slopes are bounded, gradients can keep their size
                     through many layers, and its output is not nearly the same for every input
      gate           what a signal is multiplied by: from 0 to 1, never falling, learnt by gradients
      output         the last unit: differentiable, with a slope above 0 everywhere
      low_precision  in integers or few bits: no steep slopes, no division, no transcendental function
      homomorphic    on encrypted numbers: a polynomial of degree 4 at most

    The nearest pyproject.toml may say all of it under [tool.propcheck]: profile, require, claims, expect_fail,
    thresholds, and targets, which are checked where none is given. Exit status 1 where something asked does not hold.

    \b
    Examples:
      propcheck check designs/
      propcheck check hard_sigmoid my_act.toml --profile gate
      propcheck check relu --claims paper
      propcheck check my_act.toml --require zero_mean=partly --require monotonicity=increasing
      propcheck check "x*sigmoid(x)" --require slope_at_most=1.1 --require smoothness.class=C^1
      propcheck check relu --require dead_units=holds --expect-fail dead_units="as in the baseline model"
      propcheck check my_act.toml --on -8:8 --require lipschitz=1
      propcheck check designs/ --baseline reports/record.json --format github
    """
    from propcheck import gate
    from propcheck.gate import baseline as earlier
    from propcheck.gate import formats, profiles, project

    settings = project.find(Path.cwd()) or project.Project(project.FILE)
    targets = targets or settings.targets
    if not targets:
        raise click.UsageError(
            f"there is no target: name one, such as designs/, or list targets in [tool.propcheck] of {project.FILE}"
        )
    wanted = settings.profile if profile is None else profiles.named(profile, "--profile").name
    whose = settings.claims if claims is None else gate.whose(claims, "--claims")
    asked = [gate.requirement(*_pair(item, "--require"), "--require") for item in required]
    if on is not None:
        _check_within(asked, baseline)
    asked = gate.requirements(gate.of_profile(profiles.BY_NAME[wanted]), settings.require, asked)
    if on is not None:
        asked, left_out = gate.within(asked)
        what = f"on an interval what is about the whole line is not asked: {', '.join(left_out)}"
        click.echo(f"propcheck: {what}" if left_out else "", err=True, nl=bool(left_out))
    known = [gate.expectation(*_pair(item, "--expect-fail"), "--expect-fail") for item in expected]
    known = gate.expectations(settings.expect_fail, known)
    before = None if baseline is None else earlier.load(baseline)
    specs = read_all(targets, parameters(params), time_limit, on)
    files = [file for item in targets for file in _files(item)]
    from propcheck.inquiries.analysis import analyze_all

    results: list[Result] = []
    designs = [gate.with_requirements(item, asked) for item in specs]
    analyses = analyze_all(designs, time_limit, workers=workers, standards=standards(thresholds))
    for analysis, file in zip(analyses, files, strict=True):
        found = analysis.to_json()
        old = (before or {}).get(analysis.name)
        results.append(_result(found, file, asked, whose, known, old))
    names = {result.name for result in results}
    outcome = formats.Outcome(
        asked,
        tuple(results),
        strict,
        baseline,
        tuple(name for name in before or () if name not in names),
        tuple(gate.unused(results, known)),
        wanted,
        whose,
    )
    told = formats.FORMATS["json" if as_json else format_](outcome)
    # Bytes, for commands to GitHub are meant as such.
    click.echo(told.encode("utf-8", "backslashreplace") if format_ == "github" else told, nl=False)
    return outcome.status


def _check_within(required: Sequence[Requirement], baseline: str | None) -> None:
    """Raises where something is asked by name that has no answer on an interval."""
    from propcheck import gate

    _, whole = gate.within(required)
    if whole:
        raise InputError(f"--require: {whole[0]} is about the whole line; leave it out, or leave out --on")
    if baseline is not None:
        raise InputError("--baseline holds verdicts, which are about the whole line; leave it out, or leave out --on")


def _pair(item: str, option: str) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in item.partition("="))
    if not (key and equals and value):
        example = "zero_mean=partly" if option == "--require" else 'zero_mean="the reason"'
        raise InputError(f"{option} takes KEY=VALUE, such as {example}, not {item!r}")
    return key, value


def _files(text: str) -> list[Path | None]:
    """The file of each spec that a target stands for; None for one that is no file."""
    from propcheck import target

    text = text.strip()
    if target.is_folder(text):
        return [*sorted(Path(text).glob("*.toml"))]
    from_file = text.lower().endswith(".toml") or text.startswith(("./", "../", "/", "~"))
    return [Path(text) if from_file else None]


def _result(
    found: Mapping[str, Any],
    file: Path | None,
    asked: Sequence[Requirement],
    whose: str,
    known: Sequence[Any],
    old: Mapping[str, Any] | None,
) -> Result:
    from dataclasses import replace

    from propcheck import gate
    from propcheck.gate import baseline as earlier
    from propcheck.gate.place import line_of

    about = found["activation"]
    checks = gate.judge(found, asked, whose)
    checks = gate.expect(about["name"], (*checks, *(earlier.checks(old, found) if old is not None else ())), known)
    if file is not None:
        text = file.read_text("utf-8-sig")
        checks = tuple(
            replace(check, line=line_of(text, f"claims.{check.key}", "expression", "units")) for check in checks
        )
    return gate.Result(
        name=about["name"],
        title=about["title"],
        expression=about["expression"],
        file=None if file is None else _shown(file),
        checks=checks,
        changes=None if old is None else tuple(earlier.changes(old, found)),
        seconds=found["provenance"]["seconds"],
    )


def _shown(file: Path) -> str:
    """The file as seen from the current folder, with forward slashes."""
    try:
        return Path(os.path.relpath(file)).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()

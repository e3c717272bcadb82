"""`propcheck certify`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import click

from propcheck import files
from propcheck.cli import (
    DONE,
    FAILED,
    UNDECIDED,
    Targets,
    bounded,
    parameters,
    params_option,
    read,
    strict_option,
    time_limit_option,
)
from propcheck.verdict import InputError


@click.command("certify", cls=Targets)
@click.argument("targets", nargs=-1, metavar="[TARGET]")
@params_option
@click.option("--over", "boxes", multiple=True, metavar="a=LO:HI", help="For every value of a parameter between two.")
@click.option("--equals", metavar="TARGET", default="", help="Certify too that it is this other function.")
@click.option("-o", "file", default="", metavar="FILE", help="File that is written to; standard output unless given.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@click.option("--check", "checking", is_flag=True, help="Check the certificates in the FILEs that stand for TARGET.")
@click.option("--checker", is_flag=True, help="Print the checker, one file of standard-library Python.")
@click.option("--latex", is_flag=True, help="Print the certificate for a paper's appendix: claims, cuts, command.")
@time_limit_option
@strict_option("a fact could not be certified")
def command(
    targets: Sequence[str],
    params: Sequence[str],
    boxes: Sequence[str],
    equals: str,
    file: str,
    force: bool,
    checking: bool,
    checker: bool,
    latex: bool,
    time_limit: float,
    strict: bool,
) -> int:
    """Writes what was found of TARGET over the whole line as a file that a stranger can check.

    The checker is one page of Python that uses nothing of propcheck. What could not be certified is named, with the
    reason. --check exits with 1 where a claim is refused, and says which and where.

    \b
    Examples:
      propcheck certify gelu -o gelu.json
      propcheck certify --check gelu.json
      propcheck certify --checker > check_certificate.py
      propcheck certify "x if x > 0 else a*tanh(x)" --param a=1/2 --strict
      propcheck certify silu --equals "x/(1 + exp(-x))"
      propcheck certify "max(0, x) + a*min(0, x)" --param a=1/2 --over a=1/10:9/10
    """
    from propcheck import certificates

    if checker:
        click.echo(certificates.CHECKER.read_text("utf-8"), nl=False)
        return DONE
    if checking:
        if not targets:
            raise InputError("--check takes the files of certificates; name at least one, such as gelu.json")
        found = bounded(
            partial(certificates.checked, targets), time_limit, "the certificates were not checked", targets
        )
        for words in found.lines:
            click.echo(words)
        return DONE if found.confirmed else FAILED
    if len(targets) != 1:
        raise InputError(f"certify takes one TARGET, and {len(targets)} were given; or --check FILE..., or --checker")
    if file and not force:
        files.check_new(file)
    spec = read(targets[0], parameters(params), time_limit)
    from propcheck.inquiries.analysis import analyze

    analysis = analyze(spec, time_limit=time_limit, only=certificates.NEEDED)
    over = dict(map(_box, boxes))
    if strange := set(over) - set(analysis.description["parameters"]):
        raise InputError(f"{spec.name} has no parameter {min(strange)!r} for --over")
    other = read(equals, {}, time_limit) if equals else None
    made = bounded(partial(analysis.certificate, over, other), max(time_limit, 120.0), f"{spec.name} was not certified")
    for key, reason in made.lacking.items():
        click.echo(f"propcheck: {spec.name}: {key} is not certified: {reason}", err=True)
    if not made.record["facts"]:
        raise InputError(f"nothing of {spec.name} could be certified; propcheck analyze says what was found")
    text = made.latex if latex else made.text
    if file:
        files.write(Path(file), text, replace=force)
    else:
        click.echo(text, nl=False)
    return UNDECIDED if "equal" in made.lacking or strict and made.lacking else DONE


def _box(text: str) -> tuple[str, tuple[str, str]]:
    """The parameter and the two numbers that `a=LO:HI` names."""
    name, _, ends = text.partition("=")
    try:
        low, high = map(Fraction, ends.split(":"))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"--over {text[:40]!r} names no box of a parameter; write a=0:1 or a=1/10:9/10") from None
    if low > high:
        raise InputError(f"--over {text[:40]!r} has its lesser number last")
    return name.strip(), (str(low), str(high))

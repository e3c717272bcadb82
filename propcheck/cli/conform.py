"""`propcheck conform`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from propcheck import files
from propcheck.cli import (
    DONE,
    FAILED,
    Listed,
    Targets,
    bounded,
    listed,
    parameters,
    params_option,
    print_page,
    workers_option,
)
from propcheck.verdict import InputError

if TYPE_CHECKING:
    from propcheck.conformance.conforming import Conformance

FORMATS = ("text", "json", "junit", "github", "markdown", "badge")
LIMIT = 600.0  # seconds for one function in all types, its right values included


@click.command("conform", cls=Targets)
@click.argument("what", metavar="torch|jax|keras|timm|onnx|all|known|CODE|FILE")
@click.option("--against", metavar="TARGET", help="What it should be; of code the formula that is read from it.")
@click.option(
    "--function", "only", cls=Listed, metavar="NAME,...", default="", help="Only these functions of a framework."
)
@click.option(
    "--dtype", "dtypes", cls=Listed, metavar="NAME,...", default="", help="float64, float32, bfloat16, float16; all."
)
@click.option("--order", "orders", cls=Listed, metavar="N,...", default="0,1,2", show_default=True, help="Derivatives.")
@click.option("--slope", "slopes", multiple=True, metavar="CODE", help="Code of the slope of NumPy's, then the second.")
@params_option
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="What is printed."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the same as --format json.")
@click.option("-o", "folder", default="", metavar="DIR", help="Folder for tables and a page of each framework.")
@workers_option
@click.option(
    "--time-limit",
    type=float,
    default=LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Most processor time for one function in all types, what is right of it included.",
)
def command(
    what: str,
    against: str | None,
    only: str,
    dtypes: str,
    orders: str,
    slopes: Sequence[str],
    params: Sequence[str],
    form: str,
    as_json: bool,
    folder: str,
    workers: int | None,
    time_limit: float,
) -> int:
    """Holds real implementations against the mathematics, and sorts what differs into classes.

    A framework's elementwise activations are tried one by one against what each should be: values, first and second
    derivatives, every number of the 16-bit types and some 4000 of the others, in arrays of several sizes and strides.
    CODE is package.module:callable, file.py:callable, model.onnx or library.so:name; FILE is a CSV or NPY of pairs x,y.
    Code runs. The exit status is 1 where there is a fault; conventions at kinks and flushed subnormals are none.
    A time limit counts for each function of a framework. `known` runs faults that public threads report against what
    is installed: still there, or fixed.

    \b
    Examples:
      propcheck conform torch
      propcheck conform jax --function elu,gelu --dtype float64 --json
      propcheck conform my_kernels.py:fast_gelu --against gelu
      propcheck conform measured.csv --against softplus --dtype float32
      propcheck conform all -o reports/conformance
    """
    from propcheck.conformance.frameworks import NAMES

    chosen = _orders(orders)
    given: dict[str, Any] = dict(
        against=against,
        dtypes=listed(dtypes),
        orders=chosen,
        only=listed(only),
        slopes=tuple(slopes),
        params=parameters(params),
    )
    what = what.strip()
    if what == "known":
        click.echo("\n".join(_known()), nl=True)
        return DONE
    if what in (*NAMES, "all"):
        from propcheck.inquiries.conformity import conform

        made = conform(what, **given, workers=workers, time_limit=time_limit, told=partial(_told, as_json))
    else:
        from propcheck.inquiries import conformity

        if given["only"]:
            raise InputError("--function is for a framework; code is one function")
        work = partial(conformity.conform, what, **given)
        made = bounded(work, time_limit, what, (what,))
    return _given_out(made, "json" if as_json else form, folder)


def _orders(text: str) -> tuple[int, ...]:
    parts = listed(text)
    if not parts or any(part not in ("0", "1", "2") for part in parts):
        raise InputError(f"--order takes some of 0, 1 and 2 with commas, such as 0,1; not {text!r}")
    return tuple(dict.fromkeys(map(int, parts)))


def _told(quiet: bool, name: str) -> None:
    if not quiet:
        click.echo(f"propcheck: {name}", err=True)


def _known() -> list[str]:
    """The table of known faults, with what came of each."""
    from propcheck.conformance import known
    from propcheck.inquiries import conformity
    from propcheck.processes import worker

    found = worker.asked(_outcomes, LIMIT, conformity.MEMORY)
    return [] if isinstance(found, worker.Stopped) else list(known.as_markdown(found))


def _outcomes() -> list[Any]:
    from propcheck.conformance import known

    return list(known.outcomes())


def _given_out(made: Conformance, form: str, folder: str) -> int:
    """Prints what was found, and writes the folder."""
    from propcheck.report import conformance as report

    for name, why in made.missing.items():
        click.echo(f"propcheck: {name}: {why}", err=True)
    if folder:
        pages = report.folder(made) | {"known.md": "\n".join(_known())}
        for name, text in pages.items():
            place = Path(folder) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            files.write(place, text)
        click.echo(f"propcheck: {folder}: {len(made.tried)} implementations, {len(made.breaches)} faults", err=True)
    if form == "text":
        print_page("conformance", made.to_json())
    else:
        click.echo(report.FORMATS[form](made), nl=False)
    return FAILED if made.breaches else DONE

"""`propcheck accuracy`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from itertools import product
from typing import TYPE_CHECKING

import click

from propcheck.backends import MEASURED
from propcheck.cli import (
    DONE,
    FAILED,
    Targets,
    Unfinished,
    each_bounded,
    orders_option,
    parameters,
    params_option,
    print_one,
    read_all,
    time_limit_option,
)
from propcheck.verdict import plain

if TYPE_CHECKING:
    from propcheck.numeric.accuracy import Accuracy
    from propcheck.spec import Spec

    Measured = tuple[str, float | None, Accuracy]  # a function's name, its bound, and what was measured

DTYPES = ("float32", "float64", "float16", "bfloat16")


@click.command("accuracy", cls=Targets)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--backend", type=click.Choice(MEASURED), default="numpy", show_default=True, help="What computes.")
@click.option(
    "--dtype",
    "dtypes",
    type=click.Choice(DTYPES),
    multiple=True,
    default=DTYPES[:2],
    show_default=True,
    help="Type of the numbers. Repeatable.",
)
@orders_option
@params_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list, an object for each measurement.")
@time_limit_option
def command(
    targets: Sequence[str],
    backend: str,
    dtypes: Sequence[str],
    orders: Sequence[int],
    params: Sequence[str],
    as_json: bool,
    time_limit: float,
) -> int:
    """Measures how far the compiled form of each TARGET is from the correctly rounded one.

    Types of 16 bits are measured at each of their values, the others at some 2000, hard cases among them. A random
    function is measured by its mean. The exit status is 1 where a finite value comes out as NaN or infinity, or the
    error is more than 4 units in the last place (0.51 for 16 bits), the input's own rounding allowed for.

    \b
    Examples:
      propcheck accuracy gelu
      propcheck accuracy mish softplus --dtype float16 --dtype bfloat16
      propcheck accuracy "x*tanh(log(1+exp(x)))" --backend torch --order 1 --json
    """
    specs = read_all(targets, parameters(params), time_limit)
    import propcheck.numeric.accuracy  # noqa: F401  a child has what its parent has imported

    work = partial(_measured, backend, tuple(dict.fromkeys(dtypes)), tuple(dict.fromkeys(orders)))
    made, lost = each_bounded(work, specs, time_limit)
    found = [measured for measurements, _ in made for measured in measurements]
    click.echo("".join(said for _, said in made), nl=False, err=True)
    about = [{"activation": name, "backend": backend, "bound": plain(bound)} for name, bound, _ in found]
    records = [named | accuracy.to_json() for named, (_, _, accuracy) in zip(about, found, strict=True)]
    print_one("accuracy", records, as_json)
    if lost:
        raise Unfinished("\n".join(lost))
    return DONE if all(accuracy.holds for _, _, accuracy in found) else FAILED


def _measured(backend: str, dtypes: Sequence[str], orders: Sequence[int], spec: Spec) -> tuple[list[Measured], str]:
    """The measurements of one function, and what is said meanwhile."""
    from propcheck.activation import from_spec
    from propcheck.numeric import compile
    from propcheck.numeric.accuracy import measure, on_arrays

    library = "numpy" if backend == "numba" else backend
    found: list[Measured] = []
    with redirect_stderr(StringIO()) as said:
        activation = from_spec(spec)
        for order, dtype in product(orders, dtypes):
            compiled = compile(activation, backend=library, dtype=dtype, order=order, fast=backend == "numba")
            bound = getattr(compiled, "bound", {}).get(order)
            found.append((spec.name, bound, measure(on_arrays(compiled, backend), activation, order, dtype)))
    return found, said.getvalue()

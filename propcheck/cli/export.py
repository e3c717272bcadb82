"""`propcheck export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from propcheck import files
from propcheck.backends import EXPORTS
from propcheck.cli import DONE, FAILED, Targets, confined, orders_option, parameters, params_option, time_limit_option
from propcheck.verdict import InputError


@click.command("export", cls=Targets)
@click.argument("item", metavar="TARGET")
@click.option("--to", "language", type=click.Choice(tuple(EXPORTS)), required=True, help="Language of the source.")
@click.option(
    "--dtype",
    type=click.Choice(("float64", "float32")),
    default="float64",
    show_default=True,
    help="Type of the numbers that come out.",
)
@orders_option
@params_option
@click.option("--name", default="", metavar="NAME", help="Name of the function, where it is not the target's own.")
@click.option("--anyway", is_flag=True, help="Write it where no bound of its error holds, too; a comment says where.")
@click.option("-o", "file", default="", metavar="FILE", help="File that is written to; standard output unless given.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@time_limit_option
@confined
def command(
    item: str,
    language: str,
    dtype: str,
    orders: Sequence[int],
    params: Sequence[str],
    name: str,
    anyway: bool,
    file: str,
    force: bool,
) -> int:
    """Writes the function and its derivatives as source that needs nothing of propcheck.

    The forms are stable: right to 4 units in the last place for every input, without overflow on the way. A comment
    says how large the error may be and what was measured; where no such bound holds, nothing is written and the exit
    status is 1. PyTorch, JAX and Keras take the derivatives for their gradients; what comes for PyTorch, Flax and
    Keras has the function as a layer too, in which parameters that the spec calls trained are trained.

    \b
    Examples:
      propcheck export gelu --to c -o gelu.h
      propcheck export mish --to torch --dtype float32 --order 0 --order 1 --order 2
      propcheck export "x*sigmoid(1.702*x)" --name quick_gelu --to c
      propcheck export softplus --to onnx --dtype float32 -o softplus.onnx
      propcheck export "x if x > 0 else a*tanh(x)" --param a=1/2 --to latex
    """
    from propcheck import target

    if file and not force:
        files.check_new(file)
    spec = target.read(item, parameters(params))
    from propcheck.activation import from_spec
    from propcheck.numeric.source import exported

    if spec.inputs:
        from propcheck import gated
        from propcheck.numeric.source import products

        made = products.exported(gated.product(spec), language, dtype, name, exported)
    else:
        made = exported(from_spec(spec), language, dtype, tuple(orders), name=name)
    for lacking in made.lacking:
        click.echo(f"propcheck: {spec.name} in {language} and {dtype}: {lacking}", err=True)
    if made.lacking and not anyway:
        other = "" if dtype == "float32" else "--dtype float32 may keep within 4 units in the last place, "
        click.echo(
            f"propcheck: nothing is written; {other}propcheck.compile computes exactly there, --anyway writes it so",
            err=True,
        )
        return FAILED
    status = FAILED if made.lacking else DONE
    if not file:
        click.echo(made.text, nl=False)
        return status
    files.write(Path(file), _content(made.text, language, file), replace=force)
    return status


def _content(text: str, language: str, file: str) -> str | bytes:
    """What is written: of ONNX the model itself where the name ends in .onnx."""
    if language != "onnx" or not file.lower().endswith(".onnx"):
        return text
    try:
        from onnx import parser  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError("a model needs the package onnx: pip install 'propcheck[onnx]'; or name a .txt") from None
    return parser.parse_model(text).SerializeToString()

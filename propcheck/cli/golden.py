"""`propcheck golden`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from propcheck import files
from propcheck.cli import DONE, Listed, Targets, confined, listed, parameters, params_option, time_limit_option
from propcheck.verdict import InputError

if TYPE_CHECKING:
    import numpy as np

FORMS = (".npy", ".csv", ".h")


@click.command("golden", cls=Targets)
@click.argument("item", metavar="TARGET")
@click.option(
    "--dtype", default="bfloat16", show_default=True, metavar="NAME", help="bfloat16, float16; float32 at given inputs."
)
@click.option("--order", "orders", default="0", show_default=True, cls=Listed, metavar="N,...", help="Orders.")
@click.option("--inputs", default="", metavar="FILE", help="Inputs in place of all: NPY, or a text of a number a line.")
@click.option(
    "--kink", default="catalogue", show_default=True, metavar="NAME", help="Slopes at kinks: left, right, mean, zero."
)
@params_option
@click.option("-o", "file", required=True, metavar="FILE", help="FILE.npy, FILE.csv or FILE.h, by its name's end.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@time_limit_option
@confined
def command(
    item: str,
    dtype: str,
    orders: str,
    inputs: str,
    kink: str,
    params: Sequence[str],
    file: str,
    force: bool,
) -> int:
    """Writes all 65,536 values of TARGET in a format of 16 bits, each proved to be correctly rounded.

    It is the truth to test kernels with. An NPY holds unsigned 16-bit patterns: at index i the result for the input
    whose pattern is i, with a row for each order where there are several. A CSV has input,output in hexadecimal, a
    header of C arrays of uint16_t. NaN is 0x7FC0 in bfloat16, 0x7E00 in float16. An infinity gives the limit; a slope
    at a kink is that of --kink.

    \b
    Examples:
      propcheck golden gelu --dtype bfloat16 -o gelu.npy
      propcheck golden swish --param beta=2 --dtype float16 --order 0,1 -o swish.h
      propcheck golden mish --dtype float32 --inputs inputs.txt -o mish.csv
    """
    from propcheck import target
    from propcheck.activation import from_spec
    from propcheck.conformance import golden as right

    end = Path(file).suffix.lower()
    if end not in FORMS:
        raise InputError(f"-o takes a name that ends in {', '.join(FORMS)}, which says what is written; not {file!r}")
    if not force:
        files.check_new(file)
    chosen = _orders(orders)
    given = _inputs(Path(inputs), dtype) if inputs else None
    made = right.golden(from_spec(target.read(item, parameters(params))), dtype, chosen, given, kink)
    files.write(Path(file), right.FORMS[end](made), replace=force)
    count = made.inputs.size * len(made.orders)
    click.echo(f"propcheck: {file}: {count} values of {made.activation.name} in {dtype}, each proved", err=True)
    return DONE


def _orders(text: str) -> tuple[int, ...]:
    parts = listed(text)
    if not parts or any(part not in ("0", "1", "2") for part in parts):
        raise InputError(f"--order takes some of 0, 1 and 2 with commas, such as 0,1; not {text!r}")
    return tuple(dict.fromkeys(map(int, parts)))


def _inputs(path: Path, dtype: str) -> np.ndarray:
    """The numbers of a file, as doubles: those of an NPY, or of a text, one a line (also 0x1.8p3)."""
    import numpy as np

    try:
        if path.suffix.lower() == ".npy":
            found = np.load(path, allow_pickle=False)
            if found.dtype.kind not in "fiu" or found.dtype.itemsize > 8:
                raise InputError(f"{path} holds {found.dtype.name}, and numbers of {dtype} are wanted")
            return found.astype(np.float64).reshape(-1)
        words = [line.strip() for line in path.read_text("utf-8").splitlines()]
        return np.array([float.fromhex(word) if "0x" in word.lower() else float(word) for word in words if word])
    except OSError as error:
        raise InputError(f"{path} cannot be read: {files.reason(error)}") from None
    except (ValueError, OverflowError, EOFError) as error:
        raise InputError(f"{path} holds no numbers, one a line: {error}") from None

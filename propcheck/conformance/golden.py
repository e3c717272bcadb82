"""All correctly rounded values of a function in a format of 16 bits, or those at given inputs: to test kernels with.

Each value is proved to be the number of the format nearest to the exact one, the even one of two (IEEE 754). Besides,
NaN gives NaN (one pattern, 0x7FC0 or 0x7E00), an input outside the domain gives NaN, an infinity gives the limit, NaN
where there is none. At a kink a derivative takes the value of a convention, as in `compile`. An exact 0 is +0, but at
+0, -0 and the infinities it has the sign that the function has beside them; what underflows keeps its sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.conformance import kept, patterns
from propcheck.conformance.enclosing import enclosed_at, unsettled
from propcheck.numeric.conventions import KINKS
from propcheck.numeric.formats import FORMATS, Format
from propcheck.verdict import InputError

ORDERS = (0, 1, 2)


@dataclass(frozen=True)
class Golden:
    """Bit patterns of the results: `values[k]` has those of order `orders[k]`, at inputs with the patterns `inputs`."""

    activation: Activation
    form: Format
    orders: tuple[int, ...]
    kink: str
    inputs: np.ndarray
    values: tuple[np.ndarray, ...]

    def numbers(self, order: int) -> np.ndarray:
        """The values of an order as doubles."""
        return patterns.numbers(self.values[self.orders.index(order)], self.form)


def golden(
    activation: Activation,
    dtype: str = "bfloat16",
    orders: Sequence[int] = (0,),
    inputs: np.ndarray | None = None,
    kink: str = "catalogue",
) -> Golden:
    """The correctly rounded values at each number of the format, or at `inputs`, doubles that the format has.

    `InputError` where one of them is not proved.
    """
    if dtype not in FORMATS:
        raise InputError(f"there is no type {dtype!r}; there are {', '.join(FORMATS)}")
    form = FORMATS[dtype]
    if inputs is None and dtype not in patterns.SHORT:
        raise InputError(f"{dtype} has too many numbers to give them all; name some with --inputs FILE")
    if kink not in KINKS:
        raise InputError(f"there is no convention {kink!r} for the value at a kink; there are {', '.join(KINKS)}")
    chosen = tuple(dict.fromkeys(orders))
    if not chosen or any(order not in ORDERS for order in chosen):
        raise InputError(f"the orders are some of 0, 1 and 2, not {', '.join(map(str, orders))}")
    at = patterns.every(form) if inputs is None else np.asarray(inputs, np.float64)
    wrong = np.flatnonzero(~np.isnan(at) & (patterns.nearest(at, form) != at))
    if wrong.size:
        raise InputError(f"{float(at[wrong[0]])!r} is no number of {dtype}; the nearest is"
                         f" {float(patterns.nearest(at[wrong[:1]], form)[0])!r}")  # fmt: skip
    given = patterns.patterns(at, form) if inputs is not None else np.arange(1 << 16, dtype=np.uint16)
    values = tuple(_rounded(activation, order, form, kink, at, whole=inputs is None) for order in chosen)
    return Golden(activation, form, chosen, kink, given, values)


def _rounded(activation: Activation, order: int, form: Format, kink: str, at: np.ndarray, whole: bool) -> np.ndarray:
    """The patterns of one order, kept on disk where they are those of a whole format."""
    asked = (form.name, order, kink, "rounded")
    known = kept.find(activation, *asked) if whole else None
    if known is not None and known["values"].shape == at.shape:
        return known["values"]
    try:
        found = enclosed_at(activation, order, at, form, kink, slopes=False)
    except Undecided as reason:
        raise InputError(f"{activation.name}: no exact values are known: {reason}") from None
    if not found.settled.all():
        raise InputError(
            f"{activation.name}, order {order}: the rounding is not proved at {int((~found.settled).sum())} inputs,"
            f" {', '.join(unsettled(found, at))} among them; nothing is given"
        )
    made = patterns.patterns(found.rounded, form)
    if whole:
        kept.keep({"values": made}, activation, *asked)
    return made


# --- as files --------------------------------------------------------------------------------------------------------


def as_npy(made: Golden) -> bytes:
    """One row of patterns, or one for each order where several were asked for."""
    import io

    buffer = io.BytesIO()
    np.save(buffer, made.values[0] if len(made.values) == 1 else np.stack(made.values), allow_pickle=False)
    return buffer.getvalue()


def as_csv(made: Golden) -> bytes:
    """`input,output` in hexadecimal patterns; `input,output_0,output_1` where several orders were asked for."""
    names = ["output"] if len(made.orders) == 1 else [f"output_{order}" for order in made.orders]
    columns = [_hexadecimal(column) for column in (made.inputs, *made.values)]
    rows = [",".join(("input", *names)), *map(",".join, zip(*columns, strict=True))]
    return ("\n".join(rows) + "\n").encode()


def as_header(made: Golden) -> bytes:
    """A header of C with one array for each order, and one of the inputs where they were given."""
    plain = (sign if sign.isascii() and sign.isalnum() else "_" for sign in made.activation.name)
    name = f"{''.join(plain).strip('_') or 'f'}_{made.form.name}"
    name = f"f_{name}" if name[0].isdigit() else name
    whole = made.inputs.size == 1 << 16 and made.form.name in patterns.SHORT
    bits = made.inputs.dtype.itemsize * 8
    where = "Index i has the result for the input whose pattern is i." if whole else f"They belong to {name}_inputs."
    about = [f"Correctly rounded {made.form.name} values of {made.activation.name}, as bit patterns.", where]
    arrays = [] if whole else [(f"{name}_inputs", made.inputs)]
    arrays += [(f"{name}_order_{order}", column) for order, column in zip(made.orders, made.values, strict=True)]
    parts = ["/*", *(f" * {line}" for line in about), " */", f"#ifndef {name.upper()}_H", f"#define {name.upper()}_H"]
    parts += ["", "#include <stdint.h>", ""]
    for array, column in arrays:
        cells = _hexadecimal(column)
        parts.append(f"static const uint{bits}_t {array}[{column.size}] = {{")
        parts += ["    " + ", ".join(cells[k : k + 12]) + "," for k in range(0, len(cells), 12)]
        parts += ["};", ""]
    return ("\n".join([*parts, f"#endif /* {name.upper()}_H */"]) + "\n").encode()


def _hexadecimal(column: np.ndarray) -> list[str]:
    digits = column.dtype.itemsize * 2
    return [f"0x{value:0{digits}X}" for value in column.tolist()]


FORMS = {".npy": as_npy, ".csv": as_csv, ".h": as_header}

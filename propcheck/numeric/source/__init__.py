"""A compiled form as source text that needs nothing of propcheck: NumPy, PyTorch, JAX, Flax, Keras, C, LaTeX."""

from __future__ import annotations

import warnings
from importlib import import_module

from propcheck.activation import Activation
from propcheck.backends import EXPORTS
from propcheck.calculus import Undecided
from propcheck.numeric.conventions import KINKS
from propcheck.numeric.formats import DOUBLE, SINGLE
from propcheck.numeric.source.heading import NAMES_OF_C, Export, Task, checked_name
from propcheck.numeric.tabled import is_long
from propcheck.processes.precision import alone
from propcheck.verdict import InaccurateWarning, InputError

DTYPES = ("float64", "float32")
ORDERS = (0, 1, 2)


def source(
    activation: Activation,
    language: str,
    dtype: str = "float64",
    orders: tuple[int, ...] = (0, 1),
    kink: str = "catalogue",
    measured: bool = True,
    name: str = "",
) -> str:
    """The source of the derivatives of these orders; with `measured`, its comment says how large the errors are.

    Where it may be wrong by more than 4 units in the last place an `InaccurateWarning` says so, as its comment does.
    """
    made = exported(activation, language, dtype, orders, kink, measured, name)
    for lacking in made.lacking:
        warnings.warn(f"{activation.name}, exported: {lacking}", InaccurateWarning, stacklevel=2)
    return made.text


@alone
def exported(
    activation: Activation,
    language: str,
    dtype: str = "float64",
    orders: tuple[int, ...] = (0, 1),
    kink: str = "catalogue",
    measured: bool = True,
    name: str = "",
) -> Export:
    """The source, and what is promised of each order in it. The function has the activation's name unless given one."""
    if language not in EXPORTS:
        raise InputError(f"there is no export to {language!r}; there are {', '.join(EXPORTS)}")
    if dtype not in DTYPES:
        raise InputError(f"there is no export of {dtype}; there are {' and '.join(DTYPES)}")
    if not orders or any(order not in ORDERS for order in orders):
        raise InputError(f"the orders of an export are some of 0, 1 and 2, not {orders}")
    if kink not in KINKS:
        raise InputError(f"there is no convention {kink!r} for the value at a kink; there are {', '.join(KINKS)}")
    if not activation.pieces and activation.wave is None:
        raise InputError(f"{activation.name} cannot be exported: {activation.trouble or 'it has no pieces'}")
    if name and language != "latex":
        name = checked_name(name, "C" if language == "c" else "Python", NAMES_OF_C if language == "c" else frozenset())
    out = DOUBLE if dtype == "float64" else SINGLE
    # JAX has no double precision unless it is told to: what is rounded to float32 is computed in it.
    work = SINGLE if EXPORTS[language].single and out is SINGLE else DOUBLE
    task = Task(activation, tuple(dict.fromkeys(sorted(orders))), kink, work, out, measured, name)
    try:
        if is_long(activation):
            return import_module("propcheck.numeric.source.tables").source(task, language)
        page, writer = EXPORTS[language].source.split(":")
        return getattr(import_module(f"propcheck.numeric.source.{page}"), writer)(task)
    except Undecided as reason:
        raise InputError(f"{activation.name} cannot be exported: {reason}") from None

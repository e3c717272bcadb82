"""Formulas that nobody chose for it, written as code of NumPy, are read back as what they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from scipy import special

from propcheck import spec
from propcheck.code import reading
from propcheck.code.formula import spelled
from propcheck.code.values import value
from propcheck.language import X, parse
from propcheck.verdict import InputError

PUBLIC = json.loads((Path(__file__).parent / "public_activations.json").read_text(encoding="utf-8"))["functions"]
POINTS = np.concatenate([np.linspace(-7.93, 7.81, 41), [-61.0, -23.0, 22.0, 57.0]])
NAMES = {
    **{name: getattr(np, name) for name in (
        "abs", "sign", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan",
        "arcsinh", "cbrt")},
    "atan": np.arctan, "asinh": np.arcsinh, "ln": np.log, "erf": special.erf, "erfc": special.erfc,
    "sigmoid": special.expit, "softplus": lambda u: np.logaddexp(u, 0), "relu": lambda u: np.maximum(u, 0),
    "softsign": lambda u: u/(1 + np.abs(u)), "gelu": lambda u: u*special.ndtr(u),
    "heaviside": lambda u: np.heaviside(u, 0.5), "pi": np.pi, "e": np.e,
    "max": lambda *us: _folded(np.maximum, us), "min": lambda *us: _folded(np.minimum, us),
}  # fmt: skip


def _folded(of, values):
    made = values[0]
    for other in values[1:]:
        made = of(made, other)
    return made


def code_of(entry):
    """The formula as a function of numbers, its parameters put in."""
    put = {name: float(eval(str(text), {"__builtins__": {}})) for name, text in (entry.get("parameters") or {}).items()}
    return eval(f"lambda x: {entry['expression'].replace('^', '**')}", {**NAMES, **put})


@pytest.mark.parametrize("entry", PUBLIC, ids=lambda entry: str(entry["id"]))
def test_a_public_formula_is_read_back_from_code(entry):
    if re.search(r"Piecewise|floor|ceil|round|trunc|clip|where|logaddexp|ndtr", entry["expression"]):
        pytest.skip("it is written with what NumPy calls otherwise")
    try:
        found = reading.of(code_of(entry))
    except InputError as refusal:
        assert "where the formula that was read from it gives no number" in str(refusal) or "is a number" in str(
            refusal
        )
        return
    params = {name: str(text) for name, text in (entry.get("parameters") or {}).items()}
    wanted = spec.from_text(entry["expression"], params)
    symbols = wanted.symbols()
    exact = parse(wanted.formula, symbols).xreplace(
        {symbols[name]: number for name, number in spec.bind(wanted).items()}
    )
    theirs = sympy.lambdify(X, exact, "mpmath")
    for x in map(float, POINTS):
        ours = value(spelled(found.formula), {"x": x})
        with mpmath.workdps(40):
            try:
                wanted_value = theirs(mpmath.mpf(x))
            except (ValueError, ZeroDivisionError):
                continue
        if np.isfinite(ours) and isinstance(wanted_value, mpmath.mpf | int):
            assert abs(ours - wanted_value) <= 1e-9 * max(1.0, abs(wanted_value)), (found.formula, x)

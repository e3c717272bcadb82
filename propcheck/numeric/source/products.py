"""The source of a gated unit: that of both factors, and their products with both slopes."""

from __future__ import annotations

import re
from collections.abc import Callable

from propcheck.gated import INPUTS, Product
from propcheck.numeric.source.heading import Export, harmless
from propcheck.verdict import InputError

_PYTHON = '''

def {name}(x, y):
    """{title}: the product of a function of x and one of y."""
    return {name}_x(x)*{name}_y(y)


def {name}_gradient(x, y):
    """Its slopes by x and by y."""
    return {name}_x_derivative(x)*{name}_y(y), {name}_x(x)*{name}_y_derivative(y)
'''
_C = """
/* {title}: the product of a function of x and one of y, and its slopes. */
static inline double {name}(double x, double y)
{{
    return {name}_x(x)*{name}_y(y);
}}

static inline void {name}_gradient(double x, double y, double *by_x, double *by_y)
{{
    *by_x = {name}_x_derivative(x)*{name}_y(y);
    *by_y = {name}_x(x)*{name}_y_derivative(y);
}}
"""
_ENDS = {"numpy": _PYTHON, "torch": _PYTHON, "jax": _PYTHON, "c": _C}
_SHARED = re.compile(r"\b(_FUNCTIONS|_Reverse|_Differentiable|_applied)\b")  # names that both sources have


def exported(unit: Product, language: str, dtype: str, name: str, of: Callable[..., Export]) -> Export:
    """The source of a unit in one of the languages that have functions of two numbers; `of` exports a factor."""
    if language not in _ENDS:
        raise InputError(f"a gated unit is exported to {', '.join(_ENDS)}, not to {language}")
    if language == "c" and dtype != "float64":
        raise InputError("a gated unit is exported to c in float64")
    name = name or re.sub(r"\W", "_", unit.spec.name)
    factors = [of(unit.of(one), language, dtype, (0, 1), name=f"{name}_{one}") for one in INPUTS]
    texts = [_SHARED.sub(rf"\1_{one}", made.text) for one, made in zip(INPUTS, factors, strict=True)]
    end = _ENDS[language].format(name=name, title=harmless(unit.spec.title))
    text = "\n\n".join(part.rstrip("\n") for part in texts) + "\n" + end
    return Export(text, tuple(promise for made in factors for promise in made.promises))

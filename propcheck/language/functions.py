"""The functions of the language: how each is built, and how those that it has not are written in it."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping

import sympy
from sympy import S

from propcheck.language.building import (
    absolute,
    exp,
    extreme,
    heaviside,
    is_simple,
    log,
    power,
    product_of,
    signum,
    twice,
)
from propcheck.language.constants import CONSTANTS


def _odd(function: type[sympy.Function]) -> Callable[[sympy.Expr], sympy.Expr]:
    """`function`, as SymPy simplifies it where the argument is simple, and else by symmetry alone."""

    def build(u: sympy.Expr) -> sympy.Expr:
        if u.is_number or is_simple(u):
            return function(u)
        return -function(-u, evaluate=False) if u.could_extract_minus_sign() else function(u, evaluate=False)

    return build


def _even(function: type[sympy.Function]) -> Callable[[sympy.Expr], sympy.Expr]:
    """The same for an even function."""

    def build(u: sympy.Expr) -> sympy.Expr:
        if u.is_number or is_simple(u):
            return function(u)
        return function(-u if u.could_extract_minus_sign() else u, evaluate=False)

    return build


def _neither(function: type[sympy.Function]) -> Callable[[sympy.Expr], sympy.Expr]:
    """The same for a function that is neither odd nor even."""
    return lambda u: function(u, evaluate=u.is_number or is_simple(u))


def tan(u: sympy.Expr) -> sympy.Expr:
    coefficient, rest = _odd(sympy.tan)(u).as_coeff_Mul()
    if isinstance(rest, sympy.cot):  # from tan(v + pi/2); the cotangent is not in the language
        v = twice(rest.args[0])
        return coefficient * sympy.cos(v) / sympy.sin(v)
    return coefficient * rest


def _gelu(u: sympy.Expr) -> sympy.Expr:
    return product_of([S.Half, u, 1 + _odd(sympy.erf)(twice(u) / sympy.sqrt(2))])


FUNCTIONS: Mapping[str, Callable[..., sympy.Expr]] = {
    "abs": absolute,
    "sign": signum,
    "min": lambda *arguments: extreme(sympy.Min, list(arguments)),
    "max": lambda *arguments: extreme(sympy.Max, list(arguments)),
    "sqrt": lambda u: power(u, S.Half),
    "exp": exp,
    "expm1": lambda u: exp(u) - 1,
    "log": log,
    "ln": log,
    "log1p": lambda u: log(1 + u),
    "sin": _odd(sympy.sin),
    "cos": _even(sympy.cos),
    "tan": tan,
    "sinh": _odd(sympy.sinh),
    "cosh": _even(sympy.cosh),
    "tanh": _odd(sympy.tanh),
    "asinh": _odd(sympy.asinh),
    "acosh": _neither(sympy.acosh),
    "atanh": _odd(sympy.atanh),
    "asin": _odd(sympy.asin),
    "acos": _neither(sympy.acos),
    "atan": _odd(sympy.atan),
    "arcsinh": _odd(sympy.asinh),
    "arccosh": _neither(sympy.acosh),
    "arctanh": _odd(sympy.atanh),
    "arcsin": _odd(sympy.asin),
    "arccos": _neither(sympy.acos),
    "arctan": _odd(sympy.atan),
    "erf": _odd(sympy.erf),
    "erfc": _neither(sympy.erfc),
    "sigmoid": lambda u: power(1 + exp(-u), S.NegativeOne),
    "softplus": lambda u: log(1 + exp(u)),
    "relu": lambda u: extreme(sympy.Max, [S.Zero, u]),
    "softsign": lambda u: u * power(1 + absolute(twice(u)), S.NegativeOne),
    "gelu": _gelu,
    "heaviside": heaviside,
    "Piecewise": sympy.Piecewise,
}
_SPELLINGS = {name.lower(): name for name in FUNCTIONS}


def function_of(name: str) -> str:
    """The function that is called so, capitals aside; the name itself where there is none."""
    return name if name in FUNCTIONS else _SPELLINGS.get(name.lower(), name)


RESERVED = frozenset({"x", *CONSTANTS, *FUNCTIONS, *keyword.kwlist})  # what no parameter may be called
_FORMULAS = {
    "silu": "x*sigmoid(x)",
    "swish": "x*sigmoid(x)",
    "mish": "x*tanh(softplus(x))",
    "elu": "x if x >= 0 else exp(x) - 1",
    "leaky_relu": "max(x, x/100)",
    "relu6": "min(relu(x), 6)",
    "hardtanh": "max(-1, min(1, x))",
    **dict.fromkeys(("clip", "clamp"), "max(low, min(high, x))"),
    **dict.fromkeys(("maximum", "fmax"), "max(u, v)"),
    **dict.fromkeys(("minimum", "fmin"), "min(u, v)"),
    **dict.fromkeys(("fabs", "absolute"), "abs(x)"),
    **dict.fromkeys(("sgn", "signum"), "sign(x)"),
    **dict.fromkeys(("logistic", "expit"), "sigmoid(x)"),
    **dict.fromkeys(("logsigmoid", "log_sigmoid", "log_expit"), "-softplus(-x)"),
    **dict.fromkeys(("normcdf", "norm_cdf", "cdf", "ndtr"), "(1 + erf(x/sqrt(2)))/2"),
    **dict.fromkeys(("normpdf", "norm_pdf", "pdf"), "exp(-x**2/2)/sqrt(2*pi)"),
    "Phi": "(1 + erf(x/sqrt(2)))/2",
    "phi": "exp(-x**2/2)/sqrt(2*pi)",
    "logit": "log(x/(1 - x))",
    "erfcx": "exp(x**2)*erfc(x)",
    "cbrt": "sign(x)*abs(x)**(1/3)",
    "rsqrt": "1/sqrt(x)",
    "hypot": "sqrt(u**2 + v**2)",
    "sinc": "sin(x)/x",
    "selu": "1.0507*(x if x > 0 else 1.67326*(exp(x) - 1))",
    "prelu": "x if x > 0 else a*x",
    **dict.fromkeys(("pow", "power"), "x**n"),
    "square": "x**2",
    "log2": "log(x)/log(2)",
    "log10": "log(x)/log(10)",
    "exp2": "2**x",
    "sech": "1/cosh(x)",
    "csch": "1/sinh(x)",
    "coth": "1/tanh(x)",
    "sec": "1/cos(x)",
    "csc": "1/sin(x)",
    "cot": "cos(x)/sin(x)",
    "where": "a if condition else b",
    "step": "heaviside(x)",
    "inf": "a finite number",
}


def formula_of(name: str) -> str | None:
    """How a function that the language has not is written in it."""
    return _FORMULAS.get(name) or _FORMULAS.get(name.lower())

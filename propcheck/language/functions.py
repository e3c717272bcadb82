"""One row a function of the language: all that others know of it, but for what it is in germs and in identities.

Sugar is its formula: `log1p(u)` is read as `log(1 + u)`, and nothing behind the reading knows it. A function with a
head, SymPy's class for it, has its ball, slope and series in `calculus.elementary`, its germ in `calculus.expansion`
and its kernel in `calculus.kernels`. What has neither is built by a rule of `building`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import S, oo, pi

NOTHING = (S.NaN, S.NaN)


@dataclass(frozen=True)
class Function:
    """A function of the language, of one argument, or of as many as `takes` says, the least and the most.

    It is real from `low` to `high` (ends included where it is `closed`) but where `poles` of its argument is 0, and
    analytic inside. `ends` are its values at -oo and oo. `error` and `cost` are those of the kernels in use, in units
    in the last place and in additions; `worst` is the largest error, where it is larger. `spelled` says what a library
    calls it that does not call it so, by the library's name in code; nothing where it lacks it.
    """

    name: str
    formula: str = ""
    head: Any = None
    parity: str = ""  # odd or even
    monotone: bool = False
    low: float = -math.inf
    high: float = math.inf
    closed: bool = False
    poles: Any = None
    ends: tuple[Any, Any] = (S.NaN, S.NaN)
    steep: bool = False  # it grows like an exponential
    error: float = 0.8
    worst: float = 0.0
    cost: float = 6.0
    spelled: Mapping[str, str] = field(default_factory=dict)
    takes: tuple[int, int | None] = (1, 1)

    def asks(self, u: sympy.Expr) -> Iterator[tuple[str, sympy.Expr]]:
        """What must be `positive`, `nonnegative` or `nonzero` for a function with a head to be a real number at u."""
        kind = "nonnegative" if self.closed else "positive"
        if self.high < math.inf:
            yield kind, self.high - u
        if self.low > -math.inf:
            yield kind, u - self.low
        if self.poles is not None:
            yield "nonzero", self.poles(u)


_LACKED = {"np": "", "jnp": "", "ops": ""}
ROWS = (  # in the order in which a message lists them
    Function("abs", error=0.0, cost=1.0),
    Function("sign"),
    Function("min", takes=(2, None), error=0.0, cost=1.0),
    Function("max", takes=(2, None), error=0.0, cost=1.0),
    Function("sqrt", "x**(1/2)", ends=(S.NaN, oo), error=0.5, cost=3.0),
    Function("exp", head=sympy.exp, monotone=True, ends=(0, oo), steep=True),
    Function("expm1", "exp(x) - 1", ends=(-1, oo), steep=True),
    Function("log", head=sympy.log, monotone=True, low=0, ends=(S.NaN, oo)),
    Function("ln", "log(x)"),
    Function("log1p", "log(1 + x)", ends=(S.NaN, oo)),
    Function("sin", head=sympy.sin, parity="odd", cost=20.0),
    Function("cos", head=sympy.cos, parity="even", cost=20.0),
    Function("tan", head=sympy.tan, parity="odd", poles=sympy.cos, cost=20.0),
    Function("sinh", head=sympy.sinh, parity="odd", monotone=True, ends=(-oo, oo), steep=True),
    Function("cosh", head=sympy.cosh, parity="even", ends=(oo, oo), steep=True),
    Function("tanh", head=sympy.tanh, parity="odd", monotone=True, ends=(-1, 1), worst=1.2),
    Function("asinh", head=sympy.asinh, parity="odd", monotone=True, ends=(-oo, oo)),
    Function("acosh", head=sympy.acosh, monotone=True, low=1, closed=True, ends=(S.NaN, oo)),
    Function("atanh", head=sympy.atanh, parity="odd", monotone=True, low=-1, high=1),
    Function("asin", head=sympy.asin, parity="odd", monotone=True, low=-1, high=1, closed=True),
    Function("acos", head=sympy.acos, monotone=True, low=-1, high=1, closed=True),
    Function("atan", head=sympy.atan, parity="odd", monotone=True, ends=(-pi / 2, pi / 2)),
    *(Function(f"arc{name}", f"a{name}(x)") for name in ("sinh", "cosh", "tanh", "sin", "cos", "tan")),
    Function("erf", head=sympy.erf, parity="odd", monotone=True, ends=(-1, 1), worst=2.6, cost=40.0,
             spelled={**_LACKED, "jnp": "jax.scipy.special.erf", "ops": "erf"}),
    Function("erfc", head=sympy.erfc, monotone=True, ends=(2, 0), error=1.6, worst=3.1, cost=40.0, spelled=_LACKED),
    Function("sigmoid", "1/(1 + exp(-x))", ends=(0, 1), error=1.0, worst=1.8, cost=9.0),
    Function("softplus", "log(1 + exp(x))", ends=(0, oo), worst=1.5, cost=12.0),
    Function("relu", "max(0, x)"),
    Function("softsign", "x/(1 + abs(x))"),
    Function("gelu", "x/2*(1 + erf(x/sqrt(2)))"),
    Function("heaviside"),
    *(Function(name) for name in ("floor", "ceil", "round", "trunc")),
    *(Function(name, takes=(3, 3)) for name in ("clip", "clamp", "where")),
    *(Function(name, takes=(2, 2)) for name in ("maximum", "minimum", "logaddexp")),
    Function("cbrt", "sign(x)*abs(x)**(1/3)"),
    Function("ndtr", "(1 + erf(x/sqrt(2)))/2"),
    Function("logit", "log(x) - log(1 - x)"),
    Function("logsigmoid", "-log(1 + exp(-x))"),
    Function("logcosh", "log(cosh(x))"),
    Function("sinc", "sin(pi*x)/(pi*x) if x != 0 else 1"),
    Function("Piecewise", takes=(1, None)),
)  # fmt: skip
FUNCTIONS: Mapping[str, Function] = {row.name: row for row in ROWS}
HEADS: Mapping[Any, Function] = {row.head: row for row in ROWS if row.head is not None}
ASKING = tuple(head for head, row in HEADS.items() if any(row.asks(sympy.Dummy())))  # not defined everywhere
_SPELLINGS = {name.lower(): name for name in FUNCTIONS}


def function_of(name: str) -> str:
    """The function that is called so, capitals aside; the name itself where there is none."""
    return name if name in FUNCTIONS else _SPELLINGS.get(name.lower(), name)


# What the language has not, written in it.
_FORMULAS = {
    "silu": "x*sigmoid(x)",
    "swish": "x*sigmoid(x)",
    "mish": "x*tanh(softplus(x))",
    "elu": "x if x >= 0 else exp(x) - 1",
    "leaky_relu": "max(x, x/100)",
    "relu6": "min(relu(x), 6)",
    "hardtanh": "max(-1, min(1, x))",
    "fmax": "max(u, v)",
    "fmin": "min(u, v)",
    **dict.fromkeys(("fabs", "absolute"), "abs(x)"),
    **dict.fromkeys(("sgn", "signum"), "sign(x)"),
    **dict.fromkeys(("logistic", "expit"), "sigmoid(x)"),
    **dict.fromkeys(("log_sigmoid", "log_expit"), "logsigmoid(x)"),
    **dict.fromkeys(("normcdf", "norm_cdf", "cdf", "Phi"), "ndtr(x)"),
    **dict.fromkeys(("normpdf", "norm_pdf", "pdf"), "exp(-x**2/2)/sqrt(2*pi)"),
    "phi": "exp(-x**2/2)/sqrt(2*pi)",
    "erfcx": "exp(x**2)*erfc(x)",
    "rsqrt": "1/sqrt(x)",
    "hypot": "sqrt(u**2 + v**2)",
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
    "step": "heaviside(x)",
    "inf": "a finite number",
}


def formula_of(name: str) -> str | None:
    """How a function that the language has not is written in it."""
    return None if name in FUNCTIONS else _FORMULAS.get(name) or _FORMULAS.get(name.lower())

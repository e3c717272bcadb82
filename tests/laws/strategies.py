"""Random expressions of the language, as texts that are real on the whole line, and a second reading of such texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mpmath
from hypothesis import strategies as st

_NUMBERS = ("0", "1", "2", "3", "0.5", "0.25", "1.5", "(1/3)", "(2/7)", "0.044715", "1e-2", "pi", "e")
_POSITIVE = ("1", "2", "0.5", "(1/3)", "1.702", "pi")
_SMOOTH = (
    "tanh({0})", "sigmoid({0})", "softplus({0})", "sin({0})", "cos({0})", "atan({0})", "asinh({0})", "erf({0})",
    "erfc({0})", "gelu({0})", "exp(-({0})**2)", "sqrt(1 + ({0})**2)", "log(1 + ({0})**2)", "log1p(({0})**2)",
    "1/(1 + ({0})**2)", "1/cosh({0})", "acosh(2 + ({0})**2)", "atanh(tanh({0})/2)", "asin(tanh({0})/2)",
    "acos(sin({0})/3)", "expm1(-({0})**2)", "-({0})", "({0})^2", "({0})**3", "tan(sin({0}))",
    "{0} + {1}", "{0} - ({1})", "({0})*({1})", "({0})/(2 + cos({1}))", "({0})*sigmoid({1})", "({0})/{positive}",
)  # fmt: skip
_GROWING = ("exp({0})", "sinh({0})", "cosh({0})", "expm1({0})", "2**({0})")
_KINKED = (
    "abs({0})", "relu({0})", "max({0}, {1})", "min({0}, {1})", "max(0, {0}, {1})", "softsign({0})", "sqrt(({0})^2)",
    "({0} if {0} >= 0 else {positive}*({0}))", "Piecewise((0, x < 0), (x*({0}), True))",
    "({0} if x >= {number} else {0} + x - {number})",
)  # fmt: skip
_JUMPING = ("sign(x - {number})", "heaviside(x + {number})", "({0} if x > {number} else {1})",
            "Piecewise(({0}, x < {number} and not x <= -1), ({1}, x != 0 or x > 3), (x, True))")  # fmt: skip


@st.composite
def expressions(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    depth: int = 3,
    *,
    kinks: bool = True,
    jumps: bool = False,
    growing: bool = False,
) -> str:
    """A text in x of at most `depth` nested operations, real and finite for every real x.

    Without `kinks` and `jumps` it is analytic on the line; with `jumps` it may be discontinuous, at rational points
    and multiples of pi and e; with `growing` it may grow like exp, and like exp of exp. Where it jumps and where it
    branches is decided by x alone or by the sign of a continuous value, so that rounding does not choose a branch.
    """
    forms = _SMOOTH + _GROWING * growing + _KINKED * 3 * kinks + _JUMPING * 3 * jumps

    def value(level: int) -> str:
        if level == 0 or draw(st.integers(0, 5)) == 0:
            return "x" if draw(st.integers(0, 2)) else draw(st.sampled_from(_NUMBERS))
        form = draw(st.sampled_from(forms))
        parts = [f"({value(level - 1)})" if f"{{{slot}}}" in form else "" for slot in range(2)]
        number, positive = draw(st.sampled_from(_NUMBERS)), draw(st.sampled_from(_POSITIVE))
        return "(" + form.format(*parts, number=number, positive=positive) + ")"

    return value(depth)


def _piecewise(*pairs: tuple[Any, bool]) -> Any:
    return next(value for value, condition in pairs if condition)


def _heaviside(u: Any) -> Any:
    return (1 + mpmath.sign(u)) / 2


_NAMES: dict[str, Any] = {
    **{name: getattr(mpmath, name) for name in "sign sqrt exp log sin cos tan sinh cosh tanh erf erfc pi e".split()},
    **{name: getattr(mpmath, name) for name in "asinh acosh atanh asin acos atan expm1 log1p".split()},
    **{f"arc{name}": getattr(mpmath, f"a{name}") for name in "sin cos tan sinh cosh tanh".split()},
    "abs": abs,
    "min": min,
    "max": max,
    "ln": mpmath.log,
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "softplus": lambda u: mpmath.log1p(mpmath.exp(u)),
    "relu": lambda u: max(mpmath.mpf(0), u),
    "softsign": lambda u: u / (1 + abs(u)),
    "gelu": lambda u: u * mpmath.ncdf(u),
    "heaviside": _heaviside,
    "Piecewise": _piecewise,
    "mpf": mpmath.mpf,
}


def reading(text: str) -> Callable[[Any], Any]:
    """Another reading of a text: Python's own arithmetic on mpmath's numbers, at the precision of the call."""
    spelled = re.sub(r"(?<![A-Za-z_])(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)", r'mpf("\1")', text.replace("^", "**"))
    code = compile(spelled, "<expression>", "eval")
    return lambda x: mpmath.mpf(eval(code, {"__builtins__": {}}, _NAMES | {"x": mpmath.mpf(x)}))

"""Formulas drawn at random, as texts of the language: of several kinds, and some that are real on the whole line."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

SMOOTH = "tanh sigmoid softplus exp erf gelu atan asinh sin cos expm1".split()
ALL = SMOOTH + "sinh cosh tan log log1p sqrt acosh asin acos atanh erfc".split()
RATIONALS = ("1", "2", "3", "1/2", "1/3", "3/2", "0.1", "0.044715", "1.702", "5", "-1", "-2", "pi", "sqrt(2)")


def number(rng: Random) -> str:
    return rng.choice(RATIONALS)


def smooth(rng: Random, depth: int) -> str:
    """A text that is analytic on the whole line."""
    if depth <= 0:
        return rng.choice(("x", "x", "x", f"({number(rng)})*x", f"(x + {number(rng)})", number(rng)))
    kind = rng.randrange(14)
    inner = smooth(rng, depth - 1)
    if kind < 5:
        return f"{rng.choice(SMOOTH)}({inner})"
    other = smooth(rng, rng.randrange(depth))
    if kind < 8:
        return f"({inner} {rng.choice('+-')} {other})"
    if kind < 11:
        return f"{inner}*{other}"
    if kind == 11:
        return f"({inner})**{rng.choice((2, 3))}"
    if kind == 12:
        return f"{inner}/({rng.choice(('1', '2', '1/3'))} + ({other})**2)"
    return rng.choice(
        (f"sqrt(1 + ({inner})**2)", f"log(1 + ({inner})**2)", f"exp(-({inner})**2)", f"{inner}/(1 + exp({other}))")
    )


def pieced(rng: Random, depth: int) -> str:
    """A text with kinks, jumps and cases, defined on the whole line."""
    if depth <= 0:
        return smooth(rng, rng.randrange(2))
    kind = rng.randrange(13)
    inner = pieced(rng, depth - 1)
    other = pieced(rng, rng.randrange(depth))
    if kind == 0:
        return f"abs({inner})"
    if kind == 1:
        return f"{rng.choice(('max', 'min'))}({inner}, {other})"
    if kind == 2:
        return f"{rng.choice(('max', 'min'))}({inner}, {number(rng)}, {other})"
    if kind == 3:
        return f"relu({inner})"
    if kind == 4:
        return f"sign({inner})*{other}"
    if kind == 5:
        return f"heaviside({inner})*{other}"
    if kind == 6:
        return f"softsign({inner})"
    if kind == 7:
        return f"sqrt(({inner})**2)"
    if kind in (8, 9):
        return f"({inner} if {condition(rng)} else {other})"
    if kind == 10:
        return f"Piecewise(({inner}, {condition(rng)}), ({other}, {condition(rng)}), ({number(rng)}, True))"
    if kind == 11:
        return f"({inner} {rng.choice('+-*')} {other})"
    return f"{rng.choice(SMOOTH)}({inner})"


def condition(rng: Random) -> str:
    def one() -> str:
        side = smooth(rng, rng.randrange(2))
        relation = rng.choice(("<", "<=", ">", ">=", "<", ">=", "==", "!="))
        return f"{side} {relation} {rng.choice(('0', '0', '1/3', '0.1', '2', '-1/2'))}"

    kind = rng.randrange(6)
    if kind == 0:
        return f"{one()} and {one()}"
    if kind == 1:
        return f"({one()} or {one()})"
    if kind == 2:
        return f"not {one()}"
    return one()


def wild(rng: Random, depth: int) -> str:
    """Any text: it may have gaps and poles, or be nowhere defined."""
    if depth <= 0:
        return rng.choice(("x", "x", "x", number(rng)))
    kind = rng.randrange(12)
    inner = wild(rng, depth - 1)
    other = wild(rng, rng.randrange(depth))
    if kind < 4:
        return f"{rng.choice(ALL)}({inner})"
    if kind < 6:
        return f"({inner} {rng.choice('+-')} {other})"
    if kind < 8:
        return f"({inner})*({other})"
    if kind == 8:
        return f"({inner})/({other})"
    if kind == 9:
        return f"({inner})**({rng.choice(('2', '3', '-1', '-2', '1/2', '1/3', '3/2', '-1/2'))})"
    if kind == 10:
        return pieced(rng, depth)
    return smooth(rng, depth)


_BASES = (
    "x", "relu(x)", "tanh(x)", "sigmoid(x)", "softplus(x)", "gelu(x)", "x*sigmoid(x)", "softsign(x)", "abs(x)",
    "exp(-x**2)", "erf(x)", "atan(x)", "log(1 + x**2)", "sqrt(1 + x**2) - 1", "x*tanh(softplus(x))", "sin(x)",
    "x/(1 + x**2)", "asinh(x)", "min(max(x, -1), 1)", "x*min(max(x + 3, 0), 6)/6", "x if x > 0 else exp(x) - 1",
    "x if x > 0 else x/(1 - x)", "x**2", "sign(x)*log(1 + abs(x))", "x*exp(-abs(x))", "max(x, 0)**2",
)  # fmt: skip
_SCALES = ("1", "1", "-1", "2", "1/2", "0.3", "-3", "1.702", "5", "20")
_SHIFTS = ("", "", "", " + 1", " - 1/2", " + 0.3", " - 2")


def designed(rng: Random) -> str:
    """A text as designers of activations write it: known shapes, scaled, shifted, mirrored, gated, joined and mixed."""
    inner = f"({rng.choice(_SCALES)}*x{rng.choice(_SHIFTS)})"
    base = re.sub(r"\bx\b", inner, rng.choice(_BASES))
    kind = rng.randrange(9)
    if kind == 0:
        return base
    other = designed(rng) if rng.randrange(3) == 0 else rng.choice(_BASES)
    if kind == 1:
        return f"x*({rng.choice(('sigmoid', 'tanh', 'erf', 'atan'))}({base}))"
    if kind == 2:
        return f"{rng.choice(_SCALES)}*({base}) {rng.choice('+-')} {rng.choice(_SCALES).lstrip('-')}*({other})"
    if kind == 3:
        return f"({base})*({other})"
    if kind == 4:
        return f"(({base}) if x {rng.choice(('>', '>='))} {rng.choice(('0', '0', '1/2', '-1'))} else ({other}))"
    if kind == 5:
        return f"{rng.choice(('max', 'min'))}({base}, {other})"
    if kind == 6:
        return f"{rng.choice(('tanh', 'softplus', 'atan', 'sigmoid', 'relu', 'abs'))}({base})"
    if kind == 7:
        return f"({base})/({rng.choice(('1 + exp(x)', '1 + abs(x)', 'sqrt(1 + x**2)', '1 + exp(-2*x)'))})"
    return f"({base})*sigmoid({rng.choice(_SCALES)}*x{rng.choice(_SHIFTS)})"


KINDS: dict[str, Callable[[Random, int], str]] = {
    "smooth": smooth,
    "pieced": pieced,
    "wild": wild,
    "designed": lambda rng, depth: designed(rng),
}


def texts(kind: str, depth: int) -> st.SearchStrategy[str]:
    """Texts of one kind, of this depth or less."""
    return st.builds(KINDS[kind], st.randoms(use_true_random=False), st.integers(1, depth))


# --- real on the whole line ------------------------------------------------------------------------------------------

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

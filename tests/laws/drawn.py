"""Random texts of the expression language, and their values by mpmath, which knows nothing of propcheck."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from random import Random

import mpmath
from hypothesis import strategies as st
from mpmath import mp, mpf

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


# --- values ----------------------------------------------------------------------------------------------------------

_LARGE = 10**30
_TINY = mp.ldexp(1, -(10**7))


class _Beyond(Exception):
    """A value too large to be worth its digits."""


def _guarded(function: Callable) -> Callable:
    def call(u):  # noqa: ANN001, ANN202
        if abs(u) > _LARGE:
            raise _Beyond
        return _real(function(_real(u)))

    return call


def _real(u):  # noqa: ANN001, ANN202
    if isinstance(u, mpmath.mpc):
        raise ValueError("not real")
    if not mp.isfinite(u):
        raise ValueError("not finite")
    return u


def _softplus(u):  # noqa: ANN001, ANN202
    return u + mp.log1p(_exp(-u)) if u > 0 else mp.log1p(_exp(u))


def _exp(u):  # noqa: ANN001, ANN202
    return _guarded(mp.exp)(u)


def _sigmoid(u):  # noqa: ANN001, ANN202
    return 1 / (1 + _exp(-u)) if u > 0 else (e := _exp(u)) / (1 + e)


def _log(u):  # noqa: ANN001, ANN202
    if not u > 0:
        raise ValueError("log")
    return mp.log(u)


def _rounded(u):  # noqa: ANN001, ANN202
    """What decides a case: 0 or well away from it."""
    if 0 < abs(_real(u)) < mpf(10) ** (10 - mp.dps):
        raise _Beyond
    return u


def _asymptotic_tanh(u):  # noqa: ANN001, ANN202
    return mpf(1 if u > 0 else -1) if abs(u) > 10**6 else mp.tanh(u)


_NAMES = {
    **{
        name: _guarded(getattr(mp, name))
        for name in "sin cos tan sinh cosh asin acos atan asinh acosh atanh exp expm1".split()
    },
    "tanh": _asymptotic_tanh,
    "erf": lambda u: mpf(1 if u > 0 else -1) if abs(u) > 10**4 else mp.erf(u),
    "erfc": lambda u: (_TINY if u > 0 else mpf(2)) if abs(u) > 10**4 else mp.erfc(u),
    "log": _log,
    "log1p": lambda u: _log(1 + u),
    "sqrt": mp.sqrt,
    "abs": abs,
    "sign": lambda u: mpf((_rounded(u) > 0) - (_rounded(u) < 0)),
    "max": lambda *u: max(map(_real, u)),
    "min": lambda *u: min(map(_real, u)),
    "relu": lambda u: max(_real(u), mpf(0)),
    "softsign": lambda u: u / (1 + abs(u)),
    "softplus": _softplus,
    "sigmoid": _sigmoid,
    "gelu": lambda u: u * mp.erfc(-u / mp.sqrt(2)) / 2 if abs(u) < 10**4 else max(u, -_TINY),
    "heaviside": lambda u: mpf((_rounded(u) > 0) + (_rounded(u) >= 0)) / 2,
    "rounded": _rounded,
    "N": mpf,
}


def reference(text: str) -> Callable[[mpf], mpf | None]:
    """The function that `text` spells: its value, or None where it is not a finite real number or too large to tell."""
    source = re.sub(r"(?<![\w.])(\d+\.?\d*(?:[eE][+-]?\d+)?)", r"N('\1')", text)
    code = compile(_pythonic(source), "<text>", "eval")

    def value(x):  # noqa: ANN001, ANN202
        names = {**_NAMES, "pi": +mp.pi, "e": +mp.e, "x": x}
        try:
            return _real(eval(code, {"__builtins__": {}}, names))  # noqa: S307 - a text made above
        except (ValueError, ZeroDivisionError, TypeError, _Beyond, OverflowError, mpmath.libmp.libhyper.NoConvergence):
            return None

    return value


def _pythonic(text: str) -> str:
    """Piecewise((a, c), (b, True)) as a if c else b."""

    class Turn(ast.NodeTransformer):
        def visit_Compare(self, node):  # noqa: ANN001, ANN202, N802
            self.generic_visit(node)
            difference = ast.BinOp(left=node.left, op=ast.Sub(), right=node.comparators[0])
            rounded = ast.Call(func=ast.Name("rounded"), args=[difference], keywords=[])
            return ast.Compare(left=rounded, ops=node.ops, comparators=[ast.Constant(0)])

        def visit_Call(self, node):  # noqa: ANN001, ANN202, N802
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id == "Piecewise":
                out = node.args[-1].elts[0]
                for pair in reversed(node.args[:-1]):
                    out = ast.IfExp(test=pair.elts[1], body=pair.elts[0], orelse=out)
                return out
            return node

    return ast.unparse(ast.fix_missing_locations(Turn().visit(ast.parse(text, mode="eval"))))

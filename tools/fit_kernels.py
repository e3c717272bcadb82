"""The polynomials of the kernels: `python tools/fit_kernels.py` prints the module `coefficients`.

Each is a weighted least-squares fit at Chebyshev points, at 80 digits, which comes within a small factor of the minimax
polynomial; the weight is the size of the polynomial's share in the kernel's value, so that the relative error is even.
The coefficients are rounded one by one, the constant one first, and what is left is fitted again each time.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import mpmath as mp

DIGITS = 80
PRECISIONS = {"float32": 24, "float64": 53}
SHIFTS = {"mills": 4, "erfcx": 2}  # k in the variable t = (x - k)/(x + k) of the two tails
Function = Callable[[mp.mpf], mp.mpf]


@dataclass(frozen=True)
class Target:
    """A function on an interval, the weight of its error, and the degrees of its polynomials."""

    function: Function
    weight: Function
    low: float
    high: float
    degrees: tuple[int, int]  # for float32, for float64


def after(function: Function, power: int, *terms: float | mp.mpf) -> Function:
    """(function - terms[0] - terms[1] x - ...) / x**power."""
    return lambda x: (function(x) - mp.polyval(terms[::-1], x)) / x**power


def share(function: Function, power: int) -> Function:
    """The weight of a factor of x**power in the function's value."""
    return lambda x: abs(x**power / function(x))


def in_squares(function: Function) -> Function:
    """The function of w = x**2."""
    return lambda w: function(mp.sqrt(w))


def shifted(function: Function, shift: int) -> Function:
    """function(x) (x + shift), as a function of t = (x - shift)/(x + shift)."""
    return lambda t: function(shift * (1 + t) / (1 - t)) * 2 * shift / (1 - t)


def mills(x: mp.mpf) -> mp.mpf:
    """The normal law's tail beyond x, over exp(-x**2/2)."""
    return mp.erfc(x / mp.sqrt(2)) / 2 * mp.exp(x * x / 2)


def erfcx(x: mp.mpf) -> mp.mpf:
    return mp.erfc(x) * mp.exp(x * x)


def middle(function: Function, degrees: tuple[int, int]) -> Target:
    """A function on [0, 1], around 1/2."""
    return Target(lambda t: function(t + 0.5), lambda t: 1 / function(t + 0.5), -0.5, 0.5, degrees)


def tail(function: Function, shift: int, end: float, degrees: tuple[int, int]) -> Target:
    """A tail on [0, end], without its Gaussian and its 1/(x + shift)."""
    fitted = shifted(function, shift)
    return Target(fitted, lambda t: 1 / fitted(t), -1, (end - shift) / (end + shift), degrees)


EDGE = 0.3466  # just over log(2)/2

TARGETS = {
    # exp(r) = 1 + r + r^2 exp, where abs(r) <= log(2)/2
    "exp": Target(after(mp.exp, 2, 1, 1), lambda r: r**2, -EDGE, EDGE + 1e-3, (4, 9)),
    # log(1 + f) = f + f^2 log, where sqrt(1/2) <= 1 + f <= sqrt(2)
    "log": Target(after(mp.log1p, 2, 0, 1), share(mp.log1p, 2), -0.2929, 0.4143, (9, 19)),
    # the same for 0 <= f <= 1 and for -1/2 <= f <= 0
    "log_right": Target(after(mp.log1p, 2, 0, 1), share(mp.log1p, 2), 0, 1, (9, 19)),
    "log_left": Target(after(mp.log1p, 2, 0, 1), share(mp.log1p, 2), -0.5, 0, (9, 19)),
    # cosh(r) = 1 + r^2 cosh, sinh(r) = r + r^3 sinh, in w = r^2
    "cosh": Target(after(in_squares(mp.cosh), 1, 1), lambda w: w, 0, EDGE**2, (2, 5)),
    "sinh": Target(after(in_squares(lambda r: mp.sinh(r) / r), 1, 1), lambda w: w, 0, EDGE**2, (2, 5)),
    # atan(z) = z + z^3 atan, in w = z^2 <= 1
    "atan": Target(after(in_squares(lambda z: mp.atan(z) / z), 1, 1), lambda w: w, 0, 1, (9, 19)),
    # acot(x) - x/(1 + x^2): acot_near in x - 1/2, for 0 <= x <= 1; else z^3 acot_far in z - 1/2, for z = 1/x
    "acot_far": middle(lambda z: (mp.atan(z) - z / (1 + z * z)) / z**3, (11, 25)),
    "acot_near": middle(lambda x: mp.pi / 2 - mp.atan(x) - x / (1 + x * x), (11, 24)),
    # erf(x) = x + x erf, in w = x^2 <= 1
    "erf": Target(in_squares(lambda x: mp.erf(x) / x - 1), lambda w: mp.mpf(1), 0, 1, (6, 12)),
    # exp(x^2) erfc(x) = erfcx/(x + 2), in t = (x - 2)/(x + 2)
    "erfcx": tail(erfcx, SHIFTS["erfcx"], 28, (11, 24)),
    # exp(x^2/2) (1 - Phi(x)) = mills/(x + 4), in t = (x - 4)/(x + 4)
    "mills": tail(mills, SHIFTS["mills"], 39, (11, 23)),
}


CONSTANTS = {  # in two words, and how many bits of the first are left free
    "ln2": (mp.ln2, 0),
    "ln2_short": (mp.ln2, 12),
    "pi": (mp.pi, 0),
}


def rounded(value: mp.mpf, bits: int) -> mp.mpf:
    with mp.workprec(bits):
        return +value


def fit(target: Target, degree: int, bits: int) -> list[float]:
    """The coefficients, the constant one first, as numbers of `bits` bits."""
    count = 2 * degree + 8
    middle, half = mp.mpf(target.low + target.high) / 2, mp.mpf(target.high - target.low) / 2
    points = [middle + half * mp.cospi(mp.mpf(2 * i + 1) / (2 * count)) for i in range(count)]
    weights = [target.weight(x) ** 2 for x in points]
    left = [target.function(x) for x in points]
    powers = [sum(w * x**j for w, x in zip(weights, points, strict=True)) for j in range(2 * degree + 1)]
    chosen: list[mp.mpf] = []
    for first in range(degree + 1):
        size = degree + 1 - first
        gram = mp.matrix(size, size)
        for row in range(size):
            for column in range(size):
                gram[row, column] = powers[2 * first + row + column]
        known = list(zip(weights, left, points, strict=True))
        moments = mp.matrix([sum(w * v * x ** (first + row) for w, v, x in known) for row in range(size)])
        chosen.append(rounded(mp.cholesky_solve(gram, moments)[0], bits))
        left = [v - chosen[-1] * x**first for v, x in zip(left, points, strict=True)]
    return [float(value) for value in chosen]


def error(target: Target, coefficients: list[float]) -> mp.mpf:
    """The largest weighted error of the polynomial at 300 points of the interval."""
    low, high = mp.mpf(target.low), mp.mpf(target.high)
    points = [low + (high - low) * mp.mpf(2 * i + 1) / 600 for i in range(300)]
    return max(abs(target.function(x) - mp.polyval(coefficients[::-1], x)) * target.weight(x) for x in points)


def fits() -> Iterator[tuple[str, str, list[float]]]:
    """(name of the type, name of the polynomial, coefficients) for each of them."""
    with mp.workdps(DIGITS):
        for index, (kind, bits) in enumerate(PRECISIONS.items()):
            for name, target in TARGETS.items():
                yield kind, name, fit(target, target.degrees[index], bits)
            for name, (value, free) in CONSTANTS.items():
                high = rounded(+value, bits - free)
                yield kind, name, [float(high), float(rounded(+value - high, bits))]


def module() -> str:
    """The source of the module `coefficients`, in filled lines."""
    lines = ['"""The coefficients of the kernels, the constant ones first, as `fit_kernels` prints them."""', ""]
    lines += [f"SHIFTS = {SHIFTS!r}".replace("'", '"'), "", "COEFFICIENTS: dict[str, dict[str, tuple[float, ...]]] = {"]
    kinds: set[str] = set()
    for kind, name, coefficients in fits():
        if kind not in kinds:
            lines += ["    },"] * bool(kinds) + [f'    "{kind}": {{']
            kinds.add(kind)
        row = f'        "{name}": ({", ".join(map(repr, coefficients))}),'
        lines.append(textwrap.fill(row, 120, subsequent_indent=" " * 12, break_on_hyphens=False))
    return "\n".join([*lines, "    },", "}  # fmt: skip", ""])


if __name__ == "__main__":
    print(module(), end="")

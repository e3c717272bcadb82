"""A program in NumPy's ufuncs: what NumPy lacks is broken down as for any library, but for three shorter ways.

What is rounded to less than it is computed in may take a short cut; the complementary error function is one polynomial
and an exponential, since the processor has no branch to choose by; and a number is split by a product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.calculus.form import constant_ball
from propcheck.numeric.dialects import spelled
from propcheck.numeric.formats import EXTENDED, FORMATS
from propcheck.numeric.lowering import COMPOSITE, Lowering, erfc_factor, pruned
from propcheck.numeric.rounding import fixed
from propcheck.numeric.steps import Program

MASKS = {"ge": np.greater_equal, "gt": np.greater, "eq": np.equal}
_VALUES: dict[str, Any] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "rint": np.rint, "min": np.minimum, "max": np.maximum,
    **{name: getattr(np, call) for name, call in spelled("np").items()},
}  # fmt: skip
UFUNCS = {**_VALUES, **MASKS}
_CONSTANT_BITS = 300
_SPLIT = {24: 1e15, 53: 1e150}  # what may be multiplied by the factor that splits a number into two halves; else 1e300
# Where erfc is 0 in the format of the result, and the k of its polynomial, by the bits that the polynomial is right to.
_ERFC = {24: (10.3, 3.0), 53: (28.0, 2.0), 64: (28.0, 2.0)}
_ERF_END, _ERF_TERMS = 0.5, 20  # up to where erf is its Taylor series in extended precision


def expanded(source: Program, work: np.dtype, short: bool) -> Program:
    """The program in ufuncs; `short`: the result is rounded to less than `work`."""
    return pruned(_Expansion(source, work, short).made)


class _Expansion(Lowering):
    """Copies a program, composite steps replaced by ufuncs."""

    def __init__(self, source: Program, work: np.dtype, short: bool):
        self.kind, self.short, self.extended = work, short, work.itemsize > 8
        self.numbers: dict[int, Any] = {}
        self.exact: dict[int, sp.Expr] = {}
        form = EXTENDED if self.extended else FORMATS[work.name]
        assert form is not None
        poor = COMPOSITE | {"erfc", "pass_nan"} | ({"erf"} if self.extended else set())
        super().__init__(source, form, poor, rewritten=False)

    def _c(self, value: Any) -> int:
        if isinstance(value, arb):
            top, exponent = (int(part) for part in value.mid().man_exp())
            value = sp.Integer(top) * sp.Integer(2) ** exponent if self.extended else float(value)
        rounded = value if isinstance(value, self.kind.type) else number(sp.sympify(value), self.kind)
        made = self.made.const(_symbol(rounded))
        self.numbers[made] = rounded
        if isinstance(value, sp.Expr):
            self.exact.setdefault(made, value)
        return made

    def _known(self, k: int) -> Any:
        return self.numbers.get(k)

    def _computed(self, op: str, known: Sequence[Any]) -> Any:
        with np.errstate(all="ignore"):
            return _VALUES[op](*known) if op in _VALUES else None

    def _sigmoid(self, u: int) -> int:
        if not self.short:
            return super()._sigmoid(u)
        # sigmoid(v) = 1/(1 + F) and sigmoid(-v) = F/(1 + F) share F = exp(-v).
        step = self.made.steps[u]
        base = step.args[0] if step.op == "neg" else u
        f = self._exponential(self._e("neg", base))
        d = self._e("div", self._c(1), self._e("add", f, self._c(1)))
        return self._e("mul", f, d) if step.op == "neg" else d

    def _erfc(self, u: int) -> int:
        """exp(-a^2) P((a - k)/(a + k))/(a + k) for a = abs u, with a^2 in two words where it matters."""
        bits = 24 if self.short else 64 if self.extended else 53
        end, shift = _ERFC[bits]
        a = self._e("min", self._e("abs", u), self._c(end))
        under = self._e("add", a, self._c(shift))
        above = self._e("sub", a, self._c(shift))
        coefficients = erfc_factor(bits, end, shift)
        if self.short:
            inverse = self._e("div", self._c(1), under)
            q = self._e("mul", self._polynomial(self._e("mul", above, inverse), coefficients), inverse)
            q = self._e("mul", q, self._gauss(u))
        else:
            scaled = self._e("div", self._polynomial(self._e("div", above, under), coefficients), under)
            q = self._e("mul", self._e("exp", self._e("neg", self._e("mul", a, a))), scaled)
            q = self._e("sub", q, self._e("mul", q, self._mul_tail(a, a)))
        return self._e("where", self._e("gt", self._c(0), u), self._e("sub", self._c(2), q), q)

    def _gauss(self, u: int) -> int:
        """exp(-u^2); of u = c x it is exp(-c^2 x^2), which the normal density has too."""
        step = self.made.steps[u]
        if step.op == "mul" and (c := self.exact.get(step.args[1])) is not None and (c**2).is_Rational:
            x = step.args[0]
            return self._e("exp", self._e("mul", self._e("mul", x, x), self._c(-(c**2))))
        return self._e("exp", self._e("neg", self._e("mul", u, u)))

    def _erf(self, u: int) -> int:
        """By its Taylor series near 0 and by erfc beyond it, where the library has none."""
        a = self._e("abs", u)
        terms = [sp.Rational((-1) ** k, sp.factorial(k) * (2 * k + 1)) for k in range(_ERF_TERMS)]
        series = self._e("mul", self._polynomial(self._e("mul", u, u), terms), u)
        series = self._e("mul", series, self._c(2 / sp.sqrt(sp.pi)))
        far = self._signed(self._e("sub", self._c(1), self._erfc(a)), u)
        return self._e("where", self._e("gt", self._c(_ERF_END), a), series, far)

    def _pass_nan(self, x: int, value: int) -> int:
        """The value alone: NaN is put in together with the limits at the infinities, for all outputs at once."""
        return value

    def _halves(self, a: int) -> tuple[int, int, int]:
        """By Veltkamp's product, of what is not too large for it."""
        if self._known(a) is None:
            most = _SPLIT.get(self.work.bits, 1e300)
            a = self._e("max", self._e("min", a, self._c(most)), self._c(-most))
        scaled = self._e("mul", a, self._c(2.0 ** ((self.work.bits + 1) // 2) + 1))
        high = self._e("sub", scaled, self._e("sub", scaled, a))
        return a, high, self._e("sub", a, high)


def number(value: sp.Expr, work: np.dtype) -> Any:
    """A constant as the nearest number of the working type."""
    if value is sp.nan:
        return work.type(np.nan)
    if isinstance(value, sp.Float):
        return work.type(float(value))
    if work.itemsize <= 8 or value.is_infinite:
        with np.errstate(over="ignore"):  # one that leaves the range is infinite, as the plan takes it
            return work.type(fixed(value))
    with ctx.workprec(_CONSTANT_BITS):
        words, rest = [], constant_ball(value).mid()
        for _ in range(3):
            words.append(float(rest))
            rest -= arb(words[-1])
    return sum(map(work.type, words[::-1]), start=work.type(0))


def _symbol(value: Any) -> sp.Expr:
    """A number of a working type as the constant of a step."""
    if not np.isfinite(value) or value.itemsize <= 8:
        return sp.nan if np.isnan(value) else sp.Float(float(value), precision=53)
    return sp.Rational(*value.as_integer_ratio())

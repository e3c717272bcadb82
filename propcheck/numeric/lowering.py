"""A program in the operations that a library computes well: what it lacks, or computes poorly, is broken down.

Every form here is right to a few units in the last place for all numbers of the working format, and stays so where a
compiler contracts a product and a sum into one operation: a number is split by its bits, not by a product.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb

from propcheck.language import X
from propcheck.numeric.assembly import Assembly
from propcheck.numeric.fitting import dyadic, polynomial
from propcheck.numeric.formats import Format
from propcheck.numeric.rounding import fixed, short_words
from propcheck.numeric.span import Span
from propcheck.numeric.steps import Choice, PassNaN, Program, program
from propcheck.verdict import InputError

COMPOSITE = frozenset((
    "sigmoid", "softplus", "softplus0", "sech2", "acot", "sinpi", "cospi", "bounded", "mul_tail", "add_tail",
))  # fmt: skip
_SMALL = 2.0**-10  # what `bounded` lets pass
_STEEP = 20.0  # beyond it exp(-2 u) adds nothing to 1
_SHIFT = 2.0  # k in t = (a - k)/(a + k)
_ENDS = {53: 28.0, 24: 11.0}  # beyond it erfc is 0
_COUNTED = {53: 29, 24: 11}  # powers of two up to where what is left of x after whole turns is right
_MIDDLE = 0.6  # up to it erfc is 1 less a polynomial, and tanh one
_DEGREE = 40  # of a polynomial, at most
_LEFT, _RIGHT = -0.7, 1.0  # between them exp(u) - 1 is a polynomial


Ends = Sequence[tuple[float, sp.Expr]]


def flattened(assemblies: Sequence[Assembly], ends: Sequence[Ends] = ()) -> Program:
    """The assemblies as the outputs of one program: a local span is chosen by comparisons, its input clipped to it.

    `ends` gives for each assembly the values (x, g(x)) at infinities that are to be put in.
    """
    made = Program()
    made.outputs = tuple(
        _laid(made, assembly, ends[place] if ends else ()) for place, assembly in enumerate(assemblies)
    )
    return made


def _laid(made: Program, assembly: Assembly, ends: Ends) -> int:
    total = made.visit(assembly.main)
    for span in assembly.local:
        value = _clipped(made, span)
        for mask in reversed([made.emit(op, *map(made.visit, sides)) for op, *sides in bounds(assembly, span)]):
            value = made.emit("where", mask, value, total)
        total = value
    for at, value in ends:
        mask = made.emit("eq", made.visit(X), made.const(sp.oo if at > 0 else -sp.oo))
        total = made.emit("where", mask, made.const(value), total)
    return total


def _clipped(made: Program, span: Span) -> int:
    """The form of a span, its input clipped to the span. (SymPy would rewrite the form on putting that in.)"""
    inside = made.visit(X)
    if math.isfinite(span.upper):
        inside = made.emit("min", inside, made.const(dyadic(span.upper)))
    if math.isfinite(span.lower):
        inside = made.emit("max", inside, made.const(dyadic(span.lower)))
    at: list[int] = []
    source = program([span.expr])
    for step in source.steps:
        at.append(inside if step.op == "x" else made.emit(step.op, *[at[a] for a in step.args], value=step.value))
    return at[source.outputs[0]]


def bounds(assembly: Assembly, span: Span) -> list[tuple[str, sp.Expr, sp.Expr]]:
    """The comparisons (op, a, b) that hold inside a span. Where it ends at a breakpoint, that keeps its own value."""
    owners = _owners(assembly.main)
    found: list[tuple[str, sp.Expr, sp.Expr]] = []
    if math.isfinite(span.lower):
        owned = owners.get(span.lower, "ge") == "ge"
        found.append(("ge" if owned else "gt", X, dyadic(span.lower)))
    if math.isfinite(span.upper):
        owned = owners.get(span.upper, "gt") == "gt"
        found.append(("ge" if owned else "gt", dyadic(span.upper), X))
    return found


def _owners(main: sp.Expr) -> dict[float, str]:
    """Whose each breakpoint is, by the comparison made there: `ge` the right piece's, `gt` the left's, `eq` its own."""
    owners: dict[float, str] = {}
    while isinstance(main, PassNaN | Choice):
        if isinstance(main, Choice):
            owners.setdefault(float(main.args[1]), main.args[0].name)
        main = main.args[-1]
    return owners


def lowered(source: Program, work: Format, poor: frozenset[str], rewritten: bool = False) -> Program:
    """The program with every operation of `poor` broken down, in arithmetic of the format `work`.

    `rewritten` tells of a compiler that takes floating-point numbers for real ones in some places: it is kept off them.
    """
    return pruned(Lowering(source, work, poor, rewritten).made)


class Lowering:
    """Copies a program step by step; operations on constants alone are done at once."""

    def __init__(self, source: Program, work: Format, poor: frozenset[str], rewritten: bool):
        self.work, self.poor, self.rewritten = work, poor, rewritten
        self.made = Program()
        self.most = float(int((work.most - 1) * math.log(2)))  # exp of it is finite
        at: list[int] = []
        for step in source.steps:
            if step.op == "const":
                at.append(self._c(step.value))
            elif step.op == "x":
                at.append(self.made.emit("x", value=step.value))
            else:
                at.append(self._e(step.op, *[at[a] for a in step.args]))
        self.made.outputs = tuple(at[k] for k in source.outputs)

    def _c(self, value: Any) -> int:
        """A constant: a number, a ball or an expression."""
        value = self.work.nearest(fixed(value) if isinstance(value, sp.Expr) else float(value))
        return self.made.const(sp.Float(value, precision=53) if math.isfinite(value) else sp.sympify(value))

    def _e(self, op: str, *args: int) -> int:
        if op in self.poor:
            rule = getattr(self, f"_{op}", None)
            if rule is None:
                raise InputError(f"{op} is no function of this library; use the backend numpy or mpmath")
            return rule(*args)
        known = [self._known(a) for a in args]
        if all(value is not None for value in known) and (value := self._computed(op, known)) is not None:
            return self._c(value)
        if op == "mul" and 1.0 in known:
            return args[known.index(None)]
        if op == "neg" and self.made.steps[args[0]].op == "neg":
            return self.made.steps[args[0]].args[0]
        if self.rewritten:
            args = tuple(self.made.emit("kept", a) if self._merges(op, a, args) else a for a in args)
        return self.made.emit(op, *args)

    def _merges(self, op: str, a: int, args: tuple[int, ...]) -> bool:
        """Would XLA's simplifier join an argument's operation with this one, as in (a + c) - c -> a?"""
        inner = self.made.steps[a]
        if op in ("add", "sub") and inner.op in ("add", "sub") or op == inner.op == "mul":
            return any(self._is_const(b) for b in args) and any(self._is_const(b) for b in inner.args)
        if op == "mul":
            return inner.op == "exp" and a != args[0] and self.made.steps[args[0]].op == "exp"
        return op == inner.op == "div" or op == "log" and inner.op == "exp"

    def _is_const(self, k: int) -> bool:
        return self.made.steps[k].op == "const"

    def _computed(self, op: str, known: Sequence[Any]) -> Any:
        """What an operation makes of constants; None where that is left to the library."""
        return _FOLDED[op](*known) if op in _FOLDED else None

    def _known(self, k: int) -> Any:
        value = self.made.steps[k].value
        return None if value is None or not self._is_const(k) or value is sp.nan else float(value)

    def _polynomial(self, t: int, coefficients: Sequence[Any]) -> int:
        total = self._c(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self._e("add", self._e("mul", total, t), self._c(coefficient))
        return total

    def _signed(self, size: int, like: int) -> int:
        """The size, with the sign of another step."""
        return self._e("where", self._e("gt", self._c(0), like), self._e("neg", size), size)

    # -- exponentials and logarithms --

    def _exponential(self, u: int) -> int:
        """exp(u), finite."""
        return self._e("exp", self._clipped(u))

    def _clipped(self, u: int) -> int:
        """What exp can take: the step itself where it was clipped before."""
        step = self.made.steps[u]
        bound = self._known(step.args[1]) if step.op == "min" else None
        return u if bound is not None and bound <= self.most else self._e("min", u, self._c(self.most))

    def _sigmoid(self, u: int) -> int:
        f = self._exponential(u)
        return self._e("div", f, self._e("add", f, self._c(1)))

    def _softplus(self, u: int) -> int:
        value = self._e("log1p", self._exponential(u))
        return value if self._clipped(u) == u else self._e("max", value, u)

    def _softplus0(self, u: int) -> int:
        inside = self._clipped(u)
        value = self._e("log1p", self._e("mul", self._e("expm1", inside), self._c(0.5)))
        return value if inside == u else self._e("max", value, self._e("sub", u, self._c(sp.log(2))))

    def _expm1(self, u: int) -> int:
        """u + u^2 P(u) near 0, elsewhere exp(u) - 1."""
        v = self._e("max", self._e("min", u, self._c(_RIGHT)), self._c(_LEFT))
        series = self._polynomial(v, _expm1_series(self.work.bits))
        inner = self._e("add", v, self._e("mul", self._e("mul", v, v), series))
        outer = self._e("sub", self._e("exp", u), self._c(1))
        return self._e("where", self._e("eq", u, v), inner, outer)

    def _log1p(self, u: int) -> int:
        """u - s (u - s^2 P(s^2)), s = u/(u + 2), near 0, elsewhere log(1 + u)."""
        v = self._e("max", self._e("min", u, self._c(1)), self._c(-0.5))
        s = self._e("div", v, self._e("add", v, self._c(2)))
        square = self._e("mul", s, s)
        rest = self._e("mul", square, self._polynomial(square, _log1p_series(self.work.bits)))
        inner = self._e("sub", v, self._e("mul", s, self._e("sub", v, rest)))
        outer = self._e("log", self._e("add", u, self._c(1)))
        return self._e("where", self._e("eq", u, v), inner, outer)

    # -- hyperbolic functions --

    def _sech2(self, u: int) -> int:
        e = self._e("exp", self._e("mul", self._e("abs", u), self._c(-2)))
        d = self._e("add", e, self._c(1))
        return self._e("div", self._e("mul", e, self._c(4)), self._e("mul", d, d))

    def _tanh(self, u: int) -> int:
        """u + u^3 P(u^2) near 0, elsewhere m/(m + 2), m = exp(2 a) - 1 and a = abs u, with its sign."""
        v = self._e("max", self._e("min", u, self._c(_MIDDLE)), self._c(-_MIDDLE))
        square = self._e("mul", v, v)
        series = self._polynomial(square, _tanh_series(self.work.bits))
        inner = self._e("add", v, self._e("mul", self._e("mul", v, square), series))
        a = self._e("min", self._e("abs", u), self._c(_STEEP))
        m = self._e("expm1", self._e("add", a, a))
        outer = self._signed(self._e("div", m, self._e("add", m, self._c(2))), u)
        return self._e("where", self._e("eq", u, v), inner, outer)

    def _sinh(self, u: int) -> int:
        a = self._e("abs", u)
        m = self._e("expm1", self._e("min", a, self._c(_STEEP)))
        inner = self._e("add", m, self._e("div", m, self._e("add", m, self._c(1))))
        return self._signed(self._risen(a, self._e("mul", inner, self._c(0.5))), u)

    def _cosh(self, u: int) -> int:
        a = self._e("abs", u)
        e = self._e("exp", self._e("min", a, self._c(_STEEP)))
        inner = self._e("add", e, self._e("div", self._c(1), e))
        return self._risen(a, self._e("mul", inner, self._c(0.5)))

    def _risen(self, a: int, inner: int) -> int:
        """Beyond `_STEEP` exp(a)/2, as exp(a - 1) (e/2): it may be finite where exp(a) is not."""
        outer = self._e("mul", self._e("exp", self._e("sub", a, self._c(1))), self._c(math.e / 2))
        return self._e("where", self._e("gt", a, self._c(_STEEP)), outer, inner)

    def _atanh(self, u: int) -> int:
        """log1p(2 a/(1 - a))/2, a = abs u."""
        a = self._e("abs", u)
        ratio = self._e("div", self._e("add", a, a), self._e("sub", self._c(1), a))
        return self._signed(self._e("mul", self._e("log1p", ratio), self._c(0.5)), u)

    # -- others --

    def _acot(self, u: int) -> int:
        """atan(1/a) for u >= 0, else pi - atan(1/a), a = abs u."""
        arc = self._e("atan", self._e("div", self._c(1), self._e("abs", u)))
        return self._e("where", self._e("gt", self._c(0), u), self._e("sub", self._c(sp.pi), arc), arc)

    def _sin(self, u: int) -> int:
        return self._wave(u, 0)

    def _cos(self, u: int) -> int:
        return self._wave(u, 1)

    def _tan(self, u: int) -> int:
        return self._e("div", self._wave(u, 0), self._wave(u, 1))

    def _wave(self, u: int, ahead: int) -> int:
        """The sine of u and so many quarters of a turn, from what is left of u; the library's own where u is huge."""
        count, high, low = self._quarters(u)
        square = self._e("mul", high, high)
        series = [self._polynomial(square, found) for found in _wave_series(self.work.bits)]
        flat = self._e("sub", self._c(1), self._e("mul", square, self._c(0.5)))
        cube = self._e("mul", self._e("mul", square, high), series[0])
        sine = self._e("add", high, self._e("add", cube, self._e("mul", low, flat)))
        rest = self._e("sub", self._e("mul", self._e("mul", square, square), series[1]), self._e("mul", high, low))
        cosine = self._e("add", flat, rest)
        quarter = self._e("add", count, self._c(ahead)) if ahead else count
        halves = self._e("rint", self._e("mul", quarter, self._c(0.25)))
        place = self._e("sub", quarter, self._e("mul", halves, self._c(4)))  # from -2 to 2
        size = self._e("abs", place)
        value = self._e("where", self._e("eq", size, self._c(1)), cosine, sine)
        turned = self._e("eq", size, self._c(2))
        value = self._e("where", turned, self._e("neg", value), value)
        back = self._e("eq", place, self._c(-1))
        value = self._e("where", back, self._e("neg", value), value)
        own = self.made.emit("cos" if ahead else "sin", u)
        reach = self._c(2.0 ** _COUNTED[self.work.bits])
        return self._e("where", self._e("gt", self._e("abs", u), reach), own, value)

    def _quarters(self, u: int) -> tuple[int, int, int]:
        """How many quarters of a turn u is, and what is left of it in two words; multiples of the words are exact."""
        count = self._e("rint", self._e("mul", u, self._c(2 / sp.pi)))
        total, tail = u, None
        for word in short_words(sp.pi / 2, self.work):
            part = self._e("neg", self._e("mul", count, self._c(word)))
            lost = self._add_tail(total, part)
            total = self._e("add", total, part)
            tail = lost if tail is None else self._e("add", tail, lost)
        assert tail is not None
        high = self._e("add", total, tail)
        return count, high, self._e("sub", tail, self._e("sub", high, total))

    def _sinpi(self, u: int) -> int:
        """The sine of pi min(a, 1 - a), a = abs t, where t is u less the even number next to it: nothing is rounded."""
        t = self._turned(u)
        a = self._e("abs", t)
        folded = self._e("min", a, self._e("sub", self._c(1), a))
        return self._signed(self._e("sin", self._e("mul", folded, self._c(sp.pi))), t)

    def _cospi(self, u: int) -> int:
        """The sine of pi (1/2 - abs t)."""
        a = self._e("abs", self._turned(u))
        return self._e("sin", self._e("mul", self._e("sub", self._c(0.5), a), self._c(sp.pi)))

    def _turned(self, u: int) -> int:
        """u less the even number next to it, exactly."""
        near = self._e("rint", self._e("mul", u, self._c(0.5)))
        return self._e("sub", u, self._e("add", near, near))

    def _erf(self, u: int) -> int:
        """a + a R(a^2) up to 1 and 1 - erfc(a) beyond, a = abs u."""
        a = self._e("abs", u)
        v = self._e("min", a, self._c(1))
        series = self._polynomial(self._e("mul", v, v), _erf_series(self.work.bits))
        inner = self._e("add", v, self._e("mul", v, series))
        outer = self._e("sub", self._c(1), self._erfc_beyond(a))
        return self._signed(self._e("where", self._e("gt", a, self._c(1)), outer, inner), u)

    def _erfc(self, u: int) -> int:
        """1 - erf(u) near 0, elsewhere the falling side, or 2 less it."""
        a = self._e("abs", u)
        v = self._e("max", self._e("min", u, self._c(_MIDDLE)), self._c(-_MIDDLE))
        series = self._polynomial(self._e("mul", v, v), _erf_series(self.work.bits))
        inner = self._e("sub", self._e("sub", self._c(1), v), self._e("mul", v, series))
        falling = self._erfc_beyond(a)
        outer = self._e("where", self._e("gt", self._c(0), u), self._e("sub", self._c(2), falling), falling)
        return self._e("where", self._e("eq", u, v), inner, outer)

    def _erfc_beyond(self, a: int) -> int:
        """exp(-h^2) exp(z) P(t)/(a + k), z = (h - a)(h + a), t = (a - k)/(a + k), for a >= 0; h is the head of a."""
        a = self._e("min", a, self._c(_ENDS[self.work.bits]))
        head = self._e("head", a)
        z = self._e("mul", self._e("sub", head, a), self._e("add", head, a))
        growth = self._e("mul", z, self._polynomial(z, (1.0, 1 / 2, 1 / 6, 1 / 24, 1 / 120)))  # exp(z) - 1
        under = self._e("add", a, self._c(_SHIFT))
        t = self._e("div", self._e("sub", a, self._c(_SHIFT)), under)
        factor = self._e("div", self._polynomial(t, erfc_factor(self.work.bits, _ENDS[self.work.bits], _SHIFT)), under)
        factor = self._e("add", factor, self._e("mul", factor, growth))
        return self._e("mul", self._e("exp", self._e("neg", self._e("mul", head, head))), factor)

    # -- what an operation was rounded by --

    def _bounded(self, u: int) -> int:
        small = self._e("gt", self._c(_SMALL), self._e("abs", u))
        return self._e("where", small, u, self._c(0))

    def _mul_tail(self, a: int, b: int) -> int:
        """a b less its rounded value, by Dekker's product."""
        (a, ah, al), (b, bh, bl) = self._halves(a), self._halves(b)
        total = self._e("sub", self._e("mul", ah, bh), self._e("mul", a, b))
        total = self._e("add", total, self._e("mul", ah, bl))
        total = self._e("add", total, self._e("mul", al, bh))
        return self._e("add", total, self._e("mul", al, bl))

    def _halves(self, a: int) -> tuple[int, int, int]:
        """A number, the leading half of its bits, and the rest."""
        known = self._known(a)
        head = self._e("head", a) if known is None else self._c(_head(known, self.work))
        return a, head, self._e("sub", a, head)

    def _add_tail(self, a: int, b: int) -> int:
        """a + b less its rounded value, by Knuth's sum."""
        total = self._e("add", a, b)
        part = self._e("sub", total, a)
        first = self._e("sub", a, self._e("sub", total, part))
        return self._e("add", first, self._e("sub", b, part))


# Exact, or rounded once: the double's value rounded to single precision is that of single precision.
_FOLDED: dict[str, Any] = {
    "neg": operator.neg, "abs": math.fabs, "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip


def _head(value: float, work: Format) -> float:
    """The leading half of the bits of a number."""
    mantissa, exponent = math.frexp(value)
    return math.ldexp(math.trunc(math.ldexp(mantissa, work.bits // 2)), exponent - work.bits // 2)


def pruned(source: Program) -> Program:
    """The program without steps that no output needs."""
    needed = set(source.outputs)
    for k in reversed(range(len(source.steps))):
        if k in needed:
            needed.update(source.steps[k].args)
    made = Program()
    at: dict[int, int] = {}
    for k, step in enumerate(source.steps):
        if k in needed:
            at[k] = made.emit(step.op, *[at[a] for a in step.args], value=step.value)
    made.outputs = tuple(at[k] for k in source.outputs)
    return made


# --- polynomials -----------------------------------------------------------------------------------------------------


def _fitted(function: Callable[[arb], arb], low: float, high: float | arb, bits: int) -> tuple[arb, ...]:
    found = polynomial(function, arb(low), arb(high), bits, most=_DEGREE)
    assert found is not None, "the function is smooth on the interval"
    return tuple(found)


@lru_cache(maxsize=2)
def _expm1_series(bits: int) -> tuple[arb, ...]:
    """(exp(u) - 1 - u)/u^2."""
    return _fitted(lambda u: (u.expm1() - u) / u**2, _LEFT, _RIGHT, bits)


@lru_cache(maxsize=2)
def _log1p_series(bits: int) -> tuple[arb, ...]:
    """(2 atanh(s) - 2 s)/s^3 in z = s^2, up to 1/9."""
    return _fitted(lambda z: 2 * (z.sqrt().atanh() - z.sqrt()) / z.sqrt() ** 3, 2.0**-60, 1 / 9, bits)


@lru_cache(maxsize=2)
def _tanh_series(bits: int) -> tuple[arb, ...]:
    """(tanh(u) - u)/u^3 in s = u^2, up to 0.6."""
    return _fitted(lambda s: (s.sqrt().tanh() - s.sqrt()) / s.sqrt() ** 3, 2.0**-60, _MIDDLE**2, bits)


@lru_cache(maxsize=2)
def _wave_series(bits: int) -> tuple[tuple[arb, ...], tuple[arb, ...]]:
    """(sin(r) - r)/r^3 and (cos(r) - 1 + r^2/2)/r^4 in s = r^2, up to an eighth of a turn."""
    ends = 2.0**-60, 0.8**2, bits
    return (
        _fitted(lambda s: (s.sqrt().sin() - s.sqrt()) / s.sqrt() ** 3, *ends),
        _fitted(lambda s: (s.sqrt().cos() - 1 + s / 2) / s**2, *ends),
    )


@lru_cache(maxsize=2)
def _erf_series(bits: int) -> tuple[arb, ...]:
    """erf(a)/a - 1 in s = a^2, up to 1."""
    return _fitted(lambda s: s.sqrt().erf() / s.sqrt() - 1, 2.0**-100, 1, bits)


@lru_cache(maxsize=8)
def erfc_factor(bits: int, end: float, shift: float) -> tuple[arb, ...]:
    """exp(a^2) erfc(a) (a + k) in t = (a - k)/(a + k), k = `shift`, up to where erfc is 0."""

    def factor(t: arb) -> arb:
        a = shift * (1 + t) / (1 - t)
        return a.erfc() * (a * a).exp() * (a + shift)

    return _fitted(factor, -1, (arb(end) - shift) / (arb(end) + shift), bits)

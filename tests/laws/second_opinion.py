"""An independent opinion on an activation function, numerically, from its text.

Nothing here uses propcheck. The text is walked by Python's own parser and evaluated as a Taylor jet in mpmath at 50
digits. Breakpoints are the sign changes of what the text compares; extremes come from a grid, refined by bisection of
the next derivative; one-sided derivatives are differences at many digits; integrals are adaptive Gauss-Legendre sums,
cut at the breakpoints. Numbers can refute what is said of a function; they do not prove it.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

from mpmath import mp, mpf
from mpmath.calculus.quadrature import GaussLegendre

DIGITS = 50
WIDTH = 1e-12  # the widest enclosure that counts as an answer, relative to max(1, |value|)
HIGHEST = 10  # the highest derivative compared at a breakpoint
FAR = 16  # standard deviations; the mass beyond is below 1e-56
PANEL_ERROR = mpf(10) ** -17  # between 12 and 24 nodes; that of the 24 is about the square

INTEGRALS = ("mean", "second_moment", "derivative_mean", "derivative_second_moment", "covariance", "pull")

_HUGE = 10**600  # an exponential of more is not evaluated


class Undefined(ArithmeticError):
    """The function is not a real number here, or not differentiable, or too large to write down."""


# --- jets ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jet:
    """Taylor coefficients at a point: value, slope, half the bend."""

    c: tuple[mpf, ...]

    def __add__(self, other: Jet) -> Jet:
        return Jet(tuple(a + b for a, b in zip(self.c, other.c, strict=True)))

    def __sub__(self, other: Jet) -> Jet:
        return Jet(tuple(a - b for a, b in zip(self.c, other.c, strict=True)))

    def __neg__(self) -> Jet:
        return Jet(tuple(-a for a in self.c))

    def __mul__(self, other: Jet) -> Jet:
        n = len(self.c)
        return Jet(tuple(sum((self.c[i] * other.c[k - i] for i in range(k + 1)), start=mpf(0)) for k in range(n)))

    def __truediv__(self, other: Jet) -> Jet:
        if other.c[0] == 0:
            raise Undefined("division by zero")
        out: list[mpf] = []
        for k in range(len(self.c)):
            known = sum((out[i] * other.c[k - i] for i in range(k)), start=mpf(0))
            out.append((self.c[k] - known) / other.c[0])
        return Jet(tuple(out))

    def through(self, *derivatives: Callable[[mpf], mpf]) -> Jet:
        """f(self), from functions for f, f' and f''/2."""
        u, n = self.c[0], len(self.c)
        out = [derivatives[0](u)]
        if n > 1:
            slope = derivatives[1](u) if self.c[1] or n > 2 else mpf(0)
            out.append(slope * self.c[1])
        if n > 2:
            out.append(slope * self.c[2] + derivatives[2](u) * self.c[1] ** 2)
        return Jet(tuple(out))


def _checked(condition: bool, what: str) -> None:
    if not condition:
        raise Undefined(what)


def _exp(u: Jet) -> Jet:
    if u.c[0] < -_HUGE:
        return _constant(u, 0)
    _checked(u.c[0] < _HUGE, "exp of a huge number")
    return u.through(mp.exp, mp.exp, lambda t: mp.exp(t) / 2)


def _log(u: Jet) -> Jet:
    _checked(u.c[0] > 0, "log of a number that is not positive")
    return u.through(mp.log, lambda t: 1 / t, lambda t: -1 / t**2 / 2)


def _power(u: Jet, p: mpf) -> Jet:
    t = u.c[0]
    if p == int(p):
        _checked(p >= 0 or t != 0, "division by zero")
    else:
        _checked(t >= 0 and (t > 0 or p > 0), "a root of a negative number")
        if t == 0 and not any(u.c):
            return u
        _checked(t > 0 or len(u.c) == 1, "a root at zero")
    q = int(p) if p == int(p) else p

    def scaled(k: int, factor: mpf) -> Callable[[mpf], mpf]:
        return lambda s: factor * s ** (q - k) if factor else mpf(0)

    return u.through(scaled(0, mpf(1)), scaled(1, p), scaled(2, p * (p - 1) / 2))


def _erf(u: Jet) -> Jet:
    density = lambda t: 2 / mp.sqrt(mp.pi) * mp.exp(-t * t) if abs(t) < 10**9 else mpf(0)  # noqa: E731
    return u.through(mp.erf, density, lambda t: -t * density(t))


def _erfc(u: Jet) -> Jet:
    tail = (-_erf(u)).c
    return Jet((mp.erfc(u.c[0]), *tail[1:]))


def _tanh(u: Jet) -> Jet:
    if abs(u.c[0]) > _HUGE:
        return _constant(u, mp.sign(u.c[0]))
    slope = lambda t: mp.sech(t) ** 2  # noqa: E731
    return u.through(mp.tanh, slope, lambda t: -slope(t) * mp.tanh(t))


def _sigmoid(u: Jet) -> Jet:
    s = lambda t: 1 / (1 + mp.exp(-t))  # noqa: E731
    if abs(u.c[0]) > _HUGE:
        return _constant(u, u.c[0] > 0)
    return u.through(s, lambda t: s(t) * s(-t), lambda t: s(t) * s(-t) * (s(-t) - s(t)) / 2)


def _softplus(u: Jet) -> Jet:
    value = lambda t: max(t, mpf(0)) + (mp.log1p(mp.exp(-abs(t))) if abs(t) < _HUGE else 0)  # noqa: E731
    return Jet((value(u.c[0]), *_integral(_sigmoid(u), u)))


def _integral(slope: Jet, u: Jet) -> tuple[mpf, ...]:
    """The coefficients of f(u) above the value, from f'(u)."""
    out = []
    if len(u.c) > 1:
        out.append(slope.c[0] * u.c[1])
    if len(u.c) > 2:
        out.append(slope.c[0] * u.c[2] + slope.c[1] * u.c[1] / 2)
    return tuple(out)


def _by_slope(value: Callable[[mpf], mpf], slope: Callable[[Jet], Jet]) -> Callable[[Jet], Jet]:
    return lambda u: Jet((value(u.c[0]), *(_integral(slope(u), u) if len(u.c) > 1 else ())))


def _constant(u: Jet, value: Any) -> Jet:
    return Jet((mpf(value), *[mpf(0)] * (len(u.c) - 1)))


def _one(u: Jet) -> Jet:
    return _constant(u, 1)


def _sqrt(u: Jet) -> Jet:
    return _power(u, mpf("0.5"))


def _abs(u: Jet) -> Jet:
    return -u if u.c[0] < 0 else u


def _inside(u: Jet) -> Jet:
    _checked(abs(u.c[0]) <= 1, "outside [-1, 1]")
    return u


def _asin(u: Jet) -> Jet:
    return _by_slope(mp.asin, lambda t: _one(t) / _sqrt(_one(t) - t * t))(_inside(u))


def _acosh(u: Jet) -> Jet:
    _checked(u.c[0] >= 1, "acosh below 1")
    return _by_slope(mp.acosh, lambda t: _one(t) / _sqrt(t * t - _one(t)))(u)


def _atanh(u: Jet) -> Jet:
    _checked(abs(u.c[0]) < 1, "outside (-1, 1)")
    return _by_slope(mp.atanh, lambda t: _one(t) / (_one(t) - t * t))(u)


def _cos(u: Jet) -> Jet:
    return u.through(mp.cos, lambda t: -mp.sin(t), lambda t: -mp.cos(t) / 2)


def _sin(u: Jet) -> Jet:
    return u.through(mp.sin, mp.cos, lambda t: -mp.sin(t) / 2)


def _hyperbolic(sign: int) -> Callable[[Jet], Jet]:
    def of(u: Jet) -> Jet:
        rising, falling = _exp(u), _exp(-u)
        both = rising + falling if sign > 0 else rising - falling
        return both * _constant(u, mpf("0.5"))

    return of


def _gelu(u: Jet) -> Jet:
    return u * _erfc(-u / _constant(u, mp.sqrt(2))) * _constant(u, mpf("0.5"))


CALLS: dict[str, Callable[..., Jet]] = {
    "abs": _abs,
    "sign": lambda u: _constant(u, mp.sign(u.c[0])),
    "heaviside": lambda u: _constant(u, (1 + mp.sign(u.c[0])) / 2),
    "relu": lambda u: u if u.c[0] > 0 else _constant(u, 0),
    "min": lambda *us: min(us, key=lambda u: u.c[0]),
    "max": lambda *us: max(us, key=lambda u: u.c[0]),
    "sqrt": _sqrt,
    "exp": _exp,
    "expm1": lambda u: Jet((mp.expm1(u.c[0]), *_exp(u).c[1:])),
    "log": _log,
    "log1p": lambda u: _log(_one(u) + u),
    "sin": _sin,
    "cos": _cos,
    "tan": lambda u: _sin(u) / _cos(u),
    "sinh": _hyperbolic(-1),
    "cosh": _hyperbolic(1),
    "tanh": _tanh,
    "asinh": _by_slope(mp.asinh, lambda t: _one(t) / _sqrt(_one(t) + t * t)),
    "acosh": _acosh,
    "atanh": _atanh,
    "asin": _asin,
    "acos": lambda u: _constant(u, mp.pi / 2) - _asin(u),
    "atan": _by_slope(mp.atan, lambda t: _one(t) / (_one(t) + t * t)),
    "erf": _erf,
    "erfc": _erfc,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "softsign": lambda u: u / (_one(u) + _abs(u)),
    "gelu": _gelu,
}
CALLS |= {f"arc{name[1:]}": CALLS[name] for name in ("asin", "acos", "atan")}

# What is told by others: the arguments u, v and w put into a text.
TEXTS = {
    "cbrt": "sign(u)*abs(u)**(1/3)",
    "clip": "min(max(u, v), w)",
    "clamp": "min(max(u, v), w)",
    "maximum": "max(u, v)",
    "minimum": "min(u, v)",
    "where": "(v if u else w)",
    "logaddexp": "max(u, v) + log1p(exp(-abs(u - v)))",
    "ndtr": "erfc(-u/sqrt(2))/2",
    "logit": "log(u) - log(1 - u)",
    "logsigmoid": "-softplus(-u)",
    "logcosh": "abs(u) + log1p(exp(-2*abs(u))) - log(2)",
    "sinc": "(sin(pi*u)/(pi*u) if u != 0 else 1)",
}


class _Told(ast.NodeTransformer):
    """Puts the texts in."""

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802 - as the library has it
        node = cast("ast.Call", self.generic_visit(node))
        if not isinstance(node.func, ast.Name) or node.func.id not in TEXTS:
            return node
        given = dict(zip("uvw", map(ast.unparse, node.args), strict=False))
        text = re.sub(r"\b[uvw]\b", lambda found: f"({given[found[0]]})", TEXTS[node.func.id])
        return ast.parse(f"({text})", mode="eval").body


# --- the text --------------------------------------------------------------------------------------------------------

Where = Callable[[Jet], Jet]


@dataclass
class Function:
    """A function of x, read from its text; `values` are the texts of its parameters.

    A `wary` one has no value where a case is decided by what is nearly 0, and may be 0 but for rounding.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    wary: bool = False

    def __post_init__(self) -> None:
        self._known: dict[tuple, Any] = {}
        self.source = self.text.replace("^", "**")
        self.deciders: list[ast.expr | tuple[ast.expr, ast.expr]] = []
        if re.search(rf"\b({'|'.join(TEXTS)})\(", self.source):
            self.source = ast.unparse(_Told().visit(ast.parse(self.source, mode="eval")))
        self.tree = ast.parse(self.source, mode="eval").body
        names = {id(node): {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} for node in ast.walk(self.tree)}
        self._fixed = {key for key, found in names.items() if "x" not in found}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare):
                self.deciders += [*pairwise([node.left, *node.comparators])]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                if name in ("abs", "sign", "heaviside", "relu", "softsign"):
                    self.deciders.append(node.args[0])
                elif name in ("max", "min"):
                    self.deciders += [(a, b) for i, a in enumerate(node.args) for b in node.args[i + 1 :]]
                elif name in ("log", "sqrt"):
                    self.deciders.append(node.args[0])
                elif name in ("asin", "acos", "atanh", "acosh", "arcsin", "arccos"):
                    self.deciders += [(node.args[0], ast.Constant(k)) for k in (1, -1)]
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _whole(node.right):
                self.deciders.append(node.left)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                self.deciders.append(node.right)

    # -- evaluation

    def _walk(self, node: ast.expr, x: Jet) -> Any:
        if id(node) not in self._fixed:
            return self._value(node, x)
        key = (id(node), mp.prec, len(x.c))
        if key not in self._known:
            self._known[key] = self._value(node, x)
        return self._known[key]

    def _value(self, node: ast.expr, x: Jet) -> Any:
        if isinstance(node, ast.Constant):
            spelt = ast.get_source_segment(self.source, node) if hasattr(node, "lineno") else str(node.value)
            return _constant(x, mpf(spelt))
        if isinstance(node, ast.Name):
            if node.id == "x":
                return x
            if node.id in ("pi", "e"):
                return _constant(x, +getattr(mp, node.id))
            return Function(self.values[node.id])._walk(Function(self.values[node.id]).tree, x)
        if isinstance(node, ast.UnaryOp):
            inner = self._walk(node.operand, x)
            return not inner if isinstance(node.op, ast.Not) else -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node, x)
        if isinstance(node, ast.IfExp):
            return self._walk(node.body if self._walk(node.test, x) else node.orelse, x)
        if isinstance(node, ast.BoolOp):
            parts = [self._walk(value, x) for value in node.values]
            return all(parts) if isinstance(node.op, ast.And) else any(parts)
        if isinstance(node, ast.Compare):
            sides = [self._walk(side, x).c[0] for side in (node.left, *node.comparators)]
            for a, b in pairwise(sides):
                self._told_apart(a - b)
            return all(_TRUTH[type(op)](a, b) for op, (a, b) in zip(node.ops, pairwise(sides), strict=True))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Piecewise":
                for branch in node.args:
                    assert isinstance(branch, ast.Tuple)
                    value, condition = branch.elts
                    true = isinstance(condition, ast.Constant) and condition.value is True
                    if true or self._walk(condition, x):
                        return self._walk(value, x)
                raise Undefined("no branch")
            parts = [self._walk(arg, x) for arg in node.args]
            if node.func.id in ("sign", "heaviside"):
                self._told_apart(parts[0].c[0])
            return CALLS[node.func.id](*parts)
        raise SyntaxError(ast.dump(node))

    def _told_apart(self, difference: mpf) -> None:
        if self.wary and 0 < abs(difference) < mpf(10) ** (10 - mp.dps):
            raise Undefined("decided by rounding")

    def _arithmetic(self, node: ast.BinOp, x: Jet) -> Jet:
        sides = (self._walk(side, x) for side in (node.left, node.right))
        left, right = (_constant(x, int(side)) if isinstance(side, bool) else side for side in sides)
        if isinstance(node.op, ast.Pow):
            if not any(isinstance(n, ast.Name) and n.id == "x" for n in ast.walk(node.right)):
                return _power(left, right.c[0])
            return _exp(right * _log(left))
        return _OPERATION[type(node.op)](left, right)

    def jet(self, x: Any, length: int) -> Jet:
        """The first Taylor coefficients at x; raises Undefined."""
        start = Jet((mpf(x), *[mpf(1)] * (length > 1), *[mpf(0)] * (length - 2)))
        return self._walk(self.tree, start)

    def derivative(self, x: Any, order: int = 0) -> mpf | None:
        """g, g' or g'' at x; None where there is none."""
        try:
            return self.jet(x, order + 1).c[order] * math.factorial(order)
        except (Undefined, ZeroDivisionError, OverflowError):
            return None

    def __call__(self, x: Any) -> mpf | None:
        return self.derivative(x)

    # -- where to look

    @cached_property
    def hints(self) -> list[mpf]:
        """Numbers in the text, and their opposites: something may happen there."""
        spelt = re.findall(r"\d+\.?\d*(?:[eE][-+]?\d+)?", self.source)
        return sorted({mpf(0), *[sign * mpf(number) for number in spelt for sign in (1, -1)]})

    @cached_property
    def breakpoints(self) -> list[mpf]:
        """Where something that the text compares, divides by, or takes a root of changes sign or is zero."""
        grid = self._grid(1)
        found: list[mpf] = []
        for decider in self.deciders:
            one, other = decider if isinstance(decider, tuple) else (decider, ast.Constant(0))

            def u(x: mpf, one: ast.expr = one, other: ast.expr = other) -> mpf | None:
                try:
                    at = Jet((mpf(x),))
                    return self._walk(one, at).c[0] - self._walk(other, at).c[0]
                except (Undefined, ZeroDivisionError, OverflowError):
                    return None

            values = [(x, u(x)) for x in grid]
            known = [(x, value) for x, value in values if value is not None]
            if all(value == 0 for _, value in known):
                continue
            for (a, left), (b, right) in pairwise(known):
                if left == 0 and right != 0:
                    found.append(a)
                elif left != 0 and right == 0:
                    found.append(b)
                elif mp.sign(left) * mp.sign(right) < 0:
                    found.append(_bisect(u, a, b))
        ordered = sorted(found)
        return [b for a, b in pairwise([mpf("-inf"), *ordered]) if b - a > mpf(10) ** (8 - mp.dps) * max(1, abs(b))]

    def _grid(self, density: int) -> list[mpf]:
        scales = range(-15, 2) if self.has_spike else (-9, -3, -1)
        near = [mpf(k) / (8 * density) for k in range(-96 * density, 96 * density + 1)]
        steps = range(-36 * density, 12 * density + 1)
        far = [sign * mpf(10) ** (mpf(k) / (3 * density)) for k in steps for sign in (1, -1)]
        around = [h + sign * mpf(10) ** k for h in self.hints for k in scales for sign in (1, 0, -1)]
        return sorted({*near, *far, *around})

    @cached_property
    def samples(self) -> list[mpf]:
        """Points that are no breakpoints, on a grid that is dense near 0, near hints and at breakpoints."""
        beside = [b + sign * mpf(10) ** k for b in self.breakpoints for k in (-20, -9, -4, -1) for sign in (1, -1)]
        points = sorted({*(x + mpf("1.234567e-9") for x in self._grid(1)), *beside})
        return [x for x in points if all(x != b for b in self.breakpoints)]

    @cached_property
    def table(self) -> list[tuple[mpf, mpf, mpf, mpf]]:
        """(x, g, g', g'') at the samples where all are defined."""
        with mp.workdps(4 * DIGITS):
            return [(x, *row) for x in self.samples if (row := self._row(x)) is not None]

    def _row(self, x: mpf) -> tuple[mpf, mpf, mpf] | None:
        try:
            value, slope, bend = self.jet(x, 3).c
        except (Undefined, ZeroDivisionError, OverflowError):
            return None
        return value, slope, 2 * bend

    # -- questions

    def extreme(self, order: int, sign: int) -> mpf:
        """The greatest (sign 1) or least value of g or g' that was met, local ones refined."""
        rows = [(x, sign * row[order], sign * row[order + 1]) for x, *row in self.table]
        best = max((value for _, value, _ in rows), default=mpf("-inf"))
        for (a, left, up), (b, right, down) in pairwise(rows):
            if up > 0 > down and max(left, right) + (b - a) * max(up, -down) > best:
                if any(a < point < b for point in self.breakpoints):
                    continue
                top = _bisect(lambda x: self.derivative(x, order + 1), a, b)
                value = self.derivative(top, order)
                best = max(best, sign * value) if value is not None else best
        spots = [side * mpf(10) ** k for k in (8, 16, 32) for side in (-1, 1)]
        spots += [] if order else self.breakpoints
        with mp.workdps(2 * DIGITS):
            values = [self.derivative(x, order) for x in spots]
        best = max([best, *[sign * value for value in values if value is not None]])
        for b in self.breakpoints:
            for side in (-1, 1):
                value = self.one_sided(b, side, order)
                if value is not None and mp.isfinite(value):
                    best = max(best, sign * value)
        return sign * best

    def one_sided(self, at: mpf, side: int, order: int) -> mpf | None:
        """A derivative's one-sided limit, by a difference quotient of many digits; None where none is seen."""
        with mp.workdps(120 * (order + 2)):
            found = []
            at = self._sharper(at)
            for k in (100, 110):
                h = side * mpf(10) ** -k
                values = [self(at + (j + 1) * h) for j in range(order + 1)]
                if any(value is None for value in values):
                    return None
                terms = [(-1) ** (order - j) * math.comb(order, j) * v for j, v in enumerate(values)]
                found.append(sum(terms) / h**order)
            if abs(found[1]) > 1e9 and abs(found[1]) > 1.5 * abs(found[0]):
                return mp.sign(found[1]) * mp.inf
            return found[1] if abs(found[1] - found[0]) < 1e-9 * max(1, abs(found[1])) else None

    def _sharper(self, at: mpf) -> mpf:
        """A breakpoint to all the digits in use now."""
        near = [b for b in Function(self.text, self.values)._roots_near(at)]
        return min(near, key=lambda b: abs(b - at), default=at)

    def _roots_near(self, at: mpf) -> Iterator[mpf]:
        for decider in self.deciders:
            one, other = decider if isinstance(decider, tuple) else (decider, ast.Constant(0))

            def u(x: mpf, one: ast.expr = one, other: ast.expr = other) -> mpf | None:
                try:
                    return self._walk(one, Jet((mpf(x),))).c[0] - self._walk(other, Jet((mpf(x),))).c[0]
                except (Undefined, ZeroDivisionError, OverflowError):
                    return None

            reach = mpf(10) ** -30 * max(1, abs(at))
            left, right = u(at - reach), u(at + reach)
            if left is not None and right is not None and left * right < 0:
                yield at if u(at) == 0 else _bisect(u, at - reach, at + reach)

    def first_jump(self, at: mpf) -> tuple[int, mpf | None, mpf | None] | None:
        """The lowest derivative up to HIGHEST that jumps at a point, with its values; None where none does."""
        value = self(at)
        if value is None and all(self(at + side * mpf(10) ** -40) is None for side in (-1, 1)):
            return None
        for order in range(HIGHEST + 1):
            left, right = (self.one_sided(at, side, order) for side in (-1, 1))
            if left is None or right is None or mp.isinf(left) or mp.isinf(right):
                return order, left, right
            if abs(left - right) > mpf(10) ** -31 * max(1, abs(left)):
                return order, left, right
            if order == 0 and value is not None and abs(value - left) > mpf(10) ** -20:
                return order, left, right
        return None

    def integrals(
        self, variance: Any = 1, far: int = FAR, wanted: frozenset[str] = frozenset(INTEGRALS)
    ) -> dict[str, mpf]:
        """E[g], E[g^2], E[g'], E[g'^2], E[z g], E[z g g'] for z ~ N(0, variance); those `wanted` are to exist."""
        key = (variance, far, wanted)
        if key not in self._known:
            self._known[key] = self._integrals(mpf(variance), far, wanted)
        return self._known[key]

    def _integrals(self, variance: mpf, far: int, wanted: frozenset[str]) -> dict[str, mpf]:
        self._wanted = [name in wanted for name in INTEGRALS]
        width = mp.sqrt(variance)
        ends = set(self.breakpoints)
        inner = [h for h in self.hints if abs(h) < far * width]
        around = [h + sign * mpf(10) ** k for h in inner for k in (-13, -11, -9, -7, -5, -3, -1) for sign in (1, -1)]
        marks = {width * k for k in range(-far, far + 1) if abs(k) <= 8 or k % 2 == 0}
        marks |= {b for b in self.breakpoints if abs(b) < far * width}
        marks |= {h for h in (*inner, *around) if abs(h) < far * width} if self.has_spike else set()
        total = [mpf(0)] * 6
        for a, b in pairwise(sorted(marks)):
            middle = (a + b) / 2
            halves = [(a, middle, True), (middle, b, False)] if {a, b} & ends else [(a, b, None)]
            for low, high, left in halves:
                start, stop = (low, high) if left is not False else (high, low)
                bent = left is not None and start in ends
                parts = self._panel(start, stop, 0, 1, variance, bent, 0)
                for k, part in enumerate(parts):
                    total[k] += part if start < stop else -part
        return dict(zip(INTEGRALS, total, strict=True))

    @property
    def has_spike(self) -> bool:
        return any(abs(h) >= 1e3 or h != int(h) for h in self.hints)

    def _panel(self, a: mpf, b: mpf, t0: Any, t1: Any, q: mpf, bent: bool, depth: int) -> list[mpf]:
        """The integrals from a + (b - a) u(t0) to a + (b - a) u(t1); u = t^6 where a root may start at a, else t."""
        coarse, fine = (self._gauss(a, b, t0, t1, q, bent, degree) for degree in (3, 4))
        weight = mp.exp(-(min(abs(a), abs(b)) ** 2) / (2 * q)) if a * b > 0 else mpf(1)
        scale = [abs(v) for v, wanted in zip(fine, self._wanted, strict=True) if wanted]
        small = max([weight * mpf(10) ** -20, *scale]) * mpf(10) ** -17
        close = [abs(c - f) <= max(PANEL_ERROR, small) for c, f in zip(coarse, fine, strict=True)]
        if depth > 50 or all(near or not wanted for near, wanted in zip(close, self._wanted, strict=True)):
            return fine
        middle = (mpf(t0) + t1) / 2
        left = self._panel(a, b, t0, middle, q, bent, depth + 1)
        right = self._panel(a, b, middle, t1, q, bent, depth + 1)
        return [one + other for one, other in zip(left, right, strict=True)]

    def _gauss(self, a: mpf, b: mpf, t0: Any, t1: Any, q: mpf, bent: bool, degree: int) -> list[mpf]:
        total = [mpf(0)] * 6
        for node, weight in _RULE.get_nodes(t0, t1, degree, mp.prec):
            spare = max(0, -24 * mp.frexp(node)[1]) if bent else 0  # bits of what cancels beside a gap that is filled
            try:
                with mp.workprec(mp.prec + spare):
                    x = a + (b - a) * (node**6 if bent else node)
                    g, d = self.jet(x, 2).c
            except (Undefined, ZeroDivisionError, OverflowError):
                continue
            mass = weight * (b - a) * (6 * node**5 if bent else 1) * mp.exp(-x * x / (2 * q)) / mp.sqrt(2 * mp.pi * q)
            for k, integrand in enumerate((g, g * g, d, d * d, x * g, x * g * d)):
                total[k] += integrand * mass
        return total


_RULE = GaussLegendre(mp)
_OPERATION: dict[type, Callable[[Jet, Jet], Jet]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_TRUTH: dict[type, Callable[[mpf, mpf], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def _whole(node: ast.expr) -> bool:
    """Is an exponent a number that is a positive integer?"""
    return isinstance(node, ast.Constant) and node.value == int(node.value)


def _bisect(u: Callable[[mpf], mpf | None], a: mpf, b: mpf) -> mpf:
    """A sign change of u between a and b, to the digits in use."""
    left = u(a)
    for _ in range(mp.prec + 20):
        middle = (a + b) / 2
        value = u(middle)
        if value is None or value == 0 or left is None:
            return middle
        if value * left > 0:
            a, left = middle, value
        else:
            b = middle
    return (a + b) / 2


# --- what is said, against what is seen ------------------------------------------------------------------------------


def contradictions(function: Function, facts: Mapping[str, Any], integrate: bool = True) -> list[str]:
    """What the numbers refute of facts in JSON form, in sentences that begin with the fact's key."""
    with mp.workdps(DIGITS):
        return [
            *_about_domain(function, facts["domain"]),
            *_about_smoothness(function, facts["smoothness"]),
            *_about_affine(function, facts["affine"]),
            *_about_parity(function, facts["parity"]),
            *_about_monotonicity(function, facts["monotonicity"]),
            *_about_range(function, facts["range"], "range", 0),
            *_about_range(function, facts["derivative_range"], "derivative_range", 1),
            *_about_lipschitz(facts),
            *_about_limits(function, facts["limits"]),
            *_about_saturation(function, facts),
            *_about_region(function, facts["dead_region"], "dead_region", 1),
            *_about_region(function, facts["zero_region"], "zero_region", 0),
            *_about_near(function, facts),
            *(_about_integrals(function, facts) if integrate else ()),
        ]


_GLANCES = tuple(
    sign * mpf(x)
    for x in "0.013 0.21 0.47 0.83 1.27 1.73 2.41 3.37 4.61 6.23 9.11 13.7 23.3 37.1 210.3 1234.56".split()
    for sign in (1, -1)
)


def glance(function: Function, facts: Mapping[str, Any]) -> list[str]:
    """What a few points refute of facts in JSON form: quick, and blind to whatever lies between the points."""
    with mp.workdps(4 * DIGITS):  # far out digits cancel
        beside = {h + sign * mpf("0.0123") for h in function.hints if abs(h) < 1e4 for sign in (1, -1)}
        rows = []
        for x in sorted({*_GLANCES, *beside}):
            try:
                rows.append((x, *function.jet(x, 2).c))
            except (Undefined, ZeroDivisionError, OverflowError):
                continue
        known = {x: (value, slope) for x, value, slope in rows}
        return [*_glanced(function, facts, known), *_about_limits(function, facts["limits"]), *_about_lipschitz(facts)]


def _glanced(function: Function, facts: Mapping[str, Any], known: Mapping[mpf, tuple[mpf, mpf]]) -> Iterator[str]:
    gaps = _inner(facts["domain"]["undefined"]) if _settled(facts["domain"]) else []
    for x in known:
        if _within(x, gaps):
            yield f"domain: defined at {mp.nstr(x, 20)}"
    for key, order in (("range", 0), ("derivative_range", 1)):
        for name, sign in (("inf", -1), ("sup", 1)):
            ends = _ends(facts[key].get(name))
            x = max(known, key=lambda x, order=order, sign=sign: sign * known[x][order], default=None)
            if ends is None or x is None:
                continue
            seen, outer = known[x][order], ends[(sign + 1) // 2]
            if sign * (seen - outer) > 1e-25 * max(1, abs(seen)):
                yield f"{key}.{name}: {mp.nstr(outer, 20)}, but {mp.nstr(seen, 20)} at {mp.nstr(x, 20)}"
    for key, order in (("dead_region", 1), ("zero_region", 0)):
        inner = _inner(facts[key].get("intervals") or ())
        for x in known:
            if _within(x, inner) and abs(known[x][order]) > mpf(10) ** -40:
                yield f"{key}: not zero at {mp.nstr(x, 20)}"
    trend = facts["monotonicity"].get("value")
    for (a, (left, up)), (b, (right, _)) in pairwise(known.items()):
        size = mpf(10) ** -42 * max(1, abs(left), abs(right))
        if trend in ("increasing", "non-decreasing", "constant") and (left - right > size or up < -size):
            yield f"monotonicity: {trend}, but it falls between {mp.nstr(a, 20)} and {mp.nstr(b, 20)}"
        if trend in ("decreasing", "non-increasing", "constant") and (right - left > size or up > size):
            yield f"monotonicity: {trend}, but it rises between {mp.nstr(a, 20)} and {mp.nstr(b, 20)}"
    sign = {"even": 1, "odd": -1}.get(facts["parity"].get("value"))
    for x, (value, _) in known.items():
        other = function(-x) if sign and abs(x) < 40 else None
        if other is not None and abs(value - sign * other) > mpf(10) ** -38 * max(1, abs(x), abs(value)):  # type: ignore[operator]
            yield f"parity: {facts['parity']['value']} is refuted at {mp.nstr(x, 20)}"
    if facts["affine"].get("value") and max(s for _, s in known.values()) - min(s for _, s in known.values()) > 1e-35:
        yield "affine: said to be, but slopes differ"


def _ends(number: Mapping[str, Any] | None) -> tuple[mpf, mpf] | None:
    """Lower and upper end of a Number in JSON form; None where it has no value."""
    if number is None or number["value"] is None:
        return None
    return mpf(number["lower"]), mpf(number["upper"])


def misses(number: Mapping[str, Any], value: Any, slack: float = 1e-25, scale: Any = 1) -> str:
    """Why an enclosure does not hold a value or is too wide, by max(scale, |value|); empty where all is well."""
    ends = _ends(number)
    if ends is None:
        return f"has no value, {mp.nstr(value, 20)} was found"
    low, high = ends
    value = mpf(value)
    if mp.isinf(low) or mp.isinf(high) or mp.isinf(value):
        return "" if low == high == value else f"[{low}, {high}] is not {mp.nstr(value, 20)}"
    size = max(scale, abs(value))
    reach = slack * size
    if not low - reach <= value <= high + reach:
        return f"[{mp.nstr(low, 20)}, {mp.nstr(high, 20)}] does not hold {mp.nstr(value, 25)}"
    if high - low > WIDTH * size:
        return f"[{mp.nstr(low, 20)}, {mp.nstr(high, 20)}] is wide"
    return ""


def _settled(fact: Mapping[str, Any]) -> bool:
    return fact["standing"] != "open"


def _within(x: mpf, intervals: list[tuple[mpf, mpf]]) -> bool:
    return any(low <= x <= high for low, high in intervals)


def _spans(pairs: Any) -> list[tuple[mpf, mpf]]:
    """Intervals in JSON form, a little enlarged by the rounding of their ends."""
    return [(_ends(low)[0], _ends(high)[1]) for low, high in pairs]  # type: ignore[index]


def _inner(pairs: Any) -> list[tuple[mpf, mpf]]:
    """Intervals in JSON form, a little shrunk."""
    return [(_ends(low)[1], _ends(high)[0]) for low, high in pairs]  # type: ignore[index]


def _about_domain(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    if not _settled(fact):
        return
    outer, inner = _spans(fact["undefined"]), _inner(fact["undefined"])
    for x in function.samples:
        if abs(x) > 1000:
            continue
        if function(x) is None and not _within(x, outer):
            yield f"domain: not defined at {mp.nstr(x, 20)}"
        if function(x) is not None and _within(x, inner):
            yield f"domain: defined at {mp.nstr(x, 20)}"


def _about_smoothness(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    if not _settled(fact):
        return
    kinks = fact["kinks"]
    orders = [kink["order"] for kink in kinks]
    least = min(orders, default=None)
    expected = "C^inf" if least is None else "discontinuous" if least == 0 else f"C^{least - 1}"
    if fact["class"] != expected:
        yield f"smoothness: {fact['class']} with jumps of order {orders}"
    if "period" in fact:
        yield from _about_rows(function, fact)
        return
    said = {}
    for kink in kinks:
        low, high = _ends(kink["at"])  # type: ignore[misc]
        at = min(function.breakpoints, key=lambda b: abs(b - low), default=None)
        if at is None or not low - 1e-25 * max(1, abs(at)) <= at <= high + 1e-25 * max(1, abs(at)):
            yield f"smoothness: a kink at {kink['at']['value']}, where nothing is seen"
            continue
        said[at] = kink
    for at in function.breakpoints:
        jump, kink = function.first_jump(at), said.get(at)
        if kink is not None and _beneath_notice(kink):
            continue
        if (jump is None) != (kink is None):
            yield f"smoothness: at {mp.nstr(at, 20)} it says {kink}, seen is {jump}"
        elif jump is not None and kink is not None:
            if jump[0] != kink["order"]:
                yield f"smoothness: at {mp.nstr(at, 20)} order {kink['order']}, seen is {jump}"
                continue
            for side, value in (("left", jump[1]), ("right", jump[2])):
                if value is not None and (wrong := misses(kink[side] or {"value": None}, value, 1e-8)):
                    yield f"smoothness: at {mp.nstr(at, 20)} from the {side} {wrong}"


def _about_rows(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    """Rows of kinks: each breakpoint that is seen not far out is in one of them, with its order and slopes."""
    period = _ends(fact["period"])[0]  # type: ignore[index]
    for at in (at for at in function.breakpoints if abs(at) < 100):
        jump, row = function.first_jump(at), None
        for kink in fact["kinks"]:
            off = at - _ends(kink["at"])[0]  # type: ignore[index]
            row = kink if abs(off - period * mp.nint(off / period)) < 1e-9 else row
        if (jump is None) != (row is None) or (jump is not None and row is not None and jump[0] != row["order"]):
            yield f"smoothness: at {mp.nstr(at, 20)} it says {row}, seen is {jump}"
        elif jump is not None and row is not None and jump[0]:
            for side, value in (("left", jump[1]), ("right", jump[2])):
                if value is not None and (wrong := misses(row[side] or {"value": None}, value, 1e-8)):
                    yield f"smoothness: at {mp.nstr(at, 20)} from the {side} {wrong}"


def _beneath_notice(kink: Mapping[str, Any]) -> bool:
    """Is the jump that is said too small for differences at these digits?"""
    sides = [_ends(kink[side]) for side in ("left", "right")]
    return None not in sides and 0 < abs(sides[0][0] - sides[1][0]) < 1e-30  # type: ignore[index]


def _about_affine(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    if not _settled(fact):
        return
    points = [mpf(k) / 7 for k in (-30, -8, -1, 0, 2, 9, 31)]
    beside = [x + side for x in function.breakpoints if abs(x) < 1e6 for side in (-1, 0, 1)]
    points += [x for x in beside if function(x) is not None]
    values = [(x, function(x)) for x in points]
    x0, x1 = mpf("0.37"), mpf("-0.91")
    y0, y1 = function(x0), function(x1)
    straight = y0 is not None and y1 is not None
    for x, y in values:
        straight = straight and y is not None and abs(y - y0 - (y1 - y0) / (x1 - x0) * (x - x0)) < 1e-40 * (1 + abs(y))
    if fact["value"] and not straight:
        yield "affine: said to be, but three points are not on a line"
    if not fact["value"] and straight and all(abs(bend) < 1e-35 * (1 + abs(x)) for x, _, _, bend in function.table):
        yield "affine: said not to be, but no bend was seen"


def _about_parity(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    if not _settled(fact):
        return
    kinds = {"even": True, "odd": True}
    for x in (*function.samples, *function.breakpoints):
        with mp.workdps(4 * DIGITS):  # beside a pole digits cancel
            right, left = function(x), function(-x)
        if (right is None) != (left is None):
            kinds = dict.fromkeys(kinds, False)
        if right is None or left is None:
            continue
        size = mpf(10) ** -38 * max(1, abs(x), abs(left), abs(right))
        kinds["even"] &= abs(right - left) <= size
        kinds["odd"] &= abs(right + left) <= size
    for kind, seen in kinds.items():
        if fact["value"] == kind and not seen:
            yield f"parity: {kind} is refuted"
    if fact["value"] == "none" and any(kinds.values()):
        yield f"parity: none, but it looks {[kind for kind in kinds if kinds[kind]]}"


def _about_monotonicity(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    if not _settled(fact):
        return
    with mp.workdps(4 * DIGITS):
        values = [(b, value) for b in function.breakpoints if (value := function(b)) is not None]
    rows = sorted([*function.table, *values])
    rises = falls = flat = None
    for (a, left, *_), (_, right, *_) in pairwise(rows):
        size = mpf(10) ** -46 * max(1, abs(left), abs(right))
        if right - left > size:
            rises = a
        elif left - right > size:
            falls = a
        elif right == left and abs(a) < 3:
            flat = a
    slopes, small = [row[2] for row in function.table], mpf(10) ** -120  # far out a slope may be tiny, and have a sign
    rises = rises if rises is not None else next((row[0] for row in function.table if row[2] > small), None)
    falls = falls if falls is not None else next((row[0] for row in function.table if row[2] < -small), None)
    said = fact["value"]
    refuted = {
        "increasing": falls is not None,
        "non-decreasing": falls is not None,
        "decreasing": rises is not None,
        "non-increasing": rises is not None,
        "constant": rises is not None or falls is not None,
        "none": rises is None or falls is None,
    }[said]
    if refuted:
        yield f"monotonicity: {said}, but it rises at {rises}, falls at {falls}"
    if said in ("increasing", "decreasing") and flat is not None and any(s == 0 for s in slopes):
        yield f"monotonicity: {said}, but flat at {mp.nstr(flat, 20)}"
    if said in ("non-decreasing", "non-increasing") and all(s != 0 for s in slopes):
        yield f"monotonicity: {said}, but no flat part was seen"


def _about_range(function: Function, fact: Mapping[str, Any], key: str, order: int) -> Iterator[str]:
    if not fact.get("inf"):
        return
    for name, place, sign in (("inf", "argmin", -1), ("sup", "argmax", 1)):
        ends = _ends(fact[name])
        if ends is None:
            continue
        outer, seen = ends[(sign + 1) // 2], function.extreme(order, sign)
        attained = fact[f"{name}_attained"]
        if mp.isinf(outer):
            if sign * outer < 0:
                yield f"{key}.{name}: {outer}"
            elif sign * seen < 5:
                yield f"{key}.{name}: {outer}, but only {mp.nstr(seen, 15)} was seen"
            continue
        scale = max(1, abs(seen))
        if sign * (seen - outer) > 1e-25 * scale:
            yield f"{key}.{name}: {mp.nstr(outer, 20)}, but {mp.nstr(seen, 20)} was seen"
        elif sign * (outer - seen) > 1e-4 * scale:
            yield f"{key}.{name}: {mp.nstr(outer, 20)}, but only {mp.nstr(seen, 20)} was seen"
        elif attained and sign * (outer - seen) > WIDTH * scale:
            yield f"{key}.{name}: {mp.nstr(outer, 20)} attained, but only {mp.nstr(seen, 20)} was seen"
        if ends[1] - ends[0] > WIDTH * max(1, abs(outer)):
            yield f"{key}.{name}: [{mp.nstr(ends[0], 20)}, {mp.nstr(ends[1], 20)}] is wide"
        if attained is False and fact[name]["exact"] and _takes(function, order, ends, sign):
            yield f"{key}.{name}: {fact[name]['exact']} not attained, but it was met"
        if fact[place] is not None and (wrong := _misplaced(function, order, fact[place], ends)):
            yield f"{key}.{place}: {wrong}"
        if attained is not True and fact[place] is not None:
            yield f"{key}.{place}: given, though {name} is not attained"


def _takes(function: Function, order: int, ends: tuple[mpf, mpf], sign: int) -> bool:
    """Was the extreme met exactly, away from rounding? Far out a value may only round to it."""
    if ends[0] != ends[1]:
        return False
    with mp.workdps(400):
        near = [x for x in (*function.samples, *(() if order else function.breakpoints)) if abs(x) < 8]
        met = [x for x in near if (value := function.derivative(x, order)) is not None and value == ends[0]]
    with mp.workdps(3000):
        return any(function.derivative(x, order) == ends[0] for x in met[:2])


def _misplaced(function: Function, order: int, place: Mapping[str, Any], ends: tuple[mpf, mpf]) -> str:
    at = _ends(place)
    if at is None:
        return ""
    middle = (at[0] + at[1]) / 2
    known = [b for b in function.breakpoints if at[0] - 1e-25 <= b <= at[1] + 1e-25]
    spots = known or [middle]
    values = [v for x in spots if (v := function.derivative(x, order)) is not None and not (order and known)]
    values += [v for x in spots for side in (-1, 1) if (v := function.one_sided(x, side, order)) is not None]
    bend = max([abs(v) for v in (function.derivative(middle, order + 1),) if v is not None], default=mpf(0))
    reach = 1e-12 * max(1, abs(ends[0])) + 10 * bend * (at[1] - at[0])
    if values and not any(ends[0] - reach <= v <= ends[1] + reach for v in values):
        return f"at {mp.nstr(middle, 20)} the value is {[mp.nstr(v, 20) for v in values]}"
    return ""


def _about_lipschitz(facts: Mapping[str, Any]) -> Iterator[str]:
    said, slopes = _ends(facts["lipschitz"]), facts["derivative_range"]
    ends = [_ends(slopes.get(name)) for name in ("inf", "sup")]
    if said is None or facts["smoothness"].get("class") == "discontinuous" or None in ends:
        return
    (low, _), (_, high) = ends  # type: ignore[misc]
    most = max(-low, high)
    if mp.isinf(most) and most == said[0] == said[1]:
        return
    if not said[0] - 1e-12 * max(1, abs(said[0])) <= most <= said[1] * (1 + WIDTH) + WIDTH:
        yield f"lipschitz: {said} with slopes in [{low}, {high}]"


_OUT = tuple(mpf(10) ** k * mpf("1.2345678901234567") for k in (2, 3, 4, 5, 6))


def _about_limits(function: Function, fact: Mapping[str, Any]) -> Iterator[str]:
    for side, sign in (("left", -1), ("right", 1)):
        if side not in fact:
            continue
        for name, order in (("value", 0), ("slope", 1)):
            number = fact.get(side, {}).get(name)
            seen = [value for x in _OUT if (value := function.derivative(sign * x, order)) is not None]
            if number is not None and number["value"] is None:
                continue
            if number is None:
                if len(seen) == len(_OUT) and _settles(function, sign, order):
                    yield f"limits.{side}.{name}: none, but it settles to {mp.nstr(seen[-1], 15)}"
                continue
            if len(seen) < 2:
                continue
            low, high = _ends(number)  # type: ignore[misc]
            if mp.isinf(low):
                rises = [mp.sign(low) * (after - before) for before, after in pairwise(seen)]
                logarithmic = rises[-1] > rises[0] / 3  # it adds as much for each power of ten
                if min(rises) <= 0 or (mp.sign(low) * seen[-1] < 10 and not logarithmic):
                    yield f"limits.{side}.{name}: {low}, seen are {[mp.nstr(v, 8) for v in seen]}"
            else:
                first, last = (abs(v - (low + high) / 2) for v in (seen[0], seen[-1]))
                if last > 1e-10 * max(1, abs(low)) and last > first * 0.7:
                    yield f"limits.{side}.{name}: {number['value']}, seen are {[mp.nstr(v, 8) for v in seen]}"


def _settles(function: Function, sign: int, order: int) -> bool:
    values = [function.derivative(sign * (10**5 + k * mpf("0.37")), order) for k in range(20)]
    known = [v for v in values if v is not None]
    return len(known) == 20 and max(known) - min(known) < 1e-3 * max(1, abs(known[0]))


def _about_saturation(function: Function, facts: Mapping[str, Any]) -> Iterator[str]:
    for side, sign in (("left", -1), ("right", 1)):
        said = facts["saturation"].get(side)
        if said is None:
            continue
        with mp.workdps(2000):
            slopes = [function.derivative(sign * mpf(x), 1) for x in ("40.3", "55.7", "210.3", "1234.56")]
            known = [slope for slope in slopes if slope is not None]
        hard = len(known) == 4 and all(slope == 0 for slope in known[2:])
        if said == "hard" and (len(known) < 4 or any(abs(slope) > mpf(10) ** -1900 for slope in known[2:])):
            yield f"saturation.{side}: hard, but slopes are {[mp.nstr(s, 5) for s in known]}"
        if said != "hard" and hard and function(sign * mpf("2e5")) == function(sign * mpf("3e5")):
            yield f"saturation.{side}: {said}, but constant far out"
        limit = facts["limits"].get(side)
        if limit and said in ("soft", "none"):
            value, slope = limit["value"], limit["slope"]
            if (value or {}).get("standing") == "open" or (slope or {}).get("standing") == "open":
                continue
            soft = value is not None and mp.isfinite(mpf(value["value"])) and slope is not None and slope["value"] == 0
            if soft != (said == "soft"):
                yield f"saturation.{side}: {said} against the limits {value}, {slope}"


def _about_region(function: Function, fact: Mapping[str, Any], key: str, order: int) -> Iterator[str]:
    if "intervals" not in fact:
        return
    inner, outer = _inner(fact["intervals"]), _spans(fact["intervals"])
    for x in function.samples:
        value = function.derivative(x, order)
        if value is None:
            continue
        if value != 0 and _within(x, inner) and abs(value) > mpf(10) ** -40:
            yield f"{key}: not zero at {mp.nstr(x, 20)}"
        if value == 0 and abs(x) < 40 and not _within(x, outer):
            with mp.workdps(2000):
                around = [function.derivative(x + k * mpf(10) ** -25, order) for k in (-1, 0, 1)]
            if all(v == 0 for v in around):
                yield f"{key}: zero around {mp.nstr(x, 20)}"
    mass = sum((mp.ncdf(high) - mp.ncdf(low) for low, high in outer), start=mpf(0))
    if fact["mass"]["value"] is not None and (wrong := misses(fact["mass"], mass, 1e-14)):
        yield f"{key}.mass: {wrong}"


def _about_near(function: Function, facts: Mapping[str, Any]) -> Iterator[str]:
    """P[|g| <= a tenth of the root mean square]."""
    number = facts["zero_region"].get("near") or {"value": None}
    if number["value"] is None or "second_moment" not in _finite(facts):
        return
    second = function.integrals(wanted=_finite(facts))["second_moment"]
    threshold = mpf(mp.nstr(mp.sqrt(second) / 10, 6))
    low, high = _ends(number)  # type: ignore[misc]
    total = sum((_mass_inside(function, threshold, a, b) for a, b in pairwise(_monotone_cells(function))), start=mpf(0))
    if not low - 1e-9 <= total <= high + 1e-9:
        yield f"zero_region.near: [{low}, {high}], seen is {mp.nstr(total, 15)}"
    if high - low > WIDTH:
        yield f"zero_region.near: [{low}, {high}] is wide"


def _monotone_cells(function: Function) -> list[mpf]:
    """A grid that is cut where the function or its slope changes sign."""
    grid = {mpf(k) / 16 + mpf("1e-5") for k in range(-128, 129)}
    grid |= {x for x in function.samples if abs(x) < 8} if function.has_spike else set()
    rows = [(x, *row) for x in sorted(grid) if (row := function._row(x)) is not None]
    cuts = [mpf(-FAR), *[b for b in function.breakpoints if abs(b) < FAR], *[row[0] for row in rows], mpf(FAR)]
    for one, other in pairwise(rows):
        for order in (0, 1):
            if one[1 + order] * other[1 + order] < 0:
                cuts.append(_bisect(lambda x, order=order: function.derivative(x, order), one[0], other[0]))
    return sorted(cuts)


def _mass_inside(function: Function, threshold: mpf, a: mpf, b: mpf) -> mpf:
    """The mass between a and b where the function, monotone there, is below the threshold in size."""
    inside = lambda x: (v := function(x)) is not None and abs(v) <= threshold + mpf(10) ** -40  # noqa: E731
    start, end = a + (b - a) * mpf("1e-12"), b - (b - a) * mpf("1e-12")
    one, other = inside(start), inside(end)
    if one == other:
        return mp.ncdf(b) - mp.ncdf(a) if one else mpf(0)
    left, right = a, b
    for _ in range(50):
        middle = (left + right) / 2
        left, right = (middle, right) if inside(middle) == one else (left, middle)
    return mp.ncdf(left) - mp.ncdf(a) if one else mp.ncdf(b) - mp.ncdf(left)


def _finite(facts: Mapping[str, Any]) -> frozenset[str]:
    """The integrals that are said to be finite."""
    fact = facts["gaussian"]
    pairs = [(name, name) for name in INTEGRALS[:4]] + [("pull", "elasticity")]
    wanted = {name for name, key in pairs if (fact.get(key) or {}).get("value") not in (None, "inf", "-inf")}
    return frozenset(wanted | ({"covariance"} if facts["nonlinearity"].get("value") is not None else set()))


def _about_integrals(function: Function, facts: Mapping[str, Any], slack: float = 1e-25) -> Iterator[str]:
    fact = facts["gaussian"]
    if not any(fact.get(name) and fact[name]["value"] not in (None, "inf", "-inf") for name in INTEGRALS[:4]):
        return
    wanted = _finite(facts)
    seen = function.integrals(wanted=wanted)
    named = {name: seen[name] for name in INTEGRALS[:4]}
    named["variance"] = seen["second_moment"] - seen["mean"] ** 2
    if seen["second_moment"]:
        named["elasticity"] = seen["pull"] / seen["second_moment"]
    for name, value in named.items():
        ends = _ends(fact[name])
        if ends is None or mp.isinf(ends[0]):
            continue
        if wrong := misses(fact[name], value, slack, max(1, mp.sqrt(seen["second_moment"]))):
            yield f"gaussian.{name}: {wrong}"
    share = facts["nonlinearity"]
    if share["value"] is not None and named["variance"]:
        if wrong := misses(share, 1 - seen["covariance"] ** 2 / named["variance"], slack):
            yield f"nonlinearity: {wrong}"
    yield from _about_criticality(function, facts["criticality"], slack)


def _about_criticality(function: Function, fact: Mapping[str, Any], slack: float) -> Iterator[str]:
    if not fact.get("exists"):
        return
    (q, _), weights, biases = _ends(fact["q"]), fact["sigma_w2"], fact["sigma_b2"]  # type: ignore[misc]
    if q == 0:
        square = sum((function.one_sided(mpf(0), side, 1) or 0) ** 2 for side in (-1, 1))
        if wrong := misses(weights, 2 / square, 1e-9):
            yield f"criticality.sigma_w2: {wrong}"
        return
    wanted = frozenset({"second_moment", "derivative_second_moment"})
    seen = function.integrals(q, FAR if q == 1 else 2 * FAR, wanted)
    weight = 1 / seen["derivative_second_moment"]
    bias = q - seen["second_moment"] * weight
    for name, number, value in (("sigma_w2", weights, weight), ("sigma_b2", biases, bias)):
        if wrong := misses(number, value, slack, max(1, q)):
            yield f"criticality.{name}: {wrong}"
    if bias < -(mpf(10) ** -20):
        yield f"criticality: the variance of the biases would be {bias}"

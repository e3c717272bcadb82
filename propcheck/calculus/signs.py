"""Where an analytic expression is positive, zero and negative on an interval: a chart that covers all of it.

The expression is factored over its kernels. A factor that is a polynomial in x or in one exponential is solved exactly;
any other is followed by branch and bound in ball arithmetic, with the ends settled by germs. Zeros are exact numbers:
a closed form where one is recognised and proved, else a `RealRoot`.

It is one page: the chart of a product asks for those of its factors, and branch and bound for those of its parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import sympy as sp
from flint import arb, ctx, fmpq, fmpq_mpoly

from propcheck.calculus import swing
from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.ball import ball_of, fraction, rational_ball
from propcheck.calculus.chart import BITS, Chart, Zero, between, flip, inner_point, position
from propcheck.calculus.corners import sign_at_corners
from propcheck.calculus.form import CLOSER, Form, RealRoot, compile_form, constant_ball, refine_root
from propcheck.calculus.identity import is_zero, normal_form, order_of_zero, sign_of_any
from propcheck.calculus.kernels import Kernels, Quotient
from propcheck.calculus.polynomial import only_zero, polynomial
from propcheck.calculus.recursion import answers, order_at
from propcheck.calculus.tail import germ, outward, still
from propcheck.calculus.undecided import Undecided, remembered

# Powers of 1/2 beside an end that are looked at as well, where steep gates have all but closed.
_NEARER = (80, 120, 180, 270, 400, 600)
STARTS = tuple(2**k for k in range(2, 21))  # where a tail may begin
_TAYLOR = 6  # order of the expansion tried on a box
_BOXES = 6000  # boxes that one chart may look at
_FEW_BOXES = 500  # where a number in it is known by its ends alone, and smaller boxes soon tell no more
_FIRST_STEPS = 24_000  # of forms on boxes, before another way to find the same chart is tried
_MANY_TERMS = 200  # of a numerator, which takes longer to enclose than the expression as it is written
MOST_ZEROS = 400  # that a wave may have on an interval
_SHARES = tuple(fmpq(k, 10000) for k in (4877, 5233, 4419, 5641))  # where a box is cut, the first if nothing is there


@answers
def precedes(left: sp.Expr, right: sp.Expr) -> bool:
    """left < right, proved; Undecided when the two cannot be told apart and are not known to be equal."""
    if left == right:
        return False
    if left is -sp.oo or right is sp.oo:
        return True
    if left is sp.oo or right is -sp.oo:
        return False
    if left.is_Rational and right.is_Rational:
        return bool(left < right)
    if left.free_symbols or right.free_symbols:
        return constant_sign(right - left) > 0
    for bits in (BITS, 1000):
        with ctx.workprec(bits):
            difference = constant_ball(right) - constant_ball(left)
        if difference > 0:
            return True
        if difference < 0:
            return False
    if is_zero(left - right) or _is_the_root(left, right) or _is_the_root(right, left):
        return False
    if left.has(AnyNumber) or right.has(AnyNumber):
        return constant_sign(right - left) > 0
    raise Undecided(f"which of {left} and {right} is smaller")


def _is_the_root(root: sp.Expr, value: sp.Expr) -> bool:
    """Is `value` the one zero that a RealRoot stands for?"""
    if not isinstance(root, RealRoot) or isinstance(root, AnyNumber):
        return False
    expr, lower, upper = root.args
    (variable,) = expr.free_symbols
    with ctx.workprec(BITS):
        ball = constant_ball(value)
        return bool(rational_ball(lower) < ball < rational_ball(upper)) and is_zero(expr.subs(variable, value)) is True


def same(left: sp.Expr, right: sp.Expr) -> bool:
    if left is right or left == right:
        return True
    if left.is_Rational and right.is_Rational:  # they are written in one way
        return False
    return not (precedes(left, right) or precedes(right, left))


# --- the whole expression --------------------------------------------------------------------------------------------


@answers
def signs(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, removable: Sequence[sp.Expr] = ()) -> Chart:
    """The chart of `expr` on the open interval (lower, upper), where it is analytic."""
    with ctx.workprec(BITS):
        return _signs(expr, x, lower, upper, tuple(removable), _RANGES.get())


Ranges = tuple[tuple[sp.Symbol, tuple[sp.Expr, sp.Expr]], ...]
_RANGES: ContextVar[Ranges] = ContextVar("ranges", default=())


@answers
@contextmanager
def within(ranges: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]) -> Iterator[None]:
    """While it lasts, each symbol stands for any number strictly between its two ends, which may be infinite."""
    token = _RANGES.set(tuple(ranges.items()))
    try:
        yield
    finally:
        _RANGES.reset(token)


def _spanning(symbol: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """The interval (lower, upper) as the values of an expression in one positive symbol."""
    t = sp.Symbol(f"{symbol.name}_free", positive=True)
    if not (lower.is_infinite or upper.is_infinite):
        return (lower + upper * t) / (1 + t)
    if not lower.is_infinite:
        return lower + t
    return symbol if upper.is_infinite else upper - t


@remembered
def _signs(
    expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, removable: tuple[sp.Expr, ...], ranges: Ranges
) -> Chart:
    if x not in expr.free_symbols:
        return Chart((), (constant_sign(expr),))
    line = polynomial(expr, x)
    if line is not None and line.degree() == 1:
        at, rising = only_zero(line), 1 if line[1] > 0 else -1
        if precedes(lower, at) and precedes(at, upper):
            return Chart((Zero(at, 1),), (-rising, rising))
        return Chart((), (rising if precedes(at, upper) else -rising,))
    if is_zero(expr):
        return Chart((), (0,))
    if expr.has(AnyNumber) and expr.has(sp.sin, sp.cos, sp.tan):  # a factor near 0 hides the sign of the rest
        constant, rest = sp.factor_terms(expr).as_independent(x, as_Add=False)
        with suppress(Undecided):
            if constant.has(AnyNumber) and (sign := constant_sign(constant)):
                return flip(_signs(rest, x, lower, upper, removable, ranges), sign)
    period = period_of(expr, x)
    if period is not None:
        return _periodic(expr, x, lower, upper, period, removable)
    try:
        kernels, (value,) = normal_form(expr)
    except Undecided:
        return _numeric(expr, x, lower, upper, removable)
    if value.num.is_zero():
        return Chart((), (0,))
    used = [k for k, power in enumerate((value.num * value.den).degrees()) if power]
    if any(kernels.exprs[k].has(sp.I) for k in used):
        return _by_products(expr, x, lower, upper, removable)

    def by_factors(brief: bool) -> Chart:
        return _by_factors(kernels, value, x, lower, upper, brief)

    def numeric(brief: bool) -> Chart:
        return _numeric(expr, x, lower, upper, removable, brief=brief)

    steps = len(compile_form(expr, x, removable).steps) if expr.free_symbols == {x} else _MANY_TERMS
    as_written = _is_longer(value.num, min(steps, _MANY_TERMS)) or _is_flat_within(kernels, value.num)
    return _one_of((numeric, by_factors) if as_written else (by_factors, numeric))


def _one_of(ways: Sequence[Callable[[bool], Chart]]) -> Chart:
    """The chart that one of several ways leads to: each is tried briefly first, since the first may take long."""
    reasons: dict[Callable[[bool], Chart], Undecided] = {}
    for brief in (True, False):
        for way in ways:
            if way not in reasons or isinstance(reasons[way], _Unfinished):
                try:
                    return way(brief)
                except Undecided as reason:
                    reasons[way] = reason
    raise reasons[ways[0]]


def _is_longer(numerator: fmpq_mpoly, steps: int) -> bool:
    """Is some factor longer to enclose than the whole expression as it is written?"""
    if len(numerator) <= steps:
        return False
    return len(numerator) > _MANY_TERMS or any(len(factor) > steps for factor, _ in numerator.factor()[1])


def _is_flat_within(kernels: Kernels, poly: fmpq_mpoly) -> bool:
    """Does a factor add what is flat at a point (exp(-1/x**2)) to other terms?

    Over one denominator, as factors are, its terms vanish there to a high order, and balls tell nothing near by.
    """
    flat = [k for k, exponent in kernels.logs.items() if not exponent.den.is_constant()]
    return bool(flat) and any(
        len(factor) > 1 and any(factor.degrees()[k] for k in flat) for factor, _ in poly.factor()[1]
    )


def _by_factors(kernels: Kernels, value: Quotient, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, brief: bool) -> Chart:
    charts: list[tuple[Chart, int]] = []
    sign = 1
    for poly, direction in ((value.num, 1), (value.den, -1)):
        content, factors = poly.factor()
        sign *= 1 if content > 0 else -1
        for factor, power in factors:
            charts.append((_factor(kernels, factor, x, lower, upper, brief), int(power) * direction))
    return flip(_product(charts), sign)


@answers
def constant_sign(value: sp.Expr) -> int:
    """The proved sign of a constant; of an expression in symbols, the one sign that it has within their ranges."""
    if value.free_symbols:
        return _symbolic_sign(value)
    for bits in (64, 400, 2000):
        with ctx.workprec(bits):
            ball = constant_ball(value)
            if ball > 0:
                return 1
            if ball < 0:
                return -1
    if is_zero(value):
        return 0
    if value.has(AnyNumber):
        return sign_of_any(value)
    raise Undecided(f"the sign of {value}")


def _symbolic_sign(value: sp.Expr) -> int:
    put = {symbol: _spanning(symbol, *ends) for symbol, ends in _RANGES.get()}
    kernels, (form,) = normal_form(value.xreplace(put))
    if form.num.is_zero():
        return 0
    sign = 1
    for poly in (form.num, form.den):
        content, factors = poly.factor()
        sign *= 1 if content > 0 else -1
        for factor, power in factors:
            known = kernels.sign_of(factor) or _beside_one(kernels, factor)
            if not known and not power % 2:
                raise Undecided(f"whether {value} can be zero")
            sign *= known**power
    if not sign:
        raise Undecided(f"the sign of {value} for every value of {', '.join(map(str, value.free_symbols))}")
    return sign


def _beside_one(kernels: Kernels, factor: fmpq_mpoly) -> int:
    """The sign of exp(t) - 1 is that of t; 0 for factors that are not of this form."""
    terms = {tuple(map(int, exponents)): c for exponents, c in factor.to_dict().items()}
    constant = terms.pop((0,) * len(next(iter(terms))), None)
    if constant is None or len(terms) != 1:
        return 0
    ((exponents, c),) = terms.items()
    used = [k for k, power in enumerate(exponents) if power]
    if c != -constant or len(used) != 1 or used[0] not in kernels.logs or exponents[used[0]] != 1:
        return 0
    return _symbolic_sign(kernels.back(kernels.logs[used[0]])) * (1 if c > 0 else -1)


def _by_products(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, removable: tuple[sp.Expr, ...]) -> Chart:
    """With sines about: the factors as they are written, each followed numerically or by its period."""
    parts = sp.Mul.make_args(sp.factor_terms(expr))
    if len(parts) == 1:
        return _numeric(expr, x, lower, upper, removable)
    charts = []
    for part in parts:
        base, power = part.as_base_exp() if isinstance(part, sp.Pow) else (part, sp.S.One)
        if not power.is_Integer:
            base, power = part, sp.S.One
        charts.append((signs(base, x, lower, upper), int(power)))
    if any(chart.period is not None for chart, _ in charts):
        return _numeric(expr, x, lower, upper, removable)
    return _product(charts)


def weak_sign(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> int:
    """The one sign that an expression has but at isolated points, from the signs of its factors."""
    sign = 1
    for part in sp.Mul.make_args(sp.factor_terms(sp.together(expr))):
        base, power = part.as_base_exp() if isinstance(part, sp.Pow) and part.exp.is_Integer else (part, sp.S.One)
        if power.is_even and is_zero(base, lower, upper) is False:
            continue
        (found, *others) = signs(base, x, lower, upper).all_signs
        if others or not found:
            raise Undecided(f"the sign of {expr}: {base} has several")
        sign *= found
    return sign


def _product(charts: Iterable[tuple[Chart, int]]) -> Chart:
    """The chart of a product of powers."""
    zeros: list[Zero] = []
    sign = 1
    for chart, power in charts:
        sign *= chart.signs[0] if power % 2 else 1
        for zero in chart.zeros:
            zeros = _insert(zeros, Zero(zero.at, zero.order * power))
    kept, pattern = [], [sign]
    for zero in zeros:
        if zero.order < 0:
            raise Undecided(f"the expression has a pole at {zero.at}")
        if zero.order == 0:
            continue
        kept.append(zero)
        pattern.append(pattern[-1] * (-1) ** zero.order)
    return Chart(tuple(kept), tuple(pattern))


def _insert(zeros: list[Zero], new: Zero) -> list[Zero]:
    """Zeros in ascending order with one more, found by halving: each comparison may take exact arithmetic."""
    low, high = 0, len(zeros)
    while low < high:
        middle = (low + high) // 2
        zero = zeros[middle]
        if precedes(zero.at, new.at):
            low = middle + 1
        elif precedes(new.at, zero.at):
            high = middle
        else:
            return zeros[:middle] + [Zero(zero.at, zero.order + new.order)] + zeros[middle + 1 :]
    return zeros[:low] + [new] + zeros[low:]


# --- one factor ------------------------------------------------------------------------------------------------------


def _factor(kernels: Kernels, poly: fmpq_mpoly, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, brief: bool) -> Chart:
    """The chart of an irreducible polynomial in kernels."""
    known = kernels.sign_of(poly)
    if known:
        return Chart((), (known,))
    moving = [k for k, power in enumerate(poly.degrees()) if power and x in kernels.exprs[k].free_symbols]
    if not moving:
        return Chart((), (constant_sign(kernels.poly_back(poly)),))
    expr = kernels.poly_back(poly)
    nested = [k for k in moving if k in kernels.logs and kernels.exprs[k].args[0].has(sp.exp)]
    outer = sp.Mul(*[kernels.exprs[k] ** -int(poly.degrees()[k]) for k in nested])
    if len(moving) == 1 and poly.degrees()[moving[0]] <= 2:
        kernel = kernels.exprs[moving[0]]
        solve = _solution(kernel, x)
        if solve is not None:
            return _solved(kernels, poly, moving[0], solve, expr, x, lower, upper)
    if expr.free_symbols != {x}:
        return Chart((), (sign_at_corners(expr, x, lower, upper, dict(_RANGES.get())),))
    return _numeric(expr, x, lower, upper, (), outer, brief)


def _solution(kernel: sp.Expr, x: sp.Symbol) -> Callable[[sp.Expr], sp.Expr | None] | None:
    """For a kernel that is a monotone elementary function of x: its inverse, None where a value is not taken."""
    if kernel == x:
        return lambda value: value
    if isinstance(kernel, sp.exp):
        rate, rest = kernel.args[0].as_independent(x, as_Add=False)
        if rest == x:
            return lambda value: sp.log(value) / rate if constant_sign(value) > 0 else None
    if isinstance(kernel, sp.log):
        slope, shift = _linear(kernel.args[0], x)
        if slope is not None:
            return lambda value: (sp.exp(value) - shift) / slope
        inner = kernel.args[0] - 1
        if isinstance(inner, sp.exp):
            rate, rest = inner.args[0].as_independent(x, as_Add=False)
            if rest == x:
                return lambda value: sp.log(sp.exp(value) - 1) / rate if constant_sign(value) > 0 else None
    return None


def _linear(expr: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr | None, sp.Expr]:
    """(slope, shift) of an expression linear in x."""
    constant, rest = expr.as_independent(x, as_Add=True)
    rate, only = rest.as_independent(x, as_Add=False)
    return (rate, constant) if only == x else (None, sp.S.Zero)


def _solved(
    kernels: Kernels,
    poly: fmpq_mpoly,
    index: int,
    solve: Callable[[sp.Expr], sp.Expr | None],
    expr: sp.Expr,
    x: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
) -> Chart:
    """Roots of a polynomial of degree 1 or 2 in one invertible kernel, by radicals."""
    coefficients = [sp.S.Zero] * 3
    for exponents, coefficient in poly.to_dict().items():
        degree = int(exponents[index])
        rest = [kernels.exprs[k] ** int(p) for k, p in enumerate(exponents) if p and k != index]
        coefficients[degree] += sp.Mul(sp.Rational(int(coefficient.p), int(coefficient.q)), *rest)
    c, b, a = coefficients
    values: list[tuple[sp.Expr, int]] = []
    if constant_sign(a) == 0:
        if constant_sign(b) != 0:
            values.append((-c / b, 1))
    else:
        discriminant = sp.expand(b**2 - 4 * a * c)
        sign = constant_sign(discriminant)
        if sign == 0:
            values.append((-b / (2 * a), 2))
        elif sign > 0:
            root = sp.sqrt(discriminant)
            values += [((-b - root) / (2 * a), 1), ((-b + root) / (2 * a), 1)]
    zeros: list[Zero] = []
    for value, order in values:
        point = solve(value)
        if point is not None:
            point = _tidy(point)
            if precedes(lower, point) and precedes(point, upper):
                zeros = _insert(zeros, Zero(point, order))
    symbols = (expr.free_symbols | lower.free_symbols | upper.free_symbols) - {x}
    form = None if symbols else compile_form(expr, x)
    return _signed(expr, x, form, zeros, lower, upper)


def _tidy(point: sp.Expr) -> sp.Expr:
    """The shorter of a few equal ways to write a constant."""
    if point.is_Rational or not point.is_algebraic:
        return point
    return min((point, sp.radsimp(sp.expand(point))), key=lambda e: (e.count_ops(), str(e)))


def _signed(
    expr: sp.Expr, x: sp.Symbol, form: Form | None, zeros: Sequence[Zero], lower: sp.Expr, upper: sp.Expr
) -> Chart:
    """A chart from all the zeros: one sample decides each gap."""
    cuts = [lower, *[zero.at for zero in zeros], upper]
    pattern: list[int] = []
    for left, right in zip(cuts, cuts[1:], strict=False):
        if form is None:
            pattern.append(constant_sign(expr.subs(x, inner_point(left, right))))
            continue
        try:
            pattern.append(sample_sign(form, left, right))
        except Undecided:  # a ball next to 0, of a number that is known by its ends
            if not expr.has(AnyNumber):
                raise
            pattern.append(constant_sign(expr.subs(x, inner_point(left, right))))
    return Chart(tuple(zeros), tuple(pattern))


def sample_sign(form: Form, left: sp.Expr, right: sp.Expr) -> int:
    """The sign at a point strictly between, where it is known not to be zero."""
    point = inner_point(left, right)
    for bits in (BITS, 600, 3000, 12000):
        with ctx.workprec(bits):
            ball = form.ball(rational_ball(point))
            if ball > 0:
                return 1
            if ball < 0:
                return -1
    raise Undecided(f"the sign at {point}")


def _turns(place: sp.Expr, period: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> tuple[int, int]:
    """Whole numbers k such that every place + k period between two numbers has its k between them."""
    low, high = (constant_ball((end - place) / period) for end in (lower, upper))
    first, last = low.lower().floor().unique_fmpz(), high.upper().floor().unique_fmpz()
    if first is None or last is None:
        raise Undecided("a point so far out that it cannot be written")
    return int(first), int(last)


def part(chart: Chart, lower: sp.Expr, upper: sp.Expr) -> Chart:
    """What a chart says on a part of its interval, of which waves come back a few times at most."""
    if chart.period is not None and (lower.is_infinite or upper.is_infinite):
        raise Undecided("endlessly many zeros on a half-line")
    places, after = [zero.at for zero in chart.zeros], chart.signs[1:]
    zeros = list(chart.zeros)
    if chart.period is not None and zeros:
        after = chart.signs if len(chart.signs) == len(zeros) else after
        first, last = _turns(places[0], chart.period, lower, upper)
        if (last - first + 1) * len(zeros) > MOST_ZEROS:
            raise Undecided(f"more than {MOST_ZEROS} zeros")
        turns = range(first, last + 1)
        zeros = [Zero(zero.at + k * chart.period, zero.order) for k in turns for zero in chart.zeros]
        after = after * len(turns)
    before = [k for k, zero in enumerate(zeros) if not precedes(lower, zero.at)]
    inside = [zero for zero in zeros if precedes(lower, zero.at) and precedes(zero.at, upper)]
    start = before[-1] + 1 if before else 0
    pattern = (after[-1] if chart.period is not None and zeros else chart.signs[0], *after)
    return Chart(tuple(inside), pattern[start : start + len(inside) + 1])


# --- periodic expressions --------------------------------------------------------------------------------------------


def period_of(expr: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """A period, when x occurs in sines and cosines of commensurable multiples of x only."""
    rates: set[sp.Expr] = set()

    def walk(node: sp.Expr) -> bool:
        if x not in node.free_symbols:
            return True
        if isinstance(node, (sp.sin, sp.cos, sp.tan)):
            rate, _ = _linear(node.args[0], x)
            if rate is not None:
                rates.add(abs(rate))
            return rate is not None
        return node != x and all(walk(arg) for arg in node.args)

    if not walk(expr) or not rates:
        return None
    first = min(rates, key=str)
    ratios = [sp.cancel(rate / first) for rate in rates]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    common = math.lcm(*[int(ratio.q) for ratio in ratios])
    top = math.gcd(*[int(ratio * common) for ratio in ratios])
    return 2 * sp.pi / (first * sp.Rational(top, common))


def _periodic(
    expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, period: sp.Expr, removable: tuple[sp.Expr, ...]
) -> Chart:
    if (begun := _from_zero(expr, x)) is not None:
        moved, by = begun
        chart = signs(moved, x, lower - by, upper - by, tuple(gap - by for gap in removable))
        return Chart(
            tuple(Zero(sp.expand(zero.at + by), zero.order) for zero in chart.zeros), chart.signs, chart.period
        )
    if lower is not -sp.oo and upper is not sp.oo:
        if expr.has(sp.tan):  # whose poles lie at the ends
            parts = sp.fraction(sp.together(by_sines(expr)))
            return _product((signs(part, x, lower, upper), power) for part, power in zip(parts, (1, -1), strict=True))
        return _one_wave(expr, x, lower, upper) or _numeric(expr, x, lower, upper, removable)
    start = lower if lower is not -sp.oo else upper - period if upper is not sp.oo else -period / 2
    chart = _one_wave(expr, x, start, start + period) or _numeric(expr, x, start, start + period, removable)
    zeros = list(chart.zeros)
    order = order_of_zero(expr, x, start)
    if order:
        zeros.insert(0, Zero(start, order))
    return Chart(tuple(zeros), chart.signs, period)


def _from_zero(expr: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, sp.Expr] | None:
    """The expression moved so that more of its waves begin at 0, and by how much; None where that is none.

    There zeros have short forms: those of 1 - cos(2 x + 1) are multiples of pi less 1/2.
    """
    begun = _shifts(expr, x)
    if expr.free_symbols != {x} or not any(begun.values()):
        return None
    place = next(-shift / _linear(wave.args[0], x)[0] for wave, shift in begun.items() if shift)  # type: ignore[operator]
    moved = expr.xreplace({x: x + place}).replace(_is_wave, lambda wave: wave.func(sp.expand(wave.args[0])))
    later = _shifts(moved, x)
    fewer = sum(map(bool, later.values())) < sum(map(bool, begun.values()))
    return (moved, place) if fewer and period_of(moved, x) is not None else None


def _shifts(expr: sp.Expr, x: sp.Symbol) -> dict[sp.Expr, sp.Expr]:
    """The waves of an expression, and at 0 their arguments where these are no multiples of pi; 0 where they are."""
    out = {}
    for wave in sorted(expr.atoms(sp.sin, sp.cos, sp.tan), key=str):
        shift = _linear(wave.args[0], x)[1]
        out[wave] = sp.S.Zero if (shift / sp.pi).is_Rational else shift
    return out


def _is_wave(node: sp.Basic) -> bool:
    return isinstance(node, sp.sin | sp.cos | sp.tan)


def by_sines(expr: sp.Expr) -> sp.Expr:
    """The expression with sin(u)/cos(u) for each tan(u)."""
    return expr.replace(sp.tan, lambda u: sp.sin(u) / sp.cos(u))


def _one_wave(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> Chart | None:
    """The chart of a constant and a multiple of the sine or cosine of a line, whose zeros are known; None of others."""
    level, rest = expr.as_independent(x, as_Add=True)
    factor, wave = rest.as_independent(x, as_Add=False)
    slope, shift = _linear(wave.args[0], x) if isinstance(wave, sp.sin | sp.cos) else (None, sp.S.Zero)
    if slope is None or expr.free_symbols != {x}:
        return None
    height = sp.radsimp(-level / factor)
    within = constant_sign(1 - height**2)
    phases: set[sp.Expr] = set()
    if within >= 0:
        first = sp.asin(height) if isinstance(wave, sp.sin) else sp.acos(height)
        phases = {first, sp.pi - first if isinstance(wave, sp.sin) else -first} if within else {first}
    period = abs(2 * sp.pi / slope)
    zeros: list[Zero] = []
    for phase in phases:
        place = (phase - shift) / slope
        low, high = _turns(place, period, lower, upper)
        if (high - low) * len(phases) > MOST_ZEROS:
            return None
        places = [sp.expand(place + k * period) for k in range(low, high + 1)]
        zeros += [Zero(at, 1 if within else 2) for at in places if precedes(lower, at) and precedes(at, upper)]
    ordered: list[Zero] = []
    for zero in zeros:
        ordered = _insert(ordered, zero)
    return _signed(expr, x, compile_form(expr, x), ordered, lower, upper)


# --- branch and bound ------------------------------------------------------------------------------------------------


def _numeric(
    expr: sp.Expr,
    x: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
    removable: tuple[sp.Expr, ...],
    outer: sp.Expr = sp.S.One,
    brief: bool = False,
) -> Chart:
    """`outer` is a positive function that tames the expression far out: the product has the same signs.

    A `brief` search raises _Unfinished where it would take long.
    """
    form = compile_form(expr, x, removable)
    tame = expr if outer is sp.S.One else sp.expand(expr * outer)
    with ctx.workprec(BITS):
        search = _Search(expr, x, form, removable, (expr,) if tame is expr else (expr, tame), brief)
        return search.chart(lower, upper)


class _Unfinished(Undecided):
    """The boxes that may be looked at are used up."""


class _Search:
    """All zeros of one analytic expression on one interval."""

    def __init__(
        self,
        expr: sp.Expr,
        x: sp.Symbol,
        form: Form,
        removable: tuple[sp.Expr, ...],
        tails: tuple[sp.Expr, ...],
        brief: bool,
    ):
        self.expr, self.x, self.form, self.removable, self.tails = expr, x, form, removable, tails
        self.zeros: list[Zero] = []
        self.budget = _FIRST_STEPS // len(form.steps) if brief else _BOXES if form.settled else _FEW_BOXES

    def chart(self, lower: sp.Expr, upper: sp.Expr) -> Chart:
        low = self.end(lower, 1)
        high = self.end(upper, -1)
        if not (low.is_finite() and high.is_finite()):
            raise Undecided(f"where {lower} and {upper} lie")
        if not low < high:  # both ends settle more than the whole interval
            low = high = (low + high) / 2
        cuts = [low]
        for point in self.candidates(lower, upper):
            ball = position(point)
            if low < ball < high:
                left, right = self.around(point)
                cuts += [max_ball(left, cuts[-1]), right]
        cuts.append(high)
        for left, right in zip(cuts[::2], cuts[1::2], strict=True):
            if left < right:
                self.boxes(left, right)
        ordered: list[Zero] = []
        for zero in self.zeros:
            ordered = _insert(ordered, zero)
        return _signed(self.expr, self.x, self.form, ordered, lower, upper)

    def candidates(self, lower: sp.Expr, upper: sp.Expr) -> list[sp.Expr]:
        """Points where zeros are often found, tested exactly."""
        out = []
        for point in (sp.S.Zero, *self.removable):
            if precedes(lower, point) and precedes(point, upper) and point not in out:
                if self.form.ball(constant_ball(point)).contains(0):
                    out.append(point)
        return sorted(out, key=lambda p: float(position(p).mid()))

    def order(self, point: sp.Expr) -> int:
        if point not in self.removable:
            return order_of_zero(self.expr, self.x, point)
        return order_at(self.expr, self.x, point)

    def around(self, point: sp.Expr) -> tuple[arb, arb]:
        """Settles a neighbourhood of `point`, a zero of known order (or none); returns its ends."""
        order = self.order(point)
        if order:
            self.zeros.append(Zero(point, order))
        centre = constant_ball(point)
        for k in range(1, 60):
            radius = arb(2) ** -k
            box = ball_of((centre - radius).lower(), (centre + radius).upper())
            lead = self.form.series(box, order + 1)[order]
            if lead.is_finite() and not lead.contains(0):
                return (centre - radius).upper(), (centre + radius).lower()
        raise Undecided(f"the neighbourhood of {point}")

    def end(self, point: sp.Expr, direction: int) -> arb:
        """Settles the end of the interval at `point` (direction 1: a left end); returns where the rest begins."""
        if point in (sp.oo, -sp.oo):
            reason = ""
            for expr in self.tails:
                moved = outward(expr, self.x, point, direction)
                for start in STARTS:
                    try:
                        if self.tail_sign(moved, start):
                            return arb(start) if point is sp.oo else arb(-start)
                    except Undecided as why:
                        reason = str(why)
            raise Undecided(f"the sign near {point}: {reason}")
        try:
            order = order_of_zero(self.expr, self.x, point)
        except (Undecided, TypeError, ValueError):
            return self.singular_end(point, direction)
        for k in (*range(1, 60), *_NEARER):
            with ctx.workprec(max(ctx.prec, 3 * k)):
                centre, radius = constant_ball(point), arb(2) ** -k
                far = (centre + direction * radius).lower() if direction > 0 else (centre - radius).upper()
                box = ball_of(centre.lower(), centre.upper()).union(far)
                lead = self.form.series(box, order + 1)[order]
            if lead.is_finite() and not lead.contains(0):
                return far
        return self.singular_end(point, direction)

    def tail_sign(self, moved: sp.Expr, start: int) -> int:
        """The sign from `start` on, 0 for the function 0."""
        try:
            return germ(moved, self.x, start).sign()
        except Undecided as reason:
            if still(moved, self.x) is None:
                raise
            try:
                return swing.sign(moved, self.x, start, lambda base: weak_sign(base, swing.PHASE, -sp.oo, sp.oo))
            except Undecided:
                raise reason from None

    def singular_end(self, point: sp.Expr, direction: int) -> arb:
        moved = outward(self.expr, self.x, point, direction)
        reason = ""
        for start in STARTS:
            try:
                if self.tail_sign(moved, start):
                    inside = constant_ball(point) + arb(direction) / start
                    return inside.lower() if direction > 0 else inside.upper()
            except Undecided as why:
                reason = str(why)
        raise Undecided(f"the sign near {point}: {reason}")

    def boxes(self, low: arb, high: arb) -> None:
        """All zeros in [low, high], whose ends are not zeros."""
        stack = [(low.mid(), high.mid(), ctx.prec)]
        most = ctx.prec * CLOSER[-1] if self.form.settled else ctx.prec
        while stack:
            self.budget -= 1
            if self.budget < 0:
                raise _Unfinished("the sign changes could not all be found within the limit of boxes")
            left, right, bits = stack.pop()
            with ctx.workprec(bits):
                if self.settled(left, right):
                    continue
                cut = next(
                    (c for c in (_cut(left, right, s) for s in _SHARES) if not self.form.ball(c).contains(0)), None
                )
                tiny = right - left < arb(2) ** -60 * (1 + abs(left))
                if (cut is None or tiny) and bits < most:  # what is left, at an end perhaps, is less than is rounded
                    stack.append((left, right, 2 * bits))
                elif tiny:
                    self.touch(left, right)
                else:  # a zero at an end of boxes is in none of them
                    cut = _cut(left, right, _SHARES[0]) if cut is None else cut
                    stack += [(cut, right, bits), (left, cut, bits)]

    def settled(self, left: arb, right: arb) -> bool:
        """Are all zeros of a box found? They are where there is none, or the slope has one sign."""
        box, cut = ball_of(left, right), _cut(left, right, _SHARES[0])
        value, slope = self.form.series(box, 2)
        if value.is_finite() and not value.contains(0):
            return True
        if not slope.is_finite():
            return False
        centred = self.form.ball(cut) + slope * (box - cut)
        if centred.is_finite() and not centred.contains(0):
            return True
        if not slope.contains(0) and self.monotone(left, right):
            return True
        return bool(right - left < 1) and self.bounded_away(((left + right) / 2).mid(), left, right)

    def bounded_away(self, centre: arb, left: arb, right: arb) -> bool:
        """Does a Taylor polynomial with its remainder keep the function from 0 on a box?"""
        radius = ((right - left) / 2).upper()
        start, *higher = self.form.series(centre, _TAYLOR)
        last = self.form.series(ball_of(left, right), _TAYLOR + 1)[_TAYLOR]
        reach, power = arb(0), radius
        for coefficient in (*higher, last):
            reach += abs(coefficient).upper() * power
            power *= radius
        return bool(start.is_finite() and reach.is_finite() and abs(start) > reach)

    def monotone(self, left: arb, right: arb) -> bool:
        """On a box where the slope has one sign: finds the zero, if any. False when an end is too near to a zero."""
        a, b = self.form.ball(left), self.form.ball(right)
        if (a > 0 and b > 0) or (a < 0 and b < 0):
            return True
        if not ((a > 0 and b < 0) or (a < 0 and b > 0)):
            return False
        point = exact_zero(self.expr, self.x, self.form, left, right, self.removable)
        if point is None:
            raise Undecided("a zero of a function with a filled gap has no closed form here")
        self.zeros.append(Zero(point, 1))
        return True

    def touch(self, left: arb, right: arb) -> None:
        """A tiny box that cannot be settled: a zero of higher order at a recognisable point, or undecided."""
        box = ball_of(left, right)
        slopes = self.form.series(box, 3)
        if slopes[2].is_finite() and not slopes[2].contains(0):
            derivative = compile_form(self.expr.diff(self.x), self.x, self.removable)
            a, b = derivative.ball(left), derivative.ball(right)
            if (a > 0 and b < 0) or (a < 0 and b > 0):
                for guess in guesses(refine_root(derivative, left, right)):
                    if vanishes(self.expr, self.x, guess) and vanishes(self.expr.diff(self.x), self.x, guess):
                        self.zeros.append(Zero(guess, 2))
                        return
        raise Undecided(f"the sign near {float(box.mid()):.6g}")


def exact_zero(
    expr: sp.Expr, x: sp.Symbol, form: Form, left: arb, right: arb, removable: Sequence[sp.Expr] = ()
) -> sp.Expr | None:
    """The one zero between two points where the signs differ: a closed form if one is recognised, else a RealRoot.

    None where a RealRoot cannot stand for it, since it is not told apart from a gap that is filled in.
    """
    root = refine_root(form, left, right)
    for guess in guesses(root):
        if vanishes(expr, x, guess) and left < constant_ball(guess) < right:
            return guess
    for gap in map(constant_ball, removable):
        if gap < root:
            left = max_ball(left, gap.upper())
        elif gap > root:
            right = -max_ball(-right, -gap.lower())
        else:
            return None
    return RealRoot(expr, between(left, root.lower()), between(root.upper(), right))


def vanishes(expr: sp.Expr, x: sp.Symbol, point: sp.Expr) -> bool:
    value = expr.subs(x, point)
    return not value.has(sp.nan, sp.zoo, sp.oo) and is_zero(value) is True


def _cut(left: arb, right: arb, share: fmpq) -> arb:
    """The point at this share of a box."""
    return (left + (right - left) * arb(share)).mid()


def max_ball(left: arb, right: arb) -> arb:
    return left if left > right else right


def guesses(ball: arb) -> Iterable[sp.Expr]:
    """Short closed forms inside a very narrow ball: rationals, square roots, multiples of pi, logarithms."""
    if ball.rel_accuracy_bits() < 80:
        return
    for transform, inverse in (
        (ball, lambda q: q),
        (ball**2, lambda q: sp.sqrt(q) * (1 if ball > 0 else -1)),
        (ball / arb.pi(), lambda q: q * sp.pi),
        (ball.exp() if abs(ball) < 40 else None, lambda q: sp.log(q) if q > 0 else None),
        ((2 * ball).exp() if abs(ball) < 40 else None, lambda q: sp.log(q) / 2 if q > 0 else None),
    ):
        if transform is None:
            continue
        q = simple_rational(transform)
        if q is not None:
            value = inverse(q)
            if value is not None:
                yield value


def simple_rational(ball: arb) -> sp.Rational | None:
    """The rational with a short denominator in a narrow ball, if there is one."""
    value = fraction(ball)
    if value is None:
        return None
    near = value.limit_denominator(10**6)
    if ball.contains(arb(fmpq(near.numerator, near.denominator))) and abs(near.numerator) < 10**9:
        return sp.Rational(near.numerator, near.denominator)
    return None

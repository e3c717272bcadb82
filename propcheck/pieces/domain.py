"""Where an expression is defined, and which of its gaps its own limit fills."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp
from flint import ctx
from sympy.core.relational import Relational

from propcheck.calculus import Undecided, local
from propcheck.calculus.chart import Chart
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.identity import is_zero, normal_form
from propcheck.calculus.signs import period_of, same, signs
from propcheck.language import Condition, X
from propcheck.pieces.values import LINE_BITS, NO_VALUE, chooses
from propcheck.verdict import InputError


class EndlessGaps(Undecided):
    """The function is not defined at the points of `gaps`, and again with `period`: there are endlessly many pieces."""

    def __init__(self, gaps: tuple[sp.Expr, ...], period: sp.Expr):
        super().__init__(f"not defined at {', '.join(map(str, gaps))} and so on with period {period}: no finite pieces")
        self.gaps, self.period = gaps, period


def one_pass(chart: Chart, u: sp.Expr, touching: bool = False) -> Chart:
    """A chart with finitely many zeros; `touching` says that zeros without a change of sign do not matter."""
    if chart.period is None:
        return chart
    if len(chart.all_signs) > 1 or (chart.zeros and not touching):
        raise Undecided(f"infinitely many breakpoints: {u} is 0 again and again, with period {chart.period}")
    return Chart((), chart.signs[:1])


# --- the domain ------------------------------------------------------------------------------------------------------


def _imaginary(node: sp.Expr) -> bool:
    """Is this a constant that is not a real number?"""
    return bool(node.args) and not node.free_symbols and node.is_extended_real is False


def standing_conditions(expr: sp.Expr) -> Iterator[Condition]:
    """Conditions that hold whichever branches are taken, so that a branch that is 0 does not swallow them."""
    if isinstance(expr, sp.Piecewise) or X not in expr.free_symbols:
        return
    for arg in expr.args:
        yield from standing_conditions(arg)
    if isinstance(expr, Relational):
        return
    for node, kind, u in local.conditions(expr, X, inner=False):
        if kind != "nonzero" and not u.is_positive:
            yield (node, "defined", node) if chooses(node) else (node, kind, u)


def domain_split(
    expr: sp.Expr, lower: sp.Expr, upper: sp.Expr, conditions: tuple[Condition, ...] = ()
) -> list[tuple[sp.Expr, sp.Expr, bool]] | sp.Expr | None:
    """None where the expression is analytic on (lower, upper), gaps that can be filled aside; else the parts of it.

    Where poles inside it cancel, the expression that shows it.
    """
    if expr.has(*NO_VALUE) or any(_imaginary(node) for node in sp.preorder_traversal(expr)):
        return [(lower, upper, False)]
    for _, kind, u in (*conditions, *local.conditions(expr, X)):
        if u.is_positive:
            continue
        chart = signs(u, X, lower, upper)
        if kind == "nonzero":
            if chart.signs == (0,):
                raise InputError(f"a division by {u}, which is 0")
            whole = expr.args[0] if isinstance(expr, sp.Tuple) else expr
            if chart.period is not None and chart.zeros:
                raise _endless(whole, u, chart)
            for zero in chart.zeros:
                if not fills(whole, zero.at):
                    return [(lower, zero.at, True), (zero.at, upper, True)]
                shown = quotient(whole, (zero.at,))
                if shown != whole:
                    return shown
            continue
        if chart.all_signs == {1} and not chart.zeros:
            continue
        if chart.signs == (0,) and kind == "nonnegative":
            continue
        chart = one_pass(chart, u)
        cuts = [lower, *[zero.at for zero in chart.zeros], upper]
        if chart.signs in ((-1,), (0,)):
            return [(lower, upper, False)]
        return [(cuts[k], cuts[k + 1], sign > 0) for k, sign in enumerate(chart.signs)]
    return None


def unsquared(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """Square roots of squares replaced by what is squared, with the sign that it has on (lower, upper)."""
    roots = [n for n in expr.atoms(sp.Pow) if n.exp.is_Rational and n.exp.q == 2 and X in n.base.free_symbols]
    for node in sorted(roots, key=sp.count_ops):
        if (half := _half_turn(node.base)) is not None:
            factor, wave = half
            chart = signs(wave, X, lower, upper)
            if len(chart.all_signs) == 1 and not chart.zeros:
                expr = expr.xreplace({node: (chart.signs[0] * wave) ** node.exp.p * sp.sqrt(factor) ** node.exp.p})
            continue
        try:
            kernels, (base,) = normal_form(node.base)
        except Undecided:
            continue
        if any(kernel.has(sp.I) for kernel in kernels.exprs):  # waves, as exponentials
            continue
        outside: sp.Expr = sp.S.One
        inside: sp.Expr = sp.S.One
        for poly, direction in ((base.num, 1), (base.den, -1)):
            content, factors = poly.factor()
            inside *= sp.Rational(int(content.p), int(content.q)) ** direction
            for factor, power in factors:
                half, odd = divmod(int(power), 2)
                part = kernels.poly_back(factor)
                inside *= part ** (odd * direction)
                if half:
                    chart = signs(part, X, lower, upper)
                    if len(chart.all_signs) != 1 or chart.zeros:
                        return expr
                    outside *= (chart.signs[0] * part) ** (half * direction)
        if outside is not sp.S.One:
            expr = expr.xreplace({node: outside**node.exp.p * inside**node.exp})
    return expr


def _half_turn(base: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(2 a, sin(u/2)) of a - a cos(u), (2 a, cos(u/2)) of a + a cos(u); None of others. sin(u) is cos(u - pi/2)."""
    level, rest = base.as_independent(X, as_Add=True)
    factor, wave = rest.as_independent(X, as_Add=False)
    if not isinstance(wave, sp.cos | sp.sin) or not level.is_positive or is_zero(level**2 - factor**2) is not True:
        return None
    kind = sp.cos if is_zero(level - factor) is True else sp.sin
    return 2 * level, kind((wave.args[0] - (sp.pi / 2 if isinstance(wave, sp.sin) else 0)) / 2)


def fills(expr: sp.Expr, point: sp.Expr) -> bool:
    """Is the whole of an expression analytic at a zero of a denominator, and can it be enclosed there?

    A jump, a kink or a flat place is not: there a piece ends, and both sides are asked for what they tend to.
    """
    if not local.analytic(expr, X, point):
        return False
    try:
        return _enclosed(quotient(expr, (point,)), (point,))
    except Undecided:
        return False


def quotient(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> sp.Expr:
    """The expression as it is written where each quotient in it can be filled in by itself; else over one denominator.

    In 1/tanh(x) - 1/x two poles cancel, and only (x - tanh(x))/(x*tanh(x)) shows it.
    """
    if _enclosed(expr, removable):
        return expr
    combined = combined_over(expr, removable)
    return combined if _enclosed(combined, removable) else over_one(combined)


def _enclosed(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> bool:
    """Do balls hold the value at each gap?"""
    with ctx.workprec(LINE_BITS):
        form = compile_form(expr, X, removable)
        return all(form.ball(constant_ball(point)).is_finite() for point in removable)


def combined_over(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> sp.Expr:
    """In each sum, the terms with poles over one denominator; the whole sum where their poles do not cancel."""
    if not expr.args or X not in expr.free_symbols:
        return expr
    args = [combined_over(arg, removable) for arg in expr.args]
    if not isinstance(expr, sp.Add):
        return expr.func(*args)
    poles = [arg for arg in args if not all(local.analytic(arg, X, point) for point in removable)]
    others = [arg for arg in args if arg not in poles]
    together = over_one(sp.Add(*poles))
    if others and not all(local.analytic(together, X, point) for point in removable):
        return over_one(sp.Add(*args))
    return sp.Add(together, *others)


def over_one(expr: sp.Expr) -> sp.Expr:
    """The expression over one denominator, in which what is flat somewhere (exp(-1/x**2)) stays as it is."""
    flat = {node: sp.Dummy() for node in expr.atoms(sp.exp) if not node.args[0].is_polynomial(X)}
    return sp.together(expr.xreplace(flat)).xreplace({dummy: node for node, dummy in flat.items()})


def removable_points(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> tuple[sp.Expr, ...]:
    points: list[sp.Expr] = []
    for _, kind, u in local.conditions(expr, X):
        if kind == "nonzero" and not u.is_positive:
            for zero in signs(u, X, lower, upper).zeros:
                if not any(same(zero.at, known) for known in points):
                    points.append(zero.at)
    return tuple(points)


def _endless(expr: sp.Expr, u: sp.Expr, chart: Chart) -> Undecided:
    """What is to be said of a denominator that is 0 again and again: where the gaps are that cannot be filled in."""
    assert chart.period is not None
    zeros = tuple(zero.at for zero in chart.zeros)
    core = _with_poles(expr, u)
    period = period_of(core, X)
    if period is None:
        return Undecided(f"division by {u}, which is 0 again and again: at which of its zeros the function is defined")
    again = int(sp.simplify(period / chart.period))
    zeros = tuple(zero + k * chart.period for k in range(again) for zero in zeros)
    gaps = tuple(zero for zero in zeros if not local.analytic(core, X, zero))
    if not gaps:
        return Undecided(f"division by {u}, which is 0 again and again, each time with a gap that can be filled in")
    if len(gaps) == len(zeros):
        return EndlessGaps(gaps[: len(chart.zeros)], chart.period)
    return EndlessGaps(gaps, period)


def _with_poles(expr: sp.Expr, u: sp.Expr) -> sp.Expr:
    """The expression less terms that have no poles, and less factors that have none and no zero in common with u."""
    terms = [term for term in sp.Add.make_args(expr) if any(local.conditions(term, X))]
    return sp.Mul(*[factor for factor in sp.Mul.make_args(sp.Add(*terms)) if not _apart(factor, u)])


def _apart(factor: sp.Expr, u: sp.Expr) -> bool:
    if any(local.conditions(factor, X)) or period_of(factor, X) is not None:
        return False
    try:
        chart = signs(factor, X, -sp.oo, sp.oo)
    except Undecided:
        return False
    return chart.period is None and all(is_zero(u.subs(X, zero.at)) is False for zero in chart.zeros)

"""What mpmath finds at sample points, held against the facts of an activation: nothing may contradict them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import mpmath
import sympy as sp
from flint import ctx
from mpmath import mp, mpf
from second_opinion import Function

from propcheck.activation import Activation, from_spec
from propcheck.analysis import facts
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.language import X
from propcheck.spec import from_text
from propcheck.verdict import Facts, Number

DIGITS = 80
EPS = mpf(10) ** -35
FAR = tuple(mpf(10) ** k for k in (3, 6, 9, 12))


def exact(value: sp.Expr) -> mpf:
    """An exact number of the engine at mpmath's precision."""
    if value.is_infinite:
        return mp.inf if value is sp.oo else -mp.inf
    with ctx.workprec(mp.prec + 40):
        return mpf(constant_ball(value).mid().str(mp.dps + 10, radius=False))


def place(number: Number, inner: Function | None = None) -> mpf:
    """A number of a fact, to all digits where it is exact."""
    if number.exact is not None and number.value not in (mp.inf, -mp.inf):
        return exact(sp.sympify(number.exact, locals={"x": None}))
    return mpf(number.value)


def contradictions(text: str, seed: int = 0) -> list[str]:
    """Sentences that say where the facts of `text` contradict what mpmath finds; none, if all is well."""
    activation = from_spec(from_text(text))
    if activation.trouble:
        return []
    with mp.workdps(DIGITS):
        g = Function(text, wary=True)
        found = facts(activation)
        return [
            *_values(activation, g, Random(seed)),
            *_extent(activation, found, g, Random(seed)),
            *_ends(found, g),
            *_shape(activation, found, g, Random(seed)),
            *_flat(activation, found, g, Random(seed)),
            *_course(found, g, Random(seed)),
            *_hits(activation, found, g, Random(seed)),
            *_lines(found, g),
            *_by_output(activation, found, g, Random(seed)),
            *_kinks(activation, found, g),
            *_gaussian(activation, found, g),
        ]


def within(text: str, lower: str, upper: str, seed: int = 0) -> list[str]:
    """The same of the facts on an interval, outside of which the function counts as undefined."""
    activation = from_spec(from_text(text).within((lower, upper)))
    if activation.trouble:
        return []
    with mp.workdps(DIGITS):
        whole, (low, high) = Function(text, wary=True), map(exact, activation.on or ())

        def g(x: mpf) -> mpf | None:
            return whole(x) if low <= x <= high else None

        found = facts(activation)
        rng = Random(seed)
        return [
            *_extent(activation, found, g, rng),
            *_trend(activation, found, g, rng),
            *_course(found, g, rng),
            *_hits(activation, found, g, rng),
            *_by_output(activation, found, g, rng),
            *_kinks(activation, found, g),
        ]


def samples(rng: Random, count: int = 60) -> list[mpf]:
    """Points of several sizes, none of them special."""
    wide = [rng.uniform(-3, 3) for _ in range(count)] + [
        rng.choice((-1, 1)) * 10 ** rng.uniform(-4, 2) for _ in range(count)
    ]
    return sorted(mpf(point) for point in wide)


def breakpoints(activation: Activation) -> list[mpf]:
    ends = {end for piece in activation.pieces for end in (piece.lower, piece.upper) if end.is_finite}
    return sorted({exact(end) for end in ends})


def apart(points: list[mpf], cuts: list[mpf], reach: float = 1e-7) -> list[mpf]:
    return [point for point in points if all(abs(point - cut) > reach for cut in cuts)]


def near(left: mpf, right: mpf, slack: mpf = EPS) -> bool:
    return abs(left - right) <= slack * (1 + abs(left) + abs(right))


def slope(g: Function, x: mpf) -> mpf | None:
    """g'(x) by a central difference of high precision."""
    with mp.workdps(2 * DIGITS):
        h = mpf(10) ** -(DIGITS // 2)
        left, right = g(x - h), g(x + h)
    return None if left is None or right is None else (right - left) / (2 * h)


def at_most(value: mpf, number: Number, slack: mpf = EPS) -> bool:
    return not number.known or value <= mpf(number.upper) + slack * (1 + abs(value))


def at_least(value: mpf, number: Number, slack: mpf = EPS) -> bool:
    return not number.known or value >= mpf(number.lower) - slack * (1 + abs(value))


def _piece_value(activation: Activation, x: mpf) -> tuple[str, mpf | None]:
    """The value of the pieces at a point: ("inside", value), ("outside", None), or ("edge", None) too near to a cut."""
    for piece in activation.pieces:
        low, high = exact(piece.lower), exact(piece.upper)
        if any(abs(x - end) < 1e-12 for end in (low, high)):
            return "edge", None
        if low < x < high:
            with ctx.workprec(1200):
                at = sp.Rational(str(x)) if mp.isint(x) else sp.Rational(*map(int, _ratio(x)))
                ball = compile_form(piece.expr, X, piece.removable).ball(rational_ball(at))
                if not ball.is_finite():
                    return "unknown", None
                return "inside", mpf(ball.mid().str(60, radius=False)) if ball.rad() < 1e-30 else mp.nan
    return "outside", None


def _ratio(x: mpf) -> tuple[int, int]:
    sign, man, exponent, _ = x._mpf_  # noqa: SLF001 - the exact value of a binary number
    man = -int(man) if sign else int(man)
    return (man << exponent, 1) if exponent >= 0 else (man, 1 << -exponent)


def _values(activation: Activation, g: Function, rng: Random) -> Iterator[str]:
    for x in samples(rng, 25):
        where, value = _piece_value(activation, x)
        expected = g(x)
        if where == "outside" and expected is not None:
            yield f"not defined at {float(x)}, where the text gives {mp.nstr(expected, 15)}"
        elif where == "inside" and expected is None and abs(x) < 3:
            if value is not None and abs(value) < 1e4:
                yield f"value {mp.nstr(value, 15)} at {float(x)}, where the text gives none"
        elif (
            where == "inside"
            and expected is not None
            and value is not None
            and not mp.isnan(value)
            and not near(value, expected, mpf(10) ** -25)
        ):
            yield f"value {mp.nstr(value, 15)} at {float(x)}, where the text gives {mp.nstr(expected, 15)}"
    for point in activation.points:
        if point.at.is_Rational:
            x = mpf(int(point.at.p)) / int(point.at.q)
            expected = g(x)
            if expected is not None and (point.value is None or not near(exact(point.value), expected, mpf(10) ** -25)):
                yield f"value {point.value} at {point.at}, where the text gives {mp.nstr(expected, 15)}"


def _extent(activation: Activation, found: Facts, g: Function, rng: Random) -> Iterator[str]:
    cuts = breakpoints(activation)
    points = apart(samples(rng), cuts)
    marks = [cut + sign * mpf(10) ** -k for cut in cuts for sign in (-1, 1) for k in (3, 6, 12, 20)]
    removable = [exact(point) for piece in activation.pieces for point in piece.removable]
    marks += [cut + sign * mpf(10) ** -k for cut in removable for sign in (-1, 1) for k in (3, 6, 12)]
    far = [sign * point for point in FAR for sign in (-1, 1)]
    values = {x: v for x in (*points, *marks, *far, *cuts) if (v := g(x)) is not None}
    slopes = {x: v for x in points if (v := slope(g, x)) is not None}
    everywhere = slopes | {
        x: v
        for x in (*far, *[m for m in marks if min(map(abs, (m - c for c in cuts + removable))) > 1e-13])
        if (v := slope(g, x)) is not None
    }
    for name, seen, slack in (("range", values, EPS), ("derivative_range", slopes, mpf(10) ** -18)):
        fact = found[name]
        low, high = fact.get("inf"), fact.get("sup")
        if low is None or high is None or not seen:
            continue
        for x, value in seen.items():
            if not at_most(value, high, slack) or not at_least(value, low, slack):
                yield f"{name} [{low}, {high}], but at {mp.nstr(x, 20)} it is {mp.nstr(value, 20)}"
                break
        reached = values if name == "range" else everywhere
        for end, attained, where, sign in (("inf", "inf_attained", "argmin", -1), ("sup", "sup_attained", "argmax", 1)):
            number, at = fact[end], fact[where]
            if not number.known:
                continue
            if number.upper - number.lower > 1e-6 * (1 + abs(number.value)):
                yield f"{name}.{end} = {number} is enclosed too widely: [{number.lower}, {number.upper}]"
            if fact[attained] and abs(number.value) == mp.inf:
                yield f"{name}.{end} is infinite and attained"
            if fact[attained] and at is not None:
                x = place(at)
                value = g(x) if name == "range" else slope(g, x) if not any(abs(x - c) < 1e-9 for c in cuts) else None
                if value is not None and not (name == "range" and any(abs(x - c) < 1e-15 for c in cuts)):
                    if not near(value, place(number), mpf(10) ** -9):
                        yield f"{name}.{end} = {number} at {at}, where it is {mp.nstr(value, 15)}"
            if abs(number.value) != mp.inf and reached:
                best = max(sign * value for value in reached.values())
                if not fact[attained] and best < sign * mpf(number.value) - mpf("0.02") * (1 + abs(number.value)):
                    yield f"{name}.{end} = {number}, not attained, samples come to {mp.nstr(sign * best, 10)}"
    bound = found["lipschitz"]
    if bound.known and bound.value != mp.inf and values:
        ordered = sorted(x for x in values if abs(x) < 200)
        for left, right in pairwise(ordered):
            if right - left > 1e-15 and abs(values[right] - values[left]) > (mpf(bound.upper) + mpf(10) ** -12) * (
                right - left
            ):
                gap = any(exact(low) <= right and exact(high) >= left for low, high in activation.undefined)
                if not gap:
                    yield f"Lipschitz constant {bound}, but more between {mp.nstr(left, 15)} and {mp.nstr(right, 15)}"
                    break
    if bound.known and slopes:
        steepest = max(abs(v) for v in everywhere.values())
        if not at_most(steepest, bound, mpf(10) ** -15):
            yield f"Lipschitz constant {bound}, but a slope of {mp.nstr(steepest, 15)}"


def _ends(found: Facts, g: Function) -> Iterator[str]:
    for side, sign in (("left", -1), ("right", 1)):
        limits = found["limits"].get(side)
        if limits is None:
            continue
        with mp.workdps(3 * DIGITS):
            far = [v for x in FAR if (v := g(sign * x)) is not None]
            slopes = [v for x in FAR if (v := slope(g, sign * x)) is not None]
        for name, seen in (("value", far), ("slope", slopes)):
            limit = limits[name]
            if limit is None or not limit.known or len(seen) < 2:
                continue
            if abs(limit.value) == mp.inf:
                if seen[-1] * limit.value < 0 or abs(seen[-1]) < min(abs(seen[0]), 3):
                    yield f"limits.{side}.{name} = {limit}, but far out it is {mp.nstr(seen[-1], 10)}"
            elif abs(seen[-1] - place(limit)) > mpf("0.1") * (1 + abs(limit.value)):
                yield f"limits.{side}.{name} = {limit}, but far out it is {mp.nstr(seen[-1], 10)}"
        kind = found["saturation"].get(side)
        value, rate = limits["value"], limits["slope"]
        if value is None or not value.known:
            continue
        if kind in ("hard", "soft") and abs(value.value) == mp.inf:
            yield f"saturation.{side} = {kind}, limit {value}"
        if kind in ("hard", "soft") and rate is not None and rate.value != 0:
            yield f"saturation.{side} = {kind}, slope {rate}"
        if kind == "none" and abs(value.value) != mp.inf and rate is not None and rate.value == 0:
            yield f"saturation.{side} = none, limit {value}, slope 0"
        if kind is not None and "intervals" in found["dead_region"].fields:
            spans = found["dead_region"]["intervals"]
            reaches = any(span[0 if sign < 0 else 1].value == sign * mp.inf for span in spans)
            if reaches != (kind == "hard"):
                yield f"saturation.{side} = {kind}, dead region {spans}"


def _valued(activation: Activation, g: Function, rng: Random) -> list[tuple[mpf, mpf]]:
    """Points, the breakpoints among them, with their values."""
    cuts = breakpoints(activation)
    points = sorted({*apart(samples(rng), cuts), *cuts})
    return [(x, v) for x in points if (v := g(x)) is not None]


def _trend(activation: Activation, found: Facts, g: Function, rng: Random) -> Iterator[str]:
    values = _valued(activation, g, rng)
    if not values:
        return
    tops = EPS * (1 + max(abs(v) for _, v in values))
    trend = found["monotonicity"].get("value")
    rising = any(b - a > tops for (_, a), (_, b) in pairwise(values))
    falling = any(a - b > tops for (_, a), (_, b) in pairwise(values))
    if (
        trend in ("increasing", "non-decreasing", "constant")
        and falling
        or trend in ("decreasing", "non-increasing", "constant")
        and rising
    ):
        yield f"monotonicity {trend}, rises: {rising}, falls: {falling}"


def _shape(activation: Activation, found: Facts, g: Function, rng: Random) -> Iterator[str]:
    yield from _trend(activation, found, g, Random(rng.random()))
    cuts = breakpoints(activation)
    values = _valued(activation, g, rng)
    trend = found["monotonicity"].get("value")
    dead = found["dead_region"].get("intervals")
    if dead is not None and (
        trend in ("increasing", "decreasing") and dead or trend in ("non-decreasing", "non-increasing") and not dead
    ):
        yield f"monotonicity {trend}, dead region {dead}"
    parity = found["parity"].get("value")
    both = [
        (u, v)
        for x in apart(samples(rng, 20), [*cuts, *[-c for c in cuts]])
        if (u := g(x)) is not None and (v := g(-x)) is not None
    ]
    even, odd = all(near(u, v) for u, v in both), all(near(u, -v) for u, v in both)
    if both and (parity == "even" and not even or parity == "odd" and not odd):
        yield f"parity {parity}"
    if len(both) > 10 and parity == "none" and (even or odd):
        marked = [p.at for p in activation.points]
        if not marked and not activation.undefined:
            yield f"parity none, but even: {even}, odd: {odd} at the samples"
    affine = found["affine"].get("value")
    chosen = values[:: max(1, len(values) // 12)]
    if affine is not None and len(chosen) >= 3 and len(values) > 100:
        (a, u), (b, v) = chosen[0], chosen[-1]
        straight = all(near(y, u + (v - u) * (x - a) / (b - a)) for x, y in chosen)
        if affine and not straight or not affine and straight and not activation.points and not activation.undefined:
            yield f"affine {affine}, straight at the samples: {straight}"


def _between(points: list[mpf], low: mpf, high: mpf) -> list[mpf]:
    """Points well inside an interval, with some that are near its ends."""
    inner = [x for x in points if low + EPS < x < high - EPS]
    near_ends = [end + side * mpf(10) ** -k for end, side in ((low, 1), (high, -1)) for k in (1, 2, 4)]
    return sorted({*inner, *(x for x in near_ends if abs(x) != mp.inf and low < x < high)})


def _course(found: Facts, g: Function, rng: Random) -> Iterator[str]:
    """Does g rise, fall and bend as is said, and no farther than is said?"""
    points = samples(rng, 40)
    for run in found["monotone_intervals"].get("intervals") or ():
        low, high = place(run["from"]), place(run["to"])
        seen = [v for x in _between(points, low, high) if (v := g(x)) is not None]
        size = 1 + max(map(abs, seen), default=mpf(0))
        steps = [b - a for a, b in pairwise(seen)]
        sign = {"increasing": 1, "decreasing": -1, "constant": 0}[run["value"]]
        if any(abs(step) > EPS * size if not sign else sign * step < -EPS * size for step in steps):
            yield f"{run['value']} on ({mp.nstr(low, 12)}, {mp.nstr(high, 12)}), which the samples deny"
    kinds = {"convex": (1,), "concave": (-1,), "affine": (1, -1)}
    for run in found["convexity"].get("intervals") or ():
        low, high = place(run["from"]), place(run["to"])
        seen = [(x, v) for x in _between(points, low, high) if (v := g(x)) is not None]
        for (a, u), (b, v), (c, w) in zip(seen, seen[1:], seen[2:], strict=False):
            bend = u * (c - b) + w * (b - a) - v * (c - a)
            size = (c - a) * (1 + abs(u) + abs(v) + abs(w))
            if any(sign * bend < -EPS * size for sign in kinds[run["value"]]):
                yield f"{run['value']} on ({mp.nstr(low, 12)}, {mp.nstr(high, 12)}), not near {mp.nstr(b, 12)}"
                break
    value, runs = found["convexity"].get("value"), found["convexity"].get("intervals")
    said = [run["value"] for run in runs or ()]
    if value in kinds and runs is not None and said not in ([value], ["affine"]):  # at an end it may leave the line
        yield f"convexity {value}, and the intervals say otherwise"


def _hits(activation: Activation, found: Facts, g: Function, rng: Random) -> Iterator[str]:
    """Are zeros and fixed points such, and all of them?"""
    cuts = breakpoints(activation) + [exact(point) for piece in activation.pieces for point in piece.removable]
    points = samples(rng, 40)
    for key, slope_ in (("zeros", 0), ("fixed_points", 1)):
        if "points" not in found[key]:
            continue
        hits = [place(at) for at in found[key]["points"]]
        spans = [(place(low), place(high)) for low, high in found[key]["intervals"]]
        for at, number in zip(hits, found[key]["points"], strict=True):
            value, around = g(at), [g(at + sign * mpf(10) ** -6) for sign in (-1, 1)]
            reach = mpf(number.upper) - mpf(number.lower)
            steep = max((abs(v - value) * 10**6 for v in around if None not in (v, value)), default=mpf(0))
            marked = any(abs(at - cut) < EPS for cut in cuts)
            if value is not None and not marked and abs(value - slope_ * at) > (reach + EPS) * (10 + 10 * steep):
                yield f"{key}: {mp.nstr(at, 15)}, where g is {mp.nstr(value, 15)}"
        for low, high in spans:
            off = [x for x in _between(points, low, high) if (v := g(x)) is not None and not near(v, slope_ * x)]
            if off:
                yield f"{key}: [{mp.nstr(low, 12)}, {mp.nstr(high, 12)}], not at {mp.nstr(off[0], 12)}"
        if "period" in found[key]:
            continue
        seen = [(x, v - slope_ * x) for x in points if (v := g(x)) is not None]
        for (a, u), (b, v) in pairwise(seen):
            known = any(a <= hit <= b for hit in (*hits, *cuts)) or any(low <= b and a <= high for low, high in spans)
            broken = any(exact(low) <= b and exact(high) >= a for low, high in activation.undefined)
            if u * v < 0 and not known and not broken:
                yield f"{key}: none between {mp.nstr(a, 12)} and {mp.nstr(b, 12)}, where the sign changes"


def _lines(found: Facts, g: Function) -> Iterator[str]:
    """Does g come near to its asymptotes?"""
    for side, sign in (("left", -1), ("right", 1)):
        line = found["asymptotes"].get(side)
        if line is None or not line["slope"].known:
            continue
        slope_, shift = place(line["slope"]), place(line["intercept"])
        with mp.workdps(3 * DIGITS):
            off = [abs(v - slope_ * sign * x - shift) for x in FAR if (v := g(sign * x)) is not None]
        if off and off[-1] > mpf("0.1") * (1 + abs(shift)):
            yield f"asymptotes.{side}: {mp.nstr(slope_, 8)}*x + {mp.nstr(shift, 8)}, {mp.nstr(off[-1], 8)} off far out"


def _by_output(activation: Activation, found: Facts, g: Function, rng: Random) -> Iterator[str]:
    """Is the slope what the output says, or are there two points that deny it?"""
    fact = found["slope_of_output"]
    if fact.get("witness"):
        (a, b), slopes = (fact["witness"][name] for name in ("x", "slopes"))
        for at, said in zip((a, b), slopes, strict=True):
            value, seen = g(place(at)), slope(g, place(at))
            off = None if value is None or seen is None else abs(value - mpf(fact["witness"]["output"].value))
            if off is not None and off > mpf(10) ** -12 * (1 + abs(value) + abs(seen) * (1 + abs(place(at)))):
                yield f"slope_of_output: g is {mp.nstr(value, 15)} at {at}, not {fact['witness']['output']}"
            if seen is not None and abs(seen - mpf(said.value)) > mpf(10) ** -6 * (1 + abs(seen)):
                yield f"slope_of_output: the slope is {mp.nstr(seen, 15)} at {at}, not {said}"
    if fact.get("formula"):
        formula = Function(re.sub(r"\by\b", "x", fact["formula"]))
        for x in apart(samples(rng, 30), breakpoints(activation), 1e-3):
            value, seen = g(x), slope(g, x)
            if value is None or seen is None:
                continue
            said = formula(value)
            if said is None or not near(said, seen, mpf(10) ** -15):
                told = "nothing" if said is None else mp.nstr(said, 12)
                yield f"slope_of_output: {fact['formula']} is {told} at {mp.nstr(x, 12)}, the slope {mp.nstr(seen, 12)}"
                break


def _flat(activation: Activation, found: Facts, g: Function, rng: Random) -> Iterator[str]:
    points = apart(samples(rng, 40), breakpoints(activation), 1e-3)
    for key in ("dead_region", "zero_region"):
        spans = found[key].get("intervals")
        if spans is None:
            continue
        ends = [(place(low), place(high)) for low, high in spans]
        total = sum((mp.ncdf(high) - mp.ncdf(low) for low, high in ends), mpf(0))
        if found[key]["mass"].known and not near(total, place(found[key]["mass"]), mpf(10) ** -14):
            yield f"{key} mass {found[key]['mass']}, but {mp.nstr(total, 17)}"
        for x in points:
            value = slope(g, x) if key == "dead_region" else g(x)
            if value is None:
                continue
            inside = any(low < x < high for low, high in ends)
            if inside and abs(value) > mpf(10) ** -20:
                yield f"{key} {spans}, but at {mp.nstr(x, 15)} it is {mp.nstr(value, 10)}"
                break
        if not spans and len(points) > 10:
            moderate = [x for x in points if abs(x) < 2]
            found_zero = [
                x for x in moderate if (v := (slope(g, x) if key == "dead_region" else g(x))) is not None and v == 0
            ]
            if len(found_zero) > 3 and key == "zero_region":
                yield f"{key} empty, but zero at {[float(x) for x in found_zero[:4]]}"


def _kinks(activation: Activation, found: Facts, g: Function) -> Iterator[str]:
    kinks = found["smoothness"].get("kinks")
    if kinks is None:
        return
    orders = [kink["order"] for kink in kinks]
    name = "C^inf" if not orders else "discontinuous" if min(orders) == 0 else f"C^{min(orders) - 1}"
    if found["smoothness"]["class"] != name:
        yield f"smoothness {found['smoothness']['class']}, but kinks of orders {orders}"
    places = [place(kink["at"]) for kink in kinks]
    cuts = breakpoints(activation)
    with mp.workdps(3 * DIGITS):
        for cut in cuts:
            near_kink = [k for k, at in zip(kinks, places, strict=True) if abs(at - cut) < 1e-14]
            exact_cut = exact(
                next(
                    e
                    for p in activation.pieces
                    for e in (p.lower, p.upper)
                    if e.is_finite and abs(exact(e) - cut) < mpf(10) ** -30
                )
            )
            top = near_kink[0]["order"] if near_kink else 3
            for order in range(min(top, 3) + 1):
                sides = [_one_sided(g, exact_cut, sign, order) for sign in (-1, 1)]
                if None in sides:
                    break
                tolerance = mpf(10) ** -4
                if near_kink and order == top:
                    for side, label in zip(sides, ("left", "right"), strict=True):
                        said = near_kink[0][label]
                        if (
                            said is not None
                            and said.known
                            and abs(said.value) != mp.inf
                            and not near(side, place(said), tolerance)
                        ):
                            yield f"kink at {mp.nstr(cut, 10)}: {label} {order} is {said}, seen {mp.nstr(side, 10)}"
                elif not near(*sides, tolerance) and max(abs(s) for s in sides) < 1e6:
                    seen = " to ".join(mp.nstr(side, 8) for side in sides)
                    yield f"at {mp.nstr(cut, 10)} derivative {order} jumps from {seen}, no kink said"
                    break


def _one_sided(g: Function, at: mpf, sign: int, order: int) -> mpf | None:
    """The one-sided derivative of this order, by a difference on one side."""
    h = mpf(10) ** -12
    total = mpf(0)
    for k in range(order + 1):
        value = g(at + sign * h * (k + mpf(10) ** -6))
        if value is None:
            return None
        total += (-1) ** (order - k) * mp.binomial(order, k) * value
    return total / (sign * h) ** order


def _gaussian(activation: Activation, found: Facts, g: Function) -> Iterator[str]:
    mean = found["gaussian"].get("mean")
    second = found["gaussian"].get("second_moment")
    if activation.undefined or mean is None:
        return
    with mp.workdps(30):
        cuts = [c for c in breakpoints(activation) if abs(c) < 9]
        marks = sorted({mpf(k) / 2 for k in range(-18, 19)} | set(cuts))
        for number, power in ((mean, 1), (second, 2)):
            if not number.known or abs(number.value) == mp.inf:
                continue
            coarse, fine = (_integral(g, power, marks, nodes) for nodes in (_FEW, _MANY))
            edges = [g(mpf(x)) for x in (-9, 9)]
            if coarse is None or fine is None or None in edges or max(map(abs, edges)) ** power > 1e5:
                continue
            if (
                abs(fine - number.value)
                > 1e-9 * (1 + abs(fine)) + 10 * abs(fine - coarse) + number.upper - number.lower
            ):
                yield f"E[g^{power}] = {number}, a quadrature finds {mp.nstr(fine, 15)}"


_FEW, _MANY = (mpmath.calculus.quadrature.GaussLegendre(mp).calc_nodes(degree, 110) for degree in (2, 3))


def _integral(g: Function, power: int, marks: list[mpf], nodes: list) -> mpf | None:
    """E[g(z)^power] by Gauss and Legendre's rule between the marks."""
    total = mpf(0)
    for low, high in pairwise(marks):
        centre, half = (low + high) / 2, (high - low) / 2
        for node, weight in nodes:
            x = centre + half * node
            value = g(x)
            if value is None:
                return None
            total += half * weight * value**power * mp.npdf(x)
    return total

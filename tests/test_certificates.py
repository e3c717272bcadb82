"""Certificates: what the checker confirms is true, what is false it refuses, and faults in it are noticed."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType
from typing import Any

import mpmath
import pytest
from certificates import FALSE, ISOLATED, TRUE, confirms, high, low, mutants, written

import propcheck
from propcheck.certificates import CHECKER, FACTS, NEEDED, check_certificate

SOURCE = CHECKER.read_text("utf-8")
ELEMENTARY = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "atan": mpmath.atan,
    "erf": mpmath.erf,
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "softplus": lambda u: mpmath.log1p(mpmath.exp(u)),
}


def real(x: Fraction) -> Any:
    return mpmath.mpf(x.numerator) / x.denominator


def titled(row: tuple[Any, ...]) -> str:
    return f"{row[1]} of {row[0]}: {json.dumps(row[2])}"


@pytest.mark.parametrize("row", FALSE, ids=titled)
def test_what_is_false_is_refused(row):
    assert not confirms(written(*row))


@pytest.mark.parametrize("row", TRUE, ids=titled)
def test_what_is_true_is_confirmed(row):
    assert confirms(written(*row))


def test_there_are_a_hundred_false_ones():
    assert len(FALSE) >= 100


# ---------------------------------------------------------------------------------------------- its arithmetic


def strayed(checker: Any, count: int = 150) -> Iterator[str]:
    """Where a Box does not hold what it should, against mpmath at 150 digits; nothing where all is well."""
    draw = random.Random(count)
    with mpmath.workdps(150):
        for checker.Box.D in (1 << 160, 3**9 << 160):
            for _ in range(count):
                size = draw.choice((1, 1, 20, 1e-9))
                a, b = (Fraction(draw.uniform(-size, size)) / 3 for _ in range(2))
                c = abs(b) + Fraction(1, 10**6)
                one, two, three = (checker.Box.of(x, False) for x in (a, b, c))
                wide = checker.Box(min(one.lo, two.lo), max(one.hi, two.hi))
                yield from _outside(checker, "of", one, a)
                yield from _outside(checker, "+", one + two, a + b)
                yield from _outside(checker, "*", one * two, a * b)
                yield from _outside(checker, "wide *", wide * wide.scaled(-1), -a * b)
                yield from _outside(checker, "scaled", one.scaled(-7, 3), -7 * a / 3)
                for r in map(Fraction, ("2", "3", "-1", "-2", "1/2", "-1/2", "3/2", "1/3", "0")):
                    powers = {"raised": (three, c)} | ({"wide": (wide, a), "other": (wide, b)} if r in (2, 3) else {})
                    for name, (box, x) in powers.items():
                        made = real(x) ** (real(r) if r.denominator > 1 else int(r))
                        yield from _outside(checker, f"{name} {r}", box.raised(r), made)
                if a * b < 0 and not _raises(checker, lambda wide=wide: wide.raised(Fraction(-1))):
                    yield "a division by what may be 0"
                for op, function in ELEMENTARY.items():
                    x, box = (c, three) if op == "log" else (a, one)
                    yield from _outside(checker, op, box.call(op), function(real(x)))
                    if op != "log":
                        yield from _outside(checker, f"wide {op}", wide.call(op), function(real(b)))
        checker.Box.D = 1 << 160


def _outside(checker: Any, name: str, box: Any, exact: Any) -> Iterator[str]:
    value = exact if isinstance(exact, mpmath.mpf) else real(exact)
    slack = mpmath.mpf(10) ** -100 * (1 + abs(value))
    if not mpmath.mpf(box.lo) / checker.Box.D - slack <= value <= mpmath.mpf(box.hi) / checker.Box.D + slack:
        yield f"{name} of what is {mpmath.nstr(value, 20)}"


def _raises(checker: Any, work: Any) -> bool:
    try:
        work()
    except checker.Refused:
        return True
    return False


def test_boxes_hold_what_they_should():
    assert list(strayed(check_certificate)) == []


@pytest.mark.parametrize("op", ELEMENTARY)
def test_elementary_functions_are_known_to_two_units_of_the_grid(op):
    D = check_certificate.Box.D
    with mpmath.workdps(400):
        for text in ("1/1000000000", "1/3", "1", "7/2", "15", "161/10", "40", "90", "300"):
            for sign in (1, -1) if op != "log" else (1,):
                box = check_certificate.Box.of(Fraction(text) * sign, False)
                made = check_certificate.Box(box.lo, box.lo).call(op)
                value = ELEMENTARY[op](mpmath.mpf(box.lo) / D) * D
                assert made.lo <= value <= made.hi
                assert made.hi - made.lo <= 4


SAMPLED = (
    "x*tanh(log(1+exp(x)))",
    "x*(1+erf(x/sqrt(2)))/2",
    "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
    "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
    "x*log(1+sigmoid(x))",
    "x*atan(x) - log(1 + x**2)/2",
    "x/sqrt(1+x**2)",
    "x*tanh(exp(x))",
    "erf(x)*exp(-x**2) + sin(x)*cos(3*x)",
    "log(1 + (x**2 + 1)**(1/3))",
    "1.7159*tanh(2*x/3) - 0.1*x",
    "x*erf(log(1+exp(x)))",
)


def sampled(checker: Any, formula: str, count: int) -> Iterator[str]:
    """Where g, g' or g'' leaves what is known of it on a cell or on a tail, against mpmath."""
    import sympy

    from propcheck.language import parse

    draw = random.Random(formula)
    expr = parse(formula, {})
    (x,) = expr.free_symbols
    with mpmath.workdps(60):
        known = [sympy.lambdify(x, expr.diff((x, n)) if n else expr, "mpmath") for n in range(3)]
        for k in range(count):
            tree, _ = checker.opened({"function": formula, "parameters": {}})
            a = Fraction(draw.randint(-640, 640), 64)
            b = a + Fraction(draw.choice((1, 4, 32)), 64)
            side = draw.choice((-1, 1)) if k % 4 == 0 else 0
            T = Fraction(8)
            ends = {"a": T} if side > 0 else {"b": -T} if side < 0 else {"a": a, "b": b}
            ends = {name: checker.Box.of(end) for name, end in ends.items()}
            try:
                place = checker.Place(**ends)
                found = place.taylor(checker.resolved(tree, place, {}), 2)
            except checker.Unknown:
                continue
            at = side * (T + Fraction(draw.randint(0, 3000), 100)) if side else a + (b - a) * draw.randint(0, 8) / 8
            for n in range(3):
                value = known[n](real(at))
                low, high = _ends(checker, found[n], abs(real(at)))
                slack = mpmath.mpf(10) ** -40 * (1 + abs(value))
                if not low - slack <= value <= high + slack:
                    yield f"{n} of {formula} at {at}: {mpmath.nstr(value, 20)} not in [{low}, {high}]"


def _ends(checker: Any, found: Any, t: Any) -> tuple[Any, Any]:
    """The bounds that a Box is, or those of a tail at t."""
    low = high = mpmath.mpf(0)
    for (rates, p, r), c in (found.terms if isinstance(found, checker.Tail) else {checker.FLAT: found}).items():
        rate = sum(checker.RATES[key].lo * t ** real(j) for j, key in rates) / mpmath.mpf(checker.Box.D)
        size = t ** real(p) * (mpmath.log(t) ** int(r) if r else 1) * mpmath.exp(-rate) / checker.Box.D
        low, high = low + c.lo * size, high + c.hi * size
    return low, high


@pytest.mark.parametrize("formula", SAMPLED)
def test_values_lie_in_what_is_known_of_them(formula):
    assert list(sampled(check_certificate, formula, 60)) == []


# ---------------------------------------------------------------------------------------------- faults put into it

Fault = tuple[str, str, str, Any]


def faulty(old: str, new: str) -> ModuleType:
    """The checker with one piece of its text replaced."""
    assert SOURCE.count(old) == 1, old
    made = ModuleType("faulty")
    exec(compile(SOURCE.replace(old, new), "faulty", "exec"), made.__dict__)
    return made


# What is put in place of what, and what notices it: the arithmetic, the samples, or false claims on this formula.
# ruff: noqa: E501  a table of texts is read along its rows
FAULTS: list[tuple[str, str, str]] = [
    ("-(-ends[-1] // Box.D), exact)", "ends[-1] // Box.D, exact)", "arithmetic"),
    ("Box(ends[0] // Box.D, -", "Box(-(-ends[0] // Box.D), -", "arithmetic"),
    ("Box(lo // n, -(-hi // n), None", "Box(-(-lo // n), hi // n, None", "arithmetic"),
    ("-(-top // q.denominator), rational", "top // q.denominator, rational", "arithmetic"),
    ("math.isqrt(hi * Box.D - 1) + 1 if hi else 0", "math.isqrt(hi * Box.D)", "arithmetic"),
    ("if made.lo <= 0 <= made.hi:\n", "if made.lo == 0 == made.hi:\n", "arithmetic"),
    ("0 if a <= 0 <= b else min(abs(a), abs(b))", "min(abs(a), abs(b))", "arithmetic"),
    ("made = Box(max(lo - far, -Box.D), min(hi + far, Box.D))", "made = Box(lo, hi)", "arithmetic"),
    ("if max(term.hi, -term.lo) <= 1 and", "if max(term.hi, -term.lo) <= 1 << 110 and", "arithmetic"),
    ("return fine_odd(x, -1).scaled(16)", "return fine_odd(x, 1).scaled(16)", "arithmetic"),
    ("Box(at(op, self.lo, Box.D)[0], at(op, self.hi, Box.D)[1])", "Box(*at(op, self.hi, Box.D))", "arithmetic"),
    ("made = fall.like(rest[3]) if len(rest) > 3 else fall.scaled(0)", "made = fall.scaled(0)", "samples"),
    ("self.terms[order[-1]] += self.terms.pop(m) *", "self.terms.pop(m)  #", "samples"),
    ("one + w.scaled(-1, 2) + w * w * self.like(Box(0, Box.D)).scaled(3, 4)", "one", "samples"),
    ("total = total + self.terms[m] * ceiling(joined(m, first, -1), self.T)", "pass", "x - 20 if x > 8 else 0"),
    ("for place, tree in self.pieces:\n            if not place.ray and not only_rays:", "for place, tree in self.pieces[:-2] + self.pieces[-1:]:\n            if not place.ray and not only_rays:", "x/(1 + exp(-x))"),
    ("elif place.ray and not shows(place, tree):", "elif place.a is None and not shows(place, tree):", "max(0, x - 8)"),
    ("elif place.ray and not shows(place, tree):", "elif place.b is None and not shows(place, tree):", "max(0, -x - 8)"),
    ("[k for k, own in enumerate(here) if not", "[k for k, own in enumerate(here) if False and not", ISOLATED),
    ("if n == 0 and not only_rays and not all(", "if False and not all(", "1 if x > 0 else (-7 if x >= 0 else 1)"),
    ("value + rate * away + (away.raised(Q(2)) * h2).scaled(1, 2)", "value + rate * away", "erf(x)"),
    ("ends = [value + h1 * away,", "ends = [value + rate * away,", "x/(1 + exp(-x))"),
    ("(a, Box(0, b.hi - a.lo)), (b, Box(a.lo - b.hi, 0))", "(a, Box(0, 0)), (b, Box(0, 0))", "x/(1 + exp(-x))"),
    ("value - rate.raised(Q(2)) * Box", "value - rate * Box", "x/(1 + exp(-x))"),
    ("    first.defined()\n    second.defined()\n", "", "x"),
    ("                if low > 0:\n                    return sign", "                if low >= 0:\n                    return sign", "1 if x**2 > 0 else 7"),
    ("any(low >= strict for low", "any(low >= 0 for low", "x**2/(1 + x**4)"),
    ("    if sure and a.lo <= b.hi and b.lo <= a.hi:\n", "    if a.lo <= b.hi and b.lo <= a.hi:\n        return True\n    if False:\n", "exp(-200) if x >= 0 else 0"),
    ("            line.least(n, hi, strict=True, only_rays=True)\n", "            pass\n", "1/(1 + x**2)"),
    ("            line.least(n, values[0], strict=True)\n", "            pass\n", "x**2/(1 + x**4)"),
    ("    case.line.continuous()\n    case.line.least(1", "    case.line.least(1", "x + 1 if x >= 0 else x"),
    ('raise Refused("the step at a cut has the other sign")', "pass", "x - 1 if x >= 0 else x"),
    ('in ("increasing", "decreasing") and any(line.flat(1))', 'in ("increasing", "decreasing") and False', "max(0, x)"),
    ("same(left, value) and same(value, right) and identical(", "identical(", ISOLATED),
    ("if joins != [True] * n + [False]:", "if joins[-1]:", "x if x < 0 else x**2 + 1"),
    ('raise Refused(f"the values at {cut} differ")', "pass", "x"),
    ('raise Refused("the intervals are others")', "pass", "max(0, x)"),
    ("if unknown := set(self.said) - set(keys):", "if unknown := set():", "x"),
    ('raise Refused(f"the {name} is not reached at its witness")', "pass", "x**2"),
    ("return made.scaled(sign)", "return made", "erf(x)"),
    ("settled({((TURN, c),): Q(1)})", "settled({((TURN, 2 * c),): Q(1)})", "sin(x + pi)"),
    ("or not whole or turns.key() != rational(int(whole)).key()", "or not whole", "sin(x)"),
    ("(-abs(c) if others else c)", "(abs(c) if others else c)", "1 - 2*erf(x)"),
    ('not in ("prime", "pi", "exp")]', 'not in ("prime", "pi", "exp", "x")]', "x*exp(-x**2)"),
    ("for part in (self.top, self.den):", "for part in (self.top,):", "1/(1 - 3*exp(x**2))"),
    ("others[0][1] == 1)", "True)", "1 - 1/erf(1 + x**2)"),
    ("any(same(place.taylor(one, n)[n], place.taylor(two)[0], False) for", "any(True for", "atan(x)"),
    ("if any(step.sign() != (1", "if False and any(step.sign() != (1", "sin(x) if x > 7 else 0"),
    ("square).span() * T.raised(Q(-1))", "square).span().scaled(0)", "exp(x)"),
    ("for place, tree in case.line.pieces[1:-1]:", "for place, tree in case.line.pieces[1:-2]:", "1"),
    ("c[HIGH] * powers[HIGH] for", "c[HIGH].scaled(0) for", "tanh(x)"),
    ("if not found or not grow and constant.exact is None:", "if not found:", "sin(x)"),
    ("return all(memo[part.args[0]][0].lo > 0 for part in roots)", "return True", "sqrt(x**6)"),
    ("if self.cuts[0].hi > -3 * Box.D or self.cuts[-1].lo < 3 * Box.D:", "if False:", "x"),
    ("        if not identical(tree, 2):\n", "        if False:\n", "abs(x)"),
]  # fmt: skip


def noticed(checker: Any, by: str) -> bool:
    if by not in ("arithmetic", "samples"):
        return any(confirms(written(*row), checker) for row in FALSE if row[0] == by)
    try:
        formulas = SAMPLED if by == "samples" else ()
        return any(True for formula in formulas for _ in sampled(checker, formula, 120)) or any(
            True for _ in strayed(checker, 0 if formulas else 40)
        )
    except checker.Refused:
        return True


@pytest.mark.parametrize(("old", "new", "by"), FAULTS, ids=lambda text: text.strip()[:50])
def test_a_fault_in_the_checker_is_noticed(old, new, by):
    assert noticed(faulty(old, new), by)


def test_there_are_thirty_faults():
    assert len(FAULTS) >= 30


# ---------------------------------------------------------------------------------------------- what is emitted


@pytest.mark.parametrize("name", ["gelu", "mish", "elu", "hard_tanh", "sign", "rrelu", "softsign"])
def test_all_that_was_found_is_certified(name):
    made = propcheck.analyze(name, without=["edge_of_chaos"]).certificate()
    assert made.lacking == {}
    assert made.certified == tuple(FACTS)
    assert confirms(made.to_json())
    assert json.loads(made.text) == made.to_json()
    assert len(made.text) <= 3000


def test_the_formula_stands_in_it_as_it_was_written():
    made = propcheck.analyze("x*Sigmoid(b*x)", b="1.702", without=["edge_of_chaos"]).certificate()
    assert (made.record["function"], made.record["parameters"]) == ("x*Sigmoid(b*x)", {"b": "851/500"})


def test_the_stated_derivative_and_the_bend_are_certified_too():
    made = propcheck.analyze("x if x >= 0 else a*(exp(x) - 1)", a="1/2", without=["edge_of_chaos"]).certificate()
    claims = [fact["claim"] for fact in made.record["facts"]]
    (derivative,) = (claim["formula"] for claim in claims if claim["property"] == "derivative")
    assert "exp(x)" in derivative
    assert {"property": "convexity", "value": "convex"} in claims
    assert f"g' is {derivative}" in made.words


BENDS = {
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "snake": lambda x: x + mpmath.sin(x) ** 2,
    "tanhshrink": lambda x: x - mpmath.tanh(x),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
}


@pytest.mark.parametrize("name", BENDS)
def test_the_bend_has_no_value_beyond_what_is_certified(name):
    made = propcheck.analyze(name, only=NEEDED).certificate()
    claims = [fact["claim"] for fact in made.record["facts"] if fact["claim"].get("order") == 2]
    ends = {
        end: claim[end] for claim in claims for end in ("inf", "sup") if claim["property"] == "range" and end in claim
    }
    pairs = [ends[end] if isinstance(ends[end], list) else [ends[end]] * 2 for end in ("inf", "sup")]
    low, high = ([real(Fraction(text)) for text in pair] for pair in pairs)
    with mpmath.workdps(50):
        points = [mpmath.mpf(k) / 29 for k in range(-174, 174) if k]
        bends = [mpmath.diff(BENDS[name], at, 2) for at in points]
        assert low[0] - 1e-9 <= min(bends) and max(bends) <= high[1] + 1e-9
        assert min(bends) - low[1] < 0.2 and high[0] - max(bends) < 0.2  # and they are nearly reached


def test_that_two_functions_are_equal_is_certified(propcheck):
    status, out, err = propcheck("certify", "silu", "--equals", "x/(1 + exp(-x))")
    assert (status, err) == (0, "")
    assert json.loads(out)["facts"][-1]["claim"] == {"property": "equal", "formula": "x/(1 + exp(-x))"}
    status, out, err = propcheck("certify", "silu", "--equals", "gelu")
    assert status == 3 and "equal is not certified" in err
    assert "equal" not in {fact["claim"]["property"] for fact in json.loads(out)["facts"]}


def test_breaks_may_be_irrational():
    made = propcheck.analyze("max(x, x**2 - e)", without=["edge_of_chaos"]).certificate()
    assert {"smoothness", "monotonicity", "lipschitz", "gaussian"} <= set(made.certified)
    assert any("sqrt" in cut and "e" in cut for cut in made.record["cuts"])


def test_what_could_not_be_certified_is_named():
    made = propcheck.analyze("x*sin(x**2)", without=["edge_of_chaos"]).certificate()
    assert {"range", "derivative_range"} <= set(made.lacking) <= set(FACTS)
    assert all(made.lacking.values())
    assert "parity" in made.certified


@pytest.mark.parametrize("name", ["silu", "hard_tanh", "step"])
def test_no_mutant_that_is_false_is_confirmed(name):
    made = propcheck.analyze(name, without=["edge_of_chaos"]).certificate().to_json()
    tried = [(told, mutant) for told, mutant, false in mutants(made) if false]
    assert len(tried) >= 20
    assert [told for told, mutant in tried if confirms(mutant)] == []


def boxed(formula: str, kind: str, fields: Any, **boxes: list[str]) -> dict[str, Any]:
    return {**written(formula, kind, fields), "parameters": boxes}


IN_A_BOX = [
    ("max(0, x) + a*min(0, x)", "monotonicity", {"value": "increasing"}, ["1/10", "2"], ["0", "2"]),
    ("max(0, x) + a*min(0, x)", "convexity", {"value": "convex"}, ["0", "1"], ["0", "101/100"]),
    ("max(0, x) + a*min(0, x)", "lipschitz", {"value": "1", "at": "1"}, ["-1", "1"], ["-1", "101/100"]),
    ("sin(a*x)**2 + cos(a*x)**2", "equal", {"formula": "1"}, ["-3", "3"], None),
    ("a*x/a", "equal", {"formula": "x"}, ["1", "2"], ["-1", "2"]),
    ("tanh(a*x)", "limits", {"order": 0, "right": "1"}, ["1/2", "2"], ["-1/2", "2"]),
    ("a*tanh(x)", "limits", {"order": 0, "right": "a"}, ["1/2", "2"], None),
    ("a*tanh(x)", "range", high("2*a", "right", False), None, ["1/2", "2"]),
    ("exp(-a*x**2)", "range", high("1", "0", True), ["1/2", "2"], ["-1/2", "2"]),
    (
        "x if x > 0 else a*x",
        "smoothness",
        {"class": "C^0", "breaks": [{"at": "0", "order": 1, "left": "a", "right": "1"}]},
        ["0", "1/2"],
        ["0", "1"],
    ),
    ("x + a*x**3", "affine", {"value": False, "at": ["0", "1", "2"]}, ["1/2", "1"], ["-1", "1"]),
    ("exp(-x**2)*a", "gaussian", {"mean": ["0.577", "0.578"]}, None, ["1/2", "1"]),
]


@pytest.mark.parametrize(("formula", "kind", "fields", "true", "false"), IN_A_BOX, ids=str)
def test_a_claim_may_hold_for_every_value_of_a_parameter(formula, kind, fields, true, false):
    assert true is None or confirms(boxed(formula, kind, fields, a=true))
    assert false is None or not confirms(boxed(formula, kind, fields, a=false))


def test_a_certificate_over_a_box_holds_what_is_true_of_all(propcheck):
    arguments = ("certify", "max(0, x) + a*min(0, x)", "--param", "a=1/2", "--over", "a=1/10:9/10")
    status, out, err = propcheck(*arguments)
    record = json.loads(out)
    assert status == 0 and confirms(record) and record["parameters"] == {"a": ["1/10", "9/10"]}
    assert {"monotonicity", "range", "lipschitz", "convexity"} <= {
        fact["claim"]["property"] for fact in record["facts"]
    }
    assert "gaussian is not certified" in err
    assert propcheck(*arguments[:-1], "b=0:1")[0] == propcheck(*arguments[:-1], "a=1")[0] == 2


def test_the_card_marks_what_is_certified(propcheck):
    status, out, _ = propcheck("analyze", "relu", "--certify", "--only", "range,parity,cost")
    assert status == 0
    assert [line.endswith(", certified") for line in out.splitlines() if "proved" in line] == [True, True, False]


# ---------------------------------------------------------------------------------------------- the commands


def test_the_checker_stands_alone(tmp_path, propcheck):
    file = tmp_path / "gelu.json"
    assert propcheck("certify", "gelu", "-o", str(file))[0] == 0
    status, text, _ = propcheck("certify", "--checker")
    assert (status, text) == (0, SOURCE)
    alone = tmp_path / "check.py"
    alone.write_text(text, "utf-8")
    run = subprocess.run([sys.executable, "-I", "-S", alone, file], capture_output=True, text=True, timeout=100)
    assert (run.returncode, run.stderr) == (0, "")
    assert propcheck("certify", "--check", str(file)) == (0, run.stdout, "")
    assert "confirmed: g has inf in [-0.1699712" in run.stdout


def test_the_checker_imports_the_standard_library_alone():
    tree = ast.parse(SOURCE)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}
    assert names <= {"ast", "fractions", "functools", "itertools", "json", "math", "re", "sys", "typing"}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "__import__", "getattr"}


def test_the_first_refused_claim_is_named(tmp_path, propcheck):
    file = tmp_path / "false.json"
    claims = [written(*TRUE[0]), written("x**2", "parity", {"value": "odd"})]
    file.write_text(json.dumps(claims[0] | {"facts": [claim["facts"][0] for claim in claims]}), "utf-8")
    status, out, _ = propcheck("certify", "--check", str(file))
    assert status == 1
    assert "confirmed: g has inf 0, attained" in out
    assert "refused" in out and "fact 2: no identity is found on" in out


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 9000, '{"schema": 1}', '{"function": []}', "x" * 300000])
def test_a_file_that_is_no_certificate_is_refused(tmp_path, propcheck, text):
    file = tmp_path / "strange.json"
    file.write_text(text, "utf-8")
    status, out, err = propcheck("certify", "--check", str(file))
    assert (status, err) == (1, "")
    assert "refused" in out


def test_what_is_lacking_is_told_and_strict_says_so(propcheck):
    status, out, err = propcheck("certify", "x*sin(x**2)", "--strict")
    assert status == 3
    assert "range is not certified" in err
    assert confirms(json.loads(out))


@pytest.mark.parametrize("arguments", [[], ["gelu", "mish"], ["--check"], ["no_such_function"]], ids=str)
def test_wrong_input_is_told(propcheck, arguments):
    status, _, err = propcheck("certify", *arguments)
    assert status == 2
    assert err.startswith("propcheck: ")


HARD = (
    "exp(" * 30 + "x" + ")" * 30,
    "(" * 90 + "x" + ")" * 90,
    "-" * 3000 + "x",
    "+".join(["x"] * 2900),
    "*".join(["(x+pi+e)"] * 60),
    "x**64*" * 100 + "x",
    "((((x**64)**64)**64)**64)**64",
    "(x+1/3)**63*(x+1/7)**63*(x+1/11)**63",
    "max(" * 60 + "x" + ",sin(x))" * 60,
    "sin(exp(exp(x)))",
    "(9**64)**64*x",
    "1/(sin(x)**2+cos(x*x)**2/10**20)",
    "tan(tan(tan(x)))",
)


@pytest.mark.parametrize("formula", HARD, ids=lambda text: text[:20])
@pytest.mark.parametrize("kind", ["smoothness", "parity", "range"])
def test_a_hard_formula_takes_little_time(formula, kind):
    fields = {"smoothness": {"class": "C^inf", "breaks": []}, "parity": {"value": "odd"}}
    try:
        check_certificate.check(written(formula, kind, fields.get(kind, low("0", "0", None, 1))), work=100_000)
    except check_certificate.Refused as reason:
        assert str(reason)


@pytest.mark.parametrize("text", ["sqrt(9 - x**2)", "log(x)", "1/x", "x if x > -2 else log(x + 3)"])
def test_of_what_is_not_defined_everywhere_nothing_is_certified(text: str) -> None:
    made = propcheck.analyze(text).certificate()
    assert not made.record["facts"] and set(made.lacking.values()) == {"it is not defined on the whole line"}

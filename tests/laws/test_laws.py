"""Laws that the facts of any activation obey: no sample contradicts them, and they move as the function moves."""

from __future__ import annotations

import json
import math
import resource
import time
from itertools import pairwise

import pytest
import sympy as sp
from contradictions import contradictions
from drawn import texts
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from propcheck.activation import Activation, from_expression, from_spec
from propcheck.analysis import QUESTIONS, ask, facts
from propcheck.language import X, parse
from propcheck.spec import from_text
from propcheck.verdict import Fact, Facts, InputError, Number, Standing, plain

CALM = dict(
    deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
SECONDS = 60  # that one question may take


# --- nothing contradicts the facts -----------------------------------------------------------------------------------

NAMED = """
relu(x) | abs(x) | sign(x) | heaviside(x) | x | 3 | x**2 | x**3 | sigmoid(x) | tanh(x) | softplus(x) | gelu(x)
x*sigmoid(x) | x*tanh(log(1+exp(x))) | softsign(x) | x if x > 0 else exp(x) - 1 | x if x > 0 else x/100
min(max(0, x), 6) | x*min(max(x+3, 0), 6)/6 | exp(-x**2) | x*exp(-x**2) | sqrt(x**2+1) | x/sqrt(1+x**2) | asinh(x)
atan(x) | erf(x) | log(1+x**2) | sin(x) | x + sin(x)**2 | abs(x)**3 | x*abs(x) | x**2*sign(x) | (x**2)**(1/3)
sqrt(abs(x)) | exp(-1/x**2) | exp(-1/x) if x > 0 else 0 | exp(-1/abs(x)) | sin(x)/x | (exp(x)-1)/x | x/(exp(x)-1)
tanh(x)/x | (1-cos(x))/x**2 | (x**2-1)/(x-1) | x**2/x | abs(x)/x | x/abs(x) | 1/x | 1/x**2 | log(x) | sqrt(x)
x*log(abs(x)) | log(abs(x)) | atan(1/x) | exp(1/x) | x*tanh(1/x) | softsign(1/x) | sqrt(1-x**2) | sqrt(x**2-1)
sqrt(x**3-x) | asin(x) | acosh(x) | atanh(x) | max(x, x**2, x**3) | min(x, x**2, x**3, 1) | max(exp(x)-3, 0)
min(max(exp(x), 1/2), 3) | abs(exp(2*x)-3*exp(x)+2) | abs(x**5-x-1) | x if x != 0 else 5 | 0 if x == 0 else 1
x if x**2 == 2 else 0 | x**2 if x > sqrt(2) else 2 | max(0, x**3-3*x+1) | sign(sign(x)+1/2)
heaviside(heaviside(x)-1/2) | relu(sign(x)) | log(1+exp(-abs(x))) + max(x, 0) | sqrt(x**2-2*x+1) - (x-1)
tanh(x)**2 + 1/cosh(x)**2 | erf(x) + erfc(x) | asinh(x) - log(x+sqrt(x**2+1)) | atan(x) + atan(1/x)
relu(x) - x*heaviside(x) | tanh(1e10*x) | 1e-30*x | max(x, x-1e-40) | max(x**2, 1e-40) | abs((x-1)*(x-1.0000000001))
(x-1)**2*(x-1.0000001)**2 | exp(exp(x)) | exp(-exp(-x)) | log(1+log(1+exp(x))) | sqrt(x**2+1) - x
sqrt(x**2+1) - abs(x) | x - log(cosh(x)) | log(cosh(x)) - abs(x) | x*erfc(x) | gelu(x) - x*sigmoid(1.702*x)
cos(x) if abs(x) < pi else -1 | 2**x | abs(x)**1.5 | sign(x)*log(1+abs(x)) | (1+x)**10 | x + 2*sin(x) | x*sin(x)
sin(x)*exp(-x**2) | cos(x) + cos(sqrt(2)*x) | 1/(2+sin(x)) | exp(sin(x)) | sin(x**2)
"""
TEXTS = [text.strip() for text in NAMED.replace("\n", "|").split("|") if text.strip()]


@pytest.mark.parametrize("text", TEXTS)
def test_samples_do_not_contradict_the_facts(text):
    assert contradictions(text) == []


@settings(max_examples=15, **CALM)
@given(texts("smooth", 3))
def test_samples_do_not_contradict_the_facts_of_random_smooth_functions(text):
    assert contradictions(text) == []


@settings(max_examples=40, **CALM)
@given(texts("pieced", 3))
def test_samples_do_not_contradict_the_facts_of_random_pieced_functions(text):
    assert contradictions(text) == []


# --- any text ends in answers ----------------------------------------------------------------------------------------


@settings(max_examples=25, **CALM)
@given(texts("wild", 3))
def test_every_question_ends_in_an_answer(text):
    try:
        activation = from_spec(from_text(text))
    except InputError:
        return
    for key, question in QUESTIONS:
        start = time.process_time()
        answer = ask(question, key, activation)
        assert time.process_time() - start < SECONDS, key
        if answer is not None:
            json.dumps(answer.to_json(), allow_nan=False)
            assert answer.standing in Standing
            assert all(_ordered(number) for number in _numbers(answer))


def _numbers(answer: object) -> list[Number]:
    if isinstance(answer, Number):
        return [answer]
    if isinstance(answer, Fact):
        return _numbers(list(answer.fields.values()))
    if isinstance(answer, dict):
        return _numbers(list(answer.values()))
    return [number for item in answer for number in _numbers(item)] if isinstance(answer, (list, tuple)) else []


def _ordered(number: Number) -> bool:
    if number.value is None:
        return number.lower is None and number.upper is None
    return number.lower <= number.value <= number.upper


def test_memory_does_not_grow_with_the_number_of_functions_asked():
    def ask_about(numbers: range) -> int:
        for k in numbers:
            facts(from_expression(parse(f"max(x/{k}, tanh({k}*x + 1/{k})) + 1/(1 + x**2)")))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    before = ask_about(range(2, 8))
    assert ask_about(range(8, 18)) - before < 30


# --- transformations -------------------------------------------------------------------------------------------------

SHAPES = [
    "relu(x)", "sigmoid(x)", "softplus(x)", "gelu(x)", "x*sigmoid(x)", "x if x > 0 else exp(x) - 1",
    "min(max(0, x + 1), 3)", "tanh(x)", "abs(x - 1)", "exp(-(x-1)**2)",
    "x if x > 1/2 else (0 if x > -1/2 else x + 1)", "x + sign(x)", "x/(1 + abs(x))", "x**2", "max(0, x**2 - 2)",
    "log(1 + x**2)", "x**3", "max(x, -x/4) + heaviside(x - 1)", "0 if x < 1 else sqrt(x)", "atan(x) + x/2",
]  # fmt: skip
SWAPPED = {
    "increasing": "decreasing", "decreasing": "increasing",
    "non-decreasing": "non-increasing", "non-increasing": "non-decreasing",
    "constant": "constant", "none": "none",
}  # fmt: skip


def of(expr: sp.Expr) -> Facts:
    return facts(from_expression(expr))


def put(text: str, inner: sp.Expr) -> sp.Expr:
    """g(inner)."""
    return parse(text).subs(X, inner) if inner.is_number else parse(text).xreplace({X: inner})


def close(left: Number | None, right: Number | None, scale: float = 1, shift: float = 0) -> bool:
    """left = scale * right + shift, within what both leave open; two open numbers agree."""
    if left is None or right is None:
        return left is right
    if not left.known or not right.known:
        return True
    ends = sorted((scale * right.lower + shift, scale * right.upper + shift))
    if any(map(math.isinf, ends)) or math.isinf(left.value):
        return left.value == scale * right.value + shift
    room = 1e-12 * (1 + abs(left.value) + abs(ends[0]))
    return left.lower <= ends[1] + room and ends[0] - room <= left.upper


def kinks(found: Facts) -> list[tuple[Number, int, Number | None, Number | None]]:
    return [(k["at"], k["order"], k["left"], k["right"]) for k in found["smoothness"]["kinks"]]


@pytest.mark.parametrize("text", SHAPES)
def test_the_mirror_image(text):
    g, m = of(parse(text)), of(put(text, -X))
    assert m["smoothness"]["class"] == g["smoothness"]["class"]
    assert m["monotonicity"]["value"] == SWAPPED[g["monotonicity"]["value"]]
    assert m["parity"]["value"] == g["parity"]["value"] and m["affine"]["value"] == g["affine"]["value"]
    for key in ("inf", "sup"):
        assert close(m["range"][key], g["range"][key])
        assert close(m["derivative_range"][key], g["derivative_range"]["sup" if key == "inf" else "inf"], -1)
    for key in ("inf_attained", "sup_attained"):
        assert m["range"][key] == g["range"][key]
    assert close(m["lipschitz"], g["lipschitz"])
    for side, other in (("left", "right"), ("right", "left")):
        assert close(m["limits"][side]["value"], g["limits"][other]["value"])
        assert close(m["limits"][side]["slope"], g["limits"][other]["slope"], -1)
        assert m["saturation"][side] == g["saturation"][other]
    for key in ("dead_region", "zero_region"):
        assert close(m[key]["mass"], g[key]["mass"])
        for (low, high), (first, last) in zip(m[key]["intervals"], reversed(g[key]["intervals"]), strict=True):
            assert close(low, last, -1) and close(high, first, -1)
    for key in ("mean", "second_moment", "variance", "derivative_second_moment", "elasticity"):
        assert close(m["gaussian"][key], g["gaussian"][key]), key
    assert close(m["gaussian"]["derivative_mean"], g["gaussian"]["derivative_mean"], -1)
    assert close(m["nonlinearity"], g["nonlinearity"])
    for (at, order, left, right), (first, n, before, after) in zip(kinks(m), reversed(kinks(g)), strict=True):
        assert order == n and close(at, first, -1)
        assert close(left, after, (-1) ** n) and close(right, before, (-1) ** n)


@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.parametrize(
    "scale, shift", [(-1, 0), (3, 0), (1, sp.Rational(7, 3)), (sp.Rational(-1, 4), 2), (sp.sqrt(2), -sp.pi)], ids=str
)
def test_scaling_and_raising(text, scale, shift):
    g, h = of(parse(text)), of(scale * parse(text) + shift)
    c, b = float(scale), float(shift)
    ends = {"inf": "inf", "sup": "sup"} if c > 0 else {"inf": "sup", "sup": "inf"}
    assert h["smoothness"]["class"] == g["smoothness"]["class"]
    trend = g["monotonicity"]["value"]
    assert h["monotonicity"]["value"] == (trend if c > 0 else SWAPPED[trend])
    assert h["affine"]["value"] == g["affine"]["value"]
    if b == 0 or g["parity"]["value"] != "odd":
        assert h["parity"]["value"] == g["parity"]["value"]
    for key, other in ends.items():
        assert close(h["range"][key], g["range"][other], c, b)
        assert h["range"][f"{key}_attained"] == g["range"][f"{other}_attained"]
        assert close(h["derivative_range"][key], g["derivative_range"][other], c)
    assert close(h["lipschitz"], g["lipschitz"], abs(c))
    for side in ("left", "right"):
        assert close(h["limits"][side]["value"], g["limits"][side]["value"], c, b)
        assert close(h["limits"][side]["slope"], g["limits"][side]["slope"], c)
        assert h["saturation"][side] == g["saturation"][side]
    assert close(h["dead_region"]["mass"], g["dead_region"]["mass"])
    assert close(h["gaussian"]["mean"], g["gaussian"]["mean"], c, b)
    assert close(h["gaussian"]["variance"], g["gaussian"]["variance"], c * c)
    assert close(h["gaussian"]["derivative_mean"], g["gaussian"]["derivative_mean"], c)
    assert close(h["gaussian"]["derivative_second_moment"], g["gaussian"]["derivative_second_moment"], c * c)
    assert close(h["nonlinearity"], g["nonlinearity"])
    for (at, order, left, right), (first, n, before, after) in zip(kinks(h), kinks(g), strict=True):
        raised = b if n == 0 else 0
        assert order == n and close(at, first) and close(left, before, c, raised) and close(right, after, c, raised)


@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.parametrize(
    "inner, scale, shift", [(3 * X, 3, 0), (X - 2, 1, -2), (X / 2 + sp.sqrt(3), 0.5, math.sqrt(3))], ids=str
)
def test_stretching_and_moving(text, inner, scale, shift):
    g, h = of(parse(text)), of(put(text, inner))
    for key in ("class",):
        assert h["smoothness"][key] == g["smoothness"][key]
    assert h["monotonicity"]["value"] == g["monotonicity"]["value"] and h["affine"]["value"] == g["affine"]["value"]
    if shift == 0:
        assert h["parity"]["value"] == g["parity"]["value"]
    for key in ("inf", "sup"):
        assert close(h["range"][key], g["range"][key])
        assert close(h["derivative_range"][key], g["derivative_range"][key], scale)
        assert h["range"][f"{key}_attained"] == g["range"][f"{key}_attained"]
    assert close(h["lipschitz"], g["lipschitz"], scale)
    for side in ("left", "right"):
        assert close(h["limits"][side]["value"], g["limits"][side]["value"])
        assert close(h["limits"][side]["slope"], g["limits"][side]["slope"], scale)
        assert h["saturation"][side] == g["saturation"][side]
    for (at, order, left, right), (first, n, before, after) in zip(kinks(h), kinks(g), strict=True):
        assert order == n and close(at, first, 1 / scale, -shift / scale)
        assert close(left, before, scale**n) and close(right, after, scale**n)
    for key in ("dead_region", "zero_region"):
        for (low, high), (first, last) in zip(h[key]["intervals"], g[key]["intervals"], strict=True):
            assert close(low, first, 1 / scale, -shift / scale) and close(high, last, 1 / scale, -shift / scale)


@pytest.mark.parametrize("first, second", list(pairwise(SHAPES)))
def test_the_mean_of_a_sum_is_the_sum_of_the_means(first, second):
    one, two, both = (of(expr)["gaussian"] for expr in (parse(first), parse(second), parse(f"({first}) + ({second})")))
    for key in ("mean", "derivative_mean"):
        if one[key].known and two[key].known and both[key].known and not math.isinf(one[key].value + two[key].value):
            assert close(both[key], one[key], 1, two[key].value)


# --- the same function written differently ---------------------------------------------------------------------------

SAME = [
    (
        "relu(x)",
        "max(0, x)",
        "(x + abs(x))/2",
        "x if x > 0 else 0",
        "x*heaviside(x)",
        "(x + sqrt(x**2))/2",
        "-min(0, -x)",
        "Piecewise((x, x > 0), (0, True))",
        "max(x, -x)/2 + x/2",
        "x if x >= 0 else 0",
        "x if not x < 0 else 0*x",
        "max(0, x, min(x, 0))",
        "x*(1 + sign(x))/2",
    ),
    ("abs(x)", "max(x, -x)", "sqrt(x**2)", "x*sign(x)", "relu(x) + relu(-x)", "-x if x < 0 else x"),
    (
        "sigmoid(x)",
        "1 - sigmoid(-x)",
        "(1 + tanh(x/2))/2",
        "exp(x)/(1 + exp(x))",
        "1/(1 + exp(-x))",
        "exp(x - log1p(exp(x)))",
    ),
    ("tanh(x)", "2*sigmoid(2*x) - 1", "(exp(x) - exp(-x))/(exp(x) + exp(-x))", "sinh(x)/cosh(x)", "-tanh(-x)"),
    ("softplus(x)", "log(1 + exp(x))", "x + log1p(exp(-x))", "max(x, 0) + log1p(exp(-abs(x)))", "-log(sigmoid(-x))"),
    (
        "gelu(x)",
        "x*(1 + erf(x/sqrt(2)))/2",
        "x*erfc(-x/sqrt(2))/2",
        "x - gelu(-x)*(-1) - x*erfc(-x/sqrt(2))/2 + gelu(x) - x",
    ),
    ("x*sigmoid(x)", "x/(1 + exp(-x))", "x - x*sigmoid(-x)", "x*(1 + tanh(x/2))/2"),
    ("x*tanh(softplus(x))", "x*((1 + exp(x))**2 - 1)/((1 + exp(x))**2 + 1)"),
    ("min(max(x, 0), 6)", "max(min(x, 6), 0)", "relu(x) - relu(x - 6)", "0 if x < 0 else (x if x < 6 else 6)"),
    (
        "x",
        "relu(x) - relu(-x)",
        "x*tanh(x)**2 + x/cosh(x)**2",
        "log(exp(x))",
        "x + sin(x)**2 + cos(x)**2 - 1",
        "(x**2 + x)/(x + 1) if x > 0 else x",
    ),
    ("softsign(x)", "x/(1 + abs(x))", "x/(1 + x) if x > 0 else x/(1 - x)", "sign(x)*(1 - 1/(1 + abs(x)))"),
    ("x if x > 0 else exp(x) - 1", "max(x, 0) + min(expm1(x), 0)", "max(x, 0) + expm1(min(x, 0))"),
    ("asinh(x)", "log(x + sqrt(x**2 + 1))", "-log(sqrt(x**2 + 1) - x)"),
    ("x**2", "abs(x)**2", "x*abs(x)*sign(x)", "exp(2*log(abs(x))) if x != 0 else 0"),
]
VARIANTS = [(group[0], other) for group in SAME for other in group[1:] if not other.startswith("x - gelu(-x)")]


@pytest.mark.parametrize("text, other", VARIANTS)
def test_the_same_function_written_differently_has_the_same_facts(text, other):
    assert_same(of(parse(text)), of(parse(other)))


def written(text: str) -> str:
    """All facts but the cost, which is that of the formula, as a record has them."""
    return json.dumps(
        {key: plain(fact) for key, fact in facts(from_spec(from_text(text, {}))).items() if key != "cost"}
    )


@pytest.mark.parametrize("text", SAME[0])
def test_relu_has_one_record_however_it_is_written(text):
    assert written(text) == written("relu(x)") and '"open"' not in written(text)


@pytest.mark.parametrize(
    "text", ["max(1e-30, x)", "max(0, x) + 1e-30*heaviside(x)", "x if x > 1e-30 else 0", "max(-x, x)"]
)
def test_what_is_nearly_relu_is_not_relu(text):
    assert written(text) != written("relu(x)")


SEVERAL = {("criticality", name) for name in ("q", "sigma_w2", "sigma_b2")}


def assert_same(left: Facts, right: Facts) -> None:
    for key in left:
        if key in ("cost", "noise"):
            continue
        one, two = left[key], right[key]
        if isinstance(one, Number):
            assert close(one, two), key
            continue
        for name in one.fields:
            if (key, name) in SEVERAL:
                continue  # which of several is found depends on how well the formula lets itself be enclosed
            if name in two.fields and not one.standing == two.standing == Standing.OPEN:
                assert _alike(one[name], two[name]), (key, name, one[name], two[name])


def _alike(one: object, two: object) -> bool:
    if isinstance(one, Number) or isinstance(two, Number):
        return close(one, two)
    if isinstance(one, dict):
        return all(_alike(one[name], two[name]) for name in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(two) and all(_alike(a, b) for a, b in zip(one, two, strict=True))
    return one == two or one is None or two is None


IDENTITY = [
    "x + 1 - 1",
    "x*(sin(x)**2 + cos(x)**2)",
    "log(exp(x))",
    "relu(x) - relu(-x)",
    "asinh(sinh(x))",
    "2*atanh(tanh(x/2))",
]


@pytest.mark.parametrize("inner", IDENTITY)
@pytest.mark.parametrize("text", ["relu(x)", "tanh(x)", "x*sigmoid(x)", "min(max(0, x), 1)"])
def test_the_identity_in_disguise_changes_nothing(text, inner):
    within = parse(inner)
    whole = parse(text.replace("x", f"({inner})")) if "max" not in text and "exp" not in text else None
    if whole is None:
        whole = parse(text).xreplace({X: within})
    if not isinstance(whole, sp.Expr):
        return
    assert_same(of(parse(text)), of(whole))


# --- facts among themselves ------------------------------------------------------------------------------------------


@settings(max_examples=60, **CALM)
@given(st.sampled_from(["smooth", "pieced"]).flatmap(lambda kind: texts(kind, 2)))
def test_facts_agree_with_each_other(text):
    activation: Activation = from_expression(parse(text))
    if activation.trouble:
        return
    found = facts(activation)
    slopes, spread = found["derivative_range"], found["range"]
    if (
        "inf" in slopes.fields
        and found["lipschitz"].known
        and found["smoothness"].get("class") not in (None, "discontinuous")
    ):
        assert close(found["lipschitz"], max((slopes["inf"], slopes["sup"]), key=lambda n: abs(n.value)), 1) or close(
            found["lipschitz"], max((slopes["inf"], slopes["sup"]), key=lambda n: abs(n.value)), -1
        )
    trend = found["monotonicity"].get("value")
    if "inf" in slopes.fields and trend in ("increasing", "non-decreasing"):
        assert slopes["inf"].upper >= 0
    if "inf" in slopes.fields and slopes["inf"].lower > 0 and found["smoothness"].get("class") != "discontinuous":
        assert trend in ("increasing", None)
    if "inf" in spread.fields:
        for side in ("left", "right"):
            limit = (found["limits"].get(side) or {}).get("value")
            if limit is not None and limit.known:
                assert spread["inf"].lower <= limit.upper and limit.lower <= spread["sup"].upper
        mean = found["gaussian"].get("mean")
        if mean is not None and mean.known:
            assert spread["inf"].lower <= mean.upper and mean.lower <= spread["sup"].upper
    if found["affine"].get("value"):
        assert found["smoothness"]["class"] == "C^inf" and found["nonlinearity"].value in (0, None)
    if found["parity"].get("value") == "odd" and found["gaussian"].get("mean") and found["gaussian"]["mean"].known:
        assert found["gaussian"]["mean"].value == 0
    second, variance = found["gaussian"].get("second_moment"), found["gaussian"].get("variance")
    if second is not None and second.known and variance is not None and variance.known:
        assert variance.lower <= second.upper

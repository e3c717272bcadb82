"""Step functions, clips and the functions of two arguments, against NumPy and SciPy."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from scipy import special

import propcheck
from propcheck import target
from propcheck.activation import from_spec
from propcheck.language import parse, show
from propcheck.spec.reading import read
from propcheck.target import activation
from propcheck.verdict import InputError

NAMES = {
    **{name: getattr(np, name) for name in ("floor", "ceil", "trunc", "round", "tanh", "sin", "abs", "where", "cbrt")},
    **{name: getattr(np, name) for name in ("maximum", "minimum", "logaddexp", "exp", "sinc")},
    "clip": lambda x, low, high: np.minimum(high, np.maximum(low, x)),
    "max": np.maximum,
    "min": np.minimum,
}
INSIDE = ("x", "2*x", "x/4", "-3*x", "x + 1/2", "5*tanh(x)", "4*sin(x)", "x/0.25", "abs(x)")
FORMS = (
    "{s}*{f}(clip({a}, {l}, {h})) + {q}",
    "clip({s}*{f}({a}) + {q}, {l}, {h})",
    "x*max({l}, min({f}({a}), {h}))",
    "min({h}, {s}*max({l}, {f}({a})))",
    "{f}(clip({f}({a})*1.5, {l}, {h}))",
)


def drawn(random: Random) -> str:
    low = random.choice((-4, -2.5, -1, 0, 0.5))
    return random.choice(FORMS).format(
        f=random.choice(("floor", "ceil", "round", "trunc")),
        a=random.choice(INSIDE),
        l=low,
        h=low + random.choice((0, 1, 2, 2.5, 4)),
        s=random.choice(("1", "0.5", "-1", "3", "-0.25")),
        q=random.choice((0, 1, 0.5)),
    )


@pytest.mark.parametrize("seed", range(3))
def test_steps_are_those_of_numpy(seed: int) -> None:
    """At multiples of an eighth, where ties are, and between them."""
    random = Random(seed)
    for _ in range(8):
        text = drawn(random)
        try:
            g = activation(text)
        except InputError as error:
            assert "endless steps" in str(error)
            continue
        x = np.array([random.randint(-64, 64) / 8 for _ in range(12)] + [random.uniform(-9, 9) for _ in range(6)])
        found = [float(g._exact(str(Fraction(at)))) for at in x.tolist()]
        assert np.allclose(found, eval(text, {**NAMES, "x": x}), atol=1e-9), text


@pytest.mark.parametrize(
    "text", ["x*floor(x)", "max(round(x), -1)", "tanh(trunc(x))", "exp(x) - floor(x)", "ceil(exp(x))"]
)
def test_endless_steps_are_refused_with_a_way_out(text: str) -> None:
    way_out = r"endless steps here: bound what it takes, as in \w+\(clip\(u, -128, 127\)\)"
    with pytest.raises(InputError, match=way_out) as refused:
        parse(text)
    *_, shown, mark = str(refused.value).splitlines()
    assert shown[mark.index("^") :].startswith(("floor", "round", "trunc", "ceil"))


ON = [
    ("floor(x)", "-8:8"),
    ("x - floor(x)", "-3/2:5/2"),
    ("round(3*x) + ceil(-x/2)", "-4:3"),
    ("trunc(exp(x))", "-1:3"),
]


@pytest.mark.parametrize(("text", "on"), ON)
def test_steps_of_all_numbers_are_counted_on_an_interval(text: str, on: str) -> None:
    g = activation(target.read(text, on=on))
    low, high = (float(Fraction(end)) for end in on.split(":"))
    x = np.concatenate([np.linspace(low, high, 41), np.arange(np.ceil(low * 2), high * 2 + 1) / 2])
    for at in x[(x >= low) & (x <= high)].tolist():
        assert float(g._exact(str(Fraction(at))) or 0) == pytest.approx(eval(text, {**NAMES, "x": at}), abs=1e-9)
    assert g._exact(str(Fraction(high) + 1)) is None
    fact = propcheck.analyze(target.read(text, on=on), only=["range"])["range"]
    dense = eval(text, {**NAMES, "x": np.linspace(low, high, 40_001)})
    assert fact["inf"].lower <= dense.min() + 1e-9 and dense.max() - 1e-9 <= fact["sup"].upper


def test_a_step_function_of_all_numbers_may_be_in_a_spec() -> None:
    made = read('name = "saw"\nexpression = "x*floor(x)"\n')
    with pytest.raises(InputError, match=r"or look at an interval: --on -8:8"):
        from_spec(made)
    assert from_spec(made.within("0:3"))._exact("5/2") == 5


@pytest.mark.parametrize("text", ["clip(round(1000*x), -5000, 5000)", "floor(10**40*pi)"])
def test_too_many_steps_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"has \d+ steps; the limit is 1024"):
        parse(text)


def test_a_clip_around_steps_and_one_inside_them_are_one() -> None:
    inner, outer = parse("round(clip(x/0.5, -2, 2))*0.5"), parse("clip(round(x/0.5)*0.5, -1, 1)")
    assert inner == outer
    assert show(outer) == "Piecewise((-2, 2*x <= -3/2), (-1, 2*x < -1/2), (0, 2*x <= 1/2), (1, 2*x < 3/2), (2, True))/2"
    assert [parse(text) for text in ("round(2.5)", "round(-3.5)", "trunc(-2.7)", "ceil(pi)", "floor(-1/3)")] == [
        2, -4, -2, 4, -1
    ]  # fmt: skip


def test_eight_bits_have_a_card() -> None:
    found = propcheck.analyze("clip(round(16*x), -128, 127)/16")
    standings = {key: fact["standing"] for key, fact in found.to_json()["facts"].items()}
    computed = ("propagation", "slope_of_output")  # the second is not asked of so many pieces
    assert {word for key, word in standings.items() if key not in computed} == {"proved", "enclosed"}
    assert found["monotonicity"].value == "non-decreasing" and found["lipschitz"].value == np.inf
    x = np.linspace(-9, 9, 1801)
    assert np.array_equal(
        propcheck.compile("clip(round(16*x), -128, 127)/16")(x), np.clip(np.round(16 * x), -128, 127) / 16
    )


CALLED = {
    "where(x > 1, x, x/10)": lambda x: np.where(x > 1, x, x / 10),
    "clip(x, -1, 0.5)": lambda x: np.clip(x, -1, 0.5),
    "maximum(x, -x/3)": lambda x: np.maximum(x, -x / 3),
    "minimum(x, 2)": lambda x: np.minimum(x, 2),
    "logaddexp(x, 2)": lambda x: np.logaddexp(x, 2),
    "logaddexp(-x, x/2)": lambda x: np.logaddexp(-x, x / 2),
    "cbrt(x)": np.cbrt,
    "ndtr(x)": special.ndtr,
    "logit((1 + tanh(x))/2)": lambda x: 2 * x,
    "logsigmoid(x)": special.log_expit,
    "logcosh(x)": lambda x: np.logaddexp(x, -x) - np.log(2),
    "sinc(x/3)": lambda x: np.sinc(x / 3),
}


@pytest.mark.parametrize("text", CALLED)
def test_what_libraries_call_so_is_what_it_is_there(text: str) -> None:
    x = np.array([-30.5, -7.3, -1, -0.25, 0, 0.3, 1, 1.75, 6.2, 25])
    assert np.allclose(propcheck.compile(text)(x), CALLED[text](x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clip(x, 0)", "'clip' takes 3 arguments, here are 2"),
        ("maximum(x, 0, 1)", "'maximum' takes 2 arguments, here are 3"),
        ("where(x, 1, 0)", "'x' is not a condition"),
        ("where(x > 0, 1)", "'where' takes 3 arguments, here are 2"),
        ("max(x)", "'max' takes at least 2 arguments, here are 1"),
    ],
)
def test_a_wrong_call_is_told(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse(text)


def test_a_sum_of_a_thousand_hinges_is_cut_at_its_knots() -> None:
    random = Random(3)
    terms = [(random.randint(-99, 99) / 1000, random.randint(-8000, 8000) / 1000) for _ in range(1024)]
    g = activation(" + ".join(f"{c}*max(0, x - ({k}))" for c, k in terms))
    kinks: dict[Fraction, Fraction] = {}
    for weight, knot in terms:
        kinks[Fraction(str(knot))] = kinks.get(Fraction(str(knot)), Fraction(0)) + Fraction(str(weight))
    knots = [knot for knot, weight in kinks.items() if weight]
    assert [Fraction(str(piece.lower)) for piece in g.pieces[1:]] == sorted(knots)
    for at in random.sample(knots, 5) + [Fraction(1, 3), Fraction(-9)]:
        assert g._exact(str(at)) == sum(Fraction(str(c)) * max(0, at - Fraction(str(k))) for c, k in terms)
    inside = g.pieces[len(g.pieces) // 2]
    assert len(inside.expr.args) == 2  # a line


def test_a_quotient_whose_pieces_are_whole_is_undefined_where_it_divides_by_zero() -> None:
    g = activation("max(x, 0)/x")
    assert g.undefined == ((0, 0),) and g._exact("0") is None


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("floor(acos(clip(x, -1, 1)))", {-2.0: 3, -1.0: 3, -0.5: 2, 0.0: 1, 0.9: 0, 1.0: 0}),
        ("floor(-2*acos(clip(x, -1, 1)))", {-1.0: -7, 0.0: -4, 0.9: -1, 1.0: 0}),
        ("floor(log(clip(abs(x), 0, 100) + 1)/log(2))", {0.0: 0, 1.0: 1, 6.999: 2, 7.0: 3, -15.0: 4, 1e3: 6}),
        ("round(acosh(clip(x, 1, 50)))", {0.0: 0, 1.5: 1, 10.0: 3, 60.0: 5}),
        ("ceil(3*asin(clip(x, -1, 1)))", {-2.0: -4, -0.95: -3, 0.5: 2, 1.0: 5}),
    ],
)
def test_steps_of_a_function_whose_domain_ends_are_all_found(text: str, steps: dict[float, int]) -> None:
    found = propcheck.compile(text)
    assert {x: found(x) for x in steps} == steps

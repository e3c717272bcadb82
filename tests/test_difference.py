"""How far two functions are apart: mpmath at 50 digits, closed forms, and what must be told beside a number."""

from __future__ import annotations

import json
import subprocess
import sys

import mpmath
import pytest
from mpmath import mp, mpf

import propcheck
from propcheck.inquiries.distance import Difference, difference
from propcheck.verdict import InputError, Standing

G = {
    "gelu": lambda x: x * mpmath.ncdf(x),
    "gelu_tanh": lambda x: x * (1 + mpmath.tanh(mpmath.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))) / 2,
    "quick_gelu": lambda x: x / (1 + mpmath.exp(-mpf("1.702") * x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "hard_swish": lambda x: x * min(max(x + 3, mpf(0)), mpf(6)) / 6,
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "tanh": mpmath.tanh,
    "softsign": lambda x: x / (1 + abs(x)),
}
SAME = {"gelu": "gelu", "silu": "x*sigmoid(x)", "tanh": "2*sigmoid(2*x) - 1"}


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(50):
        yield


def greatest(f, low: float, high: float) -> tuple[mpf, list[mpf]]:
    """max abs f and where it is taken, by a fine grid and golden sections: nothing of the engine."""
    grid = [mpf(low) + (mpf(high) - low) * k / 800 for k in range(801)]
    sizes = [abs(f(x)) for x in grid]
    found = []
    for k in range(801):
        if sizes[k] >= max(sizes[max(k - 1, 0)], sizes[min(k + 1, 800)]):
            left, right = grid[max(k - 1, 0)], grid[min(k + 1, 800)]
            for _ in range(110):
                a, b = left + (right - left) * mpf("0.381966"), left + (right - left) * mpf("0.618034")
                left, right = (left, b) if abs(f(a)) > abs(f(b)) else (a, right)
            found.append((abs(f((left + right) / 2)), (left + right) / 2))
    top = max(size for size, _ in found)
    return top, [at for size, at in found if size > top * (1 - mpf(10) ** -20)]


@pytest.mark.parametrize(
    ("a", "b", "on"),
    [
        ("gelu", "gelu_tanh", None),
        ("quick_gelu", "gelu", None),
        ("quick_gelu", "gelu", "-4:4"),
        ("silu", "hard_swish", None),
        ("silu", "hard_swish", "-4:4"),
        ("mish", "silu", None),
        ("tanh", "softsign", "0.1:2"),
        ("gelu", "silu", "-1/2:1"),
    ],
)
def test_the_distance_and_its_places_are_those_of_mpmath(a: str, b: str, on: str | None) -> None:
    low, high = (-12.0, 12.0) if on is None else (mpf(end) for end in _ends(on))
    gap = lambda x: G[a](x) - G[b](x)  # noqa: E731
    slope = lambda x: mpmath.diff(G[a], x, h=mpf(10) ** -20) - mpmath.diff(G[b], x, h=mpf(10) ** -20)  # noqa: E731
    found = difference(a, b, on=on)
    for order, function in ((0, gap), (1, slope)):
        far = found[order].farthest
        assert far is not None and far.sup.standing in (Standing.PROVED, Standing.ENCLOSED)
        if order == 1 and "hard_swish" in (a, b):  # a kink: what is taken on one side
            assert far.sup.lower <= abs(function(mpf(3) - mpf(10) ** -15)) + mpf(10) ** -12 and [3.0, -3.0] == sorted(
                (at.value for at in far.at), reverse=True
            )
            continue
        top, places = greatest(function, low, high)
        slack = mpf(10) ** -12 if order else mpf(10) ** -25
        assert mpf(far.sup.lower) - slack <= top <= mpf(far.sup.upper) + slack
        assert far.sup.upper - far.sup.lower <= 1e-13 * far.sup.upper
        assert [float(at) for at in places] == pytest.approx([at.value for at in far.at], abs=1e-7)


def _ends(on: str) -> list[str]:
    return [str(mpmath.fdiv(*map(mpf, end.split("/")))) if "/" in end else end for end in on.split(":")]


def test_the_published_number() -> None:
    far = difference("gelu", "gelu_tanh", order=0)[0].farthest
    assert far is not None and far.taken
    assert far.sup.value == pytest.approx(4.732355206872685e-4, rel=1e-13)  # a number found in doubles
    assert [at.value for at in far.at] == pytest.approx([-2.69894138637727, 2.69894138637727], abs=1e-13)


@pytest.mark.parametrize(
    ("a", "b", "on", "sups", "where"),
    [
        ("relu", "relu(x) + 1", None, ("1", "0"), "along"),
        ("heaviside(x)", "0", None, ("1", "0"), "along"),
        ("softplus", "relu", None, ("log(2)", "1/2"), "at"),
        ("tanh", "erf(x)", "0:inf", (None, None), "at"),
        ("sin(x)", "cos(x)", None, ("sqrt(2)", "sqrt(2)"), "at"),
        ("elu", "celu", None, ("0", "0"), "along"),
        ("x", "x*cos(x)", None, ("oo", "oo"), ""),
        ("log(x)", "sqrt(x)", "0:4", ("oo", "oo"), ""),
    ],
)
def test_exact_distances(a: str, b: str, on: str | None, sups: tuple, where: str) -> None:
    found = difference(a, b, on=on)
    for order, exact in enumerate(sups):
        far = found[order].farthest
        assert far is not None and (exact is None or far.sup.exact == exact)
    first = found[0].farthest
    assert first is not None and not where or getattr(first, where)


@pytest.mark.parametrize(
    ("a", "b", "order", "near"),
    [
        ("gelu_tanh", "serf", 0, "12.5039488546"),
        ("gelu_tanh", "serf", 1, "12.5376548342"),
        ("x*erf(x)", "x*tanh(x**2)", 0, None),
    ],
)
def test_functions_that_are_one_in_all_digits_shown_still_cross_where_they_do(
    a: str, b: str, order: int, near: str | None
) -> None:
    """Far out both are x but for 1e-68, and one of them comes nearer to it."""
    forms = {
        **G,
        "serf": lambda x: x * mpmath.erf(mpmath.log1p(mpmath.exp(x))),
        "x*erf(x)": lambda x: x * mpmath.erf(x),
        "x*tanh(x**2)": lambda x: x * mpmath.tanh(x**2),
    }
    with mp.workdps(160):
        gap = lambda x: mpmath.diff(lambda t: forms[a](t) - forms[b](t), x, order, h=mpf(10) ** -40)  # noqa: E731
        spans = difference(a, b, norm="sup")[order].signs
        assert spans is not None
        for low, high, word in spans:
            for at in (max(low.value, -9) + 1e-3, min(high.value, 14) - 1e-3):  # type: ignore[type-var]
                assert ("above" if gap(mpf(at)) > 0 else "below") == word
        if near is not None:
            assert spans[-1][0].value == pytest.approx(float(near), abs=1e-9)


@pytest.mark.parametrize(("name", "text"), SAME.items())
def test_what_is_equal_is_at_no_distance(name: str, text: str) -> None:
    found = difference(name, text, relative=True)
    for apart in found.orders:
        assert apart.farthest and apart.farthest.sup.exact == "0" and apart.gaussian and apart.gaussian.value == 0
        assert apart.relative and apart.relative.exact == "0"
        assert apart.signs and [word for _, _, word in apart.signs] == ["equal"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("gelu_tanh", "x*(1/2 + 1/2*tanh(0.7978845608028654*(x + 0.044715*x**3)))"),
        ("silu", "x/(1 + exp(-1.0000000001*x))"),
        ("tanh(x)", "tanh(x) + 1e-30*x*exp(-x**2)"),
    ],
)
def test_a_distance_far_below_the_functions_has_its_digits(a: str, b: str) -> None:
    far = difference(a, b, order=0)[0].farthest
    assert far is not None and far.at and 0 < far.sup.lower <= far.sup.upper <= 1e-9
    assert far.sup.upper - far.sup.lower < 1e-9 * far.sup.upper
    text = {"gelu_tanh": G["gelu_tanh"], "silu": G["silu"], "tanh(x)": mpmath.tanh}[a]
    other = {
        "gelu_tanh": lambda x: x * (1 + mpmath.tanh(mpf("0.7978845608028654") * (x + mpf("0.044715") * x**3))) / 2,
        "silu": lambda x: x / (1 + mpmath.exp(-mpf("1.0000000001") * x)),
        "tanh(x)": lambda x: mpmath.tanh(x) + mpf("1e-30") * x * mpmath.exp(-x * x),
    }[a]
    top, places = greatest(lambda x: text(x) - other(x), -8.0, 8.0)
    assert abs(top - mpf(far.sup.value)) < mpf(10) ** -14 * top
    assert [float(at) for at in places] == pytest.approx([at.value for at in far.at], abs=1e-6)


def test_the_norm_of_the_gaussian_and_the_share_are_those_of_mpmath() -> None:
    found = difference("quick_gelu", "gelu", on="-4:4", relative=True)
    gap = lambda x: G["quick_gelu"](x) - G["gelu"](x)  # noqa: E731
    for order in (0, 1):
        of = (lambda x: mpmath.diff(gap, x, h=mpf(10) ** -20)) if order else gap
        square = mpmath.quad(lambda x, of=of: of(x) ** 2 * mpmath.npdf(x), [-4, -2, 0, 2, 4])
        number = found[order].gaussian
        assert number is not None and number.value == pytest.approx(float(mpmath.sqrt(square)), rel=1e-12)
    share = found[0].relative
    assert share is not None and share.value == pytest.approx(float(abs(gap(-4) / G["gelu"](-4))), rel=1e-12)
    assert "where both are 0" in share.note
    steep = found[1].relative
    assert steep is not None and steep.exact == "oo" and "-0.7517915" in steep.note


def test_the_norm_over_the_line() -> None:
    number = difference("relu", "leaky_relu", norm="gaussian", order=0)[0].gaussian
    assert number is not None and number.exact == "sqrt(2)/200"
    infinite = difference("1/x", "x", norm="gaussian", order=0)[0].gaussian
    assert infinite is not None and infinite.exact == "oo"


def test_signs_are_told_by_intervals() -> None:
    signs = difference("heaviside(x - 1)", "1/2", order=0)[0].signs
    assert signs is not None
    assert [(low.value, high.value, word) for low, high, word in signs] == [
        (-float("inf"), 1.0, "below"), (1.0, float("inf"), "above")
    ]  # fmt: skip
    found = difference("gelu", "gelu_tanh")
    for apart in found.orders:
        assert apart.signs
        for low, high, word in apart.signs:
            x = mpf(max(low.value, -5)) * mpf("0.4") + mpf(min(high.value, 5)) * mpf("0.6")  # type: ignore[type-var]
            gap = lambda t: G["gelu"](t) - G["gelu_tanh"](t)  # noqa: E731
            value = mpmath.diff(gap, x) if apart.order else gap(x)
            assert (value > 0) == (word == "above")


def test_a_jump_is_no_slope_and_is_told() -> None:
    found = difference("heaviside(x)", "sigmoid")
    assert "jumps at 0" in found[1].note and "jumps" not in found[0].note
    assert "jumps" not in difference("heaviside(x) + x", "heaviside(x)")[1].note


def test_where_one_alone_is_defined_is_said() -> None:
    assert difference("log(x)", "x", order=0).alone == ("x alone is defined between -inf and 0",)
    assert difference("1/x", "x", order=0).alone == ("x alone is defined at 0",)
    assert difference("relu", "gelu", order=0).alone == ()
    assert difference("tan(x)", "x", order=0).alone == ()  # what is not cut into pieces is said by the reason
    assert difference("rrelu", "gelu", order=0).alone == ("RReLU is random, and is compared by its mean",)


@pytest.mark.parametrize(
    ("a", "b", "given", "said"),
    [
        ("gelu", "silu", {"on": "4:1"}, "reversed"),
        ("gelu", "silu", {"order": 2}, "order is 0"),
        ("gelu", "silu", {"order": ()}, "order is 0"),
        ("gelu", "silu", {"norm": "max"}, "norm 'max'"),
        ("log(x)", "x", {"on": "-3:-1"}, "not defined on"),
        ("log(x)", "log(-x)", {}, "no interval on which both"),
        ("gelu", "nonsense", {}, "no activation"),
    ],
)
def test_bad_input_is_one_sentence(a: str, b: str, given: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        difference(a, b, **given)


def test_the_object_is_that_of_the_contract() -> None:
    record = json.loads(json.dumps(difference("gelu", "relu", on="-1:inf", relative=True).to_json()))
    assert record["schema"] == "propcheck.difference/1" and record["on"] == [-1.0, "inf"]
    assert [apart["order"] for apart in record["orders"]] == [0, 1]
    for apart in record["orders"]:
        assert {"sup", "at", "relative", "gaussian"} <= set(apart)
        assert {"value", "exact", "lower", "upper", "standing"} <= set(apart["sup"])
    with pytest.raises(InputError, match="was not asked for"):
        difference("gelu", "relu", order=0)[1]


def test_the_command_prints_a_page_and_json() -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "propcheck", "difference", *words], capture_output=True, text=True, check=False
        )

    page = run("gelu", "gelu_tanh", "--order", "0")
    assert page.returncode == 0 and "0.000473235520687" in page.stdout and "2.69894138638" in page.stdout
    found = run("gelu", "silu", "--json", "--norm", "sup")
    assert found.returncode == 0 and json.loads(found.stdout)["orders"][0]["gaussian"] is None
    wrong = run("gelu")
    assert (wrong.returncode, wrong.stdout) == (2, "") and "two targets" in wrong.stderr


def test_what_is_out_of_time_is_open() -> None:
    found = difference("gelu", "x*erf(x)", time_limit=1e-6)
    assert found.open and found.a["title"] == "GELU" and found.b["name"] == "x*erf(x)" and isinstance(found, Difference)


def test_it_is_a_name_of_the_package() -> None:
    assert (
        propcheck.difference is difference and repr(difference("relu", "x", order=0)) == "<Difference of relu from x>"
    )

"""Side by side: what differs, what is equal, and what is left open."""

import json
import re

import pytest
import sympy

import propcheck
from propcheck import load, spec
from propcheck.activation import from_spec
from propcheck.inquiries.comparison import differs
from propcheck.inquiries.equality import OPEN, PROVED, REFUTED, equality
from propcheck.inquiries.relation import relation
from propcheck.language import X
from propcheck.pieces.values import value_at
from propcheck.report.side_by_side import _told_apart

EQUAL = [
    ("relu", "max(0, x)"),
    ("relu", "(x + abs(x))/2"),
    ("relu", "x*heaviside(x)"),
    ("tanh", "2*sigmoid(2*x) - 1"),
    ("tanh", "(exp(2*x) - 1)/(exp(2*x) + 1)"),
    ("shifted_softplus", "log(1 + exp(x)) - log(2)"),
    ("sin(x)/x", "1 if x == 0 else sin(x)/x"),
    ("log(x**2)", "2*log(abs(x))"),
    ("1/(x**2 - 1)", "(1/(x - 1) - 1/(x + 1))/2"),
    ("hard_swish", "x*relu6(x + 3)/6".replace("relu6(x + 3)", "min(max(0, x + 3), 6)")),
    ("maxout", "absolute"),
    ("rrelu", "rrelu"),
]
DIFFERENT = [
    # left, right, where they are equal, the witness
    ("sign(x)", "sign", ("(-inf, 0)", "(0, inf)"), "0"),
    ("relu", "leaky_relu", ("[0, inf)",), None),
    ("relu", "relu6", ("(-inf, 6]",), None),
    ("x", "x + 1e-200", (), None),
    ("x", "x if x < 1 else (x if x > 1.001 else x + 1e-9)", ("(-inf, 1)", "(1001/1000, inf)"), None),
    ("relu", "log(x)", (), None),
    ("x", "x if x != 2 else 3", ("(-inf, 2)", "(2, inf)"), "2"),
    ("1/x", "0 if x == 0 else 1/x", ("(-inf, 0)", "(0, inf)"), "0"),
    ("1/x", "1/(x - 1/1000000)", (), None),
    ("x", "log(exp(x)) if x > -3 else 2*x", ("(-3, inf)",), None),
]
UNDECIDED = [("tan(x)*exp(-x**2)", "tan(x)*exp(-x**2)"), ("rrelu", "x if x >= 0 else 11*x/48")]


# A, B, and k, c, d of A(x) = c B(k x) + d
SCALED = [
    ("x*sigmoid(2*x)", "silu", "2", "1/2", "0"),
    ("tanh", "sigmoid", "2", "2", "-1"),
    ("x*(1 + erf(x))", "gelu", "sqrt(2)", "sqrt(2)", "0"),
    ("relu", "max(0, -3*x)", "-1", "1/3", "0"),
    ("hard_swish", "x*min(max(0, x/2 + 3), 6)", "2", "1/12", "0"),
    ("clip(x, 100, 200)", "clip(x, 1, 2)", "1/100", "100", "0"),
    ("x**3 + x", "x**3/7 + x/2", "sqrt(14)/2", "2*sqrt(14)/7", "0"),
    ("log(x)", "2*log(-3*x)", "-1", "1/2", "-log(3)"),
    ("exp(x)", "exp(x + 1)", "1", "exp(-1)", "0"),
    ("silu", "3*x*sigmoid(x)", "1", "1/3", "0"),
]
UNRELATED = [
    ("silu", "gelu"),
    ("gelu_tanh", "gelu"),
    ("elu", "2*x if x > 0 else 2*(exp(x/3) - 1)"),
    ("x*sigmoid(2*x) + 1e-70*x", "silu"),
    ("1", "2"),
    ("max(0, x) if x != 1 else 2", "2*relu(x)"),
]


@pytest.mark.parametrize(("left", "right", "inner", "outer", "shift"), SCALED)
def test_what_is_the_same_up_to_scales_is_told_with_them(
    left: str, right: str, inner: str, outer: str, shift: str
) -> None:
    one, other = load(left), load(right)
    found = relation(one, other)
    assert found is not None
    assert {**found.to_json(), "formula": ""} == {"input": inner, "output": outer, "shift": shift, "formula": ""}
    for at in (sympy.Rational(1, 3), sympy.Rational(-7, 5), sympy.Integer(150)):
        mine = value_at(one.bound, at)
        theirs = value_at(other.bound.subs(X, found.input * at), at)
        assert (mine is None) == (theirs is None)
        if mine is not None:
            assert abs(sympy.N(mine - found.output * theirs - found.shift, 40)) < 1e-30


@pytest.mark.parametrize(("left", "right"), UNRELATED)
def test_what_is_not_the_same_up_to_scales_is_never_called_so(left: str, right: str) -> None:
    assert relation(load(left), load(right)) is None


def test_scales_are_told_beside_a_comparison(propcheck) -> None:
    said = " ".join(propcheck("compare", "tanh", "sigmoid")[1].split())
    assert said.endswith("a scale of input and output and a shift: tanh(x) = 2*sigmoid(2*x) - 1, proved")
    pair = json.loads(propcheck("compare", "silu", "3*x*sigmoid(x)", "--on", "-1:2", "--json")[1])["equal"][0]
    assert pair["up_to"] == {"input": "1", "output": "1/3", "shift": "0", "formula": "1/3*B(x)"}


@pytest.mark.parametrize(("left", "right"), EQUAL, ids="{0[0]} is {0[1]}".format)
def test_equal_functions_are_proved_equal(left: str, right: str) -> None:
    for pair in ((left, right), (right, left)):
        found = equality(*map(load, pair))
        assert (found.outcome, found.witness) == (PROVED, None)


@pytest.mark.parametrize(("left", "right", "where", "at"), DIFFERENT)
def test_different_functions_are_told_apart(left: str, right: str, where: tuple[str, ...], at: str | None) -> None:
    found = equality(load(left), load(right))
    assert (found.outcome, found.equal_on) == (REFUTED, where)
    assert found.witness is not None
    point = sympy.Rational(found.witness.x)
    assert at in (None, found.witness.x)
    for activation, told in ((load(left), found.witness.left), (load(right), found.witness.right)):
        value = value_at(activation.bound, point)
        assert (told is None) == (value is None)
        if value is not None:
            assert abs(sympy.N(value, 40) - sympy.Rational(told)) <= abs(value) * 1e-29


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x", "x + 1e-40"),
        ("tanh(x)", "tanh(x) + 1e-200*exp(-x**2)"),
        ("sqrt(2) if x == 0 else x", "sqrt(2) + 1e-50 if x == 0 else x"),
        ("softplus(x)", "softplus(x) - 1e-60"),
    ],
)
def test_a_witness_shows_that_its_values_differ(left: str, right: str) -> None:
    witness = equality(load(left), load(right)).witness
    assert witness is not None and witness.left is not None and witness.right is not None
    assert witness.left != witness.right
    for text, told in ((left, witness.left), (right, witness.right)):
        value = value_at(load(text).bound, sympy.Rational(witness.x))
        digits = len(told.partition(".")[2])
        assert abs(sympy.N(value, digits + 9) - sympy.Rational(told)) < sympy.Rational(1, 10 ** (digits - 1))


@pytest.mark.parametrize(("left", "right"), UNDECIDED)
def test_what_cannot_be_compared_is_open(left: str, right: str) -> None:
    found = equality(load(left), load(right))
    assert found.outcome == OPEN
    assert found.reason


@pytest.mark.parametrize("name", spec.names())
def test_every_function_of_the_catalogue_is_equal_to_itself_and_not_to_itself_plus_something_small(name: str) -> None:
    activation = from_spec(spec.find(name))
    assert equality(activation, activation).outcome == PROVED
    if activation.noise is None:
        assert equality(activation, load(activation.bound + sympy.Rational(1, 10**30))).outcome == REFUTED


def number(lower: float | None, upper: float | None, exact: str | None = None, standing: str = "enclosed") -> dict:
    return {"value": lower, "lower": lower, "upper": upper, "exact": exact, "standing": standing}


DIFFERENCES = {
    "disjoint enclosures": (number(0.1, 0.2), number(0.3, 0.4), True),
    "other fractions": (number(1.0, 1.0, "1"), number(1.0, 1.0, f"{10**21 + 1}/{10**21}"), True),
    "enclosures that overlap": (number(0.1, 0.3), number(0.2, 0.4), None),
    "the same exact form": (number(0.1, 0.3, "pi"), number(0.2, 0.4, "pi"), False),
    "the same float": (number(0.5, 0.5), number(0.5, 0.5, "1/2"), False),
    "infinite and finite": (number("inf", "inf"), number(3.0, 3.0), True),  # type: ignore[arg-type]
    "none and a number": (number(None, None, standing="proved"), number(3.0, 3.0), True),
    "not found and a number": (number(None, None, standing="open"), number(3.0, 3.0), None),
    "none twice": (number(None, None, standing="proved"), number(None, None, standing="proved"), False),
    "a fact that is missing": (None, {"value": True, "standing": "proved"}, None),
    "how surely it is known": ({"value": "odd", "standing": "proved"}, {"value": "odd", "standing": "enclosed"}, False),
    "a word that is not known": ({"value": None, "standing": "open"}, {"value": "odd", "standing": "proved"}, None),
    "other verdicts": ({"verdict": "holds", "reasons": ["a"]}, {"verdict": "fails", "reasons": ["b"]}, True),
    "other reasons": ({"verdict": "holds", "reasons": ["a"]}, {"verdict": "holds", "reasons": ["b"]}, False),
    "an open verdict": ({"verdict": "open"}, {"verdict": "holds"}, None),
    "one kink more": ({"kinks": [1], "standing": "proved"}, {"kinks": [1, 2], "standing": "proved"}, True),
}


@pytest.mark.parametrize(("left", "right", "told"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_facts_differ_agree_or_leave_it_open(left: object, right: object, told: bool | None) -> None:
    assert differs([left, right]) is differs([right, left]) is told
    assert differs([left, left, right]) is told or told is False


def test_the_command_marks_what_differs_and_says_where_the_two_part(propcheck) -> None:
    code, out, err = propcheck("compare", "relu", "leaky_relu")
    assert (code, err) == (0, "")
    lines = {re.split(r"\s\s+", line[2:].strip())[0]: line[0] for line in out.splitlines() if line}
    assert lines["dead units"] == "*"
    assert lines["range"] == lines["smoothness"] == "*"
    assert lines["convergence"] == lines["Lipschitz constant"] == " "
    assert "relu and leaky_relu are not equal: at x = -1, relu is 0 and leaky_relu is -0.0100000" in " ".join(
        out.split()
    )
    assert "they are equal on [0, inf)" in out


def test_of_several_functions_the_equal_ones_are_named(propcheck) -> None:
    code, out, _ = propcheck("compare", "relu", "max(0, x)", "tanh")
    assert code == 0
    assert out.splitlines()[-1] == "relu and max(0, x) are equal: proved"
    assert propcheck("compare", "relu", "gelu", "tanh")[1].splitlines()[-1] == "no two of them are equal: proved"


def test_json_has_the_facts_the_verdicts_and_the_equality(propcheck) -> None:
    code, out, _ = propcheck("compare", "elu", "x if x > 0 else exp(x) - 1", "--param", "a=1", "--json")
    found = json.loads(out)
    assert (code, found["schema"]) == (0, "propcheck.comparison/1")
    assert [item["name"] for item in found["activations"]] == ["elu", "x if x > 0 else exp(x) - 1"]
    assert len(found["criteria"]) == 8
    assert {row["differs"] for row in found["criteria"]} == {False}
    rows = {row["key"]: row for row in found["facts"]}
    assert [value["sup"]["value"] for value in rows["range"]["values"]] == ["inf", "inf"]
    assert [pair["outcome"] for pair in found["equal"]] == ["proved"]


def test_undecided_has_its_status_under_strict_only(propcheck) -> None:
    pair = ("compare", "abs(sin(x))*exp(-x**2)", "abs(sin(x))*exp(-x**2)*1")
    assert propcheck(*pair)[0] == 0
    code, out, _ = propcheck(*pair, "--strict")
    assert code == 3
    assert "is open: infinitely many breakpoints" in " ".join(out.split())


def test_only_what_is_wanted_is_compared() -> None:
    found = propcheck.compare(["relu", "elu"], only=["parity", "range"]).to_json()
    rows = {row["key"]: row["differs"] for row in found["facts"]}
    assert (rows["parity"], rows["range"], rows["lipschitz"]) == (False, True, None)


def test_one_target_is_no_comparison(propcheck) -> None:
    code, out, err = propcheck("compare", "relu")
    assert (code, out) == (2, "")
    assert "two targets or more" in err


def test_one_target_is_no_list_of_targets():
    with pytest.raises(propcheck.InputError, match=r"in a list, such as compare\(\['gelu', 'relu'\]\)"):
        propcheck.compare("gelu")


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ("-0.632120558828557678404476229839", "0", ("-0.632121", "0")),
        ("1.00000000000000000001", "1", ("1.00000000000000000001", "1")),
        ("0.123456789", "0.123456788", ("0.123456789", "0.123456788")),
        ("1/3", "2.5e-30", ("1/3", "2.5e-30")),
        (None, "0.3333333333333333", (None, "0.333333")),
    ],
)
def test_a_witness_has_the_digits_that_tell_it_apart(left, right, shown):
    assert _told_apart(left, right) == shown

"""The paper's equations: all are there and proved, what they come to together, and wrong ones are refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from propcheck import spec
from propcheck.activation import from_spec
from propcheck.claims import equations
from propcheck.claims.network_equations import EQUATIONS, Network, difference, lacking
from propcheck.files import dump
from propcheck.inquiries import verification
from propcheck.report import guide, record, tables

DERIVATIVES = {3, 4, 13, 15, 17, 19, 21, 23, 25, *range(35, 44)}
NETWORK = set(range(26, 35))


@pytest.fixture(scope="module")
def suite():
    return equations.verify(equations.suite())


def test_every_equation_is_there_and_proved(suite):
    outcomes = {row["equation"]: row["outcome"] for row in suite["rows"]}
    assert outcomes == dict.fromkeys(sorted(DERIVATIVES | NETWORK), "proved")


def test_the_table_is_plain_data_with_what_was_proved_and_how():
    rows = equations.table()
    assert len(rows) == len(DERIVATIVES | NETWORK)
    assert all(row["stated"] and row["found"] and row["how"] for row in rows)
    assert rows == equations.table()


def test_the_proofs_hold_for_every_value_of_the_parameters(suite):
    symbolic = [row for row in suite["rows"] if row["name"] in ("elu", "trelu", "xwish")]
    parameters = {row["equation"]: row["parameters"] for row in symbolic}
    assert parameters == {13: "beta > 0", 39: "beta > 0", 15: "a >= 0", 40: "a >= 0", 17: "a > 0", 41: "a > 0"}
    vanishes = {row["equation"]: [c["vanishes"] for c in row["conventions"]] for row in suite["rows"]}
    assert vanishes[15] == vanishes[17] == ["a = 1"]
    assert vanishes[21] == vanishes[25] == []  # no kink
    assert vanishes[23] == [""]  # a kink that stays


def test_the_conventions_of_relu_and_relu6_at_0_are_found_to_differ(suite):
    (found,) = (finding for finding in suite["findings"] if 26 not in finding["equations"])
    assert found["equations"] == [37, 38]
    assert found["found"].startswith("(37) takes 1 for ReLU, (38) takes 0 for ReLU6")


def test_a_lost_equation_says_what_stands_for_it():
    lost = next(equation for equation in equations.stated() if equation.number == 40)
    assert (lost.name, lost.reading) == ("elu", "(40) is lost; (15) is taken for it")


WRONG = {
    3: "sigmoid(x)*(1 + sigmoid(x))",
    13: "(arctan(beta*x) + pi/2)/pi + x/(1 + (beta*x)**2)/pi",
    15: "1 if x >= 0 else exp(x)",
    17: "1 if x >= 0 else a*(1 - tanh(a*x)**2)",
    21: "1/(1 + x)**2",
    37: "1 if x >= 1e-9 else 0",
    38: "0 if x >= 7 else (1 if x > 0 else 0)",
    43: "1 if x >= 0 else 1/(1 + x)**2",
}


@pytest.mark.parametrize("number", WRONG)
def test_a_wrong_derivative_is_refuted(number):
    right = next(equation for equation in equations.stated() if equation.number == number)
    wrong = equations.Suite((replace(right, text=WRONG[number]),), {right.name: from_spec(spec.find(right.name))})
    assert next(row for row in equations.verify(wrong)["rows"] if row["name"])["outcome"] == "refuted"


# ---------------------------------------------------------------------------------------------- the network

FIRST = Network((2, 3, 2))


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: str(equation.number))
def test_an_equation_of_the_network_compares_something_in_every_layer(equation):
    pairs = list(equation.pairs(FIRST))
    assert sum(len(true) for true, _ in pairs) >= 3
    assert all(entry != 0 for true, _ in pairs[:1] for entry in true[:1])


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: str(equation.number))
@pytest.mark.parametrize("change", [lambda m: -m, lambda m: m / 2, lambda m: m + sp.ones(*m.shape) / 10**9])
def test_an_equation_of_the_network_that_is_changed_is_refuted(equation, change):
    wrong = replace(equation, pairs=lambda network: ((true, change(said)) for true, said in equation.pairs(network)))
    assert difference(wrong, FIRST)


def test_a_slope_left_out_is_seen():
    sample = FIRST.samples[0]
    wrong = replace(EQUATIONS[2], pairs=lambda network: iter([(sample.dz[1], sample.da[1])]))
    assert difference(wrong, FIRST)


def test_the_true_derivatives_are_those_of_a_network_with_a_known_function():
    """The undefined functions replaced by tanh and numbers put in: a difference quotient agrees."""
    sample, w = FIRST.samples[0], FIRST.weights[1][0]
    slope = {f"g{j}_slope": lambda z: 1 - sp.tanh(z) ** 2 for j in (1, 2)}

    def known(expr: sp.Expr, values: dict) -> sp.Expr:
        named = expr.replace(lambda e: e.func.__name__ in ("g1", "g2"), lambda e: sp.tanh(e.args[0]))
        named = named.replace(lambda e: e.func.__name__ in slope, lambda e: 1 - sp.tanh(e.args[0]) ** 2)
        return named.xreplace(values).evalf(50)

    symbols = sorted(sample.loss.free_symbols, key=str)
    values = {symbol: sp.Rational(7 * k % 11 - 5, 7) for k, symbol in enumerate(symbols)}
    step = sp.Rational(1, 10**20)
    sides = [known(sample.loss, {**values, w: values[w] + side * step}) for side in (1, -1)]
    assert abs((sides[0] - sides[1]) / (2 * step) - known(sample.dw[1][0], values)) < 1e-25


@pytest.mark.parametrize(
    ("symbol", "m", "summed", "expected"),
    [
        ("w", 1, False, {"lambda*w[j]": 1, "dw[j](1)": 0}),
        ("w", 2, False, {"lambda*w[j]": 1, "dw[j](1)": -sp.S.Half, "dw[j](2)": sp.S.Half}),
        ("w", 2, True, {"lambda*w[j]": 1, "dw[j](1)": -sp.S.Half, "dw[j](2)": -sp.S.Half}),
        ("b", 1, False, {"lambda*b[j]": 0, "db[j](1)": 0}),
        ("b", 2, False, {"lambda*b[j]": 0, "db[j](1)": -sp.S.Half, "db[j](2)": sp.S.Half}),
        ("b", 2, True, {"lambda*b[j]": 0, "db[j](1)": -sp.S.Half, "db[j](2)": -sp.S.Half}),
    ],
)
def test_what_the_updates_lack_of_the_gradient_of_26(symbol, m, summed, expected):
    assert lacking(FIRST, symbol, m, summed) == expected


def test_the_updates_are_told_to_lack_the_regularisation(suite):
    found = {tuple(finding["equations"]): finding for finding in suite["findings"]}
    assert "right where m = 1 and lambda = 0, and not otherwise" in found[26, 33]["text"]
    assert "with m = 1: lambda*w[j];" in found[26, 33]["found"]
    assert "right where m = 1, with any lambda, and not otherwise" in found[26, 34]["text"]


def test_the_undefined_function_is_undefined():
    g, h = FIRST.functions[1:]
    t = sp.Symbol("t", real=True)
    assert g(t) != h(t) and g(t).diff(t) != h(t).diff(t)
    assert g(2 * t).diff(t) == 2 * g(t).diff(t).xreplace({t: 2 * t})
    assert g(-t) != -g(t) and g(0) != 0


# ---------------------------------------------------------------------------------------------- in a report


def test_the_report_on_the_paper_has_a_table_of_equations(suite):
    made = record.record([], {}, (), suite)
    assert made["equations"] == suite
    files = tables.draw(made)
    assert {f"equations.{ending}" for ending in ("md", "tex", "csv", "json")} <= set(files)
    assert "(33)" in files["equations.csv"] and "finding" in files["equations.csv"]
    assert "equations.md" in guide.guide(made, ["md"]) and "lambda" in guide.guide(made, ["md"])
    assert dump(made) == dump(record.record([], {}, (), equations.verify(equations.suite())))


def test_another_report_has_none():
    made = record.record([], {})
    assert "equations" not in made and not any(name.startswith("equations") for name in tables.draw(made))


def test_equations_that_time_ran_out_on_are_open():
    found = verification.paper_equations(1e-3)
    assert {row["outcome"] for row in found["rows"]} == {"open"}
    assert len(found["rows"]) == len(DERIVATIVES | NETWORK) and all(row["found"] for row in found["rows"])

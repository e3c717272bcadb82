"""The time of value and slope of an element, estimated from the formula."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

from propcheck.activation import Activation, from_expression, from_spec
from propcheck.analysis.pricing import BESIDE, ERROR, PRICES, ingredients, relative_time
from propcheck.language import X, parse
from propcheck.language.functions import HEADS
from propcheck.spec import Parameter, Spec, find
from propcheck.verdict import Standing

# The medians of what timing.timing measured, each several times, on one core with AVX-512 and NumPy 2.
MEASURED = {
    "relu": 1.01, "leaky_relu": 2.46, "relu6": 2.06, "elu": 2.3, "hard_swish": 4.0, "sigmoid": 4.1, "swish": 4.7,
    "tanh": 2.4, "softplus": 2.4, "softsign": 4.8, "gelu": 12.3, "mish": 7.1, "erf": 21.3, "gcu": 25.9, "rrelu": 8.0,
    "noisy_relu": 17.0, "maxout": 1.5,
}  # fmt: skip


def of(text: str) -> Activation:
    return from_expression(parse(text, {}))


def time(text: str) -> float:
    return float(relative_time(of(text)))


def test_relu_is_the_unit() -> None:
    assert time("relu(x)") == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", MEASURED)
def test_the_measured_time_lies_in_the_interval(name: str) -> None:
    found = relative_time(from_spec(find(name)))
    assert found.standing is Standing.COMPUTED
    assert found.lower is not None and found.upper is not None
    assert found.lower <= MEASURED[name] <= found.upper


def test_the_interval_is_the_factor_of_the_error() -> None:
    found = relative_time(of("x*tanh(x)"))
    assert found.value is not None and found.upper == found.value * ERROR and found.lower == found.value / ERROR


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", {"element": 1}),
        ("relu(x)", {"element": 1, "clip": 2}),
        ("x if x >= 0 else x/2", {"element": 1, "choice": 2, "line": 1}),
        ("max(x, 0)**2", {"element": 1, "clip": 2, "line": 2}),  # x*x and 2*x, both 0 at 0
        ("abs(x)", {"element": 1, "choice": 1}),  # the value at abs x; slopes -1 and 1
        ("x if x >= 1 else 0", {"element": 1, "choice": 1, "clip": 1}),  # it jumps
        ("exp(x)", {"element": 1, "exp": 1}),
        ("sin(x)", {"element": 1, "wave": 2}),
        ("x*sin(x)", {"element": 1, "wave beside": 2, "line beside": 3}),  # x s, x c + s
        ("x*exp(x)", {"element": 1, "exp": 1, "line beside": 2}),  # x e, x e + e
        ("1/(1 + x**2)", {"element": 1, "div": 1, "line": 5}),  # x x + 1, its inverse, whose square times -2 times x
    ],
)
def test_what_is_computed_is_counted(text: str, expected: dict[str, int]) -> None:
    assert +ingredients(of(text)) == expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh(x)"),
        ("(exp(2*x) - exp(-2*x))/(exp(2*x) + exp(-2*x))", "tanh(2*x)"),
        ("max(x, 0)", "x if x > 0 else 0"),
        ("(x + abs(x))/2", "relu(x)"),
    ],
)
def test_two_spellings_of_a_function_take_one_time(text: str, same: str) -> None:
    assert time(text) == time(same)


def test_what_only_looks_like_a_hyperbolic_tangent_is_none() -> None:
    assert "tanh" not in ingredients(of("(exp(x) - exp(-2*x))/(exp(x) + exp(-2*x))"))
    assert "tanh" not in ingredients(of("(exp(x) + exp(-x))/(exp(x) - exp(-x))"))


@pytest.mark.parametrize("text", ["tanh(x)", "relu(x)", "x*sigmoid(x)", "gelu(x)", "sin(x)", "log(1 + exp(x))"])
@pytest.mark.parametrize("change", ["3*({})", "({}) + 2"])
def test_a_constant_changes_the_time_by_a_couple_of_operations_a_piece(text: str, change: str) -> None:
    pieces = len(of(text).pieces)
    changed, usual = time(change.format(text)), time(text)
    assert abs(changed - usual) <= pieces * (3 * PRICES["line beside"] + 2 * PRICES["choice"] * (pieces > 1))


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.__name__)
def test_every_function_of_the_language_has_a_price(head: Any) -> None:
    for form in (head(X), X * head(X), head(X) ** sp.Rational(4, 3)):
        assert set(ingredients(from_expression(form))) <= PRICES.keys()


def test_prices_are_above_nothing_and_those_beside_others_are_no_less() -> None:
    assert all(price > 0 for price in PRICES.values())
    assert all(PRICES[name] >= PRICES[name.removesuffix(BESIDE)] for name in PRICES if name.endswith(BESIDE))


def test_a_draw_is_priced_by_its_law() -> None:
    def drawn(law: str) -> float:
        random = Parameter("Y", "random", distribution=law)
        return float(relative_time(from_spec(Spec("f", "x + Y", parameters=(random,)))))

    assert drawn("normal(0, 1)") - drawn("uniform(-1, 1)") == pytest.approx(PRICES["normal"] - PRICES["uniform"])
    assert drawn("uniform(-1, 1)") > time("x") + PRICES["uniform"]


def test_every_further_input_of_maxout_is_priced() -> None:
    spec = find("maxout")
    assert spec.units is not None
    for k in (2, 5):
        more = replace(spec, units=replace(spec.units, k=k))
        assert float(relative_time(from_spec(more))) == PRICES["element"] + (k - 1) * PRICES["rival"]


def test_a_function_without_pieces_is_priced_as_it_is_written() -> None:
    endless = of("abs(sin(x))")
    assert not endless.pieces
    assert relative_time(endless).known and sp.sin(X) in endless.bound.atoms(sp.sin)

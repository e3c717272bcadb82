"""One function is one function, however it is written: the facts of ReLU do not depend on its formula."""

import json

import pytest

from propcheck import spec
from propcheck.activation import from_spec
from propcheck.analysis import facts
from propcheck.verdict import plain

WAYS = [
    "max(0, x)",
    "(x + abs(x))/2",
    "Piecewise((x, x > 0), (0, True))",
    "relu(x)",
    "x*heaviside(x)",
    "(sqrt(x**2) + x)/2",
    "max(x, -x)/2 + x/2",
    "-min(0, -x)",
    "x if x >= 0 else 0",
    "x if not x < 0 else 0*x",
    "max(0, x, min(x, 0))",
    "x*(1 + sign(x))/2",
]


def facts_of(target):
    """All facts but the cost, which is that of the formula."""
    known = dict(facts(from_spec(target)))
    known.pop("cost")
    return json.loads(json.dumps(plain(known)))


@pytest.fixture(scope="module")
def relu():
    return facts_of(spec.find("relu"))


@pytest.mark.parametrize("text", WAYS)
def test_every_way_to_write_relu_gives_the_same_facts(text, relu):
    assert facts_of(spec.from_text(text, {})) == relu


def test_the_facts_of_relu_are_all_decided(relu):
    assert all(fact["standing"] in ("proved", "enclosed") for fact in relu.values())


@pytest.mark.parametrize(
    "text", ["max(1e-30, x)", "max(0, x) + 1e-30*heaviside(x)", "x if x > 1e-30 else 0", "max(-x, x)"]
)
def test_what_is_nearly_relu_is_not_relu(text, relu):
    assert facts_of(spec.from_text(text, {})) != relu

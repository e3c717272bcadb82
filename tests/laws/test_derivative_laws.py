"""Laws of stated derivatives: what is said of one follows a function that is raised, scaled, mirrored or moved."""

from __future__ import annotations

from functools import cache

import pytest

from propcheck.activation import from_spec
from propcheck.claims.derivative import prove, read
from propcheck.claims.proof import PROVED, REFUTED, Proof
from propcheck.spec import from_text

# A function, an order, a statement, and whether it is right.
STATED = [
    ("x*abs(x)", 1, "2*abs(x)", PROVED),
    ("x*abs(x)", 2, "2*sign(x)", PROVED),
    ("x*abs(x)", 2, "3 if x == 0 else 2*sign(x)", REFUTED),
    ("x*abs(x)", 3, "0", PROVED),
    ("abs(x)**3 + x", 2, "6*abs(x)", PROVED),
    ("abs(x)**3 + x", 3, "6*sign(x)", PROVED),
    ("abs(x)**3 + x", 3, "7 if x == 0 else 6*sign(x)", REFUTED),
    ("exp(x) if x < 0 else 1 + x", 1, "exp(min(x, 0))", PROVED),
    ("exp(x) if x < 0 else 1 + x", 2, "exp(x) if x < 0 else 0", PROVED),
    ("exp(x) if x < 0 else 1 + x", 2, "exp(x) if x <= 0 else 1e-9", REFUTED),
    ("relu(x - 1)", 1, "heaviside(x - 1)", PROVED),
    ("relu(x - 1)", 1, "heaviside(x)", REFUTED),
    ("tanh(x) + heaviside(x - 2)", 1, "1 - tanh(x)**2", PROVED),
    ("sqrt(abs(x))*sign(x)", 1, "1/(2*sqrt(abs(x)))", PROVED),
    ("sqrt(abs(x))*sign(x)", 1, "5 if x == 0 else 1/(2*sqrt(abs(x)))", REFUTED),
    ("sqrt(abs(x))", 1, "sign(x)/(2*sqrt(abs(x)))", PROVED),
    ("x*sigmoid(x)", 1, "sigmoid(x)*(1 + x*(1 - sigmoid(x)))", PROVED),
    ("x*sigmoid(x)", 1, "sigmoid(x)*(1 + x*(1 + sigmoid(x)))", REFUTED),
    ("min(max(x, -1), 2)", 1, "1 if x > -1 and x < 2 else 0", PROVED),
    ("min(max(x, -1), 2)", 1, "1 if x > -1 and x < 3 else 0", REFUTED),
]  # fmt: skip
IDS = [f"{k}-{row[0]}-{row[1]}" for k, row in enumerate(STATED)]


@cache
def proof(text: str, order: int, said: str) -> Proof:
    activation = from_spec(from_text(text))
    return prove(activation, read(activation, said), order)


def kinds(found: Proof) -> list[str]:
    """The conventions that are told, places and numbers aside."""
    return [convention.kind for convention in found.conventions]


@pytest.mark.parametrize(("text", "order", "said", "outcome"), STATED, ids=IDS)
def test_a_constant_that_is_added_changes_no_word(text, order, said, outcome):
    assert proof(text, order, said).outcome == outcome
    assert str(proof(f"({text}) + 3", order, said)) == str(proof(text, order, said))


@pytest.mark.parametrize(("text", "order", "said", "outcome"), STATED, ids=IDS)
@pytest.mark.parametrize("scale", ["-1", "5/2"])
def test_a_scaled_function_has_the_scaled_derivative(text, order, said, outcome, scale):
    found = proof(f"({scale})*({text})", order, f"({scale})*({said})")
    assert found.outcome == outcome and kinds(found) == kinds(proof(text, order, said))
    assert proof(f"({scale})*({text})", order, said).outcome == (PROVED if said == "0" else REFUTED)


def put(text: str, inner: str) -> str:
    """The text with another expression in the place of x."""
    return (
        text.replace("exp", "EXP")
        .replace("max", "MAX")
        .replace("x", f"({inner})")
        .replace("EXP", "exp")
        .replace("MAX", "max")
    )


@pytest.mark.parametrize(("text", "order", "said", "outcome"), STATED, ids=IDS)
@pytest.mark.parametrize(("inner", "rate"), [("-x", "-1"), ("2*x - 3", "2"), ("x/3 + 1", "1/3")])
def test_a_moved_function_has_the_derivative_of_the_chain(text, order, said, outcome, inner, rate):
    found = proof(put(text, inner), order, f"({rate})**{order}*({put(said, inner)})")
    assert found.outcome == outcome
    if outcome == PROVED:
        sides = {"left": "right", "right": "left"} if rate == "-1" else {}
        before = [sides.get(kind, kind) for kind in kinds(proof(text, order, said))]
        assert kinds(found) == (before[::-1] if rate == "-1" else before)

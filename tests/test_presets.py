"""What frameworks mean by a name: `leaky_relu:keras`."""

from __future__ import annotations

import pytest

import propcheck
from propcheck.conformance.names import named
from propcheck.spec.catalogue import _meanings
from propcheck.verdict import InputError

AT = [
    ("leaky_relu:keras", -5, -1.0),
    ("leaky_relu:torch", -5, -0.05),
    ("gelu:jax", 1, 0.841191990607477),
    ("gelu:torch", 1, 0.841344746068543),
    ("hard_sigmoid:onnx", 1, 0.7000000029802322),
    ("hard_sigmoid:torch", 1, 2 / 3),
]


@pytest.mark.parametrize(("target", "x", "value"), AT)
def test_a_name_means_what_the_framework_does(target: str, x: int, value: float) -> None:
    assert float(propcheck.load(target)(x)) == pytest.approx(value, rel=1e-14)


def test_every_meaning_can_be_loaded() -> None:
    for name, frameworks in _meanings().items():
        for framework in frameworks:
            assert propcheck.load(f"{name}:{framework}").pieces


def test_a_misspelt_framework_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="leaky_relu has no preset 'kears' .did you mean keras"):
        propcheck.load("leaky_relu:kears")


def test_names_that_mean_different_functions_have_a_witness() -> None:
    found = {one.name: one for one in named()}
    assert "leaky" in found["leakyrelu"].name and found["leakyrelu"].witness and not found["leakyrelu"].agrees
    assert found["gelu"].witness.startswith("at x = ") and found["hardsigmoid"].witness
    assert found["relu"].agrees and not found["relu"].witness

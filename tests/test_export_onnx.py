"""Exported models of ONNX: finite wherever the truth is, and right to 4 ulp, as the reference evaluates them."""

from __future__ import annotations

import numpy as np
import pytest

import propcheck
from propcheck.numeric.accuracy import measure
from propcheck.numeric.source import exported

NAMES = ["softplus", "elu", "selu", "gelu", "mish", "celu", "swish", "log_sigmoid", "relu", "hardshrink"]


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_right_at_every_input(name: str) -> None:
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    activation = propcheck.load(name)
    made = exported(activation, "onnx", "float32", (0, 1), measured=False)
    model = onnx.parser.parse_model(made.text)
    onnx.checker.check_model(model)
    evaluator = ReferenceEvaluator(model)
    for order in (0, 1):

        def called(x: np.ndarray, order: int = order) -> np.ndarray:
            with np.errstate(all="ignore"):
                return evaluator.run(None, {"x": x})[order]

        found = measure(called, activation, order, "float32")
        assert found.holds and not found.lost, found


def test_what_is_constant_has_as_many_values_as_x() -> None:
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    made = exported(propcheck.load("2*x + 1"), "onnx", "float64", (0, 1, 2), measured=False)
    values = ReferenceEvaluator(onnx.parser.parse_model(made.text)).run(None, {"x": np.array([0.0, 1.5, np.inf])})
    assert [value.tolist() for value in values] == [[1.0, 4.0, np.inf], [2.0] * 3, [0.0] * 3]


def test_a_model_is_text_that_uses_only_plain_operators() -> None:
    text = exported(propcheck.load("gelu"), "onnx", "float32", (0,), measured=False).text
    used = {line.split(" = ")[1].split()[0] for line in text.splitlines() if " = " in line and line.startswith("    ")}
    assert used <= {"Cast", "Constant", "Add", "Sub", "Mul", "Div", "Neg", "Abs", "Min", "Max", "Exp", "Where",
                    "GreaterOrEqual", "Greater", "Equal", "IsNaN", "Sqrt", "Log"}  # fmt: skip

"""Code in the styles that people write it in: what is wrong is found with its class, what is right is not accused."""

# pyright: reportMissingImports=false
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import propcheck
from propcheck import target
from propcheck.verdict import InputError

Array = np.ndarray
Case = tuple[str, str, tuple[Callable[..., Any], ...], str, int]


def tailed(x: Array) -> Array:
    y = np.tanh(x)
    if x.size > 64:
        y[x.size // 64 * 64 :] = np.clip(x[x.size // 64 * 64 :], -1, 1)
    return y


def written_over(x: Array) -> Array:
    x[x < 0] = 0
    return x


def raising(x: float) -> float:
    return math.log(1 + math.exp(x))


def as_doubles(f: Callable[[Array], Any]) -> Callable[[Array], Any]:
    return lambda x: np.asarray(f(x.astype(np.float64))).astype(x.dtype)


def expit(x: Array) -> Array:
    return np.where(x < 0, np.exp(np.minimum(x, 0)), 1) / (1 + np.exp(-np.abs(x)))


WRONG: dict[str, Case] = {  # target, type, value and slopes, class, order
    "the input is written over": ("relu", "float32", (written_over,), "warning", 0),
    "the rest of an array goes another way": ("tanh", "float32", (tailed,), "inaccuracy", 0),
    "long arrays go another way": (
        "tanh", "float32", (lambda x: np.tanh(x) if x.size < 16 else np.tanh(x) * np.float32(1.001),), "formula", 0),
    "short arrays go another way": (
        "tanh", "float32", (lambda x: np.tanh(x) if x.size > 7 else x - x**3 / 3,), "inaccuracy", 0),
    "an infinity is masked by a bound of the exponent": (
        "exp(x)", "float32", (lambda x: np.exp(np.minimum(x, 80)),), "masked", 0),
    "an infinity is made the largest number": (
        "exp(x)", "float32", (lambda x: np.nan_to_num(np.exp(x), nan=np.nan),), "masked", 0),
    "so it is in a short type": (
        "exp(x)", "float16", (lambda x: np.nan_to_num(as_doubles(np.exp)(x), nan=np.nan),), "masked", 0),
    "a bound is forgotten far out": ("relu", "float32", (lambda x: np.clip(x, 0, 1e4),), "masked", 0),
    "the limit is another": ("tanh", "float32", (lambda x: np.where(np.isinf(x), 0, np.tanh(x)),), "limit", 0),
    "a limit is kept away from": (
        "sigmoid", "float64", (lambda x: expit(np.clip(x, -700, 700)) + np.where(x == -np.inf, 1e-9, 0),), "limit", 0),
    "a square overflows": ("squareplus", "float16", (lambda x: (x + np.sqrt(x * x + 4)) / 2,), "overflow", 0),
    "an exponential overflows": ("softplus", "float32", (lambda x: np.log(1 + np.exp(x)),), "overflow", 0),
    "infinities meet": (
        "mish", "float32", (lambda x: x * ((e := np.exp(x)) * e + 2 * e) / (e * e + 2 * e + 2),), "nan_created", 0),
    "a scalar function raises": ("softplus", "float64", (raising,), "nan_created", 0),
    "digits of small numbers are lost": (
        "elu", "float32", (lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),), "vanished", 0),
    "next to nothing where there is nothing": (
        "relu", "float32", (lambda x: np.where(x < 0, 1e-9, np.maximum(x, 0)),), "inaccuracy", 0),
    "NaN at an infinity to which the formula goes": (
        "relu", "float32", (lambda x: np.maximum(x, 0) + 0 * x,), "nan_created", 0),
    "digits are cancelled in float16, far from its subnormal numbers": (
        "squareplus", "float16",
        (lambda x: (x + np.sqrt(x * x + 4)) / 2, lambda x: (np.float16(1) + x / np.sqrt(x * x + np.float16(4))) / 2),
        "inaccuracy", 1),
    "a slope at subnormal inputs is that at 0, which is wrong": (
        "sigmoid", "float32", (expit, lambda x: np.where(abs(x) < 1e-38, -0.25, expit(x) * expit(-x))),
        "inaccuracy", 1),
    "wrong at one input": ("tanh", "float32", (lambda x: np.where(x == 1, 2, np.tanh(x)),), "inaccuracy", 0),
    "another type comes out": ("tanh", "float32", (lambda x: np.tanh(x.astype(float)),), "dtype", 0),
    "a slope is wrong on one side": (
        "leaky_relu", "float32", (lambda x: np.where(x > 0, x, x / np.float32(100)), lambda x: np.where(x > 0, 1, 0.1)),
        "formula", 1),
    "a slope is wrong at the kink of -0": (
        "relu", "float32",
        (lambda x: np.maximum(x, 0), lambda x: np.where(np.signbit(x) & (x == 0), 3, np.where(x < 0, 0, x / x + 0))),
        "convention", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_with_its_class(name: str) -> None:
    target, dtype, (value, *slopes), kind, order = WRONG[name]
    if dtype == "float32" and kind not in ("dtype", "warning"):
        value, *slopes = (lambda x, f=f: np.asarray(f(x)).astype(x.dtype) for f in (value, *slopes))
    with np.errstate(all="ignore"):
        made = propcheck.conform(value, target, dtypes=(dtype,), orders=tuple(range(len(slopes) + 1)), slopes=slopes)
    assert (kind, order) in {(each.kind, each.order) for each in made.breaches}, made.findings


RIGHT: dict[str, tuple[str, tuple[Callable[..., Any], ...], tuple[str, ...]]] = {  # target, value and slopes, types
    "a rectifier by a mask": ("relu", (lambda x: np.where(x < 0, np.zeros_like(x), x),), ()),
    "a clip": ("hard_tanh", (lambda x: np.clip(x, -1, 1),), ()),
    "a slope from the output": ("tanh", (np.tanh, lambda x: 1 - np.tanh(x) ** 2), ("float64", "float32")),
    "both branches of a sigmoid": ("sigmoid", (expit, lambda x: expit(x) * (1 - expit(x))), ("float64", "float32")),
    "a softplus that is guarded": (
        "softplus", (lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), expit), ("float64", "float32")),
    "a product that underflows on the way": (
        "silu", (lambda x: np.where(x == -np.inf, 0, x * expit(np.maximum(x, -1e30))).astype(x.dtype),), ("float32",)),
    "a kink that is met by rounding": (
        "hard_swish", (
            lambda x: np.where(x <= -3, 0, np.where(x >= 3, x, x * ((x + 3) / 6))).astype(x.dtype),
            lambda x: np.where(x + 3 <= 0, 0, np.where(x + 3 >= 6, 1, (2 * x + 3) / 6)).astype(x.dtype)),
        ("float64", "float32", "float16")),
    "a kink at 0 that is met by rounding": (
        "hard_mish", (
            lambda x: x / 2 * np.clip(x + 2, 0, 2),
            lambda x: np.where(x + 2 <= 0, 0, np.where(x + 2 >= 2, 1, x + 1)).astype(x.dtype),
            lambda x: np.where((x + 2 <= 0) | (x + 2 >= 2), 0, 1).astype(x.dtype)),
        ("float64", "float32")),
    "NaN at an infinity at which the formula comes to it": (
        "silu", (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x))), ("float64", "float32")),
    "a quotient of infinities": ("softsign", (lambda x: x / (1 + abs(x)),), ("float64", "float32")),
    "a function of one number": ("leaky_relu", (lambda x: x if x > 0 else 0.01 * x,), ("float64",)),
    "float16 by doubles": ("gelu", (as_doubles(lambda x: np.where(x == -np.inf, 0, [
        x * math.erfc(-x / math.sqrt(2)) / 2 for x in x.tolist()])),), ("float16",)),
    "an overflow that is one": ("x**2", (lambda x: x * x,), ("float32", "float16")),
    "numbers next to the largest": ("exp(x)", (as_doubles(np.exp),), ("float32", "float16")),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_accused(name: str) -> None:
    target, (value, *slopes), dtypes = RIGHT[name]
    orders = tuple(range(len(slopes) + 1))
    made = propcheck.conform(value, target, dtypes=dtypes, orders=orders, slopes=slopes)
    assert made.tried[0].dtypes and not made.breaches, made.breaches


def test_what_another_function_is_in_small_numbers_is_no_matter() -> None:
    made = propcheck.conform(
        lambda x: np.tanh(x) if x.size < 16 else np.tanh(x) * x.dtype.type(1.001), "tanh", dtypes=("float32",),
        orders=(0,),
    )  # fmt: skip
    assert {each.kind for each in made.findings} == {"formula"}, made.findings


LINES = """
import math
import torch

def of_one_number(x):
    return math.log(1 + math.exp(x))

def strided(x):
    return torch.tanh(x if x.is_contiguous() else x.as_strided(x.shape, (1,), x.storage_offset()))
"""


def test_three_lines_show_it_for_functions_of_one_number_and_in_arrays_with_gaps(tmp_path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    (tmp_path / "kernels.py").write_text(LINES)

    def shown(name: str, against: str, kind: str) -> Any:
        made = propcheck.conform(f"{tmp_path}/kernels.py:{name}", against, dtypes=("float32", "float64"), orders=(0,))
        finding = next(each for each in made.findings if each.kind == kind and each.breach)
        *lines, last = finding.example.splitlines()
        space: dict[str, Any] = {}
        exec("\n".join(lines), space)
        return eval(last.removeprefix("print"), space), finding

    value, finding = shown("of_one_number", "softplus", "vanished")
    assert value == finding.got == 0
    values, _ = shown("strided", "tanh", "vanished")
    assert len(set(values.tolist())) == 2 and isinstance(values, torch.Tensor)


def test_nan_where_the_formula_has_a_limit_alone_is_told() -> None:
    made = propcheck.conform(lambda x: x * expit(x), "silu", dtypes=("float64",), orders=(0,))
    (found,) = (each for each in made.findings if each.kind == "nan_created")
    assert (found.x, found.breach) == (-math.inf, False) and "a limit alone" in found.note


def test_the_right_formula_in_a_coarse_type_is_inaccurate_and_no_other_function() -> None:
    torch = pytest.importorskip("torch")
    made = propcheck.conform(lambda x: torch.tanh(x.half()).to(x.dtype), "tanh", dtypes=("float64",), orders=(0, 1))
    assert "formula" not in {each.kind for each in made.findings}
    assert "its formula is the right one, proved" in {each.note for each in made.breaches}


def test_a_zero_of_the_other_sign_and_subnormals_are_told_and_are_no_faults() -> None:
    flipped = propcheck.conform(lambda x: np.where(x == 0, -x, x), "x", dtypes=("float32",), orders=(0,))
    assert [(each.kind, each.breach) for each in flipped.findings] == [("warning", False)]
    flushed = propcheck.conform(lambda x: np.where(abs(x) < 1.2e-38, 0 * x, x), "x", dtypes=("float32",), orders=(0,))
    assert "flush_to_zero" in {each.kind for each in flushed.findings} and not flushed.breaches


# --- frameworks ------------------------------------------------------------------------------------------------------

BESIDE = """
import math
import numpy as np
import torch

def of_numpy(x):
    return np.maximum(x, 0)

def of_one_number(x):
    return math.tanh(x)

class Slope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x > 0, x, x / 4)
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * torch.where(x > 0, 1.0, 0.5).to(g.dtype)

def strided(x):
    return torch.tanh(x if x.is_contiguous() else x.as_strided(x.shape, (1,), x.storage_offset()))

def by_hand(x):
    return x * (torch.clamp(x + 3, 0, 6) / 6)

def over(x):
    x[x < 0] *= 0.01
    return x

class Rounded(torch.nn.Module):
    def __init__(self, slope=0.044714998453855515):
        super().__init__()
        self.slope = slope
    def forward(self, x):
        return torch.where(x > 0, x, self.slope * x)
"""
TORCH = {  # what, against, types, orders, faults
    "of_numpy": ("relu", ("float64", "float16"), (0, 1), set()),
    "of_one_number": ("tanh", ("float64",), (0, 1), set()),
    "Slope": ("x if x > 0 else x/4", ("float32",), (0, 1), {("formula", 1)}),
    "strided": ("tanh", ("float32",), (0,), {("inaccuracy", 0), ("vanished", 0)}),
    "by_hand": ("hard_swish", ("float32", "float64"), (1,), set()),
    "over": ("leaky_relu", ("float32",), (0,), {("warning", 0)}),
    "Rounded(slope=0.25)": ("x if x > 0 else x/4", ("float32",), (0, 1), set()),
}


@pytest.mark.parametrize("name", TORCH)
def test_code_of_a_file_is_tried_with_the_arrays_that_it_takes(name: str, tmp_path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    against, dtypes, orders, faults = TORCH[name]
    (tmp_path / "kernels.py").write_text(BESIDE)
    made = propcheck.conform(f"{tmp_path}/kernels.py:{name}", against, dtypes=dtypes, orders=orders)
    assert {(each.kind, each.order) for each in made.breaches} == faults, made.breaches


def test_numbers_that_are_read_as_others_are_told(tmp_path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    (tmp_path / "kernels.py").write_text(BESIDE)
    made = propcheck.conform(f"{tmp_path}/kernels.py:Rounded", dtypes=("float32",), orders=(0,))
    assert [each["read"] for each in made.to_json()["readings"]] == ["0.044715"]


def test_sigmoids_and_hyperbolic_tangents_of_frameworks_are_not_accused_where_they_are_named_as_code() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for code, against in ((torch.sigmoid, "sigmoid"), (torch.nn.Tanh, None), (torch.nn.ReLU(inplace=True), "relu")):
        made = propcheck.conform(code, against, dtypes=("float32", "bfloat16"), orders=(0, 1))
        assert not made.breaches, made.breaches


def test_a_rule_of_jax_is_differentiated_by_jax() -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    rule = jax.custom_jvp(lambda x: jax.numpy.logaddexp(x, 0.0))
    rule.defjvp(lambda x, t: (rule(x[0]), t[0] * x[0]))
    made = propcheck.conform(rule, "softplus", dtypes=("float32",), orders=(0, 1))
    assert {(each.kind, each.order) for each in made.breaches} == {("formula", 1)}, made.breaches


def test_units_of_two_inputs_are_tried_with_both_slopes(tmp_path) -> None:
    (tmp_path / "unit.toml").write_text('name = "unit"\nexpression = "max(x, 0)*sigmoid(y)"\ninputs = ["x", "y"]\n')

    def unit(x: Array, y: Array) -> Array:
        return (np.maximum(x, 0) * expit(y)).astype(x.dtype)

    def by_x(x: Array, y: Array) -> Array:
        return np.where(np.isnan(x), x, (x > 0) * expit(y)).astype(x.dtype)

    def by_y(x: Array, y: Array) -> Array:
        return (np.maximum(x, 0) * expit(y) * expit(-y)).astype(x.dtype)

    given: dict[str, Any] = dict(against=str(tmp_path / "unit.toml"), dtypes=("float32",))
    right = propcheck.conform(unit, slopes=[by_x, by_y], **given)
    assert len(right.tried) == 6 and not right.breaches, right.breaches
    forgotten = propcheck.conform(unit, slopes=[by_x, unit], **given)
    assert {(each.kind, each.order) for each in forgotten.breaches} == {("formula", 1)}
    swallowed = propcheck.conform(lambda x, y: unit(np.where(x > 0, x, 0), y), **given)
    assert {each.kind for each in swallowed.breaches} == {"nan_swallowed"}


def test_a_node_of_a_model_is_tried_alone_and_those_of_a_network_are_named(tmp_path) -> None:
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
    make = onnx.helper.make_node
    nodes = [
        make("MatMul", ["x", "w"], ["a"], name="fc"),
        make("Constant", [], ["top"], value=onnx.helper.make_tensor("top", onnx.TensorProto.FLOAT, [], [6.0])),
        make("Clip", ["a", "", "top"], ["b"], name="bounded"),
        make("Gelu", ["b"], ["c"], name="act"),
        make("Mul", ["b", "c"], ["z"], name="product"),
    ]
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 2]) for name in ("x", "z")]
    weights = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [2, 2], [1.0, 2.0, 3.0, 4.0])
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "net", ends[:1], ends[1:], [weights])),
              tmp_path / "net.onnx")  # fmt: skip
    path = f"{tmp_path}/net.onnx"
    with pytest.raises(InputError, match=r"one of its nodes: bounded \(Clip\), act \(Gelu\), product \(Mul\)"):
        target.read(path)
    right = propcheck.conform(f"{path}:bounded")
    assert not right.breaches and {each.dtype for each in right.findings if "float32" in each.note} == {
        "float64", "float16", "bfloat16"}  # fmt: skip
    wrong = propcheck.conform(f"{path}:act", "gelu", dtypes=("float32",))
    assert "vanished" in {each.kind for each in wrong.breaches}
    with pytest.raises(InputError, match="2 inputs that are no constants"):
        propcheck.conform(f"{path}:product", "relu")


def test_what_is_compiled_is_run_as_it_is_compiled_and_read_as_it_was_written() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def written(x: Any) -> Any:
        return torch.relu(x) * 0.5

    assert target.read(torch.compile(written)).formula == "max(x, 0)*0.5"

    def compiled(x: Any) -> Any:  # wrongly
        return torch.relu(x) * 0.25

    vars(compiled)["_torchdynamo_orig_callable"] = written
    made = propcheck.conform(compiled, dtypes=("float32",), orders=(0,))
    assert {each.kind for each in made.breaches} == {"formula"}

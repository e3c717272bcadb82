"""What is installed of the frameworks becomes formulas, each the function of the catalogue that it is called after."""

# pyright: reportMissingImports=false
from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from propcheck import target
from propcheck.inquiries.identification import identify
from propcheck.inquiries.verification import verify
from propcheck.verdict import InputError

if find_spec("tensorflow") is None and find_spec("jax") is not None:
    os.environ.setdefault("KERAS_BACKEND", "jax")

# By framework: what is named there, and what it is; nothing where it is no function of the catalogue, as where the
# softplus of PyTorch, which is x beyond 20, is part of it.
TABLES: dict[str, dict[str, str | None]] = {
    "torch": {
        "torch.nn:ELU": "elu", "torch.nn:Hardshrink": "hardshrink", "torch.nn:Hardsigmoid": "hard_sigmoid",
        "torch.nn:Hardtanh": "hard_tanh", "torch.nn:Hardswish": "hard_swish", "torch.nn:LeakyReLU": "leaky_relu",
        "torch.nn:LogSigmoid": "log_sigmoid", "torch.nn:PReLU": "prelu", "torch.nn:ReLU": "relu",
        "torch.nn:ReLU6": "relu6", "torch.nn:RReLU": "leaky_relu", "torch.nn:SELU": "selu", "torch.nn:CELU": "celu",
        "torch.nn:GELU": "gelu", "torch.nn:GELU(approximate=tanh)": "gelu_tanh", "torch.nn:Sigmoid": "sigmoid",
        "torch.nn:SiLU": "silu", "torch.nn:Mish": "mish", "torch.nn:Softplus": None,
        "torch.nn:Softshrink": "softshrink", "torch.nn:Softsign": "softsign", "torch.nn:Tanh": "tanh",
        "torch.nn:Tanhshrink": "tanhshrink", "torch.nn:Threshold(threshold=0.1, value=20)": "threshold",
        "torch.nn.functional:celu": "celu", "torch.nn.functional:silu": "silu", "torch.special:expit": "sigmoid",
        "torch.nn.functional:elu_": "elu",
    },
    "jax": {
        "jax.nn:celu": "celu", "jax.nn:elu": "elu", "jax.nn:gelu": "gelu_tanh",
        "jax.nn:gelu(approximate=False)": "gelu", "jax.nn:hard_sigmoid": "hard_sigmoid",
        "jax.nn:hard_silu": "hard_swish", "jax.nn:hard_tanh": "hard_tanh", "jax.nn:identity": "linear",
        "jax.nn:leaky_relu": "leaky_relu", "jax.nn:log_sigmoid": "log_sigmoid", "jax.nn:mish": "mish",
        "jax.nn:relu": "relu", "jax.nn:relu6": "relu6", "jax.nn:selu": "selu", "jax.nn:sigmoid": "sigmoid",
        "jax.nn:silu": "silu", "jax.nn:soft_sign": "softsign", "jax.nn:softplus": "softplus",
        "jax.nn:sparse_plus": "sparse_plus", "jax.nn:sparse_sigmoid": "sparse_sigmoid",
        "jax.nn:squareplus": "squareplus", "jax.nn:tanh": "tanh", "jax.nn:log1mexp": None,
    },
    "keras": {
        f"keras.activations:{name}": known for name, known in {
            "celu": "celu", "elu": "elu", "exponential": "exponential", "gelu": "gelu", "hard_shrink": "hardshrink",
            "hard_sigmoid": "hard_sigmoid", "hard_silu": "hard_swish", "hard_tanh": "hard_tanh",
            "leaky_relu": "leaky_relu", "linear": "linear", "log_sigmoid": "log_sigmoid", "mish": "mish",
            "relu": "relu", "relu6": "relu6", "selu": "selu", "sigmoid": "sigmoid", "silu": "silu",
            "soft_shrink": "softshrink", "softplus": "softplus", "softsign": "softsign", "sparse_plus": "sparse_plus",
            "sparse_sigmoid": "sparse_sigmoid", "squareplus": "squareplus", "tanh": "tanh",
            "tanh_shrink": "tanhshrink"}.items()
    },
    "onnx": {
        f"onnx:{name}": known for name, known in {
            "Softplus": "softplus", "Elu": "elu", "Selu": "selu", "Gelu": "gelu", "Mish": "mish",
            "HardSwish": "hard_swish", "HardSigmoid": None, "Celu": "celu", "ThresholdedRelu": "threshold",
            "LeakyRelu": "leaky_relu", "Clip": "linear", "Softsign": "softsign", "Shrink": "hardshrink",
            "Swish": "silu", "Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid"}.items()
    },
    "timm": {
        f"timm.layers.activations:{name}": known for name, known in {
            "Swish": "silu", "Mish": None, "HardSwish": "hard_swish", "HardSigmoid": "hard_sigmoid",
            "Sigmoid": "sigmoid", "Tanh": "tanh", "HardMish": "hard_mish", "PReLU": "prelu", "GELU": "gelu",
            "GELUTanh": "gelu_tanh", "QuickGELU": "quick_gelu"}.items()
    },
    "transformers": {
        f"transformers.activations:{name}": known for name, known in {
            "GELUActivation": "gelu", "NewGELUActivation": "gelu_tanh", "QuickGELUActivation": "quick_gelu",
            "FastGELUActivation": None, "MishActivation": "mish", "LinearActivation": "linear",
            "ReLUSquaredActivation": "relu_squared", "LaplaceActivation": None}.items()
    },
}  # fmt: skip
CASES = [(framework, text) for framework, table in TABLES.items() for text in table]


@pytest.mark.parametrize(("framework", "text"), CASES, ids=[text for _, text in CASES])
def test_a_function_of_a_framework_is_proved_to_be_the_one_of_the_catalogue(framework: str, text: str) -> None:
    try:
        import_module(framework)
    except Exception as reason:
        pytest.skip(f"{framework} cannot be imported: {type(reason).__name__}")
    found = identify(target.read(text), time_limit=30)
    wanted = TABLES[framework][text]
    assert [match.name for match in found.unsettled] == []
    if wanted is None:
        assert found.same == ()
    else:
        assert wanted in [match.name for match in found.same]


REFUSED = {
    "torch.nn:Softmax": ("torch", "it calls aten._softmax, which brings several elements together"),
    "torch.nn:GLU": ("torch", "it calls aten.glu, which takes elements from their places"),
    "torch.nn:Threshold": ("torch", "its class needs threshold, value; give threshold=VALUE"),
    "torch.nn:LayerNorm(normalized_shape=3)": ("torch", "which brings several elements together"),
    "torch:xlogy": ("torch", "TypeError: xlogy() received an invalid combination of arguments"),
    "torch:rand_like": ("torch", "which is random"),
    "jax.nn:softmax": ("jax", "which brings several elements together"),
    "onnx:Softmax": ("onnx", "it calls ReduceMax, which brings several elements together"),
    "onnx:Conv": ("onnx", "it calls Conv, which brings several elements together"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_elementwise_is_told_in_a_sentence(text: str) -> None:
    framework, part = REFUSED[text]
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    with pytest.raises(InputError, match="is not read as a formula: ") as error:
        target.read(text)
    assert part in str(error.value) and "\n" not in str(error.value)


SOURCE = """
import torch
from torch.autograd import Function

class Silu(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x*torch.sigmoid(x)
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        s = torch.sigmoid(x)
        return g*s*(1 + x*(1 - s))

class Forgotten(Silu):
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        s = torch.sigmoid(x)
        return g*s*(1 + x)

class MaskForgotten(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x*torch.clamp(x + 3, 0, 6)/6
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g*torch.where(x < -3, torch.zeros_like(x), (2*x + 3)/6)

class Squared(Silu):
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g*g*torch.sigmoid(x)

class Clamped(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        g = x.clamp(max=7)
        return g*torch.sigmoid(1.702*g)*(y.clamp(-7, 7) + 1)
    @staticmethod
    def backward(ctx, d):
        x, y = ctx.saved_tensors
        g = x.clamp(max=7)
        s = torch.sigmoid(1.702*g)
        by_x = d*(y.clamp(-7, 7) + 1)*s*(1 + 1.702*g*(1 - s))
        return by_x*(x <= 7), d*g*s*((y >= -7) & (y <= 7))

class MaskOfGateForgotten(Clamped):
    @staticmethod
    def backward(ctx, d):
        x, y = ctx.saved_tensors
        g = x.clamp(max=7)
        s = torch.sigmoid(1.702*g)
        return d*(y.clamp(-7, 7) + 1)*s*(1 + 1.702*g*(1 - s)), d*g*s*((y >= -7) & (y <= 7))

class OtherWayRound(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return torch.relu(x)*y
    @staticmethod
    def backward(ctx, d):
        x, y = ctx.saved_tensors
        return d*torch.relu(x), d*y*(x > 0)

class Act(torch.nn.Module):
    def __init__(self, beta=1.5):
        super().__init__()
        self.beta = torch.nn.Parameter(torch.tensor(beta))
    def forward(self, x):
        return x*torch.sigmoid(self.beta*x)

def by_data(x):
    if x.abs().sum() > 0:
        return torch.relu(x)
    return x

def chosen(x):
    y = x.clone()
    y[y < 0] = 0.0
    return y.mul_(2).half().float()

def by_mask(x):
    y, m = x.clone(), x < 0
    y[m] = 0.1 * torch.expm1(y[m])
    return y

def from_another_mask(x):
    y = torch.zeros_like(x)
    y[x > 0] = x[x > 1]
    return y

def a_part(x):
    return x[x > 0]

def transposed(x):
    return x + x.view(3, 2).t().reshape(2, 3)
"""


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], str]:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    (tmp_path / "acts.py").write_text(SOURCE)
    return lambda name: f"{tmp_path}/acts.py:{name}"


def test_a_hand_written_backward_is_proved_or_refuted_with_a_witness(source: Callable[[str], str]) -> None:
    assert verify(source("Silu")).outcomes == ["proved"]
    for name in ("Forgotten", "MaskForgotten"):
        (statement,) = verify(source(name)).to_json()["statements"]
        assert statement["outcome"] == "refuted" and statement["witness"] is not None, name
    with pytest.raises(InputError, match="its backward is no multiple of the gradient that comes in"):
        verify(source("Squared"))


def test_a_hand_written_backward_of_two_inputs_is_too(source: Callable[[str], str]) -> None:
    assert verify(source("Clamped")).outcomes == ["proved", "proved"]
    wrong = {"MaskOfGateForgotten": ["refuted", "proved"], "OtherWayRound": ["refuted", "refuted"]}
    for name, outcomes in wrong.items():
        statements = verify(source(name)).to_json()["statements"]
        assert [each["outcome"] for each in statements] == outcomes, name
        assert all(each["witness"] for each in statements if each["outcome"] == "refuted"), name


def test_a_trained_parameter_is_one_of_the_formula(source: Callable[[str], str]) -> None:
    read = target.read(source("Act"))
    assert read.formula == "x*sigmoid(beta*x)"
    assert [(item.name, item.role, item.default) for item in read.parameters] == [("beta", "trained", "1.5")]
    assert target.read(source("Act"), {"beta": "2"}).parameters[0].default == "2"


def test_masks_casts_and_places_are_followed_or_told(source: Callable[[str], str]) -> None:
    assert target.read(source("chosen")).formula == "(0 if x < 0 else x)*2"
    assert target.read(source("by_mask")).formula == "expm1(x)*0.1 if x < 0 else x"
    for name in ("from_another_mask", "a_part"):
        with pytest.raises(InputError, match=r"which moves elements|a part of its elements"):
            target.read(source(name))
    lines: list[Any] = SOURCE.splitlines()
    for name, line in (("by_data", "    if x.abs().sum() > 0:"), ("transposed", lines[-1])):
        with pytest.raises(InputError, match=rf", at .*acts\.py:{lines.index(line) + 1}$"):
            target.read(source(name))


def _model(tmp_path: Path) -> Any:
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Sigmoid", ["x"], ["s"], name="gate"),
        helper.make_node("Mul", ["x", "s"], ["y"], name="product"),
        helper.make_node("Clip", ["y", "", "top"], ["z"], name="bounded"),
    ]
    shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "z")]
    top = helper.make_tensor("top", TensorProto.FLOAT, [], [7.0])
    graph = helper.make_graph(nodes, "act", shapes[:1], shapes[1:], [top])
    path = tmp_path / "act.onnx"
    onnx.save(helper.make_model(graph), str(path))
    return path


def test_a_model_and_each_of_its_nodes_is_a_target(tmp_path: Path) -> None:
    path = _model(tmp_path)
    assert target.read(str(path)).formula == "min(x*sigmoid(x), 7)"
    assert target.read(f"{path}:gate").formula == "sigmoid(x)"
    assert target.read(f"{path}:bounded").formula == "min(x, 7)"
    assert target.read(f"{path}:product").inputs == ("x", "y")
    with pytest.raises(InputError, match=r"has no node 'gates' \(did you mean gate\?\)"):
        target.read(f"{path}:gates")


ATTRIBUTES = {  # an operator, the version of the standard, its attributes, and the formula
    "ends as attributes": ("Clip", 6, {"min": -1.0, "max": 2.0}, "min(max(x, -1), 2)"),
    "a slope": ("LeakyRelu", 6, {"alpha": 0.25}, "0.25*x if x < 0 else x"),
    "by body": ("Gelu", 20, {"approximate": "none"}, "0.5*x*(1 + erf(x/sqrt(2)))"),
    "a cast": ("Cast", 13, {"to": 6}, "trunc(x)"),
    "what the body does not know": ("LeakyRelu", 1, {"alpha": 0.25, "consumed_inputs": [0]}, ""),
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_attributes_of_a_node_count_or_are_told(tmp_path: Path, case: str) -> None:
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
    kind, version, attributes, formula = ATTRIBUTES[case]
    node = onnx.helper.make_node(kind, ["x"], ["z"], name="node", **attributes)
    shapes = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n"]) for name in ("x", "z")]
    graph = onnx.helper.make_graph([node], "act", shapes[:1], shapes[1:])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", version)]), tmp_path / "a.onnx")
    if formula:
        assert target.read(f"{tmp_path}/a.onnx:node").formula == formula
    else:
        with pytest.raises(InputError, match="which the standard's body does not know, in the node 'node'"):
            target.read(f"{tmp_path}/a.onnx:node")


def _graph(tmp_path: Path, nodes: list[Any], constants: dict[str, tuple[str, Any]], version: int, kind: str) -> str:
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
    helper, types = onnx.helper, onnx.TensorProto
    ends = [helper.make_tensor_value_info(name, getattr(types, kind), ["n"]) for name in ("x", "z")]
    held = [helper.make_tensor(name, getattr(types, of), [len(v)] if isinstance(v, list) else [], v if
            isinstance(v, list) else [v]) for name, (of, v) in constants.items()]  # fmt: skip
    made = [helper.make_node(op, takes.split(), [gives], domain=home, **more) for op, takes, gives, home, more in nodes]
    graph = helper.make_graph(made, "act", ends[:1], ends[1:], held)
    imports = [helper.make_opsetid("", version), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=10), tmp_path / "a.onnx")
    return f"{tmp_path}/a.onnx"


GRAPHS: dict[str, tuple[Any, ...]] = {  # nodes, constants, version of the standard, type, formula
    "celu": ([("Celu", "x", "z", "", {"alpha": 2.0})], {}, 13, "FLOAT", "2*(exp(x/2) - 1 if x/2 < 0 else x/2)"),
    "in double precision": ([("Mul", "x k", "z", "", {})], {"k": ("DOUBLE", 0.1)}, 17, "DOUBLE", "x*0.1"),
    "in half precision": ([("Mul", "x k", "z", "", {})], {"k": ("FLOAT16", 0.5)}, 17, "FLOAT16", "x*0.5"),
    "another shape": (
        [("Unsqueeze", "x axes", "u", "", {}), ("Relu", "u", "r", "", {}), ("Squeeze", "r axes", "z", "", {})],
        {"axes": ("INT64", [0])}, 17, "FLOAT", "max(x, 0)"),
    "a shape of two numbers": (
        [("Reshape", "x shape", "u", "", {}), ("Tanh", "u", "z", "", {})], {"shape": ("INT64", [-1, 3])}, 17, "FLOAT",
        "tanh(x)"),
    "the constant of a shape": (
        [("Shape", "x", "s", "", {}), ("ConstantOfShape", "s", "k", "", {}), ("Max", "x k", "z", "", {})],
        {}, 17, "FLOAT", "max(x, 0)"),
    "quantized and back": (
        [("QuantizeLinear", "x s p", "q", "", {}), ("DequantizeLinear", "q s p", "z", "", {})],
        {"s": ("FLOAT", 0.25), "p": ("INT8", -5)}, 17, "FLOAT",
        "(min(max(round(x/0.25) + -5, -128), 127) - -5)*0.25"),
    "of another domain": (
        [("BiasGelu", "x b", "z", "com.microsoft", {})], {"b": ("FLOAT", [0.5])}, 17, "FLOAT",
        "(x + 0.5)/2*(1 + erf((x + 0.5)/sqrt(2)))"),
    "elements put together": (
        [("Unsqueeze", "x axes", "u", "", {}), ("Add", "x u", "z", "", {})], {"axes": ("INT64", [1])}, 17, "FLOAT",
        "it gives another number of elements than it takes"),
    "a shape that is calculated with": (
        [("Mul", "x k", "z", "", {})], {"k": ("INT64", [2, 3])}, 17, "FLOAT", "it uses a tensor of different numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", GRAPHS)
def test_graphs_are_read_in_their_types_and_shapes(tmp_path: Path, case: str) -> None:
    nodes, constants, version, kind, told = GRAPHS[case]
    path = _graph(tmp_path, nodes, constants, version, kind)
    if told.startswith("it "):
        with pytest.raises(InputError, match=told):
            target.read(path)
    else:
        assert target.read(path).formula == told


TORCH_REFUSED = {
    "lambda x: torch.round(x, decimals=1)": "aten.round, whose decimals is not known here",
    "lambda x: x.max()": "aten.max, which brings several elements together",
    "lambda x: torch.max(x, dim=-1).values": "aten.max, which brings several elements together",
    "lambda x: torch.logit(torch.sigmoid(x), eps=1e-3)": "aten.logit, which has 2 operands here, and is known with 1",
    "lambda x: x*torch.rand(1)": "where the formula that was read from it gives",
    "lambda x: x + x.T.reshape(2, 3)": "which takes elements from their places",
    "lambda x: x + x[:1]": "which takes elements from their places",
    "lambda x: torch.nan_to_num(torch.log(x)/x)": "asks where log(x)/x is a number, which it is not everywhere",
    "lambda x: x*torch.tensor([1., 2., 3.])": "it uses a tensor of different numbers",
    "lambda x: torch.stack([x, 2*x]).sum(1)": "aten.sum, which brings several elements together",
    "lambda x: (x.unsqueeze(-1)*torch.ones(3)).sum(-2)": "aten.sum, which brings several elements together",
    "lambda x: torch.stack([x, -x]).max(0).indices*x": "puts elements of different places together",
    "lambda x: torch.stack([x, -x], 0).transpose(0, 1).sum(1)": "aten.transpose, of what is stacked",
    "lambda x: x/x.shape[-1]": "where the formula that was read from it gives",
    "lambda x: torch.tensor([0., 1.])[x.long()]": "at a place that may be beyond its ends: clip it first",
    "lambda x: x.view(torch.int64)": "aten.view, which takes the bits of numbers for other numbers",
    "lambda x: x*x[0, 0].item()": "which takes elements from their places",
}


@pytest.mark.parametrize("text", TORCH_REFUSED)
def test_what_mixes_elements_or_is_not_known_is_refused(text: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    with pytest.raises(InputError) as error:
        target.read(eval(text, {"torch": torch}))
    assert TORCH_REFUSED[text] in str(error.value) and "\n" not in str(error.value)


TORCH_READ = {  # what the tensors of one element along an axis come to, tables, and where a function is no number
    "torch.stack([x, 0.1*x, x - 1]).amax(dim=0)": "max(max(x, x*0.1), x - 1)",
    "torch.max(torch.stack((x, -x), -1), dim=-1).values": "max(x, -x)",
    "torch.logsumexp(torch.stack([x, torch.zeros_like(x)]), 0)": "logaddexp(x, 0)",
    "torch.relu(x.unsqueeze(-1) - torch.tensor([-1., 0., 2.])).sum(-1)": "max(x - -1, 0) + max(x, 0) + max(x - 2, 0)",
    "torch.relu(x[None] - torch.tensor([0., 1.])[:, None, None]).mean(0)": "(max(x, 0) + max(x - 1, 0))/2",
    "(x.unsqueeze(-1)*torch.ones(2)).prod(-1)": "x*x",
    "torch.tensor([0., .25, 1.])[x.clamp(0, 2).long()]":
        "0 if trunc(min(max(x, 0), 2)) <= 0 else 0.25 if trunc(min(max(x, 0), 2)) <= 1 else 1",
    "torch.bucketize(x, torch.tensor([-1., 1.])).to(x.dtype)": "2 if x > 1 else 1 if x > -1 else 0",
    "torch.bucketize(x, torch.tensor([-1., 1.]), right=True).to(x.dtype)": "2 if x >= 1 else 1 if x >= -1 else 0",
    "torch.fake_quantize_per_tensor_affine(x, 0.125, 3, 0, 255)": "(min(max(round(x/0.125) + 3, 0), 255) - 3)*0.125",
    "torch.where(torch.isnan(torch.sqrt(x)), 0., torch.sqrt(x))": "0 if x < 0 else sqrt(x)",
    "torch.nan_to_num(torch.asin(x))": "0 if x < -1 or x > 1 else asin(x)",
    "torch.where(torch.signbit(x), 0.5*x, x)": "x*0.5 if x < 0 else x",
    "torch.relu(x) if not torch.isnan(x).any() else x": "max(x, 0)",
}  # fmt: skip


@pytest.mark.parametrize("text", TORCH_READ)
def test_stacks_tables_and_masks_of_what_is_no_number_are_read(text: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert target.read(eval(f"lambda x: {text}", {"torch": torch})).formula == TORCH_READ[text]


MODULES = """
import torch
from torch import nn

class Chosen(nn.Module):
    def __init__(self, alpha=0.5):
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor(float(alpha)))
    def forward(self, x):
        return torch.expm1(self.alpha*x)/self.alpha if self.alpha > 0 else x

class Quotient(nn.Module):
    def __init__(self):
        super().__init__()
        self.above = nn.Parameter(torch.tensor([0.5, 1.0, 2.0]))
        self.register_buffer("power", torch.arange(3).view(3, 1, 1) + 1)
    def forward(self, x):
        return (self.above.view(3, 1, 1)*x.pow(self.power)).sum(0)/(1 + self.above[0]*x**2)

class Channels(nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.slope = nn.Parameter(torch.ones(1, channels, 1, 1)*0.25)
    def forward(self, x):
        return torch.where(x > 0, x, self.slope*x)

class Apart(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([0.25, 0.5, 1.0]))
    def forward(self, x):
        return torch.where(x > 0, x, self.slope*x)

scripted = torch.jit.script(Chosen())
"""


def test_parameters_are_symbols_where_they_can_be_and_numbers_where_not(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    (tmp_path / "modules.py").write_text(MODULES)

    def read(name: str) -> str:
        return target.read(f"{tmp_path}/modules.py:{name}").formula

    assert read("Channels") == "x if x > 0 else slope*x"
    assert read("Chosen") == read("scripted") == "expm1(0.5*x)/0.5"
    assert read("Chosen(alpha=-1)") == "x"
    assert read("Quotient") == "(0.5*x + x**2 + 2*x**3)/(0.5*x**2 + 1)"
    with pytest.raises(InputError, match="its parameter slope has different numbers: the function is not the same"):
        read("Apart")


JAX_READ = {
    "jnp.max(jnp.stack([x, 0.1*x]), axis=0)": "max(x, 0.1*x)",
    "jax.nn.relu(x[..., None] - jnp.array([-1., 0., 2.])).sum(-1)": "max(x - -1, 0) + max(x, 0) + max(x - 2, 0)",
    "jnp.mean(x[None]*jnp.array([1., 3.])[:, None, None], axis=0)": "(x + x*3)/2",
    "jnp.polyval(jnp.array([0.5, 0., 1.]), x)": "(0*x + 0.5)*x*x + 1",
    "jax.lax.fori_loop(0, 2, lambda k, v: jnp.tanh(v), x)": "tanh(tanh(x))",
    "jnp.interp(x, jnp.array([-1., 1.]), jnp.array([0., 4.]))":
        "0 if x <= -1 else 4/(1 - -1)*(x - -1) if x <= 1 else 4",
    "jnp.digitize(x, jnp.array([0., 2.])).astype(x.dtype)": "2 if x >= 2 else 1 if x >= 0 else 0",
    "jnp.searchsorted(jnp.array([0., 2.]), x).astype(x.dtype)": "2 if x > 2 else 1 if x > 0 else 0",
    "jax.lax.select_n(jnp.int32(x > 0), -x, x)": "x if x > 0 else -x",
    "jnp.where(jnp.signbit(x), 0.5*x, x)": "0.5*x if x < 0 else x",
}  # fmt: skip
JAX_REFUSED = {
    "x/x.shape[-1]": "where the formula that was read from it gives",
    "x*jnp.array([1., 2., 3.])": "it uses a tensor of different numbers",
    "jnp.stack([x, 2*x]).sum(1)": "reduce_sum, which brings several elements together",
    "jnp.exp(x)/jnp.exp(x).sum(-1, keepdims=True)": "reduce_sum, which brings several elements together",
    "jax.lax.scan(lambda c, row: (c + row, None), jnp.zeros(3), x)[0]": "another number of elements than it takes",
    "jnp.swapaxes(jnp.stack([x, -x]), 0, 1).max(1)": "transpose, which takes elements from their places",
    "jnp.array([0., 1.])[x.astype(int)]": "at a place that may be beyond its ends: clip it first",
    "x.at[x < 0].set(0.)": "it takes or sets elements by a mask, which jnp.where does for each element",
    "jax.lax.while_loop(lambda v: jnp.any(v > 1), lambda v: v/2, x)": "a loop is run",
}  # fmt: skip


@pytest.mark.parametrize("text", [*JAX_READ, *JAX_REFUSED])
def test_stacks_tables_and_loops_of_jax_are_read_or_told(text: str) -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    code = eval(f"lambda x: {text}", {"jax": jax, "jnp": jax.numpy})
    if text in JAX_READ:
        assert target.read(code).formula == JAX_READ[text]
    else:
        with pytest.raises(InputError, match="is not read as a formula: ") as error:
            target.read(code)
        assert JAX_REFUSED[text] in str(error.value) and "\n" not in str(error.value)

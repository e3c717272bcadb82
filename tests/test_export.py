"""Exported sources: they run without propcheck, they are right, and no spec's text gets out of a comment."""

from __future__ import annotations

import ctypes
import importlib.util
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from propcheck import numeric, target
from propcheck.activation import Activation, from_spec
from propcheck.backends import EXPORTS
from propcheck.cli.export import command
from propcheck.numeric import library as shared
from propcheck.numeric.accuracy import measure, on_arrays
from propcheck.numeric.source import source
from propcheck.numeric.source.heading import harmless, identifier
from propcheck.numeric.span import Shortfall
from propcheck.verdict import InaccurateWarning, InputError

NAMES = ("gelu", "tanh", "elu", "hard_swish", "softplus", "sign", "squareplus", "arctan")
COMPILER = shutil.which("cc")
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def run(text: str, **given: Any) -> dict[str, Any]:
    """What a Python source defines."""
    assert "propcheck" not in re.sub(r"#.*", "", text)
    module: dict[str, Any] = dict(given)
    exec(compile(text, "<export>", "exec"), module)  # noqa: S102 - the text is ours
    return module


def name(activation: Activation, order: int, module: dict[str, Any]) -> Any:
    return module[f"{identifier(activation)}{('', '_derivative', '_second_derivative')[order]}"]


def assert_right(function: Any, activation: Activation, order: int, dtype: str, slack: float = 1.0) -> None:
    found = measure(function, activation, order, dtype)
    assert found.returned == dtype and not (found.lost or found.missed or found.invented or found.warnings)
    assert found.allowed is not None and found.allowed.ulps <= found.limit + slack, found


# --------------------------------------------------------------------------------------- Python


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("title", NAMES)
def test_numpy_source_is_right(title: str, dtype: str) -> None:
    activation = target.activation(title)
    module = run(source(activation, "numpy", dtype, measured=False))
    for order in (0, 1):
        assert_right(name(activation, order, module), activation, order, dtype)


def test_numpy_source_takes_numbers_and_arrays() -> None:
    module = run(source(target.activation("linear"), "numpy", "float32", measured=False))
    x = np.ones((2, 3), np.float32)
    assert module["linear"](x) is not x and module["linear"](x).shape == (2, 3)
    assert module["linear_derivative"](3).dtype == np.float32 == module["linear_derivative"](x).dtype
    assert module["linear_derivative"](x).shape == (2, 3)


@pytest.mark.parametrize("title", ["gelu", "elu", "linear"])
def test_torch_source_is_right_and_differentiable(title: str) -> None:
    torch = pytest.importorskip("torch")
    activation = target.activation(title)
    module = run(source(activation, "torch", "float32", measured=False))
    for order in (0, 1):
        assert_right(on_arrays(name(activation, order, module), "torch"), activation, order, "float32")
    x = torch.linspace(-5, 5, 41, requires_grad=True)
    (slope,) = torch.autograd.grad(name(activation, 0, module)(x).sum(), x, create_graph=True)
    assert torch.equal(slope, name(activation, 1, module)(x))
    assert torch.equal(torch.func.vmap(torch.func.grad(name(activation, 0, module)))(x), slope)
    with pytest.raises(NotImplementedError, match="--order 2"):
        slope.sum().backward()


@pytest.mark.filterwarnings("ignore::propcheck.InaccurateWarning")
def test_jax_source_is_right_and_differentiable() -> None:
    jax = pytest.importorskip("jax")
    activation = target.activation("mish")
    module = run(source(activation, "jax", "float32", (0, 1, 2), measured=False))
    f, slope, bend = (name(activation, order, module) for order in range(3))
    x = jax.numpy.linspace(-9, 9, 61)
    wanted = [
        np.asarray(run(source(activation, "numpy", orders=(k,), measured=False)).popitem()[1](x)) for k in range(3)
    ]
    close = dict(rtol=2e-6, atol=2e-7)
    assert np.allclose(f(x), wanted[0], **close)
    assert np.allclose(jax.jit(jax.vmap(jax.grad(f)))(x), wanted[1], **close)
    assert np.allclose(jax.vmap(jax.grad(jax.grad(f)))(x), wanted[2], **close)
    assert np.array_equal(jax.vmap(jax.grad(slope))(x), bend(x))
    with pytest.raises(NotImplementedError, match="--order 3"):
        jax.grad(bend)(0.5)
    double = run(source(activation, "jax", "float64", measured=False))
    with pytest.raises(RuntimeError, match="jax_enable_x64"):
        double["mish"](x)
    with jax.enable_x64(True):
        assert np.allclose(double["mish"](np.asarray(x, float)), wanted[0], rtol=1e-15)


def in_doubles(torch: Any, module: dict[str, Any], title: str) -> tuple[Any, Any]:
    """The layer of a source with its parameters in double precision, and an input that meets no kink."""
    return module[title]().double(), torch.linspace(-3.1, 2.9, 7, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("title, layer, kept", [("prelu", "PReLU", {"a": 0.25}), ("swish", "Swish", {"beta": 1.0})])
def test_torch_source_has_a_layer_whose_trained_parameters_are_trained(title: str, layer: str, kept: dict) -> None:
    torch = pytest.importorskip("torch")
    module = run(source(target.activation(title), "torch", orders=(0, 1, 2), measured=False))
    made, x = in_doubles(torch, module, layer)
    assert {name: value.item() for name, value in made.named_parameters()} == kept
    assert torch.allclose(made(x), name(target.activation(title), 0, module)(x), rtol=1e-15)
    inputs = (x, *made.parameters())
    call = lambda x, *given: torch.func.functional_call(made, dict(zip(kept, given, strict=True)), (x,))  # noqa: E731
    assert torch.autograd.gradcheck(call, inputs) and torch.autograd.gradgradcheck(call, inputs)
    per_channel = module[layer](torch.tensor([[0.1], [0.9]]))
    per_channel(torch.ones(2, 3)).sum().backward()
    assert next(per_channel.parameters()).grad.shape == (2, 1)


def test_other_constants_of_a_layer_are_fixed() -> None:
    torch = pytest.importorskip("torch")
    module = run(source(target.activation("leaky_relu"), "torch", measured=False))
    made, x = in_doubles(torch, module, "LeakyReLU" if "LeakyReLU" in module else "LeakyRelu")
    assert not list(made.parameters()) and torch.equal(made(x), module["leaky_relu"](x))


@pytest.mark.parametrize("title, layer", [("gelu", "GELU"), ("prelu", "PReLU"), ("swish", "Swish")])
def test_torch_source_is_compiled_in_one_graph(title: str, layer: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    (tmp_path / f"{title}_source.py").write_text(source(target.activation(title), "torch", measured=False))
    spec = importlib.util.spec_from_file_location(f"{title}_source", tmp_path / f"{title}_source.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = torch.linspace(-4, 4, 33, requires_grad=True)
    for made in (getattr(module, title), getattr(module, layer)()):
        value = torch.compile(made, fullgraph=True, backend="aot_eager")(x)
        (slope,) = torch.autograd.grad(value.sum(), x)
        assert torch.equal(value, made(x))
        assert torch.equal(slope, torch.autograd.grad(made(x).sum(), x)[0])


@pytest.mark.filterwarnings("ignore::propcheck.InaccurateWarning")
def test_jax_source_takes_trained_parameters_and_flax_source_has_a_layer() -> None:
    jax = pytest.importorskip("jax")
    module = run(source(target.activation("swish"), "jax", "float32", (0, 1, 2), measured=False))
    f, x = module["swish_trained"], jax.numpy.linspace(-4, 4, 9)
    beta = 1.5
    sigma = 1 / (1 + np.exp(-beta * np.asarray(x, float)))
    by_beta = jax.grad(lambda b: f(x, b).sum())(beta)
    assert float(by_beta) == pytest.approx(float((x**2 * sigma * (1 - sigma)).sum()), rel=1e-5)
    second = jax.grad(jax.grad(lambda b: f(x, b).sum()))(beta)
    assert float(second) == pytest.approx(float((x**3 * sigma * (1 - sigma) * (1 - 2 * sigma)).sum()), rel=1e-4)
    nnx = pytest.importorskip("flax.nnx")
    layer = run(source(target.activation("prelu"), "flax", "float32", measured=False))["PReLU"]()
    slope = nnx.grad(lambda made: made(x).sum())(layer)
    assert float(slope["a"][...]) == float(x[x < 0].sum()) and np.array_equal(layer(x), np.where(x < 0, x / 4, x))
    plain = run(source(target.activation("relu"), "flax", "float32", measured=False))["ReLU"]()
    assert np.array_equal(plain(x), np.maximum(x, 0))


@pytest.fixture
def no_progress() -> Iterator[None]:
    """A library's bars of progress leave a thread that watches them, which is ended."""
    yield
    monitor = getattr(getattr(sys.modules.get("tqdm"), "tqdm", None), "monitor", None)
    if monitor is not None:
        monitor.exit()


@pytest.mark.usefixtures("no_progress")
@pytest.mark.filterwarnings("ignore::propcheck.InaccurateWarning")
@pytest.mark.parametrize("title", ["mish", "tanh", "swish", "x*sin(pi*x/2)"])
def test_keras_source_has_its_derivatives_and_a_layer_that_trains_and_is_read_again(title: str, tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    activation = target.activation(title)
    module = run(source(activation, "keras", "float32", (0, 1, 2), measured=False))
    x = np.linspace(-3, 3, 25, dtype=np.float32)
    wanted = numeric.compile(activation, order=(0, 1, 2))(x.astype(float))
    for order in (0, 1, 2):
        assert np.allclose(name(activation, order, module)(x), wanted[order], rtol=2e-5, atol=2e-6)
    if keras.backend.backend() == "jax":
        jax = pytest.importorskip("jax")
        slope = jax.vmap(jax.grad(name(activation, 0, module)))(x)
    elif keras.backend.backend() == "torch":
        torch = pytest.importorskip("torch")
        at = torch.tensor(x, requires_grad=True)
        (slope,) = torch.autograd.grad(name(activation, 0, module)(at).sum(), at)
    else:
        pytest.skip("the backend of Keras takes no derivatives here")
    assert np.allclose(slope, wanted[1], rtol=2e-5, atol=2e-6)
    if title == "swish":
        layer = module["Swish"](beta=1.5)
        made = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
        made.compile("sgd", "mse")
        made.fit(x[:24].reshape(6, 4), np.ones((6, 1)), verbose=0)
        assert float(layer.beta) != 1.5
        made.save(tmp_path / "made.keras")
        again = keras.models.load_model(tmp_path / "made.keras")
        assert np.array_equal(made.predict(x.reshape(-1, 1)[:4].T, verbose=0), again.predict(x[:4][None], verbose=0))


# --------------------------------------------------------------------------------------- C


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The C sources of all the functions in one shared library."""
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("c")
    texts = [source(target.activation(title), "c", measured=False) for title in NAMES]
    texts.append(source(replace(target.activation("silu"), name="narrow"), "c", "float32", measured=False))
    guards = [f"-D{found}=" for text in texts for found in re.findall(r"#define (\w+_API) ", text)]
    (folder / "all.c").write_text("\n".join(texts), encoding="ascii")
    flags = [*WARNINGS, "-std=c99", "-O2", "-shared", "-fPIC", *guards]
    subprocess.run([COMPILER, *flags, "-o", folder / "all.so", folder / "all.c", "-lm"], check=True)
    return ctypes.CDLL(str(folder / "all.so"))


def called(library: ctypes.CDLL, symbol: str, kind: Any) -> Any:
    function = library[symbol]
    function.argtypes, function.restype = [kind], kind
    dtype = np.float32 if kind is ctypes.c_float else np.float64
    return lambda x: np.array([function(v) for v in x.tolist()], dtype)


@pytest.mark.parametrize("title", NAMES)
def test_c_source_is_right(title: str, library: ctypes.CDLL) -> None:
    activation = target.activation(title)
    base = "tanh_" if title == "tanh" else title
    for order, suffix in enumerate(("", "_derivative")):
        assert_right(called(library, f"{base}{suffix}", ctypes.c_double), activation, order, "float64")
    assert_right(called(library, f"{base}f", ctypes.c_float), activation, 0, "float32", slack=0)


def test_c_source_for_float_alone(library: ctypes.CDLL) -> None:
    activation = target.activation("silu")
    assert_right(called(library, "narrowf", ctypes.c_float), activation, 0, "float32", slack=0)
    assert_right(called(library, "narrow_derivativef", ctypes.c_float), activation, 1, "float32", slack=0)


def compiled_alone(texts: list[str], folder: Path, *flags: str, main: str = "") -> str:
    """What a C compiler says of these headers, each included, one of them twice; nothing where it takes them."""
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    for place, text in enumerate(texts):
        (folder / f"h{place}.h").write_text(text, encoding="ascii")
    includes = "".join(f'#include "h{place}.h"\n' for place in (*range(len(texts)), 0))
    (folder / "all.c").write_text(f"{includes}int main(void) {{ {main} return 0; }}\n")
    command = [COMPILER, *flags, "-o", str(folder / "all"), str(folder / "all.c"), "-lm"]
    return subprocess.run(command, capture_output=True, text=True).stderr


def test_c_source_is_taken_by_strict_compilers_and_by_those_of_cpp(tmp_path: Path) -> None:
    texts = [source(target.activation(title), "c", measured=False) for title in NAMES]
    texts.append(source(target.activation("x*sigmoid(1.702*x)"), "c", "float32", measured=False, name="quick"))
    use = "return gelu(1.0) + quickf(2.0f) + tanh_(0.5) > 9.0;"
    assert compiled_alone(texts, tmp_path, *WARNINGS, "-std=c99", main=use) == ""
    assert compiled_alone(texts, tmp_path, "-std=c99", "-O3", "-march=native", main=use) == ""
    if shutil.which("c++"):
        assert compiled_alone(texts, tmp_path, *WARNINGS, "-x", "c++", "-std=c++17", main=use) == ""


def test_c_source_is_refused_where_numbers_are_taken_for_real_ones(tmp_path: Path) -> None:
    text = source(target.activation("silu"), "c", orders=(0,), measured=False)
    for flag in ("-ffast-math", "-Ofast", "-ffinite-math-only"):
        assert "without -ffast-math" in compiled_alone([text], tmp_path, flag)


def test_two_headers_of_one_name_are_no_silent_choice(tmp_path: Path) -> None:
    texts = [source(target.activation(f"x*sigmoid({k}*x)"), "c", orders=(0,), measured=False) for k in (1, 2)]
    assert "export one of them with --name" in compiled_alone(texts, tmp_path)
    named = source(target.activation("x*sigmoid(2*x)"), "c", orders=(0,), measured=False, name="steep")
    assert "#ifndef STEEP_H" in named and "STEEP_API double steep(double x)" in named
    assert compiled_alone([texts[0], named], tmp_path, *WARNINGS) == ""


SHORT = {"relu": 1, "leaky_relu": 1, "tanh": 1, "silu": 6, "sigmoid": 2}  # lines of the value's body in C, at most


@pytest.mark.parametrize("title", SHORT)
def test_the_source_of_a_short_formula_is_short(title: str) -> None:
    text = source(target.activation(title), "c", orders=(0,), measured=False)
    body = re.search(r"double \w+\(double x\)\n\{\n(.*?)\n\}", text, re.DOTALL)
    code = [line for line in body[1].splitlines() if not re.fullmatch(r"\s*(/\*.*\*/|\}|if .*\{|const .*)", line)]
    assert len(code) <= SHORT[title]


def test_each_span_has_a_comment() -> None:
    for language, sign in (("c", "/*"), ("numpy", "#"), ("torch", "#"), ("jax", "#")):
        text = source(target.activation("silu"), language, orders=(1,), measured=False)
        assert re.search(rf"{re.escape(sign)} -1\.\d+ to -1\.\d+: a polynomial", text), language  # about the zero
        assert re.search(rf"{re.escape(sign)} -7\d\d\.\d+ to -7\d\d\.\d+: a polynomial times", text), language


def test_c_constants_are_exact() -> None:
    text = source(target.activation("gelu"), "c", measured=False)
    assert float.hex(0.5**0.5) in text and "0.7071" not in text and "fma(" in text


# --------------------------------------------------------------------------------------- LaTeX

CASES = {
    "relu": [("x < 0", r"0"), (r"x \geq 0", "x")],
    "sign(x)": [("x < 0", "-1"), ("x = 0", "0"), ("x > 0", "1")],
    "1 if x > 2 else -1": [(r"x \leq 2", "-1"), ("x > 2", "1")],
    "hard_tanh": [("x < -1", "-1"), (r"-1 \leq x < 1", "x"), (r"x \geq 1", "1")],
}


@pytest.mark.parametrize("formula", CASES)
def test_latex_has_a_row_for_each_piece(formula: str) -> None:
    text = source(target.activation(formula), "latex", orders=(0,))
    rows = re.findall(r"^    (.*) & (.*?)(?: \\\\)?$", text, re.MULTILINE)
    assert [(condition, value) for value, condition in rows] == CASES[formula]
    assert text.count(r"\begin{cases}") == text.count(r"\end{cases}") == 1


SLOPES = {  # order, formula: the conditions of its rows
    (1, "abs(x)"): ["x < 0", "x > 0"],
    (2, "abs(x)"): ["x < 0", "x > 0"],
    (1, "heaviside(x)"): ["x < 0", "x > 0"],
    (1, "0 if x < 0 else x**3"): ["x < 0", r"x \geq 0"],
    (2, "0 if x < 0 else x**3"): ["x < 0", r"x \geq 0"],
    (2, "0 if x < 0 else x**2"): ["x < 0", "x > 0"],
}


@pytest.mark.parametrize(("order", "formula"), SLOPES)
def test_latex_of_a_derivative_says_nothing_where_there_is_none(order: int, formula: str) -> None:
    text = source(target.activation(formula), "latex", orders=(order,), measured=False)
    assert re.findall(r"^    .* & (.*?)(?: \\\\)?$", text, re.MULTILINE) == SLOPES[order, formula]


PRINTED = {  # as a book prints them
    ("tanh", 1): r"1 - \tanh^{2}(x)",
    ("softsign", 0): r"\frac{x}{1 + \lvert x \rvert}",
    ("softsign", 1): r"\frac{1}{(1 + \lvert x \rvert)^{2}}",
    ("sigmoid", 1): r"\sigma(x) (1 - \sigma(x))",
    ("softplus", 1): r"\sigma(x)",
    ("silu", 1): r"\sigma(x) (1 + x (1 - \sigma(x)))",
    ("-x/pi", 1): r"-\frac{1}{\pi}",
    ("gelu", 1): r"\frac{1}{2} + \frac{x e^{-x^{2}/2}}{\sqrt{2 \pi}} + "
    r"\frac{\operatorname{erf}\left(\frac{x}{\sqrt{2}}\right)}{2}",
}


@pytest.mark.parametrize(("formula", "order"), PRINTED)
def test_latex_is_as_one_prints_it(formula: str, order: int) -> None:
    text = source(target.activation(formula), "latex", orders=(order,), measured=False)
    assert f"(x) = {PRINTED[formula, order]}\n" in text
    assert ("logistic" in text) is (r"\sigma(" in PRINTED[formula, order])


def test_latex_of_a_smooth_function_has_no_cases() -> None:
    text = source(target.activation("arctan"), "latex", orders=(0, 1))
    assert "cases" not in text and r"g'(x) = \frac{1}{x^{2} + 1}" in text


# --------------------------------------------------------------------------------------- comments and names


def test_the_comment_says_where_it_comes_from_and_how_well_it_computes() -> None:
    text = source(target.activation("elu"), "c")
    assert "g(x) = x if x >= 0 else a*(exp(x) - 1)" in text and "with a = 1" in text and "source: paper" in text
    assert re.search(r"g': 4; \d\.\d\d found, at x = \S+, of \d+ of float64", text)


BAD = 'x"""\n*/ int main(void) { } /* \\ ??/\n# """ \\end{equation} é \x00'


@pytest.mark.parametrize("language", EXPORTS)
def test_a_spec_cannot_get_out_of_its_comment(language: str) -> None:
    spec = replace(target.read("relu"), title=BAD, source=BAD, name="relu")
    text = source(from_spec(spec), language, orders=(0,), measured=False)
    plain = source(from_spec(replace(spec, title="", source="")), language, orders=(0,), measured=False)
    assert text.isascii() and text.count("*/") == plain.count("*/") and text.count("/*") == plain.count("/*")
    sign = {"c": " *", "latex": "%"}.get(language, "#")
    body = [line for line in text.splitlines() if not line.startswith(sign)]
    assert body == [line for line in plain.splitlines() if not line.startswith(sign)]


@settings(max_examples=60)
@given(st.text())
def test_a_harmless_text_is_one_line_of_ascii_that_ends_nothing(text: str) -> None:
    found = harmless(text)
    assert found.isascii() and (found.isprintable() or not found)
    assert not any(sign in found for sign in ("*/", "/*", "??", "\\", "\n"))


NAMED = {
    "gelu": "gelu", "maxout:absolute": "maxout_absolute", "lambda": "lambda_", "np": "np_", "x*tanh(x)": "activation",
    "2fast": "activation", "my-own act": "my_own_act", "é": "activation", "x\n": "x_", "a; system('rm')": "activation",
}  # fmt: skip


@pytest.mark.parametrize("given_name", NAMED)
def test_names_become_identifiers(given_name: str) -> None:
    found = identifier(replace(target.activation("relu"), name=given_name))
    assert found == NAMED[given_name] and found.isidentifier()


# --------------------------------------------------------------------------------------- the command


def test_the_command_writes_a_file_once(tmp_path: Path) -> None:
    file = tmp_path / "relu.py"
    arguments = ["relu", "--to", "numpy", "--dtype", "float32", "-o", str(file)]
    assert CliRunner().invoke(command, arguments, standalone_mode=False).return_value == 0
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"exec(open({str(file)!r}).read()); print(relu(-2), relu_derivative(3))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.split() == ["0.0", "1.0"]
    again = CliRunner().invoke(command, arguments)
    assert isinstance(again.exception, InputError) and "--force" in str(again.exception)
    assert CliRunner().invoke(command, [*arguments, "--force"], standalone_mode=False).return_value == 0
    printed = CliRunner().invoke(command, arguments[:-2])
    assert printed.output == file.read_text()


NAMED_BY_USERS = {
    ("c", "int"): False, ("c", "class"): False, ("c", "i"): False, ("c", "print"): False, ("c", "exp"): False,
    ("c", "lambda"): True, ("numpy", "lambda"): False, ("numpy", "np"): False, ("torch", "exp"): True,
    ("jax", "max"): False, ("jax", "a b"): False, ("c", "9a"): False, ("c", "_a"): False, ("c", "é"): False,
    ("numpy", "x"): False, ("latex", "f_1"): True, ("torch", "my_act2"): True,
}  # fmt: skip


@pytest.mark.parametrize(("language", "name"), NAMED_BY_USERS)
def test_a_function_is_named_as_is_asked_where_the_language_has_room(language: str, name: str) -> None:
    arguments = ["relu", "--to", language, "--name", name, "--order", "0"]
    found = CliRunner().invoke(command, arguments, standalone_mode=False)
    if NAMED_BY_USERS[language, name]:
        assert found.return_value == 0 and (name in found.output or language == "latex")
    else:
        assert isinstance(found.exception, InputError) and repr(name) in str(found.exception)


def test_what_keeps_no_bound_is_written_only_when_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = (Shortfall(-2.0, 3.5, math.inf),)
    monkeypatch.setattr(shared, "tried", lambda run, found, *_: [replace(one, shortfalls=short) for one in found])
    file = tmp_path / "silu.h"
    arguments = ["silu", "--to", "c", "--order", "1", "-o", str(file)]
    refused = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert refused.return_value == 1 and not file.exists()
    for said in ("g' may be wrong by an unknown number of units", "[-2, 3.5]", "--dtype float32", "--anyway"):
        assert said in refused.output
    written = CliRunner().invoke(command, [*arguments, "--anyway"], standalone_mode=False)
    assert written.return_value == 1 and "WARNING: g' may be wrong" in " ".join(file.read_text().split())
    with pytest.warns(InaccurateWarning, match=r"g' may be wrong .* \[-2, 3.5\]"):
        source(target.activation("silu"), "c", orders=(1,), measured=False)


def test_what_cannot_be_exported_is_told() -> None:
    relu = target.activation("relu")
    for wrong, message in (
        ({"language": "fortran"}, "there is no export to 'fortran'; there are numpy"),
        ({"dtype": "float16"}, "there is no export of float16"),
        ({"orders": (3,)}, "0, 1 and 2"),
        ({"kink": "middle"}, "there is no convention 'middle'"),
    ):
        with pytest.raises(InputError, match=message):
            source(relu, **{"language": "c", **wrong})
    with pytest.raises(InputError, match="cannot be exported"):
        source(replace(relu, pieces=(), trouble="no"), "c")

"""What a target is taken for, and what is said of one that is nothing."""

from pathlib import Path

import pytest
import sympy

from propcheck import target
from propcheck.verdict import InputError

_X, _K = sympy.symbols("x k")

ELU = """
name = "my_elu"
expression = "x if x >= 0 else b*(exp(x) - 1)"
[parameters.b]
role = "constant"
default = 1.0
"""
GELU = 'name = "my_gelu"\nexpression = "gelu(x)"\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with spec files, a folder of them, and folders that bear the names of other targets."""
    monkeypatch.chdir(tmp_path)
    for folder in ("mine", "empty", "relu", "x"):
        (tmp_path / folder).mkdir()
    for folder in ("mine", "relu", "x"):
        (tmp_path / folder / "a.toml").write_text(ELU)
        (tmp_path / folder / "b.toml").write_text(GELU)
    (tmp_path / "one.toml").write_text(ELU)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "name"),
    {
        "relu": "relu",
        "ReLU": "relu",
        " gelu ": "gelu",
        "relu-softplus": "relu_softplus",
        "leaky relu": "leaky_relu",
        "maxout:absolute": "maxout:absolute",
        "one.toml": "my_elu",
        "./one.toml": "my_elu",
        "x": "x",
        "-x": "-x",
        "x - 1": "x - 1",
        "x-1": "x-1",
        "pi": "pi",
        "1/2": "1/2",
        "x*tanh(log(1+exp(x)))": "x*tanh(log(1+exp(x)))",
        "x if x > 0 else 0": "x if x > 0 else 0",
    }.items(),
)
def test_a_text_is_taken_for(here, text, name):
    assert [spec.name for spec in target.read_all([text])] == [name]


@pytest.mark.parametrize("text", ["mine", "mine/", "./mine", "./relu", "./x", "x/"])
def test_a_folder_is_opened(here, text):
    assert [spec.name for spec in target.read_all([text])] == ["my_elu", "my_gelu"]
    assert target.is_folder(text)


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "": "the target is empty",
        "  ": "the target is empty",
        "geluu": "has no activation 'geluu' .did you mean gelu",
        "relu_softplu": "did you mean relu_softplus",
        "maxout:absolut": "did you mean absolute",
        "lecun_tanh:absolute": "lecun_tanh has no presets",
        "missing.toml": "there is no file missing.toml",
        "missing_folder": "no activation 'missing_folder'.*nor is there a file or folder missing_folder",
        "./missing_folder": "there is no file or folder missing_folder",
        "on.toml": "did you mean one.toml",
        "./missing": "there is no file or folder missing",
        "no/such/": "there is no file or folder no/such",
        "empty": "the folder empty holds no .toml file",
        "x*geluu(x)": "unknown function 'geluu'",
        "x +* 2": "column 4",
        "x\0": "column 2",
        "a*x": ": a=VALUE",
        "x" * 5000: "has no activation 'xxx",
    }.items(),
    ids=lambda text: text[:20],
)
def test_what_is_no_target_is_told_with_a_way_out(here, text, message):
    with pytest.raises(InputError, match=message):
        target.activation(text)


def test_all_faults_of_a_folder_are_told_at_once(here):
    (here / "mine" / "c.toml").write_text("name = 3")
    (here / "mine" / "d.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"(?s)c\.toml.*d\.toml is not UTF-8"):
        target.read_all(["mine"])


def values(specs):
    return {spec.name: {item.name: item.default for item in spec.parameters} for spec in specs}


def test_a_parameter_goes_to_the_targets_that_have_it(here):
    specs = target.read_all(["leaky_relu", "relu", "one.toml", "x*b"], {"a": "1/3", "b": "2"})
    assert values(specs) == {"leaky_relu": {"a": "1/3"}, "relu": {}, "my_elu": {"b": "2"}, "x*b": {"b": "2"}}


@pytest.mark.parametrize(
    ("targets", "params", "message"),
    [
        (["relu"], {"a": "1"}, "relu has no parameter 'a'"),
        (["x*b"], {"b": "1", "c": "1"}, "has no parameter 'c'"),
        (["relu", "gelu"], {"a": "1"}, "none of the targets has a parameter 'a'"),
        (["relu", "leaky_relu"], {"b": "1"}, "none of the targets has a parameter 'b'; they have a"),
        (["leaky_relu"], {"a": "2"}, "a = 2 lies outside its range 0 < a < 1"),
        (["leaky_relu"], {"a": "x"}, "depends on x"),
        (["leaky_relu"], {"a": "__import__('os')"}, "parameter a"),
        (["rrelu"], {"a": "1/4"}, "is random"),
    ],
)
def test_a_parameter_that_does_not_fit_is_told(here, targets, params, message):
    with pytest.raises(InputError, match=message):
        target.read_all(targets, params)


def test_in_python_a_target_may_be_a_path_or_a_sympy_expression(here):
    t, k = sympy.symbols("t k")
    assert target.activation(Path("one.toml"), {"b": 2}).values == {"b": 2}
    assert target.activation(t**2 / k, {"k": 2}).bound == target.activation("x**2/2").bound
    with pytest.raises(InputError, match="has no symbol 'q'"):
        target.activation(t**2, {"q": 2})
    with pytest.raises(InputError, match="mine is a folder of 2 specs"):
        target.activation("mine")


def test_an_activation_is_its_own_target():
    leaky = target.activation("leaky_relu")
    assert target.activation(leaky) is leaky
    assert target.activation(leaky, {"a": "1/4"}).values == {"a": sympy.Rational(1, 4)}


@pytest.mark.parametrize(
    ("given", "params", "formula"),
    [
        (2, {}, "2"),
        (0.5, {}, "1/2"),
        (2.5 * _X, {}, "5*x/2"),
        (sympy.Float("1e-500") * _X, {}, f"x/1{'0' * 500}"),
        (sympy.tanh(sympy.Symbol("t")), {}, "tanh(x)"),
        (_K * _X, {"k": 3}, "k*x"),
        (sympy.Max(0, _X), {}, "max(0, x)"),
    ],
)
def test_a_number_or_an_expression_of_sympy_is_no_name_of_a_file(given, params, formula):
    found = target.read(given, params)
    assert found.formula == formula
    assert [parameter.name for parameter in found.parameters] == list(params)


@pytest.mark.parametrize("name", ["elu", "leaky_relu"])
def test_an_activation_is_read_as_the_spec_that_it_has(name):
    assert target.read(target.activation(name)).claims == target.read(name).claims
    assert target.read(target.activation(name, {"a": "1/4"})).parameters[0].value() == sympy.Rational(1, 4)


@pytest.mark.parametrize(
    "given",
    [None, [], len, 1j, b"relu", object(), True, sympy.I * _X, sympy.nan, sympy.oo, _K * _X, _X > 0, float("nan")],
)
def test_what_python_gives_and_is_no_target_is_told_as_what_it_is(given):
    with pytest.raises(InputError) as refused:
        target.read(given)
    assert "file or folder" not in str(refused.value)


@pytest.mark.parametrize("text", ["x²", "x³", "x₁", "tanh²", "x½", "relux²"])
def test_a_formula_with_a_raised_number_is_no_misspelt_name(here, text):
    with pytest.raises(InputError, match="column"):
        target.read(text)

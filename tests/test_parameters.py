"""Values of parameters as part of a target, several at once, and ranges given on the command line."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

import propcheck
from propcheck import target
from propcheck.cli import Listed, commands
from propcheck.verdict import InputError


def ran(*args: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands, list(args), standalone_mode=False)
    if isinstance(done.exception, InputError):
        return 2, str(done.exception)
    return done.return_value, done.output


@pytest.mark.parametrize(
    ("text", "params", "values"),
    [
        ("swish(beta=2)", {}, [{"beta": "2"}]),
        ("elu( a = 1/2 )", {}, [{"a": "1/2"}]),
        ("selu(alpha=1, scale=2)", {}, [{"alpha": "1", "scale": "2"}]),
        ("swish", {"beta": "0.1:10:4"}, [{"beta": b} for b in ("0.1", "17/5", "67/10", "10")]),
        ("x*sigmoid(b*x)", {"b": "1, 2"}, [{"b": "1"}, {"b": "2"}]),
    ],
)
def test_values_are_a_part_of_a_target(text, params, values):
    found = target.read_all([text], params)
    assert [{item.name: item.default for item in one.parameters} for one in found] == values
    assert len({one.name for one in found}) == len(values)


@pytest.mark.parametrize(
    ("text", "params", "said"),
    [
        ("swish(beta=)", {}, "gives no parameter its value"),
        ("swish(bta=2)", {}, "did you mean beta"),
        ("swish(beta=-1)", {}, "outside its range"),
        ("swish(beta=2)", {"beta": "3"}, "give one"),
        ("swish(beta=1, beta=2)", {}, "twice"),
        ("swish(beta=1:2:3)", {}, "beside the target"),
        ("relu(a=1)", {}, "has no parameters"),
        ("swish", {"beta": "1:0:3"}, "reversed"),
        ("swish", {"beta": "0:inf:3"}, "infinity"),
        ("swish", {"beta": "0:1:1"}, "how many"),
        ("swish", {"beta": "1:2"}, "no list of values"),
        ("swish", {"beta": "1,1"}, "twice"),
        ("selu", {"alpha": "1,2", "scale": "1,2"}, "several values each"),
    ],
)
def test_a_wrong_value_has_its_sentence(text, params, said):
    with pytest.raises(InputError, match=said):
        target.read_all([text], params)


def test_one_target_takes_one_value():
    with pytest.raises(InputError, match="one is wanted"):
        propcheck.analyze("swish", beta="1,2")
    assert propcheck.load("swish(beta=2)").values == {"beta": 2}
    assert target.written("swish(beta=2)", {}, "1").parameters[0].default == "2"


def test_a_parameter_that_runs_gives_a_table_or_a_list():
    status, out = ran("analyze", "leaky_relu", "--param", "a=1/4,1/2", "--only", "lipschitz,range,parity,monotonicity")
    assert status == 0 and "Along a" in out and "The same at all of these" in out
    status, out = ran("analyze", "leaky_relu", "--param", "a=1/4,1/2", "--only", "parity", "--json")
    assert [one["activation"]["parameters"]["a"]["value"] for one in json.loads(out)] == ["1/4", "1/2"]
    status, out = ran("phase", "leaky_relu", "--param", "a=1/4,1/2")
    assert status == 0 and "1.88235" in out and "8/5" in out  # 2/(1 + a^2)


VERIFIED = [  # expression, ranges, derivative, status
    ("x if x >= 0 else k*x", ["k > 0"], "1 if x > 0 else k", 0),
    ("x*k**2 + m", ["k > 0", "m < 2"], "k**2", 0),
    ("x*k*m", ["k > 0", "m < 2"], "k*abs(m)", 1),
    ("x*k*m", ["k > 0", "m < 2", "m > 0"], "k*abs(m)", 0),
    ("x*max(k + m, 3)", ["0 < k < 2", "0 < m < 2"], "3", 1),  # wrong where both are large alone
]


@pytest.mark.parametrize(("expression", "ranges", "derivative", "status"), VERIFIED)
def test_a_derivative_is_verified_for_all_values_of_a_range(expression, ranges, derivative, status):
    options = [part for text in ranges for part in ("--range", text)]
    assert ran("verify", expression, *options, "--derivative", derivative)[0] == status


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("verify", "x*k", "--range", "m > 0", "--param", "k=1", "--derivative", "k"), "no parameter 'm'"),
        (("verify", "x*k", "--range", "k > 1", "--param", "k=0", "--derivative", "k"), "outside its range"),
        (("verify", "x*k", "--range", "0 < k < 0", "--derivative", "k"), "empty"),
        (("verify", "x*k", "--range", "k > m", "--derivative", "k"), "one parameter"),
        (("verify", "elu", "--range", "a > 0"), "declares the ranges"),
        (("new", "mine", "k*x", "--range", "k > 0", "--role", "k=trianed"), "constant or trained"),
        (("new", "mine", "k*x", "--range", "k > 0", "--role", "k"), "NAME=ROLE"),
    ],
)
def test_a_wrong_range_or_role_has_its_sentence(args, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out = ran(*args)
    assert status == 2 and said in out


def test_a_new_spec_has_its_range_and_role(tmp_path):
    assert ran("new", "mine", "k*x", "--range", "0 < k <= 2", "--role", "k=trained", "-o", str(tmp_path))[0] == 0
    (parameter,) = propcheck.load(str(tmp_path / "mine.toml")).parameters
    assert (parameter.role, parameter.range, parameter.default) == ("trained", "0 < k <= 2", "1")


def scaled(x, a=3.0):
    """Code with a parameter, as a user may have it."""
    return x / (1 + a * abs(x))


ASKED = {
    "analyze": lambda item, **params: propcheck.analyze(item, only=["derivative_range"], **params).facts.to_json(),
    "approximate": lambda item, **params: propcheck.approximate(item, on="-1:1", degree=3, **params).error,
    "compile": lambda item, **params: propcheck.compile(item, **params)(1.5),
    "gain": lambda item, **params: propcheck.gain(item, **params).weight_variance,
    "handover": lambda item, **params: propcheck.handover(item, "float16", **params).to_json()["value"],
    "load": lambda item, **params: propcheck.load(item, **params)(2),
    "phase": lambda item, **params: propcheck.phase(item, sigma_w2=2.0, **params).to_json()["at"],
    "verify": lambda item, **params: propcheck.verify(item, "1/(1 + 2*abs(x))**2", **params).outcomes,
}


@pytest.mark.parametrize("name", ASKED)
def test_a_text_and_code_take_values_of_their_parameters_wherever_python_asks(name):
    alone = ASKED[name]("x/(1 + 2*abs(x))")
    assert ASKED[name]("x/(1 + a*abs(x))", a=2) == alone
    assert ASKED[name](scaled, a=2) == alone


def test_a_list_may_be_given_in_one_option_or_in_several():
    one = ran("analyze", "relu", "--only", "range,lipschitz")
    assert ran("analyze", "relu", "--only", "range", "--only", "lipschitz") == one
    assert "range" in one[1]
    assert "Lipschitz" in one[1]


def test_whatever_is_shown_as_a_list_takes_several_options():
    context = click.Context(commands)
    found = [
        option
        for name in commands.list_commands(context)
        for option in commands.get_command(context, name).params
        if (option.metavar or "").endswith(",...")
    ]
    assert len(found) > 10
    assert all(isinstance(option, Listed) for option in found)

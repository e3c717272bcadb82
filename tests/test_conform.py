"""Implementations against the mathematics: wrong kernels are found and sorted, right ones raise no alarm."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from shutil import which
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

import propcheck
from propcheck import schemas
from propcheck.cli import commands
from propcheck.conformance import frameworks, tolerances
from propcheck.conformance.finding import CLASSES
from propcheck.inquiries.conformity import by_values
from propcheck.report import conformance as report
from propcheck.verdict import InputError

Array = np.ndarray
ERF = np.vectorize(math.erf, otypes=[float])


def quiet(f: Callable[[Array], Any]) -> Callable[[Array], Any]:
    def call(x: Array) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(f(x)).astype(x.dtype)

    return call


def cube_tanh_gelu(x: Array) -> Array:
    inner = np.sqrt(2 / np.pi).astype(x.dtype) * (x + x.dtype.type(0.044715) * x * x * x)
    return x.dtype.type(0.5) * x * (1 + inner / np.sqrt(1 + inner * inner))  # overflows as x**3 does


SINGLE = float(np.float32(1.702))
WRONG: dict[str, tuple[str, str, tuple[Callable[[Array], Any], ...], str, int]] = {
    # name: target, type, value and slope, class, order
    "erf that cancels": ("gelu", "float64", (lambda x: 0.5 * x * (1 + ERF(x / math.sqrt(2))),), "vanished", 0),
    "a mask forgotten outside (-3, 3)": (
        "hard_swish", "float32", (lambda x: x * (np.clip(x + 3, 0, 6) / 6), lambda x: (2 * x + 3) / 6), "formula", 1),
    "a branch by the sign of the output, with a negative slope": (
        "x if x >= 0 else -x/2", "float32",
        (lambda x: np.where(x >= 0, x, -0.5 * x), lambda x: np.where(np.where(x >= 0, x, -0.5 * x) > 0, 1, -0.5)),
        "formula", 1),
    "alpha swapped with the scale": (
        "selu", "float32", (lambda x: 1.6732632 * np.where(x > 0, x, 1.0507010 * np.expm1(x)),), "formula", 0),
    "GELU by tanh sold as GELU": (
        "gelu", "float32", (lambda x: 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))),), "formula", 0),
    "a threshold at 20": ("softplus", "float64", (lambda x: np.where(x > 20, x, np.log1p(np.exp(x))),), "jump", 0),
    "a constant of float32 in float64": (
        "quick_gelu", "float64", (lambda x: x / (1 + np.exp(-SINGLE * x)),), "inaccuracy", 0),
    "NaN swallowed": ("relu", "float32", (lambda x: np.where(x > 0, x, 0),), "nan_swallowed", 0),
    "a slope off at a kink only": (
        "relu", "float32", (lambda x: np.maximum(x, 0), lambda x: np.where(x == 0, 2, x > 0)), "convention", 1),
    "x**3 that overflows": (
        "x*(1 + (x + 0.044715*x**3)/sqrt(1 + (x + 0.044715*x**3)**2))/2", "float16",
        (lambda x: 0.5 * x * (1 + (v := x + np.float16(0.044715) * x * x * x) / np.sqrt(1 + v * v)),), "nan_created",
        0),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_is_found_and_sorted(name: str) -> None:
    target, dtype, calls, kind, order = WRONG[name]
    value, *slopes = map(quiet, calls)
    orders = tuple(range(len(calls)))
    made = propcheck.conform(value, target, dtypes=(dtype,), orders=orders, slopes=slopes)
    assert (kind, order) in {(each.kind, each.order) for each in made.breaches}, made.findings


def test_what_another_function_is_instead_is_named() -> None:
    x = np.linspace(-6, 6, 30)
    assert by_values(x, 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))) == (
        "at 30 inputs it has the values of gelu_tanh"
    )
    assert by_values(x, np.cos(x) - 3) == ""


def test_of_the_functions_that_code_is_the_plainest_is_named() -> None:
    made = propcheck.conform(lambda x: x / (1 + np.exp(-x)), "relu", dtypes=("float64",), orders=(0,))
    assert {each.note for each in made.findings if each.kind == "formula"} == {"it is silu, proved"}


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


RIGHT = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.where(np.isnan(x), x, x > 0)),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x: np.where(np.isnan(x), x, abs(x) < 1)),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_a_right_kernel_raises_no_alarm(name: str, dtype: str) -> None:
    value, slope = map(quiet, RIGHT[name])
    if dtype == "float16":
        value, slope = (lambda x, f=f: f(x.astype(np.float32)).astype(np.float16) for f in (value, slope))
    made = propcheck.conform(value, name, dtypes=(dtype,), orders=(0, 1), slopes=[slope])
    assert not made.breaches and {each.kind for each in made.findings} <= {"convention", "flush_to_zero"}


@pytest.mark.parametrize("name", ["softplus", "elu"])
def test_our_own_forms_go_through_the_same_mill(name: str) -> None:
    value, slope = (propcheck.compile(name, order=order) for order in (0, 1))
    made = propcheck.conform(value, name, dtypes=("float32",), orders=(0, 1), slopes=[slope])
    assert not made.breaches, made.breaches


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_so_do_those_of_other_libraries(backend: str) -> None:
    pytest.importorskip(backend)
    made = propcheck.conform(propcheck.compile("gelu", backend=backend), "gelu", dtypes=("float32",), orders=(0, 1))
    assert not made.breaches, made.breaches


@pytest.mark.skipif(which("cc") is None, reason="there is no compiler of C")
def test_a_function_of_c_is_tried_in_its_library(tmp_path) -> None:
    from propcheck.numeric.source import source

    (tmp_path / "mish.c").write_text(source(propcheck.load("mish"), "c", measured=False))
    library = tmp_path / "mish.so"
    flags = ["-shared", "-fPIC", "-DMISH_API=", "-o", str(library), str(tmp_path / "mish.c"), "-lm"]
    subprocess.run(["cc", *flags], check=True)
    made = propcheck.conform(f"{library}:mish", "mish", orders=(0, 1))
    assert not made.breaches and [one.dtypes for one in made.tried] == [("float64", "float32")]
    assert propcheck.conform(f"{library}:mish", "gelu", dtypes=("float64",), orders=(0,)).breaches


def test_errors_of_the_input_are_told_apart() -> None:
    """exp(1000 x) of an input that is rounded to float32 on the way is as wrong as that makes it, and no worse."""
    made = propcheck.conform(quiet(lambda x: np.exp(-((x * x) * 1))), "gaussian", dtypes=("float32",), orders=(0,))
    assert not made.breaches


# --- files and commands ----------------------------------------------------------------------------------------------


def run(*words: str) -> Any:
    return CliRunner().invoke(commands, ["conform", *words], standalone_mode=False)


def test_pairs_of_a_file_are_held_against_a_target(tmp_path) -> None:
    x = np.linspace(-4, 4, 41)
    np.save(tmp_path / "right.npy", np.stack([x, np.tanh(x)]))
    lines = ["x,y", *(f"{a!r},{b!r}" for a, b in zip(x.tolist(), np.tanh(x * 1.01).tolist(), strict=True))]
    (tmp_path / "wrong.csv").write_text("\n".join(lines))
    good = run(str(tmp_path / "right.npy"), "--against", "tanh", "--json")
    bad = run(str(tmp_path / "wrong.csv"), "--against", "tanh", "--json")
    assert (good.return_value, bad.return_value) == (0, 1), (good.exception, bad.exception)
    data = json.loads(bad.stdout)
    assert data["schema"] == "propcheck.conformance/1" and {each["class"] for each in data["findings"]} == {"formula"}


def test_code_of_a_file_is_held_against_a_target_and_what_is_shown_runs(tmp_path) -> None:
    (tmp_path / "mine.py").write_text("import numpy as np\n\n\ndef f(x):\n    return np.where(x > 0, x, 0 * x + 1)\n")
    made = run(f"{tmp_path}/mine.py:f", "--against", "relu", "--dtype", "float64", "--order", "0", "--json")
    assert made.return_value == 1, made.exception
    worst = next(each for each in json.loads(made.stdout)["findings"] if each["class"] == "formula")
    assert worst["example"].count("\n") == 2
    exec(compile(worst["example"], "example", "exec"), {"__name__": "example"})


REFUSED = [
    (("nothing",), "nothing that can be tried"),
    (("torch", "--order", "3"), "some of 0, 1 and 2"),
    (("torch", "--dtype", "float8"), "no type 'float8'"),
    (("none.csv", "--against", "relu"), "cannot be read"),
    (("none.so:f", "--against", "relu"), "cannot be loaded"),
    (("none.csv",), "--against TARGET"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_cannot_be_tried_is_a_sentence(words: tuple[str, ...], said: str) -> None:
    error = run(*words).exception
    assert isinstance(error, InputError) and said in str(error)


def test_a_framework_that_is_missing_is_told() -> None:
    missing = [name for name in frameworks.NAMES if not installed(name)]
    for name in missing:
        with pytest.raises(InputError, match=f"{name} cannot be tried"):
            frameworks.page(name)


def installed(name: str) -> bool:
    try:
        frameworks.page(name)
    except InputError:
        return False
    return True


# --- the tables ------------------------------------------------------------------------------------------------------


def test_every_row_of_the_table_names_a_function_that_is_there() -> None:
    for target, parameters in {(row.target, tuple(row.parameters.items())) for row in frameworks.rows()}:
        assert propcheck.load(target, **dict(parameters)).pieces


def test_there_is_a_tolerance_for_each_type_and_order_with_a_reason() -> None:
    for dtype in frameworks.DTYPES:
        assert tolerances.table()["units"][dtype]["reason"]
        assert all(tolerances.units(dtype, order) >= 4 for order in (0, 1, 2))
    assert tolerances.seen("torch", "float32", -2e-7, -1e-7) is False and tolerances.seen("torch", "float32", 1, 2)


@pytest.fixture(scope="module")
def found() -> Any:
    return propcheck.conform(quiet(lambda x: np.where(x > 0, x, 0)), "relu", dtypes=("float32",), orders=(0,))


def test_the_record_is_of_its_schema(found: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(schemas.path("conformance").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(report.as_json(found)))
    assert set(schemas.made("conformance")["properties"]["findings"]["items"]["properties"]["class"]["enum"]) == set(
        CLASSES
    )


def test_each_format_says_the_same(found: Any) -> None:
    assert {each["class"] for each in json.loads(report.as_json(found))["findings"]} <= set(CLASSES)
    assert report.github(found).startswith("::error title=")
    suites = ElementTree.fromstring(report.junit(found))
    assert [suite.get("failures") for suite in suites] == ["1"]
    assert json.loads(report.badge(found))["schemaVersion"] == 1
    assert "nan_swallowed" in report.markdown(found)
    assert {"README.md", "junit.xml", "badge.json", "names.md", "kinks.md"} <= set(report.folder(found))

"""Code read as formulas: what it says is what it computes, and what has no formula is told with its line."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import propcheck
from propcheck import spec, target
from propcheck.code import numbers, reading
from propcheck.code.formula import Untraceable, apply, spelled, text_of
from propcheck.code.values import POINTS, check, value
from propcheck.inquiries.comparison import compare
from propcheck.verdict import InputError


def by_ways(x: float) -> float:
    if x < -2:
        return 0
    elif x < 0:
        return x * x
    return x if x <= 3 else 3


def by_mask(x: np.ndarray) -> np.ndarray:
    y = np.array(x, dtype=float)
    y[x < 0] = 0.1 * (np.exp(x[x < 0]) - 1)
    return y


def in_place(x: np.ndarray) -> np.ndarray:
    y = np.empty_like(x)
    np.exp(-np.abs(x), out=y)
    y *= 2
    return y


def guarded(x: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(x), 0, np.nan_to_num(x / (1 + np.abs(x))))


def half(x: float) -> float:
    return x / 2


KNOTS = np.array([-1.0, 0.0, 2.0])
READ: dict[str, tuple[Callable[..., Any], str]] = {
    "a choice": (lambda x: x if x > 0 else 0.01 * x, "x if x > 0 else 0.01*x"),
    "several ways": (by_ways, "0 if x < -2 else x*x if x < 0 else x if x <= 3 else 3"),
    "min and max of Python": (lambda x: min(max(x, -1), 1), "-1 if x < -1 else 1 if x > 1 else x"),
    "math": (lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))), "0.5*x*(1 + erf(x/sqrt(2)))"),
    "a helper": (lambda x: half(x) + half(abs(x)), "x/2 + abs(x)/2"),
    "where": (lambda x: np.where((x > 0) | (x < -1), x, 0), "x if x > 0 or x < -1 else 0"),
    "a condition as a number": (lambda x: x * (x > 0), "x*(1 if x > 0 else 0)"),
    "a mask": (by_mask, "0.1*(exp(x) - 1) if x < 0 else x"),
    "in place": (in_place, "exp(-abs(x))*2"),
    "guards": (guarded, "x/(1 + abs(x))"),
    "clip with one end": (lambda x: np.clip(x, 0, None), "max(x, 0)"),
    "an infinite end": (lambda x: np.clip(x, -np.inf, 6.0), "min(x, 6)"),
    "select": (lambda x: np.select([x < 0, x < 1], [0 * x, x], 1.0), "0*x if x < 0 else x if x < 1 else 1"),
    "piecewise": (lambda x: np.piecewise(x, [x < 0, x >= 0], [abs, 2.0]), "2 if x >= 0 else abs(x) if x < 0 else 0"),
    "an angle": (lambda x: np.arctan2(x, 1.0) + math.atan2(1, -1), "atan(x) + 3*pi/4"),
    "a polynomial": (lambda x: np.polyval([0.125, 0, 1], x), "0.125*x*x + 1"),
    "single precision": (lambda x: x * np.float32(0.044715), "x*0.044715"),
    "a universal function": (np.tanh, "tanh(x)"),
    "a function of numbers": (np.vectorize(lambda x: x if x > 0 else 0.0), "x if x > 0 else 0"),
    "a line through knots": (lambda x: np.interp(x, [-1, 1, 2], [0, 1, 4]),
        "0 if x <= -1 else 1/2*(x - -1) if x <= 1 else 1 + 3*(x - 1) if x <= 2 else 4"),
    "a table": (lambda x: np.array([0.5, 2.5])[np.clip(np.round(x), 0, 1).astype(int)],
        "0.5 if trunc(min(max(round(x), 0), 1)) <= 0 else 2.5"),
    "steps": (lambda x: np.digitize(x, KNOTS), "3 if x >= 2 else 2 if x >= 0 else 1 if x >= -1 else 0"),
    "steps from above": (lambda x: np.searchsorted(KNOTS, x), "3 if x > 2 else 2 if x > 0 else 1 if x > -1 else 0"),
    "an entry by a sign": (lambda x: [0.5, 1.0, 0.25][np.sign(x).astype(int)],
        "0.25 if trunc(sign(x)) <= -1 else 0.5 if trunc(sign(x)) <= 0 else 1"),
    "an entry of a list": (lambda x: [0.5, 2.0][int(min(max(x, 0), 1))],
        "0.5 if x < 0 else 2 if x > 1 else 0.5 if trunc(x) <= 0 else 2"),
    "a sum over knots": (lambda x: np.maximum(x[:, None] - KNOTS, 0).sum(axis=1),
        "max(x - -1, 0) + max(x, 0) + max(x - 2, 0)"),
    "a stack": (lambda x: np.stack([x, abs(x)]).mean(axis=0), "(x + abs(x))/2"),
    "a function of numbers inside": (lambda x: np.vectorize(half)(x), "x/2"),
    "written where a mask holds": (lambda x: np.log(x, out=np.zeros_like(x), where=x > 0), "log(x) if x > 0 else 0"),
    "decimals": (lambda x: np.round(x, 1), "round(x*10)/10"),
    "both of a division": (lambda x: divmod(x, 2)[1], "x - 2*floor(x/2)"),
    "two inputs": (lambda x, y: x * np.maximum(y, 0), "x*max(y, 0)"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_code_is_read_as_its_formula(case: str) -> None:
    code, formula = READ[case]
    assert reading.of(code).formula == formula


def unending(x: float) -> float:
    while x > 0:
        x = x - 1
    return x


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "a loop": (unending, "a loop whose length depends on its input, at "),
    "a reduction": (lambda x: x - np.mean(x), "numpy.mean, which brings several elements together"),
    "a method": (lambda x: x / x.sum(), "array.sum, which brings several elements together"),
    "a part": (lambda x: x[1:], "which takes elements from their places"),
    "another place": (lambda x: x + x[x > 0], "operands are taken from different places"),
    "a number taken out": (lambda x: float(x) * 2, "it takes a number out of its input"),
    "a place without bounds": (lambda x: [0.0, 1.0][int(x)], "that has no bounds: clip it first"),
    "a place beyond a table": (lambda x: np.take([0.0, 1.0], np.clip(np.round(x), 0, 2)), "may be beyond its ends"),
    "a sum of other places": (lambda x: (x[:, None] * KNOTS).sum(axis=0), "not one real number for all elements"),
    "bits": (lambda x: x.astype(int) & 1, "bitwise_and, which works on bits of numbers"),
    "chance": (lambda x: x * np.random.default_rng().random(), "where the formula that was read from it gives"),
    "many numbers": (lambda x: x * np.array([1.0, 2.0]), "not one real number for all elements"),
    "an unknown function": (lambda x: np.i0(x), "numpy.i0, which has no formula here"),
    "NaN where it is not": (lambda x: np.nan_to_num(np.log(x) / x), "asks where log(x)/x is a number"),
    "an infinity": (lambda x: x + np.inf, "it calculates with an infinity"),
    "infinities on the way": (lambda x: np.exp(np.log(np.maximum(x, 0))), "the code gives 0 at x ="),
    "whole numbers": (np.vectorize(lambda x: x if x > 0 else 0), "the code gives 0 at x = "),
    "three inputs": (lambda x, a, b: a * x + b, "it takes 3 inputs, x, a, b"),
    "another number of operands": (lambda x: np.where(x > 0), "where, which has 1 operands here, and is known with 3"),
    "nothing": (lambda x: None, "it uses something that is not one real number"),
    "a text": (lambda x: "gelu", "it uses something that is not one real number"),
    "a fault": (lambda x: x.shape[3] + x, "IndexError: tuple index out of range, at "),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_formula_is_told_in_a_sentence(case: str) -> None:
    code, part = REFUSED[case]
    with pytest.raises(InputError, match="is not read as a formula: ") as error:
        reading.of(code)
    assert part in str(error.value) and "\n" not in str(error.value)


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(InputError) as error:
        reading.of(unending)
    assert str(error.value).endswith(f"test_code.py:{unending.__code__.co_firstlineno + 1}")


# A number of code, the type it has there, and what it is read as.
NUMBERS = (
    (0.044714998453855515, "float64", "0.044715"),
    (0.1666666716, "float64", "1/6"),
    (0.1666666716337204, "float32", "1/6"),
    (0.7978845608028654, "float64", "sqrt(2/pi)"),
    (0.7978845834732056, "float32", "sqrt(2/pi)"),
    (1 / math.sqrt(2), "float64", "sqrt(2)/2"),
    (math.sqrt(0.5), "float64", "sqrt(2)/2"),
    (math.log(2), "float64", "log(2)"),
    (1 / 3, "float64", "1/3"),
    (11 / 48, "float64", "11/48"),
    (0.1, "float64", "0.1"),
    (0.7978845608, "float64", "0.7978845608"),  # another number: ten digits of it
    (1.702, "float64", "1.702"),
    (0.237123945678123, "float64", "0.237123945678123"),
    (2.0, "float64", "2"),
    (-0.5, "float64", "-0.5"),
    (1e-20, "float64", "1e-20"),
)


@pytest.mark.parametrize(("given", "dtype", "read"), NUMBERS)
def test_numbers_are_read_as_the_simplest_that_rounds_to_them(given: float, dtype: str, read: str) -> None:
    reader = numbers.Reader()
    assert text_of(reader.number(given, dtype)) == read
    told = [item.read for item in reader.readings.values()]
    assert told == ([] if read in (repr(given), "2", "-0.5") else [read])


def test_what_a_row_makes_is_what_it_says() -> None:
    x = ast.Name("x")
    assert text_of(apply("a and b", apply("a > b", x, spelled("0")), apply("a == b", x, x))) == "1 if x > 0 else 0"
    assert text_of(apply("max(a, b)", x, ast.Constant(-math.inf))) == "x"
    assert text_of(apply("a < b", x, ast.Constant(math.inf))) == "1"
    assert text_of(apply("b if a else c", apply("a - b", x, spelled("1")), x, spelled("0"))) == "x if x - 1 != 0 else 0"
    with pytest.raises(Untraceable, match="is a number, which it is not everywhere"):
        apply("a != b", spelled("log(x)"), spelled("log(x)"))


def test_a_formula_that_is_not_what_the_code_computes_is_refused() -> None:
    points = [(x,) for x in POINTS]
    check(spelled("x*sigmoid(x)"), ("x",), points, [value(spelled("x/(1 + exp(-x))"), {"x": x}) for x in POINTS])
    with pytest.raises(Untraceable, match="the code gives"):
        check(spelled("x*sigmoid(1.001*x)"), ("x",), points, [value(spelled("x*sigmoid(x)"), {"x": x}) for x in POINTS])


def test_code_goes_wherever_a_target_goes() -> None:
    def act(x: np.ndarray) -> np.ndarray:
        return x / (1 + np.exp(-x))

    assert propcheck.analyze(act, only="range")["range"]["sup"].value == math.inf
    assert {"swish", "silu"} <= {match.name for match in propcheck.identify(act).same}
    assert propcheck.difference(act, "silu").to_json()["orders"][0]["sup"]["exact"] == "0"
    assert propcheck.compare([act, "silu"]).equalities[0, 1].outcome == "proved"
    assert propcheck.load(act)(0) == 0
    assert propcheck.compile(act)(1.0) == pytest.approx(1 / (1 + math.exp(-1)))


SOURCE = """
import numpy as np
def leaky(x, slope=0.25):
    return np.where(x > 0, x, slope*x)
class Swish:
    def __init__(self, beta=1.0):
        self.beta = beta
    def __call__(self, x):
        return x/(1 + np.exp(-self.beta*x))
"""


def test_what_a_class_or_a_function_takes_is_handed_to_it(tmp_path: Path) -> None:
    (tmp_path / "acts.py").write_text(SOURCE)
    leaky, swish = f"{tmp_path}/acts.py:leaky", f"{tmp_path}/acts.py:Swish"
    assert target.read(leaky, {"slope": "0.5"}).formula == "x if x > 0 else 0.5*x"
    assert target.read(swish).formula == "x/(1 + exp(-x))"
    assert target.read(swish, {"beta": "3/2"}).name == f"{swish}(beta=1.5)"
    with pytest.raises(InputError, match="has no parameter 'gamma'"):
        target.read(swish, {"gamma": "2"})
    many = target.read_all([swish, "leaky_relu"], {"beta": 2, "a": "1/5"})
    assert [item.formula for item in many][0] == "x/(1 + exp(-2*x))"


def test_only_what_a_user_names_is_code(tmp_path: Path) -> None:
    assert not target.names_code("maxout:absolute") and not target.names_code("gelu:keras")
    assert not target.names_code("no_such_module_here:f") and target.names_code("math:tanh")
    with pytest.raises(InputError):
        target.written("math:tanh", {}, "1")
    with pytest.raises(InputError):
        spec.read('name = "a"\nexpression = "math:tanh"\n')


def test_what_was_read_as_another_number_is_told_beside_the_data(propcheck: Any, tmp_path: Path) -> None:
    (tmp_path / "acts.py").write_text(
        "import math\ndef act(x):\n    return x*math.tanh(0.7978845608028654*(x + 0.044714998453855515*x**3))\n"
    )
    status, out, err = propcheck("analyze", f"{tmp_path}/acts.py:act", "--only", "parity", "--json")
    assert status == 0
    told = json.loads(out)["activation"]["readings"]
    assert [(item["read"], item["format"]) for item in told] == [("0.044715", "float32"), ("sqrt(2/pi)", "float64")]
    assert "0.7978845608028654 is read as sqrt(2/pi), of which it is a rounding in float64" in err
    status, out, err = propcheck("identify", "math:tanh", "--json")
    assert status == 0 and "readings" not in json.loads(out) and err == ""
    for command, *rest in (("difference", "relu"), ("handover", "--dtype", "float32")):
        status, out, err = propcheck(command, f"{tmp_path}/acts.py:act", *rest, "--json")
        assert [item["read"] for item in json.loads(out)["readings"]] == ["0.044715", "sqrt(2/pi)"], command
    beside = compare([f"{tmp_path}/acts.py:act", "relu"], only=("parity",)).to_json()["activations"]
    assert beside[0]["readings"] == told and "readings" not in beside[1]

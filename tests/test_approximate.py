"""Stand-ins: closed forms and published optima, errors that no point refutes, and programs that are run."""

from __future__ import annotations

import ctypes
import json
import math
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import propcheck
from propcheck.approximation import links, remez
from propcheck.approximation.rounding import decimal, rounding
from propcheck.approximation.writing import write
from propcheck.inquiries.approximate import approximate
from propcheck.verdict import InputError

G = {
    "silu": lambda x: x / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "exp(x)": np.exp,
}
CASES = [
    ("silu", {"on": "-8:8", "degree": 7}),
    ("silu", {"on": "-8:8", "degree": 7, "dtype": "float32"}),
    ("sigmoid", {"on": "-8:8", "kind": "pwl", "pieces": 6}),
    ("tanh", {"on": "-4:4", "kind": "lut", "pieces": 24, "dtype": "fixed16.8"}),
    ("exp(x)", {"on": "-1:1", "within": 1e-6, "dtype": "float32"}),
]


def evaluated(record: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """The stand-in from its numbers alone."""
    values = np.array(record["coefficients"])
    if record["kind"] == "poly":
        return np.polynomial.polynomial.polyval(x, values)
    if record["kind"] == "pwl":
        return np.interp(x, record["knots"], values)
    inner = np.array(record["knots"])[1:-1]
    return values[np.searchsorted(inner, x, side="right")]


@pytest.mark.parametrize(("target", "given"), CASES, ids=str)
def test_the_error_is_met_and_never_exceeded(target: str, given: dict[str, Any], tmp_path) -> None:
    record = json.loads(json.dumps(approximate(target, criteria=False, **given).to_json()))
    low, high = (end["value"] for end in record["on"])
    x = np.linspace(low, high, 200_001)
    errors = np.abs(evaluated(record, x) - G[target](x))
    assert errors.max() <= record["error"]["upper"] + 1e-14
    assert errors.max() >= record["error"]["lower"] * (1 - 1e-3)
    assert record["error"]["standing"] in ("proved", "enclosed")
    assert record["error"]["upper"] - record["error"]["lower"] < 1e-9 * record["error"]["upper"]
    if record["kind"] != "lut":
        slopes = np.abs(np.diff(evaluated(record, x) - G[target](x)) / np.diff(x))
        assert slopes.max() <= record["slope_error"]["upper"] * (1 + 1e-4)
    to = rounding(record["dtype"])
    for number in record["coefficients"]:
        assert to(number) == Fraction(number)
    spec = tmp_path / "made.toml"
    spec.write_text(write(record, "spec"))
    found = propcheck.difference(spec, target, on=given["on"], order=0)[0].farthest
    assert found is not None and found.sup.value == pytest.approx(record["error"]["value"], rel=1e-12)
    if shutil.which("gcc"):  # the program in C is run
        code, library = tmp_path / "made.c", tmp_path / "made.so"
        code.write_text(write(record, "c"))
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", library, code], check=True)
        function = getattr(ctypes.CDLL(str(library)), re.findall(r"double (\w+)\(double x\)", write(record, "c"))[0])
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double]
        few = x[::97]
        measured = max(abs(function(float(one)) - float(G[target](one))) for one in few)
        assert measured <= record["error"]["upper"] + 1e-14
    space: dict[str, Any] = {}
    exec(write(record, "numpy"), space)  # what was just written
    named = next(value for name, value in space.items() if callable(value) and name.endswith(record["kind"]))
    assert np.abs(named(x) - evaluated(record, x)).max() < 1e-14


def test_polynomials_are_the_best_ones() -> None:
    """abs(x) by degree 2 on [-1, 1] is x^2 + 1/8 at 1/8; x^3 by degree 1 is 3x/4 at 1/4 (Chebyshev)."""
    assert remez.fit(np.abs, -1.0, 1.0, 2)[1] == pytest.approx(1 / 8, rel=1e-4)
    assert remez.fit(lambda x: x**3, -1.0, 1.0, 1)[1] == pytest.approx(1 / 4, rel=1e-4)
    assert remez.fit(np.exp, -1.0, 1.0, 5)[1] == pytest.approx(4.5205e-5, rel=1e-4)  # published
    found = approximate("x**5", on="-1:1", degree=4, criteria=False)
    assert found.error.value == pytest.approx(1 / 16, rel=1e-4)  # x^5 - T5/16


@pytest.mark.parametrize("pieces", [1, 2, 3, 5])
def test_linear_pieces_are_the_best_ones(pieces: int) -> None:
    """x^2 on [0, 1] by k pieces errs by 1/(8 k^2); sqrt likewise is less than its even knots'."""
    knots, values, error = links.fit(lambda x: x**2, 0.0, 1.0, pieces)
    assert error == pytest.approx(1 / (8 * pieces**2), rel=5e-3) and len(knots) == len(values) == pieces + 1
    assert np.diff(knots) == pytest.approx(np.full(pieces, 1 / pieces), rel=0.02)


def test_sigmoid_by_six_pieces_is_near_the_best() -> None:
    """No knots near those found, with values levelled for them, do better by more than 1 %."""
    g = G["sigmoid"]
    knots, _, error = links.fit(g, -8.0, 8.0, 6)
    random = np.random.default_rng(5)
    grid = np.linspace(-8, 8, 400)
    for _ in range(60):
        moved = np.sort(np.concatenate([[-8, 8], np.array(knots[1:-1]) + random.normal(0, 0.1, len(knots) - 2)]))
        if len(moved) < 7:
            moved = np.sort(np.append(moved, random.uniform(-5, 5)))
        assert links._levelled(grid, g(grid), moved)[1] > error * 0.99


def test_a_table_in_fixed_point_tells_its_error_in_units() -> None:
    found = approximate("tanh", on="-4:4", kind="lut", pieces=64, dtype="fixed16.8", criteria=False)
    assert found.units == pytest.approx(found.error.upper * 256) and found.error_everywhere.known  # type: ignore[operator]
    assert all(value * 256 == int(value * 256) for value in found.coefficients) and len(found.knots) == 65
    assert found.slope_error.value == pytest.approx(1.0)


def test_what_is_outside_and_in_the_mean_is_told() -> None:
    poly = approximate("silu", on="-8:8", degree=4, criteria=False)
    assert poly.error_everywhere.exact == "oo" and "without bound" in poly.outside
    held = approximate("sigmoid", on="-8:8", kind="pwl", pieces=4, criteria=False)
    assert held.error_everywhere.value == pytest.approx(held.error.value)
    x, weights = np.polynomial.hermite_e.hermegauss(90)
    record = poly.to_json()
    mean = float(np.sum(weights * (evaluated(record, x) - G["silu"](x))) / math.sqrt(2 * math.pi))
    assert poly.mean_shift.value == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize(
    ("target", "given", "said"),
    [
        ("silu", {"on": "-inf:3", "degree": 3}, "finite interval"),
        ("silu", {"on": "3:-3", "degree": 3}, "reversed"),
        ("silu", {"on": "-1:1"}, "takes degree or within"),
        ("silu", {"on": "-1:1", "degree": 3, "within": 1e-3}, "one of the two"),
        ("silu", {"on": "-1:1", "pieces": 3}, "does not go with poly"),
        ("silu", {"on": "-1:1", "degree": 400}, "from 1 to 40"),
        ("silu", {"on": "-1:1", "degree": 2.5}, "whole number"),
        ("silu", {"on": "-1:1", "kind": "spline", "degree": 3}, "no kind"),
        ("silu", {"on": "-1:1", "degree": 3, "dtype": "fixed4.9"}, "no sense"),
        ("silu", {"on": "-1:1", "degree": 3, "dtype": "int8"}, "no format"),
        ("silu", {"on": "-1:1", "degree": 3, "dtype": "fixed4.4"}, "not in the range"),
        ("silu", {"on": "-1:1", "within": "-1"}, "above 0"),
        ("1/x", {"on": "-1:1", "degree": 3}, "not defined on all"),
        ("log(x)", {"on": "0:1", "degree": 3}, "no finite value|not defined"),
        ("abs(x)", {"on": "-1:1", "within": 1e-9}, "no poly of up to"),
        ("silu", {"on": "1:1.00000000000000000001", "degree": 3}, "tell from a point"),
        ("silu", {"on": "1e400:1e500", "kind": "lut", "pieces": 3}, "tell from a point"),
        ("silu", {"on": "0:1e-300", "degree": 3}, r"no poly on \[0, 1e-300\] has coefficients"),
        ("silu", {"on": "-1:1", "degree": 3, "time_limit": -1}, "a time limit is a number of seconds above 0"),
    ],
)
def test_bad_input_is_one_sentence(target: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        approximate(target, criteria=False, **given)


def test_endless_steps_have_a_stand_in_on_an_interval() -> None:
    found = approximate("floor(x)", on="-3:3", kind="lut", pieces=7, criteria=False)
    assert found.error.value == 1 and found.error.standing.value == "proved"
    assert found.mean_shift.standing.value == "open"  # of endlessly many steps
    assert approximate("silu", on="0:1e-300", kind="lut", pieces=3, criteria=False).error.upper < 1e-301  # type: ignore[operator]


def test_decimals_are_exact() -> None:
    for value in (
        Fraction(1, 3) - Fraction(1, 3),
        Fraction(-5, 8),
        Fraction(0.1),
        Fraction(3),
        Fraction(1e-9),
        Fraction(7, 3),
    ):
        text = decimal(value).strip("()")
        assert Fraction(text) == value


def test_the_command_writes_and_refuses(tmp_path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "propcheck", "approximate", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    page = run("silu", "--on", "-8:8", "--degree", "4")
    assert page.returncode == 0 and "largest error" in page.stdout and page.stderr == ""
    assert run("silu", "--on", "-2:2", "--degree", "2", "--to", "csv", "-o", "a.csv").returncode == 0
    assert (tmp_path / "a.csv").read_text().startswith("power,coefficient\n0,")
    again = run("silu", "--on", "-2:2", "--degree", "2", "--to", "csv", "-o", "a.csv")
    assert again.returncode == 2 and "already there" in again.stderr
    wrong = run("silu", "--degree", "4")
    assert (wrong.returncode, wrong.stdout) == (2, "") and "--on" in wrong.stderr
    assert propcheck.approximate is approximate


LINEAR = [
    ("relu", "-1:1", 2),
    ("hard_tanh", "-3:3", 3),
    ("max(x, -0.3*x) + abs(x - 0.7)", "-2:2", 3),
    ("relu6", "-4:9", 5),
]


@pytest.mark.parametrize(("item", "on", "pieces"), LINEAR)
def test_what_has_linear_pieces_is_found_with_the_knots_at_its_kinks(item: str, on: str, pieces: int) -> None:
    found = approximate(item, on=on, kind="pwl", pieces=pieces, criteria=False)
    assert found.error.upper is not None and found.error.upper < 1e-15


def test_what_a_stand_in_loses_is_told_verdict_by_verdict() -> None:
    found = approximate("gelu", on="-4:4", kind="pwl", pieces=3)
    told = {row["key"]: row for row in json.loads(json.dumps(found.to_json()))["criteria"]}
    for item, name in (("gelu", "target"), (found.expression, "stand_in")):  # as if the function itself were analysed
        judged = propcheck.analyze(item).criteria
        assert [told[one.key][name]["verdict"] for one in judged] == [one.verdict for one in judged]
    assert told["differentiability"]["change"] == "lost" and told["dead_units"]["change"] == "lost"
    assert {row["change"] for row in told.values()} <= {"kept", "lost", "won", "open"}

"""Gated units: factors, slopes by input, numbers on a box and at normal inputs, against values computed otherwise."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest

import propcheck
from propcheck import gated, spec, target
from propcheck.inquiries.verification import verify
from propcheck.spec import Parameter, Spec
from propcheck.spec.writing import write
from propcheck.verdict import InputError

CLAMPED = """
name = "swiglu_clamped"
expression = "(clip(y, -limit, limit) + 1)*min(x, limit)*sigmoid(alpha*min(x, limit))"
inputs = ["x", "y"]
[parameters.limit]
role = "constant"
default = 7
[parameters.alpha]
role = "constant"
default = 1.702
[claims.derivative]
x = "(clip(y, -limit, limit) + 1)*sigmoid(alpha*x)*(1 + alpha*x*(1 - sigmoid(alpha*x))) if x < limit else 0"
y = "min(x, limit)*sigmoid(alpha*min(x, limit)) if -limit < y and y < limit else 0"
"""


@pytest.fixture
def clamped(tmp_path: Path) -> str:
    (tmp_path / "swiglu_clamped.toml").write_text(CLAMPED)
    return str(tmp_path / "swiglu_clamped.toml")


def unit(text: str, **slopes: str) -> Spec:
    return Spec("unit", text, inputs=("x", "y"), partials=tuple(slopes.items()))


PRODUCTS = {
    "x*sigmoid(x)*y": ("x*sigmoid(x)", "x"),
    "y*gelu(x)": ("gelu(x)", "x"),
    "y*max(x, 0)": ("max(x, 0)", "x"),
    "y*x if x > 0 else 0": ("max(x, 0)", "x"),
    "x*y*sigmoid(x) + x*sigmoid(x)": ("x*sigmoid(x)", "x + 1"),
    "(clip(y, -7, 7) + 1)*min(x, 7)*sigmoid(2*min(x, 7))": ("min(x, 7)*sigmoid(2*min(x, 7))", "clip(x, -7, 7) + 1"),
    "sigmoid(y)*x": ("x", "sigmoid(x)"),
}  # fmt: skip


@pytest.mark.parametrize("text", PRODUCTS)
def test_a_unit_is_the_product_of_its_factors(text: str) -> None:
    found = gated.product(unit(text))
    for name, wanted in zip("xy", PRODUCTS[text], strict=True):
        assert propcheck.compare([found.of(name).bound, wanted]).equalities[0, 1].outcome == "proved"


@pytest.mark.parametrize("text", ["x + y", "max(x*y, 0)", "y*x if x < 0 else x", "sigmoid(x*y)", "x*y + 1"])
def test_what_is_no_product_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(InputError, match="is no product of a function of x and one of y; fix one"):
        gated.product(unit(text))


def test_where_a_unit_is_defined_is_not_widened() -> None:
    for text in ("y*exp(log(x))", "x/y if x > 0 else 0"):
        with pytest.raises(InputError, match="is more than its factors show"):
            gated.product(unit(text))


SLOPES = {  # of x*sigmoid(x)*y and y*max(x, 0), by input: the outcome, and the witness or the convention
    "right": ("x*sigmoid(x)*y", "x", "y*sigmoid(x)*(1 + x*(1 - sigmoid(x)))", "proved", ""),
    "right by the gate": ("x*sigmoid(x)*y", "y", "x*sigmoid(x)", "proved", ""),
    "a factor forgotten": ("x*sigmoid(x)*y", "x", "y*sigmoid(x)*(1 + x)", "refuted", "x = 1/3, y = 1"),
    "the other input forgotten": ("x*sigmoid(x)*y", "x", "sigmoid(x)*(1 + x*(1 - sigmoid(x)))", "refuted", "y = -1"),
    "by the gate": ("x*sigmoid(x)*y", "y", "sigmoid(x)", "refuted", "x = -1, y = 1/3"),
    "wrong far out": ("y*max(x, 0)", "y", "max(x, 0) if y < 33 else 0", "refuted", "x = 1, y = 34"),
    "wrong where it is not fixed": ("y*max(x, 0)", "x", "(y if y < 33 else 0)*(x > 0)", "refuted", "x = 1, y = 33"),
    "a convention": ("y*max(x, 0)", "x", "y if x > 0 else 0", "proved", "told where y = 1, by convention"),
    "no product": ("x + y", "x", "1", "open", "is no product"),
    "no product, and wrong": ("max(x*y, 0)", "x", "y", "refuted", "x = -1, y = 1"),
}


@pytest.mark.parametrize("case", SLOPES)
def test_a_stated_slope_by_an_input_is_proved_or_refuted(case: str) -> None:
    text, name, stated, outcome, told = SLOPES[case]
    (statement,) = verify(unit(text, **{name: stated})).to_json()["statements"]
    assert statement["outcome"] == outcome
    witness = statement["witness"]
    if outcome == "refuted":
        assert told in f"x = {witness['x']}, y = {witness['parameters']['y']}"
    else:
        assert witness is None and told in json.dumps(statement)


def test_slopes_are_proved_at_all_values_of_the_parameters_or_told_at_which() -> None:
    beta, steep = Parameter("beta", "constant", "1"), Parameter("a", "constant", "1/10", "0 < a < 1")
    swish, leaky = "x*y*sigmoid(beta*y)", "x*max(y, a*y)"
    slopes = {"x": "y*sigmoid(beta*y)", "y": "x*sigmoid(beta*y)*(1 + beta*y*(1 - sigmoid(beta*y)))"}
    cases = [
        (swish, beta, slopes, ["for every real beta"] * 2),
        (swish, beta, slopes | {"x": "y*sigmoid(y)"}, ["where beta = 1", "for every real beta"]),
        (leaky, steep, {"x": "max(y, a*y)", "y": "x if y > 0 else a*x"}, ["for every 0 < a < 1"] * 2),
        (swish, replace(beta, range="beta > 0"), slopes | {"x": "y*sigmoid(y)"}, ["not equal", "every beta > 0"]),
    ]  # fmt: skip
    for text, parameter, stated, told in cases:
        found = verify(replace(unit(text, **stated), parameters=(parameter,))).to_json()["statements"]
        assert [each["outcome"] for each in found] == ["refuted" if part == "not equal" else "proved" for part in told]
        assert all(part in each["found"] for part, each in zip(told, found, strict=True)), found


def test_both_slopes_of_a_clamped_unit_are_proved(clamped: str) -> None:
    found = verify(clamped)
    assert found.outcomes == ["proved", "proved"]
    assert "where limit = 7, alpha = 1.702" in found.to_json()["statements"][0]["found"]


def test_extremes_on_the_plane_and_on_a_box_are_those_of_a_grid(clamped: str) -> None:
    def value(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        gate = np.minimum(x, 7)
        return (np.clip(y, -7, 7) + 1) * gate / (1 + np.exp(-1.702 * gate))

    for on, lower, upper in ((None, -12.0, 12.0), ("-2:3", -2.0, 3.0)):
        x, y = np.meshgrid(np.linspace(lower, upper, 1201), np.linspace(lower, upper, 1201))
        found, values = propcheck.gated_unit(clamped, on=on), value(x, y)
        lowest, highest = float(found["inf"]), float(found["sup"])
        assert lowest - 1e-12 <= values.min() <= lowest + 1e-3
        assert highest - 1e-3 <= values.max() <= highest + 1e-12
        step = (upper - lower) / 1200
        by_y, by_x = np.abs(np.diff(values, axis=0)) / step, np.abs(np.diff(values, axis=1)) / step
        for name, steep in (("x", by_x), ("y", by_y)):
            number = found[f"lipschitz_{name}"]
            assert float(number) - 0.02 <= steep.max() <= float(number) + 1e-9
        assert found["lipschitz"].to_json()["upper"] >= max(by_x.max(), by_y.max())


def test_moments_and_the_exponent_are_those_of_quadrature() -> None:
    found = propcheck.gated_unit(unit("x*sigmoid(x)*y"), weight_variance=2.0)

    def mean(of, scale: float = 1.0):
        return mpmath.quad(lambda z: of(z * mpmath.sqrt(scale)) * mpmath.npdf(z), [-12, 0, 12])

    def g(x):
        return x / (1 + mpmath.exp(-x))

    square, slope = mean(lambda x: g(x) ** 2), mean(lambda x: mpmath.diff(g, x) ** 2)
    for name, wanted in (("mean", 0), ("second_moment", square), ("slope_square_x", slope), ("slope_square_y", square)):
        assert math.isclose(float(found[name]), wanted, rel_tol=1e-9, abs_tol=1e-12), name
    zeta = 2 * mean(lambda x: mpmath.diff(g, x) ** 2, 2) / mean(lambda x: g(x) ** 2, 2)
    assert math.isclose(float(found["exponent"]), 1 + zeta, rel_tol=1e-9)
    assert propcheck.gated_unit(unit("y*max(x, 0)"))["exponent"].exact == "2"


def test_one_input_fixed_leaves_an_ordinary_function(clamped: str) -> None:
    gate = target.read(clamped, {"y": "1"})
    assert gate.inputs == () and propcheck.load(gate)(0) == 0
    assert propcheck.identify(target.read(unit("x*sigmoid(x)*y"), {"y": 1})).same[0].name in ("silu", "swish")
    line = target.read(unit("x*sigmoid(x)*y", y="x*sigmoid(x)"), {"x": 2})
    assert propcheck.analyze(line, only="affine")["affine"]["value"] is True
    assert verify(line).outcomes == ["proved"]
    with pytest.raises(InputError, match="both inputs of"):
        target.read(unit("x*y"), {"x": 1, "y": 2})
    with pytest.raises(InputError, match="has two inputs, x and y; fix one of them, such as y=1"):
        propcheck.analyze(unit("x*y"))


def test_a_compiled_unit_is_within_its_bound(clamped: str) -> None:
    made = propcheck.compile(clamped)
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 5, 200), rng.normal(0, 6, 200)
    value, slopes = made.both(x, y)
    with mpmath.workdps(40):
        for k in range(200):
            gate, up = min(mpmath.mpf(x[k]), 7), min(max(mpmath.mpf(y[k]), -7), 7) + 1
            share = 1 / (1 + mpmath.exp(-mpmath.mpf("1.702") * gate))
            slope = share * (1 + mpmath.mpf("1.702") * gate * (1 - share)) if x[k] < 7 else mpmath.mpf(0)
            wanted = (gate * share * up, slope * up, gate * share * (-7 < y[k] < 7))
            for got, want, order in zip((value[k], slopes[0][k], slopes[1][k]), wanted, (0, 1, 1), strict=True):
                assert abs(got - want) <= made.bound[order] * np.spacing(abs(float(want)))


WRONG = {
    'inputs = ["x", "z"]': 'inputs: must be ["x", "y"]',
    'inputs = ["x", "y"]\n[claims]\nderivative = "y"': "claims.derivative: is a table by input",
    'inputs = ["x", "y"]\n[claims.derivative]\nx = 3': "claims.derivative.x: must be a text in quotes",
    'inputs = ["x", "y"]\n[claims.derivative]\nx = "q"': "claims.derivative.x: column 1: unknown name 'q'",
    'inputs = ["x", "y"]\n[parameters.y]\nrole = "constant"\ndefault = 1': "parameters.y: is an input",
}


@pytest.mark.parametrize("rest", WRONG)
def test_a_wrong_unit_is_told_with_its_place(rest: str) -> None:
    with pytest.raises(InputError) as error:
        spec.read(f'name = "unit"\nexpression = "x*y"\n{rest}\n')
    assert WRONG[rest] in str(error.value)


def test_a_unit_is_written_as_it_is_read() -> None:
    read = spec.read(CLAMPED)
    assert spec.read(write(read)) == read


def test_the_command_shows_units_whole(propcheck, clamped: str) -> None:
    status, out, _ = propcheck("analyze", clamped)
    assert status == 0 and "largest slope by y" in out and "exponent of the gradient's growth" in out
    status, out, _ = propcheck("phase", clamped, "--block", "pre_norm", "--sigma-w2", "2", "--json")
    assert status == 0 and json.loads(out)["schema"] == "propcheck.gated/1"
    assert propcheck("lint", str(Path(clamped).parent))[0] == 0
    status, _, err = propcheck("identify", clamped)
    assert status == 2 and "has two inputs" in err


def test_an_exported_unit_has_its_value_and_both_slopes(propcheck, tmp_path: Path) -> None:
    text = unit("y*max(x, 0)*sigmoid(2*x)")
    (tmp_path / "unit.toml").write_text(write(text))
    status, out, _ = propcheck("export", str(tmp_path / "unit.toml"), "--to", "numpy")
    assert status == 0
    made: dict = {}
    exec(compile(out, "unit", "exec"), made)  # our own source
    for x, y in ((0.7, -2.0), (-1.0, 3.0), (4.0, 0.5)):
        share = 1 / (1 + math.exp(-2 * x))
        slope = share * (1 + 2 * x * (1 - share)) if x > 0 else 0.0
        assert math.isclose(made["unit"](x, y), y * max(x, 0) * share, rel_tol=1e-14, abs_tol=1e-300)
        by_x, by_y = made["unit_gradient"](x, y)
        assert math.isclose(by_x, slope * y, rel_tol=1e-14) and math.isclose(by_y, max(x, 0) * share, rel_tol=1e-14)
    status, _, err = propcheck("export", str(tmp_path / "unit.toml"), "--to", "latex")
    assert status == 2 and "a gated unit is exported to numpy, torch, jax, c" in err

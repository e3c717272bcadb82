"""Functions given by knots: against SciPy and NumPy, with their facts, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import mpmath
import numpy as np
import pytest
from scipy import interpolate

import propcheck
from propcheck.activation import from_spec
from propcheck.spec import Spec, SpecError, Table, load, read
from propcheck.spec.writing import write

KNOTS = (-3, -1.5, -0.25, 0, 1.25, 2, 4)
VALUES = (1, -0.5, 0.25, 0, 2, 1.75, -1)
SLOPES = (0, 1, -2, 0.5, 0, -1, 3)


def texts(numbers: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(map(str, numbers))


def spec(kind: str, outside: str = "constant") -> Spec:
    values = VALUES[:3] if kind == "bspline" else VALUES
    slopes = texts(SLOPES) if kind == "hermite" else ()
    return Spec("mine", table=Table(kind, texts(KNOTS), texts(values), slopes, outside))


def basis(x: np.ndarray) -> np.ndarray:
    splines = [interpolate.BSpline.basis_element(KNOTS[i : i + 5], extrapolate=False)(x) for i in range(3)]
    return sum(value * np.nan_to_num(spline) for value, spline in zip(VALUES[:3], splines, strict=True))


ORACLES = {
    "step": lambda x: np.array(VALUES)[np.searchsorted(KNOTS, x, side="right") - 1],
    "linear": lambda x: np.interp(x, KNOTS, VALUES),
    "cubic": interpolate.CubicSpline(KNOTS, VALUES, bc_type="natural"),
    "hermite": interpolate.CubicHermiteSpline(KNOTS, VALUES, SLOPES),
    "bspline": basis,
}


@pytest.mark.parametrize("kind", ORACLES)
def test_values_are_those_of_scipy(kind: str) -> None:
    g = from_spec(spec(kind))
    x = np.array([*np.linspace(-3, 3.99, 41), *KNOTS[:-1]])
    exact = [float(g._exact(str(Fraction(at)))) for at in x.tolist()]
    assert np.allclose(exact, ORACLES[kind](x), rtol=1e-12, atol=1e-12)
    assert np.allclose(propcheck.compile(g)(x), exact, rtol=1e-12, atol=1e-14)
    assert np.allclose(propcheck.compile(g)(np.array([-50.0, 70.0])), [exact[0], 0 if kind == "bspline" else -1])


def test_facts_are_those_of_the_same_formula() -> None:
    table, formula = spec("linear"), Spec("same", spec("linear").formula)
    found, other = propcheck.analyze(table), propcheck.analyze(formula)
    told, same = (analysis.to_json()["facts"] for analysis in (found, other))
    assert {key for key in told if told[key] != same[key]} <= {"cost"}
    assert found["lipschitz"].value == pytest.approx(1.6) and found["smoothness"]["class"] == "C^0"
    cubic = propcheck.analyze(spec("cubic", "linear"), only=["smoothness"])
    assert cubic["smoothness"]["class"] == "C^2"
    assert propcheck.analyze(spec("bspline"), only=["smoothness"])["smoothness"]["class"] == "C^2"


def test_a_table_has_its_moments_at_another_law_too() -> None:
    line = Spec("line", table=Table("linear", ("-1", "2"), ("0", "3"))).at_law("0,2")  # min(max(x, -1), 2) + 1
    with mpmath.workdps(50):
        mean = mpmath.quad(lambda x: mpmath.npdf(x, 0, 2) * (min(max(x, -1), 2) + 1), [-mpmath.inf, -1, 2, mpmath.inf])
    assert propcheck.analyze(line, only=["gaussian_at"])["gaussian_at"]["mean"].value == pytest.approx(float(mean))


def test_what_lies_outside() -> None:
    g = from_spec(spec("linear", "linear"))
    assert g._exact("-5") == Fraction(1) + 2 and g._exact("6") == Fraction(-15, 4)
    held = from_spec(spec("linear", "undefined"))
    assert [held._exact(at) for at in ("-4", "-3", "4", "5")] == [None, 1, -1, None]
    assert np.isnan(propcheck.compile(held)(np.array([-4.0, 5.0]))).all()
    assert propcheck.analyze(held, only=["domain"])["domain"].standing.value == "proved"


TEXT = """
name = "mine"
[table]
kind = "step"
knots = [-1, 0, "1/3"]
values = [-0.3, 0.1, 0.26, 9]
[quantize]
bits = 4
scale = 0.1
zero_point = 1
"""


def test_a_spec_is_read_and_written_and_quantized() -> None:
    made = read(TEXT)
    assert read(write(made)) == made
    g = from_spec(made)
    assert [g._exact(at) for at in ("-2", "-1", "-1/2", "0", "1/3", "99")] == [
        Fraction(n, 10) for n in (-3, 1, 1, 3, 6, 6)
    ]  # 0.26 is nearest to 0.3, and 4 bits end at q = 7, which is 0.6
    formula = from_spec(read('name = "f"\nexpression = "2*x"\n[quantize]\nbits = 3\nscale = 0.5\n'))
    assert [formula._exact(at) for at in ("-9", "-0.1", "1/8", "3/8", "5")] == [-2, 0, 0, 1, Fraction(3, 2)]


@pytest.mark.parametrize("zero", [3, 0, -200])
def test_inputs_are_quantized_as_onnx_has_it(zero: int) -> None:
    text = f"""name = "q"\nexpression = "x*sigmoid(x)"\n[quantize]\nscale = 0.03125\nzero_point = -7
[quantize.input]\nbits = 6\nscale = 0.25\nzero_point = {zero}\n"""
    made = read(text)
    assert read(write(made)) == made
    g = from_spec(made)
    x = np.array([k / 16 for k in range(-150, 150)])  # ties among them

    def rounded(u: np.ndarray, scale: float, zero: int, bits: int) -> np.ndarray:
        return scale * (np.clip(np.round(u / scale) + zero, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) - zero)

    inner = rounded(x, 0.25, zero, 6)
    want = rounded(inner / (1 + np.exp(-inner)), 0.03125, -7, 8)
    assert [float(g._exact(str(Fraction(at))) or 0) for at in x.tolist()[::3]] == want.tolist()[::3]
    assert (propcheck.compile(g)(x) == want).all()


def test_a_spline_and_a_formula_are_added() -> None:
    """An edge of a Kolmogorov-Arnold network, against SciPy."""
    edge = """name = "edge"\n[table]\nkind = "bspline"\nknots = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]
values = [0.1, -0.7, 1.3, 0.4, -0.9]\nplus = "w*x*sigmoid(x)"\n[parameters.w]\nrole = "trained"\ndefault = 0.3\n"""
    made = read(edge)
    assert read(write(made)) == made
    g = from_spec(made)
    spline = interpolate.BSpline(np.arange(-2, 2.1, 0.5), np.array([0.1, -0.7, 1.3, 0.4, -0.9]), 3)
    for w, act in ((0.3, g), (-2, g.rebind({"w": -2}))):
        value, slope = propcheck.compile(act, order=(0, 1))(x := np.linspace(-0.5, 0.5, 101))
        s = 1 / (1 + np.exp(-x))
        assert value == pytest.approx(spline(x) + w * x * s, abs=1e-14)
        assert slope == pytest.approx(spline.derivative()(x) + w * (s + x * s * (1 - s)), abs=1e-13)
    assert propcheck.analyze(made, only=["smoothness"])["smoothness"]["class"] == "C^2"
    kinked = from_spec(read(edge.replace("w*x*sigmoid(x)", "w*max(x - 0.3, 0)")))
    assert float(kinked._exact("1/2") or 0) == pytest.approx(float(spline(0.5)) + 0.06, abs=1e-12)
    assert len(kinked.pieces) == len(g.pieces) + 1


def test_a_table_in_a_file_beside_the_spec(tmp_path: Path) -> None:
    rows = "knot,value\n" + "\n".join(f"{k},{v}" for k, v in zip(KNOTS, VALUES, strict=True))
    (tmp_path / "table.csv").write_text(rows)
    (tmp_path / "mine.toml").write_text('name = "mine"\n[table]\nkind = "linear"\ncsv = "table.csv"\n')
    assert load(tmp_path / "mine.toml").table == spec("linear").table
    (tmp_path / "sub").mkdir()
    for name in ("../table.csv", "/etc/passwd", "none.csv", "sub", ""):
        (tmp_path / "sub" / "mine.toml").write_text(f'name = "mine"\n[table]\ncsv = "{name}"\n')
        with pytest.raises(SpecError, match="beside the spec"):
            load(tmp_path / "sub" / "mine.toml")
    (tmp_path / "sub" / "link.csv").symlink_to(tmp_path / "table.csv")
    (tmp_path / "sub" / "mine.toml").write_text('name = "mine"\n[table]\ncsv = "link.csv"\n')
    with pytest.raises(SpecError, match="no file link.csv beside the spec"):
        load(tmp_path / "sub" / "mine.toml")
    with pytest.raises(SpecError, match="needs a spec that is a file"):
        read('name = "mine"\n[table]\ncsv = "table.csv"\n')
    for text, said in (
        ("1;2\n", "2 or 3 numbers a line"),
        ("1,2\n3\n", "2 or 3"),
        ("k,v\n1,nan\n2,3\n", "must be a number"),
    ):
        (tmp_path / "table.csv").write_text(text)
        with pytest.raises(SpecError, match=said):
            load(tmp_path / "mine.toml")


WRONG = [
    ("kind = 'spline'\nknots = [0, 1]\nvalues = [0, 1]", "must be one of step, linear"),
    ("knots = [0, 1]", "table.values: is missing"),
    ("knots = [0, 1, 1]\nvalues = [0, 1, 2]", "must increase"),
    ("knots = [0, 1]\nvalues = [0, 1, 2]", "are 3 for 2 knots"),
    ("knots = [0, nan]\nvalues = [0, 1]", "must be a number"),
    ("knots = [0, '1e999999999']\nvalues = [0, 1]", "must be a number"),
    ("knots = [0, 1]\nvalues = [0, '1/0']", "must be a number"),
    ("kind = 'hermite'\nknots = [0, 1]\nvalues = [0, 1]", "one for each knot"),
    ("kind = 'step'\noutside = 'linear'\nknots = [0, 1]\nvalues = [0, 1]", "constant or undefined"),
    ("kind = 'bspline'\nknots = [0, 1, 2]\nvalues = [0, 1, 2]", "as many as knots less degree and 1"),
    ("knots = 3\nvalues = [0, 1]", "must be a list"),
    ("csv = 't.csv'\nknots = [0, 1]", "give one of both"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wrong_table_is_told(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read(f'name = "mine"\n[table]\n{text}\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bits = 40\nscale = 1", "whole number from 2 to 16"),
        ("bits = 8", "scale: is missing"),
        ("scale = 0", "larger than 0"),
        ("scale = 1\nzero_point = 0.5", "whole number"),
    ],
)
def test_a_wrong_quantization_is_told(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read(f'name = "mine"\nexpression = "x"\n[quantize]\n{text}\n')


def test_both_are_refused_and_lines_are_not_quantized() -> None:
    with pytest.raises(SpecError, match="an expression or table, not both"):
        read('name = "m"\nexpression = "x"\n[table]\nknots = [0, 1]\nvalues = [0, 1]\n')
    with pytest.raises(SpecError, match="of the kind step"):
        read('name = "m"\n[table]\nknots = [0, 1]\nvalues = [0, 1]\n[quantize]\nscale = 1\n')


def test_a_thousand_lines_and_four_thousand_steps_have_cards() -> None:
    random = Random(4)
    knots = sorted(random.sample(range(-8000, 8000), 1025))
    values = [f"{np.tanh(k / 1000) + random.uniform(-0.01, 0.01):.4f}" for k in knots]
    lines = Spec("lines", table=Table("linear", tuple(f"{k}/1000" for k in knots), tuple(values)))
    found = propcheck.analyze(lines, only=["range", "lipschitz", "gaussian", "monotonicity", "smoothness"])
    assert all(found[key].standing.value != "open" for key in ("range", "gaussian", "monotonicity", "smoothness"))
    x = np.linspace(-8, 8, 1001)
    want = np.interp(x, np.array(knots) / 1000, np.array(values, float))
    assert propcheck.compile(lines)(x) == pytest.approx(want, abs=1e-12)
    steps = Spec(
        "steps", table=Table("step", tuple(f"{k}/256" for k in range(-2048, 2048)), tuple(map(str, range(4096))))
    )
    found = propcheck.analyze(steps, only=["range", "lipschitz", "monotonicity", "dead_region", "limits"])
    assert found["monotonicity"].value == "non-decreasing" and found["lipschitz"].value == np.inf


def test_a_card_says_of_a_long_table_what_it_is() -> None:
    knots = tuple(str(Fraction(k, 4)) for k in range(-20, 21))
    table = Spec("t", table=Table("step", knots, tuple(str(k) for k in range(41))))
    made = propcheck.analyze(table, only=["differentiability", "convergence"])
    said = str(made.to_json()["activation"]["in_short"])
    assert said == "steps on 41 knots from -5 to 5, constant outside"
    assert from_spec(spec("linear")).in_short == ""
    torn, learned = (verdict.reasons[0] for verdict in made.criteria if verdict.verdict != "open")
    assert torn.count("jumps from") == 4 and "at 36 places more, the last of them 5" in torn
    assert learned == "nothing of the gradient is left after 50 layers: nothing is learned"

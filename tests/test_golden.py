"""Golden values: every number of a format, correctly rounded, against mpmath; what is written, and refusals."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner
from flint import arb

import propcheck
from propcheck.cli import commands
from propcheck.conformance import kept, patterns
from propcheck.conformance.enclosing import enclosed_at, exactly
from propcheck.conformance.golden import golden
from propcheck.numeric.formats import FORMATS
from propcheck.verdict import InputError

SIGMOID = lambda x: 1 / (1 + mpmath.exp(-x))  # noqa: E731
SECOND = {  # a value and a slope, written anew
    "sigmoid": (SIGMOID, lambda x: SIGMOID(x) * SIGMOID(-x)),
    "gelu": (lambda x: x * mpmath.ncdf(x), lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x)),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "elu": (lambda x: x if x > 0 else mpmath.expm1(x), lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x)),
}


def nearest(value: mpmath.mpf, name: str) -> float:
    """The nearest number of a format, by fractions."""
    form = FORMATS[name]
    if value == 0:
        return 0.0
    sign, mantissa, exponent, count = value._mpf_
    if exponent + count < form.least - 2:
        return math.copysign(0.0, -1 if sign else 1)
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    top = max(math.floor(mpmath.log(abs(value), 2)), form.lowest)
    while Fraction(2) ** (top + 1) <= size:
        top += 1
    while top > form.lowest and Fraction(2) ** top > size:
        top -= 1
    unit = Fraction(2) ** (top - form.bits + 1)
    made = round(size / unit) * unit
    return math.copysign(math.inf if made >= Fraction(2) ** form.most else float(made), -1 if sign else 1)


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("dtype", patterns.SHORT)
def test_the_values_are_those_that_mpmath_rounds_to(name: str, dtype: str) -> None:
    made = golden(propcheck.load(name), dtype, (0, 1))
    inputs = patterns.every(FORMATS[dtype])
    chosen = np.random.default_rng(5).choice(np.flatnonzero(np.isfinite(inputs) & (inputs != 0)), 150, replace=False)
    for order, second in enumerate(SECOND[name]):
        found = made.numbers(order)
        with mpmath.workdps(120):
            for k in chosen.tolist():
                assert found[k] == nearest(second(mpmath.mpf(float(inputs[k]))), dtype), (inputs[k], order)


@pytest.mark.parametrize("dtype", FORMATS)
def test_units_are_those_of_exact_values_at_zeros_and_at_every_power(dtype: str) -> None:
    form = FORMATS[dtype]
    values = [0.0, 1.0, -1.5, 2.0**form.least, 2.0**form.lowest, form.number(form.last), -0.0, 2.0**-7, 3.0]
    assert patterns.units(np.array(values), form).tolist() == [form.unit(arb(value)) for value in values]


# x, what the function is there, and the patterns of a value and a slope in float16
AT = [
    ("gelu", -math.inf, 0x8000, 0x8000),
    ("gelu", math.inf, 0x7C00, 0x3C00),
    ("gelu", -0.0, 0x8000, 0x3800),
    ("gelu", -60000.0, 0x8000, 0x8000),
    ("relu", math.nan, 0x7E00, 0x7E00),
    ("relu", -0.0, 0x0000, None),
    ("sine", math.inf, 0x7E00, 0x7E00),
    ("square", 65504.0, 0x7C00, 0x7C00),
    ("hard_tanh", -2.0, 0xBC00, 0x0000),
]


@pytest.mark.parametrize(("name", "x", "value", "slope"), AT)
def test_zeros_infinities_and_nan_are_as_documented(name: str, x: float, value: int, slope: int | None) -> None:
    made = golden(propcheck.load(name), "float16", (0, 1), inputs=np.array([x]))
    assert made.values[0].tolist() == [value]
    assert slope is None or made.values[1].tolist() == [slope]


def test_a_slope_at_a_kink_is_that_of_the_convention() -> None:
    relu = propcheck.load("relu")
    slopes = [golden(relu, "float16", (1,), np.array([0.0]), kink).numbers(1)[0] for kink in ("left", "right", "mean")]
    assert slopes == [0.0, 1.0, 0.5]


def test_ties_go_to_the_even_number() -> None:
    half = propcheck.load("x/2 + 1")
    inputs = np.array([2.0**-10, 3 * 2.0**-10, 2.0**-10 + 2.0**-20])  # halfway, halfway, just above
    assert (golden(half, "float16", (0,), inputs).numbers(0) - 1).tolist() == [0.0, 2.0**-9, 2.0**-10]


def test_a_tie_that_no_ball_shows_is_settled_by_exact_arithmetic() -> None:
    odd = propcheck.load("(x/3 + x*2/3)*(1 + 2**-11)")  # 1 + 2**-11 at 1, halfway between two numbers
    assert golden(odd, "float16", (0,), np.array([1.0])).numbers(0).tolist() == [1.0]
    assert exactly(odd.pieces[0].expr, Fraction(1)) == 1 + Fraction(1, 2048)


def test_no_value_is_outside_its_enclosure_in_double_precision() -> None:
    mish = propcheck.load("mish")
    inputs = np.array([-700.0, -30.5, -1e-300, 5e-324, 1e-9, 0.7, 33.3, 1e300])
    made = enclosed_at(mish, 0, inputs, FORMATS["float64"])
    with mpmath.workdps(400):
        for k, x in enumerate(inputs.tolist()):
            value = mpmath.mpf(x) * mpmath.tanh(mpmath.log1p(mpmath.exp(mpmath.mpf(x))))
            left = value - mpmath.mpf(made.high[k]) - mpmath.mpf(made.low[k])
            assert abs(left) <= made.radius[k] + abs(value) * 1e-30
            assert made.rounded[k] == nearest(value, "float64")


# --- what is kept and written ----------------------------------------------------------------------------------------


def test_what_is_kept_is_what_was_found_and_a_broken_file_is_found_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PROPCHECK_CACHE", str(tmp_path))
    activation = propcheck.load("hard_swish")
    first = golden(activation, "float16").values[0]
    (place,) = tmp_path.glob("right-*/*.npz")
    assert np.array_equal(golden(activation, "float16").values[0], first)
    place.write_bytes(place.read_bytes()[:-3])
    assert kept.find(activation, "float16", 0, "catalogue", "rounded") is None
    assert np.array_equal(golden(activation, "float16").values[0], first)
    assert kept.find(propcheck.load("hard_tanh"), "float16", 0, "catalogue", "rounded") is None


def run(*words: str):
    return CliRunner().invoke(commands, ["golden", *words], standalone_mode=False)


def test_the_three_files_hold_the_same_patterns(tmp_path) -> None:
    for end in ("npy", "csv", "h"):
        result = run("hard_tanh", "--dtype", "float16", "--order", "0,1", "-o", str(tmp_path / f"f.{end}"))
        assert result.return_value == 0, result.exception
    made = np.load(tmp_path / "f.npy", allow_pickle=False)
    assert made.shape == (2, 65536) and made.dtype == np.uint16
    lines = (tmp_path / "f.csv").read_text().splitlines()
    assert lines[0] == "input,output_0,output_1" and lines[1 + 0x4000] == f"0x4000,0x{made[0, 0x4000]:04X},0x0000"
    header = (tmp_path / "f.h").read_text()
    cells = header.split("{")[1].split("}")[0].replace(",", " ").split()
    assert [int(cell, 16) for cell in cells] == made[0].tolist()


def test_one_order_is_one_row_and_given_inputs_come_back_in_their_order(tmp_path) -> None:
    run("hard_tanh", "--dtype", "float16", "-o", str(tmp_path / "f.npy"))
    assert np.load(tmp_path / "f.npy").shape == (65536,)
    (tmp_path / "x.txt").write_text("2\n-0.5\n0x1p-3\n")
    run("hard_tanh", "--dtype", "float32", "--inputs", str(tmp_path / "x.txt"), "-o", str(tmp_path / "f.csv"))
    assert (tmp_path / "f.csv").read_text().split() == [
        "input,output", "0x40000000,0x3F800000", "0xBF000000,0xBF000000", "0x3E000000,0x3E000000",
    ]  # fmt: skip


REFUSED = [
    (("relu", "--dtype", "float32", "-o", "a.npy"), "too many numbers"),
    (("relu", "--dtype", "float8", "-o", "a.npy"), "no type 'float8'"),
    (("relu", "--order", "3", "-o", "a.npy"), "some of 0, 1 and 2"),
    (("relu", "-o", "a.txt"), ".npy, .csv, .h"),
    (("relu", "--kink", "up", "-o", "a.npy"), "no convention 'up'"),
    (("relu", "--inputs", "none.txt", "-o", "a.npy"), "cannot be read"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_cannot_be_given_is_a_sentence(words: tuple[str, ...], said: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = run(*words).exception
    assert isinstance(error, InputError) and said in str(error) and not list(tmp_path.iterdir())


def test_an_input_that_the_format_lacks_is_named_with_its_neighbour() -> None:
    with pytest.raises(InputError, match="0.1 is no number of float16; the nearest is 0.0999"):
        golden(propcheck.load("relu"), "float16", (0,), np.array([0.1]))

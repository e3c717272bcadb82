"""From where on a function is its limit, x, 0, its asymptote in a format: known numbers, all of 16 bits, mpmath."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from handovers import refuted

import propcheck
from propcheck.inquiries.handover import handover
from propcheck.numeric.formats import FORMATS
from propcheck.numeric.truth import Reference
from propcheck.target import activation
from propcheck.verdict import InputError


def told(found, name: str, side: str) -> dict[str, float]:
    return {one.becomes: one.start for one in getattr(found, name)[side]}


@pytest.mark.parametrize(
    ("target", "dtype", "name", "side", "becomes", "start"),
    [
        ("erf(x)", "float32", "value", "right", "limit", 3.919205904006958),  # erf rounds to 1 from 3.91920584364 on
        ("tanh", "float32", "value", "right", "limit", 9.010913848876953),  # tanh from 9.01091333983
        ("tanh", "float32", "value", "left", "limit", -9.010913848876953),
        ("exp(x)", "float32", "value", "right", "overflow", 88.72283935546875),
        ("exp(x)", "float64", "value", "right", "overflow", 709.7827128933841),
        ("exp(x)", "float64", "value", "left", "0", -745.1332191019412),
        ("exp(x)", "float64", "value", "left", "subnormal", -708.3964185322642),
        ("relu", "float16", "value", "right", "x", 0.0),
        ("relu", "float16", "value", "left", "0", 0.0),
        ("x**2", "float16", "value", "right", "overflow", 256.0),
        ("(sqrt(x**2+1)-1)/2 + x", "float64", "value", "right", "overflow", 1.1984620899082107e308),  # by 0.5 of 1e308
        ("leaky_relu", "float32", "value", "left", "asymptote", 0.0),
        ("relu6", "float32", "value", "right", "limit", 6.0),
    ],
)
def test_known_numbers(target: str, dtype: str, name: str, side: str, becomes: str, start: float) -> None:
    assert told(handover(target, dtype), name, side)[becomes] == start


@pytest.mark.parametrize("target", ["gelu", "softplus", "elu", "log(cosh(x))", "x if x > 3 else log(1 + exp(x))"])
def test_every_number_of_a_format_says_the_same(target: str) -> None:
    """In float16 all numbers from the outermost inward are rounded one by one."""
    form = FORMATS["float16"]
    made = activation(target)
    found = handover(target, "float16")
    assert not found.open
    for order, name in enumerate(("value", "slope")):
        reference = Reference(made, order, form)
        for side, outward in (("left", -1), ("right", 1)):
            for becomes, start in told(found, name, side).items():
                if becomes not in ("0", "subnormal", "x", "limit"):
                    continue
                limit = reference.rounded(outward * form.number(form.last), 0.0)

                def met(x: float, becomes=becomes, limit=limit, reference=reference) -> bool:
                    if becomes == "subnormal":
                        return abs(reference.rounded(x, 0.0)) < 2.0**form.lowest
                    wanted = {"0": 0.0, "x": x, "limit": limit}[becomes]
                    return reference.rounded(x, wanted) == wanted

                first = outward * form.place(start)
                tried = [*range(first, min(first + 900, form.last)), *range(first, form.last, 331)]
                assert all(met(form.number(outward * place)) for place in tried)
                assert not met(form.number(outward * (first - 1)))


@pytest.mark.parametrize(("text", "dtype"), [("mish", "float32"), ("softsign", "bfloat16"), ("selu", "float64")])
def test_mpmath_finds_the_number_right_and_its_neighbour_wrong(text: str, dtype: str) -> None:
    assert refuted(text, dtype) == []


def test_places_of_numbers_are_those_of_numpy() -> None:
    for name, dtype, kind in (("float16", np.float16, np.int16), ("float32", np.float32, np.int32)):
        form = FORMATS[name]
        for number in (0.0, 2.0**form.least, 2.0**form.lowest, 1.0, 1.5, 3.0, 1000.0, form.number(form.last)):
            place = int(np.array(number, dtype).view(kind))
            assert form.place(number) == place and form.number(place) == number
            assert form.place(-number) == -place and form.number(-place) == -number
            if place < form.last:
                assert form.number(place + 1) == float(np.nextafter(dtype(number), dtype(np.inf)))
    assert FORMATS["float64"].number(FORMATS["float64"].last) == sys.float_info.max


def test_a_threshold_costs_a_jump() -> None:
    (jump,) = handover("x if x > 20 else log(1 + exp(x))").jumps
    assert jump.at.value == 20 and jump.value and jump.slope
    assert jump.value.value == pytest.approx(-np.log1p(np.exp(-20.0)), rel=1e-9)
    assert jump.slope.value == pytest.approx(1 / (1 + np.exp(20.0)), rel=1e-9)
    assert jump.value_ulp == pytest.approx(jump.value.value / 2.0**-19) and jump.slope_ulp
    assert handover("gelu").jumps == () and len(handover("relu").jumps) == 1


def test_what_oscillates_becomes_nothing_and_what_is_not_decided_is_said() -> None:
    found = handover("sin(x)")
    assert not any(getattr(found, name)[side] for name in ("value", "slope") for side in ("left", "right"))
    shifted = handover("log(cosh(x))")
    assert any("asymptote" in reason for reason in shifted.open)
    assert handover("log(x)").value["left"] == ()
    late = handover("x*erf(x/3) + tanh(x)/7", time_limit=1e-6)  # what is known already takes no time
    assert late.open


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(InputError, match="no format 'float8'"):
        handover("gelu", "float8")
    with pytest.raises(InputError):
        handover("nonsense")


def test_the_object_and_the_command() -> None:
    record = json.loads(json.dumps(handover("tanh").to_json()))
    assert record["schema"] == "propcheck.handover/1" and record["dtype"] == "float32"
    assert record["value"]["right"] == [
        {"becomes": "limit", "from": 9.010913848876953, "before": 9.010912895202637}
    ]  # fmt: skip
    command = [sys.executable, "-m", "propcheck", "handover", "tanh", "--dtype", "bfloat16"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "its limit" in done.stdout and done.stderr == ""
    assert propcheck.handover is handover

"""The catalogue's list, and what it is narrowed to: by name, by smoothness, by bounded values."""

from __future__ import annotations

import json

import pytest

from propcheck import spec


def listed(propcheck, *arguments):
    status, out, err = propcheck("list", *arguments, "--json")
    assert (status, err) == (0, "")
    return [entry["name"] for entry in json.loads(out)]


def test_the_list_is_the_catalogue_and_holds_a_hundred(propcheck):
    assert listed(propcheck) == spec.names() and len(spec.names()) >= 100


@pytest.mark.parametrize(
    ("arguments", "inside", "outside"),
    [
        (("--family", "relu"), {"relu", "leaky_relu", "star_relu", "relu_squared"}, {"tanh", "gelu"}),
        (("--family", "ReLU", "--smooth"), {"relu_squared", "star_relu", "trelu"}, {"relu", "leaky_relu", "relu6"}),
        (("--family", "relu", "--bounded"), {"relu6", "clipped_relu"}, {"relu", "prelu"}),
        (("--bounded", "--smooth", "--family", "sig"), {"sigmoid", "bipolar_sigmoid"}, {"hard_sigmoid", "log_sigmoid"}),
        (("--family", "no such word"), set(), {"relu"}),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_a_list_is_narrowed(propcheck, arguments, inside, outside):
    found = set(listed(propcheck, *arguments))
    assert inside <= found and not outside & found


def test_all_of_the_catalogue_is_asked_whether_it_is_smooth_and_bounded(propcheck):
    both = set(listed(propcheck, "--smooth", "--bounded"))
    assert both >= {"tanh", "sigmoid", "sine", "cosine", "laplace", "soft_cap", "inverse_quadratic", "softsign"}
    assert not both & {"softplus", "hat", "step", "hard_tanh", "gelu", "ncu", "maxout", "rrelu", "noisy_relu"}


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_fits_the_columns_there_are_and_cuts_nothing(propcheck, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    status, out, _ = propcheck("list")
    assert status == 0 and max(map(len, out.splitlines())) <= width and "\x1b" not in out
    bare = "".join(out.split())
    for entry in spec.index():
        assert entry.name in bare
        assert all(word in bare for word in entry.formula.split())
    monkeypatch.delenv("COLUMNS")
    assert len(propcheck("list")[1].splitlines()) == len(spec.names())


@pytest.mark.parametrize("width", [80, 120])
def test_three_side_by_side_fit_the_columns_there_are(propcheck, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    status, out, _ = propcheck("compare", "relu", "leaky_relu", "relu6")
    assert status == 0 and max(map(len, out.splitlines())) <= width
    assert {"relu6", "ReLU6"} & {*out.split()} and "*" in out

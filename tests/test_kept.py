"""Plans on disk: the same as those made anew, and nothing that is damaged, strange or too old is taken for one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import propcheck
from propcheck import spec
from propcheck.language import X
from propcheck.numeric import kept
from propcheck.numeric import segments as plans
from propcheck.numeric.formats import DOUBLE, SINGLE
from propcheck.numeric.plan import plan
from propcheck.numeric.span import Plan
from propcheck.numeric.steps import program

FORMULAS = ("x*tanh(log(1 + exp(x)))", "max(x, 0) - log(cosh(x))/3", "sin(3*x)/x", "sqrt((x - 1)**2 + 1) - abs(x)")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PROPCHECK_CACHE", str(tmp_path))
    kept.room.cache_clear()
    plans.planned.cache_clear()
    return tmp_path


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("plans-*/*.json"))


def steps(plan: Plan) -> list:
    """What is computed, in its order."""
    exprs = [expr for segment in plan.segments for expr in (segment.expr, *(span.expr for span in segment.local))]
    return [program([expr]).steps for expr in exprs]


def planned(text: str, order: int) -> Plan:
    return plan(propcheck.load(text), order, DOUBLE, DOUBLE)


@pytest.mark.parametrize("name", [*spec.names(), *FORMULAS])
def test_a_plan_that_is_read_is_the_plan_that_was_made(name: str, own_folder: Path) -> None:
    made = planned(name, 1)
    assert files(own_folder)
    plans.planned.cache_clear()
    read = kept.find(propcheck.load(name).pieces, 1, DOUBLE, DOUBLE, ())
    assert read == made and repr(read) == repr(made)
    assert steps(read) == steps(made)


def test_a_kept_plan_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> None:
    x = np.linspace(-30, 30, 4001)
    first = propcheck.compile("x*erf(x/3) - x/(1 + x**2)", order=(0, 1))(x)
    assert files(own_folder)
    plans.planned.cache_clear()
    monkeypatch.setattr(plans, "_made", None)  # would be called where nothing is kept
    again = propcheck.compile("x*erf(x/3) - x/(1 + x**2)", order=(0, 1))(x)
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_each_thing_that_a_plan_depends_on_has_a_file_of_its_own(own_folder: Path) -> None:
    pieces = propcheck.load("tanh(x)").pieces
    for others in (("tanh(2*x)", 1, DOUBLE), ("tanh(x)", 0, DOUBLE), ("tanh(x)", 1, SINGLE)):
        text, order, work = others
        plan(propcheck.load(text), order, work, DOUBLE if work is DOUBLE else SINGLE)
        assert kept.find(pieces, 1, DOUBLE, DOUBLE, ()) is None
    assert len(files(own_folder)) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-7],
        lambda text: text.replace("1", "2"),
        lambda text: "[" * 100_000,
        lambda text: text.partition("\n")[2],
    ],
    ids=["empty", "cut short", "changed", "deep", "no digest"],
)
def test_what_is_damaged_is_made_anew(damage, own_folder: Path) -> None:
    made = planned("silu", 0)
    (file,) = files(own_folder)
    file.write_text(damage(file.read_text()))
    plans.planned.cache_clear()
    assert planned("silu", 0) == made
    assert kept.find(propcheck.load("silu").pieces, 0, DOUBLE, DOUBLE, ()) == made


@pytest.mark.parametrize(
    "code", [["__import__", "os"], ["eval", "1"], [], ["Add"], "1/0", "x;1", None, {"Add": 1}, 3, "y"]
)
def test_a_strange_code_is_no_expression(code: object) -> None:
    with pytest.raises((kept.Unknown, ValueError, ZeroDivisionError, TypeError)):
        made = kept.expression(code)
        raise ValueError(made) if made in (sp.S.Zero, sp.zoo) else AssertionError(made)


def test_what_cannot_be_written_down_is_not_kept(own_folder: Path) -> None:
    with pytest.raises(kept.Unknown):
        kept.coded(sp.besselj(0, X))
    with pytest.raises(kept.Unknown):
        kept.coded(sp.Symbol("x"))  # not known to be real: another symbol


def test_nothing_is_kept_where_it_is_not_wanted_or_not_possible(monkeypatch, own_folder: Path) -> None:
    monkeypatch.setenv("PROPCHECK_CACHE", "")
    assert kept.folder() is None and planned("elu", 1)
    monkeypatch.setenv("PROPCHECK_CACHE", str(own_folder / "file"))
    (own_folder / "file").write_text("")
    plans.planned.cache_clear()
    assert planned("elu", 1)
    assert not files(own_folder)


def test_the_folder_does_not_grow_without_end(monkeypatch, own_folder: Path) -> None:
    planned("relu", 0)
    (place,) = own_folder.glob("plans-*")
    old = own_folder / "plans-of-old"
    old.mkdir()
    os.utime(old, (0, 0))
    monkeypatch.setattr(kept, "MOST_FILES", 3)
    for k in range(5):
        (place / f"{k}.json").write_text(json.dumps(k))
    kept.room.cache_clear()
    planned("tanh", 0)
    assert [file.parent for file in files(own_folder)] == [place] and not old.exists()

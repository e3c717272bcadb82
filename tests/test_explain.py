"""What words mean, by `explain`, and whether an installation answers as it must, by `doctor`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mpmath
import pytest

from propcheck import glossary
from propcheck.cli import doctor
from propcheck.criteria import STANDARDS
from propcheck.facts import ROWS
from propcheck.report.guide import STANDINGS

KNOWN = {row.name for row in glossary.ROWS} | {item.key for item in STANDARDS} | {row.key for row in ROWS}
OTHERS = {name for row in glossary.ROWS for name in row.also}


def test_every_criterion_fact_and_word_is_explained(propcheck):
    words = sorted(KNOWN)
    status, out, err = propcheck("explain", *words, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert all(one["schema"] == "propcheck.explanation/1" and one["text"] and one["text"][0] for one in found)
    status, out, _ = propcheck("explain")
    assert status == 0 and all(word in " ".join(out.split()) for word in words)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gradient_flow", "2 gradients neither vanish nor explode (criterion)"),
        ("Gradient flow", "gradient_flow.holds = 7.5"),
        ("2", "over 50 layers"),
        ("edge of chaos", "chi_1 = 1"),
        ("edge_of_chaos", "chi_1 = 1"),
        ("lipschitz", "sup abs g'"),
        ("dead neuron", "slope is 0 at every sample"),
        ("open", "It never means no"),
    ],
)
def test_a_word_is_found_by_any_of_its_forms(propcheck, word, said):
    status, out, _ = propcheck("explain", word)
    assert status == 0 and said in " ".join(out.split())


def test_a_word_that_is_not_known_is_told_with_the_nearest(propcheck):
    status, out, err = propcheck("explain", "elastisity")
    assert (status, out) == (2, "") and "did you mean elasticity" in err and "Traceback" not in err
    assert "edge of chaos has it in the name" in propcheck("explain", "chaos")[2]
    assert "nothing on 'banana'; " in propcheck("explain", "banana")[2]


def test_words_lead_to_words_and_no_form_has_two_meanings():
    names = [name for row in glossary.ROWS for name in (row.name, *row.also)]
    assert len(names) == len(set(names))
    for row in glossary.ROWS:
        assert set(row.see) <= KNOWN | OTHERS, row
        assert row.meaning.endswith("."), row
    assert set(STANDINGS) <= {row.name for row in glossary.ROWS}


def test_an_installation_is_examined(propcheck):
    status, out, err = propcheck("doctor", "--json")
    assert status == 0, err
    found = json.loads(out)
    assert found["schema"] == "propcheck.doctor/1"
    assert {"propcheck", "python", "sympy", "numpy"} <= set(found["versions"])
    outcomes = {one["name"]: one["outcome"] for one in found["findings"]}
    assert set(outcomes.values()) <= {"ok", "absent"}
    assert {name for name in outcomes if outcomes[name] == "ok"} >= {"a proof", "an enclosure", "compiled, numpy"}


def test_what_does_not_answer_as_it_must_is_a_fault(propcheck, monkeypatch):
    monkeypatch.setattr(doctor, "VALUES", (0.0, -0.27, 1.76))
    monkeypatch.setattr(doctor, "EXTRAS", {"a strange one": ("nothing-of-this-name", "nothing_of_this_name", "no")})
    status, out, err = propcheck("doctor")
    assert status == 1 and re.search(r"^failed +compiled, numpy", out, re.MULTILINE)
    assert re.search(r"^absent +a strange one +pip install 'propcheck\[no\]'", out, re.MULTILINE)
    assert "2 of" in err


def test_what_the_doctor_holds_forms_against_is_right():
    with mpmath.workdps(40):
        for x, value, slope in zip(doctor.INPUTS, doctor.VALUES, doctor.SLOPES, strict=True):
            s = 1 / (1 + mpmath.exp(-mpmath.mpf(x)))
            assert value == pytest.approx(float(x * s), abs=1e-300, rel=1e-16)
            assert slope == pytest.approx(float(s + x * s * (1 - s)), abs=1e-300, rel=1e-16)
    extras = (Path(doctor.__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in extras for _, _, extra in doctor.EXTRAS.values() if extra != "plot")

"""The measured record: tables beside what is proved, and two runs that agree or not."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

import propcheck
from propcheck import spec
from propcheck.inquiry import analyze_all
from propcheck.report import measured, record


@pytest.fixture(scope="module")
def made() -> dict:
    probes = [
        propcheck.probe(name, depth=4, width=12, batch=16, seeds=2, workers=1).to_json() for name in ("relu", "elu")
    ]
    return json.loads(json.dumps(measured.record(probes)))


@pytest.fixture(scope="module")
def proved() -> dict:
    return record.record(list(analyze_all([spec.find(name) for name in ("relu", "elu")], None)), {}, (), None)


def test_each_measured_verdict_stands_beside_the_proved_one(made: dict, proved: dict) -> None:
    table = measured.beside(made, proved)
    assert len(table.rows) == 2 * 7
    dead = next(row for row in table.rows if row[0].text == "ReLU" and row[1].text == "3 dead units")
    assert (
        dead[2].text == "fails" and dead[3].text in ("holds", "partly", "fails", "open") and "fails" not in dead[5].text
    )
    assert all(
        (row[4].text == "differ") == (row[2].text != row[3].text and row[3].text != "open") for row in table.rows
    )


def test_a_prediction_far_from_its_measurement_is_flagged(made: dict) -> None:
    assert {row[5].text for row in measured.predictions(made).rows} <= {"agree", "disagree"}
    wrong = copy.deepcopy(made)
    item = next(m for m in wrong["probes"][0]["criteria"]["gradient_flow"]["measurements"] if "predicted" in m)
    item["difference"] = 4.5
    assert "disagree" in {row[5].text for row in measured.predictions(wrong).rows}


def test_all_files_are_drawn(made: dict, proved: dict) -> None:
    files = measured.draw(made, proved, ("md", "latex", "csv", "json"))
    assert set(files) >= {"measured.json", "experiments.md", "experiments.tex", "experiments.csv", "predictions.md"}


def test_a_run_agrees_with_itself_and_not_with_another_function(made: dict, tmp_path: Path) -> None:
    assert not list(measured.disagreements(made, made))
    other = copy.deepcopy(made)
    other["probes"][0]["criteria"]["sparsity"]["measurements"][0]["mean"] += 0.5
    assert any("share of zeros" in line for line in measured.disagreements(made, other))
    del other["probes"][1]
    assert any("alone" in line for line in measured.disagreements(made, other))
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(made))
    new.write_text(json.dumps(other))
    assert measured.main([str(old), str(old)]) == 0 and measured.main([str(old), str(new)]) == 1

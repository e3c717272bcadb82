"""The measured record: tables beside what is proved, and two runs that agree or not."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import runs

import propcheck
from propcheck import spec
from propcheck.inquiries.analysis import analyze_all
from propcheck.report import measured, record
from propcheck.report.page import cards


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
    assert dead[2].text == dead[3].text == "fails" and float(dead[4].text) == 0.5 and "fails" not in dead[7].text
    assert float(dead[5].text) == pytest.approx(0.5, abs=0.05)
    assert all(
        (row[6].text in ("differ", "near")) == (row[2].text != row[3].text and row[3].text != "open")
        for row in table.rows
    )


def test_of_two_functions_of_one_name_each_has_its_own_experiments(made: dict, proved: dict) -> None:
    made, proved = copy.deepcopy(made), copy.deepcopy(proved)
    for item in (*made["probes"], *proved["activations"]):
        item["activation"]["name"] = "relu"
    table = measured.beside(made, proved)
    said = {row[0].text: row[2].text for row in table.rows if row[1].text == "3 dead units"}
    assert said == {"ReLU": "fails", "ELU": "holds"}
    shown = cards.cards({**proved, "measured": made}, ["relu", "relu-2"], [], 6)
    assert [one["measured"]["probe"]["activation"]["title"] for one in shown] == ["ReLU", "ELU"]


def test_a_prediction_far_from_its_measurement_is_flagged(made: dict) -> None:
    assert {row[5].text for row in measured.predictions(made).rows} <= {"agree", "disagree"}
    wrong = copy.deepcopy(made)
    item = next(m for m in wrong["probes"][0]["criteria"]["gradient_flow"]["measurements"] if "predicted" in m)
    item["difference"] = 4.5
    assert "disagree" in {row[5].text for row in measured.predictions(wrong).rows}


def test_all_files_are_drawn(made: dict, proved: dict) -> None:
    files = measured.draw(made, proved, ("md", "latex", "csv", "json"))
    assert set(files) >= {"experiments.md", "experiments.tex", "experiments.csv", "predictions.md"}


def test_a_run_agrees_with_itself_and_not_with_another_function(made: dict, tmp_path: Path) -> None:
    assert not list(runs.disagreements(made, made))
    other = copy.deepcopy(made)
    other["probes"][0]["criteria"]["sparsity"]["measurements"][1]["mean"] += 0.5
    assert any("share of zeros" in line for line in runs.disagreements(made, other))
    del other["probes"][0]["criteria"]["sparsity"]["measurements"][1]
    assert any("share of zeros: measured in one record alone" in line for line in runs.disagreements(made, other))
    del other["probes"][1]
    assert any(line == "elu: measured in one record alone" for line in runs.disagreements(made, other))
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(made))
    new.write_text(json.dumps(other))
    assert runs.main([str(old), str(old)]) == 0 and runs.main([str(old), str(new)]) == 1


@pytest.mark.parametrize("files", [[], ["old.json"], ["old.json", "gone.json"], ["text.json", "text.json"]])
def test_what_is_no_two_records_is_told_in_a_sentence(files, tmp_path, made, capsys):
    (tmp_path / "old.json").write_text(json.dumps(made))
    (tmp_path / "text.json").write_text("{")
    assert runs.main([str(tmp_path / name) for name in files]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "measured.json of a report" in err and err.count("\n") == 1

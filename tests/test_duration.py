"""How long a report will take: the range that is told, and what is left to do."""

import json
import math
from dataclasses import replace

import pytest

from propcheck.probes import crew
from propcheck.probes.setting import Setting
from propcheck.probes.trial import trial
from propcheck.report.duration import Work, told

TOLD = [  # seconds, and how they are told
    (0.2, 3.1, "4 s at most"),
    (1.2, 8.0, "1 to 8 s"),
    (23.0, 81.0, "20 to 90 s"),
    (23.0, 101.0, "20 s to 2 min"),
    (59.0, 121.0, "50 s to 3 min"),
    (100.0, 601.0, "100 s to 20 min"),
    (130.0, 540.0, "2 to 9 min"),
    (3000.0, 7201.0, "50 min to 3 h"),
    (8000.0, 90000.0, "2 to 30 h"),
]


@pytest.mark.parametrize(("low", "high", "said"), TOLD, ids=[row[2] for row in TOLD])
def test_a_range_is_told_in_a_unit_that_suits_it(low, high, said):
    assert told(low, high) == said


SEVENTEEN = Work(17, 17, 18, True, 5, 0.65, 30.0, 1.0, 2)
CHANGES = [  # what is changed, and whether it takes longer
    ({"analyses": 40}, True),
    ({"curves": 0}, False),
    ({"measured": 0}, False),
    ({"seeds": 10}, True),
    ({"seconds": 2.0}, True),
    ({"workers": 8}, False),
    ({"equations": False}, False),
]


@pytest.mark.parametrize(("change", "longer"), CHANGES, ids=[str(row[0]) for row in CHANGES])
def test_more_work_takes_longer_and_more_processes_less_long(change, longer):
    (low, high), (other_low, other_high) = SEVENTEEN.span(), replace(SEVENTEEN, **change).span()
    assert low < high and other_low < other_high
    assert (other_low > low, other_high > high) == (longer, longer)


def test_a_busy_machine_makes_the_range_wider():
    (low, high), (other_low, other_high) = SEVENTEEN.span(), replace(SEVENTEEN, busy=3.0).span()
    assert (other_low, other_high) == (low, 3 * high)


def test_no_function_takes_longer_than_its_limit():
    slow = replace(SEVENTEEN, seconds=1e6)
    assert slow.span()[1] < 18 * 30 / 2 + 100
    assert (SEVENTEEN.finished, slow.finished, replace(SEVENTEEN, seconds=8.0).finished) == (5, 0, 2)
    assert "for a function's experiments may be enough for 2 of 5 seeds" in str(replace(SEVENTEEN, seconds=8.0))
    assert "time limit" not in str(SEVENTEEN)


def test_what_the_experiments_are_of_it_is_told():
    assert str(SEVENTEEN).endswith("most of it for the experiments (--no-probes leaves them out)")
    assert "experiments" not in str(replace(SEVENTEEN, measured=0))


def test_a_trial_finds_what_a_seed_takes_and_no_end_where_none_comes_back(monkeypatch):
    setting = Setting(depth=3, width=8, batch=16, seeds=1)
    found = trial(setting)
    assert 0.2 < found.seconds < 60 and found.busy >= 1
    lost = [(crew.Order(0, 0), crew.Failure("it was killed"))]
    monkeypatch.setattr(crew, "run", lambda make, orders, workers: (answer for answer in lost))
    assert trial(setting).seconds == math.inf


def test_a_report_says_how_long_and_makes_the_experiments_that_are_asked(tmp_path, monkeypatch, propcheck):
    monkeypatch.chdir(tmp_path)
    options = ["--depth", "3", "--width", "8", "--seeds", "1", "--init", "1.5,0.1"]
    status, _, err = propcheck("report", "relu", "-o", "out", "--format", "csv", *options)
    assert status == 0 and err.startswith("this will take about ")
    (probe,) = json.loads((tmp_path / "out" / "measured.json").read_text())["probes"]
    assert {name: probe["setting"][name] for name in ("depth", "width", "seeds", "init")} == {
        "depth": 3, "width": 8, "seeds": 1, "init": "1.5,0.1",
    }  # fmt: skip
    command = json.loads((tmp_path / "out" / "run.json").read_text())["command"]
    assert command == f"propcheck report relu {' '.join(options)}"


def test_a_setting_that_is_none_is_told_before_anything_is_asked(tmp_path, monkeypatch, propcheck):
    monkeypatch.chdir(tmp_path)
    status, out, err = propcheck("report", "relu", "--depth", "1")
    assert (status, out) == (2, "") and "depth is a whole number from 2 to 10000, not 1" in err
    status, _, err = propcheck("report", "relu", "--init", "hee")
    assert status == 2 and "he" in err and not (tmp_path / "reports").exists()

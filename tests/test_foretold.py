"""What is said of how well the criteria foretell training, against the record of the study and today's measures."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from propcheck import criteria
from propcheck.analysis import facts
from propcheck.criteria.foretold import COUNT, FORETOLD, briefly, foretold
from propcheck.inquiries.questions import QUESTIONS
from propcheck.study import designs
from propcheck.study.judging import correlation, outcomes
from propcheck.target import activation

RECORD = Path(__file__).parent.parent / "reports" / "prediction" / "outcomes.json"
OUTCOMES = {"gradient_flow": "depth", "noise_robustness": "noise"}  # steps of the others
NEEDED = ("domain", "smoothness", "affine", "dead_region", "zero_region", "gaussian", "edge_of_chaos", "propagation")
WORST = {"gradient_flow": math.inf, "convergence": 0.0, "noise_robustness": math.inf}  # where nothing is learned


@pytest.fixture(scope="module")
def record() -> dict:
    return json.loads(RECORD.read_text(encoding="utf-8"))


def test_the_measures_foretell_what_is_said_on_functions_that_nobody_had_looked_at(record: dict) -> None:
    names = [name for name in designs.later() if "steps" in record["outcomes"].get(name, {}).get("plain", {})]
    plans = record["setting"]["plans"]
    results = [outcomes(record["outcomes"][name], plans)["plain"] for name in names]
    measures: dict[str, list[float]] = {key: [] for key in FORETOLD}
    asked = [item for item in QUESTIONS if item[0] in NEEDED]
    for name in names:
        known = facts(activation(record["outcomes"][name]["expression"]), asked)
        for verdict in criteria.judge(known):
            if verdict.key in FORETOLD:
                hopeless = any("lengths run away" in why or "nothing is learned" in why for why in verdict.reasons)
                value = verdict.measure["value"] if verdict.measure else None
                value = WORST.get(verdict.key, value) if hopeless else value
                measures[verdict.key].append(math.nan if value is None else min(value, 1e9))
    for key, said in FORETOLD.items():
        found = correlation(measures[key], [row[OUTCOMES.get(key, "steps")] for row in results])
        assert found.count == COUNT == len(names), key
        assert (found.value, found.lower, found.upper) == pytest.approx(said[2:5], abs=0.011), key


def test_what_is_said_reads() -> None:
    full = "foretells the accuracy of 10, 30 and 100 layers in plain networks: rank correlation -0.93 [-0.97, -0.85]"
    assert foretold("gradient_flow") == f"{full} over 48 functions"
    assert briefly("gradient_flow") == "foretells accuracy in depth: -0.93 [-0.97, -0.85]" and not briefly("cost")
    assert set(FORETOLD) == {page.KEY for page in criteria.PAGES} - {"cost"}

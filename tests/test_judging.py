"""A study judged: correlations against SciPy's, planted measures that are found, the pages that say so."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import spearmanr

from propcheck.cli.study import command
from propcheck.probes.training import best_rate
from propcheck.report import prediction
from propcheck.study import designs, judging, measures, networks, running, training

FRESH = list(designs.later())[:12]
NAMES = [f"{kind}{place:02d}" for kind in ("f_", "drawn_") for place in range(20)]


def part(steps: float, noise: float, seeds: int = 4) -> dict[str, Any]:
    """What came of a network: the second of two rates serves best."""
    rng = random.Random(steps)
    good = [round(steps + noise * rng.gauss(0, 1), 3) for _ in range(seeds)]
    table = [[None] * seeds, good]
    accuracy = [[0.1] * seeds, [1 - value / 200 for value in good]]
    losses = [[9.0] * seeds, [value / 100 for value in good]]
    return {"steps": table, "early": losses, "loss": losses, "learned": accuracy, "accuracy": accuracy} | {
        "noisy": [accuracy, accuracy]
    }


def record(noise: float = 0.0) -> dict[str, Any]:
    """A study in which `nonlinearity` foretells the steps in every network, of the second round `contrast, unless
    explosive` too, and `noise passed, unless explosive` the noise with the wrong sign; nothing else does anything."""
    rng, outcomes = random.Random(3), {}
    for place, name in enumerate((*NAMES, *FRESH)):
        told = -float(place % len(NAMES))
        values = {item.name: rng.random() for item in measures.CANDIDATES} | {"nonlinearity": told}
        planted = {"gradient at risk": rng.random()} | {
            f"{what}, unless explosive": told for what in ("contrast", "noise passed")
        }
        parts = {key: part(20.0 - told, noise) for key in running.PARTS if key not in running.MEASURES}
        measured = {"measures": {"candidates": values}, "later measures": {"candidates": planted}}
        outcomes[name] = {"expression": "x", **measured, **parts}
    setting = running.Setting({name: "x" for name in (*NAMES, *FRESH)}, 4).to_json()
    return {"schema": running.SCHEMA, "setting": setting, "outcomes": outcomes}


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws of the bootstrap enough for these tests."""
    monkeypatch.setattr(judging, "DRAWS", 100)


def test_a_rank_correlation_is_that_of_scipy_and_lies_in_its_interval() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, 60).astype(float)
    y = x + 3 * rng.standard_normal(60)
    found = judging.correlation([*x, math.nan], [*y, 1.0])
    assert found.value == pytest.approx(spearmanr(x, y).statistic) and found.count == 60
    assert found.lower < found.value < found.upper
    wide = (1.96 / math.sqrt(57)) * (1 - found.value**2)  # Fisher's interval, nearly
    assert found.upper - found.lower == pytest.approx(2 * wide, rel=0.5)
    assert math.isnan(judging.correlation([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]).value)


def test_the_goal_asks_for_size_and_for_an_interval_beyond() -> None:
    assert judging.Correlation(-0.8, -0.9, -0.6, 30).reaches
    for value, lower, upper in ((-0.8, -0.9, -0.4), (0.7, 0.6, 0.8), (0.8, -0.9, 0.9), (math.nan, math.nan, math.nan)):
        assert not judging.Correlation(value, lower, upper, 30).reaches


def test_the_halves_divide_the_drawn_and_the_others_alike() -> None:
    choosing, judged = judging.halves(NAMES)
    assert sorted(choosing + judged) == sorted(NAMES)
    assert sum(name.startswith("drawn_") for name in choosing) == 10 == len(choosing) / 2
    assert (choosing, judged) == judging.halves(NAMES) == judging.halves([*NAMES, *FRESH])


def best(found: dict[str, Any]) -> int:
    """The place of the rate that serves best."""
    return best_rate(judging._array(found, "steps").T, judging._array(found, "loss").T, 100)


def test_the_best_rate_is_where_most_seeds_reach_the_target_then_soonest() -> None:
    found = part(30, 0)
    assert best(found) == 1
    found["steps"][0] = [5.0, 5.0, None, 5.0]
    assert best(found) == 1
    found["steps"][0] = [25.0] * 4
    assert best(found) == 0


def test_a_run_that_does_not_reach_the_target_counts_as_all_of_its_steps() -> None:
    found = part(30, 0)
    found["steps"][1] = [10.0, None, 10.0, 10.0]
    plans = running.Setting({}, 4).to_json()["plans"]
    made = judging.outcomes({"plain": found}, plans)["plain"]
    assert made["steps"] == pytest.approx((30 + plans["plain"]["steps"]) / 4)
    assert math.isnan(made["depth"]) and math.isnan(judging.outcomes({"plain": found}, plans)["conv"]["steps"])


def test_a_planted_measure_is_chosen_and_reaches_the_goal_and_the_others_do_not() -> None:
    found = judging.judged(record(noise=2.0))
    rows = {(row["network"], row["outcome"]): row for row in found["chosen"]}
    for network in networks.NETWORKS:
        row = rows[network, "steps"]
        assert row["candidate"] == "nonlinearity" and row["reaches"] and row["judging"]["value"] < -0.9
    others = [row for row in found["correlations"] if row["candidate"] != "nonlinearity"]
    assert np.median([abs(row["judging"]["value"]) for row in others]) < 0.4
    ceilings = {(row["network"], row["outcome"]): row["ceiling"] for row in found["ceilings"]}
    assert 0.95 < ceilings["plain", "steps"] <= 1
    json.dumps(found, allow_nan=False)


def test_later_functions_confirm_what_they_foretell_with_its_sign_and_choose_nothing() -> None:
    given = record(noise=2.0)
    found = judging.judged(given)
    assert found["later"] == FRESH and not {*FRESH} & {*found["choosing"], *found["judging"]}
    rows = {(row["criterion"], row["network"]): row for row in found["confirmed"]}
    reached = {key for key, row in rows.items() if row["reaches"]}
    assert reached == {("convergence", "plain"), ("convergence", "conv")} < set(rows)
    assert rows["noise_robustness", "plain"]["later"]["value"] > 0.9  # foretold: negative
    assert all(row["later"]["count"] == len(FRESH) for row in rows.values())
    best = rows["convergence", "conv"]["best of the first round"]
    assert best["candidate"] == "nonlinearity" and best["later"]["value"] < -0.9
    first = given | {"outcomes": {name: given["outcomes"][name] for name in NAMES}}
    before = judging.judged(first)
    assert [row["candidate"] for row in before["chosen"]] == [row["candidate"] for row in found["chosen"]]
    assert all(row["later"]["value"] is None and not row["reaches"] for row in before["confirmed"])
    assert "rank correlation is unknown; not confirmed" in prediction.page(first, before)
    for name in FRESH[4:]:
        del given["outcomes"][name]["conv"]
    page = prediction.page(given, judging.judged(given))
    assert "On 4 later functions alone (of 12; the others were not run in it)" in page
    assert "run with 44 functions, 4 of them later ones" in page and "run with 52 functions, 12 of them" in page


def test_the_ceiling_falls_with_the_noise_of_the_seeds() -> None:
    steady, noisy = (judging.judged(record(noise))["ceilings"][0]["ceiling"] for noise in (1.0, 40.0))
    assert noisy < 0.9 * steady


def test_the_pages_say_what_was_judged() -> None:
    given = record()
    judged = judging.judged(given)
    drawn = prediction.drawn(given, judged)
    page = drawn["README.md"]
    assert isinstance(page, str) and "20 of the catalogue and 32 drawn" in page
    assert "*nonlinearity*" in page and "which reaches the goal" in page
    assert "On 12 later functions alone its" in page and "; confirmed: it reaches" in page
    assert all(item.name in page for item in (*measures.CANDIDATES, *measures.LATER))
    names = ("confirmed", "chosen", "later_correlations", "correlations", "limits", "functions")
    assert {f"{name}.md" for name in names} < set(drawn)
    assert b"<svg" in drawn[prediction.PICTURE]  # pyright: ignore[reportOperatorIssue]
    assert drawn[prediction.PICTURE] == prediction.drawn(given, judged)[prediction.PICTURE]


def nothing(make: object, orders: list[object], workers: int) -> Iterator[Any]:
    """As `crew.run` where no order is left."""
    assert not orders
    yield from ()


def test_the_command_runs_what_is_missing_and_writes_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = running.Setting({name: "relu" for name in (*NAMES, *FRESH)}, 2)
    monkeypatch.setattr(running, "setting", lambda quick: asked)
    monkeypatch.setattr(running.crew, "run", nothing)
    given = record() | {"functions": dict(asked.functions), "setting": asked.to_json()}
    (tmp_path / "outcomes.json").write_text(running.dump(given))
    found = CliRunner().invoke(command, ["-o", str(tmp_path)], standalone_mode=False)
    assert found.exception is None and found.output.endswith("README.md: 52 functions\n")
    assert (tmp_path / "README.md").read_text().startswith(prediction.TITLE)
    assert json.loads((tmp_path / "outcomes.json").read_text())["outcomes"] == given["outcomes"]  # the record stays


def test_a_record_is_read_as_it_was_written() -> None:
    given = record()
    assert json.loads(running.dump(given)) == json.loads(json.dumps(given))
    empty = {"schema": "s", "outcomes": {}}
    assert json.loads(running.dump(empty)) == empty


def test_the_plans_are_for_networks_that_there_are() -> None:
    assert set(running.PLANS) == set(networks.NETWORKS)
    assert all(isinstance(plan, training.Plan) for plan in running.PLANS.values())
    assert {key.partition(" of ")[0] for key in running.DEEP_PLANS} == set(judging.DEEP)

"""Successive halving: how far early ranks survive is counted, winners meet their peers with seeds that chose nobody."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from scipy.stats import spearmanr

from propcheck.report import halving as drawn
from propcheck.sweep import halving, running
from propcheck.sweep.designs import Design
from propcheck.sweep.halving import FRESH, PEERS, RUNGS
from propcheck.sweep.store import Store


def test_a_rank_correlation_is_spearmans() -> None:
    rng = random.Random(1)
    for _ in range(20):
        a, b = ([rng.randrange(8) + 0.0 for _ in range(12)] for _ in range(2))
        assert halving.correlation(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.db") as made:
        running.lay_out(made, "here", iter([Design(f"{k}*tanh(x)") for k in range(1, 31)]))
        for place in range(1, 31):
            made.settle(place, "", "kept", None)
        yield made


def told(loss):
    """In place of training: a loss by design, steps and seeds."""

    def results(store, designs, steps, seeds, workers, tell):
        return {place: {"loss": [loss(design.expression, steps)] * len(seeds), "accuracy": [0.5] * len(seeds)}
                for place, design in designs.items()}  # fmt: skip

    return results


def number(text: str) -> int:
    return int(text.partition("*")[0]) if "*" in text else 0


def test_early_ranks_that_survive_and_that_do_not_are_told(store, monkeypatch) -> None:
    monkeypatch.setattr(halving, "_results", told(lambda text, steps: number(text)))
    same = halving.halved(store)
    assert same.counts == (30, 10, 5) and [place for place, _ in same.best] == [1, 2, 3, 4, 5]
    assert [item.correlation for item in same.survival] == pytest.approx([1, 1])
    assert [item.dropped for item in same.survival] == [0, 0]
    monkeypatch.setattr(halving, "_results", told(lambda t, steps: number(t) * (1 if steps == RUNGS[-1] else -1)))
    turned = halving.halved(store)
    assert turned.survival[0].correlation == pytest.approx(-1) and turned.survival[0].dropped == 5
    assert "-1.00" in drawn.markdown(turned) and "5 of 5" in drawn.markdown(turned)


def test_winners_meet_their_peers_in_pairs(store, monkeypatch) -> None:
    seen = []

    def results(store, designs, steps, seeds, workers, tell):
        seen.append((set(designs), steps, tuple(seeds)))
        return {p: {"loss": [1.0] * len(seeds), "accuracy": [0.9 + 0.01 * (p in PEERS)] * len(seeds)} for p in designs}

    monkeypatch.setattr(halving, "_results", results)
    found = halving.halved(store)
    assert seen[-1] == ({"1", "2", "3", "4", "5", *PEERS}, RUNGS[-1], FRESH)
    assert not set(FRESH) & set(halving.SEEDS)
    assert all(duel.accuracy == pytest.approx(-0.01) and duel.accuracy_half < 1e-9 for duel in found.duels)
    assert len(found.duels) == 15


def test_a_function_written_in_two_ways_learns_alike() -> None:
    one, other = (halving.trained(Design(text), 6, (0,)) for text in ("elu", "x if x >= 0 else exp(x) - 1"))
    assert one["accuracy"] == other["accuracy"] and one["rate"] == other["rate"]

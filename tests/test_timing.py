"""The times of an element: what they hold, never how long something takes."""

from __future__ import annotations

import math

import numpy as np
import pytest

import propcheck
from propcheck.numeric import timing


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_five_times_are_positive(monkeypatch: pytest.MonkeyPatch, dtype: type) -> None:
    monkeypatch.setattr(timing, "_ROUNDS", 2)
    found = timing.timing(propcheck.load("gelu"), dtype)
    assert all(math.isfinite(t) and t > 0 for t in vars(found).values()), found
    assert found.copy < found.both


def test_what_a_unit_draws_and_its_further_inputs_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "_ROUNDS", 2)
    drawn = []
    monkeypatch.setattr(timing, "draw", lambda units, generator, noise: drawn.append(len(noise)))
    for name, laws in (("noisy_relu", 1), ("maxout", 0)):
        drawn.clear()
        found = timing.timing(propcheck.load(name))
        assert all(math.isfinite(t) and t > 0 for t in vars(found).values()), found
        assert set(drawn) == {laws}

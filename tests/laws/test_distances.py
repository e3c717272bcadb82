"""The distance of two functions is a metric, and no number refutes it: of a few triples; `distances.py` walks more."""

from __future__ import annotations

import pytest
from distances import refuted, triples


@pytest.mark.parametrize("texts", [("gelu", "gelu_tanh", "quick_gelu"), *triples(3, 11)], ids=" ".join)
def test_the_distance_is_a_metric_and_bounds_what_is_measured(texts: tuple[str, str, str]) -> None:
    assert refuted(texts) == []

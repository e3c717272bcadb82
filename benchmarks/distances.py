"""How long a proved distance and a proved stand-in take, beside an estimate on a dense grid, which is no bound.

    python benchmarks/distances.py             # all pairs of a few functions, and stand-ins of some kinds

Times are of one process on one core, and of one run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

import propcheck
from propcheck.inquiries.approximate import approximate
from propcheck.inquiries.distance import difference

NAMES = ("gelu", "gelu_tanh", "quick_gelu", "silu", "hard_swish", "mish", "softplus", "relu", "elu", "tanh", "sigmoid")
GRID = np.linspace(-30.0, 30.0, 1_000_001)
STANDINS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("silu", {"on": "-8:8", "degree": 7}),
    ("exp(x)", {"on": "-1:1", "within": 1e-6, "dtype": "float32"}),
    ("sigmoid", {"on": "-8:8", "kind": "pwl", "pieces": 6}),
    ("gelu", {"on": "-8:8", "kind": "pwl", "pieces": 16}),
    ("tanh", {"on": "-4:4", "kind": "lut", "pieces": 64, "dtype": "fixed16.8"}),
)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what came of it."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def main() -> None:
    made = {name: propcheck.load(name) for name in NAMES}
    values = {name: made[name](GRID) for name in NAMES}
    proved, guessed = [], []
    print(f"{'pair':26}{'proved':>22}{'s':>8}{'dense grid':>22}{'s':>8}")
    for a, b in combinations(NAMES, 2):
        seconds, found = timed(lambda a=a, b=b: difference(made[a], made[b]))
        seen, size = timed(lambda a=a, b=b: float(np.max(np.abs(values[a] - values[b]))))
        sup = found[0].farthest.sup
        proved.append(seconds)
        guessed.append(seen)
        print(f"{f'{a}, {b}':26}{sup.value if sup.known else '?':>22}{seconds:8.2f}{size:>22.15g}{seen:8.3f}")
    print(
        f"{len(proved)} pairs, values and slopes: median {statistics.median(proved):.2f} s, most {max(proved):.2f} s;"
        f" the grid without its function values: median {statistics.median(guessed):.3f} s"
    )
    for target, given in STANDINS:
        seconds, standin = timed(lambda target=target, given=given: approximate(target, criteria=False, **given))
        print(f"{target} {given}: error {standin.error.value:.6g}, proved in {seconds:.2f} s")


if __name__ == "__main__":
    main()

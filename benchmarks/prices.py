"""What each operation adds to the time of value and slope: the prices of `propcheck.analysis.pricing`, fitted.

    python benchmarks/prices.py times.json          # times all functions, some minutes on an idle core, and fits
    python benchmarks/prices.py times.json --fit    # fits to the times that are there

The functions are those of the catalogue and of public collections (tests/laws/public_activations.json). One half, by a
digest of the names, is fitted to: no price lies below what NumPy takes for the operation alone in float32, and what is
made small is the error of the logarithm, in which a few far off do not rule. The other half judges.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls
from scipy.stats import spearmanr

import propcheck
from propcheck.activation import Activation
from propcheck.analysis.pricing import BESIDE, ingredients
from propcheck.numeric.timing import COUNT, quickest, timing
from propcheck.target import activation
from propcheck.verdict import InputError

PUBLIC = Path(__file__).parents[1] / "tests" / "laws" / "public_activations.json"
REPEATS = 3
MEASURED = ("normal", "uniform", "rival")  # prices that are not fitted: the operation is timed alone
LEAST = 0.3  # no estimate is less
SOFT = 0.05  # the square of an error of the logarithm from which on it counts by its size


def functions() -> Iterator[tuple[str, Activation]]:
    """The catalogue, and the public activations by their ids."""
    for name in propcheck.catalogue():
        yield name, activation(name)
    for row in json.loads(PUBLIC.read_text())["functions"]:
        yield f"public {row['id']}", activation(row["expression"], row["parameters"])


def measured() -> dict[str, float]:
    """The median time of value and slope of each function that can be run, in ReLU's."""
    found = {}
    for name, subject in functions():
        try:
            times = [timing(subject, fast=False) for _ in range(REPEATS)]
        except InputError as refusal:
            print(f"{name} is left out: {refusal}")
            continue
        found[name] = statistics.median(each.both / each.relu for each in times)
        print(f"{name:32} {found[name]:8.2f}", flush=True)
    return found


def floors() -> dict[str, float]:
    """What operations take alone, in ReLU's."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal(COUNT, dtype=np.float32)
    out, mask, rows = np.empty_like(x), x > 0, np.stack([x, -x])
    relu = propcheck.compile("relu", order=(0, 1), fast=False)
    calls = {
        "relu": lambda: relu(x, out=(out, rows[1])),
        "line": lambda: np.multiply(x, x, out=out),
        "div": lambda: np.divide(x, 3, out=out),
        "choice": lambda: np.greater(x, out, out=mask),
        "clip": lambda: np.maximum(x, out, out=out),
        "exp": lambda: np.exp(x, out=out),
        "log": lambda: np.log1p(mask, out=out, dtype=np.float32),
        "tanh": lambda: np.tanh(x, out=out),
        "wave": lambda: np.sin(x, out=out),
        "normal": lambda: generator.standard_normal(out=out, dtype=np.float32),
        "uniform": lambda: generator.random(out=out, dtype=np.float32),
        "rival": lambda: (np.amax(rows, 0, out=out), np.equal(rows, out), np.multiply(out, mask, out=out)),
    }
    times = dict(zip(calls, quickest(tuple(calls.values())), strict=True))
    found = {name: time / times["relu"] for name, time in times.items()}
    return found | {name + BESIDE: found[name] for name in ("line", "wave")} | {"erf": found["exp"]}


def fitted(names: Sequence[str], found: Mapping[str, Counter[str]], times: Mapping[str, float]) -> dict[str, float]:
    """The prices that fit these functions, none below its floor. That of an element follows, since ReLU takes 1."""
    least, unit = floors(), found["relu"]
    names = [name for name in names if not any(found[name][key] for key in MEASURED)]
    keys = sorted({key for name in names for key in found[name]} - {"element"})
    table = np.array([[found[name][key] - unit[key] for key in keys] for name in names], float)
    time, low = np.array([times[name] for name in names]), np.array([least[key] for key in keys])
    estimate = time
    for _ in range(200):
        error = np.log(estimate / time)
        weight = 1 / np.sqrt(estimate * time) / (error**2 + SOFT) ** 0.25
        above, _residual = nnls(table * weight[:, None], (time - 1 - table @ low) * weight)
        estimate = np.maximum(1 + table @ (low + above), LEAST)
    prices = dict(zip(keys, map(float, low + above), strict=True)) | {name: least[name] for name in MEASURED}
    return {"element": 1 - priced(prices, unit), **prices}


def priced(prices: Mapping[str, float], of: Counter[str]) -> float:
    return sum(prices.get(key, 0.0) * count for key, count in of.items())


def told(title: str, names: Sequence[str], estimates: Mapping[str, float], times: Mapping[str, float]) -> None:
    """Prints how well the estimates of these functions do."""
    ratios = sorted(math.exp(abs(math.log(estimates[name] / times[name]))) for name in names)
    rank = spearmanr([estimates[name] for name in names], [times[name] for name in names])[0]
    print(
        f"{title:14} {len(names):4} functions: off by a factor of {statistics.median(ratios):.2f} in the median, of "
        f"{ratios[math.ceil(0.9 * len(ratios)) - 1]:.2f} in nine of ten; rank correlation {rank:.3f}"
    )


def judged(times: Mapping[str, float]) -> None:
    """Fits to one half, and prints the prices and how well they do on both halves and on the catalogue."""
    found = {name: ingredients(subject) for name, subject in functions() if name in times}
    first = [name for name in found if hashlib.sha256(name.encode()).digest()[-1] % 2 == 0]
    prices = fitted(first, found, times)
    print(json.dumps({name: round(price, 2) for name, price in prices.items()}, indent=4))
    estimates = {name: priced(prices, of) for name, of in found.items()}
    told("fitted", first, estimates, times)
    told("judging", [name for name in found if name not in first], estimates, times)
    told("the catalogue", [name for name in found if not name.startswith("public ")], estimates, times)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("times", type=Path, help="where the measured times are kept")
    parser.add_argument("--fit", action="store_true", help="fit to the times that are there")
    asked: Any = parser.parse_args(argv)
    if not asked.fit:
        asked.times.write_text(json.dumps(measured(), indent=1))
    judged(json.loads(asked.times.read_text()))


if __name__ == "__main__":
    main()
